//! Rows about staff: users, invitations, enrolments, sessions.

use super::{int, number, sql};
use crate::server::ledger::{
    Digest, EnrolmentRow, InvitationRow, Invited, Member, Result, SessionRow, UserRow,
};
use crate::server::sql as database;
use database::{Connection, OptionalExtension, Row, params};
use domain::{EnrolmentId, UserId};

pub fn invite(connection: &Connection, user: &UserRow, invitation: &InvitationRow) -> database::Result<()> {
    let insert = "INSERT INTO users (id, sealed, role, site, organisation, team, disabled) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
    let UserRow { id, sealed, role, site, organisation, team, disabled } = user;
    connection.execute(insert, params![id.0, sealed, role, site, organisation, team, disabled])?;
    let insert = "INSERT INTO invitations (code, user_id, expires_at) VALUES ($1, $2, $3)";
    connection.execute(insert, params![invitation.code, invitation.user.0, int(invitation.expires_at)])?;
    Ok(())
}

pub fn enrol(
    connection: &Connection,
    code: &Digest,
    mut enrolment: EnrolmentRow,
    session: &SessionRow,
) -> Result<Invited> {
    let now = enrolment.enrolled_at;
    let select = "SELECT user_id, expires_at, used_at, enrolment_id FROM invitations WHERE code = $1";
    let invitation = sql(connection
        .query_row(select, [code], |row| {
            Ok((
                row.get(0)?,
                number(row, 1)?,
                row.get::<_, Option<i64>>(2)?,
                row.get::<_, Option<[u8; 16]>>(3)?,
            ))
        })
        .optional())?;
    let Some((user, expires_at, used_at, used_by)) = invitation else { return Ok(Invited::Unknown) };
    if let (Some(used_at), Some(used_by)) = (used_at, used_by) {
        let before = sql(member(connection, EnrolmentId(used_by)))?.filter(|before| {
            before.enrolment.verifying == enrolment.verifying && before.enrolment.inbox == enrolment.inbox
        });
        return Ok(match before {
            Some(before) => {
                let session = SessionRow { enrolment: before.enrolment.id, ..session.clone() };
                sql(insert_session(connection, &session))?;
                Invited::Before(before, u64::try_from(used_at).unwrap_or(0))
            }
            None => Invited::Used,
        });
    }
    if expires_at <= now {
        return Ok(Invited::Expired);
    }
    enrolment.user = UserId(user);
    // The condition decides who comes first where several processes share a database.
    let update = "UPDATE invitations SET used_at = $1, enrolment_id = $2 WHERE code = $3 AND used_at IS NULL";
    if sql(connection.execute(update, params![int(now), enrolment.id.0, code]))? != 1 {
        return Ok(Invited::Used);
    }
    let insert = "INSERT INTO enrolments (id, user_id, verifying, inbox, token, enrolled_at, seen_at, revoked) \
                  VALUES ($1, $2, $3, $4, $5, $6, $6, $7)";
    let EnrolmentRow { id, user, verifying, inbox, token, revoked, .. } = &enrolment;
    sql(connection.execute(insert, params![id.0, user.0, verifying, inbox, token, int(now), revoked]))?;
    sql(insert_session(connection, session))?;
    Ok(sql(member(connection, enrolment.id))?.map_or(Invited::Unknown, Invited::Enrolled))
}

/// Begins a session, forgets those that began before a time, and notes that its device was here.
pub fn open_session(
    connection: &Connection,
    session: &SessionRow,
    forget_before: u64,
) -> database::Result<()> {
    connection.execute("DELETE FROM sessions WHERE created_at < $1", [int(forget_before)])?;
    let update = "UPDATE enrolments SET seen_at = $1 WHERE id = $2";
    connection.execute(update, params![int(session.created_at), session.enrolment.0])?;
    insert_session(connection, session)
}

pub fn insert_session(connection: &Connection, session: &SessionRow) -> database::Result<()> {
    let insert = "INSERT INTO sessions (cookie, enrolment_id, created_at) VALUES ($1, $2, $3)";
    let SessionRow { cookie, enrolment, created_at } = session;
    connection.execute(insert, params![cookie, enrolment.0, int(*created_at)])?;
    Ok(())
}

pub fn member(connection: &Connection, id: EnrolmentId) -> database::Result<Option<Member>> {
    let select = "SELECT e.verifying, e.inbox, e.token, e.enrolled_at, e.revoked, \
                  u.id, u.sealed, u.role, u.site, u.organisation, u.team, u.disabled \
                  FROM enrolments e JOIN users u ON u.id = e.user_id WHERE e.id = $1";
    let row = |row: &Row<'_>| {
        let user = user(row, 5)?;
        let enrolment = EnrolmentRow {
            id,
            user: user.id,
            verifying: row.get(0)?,
            inbox: row.get(1)?,
            token: row.get(2)?,
            enrolled_at: number(row, 3)?,
            revoked: row.get(4)?,
        };
        Ok(Member { enrolment, user })
    };
    connection.prepare_cached(select)?.query_row([id.0], row).optional()
}

pub fn users(connection: &Connection, ids: &[UserId]) -> database::Result<Vec<UserRow>> {
    let select = "SELECT id, sealed, role, site, organisation, team, disabled FROM users WHERE id = $1";
    let mut select = connection.prepare_cached(select)?;
    let mut users = Vec::with_capacity(ids.len());
    for id in ids {
        users.extend(select.query_row([id.0], |row| user(row, 0)).optional()?);
    }
    Ok(users)
}

pub fn user(row: &Row<'_>, first: usize) -> database::Result<UserRow> {
    Ok(UserRow {
        id: UserId(row.get(first)?),
        sealed: row.get(first + 1)?,
        role: row.get(first + 2)?,
        site: row.get(first + 3)?,
        organisation: row.get(first + 4)?,
        team: row.get(first + 5)?,
        disabled: row.get(first + 6)?,
    })
}
