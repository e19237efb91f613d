//! An invitation that was just made: as a code for the other device's camera, as a link, and on paper. It is shown once
//! and kept nowhere on this device.

use super::role_words;
use crate::components::sheet::PrintButton;
use crate::components::{Icon, Mark, Notice, Qr};
use crate::pages::enrol::Fingerprint;
use crate::when;
use crate::words::{Key, use_words};
use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// An invitation to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The text behind the link's `#`.
    pub text: String,
    /// Until when, milliseconds since 1970.
    pub expires_at: u64,
    /// Whom it is for.
    pub name: String,
    /// By which they pick themselves.
    pub staff_code: String,
    /// What they are here for.
    pub role: u8,
}

/// The code, the link and the paper.
#[component]
pub fn Invitation(ready: Ready) -> impl IntoView {
    let words = use_words();
    let Ready { text, expires_at, name, staff_code, role } = ready;
    let root = seal::Invitation::parse(&text).map(|invitation| invitation.root).unwrap_or_default();
    let origin = window().location().origin().unwrap_or_default();
    let link = format!("{origin}/enrol#{text}");
    let copied = RwSignal::new(false);
    let copy = {
        let link = link.clone();
        move |_| {
            let writing = window().navigator().clipboard().write_text(&link);
            leptos::task::spawn_local(async move {
                copied.try_set(JsFuture::from(writing).await.is_ok());
            });
        }
    };
    let until = move || words.with(Key::AdminInvitationUntil, &[("when", &when::moment(words, expires_at))]);
    let steps = [Key::AdminSheetOpen, Key::AdminSheetCompare, Key::AdminSheetPhrase];
    let steps = steps.into_iter().map(|key| view! { <li>{move || words.get(key)}</li> }).collect_view();
    view! {
        <section class="card stack" aria-labelledby="invitation-ready">
            <div class="card__head">
                <h2 class="card__title" id="invitation-ready" tabindex="-1">{move || words.get(Key::AdminInviteReady)}</h2>
                <PrintButton/>
            </div>
            <Notice class="notice--attention" icon=Icon::Alert>{move || words.get(Key::AdminInviteSecret)}</Notice>
            <div class="field field--link">
                <label class="field__label" for="invitation-link">{move || words.get(Key::AdminInviteLink)}</label>
                <div class="line">
                    <input class="input ltr code" id="invitation-link" readonly prop:value=link.clone()/>
                    <button class="btn" type="button" on:click=copy>{move || words.get(Key::AdminCopy)}</button>
                    <span role="status">{move || copied.get().then(|| words.get(Key::AdminCopied))}</span>
                </div>
            </div>
        </section>
        <article class="sheet sheet--letter invitation">
            <header class="slip__head">
                <p class="slip__mark"><Mark/><span>"Amparo"</span></p>
                <p class="slip__ref">{staff_code}</p>
                <Qr text=link label=Signal::derive(move || words.get(Key::AdminQr))/>
            </header>
            <h2>{move || words.get(Key::AdminSheetTitle)}</h2>
            <p><bdi>{name}</bdi>" · "{move || role_words(words, role)}</p>
            <ol>{steps}</ol>
            <Fingerprint root/>
            <p class="slip__not"><strong>{until}</strong>" "{move || words.get(Key::AdminSheetOnce)}</p>
        </article>
    }
}
