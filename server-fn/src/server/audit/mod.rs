//! The log of deeds and readings: what is noted, how it is sealed and chained, how it is checked and shown.

pub(super) mod beside;
mod checkpoint;
mod epoch;
mod event;
mod note;
mod page;
mod promised;
pub(super) mod reads;
pub mod verify;
mod walk;

pub(super) use checkpoint::sign_in_refused;
pub use checkpoint::{Checkpoints, echo};
pub use epoch::Began;
pub use event::{AuditEvent, What};
pub use note::Detail;
pub use page::audit_page;
pub use promised::{Promise, Promised};
