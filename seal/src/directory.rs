//! The directory: who works within reach, and the keys that something can be sealed to for them.
//!
//! It travels inside a page, which the server signs. A device remembers the keys it saw first and shows what is new:
//! a server that lies about a key is found out by that, and only by that.

use domain::{EnrolmentId, UserId};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

/// The people of an organisation in one operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Directory {
    /// In order of their ids.
    #[n(0)]
    pub people: Vec<Person>,
}

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Person {
    /// Who.
    #[n(0)]
    pub user: UserId,
    /// How they are shown.
    #[n(1)]
    pub name: String,
    /// Code of `domain::Role`.
    #[n(2)]
    pub role: u8,
    /// Code of their site.
    #[n(3)]
    pub site: String,
    /// Code of their organisation.
    #[n(4)]
    pub organisation: String,
    /// Code of their team.
    #[n(5)]
    pub team: String,
    /// Their devices that are in use.
    #[n(6)]
    pub devices: Vec<DeviceKey>,
}

/// One user on one device.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceKey {
    /// The enrolment.
    #[n(0)]
    pub enrolment: EnrolmentId,
    /// X25519 key that things are sealed to.
    #[n(1)]
    pub inbox: ByteArray<32>,
    /// Ed25519 key that signs what is stated there.
    #[n(2)]
    pub verifying: ByteArray<32>,
    /// When it was enrolled, milliseconds since 1970.
    #[n(3)]
    pub since: u64,
}
