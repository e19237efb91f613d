//! Enrolment by one-time invitation.

use super::audit::{AuditEvent, What};
use super::ledger::{EnrolmentRow, Invited, Member};
use super::request::{Request, blocking};
use super::{Office, log, now_ms, random, session};
use crate::{ApiError, EnrolRequest, Enrolled};
use domain::{EnrolmentId, UserId};
use serde_bytes::ByteBuf;
use zeroize::Zeroizing;

/// A browser sends a request again by itself when the line dies: for this long the same keys get the same answer.
const ANSWERED_AGAIN: u64 = 10 * 60 * 1000;

/// Body of `api::enrol`.
///
/// # Errors
/// As there.
pub async fn enrol(request: EnrolRequest) -> Result<Enrolled, ApiError> {
    blocking(move |current| enrol_now(current, &request)).await
}

/// Body of `api::server_keys`.
///
/// # Errors
/// As there.
pub async fn server_keys() -> Result<ByteBuf, ApiError> {
    blocking(|current| Ok(ByteBuf::from(current.office.keyring.public.clone()))).await
}

fn enrol_now(current: &Request, request: &EnrolRequest) -> Result<Enrolled, ApiError> {
    let office = &*current.office;
    let code: [u8; 16] = exact(&request.code)?;
    let (verifying, inbox) = (exact(&request.verifying)?, exact(&request.inbox)?);
    let now = now_ms();
    let id = EnrolmentId::fresh(now, random());
    let token = seal::digest(&deposit_token(office, id)?[..]);
    let enrolment =
        EnrolmentRow { id, user: UserId([0; 16]), verifying, inbox, token, enrolled_at: now, revoked: false };
    let (cookie, session) = session::fresh(id, now);
    let member = match office.ledger.enrol(seal::digest(&code), enrolment, session)? {
        Invited::Enrolled(member) => member,
        Invited::Before(member, used_at) if now.saturating_sub(used_at) <= ANSWERED_AGAIN => member,
        Invited::Before(..) | Invited::Used => {
            office.told(AuditEvent::of(What::EnrolmentRefused).because("used"));
            return Err(ApiError::InvitationUsed);
        }
        Invited::Unknown => return Err(ApiError::InvitationUnknown),
        Invited::Expired => {
            office.told(AuditEvent::of(What::EnrolmentRefused).because("expired"));
            return Err(ApiError::InvitationExpired);
        }
    };
    let enrolled = answer(office, &member)?;
    if seal::digest(&enrolled.deposit_token) != member.enrolment.token {
        // The storage key it was derived from was given up since: a device with another token could deliver nothing.
        return Err(ApiError::InvitationUsed);
    }
    current.set_cookie(session::cookie(&cookie));
    office.told(AuditEvent::of(What::Enrolled).by(member.enrolment.id).about(&member.user.id.0));
    // Before it is told: a database restored after this has to know who hands in.
    office.keep_roster()?;
    log::event("enrol", &[("role", u64::from(member.user.role))]);
    Ok(enrolled)
}

fn answer(office: &Office, member: &Member) -> Result<Enrolled, ApiError> {
    let profile = office.profile(&member.user)?;
    Ok(Enrolled {
        enrolment: member.enrolment.id.0.to_vec(),
        user: member.user.id.0.to_vec(),
        name: profile.name,
        staff_code: profile.staff_code,
        role: member.user.role,
        site: member.user.site.clone(),
        deposit_token: deposit_token(office, member.enrolment.id)?.to_vec(),
        server_keys: office.keyring.public.clone(),
        epoch: office.ledger.identity().epoch.to_vec(),
    })
}

/// Derived, not drawn: so the same enrolment can be told its token again although only a digest is stored.
fn deposit_token(office: &Office, id: EnrolmentId) -> Result<Zeroizing<[u8; 32]>, ApiError> {
    office.locker.derived(&format!("deposit token 1 {id}")).map_err(|_| ApiError::Unavailable)
}

fn exact<const N: usize>(bytes: &[u8]) -> Result<[u8; N], ApiError> {
    bytes.try_into().map_err(|_| ApiError::Malformed)
}
