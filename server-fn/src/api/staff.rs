//! Administration: staff, invitations, devices, places. And what a device says of itself each round, and is ordered.
//!
//! Each asks `domain::permission` for whoever calls. Somebody or something out of reach and somebody or something that
//! is not there are answered alike: [`ApiError::NotHere`]. Whoever has no part in administration at all is answered
//! [`ApiError::Refused`] whatever they ask about. What changes something needs a passkey shown lately.

use super::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use server_fn::codec::Cbor;
use server_fn_macro_default::server;

/// How an enrolment stands on its device: figures and a version, no names and no ids of records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Envelopes that wait to be handed in.
    pub unsent: u32,
    /// Age of the oldest of them in whole hours; 0 when none waits.
    pub oldest_hours: u32,
    /// Version of the app: at most 32 letters, digits, points, plus signs and hyphens.
    pub version: String,
    /// Envelopes that the device carries for others, told for one of its enrolments; apps of before say nothing of it.
    #[serde(default)]
    pub carried: u32,
    /// Age of the oldest of these in whole hours.
    #[serde(default)]
    pub carried_oldest_hours: u32,
}

/// Tells how an enrolment stands and gives the order that stands for it: bytes of `seal::Order`, signed.
///
/// Needs no session, so that a device that is locked or revoked hears of it too.
///
/// # Errors
/// [`ApiError::DepositRefused`] for an unknown token; [`ApiError::Malformed`] for a report that is none.
#[server(name = StandingOf, prefix = "/api", endpoint = "standing", input = Cbor, output = Cbor)]
pub async fn standing(token: ByteBuf, report: Report) -> Result<ByteBuf, ApiError> {
    crate::server::staff::standing(token, report).await
}

/// Staff, devices and open invitations within reach: `seal::staff::StaffRoom`, a `seal::answer` to `nonce` (16 bytes).
///
/// # Errors
/// [`ApiError::NotSignedIn`], [`ApiError::Refused`].
#[server(name = StaffRoomOf, prefix = "/api", endpoint = "staff_room", input = Cbor, output = Cbor)]
pub async fn staff_room(nonce: ByteBuf) -> Result<ByteBuf, ApiError> {
    crate::server::staff::staff_room(nonce).await
}

/// What somebody who works here is called, what they are here for and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffDetails {
    /// How they are shown beside what they state; at most 120 characters.
    pub name: String,
    /// By which they pick themselves on a shared tablet; at most 24 characters, nobody else's within reach.
    pub staff_code: String,
    /// Code of `domain::Role`.
    pub role: u8,
    /// Code of table `sites`.
    pub site: String,
    /// Code of table `institutions`; empty for none.
    pub organisation: String,
    /// Code of table `teams`; empty for none.
    pub team: String,
}

/// Invites somebody new: `seal::staff::Invited`, a `seal::answer` to `nonce`. The link is in nobody's hands but the
/// asking vault's.
///
/// # Errors
/// [`ApiError::PasskeyNeeded`], [`ApiError::Refused`] and others. What is wrong with an input is in the answer.
#[server(name = InvitePerson, prefix = "/api", endpoint = "invite_person", input = Cbor, output = Cbor)]
pub async fn invite_person(nonce: ByteBuf, details: StaffDetails) -> Result<ByteBuf, ApiError> {
    crate::server::staff::invite_person(nonce, details).await
}

/// Invites another device of somebody who is here: as [`invite_person`].
///
/// # Errors
/// As there; [`ApiError::NotHere`].
#[server(name = InviteDevice, prefix = "/api", endpoint = "invite_device", input = Cbor, output = Cbor)]
pub async fn invite_device(nonce: ByteBuf, user: ByteBuf) -> Result<ByteBuf, ApiError> {
    crate::server::staff::invite_device(nonce, user).await
}

