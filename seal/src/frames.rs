//! Bytes as the text of QR codes that one screen shows and another device's camera reads, with no line between them.
//!
//! Up to 800 bytes are one still code: `AMPARO1:` and the bytes in base45 (RFC 9285), which a QR code holds in its
//! alphanumeric mode with nothing lost. More are an endless sequence of codes, one after the other on the screen:
//! `AMPARO1/` and a frame in base45. The frames are a fountain: whoever has seen as many as there are pieces, and one or
//! two more when some were missed, has all, whichever they were and wherever the reader began.
//!
//! A frame, numbers big-endian: the first 8 bytes of the SHA-256 of the whole, its length less one (2), the frame's number
//! (4), the piece or the sum of pieces, and the first 4 bytes of the SHA-256 of everything before. Pieces are equally long,
//! the last filled up with zeros. None of this protects what is carried: it is sealed before it comes here.

mod base45;
mod fountain;
#[cfg(test)]
mod tests;

use crate::digest;
use fountain::Basin;

/// Most bytes of one still code: it stays readable at 300 pixels.
pub const STILL: usize = 800;
/// Most bytes of a sequence.
pub const LONGEST: usize = 64 * 1024;

/// How a still code begins, and a frame of a sequence.
const STILL_MARK: &str = "AMPARO1:";
const FRAME_MARK: &str = "AMPARO1/";
/// What every code of ours begins with, of any version.
const OURS: &str = "AMPARO";

/// Most bytes of a piece: with its head a frame fills a code of version 11 at level M, 61 modules a side.
const PIECE: usize = 220;
/// Bytes of the short digest of the whole.
const WHOLE: usize = 8;
/// Bytes before the piece, and of the check behind it.
const HEAD: usize = WHOLE + 2 + 4;
const CHECK: usize = 4;
/// Most sequences gathered side by side: two phones before one tablet, and one that was turned away.
const BESIDE: usize = 3;

/// The text of one still code. `None` for nothing, and for more than [`STILL`] bytes, which need a [`Sequence`].
#[must_use]
pub fn still(bytes: &[u8]) -> Option<String> {
    (1..=STILL).contains(&bytes.len()).then(|| text(STILL_MARK, bytes))
}

fn text(mark: &str, bytes: &[u8]) -> String {
    let mut text = mark.to_owned();
    base45::push(bytes, &mut text);
    text
}

/// Which sequence a frame is of, and how it is cut.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Cut {
    whole: [u8; WHOLE],
    length: usize,
}

impl Cut {
    fn pieces(&self) -> usize {
        self.length.div_ceil(PIECE)
    }

    /// Bytes of each piece.
    fn piece(&self) -> usize {
        self.length.div_ceil(self.pieces().max(1))
    }

    /// What the choice of pieces begins with: it differs between sequences, so that one bad choice is not everybody's.
    fn seed(&self) -> u64 {
        u64::from_be_bytes(self.whole)
    }
}

fn short<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut short = [0; N];
    short.iter_mut().zip(digest(bytes)).for_each(|(to, from)| *to = from);
    short
}

/// Bytes as an endless sequence of codes. Show a few a second, from number 0 on; after the last number there is, 0 again.
pub struct Sequence {
    bytes: Vec<u8>,
    cut: Cut,
}

