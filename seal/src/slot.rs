//! Slots: a vault's key, wrapped for one way of unlocking it.

mod passkey;

pub use passkey::PasskeySlot;

use crate::{CryptoRng, SealError, exact, random};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::VaultId;
use hkdf::Hkdf;
use minicbor::{Decoder, Encoder};
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use zeroize::Zeroizing;

/// Costs of Argon2id (RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kdf {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Kdf {
    /// What new slots use: 64 MiB, three passes, one lane (RFC 9106's second choice in one lane).
    pub const STANDARD: Kdf = Kdf { memory: 64 * 1024, passes: 3, lanes: 1 };
    /// The least that is ever accepted, for devices that cannot spare 64 MiB (OWASP's floor).
    pub const FLOOR: Kdf = Kdf { memory: 19 * 1024, passes: 2, lanes: 1 };
    /// More than any device of ours is asked for; a slot that wants more was not made by us.
    const CEILING: u32 = 1024 * 1024;

    /// Stretches a passphrase, as [`normal`] gives it. Takes about a second on a slow tablet, and `memory` KiB: run it in a worker
    /// that is thrown away afterwards.
    ///
    /// # Errors
    /// [`SealError::WrongKey`] for costs under the floor or beyond reason: such a slot was tampered with.
    pub fn stretch(self, passphrase: &str, salt: &[u8; 16]) -> Result<Zeroizing<[u8; 32]>, SealError> {
        let within = self.memory >= Kdf::FLOOR.memory
            && self.memory <= Kdf::CEILING
            && (Kdf::FLOOR.passes..=64).contains(&self.passes)
            && (1..=16).contains(&self.lanes);
        if !within {
            return Err(SealError::WrongKey);
        }
        let params = Params::new(self.memory, self.passes, self.lanes, Some(32));
        let argon2 =
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params.map_err(|_| SealError::WrongKey)?);
        let mut key = Zeroizing::new([0; 32]);
        argon2
            .hash_password_into(passphrase.as_bytes(), salt, &mut key[..])
            .map_err(|_| SealError::WrongKey)?;
        Ok(key)
    }
}

/// A passphrase as it counts: spaces, case and accents are forgiven. Frozen: vaults depend on it.
#[must_use]
pub fn normal(passphrase: &str) -> Zeroizing<String> {
    let words = passphrase.split_whitespace().map(|word| {
        let plain = word.nfd().filter(|c| !is_combining_mark(*c));
        plain.flat_map(char::to_lowercase).collect::<String>()
    });
    Zeroizing::new(words.collect::<Vec<_>>().join(" "))
}

/// A vault key wrapped under a passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Costs of stretching.
    pub kdf: Kdf,
    /// Salt of stretching.
    pub salt: [u8; 16],
    wrapped: Wrapped,
}

/// A vault's key under a secret, with a value by which a wrong secret is told from a changed slot. Each kind of slot has
/// a label of its own and binds what else it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wrapped {
    check: [u8; 16],
    nonce: [u8; 12],
    key: Vec<u8>,
}

impl Wrapped {
    /// Wraps a key under a secret.
    fn wrap(
        rng: &mut impl CryptoRng,
        label: &[u8],
        secret: &[u8; 32],
        aad: &[u8],
        key: &[u8; 32],
    ) -> Result<Self, SealError> {
        let (check, wrapping) = Self::keys(label, secret)?;
        let nonce = random(rng);
        let sealed = cipher(&wrapping)?.encrypt(&Nonce::from(nonce), Payload { msg: key, aad });
        Ok(Self { check, nonce, key: sealed.map_err(|_| SealError::NotSealed)? })
    }

    /// Unwraps the key; [`SealError::WrongKey`] under another secret, [`SealError::Damaged`] when something was changed.
    fn open(&self, label: &[u8], secret: &[u8; 32], aad: &[u8]) -> Result<Zeroizing<[u8; 32]>, SealError> {
        let (check, wrapping) = Self::keys(label, secret)?;
        if check != self.check {
            return Err(SealError::WrongKey);
        }
        let sealed = Payload { msg: &self.key, aad };
        let plain = cipher(&wrapping)?.decrypt(&Nonce::from(self.nonce), sealed);
        let plain = Zeroizing::new(plain.map_err(|_| SealError::Damaged)?);
        exact(&plain).map(Zeroizing::new).map_err(|_| SealError::Damaged)
    }

    /// What wrong secrets are known by, and the key that wraps.
    fn keys(label: &[u8], secret: &[u8; 32]) -> Result<([u8; 16], Zeroizing<[u8; 32]>), SealError> {
        let hkdf = Hkdf::<Sha256>::new(Some(label), secret);
        let (mut check, mut wrapping) = ([0; 16], Zeroizing::new([0; 32]));
        hkdf.expand(b"check", &mut check).map_err(|_| SealError::NotSealed)?;
        hkdf.expand(b"wrap", &mut wrapping[..]).map_err(|_| SealError::NotSealed)?;
        Ok((check, wrapping))
    }

    /// Writes its three parts.
    fn write<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.check)?.bytes(&self.nonce)?.bytes(&self.key)?.ok()
    }

    /// Reads its three parts.
    fn read(d: &mut Decoder<'_>) -> Result<Self, minicbor::decode::Error> {
        Ok(Self { check: fixed(d.bytes()?)?, nonce: fixed(d.bytes()?)?, key: d.bytes()?.to_vec() })
    }
}

