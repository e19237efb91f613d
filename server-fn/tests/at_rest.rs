//! The program itself, from outside: what it leaves on the disk and in its log, and what it survives.
#![cfg(unix)]

mod desks;
mod families;
mod gateway;
mod markers;
mod office;
mod process;

use api::server::client::Device;
use api::server::intake::client::{Family, Phone};
use api::server::random;
use domain::application::{Act, Reply};
use domain::elsewhere::Wanted;
use domain::{Change, DraftId, Entry, Field, Kind, Op, Value};
use markers::Markers;
use office::*;
use process::*;
use rusqlite::{Connection, OpenFlags};
use seal::attachment::SealedAttachment;
use seal::elsewhere::{Ground, Question, Told};
use seal::{Attachment, Media, Parcel, Verdict};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// Every file under a folder and the log beside it, the keys left out: whoever has those has everything.
fn left_behind(data: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut files, mut look) = (vec![data.with_extension("log")], vec![data.to_owned()]);
    while let Some(folder) = look.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
            match path.is_dir() {
                true if path == data.join("keys") => {}
                true => look.push(path),
                false => files.push(path),
            }
        }
    }
    files.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

fn found(files: &[(PathBuf, Vec<u8>)], markers: &Markers) -> Vec<String> {
    let in_file = |(path, bytes): &(PathBuf, Vec<u8>)| {
        let found = markers.found(bytes).into_iter();
        found.map(|marker| format!("{marker} in {}", path.display())).collect::<Vec<_>>()
    };
    files.iter().flat_map(in_file).collect()
}

/// Tables that this story writes nothing into, or leaves nothing in.
const EMPTY: &[&str] = &[
    // An authenticator's names and public keys, see passkeys.rs.
    "passkeys",
    // Programs that run: none has stopped. While one runs it is looked at as well.
    "programs",
];

