//! Damaged files, put together anew.

use super::office;
use super::story::*;
use super::tablets::Luck;
use api::server::audit::Began;
use api::server::backup;
use std::fs;
use std::path::Path;
use std::time::Instant;

/// Ways in which a database file is damaged.
pub fn damage(data: &Path, way: u64, luck: &mut Luck) -> &'static str {
    let path = data.join("amparo.db");
    let mut bytes = fs::read(&path).unwrap();
    let pages = bytes.len() / 4096;
    let garble = |bytes: &mut Vec<u8>, from: usize, to: usize, luck: &mut Luck| {
        let to = to.min(bytes.len());
        bytes[from.min(to)..to].iter_mut().for_each(|byte| *byte = luck.below(256) as u8);
    };
    let (mut gone, what) = (
        false,
        match way % 12 {
            0 => {
                garble(&mut bytes, 0, 100, luck);
                "the header is garbled"
            }
            1 => {
                garble(&mut bytes, 0, 4096, luck);
                "the first page is garbled"
            }
            2 => {
                let at = bytes.len() / 2;
                bytes.truncate(at);
                "half of it is cut off"
            }
            3 => {
                let at = bytes.len() - 3 * 4096 - 777;
                bytes.truncate(at);
                "the end is cut off within a page"
            }
            4 => {
                bytes.clear();
                "nothing is left in it"
            }
            5 => {
                bytes.iter_mut().for_each(|byte| *byte = 0);
                "all of it is zeros"
            }
            6 => {
                let at = pages / 3 * 4096;
                garble(&mut bytes, at, at + 8 * 4096, luck);
                "eight pages in a row are garbled"
            }
            7 => {
                for page in (1..pages).step_by(5) {
                    garble(&mut bytes, page * 4096, page * 4096 + 4096, luck);
                }
                "every fifth page is garbled"
            }
            8 => {
                for _ in 0..400 {
                    let at = luck.below(bytes.len() as u64) as usize;
                    bytes[at] ^= 1 << luck.below(8);
                }
                "four hundred bits are turned over"
            }
            9 => {
                for page in 1..pages {
                    garble(&mut bytes, page * 4096, page * 4096 + 16, luck);
                }
                "the beginning of every page is garbled"
            }
            10 => {
                let at = pages / 2 * 4096;
                bytes.drain(..at);
                "its first half is gone"
            }
            _ => {
                bytes.clear();
                "there is no file"
            }
        },
    );
    gone |= way % 12 == 11;
    for left in ["amparo.db-wal", "amparo.db-shm"] {
        let _ = fs::remove_file(data.join(left));
    }
    if gone {
        fs::remove_file(&path).unwrap();
    } else {
        fs::write(&path, bytes).unwrap();
    }
    what
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_put_together_anew_from_what_can_be_read_and_from_the_devices() {
    if office::postgres::is_wanted() {
        return;
    }
    let (ways, seed) = (number("AMPARO_SERVER_CORRUPTIONS", 4), number("AMPARO_SEED", 5));
    let began = Instant::now();
    let mut story = Story::begin(seed, 3).await;
    let (mut read, mut all) = (0, 0);
    // With few ways to try, the harder ones of each sort.
    let step = if ways < 12 { 5 } else { 1 };
    for way in 0..ways {
        if way > 0 && way % 12 == 0 {
            story.end().await;
            story = Story::begin(seed + way, 3).await;
        }
        story.work(12).await;
        story.rounds(1).await;
        all += story.saved() as u64;
        let (mut what, mut luck) = ("", Luck::of(seed + way));
        let mut salvaged = 0;
        story.office = story
            .office
            .meanwhile(|data| {
                what = damage(data, way * step, &mut luck);
                let rebuilt = backup::rebuild(&place(data)).unwrap();
                salvaged = rebuilt.entries;
                assert_eq!(rebuilt.aside.is_some(), way * step % 12 != 11);
            })
            .await;
        println!("{what}: {salvaged} of {} entries could be read", story.saved());
        read += salvaged;
        story.rounds(3).await;
        story.check(&format!("seed {seed}, {what}")).await;
        assert!(story.began().contains(&Some(Began::Rebuilt)));
    }
    println!(
        "figures | server corruptions | {ways} damaged, {read} of {all} entries salvaged, the rest from devices, 0 lost, \
         0 twice | seed {seed} | {} s",
        began.elapsed().as_secs()
    );
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_database_is_gone_begins_nothing_by_itself() {
    if office::postgres::is_wanted() {
        return;
    }
    let mut story = Story::begin(6, 1).await;
    story.work(2).await;
    let office = story.office.meanwhile(|data| {
        fs::rename(data.join("amparo.db"), data.join("elsewhere")).unwrap();
        let refused = api::server::Office::open(data).err().unwrap();
        assert!(refused.contains("amparo restore") && !data.join("amparo.db").exists(), "{refused}");
        fs::rename(data.join("elsewhere"), data.join("amparo.db")).unwrap();
    });
    story.office = office.await;
    story.rounds(1).await;
    story.check("put back").await;
    story.end().await;
}
