//! The same help from two tablets without a line: both count, and whoever's came in later is told.

mod office;

use api::server::client::Device;
use domain::rules::Lists;
use domain::service::Brief;
use domain::service::distribution::more_than_once;
use domain::{Change, Field, Kind, RecordId, Role, Value};
use office::*;
use seal::Verdict;

/// A gift to somebody, delivered on a day.
fn gift(owner: RecordId, kind: &str, day: &str, more: &[(Field, Value)]) -> Change {
    let values = [
        (Field::ASSISTANCE_TYPE, text(kind)),
        (Field::ASSISTANCE_STATUS, text("delivered")),
        (Field::ASSISTANCE_DATE, text(day)),
        (Field::ASSISTANCE_QUANTITY, text("1")),
    ];
    let kept = values.into_iter().filter(|(field, _)| !more.iter().any(|(other, _)| other == field));
    hanging(Kind::ASSISTANCE, owner, &[kept.collect::<Vec<_>>(), more.to_vec()].concat())
}

fn given_twice() -> (Verdict, String) {
    (Verdict::Accepted, "given_twice".to_owned())
}

fn accepted() -> (Verdict, String) {
    (Verdict::Accepted, String::new())
}

/// The statuses of help, as the app has them.
fn lists() -> Lists {
    let path = format!("{}/../public/tables/assistance_status.csv", env!("CARGO_MANIFEST_DIR"));
    let rows = domain::overlay::Sheet::read(&std::fs::read_to_string(path).unwrap()).rows;
    Lists::read(|table| if table == "assistance_status" { rows.clone() } else { Vec::new() })
}

