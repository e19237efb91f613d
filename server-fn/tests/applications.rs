//! What families send from their own phones, told over real HTTP against the real database: it reaches the tablets of their
//! office whole and once, can be corrected by who sent it alone, and tells strangers nothing.

mod families;
mod office;

use api::server::client::Client;
use api::server::intake::Room;
use api::server::intake::client::Family;
use api::server::ledger::{LetterRow, LetterState};
use api::server::{now_ms, random};
use domain::application::{Act, Application, Letter, Phase, Reply, State, Summary, VOICE};
use domain::{Change, Field, Kind, Op, Record, Role, Value};
use families::*;
use office::{Holder, Server, all_records, change, enter, entry, text};
use seal::letter::Fate;
use std::time::{Duration, Instant};

/// Enters a change of staff on an application.
async fn stated(device: &api::server::client::Device, record: &Record, said: &[(Field, Value)]) {
    enter(device, vec![record.change(said.iter().cloned()).unwrap()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_reaches_the_tablets_of_its_office_whole_and_once() {
    let (server, _) = server(Room::default()).await;
    let meteti = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let panama = server.device_of(Role::Counsellor, "panama", "HIAS").await;
    let neighbour = server.device_of(Role::Caseworker, "meteti", "NRC").await;
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa María", "Luis"]));
    let letter = phone.post(&rosa.letter(), BITS).unwrap();
    let told = standing(phone.hand_in_posted(&letter).await.unwrap());
    assert_eq!((told.phase, told.revision, told.site.as_str()), (Phase::Received, 1, "meteti"));
    assert_eq!(told.until.len(), 10);

    let record = record(&meteti, &rosa).await.unwrap();
    let summary = Summary::of(&record).unwrap();
    assert_eq!(
        (summary.state, summary.people, summary.name.as_str()),
        (State::Received, 2, "Rosa María Quintero")
    );
    assert_eq!(summary.reference, rosa.reference().as_str());
    assert_eq!(summary.marks().collect::<Vec<_>>(), ["private_talk"]);
    assert_eq!(
        (said(&record, Field::APPLICATION_LANGUAGE).as_str(), said(&record, Field::APPLICATION_BY).as_str()),
        ("ht", "line")
    );
    // By the clock of the office, five hours behind the universal one.
    let minutes = i64::try_from(now_ms() / 60_000).unwrap() - 300;
    assert!((summary.received - minutes).abs() <= 2, "{} and {minutes}", summary.received);
    assert_eq!(Application::of(&record).as_ref(), Some(&rosa.application));
    assert!(families::record(&panama, &rosa).await.is_some(), "the organisation's, at any site");
    assert!(families::record(&neighbour, &rosa).await.is_none(), "nobody else's");

    // The same letter again, and the same said in another one.
    for again in [letter, phone.post(&rosa.letter(), BITS).unwrap()] {
        assert_eq!(standing(phone.hand_in_posted(&again).await.unwrap()), told);
    }
    let counts = server.office.ledger().counts().unwrap();
    let letters = server.office.ledger().application_counts().unwrap();
    assert_eq!((counts.entries, counts.records), (1, 1));
    assert_eq!((letters.taken, letters.open, letters.waiting, letters.quarantined), (1, 1, 0, 0));
    // It is said by nobody of the staff, and is none of them.
    let author = record.stated(Field::APPLICATION_SAID).next().unwrap().author;
    assert_eq!(server.office.ledger().users(&[author]).unwrap()[0].role, Role::Applicant.code());
    assert!(server.office.ledger().staff().unwrap().iter().all(|user| user.id != author));
    let page = meteti.collect(Vec::new(), 64 * 1024).await.unwrap().0.remove(0);
    assert!(page.authors.iter().any(|named| named.user == author && named.name == VOICE));
    let report = api::server::audit::verify::verify(&server.office, &[]).unwrap();
    assert!(report.faults.is_empty(), "{:?}", report.faults);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_replaces_what_was_said_until_an_office_has_registered_the_family() {
    let (server, _) = server(Room::default()).await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa", "Luis"]));
    standing(phone.hand_in(&rosa.letter()).await.unwrap());
    let taken = [(Field::APPLICATION_STATE, text("taken"))];
    stated(&device, &record(&device, &rosa).await.unwrap(), &taken).await;

    let mut second = corrected(&rosa, "Rosalía");
    second.application.private_talk = false;
    second.key = random();
    let told = standing(phone.hand_in(&second.letter()).await.unwrap());
    assert_eq!((told.phase, told.revision), (Phase::Seen, 2));
    let here = record(&device, &rosa).await.unwrap();
    assert_eq!(Application::of(&here), Some(second.application.clone()));
    assert!(here.conflicts().is_empty());
    let summary = Summary::of(&here).unwrap();
    assert_eq!((summary.state, summary.taken_by, summary.marks), (State::Taken, vec![device.user], 0));
    // What was said before stands in the history, beside who said what stands now.
    let events = here.history();
    assert_eq!(events.iter().filter(|event| event.author != device.user).count(), 2);
    assert_eq!(events.iter().filter(|event| event.author == device.user).count(), 1);
    // What was said before comes late: it is here already, and nothing is turned back.
    assert_eq!(standing(phone.hand_in(&rosa.letter()).await.unwrap()).revision, 2);
    assert_eq!(record(&device, &rosa).await.unwrap(), here);
    // The PIN is the one that was chosen last.
    assert_eq!(phone.hand_in(&rosa.ask(Act::Status)).await.unwrap().1, Some(Reply::NotKnown));
    assert_eq!(phase(phone.hand_in(&second.ask(Act::Status)).await.unwrap()), Phase::Seen);

    let registered = [(Field::APPLICATION_STATE, text("registered"))];
    stated(&device, &here, &registered).await;
    let third = corrected(&second, "Rosaura");
    let Some(Reply::TooLate(told)) = phone.hand_in(&third.letter()).await.unwrap().1 else { panic!("taken") };
    assert_eq!((told.phase, told.revision), (Phase::Registered, 2));
    let here = record(&device, &rosa).await.unwrap();
    assert_eq!(Application::of(&here), Some(second.application));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lacks_the_secret_of_an_application_changes_nothing_of_it_and_is_told_nothing() {
    let (server, _) = server(Room::default()).await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    standing(phone.hand_in(&rosa.letter()).await.unwrap());
    let before = record(&device, &rosa).await.unwrap();
    let forged = Family { secret: random(), ..corrected(&rosa, "Mallory") };
    assert_eq!(phone.hand_in(&forged.letter()).await.unwrap(), (Fate::Taken, Some(Reply::NotKnown)));
    assert_eq!(record(&device, &rosa).await.unwrap(), before);
    assert_eq!(server.office.ledger().application_counts().unwrap().apart, 1);
    // What lies apart is not looked at again, and hinders nobody.
    assert_eq!(server.office.judge_letters(u64::MAX, now_ms()), Ok(0));
    assert_eq!(standing(phone.hand_in(&corrected(&rosa, "Rosalía").letter()).await.unwrap()).revision, 2);
    // A family that begins with an id of which something else is here.
    let group = office::family(&device, "meteti", &["Ana"]);
    enter(&device, group.changes.clone()).await;
    let mut taken = family("meteti", &["Eva"]);
    taken.application.id = group.changes[0].record;
    assert_eq!(phone.hand_in(&taken.letter()).await.unwrap(), (Fate::Refused, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tablet_scanned_first_is_completed_and_not_said_twice() {
    let (server, _) = server(Room::default()).await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let (phone, mut rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    rosa.application.put(1, Field::PHOTO, Value::Text(picture(500).reference.to_text()));
    let slip = rosa.application.without_pictures();
    let values = [
        (Field::APPLICATION_REF, text(slip.reference().as_str())),
        (Field::APPLICATION_SAID, Value::Text(slip.to_text())),
        (Field::APPLICATION_SITE, text("meteti")),
        (Field::APPLICATION_STATE, text("taken")),
        (Field::APPLICATION_PEOPLE, Value::Int(1)),
        (Field::APPLICATION_LANGUAGE, text("ht")),
        (Field::APPLICATION_MARKS, Value::Codes(vec!["private_talk".into()])),
        (Field::APPLICATION_BY, text("slip")),
    ];
    enter(&device, vec![change(slip.id, Kind::APPLICATION, &values)]).await;
    assert_eq!(phase(phone.hand_in(&rosa.letter()).await.unwrap()), Phase::Seen);
    let here = record(&device, &rosa).await.unwrap();
    assert!(here.conflicts().is_empty());
    assert_eq!(Application::of(&here).as_ref(), Some(&rosa.application), "with its picture");
    assert_eq!(said(&here, Field::APPLICATION_BY), "slip");
    assert!(!said(&here, Field::APPLICATION_RECEIVED).is_empty(), "what was missing");
    for (field, stated_by) in
        [(Field::APPLICATION_STATE, 1), (Field::APPLICATION_MARKS, 1), (Field::APPLICATION_SAID, 1)]
    {
        assert_eq!(here.stated(field).count(), stated_by);
    }
    assert_eq!(
        here.stated(Field::APPLICATION_MARKS).next().unwrap().author,
        device.user,
        "stays the caseworker's"
    );
    assert_eq!(server.office.ledger().counts().unwrap().entries, 2);
    // The other way round nothing is left to say.
    let said_by_slip = record(&device, &rosa).await.unwrap();
    assert_eq!(phase(phone.hand_in(&rosa.letter()).await.unwrap()), Phase::Seen);
    assert_eq!(record(&device, &rosa).await.unwrap(), said_by_slip);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_opens_by_reference_and_pin_alone_and_guessing_ends_soon() {
    let (server, time) = server(Room::default()).await;
    server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    standing(phone.hand_in(&rosa.letter()).await.unwrap());
    let (borrowed, nobody) = (families::phone(&server, "198.51.100.9"), family("meteti", &["Nobody"]));
    assert_eq!(phase(borrowed.hand_in(&rosa.ask(Act::Status)).await.unwrap()), Phase::Received);
    // What is there and what is not are answered alike: in words, length and beat.
    let wrong = Family { key: random(), ..rosa.clone() };
    for asked in [&wrong, &nobody] {
        for tried in 0..6 {
            let began = Instant::now();
            let answer = borrowed.hand_in(&asked.ask(Act::Status)).await.unwrap();
            assert!(began.elapsed() >= Duration::from_millis(250));
            let wanted = if tried < 5 { Reply::NotKnown } else { Reply::Wait(720) };
            assert_eq!(answer, (Fate::Taken, Some(wanted)), "{tried}");
        }
    }
    let lengths = [&rosa, &wrong, &nobody].map(|asked| {
        let posted = phone.post(&asked.ask(Act::Status), BITS).unwrap();
        let network = api::server::limits::Network::of("203.0.113.5".parse().unwrap());
        server.office.hand_in(&posted.bytes, network, now_ms()).unwrap().bytes.len()
    });
    assert!(lengths.windows(2).all(|pair| pair[0] == pair[1]), "{lengths:?}");
    // The family itself is not kept out, from where it is; nor where it guessed, after a while.
    assert_eq!(phase(phone.hand_in(&rosa.ask(Act::Status)).await.unwrap()), Phase::Received);
    time.fetch_add(720_000, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(phase(borrowed.hand_in(&rosa.ask(Act::Status)).await.unwrap()), Phase::Received);
    assert_eq!(
        borrowed
            .hand_in(&Letter::Ask { reference: "0O1IL".into(), key: [0; 32], act: Act::Status })
            .await
            .unwrap()
            .1,
        Some(Reply::NotKnown)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_takes_its_application_back_and_one_that_nobody_took_ends_after_six_months() {
    let (server, _) = server(Room::default()).await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let phone = phone(&server, "192.0.2.7");
    let [rosa, eva, ana] = ["Rosa", "Eva", "Ana"].map(|name| family("meteti", &[name]));
    for family in [&rosa, &eva, &ana] {
        standing(phone.hand_in(&family.letter()).await.unwrap());
    }
    assert_eq!(phase(phone.hand_in(&rosa.ask(Act::Withdraw)).await.unwrap()), Phase::Closed);
    let here = record(&device, &rosa).await.unwrap();
    assert_eq!(
        (said(&here, Field::APPLICATION_STATE).as_str(), said(&here, Field::APPLICATION_CLOSED).as_str()),
        ("closed", "withdrawn")
    );
    let Some(Reply::TooLate(_)) = phone.hand_in(&corrected(&rosa, "R").letter()).await.unwrap().1 else {
        panic!()
    };
    stated(&device, &record(&device, &ana).await.unwrap(), &[(Field::APPLICATION_STATE, text("registered"))])
        .await;
    let day = 24 * 60 * 60 * 1000;
    assert_eq!(server.office.close_old(now_ms() + 180 * day), Ok(0));
    assert_eq!(server.office.close_old(now_ms() + 185 * day), Ok(1));
    assert_eq!(server.office.close_old(now_ms() + 185 * day), Ok(0));
    assert_eq!(said(&record(&device, &eva).await.unwrap(), Field::APPLICATION_CLOSED), "expired");
    assert_eq!(said(&record(&device, &ana).await.unwrap(), Field::APPLICATION_STATE), "registered");
    assert_eq!(server.office.ledger().application_counts().unwrap().open, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_taken_once_an_application_names_them_and_staff_open_them() {
    let (server, _) = server(Room::default()).await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let (phone, mut rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    let (paper, other) = (picture(70_000), picture(900));
    rosa.application.put(1, Field::PHOTO, Value::Text(paper.reference.to_text()));
    let chunk = |bytes: &[u8]| Letter::Chunk { application: rosa.application.id.0, chunk: bytes.to_vec() };
    let hand_in = async |bytes: &[u8]| phone.hand_in(&chunk(bytes)).await.unwrap().0;
    assert_eq!(hand_in(&paper.chunks[0]).await, Fate::Later, "before what it belongs to");
    standing(phone.hand_in(&rosa.letter()).await.unwrap());
    for piece in &paper.chunks {
        assert_eq!(hand_in(piece).await, Fate::Taken);
        assert_eq!(hand_in(piece).await, Fate::Taken, "again");
    }
    for not_named in [&other.chunks[0][..], &[7; 10], &[0; 40_000]] {
        assert_eq!(hand_in(not_named).await, Fate::Refused);
    }
    assert_eq!(server.office.ledger().counts().unwrap().chunks, 3);
    let here = record(&device, &rosa).await.unwrap();
    let said = Application::of(&here).unwrap();
    let reference = said.part(1).unwrap().facts[&Field::PHOTO].as_text().unwrap().to_owned();
    let reference = seal::Attachment::parse(&reference).unwrap();
    let got = device.client.chunks_get(reference.addresses(), 256 * 1024).await.unwrap();
    assert_eq!(reference.open(&got).unwrap().len(), 70_000);
    // What was taken back shows nothing more.
    assert_eq!(phase(phone.hand_in(&rosa.ask(Act::Withdraw)).await.unwrap()), Phase::Closed);
    assert_eq!(hand_in(&paper.chunks[0]).await, Fate::Refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_letter_of_ours_is_refused_and_leaves_nothing() {
    let (server, _) = server(Room::default()).await;
    server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    let empty = Family::of(Application::begin(rosa.application.id, 1, "es"));
    let garbled =
        Letter::Application { application: vec![0x88; 90], secret: [1; 16], status: [1; 32], wish: None };
    for letter in [empty.letter(), garbled] {
        assert_eq!(phone.hand_in(&letter).await.unwrap(), (Fate::Refused, None));
    }
    // An application of a later version of the door is kept on the phone until the server knows it.
    let mut newer = rosa.application.to_bytes();
    newer[1] = 2;
    let newer = Letter::Application { application: newer, secret: [1; 16], status: [1; 32], wish: None };
    assert_eq!(phone.hand_in(&newer).await.unwrap(), (Fate::Later, None));
    let sealed = phone.post(&rosa.letter(), BITS).unwrap();
    let client = Client::new(&server.url);
    let network = api::server::limits::Network::of("192.0.2.7".parse().unwrap());
    for (at, wanted) in [(9, 4), (sealed.bytes.len() - 1, 5)] {
        // The key that it names, and what is sealed.
        let mut changed = phone.post(&rosa.letter(), BITS).unwrap();
        changed.bytes[at] ^= 1;
        let work = (0_u64..).map(u64::to_be_bytes).find(|nonce| {
            let posted = seal::letter::posted(*nonce, &changed.bytes[8..]);
            seal::letter::received(&posted, BITS).is_ok()
        });
        let posted = seal::letter::posted(work.unwrap(), &changed.bytes[8..]);
        let answer = server.office.hand_in(&posted, network, now_ms()).unwrap().bytes;
        assert_eq!(answer[17], wanted, "byte {at}");
    }
    let lazy = (0_u64..).map(u64::to_be_bytes).find(|nonce| {
        seal::letter::received(&seal::letter::posted(*nonce, &sealed.bytes[8..]), BITS).is_err()
    });
    let lazy = seal::letter::posted(lazy.unwrap(), &sealed.bytes[8..]);
    assert_eq!(server.office.hand_in(&lazy, network, now_ms()).unwrap().bytes[17..19], [3, BITS]);
    for rubbish in [&b""[..], b"x", &[0; 2_000]] {
        let answer = server.office.hand_in(rubbish, network, now_ms()).unwrap().bytes;
        assert!([3, 5].contains(&answer[17]));
    }
    let body = [&b"\xa1\x66letter\x5a"[..], &80_000_u32.to_be_bytes(), &vec![0; 80_000]].concat();
    let headers = [("content-type", "application/cbor")];
    let answer = client.send(axum::http::Method::POST, "/api/hand_in", &headers, body).await.unwrap();
    assert_eq!(answer.status(), 413);
    let counts = server.office.ledger().counts().unwrap();
    let letters = server.office.ledger().application_counts().unwrap();
    assert_eq!(
        (counts.entries, letters.waiting, letters.quarantined, letters.apart, letters.taken),
        (0, 0, 0, 0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_for_an_office_that_there_is_not_lies_at_one_that_there_is() {
    let (server, _) = server(Room::default()).await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let phone = phone(&server, "192.0.2.7");
    let mut lost = family("panama", &["Rosa"]);
    lost.application.organisation = "NRC".to_owned();
    for (site, language) in [("panama", "es"), ("nowhere", "xx"), ("", "")] {
        let mut lost = family(site, &["Rosa"]);
        (lost.application.organisation, lost.application.language) = ("NRC".into(), language.into());
        assert_eq!(standing(phone.hand_in(&lost.letter()).await.unwrap()).site, "meteti");
        let here = record(&device, &lost).await.unwrap();
        assert_eq!(
            (
                said(&here, Field::APPLICATION_SITE).as_str(),
                said(&here, Field::APPLICATION_LANGUAGE).as_str()
            ),
            ("meteti", "es")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_and_not_judged_is_judged_at_the_next_start() {
    let (server, _) = server(Room::default()).await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let kept = device.to_bytes().unwrap();
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    let letter = phone.post(&rosa.letter(), BITS).unwrap();
    // As it lies when the program ends right after the first commit.
    let row = LetterRow {
        seq: 0,
        id: letter.id,
        state: LetterState::Waiting,
        origin: [1; 16],
        reference: [1; 32],
        received_at: now_ms(),
        raw: letter.bytes[8..].to_vec(),
    };
    assert_eq!(server.office.ledger().keep_letter(row.clone()), Ok(true));
    assert_eq!(server.office.ledger().keep_letter(row), Ok(false));
    let root = server.office.keyring().fingerprint;
    let data = server.stop().await;
    let server = Server::over(data, None, api::server::Site::Absent).await;
    assert_eq!(server.office.judge_letters(now_ms() + 1, now_ms()), Ok(1));
    let device = api::server::client::Device::reopen(&server.url, &kept, &root).unwrap();
    device.sign_in().await.unwrap();
    assert!(record(&device, &rosa).await.is_some());
    assert_eq!(server.office.judge_letters(now_ms() + 1, now_ms()), Ok(0));
    let counts = server.office.ledger().application_counts().unwrap();
    assert_eq!((counts.taken, counts.waiting), (1, 0));
    // Judged, and ended before the letter was forgotten: again nothing is said twice.
    let row = LetterRow {
        seq: 0,
        id: letter.id,
        state: LetterState::Waiting,
        origin: [1; 16],
        reference: [1; 32],
        received_at: now_ms(),
        raw: letter.bytes[8..].to_vec(),
    };
    server.office.ledger().keep_letter(row.clone()).unwrap();
    assert_eq!(server.office.judge_letters(now_ms() + 1, now_ms()), Ok(1));
    assert_eq!(server.office.ledger().counts().unwrap().entries, 1);
    // One that brings the program down again and again is set apart.
    server.office.ledger().keep_letter(row).unwrap();
    for tried in 0..3 {
        assert_eq!(server.office.ledger().try_letter(letter.id), Ok(tried));
    }
    assert_eq!(server.office.judge_letters(now_ms() + 1, now_ms()), Ok(1));
    assert_eq!(server.office.ledger().application_counts().unwrap().apart, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_was_sealed_to_a_former_key_opens() {
    let (server, _) = server(Room::default()).await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    let letter = phone.post(&rosa.letter(), BITS).unwrap();
    let before = server.office.keyring().public.clone();
    api::server::keyring::renew(&server.data).unwrap();
    let renewed = crate::office::open(&server.data).unwrap();
    assert_ne!(renewed.keyring().public, before);
    let network = api::server::limits::Network::of("192.0.2.7".parse().unwrap());
    let renewed = renewed.with_intake(api::server::intake::Settings { bits: BITS, room: Room::default() });
    let answer = renewed.hand_in(&letter.bytes, network, now_ms()).unwrap().bytes;
    assert_eq!(answer[17], 1);
    assert!(record(&device, &rosa).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_state_on_applications_of_their_organisation_and_not_of_others() {
    let (server, _) = server(Room::default()).await;
    let ours = server.device_of(Role::Counsellor, "panama", "HIAS").await;
    let theirs = server.device_of(Role::Caseworker, "meteti", "NRC").await;
    server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    standing(phone.hand_in(&rosa.letter()).await.unwrap());
    let op = Op { field: Field::APPLICATION_STATE, value: text("closed"), replaces: Vec::new() };
    let closes = Change { record: rosa.application.id, kind: Kind::APPLICATION, ops: vec![op] };
    let receipts = theirs.deliver(vec![theirs.seal(&entry(&theirs, vec![closes])).unwrap()]).await.unwrap();
    assert_eq!(receipts.items[0].verdict, seal::Verdict::Parked);
    stated(&ours, &record(&ours, &rosa).await.unwrap(), &[(Field::APPLICATION_STATE, text("seen"))]).await;
    assert_eq!(phase(phone.hand_in(&rosa.ask(Act::Status)).await.unwrap()), Phase::Seen);
    assert!(all_records(&theirs).await.is_empty());
    let holder = Holder::of(&ours).await;
    assert_eq!(holder.total, 1);
}
