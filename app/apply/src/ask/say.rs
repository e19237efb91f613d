//! Answers and faults in words.

use super::answers;
use super::flow::{self, Lack};
use crate::choices::Choices;
use crate::words::{Key, Words};
use domain::application::{Application, Part};
use domain::{DateFault, Field, PartialDate, Precision};
use time::Month;

/// What is wrong with an answer, and what to do.
#[must_use]
pub fn lack(words: Words, lack: Lack) -> String {
    words.get(match lack.fault {
        Some(DateFault::NoSuchDay) => Key::AskFaultDay,
        Some(DateFault::MonthMissing) => Key::AskFaultMonthMissing,
        Some(DateFault::MonthOutOfRange) => Key::AskFaultMonth,
        Some(DateFault::YearMissing) => Key::AskFaultYearMissing,
        Some(DateFault::NotANumber(_)) => Key::AskFaultNumber,
        Some(DateFault::InTheFuture) => Key::AskFaultFuture,
        Some(DateFault::TooOld) => Key::AskFaultOld,
        Some(DateFault::AgeOutOfRange) => Key::AskFaultAge,
        None => needed(lack.field),
    })
}

fn needed(field: Field) -> Key {
    match field {
        Field::GIVEN_NAMES => Key::AskNeedGiven,
        Field::SURNAME1 => Key::AskNeedSurname,
        Field::DATE_OF_BIRTH => Key::AskNeedBirth,
        Field::ARRIVAL_DATE => Key::AskNeedArrival,
        Field::LANG_MAIN | Field::LANG_INTERVIEW => Key::AskNeedLanguage,
        Field::PROVINCE => Key::AskNeedProvince,
        Field::SITE => Key::AskNeedOffice,
        Field::CONSENT_DECISION => Key::AskNeedYesNo,
        _ => Key::AskNeedChoice,
    }
}

/// The same away from its page: with whom and what it is about, where the sentence alone does not say.
#[must_use]
pub fn lack_of(words: Words, application: &Application, lack: Lack) -> String {
    let people = application.people().count();
    let whose =
        lack.step.person().or((lack.field == Field::LANG_MAIN).then_some(lack.nth)).filter(|_| people > 1);
    let what = match lack.field {
        Field::RELATIONSHIP => Some(Key::AskRowRelation),
        Field::SEX => Some(Key::AskRowSex),
        Field::NATIONALITY => Some(Key::AskRowNationality),
        Field::RESPONSIBLE_ADULT => Some(Key::AskRowCarer),
        Field::LANG_MAIN => Some(Key::AskRowLanguage),
        Field::LANG_INTERVIEW => Some(Key::AskRowInterview),
        Field::CONSENT_DECISION => Some(Key::AskRowRegister),
        _ => lack.fault.map(|_| if lack.nth == 0 { Key::AskRowArrival } else { Key::AskRowBirth }),
    };
    let whose = whose.map(|nth| name(words, application, nth));
    let parts = whose.into_iter().chain(what.map(|key| words.get(key)));
    let parts: Vec<String> = parts.chain(std::iter::once(self::lack(words, lack))).collect();
    parts.join(": ")
}

/// The name of a person; while there is none, «Usted» or their place in the family.
#[must_use]
pub fn name(words: Words, application: &Application, nth: u8) -> String {
    let name = application.part(nth).map(answers::name_of).unwrap_or_default();
    if !name.is_empty() {
        return name;
    }
    if nth == flow::FIRST {
        return words.get(Key::AskYou);
    }
    let place = application.people().position(|part| part.nth == nth).map_or(0, |place| place + 1);
    words.with(Key::AskPerson, &[("n", &place.to_string())])
}

/// A date as far as it is known: `12 mar 1990`, `mar 1990`, `1990`; an age is «aprox.».
#[must_use]
pub fn date(words: Words, known: PartialDate, today: time::Date) -> String {
    let year = known.year().to_string();
    match (known.precision(), known.day_known(), known.month_known()) {
        (_, Some(day), _) => format!("{} {} {year}", day.day(), month(words, day.month())),
        (_, None, Some(known)) => format!("{} {year}", month(words, known)),
        (Precision::Age | Precision::Estimate, ..) => {
            words.count(Key::AskAboutAge, u64::from(known.age_on(today).unwrap_or_default()))
        }
        _ => year,
    }
}

fn month(words: Words, month: Month) -> String {
    let months = words.get(Key::AskMonths);
    months.split(' ').nth(usize::from(u8::from(month)) - 1).unwrap_or_default().to_owned()
}

/// A date that a part holds; empty where it holds none.
#[must_use]
pub fn date_of(words: Words, part: &Part, field: Field, today: time::Date) -> String {
    let known = PartialDate::from_text(answers::text(part, field));
    known.map(|known| date(words, known, today)).unwrap_or_default()
}

/// What people read for a code that a part holds; empty where it holds none.
#[must_use]
pub fn code(choices: &Choices, table: &str, part: &Part, field: Field) -> String {
    match answers::text(part, field) {
        "" => String::new(),
        code => choices.label(table, code),
    }
}
