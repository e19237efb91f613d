//! Pictures over real HTTP: taken in whole or not at all, handed out to who knows where they lie, and kept when the
//! server stops.

mod office;

use api::ApiError;
use api::server::attachments::LOAD_LIMIT;
use api::server::client::Device;
use api::server::ledger::{Batch, Chunk, STATED_ROOM, UNSTATED_FLOOR, UNSTATED_ROOM, UNWELCOME_ROOM};
use api::server::{Site, random, rng};
use axum::http::Method;
use domain::{Entry, Field, Kind, Op, Role};
use office::*;
use seal::attachment::CHUNK_LIMIT;
use seal::{Address, Ask, Attachment, Holding, Holdings, Load, Media, SealedAttachment};

fn photo(size: usize) -> SealedAttachment {
    let bytes: Vec<u8> = (0..size).map(|at| (at * at % 251) as u8).collect();
    Attachment::seal(&mut rng(), Media::JPEG, &bytes).unwrap()
}

/// A family whose first person has a photo.
fn family_with(device: &Device, photo: &Attachment) -> Entry {
    let mut entry = family(device, "meteti", &["Amina"]);
    let person = entry.changes.iter_mut().find(|change| change.kind == Kind::INDIVIDUAL).unwrap();
    person.ops.push(Op { field: Field::PHOTO, value: text(&photo.to_text()), replaces: vec![] });
    entry
}

