//! Rules about the refugee procedure and resettlement.

use super::days::{months_after, years_after};
use super::{Found, Rule, Scene, holder};
use crate::case::Subject;
use crate::field::{Field, Kind};
use crate::value::Value;

/// Working days before the end of a term from which on it is nearly over.
const NEARLY_OVER: u16 = 2;
/// The paper that who is admitted to the procedure gets.
const ADMITTED_PAPER: &str = "SNM_ADMITTED";

const CATEGORIES: &[Field] =
    &[Field::RESETTLEMENT_STEP, Field::RESETTLEMENT_CATEGORY1, Field::RESETTLEMENT_CATEGORY2];

/// In the order of `rules.csv`.
pub const RULES: &[Rule] = &[
    Rule::new("RSD01", &[Field::RSD_STATE], rsd01),
    Rule::new("RSD02", &[Field::RSD_STATE, Field::RSD_NOTIFIED_ON, Field::RSD_DEADLINE], rsd02),
    Rule::new("RSD03", &[Field::RSD_STATE, Field::RSD_DECISION_ON], rsd03),
    Rule::new("RSD04", &[Field::RSD_STATE, Field::RSD_DECISION_ON], rsd04),
    Rule::new("RST01", CATEGORIES, rst01),
    Rule::new("RST02", CATEGORIES, rst02),
];

fn procedures<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = &'a Subject> {
    scene.file.rows_of_kind(Kind::RSD)
}

/// A state that does not follow the recorded one; of several recorded ones it may follow any. Of a procedure
/// that is recorded for the first time, and began some time ago, nobody here knows the steps: then the day of
/// filing is told.
fn rsd01(scene: &Scene<'_>, found: &mut Found) {
    for row in procedures(scene) {
        let state = row.text(Field::RSD_STATE);
        let recorded = scene.held(row).map(|record| record.values(Field::RSD_STATE)).unwrap_or_default();
        let before: Vec<&str> = recorded.into_iter().filter_map(Value::as_text).collect();
        if state.is_empty() || before.contains(&state) {
            continue;
        }
        let may_follow = |from: &str| scene.look.lists.may_follow(from, state).unwrap_or(true);
        let follows = if before.is_empty() {
            may_follow("") || may_follow("intent") || row.value(Field::RSD_FILED_ON).is_some()
        } else {
            before.into_iter().any(may_follow)
        };
        if !follows {
            found.at(row, Field::RSD_STATE);
        }
    }
}

/// A negative decision, and few working days left to object. The deadline that an officer wrote down goes
/// before the reckoned one.
fn rsd02(scene: &Scene<'_>, found: &mut Found) {
    let (today, holidays) = (scene.look.today, scene.look.lists.holidays());
    for row in procedures(scene) {
        let Some(days) = scene.look.lists.days_to_object(row.text(Field::RSD_STATE)) else { continue };
        let exact = |field| row.date(field).and_then(|date| date.day_known());
        let reckoned = || holidays.working_days_after(exact(Field::RSD_NOTIFIED_ON)?, days);
        let Some(last) = exact(Field::RSD_DEADLINE).or_else(reckoned) else { continue };
        if today <= last && holidays.working_days_until(today, last) <= NEARLY_OVER {
            found.until(row, Field::RSD_NOTIFIED_ON, Some(last));
        }
    }
}

/// Admitted, and the paper for it is not noted with its expiry yet.
fn rsd03(scene: &Scene<'_>, found: &mut Found) {
    for row in procedures(scene).filter(|row| row.says(Field::RSD_STATE, "admitted")) {
        let owner = row.owner.unwrap_or(row.record);
        let mut papers = scene.file.rows_of(owner, Kind::DOCUMENT);
        let is_noted = papers.any(|paper| {
            paper.says(Field::DOCUMENT_TYPE, ADMITTED_PAPER) && paper.value(Field::EXPIRES_ON).is_some()
        });
        if is_noted {
            continue;
        }
        let months = scene.look.lists.validity_months(ADMITTED_PAPER);
        let decided = row.date(Field::RSD_DECISION_ON).and_then(|date| date.day_known());
        let last = decided.zip(months).and_then(|(day, months)| months_after(day, months));
        found.until(row, Field::RSD_STATE, last);
    }
}

