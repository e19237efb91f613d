//! Seals rows for the place they lie in. The only way into the tables of `vault` for anything about people.

use crate::StoreError;
use crate::clock::rng;
use crate::tables::{Key, Table};
#[cfg(not(feature = "plain"))]
use seal::Place;
use seal::{Locker, SealError};

/// An unlocked vault's locker.
pub struct Cipher {
    locker: Locker,
}

impl Cipher {
    pub fn new(locker: Locker) -> Self {
        Self { locker }
    }

    /// The key itself, for a new slot.
    pub fn key(&self) -> &[u8; 32] {
        self.locker.key()
    }

    /// Seals a row; `version` counts the versions of this row.
    #[cfg(not(feature = "plain"))]
    pub fn seal(&self, table: Table, key: &Key, version: u64, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let place = Place { table: table.number(), key };
        Ok(self.locker.seal(&mut rng(), place, version, plain)?)
    }

    /// Opens a row: its version and what was sealed.
    #[cfg(not(feature = "plain"))]
    pub fn open(&self, table: Table, key: &Key, row: &[u8]) -> Result<(u64, Vec<u8>), SealError> {
        self.locker.open(Place { table: table.number(), key }, row)
    }

    /// Takes a row apart for the browser to open.
    #[cfg(all(target_arch = "wasm32", not(feature = "plain")))]
    pub fn take_apart<'a>(
        &self,
        table: Table,
        key: &Key,
        row: &'a [u8],
    ) -> Result<seal::locker::Parts<'a>, SealError> {
        self.locker.take_apart(Place { table: table.number(), key }, row)
    }

    /// In the test build nothing is sealed, and such rows never open in another.
    #[cfg(feature = "plain")]
    pub fn seal(&self, _: Table, _: &Key, version: u64, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let _ = rng();
        Ok([&[0xff][..], &version.to_be_bytes(), plain].concat())
    }

    /// See `seal`.
    #[cfg(feature = "plain")]
    pub fn open(&self, _: Table, _: &Key, row: &[u8]) -> Result<(u64, Vec<u8>), SealError> {
        let (head, plain) = row.split_at_checked(9).ok_or(SealError::Malformed)?;
        let version = head.get(1..).and_then(|version| version.try_into().ok()).map(u64::from_be_bytes);
        Ok((version.ok_or(SealError::Malformed)?, plain.to_vec()))
    }
}
