//! The list of a day at an office: by time, then who came without an appointment. Works with no line.

use super::family::FamilyRow;
use super::slots::{Choosing, Give};
use super::{books, day_now, day_words, publishes, time_words};
use crate::components::parts::focus_later;
use crate::components::{Draw, Icon, Label, Notice, Select};
use crate::device::{use_device, use_vault};
use crate::pages::trouble::{NotRead, explain};
use crate::pages::work::{AsOf, NotForRole, door};
use crate::tables::use_tables;
use crate::when;
use crate::words::{Key, use_words};
use domain::Role;
use domain::application::Summary;
use domain::appointment::{Day, DayList, SlotLine, day_list, day_number, day_text};
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::BTreeSet;
use store::{StoreError, Vault};

/// What the page shows of a day.
#[derive(Clone, PartialEq)]
pub(super) struct Shown {
    pub list: DayList,
    /// Days of the office on that date.
    pub days: Vec<Day>,
    collected_at: Option<u64>,
}

async fn read(vault: &Vault, site: &str, day: i64) -> Result<Shown, StoreError> {
    let (families, days) = (vault.applications().await?, vault.agendas().await?);
    let list = day_list(&families, &days, site, day);
    let days = days.iter().filter(|it| it.site == site && it.day == day).cloned().collect();
    Ok(Shown { list, days, collected_at: vault.collected_at().await? })
}

/// What is being done, shared by all rows.
#[derive(Clone, Copy)]
pub(super) struct Doing {
    /// A family for which a slot is chosen.
    pub choosing: RwSignal<Option<Summary>>,
    /// Something is being saved.
    pub busy: RwSignal<bool>,
    pub trouble: RwSignal<Option<Key>>,
    pub saved_at: RwSignal<Option<u64>>,
    /// Where the focus goes when the list was drawn anew: what was pressed may be gone.
    pub next: StoredValue<Option<String>>,
}

/// The page.
#[component]
pub fn Appointments() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::AppointmentsTitle);
    let role = Role::from_code(vault.identity().role);
    if !books(role) {
        return view! { <NotForRole door=door(role)/> }.into_any();
    }
    let site = RwSignal::new(vault.identity().site.clone());
    let day = RwSignal::new(day_now());
    let doing = Doing {
        choosing: RwSignal::new(None),
        busy: RwSignal::new(false),
        trouble: RwSignal::new(None),
        saved_at: RwSignal::new(None),
        next: StoredValue::new(None),
    };
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let (vault, site, day) = (vault.clone(), site.get(), day.get());
        async move { read(&vault, &site, day).await.map_err(|error| explain(&error)) }
    });
    let read = Memo::new(move |_| loaded.get());
    Effect::new(move |_| {
        read.track();
        if let Some(next) = doing.next.try_update_value(Option::take).flatten() {
            focus_later(next);
        }
    });
    let shown = Signal::derive(move || read.get().and_then(Result::ok));
    let list = move || {
        Some(match read.get()? {
            Ok(shown) => view! { <List shown doing/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    };
    let said = move || match (doing.trouble.get(), doing.saved_at.get()) {
        (None, Some(at)) => words.with(Key::AppointmentsSaved, &[("time", &when::clock(at))]),
        _ => String::new(),
    };
    let plan = if publishes(role) { Key::AppointmentsPlan } else { Key::AppointmentsPlanList };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <h1 tabindex="-1">{move || words.get(Key::AppointmentsTitle)}</h1>
                <A href="/appointments/plan" attr:class="btn">
                    <Draw icon=Icon::Calendar/>
                    {move || words.get(plan)}
                </A>
            </div>
            <Where site day/>
            <Give day shown doing/>
            <Choosing day shown doing/>
            <p class="field__error" role="alert">{move || doing.trouble.get().map(|key| words.get(key))}</p>
            <p class="note" role="status">{said}</p>
            {list}
        </main>
    }
    .into_any()
}

/// Which office, and which day.
#[component]
fn Where(site: RwSignal<String>, day: RwSignal<i64>) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let sites = Signal::derive(move || tables.offered("sites", ""));
    let none = crate::components::fields::Fault::stored(None);
    let step = move |by: i64, icon: Icon, key: Key| {
        view! {
            <button class="btn" type="button" on:click=move |_| day.update(|day| *day += by) aria-label=move || words.get(key)>
                <Draw icon/>
            </button>
        }
    };
    view! {
        <section class="card stack">
            <div class="fields">
                <Select id="appt-site" label=Label::Key(Key::AppointmentsSite) value=site items=sites fault=none
                    on_choose=move |code: String| if !code.is_empty() { site.set(code) }/>
                <div class="field">
                    <label class="field__label" for="appt-day">{move || words.get(Key::AppointmentsDay)}</label>
                    <div class="line appt__day">
                        {step(-1, Icon::ArrowLeft, Key::AppointmentsBefore)}
                        <input class="input" id="appt-day" type="date" prop:value=move || day_text(day.get())
                            on:change=move |event| {
                                if let Some(chosen) = day_number(&event_target_value(&event)) {
                                    day.set(chosen);
                                }
                            }/>
                        {step(1, Icon::ArrowRight, Key::AppointmentsAfter)}
                    </div>
                </div>
            </div>
            <div class="line">
                <strong id="appt-shown">{move || day_words(words, day.get())}</strong>
                <Show when=move || day.get() != day_now()>
                    <button class="btn" type="button" on:click=move |_| day.set(day_now())>
                        {move || words.get(Key::AppointmentsToday)}
                    </button>
                </Show>
            </div>
        </section>
    }
}

