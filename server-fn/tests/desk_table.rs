//! Desks as administrators look after them: over real HTTP, down to the table that devices are handed.

mod office;

use api::ApiError;
use api::server::client::Client;
use api::server::client::Device;
use api::server::{NewUser, now_ms, random};
use domain::overlay::{self, Place, Sheet};
use domain::rules::days::day_of_text;
use domain::service::{Desk, desks_for};
use domain::{Role, UserId};
use office::*;
use seal::OfficeTables;

/// Somebody of a role at a site, for whom a passkey counts as shown just now.
async fn keeper(server: &Server, role: Role, site: &str) -> Device {
    let user = NewUser {
        id: UserId::fresh(now_ms(), random()),
        name: format!("Staff {site}"),
        staff_code: format!("{site}-{}", role.key()),
        role,
        site: site.to_owned(),
        organisation: String::new(),
        team: String::new(),
    };
    let text = server.office.invite(&user).unwrap().to_text();
    let device = Device::enrol(&server.url, &text).await.unwrap();
    let database = crate::office::beside(&server.data);
    let update = "UPDATE sessions SET elevated_at = $1 WHERE enrolment_id = $2";
    let now = i64::try_from(now_ms()).unwrap();
    assert!(database.execute(update, (now, device.enrolment.0)).unwrap() > 0);
    device
}

const CLINIC: [(&str, &str); 8] = [
    ("code", "clinic"),
    ("institution", "LAW_CLINICS"),
    ("site", "meteti"),
    ("label_es", "Consultorio de Metetí"),
    ("sectors", "legal;documentation"),
    ("languages", "es"),
    ("answers", "slip"),
    ("phone", "+507 555-0101"),
];

fn with<'a>(cells: &[(&'a str, &'a str)], changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = cells.iter().filter(|(column, _)| !changed.iter().any(|(other, _)| other == column));
    kept.chain(changed).copied().collect()
}

/// The desks that devices of an operation and a site know, as the server hands the table out.
fn desks(server: &Server) -> Vec<Desk> {
    let shipped = Sheet::read(include_str!("../../public/tables/desks.csv"));
    let own = std::fs::read_to_string(server.data.join("tables/desks.csv")).unwrap_or_default();
    let place = Place { operation: "PA".into(), site: "meteti".into(), programme: String::new() };
    Desk::read(&overlay::overlay("desks", &shipped, &Sheet::read(&own), &place).rows)
}

