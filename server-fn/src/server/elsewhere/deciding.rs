//! Deciding on what others want to open, by those whose record it is.

use super::view::{self, decides};
use super::{DAY, Why, asking, not_here};
use crate::ApiError;
use crate::server::audit::{AuditEvent, What};
use crate::server::ledger::{GrantKind, GrantRow, Member, RequestRow, RequestState};
use crate::server::{Office, Table, random};
use seal::elsewhere::{LONGEST_REASON, MOST_DAYS, Told};

/// Fewest characters of why something is refused.
const SHORTEST_REFUSAL: usize = 10;

/// A request on which somebody decides; never their own.
fn decided(office: &Office, member: &Member, id: [u8; 16]) -> Result<RequestRow, ApiError> {
    let none = || not_here(office, member, Some(&id), "request");
    let row = office.ledger.access_request(id)?.ok_or_else(none)?;
    let group = view::group(office, row.group)?;
    let standing = office.standing(member);
    let may = standing.zip(group).is_some_and(|(standing, group)| decides(&standing, &group));
    if may && row.user != member.user.id { Ok(row) } else { Err(none()) }
}

/// Why a request was made and answered; as if nothing had been said where that does not open.
pub fn why(office: &Office, row: &RequestRow) -> (u64, Why) {
    let opened = office.unseal(Table::Requests, &row.id, &row.sealed).ok();
    let opened = opened.and_then(|(version, plain)| Some((version, minicbor::decode(&plain).ok()?)));
    opened.unwrap_or_default()
}

pub fn answer(
    office: &Office,
    member: &Member,
    id: [u8; 16],
    days: u8,
    reason: &str,
    now: u64,
) -> Result<Told, ApiError> {
    if days > MOST_DAYS {
        return Err(ApiError::Malformed);
    }
    let row = decided(office, member, id)?;
    let reason = reason.trim();
    let said = reason.chars().count();
    if said > LONGEST_REASON || days == 0 && said < SHORTEST_REFUSAL {
        return Ok(Told::ReasonTooShort);
    }
    let (version, why) = why(office, &row);
    let why = Why { answer: reason.to_owned(), ..why };
    let until = now.saturating_add(u64::from(days) * DAY);
    let (user, group, kind) = (row.user, row.group, row.kind);
    let grant = (days > 0).then_some(GrantRow { id, user, group, kind, from: now, until, ended: None });
    let state = if days > 0 { RequestState::Granted } else { RequestState::Refused };
    let by = Some(member.user.id);
    let sealed = asking::sealed(office, &id, version + 1, &why)?;
    let answered = RequestRow { state, answered_by: by, answered_at: now, sealed, ..row };
    // Who comes first decides; the other finds it answered.
    let event = AuditEvent::of(What::AccessAnswered).by(member.enrolment.id).about(&group.0);
    let event = event.toward(&user.0).saying(reason).at(now);
    let (because, figure) = if days > 0 { ("granted", until) } else { ("refused", 0) };
    let line = office.audit_row(random(), event.because(because).figure(figure))?;
    office.ledger.answer_access(answered, grant, line)?;
    Ok(Told::Done)
}

pub fn seen(office: &Office, member: &Member, id: [u8; 16], now: u64) -> Result<Told, ApiError> {
    let row = decided(office, member, id)?;
    if row.kind == GrantKind::BreakGlass {
        let event = AuditEvent::of(What::AccessAnswered).by(member.enrolment.id).about(&row.group.0);
        let line = office.audit_row(random(), event.toward(&row.user.0).because("seen").at(now))?;
        office.ledger.access_seen(id, member.user.id, now, line)?;
    }
    Ok(Told::Done)
}

/// Ends what was opened: by those who decide on it, and by whom it was opened to.
pub fn end(office: &Office, member: &Member, id: [u8; 16], now: u64) -> Result<Told, ApiError> {
    let own = office.ledger.access_request(id)?.filter(|row| row.user == member.user.id);
    let row = own.map_or_else(|| decided(office, member, id), Ok)?;
    let event = AuditEvent::of(What::AccessEnded).by(member.enrolment.id).about(&row.group.0);
    office.ledger.end_grant(id, now, office.audit_row(random(), event.toward(&row.user.0).at(now))?)?;
    Ok(Told::Done)
}
