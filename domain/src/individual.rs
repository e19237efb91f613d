//! One person, as recorded.

use crate::conflict::every_text;
use crate::date::PartialDate;
use crate::field::Field;
use crate::id::RecordId;
use crate::name;
use crate::record::Record;
use crate::value::Value;

/// Most nationalities of one person.
pub const MAX_NATIONALITIES: usize = 3;
/// Code of list `relationship` for the focal point itself.
pub const FOCAL_POINT: &str = "FP";

/// A person as a record tells them, for lists and pages; never for deciding: [`Record::conflicts`] says where somebody
/// must look. Where several names stand, each of them is shown; of several births, none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Individual {
    /// Their record.
    pub id: RecordId,
    /// Code of list `relationship`.
    pub relationship: Option<String>,
    /// Given names; every one that stands, see [`every_text`].
    pub given_names: Option<String>,
    /// First surname, or the one name.
    pub surname1: Option<String>,
    /// Second surname.
    pub surname2: Option<String>,
    /// Date of birth.
    pub born: Option<PartialDate>,
    /// Codes of `countries.csv`.
    pub nationality: Vec<String>,
}

impl Individual {
    /// Reads a record. What it does not say, or says in a form of another version, is left out.
    #[must_use]
    pub fn from_record(record: &Record) -> Self {
        let text = |field| record.shown(field).and_then(Value::as_text);
        let owned = |field| every_text(record, field);
        let nationality = record.shown(Field::NATIONALITY).and_then(Value::as_codes);
        Self {
            id: record.id,
            relationship: owned(Field::RELATIONSHIP),
            given_names: owned(Field::GIVEN_NAMES),
            surname1: owned(Field::SURNAME1),
            surname2: owned(Field::SURNAME2),
            born: text(Field::DATE_OF_BIRTH).and_then(PartialDate::from_text),
            nationality: nationality.map(<[String]>::to_vec).unwrap_or_default(),
        }
    }

    /// The name to show, as typed.
    #[must_use]
    pub fn display_name(&self) -> String {
        fn part(text: &Option<String>) -> &str {
            text.as_deref().unwrap_or_default()
        }
        name::display_name(part(&self.given_names), part(&self.surname1), part(&self.surname2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;
    use crate::field::Kind;
    use crate::id::{EnrolmentId, EntryId, UserId};
    use proptest::prelude::*;

    const PERSON: RecordId = RecordId([1; 16]);

    fn stated(wanted: impl IntoIterator<Item = (Field, Value)>) -> Record {
        let mut record = Record::new(PERSON, Kind::INDIVIDUAL);
        let changes = record.change(wanted).into_iter().collect();
        let (id, author, enrolment) = (EntryId([2; 16]), UserId([9; 16]), EnrolmentId([8; 16]));
        record.apply(&Entry { id, author, enrolment, at: 1, changes });
        record
    }

    #[test]
    fn what_another_version_wrote_is_left_out() {
        let record = stated([
            (Field::SURNAME1, Value::text("Núñez")),
            (Field::SURNAME2, Value::Unknown(vec![0xc1])),
            (Field::GIVEN_NAMES, Value::Flag(true)),
            (Field::DATE_OF_BIRTH, Value::text("1991 spring")),
            (Field::NATIONALITY, Value::text("VEN")),
        ]);
        let person = Individual::from_record(&record);
        assert_eq!(
            (person.display_name().as_str(), person.born, person.nationality),
            ("Núñez", None, vec![])
        );
    }

    proptest! {
        #[test]
        fn a_person_stated_is_read_back_field_by_field(
            texts in proptest::collection::vec(proptest::option::of("\\PC{1,12}"), 4),
            year in proptest::option::of(1900..2027i32),
            nationality in proptest::collection::vec("[A-Z]{3}", 0..4),
        ) {
            let [relationship, given_names, surname1, surname2] = texts.try_into().unwrap();
            let born = year.and_then(PartialDate::year_only);
            let person = Individual {
                id: PERSON, relationship, given_names, surname1, surname2, born, nationality: nationality.clone(),
            };
            let text = |text: &Option<String>| text.clone().map_or(Value::Nothing, Value::Text);
            let record = stated([
                (Field::RELATIONSHIP, text(&person.relationship)),
                (Field::GIVEN_NAMES, text(&person.given_names)),
                (Field::SURNAME1, text(&person.surname1)),
                (Field::SURNAME2, text(&person.surname2)),
                (Field::DATE_OF_BIRTH, born.map_or(Value::Nothing, PartialDate::to_value)),
                (Field::NATIONALITY, Value::Codes(nationality)),
            ]);
            prop_assert_eq!(Individual::from_record(&record), person);
        }
    }
}
