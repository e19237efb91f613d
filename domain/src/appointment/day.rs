//! One day of appointments at one office, as its record holds it, and its slots.

use super::SlotName;
use crate::application::Summary;
use crate::date::PartialDate;
use crate::field::{Field, Kind};
use crate::id::RecordId;
use crate::record::Record;
use crate::service::brief::{minutes_of, time_text};
use crate::value::Value;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// Minutes of a day.
pub const DAY_MINUTES: i64 = 24 * 60;
/// Appointments are given that day.
pub const OPEN: &str = "open";
/// None are given any more, and those that were given move to another time.
pub const CLOSED: &str = "closed";
/// Minutes that a slot may take.
pub const MINUTES: core::ops::RangeInclusive<i64> = 5..=240;
/// Families that a slot may hold.
pub const PLACES: core::ops::RangeInclusive<i64> = 1..=50;

/// A day of appointments: what its search line holds, and what it is published from. Its form is a map with numbered
/// keys; a number is never given a second meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Day {
    /// The record. Not in the bytes.
    #[cbor(skip)]
    pub record: RecordId,
    /// Office: code of table `sites`.
    #[n(0)]
    pub site: String,
    /// The day, counted from 1970.
    #[n(1)]
    pub day: i64,
    /// When the first slot begins, in minutes of the day.
    #[n(2)]
    pub from: i64,
    /// When the last slot has ended, in minutes of the day.
    #[n(3)]
    pub until: i64,
    /// Minutes of a slot.
    #[n(4)]
    pub minutes: i64,
    /// Families in a slot.
    #[n(5)]
    pub places: i64,
    /// Of these, those kept for families with marks of urgency.
    #[n(6)]
    pub priority: i64,
    /// Nobody has closed it.
    #[n(7)]
    pub open: bool,
    /// Where in words; may be empty.
    #[n(8)]
    pub place: String,
}

/// Why a day cannot be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DayFault {
    /// No office was said.
    #[error("no office")]
    NoSite,
    /// A time of the day that no clock shows.
    #[error("no such time")]
    NoTime,
    /// It ends before it begins.
    #[error("it ends before it begins")]
    UntilBeforeFrom,
    /// A slot takes 5 to 240 minutes.
    #[error("a slot takes 5 to 240 minutes")]
    Minutes,
    /// Not one slot fits between beginning and end.
    #[error("not one slot fits in")]
    NoSlot,
    /// A slot holds 1 to 50 families.
    #[error("a slot holds 1 to 50 families")]
    Places,
    /// More places with priority than there are.
    #[error("more places with priority than there are")]
    Priority,
}

impl Day {
    /// The day of a record; `None` for another kind, and for one whose day, hours or length nobody can read.
    /// Where people said different things without a line, the newest is shown, and a day that one of them closed is closed.
    #[must_use]
    pub fn of(record: &Record) -> Option<Day> {
        if record.kind != Kind::AGENDA || record.is_blank() {
            return None;
        }
        let text = |field| record.shown(field).and_then(Value::as_text).unwrap_or_default();
        let number = |field| match record.shown(field) {
            Some(Value::Int(number)) => *number,
            _ => 0,
        };
        let closed = record.stated(Field::AGENDA_STATE).any(|it| it.value.as_text() == Some(CLOSED));
        let day = Day {
            record: record.id,
            site: text(Field::AGENDA_SITE).to_owned(),
            day: minutes_of(text(Field::AGENDA_DAY))?.div_euclid(DAY_MINUTES),
            from: clock(text(Field::AGENDA_FROM))?,
            until: clock(text(Field::AGENDA_UNTIL))?,
            minutes: number(Field::AGENDA_MINUTES),
            places: number(Field::AGENDA_PLACES),
            priority: number(Field::AGENDA_PRIORITY),
            open: !closed,
            place: text(Field::AGENDA_PLACE).to_owned(),
        };
        // One that no form could have made gives nobody an appointment.
        day.check().is_ok().then_some(day)
    }

    /// What is wrong with it, first things first.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(&self) -> Result<(), DayFault> {
        let in_day = |minutes: i64| (0..=DAY_MINUTES).contains(&minutes);
        if self.site.is_empty() {
            return Err(DayFault::NoSite);
        }
        if !in_day(self.from) || !in_day(self.until) {
            return Err(DayFault::NoTime);
        }
        if self.until <= self.from {
            return Err(DayFault::UntilBeforeFrom);
        }
        if !MINUTES.contains(&self.minutes) {
            return Err(DayFault::Minutes);
        }
        if self.until - self.from < self.minutes {
            return Err(DayFault::NoSlot);
        }
        if !PLACES.contains(&self.places) {
            return Err(DayFault::Places);
        }
        if !(0..=self.places).contains(&self.priority) {
            return Err(DayFault::Priority);
        }
        Ok(())
    }

    /// What its record says, to be stated.
    #[must_use]
    pub fn facts(&self) -> Vec<(Field, Value)> {
        vec![
            (Field::AGENDA_SITE, Value::text(&self.site)),
            (Field::AGENDA_DAY, Value::text(&self.day_text())),
            (Field::AGENDA_FROM, Value::text(&clock_text(self.from))),
            (Field::AGENDA_UNTIL, Value::text(&clock_text(self.until))),
            (Field::AGENDA_MINUTES, Value::Int(self.minutes)),
            (Field::AGENDA_PLACES, Value::Int(self.places)),
            (Field::AGENDA_PRIORITY, Value::Int(self.priority)),
            (Field::AGENDA_PLACE, Value::text(&self.place)),
            (Field::AGENDA_STATE, Value::text(if self.open { OPEN } else { CLOSED })),
        ]
    }

    /// The day as fields hold it: `2026-12-01`.
    #[must_use]
    pub fn day_text(&self) -> String {
        day_text(self.day)
    }

    /// How many slots it has. What is left at the end is too short for another.
    #[must_use]
    pub fn slots(&self) -> u16 {
        let slots = (self.until - self.from).checked_div(self.minutes).unwrap_or(0);
        u16::try_from(slots).unwrap_or(0)
    }

    /// When a slot begins, in minutes since 1970 by the clock of the office; `None` for one that it has not.
    #[must_use]
    pub fn at(&self, nth: u16) -> Option<i64> {
        let begins = self.day * DAY_MINUTES + self.from + i64::from(nth) * self.minutes;
        (nth < self.slots()).then_some(begins)
    }

    /// Every slot with its beginning, in order.
    pub fn times(&self) -> impl Iterator<Item = (SlotName, i64)> + '_ {
        (0..self.slots()).filter_map(|nth| Some((SlotName { agenda: self.record, nth }, self.at(nth)?)))
    }

    /// The bytes in a line.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// Reads them; `None` for what is none.
    #[must_use]
    pub fn from_bytes(record: RecordId, bytes: &[u8]) -> Option<Day> {
        let day: Day = minicbor::decode(bytes).ok()?;
        Some(Day { record, ..day })
    }
}

