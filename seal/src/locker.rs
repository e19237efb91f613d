//! Rows at rest: AES-256-GCM under a key of their own, bound to the place they lie in.
//!
//! Serves the vault on the device and the ledger on the server. A row moved to another place, store or
//! owner does not open; nor does one with any bit changed.

use crate::{CryptoRng, SealError, random};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const HEAD: usize = 1 + 8 + 12;

/// A 32-byte key that seals rows; each row under a key derived for its place (HKDF-SHA-256), so that no key
/// ever comes near the 2³² random nonces that NIST SP 800-38D allows it.
pub struct Locker {
    key: Zeroizing<[u8; 32]>,
    derive: Hkdf<Sha256>,
    owner: [u8; 16],
}

/// Where a row lies. All of it is bound into the sealed row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Which table; the numbers are the caller's and fixed for ever.
    pub table: u8,
    /// The row's key in that table.
    pub key: &'a [u8],
}

impl Locker {
    /// A locker with a key; `owner` (a vault's id, a server's id) is bound into every row.
    #[must_use]
    pub fn new(key: Zeroizing<[u8; 32]>, owner: [u8; 16]) -> Self {
        let derive = Hkdf::new(Some(b"amparo/locker/1"), &key[..]);
        Self { key, derive, owner }
    }

    /// A locker with a fresh key.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng, owner: [u8; 16]) -> Self {
        Self::new(Zeroizing::new(random(rng)), owner)
    }

    /// The key itself, to be wrapped in a slot.
    #[must_use]
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// A key for another purpose, derived from this one and never stored.
    ///
    /// # Errors
    /// [`SealError::NotSealed`], which HKDF gives only for lengths that 32 is not.
    pub fn derived(&self, purpose: &str) -> Result<Zeroizing<[u8; 32]>, SealError> {
        let mut key = Zeroizing::new([0; 32]);
        self.derive
            .expand_multi_info(&[b"purpose", purpose.as_bytes()], &mut key[..])
            .map_err(|_| SealError::NotSealed)?;
        Ok(key)
    }

    /// Seals a row; `version` counts the row's versions and comes back on opening.
    ///
    /// # Errors
    /// [`SealError::NotSealed`] over 64 GiB.
    pub fn seal(
        &self,
        rng: &mut impl CryptoRng,
        place: Place<'_>,
        version: u64,
        plain: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let nonce: [u8; 12] = random(rng);
        let aad = self.aad(place, version);
        let sealed = self
            .cipher(place)?
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: &aad })
            .map_err(|_| SealError::NotSealed)?;
        Ok([&[VERSION][..], &version.to_be_bytes(), &nonce, &sealed].concat())
    }

    /// Takes a row apart for a cipher of somebody else's, the browser's: AES-256-GCM with this key, nonce and
    /// associated data opens it as [`Self::open`] does.
    ///
    /// # Errors
    /// [`SealError::Malformed`], or [`SealError::UnknownVersion`] for a row of a later version.
    pub fn take_apart<'a>(&self, place: Place<'_>, row: &'a [u8]) -> Result<Parts<'a>, SealError> {
        let (version, nonce, sealed) = split(row)?;
        Ok(Parts { key: self.row_key(place)?, nonce, aad: self.aad(place, version), sealed })
    }

    /// Opens a row from its place: its version and what was sealed.
    ///
    /// # Errors
    /// [`SealError::Damaged`] when it was changed, moved or sealed by another locker.
    pub fn open(&self, place: Place<'_>, row: &[u8]) -> Result<(u64, Vec<u8>), SealError> {
        let (version, nonce, sealed) = split(row)?;
        let aad = self.aad(place, version);
        self.cipher(place)?
            .decrypt(&Nonce::from(nonce), Payload { msg: sealed, aad: &aad })
            .map(|plain| (version, plain))
            .map_err(|_| SealError::Damaged)
    }

    fn row_key(&self, place: Place<'_>) -> Result<Zeroizing<[u8; 32]>, SealError> {
        let mut key = Zeroizing::new([0; 32]);
        self.derive
            .expand_multi_info(&[b"row", &[place.table], place.key], &mut key[..])
            .map_err(|_| SealError::NotSealed)?;
        Ok(key)
    }

    fn cipher(&self, place: Place<'_>) -> Result<Aes256Gcm, SealError> {
        Aes256Gcm::new_from_slice(&self.row_key(place)?[..]).map_err(|_| SealError::NotSealed)
    }

    fn aad(&self, place: Place<'_>, version: u64) -> Vec<u8> {
        [&[VERSION][..], &self.owner, &[place.table], &version.to_be_bytes(), place.key].concat()
    }
}

