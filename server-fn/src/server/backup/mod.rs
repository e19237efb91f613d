//! Backup, restore, and what lies beside the database so that its loss costs nobody anything.
//!
//! ```text
//!  DATA/amparo.db or PostgreSQL ── backup ──▶ FILE (SQLite, everything but the keys) ── restore ──▶ either database
//!  DATA/keys, DATA/tables       ── kept by whoever keeps the machine: without keys no backup opens
//!  DATA/promised                   where both chains ended last: tells an older database that was put in its place
//!  DATA/roster                     staff and devices, sealed: who enrolled since the backup is still known
//! ```
//!
//! What a backup lacks, devices send again by themselves: each keeps for 14 days what was acknowledged, and gives it again
//! to a server that began another epoch.

mod copy;
mod forms;
mod pages;
mod rebuilding;
mod restoring;
mod roster;
mod salvage;
mod saving;

pub use copy::Copied;
pub use rebuilding::{Rebuilt, Taken, rebuild};
pub use restoring::{Leave, Place, Restored, restore};
pub(in crate::server) use roster::Roster;
pub use roster::{RosterFile, TakenOver};
pub use saving::{Saved, save};

use crate::server::ledger::LedgerError;
use crate::server::sql;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Why a backup was not taken, or nothing restored.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is such a file.
    #[error("{} is there already; nothing was changed", .0.display())]
    Exists(PathBuf),
    /// Another program is writing there.
    #[error("another backup is being written to {}", .0.display())]
    Busy(PathBuf),
    /// The other database lacks a table.
    #[error("it has no table {0}: it is no backup of this program")]
    Lacks(String),
    /// What was read or written is not whole.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// In words for whoever asked.
    #[error("{0}")]
    Refused(String),
    /// A file.
    #[error("{0}")]
    File(#[from] io::Error),
    /// A database.
    #[error("{0}")]
    Database(#[from] sql::Error),
    /// A ledger.
    #[error("{0}")]
    Ledger(#[from] LedgerError),
}

/// A path with something behind it.
fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{what}"));
    path.with_file_name(name)
}

/// Makes durable that a file has its name.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// What is said where a database is gone.
pub(super) const GONE: &str = "the database of this data folder is gone. `amparo restore FILE` puts a backup in its \
place; without one, `amparo rebuild` begins anew with the staff and devices that this folder knows, and devices send again \
what they keep";

/// Whether a data folder has seen a ledger at work.
pub(super) fn was_here(data: &Path) -> bool {
    RosterFile::of(data).server().is_ok_and(|server| server.is_some())
}
