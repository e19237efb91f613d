//! Deciding: what a choice states. Every decision replaces exactly what its author was shown, so that two who decide
//! alike without a line agree, and two who decide otherwise leave both decisions standing.

use super::dispute::{Dispute, disputes};
use crate::catalogue::Form;
use crate::entry::Change;
use crate::field::{Field, Kind};
use crate::id::{EntryId, RecordId};
use crate::individual::MAX_NATIONALITIES;
use crate::record::{CannotUndo, Event, Record};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What somebody chose for a field in conflict. A field left for later has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// This value: one of those that stand, or another one that was checked as the field's input checks it.
    Take(Value),
    /// All that stand hold.
    All,
}

/// How several values of a field can hold at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joining {
    /// They cannot: one is right.
    Never,
    /// The field is a list, which holds what each of them does.
    List,
    /// The field holds one, and others of its sort stand in a list beside it: a second phone.
    Beside(Field),
    /// They are of two different things, and the second gets a record of its own: two papers, two needs.
    Records,
}

/// Why a choice states nothing. For logs and tests; the app has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CannotDecide {
    /// The field is not in conflict, or not any more.
    #[error("nothing to decide in {0:?}")]
    NothingToDecide(Field),
    /// Not all of its values can hold.
    #[error("not all values of {0:?} can hold")]
    OnlyOne(Field),
    /// All of them are more than the field may hold.
    #[error("too many values for {0:?}")]
    TooMany(Field),
    /// Nothing was chosen.
    #[error("nothing chosen")]
    NothingChosen,
}

/// The fields that tell two papers, two needs, two relatives apart.
const OF_THEIR_OWN: [(Kind, &[Field]); 3] = [
    (Kind::DOCUMENT, &[Field::DOCUMENT_TYPE, Field::DOCUMENT_NUMBER, Field::DOCUMENT_COUNTRY]),
    (Kind::NEED, &[Field::NEED_CODE]),
    (Kind::RELATIVE, &[Field::RELATIVE_NAME, Field::RELATIVE_RECORD]),
];

/// How several values of a field can hold at once. `form` is the field's, as the table of fields has it.
#[must_use]
pub fn joining(kind: Kind, field: Field, form: Form) -> Joining {
    if OF_THEIR_OWN.iter().any(|(own, fields)| *own == kind && fields.contains(&field)) {
        return Joining::Records;
    }
    match form {
        _ if field == Field::PHONE => Joining::Beside(Field::OTHER_PHONES),
        Form::Codes | Form::Tags | Form::Languages | Form::Refs => Joining::List,
        _ => Joining::Never,
    }
}

/// What choices state, all of it for one entry: the change of the record, and the records that values of their own get.
/// `form` gives the form of a field.
///
/// The id of such a record is made from what it is parted from, so that two who part it without a line part it once.
///
/// # Errors
/// The first choice that cannot be; nothing is stated by halves.
pub fn decide(
    record: &Record,
    choices: &BTreeMap<Field, Choice>,
    form: &dyn Fn(Field) -> Form,
) -> Result<Vec<Change>, CannotDecide> {
    let disputes = disputes(record);
    let mut wanted: BTreeMap<Field, Value> = BTreeMap::new();
    let mut parted: Vec<&Dispute> = Vec::new();
    let mut kept_beside: Vec<(Field, &Dispute)> = Vec::new();
    for (field, choice) in choices {
        let dispute = disputes.iter().find(|dispute| dispute.field == *field);
        let dispute = dispute.ok_or(CannotDecide::NothingToDecide(*field))?;
        let value = match (choice, joining(record.kind, *field, form(*field))) {
            (Choice::Take(value), _) => value.clone(),
            (Choice::All, Joining::List) => all_of(dispute)?,
            (Choice::All, Joining::Records) if said(dispute).count() > 1 => {
                parted.push(dispute);
                said(dispute).next().cloned().unwrap_or(Value::Nothing)
            }
            (Choice::All, Joining::Beside(list)) if said(dispute).count() > 1 => {
                kept_beside.push((list, dispute));
                said(dispute).next().cloned().unwrap_or(Value::Nothing)
            }
            (Choice::All, _) => return Err(CannotDecide::OnlyOne(*field)),
        };
        wanted.insert(*field, value);
    }
    // Last: what was chosen for the list itself holds beside what it takes up.
    for (list, dispute) in kept_beside {
        let value = beside(record, wanted.get(&list), list, dispute)?;
        wanted.insert(list, value);
    }
    let others = parted_off(record, &wanted, &parted);
    let mut changes: Vec<Change> = record.change(wanted).into_iter().collect();
    if changes.is_empty() {
        return Err(CannotDecide::NothingChosen);
    }
    changes.extend(others);
    Ok(changes)
}

/// The values of a field that say something.
fn said(dispute: &Dispute) -> impl Iterator<Item = &Value> {
    dispute.sides.iter().map(|side| &side.value).filter(|value| **value != Value::Nothing)
}

