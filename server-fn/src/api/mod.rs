//! A server function a file. Bodies are one line: what they do stands in `server`.
pub mod attachments;
pub mod collect;
pub mod deliver;
pub mod enrol;
pub mod error;
pub mod sign_in;
pub mod tables;
