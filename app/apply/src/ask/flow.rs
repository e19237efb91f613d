//! Which questions there are, in which order, for which family; what may be skipped, and what is still missing.
//! Pure: what day it is, and what was said, are handed in.
//!
//! Nothing here asks what happened to anybody, why they left, or whether they are afraid. That belongs into a room
//! with a trained person; one yes or no says that somebody wants that room.

use super::answers::{self, TypedMap};
pub use super::step::{CHAPTERS, Step};
use domain::application::{Application, Part};
use domain::date::DateFault;
use domain::{Field, Kind};
use time::Date;

/// The questions for this family, in order, with [`Step::Check`] last. What was said decides: a child has one more,
/// who said no to the pre-registration has few left.
#[must_use]
pub fn steps(application: &Application, typed: &TypedMap, today: Date) -> Vec<Step> {
    let mut steps = vec![Step::People];
    for part in application.people() {
        let nth = part.nth;
        steps.push(Step::Name(nth));
        if nth != FIRST {
            steps.push(Step::Relation(nth));
        }
        steps.push(Step::Birth(nth));
        if answers::sex_of_relation(answers::text(part, Field::RELATIONSHIP)).is_none() {
            steps.push(Step::Sex(nth));
        }
        steps.push(Step::Nationality(nth));
        if needs_carer(application, typed, part, today)
            && !follows_from_relation(application, typed, part, today)
        {
            steps.push(Step::Carer(nth));
        }
    }
    steps.extend([Step::Languages, Step::Arrival, Step::Place, Step::Office, Step::Papers, Step::Private]);
    steps.extend([Step::Health, Step::Contact, Step::Register]);
    if answers::consent(application, answers::REGISTER) == Some(false) {
        steps.push(Step::Stop);
        return steps;
    }
    if !answers::wants_no_contact(application) {
        steps.push(Step::MayContact);
    }
    steps.extend([Step::MayPhoto, Step::Check]);
    steps
}

/// The number of the person who speaks for the family.
pub const FIRST: u8 = 1;

/// A child whose family has somebody of age to answer for it. A child who is alone is not asked for anybody: the office
/// sees that from the ages and comes first to it.
fn needs_carer(application: &Application, typed: &TypedMap, part: &Part, today: Date) -> bool {
    answers::is_child(typed, part, today) && answers::adults(application, typed, today).next().is_some()
}

/// Whether who answers for a child is plain from what was said: a son or daughter of a grown person.
fn follows_from_relation(application: &Application, typed: &TypedMap, part: &Part, today: Date) -> bool {
    let first = application.part(FIRST);
    answers::is_own_child(answers::text(part, Field::RELATIONSHIP))
        && first.is_some_and(|first| !answers::is_child(typed, first, today))
}

/// Fills in what follows from other answers: how many they are, the sex that a relation says, who answers for a son or a
/// daughter. To be called after every change. What was answered by itself is never written over.
pub fn settle(application: &mut Application, typed: &TypedMap, today: Date) {
    let people: Vec<u8> = application.people().map(|part| part.nth).collect();
    let size = i64::try_from(people.len()).unwrap_or(i64::MAX);
    application.put(0, Field::SIZE, domain::Value::Int(size));
    answers::keep_to_way(application);
    let first = application.record_of(FIRST);
    for nth in people {
        let Some(part) = application.part(nth) else { continue };
        let sex = answers::sex_of_relation(answers::text(part, Field::RELATIONSHIP))
            .filter(|_| answers::text(part, Field::SEX).is_empty());
        let carer = answers::is_child(typed, part, today)
            && follows_from_relation(application, typed, part, today)
            && !part.facts.contains_key(&Field::RESPONSIBLE_ADULT)
            && !answers::nobody_of_these(typed, nth);
        // Who turned out to be grown has nobody who answers for them.
        let grown = !answers::is_child(typed, part, today);
        if let Some(sex) = sex {
            application.put(nth, Field::SEX, domain::Value::text(sex));
        }
        if carer {
            application.put(nth, Field::RESPONSIBLE_ADULT, domain::Value::Ref(first));
        } else if grown {
            application.put(nth, Field::RESPONSIBLE_ADULT, domain::Value::Nothing);
        }
    }
}

/// An answer that is needed before anything can be sent, and is not there or cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The page that asks for it.
    pub step: Step,
    /// Of which part.
    pub nth: u8,
    /// Which answer; [`Field::SITE`] for the office.
    pub field: Field,
    /// What is wrong with a date; `None` where there is no answer.
    pub fault: Option<DateFault>,
}

