//! What a check found: which input, what is wrong with it, and whether it keeps the form from being finished.

use crate::date::DateFault;
use crate::field::Field;
use crate::name::NameFault;
use crate::phone::PhoneFault;
use core::fmt::Write as _;

/// How much a problem weighs. None of them ever keeps what was typed from being saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Must be mended before the form can be finished.
    Error,
    /// A question; the answer may be that all is well.
    Warning,
    /// Good to know.
    Info,
}

/// Everything a form can show beside an input. For logs and tests; the app has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Fault {
    /// A part of a name.
    #[error(transparent)]
    Name(#[from] NameFault),
    /// «One name only» is ticked and several are typed.
    #[error("one name only, and several are typed")]
    OneNameButSeveral,
    /// A date; the field says which.
    #[error(transparent)]
    Date(#[from] DateFault),
    /// An age over 100 (DOB03).
    #[error("over 100 years old")]
    OverAHundred,
    /// An age near 18 without an exact date: treated as a child until shown otherwise (DOB07).
    #[error("near 18 and no exact date")]
    NearEighteen,
    /// The arrival lies before the birth (ARR02). Only a question here: a child may be born in the country of asylum.
    #[error("arrived before birth")]
    ArrivedBeforeBirth,
    /// Sex is not stated; «unknown» is a statement.
    #[error("the sex is missing")]
    SexMissing,
    /// A member other than the focal point without a relationship to it (FOC02 among others).
    #[error("the relationship is missing")]
    RelationshipMissing,
    /// Nobody speaks for the group (FOC01).
    #[error("the group has no focal point")]
    FocalPointMissing,
    /// More than three.
    #[error("more than three nationalities")]
    TooManyNationalities,
    /// A phone number (PHO01).
    #[error(transparent)]
    Phone(#[from] PhoneFault),
    /// A paper's number without its type.
    #[error("the type of document is missing")]
    DocumentTypeMissing,
    /// «No document» together with a document (DOC05).
    #[error("no document, and a document")]
    NoDocumentAndADocument,
    /// The same paper twice in this group (DOC04).
    #[error("the same document twice")]
    SameDocumentTwice,
    /// Same name and same birth as an earlier member (NAM06).
    #[error("the same person twice")]
    SamePersonTwice,
    /// Free text longer than [`crate::case::Typed`] takes.
    #[error("the text is too long")]
    TextTooLong,
    /// More answers than one field holds.
    #[error("too many answers")]
    TooMany,
    /// Something else than a whole number, or one beyond all sense.
    #[error("not a number")]
    NotANumber,
    /// Something else than an amount of money with at most two decimals.
    #[error("not an amount")]
    NotMoney,
    /// No day with a time.
    #[error("not a day with a time")]
    NotATime,
    /// A whole day is needed here; the month or the year alone will not do.
    #[error("the day is needed")]
    DayNeeded,
    /// The question changed its form since it was answered.
    #[error("must be asked again")]
    AskAgain,
}

impl Fault {
    /// Whether it keeps the form from being finished.
    #[must_use]
    pub fn strength(self) -> Strength {
        match self {
            Fault::Name(NameFault::Missing | NameFault::TooLong)
            | Fault::OneNameButSeveral
            | Fault::Date(_)
            | Fault::SexMissing
            | Fault::RelationshipMissing
            | Fault::FocalPointMissing
            | Fault::TooManyNationalities
            | Fault::NoDocumentAndADocument
            | Fault::TextTooLong
            | Fault::TooMany
            | Fault::NotANumber
            | Fault::NotMoney
            | Fault::NotATime
            | Fault::DayNeeded
            | Fault::AskAgain => Strength::Error,
            Fault::Name(NameFault::OddCharacters)
            | Fault::OverAHundred
            | Fault::ArrivedBeforeBirth
            | Fault::Phone(_)
            | Fault::DocumentTypeMissing
            | Fault::SameDocumentTwice
            | Fault::SamePersonTwice => Strength::Warning,
            Fault::NearEighteen => Strength::Info,
        }
    }

    /// A short name for finding the words: `fault_…` in every language file.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Fault::Name(NameFault::Missing) => "name_missing",
            Fault::Name(NameFault::TooLong) => "name_too_long",
            Fault::Name(NameFault::OddCharacters) => "name_odd_characters",
            Fault::OneNameButSeveral => "one_name_but_several",
            Fault::Date(DateFault::NoSuchDay) => "date_no_such_day",
            Fault::Date(DateFault::MonthMissing) => "date_month_missing",
            Fault::Date(DateFault::MonthOutOfRange) => "date_month_out_of_range",
            Fault::Date(DateFault::YearMissing) => "date_year_missing",
            Fault::Date(DateFault::NotANumber(_)) => "date_not_a_number",
            Fault::Date(DateFault::InTheFuture) => "date_in_the_future",
            Fault::Date(DateFault::TooOld) => "date_too_old",
            Fault::Date(DateFault::AgeOutOfRange) => "age_out_of_range",
            Fault::OverAHundred => "over_a_hundred",
            Fault::NearEighteen => "near_eighteen",
            Fault::ArrivedBeforeBirth => "arrived_before_birth",
            Fault::SexMissing => "sex_missing",
            Fault::RelationshipMissing => "relationship_missing",
            Fault::FocalPointMissing => "focal_point_missing",
            Fault::TooManyNationalities => "too_many_nationalities",
            Fault::Phone(PhoneFault::Unreadable) => "phone_unreadable",
            Fault::DocumentTypeMissing => "document_type_missing",
            Fault::NoDocumentAndADocument => "no_document_and_a_document",
            Fault::SameDocumentTwice => "same_document_twice",
            Fault::SamePersonTwice => "same_person_twice",
            Fault::TextTooLong => "text_too_long",
            Fault::TooMany => "too_many",
            Fault::NotANumber => "not_a_number",
            Fault::NotMoney => "not_money",
            Fault::NotATime => "not_a_time",
            Fault::DayNeeded => "day_needed",
            Fault::AskAgain => "ask_again",
        }
    }
}

