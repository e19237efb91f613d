//! Times and dates in words. The store keeps milliseconds and ISO dates; people read these.

use crate::words::{Key, Words};
use domain::date::{PartialDate, Precision};
use js_sys::Date as Clock;
pub use speech::when::{clock, local_minute, now, today};
use speech::when::{day_of, local};
use time::{Date, Month};

/// A day and a time as records keep them, in words; as they stand where they are none.
#[must_use]
pub fn day_and_time(words: Words, text: &str) -> String {
    let parts = text.split_once('T').and_then(|(day, time)| Some((PartialDate::from_text(day)?, time)));
    parts.map_or_else(|| text.to_owned(), |(day, time)| format!("{} {time}", partial(words, day)))
}

/// `hoy 10:42`, `ayer 16:08`, `3 mar 2026 09:15`.
#[must_use]
pub fn moment(words: Words, at: u64) -> String {
    let (then, today) = (day_of(&local(at)), today());
    let day = if then == today {
        words.get(Key::WhenToday)
    } else if then.next_day() == Some(today) {
        words.get(Key::WhenYesterday)
    } else {
        day(words, then)
    };
    format!("{day} {}", clock(at))
}

/// `12 mar 1990`, in the order of the language; « 1er mars 1990 ».
#[must_use]
pub fn day(words: Words, date: Date) -> String {
    let day = if date.day() == 1 { words.get(Key::DateFirst) } else { date.day().to_string() };
    let (month, year) = (month(words, date.month()), date.year().to_string());
    words.with(Key::DateInWords, &[("day", &day), ("month", &month), ("year", &year)])
}

fn month(words: Words, month: Month) -> String {
    let months = words.get(Key::DateMonths);
    months.split(' ').nth(usize::from(u8::from(month)) - 1).unwrap_or_default().to_owned()
}

/// A date that may be known in part: `12 mar 1990`, `mar 1990 (aprox.)`, `1990 (aprox.)`.
#[must_use]
pub fn partial(words: Words, date: PartialDate) -> String {
    let year = date.year().to_string();
    let text = match (date.precision(), date.day_known(), date.month_known()) {
        (Precision::Exact, Some(known), _) => return day(words, known),
        (Precision::Month, _, Some(known)) => {
            words.with(Key::DateMonthInWords, &[("month", &month(words, known)), ("year", &year)])
        }
        _ => year,
    };
    words.with(Key::DateAbout, &[("date", &text)])
}

/// From the first millisecond of a day here, written `2026-11-22`, to the first one after it.
#[must_use]
pub fn day_between(text: &str) -> Option<(u64, u64)> {
    let mut parts = text.split('-').map(str::parse::<u32>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let (month, day) = (i32::try_from(month).ok()? - 1, i32::try_from(day).ok()?);
    let at = |day| Clock::new_with_year_month_day(year, month, day).get_time();
    let (from, until) = (at(day), at(day + 1));
    (from >= 0.0 && until > from).then_some((from as u64, until as u64))
}

/// How long ago: `hace 12 min`, `hace 3 h`, `hace 2 días`.
#[must_use]
pub fn ago(words: Words, at: u64) -> String {
    let minutes = now().saturating_sub(at) / 60_000;
    match minutes {
        0 => words.get(Key::AgoNow),
        1..60 => words.count(Key::AgoMinutes, minutes),
        60..1440 => words.count(Key::AgoHours, minutes / 60),
        _ => words.count(Key::AgoDays, minutes / 1440),
    }
}

/// `2,9 KB`.
#[must_use]
pub fn size(words: Words, bytes: u64) -> String {
    let (key, unit) = if bytes < 1_000_000 { (Key::SizeKb, 1_000.0) } else { (Key::SizeMb, 1_000_000.0) };
    let number = format!("{:.1}", bytes as f64 / unit).replace('.', &words.get(Key::DecimalMark));
    words.with(key, &[("n", &number)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;
    use crate::words::tests::spoken;

    #[test]
    fn dates_are_said_in_words() {
        for (language, exact, month, year) in [
            (Language::Spanish, "1 ago 1990", "mar 1990 (aprox.)", "1990 (aprox.)"),
            (Language::English, "1 Aug 1990", "Mar 1990 (approx.)", "1990 (approx.)"),
            (Language::French, "1er août 1990", "mars 1990 (env.)", "1990 (env.)"),
            (Language::Haitian, "1 out 1990", "mas 1990 (apeprè)", "1990 (apeprè)"),
            (Language::Portuguese, "1º ago 1990", "mar 1990 (aprox.)", "1990 (aprox.)"),
            (Language::Arabic, "1 أغسطس 1990", "مارس 1990 (تقريبًا)", "1990 (تقريبًا)"),
        ] {
            let words = spoken(language);
            let partial = |text| partial(words, PartialDate::from_text(text).unwrap());
            assert_eq!(partial("1990-08-01"), exact);
            assert_eq!(partial("1990-03"), month);
            assert_eq!(partial("1990"), year);
        }
    }

    #[test]
    fn every_language_names_twelve_months() {
        for language in Language::ALL {
            let words = spoken(language);
            for number in 1..=12 {
                assert!(!month(words, Month::try_from(number).unwrap()).is_empty(), "{language:?}");
            }
            assert_eq!(words.get(Key::DateMonths).split(' ').count(), 12, "{language:?}");
        }
    }

    #[test]
    fn sizes_have_the_mark_and_unit_of_the_language() {
        for (language, expected) in [
            (Language::Spanish, "2,9 KB"),
            (Language::English, "2.9 KB"),
            (Language::French, "2,9 ko"),
            (Language::Arabic, "2.9 ك.ب"),
        ] {
            assert_eq!(size(spoken(language), 2_900), expected);
        }
    }
}
