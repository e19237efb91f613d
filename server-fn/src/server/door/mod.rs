//! What the applicants' door is told: the offices that take applications, with their intake keys, addresses and hours.

pub mod client;
mod keys;
mod page;

pub use keys::Place;
pub use page::{PATH, page};

use crate::ApiError;
use crate::server::ledger::LedgerError;
use crate::server::request::blocking;
use crate::server::slips::table;
use crate::server::{Office, appointments, log, now_ms};
use domain::application::{Door, OfficeNotice};
use domain::overlay::{self, Row};
use domain::{Kind, Role};
use seal::door::IntakeKeys;
use serde_bytes::ByteBuf;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// The notice tells of changes at the turn of a quarter of an hour at the latest: until then phones are told that nothing
/// changed.
const STEP: u64 = 15 * 60 * 1000;
/// For how long a notice is given out as it was made, in milliseconds: however many ask, it is made once a second.
const GIVEN: u64 = 1_000;

/// The notice that is given out, and when it was made; the plain page likewise, by language.
#[derive(Default)]
pub struct Board {
    notice: Mutex<Option<(u64, Vec<u8>)>>,
    pages: Mutex<BTreeMap<&'static str, (u64, Arc<str>)>>,
}

/// Body of `api::door`.
///
/// # Errors
/// As there.
pub async fn door(known: ByteBuf) -> Result<ByteBuf, ApiError> {
    blocking(move |current| {
        let signed = signed(&current.office, now_ms())?;
        Ok(ByteBuf::from(if seal::short_digest(&signed)[..] == known[..] { Vec::new() } else { signed }))
    })
    .await
}

/// The signed notice of a moment.
fn signed(office: &Office, now: u64) -> Result<Vec<u8>, ApiError> {
    let mut board = office.door.notice.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, made)) = board.as_ref().filter(|(at, _)| (*at..at.saturating_add(GIVEN)).contains(&now)) {
        return Ok(made.clone());
    }
    let made = seal::door::sign(&notice(office)?, &office.keyring.secrets.signing).map_err(|error| {
        log::trouble("door_not_signed", &error);
        ApiError::Unavailable
    })?;
    *board = Some((now, made.clone()));
    Ok(made)
}

/// Body of `api::intake_keys`.
///
/// # Errors
/// As there.
pub async fn intake_keys(nonce: ByteBuf) -> Result<ByteBuf, ApiError> {
    blocking(move |current| {
        let (office, member) = (&*current.office, current.member()?);
        if !takes_in(member.user.role) {
            return Err(ApiError::Refused);
        }
        let place = Place { organisation: member.user.organisation.clone(), site: member.user.site.clone() };
        let keys = IntakeKeys { keys: keys::of(office, &place, now_ms())? };
        office.sealed_answer(&member, &keys, &nonce)
    })
    .await
}

/// Whether somebody of a role takes applications in: whoever registers them.
fn takes_in(role: u8) -> bool {
    let staff = [Role::Caseworker, Role::Counsellor, Role::Supervisor];
    let role = Role::from_code(role).filter(|role| staff.contains(role));
    role.is_some_and(|role| domain::may(role, domain::Act::Register, Kind::APPLICATION))
}

/// Offices that families are told of: where somebody registers. A desk with counsellors alone receives referrals.
///
/// # Errors
/// When the ledger is not able.
pub fn offices(office: &Office) -> Result<BTreeSet<Place>, LedgerError> {
    let staff = office.ledger.staff()?.into_iter();
    let registers = [Role::Caseworker.code(), Role::Supervisor.code()];
    let here = staff.filter(|user| !user.disabled && registers.contains(&user.role));
    Ok(here.map(|user| Place { organisation: user.organisation, site: user.site }).collect())
}

/// The notice as it is now.
///
/// # Errors
/// When the ledger is not able, or the office's tables cannot be read.
pub fn notice(office: &Office) -> Result<Door, LedgerError> {
    let now = now_ms();
    let mut told = Vec::new();
    for place in offices(office)? {
        let key = keys::current(office, &place, now)?;
        let public = key.secret().public();
        let public = public.map_err(|error| LedgerError::Unable(format!("intake key: {error}")))?;
        let row = site(office, &place.site)?;
        let cell = |column: &str| row.get(column).cloned().unwrap_or_default();
        told.push(OfficeNotice {
            key_id: seal::intake::key_id(&public),
            key: public,
            until: key.until,
            address: cell("address"),
            hours: cell("hours"),
            phone: cell("phone"),
            province: cell("admin"),
            days: appointments::open_days(office, &place.organisation, &place.site, now)?,
            site: place.site,
            organisation: place.organisation,
        });
    }
    Ok(Door { made_at: now / STEP * STEP, work_bits: office.work_bits(), offices: told })
}

/// The row of a site, with the office's own words laid over it.
fn site(office: &Office, code: &str) -> Result<Row, LedgerError> {
    let place = overlay::Place {
        operation: office.operation(code).to_owned(),
        site: code.to_owned(),
        programme: String::new(),
    };
    let sites = table(&office.tables, "sites", &place);
    let sites = sites.map_err(|error| LedgerError::Unable(format!("tables: {error}")))?;
    Ok(sites.rows.into_iter().find(|row| row.get("code").is_some_and(|it| it == code)).unwrap_or_default())
}