/// What one step lacks.
#[must_use]
pub fn lacks(application: &Application, typed: &TypedMap, today: Date, step: Step) -> Vec<Lack> {
    let mut found = Vec::new();
    let mut lack = |nth, field, fault| found.push(Lack { step, nth, field, fault });
    let empty = |nth, field| application.part(nth).is_some_and(|part| !part.facts.contains_key(&field));
    match step {
        Step::Name(nth) => {
            let one = application.part(nth).is_some_and(answers::has_one_name);
            if !one && empty(nth, Field::GIVEN_NAMES) {
                lack(nth, Field::GIVEN_NAMES, None);
            }
            if empty(nth, Field::SURNAME1) {
                lack(nth, Field::SURNAME1, None);
            }
        }
        Step::Birth(nth) => {
            if let Some(fault) = answers::date_fault(typed, (nth, Field::DATE_OF_BIRTH), today) {
                lack(nth, Field::DATE_OF_BIRTH, Some(fault));
            } else if empty(nth, Field::DATE_OF_BIRTH) {
                lack(nth, Field::DATE_OF_BIRTH, None);
            }
        }
        Step::Arrival => {
            if let Some(fault) = answers::date_fault(typed, (0, Field::ARRIVAL_DATE), today) {
                lack(0, Field::ARRIVAL_DATE, Some(fault));
            } else if empty(0, Field::ARRIVAL_DATE) {
                lack(0, Field::ARRIVAL_DATE, None);
            }
        }
        Step::Relation(nth) if empty(nth, Field::RELATIONSHIP) => lack(nth, Field::RELATIONSHIP, None),
        Step::Sex(nth) if empty(nth, Field::SEX) => lack(nth, Field::SEX, None),
        Step::Nationality(nth) if empty(nth, Field::NATIONALITY) => lack(nth, Field::NATIONALITY, None),
        Step::Carer(nth) if empty(nth, Field::RESPONSIBLE_ADULT) && !answers::nobody_of_these(typed, nth) => {
            lack(nth, Field::RESPONSIBLE_ADULT, None);
        }
        Step::Languages => {
            // While nobody has one, the answer of the first serves all: it is asked for once.
            let none = application.people().all(|part| empty(part.nth, Field::LANG_MAIN));
            let mut mute = application
                .people()
                .filter(|it| answers::speaks(it, today) && empty(it.nth, Field::LANG_MAIN));
            if none {
                mute.next().into_iter().for_each(|_| lack(FIRST, Field::LANG_MAIN, None));
            } else {
                mute.for_each(|part| lack(part.nth, Field::LANG_MAIN, None));
            }
            // That of the interview is one for all of them.
            let asks = |part: &Part| {
                !answers::is_child(typed, part, today) && empty(part.nth, Field::LANG_INTERVIEW)
            };
            if application.people().any(asks) {
                lack(FIRST, Field::LANG_INTERVIEW, None);
            }
        }
        Step::Place if empty(0, Field::PROVINCE) => lack(0, Field::PROVINCE, None),
        Step::Office if application.site.is_empty() => lack(0, Field::SITE, None),
        Step::Register if answers::consent(application, answers::REGISTER).is_none() => {
            lack(FIRST, Field::CONSENT_DECISION, None);
        }
        _ => {}
    }
    found
}

/// All that is missing, in the order of the pages. Empty when it can be sent, but for who does not want to.
#[must_use]
pub fn missing(application: &Application, typed: &TypedMap, today: Date) -> Vec<Lack> {
    let steps = steps(application, typed, today);
    steps.into_iter().flat_map(|step| lacks(application, typed, today, step)).collect()
}

/// Whether it can be sent now.
#[must_use]
pub fn is_complete(application: &Application, typed: &TypedMap, today: Date) -> bool {
    missing(application, typed, today).is_empty()
        && answers::consent(application, answers::REGISTER) == Some(true)
}

/// The page after a step. With `returning`, somebody came from [`Step::Check`] to change an answer: they go back there,
/// over whatever the change made necessary.
#[must_use]
pub fn after(application: &Application, typed: &TypedMap, today: Date, step: Step, returning: bool) -> Step {
    let steps = steps(application, typed, today);
    let paper = |step| if matches!(step, Step::Paper(_)) { Step::Papers } else { step };
    if paper(step) != step {
        return Step::Papers;
    }
    let rank = |step| order(application, step);
    let mut later = steps.iter().copied().filter(|other| rank(*other) > rank(step));
    let last = steps.last().copied().unwrap_or(Step::Check);
    if returning {
        later
            .find(|step| *step == Step::Stop || !lacks(application, typed, today, *step).is_empty())
            .unwrap_or(last)
    } else {
        later.next().unwrap_or(last)
    }
}

/// The first page that lacks an answer, for who comes back another day; all answers together when nothing does.
#[must_use]
pub fn resume(application: &Application, typed: &TypedMap, today: Date) -> Step {
    missing(application, typed, today).first().map_or(Step::Check, |lack| lack.step)
}

/// The place of a step among all there could be: also of one that this family is not asked.
fn order(application: &Application, step: Step) -> (usize, usize, usize) {
    let kind = |step: Step| {
        let at = |other: &Step| std::mem::discriminant(other) == std::mem::discriminant(&step);
        Step::representatives(1).iter().position(at).unwrap_or(usize::MAX)
    };
    match step.person() {
        // All questions about one person before the next one's.
        Some(nth) => {
            let place = application.people().position(|part| part.nth == nth).unwrap_or(usize::MAX);
            (1, place, kind(step))
        }
        None if step == Step::People => (0, 0, 0),
        None => (2, kind(step), 0),
    }
}

/// Papers, with whose they are.
pub fn papers(application: &Application) -> impl Iterator<Item = &Part> {
    application.parts.iter().filter(|part| part.kind == Kind::DOCUMENT)
}

#[cfg(test)]
#[path = "flow_family.rs"]
pub(crate) mod family;
#[cfg(test)]
#[path = "flow_tests.rs"]
mod tests;
