//! What is forgotten of what was delivered long ago.

use super::{Capsule, Item, ItemKey, KEEP};
use std::collections::BTreeSet;

/// What may be forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Items of the shelf.
    pub sent: Vec<ItemKey>,
    /// Capsules that nothing needs any more. Each to be deleted only if nothing was saved since all of this was read.
    pub capsules: Vec<Vec<u8>>,
}

/// What may be forgotten of shelf and capsules, `at` by the server's clock and `now` by the device's. Where the server's is
/// not known nothing of the shelf is forgotten.
///
/// The shelf ages by the server's clock: a device whose own jumps ten years ahead would forget all of it at once, and a
/// restored server could not be given it again. What is [`super::UNDATED`] stays: to date it by what is heard later
/// could make it older than it is.
#[must_use]
pub fn forget(
    sent: &[Item],
    outbox: &[Item],
    capsules: &[Capsule],
    (now, at): (u64, Option<u64>),
) -> Forgotten {
    let old = |when: u64, clock: u64| when < clock.saturating_sub(KEEP);
    // What goes now still needs its capsule until it is gone: another page may be sending it again.
    let needed: BTreeSet<&[u8]> = sent.iter().chain(outbox).map(|item| item.capsule.as_slice()).collect();
    let unneeded = |capsule: &&Capsule| old(capsule.made_at, now) && !needed.contains(capsule.key.as_slice());
    let gone = |item: &&Item| at.is_some_and(|at| old(item.settled_at, at));
    Forgotten {
        sent: sent.iter().filter(gone).map(|item| item.key).collect(),
        capsules: capsules.iter().filter(unneeded).map(|capsule| capsule.key.clone()).collect(),
    }
}
