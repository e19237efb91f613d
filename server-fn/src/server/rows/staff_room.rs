//! Rows of `StaffRoom`.

use super::staff::user;
use super::{SqlLedger, audit, int, number, sql};
use crate::server::ledger::{
    AuditRow, DEVICE_REVOKED, DeviceRow, Digest, EnrolmentRow, KeptNote, KeptRow, OrderRow, Ordered,
    PendingRow, ReportRow, Result, StaffRoom, State, USER_DISABLED, UserChange, UserRow,
};
use crate::server::sql as database;
use database::{Connection, OptionalExtension, Row, params};
use domain::{EnrolmentId, Role, UserId};
use seal::Deed;
use std::collections::HashMap;

const USER: &str = "SELECT id, sealed, role, site, organisation, team, disabled FROM users";
const DEVICE: &str = "SELECT id, user_id, verifying, inbox, token, enrolled_at, revoked, seen_at, \
                      deed, order_serial, ordered_at, reported_at, unsent, oldest_at, version, \
                      carried, carried_oldest_at FROM enrolments";

impl StaffRoom for SqlLedger {
    fn staff(&self) -> Result<Vec<UserRow>> {
        self.read(|connection| {
            // Voices are nobody.
            let mut select =
                sql(connection.prepare_cached(&format!("{USER} WHERE role NOT IN ($1, $2) ORDER BY id")))?;
            sql(sql(select.query_map([Role::Slip.code(), Role::Applicant.code()], |row| user(row, 0)))?
                .collect())
        })
    }

    fn change_user(
        &self,
        before: UserRow,
        after: UserRow,
        left: Option<Vec<UserId>>,
        knowing: Vec<Vec<UserRow>>,
        line: AuditRow,
    ) -> Result<UserChange> {
        self.writer.write(move |connection| {
            let changed = sql(change_user(connection, &before, &after, left.as_deref(), &knowing))?;
            if changed == UserChange::Done {
                sql(audit::append(connection, std::slice::from_ref(&line)))?;
            }
            Ok(changed)
        })
    }

    fn devices(&self) -> Result<Vec<DeviceRow>> {
        self.read(|connection| sql(devices(connection)))
    }

    fn device(&self, enrolment: EnrolmentId) -> Result<Option<DeviceRow>> {
        self.read(|connection| sql(one_device(connection, enrolment)))
    }

