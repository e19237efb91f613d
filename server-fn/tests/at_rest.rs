//! The program itself, from outside: what it leaves on the disk and in its log, and what it survives.
#![cfg(unix)]

mod office;

use api::server::client::Device;
use api::server::random;
use domain::Entry;
use office::*;
use seal::{Parcel, Verdict};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// A server process.
struct Process {
    child: Child,
    url: String,
}

impl Process {
    fn start(data: &Path) -> Self {
        let log =
            std::fs::File::options().create(true).append(true).open(data.with_extension("log")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_amparo"))
            .args(["serve", "--port", "0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("Listening on ").unwrap().to_owned();
        Self { child, url }
    }

    /// As a power cut would end it, but for what the system has in its memory.
    fn kill(self) {
        drop(self);
    }

    /// Asks it to stop, and gives its exit code.
    fn terminate(mut self) -> Option<i32> {
        Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("amparo-process-{}", domain::id::hex(&random::<8>())))
}

/// An invitation made beside the running server, as an administrator does.
fn invite(data: &Path, name: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_amparo"))
        .args([
            "invite",
            "--role",
            "caseworker",
            "--site",
            "meteti",
            "--code",
            "MET-09",
            "--name",
            name,
            "--data",
        ])
        .arg(data)
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Files under a folder and the log beside it, the keys left out.
fn left_behind(data: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = vec![data.with_extension("log")];
    files.extend(
        std::fs::read_dir(data).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file()),
    );
    files.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

/// Markers found in UTF-8 or UTF-16, with the file they were found in.
fn found(files: &[(PathBuf, Vec<u8>)], markers: &[String]) -> Vec<String> {
    let holds = |bytes: &[u8], wanted: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
    let mut found = Vec::new();
    for (path, bytes) in files {
        for marker in markers {
            let wide: Vec<u8> = marker.encode_utf16().flat_map(u16::to_le_bytes).collect();
            if holds(bytes, marker.as_bytes()) || holds(bytes, &wide) {
                found.push(format!("{marker} in {}", path.display()));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_is_left_in_the_database_or_in_the_log() {
    let data = folder();
    let server = Process::start(&data);
    let staff = "Zunilda Marcador".to_owned();
    let device = Device::enrol(&server.url, &invite(&data, &staff)).await.unwrap();
    let mut markers: Vec<String> = (0..20).map(|number| format!("Marquilla{number:02}ñandú")).collect();
    let names: Vec<&str> = markers.iter().map(String::as_str).collect();
    let family = family(&device, "meteti", &names);
    let mut damaged = device.seal(&family).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    let mut other = family.clone();
    other.at += 1;
    let draft = device.seal_draft(domain::DraftId([1; 16]), 1, markers[0].as_bytes()).unwrap();
    let envelopes = vec![device.seal(&family).unwrap(), damaged, device.seal(&other).unwrap(), draft];
    let receipts = device.deliver(envelopes).await.unwrap();
    let verdicts: Vec<Verdict> = receipts.items.iter().map(|item| item.verdict).collect();
    assert_eq!(verdicts, [Verdict::Accepted, Verdict::Unreadable, Verdict::Quarantined, Verdict::Accepted]);
    assert_eq!(office::names(&all_records(&device).await).len(), 20);

    markers.extend([staff, "MET-09".to_owned(), "V-12345678".to_owned()]);
    // While it runs, with the write-ahead log beside the database; and after it has stopped.
    let running = left_behind(&data);
    assert!(running.iter().any(|(path, bytes)| path.ends_with("amparo.db-wal") && !bytes.is_empty()));
    assert_eq!(server.terminate(), Some(0));
    let stopped = left_behind(&data);
    assert!(!stopped.iter().any(|(path, _)| path.ends_with("amparo.db-wal")), "moved into the database");
    assert_eq!(found(&running, &markers), Vec::<String>::new());
    assert_eq!(found(&stopped, &markers), Vec::<String>::new());
    // The search itself works: it finds what is there in clear.
    assert!(!found(&stopped, &["meteti".to_owned()]).is_empty());
    let mut log = String::new();
    std::fs::File::open(data.with_extension("log")).unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("event=deliver") && log.contains("envelopes=4"));
    clear(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_mid_parcel_again_and_again_nothing_is_lost_and_nothing_doubled() {
    let data = folder();
    let mut server = Process::start(&data);
    let link = invite(&data, "Somebody");
    let enrolled = Device::enrol(&server.url, &link).await.unwrap();
    let root = seal::digest(&enrolled.server.root);
    let kept = enrolled.to_bytes().unwrap();
    let mut stated: Vec<Entry> = Vec::new();
    let mut outbox: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut acknowledged = vec![false; 0];
    for round in 0..6_u64 {
        let device = Arc::new(Device::reopen(&server.url, &kept, &root).unwrap());
        for _ in 0..120 {
            let entry = family(&device, "meteti", &["Amina", "Omar"]);
            outbox.push((stated.len(), device.seal(&entry).unwrap()));
            stated.push(entry);
            acknowledged.push(false);
        }
        let parcels = outbox.chunks(10).map(|items| {
            let (device, items) = (Arc::clone(&device), items.to_vec());
            tokio::spawn(async move {
                let envelopes = items.iter().map(|(_, envelope)| envelope.clone()).collect();
                let parcel = Parcel { capsules: vec![device.capsule().1], envelopes };
                let receipts = device.deliver_parcel(&parcel.to_bytes()).await.ok()?;
                Some(items.into_iter().map(|(number, _)| number).zip(receipts.items).collect::<Vec<_>>())
            })
        });
        let parcels: Vec<_> = parcels.collect();
        tokio::time::sleep(Duration::from_millis(15 + round * 15)).await;
        server.kill();
        for parcel in parcels {
            for (number, receipt) in parcel.await.unwrap().unwrap_or_default() {
                assert!(receipt.verdict.is_acknowledgement());
                acknowledged[number] = true;
            }
        }
        outbox.retain(|(number, _)| !acknowledged[*number]);
        // The next session of the device seals under a new capsule; what is left is sealed anew.
        server = Process::start(&data);
        let next = Device::reopen(&server.url, &kept, &root).unwrap();
        for (number, envelope) in &mut outbox {
            *envelope = next.seal(&stated[*number]).unwrap();
        }
        if !outbox.is_empty() {
            let envelopes = outbox.iter().map(|(_, envelope)| envelope.clone()).collect();
            let receipts = next.deliver(envelopes).await.unwrap();
            assert!(receipts.items.iter().all(|item| item.verdict.is_acknowledgement()));
            outbox.clear();
        }
    }
    let device = Device::reopen(&server.url, &kept, &root).unwrap();
    device.sign_in().await.unwrap();
    let records = all_records(&device).await;
    assert_eq!(records.len(), stated.len() * 4, "each once, whole");
    assert_eq!(server.terminate(), Some(0));
    let office = api::server::Office::open(&data).unwrap();
    let counts = office.ledger().counts().unwrap();
    assert_eq!((counts.entries, counts.waiting, counts.parked), (stated.len() as u64, 0, 0));
    drop(office);
    clear(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_restored_from_a_backup_is_completed_by_the_devices() {
    let data = folder();
    let server = Process::start(&data);
    let device = Device::enrol(&server.url, &invite(&data, "Somebody")).await.unwrap();
    let (root, kept, capsule) =
        (seal::digest(&device.server.root), device.to_bytes().unwrap(), device.capsule().1);
    let parcel = |name: &str| {
        let envelopes = vec![device.seal(&family(&device, "meteti", &[name])).unwrap()];
        Parcel { capsules: vec![capsule.clone()], envelopes }.to_bytes()
    };
    let (early, late) = (parcel("Amina"), parcel("Omar"));
    let first = device.deliver_parcel(&early).await.unwrap();
    assert_eq!(server.terminate(), Some(0));
    std::fs::copy(data.join("amparo.db"), data.join("backup")).unwrap();

    let server = Process::start(&data);
    let device = Device::reopen(&server.url, &kept, &root).unwrap();
    let second = device.deliver_parcel(&late).await.unwrap();
    assert_eq!((second.items[0].verdict, second.epoch), (Verdict::Accepted, first.epoch));
    device.sign_in().await.unwrap();
    let (_, cursor) = device.collect(Vec::new(), 64 * 1024).await.unwrap();
    assert_eq!(server.terminate(), Some(0));
    std::fs::rename(data.join("backup"), data.join("amparo.db")).unwrap();
    let amparo = Command::new(env!("CARGO_BIN_EXE_amparo")).args(["restored", "--data"]).arg(&data).output();
    assert!(amparo.unwrap().status.success());

    let server = Process::start(&data);
    let device = Device::reopen(&server.url, &kept, &root).unwrap();
    let signed_in = device.sign_in().await.unwrap();
    assert_ne!(signed_in.epoch.to_vec(), first.epoch, "by this the device knows");
    for (parcel, verdict) in [(&early, Verdict::AlreadyHere), (&late, Verdict::Accepted)] {
        assert_eq!(device.deliver_parcel(parcel).await.unwrap().items[0].verdict, verdict);
    }
    // A cursor of the time before begins anew: nothing that it had passed is missed.
    let (pages, _) = device.collect(cursor, 64 * 1024).await.unwrap();
    let records: Vec<_> = pages.into_iter().flat_map(|page| page.records).collect();
    assert_eq!(office::names(&records), ["Amina", "Omar"]);
    assert_eq!(server.terminate(), Some(0));
    clear(&data);
}

#[test]
fn keys_are_for_the_server_alone_and_are_never_made_anew_under_a_database() {
    use std::os::unix::fs::PermissionsExt as _;
    let data = folder();
    let server = Process::start(&data);
    let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(data.join("keys")), 0o700);
    for file in ["root.key", "server.key", "storage.key", "server.keys"] {
        assert_eq!(mode(data.join("keys").join(file)), 0o600, "{file}");
    }
    assert_eq!(mode(data.join("amparo.db")), 0o600);
    assert_eq!(server.terminate(), Some(0));
    let refusal = || api::server::Office::open(&data).err().unwrap();
    std::fs::write(data.join("keys/storage.key"), random::<32>()).unwrap();
    assert!(refusal().contains("storage.key is not the key of this database"));
    std::fs::remove_file(data.join("keys/storage.key")).unwrap();
    assert!(refusal().contains("storage.key is missing"));
    clear(&data);
}

#[test]
fn all_who_begin_at_once_in_an_empty_folder_have_the_same_keys() {
    let data = folder();
    let opening = [(); 8].map(|()| {
        let data = data.clone();
        std::thread::spawn(move || {
            let office = api::server::Office::open(&data).unwrap();
            let keyring = office.keyring();
            (keyring.fingerprint, *keyring.storage, keyring.public.clone(), office.ledger().identity())
        })
    });
    let opened = opening.map(|thread| thread.join().unwrap());
    assert!(opened.iter().all(|one| *one == opened[0]));
    std::fs::remove_dir_all(&data).unwrap();
}

fn clear(data: &Path) {
    std::fs::remove_dir_all(data).unwrap();
    std::fs::remove_file(data.with_extension("log")).unwrap();
}
