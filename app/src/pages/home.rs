//! Home: search first, drafts, what waits.

use crate::components::{Draw, Face, Icon, Notice};
use crate::device::{use_device, use_vault, use_vault_handle};
use crate::pages::work::{BorderHome, Door, FocalHome, Today, door};
use crate::when;
use crate::words::{Key, use_words};
use domain::{DraftId, Role};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;

/// Where a day begins, for each role with what it is here for.
#[component]
pub fn Home() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    crate::desk::title(words, Key::NavHome);
    let door = door(vault.with_value(|vault| Role::from_code(vault.identity().role)));
    let greeting = move || {
        words.get(match js_sys::Date::new_0().get_hours() {
            5..12 => Key::GreetingMorning,
            12..19 => Key::GreetingAfternoon,
            _ => Key::GreetingEvening,
        })
    };
    let damaged = move || {
        device.changed.track();
        vault.with_value(|vault| vault.set_aside().len()) as u64
    };
    let first = match door {
        Door::Referrals => view! { <FocalHome/> }.into_any(),
        Door::Border => view! { <BorderHome/> }.into_any(),
        Door::People | Door::Log | Door::Others => view! { <SearchFirst/> }.into_any(),
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <h1 tabindex="-1">{greeting}</h1>
            {first}
            <Show when=move || damaged() != 0>
                <Notice class="notice--attention" icon=Icon::Alert>
                    {move || words.count(Key::RowsSetAside, damaged())}
                </Notice>
            </Show>
            <crate::pages::elsewhere::AtHome/>
            {(door == Door::People).then(|| view! { <super::conflicts::AtHome/> })}
            <super::notes::AtHome/>
            <div class="columns columns--side">
                <div class="column">
                    {(door == Door::People).then(|| view! { <Today/> })}
                    <super::applications::AtHome/>
                    <super::appointments::AtHome/>
                    <Drafts/>
                    <Collecting/>
                    <super::admin::Entrance/>
                </div>
                <Unsent/>
            </div>
        </main>
    }
}

/// Nobody is registered before somebody has looked for them.
#[component]
fn SearchFirst() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let text = RwSignal::new(String::new());
    let navigate = use_navigate();
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        device.searched.set(text.get_untracked());
        navigate("/search", Default::default());
    };
    let here = move || {
        device.changed.track();
        words.count(Key::HomeHere, vault.with_value(|vault| vault.count().people) as u64)
    };
    view! {
        <section class="hero" aria-labelledby="start">
            <h2 id="start">{move || words.get(Key::HomeSearchFirst)}</h2>
            <form class="hero__row" role="search" on:submit=on_submit>
                <div class="search">
                    <Draw icon=Icon::Search/>
                    <label class="unseen" for="q">{move || words.get(Key::SearchLabel)}</label>
                    <input
                        class="input input--big"
                        id="q"
                        type="search"
                        autocomplete="off"
                        spellcheck="false"
                        placeholder=move || words.get(Key::SearchLabel)
                        prop:value=text
                        on:input=move |event| text.set(event_target_value(&event))
                    />
                </div>
                <button class="btn btn--primary btn--big" type="submit">{move || words.get(Key::NavSearch)}</button>
                <A href="/register" attr:class="btn btn--big">
                    <Draw icon=Icon::Plus/>
                    {move || words.get(Key::RegisterFamily)}
                </A>
            </form>
            <p class="note">{here}</p>
        </section>
    }
}

