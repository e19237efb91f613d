//! What both doors share beside the domain: sentences and languages, the app's own files, pictures, codes to be read by a
//! camera, and the worker that stretches secrets.
//!
//! It knows neither door: whose sentences they are is a type parameter, and nothing here reads or writes the store.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod derive;
pub mod files;
pub mod language;
pub mod picture;
pub mod qr;
pub mod when;
pub mod words;

pub use language::Language;
pub use words::{Keys, Words};
