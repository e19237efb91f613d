//! A passkey as a second way of unlocking: what it computes opens a slot of the vault, with no line and no server.

use super::browser::{self, Making, NotShown, Showing};
use crate::components::{Busy, Draw, Icon, Notice, Status, Tone};
use crate::derive;
use crate::device::{Device, use_device, use_vault, use_vault_handle};
use crate::pages::trouble::explain;
use crate::pages::unlock::{PassphraseInput, SHORT};
use crate::words::{Key, use_words};
use leptos::prelude::*;
use store::{PasskeyOf, SecretKey, StoreError, Vault, VaultInfo};
use zeroize::Zeroizing;

/// Makes a passkey for a vault and has it shown once more: only one that computes the same both times will open anything
/// later.
async fn add(device: Device, vault: &Vault, passphrase: &str) -> Result<(), Key> {
    let identity = vault.identity();
    let vaults = device.store().vaults().await.map_err(|error| explain(&error))?;
    let info = vaults.into_iter().find(|info| info.id == identity.vault).ok_or(Key::StoreUnavailable)?;
    let stretched = derive::stretch(passphrase, info.kdf, &info.salt).await.map_err(|_| Key::NotAble)?;
    let tries = device.store().tries(info.id).await.unwrap_or_default();
    if tries.wait <= SHORT {
        gloo_timers::future::TimeoutFuture::new(tries.wait * 1_000).await;
    }
    // Before anything is asked of the authenticator, which would be left with a passkey for nothing.
    device.store().knows(&info, &stretched).await.map_err(|error| explain(&error))?;
    let salt: [u8; 32] = store::random();
    let domain = browser::domain();
    let making = Making {
        domain: &domain,
        // Not the user's own id: a passkey for the server must not be written over.
        user: &store::random::<16>(),
        shown: &identity.staff_code,
        challenge: &store::random::<32>(),
        known: &[],
        salt: Some(&salt),
    };
    let made = browser::make(&making).await.map_err(NotShown::key)?;
    let passkey = PasskeyOf { credential: made.credential, salt };
    let computed = compute(&passkey).await.map_err(NotShown::key)?;
    if made.computed.is_some_and(|first| **first != **computed) {
        return Err(Key::PasskeyNoPrf);
    }
    vault.add_passkey(&stretched, &passkey, &computed).await.map_err(|error| explain(&error))
}

async fn compute(passkey: &PasskeyOf) -> Result<SecretKey, NotShown> {
    let showing = Showing {
        domain: &browser::domain(),
        challenge: &store::random::<32>(),
        known: &[&passkey.credential],
        salt: Some(&passkey.salt),
    };
    browser::show(&showing).await?.computed.ok_or(NotShown::NoPrf)
}

/// Opens a vault with its passkey.
async fn unlock(device: Device, who: &VaultInfo, passkey: &PasskeyOf) -> Result<(), Key> {
    let computed = compute(passkey).await.map_err(|error| match error {
        NotShown::Declined | NotShown::Known => Key::UnlockPasskeyDeclined,
        NotShown::NoPrf => Key::UnlockPasskeyWrong,
        NotShown::Impossible => Key::UnlockPasskeyImpossible,
    })?;
    device.unlock_with_passkey(who, &computed).await.map_err(|error| match error {
        StoreError::WrongPassphrase => Key::UnlockPasskeyWrong,
        other => explain(&other),
    })
}

/// The button before the lock, for a vault that has a passkey.
#[component]
pub fn UnlockButton(
    /// Whose vault is chosen.
    #[prop(into)]
    who: Signal<Option<VaultInfo>>,
    /// Whether something is under way.
    busy: RwSignal<bool>,
    /// What went wrong, shown beside the passphrase, which works as ever.
    fault: RwSignal<Option<Key>>,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let open = move |_| {
        let chosen = who.get_untracked().and_then(|who| who.passkey.clone().map(|passkey| (who, passkey)));
        let Some((who, passkey)) = chosen.filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        fault.set(None);
        leptos::task::spawn_local(async move {
            let outcome = unlock(device, &who, &passkey).await;
            // The page is gone when the device is open.
            busy.try_set(false);
            if let Err(key) = outcome {
                fault.try_set(Some(key));
            }
        });
    };
    let has_one = move || who.with(|who| who.as_ref().is_some_and(|who| who.passkey.is_some()));
    view! {
        <Show when=move || has_one() && browser::is_possible()>
            <button class="btn btn--big btn--wide" type="button" on:click=open>
                <Draw icon=Icon::Shield/>
                {move || words.get(Key::UnlockWithPasskey)}
            </button>
        </Show>
    }
}

