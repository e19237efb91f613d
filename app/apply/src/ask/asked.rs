//! One question as its page has it: what was said, what is wrong with it, and where Continue leads.

use super::answers::{self, Spot, TypedMap};
use super::flow::{self, Lack, Step};
use super::{day, say};
use crate::frame::{Door, Frame, use_door};
use crate::keep::{Kept, use_kept};
use crate::page::Page;
use crate::pieces::lean::Show;
use crate::pieces::lean::memo;
use crate::pieces::{Errors, Fault, Icon};
use crate::words::{Key, Words, use_words};
use domain::Value;
use domain::application::{Application, Part};
use domain::date::{DatePart, DateText};
use leptos::prelude::*;
use std::cell::Cell;

thread_local! {
    /// Somebody came from the page with all answers to change one of them.
    static RETURNING: Cell<bool> = const { Cell::new(false) };
}

/// From here on, Continue leads back to the page with all answers, or no longer.
pub(super) fn returning(is: bool) {
    RETURNING.set(is);
}

/// A question that is being asked. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Asked {
    /// Which.
    pub step: Step,
    /// The words it is asked in.
    pub words: Words,
    /// The door it stands in.
    pub door: Door,
    kept: Kept,
    checks: RwSignal<u32>,
    lacks: Memo<Vec<Lack>>,
}

impl Asked {
    /// A question that nobody has answered wrongly yet. From now on the family goes on here.
    #[must_use]
    pub fn new(step: Step) -> Asked {
        let (kept, words, door) = (use_kept(), use_words(), use_door());
        day::hear();
        let lacks = memo(move || {
            let lacks = kept.with(|draft| flow::lacks(&draft.application, &draft.typed, day::today(), step));
            lacks.unwrap_or_default()
        });
        let path = step.path();
        if untrack(|| kept.with(|draft| draft.step != path)) == Some(true) {
            kept.change(move |draft| draft.step = path);
        }
        Asked { step, words, door, kept, checks: RwSignal::new(0), lacks }
    }

    /// Reads what was said; reactive. Nothing, where the family was just locked.
    pub fn read<T: Default>(self, read: impl FnOnce(&Application, &TypedMap) -> T) -> T {
        self.kept.with(|draft| read(&draft.application, &draft.typed)).unwrap_or_default()
    }

    /// Says something; it is kept at once, with all that follows from it.
    pub fn say(self, say: impl FnOnce(&mut Application, &mut TypedMap)) {
        self.kept.change(|draft| {
            say(&mut draft.application, &mut draft.typed);
            flow::settle(&mut draft.application, &draft.typed, day::today());
        });
    }

    /// Reads a part, such as a person; reactive.
    pub fn part<T: Default>(self, nth: u8, read: impl FnOnce(&Part) -> T) -> T {
        self.read(|application, _| application.part(nth).map(read).unwrap_or_default())
    }

    /// Whether there is such a person or paper; one that was taken away may still stand in the browser's history.
    #[must_use]
    pub fn is_there(self, nth: u8) -> bool {
        self.read(|application, _| application.part(nth).is_some())
    }

    /// What an input of text shows.
    #[must_use]
    pub fn text(self, spot: Spot) -> Signal<String> {
        Signal::derive(move || self.read(|application, typed| answers::typed_text(application, typed, spot)))
    }

    /// Takes what is typed into one.
    #[must_use]
    pub fn on_type(self, spot: Spot) -> Callback<String> {
        Callback::new(move |said: String| {
            self.say(|application, typed| answers::say_text(application, typed, spot, &said));
        })
    }

    /// What the boxes of a date show.
    #[must_use]
    pub fn date(self, spot: Spot) -> Signal<DateText> {
        Signal::derive(move || {
            self.read(|application, typed| answers::typed_date(application, typed, spot, day::today()))
        })
    }

    /// Takes what is typed into them.
    #[must_use]
    pub fn on_date(self, spot: Spot) -> Callback<DateText> {
        Callback::new(move |said: DateText| {
            self.say(|application, typed| answers::say_date(application, typed, spot, said, day::today()));
        })
    }

    /// A code that was chosen; empty for none.
    #[must_use]
    pub fn code(self, (nth, field): Spot) -> Signal<String> {
        Signal::derive(move || self.part(nth, |part| answers::text(part, field).to_owned()))
    }

    /// Takes a code that is chosen.
    #[must_use]
    pub fn on_code(self, (nth, field): Spot) -> Callback<String> {
        Callback::new(move |code: String| {
            self.say(|application, _| application.put(nth, field, Value::text(&code)));
        })
    }

    /// The sentence about what is wrong with an answer, once Continue was pressed.
    #[must_use]
    pub fn fault(self, spot: Spot) -> Fault {
        Signal::derive(move || {
            let checked = self.checks.get() > 0;
            let lack =
                self.lacks.with(|lacks| lacks.iter().copied().find(|lack| (lack.nth, lack.field) == spot));
            lack.filter(|_| checked).map(|lack| say::lack(self.words, lack))
        })
    }