    fn kept_notes(&self, enrolment: EnrolmentId, after: u64, limit: u32) -> Result<Vec<KeptNote>> {
        self.read(|connection| {
            let select = "SELECT seq, id, state, reason, received_at FROM envelopes \
                          WHERE enrolment_id = $1 AND state IN (2, 3) AND seq > $2 ORDER BY seq LIMIT $3";
            let mut select = sql(connection.prepare_cached(select))?;
            let row = |row: &Row<'_>| {
                Ok(KeptNote {
                    seq: number(row, 0)?,
                    id: row.get(1)?,
                    state: State::from_code(row.get(2)?).unwrap_or(State::Quarantined),
                    reason: row.get(3)?,
                    received_at: number(row, 4)?,
                })
            };
            sql(sql(select.query_map(params![enrolment.0, int(after), limit], row))?.collect())
        })
    }

    fn kept_of(
        &self,
        enrolment: EnrolmentId,
        state: State,
        reason: &str,
        after: u64,
        limit: u32,
    ) -> Result<Vec<KeptRow>> {
        self.read(|connection| {
            // Not by state = $2: the planner must see that the index without entered ones holds all that is asked for.
            let select = "SELECT seq, state, reason, received_at, raw \
                          FROM envelopes JOIN envelope_bytes ON envelope_seq = seq \
                          WHERE enrolment_id = $1 AND state IN (2, 3) AND state = $2 AND reason = $3 AND seq > $4 \
                          ORDER BY seq LIMIT $5";
            let mut select = sql(connection.prepare_cached(select))?;
            let row = |row: &Row<'_>| {
                Ok(KeptRow {
                    seq: number(row, 0)?,
                    state,
                    reason: row.get(2)?,
                    received_at: number(row, 3)?,
                    raw: row.get(4)?,
                })
            };
            let asked = params![enrolment.0, state as u8, reason, int(after), limit];
            sql(sql(select.query_map(asked, row))?.collect())
        })
    }

    fn order(
        &self,
        enrolment: EnrolmentId,
        deed: Deed,
        now: u64,
        left: Option<Vec<UserId>>,
        line: Option<AuditRow>,
    ) -> Result<Ordered> {
        self.writer.write(move |connection| {
            let ordered = sql(order(connection, enrolment, deed, now, left.as_deref()))?;
            if matches!(ordered, Ordered::Given(_)) {
                sql(audit::append(connection, line.as_slice()))?;
            }
            Ok(ordered)
        })
    }

    fn keep_report(&self, enrolment: EnrolmentId, report: ReportRow) -> Result<()> {
        self.writer.write(move |connection| {
            let update = "UPDATE enrolments SET reported_at = $1, unsent = $2, oldest_at = $3, version = $4, \
                          carried = $6, carried_oldest_at = $7 \
                          WHERE id = $5";
            let ReportRow { at, unsent, oldest_at, version, carried, carried_oldest_at } = &report;
            let (oldest_at, carried_oldest_at) = (int(*oldest_at), int(*carried_oldest_at));
            let row = params![int(*at), unsent, oldest_at, version, enrolment.0, carried, carried_oldest_at];
            sql(sql(connection.prepare_cached(update))?.execute(row)).map(|_| ())
        })
    }

    fn pending(&self, now: u64) -> Result<Vec<PendingRow>> {
        self.read(|connection| {
            let select = "SELECT code, user_id, expires_at FROM invitations \
                          WHERE used_at IS NULL AND expires_at > $1 ORDER BY expires_at";
            let mut select = sql(connection.prepare_cached(select))?;
            let row = |row: &Row<'_>| {
                Ok(PendingRow { code: row.get(0)?, user: UserId(row.get(1)?), expires_at: number(row, 2)? })
            };
            sql(sql(select.query_map([int(now)], row))?.collect())
        })
    }

    fn withdraw(&self, code: Digest, now: u64) -> Result<bool> {
        self.writer.write(move |connection| {
            // It stays, as one that has ended: its link then says so instead of "unknown".
            let update = "UPDATE invitations SET expires_at = 0 \
                          WHERE code = $1 AND used_at IS NULL AND expires_at > $2";
            sql(connection.execute(update, params![code, int(now)])).map(|changed| changed == 1)
        })
    }
}

fn change_user(
    connection: &Connection,
    before: &UserRow,
    after: &UserRow,
    left: Option<&[UserId]>,
    knowing: &[Vec<UserRow>],
) -> database::Result<UserChange> {
    let held = connection
        .prepare_cached(&format!("{USER} WHERE id = $1"))?
        .query_row([before.id.0], |row| user(row, 0))
        .optional()?;
    if held.as_ref() != Some(before) {
        return Ok(UserChange::Moved);
    }
    let mut select = connection.prepare_cached(&format!("{USER} WHERE id = $1"))?;
    for users in knowing {
        let mut stays = false;
        for one in users {
            let held = select.query_row([one.id.0], |row| user(row, 0)).optional()?;
            stays |= held.as_ref() == Some(one);
        }
        if !stays {
            return Ok(UserChange::Moved);
        }
    }
    if let Some(left) = left {
        let select = "SELECT 1 FROM users WHERE id = $1 AND role = $2 AND disabled = 0 \
                      AND EXISTS (SELECT 1 FROM enrolments WHERE user_id = users.id AND revoked = 0)";
        let mut stays = connection.prepare_cached(select)?;
        let mut any = false;
        for id in left {
            any |= stays.exists(params![id.0, before.role])?;
        }
        if !any {
            return Ok(UserChange::NobodyLeft);
        }
    }
    let UserRow { id, sealed, role, site, organisation, team, disabled } = after;
    connection.execute(
        "UPDATE users SET sealed = $1, role = $2, site = $3, organisation = $4, team = $5, disabled = $6 \
         WHERE id = $7",
        params![sealed, role, site, organisation, team, disabled, id.0],
    )?;
    if *disabled {
        let end = "UPDATE invitations SET expires_at = 0 WHERE user_id = $1 AND used_at IS NULL";
        connection.execute(end, [id.0])?;
    }
    Ok(UserChange::Done)
}

