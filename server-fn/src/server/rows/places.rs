//! Rows of `Places`.

use super::moves::{Moves, home_of, newest, put_home};
use super::shares::{arms, in_order};
use super::{SqlLedger, int, number, sql};
use crate::server::ledger::{
    Addressed, Changed, Departure, EnrolmentRow, Home, Places, RecordRow, Result, Share, UserRow,
};
use crate::server::sql as database;
use database::Value as Sql;
use database::{Connection, OptionalExtension, Row, params, params_from_iter};
use domain::{EnrolmentId, Kind, RecordId, Role, UserId};
use std::collections::BTreeSet;

/// Columns of a home.
pub const HOME: &str = "scope, organisation, site, team, group_id, sealed_for, addressed_to, addressed_withdrawn, addressed_consent";

/// A home from nine columns in the order of [`HOME`].
pub fn home(row: &Row<'_>, first: usize) -> database::Result<Home> {
    let sealed_for = row.get::<_, Option<Vec<u8>>>(first + 5)?.unwrap_or_default();
    let (users, _) = sealed_for.as_chunks::<16>();
    let addressed = row.get::<_, Option<String>>(first + 6)?;
    let withdrawn = row.get(first + 7)?;
    let consent = row.get::<_, Option<[u8; 16]>>(first + 8)?.map(RecordId);
    Ok(Home {
        scope: row.get(first)?,
        organisation: row.get(first + 1)?,
        site: row.get(first + 2)?,
        team: row.get(first + 3)?,
        group: row.get::<_, Option<[u8; 16]>>(first + 4)?.map(RecordId),
        sealed_for: users.iter().copied().map(UserId).collect(),
        addressed: addressed.map(|organisation| Addressed { organisation, withdrawn, consent }),
    })
}

/// The column `sealed_for`.
pub fn column(sealed_for: &BTreeSet<UserId>) -> Option<Vec<u8>> {
    (!sealed_for.is_empty()).then(|| sealed_for.iter().flat_map(|user| user.0).collect())
}

pub fn select() -> String {
    format!("SELECT id, kind, parent_id, made_by, revision, seq, sealed, {HOME} FROM records")
}

pub fn record(row: &Row<'_>) -> database::Result<RecordRow> {
    Ok(RecordRow {
        id: RecordId(row.get(0)?),
        kind: Kind(row.get(1)?),
        parent: row.get::<_, Option<[u8; 16]>>(2)?.map(RecordId),
        made_by: row.get::<_, Option<[u8; 16]>>(3)?.map(UserId),
        revision: number(row, 4)?,
        seq: number(row, 5)?,
        sealed: row.get(6)?,
        home: home(row, 7)?,
    })
}

pub fn records(connection: &Connection, ids: &[RecordId]) -> database::Result<Vec<RecordRow>> {
    let mut select = connection.prepare_cached(&format!("{} WHERE id = $1", select()))?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.extend(select.query_row([id.0], record).optional()?);
    }
    Ok(rows)
}

fn changed(
    connection: &Connection,
    share: &Share,
    after: u64,
    limit: u32,
    bytes: usize,
) -> database::Result<Changed> {
    let (mut changed, mut size) = (Changed::default(), 0);
    // One row beyond the limit tells whether there are others.
    let bounds = (after, u64::MAX, limit.saturating_add(1));
    in_order(
        connection,
        arms(share, true),
        (&select(), ""),
        bounds,
        record,
        |row| row.seq,
        |row| {
            size += row.sealed.len();
            let is_full = changed.records.len() >= limit as usize || size > bytes;
            changed.more = is_full && !changed.records.is_empty();
            if !changed.more {
                changed.records.push(row);
            }
            !changed.more
        },
    )?;
    let last = changed.records.last().filter(|_| changed.more).map_or(u64::MAX, |row| row.seq);
    let select = format!("SELECT seq, record_id, renew, {HOME} FROM departures");
    let departure = |row: &Row<'_>| {
        let (seq, record) = (number(row, 0)?, RecordId(row.get(1)?));
        Ok(Departure { seq, record, renew: row.get(2)?, home: home(row, 3)? })
    };
    let bounds = (after, last, u32::MAX);
    in_order(
        connection,
        arms(share, false),
        (&select, ""),
        bounds,
        departure,
        |it| it.seq,
        |departure| {
            changed.departures.push(departure);
            true
        },
    )?;
    Ok(changed)
}

