//! Letters: what a family's phone hands in with no account, sealed to the server, and the answers.
//!
//! Each letter is sealed by itself (HPKE with X-Wing, a fresh encapsulation each), because the phone keeps no session and
//! whoever carries a letter on must not be able to open it. The key of the answer is exported from the same context
//! (RFC 9180, section 5.3), so that only who sealed the letter reads it; the verdict is signed and readable by all, so
//! that a worker without keys may show it to the page, which believes nothing else.
//!
//! In front of a letter stands a proof of work over its digest: a phone spends a second on it once, a flood spends it
//! on each. It proves nothing about who sent it, and says nothing either.

use crate::keys::verify;
use crate::server_keys::SigningSecret;
use crate::{CryptoRng, SealError, exact, pack, random, short_digest, unpack};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, XWing};
use hpke::{Deserializable, OpModeR, OpModeS, Serializable, setup_receiver, setup_sender_with_rng};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const INFO: &[u8] = b"amparo/letter/1";
const ANSWER: &[u8] = b"amparo/letter/1 answer";
const WORK: &[u8] = b"amparo/work/1";
const LABEL: &str = "amparo/letter-answer/1";
/// Length of an X-Wing encapsulation.
const ENCAPPED: usize = 1120;
/// Length of the answer's readable part: version, digest, verdict, bits, signature.
const HEAD: usize = 1 + 16 + 1 + 1 + 64;
/// Largest letter as it travels: one chunk of a picture, and room.
pub const LETTER_LIMIT: usize = 72 * 1024;
/// Largest letter after unfolding.
pub const PLAIN_LIMIT: usize = 256 * 1024;
/// Most bits of work a phone ever does: a server that wants more is not believed.
pub const MOST_WORK: u8 = 24;

/// Names a letter: the first bytes of its digest, without the work in front.
pub type LetterId = [u8; 16];

/// Opens the answer to one letter. On a phone it lies sealed beside the letter.
pub type AnswerKey = Zeroizing<[u8; 32]>;

/// What became of a letter, for everybody to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It lies durably on the server, or lay there before. The phone may let go of it.
    Taken,
    /// The server has no room just now: the phone keeps it and tries again.
    Later,
    /// The proof of work is not enough now: so many bits are wanted.
    MoreWork(u8),
    /// Sealed to a key that the server has no more: seal it anew.
    OtherKey,
    /// Not a letter that can ever be taken: too large, or nothing that opens.
    Refused,
}

impl Fate {
    fn code(self) -> (u8, u8) {
        match self {
            Fate::Taken => (1, 0),
            Fate::Later => (2, 0),
            Fate::MoreWork(bits) => (3, bits),
            Fate::OtherKey => (4, 0),
            Fate::Refused => (5, 0),
        }
    }

    fn from_code(code: u8, bits: u8) -> Option<Self> {
        Some(match code {
            1 => Fate::Taken,
            2 => Fate::Later,
            3 => Fate::MoreWork(bits),
            4 => Fate::OtherKey,
            5 => Fate::Refused,
            _ => return None,
        })
    }
}

/// Seals a letter to the server's sealing key. The bytes still lack their work, see [`work`].
///
/// # Errors
/// [`SealError::Malformed`] when the key is none, [`SealError::NotSealed`] over [`PLAIN_LIMIT`].
pub fn seal(
    rng: &mut impl CryptoRng,
    sealing_key: &[u8],
    plain: &[u8],
) -> Result<(Vec<u8>, AnswerKey), SealError> {
    if plain.len() > PLAIN_LIMIT {
        return Err(SealError::NotSealed);
    }
    let key = <XWing as Kem>::PublicKey::from_bytes(sealing_key).map_err(|_| SealError::Malformed)?;
    let setup = setup_sender_with_rng::<AesGcm256, HkdfSha256, XWing>(&OpModeS::Base, &key, INFO, rng);
    let (capsule, mut context) = setup.map_err(|_| SealError::NotSealed)?;
    let head = [&[VERSION][..], &short_digest(sealing_key)].concat();
    let packed = Zeroizing::new(pack(plain));
    let sealed = context.seal(&packed, &head).map_err(|_| SealError::NotSealed)?;
    let mut answer = Zeroizing::new([0; 32]);
    context.export(ANSWER, &mut answer[..]).map_err(|_| SealError::NotSealed)?;
    Ok(([&head[..], &capsule.to_bytes(), &sealed].concat(), answer))
}

/// The name of a letter as [`seal`] gave it.
#[must_use]
pub fn id(letter: &[u8]) -> LetterId {
    short_digest(letter)
}

/// Looks for a proof of work for a letter, from one number on, at most so many tries. Eight bytes to be put in front of
/// the letter, or the number to go on from: so a page stays alive meanwhile.
///
/// # Errors
/// The number to go on from.
pub fn work(letter: LetterId, bits: u8, from: u64, tries: u32) -> Result<[u8; 8], u64> {
    let start = Sha256::new().chain_update(WORK).chain_update(letter);
    for number in from..from.saturating_add(u64::from(tries)) {
        let nonce = number.to_be_bytes();
        if is_enough(&start.clone().chain_update(nonce).finalize(), bits) {
            return Ok(nonce);
        }
    }
    Err(from.saturating_add(u64::from(tries)))
}

/// A letter as it travels: its work, then the letter.
#[must_use]
pub fn posted(work: [u8; 8], letter: &[u8]) -> Vec<u8> {
    [&work[..], letter].concat()
}

