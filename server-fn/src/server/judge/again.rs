//! Entries that were entered before, folded into the records once more: a damaged ledger is put together anew. Nothing is
//! judged: they were, by the rights of their time.

use super::{OpenedEntry, fold::Fold, slips};
use crate::server::ledger::{Batch, EntryRow, LedgerError};
use crate::server::{Office, Table, intake};
use domain::Entry;
use seal::Signed;
use seal::envelope::PLAIN_LIMIT;
use seal::signed::ENTRY;

/// Enters what lay in a chain of before, in that order, in one step. What does not open, or is not signed by the device
/// that it names, is left out; so is what is here already. How many were entered.
///
/// # Errors
/// When the ledger is not able: nothing was entered then.
pub fn enter_again(office: &Office, rows: &[EntryRow]) -> Result<u64, LedgerError> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let here = office.ledger.entry_digests(&ids)?;
    let (mut fold, mut batch) = (Fold::new(office), Batch::default());
    for (row, _) in rows.iter().zip(here).filter(|(_, here)| here.is_none()) {
        let Some(opened) = opened(office, row)? else { continue };
        if batch.entries.iter().any(|entry| entry.id == row.id) {
            continue;
        }
        fold.again(&opened)?;
        let attachments = seal::attachment::stated_by(&opened.entry);
        batch.stated.extend(attachments.iter().flat_map(|it| it.addresses()));
        batch.stated.extend(intake::stated_by(&opened.entry));
        slips::noted(office, fold.addressed_by(&opened.entry), &mut batch)?;
        batch.entries.push(row.clone());
    }
    batch.records = fold.rows()?;
    let entered = batch.entries.len() as u64;
    office.ledger.enter(batch)?;
    Ok(entered)
}

fn opened(office: &Office, row: &EntryRow) -> Result<Option<OpenedEntry>, LedgerError> {
    let Ok((_, packed)) = office.unseal(Table::Entries, &row.id.0, &row.sealed) else { return Ok(None) };
    let Ok(plain) = seal::unpack(&packed, PLAIN_LIMIT) else { return Ok(None) };
    if seal::digest(&plain) != row.digest {
        return Ok(None);
    }
    let Some(member) = office.ledger.member(row.enrolment)? else { return Ok(None) };
    let read = || {
        let signed = Signed::from_bytes(&plain).ok()?;
        Entry::from_bytes(signed.verify(&member.enrolment.verifying, ENTRY).ok()?).ok()
    };
    let said = (row.id, row.enrolment, member.user.id);
    let entry = read().filter(|entry| (entry.id, entry.enrolment, entry.author) == said);
    let (received_at, digest) = (row.received_at, row.digest);
    Ok(entry.map(|entry| OpenedEntry { entry, member, received_at, digest, signed: plain }))
}
