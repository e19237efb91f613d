//! Times and dates in words. The store keeps milliseconds and ISO dates; people read these.

use crate::words::{Key, Words};
use domain::date::{PartialDate, Precision};
use js_sys::Date as Clock;
use time::{Date, Month};
use wasm_bindgen::JsValue;

/// Milliseconds since 1970 by the device's clock.
#[must_use]
pub fn now() -> u64 {
    Clock::now() as u64
}

/// What day it is where the device is.
#[must_use]
pub fn today() -> Date {
    day_of(&Clock::new_0())
}

fn day_of(clock: &Clock) -> Date {
    let month = Month::try_from(u8::try_from(clock.get_month() + 1).unwrap_or(1)).unwrap_or(Month::January);
    let day = u8::try_from(clock.get_date()).unwrap_or(1);
    Date::from_calendar_date(i32::try_from(clock.get_full_year()).unwrap_or(1970), month, day)
        .unwrap_or(Date::MIN)
}

fn local(at: u64) -> Clock {
    Clock::new(&JsValue::from_f64(at as f64))
}

/// `10:42`.
#[must_use]
pub fn clock(at: u64) -> String {
    let local = local(at);
    format!("{:02}:{:02}", local.get_hours(), local.get_minutes())
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

/// `12 mar 1990`.
#[must_use]
pub fn day(words: Words, date: Date) -> String {
    format!("{} {} {}", date.day(), month(words, date.month()), date.year())
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
        (Precision::Month, _, Some(known)) => format!("{} {year}", month(words, known)),
        _ => year,
    };
    words.with(Key::DateAbout, &[("date", &text)])
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
    let text = if bytes < 1_000_000 {
        format!("{:.1} KB", bytes as f64 / 1_000.0)
    } else {
        format!("{:.1} MB", bytes as f64 / 1_000_000.0)
    };
    text.replace('.', &words.get(Key::DecimalMark))
}
