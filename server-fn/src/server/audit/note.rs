//! Notes what happened: sealed, digested, chained.

use super::AuditEvent;
use crate::server::ledger::{AuditRow, LedgerError};
use crate::server::{Office, Table, log, now_ms, random};
use minicbor::{Decode, Encode};

/// The sealed part of a row of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Detail {
    /// Random: the row's digest, which lies open, is not to be found by trying.
    #[cbor(n(0), with = "minicbor::bytes")]
    salt: [u8; 16],
    /// Why, as a short code.
    #[cbor(n(1), default)]
    pub reason: String,
    /// Why, in somebody's own words.
    #[cbor(n(2), default)]
    pub words: String,
    /// A second id.
    #[n(3)]
    pub toward: Option<minicbor::bytes::ByteArray<16>>,
    /// A figure.
    #[cbor(n(4), default)]
    pub figure: u64,
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
    pub(in crate::server) fn audit_row(&self, id: [u8; 16], event: AuditEvent) -> Result<AuditRow, LedgerError> {
        let AuditEvent { what, at, enrolment, subject, toward, reason, words, figure } = event;
        let toward = toward.map(minicbor::bytes::ByteArray::from);
        let detail = Detail { salt: random(), reason, words, toward, figure };
        let unable = |error: &dyn core::fmt::Display| LedgerError::Unable(error.to_string());
        let plain = minicbor::to_vec(&detail).map_err(|error| unable(&error))?;
        let sealed = self.seal(Table::Audit, &id, 1, &plain).map_err(|error| unable(&error))?;
        let digest = seal::digest(&plain);
        let what = what.code();
        Ok(AuditRow { id, what, at, received_at: now_ms(), enrolment, subject, digest, sealed })
    }

    /// The sealed part of a row, if it opens and is the one that the chain means.
    pub(in crate::server) fn audit_detail(&self, row: &AuditRow) -> Option<Detail> {
        let (_, plain) = self.unseal(Table::Audit, &row.id, &row.sealed).ok()?;
        (seal::digest(&plain) == row.digest).then(|| minicbor::decode(&plain).ok()).flatten()
    }
}
