//! Joining a device: the invitation, the passphrase, done.

use crate::components::shell::Gate;
use crate::components::{Busy, Draw, ErrorSummary, Icon, Notice};
use crate::device::{Device, use_device};
use crate::pages::trouble::explain;
use crate::pages::unlock::PassphraseInput;
use crate::passphrase;
use crate::words::{Key, use_words};
use api::{ApiError, EnrolRequest};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use seal::{EnrolmentKeys, Invitation};
use store::{NewVault, StoreError};
use zeroize::Zeroizing;

/// Where the person stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Invitation,
    Passphrase,
}

/// Nobody has joined this device yet: says how to.
#[component]
pub fn Uninvited() -> impl IntoView {
    let words = use_words();
    crate::desk::title(words, Key::EnrolTitle);
    view! {
        <Ask/>
        <crate::practice::Offer/>
    }
}

/// The page that an invitation's link opens.
#[component]
pub fn Enrol() -> impl IntoView {
    let words = use_words();
    crate::desk::title(words, Key::EnrolTitle);
    let invitation = RwSignal::new(from_address());
    let step = RwSignal::new(Step::Invitation);
    view! {
        <Gate>
            {move || match (invitation.get(), step.get()) {
                (None, _) => view! { <Ask/> }.into_any(),
                (Some(invitation), Step::Invitation) => view! { <Check invitation step/> }.into_any(),
                (Some(invitation), Step::Passphrase) => view! { <Choose invitation step/> }.into_any(),
            }}
        </Gate>
    }
}

/// Takes the invitation out of the address, so that it stays in no history.
fn from_address() -> Option<Invitation> {
    let hash = window().location().hash().ok()?;
    let invitation = Invitation::parse(&hash).ok()?;
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some("/enrol"));
    }
    Some(invitation)
}

/// Asks for the link, where it was not opened by itself.
#[component]
fn Ask() -> impl IntoView {
    let words = use_words();
    let text = RwSignal::new(String::new());
    let fault = RwSignal::new(false);
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        match Invitation::parse(&text.get_untracked()) {
            Ok(invitation) => {
                let address = format!("/enrol#{}", invitation.to_text());
                // A whole new start, so that the link is read as if it had been opened.
                let _ = window().location().set_href(&address);
                let _ = window().location().reload();
            }
            Err(_) => fault.set(true),
        }
    };
    let class = move || if fault.get() { "field field--error" } else { "field" };
    view! {
        <form class="gate__card" novalidate on:submit=on_submit>
            <h1 tabindex="-1">{move || words.get(Key::EnrolTitle)}</h1>
            <p>{move || words.get(Key::EnrolAsk)}</p>
            <div class=class>
                <label class="field__label" for="invitation">{move || words.get(Key::EnrolLink)}</label>
                <p class="field__error" id="invitation-fault" role="alert">
                    {move || fault.get().then(|| words.get(Key::EnrolLinkFault))}
                </p>
                <input
                    class="input"
                    id="invitation"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    prop:value=text
                    on:input=move |event| text.set(event_target_value(&event))
                    aria-describedby="invitation-fault"
                    aria-invalid=move || fault.get().to_string()
                />
            </div>
            <button class="btn btn--primary btn--big" type="submit">{move || words.get(Key::GoOn)}</button>
        </form>
    }
}

#[component]
fn Steps(current: Step) -> impl IntoView {
    let words = use_words();
    let step = |key: Key, here: bool| {
        view! { <li aria-current=here.then_some("step")>{move || words.get(key)}</li> }
    };
    view! {
        <ol class="steps" aria-label=move || words.get(Key::Steps)>
            {step(Key::EnrolStepInvitation, current == Step::Invitation)}
            {step(Key::Passphrase, current == Step::Passphrase)}
            {step(Key::EnrolStepDone, false)}
        </ol>
    }
}