impl Sequence {
    /// `None` for nothing, and for more than [`LONGEST`] bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let cut = Cut { whole: short(bytes), length: bytes.len() };
        (1..=LONGEST).contains(&bytes.len()).then(|| Self { bytes: bytes.to_vec(), cut })
    }

    /// How many frames are enough when none is missed.
    #[must_use]
    pub fn pieces(&self) -> usize {
        self.cut.pieces()
    }

    /// The text of a frame. Every number has one.
    #[must_use]
    pub fn frame(&self, nth: u32) -> String {
        let mix = fountain::mix(self.cut.seed(), nth, self.cut.pieces());
        let mut sum = vec![0; self.cut.piece()];
        for (nth, piece) in self.bytes.chunks(self.cut.piece()).enumerate() {
            if fountain::has(&mix, nth) {
                fountain::add(&mut sum, piece);
            }
        }
        // Never longer than `LONGEST`.
        let length = u16::try_from(self.cut.length - 1).unwrap_or(u16::MAX).to_be_bytes();
        let mut frame = [&self.cut.whole[..], &length, &nth.to_be_bytes(), &sum].concat();
        frame.extend(short::<CHECK>(&frame));
        text(FRAME_MARK, &frame)
    }
}

/// What a text that was read came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gathered {
    /// Everything is there.
    Done(Vec<u8>),
    /// A frame of a sequence: of so many pieces `of` as much as `have` is there by now.
    More {
        /// Pieces' worth of frames seen.
        have: usize,
        /// Pieces that are needed.
        of: usize,
    },
    /// No code of ours: a referral's slip, a web address, anything.
    NotOurs,
    /// A code of ours of a later version: another program can read it.
    Newer,
    /// A code of ours that is not whole, or frames that do not add up.
    Torn,
}

/// Frames of one sequence or of a few: two phones before one camera spoil nothing.
#[derive(Default)]
pub struct Gathering {
    /// The one that was added to last stands last.
    sequences: Vec<(Cut, Basin)>,
}

impl Gathering {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the text of a code. The same one again changes nothing.
    pub fn take(&mut self, text: &str) -> Gathered {
        if let Some(still) = text.strip_prefix(STILL_MARK) {
            let bytes = base45::read(still).filter(|bytes| (1..=STILL).contains(&bytes.len()));
            return bytes.map_or(Gathered::Torn, Gathered::Done);
        }
        let Some(frame) = text.strip_prefix(FRAME_MARK) else { return other(text) };
        self.add(frame).unwrap_or(Gathered::Torn)
    }

    /// `None` when the frame is not whole.
    fn add(&mut self, frame: &str) -> Option<Gathered> {
        // Nothing longer was ever written.
        let frame = if frame.len() > 2 * (HEAD + PIECE + CHECK) { None } else { base45::read(frame) }?;
        let (said, check) = frame.split_last_chunk::<CHECK>()?;
        if short::<CHECK>(said) != *check {
            return None;
        }
        let (whole, rest) = said.split_first_chunk::<WHOLE>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (nth, sum) = rest.split_first_chunk::<4>()?;
        let cut = Cut { whole: *whole, length: usize::from(u16::from_be_bytes(*length)) + 1 };
        if sum.len() != cut.piece() {
            return None;
        }
        let place = self.sequences.iter().position(|(known, _)| *known == cut);
        let mut basin = match place {
            Some(place) => self.sequences.remove(place).1,
            None => Basin::new(cut.pieces()),
        };
        let mix = fountain::mix(cut.seed(), u32::from_be_bytes(*nth), cut.pieces());
        basin.take(mix, sum.to_vec());
        if basin.have() == basin.of() {
            let mut bytes = basin.pieces()?.concat();
            bytes.truncate(cut.length);
            return (short(&bytes) == cut.whole).then_some(Gathered::Done(bytes));
        }
        let more = Gathered::More { have: basin.have(), of: basin.of() };
        if self.sequences.len() >= BESIDE {
            self.sequences.remove(0);
        }
        self.sequences.push((cut, basin));
        Some(more)
    }
}

/// What a text is that begins like none of this version.
fn other(text: &str) -> Gathered {
    let Some(rest) = text.strip_prefix(OURS) else { return Gathered::NotOurs };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (version, rest) = rest.split_at_checked(digits).unwrap_or_default();
    match version.parse::<u32>() {
        Ok(version) if version > 1 && rest.starts_with([':', '/']) => Gathered::Newer,
        _ => Gathered::NotOurs,
    }
}
