//! The device's side: what is sent next, what an answer changes, what is forgotten. `app/store` carries it out over
//! IndexedDB, the simulation over a world that fails.
//!
//! Nothing here opens an envelope or a page, and nothing here knows a byte of either.

mod due;
mod item;
mod post;
pub mod round;
mod settle;
mod tidy;
mod trouble;

pub use due::{DueChunk, Filled, due, due_chunks, fill, is_due};
pub use item::{CARRIED, Capsule, Item, ItemKey, State, is_carried};
pub use post::{Followed, Post, Report, may_wipe, report};
pub use round::{Answer, Deed, Round, Start, Step, Taken, Tidy};
pub use settle::{Fate, Settled, UNDATED, note_trouble, refuse, settle};
pub use tidy::{Forgotten, forget};
pub use trouble::{
    BEFORE_SIGN_IN, Budget, ECHO_AGAIN, FIRST_PARCEL, INBOX_LIMIT, KEEP, LARGEST_PARCEL, LONGEST_QUIET,
    REFUSED_PAUSE, RoundOutcome, SMALLEST_PARCEL, SOON, Trouble, parcel_size, quiet_for, quiet_until,
};

#[cfg(test)]
mod tests;