fn total(connection: &Connection, share: &Share, user: UserId, without: &[u16]) -> database::Result<u64> {
    // What is addressed to somebody, and all that some are handed of their own, are referrals: not counted here.
    let home = share.home.clone().filter(|_| !share.only_referrals);
    let share = Share { home, addressed: None, ..share.clone() };
    let (mut either, mut values) = (Vec::new(), vec![Sql::Blob(user.0.to_vec())]);
    for (condition, of_arm) in arms(&share, true) {
        // Numbered after those before, from the last on: $2 must not become part of another.
        let before = values.len();
        let numbered = (1..=of_arm.len()).rev();
        let condition = numbered
            .fold(condition, |text, at| text.replace(&format!("${at}"), &format!("${}", before + at)));
        either.push(format!("({condition})"));
        values.extend(of_arm);
    }
    if either.is_empty() {
        return Ok(0);
    }
    let kinds = match without {
        [] => String::new(),
        _ => format!(" AND kind NOT IN ({})", list(without)),
    };
    let query = format!(
        "SELECT COUNT(*) FROM records WHERE ({}){kinds} \
         AND (sealed_for IS NULL OR {})",
        either.join(" OR "),
        connection.dialect().contains("sealed_for", "$1")
    );
    connection.prepare_cached(&query)?.query_row(params_from_iter(values), |row| number(row, 0))
}

fn list(kinds: &[u16]) -> String {
    kinds.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}

fn ids(connection: &Connection, query: &str, of: RecordId) -> database::Result<Vec<RecordId>> {
    let mut statement = connection.prepare_cached(query)?;
    statement.query_map([of.0], |row| row.get(0).map(RecordId))?.collect()
}

impl Places for SqlLedger {
    fn changed(&self, share: &Share, after: u64, limit: u32, bytes: usize) -> Result<Changed> {
        self.read(|connection| {
            // One view of both tables: what is counted together must be seen together.
            let view = sql(connection.view())?;
            sql(changed(&view, share, after, limit, bytes))
        })
    }

    fn newest(&self) -> Result<u64> {
        self.read(|connection| sql(newest(connection)))
    }

    fn total(&self, share: &Share, user: UserId, without: &[u16]) -> Result<u64> {
        self.read(|connection| sql(total(connection, share, user, without)))
    }

    fn of_kinds(&self, share: &Share, kinds: &[u16], after: u64, limit: u32) -> Result<Vec<RecordRow>> {
        self.read(|connection| {
            if kinds.is_empty() {
                return Ok(Vec::new());
            }
            let (select, of_kinds) = (select(), format!(" AND kind IN ({})", list(kinds)));
            let (mut rows, bounds) = (Vec::new(), (after, u64::MAX, limit));
            let read = in_order(
                connection,
                arms(share, true),
                (&select, &of_kinds),
                bounds,
                record,
                |row| row.seq,
                |row| {
                    rows.push(row);
                    true
                },
            );
            sql(read).map(|()| rows)
        })
    }

    fn sealed_people(&self, scope: &str) -> Result<Vec<(RecordId, BTreeSet<UserId>)>> {
        self.read(|connection| {
            let query = format!(
                "SELECT id, {HOME} FROM records WHERE scope = $1 AND sealed_for IS NOT NULL AND kind = {}",
                Kind::INDIVIDUAL.0
            );
            let mut statement = sql(connection.prepare_cached(&query))?;
            let row = |row: &Row<'_>| Ok((RecordId(row.get(0)?), home(row, 1)?.sealed_for));
            sql(sql(statement.query_map([scope], row))?.collect())
        })
    }

