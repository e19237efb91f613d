//! «Borrar de este teléfono»: what goes, what stays elsewhere, and what becomes of what waits to be sent.

use super::{Page, use_kept};
use crate::frame::{Frame, use_door};
use crate::page::Page as Place;
use crate::pieces::lean::dynamic;
use crate::pieces::{Cards, Errors, Notice, Tone, icon};
use crate::words::{Key, use_words};
use leptos::prelude::*;
use store::StoreError;
use store::applicant::HandedIn;

const SEND: &str = "send";
const DESTROY: &str = "destroy";

/// Takes one family off this phone. Asks for no PIN: whoever forgot theirs can begin anew, and whoever only wants to do
/// harm could as well clear the browser.
pub fn erase() -> impl IntoView {
    let (kept, door, words) = (use_kept(), use_door(), use_words());
    let what = RwSignal::new(String::new());
    let (faults, checks) = (RwSignal::new(Vec::new()), RwSignal::new(0u32));
    let handed_in = move || kept.chosen().map(|info| info.handed_in);
    let number = move || kept.chosen().map(|info| info.number.to_string()).unwrap_or_default();
    let fail = move |sentence: String| {
        faults.try_set(vec![("what".to_owned(), sentence)]);
        checks.try_update(|checks| *checks += 1);
    };
    let submit = move |()| {
        let Some(info) = untrack(|| kept.chosen()) else { return };
        let chosen = what.get_untracked();
        if info.handed_in == HandedIn::Waiting && chosen.is_empty() {
            return fail(words.get(Key::KeepEraseChoose));
        }
        leptos::task::spawn_local(async move {
            match kept.erase(info.id, chosen == SEND).await {
                Ok(()) => door.replace(if untrack(|| kept.list().is_empty()) {
                    Place::Welcome
                } else {
                    Place::Keep(Page::List)
                }),
                Err(StoreError::Locked) => fail(words.get(Key::KeepEraseOpen)),
                Err(_) => fail(words.get(Key::KeepEraseFailed)),
            }
        });
    };
    let options = move || {
        [(SEND, Key::KeepEraseSend), (DESTROY, Key::KeepEraseAll)]
            .map(|(code, key)| (code.to_owned(), words.get(key)))
            .to_vec()
    };
    let unsent = move || {
        match handed_in() {
        Some(HandedIn::Waiting) => view! {
            <Cards
                id="what"
                label=words.text(Key::KeepEraseWaiting)
                options=Signal::derive(options)
                value=what
                on_choose=Callback::new(move |code| what.set(code))
                fault=Signal::derive(move || faults.with(|faults| faults.first().map(|(_, sentence)| sentence.clone())))
            />
        }
        .into_any(),
        Some(state @ (HandedIn::No | HandedIn::Changed)) => view! {
            <Notice tone=Tone::Attention><p id="what">{words.text(if state == HandedIn::No {
                Key::KeepEraseLost
            } else {
                Key::KeepEraseChanged
            })}</p></Notice>
        }
        .into_any(),
        _ => view! { <p id="what">{words.text(Key::KeepEraseThere)}</p> }.into_any(),
    }
    };
    view! {
        <Frame
            title=Signal::derive(move || words.with(Key::KeepEraseTitle, &[("n", &number())]))
            icon=icon::ALERT
            next=words.text(Key::KeepEraseNow)
            on_next=Callback::new(submit)
        >
            <Errors faults checks/>
            <ul class="door__rights" role="list">
                <li>{words.text(Key::KeepEraseWhat)}</li>
                <li>{words.text(Key::KeepErasePin)}</li>
            </ul>
            {dynamic(move || unsent().into_any())}
        </Frame>
    }
}
