//! Chunks of attachments: what is due, what the server holds, what lies on the shelf.

use super::{Mailbox, Post, plain};
use crate::rows::{self, ChunkRow};
use crate::tables::{self, Key, Table};
use crate::transaction::{Batch, Expected, Query, Rows};
use crate::{StoreError, clock};
use road::device::{self, DueChunk, KEEP};
use seal::Address;
use seal::attachment::CHUNK_LIMIT;
use std::collections::BTreeSet;

/// How long a draft's chunks stay when the draft is gone. Its key went with the draft; what is left is only in the
/// way, and there is no hurry.
const ORPHANED: u64 = 30 * 24 * 3_600_000;

/// Most bytes of chunks that the server hands out again: about a thousand faces.
const SHELF: u64 = 64 * 1024 * 1024;

/// A chunk that the server is to be given, with its row as read.
#[derive(Clone)]
pub struct Due {
    pub address: Address,
    pub row: ChunkRow,
    bytes: Vec<u8>,
}

impl Mailbox {
    /// Chunks that may go now, file by file, older files first.
    pub(crate) async fn chunks_due(&self, everything: bool) -> Result<Vec<Due>, StoreError> {
        let due = self.chunks().await?;
        let may_go = device::due_chunks(due.iter().map(plain::chunk).collect(), everything, clock::now_ms());
        let found = |chunk: &DueChunk| due.iter().find(|due| due.address == chunk.address).cloned();
        Ok(may_go.iter().filter_map(found).collect())
    }

