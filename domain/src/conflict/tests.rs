//! Deciding, by everybody at once and in any order.

use super::*;
use crate::catalogue::Form;
use crate::entry::{Change, Entry, Op};
use crate::field::Kind;
use crate::id::{EnrolmentId, EntryId, RecordId, UserId};
use crate::service::assistance;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const ID: RecordId = RecordId([7; 16]);

fn form(field: Field) -> Form {
    match field {
        Field::NATIONALITY => Form::Codes,
        Field::LANG_OTHER => Form::Languages,
        _ => Form::Text,
    }
}

fn entry(number: u8, changes: Vec<Change>) -> Entry {
    Entry {
        id: EntryId([number; 16]),
        author: UserId([number; 16]),
        enrolment: EnrolmentId([0; 16]),
        at: u64::from(number),
        changes,
    }
}

fn text(text: &str) -> Value {
    Value::text(text)
}

/// States values over what stands in `seen`.
fn states(number: u8, seen: &Record, values: &[(Field, Value)]) -> Entry {
    entry(number, seen.change(values.to_vec()).into_iter().collect())
}

/// A record as registered, and as it stands after each of these was stated by somebody who had seen only that.
fn beside(kind: Kind, first: &[(Field, Value)], sides: &[&[(Field, Value)]]) -> (Record, Vec<Entry>) {
    let mut record = Record::new(ID, kind);
    let mut entries = vec![states(1, &record, first)];
    record.apply(&entries[0]);
    let seen = record.clone();
    for (number, side) in (2..).zip(sides) {
        let entry = states(number, &seen, side);
        record.apply(&entry);
        entries.push(entry);
    }
    (record, entries)
}

fn chosen(field: Field, choice: Choice) -> BTreeMap<Field, Choice> {
    [(field, choice)].into()
}

#[test]
fn no_value_of_a_name_is_shown_as_the_name_while_two_stand() {
    let names = [(Field::GIVEN_NAMES, text("Ana")), (Field::PHONE, text("1"))];
    let sides: [&[_]; 2] = [
        &[(Field::GIVEN_NAMES, text("Anita")), (Field::PHONE, text("2"))],
        &[(Field::GIVEN_NAMES, text("Anna")), (Field::PHONE, text("3"))],
    ];
    let (record, _) = beside(Kind::INDIVIDUAL, &names, &sides);
    assert_eq!(record.shown(Field::GIVEN_NAMES), None);
    assert_eq!(record.shown(Field::PHONE), Some(&text("3")), "a phone has a provisional winner");
    assert_eq!(crate::Individual::from_record(&record).display_name(), "Anita / Anna");
    let subject = crate::Subject::of(&record);
    assert_eq!((subject.text(Field::GIVEN_NAMES), subject.display_name().as_str()), ("", "Anita / Anna"));
    assert_eq!((subject.settled_name().as_str(), subject.names()), ("", vec!["Anita".into(), "Anna".into()]));
    assert!(!subject.is_removed());
    // One who emptied it is one of the two.
    let emptied: [&[_]; 2] = [&[(Field::SURNAME1, Value::Nothing)], &[(Field::SURNAME1, text("Soto"))]];
    let (record, _) = beside(Kind::INDIVIDUAL, &[(Field::SURNAME1, text("Sotto"))], &emptied);
    assert_eq!(every_text(&record, Field::SURNAME1).as_deref(), Some("Soto / —"));
    assert_eq!(meaning(&record, &disputes(&record)[0]), Meaning::Emptied);
}

#[test]
fn of_two_births_that_of_a_child_is_enough_for_a_child_and_no_age_is_told() {
    let born = |text: &str| [(Field::DATE_OF_BIRTH, Value::text(text))];
    let (record, _) =
        beside(Kind::INDIVIDUAL, &born("2000-01-01"), &[&born("2000-02-01"), &born("2012-02-01")]);
    let (subject, today) = (crate::Subject::of(&record), time::macros::date!(2026 - 11 - 22));
    assert_eq!((subject.is_child(today), subject.age(today), subject.born(today)), (true, None, None));
    assert_eq!(crate::Individual::from_record(&record).born, None);
}

