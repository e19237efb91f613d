//! The promises of a family: every problem at once, one entry, nothing lost on the way.

use super::*;
use crate::date::DateFault;
use crate::document::{Document, DocumentDraft};
use crate::field::Field;
use crate::id::hex;
use crate::individual::Individual;
use crate::individual::tests::drafts;
use crate::name::NameFault;
use crate::problem::Strength;
use proptest::prelude::*;
use time::macros::date;

const TODAY: Date = date!(2026 - 03 - 02);

fn empty() -> FamilyDraft {
    let ids = FamilyIds {
        draft: DraftId([1; 16]),
        entry: EntryId([2; 16]),
        group: RecordId([3; 16]),
        first_member: RecordId([4; 16]),
    };
    FamilyDraft::begin(ids, GroupRef::fresh([0; 8]), "meteti", 1_790_000_000_000)
}

fn typed(day: &str, month: &str, year: &str) -> DateText {
    DateText { day: day.into(), month: month.into(), year: year.into(), ..DateText::default() }
}

/// Three people with papers and all that a group can have.
fn family() -> FamilyDraft {
    let mut family = empty();
    family.province = "PA-5".into();
    family.district = "PA-5-PIN".into();
    family.address = " frente  a la escuela".into();
    family.arrival = typed("28", "2", "2026");
    family.entry_point = "bajo_chiquito".into();
    for (place, (name, surname, sex, born, relationship)) in [
        ("Yuleisy", "Rondón", "F", typed("12", "3", "1990"), ""),
        ("José Gregorio", "Pernía", "M", typed("", "", "1987"), "CLH"),
        ("Samuel", "Pernía", "M", typed("", "6", "2013"), "SON"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = 4 + u8::try_from(place).unwrap();
        if place > 0 {
            assert_eq!(family.add_member(RecordId([id; 16])), place);
        }
        let member = &mut family.members[place];
        member.given_names = name.into();
        member.surname1 = surname.into();
        member.sex = sex.into();
        member.born = born;
        member.relationship = relationship.into();
        member.nationality = vec!["VEN".into()];
        member.documents = vec![DocumentDraft {
            record: RecordId([40 + id; 16]),
            kind: "PASSPORT".into(),
            number: format!("A-{id}"),
        }];
    }
    family
}

fn records_of(entry: &Entry) -> Vec<Record> {
    let record = |change: &Change| {
        let mut record = Record::new(change.record, change.kind);
        record.apply(entry);
        record
    };
    entry.changes.iter().map(record).collect()
}

fn entry_of(family: &FamilyDraft) -> Entry {
    let details = family.check(TODAY).unwrap();
    details.into_entry(UserId([8; 16]), EnrolmentId([9; 16]), 1_790_000_000_001)
}

#[test]
fn an_empty_form_names_all_that_is_missing_at_once() {
    let mut family = empty();
    assert!(family.is_empty());
    family.add_member(RecordId([5; 16]));
    family.arrival = typed("30", "2", "2026");
    let problems = family.check(TODAY).unwrap_err();
    let found: Vec<_> = problems.errors().map(|problem| (problem.at, problem.fault)).collect();
    let missing = Fault::Name(NameFault::Missing);
    assert_eq!(
        found,
        [
            (At::group(Field::ARRIVAL_DATE), Fault::Date(DateFault::NoSuchDay)),
            (At::member(0, Field::GIVEN_NAMES), missing),
            (At::member(0, Field::SURNAME1), missing),
            (At::member(0, Field::SEX), Fault::SexMissing),
            (At::member(1, Field::GIVEN_NAMES), missing),
            (At::member(1, Field::SURNAME1), missing),
            (At::member(1, Field::SEX), Fault::SexMissing),
            (At::member(1, Field::RELATIONSHIP), Fault::RelationshipMissing),
        ]
    );
}

#[test]
fn questions_come_along_and_keep_nobody_from_finishing() {
    let mut family = family();
    family.members[2].given_names = "JOSE GREGORIO".into();
    family.members[2].born = typed("", "", "1987");
    family.members[2].documents[0].number = "a 5".into(); // His father's, written otherwise.
    family.members[0].phone = "123".into();
    family.members[1].born = typed("1", "3", "2026");
    family.members[2].born = typed("1", "3", "2026");
    let details = family.check(TODAY).unwrap();
    let found: Vec<_> =
        details.warnings.iter().map(|problem| (problem.at.id(), problem.fault.key())).collect();
    let wanted = [
        ("phone-m0", "phone_unreadable"),
        ("dob-m1", "arrived_before_birth"),
        ("dob-m2", "arrived_before_birth"),
        ("given_names-m2", "same_person_twice"),
        ("document_number-m2-r0", "same_document_twice"),
    ];
    assert_eq!(found, wanted.map(|(at, key)| (at.to_owned(), key)));
    assert!(details.warnings.iter().all(|problem| problem.strength != Strength::Error));
    assert!(details.members.iter().all(|member| member.warnings.is_empty()));
}

#[test]
fn a_group_without_a_focal_point_is_not_finished() {
    let mut nobody = family();
    nobody.focal = 7;
    let problems = nobody.check(TODAY).unwrap_err();
    assert_eq!(problems.of(Field::FOCAL_POINT).map(|problem| problem.fault), Some(Fault::FocalPointMissing));
    nobody.members.clear();
    assert!(nobody.check(TODAY).is_err());
}

#[test]
fn the_focal_point_moves_with_its_member() {
    let mut family = family();
    family.make_focal(1);
    assert_eq!(family.title(), "José Gregorio Pernía");
    assert!(family.members.iter().all(|member| member.relationship.is_empty()));
    family.remove_member(0);
    assert_eq!((family.focal, family.title().as_str()), (0, "José Gregorio Pernía"));
    family.remove_member(0);
    assert_eq!((family.focal, family.title().as_str()), (0, "Samuel Pernía"));
    family.remove_member(9);
    assert_eq!(family.members.len(), 1);
}

#[test]
fn a_family_becomes_one_entry_that_tells_all_of_it() {
    let family = family();
    let entry = entry_of(&family);
    assert_eq!(entry.id, family.entry);
    assert_eq!(Entry::from_bytes(&entry.to_bytes()), Ok(entry.clone()));
    assert_eq!(entry, entry_of(&family)); // Two taps, one family.
    let records = records_of(&entry);
    let group = GroupView::from_record(&records[0]);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        group,
        GroupView {
            id: family.group,
            group_ref: some("22222222"),
            focal_point: Some(family.members[0].record),
            site: some("meteti"),
            province: some("PA-5"),
            district: some("PA-5-PIN"),
            address: some("frente a la escuela"),
            arrival: PartialDate::from_text("2026-02-28"),
            entry_point: some("bajo_chiquito"),
            registration_date: Some(PartialDate::exact(TODAY)),
            record_status: some("active"),
        }
    );
    assert_eq!(group.printed_ref(), some("2222-2222"));
    assert_eq!(records[0].change(group.wanted()), None);
    let people: Vec<_> = records
        .iter()
        .filter(|record| record.kind == Kind::INDIVIDUAL)
        .map(Individual::from_record)
        .map(|person| {
            (person.display_name(), person.birth().unwrap().to_text(), person.relationship.unwrap())
        })
        .collect();
    let person = |name: &str, born: &str, relationship: &str| {
        (name.to_owned(), born.to_owned(), relationship.to_owned())
    };
    assert_eq!(
        people,
        [
            person("Yuleisy Rondón", "1990-03-12", "FP"),
            person("José Gregorio Pernía", "1987", "CLH"),
            person("Samuel Pernía", "2013-06", "SON"),
        ]
    );
    let papers: Vec<_> = records.iter().filter_map(Document::from_record).collect();
    assert_eq!(papers.len(), 3);
    assert_eq!(
        (papers[1].holder, papers[1].number.as_deref()),
        (Some(family.members[1].record), Some("A-5"))
    );
}

