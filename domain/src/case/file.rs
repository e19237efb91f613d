//! A registration as it would read if everything typed were stated now: what rules look at.

use crate::date::{PartialDate, Precision};
use crate::field::{Field, Kind};
use crate::id::RecordId;
use crate::individual::FOCAL_POINT;
use crate::name;
use crate::record::Record;
use crate::search_key;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use time::Date;

/// One record as it would read. Fields with nothing in them are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The record.
    pub record: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// What it hangs on.
    pub owner: Option<RecordId>,
    /// Not recorded before.
    pub is_new: bool,
    /// What it says. Where recorded values are in conflict, the newest.
    pub values: BTreeMap<Field, Value>,
    /// Fields with several recorded values between which nobody has decided, in this draft neither.
    pub conflicts: BTreeSet<Field>,
}

impl Subject {
    /// A record of which nothing is said.
    #[must_use]
    pub fn new(record: RecordId, kind: Kind, owner: Option<RecordId>) -> Subject {
        Subject { record, kind, owner, is_new: true, values: BTreeMap::new(), conflicts: BTreeSet::new() }
    }

    /// A record as it stands.
    #[must_use]
    pub fn of(record: &Record) -> Subject {
        let mut subject = Subject::new(record.id, record.kind, None);
        subject.is_new = false;
        subject.conflicts = record.conflicts().into_iter().collect();
        for field in record.fields() {
            if let Some(value) = record.shown(field) {
                subject.values.insert(field, value.clone());
            }
            // What two people confirmed without seeing each other holds of both.
            if matches!(field, Field::CONFIRMED | Field::GROUP_CONFIRMED) {
                let stated = record.stated(field).filter_map(|stated| stated.value.as_codes()).flatten();
                let codes: BTreeSet<String> = stated.cloned().collect();
                subject.values.insert(field, Value::Codes(codes.into_iter().collect()));
            }
        }
        subject.owner = record.kind.owner_field().and_then(|field| subject.reference(field));
        subject
    }

    /// What a field says.
    #[must_use]
    pub fn value(&self, field: Field) -> Option<&Value> {
        self.values.get(&field).filter(|value| **value != Value::Nothing)
    }

    /// Text or a code; empty where there is none.
    #[must_use]
    pub fn text(&self, field: Field) -> &str {
        self.value(field).and_then(Value::as_text).unwrap_or_default()
    }

    /// Whether a field holds this very code.
    #[must_use]
    pub fn says(&self, field: Field, code: &str) -> bool {
        self.text(field) == code
    }

    /// Codes; empty where there are none.
    #[must_use]
    pub fn codes(&self, field: Field) -> &[String] {
        self.value(field).and_then(Value::as_codes).unwrap_or_default()
    }

    /// Yes or no, where answered.
    #[must_use]
    pub fn flag(&self, field: Field) -> Option<bool> {
        self.value(field).and_then(Value::as_flag)
    }

    /// A whole number.
    #[must_use]
    pub fn int(&self, field: Field) -> Option<i64> {
        if let Some(Value::Int(number)) = self.value(field) { Some(*number) } else { None }
    }

    /// A date.
    #[must_use]
    pub fn date(&self, field: Field) -> Option<PartialDate> {
        PartialDate::from_text(self.text(field))
    }

    /// Another record.
    #[must_use]
    pub fn reference(&self, field: Field) -> Option<RecordId> {
        self.value(field).and_then(Value::as_ref)
    }

    /// The date of birth, or the middle of the year that a stated age gives.
    #[must_use]
    pub fn born(&self, today: Date) -> Option<PartialDate> {
        self.date(Field::DATE_OF_BIRTH).or_else(|| {
            let age = u16::try_from(self.int(Field::AGE_STATED)?).ok()?;
            PartialDate::from_age(age, today)
        })
    }

    /// Age in completed years, as well as it is known.
    #[must_use]
    pub fn age(&self, today: Date) -> Option<u16> {
        self.born(today)?.age_on(today)
    }

    /// Under 18, or within a year of 18 without an exact date (rule DOB07: the benefit of the doubt). Somebody whose
    /// age is not known at all is not counted as a child.
    #[must_use]
    pub fn is_child(&self, today: Date) -> bool {
        let Some(born) = self.born(today) else { return false };
        let Some(age) = born.age_on(today) else { return false };
        let exact = born.precision() == Precision::Exact;
        age < 18 || !exact && age <= 18
    }

    /// The name to show; empty when there is none.
    #[must_use]
    pub fn display_name(&self) -> String {
        let [given, first, second] =
            [Field::GIVEN_NAMES, Field::SURNAME1, Field::SURNAME2].map(|field| self.text(field));
        name::display_name(given, first, second)
    }

    /// What the name is found by; empty when there is none.
    #[must_use]
    pub fn name_key(&self) -> String {
        search_key::key(&self.display_name())
    }

    /// Nothing is said of it but what it hangs on: it was taken away.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        let owner = self.kind.owner_field();
        !self.values.iter().any(|(field, value)| Some(*field) != owner && *value != Value::Nothing)
    }
}

/// A group, its people and what hangs on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFile {
    /// The group.
    pub group: Subject,
    /// Its people, in the order they were added.
    pub people: Vec<Subject>,
    /// Papers, needs, consents and all else.
    pub rows: Vec<Subject>,
}

impl CaseFile {
    /// Who speaks for the group, where it is one of its people.
    #[must_use]
    pub fn focal(&self) -> Option<RecordId> {
        let focal = self.group.reference(Field::FOCAL_POINT)?;
        self.person(focal).map(|person| person.record)
    }

    /// The person who speaks for the group.
    #[must_use]
    pub fn focal_person(&self) -> Option<&Subject> {
        self.person(self.focal()?)
    }

    /// One of its people.
    #[must_use]
    pub fn person(&self, id: RecordId) -> Option<&Subject> {
        self.people.iter().find(|person| person.record == id)
    }

    /// What of a kind hangs on somebody, or on the group.
    pub fn rows_of(&self, owner: RecordId, kind: Kind) -> impl Iterator<Item = &Subject> {
        self.rows.iter().filter(move |row| row.owner == Some(owner) && row.kind == kind && !row.is_removed())
    }

    /// All of a kind in this group.
    pub fn rows_of_kind(&self, kind: Kind) -> impl Iterator<Item = &Subject> {
        self.rows.iter().filter(move |row| row.kind == kind && !row.is_removed())
    }

    /// Everything, the group first.
    pub fn all(&self) -> impl Iterator<Item = &Subject> {
        core::iter::once(&self.group)
            .chain(&self.people)
            .chain(self.rows.iter().filter(|row| !row.is_removed()))
    }

    /// The relationship of a person to the focal point, as a code; the focal point's own code for themselves.
    #[must_use]
    pub fn relationship<'a>(&'a self, person: &'a Subject) -> &'a str {
        if self.focal() == Some(person.record) { FOCAL_POINT } else { person.text(Field::RELATIONSHIP) }
    }

    /// Whether there is an adult in the group. People of unknown age count.
    #[must_use]
    pub fn has_adult(&self, today: Date) -> bool {
        self.people.iter().any(|person| !person.is_child(today))
    }
}
