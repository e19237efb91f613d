//! Of whom a field is asked: a few words in a table, such as `sex=F age>=10 age<=55`.

use crate::case::{CaseFile, Subject};
use crate::field::Field;
use crate::value::Value;
use time::Date;

/// All of its terms must hold. Without terms it always does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition(Vec<Term>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    /// `child`: under 18, or near 18 without an exact date. Not known counts as no child.
    Child,
    /// `adult`: not a child. Not known counts as an adult.
    Adult,
    /// `age>=10`: in completed years. Not known holds.
    AgeFrom(u16),
    /// `age<=55`.
    AgeTo(u16),
    /// `focal`: speaks for the group.
    Focal,
    /// `!focal`.
    NotFocal,
    /// `sex=F|X`: a field has one of these values.
    Is(Field, Vec<String>),
    /// `sex!=M`: a field has none of these values.
    IsNot(Field, Vec<String>),
    /// `filled:photo`.
    Filled(Field),
    /// `empty:photo`.
    Empty(Field),
}

impl Condition {
    /// Reads a condition; `None` where a word is not understood.
    #[must_use]
    pub fn parse(text: &str) -> Option<Condition> {
        text.split_whitespace().map(term).collect::<Option<Vec<_>>>().map(Condition)
    }

    /// Whether it holds of somebody or something.
    #[must_use]
    pub fn holds(&self, subject: &Subject, file: &CaseFile, today: Date) -> bool {
        // A row is asked about as its person is: «child» of a consent is whether the person is one.
        let person = subject.owner.and_then(|owner| file.person(owner)).unwrap_or(subject);
        self.0.iter().all(|term| match term {
            Term::Child => person.is_child(today),
            Term::Adult => !person.is_child(today),
            Term::AgeFrom(age) => person.age(today).is_none_or(|is| is >= *age),
            Term::AgeTo(age) => person.age(today).is_none_or(|is| is <= *age),
            Term::Focal => file.focal() == Some(person.record),
            Term::NotFocal => file.focal() != Some(person.record),
            Term::Is(field, codes) => says(subject, *field, codes),
            Term::IsNot(field, codes) => !says(subject, *field, codes),
            Term::Filled(field) => subject.value(*field).is_some(),
            Term::Empty(field) => subject.value(*field).is_none(),
        })
    }
}

fn says(subject: &Subject, field: Field, codes: &[String]) -> bool {
    match subject.value(field) {
        Some(Value::Text(text)) => codes.contains(text),
        Some(Value::Flag(flag)) => codes.iter().any(|code| code == if *flag { "yes" } else { "no" }),
        Some(Value::Codes(held)) => held.iter().any(|code| codes.contains(code)),
        _ => false,
    }
}

fn term(word: &str) -> Option<Term> {
    let field = |key: &str| Field::from_key(key);
    let codes = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
    Some(match word {
        "child" => Term::Child,
        "adult" => Term::Adult,
        "focal" => Term::Focal,
        "!focal" => Term::NotFocal,
        _ => {
            if let Some(age) = word.strip_prefix("age>=") {
                Term::AgeFrom(age.parse().ok()?)
            } else if let Some(age) = word.strip_prefix("age<=") {
                Term::AgeTo(age.parse().ok()?)
            } else if let Some(key) = word.strip_prefix("filled:") {
                Term::Filled(field(key)?)
            } else if let Some(key) = word.strip_prefix("empty:") {
                Term::Empty(field(key)?)
            } else if let Some((key, values)) = word.split_once("!=") {
                Term::IsNot(field(key)?, codes(values))
            } else {
                let (key, values) = word.split_once('=')?;
                Term::Is(field(key)?, codes(values))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::trial::{TODAY, Trial};

    #[test]
    fn conditions_hold_of_whom_they_say() {
        for (text, case, wanted) in [
            ("", "p", true),
            ("child", "p dob=2010-05-05", true),
            ("child", "p dob=2008", true),
            ("child", "p dob=2008-03-02", false),
            ("child", "p", false),
            ("adult", "p", true),
            ("adult", "p age_stated=17", false),
            ("age>=10", "p age_stated=10", true),
            ("age>=10", "p age_stated=9", false),
            ("age>=10", "p", true),
            ("age<=55", "p dob=1970-03-03", true),
            ("age<=55", "p dob=1970-03-02", false),
            ("age>=10 age<=55 sex=F", "p age_stated=30 sex=F", true),
            ("age>=10 age<=55 sex=F", "p age_stated=30 sex=M", false),
            ("focal", "p", true),
            ("focal", "g focal_point=p2; p; p", false),
            ("!focal", "g focal_point=p2; p; p", true),
            ("sex=F|X", "p sex=X", true),
            ("sex=F|X", "p", false),
            ("sex!=M", "p", true),
            ("sex!=M", "p sex=M", false),
            ("one_name=yes", "p one_name=yes", true),
            ("one_name=no", "p", false),
            ("one_name!=yes", "p one_name=no", true),
            ("nationality=VEN", "p nationality=COL|VEN", true),
            ("nationality!=XXA", "p nationality=COL|VEN", true),
            ("filled:phone", "p phone=1", true),
            ("filled:phone", "p", false),
            ("empty:phone", "p", true),
        ] {
            let trial = Trial::new(case);
            let condition = Condition::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(condition.holds(&trial.file.people[0], &trial.file, TODAY), wanted, "{text}: {case}");
        }
    }

    #[test]
    fn words_that_are_not_understood_are_not_guessed() {
        for text in [
            "kid",
            "age>10",
            "age>=ten",
            "age<=",
            "sexo=F",
            "filled:nothing",
            "empty:",
            "=",
            "!child",
            "age>=-1",
        ] {
            assert_eq!(Condition::parse(text), None, "{text}");
        }
        assert_eq!(Condition::parse("  "), Some(Condition::default()));
    }
}
