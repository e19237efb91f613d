//! Sessions of enrolled devices: a challenge, its signature, a cookie.
//!
//! A session lasts 12 hours and has no shorter idle time: all it opens is pages sealed to the enrolment's
//! inbox key, and a locked tablet is meant to go on collecting them while nobody touches it. What guards the
//! person at the screen is the vault, which locks after minutes.

use super::audit::{self, AuditEvent, What};
use super::ledger::{Digest, Member, SessionRow};
use super::limits::{Kind, Who};
use super::request::{Request, blocking};
use super::{Office, log, now_ms, random};
use crate::{ApiError, SignedIn};
use domain::EnrolmentId;
use seal::signed::SIGN_IN;
use serde_bytes::ByteBuf;

/// How long a session lasts, whether it is used or not.
const LASTS: u64 = 12 * 60 * 60 * 1000;
/// How long a challenge may be answered.
const CHALLENGE_LASTS: u64 = 2 * 60 * 1000;
/// The prefix makes browsers insist on `Secure`, on `Path=/` and on no `Domain`.
const NAME: &str = "__Host-amparo";

/// Body of `api::challenge`.
///
/// # Errors
/// As there.
pub async fn challenge(enrolment: ByteBuf) -> Result<ByteBuf, ApiError> {
    blocking(move |current| {
        let enrolment = EnrolmentId::from_slice(&enrolment).ok_or(ApiError::Malformed)?;
        let challenge = make_challenge(&current.office, enrolment, now_ms(), random())?;
        Ok(ByteBuf::from(challenge))
    })
    .await
}

/// Body of `api::sign_in`.
///
/// # Errors
/// As there.
pub async fn sign_in(
    enrolment: ByteBuf,
    challenge: ByteBuf,
    signature: ByteBuf,
) -> Result<SignedIn, ApiError> {
    blocking(move |current| sign_in_now(current, &enrolment, &challenge, &signature)).await
}

/// Body of `api::sign_out`.
///
/// # Errors
/// As there.
pub async fn sign_out() -> Result<(), ApiError> {
    blocking(|current| {
        if let Some(cookie) = current.cookie {
            current.office.ledger.close_session(seal::digest(&cookie))?;
        }
        current.set_cookie(format!("{NAME}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"));
        Ok(())
    })
    .await
}

fn sign_in_now(
    current: &Request,
    enrolment: &[u8],
    challenge: &[u8],
    signature: &[u8],
) -> Result<SignedIn, ApiError> {
    let office = &*current.office;
    let id = EnrolmentId::from_slice(enrolment).ok_or(ApiError::Malformed)?;
    let challenge: [u8; 32] = challenge.try_into().map_err(|_| ApiError::Malformed)?;
    let signature: [u8; 64] = signature.try_into().map_err(|_| ApiError::Malformed)?;
    let now = now_ms();
    let given = is_ours(office, id, &challenge, now)?;
    let member = office.ledger.member(id)?;
    // An unknown enrolment takes the same time and gets the same answer as a wrong signature.
    let key = member.as_ref().map_or(seal::keys::NOBODY, |member| member.enrolment.verifying);
    let signed = seal::keys::verify(&key, SIGN_IN, &[&challenge[..], enrolment].concat(), &signature).is_ok();
    let is_known = member.is_some();
    let Some(member) = member.filter(|member| is_welcome(member) && signed && given) else {
        if is_known {
            audit::sign_in_refused(&current.office, id);
        }
        return Err(ApiError::NotSignedIn);
    };
    // Only now, when it is surely them: nobody else can use up their turns.
    office.limits.take(Kind::SignIn, Who::Enrolment(id))?;
    let epoch = office.ledger.look()?.epoch;
    let (secret, session) = fresh(id, now);
    // In the database, so that none counts twice whichever program it is shown to. Given challenges are not kept but
    // recognised (see [`make_challenge`]), so nobody can fill it up by asking for them.
    let (used, until) = (seal::digest(&challenge), now.saturating_add(CHALLENGE_LASTS));
    if !office.ledger.begin_session(session, now.saturating_sub(LASTS), used, until)? {
        office.limits.give_back(Kind::SignIn, Who::Enrolment(id));
        return Err(ApiError::NotSignedIn);
    }
    if let Some(before) = current.cookie {
        office.ledger.close_session(seal::digest(&before))?;
    }
    current.set_cookie(cookie(&secret));
    log::event("sign_in", &[]);
    office.told(AuditEvent::of(What::SignedIn).by(id));
    Ok(SignedIn {
        epoch: ByteBuf::from(epoch),
        role: member.user.role,
        site: member.user.site,
        server_keys: ByteBuf::from(office.keyring.public.clone()),
    })
}

/// Time ‖ random ‖ a keyed digest of both and the enrolment.
fn make_challenge(
    office: &Office,
    enrolment: EnrolmentId,
    now: u64,
    random: [u8; 8],
) -> Result<[u8; 32], ApiError> {
    let purpose = format!("challenge 1 {enrolment} {now} {}", domain::id::hex(&random));
    let keyed = office.locker.derived(&purpose).map_err(|_| ApiError::Unavailable)?;
    let (mine, _) = keyed.split_at(16);
    [&now.to_be_bytes()[..], &random, mine].concat().try_into().map_err(|_| ApiError::Unavailable)
}

fn is_ours(
    office: &Office,
    enrolment: EnrolmentId,
    challenge: &[u8; 32],
    now: u64,
) -> Result<bool, ApiError> {
    let (time, rest) = challenge.split_first_chunk::<8>().ok_or(ApiError::Malformed)?;
    let random = rest.first_chunk::<8>().ok_or(ApiError::Malformed)?;
    let time = u64::from_be_bytes(*time);
    let in_time = time <= now && now - time <= CHALLENGE_LASTS;
    Ok(in_time && make_challenge(office, enrolment, time, *random)? == *challenge)
}

/// A session for an enrolment: the cookie's secret, and what is kept of it.
#[must_use]
pub fn fresh(enrolment: EnrolmentId, now: u64) -> ([u8; 32], SessionRow) {
    let secret: [u8; 32] = random();
    (secret, SessionRow { cookie: seal::digest(&secret), enrolment, created_at: now })
}

/// The `Set-Cookie` line of a session.
#[must_use]
pub fn cookie(secret: &[u8; 32]) -> String {
    let age = LASTS / 1000;
    let value = domain::id::hex(secret);
    format!("{NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={age}")
}

/// Finds the session's secret in a `Cookie` line.
#[must_use]
pub fn find_cookie(line: &str) -> Option<[u8; 32]> {
    let mut cookies = line.split(';').filter_map(|cookie| cookie.trim().split_once('='));
    cookies.find(|(name, _)| *name == NAME).and_then(|(_, value)| domain::id::from_hex(value))
}

/// The enrolment and user of a session that lasts.
pub(super) fn member(office: &Office, cookie: Option<[u8; 32]>) -> Result<Member, ApiError> {
    let digest: Digest = seal::digest(&cookie.ok_or(ApiError::NotSignedIn)?);
    let session = office.ledger.session(digest)?.ok_or(ApiError::NotSignedIn)?;
    if now_ms().saturating_sub(session.created_at) > LASTS {
        return Err(ApiError::NotSignedIn);
    }
    office.ledger.member(session.enrolment)?.filter(is_welcome).ok_or(ApiError::NotSignedIn)
}

fn is_welcome(member: &Member) -> bool {
    !member.user.disabled && !member.enrolment.revoked
}
