//! How full the quarantine is, and whose turn it is. Letters lie in the ledger; here they are only counted.
//!
//! A flood from one place must not keep out families from others: no origin gets more than half of the room, and where
//! it is full, one of few letters takes the place of the oldest of whoever has most of them. Turns go round by origin.

use crate::server::ledger::{Held, Origin};
use std::collections::HashMap;

/// How much room there is.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Letters.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
    /// An origin with so many letters or fewer never loses one that was taken.
    pub few: u64,
}

impl Default for Room {
    fn default() -> Self {
        Self { rows: 20_000, bytes: 96 * 1024 * 1024, few: 200 }
    }
}

/// Milliseconds between two turns of one origin.
pub const EACH: u64 = 30_000;

#[derive(Clone, Copy, Debug, Default)]
struct Share {
    rows: u64,
    bytes: u64,
    had_turn: u64,
}

/// Whether a letter has room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// It has.
    Room,
    /// In place of the oldest of another origin.
    InPlaceOf(Origin),
    /// It has not.
    Full,
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
            quarantine.of.insert(held.origin, Share { rows: held.rows, bytes: held.bytes, had_turn: 0 });
        }
        quarantine
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
    pub fn admit(&mut self, origin: Origin, bytes: u64, room: &Room) -> Admitted {
        let mine = self.of.get(&origin).copied().unwrap_or_default();
        if 2 * (mine.rows + 1) > room.rows || 2 * (mine.bytes + bytes) > room.bytes {
            return Admitted::Full;
        }
        let admitted = if self.rows < room.rows && self.bytes + bytes <= room.bytes {
            Admitted::Room
        } else {
            let share = room.rows / (self.of.len() as u64 + 1);
            let busiest = self.of.iter().max_by_key(|(_, share)| (share.rows, share.bytes));
            let most = busiest.filter(|(_, most)| {
                most.rows > room.few.max(share) && mine.rows < room.few && mine.rows < share.max(1)
            });
            match most {
                Some((busiest, _)) => Admitted::InPlaceOf(*busiest),
                None => return Admitted::Full,
            }
        };
        self.rows += 1;
        self.bytes += bytes;
        let mine = self.of.entry(origin).or_default();
        (mine.rows, mine.bytes) = (mine.rows + 1, mine.bytes + bytes);
        admitted
    }

    /// One of an origin is there no more.
    pub fn left(&mut self, origin: Origin, bytes: u64) {
        self.rows = self.rows.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
        if let Some(share) = self.of.get_mut(&origin) {
            (share.rows, share.bytes) = (share.rows.saturating_sub(1), share.bytes.saturating_sub(bytes));
        }
    }

    /// Whose turns these are, so many at most: those who waited longest for one, each once in a while.
    pub fn turns(&mut self, now: u64, most: usize) -> Vec<Origin> {
        self.of.retain(|_, share| share.rows > 0 || now < share.had_turn.saturating_add(EACH));
        let ready = |share: &Share| share.rows > 0 && now >= share.had_turn.saturating_add(EACH);
        let ready = self.of.iter().filter(|(_, share)| ready(share));
        let mut ready: Vec<(u64, Origin)> = ready.map(|(origin, share)| (share.had_turn, *origin)).collect();
        ready.sort_unstable();
        ready.truncate(most);
        for (_, origin) in &ready {
            if let Some(share) = self.of.get_mut(origin) {
                share.had_turn = now;
            }
        }
        ready.into_iter().map(|(_, origin)| origin).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { rows: 100, bytes: 100_000, few: 5 };
    const FLOOD: Origin = [1; 16];

    fn filled() -> Quarantine {
        let mut quarantine = Quarantine::default();
        for origin in [FLOOD, [2; 16]] {
            while quarantine.admit(origin, 100, &ROOM) == Admitted::Room {}
        }
        quarantine
    }

    #[test]
    fn no_origin_gets_more_than_half_of_the_room() {
        let mut quarantine = Quarantine::default();
        let taken = (0..1_000).filter(|_| quarantine.admit(FLOOD, 100, &ROOM) == Admitted::Room).count();
        assert_eq!((taken, quarantine.rows()), (50, 50));
        assert_eq!(quarantine.admit([9; 16], 50_001, &ROOM), Admitted::Full, "nor of the bytes");
        assert_eq!(quarantine.admit([9; 16], 100, &ROOM), Admitted::Room);
    }

    #[test]
    fn where_it_is_full_one_of_few_takes_the_place_of_one_of_many_and_never_the_other_way_round() {
        let mut quarantine = filled();
        assert_eq!((quarantine.rows(), quarantine.percent(&ROOM)), (100, 100));
        let mut lost = 0;
        for number in 10..13 {
            let Admitted::InPlaceOf(of) = quarantine.admit([number; 16], 100, &ROOM) else { panic!("full") };
            quarantine.left(of, 100);
            lost += 1;
        }
        assert_eq!((lost, quarantine.rows()), (3, 100));
        // One with few gets no more than its few, and the flood nothing.
        let own = (0..50).take_while(|_| match quarantine.admit([10; 16], 100, &ROOM) {
            Admitted::InPlaceOf(of) => {
                assert!(of == FLOOD || of == [2; 16]);
                quarantine.left(of, 100);
                true
            }
            other => {
                assert_eq!(other, Admitted::Full);
                false
            }
        });
        assert_eq!(own.count(), 4);
        assert_eq!(quarantine.admit(FLOOD, 100, &ROOM), Admitted::Full);
    }

    #[test]
    fn where_all_have_few_nobody_loses_what_was_taken() {
        let mut quarantine = Quarantine::default();
        for number in 0..20 {
            for _ in 0..5 {
                assert_eq!(quarantine.admit([number; 16], 100, &ROOM), Admitted::Room);
            }
        }
        assert_eq!(quarantine.admit([99; 16], 100, &ROOM), Admitted::Full);
    }

    #[test]
    fn turns_go_round_and_a_flood_waits_no_less_than_a_family() {
        let mut quarantine = filled();
        quarantine.left(FLOOD, 100);
        assert_eq!(quarantine.admit([7; 16], 100, &ROOM), Admitted::Room);
        let mut first = quarantine.turns(EACH, 2);
        first.extend(quarantine.turns(EACH + 1, 2));
        first.sort_unstable();
        assert_eq!(first, [FLOOD, [2; 16], [7; 16]], "each once");
        assert!(quarantine.turns(EACH + 2, 9).is_empty());
        quarantine.left([7; 16], 100);
        assert_eq!(quarantine.turns(3 * EACH, 9).len(), 2);
    }

    #[test]
    fn what_the_ledger_holds_is_counted_at_the_start() {
        let held =
            [Held { origin: FLOOD, rows: 3, bytes: 300 }, Held { origin: [2; 16], rows: 1, bytes: 50 }];
        let mut quarantine = Quarantine::of(&held);
        assert_eq!((quarantine.rows(), quarantine.turns(EACH, 9).len()), (4, 2));
    }
}
