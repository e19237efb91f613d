//! Counting days: working days between holidays, and months.

use crate::catalogue::Row;
use crate::date::{PartialDate, Precision};
use std::collections::BTreeSet;
use time::{Date, Duration, Month, Weekday};

/// Days on which offices are closed: rows of `holidays.csv`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    /// Of one year alone: those that move.
    days: BTreeSet<Date>,
    /// Of every year: month and day.
    yearly: BTreeSet<(u8, u8)>,
}

impl Holidays {
    /// Reads column `date`: `2026-04-03`, or `11-03` for every year. Rows that are not understood are passed
    /// over: a term then seems to end a day early, and nobody misses it for that.
    #[must_use]
    pub fn read(rows: &[Row]) -> Holidays {
        let mut holidays = Holidays::default();
        let kept = rows.iter().filter(|row| row.get("retired").is_none_or(|retired| retired != "1"));
        for date in kept.filter_map(|row| row.get("date")).map(|date| date.trim()) {
            if date.len() == 5 {
                // Of a leap year, so that 29 February is a day.
                if let Some(day) = exact(&format!("2028-{date}")) {
                    holidays.yearly.insert((day.month().into(), day.day()));
                }
            } else if let Some(day) = exact(date) {
                holidays.days.insert(day);
            }
        }
        holidays
    }

    /// Whether offices are open.
    #[must_use]
    pub fn is_working_day(&self, day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
            && !self.days.contains(&day)
            && !self.yearly.contains(&(day.month().into(), day.day()))
    }

    /// The so many-th working day after a day; the day itself for none. `None` at the end of the calendar.
    #[must_use]
    pub fn working_days_after(&self, day: Date, count: u16) -> Option<Date> {
        let mut last = day;
        for _ in 0..count {
            last = last.next_day()?;
            // A list that closes every day of a year is a mistake; it must not keep us here.
            let mut closed = 0;
            while !self.is_working_day(last) && closed < 400 {
                last = last.next_day()?;
                closed += 1;
            }
        }
        Some(last)
    }

    /// How many working days there are after a day, up to and with another; none where it lies before.
    #[must_use]
    pub fn working_days_until(&self, day: Date, last: Date) -> u16 {
        let mut count = 0;
        let mut next = day.next_day();
        // Nobody counts working days over more than a year.
        while let Some(day) = next.filter(|day| *day <= last && count < 400) {
            count += u16::from(self.is_working_day(day));
            next = day.next_day();
        }
        count
    }
}

/// The same day so many months later, or the last of a month that has no such day. `None` at the end of the
/// calendar.
#[must_use]
pub fn months_after(day: Date, months: u8) -> Option<Date> {
    let month = i32::from(u8::from(day.month())) - 1 + i32::from(months);
    let year = day.year() + month / 12;
    let month = Month::try_from(u8::try_from(month % 12 + 1).ok()?).ok()?;
    Date::from_calendar_date(year, month, day.day().min(month.length(year))).ok()
}

/// The same day so many years later; 28 February for the 29th. `None` at the end of the calendar.
#[must_use]
pub fn years_after(day: Date, years: i32) -> Option<Date> {
    let year = day.year() + years;
    Date::from_calendar_date(year, day.month(), day.day().min(day.month().length(year))).ok()
}

/// So many days later. `None` at the end of the calendar.
#[must_use]
pub fn days_after(day: Date, days: i64) -> Option<Date> {
    day.checked_add(Duration::days(days))
}

/// The day of a time in milliseconds since 1970 (UTC: at night in Panama the next day, which is near enough
/// for terms of days). `None` beyond the calendar.
#[must_use]
pub fn day_of(milliseconds: u64) -> Option<Date> {
    let days = i32::try_from(milliseconds / 86_400_000).ok()?;
    Date::from_julian_day(days.checked_add(2_440_588)?).ok()
}

/// The day of a datetime as fields hold it: `2026-11-22T10:42`; also of a plain exact date.
#[must_use]
pub fn day_of_text(text: &str) -> Option<Date> {
    exact(text.split('T').next().unwrap_or_default())
}

fn exact(text: &str) -> Option<Date> {
    let date = PartialDate::from_text(text)?;
    (date.precision() == Precision::Exact).then(|| date.stands_for())
}

#[cfg(test)]
mod tests {
    use super::super::trial;
    use super::*;
    use time::macros::date;

