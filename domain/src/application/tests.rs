use super::*;
use crate::catalogue::Stage;
use crate::entry::{Change, Entry, Op};
use crate::id::{DraftId, EnrolmentId, EntryId, UserId, hex};
use proptest::prelude::*;
use time::macros::date;

const ID: RecordId = RecordId([0x01, 0x93, 0x4f, 0x2a, 1, 2, 0x73, 4, 0x85, 6, 7, 8, 9, 10, 11, 12]);
const AT: u64 = 1_795_362_120_000;

/// A mother with three children, as the phone makes it.
fn family() -> Application {
    let mut it = Application::begin(ID, AT, "es");
    (it.site, it.private_talk) = ("meteti".into(), true);
    let text = |text: &str| Value::text(text);
    it.put(0, Field::SIZE, Value::Int(4));
    it.put(0, Field::PROVINCE, text("PA-5"));
    it.put(0, Field::ARRIVAL_DATE, text("2026-11"));
    let names = [
        ("Rosa María", "1990-03-12", "F"),
        ("Luis", "2012", "M"),
        ("Ana", "2018-07-01", "F"),
        ("Jesús", "2026-10-30", "M"),
    ];
    for (at, (name, born, sex)) in names.into_iter().enumerate() {
        let nth = if at == 0 { 1 } else { it.add(Kind::INDIVIDUAL, 0).unwrap() };
        it.put(nth, Field::GIVEN_NAMES, text(name));
        it.put(nth, Field::SURNAME1, text("Quintero"));
        it.put(nth, Field::DATE_OF_BIRTH, text(born));
        it.put(nth, Field::SEX, text(sex));
        it.put(nth, Field::NATIONALITY, Value::Codes(vec!["VEN".into()]));
        if at > 0 {
            it.put(nth, Field::RESPONSIBLE_ADULT, Value::Ref(part_id(ID, 1)));
            it.put(nth, Field::RELATIONSHIP, text(if sex == "F" { "DAU" } else { "SON" }));
        }
    }
    let paper = it.add(Kind::DOCUMENT, 1).unwrap();
    it.put(paper, Field::DOCUMENT_TYPE, text("national_id"));
    it
}

fn record(said: &[&Application]) -> Record {
    let mut record = Record::new(ID, Kind::APPLICATION);
    for (number, said) in (1..).zip(said) {
        let ops = vec![
            Op { field: Field::APPLICATION_SAID, value: Value::Text(said.to_text()), replaces: vec![] },
            Op {
                field: Field::APPLICATION_STATE,
                value: Value::text(if number == 1 { "received" } else { "taken" }),
                replaces: vec![],
            },
            Op {
                field: Field::APPLICATION_MARKS,
                value: Value::Codes(said.marks(date!(2026 - 11 - 22))),
                replaces: vec![],
            },
        ];
        let changes = vec![Change { record: ID, kind: Kind::APPLICATION, ops }];
        let (id, author) = (EntryId([number; 16]), UserId([number; 16]));
        record.apply(&Entry { id, author, enrolment: EnrolmentId([3; 16]), at: AT, changes });
    }
    record
}

#[test]
fn what_is_written_is_read_and_names_its_own_parts() {
    let it = family();
    let read = Application::from_bytes(&it.to_bytes()).unwrap();
    assert_eq!(read, it);
    assert_eq!(Application::from_text(&it.to_text()), Some(it.clone()));
    assert_eq!(read.spoken_for_by(), "Rosa María Quintero");
    let ids: std::collections::BTreeSet<RecordId> =
        it.parts.iter().map(|part| it.record_of(part.nth)).chain([it.id]).collect();
    assert_eq!(ids.len(), it.parts.len() + 1, "every part has an id of its own, and none the application's");
    assert_eq!(it.reference(), reference_of(it.record_of(0)), "the same for every part");
}

#[test]
fn a_part_that_goes_takes_with_it_what_hangs_on_it_and_its_number_is_not_used_again() {
    let mut it = family();
    let paper = it.add(Kind::DOCUMENT, 2).unwrap();
    it.remove(2);
    assert!(it.part(2).is_none() && it.part(paper).is_none());
    assert!(it.add(Kind::INDIVIDUAL, 0).unwrap() > 4);
    it.remove(1);
    it.remove(0);
    assert!(it.part(0).is_some() && it.part(1).is_some());
}

