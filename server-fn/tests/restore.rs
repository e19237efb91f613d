//! A database that went back to an earlier day, or was damaged: restored by command, put back by hand, put together anew.
//! With real tablets at the other end: whatever they had been promised is there again, once, and nobody did anything for it.
//!
//! `AMPARO_RESTORES` says to how many points it is restored, `AMPARO_SERVER_CORRUPTIONS` how many times a file is damaged,
//! `AMPARO_SEED` with which luck.

mod office;
mod process;
mod tablets;

#[path = "restore/backups.rs"]
mod backups;
#[path = "restore/commands.rs"]
mod commands;
#[path = "restore/damage.rs"]
mod damage;
#[path = "restore/running.rs"]
mod running;
#[path = "restore/story.rs"]
mod story;

use api::server::audit::{Began, What};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use story::*;

/// Points of one office.
const EACH: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_restored_at_any_point_loses_nothing_and_doubles_nothing() {
    let (points, seed) = (number("AMPARO_RESTORES", 4), number("AMPARO_SEED", 1));
    let began = Instant::now();
    let mut story = Story::begin(seed, 3).await;
    let mut backups: Vec<PathBuf> = Vec::new();
    let mut saved = 0;
    for point in 0..points {
        if point > 0 && point % EACH == 0 {
            // Another office, so that a long run stays a quick one.
            saved += story.saved();
            story.end().await;
            backups.drain(..).for_each(|file| fs::remove_file(file).unwrap());
            story = Story::begin(seed + point, 3).await;
        }
        let pieces = story.luck.below(9);
        story.work(pieces).await;
        let file = elsewhere("point");
        save(story.office.data(), &file);
        backups.push(file);
        if point % 3 == 1 {
            // Whoever enrols after the backup is known all the same.
            story.enrols().await;
        }
        let pieces = 1 + story.luck.below(9);
        story.work(pieces).await;
        let of = &backups[story.luck.below(backups.len() as u64) as usize];
        story.office = story.office.meanwhile(|data| drop(restore(data, of))).await;
        story.rounds(3).await;
        story.check(&format!("seed {seed}, point {point}")).await;
        assert_eq!(story.began().last(), Some(&Some(Began::Restored)));
    }
    let (saved, seconds) = (saved + story.saved(), began.elapsed().as_secs());
    println!(
        "figures | restores | {points} points, {saved} entries, 0 lost, 0 twice | seed {seed} | {seconds} s"
    );
    backups.iter().for_each(|file| fs::remove_file(file).unwrap());
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_copy_put_in_place_by_hand_is_noticed_at_the_start_and_everything_comes_back() {
    let mut story = Story::begin(number("AMPARO_SEED", 2), 2).await;
    story.work(6).await;
    let Some(copy) = story.office.copied().await else { return };
    story.work(7).await;
    story.enrols().await;
    story.work(3).await;
    story.office = story.office.meanwhile(|data| put_back(data, &copy)).await;
    assert_eq!(story.began(), [Some(Began::PutBack)]);
    story.rounds(3).await;
    story.check("noticed at the start").await;
    // And it is no news at the next start.
    story.office = story.office.meanwhile(|_| ()).await;
    assert_eq!(story.began(), [Some(Began::PutBack)]);
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_copy_that_nothing_beside_it_tells_of_is_noticed_by_the_first_device_that_knows_more() {
    let mut story = Story::begin(number("AMPARO_SEED", 3), 3).await;
    story.work(8).await;
    story.rounds(1).await;
    let Some(copy) = story.office.copied().await else { return };
    story.work(9).await;
    story.rounds(2).await;
    let lost = |data: &Path| {
        put_back(data, &copy);
        fs::remove_file(data.join("promised")).unwrap();
    };
    story.office = story.office.meanwhile(lost).await;
    assert_eq!(story.began(), []);
    story.rounds(3).await;
    assert_eq!(story.began(), [Some(Began::HandedBack)], "once, however many devices know more");
    story.check("noticed by a device").await;
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_copy_that_has_grown_again_before_a_device_comes_back_loses_nothing_either() {
    let mut story = Story::begin(number("AMPARO_SEED", 4), 2).await;
    story.work(3).await;
    story.rounds(1).await;
    let Some(copy) = story.office.copied().await else { return };
    story.work(3).await;
    story.rounds(2).await;
    let lost = |data: &Path| {
        put_back(data, &copy);
        fs::remove_file(data.join("promised")).unwrap();
    };
    story.office = story.office.meanwhile(lost).await;
    // Somebody who was never here before works on for a while.
    story.enrols().await;
    for _ in 0..30 {
        let tablet = story.tablets.last_mut().unwrap();
        tablet.registers(&mut story.luck).await;
        tablet.round(&mut story.luck, false).await;
    }
    // A device hands back what it was given each ten minutes.
    store::on_host::set_clock(Some(api::server::now_ms() + 15 * 60_000));
    story.rounds(3).await;
    store::on_host::set_clock(None);
    assert!(story.began().contains(&Some(Began::HandedBack)));
    let office = story.office.running();
    let rows = office.ledger().audit_chain(0, 10_000).unwrap();
    let alarms = rows.iter().filter(|link| link.row.what == What::HistoryRewritten.code()).count();
    assert!(alarms > 0, "it cannot be told from a history that was written anew, and that is said");
    assert_eq!(office.ledger().counts().unwrap().entries, story.saved() as u64, "each exactly once");
    story.end().await;
}