#[test]
fn a_group_of_one_needs_nothing_extra() {
    let mut alone = empty();
    alone.members[0].given_names = "Ana".into();
    assert!(!alone.is_empty());
    alone.members[0].surname1 = "Pérez".into();
    alone.members[0].sex = "F".into();
    let entry = entry_of(&alone);
    assert_eq!(entry.changes.len(), 2);
    assert_eq!(crate::permission::judge(crate::permission::Role::Caseworker, &entry), Ok(()));
}

/// A draft of the first release. Never edited: devices hold drafts of this form.
const KEPT: &str = "a90050010101010101010101010101010101010150020202020202020202020202020202020250030303030303030303030303030303030368323232323232323204666d657465746908a104000a000b81a50050040404040404040404040404040404040163416e61040105f409a20362343004020c1b000001a0c4506c00";

#[test]
fn the_first_released_form_stays_readable() {
    let mut draft = empty();
    draft.members[0].given_names = "Ana".into();
    draft.members[0].surname2_absent = Some(crate::individual::Absent::None);
    draft.members[0].born =
        DateText { age: "40".into(), mode: crate::date::DateMode::Age, ..DateText::default() };
    assert_eq!(hex(&draft.to_bytes()), KEPT);
    assert_eq!(FamilyDraft::from_bytes(&draft.to_bytes()).unwrap(), draft);
}

#[test]
fn drafts_of_other_versions_open() {
    // Ids alone, then keys nobody knows here: a list, a number, text.
    let mut bytes = Vec::new();
    let mut e = minicbor::Encoder::new(&mut bytes);
    e.map(6).unwrap();
    for key in 0..3 {
        e.u8(key).unwrap().bytes(&[key + 1; 16]).unwrap();
    }
    e.u32(77).unwrap().array(2).unwrap().u8(1).unwrap().null().unwrap();
    e.u32(78).unwrap().i64(-9).unwrap();
    e.u32(4_000).unwrap().str("más").unwrap();
    let read = FamilyDraft::from_bytes(&bytes).unwrap();
    let blank = FamilyDraft {
        members: vec![],
        group_ref: String::new(),
        site: String::new(),
        started_at: 0,
        ..empty()
    };
    assert_eq!(read, blank);
    let bytes = family().to_bytes();
    for end in 0..bytes.len() {
        assert!(FamilyDraft::from_bytes(&bytes[..end]).is_err());
    }
}

proptest! {
    #[test]
    fn a_draft_is_kept_as_typed(members in proptest::collection::vec(drafts(), 0..4), focal in 0usize..5, address in "\\PC{0,20}") {
        let draft = FamilyDraft { members, focal, address, ..family() };
        prop_assert_eq!(FamilyDraft::from_bytes(&draft.to_bytes()).unwrap(), draft.clone());
        let _ = (draft.check(TODAY), draft.title());
    }

    #[test]
    fn no_bytes_make_it_fail(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = FamilyDraft::from_bytes(&bytes);
    }
}
