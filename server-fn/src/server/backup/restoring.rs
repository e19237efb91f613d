//! Restores a backup: into an empty ledger, or in place of one that is kept aside. Another epoch begins, and devices send
//! again what the backup lacks.

use super::copy::{Copied, copy, prepared};
use super::{Fault, TakenOver, beside, sync_folder};
use crate::server::audit::Began;
use crate::server::audit::verify::{self, Keeper, Report};
use crate::server::keyring::StorageSource;
use crate::server::ledger::{Identity, LedgerError};
use crate::server::several::{Seat, place_of};
use crate::server::sql::{self, Dialect, Source, params};
use crate::server::{Office, database, keyring, now_ms, random};
use std::fs;
use std::path::{Path, PathBuf};

/// A program that has said nothing for so long serves no more, in milliseconds.
const SILENT: u64 = 60_000;

/// Where something is restored to.
#[derive(Clone)]
pub struct Place<'a> {
    /// The data folder.
    pub data: &'a Path,
    /// The address of the database, where one is said: see [`database::of`].
    pub said: Option<&'a str>,
    /// Where the keys that seal rows come from.
    pub storage: StorageSource,
}

/// What else was said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Leave {
    /// A ledger that is here may be put aside.
    pub replace: bool,
    /// What `amparo verify` has to say against the backup does not matter.
    pub even_so: bool,
}

/// What was restored.
pub struct Restored {
    /// The office over it.
    pub office: Office,
    /// Rows of each table, where they were copied.
    pub rows: Copied,
    /// What the backup holds, verified.
    pub report: Report,
    /// Where the ledger lies that was here before: a file, or a schema of the database.
    pub aside: Option<String>,
    /// Who had enrolled since, and was ended since.
    pub taken_over: TakenOver,
    /// Entries that were promised and that the backup lacks, as far as this folder knows.
    pub missing: u64,
}

/// Restores a backup.
///
/// # Errors
/// In words: a server is running, there is a ledger already and it was not said to be replaced, the file is no backup of
/// this server's, or its chains are not whole. Nothing was changed then.
pub fn restore(file: &Path, place: &Place<'_>, leave: Leave) -> Result<Restored, Fault> {
    let data = place.data;
    let seat = Seat::alone(data)?.ok_or_else(running)?;
    let source = database::of(data, place.said).map_err(Fault::Refused)?;
    let is_here = holds_anything(&source, data)?;
    if is_here && !leave.replace {
        let words = "there is a ledger already: --replace puts it aside. Nothing was changed.";
        return Err(Fault::Refused(words.to_owned()));
    }
    // Looked at in the data folder, so that what is put in place is what was looked at.
    let copied = taken_in(file, data)?;
    let looked = look(&copied, place).and_then(|report| {
        let mut told = report.faults.iter();
        match told.next() {
            Some(fault) if !leave.even_so => Err(Fault::Refused(format!(
                "the backup is not as it was written, {fault} and {} more faults: --even-so restores it. \
                 Nothing was changed.",
                told.count()
            ))),
            _ => Ok(report),
        }
    });
    let report = match looked {
        Ok(report) => report,
        Err(fault) => {
            forget(&copied)?;
            return Err(fault);
        }
    };
    let (aside, rows) = match &source {
        Source::File(path) => (put_in_place(&copied, path)?, Copied::new()),
        Source::Postgres(_) => {
            let aside = if is_here { Some(put_aside(&source)?) } else { None };
            let rows = copy(&Source::File(copied.clone()).reader()?, &prepared(&source)?)?;
            forget(&copied)?;
            (aside, rows)
        }
    };
    let (office, taken_over, missing) = begin_anew(place, Began::Restored)?;
    drop(seat);
    Ok(Restored { office, rows, report, aside, taken_over, missing })
}

/// Opens a ledger that was put in place, takes over who enrolled since, and begins another epoch.
pub(super) fn begin_anew(place: &Place<'_>, why: Began) -> Result<(Office, TakenOver, u64), Fault> {
    let office = Office::open_at(place.data, place.said, place.storage.clone()).map_err(Fault::Refused)?;
    let taken_over = office.take_over_roster()?;
    let (missing, after) = office.promised_beyond()?;
    office.begin_epoch(office.ledger.look()?.epoch, why, missing, after)?;
    Ok((office, taken_over, missing))
}

pub(super) fn running() -> Fault {
    Fault::Refused("a server is running on this data folder: stop it first. Nothing was changed.".to_owned())
}

/// Whether a ledger holds anybody or anything.
pub(super) fn holds_anything(source: &Source, data: &Path) -> Result<bool, Fault> {
    if let Source::File(path) = source {
        let size = fs::metadata(path).map(|about| about.len());
        if size.is_ok_and(|size| size == 0) || !fs::exists(path)? {
            return Ok(false);
        }
    }
    let ask = || -> sql::Result<bool> {
        let connection = source.reader()?;
        let tables = sql::tables(&connection)?;
        let has = |name: &str| tables.iter().any(|table| table == name);
        if !has("users") || !has("entries") {
            return Ok(!tables.is_empty() && !has("server"));
        }
        let any = |table| connection.prepare_cached(&format!("SELECT 1 FROM {table}"))?.exists([]);
        if has("programs") && source.dialect() == Dialect::Postgres {
            let since = i64::try_from(now_ms().saturating_sub(SILENT)).unwrap_or(i64::MAX);
            let since = since.saturating_add(connection.clock_ahead()?);
            // Those of this folder have ended: nobody else has its seat.
            let select = "SELECT 1 FROM programs WHERE seen_at >= $1 AND place <> $2";
            let serving = connection.prepare_cached(select)?.exists(params![since, place_of(data)])?;
            if serving {
                let words = "a server is running on this database: stop it first";
                return Err(sql::Error::new(sql::Kind::Other, words));
            }
        }
        Ok(any("users")? || any("entries")?)
    };
    match (ask(), source) {
        (Ok(is_here), _) => Ok(is_here),
        // A damaged file is something.
        (Err(_), Source::File(_)) => Ok(true),
        (Err(error), Source::Postgres(_)) => Err(error.into()),
    }
}

