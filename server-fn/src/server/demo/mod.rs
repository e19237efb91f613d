//! The demo: made-up staff, and a made-up caseload that comes in over the same road as any other.

mod agenda;
mod applications;
mod caseload;
mod loader;
mod referred;
mod services;

pub use agenda::{publish as publish_demo_days, publish_days};
pub use applications::{PIN, send as send_families, send_applications};
pub use loader::{Loaded, load, load_once};

use super::ledger::LedgerError;
use super::tables::{Cabinet, NotPut};
use super::{NewUser, Office};
use domain::{Role, UserId};
use seal::Invitation;

/// The organisation that registers in the demo; a code of `tables/institutions.csv`.
const ORGANISATION: &str = "HIAS";
/// Another one, to whom the first one's records are out of reach.
const NEIGHBOUR: &str = "NRC";

/// Staff whom `amparo serve --demo` invites: key, name, staff code, role, site, organisation. Nobody of these exists.
const STAFF: &[(&str, &str, &str, Role, &str, &str)] = &[
    ("caseworker-meteti", "Yadira Batista", "MET-03", Role::Caseworker, "meteti", ORGANISATION),
    ("caseworker-panama", "Rubén Castillero", "PAN-07", Role::Caseworker, "panama", ORGANISATION),
    ("counsellor-panama", "Ileana Quintero", "PAN-12", Role::Counsellor, "panama", ORGANISATION),
    ("counsellor-meteti", "Nadiuska Ábrego", "MET-06", Role::Counsellor, "meteti", ORGANISATION),
    ("supervisor-panama", "Marisol De Gracia", "PAN-01", Role::Supervisor, "panama", ORGANISATION),
    ("supervisor-meteti", "Gumercindo Ortega", "MET-02", Role::Supervisor, "meteti", ORGANISATION),
    ("verifier-panama", "Edgardo Pinzón", "VER-02", Role::Verifier, "panama", ORGANISATION),
    ("neighbour-panama", "Itzel Samudio", "NRC-05", Role::Caseworker, "panama", NEIGHBOUR),
    ("onpar-panama", "Anayansi Cedeño", "ONP-02", Role::Counsellor, "panama", "ONPAR"),
    ("focal-inamu", "Damaris Ledezma", "INA-01", Role::ReferralFocalPoint, "panama", "INAMU"),
    ("border-meteti", "Rigoberto Chirú", "SEN-07", Role::BorderOfficer, "meteti", "SENAFRONT"),
    ("administrator", "Aracelis Him", "ADM-01", Role::Administrator, "panama", ORGANISATION),
    ("auditor", "Plutarco Arosemena", "AUD-01", Role::Auditor, "panama", ORGANISATION),
];

/// Invites the demo's staff, each on a new device; they themselves stay the same at every start.
///
/// # Errors
/// When the ledger is not able.
pub fn invite_staff(office: &Office) -> Result<Vec<(&'static str, Invitation)>, LedgerError> {
    let staff = STAFF.iter().filter_map(|row| Some((row.0, member(row.0)?)));
    staff.map(|(key, user)| Ok((key, office.invite(&user)?))).collect()
}

/// Where the demo's offices are and when they are open, all of it made up: an office fills in its own.
///
/// # Errors
/// What is wrong with it.
pub fn put_offices(cabinet: &Cabinet) -> Result<(), NotPut> {
    if cabinet.sheets()?.contains_key("sites") {
        return Ok(());
    }
    let sheet = "code,operation,address,hours,phone\n\
        meteti,PA,Calle inventada 3 (demostración),Lunes a viernes 8:00–15:00,+507 000-0001\n\
        panama,PA,Avenida inventada 12 (demostración),Lunes a sábado 8:00–16:00,+507 000-0002\n";
    cabinet.put("sites", sheet).map(|_| ())
}

/// One of them.
fn member(key: &str) -> Option<NewUser> {
    let (_, name, staff_code, role, site, organisation) = STAFF.iter().find(|row| row.0 == key)?;
    let (name, staff_code) = ((*name).to_owned(), (*staff_code).to_owned());
    let (site, organisation) = ((*site).to_owned(), (*organisation).to_owned());
    Some(NewUser { id: user_id(key), name, staff_code, role: *role, site, organisation, team: String::new() })
}

/// The same id for the same key, so that a second start adds nobody.
fn user_id(key: &str) -> UserId {
    UserId(seal::short_digest(format!("amparo demo staff {key}").as_bytes()))
}
