//! A file a page, named as its route.

pub mod admin;
pub mod assistance;
pub mod audit;
pub mod case;
pub mod consents;
pub mod directory;
pub mod discard;
pub mod distributions;
pub mod elsewhere;
pub mod enrol;
pub mod export;
#[cfg(debug_assertions)]
pub mod gallery;
pub mod group;
pub mod history;
pub mod home;
pub mod individual;
pub mod keeper;
pub mod left;
pub mod missing;
pub mod notes;
pub mod outbox;
pub mod reading;
pub mod referrals;
pub mod regroup;
pub mod saved;
pub mod sealing;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod slip;
pub mod team;
pub mod trouble;
pub mod unlock;
pub mod withdrawn;
pub mod work;
