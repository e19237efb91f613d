//! What the server alone knows of an application: by what its family is known again.

use crate::server::ledger::{ApplicationRow, Digest, LedgerError};
use crate::server::{Office, Table};
use domain::application::reference_of;
use domain::{GroupRef, RecordId};
use minicbor::{Decode, Encode};

const DAY: u64 = 24 * 60 * 60 * 1000;

/// The sealed part of an application's row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Kept {
    /// SHA-256 of the secret that came with the first letter.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub secret: [u8; 32],
    /// SHA-256 of the key by which the status is asked for.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub status: [u8; 32],
    /// The revision that is held.
    #[n(2)]
    pub revision: u32,
    /// When the first letter came, milliseconds since 1970.
    #[n(3)]
    pub received_at: u64,
    /// Bytes of pictures that were taken for it.
    #[n(4)]
    pub pictures: u64,
    /// Corrections that were taken.
    #[n(5)]
    pub corrections: u32,
}

impl Kept {
    /// Opens what lies in a row.
    ///
    /// # Errors
    /// When it does not open.
    pub fn open(office: &Office, row: &ApplicationRow) -> Result<Self, LedgerError> {
        let damaged = || LedgerError::Unable("an application's row does not open".to_owned());
        let opened = office.unseal(Table::Applications, &row.id.0, &row.sealed).ok();
        let (_, plain) = opened.filter(|(version, _)| *version == row.version).ok_or_else(damaged)?;
        minicbor::decode(&plain).map_err(|_| damaged())
    }

    /// The row of an application that holds this, after the one of a version.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn row(
        &self,
        office: &Office,
        id: RecordId,
        version: u64,
        is_open: bool,
    ) -> Result<ApplicationRow, LedgerError> {
        let unable = |error: &dyn core::fmt::Display| LedgerError::Unable(format!("application: {error}"));
        let plain = minicbor::to_vec(self).map_err(|error| unable(&error))?;
        let version = version + 1;
        let sealed =
            office.seal(Table::Applications, &id.0, version, &plain).map_err(|error| unable(&error))?;
        let reference = office.application_number(reference_of(id))?;
        let day = u32::try_from(self.received_at / DAY).unwrap_or(u32::MAX);
        Ok(ApplicationRow { id, reference, day, is_open, version, sealed })
    }
}

/// Whether two digests are one, in a time that tells nothing of where they differ.
#[must_use]
pub fn is_same(one: &Digest, other: &Digest) -> bool {
    one.iter().zip(other).fold(0, |differs, (one, other)| differs | (one ^ other)) == 0
}

impl Office {
    /// Under what the reference of an application is noted: says nothing of it to whoever reads the database.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub(in crate::server) fn application_number(&self, reference: GroupRef) -> Result<Digest, LedgerError> {
        Ok(*self.slip_key(&format!("application {}", reference.as_str()))?)
    }
}
