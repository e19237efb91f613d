//! Every byte format that is signed or sealed, in one place, so that device, worker and server cannot differ.
//!
//! Composed from reviewed crates (HPKE with X-Wing, AES-256-GCM, Ed25519, Argon2id, HKDF); nothing is
//! invented here. No clock, storage or network; randomness is handed in by the caller.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod answer;
pub mod attachment;
pub mod audit_page;
pub mod carried;
pub mod checkpoint;
pub mod directory;
pub mod door;
pub mod elsewhere;
pub mod envelope;
pub mod exported;
pub mod found;
pub mod frames;
pub mod holdings;
pub mod intake;
pub mod invitation;
pub mod keys;
pub mod letter;
pub mod locker;
pub mod note;
pub mod order;
pub mod page;
pub mod parcel;
pub mod question;
pub mod reads;
pub mod scrub;
pub mod server_keys;
pub mod signed;
pub mod slot;
pub mod staff;
pub mod tables;

pub use attachment::{Address, Attachment, Media, SealedAttachment};
pub use audit_page::{AuditLine, AuditPage, AuditQuery};
pub use checkpoint::Checkpoint;
pub use directory::{DeviceKey, Directory, Person};
pub use envelope::{Capsule, CapsuleId, Envelope, Header, Incoming, Opener, Outgoing, Purpose};
pub use exported::Exported;
pub use holdings::{Ask, Holding, Holdings, Load};
pub use invitation::Invitation;
pub use keys::{EnrolmentKeys, EnrolmentPublic};
pub use locker::{Locker, Place};
pub use order::{Deed, Order};
pub use parcel::{Parcel, Receipt, Receipts, Verdict};
pub use rand_core::CryptoRng;
pub use reads::{Reading, Reads, Why};
pub use server_keys::{KeyRequest, RootKey, ServerKeys, ServerSecrets};
pub use signed::Signed;
pub use slot::{Kdf, PasskeySlot, Slot};
pub use tables::{OfficeTable, OfficeTables};

/// Why bytes were not accepted. One answer for every failed opening: an attacker learns nothing from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not in the form expected: cut off, too long, or something else entirely.
    #[error("not readable")]
    Malformed,
    /// Made by a later version; keep it, a newer program can read it.
    #[error("made by a later version")]
    UnknownVersion,
    /// It does not open: changed on the way, or sealed to another key.
    #[error("does not open")]
    Damaged,
    /// The key is not the right one; nothing was changed.
    #[error("wrong key")]
    WrongKey,
    /// The signature is not the one of the expected key.
    #[error("wrong signature")]
    WrongSignature,
    /// The sealing itself failed (a message over the limits of the cipher).
    #[error("could not be sealed")]
    NotSealed,
}

/// SHA-256 of some bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).into()
}

/// The first 16 bytes of SHA-256: enough to tell envelopes apart and to name exactly these bytes in a receipt.
#[must_use]
pub fn short_digest(bytes: &[u8]) -> [u8; 16] {
    let mut short = [0; 16];
    short.iter_mut().zip(digest(bytes)).for_each(|(to, from)| *to = from);
    short
}

/// Random bytes of a fixed length.
pub fn random<const N: usize>(rng: &mut impl CryptoRng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// A fixed-length array from a slice of just that length.
pub(crate) fn exact<const N: usize>(bytes: &[u8]) -> Result<[u8; N], SealError> {
    bytes.try_into().map_err(|_| SealError::Malformed)
}

/// Deflates (RFC 1951) when that makes it smaller; the first byte says which.
#[must_use]
pub fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![1];
    packed.extend(miniz_oxide::deflate::compress_to_vec(bytes, 6));
    if packed.len() > bytes.len() {
        packed.clear();
        packed.push(0);
        packed.extend_from_slice(bytes);
    }
    packed
}

/// Undoes [`pack`], up to `limit` bytes: a small message must not unfold into a large one.
///
/// # Errors
/// [`SealError::Malformed`] when it is no packed message or longer than the limit.
pub fn unpack(packed: &[u8], limit: usize) -> Result<Vec<u8>, SealError> {
    match packed.split_first() {
        Some((0, plain)) if plain.len() <= limit => Ok(plain.to_vec()),
        Some((1, deflated)) => miniz_oxide::inflate::decompress_to_vec_with_limit(deflated, limit)
            .map_err(|_| SealError::Malformed),
        Some((0, _)) | None => Err(SealError::Malformed),
        Some(_) => Err(SealError::UnknownVersion),
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use rand_core::{TryCryptoRng, TryRng, utils};

    /// A generator that repeats itself, for samples that are kept. Never outside tests.
    pub struct Counting(pub u64);

    impl TryRng for Counting {
        type Error = core::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            self.try_next_u64().map(|number| number as u32)
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            self.0 += 1;
            Ok(self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            utils::fill_bytes_via_next_word(bytes, || self.try_next_u64())
        }
    }

    impl TryCryptoRng for Counting {}
}
