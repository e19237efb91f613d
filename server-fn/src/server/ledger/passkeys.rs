//! Passkeys of staff, and what they have opened.

/// Passkeys of staff, and what they have opened. See [`super::Ledger`] for the rules that hold for every call.
pub trait Passkeys {}
