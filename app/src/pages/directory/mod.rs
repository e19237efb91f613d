//! The directory: which institution takes what, where, when and how it answers. It lies on the device, as every table.

mod one;

use crate::components::{Select, TextField};
use crate::device::use_device;
use crate::tables::{Item, Table, Tables, use_tables};
use crate::when;
use crate::words::{Key, use_words};
use domain::RecordId;
use domain::search_key;
use domain::service::Desk;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use one::OneDesk;
use std::collections::BTreeSet;

/// What narrows the list.
#[derive(Clone, Copy)]
struct Wanted {
    text: RwSignal<String>,
    sector: RwSignal<String>,
    site: RwSignal<String>,
    language: RwSignal<String>,
    /// Those that take nobody today too.
    closed: RwSignal<bool>,
}

/// The page. With `?person=ID` each desk leads to a referral of that person.
#[component]
pub fn Directory() -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    crate::desk::title(words, Key::DeskTitle);
    let person =
        use_query_map().with_untracked(|query| query.get("person").and_then(|id| RecordId::parse(&id)));
    let wanted = Wanted {
        text: RwSignal::new(String::new()),
        sector: RwSignal::new(String::new()),
        site: RwSignal::new(String::new()),
        language: RwSignal::new(String::new()),
        closed: RwSignal::new(false),
    };
    let found = Memo::new_with_compare(move |_| look(tables, wanted), |_, _| true);
    let count = move || found.with(|found| found.iter().map(|(_, desks)| desks.len()).sum::<usize>());
    let groups = move || {
        let groups = found.get().into_iter().map(|(institution, desks)| {
            let name = tables.label(Table::Institutions, &institution);
            let id = format!("institution-{institution}");
            let desks = desks.into_iter().map(|desk| view! { <OneDesk desk person/> }).collect_view();
            view! {
                <section class="card card--flush" aria-labelledby=id.clone()>
                    <div class="card__head"><h2 class="card__title" id=id.clone()><bdi>{name}</bdi></h2></div>
                    <ul class="rows desks">{desks}</ul>
                </section>
            }
        });
        groups.collect_view()
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <h1 tabindex="-1">{move || words.get(Key::DeskTitle)}</h1>
                    <p class="soft">{move || words.get(Key::DeskAbout)}</p>
                </div>
                <AsOf/>
            </div>
            <Filters wanted/>
            <p class="soft" role="status">{move || words.count(Key::DeskCount, count() as u64)}</p>
            <Show when=move || count() == 0><p class="card">{move || words.get(Key::DeskNone)}</p></Show>
            {groups}
        </main>
    }
}

/// Whose data this is, and of when: the office's tables carry the time of their last change as their number.
#[component]
fn AsOf() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let tables = use_tables();
    let changed = LocalResource::new(move || {
        tables.follow_changes();
        let store = device.store();
        async move { store::office_tables::revision(store.reference()).await.ok().flatten() }
    });
    let said = move || {
        changed.get().map(|changed| match changed {
            Some(at) => words.with(Key::DeskAsOf, &[("when", &when::moment(words, at))]),
            None => words.get(Key::DeskAsShipped),
        })
    };
    view! { <p class="note">{said}</p> }
}

#[component]
fn Filters(wanted: Wanted) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let nothing = Signal::stored(None::<String>);
    let of = move |codes: fn(&Desk) -> Vec<String>| {
        let codes: BTreeSet<String> = tables.desks().iter().flat_map(codes).collect();
        codes
    };
    let sectors = Signal::derive(move || {
        let known = of(|desk| desk.sectors.clone());
        let mut items = tables.offered("referral_sectors", "");
        items.retain(|item| known.contains(&item.code));
        items
    });
    let sites = Signal::derive(move || {
        let known = of(|desk| vec![desk.site.clone()]);
        let mut items = tables.offered(Table::Sites.name(), "");
        items.retain(|item| known.contains(&item.code));
        items
    });
    let languages = Signal::derive(move || {
        let known = of(|desk| desk.languages.clone());
        let mut items: Vec<Item> = known.iter().filter_map(|code| language(tables, code)).collect();
        items.dedup_by(|one, other| one.code == other.code);
        items
    });
    view! {
        <form class="card fields" role="search" on:submit=|event| event.prevent_default()>
            <TextField id="desk-text" label=Key::DeskSearch value=wanted.text fault=nothing
                on_type=move |text| wanted.text.set(text)/>
            <Select id="desk-sector" label=Key::DeskSector value=wanted.sector items=sectors fault=nothing
                on_choose=move |code| wanted.sector.set(code) maybe=true/>
            <Select id="desk-site" label=Key::Site value=wanted.site items=sites fault=nothing
                on_choose=move |code| wanted.site.set(code) maybe=true/>
            <Select id="desk-language" label=Key::DeskLanguage value=wanted.language items=languages fault=nothing
                on_choose=move |code| wanted.language.set(code) maybe=true/>
            <label class="check wide">
                <input type="checkbox" prop:checked=wanted.closed
                    on:change=move |event| wanted.closed.set(event_target_checked(&event))/>
                <span>{move || words.get(Key::DeskAlsoClosed)}</span>
            </label>
        </form>
    }
}

/// A language by the two letters or the three that a desk has for it.
fn language(tables: Tables, code: &str) -> Option<Item> {
    let is_it = |cell: Option<&String>| cell.is_some_and(|cell| cell == code);
    let rows = tables.rows(Table::Languages.name());
    let row = rows.iter().find(|row| is_it(row.get("iso639_3")) || is_it(row.get("iso639_1")))?;
    tables.item(Table::Languages, row.get("iso639_3")?)
}

/// The desks that are looked for, by institution in the order of the table.
fn look(tables: Tables, wanted: Wanted) -> Vec<(String, Vec<Desk>)> {
    let today = when::today();
    let parts = search_key::tokens(&wanted.text.get());
    let (sector, site) = (wanted.sector.get(), wanted.site.get());
    let (spoken, closed) = (wanted.language.get(), wanted.closed.get());
    let mut groups: Vec<(String, Vec<Desk>)> = Vec::new();
    for desk in tables.desks() {
        let speaks = || {
            let mut known = desk.languages.iter().filter_map(|code| language(tables, code));
            spoken.is_empty() || known.any(|item| item.code == spoken)
        };
        let named = || {
            let name = tables.label(Table::Desks, &desk.code);
            let institution = tables.label(Table::Institutions, &desk.institution);
            let text =
                search_key::key(&format!("{name} {institution} {} {}", desk.institution, desk.address));
            parts.iter().all(|part| text.contains(part.as_str()))
        };
        let is_open = closed || desk.is_valid(today);
        let is_there = site.is_empty() || desk.serves(&site);
        if is_open && is_there && desk.accepts(&sector) && speaks() && named() {
            match groups.iter_mut().find(|(institution, _)| *institution == desk.institution) {
                Some((_, desks)) => desks.push(desk),
                None => groups.push((desk.institution.clone(), vec![desk])),
            }
        }
    }
    groups
}
