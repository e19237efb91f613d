//! Wrong passphrases: each makes the next try wait longer, and after thirty the vault's key is destroyed, here alone. The
//! count lies in the store, so that neither reloading nor pulling the plug begins it anew. After a right try its row stays
//! with nothing in it: counting in its place needs no more room. Where there is none all the same, see [`unwritten`].
//!
//! A copy of the disk is not held up by this; the passphrase's own strength is what guards it. Destroying a key is safe
//! because everything saved lies in the outbox, sealed to the server: it is handed in as before.

use crate::announce::{Change, announce};
use crate::mailbox::Mailbox;
use crate::rows::{self, PostRow, VaultRow};
use crate::tables::{Key, Table};
use crate::transaction::{Batch, Commit, Expected, Query};
use crate::{Store, StoreError, clock};
use domain::VaultId;
use minicbor::{Decode, Encode};

mod unwritten;

/// After so many wrong tries whoever stands there should ask somebody.
pub const ASK: u32 = 10;
/// After so many the vault's key is destroyed.
pub const MOST: u32 = 30;
/// Longest wait between two tries, in seconds.
const LONGEST: u32 = 300;
/// Times that a count is written anew because somebody else counted in between.
const ATTEMPTS: usize = 8;

/// What the keys of counts begin with, among the small rows of the device.
pub(crate) const TRIES: &[u8] = b"tries";

/// How many tries went wrong for a vault, and what became of it. Nothing of it is secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct TriesRow {
    /// Wrong tries since the last right one.
    #[n(0)]
    count: u32,
    /// When the last began, milliseconds since 1970.
    #[n(1)]
    last: u64,
    /// When the vault's key was destroyed; 0 where it was not.
    #[cbor(n(2), default)]
    emptied_at: u64,
    /// Whether its own user took it off this device.
    #[cbor(n(3), default)]
    left: bool,
    /// Whose it was, as they picked it.
    #[cbor(n(4), default)]
    staff_code: String,
}

impl TriesRow {
    /// Seconds until the next try.
    fn wait(&self, now: u64) -> u32 {
        let Some(power) = self.count.checked_sub(1) else { return 0 };
        let wait = 1_u32.checked_shl(power).unwrap_or(LONGEST).min(LONGEST);
        // Before the last try: the clock was put back, and the wait begins when it was.
        let since = now.saturating_sub(self.last) / 1_000;
        wait.saturating_sub(u32::try_from(since).unwrap_or(u32::MAX))
    }
}

/// How the tries for a vault stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// Wrong ones since the last right one.
    pub wrong: u32,
    /// Seconds until the next one.
    pub wait: u32,
    /// Whether whoever tries should ask somebody.
    pub ask: bool,
    /// How many are left before the vault's key is destroyed.
    pub left: u32,
}

/// A vault whose key was destroyed on this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emptied {
    /// Whose it was, as they picked it; no name.
    pub staff_code: String,
    /// When, milliseconds since 1970.
    pub at: u64,
    /// Whether its own user took it off; else there were too many wrong tries.
    pub left: bool,
    /// Envelopes of it that still wait to be handed in.
    pub unsent: usize,
}

/// A try that was counted.
pub(crate) struct Turn {
    vault: VaultId,
    row: TriesRow,
    /// What lies in the store since.
    lies: Option<Vec<u8>>,
}

impl Turn {
    /// Whether it was the last there was.
    pub(crate) fn is_last(&self) -> bool {
        self.row.count >= MOST
    }
}

fn key_of(vault: VaultId) -> Key {
    [TRIES, &vault.0].concat()
}

/// Whether a key among the small rows of the device is of a count.
pub(crate) fn is_tries(key: &[u8]) -> bool {
    key.len() == TRIES.len() + 16 && key.starts_with(TRIES)
}

/// The vault that a count is of, where it says that its key was destroyed here.
pub(crate) fn emptied(key: &[u8], row: &[u8]) -> Option<VaultId> {
    let row = rows::read::<TriesRow>(Table::Counters, row).ok().filter(|row| row.emptied_at > 0);
    key.strip_prefix(TRIES).and_then(VaultId::from_slice).filter(|_| row.is_some())
}

