//! The second copy on the device: a journal of what waits to be sent, in files of their own beside IndexedDB.
//!
//! Browsers put an empty database in place of a damaged one without a word. So the rows from which everything can be
//! delivered, with no key at all (envelopes, capsules, posts), and those that a passphrase opens (drafts, readings, the
//! vaults' own rows) lie a second time in files that a fault of the database does not reach. At the start
//! `road::marks` compares how far database, journal and local storage had come; what is missing is put back
//! (`opening`, `recovery`).
//!
//! The journal is written after each commit and beside it: nobody waits for it. It is never read while the app runs but where another page
//! wrote it meanwhile, and nothing rests on it but recovery: where the database has come as far, the database is right.
//! Practice has none. Pictures' chunks are not in it.

mod file;
pub mod frames;
mod keep;
mod lines;
mod loaded;
mod look;
mod medium;
mod note;
pub(crate) mod opening;
mod recovery;
mod writer;

use crate::database::{Database, Home};
use crate::transaction::Batch;
pub(crate) use loaded::Loaded;
pub(crate) use medium::Medium;
pub(crate) use note::{clear as clear_note, read as read_note};
pub use recovery::Recovered;
pub(crate) use recovery::{dismiss, told};
pub use writer::{Copies, Journal};

/// Removes the journal's copies of vaults' rows: before their own rows go, so that no kill in between leaves one behind.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))] // In memory a database has no journal of its own.
pub(crate) async fn forget_keys() {
    medium::forget(keep::Log::Keys.beginning()).await;
}

/// What waits as the journal holds it, in a database that is gone with the page. `None` where it holds nothing.
pub(crate) async fn in_memory() -> Option<Database> {
    let medium = Medium::open(None).await?;
    let loaded = Loaded::read(&medium).await.ok()?;
    let mut batch = Batch::default();
    for (table, key, row) in opening::rows_of(&loaded, keep::Log::Letters) {
        batch.put(table, key.clone(), row.clone());
    }
    let database = Database::in_memory(Home::Vault);
    let holds = !batch.writes.is_empty();
    database.commit(batch).await.ok().filter(|_| holds)?;
    Some(database)
}

/// Removes all of the journal, for who begins anew after a loss.
pub(crate) async fn forget_all() {
    for log in keep::Log::ALL {
        medium::forget(log.beginning()).await;
    }
}

#[cfg(test)]
mod kept;
#[cfg(test)]
mod tests;
