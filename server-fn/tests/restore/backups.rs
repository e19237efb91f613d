//! Backups: of one moment, whole or not there, and from one database to the other.

use super::story::*;
use super::tablets::Luck;
use super::{office, process};
use api::server::audit::verify::{Report, verify};
use api::server::backup::{self, Leave, Place};
use api::server::sql::Source;
use api::server::{database, random};
use domain::Role;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_while_parcels_come_in_at_full_speed_is_of_one_moment() {
    let server = office::Server::start().await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut busy = Vec::new();
    for _ in 0..3 {
        let device = server.device(Role::Caseworker, "meteti").await;
        let stop = Arc::clone(&stop);
        busy.push(tokio::spawn(async move {
            let mut sent = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                let families: Vec<Vec<u8>> = (0..4)
                    .map(|_| device.seal(&office::family(&device, "meteti", &["Amina", "Keyla"])).unwrap())
                    .collect();
                device.deliver(families).await.unwrap();
                sent += 4;
            }
            sent
        }));
    }
    let mut before = 0;
    for _ in 0..3 {
        let (data, file) = (server.data.clone(), elsewhere("busy"));
        let to = file.clone();
        tokio::task::spawn_blocking(move || save(&data, &to)).await.unwrap();
        let refused = backup::save(&database::of(&server.data, None).unwrap(), &file).err().unwrap();
        assert!(refused.to_string().contains("there already"), "{refused}");
        // Into a folder of its own, with the same keys.
        let other = elsewhere("other");
        fs::create_dir_all(&other).unwrap();
        assert!(copied(&server.data.join("keys"), &other.join("keys")));
        // On a stick that knows of no modes everybody may read it.
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        let restored = restore(&other, &file);
        let mode = fs::metadata(other.join("amparo.db")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "what is restored from it nobody else reads");
        let Report { entries, faults, .. } = &restored.report;
        assert_eq!(faults, &[]);
        let counts = restored.office.ledger().counts().unwrap();
        // A family is a group, two people and a paper, and is entered whole.
        assert_eq!((counts.entries, counts.records), (*entries, 4 * entries));
        assert!(*entries >= before);
        before = *entries;
        drop(restored);
        fs::remove_file(file).unwrap();
        fs::remove_dir_all(other).unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    let mut sent = 0;
    for device in busy {
        sent += device.await.unwrap();
    }
    assert!(before > 0 && before <= sent);
    fs::remove_dir_all(server.stop().await).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_killed_leaves_no_half_file_under_its_name() {
    let server = office::Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    // Enough to be in the middle of it.
    let pictures: Vec<api::server::ledger::Chunk> = (0..600)
        .map(|_| {
            let bytes: Vec<u8> = (0..512).flat_map(|_| random::<64>()).collect();
            api::server::ledger::Chunk { address: seal::Address::of(&bytes), bytes }
        })
        .collect();
    server.office.ledger().put_chunks(device.enrolment, pictures, api::server::now_ms()).unwrap();
    let file = elsewhere("killed");
    let mut luck = Luck::of(number("AMPARO_SEED", 7));
    let (mut killed, mut whole) = (0, 0);
    while killed < 6 {
        let mut child = process::begin(&[
            "backup",
            "--data",
            server.data.to_str().unwrap(),
            "--to",
            file.to_str().unwrap(),
        ]);
        // Killed at any moment of it, by chance: nothing tells from outside how far it is.
        let until = Instant::now() + Duration::from_millis(luck.below(400));
        while Instant::now() < until && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let ended = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        if file.exists() {
            whole += 1;
            let copy = Source::File(file.clone()).reader().unwrap();
            let said: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            let chunks: i64 = copy.query_row("SELECT COUNT(*) FROM chunks", [], |row| row.get(0)).unwrap();
            assert_eq!((said.as_str(), chunks), ("ok", 600));
            drop(copy);
            for what in ["", "-wal", "-shm"] {
                let _ = fs::remove_file(format!("{}{what}", file.display()));
            }
        } else {
            assert!(!ended, "it ended and left nothing");
        }
        killed += u32::from(!ended);
    }
    // What one of them left behind is no hindrance.
    save(&server.data, &file);
    assert!(!file.with_extension("part").exists());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    println!("{killed} killed, {whole} were whole before");
    fs::remove_file(file).unwrap();
    fs::remove_dir_all(server.stop().await).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_moves_a_ledger_from_one_database_to_the_other_and_back() {
    if office::postgres::cluster::programs().is_none() {
        println!("PostgreSQL's programs are not here: not told");
        return;
    }
    let mut story = Story::begin(9, 2).await;
    story.work(8).await;
    story.rounds(1).await;
    let (first, second) = (elsewhere("first"), elsewhere("second"));
    let rows = save(story.office.data(), &first).rows;
    let cluster = office::postgres::cluster::Cluster::start("").unwrap();
    let url = cluster.url("postgres");
    let other = elsewhere("moved");
    fs::create_dir_all(&other).unwrap();
    assert!(copied(&story.office.data().join("keys"), &other.join("keys")));
    let there = Place { said: Some(&url), ..place(&other) };
    // One that does not come to its end leaves nothing that could be taken for a ledger.
    let broken = elsewhere("broken");
    fs::copy(&first, &broken).unwrap();
    let changing = Source::File(broken.clone()).writer().unwrap();
    let nobodys = "INSERT INTO invitations (code, user_id, expires_at) VALUES (x'01', x'02', 3)";
    changing.execute_batch(&format!("PRAGMA foreign_keys = OFF; {nobodys}")).unwrap();
    drop(changing);
    let refused = backup::restore(&broken, &there, Leave { replace: false, even_so: true }).err().unwrap();
    assert!(refused.to_string().contains("invitations"), "{refused}");
    assert!(!database::is_begun(&Source::read(&url).unwrap()).unwrap());
    assert!(!other.join("database.url").exists());
    fs::remove_file(broken).unwrap();
    let restored = backup::restore(&first, &there, Leave::default()).unwrap();
    assert_eq!((restored.report.faults.as_slice(), restored.rows.as_slice()), (&[][..], rows.as_slice()));
    assert_eq!(verify(&restored.office, &[]).unwrap().faults, []);
    drop(restored);
    // Not over one that is there, but in its place.
    let refused = backup::restore(&first, &there, Leave::default()).err().unwrap();
    assert!(refused.to_string().contains("--replace"), "{refused}");
    let again = backup::restore(&first, &there, Leave { replace: true, even_so: false }).unwrap();
    assert!(again.aside.is_some_and(|aside| aside.starts_with("amparo_before_")));
    drop(again.office);
    let back = backup::save(&database::of(&other, None).unwrap(), &second).unwrap();
    let count = |rows: &[(String, u64)], table: &str| rows.iter().find(|(name, _)| name == table).unwrap().1;
    for table in ["entries", "records", "users", "enrolments", "envelopes", "capsules"] {
        assert_eq!(count(&back.rows, table), count(&rows, table), "{table}");
    }
    story.work(3).await;
    story.office = story.office.meanwhile(|data| drop(restore(data, &second))).await;
    story.rounds(3).await;
    story.check("there and back").await;
    for file in [first, second] {
        fs::remove_file(file).unwrap();
    }
    fs::remove_dir_all(other).unwrap();
    story.end().await;
}
