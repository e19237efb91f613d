//! The server: it stores, judges, hands out and serves the app. Nothing here is in a Wasm build.

pub mod appointments;
pub mod attachments;
pub mod audit;
pub mod backup;
pub mod client;
pub mod collection;
pub mod database;
pub mod delivery;
pub mod demo;
pub mod door;
pub mod elsewhere;
pub mod enrolment;
mod headers;
pub mod http;
pub mod intake;
mod judge;
pub mod keyring;
pub mod ledger;
pub mod limits;
pub mod log;
mod office;
mod opener;
pub mod passkeys;
pub mod peer;
mod request;
pub mod rights;
pub mod rows;
mod sealed_answer;
pub mod session;
pub mod several;
mod site;
mod sites;
pub mod slips;
pub mod sql;
pub mod staff;
pub mod tables;
mod voice;

pub use office::{INVITED_FOR, NewUser, Office, Table};
pub use site::Site;

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 by this machine's clock.
#[must_use]
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The system's generator of random numbers.
#[must_use]
pub fn rng() -> impl seal::CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

/// Random bytes of a fixed length.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    seal::random(&mut rng())
}
