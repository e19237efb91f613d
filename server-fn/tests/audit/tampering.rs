//! What becomes of a database that somebody tampered with: editing, deleting, inserting, cutting off and stamping anew
//! are each found and named, in both chains; what only a device's checkpoint tells is shown as such.

use super::office::*;
use super::reading;
use api::ApiError;
use api::server::audit::verify::{Chain, Fault, Keeper, Report, verify};
use api::server::audit::{Began, What};
use api::server::client::Device;
use api::server::ledger::{AuditRow, EntryRow, audit_chained, chained};
use api::server::{Site, keyring, random};
use domain::{EnrolmentId, EntryId, Role};
use rusqlite::{Connection, params};
use seal::{AuditQuery, Checkpoint, Why};
use std::path::{Path, PathBuf};

/// A database with six entries and some more lines of the log, and checkpoints: kept there, and handed back by a device.
struct Grown {
    data: PathBuf,
    /// The last one, as the device holds it.
    checkpoint: Vec<u8>,
    device: Vec<u8>,
    root: [u8; 32],
}

async fn grown() -> Grown {
    let server = Server::start().await;
    let (rosa, luis) =
        (server.device(Role::Caseworker, "meteti").await, server.device(Role::Caseworker, "meteti").await);
    let mut checkpoint = Vec::new();
    for name in ["Amina", "Yusmery", "Keyla"] {
        for device in [&luis, &rosa] {
            let entry = device.seal(&family(device, "meteti", &[name])).unwrap();
            let reads = device.seal_reads(random(), vec![reading(record_id(), Why::Group)]).unwrap();
            checkpoint = device.deliver(vec![entry, reads]).await.unwrap().checkpoint.unwrap();
        }
    }
    rosa.client.echo(&rosa.enrolled.deposit_token, &checkpoint).await.unwrap();
    let root = server.office.keyring().fingerprint;
    Grown { device: rosa.to_bytes().unwrap(), checkpoint, data: server.stop().await, root }
}

fn copied(data: &Path) -> PathBuf {
    let to = std::env::temp_dir().join(format!("amparo-audit-{}", domain::id::hex(&random::<8>())));
    let status = std::process::Command::new("cp").arg("-r").arg(data).arg(&to).status().unwrap();
    assert!(status.success());
    to
}

fn verified(data: &Path, files: &[Vec<u8>]) -> Report {
    verify(&crate::office::open(data).unwrap(), files).unwrap()
}

/// Does something to a copy of the database and says what is found then.
fn tampered(grown: &Grown, deed: impl Fn(&Connection)) -> (PathBuf, Vec<Fault>) {
    let data = copied(&grown.data);
    let connection = Connection::open(data.join("amparo.db")).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    deed(&connection);
    drop(connection);
    let faults = verified(&data, &[]).faults;
    (data, faults)
}

fn last(connection: &Connection, table: &str) -> i64 {
    connection.query_row(&format!("SELECT MAX(seq) FROM {table}"), [], |row| row.get(0)).unwrap()
}

/// Moves rows from a number on up by one, to make room.
fn make_room(connection: &Connection, table: &str, at: i64) {
    let up = format!("UPDATE {table} SET seq = -(seq + 1) WHERE seq >= {at}");
    connection.execute_batch(&format!("{up}; UPDATE {table} SET seq = -seq WHERE seq < 0")).unwrap();
}

