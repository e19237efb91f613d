//! What is stated of a family's appointment: the same on a tablet, with no line, and on the server.

use super::{SlotName, Wish};
use crate::field::Field;
use crate::service::brief::time_text;
use crate::value::Value;

/// Milliseconds for which an offered slot waits for the family's yes.
pub const OFFER_STANDS: u64 = 48 * 60 * 60 * 1000;

/// What becomes of a family's appointment. All of it is one change of one record, so that slot and application never
/// disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Booking {
    /// It wishes. What it holds by now it keeps until it has another.
    Asked(Wish),
    /// Its slot was taken away by the office, and it waits for another as if it had wished.
    AskedAnew(Wish),
    /// It has this slot, which begins at this time (minutes since 1970, by the clock of the office).
    Kept(SlotName, i64),
    /// This slot is held for it until it says yes.
    Offered(SlotName, i64),
    /// It says yes to what was offered, or a slip of the finger is taken back: the slot that it has stands.
    Stands,
    /// It has none any more: its place is free at once.
    Cancelled,
    /// It came at this time, to its slot.
    Came(i64),
    /// It came at this time without an appointment.
    WalkedIn(i64),
    /// It did not come.
    Missed,
}

impl Booking {
    /// What the application's record then says. [`crate::Record::change`] makes the change of it.
    #[must_use]
    pub fn values(&self) -> Vec<(Field, Value)> {
        let state = |code: &str| (Field::APPLICATION_SLOT_STATE, Value::text(code));
        let slot = |slot: &SlotName| (Field::APPLICATION_SLOT, Value::text(&slot.to_text()));
        let at = |minutes: &i64| (Field::APPLICATION_AT, Value::text(&time_text(*minutes)));
        let came = |minutes: &i64| (Field::APPLICATION_CAME, Value::text(&time_text(*minutes)));
        let wish = |wish: &Wish| (Field::APPLICATION_WISH, Value::text(&wish.to_text()));
        let no_slot = [(Field::APPLICATION_SLOT, Value::Nothing), (Field::APPLICATION_AT, Value::Nothing)];
        let not_come = (Field::APPLICATION_CAME, Value::Nothing);
        match self {
            Booking::Asked(wished) => vec![state("asked"), wish(wished)],
            Booking::AskedAnew(wished) => {
                let mut values = vec![state("asked"), wish(wished)];
                values.extend(no_slot);
                values
            }
            Booking::Kept(name, begins) => vec![state("kept"), slot(name), at(begins), not_come],
            Booking::Offered(name, begins) => vec![state("offered"), slot(name), at(begins)],
            Booking::Stands => vec![state("kept"), not_come],
            Booking::Cancelled => {
                let mut values = vec![state("cancelled")];
                values.extend(no_slot);
                values
            }
            Booking::Came(minutes) => vec![state("came"), came(minutes)],
            Booking::WalkedIn(minutes) => {
                vec![state("came"), came(minutes), (Field::APPLICATION_WALK_IN, Value::Flag(true))]
            }
            Booking::Missed => vec![state("missed"), not_come],
        }
    }
}
