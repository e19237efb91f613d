//! Taking refused steps out of the records: the server holds the entry and did not enter it, and what the page shows
//! must be what is so. The entry itself stays in the list of what needs attention until its author puts it away.

use super::again::says_only_received;
use super::blocks::Fate;
use super::evict::gone_of;
use super::save::seal_record;
use super::unlock::ATTEMPTS;
use super::{ItemKey, Vault};
use crate::StoreError;
use crate::announce::{Change, announce};
use crate::rows::{self, EnvelopeRow, NoteRow, state};
use crate::tables::{self, Table};
use crate::transaction::{Batch, Commit, Expected, Query, Rows};
use domain::{EntryId, Forgot, Kind, Record, RecordId};
use seal::Purpose;
use std::collections::BTreeSet;

/// What an entry is about that may be forgotten: referrals, and consents that were given with them. A registration that
/// was refused stays told, whatever was said of referrals in it: nobody loses the child or the phone that stands there.
const OF_REFERRALS: [Kind; 2] = [Kind::REFERRAL, Kind::CONSENT];

/// Reasons for which a step is not entered: somebody else was first, or the step was not theirs to take. What is parked
/// for others may be entered later, by a supervisor or once something else has come.
const OF_STEPS: [&str; 7] = [
    "step_taken",
    "step_not_allowed",
    "step_lacks",
    "no_consent",
    "consent_withdrawn",
    "shared_otherwise",
    "may_not_override",
];

/// Entries that were refused and that the records here still tell.
#[derive(Default)]
struct Refused {
    entries: BTreeSet<EntryId>,
    /// The referrals that they are about.
    records: BTreeSet<RecordId>,
    /// Their rows as read, and as they are to be.
    rows: Vec<(ItemKey, Vec<u8>, EnvelopeRow)>,
    /// Those of which nobody need be told: that a referral was opened is stated by itself.
    quiet: BTreeSet<ItemKey>,
}

impl Vault {
    /// Takes what refused steps stated of referrals out of the records on this device, as if it had never been said.
    /// Other entries' statements stay, and so does a consent that was given with one: the person gave it. A referral that
    /// one was to send is a draft again, with all that was typed. Entries that
    /// say something of anything else are left alone. Should the server enter one after all, it comes back with what is
    /// collected. Gives how many entries those were.
    ///
    /// # Errors
    /// [`StoreError::Full`] and others; nothing was taken out then, and the next fold tries again.
    pub async fn forget_refused(&self) -> Result<usize, StoreError> {
        for _ in 0..ATTEMPTS {
            let refused = self.refused().await?;
            if refused.entries.is_empty() {
                return Ok(0);
            }
            if self.try_forget(&refused).await? {
                announce(Change::Records);
                return Ok(refused.entries.len());
            }
            self.refresh().await?;
        }
        Err(StoreError::Busy)
    }

    async fn refused(&self) -> Result<Refused, StoreError> {
        let (session, vault) = (self.session()?, self.identity().vault);
        let outbox: Rows =
            self.database.read(&[Query::all(Table::Outbox)]).await?.into_iter().flatten().collect();
        let mut refused = Refused::default();
        for (key, bytes) in outbox {
            let Some(item) = ItemKey::from_key(&key).filter(|item| item.purpose() == Purpose::Entry) else {
                continue;
            };
            let Ok(row) = rows::read::<EnvelopeRow>(Table::Outbox, &bytes) else { continue };
            let is_step = row.state == state::PARKED && OF_STEPS.contains(&row.reason.as_str());
            if row.vault != vault || row.forgotten || !is_step {
                continue;
            }
            let Some(entry) = key.get(1..).and_then(EntryId::from_slice) else { continue };
            let note = session.cipher.open(Table::Outbox, &key, &row.note).ok();
            let note = note.and_then(|(_, plain)| rows::read::<NoteRow>(Table::Outbox, &plain).ok());
            let about: Vec<RecordId> = note.into_iter().flat_map(NoteRow::about).collect();
            let kinds: Vec<Option<Kind>> =
                self.with(|open| about.iter().map(|record| open.index.kind_of(*record)).collect())?;
            // What is not here any more may have been anything.
            let is_step = kinds.iter().all(|kind| kind.is_some_and(|kind| OF_REFERRALS.contains(&kind)));
            if !is_step || !kinds.contains(&Some(Kind::REFERRAL)) {
                continue;
            }
            if says_only_received(&self.records(&about).await?, entry) {
                refused.quiet.insert(item);
            }
            let of = about.into_iter().zip(kinds).filter(|(_, kind)| *kind == Some(Kind::REFERRAL));
            refused.entries.insert(entry);
            refused.records.extend(of.map(|(record, _)| record));
            refused.rows.push((item, bytes, EnvelopeRow { forgotten: true, ..row }));
        }
        Ok(refused)
    }

