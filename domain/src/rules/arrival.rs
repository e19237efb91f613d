//! Rules about leaving and arriving, and the time to apply for refugee status.

use super::days::{Holidays, months_after};
use super::{Found, Rule, Scene, birth_field};
use crate::date::PartialDate;
use crate::field::{Field, Kind};
use time::Date;

const ARRIVAL: &[Field] = &[Field::ARRIVAL_DATE];

/// In the order of `rules.csv`.
pub const RULES: &[Rule] = &[
    Rule::new("ARR01", ARRIVAL, arr01),
    Rule::new("ARR02", &[Field::ARRIVAL_DATE, Field::DATE_OF_BIRTH, Field::BIRTH_COUNTRY], arr02),
    Rule::new("ARR03", ARRIVAL, arr03),
    Rule::new("ARR04", ARRIVAL, arr04),
    Rule::new("ARR05", &[Field::FLIGHT_DATE, Field::ARRIVAL_DATE], arr05),
];

/// An arrival that has not come yet.
fn arr01(scene: &Scene<'_>, found: &mut Found) {
    let group = &scene.file.group;
    if group.date(Field::ARRIVAL_DATE).is_some_and(|arrival| arrival.earliest() > scene.look.today) {
        found.at(group, Field::ARRIVAL_DATE);
    }
}

/// Somebody born after the group arrived, and not said to be born here.
fn arr02(scene: &Scene<'_>, found: &mut Found) {
    let group = &scene.file.group;
    let Some(arrival) = group.date(Field::ARRIVAL_DATE) else { return };
    for person in &scene.file.people {
        let born_here =
            person.says(Field::BIRTH_COUNTRY, "PAN") || group.says(Field::ENTRY_MODE, "born_here");
        let born = person.born(scene.look.today);
        if !born_here && born.is_some_and(|born| arrival.latest() < born.earliest()) {
            found.at(person, birth_field(person));
        }
    }
}

/// The last day to apply: six months from the first working day after entry (Executive Decree 5 of 2018, art.
/// 30). Whether it moves on where it falls on a day off was not found, so it does not.
#[must_use]
pub(super) fn last_day_to_apply(arrival: Date, holidays: &Holidays) -> Option<Date> {
    months_after(holidays.working_days_after(arrival, 1)?, 6)
}

/// The arrival of a group in which nobody has applied, as far as is known. Who is recognised, resident or
/// Panamanian need not.
fn arrival_without_application(scene: &Scene<'_>) -> Option<PartialDate> {
    let file = scene.file;
    let applied = file.rows_of_kind(Kind::RSD).any(|row| {
        let before = matches!(row.text(Field::RSD_STATE), "" | "intent" | "referred");
        !before || row.value(Field::RSD_FILED_ON).is_some()
    });
    let needs_not = file.people.iter().any(|person| {
        let stays = person.text(Field::LEGAL_STAY);
        matches!(stays, "asylum_certificate" | "admitted" | "refugee_temp" | "permanent" | "national")
            || matches!(person.text(Field::PROTECTION_STATUS), "REF" | "HST" | "NOC")
    });
    if applied || needs_not { None } else { file.group.date(Field::ARRIVAL_DATE) }
}

/// Over five months here, and not applied. Of an inexact arrival the first day is reckoned with.
fn arr03(scene: &Scene<'_>, found: &mut Found) {
    let Some(arrival) = arrival_without_application(scene) else { return };
    let today = scene.look.today;
    let holidays = scene.look.lists.holidays();
    let is_late = months_after(arrival.earliest(), 5).is_some_and(|day| today > day);
    let is_over = last_day_to_apply(arrival.latest(), holidays).is_none_or(|last| today > last);
    if is_late && !is_over {
        let last = last_day_to_apply(arrival.earliest(), holidays).filter(|last| *last >= today);
        found.until(&scene.file.group, Field::ARRIVAL_DATE, last);
    }
}

/// Over six months here, and not applied. Of an inexact arrival the last day is reckoned with: nobody is told
/// too early that it is too late.
fn arr04(scene: &Scene<'_>, found: &mut Found) {
    let Some(arrival) = arrival_without_application(scene) else { return };
    let last = last_day_to_apply(arrival.latest(), scene.look.lists.holidays());
    if last.is_some_and(|last| scene.look.today > last) {
        found.suggest(
            &scene.file.group,
            Field::ARRIVAL_DATE,
            &[crate::finding::Suggestion::Referral("legal")],
        );
    }
}

