//! What the server keeps of applications beside their records, and letters of families as they came.

use super::{Digest, Result};
use domain::RecordId;

/// Which network a letter came from, as the server notes it: a digest under a secret of its own.
pub type Origin = [u8; 16];

/// What the server alone knows of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationRow {
    /// Its record.
    pub id: RecordId,
    /// Digest of its reference.
    pub reference: Digest,
    /// Day on which it came, in days since 1970.
    pub day: u32,
    /// Not registered and not closed, as far as is known.
    pub is_open: bool,
    /// Counts what was written.
    pub version: u64,
    /// Everything else.
    pub sealed: Vec<u8>,
}

/// What becomes of a letter next. The numbers lie in rows and are fixed for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterState {
    /// Judged at once.
    Waiting = 0,
    /// Judged in its turn, or when somebody asks for it.
    Quarantined = 1,
    /// Kept for people to look at.
    Apart = 2,
}

/// A letter as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterRow {
    /// Number; 0 for one that is not here yet.
    pub seq: u64,
    /// Digest of the letter.
    pub id: [u8; 16],
    /// What becomes of it.
    pub state: LetterState,
    /// From where it came.
    pub origin: Origin,
    /// Digest of the reference of its application.
    pub reference: Digest,
    /// When, milliseconds since 1970.
    pub received_at: u64,
    /// The letter, sealed.
    pub raw: Vec<u8>,
}

/// How many letters of an origin are in quarantine, and their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// From where.
    pub origin: Origin,
    /// Letters.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// How a letter was kept until now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Was {
    /// What was to become of it.
    pub state: LetterState,
    /// From where it came.
    pub origin: Origin,
    /// Its bytes.
    pub bytes: u64,
}

/// Numbers for people who look after the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ApplicationCounts {
    /// Applications that came over the line.
    pub taken: u64,
    /// Of these, neither registered nor closed.
    pub open: u64,
    /// Letters that are judged at once.
    pub waiting: u64,
    /// Letters in quarantine.
    pub quarantined: u64,
    /// Letters kept apart.
    pub apart: u64,
}

/// Rows about applications. See [`super::Ledger`] for the rules that hold for every call.
pub trait Applications {
    /// What is known of an application.
    fn application(&self, id: RecordId) -> Result<Option<ApplicationRow>>;
    /// Those of a reference: one, but for rare chance, or where somebody makes ids up to bury another. Of more than 64 the
    /// 32 that came first and the 32 that came last.
    fn applications_of(&self, reference: Digest) -> Result<Vec<ApplicationRow>>;
    /// Writes what is known of one, over what is there only when that is one version older. Whether it was written.
    fn put_application(&self, row: ApplicationRow) -> Result<bool>;
    /// Open ones that came before a day, the oldest first.
    fn open_applications(&self, before: u32, limit: u32) -> Result<Vec<ApplicationRow>>;

    /// Keeps a letter unless it is here. Whether it was new.
    fn keep_letter(&self, letter: LetterRow) -> Result<bool>;
    /// Letters in a state, after a number.
    fn letters(&self, state: LetterState, after: u64, limit: u32) -> Result<Vec<LetterRow>>;
    /// How a letter is kept; `None` where it is not here.
    fn letter_state(&self, id: [u8; 16]) -> Result<Option<LetterState>>;
    /// Letters about a reference, the oldest first; those kept apart are left out. Of more than so many the first half of
    /// that number and the last.
    fn letters_of(&self, reference: Digest, limit: u32) -> Result<Vec<LetterRow>>;
    /// The letter of an origin that is longest in quarantine.
    fn oldest_letter(&self, origin: Origin) -> Result<Option<LetterRow>>;
    /// How often the program ended while a letter was being judged; counts it as being judged now.
    fn try_letter(&self, id: [u8; 16]) -> Result<u32>;
    /// Keeps a letter otherwise. How it was kept; `None` where it is not here.
    fn set_letter(&self, id: [u8; 16], state: LetterState) -> Result<Option<Was>>;
    /// Forgets a letter. How it was kept; `None` where it is not here.
    fn forget_letter(&self, id: [u8; 16]) -> Result<Option<Was>>;
    /// What is in quarantine, by origin.
    fn quarantine(&self) -> Result<Vec<Held>>;
    /// Numbers.
    fn application_counts(&self) -> Result<ApplicationCounts>;
}
