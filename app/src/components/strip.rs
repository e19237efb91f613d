//! The one line that is always visible: what is saved here, what is not sent, and how old the oldest is.

use super::icon::{Draw, Icon};
use super::parts::{Status, Tone};
use crate::device::use_device;
use crate::when;
use crate::words::{Key, use_words};
use leptos::prelude::*;
use leptos_router::components::A;
use store::Copies;

/// The line, linked to the page that lists each item.
#[component]
pub fn Strip() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let waiting = device.waiting;
    let copies = device.copies;
    let line = move || {
        let Some(waiting) = waiting.get() else {
            return view! { <span>{words.get(Key::StripReading)}</span> }.into_any();
        };
        let saved = words.count(Key::StripSaved, waiting.saved_here as u64);
        let pictures = (waiting.pictures > 0).then(|| {
            let text = words.count(Key::StripPictures, waiting.pictures as u64);
            view! { <Status tone=Tone::Unsent><span>{text}</span></Status> }
        });
        let unsent = if waiting.unsent == 0 && waiting.pictures > 0 {
            // Registrations are with the server; pictures follow.
            ().into_any()
        } else if waiting.unsent == 0 {
            view! { <Status tone=Tone::Sent><span>{words.get(Key::StripAllSent)}</span></Status> }.into_any()
        } else {
            let text = words.count(Key::StripUnsent, waiting.unsent as u64);
            view! { <Status tone=Tone::Unsent><span>{text}</span></Status> }.into_any()
        };
        let attention = (waiting.attention > 0).then(|| {
            let text = words.count(Key::StripAttention, waiting.attention as u64);
            view! { <Status tone=Tone::Attention><span>{text}</span></Status> }
        });
        let oldest = waiting.oldest.map(|at| {
            let age = when::ago(words, at);
            view! { <span>{words.with(Key::StripOldest, &[("age", &age)])}</span> }
        });
        let waits = waiting.unsent > 0;
        let twice = move || {
            let twice = waits && copies.get() == Copies::Two;
            twice.then(|| view! { <span>{words.get(Key::SavedTwiceShort)}</span> })
        };
        view! { <Status tone=Tone::Here><span>{saved}</span></Status>{unsent}{twice}{pictures}{attention}{oldest} }
            .into_any()
    };
    view! {
        <div class="strip">
            <A href="/outbox" attr:class="strip__line">{line}</A>
            <span role="status"><OfflineChip/></span>
        </div>
    }
}

/// Says that there is no line: grey, because it is no fault. Shown for information; nothing depends on it.
#[component]
fn OfflineChip() -> impl IntoView {
    let words = use_words();
    let offline = RwSignal::new(!window().navigator().on_line());
    let handles = [
        window_event_listener_untyped("online", move |_| offline.set(false)),
        window_event_listener_untyped("offline", move |_| offline.set(true)),
    ];
    on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
    view! {
        <Show when=move || offline.get()>
            <span class="chip chip--offline">
                <Draw icon=Icon::CloudOff/>
                <span>
                    {move || words.get(Key::OfflineShort)}
                    <span class="chip__more">{move || words.get(Key::OfflineMore)}</span>
                </span>
            </span>
        </Show>
    }
}
