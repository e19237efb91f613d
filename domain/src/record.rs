//! Records: what entries add up to, and the rule that decides it.
//!
//! *The value of a field is whatever nobody has replaced.* One such value is the value; several different
//! ones are a conflict that shows them all, until a person replaces them. Order, repetition and the way
//! entries are batched do not matter: a record only ever remembers which statements stand and which entries
//! have been replaced, and both grow in one direction.

use crate::conflict;
use crate::entry::{Change, Entry, Op};
use crate::field::{Field, Kind};
use crate::id::{EntryId, RecordId, UserId};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

mod forget;
mod form;
mod history;
mod part;

pub use forget::Forgot;
pub use history::{CannotUndo, Deed, Event, Step, deeds};

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

/// What became of a statement that was replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Replaced {
    /// What it said, of a picture only that there was one. Unknown while only its id has come, and for what was
    /// replaced before records kept this.
    was: Option<Stated>,
    /// Entries that replaced it, as far as known.
    by: BTreeSet<EntryId>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Cell {
    /// Unreplaced statements by entry.
    stated: BTreeMap<EntryId, Stated>,
    /// Entries whose value of this field has been replaced, seen or not: one that arrives late stays replaced.
    replaced: BTreeMap<EntryId, Replaced>,
}

impl Cell {
    fn state(&mut self, field: Field, stated: Stated) {
        if let Some(replaced) = self.replaced.get_mut(&stated.entry) {
            let stated = stated.once_replaced(field);
            if !replaced.was.as_ref().is_some_and(|held| held.goes_before(&stated)) {
                replaced.was = Some(stated);
            }
        } else if !self.stated.get(&stated.entry).is_some_and(|held| held.goes_before(&stated)) {
            self.stated.insert(stated.entry, stated);
        }
    }

    fn replace(&mut self, field: Field, entry: EntryId, by: impl IntoIterator<Item = EntryId>) {
        let stood = self.stated.remove(&entry);
        self.replaced.entry(entry).or_default().by.extend(by);
        if let Some(stood) = stood {
            self.state(field, stood);
        }
    }

    /// Every statement that is known, standing or replaced.
    fn known(&self) -> impl Iterator<Item = &Stated> {
        self.stated.values().chain(self.replaced.values().filter_map(|replaced| replaced.was.as_ref()))
    }
}

impl Stated {
    /// The statement as a record remembers it once it is replaced. A picture's reference holds its key: who took it
    /// out, or took another, wants nobody to see it any more. That there was one stays.
    fn once_replaced(self, field: Field) -> Stated {
        let shows = field.is_forgotten() && self.value != Value::Nothing;
        Stated { value: if shows { Value::Text(String::new()) } else { self.value }, ..self }
    }

    /// One entry states one value of a field. Two versions of one entry are refused long before this; should they
    /// meet here all the same, the outcome must not depend on which came first, nor on what is forgotten of them.
    fn goes_before(&self, other: &Stated) -> bool {
        (self.author, self.at, &self.value) <= (other.author, other.at, &other.value)
    }
}

/// Whether statements of a field stand side by side and add up, instead of replacing each other: two people who
/// note who left a group have not contradicted each other. They are read with [`Record::stated`].
fn gathers(field: Field) -> bool {
    matches!(
        field,
        Field::PEOPLE_LEFT
            | Field::CONFIRMED
            | Field::GROUP_CONFIRMED
            | Field::SEALED_FOR
            | Field::NOTE_WRAPS
            | Field::NOTE_READERS
            | Field::DISTRIBUTION_LIST
            | Field::REFERRAL_WITHDRAWN_SEEN
    )
}

/// A record: its kind, its id and, for every field, the statements that stand and those that were replaced.
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
                for replaced in op.replaces.iter().filter(|replaced| **replaced != entry.id) {
                    cell.replace(op.field, *replaced, [entry.id]);
                }
                let (value, author, at) = (op.value.clone(), entry.author, entry.at);
                cell.state(op.field, Stated { value, entry: entry.id, author, at });
            }
        }
    }

    /// Joins what another copy of this record knows. The result is the same whichever side it is called on.
    pub fn merge(&mut self, other: &Record) {
        for (field, theirs) in &other.cells {
            let cell = self.cells.entry(*field).or_default();
            for (entry, replaced) in &theirs.replaced {
                cell.replace(*field, *entry, replaced.by.iter().copied());
            }
            theirs.known().cloned().for_each(|stated| cell.state(*field, stated));
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

    /// Like [`Record::value`], but with the newest value where several are in conflict and the field is one that has a
    /// provisional winner: for lists and titles that must show *something*; never for deciding. Of names, births,
    /// custody, risk, consent and status nothing is told then (see [`conflict::has_provisional_winner`]).
    #[must_use]
    pub fn shown(&self, field: Field) -> Option<&Value> {
        if conflict::is_open(self, field) {
            return None;
        }
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
        self.fields().filter(|field| !gathers(*field) && self.values(*field).len() > 1).collect()
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

    /// Authors of all that is known of this record, also of what was replaced: its history names them.
    #[must_use]
    pub fn known_authors(&self) -> BTreeSet<UserId> {
        self.cells.values().flat_map(|cell| cell.known().map(|stated| stated.author)).collect()
    }

    /// Whether somebody stated all that stands in a field, and anything does: what they may see for being its author.
    /// Having stated something else of the record does not count: who reported a need has not assessed which.
    #[must_use]
    pub fn is_all_by(&self, field: Field, author: UserId) -> bool {
        let mut stated = self.stated(field).peekable();
        stated.peek().is_some() && stated.all(|stated| stated.author == author)
    }
}

#[cfg(test)]
mod tests;
