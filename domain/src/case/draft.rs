//! A registration as typed.

use super::draft_v1;
use super::file::{CaseFile, Subject};
use super::sheet::Sheet;
use super::typed::Typed;
use crate::catalogue::{Catalogue, Stage};
use crate::field::{Field, Kind};
use crate::finding::{Findings, Spot};
use crate::id::{DraftId, EnrolmentId, EntryId, RecordId};
use crate::name;
use crate::record::Record;
use crate::reference::GroupRef;
use crate::service::Referral;
use crate::value::Value;
use minicbor::{Decode, Encode};
use time::Date;

/// Whether a registration changes nothing of a record: a referral is its sender's alone only as long as it is being
/// written. Afterwards each side says its own on its page, and a registration that touched it would be refused whole.
#[must_use]
pub fn is_locked(record: &Record) -> bool {
    Referral::of(record).is_some_and(|referral| !referral.is_being_written())
}

/// The ids that a new registration needs, all fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseIds {
    /// Of the draft.
    pub draft: DraftId,
    /// Of the entry that the draft will become.
    pub entry: EntryId,
    /// Of the group.
    pub group: RecordId,
    /// Of the first person, who is the focal point.
    pub person: RecordId,
}

/// A registration being worked on: what was touched, and nothing else.
///
/// The entry's id is fixed when the draft is begun: two taps on *Save* make one entry. Its form is a map with
/// numbered keys; a number is never given a second meaning (2 to 11 belong to the drafts of version 1).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CaseDraft {
    /// Of this draft.
    #[n(0)]
    pub draft: DraftId,
    /// Of the entry it will become.
    #[n(1)]
    pub entry: EntryId,
    /// When it was begun: milliseconds since 1970. For people to read.
    #[cbor(n(12), default)]
    pub started_at: u64,
    /// The stage it aims at, by its place in [`Stage::ALL`].
    #[cbor(n(20), default)]
    stage: u8,
    /// The group.
    #[n(21)]
    pub group: Sheet,
    /// People touched or added.
    #[cbor(n(22), skip_if = "Vec::is_empty")]
    pub people: Vec<Sheet>,
    /// Papers, needs, consents and all else, touched or added.
    #[cbor(n(23), skip_if = "Vec::is_empty")]
    pub rows: Vec<Sheet>,
}

impl CaseDraft {
    /// A new registration with one person, who speaks for the group.
    #[must_use]
    pub fn begin(ids: CaseIds, reference: GroupRef, site: &str, stage: Stage, started_at: u64) -> CaseDraft {
        let mut group = Sheet::begin(ids.group, Kind::GROUP, None);
        group.put(Field::GROUP_REF, Typed::Text(reference.as_str().to_owned()), None);
        if !site.is_empty() {
            group.put(Field::SITE, Typed::Text(site.to_owned()), None);
        }
        group.put(Field::FOCAL_POINT, Typed::Ref(Some(ids.person)), None);
        let person = Sheet::begin(ids.person, Kind::INDIVIDUAL, Some(ids.group));
        let mut draft = CaseDraft {
            draft: ids.draft,
            entry: ids.entry,
            started_at,
            stage: 0,
            group,
            people: vec![person],
            rows: Vec::new(),
        };
        draft.aim_at(stage);
        draft
    }

    /// Work on a group that is recorded.
    #[must_use]
    pub fn over(draft: DraftId, entry: EntryId, group: &Record, stage: Stage, started_at: u64) -> CaseDraft {
        let mut draft = CaseDraft {
            draft,
            entry,
            started_at,
            stage: 0,
            group: Sheet::over(group),
            people: Vec::new(),
            rows: Vec::new(),
        };
        draft.aim_at(stage);
        draft
    }

    /// The draft of one user's work on one group: found again by both.
    #[must_use]
    pub fn id_over(group: RecordId, enrolment: EnrolmentId) -> DraftId {
        let mut id = group.0;
        id.iter_mut().zip(enrolment.0).for_each(|(byte, other)| *byte ^= other);
        DraftId(id)
    }

    /// The stage it aims at.
    #[must_use]
    pub fn stage(&self) -> Stage {
        Stage::ALL.get(usize::from(self.stage)).copied().unwrap_or(Stage::Full)
    }

    /// Aims at another stage. Nothing that was typed goes.
    pub fn aim_at(&mut self, stage: Stage) {
        self.stage = stage as u8;
    }

