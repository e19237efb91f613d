//! A family that came without having filled in anything: noted in two taps, so that it stands in the same list.

use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault_handle};
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, use_words};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

/// Most people of one family that are noted here.
const MOST: u32 = 60;

/// The button that asks.
#[component]
pub fn WalkInButton(
    /// Whether the question is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let words = use_words();
    view! {
        <button class="btn btn--big" type="button" aria-expanded=move || open.get().to_string()
            on:click=move |_| open.update(|open| *open = !*open)>
            <Draw icon=Icon::Plus/>
            {move || words.get(Key::ApplicationsWalkIn)}
        </button>
    }
}

/// The one question that is asked.
#[component]
pub fn WalkIn(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let navigate = use_navigate();
    let busy = RwSignal::new(false);
    let people = RwSignal::new(1_u32);
    let trouble = RwSignal::new(None::<Key>);
    let note = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        trouble.set(None);
        let (vault, navigate) = (vault.get_value(), navigate.clone());
        leptos::task::spawn_local(async move {
            let noted = vault.note_walk_in(people.get_untracked(), &when::local_minute()).await;
            busy.try_set(false);
            match noted {
                Ok(record) => {
                    device.courier().saved(device);
                    navigate(&format!("/applications/{record}"), Default::default());
                }
                Err(error) => drop(trouble.try_set(Some(explain(&error)))),
            }
        });
    };
    view! {
        <Show when=move || open.get()>
            <form class="card line" on:submit=note.clone()>
                <div class="field">
                    <label class="field__label" for="walk-in-people">{move || words.get(Key::ApplicationsWalkInPeople)}</label>
                    <input class="input input--short" id="walk-in-people" type="number" inputmode="numeric" min="1" max=MOST
                        prop:value=move || people.get().to_string()
                        on:input=move |event| {
                            if let Ok(typed) = event_target_value(&event).parse::<u32>() {
                                people.set(typed.clamp(1, MOST));
                            }
                        }/>
                </div>
                <button class="btn btn--primary" type="submit" aria-busy=move || busy.get().to_string()>
                    {move || words.get(Key::ApplicationsWalkInNote)}
                </button>
                <p class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
            </form>
        </Show>
    }
}
