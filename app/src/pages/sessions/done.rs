//! What can be done once a session lies on the device.

use crate::components::{Draw, Icon, Notice};
use crate::when;
use crate::words::{Key, use_words};
use domain::RecordId;
use leptos::prelude::*;
use leptos_router::components::A;

/// A session that was saved.
#[derive(Clone, Copy, PartialEq)]
pub struct Saved {
    /// When, milliseconds since 1970.
    pub at: u64,
    pub session: RecordId,
    /// Whom it was held with.
    pub owner: Option<RecordId>,
}

#[component]
pub fn Done(saved: Saved) -> impl IntoView {
    let words = use_words();
    crate::components::parts::focus_later("session-saved".to_owned());
    let Saved { at, session, owner } = saved;
    let said = move || words.with(Key::SavedOnDevice, &[("time", &when::clock(at))]);
    let next = match owner {
        Some(person) => view! {
            <A href=format!("/people/{person}/refer") attr:class="btn btn--primary">
                <Draw icon=Icon::Send/>
                {move || words.get(Key::SessionRefer)}
            </A>
            <A href=format!("/people/{person}") attr:class="btn">
                <Draw icon=Icon::Person/>
                {move || words.get(Key::SessionToPerson)}
            </A>
        }
        .into_any(),
        None => ().into_any(),
    };
    view! {
        <div id="session-saved" tabindex="-1" role="status">
            <Notice class="notice--ok" icon=Icon::Check>{said}</Notice>
        </div>
        <div class="line">
            {next}
            <A href=format!("/sessions/{session}") attr:class="btn">{move || words.get(Key::SessionSee)}</A>
            <A href="/sessions" attr:class="btn">
                <Draw icon=Icon::Calendar/>
                {move || words.get(Key::SessionsTitle)}
            </A>
        </div>
    }
}