    /// The bytes to seal.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing to memory cannot fail.
        let _ = minicbor::encode(self, &mut bytes);
        bytes
    }

    /// Reads a draft, of this version or another.
    ///
    /// # Errors
    /// Where the bytes are no draft; never panics, whatever they are.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, minicbor::decode::Error> {
        minicbor::decode(bytes).or_else(|error| draft_v1::read(bytes).ok_or(error))
    }

    /// The sheet of a record, if it was touched or added.
    #[must_use]
    pub fn sheet(&self, record: RecordId) -> Option<&Sheet> {
        self.sheets().find(|sheet| sheet.record == record)
    }

    /// Every sheet, the group's first.
    pub fn sheets(&self) -> impl Iterator<Item = &Sheet> {
        core::iter::once(&self.group).chain(&self.people).chain(&self.rows)
    }

    fn sheets_mut(&mut self) -> impl Iterator<Item = &mut Sheet> {
        core::iter::once(&mut self.group).chain(&mut self.people).chain(&mut self.rows)
    }

    /// Puts something into an input. `held` is the record as it stands, where it is recorded. An input that says
    /// again what is recorded is no longer touched.
    pub fn put(&mut self, at: Spot, typed: Typed, held: Option<&Record>) {
        if self.sheet(at.record).is_none() {
            let Some(record) = held else { return };
            let list = if record.kind == Kind::INDIVIDUAL { &mut self.people } else { &mut self.rows };
            list.push(Sheet::over(record));
        }
        if let Some(sheet) = self.sheets_mut().find(|sheet| sheet.record == at.record) {
            sheet.put(at.field, typed, held);
        }
    }

    /// Leaves an input as it is recorded.
    pub fn untouch(&mut self, at: Spot) {
        if let Some(sheet) = self.sheets_mut().find(|sheet| sheet.record == at.record) {
            sheet.untouch(at.field);
        }
        let new_or_touched = |sheet: &Sheet| sheet.is_new || !sheet.is_untouched();
        self.people.retain(new_or_touched);
        self.rows.retain(new_or_touched);
    }

    /// Adds a person to the group.
    pub fn add_person(&mut self, record: RecordId) {
        self.people.push(Sheet::begin(record, Kind::INDIVIDUAL, Some(self.group.record)));
    }

    /// Adds a paper, a need, a consent … to a person or to the group.
    pub fn add_row(&mut self, record: RecordId, kind: Kind, owner: RecordId) {
        self.rows.push(Sheet::begin(record, kind, Some(owner)));
    }

    /// Takes away what was added in this draft, with all that hangs on it; marks as taken away what is recorded.
    pub fn remove(&mut self, record: RecordId, held: Option<&Record>) {
        let is_new = self.sheet(record).is_some_and(|sheet| sheet.is_new);
        if is_new {
            self.people.retain(|sheet| sheet.record != record);
            self.rows.retain(|sheet| sheet.record != record && sheet.owner != Some(record));
            return;
        }
        let Some(held) = held.filter(|held| held.kind != Kind::INDIVIDUAL) else { return };
        if self.sheet(record).is_none() {
            self.rows.push(Sheet::over(held));
        }
        if let Some(sheet) = self.rows.iter_mut().find(|sheet| sheet.record == record) {
            sheet.take_away(held);
        }
    }

    /// Brings back what was marked as taken away, with what was typed on it.
    pub fn restore(&mut self, record: RecordId) {
        if let Some(sheet) = self.rows.iter_mut().find(|sheet| sheet.record == record) {
            sheet.bring_back();
        }
        self.rows.retain(|sheet| sheet.is_new || !sheet.is_untouched());
    }

    /// Lets go of what was typed on records that have been locked since.
    pub fn let_go(&mut self, held: &[Record]) {
        self.rows.retain(|sheet| !lies_locked(sheet, held));
    }

    /// Nothing was typed: such a draft may be dropped without asking.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        let automatic = [Field::GROUP_REF, Field::SITE, Field::FOCAL_POINT];
        let group =
            self.group.touched.iter().all(|(field, touch)| {
                touch.typed.is_empty() || self.group.is_new && automatic.contains(field)
            });
        group
            && self.people.len() <= 1
            && self.people.iter().all(Sheet::is_blank)
            && self.rows.iter().all(Sheet::is_blank)
    }

    /// The name of the focal point, or of the first person who has one; empty while nobody has. For lists.
    #[must_use]
    pub fn title(&self) -> String {
        let focal = match self.group.typed(Field::FOCAL_POINT) {
            Some(Typed::Ref(Some(focal))) => self.people.iter().find(|sheet| sheet.record == *focal),
            _ => None,
        };
        let of = |sheet: &Sheet| {
            let part =
                |field| sheet.typed(field).map(|typed| name::keep(typed.as_text())).unwrap_or_default();
            let [given, first, second] = [Field::GIVEN_NAMES, Field::SURNAME1, Field::SURNAME2].map(part);
            name::display_name(&given, &first, &second)
        };
        focal.into_iter().chain(&self.people).map(of).find(|name| !name.is_empty()).unwrap_or_default()
    }

    /// The registration as it would read if everything typed were stated now, and what could not be read.
    /// `held` are the records of the group as they stand; others are passed over.
    #[must_use]
    pub fn file(&self, held: &[Record], catalogue: &Catalogue, today: Date) -> (CaseFile, Findings) {
        let mut findings = Findings::default();
        let base = |sheet: &Sheet| {
            let record = held.iter().find(|record| record.id == sheet.record);
            record.map_or_else(|| Subject::new(sheet.record, sheet.kind, sheet.owner), Subject::of)
        };
        let mut read = |mut subject: Subject, sheet: Option<&Sheet>| {
            let Some(sheet) = sheet else { return subject };
            if sheet.removed {
                let owner = sheet.kind.owner_field();
                subject.values.retain(|field, _| Some(*field) == owner);
                subject.conflicts.clear();
                subject.sides.clear();
                return subject;
            }
            for (field, touch) in &sheet.touched {
                subject.settle(*field);
                match read_touch(catalogue, *field, &touch.typed, today) {
                    Ok(Value::Nothing) => {
                        subject.values.remove(field);
                    }
                    Ok(value) => {
                        subject.values.insert(*field, value);
                    }
                    Err(fault) => {
                        subject.values.remove(field);
                        findings.fault(Spot::new(sheet.record, *field), fault);
                    }
                }
            }
            subject
        };
        let group = read(base(&self.group), Some(&self.group));
        let mut people = Vec::new();
        for record in held.iter().filter(|record| record.kind == Kind::INDIVIDUAL) {
            let subject = Subject::of(record);
            if subject.reference(Field::GROUP) == Some(self.group.record) {
                people.push(read(subject, self.sheet(record.id)));
            }
        }
        for sheet in self.people.iter().filter(|sheet| sheet.is_new) {
            people.push(read(base(sheet), Some(sheet)));
        }
        let mut rows = Vec::new();
        let is_ours = |owner: Option<RecordId>| {
            owner
                .is_some_and(|owner| owner == self.group.record || people.iter().any(|it| it.record == owner))
        };
        for record in held {
            if matches!(record.kind, Kind::GROUP | Kind::INDIVIDUAL) {
                continue;
            }
            let subject = Subject::of(record);
            if is_ours(subject.owner) {
                rows.push(read(subject, self.sheet(record.id).filter(|_| !is_locked(record))));
            }
        }
        for sheet in self.rows.iter().filter(|sheet| sheet.is_new && is_ours(sheet.owner)) {
            rows.push(read(base(sheet), Some(sheet)));
        }
        (CaseFile { group, people, rows }, findings)
    }
}