    /// `false` when somebody else wrote meanwhile.
    async fn try_forget(&self, refused: &Refused) -> Result<bool, StoreError> {
        let (session, vault) = (self.session()?, self.identity().vault);
        let gone = self.get(Table::Counters, &gone_of(vault)).await?;
        if rows::read_number(gone.as_deref()) != self.with(|open| open.gone)? {
            return Ok(false);
        }
        let (after, blocks) = self.with(|open| {
            let after = open.index.newest_segment().map_or(0, |newest| newest + 1);
            (after, open.index.segments_holding(&refused.records))
        })?;
        // Strict: the rows of the outbox say that it was done.
        let mut batch = Batch::default();
        batch.require(Table::Segments, tables::numbered(vault, after), Expected::Absent);
        batch.require(Table::Counters, gone_of(vault), Expected::as_read(gone.clone()));
        let without = |record: &mut Record| {
            // No referral has a picture, which it would not remember.
            let forgot = refused.entries.iter().map(|entry| record.forget(*entry)).max();
            forgot.is_some_and(|forgot| forgot != Forgot::Nothing)
        };
        let mut rewritten = Vec::new();
        for number in blocks.iter().copied() {
            let (rows, _) = self.block_rows(&session, number, gone_of(vault)).await?;
            let fate = |id: RecordId, bytes: &[u8]| {
                if !refused.records.contains(&id) {
                    return Fate::Stays;
                }
                let Ok(mut record) = minicbor::decode::<Record>(bytes) else { return Fate::Stays };
                match (without(&mut record), record.is_empty()) {
                    (false, _) => Fate::Stays,
                    (true, true) => Fate::Goes,
                    (true, false) => Fate::Becomes(record),
                }
            };
            rewritten.extend(self.rewrite(&session, rows, fate, &mut batch)?);
        }
        let ids: Vec<RecordId> = refused.records.iter().copied().collect();
        let queries: Vec<Query> =
            ids.iter().map(|id| Query::Get(Table::Records, tables::record(vault, *id))).collect();
        let (mut lines, mut dropped) = (Vec::new(), Vec::new());
        for (id, rows) in ids.into_iter().zip(self.database.read(&queries).await?) {
            let Some((key, row)) = rows.into_iter().next() else {
                // Another page may write one from what it read before this.
                batch.require(Table::Records, tables::record(vault, id), Expected::Absent);
                continue;
            };
            let Some(mut newer) = self.open_newer(&session, id, Some(&row)) else { continue };
            if !without(&mut newer.record) {
                continue;
            }
            batch.require(Table::Records, key.clone(), Expected::Bytes(row));
            if newer.record.is_empty() {
                batch.delete(Table::Records, key);
                dropped.push(id);
            } else {
                let (sealed, line) = seal_record(&session, vault, newer.version + 1, &newer.record)?;
                batch.put(Table::Records, key, sealed);
                lines.push((id, line));
            }
        }
        self.write_again(&session, &refused.entries, &refused.records, &mut batch).await?;
        for (item, bytes, row) in &refused.rows {
            if refused.quiet.contains(item) {
                batch.require(Table::Outbox, item.in_outbox(), Expected::Bytes(bytes.clone()));
                batch.delete(Table::Outbox, item.in_outbox());
                batch.put(Table::Sent, item.in_sent(vault), bytes.clone());
                continue;
            }
            batch.put_if(Table::Outbox, item.in_outbox(), Expected::Bytes(bytes.clone()), rows::write(row));
        }
        let next = rows::read_number(gone.as_deref()) + 1;
        // What other pages know of the blocks is not as it is any more, nor which records have rows.
        let takes_away = !(rewritten.is_empty() && dropped.is_empty());
        if takes_away {
            batch.put(Table::Counters, gone_of(vault), rows::write_number(next));
        }
        if self.database.commit(batch).await? == Commit::Overtaken {
            return Ok(false);
        }
        self.with(|open| {
            open.blocks.retain(|(number, _)| !blocks.contains(number));
            open.index.forget_fresh(dropped);
            lines.into_iter().for_each(|(id, line)| open.index.set_fresh(id, line));
            if takes_away {
                open.index.replace_segments(rewritten.into_iter().map(|it| (it.number, it.lines)));
                open.gone = next;
            }
        })?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