/// Version, nonce and sealed bytes of a row.
fn split(row: &[u8]) -> Result<(u64, [u8; 12], &[u8]), SealError> {
    match row.first() {
        Some(&VERSION) => {}
        Some(_) => return Err(SealError::UnknownVersion),
        None => return Err(SealError::Malformed),
    }
    let (head, sealed) = row.split_at_checked(HEAD).ok_or(SealError::Malformed)?;
    let (version, nonce) =
        head.get(1..).and_then(|rest| rest.split_at_checked(8)).ok_or(SealError::Malformed)?;
    Ok((u64::from_be_bytes(crate::exact(version)?), crate::exact(nonce)?, sealed))
}

/// A row taken apart, see [`Locker::take_apart`].
pub struct Parts<'a> {
    /// The row's own key.
    pub key: Zeroizing<[u8; 32]>,
    /// Its nonce.
    pub nonce: [u8; 12],
    /// What is bound to it.
    pub aad: Vec<u8>,
    /// What is sealed, with the tag behind it.
    pub sealed: &'a [u8],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;

    const PLACE: Place<'_> = Place { table: 1, key: b"record" };

    #[test]
    fn a_row_opens_where_it_lies_and_nowhere_else() {
        let locker = Locker::generate(&mut Counting(1), [1; 16]);
        let row = locker.seal(&mut Counting(9), PLACE, 7, b"Amina").unwrap();
        assert_eq!(locker.open(PLACE, &row), Ok((7, b"Amina".to_vec())));
        for elsewhere in [Place { table: 2, ..PLACE }, Place { key: b"recorD", ..PLACE }] {
            assert_eq!(locker.open(elsewhere, &row), Err(SealError::Damaged));
        }
        let parts = locker.take_apart(PLACE, &row).unwrap();
        let cipher = Aes256Gcm::new_from_slice(&parts.key[..]).unwrap();
        let payload = Payload { msg: parts.sealed, aad: &parts.aad };
        assert_eq!(cipher.decrypt(&Nonce::from(parts.nonce), payload).unwrap(), b"Amina");
        let other_owner = Locker::new(Zeroizing::new(*locker.key()), [2; 16]);
        assert_eq!(other_owner.open(PLACE, &row), Err(SealError::Damaged));
    }

    #[test]
    fn a_row_with_any_bit_changed_or_any_length_cut_does_not_open() {
        let locker = Locker::generate(&mut Counting(1), [1; 16]);
        let row = locker.seal(&mut Counting(9), PLACE, 7, b"Amina").unwrap();
        for at in 0..row.len() {
            for bit in 0..8 {
                let mut changed = row.clone();
                changed[at] ^= 1 << bit;
                assert!(locker.open(PLACE, &changed).is_err());
            }
            assert!(locker.open(PLACE, &row[..at]).is_err());
        }
    }

    /// A row as first released. Never edit: tablets hold rows of this form.
    #[test]
    fn the_first_released_form_stays_readable() {
        let locker = Locker::new(Zeroizing::new([5; 32]), [6; 16]);
        let kept = "010000000000000007d2d8e8f83ec12a2ee754337864bca7b92794d3070206b96cb03d34e01f57f5aab5";
        let row = locker.seal(&mut Counting(9), PLACE, 7, b"Amina").unwrap();
        assert_eq!(domain::id::hex(&row), kept);
    }
}
