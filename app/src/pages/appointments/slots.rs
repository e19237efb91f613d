//! Choosing a slot for a family: for one that moves, and for one that has none yet.

use super::board::{Doing, Shown, run_with};
use super::{book, day_now, minute_now, time_words};
use crate::components::parts::focus_later;
use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault_handle};
use crate::pages::applications::called;
use crate::pages::search::grouped;
use crate::words::{Key, use_words};
use domain::application::{State, Summary};
use domain::appointment::{Booking, SlotName, holds};
use leptos::prelude::*;

/// Most that are found for what is typed.
const FOUND: usize = 8;

/// Looks for a family that is to have an appointment, or that came without one.
#[component]
pub fn Give(
    /// The day that is shown.
    day: RwSignal<i64>,
    /// What is shown of it.
    shown: Signal<Option<Shown>>,
    /// What is being done on the page.
    doing: Doing,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let text = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        device.changed.track();
        shown.track();
        let text = text.get();
        if text.trim().len() < 2 {
            return None;
        }
        let mut found = vault.with_value(|vault| vault.find_applications(text.trim(), FOUND));
        found.retain(|one| one.state != State::Closed);
        Some(found)
    });
    let row = move |one: Summary| {
        let (id, name, reference) = (one.record, called(words, &one), grouped(&one.reference));
        let (booked, at, asked) = (holds(&one).is_some(), one.at, one.slot_state == "asked");
        let standing = move || match (booked, asked) {
            (true, _) => crate::pages::work::moment_words(words, at),
            (false, true) => words.get(Key::AppointmentsLineAsked),
            (false, false) => words.get(Key::AppointmentsLineNone),
        };
        let chosen = one.clone();
        let give = move |_| {
            doing.choosing.set(Some(chosen.clone()));
            text.set(String::new());
            focus_later("appt-choose".to_owned());
        };
        let here = move |_| {
            let to = format!("appt-{id}");
            text.set(String::new());
            run_with(doing, to, vault.try_get_value(), move |vault| async move {
                book(&vault, device, id, &Booking::WalkedIn(minute_now())).await
            });
        };
        view! {
            <li>
                <div class="row">
                    <span class="row__main">
                        <span class="row__title"><bdi>{name}</bdi></span>
                        <span class="row__meta"><span class="code ltr">{reference}</span><span>{standing}</span></span>
                    </span>
                    <span class="row__side">
                        <button class="btn btn--primary" type="button" on:click=give>
                            {move || words.get(if booked { Key::AppointmentsMove } else { Key::AppointmentsGive })}
                        </button>
                        <Show when=move || { !booked && day.get() == day_now() }>
                            <button class="btn" type="button" on:click=here>
                                <Draw icon=Icon::Check/>
                                {move || words.get(Key::AppointmentsCame)}
                            </button>
                        </Show>
                    </span>
                </div>
            </li>
        }
    };
    let rows = move || {
        found.get().map(|found| {
            if found.is_empty() {
                return view! { <p class="soft">{words.get(Key::AppointmentsGiveNone)}</p> }.into_any();
            }
            view! { <ul class="rows appt__found">{found.into_iter().map(row).collect_view()}</ul> }.into_any()
        })
    };
    view! {
        <section class="card stack" aria-labelledby="appt-give">
            <h2 class="card__title" id="appt-give">{move || words.get(Key::AppointmentsGiveTitle)}</h2>
            <div class="field">
                <label class="field__label" for="appt-find">{move || words.get(Key::AppointmentsGiveSearch)}</label>
                <input class="input" id="appt-find" type="search" autocomplete="off" spellcheck="false"
                    prop:value=text on:input=move |event| text.set(event_target_value(&event))/>
            </div>
            <div role="status">{rows}</div>
        </section>
    }
}

/// The slots of the day that is shown, for the family that was chosen. A full one may be chosen too: people decide.
#[component]
pub fn Choosing(
    /// The day that is shown.
    day: RwSignal<i64>,
    /// What is shown of it.
    shown: Signal<Option<Shown>>,
    /// What is being done on the page.
    doing: Doing,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let choose = move |slot: SlotName, at: i64| {
        let Some(family) = doing.choosing.get_untracked() else { return };
        let id = family.record;
        run_with(doing, format!("appt-{id}"), vault.try_get_value(), move |vault| async move {
            book(&vault, device, id, &Booking::Kept(slot, at)).await
        });
    };
    let slots = move || {
        let Some(shown) = shown.get() else { return ().into_any() };
        let now = minute_now();
        let open = |slot: &SlotName| shown.days.iter().any(|day| day.open && day.record == slot.agenda);
        let given: Vec<_> = shown
            .list
            .slots
            .iter()
            .filter_map(|line| Some((line.slot.filter(open)?, line)))
            // The slot that has just begun may still be given to who stands at the door.
            .filter(|(_, line)| day.get() > day_now() || line.at + 60 > now)
            .map(|(slot, line)| {
                let held = line.families.iter().filter(|it| holds(it).is_some()).count() as u64;
                (slot, line.at, held, u64::try_from(line.places).unwrap_or(0))
            })
            .collect();
        if given.is_empty() {
            return view! { <p class="soft">{words.get(Key::AppointmentsChooseNone)}</p> }.into_any();
        }
        let buttons = given.into_iter().map(|(slot, at, held, places)| {
            let counts = move |key| {
                words.with(key, &[("n", &words.number(held)), ("places", &words.number(places))])
            };
            let full = held >= places;
            let key = if full { Key::AppointmentsChooseFull } else { Key::AppointmentsOfSlot };
            view! {
                <button class=if full { "btn appt__pick appt__pick--full" } else { "btn appt__pick" } type="button"
                    aria-disabled=move || doing.busy.get().to_string() on:click=move |_| choose(slot, at)>
                    <strong class="ltr">{time_words(at)}</strong>
                    <span class="note">{counts(key)}</span>
                </button>
            }
        });
        view! { <div class="appt__picks">{buttons.collect_view()}</div> }.into_any()
    };
    let title = move || {
        let reference = doing.choosing.with(|family| family.as_ref().map(|it| grouped(&it.reference)));
        words.with(Key::AppointmentsChoose, &[("ref", &reference.unwrap_or_default())])
    };
    view! {
        <Show when=move || doing.choosing.with(Option::is_some)>
            <section class="card stack" aria-labelledby="appt-choose">
                <h2 class="card__title" id="appt-choose" tabindex="-1">{title}</h2>
                {slots}
                <button class="btn" type="button" on:click=move |_| doing.choosing.set(None)>
                    {move || words.get(Key::AppointmentsCloseChoice)}
                </button>
            </section>
        </Show>
    }
}
