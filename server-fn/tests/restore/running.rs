//! A database that goes back under a running office, as one does whose standby lagged behind when it took over; and what
//! was used up or ended in what is lost by it.

use super::office::{self, Server, beside, line};
use super::story::*;
use api::ApiError;
use api::server::audit::verify::verify;
use api::server::audit::{AuditEvent, Began, What};
use api::server::backup::{self, Leave, TakenOver};
use api::server::client::{Client, Device};
use api::server::ledger::{Added, GrantKind, GrantRow, PasskeyRow, RequestRow, RequestState};
use api::server::sql::tables;
use api::server::{Office, Site, now_ms, random};
use domain::{RecordId, Role};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A copy of a database that others go on writing to.
fn copy_of(data: &Path) -> PathBuf {
    let copy = elsewhere("earlier");
    beside(data).execute_batch(&format!("VACUUM INTO '{}'", copy.display())).unwrap();
    copy
}

/// The database of a running office holds what a copy holds, from one moment to the next.
fn goes_back(data: &Path, copy: &Path) {
    let database = beside(data);
    let mut all = vec![
        "PRAGMA foreign_keys = OFF".to_owned(),
        format!("ATTACH DATABASE '{}' AS earlier", copy.display()),
        "BEGIN IMMEDIATE".to_owned(),
    ];
    for table in tables(&database).unwrap() {
        all.push(format!("DELETE FROM main.{table}"));
        all.push(format!("INSERT INTO main.{table} SELECT * FROM earlier.{table}"));
    }
    all.extend(["COMMIT", "DETACH DATABASE earlier"].map(str::to_owned));
    database.execute_batch(&all.join("; ")).unwrap();
}

