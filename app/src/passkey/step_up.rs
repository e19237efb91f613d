//! Asks for a passkey when the server wants one, and then does again what was to be done.

use super::browser::{self, Making, NotShown, Showing};
use crate::components::{Busy, Draw, Icon, Notice};
use crate::courier;
use crate::device::use_vault;
use crate::words::{Key, use_words};
use api::{ApiError, PasskeyMade, PasskeyShown};
use js_sys::{Function, Promise};
use leptos::html::Dialog;
use leptos::prelude::*;
use serde_bytes::ByteBuf;
use std::future::Future;
use store::Vault;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Handle by which pages call what asks for a passkey. Cheap to copy.
#[derive(Clone, Copy)]
pub struct StepUp {
    /// Whether the person is being asked.
    open: RwSignal<bool>,
    /// Tells whoever waits what came of it.
    answer: StoredValue<Option<Function>, LocalStorage>,
    vault: StoredValue<Vault, LocalStorage>,
}

/// Provides the handle to the pages within; the dialog itself is [`StepUpDialog`].
pub fn provide_step_up() {
    let step_up = StepUp {
        open: RwSignal::new(false),
        answer: StoredValue::new_local(None),
        vault: StoredValue::new_local(use_vault()),
    };
    provide_context(step_up);
}

/// The handle; pages behind the lock have one.
#[must_use]
pub fn use_step_up() -> StepUp {
    expect_context()
}

impl StepUp {
    /// Calls a server function. When it asks for a passkey, the person is asked for theirs in words (or to register their
    /// first one) and it is called once more; when the session has run out, the vault signs in anew before that.
    ///
    /// ```ignore
    /// let step_up = use_step_up();
    /// let people = step_up.call(|| api::staff_people()).await?;
    /// ```
    ///
    /// # Errors
    /// As the function; [`ApiError::PasskeyNeeded`] when the person showed none.
    pub async fn call<T, F>(self, deed: impl Fn() -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let mut outcome = deed().await;
        if let (Err(ApiError::NotSignedIn), Some(vault)) = (&outcome, self.vault.try_get_value())
            && courier::sign_in(&vault).await
        {
            outcome = deed().await;
        }
        if matches!(outcome, Err(ApiError::PasskeyNeeded)) && self.ask().await {
            outcome = deed().await;
        }
        outcome
    }

    /// Asks for a passkey now. Whether one was shown.
    async fn ask(self) -> bool {
        // One dialog at a time: who asks while it is open is told that nobody showed one.
        if self.open.try_get_untracked() != Some(false) {
            return false;
        }
        let promise = Promise::new(&mut |resolve, _| {
            self.answer.try_set_value(Some(resolve));
        });
        self.open.try_set(true);
        JsFuture::from(promise).await.is_ok_and(|shown| shown.is_truthy())
    }

    fn close(self, shown: bool) {
        self.open.try_set(false);
        if let Some(Some(answer)) = self.answer.try_update_value(Option::take) {
            let _ = answer.call1(&JsValue::NULL, &JsValue::from_bool(shown));
        }
    }
}

/// What the person is asked to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Not known yet whether they have a passkey.
    Looking,
    /// To register their first one.
    Make,
    /// To show the one just made.
    Made,
    /// To show one.
    Show,
}

