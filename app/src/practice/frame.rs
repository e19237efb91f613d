//! What people see of a practice: the banner that never goes, the ways in and out, the passphrase.

use super::{ATTRIBUTE, PHRASE, enter, leave, making, mark};
use crate::components::parts::focus_later;
use crate::components::shell::Gate;
use crate::components::{Busy, Draw, Icon, Notice};
use crate::device::use_device;
use crate::forms::use_forms;
use crate::pages::enrol::Enrol;
use crate::words::{Key, use_words};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The word that stands across printed pages, for the style sheets.
const WORD: &str = "--practice-word";

/// The banner of a practice, over every page, with the way out. Nothing elsewhere.
#[component]
pub fn Frame() -> impl IntoView {
    let words = use_words();
    if !store::practice::is_on() {
        return ().into_any();
    }
    Effect::new(move |_| {
        let root = document().document_element();
        if let Some(root) = root.and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = root.set_attribute(ATTRIBUTE, "");
            let _ = root.style().set_property(WORD, &format!("\"{}\"", words.get(Key::PracticeWord)));
        }
    });
    // Ended on another page of this device.
    let ended = window_event_listener_untyped("storage", |_| {
        if !matches!(mark::read(), Some(super::Mark::Begun | super::Mark::Made)) {
            let _ = window().location().reload();
        }
    });
    on_cleanup(move || ended.remove());
    let asking = RwSignal::new(false);
    let ask = move |_| {
        asking.set(true);
        focus_later("practice-end".to_owned());
    };
    let go_on = move |_| {
        asking.set(false);
        focus_later("practice-ask".to_owned());
    };
    view! {
        <aside class="practice" aria-label=move || words.get(Key::PracticeWord)>
            <p class="practice__said">
                <strong class="practice__word">{move || words.get(Key::PracticeWord)}</strong>
                " "
                <span>{move || words.get(Key::PracticeNote)}</span>
            </p>
            <Show
                when=move || asking.get()
                fallback=move || view! {
                    <button class="btn practice__btn" type="button" id="practice-ask" on:click=ask>
                        {move || words.get(Key::PracticeEnd)}
                    </button>
                }
            >
                <div class="practice__ask" role="group" aria-label=move || words.get(Key::PracticeEnd)>
                    <p id="practice-really">{move || words.get(Key::PracticeEndAsk)}</p>
                    <button class="btn practice__btn" type="button" id="practice-end"
                        aria-describedby="practice-really" on:click=|_| leave()>
                        {move || words.get(Key::PracticeEndYes)}
                    </button>
                    <button class="btn practice__btn" type="button" on:click=go_on>
                        {move || words.get(Key::PracticeGoOn)}
                    </button>
                </div>
            </Show>
        </aside>
        <p class="practice__stamp" aria-hidden="true">{move || words.get(Key::PracticeWord)}</p>
    }
    .into_any()
}

/// The way into a practice. Nothing where somebody practises already.
#[component]
pub fn Offer() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    if device.practises() {
        return ().into_any();
    }
    let go = move |_| leptos::task::spawn_local(enter(device));
    view! {
        <div class="practice__offer">
            <button class="btn" type="button" on:click=go aria-describedby="practice-about">
                <Draw icon=Icon::People/>
                {move || words.get(Key::PracticeBegin)}
            </button>
            <p class="note" id="practice-about">{move || words.get(Key::PracticeBeginNote)}</p>
        </div>
    }
    .into_any()
}

/// The passphrase of the practice, beside the input it goes into. Nothing elsewhere.
#[component]
pub fn Phrase() -> impl IntoView {
    let words = use_words();
    use_device().practises().then(|| {
        view! {
            <Notice icon=Icon::Info>
                {move || words.get(Key::PracticePhrase)}" "
                <strong class="ltr" id="practice-phrase" lang="es" translate="no">{PHRASE}</strong>
            </Notice>
        }
    })
}

/// Shown while the people of a practice are being made.
#[component]
pub fn Preparing() -> impl IntoView {
    let words = use_words();
    let (device, forms) = (use_device(), use_forms());
    crate::desk::title(words, Key::PracticeBegin);
    let failed = RwSignal::new(false);
    leptos::task::spawn_local(async move {
        if making::make(device, words, forms).await.is_err() {
            failed.try_set(true);
        }
    });
    view! {
        <div class="gate__card">
            <h1 tabindex="-1">{move || words.get(Key::PracticeBegin)}</h1>
            <p>{move || words.get(Key::PracticeBeginNote)}</p>
            <Show when=move || !failed.get()><Busy label=Key::PracticePreparing/></Show>
            <div role="alert">
                <Show when=move || failed.get()>
                    <p>{move || words.get(Key::PracticeNotReady)}</p>
                </Show>
            </div>
            <Show when=move || failed.get()>
                <button class="btn btn--primary" type="button" on:click=|_| leave()>
                    {move || words.get(Key::PracticeEnd)}
                </button>
            </Show>
        </div>
    }
}

/// The page that an invitation's link opens: nobody joins a device while practising on it. The link stays good.
#[component]
pub fn Join() -> impl IntoView {
    let words = use_words();
    if !use_device().practises() {
        return view! { <Enrol/> }.into_any();
    }
    crate::desk::title(words, Key::EnrolTitle);
    view! {
        <Gate>
            <div class="gate__card">
                <h1 tabindex="-1">{move || words.get(Key::EnrolTitle)}</h1>
                <p>{move || words.get(Key::PracticeJoin)}</p>
                <div class="line">
                    <button class="btn btn--primary btn--big" type="button" on:click=|_| leave()>
                        {move || words.get(Key::PracticeEnd)}
                    </button>
                    <a class="btn btn--quiet" href="/">{move || words.get(Key::PracticeGoOn)}</a>
                </div>
            </div>
        </Gate>
    }
    .into_any()
}

/// On the page of what waits: that it will wait for ever. Nothing elsewhere.
#[component]
pub fn NothingLeaves() -> impl IntoView {
    let words = use_words();
    use_device().practises().then(|| {
        view! { <Notice icon=Icon::Info>{move || words.get(Key::PracticeOutbox)}</Notice> }
    })
}
