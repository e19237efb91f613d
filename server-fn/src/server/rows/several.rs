//! Rows of `Several`.

use super::{SqlLedger, audit, int, number, passkeys, sql, staff};
use crate::server::ledger::{
    AuditRow, Claimed, DeviceRow, Digest, EnrolmentRow, Identity, Known, Program, Result, SessionRow,
    Several, UserRow,
};
use crate::server::sql as database;
use database::{Connection, OptionalExtension, params};

impl Several for SqlLedger {
    fn look(&self) -> Result<Identity> {
        let found = self.read(|connection| sql(identity(connection)))?;
        self.is_now(found);
        Ok(found)
    }

    fn begin_epoch(&self, former: [u8; 16], epoch: [u8; 16], line: AuditRow) -> Result<bool> {
        let (began, found) = self.writer.write(move |connection| {
            let update = "UPDATE server SET epoch = $1 WHERE one = 1 AND epoch = $2";
            let began = sql(connection.execute(update, params![epoch, former]))? == 1;
            if began {
                sql(end_secrets(connection, line.received_at))?;
                sql(audit::append(connection, std::slice::from_ref(&line)))?;
            }
            Ok((began, sql(identity(connection))?))
        })?;
        self.is_now(found);
        Ok(began)
    }

    fn begin_session(
        &self,
        session: SessionRow,
        forget_before: u64,
        challenge: Digest,
        until: u64,
    ) -> Result<bool> {
        self.writer.write(move |connection| {
            let forget = "DELETE FROM used_challenges WHERE until_at < $1";
            sql(sql(connection.prepare_cached(forget))?.execute([int(session.created_at)]))?;
            let insert = "INSERT INTO used_challenges (challenge, until_at) VALUES ($1, $2) \
                          ON CONFLICT (challenge) DO NOTHING";
            let fresh =
                sql(sql(connection.prepare_cached(insert))?.execute(params![challenge, int(until)]))? == 1;
            if fresh {
                sql(staff::open_session(connection, &session, forget_before))?;
            }
            Ok(fresh)
        })
    }

    fn take_over_staff(&self, known: Known) -> Result<(u64, u64, u64)> {
        self.writer.write(move |connection| sql(take_over(connection, &known)))
    }

    fn serves(&self, program: Program, now: u64) -> Result<()> {
        self.writer.write(move |connection| {
            let now = sql(there(connection, now))?;
            let upsert = "INSERT INTO programs (holder, place, seen_at) VALUES ($1, $2, $3) \
                          ON CONFLICT (holder) DO UPDATE SET seen_at = excluded.seen_at";
            let row = params![program.holder, program.place, now];
            sql(sql(connection.prepare_cached(upsert))?.execute(row)).map(|_| ())
        })
    }

    fn serves_no_more(&self, holder: [u8; 16]) -> Result<()> {
        self.writer.write(move |connection| sql(end(connection, holder)))
    }

    fn alone_at(&self, program: Program) -> Result<()> {
        self.writer.write(move |connection| {
            let select = "SELECT holder FROM programs WHERE place = $1 AND holder <> $2";
            let mut select = sql(connection.prepare_cached(select))?;
            let ended = sql(select.query_map(params![program.place, program.holder], |row| row.get(0)))?;
            let ended: Vec<[u8; 16]> = sql(ended.collect())?;
            ended.into_iter().try_for_each(|holder| sql(end(connection, holder)))
        })
    }

    fn others(&self, holder: [u8; 16], since: u64) -> Result<u64> {
        self.read(|connection| {
            let since = sql(there(connection, since))?;
            let select = "SELECT COUNT(*) FROM programs WHERE holder <> $1 AND seen_at >= $2";
            let mut select = sql(connection.prepare_cached(select))?;
            sql(select.query_row(params![holder, since], |row| number(row, 0)))
        })
    }

    fn claim(&self, name: &str, holder: [u8; 16], now: u64, until: u64) -> Result<Claimed> {
        let name = name.to_owned();
        self.writer.write(move |connection| {
            let ahead = sql(connection.clock_ahead())?;
            let select = "SELECT holder, until_at, done_at FROM claims WHERE name = $1";
            let held = sql(connection.prepare_cached(select))?
                .query_row([&name], |row| {
                    Ok((row.get::<_, Option<[u8; 16]>>(0)?, row.get::<_, i64>(1)?, number(row, 2)?))
                })
                .optional();
            let (by, stands, done) = sql(held)?.unwrap_or_default();
            let stands = stands.saturating_sub(ahead);
            if by.is_some_and(|by| by != holder) && stands > int(now) {
                return Ok(Claimed::Until(u64::try_from(stands).unwrap_or(0)));
            }
            let until = int(until).saturating_add(ahead);
            let upsert = "INSERT INTO claims (name, holder, until_at) VALUES ($1, $2, $3) \
                          ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at";
            sql(sql(connection.prepare_cached(upsert))?.execute(params![name, holder, until]))?;
            Ok(Claimed::Mine(done))
        })
    }

