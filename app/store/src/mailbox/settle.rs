//! What was decided of items, carried out: each row is written only where it is still the one that was read.

use super::{Mailbox, Post, Settled, Waiting, chunks, plain};
use crate::rows::{self, CapsuleRow, EnvelopeRow, PostRow};
use crate::tables::{self, Key, Table};
use crate::transaction::{Batch, Durability, Expected, Query, Rows};
use crate::vault::ItemKey;
use crate::{StoreError, clock};
use domain::VaultId;
use road::device::{self, Fate, Forgotten, Item};
use seal::{Receipt, short_digest};
use std::collections::BTreeMap;

impl Mailbox {
    /// Acts on receipts of a server that is believed of all of these. An item that changed meanwhile (a draft's next
    /// state) is left to the next round.
    pub(crate) async fn settle(
        &self,
        tried: &[Waiting],
        receipts: &[Receipt],
        epoch: [u8; 16],
        capsules: &BTreeMap<Key, CapsuleRow>,
    ) -> Result<Settled, StoreError> {
        let answered = tried.iter().map(|waiting| (waiting.plain(), short_digest(&waiting.row.envelope)));
        let answered: Vec<(Item, [u8; 16])> = answered.collect();
        let now = clock::now_ms();
        let settled = device::settle(&answered, receipts, epoch, &plain::capsules(capsules), (now, None));
        self.carry_out(tried, capsules, &settled.fates, &settled.capsules, true).await?;
        Ok(settled)
    }

    /// Carries out what becomes of items and capsules, as they were read. All in one transaction.
    pub(crate) async fn carry_out(
        &self,
        read: &[Waiting],
        held: &BTreeMap<Key, CapsuleRow>,
        fates: &[(ItemKey, Fate)],
        capsules: &[(Key, bool)],
        strict: bool,
    ) -> Result<(), StoreError> {
        let durability = if strict { Durability::Strict } else { Durability::Relaxed };
        let mut batch = Batch { durability, ..Batch::default() };
        for (item, fate) in fates {
            let Some(Waiting { row, bytes, .. }) = read.iter().find(|waiting| waiting.item == *item) else {
                continue;
            };
            let (key, expected) = (item.in_outbox(), Expected::Bytes(bytes.clone()));
            match fate {
                Fate::Gone => batch.delete_if(Table::Outbox, key, expected),
                Fate::Shelved(next) => {
                    let next = plain::changed(row, next.clone());
                    batch.put(Table::Sent, item.in_sent(row.vault), rows::write(&next));
                    batch.delete_if(Table::Outbox, key, expected);
                }
                Fate::Stays(next) => {
                    let next = plain::changed(row, next.clone());
                    batch.put_if(Table::Outbox, key, expected, rows::write(&next));
                }
            }
        }
        for (key, is_held) in capsules {
            let Some(row) = held.get(key) else { continue };
            let next = rows::write(&CapsuleRow { held: *is_held, ..row.clone() });
            batch.put_if(Table::Capsules, key.clone(), Expected::Bytes(rows::write(row)), next);
        }
        self.database.commit(batch).await.map(|_| ())
    }

