//! What an older version of the app does over a store that a later one wrote: it hands in what waits and changes nothing.

use super::trouble_words;
use crate::components::{Draw, Icon, Notice};
use crate::words::{Key, use_words};
use leptos::prelude::*;
use std::collections::BTreeSet;
use store::carry::{DeliveredAsIs, deliver_as_is};
use store::{ApiLine, Mailbox, StoreError};

/// Milliseconds between two attempts.
const PAUSE: u32 = 60_000;

/// Hands in what waits, says how much of it the server has, and saves it to a file.
#[component]
pub fn DeliverAsIs() -> impl IntoView {
    let words = use_words();
    let seen = RwSignal::new(None::<DeliveredAsIs>);
    let told = RwSignal::new(None::<Key>);
    leptos::task::spawn_local(async move {
        let mailbox = loop {
            match Mailbox::open_as_is().await {
                Ok(mailbox) => break mailbox,
                // It may answer in a while, as long as somebody has the page open.
                Err(_) if seen.try_set(None).is_none() => {
                    gloo_timers::future::TimeoutFuture::new(PAUSE).await;
                }
                Err(_) => return,
            }
        };
        let mut done = BTreeSet::new();
        loop {
            match deliver_as_is(&mailbox, &ApiLine::PAGE, &mut done).await {
                Ok(outcome) => {
                    if seen.try_set(Some(outcome)).is_some() {
                        return;
                    }
                }
                Err(_) => return,
            }
            gloo_timers::future::TimeoutFuture::new(PAUSE).await;
        }
    });
    let save = move |_| {
        leptos::task::spawn_local(async move {
            let packed = async { Mailbox::open_as_is().await?.pack_work().await };
            let packed: Result<_, StoreError> = packed.await;
            told.try_set(match packed {
                Ok(Some(packed)) if super::carry::save("work", &packed.bytes) => Some(Key::CarrySavedNext),
                Ok(None) => Some(Key::CarryNothing),
                _ => Some(Key::CarryFailed),
            });
        });
    };
    let waits = move || seen.with(|seen| seen.as_ref().map(|seen| (seen.left, seen.held, seen.trouble)));
    let sentence = move || {
        let (left, held, trouble) = waits()?;
        let number = left.entries + left.drafts + left.carried;
        (number > 0).then(|| {
            let (held, of) = (words.number(held as u64), words.number(number as u64));
            let held = words.with(Key::SharedNewerHeld, &[("held", &*held), ("of", &of)]);
            let trouble = trouble.map(|trouble| words.get(trouble_words(trouble)));
            view! {
                <Notice icon=Icon::Outbox>{held}" "{trouble}</Notice>
                <button class="btn" type="button" on:click=save>
                    <Draw icon=Icon::Download/>
                    {words.get(Key::CarrySave)}
                </button>
            }
        })
    };
    view! {
        <div class="stack" role="status">
            {sentence}
            {move || told.get().map(|key| view! { <p>{words.get(key)}</p> })}
        </div>
    }
}