/// A file of the data folder that holds what a backup holds, in the form of this version.
fn taken_in(file: &Path, data: &Path) -> Result<PathBuf, Fault> {
    let copied = data.join("amparo.db.restoring");
    forget(&copied)?;
    copy_privately(file, &copied)?;
    // Somebody's own copy of a running server's file, with what goes with it.
    let log = with(file, "-wal");
    if fs::exists(&log)? {
        copy_privately(&log, &with(&copied, "-wal"))?;
    }
    let taken = prepared(&Source::File(copied.clone())).and_then(|connection| {
        let said: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        if said == "ok" { Ok(()) } else { Err(Fault::Damaged(said)) }
    });
    if let Err(fault) = taken {
        forget(&copied)?;
        let words =
            format!("{} is no backup that can be read ({fault}). Nothing was changed.", file.display());
        return Err(Fault::Refused(words));
    }
    Ok(copied)
}

/// Copies what a file holds into a new one that nobody else may read, whoever may read the first.
fn copy_privately(from: &Path, to: &Path) -> Result<(), Fault> {
    keyring::make_private_file(to)?;
    let mut to = fs::OpenOptions::new().write(true).truncate(true).open(to)?;
    std::io::copy(&mut fs::File::open(from)?, &mut to)?;
    Ok(())
}

/// Opens what was taken in with the keys of the data folder, and verifies it.
fn look(copied: &Path, place: &Place<'_>) -> Result<Report, Fault> {
    let nobody = Identity { server: random(), epoch: random() };
    let source = Source::File(copied.to_owned());
    let office = Office::open_source(place.data, source, nobody, place.storage.clone());
    let office = office.map_err(Fault::Refused)?;
    let mut report = verify::verify(&office, &[])?;
    // That it is older than what this folder knows is why it is restored.
    let is_about_age = |keeper: &Keeper| *keeper == Keeper::Beside;
    report.faults.retain(|fault| match fault {
        verify::Fault::Truncated(_, _, keeper) | verify::Fault::Rewritten(_, _, keeper) => {
            !is_about_age(keeper)
        }
        verify::Fault::FalseEpoch(keeper) => !is_about_age(keeper),
        _ => true,
    });
    drop(office);
    // One file again, without its log.
    let connection = Source::File(copied.to_owned()).writer()?;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")?;
    drop(connection);
    fs::File::open(copied)?.sync_all()?;
    Ok(report)
}

/// Puts a file where the ledger lies; where the one that was there is now.
pub(super) fn put_in_place(copied: &Path, path: &Path) -> Result<Option<String>, Fault> {
    let mut aside = None;
    if fs::exists(path)? {
        // What stands in its log belongs into it. A damaged one keeps its log beside it.
        if let Ok(connection) = Source::File(path.to_owned()).writer() {
            let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
        }
        let to = beside(path, &format!("before-{}", now_ms()));
        for what in ["-wal", "-shm"] {
            let old = with(path, what);
            if fs::exists(&old)? {
                fs::rename(&old, with(&to, what))?;
            }
        }
        fs::rename(path, &to)?;
        aside = Some(to.display().to_string());
    }
    fs::rename(copied, path)?;
    sync_folder(path)?;
    Ok(aside)
}

/// Puts the tables of a database aside, into a schema of their own; its name.
fn put_aside(source: &Source) -> Result<String, Fault> {
    let connection = source.writer()?;
    let aside = format!("amparo_before_{}", now_ms());
    let transaction = connection.begin()?;
    connection.execute_batch(&format!("CREATE SCHEMA {aside}"))?;
    for table in sql::tables(&connection)? {
        connection.execute_batch(&format!("ALTER TABLE {table} SET SCHEMA {aside}"))?;
    }
    transaction.commit()?;
    Ok(aside)
}

/// A path with something right behind it, as SQLite names its files.
pub(super) fn with(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(what);
    PathBuf::from(name)
}

/// Removes a file of SQLite's with what goes with it.
pub(super) fn forget(path: &Path) -> Result<(), Fault> {
    for path in [path.to_owned(), with(path, "-wal"), with(path, "-shm"), with(path, "-journal")] {
        if fs::exists(&path)? {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

impl Office {
    /// How many entries were promised that are not here, as far as the file beside the database tells; and when it was
    /// written.
    fn promised_beyond(&self) -> Result<(u64, u64), LedgerError> {
        let identity = self.ledger.identity();
        let promise = self.promised.read().ok().flatten().filter(|it| it.server == identity.server);
        let Some(promise) = promise else { return Ok((0, 0)) };
        let here = self.ledger.heads()?.entries_seq;
        Ok((promise.entries_seq.saturating_sub(here), promise.at))
    }
}
