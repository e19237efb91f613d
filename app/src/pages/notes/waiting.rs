//! Devices that somebody got after they were let read a note: whoever reads it asks them, and compares keys, before
//! such a device gets the note's.

use crate::components::{Icon, Notice};
use crate::device::{use_device, use_vault, use_vault_handle};
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, use_words};
use domain::{EntryId, Kind, RecordId};
use leptos::prelude::*;
use leptos_router::components::A;
use store::{Note, WaitingDevice};

/// A device that waits, with what to do before it gets access.
#[component]
pub fn Waiting(
    /// The note.
    note: RecordId,
    /// The device.
    waits: WaitingDevice,
    /// How whoever it is said to belong to is called.
    who: Signal<String>,
    /// Whether that is oneself.
    own: bool,
    /// For the list of what waits to be sent.
    about: Note,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let asking = RwSignal::new(false);
    let (busy, trouble) = (RwSignal::new(false), RwSignal::new(None::<Key>));
    // Fixed once: two taps are one entry.
    let entry = EntryId::fresh(when::now(), store::random());
    let give = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let (vault, about) = (vault.get_value(), about.clone());
        leptos::task::spawn_local(async move {
            match vault.give_device(note, entry, &waits, about).await {
                Ok(true) => device.courier().saved(device),
                // Somebody else gave it, or what is known of it changed meanwhile: the page shows what is so now.
                Ok(false) => device.refresh(),
                Err(error) => {
                    let _ = trouble.try_set(Some(explain(&error)));
                }
            }
            let _ = busy.try_set(false);
        });
    };
    let told = move || {
        let when = when::moment(words, waits.since);
        words.with(Key::NoteDeviceNew, &[("who", &who.get()), ("when", &when)])
    };
    let ask = move || match own {
        true => words.get(Key::NoteDeviceAskOwn),
        false => words.with(Key::NoteDeviceAsk, &[("who", &who.get())]),
    };
    view! {
        <div class="stack">
            <p>{told}</p>
            <Show when=move || !asking.get()>
                <button class="btn btn--small" type="button" on:click=move |_| asking.set(true)>
                    {move || words.get(Key::NoteDeviceGive)}
                </button>
            </Show>
            <Show when=move || asking.get()>
                <p>{ask}</p>
                <Groups key=waits.inbox/>
                <div class="line">
                    <button class="btn btn--primary" type="button" aria-busy=move || busy.get().to_string()
                        on:click=give.clone()>{move || words.get(Key::NoteDeviceYes)}</button>
                    <button class="btn" type="button" on:click=move |_| asking.set(false)>
                        {move || words.get(Key::Cancel)}
                    </button>
                </div>
            </Show>
            <p class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
        </div>
    }
}

/// The first characters of a device's key, in groups.
#[component]
fn Groups(key: [u8; 32]) -> impl IntoView {
    let groups = seal::server_keys::groups(&key).into_iter().map(|group| view! { <span>{group}</span> });
    let groups: Vec<_> = groups.collect();
    view! { <p class="print-groups ltr">{groups}</p> }
}

/// In the settings: this device's key, which colleagues compare before they give it access.
#[component]
pub fn OwnKey() -> impl IntoView {
    let words = use_words();
    let key = use_vault().own_key().ok()?;
    Some(view! {
        <div class="setting">
            <div>
                <h2 class="card__title">{move || words.get(Key::DeviceKey)}</h2>
                <p class="note">{move || words.get(Key::DeviceKeyText)}</p>
            </div>
            <Groups key/>
        </div>
    })
}

/// On the first page: that a device waits, and where; whose is said there alone. Nothing where none does.
#[component]
pub fn AtHome() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        // What cannot be read now is said when the store does not answer a page of its own.
        async move { vault.owners_with_waiting_devices().await.unwrap_or_default() }
    });
    move || {
        let (kind, owner) = loaded.get()?.into_iter().next()?;
        let href = if kind == Kind::GROUP { format!("/groups/{owner}") } else { format!("/people/{owner}") };
        Some(view! {
            <Notice icon=Icon::Lock>
                {move || words.get(Key::NotesWait)} " "
                <A href=href>{move || words.get(Key::NotesWaitGo)}</A>
            </Notice>
        })
    }
}
