//! A server function a file. Bodies are one line: what they do stands in `server`.
pub mod attachments;
pub mod audit;
pub mod collect;
pub mod collect_as;
pub mod deliver;
pub mod door;
pub mod elsewhere;
pub mod enrol;
pub mod error;
pub mod find_application;
pub mod hand_in;
pub mod passkeys;
pub mod sign_in;
pub mod staff;
pub mod tables;

#[cfg(test)]
mod kept;