#[test]
fn the_number_of_the_last_part_is_not_used_again_either_also_after_it_was_kept_and_read() {
    let mut it = family();
    let last = it.parts.iter().map(|part| part.nth).max().unwrap();
    assert_eq!(it.to_bytes().first(), Some(&0x88), "as ever while the parts tell their numbers");
    it.remove(last);
    let bytes = it.to_bytes();
    assert_eq!(bytes.first(), Some(&0x89));
    let mut read = Application::from_bytes(&bytes).unwrap();
    assert_eq!(read, it);
    for it in [&mut it, &mut read] {
        assert_eq!(it.add(Kind::DOCUMENT, 1), Some(last + 1));
        assert_eq!(it.to_bytes().first(), Some(&0x88));
    }
    // Nobody is given more numbers than there are.
    while let Some(nth) = it.add(Kind::DOCUMENT, 1) {
        it.remove(nth);
    }
    assert_eq!(usize::from(it.spent), 2 * MOST_PARTS - 1);
    assert_eq!(Application::from_bytes(&it.to_bytes()), Ok(it));
}

#[test]
fn marks_follow_from_what_was_said() {
    let today = date!(2026 - 11 - 22);
    assert_eq!(family().marks(today), ["private_talk", "newborn"]);
    let mut alone = Application::begin(ID, AT, "ht");
    alone.put(1, Field::DATE_OF_BIRTH, Value::text("2012"));
    assert_eq!(alone.marks(today), ["alone_child"]);
    alone.put(1, Field::PREGNANT, Value::Flag(true));
    alone.serious_illness = true;
    assert_eq!(alone.marks(today), ["alone_child", "pregnant", "serious_illness"]);
    // Who says no age is not taken for a child alone.
    alone.put(1, Field::DATE_OF_BIRTH, Value::Nothing);
    assert_eq!(alone.marks(today), ["pregnant", "serious_illness"]);
}

#[test]
fn of_two_that_stand_the_corrected_one_counts_in_any_order() {
    let first = family();
    let mut second = family();
    second.revision = 2;
    second.put(1, Field::SURNAME1, Value::text("Quintana"));
    for said in [[&first, &second], [&second, &first]] {
        let record = record(&said);
        assert_eq!(Application::of(&record), Some(second.clone()));
        let summary = Summary::of(&record).unwrap();
        assert_eq!((summary.state, summary.taken_by.len()), (State::Taken, 1));
        assert_eq!(summary.marks().collect::<Vec<_>>(), ["private_talk", "newborn"]);
        assert_eq!(Summary::from_bytes(ID, &summary.to_bytes()), Some(summary));
    }
}

#[test]
fn what_has_no_place_is_refused() {
    let good = family();
    let broken = |change: &dyn Fn(&mut Application)| {
        let mut it = good.clone();
        change(&mut it);
        Application::from_bytes(&it.to_bytes()).is_err()
    };
    assert!(!broken(&|_| {}));
    assert!(broken(&|it| it.parts.clear()), "no group");
    assert!(broken(&|it| it.parts.swap(0, 1)), "the group comes first");
    assert!(broken(&|it| it.parts[2].owner = Some(99)), "hangs on nothing");
    assert!(broken(&|it| it.parts[2].owner = Some(2)), "hangs on itself");
    assert!(broken(&|it| it.parts[2].nth = 1), "two of one number");
    assert!(broken(&|it| it.parts[5].kind = Kind::GROUP), "two groups");
    assert!(broken(&|it| it.put(1, Field::ADDRESS, Value::Text("x".repeat(20_000)))), "no answer is so long");
    let mut newer = good.to_bytes();
    newer[1] = 2;
    assert_eq!(Application::from_bytes(&newer), Err(MalformedApplication::Newer));
}

