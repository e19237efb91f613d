//! Which table a row belongs to that was found on a page, by what it looks like.

use super::forms::{FORMS, Form, Holds, SERVER};
use super::pages::Cells;
use crate::server::sql::Value;

/// Names that stand in tables of the same form as `marks`.
const NO_MARKS: [&str; 6] = ["envelopes", "entries", "audit", "letters", "applications", "records"];

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Place of the table in [`FORMS`].
    pub form: usize,
    /// Its number.
    pub rowid: i64,
    /// Names of its columns, with what stands there.
    pub values: Vec<(&'static str, Value)>,
}

impl Found {
    /// Its table.
    #[must_use]
    pub fn table(&self) -> &'static str {
        FORMS.get(self.form).map_or("", |form| form.table)
    }

    /// What stands in a column; nothing where there is no such column.
    #[must_use]
    pub fn value(&self, column: &str) -> &Value {
        self.values.iter().find(|(name, _)| *name == column).map_or(&Value::Null, |(_, value)| value)
    }

    /// The bytes in a column.
    #[must_use]
    pub fn bytes(&self, column: &str) -> &[u8] {
        if let Value::Blob(bytes) = self.value(column) { bytes } else { &[] }
    }

    /// So many bytes in a column.
    #[must_use]
    pub fn exactly<const N: usize>(&self, column: &str) -> Option<[u8; N]> {
        self.bytes(column).try_into().ok()
    }

    /// The number in a column.
    #[must_use]
    pub fn number(&self, column: &str) -> u64 {
        if let Value::Integer(number) = self.value(column) { u64::try_from(*number).unwrap_or(0) } else { 0 }
    }
}

impl Form {
    fn named(&self, cells: &Cells) -> Option<Vec<(&'static str, Value)>> {
        let many = self.at_first..=self.columns.len();
        let fits = many.contains(&cells.values.len())
            && self.columns.iter().zip(&cells.values).all(|((_, holds), value)| holds.fits(value));
        let named = self.columns.iter().zip(&cells.values).map(|((name, holds), value)| match holds {
            Holds::Number => (*name, Value::Integer(cells.rowid)),
            _ => (*name, value.clone()),
        });
        fits.then(|| named.collect())
    }
}

/// To which table a row belongs.
#[must_use]
pub fn found(cells: &Cells) -> Option<Found> {
    let mut forms = FORMS.iter().enumerate();
    let (form, values) = forms.find_map(|(place, form)| Some((place, form.named(cells)?)))?;
    let found = Found { form, rowid: cells.rowid, values };
    let is_mark = |name: &str| !NO_MARKS.contains(&name);
    match found.value("name") {
        Value::Text(name) if !is_mark(name) => None,
        _ => Some(found),
    }
}

/// What the row says, if it is the one that says which ledger it is: its id and its epoch.
#[must_use]
pub fn identity(cells: &Cells) -> Option<([u8; 16], [u8; 16])> {
    let values = SERVER.named(cells).filter(|_| cells.rowid == 1)?;
    let found = Found { form: 0, rowid: 1, values };
    Some((found.exactly("id")?, found.exactly("epoch")?))
}
