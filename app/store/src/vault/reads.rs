//! The log of readings: who opened which record, when and for what. Kept sealed at once, also without a line; sent in
//! batches that nobody has to look at.

use super::save::Envelope;
use super::unlock::ATTEMPTS;
use super::{ItemKey, Vault};
use crate::error::DamagedRow;
use crate::rows;
use crate::tables::{Key, Table};
use crate::transaction::{Batch, Commit, Expected, Query};
use crate::{StoreError, clock, tables};
use domain::{Field, RecordId, Subject, VaultId};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use seal::reads::LIMIT;
use seal::{AuditPage, Reading, Reads, Why};
use zeroize::Zeroizing;

/// Opening the same record for the same purpose again within this time is one reading.
const AGAIN: u64 = 5 * 60_000;
/// So many readings go out without waiting for anything else.
const TOGETHER: usize = 20;

/// Readings that are not queued yet, sealed. One row for a vault.
#[derive(Clone, Debug, Default, Encode, Decode)]
#[cbor(map)]
struct PendingRow {
    /// Names the batch that they become: were it queued twice, the server would write it once.
    #[n(0)]
    batch: Option<ByteArray<16>>,
    #[n(1)]
    items: Vec<ReadingRow>,
}

#[derive(Clone, Copy, Debug, Encode, Decode)]
#[cbor(array)]
struct ReadingRow {
    #[n(0)]
    record: RecordId,
    #[n(1)]
    at: u64,
    #[n(2)]
    why: u8,
}

impl Vault {
    /// Notes that a record was opened. When this returns, no kill of the browser loses it. Nobody waits for it: pages
    /// call it beside what they show.
    ///
    /// # Errors
    /// [`StoreError::Full`] and others; the next opening of the record is noted again then.
    pub async fn opened(&self, record: RecordId, why: Why) -> Result<(), StoreError> {
        let why = self.granted(record).await.unwrap_or(why);
        let (now, key) = (clock::now_ms(), (record, why.code()));
        let counts = self.with(|open| {
            open.read_lately.retain(|_, at| now.abs_diff(*at) < AGAIN);
            let counts = !open.read_lately.contains_key(&key);
            open.read_lately.entry(key).or_insert(now);
            counts
        })?;
        if !counts {
            return Ok(());
        }
        match self.add_reading(ReadingRow { record, at: now, why: why.code() }).await {
            Ok(waiting) if waiting >= TOGETHER => self.flush_reads().await,
            Ok(_) => Ok(()),
            Err(error) => {
                let _ = self.with(|open| open.read_lately.remove(&key));
                Err(error)
            }
        }
    }

    /// Queues the readings that wait for delivery: before a lock, and before each round.
    ///
    /// # Errors
    /// When the browser does not answer; they stay as they are then.
    pub async fn flush_reads(&self) -> Result<(), StoreError> {
        let identity = self.identity();
        let key = reads_of(identity.vault);
        for _ in 0..ATTEMPTS {
            let session = self.session()?;
            let read = self
                .database
                .read(&[
                    Query::Get(Table::Counters, key.clone()),
                    Query::Get(Table::Counters, tables::seq_of(identity.enrolment)),
                ])
                .await?;
            let [pending, seq] = read.try_into().unwrap_or_default();
            let (Some((_, row)), seq) = (pending.into_iter().next(), seq.into_iter().next()) else {
                return Ok(());
            };
            let Some((_, mut pending)) = self.open_pending(&key, &row)? else {
                return self.set_pending_aside(&key, row).await;
            };
            let now = clock::now_ms();
            let batch_id = pending.batch.map_or_else(clock::random, |batch| *batch);
            let later = pending.items.split_off(pending.items.len().min(LIMIT));
            let items = pending.items.iter().map(|item| Reading {
                record: item.record,
                at: item.at,
                why: Why::from_code(item.why),
            });
            let reads = Reads { batch: batch_id, enrolment: identity.enrolment, items: items.collect() };
            let mut batch = Batch::default();
            let (item, plain) = (ItemKey::of_reads(batch_id), reads.sign(&session.keys).to_bytes());
            let seq = seq.map(|(_, row)| row);
            let envelope = Envelope { item, plain, now, not_before: 0 };
            let seq = self.queue(&session, &mut batch, envelope, &seq, None)?;
            batch.require(Table::Counters, key.clone(), Expected::Bytes(row));
            if later.is_empty() {
                batch.delete(Table::Counters, key.clone());
            } else {
                let rest = PendingRow { batch: Some(ByteArray::from(clock::random::<16>())), items: later };
                batch.put(Table::Counters, key.clone(), self.seal_pending(&key, now, &rest)?);
            }
            if self.database.commit(batch).await? == Commit::Done {
                let _ = self.with(|open| open.seq = Some(seq));
                return Ok(());
            }
            self.forget_seq()?;
        }
        Err(StoreError::Busy)
    }

