//! Dropping what this device may no longer hold: rows, blocks, search lines; and what was granted for a time.
//!
//! A record in which something was saved here that the server has not taken over stays until it has: nothing that
//! was shown as saved is lost, whatever became of its author's rights. Chunks of pictures stay where they lie; the
//! keys that open them went with the records.

use super::blocks::{Fate, Rewritten};
use super::unlock::ATTEMPTS;
use super::{Session, Vault};
use crate::announce::{Change, announce};
use crate::rows::{self, EnvelopeRow};
use crate::tables::{self, Key, Table};
use crate::transaction::{Batch, Commit, Expected, Query};
use crate::{StoreError, clock};
use domain::{EntryId, Record, RecordId, VaultId};
use seal::page::Grant;
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// What cutting records out of a block came to.
#[derive(Default)]
struct Cut {
    rewritten: Option<Rewritten>,
    /// Those that stay because something in them was not sent.
    kept: Vec<RecordId>,
}

/// Records that are to be dropped once something was sent, each with whether the server told it again since.
pub(super) type Due = BTreeMap<RecordId, bool>;

/// How an eviction ended.
enum Outcome {
    Done { dropped: usize },
    Overtaken,
}

impl Vault {
    /// Drops records from this device, and those that were to be dropped and waited for something to be sent. Doing it
    /// again changes nothing. Gives how many lay here and do no longer.
    ///
    /// # Errors
    /// When the browser does not answer; nothing was dropped then, and the next fold tries again.
    pub async fn evict(&self, ids: &[RecordId]) -> Result<usize, StoreError> {
        if !ids.is_empty() {
            self.note_dropping().await?;
        }
        for _ in 0..ATTEMPTS {
            match self.try_evict(ids).await? {
                Outcome::Done { dropped } => {
                    if dropped > 0 {
                        announce(Change::Records);
                    }
                    return Ok(dropped);
                }
                Outcome::Overtaken => self.refresh().await?,
            }
        }
        Err(StoreError::Busy)
    }

    /// Drops what was to be dropped before and waited for something to be sent.
    pub(super) async fn evict_due(&self) -> Result<(), StoreError> {
        let waits = self.get(Table::Counters, &due_of(self.identity().vault)).await?.is_some();
        if waits { self.evict(&[]).await.map(|_| ()) } else { Ok(()) }
    }