/// Shows which server the invitation is for: the marks can be compared with the office's paper.
#[component]
fn Check(invitation: Invitation, step: RwSignal<Step>) -> impl IntoView {
    let words = use_words();
    view! {
        <div class="gate__card gate__card--wide">
            <div class="stack">
                <Steps current=Step::Invitation/>
                <h1 tabindex="-1">{move || words.get(Key::EnrolTitle)}</h1>
                <p>{move || words.get(Key::EnrolOnce)}</p>
            </div>
            <section class="stack" aria-labelledby="root">
                <h2 id="root">{move || words.get(Key::EnrolMarks)}</h2>
                <p>{move || words.get(Key::EnrolMarksText)}</p>
                <Fingerprint root=invitation.root/>
            </section>
            <div class="line">
                <button class="btn btn--primary btn--big" type="button" on:click=move |_| step.set(Step::Passphrase)>
                    {move || words.get(Key::EnrolMarksSame)}
                    <Draw icon=Icon::ArrowRight/>
                </button>
            </div>
        </div>
        <p class="gate__foot note">{move || words.get(Key::EnrolFoot)}</p>
    }
}

/// A root's fingerprint as `amparo keys show` prints it.
#[component]
pub fn Fingerprint(
    /// SHA-256 of the public root key.
    root: [u8; 32],
) -> impl IntoView {
    let words = use_words();
    let groups = seal::server_keys::groups(&root);
    let groups: Vec<_> = groups.into_iter().map(|group| view! { <span>{group}</span> }).collect();
    view! { <p class="print-groups ltr" role="img" aria-label=move || words.get(Key::Fingerprint)>{groups}</p> }
}

/// Why joining did not work, as a sentence.
fn refusal(error: &ApiError) -> Key {
    match error {
        ApiError::InvitationUnknown | ApiError::Malformed => Key::InvitationUnknown,
        ApiError::InvitationUsed => Key::InvitationUsed,
        ApiError::InvitationExpired => Key::InvitationExpired,
        ApiError::NoAnswer => Key::EnrolNoLine,
        ApiError::TooMany { .. } => Key::TroubleTooMany,
        _ => Key::ServerNotAble,
    }
}

