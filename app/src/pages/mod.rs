//! A file a page, named as its route.

pub mod case;
pub mod consents;
pub mod enrol;
#[cfg(debug_assertions)]
pub mod gallery;
pub mod group;
pub mod history;
pub mod home;
pub mod individual;
pub mod keeper;
pub mod missing;
pub mod outbox;
pub mod reading;
pub mod regroup;
pub mod saved;
pub mod search;
pub mod settings;
pub mod slip;
pub mod trouble;
pub mod unlock;
