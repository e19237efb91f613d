//! What is said when the browser lost what it was given to keep: what came back, what did not, and what to do now.

use crate::components::{Draw, Icon, Status, Tone};
use crate::device::use_device;
use crate::words::{Key, Words, use_words};
use leptos::prelude::*;
use store::{Copies, Recovered};

/// What a start put back, in words, until somebody has read it. Nothing where nothing was missing.
#[component]
pub fn RecoveredNotice() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let told = LocalResource::new(move || {
        let store = device.store();
        async move { store.recovered().await.ok().flatten() }
    });
    let read = move |_| {
        leptos::task::spawn_local(async move {
            // Should that fail, it is said again at the next start.
            let _ = device.store().recovery_was_told().await;
            told.refetch();
        });
    };
    move || {
        told.get().flatten().map(|told| {
            let sentences = move || {
                let said = sentences(words, &told).into_iter();
                said.map(|said| view! { <li>{said}</li> }).collect::<Vec<_>>()
            };
            view! {
                <section class="gate__card recovery" aria-labelledby="recovery" role="status">
                    <h2 class="recovery__title" id="recovery">
                        <Draw icon=if told.unknown == 0 { Icon::Shield } else { Icon::Alert }/>
                        <span>{words.text(Key::RecoveryTitle)}</span>
                    </h2>
                    <p>{words.text(if told.all { Key::RecoveryAll } else { Key::RecoveryPart })}</p>
                    <ul class="recovery__list">{sentences}</ul>
                    <button class="btn btn--big" type="button" on:click=read>
                        {words.text(Key::RecoveryUnderstood)}
                    </button>
                </section>
            }
        })
    }
}

/// What a recovery came to, most important first.
fn sentences(words: Words, told: &Recovered) -> Vec<String> {
    let count = |key, number: u64| (number > 0).then(|| words.count(key, number));
    let nothing = told.entries == 0 && told.unknown == 0;
    let said = [
        count(Key::RecoveryUnknown, told.unknown),
        count(Key::RecoveryEntries, told.entries),
        nothing.then(|| words.get(Key::RecoveryNothing)),
        count(Key::RecoveryDrafts, told.drafts),
        (told.vaults > 0).then(|| words.get(Key::RecoverySame)),
        (told.to_join == 0).then(|| words.get(Key::RecoveryCollect)),
        count(Key::RecoveryJoin, told.to_join),
    ];
    said.into_iter().flatten().collect()
}

/// For whoever worked on a device that knows nobody: what it means, and what to do.
#[component]
pub fn Evicted() -> impl IntoView {
    let words = use_words();
    view! { <p class="gate__foot note">{words.text(Key::RecoveryEvicted)}</p> }
}

/// That what waits lies on the device twice, as soon as it does.
#[component]
pub fn SavedTwice() -> impl IntoView {
    let words = use_words();
    let copies = use_device().copies;
    view! {
        <p class="saved__twice" role="status">
            {move || (copies.get() == Copies::Two).then(|| view! {
                <Status tone=Tone::Here>{words.text(Key::SavedTwice)}</Status>
            })}
        </p>
    }
}

/// The line of the settings that says how often what waits lies on this device.
#[component]
pub fn SecondCopy() -> impl IntoView {
    let words = use_words();
    let copies = use_device().copies;
    let said = move || {
        let (tone, key) = match copies.get() {
            Copies::One => (Tone::Attention, Key::SavedTwiceMissing),
            Copies::Soon => (Tone::Unsent, Key::SavedTwiceSoon),
            Copies::Two => (Tone::Sent, Key::SavedTwiceKept),
        };
        view! { <Status tone>{words.text(key)}</Status> }
    };
    view! {
        <div class="setting">
            <div>
                <h2 class="card__title">{words.text(Key::SavedTwiceTitle)}</h2>
                <p class="note">{words.text(Key::SavedTwiceText)}</p>
            </div>
            <div class="stack">{said}</div>
        </div>
    }
}
