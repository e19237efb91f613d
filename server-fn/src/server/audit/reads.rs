//! Readings and exports as devices send them, judged and written into the log.

use super::{AuditEvent, What};
use crate::server::Office;
use crate::server::ledger::{AuditRow, LedgerError, Member};
use domain::Kind;
use seal::{Exported, Reads};

/// The rows of a batch whose signature was checked under `member`'s key. The error inside is the reason for parking it.
///
/// Readings of revoked devices and of people who are gone are taken too: what they read is just what somebody will ask.
pub fn rows(
    office: &Office,
    member: &Member,
    body: &[u8],
) -> Result<Result<Vec<AuditRow>, &'static str>, LedgerError> {
    let reads = match Reads::from_body(body) {
        Ok(reads) => reads,
        Err(seal::SealError::UnknownVersion) => return exported(office, member, body),
        Err(_) => return Ok(Err("malformed_reads")),
    };
    if reads.enrolment != member.enrolment.id {
        return Ok(Err("other_author"));
    }
    let mut rows = Vec::with_capacity(reads.items.len());
    for (place, item) in (0_u64..).zip(&reads.items) {
        // The same batch sealed and sent again has the same ids: nothing is written twice.
        let id = [&b"amparo/reading/1"[..], &reads.enrolment.0, &reads.batch, &place.to_be_bytes()].concat();
        let event = AuditEvent::of(What::Opened).by(reads.enrolment).about(&item.record.0).at(item.at);
        let event = event.because(item.why.key()).figure(u64::from(item.why.code()));
        rows.push(office.audit_row(seal::short_digest(&id), event)?);
    }
    Ok(Ok(rows))
}

/// The row of an export. Whether they had the right to it is not asked: that it was done is just what must be known.
fn exported(
    office: &Office,
    member: &Member,
    body: &[u8],
) -> Result<Result<Vec<AuditRow>, &'static str>, LedgerError> {
    let exported = match Exported::from_body(body) {
        Ok(exported) => exported,
        Err(seal::SealError::UnknownVersion) => return Ok(Err("unknown_version")),
        Err(_) => return Ok(Err("malformed_reads")),
    };
    if exported.enrolment != member.enrolment.id {
        return Ok(Err("other_author"));
    }
    let id = [&b"amparo/export/1"[..], &exported.enrolment.0, &exported.id].concat();
    let event = AuditEvent::of(What::Exported).by(exported.enrolment).at(exported.at);
    let event = event.because(&kinds_in(&exported)).figure(u64::from(exported.rows));
    Ok(Ok(vec![office.audit_row(seal::short_digest(&id), event.saying(&exported.reason))?]))
}

/// With or without names, and of what kinds: `plain_session_referral`. Each part names words: `audit_export_…`.
fn kinds_in(exported: &Exported) -> String {
    let kinds = exported.kinds.iter().map(|kind| Kind(*kind).key().unwrap_or("unknown"));
    let named = if exported.named { "named" } else { "plain" };
    core::iter::once(named).chain(kinds).collect::<Vec<_>>().join("_")
}
