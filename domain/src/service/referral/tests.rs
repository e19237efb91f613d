mod sending;

use super::*;
use crate::entry::{Change, Entry, Op};
use crate::id::{EnrolmentId, EntryId, UserId};
use crate::permission::{Place, Role};
use proptest::prelude::*;
use std::collections::BTreeSet;

const PERSON: RecordId = RecordId([1; 16]);
const FAMILY: RecordId = RecordId([2; 16]);
const CONSENT: RecordId = RecordId([3; 16]);
const REFERRAL: RecordId = RecordId([4; 16]);
const BACK: RecordId = RecordId([5; 16]);

fn text(text: &str) -> Value {
    Value::text(text)
}

/// A record of which each of these was stated, one entry for each, by whom and when.
fn record(id: RecordId, kind: Kind, stated: &[(Field, Value)]) -> Record {
    let mut record = Record::new(id, kind);
    for (place, (field, value)) in (1..).zip(stated) {
        state(&mut record, place, 1, *field, value.clone(), &[]);
    }
    record
}

fn state(record: &mut Record, place: u8, author: u8, field: Field, value: Value, replaces: &[u8]) {
    let replaces = replaces.iter().map(|place| EntryId([*place; 16])).collect();
    let changes =
        vec![Change { record: record.id, kind: record.kind, ops: vec![Op { field, value, replaces }] }];
    let (id, author) = (EntryId([place; 16]), UserId([author; 16]));
    record.apply(&Entry { id, author, enrolment: EnrolmentId([9; 16]), at: u64::from(place), changes });
}

fn amina() -> Record {
    let fields = [
        (Field::GIVEN_NAMES, text("Amina")),
        (Field::SURNAME1, text("Warsame")),
        (Field::PHONE, text("+50760001234")),
        (Field::RELIGION, text("secret")),
    ];
    record(PERSON, Kind::INDIVIDUAL, &fields)
}

fn snapshot() -> Shared {
    Shared::of(&[&amina()], &[], None, &[Field::GIVEN_NAMES, Field::PHONE].into())
}

/// A referral of ONPAR to INAMU that is ready to be sent.
fn ready() -> Vec<(Field, Value)> {
    vec![
        (Field::OWNER, Value::Ref(PERSON)),
        (Field::REFERRAL_TO, text("INAMU")),
        (Field::REFERRAL_DESK, text("inamu_panama")),
        (Field::REFERRAL_FROM, text("ONPAR")),
        (Field::REFERRAL_FROM_DESK, text("onpar_panama")),
        (Field::REFERRAL_SECTOR, text("gbv")),
        (Field::REFERRAL_URGENCY, text("urgent")),
        (Field::REFERRAL_REASON, text("needs a safe house")),
        (Field::REFERRAL_FIELDS_SHARED, Value::Codes(vec!["given_names".into(), "phone".into()])),
        (Field::REFERRAL_SHARED, text(&snapshot().to_text())),
        (Field::REFERRAL_SENT_AT, text("2026-11-22T10:00")),
        (Field::REFERRAL_DUE, text("2026-11-25T10:00")),
        (Field::REFERRAL_REF, text(crate::GroupRef::fresh([1; 8]).as_str())),
        (Field::REFERRAL_CODE, text(crate::GroupRef::fresh([2; 8]).as_str())),
        (Field::REFERRAL_CONSENT, Value::Ref(CONSENT)),
        (Field::REFERRAL_STATUS, text("sent")),
    ]
}

fn with(mut fields: Vec<(Field, Value)>, others: &[(Field, Value)]) -> Record {
    fields.retain(|(field, _)| others.iter().all(|(other, _)| other != field));
    fields.extend(others.iter().filter(|(_, value)| *value != Value::Nothing).cloned());
    record(REFERRAL, Kind::REFERRAL, &fields)
}

fn consent(owner: RecordId, purpose: &str, organisation: &str, decision: &str) -> Record {
    let fields = [
        (Field::OWNER, Value::Ref(owner)),
        (Field::CONSENT_PURPOSE, text(purpose)),
        (Field::CONSENT_ORGANISATION, text(organisation)),
        (Field::CONSENT_DECISION, text(decision)),
    ];
    record(CONSENT, Kind::CONSENT, &fields)
}