#[test]
fn equal_values_are_one_side_and_every_author_is_told_with_what_they_saw() {
    let phone = |number: &str| vec![(Field::PHONE, text(number))];
    let (record, _) =
        beside(Kind::INDIVIDUAL, &phone("1"), &[&phone("2"), &phone("3"), &phone("2")].map(|it| &it[..]));
    let disputes = disputes(&record);
    assert_eq!(disputes.len(), 1);
    let told: Vec<(&str, Vec<u64>)> = disputes[0]
        .sides
        .iter()
        .map(|side| (side.value.as_text().unwrap(), side.said.iter().map(|said| said.at).collect()))
        .collect();
    assert_eq!(told, [("2", vec![2, 4]), ("3", vec![3])]);
    for (_, said) in disputes[0].said() {
        assert_eq!(said.before.iter().map(|stated| &stated.value).collect::<Vec<_>>(), [&text("1")]);
        assert!(!said.before_unknown);
    }
}

#[test]
fn a_list_keeps_what_each_of_them_holds_and_one_answer_does_not() {
    let codes = |codes: &[&str]| Value::Codes(codes.iter().map(|code| (*code).to_owned()).collect());
    let nations = |list: &[&str]| vec![(Field::NATIONALITY, codes(list))];
    let all = chosen(Field::NATIONALITY, Choice::All);
    let (record, _) = beside(
        Kind::INDIVIDUAL,
        &nations(&["VEN"]),
        &[&nations(&["VEN", "COL"]), &nations(&["ECU", "VEN"])].map(|it| &it[..]),
    );
    let changes = decide(&record, &all, &form).unwrap();
    assert_eq!(changes[0].ops[0].value, codes(&["COL", "ECU", "VEN"]));
    let (record, _) = beside(
        Kind::INDIVIDUAL,
        &nations(&[]),
        &[&nations(&["VEN", "COL"]), &nations(&["ECU", "PER"])].map(|it| &it[..]),
    );
    assert_eq!(decide(&record, &all, &form), Err(CannotDecide::TooMany(Field::NATIONALITY)));
    let spoken = |level: &str| vec![(Field::LANG_OTHER, codes(&[level]))];
    let (record, _) =
        beside(Kind::INDIVIDUAL, &spoken("eng"), &[&spoken("fra:A"), &spoken("fra:C")].map(|it| &it[..]));
    let all = chosen(Field::LANG_OTHER, Choice::All);
    assert_eq!(decide(&record, &all, &form), Err(CannotDecide::OnlyOne(Field::LANG_OTHER)));
    let name = |name: &str| vec![(Field::GIVEN_NAMES, text(name))];
    let (record, _) =
        beside(Kind::INDIVIDUAL, &name("Ana"), &[&name("Anna"), &name("Anita")].map(|it| &it[..]));
    let all = chosen(Field::GIVEN_NAMES, Choice::All);
    assert_eq!(decide(&record, &all, &form), Err(CannotDecide::OnlyOne(Field::GIVEN_NAMES)));
    let phone = chosen(Field::PHONE, Choice::Take(text("1")));
    assert_eq!(decide(&record, &phone, &form), Err(CannotDecide::NothingToDecide(Field::PHONE)));
    assert_eq!(decide(&record, &BTreeMap::new(), &form), Err(CannotDecide::NothingChosen));
}

#[test]
fn of_two_phones_both_can_hold() {
    let phone = |number: &str| vec![(Field::PHONE, text(number))];
    let (record, _) = beside(Kind::INDIVIDUAL, &phone("1"), &[&phone("2"), &phone("3")].map(|it| &it[..]));
    let changes = decide(&record, &chosen(Field::PHONE, Choice::All), &form).unwrap();
    let mut record = record;
    record.apply(&entry(20, changes));
    assert_eq!(record.value(Field::PHONE), Some(&text("2")));
    assert_eq!(record.value(Field::OTHER_PHONES), Some(&Value::Codes(vec!["3".into()])));
}

