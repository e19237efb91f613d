//! Rows of `Lasting`: who carried what is parked for good.

use super::{SqlLedger, int, number, road, sql};
use crate::server::ledger::{
    KeptRow, LASTING, LASTING_ROOM, Lasting, LedgerError, REFUSED, Result, UNWELCOME_ROOM, counted,
};
use crate::server::sql as database;
use database::{Connection, OptionalExtension, params};
use domain::EnrolmentId;

impl Lasting for SqlLedger {
    fn lasting_room(&self, carrier: EnrolmentId) -> Result<u64> {
        self.read(|connection| sql(room(connection, carrier)))
    }

    fn changeable(&self, after: u64, limit: u32) -> Result<Vec<KeptRow>> {
        self.read(|connection| sql(changeable(connection, after, limit)))
    }
}

fn room(connection: &Connection, carrier: EnrolmentId) -> database::Result<u64> {
    let unwelcome = "SELECT 1 FROM enrolments JOIN users ON users.id = user_id \
                     WHERE enrolments.id = $1 AND (revoked <> 0 OR disabled <> 0)";
    let room = if connection.prepare_cached(unwelcome)?.exists([carrier.0])? {
        UNWELCOME_ROOM
    } else {
        LASTING_ROOM
    };
    // Read from the index alone, and of few thousand rows at most.
    let sum = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM carried WHERE carrier_id = $1";
    let used = connection.prepare_cached(sum)?.query_row([carrier.0], |row| number(row, 0))?;
    Ok(room.saturating_sub(used))
}

fn changeable(connection: &Connection, after: u64, limit: u32) -> database::Result<Vec<KeptRow>> {
    let lasting =
        LASTING.iter().chain(REFUSED).map(|reason| format!("'{reason}'")).collect::<Vec<_>>().join(", ");
    let select = format!(
        "SELECT seq, state, reason, received_at, raw FROM envelopes JOIN envelope_bytes ON envelope_seq = seq \
         WHERE state = 2 AND state <> 1 AND seq > $1 AND reason NOT IN ({lasting}) ORDER BY seq LIMIT $2"
    );
    let mut select = connection.prepare_cached(&select)?;
    select.query_map(params![int(after), limit], road::kept_row)?.collect()
}

/// Parks an envelope in the room of whoever carried it. [`LedgerError::Moved`] when it is not here any more: somebody
/// who judged it at the same moment found no room for it, and what is acknowledged must lie here.
pub fn hold(connection: &Connection, seq: u64, carrier: EnrolmentId, reason: &str) -> Result<()> {
    let size = "SELECT LENGTH(raw) FROM envelope_bytes WHERE envelope_seq = $1";
    let size = sql(connection.prepare_cached(size))?.query_row([int(seq)], |row| row.get::<_, i64>(0));
    let Some(size) = sql(size.optional())? else {
        let mut is_here = sql(connection.prepare_cached("SELECT 1 FROM envelopes WHERE seq = $1"))?;
        return if sql(is_here.exists([int(seq)]))? { Ok(()) } else { Err(LedgerError::Moved) };
    };
    if !sql(road::park(connection, seq, reason))? {
        // Judged otherwise meanwhile, and kept.
        return Ok(());
    }
    let insert = "INSERT INTO carried (envelope_seq, carrier_id, size) VALUES ($1, $2, $3) \
                  ON CONFLICT (envelope_seq) DO NOTHING";
    let size = counted(usize::try_from(size).unwrap_or(usize::MAX));
    sql(sql(connection.prepare_cached(insert))?.execute(params![int(seq), carrier.0, int(size)])).map(|_| ())
}

/// Gives back the room that an envelope took.
pub fn release(connection: &Connection, seq: u64) -> database::Result<()> {
    let delete = "DELETE FROM carried WHERE envelope_seq = $1";
    connection.prepare_cached(delete)?.execute([int(seq)]).map(|_| ())
}
