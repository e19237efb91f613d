//! Taking a family's pre-registration in: from the screen of its phone, from a file, or by its reference. The first two
//! need no line.

use super::reference::ByReference;
use crate::components::scanner::{Scanned, Scanner};
use crate::components::{Back, Icon, Notice};
use crate::device::{use_device, use_vault_handle};
use crate::forms::{Forms, use_forms};
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::RecordId;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;
use store::{SlipFault, TakenIn};

/// Why a slip was not opened, and what to do, in words.
fn sentence(words: Words, forms: Forms, fault: &SlipFault) -> String {
    match fault {
        SlipFault::NotOurs => words.get(Key::ApplicationsSlipNotOurs),
        SlipFault::Torn => words.get(Key::ApplicationsSlipTorn),
        SlipFault::OtherOffice { site: Some(site) } => {
            words.with(Key::ApplicationsSlipOf, &[("site", &forms.code_label("sites", site))])
        }
        SlipFault::OtherOffice { site: None } => words.get(Key::ApplicationsSlipOtherOffice),
        SlipFault::TooOld => words.get(Key::ApplicationsSlipTooOld),
        SlipFault::Newer => words.get(Key::ApplicationsSlipNewer),
        SlipFault::NoKeys => words.get(Key::ApplicationsSlipNoKeys),
        SlipFault::Store(error) => words.get(explain(error)),
    }
}

/// The page.
#[component]
pub fn ScanPage() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let forms = use_forms();
    let vault = use_vault_handle();
    let navigate = use_navigate();
    crate::desk::title(words, Key::ApplicationsScanTitle);
    let fault = RwSignal::new(None::<SlipFault>);
    let other = RwSignal::new(None::<RecordId>);
    let typed = RwSignal::new(String::new());
    let on_read = move |scanned: Scanned| {
        fault.set(None);
        other.set(None);
        match scanned {
            Scanned::Slip(slip) => {
                let (vault, navigate) = (vault.get_value(), navigate.clone());
                leptos::task::spawn_local(async move {
                    let taken = async {
                        let said = vault.open_slip(&slip).await?;
                        let now = (when::today(), when::local_minute());
                        let taken = vault.take_in_slip(&said, (now.0, &now.1)).await;
                        Ok::<_, SlipFault>((said.id, taken.map_err(SlipFault::Store)?))
                    };
                    match taken.await {
                        Ok((id, TakenIn::Other)) => drop(other.try_set(Some(id))),
                        Ok((id, taken)) => {
                            if taken == TakenIn::New {
                                device.courier().saved(device);
                            }
                            navigate(&format!("/applications/{id}"), Default::default());
                        }
                        Err(why) => drop(fault.try_set(Some(why))),
                    }
                });
                Ok(())
            }
            // The slip of paper has the reference as a code.
            Scanned::Text(text) if domain::GroupRef::parse(&text).is_ok() => {
                typed.set(text);
                Ok(())
            }
            Scanned::Text(_) => Err(Key::ScannerNotOurs),
        }
    };
    view! {
        <main class="page page--narrow" id="main" tabindex="-1">
            <Back href="/applications" label=Signal::derive(move || words.get(Key::ApplicationsTitle))/>
            <h1 tabindex="-1">{move || words.get(Key::ApplicationsScanTitle)}</h1>
            <section class="card stack" aria-labelledby="scan-code">
                <h2 class="card__title" id="scan-code">{move || words.get(Key::ApplicationsScanCode)}</h2>
                <p>{move || words.get(Key::ApplicationsScanText)}</p>
                <Scanner on_read/>
                <div role="alert">
                    {move || fault.get().map(|fault| view! {
                        <Notice class="notice--attention" icon=Icon::Alert>{sentence(words, forms, &fault)}</Notice>
                    })}
                    {move || other.get().map(|id| view! {
                        <Notice class="notice--attention" icon=Icon::Alert>
                            {words.get(Key::ApplicationsSlipOther)}" "
                            <A href=format!("/applications/{id}") attr:class="btn">{words.get(Key::ApplicationsSlipSee)}</A>
                        </Notice>
                    })}
                </div>
            </section>
            <ByReference typed/>
        </main>
    }
}
