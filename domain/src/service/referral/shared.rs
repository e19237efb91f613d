//! What a referral shares: a copy of chosen fields, made when it was shown to the person.

use crate::field::{Field, Kind};
use crate::record::Record;
use crate::value::Value;
use base64ct::{Base64UrlUnpadded, Encoding};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;

/// Fields that can be shared, in the order in which they are offered. Pictures, signatures and stories are not among
/// them, nor what belongs to the work of one institution alone.
pub const SHAREABLE: &[Field] = &[
    Field::GIVEN_NAMES,
    Field::SURNAME1,
    Field::SURNAME2,
    Field::COMMON_NAME,
    Field::DATE_OF_BIRTH,
    Field::SEX,
    Field::NATIONALITY,
    Field::PHONE,
    Field::CONTACT_CHANNEL,
    Field::SAFE_TIME,
    Field::LANG_MAIN,
    Field::LANG_INTERVIEW,
    Field::INTERVIEW_PREFERENCE,
    Field::RELATIONSHIP,
    Field::PREGNANT,
    Field::PROTECTION_STATUS,
    Field::DOCUMENT_TYPE,
    Field::DOCUMENT_NUMBER,
    Field::NEED_CODE,
    Field::PROVINCE,
    Field::DISTRICT,
    Field::ADDRESS,
    Field::SITE,
    Field::SIZE,
    Field::COUNT_CHILDREN,
];

/// Whose an item is when it is the whole group's.
pub const OF_GROUP: u8 = 255;
/// Most items, and most bytes of the text form.
const MOST: (usize, usize) = (256, 16 * 1024);

/// One thing that is shared.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Item {
    /// Whose: 0 for the person whom the referral is about, 1 and on for others of their group, [`OF_GROUP`].
    #[n(0)]
    pub person: u8,
    /// What it is.
    #[n(1)]
    pub field: Field,
    /// What it says.
    #[n(2)]
    pub value: Value,
}

/// Everything that a referral shares, in the order in which it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Shared {
    /// The items.
    #[n(0)]
    pub items: Vec<Item>,
}

/// Why a text is nothing that is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SharedFault {
    /// Not the text form.
    #[error("not what is shared")]
    Malformed,
    /// A field that may not be shared.
    #[error("field {} may not be shared", .0.0)]
    NotShareable(Field),
    /// More than a referral needs.
    #[error("too much is shared")]
    TooMuch,
}

impl Shared {
    /// The chosen fields of people, of papers and needs of the first of them, and of the group, as they stand.
    /// Several values side by side are all shared: nobody here knows which is right.
    #[must_use]
    pub fn of(
        people: &[&Record],
        rows: &[&Record],
        group: Option<&Record>,
        chosen: &BTreeSet<Field>,
    ) -> Shared {
        let mut items = Vec::new();
        let chosen = || SHAREABLE.iter().copied().filter(|field| chosen.contains(field));
        let mut add = |person: u8, record: &Record, field: Field| {
            for value in record.values(field).into_iter().filter(|value| **value != Value::Nothing) {
                items.push(Item { person, field, value: value.clone() });
            }
        };
        for (person, record) in (0..OF_GROUP).zip(people) {
            chosen().for_each(|field| add(person, record, field));
        }
        for row in rows.iter().filter(|row| matches!(row.kind, Kind::DOCUMENT | Kind::NEED)) {
            chosen().for_each(|field| add(0, row, field));
        }
        if let Some(group) = group {
            chosen().for_each(|field| add(OF_GROUP, group, field));
        }
        Shared { items }
    }

    /// The fields that it holds.
    #[must_use]
    pub fn fields(&self) -> BTreeSet<Field> {
        self.items.iter().map(|item| item.field).collect()
    }

    /// Values of a field of one person.
    pub fn values(&self, person: u8, field: Field) -> impl Iterator<Item = &Value> {
        self.items
            .iter()
            .filter(move |item| (item.person, item.field) == (person, field))
            .map(|item| &item.value)
    }

    /// The text of a field of one person, the first where there are several; empty for none.
    #[must_use]
    pub fn text(&self, person: u8, field: Field) -> &str {
        self.values(person, field).find_map(Value::as_text).unwrap_or_default()
    }

    /// Whether it holds nothing that may not be shared, and not too much.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), SharedFault> {
        if let Some(item) = self.items.iter().find(|item| !SHAREABLE.contains(&item.field)) {
            return Err(SharedFault::NotShareable(item.field));
        }
        if self.items.len() > MOST.0 { Err(SharedFault::TooMuch) } else { Ok(()) }
    }

    /// The text form: base64url of its CBOR.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Writing to memory cannot fail.
        Base64UrlUnpadded::encode_string(&minicbor::to_vec(self).unwrap_or_default())
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`SharedFault`].
    pub fn from_text(text: &str) -> Result<Shared, SharedFault> {
        if text.is_empty() {
            return Err(SharedFault::Malformed);
        }
        if text.len() > MOST.1 {
            return Err(SharedFault::TooMuch);
        }
        let bytes = Base64UrlUnpadded::decode_vec(text).map_err(|_| SharedFault::Malformed)?;
        let shared: Shared = minicbor::decode(&bytes).map_err(|_| SharedFault::Malformed)?;
        shared.check()?;
        Ok(shared)
    }
}
