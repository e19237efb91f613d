//! The journal's files as the page that writes them knows them, and what is still to be written.

use super::frames::Tail;
use super::keep;
use super::lines::{Held, Place};
use super::loaded::Found;
use crate::tables::{Key, Table};
use crate::transaction::{Expected, Write};
use seal::short_digest;
use std::collections::{BTreeMap, BTreeSet};

/// So many bytes of what is not needed any more are no reason to write a file anew.
const IDLE: usize = 256 * 1024;

/// What became of a row here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Became {
    /// This was written, or it was deleted.
    Written(Option<Vec<u8>>),
    /// Whether it was written depended on what lay there: it is looked up.
    Open,
}

/// What is to be looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Rows that were written or deleted here.
    pub rows: BTreeMap<(Table, Key), Became>,
    /// Another page or the worker did something: keys are compared.
    pub others: bool,
    /// Everything.
    pub all: bool,
    /// Everything, into new files.
    pub anew: bool,
}

impl Due {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes back what could not be written. What came meanwhile is newer.
    pub fn take_back(&mut self, due: Due) {
        for (place, became) in due.rows {
            self.rows.entry(place).or_insert(became);
        }
        self.others |= due.others;
        self.all |= due.all;
        self.anew |= due.anew;
    }

    /// Notes a write.
    pub fn note(&mut self, write: &Write) {
        let became = match write.only_if {
            None => Became::Written(write.value.clone()),
            Some(_) => Became::Open,
        };
        self.rows.insert((write.table, write.key.clone()), became);
    }
}

/// A file as this page knows it: digests and sizes in the place of rows.
#[derive(Default)]
pub struct File {
    /// Every file of this kind.
    pub names: Vec<String>,
    /// The number for the next one.
    pub next: u64,
    /// Number and end of the one that is written to; `None` where it must be written anew.
    pub open: Option<(u64, Tail)>,
    /// What it holds.
    pub rows: BTreeMap<Place, ([u8; 16], usize)>,
    /// Bytes of what is not needed any more.
    pub dead: usize,
    /// Lines of later versions.
    pub unknown: Vec<Vec<u8>>,
    /// Rows that are too large for it: they lie on the device once.
    pub left_out: BTreeSet<Place>,
}

impl File {
    /// As it was found.
    pub fn of(found: &Found) -> Self {
        let held = found.held.as_ref();
        let known = |held: &Held| {
            held.rows.iter().map(|(place, row)| (place.clone(), (short_digest(row), row.len()))).collect()
        };
        Self {
            names: found.names.clone(),
            next: found.next,
            open: held.filter(|held| held.whole && held.complete).map(|held| (held.number, held.tail)),
            rows: held.map(known).unwrap_or_default(),
            dead: held.map_or(0, |held| held.dead),
            unknown: held.map(|held| held.unknown.clone()).unwrap_or_default(),
            left_out: BTreeSet::new(),
        }
    }

    /// Whether other files of this kind lie there than this page knows of.
    pub fn is_overtaken(&self, names: &[String]) -> bool {
        let known: BTreeSet<&String> = self.names.iter().collect();
        known != names.iter().collect()
    }

    /// Whether it is to be written anew.
    pub fn wants_anew(&self) -> bool {
        let live: usize = self.rows.values().map(|(_, size)| size).sum();
        self.open.is_none() || (self.dead > IDLE && self.dead > live)
    }

    /// Whether it does not hold a row as it is now.
    pub fn differs(&self, place: &Place, row: &Option<Vec<u8>>) -> bool {
        let held = self.rows.get(place).map(|(digest, _)| *digest);
        held != row.as_ref().map(|row| short_digest(row))
    }

    /// Whether a write changes nothing of what it holds: it was to make a row that is there.
    pub fn has_already(&self, write: &Write) -> bool {
        write.only_if == Some(Expected::Absent)
            && self.rows.contains_key(&keep::place(write.table, write.key.clone()))
    }
}
