//! Rows of `Grants`.

use super::{SqlLedger, audit, int, number, places, sql};
use crate::server::ledger::{
    Asked, AuditRow, GrantKind, GrantRow, Grants, RecordRow, RequestRow, RequestState, Result,
};
use crate::server::sql as database;
use database::{Connection, OptionalExtension, Row, params};
use domain::{EnrolmentId, Kind, RecordId, UserId};

impl Grants for SqlLedger {
    fn active(&self, user: UserId, now: u64) -> Result<Vec<GrantRow>> {
        self.read(|connection| sql(active(connection, user, now)))
    }

    fn people_changed(&self, scope: &str, after: u64, limit: u32) -> Result<Vec<RecordRow>> {
        self.read(|connection| {
            let select = format!(
                "{} WHERE scope = $1 AND seq > $2 AND kind IN ({}, {}) ORDER BY seq LIMIT $3",
                places::select(),
                Kind::INDIVIDUAL.0,
                Kind::DOCUMENT.0
            );
            let mut select = sql(connection.prepare_cached(&select))?;
            sql(sql(select.query_map(params![scope, int(after), limit], places::record))?.collect())
        })
    }

    fn ask_access(
        &self,
        request: RequestRow,
        grant: Option<GrantRow>,
        most: Option<(u64, u64)>,
        line: AuditRow,
    ) -> Result<Asked> {
        self.writer.write(move |connection| {
            let asked = sql(ask(connection, &request, grant.as_ref(), most))?;
            if asked == Asked::New {
                sql(audit::append(connection, std::slice::from_ref(&line)))?;
            }
            Ok(asked)
        })
    }

    fn access_request(&self, id: [u8; 16]) -> Result<Option<RequestRow>> {
        self.read(|connection| {
            let select = format!("SELECT {REQUEST} FROM access_requests r WHERE r.id = $1");
            sql(sql(connection.prepare_cached(&select))?.query_row([id], |row| request(row, 0)).optional())
        })
    }

    fn access_requests(
        &self,
        user: Option<UserId>,
        since: u64,
        limit: u32,
    ) -> Result<Vec<(RequestRow, Option<GrantRow>)>> {
        self.read(|connection| {
            let select = format!(
                "SELECT {REQUEST}, g.from_at, g.until_at, g.ended_at \
                 FROM access_requests r LEFT JOIN grants g ON g.id = r.id \
                 WHERE (r.user_id = $1 OR $1 IS NULL) \
                 AND (r.asked_at >= $2 OR r.state = 0 OR (r.kind = 2 AND r.seen_at = 0)) \
                 ORDER BY r.asked_at DESC, r.id LIMIT $3"
            );
            let mut select = sql(connection.prepare_cached(&select))?;
            let row = |row: &Row<'_>| {
                let request = request(row, 0)?;
                let from: Option<i64> = row.get(REQUEST_COLUMNS)?;
                let grant = match from {
                    Some(_) => Some(GrantRow {
                        id: request.id,
                        user: request.user,
                        group: request.group,
                        kind: request.kind,
                        from: number(row, REQUEST_COLUMNS)?,
                        until: number(row, REQUEST_COLUMNS + 1)?,
                        ended: row.get::<_, Option<i64>>(REQUEST_COLUMNS + 2)?.map(i64::unsigned_abs),
                    }),
                    None => None,
                };
                Ok((request, grant))
            };
            let user = user.map(|user| user.0);
            sql(sql(select.query_map(params![user, int(since), limit], row))?.collect())
        })
    }

    fn answer_access(&self, answered: RequestRow, grant: Option<GrantRow>, line: AuditRow) -> Result<bool> {
        self.writer.write(move |connection| {
            let update = "UPDATE access_requests SET state = $1, answered_by = $2, answered_at = $3, sealed = $4 \
                          WHERE id = $5 AND state = 0";
            let RequestRow { id, state, answered_by, answered_at, sealed, .. } = &answered;
            let by = answered_by.map(|by| by.0);
            let row = params![*state as u8, by, int(*answered_at), sealed, id];
            let was_open = sql(connection.execute(update, row))? == 1;
            if let Some(grant) = grant.as_ref().filter(|_| was_open) {
                sql(insert_grant(connection, grant))?;
            }
            sql(noted(connection, was_open, &line))
        })
    }

    fn access_seen(&self, id: [u8; 16], by: UserId, now: u64, line: AuditRow) -> Result<bool> {
        self.writer.write(move |connection| {
            let update =
                "UPDATE access_requests SET seen_by = $1, seen_at = $2 WHERE id = $3 AND seen_at = 0";
            let was_new = sql(connection.execute(update, params![by.0, int(now), id]))? == 1;
            sql(noted(connection, was_new, &line))
        })
    }

    fn end_grant(&self, id: [u8; 16], now: u64, line: AuditRow) -> Result<bool> {
        self.writer.write(move |connection| {
            let update =
                "UPDATE grants SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL AND until_at > $1";
            let held = sql(connection.execute(update, params![int(now), id]))? == 1;
            sql(noted(connection, held, &line))
        })
    }
}

