//! Floods, told over real HTTP: thousands of made-up applications fill neither the disk nor the tablets, and every real
//! family gets in, or is found by whoever types its reference.

mod families;
mod office;

use api::ApiError;
use api::server::intake::Room;
use api::server::intake::client::{Family, Posted};
use api::server::limits::{Kind, Network, Who, rule};
use api::server::now_ms;
use domain::Role;
use domain::application::{Act, Phase, Reply};
use families::*;
use office::{Server, all_records};
use seal::letter::Fate;
use std::sync::atomic::Ordering;

const SMALL: Room = Room { rows: 40, bytes: 4 * 1024 * 1024, few: 3 };

fn wide(address: &str) -> Who {
    Who::Network(Network::of(address.parse().unwrap()).wide())
}

/// Uses up the turns of whoever hands applications in.
fn exhaust(server: &Server, who: Who) {
    while server.office.limits().take(Kind::Application, who).is_ok() {}
}

/// Hands in families one after the other; what became of each.
async fn send(server: &Server, from: &str, families: &[Family]) -> Vec<Fate> {
    let phone = phone(server, from);
    let mut fates = Vec::new();
    for family in families {
        fates.push(phone.hand_in(&family.letter()).await.unwrap().0);
    }
    fates
}

/// The bytes of a letter with as much work as is asked for now.
fn worked(letter: &Posted, bits: u8) -> Vec<u8> {
    let nonces = (0_u64..).map(u64::to_be_bytes);
    let mut posted = nonces.map(|nonce| seal::letter::posted(nonce, &letter.bytes[8..]));
    posted.find(|posted| seal::letter::received(posted, bits).is_ok()).unwrap()
}

fn many(count: usize) -> Vec<Family> {
    (0..count).map(|_| family("meteti", &["Junk"])).collect()
}

#[test]
fn every_real_family_of_a_busy_day_is_judged_at_once() {
    let from = rule(Kind::Application, &wide("192.0.2.7")).unwrap();
    let all = rule(Kind::Application, &Who::Anybody).unwrap();
    // A hundred and twenty at once from one shelter; of three people each, more in a day than ever came through Darién in
    // one (some 4,000 people).
    assert!(from.burst >= 120 && 86_400_000 / from.every >= 2_000);
    assert!(all.burst >= 600 && 86_400_000 / all.every >= 4_000);
}

