//! Rules about dates of birth. DOB04, dates that do not exist, is kept by [`crate::DateText`].

use super::{Found, Rule, Scene, birth_field};
use crate::case::{CaseFile, Subject};
use crate::date::{OLDEST, PartialDate, Precision};
use crate::field::Field;
use crate::finding::Suggestion;
use crate::individual::FOCAL_POINT;
use time::Month;

const BIRTH: &[Field] = &[Field::DATE_OF_BIRTH, Field::AGE_STATED];

/// In the order of `rules.csv`.
pub const RULES: &[Rule] = &[
    Rule::new("DOB01", &[Field::DATE_OF_BIRTH], dob01),
    Rule::new("DOB02", BIRTH, dob02),
    Rule::new("DOB03", BIRTH, dob03),
    Rule::new("DOB05", BIRTH, dob05),
    Rule::new("DOB06", BIRTH, dob06),
    Rule::new("DOB07", BIRTH, dob07),
    Rule::new(
        "DOB08",
        &[Field::DATE_OF_BIRTH, Field::RELATIONSHIP, Field::BIRTH_MOTHER, Field::BIRTH_FATHER],
        dob08,
    ),
    Rule::new("DOB09", &[Field::DATE_OF_BIRTH], dob09),
];

/// A date of birth that has not come yet.
fn dob01(scene: &Scene<'_>, found: &mut Found) {
    for person in &scene.file.people {
        if person.date(Field::DATE_OF_BIRTH).is_some_and(|born| born.earliest() > scene.look.today) {
            found.at(person, Field::DATE_OF_BIRTH);
        }
    }
}

/// The least age that a person can have: an inexact date does not make anybody older than they are.
fn least_age(scene: &Scene<'_>, person: &Subject) -> Option<i64> {
    match person.date(Field::DATE_OF_BIRTH) {
        Some(born) if born.precision().is_exact() => born.age_on(scene.look.today).map(i64::from),
        Some(born) if matches!(born.precision(), Precision::Age | Precision::Estimate) => {
            born.age_on(scene.look.today).map(i64::from)
        }
        Some(born) => PartialDate::exact(born.latest()).age_on(scene.look.today).map(i64::from),
        None => person.int(Field::AGE_STATED),
    }
}

/// Over 120 years old.
fn dob02(scene: &Scene<'_>, found: &mut Found) {
    for person in &scene.file.people {
        if least_age(scene, person).is_some_and(|age| age > i64::from(OLDEST)) {
            found.at(person, birth_field(person));
        }
    }
}

/// Over 100 years old.
fn dob03(scene: &Scene<'_>, found: &mut Found) {
    for person in &scene.file.people {
        if least_age(scene, person).is_some_and(|age| age > 100 && age <= i64::from(OLDEST)) {
            found.at(person, birth_field(person));
        }
    }
}

/// The age that was stated and the date of birth are two years apart or more. The age was right on the day it
/// was told, and is not asked again every year.
fn dob05(scene: &Scene<'_>, found: &mut Found) {
    for person in &scene.file.people {
        let (Some(born), Some(stated)) = (person.date(Field::DATE_OF_BIRTH), person.int(Field::AGE_STATED))
        else {
            continue;
        };
        let told_on = scene.since(person, Field::AGE_STATED).unwrap_or(scene.look.today);
        if born.age_on(told_on).is_some_and(|age| i64::from(age).abs_diff(stated) >= 2) {
            found.at(person, Field::AGE_STATED);
        }
    }
}

/// Only an age or a year is known.
fn dob06(scene: &Scene<'_>, found: &mut Found) {
    for person in &scene.file.people {
        let born = person.born(scene.look.today);
        let estimated = |it: PartialDate| !matches!(it.precision(), Precision::Exact | Precision::Month);
        if born.is_some_and(estimated) {
            found.at(person, birth_field(person));
        }
    }
}

/// Within a year of 18 without an exact date: in completed years, 17 or 18.
fn dob07(scene: &Scene<'_>, found: &mut Found) {
    for person in &scene.file.people {
        let inexact = person.born(scene.look.today).is_some_and(|born| !born.precision().is_exact());
        if inexact && person.age(scene.look.today).is_some_and(|age| (17..=18).contains(&age)) {
            found.at(person, birth_field(person));
        }
    }
}

/// A parent by birth who was under 12 when the child was born, or a mother who was over 60.
fn dob08(scene: &Scene<'_>, found: &mut Found) {
    let (file, today) = (scene.file, scene.look.today);
    for child in &file.people {
        let Some(born) = child.born(today) else { continue };
        let odd = parents_by_birth(file, child).into_iter().any(|(parent, is_mother)| {
            parent.born(today).is_some_and(|parents| match parents.age_on(born.stands_for()) {
                Some(age) => age < 12 || is_mother && age > 60,
                None => true,
            })
        });
        if odd {
            found.at(child, birth_field(child));
        }
    }
}

/// Who of the group is mother (`true`) or father of a child by birth, as far as relationships say.
pub(crate) fn parents_by_birth<'a>(file: &'a CaseFile, child: &Subject) -> Vec<(&'a Subject, bool)> {
    let mut parents: Vec<(&Subject, bool)> = Vec::new();
    let named = [(Field::BIRTH_MOTHER, true), (Field::BIRTH_FATHER, false)];
    for (field, is_mother) in named {
        parents
            .extend(child.reference(field).and_then(|id| file.person(id)).map(|parent| (parent, is_mother)));
    }
    // Steps and wards are no children by birth.
    if matches!(file.relationship(child), "SON" | "DAU") {
        parents.extend(file.focal_person().map(|focal| (focal, focal.says(Field::SEX, "F"))));
    }
    if file.relationship(child) == FOCAL_POINT {
        let of_focal = file.people.iter().filter(|it| it.record != child.record);
        parents.extend(of_focal.filter_map(|it| match file.relationship(it) {
            "MOT" => Some((it, true)),
            "FAT" => Some((it, false)),
            _ => None,
        }));
    }
    parents.retain(|(parent, _)| parent.record != child.record);
    parents
}

