//! One record as it is being worked on: only what was touched.

use super::typed::Typed;
use crate::entry::{Change, Op};
use crate::field::{Field, Kind};
use crate::id::{EntryId, RecordId};
use crate::record::Record;
use crate::value::Value;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// What the program puts into a new row by itself.
const PREPARED: [Field; 4] =
    [Field::CONSENT_PURPOSE, Field::CONSENT_TEXT_VERSION, Field::CONSENT_LANGUAGE, Field::CONSENT_GIVEN_BY];

/// One input that was touched.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Touch {
    /// As typed.
    #[n(0)]
    pub typed: Typed,
    /// The entries whose values stood there when it was first touched: exactly these are replaced. A value that
    /// arrives while the draft waits is not overwritten without a word; it stands beside, as a conflict.
    #[cbor(n(1), skip_if = "Vec::is_empty")]
    pub seen: Vec<EntryId>,
}

/// A record being worked on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Sheet {
    /// Fixed when the sheet is begun.
    #[n(0)]
    pub record: RecordId,
    /// Its kind.
    #[n(1)]
    pub kind: Kind,
    /// What it hangs on; `None` for the group itself.
    #[n(2)]
    pub owner: Option<RecordId>,
    /// Begun in this draft: nothing of it is recorded yet.
    #[cbor(n(3), default)]
    pub is_new: bool,
    /// Taken away in this draft.
    #[cbor(n(4), default)]
    pub removed: bool,
    /// What was touched.
    #[cbor(n(5), skip_if = "BTreeMap::is_empty")]
    pub touched: BTreeMap<Field, Touch>,
    /// For a recorded one that was taken away: what stood in each field then. Exactly this is emptied, so that a
    /// correction which arrives while the draft waits outlives it.
    #[cbor(n(6), skip_if = "BTreeMap::is_empty")]
    pub gone: BTreeMap<Field, Vec<EntryId>>,
}

impl Sheet {
    /// A record that is not recorded yet.
    #[must_use]
    pub fn begin(record: RecordId, kind: Kind, owner: Option<RecordId>) -> Sheet {
        Sheet {
            record,
            kind,
            owner,
            is_new: true,
            removed: false,
            touched: BTreeMap::new(),
            gone: BTreeMap::new(),
        }
    }

    /// A recorded one of which nothing is touched yet.
    #[must_use]
    pub fn over(record: &Record) -> Sheet {
        let owner = record.kind.owner_field().and_then(|field| record.shown(field)).and_then(Value::as_ref);
        Sheet { is_new: false, ..Sheet::begin(record.id, record.kind, owner) }
    }

    /// Puts something into an input. `held` is the record as it stands, where it is recorded.
    pub fn put(&mut self, field: Field, typed: Typed, held: Option<&Record>) {
        match self.touched.get_mut(&field) {
            Some(touch) => touch.typed = typed,
            None => {
                let seen =
                    held.into_iter().flat_map(|record| record.stated(field)).map(|stated| stated.entry);
                let seen = seen.collect();
                self.touched.insert(field, Touch { typed, seen });
            }
        }
    }

    /// Takes a recorded one away. What was typed on it stays, for whoever takes this back.
    pub(super) fn take_away(&mut self, held: &Record) {
        let owner = self.kind.owner_field();
        let fields = held.fields().filter(|field| Some(*field) != owner);
        self.gone = fields.map(|field| (field, held.stated(field).map(|it| it.entry).collect())).collect();
        self.removed = true;
    }

    /// Brings back what was taken away, with what was typed on it.
    pub(super) fn bring_back(&mut self) {
        self.gone.clear();
        self.removed = false;
    }

    /// Leaves an input as it is recorded.
    pub fn untouch(&mut self, field: Field) {
        self.touched.remove(&field);
    }

    /// What was put into an input.
    #[must_use]
    pub fn typed(&self, field: Field) -> Option<&Typed> {
        self.touched.get(&field).map(|touch| &touch.typed)
    }

    /// Nothing was touched.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        self.touched.is_empty() && !self.removed
    }

    /// Nothing was put in that is worth keeping: the purpose of a consent stands there before anybody decides. To empty
    /// what is recorded is worth keeping.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        if !self.is_new {
            return self.is_untouched();
        }
        self.touched.iter().all(|(field, touch)| touch.typed.is_empty() || PREPARED.contains(field))
    }

    /// The change that states the values read from this sheet. `values` holds one for each touched field, and what
    /// the program fills in. `None` when the record says all of it already.
    pub(super) fn change(&self, values: &BTreeMap<Field, Value>, held: Option<&Record>) -> Option<Change> {
        // A row that was begun and left empty says nothing.
        let is_row = !matches!(self.kind, Kind::GROUP | Kind::INDIVIDUAL);
        if self.is_new && is_row && values.values().all(|value| *value == Value::Nothing) {
            return None;
        }
        let mut ops = Vec::new();
        if let (true, Some(field), Some(owner)) = (self.is_new, self.kind.owner_field(), self.owner) {
            ops.push(Op { field, value: Value::Ref(owner), replaces: Vec::new() });
        }
        for (field, value) in values {
            let stands = held.map(|record| record.values(*field)).unwrap_or_default();
            let says_it_already = match stands.as_slice() {
                [] => *value == Value::Nothing,
                [standing] => *standing == value,
                _ => false,
            };
            if says_it_already {
                continue;
            }
            let replaces = match self.touched.get(field) {
                _ if self.removed => self.gone.get(field).cloned().unwrap_or_default(),
                Some(touch) => touch.seen.clone(),
                None => {
                    held.into_iter().flat_map(|record| record.stated(*field)).map(|it| it.entry).collect()
                }
            };
            ops.push(Op { field: *field, value: value.clone(), replaces });
        }
        if ops.is_empty() { None } else { Some(Change { record: self.record, kind: self.kind, ops }) }
    }
}