/// Drafts of this user, newest first.
#[component]
fn Drafts() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    let drafts = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        async move { vault.drafts().await.ok() }
    });
    let rows = move || {
        let Some(drafts) = drafts.get()? else {
            return Some(view! { <p class="section" role="alert">{words.get(Key::NotRead)}</p> }.into_any());
        };
        if drafts.is_empty() {
            return Some(view! { <p class="section soft">{words.get(Key::DraftsNone)}</p> }.into_any());
        }
        let rows = drafts.into_iter().map(|draft| {
            let name = draft.note.title.clone();
            let shown = if name.is_empty() { words.get(Key::NoNameYet) } else { name.clone() };
            let (people, at) = (u64::from(draft.note.step), draft.at);
            let (href, what) = goes_on(&draft.note.form, draft.id);
            view! {
                <li>
                    <div class="row">
                        <Face name=name lead=true/>
                        <span class="row__main">
                            <A href=href attr:class="row__title row__link">{shown}</A>
                            <span class="row__meta">
                                <span>{what.map_or_else(|| words.count(Key::People, people), |what| words.get(what))}</span>
                                <span>{words.with(Key::SavedWhen, &[("when", &when::moment(words, at))])}</span>
                            </span>
                        </span>
                        <Draw icon=Icon::Chevron class="icon--go"/>
                    </div>
                </li>
            }
        });
        Some(view! { <ul class="rows">{rows.collect_view()}</ul> }.into_any())
    };
    view! {
        <section class="card card--flush" aria-labelledby="drafts">
            <div class="card__head">
                <h2 class="card__title" id="drafts">{move || words.get(Key::Drafts)}</h2>
                <span class="note">{move || words.get(Key::DraftsNote)}</span>
            </div>
            {rows}
        </section>
    }
}

/// The page that goes on with a draft of a form, and what it is called; a registration is told by its people.
fn goes_on(form: &str, draft: DraftId) -> (String, Option<Key>) {
    if let Some(group) = form.strip_prefix("case/") {
        (format!("/groups/{group}/edit"), None)
    } else if let Some(owner) = form.strip_prefix("note/") {
        (format!("/notes/{owner}"), Some(Key::NotesTitle))
    } else if let Some(page) = form.strip_prefix("refer/") {
        (format!("/{page}"), Some(Key::TimeRefer))
    } else if let Some(page) = form.strip_prefix("give/") {
        (format!("/{page}"), Some(Key::GiveOneTitle))
    } else if form == "dist/new" {
        ("/distributions/new".to_owned(), Some(Key::DistNew))
    } else if let Some(session) = super::sessions::draft_href(form) {
        (session, Some(Key::SessionTitle))
    } else {
        (format!("/register/{draft}"), None)
    }
}

/// How far a collect is, while one is under way.
#[component]
fn Collecting() -> impl IntoView {
    let words = use_words();
    let outlook = use_device().courier().outlook;
    let progress = move || outlook.with(|outlook| outlook.collecting);
    view! {
        <Show when=move || progress().is_some()>
            <section class="card" aria-labelledby="collect">
                <div class="card__head">
                    <h2 class="card__title" id="collect">{move || words.get(Key::Collecting)}</h2>
                </div>
                <div class="stack">
                    <p>{move || progress().map(|(here, _)| words.count(Key::CollectingHere, here))}</p>
                    <p class="note">{move || words.get(Key::CollectingNote)}</p>
                </div>
            </section>
        </Show>
    }
}

/// What waits to be sent.
#[component]
fn Unsent() -> impl IntoView {
    let words = use_words();
    let waiting = use_device().waiting;
    let oldest = move || {
        waiting.get().map(|waiting| {
            waiting.oldest.map_or_else(
                || words.get(Key::UnsentNone),
                |at| words.with(Key::UnsentOldest, &[("age", &when::ago(words, at))]),
            )
        })
    };
    view! {
        <section class="card" aria-labelledby="waiting">
            <div class="card__head"><h2 class="card__title" id="waiting">{move || words.get(Key::ToSend)}</h2></div>
            <div class="stack">
                <dl class="tally">
                    <div class="tally__wait">
                        <dd><b>{move || waiting.get().map(|waiting| words.number(waiting.unsent as u64))}</b></dd>
                        <dt class="note">{move || words.get(Key::StripUnsentWord)}</dt>
                    </div>
                    <div>
                        <dd><b>{move || waiting.get().map(|waiting| words.number(waiting.saved_here as u64))}</b></dd>
                        <dt class="note">{move || words.get(Key::SavedHereWord)}</dt>
                    </div>
                </dl>
                <p class="note">{oldest}</p>
                <A href="/outbox" attr:class="btn">
                    <Draw icon=Icon::Outbox/>
                    {move || words.get(Key::SeeWaiting)}
                </A>
            </div>
        </section>
    }
}
