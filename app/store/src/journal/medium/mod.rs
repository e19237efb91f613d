//! Where the journal's files lie: the browser's own files of this origin (OPFS), memory on the host. Both answer to the
//! same few words.

#[cfg(target_arch = "wasm32")]
mod opfs;
#[cfg(target_arch = "wasm32")]
pub use opfs::{Medium, forget, set_aside};

#[cfg(not(target_arch = "wasm32"))]
mod memory;
#[cfg(not(target_arch = "wasm32"))]
pub use memory::{Medium, forget, set_aside};

/// Why a file could not be written. What was there before is there still, with a torn end at the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediumError {
    /// It does not end where it was to end: another page wrote meanwhile.
    Moved,
    /// The device has no room left.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))] // Memory has no end here.
    Full,
    /// Anything else.
    Unavailable,
}
