//! Files that people carry between devices which have no line: unsent work on its way to the server, and the server's
//! receipts on their way back. A code on a screen ([`crate::frames`]) carries the same bytes.
//!
//! ```text
//! file  = "amparo-" ("work" | "rcpt") 1 office (16) part* end
//! part  = A7 "PCL" length (4) check (8) bytes          end = A7 "END" number of parts (4) check of all before (8)
//! ```
//!
//! Numbers are big-endian, checks the first 8 bytes of SHA-256. Each part stands for itself: of half a file that half is
//! read, and one that was spoilt on the way spoils no other. The checks are against accidents alone. What is carried is
//! sealed to the server, or signed by it, before it comes here; nothing of it can be read from the file but sizes, times of
//! sealing and which devices sealed.

use crate::{SealError, digest, short_digest};

/// Largest file: a tablet's work of a year.
pub const LARGEST: usize = 64 * 1024 * 1024;
/// Largest part.
pub const LARGEST_PART: usize = 2 * 1024 * 1024;
/// Most places at which a part was looked for in vain: who fills a file with marks must not keep a tablet busy.
const MOST_FAULTS: usize = 1_000;

const START: &[u8; 7] = b"amparo-";
const VERSION: u8 = 1;
const PART: &[u8; 4] = b"\xa7PCL";
const END: &[u8; 4] = b"\xa7END";
/// Bytes before the first part: start, kind, version, office.
const HEAD: usize = 7 + 4 + 1 + 16;
/// Bytes before a part's own: mark, length, check.
const PART_HEAD: usize = 4 + 4 + 8;

/// What a file carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// [`crate::Parcel`]s, with the capsules that open what is in them.
    Work,
    /// [`Answer`]s of the server.
    Receipts,
}

impl Kind {
    const ALL: [(Kind, &'static [u8; 4]); 2] = [(Kind::Work, b"work"), (Kind::Receipts, b"rcpt")];

    fn mark(self) -> &'static [u8; 4] {
        match self {
            Kind::Work => b"work",
            Kind::Receipts => b"rcpt",
        }
    }
}

/// A file, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What its parts are.
    pub kind: Kind,
    /// Which office it belongs to, see [`office`]; zeros where its maker did not know.
    pub office: [u8; 16],
    /// Its parts, those that came whole.
    pub parts: Vec<Vec<u8>>,
    /// Whether nothing is missing and nothing was changed. Of no meaning when writing.
    pub whole: bool,
}

/// How a file names the office it belongs to: from the fingerprint of its root, which is no secret.
#[must_use]
pub fn office(root: &[u8; 32]) -> [u8; 16] {
    short_digest(&[b"amparo/carried/office/1", &root[..]].concat())
}

/// Whether bytes begin like a file of this kind, of whatever version.
#[must_use]
pub fn is_one(bytes: &[u8]) -> bool {
    let rest = bytes.strip_prefix(START).unwrap_or_default();
    Kind::ALL.iter().any(|(_, mark)| rest.starts_with(*mark))
}

fn check(bytes: &[u8]) -> [u8; 8] {
    let mut check = [0; 8];
    check.iter_mut().zip(digest(bytes)).for_each(|(to, from)| *to = from);
    check
}

