//! How full the quarantine is, and whose turn it is. Letters lie in the ledger; here they are only counted.
//!
//! What was answered as taken is never let go of, so what matters is who gets in: no origin gets more than half of the
//! room, and a quarter of it is kept for origins of which few letters lie here. To fill that too a flood needs a hundred
//! networks. Turns go round by origin, [`MOST_A_DAY`] of one at most; what lies here beyond that waits until somebody asks
//! for its reference.

use crate::server::ledger::{Held, Origin};
use std::collections::HashMap;

/// How much room there is.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Letters.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
    /// So many letters of one origin are few, and as much of the bytes as belongs to so many rows: for these the last
    /// quarter is kept.
    pub few: u64,
}

impl Default for Room {
    fn default() -> Self {
        Self { rows: 20_000, bytes: 96 * 1024 * 1024, few: 200 }
    }
}

/// Milliseconds between two turns of one origin.
pub const EACH: u64 = 30_000;
/// Turns of one origin in a day (UTC): of a shelter whose phones all stand behind one address a good day's families, of
/// a flood no more than a caseworker throws away over a coffee. A restart begins the day anew.
pub const MOST_A_DAY: u32 = 30;
const DAY: u64 = 24 * 60 * 60 * 1000;

#[derive(Clone, Copy, Debug, Default)]
struct Share {
    rows: u64,
    bytes: u64,
    had_turn: u64,
    /// Turns on the day of the last one.
    turns: u32,
}

impl Share {
    fn is_ready(&self, now: u64) -> bool {
        let had_enough = self.turns >= MOST_A_DAY && self.had_turn / DAY == now / DAY;
        self.rows > 0 && !had_enough && now >= self.had_turn.saturating_add(EACH)
    }

    /// Whether it tells anything that must be known yet.
    fn counts(&self, now: u64) -> bool {
        let today = self.turns > 0 && self.had_turn / DAY == now / DAY;
        self.rows > 0 || today || now < self.had_turn.saturating_add(EACH)
    }
}

/// What lies in quarantine, by origin.
#[derive(Debug, Default)]
pub struct Quarantine {
    rows: u64,
    bytes: u64,
    of: HashMap<Origin, Share>,
}

impl Quarantine {
    /// As the ledger has it.
    #[must_use]
    pub fn of(held: &[Held]) -> Self {
        let mut quarantine = Self::default();
        for held in held {
            quarantine.rows += held.rows;
            quarantine.bytes += held.bytes;
            let share = Share { rows: held.rows, bytes: held.bytes, ..Share::default() };
            quarantine.of.insert(held.origin, share);
        }
        quarantine
    }

    /// Counts anew as the ledger has it; who had how many turns stays.
    pub fn count_again(&mut self, held: &[Held]) {
        let before = std::mem::replace(self, Self::of(held));
        for (origin, share) in before.of {
            let mine = self.of.entry(origin).or_default();
            (mine.had_turn, mine.turns) = (share.had_turn, share.turns);
        }
    }

    #[cfg(test)]
    fn rows(&self) -> u64 {
        self.rows
    }

    /// How full it is, in hundredths.
    #[must_use]
    pub fn percent(&self, room: &Room) -> u64 {
        let of = |used: u64, all: u64| used.saturating_mul(100) / all.max(1);
        of(self.rows, room.rows).max(of(self.bytes, room.bytes))
    }

    /// Whether a letter has room; when it has, it is counted.
    pub fn admit(&mut self, origin: Origin, bytes: u64, room: &Room) -> bool {
        let mine = self.of.get(&origin).copied().unwrap_or_default();
        let (rows, mine_bytes) = (mine.rows + 1, mine.bytes.saturating_add(bytes));
        let few_bytes = room.bytes / room.rows.max(1) * room.few;
        let is_few = rows <= room.few && mine_bytes <= few_bytes;
        let kept = |all: u64| if is_few { all } else { all - all / 4 };
        let fits = rows <= room.rows / 2
            && mine_bytes <= room.bytes / 2
            && self.rows < kept(room.rows)
            && self.bytes.saturating_add(bytes) <= kept(room.bytes);
        if fits {
            (self.rows, self.bytes) = (self.rows + 1, self.bytes.saturating_add(bytes));
            let mine = self.of.entry(origin).or_default();
            (mine.rows, mine.bytes) = (rows, mine_bytes);
        }
        fits
    }

    /// One of an origin is there no more.
    pub fn left(&mut self, origin: Origin, bytes: u64) {
        self.rows = self.rows.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
        if let Some(share) = self.of.get_mut(&origin) {
            (share.rows, share.bytes) = (share.rows.saturating_sub(1), share.bytes.saturating_sub(bytes));
        }
    }

