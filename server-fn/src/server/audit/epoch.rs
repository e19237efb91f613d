//! Epochs: a database that was restored from a backup, or in whose place somebody put an older copy, begins another one, so
//! that devices send again what it lacks. What was signed in former epochs then says nothing about it; that this is so must
//! not be anybody's word who can write the database. So the log tells of each epoch that begins, under the storage key:
//! only then is it believed.

use super::promised::Promise;
use super::{AuditEvent, What, beside};
use crate::server::ledger::{AuditFilter, AuditRow, Digest, Heads, LedgerError};
use crate::server::{Office, log, now_ms, random};
use road::server::{Handed, Ours, Weighed, weigh};
use seal::Checkpoint;

/// Rows of the log looked at in one go.
const STEP: u32 = 100;
/// For so long after an epoch began another program may have signed something in the one before, in milliseconds.
const LAGS: u64 = 60_000;

/// How an epoch began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beginning {
    /// When, milliseconds since 1970.
    pub at: u64,
    /// The one before, where the log names it.
    pub former: Option<[u8; 16]>,
}

/// The epoch that it is, as one look at the database tells it. All that is judged of something is judged by one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Present {
    pub epoch: [u8; 16],
    /// How it began; `None` where the log tells of no restoration.
    pub began: Option<Beginning>,
}

/// Why another epoch began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Began {
    /// Somebody said so by command.
    Command,
    /// The database was restored by command.
    Restored,
    /// The database was put together anew from what could be read of a damaged one.
    Rebuilt,
    /// The database lacked what the file beside it tells of.
    PutBack,
    /// The database lacked what a device was promised.
    HandedBack,
}

impl Began {
    /// The reason in the log.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Began::Command => "",
            Began::Restored => "restored",
            Began::Rebuilt => "rebuilt",
            Began::PutBack => "put_back",
            Began::HandedBack => "handed_back",
        }
    }

    /// From the reason in the log.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Began> {
        let all = [Began::Command, Began::Restored, Began::Rebuilt, Began::PutBack, Began::HandedBack];
        all.into_iter().find(|began| began.key() == key)
    }
}

/// Two ends of both chains that were promised once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub epoch: [u8; 16],
    pub at: u64,
    pub entries: (u64, Digest),
    pub audit: (u64, Digest),
}

impl Said {
    /// These ends, of an epoch.
    pub(super) fn ends(epoch: [u8; 16], at: u64, heads: Heads) -> Self {
        let Heads { entries_seq, entries_head, audit_seq, audit_head } = heads;
        Self { epoch, at, entries: (entries_seq, entries_head), audit: (audit_seq, audit_head) }
    }
}

impl From<&Checkpoint> for Said {
    fn from(it: &Checkpoint) -> Self {
        let (entries, audit) = ((it.entries_seq, it.entries_head), (it.audit_seq, it.audit_head));
        Self { epoch: it.epoch, at: it.at, entries, audit }
    }
}

impl From<&Promise> for Said {
    fn from(it: &Promise) -> Self {
        let (entries, audit) = ((it.entries_seq, it.entries_head), (it.audit_seq, it.audit_head));
        Self { epoch: it.epoch, at: it.at, entries, audit }
    }
}

/// How the chains stand to what was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// They hold it.
    All,
    /// They end before it, and say nothing else: rows at the end are missing, so many entries and lines of the log.
    Less(u64, u64),
    /// One of them says something else at its number.
    Other(&'static str),
}