    fn sealed_with(&self, user: UserId) -> Result<Vec<(RecordId, Home)>> {
        self.read(|connection| {
            let query = format!(
                "SELECT id, {HOME} FROM records WHERE sealed_for IS NOT NULL AND kind = {} \
                 AND {} ORDER BY id",
                Kind::INDIVIDUAL.0,
                connection.dialect().contains("sealed_for", "$1")
            );
            let mut statement = sql(connection.prepare_cached(&query))?;
            let row = |row: &Row<'_>| Ok((RecordId(row.get(0)?), home(row, 1)?));
            let rows: Vec<(RecordId, Home)> = sql(sql(statement.query_map([user.0], row))?.collect())?;
            // The bytes of two ids beside each other may read as a third.
            Ok(rows.into_iter().filter(|(_, home)| home.sealed_for.contains(&user)).collect())
        })
    }

    fn addressed_of(&self, group: RecordId) -> Result<Vec<RecordId>> {
        self.read(|connection| {
            let query =
                "SELECT id FROM records WHERE group_id = $1 AND kind = 9 AND addressed_to IS NOT NULL";
            sql(ids(connection, query, group))
        })
    }

    fn consents_of(&self, group: RecordId) -> Result<Vec<RecordId>> {
        self.read(|connection| {
            sql(ids(connection, "SELECT id FROM records WHERE group_id = $1 AND kind = 5", group))
        })
    }

    fn resting_on(&self, consent: RecordId) -> Result<Vec<RecordId>> {
        self.read(|connection| {
            sql(ids(connection, "SELECT id FROM records WHERE addressed_consent = $1", consent))
        })
    }

    fn visible_members(&self, group: RecordId) -> Result<Vec<RecordId>> {
        self.read(|connection| {
            let query = format!(
                "SELECT id FROM records WHERE parent_id = $1 AND kind = {} AND sealed_for IS NULL",
                Kind::INDIVIDUAL.0
            );
            let mut statement = sql(connection.prepare_cached(&query))?;
            sql(sql(statement.query_map([group.0], |row| row.get(0).map(RecordId)))?.collect())
        })
    }

    fn unplaced(&self, after: u64, limit: u32) -> Result<Vec<RecordRow>> {
        self.read(|connection| {
            let query = format!("{} WHERE made_by IS NULL AND seq > $1 ORDER BY seq LIMIT $2", select());
            let mut statement = sql(connection.prepare_cached(&query))?;
            sql(sql(statement.query_map(params![int(after), limit], record))?.collect())
        })
    }

    fn place(&self, placed: Vec<(RecordId, Home, UserId)>) -> Result<()> {
        self.writer.write(move |connection| {
            let update = "UPDATE records SET organisation = $1, site = $2, team = $3, group_id = $4, \
                          sealed_for = $5, made_by = $6 WHERE id = $7";
            let mut update = sql(connection.prepare_cached(update))?;
            for (id, home, made_by) in &placed {
                let group = home.group.map(|group| group.0);
                let sealed_for = column(&home.sealed_for);
                let Home { organisation, site, team, .. } = home;
                sql(update.execute(params![organisation, site, team, group, sealed_for, made_by.0, id.0]))?;
            }
            Ok(())
        })
    }

