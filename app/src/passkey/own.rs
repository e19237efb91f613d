//! The user's own passkeys for administration: which there are, another one, one less.

use super::browser;
use super::step_up::{StepUp, explain, make, use_step_up};
use crate::components::{Icon, Notice};
use crate::device::use_vault_handle;
use crate::when;
use crate::words::{Key, use_words};
use api::{ApiError, PasskeyInfo};
use leptos::prelude::*;
use serde_bytes::ByteBuf;
use store::Vault;

/// Makes another passkey, after one was shown where there is one.
async fn add(step_up: StepUp, vault: &Vault) -> Result<(), Key> {
    // Asked once for the challenge alone, so that the person first shows what they have.
    step_up.call(|| api::passkey_challenge(true)).await.map_err(|error| explain(&error))?;
    make(vault).await
}

async fn remove(step_up: StepUp, credential: ByteBuf) -> Result<(), Key> {
    let removed = step_up.call(|| api::passkey_remove(credential.clone())).await;
    removed.map_err(|error| match error {
        ApiError::Refused => Key::PasskeyLast,
        other => explain(&other),
    })
}

/// The setting, for roles that administer.
#[component]
pub fn OwnPasskeys() -> impl IntoView {
    let words = use_words();
    let step_up = use_step_up();
    let vault = use_vault_handle();
    let held = LocalResource::new(move || async move { step_up.call(api::passkeys).await });
    let fault = RwSignal::new(None::<Key>);
    let busy = RwSignal::new(false);
    let done = move |outcome: Result<(), Key>| {
        busy.try_set(false);
        fault.try_set(outcome.err());
        held.refetch();
    };
    let add_now = move |_| {
        if !busy.get_untracked() {
            busy.set(true);
            let vault = vault.get_value();
            leptos::task::spawn_local(async move { done(add(step_up, &vault).await) });
        }
    };
    let row = move |info: PasskeyInfo| {
        let PasskeyInfo { credential, added_at, shown_at } = info;
        let remove_now = move |_| {
            let credential = credential.clone();
            leptos::task::spawn_local(async move { done(remove(step_up, credential).await) });
        };
        let moments = move || {
            let added = words.with(Key::PasskeyAdded, &[("when", &when::moment(words, added_at))]);
            let shown = (shown_at > 0)
                .then(|| words.with(Key::PasskeyUsed, &[("when", &when::moment(words, shown_at))]));
            [Some(added), shown].into_iter().flatten().collect::<Vec<_>>().join(" · ")
        };
        view! {
            <li class="line">
                <span>{moments}</span>
                <button class="btn" type="button" on:click=remove_now>{move || words.get(Key::PasskeyRemove)}</button>
            </li>
        }
    };
    let list = move || match held.get() {
        Some(Ok(rows)) if rows.is_empty() => {
            view! { <p class="note">{words.get(Key::PasskeyNone)}</p> }.into_any()
        }
        Some(Ok(rows)) => {
            let rows: Vec<_> = rows.into_iter().map(row).collect();
            view! { <ul class="stack">{rows}</ul> }.into_any()
        }
        Some(Err(error)) => view! { <p class="note">{words.get(explain(&error))}</p> }.into_any(),
        None => ().into_any(),
    };
    view! {
        <div class="setting">
            <div>
                <h2 class="card__title">{move || words.get(Key::PasskeysTitle)}</h2>
                <p class="note">{move || words.get(Key::PasskeysText)}</p>
            </div>
            <div class="stack">
                {list}
                <div role="alert">
                    {move || fault.get().map(|key| view! {
                        <Notice class="notice--error" icon=Icon::Alert>{words.get(key)}</Notice>
                    })}
                </div>
                <Show
                    when=browser::is_possible
                    fallback=move || view! { <Notice icon=Icon::Info>{move || words.get(Key::PasskeyImpossible)}</Notice> }
                >
                    <button class="btn" type="button" on:click=add_now aria-busy=move || busy.get().to_string()>
                        {move || words.get(Key::PasskeyAdd)}
                    </button>
                </Show>
            </div>
        </div>
    }
}
