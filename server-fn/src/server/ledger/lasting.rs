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

/// Why a step of a referral is refused for good. Its author was told, and has done something else since: nothing must be
/// sent or answered weeks later because a table or somebody's rights have changed.
pub const REFUSED: &[&str] =
    &["step_taken", "step_lacks", "consent_withdrawn", "shared_otherwise", "may_not_override"];
/// Why a step is refused that may wait for something that another device brings, or the same one in another order: the
/// consent on which it rests, the referral that it answers, the step before it. Whenever what is parked is judged again
/// within [`WAITS_FOR`] of its arrival, so is this; after that it is refused for good as well.
pub const WAITS: &[&str] = &["no_consent", "step_not_allowed"];
/// See [`WAITS`]: a day, in milliseconds.
pub const WAITS_FOR: u64 = 24 * 60 * 60 * 1000;

/// Whether something parked is never judged again, be it at a start: a step of a referral that was refused.
#[must_use]
pub fn is_refused(row: &KeptRow, now: u64) -> bool {
    let reason = row.reason.as_str();
    let is_late = || now.saturating_sub(row.received_at) > WAITS_FOR;
    REFUSED.contains(&reason) || (WAITS.contains(&reason) && is_late())
}

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
    /// What is parked for reasons that a change of rights may take away, after a number. Of what only waits for a while
    /// ([`WAITS`]) also what has waited for longer.
    fn changeable(&self, after: u64, limit: u32) -> Result<Vec<KeptRow>>;
}
