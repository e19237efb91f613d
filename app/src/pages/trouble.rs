//! The store could not be opened. Says what happened and what to do; deletes nothing.

use crate::components::shell::Gate;
use crate::words::{Key, Words};
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
    view! {
        <Gate>
            <div class="gate__card">
                <h1 tabindex="-1">{move || words.get(Key::TroubleTitle)}</h1>
                <p role="alert">{move || words.get(sentence)}</p>
                <button class="btn btn--primary" type="button" on:click=move |_| {
                    let _ = window().location().reload();
                }>{move || words.get(Key::TryAgain)}</button>
            </div>
        </Gate>
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
        StoreError::Lost => Key::StoreLost,
        _ => Key::StoreUnavailable,
    }
}
