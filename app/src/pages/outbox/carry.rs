//! What waits, for another device: as a file, or on the screen for its camera. Nothing leaves the list for it.

use super::screen::Moving;
use crate::components::{Draw, Icon, Notice};
use crate::device::use_device;
use crate::files;
use crate::pages::admin::confirm::{Confirm, Question};
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, Words, use_words};
use leptos::prelude::*;
use leptos_router::components::A;
use store::carry::Packed;

/// Bytes that a screen shows at a time: about 25 seconds before a camera.
const SCREEN: usize = 12 * 1024;
/// How the names of files end that devices hand to each other.
const ENDING: &str = "amparo";
/// What the browser takes such a file for: bytes.
const MEDIA_TYPE: &str = "application/octet-stream";

/// Saves a file for another device. Its name says what it is and when it was made, and nothing of anybody.
pub fn save(what: &str, bytes: &[u8]) -> bool {
    let minute: String = when::local_minute().chars().filter(char::is_ascii_digit).collect();
    files::save(&format!("amparo-{what}-{minute}.{ENDING}"), MEDIA_TYPE, bytes).is_some()
}

/// How much it is, in words.
pub fn amount(words: Words, entries: usize, drafts: usize) -> String {
    let entries = (entries > 0).then(|| words.count(Key::CarryEntries, entries as u64));
    let drafts = (drafts > 0).then(|| words.count(Key::CarryDrafts, drafts as u64));
    words.list([entries, drafts].into_iter().flatten())
}

/// What came of saving.
#[derive(Clone)]
enum Told {
    Saved(String),
    Nothing,
    Failed,
}

/// The ways out.
#[component]
pub fn Carry() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let told = RwSignal::new(None::<Told>);
    let screens = RwSignal::new(None::<(Vec<Packed>, usize)>);
    let save_all = move |_| {
        screens.set(None);
        leptos::task::spawn_local(async move {
            let packed = device.store().mailbox().pack_work().await;
            told.try_set(Some(match packed {
                Ok(Some(packed)) if save("work", &packed.bytes) => {
                    Told::Saved(amount(words, packed.entries, packed.drafts))
                }
                Ok(None) => Told::Nothing,
                _ => Told::Failed,
            }));
        });
    };
    let show = move |_| {
        told.set(None);
        if screens.with_untracked(Option::is_some) {
            screens.set(None);
            return;
        }
        leptos::task::spawn_local(async move {
            match device.store().mailbox().pack_for_screens(SCREEN).await {
                Ok((packed, 0)) if packed.is_empty() => drop(told.try_set(Some(Told::Nothing))),
                Ok(packed) => drop(screens.try_set(Some(packed))),
                Err(_) => drop(told.try_set(Some(Told::Failed))),
            }
        });
    };
    let notice = move || {
        told.get().map(|told| match told {
            Told::Saved(what) => view! {
                <Notice class="notice--ok" icon=Icon::Download>
                    {words.with(Key::CarrySaved, &[("what", &what)])}" "{words.get(Key::CarrySavedNext)}
                </Notice>
            }
            .into_any(),
            Told::Nothing => {
                view! { <Notice icon=Icon::Info>{words.get(Key::CarryNothing)}</Notice> }.into_any()
            }
            Told::Failed => view! {
                <Notice class="notice--attention" icon=Icon::Alert>{words.get(Key::CarryFailed)}</Notice>
            }
            .into_any(),
        })
    };
    let shows = move || screens.with(Option::is_some);
    let carries = LocalResource::new(move || {
        device.changed.track();
        let mailbox = device.store().mailbox();
        async move { mailbox.carried().await }
    });
    let carried = move || {
        let carried = carries.get()?.ok()?;
        let figures = [(Key::CarryHereWaiting, carried.waiting), (Key::CarryHereRefused, carried.refused)];
        let some: Vec<_> = figures.into_iter().filter(|(_, number)| *number > 0).collect();
        (!some.is_empty()).then(|| {
            let what = words.list(some.into_iter().map(|(key, number)| words.count(key, number as u64)));
            view! { <Notice icon=Icon::Outbox>{words.get(Key::CarryHereTitle)}": "{what}</Notice> }
        })
    };
    let refused = Memo::new(move |_| {
        carries.get().is_some_and(|carried| carried.is_ok_and(|carried| carried.refused > 0))
    });
    view! {
        <Show when=move || !device.practises()>
            <section class="card stack" aria-labelledby="carry-title">
                <h2 class="card__title" id="carry-title">{move || words.get(Key::CarryTitle)}</h2>
                <p>{move || words.get(Key::CarryText)}</p>
                <div class="line">
                    <button class="btn" type="button" on:click=save_all>
                        <Draw icon=Icon::Download/>
                        {move || words.get(Key::CarrySave)}
                    </button>
                    <button class="btn" type="button" aria-expanded=move || shows().to_string() on:click=show>
                        {move || view! { <Draw icon=if shows() { Icon::X } else { Icon::Qr }/> }}
                        {move || words.get(if shows() { Key::CarryHide } else { Key::CarryShow })}
                    </button>
                    <A href="/deliver" attr:class="btn btn--quiet">
                        <Draw icon=Icon::Outbox/>
                        {move || words.get(Key::CarryDeliverTitle)}
                    </A>
                </div>
                <div class="stack" aria-live="polite">{notice}{carried}</div>
                <Show when=move || refused.get()><DropRefused/></Show>
                {move || screens.get().map(|(packed, too_large)| view! { <Screens packed too_large/> })}
            </section>
        </Show>
    }
}

