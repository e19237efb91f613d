//! The promises of a person's form: nothing typed is lost, nothing untouched is stated.

use super::*;
use crate::date::{DateFault, DateMode};
use crate::entry::Entry;
use crate::id::{EnrolmentId, EntryId, UserId};
use crate::phone::PhoneFault;
use crate::problem::Strength;
use proptest::prelude::*;
use time::macros::date;

const TODAY: Date = date!(2026 - 03 - 02);
const PERSON: RecordId = RecordId([1; 16]);
const PAPER: RecordId = RecordId([2; 16]);
const GROUP: RecordId = RecordId([3; 16]);

fn year(text: &str) -> DateText {
    DateText { year: text.into(), ..DateText::default() }
}

fn amina() -> IndividualDraft {
    IndividualDraft {
        given_names: " Amina ".into(),
        surname1: "Núñez".into(),
        sex: "F".into(),
        born: year("1991"),
        nationality: vec!["VEN".into()],
        ..IndividualDraft::new(PERSON)
    }
}

fn with(change: impl FnOnce(&mut IndividualDraft)) -> IndividualDraft {
    let mut draft = amina();
    change(&mut draft);
    draft
}

fn paper(kind: &str, number: &str) -> DocumentDraft {
    DocumentDraft { record: PAPER, kind: kind.into(), number: number.into() }
}

fn entry(number: u8, changes: Vec<Change>) -> Entry {
    let id = EntryId([number; 16]);
    Entry { id, author: UserId([9; 16]), enrolment: EnrolmentId([8; 16]), at: number.into(), changes }
}

/// The records of a person after one entry: theirs first, then their papers'.
fn recorded(details: &IndividualDetails) -> (Record, Vec<Record>) {
    let entry = entry(1, details.changes_for_new_member(GROUP));
    let mut records = entry.changes.iter().map(|change| {
        let mut record = Record::new(change.record, change.kind);
        record.apply(&entry);
        record
    });
    (records.next().unwrap(), records.collect())
}

#[test]
fn a_year_alone_stays_a_year() {
    let details = check_member(&amina(), true, TODAY).unwrap();
    assert_eq!(details.born.unwrap().to_text(), "1991"); // We never fill in 1 January.
    assert_eq!(
        (details.display_name().as_str(), details.relationship.as_str()),
        ("Amina Núñez", FOCAL_POINT)
    );
    assert!(details.warnings.is_empty());
}

#[test]
fn each_fault_is_shown_beside_its_input() {
    let at = |field| At::member(0, field);
    let typed = |text: &str| text.to_owned();
    for (draft, at, fault) in [
        (with(|d| d.given_names.clear()), at(Field::GIVEN_NAMES), Fault::Name(NameFault::Missing)),
        (with(|d| d.surname1 = typed("  ")), at(Field::SURNAME1), Fault::Name(NameFault::Missing)),
        (with(|d| d.surname2 = "x".repeat(101)), at(Field::SURNAME2), Fault::Name(NameFault::TooLong)),
        (
            with(|d| d.common_name = typed("a@b")),
            at(Field::COMMON_NAME),
            Fault::Name(NameFault::OddCharacters),
        ),
        (with(|d| d.one_name = true), at(Field::ONE_NAME), Fault::OneNameButSeveral),
        (
            with(|d| {
                d.one_name = true;
                d.given_names.clear();
                d.surname1.clear();
            }),
            at(Field::SURNAME1),
            Fault::Name(NameFault::Missing),
        ),
        (with(|d| d.sex.clear()), at(Field::SEX), Fault::SexMissing),
        (with(|d| d.born = year("2027")), at(Field::DATE_OF_BIRTH), Fault::Date(DateFault::InTheFuture)),
        (with(|d| d.born = year("1920")), at(Field::DATE_OF_BIRTH), Fault::OverAHundred),
        (with(|d| d.born = year("2008")), at(Field::DATE_OF_BIRTH), Fault::NearEighteen),
        (
            with(|d| d.nationality = ["VEN", "COL", "", "ECU", "PER"].map(typed).to_vec()),
            at(Field::NATIONALITY),
            Fault::TooManyNationalities,
        ),
        (with(|d| d.phone = typed("123")), at(Field::PHONE), Fault::Phone(PhoneFault::Unreadable)),
        (
            with(|d| d.documents = vec![paper("", ""), paper("", "77")]),
            At::row(0, 1, Field::DOCUMENT_TYPE),
            Fault::DocumentTypeMissing,
        ),
        (
            with(|d| d.documents = vec![paper("PASSPORT", "77"), paper(NO_DOCUMENT, "")]),
            At::row(0, 1, Field::DOCUMENT_TYPE),
            Fault::NoDocumentAndADocument,
        ),
    ] {
        let problems = match check_member(&draft, true, TODAY) {
            Ok(details) => details.warnings,
            Err(problems) => problems,
        };
        let found: Vec<_> = problems.iter().map(|problem| (problem.at, problem.fault)).collect();
        assert_eq!(found, [(at, fault)], "{draft:?}");
        assert_eq!(check_member(&draft, true, TODAY).is_err(), fault.strength() == Strength::Error);
    }
}

