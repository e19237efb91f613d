//! Attachments: a photo or a scanned page, in sealed chunks under a key of its own.
//!
//! A record states only the reference, which holds the key. Whoever lacks the record opens nothing, and the same
//! sealed bytes lie on every device and on the server. A record forgets the reference when it is replaced, on each
//! device once it has heard so. It still stands in the entry that stated it: the server keeps entries, sealed, and so
//! does its author's device for a while, so that a picture taken out can be opened by who holds those keys too.

use crate::{CryptoRng, SealError, digest, random};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64ct::{Base64UrlUnpadded, Encoding};
use core::fmt;
use domain::{Entry, Value};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const LABEL: &[u8] = b"amparo/attachment/1";
/// What AES-GCM adds.
const TAG: usize = 16;
/// Plain bytes in every chunk but the last, which holds the rest.
const PLAIN: usize = CHUNK_LIMIT - TAG;
/// Version, media, size, key.
const HEAD: usize = 1 + 1 + 4 + 32;

/// Largest sealed chunk: half a minute on the slowest line a tablet works on.
pub const CHUNK_LIMIT: usize = 32 * 1024;
/// Smallest sealed chunk: one byte and the tag.
pub const CHUNK_FLOOR: usize = TAG + 1;
/// Largest attachment; 33 chunks. What people attach is far smaller: 60 KB for a face, 200 KB for a page.
pub const LIMIT: usize = 1024 * 1024;

/// What kind of bytes it is. The numbers are fixed for ever; those of a later version are kept as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Media(pub u8);

impl Media {
    /// A JPEG picture.
    pub const JPEG: Media = Media(1);
    /// A WebP picture.
    pub const WEBP: Media = Media(2);
    /// A PNG picture.
    pub const PNG: Media = Media(3);

    /// The media type to show it as; `None` for one of a later version.
    #[must_use]
    pub fn mime(self) -> Option<&'static str> {
        match self {
            Media::JPEG => Some("image/jpeg"),
            Media::WEBP => Some("image/webp"),
            Media::PNG => Some("image/png"),
            _ => None,
        }
    }
}

/// Where a chunk is found, here or on the server: SHA-256 of its sealed bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub [u8; 32]);

impl Address {
    /// The address of some sealed bytes.
    #[must_use]
    pub fn of(sealed: &[u8]) -> Self {
        Self(digest(sealed))
    }

    /// From exactly 32 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&domain::id::hex(&self.0))
    }
}

/// Refers to an attachment and opens it: what a record states of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    media: Media,
    size: u32,
    key: Zeroizing<[u8; 32]>,
    addresses: Vec<Address>,
}

impl fmt::Debug for Attachment {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Attachment");
        shown.field("media", &self.media).field("size", &self.size).field("addresses", &self.addresses);
        shown.finish_non_exhaustive()
    }
}

/// An attachment with its sealed chunks, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedAttachment {
    /// What refers to it.
    pub reference: Attachment,
    /// The sealed chunks, one for each address of the reference.
    pub chunks: Vec<Vec<u8>>,
}

impl Attachment {
    /// Seals a file under a fresh key.
    ///
    /// # Errors
    /// [`SealError::NotSealed`] when it is empty or larger than [`LIMIT`].
    pub fn seal(rng: &mut impl CryptoRng, media: Media, plain: &[u8]) -> Result<SealedAttachment, SealError> {
        let size = u32::try_from(plain.len()).map_err(|_| SealError::NotSealed)?;
        if plain.is_empty() || plain.len() > LIMIT {
            return Err(SealError::NotSealed);
        }
        let key = Zeroizing::new(random::<32>(rng));
        let count = chunks_of(size);
        let chunks = (0..).zip(plain.chunks(PLAIN)).map(|(index, msg)| {
            let aad = aad(index, count);
            let sealed = cipher(&key)?.encrypt(&nonce(index), Payload { msg, aad: &aad });
            sealed.map_err(|_| SealError::NotSealed)
        });
        let chunks = chunks.collect::<Result<Vec<_>, _>>()?;
        let addresses = chunks.iter().map(|sealed| Address::of(sealed)).collect();
        Ok(SealedAttachment { reference: Self { media, size, key, addresses }, chunks })
    }

