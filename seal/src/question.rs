//! Questions about people, sealed on the device to the server alone: neither a proxy that ends TLS nor the worker can
//! read whom somebody asks about. The answer comes back as an [`crate::answer`].
//!
//! HPKE as in [`crate::envelope`], once for each question: a question is never stored, so nothing is shared between
//! two. The session cookie says who asks; the enrolment is bound in, so that no other one can ask it again.

use crate::envelope::SEALING_KEY;
use crate::server_keys::ServerSecrets;
use crate::{CryptoRng, SealError, short_digest};
use domain::EnrolmentId;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, XWing};
use hpke::{Deserializable, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal_with_rng};

const INFO: &[u8] = b"amparo/question/1";
const VERSION: u8 = 1;
/// Length of an X-Wing encapsulation in bytes.
const ENCAPPED: usize = 1120;
/// Every question is filled up to a multiple of this, so that its length says nothing about a name.
const STEP: usize = 512;
/// Largest question.
pub const LIMIT: usize = 4 * 1024;

/// Seals a question.
///
/// # Errors
/// [`SealError::Malformed`] when the key is none, [`SealError::NotSealed`] when the question is over [`LIMIT`].
pub fn seal(
    rng: &mut impl CryptoRng,
    sealing_key: &[u8],
    enrolment: EnrolmentId,
    plain: &[u8],
) -> Result<Vec<u8>, SealError> {
    if sealing_key.len() != SEALING_KEY {
        return Err(SealError::Malformed);
    }
    let length = u16::try_from(plain.len()).ok().filter(|length| usize::from(*length) <= LIMIT);
    let length = length.ok_or(SealError::NotSealed)?;
    let mut filled = [&length.to_be_bytes()[..], plain].concat();
    filled.resize(filled.len().next_multiple_of(STEP), 0);
    let key = <XWing as Kem>::PublicKey::from_bytes(sealing_key).map_err(|_| SealError::Malformed)?;
    let (encapped, sealed) = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, XWing>(
        &OpModeS::Base,
        &key,
        INFO,
        &filled,
        &enrolment.0,
        rng,
    )
    .map_err(|_| SealError::NotSealed)?;
    Ok([&[VERSION][..], &short_digest(sealing_key), &encapped.to_bytes(), &sealed].concat())
}

/// The key that a question is sealed to, as envelopes name it.
///
/// # Errors
/// [`SealError::UnknownVersion`] for one of a later version, else [`SealError::Malformed`].
pub fn key_of(bytes: &[u8]) -> Result<[u8; 16], SealError> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => rest.first_chunk().copied().ok_or(SealError::Malformed),
        Some(_) => Err(SealError::UnknownVersion),
        None => Err(SealError::Malformed),
    }
}

/// Opens a question that this enrolment sealed.
///
/// # Errors
/// [`SealError::Damaged`] when it was sealed to another key or for another enrolment, or changed on the way.
pub fn open(secrets: &ServerSecrets, bytes: &[u8], enrolment: EnrolmentId) -> Result<Vec<u8>, SealError> {
    key_of(bytes)?;
    let rest = bytes.get(1 + 16..).ok_or(SealError::Malformed)?;
    let (encapped, sealed) = rest.split_at_checked(ENCAPPED).ok_or(SealError::Malformed)?;
    let key = <XWing as Kem>::PrivateKey::from_bytes(&secrets.sealing).map_err(|_| SealError::Malformed)?;
    let encapped = <XWing as Kem>::EncappedKey::from_bytes(encapped).map_err(|_| SealError::Malformed)?;
    let filled = single_shot_open::<AesGcm256, HkdfSha256, XWing>(
        &OpModeR::Base,
        &key,
        &encapped,
        INFO,
        sealed,
        &enrolment.0,
    )
    .map_err(|_| SealError::Damaged)?;
    let (length, plain) = filled.split_first_chunk().ok_or(SealError::Malformed)?;
    plain.get(..usize::from(u16::from_be_bytes(*length))).map(<[u8]>::to_vec).ok_or(SealError::Malformed)
}

/// Fills bytes up to a multiple of `step`, so that their length tells nothing.
#[must_use]
pub fn fill(bytes: &[u8], step: usize) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut filled = [&length[..], bytes].concat();
    filled.resize(filled.len().next_multiple_of(step.max(1)), 0);
    filled
}

/// Undoes [`fill`].
///
/// # Errors
/// [`SealError::Malformed`] when they were cut off.
pub fn emptied(filled: &[u8]) -> Result<&[u8], SealError> {
    let (length, bytes) = filled.split_first_chunk().ok_or(SealError::Malformed)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| SealError::Malformed)?;
    bytes.get(..length).ok_or(SealError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;

    #[test]
    fn what_was_filled_up_is_emptied_again() {
        for length in [0, 1, 59, 60, 61, 200] {
            let bytes = vec![7; length];
            let filled = fill(&bytes, 64);
            assert_eq!((filled.len() % 64, emptied(&filled)), (0, Ok(&bytes[..])));
            assert_eq!(emptied(&filled[..3]), Err(SealError::Malformed));
        }
        assert_eq!(fill(b"one", 64).len(), fill(b"another", 64).len());
    }

    #[test]
    fn a_question_opens_for_the_server_and_its_enrolment_only() {
        let (mine, other) =
            (ServerSecrets::generate(&mut Counting(1)), ServerSecrets::generate(&mut Counting(2)));
        let me = EnrolmentId([1; 16]);
        let bytes = seal(&mut Counting(3), &mine.sealing_public, me, b"Ana P\xc3\xa9rez").unwrap();
        assert_eq!(open(&mine, &bytes, me).unwrap(), "Ana Pérez".as_bytes());
        assert_eq!(key_of(&bytes), Ok(short_digest(&mine.sealing_public)));
        assert_eq!(open(&other, &bytes, me), Err(SealError::Damaged));
        assert_eq!(open(&mine, &bytes, EnrolmentId([2; 16])), Err(SealError::Damaged));
        for end in 0..bytes.len() {
            assert!(open(&mine, &bytes[..end], me).is_err());
        }
        for at in (0..bytes.len()).step_by(37) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            // Which key it names is only a hint.
            assert!((1..17).contains(&at) || open(&mine, &changed, me).is_err(), "{at}");
        }
        assert!(!bytes.windows(3).any(|part| part == b"Ana"));
    }

    #[test]
    fn the_length_of_a_question_tells_nothing_about_a_name() {
        let server = ServerSecrets::generate(&mut Counting(1));
        let me = EnrolmentId([1; 16]);
        let length = |plain: &[u8]| seal(&mut Counting(3), &server.sealing_public, me, plain).unwrap().len();
        assert_eq!(length(b"Li"), length(&[b'a'; 500]));
        assert_eq!(length(b""), length(b"Li"));
        let too_large = seal(&mut Counting(3), &server.sealing_public, me, &[0; LIMIT + 1]);
        assert_eq!(too_large, Err(SealError::NotSealed));
        assert!(seal(&mut Counting(3), &[0; 9], me, b"").is_err());
    }

    /// A question as first released. Never edit: tablets that were not updated ask so.
    #[test]
    fn the_first_released_form_stays_readable() {
        let server = ServerSecrets::generate(&mut Counting(1));
        let me = EnrolmentId([6; 16]);
        let bytes = seal(&mut Counting(3), &server.sealing_public, me, b"Ana").unwrap();
        assert_eq!(domain::id::hex(&crate::digest(&bytes)), KEPT);
    }
    const KEPT: &str = "86146690d23c6727a3ca982e157f67309c0b2a80d9b99fd2bc9c7f3c368619dc";
}