/// What somebody does who knows how the chain is made: numbers without a gap, and every hash anew.
fn rechain(connection: &Connection, table: &str) {
    let entries = table == "entries";
    let columns = if entries {
        "id, digest, enrolment_id, received_at, sealed"
    } else {
        "id, digest, enrolment_id, received_at, sealed, what, at, subject"
    };
    let mut select = connection.prepare(&format!("SELECT seq, {columns} FROM {table} ORDER BY seq")).unwrap();
    let mut rows = select.query([]).unwrap();
    let (mut chain, mut anew, mut place) = ([0; 32], Vec::new(), 0);
    while let Some(row) = rows.next().unwrap() {
        place += 1;
        let (seq, id): (i64, [u8; 16]) = (row.get(0).unwrap(), row.get(1).unwrap());
        let received_at = row.get::<_, i64>(4).unwrap().unsigned_abs();
        let (digest, sealed) = (row.get(2).unwrap(), row.get(5).unwrap());
        chain = if entries {
            let enrolment = EnrolmentId(row.get(3).unwrap());
            chained(&chain, &EntryRow { id: EntryId(id), digest, enrolment, received_at, sealed })
        } else {
            let enrolment = row.get::<_, Option<[u8; 16]>>(3).unwrap().map(EnrolmentId);
            let (what, at) = (row.get(6).unwrap(), row.get::<_, i64>(7).unwrap().unsigned_abs());
            let subject = row.get(8).unwrap();
            audit_chained(&chain, &AuditRow { id, what, at, received_at, enrolment, subject, digest, sealed })
        };
        anew.push((seq, place, chain));
    }
    for (seq, place, chain) in anew {
        let update = format!("UPDATE {table} SET seq = $1, chain = $2 WHERE seq = $3");
        connection.execute(&update, params![place, chain, seq]).unwrap();
    }
}

fn run(connection: &Connection, sql: &str) {
    connection.execute_batch(sql).unwrap();
}

#[tokio::test]
async fn a_whole_untouched_database_passes() {
    let grown = grown().await;
    let report = verified(&grown.data, std::slice::from_ref(&grown.checkpoint));
    assert_eq!(report.faults, []);
    assert_eq!((report.entries, report.of_other_epochs), (6, 0));
    assert!(report.audit >= 6 && report.checkpoints >= 8, "{report:?}");
    std::fs::remove_dir_all(grown.data).unwrap();
}