#[test]
fn tablets_are_handed_no_more_made_up_applications_in_a_day_than_they_can_bear() {
    let a_day =
        [Kind::Application, Kind::Turn].map(|kind| 86_400_000 / rule(kind, &Who::Anybody).unwrap().every);
    assert!(a_day.iter().sum::<u64>() <= 7_200, "{a_day:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_waits_while_families_from_elsewhere_are_let_in_at_once() {
    let (server, time) = server(SMALL).await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    exhaust(&server, wide("192.0.2.7"));
    let bits = server.office.work_bits();
    // From addresses of one block, as if they were many.
    let junk = many(25);
    let mut fates = send(&server, "192.0.2.7", &junk[..12]).await;
    fates.extend(send(&server, "192.0.2.200", &junk[12..]).await);
    assert_eq!(
        fates.iter().filter(|fate| **fate == Fate::Taken).count(),
        20,
        "no more than half of the room"
    );
    assert!(fates[20..].iter().all(|fate| *fate == Fate::Later), "the phone keeps it");
    assert_eq!(server.office.ledger().application_counts().unwrap().quarantined, 20);
    assert!(server.office.work_bits() > bits, "and each letter costs more");
    assert!(all_records(&device).await.is_empty());

    let rosa = family("meteti", &["Rosa"]);
    assert_eq!(phase(phone(&server, "198.51.100.9").hand_in(&rosa.letter()).await.unwrap()), Phase::Received);
    assert!(record(&device, &rosa).await.is_some());
    // The same letter once more takes no second place.
    send(&server, "192.0.2.7", &junk[..1]).await;
    assert_eq!(server.office.ledger().application_counts().unwrap().quarantined, 20);
    // Turns go round: one of the flood at each, however many there are of it.
    let now = now_ms();
    assert_eq!(server.office.give_turns(now), Ok(1));
    assert_eq!(server.office.give_turns(now + 3_000), Ok(0));
    assert_eq!(server.office.give_turns(now + 30_000), Ok(1));
    assert_eq!(all_records(&device).await.len(), 3);
    // Whoever has been let in corrects what they said, flood or not.
    time.fetch_add(1, Ordering::Relaxed);
    let told =
        standing(phone(&server, "192.0.2.7").hand_in(&corrected(&rosa, "Rosalía").letter()).await.unwrap());
    assert_eq!(told.revision, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_within_a_flood_hears_that_it_is_here_and_is_found_by_its_reference() {
    let (server, _) = server(SMALL).await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let neighbour = server.device_of(Role::Caseworker, "meteti", "NRC").await;
    let auditor = server.device_of(Role::Auditor, "panama", "HIAS").await;
    exhaust(&server, wide("192.0.2.7"));
    let (mut rosa, eva) = (family("meteti", &["Rosa"]), family("meteti", &["Eva"]));
    rosa.wish = Some(domain::appointment::Wish::default());
    send(&server, "192.0.2.7", &many(5)).await;
    let inside = phone(&server, "192.0.2.7");
    for family in [&rosa, &eva] {
        let told = standing(inside.hand_in(&family.letter()).await.unwrap());
        assert_eq!((told.phase, told.site.as_str()), (Phase::Received, "meteti"));
    }
    assert_eq!(phase(inside.hand_in(&rosa.ask(Act::Status)).await.unwrap()), Phase::Received);
    let wrong = Family { key: [1; 32], ..rosa.clone() };
    assert_eq!(inside.hand_in(&wrong.ask(Act::Status)).await.unwrap().1, Some(Reply::NotKnown));
    assert!(record(&device, &rosa).await.is_none());
    let counts = auditor.intake_counts().await.unwrap();
    assert_eq!((counts.quarantined, counts.taken, counts.work_bits), (7, 0, server.office.work_bits()));
    assert_eq!(device.intake_counts().await.err(), Some(ApiError::Refused));

    let found = device.find_application(&rosa.reference().to_string().to_lowercase()).await.unwrap();
    assert!(found.here && found.promoted);
    assert_eq!((found.record, found.site.as_str()), (Some(rosa.application.id), "meteti"));
    assert!(record(&device, &rosa).await.is_some());
    let again = device.find_application(rosa.reference().as_str()).await.unwrap();
    assert!(again.here && !again.promoted);
    assert_eq!(server.office.ledger().application_counts().unwrap().quarantined, 6);
    // Another organisation hears where it lies, and reads nothing of it; of nothing nobody hears anything.
    let theirs = neighbour.find_application(rosa.reference().as_str()).await.unwrap();
    assert_eq!(
        (theirs.here, theirs.record, theirs.site.as_str(), theirs.organisation.as_str()),
        (false, None, "meteti", "HIAS")
    );
    assert!(all_records(&neighbour).await.is_empty());
    for nothing in [family("meteti", &["N"]).reference().to_string(), "no such thing".into(), String::new()] {
        assert_eq!(device.find_application(&nothing).await.unwrap(), seal::found::Found::default());
    }
    assert_eq!(auditor.find_application(rosa.reference().as_str()).await.err(), Some(ApiError::Refused));
    // Nobody types through all references there are.
    let user = Who::User(device.user);
    while server.office.limits().take(Kind::FindApplication, user).is_ok() {}
    let refused = device.find_application(eva.reference().as_str()).await.err();
    assert!(matches!(refused, Some(ApiError::TooMany { .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_as_taken_is_never_let_go_of_and_newcomers_get_in_beside_a_flood() {
    let (server, _) = server(SMALL).await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    exhaust(&server, Who::Anybody);
    // Behind the same address as the flood, and early.
    let inside = phone(&server, "192.0.2.7");
    let rosa = family("meteti", &["Rosa"]);
    let letter = inside.post(&rosa.letter(), server.office.work_bits()).unwrap();
    assert_eq!(phase(inside.hand_in_posted(&letter).await.unwrap()), Phase::Received);
    let mut taken = vec![rosa.clone()];
    for (block, wanted) in [("192.0.2.7", 19), ("198.51.100.7", 10), ("203.0.113.7", 3)] {
        let junk = many(22);
        let fates = send(&server, block, &junk).await;
        let here = fates.iter().filter(|fate| **fate == Fate::Taken).count();
        assert_eq!(here, wanted, "{block}");
        assert!(fates.iter().all(|fate| [Fate::Taken, Fate::Later].contains(fate)));
        taken.extend(junk.into_iter().zip(fates).filter(|(_, fate)| *fate == Fate::Taken).map(|(it, _)| it));
    }
    let families = [family("meteti", &["Eva"]), family("meteti", &["Ana"])];
    assert_eq!(send(&server, "100.64.9.4", &families).await, [Fate::Taken; 2]);
    assert_eq!(send(&server, "192.0.2.9", &many(1)).await, [Fate::Later]);
    // The same letter again needs no second place, although there is none.
    let mut again = letter.clone();
    again.bytes = worked(&letter, server.office.work_bits());
    assert_eq!(phase(inside.hand_in_posted(&again).await.unwrap()), Phase::Received);
    let counts = server.office.ledger().application_counts().unwrap();
    assert_eq!((counts.quarantined, counts.taken), (35, 0));
    taken.extend(families);
    for family in &taken {
        assert!(device.find_application(family.reference().as_str()).await.unwrap().here);
    }
    assert_eq!(server.office.ledger().application_counts().unwrap().taken, 35);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_quarantine_is_counted_again_after_a_restart() {
    let (server, _) = server(SMALL).await;
    server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    exhaust(&server, Who::Anybody);
    for block in ["192.0.2.7", "198.51.100.7"] {
        assert_eq!(send(&server, block, &many(2)).await, [Fate::Taken; 2]);
    }
    let settings = api::server::intake::Settings { bits: BITS, room: SMALL };
    let again = crate::office::open(&server.data).unwrap().with_intake(settings);
    assert_eq!(again.give_turns(now_ms()), Ok(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hands_in_too_many_letters_is_told_when_to_try_again() {
    let (server, time) = server(SMALL).await;
    server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let from = Who::Network(Network::of("192.0.2.7".parse().unwrap()));
    while server.office.limits().take(Kind::Letter, from).is_ok() {}
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    assert_eq!(phone.hand_in(&rosa.letter()).await.err(), Some(ApiError::TooMany { seconds: 1 }));
    let neighbour = families::phone(&server, "192.0.2.8");
    assert_eq!(phase(neighbour.hand_in(&rosa.letter()).await.unwrap()), Phase::Received);
    time.fetch_add(1_000, Ordering::Relaxed);
    assert_eq!(phase(phone.hand_in(&rosa.letter()).await.unwrap()), Phase::Received);
    assert_eq!(server.office.ledger().counts().unwrap().entries, 1);
}
