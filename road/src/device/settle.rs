//! What an answer changes of what was handed in, and what an attempt does that was not answered.
//!
//! Only a receipt that names exactly the bytes that were sent takes an item out of the outbox.

use super::{Capsule, Item, ItemKey, State, Trouble, is_carried};
use seal::{Purpose, Receipt, Verdict};
use std::collections::BTreeSet;

/// In place of when the server took something over, where it did not say: by no other clock can that be told, and it is
/// never forgotten.
pub const UNDATED: u64 = u64::MAX;

/// What becomes of an item of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is gone: a draft, of which the next state is another one.
    Gone,
    /// It leaves the outbox for the shelf of what was sent, changed like this.
    Shelved(Item),
    /// It stays in the outbox, changed like this.
    Stays(Item),
}

/// What receipts change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Each to be carried out where the row is still the one that was sent; one that changed meanwhile (a draft's next
    /// state) is left to the next round. All in one strict transaction.
    pub fates: Vec<(ItemKey, Fate)>,
    /// Capsules that the server holds now, or turned out not to hold.
    pub capsules: Vec<(Vec<u8>, bool)>,
    /// Envelopes the server took over.
    pub delivered: usize,
    /// Envelopes it could not read or take.
    pub refused: usize,
    /// Envelopes it took over without entering them.
    pub parked: usize,
    /// Items to be sent again with their capsule.
    pub again: Vec<ItemKey>,
}

/// What receipts of a server change that is believed of all of these items.
///
/// `tried`: what was sent, each with [`seal::short_digest`] of its envelope. `at`: when, by the server's clock, where it
/// said so with these very receipts. `capsules`: every one that is held.
#[must_use]
pub fn settle(
    tried: &[(Item, [u8; 16])],
    receipts: &[Receipt],
    epoch: [u8; 16],
    capsules: &[Capsule],
    (now, at): (u64, Option<u64>),
) -> Settled {
    let mut settled = Settled::default();
    let (mut held, mut missing) = (BTreeSet::new(), BTreeSet::new());
    for (item, digest) in tried {
        let Some(receipt) = receipts.iter().find(|receipt| receipt.envelope == *digest) else { continue };
        let next = Item {
            verdict: receipt.verdict.code(),
            reason: receipt.reason.clone(),
            tries: item.tries.saturating_add(1),
            last_try: now,
            settled_at: at.unwrap_or(UNDATED),
            epoch: epoch.to_vec(),
            ..item.clone()
        };
        let purpose = item.key.purpose();
        let fate = match receipt.verdict {
            verdict if verdict.is_acknowledgement() => {
                held.insert(item.capsule.as_slice());
                settled.delivered += 1;
                // What became of readings, or of what is carried for others, is nothing for whoever is at the device.
                let is_theirs = purpose != Purpose::Reads && !is_carried(item.vault);
                let attention = matches!(verdict, Verdict::Parked | Verdict::Quarantined);
                if purpose == Purpose::Draft {
                    Fate::Gone
                } else if attention && is_theirs {
                    settled.parked += 1;
                    Fate::Stays(Item { state: State::Parked, forgotten: false, ..next })
                } else if purpose == Purpose::Entry && is_theirs && !next.reason.is_empty() {
                    // Entered, and still there is something that who saved it must know.
                    Fate::Stays(Item { state: State::Noted, ..next })
                } else {
                    Fate::Shelved(Item { state: State::Waiting, ..next })
                }
            }
            // Nobody here can bring what opens it, where the server said so before: somebody must look.
            Verdict::CapsuleMissing
                if is_carried(item.vault) && item.verdict == Verdict::CapsuleMissing.code() =>
            {
                settled.refused += 1;
                Fate::Stays(Item { state: State::Refused, settled_at: 0, ..next })
            }
            Verdict::CapsuleMissing => {
                missing.insert(item.capsule.as_slice());
                settled.again.push(item.key);
                Fate::Stays(Item { state: State::Waiting, settled_at: 0, ..next })
            }
            _ => {
                settled.refused += 1;
                Fate::Stays(Item { state: State::Refused, settled_at: 0, ..next })
            }
        };
        settled.fates.push((item.key, fate));
    }
    for capsule in capsules {
        let key = capsule.key.as_slice();
        let is_held = !missing.contains(key) && (capsule.held || held.contains(key));
        if is_held != capsule.held {
            settled.capsules.push((capsule.key.clone(), is_held));
        }
    }
    settled
}

/// Items after an attempt that acknowledged nothing. Nothing is deleted for it.
#[must_use]
pub fn note_trouble(tried: Vec<Item>, trouble: Trouble, now: u64) -> Vec<(ItemKey, Fate)> {
    let noted = tried.into_iter().enumerate().map(|(place, item)| {
        // It may be one envelope that the server stumbles over. The first alone is suspected: should it be another,
        // that one comes first in its turn.
        let counts = trouble != Trouble::ServerUnavailable || place == 0;
        let tries = item.tries.saturating_add(u32::from(counts));
        let reason = trouble.name().to_owned();
        (item.key, Fate::Stays(Item { tries, last_try: now, reason, ..item }))
    });
    noted.collect()
}

/// An item after the server refused a parcel that held it alone: somebody must look.
#[must_use]
pub fn refuse(item: Item, trouble: Trouble, now: u64) -> (ItemKey, Fate) {
    let refused = Item {
        state: State::Refused,
        verdict: 0,
        reason: trouble.name().to_owned(),
        tries: item.tries.saturating_add(1),
        last_try: now,
        ..item
    };
    (refused.key, Fate::Stays(refused))
}