/// Which input: a field of the group, of a member, or of one row (a document, a nationality) of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    /// Place of the member in the group; `None` for the group's own fields.
    pub member: Option<usize>,
    /// Place in a list of the member.
    pub row: Option<usize>,
    /// The field.
    pub field: Field,
}

impl At {
    /// A field of the group.
    #[must_use]
    pub fn group(field: Field) -> At {
        At { member: None, row: None, field }
    }

    /// A field of a member.
    #[must_use]
    pub fn member(member: usize, field: Field) -> At {
        At { member: Some(member), row: None, field }
    }

    /// A field in a row of a member.
    #[must_use]
    pub fn row(member: usize, row: usize, field: Field) -> At {
        At { member: Some(member), row: Some(row), field }
    }

    /// Names the input on a page, so that the error summary can link to it: `surname1-m2`, `document_number-m2-r0`.
    #[must_use]
    pub fn id(self) -> String {
        let mut id = self.field.key().map_or_else(|| format!("field-{}", self.field.0), str::to_owned);
        // Writing to memory cannot fail.
        if let Some(member) = self.member {
            let _ = write!(id, "-m{member}");
        }
        if let Some(row) = self.row {
            let _ = write!(id, "-r{row}");
        }
        id
    }
}

impl From<Field> for At {
    fn from(field: Field) -> At {
        At::group(field)
    }
}

/// One thing a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Problem {
    /// Beside which input it is shown.
    pub at: At,
    /// What it is.
    pub fault: Fault,
    /// How much it weighs.
    pub strength: Strength,
}

/// All that a check found, in the order of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    found: Vec<Problem>,
}

impl Problems {
    /// Notes a problem.
    pub fn push(&mut self, at: impl Into<At>, fault: impl Into<Fault>) {
        let fault = fault.into();
        self.found.push(Problem { at: at.into(), fault, strength: fault.strength() });
    }

    /// Lets a good value through and notes the fault of a bad one.
    pub fn sift<T>(&mut self, at: impl Into<At>, outcome: Result<T, impl Into<Fault>>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(fault) => {
                self.push(at, fault);
                None
            }
        }
    }

    /// The weightiest problem of an input.
    #[must_use]
    pub fn of(&self, at: impl Into<At>) -> Option<Problem> {
        let at = at.into();
        self.iter().filter(|problem| problem.at == at).min_by_key(|problem| problem.strength).copied()
    }

    /// What keeps the form from being finished: the error summary.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.iter().filter(|problem| problem.strength == Strength::Error)
    }

    /// What is only asked or said.
    pub fn warnings(&self) -> impl Iterator<Item = &Problem> {
        self.iter().filter(|problem| problem.strength != Strength::Error)
    }

    /// Problems of one member, for the list of members.
    pub fn of_member(&self, member: usize) -> impl Iterator<Item = &Problem> {
        self.iter().filter(move |problem| problem.at.member == Some(member))
    }

    /// Whether anything keeps the form from being finished.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// Nothing found at all, not even a question.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Everything found, in the order of the form.
    pub fn iter(&self) -> core::slice::Iter<'_, Problem> {
        self.found.iter()
    }

    /// The details, with what is only asked or said; or everything, where something is an error.
    pub(crate) fn settle<T>(self, details: impl FnOnce(Problems) -> T) -> Result<T, Problems> {
        if self.has_errors() { Err(self) } else { Ok(details(self)) }
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = core::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weightiest_problem_of_an_input_is_shown() {
        let mut problems = Problems::default();
        let at = At::member(1, Field::SURNAME1);
        problems.push(at, NameFault::OddCharacters);
        problems.push(at, NameFault::TooLong);
        assert_eq!(problems.sift(Field::ARRIVAL_DATE, Err::<(), _>(DateFault::NoSuchDay)), None);
        assert_eq!(problems.sift(Field::ARRIVAL_DATE, Ok::<_, DateFault>(3)), Some(3));
        assert_eq!(problems.of(at).map(|problem| problem.fault), Some(Fault::Name(NameFault::TooLong)));
        assert_eq!(problems.of(Field::ARRIVAL_DATE).map(|problem| problem.strength), Some(Strength::Error));
        assert_eq!(problems.of(At::member(0, Field::SURNAME1)), None);
        assert_eq!((problems.errors().count(), problems.warnings().count()), (2, 1));
        assert_eq!(problems.of_member(1).count(), 2);
    }

    #[test]
    fn inputs_have_names_of_their_own() {
        for (at, id) in [
            (At::group(Field::SITE), "site"),
            (At::member(2, Field::SURNAME1), "surname1-m2"),
            (At::row(2, 0, Field::DOCUMENT_NUMBER), "document_number-m2-r0"),
            (At::group(Field(60_000)), "field-60000"),
        ] {
            assert_eq!(at.id(), id);
        }
    }
}
