//! Sealed notes and sealed members on the server: what it holds, what it hands to whom, and what whoever has all of it,
//! keys included, can read.

mod markers;
mod office;

use api::server::client::Device;
use api::server::keyring::Lockers;
use domain::{
    Change, Entry, Field, Kind, Record, RecordId, Role, SealedNote, UserId, Value, note, sealed_member,
};
use markers::Markers;
use office::*;
use rusqlite::{Connection, types::ValueRef};
use seal::locker::Place;
use seal::note::Reader;
use seal::{CapsuleId, Envelope, Opener};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const SAID: &str = "MarcaDeNotaSellada: dijo que la golpea";
const ORGANISATION: &str = "CRP";

fn as_reader(device: &Device) -> Reader {
    let inbox = device.keys.public().unwrap().inbox;
    Reader { user: device.user, enrolment: device.enrolment, inbox }
}

/// A note on somebody, for these devices.
fn writes(device: &Device, owner: RecordId, readers: &[&Device]) -> (RecordId, Entry) {
    let id = record_id();
    let devices: Vec<Reader> = readers.iter().map(|device| as_reader(device)).collect();
    let (key, sealed) = seal::note::seal(&mut api::server::rng(), id, SAID.as_bytes()).unwrap();
    let wraps = seal::note::wrap(&mut api::server::rng(), id, &key, &devices).unwrap();
    let users = readers.iter().map(|device| device.user).collect();
    (id, entry(device, vec![note::write(id, owner, "gbv", &users, sealed, wraps)]))
}

fn reads(device: &Device, record: &Record) -> Option<String> {
    let held = SealedNote::of(record)?;
    let (_, sealed) = *held.sealed().first()?;
    let key =
        seal::note::unwrap(record.id, sealed, held.wraps(), &device.keys, device.enrolment, device.user);
    let text = seal::note::open(record.id, sealed, &key.ok()?).ok()?;
    String::from_utf8(text.to_vec()).ok()
}

async fn states(device: &Device, entry: &Entry) {
    let receipts = device.deliver(vec![device.seal(entry).unwrap()]).await.unwrap();
    let verdicts: Vec<_> = receipts.items.iter().map(|item| (item.verdict, item.reason.as_str())).collect();
    assert_eq!(verdicts, [(seal::Verdict::Accepted, "")]);
}

/// What a device holds that collects everything from the beginning.
async fn holds(device: &Device) -> BTreeMap<RecordId, Record> {
    device.sign_in().await.unwrap();
    let (pages, _) = device.collect(Vec::new(), 64 * 1024).await.unwrap();
    let mut held: BTreeMap<RecordId, Record> = BTreeMap::new();
    for page in pages {
        for gone in page.evicted.unwrap_or_default() {
            held.remove(&gone);
        }
        for record in page.records {
            held.entry(record.id).and_modify(|other| other.merge(&record)).or_insert(record);
        }
    }
    held
}

