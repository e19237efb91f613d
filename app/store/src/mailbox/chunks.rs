//! Chunks of attachments: what is due, what the server holds, what lies on the shelf.

use super::{KEEP, Mailbox, REFUSED_PAUSE};
use crate::rows::{self, ChunkRow};
use crate::tables::{self, Key, Table};
use crate::transaction::{Batch, Expected, Query, Rows};
use crate::{StoreError, clock};
use seal::Address;

/// How long a draft's chunks stay when the draft is gone. Its key went with the draft; what is left is only in the
/// way, and there is no hurry.
const ORPHANED: u64 = 30 * 24 * 3_600_000;

/// A chunk that the server is to be given, with its row as read.
#[derive(Clone)]
pub struct Due {
    pub address: Address,
    pub row: ChunkRow,
    bytes: Vec<u8>,
}

impl Due {
    fn place(&self) -> (u64, &[u8], u32) {
        (self.row.at, &self.row.file, self.row.index)
    }
}

impl Mailbox {
    /// Chunks that may go now, file by file, older files first.
    pub(crate) async fn chunks_due(&self, everything: bool) -> Result<Vec<Due>, StoreError> {
        let now = clock::now_ms();
        let due = Query::range(Table::ChunksDue, tables::beginning_with(tables::CHUNKS_DUE));
        let read = self.database.read(&[due]).await?;
        let mut due: Vec<Due> = read.into_iter().flatten().filter_map(read_due).collect();
        due.retain(|due| everything || due.row.not_before <= now);
        due.sort_by(|one, other| one.place().cmp(&other.place()));
        Ok(due)
    }

    /// A chunk's sealed bytes, if they lie on the shelf undamaged.
    pub(crate) async fn chunk(&self, address: Address) -> Result<Option<Vec<u8>>, StoreError> {
        let read = self.database.read(&[Query::Get(Table::Chunks, address.0.to_vec())]).await?;
        let found = read.into_iter().flatten().next().map(|(_, sealed)| sealed);
        Ok(found.filter(|sealed| Address::of(sealed) == address))
    }

    /// Those of some chunks that do not lie on the shelf undamaged, each once.
    pub(crate) async fn chunks_missing(&self, addresses: &[Address]) -> Result<Vec<Address>, StoreError> {
        let mut missing = Vec::new();
        for address in addresses {
            if !missing.contains(address) && self.chunk(*address).await?.is_none() {
                missing.push(*address);
            }
        }
        Ok(missing)
    }

    /// Lays chunks on the shelf that the server handed out. Relaxed: it hands them out again.
    pub(crate) async fn shelve(&self, chunks: Vec<(Address, Vec<u8>)>) -> Result<(), StoreError> {
        let mut batch = Batch::relaxed();
        for (address, sealed) in chunks {
            batch.put(Table::Chunks, address.0, sealed);
        }
        self.database.commit(batch).await.map(|_| ())
    }

    /// Notes that the server holds chunks. They stay on the shelf, and for a while among what it may be given again.
    pub(crate) async fn settle_chunks(&self, held: &[Due], epoch: [u8; 16]) -> Result<(), StoreError> {
        if held.is_empty() {
            return Ok(());
        }
        let now = clock::now_ms();
        let mut batch = Batch::default();
        for Due { address, row, bytes } in held {
            let row = ChunkRow { epoch: Some(epoch.to_vec().into()), not_before: 0, ..row.clone() };
            batch.put(Table::ChunksDue, tables::chunk_held(now, address), rows::write(&row));
            batch.delete_if(Table::ChunksDue, tables::chunk_due(address), Expected::Bytes(bytes.clone()));
        }
        self.database.commit(batch).await.map(|_| ())
    }

    /// Puts chunks off that the server does not take now, or that are damaged here.
    pub(crate) async fn put_off_chunks(&self, due: &[Due]) -> Result<(), StoreError> {
        let not_before = clock::now_ms().saturating_add(REFUSED_PAUSE);
        let mut batch = Batch::relaxed();
        for Due { address, row, bytes } in due {
            let (key, row) = (tables::chunk_due(address), ChunkRow { not_before, ..row.clone() });
            batch.put_if(Table::ChunksDue, key, Expected::Bytes(bytes.clone()), rows::write(&row));
        }
        self.database.commit(batch).await.map(|_| ())
    }

    /// Forgets what the server acknowledged long ago, and what was kept for drafts that are no more.
    pub(crate) async fn tidy_chunks(&self) -> Result<(), StoreError> {
        let now = clock::now_ms();
        let held_until = tables::chunk_held(now.saturating_sub(KEEP), &Address([0; 32]));
        let read = self
            .database
            .read(&[
                Query::Range(Table::ChunksDue, tables::CHUNKS_HELD.to_vec(), held_until),
                Query::range(Table::ChunksDue, tables::beginning_with(tables::CHUNKS_KEPT)),
            ])
            .await?;
        let [held, kept] = read.try_into().unwrap_or_default();
        let mut batch = Batch::relaxed();
        for (key, bytes) in held {
            batch.delete_if(Table::ChunksDue, key, Expected::Bytes(bytes));
        }
        for (key, bytes) in kept {
            let Ok(row) = rows::read::<ChunkRow>(Table::ChunksDue, &bytes) else { continue };
            let (Some(address), Some(draft)) = (tables::address_of(&key), row.draft) else { continue };
            if row.at.saturating_add(ORPHANED) > now {
                continue;
            }
            // A draft that does not open lies aside under a longer key; it counts as one that is here.
            let (from, to) = tables::beginning_with(&tables::of_vault(row.vault, &draft.0));
            let drafts = self.database.read(&[Query::Keys(Table::Drafts, from, to)]).await?;
            if drafts.iter().all(Vec::is_empty) {
                batch.require(Table::ChunksDue, key.clone(), Expected::Bytes(bytes));
                batch.delete(Table::ChunksDue, key);
                batch.delete(Table::Chunks, address.0);
            }
        }
        if batch.writes.is_empty() {
            return Ok(());
        }
        // Overtaken: there is no hurry, the next round does it.
        self.database.commit(batch).await.map(|_| ())
    }
}

/// The server was restored from a backup: what it acknowledged before may be gone there and is due again. What it
/// still holds it says when it is asked.
pub(super) fn due_again(batch: &mut Batch, held: Rows, epoch: &[u8]) {
    for (key, bytes) in held {
        let Some(address) = tables::address_of(&key) else { continue };
        let Ok(row) = rows::read::<ChunkRow>(Table::ChunksDue, &bytes) else { continue };
        if row.epoch.as_ref().is_some_and(|then| then.as_slice() == epoch) {
            continue;
        }
        let row = ChunkRow { epoch: None, not_before: 0, ..row };
        batch.put_if(Table::ChunksDue, tables::chunk_due(&address), Expected::Absent, rows::write(&row));
        batch.delete_if(Table::ChunksDue, key, Expected::Bytes(bytes));
    }
}

fn read_due((key, bytes): (Key, Vec<u8>)) -> Option<Due> {
    Some(Due { address: tables::address_of(&key)?, row: rows::read(Table::ChunksDue, &bytes).ok()?, bytes })
}