    /// Opens a page of the log that the server sealed for this enrolment, in answer to the question of a nonce.
    ///
    /// # Errors
    /// [`StoreError::Locked`], or [`StoreError::Untrusted`] for what is not the server's answer to that question.
    pub fn audit_page(&self, answer: &[u8], nonce: &[u8; 16]) -> Result<AuditPage, StoreError> {
        let (session, enrolment) = (self.session()?, self.identity().enrolment);
        let server = &session.server.signing;
        seal::answer::open(answer, &session.keys, enrolment, server, nonce).map_err(|_| StoreError::Untrusted)
    }

    /// How many readings are kept and not queued yet.
    ///
    /// # Errors
    /// When the browser does not answer.
    #[cfg(test)]
    pub(crate) async fn readings_pending(&self) -> Result<usize, StoreError> {
        let key = reads_of(self.identity().vault);
        let Some(row) = self.get(Table::Counters, &key).await? else { return Ok(0) };
        Ok(self.open_pending(&key, &row)?.map_or(0, |(_, pending)| pending.items.len()))
    }

    /// By which grant a record is open to this user at all, if by one: that says more than for which page.
    async fn granted(&self, record: RecordId) -> Option<Why> {
        let grants = self.grants();
        if grants.is_empty() {
            return None;
        }
        let found = self.record(record).await.ok().flatten();
        let group = found.and_then(|found| Subject::of(&found).reference(Field::GROUP)).unwrap_or(record);
        let grant = grants.iter().find(|grant| grant.group == group)?;
        Some(if grant.emergency { Why::BreakGlass } else { Why::Grant })
    }

    /// Adds one to those that wait. Gives how many do now.
    async fn add_reading(&self, reading: ReadingRow) -> Result<usize, StoreError> {
        let key = reads_of(self.identity().vault);
        for _ in 0..ATTEMPTS {
            let row = self.get(Table::Counters, &key).await?;
            let opened = match &row {
                Some(row) => self.open_pending(&key, row)?,
                None => Some((0, PendingRow::default())),
            };
            let Some((version, mut pending)) = opened else {
                self.set_pending_aside(&key, row.unwrap_or_default()).await?;
                continue;
            };
            pending.batch.get_or_insert_with(|| ByteArray::from(clock::random::<16>()));
            pending.items.push(reading);
            let mut batch = Batch::default();
            batch.require(Table::Counters, key.clone(), Expected::as_read(row));
            batch.put(Table::Counters, key.clone(), self.seal_pending(&key, version + 1, &pending)?);
            if self.database.commit(batch).await? == Commit::Done {
                return Ok(pending.items.len());
            }
        }
        Err(StoreError::Busy)
    }

    fn seal_pending(&self, key: &Key, version: u64, pending: &PendingRow) -> Result<Vec<u8>, StoreError> {
        let plain = Zeroizing::new(rows::write(pending));
        self.session()?.cipher.seal(Table::Counters, key, version, &plain)
    }

    /// `None` for a row that does not open.
    fn open_pending(&self, key: &Key, row: &[u8]) -> Result<Option<(u64, PendingRow)>, StoreError> {
        let opened = self.session()?.cipher.open(Table::Counters, key, row).ok();
        Ok(opened.and_then(|(version, plain)| {
            Some((version, rows::read(Table::Counters, &Zeroizing::new(plain)).ok()?))
        }))
    }

    /// Moves a row that does not open out of the way; it is not written over.
    async fn set_pending_aside(&self, key: &Key, row: Vec<u8>) -> Result<(), StoreError> {
        self.set_row_aside(DamagedRow { table: Table::Counters.name(), record: None });
        let mut batch = Batch::default();
        batch.require(Table::Counters, key.clone(), Expected::Bytes(row.clone()));
        batch.put(Table::Counters, [&key[..], &clock::now_ms().to_be_bytes()].concat(), row);
        batch.delete(Table::Counters, key.clone());
        self.database.commit(batch).await.map(|_| ())
    }
}

/// Key of a vault's readings that are not queued yet.
pub(crate) fn reads_of(vault: VaultId) -> Key {
    [tables::READS, &vault.0].concat()
}

#[cfg(test)]
mod kept;
#[cfg(test)]
mod tests;
