//! Rules about names and sex.

use super::{Found, Rule, Scene};
use crate::case::Subject;
use crate::field::{Field, Kind};
use crate::name::{self, NameFault};

/// The parts of a person's own name.
const NAMES: &[Field] = &[Field::GIVEN_NAMES, Field::MIDDLE_NAME, Field::SURNAME1, Field::SURNAME2];

/// Every field of a person that holds a name.
const ALL_NAMES: &[Field] = &[
    Field::GIVEN_NAMES,
    Field::MIDDLE_NAME,
    Field::SURNAME1,
    Field::SURNAME2,
    Field::COMMON_NAME,
    Field::NAME_NATIVE,
    Field::MOTHER_NAME,
    Field::FATHER_NAME,
];

/// Where people usually have two surnames (ISO 3166-1 alpha-3): the Spanish-speaking countries but for
/// Argentina, where one was the custom, and the Portuguese-speaking ones, where the mother's comes first.
pub(crate) const TWO_SURNAMES: &[&str] = &[
    "BOL", "BRA", "CHL", "COL", "CRI", "CUB", "DOM", "ECU", "ESP", "GNQ", "GTM", "HND", "MEX", "NIC", "PAN",
    "PER", "PRI", "PRT", "PRY", "SLV", "URY", "VEN",
];

/// In the order of `rules.csv`.
pub const RULES: &[Rule] = &[
    Rule::new("NAM01", NAMES, nam01),
    Rule::new("NAM02", &[Field::SURNAME2, Field::NATIONALITY], nam02),
    Rule::new("NAM03", ALL_NAMES, nam03),
    Rule::new("NAM04", ALL_NAMES, nam04),
    Rule::new("NAM05", NAMES, nam05),
    Rule::new("NAM06", &[Field::GIVEN_NAMES, Field::SURNAME1, Field::SURNAME2, Field::DATE_OF_BIRTH], nam06),
    Rule::new("SEX01", &[Field::SEX, Field::RELATIONSHIP], sex01),
];

fn has_one_name(person: &Subject) -> bool {
    person.flag(Field::ONE_NAME) == Some(true)
}

/// Where a finding about a whole name is shown.
pub(super) fn name_field(person: &Subject) -> Field {
    if person.value(Field::GIVEN_NAMES).is_some() { Field::GIVEN_NAMES } else { Field::SURNAME1 }
}

/// No name. Somebody with one name only has it in the first surname (rule 6 of `name_rules.csv`).
fn nam01(scene: &Scene<'_>, found: &mut Found) {
    for person in scene.file.people.iter().filter(|person| !scene.is_counted(person)) {
        let has = |field| person.value(field).is_some();
        let one = has_one_name(person);
        if !one && !has(Field::GIVEN_NAMES) {
            found.at(person, Field::GIVEN_NAMES);
        }
        if !has(Field::SURNAME1) && (!one || !has(Field::GIVEN_NAMES)) {
            found.at(person, Field::SURNAME1);
        }
    }
}

/// No second surname where people usually have one, and nobody has said why.
fn nam02(scene: &Scene<'_>, found: &mut Found) {
    for person in scene.file.people.iter().filter(|person| !scene.is_counted(person)) {
        let answered =
            [Field::SURNAME2, Field::SURNAME2_ABSENT].iter().any(|field| person.value(*field).is_some());
        let has_surname = person.value(Field::SURNAME1).is_some();
        let usual = person.codes(Field::NATIONALITY).iter().any(|code| TWO_SURNAMES.contains(&code.as_str()));
        if usual && has_surname && !answered && !has_one_name(person) {
            found.at(person, Field::SURNAME2);
        }
    }
}

/// Digits or `@` in a name.
fn nam03(scene: &Scene<'_>, found: &mut Found) {
    each_name(scene, |subject, field, text| {
        if name::keep_part(text).1 == Some(NameFault::OddCharacters) {
            found.at(subject, field);
        }
    });
}

/// A name over 100 characters. What is typed is not even read then; this is for names that came another way.
fn nam04(scene: &Scene<'_>, found: &mut Found) {
    each_name(scene, |subject, field, text| {
        if name::keep_part(text).1 == Some(NameFault::TooLong) {
            found.at(subject, field);
        }
    });
}

fn each_name(scene: &Scene<'_>, mut look: impl FnMut(&Subject, Field, &str)) {
    for person in &scene.file.people {
        ALL_NAMES.iter().for_each(|field| look(person, *field, person.text(*field)));
    }
    for relative in scene.file.rows_of_kind(Kind::RELATIVE) {
        look(relative, Field::RELATIVE_NAME, relative.text(Field::RELATIVE_NAME));
    }
}

/// A name all in capitals, or without any. Letters of scripts that have no capitals say nothing.
fn nam05(scene: &Scene<'_>, found: &mut Found) {
    for person in &scene.file.people {
        let stands_out = NAMES.iter().find(|field| {
            let cased = |c: &char| c.is_uppercase() != c.is_lowercase();
            let letters: Vec<char> = person.text(**field).chars().filter(cased).collect();
            letters.len() > 1
                && (letters.iter().all(|c| c.is_uppercase()) || letters.iter().all(|c| c.is_lowercase()))
        });
        if let Some(field) = stands_out {
            found.at(person, *field);
        }
    }
}

