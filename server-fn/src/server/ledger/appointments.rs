//! Rows of appointments: what changed of applications and days, and which reminders went out.

use super::{Digest, RecordRow, Result};

/// How a reminder ended that was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reminder {
    /// It never goes out again.
    Done,
    /// It is tried again, not before this time (milliseconds since 1970).
    Again(u64),
}

/// Rows of appointments.
pub trait Appointments {
    /// Applications and days of appointments of all operations that changed after a number, in order.
    fn appointments_changed(&self, after: u64, limit: u32) -> Result<Vec<RecordRow>>;
    /// Whether each of some reminders may go out now: it never was on its way, or is to be tried again.
    fn reminders_open(&self, keys: &[Digest], now: u64) -> Result<Vec<bool>>;
    /// Marks a reminder as on its way, unless it is or was, or is not to be tried again yet. Gives how often it was tried
    /// before; `None` when it is not to go out.
    fn begin_reminder(&self, key: Digest, now: u64) -> Result<Option<u32>>;
    /// Says how that ended.
    fn end_reminder(&self, key: Digest, ended: Reminder) -> Result<()>;
    /// Forgets reminders that were begun before a time.
    fn forget_reminders(&self, before: u64) -> Result<()>;
}
