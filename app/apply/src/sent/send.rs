//! «Mandar»: what is sealed and kept to be handed in, with or without a line.

use super::Page;
use super::carry::{Carrier, Going, use_carrier};
use super::letters::NotPosted;
use crate::frame::{Door, Frame, use_door};
use crate::keep::use_kept;
use crate::page::Page as Place;
use crate::pieces::lean::Show;
use crate::pieces::lean::memo;
use crate::pieces::{Notice, Tone, dynamic, icon};
use crate::words::{Key, use_words};
use leptos::prelude::*;
use store::StoreError;

/// Something is being sealed and kept; one at a time.
#[derive(Clone, Copy)]
pub struct Posting {
    busy: RwSignal<bool>,
    fault: RwSignal<Option<Key>>,
}

impl Default for Posting {
    fn default() -> Self {
        Self::new()
    }
}

impl Posting {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Posting {
        Posting { busy: RwSignal::new(false), fault: RwSignal::new(None) }
    }

    /// Does it, and `then` goes on where it was kept.
    pub fn go(
        self,
        deed: impl Future<Output = Result<(), NotPosted>> + 'static,
        then: impl FnOnce() + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.fault.set(None);
        leptos::task::spawn_local(async move {
            let done = deed.await;
            // The page may be gone by now; what was kept is kept.
            self.busy.try_set(false);
            match done {
                Ok(()) => then(),
                Err(fault) => {
                    self.fault.try_set(Some(reason(&fault)));
                }
            }
        });
    }
}

/// Goes on from a page, unless people went elsewhere while something was sealed.
pub(super) fn on(door: Door, from: Page, to: Page) {
    if untrack(|| door.page()) == Place::Sent(from) {
        door.replace(Place::Sent(to));
    }
}

fn reason(fault: &NotPosted) -> Key {
    match fault {
        NotPosted::NoKeys => Key::SentNoKeys,
        NotPosted::NothingSent => Key::BookNothingSent,
        NotPosted::Store(StoreError::Full) => Key::SentFull,
        NotPosted::Locked | NotPosted::Store(_) => Key::SentNotKept,
    }
}

/// How far the sealing is, and what went wrong.
#[component]
pub(super) fn Progress(
    /// What is done.
    posting: Posting,
) -> impl IntoView {
    let (words, carrier): (_, Carrier) = (use_words(), use_carrier());
    let share = move || match carrier.going() {
        Going::Working(share) => share.to_string(),
        _ => "0".to_owned(),
    };
    view! {
        <div role="status">
            <Show when=move || posting.busy.get()>
                <label class="slip__work">
                    {words.text(Key::SentSealing)}
                    <progress max="100" value=Signal::derive(share)></progress>
                </label>
            </Show>
        </div>
        {dynamic(move || posting.fault.get().map(|fault| view! {
            <Notice tone=Tone::Error><p role="alert">{Signal::derive(move || words.get(fault))}</p></Notice>
        }).into_any())}
    }
}

pub(super) fn send() -> impl IntoView {
    let (door, words, kept, carrier) = (use_door(), use_words(), use_kept(), use_carrier());
    let posting = Posting::new();
    let again = memo(move || kept.with(|draft| draft.posted > 0).unwrap_or(false));
    let title = move || words.get(if again.get() { Key::SentTitleAgain } else { Key::SentTitle });
    let button = move || words.get(if again.get() { Key::SentSendAgain } else { Key::SentSend });
    let site = move || kept.with(|draft| draft.application.site.clone()).unwrap_or_default();
    let organisation = move || kept.with(|draft| draft.application.organisation.clone()).unwrap_or_default();
    let office = move || door.choices().label("sites", &site());
    let notice = move || carrier.trust().and_then(|trust| trust.office(&site(), &organisation()).cloned());
    let more = move || {
        notice().map(|it| {
            let lines = [it.address, it.hours, it.phone].into_iter().filter(|line| !line.is_empty());
            lines
                .map(|line| view! { <p class="door__hint" dir="auto">{line}</p> })
                .map(IntoAny::into_any)
                .collect::<Vec<AnyView>>()
        })
    };
    let press = move |()| posting.go(carrier.post(), move || on(door, Page::Send, Page::Slip));
    view! {
        <Frame
            title=Signal::derive(title)
            icon=icon::SEND
            next=Signal::derive(button)
            on_next=Callback::new(press)
        >
            <p>{words.text(Key::SentTo)}" "<strong>{Signal::derive(office)}</strong></p>
            {dynamic(move || more().into_any())}
            <ul class="door__rights" role="list">
                <li>{words.text(Key::SentSealed)}</li>
                <li>{words.text(Key::SentAnyTime)}</li>
                <li>{words.text(Key::SentChangeLater)}</li>
            </ul>
            <Progress posting/>
        </Frame>
    }
}