    #[test]
    fn working_days_pass_over_weekends_and_the_holidays_of_panama() {
        let lists = trial::lists();
        let holidays = lists.holidays();
        for (day, count, wanted) in [
            (date!(2026 - 03 - 02), 0, date!(2026 - 03 - 02)),
            (date!(2026 - 03 - 02), 5, date!(2026 - 03 - 09)),
            (date!(2026 - 03 - 06), 1, date!(2026 - 03 - 09)),
            (date!(2026 - 03 - 07), 1, date!(2026 - 03 - 09)),
            // 3, 5 and 10 November.
            (date!(2026 - 10 - 30), 5, date!(2026 - 11 - 11)),
            (date!(2026 - 11 - 09), 1, date!(2026 - 11 - 11)),
            // Good Friday and the Tuesday of carnival move.
            (date!(2026 - 04 - 02), 1, date!(2026 - 04 - 06)),
            (date!(2027 - 03 - 25), 1, date!(2027 - 03 - 29)),
            (date!(2028 - 02 - 28), 1, date!(2028 - 03 - 01)),
            (date!(2025 - 12 - 31), 1, date!(2026 - 01 - 02)),
            (date!(2031 - 12 - 24), 1, date!(2031 - 12 - 26)),
        ] {
            assert_eq!(holidays.working_days_after(day, count), Some(wanted), "{day} {count}");
            assert_eq!(holidays.working_days_until(day, wanted), count, "{day} {wanted}");
        }
        assert_eq!(holidays.working_days_until(date!(2026 - 03 - 09), date!(2026 - 03 - 02)), 0);
        assert_eq!(holidays.working_days_after(Date::MAX, 1), None);
    }

    #[test]
    fn a_list_of_holidays_without_end_is_survived() {
        let mut rows = Vec::new();
        let mut day = date!(2028 - 01 - 01);
        while day.year() == 2028 {
            let text = PartialDate::exact(day).to_text();
            rows.push(Row::from([("date".to_owned(), text[5..].to_owned())]));
            day = day.next_day().unwrap();
        }
        rows.push(Row::from([("date".to_owned(), "mañana".to_owned())]));
        let retired = [("date", "2027-06-03"), ("retired", "1")];
        let retired: Row = retired.iter().map(|(column, cell)| ((*column).into(), (*cell).into())).collect();
        assert!(Holidays::read(&[retired]).is_working_day(date!(2027 - 06 - 03)));
        let closed = Holidays::read(&rows);
        assert!(!closed.is_working_day(date!(2027 - 06 - 02)));
        assert!(closed.working_days_after(date!(2027 - 06 - 02), 5).is_some());
        assert_eq!(closed.working_days_until(date!(2027 - 06 - 02), Date::MAX), 0);
    }

    #[test]
    fn months_and_years_end_where_the_calendar_does() {
        for (day, months, wanted) in [
            (date!(2026 - 08 - 31), 6, Some(date!(2027 - 02 - 28))),
            (date!(2027 - 08 - 31), 6, Some(date!(2028 - 02 - 29))),
            (date!(2026 - 06 - 30), 6, Some(date!(2026 - 12 - 30))),
            (date!(2026 - 01 - 15), 0, Some(date!(2026 - 01 - 15))),
            (date!(9999 - 12 - 01), 1, None),
        ] {
            assert_eq!(months_after(day, months), wanted, "{day} {months}");
        }
        assert_eq!(years_after(date!(2024 - 02 - 29), 3), Some(date!(2027 - 02 - 28)));
        assert_eq!(years_after(Date::MAX, 1), None);
        assert_eq!(days_after(date!(2026 - 12 - 30), 3), Some(date!(2027 - 01 - 02)));
        assert_eq!(days_after(Date::MAX, 1), None);
    }

    #[test]
    fn times_fall_on_days() {
        assert_eq!(day_of(0), Some(date!(1970 - 01 - 01)));
        assert_eq!(day_of(1_790_000_000_000), Some(date!(2026 - 09 - 21)));
        assert_eq!(day_of(u64::MAX), None);
        assert_eq!(day_of_text("2026-11-22T10:42"), Some(date!(2026 - 11 - 22)));
        assert_eq!(day_of_text("2026-11-22"), Some(date!(2026 - 11 - 22)));
        assert_eq!(day_of_text("2026-11"), None);
        assert_eq!(day_of_text(""), None);
    }
}