/// Left after arriving.
fn arr05(scene: &Scene<'_>, found: &mut Found) {
    let Some(arrival) = scene.file.group.date(Field::ARRIVAL_DATE) else { return };
    for person in &scene.file.people {
        if person.date(Field::FLIGHT_DATE).is_some_and(|flight| flight.earliest() > arrival.latest()) {
            found.at(person, Field::FLIGHT_DATE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{check, found_on, lists};
    use super::*;
    use time::macros::date;

    #[test]
    fn arr01_and_arr02_arrivals_that_cannot_be() {
        check(
            "ARR01",
            &[
                ("g arrival_date=2026-03-02", ""),
                ("g arrival_date=2026-03-03", "g.arrival_date"),
                ("g arrival_date=2026-03", ""),
                ("g arrival_date=2026-04", "g.arrival_date"),
                ("g", ""),
            ],
        );
        check(
            "ARR02",
            &[
                ("g arrival_date=2026-02-28; p dob=2026-03-01; p dob=2026-02-28", "p1.dob"),
                ("g arrival_date=2026-02-28; p dob=2026-03-01 birth_country=PAN", ""),
                ("g arrival_date=2026-02-28 entry_mode=born_here; p dob=2026-03-01", ""),
                ("g arrival_date=2026-02; p dob=2026; p dob=2026-02", ""),
                ("g arrival_date=2024; p dob=2025", "p1.dob"),
                ("g arrival_date=2024-05-05; p age_stated=1", ""),
                ("g arrival_date=2024-05-05; p age_stated=0", "p1.age_stated"),
                ("p dob=2026-03-01", ""),
            ],
        );
    }

    #[test]
    fn six_months_count_from_the_first_working_day_after_entry() {
        for (arrival, last) in [
            (date!(2025 - 09 - 01), date!(2026 - 03 - 02)),
            (date!(2025 - 08 - 28), date!(2026 - 02 - 28)),
            // Saturday; the Monday is the first working day.
            (date!(2025 - 09 - 06), date!(2026 - 03 - 08)),
            // 3 November is a holiday, the 4th is none.
            (date!(2025 - 11 - 02), date!(2026 - 05 - 04)),
            (date!(2025 - 12 - 24), date!(2026 - 06 - 26)),
        ] {
            assert_eq!(last_day_to_apply(arrival, lists().holidays()), Some(last), "{arrival}");
        }
    }

    #[test]
    fn arr03_few_days_left() {
        check(
            "ARR03",
            &[
                ("g arrival_date=2025-10-02; p", ""),
                ("g arrival_date=2025-10-01; p", "g.arrival_date until 2026-04-02"),
                ("g arrival_date=2025-09-01; p", "g.arrival_date until 2026-03-02"),
                ("g arrival_date=2025-08-29; p", ""),
                ("g arrival_date=2025-09; p", "g.arrival_date until 2026-03-02"),
                ("g arrival_date=2025; p", "g.arrival_date"),
                ("g arrival_date=2025-10-01; p; rsd p1 rsd_state=intent", "g.arrival_date until 2026-04-02"),
                ("g arrival_date=2025-10-01; p; rsd p1 rsd_state=filed", ""),
                ("g arrival_date=2025-10-01; p; rsd p1 rsd_filed_on=2025-11-01", ""),
                ("g arrival_date=2025-10-01; p protection_status=REF", ""),
                ("g arrival_date=2025-10-01; p protection_status=ASR", "g.arrival_date until 2026-04-02"),
                ("g arrival_date=2025-10-01; p; p legal_stay=permanent", ""),
            ],
        );
    }

    #[test]
    fn arr04_too_late_and_referred_all_the_same() {
        check(
            "ARR04",
            &[
                ("g arrival_date=2025-08-29; p", "g.arrival_date >legal"),
                ("g arrival_date=2025-09-01; p", ""),
                ("g arrival_date=2025-09; p; g", ""),
                ("g arrival_date=2025-08; p", "g.arrival_date >legal"),
                ("g arrival_date=2024; p", "g.arrival_date >legal"),
                ("g arrival_date=2024; p; rsd g rsd_state=conare", ""),
                ("g arrival_date=2024; p; referral g referral_sector=legal", "g.arrival_date"),
                ("g; p", ""),
            ],
        );
        assert_eq!(
            found_on(date!(2026 - 03 - 03), "ARR04", "g arrival_date=2025-09-01; p"),
            "g.arrival_date >legal"
        );
    }

    #[test]
    fn arr05_left_after_arriving() {
        check(
            "ARR05",
            &[
                ("g arrival_date=2026-02-28; p flight_date=2026-03-01", "p1.flight_date"),
                ("g arrival_date=2026-02-28; p flight_date=2026-02; p flight_date=2026", ""),
                ("g arrival_date=2025; p flight_date=2026-01", "p1.flight_date"),
                ("p flight_date=2026-01", ""),
            ],
        );
    }
}
