//! The log of deeds and readings: what is noted, how it is sealed and chained, how it is checked and shown.

mod event;
mod note;

pub use event::{AuditEvent, What};
pub use note::Detail;