#[test]
fn what_is_chosen_for_the_list_beside_holds_beside_the_second_phone() {
    let codes = |codes: &[&str]| Value::Codes(codes.iter().map(|code| (*code).to_owned()).collect());
    let said =
        |phone, others: &[&str]| vec![(Field::PHONE, text(phone)), (Field::OTHER_PHONES, codes(others))];
    let (record, _) = beside(
        Kind::INDIVIDUAL,
        &said("1", &["9"]),
        &[&said("2", &["5"]), &said("3", &["6", "7"])].map(|it| &it[..]),
    );
    let list = |field: Field| if field == Field::OTHER_PHONES { Form::Tags } else { form(field) };
    for (choice, wanted) in [
        (Some(Choice::Take(codes(&["5"]))), Ok(codes(&["3", "5"]))),
        (Some(Choice::Take(codes(&["6", "7"]))), Ok(codes(&["3", "6", "7"]))),
        (Some(Choice::Take(codes(&["8"]))), Ok(codes(&["3", "8"]))),
        (Some(Choice::Take(Value::Nothing)), Ok(codes(&["3"]))),
        (Some(Choice::All), Ok(codes(&["3", "5", "6", "7"]))),
        (None, Ok(codes(&["3", "5", "6", "7"]))),
        (Some(Choice::Take(Value::Int(1))), Err(CannotDecide::OnlyOne(Field::OTHER_PHONES))),
    ] {
        let mut choices = chosen(Field::PHONE, Choice::All);
        choices.extend(choice.clone().map(|choice| (Field::OTHER_PHONES, choice)));
        let decided = decide(&record, &choices, &list).map(|changes| {
            let mut decided = record.clone();
            decided.apply(&entry(20, changes));
            assert_eq!(decided.value(Field::PHONE), Some(&text("2")));
            decided.value(Field::OTHER_PHONES).cloned().unwrap()
        });
        assert_eq!(decided, wanted, "{choice:?}");
    }
}

#[test]
fn of_what_is_not_for_whoever_reads_nothing_but_how_much_it_is_is_told() {
    let fields = [Field::PHONE, Field::NEED_STATE, Field::NEED_NOTE];
    for (sees, wanted) in [
        (&fields[..], Told { fields: fields.to_vec(), reserved: 0, grave: true }),
        (&fields[..1], Told { fields: vec![Field::PHONE], reserved: 2, grave: false }),
        (&fields[1..], Told { fields: fields[1..].to_vec(), reserved: 1, grave: true }),
        (&[], Told { fields: vec![], reserved: 3, grave: false }),
    ] {
        assert_eq!(told(fields, |field| sees.contains(&field)), wanted);
    }
}

#[test]
fn two_numbers_of_two_papers_become_two_papers_once_however_many_part_them() {
    let holder = RecordId([9; 16]);
    let first = [
        (Field::HOLDER, Value::Ref(holder)),
        (Field::DOCUMENT_TYPE, text("passport")),
        (Field::DOCUMENT_NUMBER, text("A1")),
    ];
    let number = |number: &str| vec![(Field::DOCUMENT_NUMBER, text(number))];
    let (record, _) = beside(Kind::DOCUMENT, &first, &[&number("A2"), &number("B7")].map(|it| &it[..]));
    let all = chosen(Field::DOCUMENT_NUMBER, Choice::All);
    let changes = decide(&record, &all, &form).unwrap();
    assert_eq!(changes.len(), 2);
    assert_ne!(changes[1].record, ID);
    let mut held: BTreeMap<RecordId, Record> = [(ID, record.clone())].into();
    for number in [20, 21] {
        let entry = entry(number, decide(&record, &all, &form).unwrap());
        for change in &entry.changes {
            held.entry(change.record)
                .or_insert_with(|| Record::new(change.record, change.kind))
                .apply(&entry);
        }
    }
    let read: BTreeSet<(&str, Option<RecordId>)> = held
        .values()
        .map(|record| {
            assert!(record.conflicts().is_empty());
            assert_eq!(record.value(Field::DOCUMENT_TYPE), Some(&text("passport")));
            let number = record.value(Field::DOCUMENT_NUMBER).and_then(Value::as_text).unwrap();
            (number, record.value(Field::HOLDER).and_then(Value::as_ref))
        })
        .collect();
    assert_eq!(read, [("A2", Some(holder)), ("B7", Some(holder))].into());
}

#[test]
fn what_one_took_away_and_another_worked_on_stays_until_somebody_decides() {
    let first = [
        (Field::OWNER, Value::Ref(RecordId([9; 16]))),
        (Field::NEED_CODE, text("CR")),
        (Field::NEED_STATE, text("pending")),
        (Field::NEED_NOTE, text("ver")),
    ];
    let gone: Vec<(Field, Value)> = first[1..].iter().map(|(field, _)| (*field, Value::Nothing)).collect();
    let (record, entries) = beside(Kind::NEED, &first, &[&gone, &[(Field::NEED_STATE, text("confirmed"))]]);
    assert!(!record.is_blank() && !crate::Subject::of(&record).is_removed());
    let removed = removal(&record).unwrap();
    assert_eq!(removed.entry, entries[1].id);
    assert_eq!(meaning(&record, &disputes(&record)[0]), Meaning::Removed);
    let mut stays = record.clone();
    stays.apply(&entry(20, vec![removed.take_back(&record).unwrap()]));
    let said = |field| stays.value(field).and_then(Value::as_text);
    assert_eq!(
        [Field::NEED_CODE, Field::NEED_STATE, Field::NEED_NOTE].map(said),
        [Some("CR"), Some("confirmed"), Some("ver")]
    );
    let mut goes = record.clone();
    goes.apply(&entry(20, vec![removed.confirm(&record).unwrap()]));
    assert!(goes.is_blank() && goes.conflicts().is_empty());
    // Both decided at once: it stands until somebody decides again, and nothing of either is lost.
    goes.merge(&stays);
    assert!(!goes.is_blank());
    // Who emptied one field of what they saw took nothing away.
    let (record, _) = beside(
        Kind::NEED,
        &first,
        &[&[(Field::NEED_STATE, Value::Nothing)], &[(Field::NEED_STATE, text("confirmed"))]],
    );
    assert_eq!(removal(&record), None);
    assert_eq!(meaning(&record, &disputes(&record)[0]), Meaning::Emptied);
}

