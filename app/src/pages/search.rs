//! Search: before anybody is registered, over everything on the device.

use crate::components::{Draw, Face, Icon};
use crate::device::{Device, State, use_device, use_vault_handle};
use crate::tables::{Table, Tables, use_tables};
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::ShortForms;
use domain::date::PartialDate;
use domain::overlay::{RETIRED, Row};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;
use std::rc::Rc;
use store::{Hit, Pair, Why};

/// Most people shown: beyond this, more letters find sooner than more rows.
const SHOWN: usize = 40;
/// With fewer people found here, other organisations can be asked.
const FEW: usize = 5;
/// Most characters of what is typed or pasted; the store looks at no more.
const LONGEST: usize = 200;

/// Lets whoever has unlocked find people by short forms of their names, and follows what the office changes in them.
pub fn know_short_forms(tables: Tables, device: Device) {
    Effect::new(move |_| {
        let State::Open(vault) = device.state() else { return };
        let rows = tables.rows("short_names");
        let cell = |row: &'_ Row, column: &str| row.get(column).cloned().unwrap_or_default();
        let offered = rows.iter().filter(|row| cell(row, RETIRED) != "1");
        let pairs: Vec<_> = offered.map(|row| (cell(row, "form"), cell(row, "name"))).collect();
        let forms = ShortForms::of(pairs.iter().map(|(form, name)| (form.as_str(), name.as_str())));
        vault.set_short_forms(Rc::new(forms));
    });
}

/// Finds people as one types, and offers to register below what was found.
#[component]
pub fn Search() -> impl IntoView {
    let (words, tables) = (use_words(), use_tables());
    let device = use_device();
    let vault = use_vault_handle();
    crate::desk::title(words, Key::NavSearch);
    // What was typed stays in memory while the app is open, and never gets into an address.
    let text = device.searched;
    let hits = Memo::new(move |_| {
        device.changed.track();
        let text = text.get();
        if text.trim().is_empty() { Vec::new() } else { vault.with_value(|vault| vault.search(&text, SHOWN)) }
    });
    let input = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    let found = move || {
        device.changed.track();
        if text.with(|text| text.trim().is_empty()) {
            return words.count(Key::HomeHere, vault.with_value(|vault| vault.count().people) as u64);
        }
        match hits.with(Vec::len) {
            0 => words.get(Key::FoundNobody),
            SHOWN => words.count(Key::FoundMany, SHOWN as u64),
            found => words.count(Key::Found, found as u64),
        }
    };
    let navigate = use_navigate();
    let register = move |_| {
        device.carried_name.set(text.with_untracked(|text| name_in(text)));
        navigate("/register", Default::default());
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <h1 tabindex="-1">{move || words.get(Key::NavSearch)}</h1>
            <form class="hero__row" role="search" on:submit=|event| event.prevent_default()>
                <div class="search">
                    <Draw icon=Icon::Search/>
                    <label class="unseen" for="q">{move || words.get(Key::SearchLabel)}</label>
                    <input
                        class="input input--big"
                        id="q"
                        type="search"
                        autocomplete="off"
                        spellcheck="false"
                        maxlength=LONGEST
                        aria-describedby="found"
                        placeholder=move || words.get(Key::SearchLabel)
                        node_ref=input
                        prop:value=text
                        on:input=move |event| text.set(event_target_value(&event).chars().take(LONGEST).collect())
                    />
                </div>
            </form>
            <p class="soft" id="found" role="status">{found}</p>
            <Show when=move || !hits.with(Vec::is_empty)>
                <ul class="rows card card--flush" aria-label=move || words.get(Key::FoundLabel)>
                    <For each=move || hits.get() key=|hit| (hit.record, hit.name.clone(), hit.why.clone()) let:hit>
                        <Row hit words tables/>
                    </For>
                </ul>
            </Show>
            <crate::pages::applications::FoundHere text/>
            <Show when=move || !text.with(|text| text.trim().is_empty()) && hits.with(Vec::len) < FEW>
                <crate::pages::elsewhere::Elsewhere text/>
            </Show>
            <div class="last">
                <p>
                    <b>{move || words.get(Key::NoneOfThese)}</b><br/>
                    <span class="note">{move || words.get(Key::NameCarries)}</span>
                </p>
                <button class="btn btn--primary" type="button" on:click=register>
                    <Draw icon=Icon::Plus/>
                    {move || words.get(Key::RegisterNew)}
                </button>
            </div>
        </main>
    }
}

