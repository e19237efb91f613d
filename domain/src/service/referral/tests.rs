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
fn a_referral_is_sent_on_a_consent_for_its_receiver_and_on_no_other() {
    let told = |consent: Option<&Record>, role| {
        gate(role, &with(ready(), &[]), &Backing { consent, group: Some(FAMILY), parent: None })
    };
    let yes = |owner, purpose, organisation| consent(owner, purpose, organisation, "yes");
    for (consent, wanted) in [
        (yes(PERSON, "referral", "INAMU"), Ok(Basis::Recorded)),
        (yes(FAMILY, "share_partner", "INAMU"), Ok(Basis::Recorded)),
        (yes(PERSON, "referral", "HIAS"), Err(GateFault::NoConsent)),
        (yes(PERSON, "referral", ""), Err(GateFault::NoConsent)),
        (yes(PERSON, "register", "INAMU"), Err(GateFault::NoConsent)),
        (yes(PERSON, "share_unhcr", "INAMU"), Err(GateFault::NoConsent)),
        // Somebody else's.
        (yes(RecordId([7; 16]), "referral", "INAMU"), Err(GateFault::NoConsent)),
        (consent(PERSON, "referral", "INAMU", "no"), Err(GateFault::NoConsent)),
        (consent(PERSON, "referral", "INAMU", "not_asked"), Err(GateFault::NoConsent)),
        (consent(PERSON, "referral", "INAMU", "withdrawn"), Err(GateFault::Withdrawn)),
    ] {
        for role in [Role::Caseworker, Role::Counsellor, Role::Supervisor] {
            assert_eq!(told(Some(&consent), role), wanted, "{role:?} {consent:?}");
        }
    }
    assert_eq!(told(None, Role::Counsellor), Err(GateFault::NoConsent));
    // Of two decisions side by side the one against it counts.
    for (against, wanted) in [("no", GateFault::NoConsent), ("withdrawn", GateFault::Withdrawn)] {
        let mut torn = yes(PERSON, "referral", "INAMU");
        state(&mut torn, 80, 2, Field::CONSENT_DECISION, text(against), &[]);
        assert_eq!(told(Some(&torn), Role::Counsellor), Err(wanted));
    }
    let to_onpar =
        with(ready(), &[(Field::REFERRAL_TO, text("ONPAR")), (Field::REFERRAL_FROM, text("HIAS"))]);
    let backing = Backing { consent: Some(&consent(PERSON, "share_onpar", "", "yes")), ..Backing::default() };
    assert_eq!(gate(Role::Caseworker, &to_onpar, &backing), Ok(Basis::Recorded));
}

#[test]
fn without_consent_only_some_send_and_say_why() {
    let ground = (Field::REFERRAL_OVERRIDE, text("life_at_risk"));
    let note = (Field::REFERRAL_OVERRIDE_NOTE, text("unconscious"));
    let lacks = Err(GateFault::Lacks(Field::REFERRAL_OVERRIDE_NOTE));
    for role in Role::ALL {
        let told = |others: &[(Field, Value)]| gate(role, &with(ready(), others), &Backing::default());
        let may = matches!(role, Role::Counsellor | Role::Supervisor);
        let wanted = if may { Ok(Basis::Override) } else { Err(GateFault::MayNotOverride) };
        assert_eq!(told(&[ground.clone(), note.clone()]), wanted, "{role:?}");
        let alone = if may { lacks } else { Err(GateFault::MayNotOverride) };
        assert_eq!(told(std::slice::from_ref(&ground)), alone, "{role:?}");
        assert_eq!(told(&[ground.clone(), (Field::REFERRAL_OVERRIDE_NOTE, text(" \n"))]), alone, "{role:?}");
        assert_eq!(told(&[]), Err(GateFault::NoConsent), "{role:?}");
    }
    // What was taken back is taken back, whoever finds it urgent.
    let withdrawn = consent(PERSON, "referral", "INAMU", "withdrawn");
    let backing = Backing { consent: Some(&withdrawn), ..Backing::default() };
    let told = gate(Role::Supervisor, &with(ready(), &[ground, note]), &backing);
    assert_eq!(told, Err(GateFault::Withdrawn));
}

