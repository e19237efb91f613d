//! Drafts: sealed at each pause, and queued for the server, which keeps them as drafts.

use super::save::Envelope;
use super::unlock::ATTEMPTS;
use super::{DraftItem, DraftNote, ItemKey, SavedAt, Vault};
use crate::announce::{Change, announce};
use crate::error::DamagedRow;
use crate::rows::{self, DraftRow, EnvelopeRow};
use crate::tables::{self, Key, Table};
use crate::transaction::{Batch, Commit, Expected, Query};
use crate::{StoreError, clock};
use domain::{DraftId, EntryId, VaultId};
use seal::Signed;
use zeroize::Zeroizing;

/// How long a draft's state waits to be sent: the next one takes its place.
const DRAFT_PAUSE: u64 = 120_000;

impl Vault {
    /// Keeps a draft and queues its state for delivery, in place of what was queued of it before. Does nothing
    /// when the entry that it is to become was saved already: a last state on its way, or one from another tab,
    /// must not bring a finished draft back.
    ///
    /// # Errors
    /// [`StoreError::Full`] and others; the former state stays then.
    pub async fn save_draft(
        &self,
        id: DraftId,
        entry: EntryId,
        bytes: &[u8],
        note: DraftNote,
    ) -> Result<SavedAt, StoreError> {
        let identity = self.identity();
        let (key, item) = (draft_key(identity.vault, id), ItemKey::of_draft(id));
        let becomes = ItemKey::of_entry(entry);
        let (queued_entry, sent_entry) = (becomes.in_outbox(), becomes.in_sent(identity.vault));
        let mut made_room = false;
        for _ in 0..ATTEMPTS {
            let session = self.session()?;
            let read = self
                .database
                .read(&[
                    Query::Get(Table::Counters, tables::seq_of(identity.enrolment)),
                    Query::Get(Table::Outbox, item.in_outbox()),
                    Query::Get(Table::Drafts, key.clone()),
                    Query::Get(Table::Outbox, queued_entry.clone()),
                    Query::Get(Table::Sent, sent_entry.clone()),
                ])
                .await?;
            let [seq, queued, former, entry_queued, entry_sent] = read.try_into().unwrap_or_default();
            if !(entry_queued.is_empty() && entry_sent.is_empty()) {
                return Ok(SavedAt { ms: clock::now_ms(), already: true });
            }
            let seq = seq.into_iter().next().map(|(_, row)| row);
            let queued: Option<EnvelopeRow> =
                queued.first().and_then(|(_, row)| rows::read(Table::Outbox, row).ok());
            let now = clock::now_ms();
            // What waits already is not put off again, or a long form would never leave.
            let not_before = queued.map_or(now + DRAFT_PAUSE, |queued| queued.not_before);
            let row = DraftRow {
                bytes: bytes.to_vec().into(),
                title: note.title.clone(),
                form: note.form.clone(),
                step: note.step,
                at: now,
            };
            let plain = Zeroizing::new(seal::pack(&Zeroizing::new(rows::write(&row))));
            let mut batch = Batch::default();
            batch.require(Table::Outbox, queued_entry.clone(), Expected::Absent);
            batch.require(Table::Sent, sent_entry.clone(), Expected::Absent);
            if let Some((_, former)) = former.into_iter().next() {
                match self.open_draft(&key, &former) {
                    Ok(_) => {}
                    Err(StoreError::Locked) => return Err(StoreError::Locked),
                    // It does not open, or not yet: a later version may read it.
                    Err(_) => {
                        self.set_row_aside(DamagedRow { table: Table::Drafts.name(), record: None });
                        batch.require(Table::Drafts, key.clone(), Expected::Bytes(former.clone()));
                        batch.put(Table::Drafts, [&key[..], &now.to_be_bytes()].concat(), former);
                    }
                }
            }
            batch.put(Table::Drafts, key.clone(), session.cipher.seal(Table::Drafts, &key, now, &plain)?);
            let plain = Signed::draft(&session.keys, id, now, bytes).to_bytes();
            let envelope = Envelope { item, plain, now, not_before };
            let seq = match self.queue(&session, &mut batch, envelope, &seq, None) {
                Ok(seq) => Some(seq),
                // Kept here all the same: that it is too large is said when it is to be saved.
                Err(StoreError::TooLarge) => None,
                Err(error) => return Err(error),
            };
            let outcome = match self.database.commit(batch).await {
                Err(StoreError::Full) if !made_room && self.make_room().await? => {
                    made_room = true;
                    continue;
                }
                outcome => outcome?,
            };
            if outcome == Commit::Overtaken {
                continue;
            }
            let _ = self.with(|open| open.seq = seq.or(open.seq));
            return Ok(SavedAt { ms: now, already: false });
        }
        Err(StoreError::Busy)
    }

    /// This user's drafts, newest first.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn drafts(&self) -> Result<Vec<DraftItem>, StoreError> {
        let vault = self.identity().vault;
        let read =
            self.database.read(&[Query::range(Table::Drafts, tables::beginning_with(&vault.0))]).await?;
        let mut drafts = Vec::new();
        for (key, row) in read.into_iter().flatten() {
            let Some(id) = tables::id_of(&key).map(DraftId) else { continue };
            match self.open_draft(&key, &row) {
                Ok(row) => drafts.push(DraftItem { id, note: row.note(), at: row.at }),
                Err(StoreError::Locked) => return Err(StoreError::Locked),
                Err(_) => self.set_row_aside(DamagedRow { table: Table::Drafts.name(), record: None }),
            }
        }
        drafts.sort_unstable_by_key(|draft| std::cmp::Reverse(draft.at));
        Ok(drafts)
    }

    /// A draft's bytes and note.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when it does not open.
    pub async fn draft(&self, id: DraftId) -> Result<Option<(Vec<u8>, DraftNote)>, StoreError> {
        let key = draft_key(self.identity().vault, id);
        let Some(row) = self.get(Table::Drafts, &key).await? else { return Ok(None) };
        let row = self.open_draft(&key, &row)?;
        let note = row.note();
        Ok(Some((row.bytes.into(), note)))
    }

    /// Drops a draft, and what is queued of it.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn discard_draft(&self, id: DraftId) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.delete(Table::Drafts, draft_key(self.identity().vault, id));
        batch.delete(Table::Outbox, ItemKey::of_draft(id).in_outbox());
        self.database.commit(batch).await?;
        announce(Change::Records);
        Ok(())
    }

    fn open_draft(&self, key: &Key, row: &[u8]) -> Result<DraftRow, StoreError> {
        let session = self.session()?;
        let damaged = |_| StoreError::damaged(Table::Drafts);
        let (_, packed) = session.cipher.open(Table::Drafts, key, row).map_err(damaged)?;
        let plain = seal::unpack(&Zeroizing::new(packed), super::read::BLOCK_LIMIT).map_err(damaged)?;
        rows::read(Table::Drafts, &Zeroizing::new(plain))
    }
}

impl DraftRow {
    fn note(&self) -> DraftNote {
        DraftNote { title: self.title.clone(), form: self.form.clone(), step: self.step }
    }
}

fn draft_key(vault: VaultId, id: DraftId) -> Key {
    tables::of_vault(vault, &id.0)
}
