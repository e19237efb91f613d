//! Items of the outbox as far as anything is decided about them: no envelope's bytes, nothing that opens one.

use super::Trouble;
use domain::{DraftId, EntryId, VaultId};
use seal::Purpose;

/// Names an item of the outbox: its purpose, then the id of its entry, draft or readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey(pub [u8; 17]);

impl ItemKey {
    /// The item of an entry.
    #[must_use]
    pub fn of_entry(id: EntryId) -> Self {
        Self::new(Purpose::Entry, id.0)
    }

    /// The item of a draft.
    #[must_use]
    pub fn of_draft(id: DraftId) -> Self {
        Self::new(Purpose::Draft, id.0)
    }

    /// The item of a batch of readings.
    #[must_use]
    pub fn of_reads(id: [u8; 16]) -> Self {
        Self::new(Purpose::Reads, id)
    }

    /// The item of something with this id.
    #[must_use]
    pub fn new(purpose: Purpose, id: [u8; 16]) -> Self {
        let mut key = [purpose.code(); 17];
        key.iter_mut().skip(1).zip(id).for_each(|(to, from)| *to = from);
        Self(key)
    }

    /// From the key of a row of the outbox; `None` for one of another length.
    #[must_use]
    pub fn from_key(key: &[u8]) -> Option<Self> {
        key.try_into().ok().map(Self)
    }

    /// From the key of a row of what was sent.
    #[must_use]
    pub fn from_sent(key: &[u8]) -> Option<Self> {
        let (purpose, rest) = key.split_at_checked(1)?;
        Self::from_key(&[purpose, rest.get(16..)?].concat())
    }

    /// What it holds. One of a later version travels with the entries.
    #[must_use]
    pub fn purpose(self) -> Purpose {
        self.0.first().and_then(|code| Purpose::from_code(*code)).unwrap_or(Purpose::Entry)
    }

    /// Key of its row in the outbox.
    #[must_use]
    pub fn in_outbox(self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// Key of its row among what was sent; those of a vault lie together.
    #[must_use]
    pub fn in_sent(self, vault: VaultId) -> Vec<u8> {
        let (purpose, id) = self.0.split_at(1);
        [purpose, &vault.0, id].concat()
    }
}

/// How an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// To be delivered.
    Waiting,
    /// The server could not take it; it stays, and is tried again now and then.
    Refused,
    /// The server holds it and did not enter it.
    Parked,
    /// The server entered it and has something to say to who saved it.
    Noted,
    /// Of a later version: left alone.
    Other(u8),
}

impl State {
    /// Its number in rows, fixed for ever.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            State::Waiting => 0,
            State::Refused => 1,
            State::Parked => 2,
            State::Noted => 3,
            State::Other(code) => code,
        }
    }

    /// From its number.
    #[must_use]
    pub fn from_code(code: u8) -> Self {
        match code {
            0 => State::Waiting,
            1 => State::Refused,
            2 => State::Parked,
            3 => State::Noted,
            other => State::Other(other),
        }
    }
}

/// What the ids of vaults begin with that are none. Ids of vaults begin with the time they were made: none will begin so
/// for five thousand years.
pub const CARRIED: [u8; 8] = *b"carried\0";

/// Whether what lies under a vault's id is carried for another device.
#[must_use]
pub fn is_carried(vault: VaultId) -> bool {
    vault.0.starts_with(&CARRIED)
}

/// So many failures at the server are no accident any more.
const STUMBLES: u32 = 3;

/// An item of the outbox, or of the shelf of what was sent. Times are milliseconds since 1970, 0 for never.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Names it.
    pub key: ItemKey,
    /// Whose it is.
    pub vault: VaultId,
    /// Bytes of its envelope.
    pub size: usize,
    /// Names the capsule that opens it.
    pub capsule: Vec<u8>,
    /// When it was saved, by the device's clock.
    pub saved_at: u64,
    /// How it stands.
    pub state: State,
    /// Code of the last [`seal::Verdict`]; 0 where none was given.
    pub verdict: u8,
    /// The server's reason for it, or the name of the last [`Trouble`]; empty for neither.
    pub reason: String,
    /// Attempts so far.
    pub tries: u32,
    /// When last tried.
    pub last_try: u64,
    /// Not to be sent before.
    pub not_before: u64,
    /// When the server took it over, by the server's clock; [`super::UNDATED`] where it did not say. Builds of former
    /// days wrote it by the device's clock.
    pub settled_at: u64,
    /// The server's epoch then; empty while none has answered.
    pub epoch: Vec<u8>,
    /// Whether what the server refused to enter was taken out of the records.
    pub forgotten: bool,
}

impl Item {
    /// One that was just saved.
    #[must_use]
    pub fn saved(key: ItemKey, vault: VaultId, size: usize, capsule: Vec<u8>, now: u64) -> Self {
        Self {
            key,
            vault,
            size,
            capsule,
            saved_at: now,
            state: State::Waiting,
            verdict: 0,
            reason: String::new(),
            tries: 0,
            last_try: 0,
            not_before: 0,
            settled_at: 0,
            epoch: Vec::new(),
            forgotten: false,
        }
    }

    /// Whether the server holds it, entered or not.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        matches!(self.state, State::Parked | State::Noted)
    }

    /// Whether parcels that began with it failed at the server again and again: it goes alone and last, so that it
    /// holds up nothing else.
    #[must_use]
    pub fn stumbled(&self) -> bool {
        self.tries >= STUMBLES && self.reason == Trouble::ServerUnavailable.name()
    }

    /// As it is to lie in the outbox when the server turns out to be another one than took it over; `None` where
    /// nothing changes. `is_sent`: it lies on the shelf of what was sent.
    ///
    /// The server was restored from a backup: what it acknowledged before may be gone there. All of it goes out again;
    /// what is there already is answered so.
    #[must_use]
    pub fn anew(&self, is_sent: bool, epoch: &[u8]) -> Option<Item> {
        let is_older = self.epoch.as_slice() != epoch;
        let was_taken = is_sent || self.is_delivered();
        (is_older && was_taken).then(|| Item {
            state: State::Waiting,
            not_before: 0,
            forgotten: false,
            ..self.clone()
        })
    }
}

/// A capsule, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capsule {
    /// Names it.
    pub key: Vec<u8>,
    /// Its bytes on the wire.
    pub size: usize,
    /// Whether the server has said, by taking over an envelope, that it holds it.
    pub held: bool,
    /// When it was made, milliseconds since 1970.
    pub made_at: u64,
}
