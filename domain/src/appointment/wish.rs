//! Wishes as records hold them, and how far a time lies from one.

use super::day::{DAY_MINUTES, day_number};
use super::{DayPart, Wish};

/// Minutes of a day at which the afternoon begins.
const NOON: i64 = 12 * 60;
/// Longest code of an office.
const SITE: usize = 64;

impl DayPart {
    /// Its code in a text.
    fn code(self) -> &'static str {
        match self {
            DayPart::Any => "",
            DayPart::Morning => "m",
            DayPart::Afternoon => "a",
        }
    }

    /// The minutes of a day that suit: the first, and the first that does not any more.
    fn hours(self) -> (i64, i64) {
        match self {
            DayPart::Any => (0, DAY_MINUTES),
            DayPart::Morning => (0, NOON),
            DayPart::Afternoon => (NOON, DAY_MINUTES),
        }
    }
}

impl Wish {
    /// The text that a field holds: `meteti 2026-12-01 2026-12-05 m`, with `-` for what is open.
    #[must_use]
    pub fn to_text(&self) -> String {
        let or_open = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        let parts = [&self.site, &self.from, &self.until, self.part.code()].map(or_open);
        parts.join(" ")
    }

    /// Reads that text; `None` for anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Wish> {
        let mut parts = text.split(' ').map(|part| if part == "-" { "" } else { part }.to_owned());
        let (site, from, until, part) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let part =
            [DayPart::Any, DayPart::Morning, DayPart::Afternoon].into_iter().find(|it| it.code() == part)?;
        let wish = Wish { site, from, until, part };
        (parts.next().is_none() && wish.is_sound()).then_some(wish)
    }

    /// Whether it can be read: days that are days, the last not before the first, an office that may be a code.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let day = |text: &str| text.is_empty() || day_number(text).is_some();
        let in_order = match (day_number(&self.from), day_number(&self.until)) {
            (Some(from), Some(until)) => from <= until,
            _ => true,
        };
        let code = self.site.len() <= SITE && self.site.bytes().all(|byte| byte.is_ascii_graphic());
        day(&self.from) && day(&self.until) && in_order && code
    }

    /// Minutes between a time (since 1970, by the clock of the office) and the nearest one that suits; 0 for one that does.
    #[must_use]
    pub fn misses_by(&self, at: i64) -> i64 {
        let (from, until) = (day_number(&self.from), day_number(&self.until));
        let (opens, closes) = self.part.hours();
        let inside = |day: i64| day.max(from.unwrap_or(i64::MIN)).min(until.unwrap_or(i64::MAX));
        let day = at.div_euclid(DAY_MINUTES);
        // The nearest time that suits lies on this day or one of its neighbours, moved into the days that suit.
        let misses = [day - 1, day, day + 1].map(|day| {
            let begins = inside(day) * DAY_MINUTES;
            (begins + opens - at).max(at - (begins + closes - 1)).max(0)
        });
        misses.into_iter().min().unwrap_or(0)
    }
}
