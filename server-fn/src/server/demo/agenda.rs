//! Days of appointments that the demo's supervisors publish, at whose drawing every other made-up family gets a time.

use super::member;
use crate::server::client::Device;
use crate::server::intake::minutes_here;
use crate::server::{Office, appointments, log, now_ms, random};
use domain::appointment::{DAY_MINUTES, Day, weeks_of};
use domain::{Change, Entry, EntryId, Kind, Record, RecordId};
use seal::Verdict;
use std::sync::Arc;

/// Where it is marked that they are here.
const MARK: &str = "demo days";
/// Who publishes: key of the demo's staff, site, where families come to.
const OFFICES: [(&str, &str, &str); 2] = [
    ("supervisor-meteti", "meteti", "Carpa 2, junto a la entrada"),
    ("supervisor-panama", "panama", "Primer piso, sala de entrevistas"),
];

/// Publishes two weeks at each office, unless that was done, and draws the wishes that are here.
pub async fn publish_days(office: Arc<Office>, url: String) {
    if let Err(error) = publish(&office, &url).await {
        log::trouble("demo", &error);
    }
}

/// As [`publish_days`]; gives how many days were published.
///
/// # Errors
/// The first one that stopped it.
pub async fn publish(office: &Arc<Office>, url: &str) -> Result<usize, String> {
    let words = |error: &dyn core::fmt::Display| error.to_string();
    if office.ledger().mark(MARK, now_ms()).map_err(|error| words(&error))? {
        return Ok(0);
    }
    let mut published = 0;
    for (key, site, place) in OFFICES {
        let user = member(key).ok_or("the demo has no such staff")?;
        let invitation = office.invite(&user).map_err(|error| words(&error))?;
        let device = Device::enrol(url, &invitation.to_text()).await.map_err(|error| words(&error))?;
        let changes = days(office, site, place);
        published += changes.len();
        let (id, at) = (EntryId::fresh(now_ms(), random()), now_ms());
        let entry = Entry { id, author: device.user, enrolment: device.enrolment, at, changes };
        let envelope = device.seal(&entry).map_err(|error| words(&error))?;
        let receipts = device.deliver(vec![envelope]).await.map_err(|error| words(&error))?;
        if receipts.items.iter().any(|item| item.verdict != Verdict::Accepted) {
            return Err("a day of the demo was not accepted".to_owned());
        }
    }
    let drawing = Arc::clone(office);
    let seed = u64::from_be_bytes(random());
    let drawn = tokio::task::spawn_blocking(move || appointments::turn(&drawing, now_ms(), Some(seed))).await;
    drawn.map_err(|error| words(&error))?.map_err(|error| words(&error))?;
    Ok(published)
}

fn days(office: &Office, site: &str, place: &str) -> Vec<Change> {
    let today = minutes_here(office, site, now_ms()).div_euclid(DAY_MINUTES);
    let weekdays = [true, true, true, true, true, false, false];
    let day = |day: i64| Day {
        record: RecordId::fresh(now_ms(), random()),
        site: site.to_owned(),
        day,
        from: 8 * 60,
        until: 12 * 60,
        minutes: 40,
        places: 2,
        priority: 1,
        open: true,
        place: place.to_owned(),
    };
    let days = weeks_of(today + 1, 2, weekdays).into_iter().map(day);
    days.filter_map(|day| Record::new(day.record, Kind::AGENDA).change(day.facts())).collect()
}
