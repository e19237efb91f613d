//! Takes back what was handed out last, for ten seconds after the tap; later on the page of what was given.

use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault_handle};
use crate::forms::{Forms, use_forms};
use crate::pages::assistance::{entry_of, steps_words, today_text};
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::service::Brief;
use domain::service::assistance::{self, RETURNED};
use domain::{EntryId, RecordId};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use std::collections::BTreeMap;
use store::{Note, SavedAt, Vault};

/// How long it can be taken back beside the list.
const UNDO_MS: u32 = 10_000;

/// What was saved here since the page was opened, by the group: the help, and whether it stands or was taken back.
pub type Fresh = BTreeMap<RecordId, (Brief, bool)>;

/// What was handed out last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    pub gift: Brief,
    pub group: RecordId,
    pub name: String,
}

/// The button, as long as there is something to take back.
#[component]
pub fn Undoing(
    /// What was handed out last.
    last: RwSignal<Option<Last>>,
    /// What was saved or taken back here since.
    fresh: RwSignal<Fresh>,
    /// When something was last saved.
    saved_at: RwSignal<Option<u64>>,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let device = use_device();
    let handle = use_vault_handle();
    let (busy, trouble) = (RwSignal::new(false), RwSignal::new(None::<String>));
    Effect::new(move |_| {
        let Some(this) = last.get() else { return };
        trouble.set(None);
        leptos::task::spawn_local(async move {
            TimeoutFuture::new(UNDO_MS).await;
            // The page may be gone by then, or somebody else have received meanwhile.
            if last.try_get_untracked().flatten().as_ref() == Some(&this) {
                last.try_set(None);
            }
        });
    });
    let undo = move |_| {
        let Some(this) = last.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        // The page goes with the keys.
        let Some(vault) = handle.try_get_value() else { return };
        busy.set(true);
        leptos::task::spawn_local(async move {
            match give_back(&vault, words, forms, &this).await {
                Ok(saved) => {
                    fresh.try_update(|fresh| fresh.insert(this.group, (this.gift.clone(), false)));
                    saved_at.try_set(Some(saved.ms));
                    if last.try_get_untracked().flatten().as_ref() == Some(&this) {
                        last.try_set(None);
                    }
                    device.courier().saved(device);
                }
                Err(sentence) => {
                    trouble.try_set(Some(sentence));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <p class="field__error" role="alert">{move || trouble.get()}</p>
        {move || last.get().map(|last| {
            let name = if last.name.is_empty() { words.get(Key::NoNameYet) } else { last.name };
            view! {
                <p class="line dist__last">
                    <Draw icon=Icon::Check/>
                    <span>{words.get(Key::DistGiven)}": "<bdi>{name}</bdi></span>
                    <button class="btn" type="button" aria-busy=move || busy.get().to_string() on:click=undo>
                        <Draw icon=Icon::Undo/>
                        {words.get(Key::Undo)}
                    </button>
                </p>
            }
        })}
    }
}

/// States that it came back. What could not be saved is said in a sentence.
async fn give_back(vault: &Vault, words: Words, forms: Forms, last: &Last) -> Result<SavedAt, String> {
    let said = |error| words.get(explain(&error));
    let Some(record) = vault.record(last.gift.record).await.map_err(said)? else {
        return Err(words.get(Key::NotRead));
    };
    let fields = assistance::step(&record, RETURNED, &today_text())
        .map_err(|refused| steps_words(words, forms, refused.allowed))?;
    // It came back already.
    let change = record.change(fields).ok_or_else(|| steps_words(words, forms, &[]))?;
    let entry = entry_of(vault, EntryId::fresh(when::now(), store::random()), change);
    let note = Note { person: last.name.clone(), act: "gift_step".into(), record: last.gift.record };
    vault.save(&entry, note, None).await.map_err(said)
}
