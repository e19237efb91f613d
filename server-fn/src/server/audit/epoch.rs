//! Epochs: a database that was restored from a backup begins another one, so that devices send again what it lacks. What
//! was signed in former epochs then says nothing about it; that this is so must not be anybody's word who can write the
//! database. So the log tells of each epoch that begins, under the storage key: only then is it believed.

use super::{AuditEvent, What};
use crate::server::ledger::{AuditFilter, LedgerError};
use crate::server::{Office, random};
use seal::Checkpoint;

/// Rows of the log looked at in one go.
const STEP: u32 = 100;

impl Office {
    /// Begins another epoch, told from the next opening on: the database was restored from a backup. Says so in the log
    /// first, because one that the log does not tell of would be taken for tampering.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn restored(&self) -> Result<(), LedgerError> {
        let epoch = random();
        self.note(AuditEvent::of(What::Restored).about(&epoch))?;
        self.ledger.set_epoch(epoch)
    }

    /// When the present epoch began with a restoration, milliseconds since 1970; `None` where the log tells of none: it
    /// is the first one, or somebody's who wrote into the database.
    pub(super) fn epoch_began(&self) -> Result<Option<u64>, LedgerError> {
        let subject = Some(self.ledger.identity().epoch);
        let filter = AuditFilter { subject, ..AuditFilter::default() };
        let mut before = None;
        loop {
            let links = self.ledger.audit(&filter, before, STEP)?;
            let Some(last) = links.last() else { return Ok(None) };
            before = Some(last.seq);
            let told = links.iter().map(|link| &link.row).find(|row| {
                let is_sound = || self.audit_detail(row).is_some_and(|(_, sound)| sound);
                row.what == What::Restored.code() && is_sound()
            });
            if let Some(row) = told {
                return Ok(Some(row.received_at));
            }
        }
    }

    /// How a checkpoint's epoch goes with the present one, which began at a time as [`Self::epoch_began`] tells.
    pub(super) fn age(&self, checkpoint: &Checkpoint, began: Option<u64>) -> Age {
        if checkpoint.epoch == self.ledger.identity().epoch {
            return Age::Present;
        }
        match began {
            // One that is younger than the restoration is of an epoch after it: somebody went back behind that.
            Some(began) if checkpoint.at <= began => Age::Former,
            Some(_) => Age::Later,
            None => Age::Unexplained,
        }
    }
}

/// Of which epoch a checkpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// Of the present one.
    Present,
    /// From before the database was restored: it may well tell of what a backup lacks.
    Former,
    /// Of another one, and made after the present one began.
    Later,
    /// Of another one, while the log tells of no restoration with which the present one began.
    Unexplained,
}