    /// Whose turn it is: of who waited longest for one, each once in a while and not too often in a day.
    pub fn turn(&mut self, now: u64) -> Option<Origin> {
        self.of.retain(|_, share| share.counts(now));
        let ready = self.of.iter().filter(|(_, share)| share.is_ready(now));
        let origin =
            ready.min_by_key(|(origin, share)| (share.had_turn, **origin)).map(|(origin, _)| *origin)?;
        if let Some(share) = self.of.get_mut(&origin) {
            share.turns = if share.had_turn / DAY == now / DAY { share.turns + 1 } else { 1 };
            share.had_turn = now;
        }
        Some(origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { rows: 100, bytes: 100_000, few: 5 };
    const FLOOD: Origin = [1; 16];

    /// As many of an origin as get in.
    fn pour(quarantine: &mut Quarantine, origin: Origin, bytes: u64) -> usize {
        (0..1_000).filter(|_| quarantine.admit(origin, bytes, &ROOM)).count()
    }

    fn turns(quarantine: &mut Quarantine, now: u64, most: usize) -> Vec<Origin> {
        std::iter::from_fn(|| quarantine.turn(now)).take(most).collect()
    }

    #[test]
    fn no_origin_gets_more_than_half_of_the_room() {
        let mut quarantine = Quarantine::default();
        assert_eq!(pour(&mut quarantine, FLOOD, 100), 50);
        assert_eq!(quarantine.rows(), 50);
        assert!(!quarantine.admit([9; 16], 50_001, &ROOM), "nor of the bytes");
        assert!(quarantine.admit([9; 16], 100, &ROOM));
    }

    #[test]
    fn the_last_quarter_is_kept_for_who_has_few_letters_and_few_bytes() {
        let mut quarantine = Quarantine::default();
        let poured = [[1; 16], [2; 16], [3; 16]].map(|origin| pour(&mut quarantine, origin, 100));
        assert_eq!(poured, [50, 25, 5], "whoever comes late still gets its few");
        let newcomers = (10..14).map(|origin| pour(&mut quarantine, [origin; 16], 100)).collect::<Vec<_>>();
        assert_eq!(newcomers, [5; 4]);
        assert_eq!((quarantine.rows(), quarantine.percent(&ROOM)), (100, 100));
        assert!(!quarantine.admit([99; 16], 100, &ROOM));
        // The bytes likewise, and never more of them than there is room for.
        let mut quarantine = Quarantine::default();
        let poured = [[1; 16], [2; 16], [3; 16]].map(|origin| pour(&mut quarantine, origin, 5_000));
        assert_eq!(poured, [10, 5, 1], "one of the largest is few");
        while (0..=255).any(|origin| quarantine.admit([origin; 16], 4_999, &ROOM)) {}
        assert!(quarantine.bytes <= ROOM.bytes, "{}", quarantine.bytes);
    }

    #[test]
    fn turns_go_round_and_a_flood_waits_no_less_than_a_family() {
        let mut quarantine = Quarantine::default();
        for origin in [FLOOD, [2; 16]] {
            pour(&mut quarantine, origin, 100);
        }
        assert!(quarantine.admit([7; 16], 100, &ROOM));
        let mut first = turns(&mut quarantine, EACH, 2);
        first.extend(turns(&mut quarantine, EACH + 1, 2));
        first.sort_unstable();
        assert_eq!(first, [FLOOD, [2; 16], [7; 16]], "each once");
        assert!(turns(&mut quarantine, EACH + 2, 9).is_empty());
        quarantine.left([7; 16], 100);
        assert_eq!(turns(&mut quarantine, 3 * EACH, 9).len(), 2);
    }

    #[test]
    fn a_flood_has_thirty_turns_a_day_and_thirty_more_on_the_next() {
        let mut quarantine = Quarantine::default();
        pour(&mut quarantine, FLOOD, 100);
        let day = |from: u64, quarantine: &mut Quarantine| {
            (1..DAY / EACH).filter(|at| quarantine.turn(from + at * EACH).is_some()).count()
        };
        assert_eq!([day(0, &mut quarantine), day(DAY, &mut quarantine)], [30, 30]);
        // Not again with new letters, once the old ones are judged.
        (0..50).for_each(|_| quarantine.left(FLOOD, 100));
        assert_eq!(quarantine.turn(2 * DAY - 2 * EACH), None);
        assert!(quarantine.admit(FLOOD, 100, &ROOM));
        assert_eq!(quarantine.turn(2 * DAY - EACH), None);
        assert_eq!(quarantine.turn(2 * DAY), Some(FLOOD));
    }

    #[test]
    fn what_the_ledger_holds_is_counted_at_the_start() {
        let held =
            [Held { origin: FLOOD, rows: 3, bytes: 300 }, Held { origin: [2; 16], rows: 1, bytes: 50 }];
        let mut quarantine = Quarantine::of(&held);
        assert_eq!((quarantine.rows(), turns(&mut quarantine, EACH, 9).len()), (4, 2));
    }
}