impl Office {
    /// Begins another epoch by command: the database was restored from a backup by other means. Says so in the log too,
    /// because an epoch that the log does not tell of would be taken for tampering. It also says that somebody has looked
    /// into what [`super::verify::Fault::BeganOver`] names.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn restored(&self) -> Result<(), LedgerError> {
        self.begin_epoch(self.ledger.look()?.epoch, Began::Command, 0, 0).map(|_| ())
    }

    /// Begins another epoch in place of `former`, and says so in the log; then what lies beside the database is taken over
    /// and written anew. `missing` entries were told of by something that was signed or written at a time `after`: all that
    /// is older, or than anything else that was promised, says nothing about the epoch that begins, whatever this machine's
    /// clock says. Whether it did: where it is no longer `former`, another thread or program was quicker.
    ///
    /// # Errors
    /// When the ledger or the data folder is not able.
    pub fn begin_epoch(
        &self,
        former: [u8; 16],
        why: Began,
        missing: u64,
        after: u64,
    ) -> Result<bool, LedgerError> {
        let began = self.begin_from(former, why, missing, after)?;
        if began {
            self.keep_beside(beside::Due::All)?;
        }
        Ok(began)
    }

    /// As [`Self::begin_epoch`], and leaves alone what lies beside the database.
    pub(super) fn begin_from(
        &self,
        former: [u8; 16],
        why: Began,
        missing: u64,
        after: u64,
    ) -> Result<bool, LedgerError> {
        let epoch = random();
        let at = now_ms().max(after).max(self.said_at()?);
        let event = AuditEvent::of(What::Restored).about(&epoch).toward(&former).because(why.key());
        let line = self.audit_row(random(), event.figure(missing).at(at))?;
        let began = self.ledger.begin_epoch(former, epoch, line)?;
        if began {
            log::event("epoch_began", &[("missing_entries", missing), ("why", why as u64)]);
        }
        Ok(began)
    }

    /// When something was promised last, as far as this database and what lies beside it tell: the clock may have been
    /// ahead.
    fn said_at(&self) -> Result<u64, LedgerError> {
        let server = self.ledger.identity().server;
        let promise = self.promised.read().ok().flatten().filter(|it| it.server == server);
        let last = match self.ledger.last_checkpoint()? {
            Some((_, bytes)) => self.read_checkpoint(&bytes)?,
            None => None,
        };
        let roster = self.roster_beside().ok().flatten();
        let roster = roster.as_ref().and_then(|roster| roster.written());
        let beside = promise.as_ref().into_iter().chain(roster).map(|it| it.at);
        Ok(beside.chain(last.map(|it| it.at)).max().unwrap_or(0))
    }

    /// Notes that a chain does not say what something that was promised says.
    pub(super) fn rewritten(&self, chain: &str, serial: u64) -> Result<(), LedgerError> {
        log::trouble("history_rewritten", &chain);
        self.note(AuditEvent::of(What::HistoryRewritten).because(chain).figure(serial))
    }

    /// What something that was promised means, and how the chains stand to it, both in the epoch that is given with them:
    /// where another begins meanwhile, with a line of the log that may have the number of one that is missing, it is looked
    /// at again.
    pub(super) fn judged(&self, said: &Said) -> Result<([u8; 16], Weighed, Held), LedgerError> {
        loop {
            let epoch = self.ledger.look()?.epoch;
            let began = if said.epoch == epoch { None } else { self.began(epoch)? };
            let weighed = self.weigh(said, &Present { epoch, began })?;
            let held = self.held(said)?;
            if self.ledger.look()?.epoch == epoch {
                return Ok((epoch, weighed, held));
            }
        }
    }

    /// How the chains stand to what was promised.
    pub(super) fn held(&self, said: &Said) -> Result<Held, LedgerError> {
        let ((entries_seq, entries_head), (audit_seq, audit_head)) = (said.entries, said.audit);
        let (entries, audit) = self.ledger.heads_at(entries_seq, audit_seq)?;
        let differs = |held: Option<Digest>, said: Digest| held.is_some_and(|held| held != said);
        if differs(entries, entries_head) {
            return Ok(Held::Other("entries"));
        }
        if differs(audit, audit_head) {
            return Ok(Held::Other("audit"));
        }
        if entries.is_some() && audit.is_some() {
            return Ok(Held::All);
        }
        let Heads { entries_seq: here, audit_seq: lines, .. } = self.ledger.heads()?;
        if (entries.is_none() && here > entries_seq) || (audit.is_none() && lines > audit_seq) {
            // Not the end is missing.
            return Ok(Held::Other(if entries.is_none() { "entries" } else { "audit" }));
        }
        Ok(Held::Less(entries_seq.saturating_sub(here), audit_seq.saturating_sub(lines)))
    }

    /// The epoch that it is now.
    pub(super) fn present(&self) -> Result<Present, LedgerError> {
        let epoch = self.ledger.look()?.epoch;
        Ok(Present { epoch, began: self.began(epoch)? })
    }

    /// How an epoch began; `None` where the log tells of no restoration: it is the first one, or somebody's who wrote into
    /// the database.
    fn began(&self, epoch: [u8; 16]) -> Result<Option<Beginning>, LedgerError> {
        let told = self.told_of(epoch)?;
        Ok(told.map(|row| {
            let former = self.audit_detail(&row).and_then(|(detail, _)| detail.toward);
            // What made it begin may have been written by a clock that was ahead of this one.
            Beginning { at: row.received_at.max(row.at), former: former.map(|former| *former) }
        }))
    }

    /// The line of the log that tells how an epoch began.
    fn told_of(&self, epoch: [u8; 16]) -> Result<Option<AuditRow>, LedgerError> {
        let filter = AuditFilter { subject: Some(epoch), ..AuditFilter::default() };
        let mut before = None;
        loop {
            let links = self.ledger.audit(&filter, before, STEP)?;
            let Some(last) = links.last() else { return Ok(None) };
            before = Some(last.seq);
            let told = links.into_iter().map(|link| link.row).find(|row| {
                let is_sound = || self.audit_detail(row).is_some_and(|(_, sound)| sound);
                row.what == What::Restored.code() && is_sound()
            });
            if told.is_some() {
                return Ok(told);
            }
        }
    }

    /// What something that was promised means, by its epoch and its numbers alone.
    pub(super) fn weigh(&self, said: &Said, present: &Present) -> Result<Weighed, LedgerError> {
        let Present { epoch, began } = *present;
        let began = began.map(|it| match it.former == Some(said.epoch) {
            true => it.at.saturating_add(LAGS),
            false => it.at,
        });
        let (entries_seq, audit_seq) = (said.entries.0, said.audit.0);
        let handed = Handed { epoch: said.epoch, at: said.at, entries_seq, audit_seq };
        let Heads { entries_seq, audit_seq, .. } = self.ledger.heads()?;
        Ok(weigh(&handed, &Ours { epoch, began, entries_seq, audit_seq }))
    }
}