    fn release(&self, name: &str, holder: [u8; 16], done: Option<u64>) -> Result<()> {
        let name = name.to_owned();
        self.writer.write(move |connection| {
            let update = "UPDATE claims SET holder = NULL, until_at = 0, done_at = COALESCE($1, done_at) \
                          WHERE name = $2 AND holder = $3";
            let row = params![done.map(int), name, holder];
            sql(sql(connection.prepare_cached(update))?.execute(row)).map(|_| ())
        })
    }
}

/// A time of this machine's clock by the database's: what programs of several machines say is compared by that one.
fn there(connection: &Connection, here: u64) -> database::Result<i64> {
    connection.clock_ahead().map(|ahead| int(here).saturating_add(ahead))
}

/// Which ledger this is.
pub fn identity(connection: &Connection) -> database::Result<Identity> {
    let mut select = connection.prepare_cached("SELECT id, epoch FROM server")?;
    select.query_row([], |row| Ok(Identity { server: row.get(0)?, epoch: row.get(1)? }))
}

/// Ends what opens something to whoever holds it, and may have been used or ended in a later state of this database.
fn end_secrets(connection: &Connection, now: u64) -> database::Result<()> {
    connection.execute("UPDATE invitations SET expires_at = 0 WHERE used_at IS NULL", [])?;
    let update = "UPDATE grants SET ended_at = $1 WHERE ended_at IS NULL AND until_at > $1";
    connection.execute(update, [int(now)]).map(|_| ())
}

fn take_over(connection: &Connection, known: &Known) -> database::Result<(u64, u64, u64)> {
    let Known { users, disables, devices, removed } = known;
    let insert = "INSERT INTO users (id, sealed, role, site, organisation, team, disabled) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
    let mut insert = connection.prepare_cached(insert)?;
    let disable = "UPDATE users SET disabled = 1 WHERE id = $1 AND disabled = 0";
    let mut disable = connection.prepare_cached(disable)?;
    let (mut people, mut made, mut ended) = (0, 0, 0);
    for UserRow { id, sealed, role, site, organisation, team, disabled } in users {
        people += insert.execute(params![id.0, sealed, role, site, organisation, team, disabled])? as u64;
        if *disabled && *disables {
            ended += disable.execute([id.0])? as u64;
        }
    }
    let insert = "INSERT INTO enrolments (id, user_id, verifying, inbox, token, enrolled_at, seen_at, revoked, \
                  deed, order_serial, ordered_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 \
                  WHERE EXISTS (SELECT 1 FROM users WHERE id = $2) ON CONFLICT (id) DO NOTHING";
    let mut insert = connection.prepare_cached(insert)?;
    let order = "UPDATE enrolments SET revoked = $1, deed = $2, order_serial = $3, ordered_at = $4 \
                 WHERE id = $5 AND order_serial < $3";
    let mut order = connection.prepare_cached(order)?;
    for DeviceRow { enrolment, order: given, seen_at, .. } in devices {
        let EnrolmentRow { id, user, verifying, inbox, token, enrolled_at, revoked } = enrolment;
        let (deed, serial, at) = (given.deed.code(), int(given.serial), int(given.at));
        let (enrolled_at, seen_at) = (int(*enrolled_at), int(*seen_at));
        made += insert.execute(params![
            id.0,
            user.0,
            verifying,
            inbox,
            token,
            enrolled_at,
            seen_at,
            revoked,
            deed,
            serial,
            at
        ])? as u64;
        ended += order.execute(params![revoked, deed, serial, at, id.0])? as u64;
    }
    ended += passkeys::remove_known(connection, removed)?;
    Ok((people, made, ended))
}

fn end(connection: &Connection, holder: [u8; 16]) -> database::Result<()> {
    connection.prepare_cached("DELETE FROM programs WHERE holder = $1")?.execute([holder])?;
    let update = "UPDATE claims SET holder = NULL, until_at = 0 WHERE holder = $1";
    connection.prepare_cached(update)?.execute([holder]).map(|_| ())
}
