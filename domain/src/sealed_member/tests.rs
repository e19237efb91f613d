use super::*;
use crate::entry::{Entry, Op};
use crate::id::{EnrolmentId, EntryId};
use crate::record::deeds;
use crate::regroup::{CannotRegroup, Parting};
use std::collections::BTreeMap;
use time::macros::date;

const TODAY: Date = date!(2026 - 11 - 22);
const HOME: RecordId = RecordId([1; 16]);
const OTHER: RecordId = RecordId([2; 16]);
const FOCAL: RecordId = RecordId([11; 16]);
const CHILD: RecordId = RecordId([12; 16]);
const SEALED: RecordId = RecordId([13; 16]);
const ME: UserId = UserId([7; 16]);
const COLLEAGUE: UserId = UserId([8; 16]);

fn apply(record: &mut Record, number: u8, changes: &[Change]) {
    let changes = changes.iter().filter(|change| change.record == record.id).cloned().collect();
    let (id, enrolment) = (EntryId([number; 16]), EnrolmentId([3; 16]));
    record.apply(&Entry { id, author: ME, enrolment, at: u64::from(number), changes });
}

fn made(id: RecordId, kind: Kind, said: &[(Field, Value)]) -> Record {
    let mut record = Record::new(id, kind);
    let change = record.change(said.iter().cloned());
    apply(&mut record, 1, change.as_slice());
    record
}

fn group(id: RecordId) -> Record {
    let counts = [3, 2, 1, 1].map(Value::Int);
    let said: Vec<_> = COUNTS.into_iter().zip(counts).collect();
    let reference = [(Field::GROUP_REF, Value::text("KX7M42P2")), (Field::FOCAL_POINT, Value::Ref(FOCAL))];
    made(id, Kind::GROUP, &[said, reference.to_vec()].concat())
}

fn person(id: RecordId, sex: &str, born: &str) -> Record {
    made(
        id,
        Kind::INDIVIDUAL,
        &[
            (Field::GROUP, Value::Ref(HOME)),
            (Field::SEX, Value::text(sex)),
            (Field::DATE_OF_BIRTH, Value::text(born)),
            (Field::RELATIONSHIP, Value::text("spouse")),
        ],
    )
}

fn family() -> (Record, Vec<Record>) {
    let people =
        [person(FOCAL, "M", "1980"), person(CHILD, "F", "2019-02-03"), person(SEALED, "F", "1985-01-01")];
    (group(HOME), people.to_vec())
}

fn counts(group: &Record) -> [Option<i64>; 4] {
    COUNTS.map(|field| group.value(field).and_then(int))
}

/// The family once its third person was sealed.
fn sealed_family() -> (Record, Vec<Record>) {
    let (mut home, mut people) = family();
    let changes = seal(ME, &people[2], Some(&home), &people, &[ME].into(), TODAY).unwrap();
    apply(&mut home, 2, &changes);
    apply(&mut people[2], 2, &changes);
    (home, people)
}

#[test]
fn sealing_names_who_knows_and_takes_the_person_out_of_every_count() {
    let (home, people) = sealed_family();
    assert_eq!(known_to(&people[2]), [ME].into());
    assert!(is_sealed(&people[2]) && may_know(&people[2], ME) && !may_know(&people[2], COLLEAGUE));
    assert!(!is_sealed(&people[0]) && may_know(&people[0], COLLEAGUE));
    assert_eq!(counts(&home), [Some(2), Some(1), Some(1), Some(1)]);
    // Naming others counts nobody twice.
    let both = [ME, COLLEAGUE].into();
    let again = seal(ME, &people[2], Some(&home), &people, &both, TODAY).unwrap();
    assert_eq!(again.len(), 1);
    let mut person = people[2].clone();
    apply(&mut person, 3, &again);
    assert_eq!(known_to(&person), both);
}

#[test]
fn unsealing_brings_the_person_back_into_the_counts() {
    let (mut home, mut people) = sealed_family();
    assert_eq!(unseal(COLLEAGUE, &people[2], Some(&home), TODAY), Err(CannotSeal::NotOneself));
    let changes = unseal(ME, &people[2], Some(&home), TODAY).unwrap();
    apply(&mut home, 3, &changes);
    apply(&mut people[2], 3, &changes);
    assert!(!is_sealed(&people[2]) && may_know(&people[2], COLLEAGUE));
    assert_eq!(counts(&home), [Some(3), Some(2), Some(1), Some(1)]);
    assert_eq!(unseal(ME, &people[2], Some(&home), TODAY), Err(CannotSeal::Nothing));
}

#[test]
fn who_cannot_be_sealed_is_said() {
    let (home, people) = family();
    let alone = [person(SEALED, "F", "1985")];
    let mut headless = made(OTHER, Kind::GROUP, &[(Field::GROUP_REF, Value::text("22222222"))]);
    apply(&mut headless, 2, &[]);
    let many: BTreeSet<UserId> = (0..=LIMIT as u128).map(|n| UserId(n.to_be_bytes())).chain([ME]).collect();
    for (who, group, members, users, wanted) in [
        (&people[0], Some(&home), &people[..], [ME].into(), CannotSeal::SpeaksForTheGroup),
        (&people[2], Some(&home), &people[..], [COLLEAGUE].into(), CannotSeal::NotOneself),
        (&people[2], Some(&home), &people[..], many, CannotSeal::TooMany),
        (&alone[0], Some(&headless), &alone[..], [ME].into(), CannotSeal::TheOnlyOne),
        (&home, None, &people[..], [ME].into(), CannotSeal::NotAPerson),
    ] {
        assert_eq!(seal(ME, who, group, members, &users, TODAY), Err(wanted));
    }
    let (home, people) = sealed_family();
    let again = seal(ME, &people[2], Some(&home), &people, &[ME].into(), TODAY);
    assert_eq!(again, Err(CannotSeal::Nothing));
    for (role, user, wanted) in [
        (Role::Caseworker, ME, true),
        (Role::Counsellor, ME, true),
        (Role::Supervisor, ME, true),
        (Role::Verifier, ME, false),
        (Role::Administrator, ME, false),
        (Role::Counsellor, COLLEAGUE, false),
    ] {
        assert_eq!(may_seal(role, user, &people[2]), wanted, "{role:?}");
    }
}

