//! What goes next: which items are due, in which order, and how many of them a parcel takes.

use super::{Capsule, Item, ItemKey, REFUSED_PAUSE, State, is_carried};
use domain::VaultId;
use seal::Address;
use std::collections::BTreeSet;

/// Whether something waits no longer that was put off until `not_before`. Nothing is ever put off for longer than
/// [`REFUSED_PAUSE`]: where it seems so, the clock was put back.
#[must_use]
pub fn is_due(not_before: u64, now: u64) -> bool {
    not_before <= now || not_before > now.saturating_add(REFUSED_PAUSE)
}

/// The items that may go now, in order: one's own before what is carried for others, entries before drafts, older before
/// newer, and last what the server stumbled over. `everything`: also what was refused or put off.
#[must_use]
pub fn due(mut items: Vec<Item>, everything: bool, now: u64) -> Vec<Item> {
    items.retain(|item| match item.state {
        State::Waiting => everything || is_due(item.not_before, now),
        State::Refused => {
            // Tried last in the future: the clock was put back since.
            everything || now > item.last_try.saturating_add(REFUSED_PAUSE) || item.last_try > now
        }
        _ => false,
    });
    items.sort_by_key(|item| {
        let stumbled = item.stumbled();
        // Of those the one tried least comes first, or one of them would hold up the others.
        let tries = if stumbled { item.tries } else { 0 };
        // What people here saved before what is carried for others; entries, then drafts, then who read what.
        let carried = is_carried(item.vault);
        (stumbled, tries, carried, item.key.purpose().code(), item.saved_at, item.key)
    });
    items
}

/// What goes into one parcel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// The items, in order.
    pub items: Vec<Item>,
    /// The capsules that the server may not hold yet.
    pub capsules: Vec<Vec<u8>>,
}

/// Fills a parcel of about `size` bytes with what comes first, and the capsules it needs; one envelope at least. What
/// must go alone does. A parcel holds one's own or what is carried for others, never both: its receipts are handed on.
#[must_use]
pub fn fill(due: &[Item], capsules: &[Capsule], size: usize, alone: &BTreeSet<ItemKey>) -> Filled {
    let mut filled = Filled::default();
    let mut weight: usize = 0;
    let goes_alone = |item: &Item| item.stumbled() || alone.contains(&item.key);
    let is_first_carried = due.first().is_some_and(|item| is_carried(item.vault));
    for item in due {
        let is_in = filled.capsules.contains(&item.capsule);
        let needed = capsules.iter().find(|one| one.key == item.capsule && !one.held && !is_in);
        let more = item.size + needed.map_or(0, |capsule| capsule.size);
        let full = weight + more > size || filled.items.len() as u64 >= seal::parcel::LIMIT;
        let is_other = is_carried(item.vault) != is_first_carried;
        if (full || is_other || goes_alone(item)) && !filled.items.is_empty() {
            break;
        }
        if let Some(capsule) = needed {
            filled.capsules.push(capsule.key.clone());
        }
        filled.items.push(item.clone());
        weight += more;
        if goes_alone(item) {
            break;
        }
    }
    filled
}

/// A chunk of a picture that the server is to be given, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueChunk {
    /// Names it.
    pub address: Address,
    /// Whose it is.
    pub vault: VaultId,
    /// When it was kept or queued, milliseconds since 1970.
    pub at: u64,
    /// Names the attachment: the address of its first chunk.
    pub file: Vec<u8>,
    /// The chunk's place in it.
    pub index: u32,
    /// Not to be sent before, milliseconds since 1970.
    pub not_before: u64,
}

/// The chunks that may go now, file by file, older files first.
#[must_use]
pub fn due_chunks(mut chunks: Vec<DueChunk>, everything: bool, now: u64) -> Vec<DueChunk> {
    chunks.retain(|chunk| everything || is_due(chunk.not_before, now));
    chunks.sort_by(|one, other| (one.at, &one.file, one.index).cmp(&(other.at, &other.file, other.index)));
    chunks
}