/// The dialog that asks. Stands once in the frame of every page behind the lock.
#[component]
pub fn StepUpDialog() -> impl IntoView {
    let words = use_words();
    let step_up = use_step_up();
    let dialog = NodeRef::<Dialog>::new();
    let step = RwSignal::new(Step::Looking);
    let fault = RwSignal::new(None::<Key>);
    let busy = RwSignal::new(false);
    on_cleanup(move || step_up.close(false));
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if !step_up.open.get() {
            dialog.close();
            return;
        }
        step.set(Step::Looking);
        fault.set(None);
        let _ = dialog.show_modal();
        leptos::task::spawn_local(async move {
            match look().await {
                Ok(found) => {
                    step.try_set(found);
                }
                Err(key) => {
                    fault.try_set(Some(key));
                }
            }
        });
    });
    let go = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        fault.set(None);
        let vault = step_up.vault.get_value();
        leptos::task::spawn_local(async move {
            let outcome = match step.get_untracked() {
                Step::Looking => look().await.map(Some),
                Step::Make => make(&vault).await.map(|()| Some(Step::Made)),
                Step::Made | Step::Show => show().await.map(|()| None),
            };
            busy.try_set(false);
            match outcome {
                Ok(Some(next)) => {
                    step.try_set(next);
                }
                Ok(None) => step_up.close(true),
                Err(key) => {
                    fault.try_set(Some(key));
                }
            }
        });
    };
    let title = move || match step.get() {
        Step::Make => Key::StepUpMakeTitle,
        _ => Key::StepUpTitle,
    };
    let text = move || match step.get() {
        Step::Make => Key::StepUpMakeText,
        Step::Made => Key::StepUpMadeText,
        _ => Key::StepUpText,
    };
    let label = move || match step.get() {
        Step::Looking => Key::TryAgain,
        Step::Make => Key::StepUpMake,
        Step::Made | Step::Show => Key::StepUpShow,
    };
    // Nothing to press while it is not known what for.
    let ready = move || step.get() != Step::Looking || fault.get().is_some();
    view! {
        <dialog class="step-up" node_ref=dialog aria-labelledby="step-up-title" on:cancel=move |event: leptos::ev::Event| {
            event.prevent_default();
            step_up.close(false);
        }>
            <div class="stack">
                <h2 id="step-up-title" tabindex="-1" autofocus>{move || words.get(title())}</h2>
                <p>{move || words.get(text())}</p>
                <div role="alert">
                    {move || fault.get().map(|key| view! {
                        <Notice class="notice--error" icon=Icon::Alert>{words.get(key)}</Notice>
                    })}
                </div>
                <div class="line">
                    <Show when=ready>
                        <button class="btn btn--primary btn--big" type="button" on:click=go
                            aria-busy=move || busy.get().to_string()>
                            <Draw icon=Icon::Lock/>
                            {move || words.get(label())}
                        </button>
                    </Show>
                    <button class="btn btn--quiet" type="button" on:click=move |_| step_up.close(false)>
                        {move || words.get(Key::Cancel)}
                    </button>
                </div>
                <Show when=move || busy.get() || !ready()><Busy label=Key::StepUpBusy/></Show>
            </div>
        </dialog>
    }
}

/// Whether the user has a passkey.
async fn look() -> Result<Step, Key> {
    if !browser::is_possible() {
        return Err(Key::PasskeyImpossible);
    }
    let passkeys = api::passkeys().await.map_err(|error| explain(&error))?;
    Ok(if passkeys.is_empty() { Step::Make } else { Step::Show })
}

/// Makes a passkey and registers it: the user's first one, or another after one was shown.
pub(super) async fn make(vault: &Vault) -> Result<(), Key> {
    let asked = api::passkey_challenge(true).await.map_err(|error| explain(&error))?;
    let known: Vec<&[u8]> = asked.known.iter().map(|id| &id[..]).collect();
    let making = Making {
        domain: &asked.domain,
        user: &asked.user,
        shown: &vault.identity().staff_code,
        challenge: &asked.challenge,
        known: &known,
        salt: None,
    };
    let answer = browser::make(&making).await.map_err(NotShown::key)?;
    let message = [&answer.client_data[..], &answer.data[..]].concat();
    let signature = vault.vouch_for_passkey(&message).map_err(|_| Key::StoreUnavailable)?;
    let made = PasskeyMade {
        client_data: ByteBuf::from(answer.client_data),
        attestation: ByteBuf::from(answer.data),
        signature: ByteBuf::from(signature.to_vec()),
    };
    api::passkey_register(made).await.map_err(|error| explain(&error))
}

async fn show() -> Result<(), Key> {
    let asked = api::passkey_challenge(false).await.map_err(|error| explain(&error))?;
    let known: Vec<&[u8]> = asked.known.iter().map(|id| &id[..]).collect();
    let showing = Showing { domain: &asked.domain, challenge: &asked.challenge, known: &known, salt: None };
    let answer = browser::show(&showing).await.map_err(NotShown::key)?;
    let shown = PasskeyShown {
        credential: ByteBuf::from(answer.credential),
        client_data: ByteBuf::from(answer.client_data),
        authenticator_data: ByteBuf::from(answer.data),
        signature: ByteBuf::from(answer.signature),
    };
    api::passkey_show(shown).await.map(|_| ()).map_err(|error| explain(&error))
}

/// Why the server did not take it, as a sentence.
pub(super) fn explain(error: &ApiError) -> Key {
    match error {
        ApiError::NoAnswer => Key::PasskeyNoLine,
        ApiError::Refused | ApiError::Malformed => Key::PasskeyRefused,
        ApiError::NotHere => Key::PasskeyImpossible,
        ApiError::PasskeyNeeded => Key::PasskeyNeeded,
        ApiError::TooMany { .. } => Key::TroubleTooMany,
        _ => Key::ServerNotAble,
    }
}