    /// Opens it from its sealed chunks, given in the order of [`Self::addresses`].
    ///
    /// # Errors
    /// [`SealError::Damaged`] when a chunk is missing, is another one, or does not open.
    pub fn open<C: AsRef<[u8]>>(&self, chunks: &[C]) -> Result<Vec<u8>, SealError> {
        if chunks.len() != self.addresses.len() {
            return Err(SealError::Damaged);
        }
        let mut plain = Vec::with_capacity(self.size());
        for ((index, sealed), address) in (0..).zip(chunks).zip(&self.addresses) {
            let msg = sealed.as_ref();
            if Address::of(msg) != *address {
                return Err(SealError::Damaged);
            }
            let aad = aad(index, chunks_of(self.size));
            let opened = cipher(&self.key)?.decrypt(&nonce(index), Payload { msg, aad: &aad });
            plain.append(&mut opened.map_err(|_| SealError::Damaged)?);
        }
        if plain.len() == self.size() { Ok(plain) } else { Err(SealError::Damaged) }
    }

    /// What kind of bytes it is.
    #[must_use]
    pub fn media(&self) -> Media {
        self.media
    }

    /// Bytes it opens to.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size as usize
    }

    /// Where its chunks are found, in order.
    #[must_use]
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// The text that a record states: base64url without padding. It holds the key, so it belongs into records and
    /// drafts and nowhere else.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut bytes = Zeroizing::new(vec![VERSION, self.media.0]);
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend_from_slice(&self.key[..]);
        self.addresses.iter().for_each(|address| bytes.extend_from_slice(&address.0));
        Base64UrlUnpadded::encode_string(&bytes)
    }

    /// Reads the text of [`Self::to_text`]; `None` for any other text, and for one of a later version.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // Longer than the largest: not worth decoding.
        if text.len() > 2 * (HEAD + 32 * chunks_of(LIMIT as u32) as usize) {
            return None;
        }
        let bytes = Zeroizing::new(Base64UrlUnpadded::decode_vec(text).ok()?);
        let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
        let (&[version, media], head) = head.split_first_chunk::<2>()?;
        let (size, key) = head.split_first_chunk::<4>()?;
        let size = u32::from_be_bytes(*size);
        let (addresses, over) = rest.as_chunks::<32>();
        let addresses: Vec<Address> = addresses.iter().copied().map(Address).collect();
        let mut distinct: BTreeSet<&Address> = BTreeSet::new();
        distinct.extend(&addresses);
        let distinct = distinct.len();
        let is_sound = version == VERSION
            && (1..=LIMIT).contains(&(size as usize))
            && over.is_empty()
            && distinct == addresses.len()
            && distinct == chunks_of(size) as usize;
        let key = Zeroizing::new(<[u8; 32]>::try_from(key).ok()?);
        is_sound.then_some(Self { media: Media(media), size, key, addresses })
    }
}

/// Most attachments of one entry: a family of ten, with a photo and five pages each. What an entry states beyond them
/// is kept like what none states.
pub const STATED_LIMIT: usize = 64;

/// The attachments that an entry states in fields of pictures, so many at most.
#[must_use]
pub fn stated_by(entry: &Entry) -> Vec<Attachment> {
    let ops = entry.changes.iter().flat_map(|change| &change.ops).filter(|op| op.field.is_picture());
    let texts = ops.filter_map(|op| if let Value::Text(text) = &op.value { Some(text) } else { None });
    texts.filter_map(|text| Attachment::parse(text)).take(STATED_LIMIT).collect()
}

fn chunks_of(size: u32) -> u32 {
    size.div_ceil(PLAIN as u32)
}

fn cipher(key: &[u8; 32]) -> Result<Aes256Gcm, SealError> {
    Aes256Gcm::new_from_slice(key).map_err(|_| SealError::NotSealed)
}

/// The key seals these chunks and nothing else, so that counting them is enough.
fn nonce(index: u32) -> Nonce<aes_gcm::aead::consts::U12> {
    let mut nonce = [0; 12];
    nonce.iter_mut().rev().zip(index.to_le_bytes()).for_each(|(to, from)| *to = from);
    Nonce::from(nonce)
}

/// Binds a chunk to its place, and the file to its number of chunks: none can be left out or moved.
fn aad(index: u32, count: u32) -> Vec<u8> {
    [LABEL, &[VERSION], &index.to_be_bytes(), &count.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests;
