//! What is done for people: counselling sessions, assistance, referrals, and the desks that do it.
//!
//! Sessions and assistance are events: never edited, only amended, and the amendment names the original. A referral
//! is a conversation of two institutions over one record; [`referral`] says who may say what in it, and when.

pub mod amount;
pub mod assistance;
pub mod board;
pub mod brief;
pub mod code;
pub mod desk;
pub mod distribution;
pub mod doubles;
pub mod export;
pub mod referral;
pub mod session;
pub mod slip;
pub mod timeline;

pub use amount::{Amount, AmountFault, Unit};
pub use brief::Brief;
pub use code::{Code, Codes};
pub use desk::{Desk, desks_for};
pub use referral::{Party, Referral, Shared, Status};
