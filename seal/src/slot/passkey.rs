//! The second kind of slot: a vault's key, wrapped under what a passkey computes (WebAuthn's extension `prf`).
//!
//! The authenticator computes 32 bytes from a secret of its own, a salt and the passkey, always the same ones and only
//! once it knew the person again. They never leave the device, and no server is asked: such a slot opens offline. It is
//! always a second one: the passphrase's slot stays.

use super::{Wrapped, fixed};
use crate::{CryptoRng, SealError};
use domain::VaultId;
use minicbor::{Decoder, Encoder};
use zeroize::Zeroizing;

const VERSION: u64 = 1;
const PASSKEY: u64 = 2;
/// Also the salt of the derivation, so that nothing of this kind of slot opens anything of another.
const LABEL: &[u8] = b"amparo/slot/passkey/1";

/// A vault key wrapped under what a passkey computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeySlot {
    /// The authenticator's name for the passkey.
    pub credential: Vec<u8>,
    /// What the passkey is given to compute from.
    pub salt: [u8; 32],
    wrapped: Wrapped,
}

impl PasskeySlot {
    /// Wraps a vault's key under what a passkey computed from a salt.
    ///
    /// # Errors
    /// [`SealError::WrongKey`] when it computed nothing but zeros, as broken authenticators do.
    pub fn wrap(
        rng: &mut impl CryptoRng,
        vault: VaultId,
        credential: &[u8],
        salt: [u8; 32],
        computed: &[u8; 32],
        key: &[u8; 32],
    ) -> Result<Self, SealError> {
        let aad = aad(vault, &salt, credential);
        let wrapped = Wrapped::wrap(rng, LABEL, something(computed)?, &aad, key)?;
        Ok(Self { credential: credential.to_vec(), salt, wrapped })
    }

    /// Unwraps the vault's key.
    ///
    /// # Errors
    /// [`SealError::WrongKey`] when another passkey computed this, [`SealError::Damaged`] when it was the right one but the
    /// slot was changed or lies in another vault. Nothing is written in either case.
    pub fn open(&self, vault: VaultId, computed: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, SealError> {
        self.wrapped.open(LABEL, something(computed)?, &aad(vault, &self.salt, &self.credential))
    }

    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let write = |e: &mut Encoder<&mut Vec<u8>>| -> Result<(), minicbor::encode::Error<_>> {
            e.array(7)?.u64(VERSION)?.u64(PASSKEY)?.bytes(&self.credential)?.bytes(&self.salt)?;
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
        let mut read = || -> Result<Option<Self>, minicbor::decode::Error> {
            d.array()?;
            if (d.u64()?, d.u64()?) != (VERSION, PASSKEY) {
                return Ok(None);
            }
            let (credential, salt) = (d.bytes()?.to_vec(), fixed(d.bytes()?)?);
            Ok(Some(Self { credential, salt, wrapped: Wrapped::read(&mut d)? }))
        };
        read().map_err(|_| SealError::Malformed)?.ok_or(SealError::UnknownVersion)
    }
}

/// What was computed, unless it is nothing but zeros: no key is made of these.
fn something(computed: &[u8; 32]) -> Result<&[u8; 32], SealError> {
    if computed.iter().all(|byte| *byte == 0) { Err(SealError::WrongKey) } else { Ok(computed) }
}

/// Vault, passkey and salt are bound in: a slot cannot be moved, nor another passkey be put into it.
fn aad(vault: VaultId, salt: &[u8; 32], credential: &[u8]) -> Vec<u8> {
    [LABEL, &vault.0, salt, credential].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Slot;
    use crate::testing::Counting;

    const VAULT: VaultId = VaultId([3; 16]);
    const COMPUTED: [u8; 32] = [6; 32];

    fn slot() -> PasskeySlot {
        PasskeySlot::wrap(&mut Counting(1), VAULT, b"passkey", [4; 32], &COMPUTED, &[8; 32]).unwrap()
    }

    #[test]
    fn what_the_passkey_computes_opens_the_slot_of_its_own_vault_alone() {
        let slot = slot();
        assert_eq!(*slot.open(VAULT, &COMPUTED).unwrap(), [8; 32]);
        assert_eq!(slot.open(VAULT, &[7; 32]), Err(SealError::WrongKey));
        assert_eq!(slot.open(VAULT, &[0; 32]), Err(SealError::WrongKey));
        assert_eq!(slot.open(VaultId([9; 16]), &COMPUTED), Err(SealError::Damaged));
        for other in [
            PasskeySlot { credential: b"another".to_vec(), ..slot.clone() },
            PasskeySlot { salt: [5; 32], ..slot.clone() },
        ] {
            assert_eq!(other.open(VAULT, &COMPUTED), Err(SealError::Damaged));
        }
        let zeros = PasskeySlot::wrap(&mut Counting(1), VAULT, b"p", [4; 32], &[0; 32], &[8; 32]);
        assert_eq!(zeros, Err(SealError::WrongKey));
    }

    #[test]
    fn a_passkey_slot_of_the_first_form_reads_for_ever_and_is_unknown_to_who_knows_passphrases_alone() {
        const KEPT: &str = "87010247706173736b6579582004040404040404040404040404040404040404040404040404040404040404\
            04506dcca7eed1f0b79dbd4fb507e6cab6544c2af894fe72f36e3c3f74df7d5830322345c4c89db82888ac5d\
            efd899692ce0373fff9c51870070e417444c44d6593c18a9fc74d188dfbfa0b91443d10f61";
        let kept: Vec<u8> =
            (0..KEPT.len()).step_by(2).map(|at| u8::from_str_radix(&KEPT[at..at + 2], 16).unwrap()).collect();
        assert_eq!(domain::id::hex(&slot().to_bytes()), KEPT);
        let read = PasskeySlot::from_bytes(&kept).unwrap();
        assert_eq!(*read.open(VAULT, &COMPUTED).unwrap(), [8; 32]);
        assert_eq!(Slot::from_bytes(&kept), Err(SealError::UnknownVersion));
        for length in 0..kept.len() {
            assert!(PasskeySlot::from_bytes(&kept[..length]).is_err());
        }
    }

    #[test]
    fn a_passphrase_slot_is_no_passkey_slot() {
        let stretched = [5; 32];
        let slot =
            Slot::wrap(&mut Counting(1), VAULT, crate::Kdf::FLOOR, [4; 16], &stretched, &[8; 32]).unwrap();
        assert_eq!(PasskeySlot::from_bytes(&slot.to_bytes()), Err(SealError::UnknownVersion));
    }
}
