//! One organisation, site, team or desk: added or changed.

use super::confirm::Told;
use super::place_desk::{DESK, DeskParts, VALID, Valid};
use super::{fault_words, trouble_words, use_room};
use crate::components::{ErrorSummary, Select, TextField};
use crate::tables::{Table, use_tables};
use crate::words::{Key, Language, use_words};
use api::Outcome;
use domain::catalogue::Row;
use leptos::prelude::*;
use std::collections::BTreeMap;

/// What families are told of an office on the applicants' door, with the word for each.
const OFFICE: [(&str, Key); 3] =
    [("address", Key::DeskAddress), ("hours", Key::DeskHours), ("phone", Key::DeskPhone)];

/// What a form begins with.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Which table.
    pub table: Table,
    /// The row as it reads here; `None` for a new one.
    pub row: Option<Row>,
}

/// The column that a row's name in a language stands in.
fn name_column(table: Table, language: Language) -> String {
    let word = if table == Table::Sites { "name" } else { "label" };
    format!("{word}_{}", language.code())
}

/// Whether rows of a table are offered between days.
fn is_bounded(table: Table) -> bool {
    matches!(table, Table::Institutions | Table::Desks)
}

/// The id of a column's input.
pub(super) fn input_of(column: &str) -> String {
    match column.split_once('_') {
        Some(("name" | "label", language)) => format!("place-name-{language}"),
        _ => format!("place-{column}"),
    }
}

