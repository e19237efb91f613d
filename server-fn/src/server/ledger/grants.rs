//! Requests to open what others registered, and what was granted.

/// Requests to open what others registered, and what was granted. See [`super::Ledger`] for the rules that hold for every call.
pub trait Grants {}
