//! What somebody is told of a record in conflict: no more than they may see of it.

use super::has_provisional_winner;
use crate::field::Field;

/// What somebody is told of the fields in conflict of one record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The fields that they may see, in the order in which they were given.
    pub fields: Vec<Field>,
    /// How many others there are.
    pub reserved: usize,
    /// In one of those that they may see no value holds until somebody decides.
    pub grave: bool,
}

/// What somebody is told of fields in conflict. `sees` tells whether they may see what a field says. How grave a conflict
/// is says something of the field, so what is hidden does not count for it.
#[must_use]
pub fn told(fields: impl IntoIterator<Item = Field>, sees: impl Fn(Field) -> bool) -> Told {
    let (fields, hidden): (Vec<Field>, Vec<Field>) = fields.into_iter().partition(|field| sees(*field));
    let grave = fields.iter().any(|field| !has_provisional_winner(*field));
    Told { fields, reserved: hidden.len(), grave }
}