/// The form.
#[component]
pub fn PlaceForm(
    start: Start,
    open: RwSignal<Option<Start>>,
    told: RwSignal<Option<(bool, String)>>,
) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let (room, device) = (use_room(), crate::device::use_device());
    let Start { table, row } = start;
    let is_new = row.is_none();
    let cells = RwSignal::new(row.unwrap_or_default());
    let (faults, checks, busy) = (RwSignal::new(Vec::new()), RwSignal::new(0_usize), RwSignal::new(false));
    let failed = RwSignal::new(None);
    let operation = move || room.with(|room| room.me.place.operation.clone()).unwrap_or_default();
    let value = move |column: String| {
        Signal::derive(move || cells.with(|cells| cells.get(&column).cloned().unwrap_or_default()))
    };
    let put = move |column: String, cell: String| {
        cells.update(|cells| {
            cells.insert(column, cell);
        })
    };
    let fault_of = move |column: String| {
        Signal::derive(move || {
            let found = faults
                .with(|faults: &Vec<(String, String)>| faults.iter().find(|(of, _)| *of == column).cloned());
            found.map(|(_, wrong)| fault_words(words, &wrong))
        })
    };
    let summary = Signal::derive(move || {
        let told = |(column, wrong): (String, String)| (input_of(&column), fault_words(words, &wrong));
        faults.get().into_iter().map(told).collect::<Vec<_>>()
    });
    let names = Language::ALL.into_iter().map(|language| {
        let column = name_column(table, language);
        let label = Signal::derive(move || words.with(Key::AdminNameIn, &[("language", language.name())]));
        let typed = column.clone();
        view! {
            <TextField
                id=input_of(&column) label=label value=value(column.clone())
                on_type=move |text| put(typed.clone(), text) fault=fault_of(column)
                maybe=language != Language::Spanish
            />
        }
    });
    let names = names.collect_view();
    let retired = move || cells.with(|cells| cells.get("retired").is_some_and(|cell| cell == "1"));
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let mut sent: BTreeMap<String, String> = BTreeMap::new();
        let own: &[&str] = match table {
            Table::Teams => &["site", "organisation"],
            Table::Desks => &DESK,
            Table::Sites => &OFFICE.map(|(column, _)| column),
            _ => &[],
        };
        let days = if is_bounded(table) { &VALID[..] } else { &[] };
        let named = Language::ALL.into_iter().map(|language| name_column(table, language));
        let plain = ["code", "retired"].iter().chain(own).chain(days).map(|column| (*column).to_owned());
        let wanted: Vec<String> = plain.chain(named).collect();
        cells.with_untracked(|cells| {
            for column in wanted {
                sent.insert(column.clone(), cells.get(&column).cloned().unwrap_or_default());
            }
        });
        if table == Table::Sites {
            sent.insert("operation".to_owned(), operation());
        }
        let name = table.name().to_owned();
        leptos::task::spawn_local(async move {
            let sent: Vec<(String, String)> = sent.into_iter().collect();
            let done = room.change(|| api::put_place(name.clone(), sent.clone())).await;
            busy.try_set(false);
            match done {
                Ok(Outcome { faults: none, .. }) if none.is_empty() => {
                    told.try_set(Some((true, words.get(Key::AdminPlaceSaved))));
                    // This device takes it over now, all others within the hour.
                    device.courier().go_now(device);
                    open.try_set(None);
                }
                Ok(Outcome { faults: found, .. }) => {
                    failed.try_set(None);
                    faults.try_set(found);
                    checks.try_update(|checks| *checks += 1);
                }
                Err(error) => {
                    failed.try_set(Some((false, words.get(trouble_words(&error)))));
                }
            }
        });
    };
    let sites = Signal::derive(move || tables.offered("sites", &operation()));
    let organisations = Signal::derive(move || tables.offered("institutions", ""));
    let belongs = (table == Table::Teams).then(|| {
        view! {
            <Select id="place-site" label=Key::Site value=value("site".to_owned())
                on_choose=move |code| put("site".to_owned(), code) items=sites fault=fault_of("site".to_owned())/>
            <Select id="place-organisation" label=Key::SlipOffice value=value("organisation".to_owned())
                on_choose=move |code| put("organisation".to_owned(), code) items=organisations
                fault=fault_of("organisation".to_owned()) maybe=true/>
        }
    });
    let told_of = (table == Table::Sites).then(|| {
        OFFICE.map(|(column, label)| {
            let (id, label) = (input_of(column), Signal::derive(move || words.get(label)));
            view! {
                <TextField id label=label value=value(column.to_owned()) maybe=true
                    on_type=move |text| put(column.to_owned(), text) fault=fault_of(column.to_owned())/>
            }
        })
    });
    let title = match table {
        Table::Sites => Key::AdminSites,
        Table::Teams => Key::AdminTeams,
        Table::Desks => Key::DeskAdmin,
        _ => Key::AdminOrganisations,
    };
    view! {
        <form class="card stack" novalidate on:submit=send aria-labelledby="place-form">
            <h2 class="card__title" id="place-form">{move || words.get(title)}</h2>
            <ErrorSummary faults=summary on_follow=|_| {} checks/>
            <Told told=failed/>
            <div class="fields">
                <Show when=move || is_new fallback=move || view! {
                    <p class="field"><span class="field__label">{move || words.get(Key::AdminCode)}</span>
                    <span class="code">{value("code".to_owned())}</span></p>
                }>
                    <TextField
                        id="place-code" label=Key::AdminCode hint=Key::AdminPlaceCodeHint value=value("code".to_owned())
                        on_type=move |text| put("code".to_owned(), text) fault=fault_of("code".to_owned())
                    />
                </Show>
                {names}
                {belongs}
                {told_of}
                {(table == Table::Desks).then(|| view! { <DeskParts cells faults operation=Signal::derive(operation)/> })}
                {is_bounded(table).then(|| view! { <Valid cells faults/> })}
            </div>
            <label class="check">
                <input type="checkbox" prop:checked=retired
                    on:change=move |event| put("retired".to_owned(), if event_target_checked(&event) { "1" } else { "0" }.to_owned())/>
                <span>{move || words.get(Key::AdminRetire)}</span>
            </label>
            <div class="line">
                <button class="btn btn--primary" type="submit" aria-busy=move || busy.get().to_string()>
                    {move || words.get(Key::AdminSave)}
                </button>
                <button class="btn btn--quiet" type="button" on:click=move |_| open.set(None)>
                    {move || words.get(Key::Cancel)}
                </button>
            </div>
        </form>
    }
}