/// Takes apart what came: the letter's name and the letter, when its work is enough for so many bits.
///
/// # Errors
/// The fate to be answered: [`Fate::MoreWork`], [`Fate::Refused`].
pub fn received(posted: &[u8], bits: u8) -> Result<(LetterId, &[u8]), (LetterId, Fate)> {
    let Some((nonce, letter)) = posted.split_first_chunk::<8>() else {
        return Err((id(posted), Fate::Refused));
    };
    let name = id(letter);
    if posted.len() > LETTER_LIMIT || letter.len() < 17 + ENCAPPED {
        return Err((name, Fate::Refused));
    }
    let done = Sha256::new().chain_update(WORK).chain_update(name).chain_update(nonce).finalize();
    if is_enough(&done, bits) { Ok((name, letter)) } else { Err((name, Fate::MoreWork(bits))) }
}

/// Whether a digest begins with so many zero bits.
fn is_enough(digest: &[u8], bits: u8) -> bool {
    let zeros = digest.iter().take_while(|byte| **byte == 0).count();
    let next = digest.get(zeros).map_or(0, |byte| byte.leading_zeros());
    zeros * 8 + next as usize >= usize::from(bits)
}

/// The server's key that a letter is sealed to: the first bytes of its digest. `None` for what is no letter.
#[must_use]
pub fn sealed_to(letter: &[u8]) -> Option<[u8; 16]> {
    letter.strip_prefix(&[VERSION])?.first_chunk().copied()
}

/// Opens a letter with the server's secret sealing key.
///
/// # Errors
/// [`SealError::Malformed`], [`SealError::UnknownVersion`], [`SealError::Damaged`] when it does not open.
pub fn open(secret: &[u8], letter: &[u8]) -> Result<(Zeroizing<Vec<u8>>, AnswerKey), SealError> {
    let (version, _) = letter.split_first().ok_or(SealError::Malformed)?;
    if *version != VERSION {
        return Err(SealError::UnknownVersion);
    }
    let (head, rest) = letter.split_at_checked(17).ok_or(SealError::Malformed)?;
    let (capsule, sealed) = rest.split_at_checked(ENCAPPED).ok_or(SealError::Malformed)?;
    let key = <XWing as Kem>::PrivateKey::from_bytes(secret).map_err(|_| SealError::Malformed)?;
    let encapped = <XWing as Kem>::EncappedKey::from_bytes(capsule).map_err(|_| SealError::Damaged)?;
    let setup = setup_receiver::<AesGcm256, HkdfSha256, XWing>(&OpModeR::Base, &key, &encapped, INFO);
    let mut context = setup.map_err(|_| SealError::Damaged)?;
    let packed = Zeroizing::new(context.open(sealed, head).map_err(|_| SealError::Damaged)?);
    let mut answer = Zeroizing::new([0; 32]);
    context.export(ANSWER, &mut answer[..]).map_err(|_| SealError::NotSealed)?;
    Ok((Zeroizing::new(unpack(&packed, PLAIN_LIMIT)?), answer))
}

/// An answer: its fate, signed for exactly this letter, and what only its writer reads, if anything.
///
/// # Errors
/// [`SealError::NotSealed`].
pub fn answer(
    rng: &mut impl CryptoRng,
    signing: &SigningSecret,
    letter: LetterId,
    fate: Fate,
    told: Option<(&AnswerKey, &[u8])>,
) -> Result<Vec<u8>, SealError> {
    let (code, bits) = fate.code();
    let head = [&[VERSION][..], &letter, &[code, bits]].concat();
    let sealed = match told {
        Some((key, plain)) => {
            let nonce: [u8; 12] = random(rng);
            let cipher = Aes256Gcm::new_from_slice(&key[..]).map_err(|_| SealError::NotSealed)?;
            let sealed = cipher.encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: &letter });
            [&nonce[..], &sealed.map_err(|_| SealError::NotSealed)?].concat()
        }
        None => Vec::new(),
    };
    let signature = signing.sign(LABEL, &[&head[..], &sealed].concat());
    Ok([&head[..], &signature, &sealed].concat())
}

/// Reads an answer to a letter, given by the server of this key: its fate, and what [`read_told`] opens.
///
/// # Errors
/// [`SealError::WrongSignature`] when another server gave it or for another letter; [`SealError::Malformed`],
/// [`SealError::UnknownVersion`].
pub fn read_answer<'a>(
    bytes: &'a [u8],
    server: &[u8; 32],
    letter: LetterId,
) -> Result<(Fate, &'a [u8]), SealError> {
    let (head, sealed) = bytes.split_at_checked(HEAD).ok_or(SealError::Malformed)?;
    let (head, signature) = head.split_at_checked(HEAD - 64).ok_or(SealError::Malformed)?;
    let [version, name @ .., code, bits] = head else { return Err(SealError::Malformed) };
    if *version != VERSION {
        return Err(SealError::UnknownVersion);
    }
    if name != letter {
        return Err(SealError::WrongSignature);
    }
    verify(server, LABEL, &[head, sealed].concat(), &exact(signature)?)?;
    Ok((Fate::from_code(*code, *bits).ok_or(SealError::UnknownVersion)?, sealed))
}

/// Opens what an answer tells its letter's writer.
///
/// # Errors
/// [`SealError::Damaged`] when it does not open, [`SealError::Malformed`] when nothing is told.
pub fn read_told(key: &AnswerKey, letter: LetterId, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (nonce, sealed) = sealed.split_first_chunk::<12>().ok_or(SealError::Malformed)?;
    let cipher = Aes256Gcm::new_from_slice(&key[..]).map_err(|_| SealError::Malformed)?;
    let plain = cipher.decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: &letter });
    plain.map(Zeroizing::new).map_err(|_| SealError::Damaged)
}

#[cfg(test)]
mod tests;