fn device(row: &Row<'_>) -> database::Result<DeviceRow> {
    let enrolment = EnrolmentRow {
        id: EnrolmentId(row.get(0)?),
        user: UserId(row.get(1)?),
        verifying: row.get(2)?,
        inbox: row.get(3)?,
        token: row.get(4)?,
        enrolled_at: number(row, 5)?,
        revoked: row.get(6)?,
    };
    // A deed of a later version is at least a revocation.
    let deed = Deed::from_code(row.get(8)?).unwrap_or(Deed::Revoke);
    Ok(DeviceRow {
        enrolment,
        seen_at: number(row, 7)?,
        order: OrderRow { deed, serial: number(row, 9)?, at: number(row, 10)? },
        report: ReportRow {
            at: number(row, 11)?,
            unsent: row.get(12)?,
            oldest_at: number(row, 13)?,
            version: row.get(14)?,
            carried: row.get(15)?,
            carried_oldest_at: number(row, 16)?,
        },
        parked: 0,
        quarantined: 0,
        revoked_work: 0,
    })
}

/// Number of envelopes of each device by state and reason.
fn kept(
    connection: &Connection,
    which: &str,
    of: &[&dyn database::ToSql],
    devices: &mut HashMap<EnrolmentId, DeviceRow>,
) -> database::Result<()> {
    let select = format!(
        "SELECT enrolment_id, state, reason, COUNT(*) FROM envelopes \
         WHERE state IN (2, 3) {which} GROUP BY enrolment_id, state, reason"
    );
    let mut select = connection.prepare_cached(&select)?;
    let row = |row: &Row<'_>| Ok((EnrolmentId(row.get(0)?), row.get(1)?, row.get(2)?, row.get(3)?));
    for row in select.query_map(of, row)? {
        let (enrolment, state, reason, count): (EnrolmentId, u8, String, u32) = row?;
        // Envelopes of enrolments that nobody knows are parked too.
        let Some(device) = devices.get_mut(&enrolment) else { continue };
        if state == State::Parked as u8 {
            device.parked += count;
        } else {
            device.quarantined += count;
        }
        if [DEVICE_REVOKED, USER_DISABLED].contains(&reason.as_str()) {
            device.revoked_work += count;
        }
    }
    Ok(())
}

fn devices(connection: &Connection) -> database::Result<Vec<DeviceRow>> {
    let mut select = connection.prepare_cached(DEVICE)?;
    let rows = select.query_map([], device)?;
    let mut devices: HashMap<EnrolmentId, DeviceRow> =
        rows.map(|row| row.map(|row| (row.enrolment.id, row))).collect::<database::Result<_>>()?;
    kept(connection, "", &[], &mut devices)?;
    Ok(devices.into_values().collect())
}

fn one_device(connection: &Connection, id: EnrolmentId) -> database::Result<Option<DeviceRow>> {
    let mut select = connection.prepare_cached(&format!("{DEVICE} WHERE id = $1"))?;
    let Some(found) = select.query_row([id.0], device).optional()? else { return Ok(None) };
    let mut devices = HashMap::from([(id, found)]);
    kept(connection, "AND enrolment_id = $1", &[&id.0], &mut devices)?;
    Ok(devices.remove(&id))
}

fn order(
    connection: &Connection,
    enrolment: EnrolmentId,
    deed: Deed,
    now: u64,
    left: Option<&[UserId]>,
) -> database::Result<Ordered> {
    if let Some(left) = left {
        let select = "SELECT 1 FROM users WHERE id = $1 AND disabled = 0 \
                      AND role = (SELECT u.role FROM enrolments e JOIN users u ON u.id = e.user_id WHERE e.id = $2) \
                      AND EXISTS (SELECT 1 FROM enrolments WHERE user_id = users.id AND revoked = 0 AND id <> $2)";
        let mut stays = connection.prepare_cached(select)?;
        let mut any = false;
        for id in left {
            any |= stays.exists(params![id.0, enrolment.0])?;
        }
        if !any {
            return Ok(Ordered::NobodyLeft);
        }
    }
    // By the clock and never backwards: over a restored backup too an order is newer than those before it.
    let update = "UPDATE enrolments SET revoked = $1, deed = $2, \
                  order_serial = CASE WHEN order_serial < $3 THEN $3 ELSE order_serial + 1 END, \
                  ordered_at = $3 WHERE id = $4 RETURNING order_serial";
    let serial = connection.query_row(
        update,
        params![deed != Deed::Nothing, deed.code(), int(now), enrolment.0],
        |row| number(row, 0),
    );
    let Some(serial) = serial.optional()? else { return Ok(Ordered::Unknown) };
    connection.execute("DELETE FROM sessions WHERE enrolment_id = $1", [enrolment.0])?;
    Ok(Ordered::Given(OrderRow { deed, serial, at: now }))
}
