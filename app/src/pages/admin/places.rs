//! Organisations, sites, teams and desks: rows of the office's own tables, which devices take over within the hour.

use super::place_form::{PlaceForm, Start};
use super::{Frame, use_room};
use crate::components::{Draw, Icon};
use crate::tables::{Table, use_tables};
use crate::words::{Key, use_words};
use domain::catalogue::Row;
use leptos::prelude::*;

/// The page.
#[component]
pub fn PlacesPage() -> impl IntoView {
    view! {
        <Frame title=Key::AdminPlaces back=("/admin", Key::AdminTitle)>
            <Places/>
        </Frame>
    }
}

#[component]
fn Places() -> impl IntoView {
    let words = use_words();
    let open = RwSignal::new(None::<Start>);
    let told = RwSignal::new(None);
    view! {
        <p class="note">{move || words.get(Key::AdminPlacesNote)}</p>
        <super::confirm::Told told/>
        {move || open.get().map(|start| view! { <PlaceForm start open told/> })}
        <One table=Table::Institutions title=Key::AdminOrganisations open/>
        <One table=Table::Sites title=Key::AdminSites open/>
        <One table=Table::Teams title=Key::AdminTeams open/>
        <One table=Table::Desks title=Key::DeskAdmin open/>
    }
}

#[component]
fn One(table: Table, title: Key, open: RwSignal<Option<Start>>) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let room = use_room();
    let id = format!("places-{}", table.name());
    let labelled = id.clone();
    let operation_of =
        move |site: &str| tables.item(Table::Sites, site).map(|site| site.parent).unwrap_or_default();
    let mine = move || room.with(|room| room.me.place.operation.clone()).unwrap_or_default();
    let rows = move || {
        let operation = mine();
        let within = |row: &Row| {
            let cell = |column: &str| row.get(column).map(String::as_str).unwrap_or_default();
            match table {
                Table::Sites => cell("operation") == operation,
                Table::Desks => cell("site").is_empty() || operation_of(cell("site")) == operation,
                _ => true,
            }
        };
        tables.rows(table.name()).into_iter().filter(within).collect::<Vec<_>>()
    };
    let add = move |_| {
        open.set(Some(Start { table, row: None }));
        crate::components::parts::focus_later("place-code".to_owned());
    };
    let row = move |row: Row| {
        let code = row.get("code").cloned().unwrap_or_default();
        let retired = row.get("retired").is_some_and(|cell| cell == "1");
        let shown = code.clone();
        let name = move || tables.label(table, &shown);
        let again = name.clone();
        let edit = move |_| {
            open.set(Some(Start { table, row: Some(row.clone()) }));
            crate::components::parts::focus_later("place-name-es".to_owned());
        };
        view! {
            <li><div class="row">
                <span class="row__main">
                    <span class="row__title">{name}</span>
                    <span class="row__meta">
                        <span class="code">{code}</span>
                        {retired.then(|| view! { <span class="chip">{move || words.get(Key::AdminRetired)}</span> })}
                    </span>
                </span>
                <span class="row__side">
                    <button class="btn" type="button" on:click=edit>
                        {move || words.get(Key::AdminEdit)}<span class="unseen">" "{again}</span>
                    </button>
                </span>
            </div></li>
        }
    };
    view! {
        <section class="card card--flush" aria-labelledby=labelled>
            <div class="card__head">
                <h2 class="card__title" id=id>{move || words.get(title)}</h2>
                <button class="btn push" type="button" on:click=add>
                    <Draw icon=Icon::Plus/>
                    {move || words.get(Key::AdminAdd)}<span class="unseen">" "{move || words.get(title)}</span>
                </button>
            </div>
            <ul class="rows">{move || rows().into_iter().map(row).collect_view()}</ul>
            <Show when=move || rows().is_empty()><p class="card__part">{move || words.get(Key::AdminNoneYet)}</p></Show>
        </section>
    }
}
