//! Unlocking: who is it, and the passphrase.

use crate::components::{Busy, Draw, Icon};
use crate::device::use_device;
use crate::pages::trouble::explain;
use crate::passkey::UnlockButton;
use crate::when;
use crate::words::{Key, use_words};
use leptos::prelude::*;
use store::VaultInfo;

/// Asks for the passphrase of one of the device's users.
#[component]
pub fn Unlock(
    /// Those on this device when the page is opened; who comes later is shown too.
    at_first: Vec<VaultInfo>,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    crate::desk::title(words, Key::UnlockTitle);
    let chosen = RwSignal::new(at_first.first().map(|info| info.id));
    // As long as it opens, the page keeps what it showed.
    let vaults = Memo::new(move |before: Option<&Vec<VaultInfo>>| {
        device.locked().or_else(|| before.cloned()).unwrap_or_else(|| at_first.clone())
    });
    let who = Memo::new(move |_| {
        vaults.with(|vaults| vaults.iter().find(|info| Some(info.id) == chosen.get()).cloned())
    });
    // The access that somebody was about to open was withdrawn: nothing of its address or passphrase stays.
    Effect::new(move |_| {
        if who.with(Option::is_none) {
            let _ = window().location().replace("/");
        }
    });
    let passphrase = RwSignal::new(String::new());
    let shown = RwSignal::new(false);
    let fault = RwSignal::new(None::<Key>);
    let busy = RwSignal::new(false);
    let input = NodeRef::<leptos::html::Input>::new();
    let tries = RwSignal::new(0_u32);

    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(who) = who.get_untracked() else { return };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        fault.set(None);
        leptos::task::spawn_local(async move {
            // Each wrong try takes longer: 0, 1, 2, 4 … 32 seconds. A copy of the disk is not held up by
            // this; the passphrase's own strength is what guards it.
            let wait = tries.get_untracked().checked_sub(1).map_or(0, |power| 1_000_u32 << power.min(5));
            gloo_timers::future::TimeoutFuture::new(wait).await;
            // Taken out of the page, which goes when the device opens, so that no copy is left behind unwiped.
            let typed = zeroize::Zeroizing::new(passphrase.try_update(std::mem::take).unwrap_or_default());
            let outcome = device.unlock(&who, &typed).await;
            if outcome.is_ok() {
                return;
            }
            passphrase.set(typed.to_string());
            busy.set(false);
            if let Err(error) = outcome {
                tries.update(|tries| *tries += 1);
                fault.set(Some(explain(&error)));
                if let Some(input) = input.get_untracked() {
                    let _ = input.focus();
                    input.select();
                }
            }
        });
    };
    let one = move |vault: VaultInfo| {
        let VaultInfo { id, staff_code, created, .. } = vault;
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="who"
                    prop:checked=move || chosen.get() == Some(id)
                    on:change=move |_| chosen.set(Some(id))
                />
                <span class="whos__code">{staff_code}</span>
                <span class="note">
                    {move || words.with(Key::UnlockSince, &[("when", &when::moment(words, created))])}
                </span>
            </label>
        }
    };
    let class = move || if fault.get().is_some() { "field field--error" } else { "field" };
    view! {
        <form class="gate__card" novalidate on:submit=on_submit>
            <h1 tabindex="-1">{move || words.get(Key::UnlockTitle)}</h1>
            <fieldset>
                <legend class="unseen">{move || words.get(Key::UnlockWho)}</legend>
                <div class="whos"><For each=move || vaults.get() key=|info| info.id children=one/></div>
            </fieldset>
            <div class=class>
                <label class="field__label" for="passphrase">{move || words.get(Key::Passphrase)}</label>
                <p class="field__error" id="passphrase-fault" role="alert">
                    {move || fault.get().map(|key| words.get(key))}
                </p>
                <PassphraseInput id="passphrase" value=passphrase shown element=input
                    invalid=Signal::derive(move || fault.get().is_some())/>
            </div>
            <crate::practice::Phrase/>
            <button class="btn btn--primary btn--big btn--wide" type="submit" aria-busy=move || busy.get().to_string()>
                <Draw icon=Icon::Unlock/>
                {move || words.get(Key::UnlockOpen)}
            </button>
            <UnlockButton who=who busy fault/>
            <Show when=move || busy.get()><Busy label=Key::UnlockBusy/></Show>
        </form>
        <p class="gate__foot note">
            {move || words.get(if device.practises() { Key::PracticeNote } else { Key::UnlockFoot })}
        </p>
        <a class="gate__foot note" href="/enrol">{move || words.get(Key::UnlockAnother)}</a>
        <crate::practice::Offer/>
    }
}

/// A passphrase with a button that shows what is typed.
#[component]
pub fn PassphraseInput(
    /// Names the input; its fault is `ID-fault`.
    id: &'static str,
    /// What is typed.
    value: RwSignal<String>,
    /// Whether it can be read.
    shown: RwSignal<bool>,
    /// The input itself.
    element: NodeRef<leptos::html::Input>,
    /// Whether something is wrong with it.
    invalid: Signal<bool>,
) -> impl IntoView {
    let words = use_words();
    let label = move || words.get(if shown.get() { Key::PassphraseHide } else { Key::PassphraseShow });
    view! {
        <div class="reveal">
            <input
                class="input input--big"
                id=id
                type=move || if shown.get() { "text" } else { "password" }
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
                // Without a name and switched off: browsers keep the words of readable inputs in their own files.
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                node_ref=element
                aria-describedby=format!("{id}-fault")
                aria-invalid=move || invalid.get().to_string()
            />
            <button
                class="btn btn--icon btn--quiet"
                type="button"
                aria-label=label
                aria-pressed=move || shown.get().to_string()
                aria-controls=id
                on:click=move |_| shown.update(|shown| *shown = !*shown)
            >
                {move || if shown.get() {
                    view! { <Draw icon=Icon::EyeOff/> }
                } else {
                    view! { <Draw icon=Icon::Eye/> }
                }}
            </button>
        </div>
    }
}
