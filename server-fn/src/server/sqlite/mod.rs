//! The ledger in one SQLite file: write-ahead log, `synchronous=FULL`, one writer, readers of their own.

mod applications;
mod appointments;
mod audit;
mod chunks;
mod grants;
mod lasting;
mod moves;
mod passkeys;
mod places;
mod road;
mod sealed;
mod shares;
mod slips;
mod staff;
mod staff_room;
mod writer;

use super::ledger::*;
use domain::{DraftId, EnrolmentId, EntryId, RecordId, UserId};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use seal::{Address, CapsuleId};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;
use writer::Writer;

/// Numbered steps; a released one is never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/sqlite/0001_ledger.sql"),
    include_str!("../../../migrations/sqlite/0002_attachments.sql"),
    include_str!("../../../migrations/sqlite/0003_places.sql"),
    include_str!("../../../migrations/sqlite/0004_grants.sql"),
    include_str!("../../../migrations/sqlite/0005_audit.sql"),
    include_str!("../../../migrations/sqlite/0006_staff.sql"),
    include_str!("../../../migrations/sqlite/0007_passkeys.sql"),
    include_str!("../../../migrations/sqlite/0008_carried.sql"),
    include_str!("../../../migrations/sqlite/0009_addressed.sql"),
    include_str!("../../../migrations/sqlite/0010_slips.sql"),
    include_str!("../../../migrations/sqlite/0011_applications.sql"),
    include_str!("../../../migrations/sqlite/0012_appointments.sql"),
];

/// A ledger in an SQLite file.
pub struct SqliteLedger {
    writer: Writer,
    readers: Mutex<Vec<Connection>>,
    path: PathBuf,
    identity: Identity,
}

impl SqliteLedger {
    /// Opens the file, making it and bringing it up to date as needed. `fresh` becomes the identity of a new one.
    ///
    /// # Errors
    /// When the file cannot be opened, or was made by a later version.
    pub fn open(path: &Path, fresh: Identity) -> Result<Self> {
        let mut connection = Connection::open(path).map_err(|error| unable(&error))?;
        prepare(&connection).map_err(|error| unable(&error))?;
        migrate(&mut connection)?;
        let identity = identify(&connection, fresh).map_err(|error| unable(&error))?;
        let writer = Writer::start(connection).map_err(|error| LedgerError::Unable(error.to_string()))?;
        Ok(Self { writer, readers: Mutex::default(), path: path.to_owned(), identity })
    }

    /// Reads on a connection of its own, beside whatever is being written.
    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = self.readers.lock().ok().and_then(|mut idle| idle.pop());
        let connection = match idle {
            Some(connection) => connection,
            None => self.reader().map_err(|error| unable(&error))?,
        };
        let outcome = read(&connection);
        if let Ok(mut idle) = self.readers.lock()
            && idle.len() < 16
        {
            idle.push(connection);
        }
        outcome
    }

    fn reader(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        prepare(&connection)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // NORMAL may lose the last commits at a power cut, and those were acknowledged.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -32_000)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<()> {
    let mut step = || -> rusqlite::Result<core::result::Result<(), i64>> {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        transaction.execute_batch("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")?;
        let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        let done: i64 =
            transaction
                .query_row("SELECT COALESCE(MAX(version), 0) FROM schema_version", [], |row| row.get(0))?;
        if done > known {
            return Ok(Err(done));
        }
        for (version, sql) in (1_i64..).zip(MIGRATIONS).filter(|(version, _)| *version > done) {
            transaction.execute_batch(sql)?;
            transaction.execute("INSERT INTO schema_version (version) VALUES ($1)", [version])?;
        }
        transaction.commit().map(Ok)
    };
    match step().map_err(|error| unable(&error))? {
        Ok(()) => Ok(()),
        Err(version) => Err(LedgerError::Unable(format!("the ledger is of later version {version}"))),
    }
}