impl File {
    /// The bytes to save or to show.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [&START[..], self.kind.mark(), &[VERSION], &self.office].concat();
        for part in &self.parts {
            // Never longer than `LARGEST_PART`.
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes();
            bytes.extend([&PART[..], &length, &check(part), part].concat());
        }
        let number = u32::try_from(self.parts.len()).unwrap_or(u32::MAX).to_be_bytes();
        let sum = check(&[&bytes[..], &number].concat());
        bytes.extend([&END[..], &number, &sum].concat());
        bytes
    }

    /// How many bytes a part takes up in a file.
    #[must_use]
    pub fn weight(part: usize) -> usize {
        part + PART_HEAD
    }

    /// How many bytes a file has beside its parts.
    #[must_use]
    pub fn frame() -> usize {
        HEAD + PART_HEAD
    }

    /// Reads a file as far as it goes.
    ///
    /// # Errors
    /// [`SealError::Malformed`] when it is something else or longer than [`LARGEST`]; [`SealError::UnknownVersion`];
    /// [`SealError::Damaged`] when it is one of ours and no part of it came whole.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        if bytes.len() > LARGEST || !is_one(bytes) {
            return Err(SealError::Malformed);
        }
        let rest = bytes.strip_prefix(START).ok_or(SealError::Malformed)?;
        let (mark, rest) = rest.split_first_chunk::<4>().ok_or(SealError::Malformed)?;
        let known = Kind::ALL.iter().find(|(_, known)| *known == mark);
        let (kind, _) = known.ok_or(SealError::Malformed)?;
        let (version, rest) = rest.split_first().ok_or(SealError::Damaged)?;
        if *version != VERSION {
            return Err(SealError::UnknownVersion);
        }
        let (office, _) = rest.split_first_chunk::<16>().ok_or(SealError::Damaged)?;
        let mut file = File { kind: *kind, office: *office, parts: Vec::new(), whole: false };
        file.read_parts(bytes);
        if file.parts.is_empty() && !file.whole { Err(SealError::Damaged) } else { Ok(file) }
    }

    fn read_parts(&mut self, bytes: &[u8]) {
        let (mut at, mut faults) = (HEAD, 0);
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if faults > MOST_FAULTS {
                return;
            }
            if let Some(part) = part_of(rest) {
                self.parts.push(part.to_vec());
                at += PART_HEAD + part.len();
                continue;
            }
            if let Some(number) = rest.strip_prefix(END).and_then(|rest| rest.first_chunk::<4>()) {
                let before = bytes.get(..at).unwrap_or_default();
                let sum = check(&[before, &number[..]].concat());
                let says = u32::from_be_bytes(*number) as usize == self.parts.len();
                self.whole = faults == 0 && says && rest.get(8..) == Some(&sum[..]);
                return;
            }
            faults += 1;
            // The next place at which a part may begin.
            let next = rest.windows(4).skip(1).position(|it| it == PART || it == END);
            let Some(next) = next else { return };
            at += next + 1;
        }
    }
}

/// The part that bytes begin with, if it is whole.
fn part_of(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(PART)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    let length =
        usize::try_from(u32::from_be_bytes(*length)).ok().filter(|length| *length <= LARGEST_PART)?;
    rest.get(..length).filter(|part| check(part) == *sum)
}

/// A part of a file of receipts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Bytes of [`crate::ServerKeys`], for devices that do not know yet who signs now.
    Keys(Vec<u8>),
    /// What the server answered to a parcel.
    Receipts {
        /// SHA-256 of the parcel.
        parcel: [u8; 32],
        /// Bytes of [`crate::Receipts`], to be read with [`crate::Receipts::of_parcel`].
        receipts: Vec<u8>,
    },
}

impl Answer {
    /// The bytes of the part.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Answer::Keys(keys) => [&[1][..], keys].concat(),
            Answer::Receipts { parcel, receipts } => [&[2][..], parcel, receipts].concat(),
        }
    }

    /// Reads a part.
    ///
    /// # Errors
    /// [`SealError::Malformed`]; [`SealError::UnknownVersion`] for one of a later version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        match bytes.split_first() {
            Some((1, keys)) => Ok(Answer::Keys(keys.to_vec())),
            Some((2, rest)) => {
                let (parcel, receipts) = rest.split_first_chunk::<32>().ok_or(SealError::Malformed)?;
                Ok(Answer::Receipts { parcel: *parcel, receipts: receipts.to_vec() })
            }
            Some(_) => Err(SealError::UnknownVersion),
            None => Err(SealError::Malformed),
        }
    }
}

#[cfg(test)]
mod tests;
