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
const REQUEST: &str = "amparo/key-request/1";

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
        self.sign(secrets.sealing_public.clone(), secrets.signing.public(), from, until)
    }

    /// Vouches for the keys that a server asks for, as [`Self::vouch`]. They are always told to begin after those
    /// that the server had: devices go forward only.
    #[must_use]
    pub fn grant(&self, request: &KeyRequest, from: u64, until: u64) -> ServerKeys {
        let from = from.max(request.after.saturating_add(1));
        self.sign(request.sealing.clone(), request.signing, from, until)
    }

    fn sign(&self, sealing: Vec<u8>, signing: [u8; 32], from: u64, until: u64) -> ServerKeys {
        let keys = ServerKeys { root: self.public(), sealing, signing, from, until, signature: [0; 64] };
        ServerKeys { signature: sign(&self.0, LABEL, &keys.body()), ..keys }
    }
}

/// A root's fingerprint as people compare it, on a device's screen and in the server's terminal: its first twelve
/// bytes in groups of four characters. Nobody can match that many by trying.
#[must_use]
pub fn groups(fingerprint: &[u8; 32]) -> Vec<String> {
    fingerprint.chunks(2).take(6).map(|pair| domain::id::hex(pair).to_uppercase()).collect()
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

/// New public keys of a server, to be carried to where the root is. Signed with the new signing key, which proves
/// that the server holds it and that nothing changed on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRequest {
    /// X-Wing key.
    pub sealing: Vec<u8>,
    /// Ed25519 key.
    pub signing: [u8; 32],
    /// From when the keys are valid that the server has now, 0 where it has none.
    pub after: u64,
}

impl KeyRequest {
    /// The file that is carried: signature, then body.
    #[must_use]
    pub fn write(secrets: &ServerSecrets, after: u64) -> Vec<u8> {
        let mut body = Vec::new();
        let write = |e: &mut Encoder<&mut Vec<u8>>| -> Result<(), minicbor::encode::Error<_>> {
            e.array(4)?.u64(VERSION)?.bytes(&secrets.sealing_public)?;
            e.bytes(&secrets.signing.public())?.u64(after)?.ok()
        };
        let _: Result<(), minicbor::encode::Error<core::convert::Infallible>> =
            write(&mut Encoder::new(&mut body));
        [&secrets.signing.sign(REQUEST, &body)[..], &body].concat()
    }

    /// Reads what [`Self::write`] wrote.
    ///
    /// # Errors
    /// [`SealError::WrongSignature`] when it was changed on the way, [`SealError::UnknownVersion`],
    /// [`SealError::Malformed`].
    pub fn read(bytes: &[u8]) -> Result<Self, SealError> {
        let (signature, body) = bytes.split_at_checked(64).ok_or(SealError::Malformed)?;
        let mut d = Decoder::new(body);
        type Parts = (Vec<u8>, Vec<u8>, u64);
        let mut read = || -> Result<Option<Parts>, minicbor::decode::Error> {
            d.array()?;
            if d.u64()? != VERSION {
                return Ok(None);
            }
            Ok(Some((d.bytes()?.to_vec(), d.bytes()?.to_vec(), d.u64()?)))
        };
        let (sealing, signing, after) =
            read().map_err(|_| SealError::Malformed)?.ok_or(SealError::UnknownVersion)?;
        let signing = exact::<32>(&signing)?;
        verify(&signing, REQUEST, body, &exact(signature)?)?;
        if sealing.len() != SEALING_KEY {
            return Err(SealError::Malformed);
        }
        Ok(Self { sealing, signing, after })
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

    /// Fingerprint of the root that keys say they are vouched for by. Nothing is checked: for a person to compare before
    /// anything is pinned.
    ///
    /// # Errors
    /// [`SealError::Malformed`], [`SealError::UnknownVersion`].
    pub fn claimed_root(bytes: &[u8]) -> Result<[u8; 32], SealError> {
        let (_, body) = bytes.split_at_checked(64).ok_or(SealError::Malformed)?;
        let mut d = Decoder::new(body);
        d.array().map_err(|_| SealError::Malformed)?;
        if d.u64().map_err(|_| SealError::Malformed)? != VERSION {
            return Err(SealError::UnknownVersion);
        }
        let root: [u8; 32] = exact(d.bytes().map_err(|_| SealError::Malformed)?)?;
        Ok(digest(&root))
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
        assert_eq!(ServerKeys::claimed_root(&bytes), Ok(root.fingerprint()));
        let mut forged = bytes;
        forged[1300] ^= 1;
        assert!(ServerKeys::from_bytes(&forged, &root.fingerprint()).is_err());
        let back = ServerSecrets::from_bytes(&secrets.to_bytes()).unwrap();
        assert_eq!(back.sealing_public, secrets.sealing_public);
    }

    #[test]
    fn what_a_server_asks_for_is_granted_after_what_it_had_and_only_as_it_was_written() {
        let (root, secrets) =
            (RootKey::generate(&mut Counting(1)), ServerSecrets::generate(&mut Counting(3)));
        let bytes = KeyRequest::write(&secrets, 500);
        let request = KeyRequest::read(&bytes).unwrap();
        assert_eq!((&request.sealing, request.after), (&secrets.sealing_public, 500));
        let keys = root.grant(&request, 10, 900);
        assert_eq!((keys.from, keys.until, keys.signing), (501, 900, secrets.signing.public()));
        assert_eq!(ServerKeys::from_bytes(&keys.to_bytes(), &root.fingerprint()), Ok(keys));
        assert_eq!(root.grant(&request, 700, 900).from, 700);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(KeyRequest::read(&changed).is_err(), "byte {at}");
            assert!(KeyRequest::read(&bytes[..at]).is_err());
        }
    }

    #[test]
    fn a_fingerprint_is_shown_in_six_groups_of_four() {
        let fingerprint: [u8; 32] = core::array::from_fn(|at| 0xa0 + at as u8);
        assert_eq!(groups(&fingerprint).join(" "), "A0A1 A2A3 A4A5 A6A7 A8A9 AAAB");
    }

    /// Digests of keys and of a request as first released: devices and files hold them.
    #[test]
    fn the_first_released_forms_stay_readable() {
        let (root, secrets) =
            (RootKey::generate(&mut Counting(1)), ServerSecrets::generate(&mut Counting(3)));
        let kept = |bytes: &[u8]| domain::id::hex(&crate::short_digest(bytes));
        assert_eq!(kept(&root.vouch(&secrets, 10, 20).to_bytes()), KEPT_KEYS);
        assert_eq!(kept(&KeyRequest::write(&secrets, 500)), KEPT_REQUEST);
    }
    const KEPT_KEYS: &str = "265482279ced770ff8a7720b8cd52c8c";
    const KEPT_REQUEST: &str = "5ee043efdc0892b0de62428c28155dcb";
}
