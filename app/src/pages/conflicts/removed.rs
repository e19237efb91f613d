//! A paper, a need, a consent, … that one took away while another worked on it: it stays or it goes.

use super::choice::Fate;
use super::saying::Saying;
use crate::components::{Draw, Icon};
use crate::words::Key;
use domain::conflict::Meaning;
use leptos::prelude::*;

/// The question, with both answers.
#[component]
pub fn Removed(
    /// What it is, in words: «documento».
    what: String,
    /// Says things.
    saying: Saying,
    /// What is chosen.
    fate: RwSignal<Option<Fate>>,
) -> impl IntoView {
    let words = saying.words;
    let answer = move |it: Option<Fate>, id: &'static str, key: Key| {
        view! {
            <label class="choice">
                <input type="radio" name="fate" id=id prop:checked=move || fate.get() == it
                    on:change=move |_| fate.set(it)/>
                <span>{move || words.get(key)}</span>
            </label>
        }
    };
    let means = saying.meaning(Meaning::Removed);
    view! {
        <section class="conflict" aria-labelledby="removed">
            <div class="conflict__head">
                <Draw icon=Icon::Alert/>
                <h2 id="removed">{move || words.with(Key::DecideRemovedTitle, &[("what", &what)])}</h2>
            </div>
            <p>{means}</p>
            <fieldset class="field">
                <legend class="field__label">{move || words.get(Key::DecideQuestion)}</legend>
                <div class="choices choices--stack">
                    {answer(Some(Fate::Stays), "fate", Key::DecideStays)}
                    {answer(Some(Fate::Goes), "fate-goes", Key::DecideGoes)}
                    {answer(None, "fate-later", Key::DecideLater)}
                </div>
            </fieldset>
        </section>
    }
}
