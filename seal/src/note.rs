//! Sealed notes: a text for named people and nobody else, the server included.
//!
//! The text is packed, padded to a multiple of 256 bytes and sealed under a key of its own. For each device of each
//! reader that key is wrapped with HPKE to the device's inbox key. Letting somebody in wraps the same key once more;
//! taking somebody off makes another key and seals the text anew, because a key that somebody had cannot be taken back.
//!
//! The sealed text and every wrap name the key by its digest. So a text opens under one key only, and two readers
//! cannot be shown different ones.

use crate::keys::EnrolmentKeys;
use crate::{CryptoRng, SealError, exact, pack, random, unpack};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64ct::{Base64UrlUnpadded, Encoding};
use core::fmt;
use domain::{EnrolmentId, RecordId, UserId};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, X25519HkdfSha256};
use hpke::{Deserializable, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal_with_rng};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const TEXT: &[u8] = b"amparo/note/text/1";
const WRAP: &[u8] = b"amparo/note/wrap/1";
const NAME: &[u8] = b"amparo/note/key/1";
/// What is sealed is a multiple of so many bytes long: its length tells little.
const STEP: usize = 256;
/// Enrolment, user, encapsulated key, and the wrapped key with its tag.
const ONE: usize = 16 + 16 + 32 + 32 + 16;

/// Longest text, in bytes: that of a note, and what else a draft of one holds.
pub const LIMIT: usize = 40 * 1024;
/// Most devices in one statement of wraps.
pub const WRAPS_LIMIT: usize = 1_024;

/// The key of a note's text. It seals that one text and nothing else.
#[derive(Clone)]
pub struct NoteKey(Zeroizing<[u8; 32]>);

/// Names a key: what its digest says of it. Two keys of one name are not to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyName([u8; 32]);

/// One device of one reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reader {
    /// Whose it is.
    pub user: UserId,
    /// The enrolment.
    pub enrolment: EnrolmentId,
    /// Its inbox key.
    pub inbox: [u8; 32],
}

impl fmt::Debug for NoteKey {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoteKey")
    }
}

impl NoteKey {
    fn name(&self) -> KeyName {
        KeyName(Sha256::new().chain_update(NAME).chain_update(&self.0[..]).finalize().into())
    }

    fn cipher(&self) -> Result<Aes256Gcm, SealError> {
        Aes256Gcm::new_from_slice(&self.0[..]).map_err(|_| SealError::NotSealed)
    }
}

/// Seals a text under a fresh key. Gives the key, to be wrapped, and what the record states.
///
/// # Errors
/// [`SealError::NotSealed`] when it is longer than [`LIMIT`].
pub fn seal(rng: &mut impl CryptoRng, note: RecordId, text: &[u8]) -> Result<(NoteKey, String), SealError> {
    if text.len() > LIMIT {
        return Err(SealError::NotSealed);
    }
    let key = NoteKey(Zeroizing::new(random(rng)));
    let packed = Zeroizing::new(pack(text));
    let length = u32::try_from(packed.len()).map_err(|_| SealError::NotSealed)?;
    let mut msg = Zeroizing::new(Vec::with_capacity((packed.len() + 4).next_multiple_of(STEP)));
    msg.extend_from_slice(&length.to_be_bytes());
    msg.extend_from_slice(&packed);
    let padded = msg.len().next_multiple_of(STEP);
    msg.resize(padded, 0);
    let name = key.name();
    // The key seals this text alone: there is no second nonce.
    let sealed = key.cipher()?.encrypt(&Nonce::default(), Payload { msg: &msg, aad: &aad(note, name) });
    let sealed = sealed.map_err(|_| SealError::NotSealed)?;
    let text = Base64UrlUnpadded::encode_string(&[&[VERSION][..], &name.0, &sealed].concat());
    Ok((key, text))
}

/// Opens a note's text with its key.
///
/// # Errors
/// [`SealError::Damaged`] when it does not open, [`SealError::WrongKey`] for the key of another text, and
/// [`SealError::UnknownVersion`].
pub fn open(note: RecordId, sealed: &str, key: &NoteKey) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (name, bytes) = parse_text(sealed)?;
    if key.name() != name {
        return Err(SealError::WrongKey);
    }
    let opened = key.cipher()?.decrypt(&Nonce::default(), Payload { msg: &bytes, aad: &aad(note, name) });
    let opened = Zeroizing::new(opened.map_err(|_| SealError::Damaged)?);
    let (length, rest) = opened.split_first_chunk::<4>().ok_or(SealError::Damaged)?;
    let packed = rest.get(..u32::from_be_bytes(*length) as usize).ok_or(SealError::Damaged)?;
    unpack(packed, LIMIT).map(Zeroizing::new).map_err(|_| SealError::Damaged)
}

/// Wraps a note's key for devices. Gives what the record states beside the sealed text; several such statements add up.
///
/// # Errors
/// [`SealError::Malformed`] when an inbox key is none, [`SealError::NotSealed`] for more than [`WRAPS_LIMIT`].
pub fn wrap(
    rng: &mut impl CryptoRng,
    note: RecordId,
    key: &NoteKey,
    readers: &[Reader],
) -> Result<String, SealError> {
    if readers.len() > WRAPS_LIMIT {
        return Err(SealError::NotSealed);
    }
    let mut bytes = [&[VERSION][..], &key.name().0].concat();
    for reader in readers {
        let to = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&reader.inbox)
            .map_err(|_| SealError::Malformed)?;
        let (encapped, wrapped) = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &to,
            WRAP,
            &key.0[..],
            &binding(note, key.name(), reader.enrolment, reader.user),
            rng,
        )
        .map_err(|_| SealError::NotSealed)?;
        for part in [&reader.enrolment.0[..], &reader.user.0, &encapped.to_bytes(), &wrapped] {
            bytes.extend_from_slice(part);
        }
    }
    Ok(Base64UrlUnpadded::encode_string(&bytes))
}

