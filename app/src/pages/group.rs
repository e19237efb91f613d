//! A group: its people, where it is, and what was stated about it.

use super::individual::{Conflicts, History, facts_row};
use crate::components::{Back, Draw, Face, Icon, Status, Tone};
use crate::device::{use_device, use_vault};
use crate::tables::{Table, use_tables};
use crate::when;
use crate::words::{Key, use_words};
use domain::registration_group::GroupView;
use domain::{Individual, Record, RecordId};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;

/// The page of a group.
#[component]
pub fn Group() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::Family);
    let id =
        use_params_map().with_untracked(|params| params.get("group").and_then(|id| RecordId::parse(&id)));
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        async move {
            let group = vault.record(id?).await.ok()??;
            let members = vault.members(group.id).await.ok()?;
            let items = vault.outbox().await.unwrap_or_default();
            let unsent =
                items.iter().any(|item| item.note.as_ref().is_some_and(|note| note.record == group.id));
            Some((group, members, unsent))
        }
    });
    move || {
        let loaded = loaded.get()?;
        Some(match loaded {
            Some((group, members, unsent)) => view! { <Shown group members unsent/> }.into_any(),
            None => view! { <NotHere/> }.into_any(),
        })
    }
}

/// The record does not lie on this device.
#[component]
pub fn NotHere() -> impl IntoView {
    let words = use_words();
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="card empty">
                <Draw icon=Icon::Search/>
                <h1 tabindex="-1">{move || words.get(Key::NotHereTitle)}</h1>
                <p class="soft">{move || words.get(Key::NotHereText)}</p>
                <A href="/search" attr:class="btn">{move || words.get(Key::NavSearch)}</A>
            </div>
        </main>
    }
}

#[component]
fn Shown(group: Record, members: Vec<Record>, unsent: bool) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let view = GroupView::from_record(&group);
    let mut people: Vec<(Individual, bool)> = members
        .iter()
        .map(|record| (Individual::from_record(record), !record.conflicts().is_empty()))
        .collect();
    people.sort_by_key(|(one, _)| (Some(one.id) != view.focal_point, one.id));
    let focal = people.first().map(|(one, _)| one.display_name()).unwrap_or_default();
    let size = people.len() as u64;
    let site = view.site.clone().unwrap_or_default();
    let rows: Vec<_> = people
        .into_iter()
        .map(|(one, conflict)| {
            let lead = Some(one.id) == view.focal_point;
            let relation = one.relationship.clone().filter(|_| !lead);
            let (born, nations) = (one.born, one.nationality.clone());
            let name = one.display_name();
            let shown = if name.is_empty() { words.get(Key::NoNameYet) } else { name.clone() };
            view! {
                <li>
                    <div class="row">
                        <Face name lead/>
                        <span class="row__main">
                            <A href=format!("/people/{}", one.id) attr:class="row__title row__link"><bdi>{shown}</bdi></A>
                            " "
                            <span class="row__meta">
                                {lead.then(|| view! { <span class="chip chip--lead">{move || words.get(Key::FocalPoint)}</span> })}
                                {relation.map(|code| view! { <span>{move || tables.list_label("relationship", &code)}</span> })}
                                {born.map(|born| view! { <span>{move || when::partial(words, born)}</span> })}
                                <span>{move || nations.iter().map(|code| tables.label(Table::Countries, code)).collect::<Vec<_>>().join(", ")}</span>
                            </span>
                        </span>
                        {conflict.then(|| view! {
                            <span class="row__side">
                                <span class="chip chip--attention">{move || words.get(Key::ConflictChip)}</span>
                            </span>
                        })}
                        <Draw icon=Icon::Chevron class="icon--go"/>
                    </div>
                </li>
            }
        })
        .collect();
    let district = [
        view.district.clone().map(|code| tables.label(Table::Places, &code)),
        view.province.clone().map(|code| tables.label(Table::Places, &code)),
    ];
    let district = district.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let place = [
        (Key::Site, view.site.clone().map(|code| tables.label(Table::Sites, &code))),
        (Key::District, Some(district).filter(|text| !text.is_empty())),
        (Key::Address, view.address.clone()),
        (Key::ArrivalDate, view.arrival.map(|date| when::partial(words, date))),
        (Key::EntryPoint, view.entry_point.clone().map(|code| tables.label(Table::EntryPoints, &code))),
        (Key::RegistrationDate, view.registration_date.map(|date| when::partial(words, date))),
    ];
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href="/search" label=Signal::derive(move || words.get(Key::NavSearch))/>
                    <h1 tabindex="-1">{move || words.get(Key::Family)}" "<bdi>{focal.clone()}</bdi></h1>
                    <p class="line">
                        <span class="code">{view.printed_ref()}</span>
                        <span class="soft">
                            {move || words.count(Key::People, size)}" · "{move || tables.label(Table::Sites, &site)}
                        </span>
                        {unsent.then(|| view! { <Status tone=Tone::Unsent>{move || words.get(Key::Unsent)}</Status> })}
                    </p>
                </div>
            </div>
            <Conflicts record=group.clone()/>
            <div class="columns columns--side">
                <section class="card card--flush" aria-labelledby="members">
                    <div class="card__head">
                        <h2 class="card__title" id="members">{move || words.get(Key::PeopleTitle)}</h2>
                    </div>
                    <ul class="rows">{rows}</ul>
                </section>
                <div class="column">
                    <section class="card" aria-labelledby="place">
                        <div class="card__head">
                            <h2 class="card__title" id="place">{move || words.get(Key::PlaceTitle)}</h2>
                        </div>
                        <dl class="facts">
                            {place.into_iter().map(|(key, value)| facts_row(words, key, value)).collect_view()}
                        </dl>
                    </section>
                    <History record=group/>
                </div>
            </div>
        </main>
    }
}
