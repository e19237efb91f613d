//! The questions, one a page: who comes along, who each of them is, where they are, how to reach them, what they agree to.
//!
//! [`flow`] and [`answers`] decide, without a page, what is asked of whom; the pages show it. What is said is kept at once.

pub mod among;
pub mod answers;
mod asked;
mod care;
mod check;
mod consents;
mod day;
pub mod flow;
pub mod icons;
mod papers;
mod persons;
mod say;
mod stay;
pub mod step;

use asked::Asked;
pub use flow::Step as Page;
use flow::Step;
use leptos::prelude::*;
use store::applicant::Draft;

/// Where a family begins.
#[must_use]
pub fn first() -> Page {
    Page::People
}

/// Where a family goes on: at the page that was open last, or else at the first that lacks an answer.
#[must_use]
pub fn resume(draft: &Draft) -> Page {
    let there = |step: &Step| step.person().is_none_or(|nth| draft.application.part(nth).is_some());
    let last = Page::from_path(&draft.step).filter(there);
    last.unwrap_or_else(|| flow::resume(&draft.application, &draft.typed, day::today()))
}

impl Page {
    /// Every page, for tests that walk through all of them.
    #[must_use]
    pub fn all() -> Vec<Page> {
        let mut all = Step::representatives(1);
        // Some questions are for others than who fills it in.
        all.extend(Step::representatives(2).into_iter().filter(|step| step.person().is_some()));
        all
    }

    pub(crate) fn view(self) -> AnyView {
        let asked = Asked::new(self);
        let gone = match self {
            Step::Paper(nth) => !untrack(|| asked.is_there(nth)),
            step => step.person().is_some_and(|nth| !untrack(|| asked.is_there(nth))),
        };
        if gone {
            // Taken away meanwhile: the browser's history still knew it.
            return persons::people(Asked::new(Step::People)).into_any();
        }
        match self {
            Step::People => persons::people(asked).into_any(),
            Step::Name(nth) => persons::name(asked, nth).into_any(),
            Step::Relation(nth) => persons::relation(asked, nth).into_any(),
            Step::Birth(nth) => persons::birth(asked, nth).into_any(),
            Step::Sex(nth) => persons::sex(asked, nth).into_any(),
            Step::Nationality(nth) => persons::nationality(asked, nth).into_any(),
            Step::Carer(nth) => persons::carer(asked, nth).into_any(),
            Step::Languages => stay::languages(asked).into_any(),
            Step::Arrival => stay::arrival(asked).into_any(),
            Step::Place => stay::place(asked).into_any(),
            Step::Office => stay::office(asked).into_any(),
            Step::Papers => papers::papers(asked).into_any(),
            Step::Paper(nth) => papers::paper(asked, nth).into_any(),
            Step::Private => care::private(asked).into_any(),
            Step::Health => care::health(asked).into_any(),
            Step::Contact => care::contact(asked).into_any(),
            Step::Register => consents::register(asked).into_any(),
            Step::Stop => consents::stop(asked).into_any(),
            Step::MayContact => consents::may_contact(asked).into_any(),
            Step::MayPhoto => consents::may_photo(asked).into_any(),
            Step::Check => check::check(asked).into_any(),
        }
    }
}