/// How full slots are: counted from the applications, so that nothing can disagree with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occupancy(BTreeMap<SlotName, Taken>);

/// What a slot holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Families with marks of urgency.
    pub urgent: i64,
    /// Other families.
    pub ordinary: i64,
}

impl Taken {
    /// All of them.
    #[must_use]
    pub fn all(self) -> i64 {
        self.urgent + self.ordinary
    }

    fn of(&mut self, urgent: bool) -> &mut i64 {
        if urgent { &mut self.urgent } else { &mut self.ordinary }
    }
}

impl Occupancy {
    /// What families hold by now.
    #[must_use]
    pub fn of<'a>(families: impl IntoIterator<Item = &'a Summary>) -> Occupancy {
        let mut occupancy = Occupancy::default();
        for family in families {
            if let Some(slot) = holds(family) {
                occupancy.take(slot, family.goes_first());
            }
        }
        occupancy
    }

    /// What a slot holds.
    #[must_use]
    pub fn taken(&self, slot: SlotName) -> Taken {
        self.0.get(&slot).copied().unwrap_or_default()
    }

    /// Places that are left in a slot for a family, with marks of urgency or without. Families with marks take priority
    /// places first and ordinary ones after them; families without take none of the priority places.
    #[must_use]
    pub fn free(&self, day: &Day, slot: SlotName, urgent: bool) -> i64 {
        let taken = self.taken(slot);
        let kept = if urgent { taken.urgent } else { taken.urgent.max(day.priority) };
        (day.places - kept - taken.ordinary).max(0)
    }

    /// A family more.
    pub fn take(&mut self, slot: SlotName, urgent: bool) {
        *self.0.entry(slot).or_default().of(urgent) += 1;
    }

    /// A family less.
    pub fn leave(&mut self, slot: SlotName, urgent: bool) {
        if let Some(taken) = self.0.get_mut(&slot) {
            let held = taken.of(urgent);
            *held = (*held - 1).max(0);
        }
    }

    /// Slots that hold more families than they have places: two offices gave the last one without a line. People decide.
    pub fn overfull<'a>(&'a self, day: &'a Day) -> impl Iterator<Item = SlotName> + 'a {
        day.times().map(|(slot, _)| slot).filter(|slot| self.taken(*slot).all() > day.places)
    }

    /// Places still free on a day for families without marks, in slots that begin after a time.
    #[must_use]
    pub fn open_places(&self, day: &Day, after: i64) -> i64 {
        day.times().filter(|(_, at)| *at > after).map(|(slot, _)| self.free(day, slot, false)).sum()
    }
}

/// The slot that a family holds: also one that was only offered, and one that it wants to leave for another. Whoever
/// cancelled, did not come, or has no application any more holds none.
#[must_use]
pub fn holds(family: &Summary) -> Option<SlotName> {
    let holding = ["asked", "offered", "kept", "came"].contains(&family.slot_state.as_str());
    let there = family.state != crate::application::State::Closed;
    SlotName::from_text(&family.slot).filter(|_| holding && there)
}

/// Minutes of a day of `08:00`; `24:00` is its end. `None` for anything else.
#[must_use]
pub fn clock(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let part = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|_| digits)
    };
    let (hour, minute) = (part(hour)?, part(minute)?);
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= DAY_MINUTES).then_some(minutes)
}

/// `08:00` of minutes of a day.
#[must_use]
pub fn clock_text(minutes: i64) -> String {
    format!("{:02}:{:02}", minutes.div_euclid(60), minutes.rem_euclid(60))
}

/// `2026-12-01` of a day counted from 1970.
#[must_use]
pub fn day_text(day: i64) -> String {
    time_text(day * DAY_MINUTES).split('T').next().unwrap_or_default().to_owned()
}

/// A day counted from 1970 of `2026-12-01`; `None` for anything else.
#[must_use]
pub fn day_number(text: &str) -> Option<i64> {
    PartialDate::from_text(text)?.day_known()?;
    Some(minutes_of(text)?.div_euclid(DAY_MINUTES))
}