#[test]
fn what_is_shared_is_what_was_chosen_of_whom() {
    let need = record(RecordId([6; 16]), Kind::NEED, &[(Field::NEED_CODE, text("SM-MI"))]);
    let paper = record(RecordId([7; 16]), Kind::DOCUMENT, &[(Field::DOCUMENT_NUMBER, text("A1"))]);
    let family = record(FAMILY, Kind::GROUP, &[(Field::SITE, text("meteti"))]);
    let chosen: BTreeSet<Field> =
        [Field::SITE, Field::PHONE, Field::NEED_CODE, Field::GIVEN_NAMES, Field::RELIGION].into();
    let child = record(RecordId([8; 16]), Kind::INDIVIDUAL, &[(Field::GIVEN_NAMES, text("Sara"))]);
    let shared = Shared::of(&[&amina(), &child], &[&need, &paper], Some(&family), &chosen);
    let told: Vec<_> =
        shared.items.iter().map(|item| (item.person, item.field, item.value.as_text().unwrap())).collect();
    assert_eq!(
        told,
        [
            (0, Field::GIVEN_NAMES, "Amina"),
            (0, Field::PHONE, "+50760001234"),
            (1, Field::GIVEN_NAMES, "Sara"),
            (0, Field::NEED_CODE, "SM-MI"),
            (OF_GROUP, Field::SITE, "meteti"),
        ]
    );
    // Nobody here knows which of two is right.
    let mut torn = amina();
    state(&mut torn, 90, 2, Field::PHONE, text("+50761112222"), &[]);
    let both = Shared::of(&[&torn], &[], None, &[Field::PHONE].into());
    assert_eq!(both.items.len(), 2);
}

/// It lies in records and on the wire: this sample is never edited.
#[test]
fn a_kept_snapshot_is_read() {
    let kept = "oQCCgwAYKmVBbWluYYMAGDRsKzUwNzYwMDAxMjM0";
    assert_eq!(snapshot().to_text(), kept);
    assert_eq!(Shared::from_text(kept), Ok(snapshot()));
    assert_eq!(Shared::from_text(""), Err(SharedFault::Malformed));
    assert_eq!(Shared::from_text("no text form"), Err(SharedFault::Malformed));
    assert_eq!(Shared::from_text(&"A".repeat(20_000)), Err(SharedFault::TooMuch));
}

#[test]
fn the_receiver_is_told_what_serves_and_nothing_after_a_bad_end() {
    let told = |record: &Record, withdrawn| {
        let part = receiver_part(record, withdrawn)?;
        Some(part.fields().collect::<Vec<_>>())
    };
    let never = [
        Field::OWNER,
        Field::REFERRAL_CONSENT,
        Field::REFERRAL_CODE,
        Field::REFERRAL_OVERRIDE_NOTE,
        Field(60_000),
    ];
    let mut fields = ready();
    fields.extend([(Field::REFERRAL_OVERRIDE_NOTE, text("why")), (Field(60_000), text("later"))]);
    let of_person = [Field::REFERRAL_SHARED, Field::REFERRAL_REASON, Field::REFERRAL_SECTOR];
    for status in Status::ALL {
        let record = with(fields.clone(), &[(Field::REFERRAL_STATUS, text(status.code()))]);
        let Some(whole) = told(&record, false) else {
            assert_eq!(status, Status::Draft);
            assert_eq!(told(&record, true), None);
            continue;
        };
        assert!(never.iter().all(|field| !whole.contains(field)), "{status:?}");
        for field in of_person {
            assert_eq!(whole.contains(&field), !status.ended_badly(), "{status:?} {field:?}");
        }
        assert!(whole.contains(&Field::REFERRAL_STATUS) && whole.contains(&Field::REFERRAL_FROM));
        let taken_back = told(&record, true).unwrap();
        assert!(of_person.iter().chain(&never).all(|field| !taken_back.contains(field)), "{status:?}");
    }
    // One that was taken back before it was sent was never there for them.
    let unsent = with(
        ready(),
        &[(Field::REFERRAL_STATUS, text("cancelled")), (Field::REFERRAL_SENT_AT, Value::Nothing)],
    );
    assert_eq!(told(&unsent, false), None);
    // What was replaced goes by the same rule.
    let mut changed = with(ready(), &[]);
    let at = ready().iter().position(|(field, _)| *field == Field::REFERRAL_STATUS).unwrap() as u8 + 1;
    state(&mut changed, 70, 1, Field::REFERRAL_STATUS, text("cancelled"), &[at]);
    let bytes = minicbor::to_vec(receiver_part(&changed, false).unwrap()).unwrap();
    for word in [&snapshot().to_text()[..], "safe house", "gbv"] {
        assert!(!bytes.windows(word.len()).any(|it| it == word.as_bytes()), "{word}");
    }
}

