//! Several programs on one database, behind one address: what one of them did counts at once for the others, and what
//! counts once counts once.

mod authenticator;
#[allow(dead_code)] // Of its family only what is looked for here.
mod neighbours;
mod office;
mod process;

use api::ApiError;
use api::server::audit::verify::verify;
use api::server::audit::{AuditEvent, Began, What};
use api::server::client::{Client, Device};
use api::server::ledger::{Ceremony, Reminder};
use api::server::several::Seat;
use api::server::{Site, now_ms, random};
use authenticator::{Authenticator, ORIGIN};
use domain::Role;
use neighbours::{found, wanted};
use office::*;
use seal::Verdict;
use std::path::PathBuf;
use std::sync::Arc;

/// Two servers over one folder, each with its own memory.
async fn two() -> (Server, Server) {
    let name = domain::id::hex(&random::<8>());
    let data = std::env::temp_dir().join(format!("amparo-test-{name}"));
    let first = one_more(data.clone()).await;
    let second = one_more(data).await;
    (first, second)
}

async fn one_more(data: PathBuf) -> Server {
    let seat = Seat::to_serve(&data).unwrap();
    let server = Server::over(data, Some(ORIGIN), Site::Absent).await;
    server.office.begin_serving(seat).unwrap();
    server
}

/// The same device, asking the other server with the same cookie.
fn at(server: &Server, device: &Device) -> Device {
    let root = seal::digest(&device.server.root);
    Device::reopen(&server.url, &device.to_bytes().unwrap(), &root).unwrap()
}

