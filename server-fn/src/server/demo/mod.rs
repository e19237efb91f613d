//! The demo: made-up staff, and a made-up caseload that comes in over the same road as any other.

mod caseload;
mod loader;

pub use loader::{Loaded, load, load_once};

use super::ledger::LedgerError;
use super::{NewUser, Office};
use domain::{Role, UserId};
use seal::Invitation;

/// Staff whom `amparo serve --demo` invites: key, name, staff code, role, site. Nobody of these exists.
const STAFF: &[(&str, &str, &str, Role, &str)] = &[
    ("caseworker-meteti", "Yadira Batista", "MET-03", Role::Caseworker, "meteti"),
    ("caseworker-panama", "Rubén Castillero", "PAN-07", Role::Caseworker, "panama"),
    ("counsellor-panama", "Ileana Quintero", "PAN-12", Role::Counsellor, "panama"),
    ("supervisor-panama", "Marisol De Gracia", "PAN-01", Role::Supervisor, "panama"),
    ("verifier-panama", "Edgardo Pinzón", "VER-02", Role::Verifier, "panama"),
];

/// Invites the demo's staff, each on a new device; they themselves stay the same at every start.
///
/// # Errors
/// When the ledger is not able.
pub fn invite_staff(office: &Office) -> Result<Vec<(&'static str, Invitation)>, LedgerError> {
    let invitations = STAFF.iter().map(|(key, name, staff_code, role, site)| {
        let (name, staff_code) = ((*name).to_owned(), (*staff_code).to_owned());
        let user = NewUser { id: user_id(key), name, staff_code, role: *role, site: (*site).to_owned() };
        Ok((*key, office.invite(&user)?))
    });
    invitations.collect()
}

/// The same id for the same key, so that a second start adds nobody.
fn user_id(key: &str) -> UserId {
    UserId(seal::short_digest(format!("amparo demo staff {key}").as_bytes()))
}
