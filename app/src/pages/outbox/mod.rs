//! What waits to be sent: each item with person, act, state, reason in words, and the button that mends it; and the ways
//! in which it can leave this device without a line.

mod carry;
mod deliver;
mod items;
mod left_here;
mod older;
mod receipts;
mod screen;

pub use deliver::DeliverPage;
pub use left_here::LeftHere;
pub use older::DeliverAsIs;

use crate::components::{Draw, Icon, Notice};
use crate::device::{use_device, use_vault};
use crate::when;
use crate::words::{Key, use_words};
use items::{Item, trouble_words};
use leptos::prelude::*;
use store::OutboxItem;

/// The page behind the line that is always visible.
#[component]
pub fn Outbox() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::NavOutbox);
    let outlook = device.courier().outlook;
    let items = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        async move { vault.outbox().await.ok() }
    });
    let rows = move || {
        let Some(items): Option<Vec<OutboxItem>> = items.get()? else {
            let sentence = words.get(Key::NotRead);
            return Some(view! { <p class="card" role="alert">{sentence}</p> }.into_any());
        };
        if items.is_empty() {
            return Some(view! { <AllSent/> }.into_any());
        }
        let rows: Vec<_> = items.into_iter().map(|item| view! { <Item item/> }).collect();
        Some(
            view! {
                <ul class="rows card card--flush sends" aria-label=words.get(Key::OutboxLabel)>{rows}</ul>
            }
            .into_any(),
        )
    };
    let trouble = move || outlook.with(|outlook| outlook.trouble);
    let reached = move || {
        outlook
            .with(|outlook| outlook.reached)
            .map(|at| words.with(Key::OutboxReached, &[("when", &when::moment(words, at))]))
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <h1 tabindex="-1">{move || words.get(Key::NavOutbox)}</h1>
                    <p class="soft">{move || words.get(Key::OutboxPromise)}</p>
                </div>
                <button class="btn btn--primary" type="button"
                    aria-busy=move || outlook.with(|outlook| outlook.busy).to_string()
                    on:click=move |_| device.courier().go_now(device)>
                    <Draw icon=Icon::Send/>
                    {move || words.get(if device.practises() { Key::PracticeSend } else { Key::SendNow })}
                </button>
            </div>
            <crate::practice::NothingLeaves/>
            <div role="status">
                {move || trouble().map(|trouble| view! {
                    <Notice icon=Icon::CloudOff>{move || words.get(trouble_words(trouble))}" "{reached}</Notice>
                })}
                <Show when=move || outlook.with(|outlook| outlook.store_failed)>
                    <Notice class="notice--attention" icon=Icon::Alert>{move || words.get(Key::TroubleStore)}</Notice>
                </Show>
                <Show when=move || trouble().is_none() && reached().is_some()>
                    <Notice class="notice--ok" icon=Icon::CloudCheck>{reached}</Notice>
                </Show>
            </div>
            {rows}
            <carry::Carry/>
        </main>
    }
}

#[component]
fn AllSent() -> impl IntoView {
    let words = use_words();
    view! {
        <div class="card empty">
            <Draw icon=Icon::CloudCheck/>
            <h2>{move || words.get(Key::StripAllSent)}</h2>
            <p class="soft">
                {move || words.get(if use_device().practises() { Key::PracticeSent } else { Key::OutboxEmpty })}
            </p>
        </div>
    }
}