#[component]
fn Row(hit: Hit, words: Words, tables: Tables) -> impl IntoView {
    let reasons = hit.why.clone();
    let why = move || reasons.iter().map(|why| reason(words, why)).collect::<Vec<_>>().join(" · ");
    let here = if hit.here { Key::HitHere } else { Key::HitElsewhere };
    let (born, sex, nations) = (hit.born.clone(), hit.sex.clone(), hit.nationality.clone());
    let born = move || PartialDate::from_text(&born).map(|born| when::partial(words, born));
    let facts = move || {
        let nations = nations.iter().map(|code| tables.label(Table::Countries, code));
        let sex = (!sex.is_empty()).then(|| tables.list_label("sex", &sex));
        sex.into_iter().chain(nations).collect::<Vec<_>>().join(" · ")
    };
    let site = hit.site.clone();
    let shown = if hit.name.is_empty() { words.get(Key::NoNameYet) } else { hit.name.clone() };
    view! {
        <li>
            <div class="row">
                <Face name=hit.name.clone()/>
                <span class="row__main">
                    <A href=format!("/people/{}", hit.record) attr:class="row__title row__link"><bdi>{shown}</bdi></A>
                    <span class="row__meta">
                        <span class="hit__why">{why}</span>
                        <span class="soft">{move || words.get(here)}</span>
                        <crate::pages::conflicts::Mark shown=hit.in_conflict/>
                    </span>
                </span>
                <span class="hit__facts">
                    <span>{born}</span>
                    <span>{facts}</span>
                    <span class="code">{grouped(&hit.group_ref)}</span>
                    <span class="soft">{move || tables.label(Table::Sites, &site)}</span>
                </span>
                <Draw icon=Icon::Chevron class="icon--go"/>
            </div>
        </li>
    }
}

/// A reason as a sentence.
pub(super) fn reason(words: Words, why: &Why) -> String {
    let pair = |key, Pair { typed, name }: &Pair| {
        words.with(key, &[("typed", &isolated(typed)), ("name", &isolated(name))])
    };
    let name = |key, name: &str| words.with(key, &[("name", &isolated(name))]);
    match why {
        Why::Document { same: true } => words.get(Key::WhyDocumentSame),
        Why::Document { same: false } => words.get(Key::WhyDocument),
        Why::Phone { same: true } => words.get(Key::WhyPhoneSame),
        Why::Phone { same: false } => words.get(Key::WhyPhone),
        Why::Reference => words.get(Key::WhyReference),
        Why::File => words.get(Key::WhyFile),
        Why::Name => words.get(Key::WhyName),
        Why::Prefix => words.get(Key::WhyPrefix),
        Why::Surname1 => words.get(Key::WhySurname1),
        Why::Surname2 => words.get(Key::WhySurname2),
        Why::Surnames => words.get(Key::WhySurnames),
        Why::Short(both) => pair(Key::WhyShort, both),
        Why::Cut(both) => pair(Key::WhyCut, both),
        Why::Sound(both) => pair(Key::WhySound, both),
        Why::Near(both) => pair(Key::WhyNear, both),
        Why::Married(of) => name(Key::WhyMarried, of),
        Why::Used(of) => name(Key::WhyUsed, of),
        Why::Native(of) => name(Key::WhyNative, of),
        Why::Noted(of) => name(Key::WhyNoted, of),
        Why::SurnamesSwapped => words.get(Key::WhySwapped),
        Why::SurnameFirst => words.get(Key::WhySurnameFirst),
        Why::Born(year) => words.with(Key::WhyBorn, &[("year", &year.to_string())]),
        Why::Without(typed) => words.with(Key::WhyWithout, &[("typed", &isolated(typed))]),
    }
}

/// A name within a sentence: one that is written from right to left must not turn the words around it.
fn isolated(name: &str) -> String {
    let turns = |c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}');
    if name.chars().any(turns) { format!("\u{2068}{name}\u{2069}") } else { name.to_owned() }
}

/// What of the text typed can be a name: words with digits are years and numbers.
fn name_in(text: &str) -> String {
    let is_name = |word: &&str| !word.chars().any(char::is_numeric);
    text.split_whitespace().filter(is_name).collect::<Vec<_>>().join(" ")
}

/// A reference in two groups of four, as it is printed and read aloud.
#[must_use]
pub fn grouped(reference: &str) -> String {
    match reference.split_at_checked(4) {
        Some((first, second)) if !second.is_empty() => format!("{first}-{second}"),
        _ => reference.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{isolated, name_in};

    #[test]
    fn names_do_not_turn_a_sentence() {
        assert_eq!(isolated("José"), "José");
        assert_eq!(isolated("محمد"), "\u{2068}محمد\u{2069}");
    }

    #[test]
    fn only_the_name_goes_over_to_the_form() {
        for (typed, name) in [
            ("Ana  Pérez", "Ana Pérez"),
            ("Ana Pérez 1991", "Ana Pérez"),
            ("6123-4567", ""),
            ("V-18.442 Yesenia", "Yesenia"),
        ] {
            assert_eq!(name_in(typed), name);
        }
    }
}
