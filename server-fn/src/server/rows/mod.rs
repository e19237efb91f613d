//! The ledger in tables of a database: one SQLite file, or PostgreSQL. Its statements are written once, for both.
//!
//! One thread writes, and what waits for it meanwhile goes into one commit. On PostgreSQL several processes may do so at
//! once: each transaction that writes first locks the one row of "server", so there is one writer at a time all the same,
//! and the numbers it gives become visible in their order. Readers have connections of their own.

mod applications;
mod appointments;
mod audit;
mod chunks;
mod grants;
mod lasting;
mod migrations;
mod moves;
mod passkeys;
mod places;
mod road;
mod sealed;
mod several;
mod shares;
mod slips;
mod staff;
mod staff_room;
mod writer;

use super::ledger::*;
use crate::server::sql as database;
use database::{Connection, OptionalExtension, Row, Source, params};
use domain::{DraftId, EnrolmentId, EntryId, RecordId, UserId};
pub(in crate::server) use migrations::bring_up_to_date;
use seal::{Address, CapsuleId};
use std::sync::{Mutex, PoisonError, RwLock};
use writer::Writer;

/// A ledger in tables of a database.
pub struct SqlLedger {
    writer: Writer,
    readers: Mutex<Vec<Connection>>,
    source: Source,
    /// As it was when this program looked last.
    identity: RwLock<Identity>,
}

/// Connections for reading that are kept while nobody reads.
const IDLE: usize = 16;

impl SqlLedger {
    /// Opens the database, bringing it up to date as needed; a file is made, a database must be there. `fresh` becomes
    /// the identity of a new one. Two programs may begin at the same moment.
    ///
    /// # Errors
    /// When the database cannot be opened or reached, or was made by a later version.
    pub fn open(source: Source, fresh: Identity) -> Result<Self> {
        let connection = sql(source.writer())?;
        migrations::bring_up_to_date(&connection)?;
        let identity = sql(identify(&connection, fresh))?;
        let writer = Writer::start(connection, source.clone());
        let writer = writer.map_err(|error| LedgerError::Unable(error.to_string()))?;
        Ok(Self { writer, readers: Mutex::default(), source, identity: RwLock::new(identity) })
    }

    /// Notes which ledger this is by now.
    fn is_now(&self, identity: Identity) {
        *self.identity.write().unwrap_or_else(PoisonError::into_inner) = identity;
    }

    /// Reads on a connection of its own, beside whatever is being written. A connection that has gone meanwhile is
    /// replaced, once.
    fn read<T>(&self, mut read: impl FnMut(&Connection) -> Result<T>) -> Result<T> {
        let idle = self.readers.lock().ok().and_then(|mut idle| idle.pop());
        if let Some(connection) = idle {
            let outcome = read(&connection);
            if !connection.is_broken() {
                self.keep(connection);
                return outcome;
            }
            // What went away took the others with it.
            if let Ok(mut idle) = self.readers.lock() {
                idle.clear();
            }
        }
        let connection = sql(self.source.reader())?;
        let outcome = read(&connection);
        self.keep(connection);
        outcome
    }

    fn keep(&self, connection: Connection) {
        if let Ok(mut idle) = self.readers.lock()
            && idle.len() < IDLE
            && !connection.is_broken()
        {
            idle.push(connection);
        }
    }
}

fn identify(connection: &Connection, fresh: Identity) -> database::Result<Identity> {
    connection.execute(
        "INSERT INTO server (one, id, epoch) VALUES (1, $1, $2) ON CONFLICT (one) DO NOTHING",
        params![fresh.server, fresh.epoch],
    )?;
    several::identity(connection)
}

/// The words of both databases' errors name constraints and columns, never values.
fn unable(error: &database::Error) -> LedgerError {
    LedgerError::Unable(error.to_string())
}

fn sql<T>(outcome: database::Result<T>) -> Result<T> {
    outcome.map_err(|error| unable(&error))
}

/// Both databases' whole numbers are signed; ours never come near the sign.
fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn number(row: &Row<'_>, column: usize) -> database::Result<u64> {
    row.get::<_, i64>(column).map(|number| u64::try_from(number).unwrap_or(0))
}

/// The next numbers of a counter, so many of them; the first one. In the one transaction that writes at a time: unlike a
/// sequence of the database, whoever gets a later number commits later.
fn numbers(connection: &Connection, counter: &str, many: usize) -> database::Result<u64> {
    let many = i64::try_from(many).unwrap_or(i64::MAX);
    let update = "UPDATE counters SET value = value + $1 WHERE name = $2 RETURNING value - $1 + 1";
    connection.prepare_cached(update)?.query_row(params![many, counter], |row| number(row, 0))
}

impl Ledger for SqlLedger {
    fn identity(&self) -> Identity {
        *self.identity.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn key_check(&self, fresh: Vec<u8>) -> Result<Vec<u8>> {
        self.writer.write(move |connection| {
            let update = "UPDATE server SET key_check = $1 WHERE one = 1 AND key_check IS NULL";
            sql(connection.execute(update, [&fresh]))?;
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
        self.writer.write(move |connection| staff::enrol(connection, &code, enrolment.clone(), &session))
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
        self.writer.write(move |connection| sql(staff::open_session(connection, &session, forget_before)))
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

    fn not_tried(&self, seqs: &[u64]) -> Result<()> {
        let seqs = seqs.to_vec();
        self.writer.write(move |connection| sql(road::not_tried(connection, &seqs)))
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
