//! All answers together: each can be changed, what is missing is named, and then it can be sent.

use super::answers::{self, CONTACT, PHOTO, REGISTER};
use super::asked::{Asked, returning};
use super::flow::{self, FIRST, Step};
use super::{day, icons, papers, say};
use crate::choices::Choices;
use crate::frame::Frame;
use crate::keep::use_kept;
use crate::page::Page;
use crate::pieces::lean::Show;
use crate::pieces::lean::{dynamic, memo};
use crate::pieces::{Notice, Tone};
use crate::sent;
use crate::words::{Key, Words};
use domain::application::{Application, Part};
use domain::{Field, Value};
use leptos::prelude::*;

/// One line: what was asked, what was said, and where to change it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    label: Key,
    said: String,
    step: Step,
}

/// Lines about one person, or about all.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Section {
    title: String,
    lines: Vec<Line>,
}

struct Teller<'a> {
    words: Words,
    choices: &'a Choices,
    application: &'a Application,
    typed: &'a answers::TypedMap,
    today: time::Date,
}

impl Teller<'_> {
    fn yes_no(&self, answer: Option<bool>) -> String {
        answer.map(|yes| self.words.get(if yes { Key::AskYes } else { Key::AskNo })).unwrap_or_default()
    }

    fn list(&self, items: impl IntoIterator<Item = String>) -> String {
        self.words.list(items.into_iter().filter(|item| !item.is_empty()))
    }

    fn code(&self, table: &str, part: &Part, field: Field) -> String {
        say::code(self.choices, table, part, field)
    }

    fn person(&self, part: &Part) -> Section {
        let (words, nth) = (self.words, part.nth);
        let mut lines = Vec::new();
        let mut line = |label, step, said| lines.push(Line { label, said, step });
        let other = answers::text(part, Field::COMMON_NAME);
        let name = answers::name_of(part);
        let name = if other.is_empty() { name } else { self.list([name, other.to_owned()]) };
        line(Key::AskRowName, Step::Name(nth), name);
        if nth != FIRST {
            line(
                Key::AskRowRelation,
                Step::Relation(nth),
                self.code("relationship", part, Field::RELATIONSHIP),
            );
        }
        line(Key::AskRowBirth, Step::Birth(nth), say::date_of(words, part, Field::DATE_OF_BIRTH, self.today));
        line(Key::AskRowSex, Step::Sex(nth), self.code("sex", part, Field::SEX));
        let nationalities = part.facts.get(&Field::NATIONALITY).and_then(Value::as_codes).unwrap_or_default();
        let nationalities = nationalities.iter().map(|code| self.choices.label("countries", code));
        line(Key::AskRowNationality, Step::Nationality(nth), self.list(nationalities));
        let grown = answers::adults(self.application, self.typed, self.today).next().is_some();
        if answers::is_child(self.typed, part, self.today) && grown {
            let carer = part.facts.get(&Field::RESPONSIBLE_ADULT).and_then(Value::as_ref);
            let found =
                self.application.people().find(|it| Some(self.application.record_of(it.nth)) == carer);
            let said = match found {
                Some(found) => say::name(words, self.application, found.nth),
                None if answers::nobody_of_these(self.typed, nth) => words.get(Key::AskCarerNone),
                None => String::new(),
            };
            line(Key::AskRowCarer, Step::Carer(nth), said);
        }
        line(Key::AskRowLanguage, Step::Languages, self.code("languages", part, Field::LANG_MAIN));
        Section { title: say::name(words, self.application, nth), lines }
    }

    fn family(&self) -> Section {
        let words = self.words;
        let mut lines = Vec::new();
        let mut line = |label, step, said| lines.push(Line { label, said, step });
        let people = self.application.people().count() as u64;
        line(Key::AskRowPeople, Step::People, words.count(Key::AskPeopleCount, people));
        let (group, first) = (self.application.part(0), self.application.part(FIRST));
        let (Some(group), Some(first)) = (group, first) else {
            return Section { title: String::new(), lines };
        };
        line(Key::AskRowInterview, Step::Languages, self.code("languages", first, Field::LANG_INTERVIEW));
        let point = self.code("entry_points", group, Field::ENTRY_POINT);
        let day = say::date_of(words, group, Field::ARRIVAL_DATE, self.today);
        line(Key::AskRowArrival, Step::Arrival, self.list([day, point]));
        let place =
            [self.code("places", group, Field::PROVINCE), self.code("places", group, Field::DISTRICT)];
        let place = self.list(place.into_iter().chain([answers::text(group, Field::ADDRESS).to_owned()]));
        line(Key::AskRowPlace, Step::Place, place);
        let office = &self.application.site;
        let office = if office.is_empty() { String::new() } else { self.choices.label("sites", office) };
        line(Key::AskRowOffice, Step::Office, office);
        let papers = flow::papers(self.application).map(|part| {
            let kind = self.code("documents", part, Field::DOCUMENT_TYPE);
            if kind.is_empty() { words.get(Key::AskPaperTitle) } else { kind }
        });
        line(Key::AskRowPapers, Step::Papers, self.list(papers));
        let private = self.yes_no(answers::private_talk(self.application, self.typed));
        line(Key::AskRowPrivate, Step::Private, private);
        let ill = self.yes_no(answers::serious_illness(self.application, self.typed));
        line(Key::AskRowIllness, Step::Health, ill);
        for part in answers::may_be_pregnant(self.application, self.today) {
            let said = self.yes_no(part.facts.get(&Field::PREGNANT).and_then(Value::as_flag));
            line(Key::AskRowPregnant, Step::Health, said);
        }
        let phone = [Field::PHONE, Field::EMERGENCY_CONTACT, Field::SAFE_TIME];
        let mut phone = phone.map(|field| answers::text(first, field).to_owned());
        if let ("rtl", [number, ..]) = (words.language().direction(), &mut phone)
            && !number.is_empty()
        {
            // Figures run from the left, with the plus before them.
            *number = format!("\u{2066}{number}\u{2069}");
        }
        let way = self.code("contact_channel", first, Field::CONTACT_CHANNEL);
        line(Key::AskRowContact, Step::Contact, self.list(std::iter::once(way).chain(phone)));
        for (label, step, purpose) in [
            (Key::AskRowRegister, Step::Register, REGISTER),
            (Key::AskRowMayContact, Step::MayContact, CONTACT),
            (Key::AskRowMayPhoto, Step::MayPhoto, PHOTO),
        ] {
            if purpose != CONTACT || !answers::wants_no_contact(self.application) {
                line(label, step, self.yes_no(answers::consent(self.application, purpose)));
            }
        }
        Section { title: words.get(Key::AskRowFamily), lines }
    }
}

