//! An unlocked vault.

use crate::{Counts, DamagedRow, Hit, StoreError};
use domain::{DraftId, Entry, EnrolmentId, RecordId, Record, UserId, VaultId};
use seal::{Purpose, Verdict};
use std::rc::Rc;

/// Whose vault it is. Holds no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The vault.
    pub vault: VaultId,
    /// This user on this device.
    pub enrolment: EnrolmentId,
    /// The user.
    pub user: UserId,
    /// How the user is shown.
    pub name: String,
    /// By which the user picks the vault; no name.
    pub staff_code: String,
    /// Code of `domain::Role`, as last heard from the server.
    pub role: u8,
    /// Code of the user's site, as last heard from the server.
    pub site: String,
    /// Fingerprint of the root, to be compared with the paper.
    pub root: [u8; 32],
}

/// Remembers, for the person who did it, what an envelope in the outbox is about. Sealed under the vault's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Whom it is about, as shown.
    pub person: String,
    /// What was done: a key that the app has words for.
    pub act: String,
    /// The record to open.
    pub record: RecordId,
}

/// What a list of drafts shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftNote {
    /// Whom it is about, as shown.
    pub title: String,
    /// Which form it belongs to: a key of the app.
    pub form: String,
    /// How far it got.
    pub step: u32,
}

/// A draft in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftItem {
    /// The draft.
    pub id: DraftId,
    /// What to show.
    pub note: DraftNote,
    /// When it was last sealed, milliseconds since 1970.
    pub at: u64,
}

/// An entry is saved: the strict transaction has committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavedAt {
    /// When, milliseconds since 1970.
    pub ms: u64,
    /// Whether it had been saved before: two taps on Save are one entry.
    pub already: bool,
}

/// Names an item of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey(pub [u8; 17]);

/// How an item of the outbox stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// Not delivered yet.
    Waiting,
    /// The server could not take it; it stays here. See the verdict.
    Refused,
    /// The server holds it but has not entered it; a supervisor sees it there.
    Parked,
}

/// An item of the outbox, or one that was delivered and needs attention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxItem {
    /// Names it.
    pub key: ItemKey,
    /// Entry or draft.
    pub purpose: Purpose,
    /// What it is about; `None` for what colleagues saved.
    pub note: Option<Note>,
    /// Whether it is this user's.
    pub mine: bool,
    /// How it stands.
    pub state: ItemState,
    /// The server's last word on it.
    pub verdict: Option<Verdict>,
    /// The server's reason, a short code; or the [`crate::Trouble`] of the last attempt, as its `Debug` name.
    pub reason: String,
    /// Attempts so far.
    pub tries: u32,
    /// When last tried, milliseconds since 1970.
    pub last_try: Option<u64>,
    /// When it was saved, milliseconds since 1970.
    pub saved_at: u64,
    /// Bytes on the wire.
    pub size: usize,
}

/// The always-visible line: "12 saved here, 3 not sent, oldest 2 days".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Entries this user saved on this device and that are still remembered, sent or not.
    pub saved_here: usize,
    /// Entries not delivered, of everybody on this device.
    pub unsent: usize,
    /// When the oldest of these was saved, milliseconds since 1970.
    pub oldest: Option<u64>,
    /// Items that a person should look at.
    pub attention: usize,
}

/// What folding in did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// Records taken in.
    pub records: usize,
    /// Pages that still lie in the inbox.
    pub left: usize,
    /// Records in reach in all, as the server last said: for the progress of a first collect.
    pub total: u64,
}

/// An unlocked vault. Clones are the same vault; locking one locks them all.
#[derive(Clone)]
pub struct Vault {
    identity: Rc<Identity>,
}

const NOT_YET: &str = "not built yet";
fn not_yet<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable(NOT_YET.into()))
}

impl Vault {
    /// Whose vault it is.
    #[must_use]
    pub fn identity(&self) -> Rc<Identity> {
        self.identity.clone()
    }

    /// Forgets every key and everything opened. What is saved stays saved and is delivered all the same.
    pub fn lock(&self) {}

