//! Choosing the language: each language by its own name, so that people find theirs whatever is spoken now.

use super::icon::{Draw, Icon};
use crate::device::Device;
use crate::words::{Key, Language, Words, use_words};
use leptos::prelude::*;
use store::Store;

/// Speaks another language from now on, and at the next start too. What was typed stays.
pub fn speak(words: Words, store: Option<Store>, language: Language) {
    leptos::task::spawn_local(async move {
        if words.change(language).await
            && let Some(store) = store
        {
            // A preference that could not be kept is chosen again at the next start.
            let _ = store.reference().set_preference("language", language.code()).await;
        }
    });
}

/// The choice before anybody has unlocked: small, on every page of the gate.
#[component]
pub fn Tongues() -> impl IntoView {
    let words = use_words();
    // Where the store could not be opened there is no device; the language then changes for this once.
    let store = use_context::<Device>().map(Device::store);
    let choose = move |event| speak(words, store.clone(), Language::from_code(&event_target_value(&event)));
    let options = Language::ALL.map(|language| {
        view! {
            <option value=language.code() lang=language.code() selected=move || words.language() == language>
                {language.name()}
            </option>
        }
    });
    view! {
        <div class="tongues">
            <Draw icon=Icon::Language/>
            <select class="tongues__choice" aria-label=move || words.get(Key::Language) on:change=choose>
                {options}
            </select>
        </div>
    }
}
