//! The log of deeds and readings: what is noted, how it is sealed and chained, how it is checked and shown.

mod checkpoint;
mod epoch;
mod event;
mod note;
mod page;
pub(super) mod reads;
pub mod verify;

pub(super) use checkpoint::sign_in_refused;
pub use checkpoint::{Checkpoints, echo};
pub use event::{AuditEvent, What};
pub use note::Detail;
pub use page::audit_page;
