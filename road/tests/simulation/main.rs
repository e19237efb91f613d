//! Twenty devices, a server and ninety virtual days in which everything goes wrong, from one seed.
//!
//! The programs under test are those of the product: `road::device::Round` on the devices, `road::server` on the server,
//! `road::marks` at the start of a device, `domain::Record` for what statements add up to, `domain::permission` for who
//! is handed what. What is theirs to carry out (tables, lines, clocks, browsers that die) lies here, in memory and in
//! virtual time.
//!
//! ```text
//! seed ─▶ plan (faults with their times) ─▶ world: queue of events ─┬▶ devices: people state, rounds go, pages are folded in
//!                                                                  ├▶ lines: lost, late, twice, cut, somebody else's answers
//!                                                                  └▶ server: stored ─ judged ─ entered ─ answered, step by step
//! auditor: knows what people stated and where everything lies, asks no program under test
//! ```
//!
//! Two phases. For ninety days things go wrong, and only what must never happen is looked for. Then all is well again at
//! once, and within ten virtual minutes everything has to be settled and equal.
//!
//! # Running it
//!
//! ```sh
//! AMPARO_SEED=1 AMPARO_SEEDS=2000 cargo test --profile simulation -p amparo-road --test simulation -- --nocapture
//! ```
//!
//! `AMPARO_SEED` is the first seed, `AMPARO_SEEDS` how many, `AMPARO_BUG_SEEDS` within how many each planted bug must be
//! found. One line of figures for each of the two tests. A seed gives the same run on every machine, as long as nobody
//! changes the plan (`plan.rs`), what people do (`facts.rs`) or what is decided.
//!
//! # Reading a plan that failed
//!
//! The first seed that fails is run once more, and printed with three things:
//! 1. what did not hold (`audit::Invariant`), of which entry, record or device, and at what virtual time;
//! 2. the plan: every fault with its day, as it was drawn before anything happened;
//! 3. what happened: one line for every fault, entry saved, page handed out and row settled, with day and time.
//!
//! Begin at the end. An entry that is nowhere: look for `entry 140 saved`, take the key from the line after it, and follow
//! that key: waits, shelved, forgotten, another epoch. A record that never came, or that stays: look for its id in what
//! the server entered, handed out and had dropped. An item that waits: its last reason says who answered what. The faults
//! between the last line that was right and the first that is wrong are usually one or two; the rest of the plan is
//! noise, and a smaller one can be had by trying other seeds.
//!
//! # What it does not show
//!
//! Bytes: sealing, signatures and stored forms have tests of their own; here they are taken for what they promise. Pictures
//! and readings do not travel. A server is one program; that several on one database give out their numbers in the order
//! of their commits is shown in `server-fn`.
//!
//! Four things are let pass, each where the auditor says so (`audit.rs`, `plan.rs`):
//! - what lay on a device alone that the plan destroys, or on one destroyed or wiped before a restored server asked for its
//!   work again;
//! - rows that a server handed out and then forgot, because it was put back: it cannot tell who holds them;
//! - what somebody began themselves, was never handed, and lost the right to before they collected anything else;
//! - receipts are bound to their parcel and not to a moment: the proxy of the plan plays none again after an hour.

mod audit;
mod bugs;
mod cast;
mod chance;
mod collect;
mod deeds;
mod device;
mod disk;
mod entering;
mod facts;
mod folding;
mod ledger;
mod people;
mod plan;
mod runner;
mod running;
mod server;
mod wire;
mod world;

use bugs::Bug;
use runner::{by_invariant, report, run_all};
use std::time::Instant;

/// Seeds that broke something once, and what. They say less with every change of plan or programs, and cost nothing.
const BROKE_ONCE: &[(u64, &str)] = &[
    (4, "what a device had saved itself left its reach before its first collect, and stayed"),
    (45, "a receipt without the server's time was dated by the device's clock, and the shelf forgot it"),
    (59, "a need left somebody's reach and became one for few meanwhile: nobody told them to drop it"),
    (419, "a device with nothing to send and nobody signed in never heard that the server was restored"),
];

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// So many seeds where nobody says how many: unoptimised a seed takes a second.
fn seeds() -> u64 {
    number("AMPARO_SEEDS", if cfg!(debug_assertions) { 8 } else { 2_000 })
}

#[test]
fn nothing_is_lost_in_ninety_days_in_which_everything_goes_wrong() {
    let (first, count) = (number("AMPARO_SEED", 1), seeds());
    let began = Instant::now();
    let runs = run_all(first..first + count, None, 1);
    let figures = runs.figures;
    println!(
        "figures | simulation | {} seeds, {} broken; {} entries saved, {} requests, {} lost, {} twice, {} kills, {} \
         server crashes, {} restores, {} other faults | seed {first} | {:.1} s",
        runs.seeds,
        runs.broken.len(),
        figures.saved,
        figures.requests,
        figures.lost,
        figures.twice,
        figures.kills,
        figures.crashes,
        figures.restores,
        figures.other,
        began.elapsed().as_secs_f64()
    );
    if let Some((seed, _)) = runs.broken.first() {
        panic!("{}", report(*seed, None));
    }
    assert!(figures.saved > count * 20 && figures.contacts > count * 100, "something was done: {figures:?}");
}

#[test]
fn seeds_that_broke_something_once_break_nothing_now() {
    for (seed, what) in BROKE_ONCE {
        if let Some(broken) = runner::run(*seed, None).broken {
            panic!("seed {seed}, which broke once ({what}): {broken}");
        }
    }
}

#[test]
fn a_seed_gives_the_same_run_again() {
    let (one, other) = (runner::run(7, None), runner::run(7, None));
    assert_eq!(format!("{:?}", one.figures), format!("{:?}", other.figures));
    assert_ne!(format!("{:?}", one.figures), format!("{:?}", runner::run(8, None).figures));
}

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "takes minutes unoptimised: --profile simulation, as `cargo xtask ci` does"
)]
fn every_planted_bug_is_found() {
    let (first, count) = (number("AMPARO_SEED", 1), number("AMPARO_BUG_SEEDS", 2_000));
    let began = Instant::now();
    let mut missed = Vec::new();
    let mut latest = 0;
    for bug in Bug::ALL {
        let runs = run_all(first..first + count, Some(*bug), 3);
        match runs.broken.first() {
            Some((seed, _)) => {
                latest = latest.max(seed - first + 1);
                println!("  {bug:?}: seed {seed}, {:?}", by_invariant(&runs.broken));
            }
            None => missed.push(*bug),
        }
    }
    println!(
        "figures | planted bugs | {} of {} found, the last after {latest} seeds | seed {first} | {:.1} s",
        Bug::ALL.len() - missed.len(),
        Bug::ALL.len(),
        began.elapsed().as_secs_f64()
    );
    assert!(missed.is_empty(), "not found within {count} seeds: {missed:?}");
}
