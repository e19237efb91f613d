//! Rows of `Trail`.

use super::{SqlLedger, int, number, sql};
use crate::server::ledger::{
    AuditFilter, AuditLink, AuditRow, Digest, Echo, Heads, Result, Trail, audit_chained,
};
use crate::server::sql as database;
use database::{Connection, OptionalExtension, Row, ToSql, params, params_from_iter};
use domain::{EnrolmentId, UserId};

impl Trail for SqlLedger {
    fn note(&self, rows: Vec<AuditRow>) -> Result<()> {
        self.writer.write(move |connection| sql(append(connection, &rows)))
    }

    fn audit(&self, filter: &AuditFilter, before: Option<u64>, limit: u32) -> Result<Vec<AuditLink>> {
        self.read(|connection| sql(filtered(connection, filter, before, limit)))
    }

    fn audit_chain(&self, after: u64, limit: u32) -> Result<Vec<AuditLink>> {
        self.read(|connection| {
            let select = format!("{ROW} WHERE seq > $1 ORDER BY seq LIMIT $2");
            let mut select = sql(connection.prepare_cached(&select))?;
            sql(sql(select.query_map(params![int(after), limit], link))?.collect())
        })
    }

    fn heads(&self) -> Result<Heads> {
        self.read(|connection| {
            // One statement, so that both are of one moment.
            let select = "SELECT (SELECT MAX(seq) FROM entries), \
                          (SELECT chain FROM entries ORDER BY seq DESC LIMIT 1), \
                          (SELECT MAX(seq) FROM audit), (SELECT chain FROM audit ORDER BY seq DESC LIMIT 1)";
            sql(sql(connection.prepare_cached(select))?.query_row([], |row| {
                let seq = |column| -> database::Result<u64> {
                    Ok(row.get::<_, Option<i64>>(column)?.map_or(0, i64::unsigned_abs))
                };
                let head = |column| -> database::Result<Digest> {
                    Ok(row.get::<_, Option<Digest>>(column)?.unwrap_or_default())
                };
                Ok(Heads {
                    entries_seq: seq(0)?,
                    entries_head: head(1)?,
                    audit_seq: seq(2)?,
                    audit_head: head(3)?,
                })
            }))
        })
    }

    fn heads_at(&self, entries_seq: u64, audit_seq: u64) -> Result<(Option<Digest>, Option<Digest>)> {
        self.read(|connection| {
            let at = |select: &str, seq: u64| -> database::Result<Option<Digest>> {
                if seq == 0 {
                    return Ok(Some([0; 32]));
                }
                connection.prepare_cached(select)?.query_row([int(seq)], |row| row.get(0)).optional()
            };
            let entries = sql(at("SELECT chain FROM entries WHERE seq = $1", entries_seq))?;
            Ok((entries, sql(at("SELECT chain FROM audit WHERE seq = $1", audit_seq))?))
        })
    }

    fn keep_checkpoint(
        &self,
        serial: u64,
        at: u64,
        bytes: Vec<u8>,
        key: ([u8; 32], Vec<u8>),
    ) -> Result<bool> {
        self.writer.write(move |connection| {
            let insert = "INSERT INTO checkpoint_keys (signing, vouched) VALUES ($1, $2) \
                          ON CONFLICT (signing) DO NOTHING";
            sql(sql(connection.prepare_cached(insert))?.execute(params![key.0, key.1]))?;
            let insert = "INSERT INTO checkpoints (serial, made_at, bytes) VALUES ($1, $2, $3) \
                          ON CONFLICT (serial) DO NOTHING";
            let row = params![int(serial), int(at), bytes];
            sql(sql(connection.prepare_cached(insert))?.execute(row)).map(|rows| rows == 1)
        })
    }

    fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<(u64, Vec<u8>)>> {
        self.read(|connection| {
            let select = "SELECT serial, bytes FROM checkpoints WHERE serial > $1 ORDER BY serial LIMIT $2";
            let mut select = sql(connection.prepare_cached(select))?;
            let row = |row: &Row<'_>| Ok((number(row, 0)?, row.get(1)?));
            sql(sql(select.query_map(params![int(after), limit], row))?.collect())
        })
    }

    fn last_checkpoint(&self) -> Result<Option<(u64, Vec<u8>)>> {
        self.read(|connection| {
            let select = "SELECT serial, bytes FROM checkpoints ORDER BY serial DESC LIMIT 1";
            let row = |row: &Row<'_>| Ok((number(row, 0)?, row.get(1)?));
            sql(sql(connection.prepare_cached(select))?.query_row([], row).optional())
        })
    }

    fn checkpoint_keys(&self) -> Result<Vec<Vec<u8>>> {
        self.read(|connection| {
            let mut select = sql(connection.prepare_cached("SELECT vouched FROM checkpoint_keys"))?;
            sql(sql(select.query_map([], |row| row.get(0)))?.collect())
        })
    }

    fn keep_echo(&self, echo: Echo) -> Result<bool> {
        self.writer.write(move |connection| sql(keep_echo(connection, &echo)))
    }