#[test]
fn a_member_needs_a_relationship_and_only_the_focal_point_is_its_own() {
    for (relationship, is_focal, wanted) in [
        ("", true, Some("FP")),
        ("WIF", true, Some("FP")), // Whoever becomes the focal point has none to herself.
        ("WIF", false, Some("WIF")),
        ("", false, None),
        ("FP", false, None),
    ] {
        let draft = with(|d| d.relationship = relationship.into());
        let read = check_member(&draft, is_focal, TODAY).ok().map(|details| details.relationship);
        assert_eq!(read.as_deref(), wanted, "{relationship} {is_focal}");
    }
}

#[test]
fn one_name_stands_in_the_first_surname_wherever_it_was_typed() {
    for (given, first) in [("Rahmatullah", ""), ("", "Rahmatullah")] {
        let draft = with(|d| {
            d.one_name = true;
            d.given_names = given.into();
            d.surname1 = first.into();
        });
        let details = check_member(&draft, true, TODAY).unwrap();
        assert_eq!((details.given_names.as_str(), details.surname1.as_str()), ("", "Rahmatullah"));
    }
}

#[test]
fn no_second_surname_and_not_known_are_different_answers() {
    for (surname2, absent, wanted) in [
        ("", Some(Absent::None), Value::text("none")),
        ("", Some(Absent::Unknown), Value::text("unknown")),
        ("", None, Value::Nothing),
        ("Pérez", Some(Absent::None), Value::Nothing), // What was typed says more.
    ] {
        let draft = with(|d| {
            d.surname2 = surname2.into();
            d.surname2_absent = absent;
        });
        let wanted = (Field::SURNAME2_ABSENT, wanted);
        assert!(check_member(&draft, true, TODAY).unwrap().wanted().contains(&wanted));
    }
}

#[test]
fn a_form_opened_and_saved_states_nothing() {
    let mut details =
        check_member(&with(|d| d.documents = vec![paper("PASSPORT", "A 77")]), true, TODAY).unwrap();
    let (record, papers) = recorded(&details);
    assert_eq!(changes_of_individual(&record, &papers, &details, TODAY), []);
    // Two years later the age typed then is shown two years higher, and still states nothing.
    details.born = PartialDate::from_age(40, TODAY);
    let (record, papers) = recorded(&details);
    let later = date!(2028 - 01 - 01);
    let form = IndividualDraft::of(&record, &papers, later);
    assert_eq!((form.born.mode, form.born.age.as_str()), (DateMode::Age, "42"));
    let details = check_member(&form, true, later).unwrap();
    assert_eq!(changes_of_individual(&record, &papers, &details, later), []);
}

#[test]
fn only_what_was_changed_is_stated() {
    let (record, papers) = recorded(&check_member(&amina(), true, TODAY).unwrap());
    let mut form = IndividualDraft::of(&record, &papers, TODAY);
    form.phone = "6123-4567".into();
    form.documents.push(paper("PASSPORT", "77"));
    let details = check_member(&form, true, TODAY).unwrap();
    let changes = changes_of_individual(&record, &papers, &details, TODAY);
    let stated: Vec<_> = changes.iter().flat_map(|change| change.ops.iter().map(|op| op.field)).collect();
    assert_eq!(stated, [Field::PHONE, Field::HOLDER, Field::DOCUMENT_TYPE, Field::DOCUMENT_NUMBER]);
}

#[test]
fn what_was_not_touched_stays_even_in_conflict_or_unreadable() {
    let (mut record, papers) = recorded(&check_member(&amina(), true, TODAY).unwrap());
    // Another desk stated another name and a date of birth of a later version.
    let ops =
        [(Field::GIVEN_NAMES, Value::text("Aminah")), (Field::DATE_OF_BIRTH, Value::text("1991 spring"))];
    let change = Record::new(PERSON, Kind::INDIVIDUAL).change(ops).unwrap();
    record.apply(&entry(2, vec![change]));
    let form = IndividualDraft::of(&record, &papers, TODAY);
    assert_eq!((form.given_names.as_str(), form.born.is_empty()), ("Aminah", true));
    let details = check_member(&form, true, TODAY).unwrap();
    assert_eq!(changes_of_individual(&record, &papers, &details, TODAY), []);
    assert_eq!(record.conflicts(), [Field::GIVEN_NAMES, Field::DATE_OF_BIRTH]);
}

