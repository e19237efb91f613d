//! The keys of an enrolment: one user on one device.

use crate::{CryptoRng, SealError, exact};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hpke::kem::{Kem, X25519HkdfSha256};
use hpke::{Deserializable, Serializable};
use zeroize::Zeroizing;

/// Reads a public signing key and checks a signature over `label` and `message`.
///
/// # Errors
/// [`SealError::WrongSignature`] for a wrong signature or a key that is none.
pub fn verify(key: &[u8; 32], label: &str, message: &[u8], signature: &[u8; 64]) -> Result<(), SealError> {
    let key = VerifyingKey::from_bytes(key).map_err(|_| SealError::WrongSignature)?;
    key.verify_strict(&labelled(label, message), &Signature::from_bytes(signature))
        .map_err(|_| SealError::WrongSignature)
}

/// Signs `message` under a label, so that a signature for one purpose is worth nothing for another.
#[must_use]
pub fn sign(key: &SigningKey, label: &str, message: &[u8]) -> [u8; 64] {
    key.sign(&labelled(label, message)).to_bytes()
}

fn labelled(label: &str, message: &[u8]) -> Vec<u8> {
    [label.as_bytes(), &[0], message].concat()
}

/// The secret halves, which live in the user's vault and nowhere else.
///
/// Each in a place of its own: a value that is handed on leaves its bytes behind, a pointer only itself.
pub struct EnrolmentKeys {
    signing: Box<SigningKey>,
    inbox: Box<Zeroizing<[u8; 32]>>,
}

/// The public halves, which the server keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnrolmentPublic {
    /// Ed25519: proves who made an entry.
    pub verifying: [u8; 32],
    /// X25519: what is collected for this enrolment is sealed to it.
    pub inbox: [u8; 32],
}

impl EnrolmentKeys {
    /// Makes a new pair of pairs.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let signing = Box::new(SigningKey::from_bytes(&Zeroizing::new(crate::random(rng))));
        let (inbox, _) = X25519HkdfSha256::derive_keypair(&Zeroizing::new(crate::random::<32>(rng))[..]);
        let mut secret = Box::new(Zeroizing::new([0; 32]));
        secret.copy_from_slice(&inbox.to_bytes());
        Self { signing, inbox: secret }
    }

    /// The public halves.
    ///
    /// # Errors
    /// [`SealError::Malformed`] when the stored secret is no X25519 key.
    pub fn public(&self) -> Result<EnrolmentPublic, SealError> {
        let secret = self.inbox_secret()?;
        let inbox = exact(&X25519HkdfSha256::sk_to_pk(&secret).to_bytes())?;
        Ok(EnrolmentPublic { verifying: self.signing.verifying_key().to_bytes(), inbox })
    }

    /// The 64 bytes that the vault seals: signing seed, then inbox secret.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([&self.signing.to_bytes()[..], &self.inbox[..]].concat())
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`SealError::Malformed`] for any other length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let (signing, inbox) = bytes.split_at_checked(32).ok_or(SealError::Malformed)?;
        let signing = Zeroizing::new(exact::<32>(signing)?);
        let signing = Box::new(SigningKey::from_bytes(&signing));
        Ok(Self { signing, inbox: Box::new(Zeroizing::new(exact(inbox)?)) })
    }

    /// Signs under a label, see [`sign`].
    #[must_use]
    pub fn sign(&self, label: &str, message: &[u8]) -> [u8; 64] {
        sign(&self.signing, label, message)
    }

    pub(crate) fn inbox_secret(&self) -> Result<<X25519HkdfSha256 as Kem>::PrivateKey, SealError> {
        Deserializable::from_bytes(&self.inbox[..]).map_err(|_| SealError::Malformed)
    }
}

/// A verifying key that is nobody's: a point of the curve whose secret nobody knows. What is checked against it takes
/// as long as against anybody's, and never counts.
pub const NOBODY: [u8; 32] = [0x59; 32];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;

    #[test]
    fn keys_read_back_and_sign_for_one_purpose_only() {
        let keys = EnrolmentKeys::generate(&mut Counting(1));
        let back = EnrolmentKeys::from_bytes(&keys.to_bytes()).unwrap();
        assert_eq!(back.public(), keys.public());
        let signature = back.sign("one", b"message");
        let key = keys.public().unwrap().verifying;
        assert_eq!(verify(&key, "one", b"message", &signature), Ok(()));
        assert_eq!(verify(&key, "two", b"message", &signature), Err(SealError::WrongSignature));
        assert_eq!(verify(&key, "one", b"massage", &signature), Err(SealError::WrongSignature));
        assert!(EnrolmentKeys::from_bytes(&[0; 63]).is_err());
    }

    #[test]
    fn nobodys_key_is_one_so_that_checking_against_it_takes_as_long() {
        assert!(ed25519_dalek::VerifyingKey::from_bytes(&NOBODY).is_ok_and(|key| !key.is_weak()));
        // As others are not, and then the answer comes sooner.
        assert!(ed25519_dalek::VerifyingKey::from_bytes(&[0x58; 32]).is_err());
    }
}