#[component]
fn List(shown: Shown, doing: Doing) -> impl IntoView {
    let words = use_words();
    let Shown { list, days, collected_at } = shown;
    let came = |families: &[Summary]| families.iter().filter(|it| it.slot_state == "came").count() as u64;
    let came = came(&list.walk_ins) + list.slots.iter().map(|slot| came(&slot.families)).sum::<u64>();
    let all = list.families() as u64;
    let closed = !days.is_empty() && days.iter().all(|day| !day.open);
    let places: BTreeSet<String> =
        days.iter().filter(|day| day.open && !day.place.is_empty()).map(|day| day.place.clone()).collect();
    let places: Vec<String> = places.into_iter().collect();
    let none = list.slots.is_empty();
    let overfull = list.slots.iter().any(|slot| slot.overfull);
    let slots = list.slots.into_iter().map(|line| view! { <Slot line doing/> }).collect_view();
    let nobody = list.walk_ins.is_empty();
    let walk_ins = list.walk_ins.into_iter().map(|one| view! { <FamilyRow one doing/> }).collect_view();
    view! {
        <AsOf at=collected_at/>
        {closed.then(|| view! { <Notice icon=Icon::Lock>{move || words.get(Key::AppointmentsClosed)}</Notice> })}
        {overfull.then(|| view! {
            <Notice class="notice--attention" icon=Icon::Alert>{move || words.get(Key::AppointmentsOverfull)}</Notice>
        })}
        <section class="card card--flush" aria-labelledby="appt-list">
            <div class="card__head">
                <h2 class="card__title" id="appt-list" tabindex="-1">{move || words.get(Key::AppointmentsTitle)}</h2>
                <span class="note" role="status">
                    {move || words.with(Key::AppointmentsCount, &[("came", &words.number(came)), ("all", &words.number(all))])}
                </span>
            </div>
            {(!places.is_empty()).then(|| view! { <p class="appt__time appt__place soft"><Draw icon=Icon::MapPin/><bdi>{places.join(" · ")}</bdi></p> })}
            {(none && !closed).then(|| view! { <p class="appt__none soft">{move || words.get(Key::AppointmentsNone)}</p> })}
            <ul class="appt__slots">{slots}</ul>
        </section>
        <section class="card card--flush" aria-labelledby="appt-walk-ins">
            <div class="card__head">
                <h2 class="card__title" id="appt-walk-ins">{move || words.get(Key::AppointmentsWalkIns)}</h2>
                <span class="note">{move || words.get(Key::AppointmentsWalkInsNote)}</span>
            </div>
            {nobody.then(|| view! { <p class="appt__none soft">{move || words.get(Key::AppointmentsWalkInsNone)}</p> })}
            <ul class="rows" aria-labelledby="appt-walk-ins">{walk_ins}</ul>
        </section>
    }
}

/// One slot with its families.
#[component]
fn Slot(line: SlotLine, doing: Doing) -> impl IntoView {
    let words = use_words();
    let SlotLine { at, places, overfull, families, .. } = line;
    let held = families.iter().filter(|it| domain::appointment::holds(it).is_some()).count() as u64;
    let full = places > 0 && held >= u64::try_from(places).unwrap_or(0);
    let of = move || {
        let (n, places) = (words.number(held), words.number(u64::try_from(places).unwrap_or(0)));
        words.with(Key::AppointmentsOfSlot, &[("n", &n), ("places", &places)])
    };
    let empty = families.is_empty();
    let rows = families.into_iter().map(|one| view! { <FamilyRow one doing/> }).collect_view();
    view! {
        <li class="appt__slot">
            <p class="appt__time">
                <strong class="ltr">{time_words(at)}</strong>
                {(places > 0).then(|| view! { <span class="note">{of}</span> })}
                {full.then(|| view! {
                    <span class=if overfull { "chip chip--attention" } else { "chip" }>{move || words.get(Key::AppointmentsFull)}</span>
                })}
            </p>
            {(!empty).then(|| view! { <ul class="rows">{rows}</ul> })}
        </li>
    }
}

/// Runs something over the vault, once at a time, and says what came of it. The focus goes to `next` once the list was
/// drawn anew.
pub(super) fn run_with<F, W>(doing: Doing, next: String, vault: Option<Vault>, work: W)
where
    W: FnOnce(Vault) -> F + 'static,
    F: Future<Output = Result<(), Key>> + 'static,
{
    let Some(vault) = vault.filter(|_| !doing.busy.get_untracked()) else { return };
    doing.busy.set(true);
    doing.trouble.set(None);
    doing.next.set_value(Some(next));
    leptos::task::spawn_local(async move {
        match work(vault).await {
            Ok(()) => {
                doing.saved_at.try_set(Some(when::now()));
                doing.choosing.try_set(None);
            }
            Err(key) => drop(doing.trouble.try_set(Some(key))),
        }
        doing.busy.try_set(false);
    });
}
