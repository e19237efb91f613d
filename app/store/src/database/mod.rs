//! The database `vault`, `practice` made like it, and `applicant`, which is another one altogether: IndexedDB in browsers, memory on the host. Both answer to the same
//! few words.

#[cfg(target_arch = "wasm32")]
mod indexed_db;
#[cfg(target_arch = "wasm32")]
pub use indexed_db::Database;

#[cfg(not(target_arch = "wasm32"))]
mod memory;
#[cfg(not(target_arch = "wasm32"))]
pub use memory::Database;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// What this device holds of real people. The only one that the worker and the mailbox ever open.
    Vault,
    /// Made-up people, for practice.
    Practice,
    /// What families fill in on their own phones. Never on the same page as the others.
    Applicant,
}

impl Home {
    /// Its name in IndexedDB.
    #[must_use]
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))] // Nothing has a name in memory.
    pub fn name(self) -> &'static str {
        match self {
            Home::Vault => "vault",
            Home::Practice => "practice",
            Home::Applicant => "applicant",
        }
    }
}

/// What to do when there is no database yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenMissing {
    /// Make it.
    Create,
    /// Say that it is lost. Browsers silently put an empty database in place of a damaged one.
    Lost,
}