/// Offers a passphrase, has it typed once more, and joins.
#[component]
fn Choose(invitation: Invitation, step: RwSignal<Step>) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let navigate = use_navigate();
    let offered = RwSignal::new(offer());
    let own = RwSignal::new(false);
    let again = RwSignal::new(String::new());
    let shown = RwSignal::new(true);
    let fault = RwSignal::new(None::<Key>);
    let checks = RwSignal::new(0_usize);
    let busy = RwSignal::new(false);
    let input = NodeRef::<leptos::html::Input>::new();

    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let typed = Zeroizing::new(again.get_untracked());
        let wrong = if own.get_untracked() {
            (typed.trim().chars().count() < passphrase::SHORTEST).then_some(Key::PassphraseShort)
        } else {
            (!offered.with_untracked(|offered| same_words(&typed, offered))).then_some(Key::PassphraseDiffers)
        };
        fault.set(wrong);
        checks.update(|checks| *checks += 1);
        if wrong.is_some() {
            return;
        }
        busy.set(true);
        let navigate = navigate.clone();
        leptos::task::spawn_local(async move {
            match join(device, invitation, &typed).await {
                Ok(()) => {
                    // The page goes now; what the browser itself holds of it is not ours to wipe.
                    for words in [again, offered] {
                        drop(Zeroizing::new(words.try_update_untracked(std::mem::take).unwrap_or_default()));
                    }
                    navigate("/", leptos_router::NavigateOptions { replace: true, ..Default::default() })
                }
                Err(key) => {
                    fault.set(Some(key));
                    checks.update(|checks| *checks += 1);
                    busy.set(false);
                }
            }
        });
    };
    let faults = Signal::derive(move || {
        fault.get().map(|key| ("passphrase".to_owned(), words.get(key))).into_iter().collect::<Vec<_>>()
    });
    let class = move || if fault.get().is_some() { "field field--error" } else { "field" };
    let phrase = move || {
        let words: Vec<_> =
            offered.get().split(' ').map(|word| view! { <span>{word.to_owned()}</span> " " }).collect();
        words
    };
    view! {
        <form class="gate__card gate__card--wide" novalidate on:submit=on_submit>
            <div class="stack">
                <Steps current=Step::Passphrase/>
                <h1 tabindex="-1">{move || words.get(Key::PassphraseTitle)}</h1>
                <p>{move || words.get(Key::PassphraseText)}</p>
            </div>
            <ErrorSummary faults on_follow=|_| {} checks/>
            <Show when=move || !own.get()>
                <div class="stack">
                    <p class="phrase ltr" id="phrase" lang="es" translate="no">{phrase}</p>
                    <div class="line">
                        <button class="btn" type="button" on:click=move |_| offered.set(offer())>
                            <Draw icon=Icon::Refresh/>
                            {move || words.get(Key::PassphraseOther)}
                        </button>
                        <button class="btn btn--quiet" type="button" on:click=move |_| own.set(true)>
                            {move || words.get(Key::PassphraseOwn)}
                        </button>
                    </div>
                </div>
            </Show>
            <Show when=move || own.get()>
                <Notice icon=Icon::Info>{move || words.get(Key::PassphraseOwnHint)}</Notice>
            </Show>
            <div class=class>
                <label class="field__label" for="passphrase">
                    {move || words.get(if own.get() { Key::Passphrase } else { Key::PassphraseAgain })}
                </label>
                <p class="field__error" id="passphrase-fault">{move || fault.get().map(|key| words.get(key))}</p>
                <PassphraseInput id="passphrase" value=again shown element=input
                    invalid=Signal::derive(move || fault.get().is_some())/>
            </div>
            <div class="line">
                <button class="btn btn--primary btn--big" type="submit" aria-busy=move || busy.get().to_string()>
                    <Draw icon=Icon::Lock/>
                    {move || words.get(Key::PassphraseUse)}
                </button>
                <button class="btn btn--quiet" type="button" on:click=move |_| step.set(Step::Invitation)>
                    {move || words.get(Key::GoBack)}
                </button>
            </div>
            <Show when=move || busy.get()><Busy label=Key::EnrolBusy/></Show>
        </form>
    }
}

fn offer() -> String {
    passphrase::offer(|| u32::from_le_bytes(store::random())).to_string()
}

/// Spaces, case and accents do not matter.
fn same_words(typed: &str, offered: &str) -> bool {
    *seal::slot::normal(typed) == *seal::slot::normal(offered)
}

/// Stretches the passphrase, enrols, and makes the vault: in this order, so that an invitation is spent only
/// once everything this device must be able to do has been seen to work.
async fn join(device: Device, invitation: Invitation, passphrase: &str) -> Result<(), Key> {
    let slot = Device::fresh_slot(passphrase).await;
    // With no line the program that stretches may not have come yet: that is no fault of the device.
    let no_slot = if window().navigator().on_line() { Key::NotAble } else { Key::EnrolNoLine };
    let (kdf, salt, stretched) = slot.ok_or(no_slot)?;
    let keys = EnrolmentKeys::generate(&mut store::clock::rng());
    let public = keys.public().map_err(|_| Key::NotAble)?;
    let request = EnrolRequest {
        code: invitation.code.to_vec(),
        verifying: public.verifying.to_vec(),
        inbox: public.inbox.to_vec(),
    };
    device.store().mailbox().admits(&invitation.root).await.map_err(|error| explain(&error))?;
    let enrolled = api::enrol(request).await.map_err(|error| refusal(&error))?;
    let new = NewVault { enrolled, keys, root: invitation.root, stretched, kdf, salt };
    let vault = device.store().create_vault(new).await.map_err(|error| match error {
        StoreError::Untrusted => Key::ServerUntrusted,
        other => explain(&other),
    })?;
    // The answer is shown in the settings; a refusal keeps nothing from working.
    store::ask_to_persist().await;
    device.opened(vault);
    Ok(())
}