    /// The server was restored from a backup: what it acknowledged before may be gone there. All of it goes out
    /// again; what is there already is answered so.
    pub(crate) async fn begin_epoch(&self, epoch: &[u8]) -> Result<(), StoreError> {
        let read = self
            .database
            .read(&[
                Query::all(Table::Posts),
                Query::all(Table::Sent),
                Query::all(Table::Outbox),
                Query::all(Table::Capsules),
                Query::range(Table::ChunksDue, tables::beginning_with(tables::CHUNKS_HELD)),
            ])
            .await?;
        let [posts, sent, outbox, capsules, chunks] = read.try_into().unwrap_or_default();
        let mut batch = Batch::default();
        chunks::due_again(&mut batch, chunks, epoch);
        for (key, bytes) in posts {
            let Ok(row) = rows::read::<PostRow>(Table::Posts, &bytes) else { continue };
            let Some(vault) = VaultId::from_slice(&key) else { continue };
            let post = Post { vault, row, bytes };
            let next = post.changed(post.plain().anew(epoch));
            batch.put_if(Table::Posts, key, Expected::Bytes(post.bytes), rows::write(&next));
        }
        for (key, bytes) in sent {
            let Some(item) = ItemKey::from_sent(&key) else { continue };
            let Ok(row) = rows::read::<EnvelopeRow>(Table::Sent, &bytes) else { continue };
            if let Some(next) = plain::item(item, &row).anew(true, epoch) {
                let next = rows::write(&plain::changed(&row, next));
                batch.put_if(Table::Outbox, item.in_outbox(), Expected::Absent, next);
                batch.delete_if(Table::Sent, key, Expected::Bytes(bytes));
            }
        }
        for Waiting { item, row, bytes } in outbox.into_iter().filter_map(super::read_waiting) {
            if let Some(next) = plain::item(item, &row).anew(false, epoch) {
                let next = rows::write(&plain::changed(&row, next));
                batch.put_if(Table::Outbox, item.in_outbox(), Expected::Bytes(bytes), next);
            }
        }
        for (key, bytes) in capsules {
            let Ok(row) = rows::read::<CapsuleRow>(Table::Capsules, &bytes) else { continue };
            if row.held {
                batch.put(Table::Capsules, key, rows::write(&CapsuleRow { held: false, ..row }));
            }
        }
        self.database.commit(batch).await.map(|_| ())
    }

    /// Forgets what was delivered long ago, and the capsules that nothing needs any more.
    ///
    /// A capsule goes only when no row names it, and only when nothing was saved since they were read: every save
    /// moves its enrolment's counter.
    pub(crate) async fn tidy(&self) -> Result<(), StoreError> {
        let at = Post::server_time(&self.posts().await?);
        let read = self
            .database
            .read(&[
                Query::all(Table::Sent),
                Query::all(Table::Outbox),
                Query::all(Table::Capsules),
                Query::range(Table::Counters, tables::beginning_with(tables::SEQ)),
            ])
            .await?;
        let [sent, outbox, capsules, counters] = read.try_into().unwrap_or_default();
        // Of a later version: kept, and with it every capsule.
        let (Some(shelf), Some(waiting)) =
            (plain_rows(&sent, ItemKey::from_sent), plain_rows(&outbox, ItemKey::from_key))
        else {
            return Ok(());
        };
        let made = capsules
            .iter()
            .filter_map(|(key, bytes)| Some(plain::capsule(key, &rows::read(Table::Capsules, bytes).ok()?)));
        let (made, now): (Vec<_>, _) = (made.collect(), clock::now_ms());
        let Forgotten { sent: gone, capsules: unneeded } = device::forget(&shelf, &waiting, &made, (now, at));
        if gone.is_empty() && unneeded.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::relaxed();
        for (key, bytes) in counters {
            batch.require(Table::Counters, key, Expected::Bytes(bytes));
        }
        for ((key, bytes), item) in sent.into_iter().zip(&shelf) {
            if gone.contains(&item.key) {
                batch.delete_if(Table::Sent, key, Expected::Bytes(bytes));
            }
        }
        for (key, bytes) in capsules {
            if unneeded.contains(&key) {
                batch.delete_if(Table::Capsules, key, Expected::Bytes(bytes));
            }
        }
        // Overtaken: there is no hurry, the next round does it.
        self.database.commit(batch).await.map(|_| ())
    }
}

/// Items of rows, one for each; `None` where one of them is of a later version.
fn plain_rows(rows: &Rows, key_of: impl Fn(&[u8]) -> Option<ItemKey>) -> Option<Vec<Item>> {
    let read = |(key, bytes): &(Key, Vec<u8>)| {
        Some(plain::item(key_of(key)?, &rows::read(Table::Sent, bytes).ok()?))
    };
    rows.iter().map(read).collect()
}
