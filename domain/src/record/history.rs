//! What was done to a record, entry by entry, and how one of them is undone.

use super::{Cell, Record, Stated, gathers};
use crate::entry::{Change, Op};
use crate::field::{Field, Kind};
use crate::id::{EntryId, RecordId, UserId};
use crate::value::Value;
use std::collections::BTreeMap;

/// What one entry did to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The entry.
    pub entry: EntryId,
    /// By whom.
    pub author: UserId,
    /// When, by the clock of their device (milliseconds since 1970). For people to read.
    pub at: u64,
    /// Whether the record began with it, see [`Record::was_made_by`].
    pub made: bool,
    /// Field by field, in the order of their numbers.
    pub steps: Vec<Step>,
}

/// What one entry did to one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The field.
    pub field: Field,
    /// What the entry stated. Of a picture that was replaced since, an empty text: see [`Field::is_picture`].
    pub value: Value,
    /// The statements that it replaced, as far as they are known, oldest first. Several where it decided a
    /// conflict; none where the field was empty.
    pub before: Vec<Stated>,
    /// Something that is not known here stood there before, or may have.
    pub before_unknown: bool,
    /// Nobody has replaced it since.
    pub stands: bool,
}

/// Why an entry is not undone in a record. Fields are those that stand in the way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotUndo {
    /// It stated nothing here.
    #[error("the entry stated nothing about this record")]
    NothingHere,
    /// The record of a person or a group began with it. Registering is not undone: there is a status for that,
    /// and their records may be known by their reference to others already.
    #[error("the record began with this entry")]
    Registered,
    /// It says that something happened: a session, help, a step of a referral, a distribution. That is amended or taken
    /// back where it was said, and never undone.
    #[error("what happened is amended, not undone")]
    Happened,
    /// Somebody has changed these fields since: they would lose what they did.
    #[error("changed since: {0:?}")]
    ChangedSince(Vec<Field>),
    /// What stood there before is not known here.
    #[error("not known what was there before: {0:?}")]
    NotKnown(Vec<Field>),
    /// It decided between several values, and only people can doubt again.
    #[error("several values stood there before: {0:?}")]
    Several(Vec<Field>),
}

/// What one entry did to several records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The entry.
    pub entry: EntryId,
    /// By whom.
    pub author: UserId,
    /// When, by the clock of their device (milliseconds since 1970). For people to read.
    pub at: u64,
    /// Record by record, in the order in which these were given.
    pub events: Vec<(RecordId, Event)>,
}

/// The history of several records told together: a family with its papers and needs. Newest first, as it is read.
#[must_use]
pub fn deeds(records: &[Record]) -> Vec<Deed> {
    let mut deeds: BTreeMap<EntryId, Deed> = BTreeMap::new();
    for record in records {
        for event in record.history() {
            let Event { entry, author, at, .. } = event;
            let deed = deeds.entry(entry).or_insert_with(|| Deed { entry, author, at, events: Vec::new() });
            deed.events.push((record.id, event));
        }
    }
    let mut deeds: Vec<Deed> = deeds.into_values().collect();
    deeds.sort_by_key(|deed| core::cmp::Reverse((deed.at, deed.entry)));
    deeds
}

impl Record {
    /// What was done to this record, oldest entry first: one event for each entry of which something is known.
    #[must_use]
    pub fn history(&self) -> Vec<Event> {
        let mut events: BTreeMap<EntryId, Event> = BTreeMap::new();
        for (field, cell) in &self.cells {
            for stated in cell.known() {
                let event = events.entry(stated.entry).or_insert_with(|| Event {
                    entry: stated.entry,
                    author: stated.author,
                    at: stated.at,
                    made: self.was_made_by(stated.entry),
                    steps: Vec::new(),
                });
                event.steps.push(cell.step(*field, stated));
            }
        }
        let mut events: Vec<Event> = events.into_values().collect();
        events.sort_by_key(|event| (event.at, event.entry));
        events
    }

    /// Whether the record began with an entry: it said first what the record hangs on, or, of a group, its reference
    /// or day of registration; or nobody else has said anything.
    #[must_use]
    pub fn was_made_by(&self, entry: EntryId) -> bool {
        let owner = self.kind.owner_field();
        let first: &[Field] = match &owner {
            Some(field) => core::slice::from_ref(field),
            None => &[Field::GROUP_REF, Field::REGISTRATION_DATE],
        };
        let is_first = |field: &Field| {
            self.cells.get(field).is_some_and(|cell| {
                let stated = cell.known().any(|stated| stated.entry == entry);
                stated && cell.replaced_by(entry).next().is_none() && !cell.hides_who_replaced()
            })
        };
        let mut named = self.cells.values().flat_map(|cell| cell.stated.keys().chain(cell.replaced.keys()));
        first.iter().any(is_first) || (!self.cells.is_empty() && named.all(|other| *other == entry))
    }