/// Whether a sheet lies over a record that has been locked since.
pub(super) fn lies_locked(sheet: &Sheet, held: &[Record]) -> bool {
    sheet.kind == Kind::REFERRAL && held.iter().any(|record| record.id == sheet.record && is_locked(record))
}

/// Reads one input. A field that the table no longer has is taken as it stands: nothing that was typed goes.
pub(super) fn read_touch(
    catalogue: &Catalogue,
    field: Field,
    typed: &Typed,
    today: Date,
) -> Result<Value, crate::problem::Fault> {
    match catalogue.spec(field).map(|spec| (spec.retired, typed.read(spec, today))) {
        Some((_, Ok(value))) => Ok(value),
        Some((false, fault)) => fault,
        // Nobody is asked it any more, so nobody could mend it.
        Some((true, Err(_))) | None => Ok(match typed {
            _ if typed.is_empty() => Value::Nothing,
            Typed::Text(text) => Value::text(&name::keep(text)),
            Typed::Date(date) => date.parse_any(today)?.map_or(Value::Nothing, |date| date.to_value()),
            Typed::Codes(codes) => Value::Codes(codes.clone()),
            Typed::Flag(flag) => flag.map_or(Value::Nothing, Value::Flag),
            Typed::Ref(id) => id.map_or(Value::Nothing, Value::Ref),
        }),
    }
}