/// What stands in the list beside a field once it holds all but the first of its values, too: with what was chosen for
/// the list, or else with what it holds.
fn beside(
    record: &Record,
    chosen: Option<&Value>,
    list: Field,
    dispute: &Dispute,
) -> Result<Value, CannotDecide> {
    let held = match chosen {
        Some(Value::Nothing) => Vec::new(),
        // What a later version wrote cannot be joined with anything.
        Some(chosen) => vec![chosen.as_codes().ok_or(CannotDecide::OnlyOne(list))?],
        None => record.values(list).into_iter().filter_map(Value::as_codes).collect(),
    };
    let others = said(dispute).skip(1).filter_map(Value::as_text).map(str::to_owned);
    let codes: BTreeSet<String> = held.into_iter().flatten().cloned().chain(others).collect();
    Ok(Value::Codes(codes.into_iter().collect()))
}

/// Everything that the lists hold, each once, in the same order on every device.
fn all_of(dispute: &Dispute) -> Result<Value, CannotDecide> {
    let mut codes: BTreeSet<String> = BTreeSet::new();
    for value in said(dispute) {
        // What a later version wrote cannot be joined with anything.
        let Some(held) = value.as_codes() else { return Err(CannotDecide::OnlyOne(dispute.field)) };
        codes.extend(held.iter().cloned());
    }
    if dispute.field == Field::NATIONALITY && codes.len() > MAX_NATIONALITIES {
        return Err(CannotDecide::TooMany(dispute.field));
    }
    // A language is spoken well or badly, not both.
    let names: BTreeSet<&str> = codes.iter().map(|code| code.split(':').next().unwrap_or_default()).collect();
    if dispute.field == Field::LANG_OTHER && names.len() < codes.len() {
        return Err(CannotDecide::OnlyOne(dispute.field));
    }
    Ok(Value::Codes(codes.into_iter().collect()))
}

/// Records of their own for the second and every further value of these fields, with all else that is settled.
fn parted_off(record: &Record, wanted: &BTreeMap<Field, Value>, parted: &[&Dispute]) -> Vec<Change> {
    let most = parted.iter().map(|dispute| said(dispute).count()).max().unwrap_or(0);
    let settled = record.fields().filter_map(|field| Some((field, record.value(field)?.clone())));
    let settled: BTreeMap<Field, Value> = settled.chain(wanted.clone()).collect();
    let mut changes = Vec::new();
    for nth in 1..most {
        let mut values = settled.clone();
        let mut id = record.id;
        for dispute in parted {
            let mut sides = dispute.sides.iter().filter(|side| side.value != Value::Nothing);
            let Some(side) = sides.nth(nth) else { continue };
            values.insert(dispute.field, side.value.clone());
            let first = side.said.iter().map(|said| said.entry).min();
            first.into_iter().for_each(|entry| id = mixed(id, entry, dispute.field));
        }
        changes.extend(Record::new(id, record.kind).change(values));
    }
    changes
}

/// An id that follows from a record, an entry and a field, and from nothing else.
fn mixed(record: RecordId, entry: EntryId, field: Field) -> RecordId {
    let mut id = record.0;
    id.iter_mut().zip(entry.0).for_each(|(byte, other)| *byte ^= other);
    id.iter_mut().rev().zip(field.0.to_le_bytes()).for_each(|(byte, other)| *byte ^= other);
    RecordId(id)
}

/// A paper, a need, a consent, … that somebody took away while somebody else worked on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The entry that took it away.
    pub entry: EntryId,
}

/// Whether somebody took a record away that others have worked on without seeing that. Nothing beats their work: the
/// record stands with what they said until somebody decides.
#[must_use]
pub fn removal(record: &Record) -> Option<Removal> {
    if matches!(record.kind, Kind::GROUP | Kind::INDIVIDUAL) || record.conflicts().is_empty() {
        return None;
    }
    let owner = record.kind.owner_field();
    let conflicts = record.conflicts();
    let took = |event: &Event| {
        let mut steps = event.steps.iter().filter(|step| Some(step.field) != owner).peekable();
        let stands = event.steps.iter().any(|step| step.stands && conflicts.contains(&step.field));
        stands && steps.peek().is_some() && steps.all(|step| step.value == Value::Nothing)
    };
    // Who empties one field has left others alone that they saw: what an entry said that they replaced something of.
    let whole = |event: &Event| {
        let seen: BTreeSet<EntryId> =
            event.steps.iter().flat_map(|step| &step.before).map(|stated| stated.entry).collect();
        let touched = |field: &Field| event.steps.iter().any(|step| step.field == *field);
        let mut left_alone = record.fields().filter(|field| Some(*field) != owner && !touched(field));
        !left_alone.any(|field| record.known(field).any(|stated| seen.contains(&stated.entry)))
    };
    let events = record.history();
    let found = events.iter().rev().find(|event| took(event) && whole(event));
    found.map(|event| Removal { entry: event.entry })
}

impl Removal {
    /// The record goes: nothing is said of it any more but what it hangs on.
    #[must_use]
    pub fn confirm(self, record: &Record) -> Option<Change> {
        let owner = record.kind.owner_field();
        let fields = record.fields().filter(|field| Some(*field) != owner);
        record.change(fields.map(|field| (field, Value::Nothing)))
    }

    /// The record stays: what the removal emptied is stated again, and what others said beside it holds.
    ///
    /// # Errors
    /// Where it is not known here what stood there.
    pub fn take_back(self, record: &Record) -> Result<Change, CannotUndo> {
        let stands = |field: &Field| record.stated(*field).any(|stated| stated.entry == self.entry);
        let fields: Vec<Field> = record.fields().filter(stands).collect();
        record.undo_fields(self.entry, &fields)
    }
}
