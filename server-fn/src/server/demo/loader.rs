//! Loads the made-up caseload through the front door: devices enrol, sign, seal and deliver like any other.

use super::caseload::{Household, households};
use super::referred::referrals;
use super::services::{Devices, Family, Key, Scribe, services};
use super::{member, user_id};
use crate::ApiError;
use crate::server::client::Device;
use crate::server::keyring::write_private;
use crate::server::{NewUser, Office, log, now_ms, tables};
use core::fmt;
use domain::Role;
use domain::rules::Lists;
use seal::{Parcel, Verdict};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Who registered the caseload: site, name, staff code. Nobody of these exists.
const REGISTRARS: &[(&str, &str, &str)] = &[
    ("meteti", "Abdiel Mosquera", "MET-01"),
    ("panama", "Xiomara Tejada", "PAN-04"),
    ("david", "Eneida Caballero", "DAV-01"),
    ("port_of_spain", "Kerwin Baptiste", "POS-02"),
    ("georgetown", "Shondell Persaud", "GEO-01"),
    ("willemstad", "Rignald Martina", "WIL-01"),
    ("oranjestad", "Shurandy Croes", "ORA-03"),
    ("paramaribo", "Cheryl Amatmoekrim", "PAR-01"),
    ("belmopan", "Delroy Castillo", "BMP-01"),
    ("la_habana", "Odalys Betancourt", "HAB-01"),
];

/// Most envelope bytes in one parcel.
const PARCEL: usize = 64 * 1024;
/// Parcels under way at a time.
const AT_ONCE: usize = 4;
/// Where what is done is marked.
const MARK: &str = "demo caseload";
/// The moment from which what staff did is counted back, the same at each try.
const MOMENT: &str = "demo moment";
/// Where it is marked that this is here too.
const SERVICES: &str = "demo services";
/// Staff of the demo who did something for people.
const WORKED: [Key; 7] = [
    "caseworker-panama",
    "caseworker-meteti",
    "counsellor-panama",
    "counsellor-meteti",
    "onpar-panama",
    "focal-inamu",
    "border-meteti",
];
/// Sites of the operation in which they work.
const WORKED_AT: [&str; 2] = ["panama", "meteti"];

/// What loading came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loaded {
    /// People.
    pub people: usize,
    /// Registration groups: one entry each.
    pub groups: usize,
    /// Entries of what was done for them.
    pub services: usize,
    /// Entries that were here already.
    pub before: usize,
    /// Entries that the server did not take over.
    pub refused: usize,
    /// Bytes of all parcels.
    pub wire: usize,
    /// Envelope bytes of families of five, and their people.
    pub fives: (usize, usize),
    /// Time to sign and seal.
    pub sealing: Duration,
    /// Time from the first parcel to the last receipt.
    pub delivering: Duration,
    /// The slowest answers: one parcel in a hundred took longer.
    pub p99: Duration,
    /// Growth of the database.
    pub ledger: u64,
}

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let a_person = |bytes: u64| bytes / self.people.max(1) as u64;
        let speed = self.groups as f64 / self.delivering.as_secs_f64().max(0.001);
        write!(
            f,
            "Loaded {} people in {} groups, {} services ({} here before, {} refused): {speed:.0} entries/s, \
             parcels p99 {} ms, sealed in {} ms, {} bytes a person on the wire ({} in a family of five), {} ledger bytes a person",
            self.people,
            self.groups,
            self.services,
            self.before,
            self.refused,
            self.p99.as_millis(),
            self.sealing.as_millis(),
            a_person(self.wire as u64),
            self.fives.0 / self.fives.1.max(1),
            a_person(self.ledger),
        )
    }
}

/// Loads the caseload unless that was done, and prints what it came to.
pub async fn load_once(office: Arc<Office>, url: String, data: std::path::PathBuf) {
    if office.ledger().is_marked(SERVICES).unwrap_or(false) {
        return;
    }
    match load(&office, &url, &data).await {
        Ok(loaded) => println!("{loaded}"),
        Err(error) => log::trouble("demo", &error),
    }
}

