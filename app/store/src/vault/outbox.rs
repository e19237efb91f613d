//! What waits, as the person sees it.

use super::save::sent_entries_of;
use super::{ItemKey, ItemState, Note, OutboxItem, Vault, Waiting};
use crate::StoreError;
use crate::announce::{Change, announce};
use crate::rows::{self, EnvelopeRow, NoteRow, state};
use crate::tables::Table;
use crate::transaction::{Batch, Commit, Expected, Query};
use seal::{Purpose, Verdict};

impl Vault {
    /// What waits and what needs attention, oldest first.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn outbox(&self) -> Result<Vec<OutboxItem>, StoreError> {
        let session = self.session()?;
        let vault = self.identity().vault;
        let mut items = Vec::new();
        for (item, row) in self.outbox_rows().await? {
            // Who read what is sent without anybody looking at it; what is carried for others is only counted.
            if item.purpose() == Purpose::Reads || crate::carry::is_carried(row.vault) {
                continue;
            }
            let mine = row.vault == vault;
            let note = if mine && !row.note.is_empty() {
                let opened = session.cipher.open(Table::Outbox, &item.in_outbox(), &row.note).ok();
                opened.and_then(|(_, plain)| rows::read::<NoteRow>(Table::Outbox, &plain).ok())
            } else {
                None
            };
            items.push(OutboxItem {
                key: item,
                purpose: item.purpose(),
                note: note.map(|NoteRow { person, act, record, .. }| Note { person, act, record }),
                mine,
                state: match row.state {
                    state::PARKED => ItemState::Parked,
                    state::NOTED => ItemState::Noted,
                    state::REFUSED => ItemState::Refused,
                    _ => ItemState::Waiting,
                },
                verdict: (row.verdict != 0).then(|| Verdict::from_code(row.verdict)),
                reason: row.reason,
                tries: row.tries,
                last_try: (row.last_try != 0).then_some(row.last_try),
                saved_at: row.saved_at,
                size: row.envelope.len(),
            });
        }
        items.sort_by_key(|item| (item.saved_at, item.key));
        Ok(items)
    }

    /// The always-visible line.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn waiting(&self) -> Result<Waiting, StoreError> {
        self.session()?;
        let vault = self.identity().vault;
        let (from, to) = sent_entries_of(vault);
        let sent = self.database.read(&[Query::Keys(Table::Sent, from, to)]).await?;
        let saved_here = sent.iter().map(Vec::len).sum();
        let mut waiting = Waiting { saved_here, pictures: self.pictures_due().await?, ..Waiting::default() };
        for (item, row) in self.outbox_rows().await? {
            // Drafts are not said to be saved, and nobody saved who read what.
            if item.purpose() != Purpose::Entry {
                continue;
            }
            let mine = row.vault == vault;
            waiting.saved_here += usize::from(mine);
            waiting.attention += usize::from(mine && row.state != state::WAITING);
            if !row.is_delivered() {
                waiting.unsent += 1;
                waiting.oldest = Some(waiting.oldest.map_or(row.saved_at, |oldest| oldest.min(row.saved_at)));
            }
        }
        Ok(waiting)
    }

    /// Has an item tried again in the next round.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn retry(&self, key: ItemKey) -> Result<(), StoreError> {
        self.change(key, |row| {
            let waits = !row.is_delivered();
            if waits {
                row.state = state::WAITING;
                row.not_before = 0;
            }
            waits
        })
        .await
    }

    /// Takes a delivered item that was parked, or of which the server had something to say, off the list; what waits
    /// cannot be dismissed.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn dismiss(&self, key: ItemKey) -> Result<(), StoreError> {
        // Once it is off the list nothing would say any more that it was refused.
        self.forget_refused().await?;
        let Some(bytes) = self.get(Table::Outbox, &key.in_outbox()).await? else { return Ok(()) };
        let row: EnvelopeRow = rows::read(Table::Outbox, &bytes)?;
        if !row.is_delivered() || row.vault != self.identity().vault {
            return Ok(());
        }
        let mut batch = Batch::default();
        batch.require(Table::Outbox, key.in_outbox(), Expected::Bytes(bytes.clone()));
        batch.delete(Table::Outbox, key.in_outbox());
        batch.put(Table::Sent, key.in_sent(row.vault), bytes);
        self.database.commit(batch).await?;
        announce(Change::Outbox);
        Ok(())
    }

    async fn change(
        &self,
        key: ItemKey,
        change: impl Fn(&mut EnvelopeRow) -> bool,
    ) -> Result<(), StoreError> {
        for _ in 0..super::unlock::ATTEMPTS {
            let Some(bytes) = self.get(Table::Outbox, &key.in_outbox()).await? else { return Ok(()) };
            let mut row: EnvelopeRow = rows::read(Table::Outbox, &bytes)?;
            if !change(&mut row) {
                return Ok(());
            }
            let mut batch = Batch::default();
            batch.require(Table::Outbox, key.in_outbox(), Expected::Bytes(bytes));
            batch.put(Table::Outbox, key.in_outbox(), rows::write(&row));
            if self.database.commit(batch).await? == Commit::Done {
                announce(Change::Outbox);
                return Ok(());
            }
        }
        Err(StoreError::Busy)
    }

    async fn outbox_rows(&self) -> Result<Vec<(ItemKey, EnvelopeRow)>, StoreError> {
        let read = self.database.read(&[Query::all(Table::Outbox)]).await?;
        let rows = read.into_iter().flatten();
        Ok(rows
            .filter_map(|(key, row)| Some((ItemKey::from_key(&key)?, rows::read(Table::Outbox, &row).ok()?)))
            .collect())
    }
}