    async fn try_evict(&self, ids: &[RecordId]) -> Result<Outcome, StoreError> {
        let vault = self.identity().vault;
        let session = self.session()?;
        let queries = [due_of(vault), gone_of(vault)].map(|key| Query::Get(Table::Counters, key));
        let mut read = self.database.read(&queries).await?.into_iter();
        let mut row = || read.next().and_then(|rows| rows.into_iter().next()).map(|(_, row)| row);
        let (held_due, gone) = (row(), row());
        if rows::read_number(gone.as_deref()) != self.with(|open| open.gone)? {
            // Another page dropped something: what is known here of the blocks is not as it is.
            return Ok(Outcome::Overtaken);
        }
        let before = self.read_due(&session, vault, held_due.as_deref());
        let mut wanted = before.clone();
        wanted.extend(ids.iter().map(|id| (*id, false)));
        let in_blocks: BTreeSet<RecordId> =
            wanted.iter().filter(|(_, told)| !**told).map(|(id, _)| *id).collect();
        let (after, blocks) = self.with(|open| {
            let after = open.index.newest_segment().map_or(0, |newest| newest + 1);
            (after, open.index.segments_holding(&wanted.keys().copied().collect()))
        })?;
        let unsent = self.unsent_entries().await?;
        let mut batch = Batch::default();
        batch.require(Table::Segments, tables::numbered(vault, after), Expected::Absent);
        batch.require(Table::Counters, due_of(vault), Expected::as_read(held_due.clone()));
        batch.require(Table::Counters, gone_of(vault), Expected::as_read(gone.clone()));
        let (mut rewritten, mut kept) = (Vec::new(), BTreeSet::new());
        for number in &blocks {
            // Of what was told again, that lies in the newest block of its own, and stays.
            let told = self.with(|open| {
                let older = |id: &&RecordId| open.index.segment_of(**id) != Some(*number);
                wanted.iter().filter(|(_, told)| **told).map(|(id, _)| id).filter(older).copied().collect()
            })?;
            let cut_out = in_blocks.union(&told).copied().collect();
            let cut = self.without(&session, *number, &cut_out, &unsent, &mut batch).await?;
            rewritten.extend(cut.rewritten);
            kept.extend(cut.kept);
        }
        let dropped_rows =
            self.rows_without(&session, vault, wanted.keys(), &unsent, &mut kept, &mut batch).await?;
        let due: Due = kept.iter().map(|id| (*id, wanted.get(id).copied().unwrap_or_default())).collect();
        if due != before {
            self.write_due(&session, vault, &due, held_due.is_some(), &mut batch)?;
        }
        let next = rows::read_number(gone.as_deref()) + 1;
        let drops = !(rewritten.is_empty() && dropped_rows.is_empty());
        if drops {
            batch.put(Table::Counters, gone_of(vault), rows::write_number(next));
        }
        if !batch.writes.is_empty() && self.database.commit(batch).await? == Commit::Overtaken {
            return Ok(Outcome::Overtaken);
        }
        self.with(|open| {
            let mut dropped: BTreeSet<RecordId> = dropped_rows.iter().copied().collect();
            dropped.extend(in_blocks.iter().filter(|id| open.index.segment_of(**id).is_some()));
            dropped.retain(|id| !kept.contains(id));
            open.blocks.retain(|(number, _)| !blocks.contains(number));
            open.index.forget_fresh(dropped_rows);
            if drops {
                open.index.replace_segments(rewritten.into_iter().map(|it| (it.number, it.lines)));
                open.gone = next;
            }
            Outcome::Done { dropped: dropped.len() }
        })
    }

    /// A block and its segment without some records, but for those in which something was not sent. Where the block
    /// does not open it is set aside as it lies, and its segment is rewritten from its own lines.
    async fn without(
        &self,
        session: &Session,
        number: u32,
        wanted: &BTreeSet<RecordId>,
        unsent: &BTreeSet<EntryId>,
        batch: &mut Batch,
    ) -> Result<Cut, StoreError> {
        let (rows, _) = self.block_rows(session, number, gone_of(self.identity().vault)).await?;
        let mut cut = Cut::default();
        if !rows.opened {
            let lines = self.with(|open| open.index.lines_without(number, wanted))?;
            self.rewrite_lines(session, rows, &lines, batch)?;
            cut.rewritten = Some(Rewritten { number, lines });
            return Ok(cut);
        }
        let fate = |id: RecordId, bytes: &[u8]| {
            if !wanted.contains(&id) {
                return Fate::Stays;
            }
            let record = minicbor::decode::<Record>(bytes).ok();
            if !record.is_some_and(|record| record.entries().iter().any(|entry| unsent.contains(entry))) {
                return Fate::Goes;
            }
            cut.kept.push(id);
            Fate::Stays
        };
        cut.rewritten = self.rewrite(session, rows, fate, batch)?;
        Ok(cut)
    }