/// Loads the caseload into a running server whose data lies in `data`, or into several over one ledger: `url` are then
/// their addresses, with commas between, and the devices are spread over them.
///
/// # Errors
/// The first one that stopped it. Loading again goes on where it ended.
pub async fn load(office: &Arc<Office>, url: &str, data: &Path) -> Result<Loaded, String> {
    let words = |error: &dyn fmt::Display| error.to_string();
    let households = households().map_err(|error| words(&error))?;
    let mut loaded = Loaded {
        people: households.iter().map(Household::size).sum(),
        groups: households.len(),
        ..Loaded::default()
    };
    let size_before = size_of(office, data);
    let mut first = Vec::new();
    let mut others = Vec::new();
    let began = Instant::now();
    let mut families = Vec::new();
    for ((site, name, staff_code), url) in REGISTRARS.iter().zip(url.split(',').cycle()) {
        let user = NewUser {
            id: user_id(&format!("registrar {site}")),
            name: (*name).to_owned(),
            staff_code: (*staff_code).to_owned(),
            role: Role::Caseworker,
            site: (*site).to_owned(),
            organisation: super::ORGANISATION.to_owned(),
            team: String::new(),
        };
        let device = device(office, url, data, site, &user).await;
        let device = Arc::new(device.map_err(|error| words(&error))?);
        let mut parcels = Vec::new();
        let mut parcel = Packing::new(&device);
        for household in households.iter().filter(|household| household.site == *site) {
            let entry = household.entry(device.user, device.enrolment).ok_or("a group without a date")?;
            if WORKED_AT.contains(site) {
                families.push(Family::of(site, &entry));
            }
            let envelope = device.seal(&entry).map_err(|error| words(&error))?;
            if household.size() == 5 {
                loaded.fives.0 += envelope.len();
                loaded.fives.1 += 5;
            }
            if parcel.bytes + envelope.len() > PARCEL {
                parcels.push(std::mem::replace(&mut parcel, Packing::empty()));
            }
            parcel.add(envelope);
        }
        parcels.push(parcel);
        let mut parcels = parcels.into_iter().map(|packing| (Arc::clone(&device), packing.parcel));
        first.extend(parcels.next());
        others.extend(parcels);
    }
    loaded.sealing = began.elapsed();
    let began = Instant::now();
    let mut times = Vec::new();
    // The first parcel of each device carries its capsule, which the others need.
    for parcels in [first, others] {
        deliver_all(parcels, &mut loaded, &mut times).await.map_err(|error| words(&error))?;
    }
    loaded.delivering = began.elapsed();
    times.sort_unstable();
    loaded.p99 = times.get(times.len().saturating_sub(1) * 99 / 100).copied().unwrap_or_default();
    loaded.ledger = size_of(office, data).saturating_sub(size_before);
    if loaded.refused == 0 {
        office.ledger().mark(MARK, now_ms()).map_err(|error| words(&error))?;
    }
    load_services(office, url, data, &families, &mut loaded).await?;
    if loaded.refused == 0 {
        office.ledger().mark(SERVICES, now_ms()).map_err(|error| words(&error))?;
    }
    Ok(loaded)
}