    fn echoes(&self) -> Result<Vec<Echo>> {
        self.read(|connection| {
            let select =
                "SELECT enrolment_id, received_at, contradicted, bytes FROM echoes ORDER BY received_at";
            let row = |row: &Row<'_>| {
                Ok(Echo {
                    enrolment: EnrolmentId(row.get(0)?),
                    received_at: number(row, 1)?,
                    contradicted: row.get(2)?,
                    bytes: row.get(3)?,
                })
            };
            sql(sql(sql(connection.prepare_cached(select))?.query_map([], row))?.collect())
        })
    }

    fn users_of(&self, enrolments: &[EnrolmentId]) -> Result<Vec<(EnrolmentId, UserId)>> {
        self.read(|connection| {
            let mut select = sql(connection.prepare_cached("SELECT user_id FROM enrolments WHERE id = $1"))?;
            let mut found = Vec::with_capacity(enrolments.len());
            for id in enrolments {
                let user = sql(select.query_row([id.0], |row| row.get(0).map(UserId)).optional())?;
                found.extend(user.map(|user| (*id, user)));
            }
            Ok(found)
        })
    }
}

const ROW: &str =
    "SELECT seq, id, what, at, received_at, enrolment_id, subject, digest, sealed, chain FROM audit";

fn link(row: &Row<'_>) -> database::Result<AuditLink> {
    let audit = AuditRow {
        id: row.get(1)?,
        what: row.get(2)?,
        at: number(row, 3)?,
        received_at: number(row, 4)?,
        enrolment: row.get::<_, Option<[u8; 16]>>(5)?.map(EnrolmentId),
        subject: row.get(6)?,
        digest: row.get(7)?,
        sealed: row.get(8)?,
    };
    Ok(AuditLink { seq: number(row, 0)?, row: audit, chain: row.get(9)? })
}

/// Appends rows to the chain, in the one transaction that writes at a time.
pub fn append(connection: &Connection, rows: &[AuditRow]) -> database::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let last = "SELECT seq, chain FROM audit ORDER BY seq DESC LIMIT 1";
    let mut last = connection.prepare_cached(last)?;
    let (mut seq, mut chain) = (0, [0; 32]);
    if let Some((at, head)) = last.query_row([], |row| Ok((number(row, 0)?, row.get(1)?))).optional()? {
        (seq, chain) = (at, head);
    }
    let mut is_here = connection.prepare_cached("SELECT 1 FROM audit WHERE id = $1")?;
    let insert = "INSERT INTO audit \
                  (seq, id, what, at, received_at, enrolment_id, subject, digest, sealed, chain) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let mut insert = connection.prepare_cached(insert)?;
    for row in rows {
        if is_here.exists([row.id])? {
            continue;
        }
        seq += 1;
        chain = audit_chained(&chain, row);
        let AuditRow { id, what, at, received_at, enrolment, subject, digest, sealed } = row;
        let enrolment = enrolment.map(|enrolment| enrolment.0);
        let (at, received_at) = (int(*at), int(*received_at));
        insert.execute(params![
            int(seq),
            id,
            what,
            at,
            received_at,
            enrolment,
            subject,
            digest,
            sealed,
            chain
        ])?;
    }
    Ok(())
}

fn filtered(
    connection: &Connection,
    filter: &AuditFilter,
    before: Option<u64>,
    limit: u32,
) -> database::Result<Vec<AuditLink>> {
    let mut select = format!("{ROW} WHERE seq < $1");
    let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(before.map_or(i64::MAX, int))];
    // A condition that is not asked for is left out: the others then have their index.
    let mut narrow = |condition: &str, value: Option<Box<dyn ToSql>>| {
        if let Some(value) = value {
            values.push(value);
            select.push_str(&format!(" AND {condition}").replace('#', &format!("${}", values.len())));
        }
    };
    let boxed = |number: u64| Box::new(int(number)) as Box<dyn ToSql>;
    let of_user = "enrolment_id IN (SELECT id FROM enrolments WHERE user_id = #)";
    narrow(of_user, filter.user.map(|user| Box::new(user.0) as Box<dyn ToSql>));
    narrow("subject = #", filter.subject.map(|subject| Box::new(subject) as Box<dyn ToSql>));
    narrow("at >= #", filter.from.map(boxed));
    narrow("at < #", filter.until.map(boxed));
    values.push(Box::new(limit));
    select.push_str(&format!(" ORDER BY seq DESC LIMIT ${}", values.len()));
    connection.prepare_cached(&select)?.query_map(params_from_iter(values), link)?.collect()
}

fn keep_echo(connection: &Connection, echo: &Echo) -> database::Result<bool> {
    let Echo { enrolment, received_at, contradicted, bytes } = echo;
    if !contradicted {
        let delete = "DELETE FROM echoes WHERE enrolment_id = $1 AND contradicted = 0 AND digest <> $2";
        connection.prepare_cached(delete)?.execute(params![enrolment.0, seal::digest(bytes)])?;
    }
    let insert = "INSERT INTO echoes (digest, enrolment_id, received_at, contradicted, bytes) \
                  VALUES ($1, $2, $3, $4, $5) ON CONFLICT (digest) DO UPDATE SET contradicted = 1 \
                  WHERE echoes.contradicted = 0 AND excluded.contradicted = 1";
    let row = params![seal::digest(bytes), enrolment.0, int(*received_at), contradicted, bytes];
    connection.prepare_cached(insert)?.execute(row).map(|rows| rows > 0)
}
