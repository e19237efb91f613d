//! Rows of the road: capsules, envelopes, entries, records, drafts.

use super::lasting::release;
use super::{int, number, numbers, sql};
use crate::server::ledger::{
    Arrival, Batch, Counts, Digest, DraftRow, EntryRow, Fate, KeptRow, LedgerError, Link, Result, State,
    Stored, UNREADABLE_ROOM, chained, is_lasting,
};
use crate::server::sql as database;
use database::{Connection, OptionalExtension, Row, params};
use domain::{DraftId, EnrolmentId, EntryId, UserId};
use seal::CapsuleId;

pub fn store(
    connection: &Connection,
    capsules: &[Vec<u8>],
    arrivals: &[Arrival],
    now: u64,
) -> database::Result<Vec<Stored>> {
    let insert = "INSERT INTO capsules (id, bytes) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
    let mut insert_capsule = connection.prepare_cached(insert)?;
    for capsule in capsules {
        insert_capsule.execute(params![CapsuleId::of(capsule).0, capsule])?;
    }
    let mut find = connection.prepare_cached("SELECT seq, state, reason FROM envelopes WHERE digest = $1")?;
    let mut has_capsule = connection.prepare_cached("SELECT 1 FROM capsules WHERE id = $1")?;
    let insert = "INSERT INTO envelopes \
                  (seq, digest, id, enrolment_id, purpose, counter, capsule_id, received_at, state) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)";
    let mut insert = connection.prepare_cached(insert)?;
    let insert_bytes = "INSERT INTO envelope_bytes (envelope_seq, raw) VALUES ($1, $2)";
    let mut insert_bytes = connection.prepare_cached(insert_bytes)?;
    // Those of arrivals that came before are given up: numbers need not follow one another.
    let mut next = if arrivals.is_empty() { 0 } else { numbers(connection, "envelopes", arrivals.len())? };
    let mut stored = Vec::with_capacity(arrivals.len());
    for Arrival { digest, header, raw } in arrivals {
        let before = find.query_row([digest], |row| Ok((number(row, 0)?, state(row, 1)?, row.get(2)?)));
        stored.push(match before.optional()? {
            Some((seq, State::Waiting, _)) => Stored::Waiting(seq),
            Some((_, state, reason)) => Stored::Before(state, reason),
            None if !has_capsule.exists([header.capsule.0])? => Stored::CapsuleMissing,
            None => {
                let purpose = header.purpose.code();
                let seq = next;
                next += 1;
                let row = params![
                    int(seq),
                    digest,
                    header.id.0,
                    header.enrolment.0,
                    purpose,
                    // The device counts from 0; a counter beyond is not ours to judge, only to keep apart.
                    int(header.seq),
                    header.capsule.0,
                    int(now)
                ];
                insert.execute(row)?;
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
) -> database::Result<bool> {
    // A running total: a sum over all of it for each would let who sends rubbish keep the writer busy.
    let held = "SELECT unreadable_bytes FROM server";
    let held = connection.prepare_cached(held)?.query_row([], |row| number(row, 0))?;
    let total = held.saturating_add(raw.len() as u64);
    if total > UNREADABLE_ROOM {
        return Ok(false);
    }
    let insert = "INSERT INTO unreadable (digest, carrier_id, received_at, raw) VALUES ($1, $2, $3, $4) \
                  ON CONFLICT (digest) DO NOTHING";
    let row = params![seal::digest(raw), carrier.0, int(now), raw];
    if connection.prepare_cached(insert)?.execute(row)? == 1 {
        connection.prepare_cached("UPDATE server SET unreadable_bytes = $1")?.execute([int(total)])?;
    }
    Ok(true)
}

pub fn try_judging(connection: &Connection, seq: u64) -> database::Result<bool> {
    let select = "SELECT tried FROM envelopes WHERE seq = $1";
    let tried = connection.prepare_cached(select)?.query_row([int(seq)], |row| row.get(0)).optional()?;
    let update = "UPDATE envelopes SET tried = 1 WHERE seq = $1";
    connection.prepare_cached(update)?.execute([int(seq)])?;
    Ok(tried.unwrap_or(false))
}

pub fn not_tried(connection: &Connection, seqs: &[u64]) -> database::Result<()> {
    let mut update = connection.prepare_cached("UPDATE envelopes SET tried = 0 WHERE seq = $1")?;
    seqs.iter().try_for_each(|seq| update.execute([int(*seq)]).map(|_| ()))
}

pub fn kept(connection: &Connection, of: State, after: u64, limit: u32) -> database::Result<Vec<KeptRow>> {
    let select = "SELECT seq, state, reason, received_at, raw \
                  FROM envelopes JOIN envelope_bytes ON envelope_seq = seq \
                  WHERE state = $1 AND state <> 1 AND seq > $2 ORDER BY seq LIMIT $3";
    connection.prepare_cached(select)?.query_map(params![of as u8, int(after), limit], kept_row)?.collect()
}

/// A row of number, state, reason, time and bytes.
pub fn kept_row(row: &Row<'_>) -> database::Result<KeptRow> {
    Ok(KeptRow {
        seq: number(row, 0)?,
        state: state(row, 1)?,
        reason: row.get(2)?,
        received_at: number(row, 3)?,
        raw: row.get(4)?,
    })
}

fn state(row: &Row<'_>, column: usize) -> database::Result<State> {
    // A state of a later version is left alone, which is what happens to quarantined ones.
    row.get(column).map(|code| State::from_code(code).unwrap_or(State::Quarantined))
}

pub fn entry_digest(connection: &Connection, id: EntryId) -> database::Result<Option<Digest>> {
    let mut select = connection.prepare_cached("SELECT digest FROM entries WHERE id = $1")?;
    select.query_row([id.0], |row| row.get(0)).optional()
}

pub fn draft(connection: &Connection, id: DraftId) -> database::Result<Option<DraftRow>> {
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
    super::moves::enter(connection, &batch.records)?;
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
    sql(super::slips::put(connection, &batch.slips))?;
    sql(super::audit::append(connection, &batch.audit))?;
    batch.fates.iter().try_for_each(|(seq, fate)| match fate {
        Fate::Held(carrier, reason) => super::lasting::hold(connection, *seq, *carrier, reason),
        fate => sql(settle(connection, *seq, fate)),
    })
}

fn enter_entries(connection: &Connection, entries: &[EntryRow]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let last = "SELECT seq, chain FROM entries ORDER BY seq DESC LIMIT 1";
    let last = sql(connection.prepare_cached(last))?.query_row([], |row| Ok((number(row, 0)?, row.get(1)?)));
    let (mut seq, mut chain) = sql(last.optional())?.unwrap_or((0, [0; 32]));
    let insert = "INSERT INTO entries (seq, id, digest, enrolment_id, received_at, sealed, chain) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
    let mut insert = sql(connection.prepare_cached(insert))?;
    for entry in entries {
        seq += 1;
        chain = chained(&chain, entry);
        let EntryRow { id, digest, enrolment, received_at, sealed } = entry;
        let row = params![int(seq), id.0, digest, enrolment.0, int(*received_at), sealed, chain];
        if sql(insert.execute(row))? != 1 {
            return Err(LedgerError::Moved);
        }
    }
    Ok(())
}

/// What may still be judged otherwise: what is waiting, parked, or set apart because its device was revoked.
const OPEN: &str = "(state IN (0, 2) OR (state = 3 AND reason = 'device_revoked'))";

/// Only what is open changes its state: a request that judged the same envelope at the same time
/// must not undo what the other found.
fn settle(connection: &Connection, seq: u64, fate: &Fate) -> database::Result<()> {
    match fate {
        Fate::Entered | Fate::Noted(_) => {
            let note = if let Fate::Noted(note) = fate { note } else { "" };
            let update =
                format!("UPDATE envelopes SET state = 1, reason = $1, tried = 0 WHERE seq = $2 AND {OPEN}");
            if connection.prepare_cached(&update)?.execute(params![note, int(seq)])? == 1 {
                forget_bytes(connection, seq)?;
            }
        }
        Fate::Held(_, reason) => park(connection, seq, reason).map(|_| ())?,
        Fate::Kept(state, reason) => {
            let update =
                format!("UPDATE envelopes SET state = $1, reason = $2, tried = 0 WHERE seq = $3 AND {OPEN}");
            let row = params![*state as u8, reason, int(seq)];
            if connection.prepare_cached(&update)?.execute(row)? == 1 && !is_lasting(reason) {
                release(connection, seq)?;
            }
        }
        Fate::DraftTaken => forget(connection, seq)?,
        Fate::Forgotten => {
            let waiting = "SELECT 1 FROM envelopes WHERE seq = $1 AND state = 0";
            if connection.prepare_cached(waiting)?.exists([int(seq)])? {
                forget_with_capsule(connection, seq)?;
            }
        }
        Fate::Unreadable => {
            let select = "SELECT enrolment_id, received_at, raw \
                          FROM envelopes JOIN envelope_bytes ON envelope_seq = seq WHERE seq = $1 AND state = 0";
            let row =
                |row: &Row<'_>| Ok((EnrolmentId(row.get(0)?), number(row, 1)?, row.get::<_, Vec<u8>>(2)?));
            let found = connection.prepare_cached(select)?.query_row([int(seq)], row).optional()?;
            if let Some((enrolment, received_at, raw)) = found {
                if keep_unreadable(connection, enrolment, &raw, received_at)? {
                    forget(connection, seq)?;
                } else {
                    forget_with_capsule(connection, seq)?;
                }
            }
        }
    }
    Ok(())
}

/// Forgets an envelope that was not entered as an entry.
fn forget(connection: &Connection, seq: u64) -> database::Result<()> {
    let open = format!("SELECT 1 FROM envelopes WHERE seq = $1 AND {OPEN}");
    if connection.prepare_cached(&open)?.exists([int(seq)])? {
        forget_bytes(connection, seq)?;
        connection.prepare_cached("DELETE FROM envelopes WHERE seq = $1")?.execute([int(seq)])?;
    }
    Ok(())
}

/// Forgets an envelope of which nothing is kept, and its capsule unless others need it: who sends rubbish must not fill
/// the disk with those. A device that takes it for held is asked for it again.
fn forget_with_capsule(connection: &Connection, seq: u64) -> database::Result<()> {
    let capsule = "SELECT capsule_id FROM envelopes WHERE seq = $1";
    let capsule = connection.prepare_cached(capsule)?.query_row([int(seq)], |row| row.get(0)).optional()?;
    forget(connection, seq)?;
    let Some::<Vec<u8>>(capsule) = capsule else { return Ok(()) };
    let delete = "DELETE FROM capsules WHERE id = $1 \
                  AND NOT EXISTS (SELECT 1 FROM envelopes WHERE capsule_id = $1)";
    connection.prepare_cached(delete)?.execute([capsule]).map(|_| ())
}

/// Parks what is open; whether it was.
pub fn park(connection: &Connection, seq: u64, reason: &str) -> database::Result<bool> {
    let update = format!("UPDATE envelopes SET state = 2, reason = $1, tried = 0 WHERE seq = $2 AND {OPEN}");
    connection.prepare_cached(&update)?.execute(params![reason, int(seq)]).map(|rows| rows == 1)
}

fn forget_bytes(connection: &Connection, seq: u64) -> database::Result<()> {
    release(connection, seq)?;
    let delete = "DELETE FROM envelope_bytes WHERE envelope_seq = $1";
    connection.prepare_cached(delete)?.execute([int(seq)]).map(|_| ())
}

pub fn chain(connection: &Connection, after: u64, limit: u32) -> database::Result<Vec<Link>> {
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

pub fn counts(connection: &Connection) -> database::Result<Counts> {
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
