//! What every release made is accepted for ever: whole offices as they left them, with a parcel that a tablet of then
//! kept for ninety days. Meanwhile the keys were exchanged three times, the server was restored, tables and rights
//! changed.
//!
//! `tests/releases/VERSION/office.bin` is made once, by the code of that release, and never edited:
//! `cargo test … --test releases -- --ignored the_kept_office_of_this_release_is_made`. See RELIABILITY.md.

mod office;
mod process;

use api::server::client::{Client, Device};
use api::server::tables::Cabinet;
use api::server::{Site, now_ms, random};
use domain::{DraftId, EntryId, Field, Kind, Role};
use minicbor::Decoder;
use office::*;
use process::amparo;
use seal::reads::{Reading, Why};
use seal::{Parcel, Receipts, ServerKeys, Verdict};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// For how long the tablet was without a line.
const AWAY: u64 = 90 * 24 * 60 * 60 * 1000;
/// Largest office after unfolding.
const LIMIT: usize = 16 * 1024 * 1024;
/// Names of the family in the parcel.
const FAMILY: [&str; 3] = ["Amina", "Omar", "Leila"];

/// An office as a release left it, by the names of its parts: `data/…` are the files of its folder; `device` the tablet
/// as `Device::to_bytes` keeps it, `root` the fingerprint that it pinned, `parcel` what it has not sent.
type Kept = BTreeMap<String, Vec<u8>>;

fn releases() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/releases");
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("office.bin").exists())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path().join("office.bin")))
        .collect();
    found.sort();
    found
}

fn read(path: &Path) -> Kept {
    let packed = std::fs::read(path).unwrap();
    let bytes = seal::unpack(&packed, LIMIT).unwrap();
    let mut d = Decoder::new(&bytes);
    let parts = d.map().unwrap().unwrap();
    (0..parts).map(|_| (d.str().unwrap().to_owned(), d.bytes().unwrap().to_vec())).collect()
}

fn write(path: &Path, kept: &Kept) {
    let mut bytes = Vec::new();
    let mut e = minicbor::Encoder::new(&mut bytes);
    e.map(kept.len() as u64).unwrap();
    for (name, part) in kept {
        e.str(name).unwrap().bytes(part).unwrap();
    }
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, seal::pack(&bytes)).unwrap();
}

