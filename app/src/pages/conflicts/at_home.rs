//! That something is to be decided, where the day begins.

use super::Waiting;
use crate::components::{Draw, Icon, Notice};
use crate::device::{use_device, use_vault_handle};
use crate::forms::use_forms;
use crate::pages::reading::reader;
use crate::words::{Key, use_words};
use leptos::prelude::*;
use leptos_router::components::A;

/// How many records wait on this device for a decision about something that whoever reads may see; `None` until that was
/// read, and where it could not be.
#[must_use]
pub fn counted() -> Memo<Option<u64>> {
    let (device, vault) = (use_device(), use_vault_handle());
    let (forms, reader) = (use_forms(), reader());
    let read = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.get_value();
        async move { Waiting::of(&vault, forms, reader).await.ok().map(|it| it.listed.len() as u64) }
    });
    Memo::new(move |_| read.get().flatten())
}

/// A sentence with the way to the list; nothing where nothing waits.
#[component]
pub fn AtHome() -> impl IntoView {
    let words = use_words();
    let count = counted();
    move || {
        count.get().filter(|count| *count > 0).map(|count| {
            view! {
                <Notice class="notice--attention" icon=Icon::Alert>
                    {move || words.count(Key::DecideCount, count)}" "
                    <A href="/conflicts">{move || words.get(Key::DecideSee)}</A>
                </Notice>
            }
        })
    }
}

/// The way to the list among the pages of the day's work, with how many wait.
#[component]
pub fn Link() -> impl IntoView {
    let words = use_words();
    let count = counted();
    view! {
        <A href="/conflicts" attr:class="btn">
            <Draw icon=Icon::Alert/>
            {move || words.get(Key::DecideTitle)}
            {move || count.get().filter(|count| *count > 0).map(|count| {
                view! { " "<span class="chip chip--attention">{words.number(count)}</span> }
            })}
        </A>
    }
}
