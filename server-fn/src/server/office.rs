//! The office: everything a running server holds, shared by all requests.

use super::keyring::{Keyring, Lockers, StorageSource};
use super::ledger::{
    Batch, Fate, Identity, InvitationRow, KeptRow, Ledger, LedgerError, RecordRow, State, UserRow, is_refused,
};
use super::limits::Limits;
use super::opener::Openers;
use super::several::{Programs, Task};
use super::sites::Sites;
use super::sql::Source;
use super::tables::Cabinet;
use super::{database, judge, keyring, log, now_ms, random, rng};
use crate::ApiError;
use domain::{EnrolmentId, Record, Role, UserId};
use minicbor::{Decode, Encode};
use seal::{Invitation, Place, SealError};
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
    /// The value by which the storage key is known again.
    KeyCheck = 5,
    /// Details of the log of deeds and readings.
    Audit = 6,
    /// Why somebody asked to open what others registered, and how they were answered.
    Requests = 7,
    /// No table: what stands for somebody who was found elsewhere, in the hands of whoever found them.
    Handles = 8,
    /// No table: how far a device has collected and as whom, in its own hands.
    Bookmarks = 9,
    /// What the slips of referrals rest on.
    SlipSecrets = 10,
    /// By what the family of an application is known again.
    Applications = 11,
    /// No table: staff and devices, in a file beside the database.
    Roster = 12,
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
    /// Code of their organisation; empty where the office names none.
    pub organisation: String,
    /// Code of their team; empty for none.
    pub team: String,
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
    pub(super) locker: Lockers,
    pub(super) openers: Openers,
    pub(super) sites: Sites,
    pub(super) tables: Cabinet,
    /// Of which class everything is.
    pub(super) shelf: super::rights::Shelf,
    pub(super) limits: Limits,
    /// By what people are found who are registered elsewhere.
    pub(super) elsewhere: super::elsewhere::Indexes,
    pub(super) checkpoints: super::audit::Checkpoints,
    /// What was promised last, beside the database.
    pub(super) promised: super::audit::Promised,
    /// Staff and devices, beside the database.
    pub(super) roster: super::backup::RosterFile,
    /// This program among those that serve the same database.
    pub(super) programs: Programs,
    /// What the slips of referrals rest on.
    pub(super) slips: super::slips::Slips,
    /// What families send from their phones.
    pub(super) intake: super::intake::Intake,
    /// What applicants' phones are told of the offices.
    pub(super) door: super::door::Board,
    /// Who has which slot.
    pub(super) appointments: super::appointments::Book,
    /// Where judging is done.
    pub(super) bench: judge::Bench,
    /// Whose turn it is to judge what others changed meanwhile.
    pub(super) turns: Mutex<()>,
    /// Whose turn it is to change what somebody is here for, where it matters who else is left.
    pub(super) staffing: Mutex<()>,
}

impl Office {
    /// Opens the data in a folder, making it at the first start.
    ///
    /// # Errors
    /// In words for whoever started the server.
    pub fn open(data: &Path) -> Result<Self, String> {
        Self::open_with(data, StorageSource::from_environment())
    }

