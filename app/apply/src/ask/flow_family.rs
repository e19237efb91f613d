//! Families that tests tell of.

use super::super::answers::*;
use super::*;
use domain::{DateText, RecordId, Value};
use time::Month;

pub const TODAY: Date = match Date::from_calendar_date(2026, Month::November, 22) {
    Ok(day) => day,
    Err(_) => Date::MIN,
};
pub const READ: Read<'static> = Read { version: "2026-11", language: "spa", at: "2026-11-22T10:42" };

pub struct Family {
    pub application: Application,
    pub typed: TypedMap,
}

impl Family {
    pub fn new() -> Family {
        Family { application: Application::begin(RecordId([7; 16]), 1, "es"), typed: TypedMap::new() }
    }

    pub fn add(&mut self, child: bool) -> u8 {
        let nth = add_person(&mut self.application, &mut self.typed, child).unwrap();
        self.settle();
        nth
    }

    pub fn settle(&mut self) {
        settle(&mut self.application, &self.typed, TODAY);
    }

    pub fn text(&mut self, spot: Spot, said: &str) {
        say_text(&mut self.application, &mut self.typed, spot, said);
    }

    pub fn born(&mut self, nth: u8, year: &str) {
        self.date((nth, Field::DATE_OF_BIRTH), DateText { year: year.to_owned(), ..DateText::default() });
    }

    pub fn date(&mut self, spot: Spot, date: DateText) {
        say_date(&mut self.application, &mut self.typed, spot, date, TODAY);
        self.settle();
    }

    pub fn code(&mut self, spot: Spot, code: &str) {
        self.application.put(spot.0, spot.1, Value::text(code));
        self.settle();
    }

    /// Answers every question about a person.
    pub fn tell(&mut self, nth: u8, relation: &str, year: &str) {
        self.text((nth, Field::GIVEN_NAMES), "Ana");
        self.text((nth, Field::SURNAME1), "Pérez");
        if nth != FIRST {
            say_relation(&mut self.application, nth, relation);
        }
        self.born(nth, year);
        if text(self.application.part(nth).unwrap(), Field::SEX).is_empty() {
            self.code((nth, Field::SEX), "F");
        }
        say_code_among(&mut self.application, (nth, Field::NATIONALITY), "VEN", true, NATIONALITIES);
        self.code((nth, Field::LANG_MAIN), "spa");
        self.code((nth, Field::LANG_INTERVIEW), "spa");
    }

    /// Answers what is asked of all of them.
    pub fn finish(&mut self) {
        self.date(
            (0, Field::ARRIVAL_DATE),
            DateText { month: "3".into(), year: "2026".into(), ..DateText::default() },
        );
        self.code((0, Field::PROVINCE), "PA-8");
        self.application.site = "panama".into();
        say_consent(&mut self.application, REGISTER, true, READ);
    }

    /// A mother, her husband, a daughter and a nephew, with all answers.
    pub fn of_four() -> Family {
        let mut family = Family::new();
        let husband = family.add(false);
        let daughter = family.add(true);
        let nephew = family.add(true);
        family.tell(FIRST, "", "1990");
        family.tell(husband, "HUS", "1988");
        family.tell(daughter, "DAU", "2015");
        family.tell(nephew, "NEP", "2012");
        let husband = family.application.record_of(husband);
        say_carer(&mut family.application, &mut family.typed, nephew, Some(husband));
        family.finish();
        family
    }

    pub fn steps(&self) -> Vec<Step> {
        steps(&self.application, &self.typed, TODAY)
    }

    pub fn missing(&self) -> Vec<(Step, Field)> {
        missing(&self.application, &self.typed, TODAY)
            .into_iter()
            .map(|lack| (lack.step, lack.field))
            .collect()
    }

    pub fn after(&self, step: Step, returning: bool) -> Step {
        after(&self.application, &self.typed, TODAY, step, returning)
    }
}
