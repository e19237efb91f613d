//! Rules about nationality and the registration of births.

use super::{Found, Rule, Scene};
use crate::field::Field;
use crate::finding::Suggestion;

/// Nationality of people whom no state takes for its own.
pub(crate) const STATELESS: &str = "XXA";
/// Nationality that is not known.
pub(crate) const UNKNOWN: &str = "XXX";
/// The country of asylum.
pub(crate) const HERE: &str = "PAN";

const NATIONALITY: &[Field] = &[Field::NATIONALITY];
const BIRTH: &[Field] =
    &[Field::BIRTH_REGISTERED, Field::BIRTH_COUNTRY, Field::DATE_OF_BIRTH, Field::AGE_STATED];
/// The Civil Registry is under documents in `referral_sectors.csv`.
const CIVIL_REGISTRY: Suggestion = Suggestion::Referral("documentation");

/// In the order of `rules.csv`.
pub const RULES: &[Rule] = &[
    Rule::new("NAT01", NATIONALITY, nat01),
    Rule::new("NAT02", NATIONALITY, nat02),
    Rule::new("NAT03", BIRTH, nat03),
    Rule::new("NAT04", BIRTH, nat04),
    Rule::new("NAT05", NATIONALITY, nat05),
];

fn holding(scene: &Scene<'_>, code: &str, found: &mut Found, suggestions: &[Suggestion]) {
    for person in &scene.file.people {
        if person.codes(Field::NATIONALITY).iter().any(|held| held == code) {
            found.suggest(person, Field::NATIONALITY, suggestions);
        }
    }
}

/// The nationality is not known.
fn nat01(scene: &Scene<'_>, found: &mut Found) {
    holding(scene, UNKNOWN, found, &[Suggestion::Flag("unknown_nationality")]);
}

/// No nationality: the Foreign Ministry decides on statelessness.
fn nat02(scene: &Scene<'_>, found: &mut Found) {
    holding(
        scene,
        STATELESS,
        found,
        &[Suggestion::Flag("no_nationality"), Suggestion::Referral("statelessness")],
    );
}

/// Under five, and the birth is registered nowhere: a clinic's notice is no registration.
fn nat03(scene: &Scene<'_>, found: &mut Found) {
    for person in &scene.file.people {
        let unregistered = matches!(person.text(Field::BIRTH_REGISTERED), "reg_none" | "reg_notice");
        if unregistered && person.age(scene.look.today).is_some_and(|age| age < 5) {
            let flag = Suggestion::Flag("birth_unregistered");
            found.suggest(person, Field::BIRTH_REGISTERED, &[flag, CIVIL_REGISTRY]);
        }
    }
}

/// Born in Panama, and not registered here as far as is known.
fn nat04(scene: &Scene<'_>, found: &mut Found) {
    for person in scene.file.people.iter().filter(|person| person.says(Field::BIRTH_COUNTRY, HERE)) {
        let is_national = person.codes(Field::NATIONALITY).iter().any(|code| code == HERE);
        if !is_national && !person.says(Field::BIRTH_REGISTERED, "reg_pa") {
            found.suggest(person, Field::BIRTH_COUNTRY, &[CIVIL_REGISTRY]);
        }
    }
}

/// Panamanian.
fn nat05(scene: &Scene<'_>, found: &mut Found) {
    holding(scene, HERE, found, &[]);
}

#[cfg(test)]
mod tests {
    use super::super::trial::check;

    #[test]
    fn nationality() {
        check(
            "NAT01",
            &[
                ("p nationality=XXX", "p1.nationality !unknown_nationality"),
                ("p nationality=XXX stateless_flags=unknown_nationality", "p1.nationality"),
                ("p nationality=VEN|COL; p nationality=XXA; p", ""),
                ("stage e1; p nationality=XXX", ""),
            ],
        );
        check(
            "NAT02",
            &[
                ("p nationality=XXA", "p1.nationality !no_nationality >statelessness"),
                (
                    "p nationality=XXA; referral p1 referral_sector=statelessness",
                    "p1.nationality !no_nationality",
                ),
                ("p nationality=XXX", ""),
            ],
        );
        check("NAT05", &[("p nationality=VEN|PAN; p nationality=VEN", "p1.nationality")]);
    }

    #[test]
    fn births() {
        check(
            "NAT03",
            &[
                (
                    "p age_stated=4 birth_registered=reg_none",
                    "p1.birth_registered !birth_unregistered >documentation",
                ),
                (
                    "p dob=2026-03-01 birth_registered=reg_notice",
                    "p1.birth_registered !birth_unregistered >documentation",
                ),
                ("p age_stated=5 birth_registered=reg_none; p age_stated=4 birth_registered=reg_origin", ""),
                (
                    "p birth_registered=reg_none; p age_stated=4 birth_registered=reg_unknown; p age_stated=4",
                    "",
                ),
            ],
        );
        check(
            "NAT04",
            &[
                ("p birth_country=PAN; p birth_country=VEN", "p1.birth_country >documentation"),
                ("p birth_country=PAN birth_registered=reg_pa; p birth_country=PAN nationality=PAN", ""),
                ("p birth_country=PAN birth_registered=reg_notice", "p1.birth_country >documentation"),
            ],
        );
    }
}
