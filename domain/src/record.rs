//! Records: what entries add up to, and the rule that decides it.
//!
//! *The value of a field is whatever nobody has replaced.* One such value is the value; several different
//! ones are a conflict that shows them all, until a person replaces them. Order, repetition and the way
//! entries are batched do not matter: a record only ever remembers which statements stand and which entries
//! have been replaced, and both grow in one direction.

use crate::entry::{Change, Entry, Op};
use crate::field::{Field, Kind};
use crate::id::{EntryId, RecordId, UserId};
use crate::value::Value;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use std::collections::{BTreeMap, BTreeSet};

/// A value that somebody stated and that nobody has replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// What was stated.
    pub value: Value,
    /// In which entry.
    pub entry: EntryId,
    /// By whom.
    pub author: UserId,
    /// When, by the clock of their device (milliseconds since 1970). For people to read.
    pub at: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Cell {
    /// Unreplaced statements by entry.
    stated: BTreeMap<EntryId, Stated>,
    /// Entries whose value of this field has been replaced, seen or not: one that arrives late stays replaced.
    replaced: BTreeSet<EntryId>,
}

impl Cell {
    fn state(&mut self, stated: Stated) {
        if self.replaced.contains(&stated.entry) {
            return;
        }
        // One entry states one value of a field. Two versions of one entry are refused long before this;
        // should they meet here all the same, the outcome must not depend on which came first.
        match self.stated.get(&stated.entry) {
            Some(held) if held.value <= stated.value => {}
            _ => {
                self.stated.insert(stated.entry, stated);
            }
        }
    }

    fn replace(&mut self, entries: impl IntoIterator<Item = EntryId>) {
        for entry in entries {
            self.stated.remove(&entry);
            self.replaced.insert(entry);
        }
    }
}

/// A record: its kind, its id and, for every field, the statements that stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Made on the device that first stated something about it.
    pub id: RecordId,
    /// What it is about.
    pub kind: Kind,
    cells: BTreeMap<Field, Cell>,
}

impl Record {
    /// A record about which nothing has been stated yet.
    #[must_use]
    pub fn new(id: RecordId, kind: Kind) -> Self {
        Self { id, kind, cells: BTreeMap::new() }
    }

    /// Takes in what an entry says about this record. Doing it again, or in another order, changes nothing.
    pub fn apply(&mut self, entry: &Entry) {
        for change in entry.changes.iter().filter(|change| change.record == self.id) {
            for op in &change.ops {
                let cell = self.cells.entry(op.field).or_default();
                cell.replace(op.replaces.iter().copied().filter(|replaced| *replaced != entry.id));
                cell.state(Stated {
                    value: op.value.clone(),
                    entry: entry.id,
                    author: entry.author,
                    at: entry.at,
                });
            }
        }
    }

    /// Joins what another copy of this record knows. The result is the same whichever side it is called on.
    pub fn merge(&mut self, other: &Record) {
        for (field, theirs) in &other.cells {
            let cell = self.cells.entry(*field).or_default();
            cell.replace(theirs.replaced.iter().copied());
            theirs.stated.values().cloned().for_each(|stated| cell.state(stated));
        }
    }

    /// The different values that stand for a field, oldest entry first. Equal ones count once.
    #[must_use]
    pub fn values(&self, field: Field) -> Vec<&Value> {
        let mut values: Vec<&Value> = Vec::new();
        for stated in self.stated(field) {
            if !values.contains(&&stated.value) {
                values.push(&stated.value);
            }
        }
        values
    }

    /// The value of a field where it is one and something; `None` when nothing was stated, when it was
    /// emptied, and when several values are in conflict: then a person must look, see [`Record::values`].
    #[must_use]
    pub fn value(&self, field: Field) -> Option<&Value> {
        match self.values(field).as_slice() {
            [Value::Nothing] => None,
            [value] => Some(*value),
            _ => None,
        }
    }

    /// Like [`Record::value`], but with the newest value where several are in conflict. For lists and titles
    /// that must show *something*; never for deciding.
    #[must_use]
    pub fn shown(&self, field: Field) -> Option<&Value> {
        let newest = self.stated(field).filter(|stated| stated.value != Value::Nothing);
        newest.max_by_key(|stated| (stated.at, stated.entry)).map(|stated| &stated.value)
    }

    /// Every statement that stands for a field, by entry.
    pub fn stated(&self, field: Field) -> impl Iterator<Item = &Stated> {
        self.cells.get(&field).into_iter().flat_map(|cell| cell.stated.values())
    }

