//! Devices that hand in without a pause, and a server that is killed meanwhile, again and again.
//!
//! What a device was given a receipt for it forgets, as a tablet does. So what the server then loses is lost for good,
//! and the count at the end tells.
#![allow(dead_code)]

mod dice;
mod outbox;

pub use dice::{Dice, seed, times};
pub use outbox::{Hand, Told};

use api::server::client::Device;
use domain::RecordId;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Devices that hand in at once.
pub const HANDS: usize = 4;
/// Kills of one database before another one takes its turn: what a server looks through at its start grows.
pub const KILLS_A_DATABASE: usize = 50;

/// What is killed, and how it is begun again.
pub trait Victim {
    /// The addresses at which it answers, the same all the time.
    fn addresses(&self) -> Vec<String>;
    /// Makes an invitation.
    fn invite(&self) -> String;
    /// Kills something of it, or all of it, as the dice say, and begins it again. Gives what was killed, in a word.
    fn kill(&mut self, dice: &mut Dice) -> &'static str;
    /// Entries in the ledger, each looked at: `amparo verify` found nothing wrong.
    fn verify(&self) -> usize;
}

/// What a whole loop came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub kills: usize,
    /// Entries that were given a receipt, each counted once.
    pub receipted: usize,
    /// Parcels that had to be handed in again, because no answer came.
    pub again: usize,
}

impl Figures {
    pub fn add(&mut self, other: Self) {
        self.kills += other.kills;
        self.receipted += other.receipted;
        self.again += other.again;
    }

    /// The one line that `cargo xtask ci` and `soak` read.
    pub fn tell(&self, what: &str, seed: u64, began: Instant) {
        let Self { kills, receipted, again } = self;
        println!(
            "figures | {what} | {kills} kills, {receipted} entries receipted, 0 lost, 0 double; {again} parcels \
             handed in again | seed {seed} | {} s",
            began.elapsed().as_secs()
        );
    }
}

/// Kills so often, and counts at the end: everything that was receipted is there, everything is there once, and both
/// chains of the database hold.
pub async fn killed(victim: &mut impl Victim, kills: usize, dice: &mut Dice) -> Figures {
    let addresses = victim.addresses();
    let told = Arc::new(Told::default());
    let enough = Arc::new(AtomicBool::new(false));
    let mut hands = Vec::new();
    for nth in 0..HANDS {
        let device = Device::enrol(&addresses[nth % addresses.len()], &victim.invite()).await.unwrap();
        hands.push(Hand::new(device, &addresses, nth, dice.another(), Arc::clone(&told)));
    }
    let colleague = Device::enrol(&addresses[0], &victim.invite()).await.unwrap();
    let handing: Vec<_> =
        hands.into_iter().map(|hand| tokio::spawn(hand.hand_in_until(Arc::clone(&enough)))).collect();
    for _ in 0..kills {
        // Whatever was killed before, everybody is handing in again; then any moment will do.
        told.parcels_after(told.parcels() + 1 + dice.below(8)).await;
        tokio::time::sleep(Duration::from_micros(dice.below(20_000) as u64)).await;
        victim.kill(dice);
    }
    enough.store(true, Ordering::Relaxed);
    let mut made: BTreeSet<RecordId> = BTreeSet::new();
    let mut entries = 0;
    for hand in handing {
        let kept = hand.await.unwrap();
        entries += kept.entries;
        made.extend(kept.groups);
    }
    // Asked of the server's own books, and of a colleague who collects all of it.
    assert_eq!(victim.verify(), entries, "entries in the ledger, each once");
    let (pages, _) = collect(&colleague).await;
    let here: BTreeSet<RecordId> = pages.into_iter().collect();
    let lost = made.difference(&here).count();
    assert_eq!(lost, 0, "families that were receipted and are not there, of {}", made.len());
    Figures { kills, receipted: entries, again: told.again() }
}

/// Everything in reach, by id.
async fn collect(device: &Device) -> (Vec<RecordId>, Vec<u8>) {
    device.client.forget_cookie();
    device.sign_in().await.unwrap();
    let (pages, cursor) = device.collect(Vec::new(), 256 * 1024).await.unwrap();
    (pages.into_iter().flat_map(|page| page.records).map(|record| record.id).collect(), cursor)
}

/// A port that nobody uses now.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
