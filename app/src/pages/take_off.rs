//! Taking one's own access off a device that others go on using. What waits to be sent stays and is sent.

use super::admin::confirm::{Confirm, Question};
use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault};
use crate::pages::trouble::explain;
use crate::words::{Key, use_words};
use leptos::prelude::*;

const QUESTION: Question = Question {
    title: Key::SharedOffAsk,
    sentences: &[Key::SharedOffLost, Key::SharedOffKept],
    deed: Key::SharedOffYes,
    grave: true,
};

/// The setting.
#[component]
pub fn TakeOff() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    let asked = RwSignal::new(None::<Question>);
    let fault = RwSignal::new(None::<Key>);
    let take_off = move || {
        let vault = vault.clone();
        leptos::task::spawn_local(async move {
            // Who read what goes out as well; should that fail, it is lost with the vault.
            let _ = vault.flush_reads().await;
            match device.store().take_off(vault.identity().vault).await {
                // Locks, and begins at the first page.
                Ok(()) => device.check_access().await,
                Err(error) => drop(fault.try_set(Some(explain(&error)))),
            }
        });
    };
    view! {
        <div class="setting">
            <div>
                <h2 class="card__title">{move || words.get(Key::SharedOffTitle)}</h2>
                <p class="note">{move || words.get(Key::SharedOffText)}</p>
            </div>
            <div class="stack">
                <button class="btn btn--danger" type="button" on:click=move |_| asked.set(Some(QUESTION))>
                    <Draw icon=Icon::Trash/>
                    {move || words.get(Key::SharedOffYes)}
                </button>
                <p class="field__error" role="alert">{move || fault.get().map(|key| words.get(key))}</p>
            </div>
        </div>
        <Confirm asked on_yes=take_off/>
    }
}