#[test]
fn who_is_told_nothing_more_knows_by_that_of_a_withdrawal_and_a_supervisor_does_not() {
    for status in Status::ALL {
        let record = with(ready(), &[(Field::REFERRAL_STATUS, text(status.code()))]);
        let is_emptied = |record: &Record| Referral::of(record).unwrap().is_emptied();
        assert!(!is_emptied(&record), "{status:?}, to who sent it");
        let Some(told) = receiver_part(&record, false) else { continue };
        assert!(!is_emptied(&told), "{status:?}");
        let left = receiver_part(&record, true).unwrap();
        assert!(!Referral::of(&left).unwrap().is_withdrawn() || status == Status::Cancelled, "{status:?}");
        assert_eq!(is_emptied(&left), status.is_open(), "{status:?}");
    }
    let sides = |sender, receiver| Parties { sender, receiver };
    for (parties, role, began_it, wanted) in [
        (sides(false, true), Role::Counsellor, false, true),
        (sides(false, true), Role::ReferralFocalPoint, false, true),
        // Supervisors are told of some that they are there, and no more, as long as they stand.
        (sides(false, true), Role::Supervisor, false, false),
        (sides(true, false), Role::BorderOfficer, true, true),
        (sides(true, false), Role::Caseworker, false, false),
        (sides(false, false), Role::Counsellor, false, false),
    ] {
        assert_eq!(means_withdrawn(parties, role, began_it), wanted, "{role:?} {parties:?}");
    }
}

#[test]
fn a_referral_has_lost_its_consent_when_the_record_that_it_names_was_taken_back() {
    let lost =
        |record: &Record, consent: Option<&Record>| Referral::of(record).unwrap().lost_its_consent(consent);
    let given = consent(PERSON, "referral", "INAMU", "yes");
    let mut taken_back = given.clone();
    state(&mut taken_back, 60, 2, Field::CONSENT_DECISION, text("withdrawn"), &[]);
    for status in Status::ALL {
        let record = with(ready(), &[(Field::REFERRAL_STATUS, text(status.code()))]);
        assert_eq!(lost(&record, Some(&taken_back)), status.is_open(), "{status:?}");
        assert!(!lost(&record, Some(&given)) && !lost(&record, None), "{status:?}");
    }
    // Once it says so, and where it names another one, nothing is to be stated.
    let said = with(ready(), &[(Field::REFERRAL_CONSENT_STATE, text("withdrawn"))]);
    let other = with(ready(), &[(Field::REFERRAL_CONSENT, Value::Ref(BACK))]);
    assert!(!lost(&said, Some(&taken_back)) && !lost(&other, Some(&taken_back)));
    let changes = withdraw(Some(&taken_back), CONSENT, &[with(ready(), &[])], "2026-11-22T12:00");
    assert_eq!(changes.iter().map(|change| change.record).collect::<Vec<_>>(), [CONSENT, REFERRAL]);
    let told = withdraw(None, CONSENT, &[with(ready(), &[])], "2026-11-22T12:00");
    assert_eq!(told.iter().map(|change| change.record).collect::<Vec<_>>(), [REFERRAL]);
}

#[test]
fn a_referral_is_being_written_until_it_is_sent_and_of_one_that_is_not_told_nobody_knows() {
    for status in Status::ALL {
        let record = with(ready(), &[(Field::REFERRAL_STATUS, text(status.code()))]);
        assert_eq!(Referral::of(&record).unwrap().is_being_written(), status == Status::Draft, "{status:?}");
    }
    let begun = record(REFERRAL, Kind::REFERRAL, &[(Field::REFERRAL_STATUS, text("draft"))]);
    let old = record(REFERRAL, Kind::REFERRAL, &[(Field::REFERRAL_SECTOR, text("health"))]);
    let stub = record(REFERRAL, Kind::REFERRAL, &[(Field::OWNER, Value::Ref(PERSON))]);
    let is_being_written = |record| Referral::of(record).unwrap().is_being_written();
    assert_eq!([&begun, &old, &stub].map(is_being_written), [true, true, false]);
}