    /// Whether it says nothing but what it hangs on: a paper, a need, … that was entered and then taken away.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        let owner = self.kind.owner_field();
        let mut others = self.cells.iter().filter(|(field, _)| Some(**field) != owner);
        others.all(|(_, cell)| cell.stated.values().all(|stated| stated.value == Value::Nothing))
    }

    /// The change after which this record says what it would say had the entry not been: the values that it
    /// replaced are stated again, and what it was the first to state becomes nothing. Undoing is an entry like any
    /// other, nothing is taken out of the history, and it can be undone in turn.
    ///
    /// A paper, a need, a consent, … that began with the entry is emptied and stays where it hangs, see
    /// [`Record::is_blank`]. The record of a person or of a group that began with it is left alone: see
    /// [`CannotUndo::Registered`]. So is what says that something happened: see [`CannotUndo::Happened`].
    ///
    /// # Errors
    /// Why not; nothing is undone by halves.
    pub fn undo(&self, entry: EntryId) -> Result<Change, CannotUndo> {
        let made = self.was_made_by(entry);
        if made && matches!(self.kind, Kind::GROUP | Kind::INDIVIDUAL) {
            return Err(CannotUndo::Registered);
        }
        let stated = |field: &Field| self.known(*field).any(|stated| stated.entry == entry);
        let mut others = self.cells.keys().filter(|field| Some(**field) != self.kind.owner_field());
        if self.is_event() && (made || others.any(stated)) {
            return Err(CannotUndo::Happened);
        }
        let stays = self.kind.owner_field().filter(|_| made);
        let fields: Vec<Field> = self.cells.keys().copied().filter(|field| Some(*field) != stays).collect();
        self.undo_fields(entry, &fields)
    }

    /// Whether it says that something happened; a referral from when it was sent.
    fn is_event(&self) -> bool {
        match self.kind {
            Kind::SESSION | Kind::ASSISTANCE | Kind::DISTRIBUTION | Kind::APPLICATION => true,
            Kind::REFERRAL => self.known(Field::REFERRAL_SENT_AT).next().is_some(),
            _ => false,
        }
    }

    /// The same for some fields alone; those about which the entry stated nothing are passed over.
    ///
    /// # Errors
    /// As [`Record::undo`], but never [`CannotUndo::Registered`].
    pub fn undo_fields(&self, entry: EntryId, fields: &[Field]) -> Result<Change, CannotUndo> {
        let mut ops = Vec::new();
        let (mut changed, mut unknown, mut several) = (Vec::new(), Vec::new(), Vec::new());
        for field in fields {
            let Some(cell) = self.cells.get(field) else { continue };
            if cell.replaced.get(&entry).is_some_and(|replaced| replaced.was.is_some()) {
                changed.push(*field);
            } else if cell.stated.contains_key(&entry) {
                match cell.value_without(entry, *field) {
                    Ok(value) => ops.push(Op { field: *field, value, replaces: vec![entry] }),
                    Err(CannotUndo::Several(_)) => several.push(*field),
                    Err(_) => unknown.push(*field),
                }
            }
        }
        if !changed.is_empty() {
            Err(CannotUndo::ChangedSince(changed))
        } else if !unknown.is_empty() {
            Err(CannotUndo::NotKnown(unknown))
        } else if !several.is_empty() {
            Err(CannotUndo::Several(several))
        } else if ops.is_empty() {
            Err(CannotUndo::NothingHere)
        } else {
            Ok(Change { record: self.id, kind: self.kind, ops })
        }
    }
}

impl Cell {
    /// What an entry replaced here: the entries, with what they had stated where it is known.
    fn replaced_by(&self, entry: EntryId) -> impl Iterator<Item = (EntryId, &super::Replaced)> {
        let replaced = self.replaced.iter().filter(move |(_, replaced)| replaced.by.contains(&entry));
        replaced.map(|(entry, replaced)| (*entry, replaced))
    }

    /// Something was replaced here and nobody knows by which entry.
    fn hides_who_replaced(&self) -> bool {
        self.replaced.values().any(|replaced| replaced.by.is_empty())
    }

    fn step(&self, field: Field, stated: &Stated) -> Step {
        let replaced = || self.replaced_by(stated.entry).map(|(_, replaced)| &replaced.was);
        let mut before: Vec<Stated> = replaced().flatten().cloned().collect();
        before.sort_by_key(|stated| (stated.at, stated.entry));
        Step {
            field,
            value: stated.value.clone(),
            before,
            before_unknown: self.hides_who_replaced() || replaced().any(Option::is_none),
            stands: self.stated.contains_key(&stated.entry),
        }
    }

    /// The value to state in the place of what an entry states, so that the field says what it would without it.
    /// The fields in the errors are the caller's to fill in.
    fn value_without(&self, entry: EntryId, field: Field) -> Result<Value, CannotUndo> {
        if self.hides_who_replaced() {
            return Err(CannotUndo::NotKnown(Vec::new()));
        }
        // Statements that add up have nothing to do with each other.
        let beside = |stated: &&Stated| stated.entry != entry && !gathers(field);
        let others = || self.stated.values().filter(beside).map(|stated| &stated.value);
        let mut back: Vec<&Value> = Vec::new();
        for (_, replaced) in self.replaced_by(entry) {
            // What others replaced too does not come back: it would not stand without this entry either.
            if replaced.by.len() > 1 {
                continue;
            }
            let was = replaced.was.as_ref().ok_or(CannotUndo::NotKnown(Vec::new()))?;
            if field.is_picture() && was.value != Value::Nothing {
                // A picture that was replaced is gone.
                return Err(CannotUndo::NotKnown(Vec::new()));
            }
            if !back.contains(&&was.value) && !others().any(|other| *other == was.value) {
                back.push(&was.value);
            }
        }
        match back.as_slice() {
            // What stands beside it says all there is to say, and saying it twice is no conflict.
            [] => Ok(others().next().cloned().unwrap_or(Value::Nothing)),
            [value] => Ok((*value).clone()),
            _ => Err(CannotUndo::Several(Vec::new())),
        }
    }
}
