//! Staff, their invitations and devices, as administration sees them.

/// Staff, their invitations and devices, as administration sees them. See [`super::Ledger`] for the rules that hold for every call.
pub trait StaffRoom {}
