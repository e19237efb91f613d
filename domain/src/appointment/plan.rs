//! Days that an office publishes at once.

use super::day::DAY_MINUTES;

/// Most weeks that are published at once.
pub const WEEKS: core::ops::RangeInclusive<i64> = 1..=8;

/// The days (counted from 1970) from a first one on, in so many weeks of seven days, that fall on the chosen days of the
/// week, of which the first is Monday.
#[must_use]
pub fn weeks_of(first: i64, weeks: i64, chosen: [bool; 7]) -> Vec<i64> {
    let is_chosen = |day: &i64| chosen.get(weekday(*day)).copied().unwrap_or(false);
    (first..first.saturating_add(7 * weeks.clamp(0, *WEEKS.end()))).filter(is_chosen).collect()
}

/// Which day of the week a day counted from 1970 is; Monday is 0.
#[must_use]
pub fn weekday(day: i64) -> usize {
    // The first of January 1970 was a Thursday.
    usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0)
}

/// Families that so many days hold in all, in slots of so many places.
#[must_use]
pub fn families(days: usize, slots: u16, places: i64) -> i64 {
    i64::try_from(days).unwrap_or(0) * i64::from(slots) * places
}

/// The day (counted from 1970) and the minute of it of a time in minutes since 1970.
#[must_use]
pub fn day_and_minute(minutes: i64) -> (i64, i64) {
    (minutes.div_euclid(DAY_MINUTES), minutes.rem_euclid(DAY_MINUTES))
}
