//! Throws away what was typed in a form and kept, once somebody has said so twice.

use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault_handle};
use crate::pages::keeper::{Draft, Keeper};
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, use_words};
use domain::{Change, Entry, EntryId};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use store::{Note, Vault};

fn entry_of(vault: &Vault, change: Change) -> Entry {
    let identity = vault.identity();
    Entry {
        id: EntryId::fresh(when::now(), store::random()),
        author: identity.user,
        enrolment: identity.enrolment,
        at: when::now(),
        changes: vec![change],
    }
}

/// The button, as long as something is typed.
#[component]
pub fn Discard<T: Draft>(
    /// What is typed.
    draft: RwSignal<T>,
    /// What keeps it: stopped, so that nothing brings it back.
    keeper: StoredValue<Keeper<T>, LocalStorage>,
    /// Where to go then.
    href: String,
    /// What else is stated then, of what was kept as a record, and what the list of what waits calls it.
    #[prop(default = None)]
    also: Option<(Change, Note)>,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let (asked, trouble) = (RwSignal::new(false), RwSignal::new(None::<Key>));
    let navigate = use_navigate();
    let (more, also) = (also.is_some(), StoredValue::new(also));
    let discard = move |_| {
        let also = also.get_value();
        let (keeper, vault, navigate, href) =
            (keeper.get_value(), vault.get_value(), navigate.clone(), href.clone());
        let id = draft.with_untracked(Draft::id);
        leptos::task::spawn_local(async move {
            keeper.stop().await;
            let outcome = match also {
                Some((change, note)) => {
                    vault.save(&entry_of(&vault, change), note, Some(id)).await.map(|_| ())
                }
                None => vault.discard_draft(id).await,
            };
            match outcome {
                Ok(()) => {
                    // Left stopped: the page that goes must not bring it back.
                    if more {
                        device.courier().saved(device);
                    }
                    device.refresh();
                    navigate(&href, Default::default());
                }
                Err(error) => {
                    trouble.try_set(Some(explain(&error)));
                    keeper.go_on().await;
                }
            }
        });
    };
    let discard = StoredValue::new_local(discard);
    view! {
        <Show when=move || more || draft.with(|it| !it.is_empty())>
            <div class="line">
                <button class="btn btn--quiet" type="button" hidden=move || asked.get() on:click=move |_| asked.set(true)>
                    <Draw icon=Icon::Trash/>
                    {move || words.get(Key::LeftDiscard)}
                </button>
                <Show when=move || asked.get()>
                    <p class="note" role="status">{move || words.get(Key::DraftDiscardAsk)}</p>
                    <button class="btn btn--danger" type="button"
                        on:click=move |event| discard.with_value(|discard| discard(event))>
                        {move || words.get(Key::DraftDiscardYes)}
                    </button>
                    <button class="btn" type="button" on:click=move |_| asked.set(false)>
                        {move || words.get(Key::DraftKeep)}
                    </button>
                </Show>
            </div>
            <p class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
        </Show>
    }
}
