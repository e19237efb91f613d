//! Versions of the database `vault`. A released one is never edited; the next file adds to it.

pub mod v1;

#[cfg(target_arch = "wasm32")]
/// The version this program works with.
pub const VERSION: u32 = 1;
