//! A field in conflict: every value that stands, who stated it, and what they had seen there.

use crate::field::Field;
use crate::id::{EntryId, UserId};
use crate::record::{Record, Stated};
use crate::value::Value;

/// One statement of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// In which entry.
    pub entry: EntryId,
    /// By whom.
    pub author: UserId,
    /// When, by the clock of their device (milliseconds since 1970). For people to read.
    pub at: u64,
    /// What stood there when its author said so, and what they replaced, oldest first; none where it was empty.
    pub before: Vec<Stated>,
    /// Something that is not known here stood there before, or may have.
    pub before_unknown: bool,
}

/// A value that stands, with everybody who stated it: equal ones are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The value; [`Value::Nothing`] where somebody emptied the field.
    pub value: Value,
    /// Who stated it, the first first.
    pub said: Vec<Said>,
}

/// A field in which several different values stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// The field.
    pub field: Field,
    /// The values, in the order in which they were first stated.
    pub sides: Vec<Side>,
}

impl Dispute {
    /// Every statement that stands.
    pub fn said(&self) -> impl Iterator<Item = (&Value, &Said)> {
        self.sides.iter().flat_map(|side| side.said.iter().map(move |said| (&side.value, said)))
    }
}

/// The fields of a record that are in conflict, in the order of their numbers.
#[must_use]
pub fn disputes(record: &Record) -> Vec<Dispute> {
    let fields = record.conflicts();
    if fields.is_empty() {
        return Vec::new();
    }
    let history = record.history();
    let seen = |field: Field, entry: EntryId| {
        let event = history.iter().find(|event| event.entry == entry);
        event.and_then(|event| event.steps.iter().find(|step| step.field == field))
    };
    fields
        .into_iter()
        .map(|field| {
            let mut sides: Vec<Side> = Vec::new();
            for stated in record.stated(field) {
                let step = seen(field, stated.entry);
                let said = Said {
                    entry: stated.entry,
                    author: stated.author,
                    at: stated.at,
                    before: step.map(|step| step.before.clone()).unwrap_or_default(),
                    before_unknown: step.is_none_or(|step| step.before_unknown),
                };
                match sides.iter_mut().find(|side| side.value == stated.value) {
                    Some(side) => side.said.push(said),
                    None => sides.push(Side { value: stated.value.clone(), said: vec![said] }),
                }
            }
            for side in &mut sides {
                side.said.sort_by_key(|said| (said.at, said.entry));
            }
            sides.sort_by_key(|side| side.said.first().map(|said| (said.at, said.entry)));
            Dispute { field, sides }
        })
        .collect()
}