impl Store {
    /// How the tries for a vault stand now.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn tries(&self, vault: VaultId) -> Result<Tries, StoreError> {
        let (mut row, before) = self.tries_row(vault).await?;
        let now = clock::now_ms();
        if row.last > now {
            // The clock was put back: the wait begins now, and ends.
            row.last = now;
            let mut batch = Batch::default();
            batch.require(Table::Counters, key_of(vault), Expected::as_read(before));
            batch.put(Table::Counters, key_of(vault), rows::write(&row));
            // Should that fail, the next look does it.
            let _ = self.database().commit(batch).await;
        }
        let wait = row.wait(now);
        let left = MOST.saturating_sub(row.count);
        Ok(Tries { wrong: row.count, wait, ask: row.count >= ASK, left })
    }

    async fn tries_row(&self, vault: VaultId) -> Result<(TriesRow, Option<Vec<u8>>), StoreError> {
        let read = self.database().read(&[Query::Get(Table::Counters, key_of(vault))]).await?;
        let bytes = read.into_iter().flatten().next().map(|(_, bytes)| bytes);
        // A count that cannot be read any more keeps nobody out.
        let row: Option<TriesRow> =
            bytes.as_deref().and_then(|bytes| rows::read(Table::Counters, bytes).ok());
        let row = row.unwrap_or_default();
        let unwritten = unwritten::read(vault).filter(|(count, _)| *count >= row.count);
        let row = match unwritten {
            Some((count, last)) => TriesRow { count, last, ..row },
            None => row,
        };
        Ok((row, bytes))
    }

    /// Counts a try before it is known whether it is right: pulling the plug in between saves nobody one.
    ///
    /// # Errors
    /// [`StoreError::TooSoon`].
    pub(crate) async fn begin_try(&self, vault: VaultId) -> Result<Turn, StoreError> {
        for _ in 0..ATTEMPTS {
            let (row, before) = self.tries_row(vault).await?;
            let now = clock::now_ms();
            let wait = row.wait(now);
            let is_back = row.last > now;
            let counted = if wait > 0 { row.count } else { row.count.saturating_add(1) };
            let next = TriesRow { count: counted, last: now, ..row };
            let mut lies = before.clone();
            if wait == 0 || is_back {
                let mut batch = Batch::default();
                let written = rows::write(&next);
                batch.require(Table::Counters, key_of(vault), Expected::as_read(before));
                batch.put(Table::Counters, key_of(vault), written.clone());
                match self.database().commit(batch).await {
                    Ok(Commit::Done) => lies = Some(written),
                    Ok(Commit::Overtaken) => continue,
                    Err(StoreError::Full) => unwritten::write(vault, next.count, next.last),
                    Err(error) => return Err(error),
                }
            }
            return if wait > 0 {
                Err(StoreError::TooSoon(wait))
            } else {
                Ok(Turn { vault, row: next, lies })
            };
        }
        Err(StoreError::Busy)
    }

    /// Ends a try. A right one begins the count anew, a wrong one stays counted, anything else was none. After the last
    /// one the vault's key is destroyed.
    pub(crate) async fn end_try<T>(
        &self,
        turn: Turn,
        outcome: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match outcome {
            Err(StoreError::WrongPassphrase) if turn.is_last() && !self.practice => {
                self.mailbox().empty(turn.vault, false).await?;
                Err(StoreError::Emptied)
            }
            Err(StoreError::WrongPassphrase) => Err(StoreError::WrongPassphrase),
            outcome => {
                let Turn { vault, row, lies } = turn;
                let next = match &outcome {
                    Ok(_) => TriesRow { last: row.last, ..TriesRow::default() },
                    Err(_) => TriesRow { count: row.count.saturating_sub(1), ..row },
                };
                let (mut batch, written) = (Batch::relaxed(), rows::write(&next));
                batch.put_if(Table::Counters, key_of(vault), Expected::as_read(lies.clone()), written);
                match self.database().commit(batch).await {
                    Err(StoreError::Full) if outcome.is_ok() => {
                        // The row was never so small.
                        let mut batch = Batch::relaxed();
                        batch.delete_if(Table::Counters, key_of(vault), Expected::as_read(lies));
                        let _ = self.database().commit(batch).await;
                        unwritten::forget(vault);
                    }
                    Err(StoreError::Full) => unwritten::write(vault, next.count, next.last),
                    // Should it have failed, one try too many stays counted.
                    _ => unwritten::forget(vault),
                }
                outcome
            }
        }
    }

    /// Takes a vault off this device for its own user: its key, and everything sealed under it. What waits to be handed in
    /// stays and is handed in.
    ///
    /// # Errors
    /// When the browser does not answer; then all is as it was. In a practice nothing is taken off.
    pub async fn take_off(&self, vault: VaultId) -> Result<(), StoreError> {
        if self.practice {
            return Err(StoreError::Unavailable("this is a practice".into()));
        }
        self.mailbox().empty(vault, true).await
    }
}