#[test]
fn of_two_states_side_by_side_the_furthest_counts_and_of_equals_the_first() {
    let mut both = with(ready(), &[]);
    let sent = ready().iter().position(|(field, _)| *field == Field::REFERRAL_STATUS).unwrap() as u8 + 1;
    state(&mut both, 41, 6, Field::REFERRAL_STATUS, text("accepted"), &[sent]);
    state(&mut both, 42, 7, Field::REFERRAL_STATUS, text("accepted"), &[sent]);
    let standing = |record: &Record| {
        let (status, stated) = Referral::of(record).unwrap().standing().unwrap();
        (status, stated.author)
    };
    assert_eq!(standing(&both), (Status::Accepted, UserId([6; 16])));
    state(&mut both, 43, 1, Field::REFERRAL_STATUS, text("cancelled"), &[sent]);
    assert_eq!(standing(&both), (Status::Cancelled, UserId([1; 16])));
    assert!(Referral::of(&both).unwrap().is_withdrawn());
    assert_eq!(Referral::of(&record(REFERRAL, Kind::REFERRAL, &[])).unwrap().status(), Status::Draft);
    assert!(Referral::of(&amina()).is_none());
}

#[test]
fn on_which_side_somebody_is() {
    let record = with(ready(), &[]);
    let parties = |organisation: &str, site: &str, role, desk_site: &str| {
        let place = Place { organisation: organisation.into(), site: site.into(), ..Place::default() };
        let standing = Standing { user: UserId([1; 16]), role, place };
        let told = Referral::of(&record).unwrap().parties(&standing, desk_site);
        (told.sender, told.receiver)
    };
    for (organisation, site, role, desk_site, wanted) in [
        ("ONPAR", "meteti", Role::Counsellor, "panama", (true, false)),
        ("INAMU", "panama", Role::ReferralFocalPoint, "panama", (false, true)),
        ("INAMU", "david", Role::ReferralFocalPoint, "panama", (false, false)),
        ("INAMU", "david", Role::ReferralFocalPoint, "", (false, true)),
        ("INAMU", "david", Role::Supervisor, "panama", (false, true)),
        ("HIAS", "panama", Role::Supervisor, "panama", (false, false)),
        ("", "panama", Role::Counsellor, "", (false, false)),
    ] {
        assert_eq!(parties(organisation, site, role, desk_site), wanted, "{organisation} {site}");
    }
}

#[test]
fn an_end_says_how_it_ended_and_a_rejection_why() {
    for status in Status::ALL {
        for outcome in ["", "served", "partly", "not_reached", "declined", "re_referred", "riddle"] {
            let record = with(ready(), &[(Field::REFERRAL_OUTCOME, text(outcome))]);
            let ends = matches!(status, Status::Closed | Status::ClosedNoService | Status::Counter);
            let wanted = match status {
                Status::Rejected => Some(Field::REFERRAL_REJECT_REASON),
                _ if ends && !fits(status, outcome) => Some(Field::REFERRAL_OUTCOME),
                _ => None,
            };
            assert_eq!(lacking(&record, status), wanted, "{status:?} {outcome}");
        }
    }
    let said = with(ready(), &[(Field::REFERRAL_REJECT_REASON, text("no_capacity"))]);
    assert_eq!(lacking(&said, Status::Rejected), None);
    let fitting = |status| {
        let outcomes = ["served", "partly", "not_reached", "declined", "re_referred"];
        outcomes.into_iter().filter(|outcome| fits(status, outcome)).collect::<Vec<_>>()
    };
    assert_eq!(fitting(Status::Closed), ["served", "partly"]);
    assert_eq!(fitting(Status::ClosedNoService), ["not_reached", "declined"]);
    assert_eq!(fitting(Status::Counter), ["re_referred"]);
    assert!(fitting(Status::Accepted).is_empty());
}

proptest! {
    /// Whatever is shared comes back as it was, and what is not the text form is refused and never guessed.
    #[test]
    fn a_snapshot_is_read_as_it_was_written(
        items in proptest::collection::vec(
            (0u8..4, 0..SHAREABLE.len(), "\\PC{0,12}"), 0..20
        ),
        rubbish in "[A-Za-z0-9_-]{0,60}",
    ) {
        let items = items.into_iter().map(|(person, at, text)| Item {
            person, field: SHAREABLE[at], value: Value::Text(text),
        });
        let shared = Shared { items: items.collect() };
        prop_assert_eq!(Shared::from_text(&shared.to_text()), Ok(shared));
        let _ = Shared::from_text(&rubbish);
    }
}