#[test]
fn what_a_conflict_means_is_told() {
    let reference = |id: u8| Value::Ref(RecordId([id; 16]));
    let given = |status: &str, day: &str| {
        vec![(Field::ASSISTANCE_STATUS, text(status)), (Field::ASSISTANCE_DATE, text(day))]
    };
    let check = |kind, field, one: Vec<(Field, Value)>, other: Vec<(Field, Value)>, wanted| {
        let (record, _) = beside(kind, &[(Field::AMENDS, reference(1))], &[&one, &other]);
        let found = disputes(&record).into_iter().find(|it| it.field == field).unwrap();
        assert_eq!(meaning(&record, &found), wanted, "{field:?}");
    };
    for (kind, field, wanted) in [
        (Kind::INDIVIDUAL, Field::GROUP, Meaning::TwoGroups),
        (Kind::GROUP, Field::FOCAL_POINT, Meaning::TwoFocalPoints),
        (Kind::GROUP, Field::MERGED_INTO, Meaning::TwoMerges),
        (Kind::INDIVIDUAL, Field::RESPONSIBLE_ADULT, Meaning::Custody),
        (Kind::RELATIVE, Field::RELATIVE_RECORD, Meaning::Plain),
    ] {
        check(kind, field, vec![(field, reference(2))], vec![(field, reference(3))], wanted);
    }
    for (kind, field, one, other, wanted) in [
        (Kind::CONSENT, Field::CONSENT_DECISION, "yes", "withdrawn", Meaning::Consent),
        (Kind::GROUP, Field::RECORD_STATUS, "closed", "hold", Meaning::Ended),
        (Kind::GROUP, Field::RECORD_STATUS, "hold", "needs_check", Meaning::Plain),
    ] {
        check(kind, field, vec![(field, text(one))], vec![(field, text(other))], wanted);
    }
    let (one, other) = (given("delivered", "2026-11-21"), given("delivered", "2026-11-22"));
    check(Kind::ASSISTANCE, Field::ASSISTANCE_DATE, one, other, Meaning::GivenTwice);
    // A help of which two statuses are said takes no step before somebody decides.
    let (record, _) = beside(
        Kind::ASSISTANCE,
        &given("approved", "2026-11-20"),
        &[&given("delivered", "2026-11-21"), &given("refused", "2026-11-20")].map(|it| &it[..]),
    );
    assert!(assistance::step(&record, "delivered", "2026-11-22").is_err());
    assert_eq!(assistance::allowed(assistance::standing(&record)), [""; 0]);
}

/// What two people choose of three values that stand, or something else.
fn choices() -> impl Strategy<Value = (usize, usize)> {
    (0..5_usize, 0..5_usize)
}