/// The key of a sealed text, from whichever of these wraps is for this device.
///
/// # Errors
/// [`SealError::WrongKey`] when none is, [`SealError::Damaged`] when those that are do not open.
pub fn unwrap<'w>(
    note: RecordId,
    sealed: &str,
    wraps: impl IntoIterator<Item = &'w str>,
    keys: &EnrolmentKeys,
    enrolment: EnrolmentId,
    user: UserId,
) -> Result<NoteKey, SealError> {
    let (name, _) = parse_text(sealed)?;
    let mut outcome = SealError::WrongKey;
    for (of, parts) in wraps.into_iter().filter_map(|wraps| parse_wraps(wraps).ok()) {
        let mine = parts.iter().filter(|part| part.enrolment == enrolment && part.user == user);
        for part in mine.filter(|_| of == name) {
            match part.open(note, name, keys) {
                Ok(key) => return Ok(key),
                Err(why) => outcome = why,
            }
        }
    }
    Err(outcome)
}

/// For which devices the key of a sealed text is wrapped, and whose they are.
#[must_use]
pub fn wrapped_for<'w>(
    sealed: &str,
    wraps: impl IntoIterator<Item = &'w str>,
) -> BTreeSet<(UserId, EnrolmentId)> {
    let Ok((name, _)) = parse_text(sealed) else { return BTreeSet::new() };
    let ours = wraps.into_iter().filter_map(|wraps| parse_wraps(wraps).ok()).filter(|(of, _)| *of == name);
    ours.flat_map(|(_, parts)| parts.into_iter().map(|part| (part.user, part.enrolment))).collect()
}

/// One wrapped key.
struct Part {
    enrolment: EnrolmentId,
    user: UserId,
    encapped: [u8; 32],
    wrapped: [u8; 48],
}

impl Part {
    fn open(&self, note: RecordId, name: KeyName, keys: &EnrolmentKeys) -> Result<NoteKey, SealError> {
        let encapped = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&self.encapped);
        let key = single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &keys.inbox_secret()?,
            &encapped.map_err(|_| SealError::Damaged)?,
            WRAP,
            &self.wrapped,
            &binding(note, name, self.enrolment, self.user),
        );
        let key = Zeroizing::new(key.map_err(|_| SealError::Damaged)?);
        let key = NoteKey(Zeroizing::new(exact(&key).map_err(|_| SealError::Damaged)?));
        if key.name() == name { Ok(key) } else { Err(SealError::Damaged) }
    }
}

fn parse_text(sealed: &str) -> Result<(KeyName, Vec<u8>), SealError> {
    let (name, bytes) = parse(sealed, 2 * (LIMIT + 2 * STEP))?;
    if bytes.len() % STEP != 16 { Err(SealError::Malformed) } else { Ok((name, bytes)) }
}

fn parse_wraps(wraps: &str) -> Result<(KeyName, Vec<Part>), SealError> {
    let (name, bytes) = parse(wraps, 2 * (WRAPS_LIMIT * ONE + 64))?;
    let (parts, over) = bytes.as_chunks::<ONE>();
    if !over.is_empty() {
        return Err(SealError::Malformed);
    }
    let parts = parts.iter().map(|part| {
        let (enrolment, rest) = part.split_first_chunk::<16>().ok_or(SealError::Malformed)?;
        let (user, rest) = rest.split_first_chunk::<16>().ok_or(SealError::Malformed)?;
        let (encapped, wrapped) = rest.split_first_chunk::<32>().ok_or(SealError::Malformed)?;
        let (enrolment, user) = (EnrolmentId(*enrolment), UserId(*user));
        Ok(Part { enrolment, user, encapped: *encapped, wrapped: exact(wrapped)? })
    });
    Ok((name, parts.collect::<Result<_, SealError>>()?))
}

/// The name of a key, and what follows it.
fn parse(text: &str, longest: usize) -> Result<(KeyName, Vec<u8>), SealError> {
    if text.len() > longest {
        return Err(SealError::Malformed);
    }
    let bytes = Base64UrlUnpadded::decode_vec(text).map_err(|_| SealError::Malformed)?;
    let (version, rest) = bytes.split_first().ok_or(SealError::Malformed)?;
    if *version != VERSION {
        return Err(SealError::UnknownVersion);
    }
    let (name, rest) = rest.split_first_chunk::<32>().ok_or(SealError::Malformed)?;
    Ok((KeyName(*name), rest.to_vec()))
}

/// Binds a text to its note: it cannot be laid into another one.
fn aad(note: RecordId, name: KeyName) -> Vec<u8> {
    [TEXT, &[VERSION], &note.0, &name.0].concat()
}

/// Binds a wrap to its note, its text and its device.
fn binding(note: RecordId, name: KeyName, enrolment: EnrolmentId, user: UserId) -> Vec<u8> {
    [&[VERSION][..], &note.0, &name.0, &enrolment.0, &user.0].concat()
}

#[cfg(test)]
mod tests;