/// The page.
pub(super) fn check(asked: Asked) -> impl IntoView {
    let (words, door) = (asked.words, asked.door);
    returning(false);
    papers::tidy(use_kept());
    let open = move |step| {
        returning(true);
        door.go(Page::Ask(step));
    };
    let sections = memo(move || {
        let choices = door.choices();
        asked.read(|application, typed| {
            let teller = Teller { words, choices: &choices, application, typed, today: day::today() };
            let mut sections: Vec<Section> = application.people().map(|part| teller.person(part)).collect();
            sections.push(teller.family());
            sections
        })
    });
    let lacks =
        memo(move || asked.read(|application, typed| flow::missing(application, typed, day::today())));
    let refused = move || asked.read(|application, _| answers::consent(application, REGISTER) == Some(false));
    let next = Callback::new(move |()| {
        let first = lacks.with_untracked(|lacks| lacks.first().copied());
        match first {
            Some(lack) => open(lack.step),
            None if untrack(refused) => door.go(Page::Ask(Step::Stop)),
            None => door.go(Page::Sent(sent::Page::Send)),
        }
    });
    let link = move |(step, text): (Step, String)| {
        let follow = move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            open(step);
        };
        view! { <li><a href=Page::Ask(step).address() on:click=follow>{text}</a></li> }
    };
    let missing = move || {
        lacks.with(|lacks| {
            let links = lacks.iter().map(|lack| {
                (lack.step, asked.read(|application, _| say::lack_of(words, application, *lack)))
            });
            links.map(link).map(IntoAny::into_any).collect::<Vec<AnyView>>()
        })
    };
    let line = move |line: Line| {
        let step = line.step;
        let is_lacking =
            lacks.with(|lacks| lacks.iter().any(|lack| lack.step == step)) && line.said.is_empty();
        let label = words.get(line.label);
        let hears = words.with(Key::AskChangeWhat, &[("what", &label)]);
        let said = if line.said.is_empty() { words.get(Key::AskNothing) } else { line.said };
        view! {
            <div class=if is_lacking { "ask__fact ask__fact--missing" } else { "ask__fact" }>
                <dt>{label}</dt>
                <dd dir="auto">{said}</dd>
                <dd class="ask__change">
                    <button type="button" class="door__skip" aria-label=hears on:click=move |_| open(step)>
                        {words.get(Key::AskChange)}
                    </button>
                </dd>
            </div>
        }
    };
    let shown = move || {
        let shown = sections.get().into_iter().map(|section| {
            view! {
                <section>
                    <h2>{section.title}</h2>
                    <dl class="ask__facts">{section.lines.into_iter().map(line).map(IntoAny::into_any).collect::<Vec<AnyView>>()}</dl>
                </section>
            }
        });
        shown.map(IntoAny::into_any).collect::<Vec<AnyView>>()
    };
    let is_missing = move || !lacks.with(Vec::is_empty);
    let label =
        Signal::derive(move || words.get(if is_missing() { Key::AskCheckFill } else { Key::AskCheckSend }));
    view! {
        <Frame
            title=words.text(Key::AskCheckTitle)
            icon=icons::LIST
            step=Signal::derive(|| Some((flow::CHAPTERS, flow::CHAPTERS)))
            next=label
            on_next=next
        >
            {day::doubt(words)}
            <Show
                when=is_missing
                fallback=move || view! { <p>{words.text(Key::AskCheckReady)}</p> }
            >
                <Notice tone=Tone::Attention>
                    <h2>
                        {Signal::derive(move || words.count(Key::AskCheckMissing, lacks.with(Vec::len) as u64))}
                    </h2>
                    <ul role="list" class="ask__links">{dynamic(move || missing().into_any())}</ul>
                </Notice>
            </Show>
            {dynamic(move || shown().into_any())}
        </Frame>
    }
}
