//! The server's receipts for what was carried: kept by who handed it in, taken back as a file or on a screen, and believed
//! by the first device because the server signed them and for no other reason.

use super::former::Signer;
use super::{CarryFault, RECEIPTS, receipts_of};
use crate::announce::{Change, announce};
use crate::mailbox::{Mailbox, Waiting};
use crate::rows;
use crate::tables::{self, Table};
use crate::transaction::{Batch, Query, Rows};
use crate::{Line, StoreError, clock};
use seal::carried::{Answer, File, Kind};
use seal::{Receipts, digest, short_digest};
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
    /// Answers signed with a key that the server had before, of no time at which it had it.
    pub former_keys: usize,
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
        // A parcel holds one's own or what is carried, never both (`road::device::fill`): what is handed on tells nothing of
        // the carrier's.
        if !tried.iter().all(|waiting| super::is_carried(waiting.row.vault)) {
            return Ok(());
        }
        let mut batch = Batch::default();
        let row = [&rows::write_number(clock::now_ms())[..], answer].concat();
        batch.put(Table::Counters, receipts_of(&digest(parcel)), row);
        match self.database().commit(batch).await {
            // The server has it, and that must be settled here all the same. The other device hears of it by a line of its
            // own, or when the file is brought once more.
            Ok(_) | Err(StoreError::Full) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Forgets receipts that nobody came for.
    pub(crate) async fn tidy_receipts(&self) -> Result<(), StoreError> {
        let (now, mut old) = (clock::now_ms(), Batch::relaxed());
        for (key, row) in self.receipt_rows().await? {
            if is_old(&row, now) {
                old.delete(Table::Counters, key);
            }
        }
        if old.writes.is_empty() {
            return Ok(());
        }
        self.database().commit(old).await.map(|_| ())
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
        self.tidy_receipts().await?;
        let mut parts = Vec::new();
        for (key, row) in self.receipt_rows().await? {
            let split = row.split_first_chunk::<8>();
            let parcel = key.get(RECEIPTS.len()..).and_then(|rest| rest.try_into().ok());
            let (Some((_, receipts)), Some(parcel)) = (split, parcel) else { continue };
            parts.push(Answer::Receipts { parcel, receipts: receipts.to_vec() }.to_bytes());
        }
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
        let before = self.posts().await?;
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
        let keys = Signer::among(&before, &posts);
        for (parcel, receipts) in answers {
            let read =
                |signer: &Signer| Some((*signer, Receipts::of_parcel(&receipts, &signer.key, &parcel).ok()?));
            let Some((signer, read)) = keys.iter().find_map(read) else {
                learnt.forged += 1;
                continue;
            };
            let Some(until) = signer.speaks_until(&read) else {
                learnt.former_keys += 1;
                continue;
            };
            // What another server's time acknowledged may be gone with a restore. The line will tell.
            if !epochs.contains(read.epoch.as_slice()) {
                learnt.other_times += 1;
                continue;
            }
            self.learn(read, until, &mut learnt).await?;
        }
        if learnt.settled > 0 {
            announce(Change::Outbox);
        }
        Ok(learnt)
    }

    /// `until`: what was saved later is not settled, milliseconds since 1970.
    async fn learn(&self, mut receipts: Receipts, until: u64, learnt: &mut Learnt) -> Result<(), StoreError> {
        receipts.items.retain(|item| item.verdict.is_acknowledgement());
        let waybill = self.waybill(true).await?;
        let named: BTreeSet<[u8; 16]> = receipts.items.iter().map(|item| item.envelope).collect();
        let mine: Vec<Waiting> = waybill
            .waiting
            .iter()
            .filter(|it| it.row.saved_at <= until && named.contains(&short_digest(&it.row.envelope)))
            .cloned()
            .collect();
        let settled = self.settle(&mine, &receipts.items, receipts.epoch, &waybill.capsules).await?;
        learnt.settled += settled.delivered;
        learnt.parked += settled.parked;
        learnt.others += named.len().saturating_sub(mine.len());
        Ok(())
    }
}

/// Whether a row of kept receipts has lain here long enough.
fn is_old(row: &[u8], now: u64) -> bool {
    row.first_chunk::<8>().is_none_or(|at| now.saturating_sub(u64::from_be_bytes(*at)) > KEEP)
}
