//! What a vault says of itself: identity, drafts, what waits.

use domain::{DraftId, EnrolmentId, RecordId, UserId, VaultId};
use seal::{Purpose, Verdict};

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

pub use road::device::ItemKey;

/// How an item of the outbox stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// Not delivered yet.
    Waiting,
    /// The server could not take it; it stays here. See the verdict.
    Refused,
    /// The server holds it but has not entered it; a supervisor sees it there.
    Parked,
    /// The server entered it and has something to say of it; see the reason.
    Noted,
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
    /// Pictures not handed in, of everybody on this device. What was registered is sent without waiting for them, so
    /// they do not count as unsent.
    pub pictures: usize,
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
