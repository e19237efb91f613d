//! The demo caseload comes in over the road, and tablets collect their operation's share.

mod office;

use api::server::intake::client::Phone;
use api::server::{Site, demo, intake, random};
use domain::application::{Act, Letter, MARKS, Phase, Reply, State, Summary};
use domain::service::{Referral, Status};
use domain::{Field, Kind, Role, Value};
use office::*;
use std::collections::BTreeSet;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn the_caseload_arrives_whole_and_only_once() {
    let server = Server::start().await;
    let loaded = demo::load(&server.office, &server.url, &server.data).await.unwrap();
    assert_eq!((loaded.people, loaded.groups, loaded.before, loaded.refused), (7_890, 5_575, 0, 0));
    let again = demo::load(&server.office, &server.url, &server.data).await.unwrap();
    assert_eq!((again.before, again.refused), (5_575 + loaded.services, 0));
    let counts = server.office.ledger().counts().unwrap();
    assert_eq!((counts.entries, counts.waiting, counts.parked), (5_575 + loaded.services as u64, 0, 0));
    let budget = 600;
    assert!(loaded.fives.0 / loaded.fives.1 <= budget, "bytes a person in a family of five");

    let panama = server.device_of(Role::Caseworker, "panama", "HIAS").await;
    let (pages, _) = panama.collect(Vec::new(), 64 * 1024).await.unwrap();
    let total = pages[0].total;
    let records: Vec<_> = pages.into_iter().flat_map(|page| page.records).collect();
    assert_eq!(records.len() as u64, total);
    let people = records.iter().filter(|record| record.kind == Kind::INDIVIDUAL).count();
    // Metetí, Panama City and David: the figures of the caseload's README.
    assert_eq!(people, 368 + 1_396 + 285);
    let (mut bytes, mut cursor) = (0, Vec::new());
    loop {
        let collected = panama.client.collect(&cursor, 64 * 1024).await.unwrap();
        bytes += collected.page.len();
        cursor = collected.cursor.to_vec();
        if !collected.more {
            break;
        }
    }
    assert!(bytes / people <= 250, "{} bytes a person in a first collect", bytes / people);
    // What was done for them, as who may know of all of it sees it; and each desk what was sent to it.
    for (role, site, organisation, wanted) in [
        (Role::Counsellor, "panama", "HIAS", [300, 408, 30, 54]),
        (Role::Counsellor, "meteti", "HIAS", [300, 408, 30, 60]),
        (Role::Counsellor, "panama", "ONPAR", [0, 0, 0, 18]),
        (Role::ReferralFocalPoint, "panama", "INAMU", [0, 0, 0, 18]),
        (Role::BorderOfficer, "meteti", "SENAFRONT", [0; 4]),
    ] {
        let device = server.device_of(role, site, organisation).await;
        let records = all_records(&device).await;
        let count = |kind: Kind| records.iter().filter(|record| record.kind == kind).count();
        let kinds = [Kind::SESSION, Kind::ASSISTANCE, Kind::NEED, Kind::REFERRAL];
        assert_eq!(kinds.map(count), wanted, "{organisation} at {site}");
        let referrals = records.iter().filter_map(Referral::of);
        let states: BTreeSet<Status> = referrals.map(Referral::status).collect();
        assert!(wanted[3] == 0 || states.len() >= 3, "{states:?}");
    }
    // Another organisation at the same place is handed nothing of it.
    let neighbour = server.device_of(Role::Counsellor, "panama", "NRC").await;
    assert!(all_records(&neighbour).await.is_empty());
    for group in records.iter().filter(|record| record.kind == Kind::GROUP) {
        let site = group.value(Field::SITE).and_then(Value::as_text).unwrap();
        assert!(["meteti", "panama", "david"].contains(&site));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn families_with_every_mark_of_urgency_pre_register_at_two_offices_and_only_once() {
    let data = std::env::temp_dir().join(format!("amparo-demo-{}", domain::id::hex(&random::<8>())));
    let office = crate::office::open(&data).unwrap().with_intake(intake::Settings::gentle());
    demo::invite_staff(&office).unwrap();
    let server = Server::running(Arc::new(office), data, None, Site::Absent).await;
    let reference = demo::send_families(&server.office, &server.url).await.unwrap().unwrap();
    assert_eq!(demo::send_families(&server.office, &server.url).await, Ok(None));
    let device = server.device_of(Role::Caseworker, "panama", "HIAS").await;
    let records = all_records(&device).await;
    let families: Vec<Summary> = records.iter().filter_map(Summary::of).collect();
    assert_eq!(families.len(), 25);
    let at = |site: &str| families.iter().filter(|family| family.site == site).count();
    assert_eq!((at("meteti"), at("panama")), (13, 12));
    let marks: BTreeSet<&str> = families.iter().flat_map(Summary::marks).collect();
    assert_eq!(marks, MARKS.into_iter().collect());
    let languages: BTreeSet<&str> = families.iter().map(|family| family.language.as_str()).collect();
    assert_eq!(languages.len(), 6);
    assert!(families.iter().all(|family| !family.name.is_empty() && family.state == State::Received));
    // Whoever tries the demo asks how one of them stands.
    let salt = seal::short_digest(format!("amparo/status/1{}", reference.as_str()).as_bytes());
    let key = *seal::Kdf::FLOOR.stretch(demo::PIN, &salt).unwrap();
    let ask = Letter::Ask { reference: reference.to_string(), key, act: Act::Status };
    let phone = Phone::new(&server.url, device.server.clone(), None);
    let told = phone.hand_in(&ask).await.unwrap().1;
    assert!(matches!(told, Some(Reply::Standing(standing)) if standing.phase == Phase::Received));
}

#[test]
fn staff_stay_the_same_at_every_start() {
    let data =
        std::env::temp_dir().join(format!("amparo-demo-{}", domain::id::hex(&api::server::random::<8>())));
    let office = crate::office::open(&data).unwrap();
    let keys = || demo::invite_staff(&office).unwrap().into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(keys(), keys());
    assert_eq!(keys().len(), 13);
    drop(office);
    std::fs::remove_dir_all(data).unwrap();
}
