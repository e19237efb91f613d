//! Rows of `Appointments`.

use super::places::{record, select};
use super::{SqlLedger, int, sql};
use crate::server::ledger::{Appointments, Digest, RecordRow, Reminder, Result};
use crate::server::sql as database;
use database::{OptionalExtension, params};
use domain::Kind;

/// A reminder that went out, or is on its way, waits for this time.
const NEVER: u64 = i64::MAX as u64;

impl Appointments for SqlLedger {
    fn appointments_changed(&self, after: u64, limit: u32) -> Result<Vec<RecordRow>> {
        self.read(|connection| {
            // As the index says it, or it would not be used.
            let kinds = format!("kind IN ({}, {})", Kind::APPLICATION.0, Kind::AGENDA.0);
            let query = format!("{} WHERE {kinds} AND seq > $1 ORDER BY seq LIMIT $2", select());
            let mut statement = sql(connection.prepare_cached(&query))?;
            sql(sql(statement.query_map(params![int(after), limit], record))?.collect())
        })
    }

    fn reminders_open(&self, keys: &[Digest], now: u64) -> Result<Vec<bool>> {
        self.read(|connection| {
            let select = "SELECT not_before <= $1 FROM reminders WHERE key = $2";
            let mut select = sql(connection.prepare_cached(select))?;
            let mut open = |key: &Digest| {
                let row = select.query_row(params![int(now), key], |row| row.get(0));
                sql(row.optional()).map(|open| open.unwrap_or(true))
            };
            keys.iter().map(&mut open).collect()
        })
    }

    fn begin_reminder(&self, key: Digest, now: u64) -> Result<Option<u32>> {
        self.writer.write(move |connection| {
            let select = "SELECT tries FROM reminders WHERE key = $1";
            let tries: Option<u32> = sql(connection.query_row(select, [key], |row| row.get(0)).optional())?;
            let put = "INSERT INTO reminders (key, begun_at, not_before, tries) VALUES ($1, $2, $3, 1) \
                       ON CONFLICT (key) DO UPDATE \
                       SET tries = reminders.tries + 1, not_before = $3 WHERE reminders.not_before <= $2";
            let begun = sql(connection.execute(put, params![key, int(now), int(NEVER)]))?;
            Ok((begun > 0).then_some(tries.unwrap_or(0)))
        })
    }

    fn end_reminder(&self, key: Digest, ended: Reminder) -> Result<()> {
        let Reminder::Again(not_before) = ended else { return Ok(()) };
        self.writer.write(move |connection| {
            let update = "UPDATE reminders SET not_before = $1 WHERE key = $2";
            sql(connection.execute(update, params![int(not_before), key])).map(|_| ())
        })
    }

    fn forget_reminders(&self, before: u64) -> Result<()> {
        self.writer.write(move |connection| {
            sql(connection.execute("DELETE FROM reminders WHERE begun_at < $1", [int(before)])).map(|_| ())
        })
    }
}
