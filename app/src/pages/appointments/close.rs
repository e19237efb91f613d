//! Closing a day, which asks first: its families are given another time.

use super::plan::Published;
use super::save;
use crate::components::parts::focus_later;
use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault_handle};
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, use_words};
use domain::appointment::CLOSED;
use domain::{Field, Value};
use leptos::prelude::*;
use store::Note;

/// The button, and the question.
#[component]
pub fn Closing(
    /// The day.
    one: Published,
    /// What went wrong.
    trouble: RwSignal<Option<Key>>,
    /// When it was saved.
    saved: RwSignal<Option<u64>>,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let asks = RwSignal::new(false);
    let (id, families) = (one.day.record, one.families);
    let yes = format!("close-{id}");
    let ask = {
        let yes = yes.clone();
        move |_| {
            asks.set(true);
            focus_later(yes.clone());
        }
    };
    let close = move |_| {
        let Some(vault) = vault.try_get_value() else { return };
        asks.set(false);
        leptos::task::spawn_local(async move {
            let closed = async {
                let record = vault.record(id).await.map_err(|error| explain(&error))?.ok_or(Key::NotRead)?;
                let change = record.change([(Field::AGENDA_STATE, Value::text(CLOSED))]);
                let note = Note { person: String::new(), act: "agenda".into(), record: id };
                match change {
                    Some(change) => save(&vault, device, vec![change], note).await,
                    None => Ok(()),
                }
            };
            match closed.await {
                Ok(()) => {
                    saved.try_set(Some(when::now()));
                    focus_later("plan-list".to_owned());
                }
                Err(key) => drop(trouble.try_set(Some(key))),
            }
        });
    };
    view! {
        <span class="row__side">
            <Show when=move || !asks.get()>
                <button class="btn" type="button" on:click=ask.clone()>
                    <Draw icon=Icon::Lock/>
                    {move || words.get(Key::AppointmentsPlanClose)}
                </button>
            </Show>
            <Show when=move || asks.get()>
                <span role="alert">{move || words.with(Key::AppointmentsPlanCloseAsk, &[("n", &words.number(families))])}</span>
                <button class="btn btn--primary" type="button" id=yes.clone() on:click=close>
                    {move || words.get(Key::AppointmentsPlanCloseYes)}
                </button>
                <button class="btn" type="button" on:click=move |_| asks.set(false)>
                    {move || words.get(Key::AppointmentsCloseChoice)}
                </button>
            </Show>
        </span>
    }
}