/// Lays the folder of an office out anew.
fn laid_out(kept: &Kept) -> PathBuf {
    let data = process::folder();
    for (name, bytes) in kept {
        if let Some(name) = name.strip_prefix("data/") {
            let path = data.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
    data
}

/// Everything that a parcel of then was answered with, as the code of the first release read it: two parts, three of each
/// item, and what else there is is passed over.
fn read_as_then(answer: &[u8], parcel: &[u8], signing: &[u8; 32]) -> Vec<(Vec<u8>, u8, String)> {
    // Whose it is and what for is checked by what is here today; the form of the signed part is what matters.
    Receipts::from_bytes(answer, signing, parcel).unwrap();
    let mut d = Decoder::new(&answer[64..]);
    d.array().unwrap();
    d.bytes().unwrap();
    let many = d.array().unwrap().unwrap();
    let mut item = || {
        let parts = d.array().unwrap().unwrap();
        let read = (d.bytes().unwrap().to_vec(), d.u8().unwrap(), d.str().unwrap().to_owned());
        (3..parts).for_each(|_| d.skip().unwrap());
        read
    };
    (0..many).map(|_| item()).collect()
}

/// What was answered, envelope by envelope, in the order of the parcel.
async fn delivered(client: &Client, token: &[u8], parcel: &[u8], root: &[u8; 32]) -> Vec<(Verdict, String)> {
    let keys = ServerKeys::from_bytes(&client.server_keys().await.unwrap(), root).unwrap();
    let answer = client.deliver(token, parcel).await.unwrap();
    let sent = Parcel::from_bytes(parcel).unwrap().envelopes;
    let items = read_as_then(&answer, parcel, &keys.signing);
    assert_eq!(items.len(), sent.len());
    for (envelope, item) in sent.iter().zip(&items) {
        assert_eq!(item.0, seal::short_digest(envelope));
    }
    items.into_iter().map(|(_, verdict, reason)| (Verdict::from_code(verdict), reason)).collect()
}

/// Three pairs of keys, another epoch, other tables.
async fn ninety_days_later(data: PathBuf) -> Server {
    let folder = data.to_str().unwrap().to_owned();
    for _ in 0..3 {
        amparo(&["keys", "renew", "--data", &folder]).unwrap();
    }
    Cabinet::of(&data).put("lists", "list,code,label_es\nsex,X,Otra persona\n").unwrap();
    let server = Server::over(data, None, Site::Absent).await;
    server.office.restored().unwrap();
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn what_every_release_kept_for_ninety_days_is_taken_in() {
    let releases = releases();
    assert!(!releases.is_empty());
    for (version, path) in releases {
        let kept = read(&path);
        let root: [u8; 32] = kept["root"].as_slice().try_into().unwrap();
        let server = ninety_days_later(laid_out(&kept)).await;
        let device = Device::reopen(&server.url, &kept["device"], &root).unwrap();
        let (token, parcel) = (&device.enrolled.deposit_token, &kept["parcel"]);
        let before = server.office.ledger().newest().unwrap();
        let answered = delivered(&device.client, token, parcel, &root).await;
        assert!(answered.iter().all(|(verdict, _)| *verdict == Verdict::Accepted), "{version}: {answered:?}");
        assert!(server.office.ledger().newest().unwrap() > before);
        let again = delivered(&device.client, token, parcel, &root).await;
        assert!(again.iter().all(|(verdict, _)| *verdict == Verdict::AlreadyHere), "{version}: {again:?}");
        // A colleague's new tablet holds the family, and the draft is there for its author.
        let colleague = server.device(Role::Caseworker, "meteti").await;
        let held = names(&all_records(&colleague).await);
        assert!(FAMILY.iter().all(|name| held.iter().any(|held| held == name)), "{version}: {held:?}");
        // What the release had entered before reads as ever.
        assert!(held.iter().any(|name| name == "Rosa"), "{version}: {held:?}");
        // The tablet goes on: it hears of the keys, signs in and collects.
        let device = process::heard(&device, &server.url).await;
        device.sign_in().await.unwrap();
        assert_eq!(names(&all_records(&device).await), held);
        let data = server.stop().await;
        let told = amparo(&["verify", "--data", data.to_str().unwrap()]).unwrap();
        assert!(!told.to_lowercase().contains("tamper"), "{version}: {told}");
        process::clear(&data);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_author_may_no_longer_state_is_kept_and_entered_when_they_may_again() {
    for (version, path) in releases() {
        let kept = read(&path);
        let root: [u8; 32] = kept["root"].as_slice().try_into().unwrap();
        let server = ninety_days_later(laid_out(&kept)).await;
        let device = Device::reopen(&server.url, &kept["device"], &root).unwrap();
        server.office.set_user(device.user, Role::Verifier, "meteti", false).unwrap();
        let (token, parcel) = (&device.enrolled.deposit_token, &kept["parcel"]);
        let answered = delivered(&device.client, token, parcel, &root).await;
        assert!(answered.iter().all(|(verdict, _)| verdict.is_acknowledgement()), "{version}: {answered:?}");
        assert!(answered.iter().any(|(verdict, _)| *verdict == Verdict::Parked), "{version}: {answered:?}");
        let colleague = server.device(Role::Caseworker, "meteti").await;
        assert!(!names(&all_records(&colleague).await).contains(&FAMILY[0].to_owned()));
        assert!(server.office.set_user(device.user, Role::Caseworker, "meteti", false).unwrap() > 0);
        let held = names(&all_records(&colleague).await);
        assert!(FAMILY.iter().all(|name| held.iter().any(|held| held == name)), "{version}: {held:?}");
        process::clear(&server.stop().await);
    }
}

/// What the code of today would add to these, as one more release.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes tests/releases/VERSION: once for each release, by hand"]
async fn the_kept_office_of_this_release_is_made() {
    let version = env!("CARGO_PKG_VERSION");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/releases").join(version).join("office.bin");
    assert!(!path.exists(), "{version} is kept already: what a release made is never made anew");
    let server = Server::over(process::folder(), None, Site::Absent).await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let mut kept = Kept::new();
    kept.insert("root".into(), seal::digest(&device.server.root).to_vec());
    kept.insert("device".into(), device.to_bytes().unwrap());
    // Entered then.
    device.deliver(vec![device.seal(&family(&device, "meteti", &["Rosa"])).unwrap()]).await.unwrap();
    // Not sent for ninety days: a family, a correction of it, the state of a draft, what was read.
    let then = now_ms() - AWAY;
    let mut registered = family(&device, "meteti", &FAMILY);
    (registered.id, registered.at) = (EntryId::fresh(then, random()), then);
    let person = registered.changes[1].record;
    let stated = change(person, Kind::INDIVIDUAL, &[(Field::PHONE, text("+50760001111"))]);
    let mut corrected = entry(&device, vec![stated]);
    (corrected.id, corrected.at) = (EntryId::fresh(then + 1, random()), then + 1);
    let reading = Reading { record: person, at: then, why: Why::Person };
    let envelopes = vec![
        device.seal(&registered).unwrap(),
        device.seal(&corrected).unwrap(),
        device.seal_draft(DraftId::fresh(then, random()), then, b"a draft of then").unwrap(),
        device.seal_reads(random(), vec![reading]).unwrap(),
    ];
    kept.insert("parcel".into(), Parcel { capsules: vec![device.capsule().1], envelopes }.to_bytes());
    let data = server.stop().await;
    let database = beside(&data);
    database.execute_batch("VACUUM").unwrap();
    drop(database);
    for (name, bytes) in files(&data, "data") {
        if !name.ends_with("-wal") && !name.ends_with("-shm") && !name.ends_with(".log") {
            kept.insert(name, bytes);
        }
    }
    process::clear(&data);
    write(&path, &kept);
    println!("{}: {} bytes", path.display(), std::fs::metadata(&path).unwrap().len());
}

/// Every file below a folder, by its name.
fn files(folder: &Path, under: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{under}/{}", entry.file_name().into_string().unwrap());
        if entry.path().is_dir() {
            found.extend(files(&entry.path(), &name));
        } else {
            found.push((name, std::fs::read(entry.path()).unwrap()));
        }
    }
    found
}