/// Opens whatever the server's keys open: every row sealed for its storage, every envelope ever handed in. Gives how
/// many of each, and what was found in them or beside them.
fn open_everything(server: &Server, data: &Path, markers: &Markers) -> (usize, usize, Vec<String>) {
    let database = Connection::open(data.join("amparo.db")).unwrap();
    let owner: Vec<u8> = database.query_row("SELECT id FROM server", [], |row| row.get(0)).unwrap();
    let lockers = Lockers::new(&server.office.keyring().storage, owner.as_slice().try_into().unwrap());
    let opener = Opener::new(server.office.keyring().secrets.sealing.clone());
    let mut capsules: BTreeMap<CapsuleId, Vec<u8>> = BTreeMap::new();
    let mut select = database.prepare("SELECT bytes FROM capsules").unwrap();
    for bytes in select.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap().map(|row| row.unwrap()) {
        capsules.insert(CapsuleId::of(&bytes), bytes);
    }
    let select = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    let mut tables = database.prepare(select).unwrap();
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).unwrap().map(|row| row.unwrap()).collect();
    let (mut rows_opened, mut envelopes_opened, mut found) = (0, 0, BTreeSet::new());
    let mut look = |bytes: &[u8], what: &str| {
        let unpacked = seal::unpack(bytes, 16 * 1024 * 1024).unwrap_or_default();
        for word in markers.found(bytes).into_iter().chain(markers.found(&unpacked)) {
            found.insert(format!("{word} in {what}"));
        }
    };
    for table in tables {
        let mut select = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let mut blobs: Vec<Vec<u8>> = Vec::new();
            let mut keys: Vec<Vec<u8>> = Vec::new();
            for at in 0..columns {
                match row.get_ref(at).unwrap() {
                    ValueRef::Blob(bytes) | ValueRef::Text(bytes) => {
                        blobs.push(bytes.to_vec());
                        keys.push(bytes.to_vec());
                    }
                    ValueRef::Integer(number) => keys.push(number.to_be_bytes().to_vec()),
                    _ => {}
                }
            }
            for bytes in &blobs {
                look(bytes, &table);
                // Whatever it was sealed as: every place that its row's values name.
                let places = keys.iter().flat_map(|key| (1..=9).map(move |table| Place { table, key }));
                if let Some((_, plain)) = places.filter_map(|place| lockers.open(place, bytes).ok()).next() {
                    rows_opened += 1;
                    look(&plain, &format!("{table}, opened"));
                }
                let Ok(envelope) = Envelope::read(bytes) else { continue };
                let Some(capsule) = capsules.get(&envelope.header.capsule) else { continue };
                if let Ok(plain) = opener.open(capsule).and_then(|incoming| incoming.open(&envelope)) {
                    envelopes_opened += 1;
                    look(&plain, &format!("{table}, an envelope opened"));
                }
            }
        }
    }
    (rows_opened, envelopes_opened, found.into_iter().collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_note_is_nowhere_to_be_read_by_whoever_has_the_servers_whole_folder_with_every_key() {
    let server = Server::start().await;
    let writer = server.device_of(Role::Counsellor, "panama", ORGANISATION).await;
    let reader = server.device_of(Role::Counsellor, "panama", ORGANISATION).await;
    let family = family(&writer, "panama", &["MarcaLlana", "Amina"]);
    let person = family.changes[1].record;
    states(&writer, &family).await;
    let (id, written) = writes(&writer, person, &[&writer, &reader]);
    states(&writer, &written).await;
    // What was typed of another one, as the device keeps it: sealed to its author before it is a draft.
    let (key, sealed) = seal::note::seal(&mut api::server::rng(), id, SAID.as_bytes()).unwrap();
    let wraps = seal::note::wrap(&mut api::server::rng(), id, &key, &[as_reader(&writer)]).unwrap();
    let draft = writer.seal_draft(domain::DraftId([7; 16]), 1, (sealed + &wraps).as_bytes()).unwrap();
    writer.deliver(vec![draft]).await.unwrap();

    // And one that is parked, whose envelope is kept as it came.
    let (_, mut parked) = writes(&writer, person, &[&writer]);
    parked.changes.push(change(record_id(), Kind(999), &[(Field::GIVEN_NAMES, text("MarcaAparcada"))]));
    let receipts = writer.deliver(vec![writer.seal(&parked).unwrap()]).await.unwrap();
    assert_eq!(receipts.items[0].verdict, seal::Verdict::Parked);

    let markers = Markers::of(&["MarcaDeNotaSellada", "MarcaLlana", "MarcaAparcada"].map(str::to_owned));
    let (rows, envelopes, found) = open_everything(&server, &server.data, &markers);
    // It does open: entries, records, names, drafts, and every envelope. So a name stands in what was opened.
    assert!(rows >= 8, "only {rows} rows were opened");
    assert_eq!(envelopes, 1);
    let plain = "MarcaAparcada in envelope_bytes, an envelope opened".to_owned();
    assert!(found.contains(&plain), "{found:?}");
    assert!(found.contains(&"MarcaLlana in records, opened".to_owned()), "{found:?}");
    assert!(found.contains(&"MarcaLlana in entries, opened".to_owned()), "{found:?}");
    assert!(found.iter().all(|it| !it.contains("MarcaDeNotaSellada")), "{found:?}");
    // Its readers read it.
    for device in [&writer, &reader] {
        assert_eq!(reads(device, &holds(device).await[&id]).as_deref(), Some(SAID));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_handed_to_its_readers_and_of_all_others_a_supervisor_alone_learns_that_it_is_there() {
    let server = Server::start().await;
    let mut devices = Vec::new();
    for role in [Role::Counsellor, Role::Counsellor, Role::Caseworker, Role::Supervisor] {
        devices.push(server.device_of(role, "panama", ORGANISATION).await);
    }
    let [writer, colleague, caseworker, supervisor] = devices.as_slice() else { panic!() };
    let family = family(caseworker, "panama", &["Omar", "Amina"]);
    let person = family.changes[2].record;
    states(caseworker, &family).await;
    let (id, written) = writes(writer, person, &[writer]);
    states(writer, &written).await;
    assert_eq!(reads(writer, &holds(writer).await[&id]).as_deref(), Some(SAID));
    for device in [colleague, caseworker] {
        assert!(!holds(device).await.contains_key(&id));
        // Nor does anything else say that it is there.
        assert_eq!(holds(device).await.len(), 4);
    }
    // Who supervises is told what it hangs on, who wrote it and who reads it; not what it is about.
    let stub = holds(supervisor).await.remove(&id).unwrap();
    let held = SealedNote::of(&stub).unwrap();
    assert_eq!((held.owner(), held.writer()), (Some(person), Some(writer.user)));
    assert_eq!((held.readers(), held.topic()), ([writer.user].into(), None));
    assert!(held.sealed().is_empty() && held.wraps().is_empty());

    // They let a colleague in, whose device gets the key from the writer's.
    let let_in = |note: SealedNote<'_>, user: UserId| note.letting_in(&[user].into()).unwrap();
    let on_note = |op| vec![Change { record: id, kind: Kind::NOTE, ops: vec![op] }];
    states(supervisor, &entry(supervisor, on_note(let_in(held, colleague.user)))).await;
    let whole = holds(writer).await.remove(&id).unwrap();
    let held = SealedNote::of(&whole).unwrap();
    assert_eq!(held.readers(), [writer.user, colleague.user].into());
    let key =
        seal::note::unwrap(id, held.sealed()[0].1, held.wraps(), &writer.keys, writer.enrolment, writer.user);
    let wraps =
        seal::note::wrap(&mut api::server::rng(), id, &key.unwrap(), &[as_reader(colleague)]).unwrap();
    let op = domain::Op { field: Field::NOTE_WRAPS, value: Value::Text(wraps), replaces: vec![] };
    states(writer, &entry(writer, on_note(op.clone()))).await;
    assert_eq!(reads(colleague, &holds(colleague).await[&id]).as_deref(), Some(SAID));
    assert!(!holds(caseworker).await.contains_key(&id));

    // Nobody lets themselves in, and who supervises states nothing else.
    let caseworkers = entry(caseworker, on_note(let_in(held, caseworker.user)));
    let receipts = caseworker.deliver(vec![caseworker.seal(&caseworkers).unwrap()]).await.unwrap();
    assert_eq!(receipts.items[0].verdict, seal::Verdict::Parked);
    let other = entry(supervisor, on_note(op));
    let receipts = supervisor.deliver(vec![supervisor.seal(&other).unwrap()]).await.unwrap();
    assert_eq!(receipts.items[0].verdict, seal::Verdict::Parked);

    // Taken off, it is gone from them.
    let whole = holds(writer).await.remove(&id).unwrap();
    let off = SealedNote::of(&whole).unwrap().taking_off(colleague.user).unwrap();
    states(supervisor, &entry(supervisor, on_note(off))).await;
    assert!(!holds(colleague).await.contains_key(&id));
    assert!(holds(supervisor).await.contains_key(&id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_member_is_handed_to_nobody_but_those_named_and_goes_where_the_group_goes() {
    let server = Server::start().await;
    let counsellor = server.device_of(Role::Counsellor, "panama", ORGANISATION).await;
    let caseworker = server.device_of(Role::Caseworker, "panama", ORGANISATION).await;
    let supervisor = server.device_of(Role::Supervisor, "panama", ORGANISATION).await;
    let mut home = family(&caseworker, "panama", &["Omar", "Leila", "Amina"]);
    let [group, _, leila, amina] = core::array::from_fn(|at| home.changes[at].record);
    let size = domain::Op { field: Field::SIZE, value: Value::Int(3), replaces: vec![] };
    home.changes[0].ops.push(size);
    let tells_of = domain::Op { field: Field::RESPONSIBLE_ADULT, value: Value::Ref(amina), replaces: vec![] };
    home.changes[2].ops.push(tells_of);
    let need = [(Field::OWNER, Value::Ref(amina)), (Field::NEED_CODE, text("X-PE"))];
    home.changes.push(change(record_id(), Kind::NEED, &need));
    states(&caseworker, &home).await;
    let held = holds(&counsellor).await;
    let members: Vec<Record> =
        held.values().filter(|record| record.kind == Kind::INDIVIDUAL).cloned().collect();
    assert_eq!((held.len(), members.len()), (6, 3));
    let today = domain::PartialDate::from_text("2026-11-22").and_then(|day| day.day_known()).unwrap();
    let changes = sealed_member::seal(
        counsellor.user,
        &held[&amina],
        held.get(&group),
        &members,
        &[counsellor.user].into(),
        today,
    );
    states(&counsellor, &entry(&counsellor, changes.unwrap())).await;

    // Not the supervisor, nor the very caseworker who registered her.
    for device in [&caseworker, &supervisor] {
        let held = holds(device).await;
        assert_eq!(names(&held.values().cloned().collect::<Vec<_>>()), ["Leila", "Omar"]);
        assert_eq!(held.len(), 4, "nothing of hers is left");
        assert_eq!(held[&group].value(Field::SIZE), Some(&Value::Int(2)));
        assert_eq!(held[&leila].shown(Field::RESPONSIBLE_ADULT), None);
        let said = minicbor::to_vec(held.values().cloned().collect::<Vec<_>>()).unwrap();
        assert!(!said.windows(16).any(|bytes| bytes == amina.0), "her id is in something");
    }
    let known = holds(&counsellor).await;
    assert_eq!(known.len(), 6);
    assert_eq!(known[&leila].shown(Field::RESPONSIBLE_ADULT), Some(&Value::Ref(amina)));

    // The caseworker merges the group into another one, of whose people they know.
    let there = family(&caseworker, "panama", &["Rosa"]);
    states(&caseworker, &there).await;
    let held = holds(&caseworker).await;
    let people: Vec<Record> = [held[&leila].clone(), held[&home.changes[1].record].clone()].to_vec();
    let (nobody, none) = (BTreeSet::new(), BTreeMap::new());
    let parting = domain::regroup::Parting {
        group: &held[&group],
        members: &people,
        leaving: &nobody,
        focal_of_staying: None,
        relations: &none,
        today,
    };
    let into = there.changes[0].record;
    let changes = parting.merge_into(&held[&into], &[]).unwrap();
    states(&caseworker, &entry(&caseworker, changes)).await;
    // A device that knows of her brings her along; those that do not hear nothing of it.
    let known = holds(&counsellor).await;
    let moved = |group| known.get(&group).and_then(|it| it.shown(Field::MERGED_INTO)).and_then(Value::as_ref);
    let follows = sealed_member::follow(&known[&amina], moved).unwrap();
    states(&counsellor, &entry(&counsellor, vec![follows])).await;
    assert_eq!(holds(&counsellor).await[&amina].value(Field::GROUP), Some(&Value::Ref(into)));
    assert!(!holds(&caseworker).await.contains_key(&amina));

    // Unsealed, she is there again.
    let known = holds(&counsellor).await;
    let changes = sealed_member::unseal(counsellor.user, &known[&amina], known.get(&into), today).unwrap();
    states(&counsellor, &entry(&counsellor, changes)).await;
    assert_eq!(holds(&caseworker).await[&amina].value(Field::GROUP), Some(&Value::Ref(into)));
}
