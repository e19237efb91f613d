//! What goes wrong, drawn from a seed before anything happens. With the seed it is all that is needed to see a run again;
//! it is printed with every failure.
//!
//! Each run draws which kinds of faults it has at all, and how many of each: runs in which everything goes wrong at once
//! hide what one kind alone would show ("swarm testing", Groce et al. 2012).

use crate::cast::{Cast, DEVICES, Duty};
use crate::chance::Chance;
use crate::wire::{DAY, HOUR, MINUTE, Ms, SECOND};
use domain::Role;

/// How long things go wrong; then everything is well again.
pub const SAFETY: Ms = 90 * DAY;

/// A device's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Good,
    /// Loses so many messages in a thousand, each way, and takes seconds.
    Bad(u64),
    Down,
    /// Somebody else answers everything with 200 and a page of their own.
    Portal,
    /// A proxy gives the last answer of the server again.
    Stale,
}

/// How the server feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Fine,
    /// 503.
    Unavailable,
    /// 429, with seconds.
    TooMany(u32),
    /// Nobody is known to it: 401 and 403.
    Denying,
    /// A later version, which answers some envelopes in a way that nobody knows yet, and does not take them.
    Later,
}

#[derive(Clone, Copy, Debug)]
pub enum Fault {
    Line(usize, Line),
    /// Every line of the region at once; then all go about sending.
    Region(Line),
    Server(Mood),
    /// The program ends between any two steps, and starts again after a while.
    Crash(Ms),
    /// Back to the newest backup that is so old at least. Quietly: somebody puts the file in its place, and only what the
    /// server noted outside of it, and what devices hand back, says so.
    Restore {
        age: Ms,
        quietly: bool,
    },
    /// The browser ends at so many commits from now; before or after the commit.
    Kill(usize, u32, bool),
    /// As well, and what was not on the disk is gone.
    CutPower(usize),
    Clock(usize, i64),
    Full(usize, bool),
    /// The pages that were collected and not folded in are gone, with all else that was committed relaxed.
    Evict(usize),
    /// The browser put an empty database in the place of the damaged one.
    LoseDatabase(usize),
    /// Stolen or broken.
    Destroy(usize),
    /// The office revokes a member's access, or has it wiped.
    Order(usize, bool),
    /// A passphrase is forgotten, and the vault made anew.
    Forget(usize),
    Duty(usize, Duty),
    Version(usize, u8),
}

/// What goes wrong in one run.
pub struct Plan {
    pub faults: Vec<(Ms, Fault)>,
    /// In a thousand messages: sent twice, and late by days.
    pub twice: u64,
    pub late: u64,
    /// Of acts of people, in a thousand: corrections of what others correct as well.
    pub contention: u64,
    /// Whether page and worker go their rounds at once, as where locks do not hold.
    pub without_locks: bool,
    /// Receipts without a checkpoint, in a thousand.
    pub bare: u64,
    /// How far apart a backup is taken.
    pub backup_every: Ms,
}

