//! Puts a damaged ledger together anew: rows straight from the pages that can be read, staff and devices from beside the
//! database, records folded from entries, chains from their rows. What is lost, devices send again.

use super::forms::FORMS;
use super::pages::Pages;
use super::restoring::{begin_anew, forget, holds_anything, put_in_place, running, with};
use super::salvage::{Found, found, identity};
use super::{Fault, Place, RosterFile, TakenOver, copy::prepared};
use crate::server::audit::{Began, Promised};
use crate::server::ledger::{AuditRow, EntryRow, Identity};
use crate::server::several::Seat;
use crate::server::sql::{Connection, Source, Value, params_from_iter};
use crate::server::{Office, Table, database, judge, random};
use domain::{EnrolmentId, EntryId};
use std::fs;
use std::path::Path;

/// Of an envelope that was entered nothing is left but that it was: its entry tells as much.
const ENTERED: u64 = 1;
/// Entries that are folded in one step.
const STEP: usize = 64;
/// Tables whose rows are not held in memory, but written as they are found.
const HEAVY: [&str; 5] = ["capsules", "envelope_bytes", "unreadable", "chunks", "letters"];

/// How many rows were taken, of each table.
pub type Taken = Vec<(&'static str, u64)>;

/// What came of it.
pub struct Rebuilt {
    /// The office over it.
    pub office: Office,
    /// Pages that were looked at.
    pub pages: u32,
    /// Leaves of tables among them.
    pub leaves: u32,
    /// Rows that were taken, of each table.
    pub rows: Taken,
    /// Rows that could not be: damaged, or pointing at what is lost.
    pub dropped: u64,
    /// Entries in the chain.
    pub entries: u64,
    /// Records.
    pub records: u64,
    /// Where the damaged file lies.
    pub aside: Option<String>,
    /// Staff and devices that were known beside it alone.
    pub taken_over: TakenOver,
    /// Entries that were promised and are missing, at least.
    pub missing: u64,
}

/// What was read out of a file.
#[derive(Default)]
struct Salvage {
    pages: u32,
    leaves: u32,
    rows: Vec<Found>,
    identity: Option<([u8; 16], [u8; 16])>,
}

/// Rebuilds a ledger.
///
/// # Errors
/// In words: a server is running, the database is not a file and has not gone, or nothing tells which ledger it was.
/// Nothing was changed then.
pub fn rebuild(place: &Place<'_>) -> Result<Rebuilt, Fault> {
    let seat = Seat::alone(place.data)?.ok_or_else(running)?;
    let source = database::of(place.data, place.said).map_err(Fault::Refused)?;
    let (path, salvage) = match &source {
        Source::File(path) if fs::exists(path)? => (Some(path), read(path)?),
        Source::File(path) => (Some(path), Salvage::default()),
        Source::Postgres(_) if holds_anything(&source, place.data)? => {
            let words = "PostgreSQL mends its own files: restore a backup into another database";
            return Err(Fault::Refused(words.to_owned()));
        }
        Source::Postgres(_) => (None, Salvage::default()),
    };
    let known = RosterFile::of(place.data).server()?;
    let known = known.or(Promised::of(place.data).read()?.map(|promise| promise.server));
    let found = salvage.identity.as_ref().map(|(server, _)| *server);
    let server = known.or(found).ok_or_else(|| {
        Fault::Refused(
            "nothing tells which ledger this was: neither a file nor anything beside it".to_owned(),
        )
    })?;
    let fresh = Identity { server, epoch: random() };
    let Some(path) = path else {
        let office =
            Office::open_source(place.data, source, fresh, place.storage.clone()).map_err(Fault::Refused)?;
        drop(office);
        return finish(place, salvage, Vec::new(), 0, None, seat);
    };
    let anew = with(path, ".rebuilding");
    forget(&anew)?;
    crate::server::keyring::make_private_file(&anew)?;
    let written = write(&anew, path, &salvage, fresh, place);
    let (rows, dropped) = match written {
        Ok(written) => written,
        Err(fault) => {
            forget(&anew)?;
            return Err(fault);
        }
    };
    let connection = Source::File(anew.clone()).writer()?;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")?;
    drop(connection);
    fs::File::open(&anew)?.sync_all()?;
    let aside = aside(path)?;
    put_in_place(&anew, path)?;
    finish(place, salvage, rows, dropped, aside, seat)
}

fn finish(
    place: &Place<'_>,
    salvage: Salvage,
    rows: Taken,
    dropped: u64,
    aside: Option<String>,
    seat: Seat,
) -> Result<Rebuilt, Fault> {
    let (office, taken_over, missing) = begin_anew(place, Began::Rebuilt)?;
    drop(seat);
    let counts = office.ledger().counts()?;
    let Salvage { pages, leaves, .. } = salvage;
    let (entries, records) = (counts.entries, counts.records);
    Ok(Rebuilt { office, pages, leaves, rows, dropped, entries, records, aside, taken_over, missing })
}

/// Puts the damaged file aside with all that goes with it, as it is: SQLite is not to touch it.
fn aside(path: &Path) -> Result<Option<String>, Fault> {
    if !fs::exists(path)? {
        return Ok(None);
    }
    let to = with(path, &format!(".damaged-{}", crate::server::now_ms()));
    for what in ["-wal", "-shm", ""] {
        let old = with(path, what);
        if fs::exists(&old)? {
            fs::rename(&old, with(&to, what))?;
        }
    }
    Ok(Some(to.display().to_string()))
}

/// Reads what can be read.
fn read(path: &Path) -> Result<Salvage, Fault> {
    let mut pages = Pages::open(path, &with(path, "-wal"))?;
    let mut salvage = Salvage { pages: pages.count(), ..Salvage::default() };
    for number in 1..=pages.count() {
        let Some(rows) = pages.rows(number)? else { continue };
        salvage.leaves += 1;
        for cells in rows {
            if let Some(identity) = identity(&cells) {
                salvage.identity = Some(identity);
            } else {
                salvage.rows.extend(found(&cells).filter(|row| !HEAVY.contains(&row.table())));
            }
        }
    }
    salvage.rows.sort_by_key(|row| (row.form, row.rowid));
    Ok(salvage)
}

/// Writes the rows of a heavy table that can be read.
fn write_heavy(connection: &Connection, path: &Path, table: &str) -> Result<(u64, u64), Fault> {
    let (mut taken, mut dropped) = (0, 0);
    if !fs::exists(path)? {
        return Ok((taken, dropped));
    }
    let mut pages = Pages::open(path, &with(path, "-wal"))?;
    let transaction = connection.begin()?;
    for number in 1..=pages.count() {
        for cells in pages.rows(number)?.into_iter().flatten() {
            let Some(row) = found(&cells).filter(|row| row.table() == table) else { continue };
            let is_in = proves_itself(table, &row) && put(connection, table, &row)?;
            taken += u64::from(is_in);
            dropped += u64::from(!is_in);
        }
    }
    transaction.commit()?;
    Ok((taken, dropped))
}

/// Whether a row is what its name says, where its name is a digest of it.
fn proves_itself(table: &str, row: &Found) -> bool {
    match table {
        "capsules" => seal::CapsuleId::of(row.bytes("bytes")).0 == row.bytes("id"),
        "chunks" => seal::Address::of(row.bytes("raw")).0 == row.bytes("address"),
        "unreadable" => seal::digest(row.bytes("raw")) == row.bytes("digest"),
        _ => true,
    }
}

/// Writes a new ledger of it.
fn write(
    anew: &Path,
    path: &Path,
    salvage: &Salvage,
    fresh: Identity,
    place: &Place<'_>,
) -> Result<(Taken, u64), Fault> {
    let source = Source::File(anew.to_owned());
    let epoch = salvage.identity.map_or(fresh.epoch, |(_, epoch)| epoch);
    let identity = Identity { epoch, ..fresh };
    let open = || Office::open_source(place.data, source.clone(), identity, place.storage.clone());
    let office = open().map_err(Fault::Refused)?;
    // First: much points at them.
    office.take_over_roster()?;
    let connection = prepared(&source)?;
    let mut rows: Taken = Vec::new();
    let mut dropped = 0;
    let (mut entries, mut lines) = (Vec::new(), Vec::new());
    for (place, form) in FORMS.iter().enumerate() {
        let mut taken = 0;
        if HEAVY.contains(&form.table) {
            let (taken, lost) = write_heavy(&connection, path, form.table)?;
            rows.push((form.table, taken));
            dropped += lost;
            continue;
        }
        let transaction = connection.begin()?;
        let rest = |row: &&Found| {
            row.form == place && !(row.table() == "envelopes" && row.number("state") == ENTERED)
        };
        for row in salvage.rows.iter().filter(rest) {
            let done = match form.table {
                "entries" => entry(row).map(|row| entries.push(row)).is_some(),
                "audit" => line(&office, row).map(|row| lines.push(row)).is_some(),
                table => is_sound(&office, table, row) && put(&connection, table, row)?,
            };
            taken += u64::from(done);
            dropped += u64::from(!done);
        }
        transaction.commit()?;
        rows.push((form.table, taken));
    }
    settle_numbers(&connection)?;
    drop(connection);
    for some in lines.chunks(STEP) {
        office.ledger().note(some.to_vec())?;
    }
    for some in entries.chunks(STEP) {
        let entered = judge::enter_again(&office, some)?;
        let lost = (some.len() as u64).saturating_sub(entered);
        dropped += lost;
        if let Some((_, taken)) = rows.iter_mut().find(|(table, _)| *table == "entries") {
            *taken = taken.saturating_sub(lost);
        }
    }
    // What was signed before says nothing about chains that lack rows.
    let heads = office.checkpoints_that_hold()?;
    drop(office);
    let connection = source.writer()?;
    connection
        .execute("DELETE FROM checkpoints WHERE serial > $1", [i64::try_from(heads).unwrap_or(i64::MAX)])?;
    rows.retain(|(_, taken)| *taken > 0);
    Ok((rows, dropped))
}

fn entry(row: &Found) -> Option<EntryRow> {
    Some(EntryRow {
        id: EntryId(row.exactly("id")?),
        digest: row.exactly("digest")?,
        enrolment: EnrolmentId(row.exactly("enrolment_id")?),
        received_at: row.number("received_at"),
        sealed: row.bytes("sealed").to_vec(),
    })
}

/// A line of the log, if it is as it was written.
fn line(office: &Office, row: &Found) -> Option<AuditRow> {
    let line = AuditRow {
        id: row.exactly("id")?,
        what: u8::try_from(row.number("what")).ok()?,
        at: row.number("at"),
        received_at: row.number("received_at"),
        enrolment: row.exactly("enrolment_id").map(EnrolmentId),
        subject: row.exactly("subject"),
        digest: row.exactly("digest")?,
        sealed: row.bytes("sealed").to_vec(),
    };
    office.audit_detail(&line).is_some_and(|(_, sound)| sound).then_some(line)
}

/// Whether what is sealed in a row opens, and what proves itself does.
fn is_sound(office: &Office, table: &str, row: &Found) -> bool {
    let opens = |of: Table, key: &[u8], version: Option<u64>| {
        let opened = office.unseal(of, key, row.bytes("sealed")).ok();
        opened.is_some_and(|(opened, _)| version.is_none_or(|version| version == opened))
    };
    match table {
        "users" => opens(Table::Users, row.bytes("id"), None),
        "records" => opens(Table::Records, row.bytes("id"), Some(row.number("revision"))),
        "drafts" => opens(Table::Drafts, row.bytes("id"), Some(row.number("counter"))),
        "access_requests" => opens(Table::Requests, row.bytes("id"), None),
        "slip_secrets" => opens(Table::SlipSecrets, row.bytes("id"), None),
        "applications" => opens(Table::Applications, row.bytes("id"), Some(row.number("version"))),
        _ => true,
    }
}

/// Puts a row into its table, unless it points at what is lost. Whether it, or the same one, is there now.
fn put(connection: &Connection, table: &str, row: &Found) -> Result<bool, Fault> {
    let names: Vec<&str> = row.values.iter().map(|(name, _)| *name).collect();
    let places: Vec<String> = (1..=names.len()).map(|place| format!("${place}")).collect();
    let insert = format!(
        "INSERT INTO {table} ({}) VALUES ({}) ON CONFLICT DO NOTHING",
        names.join(", "),
        places.join(", ")
    );
    let values: Vec<Value> = row.values.iter().map(|(_, value)| value.clone()).collect();
    match connection.prepare_cached(&insert)?.execute(params_from_iter(values)) {
        Ok(_) => Ok(true),
        Err(error) if error.to_string().contains("constraint") => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Counters that stand beside the rows that they count, and what lacks its other half.
fn settle_numbers(connection: &Connection) -> Result<(), Fault> {
    let counters = [("envelopes", "envelopes"), ("letters", "letters"), ("applications", "applications")];
    for (counter, table) in counters {
        let update = format!(
            "UPDATE counters SET value = MAX(value, COALESCE((SELECT MAX(seq) FROM {table}), 0)) WHERE name = $1"
        );
        connection.execute(&update, [counter])?;
    }
    connection.execute_batch(
        "DELETE FROM carried WHERE envelope_seq NOT IN (SELECT envelope_seq FROM envelope_bytes); \
         DELETE FROM envelopes WHERE seq NOT IN (SELECT envelope_seq FROM envelope_bytes); \
         UPDATE chunks SET stated = 0; \
         UPDATE server SET unreadable_bytes = COALESCE((SELECT SUM(LENGTH(raw)) FROM unreadable), 0)",
    )?;
    Ok(())
}
