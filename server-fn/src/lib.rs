//! What devices and the server say to each other.
//!
//! Server functions: in the browser each is a stub that asks; with the feature `server` each has its body.
//! Signed and sealed bytes pass through as they are, see the crate `seal`.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod api;
pub use api::attachments::{chunks_get, chunks_lacking, chunks_put};
pub use api::audit::{audit_page, echo};
pub use api::collect::{Collected, collect};
pub use api::collect_as::collect_as;
pub use api::deliver::deliver;
pub use api::door::{door, intake_keys};
pub use api::elsewhere::{elsewhere, requests};
pub use api::enrol::{EnrolRequest, Enrolled, enrol, server_keys};
pub use api::error::ApiError;
pub use api::find_application::{find_application, intake_counts};
pub use api::hand_in::hand_in;
pub use api::passkeys::{
    PasskeyAsked, PasskeyInfo, PasskeyMade, PasskeyShown, passkey_challenge, passkey_register,
    passkey_remove, passkey_show, passkeys, passkeys_reset,
};
pub use api::sign_in::{SignedIn, challenge, sign_in, sign_out};
pub use api::staff::{
    KeptItem, Outcome, Report, StaffDetails, change_person, device_kept, disable_person, invite_device,
    invite_person, order_device, put_place, staff_room, standing, take_over, withdraw_invitation,
};
pub use api::tables::office_tables;

#[cfg(feature = "server")]
pub mod server;
