//! Attachments of drafts, entries and records: sealed under keys of their own, which records state.

use super::Vault;
use crate::rows::{self, ChunkRow};
use crate::tables::{self, Table};
use crate::transaction::{Batch, Commit, Expected, Query};
use crate::{Mailbox, StoreError, clock};
use domain::DraftId;
use seal::{Address, Attachment, Media, SealError, SealedAttachment};
use std::collections::BTreeSet;

impl Vault {
    /// Seals a picture and lays it on the shelf for a draft, strictly durable. What it gives is to be stated in the
    /// draft at once: whoever loses it has lost the picture. It is not sent before an entry states it, and is swept
    /// a month after its draft was discarded.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] when it is empty or over [`seal::attachment::LIMIT`], [`StoreError::Full`].
    pub async fn keep_attachment(
        &self,
        draft: DraftId,
        media: Media,
        picture: &[u8],
    ) -> Result<Attachment, StoreError> {
        self.session()?;
        let sealed = Attachment::seal(&mut clock::rng(), media, picture).map_err(|error| match error {
            SealError::NotSealed => StoreError::TooLarge,
            other => other.into(),
        })?;
        let commit = async || {
            let mut batch = Batch::default();
            self.shelve(&mut batch, &sealed, Some(draft), tables::chunk_kept);
            self.database.commit(batch).await
        };
        let outcome = match commit().await {
            Err(StoreError::Full) if self.make_room().await? => commit().await,
            outcome => outcome,
        };
        match outcome? {
            Commit::Done => Ok(sealed.reference),
            Commit::Overtaken => Err(StoreError::Busy),
        }
    }

    /// Gives up pictures of colleagues where the device is full: the server hands them out again.
    pub(super) async fn make_room(&self) -> Result<bool, StoreError> {
        Mailbox::over(self.database.clone()).make_room().await
    }

    /// Opens an attachment; `None` when not all of it lies on this device undamaged, see
    /// [`crate::fetch_attachment`].
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when its chunks do not open with this reference, [`StoreError::Locked`].
    pub async fn attachment(&self, reference: &Attachment) -> Result<Option<Vec<u8>>, StoreError> {
        self.session()?;
        let asked: Vec<Query> = reference
            .addresses()
            .iter()
            .map(|address| Query::Get(Table::Chunks, address.0.to_vec()))
            .collect();
        let read = self.database.read(&asked).await?;
        let chunks: Vec<Vec<u8>> = read.into_iter().flatten().map(|(_, sealed)| sealed).collect();
        let is_here = chunks.len() == reference.addresses().len()
            && chunks.iter().zip(reference.addresses()).all(|(sealed, it)| Address::of(sealed) == *it);
        if !is_here {
            return Ok(None);
        }
        reference.open(&chunks).map(Some).map_err(|_| StoreError::damaged(Table::Chunks))
    }

    /// Adds to the batch that saves an entry what it states: chunks kept for its draft are due from then on, and so
    /// are those given now.
    pub(super) async fn queue_attachments(
        &self,
        batch: &mut Batch,
        stated: &[Attachment],
        given: &[SealedAttachment],
        now: u64,
    ) -> Result<(), StoreError> {
        let mut seen = BTreeSet::new();
        for sealed in given {
            self.shelve(batch, sealed, None, tables::chunk_due);
            for address in sealed.reference.addresses() {
                // Should it have been kept for a draft too, it must not be swept as the draft's.
                batch.delete(Table::ChunksDue, tables::chunk_kept(address));
                seen.insert(*address);
            }
        }
        let asked = stated.iter().flat_map(Attachment::addresses).filter(|address| seen.insert(**address));
        let keys: Vec<_> = asked.map(|address| (address, tables::chunk_kept(address))).collect();
        if keys.is_empty() {
            return Ok(());
        }
        let queries: Vec<Query> =
            keys.iter().map(|(_, key)| Query::Get(Table::ChunksDue, key.clone())).collect();
        for ((address, key), row) in keys.into_iter().zip(self.database.read(&queries).await?) {
            // Nothing is kept of what was fetched, or is due already.
            let Some((_, bytes)) = row.into_iter().next() else { continue };
            let row: ChunkRow = rows::read(Table::ChunksDue, &bytes)?;
            let row = ChunkRow { at: now, draft: None, ..row };
            batch.require(Table::ChunksDue, key.clone(), Expected::Bytes(bytes));
            batch.delete(Table::ChunksDue, key);
            batch.put(Table::ChunksDue, tables::chunk_due(address), rows::write(&row));
        }
        Ok(())
    }

    /// How many pictures wait to be sent, of everybody on this device.
    pub(super) async fn pictures_due(&self) -> Result<usize, StoreError> {
        let due = Query::range(Table::ChunksDue, tables::beginning_with(tables::CHUNKS_DUE));
        let rows = self.database.read(&[due]).await?.into_iter().flatten();
        let files = rows.filter_map(|(_, row)| rows::read::<ChunkRow>(Table::ChunksDue, &row).ok());
        Ok(files.map(|row| row.file).collect::<BTreeSet<_>>().len())
    }

    fn shelve(
        &self,
        batch: &mut Batch,
        sealed: &SealedAttachment,
        draft: Option<DraftId>,
        key: fn(&Address) -> tables::Key,
    ) {
        let (vault, at) = (self.identity().vault, clock::now_ms());
        let addresses = sealed.reference.addresses();
        let file = addresses.first().map(|first| first.0.to_vec()).unwrap_or_default();
        for ((index, address), bytes) in (0..).zip(addresses).zip(&sealed.chunks) {
            let row =
                ChunkRow { vault, file: file.clone().into(), index, at, draft, not_before: 0, epoch: None };
            batch.put(Table::Chunks, address.0, bytes.clone());
            batch.put(Table::ChunksDue, key(address), rows::write(&row));
        }
    }
}

#[cfg(test)]
mod tests;
