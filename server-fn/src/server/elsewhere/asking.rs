//! Asking whether somebody is registered elsewhere, for leave to open them, and opening them in an emergency.

use super::view::{Group, learnable};
use super::{DAY, EMERGENCIES, EMERGENCY, Why, handle, not_here};
use crate::ApiError;
use crate::server::audit::{AuditEvent, What};
use crate::server::ledger::{Asked, GrantKind, GrantRow, Member, RequestRow, RequestState};
use crate::server::{Office, Table, log, random};
use domain::elsewhere::{Sought, Sure, Wanted};
use domain::permission::may;
use domain::{Act, Kind, RecordId, Standing};
use minicbor::bytes::ByteVec;
use seal::elsewhere::{Found, Ground, LONGEST_REASON, Lacking, SHORTEST_REASON, Somebody, Told};
use std::collections::BTreeSet;

/// Most people told at a time, one for each group.
const TOLD: usize = 5;
/// Most people who are looked at again before they are told of: a name that fits more of them fits too many.
const LOOKED_AT: usize = 200;
/// Fewest characters of what a request says.
const SHORTEST_REQUEST: usize = 10;

/// Whoever asks, if their role asks anything of the kind.
fn asker(office: &Office, member: &Member) -> Result<Standing, ApiError> {
    let standing = office.standing(member).ok_or(ApiError::Refused)?;
    // Who registers nobody is not told who is registered.
    let asks = may(standing.role, Act::Search, Kind::INDIVIDUAL);
    if asks { Ok(standing) } else { Err(ApiError::Refused) }
}

pub fn exists(office: &Office, member: &Member, wanted: &Wanted, now: u64) -> Result<Told, ApiError> {
    let standing = asker(office, member)?;
    let sought = match wanted.check(year(now)) {
        Ok(sought) => sought,
        Err(faults) => {
            let lacking = |(part, fault)| Lacking { part, fault };
            return Ok(Told::TooLittle(faults.into_iter().map(lacking).collect()));
        }
    };
    let found = find(office, &standing, &sought, now)?;
    // Before anything is told. Of what was asked only a digest that nobody can try names against.
    let figure = found.people.len() as u64;
    let by = if wanted.number.trim().is_empty() { "names" } else { "number" };
    let event = AuditEvent::of(What::SearchedElsewhere).by(member.enrolment.id).because(by).at(now);
    office.note(event.saying(&trace(office, wanted)?).figure(figure))?;
    Ok(Told::Found(found))
}

/// The same for the same question, and otherwise telling nothing to who has not the server's key.
fn trace(office: &Office, wanted: &Wanted) -> Result<String, ApiError> {
    let key = office.locker.derived("searched elsewhere 1").map_err(|_| ApiError::Unavailable)?;
    let wanted = minicbor::to_vec(wanted).map_err(|_| ApiError::Unavailable)?;
    let digest = seal::digest(&[&key[..], &seal::digest(&[&key[..], &wanted].concat())].concat());
    let short: Vec<u8> = digest.into_iter().take(8).collect();
    Ok(domain::id::hex(&short))
}

fn find(office: &Office, standing: &Standing, sought: &Sought, now: u64) -> Result<Found, ApiError> {
    let candidates = office.elsewhere.find(office, &standing.place.operation, sought)?;
    let granted = office.ledger.active(standing.user, now)?;
    let mut groups: BTreeSet<RecordId> = granted.into_iter().map(|grant| grant.group).collect();
    let mut found = Found::default();
    for (sure, person) in candidates.iter().copied().take(LOOKED_AT) {
        let Some(group) = learnable(office, standing, person)? else { continue };
        if !groups.insert(group.id) {
            continue;
        }
        if found.people.len() == TOLD {
            found.more = true;
            break;
        }
        found.people.push(somebody(office, standing, sure, person, group, now)?);
    }
    found.more |= candidates.len() > LOOKED_AT;
    Ok(found)
}

fn somebody(
    office: &Office,
    standing: &Standing,
    sure: Sure,
    person: RecordId,
    group: Group,
    now: u64,
) -> Result<Somebody, ApiError> {
    let handle = ByteVec::from(handle::make(office, standing.user, person, now)?);
    Ok(Somebody { site: group.place.site, organisation: group.place.organisation, sure, handle })
}