    /// Deletes rows of their own. Gives those deleted, and adds to `kept` those that stay because something in them was
    /// not sent. Of what has no row, none may come meanwhile: it would bring back what is dropped.
    async fn rows_without(
        &self,
        session: &Session,
        vault: VaultId,
        wanted: impl Iterator<Item = &RecordId>,
        unsent: &BTreeSet<EntryId>,
        kept: &mut BTreeSet<RecordId>,
        batch: &mut Batch,
    ) -> Result<Vec<RecordId>, StoreError> {
        let known: Vec<RecordId> = self.with(|open| {
            let known = |id: &&RecordId| open.index.is_fresh(**id) || open.index.segment_of(**id).is_some();
            wanted.filter(known).copied().collect()
        })?;
        let queries: Vec<Query> =
            known.iter().map(|id| Query::Get(Table::Records, tables::record(vault, *id))).collect();
        let read = self.database.read(&queries).await?;
        let mut dropped = Vec::new();
        for (id, rows) in known.iter().zip(read) {
            let Some((key, row)) = rows.into_iter().next() else {
                batch.require(Table::Records, tables::record(vault, *id), Expected::Absent);
                continue;
            };
            // One that does not open is set aside and tells nothing.
            let Some(newer) = self.open_newer(session, *id, Some(&row)) else { continue };
            if newer.record.entries().iter().any(|entry| unsent.contains(entry)) {
                kept.insert(*id);
                continue;
            }
            batch.require(Table::Records, key.clone(), Expected::Bytes(row));
            batch.delete(Table::Records, key);
            dropped.push(*id);
        }
        Ok(dropped)
    }

    /// Entries of this device that the server has not taken over.
    async fn unsent_entries(&self) -> Result<BTreeSet<EntryId>, StoreError> {
        let read = self.database.read(&[Query::all(Table::Outbox)]).await?;
        let waits = read.into_iter().flatten().filter(|(_, row)| {
            // A row that cannot be read may be one that waits.
            rows::read::<EnvelopeRow>(Table::Outbox, row).map_or(true, |row| !row.is_delivered())
        });
        Ok(waits.filter_map(|(key, _)| EntryId::from_slice(key.get(1..)?)).collect())
    }

    /// What is to be dropped once something was sent, and whether the server told it again since.
    pub(super) fn read_due(&self, session: &Session, vault: VaultId, row: Option<&[u8]>) -> Due {
        let opened = row.and_then(|row| session.cipher.open(Table::Counters, &due_of(vault), row).ok());
        let list: Option<Vec<(RecordId, bool)>> = opened.and_then(|(_, plain)| minicbor::decode(&plain).ok());
        list.unwrap_or_default().into_iter().collect()
    }

    pub(super) fn write_due(
        &self,
        session: &Session,
        vault: VaultId,
        due: &Due,
        is_held: bool,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let key = due_of(vault);
        if !due.is_empty() {
            let list: Vec<(RecordId, bool)> = due.iter().map(|(id, told)| (*id, *told)).collect();
            let sealed = session.cipher.seal(Table::Counters, &key, 0, &rows::write(&list))?;
            batch.put(Table::Counters, key, sealed);
        } else if is_held {
            batch.delete(Table::Counters, key);
        }
        Ok(())
    }

    /// Notes that a page told records again that wait to be dropped: what it told lies apart from what waits, and stays.
    pub(super) async fn due_told_again(
        &self,
        session: &Session,
        told: impl Fn(RecordId) -> bool,
        batch: &mut Batch,
    ) -> Result<BTreeSet<RecordId>, StoreError> {
        let vault = self.identity().vault;
        let Some(row) = self.get(Table::Counters, &due_of(vault)).await? else { return Ok(BTreeSet::new()) };
        let mut due = self.read_due(session, vault, Some(&row));
        let again: BTreeSet<RecordId> = due.keys().copied().filter(|id| told(*id)).collect();
        if !again.is_empty() {
            due.extend(again.iter().map(|id| (*id, true)));
            batch.require(Table::Counters, due_of(vault), Expected::Bytes(row));
            self.write_due(session, vault, &due, true, batch)?;
        }
        Ok(again)
    }

    /// What was granted to this user and has not ended: other people's groups, for reading only.
    #[must_use]
    pub fn grants(&self) -> Vec<Grant> {
        let now = clock::now_ms();
        let grants = self.with(|open| open.grants.clone()).unwrap_or_default();
        grants.into_iter().filter(|grant| grant.until > now).collect()
    }

