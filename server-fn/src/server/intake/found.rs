//! Looking for an application by its reference, for staff; and how many letters there are.

use super::{letters, record_of};
use crate::ApiError;
use crate::server::ledger::{LetterState, Member};
use crate::server::limits::Kind as Limited;
use crate::server::request::blocking;
use crate::server::{Office, now_ms};
use domain::permission::{Act, distance, may, may_reach};
use domain::{Class, Field, GroupRef, Kind, Role, Value};
use seal::found::{Found, IntakeCounts};
use serde_bytes::ByteBuf;

/// Letters about one reference that are judged for one question, the first and the last of them.
const PROMOTED: u32 = 64;

/// Body of `api::find_application`.
///
/// # Errors
/// As there.
pub async fn find_application(reference: String, nonce: ByteBuf) -> Result<ByteBuf, ApiError> {
    blocking(move |current| {
        let (office, member) = (&*current.office, current.member()?);
        let found = office.find_application(&member, &reference, now_ms(), || {
            current.take_turn(Limited::FindApplication, member.user.id)
        })?;
        office.sealed_answer(&member, &found, &nonce)
    })
    .await
}

/// Body of `api::intake_counts`.
///
/// # Errors
/// As there.
pub async fn intake_counts(nonce: ByteBuf) -> Result<ByteBuf, ApiError> {
    blocking(move |current| {
        let (office, member) = (&*current.office, current.member()?);
        let told = [Role::Supervisor, Role::Administrator, Role::Auditor];
        if !Role::from_code(member.user.role).is_some_and(|role| told.contains(&role)) {
            return Err(ApiError::Refused);
        }
        let counts = office.ledger.application_counts()?;
        let counts = IntakeCounts {
            taken: counts.taken,
            open: counts.open,
            waiting: counts.waiting,
            quarantined: counts.quarantined,
            apart: counts.apart,
            work_bits: office.work_bits(),
        };
        office.sealed_answer(&member, &counts, &nonce)
    })
    .await
}

impl Office {
    /// Looks for an application, and judges it first where it waits for that.
    ///
    /// # Errors
    /// [`ApiError::Refused`] for a role that reads none; what `take_turn` refuses; when the ledger is not able.
    pub fn find_application(
        &self,
        member: &Member,
        reference: &str,
        now: u64,
        take_turn: impl FnOnce() -> Result<(), ApiError>,
    ) -> Result<Found, ApiError> {
        let standing = self.standing(member).ok_or(ApiError::Refused)?;
        if !may(standing.role, Act::Read, Kind::APPLICATION) || standing.role.is_voice() {
            return Err(ApiError::Refused);
        }
        take_turn()?;
        let Ok(reference) = GroupRef::parse(reference) else { return Ok(Found::default()) };
        let digest = self.application_number(reference)?;
        let mut found = Found::default();
        for row in self.ledger.letters_of(digest, PROMOTED)? {
            if row.state == LetterState::Quarantined {
                letters::settle(self, &row, now)?;
                found.promoted = true;
            }
        }
        for row in self.ledger.applications_of(digest)? {
            let Some((row, record)) = record_of(self, row.id)? else { continue };
            let near = distance(&standing, &row.home.place(), false);
            let reads = may_reach(standing.role, Act::Read, Kind::APPLICATION, Class::Restricted, near);
            // That it lies with another organisation, and where, is what the family needs to hear.
            if near.is_none() || (found.here && !reads) {
                continue;
            }
            let site = record.shown(Field::APPLICATION_SITE).and_then(Value::as_text);
            found.here = reads;
            found.record = reads.then_some(row.id);
            found.site = site.unwrap_or(&row.home.site).to_owned();
            found.organisation = row.home.organisation;
        }
        Ok(found)
    }
}
