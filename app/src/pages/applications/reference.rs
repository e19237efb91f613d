//! A pre-registration by its reference: on this device first, then at the office.

use super::keys::answered;
use crate::components::{Draw, Icon, Label, TextField};
use crate::device::{use_device, use_vault_handle};
use crate::forms::use_forms;
use crate::words::{Key, use_words};
use api::ApiError;
use domain::{GroupRef, RecordId};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use seal::found::Found;
use store::Vault;

/// What became of the last search.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Asking,
    Sentence(Key),
    /// It lies at another office.
    Elsewhere(String),
}

impl Told {
    /// It was not found, or not yet.
    fn is_fault(&self) -> bool {
        !matches!(self, Told::Asking | Told::Sentence(Key::ApplicationsRefComing))
    }
}

/// Asks the office; nobody is asked from a practice.
async fn ask(vault: &Vault, reference: GroupRef, practises: bool) -> Result<Found, ApiError> {
    if practises {
        return Err(ApiError::NoAnswer);
    }
    let reference = reference.as_str().to_owned();
    answered(vault, |nonce| api::find_application(reference.clone(), nonce)).await
}

/// The input and what became of it.
#[component]
pub fn ByReference(
    /// What is typed, or was read from a slip of paper.
    typed: RwSignal<String>,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let navigate = use_navigate();
    let forms = use_forms();
    let told = RwSignal::new(None::<Told>);
    // Known at the office, and on its way to this device.
    let coming = RwSignal::new(None::<RecordId>);
    let open = StoredValue::new_local(move |record: RecordId| {
        navigate(&format!("/applications/{record}"), Default::default());
    });
    let find = move || {
        let Ok(reference) = GroupRef::parse(&typed.get_untracked()) else {
            told.set(Some(Told::Sentence(Key::ApplicationsRefFault)));
            return;
        };
        let here = vault.with_value(|vault| vault.find_applications(reference.as_str(), 1));
        if let Some(one) = here.first() {
            return open.with_value(|open| open(one.record));
        }
        if told.get_untracked() == Some(Told::Asking) {
            return;
        }
        told.set(Some(Told::Asking));
        let vault = vault.get_value();
        leptos::task::spawn_local(async move {
            let said = match ask(&vault, reference, device.practises()).await {
                Ok(Found { here: true, record: Some(record), .. }) => {
                    coming.try_set(Some(record));
                    device.courier().go(device);
                    Told::Sentence(Key::ApplicationsRefComing)
                }
                Ok(Found { site, .. }) if !site.is_empty() => Told::Elsewhere(site),
                Ok(_) => Told::Sentence(Key::ApplicationsRefUnknown),
                Err(ApiError::TooMany { .. }) => Told::Sentence(Key::ApplicationsRefWait),
                Err(_) => Told::Sentence(Key::ApplicationsRefNowhere),
            };
            told.try_set(Some(said));
        });
    };
    Effect::new(move |_| {
        device.changed.track();
        let arrived = coming.get().filter(|record| vault.with_value(|vault| vault.holds(*record)));
        if let Some(record) = arrived {
            untrack(|| open.with_value(|open| open(record)));
        }
    });
    let said = move |wanted: fn(&Told) -> bool| {
        told.get().filter(wanted).map(|told| match told {
            Told::Asking => words.get(Key::ApplicationsRefBusy),
            Told::Sentence(key) => words.get(key),
            Told::Elsewhere(site) => {
                words.with(Key::ApplicationsRefElsewhere, &[("site", &forms.code_label("sites", &site))])
            }
        })
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        find();
    };
    // One that was read needs no tap.
    let first = typed.get_untracked();
    Effect::new(move |_| {
        let now = typed.get();
        if now != first && GroupRef::parse(&now).is_ok() {
            untrack(find);
        }
    });
    view! {
        <form class="card stack" on:submit=submit aria-labelledby="by-reference" novalidate>
            <h2 class="card__title" id="by-reference">{move || words.get(Key::ApplicationsRef)}</h2>
            <TextField id="application-reference" label=Label::Key(Key::ApplicationsRefLabel) hint=Label::Key(Key::ApplicationsRefHint)
                value=typed on_type=move |text: String| { told.set(None); typed.set(text); }
                fault=Signal::derive(move || said(Told::is_fault)) capitals="characters"/>
            <div class="line">
                <button class="btn btn--primary" type="submit">
                    <Draw icon=Icon::Search/>
                    {move || words.get(Key::ApplicationsRefFind)}
                </button>
                <p class="note" role="status">{move || said(|told| !told.is_fault())}</p>
            </div>
        </form>
    }
}
