//! The store could not be opened. Says what happened and what to do; deletes nothing.

use crate::components::shell::Gate;
use crate::components::{Draw, Icon};
use crate::words::{Key, Words, use_words};
use leptos::prelude::*;
use store::StoreError;

/// The page in place of the app.
#[component]
pub fn Trouble(
    /// To say it in.
    words: Words,
    /// What happened.
    error: StoreError,
) -> impl IntoView {
    provide_context(words);
    crate::desk::title(words, Key::TroubleTitle);
    let sentence = explain(&error);
    let lost = error == StoreError::Lost;
    // The browser opens no database at all: what lies twice is handed in from its second copy, as soon as that answers.
    let newer = matches!(error, StoreError::Newer | StoreError::Unavailable(_) | StoreError::SecondCopy);
    view! {
        <crate::practice::Frame/>
        <Gate>
            <div class="gate__card">
                <h1 tabindex="-1">{move || words.get(Key::TroubleTitle)}</h1>
                <p role="alert">{move || words.get(sentence)}</p>
                {newer.then(|| view! { <crate::pages::outbox::DeliverAsIs/> })}
                {lost.then(|| view! {
                    <p>{words.text(Key::RecoveryLost)}</p>
                    <button class="btn" type="button" on:click=move |_| {
                        leptos::task::spawn_local(async {
                            if store::Store::start_over().await.is_ok() {
                                let _ = window().location().reload();
                            }
                        });
                    }>{move || words.get(Key::StoreStartOver)}</button>
                })}
                <button class="btn btn--primary" type="button" on:click=move |_| {
                    let _ = window().location().reload();
                }>{move || words.get(Key::TryAgain)}</button>
            </div>
        </Gate>
    }
}

/// In place of a page whose contents could not be read: never an empty page, which would look like "nothing there".
#[component]
pub fn NotRead(
    /// Why, as a sentence.
    key: Key,
) -> impl IntoView {
    let words = use_words();
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="card empty">
                <Draw icon=Icon::Alert/>
                <h1 tabindex="-1">{move || words.get(Key::TroubleTitle)}</h1>
                <p role="alert">{move || words.get(key)}</p>
                <a class="btn" href="/">{move || words.get(Key::NavHome)}</a>
            </div>
        </main>
    }
}

/// The sentence for a fault of the store.
#[must_use]
pub fn explain(error: &StoreError) -> Key {
    match error {
        StoreError::Full => Key::StoreFull,
        StoreError::Blocked => Key::StoreBlocked,
        StoreError::WrongPassphrase => Key::PassphraseWrong,
        StoreError::Damaged { .. } => Key::StoreDamaged,
        StoreError::Closed => Key::StoreClosed,
        StoreError::Newer => Key::SharedNewer,
        StoreError::TooSoon(_) => Key::SharedTooSoon,
        StoreError::Emptied => Key::SharedEmptiedNow,
        StoreError::Lost => Key::StoreLost,
        StoreError::SecondCopy => Key::StoreSecondCopy,
        StoreError::OtherOffice => Key::OtherOffice,
        StoreError::SavedBefore => Key::SavedBefore,
        StoreError::TooLarge => Key::ReasonTooLarge,
        _ => Key::StoreUnavailable,
    }
}
