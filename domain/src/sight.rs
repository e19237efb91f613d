//! What somebody may see, on the device, of what is recorded: one rule for the form, the pages, the history and the
//! check of a registration.
//!
//! A record is of the class of its code, where a table gives the code one (a specific need, the type of a session, the
//! sector of a referral); its fields are at least of that class. Several values that stand side by side count as the
//! closest of them. Who stated something themselves may see it.
//!
//! A server that tells somebody no more than that there is a record hands out what it hangs on and not its code: one of
//! which no code is stated here is for few, unless somebody has only begun it themselves.

use crate::catalogue::{Catalogue, Class};
use crate::field::{Field, Kind};
use crate::id::UserId;
use crate::permission::{Role, sees};
use crate::record::Record;
use crate::rules::Lists;
use crate::value::Value;

/// The field whose code says of which class a record is; `None` for kinds without one.
#[must_use]
pub fn code_field(kind: Kind) -> Option<Field> {
    match kind {
        Kind::NEED => Some(Field::NEED_CODE),
        Kind::SESSION => Some(Field::SESSION_TYPE),
        Kind::REFERRAL => Some(Field::REFERRAL_SECTOR),
        Kind::NOTE => Some(Field::NOTE_TOPIC),
        _ => None,
    }
}

/// The class of a record of a kind that holds these values in its [`code_field`]: the closest. Restricted where it
/// holds none; a code that the tables do not have is for few.
#[must_use]
pub fn row_class<'v>(lists: &Lists, kind: Kind, codes: impl IntoIterator<Item = &'v Value>) -> Class {
    let classes = codes.into_iter().filter(|value| **value != Value::Nothing).map(|value| {
        let code = value.as_text();
        code.map_or(Class::NeedToKnow, |code| lists.code_class(kind, code))
    });
    classes.max().unwrap_or(Class::Restricted)
}

/// Whether no more is told of a record than that it is there: its code is not. One that was taken away says that it has
/// none.
#[must_use]
pub fn is_stub(record: &Record) -> bool {
    code_field(record.kind).is_some_and(|code| record.stated(code).next().is_none())
}

/// Somebody who looks, and the tables that say what is for them.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// Their role.
    pub role: Role,
    /// They themselves.
    pub me: UserId,
    /// The classes of fields.
    pub catalogue: &'a Catalogue,
    /// The classes of codes.
    pub lists: &'a Lists,
}

