//! registration_group
