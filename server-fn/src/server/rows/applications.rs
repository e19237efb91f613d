//! Rows of `Applications`.

use super::{SqlLedger, int, number, numbers, sql};
use crate::server::ledger::{
    ApplicationCounts, ApplicationRow, Applications, Digest, Held, LetterRow, LetterState, Origin, Result,
    Was,
};
use crate::server::sql as database;
use database::{Connection, OptionalExtension, Row, ToSql, params};
use domain::RecordId;

const APPLICATION: &str = "SELECT id, reference, day, is_open, version, sealed FROM applications";
/// Applications of one reference that are looked at from either end.
const OF_EACH_END: u32 = 32;
const LETTER: &str = "SELECT seq, id, state, network, reference, received_at, raw FROM letters";

fn application(row: &Row<'_>) -> database::Result<ApplicationRow> {
    Ok(ApplicationRow {
        id: RecordId(row.get(0)?),
        reference: row.get(1)?,
        day: row.get(2)?,
        is_open: row.get(3)?,
        version: number(row, 4)?,
        sealed: row.get(5)?,
    })
}

fn letter(row: &Row<'_>) -> database::Result<LetterRow> {
    Ok(LetterRow {
        seq: number(row, 0)?,
        id: row.get(1)?,
        state: state(row.get(2)?),
        origin: row.get(3)?,
        reference: row.get(4)?,
        received_at: number(row, 5)?,
        raw: row.get(6)?,
    })
}

/// One of a later version is left alone.
fn state(code: u8) -> LetterState {
    match code {
        0 => LetterState::Waiting,
        1 => LetterState::Quarantined,
        _ => LetterState::Apart,
    }
}

impl SqlLedger {
    fn applications(&self, wanted: &str, values: &[&dyn ToSql]) -> Result<Vec<ApplicationRow>> {
        self.read(|connection| {
            let mut select = sql(connection.prepare_cached(&format!("{APPLICATION} {wanted}")))?;
            sql(sql(select.query_map(values, application))?.collect())
        })
    }

    fn letter_rows(&self, wanted: &str, values: &[&dyn ToSql]) -> Result<Vec<LetterRow>> {
        self.read(|connection| {
            let mut select = sql(connection.prepare_cached(&format!("{LETTER} {wanted}")))?;
            sql(sql(select.query_map(values, letter))?.collect())
        })
    }
}

fn put(connection: &Connection, row: &ApplicationRow) -> database::Result<bool> {
    let upsert = "INSERT INTO applications (id, reference, day, is_open, version, sealed, seq) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET reference = excluded.reference, \
                  day = excluded.day, is_open = excluded.is_open, version = excluded.version, \
                  sealed = excluded.sealed WHERE applications.version = excluded.version - 1";
    let ApplicationRow { id, reference, day, is_open, version, sealed } = row;
    // Given up where it is here already: numbers need not follow one another.
    let seq = int(numbers(connection, "applications", 1)?);
    let values = params![id.0, reference, day, is_open, int(*version), sealed, seq];
    connection.prepare_cached(upsert)?.execute(values).map(|rows| rows == 1)
}

fn keep(connection: &Connection, row: &LetterRow) -> database::Result<bool> {
    let insert = "INSERT INTO letters (id, state, network, reference, received_at, raw, seq) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
    let LetterRow { id, state, origin, reference, received_at, raw, .. } = row;
    let seq = int(numbers(connection, "letters", 1)?);
    let values = params![id, *state as u8, origin, reference, int(*received_at), raw, seq];
    connection.prepare_cached(insert)?.execute(values).map(|rows| rows == 1)
}

fn was(connection: &Connection, id: [u8; 16]) -> database::Result<Option<Was>> {
    let select = "SELECT state, network, LENGTH(raw) FROM letters WHERE id = $1";
    let row =
        |row: &Row<'_>| Ok(Was { state: state(row.get(0)?), origin: row.get(1)?, bytes: number(row, 2)? });
    connection.prepare_cached(select)?.query_row([id], row).optional()
}

fn counts(connection: &Connection) -> database::Result<ApplicationCounts> {
    let select = "SELECT (SELECT COUNT(*) FROM applications), \
                  (SELECT COUNT(*) FROM applications WHERE is_open = 1), \
                  (SELECT COUNT(*) FROM letters WHERE state = 0), \
                  (SELECT COUNT(*) FROM letters WHERE state = 1), \
                  (SELECT COUNT(*) FROM letters WHERE state > 1)";
    connection.query_row(select, [], |row| {
        Ok(ApplicationCounts {
            taken: number(row, 0)?,
            open: number(row, 1)?,
            waiting: number(row, 2)?,
            quarantined: number(row, 3)?,
            apart: number(row, 4)?,
        })
    })
}