#[test]
fn the_history_of_a_group_does_not_tell_that_somebody_was_sealed() {
    let (home, people) = sealed_family();
    // To who does not know of the person, the entry only counted one less.
    let told = deeds(core::slice::from_ref(&home));
    assert_eq!(told.iter().map(only_counts_one).collect::<Vec<_>>(), [true, false]);
    // To who does, it is told.
    let told = deeds(&[home.clone(), people[2].clone()]);
    assert!(told.iter().all(|deed| !only_counts_one(deed)));
    // A count that was corrected by more, or with something else, stays in the history.
    for said in [
        vec![(Field::SIZE, Value::Int(6))],
        vec![(Field::SIZE, Value::Int(1)), (Field::SITE, Value::text("meteti"))],
        vec![(Field::COUNT_F, Value::Int(9))],
    ] {
        let mut home = home.clone();
        let change = home.change(said).unwrap();
        apply(&mut home, 4, &[change]);
        assert!(!only_counts_one(&deeds(core::slice::from_ref(&home))[0]));
    }
}

#[test]
fn a_sealed_person_goes_along_with_a_group_merged_by_who_did_not_know_of_them() {
    let (home, mut people) = sealed_family();
    let there = made(OTHER, Kind::GROUP, &[(Field::GROUP_REF, Value::text("22222222"))]);
    // What a colleague holds who is not named: the group and two people.
    let shown = &people[..2];
    let (nobody, none) = (BTreeSet::new(), BTreeMap::new());
    let parting = Parting {
        group: &home,
        members: shown,
        leaving: &nobody,
        focal_of_staying: None,
        relations: &none,
        today: TODAY,
    };
    let changes = parting.merge_into(&there, &[]).unwrap();
    assert!(changes.iter().all(|change| change.record != SEALED));
    let into = |group| (group == HOME).then_some(OTHER);
    let follows = follow(&people[2], into).unwrap();
    apply(&mut people[2], 5, &[follows]);
    assert_eq!(people[2].value(Field::GROUP), Some(&Value::Ref(OTHER)));
    assert_eq!(people[2].value(Field::RELATIONSHIP), None);
    // Once there, nothing follows; nor does anybody who is not sealed, nor in a ring.
    assert_eq!(follow(&people[2], into), None);
    assert_eq!(follow(&people[1], into), None);
    let ring = |group| Some(if group == HOME { OTHER } else { HOME });
    assert_eq!(follow(&people[2], ring), None);
}

#[test]
fn two_devices_that_bring_them_along_at_once_agree() {
    let (_, people) = sealed_family();
    let into = |group| (group == HOME).then_some(OTHER);
    let follows = follow(&people[2], into).unwrap();
    let (mut one, mut two) = (people[2].clone(), people[2].clone());
    apply(&mut one, 5, core::slice::from_ref(&follows));
    apply(&mut two, 6, &[follows]);
    one.merge(&two);
    assert_eq!(one.value(Field::GROUP), Some(&Value::Ref(OTHER)));
    assert!(one.conflicts().is_empty());
}

#[test]
fn a_group_says_nothing_of_a_sealed_person_whom_a_knowing_one_moves() {
    let (home, people) = sealed_family();
    let there = group(OTHER);
    let none = BTreeMap::new();
    let leave = |leaving: &BTreeSet<RecordId>, focal| {
        let parting = Parting {
            group: &home,
            members: &people,
            leaving,
            focal_of_staying: focal,
            relations: &none,
            today: TODAY,
        };
        parting.move_to(&there)
    };
    // The sealed one alone: neither group hears of it.
    let alone = leave(&[SEALED].into(), None).unwrap();
    assert_eq!(alone.iter().map(|change| change.record).collect::<Vec<_>>(), [SEALED]);
    // With the child: one person left, one was counted.
    let both = leave(&[SEALED, CHILD].into(), None).unwrap();
    let of = |id| both.iter().find(|change| change.record == id).unwrap();
    let op = |id, field| of(id).ops.iter().find(|op: &&Op| op.field == field).unwrap().value.clone();
    assert_eq!(op(HOME, Field::PEOPLE_LEFT), Value::Codes(vec![CHILD.to_string()]));
    assert_eq!((op(HOME, Field::SIZE), op(OTHER, Field::SIZE)), (Value::Int(1), Value::Int(4)));
    assert!(both.iter().any(|change| change.record == SEALED));
    // They cannot be all that stays, nor speak for those who do.
    assert_eq!(leave(&[FOCAL, CHILD].into(), None), Err(CannotRegroup::NobodyStays));
    assert_eq!(leave(&[FOCAL].into(), Some(SEALED)), Err(CannotRegroup::FocalPointMissing));
    assert!(leave(&[FOCAL].into(), Some(CHILD)).is_ok());
}
