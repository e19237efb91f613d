//! What anybody may know who opens the applicants' door: offices and their keys, and how much work a letter costs.
//! Handed out signed by the server; says nothing about anyone.

use minicbor::{Decode, Encode};

/// The notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Door {
    /// When it was made, milliseconds since 1970.
    #[n(0)]
    pub made_at: u64,
    /// Leading zero bits that the proof of work of a letter needs now.
    #[n(1)]
    pub work_bits: u8,
    /// Offices that take applications.
    #[n(2)]
    pub offices: Vec<OfficeNotice>,
}

/// One office.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OfficeNotice {
    /// Code of table `sites`.
    #[n(0)]
    pub site: String,
    /// Code of table `institutions`; empty where there is one alone.
    #[n(1)]
    pub organisation: String,
    /// Names the intake key that slips are sealed to.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub key_id: [u8; 4],
    /// The intake key: X25519.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub key: [u8; 32],
    /// Until when slips should be sealed to it, milliseconds since 1970; those sealed before open for twelve months.
    #[n(4)]
    pub until: u64,
    /// Address in words; may be empty.
    #[n(5)]
    pub address: String,
    /// Opening hours in words; may be empty.
    #[n(6)]
    pub hours: String,
    /// Phone; may be empty.
    #[n(7)]
    pub phone: String,
    /// Days on which it gives appointments.
    #[n(8)]
    pub days: Vec<OpenDay>,
    /// Province: code of table `admin_pa`; may be empty.
    #[n(9)]
    pub province: String,
}

/// A day with appointments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OpenDay {
    /// `2026-12-01`.
    #[n(0)]
    pub day: String,
    /// First slot, `08:00`.
    #[n(1)]
    pub from: String,
    /// End of the last slot, `12:30`.
    #[n(2)]
    pub until: String,
    /// Places still free, for wishes of families without urgent needs.
    #[n(3)]
    pub free: u32,
}
