//! Orders of the office: a vault whose access was withdrawn loses its key and everything sealed under it, and what it
//! has not handed in yet is handed in all the same.
//!
//! Only an order that the server signed for this very enrolment counts, see `seal::order`; whatever else comes back
//! from a line changes nothing.

use super::{Mailbox, Post};
use crate::announce::{Change, announce};
use crate::rows::{self, EnvelopeRow, PostRow};
use crate::tables::{self, Table};
use crate::transaction::{Batch, Commit, Expected, Query};
use crate::{StoreError, clock};
use domain::VaultId;
use seal::{Deed, Order, Purpose};

/// How an enrolment stands on its device: figures only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Envelopes that wait to be handed in.
    pub unsent: u32,
    /// Age of the oldest of them in whole hours; 0 when none waits.
    pub oldest_hours: u32,
}

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
const COUNTERS: [&[u8]; 8] = [b"total", b"due", b"gone", b"grants", b"page", b"people", b"reads", b"dropped"];

impl Mailbox {
    /// How an enrolment stands, for the office: envelopes that wait, and the age of the oldest in hours.
    pub(crate) async fn report_of(&self, vault: VaultId) -> Result<Report, StoreError> {
        let rows = self.outbox().await?;
        // Readings go along by themselves and are nobody's work.
        let is_work = |it: &&super::Waiting| it.item.purpose() != Purpose::Reads;
        let waits = rows.iter().filter(|it| it.row.vault == vault && !it.row.is_delivered());
        let waits = waits.filter(is_work);
        let oldest = waits.clone().map(|it| it.row.saved_at).min();
        let hours = oldest.map_or(0, |oldest| clock::now_ms().saturating_sub(oldest) / 3_600_000);
        Ok(Report {
            unsent: u32::try_from(waits.count()).unwrap_or(u32::MAX),
            oldest_hours: u32::try_from(hours).unwrap_or(u32::MAX),
        })
    }

    /// Follows an order, where it is one of the server's for this enrolment and newer than the last. Whether it was.
    ///
    /// # Errors
    /// When the store does not answer; the order comes again with the next round.
    pub(crate) async fn hear_order(&self, post: &Post, bytes: &[u8]) -> Result<bool, StoreError> {
        let Some(server) = post.server() else { return Ok(false) };
        let Ok(order) = Order::from_bytes(bytes, &server, post.row.enrolment) else { return Ok(false) };
        let is_news = order.is_news_after(post.row.order);
        if !is_news && post.row.ordered == Deed::Nothing.code() {
            return Ok(true);
        }
        let deed = if is_news { order.deed.code() } else { post.row.ordered };
        let mut row = post.row.clone();
        if is_news {
            row = PostRow { order: order.serial, ordered: deed, ordered_at: order.at, ..row };
        }
        let mut batch = Batch::default();
        if deed != Deed::Nothing.code() {
            // Whoever was unlocked while the order came may have written since: swept again each time.
            row.signed_in_at = 0;
            self.destroy(post.vault, deed == Deed::Wipe.code(), &mut batch).await?;
        }
        if row == post.row && batch.writes.is_empty() {
            return Ok(true);
        }
        let key = post.vault.0.to_vec();
        batch.require(Table::Posts, key.clone(), Expected::Bytes(post.bytes.clone()));
        batch.put(Table::Posts, key, rows::write(&row));
        // Overtaken: the next round hears it again.
        if self.database.commit(batch).await? == Commit::Done && deed != Deed::Nothing.code() {
            announce(Change::Vaults);
        }
        Ok(true)
    }

    /// Takes out a vault's key and what is sealed under it. What waits to be handed in is sealed to the server, and
    /// stays; so do its capsules and the post that delivers it.
    async fn destroy(&self, vault: VaultId, wipe: bool, batch: &mut Batch) -> Result<(), StoreError> {
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
        let rows = self.outbox().await?;
        let waits = rows.iter().any(|it| it.row.vault == vault && !it.row.is_delivered());
        if wipe && !waits {
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

    /// Whether anybody ever joined on this device, as far as it remembers.
    pub(crate) async fn has_posts(&self) -> Result<bool, StoreError> {
        Ok(!self.posts().await?.is_empty())
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
