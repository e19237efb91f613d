//! One device that hands in: a parcel is kept until a signed receipt names every envelope in it.

use super::Dice;
use crate::office;
use api::server::client::Device;
use domain::RecordId;
use seal::{Parcel, Verdict};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long a device asks for an answer before the test gives up.
const PATIENCE: Duration = Duration::from_secs(120);
/// Pause before the next address is tried.
const PAUSE: Duration = Duration::from_millis(5);

/// What all devices were told, together.
#[derive(Default)]
pub struct Told {
    parcels: AtomicUsize,
    again: AtomicUsize,
    more: tokio::sync::Notify,
}

impl Told {
    /// Parcels that were receipted.
    pub fn parcels(&self) -> usize {
        self.parcels.load(Ordering::SeqCst)
    }

    /// Parcels that were handed in again.
    pub fn again(&self) -> usize {
        self.again.load(Ordering::SeqCst)
    }

    /// Waits until so many were receipted.
    pub async fn parcels_after(&self, wanted: usize) {
        loop {
            let more = self.more.notified();
            if self.parcels() >= wanted {
                return;
            }
            tokio::time::timeout(PATIENCE, more).await.expect("nothing is receipted any more");
        }
    }

    fn note(&self) {
        self.parcels.fetch_add(1, Ordering::SeqCst);
        self.more.notify_waiters();
    }
}

/// What a device handed in, all of it receipted.
pub struct Kept {
    /// Entries.
    pub entries: usize,
    /// The group of each entry.
    pub groups: Vec<RecordId>,
}

/// A device, with a connection to each address.
pub struct Hand {
    device: Device,
    ways: Vec<Device>,
    way: usize,
    dice: Dice,
    told: Arc<Told>,
}

impl Hand {
    pub fn new(device: Device, addresses: &[String], way: usize, dice: Dice, told: Arc<Told>) -> Self {
        let (root, kept) = (seal::digest(&device.server.root), device.to_bytes().unwrap());
        let ways = addresses.iter().map(|address| Device::reopen(address, &kept, &root).unwrap());
        Self { ways: ways.collect(), device, way, dice, told }
    }

    /// Hands in one parcel after the other, and the last one to its end.
    pub async fn hand_in_until(mut self, enough: Arc<AtomicBool>) -> Kept {
        let mut kept = Kept { entries: 0, groups: Vec::new() };
        while !enough.load(Ordering::Relaxed) {
            let entries: Vec<_> = (0..1 + self.dice.below(8))
                .map(|_| office::family(&self.device, "meteti", &["Rosa", "Luis"][..1 + self.dice.below(2)]))
                .collect();
            let envelopes = entries.iter().map(|entry| self.device.seal(entry).unwrap()).collect();
            let parcel = Parcel { capsules: vec![self.device.capsule().1], envelopes }.to_bytes();
            self.hand_in(&parcel, entries.len()).await;
            kept.entries += entries.len();
            kept.groups.extend(entries.iter().map(|entry| entry.changes[0].record));
        }
        kept
    }

    /// Hands in one parcel, at whichever address answers, until every envelope of it is receipted.
    async fn hand_in(&mut self, parcel: &[u8], envelopes: usize) {
        let began = Instant::now();
        loop {
            let way = self.way % self.ways.len();
            match self.ways[way].deliver_parcel(parcel).await {
                Ok(receipts) => {
                    let taken = |verdict| matches!(verdict, Verdict::Accepted | Verdict::AlreadyHere);
                    let verdicts: Vec<_> = receipts.items.iter().map(|item| item.verdict).collect();
                    assert!(
                        verdicts.len() == envelopes && verdicts.iter().all(|it| taken(*it)),
                        "{verdicts:?}"
                    );
                    // It is no other server and no restored one: nothing made it begin another epoch.
                    assert_eq!(receipts.epoch.to_vec(), self.device.enrolled.epoch, "another epoch");
                    self.told.note();
                    return;
                }
                Err(fault) => {
                    assert!(began.elapsed() < PATIENCE, "no receipt for {PATIENCE:?}: {fault:?}");
                    self.told.again.fetch_add(1, Ordering::SeqCst);
                    self.way += 1;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}
