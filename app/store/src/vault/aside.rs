//! Pages set aside: most were signed with a key of the server's that nobody here had heard of yet, and open later.
//!
//! What they tell is old. As long as nothing was ever dropped from this device it is taken in, as it only adds; after
//! that it might bring back what was to be dropped, so that the server is asked for all of it again instead.

use super::Vault;
use super::fold::{Told, unsealed};
use crate::StoreError;
use crate::announce::{Change, announce};
use crate::rows;
use crate::tables::{self, Key, Table};
use crate::transaction::{Batch, Query};
use domain::VaultId;
use zeroize::Zeroizing;

/// Most pages tried at a time, the latest: those that will never open lie there for ever.
const TRIED: usize = 64;

impl Vault {
    /// Tries pages again that did not open, once after each unlocking, with the server's keys of now and of before.
    pub(super) async fn retry_aside(&self) -> Result<(), StoreError> {
        if self.with(|open| core::mem::replace(&mut open.retried, true))? {
            return Ok(());
        }
        let (vault, session) = (self.identity().vault, self.session()?);
        let (from, to) = tables::beginning_with(&vault.0);
        let keys = self.database.read(&[Query::Keys(Table::Inbox, from, to)]).await?;
        let mut keys: Vec<Key> = keys.into_iter().flatten().map(|(key, _)| key).collect();
        keys.retain(|key| tables::is_page_aside(key));
        keys.drain(..keys.len().saturating_sub(TRIED));
        // As it was before any of these pages: what one of them drops a later one may bring back.
        let is_marked = self.get(Table::Counters, &dropped_of(vault)).await?.is_some();
        for key in keys {
            let Some(bytes) = self.get(Table::Inbox, &key).await? else { continue };
            let mut told = Told::default();
            let page = unsealed(&session, self.identity().enrolment, &bytes);
            let Some(()) = page.and_then(|page| told.take_in(Zeroizing::new(page)).ok()) else { continue };
            told.stale(key, is_marked);
            if !told.evicted.is_empty() {
                self.evict(&told.evicted).await?;
            }
            self.take_over(&session, vault, &told).await?;
            announce(Change::Records);
        }
        Ok(())
    }

    /// Notes that something was to be dropped from this device, whether it lay here or not.
    pub(super) async fn note_dropping(&self) -> Result<(), StoreError> {
        let key = dropped_of(self.identity().vault);
        if self.get(Table::Counters, &key).await?.is_none() {
            let mut batch = Batch::default();
            batch.put(Table::Counters, key, rows::write_number(1));
            self.database.commit(batch).await?;
        }
        Ok(())
    }
}

impl Told {
    /// What is left of an old page: its records unless something was dropped since, and what is to be dropped. Of all
    /// else newer may have been told.
    fn stale(&mut self, key: Key, something_was_dropped: bool) {
        self.pages.push(key);
        self.total = None;
        let others = self.grants.take().is_some() | self.directory.take().is_some();
        self.anew = something_was_dropped || others || !self.evicted.is_empty();
        if something_was_dropped {
            self.records.clear();
        }
    }
}

/// Key of the mark that something was to be dropped from a vault.
fn dropped_of(vault: VaultId) -> Key {
    [b"dropped".as_slice(), &vault.0].concat()
}

#[cfg(test)]
mod tests;
