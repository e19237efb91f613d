//! Several programs on one database: which ledger it is now, what counts once for all of them, and what one of them does
//! at a time.

use super::{AuditRow, DeviceRow, Digest, Identity, Result, SessionRow, UserRow};

/// A program that serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// Random, for as long as it runs.
    pub holder: [u8; 16],
    /// Digest of the machine and folder that it runs in.
    pub place: [u8; 16],
}

/// Staff and their devices, as something else than the database knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Members of staff.
    pub users: Vec<UserRow>,
    /// Whether those who are disabled among them are to be so here: not where the database may know better.
    pub disables: bool,
    /// Devices.
    pub devices: Vec<DeviceRow>,
    /// First 16 bytes of SHA-256 of the credentials of passkeys that were removed.
    pub removed: Vec<[u8; 16]>,
}

/// What came of claiming something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is this program's; when it was last done, milliseconds since 1970, 0 for never.
    Mine(u64),
    /// Another one has it, until this time at the latest.
    Until(u64),
}

/// What several programs on one database need to agree on. See [`super::Ledger`] for the rules that hold for every call.
pub trait Several {
    /// Which ledger this is, as it stands in the database now: another program may have begun another epoch.
    /// [`super::Ledger::identity`] says the same from then on.
    fn look(&self) -> Result<Identity>;
    /// Begins another epoch, if it is this one still, and writes the line of the log that tells of it: both or neither.
    /// Invitations that nobody used and grants that are open end with it: the database may have forgotten that they were
    /// used or ended. Whether it did.
    fn begin_epoch(&self, former: [u8; 16], epoch: [u8; 16], line: AuditRow) -> Result<bool>;
    /// As [`super::Ledger::open_session`], and uses a challenge up that runs out at a time: both or neither. `false` when
    /// it was used before.
    fn begin_session(
        &self,
        session: SessionRow,
        forget_before: u64,
        challenge: Digest,
        until: u64,
    ) -> Result<bool>;

    /// Takes over members of staff and devices that are not here, and what was ended of those that are: people disabled,
    /// devices ordered to do something under a later serial, passkeys removed. How many there were of each.
    fn take_over_staff(&self, known: Known) -> Result<(u64, u64, u64)>;

    /// Says that a program serves at a time.
    fn serves(&self, program: Program, now: u64) -> Result<()>;
    /// Says that a program serves no more: what it had claimed is free.
    fn serves_no_more(&self, holder: [u8; 16]) -> Result<()>;
    /// Forgets all programs of a place but one: whoever says so knows that they have ended. What they had claimed is free.
    fn alone_at(&self, program: Program) -> Result<()>;
    /// How many other programs said since a time that they serve.
    fn others(&self, holder: [u8; 16], since: u64) -> Result<u64>;
    /// Claims something until a time, unless another one has it now.
    fn claim(&self, name: &str, holder: [u8; 16], now: u64, until: u64) -> Result<Claimed>;
    /// Gives up what was claimed; `done` says when it was done, where that matters.
    fn release(&self, name: &str, holder: [u8; 16], done: Option<u64>) -> Result<()>;
}
