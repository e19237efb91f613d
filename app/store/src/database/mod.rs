//! The database `vault`: IndexedDB in browsers, memory on the host. Both answer to the same few words.

#[cfg(target_arch = "wasm32")]
mod indexed_db;
#[cfg(target_arch = "wasm32")]
pub use indexed_db::Database;

#[cfg(not(target_arch = "wasm32"))]
mod memory;
#[cfg(not(target_arch = "wasm32"))]
pub use memory::Database;

/// What to do when there is no database yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenMissing {
    /// Make it.
    Create,
    /// Say that it is lost. Browsers silently put an empty database in place of a damaged one.
    Lost,
}