fn all(items: &[(Address, Holding)], wanted: Holding) -> bool {
    items.iter().all(|(_, holding)| *holding == wanted)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_taken_in_meteti_is_seen_in_panama_city_by_who_reads_the_record() {
    let server = Server::start().await;
    let meteti = server.device(Role::Caseworker, "meteti").await;
    let panama = server.device(Role::Caseworker, "panama").await;
    let SealedAttachment { reference, chunks } = photo(150_000);
    meteti.deliver(vec![meteti.seal(&family_with(&meteti, &reference)).unwrap()]).await.unwrap();
    assert!(all(&meteti.ask_chunks(reference.addresses()).await.unwrap(), Holding::Lacking));
    // Another tablet may carry them; sent again nothing happens.
    let (here, there) = chunks.split_at(2);
    assert!(all(&meteti.put_chunks(here.to_vec()).await.unwrap(), Holding::Held));
    let told = meteti.ask_chunks(reference.addresses()).await.unwrap();
    let held: Vec<bool> = told.iter().map(|(_, holding)| *holding == Holding::Held).collect();
    assert_eq!(held, [true, true, false, false, false]);
    for _ in 0..2 {
        assert!(all(&panama.put_chunks(there.to_vec()).await.unwrap(), Holding::Held));
    }
    assert!(all(&panama.put_chunks(chunks.clone()).await.unwrap(), Holding::Held));

    let records = all_records(&panama).await;
    let stated = records.iter().find_map(|record| record.shown(Field::PHOTO)).unwrap();
    let read = Attachment::parse(stated.as_text().unwrap()).unwrap();
    // About so many bytes at a time, one chunk at least.
    let first = panama.client.chunks_get(read.addresses(), 0).await.unwrap();
    assert_eq!(first.len(), 1);
    let fetched = panama.client.chunks_get(read.addresses(), 1_000_000).await.unwrap();
    let fetched: Vec<Vec<u8>> = fetched.into_iter().map(|chunk| chunk.into_vec()).collect();
    assert_eq!((read.open(&fetched).unwrap().len(), &fetched), (150_000, &chunks));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_is_signed_in_fetches_and_what_is_not_here_is_left_out() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let SealedAttachment { reference, chunks } = photo(1_000);
    device.put_chunks(chunks).await.unwrap();
    let unknown = [Address(random()), reference.addresses()[0], Address(random())];
    assert_eq!(device.client.chunks_get(&unknown, 0).await.unwrap().len(), 1);
    assert_eq!(device.client.chunks_get(&unknown[..1], 0).await.unwrap().len(), 0);
    assert_eq!(device.client.chunks_get(&[], 0).await.unwrap().len(), 0);
    server.office.set_revoked(device.enrolment, true).unwrap();
    assert_eq!(device.client.chunks_get(&unknown, 0).await.err(), Some(ApiError::NotSignedIn));
    server.office.set_revoked(device.enrolment, false).unwrap();
    device.client.forget_cookie();
    assert_eq!(device.client.chunks_get(&unknown, 0).await.err(), Some(ApiError::NotSignedIn));
    device.sign_in().await.unwrap();
    assert_eq!(device.client.chunks_get(&unknown, 0).await.unwrap().len(), 1);
    let many = vec![Address([1; 32]); 129];
    assert_eq!(device.client.chunks_get(&many, 0).await.err(), Some(ApiError::Malformed));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_load_disturbs_nothing_and_what_is_no_chunk_holds_up_no_other() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let token = &device.enrolled.deposit_token;
    let chunks = photo(40_000).chunks;
    let load = Load { nonce: [1; 16], chunks: chunks.clone() }.to_bytes();
    let ask = Ask { nonce: [1; 16], addresses: vec![Address([1; 32])] }.to_bytes();
    for end in (0..load.len()).step_by(997) {
        let outcome = device.client.chunks_put(token, &load[..end]).await;
        assert_eq!(outcome.err(), Some(ApiError::Malformed), "{end}");
    }
    assert_eq!(device.client.chunks_lacking(token, &ask[1..]).await.err(), Some(ApiError::Malformed));
    for token in [&[1; 32][..], &[]] {
        assert_eq!(device.client.chunks_put(token, &load).await.err(), Some(ApiError::DepositRefused));
        assert_eq!(device.client.chunks_lacking(token, &ask).await.err(), Some(ApiError::DepositRefused));
    }
    for size in [LOAD_LIMIT + 1, 2 * LOAD_LIMIT] {
        let outcome = device.client.chunks_put(token, &vec![0; size]).await;
        assert_eq!(outcome.err(), Some(ApiError::TooLarge));
    }
    assert_eq!(server.office.ledger().counts().unwrap().chunks, 0);
    let odd = [&chunks[..], &[vec![], vec![7; CHUNK_LIMIT + 1], vec![7; 16]]].concat();
    let told: Vec<Holding> =
        device.put_chunks(odd).await.unwrap().into_iter().map(|(_, holding)| holding).collect();
    let no = Holding::NoChunk;
    assert_eq!(told, [Holding::Held, Holding::Held, no, no, no]);
    assert_eq!(server.office.ledger().counts().unwrap().chunks, 2);
    // The answer is the server's, and to this load alone.
    let answer = device.client.chunks_put(token, &load).await.unwrap();
    assert!(Holdings::from_bytes(&answer, &device.server.signing, &load).is_ok());
    assert!(Holdings::from_bytes(&answer, &device.server.signing, &ask).is_err());
    let from_elsewhere = [("content-type", "application/cbor"), ("sec-fetch-site", "cross-site")];
    let answer = device.client.send(Method::POST, "/api/chunks_get", &from_elsewhere, vec![]).await.unwrap();
    assert_eq!(answer.status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_record_states_is_kept_up_to_a_limit_and_what_one_states_beyond_it() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let colleague = server.device(Role::Caseworker, "meteti").await;
    let ledger = server.office.ledger();
    // Nearly full, in large chunks and small ones, which count for more than they are.
    let (mut left, mut filling) = (UNSTATED_ROOM - 10 * UNSTATED_FLOOR, Vec::new());
    for number in 0_u32.. {
        let size = if number % 2 == 0 { CHUNK_LIMIT as u64 } else { UNSTATED_FLOOR };
        if size > left {
            break;
        }
        left -= size;
        let mut bytes = vec![0; if number % 2 == 0 { CHUNK_LIMIT } else { 20 }];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        filling.push(Chunk { address: Address::of(&bytes), bytes });
    }
    for some in filling.chunks(500) {
        let held = ledger.put_chunks(device.enrolment, some.to_vec(), 1).unwrap();
        assert!(held.iter().all(|held| *held));
    }
    let SealedAttachment { reference, chunks } = photo(150_000);
    let told = device.put_chunks(chunks.clone()).await.unwrap();
    // One large chunk still fits, and the small last one.
    assert_eq!(told.iter().filter(|(_, holding)| *holding == Holding::NoRoom).count(), 3);
    // Others have room of their own.
    assert!(all(&colleague.put_chunks(photo(10).chunks).await.unwrap(), Holding::Held));
    let before = ledger.counts().unwrap().chunks;
    // A parked entry states nothing yet.
    server.office.set_user(device.user, Role::Verifier, "meteti", false).unwrap();
    let envelope = device.seal(&family_with(&device, &reference)).unwrap();
    device.deliver(vec![envelope]).await.unwrap();
    assert!(!all(&device.put_chunks(chunks.clone()).await.unwrap(), Holding::Held));
    // Entered, it does: there is room for what it states, and what came before counts no more.
    server.office.set_user(device.user, Role::Caseworker, "meteti", false).unwrap();
    assert!(all(&device.put_chunks(chunks).await.unwrap(), Holding::Held));
    assert_eq!(ledger.counts().unwrap().chunks, before + 3);
    assert!(all(&device.put_chunks(photo(30_000).chunks).await.unwrap(), Holding::Held));
}

/// So many bytes as one chunk; the ledger keeps what it is given.
fn chunk(byte: u8, size: u64) -> Chunk {
    let bytes = vec![byte; usize::try_from(size).unwrap()];
    Chunk { address: Address::of(&bytes), bytes }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_not_welcome_has_little_room_and_what_entries_state_is_counted_by_the_day() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let ledger = server.office.ledger();
    let put = |chunk: &Chunk, now| ledger.put_chunks(device.enrolment, vec![chunk.clone()], now).unwrap()[0];
    let little = [chunk(1, UNWELCOME_ROOM), chunk(2, 100), chunk(3, 100)];
    assert!(put(&little[0], 1));
    server.office.set_revoked(device.enrolment, true).unwrap();
    assert!(!put(&little[1], 1));
    let stated = |addresses: Vec<Address>| ledger.enter(Batch { stated: addresses, ..Batch::default() });
    stated(vec![little[1].address]).unwrap();
    assert!(put(&little[1], 1), "an entry states it");
    server.office.set_revoked(device.enrolment, false).unwrap();
    server.office.set_user(device.user, Role::Caseworker, "meteti", true).unwrap();
    assert!(!put(&little[2], 1));
    server.office.set_user(device.user, Role::Caseworker, "meteti", false).unwrap();
    assert!(put(&little[2], 1));

    let large: Vec<Chunk> = (10..15).map(|byte| chunk(byte, STATED_ROOM / 4)).collect();
    stated(large.iter().map(|chunk| chunk.address).collect()).unwrap();
    const DAY: u64 = 24 * 3_600_000;
    let taken: Vec<bool> = large.iter().map(|chunk| put(chunk, 5 * DAY + 7)).collect();
    assert_eq!(taken, [true, true, true, true, false], "put off");
    assert!(put(&large[4], 6 * DAY));
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_outlive_a_stop_and_a_server_of_the_version_before_takes_them_from_then_on() {
    if postgres::is_wanted() {
        return; // No version before ran on PostgreSQL.
    }
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let kept = device.to_bytes().unwrap();
    let root = server.office.keyring().fingerprint;
    device.deliver(vec![device.seal(&family(&device, "meteti", &["Amina"])).unwrap()]).await.unwrap();
    let data = server.stop().await;
    as_of_version(&data, 1);

    let server = Server::over(data, None, Site::Absent).await;
    let device = Device::reopen(&server.url, &kept, &root).unwrap();
    device.sign_in().await.unwrap();
    assert_eq!(names(&all_records(&device).await), ["Amina"]);
    let SealedAttachment { reference, chunks } = photo(60_000);
    assert!(all(&device.put_chunks(chunks.clone()).await.unwrap(), Holding::Held));
    let data = server.stop().await;

    let server = Server::over(data.clone(), None, Site::Absent).await;
    let device = Device::reopen(&server.url, &kept, &root).unwrap();
    device.sign_in().await.unwrap();
    assert!(all(&device.ask_chunks(reference.addresses()).await.unwrap(), Holding::Held));
    assert_eq!(device.client.chunks_get(reference.addresses(), 1_000_000).await.unwrap(), chunks);
    drop(server);
    let _ = std::fs::remove_dir_all(data);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_lies_nowhere_readable_on_the_server() {
    if postgres::is_wanted() {
        return; // This one looks into SQLite's files.
    }
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let sealed = Attachment::seal(&mut rng(), Media::JPEG, &b"MARKERFACE".repeat(4_000)).unwrap();
    let reference = sealed.reference;
    device.deliver(vec![device.seal(&family_with(&device, &reference)).unwrap()]).await.unwrap();
    device.put_chunks(sealed.chunks).await.unwrap();
    let data = server.stop().await;
    let text = reference.to_text();
    let key = &text.as_bytes()[8..40];
    let mut seen = 0;
    for file in std::fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            seen += bytes.len();
            for marker in [&b"MARKERFACE"[..], key] {
                assert!(!bytes.windows(marker.len()).any(|window| window == marker), "{path:?}");
            }
        }
    }
    assert!(seen > 40_000);
    let _ = std::fs::remove_dir_all(data);
}