fn alarms(office: &Office) -> usize {
    let rows = office.ledger().audit_chain(0, 10_000).unwrap();
    rows.iter().filter(|link| link.row.what == What::HistoryRewritten.code()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_back_under_a_running_office_is_noticed_and_who_joined_or_was_ended_stays_so() {
    if office::postgres::is_wanted() {
        return;
    }
    for somebody_enrols_first in [false, true] {
        let mut story = Story::begin(11, 2).await;
        story.office = story.office.meanwhile(|_| ()).await;
        story.work(6).await;
        let url = story.office.url.clone();
        let invite = |story: &Story| story.office.invite(Role::Caseworker, "meteti");
        let used = invite(&story);
        let lost = Device::enrol(&url, &invite(&story)).await.unwrap();
        let left = Device::enrol(&url, &invite(&story)).await.unwrap();
        let copy = copy_of(story.office.data());
        Device::enrol(&url, &used).await.unwrap();
        story.office.running().set_revoked(lost.enrolment, true).unwrap();
        story.office.running().set_user(left.user, Role::Caseworker, "meteti", true).unwrap();
        story.enrols().await;
        story.work(4).await;
        story.rounds(1).await;
        story.office.running().still_serves().unwrap();
        assert_eq!(story.began(), []);
        goes_back(story.office.data(), &copy);
        assert!(!story.office.running().ledger().member(lost.enrolment).unwrap().unwrap().enrolment.revoked);
        if somebody_enrols_first {
            story.enrols().await;
        } else {
            story.office.running().still_serves().unwrap();
        }
        assert_eq!(story.began(), [Some(Began::PutBack)]);
        let ledger = story.office.running().ledger();
        assert!(ledger.member(lost.enrolment).unwrap().unwrap().enrolment.revoked);
        assert!(ledger.users(&[left.user]).unwrap()[0].disabled);
        // What the database no longer knows to have been used is good for nobody.
        assert_eq!(Device::enrol(&url, &used).await.err(), Some(ApiError::InvitationExpired));
        story.rounds(3).await;
        story.check("gone back under a running office").await;
        story.office.running().still_serves().unwrap();
        assert_eq!((story.began(), alarms(story.office.running())), (vec![Some(Began::PutBack)], 0));
        fs::remove_file(copy).unwrap();
        story.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_enrolled_in_what_is_lost_is_known_again_when_a_device_is_the_first_to_tell() {
    if office::postgres::is_wanted() {
        return;
    }
    let server = Server::start().await;
    let first = server.device(Role::Caseworker, "meteti").await;
    let copy = copy_of(&server.data);
    let second = server.device(Role::Caseworker, "meteti").await;
    server.office.set_revoked(second.enrolment, true).unwrap();
    let sent = vec![first.seal(&office::family(&first, "meteti", &["Amina"])).unwrap()];
    let checkpoint = first.deliver(sent).await.unwrap().checkpoint.unwrap();
    goes_back(&server.data, &copy);
    first.client.echo(&first.enrolled.deposit_token, &checkpoint).await.unwrap();
    let report = verify(&server.office, &[]).unwrap();
    let began: Vec<_> = report.epochs.iter().map(|epoch| epoch.why).collect();
    assert_eq!((report.faults.as_slice(), began), (&[][..], vec![Some(Began::HandedBack)]));
    let known = server.office.ledger().member(second.enrolment).unwrap().unwrap();
    assert!(known.enrolment.revoked);
    fs::remove_file(copy).unwrap();
    fs::remove_dir_all(server.stop().await).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_devices_that_hand_back_at_once_one_has_an_epoch_begun_and_nobody_is_told_of_tampering() {
    if office::postgres::is_wanted() {
        return;
    }
    let server = Server::start().await;
    let mut devices = Vec::new();
    for _ in 0..12 {
        devices.push(server.device(Role::Caseworker, "meteti").await);
    }
    for round in 1..=6 {
        let copy = copy_of(&server.data);
        // The line that tells of the epoch gets the number of this one.
        server.office.note(AuditEvent::of(What::Exported)).unwrap();
        let mut held = Vec::new();
        for device in &devices {
            let sent = vec![device.seal(&office::family(device, "meteti", &["Amina"])).unwrap()];
            held.push(device.deliver(sent).await.unwrap().checkpoint.unwrap());
        }
        goes_back(&server.data, &copy);
        let mut busy = Vec::new();
        for (device, checkpoint) in devices.iter().zip(held) {
            let (client, token) = (Client::new(&server.url), device.enrolled.deposit_token.clone());
            busy.push(tokio::spawn(async move { client.echo(&token, &checkpoint).await.map(|_| ()) }));
        }
        for device in busy {
            device.await.unwrap().unwrap();
        }
        let report = verify(&server.office, &[]).unwrap();
        assert_eq!((report.faults, alarms(&server.office)), (vec![], 0), "round {round}");
        assert_eq!(report.epochs.len(), round);
        assert!(report.epochs.iter().all(|epoch| epoch.why == Some(Began::HandedBack)));
        fs::remove_file(copy).unwrap();
    }
    fs::remove_dir_all(server.stop().await).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_used_up_or_ended_since_a_backup_stays_so_when_it_is_restored() {
    let server = Server::start().await;
    let device = server.device(Role::Administrator, "meteti").await;
    let (unused, used) =
        (server.invite(Role::Caseworker, "meteti").1, server.invite(Role::Caseworker, "meteti").1);
    let ledger = server.office.ledger();
    let passkey = |credential: &[u8]| PasskeyRow {
        credential: credential.to_vec(),
        user: device.user,
        public: vec![2; 32],
        counter: 0,
        copyable: false,
        added_at: now_ms(),
        shown_at: 0,
    };
    for credential in [&b"stolen"[..], b"kept"] {
        assert_eq!(ledger.add_passkey(passkey(credential), false, line()).unwrap(), Added::New);
    }
    let (id, group, now) = (random(), RecordId(random()), now_ms());
    let request = RequestRow {
        id,
        user: device.user,
        enrolment: device.enrolment,
        group,
        kind: GrantKind::BreakGlass,
        asked_at: now,
        state: RequestState::Granted,
        answered_by: None,
        answered_at: 0,
        seen_by: None,
        seen_at: 0,
        sealed: vec![0; 40],
    };
    let (kind, until) = (GrantKind::BreakGlass, now + 3_600_000);
    let grant = GrantRow { id, user: device.user, group, kind, from: now, until, ended: None };
    ledger.ask_access(request, Some(grant), None, line()).unwrap();
    assert_eq!(ledger.active(device.user, now_ms()).unwrap().len(), 1);
    server.office.keep_roster().unwrap();
    let file = elsewhere("ended");
    save(&server.data, &file);
    Device::enrol(&server.url, &used).await.unwrap();
    assert!(ledger.remove_passkey(device.user, b"stolen", [0; 32], false).unwrap());
    server.office.keep_roster().unwrap();
    let data = server.stop().await;
    // Lines that only the ledger was told are nothing that verify knows.
    let leave = Leave { replace: true, even_so: true };
    let restored = backup::restore(&file, &place(&data), leave).unwrap();
    assert_eq!(restored.taken_over, TakenOver { people: 0, devices: 1, ended: 1 });
    let server = Server::running(Arc::new(restored.office), data, None, Site::Absent).await;
    let ledger = server.office.ledger();
    let passkeys = ledger.passkeys(device.user).unwrap();
    assert_eq!(passkeys.iter().map(|row| &row.credential[..]).collect::<Vec<_>>(), [b"kept"]);
    assert_eq!(ledger.active(device.user, now_ms()).unwrap(), []);
    assert_eq!(ledger.pending(now_ms()).unwrap(), []);
    for invitation in [unused, used] {
        assert_eq!(Device::enrol(&server.url, &invitation).await.err(), Some(ApiError::InvitationExpired));
    }
    // Whoever is invited now joins as ever.
    server.device(Role::Caseworker, "meteti").await;
    fs::remove_file(file).unwrap();
    fs::remove_dir_all(server.stop().await).unwrap();
}
