//! A family in the list of a day, with what can be done at the door: it came, it did not, it moves, it cancels.

use super::board::{Doing, run_with};
use super::{book, minute_now, time_words};
use crate::components::{Draw, Face, Icon, Status, Tone};
use crate::device::{use_device, use_vault_handle};
use crate::forms::use_forms;
use crate::pages::applications::{Marks, called, label};
use crate::pages::search::grouped;
use crate::words::{Key, use_words};
use domain::application::Summary;
use domain::appointment::Booking;
use leptos::prelude::*;
use leptos_router::components::A;

/// One family.
#[component]
pub fn FamilyRow(
    /// Its line.
    one: Summary,
    /// What is being done on the page.
    doing: Doing,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let device = use_device();
    let vault = use_vault_handle();
    let (id, people, came) = (one.record, u64::from(one.people), one.came);
    let (state, has_slot) = (one.slot_state.clone(), !one.slot.is_empty());
    let title = called(words, &one);
    let link = format!("appt-{id}");
    let act = {
        let link = link.clone();
        move |booking: Booking| {
            run_with(doing, link.clone(), vault.try_get_value(), move |vault| async move {
                book(&vault, device, id, &booking).await
            });
        }
    };
    let act = StoredValue::new_local(act);
    let deed = move |key: Key, icon: Icon, class: &'static str, booking: fn() -> Booking| {
        view! {
            <button class=class type="button" aria-disabled=move || doing.busy.get().to_string()
                on:click=move |_| act.with_value(|act| act(booking()))>
                <Draw icon/>
                {move || words.get(key)}
            </button>
        }
    };
    let moving = one.clone();
    let move_it = move || {
        let moving = moving.clone();
        view! {
            <button class="btn" type="button" on:click=move |_| {
                doing.choosing.set(Some(moving.clone()));
                crate::components::parts::focus_later("appt-choose".to_owned());
            }>
                <Draw icon=Icon::Clock/>
                {move || words.get(Key::AppointmentsMove)}
            </button>
        }
    };
    let deeds = match state.as_str() {
        "asked" | "offered" | "kept" if has_slot => view! {
            {deed(Key::AppointmentsCame, Icon::Check, "btn btn--primary", || Booking::Came(minute_now()))}
            {deed(Key::AppointmentsMissed, Icon::X, "btn", || Booking::Missed)}
            {move_it()}
            {deed(Key::AppointmentsCancel, Icon::Trash, "btn", || Booking::Cancelled)}
        }
        .into_any(),
        "came" if has_slot => deed(Key::AppointmentsUndo, Icon::Undo, "btn", || Booking::Stands).into_any(),
        "missed" => view! {
            {deed(Key::AppointmentsUndo, Icon::Undo, "btn", || Booking::Stands)}
            {move_it()}
        }
        .into_any(),
        _ => ().into_any(),
    };
    let (tone, state_words) = match state.as_str() {
        "came" => (Tone::Sent, None),
        "missed" => (Tone::Offline, None),
        "offered" => (Tone::Attention, None),
        "asked" if has_slot => (Tone::Attention, Some(Key::AppointmentsWantsOther)),
        _ => (Tone::Here, None),
    };
    let said = move || match (state_words, state.as_str()) {
        (Some(key), _) => words.get(key),
        (None, "came") | (None, "") if came > 0 => {
            words.with(Key::AppointmentsCameAt, &[("time", &time_words(came))])
        }
        (None, code) => label(forms, "application_slot_state", code),
    };
    view! {
        <li class="appt__family">
            <div class="row">
                <Face name=one.name.clone()/>
                <span class="row__main">
                    <A href=format!("/applications/{id}") attr:id=link attr:class="row__title row__link">
                        <bdi>{title}</bdi>
                    </A>
                    <span class="row__meta">
                        <span class="code ltr">{grouped(&one.reference)}</span>
                        <span>{move || words.count(Key::People, people)}</span>
                    </span>
                    <span class="row__meta"><Marks marks=one.marks().collect()/></span>
                </span>
                <span class="row__side"><Status tone>{said}</Status></span>
            </div>
            <div class="line appt__deeds">{deeds}</div>
        </li>
    }
}
