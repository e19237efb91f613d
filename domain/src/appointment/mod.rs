//! Appointments: days and slots of an office, wishes of families, and how wishes are answered.
//!
//! A family's appointment lies on its application (`APPLICATION_SLOT`, `APPLICATION_AT`, `APPLICATION_SLOT_STATE`): moving
//! and cancelling change slot and application in one act, and what a slot holds is counted from the applications. Nobody
//! wins by being a second faster: the wishes of a window are drawn together.

mod change;
mod day;
mod draw;
mod list;
mod plan;
mod wish;

pub use change::{Booking, OFFER_STANDS};
pub use day::{
    CLOSED, DAY_MINUTES, Day, DayFault, MINUTES, OPEN, Occupancy, PLACES, Taken, clock, clock_text,
    day_number, day_text, holds,
};
pub use draw::{Answer, Asking, NOTICE, Why, draw};
pub use list::{DayList, SlotLine, day_list};
pub use plan::{WEEKS, day_and_minute, families, weekday, weeks_of};

use crate::id::{RecordId, hex};
use minicbor::{Decode, Encode};

/// What a family wishes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Wish {
    /// Office: code of table `sites`; empty for that of the application.
    #[n(0)]
    pub site: String,
    /// First day that suits, `2026-12-01`; empty for any.
    #[n(1)]
    pub from: String,
    /// Last day that suits; empty for any.
    #[n(2)]
    pub until: String,
    /// Parts of the day that suit.
    #[n(3)]
    pub part: DayPart,
}

/// Part of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum DayPart {
    /// Any.
    #[default]
    #[n(0)]
    Any,
    /// Before noon.
    #[n(1)]
    Morning,
    /// From noon on.
    #[n(2)]
    Afternoon,
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Appointment {
    /// Code of list `application_slot_state`: `asked` waits for the next drawing, `kept` stands, `offered` waits for the
    /// family's yes.
    #[n(0)]
    pub state: String,
    /// Office: code of table `sites`.
    #[n(1)]
    pub site: String,
    /// When, by the clock of the office: `2026-12-01T09:20`; empty while asked or cancelled.
    #[n(2)]
    pub at: String,
    /// Where in words; may be empty.
    #[n(3)]
    pub place: String,
}

/// A slot of an agenda, as `APPLICATION_SLOT` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotName {
    /// The agenda.
    pub agenda: RecordId,
    /// Counted from 0.
    pub nth: u16,
}

impl SlotName {
    /// As the field holds it.
    #[must_use]
    pub fn to_text(self) -> String {
        format!("{}:{}", hex(&self.agenda.0), self.nth)
    }

    /// Reads it; `None` for anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<SlotName> {
        let (agenda, nth) = text.split_once(':')?;
        Some(SlotName { agenda: RecordId::parse(agenda)?, nth: nth.parse().ok()? })
    }
}

#[cfg(test)]
mod tests;