impl Mailbox {
    /// Destroys a vault's key and what is sealed under it, in one transaction that also notes when and why. Outbox,
    /// capsules, pictures that wait, and the post that delivers them stay; so does every other vault.
    async fn empty(&self, vault: VaultId, left: bool) -> Result<(), StoreError> {
        let key = vault.0.to_vec();
        for _ in 0..ATTEMPTS {
            let read = self
                .database()
                .read(&[
                    Query::Get(Table::Vaults, key.clone()),
                    Query::Get(Table::Posts, key.clone()),
                    Query::Get(Table::Counters, key_of(vault)),
                ])
                .await?;
            let mut read = read.into_iter().map(|rows| rows.into_iter().next().map(|(_, bytes)| bytes));
            let (row, post, tries) = (read.next().flatten(), read.next().flatten(), read.next().flatten());
            let staff_code = row.as_deref().and_then(|row| rows::read::<VaultRow>(Table::Vaults, row).ok());
            let count = tries.as_deref().and_then(|row| rows::read::<TriesRow>(Table::Counters, row).ok());
            let note = TriesRow {
                emptied_at: clock::now_ms(),
                left,
                staff_code: staff_code.map(|row| row.staff_code).unwrap_or_default(),
                ..count.unwrap_or_default()
            };
            let mut batch = Batch::default();
            batch.require(Table::Counters, key_of(vault), Expected::as_read(tries));
            batch.require(Table::Posts, key.clone(), Expected::as_read(post.clone()));
            batch.put(Table::Counters, key_of(vault), rows::write(&note));
            if let Some(post) = post.and_then(|post| rows::read::<PostRow>(Table::Posts, &post).ok()) {
                // Nobody can open any more what would be collected for it.
                batch.put(Table::Posts, key.clone(), rows::write(&PostRow { signed_in_at: 0, ..post }));
            }
            self.destroy(vault, false, &mut batch).await?;
            let outcome = match self.database().commit(batch).await {
                // No room for the note: what is to go goes without it.
                Err(StoreError::Full) => {
                    let mut batch = Batch::default();
                    self.destroy(vault, false, &mut batch).await?;
                    self.database().commit(batch).await
                }
                outcome => outcome,
            };
            if outcome? == Commit::Done {
                unwritten::forget(vault);
                announce(Change::Vaults);
                return Ok(());
            }
        }
        Err(StoreError::Busy)
    }

    /// Vaults whose key was destroyed on this device, for whoever picks it up: the latest first.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn emptied(&self) -> Result<Vec<Emptied>, StoreError> {
        let range = crate::tables::beginning_with(TRIES);
        let read = self.database().read(&[Query::range(Table::Counters, range)]).await?;
        let mut emptied = Vec::new();
        for (key, bytes) in read.into_iter().flatten() {
            let vault = key.get(TRIES.len()..).and_then(VaultId::from_slice);
            let (Some(vault), Ok(row)) = (vault, rows::read::<TriesRow>(Table::Counters, &bytes)) else {
                continue;
            };
            if row.emptied_at > 0 {
                let unsent = usize::try_from(self.report_of(vault).await?.unsent).unwrap_or(usize::MAX);
                let TriesRow { staff_code, emptied_at: at, left, .. } = row;
                emptied.push(Emptied { staff_code, at, left, unsent });
            }
        }
        emptied.sort_by_key(|it| core::cmp::Reverse(it.at));
        Ok(emptied)
    }
}

#[cfg(test)]
mod kept;
#[cfg(test)]
mod tests;