/// Bytes of just this number.
fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], minicbor::decode::Error> {
    exact(bytes).map_err(|_| minicbor::decode::Error::message("length"))
}

const VERSION: u64 = 1;
const PASSPHRASE: u64 = 1;
/// Also the salt of the derivation, so that nothing of this kind of slot opens anything of another.
const LABEL: &[u8] = b"amparo/slot/1";

impl Slot {
    /// Wraps a vault's key under a stretched passphrase; `kdf` and `salt` are those it was stretched with.
    ///
    /// # Errors
    /// [`SealError::NotSealed`] never in practice: the key is 32 bytes.
    pub fn wrap(
        rng: &mut impl CryptoRng,
        vault: VaultId,
        kdf: Kdf,
        salt: [u8; 16],
        stretched: &[u8; 32],
        key: &[u8; 32],
    ) -> Result<Self, SealError> {
        let wrapped = Wrapped::wrap(rng, LABEL, stretched, &aad(vault, kdf, &salt), key)?;
        Ok(Slot { kdf, salt, wrapped })
    }

    /// Unwraps the vault's key.
    ///
    /// # Errors
    /// [`SealError::WrongKey`] when the passphrase is another one, [`SealError::Damaged`] when it is right
    /// but the slot was changed. Nothing is written in either case.
    pub fn open(&self, vault: VaultId, stretched: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, SealError> {
        self.wrapped.open(LABEL, stretched, &aad(vault, self.kdf, &self.salt))
    }

    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let write = |e: &mut Encoder<&mut Vec<u8>>| -> Result<(), minicbor::encode::Error<_>> {
            e.array(9)?.u64(VERSION)?.u64(PASSPHRASE)?.u32(self.kdf.memory)?.u32(self.kdf.passes)?;
            e.u32(self.kdf.lanes)?.bytes(&self.salt)?;
            self.wrapped.write(e)
        };
        let _ = write(&mut Encoder::new(&mut bytes));
        bytes
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`SealError::UnknownVersion`] for slots of later versions or other kinds, else [`SealError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let mut d = Decoder::new(bytes);
        let mut read = || -> Result<Option<Slot>, minicbor::decode::Error> {
            d.array()?;
            if (d.u64()?, d.u64()?) != (VERSION, PASSPHRASE) {
                return Ok(None);
            }
            let kdf = Kdf { memory: d.u32()?, passes: d.u32()?, lanes: d.u32()? };
            Ok(Some(Slot { kdf, salt: fixed(d.bytes()?)?, wrapped: Wrapped::read(&mut d)? }))
        };
        read().map_err(|_| SealError::Malformed)?.ok_or(SealError::UnknownVersion)
    }
}

/// Costs, salt and vault are bound in: a slot cannot be weakened or moved.
fn aad(vault: VaultId, kdf: Kdf, salt: &[u8; 16]) -> Vec<u8> {
    let Kdf { memory, passes, lanes } = kdf;
    [LABEL, &vault.0, &memory.to_be_bytes(), &passes.to_be_bytes(), &lanes.to_be_bytes(), salt].concat()
}

fn cipher(key: &[u8; 32]) -> Result<Aes256Gcm, SealError> {
    Aes256Gcm::new_from_slice(key).map_err(|_| SealError::NotSealed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;

    const VAULT: VaultId = VaultId([3; 16]);

    fn slot() -> (Slot, Zeroizing<[u8; 32]>) {
        let stretched = Kdf::FLOOR.stretch("cuatro palabras bien largas", &[4; 16]).unwrap();
        (Slot::wrap(&mut Counting(1), VAULT, Kdf::FLOOR, [4; 16], &stretched, &[8; 32]).unwrap(), stretched)
    }

    #[test]
    fn the_right_passphrase_opens_however_it_is_spaced() {
        let (slot, _) = slot();
        let typed = Kdf::FLOOR.stretch(&normal("  Cuátro palabras   bien largas "), &slot.salt).unwrap();
        assert_eq!(*slot.open(VAULT, &typed).unwrap(), [8; 32]);
        assert_eq!(Slot::from_bytes(&slot.to_bytes()), Ok(slot));
    }

    #[test]
    fn a_wrong_passphrase_says_so_and_a_changed_slot_does_not_open() {
        let (slot, stretched) = slot();
        let other = Kdf::FLOOR.stretch("otras palabras", &slot.salt).unwrap();
        assert_eq!(slot.open(VAULT, &other), Err(SealError::WrongKey));
        assert_eq!(slot.open(VaultId([9; 16]), &stretched), Err(SealError::Damaged));
        let weakened = Slot { kdf: Kdf { passes: 3, ..Kdf::FLOOR }, ..slot };
        assert_eq!(weakened.open(VAULT, &stretched), Err(SealError::Damaged));
    }

    #[test]
    fn costs_under_the_floor_are_never_used() {
        for kdf in [
            Kdf { memory: 18 * 1024, ..Kdf::FLOOR },
            Kdf { passes: 1, ..Kdf::FLOOR },
            Kdf { memory: u32::MAX, ..Kdf::FLOOR },
        ] {
            assert_eq!(kdf.stretch("x", &[0; 16]), Err(SealError::WrongKey));
        }
    }
}
