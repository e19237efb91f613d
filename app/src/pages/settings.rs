//! Settings of this device: language, looks, storage, keys.

use super::enrol::Fingerprint;
use crate::components::language::speak;
use crate::components::{Status, Tone};
use crate::device::{use_device, use_vault};
use crate::passkey::{OwnPasskeys, UnlockSetting};
use crate::when;
use crate::words::{Key, Language, use_words};
use leptos::prelude::*;
use store::Store;
use wasm_bindgen_futures::JsFuture;

/// Puts the theme and the size of text of this device in place.
pub async fn apply_looks(store: &Store) {
    for name in ["theme", "text"] {
        let value = store.reference().preference(name).await.ok().flatten();
        set_look(name, value.as_deref().unwrap_or("auto"));
    }
}

fn set_look(name: &str, value: &str) {
    let Some(root) = document().document_element() else { return };
    let attribute = format!("data-{name}");
    let _ = if value == "auto" {
        root.remove_attribute(&attribute)
    } else {
        root.set_attribute(&attribute, value)
    };
}

/// The page.
#[component]
pub fn Settings() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::NavSettings);
    let store = device.store();
    let identity = vault.identity();
    let languages = Language::ALL.map(|language| {
        let store = store.clone();
        let choose = move |_| speak(words, Some(store.clone()), language);
        view! {
            <label class="choice">
                <input type="radio" name="language" value=language.code() on:change=choose
                    prop:checked=move || words.language() == language/>
                <span lang=language.code()>{language.name()}</span>
            </label>
        }
    });
    let storage = LocalResource::new(storage);
    let storage_words = move || {
        let (kept, used) = storage.get()?;
        let (tone, key) =
            if kept { (Tone::Sent, Key::StorageKept) } else { (Tone::Attention, Key::StorageNotKept) };
        Some(view! {
            <Status tone>{words.get(key)}</Status>
            <p class="note">{words.with(Key::StorageUsed, &[("size", &when::size(words, used))])}</p>
        })
    };
    let ask = move |_| {
        leptos::task::spawn_local(async move {
            store::ask_to_persist().await;
            storage.refetch();
        });
    };
    let role = identity.role;
    let administers = domain::Role::from_code(role).is_some_and(|role| {
        domain::permission::OfficeAct::ALL
            .iter()
            .any(|act| domain::permission::office_reach(role, *act).is_some())
    });
    let role = move || {
        let role = domain::Role::from_code(role).map(domain::Role::key).unwrap_or_default();
        words.named(&format!("role_{role}")).unwrap_or_default()
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <h1 tabindex="-1">{move || words.get(Key::NavSettings)}</h1>
            <section class="card card--flush" aria-label=move || words.get(Key::SettingsYours)>
                <div class="setting">
                    <div><h2 class="card__title">{move || words.get(Key::Language)}</h2></div>
                    <fieldset>
                        <legend class="unseen">{move || words.get(Key::Language)}</legend>
                        <div class="choices">{languages}</div>
                    </fieldset>
                </div>
                <Look name="theme" title=Key::Theme choices=[("auto", Key::ThemeAuto), ("light", Key::ThemeLight), ("dark", Key::ThemeDark)]/>
                <Look name="text" title=Key::TextSize choices=[("auto", Key::TextNormal), ("large", Key::TextLarge), ("larger", Key::TextLarger)]/>
            </section>
            <section class="card card--flush" aria-label=move || words.get(Key::SettingsDevice)>
                <div class="setting">
                    <div>
                        <h2 class="card__title">{move || words.get(Key::Storage)}</h2>
                        <p class="note">{move || words.get(Key::StorageText)}</p>
                    </div>
                    <div class="stack">
                        {storage_words}
                        <button class="btn" type="button" on:click=ask>{move || words.get(Key::StorageAsk)}</button>
                    </div>
                </div>
                <Show when=move || !device.practises()><super::recovery::SecondCopy/></Show>
                <div class="setting">
                    <div>
                        <h2 class="card__title">{identity.staff_code.clone()}</h2>
                        <p class="note">{identity.name.clone()}" · "{role}</p>
                    </div>
                </div>
                <div class="setting">
                    <div>
                        <h2 class="card__title">{move || words.get(Key::Fingerprint)}</h2>
                        <p class="note">{move || words.get(Key::EnrolMarksText)}</p>
                    </div>
                    <Fingerprint root=identity.root/>
                </div>
                <Show when=move || !device.practises()>
                    <super::notes::OwnKey/>
                    <UnlockSetting/>
                    <Show when=move || administers><OwnPasskeys/></Show>
                    <div class="setting">
                        <div><h2 class="card__title">{move || words.get(Key::PracticeTitle)}</h2></div>
                        <crate::practice::Offer/>
                    </div>
                </Show>
                <Show when=move || !device.practises()><super::take_off::TakeOff/></Show>
                <div class="setting">
                    <div><h2 class="card__title">{move || words.get(Key::Version)}</h2></div>
                    <p class="code">{env!("CARGO_PKG_VERSION")}</p>
                </div>
            </section>
            <super::admin::Entrance/>
        </main>
    }
}

/// Choices about how the app looks on this device.
#[component]
fn Look(name: &'static str, title: Key, choices: [(&'static str, Key); 3]) -> impl IntoView {
    let words = use_words();
    let store = use_device().store();
    let now = document()
        .document_element()
        .and_then(|root| root.get_attribute(&format!("data-{name}")))
        .unwrap_or_else(|| "auto".to_owned());
    let choices: Vec<_> = choices
        .into_iter()
        .map(|(value, key)| {
            let store = store.clone();
            let choose = move |_| {
                set_look(name, value);
                let store = store.clone();
                leptos::task::spawn_local(async move {
                    let _ = store.reference().set_preference(name, value).await;
                });
            };
            view! {
                <label class="choice">
                    <input type="radio" name=name value=value on:change=choose prop:checked=now == value/>
                    <span>{move || words.get(key)}</span>
                </label>
            }
        })
        .collect();
    view! {
        <div class="setting">
            <div><h2 class="card__title">{move || words.get(title)}</h2></div>
            <fieldset>
                <legend class="unseen">{move || words.get(title)}</legend>
                <div class="choices">{choices}</div>
            </fieldset>
        </div>
    }
}

/// Whether the browser promised to keep the storage, and how much is used.
async fn storage() -> (bool, u64) {
    let manager = window().navigator().storage();
    let kept = match manager.persisted() {
        Ok(asked) => JsFuture::from(asked).await.is_ok_and(|answer| answer.is_truthy()),
        Err(_) => false,
    };
    let used = match manager.estimate() {
        Ok(asked) => JsFuture::from(asked).await.ok().and_then(|estimate| {
            js_sys::Reflect::get(&estimate, &wasm_bindgen::JsValue::from_str("usage")).ok()?.as_f64()
        }),
        Err(_) => None,
    };
    (kept, used.unwrap_or_default() as u64)
}
