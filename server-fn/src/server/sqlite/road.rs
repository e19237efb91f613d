//! Rows of the road: capsules, envelopes, entries, records, drafts.

use super::{int, number, sql};
use crate::server::ledger::{
    Arrival, Batch, Changed, Counts, Digest, DraftRow, EntryRow, Fate, KeptRow, LedgerError, Link, RecordRow,
    Result, State, Stored, UNREADABLE_ROOM, chained,
};
use domain::{DraftId, EnrolmentId, EntryId, Kind, RecordId, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use seal::{CapsuleId, Purpose};
use std::collections::{HashSet, VecDeque};

pub fn store(
    connection: &Connection,
    capsules: &[Vec<u8>],
    arrivals: &[Arrival],
    now: u64,
) -> rusqlite::Result<Vec<Stored>> {
    let insert = "INSERT INTO capsules (id, bytes) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
    let mut insert_capsule = connection.prepare_cached(insert)?;
    for capsule in capsules {
        insert_capsule.execute(params![CapsuleId::of(capsule).0, capsule])?;
    }
    let mut find = connection.prepare_cached("SELECT seq, state, reason FROM envelopes WHERE digest = $1")?;
    let mut has_capsule = connection.prepare_cached("SELECT 1 FROM capsules WHERE id = $1")?;
    let insert = "INSERT INTO envelopes \
                  (digest, id, enrolment_id, purpose, counter, capsule_id, received_at, state) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, 0) RETURNING seq";
    let mut insert = connection.prepare_cached(insert)?;
    let insert_bytes = "INSERT INTO envelope_bytes (envelope_seq, raw) VALUES ($1, $2)";
    let mut insert_bytes = connection.prepare_cached(insert_bytes)?;
    let mut stored = Vec::with_capacity(arrivals.len());
    for Arrival { digest, header, raw } in arrivals {
        let before = find.query_row([digest], |row| Ok((number(row, 0)?, state(row, 1)?, row.get(2)?)));
        stored.push(match before.optional()? {
            Some((seq, State::Waiting, _)) => Stored::Waiting(seq),
            Some((_, state, reason)) => Stored::Before(state, reason),
            None if !has_capsule.exists([header.capsule.0])? => Stored::CapsuleMissing,
            None => {
                let purpose: u8 = if header.purpose == Purpose::Entry { 1 } else { 2 };
                let row = params![
                    digest,
                    header.id.0,
                    header.enrolment.0,
                    purpose,
                    // The device counts from 0; a counter beyond is not ours to judge, only to keep apart.
                    int(header.seq),
                    header.capsule.0,
                    int(now)
                ];
                let seq = insert.query_row(row, |row| number(row, 0))?;
                insert_bytes.execute(params![int(seq), raw])?;
                Stored::Waiting(seq)
            }
        });
    }
    Ok(stored)
}

pub fn keep_unreadable(
    connection: &Connection,
    carrier: EnrolmentId,
    raw: &[u8],
    now: u64,
) -> rusqlite::Result<()> {
    // A running total: a sum over all of it for each would let who sends rubbish keep the writer busy.
    let held = "SELECT unreadable_bytes FROM server";
    let held = connection.prepare_cached(held)?.query_row([], |row| number(row, 0))?;
    let total = held.saturating_add(raw.len() as u64);
    if total > UNREADABLE_ROOM {
        return Ok(());
    }
    let insert = "INSERT INTO unreadable (digest, carrier_id, received_at, raw) VALUES ($1, $2, $3, $4) \
                  ON CONFLICT (digest) DO NOTHING";
    let row = params![seal::digest(raw), carrier.0, int(now), raw];
    if connection.prepare_cached(insert)?.execute(row)? == 1 {
        connection.prepare_cached("UPDATE server SET unreadable_bytes = $1")?.execute([int(total)])?;
    }
    Ok(())
}

pub fn try_judging(connection: &Connection, seq: u64) -> rusqlite::Result<bool> {
    let select = "SELECT tried FROM envelopes WHERE seq = $1";
    let tried = connection.prepare_cached(select)?.query_row([int(seq)], |row| row.get(0)).optional()?;
    let update = "UPDATE envelopes SET tried = 1 WHERE seq = $1";
    connection.prepare_cached(update)?.execute([int(seq)])?;
    Ok(tried.unwrap_or(false))
}

pub fn kept(connection: &Connection, of: State, after: u64, limit: u32) -> rusqlite::Result<Vec<KeptRow>> {
    let select = "SELECT seq, state, reason, received_at, raw \
                  FROM envelopes JOIN envelope_bytes ON envelope_seq = seq \
                  WHERE state = $1 AND state <> 1 AND seq > $2 ORDER BY seq LIMIT $3";
    let row = |row: &Row<'_>| {
        Ok(KeptRow {
            seq: number(row, 0)?,
            state: state(row, 1)?,
            reason: row.get(2)?,
            received_at: number(row, 3)?,
            raw: row.get(4)?,
        })
    };
    connection.prepare_cached(select)?.query_map(params![of as u8, int(after), limit], row)?.collect()
}

fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<State> {
    // A state of a later version is left alone, which is what happens to quarantined ones.
    row.get(column).map(|code| State::from_code(code).unwrap_or(State::Quarantined))
}

pub fn entry_digest(connection: &Connection, id: EntryId) -> rusqlite::Result<Option<Digest>> {
    let mut select = connection.prepare_cached("SELECT digest FROM entries WHERE id = $1")?;
    select.query_row([id.0], |row| row.get(0)).optional()
}

const RECORD: &str = "SELECT id, kind, parent_id, scope, revision, seq, sealed FROM records";

fn record(row: &Row<'_>) -> rusqlite::Result<RecordRow> {
    Ok(RecordRow {
        id: RecordId(row.get(0)?),
        kind: Kind(row.get(1)?),
        parent: row.get::<_, Option<[u8; 16]>>(2)?.map(RecordId),
        scope: row.get(3)?,
        revision: number(row, 4)?,
        seq: number(row, 5)?,
        sealed: row.get(6)?,
    })
}

pub fn records(connection: &Connection, ids: &[RecordId]) -> rusqlite::Result<Vec<RecordRow>> {
    let mut select = connection.prepare_cached(&format!("{RECORD} WHERE id = $1"))?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.extend(select.query_row([id.0], record).optional()?);
    }
    Ok(rows)
}

pub fn changed(
    connection: &Connection,
    scope: &str,
    after: u64,
    limit: u32,
    bytes: usize,
) -> rusqlite::Result<Changed> {
    let mut select = connection
        .prepare_cached(&format!("{RECORD} WHERE scope = $1 AND seq > $2 ORDER BY seq LIMIT $3"))?;
    // One row beyond the limit tells whether there are others.
    let mut rows = select.query(params![scope, int(after), i64::from(limit) + 1])?;
    let mut changed = Changed::default();
    let mut size = 0;
    while let Some(row) = rows.next()? {
        let row = record(row)?;
        size += row.sealed.len();
        let is_full = changed.records.len() >= limit as usize || size > bytes;
        if is_full && !changed.records.is_empty() {
            changed.more = true;
            break;
        }
        changed.records.push(row);
    }
    let mut count = connection.prepare_cached("SELECT COUNT(*) FROM records WHERE scope = $1")?;
    changed.total = count.query_row([scope], |row| number(row, 0))?;
    Ok(changed)
}

pub fn draft(connection: &Connection, id: DraftId) -> rusqlite::Result<Option<DraftRow>> {
    let select = "SELECT user_id, enrolment_id, counter, received_at, sealed FROM drafts WHERE id = $1";
    let row = |row: &Row<'_>| {
        Ok(DraftRow {
            id,
            user: UserId(row.get(0)?),
            enrolment: EnrolmentId(row.get(1)?),
            counter: number(row, 2)?,
            received_at: number(row, 3)?,
            sealed: row.get(4)?,
        })
    };
    connection.prepare_cached(select)?.query_row([id.0], row).optional()
}

pub fn enter(connection: &Connection, batch: &Batch) -> Result<()> {
    enter_entries(connection, &batch.entries)?;
    enter_records(connection, &batch.records)?;
    for row in &batch.drafts {
        // Whoever read the draft may have been overtaken: only a newer state of the same author takes its place.
        let held = sql(draft(connection, row.id))?;
        if held.is_some_and(|held| held.user != row.user || !row.is_newer_than(&held)) {
            continue;
        }
        let DraftRow { id, user, enrolment, counter, received_at, sealed } = row;
        let upsert = "INSERT INTO drafts (id, user_id, enrolment_id, counter, received_at, sealed) \
                      VALUES ($1, $2, $3, $4, $5, $6) \
                      ON CONFLICT (id) DO UPDATE SET enrolment_id = excluded.enrolment_id, \
                      counter = excluded.counter, received_at = excluded.received_at, \
                      sealed = excluded.sealed";
        let row = params![id.0, user.0, enrolment.0, int(*counter), int(*received_at), sealed];
        sql(sql(connection.prepare_cached(upsert))?.execute(row))?;
    }
    sql(super::chunks::state(connection, &batch.stated))?;
    batch.fates.iter().try_for_each(|(seq, fate)| sql(settle(connection, *seq, fate)))
}

