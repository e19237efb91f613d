//! A registration being worked on: a group with its people and everything that hangs on them. As typed
//! ([`CaseDraft`]), as it would read ([`CaseFile`]), and as checked ([`CaseDetails`]).
//!
//! One form of draft serves a family registered at the border, one that is raised to a fuller stage, and a single
//! correction: a draft holds only what was touched, and everything else is as recorded.

mod check;
mod draft;
mod draft_v1;
mod file;
mod sheet;
mod typed;

pub use check::{CaseDetails, Look};
pub use draft::{CaseDraft, CaseIds, is_locked};
pub use file::{CaseFile, Subject};
pub use sheet::{Sheet, Touch};
pub use typed::{LONGEST_TEXT, Typed, asks_age, ref_code};

#[cfg(test)]
mod tests;
