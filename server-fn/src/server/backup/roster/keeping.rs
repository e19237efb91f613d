//! Writes the roster, and takes over from it.

use super::{KEY, MAGIC, NAME, Roster, TakenOver};
use crate::server::audit::Promise;
use crate::server::ledger::{Known, LedgerError};
use crate::server::{Office, Table, keyring, log};
use std::sync::PoisonError;

impl Office {
    /// The roster that lies beside the database, if it is this ledger's. One that does not open is told to the log, and is
    /// none.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub(in crate::server) fn roster_beside(&self) -> Result<Option<Roster>, LedgerError> {
        let read = self.roster.read().map_err(|error| unable(&error))?;
        let Some((_, sealed)) = read.filter(|(server, _)| *server == self.ledger.identity().server) else {
            return Ok(None);
        };
        let plain = self.unseal(Table::Roster, KEY, &sealed).ok();
        let roster = plain.and_then(|(_, plain)| minicbor::decode::<Roster>(&plain).ok());
        if roster.is_none() {
            log::trouble("roster_does_not_open", &NAME);
        }
        Ok(roster)
    }

    /// Writes the roster in place of the one that lies there, unless it says the same. In another epoch than that one's, whom
    /// it knows is taken over first. `promise` was read before the ends that the database has now. For whoever holds
    /// [`Promised::lock`] and has found that nothing is missing, or has begun another epoch.
    ///
    /// # Errors
    /// When the ledger or the data folder is not able; when the database went back in the midst of this.
    ///
    /// [`Promised::lock`]: crate::server::audit::Promised::lock
    pub(in crate::server) fn keep_roster_of(
        &self,
        before: Option<Roster>,
        promise: Option<&Promise>,
        ends: Promise,
    ) -> Result<(), LedgerError> {
        let Some(data) = &self.roster.data else { return Ok(()) };
        // One of the first form does not say when it was written: with the promise, or soon before.
        let written = before.as_ref().and_then(|roster| roster.written.as_ref().or(promise));
        if let Some(roster) = &before
            && let Some(written) = written
            && written.epoch != ends.epoch
        {
            // Where the database holds all that there was then, somebody may have been let in again since.
            let disables = !self.still_holds(written)?;
            self.take_in(roster, disables)?;
        }
        let mut roster =
            Roster::of(self.ledger.staff()?, self.ledger.devices()?, &self.ledger.credentials()?);
        roster.written = Some(ends);
        if let Some(before) = &before {
            roster.removed_since(before);
        }
        if !self.still_holds(&ends)? {
            return Err(unable(&"the database went back just now"));
        }
        if before.is_none_or(|before| !before.says_the_same(&roster)) {
            let plain = minicbor::to_vec(&roster).map_err(|error| unable(&error))?;
            let sealed = self.seal(Table::Roster, KEY, 1, &plain).map_err(|error| unable(&error))?;
            let bytes = [MAGIC, &ends.server, &sealed].concat();
            keyring::write_private(data, NAME, &bytes).map_err(|error| unable(&error))?;
        }
        let mut told = self.roster.written.lock().unwrap_or_else(PoisonError::into_inner);
        *told = Some((ends.epoch, ends.audit_seq));
        Ok(())
    }

    /// Takes over from the roster whom the database lacks, and what was ended since: revoked devices and disabled people
    /// stay so over a restoration, and removed passkeys stay removed. What else was changed of somebody is left as the
    /// database has it.
    ///
    /// # Errors
    /// When the ledger or the file is not able. One that does not open is told to the log, and is nothing.
    pub fn take_over_roster(&self) -> Result<TakenOver, LedgerError> {
        match self.roster_beside()? {
            Some(roster) => self.take_in(&roster, true),
            None => Ok(TakenOver::default()),
        }
    }

    fn take_in(&self, roster: &Roster, disables: bool) -> Result<TakenOver, LedgerError> {
        let removed = roster.removed.iter().map(|credential| **credential).collect();
        let (users, devices) = roster.clone().rows();
        let (people, devices, ended) =
            self.ledger.take_over_staff(Known { users, disables, devices, removed })?;
        if people + devices + ended > 0 {
            log::event("roster_taken_over", &[("people", people), ("devices", devices), ("ended", ended)]);
        }
        Ok(TakenOver { people, devices, ended })
    }
}

fn unable(error: &dyn core::fmt::Display) -> LedgerError {
    LedgerError::Unable(format!("roster: {error}"))
}