fn identify(connection: &Connection, fresh: Identity) -> rusqlite::Result<Identity> {
    connection.execute(
        "INSERT INTO server (one, id, epoch) VALUES (1, $1, $2) ON CONFLICT (one) DO NOTHING",
        params![fresh.server, fresh.epoch],
    )?;
    connection.query_row("SELECT id, epoch FROM server", [], |row| {
        Ok(Identity { server: row.get(0)?, epoch: row.get(1)? })
    })
}

/// SQLite's errors name constraints and columns, never values.
fn unable(error: &rusqlite::Error) -> LedgerError {
    LedgerError::Unable(error.to_string())
}

fn sql<T>(outcome: rusqlite::Result<T>) -> Result<T> {
    outcome.map_err(|error| unable(&error))
}

/// SQLite's whole numbers are signed; ours never come near the sign.
fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|number| u64::try_from(number).unwrap_or(0))
}

impl Ledger for SqliteLedger {
    fn identity(&self) -> Identity {
        self.identity
    }

    fn set_epoch(&self, epoch: [u8; 16]) -> Result<()> {
        self.writer.write(move |connection| {
            sql(connection.execute("UPDATE server SET epoch = $1 WHERE one = 1", [epoch])).map(|_| ())
        })
    }

    fn key_check(&self, fresh: Vec<u8>) -> Result<Vec<u8>> {
        self.writer.write(move |connection| {
            let update = "UPDATE server SET key_check = $1 WHERE one = 1 AND key_check IS NULL";
            sql(connection.execute(update, [fresh]))?;
            sql(connection.query_row("SELECT key_check FROM server", [], |row| row.get(0)))
        })
    }

    fn mark(&self, name: &str, now: u64) -> Result<bool> {
        let name = name.to_owned();
        self.writer.write(move |connection| {
            let insert = "INSERT INTO marks (name, made_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
            sql(connection.execute(insert, params![name, int(now)])).map(|made| made == 0)
        })
    }

    fn is_marked(&self, name: &str) -> Result<bool> {
        self.read(|connection| {
            let select = "SELECT 1 FROM marks WHERE name = $1";
            sql(connection.query_row(select, [name], |_| Ok(())).optional()).map(|row| row.is_some())
        })
    }

    fn marked_at(&self, name: &str) -> Result<Option<u64>> {
        self.read(|connection| {
            let select = "SELECT made_at FROM marks WHERE name = $1";
            sql(connection.query_row(select, [name], |row| number(row, 0)).optional())
        })
    }

    fn invite(&self, user: UserRow, invitation: InvitationRow) -> Result<()> {
        self.writer.write(move |connection| sql(staff::invite(connection, &user, &invitation)))
    }

    fn enrol(&self, code: Digest, enrolment: EnrolmentRow, session: SessionRow) -> Result<Invited> {
        self.writer.write(move |connection| staff::enrol(connection, &code, enrolment, &session))
    }

    fn member(&self, enrolment: EnrolmentId) -> Result<Option<Member>> {
        self.read(|connection| sql(staff::member(connection, enrolment)))
    }

    fn holder_of_token(&self, token: Digest) -> Result<Option<EnrolmentId>> {
        self.read(|connection| {
            let mut select = sql(connection.prepare_cached("SELECT id FROM enrolments WHERE token = $1"))?;
            sql(select.query_row([token], |row| row.get(0).map(EnrolmentId)).optional())
        })
    }

    fn users(&self, ids: &[UserId]) -> Result<Vec<UserRow>> {
        self.read(|connection| sql(staff::users(connection, ids)))
    }

    fn set_user(&self, user: UserId, role: u8, site: &str, disabled: bool) -> Result<()> {
        let site = site.to_owned();
        self.writer.write(move |connection| {
            let update = "UPDATE users SET role = $1, site = $2, disabled = $3 WHERE id = $4";
            sql(connection.execute(update, params![role, site, disabled, user.0])).map(|_| ())
        })
    }

