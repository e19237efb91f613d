//! The office: everything a running server holds, shared by all requests.

use super::keyring::Keyring;
use super::ledger::{Identity, InvitationRow, Ledger, LedgerError, State, UserRow};
use super::opener::Openers;
use super::session::UsedChallenges;
use super::sites::Sites;
use super::{judge, now_ms, random, rng};
use crate::ApiError;
use domain::{EnrolmentId, Role, UserId};
use minicbor::{Decode, Encode};
use seal::{Invitation, Locker, Opener, Place, SealError};
use std::path::Path;
use std::sync::Mutex;

/// How long an invitation waits to be used.
pub const INVITED_FOR: u64 = 72 * 60 * 60 * 1000;

/// Tables with sealed rows. The numbers are bound into every row and fixed for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Names of staff.
    Users = 1,
    /// Entries as signed.
    Entries = 2,
    /// Records.
    Records = 3,
    /// Drafts as signed.
    Drafts = 4,
}

/// A member of staff to be invited.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Who.
    pub id: UserId,
    /// How they are shown beside what they state.
    pub name: String,
    /// Short code by which they pick themselves on a shared tablet.
    pub staff_code: String,
    /// What they are here for.
    pub role: Role,
    /// Code of their site.
    pub site: String,
}

/// The sealed part of a user's row.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Profile {
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub staff_code: String,
}

/// Everything a running server holds.
pub struct Office {
    pub(super) ledger: Box<dyn Ledger>,
    pub(super) keyring: Keyring,
    pub(super) locker: Locker,
    pub(super) openers: Openers,
    pub(super) sites: Sites,
    pub(super) used_challenges: UsedChallenges,
    /// Whose turn it is to judge what others changed meanwhile.
    pub(super) turns: Mutex<()>,
}

impl Office {
    /// Opens the data in a folder, making it at the first start.
    ///
    /// # Errors
    /// In words for whoever started the server.
    pub fn open(data: &Path) -> Result<Self, String> {
        let cannot = |what: &str, error: &dyn core::fmt::Display| format!("{what}: {error}");
        let database = data.join("amparo.db");
        let keyring = Keyring::open(&data.join("keys"), database.exists())
            .map_err(|error| cannot("the keys cannot be opened", &error))?;
        // SQLite gives its log files the mode of the database.
        super::keyring::make_private_file(&database)
            .map_err(|error| cannot("the database cannot be made", &error))?;
        let fresh = Identity { server: random(), epoch: random() };
        let ledger = super::sqlite::SqliteLedger::open(&database, fresh)
            .map_err(|error| cannot("the ledger cannot be opened", &error))?;
        Ok(Self::over(Box::new(ledger), keyring))
    }

    /// An office over a ledger that is open already.
    #[must_use]
    pub fn over(ledger: Box<dyn Ledger>, keyring: Keyring) -> Self {
        let locker = Locker::new(keyring.storage.clone(), ledger.identity().server);
        let openers = Openers::new(Opener::new(keyring.secrets.sealing.clone()));
        let used_challenges = UsedChallenges::default();
        Self {
            ledger,
            keyring,
            locker,
            openers,
            sites: Sites::read(),
            used_challenges,
            turns: Mutex::default(),
        }
    }

    /// The ledger, for tests and figures.
    #[must_use]
    pub fn ledger(&self) -> &dyn Ledger {
        &*self.ledger
    }

    /// The server's public half and what vouches for it.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Invites a user, who is added unless they are here, and gives the text behind the link's `#`.
    ///
    /// # Errors
    /// An unknown site, or a ledger that is not able.
    pub fn invite(&self, user: &NewUser) -> Result<Invitation, LedgerError> {
        self.invite_for(user, INVITED_FOR)
    }

    /// As [`Self::invite`], but waiting so many milliseconds to be used.
    ///
    /// # Errors
    /// As [`Self::invite`].
    pub fn invite_for(&self, user: &NewUser, ms: u64) -> Result<Invitation, LedgerError> {
        if self.sites.operation(&user.site).is_none() {
            return Err(LedgerError::Unable(format!("no site has the code {:?}", user.site)));
        }
        let profile = Profile { name: user.name.clone(), staff_code: user.staff_code.clone() };
        let profile = minicbor::to_vec(&profile).map_err(|_| LedgerError::Unable("not encodable".into()))?;
        let sealed = self
            .seal(Table::Users, &user.id.0, 1, &profile)
            .map_err(|error| LedgerError::Unable(error.to_string()))?;
        let invitation = Invitation { code: random(), root: self.keyring.fingerprint };
        let row = InvitationRow {
            code: seal::digest(&invitation.code),
            user: user.id,
            expires_at: now_ms().saturating_add(ms),
        };
        let user =
            UserRow { id: user.id, sealed, role: user.role.code(), site: user.site.clone(), disabled: false };
        self.ledger.invite(user, row)?;
        Ok(invitation)
    }

    /// Changes what a user may do, and judges again what was parked.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn set_user(&self, user: UserId, role: Role, site: &str, disabled: bool) -> Result<u64, LedgerError> {
        self.ledger.set_user(user, role.code(), site, disabled)?;
        self.rejudge()
    }

    /// Marks a device as lost or handed on, or takes that back, and judges again what was parked.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn set_revoked(&self, enrolment: EnrolmentId, revoked: bool) -> Result<u64, LedgerError> {
        self.ledger.set_revoked(enrolment, revoked)?;
        self.rejudge()
    }

    /// Judges what was stored and not judged: the server stopped between the two.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn judge_waiting(&self) -> Result<u64, LedgerError> {
        self.judge_all(State::Waiting)
    }

    /// Judges again what is parked. Gives how many were entered.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn rejudge(&self) -> Result<u64, LedgerError> {
        self.judge_all(State::Parked)
    }

    fn judge_all(&self, state: State) -> Result<u64, LedgerError> {
        let (mut after, mut entered) = (0, 0);
        loop {
            let kept = self.ledger.kept(state, after, 64)?;
            let Some(last) = kept.last() else { return Ok(entered) };
            after = last.seq;
            let verdicts = judge::judge(self, &kept)?;
            entered +=
                verdicts.iter().filter(|judged| judged.verdict == seal::Verdict::Accepted).count() as u64;
        }
    }

    pub(super) fn seal(
        &self,
        table: Table,
        key: &[u8],
        version: u64,
        plain: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        self.locker.seal(&mut rng(), Place { table: table as u8, key }, version, plain)
    }

    pub(super) fn unseal(&self, table: Table, key: &[u8], row: &[u8]) -> Result<(u64, Vec<u8>), SealError> {
        self.locker.open(Place { table: table as u8, key }, row)
    }

    pub(super) fn profile(&self, user: &UserRow) -> Result<Profile, ApiError> {
        let opened = self.unseal(Table::Users, &user.id.0, &user.sealed);
        let (_, profile) = opened.map_err(|_| ApiError::Unavailable)?;
        minicbor::decode(&profile).map_err(|_| ApiError::Unavailable)
    }

    /// The operation whose records a user works with.
    pub(super) fn operation(&self, site: &str) -> &'static str {
        self.sites.operation(site).unwrap_or("")
    }
}