fn legal_at_meteti(server: &Server, today: &str) -> Vec<String> {
    desks_for(&desks(server), "legal", "meteti", day_of_text(today).unwrap())
        .iter()
        .take(2)
        .map(|desk| desk.code.clone())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_is_added_changed_and_retired_and_takes_people_between_its_days() {
    let server = Server::start().await;
    let device = keeper(&server, Role::Administrator, "meteti").await;
    let put = async |cells: &[(&str, &str)]| device.client.put_place("desks", cells).await.unwrap().faults;
    assert!(put(&CLINIC).await.is_empty());
    let today = "2026-11-22";
    assert_eq!(legal_at_meteti(&server, today), ["onpar_meteti", "clinic"]);
    let clinic = || desks(&server).into_iter().find(|desk| desk.code == "clinic").unwrap();
    assert_eq!(
        (clinic().sectors, clinic().has_accounts, clinic().dialled()),
        (vec!["legal".to_owned(), "documentation".to_owned()], false, "+5075550101".to_owned())
    );
    // Changed: what is not said of it stays.
    assert!(
        put(&[("code", "clinic"), ("hours", "lun a vie, 8:00 a 15:00"), ("valid_to", "2026-11-30")])
            .await
            .is_empty()
    );
    assert_eq!(
        (clinic().hours.as_str(), clinic().phone.as_str()),
        ("lun a vie, 8:00 a 15:00", "+507 555-0101")
    );
    assert!(legal_at_meteti(&server, "2026-11-30").contains(&"clinic".to_owned()));
    assert!(!legal_at_meteti(&server, "2026-12-01").contains(&"clinic".to_owned()));
    assert!(put(&[("code", "clinic"), ("valid_to", ""), ("retired", "1")]).await.is_empty());
    assert!(!legal_at_meteti(&server, today).contains(&"clinic".to_owned()));
    // It is still there, for whatever was recorded with it.
    assert!(clinic().retired && clinic().valid_to.is_none());
    // One that is shipped is told of its hours.
    assert!(put(&[("code", "hias_meteti"), ("hours", "8 a 16")]).await.is_empty());
    assert!(desks(&server).iter().any(|desk| desk.code == "hias_meteti" && desk.hours == "8 a 16"));
    // What was put is handed to every device, signed.
    let answer = Client::new(&server.url).office_tables(Vec::new()).await.unwrap();
    let told = OfficeTables::from_bytes(&answer, &device.server.signing).unwrap();
    assert!(
        told.changed
            .iter()
            .any(|table| table.name == "desks" && table.text.contains("Consultorio de Metetí"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_desk_is_said_by_column_and_nothing_is_put() {
    let server = Server::start().await;
    let device = keeper(&server, Role::Administrator, "meteti").await;
    for (changed, expected) in [
        (("institution", ""), ("institution", "missing")),
        (("institution", "NOBODY"), ("institution", "unknown")),
        (("site", "nowhere"), ("site", "unknown")),
        // A site of another operation is none here.
        (("site", "georgetown"), ("site", "unknown")),
        (("sectors", "dance"), ("sectors", "unknown")),
        (("languages", ""), ("languages", "missing")),
        (("answers", "pigeon"), ("answers", "unknown")),
        (("label_es", ""), ("label_es", "missing")),
        (("valid_from", "mañana"), ("valid_from", "no_day")),
    ] {
        let faults = device.client.put_place("desks", &with(&CLINIC, &[changed])).await.unwrap().faults;
        assert_eq!(faults, [(expected.0.to_owned(), expected.1.to_owned())], "{changed:?}");
    }
    let backwards = with(&CLINIC, &[("valid_from", "2026-12-01"), ("valid_to", "2026-11-30")]);
    let faults = device.client.put_place("desks", &backwards).await.unwrap().faults;
    assert_eq!(faults, [("valid_to".to_owned(), "ends_before".to_owned())]);
    let scoped = device.client.put_place("desks", &with(&CLINIC, &[("scope", "site:meteti")])).await;
    assert_eq!(scoped.unwrap_err(), ApiError::Malformed);
    assert!(!server.data.join("tables/desks.csv").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_alone_change_desks() {
    let server = Server::start().await;
    for role in [Role::Supervisor, Role::Caseworker, Role::ReferralFocalPoint, Role::Auditor] {
        let device = keeper(&server, role, "meteti").await;
        let put = device.client.put_place("desks", &CLINIC).await;
        assert_eq!(put.unwrap_err(), ApiError::Refused, "{role:?}");
    }
    assert!(!server.data.join("tables/desks.csv").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_serves_every_site_is_given_none_by_the_administrator_of_one() {
    let server = Server::start().await;
    let device = keeper(&server, Role::Administrator, "meteti").await;
    let put = async |cells: &[(&str, &str)]| device.client.put_place("desks", cells).await.unwrap().faults;
    let inadeh = || desks(&server).into_iter().find(|desk| desk.code == "inadeh_panama").unwrap();
    assert_eq!(inadeh().site, "");
    let narrowed = [("code", "inadeh_panama"), ("site", "meteti"), ("hours", "8 a 16")];
    assert_eq!(put(&narrowed).await, [("site".to_owned(), "fixed".to_owned())]);
    assert!(!server.data.join("tables/desks.csv").exists());
    // All else of it may be said, before and after.
    assert!(put(&[("code", "inadeh_panama"), ("site", ""), ("hours", "8 a 16")]).await.is_empty());
    assert_eq!(put(&narrowed).await, [("site".to_owned(), "fixed".to_owned())]);
    assert_eq!((inadeh().site, inadeh().hours), (String::new(), "8 a 16".to_owned()));
    // A desk of its own at a site is added beside it, and one that has a site may be moved.
    assert!(put(&with(&CLINIC, &[("code", "inadeh_meteti"), ("institution", "INADEH")])).await.is_empty());
    assert!(put(&[("code", "iom_meteti"), ("site", "panama")]).await.is_empty());
}
