//! What is done for people: counselling sessions, assistance, referrals, and the desks that do it.
//!
//! Sessions and assistance are events: never edited, only amended, and the amendment names the original. A referral
//! is a conversation of two institutions over one record; [`referral`] says who may say what in it, and when.

pub mod brief;
pub mod referral;

pub use brief::Brief;
pub use referral::{Party, Referral, Shared, Status};
