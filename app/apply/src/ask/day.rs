//! What day it is, as far as a phone can know. Cheap phones forget the date when they run out of power; one that lies years
//! back would take every day of arrival for the future, and nothing could be sent.

use crate::sent::Carrier;
use leptos::prelude::*;
use speech::when;
use std::cell::Cell;
use time::{Date, Month};

thread_local! {
    /// When the server's notice was made, milliseconds since 1970; 0 while none is here.
    static HEARD: Cell<u64> = const { Cell::new(0) };
}

/// No day before this one is today: the newest text of consent, which this build carries, is of this month.
const BUILT: Date = match Date::from_calendar_date(2026, Month::November, 1) {
    Ok(day) => day,
    Err(_) => Date::MIN,
};
const HOUR: u64 = 60 * 60 * 1000;
/// Panama's clock is so many hours behind the one of the notice.
const BEHIND_UTC: u64 = 5;
/// 1 January 1970.
const EPOCH: i32 = 2_440_588;

/// Takes note of when the server's notice was made.
pub(super) fn hear() {
    let Some(carrier) = use_context::<Carrier>() else { return };
    let made = untrack(|| carrier.trust()).and_then(|trust| trust.door).map(|door| door.made_at);
    HEARD.set(made.unwrap_or_default().max(HEARD.get()));
}

/// The latest of the phone's date, of this build's and of that of the server's notice.
fn latest(clock: Date, heard: u64) -> Date {
    let days = heard.saturating_sub(BEHIND_UTC * HOUR) / (24 * HOUR);
    let heard = i32::try_from(days).ok().and_then(|days| Date::from_julian_day(EPOCH + days).ok());
    clock.max(BUILT).max(heard.unwrap_or(BUILT))
}

/// Today, for whatever is checked.
pub(super) fn today() -> Date {
    latest(when::today(), HEARD.get())
}

/// This minute, in the form that records keep; the date is that of [`today`].
pub(super) fn minute() -> String {
    let (day, minute) = (today(), when::local_minute());
    let time = minute.split_once('T').map_or("00:00", |(_, time)| time);
    format!("{:04}-{:02}-{:02}T{time}", day.year(), u8::from(day.month()), day.day())
}

/// Whether a phone's date is wrong for certain; a day is nothing, where clocks differ.
fn is_behind(clock: Date, heard: u64) -> bool {
    clock.next_day().is_some_and(|next| next < latest(clock, heard))
}

/// The sentence that says so, where it is.
pub(super) fn doubt(words: crate::words::Words) -> Option<AnyView> {
    use crate::pieces::{Notice, Tone};
    is_behind(when::today(), HEARD.get()).then(|| {
        view! { <Notice tone=Tone::Attention><p>{words.text(crate::words::Key::AskClock)}</p></Notice> }
            .into_any()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: Month, day: u8) -> Date {
        Date::from_calendar_date(year, month, day).unwrap()
    }

    #[test]
    fn a_phone_whose_date_is_years_back_counts_with_the_latest_day_that_it_knows() {
        let back = day(2015, Month::January, 1);
        let today = day(2027, Month::March, 4);
        // 5 March 2027, 04:00 by the notice, is still the 4th in Panama.
        let heard = 1_804_219_200_000;
        assert_eq!((latest(back, 0), is_behind(back, 0)), (BUILT, true));
        assert_eq!((latest(back, heard), is_behind(back, heard)), (today, true));
        assert_eq!((latest(today, heard), is_behind(today, heard)), (today, false));
        let yesterday = today.previous_day().unwrap();
        assert_eq!((latest(yesterday, heard), is_behind(yesterday, heard)), (today, false));
        let later = day(2027, Month::June, 1);
        assert_eq!((latest(later, heard), is_behind(later, heard)), (later, false), "a notice grows old");
        assert_eq!(latest(today, u64::MAX), today);
    }

    #[test]
    fn what_is_answered_with_such_a_phone_can_be_sent() {
        use crate::ask::flow::{self, family::Family};
        let family = Family::of_four();
        let missing = |today| flow::missing(&family.application, &family.typed, today);
        let back = day(2015, Month::January, 1);
        assert!(missing(back).iter().any(|lack| lack.fault.is_some()), "as it was");
        assert_eq!(missing(latest(back, 0)), []);
    }

    #[test]
    fn the_day_of_the_build_is_that_of_its_newest_text() {
        let texts = include_str!("../../../../public/tables/consent_texts.csv");
        let newest = texts.lines().skip(1).filter_map(|line| line.split(',').nth(1)).max();
        assert_eq!(newest.map(|newest| format!("{newest}-01")), Some(BUILT.to_string()));
    }
}
