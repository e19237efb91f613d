//! Orders of the office: a vault whose access was withdrawn loses its key and everything sealed under it, and what it
//! has not handed in yet is handed in all the same.
//!
//! Only an order that the server signed for this very enrolment counts, see `seal::order`; whatever else comes back
//! from a line changes nothing.

use super::{Mailbox, Post};
use crate::announce::{Change, announce};
use crate::rows::{self, EnvelopeRow};
use crate::tables::{self, Table};
use crate::transaction::{Batch, Commit, Expected, Query};
use crate::{StoreError, clock};
use domain::VaultId;
use road::device::{self, Followed};
use seal::{Deed, Order};

pub use road::device::Report;

/// An access that was withdrawn on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// When, milliseconds since 1970, as the server says.
    pub at: u64,
    /// Whether everything of it was to go.
    pub wiped: bool,
    /// Envelopes of it that still wait to be handed in.
    pub unsent: usize,
}

/// Tables whose rows are sealed under the vault's key and of no use without it.
const SEALED: [Table; 6] =
    [Table::Records, Table::Blocks, Table::Segments, Table::Authors, Table::Drafts, Table::Inbox];

/// What the keys of a vault's own counters begin with.
const COUNTERS: [&[u8]; 9] =
    [b"total", b"due", b"gone", b"grants", b"page", b"people", b"reads", b"dropped", b"told"];

impl Post {
    /// An order, where the post's server signed it for this enrolment.
    pub(crate) fn read_order(&self, bytes: &[u8]) -> Option<Order> {
        Order::from_bytes(bytes, &self.server()?, self.row.enrolment).ok()
    }
}

impl Mailbox {
    /// How an enrolment stands, for the office: envelopes that wait, and the age of the oldest in hours.
    pub(crate) async fn report_of(&self, vault: VaultId) -> Result<Report, StoreError> {
        let items = super::plain::items(&self.outbox().await?);
        let mut report = device::report(&items, vault, clock::now_ms());
        if self.tells_of_carried(vault).await? {
            (report.carried, report.carried_oldest_hours) = self.carried_report().await?;
        }
        Ok(report)
    }

    /// Follows an order that the post's server signed, where it is newer than the last.
    ///
    /// # Errors
    /// When the store does not answer; the order comes again with the next round.
    pub(crate) async fn follow(&self, post: &Post, order: &Order) -> Result<(), StoreError> {
        let Some(Followed { post: next, destroys, wipes }) = post.plain().follow(order) else {
            return Ok(());
        };
        let (row, mut batch) = (post.changed(next), Batch::default());
        if destroys {
            // Whoever was unlocked while the order came may have written since: swept again each time.
            self.destroy(post.vault, wipes, &mut batch).await?;
        }
        if row == post.row && batch.writes.is_empty() {
            return Ok(());
        }
        let key = post.vault.0.to_vec();
        batch.require(Table::Posts, key.clone(), Expected::Bytes(post.bytes.clone()));
        batch.put(Table::Posts, key, rows::write(&row));
        // Overtaken: the next round hears it again.
        if self.database.commit(batch).await? == Commit::Done && destroys {
            announce(Change::Vaults);
        }
        Ok(())
    }

    /// Takes out a vault's key and what is sealed under it. What waits to be handed in is sealed to the server, and
    /// stays; so do its capsules and the post that delivers it.
    pub(crate) async fn destroy(
        &self,
        vault: VaultId,
        wipe: bool,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let (from, to) = tables::beginning_with(&vault.0);
        let mut queries: Vec<Query> =
            SEALED.iter().map(|table| Query::Keys(*table, from.clone(), to.clone())).collect();
        queries.push(Query::Keys(Table::Vaults, from, to));
        let counters: Vec<Vec<u8>> = COUNTERS.iter().map(|name| [*name, &vault.0[..]].concat()).collect();
        // Longer keys hold rows set aside.
        queries.extend(counters.iter().map(|key| {
            let (from, to) = tables::beginning_with(key);
            Query::Keys(Table::Counters, from, to)
        }));
        let read = self.database.read(&queries).await?;
        let of = SEALED.iter().chain([&Table::Vaults]).chain(counters.iter().map(|_| &Table::Counters));
        for (table, rows) in of.zip(read) {
            for (key, _) in rows {
                batch.delete(*table, key);
            }
        }
        let items = super::plain::items(&self.outbox().await?);
        if wipe && device::may_wipe(&items, vault) {
            let read = self.database.read(&[Query::all(Table::Sent), Query::all(Table::Outbox)]).await?;
            for (table, rows) in [Table::Sent, Table::Outbox].into_iter().zip(read) {
                for (key, bytes) in rows {
                    let row = rows::read::<EnvelopeRow>(table, &bytes).ok();
                    if row.is_some_and(|row| row.vault == vault) {
                        batch.delete_if(table, key, Expected::Bytes(bytes));
                    }
                }
            }
        }
        Ok(())
    }

    /// Accesses that were withdrawn here, for whoever picks up the device.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn withdrawn(&self) -> Result<Vec<Withdrawn>, StoreError> {
        let mut withdrawn = Vec::new();
        for post in self.posts().await? {
            if post.row.ordered != Deed::Nothing.code() {
                let unsent = usize::try_from(self.report_of(post.vault).await?.unsent).unwrap_or(usize::MAX);
                // Pictures are not told apart by vault: rather one too many than none.
                let unsent = unsent.saturating_add(self.chunks_due(false).await?.len());
                let wiped = post.row.ordered == Deed::Wipe.code();
                withdrawn.push(Withdrawn { at: post.row.ordered_at, wiped, unsent });
            }
        }
        Ok(withdrawn)
    }
}

#[cfg(test)]
mod tests;
