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
/// The form that names the key it is sealed under, for an owner that changes keys.
const NUMBERED: u8 = 2;
const HEAD: usize = 8 + 12;

/// A 32-byte key that seals rows; each row under a key derived for its place (HKDF-SHA-256), so that no key
/// ever comes near the 2³² random nonces that NIST SP 800-38D allows it.
pub struct Locker {
    key: Zeroizing<[u8; 32]>,
    derive: Hkdf<Sha256>,
    owner: [u8; 16],
    /// First bytes of every row: the form, and in the second form the key's number.
    head: Vec<u8>,
}

/// The number of an owner's first key, whose rows do not name it.
pub const FIRST_KEY: u16 = 1;

/// The number of the key that a row is sealed under.
///
/// # Errors
/// [`SealError::Malformed`], or [`SealError::UnknownVersion`] for a row of a later version.
pub fn key_of(row: &[u8]) -> Result<u16, SealError> {
    match row {
        [VERSION, ..] => Ok(FIRST_KEY),
        [NUMBERED, high, low, ..] => Ok(u16::from_be_bytes([*high, *low])),
        [NUMBERED, ..] | [] => Err(SealError::Malformed),
        _ => Err(SealError::UnknownVersion),
    }
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
        Self::numbered(key, owner, FIRST_KEY)
    }

    /// A locker with one of several keys that an owner has had; each row says under which. The first one's rows
    /// are as if there had never been another.
    #[must_use]
    pub fn numbered(key: Zeroizing<[u8; 32]>, owner: [u8; 16], number: u16) -> Self {
        let derive = Hkdf::new(Some(b"amparo/locker/1"), &key[..]);
        let [high, low] = number.to_be_bytes();
        let head = if number == FIRST_KEY { vec![VERSION] } else { vec![NUMBERED, high, low] };
        Self { key, derive, owner, head }
    }

    /// The number of its key.
    #[must_use]
    pub fn number(&self) -> u16 {
        key_of(&self.head).unwrap_or(FIRST_KEY)
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
        Ok([&self.head[..], &version.to_be_bytes(), &nonce, &sealed].concat())
    }

    /// Takes a row apart for a cipher of somebody else's, the browser's: AES-256-GCM with this key, nonce and
    /// associated data opens it as [`Self::open`] does.
    ///
    /// # Errors
    /// [`SealError::Malformed`], or [`SealError::UnknownVersion`] for a row of a later version.
    pub fn take_apart<'a>(&self, place: Place<'_>, row: &'a [u8]) -> Result<Parts<'a>, SealError> {
        let (version, nonce, sealed) = self.split(row)?;
        Ok(Parts { key: self.row_key(place)?, nonce, aad: self.aad(place, version), sealed })
    }

    /// Opens a row from its place: its version and what was sealed.
    ///
    /// # Errors
    /// [`SealError::Damaged`] when it was changed, moved or sealed by another locker.
    pub fn open(&self, place: Place<'_>, row: &[u8]) -> Result<(u64, Vec<u8>), SealError> {
        let (version, nonce, sealed) = self.split(row)?;
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
        [&self.head[..], &self.owner, &[place.table], &version.to_be_bytes(), place.key].concat()
    }

    /// Version, nonce and sealed bytes of a row.
    fn split<'a>(&self, row: &'a [u8]) -> Result<(u64, [u8; 12], &'a [u8]), SealError> {
        key_of(row)?;
        // Under another of the owner's keys.
        let rest = row.strip_prefix(&self.head[..]).ok_or(SealError::Damaged)?;
        let (head, sealed) = rest.split_at_checked(HEAD).ok_or(SealError::Malformed)?;
        let (version, nonce) = head.split_at_checked(8).ok_or(SealError::Malformed)?;
        Ok((u64::from_be_bytes(crate::exact(version)?), crate::exact(nonce)?, sealed))
    }
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

    #[test]
    fn a_row_names_its_key_and_opens_under_no_other_of_the_same_owner() {
        let locker = |number| Locker::numbered(Zeroizing::new([number as u8; 32]), [6; 16], number);
        for number in [FIRST_KEY, 2, 300] {
            let row = locker(number).seal(&mut Counting(9), PLACE, 7, b"Amina").unwrap();
            assert_eq!((key_of(&row), locker(number).number()), (Ok(number), number));
            assert_eq!(locker(number).open(PLACE, &row), Ok((7, b"Amina".to_vec())));
            for other in [FIRST_KEY, 2, 300, 301].into_iter().filter(|other| *other != number) {
                assert_eq!(locker(other).open(PLACE, &row), Err(SealError::Damaged));
            }
            for end in 0..row.len() {
                assert!(locker(number).open(PLACE, &row[..end]).is_err());
            }
        }
        let mut renumbered = locker(2).seal(&mut Counting(9), PLACE, 7, b"Amina").unwrap();
        renumbered[2] = 3;
        let same_key = Locker::numbered(Zeroizing::new([2; 32]), [6; 16], 3);
        assert_eq!(same_key.open(PLACE, &renumbered), Err(SealError::Damaged), "the number is bound in");
        assert_eq!(key_of(&[9]), Err(SealError::UnknownVersion));
        assert_eq!(key_of(&[]), Err(SealError::Malformed));
    }

    /// A row of the second form as first released. Never edit: databases hold rows of this form.
    #[test]
    fn the_form_with_a_key_number_stays_readable() {
        let locker = Locker::numbered(Zeroizing::new([5; 32]), [6; 16], 2);
        let row = locker.seal(&mut Counting(9), PLACE, 7, b"Amina").unwrap();
        assert_eq!(domain::id::hex(&row), KEPT_NUMBERED);
    }
    const KEPT_NUMBERED: &str =
        "0200020000000000000007d2d8e8f83ec12a2ee754337864bca7b92760cde71d4a4cbc3c4431e40ce07dd24c";
}
