//! Notes what happened: sealed, digested, chained.

use super::AuditEvent;
use crate::server::ledger::{AuditRow, LedgerError};
use crate::server::{Office, Table, log, now_ms, random};
use domain::EnrolmentId;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

/// The sealed part of a row of the log. It says again what stands beside it in the open, so that nobody without the
/// storage key can change that without being noticed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Detail {
    /// Random: the row's digest, which lies open, is not to be found by trying.
    #[n(0)]
    salt: Option<ByteArray<16>>,
    /// Why, as a short code.
    #[cbor(n(1), default)]
    pub reason: String,
    /// Why, in somebody's own words.
    #[cbor(n(2), default)]
    pub words: String,
    /// A second id.
    #[n(3)]
    pub toward: Option<ByteArray<16>>,
    /// A figure.
    #[cbor(n(4), default)]
    pub figure: u64,
    #[n(5)]
    what: u8,
    #[n(6)]
    at: u64,
    #[n(7)]
    received_at: u64,
    #[n(8)]
    enrolment: Option<EnrolmentId>,
    #[n(9)]
    subject: Option<ByteArray<16>>,
}

impl Office {
    /// Writes an event into the log, durably. Whoever must not go on without that line passes the error on.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn note(&self, event: AuditEvent) -> Result<(), LedgerError> {
        let row = self.audit_row(random(), event)?;
        self.ledger.note(vec![row])
    }

    /// As [`Self::note`], where the answer does not wait for it: that it could not be written is told to the log.
    pub fn told(&self, event: AuditEvent) {
        let what = event.what.key();
        if let Err(error) = self.note(event) {
            log::trouble(&format!("audit_{what}"), &error);
        }
    }

    /// The row of an event under an id of its own.
    pub(in crate::server) fn audit_row(
        &self,
        id: [u8; 16],
        event: AuditEvent,
    ) -> Result<AuditRow, LedgerError> {
        let AuditEvent { what, at, enrolment, subject, toward, reason, words, figure } = event;
        let (what, received_at) = (what.code(), now_ms());
        // Clocks of devices may be set to anything; what is chained is what a database can hold.
        let at = at.min(i64::MAX.unsigned_abs());
        let detail = Detail {
            salt: Some(ByteArray::from(random::<16>())),
            reason,
            words,
            toward: toward.map(ByteArray::from),
            figure,
            what,
            at,
            received_at,
            enrolment,
            subject: subject.map(ByteArray::from),
        };
        let unable = |error: &dyn core::fmt::Display| LedgerError::Unable(error.to_string());
        let plain = minicbor::to_vec(&detail).map_err(|error| unable(&error))?;
        let sealed = self.seal(Table::Audit, &id, 1, &plain).map_err(|error| unable(&error))?;
        let digest = seal::digest(&plain);
        Ok(AuditRow { id, what, at, received_at, enrolment, subject, digest, sealed })
    }

    /// The sealed part of a row; and whether it is the one that the chain means and says the same as the row does.
    /// `None` when it does not open.
    pub(in crate::server) fn audit_detail(&self, row: &AuditRow) -> Option<(Detail, bool)> {
        let (_, plain) = self.unseal(Table::Audit, &row.id, &row.sealed).ok()?;
        let detail: Detail = minicbor::decode(&plain).ok()?;
        let said = (detail.what, detail.at, detail.received_at, detail.enrolment);
        let sound = seal::digest(&plain) == row.digest
            && said == (row.what, row.at, row.received_at, row.enrolment)
            && detail.subject.map(|subject| *subject) == row.subject;
        Some((detail, sound))
    }
}

#[cfg(test)]
mod kept;
