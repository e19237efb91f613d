//! The whole road with the real code at both ends: five tablets with their stores, an office over its database, HTTP in
//! between. Lines fail, pages are killed, clocks jump, the server is stopped, and its database is put back.
//!
//! `AMPARO_SEEDS` says how many seeds are played, `AMPARO_SEED` with which to begin.

mod office;
mod tablets;

use domain::Role;
use std::collections::BTreeSet;
use tablets::{Luck, Office, Tablet};

/// Steps of one seed before health returns.
const STEPS: usize = 90;
const TABLETS: usize = 5;

/// What a seed saw.
#[derive(Debug, Default)]
struct Seen {
    saved: usize,
    rounds: usize,
    killed: usize,
    reopened: usize,
    put_back: usize,
    faults: usize,
    days: u64,
    pictures: usize,
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_saved_is_lost_or_entered_twice_and_all_tablets_agree_when_health_returns() {
    let (first, seeds) = (number("AMPARO_SEED", 1), number("AMPARO_SEEDS", 4));
    let mut all = Seen::default();
    for seed in first..first + seeds {
        println!("seed {seed}");
        let seen = play(seed).await;
        all.saved += seen.saved;
        all.rounds += seen.rounds;
        all.killed += seen.killed;
        all.reopened += seen.reopened;
        all.put_back += seen.put_back;
        all.faults += seen.faults;
        all.days += seen.days;
        all.pictures += seen.pictures;
    }
    println!("whole road: seeds {first}..{}, {all:?}, 0 lost, 0 twice", first + seeds - 1);
}

async fn play(seed: u64) -> Seen {
    let mut luck = Luck::of(seed);
    let mut seen = Seen::default();
    let mut office = Office::start().await;
    let mut tablets = Vec::new();
    for _ in 0..TABLETS {
        let invitation = office.invite(Role::Caseworker, "meteti");
        tablets.push(Tablet::enrol(&office.url, &invitation).await);
    }
    let began = api::server::now_ms();
    let mut clock = began;
    let mut backup = None;
    for _ in 0..STEPS {
        clock += luck.below(16 * 3_600_000);
        let tablet = &mut tablets[luck.below(TABLETS as u64) as usize];
        // Now and then somebody's clock is ten years off.
        let jump = match luck.below(40) {
            0 => 3_650 * 86_400_000,
            _ => 0,
        };
        store::on_host::set_clock(Some(clock + jump));
        match luck.below(100) {
            0..35 => tablet.registers(&mut luck).await,
            35..50 => tablet.renames(&mut luck).await,
            50..85 => {
                seen.rounds += 1;
                let (faults, killed) = tablet.round(&mut luck, true).await;
                seen.faults += faults;
                seen.killed += usize::from(killed);
            }
            85..90 => tablet.reloads().await,
            90..94 => {
                seen.reopened += 1;
                office = office.reopened().await;
            }
            94..97 => backup = office.copied().await,
            _ => {
                if let Some(backup) = &backup {
                    seen.put_back += 1;
                    office = office.put_back(backup, luck.below(2) == 0).await;
                }
            }
        }
    }
    seen.days = (clock - began) / 86_400_000;
    // Health.
    store::on_host::set_clock(Some(clock + 86_400_000));
    seen.saved = tablets.iter().map(|tablet| tablet.saved.len()).sum();
    // Nobody need sign in for it: what the server lacks is handed in by whoever saved it. Three times, because by what
    // one tablet hands back the server may find that its database was put back.
    for _ in 0..3 {
        for tablet in &tablets {
            tablet.round_signed_out(&mut luck).await;
        }
    }
    let counts = office.running().ledger().counts().unwrap();
    assert_eq!(counts.entries, seen.saved as u64, "seed {seed}: the server has everything");
    for _ in 0..3 {
        for tablet in &mut tablets {
            tablet.round(&mut luck, false).await;
            tablet.folds().await;
        }
    }
    check(seed, &office, &tablets).await;
    seen.pictures = look_at_pictures(seed, &tablets, &mut luck).await;
    store::on_host::set_clock(None);
    office.stop().await;
    seen
}

async fn check(seed: u64, office: &Office, tablets: &[Tablet]) {
    let saved: Vec<_> = tablets.iter().flat_map(|tablet| &tablet.saved).collect();
    let counts = office.running().ledger().counts().unwrap();
    assert_eq!(
        (counts.entries, counts.waiting, counts.parked),
        (saved.len() as u64, 0, 0),
        "seed {seed}: each exactly once"
    );
    let records: BTreeSet<_> = saved.iter().map(|saved| saved.record).collect();
    for tablet in tablets {
        let waiting = tablet.vault.waiting().await.unwrap();
        assert_eq!((waiting.unsent, waiting.attention), (0, 0), "seed {seed}: nothing is stuck");
    }
    for record in records {
        let first = tablets[0].vault.record(record).await.unwrap();
        let first = first.unwrap_or_else(|| panic!("seed {seed}: {record} is on no tablet"));
        for tablet in &tablets[1..] {
            let other = tablet.vault.record(record).await.unwrap();
            assert_eq!(other.as_ref(), Some(&first), "seed {seed}: the tablets agree");
        }
        for saved in saved.iter().filter(|saved| saved.record == record) {
            let is_it = |it: &domain::Stated| {
                it.entry == saved.entry && it.value.as_text() == Some(saved.name.as_str())
            };
            assert!(
                first.known(domain::Field::GIVEN_NAMES).any(is_it),
                "seed {seed}: {} is reachable",
                saved.name
            );
        }
    }
}

/// Every picture can be looked at on another tablet than the one that took it.
async fn look_at_pictures(seed: u64, tablets: &[Tablet], luck: &mut Luck) -> usize {
    let mut seen = 0;
    for (place, tablet) in tablets.iter().enumerate() {
        let elsewhere = &tablets[(place + 1) % tablets.len()];
        for (photo, size) in tablet.saved.iter().filter_map(|saved| saved.photo.as_ref()) {
            assert!(elsewhere.shows(luck, photo, *size).await, "seed {seed}: a picture is missing");
            seen += 1;
        }
    }
    seen
}
