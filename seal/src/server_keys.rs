//! The server's keys, and the offline root that vouches for them.
//!
//! A device learns the root's fingerprint from its invitation, never from the line, and pins it: it seals to
//! no key and believes no receipt that this root has not signed.

use crate::envelope::{SEALING_KEY, sealing_pair};
use crate::keys::{sign, verify};
use crate::{CryptoRng, SealError, digest, exact, random};
use ed25519_dalek::SigningKey;
use minicbor::{Decoder, Encoder};
use zeroize::Zeroizing;

const VERSION: u64 = 1;
const LABEL: &str = "amparo/server-keys/1";

/// The root key. Its secret belongs offline; the embedded default makes one at the first start.
pub struct RootKey(SigningKey);

/// A key that signs receipts and pages.
pub struct SigningSecret(SigningKey);

macro_rules! ed25519_secret {
    ($name:ident) => {
        impl $name {
            /// Makes a new key.
            #[must_use]
            pub fn generate(rng: &mut impl CryptoRng) -> Self {
                Self(SigningKey::from_bytes(&random(rng)))
            }

            /// From its 32 stored bytes.
            #[must_use]
            pub fn from_bytes(bytes: &[u8; 32]) -> Self {
                Self(SigningKey::from_bytes(bytes))
            }

            /// The 32 bytes to store.
            #[must_use]
            pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
                Zeroizing::new(self.0.to_bytes())
            }

            /// The public half.
            #[must_use]
            pub fn public(&self) -> [u8; 32] {
                self.0.verifying_key().to_bytes()
            }
        }
    };
}
ed25519_secret!(RootKey);
ed25519_secret!(SigningSecret);

impl SigningSecret {
    pub(crate) fn key(&self) -> &SigningKey {
        &self.0
    }

    /// Signs under a label, see [`crate::keys::sign`].
    #[must_use]
    pub fn sign(&self, label: &str, message: &[u8]) -> [u8; 64] {
        sign(&self.0, label, message)
    }
}

impl RootKey {
    /// What an invitation carries and a device pins: SHA-256 of the public root key.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        digest(&self.public())
    }

    /// Vouches for a server's public keys for a time (milliseconds since 1970).
    #[must_use]
    pub fn vouch(&self, secrets: &ServerSecrets, from: u64, until: u64) -> ServerKeys {
        let keys = ServerKeys {
            root: self.public(),
            sealing: secrets.sealing_public.clone(),
            signing: secrets.signing.public(),
            from,
            until,
            signature: [0; 64],
        };
        ServerKeys { signature: sign(&self.0, LABEL, &keys.body()), ..keys }
    }
}

/// The secrets of a running server.
pub struct ServerSecrets {
    /// Opens capsules (X-Wing).
    pub sealing: Zeroizing<Vec<u8>>,
    /// Its public half.
    pub sealing_public: Vec<u8>,
    /// Signs receipts and pages.
    pub signing: SigningSecret,
}

impl ServerSecrets {
    /// Makes new ones.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let (sealing, sealing_public) = sealing_pair(rng);
        Self { sealing, sealing_public, signing: SigningSecret::generate(rng) }
    }

    /// The bytes to store in a file that only the server may read.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(self.signing.to_bytes().to_vec());
        bytes.extend_from_slice(&self.sealing_public);
        bytes.extend_from_slice(&self.sealing);
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`SealError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let (signing, rest) = bytes.split_at_checked(32).ok_or(SealError::Malformed)?;
        let (public, secret) = rest.split_at_checked(SEALING_KEY).ok_or(SealError::Malformed)?;
        Ok(Self {
            sealing: Zeroizing::new(secret.to_vec()),
            sealing_public: public.to_vec(),
            signing: SigningSecret::from_bytes(&exact(signing)?),
        })
    }
}

/// A server's public keys with the root's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerKeys {
    /// The root that vouches.
    pub root: [u8; 32],
    /// X-Wing key that envelopes are sealed to.
    pub sealing: Vec<u8>,
    /// Ed25519 key that signs receipts and pages.
    pub signing: [u8; 32],
    /// Valid from, milliseconds since 1970.
    pub from: u64,
    /// Valid until. A device with no line goes on sealing to a key past its time: the server keeps the secret.
    pub until: u64,
    signature: [u8; 64],
}

impl ServerKeys {
    /// The bytes handed to devices.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.signature[..], &self.body()].concat()
    }

    /// Reads keys and checks that the pinned root vouches for them.
    ///
    /// # Errors
    /// [`SealError::WrongSignature`] when they are vouched for by another root, or by nobody.
    pub fn from_bytes(bytes: &[u8], pinned: &[u8; 32]) -> Result<Self, SealError> {
        let (signature, body) = bytes.split_at_checked(64).ok_or(SealError::Malformed)?;
        let mut d = Decoder::new(body);
        type Parts = (Vec<u8>, Vec<u8>, Vec<u8>, u64, u64);
        let mut read = || -> Result<Option<Parts>, minicbor::decode::Error> {
            d.array()?;
            if d.u64()? != VERSION {
                return Ok(None);
            }
            let (root, sealing, signing) = (d.bytes()?.to_vec(), d.bytes()?.to_vec(), d.bytes()?.to_vec());
            Ok(Some((root, sealing, signing, d.u64()?, d.u64()?)))
        };
        let (root, sealing, signing, from, until) =
            read().map_err(|_| SealError::Malformed)?.ok_or(SealError::UnknownVersion)?;
        let (root, signature) = (exact::<32>(&root)?, exact(signature)?);
        if digest(&root) != *pinned || sealing.len() != SEALING_KEY {
            return Err(SealError::WrongSignature);
        }
        verify(&root, LABEL, body, &signature)?;
        Ok(Self { root, sealing, signing: exact(&signing)?, from, until, signature })
    }

    fn body(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let write = |e: &mut Encoder<&mut Vec<u8>>| -> Result<(), minicbor::encode::Error<_>> {
            e.array(6)?.u64(VERSION)?.bytes(&self.root)?.bytes(&self.sealing)?;
            e.bytes(&self.signing)?.u64(self.from)?.u64(self.until)?.ok()
        };
        let _: Result<(), minicbor::encode::Error<core::convert::Infallible>> =
            write(&mut Encoder::new(&mut bytes));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;

    #[test]
    fn keys_are_believed_only_from_the_pinned_root() {
        let (root, other) = (RootKey::generate(&mut Counting(1)), RootKey::generate(&mut Counting(2)));
        let secrets = ServerSecrets::generate(&mut Counting(3));
        let bytes = root.vouch(&secrets, 10, 20).to_bytes();
        let keys = ServerKeys::from_bytes(&bytes, &root.fingerprint()).unwrap();
        assert_eq!((keys.from, keys.until, keys.signing), (10, 20, secrets.signing.public()));
        assert_eq!(ServerKeys::from_bytes(&bytes, &other.fingerprint()), Err(SealError::WrongSignature));
        let mut forged = bytes;
        forged[1300] ^= 1;
        assert!(ServerKeys::from_bytes(&forged, &root.fingerprint()).is_err());
        let back = ServerSecrets::from_bytes(&secrets.to_bytes()).unwrap();
        assert_eq!(back.sealing_public, secrets.sealing_public);
    }
}
