//! Undoing an entry: everything that it touched is found on the device, and undone in one entry or not at all.

use super::{Names, called};
use crate::forms::Forms;
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, Words};
use domain::record::CannotUndo;
use domain::regroup::{self, CannotUndoEntry};
use domain::{Entry, EntryId, Field, Kind, Record, RecordId, Role, Value};
use std::collections::BTreeSet;
use store::{Note, StoreError, Vault};

/// Why an entry was not undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    /// The records stand in the way.
    Cannot(CannotUndoEntry),
    /// It also changed what is not for whoever wants to undo it: they would not know what they take away.
    Reserved,
    /// The store did not do it.
    Store(StoreError),
}

/// Undoes an entry, in an entry of the id `as_entry`. Saving it twice saves it once.
///
/// # Errors
/// Why it was not undone; nothing was then.
pub async fn undo_entry(
    vault: &Vault,
    forms: Forms,
    entry: EntryId,
    about: RecordId,
    as_entry: EntryId,
) -> Result<(), Undone> {
    let touched = touched(vault, entry, about).await.map_err(Undone::Store)?;
    let role = Role::from_code(vault.identity().role).unwrap_or(Role::Verifier);
    let seen = forms.sight(role, vault.identity().user, |sight| {
        touched.iter().all(|record| {
            let mut steps = record.history().into_iter().filter(|event| event.entry == entry);
            steps.all(|event| {
                sight.record(record)
                    && event.steps.iter().all(|step| sight.field(record.kind, Some(record), step.field))
            })
        })
    });
    if !seen {
        return Err(Undone::Reserved);
    }
    let changes = regroup::undo(entry, &touched).map_err(Undone::Cannot)?;
    let me = vault.identity();
    let at = when::now();
    let note = note(about, &touched);
    let entry = Entry { id: as_entry, author: me.user, enrolment: me.enrolment, at, changes };
    vault.save(&entry, note, None).await.map(|_| ()).map_err(Undone::Store)
}

/// Everything on the device that an entry may have touched, read anew: the group of a record with all of it, and the
/// groups that the entry names.
async fn touched(vault: &Vault, entry: EntryId, about: RecordId) -> Result<Vec<Record>, StoreError> {
    let mut found: Vec<Record> = Vec::new();
    let mut asked: BTreeSet<RecordId> = BTreeSet::new();
    let mut wanted: BTreeSet<RecordId> = [about].into();
    while let Some(id) = wanted.pop_first() {
        if !asked.insert(id) {
            continue;
        }
        for record in vault.case(id).await?.unwrap_or_default() {
            if !found.iter().any(|held| held.id == record.id) {
                found.push(record);
            }
        }
        wanted.extend(regroup::named_by(entry, &found));
        wanted.extend(found.iter().filter_map(owner));
    }
    Ok(found)
}

fn owner(record: &Record) -> Option<RecordId> {
    record.kind.owner_field().and_then(|field| record.shown(field)).and_then(Value::as_ref)
}

fn note(about: RecordId, records: &[Record]) -> Note {
    let record = records.iter().find(|record| record.id == about);
    let person = record.and_then(called).unwrap_or_default();
    let is_group = record.is_some_and(|record| record.kind == Kind::GROUP);
    let act = if is_group { "group_undone" } else { "undone" };
    Note { person, act: act.into(), record: about }
}

/// Says why an entry was not undone.
#[must_use]
pub fn refusal(words: Words, forms: Forms, undone: &Undone, names: &Names) -> String {
    let cannot = match undone {
        Undone::Store(error) => return words.get(explain(error)),
        Undone::Reserved => return words.get(Key::UndoReserved),
        Undone::Cannot(cannot) => cannot,
    };
    let who = names.get(&cannot.record).cloned().unwrap_or_else(|| words.get(Key::AnotherRecord));
    let say = |key: Key, fields: &[Field]| {
        let fields = words.list(fields.iter().map(|field| forms.label(*field)));
        words.with(key, &[("fields", &fields), ("who", &who)])
    };
    match &cannot.why {
        CannotUndo::NothingHere => words.get(Key::UndoNothing),
        CannotUndo::Registered => words.get(Key::UndoRegistered),
        CannotUndo::Happened => words.get(Key::UndoHappened),
        CannotUndo::ChangedSince(fields) => say(Key::UndoChangedSince, fields),
        CannotUndo::NotKnown(fields) => say(Key::UndoNotKnown, fields),
        CannotUndo::Several(fields) => say(Key::UndoSeveral, fields),
    }
}