proptest! {
    #[test]
    fn two_who_decide_without_a_line_agree_or_stand_side_by_side_and_nothing_is_lost(
        (one, other) in choices(),
        order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
        twice in prop::collection::vec(0..6_usize, 0..6),
        late in any::<bool>(),
    ) {
        let name = |name: &str| vec![(Field::GIVEN_NAMES, text(name))];
        let (record, mut entries) = beside(
            Kind::INDIVIDUAL,
            &name("Ana"),
            &[&name("Anna"), &name("Anita"), &name("Hannah")].map(|it| &it[..]),
        );
        // The second may not have seen the last statement.
        let mut earlier = Record::new(ID, Kind::INDIVIDUAL);
        entries[..3].iter().for_each(|entry| earlier.apply(entry));
        let values = ["Anna", "Anita", "Hannah", "Ana María", "Anais"];
        let decided = |number: u8, seen: &Record, choice: usize| {
            let choices = chosen(Field::GIVEN_NAMES, Choice::Take(text(values[choice])));
            entry(number, decide(seen, &choices, &form).unwrap())
        };
        entries.push(decided(30, &record, one));
        entries.push(decided(31, if late { &earlier } else { &record }, other));
        // As it arrives at a third one, in any order, some of it more than once, some of it joined.
        let mut first = Record::new(ID, Kind::INDIVIDUAL);
        let mut second = first.clone();
        for (nth, at) in order.iter().chain(&twice).enumerate() {
            if nth % 2 == 0 { first.apply(&entries[*at]) } else { second.apply(&entries[*at]) }
        }
        let mut joined = second.clone();
        joined.merge(&first);
        first.merge(&second);
        prop_assert_eq!(&first, &joined);
        let stands: BTreeSet<&str> =
            first.values(Field::GIVEN_NAMES).into_iter().filter_map(Value::as_text).collect();
        // The first replaced all three, whatever the second had seen of them.
        prop_assert_eq!(&stands, &[values[one], values[other]].into());
        let disputes = disputes(&first);
        prop_assert_eq!(disputes.len(), usize::from(one != other));
        if let [dispute] = disputes.as_slice() {
            prop_assert_eq!(meaning(&first, dispute), Meaning::DecidedTwice);
        }
        // Every value that anybody ever stated is in the history.
        let known: BTreeSet<&str> =
            first.known(Field::GIVEN_NAMES).filter_map(|stated| stated.value.as_text()).collect();
        for value in ["Ana", "Anna", "Anita", "Hannah", values[one], values[other]] {
            prop_assert!(known.contains(value));
        }
        // A third one decides, and that is that.
        let third = chosen(Field::GIVEN_NAMES, Choice::Take(text("Ana")));
        if one != other {
            first.apply(&entry(40, super::decide(&first, &third, &form).unwrap()));
            prop_assert_eq!(first.value(Field::GIVEN_NAMES), Some(&text("Ana")));
        }
    }

    #[test]
    fn a_value_that_arrives_while_somebody_decides_is_not_decided_away(choice in 0..2_usize) {
        let phone = |number: &str| vec![(Field::PHONE, text(number))];
        let (seen, entries) =
            beside(Kind::INDIVIDUAL, &phone("1"), &[&phone("2"), &phone("3")].map(|it| &it[..]));
        let mut stands = seen.clone();
        let mut blank = Record::new(ID, Kind::INDIVIDUAL);
        blank.apply(&entries[0]);
        stands.apply(&states(9, &blank, &phone("4")));
        let choices = chosen(Field::PHONE, Choice::Take(text(["2", "3"][choice])));
        stands.apply(&entry(30, decide(&seen, &choices, &form).unwrap()));
        prop_assert_eq!(stands.values(Field::PHONE).len(), 2);
    }

    #[test]
    fn nothing_that_anybody_states_brings_it_down(
        ops in prop::collection::vec((0..6_usize, 0..4_u8, prop::collection::vec(0..8_u8, 0..3)), 1..10),
        kind in 0..3_usize,
    ) {
        let fields = [
            Field::GIVEN_NAMES, Field::NEED_CODE, Field::DOCUMENT_NUMBER, Field::NATIONALITY, Field::GROUP,
            Field::ASSISTANCE_STATUS,
        ];
        let mut record = Record::new(ID, [Kind::INDIVIDUAL, Kind::NEED, Kind::DOCUMENT][kind]);
        for (number, (field, value, replaces)) in (1..).zip(ops) {
            let value = match value {
                0 => Value::Nothing,
                1 => text("x"),
                2 => Value::Codes(vec!["y".into()]),
                _ => Value::Int(i64::from(number)),
            };
            let replaces = replaces.into_iter().map(|entry| EntryId([entry; 16])).collect();
            let op = Op { field: fields[field], value, replaces };
            record.apply(&entry(number, vec![Change { record: ID, kind: record.kind, ops: vec![op] }]));
        }
        for dispute in disputes(&record) {
            let _ = meaning(&record, &dispute);
            for choice in [Choice::All, Choice::Take(dispute.sides[0].value.clone())] {
                if let Ok(changes) = decide(&record, &chosen(dispute.field, choice), &form) {
                    let mut decided = record.clone();
                    changes.into_iter().for_each(|change| decided.apply(&entry(200, vec![change])));
                    prop_assert!(!decided.conflicts().contains(&dispute.field));
                }
            }
        }
    }
}