/// What the form holds of a hostile application, made by hand: nothing but what a family is asked.
#[test]
fn a_hostile_application_states_nothing_that_no_family_is_asked() {
    let stranger = RecordId([9; 16]);
    let mut it = family();
    let hostile = [
        (1, Field::RELIGION, Value::text("x")),
        (1, Field::DIVERSITY, Value::Codes(vec!["lgbti".into()])),
        (1, Field::CONFIRMED, Value::Codes(vec!["40".into()])),
        (1, Field::OWNER, Value::Ref(stranger)),
        (1, Field::GROUP, Value::Ref(stranger)),
        (2, Field::RESPONSIBLE_ADULT, Value::Ref(stranger)),
        // Of another kind than the part.
        (1, Field::CONSENT_DECISION, Value::text("yes")),
        (0, Field::GIVEN_NAMES, Value::text("Nadie")),
        (0, Field::RECORD_STATUS, Value::text("verified")),
        (5, Field::VERIFICATION, Value::text("seen")),
        (5, Field::HOLDER, Value::Ref(stranger)),
    ];
    for (nth, field, value) in &hostile {
        it.put(*nth, *field, value.clone());
    }
    for (kind, field) in [(Kind::NEED, Field::NEED_CODE), (Kind::NOTE, Field::NOTE_TOPIC)] {
        let nth = it.add(kind, 1).unwrap();
        it.put(nth, field, Value::text("x"));
    }
    let ids = (DraftId([1; 16]), EntryId([2; 16]));
    let catalogue = crate::rules::trial::catalogue();
    let today = date!(2026 - 11 - 22);
    let case = |it: &Application| into_case(it, ids, "meteti", Stage::Full, catalogue, (today, AT));
    let mut fair = family();
    // The adult whom it names is nobody of its own.
    fair.put(2, Field::RESPONSIBLE_ADULT, Value::Nothing);
    let (wanted, found) =
        (case(&fair).file(&[], catalogue, today).0, case(&it).file(&[], catalogue, today).0);
    let said = |file: &crate::case::CaseFile| {
        file.all().map(|it| (it.record, it.kind, it.owner, it.values.clone())).collect::<Vec<_>>()
    };
    assert_eq!(said(&found), said(&wanted));
    // What families say comes through, also what the phone fills in by itself.
    let file = case(&family()).file(&[], catalogue, today).0;
    let of = |nth| file.all().find(|it| it.record == part_id(ID, nth)).unwrap();
    assert_eq!(of(0).reference(Field::FOCAL_POINT), Some(part_id(ID, 1)));
    assert_eq!(of(2).reference(Field::RESPONSIBLE_ADULT), Some(part_id(ID, 1)));
    assert_eq!(
        (of(1).text(Field::GIVEN_NAMES), of(5).text(Field::DOCUMENT_TYPE)),
        ("Rosa María", "national_id")
    );
}

#[test]
fn who_comes_with_a_correction_is_missed_in_a_form_that_was_begun_and_can_be_added_with_their_papers() {
    let (catalogue, today) = (crate::rules::trial::catalogue(), date!(2026 - 11 - 22));
    let ids = (DraftId([1; 16]), EntryId([2; 16]));
    let case = |it: &Application| into_case(it, ids, "meteti", Stage::Full, catalogue, (today, AT));
    let mut it = family();
    let mut begun = case(&it);
    assert_eq!(lacking(&it, &begun), []);
    it.revision = 2;
    let newborn = it.add(Kind::INDIVIDUAL, 0).unwrap();
    it.put(newborn, Field::GIVEN_NAMES, Value::text("Milagros"));
    it.put(newborn, Field::DATE_OF_BIRTH, Value::text("2026-11-20"));
    for owner in [newborn, 1] {
        let paper = it.add(Kind::DOCUMENT, owner).unwrap();
        it.put(paper, Field::DOCUMENT_TYPE, Value::text("birth_certificate"));
    }
    let [paper, other] = [newborn + 1, newborn + 2];
    assert_eq!(lacking(&it, &begun), [newborn, other], "the paper comes with the person");
    add_part(&it, newborn, &mut begun, catalogue, today);
    assert_eq!(lacking(&it, &begun), [other]);
    add_part(&it, other, &mut begun, catalogue, today);
    add_part(&it, other, &mut begun, catalogue, today);
    assert_eq!(lacking(&it, &begun), []);
    assert_eq!(begun, case(&it), "as if it had been begun now");
    let file = begun.file(&[], catalogue, today).0;
    let name = file.person(it.record_of(newborn)).map(|it| it.text(Field::GIVEN_NAMES).to_owned());
    assert_eq!(name.as_deref(), Some("Milagros"));
    assert_eq!(file.rows_of(it.record_of(newborn), Kind::DOCUMENT).count(), 1);
    // What somebody takes out of the form is told again.
    begun.remove(it.record_of(paper), None);
    assert_eq!(lacking(&it, &begun), [paper]);
}

