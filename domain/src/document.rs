//! Papers of a person: their type and their number, as written.

use crate::field::{Field, Kind};
use crate::id::RecordId;
use crate::name;
use crate::record::Record;
use crate::value::Value;
use minicbor::{Decode, Encode};

/// Code of `document_types.csv` for «no document», which goes with no other.
pub const NO_DOCUMENT: &str = "NONE";

/// A paper as typed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DocumentDraft {
    /// Fixed when the row is added.
    #[n(0)]
    pub record: RecordId,
    /// Code of `document_types.csv`.
    #[cbor(n(1), skip_if = "String::is_empty")]
    pub kind: String,
    /// Number, as typed.
    #[cbor(n(2), skip_if = "String::is_empty")]
    pub number: String,
}

impl DocumentDraft {
    /// An empty row.
    #[must_use]
    pub fn new(record: RecordId) -> Self {
        Self { record, kind: String::new(), number: String::new() }
    }

    /// A row in which nothing was typed leaves no trace.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kind.trim().is_empty() && self.number.trim().is_empty()
    }

    pub(crate) fn read(&self) -> DocumentDetails {
        DocumentDetails {
            record: self.record,
            kind: name::keep(&self.kind),
            number: name::keep(&self.number),
        }
    }
}

/// A paper to stand behind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentDetails {
    /// Its record.
    pub record: RecordId,
    /// Code of `document_types.csv`; may be empty.
    pub kind: String,
    /// Number, as written; may be empty.
    pub number: String,
}

impl DocumentDetails {
    /// What the record should say, without its holder.
    #[must_use]
    pub fn wanted(&self) -> Vec<(Field, Value)> {
        vec![
            (Field::DOCUMENT_TYPE, Value::text(&self.kind)),
            (Field::DOCUMENT_NUMBER, Value::text(&self.number)),
        ]
    }
}

/// A paper as a record tells it. Where values are in conflict the newest is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its record.
    pub id: RecordId,
    /// Whose it is.
    pub holder: Option<RecordId>,
    /// Code of `document_types.csv`.
    pub kind: Option<String>,
    /// Number, as written.
    pub number: Option<String>,
}

impl Document {
    /// Reads a record; `None` for one of another kind.
    #[must_use]
    pub fn from_record(record: &Record) -> Option<Self> {
        let text = |field| record.shown(field).and_then(Value::as_text).map(str::to_owned);
        (record.kind == Kind::DOCUMENT).then(|| Self {
            id: record.id,
            holder: record.shown(Field::HOLDER).and_then(Value::as_ref),
            kind: text(Field::DOCUMENT_TYPE),
            number: text(Field::DOCUMENT_NUMBER),
        })
    }

    /// A paper is taken away by emptying its type and number. It keeps its holder, so that a number which
    /// somebody else corrected meanwhile is still seen: deleting never beats an edit.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        self.kind.is_none() && self.number.is_none()
    }
}