#[test]
fn who_holds_no_record_of_the_person_notes_the_consent_on_the_slip() {
    let agreed = [
        (Field::OWNER, Value::Nothing),
        (Field::REFERRAL_CONSENT, Value::Nothing),
        (Field::REFERRAL_REASON, Value::Nothing),
        (Field::REFERRAL_CONSENT_STATE, text("yes")),
        (Field::REFERRAL_CONSENT_FORM, text("spoken")),
    ];
    for role in Role::ALL {
        let told = gate(role, &with(ready(), &agreed), &Backing::default());
        let wanted = match role {
            // Two minutes, no story.
            Role::BorderOfficer => Ok(Basis::OnTheSlip),
            _ => Err(GateFault::Lacks(Field::REFERRAL_REASON)),
        };
        assert_eq!(told, wanted, "{role:?}");
        let mut reasoned = agreed.to_vec();
        reasoned.retain(|(field, _)| *field != Field::REFERRAL_REASON);
        let told = gate(role, &with(ready(), &reasoned), &Backing::default());
        let holds_none = matches!(role, Role::BorderOfficer | Role::ReferralFocalPoint);
        assert_eq!(told.is_ok(), holds_none, "{role:?}");
    }
    for lacking in [Field::REFERRAL_CONSENT_STATE, Field::REFERRAL_CONSENT_FORM] {
        let fields: Vec<_> = agreed.iter().filter(|(field, _)| *field != lacking).cloned().collect();
        let told = gate(Role::BorderOfficer, &with(ready(), &fields), &Backing::default());
        assert_eq!(told, Err(GateFault::NoConsent));
    }
    // Nobody notes it for somebody whose record they name.
    let mut named = agreed.to_vec();
    named.retain(|(field, _)| *field != Field::OWNER);
    assert_eq!(
        gate(Role::BorderOfficer, &with(ready(), &named), &Backing::default()),
        Err(GateFault::NoConsent)
    );
}

#[test]
fn a_counter_referral_goes_back_with_what_was_told_and_no_more() {
    let first = with(ready(), &[]);
    let back = |others: &[(Field, Value)]| {
        let mut fields = vec![
            (Field::OWNER, Value::Nothing),
            (Field::REFERRAL_CONSENT, Value::Nothing),
            (Field::REFERRAL_TO, text("ONPAR")),
            (Field::REFERRAL_FROM, text("INAMU")),
            (Field::REFERRAL_PARENT, Value::Ref(REFERRAL)),
        ];
        fields.retain(|(field, _)| others.iter().all(|(other, _)| other != field));
        fields.extend(others.iter().cloned());
        let mut record = with(ready(), &fields);
        record.id = BACK;
        record
    };
    let told = |record: &Record, parent: &Record| {
        gate(Role::ReferralFocalPoint, record, &Backing { parent: Some(parent), ..Backing::default() })
    };
    assert_eq!(told(&back(&[]), &first), Ok(Basis::Return));
    let elsewhere = back(&[(Field::REFERRAL_TO, text("HIAS"))]);
    assert_eq!(told(&elsewhere, &first), Err(GateFault::NoConsent));
    let unnamed = back(&[(Field::REFERRAL_PARENT, Value::Nothing)]);
    assert_eq!(told(&unnamed, &first), Err(GateFault::NoConsent));
    let more = Shared::of(&[&amina()], &[], None, &[Field::GIVEN_NAMES, Field::SURNAME1].into());
    let more = back(&[
        (Field::REFERRAL_SHARED, text(&more.to_text())),
        (Field::REFERRAL_FIELDS_SHARED, Value::Codes(vec!["given_names".into(), "surname1".into()])),
    ]);
    assert_eq!(told(&more, &first), Err(GateFault::NoConsent));
    let taken_back = with(ready(), &[(Field::REFERRAL_STATUS, text("cancelled"))]);
    assert_eq!(told(&back(&[]), &taken_back), Err(GateFault::NoConsent));
}

#[test]
fn nothing_is_sent_that_lacks_something_or_shares_what_was_not_chosen() {
    let agreed = consent(PERSON, "referral", "INAMU", "yes");
    let backing = Backing { consent: Some(&agreed), ..Backing::default() };
    let told = |others: &[(Field, Value)]| gate(Role::Counsellor, &with(ready(), others), &backing);
    for field in [
        Field::REFERRAL_TO,
        Field::REFERRAL_DESK,
        Field::REFERRAL_FROM,
        Field::REFERRAL_SECTOR,
        Field::REFERRAL_URGENCY,
        Field::REFERRAL_REASON,
        Field::REFERRAL_FIELDS_SHARED,
        Field::REFERRAL_SHARED,
        Field::REFERRAL_SENT_AT,
        Field::REFERRAL_DUE,
        Field::REFERRAL_REF,
        Field::REFERRAL_CODE,
    ] {
        assert_eq!(told(&[(field, Value::Nothing)]), Err(GateFault::Lacks(field)), "{field:?}");
    }
    let misread = told(&[(Field::REFERRAL_CODE, text("KX7M42P3"))]);
    assert_eq!(misread, Err(GateFault::Lacks(Field::REFERRAL_CODE)));
    let one = Value::Codes(vec!["given_names".into()]);
    assert_eq!(told(&[(Field::REFERRAL_FIELDS_SHARED, one)]), Err(GateFault::SharedOtherwise));
    let item = Item { person: 0, field: Field::RELIGION, value: text("secret") };
    let forbidden = Shared { items: vec![item] };
    let chosen = Value::Codes(vec!["religion".into()]);
    let forbidden = told(&[
        (Field::REFERRAL_SHARED, text(&forbidden.to_text())),
        (Field::REFERRAL_FIELDS_SHARED, chosen),
    ]);
    assert_eq!(forbidden, Err(GateFault::SharedOtherwise));
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
