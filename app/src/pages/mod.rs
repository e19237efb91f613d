//! A file a page, named as its route.

pub mod edit_individual;
pub mod enrol;
pub mod group;
pub mod home;
pub mod individual;
pub mod keeper;
pub mod member_form;
pub mod missing;
pub mod outbox;
pub mod place_form;
pub mod register_family;
pub mod saved;
pub mod search;
pub mod settings;
pub mod trouble;
pub mod unlock;