/// The setting: adds the passkey and takes it out.
#[component]
pub fn UnlockSetting() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let shown_vault = use_vault();
    let held = LocalResource::new(move || {
        let vault = shown_vault.clone();
        async move { vault.passkey().await }
    });
    let adding = RwSignal::new(false);
    let removing = RwSignal::new(false);
    let fault = RwSignal::new(None::<Key>);
    let busy = RwSignal::new(false);
    let passphrase = RwSignal::new(String::new());
    let shown = RwSignal::new(false);
    let input = NodeRef::<leptos::html::Input>::new();
    on_cleanup(move || {
        // What was typed and not sent goes with the page.
        drop(Zeroizing::new(passphrase.try_update_untracked(std::mem::take).unwrap_or_default()));
    });
    let add_now = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        fault.set(None);
        let vault = vault.get_value();
        leptos::task::spawn_local(async move {
            let typed = Zeroizing::new(passphrase.try_update(std::mem::take).unwrap_or_default());
            let outcome = add(device, &vault, &typed).await;
            busy.try_set(false);
            match outcome {
                Ok(()) => {
                    adding.try_set(false);
                    held.refetch();
                }
                Err(key) => {
                    fault.try_set(Some(key));
                }
            }
        });
    };
    let remove_now = move |_| {
        let vault = vault.get_value();
        leptos::task::spawn_local(async move {
            let outcome = vault.remove_passkey().await;
            removing.try_set(false);
            fault.try_set(outcome.err().map(|error| explain(&error)));
            held.refetch();
        });
    };
    let has_one = move || held.get().is_some_and(|held| held.is_ok_and(|held| held.is_some()));
    let field = move || if fault.get().is_some() { "field field--error" } else { "field" };
    let form = move || {
        view! {
            <form class="stack" novalidate on:submit=add_now>
                <p>{move || words.get(Key::PasskeyUnlockHow)}</p>
                <div class=field>
                    <label class="field__label" for="passkey-passphrase">{move || words.get(Key::Passphrase)}</label>
                    <p class="field__error" id="passkey-passphrase-fault" role="alert">
                        {move || fault.get().map(|key| words.get(key))}
                    </p>
                    <PassphraseInput id="passkey-passphrase" value=passphrase shown element=input
                        invalid=Signal::derive(move || fault.get().is_some())/>
                </div>
                <div class="line">
                    <button class="btn btn--primary" type="submit" aria-busy=move || busy.get().to_string()>
                        {move || words.get(Key::PasskeyUnlockMake)}
                    </button>
                    <button class="btn btn--quiet" type="button" on:click=move |_| {
                        drop(Zeroizing::new(passphrase.try_update(std::mem::take).unwrap_or_default()));
                        fault.set(None);
                        adding.set(false);
                    }>{move || words.get(Key::Cancel)}</button>
                </div>
                <Show when=move || busy.get()><Busy label=Key::StepUpBusy/></Show>
            </form>
        }
    };
    view! {
        <div class="setting">
            <div>
                <h2 class="card__title">{move || words.get(Key::PasskeyUnlockTitle)}</h2>
                <p class="note">{move || words.get(Key::PasskeyUnlockText)}</p>
            </div>
            <div class="stack">
                <Show when=move || !browser::is_possible()>
                    <Notice icon=Icon::Info>{move || words.get(Key::PasskeyImpossible)}</Notice>
                </Show>
                <Show when=has_one>
                    <Status tone=Tone::Sent>{move || words.get(Key::PasskeyUnlockOn)}</Status>
                    <Show
                        when=move || removing.get()
                        fallback=move || view! {
                            <button class="btn" type="button" on:click=move |_| removing.set(true)>
                                {move || words.get(Key::PasskeyUnlockRemove)}
                            </button>
                        }
                    >
                        <p>{move || words.get(Key::PasskeyUnlockRemoveAsk)}</p>
                        <div class="line">
                            <button class="btn btn--primary" type="button" on:click=remove_now>
                                {move || words.get(Key::PasskeyUnlockRemove)}
                            </button>
                            <button class="btn btn--quiet" type="button" on:click=move |_| removing.set(false)>
                                {move || words.get(Key::Cancel)}
                            </button>
                        </div>
                    </Show>
                </Show>
                <Show when=move || !has_one() && browser::is_possible()>
                    <Show
                        when=move || adding.get()
                        fallback=move || view! {
                            <button class="btn" type="button" on:click=move |_| adding.set(true)>
                                {move || words.get(Key::PasskeyUnlockAdd)}
                            </button>
                        }
                    >
                        {form}
                    </Show>
                </Show>
            </div>
        </div>
    }
}
