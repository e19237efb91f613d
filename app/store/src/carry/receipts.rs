//! The server's receipts for what was carried: kept by who handed it in, taken back as a file or on a screen, and believed
//! by the first device because the server signed them and for no other reason.

use super::{CarryFault, RECEIPTS, receipts_of};
use crate::announce::{Change, announce};
use crate::mailbox::{Mailbox, Post, Waiting};
use crate::rows;
use crate::tables::{self, Table};
use crate::transaction::{Batch, Query, Rows};
use crate::{Line, StoreError, clock};
use seal::carried::{Answer, File, Kind};
use seal::{Receipts, ServerKeys, digest, short_digest};
use std::collections::BTreeSet;

/// How long receipts are kept for the other device, in milliseconds: 60 days.
const KEEP: u64 = 60 * 24 * 3_600_000;

/// What a device learnt from receipts that were brought to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Learnt {
    /// Envelopes of this device that the server has: they left the outbox.
    pub settled: usize,
    /// Those among them that the server holds without having entered them.
    pub parked: usize,
    /// Envelopes that it has and of which nothing waits here (any more).
    pub others: usize,
    /// Answers that no key signed which this device believes.
    pub forged: usize,
    /// Answers of the server before or after a restore that this device knows nothing of yet.
    pub other_times: usize,
    /// Whether the file was whole.
    pub whole: bool,
}

impl Mailbox {
    /// Keeps an answer of the server when it is about anything carried for another device. To be called before the
    /// answer is acted on: what is settled here is not asked about again.
    pub(crate) async fn keep_receipts(
        &self,
        tried: &[Waiting],
        parcel: &[u8],
        answer: &[u8],
    ) -> Result<(), StoreError> {
        if !tried.iter().any(|waiting| super::is_carried(waiting.row.vault)) {
            return Ok(());
        }
        let mut batch = Batch::default();
        let row = [&rows::write_number(clock::now_ms())[..], answer].concat();
        batch.put(Table::Counters, receipts_of(&digest(parcel)), row);
        self.database().commit(batch).await.map(|_| ())
    }

    pub(super) async fn receipt_rows(&self) -> Result<Rows, StoreError> {
        let range = tables::beginning_with(RECEIPTS);
        Ok(self
            .database()
            .read(&[Query::range(Table::Counters, range)])
            .await?
            .into_iter()
            .flatten()
            .collect())
    }

    /// The receipts that are kept for other devices, as a file or for a screen; `None` when there are none. The server's
    /// keys go along, as far as they are known here or the line knows them.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn pack_receipts(&self, line: &impl Line) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(office) = self.office_mark().await? else { return Ok(None) };
        let (now, mut old) = (clock::now_ms(), Batch::relaxed());
        let mut parts = Vec::new();
        for (key, row) in self.receipt_rows().await? {
            let split = row.split_first_chunk::<8>();
            let parcel = key.get(RECEIPTS.len()..).and_then(|rest| rest.try_into().ok());
            let (Some((at, receipts)), Some(parcel)) = (split, parcel) else { continue };
            if now.saturating_sub(u64::from_be_bytes(*at)) > KEEP {
                old.delete(Table::Counters, key);
                continue;
            }
            parts.push(Answer::Receipts { parcel, receipts: receipts.to_vec() }.to_bytes());
        }
        self.database().commit(old).await?;
        if parts.is_empty() {
            return Ok(None);
        }
        let posts = self.posts().await?;
        let known = posts.iter().filter_map(|post| post.row.server_keys.as_ref());
        let known = known.map(|keys| keys.to_vec()).next_back();
        let keys = match known {
            Some(keys) => Some(keys),
            None => line.server_keys().await.ok(),
        };
        parts.extend(keys.map(|keys| Answer::Keys(keys).to_bytes()));
        // The keys first: a file that is cut off says at least who signed.
        parts.rotate_right(1);
        Ok(Some(File { kind: Kind::Receipts, office, parts, whole: true }.to_bytes()))
    }

    /// Learns from receipts that another device brings what the server has of this device's work. Only what the server
    /// signed counts, and only what acknowledges; all else stays as it was.
    ///
    /// # Errors
    /// [`CarryFault`]; nothing was changed then.
    pub async fn take_receipts(&self, bytes: &[u8]) -> Result<Learnt, CarryFault> {
        let file = File::from_bytes(bytes).map_err(CarryFault::of)?;
        if file.kind != Kind::Receipts {
            return Err(CarryFault::OtherKind);
        }
        self.expect_our_office(&file).await?;
        let mut learnt = Learnt { whole: file.whole, ..Learnt::default() };
        let mut answers = Vec::new();
        for part in &file.parts {
            match Answer::from_bytes(part) {
                // Those that the root vouches for; others change nothing.
                Ok(Answer::Keys(keys)) => drop(self.take_keys(&keys).await?),
                Ok(Answer::Receipts { parcel, receipts }) => answers.push((parcel, receipts)),
                Err(_) => learnt.forged += 1,
            }
        }
        let posts = self.posts().await?;
        let epochs: BTreeSet<&[u8]> = posts.iter().map(|post| post.row.epoch.as_slice()).collect();
        let keys = believed(&posts);
        for (parcel, receipts) in answers {
            let read = |key: &[u8; 32]| Receipts::of_parcel(&receipts, key, &parcel).ok();
            let Some(read) = keys.iter().find_map(read) else {
                learnt.forged += 1;
                continue;
            };
            // What another server's time acknowledged may be gone with a restore. The line will tell.
            if !epochs.contains(read.epoch.as_slice()) {
                learnt.other_times += 1;
                continue;
            }
            self.learn(read, &mut learnt).await?;
        }
        if learnt.settled > 0 {
            announce(Change::Outbox);
        }
        Ok(learnt)
    }

    async fn learn(&self, mut receipts: Receipts, learnt: &mut Learnt) -> Result<(), StoreError> {
        receipts.items.retain(|item| item.verdict.is_acknowledgement());
        let waybill = self.waybill(true).await?;
        let named: BTreeSet<[u8; 16]> = receipts.items.iter().map(|item| item.envelope).collect();
        let mine: Vec<Waiting> = waybill
            .waiting
            .iter()
            .filter(|waiting| named.contains(&short_digest(&waiting.row.envelope)))
            .cloned()
            .collect();
        let settled = self.settle(&mine, &receipts.items, receipts.epoch, &waybill.capsules).await?;
        learnt.settled += settled.delivered;
        learnt.parked += settled.parked;
        learnt.others += named.len().saturating_sub(mine.len());
        Ok(())
    }
}

/// Keys that may have signed receipts for this device: those it believes now, and those it believed before.
fn believed(posts: &[Post]) -> BTreeSet<[u8; 32]> {
    let mut keys = BTreeSet::new();
    for post in Post::of_office(posts) {
        keys.extend(post.server());
        let root = post.row.root.as_ref().and_then(|root| <[u8; 32]>::try_from(root.as_slice()).ok());
        let former = post.row.former.iter().filter_map(|held| ServerKeys::from_bytes(held, &root?).ok());
        keys.extend(former.map(|former| former.signing));
    }
    keys
}
