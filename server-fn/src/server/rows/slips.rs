//! Rows of `Slips`.

use super::places::{record, select};
use super::{SqlLedger, int, sql};
use crate::server::ledger::{Digest, EnrolmentRow, Member, RecordRow, Result, Slips, UserRow};
use crate::server::sql as database;
use database::{Connection, params};
use domain::{Kind, RecordId};

/// Notes the numbers of slips.
pub fn put(connection: &Connection, slips: &[(Digest, RecordId)]) -> database::Result<()> {
    let insert = "INSERT INTO slips (number, record_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    slips.iter().try_for_each(|(number, id)| {
        connection.prepare_cached(insert)?.execute(params![number, id.0]).map(|_| ())
    })
}

fn add_voice(connection: &Connection, voice: &Member) -> database::Result<()> {
    let insert = "INSERT INTO users (id, sealed, role, site, organisation, team, disabled) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
    let UserRow { id, sealed, role, site, organisation, team, disabled } = &voice.user;
    connection.execute(insert, params![id.0, sealed, role, site, organisation, team, disabled])?;
    let insert = "INSERT INTO enrolments (id, user_id, verifying, inbox, token, enrolled_at, seen_at, revoked) \
                  VALUES ($1, $2, $3, $4, $5, $6, $6, $7) ON CONFLICT DO NOTHING";
    let EnrolmentRow { id, user, verifying, inbox, token, enrolled_at, revoked } = &voice.enrolment;
    connection
        .execute(insert, params![id.0, user.0, verifying, inbox, token, int(*enrolled_at), revoked])
        .map(|_| ())
}

impl Slips for SqlLedger {
    fn slip_secret(&self, name: &[u8], fresh: Vec<u8>) -> Result<Vec<u8>> {
        let name = name.to_vec();
        self.writer.write(move |connection| {
            let insert = "INSERT INTO slip_secrets (id, sealed) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
            sql(connection.execute(insert, params![name, fresh]))?;
            let select = "SELECT sealed FROM slip_secrets WHERE id = $1";
            sql(connection.query_row(select, [&name], |row| row.get(0)))
        })
    }

    fn add_voice(&self, voice: Member) -> Result<()> {
        self.writer.write(move |connection| sql(add_voice(connection, &voice)))
    }

    fn slips(&self, number: Digest) -> Result<Vec<RecordId>> {
        self.read(|connection| {
            let select = "SELECT record_id FROM slips WHERE number = $1 ORDER BY record_id LIMIT 64";
            let mut select = sql(connection.prepare_cached(select))?;
            sql(sql(select.query_map([number], |row| row.get(0).map(RecordId)))?.collect())
        })
    }

    fn records_of(&self, group: RecordId, kind: Kind, limit: u32) -> Result<Vec<RecordRow>> {
        self.read(|connection| {
            let query = format!("{} WHERE group_id = $1 AND kind = $2 ORDER BY seq DESC LIMIT $3", select());
            let mut statement = sql(connection.prepare_cached(&query))?;
            sql(sql(statement.query_map(params![group.0, kind.0, limit], record))?.collect())
        })
    }
}
