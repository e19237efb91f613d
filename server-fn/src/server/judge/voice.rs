//! What the server states in the voice of a desk without accounts. Judged and folded as what a device hands in, without
//! the road there.

use super::{KeptRow, Opened, OpenedEntry, Parcel, TRIES, settle};
use crate::server::Office;
use crate::server::ledger::{AuditRow, LedgerError, Member, State};
use domain::Entry;
use seal::{EnrolmentKeys, Signed, Verdict};
use std::sync::PoisonError;

/// Enters what somebody states whose keys lie here, all of it or nothing, with lines of the log of deeds. The error
/// inside is the reason for which a device's would be parked; nothing of it is kept.
pub fn state(
    office: &Office,
    member: &Member,
    keys: &EnrolmentKeys,
    entries: &[Entry],
    lines: &[AuditRow],
) -> Result<Result<(), String>, LedgerError> {
    let _seat = office.bench.sit();
    let opened: Vec<Opened> = entries.iter().map(|entry| opened(member, keys, entry)).collect();
    // No envelope lies under this number.
    let row =
        KeptRow { seq: 0, state: State::Waiting, reason: String::new(), received_at: 0, raw: Vec::new() };
    let rows = vec![row; opened.len()];
    let mut _turn = None;
    for _ in 0..TRIES {
        let (mut batch, judged) = settle(office, &rows, &opened, Parcel::default())?;
        if let Some(refused) = judged.into_iter().find(|judged| judged.verdict != Verdict::Accepted) {
            return Ok(Err(refused.reason));
        }
        batch.fates.clear();
        batch.audit.extend_from_slice(lines);
        match office.ledger.enter(batch) {
            Ok(()) => return Ok(Ok(())),
            Err(LedgerError::Moved) => {
                _turn = _turn.or_else(|| Some(office.turns.lock().unwrap_or_else(PoisonError::into_inner)));
            }
            Err(error) => return Err(error),
        }
    }
    Err(LedgerError::Unable("the same records keep changing".into()))
}

fn opened(member: &Member, keys: &EnrolmentKeys, entry: &Entry) -> Opened {
    let signed = Signed::entry(keys, entry).to_bytes();
    let (entry, member, received_at) = (entry.clone(), member.clone(), entry.at);
    Opened::Entry(Box::new(OpenedEntry { entry, member, received_at, digest: seal::digest(&signed), signed }))
}
