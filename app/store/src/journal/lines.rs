//! What stands in the frames of a journal file, and what it adds up to.

use super::frames::{self, Tail};
use crate::rows;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use road::marks::Mark;
use std::collections::{BTreeMap, BTreeSet};

/// A table's number and a key in it.
pub type Place = (u8, Vec<u8>);

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Line {
    /// A row as it is to be put back.
    #[n(0)]
    Put {
        /// Number of its table.
        #[n(0)]
        table: u8,
        /// Its key.
        #[n(1)]
        key: ByteVec,
        /// Its bytes.
        #[n(2)]
        row: ByteVec,
    },
    /// A row that is not needed any more.
    #[n(1)]
    Gone {
        /// Number of its table.
        #[n(0)]
        table: u8,
        /// Its key.
        #[n(1)]
        key: ByteVec,
    },
    /// How far the database had come when what stands before was written.
    #[n(2)]
    Reached {
        /// Names the database.
        #[n(0)]
        made: u64,
        /// The sum of its counters.
        #[n(1)]
        reached: u64,
    },
    /// What was taken over from the database is all here; a file without this line was never finished.
    #[n(3)]
    Complete,
}

impl Line {
    /// A row to be put back.
    pub fn put((table, key): &Place, row: &[u8]) -> Self {
        Line::Put { table: *table, key: key.clone().into(), row: row.to_vec().into() }
    }

    /// A row that is not needed any more.
    pub fn gone((table, key): &Place) -> Self {
        Line::Gone { table: *table, key: key.clone().into() }
    }

    /// How far the database had come.
    pub fn reached(mark: Mark) -> Self {
        Line::Reached { made: mark.made, reached: mark.reached }
    }

    /// Its bytes in a frame.
    pub fn to_bytes(&self) -> Vec<u8> {
        rows::write(self)
    }
}

/// What a journal file adds up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The number in its head: of two files the one with the higher number counts.
    pub number: u64,
    /// The rows that it would put back.
    pub rows: BTreeMap<Place, Vec<u8>>,
    /// How far the database had come, as far as it says.
    pub mark: Option<Mark>,
    /// Whether it was written to its end when it was made.
    pub complete: bool,
    /// Whether nothing at its end was cut off or garbled.
    pub whole: bool,
    /// Where its last valid frame ends.
    pub tail: Tail,
    /// Bytes in frames of rows that were replaced or are not needed any more.
    pub dead: usize,
    /// Lines of later versions, as they lie.
    pub unknown: Vec<Vec<u8>>,
}

impl Held {
    /// Reads a file. `None` where it is none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let read = frames::read(bytes)?;
        let mut held = Held {
            number: read.number,
            rows: BTreeMap::new(),
            mark: None,
            complete: false,
            whole: read.whole,
            tail: read.tail,
            dead: 0,
            unknown: Vec::new(),
        };
        for body in read.bodies {
            match minicbor::decode::<Line>(body) {
                Ok(line) => held.take(line, body.len()),
                Err(_) => held.unknown.push(body.to_vec()),
            }
        }
        Some(held)
    }

    fn take(&mut self, line: Line, size: usize) {
        match line {
            Line::Put { table, key, row } => {
                if let Some(former) = self.rows.insert((table, key.into()), row.into()) {
                    self.dead += former.len();
                }
            }
            Line::Gone { table, key } => {
                self.dead += size + self.rows.remove(&(table, key.into())).map_or(0, |row| row.len());
            }
            Line::Reached { made, reached } => self.mark = Some(Mark { made, reached }),
            Line::Complete => self.complete = true,
        }
    }
}

/// A file that was made.
pub struct Made {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where it ends.
    pub tail: Tail,
    /// Rows that are too large for it.
    pub left_out: BTreeSet<Place>,
}

/// A new file that holds these rows.
pub fn file<'r>(
    number: u64,
    rows: impl Iterator<Item = (&'r Place, &'r Vec<u8>)>,
    mark: Option<Mark>,
    unknown: &[Vec<u8>],
) -> Made {
    let (mut bytes, mut tail) = frames::begin(number);
    let mut left_out = BTreeSet::new();
    for (place, row) in rows {
        if !frames::append(&mut bytes, &mut tail, &Line::put(place, row).to_bytes()) {
            left_out.insert(place.clone());
        }
    }
    let mark = mark.map(|mark| Line::reached(mark).to_bytes());
    let complete = Line::Complete.to_bytes();
    for body in unknown.iter().chain(&mark).chain([&complete]) {
        // They were read from a frame, or are a few bytes.
        let _ = frames::append(&mut bytes, &mut tail, body);
    }
    Made { bytes, tail, left_out }
}
