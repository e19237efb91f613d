use super::*;
use crate::entry::Entry;
use crate::id::{EnrolmentId, EntryId, RecordId, UserId};
use proptest::prelude::*;

const YEAR: u16 = 2026;

fn wanted(names: &str, year: Option<u16>, number: &str) -> Wanted {
    Wanted { names: names.into(), year, number: number.into() }
}

fn person(given: &str, surnames: &str, born: &str) -> Known {
    let mut record = Record::new(RecordId([1; 16]), Kind::INDIVIDUAL);
    let stated = [(Field::GIVEN_NAMES, given), (Field::SURNAME1, surnames), (Field::DATE_OF_BIRTH, born)];
    let stated = stated.map(|(field, text)| (field, Value::text(text)));
    let changes = record.change(stated).into_iter().collect();
    let (author, enrolment) = (UserId([9; 16]), EnrolmentId([8; 16]));
    record.apply(&Entry { id: EntryId([2; 16]), author, enrolment, at: 1, changes });
    Known::of(&record)
}

#[test]
fn who_tells_too_little_is_told_what_is_lacking_and_where() {
    use Fault::*;
    use Part::*;
    for (names, year, number, faults) in [
        ("", None, "", vec![(Names, Nothing)]),
        ("", Some(1990), "", vec![(Names, Nothing)]),
        ("Pérez", Some(1990), "", vec![(Names, OneName)]),
        ("Pérez", None, "", vec![(Names, OneName), (Born, NoYear)]),
        ("Pérez Pérez", Some(1990), "", vec![(Names, OneName)]),
        ("de la Cruz", Some(1990), "", vec![(Names, OneName)]),
        ("de la", Some(1990), "", vec![(Names, OneName)]),
        ("A B", Some(1990), "", vec![(Names, OneName)]),
        ("A Pérez", Some(1990), "", vec![(Names, OneName)]),
        ("Ana Pérez", None, "", vec![(Born, NoYear)]),
        ("An* Pérez", Some(1990), "", vec![(Names, Pattern)]),
        ("Ana P?rez", Some(1990), "", vec![(Names, Pattern)]),
        ("% %", Some(1990), "", vec![(Names, Pattern)]),
        ("", None, "1234", vec![(Number, NumberTooShort)]),
        ("", None, "V-12", vec![(Number, NumberTooShort)]),
        ("", None, "1234*", vec![(Number, Pattern)]),
        ("Ana Pérez", Some(1850), "", vec![(Born, NoSuchYear)]),
        ("Ana Pérez", Some(2027), "", vec![(Born, NoSuchYear)]),
    ] {
        assert_eq!(wanted(names, year, number).check(YEAR), Err(faults), "{names} {year:?} {number}");
    }
    let long = "a".repeat(LONGEST + 1);
    assert_eq!(wanted(&long, Some(1990), "").check(YEAR), Err(vec![(Names, TooLong)]));
    for (names, year, number) in [
        ("Ana Pérez", Some(1990), ""),
        ("", None, "V-123"),
        ("", None, "V-1234"),
        ("Pérez", None, "12345"),
        ("Ana Pérez", Some(1990), "V-12345678"),
    ] {
        let is_enough = wanted(names, year, number).check(YEAR).is_ok();
        assert_eq!(is_enough, !number.contains("V-123") || number.len() > 5, "{names} {number}");
    }
}

#[test]
fn a_year_of_birth_may_be_told_as_an_age() {
    for (text, year) in [
        ("", Ok(None)),
        ("1990", Ok(Some(1990))),
        (" 36 ", Ok(Some(1990))),
        ("٣٦", Ok(Some(1990))),
        ("0", Ok(Some(2026))),
        ("120", Ok(Some(1906))),
        ("121", Err(Fault::NoSuchYear)),
        ("1905", Err(Fault::NoSuchYear)),
        ("2027", Err(Fault::NoSuchYear)),
        ("90s", Err(Fault::NoSuchYear)),
        ("-3", Err(Fault::NoSuchYear)),
    ] {
        assert_eq!(year_of(text, YEAR), year, "{text}");
    }
}

#[test]
fn somebody_is_found_by_what_is_known_of_them_and_by_nothing_less() {
    let forms = ShortForms::of([("Pepe", "José"), ("Mª", "María")]);
    let sought = |names, year| wanted(names, Some(year), "").check(YEAR).unwrap();
    for (names, year, given, surnames, born, wanted) in [
        ("Ana Pérez", 1990, "Ana", "Pérez", "1990-05-04", Some(Sure::NamesAndYear)),
        ("pérez ANA", 1990, "Ana", "Pérez", "1990", Some(Sure::NamesAndYear)),
        ("Ana Pérez", 1989, "Ana María", "Pérez Soto", "1990", Some(Sure::NamesAndYear)),
        ("Ana Pérez", 1988, "Ana", "Pérez", "1990", None),
        ("Ana Pérez", 1990, "Ana", "Pérez", "", Some(Sure::Similar)),
        ("Ana Peres", 1990, "Ana", "Pérez", "1990", Some(Sure::Similar)),
        ("Pepe Vásquez", 1990, "José", "Bázquez", "1990", Some(Sure::Similar)),
        ("Ana Pérez Soto", 1990, "Ana", "Pérez", "1990", Some(Sure::Similar)),
        ("Ana Peres Soto", 1990, "Ana", "Pérez", "1990", None),
        ("Ana Pérez Soto Ruiz", 1990, "Ana", "Pérez", "1990", None),
        ("Ana Gómez", 1990, "Ana", "Pérez", "1990", None),
        // Each of theirs answers for one of ours.
        ("Ana Anna", 1990, "Ana", "Pérez", "1990", None),
        ("Ana Pérez", 1990, "", "", "1990", None),
    ] {
        let found = sought(names, year).meets(&person(given, surnames, born), &[], &forms);
        assert_eq!(found, wanted, "{names} {year} / {given} {surnames} {born}");
    }
    let nobody = Known::default();
    for (typed, held, wanted_sure) in [
        ("V-12345678", "v12345678", Some(Sure::Document)),
        ("12345678", "v12345678", Some(Sure::Similar)),
        ("E12345678", "v12345678", Some(Sure::Similar)),
        ("1234567", "v12345678", None),
        ("ABCDE", "abcde", Some(Sure::Document)),
        ("ABCDE", "fghij", None),
    ] {
        let found = wanted("", None, typed).check(YEAR).unwrap();
        assert_eq!(found.meets(&nobody, &[held.to_owned()], &forms), wanted_sure, "{typed} {held}");
    }
}

proptest! {
    #[test]
    fn a_single_word_finds_nobody_whatever_else_is_typed(
        word in "[a-zñáA-Z]{1,12}", particles in "(de |la |y |A ){0,3}", year in 1906..=2026_u16,
    ) {
        let outcome = wanted(&format!("{particles}{word}"), Some(year), "").check(YEAR);
        prop_assert!(outcome.is_err());
    }

    #[test]
    fn whoever_is_asked_for_as_written_is_found(
        given in "[a-z]{3,10}", surname in "[A-ZÑ][a-zñá]{3,10}", year in 1907..=2025_u16, off in 0..3_u16,
    ) {
        prop_assume!(search_key::key(&given) != search_key::key(&surname));
        prop_assume!(!search_key::is_particle(&given));
        let known = person(&given, &surname, &year.to_string());
        let sought = wanted(&format!("{surname}, {given}"), Some(year - 1 + off), "").check(YEAR).unwrap();
        prop_assert_eq!(sought.meets(&known, &[], &ShortForms::default()), Some(Sure::NamesAndYear));
    }
}