    /// Whether it was locked.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        false
    }

    /// Saves an entry and queues it for delivery, both or neither, and drops the draft it was made from.
    ///
    /// # Errors
    /// [`StoreError::Full`] and others; nothing was saved then.
    pub async fn save(&self, _entry: &Entry, _note: Note, _draft: Option<DraftId>) -> Result<SavedAt, StoreError> {
        not_yet()
    }

    /// Keeps a draft and queues its state for delivery, in place of what was queued of it before.
    ///
    /// # Errors
    /// [`StoreError::Full`] and others; the former state stays then.
    pub async fn save_draft(&self, _id: DraftId, _bytes: &[u8], _note: DraftNote) -> Result<SavedAt, StoreError> {
        not_yet()
    }

    /// This user's drafts, newest first.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn drafts(&self) -> Result<Vec<DraftItem>, StoreError> {
        not_yet()
    }

    /// A draft's bytes and note.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when it does not open.
    pub async fn draft(&self, _id: DraftId) -> Result<Option<(Vec<u8>, DraftNote)>, StoreError> {
        not_yet()
    }

    /// Drops a draft, and what is queued of it.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn discard_draft(&self, _id: DraftId) -> Result<(), StoreError> {
        not_yet()
    }

    /// A record as it stands on this device.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when its row does not open.
    pub async fn record(&self, _id: RecordId) -> Result<Option<Record>, StoreError> {
        not_yet()
    }

    /// Several records; those not here are left out, those that do not open are set aside.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn records(&self, _ids: &[RecordId]) -> Result<Vec<Record>, StoreError> {
        not_yet()
    }

    /// The individuals of a group.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn members(&self, _group: RecordId) -> Result<Vec<Record>, StoreError> {
        not_yet()
    }

    /// The documents of an individual.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn documents(&self, _individual: RecordId) -> Result<Vec<Record>, StoreError> {
        not_yet()
    }

    /// Finds people by parts of their names in any order, by document number, phone or group reference.
    #[must_use]
    pub fn search(&self, _text: &str, _limit: usize) -> Vec<Hit> {
        Vec::new()
    }

    /// How many are on this device.
    #[must_use]
    pub fn count(&self) -> Counts {
        Counts::default()
    }

    /// Opens up to so many collected pages and joins what they tell with what is held.
    ///
    /// # Errors
    /// [`StoreError::Full`] and others; the pages stay in the inbox then.
    pub async fn fold_inbox(&self, _pages: usize) -> Result<Folded, StoreError> {
        not_yet()
    }

    /// Takes in what other pages of this device wrote since. To be called on `announce::Change::Records`.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        not_yet()
    }

    /// What waits and what needs attention, oldest first.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn outbox(&self) -> Result<Vec<OutboxItem>, StoreError> {
        not_yet()
    }

    /// The always-visible line.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn waiting(&self) -> Result<Waiting, StoreError> {
        not_yet()
    }

    /// Has an item tried again in the next round.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn retry(&self, _key: ItemKey) -> Result<(), StoreError> {
        not_yet()
    }

    /// Takes a delivered item that was parked off the list; what waits cannot be dismissed.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn dismiss(&self, _key: ItemKey) -> Result<(), StoreError> {
        not_yet()
    }

    /// How somebody is shown who stated something.
    #[must_use]
    pub fn author_name(&self, _user: UserId) -> Option<String> {
        None
    }

    /// Rows that did not open.
    #[must_use]
    pub fn set_aside(&self) -> Vec<DamagedRow> {
        Vec::new()
    }

    /// The signature that answers a sign-in challenge of the server.
    ///
    /// # Errors
    /// [`StoreError::Locked`].
    pub fn answer(&self, _challenge: &[u8]) -> Result<[u8; 64], StoreError> {
        not_yet()
    }

    /// Notes a sign-in: role, site, the server's keys as they are now. From now on collection is this user's.
    ///
    /// # Errors
    /// [`StoreError::Untrusted`] when the pinned root does not vouch for the server's keys.
    pub async fn signed_in(&self, _answer: &api::SignedIn) -> Result<(), StoreError> {
        not_yet()
    }
}