    /// As [`Self::open`], with storage keys from somewhere else than the environment says.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(data: &Path, storage: StorageSource) -> Result<Self, String> {
        Self::open_at(data, None, storage)
    }

    /// As [`Self::open_with`], with the ledger in the database at an address: see [`database::of`].
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_at(data: &Path, said: Option<&str>, storage: StorageSource) -> Result<Self, String> {
        let cannot = |what: &str, error: &dyn core::fmt::Display| format!("{what}: {error}");
        // Held until all is open: two programs that begin in an empty folder must not each make keys.
        let _lock =
            keyring::lock(data).map_err(|error| cannot("the data folder cannot be locked", &error))?;
        let source = database::of(data, said)?;
        if !database::is_begun(&source)? && super::backup::was_here(data) {
            return Err(super::backup::GONE.to_owned());
        }
        let office =
            Self::open_source(data, source, Identity { server: random(), epoch: random() }, storage)?;
        if database::is_other(data, said)? {
            let known = super::backup::RosterFile::of(data).server();
            let known = known.map_err(|error| cannot("the data folder cannot be read", &error))?;
            if known.is_some_and(|known| known != office.ledger.identity().server) {
                return Err(
                    "the database at this address is of another server than this data folder".to_owned()
                );
            }
            database::keep(data, said)?;
        }
        Ok(office)
    }

    /// An office of a data folder over a ledger wherever it is, which becomes `fresh` if it is new.
    pub(super) fn open_source(
        data: &Path,
        source: Source,
        fresh: Identity,
        storage: StorageSource,
    ) -> Result<Self, String> {
        let cannot = |what: &str, error: &dyn core::fmt::Display| format!("{what}: {error}");
        let keyring = Keyring::open(&data.join("keys"), database::is_begun(&source)?, storage)
            .map_err(|error| cannot("the keys cannot be opened", &error))?;
        if let Source::File(database) = &source {
            // SQLite gives its log files the mode of the database.
            keyring::make_private_file(database)
                .map_err(|error| cannot("the database cannot be made", &error))?;
        }
        let ledger = super::rows::SqlLedger::open(source, fresh)
            .map_err(|error| cannot("the ledger cannot be opened", &error))?;
        let tables = Cabinet::of(data);
        let sites = Sites::of(tables.clone());
        let office = Self {
            tables,
            sites,
            promised: super::audit::Promised::of(data),
            roster: super::backup::RosterFile::of(data),
            programs: Programs::at(data),
            ..Self::over(Box::new(ledger), keyring)
        };
        office.check_keys()?;
        office.place_all().map_err(|error| cannot("records cannot be placed", &error))?;
        Ok(office)
    }

    /// An office over a ledger that is open already.
    #[must_use]
    pub fn over(ledger: Box<dyn Ledger>, keyring: Keyring) -> Self {
        let locker = Lockers::new(&keyring.storage, ledger.identity().server);
        let openers = Openers::new(keyring.folder(), &keyring.secrets);
        Self {
            ledger,
            keyring,
            locker,
            openers,
            sites: Sites::of(Cabinet::default()),
            tables: Cabinet::default(),
            shelf: super::rights::Shelf::default(),
            limits: Limits::default(),
            elsewhere: super::elsewhere::Indexes::default(),
            checkpoints: super::audit::Checkpoints::default(),
            promised: super::audit::Promised::default(),
            roster: super::backup::RosterFile::default(),
            programs: Programs::default(),
            slips: super::slips::Slips::default(),
            intake: super::intake::Intake::default(),
            door: super::door::Board::default(),
            appointments: super::appointments::Book::default(),
            bench: judge::Bench::default(),
            turns: Mutex::default(),
            staffing: Mutex::default(),
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
        let NewUser { id, role, site, organisation, team, .. } = user.clone();
        let user = UserRow { id, sealed, role: role.code(), site, organisation, team, disabled: false };
        self.ledger.invite(user, row)?;
        Ok(invitation)
    }

    /// Changes what a user may do, and judges again what was parked.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn set_user(&self, user: UserId, role: Role, site: &str, disabled: bool) -> Result<u64, LedgerError> {
        self.ledger.set_user(user, role.code(), site, disabled)?;
        self.roster_changed();
        self.rejudge()
    }

    /// Marks a device as lost or handed on, or takes that back, and judges again what was parked.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn set_revoked(&self, enrolment: EnrolmentId, revoked: bool) -> Result<u64, LedgerError> {
        self.order(enrolment, if revoked { seal::Deed::Revoke } else { seal::Deed::Nothing })
    }

    /// Judges what was stored and not judged, because the server stopped between the two, and again what is
    /// parked. Gives how many were entered. One by one, each marked before: should one bring the program down,
    /// the next start parks it for good instead of ending in the same way. One that could not be judged for now counts
    /// as not tried.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn judge_at_start(&self) -> Result<u64, LedgerError> {
        // Another program that began at the same moment is at it, and what it tries now must not look like what brought a
        // program down.
        let Some(_claim) = self.try_claim(Task::Start)? else { return Ok(0) };
        self.not_tried()?;
        let mut entered = 0;
        for state in [State::Waiting, State::Parked] {
            let mut after = 0;
            while let Some((last, kept)) = self.judgeable(state, after)? {
                after = last;
                for row in kept {
                    if self.ledger.try_judging(row.seq)? {
                        log::trouble(judge::UNJUDGEABLE, &row.seq);
                        let fate = Fate::Kept(State::Parked, judge::UNJUDGEABLE.to_owned());
                        self.ledger.enter(Batch { fates: vec![(row.seq, fate)], ..Batch::default() })?;
                        continue;
                    }
                    match judge::judge(self, std::slice::from_ref(&row)) {
                        Ok(judged) => entered += accepted(&judged),
                        Err(error) => {
                            log::trouble("judge_at_start", &error);
                            self.programs.not_tried(row.seq);
                            // Where the database is away that is said when it is back.
                            let _ = self.not_tried();
                        }
                    }
                }
            }
        }
        Ok(entered)
    }

    /// Judges again what is parked for reasons that a change of rights may take away. Gives how many were entered.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn rejudge(&self) -> Result<u64, LedgerError> {
        let (mut after, mut entered) = (0, 0);
        loop {
            let mut kept = self.ledger.changeable(after, 16)?;
            let Some(last) = kept.last().map(|row| row.seq) else { return Ok(entered) };
            after = last;
            kept.retain(|row| !is_refused(row, now_ms()));
            entered += accepted(&judge::judge(self, &kept)?);
        }
    }

    /// Some envelopes in a state, after a number, that may be judged; and the number to go on from.
    fn judgeable(&self, state: State, after: u64) -> Result<Option<(u64, Vec<KeptRow>)>, LedgerError> {
        let mut kept = self.ledger.kept(state, after, 16)?;
        let Some(last) = kept.last().map(|row| row.seq) else { return Ok(None) };
        kept.retain(|row| row.reason != judge::UNJUDGEABLE && !is_refused(row, now_ms()));
        Ok(Some((last, kept)))
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

    /// Opens a record, with its size. What does not open is told to the log.
    pub(super) fn record(&self, row: &RecordRow) -> Option<(Record, usize)> {
        let opened = self.unseal(Table::Records, &row.id.0, &row.sealed).ok();
        let packed = opened.filter(|(revision, _)| *revision == row.revision).map(|(_, packed)| packed);
        // The limit is a rough one; what is twice as large was not written here.
        let plain = packed.and_then(|packed| seal::unpack(&packed, 2 * judge::RECORD_LIMIT).ok());
        let record = plain.and_then(|plain| Some((minicbor::decode(&plain).ok()?, plain.len())));
        if record.is_none() {
            log::trouble("record_does_not_open", &row.id);
        }
        record
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

fn accepted(judged: &[judge::Judged]) -> u64 {
    judged.iter().filter(|judged| judged.verdict == seal::Verdict::Accepted).count() as u64
}