    fn settle_places(&self, quietly: bool) -> Result<bool> {
        self.writer.write(move |connection| {
            let groups = "SELECT r.id, u.organisation, u.team FROM records r JOIN users u ON u.id = r.made_by \
                          WHERE r.kind = 1 AND r.organisation = '' AND u.organisation <> ''";
            let named = |row: &Row<'_>| {
                Ok((RecordId(row.get(0)?), row.get::<_, String>(1)?, row.get::<_, String>(2)?))
            };
            let named: Vec<(RecordId, String, String)> =
                sql(sql(sql(connection.prepare_cached(groups))?.query_map([], named))?.collect())?;
            let mut moves = Moves::begin(connection, quietly)?;
            for (id, organisation, team) in named {
                let Some(before) = sql(home_of(connection, id))? else { continue };
                moves.note(id, &before);
                let home = Home { organisation, team, group: Some(id), ..before };
                sql(put_home(connection, id, &home))?;
                moves.written(Kind::GROUP, id);
            }
            // What hangs on something that was placed elsewhere.
            let below = "SELECT r.kind, r.id FROM records r JOIN records a ON a.id = r.parent_id \
                         WHERE a.scope <> '' AND (a.scope <> r.scope OR a.organisation <> r.organisation \
                         OR a.site <> r.site OR a.team <> r.team OR a.group_id IS DISTINCT FROM r.group_id \
                         OR (r.kind <> 2 AND a.sealed_for IS DISTINCT FROM r.sealed_for)) ORDER BY r.kind";
            let astray = |row: &Row<'_>| Ok((Kind(row.get(0)?), RecordId(row.get(1)?)));
            let astray: Vec<(Kind, RecordId)> =
                sql(sql(sql(connection.prepare_cached(below))?.query_map([], astray))?.collect())?;
            astray.into_iter().for_each(|(kind, id)| moves.written(kind, id));
            sql(moves.settle(connection))
        })
    }

    fn view_of(&self, enrolment: EnrolmentId) -> Result<Option<(Vec<u8>, u64)>> {
        self.read(|connection| {
            let select = "SELECT view, since FROM views WHERE enrolment_id = $1";
            let mut select = sql(connection.prepare_cached(select))?;
            sql(select.query_row([enrolment.0], |row| Ok((row.get(0)?, number(row, 1)?))).optional())
        })
    }

    fn keep_view(&self, enrolment: EnrolmentId, view: Vec<u8>, since: u64) -> Result<()> {
        self.writer.write(move |connection| {
            let upsert = "INSERT INTO views (enrolment_id, view, since) VALUES ($1, $2, $3) \
                          ON CONFLICT (enrolment_id) DO UPDATE SET view = excluded.view";
            let row = params![enrolment.0, view, int(since)];
            sql(sql(connection.prepare_cached(upsert))?.execute(row)).map(|_| ())
        })
    }

    fn staff_of(&self, organisation: &str) -> Result<Vec<(UserRow, Vec<EnrolmentRow>)>> {
        self.read(|connection| {
            // Voices are nobody to seal anything to.
            let users =
                "SELECT id FROM users WHERE organisation = $1 AND role NOT IN ($2, $3) AND disabled = 0 ORDER BY id";
            let mut users = sql(connection.prepare_cached(users))?;
            let ids: Vec<UserId> = sql(sql(
                users.query_map(params![organisation, Role::Slip.code(), Role::Applicant.code()], |row| {
                    row.get(0).map(UserId)
                })
            )?
            .collect())?;
            let devices = "SELECT id, verifying, inbox, token, enrolled_at FROM enrolments \
                           WHERE user_id = $1 AND revoked = 0 ORDER BY enrolled_at, id";
            let mut devices = sql(connection.prepare_cached(devices))?;
            let mut staff = Vec::with_capacity(ids.len());
            for user in sql(super::staff::users(connection, &ids))? {
                let row = |row: &Row<'_>| {
                    Ok(EnrolmentRow {
                        id: EnrolmentId(row.get(0)?),
                        user: user.id,
                        verifying: row.get(1)?,
                        inbox: row.get(2)?,
                        token: row.get(3)?,
                        enrolled_at: number(row, 4)?,
                        revoked: false,
                    })
                };
                let devices = sql(sql(devices.query_map([user.id.0], row))?.collect())?;
                staff.push((user, devices));
            }
            Ok(staff)
        })
    }
}
