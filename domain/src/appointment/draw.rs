//! How the wishes of a window are answered: all together, so that nobody wins by being a second faster.
//!
//! Families with marks of urgency come first and may have any place; the others follow and leave places with priority
//! alone. Within each of the two, lot decides the order: of the same wishes and the same seed it is the same whichever
//! came first, and of a seed that nobody knew it is as likely for one family as for another.

use super::day::{Day, Occupancy};
use super::{SlotName, Wish};
use crate::id::RecordId;
use std::collections::BTreeMap;

/// Minutes before a slot begins, within which it is given to nobody any more: they would have to be there already.
pub const NOTICE: i64 = 120;

/// A family that wishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Its application.
    pub family: RecordId,
    /// What it wishes; the office is filled in.
    pub wish: Wish,
    /// It has marks of urgency.
    pub urgent: bool,
    /// The slot that it holds until it has another.
    pub holds: Option<SlotName>,
}

/// What became of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A slot that was wished for.
    Kept(SlotName),
    /// Another one, held for the family until it says yes or time runs out.
    Offered(SlotName),
    /// It keeps the slot that it has: nothing else that was wished for is free.
    Stays(SlotName),
    /// It waits for the next drawing.
    Waits(Why),
}

/// Why a wish waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The office has published no day to come.
    NoDays,
    /// All slots are full.
    Full,
}

/// Draws the wishes of a window: one answer for each family. `now` is in minutes since 1970 by the clock of the offices;
/// `seed` was known to nobody before. Of several wishes of one family the last in order of their texts counts.
#[must_use]
pub fn draw(
    seed: u64,
    wishes: &[Asking],
    days: &[Day],
    occupancy: &Occupancy,
    now: i64,
) -> BTreeMap<RecordId, Answer> {
    let mut occupancy = occupancy.clone();
    let mut one_each: BTreeMap<RecordId, &Asking> = BTreeMap::new();
    for asking in wishes {
        let later = |held: &&Asking| order(held) >= order(asking);
        if !one_each.get(&asking.family).is_some_and(later) {
            one_each.insert(asking.family, asking);
        }
    }
    let (mut urgent, mut others): (Vec<_>, Vec<_>) = one_each.into_values().partition(|asking| asking.urgent);
    let mut lot = Lot(seed);
    lot.mix(&mut urgent);
    lot.mix(&mut others);
    let all = urgent.into_iter().chain(others);
    all.map(|asking| (asking.family, answer(asking, days, &mut occupancy, now))).collect()
}

fn order(asking: &Asking) -> (String, Option<SlotName>, bool) {
    (asking.wish.to_text(), asking.holds, asking.urgent)
}

fn answer(asking: &Asking, days: &[Day], occupancy: &mut Occupancy, now: i64) -> Answer {
    let ahead = |at: i64| at > now + NOTICE;
    let here = || days.iter().filter(|day| day.open && day.site == asking.wish.site);
    let times = || here().flat_map(|day| day.times().map(move |(slot, at)| (day, slot, at)));
    // A slot that has passed is none any more: who missed it and wishes again has nothing to keep.
    let of = |slot: &SlotName| days.iter().find(|day| day.record == slot.agenda)?.at(slot.nth);
    let held = asking.holds.filter(|slot| of(slot).is_none_or(|at| at > now));
    // The nearest to what was wished for, the earliest of these; the own one is as free as any.
    let free = |(day, slot, _): &(&Day, SlotName, i64)| {
        held == Some(*slot) || occupancy.free(day, *slot, asking.urgent) > 0
    };
    let nearest = times()
        .filter(|(_, _, at)| ahead(*at))
        .filter(free)
        .map(|(_, slot, at)| (asking.wish.misses_by(at), at, slot))
        .min();
    let slot = match (nearest, held) {
        (Some((0, _, slot)), _) => slot,
        // Whoever has a slot loses it for nothing less than what was wished for.
        (_, Some(held)) => return Answer::Stays(held),
        (Some((_, _, slot)), None) => {
            occupancy.take(slot, asking.urgent);
            return Answer::Offered(slot);
        }
        (None, None) => {
            let any = times().any(|(_, _, at)| ahead(at));
            return Answer::Waits(if any { Why::Full } else { Why::NoDays });
        }
    };
    if let Some(held) = held {
        occupancy.leave(held, asking.urgent);
    }
    occupancy.take(slot, asking.urgent);
    Answer::Kept(slot)
}

/// Draws by lot: SplitMix64 (Steele, Lea and Flood 2014), which is even; that nobody can foretell it is the seed's doing.
struct Lot(u64);

impl Lot {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below another, each as likely.
    fn below(&mut self, limit: u64) -> u64 {
        let limit = limit.max(1);
        // What is left over at the top would make the lowest ones likelier.
        let even = u64::MAX - u64::MAX % limit;
        loop {
            let drawn = self.next();
            if drawn < even {
                return drawn % limit;
            }
        }
    }

    /// Puts a list into a drawn order (Fisher and Yates).
    fn mix<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            let other = self.below(at as u64 + 1);
            list.swap(at, usize::try_from(other).unwrap_or(at));
        }
    }
}
