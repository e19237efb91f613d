//! The road of a change, told over real HTTP: what a device delivers, its colleagues collect, once and whole,
//! whatever comes in between.

mod office;

use api::ApiError;
use api::server::client::Device;
use api::server::ledger::{KeptRow, State};
use api::server::{NewUser, delivery, now_ms, random};
use axum::http::Method;
use domain::{Change, DraftId, EnrolmentId, EntryId, Field, Kind, Op, Role, Value};
use office::*;
use seal::{EnrolmentKeys, Parcel, Purpose, Receipts, Signed, Verdict};
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

fn verdicts(receipts: &Receipts) -> Vec<(Verdict, &str)> {
    receipts.items.iter().map(|item| (item.verdict, item.reason.as_str())).collect()
}

const ACCEPTED: (Verdict, &str) = (Verdict::Accepted, "");
const ALREADY_HERE: (Verdict, &str) = (Verdict::AlreadyHere, "");

#[tokio::test(flavor = "multi_thread")]
async fn a_family_registered_in_meteti_is_found_in_panama_city() {
    let server = Server::start().await;
    let meteti = server.device(Role::Caseworker, "meteti").await;
    let panama = server.device(Role::Caseworker, "panama").await;
    let family = family(&meteti, "meteti", &["Amina", "Yusuf", "Leila", "Omar", "Sara"]);
    let receipts = meteti.deliver(vec![meteti.seal(&family).unwrap()]).await.unwrap();
    assert_eq!(verdicts(&receipts), [ACCEPTED]);
    assert_eq!(receipts.epoch.to_vec(), meteti.enrolled.epoch);

    let (pages, cursor) = panama.collect(Vec::new(), 64 * 1024).await.unwrap();
    assert_eq!(pages.len(), 1);
    assert_eq!(names(&pages[0].records), ["Amina", "Leila", "Omar", "Sara", "Yusuf"]);
    assert_eq!((pages[0].records.len(), pages[0].total), (7, 7));
    let author = &pages[0].authors[0];
    assert_eq!(pages[0].authors.len(), 1);
    assert_eq!(
        (author.user, author.name.as_str(), author.site.as_str()),
        (meteti.user, "Staff of meteti", "meteti")
    );

    let (nothing_new, same) = panama.collect(cursor.clone(), 64 * 1024).await.unwrap();
    assert!(nothing_new.is_empty());
    assert_eq!(same, cursor);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_again_is_there_once() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let colleague = server.device(Role::Caseworker, "meteti").await;
    let entry = family(&device, "meteti", &["Amina"]);
    let envelope = device.seal(&entry).unwrap();
    let parcel = Parcel { capsules: vec![device.capsule().1], envelopes: vec![envelope.clone(), envelope] };
    let first = device.deliver_parcel(&parcel.to_bytes()).await.unwrap();
    assert_eq!(verdicts(&first), [ACCEPTED, ALREADY_HERE]);
    let again = device.deliver_parcel(&parcel.to_bytes()).await.unwrap();
    assert_eq!(verdicts(&again), [ALREADY_HERE, ALREADY_HERE]);
    // Sealed anew, as after a restored backup of the device; and carried by another tablet.
    let sealed_anew =
        Parcel { capsules: vec![device.capsule().1], envelopes: vec![device.seal(&entry).unwrap()] };
    let carried = colleague.deliver_parcel(&sealed_anew.to_bytes()).await.unwrap();
    assert_eq!(verdicts(&carried), [ALREADY_HERE]);
    let counts = server.office.ledger().counts().unwrap();
    assert_eq!((counts.entries, counts.records, counts.waiting), (1, 3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tablet_carries_what_it_cannot_read() {
    let server = Server::start().await;
    let author = server.device(Role::Caseworker, "meteti").await;
    let carrier = server.device(Role::Verifier, "panama").await;
    let envelope = author.seal(&family(&author, "meteti", &["Amina"])).unwrap();
    let parcel = Parcel { capsules: vec![author.capsule().1], envelopes: vec![envelope] };
    let receipts = carrier.deliver_parcel(&parcel.to_bytes()).await.unwrap();
    assert_eq!(verdicts(&receipts), [ACCEPTED]);
    assert_eq!(names(&all_records(&author).await), ["Amina"]);
    assert!(all_records(&carrier).await.is_empty(), "a verifier reads no family");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_that_is_none_disturbs_nothing() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let envelope = device.seal(&family(&device, "meteti", &["Amina"])).unwrap();
    let whole = Parcel { capsules: vec![device.capsule().1], envelopes: vec![envelope] }.to_bytes();
    for end in (0..whole.len()).step_by(97) {
        assert_eq!(device.deliver_parcel(&whole[..end]).await.err(), Some(ApiError::Malformed), "{end}");
    }
    let mut later = whole.clone();
    later[1] = 2;
    assert_eq!(device.deliver_parcel(&later).await.err(), Some(ApiError::Malformed));
    let token = &device.enrolled.deposit_token;
    let outcome = device.client.deliver(token, &vec![0; delivery::PARCEL_LIMIT + 1]).await;
    assert_eq!(outcome.err(), Some(ApiError::TooLarge));
    let outcome = device.client.deliver(token, &vec![0; 4 * delivery::PARCEL_LIMIT]).await;
    assert_eq!(outcome.err(), Some(ApiError::TooLarge));
    assert_eq!(device.client.deliver(&[1; 32], &whole).await.err(), Some(ApiError::DepositRefused));
    assert_eq!(device.client.deliver(&[], &whole).await.err(), Some(ApiError::DepositRefused));
    assert_eq!(server.office.ledger().counts().unwrap().entries, 0);
    assert_eq!(verdicts(&device.deliver_parcel(&whole).await.unwrap()), [ACCEPTED]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_envelope_holds_up_no_other() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let seal = |name| device.seal(&family(&device, "meteti", &[name])).unwrap();
    let (good, other) = (seal("Amina"), seal("Omar"));
    let mut flipped = other.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut later = other.clone();
    assert_eq!(later[3..5], [0x88, 1], "the header's version");
    later[4] = 9;
    let cut = other[..other.len() - 1].to_vec();
    let huge = vec![0x83; delivery::ENVELOPE_LIMIT + 1];
    let envelopes = vec![flipped, later, cut, huge, Vec::new(), good];
    let receipts = device.deliver(envelopes).await.unwrap();
    assert_eq!(
        verdicts(&receipts),
        [
            (Verdict::Unreadable, "does_not_open"),
            (Verdict::UnknownVersion, ""),
            (Verdict::Unreadable, "not_an_envelope"),
            (Verdict::TooLarge, ""),
            (Verdict::Unreadable, "not_an_envelope"),
            ACCEPTED,
        ]
    );
    let counts = server.office.ledger().counts().unwrap();
    assert_eq!((counts.entries, counts.waiting, counts.unreadable), (1, 0, 3));
    // The undamaged original is taken in afterwards.
    assert_eq!(verdicts(&device.deliver(vec![other]).await.unwrap()), [ACCEPTED]);
    assert_eq!(names(&all_records(&device).await), ["Amina", "Omar"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_flipped_bit_is_answered_and_none_is_entered() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let envelope = device.seal(&family(&device, "meteti", &["Amina"])).unwrap();
    let flipped = (0..envelope.len() * 8).step_by(41).map(|bit| {
        let mut flipped = envelope.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    });
    for envelopes in flipped.collect::<Vec<_>>().chunks(60) {
        let receipts = device.deliver(envelopes.to_vec()).await.unwrap();
        assert_eq!(receipts.items.len(), envelopes.len());
        assert!(receipts.items.iter().all(|item| !item.verdict.is_acknowledgement()));
    }
    let counts = server.office.ledger().counts().unwrap();
    assert_eq!((counts.entries, counts.parked, counts.waiting), (0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_capsule_an_envelope_is_asked_for_again() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let envelope = device.seal(&family(&device, "meteti", &["Amina"])).unwrap();
    let alone = Parcel { capsules: vec![], envelopes: vec![envelope.clone()] }.to_bytes();
    let receipts = device.deliver_parcel(&alone).await.unwrap();
    assert_eq!(verdicts(&receipts), [(Verdict::CapsuleMissing, "")]);
    assert_eq!(verdicts(&device.deliver(vec![envelope]).await.unwrap()), [ACCEPTED]);
    let next = device.seal(&family(&device, "meteti", &["Omar"])).unwrap();
    let next = Parcel { capsules: vec![], envelopes: vec![next] }.to_bytes();
    assert_eq!(verdicts(&device.deliver_parcel(&next).await.unwrap()), [ACCEPTED], "held from before");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_with_other_content_is_kept_apart() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let one = family(&device, "meteti", &["Amina"]);
    let mut other = family(&device, "meteti", &["Somebody else"]);
    other.id = one.id;
    let envelopes = vec![device.seal(&one).unwrap(), device.seal(&other).unwrap()];
    let quarantined = (Verdict::Quarantined, "other_content");
    assert_eq!(verdicts(&device.deliver(envelopes.clone()).await.unwrap()), [ACCEPTED, quarantined]);
    assert_eq!(verdicts(&device.deliver(envelopes.clone()).await.unwrap()), [ALREADY_HERE, quarantined]);
    assert_eq!(names(&all_records(&device).await), ["Amina"]);
    let kept = server.office.ledger().kept(State::Quarantined, 0, 10).unwrap();
    assert_eq!(kept.iter().map(|row| &row.raw).collect::<Vec<_>>(), [&envelopes[1]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_entered_is_parked_with_its_reason() {
    let server = Server::start().await;
    let mut device = server.device(Role::Caseworker, "meteti").await;
    let colleague = server.device(Role::Caseworker, "meteti").await;
    let family = || family(&device, "meteti", &["Amina"]);
    let stranger = EnrolmentKeys::generate(&mut api::server::rng());
    let malformed =
        Signed { body: b"no entry".to_vec(), signature: device.keys.sign("amparo/entry/1", b"no entry") };
    let mut later_body = family().to_bytes();
    later_body[1] = 9;
    let later = Signed { signature: device.keys.sign("amparo/entry/1", &later_body), body: later_body };
    let mut of_another = family();
    of_another.author = colleague.user;
    let mut on_another = family();
    on_another.enrolment = colleague.enrolment;
    let unknown_kind = entry(&device, vec![change(record_id(), Kind(999), &[(Field::SITE, text("x"))])]);
    let empty = entry(&device, vec![]);
    let group = family();
    let other_kind =
        entry(&device, vec![change(group.changes[0].record, Kind::DOCUMENT, &[(Field::SITE, text("x"))])]);
    let seal = |signed: &Signed| device.seal_signed(Purpose::Entry, signed).unwrap();
    let envelopes = vec![
        seal(&Signed::entry(&stranger, &family())),
        seal(&malformed),
        seal(&later),
        device.seal(&of_another).unwrap(),
        device.seal(&on_another).unwrap(),
        device.seal(&unknown_kind).unwrap(),
        device.seal(&empty).unwrap(),
        device.seal(&group).unwrap(),
        device.seal(&other_kind).unwrap(),
    ];
    let reasons = [
        "wrong_signature",
        "malformed_entry",
        "unknown_version",
        "other_author",
        "other_author",
        "unknown_kind",
        "empty_entry",
        "",
        "other_kind",
    ];
    let told = |reason| if str::is_empty(reason) { ACCEPTED } else { (Verdict::Parked, reason) };
    assert_eq!(verdicts(&device.deliver(envelopes.clone()).await.unwrap()), reasons.map(told));
    // A lost answer is given again in the same words.
    let told = |reason| if str::is_empty(reason) { ALREADY_HERE } else { (Verdict::Parked, reason) };
    assert_eq!(verdicts(&device.deliver(envelopes).await.unwrap()), reasons.map(told));
    assert_eq!(server.office.ledger().counts().unwrap().parked, 8);

    device.enrolment = EnrolmentId([9; 16]);
    let envelope = device.seal(&entry(&device, vec![])).unwrap();
    let receipts = device.deliver(vec![envelope]).await.unwrap();
    assert_eq!(verdicts(&receipts), [(Verdict::Parked, "unknown_enrolment")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_parked_is_entered_when_the_rules_change() {
    let server = Server::start().await;
    let device = server.device(Role::Verifier, "panama").await;
    let reader = server.device(Role::Caseworker, "panama").await;
    let deliver = |name: &'static str| {
        let device = &device;
        async move {
            let envelope = device.seal(&family(device, "panama", &[name])).unwrap();
            let receipts = device.deliver(vec![envelope]).await.unwrap();
            (receipts.items[0].verdict, receipts.items[0].reason.clone())
        }
    };
    assert_eq!(deliver("Amina").await, (Verdict::Parked, "role_lost".into()));
    assert_eq!(server.office.set_user(device.user, Role::Caseworker, "panama", true).unwrap(), 0);
    assert_eq!(deliver("Omar").await, (Verdict::Parked, "user_disabled".into()));
    assert_eq!(server.office.set_revoked(device.enrolment, true).unwrap(), 0);
    assert_eq!(server.office.set_user(device.user, Role::Caseworker, "panama", false).unwrap(), 0);
    assert_eq!(deliver("Leila").await, (Verdict::Quarantined, "device_revoked".into()));
    assert!(all_records(&reader).await.is_empty());

    assert_eq!(server.office.set_revoked(device.enrolment, false).unwrap(), 3);
    assert_eq!(names(&all_records(&reader).await), ["Amina", "Leila", "Omar"]);
    let counts = server.office.ledger().counts().unwrap();
    assert_eq!((counts.entries, counts.parked, counts.quarantined), (3, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_dies_after_the_commit_leaves_exactly_one_copy() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let envelope = device.seal(&family(&device, "meteti", &["Amina"])).unwrap();
    let parcel = Parcel { capsules: vec![device.capsule().1], envelopes: vec![envelope] }.to_bytes();
    let body = deliver_body(&device, &parcel);
    let address = server.url.strip_prefix("http://").unwrap();
    let mut line = std::net::TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /api/deliver HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/cbor\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    line.write_all(&[head.as_bytes(), &body].concat()).unwrap();
    line.flush().unwrap();
    for _ in 0..200 {
        if server.office.ledger().counts().unwrap().entries == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(line);
    assert_eq!(verdicts(&device.deliver_parcel(&parcel).await.unwrap()), [ALREADY_HERE]);
    assert_eq!(server.office.ledger().counts().unwrap().entries, 1);
}

fn deliver_body(device: &Device, parcel: &[u8]) -> Vec<u8> {
    use server_fn::Encodes as _;
    let arguments = std::collections::BTreeMap::from([
        ("token", serde_bytes::Bytes::new(&device.enrolled.deposit_token)),
        ("parcel", serde_bytes::Bytes::new(parcel)),
    ]);
    server_fn::codec::CborEncoding::encode(&arguments).unwrap().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_cut_off_anywhere_is_as_if_it_had_not_been() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let envelope = device.seal(&family(&device, "meteti", &["Amina"])).unwrap();
    let parcel = Parcel { capsules: vec![device.capsule().1], envelopes: vec![envelope] }.to_bytes();
    let body = deliver_body(&device, &parcel);
    let headers = [("content-type", "application/cbor")];
    for end in (0..body.len()).step_by(61) {
        let response =
            device.client.send(Method::POST, "/api/deliver", &headers, body[..end].to_vec()).await.unwrap();
        assert_eq!(response.status(), 400, "{end}");
    }
    let counts = server.office.ledger().counts().unwrap();
    assert_eq!((counts.entries, counts.waiting, counts.parked), (0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_and_not_judged_is_judged_at_the_next_start() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let envelope = device.seal(&family(&device, "meteti", &["Amina"])).unwrap();
    let parcel = Parcel { capsules: vec![device.capsule().1], envelopes: vec![envelope] }.to_bytes();
    // The server stops between the two: the parcel is stored, nothing is answered.
    drop(delivery::take(&server.office, &device.enrolled.deposit_token, &parcel).unwrap());
    assert_eq!(server.office.ledger().counts().unwrap().waiting, 1);
    let data = server.stop().await;

    let office = Arc::new(crate::office::open(&data).unwrap());
    assert_eq!(office.judge_at_start().unwrap(), 1);
    let server = Server::running(office, data, None, api::server::Site::Absent).await;
    let device =
        Device::reopen(&server.url, &device.to_bytes().unwrap(), &seal::digest(&device.server.root)).unwrap();
    assert_eq!(verdicts(&device.deliver_parcel(&parcel).await.unwrap()), [ALREADY_HERE]);
    device.sign_in().await.unwrap();
    assert_eq!(names(&all_records(&device).await), ["Amina"]);
    assert_eq!(server.office.ledger().counts().unwrap().entries, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_and_sent_again_before_it_was_judged_it_is_entered_once() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let envelope = device.seal(&family(&device, "meteti", &["Amina"])).unwrap();
    let parcel = Parcel { capsules: vec![device.capsule().1], envelopes: vec![envelope] }.to_bytes();
    let token = &device.enrolled.deposit_token;
    let one = delivery::take(&server.office, token, &parcel).unwrap();
    let other = delivery::take(&server.office, token, &parcel).unwrap();
    let read = |bytes: Vec<u8>| Receipts::from_bytes(&bytes, &device.server.signing, &parcel).unwrap();
    assert_eq!(verdicts(&read(one.judge(&server.office).unwrap())), [ACCEPTED]);
    assert_eq!(verdicts(&read(other.judge(&server.office).unwrap())), [ALREADY_HERE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_change_one_record_at_once_are_all_heard() {
    let server = Server::start().await;
    let device = Arc::new(server.device(Role::Caseworker, "meteti").await);
    let family = family(&device, "meteti", &["Amina"]);
    let person = family.changes[1].record;
    device.deliver(vec![device.seal(&family).unwrap()]).await.unwrap();
    let tasks = (0..40).map(|number| {
        let device = Arc::clone(&device);
        tokio::spawn(async move {
            let phone = [(Field::PHONE, Value::Text(format!("6000-{number:04}")))];
            let entry = entry(&device, vec![change(person, Kind::INDIVIDUAL, &phone)]);
            let receipts = device.deliver(vec![device.seal(&entry).unwrap()]).await.unwrap();
            assert_eq!(verdicts(&receipts), [ACCEPTED]);
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let records = all_records(&device).await;
    let person = records.iter().find(|record| record.id == person).unwrap();
    assert_eq!(person.values(Field::PHONE).len(), 40, "every value that nobody replaced stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_kept_in_its_newest_state_and_only_for_its_author() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let colleague = server.device(Role::Caseworker, "meteti").await;
    let draft = DraftId::fresh(now_ms(), random());
    let parcel = |device: &Device, at: u64| {
        let envelope = device.seal_draft(draft, at, format!("state {at}").as_bytes()).unwrap();
        Parcel { capsules: vec![device.capsule().1], envelopes: vec![envelope] }.to_bytes()
    };
    // The clock is set back between the second and the third, which the order of sealing does not mind.
    let sealed = [5, 9, 7, 8].map(|at| parcel(&device, at));
    for (which, told, held) in
        [(0, ACCEPTED, 0), (2, ACCEPTED, 2), (1, ALREADY_HERE, 2), (2, ALREADY_HERE, 2), (3, ACCEPTED, 3)]
    {
        let receipts = device.deliver_parcel(&sealed[which]).await.unwrap();
        assert_eq!(verdicts(&receipts), [told]);
        assert_eq!(server.office.ledger().draft(draft).unwrap().unwrap().counter, held);
    }
    // The same user goes on with it on another device, whose clock is slow and whose counting begins anew.
    let again = NewUser {
        id: device.user,
        name: "Somebody".into(),
        staff_code: "TST-01".into(),
        role: Role::Caseworker,
        site: "meteti".into(),
        organisation: String::new(),
        team: String::new(),
    };
    let invitation = server.office.invite(&again).unwrap().to_text();
    let second = Device::enrol(&server.url, &invitation).await.unwrap();
    assert_eq!(verdicts(&second.deliver_parcel(&parcel(&second, 1)).await.unwrap()), [ACCEPTED]);
    let held = server.office.ledger().draft(draft).unwrap().unwrap();
    assert_eq!((held.enrolment, held.counter), (second.enrolment, 0));
    let receipts = colleague.deliver_parcel(&parcel(&colleague, 99)).await.unwrap();
    assert_eq!(verdicts(&receipts), [(Verdict::Parked, "other_author")]);
    let counts = server.office.ledger().counts().unwrap();
    assert_eq!((counts.drafts, counts.entries, counts.waiting), (1, 0, 0));
    assert!(all_records(&device).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_operation_collects_its_own_and_a_group_that_moves_comes_along_whole() {
    let server = Server::start().await;
    let meteti = server.device(Role::Caseworker, "meteti").await;
    let georgetown = server.device(Role::Counsellor, "georgetown").await;
    let family = family(&meteti, "meteti", &["Amina", "Omar"]);
    meteti.deliver(vec![meteti.seal(&family).unwrap()]).await.unwrap();
    assert!(all_records(&georgetown).await.is_empty());

    let (_, cursor) = georgetown.collect(Vec::new(), 4096).await.unwrap();
    let moves = Op { field: Field::SITE, value: text("georgetown"), replaces: vec![family.id] };
    let moves = Change { record: family.changes[0].record, kind: Kind::GROUP, ops: vec![moves] };
    let moves = entry(&meteti, vec![moves]);
    meteti.deliver(vec![meteti.seal(&moves).unwrap()]).await.unwrap();
    let (pages, _) = georgetown.collect(cursor, 4096).await.unwrap();
    let records: Vec<_> = pages.into_iter().flat_map(|page| page.records).collect();
    assert_eq!((names(&records), records.len()), (vec!["Amina".into(), "Omar".into()], 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_that_arrives_before_its_holder_finds_its_place() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "panama").await;
    let elsewhere = server.device(Role::Caseworker, "david").await;
    let georgetown = server.device(Role::Caseworker, "georgetown").await;
    let whole = family(&georgetown, "georgetown", &["Amina"]);
    for (device, at) in [(&device, 2), (&georgetown, 1), (&georgetown, 0)] {
        let entry = entry(device, vec![whole.changes[at].clone()]);
        let receipts = device.deliver(vec![device.seal(&entry).unwrap()]).await.unwrap();
        assert_eq!(verdicts(&receipts), [ACCEPTED]);
    }
    assert_eq!(all_records(&georgetown).await.len(), 3);
    assert!(all_records(&elsewhere).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_keep_to_their_room_and_groups_together() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    for _ in 0..6 {
        let envelopes = (0..40).map(|_| device.seal(&family(&device, "meteti", &["Amina", "Omar"])).unwrap());
        device.deliver(envelopes.collect()).await.unwrap();
    }
    for room in [4 * 1024, 16 * 1024, 256 * 1024] {
        let (mut cursor, mut records, mut pages) = (Vec::new(), Vec::new(), 0);
        loop {
            let collected = device.client.collect(&cursor, room).await.unwrap();
            assert!(collected.page.len() <= room as usize, "{} in {room}", collected.page.len());
            let page = seal::page::Page::open(
                &collected.page,
                &device.keys,
                device.enrolment,
                &device.server.signing,
            );
            let page = page.unwrap();
            assert_eq!(page.records[0].kind, Kind::GROUP, "a page begins with a group");
            assert_eq!((page.records.len() % 4, page.total), (0, 960), "and ends with one");
            records.extend(page.records);
            pages += 1;
            cursor = collected.cursor.to_vec();
            if !collected.more {
                break;
            }
        }
        assert_eq!(records.len(), 960);
        let distinct: std::collections::HashSet<_> = records.iter().map(|record| record.id).collect();
        assert_eq!(distinct.len(), 960);
        assert!(pages > 1 || room > 64 * 1024);
    }
    // A foreign cursor, or one of another epoch, begins anew.
    for cursor in [vec![1; 32], vec![0xff; 32], vec![7; 3], vec![0; 4096]] {
        assert_eq!(device.collect(cursor, 64 * 1024).await.unwrap().0[0].total, 960);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_record_grows_so_large_that_it_holds_up_a_collect() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let group = record_id();
    let mut told = Vec::new();
    for letter in ["a", "b", "c", "d"] {
        let endless = [(Field::ADDRESS, text(&letter.repeat(200_000)))];
        let entry = entry(&device, vec![change(group, Kind::GROUP, &endless)]);
        let receipts = device.deliver(vec![device.seal(&entry).unwrap()]).await.unwrap();
        told.push(receipts.items[0].verdict);
    }
    let parked = Verdict::Parked;
    assert_eq!(told, [Verdict::Accepted, Verdict::Accepted, parked, parked]);
    device.deliver(vec![device.seal(&family(&device, "meteti", &["Amina"])).unwrap()]).await.unwrap();
    let (pages, _) = device.collect(Vec::new(), 64 * 1024).await.unwrap();
    assert_eq!(pages.iter().map(|page| page.records.len()).sum::<usize>(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_holds_every_entry_and_shows_any_change() {
    use api::server::ledger::{Link, chained};
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    for name in ["Amina", "Omar", "Leila"] {
        let envelope = device.seal(&family(&device, "meteti", &[name])).unwrap();
        device.deliver(vec![envelope]).await.unwrap();
    }
    let mut links = server.office.ledger().chain(0, 100).unwrap();
    let holds = |links: &[Link]| {
        let mut previous = [0; 32];
        links.iter().all(|link| {
            previous = chained(&previous, &link.entry);
            previous == link.chain
        })
    };
    assert_eq!(links.len(), 3);
    assert!(holds(&links));
    let mut without = links.clone();
    without.remove(1);
    assert!(!holds(&without), "one taken out");
    links[1].entry.id = EntryId([9; 16]);
    assert!(!holds(&links), "one changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_that_unfolds_into_many_times_its_size_is_answered_whole_and_in_order() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let family = family(&device, "meteti", &["Amina"]);
    let mut envelopes = vec![device.seal(&family).unwrap()];
    for byte in 0..7 {
        let draft = DraftId::fresh(now_ms(), random());
        envelopes.push(device.seal_draft(draft, 1, &vec![byte; 3_000_000]).unwrap());
    }
    // Sealed anew, so that only the ledger can know by now that it is the same.
    envelopes.push(device.seal(&family).unwrap());
    assert!(envelopes.iter().map(Vec::len).sum::<usize>() < 100_000);
    let mut told = [ACCEPTED; 9];
    told[8] = ALREADY_HERE;
    assert_eq!(verdicts(&device.deliver(envelopes).await.unwrap()), told);
    let counts = server.office.ledger().counts().unwrap();
    assert_eq!((counts.drafts, counts.entries, counts.waiting), (7, 1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_brought_a_start_down_is_parked_at_the_next_and_holds_up_nothing() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let parcel = |name| {
        let envelopes = vec![device.seal(&family(&device, "meteti", &[name])).unwrap()];
        Parcel { capsules: vec![device.capsule().1], envelopes }.to_bytes()
    };
    let (bad, good) = (parcel("Amina"), parcel("Omar"));
    for parcel in [&bad, &good] {
        drop(delivery::take(&server.office, &device.enrolled.deposit_token, parcel).unwrap());
    }
    let ledger = server.office.ledger();
    // A start that ended in the middle of the first.
    let first = ledger.kept(State::Waiting, 0, 1).unwrap().remove(0);
    assert!(!ledger.try_judging(first.seq).unwrap());
    assert_eq!(server.office.judge_at_start().unwrap(), 1);
    assert_eq!(names(&all_records(&device).await), ["Omar"]);
    let unjudgeable = (Verdict::Parked, "unjudgeable");
    assert_eq!(verdicts(&device.deliver_parcel(&bad).await.unwrap()), [unjudgeable]);
    assert_eq!((server.office.judge_at_start().unwrap(), server.office.rejudge().unwrap()), (0, 0));
    assert_eq!(ledger.kept(State::Parked, 0, 9).unwrap(), [kept_as(&first, "unjudgeable")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_ledger_was_not_able_to_take_at_a_start_is_judged_at_the_next() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let envelopes = vec![device.seal(&family(&device, "meteti", &["Amina"])).unwrap()];
    let parcel = Parcel { capsules: vec![device.capsule().1], envelopes }.to_bytes();
    drop(delivery::take(&server.office, &device.enrolled.deposit_token, &parcel).unwrap());
    refuse_rows(&server, "entries", true);
    assert_eq!(server.office.judge_at_start().unwrap(), 0);
    assert_eq!(server.office.ledger().counts().unwrap().waiting, 1);
    refuse_rows(&server, "entries", false);
    assert_eq!(server.office.judge_at_start().unwrap(), 1);
    assert_eq!(names(&all_records(&device).await), ["Amina"]);
}

fn kept_as(row: &KeptRow, reason: &str) -> KeptRow {
    KeptRow { state: State::Parked, reason: reason.to_owned(), ..row.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_hangs_on_a_person_and_a_person_on_a_group_and_on_nothing_else() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let whole = family(&device, "meteti", &["Amina"]);
    let [group, person, paper] = [0, 1, 2].map(|at| whole.changes[at].record);
    device.deliver(vec![device.seal(&whole).unwrap()]).await.unwrap();
    let hang = |kind, below, field, above| change(below, kind, &[(field, Value::Ref(above))]);
    let on_holder = |below, above| hang(Kind::DOCUMENT, below, Field::HOLDER, above);
    let in_group = |below, above| hang(Kind::INDIVIDUAL, below, Field::GROUP, above);
    let [one, other, third] = [record_id(), record_id(), record_id()];
    let parked = (Verdict::Parked, "other_parent");
    for (changes, told) in [
        (vec![on_holder(record_id(), group)], parked),
        (vec![on_holder(record_id(), paper)], parked),
        (vec![in_group(person, person)], parked),
        (vec![in_group(record_id(), paper)], parked),
        // In a circle: within one entry, and over two when one has not come yet.
        (vec![on_holder(one, other), on_holder(other, one)], parked),
        (vec![on_holder(one, other)], ACCEPTED),
        (vec![on_holder(other, one)], parked),
        // It turns out to be another thing than the one that waits for it takes it for.
        (vec![on_holder(other, third)], ACCEPTED),
        (vec![on_holder(record_id(), person)], ACCEPTED),
    ] {
        let envelope = device.seal(&entry(&device, changes)).unwrap();
        assert_eq!(verdicts(&device.deliver(vec![envelope]).await.unwrap()), [told]);
    }
    assert_eq!(all_records(&device).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_corrects_a_record_out_of_their_reach_is_parked_and_does_not_take_it_along() {
    let server = Server::start().await;
    let meteti = server.device(Role::Caseworker, "meteti").await;
    let georgetown = server.device(Role::Caseworker, "georgetown").await;
    let group = record_id();
    let out_of_reach = (Verdict::Parked, "out_of_reach");
    for (device, words, told) in [(&meteti, "Here", ACCEPTED), (&georgetown, "There", out_of_reach)] {
        let address = change(group, Kind::GROUP, &[(Field::ADDRESS, text(words))]);
        let envelope = device.seal(&entry(device, vec![address])).unwrap();
        assert_eq!(verdicts(&device.deliver(vec![envelope]).await.unwrap()), [told]);
    }
    assert_eq!(all_records(&meteti).await.len(), 1);
    assert!(all_records(&georgetown).await.is_empty());
}

/// A person added to a family, and the family's move to Georgetown.
fn joining_and_moving(device: &Device, family: &domain::Entry, name: &str) -> [Vec<u8>; 2] {
    let group = family.changes[0].record;
    let person = [(Field::GROUP, Value::Ref(group)), (Field::GIVEN_NAMES, text(name))];
    let joins = entry(device, vec![change(record_id(), Kind::INDIVIDUAL, &person)]);
    let site = Op { field: Field::SITE, value: text("georgetown"), replaces: vec![family.id] };
    let moves = entry(device, vec![Change { record: group, kind: Kind::GROUP, ops: vec![site] }]);
    [joins, moves].map(|entry| device.seal(&entry).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_a_family_that_moves_in_the_same_parcel_moves_along() {
    let server = Server::start().await;
    let meteti = server.device(Role::Caseworker, "meteti").await;
    let georgetown = server.device(Role::Counsellor, "georgetown").await;
    let family = family(&meteti, "meteti", &["Amina"]);
    meteti.deliver(vec![meteti.seal(&family).unwrap()]).await.unwrap();
    let parcel = joining_and_moving(&meteti, &family, "Leila");
    assert_eq!(verdicts(&meteti.deliver(parcel.into()).await.unwrap()), [ACCEPTED; 2]);
    assert_eq!(names(&all_records(&georgetown).await), ["Amina", "Leila"]);
    assert!(all_records(&meteti).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_a_family_that_moves_at_the_same_moment_moves_along() {
    let server = Server::start().await;
    let meteti = Arc::new(server.device(Role::Caseworker, "meteti").await);
    let georgetown = server.device(Role::Counsellor, "georgetown").await;
    let mut joined = 0;
    for _ in 0..20 {
        let family = family(&meteti, "meteti", &["Amina"]);
        meteti.deliver(vec![meteti.seal(&family).unwrap()]).await.unwrap();
        let both = joining_and_moving(&meteti, &family, "Leila").map(|envelope| {
            let device = Arc::clone(&meteti);
            tokio::spawn(async move {
                let receipts = device.deliver(vec![envelope]).await.unwrap();
                (receipts.items[0].verdict, receipts.items[0].reason.clone())
            })
        });
        let [joins, moves] = both;
        assert_eq!(moves.await.unwrap(), (Verdict::Accepted, String::new()));
        match joins.await.unwrap() {
            (Verdict::Accepted, _) => joined += 1,
            // The family was out of reach by then.
            other => assert_eq!(other, (Verdict::Parked, "out_of_reach".to_owned())),
        }
    }
    assert_eq!(all_records(&georgetown).await.len(), 20 * 3 + joined);
    assert!(all_records(&meteti).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_parcel_full_of_rubbish_only_a_little_is_kept() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let mut envelopes: Vec<Vec<u8>> = (0..10).map(|byte| vec![byte; 9]).collect();
    for _ in 0..30 {
        let mut damaged = device.seal(&family(&device, "meteti", &["Amina"])).unwrap();
        *damaged.last_mut().unwrap() ^= 1;
        envelopes.push(damaged);
    }
    envelopes.push(device.seal(&family(&device, "meteti", &["Omar"])).unwrap());
    let receipts = device.deliver(envelopes).await.unwrap();
    assert!(receipts.items[..40].iter().all(|item| item.verdict == Verdict::Unreadable));
    assert_eq!(receipts.items[40].verdict, Verdict::Accepted);
    let counts = server.office.ledger().counts().unwrap();
    assert_eq!((counts.unreadable, counts.waiting, counts.entries), (16, 0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_do_not_open_are_left_out_but_never_all_of_them() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    device.deliver(vec![device.seal(&family(&device, "meteti", &["Amina"])).unwrap()]).await.unwrap();
    let database = crate::office::beside(&server.data);
    database.execute("UPDATE users SET sealed = $1", [[0]]).unwrap();
    database.execute("UPDATE records SET sealed = $1 WHERE kind = 3", [[0]]).unwrap();
    let (pages, cursor) = device.collect(Vec::new(), 64 * 1024).await.unwrap();
    assert_eq!((pages.len(), pages[0].records.len(), pages[0].authors.len()), (1, 2, 0));
    assert!(device.collect(cursor, 64 * 1024).await.unwrap().0.is_empty(), "passed over with the others");

    database.execute("UPDATE records SET sealed = $1", [[0]]).unwrap();
    assert_eq!(device.collect(Vec::new(), 64 * 1024).await.err(), Some(ApiError::Unavailable));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_what_nobody_signed_no_more_is_kept_than_its_carrier_has_room_for_and_the_device_keeps_the_rest() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let colleague = server.device(Role::Caseworker, "meteti").await;
    let stranger = EnrolmentKeys::generate(&mut api::server::rng());
    let signed = |size: usize| {
        let body: Vec<u8> = std::iter::repeat_with(random::<32>).take(size / 32).flatten().collect();
        Signed { signature: stranger.sign("amparo/entry/1", &body), body }
    };
    let rubbish = |size| device.seal_signed(Purpose::Entry, &signed(size)).unwrap();
    // The room of a device that was revoked: its token is still good for what it has to hand in.
    server.office.set_revoked(device.enrolment, true).unwrap();
    let (kept, full) = ((Verdict::Parked, "wrong_signature"), (Verdict::Unreadable, "wrong_signature"));
    let first: Vec<Vec<u8>> = (0..3).map(|_| rubbish(320_000)).collect();
    assert_eq!(verdicts(&device.deliver(first.clone()).await.unwrap()), [kept; 3]);
    let more = vec![rubbish(320_000), rubbish(320), first[0].clone()];
    for told in [[full, kept, kept], [full, kept, kept]] {
        assert_eq!(verdicts(&device.deliver(more.clone()).await.unwrap()), told);
    }
    let ledger = server.office.ledger();
    let counts = ledger.counts().unwrap();
    assert_eq!((counts.parked, counts.waiting, counts.unreadable), (4, 0, 0));
    // Neither is a capsule kept of which nothing else is.
    let sealing = server.office.keyring().secrets.sealing_public.clone();
    let outgoing = seal::Outgoing::begin(&mut api::server::rng(), &sealing).unwrap();
    let (capsule, bytes) = outgoing.capsule();
    let (id, plain) = (domain::EnvelopeId(random()), signed(320_000).to_bytes());
    let sealed =
        outgoing.seal(&mut api::server::rng(), Purpose::Entry, id, device.enrolment, 1, &plain).unwrap();
    let parcel = Parcel { capsules: vec![bytes.to_vec()], envelopes: vec![sealed] }.to_bytes();
    assert_eq!(verdicts(&device.deliver_parcel(&parcel).await.unwrap()), [full]);
    assert_eq!(ledger.capsule(capsule).unwrap(), None);
    // What a colleague signed goes with the same token as ever, and no rights change what nobody signed.
    let true_one = colleague.seal(&family(&colleague, "meteti", &["Amina"])).unwrap();
    let parcel = Parcel { capsules: vec![colleague.capsule().1], envelopes: vec![true_one] }.to_bytes();
    assert_eq!(verdicts(&device.deliver_parcel(&parcel).await.unwrap()), [ACCEPTED]);
    assert_eq!(ledger.changeable(0, 10).unwrap(), []);
    // Others have room of their own.
    let parcel = Parcel { capsules: vec![device.capsule().1], envelopes: vec![more[0].clone()] }.to_bytes();
    assert_eq!(verdicts(&colleague.deliver_parcel(&parcel).await.unwrap()), [kept]);
}