const DROP: Question = Question {
    title: Key::CarryDropAsk,
    sentences: &[Key::CarryDropOthers, Key::CarryDropKept],
    deed: Key::CarryDrop,
    grave: true,
};

/// Drops what the server could not take of what is carried for others. Here alone: whoever picks a locked device up is not
/// to throw away anybody's work.
#[component]
fn DropRefused() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let asked = RwSignal::new(None::<Question>);
    let fault = RwSignal::new(None::<Key>);
    let drop_all = move || {
        leptos::task::spawn_local(async move {
            match device.store().mailbox().drop_refused_carried().await {
                Ok(_) => device.refresh(),
                Err(error) => drop(fault.try_set(Some(explain(&error)))),
            }
        });
    };
    view! {
        <div class="line">
            <button class="btn btn--danger" type="button" on:click=move |_| asked.set(Some(DROP))>
                <Draw icon=Icon::Trash/>
                {move || words.get(Key::CarryDrop)}
            </button>
        </div>
        <p class="field__error" role="alert">{move || fault.get().map(|key| words.get(key))}</p>
        <Confirm asked on_yes=drop_all/>
    }
}

/// What waits in as many parts as it takes, each a code that moves.
#[component]
fn Screens(packed: Vec<Packed>, too_large: usize) -> impl IntoView {
    let words = use_words();
    let nth = RwSignal::new(0_usize);
    let of = packed.len();
    let packed = StoredValue::new(packed);
    let what = move || {
        let amount = packed.with_value(|packed| {
            packed.get(nth.get()).map(|it| amount(words, it.entries, it.drafts)).unwrap_or_default()
        });
        let said = [
            ("nth", &*words.number(nth.get() as u64 + 1)),
            ("of", &words.number(of as u64)),
            ("what", &amount),
        ];
        words.with(Key::CarryPart, &said)
    };
    let code = move || {
        let bytes = packed.with_value(|packed| packed.get(nth.get()).map(|it| it.bytes.clone()));
        bytes.map(|bytes| view! { <Moving bytes label=Key::CarryCode/> })
    };
    view! {
        <div class="stack">
            {(too_large > 0).then(|| view! {
                <Notice icon=Icon::Info>{move || words.count(Key::CarryTooLarge, too_large as u64)}</Notice>
            })}
            <Show when=move || { of > 0 }>
                <p aria-live="polite"><strong>{what}</strong></p>
                {code}
                <Show when=move || { of > 1 }>
                    <div class="line">
                        <button class="btn" type="button" disabled=move || nth.get() == 0
                            on:click=move |_| nth.update(|nth| *nth = nth.saturating_sub(1))>
                            {move || words.get(Key::CarryPrevious)}
                        </button>
                        <button class="btn" type="button" disabled=move || nth.get() + 1 >= of
                            on:click=move |_| nth.update(|nth| *nth += 1)>
                            {move || words.get(Key::CarryNext)}
                        </button>
                    </div>
                </Show>
            </Show>
        </div>
    }
}