    /// Fields about which something was ever stated.
    pub fn fields(&self) -> impl Iterator<Item = Field> + '_ {
        self.cells.keys().copied()
    }

    /// Fields with several different values.
    #[must_use]
    pub fn conflicts(&self) -> Vec<Field> {
        self.fields().filter(|field| self.values(*field).len() > 1).collect()
    }

    /// An op that sets a field to `value` and replaces what stands here now, which its author has seen.
    /// `None` when that very value stands already and alone.
    #[must_use]
    pub fn op(&self, field: Field, value: Value) -> Option<Op> {
        let seen: Vec<EntryId> = self.stated(field).map(|stated| stated.entry).collect();
        match self.values(field).as_slice() {
            [] if value == Value::Nothing => None,
            [standing] if **standing == value => None,
            _ => Some(Op { field, value, replaces: seen }),
        }
    }

    /// The change that gives this record the wanted values; `None` when it has them all.
    #[must_use]
    pub fn change(&self, wanted: impl IntoIterator<Item = (Field, Value)>) -> Option<Change> {
        let ops: Vec<Op> = wanted.into_iter().filter_map(|(field, value)| self.op(field, value)).collect();
        if ops.is_empty() { None } else { Some(Change { record: self.id, kind: self.kind, ops }) }
    }

    /// Entries whose statements stand in this record.
    #[must_use]
    pub fn entries(&self) -> BTreeSet<EntryId> {
        self.cells.values().flat_map(|cell| cell.stated.keys().copied()).collect()
    }

    /// Authors whose statements stand in this record.
    #[must_use]
    pub fn authors(&self) -> BTreeSet<UserId> {
        self.cells.values().flat_map(|cell| cell.stated.values().map(|stated| stated.author)).collect()
    }
}

// Stored form, version 1: [1, id, kind, [entry, author, at, …], [field, [value, entry index, …], [replaced…], …]].
// Entries are named once and then by index: most records were stated by one.
const VERSION: u64 = 1;

impl<C> Encode<C> for Record {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let mut entries: BTreeMap<EntryId, (UserId, u64)> = BTreeMap::new();
        for stated in self.cells.values().flat_map(|cell| cell.stated.values()) {
            entries.insert(stated.entry, (stated.author, stated.at));
        }
        e.array(5)?.u64(VERSION)?;
        self.id.encode(e, ctx)?;
        self.kind.encode(e, ctx)?;
        e.array(entries.len() as u64 * 3)?;
        for (entry, (author, at)) in &entries {
            entry.encode(e, ctx)?;
            author.encode(e, ctx)?;
            e.u64(*at)?;
        }
        e.array(self.cells.len() as u64 * 3)?;
        for (field, cell) in &self.cells {
            field.encode(e, ctx)?;
            e.array(cell.stated.len() as u64 * 2)?;
            for stated in cell.stated.values() {
                stated.value.encode(e, ctx)?;
                e.u64(entries.range(..stated.entry).count() as u64)?;
            }
            e.array(cell.replaced.len() as u64)?;
            cell.replaced.iter().try_for_each(|entry| entry.encode(e, ctx))?;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Record {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        if d.array()? != Some(5) || d.u64()? != VERSION {
            return Err(decode::Error::message("a record version that is not known here"));
        }
        let mut record = Record::new(d.decode()?, d.decode()?);
        let mut entries: Vec<(EntryId, UserId, u64)> = Vec::new();
        for _ in 0..length(d)? / 3 {
            entries.push((d.decode()?, d.decode()?, d.u64()?));
        }
        for _ in 0..length(d)? / 3 {
            let field = d.decode()?;
            let mut cell = Cell::default();
            for _ in 0..length(d)? / 2 {
                let value = d.decode()?;
                let at = usize::try_from(d.u64()?).ok().and_then(|index| entries.get(index));
                let (entry, author, at) =
                    *at.ok_or_else(|| decode::Error::message("a statement without its entry"))?;
                cell.stated.insert(entry, Stated { value, entry, author, at });
            }
            for _ in 0..length(d)? {
                cell.replaced.insert(d.decode()?);
            }
            record.cells.insert(field, cell);
        }
        Ok(record)
    }
}

fn length(d: &mut Decoder<'_>) -> Result<u64, decode::Error> {
    d.array()?.ok_or_else(|| decode::Error::message("a list without a length"))
}

#[cfg(test)]
mod tests;
