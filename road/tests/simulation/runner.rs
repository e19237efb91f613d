//! Many seeds over all processors, in the order in which they come.

use crate::audit::{Broken, Invariant};
use crate::bugs::Bug;
use crate::world::{Figures, World};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What became of many seeds.
#[derive(Default)]
pub struct Runs {
    pub figures: Figures,
    pub seeds: u64,
    /// The failures that were found, by seed.
    pub broken: Vec<(u64, Broken)>,
}

/// Runs one seed.
pub fn run(seed: u64, bug: Option<Bug>) -> World {
    let mut world = World::new(seed, bug, false);
    world.run();
    world
}

/// Runs seeds on every processor; stops soon after so many have failed.
pub fn run_all(seeds: core::ops::Range<u64>, bug: Option<Bug>, enough: usize) -> Runs {
    let next = AtomicU64::new(seeds.start);
    let is_over = AtomicBool::new(false);
    let runs = Mutex::new(Runs::default());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let world = run(seed, bug);
                    let mut runs = runs.lock().unwrap_or_else(PoisonError::into_inner);
                    runs.seeds += 1;
                    runs.figures.add(&world.figures);
                    if let Some(broken) = world.broken {
                        runs.broken.push((seed, broken));
                        is_over.fetch_or(runs.broken.len() >= enough, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let mut runs = runs.into_inner().unwrap_or_else(PoisonError::into_inner);
    runs.broken.sort_by_key(|(seed, _)| *seed);
    runs
}

/// How many of a bug's failures speak of which invariant.
pub fn by_invariant(broken: &[(u64, Broken)]) -> Vec<(Invariant, usize)> {
    let mut counted: Vec<(Invariant, usize)> = Vec::new();
    for (_, Broken { invariant, .. }) in broken {
        match counted.iter_mut().find(|(known, _)| known == invariant) {
            Some((_, count)) => *count += 1,
            None => counted.push((*invariant, 1)),
        }
    }
    counted.sort();
    counted
}

impl Figures {
    fn add(&mut self, other: &Figures) {
        let Figures {
            stated,
            saved,
            entered,
            parked,
            requests,
            lost,
            twice,
            crashes,
            restores,
            kills,
            other: others,
            events,
            contacts,
        } = other;
        self.stated += stated;
        self.saved += saved;
        self.entered += entered;
        self.parked += parked;
        self.requests += requests;
        self.lost += lost;
        self.twice += twice;
        self.crashes += crashes;
        self.restores += restores;
        self.kills += kills;
        self.other += others;
        self.events += events;
        self.contacts += contacts;
    }
}

/// What somebody needs to find out why a seed failed: the plan, and what happened at the end.
pub fn report(seed: u64, bug: Option<Bug>) -> String {
    let mut world = World::new(seed, bug, true);
    world.run();
    let days = |ms: u64| ms as f64 / crate::wire::DAY as f64;
    let broken = world.broken.as_ref().map_or_else(|| "nothing broke".to_owned(), Broken::to_string);
    let mut lines = vec![format!("seed {}: {broken}", world.seed), "the plan, by day:".to_owned()];
    lines.extend(world.plan.faults.iter().map(|(at, fault)| format!("  {:8.4} {fault:?}", days(*at))));
    lines.push("what happened:".to_owned());
    lines.extend(world.trace.into_iter().flatten().map(|line| format!("  {line}")));
    lines.join("\n")
}
