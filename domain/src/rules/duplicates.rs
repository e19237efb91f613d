//! Whether somebody is registered already. Only asked: people decide between same, different and not sure,
//! and nothing is ever merged by the machine.

use super::names::name_field;
use super::{Found, Known, Rule, Scene};
use crate::case::Subject;
use crate::date::PartialDate;
use crate::field::Field;
use crate::search_key;
use time::Date;

/// In the order of `rules.csv`.
pub const RULES: &[Rule] = &[Rule::new(
    "DUP01",
    &[
        Field::GIVEN_NAMES,
        Field::SURNAME1,
        Field::SURNAME2,
        Field::DATE_OF_BIRTH,
        Field::AGE_STATED,
        Field::SEX,
    ],
    dup01,
)];

/// How much alike two names are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// All words of one stand in the other, at least two: somebody left a second surname out.
    Within,
    /// The words sound the same, in any order.
    Sound,
    /// The same words, in any order.
    Same,
}

/// Somebody of another group with a name that is close, born within a year, of the same sex. What is not
/// known keeps nobody apart whose name is the very same; half a name needs the very same birth.
fn dup01(scene: &Scene<'_>, found: &mut Found) {
    for person in &scene.file.people {
        let names = person.names();
        let others = scene.look.elsewhere.people.iter().filter(|known| {
            scene.file.person(known.record).is_none()
                && same_sex(person, known)
                && names
                    .iter()
                    .filter_map(|name| likeness(name, &known.name))
                    .any(|likeness| fits(likeness, person.born(scene.look.today), known, scene.look.today))
        });
        let mut others: Vec<_> = others.map(|known| known.record).collect();
        others.dedup();
        if !others.is_empty() {
            found.resembles(person, name_field(person), others);
        }
    }
}

fn same_sex(person: &Subject, known: &Known) -> bool {
    let open = |sex: &str| matches!(sex, "" | "U");
    let sex = person.text(Field::SEX);
    open(sex) || open(&known.sex) || sex == known.sex
}

fn fits(likeness: Likeness, born: Option<PartialDate>, known: &Known, today: Date) -> bool {
    let Some((born, other)) = born.zip(PartialDate::from_text(&known.born)) else {
        return likeness == Likeness::Same;
    };
    // Of dates that are not exact the nearest days count.
    let apart = (born.earliest() - other.latest()).max(other.earliest() - born.latest());
    let within_a_year = apart.whole_days() <= 366;
    match likeness {
        Likeness::Within => born == other && born.earliest() <= today,
        Likeness::Sound | Likeness::Same => within_a_year,
    }
}

fn likeness(one: &str, other: &str) -> Option<Likeness> {
    let words = |name: &str| {
        let mut words = search_key::tokens(name);
        words.sort();
        words
    };
    let (one, other) = (words(one), words(other));
    if one.is_empty() || other.is_empty() {
        return None;
    }
    if one == other {
        return Some(Likeness::Same);
    }
    let sounds = |words: &[String]| {
        let mut sounds: Vec<String> = words.iter().map(|word| search_key::sound(word)).collect();
        sounds.sort();
        sounds
    };
    if sounds(&one) == sounds(&other) {
        return Some(Likeness::Sound);
    }
    let (less, more) = if one.len() < other.len() { (&one, &other) } else { (&other, &one) };
    (less.len() > 1 && less.iter().all(|word| more.contains(word))).then_some(Likeness::Within)
}

#[cfg(test)]
mod tests {
    use super::super::trial::{TODAY, Trial, check};
    use crate::finding::What;

    #[test]
    fn dup01_who_may_be_registered_already() {
        for (known, wanted) in [
            ("José~Núñez~Pérez 2013-06-01 M", true),
            ("PÉREZ~NÚÑEZ~JOSE 2013-06-01 M", true),
            ("Jose~Nunnes~Peres 2013-06-01 M", true),
            ("José~Núñez~Pérez 2014-06-02 M", true),
            ("José~Núñez~Pérez 2014-06-03 M", false),
            ("José~Núñez~Pérez 2012 M", true),
            ("José~Núñez~Pérez 2015 M", false),
            ("José~Núñez~Pérez 2013-06-01 F", false),
            ("José~Núñez~Pérez 2013-06-01 U", true),
            ("José~Núñez~Pérez 2013-06-01", true),
            ("José~Núñez~Pérez ? M", true),
            ("Jose~Nunnes~Peres ? M", false),
            ("José~Núñez 2013-06-01 M", true),
            ("José~Núñez 2013-06-02 M", false),
            ("José 2013-06-01 M", false),
            ("Ana~Núñez~Pérez 2013-06-01 M", false),
            ("- 2013-06-01 M", false),
        ] {
            let case = format!(
                "known {known}; p given_names=José surname1=Núñez surname2=Pérez sex=M dob=2013-06-01"
            );
            check("DUP01", &[(&case, if wanted { "p1.given_names =k1" } else { "" })]);
        }
        check(
            "DUP01",
            &[
                (
                    "known Rahmatullah 1990 M; known Rahmatullah 1991 M; p one_name=yes surname1=Rahmatullah sex=M dob=1990",
                    "p1.surname1 =k1 =k2",
                ),
                ("known Ana~Soto 1990 F; p", ""),
            ],
        );
    }

    #[test]
    fn that_two_are_different_does_not_answer_for_a_third() {
        let person = "p given_names=Ana surname1=Soto sex=F dob=1990-05-05";
        let code = |case: &str| {
            let findings = Trial::new(case).findings(TODAY);
            findings.iter().find(|it| it.what == What::Rule("DUP01")).unwrap().confirm.clone()
        };
        let one = code(&format!("known Ana~Soto 1990-05-05 F; {person}"));
        assert_eq!(code(&format!("known Ana~Soto 1990 F; {person}")), one);
        assert_ne!(code(&format!("known Ana~Soto 1990-05-05 F; known Soto~Ana 1990 F; {person}")), one);
    }
}
