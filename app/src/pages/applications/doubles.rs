//! Who on this device may be the same family: people registered already, and other pre-registrations.

use super::row::Row;
use crate::components::{Draw, Face, Icon};
use crate::device::use_vault_handle;
use crate::pages::search::{grouped, reason};
use crate::when;
use crate::words::{Key, use_words};
use domain::application::{Application, Part, Summary};
use domain::date::PartialDate;
use domain::{Field, Kind, RecordId, Value, search_key};
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::BTreeSet;
use store::{Hit, Vault, Why};

/// Most shown of each sort.
const MOST: usize = 8;
/// Looked at for each person.
const LOOK: usize = 6;
/// Years by which birth dates of one person are told apart.
const YEARS: i32 = 1;

fn text(part: &Part, field: Field) -> &str {
    part.facts.get(&field).and_then(Value::as_text).unwrap_or_default()
}

fn year(born: &str) -> Option<i32> {
    PartialDate::from_text(born).map(PartialDate::year)
}

/// Whether somebody found by name may be who is meant: all words of the name, and no other birth.
fn may_be(born: &str, hit: &Hit) -> bool {
    let lacks = hit.why.iter().any(|why| matches!(why, Why::Without(_)));
    let apart =
        matches!((year(born), year(&hit.born)), (Some(one), Some(other)) if (one - other).abs() > YEARS);
    !lacks && !apart
}

/// People registered on this device who may be somebody of this family, each once.
fn registered(vault: &Vault, said: &Application) -> Vec<Hit> {
    let mut met: BTreeSet<RecordId> = BTreeSet::new();
    let mut found = Vec::new();
    let mut add = |hits: Vec<Hit>, is: &dyn Fn(&Hit) -> bool| {
        let other = hits.into_iter().filter(|hit| hit.group != Some(said.group()) && is(hit));
        found.extend(other.filter(|hit| met.insert(hit.record)));
    };
    for part in &said.parts {
        match part.kind {
            Kind::DOCUMENT => {
                let number = text(part, Field::DOCUMENT_NUMBER);
                if search_key::code(number).len() >= 4 {
                    add(vault.search(number, LOOK), &|hit| hit.why.contains(&Why::Document { same: true }));
                }
            }
            Kind::INDIVIDUAL => {
                let phone = text(part, Field::PHONE);
                if search_key::digits(phone).len() >= 6 {
                    add(vault.search(phone, LOOK), &|hit| hit.why.contains(&Why::Phone { same: true }));
                }
                let names =
                    [Field::GIVEN_NAMES, Field::SURNAME1, Field::SURNAME2].map(|field| text(part, field));
                let name = names.join(" ");
                if name.split_whitespace().count() >= 2 {
                    let born = text(part, Field::DATE_OF_BIRTH);
                    add(vault.search(name.trim(), LOOK), &|hit| may_be(born, hit));
                }
            }
            _ => {}
        }
    }
    found.truncate(MOST);
    found
}

/// Both lists.
#[component]
pub fn Doubles(
    /// The line of the pre-registration.
    one: Summary,
    /// What was said.
    said: Application,
) -> impl IntoView {
    let words = use_words();
    let vault = use_vault_handle();
    let hits = vault.with_value(|vault| registered(vault, &said));
    let mut others = match one.name.split_whitespace().count() {
        0 | 1 => Vec::new(),
        _ => vault.with_value(|vault| vault.find_applications(&one.name, MOST)),
    };
    others.retain(|other| other.record != one.record);
    let none = hits.is_empty() && others.is_empty();
    let hits: Vec<_> = hits
        .into_iter()
        .map(|hit| {
            let why = hit.why.clone();
            let why = move || why.iter().map(|why| reason(words, why)).collect::<Vec<_>>().join(" · ");
            let born = PartialDate::from_text(&hit.born);
            let name = if hit.name.is_empty() { words.get(Key::NoNameYet) } else { hit.name.clone() };
            view! {
                <li>
                    <div class="row">
                        <Face name=hit.name.clone()/>
                        <span class="row__main">
                            <A href=format!("/people/{}", hit.record) attr:class="row__title row__link"><bdi>{name}</bdi></A>
                            <span class="row__meta">
                                <span class="hit__why">{why}</span>
                                {born.map(|born| view! { <span>{move || when::partial(words, born)}</span> })}
                                <span class="code ltr">{grouped(&hit.group_ref)}</span>
                                <crate::pages::conflicts::Mark shown=hit.in_conflict/>
                            </span>
                        </span>
                        <Draw icon=Icon::Chevron class="icon--go"/>
                    </div>
                </li>
            }
        })
        .collect();
    let others: Vec<_> = others.into_iter().map(|one| view! { <Row one/> }).collect();
    view! {
        <section class="card card--flush" aria-labelledby="doubles">
            <div class="card__head"><h2 class="card__title" id="doubles">{move || words.get(Key::ApplicationsDoubles)}</h2></div>
            {none.then(|| view! { <p class="applications__line soft">{move || words.get(Key::ApplicationsDoublesNone)}</p> })}
            {(!hits.is_empty()).then(|| view! { <ul class="rows">{hits}</ul> })}
            {(!others.is_empty()).then(|| view! {
                <p class="applications__line note">{move || words.get(Key::ApplicationsDoublesOthers)}</p>
                <ul class="rows">{others}</ul>
            })}
        </section>
    }
}
