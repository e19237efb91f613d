//! Rows of `Passkeys`.

use super::{SqlLedger, audit, int, number, sql};
use crate::server::ledger::{Added, AuditRow, Ceremony, Digest, PASSKEYS_EACH, PasskeyRow, Passkeys, Result};
use crate::server::sql as database;
use database::{Connection, OptionalExtension, params};
use domain::UserId;

impl Passkeys for SqlLedger {
    fn credentials(&self) -> Result<Vec<Vec<u8>>> {
        self.read(|connection| sql(credentials(connection)))
    }

    fn passkeys(&self, user: UserId) -> Result<Vec<PasskeyRow>> {
        self.read(|connection| sql(of(connection, user)))
    }

    fn add_passkey(&self, row: PasskeyRow, first: bool, line: AuditRow) -> Result<Added> {
        self.writer.write(move |connection| {
            let held = sql(of(connection, row.user))?.len();
            if held >= PASSKEYS_EACH || (first && held > 0) {
                return Ok(Added::TooMany);
            }
            let insert =
                "INSERT INTO passkeys (credential, user_id, public, counter, copyable, added_at, shown_at) \
                          VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (credential) DO NOTHING";
            let PasskeyRow { credential, user, public, counter, copyable, added_at, shown_at } = &row;
            let values =
                params![credential, user.0, public, counter, copyable, int(*added_at), int(*shown_at)];
            let made = sql(connection.execute(insert, values))?;
            if made != 1 {
                return Ok(Added::Known);
            }
            sql(audit::append(connection, std::slice::from_ref(&line))).map(|()| Added::New)
        })
    }

    fn passkey_shown(
        &self,
        session: Digest,
        shown: &PasskeyRow,
        counter: u32,
        now: u64,
        line: AuditRow,
    ) -> Result<bool> {
        let (credential, before) = (shown.credential.clone(), shown.counter);
        self.writer.write(move |connection| {
            let update = "UPDATE passkeys SET counter = $1, shown_at = $2 \
                          WHERE credential = $3 AND counter = $4";
            let done = sql(connection.execute(update, params![counter, int(now), credential, before]))?;
            if done != 1 {
                return Ok(false);
            }
            let update = "UPDATE sessions SET elevated_at = $1 WHERE cookie = $2";
            let is_open = sql(connection.execute(update, params![int(now), session]))? == 1;
            if is_open {
                sql(audit::append(connection, std::slice::from_ref(&line)))?;
            }
            Ok(is_open)
        })
    }

    fn remove_passkey(
        &self,
        user: UserId,
        credential: &[u8],
        session: Digest,
        keep_last: bool,
    ) -> Result<bool> {
        let credential = credential.to_vec();
        self.writer.write(move |connection| {
            if keep_last && sql(of(connection, user))?.len() < 2 {
                return Ok(false);
            }
            let delete = "DELETE FROM passkeys WHERE credential = $1 AND user_id = $2";
            if sql(connection.execute(delete, params![credential, user.0]))? != 1 {
                return Ok(false);
            }
            sql(lower(connection, user, Some(session))).map(|()| true)
        })
    }

    fn remove_passkeys(&self, user: UserId) -> Result<u64> {
        self.writer.write(move |connection| {
            let removed = sql(connection.execute("DELETE FROM passkeys WHERE user_id = $1", [user.0]))?;
            sql(lower(connection, user, None))?;
            Ok(removed as u64)
        })
    }

    fn give_challenge(&self, session: Digest, ceremony: Ceremony, challenge: Digest, now: u64) -> Result<()> {
        self.writer.write(move |connection| {
            let insert = "INSERT INTO passkey_challenges (session, purpose, challenge, given_at) \
                          VALUES ($1, $2, $3, $4) ON CONFLICT (session, purpose) \
                          DO UPDATE SET challenge = excluded.challenge, given_at = excluded.given_at";
            sql(connection.execute(insert, params![session, ceremony as u8, challenge, int(now)])).map(|_| ())
        })
    }

    fn take_challenge(
        &self,
        session: Digest,
        ceremony: Ceremony,
        challenge: Digest,
        since: u64,
    ) -> Result<bool> {
        self.writer.write(move |connection| {
            // Whatever is answered, right or wrong, uses it up.
            let delete = "DELETE FROM passkey_challenges WHERE session = $1 AND purpose = $2 \
                          RETURNING challenge, given_at";
            let given = sql(connection
                .query_row(delete, params![session, ceremony as u8], |row| {
                    Ok((row.get::<_, Digest>(0)?, number(row, 1)?))
                })
                .optional())?;
            Ok(given.is_some_and(|(given, at)| given == challenge && at >= since))
        })
    }

    fn elevated_at(&self, session: Digest) -> Result<u64> {
        self.read(|connection| {
            let select = "SELECT elevated_at FROM sessions WHERE cookie = $1";
            let row = connection.query_row(select, [session], |row| number(row, 0)).optional();
            sql(row).map(Option::unwrap_or_default)
        })
    }
}

fn credentials(connection: &Connection) -> database::Result<Vec<Vec<u8>>> {
    let mut select = connection.prepare_cached("SELECT credential FROM passkeys ORDER BY credential")?;
    select.query_map([], |row| row.get(0))?.collect()
}

/// Removes the passkeys of which these are digests, with what they opened. How many there were.
pub fn remove_known(connection: &Connection, removed: &[[u8; 16]]) -> database::Result<u64> {
    let mut gone = 0;
    let credentials = if removed.is_empty() { Vec::new() } else { credentials(connection)? };
    for credential in credentials {
        if !removed.contains(&seal::short_digest(&credential)) {
            continue;
        }
        let delete = "DELETE FROM passkeys WHERE credential = $1 RETURNING user_id";
        let user = connection.query_row(delete, params![credential], |row| row.get(0)).optional()?;
        if let Some(user) = user {
            lower(connection, UserId(user), None)?;
            gone += 1;
        }
    }
    Ok(gone)
}

fn of(connection: &Connection, user: UserId) -> database::Result<Vec<PasskeyRow>> {
    let select = "SELECT credential, public, counter, copyable, added_at, shown_at FROM passkeys \
                  WHERE user_id = $1 ORDER BY added_at, credential";
    let mut select = connection.prepare_cached(select)?;
    let rows = select.query_map([user.0], |row| {
        Ok(PasskeyRow {
            credential: row.get(0)?,
            user,
            public: row.get(1)?,
            counter: row.get(2)?,
            copyable: row.get(3)?,
            added_at: number(row, 4)?,
            shown_at: number(row, 5)?,
        })
    })?;
    rows.collect()
}

/// What passkeys opened on a user's sessions is closed again, but on one.
fn lower(connection: &Connection, user: UserId, but: Option<Digest>) -> database::Result<()> {
    let update = "UPDATE sessions SET elevated_at = 0 WHERE cookie IS DISTINCT FROM $1 AND enrolment_id IN \
                  (SELECT id FROM enrolments WHERE user_id = $2)";
    connection.execute(update, params![but, user.0]).map(|_| ())
}