    /// Whether a group was lent to this user for reading, also when the time has ended and it still lies here.
    #[must_use]
    pub fn lent(&self, group: RecordId) -> bool {
        self.with(|open| open.grants.iter().any(|grant| grant.group == group)).unwrap_or_default()
    }

    /// Drops what was granted for a time that has ended. To be called at times, also with no line.
    ///
    /// # Errors
    /// As [`Self::evict`]; what has ended is hidden then, and dropped with the next try.
    pub async fn drop_ended(&self) -> Result<usize, StoreError> {
        let now = clock::now_ms();
        if self.with(|open| open.grants.iter().all(|grant| grant.until > now))? {
            return Ok(0);
        }
        let row = self.get(Table::Counters, &grants_of(self.identity().vault)).await?;
        let (ended, rest): (Vec<Grant>, Vec<Grant>) =
            self.read_grants(row.as_deref())?.into_iter().partition(|grant| grant.until <= now);
        // A group may have been granted anew.
        let stays = |group: RecordId| rest.iter().any(|grant| grant.group == group);
        let mut ids = Vec::new();
        for grant in ended.iter().filter(|grant| !stays(grant.group)) {
            ids.extend(self.below(grant.group)?);
        }
        let dropped = match self.evict(&ids).await {
            Err(StoreError::Full) if self.make_room().await? => self.evict(&ids).await,
            outcome => outcome,
        };
        let dropped = match dropped {
            Ok(dropped) => dropped,
            Err(error) => {
                let ids = ids.into_iter().collect();
                self.with(|open| open.index.hide(&ids))?;
                return Err(error);
            }
        };
        // Changed meanwhile by another page: the next try sees to it.
        self.put_grants(rest, Some(Expected::as_read(row))).await?;
        Ok(dropped)
    }

    /// What was granted, as a row says it.
    pub(super) fn read_grants(&self, row: Option<&[u8]>) -> Result<Vec<Grant>, StoreError> {
        let (session, key) = (self.session()?, grants_of(self.identity().vault));
        let opened = row.and_then(|row| session.cipher.open(Table::Counters, &key, row).ok());
        Ok(opened.and_then(|(_, plain)| minicbor::decode(&plain).ok()).unwrap_or_default())
    }

    /// A record and all that hangs on it.
    fn below(&self, record: RecordId) -> Result<Vec<RecordId>, StoreError> {
        self.with(|open| {
            let first = open.index.hanging_on(record);
            let mut ids: Vec<RecordId> = first.iter().flat_map(|id| open.index.hanging_on(*id)).collect();
            ids.extend(first);
            ids.push(record);
            ids
        })
    }

    /// Keeps the whole list of what was granted.
    pub(super) async fn keep_grants(&self, grants: Vec<Grant>) -> Result<(), StoreError> {
        self.put_grants(grants, None).await
    }

    async fn put_grants(&self, grants: Vec<Grant>, only_if: Option<Expected>) -> Result<(), StoreError> {
        let session = self.session()?;
        let key = grants_of(self.identity().vault);
        let sealed = session.cipher.seal(Table::Counters, &key, 0, &Zeroizing::new(rows::write(&grants)))?;
        let mut batch = Batch::default();
        if let Some(expected) = only_if {
            batch.require(Table::Counters, key.clone(), expected);
        }
        batch.put(Table::Counters, key, sealed);
        if self.database.commit(batch).await? == Commit::Overtaken {
            return Ok(());
        }
        self.with(|open| open.grants = grants)
    }
}

/// Key of the records that are to be dropped once something was sent.
pub(super) fn due_of(vault: VaultId) -> Key {
    [b"due".as_slice(), &vault.0].concat()
}

/// Key of how often something was dropped: pages that were open meanwhile begin their index anew.
pub(super) fn gone_of(vault: VaultId) -> Key {
    [b"gone".as_slice(), &vault.0].concat()
}

/// Key of what was granted.
pub(super) fn grants_of(vault: VaultId) -> Key {
    [b"grants".as_slice(), &vault.0].concat()
}

#[cfg(test)]
mod tests;