/// What came of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What is wrong: input and short code, as `seal::staff::Fault`. Nothing was changed unless this is empty.
    pub faults: Vec<(String, String)>,
    /// Entries that were parked or set apart and count now.
    pub entered: u64,
}

/// Changes what somebody is called, is here for, and where. Nobody changes their own, nobody gives more than they may,
/// and one administrator always stays.
///
/// # Errors
/// [`ApiError::PasskeyNeeded`], [`ApiError::NotHere`], [`ApiError::Refused`].
#[server(name = ChangePerson, prefix = "/api", endpoint = "change_person", input = Cbor, output = Cbor)]
pub async fn change_person(user: ByteBuf, details: StaffDetails) -> Result<Outcome, ApiError> {
    crate::server::staff::change_person(user, details).await
}

/// Disables somebody, whose sessions and open invitations end and whose entries are parked from then on; or takes that
/// back, and what was parked is judged again.
///
/// # Errors
/// As [`change_person`].
#[server(name = DisablePerson, prefix = "/api", endpoint = "disable_person", input = Cbor, output = Cbor)]
pub async fn disable_person(user: ByteBuf, disabled: bool) -> Result<Outcome, ApiError> {
    crate::server::staff::disable_person(user, disabled).await
}

/// Ends an invitation that waits.
///
/// # Errors
/// As [`change_person`].
#[server(name = WithdrawInvitation, prefix = "/api", endpoint = "withdraw_invitation", input = Cbor, output = Cbor)]
pub async fn withdraw_invitation(id: ByteBuf) -> Result<(), ApiError> {
    crate::server::staff::withdraw_invitation(id).await
}

/// Orders a device to revoke (1) or wipe (2) itself, or takes that back (0): then what it handed in meanwhile is judged
/// again. Not for the device one asks from, and nobody takes back an order to a device of their own.
///
/// # Errors
/// As [`change_person`].
#[server(name = OrderDevice, prefix = "/api", endpoint = "order_device", input = Cbor, output = Cbor)]
pub async fn order_device(enrolment: ByteBuf, deed: u8) -> Result<Outcome, ApiError> {
    crate::server::staff::order_device(enrolment, deed).await
}

/// An envelope that is parked or set apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptItem {
    /// Its number; where to go on from.
    pub seq: u64,
    /// The device's name for it, 16 bytes.
    pub id: ByteBuf,
    /// Set apart; else parked.
    pub quarantined: bool,
    /// Why, as a short code.
    pub reason: String,
    /// When it came, milliseconds since 1970.
    pub received_at: u64,
}

/// What is parked of a device or set apart, after a number (0: from the beginning), at most 200.
///
/// # Errors
/// [`ApiError::NotHere`], [`ApiError::Refused`].
#[server(name = DeviceKept, prefix = "/api", endpoint = "device_kept", input = Cbor, output = Cbor)]
pub async fn device_kept(enrolment: ByteBuf, after: u64) -> Result<Vec<KeptItem>, ApiError> {
    crate::server::staff::device_kept(enrolment, after).await
}

/// Takes over what a revoked device handed in: it is judged as if the device were not revoked, and whoever asks answers
/// for it. The device stays revoked. Not for a device of one's own.
///
/// # Errors
/// As [`change_person`].
#[server(name = TakeOver, prefix = "/api", endpoint = "take_over", input = Cbor, output = Cbor)]
pub async fn take_over(enrolment: ByteBuf) -> Result<Outcome, ApiError> {
    crate::server::staff::take_over(enrolment).await
}

/// Adds a row of the office's own to table `institutions`, `sites`, `teams` or `desks`, or changes one: cells by column,
/// which take the place of those that stood there. Within the asker's operation.
///
/// # Errors
/// As [`change_person`].
#[server(name = PutPlace, prefix = "/api", endpoint = "put_place", input = Cbor, output = Cbor)]
pub async fn put_place(table: String, cells: Vec<(String, String)>) -> Result<Outcome, ApiError> {
    crate::server::staff::put_place(table, cells).await
}