fn enter_entries(connection: &Connection, entries: &[EntryRow]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let last = "SELECT chain FROM entries ORDER BY seq DESC LIMIT 1";
    let last = sql(connection.prepare_cached(last))?.query_row([], |row| row.get(0)).optional();
    let mut chain = sql(last)?.unwrap_or([0; 32]);
    let insert = "INSERT INTO entries (id, digest, enrolment_id, received_at, sealed, chain) \
                  VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING";
    let mut insert = sql(connection.prepare_cached(insert))?;
    for entry in entries {
        chain = chained(&chain, entry);
        let EntryRow { id, digest, enrolment, received_at, sealed } = entry;
        let row = params![id.0, digest, enrolment.0, int(*received_at), sealed, chain];
        if sql(insert.execute(row))? != 1 {
            return Err(LedgerError::Moved);
        }
    }
    Ok(())
}

fn enter_records(connection: &Connection, records: &[RecordRow]) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    // One writer at a time, so numbers become visible in their order and a cursor skips none.
    let last = "SELECT COALESCE(MAX(seq), 0) FROM records";
    let mut seq = sql(sql(connection.prepare_cached(last))?.query_row([], |row| number(row, 0)))?;
    let insert = "INSERT INTO records (id, kind, parent_id, scope, revision, seq, sealed) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
    let mut insert = sql(connection.prepare_cached(insert))?;
    let update = "UPDATE records SET parent_id = $1, scope = $2, revision = $3, seq = $4, sealed = $5 \
                  WHERE id = $6 AND revision = $7";
    let mut update = sql(connection.prepare_cached(update))?;
    for RecordRow { id, kind, parent, scope, revision, sealed, .. } in records {
        seq += 1;
        let parent = parent.map(|parent| parent.0);
        let (revision, before) = (int(*revision), int(revision.saturating_sub(1)));
        let written = if before == 0 {
            insert.execute(params![id.0, kind.0, parent, scope, revision, int(seq), sealed])
        } else {
            update.execute(params![parent, scope, revision, int(seq), sealed, id.0, before])
        };
        if sql(written)? != 1 {
            return Err(LedgerError::Moved);
        }
    }
    sql(settle_scopes(connection, records, &mut seq))
}

/// Gives records that were written, and those below them, the scope of the record they hang on. Here, in the one
/// transaction that writes at a time, nobody can have moved it since it was read.
fn settle_scopes(connection: &Connection, written: &[RecordRow], seq: &mut u64) -> rusqlite::Result<()> {
    let above = "SELECT above.scope, above.kind FROM records JOIN records AS above ON above.id = records.parent_id \
                 WHERE records.id = $1 AND above.scope <> '' AND above.scope <> records.scope";
    let mut above = connection.prepare_cached(above)?;
    let below = "SELECT id, kind FROM records WHERE parent_id = $1 ORDER BY seq";
    let mut below = connection.prepare_cached(below)?;
    let mut update = connection.prepare_cached("UPDATE records SET scope = $1, seq = $2 WHERE id = $3")?;
    // Level by level, groups first: each finds the one it hangs on where that will stay.
    let mut level: Vec<(Kind, RecordId)> = written.iter().map(|row| (row.kind, row.id)).collect();
    level.sort_by_key(|(kind, _)| *kind);
    let mut work = VecDeque::from(level);
    let mut visited = HashSet::new();
    while let Some((kind, id)) = work.pop_front() {
        let elsewhere =
            above.query_row([id.0], |row| Ok((row.get::<_, String>(0)?, Kind(row.get(1)?)))).optional()?;
        if let Some((scope, _)) = elsewhere.filter(|(_, above)| kind.may_hang_on(*above)) {
            *seq += 1;
            update.execute(params![scope, int(*seq), id.0])?;
        } else if !visited.insert(id) {
            // It is where it belongs, and what is below it was looked at.
            continue;
        }
        let children = below.query_map([id.0], |row| Ok((Kind(row.get(1)?), RecordId(row.get(0)?))))?;
        for child in children {
            work.extend(Some(child?).filter(|(below, _)| below.may_hang_on(kind)));
        }
    }
    Ok(())
}

