//! A registration as it would read if everything typed were stated now: what rules look at.

use crate::conflict;
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

/// What a name is shown from.
const NAMES: [Field; 3] = [Field::GIVEN_NAMES, Field::SURNAME1, Field::SURNAME2];
/// Most names of one person that are compared.
const MOST_NAMES: usize = 12;

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
    /// What it says. Where recorded values are in conflict, the newest; nothing where only a person may choose between
    /// them: then [`Self::sides`] has them all.
    pub values: BTreeMap<Field, Value>,
    /// Every recorded value of a field between which only a person may choose, and nobody has, in this draft neither.
    pub sides: BTreeMap<Field, Vec<Value>>,
    /// Fields with several recorded values between which nobody has decided, in this draft neither.
    pub conflicts: BTreeSet<Field>,
}

impl Subject {
    /// A record of which nothing is said.
    #[must_use]
    pub fn new(record: RecordId, kind: Kind, owner: Option<RecordId>) -> Subject {
        let (values, sides, conflicts) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Subject { record, kind, owner, is_new: true, values, sides, conflicts }
    }

    /// A record as it stands.
    #[must_use]
    pub fn of(record: &Record) -> Subject {
        let mut subject = Subject::new(record.id, record.kind, None);
        subject.is_new = false;
        subject.conflicts = record.conflicts().into_iter().collect();
        for field in record.fields() {
            if conflict::is_open(record, field) {
                subject.sides.insert(field, record.values(field).into_iter().cloned().collect());
            } else if let Some(value) = record.shown(field) {
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

    /// Nobody chose between its values, or they did in this draft.
    pub(crate) fn settle(&mut self, field: Field) {
        self.conflicts.remove(&field);
        self.sides.remove(&field);
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
    /// age is not known at all is not counted as a child; of several births in conflict one of a child is enough.
    #[must_use]
    pub fn is_child(&self, today: Date) -> bool {
        let one = |born: PartialDate| {
            let exact = born.precision() == Precision::Exact;
            born.age_on(today).is_some_and(|age| age < 18 || !exact && age <= 18)
        };
        let several = self.sides.get(&Field::DATE_OF_BIRTH).into_iter().flatten();
        let mut several = several.filter_map(Value::as_text).filter_map(PartialDate::from_text).peekable();
        if several.peek().is_some() { several.any(one) } else { self.born(today).is_some_and(one) }
    }

    /// The name to show; every one that stands where nobody has chosen, empty when there is none.
    #[must_use]
    pub fn display_name(&self) -> String {
        let part = |field: Field| {
            let sides = self.sides.get(&field).into_iter().flatten().filter_map(Value::as_text);
            let mut sides: Vec<&str> = sides.collect();
            sides.sort_unstable();
            if sides.is_empty() { self.text(field).to_owned() } else { sides.join(conflict::BETWEEN) }
        };
        let [given, first, second] = NAMES.map(part);
        name::display_name(&given, &first, &second)
    }

    /// The name, where it is one: to be written down somewhere else. Empty where it is in conflict.
    #[must_use]
    pub fn settled_name(&self) -> String {
        if NAMES.iter().any(|field| self.sides.contains_key(field)) {
            String::new()
        } else {
            self.display_name()
        }
    }

    /// Every name that they may have: one, but for names in conflict. To be compared with others.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<[String; 3]> = vec![[const { String::new() }; 3]];
        for (place, field) in NAMES.into_iter().enumerate() {
            let sides: Vec<&str> = match self.sides.get(&field) {
                Some(sides) => sides.iter().map(|side| side.as_text().unwrap_or_default()).collect(),
                None => vec![self.text(field)],
            };
            let with = |name: &[String; 3], side: &str| {
                let mut name = name.clone();
                name.iter_mut().skip(place).take(1).for_each(|part| side.clone_into(part));
                name
            };
            names = names.iter().flat_map(|name| sides.iter().map(move |side| with(name, side))).collect();
            names.truncate(MOST_NAMES);
        }
        let names = names.iter().map(|[given, first, second]| name::display_name(given, first, second));
        names.filter(|name| !name.is_empty()).collect()
    }

    /// What the name is found by; as many as there are names, and none when there is none.
    #[must_use]
    pub fn name_keys(&self) -> BTreeSet<String> {
        self.names().iter().map(|name| search_key::key(name)).filter(|key| !key.is_empty()).collect()
    }

    /// Nothing is said of it but what it hangs on: it was taken away.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        let owner = self.kind.owner_field();
        // What one took away and another worked on is there until somebody decides.
        let says = |(field, value): (&Field, &Value)| Some(*field) != owner && *value != Value::Nothing;
        self.sides.is_empty() && !self.values.iter().any(says)
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
