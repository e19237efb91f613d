//! The second copy on the device: a journal of what waits to be sent, in files of their own beside IndexedDB.
//!
//! Browsers put an empty database in place of a damaged one without a word. So the rows from which everything can be
//! delivered, with no key at all (envelopes, capsules, posts), and those that a passphrase opens (drafts, readings, the
//! vaults' own rows) lie a second time in files that a fault of the database does not reach. At the start
//! `road::marks` compares how far database, journal and local storage had come; what is missing is put back
//! (`opening`, `recovery`).
//!
//! The journal is written after each commit and beside it; a save waits for it, half a second at most. It is never read
//! while the app runs but where another page wrote it meanwhile, and nothing rests on it but recovery: where the database
//! has come as far, the database is right. Where it does not answer, that is not taken for "there is none": whatever would
//! be put back or given up waits. Practice has none. Pictures' chunks are not in it.

mod file;
mod filing;
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

use crate::StoreError;
use crate::database::{Database, Home};
use crate::transaction::Batch;
pub(crate) use loaded::Loaded;
pub(crate) use medium::Medium;
pub(crate) use note::{clear as clear_note, read as read_note};
pub use recovery::Recovered;
pub(crate) use recovery::{dismiss, told};
use road::marks;
pub use writer::{Copies, Journal};

/// Removes the journal's copies of vaults' rows: before their own rows go, so that no kill in between leaves one behind.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))] // In memory a database has no journal of its own.
pub(crate) async fn forget_keys() {
    let keys = keep::Log::Keys.beginning();
    medium::forget(keys).await;
    medium::forget(&format!("{}{keys}", keep::ASIDE)).await;
}

/// Opens the files, to be written by a worker with this script, and reads them. Files that could not be read now are not
/// written either.
pub(crate) async fn load(script: Option<String>) -> (Option<Medium>, Loaded) {
    match Medium::open(script).await {
        Ok(None) => (None, Loaded::default()),
        Ok(Some(medium)) => match Loaded::read(&medium).await {
            Ok(loaded) => (Some(medium), loaded),
            Err(_) => (None, Loaded::silent()),
        },
        Err(_) => (None, Loaded::silent()),
    }
}

/// What waits as the journal holds it, in a database that is gone with the page. `None` where it holds nothing.
pub(crate) async fn in_memory() -> Option<Database> {
    let (_, loaded) = load(None).await;
    let mut batch = Batch::default();
    for (table, key, row) in opening::rows_of(&loaded, keep::Log::Letters) {
        batch.put(table, key.clone(), row.clone());
    }
    let database = Database::in_memory(Home::Vault);
    let holds = !batch.writes.is_empty();
    database.commit(batch).await.ok().filter(|_| holds)?;
    Some(database)
}

/// Puts the files aside in which nothing can be read, for whoever begins anew after a loss. `false` where they hold something
/// after all: the next start puts it back.
///
/// # Errors
/// [`StoreError::SecondCopy`] when they do not answer now.
pub(crate) async fn set_aside() -> Result<bool, StoreError> {
    let (_, loaded) = load(None).await;
    match loaded.says() {
        marks::Journal::Silent => return Err(StoreError::SecondCopy),
        marks::Journal::Held { .. } => return Ok(false),
        marks::Journal::Absent | marks::Journal::Unreadable => {}
    }
    for log in keep::Log::ALL {
        medium::set_aside(log.beginning()).await;
    }
    Ok(true)
}

#[cfg(test)]
mod kept;
#[cfg(test)]
mod tests;