    /// Every fault with the input that it is about.
    fn faults(self) -> Signal<Vec<(String, String)>> {
        Signal::derive(move || {
            let checked = self.checks.get() > 0;
            let lacks = self.lacks.get().into_iter().filter(|_| checked);
            lacks.map(|lack| (target(lack), say::lack(self.words, lack))).collect()
        })
    }

    /// Goes on, or says what is wrong.
    pub fn next(self) {
        if self.lacks.with_untracked(Vec::is_empty) {
            self.pass();
        } else {
            self.checks.update(|checks| *checks += 1);
        }
    }

    /// Goes on whatever is missing.
    pub fn pass(self) {
        let returning = RETURNING.get();
        let next = untrack(|| {
            let after = |application: &Application, typed: &TypedMap| {
                Some(flow::after(application, typed, day::today(), self.step, returning))
            };
            self.read(after)
        });
        if let Some(next) = next {
            self.door.go(Page::Ask(next));
        }
    }

    /// Name of a person for a sentence: as far as it is known, else «Persona 2».
    #[must_use]
    pub fn name(self, nth: u8) -> String {
        self.read(|application, _| say::name(self.words, application, nth))
    }

    /// A title with a name in it, or, for the one who fills it in, the one that speaks to them.
    #[must_use]
    pub fn title(self, nth: u8, you: Key, other: Key) -> Signal<String> {
        Signal::derive(move || {
            if nth == flow::FIRST {
                self.words.get(you)
            } else {
                self.words.with(other, &[("name", &self.name(nth))])
            }
        })
    }
}

/// The id of an input.
#[must_use]
pub fn id((nth, field): Spot) -> String {
    format!("q{nth}-{}", field.0)
}

/// The id of the input that a fault is about: of a date the box to look at.
fn target(lack: Lack) -> String {
    let box_of = match lack.fault.map(domain::DateFault::part) {
        Some(DatePart::Month) => "-month",
        Some(DatePart::Year) => "-year",
        Some(DatePart::Age) => "-age",
        Some(DatePart::Day) | None => "",
    };
    format!("{}{box_of}", id((lack.nth, lack.field)))
}

/// The page of a question.
#[component]
pub fn Question(
    /// Which.
    asked: Asked,
    /// How it is asked.
    #[prop(into)]
    title: Signal<String>,
    /// Drawn beside it.
    icon: Icon,
    /// What stands below.
    children: Children,
) -> impl IntoView {
    let words = asked.words;
    let step = Signal::derive(move || Some((asked.step.chapter(), flow::CHAPTERS)));
    let next = Callback::new(move |()| asked.next());
    let who = asked.step.person().map(|nth| {
        let line = move || {
            let people =
                asked.read(|application, _| application.people().map(|part| part.nth).collect::<Vec<_>>());
            let place = people.iter().position(|other| *other == nth).map_or(0, |place| place + 1);
            let (n, of) = (place.to_string(), people.len().to_string());
            words.with(Key::AskWho, &[("n", &n), ("of", &of)])
        };
        // Who comes alone knows who is meant.
        let several = move || asked.read(|application, _| application.people().count() > 1);
        view! { <Show when=several><p class="ask__who">{Signal::derive(line)}</p></Show> }
    });
    let faults = asked.faults();
    let doubt = matches!(asked.step, Step::Birth(_) | Step::Arrival).then(|| day::doubt(words)).flatten();
    let inside = view! {
        {who}
        {doubt}
        <Errors faults checks=asked.checks/>
        {children()}
    };
    if asked.step.may_be_skipped() {
        let skip = Callback::new(move |()| asked.pass());
        view! { <Frame title icon step on_next=next on_skip=skip>{inside}</Frame> }.into_any()
    } else {
        view! { <Frame title icon step on_next=next>{inside}</Frame> }.into_any()
    }
}

/// Yes and no, as codes of [`crate::pieces::Cards`].
#[must_use]
pub fn yes_no(words: Words) -> Signal<Vec<(String, String)>> {
    Signal::derive(move || {
        vec![("yes".to_owned(), words.get(Key::AskYes)), ("no".to_owned(), words.get(Key::AskNo))]
    })
}

/// The code of an answer that may not have been given.
#[must_use]
pub fn yes_no_code(answer: Option<bool>) -> String {
    answer.map_or("", |yes| if yes { "yes" } else { "no" }).to_owned()
}

/// A field that holds yes, no, or nothing.
#[must_use]
pub fn flag(asked: Asked, (nth, field): Spot) -> (Signal<String>, Callback<String>) {
    let value = Signal::derive(move || {
        yes_no_code(asked.part(nth, |part| part.facts.get(&field).and_then(Value::as_flag)))
    });
    let choose = Callback::new(move |code: String| {
        asked.say(|application, _| application.put(nth, field, Value::Flag(code == "yes")));
    });
    (value, choose)
}
