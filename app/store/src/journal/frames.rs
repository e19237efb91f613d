//! The form of a journal file: bytes in frames, each of which carries on a chain of digests.
//!
//! ```text
//! file  = "AMPAROJ1" number(8) frame*
//! frame = length(4) body link(16)      link = digest(former link, length, body), the first one after digest(head)
//! ```
//!
//! Numbers are big-endian. Any prefix of a file reads as a prefix of its frames, and so does a file with a changed byte:
//! what stands before the frame that it lies in. Pure: no reading, no writing.

use seal::short_digest;

/// What every file begins with; the number of the form is in it.
const MAGIC: &[u8; 8] = b"AMPAROJ1";
/// Bytes before the first frame.
const HEAD: usize = 16;
/// Bytes of a frame besides its body.
const AROUND: usize = 4 + 16;
/// Largest body that is written or read: an envelope has half a megabyte at most.
pub const LARGEST: usize = 1024 * 1024;

/// Where a file ends: what whoever appends must find there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Bytes up to there.
    pub size: usize,
    /// The last link of the chain; the digest of the head where there is no frame yet.
    pub link: [u8; 16],
}

/// What could be read of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read<'b> {
    /// The number in its head.
    pub number: u64,
    /// The bodies of all frames that hold, in order.
    pub bodies: Vec<&'b [u8]>,
    /// Where the last of them ends.
    pub tail: Tail,
    /// Whether nothing comes after it.
    pub whole: bool,
}

/// A new file without frames.
#[must_use]
pub fn begin(number: u64) -> (Vec<u8>, Tail) {
    let head = [&MAGIC[..], &number.to_be_bytes()].concat();
    let tail = Tail { size: head.len(), link: short_digest(&head) };
    (head, tail)
}

/// Adds a frame to bytes that end, or will be written, at a tail, and moves the tail. `false`, and nothing is added, where
/// the body is too large for one.
#[must_use]
pub fn append(bytes: &mut Vec<u8>, tail: &mut Tail, body: &[u8]) -> bool {
    let Some(length) = u32::try_from(body.len()).ok().filter(|_| body.len() <= LARGEST) else { return false };
    let length = length.to_be_bytes();
    let link = short_digest(&[&tail.link[..], &length, body].concat());
    for part in [&length[..], body, &link] {
        bytes.extend_from_slice(part);
    }
    *tail = Tail { size: tail.size + AROUND + body.len(), link };
    true
}

/// Reads a file up to the first frame that does not hold. `None` where its head is none.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Read<'_>> {
    let (head, mut rest) = bytes.split_at_checked(HEAD)?;
    let number = u64::from_be_bytes(head.strip_prefix(MAGIC)?.try_into().ok()?);
    let mut tail = Tail { size: HEAD, link: short_digest(head) };
    let mut bodies = Vec::new();
    while let Some((body, link, after)) = frame(rest, &tail.link) {
        bodies.push(body);
        tail = Tail { size: tail.size + AROUND + body.len(), link };
        rest = after;
    }
    Some(Read { number, bodies, tail, whole: rest.is_empty() })
}

/// The first frame: its body, its link and what comes after it.
fn frame<'b>(bytes: &'b [u8], former: &[u8; 16]) -> Option<(&'b [u8], [u8; 16], &'b [u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let size = usize::try_from(u32::from_be_bytes(*length)).ok().filter(|size| *size <= LARGEST)?;
    let (body, rest) = rest.split_at_checked(size)?;
    let (link, after) = rest.split_first_chunk::<16>()?;
    let wanted = short_digest(&[&former[..], length, body].concat());
    (wanted == *link).then_some((body, *link, after))
}
