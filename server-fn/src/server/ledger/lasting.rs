//! What is parked for good: envelopes that no rights will ever enter, because nobody can be told to have signed them or
//! because only another version could read them. They are kept, for what a true device sent must not get lost; but
//! whoever holds a deposit token can make any number of them, so that there is room for so much from each carrier.

use super::{KeptRow, Result};
use domain::EnrolmentId;

/// Reasons for parking that no change of rights takes away. At a start all of it is judged once more, as the version
/// may be another one then.
pub const LASTING: &[&str] = &[
    "unknown_enrolment",
    "wrong_signature",
    "other_author",
    "malformed_entry",
    "malformed_draft",
    "malformed_reads",
    "unknown_version",
    "unknown_kind",
    "empty_entry",
    "unjudgeable",
];

/// Most bytes kept of what one enrolment carried here and is parked for such a reason: thousands of registrations, as a
/// colleague on the same tablet may have made whose enrolment a restored backup lacks. Beyond that the device alone
/// keeps it, and is told so. From one that was revoked, or whose user is disabled, [`super::UNWELCOME_ROOM`].
pub const LASTING_ROOM: u64 = 16 * 1024 * 1024;
/// What the smallest envelope counts there: many small ones cost more than their bytes.
pub const LASTING_FLOOR: u64 = 4 * 1024;

/// Whether an envelope is parked for good for this reason.
#[must_use]
pub fn is_lasting(reason: &str) -> bool {
    LASTING.contains(&reason)
}

/// What an envelope of so many bytes counts.
#[must_use]
pub fn counted(bytes: usize) -> u64 {
    (bytes as u64).max(LASTING_FLOOR)
}

/// What is parked for good. See [`super::Ledger`] for the rules that hold for every call.
pub trait Lasting {
    /// How many bytes more are kept of what one enrolment carries here.
    fn lasting_room(&self, carrier: EnrolmentId) -> Result<u64>;
    /// What is parked for reasons that a change of rights may take away, after a number.
    fn changeable(&self, after: u64, limit: u32) -> Result<Vec<KeptRow>>;
}