/// Recognised for three years: since the decision, else since that was recorded.
fn rsd04(scene: &Scene<'_>, found: &mut Found) {
    for row in procedures(scene).filter(|row| row.says(Field::RSD_STATE, "recognised")) {
        let decided = row.date(Field::RSD_DECISION_ON).map(|date| date.latest());
        let since = decided.or_else(|| scene.since(row, Field::RSD_STATE));
        if since.and_then(|since| years_after(since, 3)).is_some_and(|day| scene.look.today >= day) {
            found.at(row, Field::RSD_STATE);
        }
    }
}

/// Submitted without two different categories (Resettlement Handbook, chapter 3).
fn rst01(scene: &Scene<'_>, found: &mut Found) {
    for row in scene.file.rows_of_kind(Kind::RESETTLEMENT) {
        if !matches!(row.text(Field::RESETTLEMENT_STEP), "submitted" | "resubmitted") {
            continue;
        }
        let [first, second] = [Field::RESETTLEMENT_CATEGORY1, Field::RESETTLEMENT_CATEGORY2];
        if row.text(first).is_empty() {
            found.at(row, first);
        } else if row.text(second).is_empty() || row.text(first) == row.text(second) {
            found.at(row, second);
        }
    }
}

/// Category «children» without an assessment of best interests: an outcome of a counselling session with
/// somebody of the case.
fn rst02(scene: &Scene<'_>, found: &mut Found) {
    let file = scene.file;
    for row in file.rows_of_kind(Kind::RESETTLEMENT) {
        let categories = [Field::RESETTLEMENT_CATEGORY1, Field::RESETTLEMENT_CATEGORY2];
        let Some(at) = categories.into_iter().find(|field| row.says(*field, "children")) else { continue };
        let person = holder(file, row).map(|person| person.record);
        let assessed = file.rows_of_kind(Kind::SESSION).any(|session| {
            let people = session.codes(Field::SESSION_PEOPLE);
            let with = |id| session.owner == Some(id) || people.contains(&crate::case::ref_code(id));
            let is_of_case = person
                .is_none_or(|id| with(id) || session.owner == Some(file.group.record) && people.is_empty());
            is_of_case && session.codes(Field::SESSION_OUTCOMES).iter().any(|outcome| outcome == "bia")
        });
        if !assessed {
            found.at(row, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{check, found_on, table};
    use time::macros::date;

    #[test]
    fn rsd01_every_step_of_the_table_and_no_other() {
        let steps: Vec<(String, String)> = table("rsd_transitions")
            .iter()
            .map(|row| (row.get("from").cloned().unwrap_or_default(), row["to"].clone()))
            .collect();
        let states: Vec<String> = table("rsd_states").iter().map(|row| row["code"].clone()).collect();
        let mut judged = 0;
        for from in &states {
            for to in states.iter().filter(|to| *to != from) {
                let case = format!("p; rsd p1 was:rsd_state={from}@2026-01-05 rsd_state={to}");
                let wanted = if steps.contains(&(from.clone(), to.clone())) { "" } else { "r1.rsd_state" };
                check("RSD01", &[(&case, wanted)]);
                judged += 1;
            }
        }
        assert!(judged > 500);
        check(
            "RSD01",
            &[
                ("p; rsd p1 +rsd_state=conare@2026-01-05; rsd p1", ""),
                ("p; rsd p1 rsd_state=intent; rsd p1 rsd_state=filed; rsd p1 rsd_state=referred", ""),
                ("p; rsd p1 rsd_state=conare", "r1.rsd_state"),
                ("p; rsd p1 rsd_state=conare rsd_filed_on=2025-01-10", ""),
                // Two tablets recorded different states: whichever is right, the next may follow it.
                (
                    "p; rsd p1 was:rsd_state=filed@2026-01-05 was:rsd_state=interview_set@2026-01-06 rsd_state=interviewed",
                    "",
                ),
                (
                    "p; rsd p1 was:rsd_state=filed@2026-01-05 was:rsd_state=withdrawn@2026-01-06 rsd_state=conare",
                    "r1.rsd_state",
                ),
            ],
        );
    }

    #[test]
    fn rsd02_time_to_object() {
        let rejected = "p; rsd p1 +rsd_state=rejected@2026-02-20 rsd_notified_on";
        for (day, notified, wanted) in [
            // Notified on Monday: five working days are over on the next Monday.
            (date!(2026 - 03 - 02), "2026-03-02", ""),
            (date!(2026 - 03 - 04), "2026-03-02", ""),
            (date!(2026 - 03 - 05), "2026-03-02", "r1.rsd_notified_on until 2026-03-09"),
            (date!(2026 - 03 - 09), "2026-03-02", "r1.rsd_notified_on until 2026-03-09"),
            (date!(2026 - 03 - 10), "2026-03-02", ""),
            // Three holidays in November.
            (date!(2026 - 11 - 09), "2026-10-30", "r1.rsd_notified_on until 2026-11-11"),
            (date!(2026 - 11 - 06), "2026-10-30", "r1.rsd_notified_on until 2026-11-11"),
            (date!(2026 - 11 - 05), "2026-10-30", ""),
        ] {
            assert_eq!(found_on(day, "RSD02", &format!("{rejected}={notified}")), wanted, "{day} {notified}");
        }
        for (state, wanted) in [
            ("not_admitted", true),
            ("rejected", true),
            ("recon_confirmed", true),
            ("recognised", false),
            ("filed", false),
            ("appeal_denied", false),
        ] {
            let case = format!("p; rsd p1 +rsd_state={state}@2026-02-20 rsd_notified_on=2026-02-24");
            let wanted = if wanted { "r1.rsd_notified_on until 2026-03-03" } else { "" };
            check("RSD02", &[(&case, wanted)]);
        }
        check(
            "RSD02",
            &[
                (
                    &format!("{rejected}=2026-02-01 rsd_deadline=2026-03-04"),
                    "r1.rsd_notified_on until 2026-03-04",
                ),
                ("p; rsd p1 +rsd_state=rejected@2026-02-20", ""),
            ],
        );
    }

    #[test]
    fn rsd03_and_rsd04_what_follows_a_good_decision() {
        check(
            "RSD03",
            &[
                ("p; rsd p1 rsd_state=admitted rsd_decision_on=2026-02-10", "r1.rsd_state until 2026-08-10"),
                ("p; rsd p1 rsd_state=admitted", "r1.rsd_state"),
                ("p; rsd p1 rsd_state=conare", ""),
                (
                    "p; rsd p1 rsd_state=admitted; document p1 document_type=SNM_ADMITTED expires_on=2026-08-10",
                    "",
                ),
                ("p; rsd p1 rsd_state=admitted; document p1 document_type=SNM_ADMITTED", "r1.rsd_state"),
            ],
        );
        check(
            "RSD04",
            &[
                ("p; rsd p1 rsd_state=recognised rsd_decision_on=2023-03-02", "r1.rsd_state"),
                ("p; rsd p1 rsd_state=recognised rsd_decision_on=2023-03-03", ""),
                ("p; rsd p1 +rsd_state=recognised@2023-03-02", "r1.rsd_state"),
                ("p; rsd p1 +rsd_state=recognised@2023-03-02 rsd_decision_on=2024-03-02", ""),
                ("p; rsd p1 rsd_state=recognised; rsd p1 rsd_state=permanent rsd_decision_on=2020-03-02", ""),
            ],
        );
    }

    #[test]
    fn resettlement() {
        let submitted = "p; resettlement p1 resettlement_step=submitted";
        check(
            "RST01",
            &[
                (submitted, "r1.resettlement_category1"),
                (&format!("{submitted} resettlement_category1=family"), "r1.resettlement_category2"),
                (
                    &format!("{submitted} resettlement_category1=family resettlement_category2=family"),
                    "r1.resettlement_category2",
                ),
                (&format!("{submitted} resettlement_category1=family resettlement_category2=medical"), ""),
                ("p; resettlement p1 resettlement_step=considered", ""),
                ("p; resettlement p1 resettlement_step=resubmitted", "r1.resettlement_category1"),
            ],
        );
        let child = "p; p; resettlement p2 resettlement_category1=medical resettlement_category2=children";
        check(
            "RST02",
            &[
                (child, "r1.resettlement_category2"),
                (&format!("{child}; session p2 session_outcomes=info_given|bia"), ""),
                (&format!("{child}; session g session_outcomes=bia"), ""),
                (&format!("{child}; session g session_people=p2 session_outcomes=bia"), ""),
                (
                    &format!("{child}; session g session_people=p1 session_outcomes=bia"),
                    "r1.resettlement_category2",
                ),
                (&format!("{child}; session p2 session_outcomes=closed"), "r1.resettlement_category2"),
                ("p; resettlement p1 resettlement_category1=medical", ""),
            ],
        );
    }
}
