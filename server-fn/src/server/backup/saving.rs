//! Takes a backup while the server runs, and another one may write: one SQLite file, whichever database it comes from.

use super::copy::{Copied, copy, prepared};
use super::{Fault, beside, sync_folder};
use crate::server::sql::{Connection, Source};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Rows of each table.
    pub rows: Copied,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Writes everything that a ledger holds at this moment into a file, which appears under its name when it is whole, was
/// checked and lies durably. Keys are not in it.
///
/// # Errors
/// When there is such a file already, another one is writing there, or either database is not able. There is no such file
/// then.
pub fn save(source: &Source, to: &Path) -> Result<Saved, Fault> {
    if fs::exists(to)? {
        return Err(Fault::Exists(to.to_owned()));
    }
    let part = beside(to, "part");
    let lock = alone(&part)?;
    // One that was killed in the middle may have left it.
    for path in [part.clone(), beside(to, "part-wal"), beside(to, "part-shm"), beside(to, "part-journal")] {
        if path != part && fs::exists(&path)? {
            fs::remove_file(path)?;
        }
    }
    lock.set_len(0)?;
    let outcome = write(source, &part, to);
    // Nobody else has it: the lock is still held.
    if outcome.is_err() || fs::exists(&part)? {
        let _ = fs::remove_file(&part);
    }
    outcome
}

/// A file for this program alone, that nobody else may read.
fn alone(path: &Path) -> Result<File, Fault> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Fault::Busy(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

fn write(source: &Source, part: &Path, to: &Path) -> Result<Saved, Fault> {
    let from = source.reader()?;
    let file = Source::File(part.to_owned());
    let copy_of = prepared(&file)?;
    // Whatever happens before the end, nobody looks at it: it need not survive anything until then.
    copy_of.execute_batch(
        "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; \
         PRAGMA secure_delete = ON",
    )?;
    let rows = copy(&from, &copy_of)?;
    check(&copy_of, &rows)?;
    drop(copy_of);
    File::open(part)?.sync_all()?;
    // A link fails where there is such a file; on disks without links the look at it before has to do.
    match fs::hard_link(part, to) {
        Ok(()) => fs::remove_file(part)?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(Fault::Exists(to.to_owned()));
        }
        Err(_) if fs::exists(to)? => return Err(Fault::Exists(to.to_owned())),
        Err(_) => fs::rename(part, to)?,
    }
    sync_folder(to)?;
    Ok(Saved { rows, bytes: fs::metadata(to)?.len() })
}

/// Whether a copy is whole: its pages, its references, and as many rows as were copied.
fn check(copy_of: &Connection, rows: &Copied) -> Result<(), Fault> {
    let said: String = copy_of.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if said != "ok" {
        return Err(Fault::Damaged(said));
    }
    if copy_of.prepare_cached("PRAGMA foreign_key_check")?.exists([])? {
        return Err(Fault::Damaged("rows point at others that are missing".to_owned()));
    }
    for (table, copied) in rows {
        let count = format!("SELECT COUNT(*) FROM {table}");
        let held: i64 = copy_of.query_row(&count, [], |row| row.get(0))?;
        if u64::try_from(held).ok() != Some(*copied) {
            return Err(Fault::Damaged(format!(
                "{table}: {copied} rows were read and {held} are in the copy"
            )));
        }
    }
    Ok(())
}
