//! Rules about specific needs.

use super::days::days_after;
use super::{Found, Rule, Scene, holder, may_record};
use crate::case::Subject;
use crate::field::{Field, Kind};

const CODE: &[Field] = &[Field::NEED_CODE];

/// In the order of `rules.csv`.
pub const RULES: &[Rule] = &[
    Rule::new("NEE01", CODE, nee01),
    Rule::new("NEE02", &[Field::NEED_STATE], nee02),
    Rule::new("NEE03", CODE, nee03),
    Rule::new("NEE04", CODE, nee04),
];

fn open_needs<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = &'a Subject> {
    scene.file.rows_of_kind(Kind::NEED).filter(|need| !need.says(Field::NEED_STATE, "closed"))
}

/// A code of class need-to-know by somebody who may not record such. What others recorded is theirs.
fn nee01(scene: &Scene<'_>, found: &mut Found) {
    for need in scene.file.rows_of_kind(Kind::NEED) {
        let code = need.value(Field::NEED_CODE);
        let is_recorded = scene
            .held(need)
            .is_some_and(|held| held.values(Field::NEED_CODE).into_iter().any(|it| Some(it) == code));
        if code.is_some() && !is_recorded && !may_record(scene, need.text(Field::NEED_CODE)) {
            found.at(need, Field::NEED_CODE);
        }
    }
}

/// Reported or pending for over 14 days.
fn nee02(scene: &Scene<'_>, found: &mut Found) {
    for need in
        open_needs(scene).filter(|need| matches!(need.text(Field::NEED_STATE), "reported" | "pending"))
    {
        let due = scene.since(need, Field::NEED_STATE).and_then(|since| days_after(since, 14));
        if due.is_some_and(|due| scene.look.today > due) {
            found.at(need, Field::NEED_STATE);
        }
    }
}

/// A need of children of an adult, or of older people of somebody under 55.
fn nee03(scene: &Scene<'_>, found: &mut Found) {
    let today = scene.look.today;
    for need in open_needs(scene) {
        let Some(person) = holder(scene.file, need) else { continue };
        let Some(age) = person.age(today) else { continue };
        let odd = match scene.look.lists.need_category(need.text(Field::NEED_CODE)) {
            "CR" | "SC" => !person.is_child(today),
            "ER" => age < 55,
            _ => false,
        };
        if odd {
            found.at(need, Field::NEED_CODE);
        }
    }
}

/// A need of women of somebody of sex male.
fn nee04(scene: &Scene<'_>, found: &mut Found) {
    for need in open_needs(scene) {
        let is_male = holder(scene.file, need).is_some_and(|person| person.says(Field::SEX, "M"));
        if is_male && scene.look.lists.need_category(need.text(Field::NEED_CODE)) == "WR" {
            found.at(need, Field::NEED_CODE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::check;

    #[test]
    fn nee01_who_may_record_what() {
        check(
            "NEE01",
            &[
                ("p; need p1 need_code=SV-VA", "r1.need_code"),
                ("role supervisor; p; need p1 need_code=SC-UC", "r1.need_code"),
                ("role counsellor; p; need p1 need_code=SV-VA", ""),
                ("p; need p1 need_code=X-PE; need p1 need_code=DS-BD; need p1 need_code=CR-NE; need p1", ""),
                // A code that the table does not have is of the closest class.
                ("p; need p1 need_code=ZZ-ZZ", "r1.need_code"),
                // A counsellor recorded it; whoever corrects the phone number is not blamed.
                ("p; need p1 +need_code=SV-VA@2026-02-01", ""),
                ("p; need p1 was:need_code=DS-BD@2026-02-01 need_code=SV-VA", "r1.need_code"),
            ],
        );
    }

    #[test]
    fn nobody_is_told_of_needs_that_are_hidden_from_them() {
        // Somebody else found out which need it is; the codes are of class need-to-know and confidential.
        check(
            "NEE03",
            &[
                ("p age_stated=19; need p1 +need_code=CR-CS@2026-02-01", "r1.need_code"),
                ("colleague; p age_stated=19; need p1 +need_code=CR-CS@2026-02-01", ""),
                (
                    "colleague; role counsellor; p age_stated=19; need p1 +need_code=CR-CS@2026-02-01",
                    "r1.need_code",
                ),
                ("colleague; p age_stated=19; need p1 +need_code=CR-CP@2026-02-01", "r1.need_code"),
            ],
        );
        // Beside the sex, which is no secret, an error would tell what is.
        check(
            "PRG01",
            &[
                ("p sex=M +pregnant=yes@2026-02-01", "p1.sex"),
                ("colleague; p sex=M +pregnant=yes@2026-02-01", ""),
                ("colleague; role counsellor; p sex=M +pregnant=yes@2026-02-01", "p1.sex"),
            ],
        );
        check(
            "NEE02",
            &[("colleague; p; need p1 +need_code=CR-CS@2026-02-01 +need_state=pending@2026-02-01", "")],
        );
    }

    #[test]
    fn nee02_waiting_needs() {
        check(
            "NEE02",
            &[
                ("p; need p1 +need_state=pending@2026-02-15", "r1.need_state"),
                ("p; need p1 +need_state=pending@2026-02-16", ""),
                ("p; need p1 +need_state=reported@2026-01-01", "r1.need_state"),
                ("p; need p1 +need_state=confirmed@2026-01-01; need p1 +need_state=closed@2026-01-01", ""),
                (
                    "p; need p1 was:need_state=reported@2026-01-01 need_state=pending; need p1 need_state=pending",
                    "",
                ),
            ],
        );
    }

    #[test]
    fn nee03_and_nee04_codes_that_do_not_fit() {
        check(
            "NEE03",
            &[
                ("p age_stated=19; need p1 need_code=CR-NE", "r1.need_code"),
                ("p dob=2008-03-02; need p1 need_code=SC", "r1.need_code"),
                ("p dob=2008-03-03; need p1 need_code=SC", ""),
                ("p age_stated=18; need p1 need_code=CR-NE; need p1 need_code=DS-BD", ""),
                ("p age_stated=54; need p1 need_code=ER-NF", "r1.need_code"),
                ("p age_stated=55; need p1 need_code=ER-NF; p; need p2 need_code=CR", ""),
                ("p age_stated=19; need p1 need_code=CR-NE need_state=closed; need g need_code=CR", ""),
            ],
        );
        check(
            "NEE04",
            &[
                ("p sex=M; need p1 need_code=WR-SF", "r1.need_code"),
                (
                    "p sex=F; need p1 need_code=WR-SF; p sex=O; need p2 need_code=WR; p sex=M; need p3 need_code=LP",
                    "",
                ),
            ],
        );
    }
}
