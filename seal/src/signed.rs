//! Signed bodies: an entry, or the state of a draft, with its author's signature.

use crate::keys::{self, EnrolmentKeys};
use crate::{SealError, exact};
use domain::{DraftId, Entry};
use minicbor::{Decoder, Encoder};

/// What signatures over entries are labelled with.
pub const ENTRY: &str = "amparo/entry/1";
/// What signatures over drafts are labelled with.
pub const DRAFT: &str = "amparo/draft/1";
/// What the answer to a sign-in challenge is labelled with.
pub const SIGN_IN: &str = "amparo/sign-in/1";
/// What the vault's word for a new passkey is labelled with.
pub const PASSKEY: &str = "amparo/passkey/1";

/// Bytes exactly as they were signed. They are never written anew: a later version could write them otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The signed bytes.
    pub body: Vec<u8>,
    /// Ed25519 signature of the author's enrolment key.
    pub signature: [u8; 64],
}

impl Signed {
    /// Signs an entry.
    #[must_use]
    pub fn entry(keys: &EnrolmentKeys, entry: &Entry) -> Self {
        let body = entry.to_bytes();
        Self { signature: keys.sign(ENTRY, &body), body }
    }

    /// Signs the state of a draft: its id, when it was sealed (milliseconds since 1970) and the draft's bytes.
    #[must_use]
    pub fn draft(keys: &EnrolmentKeys, draft: DraftId, at: u64, state: &[u8]) -> Self {
        let mut body = Vec::new();
        // Writing to memory cannot fail.
        let _ = Encoder::new(&mut body)
            .array(3)
            .and_then(|e| e.bytes(&draft.0))
            .and_then(|e| e.u64(at))
            .and_then(|e| e.bytes(state).map(|_| ()));
        Self { signature: keys.sign(DRAFT, &body), body }
    }

    /// Checks the signature under its label and gives the body.
    ///
    /// # Errors
    /// [`SealError::WrongSignature`].
    pub fn verify(&self, key: &[u8; 32], label: &str) -> Result<&[u8], SealError> {
        keys::verify(key, label, &self.body, &self.signature).map(|()| &self.body[..])
    }

    /// Signature, then body.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.signature[..], &self.body[..]].concat()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`SealError::Malformed`] when it is shorter than a signature.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let (signature, body) = bytes.split_at_checked(64).ok_or(SealError::Malformed)?;
        Ok(Self { body: body.to_vec(), signature: exact(signature)? })
    }
}

/// Reads the body of a signed draft: its id, when it was sealed, its bytes.
///
/// # Errors
/// [`SealError::Malformed`].
pub fn read_draft(body: &[u8]) -> Result<(DraftId, u64, Vec<u8>), SealError> {
    let mut d = Decoder::new(body);
    let mut read = || -> Result<_, minicbor::decode::Error> {
        d.array()?;
        Ok((d.decode()?, d.u64()?, d.bytes()?.to_vec()))
    };
    read().map_err(|_| SealError::Malformed)
}
