//! Dropping by hand what the server could not take of what is carried. It was taken over from another device, which keeps
//! it until the server has it.

use super::is_carried;
use crate::StoreError;
use crate::announce::{Change, announce};
use crate::mailbox::Mailbox;
use crate::rows::{self, EnvelopeRow, state};
use crate::tables::Table;
use crate::transaction::{Batch, Expected, Query};

impl Mailbox {
    /// Drops what is carried for others and the server could not take. Nothing of what was saved here goes, and nothing
    /// that still waits. Gives how many envelopes that were.
    ///
    /// # Errors
    /// When the browser does not answer; nothing was dropped then.
    pub async fn drop_refused_carried(&self) -> Result<usize, StoreError> {
        let read = self.database().read(&[Query::all(Table::Outbox)]).await?;
        let mut batch = Batch::default();
        for (key, bytes) in read.into_iter().flatten() {
            let Ok(row) = rows::read::<EnvelopeRow>(Table::Outbox, &bytes) else { continue };
            if is_carried(row.vault) && row.state == state::REFUSED {
                // One that is being tried again just now stays.
                batch.delete_if(Table::Outbox, key, Expected::Bytes(bytes));
            }
        }
        let dropped = batch.writes.len();
        if dropped > 0 {
            self.database().commit(batch).await?;
            announce(Change::Outbox);
        }
        Ok(dropped)
    }
}