impl Plan {
    pub fn draw(chance: &mut Chance, cast: &Cast) -> Self {
        let mut faults = Vec::new();
        let mut kinds = chance.draw();
        // Of each kind whether it happens, and how often at most.
        let mut often = |chance: &mut Chance, most: u64| {
            kinds = kinds.rotate_right(1);
            if kinds & 3 == 0 { 0 } else { chance.between(0, most) }
        };
        let at = |chance: &mut Chance| chance.between(HOUR, SAFETY - HOUR);
        let worst = often(chance, 300);
        for device in 0..DEVICES {
            let mut now = 0;
            let is_remote = chance.happens(300);
            while now < SAFETY {
                let line = match chance.below(20) {
                    0..=7 => Line::Good,
                    8..=11 if worst > 0 => Line::Bad(chance.between(10, 10 + worst)),
                    12..=17 => Line::Down,
                    18 => Line::Portal,
                    _ => Line::Stale,
                };
                faults.push((now, Fault::Line(device, line)));
                now += match chance.below(10) {
                    // Flapping.
                    0 => chance.between(3 * SECOND, 2 * MINUTE),
                    1..=6 => chance.between(HOUR, DAY),
                    _ if is_remote => chance.between(DAY, 30 * DAY),
                    _ => chance.between(DAY, 4 * DAY),
                };
            }
        }
        for _ in 0..often(chance, 12) {
            let down =
                if chance.happens(800) { chance.between(SECOND, MINUTE) } else { chance.between(HOUR, DAY) };
            faults.push((at(chance), Fault::Crash(down)));
        }
        for _ in 0..often(chance, 6) {
            let mood = match chance.below(4) {
                0 => Mood::Unavailable,
                1 => Mood::TooMany(*chance.pick(&[1, 30, 900, 86_400])),
                2 => Mood::Denying,
                _ => Mood::Later,
            };
            let from = chance.between(HOUR, SAFETY - 4 * DAY);
            faults.push((from, Fault::Server(mood)));
            faults.push((from + chance.between(MINUTE, 3 * DAY), Fault::Server(Mood::Fine)));
        }
        for _ in 0..often(chance, 5) {
            let from = at(chance);
            faults.push((from, Fault::Region(Line::Down)));
            faults.push((from + chance.between(HOUR, 3 * DAY), Fault::Region(Line::Good)));
        }
        for _ in 0..often(chance, 3) {
            let (age, quietly) = (chance.between(MINUTE, 11 * DAY), chance.happens(300));
            faults.push((at(chance), Fault::Restore { age, quietly }));
        }
        for _ in 0..often(chance, 30) {
            let (device, commits) = (chance.index(DEVICES), chance.between(1, 12) as u32);
            faults.push((at(chance), Fault::Kill(device, commits, chance.happens(500))));
        }
        for _ in 0..often(chance, 15) {
            faults.push((at(chance), Fault::CutPower(chance.index(DEVICES))));
        }
        for _ in 0..often(chance, 24) {
            let years = chance.between(0, 20) as i64 - 10;
            let jump = match chance.below(4) {
                0 | 1 => years * 365 * DAY as i64,
                2 => chance.between(0, 2 * DAY) as i64 - DAY as i64,
                _ => 0,
            };
            faults.push((at(chance), Fault::Clock(chance.index(DEVICES), jump)));
        }
        for _ in 0..often(chance, 6) {
            let (device, from) = (chance.index(DEVICES), at(chance));
            faults.push((from, Fault::Full(device, true)));
            faults.push((from + chance.between(MINUTE, 5 * DAY), Fault::Full(device, false)));
        }
        for _ in 0..often(chance, 6) {
            faults.push((at(chance), Fault::Evict(chance.index(DEVICES))));
        }
        for _ in 0..often(chance, 5) {
            faults.push((at(chance), Fault::LoseDatabase(chance.index(DEVICES))));
        }
        for _ in 0..often(chance, 2) {
            faults.push((at(chance), Fault::Destroy(chance.index(DEVICES))));
        }
        for _ in 0..often(chance, 3) {
            faults.push((at(chance), Fault::Order(chance.index(cast.members.len()), chance.happens(500))));
        }
        for _ in 0..often(chance, 3) {
            faults.push((at(chance), Fault::Forget(chance.index(cast.members.len()))));
        }
        for _ in 0..often(chance, 10) {
            let user = chance.index(cast.duties.len());
            let roles = [Role::Caseworker, Role::Counsellor, Role::Supervisor, Role::Verifier];
            let (role, organisation) = (*chance.pick(&roles), chance.index(3).min(chance.index(3)));
            let duty = Duty { role, organisation, disabled: chance.happens(100) };
            faults.push((at(chance), Fault::Duty(user, duty)));
            if chance.happens(600) {
                // And back again, as somebody who helped out elsewhere.
                faults.push((at(chance), Fault::Duty(user, cast.duties[user])));
            }
        }
        for device in 0..DEVICES {
            // Updates come when they come, and some go back.
            for _ in 0..chance.below(4) {
                faults.push((at(chance), Fault::Version(device, chance.between(1, 3) as u8)));
            }
        }
        faults.sort_by_key(|(at, _)| *at);
        Self {
            faults,
            twice: often(chance, 100),
            late: often(chance, 60),
            contention: chance.between(100, 700),
            without_locks: chance.happens(300),
            bare: if chance.happens(300) { 50 } else { 0 },
            backup_every: chance.between(HOUR, 3 * DAY),
        }
    }
}
