//! What time it is where the device is.

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

/// The day of a moment where the device is.
#[must_use]
pub fn day_of(clock: &Clock) -> Date {
    let month = Month::try_from(u8::try_from(clock.get_month() + 1).unwrap_or(1)).unwrap_or(Month::January);
    let day = u8::try_from(clock.get_date()).unwrap_or(1);
    Date::from_calendar_date(i32::try_from(clock.get_full_year()).unwrap_or(1970), month, day)
        .unwrap_or(Date::MIN)
}

/// A moment in the calendar of the device.
#[must_use]
pub fn local(at: u64) -> Clock {
    Clock::new(&JsValue::from_f64(at as f64))
}

/// `10:42`.
#[must_use]
pub fn clock(at: u64) -> String {
    let local = local(at);
    format!("{:02}:{:02}", local.get_hours(), local.get_minutes())
}

/// This minute where the device is, in the form that records keep: `2026-11-22T10:42`.
#[must_use]
pub fn local_minute() -> String {
    let (day, now) = (today(), Clock::new_0());
    let (month, hour, minute) = (u8::from(day.month()), now.get_hours(), now.get_minutes());
    format!("{:04}-{month:02}-{:02}T{hour:02}:{minute:02}", day.year(), day.day())
}
