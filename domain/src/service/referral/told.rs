//! What is told of somebody of whom no record is held: at a border post, or at a desk that refers on. A few answers, no
//! story; they stand in the referral alone.

use super::{Item, OF_GROUP, ReferralFault, Shared};
use crate::date::PartialDate;
use crate::field::Field;
use crate::phone::Phone;
use crate::value::Value;
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;
use time::Date;

/// Oldest age that is read as one; larger numbers are years.
const OLDEST: u16 = 120;
/// Most people who travel together.
const MOST: i64 = 500;

/// The answers, as typed and chosen. Codes are those of the tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Told {
    /// Given names, or the whole name.
    #[n(0)]
    pub given: String,
    /// Surname.
    #[n(1)]
    pub surname: String,
    /// List `sex`.
    #[n(2)]
    pub sex: String,
    /// Age, or year of birth.
    #[n(3)]
    pub born: String,
    /// `countries.csv`.
    #[n(4)]
    pub nationality: String,
    /// `languages.csv`.
    #[n(5)]
    pub language: String,
    /// As typed.
    #[n(6)]
    pub phone: String,
    /// How many people travel together, with this one.
    #[n(7)]
    pub people: String,
    /// How many of them are children.
    #[n(8)]
    pub children: String,
    /// `specific_needs.csv`: what somebody sees or is told without asking.
    #[n(9)]
    pub needs: BTreeSet<String>,
    /// `sites.csv`: where they are.
    #[n(10)]
    pub site: String,
    /// Where exactly, in words.
    #[n(11)]
    pub place: String,
}

impl Told {
    /// What is shared, in the order in which it is shown. Answers that were left out say nothing.
    ///
    /// # Errors
    /// Everything that cannot be read.
    pub fn shared(&self, today: Date) -> Result<Shared, Vec<ReferralFault>> {
        let mut faults = Vec::new();
        let mut items = Vec::new();
        let mut add = |person: u8, field: Field, value: Option<Value>| {
            items.extend(value.map(|value| Item { person, field, value }));
        };
        let text = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(Value::text);
        if self.given.trim().is_empty() && self.surname.trim().is_empty() {
            faults.push(ReferralFault::NoName);
        }
        add(0, Field::GIVEN_NAMES, text(&self.given));
        add(0, Field::SURNAME1, text(&self.surname));
        match self.date_of_birth(today) {
            Ok(born) => add(0, Field::DATE_OF_BIRTH, born.map(PartialDate::to_value)),
            Err(fault) => faults.push(fault),
        }
        add(0, Field::SEX, text(&self.sex));
        let nationality = Some(self.nationality.clone()).filter(|code| !code.is_empty());
        add(0, Field::NATIONALITY, nationality.map(|code| Value::Codes(vec![code])));
        // A number is kept whatever it is, as in the registration.
        add(0, Field::PHONE, text(&Phone::keep(&self.phone).0));
        add(0, Field::LANG_MAIN, text(&self.language));
        for need in &self.needs {
            add(0, Field::NEED_CODE, text(need));
        }
        add(OF_GROUP, Field::ADDRESS, text(&self.place));
        add(OF_GROUP, Field::SITE, text(&self.site));
        match (number(&self.people, 1), number(&self.children, 0)) {
            (Ok(people), Ok(children)) if children.unwrap_or(0) <= people.unwrap_or(MOST) => {
                add(OF_GROUP, Field::SIZE, people.map(Value::Int));
                add(OF_GROUP, Field::COUNT_CHILDREN, children.map(Value::Int));
            }
            _ => faults.push(ReferralFault::People),
        }
        if faults.is_empty() { Ok(Shared { items }) } else { Err(faults) }
    }

    /// Age or year of birth; `None` where nothing was typed.
    fn date_of_birth(&self, today: Date) -> Result<Option<PartialDate>, ReferralFault> {
        let typed = self.born.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        let number: u16 = typed.parse().map_err(|_| ReferralFault::Born)?;
        let born = if number <= OLDEST {
            PartialDate::from_age(number, today)
        } else {
            let year = i32::from(number);
            let lived = (today.year() - i32::from(OLDEST)..=today.year()).contains(&year);
            PartialDate::year_only(year).filter(|_| lived)
        };
        born.map(Some).ok_or(ReferralFault::Born)
    }

    /// Reads what was kept back into the form.
    #[must_use]
    pub fn of(shared: &Shared) -> Told {
        let text = |person, field| shared.text(person, field).to_owned();
        let int = |field| {
            let value = shared.values(OF_GROUP, field).next();
            if let Some(Value::Int(number)) = value { number.to_string() } else { String::new() }
        };
        let born = PartialDate::from_text(shared.text(0, Field::DATE_OF_BIRTH));
        let nationality = shared.values(0, Field::NATIONALITY).find_map(Value::as_codes);
        Told {
            given: text(0, Field::GIVEN_NAMES),
            surname: text(0, Field::SURNAME1),
            sex: text(0, Field::SEX),
            born: born.map(|born| born.year().to_string()).unwrap_or_default(),
            nationality: nationality.and_then(|codes| codes.first().cloned()).unwrap_or_default(),
            language: text(0, Field::LANG_MAIN),
            phone: text(0, Field::PHONE),
            people: int(Field::SIZE),
            children: int(Field::COUNT_CHILDREN),
            needs: shared
                .values(0, Field::NEED_CODE)
                .filter_map(|it| it.as_text().map(str::to_owned))
                .collect(),
            site: text(OF_GROUP, Field::SITE),
            place: text(OF_GROUP, Field::ADDRESS),
        }
    }
}

/// A number of people; `None` where nothing was typed.
fn number(typed: &str, least: i64) -> Result<Option<i64>, ()> {
    match typed.trim() {
        "" => Ok(None),
        typed => typed.parse().ok().filter(|it| (least..=MOST).contains(it)).map(Some).ok_or(()),
    }
}
