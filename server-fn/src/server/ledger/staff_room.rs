//! Staff, their invitations and devices, as administration sees them.

use super::{AuditRow, Digest, EnrolmentRow, KeptRow, Result, State, UserRow};
use domain::{EnrolmentId, UserId};
use seal::Deed;

/// A device as administration sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRow {
    /// The enrolment.
    pub enrolment: EnrolmentRow,
    /// When it signed in last, milliseconds since 1970.
    pub seen_at: u64,
    /// What stands ordered of it.
    pub order: OrderRow,
    /// What it said of itself last; `at` is 0 when it never did.
    pub report: ReportRow,
    /// Envelopes parked.
    pub parked: u32,
    /// Envelopes set apart.
    pub quarantined: u32,
    /// Of both, what somebody may take over: with the reason [`DEVICE_REVOKED`] or [`USER_DISABLED`].
    pub revoked_work: u32,
}

pub use road::server::{DEVICE_REVOKED, USER_DISABLED};

/// What stands ordered of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderRow {
    /// What it is to do.
    pub deed: Deed,
    /// Grows with each order.
    pub serial: u64,
    /// When it was given, milliseconds since 1970.
    pub at: u64,
}

/// What a device said of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportRow {
    /// When, by the server's clock.
    pub at: u64,
    /// Envelopes that waited then.
    pub unsent: u32,
    /// Since when the oldest had waited; `at` when none did.
    pub oldest_at: u64,
    /// The app's version.
    pub version: String,
    /// Envelopes that it carried for others.
    pub carried: u32,
    /// When the oldest of these was sealed; `at` when there were none.
    pub carried_oldest_at: u64,
}

/// An invitation that waits to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRow {
    /// Digest of its code.
    pub code: Digest,
    /// Whom it is for.
    pub user: UserId,
    /// Until when it waits.
    pub expires_at: u64,
}

/// An envelope that is kept, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptNote {
    /// Its number.
    pub seq: u64,
    /// The device's name for it.
    pub id: [u8; 16],
    /// Where it stands.
    pub state: State,
    /// Why.
    pub reason: String,
    /// When it came.
    pub received_at: u64,
}

/// What became of a change of a member of staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserChange {
    /// It was made.
    Done,
    /// They are not as they were read: read again.
    Moved,
    /// Nobody of those who had to be left would be.
    NobodyLeft,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// It stands so.
    Given(OrderRow),
    /// There is no such device.
    Unknown,
    /// Nobody of those who had to be left would have a device.
    NobodyLeft,
}

/// Staff, their invitations and devices, as administration sees them. See [`super::Ledger`] for the rules that hold for
/// every call.
pub trait StaffRoom {
    /// All members of staff, in order of their ids.
    fn staff(&self) -> Result<Vec<UserRow>>;
    /// Writes a member of staff anew, if they are still as they were read. `left`, where given: one of these at least
    /// must be enabled, of the same role as `before` and on a device that is not revoked, or nothing is changed. Their
    /// open invitations end when they are disabled. `knowing`: of each of these at least one must still be as read, or
    /// [`UserChange::Moved`]. The line of the log is written with it, or neither is.
    fn change_user(
        &self,
        before: UserRow,
        after: UserRow,
        left: Option<Vec<UserId>>,
        knowing: Vec<Vec<UserRow>>,
        line: AuditRow,
    ) -> Result<UserChange>;
    /// All devices.
    fn devices(&self) -> Result<Vec<DeviceRow>>;
    /// One of them.
    fn device(&self, enrolment: EnrolmentId) -> Result<Option<DeviceRow>>;
    /// What is parked of a device or set apart, after a number.
    fn kept_notes(&self, enrolment: EnrolmentId, after: u64, limit: u32) -> Result<Vec<KeptNote>>;
    /// What is kept of a device in a state for a reason, after a number.
    fn kept_of(
        &self,
        enrolment: EnrolmentId,
        state: State,
        reason: &str,
        after: u64,
        limit: u32,
    ) -> Result<Vec<KeptRow>>;
    /// Gives a device an order. Its sessions end. `left`, where given: one of these at least must be enabled, of the same
    /// role as its user and on another device that is not revoked, or nothing is ordered. A line of the log is written
    /// with it, or neither is.
    fn order(
        &self,
        enrolment: EnrolmentId,
        deed: Deed,
        now: u64,
        left: Option<Vec<UserId>>,
        line: Option<AuditRow>,
    ) -> Result<Ordered>;
    /// Keeps what a device said of itself.
    fn keep_report(&self, enrolment: EnrolmentId, report: ReportRow) -> Result<()>;
    /// Invitations that wait to be used at a time.
    fn pending(&self, now: u64) -> Result<Vec<PendingRow>>;
    /// Ends an invitation that waits. Whether one did.
    fn withdraw(&self, code: Digest, now: u64) -> Result<bool>;
}