    fn open_session(&self, session: SessionRow, forget_before: u64) -> Result<()> {
        self.writer.write(move |connection| {
            let delete = "DELETE FROM sessions WHERE created_at < $1";
            sql(connection.execute(delete, [int(forget_before)]))?;
            let update = "UPDATE enrolments SET seen_at = $1 WHERE id = $2";
            sql(connection.execute(update, params![int(session.created_at), session.enrolment.0]))?;
            sql(staff::insert_session(connection, &session))
        })
    }

    fn session(&self, cookie: Digest) -> Result<Option<SessionRow>> {
        self.read(|connection| {
            let select = "SELECT enrolment_id, created_at FROM sessions WHERE cookie = $1";
            let mut select = sql(connection.prepare_cached(select))?;
            let row = select.query_row([cookie], |row| {
                Ok(SessionRow { cookie, enrolment: EnrolmentId(row.get(0)?), created_at: number(row, 1)? })
            });
            sql(row.optional())
        })
    }

    fn close_session(&self, cookie: Digest) -> Result<()> {
        self.writer.write(move |connection| {
            sql(connection.execute("DELETE FROM sessions WHERE cookie = $1", [cookie])).map(|_| ())
        })
    }

    fn store(&self, capsules: Vec<Vec<u8>>, arrivals: Vec<Arrival>, now: u64) -> Result<Vec<Stored>> {
        self.writer.write(move |connection| sql(road::store(connection, &capsules, &arrivals, now)))
    }

    fn keep_unreadable(&self, carrier: EnrolmentId, raw: Vec<Vec<u8>>, now: u64) -> Result<()> {
        self.writer.write(move |connection| {
            raw.iter()
                .try_for_each(|raw| sql(road::keep_unreadable(connection, carrier, raw, now)).map(|_| ()))
        })
    }

    fn capsule(&self, id: CapsuleId) -> Result<Option<Vec<u8>>> {
        self.read(|connection| {
            let mut select = sql(connection.prepare_cached("SELECT bytes FROM capsules WHERE id = $1"))?;
            sql(select.query_row([id.0], |row| row.get(0)).optional())
        })
    }

    fn kept(&self, state: State, after: u64, limit: u32) -> Result<Vec<KeptRow>> {
        self.read(|connection| sql(road::kept(connection, state, after, limit)))
    }

    fn try_judging(&self, seq: u64) -> Result<bool> {
        self.writer.write(move |connection| sql(road::try_judging(connection, seq)))
    }

    fn entry_digests(&self, ids: &[EntryId]) -> Result<Vec<Option<Digest>>> {
        self.read(|connection| sql(ids.iter().map(|id| road::entry_digest(connection, *id)).collect()))
    }

    fn records(&self, ids: &[RecordId]) -> Result<Vec<RecordRow>> {
        self.read(|connection| sql(places::records(connection, ids)))
    }

    fn draft(&self, id: DraftId) -> Result<Option<DraftRow>> {
        self.read(|connection| sql(road::draft(connection, id)))
    }

    fn enter(&self, batch: Batch) -> Result<()> {
        self.writer.write(move |connection| road::enter(connection, &batch))
    }

    fn holds_chunks(&self, addresses: &[Address]) -> Result<Vec<bool>> {
        self.read(|connection| sql(chunks::holds(connection, addresses)))
    }

    fn put_chunks(&self, carrier: EnrolmentId, chunks: Vec<Chunk>, now: u64) -> Result<Vec<bool>> {
        self.writer.write(move |connection| sql(chunks::put(connection, carrier, &chunks, now)))
    }

    fn chunks(&self, addresses: &[Address], room: usize) -> Result<Vec<Vec<u8>>> {
        self.read(|connection| sql(chunks::get(connection, addresses, room)))
    }

    fn chain(&self, after: u64, limit: u32) -> Result<Vec<Link>> {
        self.read(|connection| sql(road::chain(connection, after, limit)))
    }

    fn counts(&self) -> Result<Counts> {
        self.read(|connection| sql(road::counts(connection)))
    }

    fn settle(&self) -> Result<()> {
        self.writer.checkpoint()
    }
}
