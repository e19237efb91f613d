//! A pre-registration as a row of a list.

use super::marks::Marks;
use super::{called, label, names};
use crate::components::{Draw, Face, Icon};
use crate::device::{use_device, use_vault_handle};
use crate::forms::use_forms;
use crate::pages::search::grouped;
use crate::pages::work::{day_words, moment_words};
use crate::words::{Key, use_words};
use domain::application::{State, Summary};
use leptos::prelude::*;
use leptos_router::components::A;

/// Most that the search shows: more letters find sooner than more rows.
const FOUND: usize = 8;

/// One row.
#[component]
pub fn Row(
    /// The application.
    one: Summary,
    /// Another one that waits is of somebody of the same name.
    #[prop(optional)]
    same_name: bool,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let vault = use_vault_handle();
    let me = vault.with_value(|vault| vault.identity().user);
    let (state, people) = (one.state, u64::from(one.people));
    let (received, at, came) = (one.received, one.at, one.came);
    let title = called(words, &one);
    let taken = (state == State::Taken).then(|| one.taken_by.clone());
    let taken = taken.map(|by| {
        let mine = by.as_slice() == [me];
        move || {
            if mine {
                return words.get(Key::ApplicationsTakenByMe);
            }
            let who = vault.with_value(|vault| names(words, vault, &by));
            words.with(Key::ApplicationsTakenBy, &[("who", &who)])
        }
    });
    let booked = (at > 0 && state.is_open()).then(|| {
        view! { <span>{move || words.with(Key::ApplicationsAt, &[("when", &moment_words(words, at))])}</span> }
    });
    let chip = match state {
        State::Taken => "chip chip--lead",
        State::Registered => "chip chip--sent",
        _ => "chip",
    };
    view! {
        <li>
            <div class="row">
                <Face name=one.name.clone()/>
                <span class="row__main">
                    <A href=format!("/applications/{}", one.record) attr:class="row__title row__link"><bdi>{title}</bdi></A>
                    <span class="row__meta">
                        <span class="code ltr">{grouped(&one.reference)}</span>
                        <span>{move || words.count(Key::People, people)}</span>
                        <span>{move || words.with(Key::ApplicationsReceived, &[("when", &day_words(words, received))])}</span>
                        {booked}
                        {taken.map(|taken| view! { <span>{taken}</span> })}
                    </span>
                    <span class="row__meta">
                        <Marks marks=one.marks().collect()/>
                        {(came > 0 && state.is_open()).then(|| view! {
                            <span class="chip chip--accent"><Draw icon=Icon::MapPin/>{move || words.get(Key::ApplicationsCame)}</span>
                        })}
                        {same_name.then(|| view! {
                            <span class="chip"><Draw icon=Icon::People/>{move || words.get(Key::ApplicationsSameName)}</span>
                        })}
                    </span>
                </span>
                <span class="row__side">
                    <span class=chip>{move || label(forms, "application_state", state.code())}</span>
                </span>
                <Draw icon=Icon::Chevron class="icon--go"/>
            </div>
        </li>
    }
}

/// Pre-registrations that a search finds, below the people; nothing where there are none.
#[component]
pub fn FoundHere(
    /// What is looked for.
    text: RwSignal<String>,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let found = Memo::new(move |_| {
        device.changed.track();
        let text = text.get();
        let mut found = vault.with_value(|vault| vault.find_applications(text.trim(), FOUND));
        // Who is registered is found as a family.
        found.retain(|one| one.state != State::Registered);
        found
    });
    move || {
        let rows = found.get();
        (!rows.is_empty()).then(|| {
            let rows = rows.into_iter().map(|one| view! { <Row one/> });
            view! {
                <section class="card card--flush" aria-labelledby="found-applications">
                    <div class="card__head">
                        <h2 class="card__title" id="found-applications">{words.get(Key::ApplicationsTitle)}</h2>
                    </div>
                    <ul class="rows">{rows.collect_view()}</ul>
                </section>
            }
        })
    }
}