/// Writes the line of what was done in the same step, if it was.
fn noted(connection: &Connection, done: bool, line: &AuditRow) -> database::Result<bool> {
    if done {
        audit::append(connection, std::slice::from_ref(line))?;
    }
    Ok(done)
}

const REQUEST: &str = "r.id, r.user_id, r.enrolment_id, r.group_id, r.kind, r.asked_at, r.state, r.answered_by, \
                       r.answered_at, r.seen_by, r.seen_at, r.sealed";
/// How many those are.
const REQUEST_COLUMNS: usize = 12;

/// Of a row as this version writes it; a number that it does not know counts as the one that opens nothing.
fn request(row: &Row<'_>, first: usize) -> database::Result<RequestRow> {
    let user = |column: usize| row.get::<_, Option<[u8; 16]>>(first + column).map(|id| id.map(UserId));
    Ok(RequestRow {
        id: row.get(first)?,
        user: UserId(row.get(first + 1)?),
        enrolment: EnrolmentId(row.get(first + 2)?),
        group: RecordId(row.get(first + 3)?),
        kind: GrantKind::from_code(row.get(first + 4)?).unwrap_or(GrantKind::Request),
        asked_at: number(row, first + 5)?,
        state: RequestState::from_code(row.get(first + 6)?).unwrap_or(RequestState::Refused),
        answered_by: user(7)?,
        answered_at: number(row, first + 8)?,
        seen_by: user(9)?,
        seen_at: number(row, first + 10)?,
        sealed: row.get(first + 11)?,
    })
}

fn active(connection: &Connection, user: UserId, now: u64) -> database::Result<Vec<GrantRow>> {
    let select = "SELECT id, group_id, kind, from_at, until_at FROM grants \
                  WHERE user_id = $1 AND until_at > $2 AND from_at <= $2 AND ended_at IS NULL \
                  ORDER BY group_id, until_at";
    let row = |row: &Row<'_>| {
        Ok(GrantRow {
            id: row.get(0)?,
            user,
            group: RecordId(row.get(1)?),
            kind: GrantKind::from_code(row.get(2)?).unwrap_or(GrantKind::Request),
            from: number(row, 3)?,
            until: number(row, 4)?,
            ended: None,
        })
    };
    connection.prepare_cached(select)?.query_map(params![user.0, int(now)], row)?.collect()
}

/// In the one transaction that writes at a time: who asks twice at once has asked once.
fn ask(
    connection: &Connection,
    row: &RequestRow,
    grant: Option<&GrantRow>,
    most: Option<(u64, u64)>,
) -> database::Result<Asked> {
    let held = active(connection, row.user, row.asked_at)?;
    // What is open for three hours may still be asked for longer.
    let covers = |kind| kind == GrantKind::Request || row.kind == GrantKind::BreakGlass;
    let held = held.iter().find(|held| held.group == row.group && covers(held.kind)).map(|held| held.id);
    let select = format!(
        "SELECT {REQUEST} FROM access_requests r WHERE r.user_id = $1 AND r.group_id = $2 \
         AND (r.id = $3 OR (r.state = 0 AND r.kind = $4)) ORDER BY r.state DESC LIMIT 1"
    );
    let before = params![row.user.0, row.group.0, held, row.kind as u8];
    let mut select = connection.prepare_cached(&select)?;
    if let Some(before) = select.query_row(before, |row| request(row, 0)).optional()? {
        return Ok(Asked::Before(before));
    }
    if let Some((since, most)) = most {
        let count = "SELECT COUNT(*) FROM access_requests WHERE user_id = $1 AND kind = 2 AND asked_at > $2";
        let opened: i64 = connection.query_row(count, params![row.user.0, int(since)], |row| row.get(0))?;
        if opened.unsigned_abs() >= most {
            return Ok(Asked::TooMany);
        }
    }
    let RequestRow { id, user, enrolment, group, kind, asked_at, state, sealed, .. } = row;
    let insert = "INSERT INTO access_requests (id, user_id, enrolment_id, group_id, kind, asked_at, state, sealed) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = params![id, user.0, enrolment.0, group.0, *kind as u8, int(*asked_at), *state as u8, sealed];
    connection.prepare_cached(insert)?.execute(values)?;
    if let Some(grant) = grant {
        insert_grant(connection, grant)?;
    }
    Ok(Asked::New)
}

fn insert_grant(connection: &Connection, grant: &GrantRow) -> database::Result<()> {
    let GrantRow { id, user, group, kind, from, until, .. } = grant;
    let insert = "INSERT INTO grants (id, user_id, group_id, kind, from_at, until_at) \
                  VALUES ($1, $2, $3, $4, $5, $6)";
    let row = params![id, user.0, group.0, *kind as u8, int(*from), int(*until)];
    connection.prepare_cached(insert)?.execute(row).map(|_| ())
}