async fn end(one: Server, other: Server) {
    one.office.end_serving();
    other.office.end_serving();
    std::mem::take(&mut { other }.data);
    std::fs::remove_dir_all(one.stop().await).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_answered_at_one_program_is_used_up_at_all() {
    let (one, other) = two().await;
    let device = one.device(Role::Caseworker, "meteti").await;
    let id = &device.enrolled.enrolment;
    let challenge = Client::new(&other.url).challenge(id).await.unwrap();
    let said = [&challenge[..], id].concat();
    let signature = device.keys.sign(seal::signed::SIGN_IN, &said);
    let (here, there) = (Client::new(&one.url), Client::new(&other.url));
    let (first, second) =
        tokio::join!(here.sign_in(id, &challenge, &signature), there.sign_in(id, &challenge, &signature));
    let answers = [first.is_ok(), second.is_ok()];
    assert_eq!(answers.iter().filter(|answer| **answer).count(), 1, "{answers:?}");
    assert_eq!(here.sign_in(id, &challenge, &signature).await.err(), Some(ApiError::NotSignedIn));
    end(one, other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_begun_at_one_program_is_good_at_the_other_and_ends_at_both() {
    let (one, other) = two().await;
    let device = one.device(Role::Caseworker, "meteti").await;
    let there = at(&other, &device);
    there.sign_in().await.unwrap();
    there.collect(Vec::new(), 8192).await.unwrap();
    // Disabled at one, it opens nothing at the other on the next request.
    one.office.set_user(device.user, Role::Caseworker, "meteti", true).unwrap();
    assert_eq!(there.collect(Vec::new(), 8192).await.err(), Some(ApiError::NotSignedIn));
    let parked =
        there.deliver(vec![there.seal(&family(&there, "meteti", &["Amina"])).unwrap()]).await.unwrap();
    assert_eq!(
        (parked.items[0].verdict, parked.items[0].reason.as_str()),
        (Verdict::Parked, "user_disabled")
    );
    end(one, other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkeys_challenge_of_one_program_is_answered_at_the_other_and_once() {
    let (one, other) = two().await;
    let device = one.device(Role::Administrator, "meteti").await;
    let mut authenticator = Authenticator::new();
    let asked = device.client.passkey_challenge(true).await.unwrap();
    device.client.passkey_register(authenticator.make(&device, &asked.challenge)).await.unwrap();
    let asked = device.client.passkey_challenge(false).await.unwrap();
    let shown = authenticator.show(&asked.challenge);
    let there = device.client.at(&other.url);
    there.passkey_show(shown.clone()).await.unwrap();
    assert!(device.client.passkey_show(shown).await.is_err(), "used up");
    // In the ledger itself, of two at once one has it.
    let session = seal::digest(b"no session");
    assert!(!one.office.ledger().take_challenge(session, Ceremony::Show, [1; 32], 0).unwrap());
    end(one, other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_used_once_and_a_reminder_goes_out_once() {
    let (one, other) = two().await;
    let (_, invitation) = one.invite(Role::Caseworker, "meteti");
    let (first, second) =
        tokio::join!(Device::enrol(&one.url, &invitation), Device::enrol(&other.url, &invitation));
    assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|is| **is).count(), 1);
    let key = random();
    let ledgers = [one.office.ledger(), other.office.ledger()];
    let begun = ledgers.map(|ledger| ledger.begin_reminder(key, now_ms()).unwrap());
    assert_eq!(begun.iter().flatten().count(), 1, "{begun:?}");
    ledgers[0].end_reminder(key, Reminder::Again(now_ms())).unwrap();
    assert_eq!(ledgers[1].begin_reminder(key, now_ms() + 1).unwrap(), Some(1));
    end(one, other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_program_entered_is_found_elsewhere_by_the_other_that_had_looked_before() {
    let (one, other) = two().await;
    let hias = one.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let nrc = other.device_of(Role::Caseworker, "panama", "NRC").await;
    let people = neighbours::registered(&hias);
    assert!(found(&nrc, wanted("Yuleisy Bázquez", 1991, "")).await.people.is_empty());
    neighbours::deliver(&hias, &people.entry).await;
    assert_eq!(found(&nrc, wanted("Yuleisy Bázquez", 1991, "")).await.people.len(), 1);
    end(one, other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_of_two_programs_have_numbers_of_their_own_and_each_holds() {
    let (one, other) = two().await;
    let mut busy = Vec::new();
    for server in [&one, &other, &one, &other] {
        let device = server.device(Role::Caseworker, "meteti").await;
        busy.push(tokio::spawn(async move {
            for _ in 0..12 {
                let receipts =
                    device.deliver(vec![device.seal(&family(&device, "meteti", &["Amina"])).unwrap()]);
                let receipts = receipts.await.unwrap();
                assert_eq!(receipts.items[0].verdict, Verdict::Accepted);
                let checkpoint = receipts.checkpoint.expect("every answer has one");
                device.client.echo(&device.enrolled.deposit_token, &checkpoint).await.unwrap();
            }
        }));
    }
    for device in busy {
        device.await.unwrap();
    }
    let report = verify(&one.office, &[]).unwrap();
    assert_eq!((report.faults, report.epochs, report.entries), (vec![], vec![], 48));
    assert!(report.checkpoints >= 24);
    end(one, other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_that_begins_at_one_program_is_heard_at_the_other_and_begins_once() {
    let (one, other) = two().await;
    let device = other.device(Role::Caseworker, "meteti").await;
    let sent = || vec![device.seal(&family(&device, "meteti", &["Amina"])).unwrap()];
    let before = device.deliver(sent()).await.unwrap().epoch;
    one.office.restored().unwrap();
    let after = device.deliver(sent()).await.unwrap();
    assert!(after.epoch != before && after.epoch == one.office.ledger().identity().epoch);
    // Both are asked to begin another one for the same reason: one of them does.
    let (first, second) = (Arc::clone(&one.office), Arc::clone(&other.office));
    let began =
        [first, second].map(|office| office.begin_epoch(after.epoch, Began::HandedBack, 1, 0).unwrap());
    assert_eq!(began, [true, false]);
    assert_eq!(verify(&other.office, &[]).unwrap().epochs.len(), 2);
    end(one, other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_share_a_folder_write_what_lies_beside_the_database_one_after_the_other() {
    let (one, other) = two().await;
    let user = one.device(Role::Caseworker, "meteti").await.user;
    std::thread::scope(|scope| {
        for (place, server) in [&one, &other, &one, &other].into_iter().enumerate() {
            scope.spawn(move || {
                for turn in 0..12 {
                    server
                        .office
                        .set_user(user, Role::Caseworker, "meteti", (place + turn) % 2 == 0)
                        .unwrap();
                    server.office.note(AuditEvent::of(What::PeopleChanged)).unwrap();
                    server.office.keep_roster().unwrap();
                    server.office.still_serves().unwrap();
                }
            });
        }
    });
    one.office.still_serves().unwrap();
    other.office.still_serves().unwrap();
    let report = verify(&one.office, &[]).unwrap();
    assert_eq!((report.faults, report.epochs), (vec![], vec![]));
    end(one, other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_two_programs_take_at_once_leave_one_who_has_them() {
    let (one, other) = two().await;
    let devices =
        [one.device(Role::Administrator, "meteti").await, other.device(Role::Administrator, "meteti").await];
    let users: Vec<_> = devices.iter().map(|device| device.user).collect();
    let rows = one.office.ledger().users(&users).unwrap();
    let gone = |at: usize| {
        let mut after = rows[at].clone();
        after.disabled = true;
        after
    };
    // Each of two who alone know of somebody has read the other as one who stays.
    let leave = |server: &Server, at: usize| {
        let knowing = vec![vec![rows[1 - at].clone()]];
        server.office.ledger().change_user(rows[at].clone(), gone(at), None, knowing, line()).unwrap()
    };
    let changes = [leave(&one, 0), leave(&other, 1)];
    use api::server::ledger::UserChange::{Done, Moved};
    assert_eq!(changes, [Done, Moved]);
    end(one, other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_real_programs_is_killed_again_and_again_and_nobody_loses_anything() {
    let data = process::folder();
    let steady = process::Process::start(&data);
    let invitation = process::invite(&data, "Rosa");
    let (_, code) = invitation.split_once('#').unwrap();
    let device = Device::enrol(&steady.url, code).await.unwrap();
    let mut entered = 0;
    for _ in 0..3 {
        let shaky = process::Process::start(&data);
        let there = Client::new(&shaky.url);
        let token = device.enrolled.deposit_token.clone();
        let sealed: Vec<Vec<u8>> =
            (0..12).map(|_| device.seal(&family(&device, "meteti", &["Amina"])).unwrap()).collect();
        let capsules = vec![device.capsule().1];
        let parcel = seal::Parcel { capsules, envelopes: sealed.clone() }.to_bytes();
        let sending = tokio::spawn(async move { there.deliver(&token, &parcel).await });
        tokio::task::yield_now().await;
        shaky.kill();
        let _ = sending.await.unwrap();
        // The other one goes on at once, with whatever the first had come to.
        let receipts = device.deliver(sealed).await.unwrap();
        let held = |verdict| matches!(verdict, Verdict::Accepted | Verdict::AlreadyHere);
        assert!(receipts.items.iter().all(|item| held(item.verdict)), "{:?}", receipts.items);
        entered += 12;
    }
    assert_eq!(steady.terminate(), Some(0));
    let office = open(&data).unwrap();
    let report = verify(&office, &[]).unwrap();
    assert_eq!((report.faults, report.entries), (vec![], entered));
    drop(office);
    process::clear(&data);
}
