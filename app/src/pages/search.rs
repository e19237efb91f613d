//! Search: before anybody is registered, over everything on the device.

use crate::components::{Draw, Face, Icon};
use crate::device::{use_device, use_vault_handle};
use crate::tables::{Table, Tables, use_tables};
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::date::PartialDate;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;
use store::{Hit, Why};

/// Most people shown: beyond this, more letters find sooner than more rows.
const SHOWN: usize = 40;

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
        device.carried_name.set(text.get_untracked());
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
                        aria-describedby="found"
                        placeholder=move || words.get(Key::SearchLabel)
                        node_ref=input
                        prop:value=text
                        on:input=move |event| text.set(event_target_value(&event))
                    />
                </div>
            </form>
            <p class="soft" id="found" role="status">{found}</p>
            <Show when=move || !hits.with(Vec::is_empty)>
                <ul class="rows card card--flush" aria-label=move || words.get(Key::FoundLabel)>
                    <For each=move || hits.get() key=|hit| (hit.record, hit.name.clone(), hit.why) let:hit>
                        <Row hit words tables/>
                    </For>
                </ul>
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
    let why = match hit.why {
        Why::Document => Key::WhyDocument,
        Why::Phone => Key::WhyPhone,
        Why::Reference => Key::WhyReference,
        Why::Name => Key::WhyName,
        Why::Prefix => Key::WhyPrefix,
        Why::Near => Key::WhyNear,
    };
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
                    <A href=format!("/people/{}", hit.record) attr:class="row__title row__link">{shown}</A>
                    <span class="row__meta"><span class="hit__why">{move || words.get(why)}</span></span>
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

/// A reference in two groups of four, as it is printed and read aloud.
#[must_use]
pub fn grouped(reference: &str) -> String {
    match reference.split_at_checked(4) {
        Some((first, second)) if !second.is_empty() => format!("{first}-{second}"),
        _ => reference.to_owned(),
    }
}
