//! Unlocking: who is it, and the passphrase.

use crate::components::{Busy, Draw, Icon};
use crate::device::use_device;
use crate::pages::trouble::explain;
use crate::passkey::UnlockButton;
use crate::when;
use crate::words::{Key, use_words};
use gloo_timers::callback::Interval;
use leptos::prelude::*;
use store::VaultInfo;
use store::tries::Tries;

/// A wait of so many seconds passes by itself; after a longer one somebody tries again.
pub(crate) const SHORT: u32 = 10;
/// When so few tries are left, it is said.
const FEW: u32 = 10;

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
    let tries = RwSignal::new(Tries::default());
    let ready_at = RwSignal::new(0_u64);
    let look = move || {
        let Some(who) = who.get_untracked() else { return };
        leptos::task::spawn_local(async move {
            let found = device.store().tries(who.id).await.unwrap_or_default();
            tries.try_set(found);
            ready_at.try_set(when::now().saturating_add(u64::from(found.wait) * 1_000));
        });
    };
    Effect::new(move |_| {
        chosen.track();
        look();
    });

    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(who) = who.get_untracked() else { return };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        fault.set(None);
        leptos::task::spawn_local(async move {
            // Each wrong try makes the next one wait longer, see `store::tries`.
            let found = device.store().tries(who.id).await.unwrap_or_default();
            if found.wait > SHORT {
                busy.set(false);
                look();
                return;
            }
            ready_at.set(when::now().saturating_add(u64::from(found.wait) * 1_000));
            gloo_timers::future::TimeoutFuture::new(found.wait * 1_000).await;
            // Taken out of the page, which goes when the device opens, so that no copy is left behind unwiped.
            let typed = zeroize::Zeroizing::new(passphrase.try_update(std::mem::take).unwrap_or_default());
            let outcome = device.unlock(&who, &typed).await;
            if outcome.is_ok() {
                return;
            }
            passphrase.set(typed.to_string());
            busy.set(false);
            if let Err(error) = outcome {
                look();
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
            <Hold tries ready_at/>
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
        <Show when=move || !device.practises()><Forgotten/></Show>
        <a class="gate__foot note" href="/enrol">{move || words.get(Key::UnlockAnother)}</a>
        <crate::practice::Offer/>
    }
}

/// What wrong tries have led to: how long to wait, whom to ask, how many are left.
#[component]
fn Hold(tries: RwSignal<Tries>, ready_at: RwSignal<u64>) -> impl IntoView {
    let words = use_words();
    let seconds = RwSignal::new(0_u64);
    let count = move || {
        let left = ready_at.get_untracked().saturating_sub(when::now()).div_ceil(1_000);
        if seconds.try_get_untracked() != Some(left) {
            seconds.try_set(left);
        }
    };
    Effect::new(move |_| {
        ready_at.track();
        count();
    });
    let interval = StoredValue::new_local(Some(Interval::new(500, count)));
    on_cleanup(move || drop(interval.try_update_value(Option::take)));
    let wait = move || (seconds.get() > 0).then(|| words.count(Key::SharedWait, seconds.get()));
    let ask = move || tries.with(|tries| tries.ask).then(|| words.get(Key::SharedAsk));
    let left = move || {
        let Tries { wrong, left, .. } = tries.get();
        (wrong > 0 && left <= FEW).then(|| words.count(Key::SharedLast, u64::from(left)))
    };
    view! {
        // The seconds are shown, not read aloud one by one.
        <p class="note" aria-live="off">{wait}</p>
        <div role="status">
            {move || ask().map(|sentence| view! { <p>{sentence}</p> })}
            {move || left().map(|sentence| view! { <p><strong>{sentence}</strong></p> })}
        </div>
    }
}

/// What becomes of what was saved when somebody does not know their passphrase any more.
#[component]
fn Forgotten() -> impl IntoView {
    let words = use_words();
    let sentences = [Key::SharedForgotKept, Key::SharedForgotAsk, Key::SharedForgotAnew];
    view! {
        <details class="gate__foot note">
            <summary>{move || words.get(Key::SharedForgot)}</summary>
            {sentences.map(|key| view! { <p>{move || words.get(key)}</p> }).collect_view()}
        </details>
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