/// Goes through every value of every table. Gives the markers found, and tables that are empty.
fn in_tables(database: &Path, markers: &Markers) -> (Vec<String>, Vec<String>) {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(database, flags).unwrap();
    let select = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    let mut tables = database.prepare(select).unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(tables.len() > 15);
    let (mut found, mut empty) = (Vec::new(), Vec::new());
    for table in tables {
        let mut select = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns: Vec<String> = select.column_names().map(str::to_owned).collect();
        let (mut rows, mut number) = (select.query([]).unwrap(), 0);
        while let Some(row) = rows.next().unwrap() {
            number += 1;
            for (at, column) in columns.iter().enumerate() {
                let bytes = match row.get_ref(at).unwrap() {
                    rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => bytes,
                    _ => continue,
                };
                found.extend(
                    markers.found(bytes).into_iter().map(|marker| format!("{marker} in {table}.{column}")),
                );
            }
        }
        if number == 0 {
            empty.push(table);
        }
    }
    (found, empty)
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_to_be_found_in_the_database_its_backups_the_log_or_anything_else_in_the_folder() {
    let data = folder();
    let sms = gateway::Sms::answering(&[axum::http::StatusCode::OK]).await;
    let quick =
        [("AMPARO_WORK_BITS", "6"), ("AMPARO_DRAW_SECONDS", "1"), ("AMPARO_SMS_URL", sms.address.as_str())];
    let server = Process::start_with(&data, &["--public-url", "https://amparo.example"], &quick);
    let staff = "Zunilda Marcador";
    let of = |name: &str, organisation| {
        invite_as(&data, name, &["--role", "caseworker", "--organisation", organisation], &[])
    };
    let device = Device::enrol(&server.url, &of(staff, "CONARE")).await.unwrap();
    let other = Device::enrol(&server.url, &of("Otilia Marcador", "ONPAR")).await.unwrap();
    let people: Vec<String> = (0..20).map(|number| format!("Marquilla{number:02}ñandú")).collect();
    let names: Vec<&str> = people.iter().map(String::as_str).collect();

    // People with papers, a need in words, a photo whose bytes would be known again, and a consent.
    let photo = b"MarcaDeLaFoto".repeat(900);
    let SealedAttachment { reference, chunks } =
        Attachment::seal(&mut api::server::rng(), Media::JPEG, &photo).unwrap();
    let mut family = family(&device, "meteti", &names);
    let person = family.changes[1].record;
    let value = |field, value: &str| Op { field, value: text(value), replaces: vec![] };
    family.changes[1].ops.push(value(Field::PHOTO, &reference.to_text()));
    family.changes[1].ops.push(value(Field::PHONE, "+507 6999-MARCA"));
    for note in ["MarcaDeNota sin tildes", "MarcaDeNecesidad"] {
        let of_person = [(Field::OWNER, Value::Ref(person)), (Field::NEED_NOTE, text(note))];
        family.changes.push(change(record_id(), Kind::NEED, &of_person));
    }
    let mut damaged = device.seal(&family).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    let mut changed = family.clone();
    changed.at += 1;
    let unknown = [(Field::GIVEN_NAMES, text("MarcaAparcada"))];
    let unknown = entry(&device, vec![change(record_id(), Kind(999), &unknown)]);
    let draft = device.seal_draft(DraftId([1; 16]), 1, b"MarcaDeBorrador").unwrap();
    let envelopes = vec![
        device.seal(&family).unwrap(),
        damaged,
        device.seal(&changed).unwrap(),
        draft,
        device.seal(&unknown).unwrap(),
    ];
    let receipts = device.deliver(envelopes).await.unwrap();
    let verdicts: Vec<Verdict> = receipts.items.iter().map(|item| item.verdict).collect();
    use Verdict::*;
    assert_eq!(verdicts, [Accepted, Unreadable, Quarantined, Accepted, Parked]);
    device.put_chunks(chunks).await.unwrap();
    device.sign_in().await.unwrap();
    assert_eq!(office::names(&all_records(&device).await).len(), 20);
    more_of_the_story(&device, &other, &family).await;
    let slip = somebody_is_referred(&device, &family).await;
    let reference = a_family_writes(&server, &device).await;
    a_family_is_told_of_its_appointment(&server, &device, &sms).await;
    keys_are_changed(&data).await;

    let mut markers = people.clone();
    let others = [
        staff,
        "Otilia Marcador",
        "MET-09",
        "V-12345678",
        "6999-MARCA",
        "MarcaDeLaFoto",
        "MarcaDeNota",
        "MarcaDeNecesidad",
        "MarcaAparcada",
        "MarcaDeBorrador",
        "MarcaDeMotivo",
        "MarcaDeFamilia",
        "MarcaDeOtraFamilia",
        "MarcaConCita",
        NUMBER,
        &reference,
    ];
    markers.extend(others.iter().chain(&desks::SHARED).map(|word| (*word).to_owned()));
    markers.extend(slip);
    let markers = Markers::of(&markers);
    // While it runs, with the write-ahead log beside the database; a backup made meanwhile; and after it has stopped.
    let running = left_behind(&data);
    assert!(running.iter().any(|(path, bytes)| path.ends_with("amparo.db-wal") && !bytes.is_empty()));
    let backup = data.with_extension("backup");
    let beside = Connection::open(data.join("amparo.db")).unwrap();
    beside.execute("VACUUM INTO ?1", [backup.to_str().unwrap()]).unwrap();
    drop(beside);
    assert_eq!(server.terminate(), Some(0));
    let stopped = left_behind(&data);
    assert!(!stopped.iter().any(|(path, _)| path.ends_with("amparo.db-wal")), "moved into the database");
    let copies = [(backup.clone(), std::fs::read(&backup).unwrap())];
    for files in [&running[..], &stopped, &copies] {
        assert_eq!(found(files, &markers), Vec::<String>::new());
    }
    for database in [&backup, &data.join("amparo.db")] {
        let (marked, mut empty) = in_tables(database, &markers);
        assert_eq!(marked, Vec::<String>::new());
        empty.retain(|table| !EMPTY.contains(&table.as_str()));
        assert_eq!(empty, Vec::<String>::new(), "a new table belongs into the story");
    }
    // The search itself works: it finds what is there in clear, in the files and in the tables.
    let clear_text = Markers::of(&["meteti".to_owned()]);
    assert!(!found(&stopped, &clear_text).is_empty());
    assert!(in_tables(&backup, &clear_text).0.iter().any(|place| place.ends_with("users.site")));
    // To whom something was sent is a code, and the only one of it.
    let receiver = Markers::of(&["ONPAR".to_owned()]);
    assert!(in_tables(&backup, &receiver).0.iter().any(|place| place.ends_with("records.addressed_to")));
    let log = log_of(&data);
    assert!(log.contains("event=deliver") && log.contains("envelopes=5"));
    std::fs::remove_file(backup).unwrap();
    clear(&data);
}

/// What else is written in an office, so that no table is empty.
async fn more_of_the_story(device: &Device, other: &Device, family: &Entry) {
    // A checkpoint goes out and comes back.
    let token = &device.enrolled.deposit_token;
    let checkpoint = device.client.echo(token, &[]).await.unwrap();
    device.client.echo(token, &checkpoint).await.unwrap();
    // A colleague of another organisation finds somebody, opens them in an emergency, and says why.
    other.sign_in().await.unwrap();
    let wanted = Wanted { names: String::new(), year: None, number: "V-12345678".into() };
    let Told::Found(found) = other.ask_elsewhere(&Question::Exists(wanted)).await.unwrap() else {
        panic!("nobody was found");
    };
    let handle = found.people[0].handle.clone();
    let reason = "MarcaDeMotivo: está en el hospital con su madre".to_owned();
    let emergency = Question::BreakGlass { handle, ground: Ground::Life, reason };
    assert_eq!(other.ask_elsewhere(&emergency).await, Ok(Told::Done));
    // Somebody begins to register a passkey.
    device.client.passkey_challenge(true).await.unwrap();
    // The family moves to another site.
    let place = Op { field: Field::SITE, value: text("panama"), replaces: vec![family.id] };
    let moves = Change { record: family.changes[0].record, kind: Kind::GROUP, ops: vec![place] };
    let receipts = device.deliver(vec![device.seal(&entry(device, vec![moves])).unwrap()]).await.unwrap();
    assert_eq!(receipts.items[0].verdict, Verdict::Accepted);
}

/// Somebody of the family is referred to another organisation. Gives number and code of the slip.
async fn somebody_is_referred(device: &Device, family: &Entry) -> [String; 2] {
    let person = (Field::OWNER, Value::Ref(family.changes[1].record));
    let agreed = [
        person.clone(),
        (Field::CONSENT_PURPOSE, text("share_onpar")),
        (Field::CONSENT_DECISION, text("yes")),
    ];
    let consent = change(record_id(), Kind::CONSENT, &agreed);
    let mut values = desks::sent("ONPAR", "onpar_meteti", "CONARE", &desks::items());
    values.extend([person, (Field::REFERRAL_CONSENT, Value::Ref(consent.record))]);
    let said =
        |field| values.iter().find(|(other, _)| *other == field).and_then(|(_, value)| value.as_text());
    let slip = [Field::REFERRAL_REF, Field::REFERRAL_CODE].map(|field| said(field).unwrap().to_owned());
    let referral = change(record_id(), Kind::REFERRAL, &values);
    let receipts = device.deliver(vec![device.seal(&entry(device, vec![consent, referral])).unwrap()]).await;
    assert_eq!(receipts.unwrap().items[0].verdict, Verdict::Accepted);
    slip
}

/// A family sends an application from its phone, and somebody else another one under the same id, which is kept apart. Gives
/// the reference.
async fn a_family_writes(server: &Process, device: &Device) -> String {
    let phone = Phone::new(&server.url, device.server.clone(), None);
    let mut rosa = families::family("meteti", &["MarcaDeFamilia"]);
    rosa.application.organisation = "CONARE".to_owned();
    families::standing(phone.hand_in(&rosa.letter()).await.unwrap());
    let another = families::corrected(&rosa, "MarcaDeOtraFamilia");
    let another = Family { secret: random(), ..another };
    assert_eq!(phone.hand_in(&another.letter()).await.unwrap().1, Some(Reply::NotKnown));
    families::standing(phone.hand_in(&rosa.ask(Act::Status)).await.unwrap());
    assert!(device.find_application(rosa.reference().as_str()).await.unwrap().here);
    rosa.reference().as_str().to_owned()
}

/// The phone of a family that is told of its appointment.
const NUMBER: &str = "61230987";

/// A family wishes for an appointment, gets one, and is told so on its phone.
async fn a_family_is_told_of_its_appointment(server: &Process, device: &Device, sms: &gateway::Sms) {
    let day = domain::appointment::Day {
        record: record_id(),
        site: "meteti".to_owned(),
        day: i64::try_from(api::server::now_ms() / 86_400_000).unwrap() + 3,
        from: 480,
        until: 600,
        minutes: 30,
        places: 2,
        priority: 0,
        open: true,
        place: String::new(),
    };
    let published = entry(device, vec![change(day.record, Kind::AGENDA, &day.facts())]);
    let receipts = device.deliver(vec![device.seal(&published).unwrap()]).await.unwrap();
    assert_eq!(receipts.items[0].verdict, Verdict::Accepted);
    let mut family = families::family("meteti", &["MarcaConCita"]);
    family.application.organisation = "CONARE".to_owned();
    gateway::reachable(&mut family.application, &format!("+507{NUMBER}"), "sms", "yes");
    family.wish = Some(domain::appointment::Wish::default());
    let phone = Phone::new(&server.url, device.server.clone(), None);
    families::standing(phone.hand_in(&family.letter()).await.unwrap());
    let told = async {
        while sms.came().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), told).await.unwrap();
    assert_eq!(sms.came()[0].0, format!("+507{NUMBER}"));
}

/// Another storage key: rows of both forms, and those that were sealed anew.
async fn keys_are_changed(data: &Path) {
    amparo(&["keys", "rotate-storage", "--data", data.to_str().unwrap()]).unwrap();
    until("rows are sealed anew", async || log_of(data).contains("event=resealed rows=")).await;
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
    let office = crate::office::open(&data).unwrap();
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
    let device = heard(&Device::reopen(&server.url, &kept, &root).unwrap(), &server.url).await;
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
    let refusal = || crate::office::open(&data).err().unwrap();
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
            let office = crate::office::open(&data).unwrap();
            let keyring = office.keyring();
            let storage = keyring.storage.key(1).copied();
            (keyring.fingerprint, storage, keyring.public.clone(), office.ledger().identity())
        })
    });
    let opened = opening.map(|thread| thread.join().unwrap());
    assert!(opened.iter().all(|one| *one == opened[0]));
    std::fs::remove_dir_all(&data).unwrap();
}