/// 1 January, which often means that only the year is known.
fn dob09(scene: &Scene<'_>, found: &mut Found) {
    for person in &scene.file.people {
        let day = person.date(Field::DATE_OF_BIRTH).and_then(PartialDate::day_known);
        if day.is_some_and(|day| day.month() == Month::January && day.day() == 1) {
            found.suggest(person, Field::DATE_OF_BIRTH, &[Suggestion::YearOnly]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{check, found_on};
    use time::macros::date;

    #[test]
    fn dob01_a_birth_to_come() {
        check(
            "DOB01",
            &[
                ("p dob=2026-03-02", ""),
                ("p dob=2026-03-03", "p1.dob"),
                ("p; p dob=2026-04", "p2.dob"),
                ("p dob=2026-03; p dob=2026", ""),
                ("p dob=2027", "p1.dob"),
                ("stage e1; p dob=2027; p dob=2028", "p1.dob, p2.dob"),
            ],
        );
    }

    #[test]
    fn dob02_and_dob03_great_ages() {
        check(
            "DOB02",
            &[
                ("p dob=1905-03-02", "p1.dob"),
                ("p dob=1905-03-03; p dob=1926-01-01", ""),
                // It may have been in December.
                ("p dob=1905", ""),
                ("p dob=1904", "p1.dob"),
                ("p age_stated=121", "p1.age_stated"),
                ("p age_stated=3000", "p1.age_stated"),
                ("p age_stated=120", ""),
            ],
        );
        check(
            "DOB03",
            &[
                ("p dob=1925-03-02", "p1.dob"),
                ("p dob=1925-03-03", ""),
                ("p dob=1905-03-02", ""),
                ("p age_stated=101; p dob=1925-07-01~age", "p1.age_stated, p2.dob"),
                ("p age_stated=100", ""),
            ],
        );
    }

    #[test]
    fn dob05_age_and_birth_do_not_match() {
        check(
            "DOB05",
            &[
                ("p dob=1990-05-05 age_stated=35", ""),
                ("p dob=1990-05-05 age_stated=36", ""),
                ("p dob=1990-05-05 age_stated=37", "p1.age_stated"),
                ("p dob=1990-05-05 age_stated=33", "p1.age_stated"),
                ("p dob=1990 age_stated=33; p age_stated=3", "p1.age_stated"),
                // Told four years ago, it was right then.
                ("p dob=1990-05-05 +age_stated=31@2022-03-02", ""),
                ("p dob=1990-07-01~age +age_stated=32@2022-03-02", ""),
                ("p dob=1990-05-05 +age_stated=35@2022-03-02", "p1.age_stated"),
            ],
        );
    }

    #[test]
    fn dob06_and_dob07_ages_that_are_not_exact() {
        check(
            "DOB06",
            &[
                ("p dob=1990-05-05; p dob=1990-05; p", ""),
                ("p dob=1990; p dob=1990-07-01~age", "p1.dob, p2.dob"),
                ("p dob=1990-07-01~estimate; p age_stated=30", "p1.dob, p2.age_stated"),
            ],
        );
        check(
            "DOB07",
            &[
                ("p age_stated=16", ""),
                ("p age_stated=17", "p1.age_stated"),
                ("p dob=2008-07-01~estimate", "p1.dob"),
                ("p age_stated=19", ""),
                ("p dob=2008-07-05", ""),
                ("p dob=2008; p dob=2008-02; p dob=2006", "p1.dob, p2.dob"),
            ],
        );
    }

    #[test]
    fn dob08_parents_and_children() {
        check(
            "DOB08",
            &[
                ("p sex=F dob=1990-03-12; p relationship=SON dob=2013-06-01", ""),
                ("p sex=F dob=2001-03-12; p relationship=SON dob=2013-03-11", "p2.dob"),
                ("p sex=F dob=2001-03-12; p relationship=SON dob=2013-03-12", ""),
                ("p sex=F dob=2001-03-12; p relationship=SCM dob=2012-03-12", ""),
                ("p sex=F dob=1950-03-12; p relationship=DAU dob=2011-03-12", "p2.dob"),
                ("p sex=F dob=1950-03-12; p relationship=DAU dob=2011-03-11", ""),
                ("p sex=M dob=1950-03-12; p relationship=DAU dob=2012-03-12", ""),
                ("p dob=1990; p relationship=MOT sex=F dob=1980", "p1.dob"),
                ("p dob=1990; p relationship=FAT dob=1960", ""),
                ("p age_stated=30; p relationship=DAU age_stated=40", "p2.age_stated"),
                (
                    "p dob=2000; p relationship=WIF dob=2001; p relationship=OTH dob=2010 birth_mother=p2",
                    "p3.dob",
                ),
                // Somebody as their own mother is no parent.
                ("p dob=2000 birth_mother=p1", ""),
            ],
        );
    }

    #[test]
    fn dob09_the_first_of_january() {
        check(
            "DOB09",
            &[("p dob=1990-01-01", "p1.dob year"), ("p dob=1990-01; p dob=1990; p dob=1990-01-02", "")],
        );
    }

    #[test]
    fn who_turns_eighteen_is_asked_about_no_longer() {
        assert_eq!(found_on(date!(2026 - 12 - 31), "DOB07", "p dob=2008"), "p1.dob");
        assert_eq!(found_on(date!(2027 - 07 - 01), "DOB07", "p dob=2008"), "");
    }
}