/// The same name and the same birth as somebody earlier in the group.
fn nam06(scene: &Scene<'_>, found: &mut Found) {
    let today = scene.look.today;
    let people: Vec<_> = scene.file.people.iter().map(|it| (it, it.name_keys(), it.born(today))).collect();
    for (place, (person, name, born)) in people.iter().enumerate() {
        let earlier = people.iter().take(place);
        let same = earlier.filter(|(_, other, when)| !other.is_disjoint(name) && when == born);
        let same: Vec<_> = same.map(|(other, ..)| other.record).collect();
        if !same.is_empty() {
            found.resembles(person, name_field(person), same);
        }
    }
}

/// A relationship of another sex than the person's. Asked, never more: people know best who they are.
fn sex01(scene: &Scene<'_>, found: &mut Found) {
    for person in &scene.file.people {
        let sex = person.text(Field::SEX);
        let implied = scene.look.lists.relationship_sex(scene.file.relationship(person));
        if matches!(sex, "F" | "M") && !implied.is_empty() && implied != sex {
            found.at(person, Field::RELATIONSHIP);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::check;

    #[test]
    fn nam01_no_name() {
        check(
            "NAM01",
            &[
                ("p given_names=Ana surname1=Pérez", ""),
                ("p given_names=Ana; p surname1=Pérez", "p1.surname1, p2.given_names"),
                ("p", "p1.given_names, p1.surname1"),
                ("p one_name=yes surname1=Rahmatullah", ""),
                ("p one_name=yes given_names=Rahmatullah", ""),
                ("p one_name=yes", "p1.surname1"),
                ("p one_name=no surname1=Rahmatullah", "p1.given_names"),
                // In an emergency the others are counted, not asked.
                ("stage e1; p given_names=Ana surname1=Pérez; p", ""),
                ("stage e1; p; p", "p1.given_names, p1.surname1"),
            ],
        );
    }

    #[test]
    fn nam02_no_second_surname() {
        check(
            "NAM02",
            &[
                ("p surname1=Pérez nationality=VEN", "p1.surname2"),
                ("p surname1=Pérez surname2=Soto nationality=VEN", ""),
                ("p surname1=Pérez surname2_absent=none nationality=VEN", ""),
                ("p surname1=Pérez surname2_absent=unknown nationality=COL|HTI", ""),
                ("p surname1=Baptiste nationality=HTI", ""),
                ("p surname1=Baptiste nationality=HTI|CHL", "p1.surname2"),
                ("p surname1=Rahmatullah one_name=yes nationality=VEN", ""),
                ("p nationality=VEN; p surname1=Pérez", ""),
            ],
        );
    }

    #[test]
    fn nam03_and_nam04_odd_and_long_names() {
        check(
            "NAM03",
            &[
                ("p given_names=Ana surname1=O’Brien-Núñez", ""),
                ("p given_names=Ana2 common_name=ana@x", "p1.given_names, p1.common_name"),
                ("p mother_name=M4ria; relative p1 relative_name=X1", "p1.mother_name, r1.relative_name"),
                ("p name_native=一郎", ""),
            ],
        );
        let long = |count: usize| format!("p surname1={}", "ñ".repeat(count));
        check("NAM04", &[(&long(100), ""), (&long(101), "p1.surname1")]);
    }

    #[test]
    fn nam05_capitals() {
        check(
            "NAM05",
            &[
                ("p given_names=ANA surname1=PÉREZ", "p1.given_names"),
                ("p given_names=Ana surname1=de~la~cruz", "p1.surname1"),
                ("p given_names=Ana surname1=De~la~Cruz; p given_names=أحمد surname1=A", ""),
            ],
        );
    }

    #[test]
    fn nam06_somebody_twice() {
        check(
            "NAM06",
            &[
                (
                    "p given_names=José surname1=Núñez dob=2013-06; p given_names=JOSE surname1=Nuñez dob=2013-06",
                    "p2.given_names =p1",
                ),
                (
                    "p given_names=José surname1=Pérez dob=2013-06; p given_names=José surname1=Pérez dob=2013",
                    "",
                ),
                (
                    "p surname1=Ali age_stated=7; p surname1=Sara; p surname1=Ali age_stated=7",
                    "p3.surname1 =p1",
                ),
                ("p; p", ""),
                ("stage e1; p surname1=Ali; p surname1=Ali", ""),
            ],
        );
    }

    #[test]
    fn sex01_sex_and_relationship() {
        check(
            "SEX01",
            &[
                ("p sex=F; p sex=F relationship=SON", "p2.relationship"),
                ("p sex=F; p sex=M relationship=SON", ""),
                ("p sex=F; p sex=O relationship=SON; p relationship=WIF; p sex=M relationship=COU", ""),
                // The focal point's own relationship is none.
                ("p sex=F relationship=SON", ""),
            ],
        );
    }
}
