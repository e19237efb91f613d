//! An address that leads nowhere.

use crate::components::shell::Gate;
use crate::words::{Key, use_words};
use leptos::prelude::*;
use leptos_router::components::A;

/// Says so, and shows the way home.
#[component]
pub fn Missing() -> impl IntoView {
    let words = use_words();
    crate::desk::title(words, Key::MissingTitle);
    view! {
        <Gate>
            <div class="gate__card">
                <h1 tabindex="-1">{move || words.get(Key::MissingTitle)}</h1>
                <p>{move || words.get(Key::MissingText)}</p>
                <A href="/" attr:class="btn btn--primary">{move || words.get(Key::NavHome)}</A>
            </div>
        </Gate>
    }
}