    /// Every chunk that the server is to be given.
    pub(crate) async fn chunks(&self) -> Result<Vec<Due>, StoreError> {
        let due = Query::range(Table::ChunksDue, tables::beginning_with(tables::CHUNKS_DUE));
        let read = self.database.read(&[due]).await?;
        Ok(read.into_iter().flatten().filter_map(read_due).collect())
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

    /// Lays chunks on the shelf that the server handed out, in the place of older ones where there are too many.
    /// Relaxed: it hands them out again.
    pub(crate) async fn shelve(&self, chunks: Vec<(Address, Vec<u8>)>) -> Result<(), StoreError> {
        self.shelve_within(SHELF, &chunks).await
    }

    async fn shelve_within(&self, limit: u64, chunks: &[(Address, Vec<u8>)]) -> Result<(), StoreError> {
        let weight = chunks.iter().map(|(_, sealed)| sealed.len() as u64).sum();
        let (now, mut batch) = (clock::now_ms(), Batch::relaxed());
        self.clear(&mut batch, |_| limit.saturating_sub(weight)).await?;
        for (address, sealed) in chunks {
            let size = rows::write_number(sealed.len() as u64);
            batch.put(Table::Chunks, address.0, sealed.clone());
            batch.put(Table::ChunksDue, tables::chunk_fetched(now, address), size);
        }
        self.database.commit(batch).await.map(|_| ())
    }

    /// Gives up the older half of the chunks that the server hands out again. Whether there were any.
    pub(crate) async fn make_room(&self) -> Result<bool, StoreError> {
        let mut batch = Batch::relaxed();
        self.clear(&mut batch, |size| size / 2).await?;
        let clears = !batch.writes.is_empty();
        if clears {
            self.database.commit(batch).await?;
        }
        Ok(clears)
    }

    /// Takes the oldest of those chunks away until no more is left of them than may be. Whatever is due, or kept for
    /// a draft, or may be given to the server again, stays.
    async fn clear(&self, batch: &mut Batch, room: impl Fn(u64) -> u64) -> Result<(), StoreError> {
        let fetched = Query::range(Table::ChunksDue, tables::beginning_with(tables::CHUNKS_FETCHED));
        let fetched = self.database.read(&[fetched]).await?.into_iter().flatten();
        let fetched: Vec<(Key, u64)> =
            fetched.map(|(key, size)| (key, rows::read_number(Some(&size)))).collect();
        let mut size: u64 = fetched.iter().map(|(_, size)| size).sum();
        let room = room(size);
        if size <= room {
            return Ok(());
        }
        let own = [tables::CHUNKS_KEPT, tables::CHUNKS_DUE, tables::CHUNKS_HELD].map(|start| {
            let (from, to) = tables::beginning_with(start);
            Query::Keys(Table::ChunksDue, from, to)
        });
        let own = self.database.read(&own).await?.into_iter().flatten();
        let own: BTreeSet<Address> = own.filter_map(|(key, _)| tables::address_of(&key)).collect();
        for (key, weight) in fetched {
            if size <= room {
                break;
            }
            size -= weight;
            if let Some(address) = tables::address_of(&key).filter(|address| !own.contains(address)) {
                batch.delete(Table::Chunks, address.0);
            }
            batch.delete(Table::ChunksDue, key);
        }
        Ok(())
    }

    /// Notes that the server holds chunks. They stay on the shelf, and for a while among what it may be given again.
    pub(crate) async fn settle_chunks(&self, held: &[Due], epoch: [u8; 16]) -> Result<(), StoreError> {
        if held.is_empty() {
            return Ok(());
        }
        // By the server's clock where it is known: this shelf ages by it like that of envelopes.
        let now = self.server_time().await?.filter(|at| *at > 0).unwrap_or_else(clock::now_ms);
        let mut batch = Batch::default();
        for Due { address, row, bytes } in held {
            let row = ChunkRow { epoch: Some(epoch.to_vec().into()), not_before: 0, ..row.clone() };
            batch.put(Table::ChunksDue, tables::chunk_held(now, address), rows::write(&row));
            batch.delete_if(Table::ChunksDue, tables::chunk_due(address), Expected::Bytes(bytes.clone()));
        }
        self.database.commit(batch).await.map(|_| ())
    }

    /// Puts chunks off until then, milliseconds since 1970: the server does not take them now, or they are damaged here.
    pub(crate) async fn put_off_chunks(&self, due: &[Due], not_before: u64) -> Result<(), StoreError> {
        let mut batch = Batch::relaxed();
        for Due { address, row, bytes } in due {
            let (key, row) = (tables::chunk_due(address), ChunkRow { not_before, ..row.clone() });
            batch.put_if(Table::ChunksDue, key, Expected::Bytes(bytes.clone()), rows::write(&row));
        }
        self.database.commit(batch).await.map(|_| ())
    }

    async fn server_time(&self) -> Result<Option<u64>, StoreError> {
        Ok(Post::server_time(&self.posts().await?))
    }

    /// Forgets what the server acknowledged long ago, and what was kept for drafts that are no more.
    pub(crate) async fn tidy_chunks(&self) -> Result<(), StoreError> {
        let now = clock::now_ms();
        let held_until = self.server_time().await?.unwrap_or(now).saturating_sub(KEEP);
        let held_until = tables::chunk_held(held_until, &Address([0; 32]));
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
            // From now on like one of a colleague's. How large it is matters roughly.
            let fetched = [tables::CHUNKS_FETCHED, key.get(1..).unwrap_or_default()].concat();
            batch.put(Table::ChunksDue, fetched, rows::write_number(CHUNK_LIMIT as u64));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;
    use domain::DraftId;
    use seal::{Attachment, Media};

    fn sealed(seed: u8, size: usize) -> (Address, Vec<u8>) {
        let bytes = vec![seed; size];
        (Address::of(&bytes), bytes)
    }

    fn here(mailbox: &Mailbox, chunks: &[(Address, Vec<u8>)]) -> Vec<bool> {
        chunks.iter().map(|(address, _)| now(mailbox.chunk(*address)).unwrap().is_some()).collect()
    }

    #[test]
    fn the_shelf_has_an_end_and_the_oldest_chunks_that_are_handed_out_again_go_first() {
        let (office, (store, _)) = (Office::new(), device());
        let (vault, _) = office.enrol(&store, 1);
        let mailbox = store.mailbox();
        let photo = now(vault.keep_attachment(DraftId([1; 16]), Media::JPEG, &picture(3_000))).unwrap();
        let own = photo.addresses()[0];
        let own = (own, now(mailbox.chunk(own)).unwrap().unwrap());
        // Fetched too, as the very first.
        now(mailbox.shelve_within(10_000, core::slice::from_ref(&own))).unwrap();
        let chunks: Vec<_> = (1..=6).map(|seed| sealed(seed, 3_000)).collect();
        for chunk in &chunks {
            // Whoever comes within one millisecond may go in any order: set apart.
            let before = clock::now_ms();
            while clock::now_ms() == before {}
            now(mailbox.shelve_within(10_000, core::slice::from_ref(chunk))).unwrap();
        }
        assert_eq!(here(&mailbox, &chunks), [false, false, false, true, true, true]);
        assert_eq!(here(&mailbox, core::slice::from_ref(&own)), [true], "a draft holds it");
        assert!(now(mailbox.make_room()).unwrap());
        assert_eq!(here(&mailbox, &chunks), [false, false, false, false, false, true]);
        assert!(now(mailbox.make_room()).unwrap());
        assert!(!now(mailbox.make_room()).unwrap(), "there is no more to give up");
        assert_eq!(here(&mailbox, core::slice::from_ref(&own)), [true]);
    }

    #[test]
    fn a_full_device_gives_up_colleagues_pictures_before_it_refuses_to_save() {
        let (office, (store, database)) = (Office::new(), device());
        let (vault, _) = office.enrol(&store, 1);
        let mailbox = store.mailbox();
        let chunks: Vec<_> = (1..=8).map(|seed| sealed(seed, 30_000)).collect();
        now(mailbox.shelve(chunks.clone())).unwrap();
        database.limit_room(Some(database.size() + 100));
        let draft = DraftId([1; 16]);
        let photo: Attachment = now(vault.keep_attachment(draft, Media::JPEG, &picture(60_000))).unwrap();
        assert_eq!(here(&mailbox, &chunks).iter().filter(|here| **here).count(), 4);
        database.limit_room(Some(database.size() + 100));
        now(vault.save(&registers_with(&vault, 1, &photo), note("Amina"), Some(draft))).unwrap();
        assert_eq!(now(vault.attachment(&photo)), Ok(Some(picture(60_000))));
        assert_eq!(here(&mailbox, &chunks).iter().filter(|here| **here).count(), 2);
        database.limit_room(Some(database.size() + 10));
        let (draft, entry) = (DraftId([2; 16]), domain::EntryId([2; 16]));
        now(vault.save_draft(draft, entry, b"typed", crate::DraftNote::default())).unwrap();
        assert_eq!(here(&mailbox, &chunks).iter().filter(|here| **here).count(), 1);
    }
}