/// Only what is waiting or parked changes its state: a request that judged the same envelope at the same time
/// must not undo what the other found.
fn settle(connection: &Connection, seq: u64, fate: &Fate) -> rusqlite::Result<()> {
    match fate {
        Fate::Entered => {
            let update =
                "UPDATE envelopes SET state = 1, reason = '', tried = 0 WHERE seq = $1 AND state IN (0, 2)";
            if connection.prepare_cached(update)?.execute([int(seq)])? == 1 {
                forget_bytes(connection, seq)?;
            }
        }
        Fate::Kept(state, reason) => {
            let update = "UPDATE envelopes SET state = $1, reason = $2, tried = 0 \
                          WHERE seq = $3 AND state IN (0, 2)";
            connection.prepare_cached(update)?.execute(params![*state as u8, reason, int(seq)])?;
        }
        Fate::DraftTaken => forget(connection, seq)?,
        Fate::Forgotten => {
            let waiting = "SELECT 1 FROM envelopes WHERE seq = $1 AND state = 0";
            if connection.prepare_cached(waiting)?.exists([int(seq)])? {
                forget(connection, seq)?;
            }
        }
        Fate::Unreadable => {
            let select = "SELECT enrolment_id, received_at, raw \
                          FROM envelopes JOIN envelope_bytes ON envelope_seq = seq WHERE seq = $1 AND state = 0";
            let row =
                |row: &Row<'_>| Ok((EnrolmentId(row.get(0)?), number(row, 1)?, row.get::<_, Vec<u8>>(2)?));
            let found = connection.prepare_cached(select)?.query_row([int(seq)], row).optional()?;
            if let Some((enrolment, received_at, raw)) = found {
                keep_unreadable(connection, enrolment, &raw, received_at)?;
                forget(connection, seq)?;
            }
        }
    }
    Ok(())
}

/// Forgets an envelope that was not entered as an entry.
fn forget(connection: &Connection, seq: u64) -> rusqlite::Result<()> {
    let open = "SELECT 1 FROM envelopes WHERE seq = $1 AND state IN (0, 2)";
    if connection.prepare_cached(open)?.exists([int(seq)])? {
        forget_bytes(connection, seq)?;
        connection.prepare_cached("DELETE FROM envelopes WHERE seq = $1")?.execute([int(seq)])?;
    }
    Ok(())
}

fn forget_bytes(connection: &Connection, seq: u64) -> rusqlite::Result<()> {
    let delete = "DELETE FROM envelope_bytes WHERE envelope_seq = $1";
    connection.prepare_cached(delete)?.execute([int(seq)]).map(|_| ())
}

pub fn chain(connection: &Connection, after: u64, limit: u32) -> rusqlite::Result<Vec<Link>> {
    let select = "SELECT seq, id, digest, enrolment_id, received_at, sealed, chain FROM entries \
                  WHERE seq > $1 ORDER BY seq LIMIT $2";
    let row = |row: &Row<'_>| {
        let entry = EntryRow {
            id: EntryId(row.get(1)?),
            digest: row.get(2)?,
            enrolment: EnrolmentId(row.get(3)?),
            received_at: number(row, 4)?,
            sealed: row.get(5)?,
        };
        Ok(Link { seq: number(row, 0)?, entry, chain: row.get(6)? })
    };
    connection.prepare_cached(select)?.query_map(params![int(after), limit], row)?.collect()
}

pub fn counts(connection: &Connection) -> rusqlite::Result<Counts> {
    let select = "SELECT (SELECT COUNT(*) FROM entries), (SELECT COUNT(*) FROM records), \
                  (SELECT COUNT(*) FROM envelopes WHERE state = 0 AND state <> 1), \
                  (SELECT COUNT(*) FROM envelopes WHERE state = 2 AND state <> 1), \
                  (SELECT COUNT(*) FROM envelopes WHERE state = 3 AND state <> 1), \
                  (SELECT COUNT(*) FROM drafts), (SELECT COUNT(*) FROM unreadable), \
                  (SELECT COUNT(*) FROM chunks)";
    connection.query_row(select, [], |row| {
        Ok(Counts {
            entries: number(row, 0)?,
            records: number(row, 1)?,
            waiting: number(row, 2)?,
            parked: number(row, 3)?,
            quarantined: number(row, 4)?,
            drafts: number(row, 5)?,
            unreadable: number(row, 6)?,
            chunks: number(row, 7)?,
        })
    })
}