/// Two caseworkers of one organisation, and a family that one of them registered: group, mother, son.
async fn office() -> (Server, Device, Device, [RecordId; 3]) {
    let server = Server::start().await;
    let rosa = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let luis = server.device_of(Role::Caseworker, "panama", "HIAS").await;
    let family = register(&rosa, "meteti", &["Amina", "Yusuf"]).await;
    (server, rosa, luis, [family[0], family[1], family[2]])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_of_two_tablets_is_told_and_both_gifts_stand() {
    let (server, rosa, luis, [_, mother, son]) = office().await;
    let (first, second) = (
        gift(mother, "hygiene_kit", "2026-11-10", &[]),
        gift(mother, "hygiene_kit", "2026-11-22T10:42", &[]),
    );
    let ids = [first.record, second.record];
    let envelope = luis.seal(&entry(&luis, vec![second])).unwrap();
    assert_eq!(state(&rosa, vec![first]).await, accepted());
    let told =
        |receipts: seal::Receipts| receipts.items.into_iter().map(|item| (item.verdict, item.reason)).next();
    assert_eq!(told(luis.deliver(vec![envelope.clone()]).await.unwrap()), Some(given_twice()));
    // Sent again because the answer was lost: it is here already, and is told again.
    let again = told(luis.deliver(vec![envelope]).await.unwrap());
    assert_eq!(again, Some((Verdict::AlreadyHere, "given_twice".to_owned())));
    let held = Holder::of(&rosa).await;
    assert!(ids.iter().all(|id| held.held.contains_key(id)));
    assert_eq!(server.office.ledger().counts().unwrap().parked, 0);
    // Somebody else of the family, another kind, another time, and what is given as often as it is needed.
    for other in [
        gift(son, "hygiene_kit", "2026-11-22", &[]),
        gift(mother, "food_kit", "2026-11-22", &[]),
        gift(mother, "hygiene_kit", "2027-02-22", &[]),
        gift(mother, "legal_info", "2026-11-22", &[]),
        gift(mother, "legal_info", "2026-11-22", &[]),
    ] {
        assert_eq!(state(&luis, vec![other]).await, accepted());
    }
    // Who covers the son gives him a second one.
    let covers = (Field::ASSISTANCE_COVERS, Value::Codes(vec![son.to_string()]));
    let for_both = gift(mother, "hygiene_kit", "2026-12-20", &[covers]);
    assert_eq!(state(&rosa, vec![for_both]).await, given_twice());
    // An earlier day that comes in later.
    assert_eq!(state(&rosa, vec![gift(son, "hygiene_kit", "2026-10-30", &[])]).await, given_twice());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_reached_somebody_counts_and_who_says_why_it_is_given_again_is_not_told() {
    let (_server, rosa, luis, [_, mother, _]) = office().await;
    let status = |code: &str| (Field::ASSISTANCE_STATUS, text(code));
    for code in ["requested", "approved", "refused", "returned"] {
        assert_eq!(
            state(&rosa, vec![gift(mother, "food_kit", "2026-11-20", &[status(code)])]).await,
            accepted()
        );
    }
    let first = gift(mother, "food_kit", "2026-11-20", &[status("part")]);
    let given = first.record;
    assert_eq!(state(&rosa, vec![first]).await, accepted());
    assert_eq!(
        state(&luis, vec![gift(mother, "food_kit", "2026-11-21", &[status("approved")])]).await,
        accepted()
    );
    let again = (Field::ASSISTANCE_AGAIN, text("El primero se mojó"));
    let second = gift(mother, "food_kit", "2026-11-21", &[again]);
    let explained = second.record;
    assert_eq!(state(&luis, vec![second]).await, accepted());
    // Both were amended to have been returned: nothing is left that the next one could double.
    for id in [given, explained] {
        let amends = (Field::AMENDS, Value::Ref(id));
        let returned = gift(mother, "food_kit", "2026-11-20", &[status("returned"), amends]);
        assert_eq!(state(&rosa, vec![returned]).await, accepted());
    }
    let third = gift(mother, "food_kit", "2026-11-22", &[]);
    let amended = third.record;
    assert_eq!(state(&rosa, vec![third]).await, accepted());
    // Who corrects a gift gives nothing twice; who gives another one does.
    let amends = (Field::AMENDS, Value::Ref(amended));
    assert_eq!(state(&rosa, vec![gift(mother, "food_kit", "2026-11-22", &[amends])]).await, accepted());
    assert_eq!(state(&luis, vec![gift(mother, "food_kit", "2026-11-22", &[])]).await, given_twice());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_gifts_of_one_parcel_and_of_one_entry_meet_too_and_another_organisation_is_told_nothing() {
    let (server, rosa, _, [_, mother, son]) = office().await;
    let envelopes = [gift(mother, "bedding", "2026-11-22", &[]), gift(mother, "bedding", "2026-11-22", &[])]
        .map(|gift| rosa.seal(&entry(&rosa, vec![gift])).unwrap());
    let receipts = rosa.deliver(envelopes.to_vec()).await.unwrap();
    let reasons: Vec<&str> = receipts.items.iter().map(|item| item.reason.as_str()).collect();
    assert_eq!(reasons, ["", "given_twice"]);
    let both = vec![gift(son, "bedding", "2026-11-22", &[]), gift(son, "bedding", "2026-11-22", &[])];
    assert_eq!(state(&rosa, both).await, given_twice());
    // What is out of reach is refused as ever, and says nothing of what was given there.
    let neighbour = server.device_of(Role::Caseworker, "meteti", "NRC").await;
    let (verdict, reason) = state(&neighbour, vec![gift(mother, "bedding", "2026-11-22", &[])]).await;
    assert_eq!((verdict, reason.as_str()), (Verdict::Parked, "out_of_reach"));
    // A family registered and given to at once, with no line before.
    let family = domain::id::hex(&[0; 4]);
    let new = office::family(&rosa, "meteti", &[&family]);
    let person = new.changes[1].record;
    let gifts = [gift(person, "clothes", "2026-11-22", &[]), gift(person, "clothes", "2026-11-20", &[])];
    let changes = new.changes.into_iter().chain(gifts).collect();
    assert_eq!(state(&rosa, changes).await, given_twice());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_distribution_nobody_receives_twice_whatever_is_given() {
    let (_server, rosa, luis, [_, mother, son]) = office().await;
    let list = (Field::ASSISTANCE_DISTRIBUTION, Value::Ref(RecordId([77; 16])));
    let other = (Field::ASSISTANCE_DISTRIBUTION, Value::Ref(RecordId([78; 16])));
    let covers = (Field::ASSISTANCE_COVERS, Value::Codes(vec![mother.to_string(), son.to_string()]));
    let advice = |owner, more: &[(Field, Value)]| gift(owner, "legal_info", "2026-11-22", more);
    let (first, second) =
        (advice(mother, &[list.clone(), covers.clone()]), advice(son, &[list.clone(), covers.clone()]));
    let both = [first.record, second.record];
    // Two tablets without a line, at one list: the mother signed at one table, the son at the other.
    assert_eq!(state(&rosa, vec![first]).await, accepted());
    assert_eq!(state(&luis, vec![second]).await, given_twice());
    assert_eq!(state(&luis, vec![advice(mother, &[other, covers])]).await, accepted());
    assert_eq!(state(&luis, vec![advice(mother, &[])]).await, accepted());
    // Both tablets hold both after the next round, and each finds the family among those who received twice.
    for device in [&rosa, &luis] {
        let held = Holder::of(device).await.held;
        let briefs: Vec<Brief> = held.values().filter_map(Brief::of).collect();
        let twice = more_than_once(&briefs, RecordId([77; 16]), &lists());
        assert!(twice.contains(&mother) && twice.contains(&son), "{twice:?}");
        assert!(both.iter().all(|id| held.contains_key(id)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn within_one_parcel_each_gift_meets_what_stands_when_it_is_its_turn() {
    let (_server, rosa, luis, [_, mother, son]) = office().await;
    let first = gift(mother, "bedding", "2026-11-20", &[]);
    let id = first.record;
    assert_eq!(state(&rosa, vec![first]).await, accepted());
    let held = Holder::of(&rosa).await;
    let returned = instead(held.get(id), Field::ASSISTANCE_STATUS, text("returned"));
    // The family's gifts are looked up for the first of them; the third one says that what was found does not stand.
    let parcel = [
        gift(son, "bedding", "2026-11-21", &[]),
        gift(mother, "bedding", "2026-11-21", &[]),
        returned,
        gift(mother, "bedding", "2027-05-01", &[]),
        gift(mother, "bedding", "2027-05-02", &[]),
    ];
    let told = async |device: &Device, parcel: Vec<Change>| {
        let envelopes = parcel.into_iter().map(|change| device.seal(&entry(device, vec![change])).unwrap());
        let items = device.deliver(envelopes.collect()).await.unwrap().items;
        items.into_iter().map(|item| (item.verdict, item.reason)).collect::<Vec<_>>()
    };
    let expected = [accepted(), given_twice(), accepted(), accepted(), given_twice()];
    assert_eq!(told(&rosa, parcel.into()).await, expected);
    // One family's gifts are not another's, and what was returned in a parcel doubles nothing later in it.
    let other = register(&luis, "panama", &["Laila"]).await[1];
    let kit = gift(son, "food_kit", "2026-11-20", &[]);
    let kit_id = kit.record;
    assert_eq!(state(&rosa, vec![kit]).await, accepted());
    let held = Holder::of(&luis).await;
    let parcel = vec![
        gift(other, "food_kit", "2026-11-20", &[]),
        gift(mother, "food_kit", "2026-11-20", &[]),
        instead(held.get(kit_id), Field::ASSISTANCE_STATUS, text("returned")),
        gift(son, "food_kit", "2026-11-21", &[]),
        gift(other, "food_kit", "2026-11-21", &[]),
    ];
    let expected = [accepted(), accepted(), accepted(), accepted(), given_twice()];
    assert_eq!(told(&luis, parcel).await, expected);
}
