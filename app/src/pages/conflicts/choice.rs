//! What somebody has chosen on the page, and what it comes to.

use crate::pages::case::Work;
use domain::catalogue::Form;
use domain::conflict::{CannotDecide, Choice, decide, removal};
use domain::finding::Spot;
use domain::{Change, Field, Record, Value};
use leptos::prelude::WithUntracked;
use std::collections::BTreeMap;

/// What is chosen for a field; a field that is left for later has nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// One of the values that stand.
    Value(Value),
    /// All of them.
    All,
    /// What is typed into the field's own input.
    Other,
}

/// Whether a record stays that one took away and another worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays.
    Stays,
    /// It goes.
    Goes,
}

/// Why nothing was stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotStated {
    /// The choices cannot be.
    Cannot(CannotDecide),
    /// Nothing was typed where another value was chosen.
    Empty(Field),
    /// What was typed cannot be read: its input says why.
    Unreadable(Field),
    /// What stood before is not known here.
    NotKnown,
}

/// What the choices state of a record.
///
/// # Errors
/// The first reason why nothing is stated.
pub fn stated(
    record: &Record,
    chosen: &BTreeMap<Field, Chosen>,
    fate: Option<Fate>,
    work: Option<Work>,
    form: &dyn Fn(Field) -> Form,
) -> Result<Vec<Change>, NotStated> {
    let removed = removal(record);
    if fate == Some(Fate::Goes) {
        let gone = removed.and_then(|removed| removed.confirm(record));
        return gone.map(|change| vec![change]).ok_or(NotStated::Cannot(CannotDecide::NothingChosen));
    }
    let mut choices = BTreeMap::new();
    for (field, chosen) in chosen {
        let choice = match chosen {
            Chosen::Value(value) => Choice::Take(value.clone()),
            Chosen::All => Choice::All,
            Chosen::Other => Choice::Take(typed(record, *field, work)?),
        };
        choices.insert(*field, choice);
    }
    let kept = match (fate, removed) {
        (Some(Fate::Stays), Some(removed)) => {
            Some(removed.take_back(record).map_err(|_| NotStated::NotKnown)?)
        }
        _ => None,
    };
    let changes = if choices.is_empty() && kept.is_some() {
        Vec::new()
    } else {
        decide(record, &choices, form).map_err(NotStated::Cannot)?
    };
    Ok(joined(kept, changes))
}

/// One change for each record; a field that was chosen by itself is not stated twice.
fn joined(kept: Option<Change>, mut changes: Vec<Change>) -> Vec<Change> {
    let Some(kept) = kept else { return changes };
    match changes.iter_mut().find(|change| change.record == kept.record) {
        Some(change) => {
            let chosen: Vec<Field> = change.ops.iter().map(|op| op.field).collect();
            change.ops.extend(kept.ops.into_iter().filter(|op| !chosen.contains(&op.field)));
        }
        None => changes.insert(0, kept),
    }
    changes
}

/// What was typed in place of the values that stand, checked as the field's input checks it.
fn typed(record: &Record, field: Field, work: Option<Work>) -> Result<Value, NotStated> {
    let Some(work) = work else { return Err(NotStated::Empty(field)) };
    let spec = work.forms.spec(field).ok_or(NotStated::Empty(field))?;
    let typed = work
        .draft
        .with_untracked(|draft| draft.sheet(record.id).and_then(|sheet| sheet.typed(field)).cloned());
    let read = typed.map(|typed| typed.read(&spec, crate::when::today()));
    match read {
        Some(Ok(Value::Nothing)) | None => Err(NotStated::Empty(field)),
        Some(Ok(value)) => Ok(value),
        Some(Err(_)) => {
            work.leave(Spot::new(record.id, field));
            Err(NotStated::Unreadable(field))
        }
    }
}