#[tokio::test]
async fn every_way_of_tampering_with_either_chain_is_found_and_named() {
    let grown = grown().await;
    for (table, chain) in [("entries", Chain::Entries), ("audit", Chain::Audit)] {
        type Deed = (&'static str, Box<dyn Fn(&Connection)>, Fault);
        let here = Keeper::Server;
        let sql = |text: String| -> Box<dyn Fn(&Connection)> { Box::new(move |on| run(on, &text)) };
        let mut deeds: Vec<Deed> = vec![
            (
                "what a row holds is exchanged for what another holds",
                sql(format!(
                    "UPDATE {table} SET sealed = (SELECT sealed FROM {table} WHERE seq = 4) WHERE seq = 3"
                )),
                Fault::Edited(chain, 3),
            ),
            (
                "a byte of what a row holds is changed",
                sql(format!(
                    "UPDATE {table} SET sealed = CAST(substr(sealed, 1, 40) || x'00' || substr(sealed, 42) AS BLOB) WHERE seq = 3"
                )),
                Fault::Edited(chain, 3),
            ),
            (
                "the digest of a row is changed",
                sql(format!("UPDATE {table} SET digest = randomblob(32) WHERE seq = 3")),
                Fault::Edited(chain, 3),
            ),
            (
                "a row is given to another device",
                sql(format!(
                    "UPDATE {table} SET enrolment_id = (SELECT id FROM enrolments WHERE id <> {table}.enrolment_id) WHERE seq = 3"
                )),
                Fault::Restamped(chain, 3),
            ),
            (
                "a row is deleted",
                sql(format!("DELETE FROM {table} WHERE seq = 3")),
                Fault::Deleted(chain, 3, 3),
            ),
            (
                "rows are deleted from the beginning",
                sql(format!("DELETE FROM {table} WHERE seq < 3")),
                Fault::Deleted(chain, 1, 2),
            ),
            (
                "a row is deleted and the others are numbered anew",
                sql(format!(
                    "DELETE FROM {table} WHERE seq = 3; UPDATE {table} SET seq = -seq WHERE seq > 3; UPDATE {table} SET seq = -seq - 1 WHERE seq < 0"
                )),
                Fault::Restamped(chain, 3),
            ),
            (
                "a row is stamped with another time",
                sql(format!("UPDATE {table} SET received_at = received_at - 86400000 WHERE seq = 3")),
                Fault::Restamped(chain, 3),
            ),
            (
                "the last row is stamped with another time",
                sql(format!(
                    "UPDATE {table} SET received_at = received_at + 1 WHERE seq = (SELECT MAX(seq) FROM {table})"
                )),
                Fault::Restamped(chain, 0),
            ),
            (
                "a row is stamped anew and every hash is made anew",
                Box::new(move |on| {
                    run(on, &format!("UPDATE {table} SET received_at = received_at - 1 WHERE seq = 3"));
                    rechain(on, table);
                }),
                Fault::Rewritten(chain, 0, here),
            ),
            (
                "a row is deleted and every hash is made anew",
                Box::new(move |on| {
                    run(on, &format!("DELETE FROM {table} WHERE seq = 2"));
                    rechain(on, table);
                }),
                Fault::Truncated(chain, 0, here),
            ),
            (
                "rows are cut off at the end",
                sql(format!("DELETE FROM {table} WHERE seq > (SELECT MAX(seq) - 2 FROM {table})")),
                Fault::Truncated(chain, 0, here),
            ),
            (
                "rows are cut off at the end, later checkpoints too, and another epoch is written",
                sql(format!(
                    "DELETE FROM {table} WHERE seq > (SELECT MAX(seq) - 2 FROM {table}); \
                     DELETE FROM checkpoints WHERE serial > 1; UPDATE server SET epoch = randomblob(16)"
                )),
                Fault::FalseEpoch(here),
            ),
            ("all rows are cut off", sql(format!("DELETE FROM {table}")), Fault::Truncated(chain, 0, here)),
            (
                "a row is put in between two",
                Box::new(move |on| {
                    make_room(on, table, 3);
                    let copy = if table == "entries" {
                        "INSERT INTO entries (seq, id, digest, enrolment_id, received_at, sealed, chain) \
                         SELECT 3, randomblob(16), digest, enrolment_id, received_at, sealed, chain FROM entries WHERE seq = 2"
                    } else {
                        "INSERT INTO audit (seq, id, what, at, received_at, enrolment_id, subject, digest, sealed, chain) \
                         SELECT 3, randomblob(16), what, at, received_at, enrolment_id, subject, digest, sealed, chain FROM audit WHERE seq = 2"
                    };
                    run(on, copy);
                }),
                Fault::Inserted(chain, 3),
            ),
        ];
        if table == "audit" {
            for column in ["what = what + 1", "at = at - 1", "subject = randomblob(16)"] {
                let text = format!("UPDATE audit SET {column} WHERE seq = 3");
                deeds.push(("what stands in the open is changed", sql(text), Fault::Edited(chain, 3)));
            }
        } else {
            let text = "UPDATE enrolments SET verifying = randomblob(32)".to_owned();
            deeds.push(("the keys of all devices are exchanged", sql(text), Fault::Signature(3)));
        }
        for (what, deed, expected) in deeds {
            let (data, faults) = tampered(&grown, deed);
            // Numbers that depend on how much was written are left open.
            let same = |fault: &Fault| match (fault, &expected) {
                (Fault::Restamped(a, _), Fault::Restamped(b, 0)) => a == b,
                (Fault::Rewritten(a, _, k), Fault::Rewritten(b, 0, l)) => (a, k) == (b, l),
                (Fault::Truncated(a, _, k), Fault::Truncated(b, 0, l)) => (a, k) == (b, l),
                (fault, expected) => fault == expected,
            };
            assert!(faults.iter().any(same), "{table}: {what}: {faults:?} lack {expected:?}");
            assert!(faults.iter().any(|fault| fault.name() == expected.name()));
            std::fs::remove_dir_all(data).unwrap();
        }
    }
    let (data, faults) = tampered(&grown, |on| run(on, "DELETE FROM checkpoints WHERE serial = 2"));
    assert_eq!(faults, [Fault::CheckpointsMissing(2, 2)]);
    std::fs::remove_dir_all(data).unwrap();
    let forge = "UPDATE checkpoints SET bytes = CAST(substr(bytes, 1, 90) || x'00' || substr(bytes, 92) AS BLOB) WHERE serial = 2";
    let (data, faults) = tampered(&grown, |on| run(on, forge));
    assert_eq!(faults, [Fault::FalseCheckpoint(Keeper::Server, 2)]);
    std::fs::remove_dir_all(data).unwrap();
    std::fs::remove_dir_all(grown.data).unwrap();
}

/// Cuts off the last rows as somebody does who knows everything about the database: no checkpoint kept in it tells of
/// them any more.
fn cut_off(on: &Connection, table: &str) {
    let end = last(on, table) - 1;
    run(on, &format!("DELETE FROM {table} WHERE seq > {end}; DELETE FROM checkpoints"));
    rechain(on, table);
}

#[tokio::test]
async fn an_end_cut_off_with_everything_that_told_of_it_is_found_by_what_a_device_handed_back_and_by_that_alone()
 {
    let grown = grown().await;
    for (table, chain) in [("entries", Chain::Entries), ("audit", Chain::Audit)] {
        let (data, faults) = tampered(&grown, |on| cut_off(on, table));
        assert!(
            matches!(faults[..], [Fault::Truncated(found, _, Keeper::Device(_))] if found == chain),
            "{table}: {faults:?}"
        );
        run(&Connection::open(data.join("amparo.db")).unwrap(), "DELETE FROM echoes");
        // Whoever takes that away too is not found here any more...
        assert_eq!(verified(&data, &[]).faults, [], "{table}");
        // ...but by whatever was kept elsewhere.
        let kept = verified(&data, std::slice::from_ref(&grown.checkpoint)).faults;
        assert!(matches!(kept[..], [Fault::Truncated(found, _, Keeper::File)] if found == chain), "{kept:?}");
        std::fs::remove_dir_all(data).unwrap();
    }
    std::fs::remove_dir_all(grown.data).unwrap();
}

#[tokio::test]
async fn a_server_whose_history_was_written_anew_is_found_out_when_a_device_hands_its_checkpoint_back() {
    let grown = grown().await;
    let (data, _) = tampered(&grown, |on| {
        run(
            on,
            "UPDATE entries SET received_at = received_at - 1 WHERE seq = 2; DELETE FROM checkpoints; DELETE FROM echoes",
        );
        rechain(on, "entries");
    });
    assert_eq!(verified(&data, &[]).faults, []);
    let server = Server::over(data, None, Site::Absent).await;
    let device = Device::reopen(&server.url, &grown.device, &grown.root).unwrap();
    let token = &device.enrolled.deposit_token;
    for _ in 0..2 {
        device.client.echo(token, &grown.checkpoint).await.unwrap();
    }
    let alarms = |server: &Server| {
        let chain = server.office.ledger().audit_chain(0, 10_000).unwrap();
        let rows = chain.into_iter().map(|link| link.row);
        rows.filter(|row| row.what == What::HistoryRewritten.code()).collect::<Vec<_>>()
    };
    let told = alarms(&server);
    assert_eq!((told.len(), told[0].enrolment), (1, Some(device.enrolment)));
    let auditor = server.device(Role::Auditor, "meteti").await;
    let page = auditor.audit(&AuditQuery::default(), None, 50).await.unwrap();
    assert_eq!(page.chain.contradicted, 1);
    assert_eq!(page.lines.iter().find(|line| line.key == "history_rewritten").unwrap().reason, "entries");
    // A device that hands back what is true does not take the evidence away.
    let latest = device.client.echo(token, &[]).await.unwrap();
    device.client.echo(token, &latest).await.unwrap();
    let data = server.stop().await;
    let faults = verified(&data, &[]).faults;
    let by = Keeper::Device(device.enrolment);
    let rewritten = Fault::Rewritten(Chain::Entries, 6, by);
    assert!(matches!(faults[..], [Fault::BeganOver(_), fault] if fault == rewritten), "{faults:?}");
    for folder in [data, grown.data] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[tokio::test]
async fn no_start_covers_up_a_history_that_was_written_anew_until_somebody_has_looked_into_it() {
    let grown = grown().await;
    crate::office::open(&grown.data).unwrap().promise().unwrap();
    let taken_out = |on: &Connection| {
        run(on, "DELETE FROM entries WHERE seq = 3; DELETE FROM checkpoints; DELETE FROM echoes");
        rechain(on, "entries");
    };
    let restamped = |on: &Connection| {
        run(on, "UPDATE entries SET received_at = received_at - 1 WHERE seq = 2");
        run(on, "DELETE FROM checkpoints; DELETE FROM echoes");
        rechain(on, "entries");
    };
    let other_epoch = |on: &Connection| run(on, "UPDATE server SET epoch = randomblob(16)");
    type Deed<'a> = (&'static str, Box<dyn Fn(&Connection) + 'a>);
    let deeds: [Deed<'_>; 3] = [
        ("entries", Box::new(restamped)),
        ("epoch", Box::new(|on| run(on, "DELETE FROM checkpoints; DELETE FROM echoes"))),
        ("epoch", Box::new(taken_out)),
    ];
    for (why, deed) in deeds {
        let (data, _) = tampered(&grown, |on| {
            deed(on);
            if why == "epoch" {
                other_epoch(on);
            }
        });
        // Started once and again, as whoever did it would.
        for _ in 0..2 {
            let seat = api::server::several::Seat::to_serve(&data).unwrap();
            let office = crate::office::open(&data).unwrap();
            office.begin_serving(seat).unwrap();
            let report = verify(&office, &[]).unwrap();
            assert!(matches!(report.faults[..], [Fault::BeganOver(_)]), "{why}: {:?}", report.faults);
            let epochs: Vec<_> = report.epochs.iter().map(|epoch| epoch.why).collect();
            assert_eq!(epochs, [Some(Began::PutBack)]);
            let rows = office.ledger().audit_chain(0, 10_000).unwrap();
            let told = rows.iter().filter(|link| link.row.what == What::HistoryRewritten.code());
            assert_eq!(told.count(), 1, "{why}");
        }
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_amparo"))
            .args(["verify", "--data", data.to_str().unwrap()])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(!output.status.success() && said.contains("`amparo restored` says that"), "{said}");
        let office = crate::office::open(&data).unwrap();
        office.restored().unwrap();
        assert_eq!(verify(&office, &[]).unwrap().faults, [], "{why}");
        drop(office);
        std::fs::remove_dir_all(data).unwrap();
    }
    std::fs::remove_dir_all(grown.data).unwrap();
}

#[tokio::test]
async fn what_was_restored_from_a_backup_is_no_history_written_anew() {
    let grown = grown().await;
    let data = copied(&grown.data);
    run(
        &Connection::open(data.join("amparo.db")).unwrap(),
        "DELETE FROM entries WHERE seq > 5; DELETE FROM checkpoints WHERE serial > 2",
    );
    crate::office::open(&data).unwrap().restored().unwrap();
    let report = verified(&data, std::slice::from_ref(&grown.checkpoint));
    assert_eq!((report.faults, report.of_other_epochs), (vec![], 2));
    let server = Server::over(data, None, Site::Absent).await;
    let device = Device::reopen(&server.url, &grown.device, &grown.root).unwrap();
    device.client.echo(&device.enrolled.deposit_token, &grown.checkpoint).await.unwrap();
    let chain = server.office.ledger().audit_chain(0, 10_000).unwrap();
    assert!(chain.iter().all(|link| link.row.what != What::HistoryRewritten.code()));
    std::fs::remove_dir_all(grown.data).unwrap();
}

#[tokio::test]
async fn an_epoch_that_somebody_wrote_into_the_database_excuses_nothing() {
    let grown = grown().await;
    // Everything here that told of the ends is gone, and what others keep is made to be of another epoch.
    let (data, faults) = tampered(&grown, |on| {
        for table in ["entries", "audit"] {
            cut_off(on, table);
        }
        run(on, "UPDATE server SET epoch = randomblob(16)");
    });
    let told = |faults: &[Fault]| faults.iter().map(Fault::name).collect::<Vec<_>>();
    assert_eq!(told(&faults), ["false_epoch", "truncated", "truncated"], "{faults:?}");
    run(&Connection::open(data.join("amparo.db")).unwrap(), "DELETE FROM echoes");
    assert_eq!(verified(&data, &[]).faults, []);
    let report = verified(&data, std::slice::from_ref(&grown.checkpoint));
    assert_eq!((told(&report.faults), report.of_other_epochs), (told(&faults), 0));
    let server = Server::over(data, None, Site::Absent).await;
    let device = Device::reopen(&server.url, &grown.device, &grown.root).unwrap();
    device.client.echo(&device.enrolled.deposit_token, &grown.checkpoint).await.unwrap();
    let chain = server.office.ledger().audit_chain(0, 10_000).unwrap();
    assert!(chain.iter().any(|link| link.row.what == What::HistoryRewritten.code()));
    // With nothing cut off it is found too, by what lies here.
    let (whole, faults) = tampered(&grown, |on| run(on, "UPDATE server SET epoch = randomblob(16)"));
    assert_eq!(told(&faults), ["false_epoch"; 2], "{faults:?}");
    // A line that somebody changed to tell of it is none.
    let (forged, faults) = tampered(&grown, |on| {
        run(on, "UPDATE server SET epoch = randomblob(16)");
        run(on, "UPDATE audit SET what = 43, subject = (SELECT epoch FROM server) WHERE seq = 3");
    });
    assert!(told(&faults).contains(&"false_epoch"), "{faults:?}");
    for folder in [whole, forged, server.stop().await, grown.data] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[tokio::test]
async fn who_goes_back_to_an_epoch_from_before_the_last_restoration_is_found_out() {
    let grown = grown().await;
    crate::office::open(&grown.data).unwrap().restored().unwrap();
    let before = copied(&grown.data);
    // Another backup, or the same one, is restored: what was signed in between says nothing about it.
    let server = Server::over(grown.data, None, Site::Absent).await;
    let device = server.device(Role::Caseworker, "meteti").await;
    enter(&device, family(&device, "meteti", &["Sara"]).changes).await;
    let between = device.client.echo(&device.enrolled.deposit_token, &[]).await.unwrap().into_vec();
    let data = server.stop().await;
    let again = copied(&before);
    crate::office::open(&again).unwrap().restored().unwrap();
    let report = verified(&again, std::slice::from_ref(&between));
    assert_eq!((report.faults, report.of_other_epochs), (vec![], 2));
    // But a database that still is of the epoch in between must hold what was signed then...
    let kept = verified(&before, std::slice::from_ref(&between)).faults;
    assert_eq!(kept.iter().map(Fault::name).collect::<Vec<_>>(), ["truncated"; 2]);
    // ...and one that was put back into it must hold what was signed since.
    let server = Server::over(again, None, Site::Absent).await;
    let device = Device::reopen(&server.url, &grown.device, &grown.root).unwrap();
    enter(&device, family(&device, "meteti", &["Luz"]).changes).await;
    let since = device.client.echo(&device.enrolled.deposit_token, &[]).await.unwrap().into_vec();
    let kept = verified(&before, std::slice::from_ref(&since)).faults;
    assert!(kept.iter().any(|fault| fault.name() == "truncated"), "{kept:?}");
    for folder in [data, before, server.stop().await] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[tokio::test]
async fn the_command_passes_a_whole_database_and_fails_on_another_naming_the_row() {
    let grown = grown().await;
    let amparo = |data: &Path, more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_amparo"));
        let output = command.arg("verify").arg("--data").arg(data).args(more).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (passed, said) = amparo(&grown.data, &[]);
    assert!(passed && said.contains("Everything is as it was written."), "{said}");
    let kept = grown.data.join("kept.txt");
    std::fs::write(&kept, format!("{}\n", said.lines().last().unwrap())).unwrap();
    assert!(amparo(&grown.data, &["--checkpoints", kept.to_str().unwrap()]).0);
    let (data, _) = tampered(&grown, |on| run(on, "DELETE FROM entries WHERE seq = 3"));
    let (passed, said) = amparo(&data, &[]);
    assert!(!passed && said.contains("deleted: entry 3 is missing"), "{said}");
    let (cut, _) = tampered(&grown, |on| {
        cut_off(on, "audit");
        run(on, "DELETE FROM echoes");
    });
    assert!(amparo(&cut, &[]).0);
    let (passed, said) = amparo(&cut, &["--checkpoints", kept.to_str().unwrap()]);
    assert!(!passed && said.contains("truncated: log row"), "{said}");
    for folder in [cut, data, grown.data] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[tokio::test]
async fn checkpoints_of_former_keys_are_believed_and_those_of_another_server_are_not() {
    let (other, grown) = (grown().await, grown().await);
    keyring::renew(&grown.data).unwrap();
    assert_eq!(verified(&grown.data, std::slice::from_ref(&grown.checkpoint)).faults, []);
    let server = Server::over(grown.data.clone(), None, Site::Absent).await;
    let device = Device::reopen(&server.url, &grown.device, &grown.root).unwrap();
    let token = &device.enrolled.deposit_token;
    let latest = device.client.echo(token, &grown.checkpoint).await.unwrap();
    let signing = server.office.keyring().secrets.signing.public();
    assert!(Checkpoint::from_bytes(&latest, &signing).is_ok() && signing != device.server.signing);
    assert_eq!(device.client.echo(token, &other.checkpoint).await.err(), Some(ApiError::Malformed));
    let data = server.stop().await;
    let faults = verified(&data, &[latest.into_vec(), grown.checkpoint, other.checkpoint]).faults;
    assert_eq!(faults, [Fault::FalseCheckpoint(Keeper::File, 3)]);
    for folder in [data, other.data] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[tokio::test]
async fn an_end_cut_off_is_named_until_an_epoch_that_began_for_it_explains_it_and_that_is_told() {
    let grown = grown().await;
    // As a server leaves it that has served: what it promised last lies beside the database.
    crate::office::open(&grown.data).unwrap().promise().unwrap();
    for table in ["entries", "audit"] {
        let (data, _) = tampered(&grown, |on| {
            cut_off(on, table);
            run(on, "DELETE FROM echoes");
        });
        let named = verified(&data, &[]).faults;
        let is_beside = |fault: &Fault| matches!(fault, Fault::Truncated(_, _, Keeper::Beside));
        assert!(named.len() == 1 && named.iter().all(is_beside), "{table}: {named:?}");
        // Whoever starts a server on it has an epoch begun, and it is told for ever why.
        let seat = api::server::several::Seat::to_serve(&data).unwrap();
        let office = crate::office::open(&data).unwrap();
        office.begin_serving(seat).unwrap();
        let report = verify(&office, std::slice::from_ref(&grown.checkpoint)).unwrap();
        assert_eq!(report.faults, [], "{table}");
        let told: Vec<_> = report.epochs.iter().map(|epoch| (epoch.why, epoch.missing)).collect();
        assert_eq!(told, [(Some(Began::PutBack), u64::from(table == "entries"))]);
        drop(office);
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_amparo"))
            .args(["verify", "--data", data.to_str().unwrap()])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(
            said.contains("If nobody put an older database in its place then, its end was cut off."),
            "{said}"
        );
        std::fs::remove_dir_all(data).unwrap();
    }
    // Told by a device, it is as well.
    let (data, _) = tampered(&grown, |on| {
        for table in ["entries", "audit"] {
            cut_off(on, table);
        }
        run(on, "DELETE FROM echoes");
    });
    let server = Server::over(data, None, Site::Absent).await;
    let device = Device::reopen(&server.url, &grown.device, &grown.root).unwrap();
    let before = server.office.ledger().identity().epoch;
    for _ in 0..2 {
        device.client.echo(&device.enrolled.deposit_token, &grown.checkpoint).await.unwrap();
    }
    assert_ne!(server.office.ledger().identity().epoch, before);
    let report = verify(&server.office, &[]).unwrap();
    let told: Vec<_> = report.epochs.iter().map(|epoch| (epoch.why, epoch.missing)).collect();
    assert_eq!((report.faults.as_slice(), told), (&[][..], vec![(Some(Began::HandedBack), 1)]));
    for folder in [server.stop().await, grown.data] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}
