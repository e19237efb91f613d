//! «Mis preinscripciones»: the families on this phone.

use super::{Page, go_on, use_kept};
use crate::frame::{Frame, use_door};
use crate::page::Page as Place;
use crate::pieces::lean::{Show, dynamic};
use crate::pieces::{Draw, Notice, Tone, icon};
use crate::words::{Key, use_words};
use leptos::prelude::*;
use speech::when;
use store::applicant::{FamilyInfo, HandedIn};

/// The families on this phone: no name, only what may be seen by whoever picks it up.
pub fn list() -> impl IntoView {
    let (kept, door, words) = (use_kept(), use_door(), use_words());
    let stays = RwSignal::new(false);
    let anew = move |()| {
        leptos::task::spawn_local(async move {
            if kept.lock_when_saved().await {
                door.go(Place::Keep(Page::New));
            } else {
                stays.try_set(true);
            }
        })
    };
    let rows = move || {
        kept.list().into_iter().map(|info| row(info, stays)).map(IntoAny::into_any).collect::<Vec<AnyView>>()
    };
    let empty = move || kept.list().is_empty();
    view! {
        <Frame
            title=words.text(Key::KeepListTitle)
            icon=icon::PEOPLE
            next=Signal::derive(move || words.get(if empty() { Key::WelcomeBegin } else { Key::KeepAnother }))
            on_next=Callback::new(anew)
            on_back=Callback::new(move |()| door.go(Place::Welcome))
        >
            <Show when=empty><p>{words.text(Key::KeepListEmpty)}</p></Show>
            <Show when=move || kept.was_evicted()>
                <Notice tone=Tone::Attention><p>{words.text(Key::KeepEvicted)}</p></Notice>
            </Show>
            <div role="alert">
                <Show when=move || stays.get()>
                    <Notice tone=Tone::Error><p>{words.text(Key::KeepStays)}</p></Notice>
                </Show>
            </div>
            <ul class="door__list" role="list">{dynamic(move || rows().into_any())}</ul>
            <p class="door__hint">{words.text(Key::KeepListNames)}</p>
        </Frame>
    }
}

/// `stays` is set where the family that is open could not be saved, and so no other one is opened.
fn row(info: FamilyInfo, stays: RwSignal<bool>) -> impl IntoView {
    let (kept, door, words) = (use_kept(), use_door(), use_words());
    let FamilyInfo { id, number, changed, handed_in, .. } = info;
    let number = number.to_string();
    let name = {
        let number = number.clone();
        move || words.with(Key::KeepFamily, &[("n", &number)])
    };
    let state = move || {
        words.get(match handed_in {
            HandedIn::No => Key::KeepNotSent,
            HandedIn::Waiting => Key::KeepWaiting,
            HandedIn::Changed => Key::KeepChangedSince,
            HandedIn::Yes => Key::KeepSent,
        })
    };
    let day =
        move || words.with(Key::KeepChanged, &[("day", &day_of(changed)), ("time", &when::clock(changed))]);
    let is_open = move || kept.family().is_some_and(|family| family.id() == id);
    let open = move |_| {
        leptos::task::spawn_local(async move {
            if is_open() {
                let place = kept.with(|draft| go_on(&draft.step));
                return door.go(place.unwrap_or(Place::Welcome));
            }
            if !kept.lock_when_saved().await {
                stays.try_set(true);
                return;
            }
            kept.choose(id);
            door.go(Place::Keep(Page::Pin));
        })
    };
    let erase = move |_| {
        kept.choose(id);
        door.go(Place::Keep(Page::Erase));
    };
    view! {
        <li class="keep__family">
            <button type="button" class="door__row" on:click=open>
                <Draw icon=icon::PEOPLE/>
                <span>
                    {name}<br/>
                    <span class="door__hint">{day}<br/>{state}{move || is_open().then(|| format!(" · {}", words.get(Key::KeepOpen)))}</span>
                </span>
            </button>
            <button type="button" class="door__skip" on:click=erase>
                {Signal::derive(move || words.with(Key::KeepEraseOne, &[("n", &number)]))}
            </button>
        </li>
    }
}

/// `12/11/2026`, the order of figures that every language here reads.
fn day_of(at: u64) -> String {
    let local = when::local(at);
    format!("{}/{}/{}", local.get_date(), local.get_month() + 1, local.get_full_year())
}
