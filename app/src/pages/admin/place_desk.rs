//! What is asked of a desk, and of everything that is offered between two days.

use super::fault_words;
use super::place_form::input_of;
use crate::components::{Choices, Select, TextField};
use crate::tables::{Item, Table, use_tables};
use crate::words::{Key, use_words};
use domain::catalogue::Row;
use domain::overlay::{VALID_FROM, VALID_TO};
use domain::service::desk::{ACCOUNT, SLIP, codes_in};
use leptos::prelude::*;

/// Columns of a desk.
pub const DESK: [&str; 8] =
    ["institution", "site", "sectors", "languages", "hours", "address", "phone", "answers"];
/// Columns of the days between which something is offered.
pub const VALID: [&str; 2] = [VALID_FROM, VALID_TO];

/// Columns and what is wrong with them, as short codes.
type Faults = RwSignal<Vec<(String, String)>>;

fn value(cells: RwSignal<Row>, column: &'static str) -> Signal<String> {
    Signal::derive(move || cells.with(|cells| cells.get(column).cloned().unwrap_or_default()))
}

fn put(cells: RwSignal<Row>, column: &'static str, cell: String) {
    cells.update(|cells| {
        cells.insert(column.to_owned(), cell);
    });
}

fn fault_of(faults: Faults, column: &'static str) -> Signal<Option<String>> {
    let words = use_words();
    Signal::derive(move || {
        let found = faults.with(|faults| faults.iter().find(|(of, _)| of == column).cloned());
        found.map(|(_, wrong)| fault_words(words, &wrong))
    })
}

/// Whose desk it is, where, what it takes, in what languages, when, and how it is reached and answers.
#[component]
pub fn DeskParts(cells: RwSignal<Row>, faults: Faults, operation: Signal<String>) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let institutions = Signal::derive(move || tables.offered(Table::Institutions.name(), ""));
    let sites = Signal::derive(move || tables.offered(Table::Sites.name(), &operation.get()));
    let sectors = Signal::derive(move || tables.offered("referral_sectors", ""));
    // Those that pages speak, by the two letters that the table of desks has for them.
    let languages = Signal::derive(move || {
        let rows = tables.rows(Table::Languages.name());
        let spoken = rows.iter().filter(|row| row.get("ui").is_some_and(|ui| ui == "1"));
        let item = |row: &Row| {
            let (short, long) = (row.get("iso639_1")?, row.get("iso639_3")?);
            let mut item = tables.item(Table::Languages, long)?;
            item.code.clone_from(short);
            Some(item)
        };
        spoken.filter_map(item).collect::<Vec<_>>()
    });
    let answers = [(ACCOUNT, Key::DeskAccount), (SLIP, Key::DeskSlip)];
    let answers = answers.map(|(code, key)| Item::new(code, &words.get(key))).to_vec();
    let select = move |column: &'static str, label: Key, items: Signal<Vec<Item>>, maybe: bool| {
        view! {
            <Select id=input_of(column) label value=value(cells, column) items fault=fault_of(faults, column)
                on_choose=move |code| put(cells, column, code) maybe/>
        }
    };
    let text = move |column: &'static str, label: Key, kind: &'static str| {
        view! {
            <TextField id=input_of(column) label value=value(cells, column) fault=fault_of(faults, column)
                on_type=move |text| put(cells, column, text) maybe=true kind/>
        }
    };
    view! {
        {select("institution", Key::DeskInstitution, institutions, false)}
        {select("site", Key::Site, sites, true)}
        <Several column="sectors" label=Key::DeskAccepts items=sectors cells faults/>
        <Several column="languages" label=Key::DeskLanguages items=languages cells faults/>
        {text("hours", Key::DeskHours, "text")}
        {text("address", Key::DeskAddress, "text")}
        {text("phone", Key::DeskPhone, "tel")}
        <fieldset class="field wide">
            <legend class="field__label">{move || words.get(Key::DeskAnswers)}</legend>
            <Choices id=input_of("answers") items=answers value=value(cells, "answers")
                fault=fault_of(faults, "answers") on_choose=move |code| put(cells, "answers", code)/>
        </fieldset>
    }
}

/// The days between which it is offered.
#[component]
pub fn Valid(cells: RwSignal<Row>, faults: Faults) -> impl IntoView {
    let words = use_words();
    let days = [(VALID_FROM, Key::DeskValidFrom), (VALID_TO, Key::DeskValidTo)].map(|(column, label)| {
        let fault = fault_of(faults, column);
        let id = input_of(column);
        let class = move || if fault.get().is_some() { "field field--error" } else { "field" };
        view! {
            <div class=class>
                <label class="field__label" for=id.clone()>{move || words.get(label)}</label>
                <p class="field__error" id=format!("{id}-fault")>{move || fault.get()}</p>
                <input class="input" id=id.clone() type="date" prop:value=value(cells, column)
                    aria-describedby=format!("{id}-fault") aria-invalid=move || fault.get().is_some().to_string()
                    on:change=move |event| put(cells, column, event_target_value(&event))/>
            </div>
        }
    });
    days.collect_view()
}

/// Several codes of a table, all in sight; the cell holds them with semicolons between.
#[component]
fn Several(
    column: &'static str,
    label: Key,
    items: Signal<Vec<Item>>,
    cells: RwSignal<Row>,
    faults: Faults,
) -> impl IntoView {
    let words = use_words();
    let fault = fault_of(faults, column);
    let id = input_of(column);
    let first = id.clone();
    let choose = move |code: String, on: bool| {
        let mut chosen: Vec<String> =
            cells.with_untracked(|cells| codes_in(cells, column).map(str::to_owned).collect());
        chosen.retain(|other| *other != code);
        if on {
            chosen.push(code);
        }
        put(cells, column, chosen.join(";"));
    };
    let boxes = move || {
        let boxes = items.get().into_iter().enumerate().map(|(at, item)| {
            let id = if at == 0 { first.clone() } else { format!("{first}-{}", item.code) };
            let (code, set) = (item.code.clone(), item.code.clone());
            let is_chosen = move || cells.with(|cells| codes_in(cells, column).any(|it| it == code));
            view! {
                <label class="choice">
                    <input type="checkbox" id=id prop:checked=is_chosen
                        on:change=move |event| choose(set.clone(), event_target_checked(&event))/>
                    <span>{move || item.label(words.language()).to_owned()}</span>
                </label>
            }
        });
        boxes.collect_view()
    };
    view! {
        <fieldset class="field wide">
            <legend class="field__label">{move || words.get(label)}</legend>
            <p class="field__error" id=format!("{id}-fault")>{move || fault.get()}</p>
            <div class="choices">{boxes}</div>
        </fieldset>
    }
}
