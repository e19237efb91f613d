//! The app's own files by their plain names (`speech::files`).

pub use speech::files::{address, beginning_with, save, text};
