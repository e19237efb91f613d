//! Passkeys of staff, and what they have opened.

use super::{AuditRow, Digest, Result};
use domain::UserId;

/// A passkey that a user registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyRow {
    /// The authenticator's name for it, at most 1,023 bytes.
    pub credential: Vec<u8>,
    /// Whose.
    pub user: UserId,
    /// Public key in COSE's form, as registered.
    pub public: Vec<u8>,
    /// The authenticator's own count of signatures; 0 where it keeps none.
    pub counter: u32,
    /// Whether it may be copied to other devices of its owner (WebAuthn: *backup eligible*).
    pub copyable: bool,
    /// When it was registered.
    pub added_at: u64,
    /// When it was last shown; 0 for never.
    pub shown_at: u64,
}

/// What a challenge was given for. The numbers lie in rows and are fixed for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    /// To register a passkey.
    Register = 1,
    /// To show one.
    Show = 2,
}

/// Most passkeys of one user.
pub const PASSKEYS_EACH: usize = 10;

/// What became of a passkey that was to be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It lies here.
    New,
    /// Somebody registered the same one before.
    Known,
    /// Its user has [`PASSKEYS_EACH`] already, or has one although this was to be the first.
    TooMany,
}

/// Passkeys of staff, and what they have opened. See [`super::Ledger`] for the rules that hold for every call.
pub trait Passkeys {
    /// The credentials of all passkeys there are.
    fn credentials(&self) -> Result<Vec<Vec<u8>>>;
    /// A user's passkeys, oldest first.
    fn passkeys(&self, user: UserId) -> Result<Vec<PasskeyRow>>;
    /// Takes a passkey in, with its line of the log. `first`: only if its user has none; looked at in the same write.
    fn add_passkey(&self, row: PasskeyRow, first: bool, line: AuditRow) -> Result<Added>;
    /// Notes that a passkey was shown on a session, if its counter still is what was read, and writes the line of the log:
    /// all or nothing. Whether it was.
    fn passkey_shown(
        &self,
        session: Digest,
        shown: &PasskeyRow,
        counter: u32,
        now: u64,
        line: AuditRow,
    ) -> Result<bool>;
    /// Removes one passkey, unless it is the last one and that is to stay; every other session of its user must then
    /// show one again. Whether it was removed.
    fn remove_passkey(
        &self,
        user: UserId,
        credential: &[u8],
        session: Digest,
        keep_last: bool,
    ) -> Result<bool>;
    /// Removes all passkeys of a user and what they have opened. How many there were.
    fn remove_passkeys(&self, user: UserId) -> Result<u64>;
    /// Keeps the digest of a challenge for a session, instead of the one given before for the same purpose.
    fn give_challenge(&self, session: Digest, ceremony: Ceremony, challenge: Digest, now: u64) -> Result<()>;
    /// Uses a challenge up. Whether it was the session's own, for this purpose, given after `since`.
    fn take_challenge(
        &self,
        session: Digest,
        ceremony: Ceremony,
        challenge: Digest,
        since: u64,
    ) -> Result<bool>;
    /// When a passkey was last shown on a session; 0 for never, also when there is no such session.
    fn elevated_at(&self, session: Digest) -> Result<u64>;
}