#[test]
fn a_paper_taken_away_comes_back_when_somebody_corrected_it_meanwhile() {
    let draft = with(|d| d.documents = vec![paper("PASSPORT", "77")]);
    let (record, mut papers) = recorded(&check_member(&draft, true, TODAY).unwrap());
    let corrected = papers[0].change([(Field::DOCUMENT_NUMBER, Value::text("78"))]).unwrap();
    let mut form = IndividualDraft::of(&record, &papers, TODAY);
    form.documents.clear();
    let details = check_member(&form, true, TODAY).unwrap();
    let removal = changes_of_individual(&record, &papers, &details, TODAY);
    papers[0].apply(&entry(2, removal));
    assert!(Document::from_record(&papers[0]).unwrap().is_removed());
    assert!(IndividualDraft::of(&record, &papers, TODAY).documents.is_empty());
    papers[0].apply(&entry(3, vec![corrected]));
    assert_eq!(Document::from_record(&papers[0]).unwrap().number.as_deref(), Some("78"));
    assert_eq!(papers[0].conflicts(), [Field::DOCUMENT_NUMBER]);
}

pub(crate) fn drafts() -> impl Strategy<Value = IndividualDraft> {
    let text = || prop_oneof![2 => Just(String::new()), 3 => "\\PC{1,12}"];
    let absent = prop_oneof![Just(None), Just(Some(Absent::None)), Just(Some(Absent::Unknown))];
    let born = (text(), text(), text(), text(), 0..4u8).prop_map(|(day, month, year, age, mode)| {
        let modes = [DateMode::Exact, DateMode::YearOnly, DateMode::Age, DateMode::Estimate];
        DateText { day, month, year, age, mode: modes[usize::from(mode)] }
    });
    let documents = proptest::collection::vec((any::<[u8; 16]>(), text(), text()), 0..3);
    let names = (text(), text(), text(), absent, any::<bool>(), text(), text());
    let rest = (text(), born, proptest::collection::vec(text(), 0..4), documents, text(), text());
    (any::<[u8; 16]>(), names, rest).prop_map(|(id, names, rest)| {
        let (given_names, surname1, surname2, surname2_absent, one_name, common_name, name_native) = names;
        let (sex, born, nationality, documents, phone, relationship) = rest;
        let documents = documents
            .into_iter()
            .map(|(id, kind, number)| DocumentDraft { record: RecordId(id), kind, number })
            .collect();
        IndividualDraft {
            record: RecordId(id),
            given_names,
            surname1,
            surname2,
            surname2_absent,
            one_name,
            common_name,
            name_native,
            sex,
            born,
            nationality,
            documents,
            phone,
            relationship,
        }
    })
}

fn individuals() -> impl Strategy<Value = Individual> {
    let text = || proptest::option::of("\\PC{1,12}");
    let absent = prop_oneof![Just(None), Just(Some(Absent::None)), Just(Some(Absent::Unknown))];
    let born = proptest::option::of((1900..2027i32).prop_map(|year| PartialDate::year_only(year).unwrap()));
    let group = proptest::option::of(any::<[u8; 16]>().prop_map(RecordId));
    let names = (text(), text(), text(), absent, any::<bool>(), text(), text());
    let rest = (text(), born, proptest::collection::vec("[A-Z]{3}", 0..4), text(), text());
    let more = (text(), text(), text(), text(), text());
    (group, names, rest, more).prop_map(|(group, names, rest, more)| {
        let (given_names, surname1, surname2, surname2_absent, one_name, common_name, name_native) = names;
        let (sex, born, nationality, phone, relationship) = rest;
        let (birth_place, mother_name, father_name, marital_status, protection_status) = more;
        Individual {
            id: PERSON,
            group,
            relationship,
            given_names,
            surname1,
            surname2,
            surname2_absent,
            one_name,
            common_name,
            name_native,
            sex,
            born,
            nationality,
            phone,
            birth_place,
            mother_name,
            father_name,
            marital_status,
            protection_status,
        }
    })
}

proptest! {
    #[test]
    fn a_person_stated_is_read_back_field_by_field(person in individuals()) {
        let mut record = Record::new(PERSON, Kind::INDIVIDUAL);
        let changes = record.change(person.wanted()).into_iter().collect();
        record.apply(&entry(1, changes));
        prop_assert_eq!(Individual::from_record(&record), person.clone());
        prop_assert_eq!(record.change(person.wanted()), None);
    }

    #[test]
    fn a_checked_form_reopens_as_it_was_kept(draft in drafts()) {
        if let Ok(details) = check_member(&draft, true, TODAY) {
            let (record, papers) = recorded(&details);
            let form = IndividualDraft::of(&record, &papers, TODAY);
            let again = check_member(&form, true, TODAY).unwrap();
            prop_assert_eq!(again.wanted(), details.wanted());
            prop_assert_eq!(changes_of_individual(&record, &papers, &again, TODAY), []);
        }
    }
}