/// Loads what staff did for people, in the order in which it happened: who answers a referral was told of it before.
async fn load_services(
    office: &Arc<Office>,
    url: &str,
    data: &Path,
    families: &[Family],
    loaded: &mut Loaded,
) -> Result<(), String> {
    let words = |error: &dyn fmt::Display| error.to_string();
    let url = url.split(',').next().unwrap_or_default();
    let mut devices = BTreeMap::new();
    for key in WORKED {
        let user = member(key).ok_or("somebody whom the demo does not have")?;
        let device = device(office, url, data, key, &user).await.map_err(|error| words(&error))?;
        devices.insert(key, Arc::new(device));
    }
    let known: Devices =
        devices.iter().map(|(key, device)| (*key, (device.user, device.enrolment))).collect();
    office.ledger().mark(MOMENT, now_ms()).map_err(|error| words(&error))?;
    let moment = office.ledger().marked_at(MOMENT).map_err(|error| words(&error))?.unwrap_or_default();
    let scribe = Scribe { now: Scribe::moment_of(moment), devices: &known };
    let shipped = tables::shipped();
    let lists = Lists::read(|name| shipped.get(name).map(|sheet| sheet.rows.clone()).unwrap_or_default());
    let of_site = |site: &str, place: usize| {
        let of_it = || families.iter().filter(|family| family.site == site);
        of_it().nth(place % of_it().count().max(1))
    };
    let mut deeds = services(&scribe, of_site, &lists);
    let referrals = referrals(&scribe, of_site, &lists);
    deeds.extend(referrals.sent);
    let mut times = Vec::new();
    for deeds in [deeds, referrals.answered] {
        let mut parcels: BTreeMap<Key, Vec<Packing>> = BTreeMap::new();
        for deed in deeds {
            loaded.services += 1;
            let Some(device) = devices.get(deed.by) else { continue };
            let envelope = device.seal(&deed.entry).map_err(|error| words(&error))?;
            let packed = parcels.entry(deed.by).or_insert_with(|| vec![Packing::new(device)]);
            if packed.last().is_none_or(|packing| packing.bytes + envelope.len() > PARCEL) {
                packed.push(Packing::empty());
            }
            if let Some(packing) = packed.last_mut() {
                packing.add(envelope);
            }
        }
        // One after the other: each step of a referral rests on the one before it.
        for (key, packed) in parcels {
            let Some(device) = devices.get(key) else { continue };
            for packing in packed {
                let parcel = vec![(Arc::clone(device), packing.parcel)];
                deliver_all(parcel, loaded, &mut times).await.map_err(|error| words(&error))?;
            }
        }
    }
    Ok(())
}

async fn deliver_all(
    parcels: Vec<(Arc<Device>, Parcel)>,
    loaded: &mut Loaded,
    times: &mut Vec<Duration>,
) -> Result<(), ApiError> {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut under_way = JoinSet::new();
    for (device, parcel) in parcels {
        let permits = Arc::clone(&permits);
        let parcel = parcel.to_bytes();
        loaded.wire += parcel.len();
        under_way.spawn(async move {
            let _permit = permits.acquire().await;
            let began = Instant::now();
            let receipts = device.deliver_parcel(&parcel).await?;
            Ok::<_, ApiError>((receipts, began.elapsed()))
        });
    }
    while let Some(done) = under_way.join_next().await {
        let (receipts, time) = done.map_err(|_| ApiError::Unavailable)??;
        times.push(time);
        let count = |verdict| receipts.items.iter().filter(|item| item.verdict == verdict).count();
        let (new, before) = (count(Verdict::Accepted), count(Verdict::AlreadyHere));
        loaded.before += before;
        loaded.refused += receipts.items.len() - new - before;
    }
    Ok(())
}

struct Packing {
    parcel: Parcel,
    bytes: usize,
}

impl Packing {
    fn new(device: &Device) -> Self {
        let capsule = device.capsule().1;
        Self { bytes: capsule.len(), parcel: Parcel { capsules: vec![capsule], envelopes: Vec::new() } }
    }

    fn empty() -> Self {
        Self { bytes: 0, parcel: Parcel::default() }
    }

    fn add(&mut self, envelope: Vec<u8>) {
        self.bytes += envelope.len();
        self.parcel.envelopes.push(envelope);
    }
}

/// Somebody's device: the one of an earlier start, so that what it states again is already here.
async fn device(
    office: &Office,
    url: &str,
    data: &Path,
    name: &str,
    user: &NewUser,
) -> Result<Device, ApiError> {
    let folder = data.join("demo");
    let file = format!("{name}.device");
    if let Ok(kept) = std::fs::read(folder.join(&file)) {
        return Device::reopen(url, &kept, &office.keyring().fingerprint);
    }
    let device = Device::enrol(url, &office.invite(user)?.to_text()).await?;
    write_private(&folder, &file, &device.to_bytes()?).map_err(|error| {
        log::trouble("demo", &error);
        ApiError::Unavailable
    })?;
    Ok(device)
}

fn size_of(office: &Office, data: &Path) -> u64 {
    let _ = office.ledger().settle();
    crate::server::database::size(data)
}
