//! What lies beside the database, the file of promises and the roster, is compared with it each time before it is written
//! anew. A database may go back while a program runs on it, to what a standby had that took over, or to an earlier moment:
//! nothing of that is to be written over what still tells of it.

use super::Began;
use super::epoch::{Held, Said};
use super::promised::Promise;
use crate::server::backup::Roster;
use crate::server::ledger::{Heads, Identity, LedgerError};
use crate::server::{Office, log, now_ms};
use road::server::Weighed;

/// What is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Due {
    /// The promise, and the roster where the log tells of something since.
    Grown,
    /// The roster, whatever the log tells: a line of it may be missing.
    Roster,
    /// Both.
    All,
}

/// What the database lacks of what was written beside it.
struct Missing {
    /// The epoch in which that was found.
    epoch: [u8; 16],
    entries: u64,
    lines: u64,
    /// When that was written.
    at: u64,
    /// What says something else, where it does not merely end before.
    rewritten: Option<&'static str>,
}

impl Office {
    /// Writes down beside the database where both chains end now. As [`Self::begin_serving`] it notices first whether this
    /// is still the database that it was.
    ///
    /// # Errors
    /// When the ledger or the data folder is not able.
    ///
    /// [`Self::begin_serving`]: crate::server::Office::begin_serving
    pub fn promise(&self) -> Result<(), LedgerError> {
        self.keep_beside(Due::All).map(|_| ())
    }

    /// Writes the roster durably, unless nothing of it has changed.
    ///
    /// # Errors
    /// When the ledger or the data folder is not able.
    pub fn keep_roster(&self) -> Result<(), LedgerError> {
        self.keep_beside(Due::Roster).map(|_| ())
    }

    /// As [`Self::keep_roster`], where the answer does not wait for it: what could not be written now is within seconds.
    pub(in crate::server) fn roster_changed(&self) {
        if let Err(error) = self.keep_roster() {
            log::trouble("roster_not_kept", &error);
        }
    }

    /// Compares the database with what lies beside it, and writes that anew. If it ends before what was promised, or is of
    /// an epoch from before, an older one is in its place, since this program began or before: another epoch begins. In an
    /// epoch in which the roster was not written, whom it knows is taken over first. Whether an epoch began by this.
    ///
    /// # Errors
    /// When the ledger or a file is not able. What was promised is still there then.
    pub(in crate::server) fn keep_beside(&self, due: Due) -> Result<bool, LedgerError> {
        let unable = |error: std::io::Error| LedgerError::Unable(format!("the file of promises: {error}"));
        let Some(_alone) = self.promised.lock().map_err(unable)? else { return Ok(false) };
        let promise = self.promised.read().map_err(unable)?;
        // The epoch first: one that begins in between has these ends as well. And both before anything is compared: should
        // the database go back after that, what is written here is of the time before.
        let identity = self.ledger.look()?;
        let heads = self.ledger.heads()?;
        let promise = promise.filter(|it| it.server == identity.server);
        let mut missing = promise.as_ref().map(|promise| self.missing(promise)).transpose()?.flatten();
        let with_roster = due != Due::Grown || missing.is_some() || !self.roster.is_of(identity, heads);
        let roster = if with_roster { self.roster_beside()? } else { None };
        if missing.is_none()
            && let Some(written) = roster.as_ref().and_then(Roster::written)
        {
            missing = self.missing(written)?;
        }
        let began = missing.as_ref().map(|missing| self.begin_for(missing)).transpose()?;
        let now = match missing {
            Some(_) => self.ends_now()?,
            None => (identity, heads),
        };
        let ends = Promise::of(now.0, now.1, now_ms());
        if with_roster {
            self.keep_roster_of(roster, promise.as_ref(), ends)?;
        }
        let is_said = promise.is_some_and(|before| Promise { at: ends.at, ..before } == ends);
        if !is_said && (due != Due::Roster || missing.is_some()) {
            self.promised.write(ends).map_err(unable)?;
        }
        Ok(began.unwrap_or(false))
    }

    fn ends_now(&self) -> Result<(Identity, Heads), LedgerError> {
        Ok((self.ledger.look()?, self.ledger.heads()?))
    }

    /// What the database lacks of what was promised, if it lacks anything.
    fn missing(&self, promise: &Promise) -> Result<Option<Missing>, LedgerError> {
        let (epoch, weighed, held) = self.judged(&Said::from(promise))?;
        let found = Missing { epoch, entries: 0, lines: 0, at: promise.at, rewritten: None };
        Ok(match (weighed, held) {
            // Restored since, and that is told; or nothing is missing.
            (Weighed::Former, _) => None,
            (Weighed::Unexplained, held) => {
                let (entries, lines) =
                    if let Held::Less(entries, lines) = held { (entries, lines) } else { (0, 0) };
                Some(Missing { entries, lines, rewritten: Some("epoch"), ..found })
            }
            (_, Held::All) => None,
            (_, Held::Less(entries, lines)) => Some(Missing { entries, lines, ..found }),
            (_, Held::Other(chain)) => Some(Missing { rewritten: Some(chain), ..found }),
        })
    }

    /// Begins another epoch because something is missing. Whether it did.
    fn begin_for(&self, missing: &Missing) -> Result<bool, LedgerError> {
        let Missing { epoch, entries, lines, at, rewritten } = *missing;
        if let Some(what) = rewritten {
            self.rewritten(what, 0)?;
        }
        let words = format!("{entries} entries, {lines} lines of the log are missing");
        log::trouble("database_put_back", &words);
        self.begin_from(epoch, Began::PutBack, entries, at)
    }

    /// Whether the database still holds these ends.
    pub(in crate::server) fn still_holds(&self, ends: &Promise) -> Result<bool, LedgerError> {
        Ok(self.held(&Said::from(ends))? == Held::All)
    }
}