#[test]
fn parts_of_which_no_family_is_asked_are_no_application() {
    for kind in Kind::ALL.iter().copied().filter(|kind| kind.may_hang_on(Kind::INDIVIDUAL)) {
        let mut it = family();
        it.add(kind, 1).unwrap();
        let taken = Application::from_bytes(&it.to_bytes()).is_ok();
        assert_eq!(taken, KINDS.contains(&kind), "{kind:?}");
    }
}

#[test]
fn a_box_that_was_only_ticked_gives_no_priority_until_somebody_has_seen_it() {
    for (nth, mark) in MARKS.into_iter().enumerate() {
        let of = |state| Summary { marks: 1 << nth, state, ..Summary::default() }.goes_first();
        let by_age = ["newborn", "alone_child"].contains(&mark);
        assert_eq!((of(State::Received), of(State::Seen), of(State::Taken)), (by_age, true, true), "{mark}");
    }
    assert!(!Summary { state: State::Taken, ..Summary::default() }.goes_first());
}

/// As first released. Never edit: they lie on phones, on screens and in records.
#[test]
fn the_first_released_forms_stay_readable() {
    let bytes = family().to_bytes();
    assert_eq!((bytes.len(), hex(&bytes[..24])), (KEPT.0, KEPT.1.to_owned()));
    assert_eq!(family().reference().to_string(), KEPT.2);
    let summary = Summary::of(&record(&[&family()])).unwrap();
    assert_eq!(hex(&summary.to_bytes()), KEPT.3);
    let letter = Letter::Ask { reference: "KX7M42P2".into(), key: [7; 32], act: Act::Status };
    assert_eq!(hex(&minicbor::to_vec(&letter).unwrap()), KEPT.4);
}

/// As first written with the largest number ever given, where no part tells it. Never edit.
#[test]
fn the_form_with_a_number_that_is_spent_stays_readable() {
    let mut it = Application::begin(ID, AT, "es");
    let gone = it.add(Kind::INDIVIDUAL, 0).unwrap();
    it.remove(gone);
    assert_eq!(hex(&it.to_bytes()), SPENT);
    assert_eq!(Application::from_bytes(&crate::id::from_hex::<57>(SPENT).unwrap()), Ok(it));
}
const SPENT: &str = "89015001934f2a0102730485060708090a0b0c011b000001a203ebe1406265738260600082840001f6a102d8270184010200a1182962465002";

const KEPT: (usize, &str, &str, &str, &str) = (
    316,
    "88015001934f2a0102730485060708090a0b0c011b000001",
    "452T-QH4N",
    "ad0060010003600405050006600700086009000a600b000cf40e74526f7361204d6172c3ad61205175696e7465726f",
    "820383684b58374d3432503258200707070707070707070707070707070707070707070707070707070707070707820080",
);

proptest! {
    #[test]
    fn no_bytes_make_it_fail(bytes: Vec<u8>) {
        let _ = Application::from_bytes(&bytes);
        let _ = Summary::from_bytes(ID, &bytes);
    }

    #[test]
    fn a_changed_byte_never_panics_and_what_reads_writes_the_same_again(at in 0usize..600, byte: u8) {
        let mut bytes = family().to_bytes();
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        if let Ok(read) = Application::from_bytes(&bytes) {
            prop_assert_eq!(Application::from_bytes(&read.to_bytes()), Ok(read));
        }
    }
}
