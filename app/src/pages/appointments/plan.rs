//! The days that an office publishes: those to come, with what is free; and for supervisors the form for more of them.

use super::close::Closing;
use super::publish::Publish;
use super::{books, day_now, day_words, publishes};
use crate::components::{Back, Icon, Label, Notice, Select};
use crate::device::{use_device, use_vault};
use crate::pages::trouble::{NotRead, explain};
use crate::pages::work::{NotForRole, door};
use crate::tables::use_tables;
use crate::when;
use crate::words::{Key, use_words};
use domain::Role;
use domain::appointment::{Day, Occupancy, clock_text, holds};
use leptos::prelude::*;
use store::{StoreError, Vault};

/// A day with how full it is.
#[derive(Clone, PartialEq)]
pub(super) struct Published {
    pub day: Day,
    /// Places that are free for anybody.
    free: i64,
    /// Families that have a slot of it.
    pub families: u64,
}

/// The days of an office from today on, in order.
async fn read(vault: &Vault, site: &str) -> Result<Vec<Published>, StoreError> {
    let (families, days) = (vault.applications().await?, vault.agendas().await?);
    let (occupancy, today) = (Occupancy::of(families.iter()), day_now());
    let theirs = days.iter().filter(|day| day.site == site && day.day >= today);
    let mut published: Vec<Published> = theirs
        .map(|day| {
            let held = families.iter().filter_map(holds).filter(|slot| slot.agenda == day.record);
            let free = day.times().map(|(slot, _)| (day.places - occupancy.taken(slot).all()).max(0)).sum();
            Published { day: day.clone(), free, families: held.count() as u64 }
        })
        .collect();
    published.sort_by_key(|it| (it.day.day, it.day.from, it.day.record));
    Ok(published)
}

/// The page.
#[component]
pub fn PlanPage() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::AppointmentsPlanTitle);
    let role = Role::from_code(vault.identity().role);
    if !books(role) {
        return view! { <NotForRole door=door(role)/> }.into_any();
    }
    let may_publish = publishes(role);
    let site = RwSignal::new(vault.identity().site.clone());
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let (vault, site) = (vault.clone(), site.get());
        async move { read(&vault, &site).await.map_err(|error| explain(&error)) }
    });
    let read = Memo::new(move |_| loaded.get());
    let days = Signal::derive(move || read.get().and_then(Result::ok).unwrap_or_default());
    let (trouble, saved) = (RwSignal::new(None::<Key>), RwSignal::new(None::<u64>));
    let list = move || {
        let published = match read.get()? {
            Ok(published) => published,
            Err(key) => return Some(view! { <NotRead key/> }.into_any()),
        };
        if published.is_empty() {
            return Some(
                view! { <p class="appt__none soft">{words.get(Key::AppointmentsPlanListNone)}</p> }
                    .into_any(),
            );
        }
        let row = |one: Published| view! { <Row one may_publish trouble saved/> };
        Some(view! { <ul class="rows">{published.into_iter().map(row).collect_view()}</ul> }.into_any())
    };
    let tables = use_tables();
    let sites = Signal::derive(move || tables.offered("sites", ""));
    let none = crate::components::fields::Fault::stored(None);
    let said =
        move || saved.get().map(|at| words.with(Key::AppointmentsSaved, &[("time", &when::clock(at))]));
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href="/appointments" label=Signal::derive(move || words.get(Key::AppointmentsTitle))/>
                    <h1 tabindex="-1">{move || words.get(Key::AppointmentsPlanTitle)}</h1>
                    <p class="soft">{move || words.get(Key::AppointmentsPlanNote)}</p>
                </div>
            </div>
            <section class="card">
                <Select id="plan-site" label=Label::Key(Key::AppointmentsSite) value=site items=sites fault=none
                    on_choose=move |code: String| if !code.is_empty() { site.set(code) }/>
            </section>
            <p class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
            <p class="note" role="status">{said}</p>
            {if may_publish {
                view! { <Publish site days/> }.into_any()
            } else {
                view! { <Notice icon=Icon::Info>{move || words.get(Key::AppointmentsPlanOnlySupervisors)}</Notice> }.into_any()
            }}
            <section class="card card--flush" aria-labelledby="plan-list">
                <div class="card__head">
                    <h2 class="card__title" id="plan-list" tabindex="-1">{move || words.get(Key::AppointmentsPlanList)}</h2>
                </div>
                {list}
            </section>
        </main>
    }
    .into_any()
}

#[component]
fn Row(
    one: Published,
    may_publish: bool,
    trouble: RwSignal<Option<Key>>,
    saved: RwSignal<Option<u64>>,
) -> impl IntoView {
    let words = use_words();
    let Published { day, free, families } = one.clone();
    let hours = format!("{}–{}", clock_text(day.from), clock_text(day.until));
    let free = u64::try_from(free).unwrap_or(0);
    let (open, place, number) = (day.open, day.place.clone(), day.day);
    let state = move || match open {
        true => words.with(Key::AppointmentsPlanFree, &[("free", &words.number(free))]),
        false => words.get(Key::AppointmentsClosed),
    };
    view! {
        <li>
            <div class="row">
                <span class="row__main">
                    <span class="row__title">{move || day_words(words, number)}</span>
                    <span class="row__meta">
                        <span class="ltr">{hours}</span>
                        <span>{state}</span>
                        <span>{move || words.count(Key::AppointmentsFamilies, families)}</span>
                        {(!place.is_empty()).then(|| view! { <span><bdi>{place}</bdi></span> })}
                    </span>
                </span>
                {(may_publish && open).then(|| view! { <Closing one trouble saved/> })}
            </div>
        </li>
    }
}
