//! What is registered elsewhere: whether somebody is, requests to open them, and opening in an emergency.
//!
//! Questions come sealed to the server and answers go sealed to the enrolment that asked, so that whom somebody looks
//! for stands in no log, no address and on no proxy. Whatever the answer is, it has the same length and comes at the
//! same beat: nobody learns from outside whether anybody was found.

mod asking;
mod book;
mod client;
mod deciding;
mod handle;
mod index;
mod view;

pub use index::Indexes;

use super::audit::{AuditEvent, What};
use super::ledger::Member;
use super::limits::Kind;
use super::request::blocking;
use super::{Office, keyring, log, now_ms};
use crate::ApiError;
use minicbor::{Decode, Encode};
use seal::elsewhere::{Ground, Question, Told};
use serde_bytes::ByteBuf;
use std::time::Duration;
use tokio::time::Instant;

const HOUR: u64 = 60 * 60 * 1000;
const DAY: u64 = 24 * HOUR;
/// How long something is open after break-glass.
pub const EMERGENCY: u64 = 3 * HOUR;
/// How often one user may open something in an emergency in a day.
pub const EMERGENCIES: u64 = 5;
/// Answers come at multiples of this after the question.
const BEAT: Duration = Duration::from_millis(300);
/// Every answer is filled up to a multiple of this.
const FILLED: usize = 2 * 1024;

/// The sealed part of a request's row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Why {
    /// The ground of an emergency.
    #[n(0)]
    ground: Option<Ground>,
    /// What the asker wrote.
    #[n(1)]
    reason: String,
    /// What was answered.
    #[n(2)]
    answer: String,
}

/// Body of `api::elsewhere`.
///
/// # Errors
/// As there.
pub async fn elsewhere(question: ByteBuf, nonce: ByteBuf) -> Result<ByteBuf, ApiError> {
    let began = Instant::now();
    let answer = blocking(move |current| {
        let member = current.member()?;
        let office = &current.office;
        let question = open(office, &member, &question)?;
        match &question {
            Question::Exists(_) => current.take_turn(Kind::Existence, member.user.id)?,
            Question::AskToOpen { .. } | Question::BreakGlass { .. } => {
                current.take_turn(Kind::AccessRequest, member.user.id)?;
            }
            Question::Answer { .. } | Question::Seen { .. } | Question::End { .. } => {
                current.take_turn(Kind::Administration, member.user.id)?;
            }
        }
        let told = office.ask_elsewhere(&member, question, now_ms())?;
        sealed(office, &member, &told, &nonce)
    })
    .await;
    // Who is nobody here, or asked too often, learns nothing anyway, and is not to keep others waiting.
    if !matches!(answer, Ok(_) | Err(ApiError::NotHere | ApiError::Refused)) {
        return answer;
    }
    let beats = began.elapsed().as_millis() / BEAT.as_millis() + 1;
    let beats = u32::try_from(beats).unwrap_or(u32::MAX);
    tokio::time::sleep_until(began + BEAT.saturating_mul(beats)).await;
    answer
}

/// Body of `api::requests`.
///
/// # Errors
/// As there.
pub async fn requests(known: ByteBuf, nonce: ByteBuf) -> Result<ByteBuf, ApiError> {
    blocking(move |current| {
        let member = current.member()?;
        let office = &current.office;
        let book = office.requests_of(&member, now_ms())?;
        let bytes = minicbor::to_vec(&book).map_err(|_| ApiError::Unavailable)?;
        if known.as_slice() == seal::short_digest(&bytes) {
            return Ok(ByteBuf::new());
        }
        sealed(office, &member, &book, &nonce)
    })
    .await
}

fn open(office: &Office, member: &Member, question: &[u8]) -> Result<Question, ApiError> {
    let key = seal::question::key_of(question).map_err(|_| ApiError::Malformed)?;
    let secrets = &office.keyring.secrets;
    let enrolment = member.enrolment.id;
    let plain = if key == seal::short_digest(&secrets.sealing_public) {
        seal::question::open(secrets, question, enrolment)
    } else {
        // A device that was away for long asks before it has heard of new keys.
        let former = keyring::sealing_secret(office.keyring.folder(), &key).map_err(|error| {
            log::trouble("former_key_not_readable", &error);
            ApiError::Unavailable
        })?;
        let former = former.ok_or(ApiError::Malformed)?;
        seal::question::open(&former, question, enrolment)
    };
    minicbor::decode(&plain.map_err(|_| ApiError::Malformed)?).map_err(|_| ApiError::Malformed)
}

fn sealed<T: Encode<()>>(
    office: &Office,
    member: &Member,
    answer: &T,
    nonce: &[u8],
) -> Result<ByteBuf, ApiError> {
    let answer = office.sealed_answer(member, answer, nonce)?;
    Ok(ByteBuf::from(seal::question::fill(&answer, FILLED)))
}

impl Office {
    /// Answers a question of somebody who is signed in, at a moment.
    ///
    /// # Errors
    /// [`ApiError::NotHere`] for what is not there or not theirs, [`ApiError::Refused`] for a role that asks nothing of
    /// the kind.
    pub fn ask_elsewhere(&self, member: &Member, question: Question, now: u64) -> Result<Told, ApiError> {
        match question {
            Question::Exists(wanted) => asking::exists(self, member, &wanted, now),
            Question::AskToOpen { handle, reason } => {
                asking::ask_to_open(self, member, &handle, &reason, now)
            }
            Question::BreakGlass { handle, ground, reason } => {
                asking::break_glass(self, member, &handle, ground, &reason, now)
            }
            Question::Answer { request, days, reason } => {
                deciding::answer(self, member, *request, days, &reason, now)
            }
            Question::Seen { request } => deciding::seen(self, member, *request, now),
            Question::End { request } => deciding::end(self, member, *request, now),
        }
    }

    /// Requests of somebody, and those that they decide on, at a moment.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn requests_of(&self, member: &Member, now: u64) -> Result<seal::elsewhere::Book, ApiError> {
        book::book(self, member, now)
    }
}

/// The answer for what is not there and for what is not theirs, with a line in the log of deeds.
fn not_here(office: &Office, member: &Member, about: Option<&[u8; 16]>, question: &str) -> ApiError {
    let event = AuditEvent::of(What::ForeignId).by(member.enrolment.id).because(question);
    office.told(about.map_or(event.clone(), |about| event.about(about)));
    ApiError::NotHere
}

#[cfg(test)]
mod kept;