/// The year of a moment, give or take a day at its turn: 400 years have 146,097 days.
fn year(now: u64) -> u16 {
    u16::try_from(1970 + now / DAY * 400 / 146_097).unwrap_or(u16::MAX)
}

/// The group of whom a handle stands for, if the asker may still learn of it.
fn meant(office: &Office, member: &Member, handle: &[u8], now: u64) -> Result<Group, ApiError> {
    let standing = asker(office, member)?;
    let person = handle::open(office, member.user.id, handle, now);
    let group = person.map(|person| learnable(office, &standing, person)).transpose()?.flatten();
    group.ok_or_else(|| not_here(office, member, None, "handle"))
}

/// A reason without the blanks around it, if it is long enough.
fn worded(reason: &str, shortest: usize) -> Option<&str> {
    let reason = reason.trim();
    (shortest..=LONGEST_REASON).contains(&reason.chars().count()).then_some(reason)
}

pub fn ask_to_open(
    office: &Office,
    member: &Member,
    handle: &[u8],
    reason: &str,
    now: u64,
) -> Result<Told, ApiError> {
    let group = meant(office, member, handle, now)?;
    let Some(reason) = worded(reason, SHORTEST_REQUEST) else { return Ok(Told::ReasonTooShort) };
    let why = Why { reason: reason.to_owned(), ..Why::default() };
    let row = row(office, member, &group, GrantKind::Request, &why, now)?;
    let event = AuditEvent::of(What::AccessAsked).by(member.enrolment.id).about(&group.id.0).at(now);
    office.ledger.ask_access(row, None, None, office.audit_row(random(), event.saying(reason))?)?;
    Ok(Told::Done)
}

pub fn break_glass(
    office: &Office,
    member: &Member,
    handle: &[u8],
    ground: Ground,
    reason: &str,
    now: u64,
) -> Result<Told, ApiError> {
    let group = meant(office, member, handle, now)?;
    let Some(reason) = worded(reason, SHORTEST_REASON) else { return Ok(Told::ReasonTooShort) };
    let why = Why { ground: Some(ground), reason: reason.to_owned(), ..Why::default() };
    let mut row = row(office, member, &group, GrantKind::BreakGlass, &why, now)?;
    row.state = RequestState::Granted;
    let (id, user, group, kind) = (row.id, row.user, row.group, row.kind);
    let until = now.saturating_add(EMERGENCY);
    let grant = GrantRow { id, user, group, kind, from: now, until, ended: None };
    let event = AuditEvent::of(What::BreakGlass).by(member.enrolment.id).about(&group.0).at(now);
    let line = office.audit_row(random(), event.because(ground.key()).saying(reason).figure(until))?;
    // Nothing is opened without a line in the log: both are written in one step.
    match office.ledger.ask_access(row, Some(grant), Some((now.saturating_sub(DAY), EMERGENCIES)), line)? {
        Asked::TooMany => return Ok(Told::EnoughForToday),
        Asked::Before(_) => return Ok(Told::Done),
        Asked::New => {}
    }
    log::event("break_glass", &[("minutes", EMERGENCY / 60_000)]);
    Ok(Told::Done)
}

fn row(
    office: &Office,
    member: &Member,
    group: &Group,
    kind: GrantKind,
    why: &Why,
    now: u64,
) -> Result<RequestRow, ApiError> {
    let id: [u8; 16] = random();
    Ok(RequestRow {
        id,
        user: member.user.id,
        enrolment: member.enrolment.id,
        group: group.id,
        kind,
        asked_at: now,
        state: RequestState::Open,
        answered_by: None,
        answered_at: 0,
        seen_by: None,
        seen_at: 0,
        sealed: sealed(office, &id, 1, why)?,
    })
}

/// The sealed part of a request's row.
pub fn sealed(office: &Office, id: &[u8; 16], version: u64, why: &Why) -> Result<Vec<u8>, ApiError> {
    let plain = minicbor::to_vec(why).map_err(|_| ApiError::Unavailable)?;
    office.seal(Table::Requests, id, version, &plain).map_err(|error| {
        log::trouble("request_not_sealed", &error);
        ApiError::Unavailable
    })
}