impl Sight<'_> {
    /// The class of a record as it stands here.
    #[must_use]
    pub fn class(&self, record: &Record) -> Class {
        match code_field(record.kind) {
            None => Class::Restricted,
            Some(field) if self.is_kept_back(record, field) => Class::NeedToKnow,
            Some(field) => row_class(self.lists, record.kind, record.values(field)),
        }
    }

    /// Whether the code of a record is not told here: others stated something of it, or replaced what was stated.
    fn is_kept_back(&self, record: &Record, code: Field) -> bool {
        let is_mine = || record.authors().iter().all(|author| *author == self.me);
        record.stated(code).next().is_none() && (record.is_withheld(code) || !is_mine())
    }

    /// Whether they may know what a record is about. One that they may not is counted, and no more is told.
    #[must_use]
    pub fn record(&self, record: &Record) -> bool {
        let is_author = code_field(record.kind).is_some_and(|field| record.is_all_by(field, self.me));
        sees(self.role, self.class(record), is_author)
    }

    /// Whether they see a field of every record of a kind, whoever stated it and whatever else the record says: for that
    /// none need be opened.
    #[must_use]
    pub fn always(&self, kind: Kind, field: Field) -> bool {
        let class = self.catalogue.class(field).max(Class::Restricted);
        let sees = |class| sees(self.role, class, false);
        code_field(kind).is_none() && sees(Class::Restricted) && sees(class)
    }

    /// Whether they may see what a field of a record says, with every value that stands there. What says nothing yet
    /// may be asked by whoever stated all the rest; what is asked of a person or a group, by those alone who would see
    /// it whoever stated it. `record` is `None` for one that they are only beginning.
    #[must_use]
    pub fn field(&self, kind: Kind, record: Option<&Record>, field: Field) -> bool {
        let hangs = !matches!(kind, Kind::GROUP | Kind::INDIVIDUAL);
        let own = self.catalogue.class(field);
        let Some(record) = record else { return sees(self.role, own, hangs) };
        let class = match kind {
            // What is noted of a need is for those who may know of the need.
            Kind::NEED => self.class(record),
            _ => own.max(self.class(record)),
        };
        let says_something = record.stated(field).any(|stated| stated.value != Value::Nothing);
        let is_author = if says_something {
            record.is_all_by(field, self.me)
        } else {
            hangs && record.authors().iter().all(|author| *author == self.me)
        };
        self.record(record) && sees(self.role, class, is_author)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Change, Entry, Op};
    use crate::id::{EnrolmentId, EntryId, RecordId};
    use crate::rules::trial::{catalogue, lists};

    const ME: UserId = UserId([1; 16]);
    const OTHER: UserId = UserId([2; 16]);

    /// A record of which each of these was stated by somebody; nothing replaces anything.
    fn record(kind: Kind, stated: &[(UserId, Field, &str)]) -> Record {
        let mut record = Record::new(RecordId([9; 16]), kind);
        for (place, (author, field, text)) in (1..).zip(stated) {
            let op = Op { field: *field, value: Value::text(text), replaces: vec![] };
            let changes = vec![Change { record: record.id, kind, ops: vec![op] }];
            let id = EntryId([place; 16]);
            let entry =
                Entry { id, author: *author, enrolment: EnrolmentId([3; 16]), at: u64::from(place), changes };
            record.apply(&entry);
        }
        record
    }

    fn sight(role: Role) -> Sight<'static> {
        Sight { role, me: ME, catalogue: catalogue(), lists: lists() }
    }

    #[test]
    fn a_record_is_of_the_class_of_its_closest_code() {
        for (kind, codes, wanted) in [
            (Kind::NEED, &["SV-VA"][..], Class::NeedToKnow),
            (Kind::NEED, &["X-PE"], Class::Confidential),
            (Kind::NEED, &["SV-VA", "X-PE"], Class::NeedToKnow),
            (Kind::NEED, &["ZZ-ZZ"], Class::NeedToKnow),
            (Kind::NEED, &[], Class::Restricted),
            (Kind::SESSION, &["gbv"], Class::NeedToKnow),
            (Kind::SESSION, &["reception"], Class::Restricted),
            (Kind::SESSION, &["group"], Class::Public),
            (Kind::SESSION, &["riddle"], Class::NeedToKnow),
            (Kind::REFERRAL, &["child_protection"], Class::NeedToKnow),
            (Kind::REFERRAL, &["legal"], Class::Confidential),
        ] {
            let codes: Vec<Value> = codes.iter().map(|code| Value::text(code)).collect();
            assert_eq!(row_class(lists(), kind, &codes), wanted, "{kind:?} {codes:?}");
        }
        assert_eq!(row_class(lists(), Kind::NEED, &[Value::Nothing]), Class::Restricted);
        assert_eq!(row_class(lists(), Kind::NEED, &[Value::Int(1)]), Class::NeedToKnow);
        assert_eq!(sight(Role::Caseworker).class(&record(Kind::DOCUMENT, &[])), Class::Restricted);
    }

    #[test]
    fn what_is_only_told_to_be_there_is_no_more_removed_than_what_was_taken_away_is_there() {
        let stub = record(Kind::NEED, &[(OTHER, Field::OWNER, "x")]);
        let taken = record(Kind::NEED, &[(OTHER, Field::OWNER, "x"), (OTHER, Field::NEED_CODE, "")]);
        assert_eq!([&stub, &taken].map(is_stub), [true, false]);
        assert!(!is_stub(&record(Kind::DOCUMENT, &[])));
    }

    #[test]
    fn who_knows_of_a_record() {
        let theirs = record(Kind::SESSION, &[(OTHER, Field::SESSION_TYPE, "gbv")]);
        let mine = record(Kind::SESSION, &[(ME, Field::SESSION_TYPE, "gbv")]);
        let plain = record(Kind::SESSION, &[(OTHER, Field::SESSION_TYPE, "reception")]);
        // The newest value alone would be for everybody.
        let both = record(Kind::NEED, &[(OTHER, Field::NEED_CODE, "SV-VA"), (ME, Field::NEED_CODE, "X-PE")]);
        for (role, wanted) in [
            (Role::Caseworker, [false, true, true, false]),
            (Role::Supervisor, [false, true, true, false]),
            (Role::Counsellor, [true, true, true, true]),
            (Role::Auditor, [false, false, false, false]),
        ] {
            let told = [&theirs, &mine, &plain, &both].map(|record| sight(role).record(record));
            assert_eq!(told, wanted, "{role:?}");
        }
    }

    #[test]
    fn a_record_whose_code_is_not_told_is_for_few_unless_somebody_begins_it() {
        for kind in [Kind::NEED, Kind::SESSION, Kind::REFERRAL, Kind::NOTE] {
            let code = code_field(kind).unwrap();
            let stub = |author| record(kind, &[(author, Field::OWNER, "whose")]);
            for (role, wanted) in
                [(Role::Caseworker, false), (Role::Supervisor, false), (Role::Counsellor, true)]
            {
                assert_eq!(sight(role).record(&stub(OTHER)), wanted, "{role:?} {kind:?}");
                assert!(sight(role).record(&stub(ME)), "{role:?} {kind:?} of one's own");
                assert!(!sight(Role::Caseworker).field(kind, Some(&stub(OTHER)), Field::OWNER));
            }
            // What I stated was replaced by what is not told to me.
            let mut mine = record(kind, &[(ME, Field::OWNER, "whose"), (ME, code, "reception")]);
            let op = Op { field: code, value: Value::text("gbv"), replaces: vec![EntryId([2; 16])] };
            let changes = vec![Change { record: mine.id, kind, ops: vec![op] }];
            let (id, enrolment) = (EntryId([7; 16]), EnrolmentId([3; 16]));
            mine.apply(&Entry { id, author: OTHER, enrolment, at: 7, changes });
            let told = mine.part(|_, stated| stated.author == ME).unwrap();
            assert!(!sight(Role::Caseworker).record(&told), "{kind:?}");
        }
        // A note is handed to its readers alone, and they read what it is about.
        let note = record(Kind::NOTE, &[(OTHER, Field::OWNER, "whose"), (OTHER, Field::NOTE_TOPIC, "gbv")]);
        assert!(sight(Role::Caseworker).record(&note));
    }

    #[test]
    fn who_sees_a_field_of_it() {
        let caseworker = sight(Role::Caseworker);
        let session = record(
            Kind::SESSION,
            &[(OTHER, Field::SESSION_TYPE, "reception"), (OTHER, Field::SESSION_NOTE, "nota")],
        );
        let sees = |record: &Record, field| caseworker.field(record.kind, Some(record), field);
        assert!(sees(&session, Field::SESSION_TYPE) && !sees(&session, Field::SESSION_NOTE));
        assert!(sight(Role::Counsellor).field(Kind::SESSION, Some(&session), Field::SESSION_NOTE));
        // One of two values side by side is somebody else's.
        let note = |author, text| (author, Field::SESSION_NOTE, text);
        assert!(sees(&record(Kind::SESSION, &[note(ME, "a"), note(ME, "b")]), Field::SESSION_NOTE));
        assert!(!sees(&record(Kind::SESSION, &[note(ME, "a"), note(OTHER, "b")]), Field::SESSION_NOTE));
        // Of a hidden record nothing is seen, and of one's own what others added is not.
        let hidden = record(
            Kind::REFERRAL,
            &[(OTHER, Field::REFERRAL_SECTOR, "gbv"), (OTHER, Field::REFERRAL_STATUS, "sent")],
        );
        assert!(!sees(&hidden, Field::REFERRAL_STATUS));
        let mine = record(
            Kind::REFERRAL,
            &[(ME, Field::REFERRAL_SECTOR, "gbv"), (OTHER, Field::REFERRAL_STATUS, "sent")],
        );
        assert!(sees(&mine, Field::REFERRAL_SECTOR) && !sees(&mine, Field::REFERRAL_STATUS));
        // A need's own class decides, not that of the fields it is noted in.
        let need = record(Kind::NEED, &[(OTHER, Field::NEED_CODE, "X-PE"), (OTHER, Field::NEED_NOTE, "ver")]);
        assert!(sees(&need, Field::NEED_NOTE));
        // A field of a later version is for few.
        assert!(!sees(&session, Field(60_000)));
    }

    #[test]
    fn what_is_seen_without_opening_a_record_is_seen_in_it() {
        let fields = [Field::GIVEN_NAMES, Field::RELIGION, Field::CARE_ARRANGEMENT, Field::DOCUMENT_NUMBER];
        let mut seen = 0;
        for role in Role::ALL {
            for kind in [Kind::GROUP, Kind::INDIVIDUAL, Kind::DOCUMENT, Kind::CONSENT] {
                for field in fields {
                    let theirs = record(kind, &[(OTHER, field, "x"), (ME, field, "y")]);
                    let always = sight(role).always(kind, field);
                    assert_eq!(always, sight(role).field(kind, Some(&theirs), field), "{role:?} {kind:?}");
                    seen += u32::from(always);
                }
            }
            assert!(!sight(role).always(Kind::NEED, Field::NEED_NOTE), "{role:?}: it hangs on its code");
        }
        assert!(seen > 0);
        assert!(!sight(Role::Caseworker).always(Kind::INDIVIDUAL, Field(60_000)));
    }

    #[test]
    fn who_is_asked() {
        let caseworker = sight(Role::Caseworker);
        let reason = Field::REFERRAL_REASON;
        assert!(caseworker.field(Kind::REFERRAL, None, reason));
        assert!(!caseworker.field(Kind::INDIVIDUAL, None, Field::CARE_ARRANGEMENT));
        assert!(sight(Role::Counsellor).field(Kind::INDIVIDUAL, None, Field::CARE_ARRANGEMENT));
        for (author, wanted) in [(ME, true), (OTHER, false)] {
            let begun = record(Kind::REFERRAL, &[(author, Field::REFERRAL_SECTOR, "legal")]);
            assert_eq!(caseworker.field(Kind::REFERRAL, Some(&begun), reason), wanted);
            let person = record(Kind::INDIVIDUAL, &[(author, Field::GIVEN_NAMES, "Ana")]);
            assert!(!caseworker.field(Kind::INDIVIDUAL, Some(&person), Field::RELIGION));
            let said = record(Kind::INDIVIDUAL, &[(author, Field::RELIGION, "ninguna")]);
            assert_eq!(caseworker.field(Kind::INDIVIDUAL, Some(&said), Field::RELIGION), wanted);
        }
    }
}