impl Applications for SqlLedger {
    fn application(&self, id: RecordId) -> Result<Option<ApplicationRow>> {
        self.applications("WHERE id = $1", &[&id.0]).map(|rows| rows.into_iter().next())
    }

    fn applications_of(&self, reference: Digest) -> Result<Vec<ApplicationRow>> {
        // By when the server was first told of each: an id says what its phone likes.
        let wanted = "WHERE seq IN (SELECT seq FROM (SELECT seq FROM applications WHERE reference = $1 \
                      ORDER BY seq LIMIT $2) AS first UNION SELECT seq FROM (SELECT seq FROM applications \
                      WHERE reference = $1 ORDER BY seq DESC LIMIT $2) AS last) ORDER BY seq";
        self.applications(wanted, &[&reference, &OF_EACH_END])
    }

    fn put_application(&self, row: ApplicationRow) -> Result<bool> {
        self.writer.write(move |connection| sql(put(connection, &row)))
    }

    fn open_applications(&self, before: u32, limit: u32) -> Result<Vec<ApplicationRow>> {
        self.applications("WHERE is_open = 1 AND day < $1 ORDER BY day LIMIT $2", &[&before, &limit])
    }

    fn keep_letter(&self, letter: LetterRow) -> Result<bool> {
        self.writer.write(move |connection| sql(keep(connection, &letter)))
    }

    fn letters(&self, state: LetterState, after: u64, limit: u32) -> Result<Vec<LetterRow>> {
        let wanted = "WHERE state = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        self.letter_rows(wanted, &[&(state as u8), &int(after), &limit])
    }

    fn letters_of(&self, reference: Digest, limit: u32) -> Result<Vec<LetterRow>> {
        let wanted = "WHERE seq IN (SELECT seq FROM (SELECT seq FROM letters WHERE reference = $1 AND state < 2 \
                      ORDER BY seq LIMIT $2) AS first UNION SELECT seq FROM (SELECT seq FROM letters \
                      WHERE reference = $1 AND state < 2 ORDER BY seq DESC LIMIT $2) AS last) ORDER BY seq";
        self.letter_rows(wanted, &[&reference, &limit.div_ceil(2)])
    }

    fn letter_state(&self, id: [u8; 16]) -> Result<Option<LetterState>> {
        self.read(|connection| sql(was(connection, id)).map(|was| was.map(|was| was.state)))
    }

    fn oldest_letter(&self, origin: Origin) -> Result<Option<LetterRow>> {
        let wanted = "WHERE state = 1 AND network = $1 ORDER BY seq LIMIT 1";
        self.letter_rows(wanted, &[&origin]).map(|rows| rows.into_iter().next())
    }

    fn try_letter(&self, id: [u8; 16]) -> Result<u32> {
        self.writer.write(move |connection| {
            let select = "SELECT tried FROM letters WHERE id = $1";
            let tried = sql(connection.prepare_cached(select))?.query_row([id], |row| row.get(0));
            let tried = sql(tried.optional())?;
            let update = "UPDATE letters SET tried = tried + 1 WHERE id = $1";
            sql(sql(connection.prepare_cached(update))?.execute([id]))?;
            Ok(tried.unwrap_or(0))
        })
    }

    fn set_letter(&self, id: [u8; 16], state: LetterState) -> Result<Option<Was>> {
        self.writer.write(move |connection| {
            let was = sql(was(connection, id))?;
            let update = "UPDATE letters SET state = $1, tried = 0 WHERE id = $2";
            sql(sql(connection.prepare_cached(update))?.execute(params![state as u8, id]))?;
            Ok(was)
        })
    }

    fn forget_letter(&self, id: [u8; 16]) -> Result<Option<Was>> {
        self.writer.write(move |connection| {
            let was = sql(was(connection, id))?;
            sql(sql(connection.prepare_cached("DELETE FROM letters WHERE id = $1"))?.execute([id]))?;
            Ok(was)
        })
    }

    fn quarantine(&self) -> Result<Vec<Held>> {
        self.read(|connection| {
            let select = "SELECT network, COUNT(*), CAST(SUM(LENGTH(raw)) AS BIGINT) FROM letters \
                 WHERE state = 1 GROUP BY network";
            let mut select = sql(connection.prepare_cached(select))?;
            let held = |row: &Row<'_>| {
                Ok(Held { origin: row.get(0)?, rows: number(row, 1)?, bytes: number(row, 2)? })
            };
            sql(sql(select.query_map([], held))?.collect())
        })
    }

    fn application_counts(&self) -> Result<ApplicationCounts> {
        self.read(|connection| sql(counts(connection)))
    }
}
