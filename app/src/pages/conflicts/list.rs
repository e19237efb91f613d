//! Everything on this device that people must decide.

use super::Waiting;
use crate::components::{Draw, Face, Icon, Notice};
use crate::device::{use_device, use_vault};
use crate::forms::{Forms, use_forms};
use crate::pages::reading::{Reader, reader};
use crate::pages::trouble::explain;
use crate::words::{Key, Words, use_words};
use domain::conflict::{Told, told};
use domain::{Kind, Record, RecordId};
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::BTreeMap;
use store::{Disputed, Hit, StoreError, Vault};

/// Most rows: who has more to decide begins with the gravest.
const SHOWN: usize = 60;

/// One record as a row.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    record: RecordId,
    kind: Kind,
    /// Whom it is about; empty where this device does not tell.
    name: String,
    /// What whoever reads is told of it: one field at least.
    told: Told,
}

/// The page's content.
#[derive(Clone, Debug, PartialEq)]
struct Page {
    rows: Vec<Row>,
    /// How many there are in all.
    all: usize,
    /// How many records wait of which nothing is for whoever reads.
    reserved: u64,
}

async fn read(vault: &Vault, forms: Forms, reader: Reader) -> Result<Page, StoreError> {
    let Waiting { listed, reserved } = Waiting::of(vault, forms, reader).await?;
    let all = listed.len();
    let shown: Vec<Disputed> = listed.into_iter().take(SHOWN).collect();
    let ids: Vec<RecordId> = shown.iter().map(|it| it.record).collect();
    let records = vault.records(&ids).await?;
    let known: Vec<RecordId> = shown.iter().flat_map(|it| it.link.into_iter().chain([it.record])).collect();
    let faces = vault.faces(&known);
    let rows = shown.iter().filter_map(|it| {
        let record = records.iter().find(|record| record.id == it.record)?;
        row(it, record, &faces, forms, reader)
    });
    Ok(Page { rows: rows.collect(), all, reserved })
}

fn row(
    found: &Disputed,
    record: &Record,
    faces: &BTreeMap<RecordId, Hit>,
    forms: Forms,
    reader: Reader,
) -> Option<Row> {
    let told = told(record.conflicts(), |field| reader.sees(forms, record, field));
    // Decided in another tab meanwhile.
    if told.fields.is_empty() {
        return None;
    }
    let of = |id: RecordId| faces.get(&id);
    let (own, link) = (of(found.record), found.link.and_then(of));
    let called = |hit: &Hit| if hit.name.is_empty() { hit.group_ref.clone() } else { hit.name.clone() };
    let name = own.map(called).filter(|name| !name.is_empty()).or_else(|| link.map(called));
    Some(Row { record: found.record, kind: found.kind, name: name.unwrap_or_default(), told })
}

/// The page.
#[component]
pub fn Conflicts() -> impl IntoView {
    let (words, forms, device) = (use_words(), use_forms(), use_device());
    let (vault, reader) = (use_vault(), reader());
    crate::desk::title(words, Key::DecideTitle);
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        async move { read(&vault, forms, reader).await.map_err(|error| explain(&error)) }
    });
    let shown = Memo::new(move |_| loaded.get());
    let body = move || {
        Some(match shown.get()? {
            Ok(Page { rows, reserved, .. }) if rows.is_empty() => view! {
                <div class="card empty">
                    <Draw icon=Icon::Check/>
                    <p>{move || words.get(Key::DecideNone)}</p>
                </div>
                {kept_back(words, reserved)}
            }
            .into_any(),
            Ok(Page { rows, all, reserved }) => {
                let more = all.saturating_sub(rows.len()) as u64;
                let rows: Vec<_> = rows.into_iter().map(|row| view! { <OneRow row/> }).collect();
                view! {
                    <p class="soft">{move || words.get(Key::DecideIntro)}</p>
                    <section class="card card--flush" aria-labelledby="waiting">
                        <div class="card__head">
                            <h2 class="card__title" id="waiting">{move || words.count(Key::DecideCount, all as u64)}</h2>
                        </div>
                        <ul class="rows">{rows}</ul>
                        {(more != 0).then(|| view! { <p class="card__part note">{move || format!("+ {}", words.number(more))}</p> })}
                    </section>
                    {kept_back(words, reserved)}
                }
                .into_any()
            }
            Err(key) => view! {
                <Notice class="notice--error" icon=Icon::Alert>{move || words.get(key)}</Notice>
            }
            .into_any(),
        })
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <h1 tabindex="-1">{move || words.get(Key::DecideTitle)}</h1>
            {body}
        </main>
    }
}

/// Of records of which nothing is for whoever reads, how many there are.
fn kept_back(words: Words, reserved: u64) -> impl IntoView {
    (reserved != 0).then(|| {
        view! {
            <p class="note line"><Draw icon=Icon::Lock/>{move || words.count(Key::ReservedNotes, reserved)}</p>
        }
    })
}

#[component]
fn OneRow(row: Row) -> impl IntoView {
    let (words, forms) = (use_words(), use_forms());
    let Row { record, kind, name, told: Told { fields, reserved, grave } } = row;
    let reserved = reserved as u64;
    let href = format!("/conflicts/{record}");
    let (shown, is_person) = (name.clone(), kind == Kind::INDIVIDUAL);
    let title = move || if shown.is_empty() { words.get(Key::NoNameYet) } else { shown.clone() };
    let named = move || words.list(fields.iter().map(|field| forms.label(*field)).collect::<Vec<_>>());
    view! {
        <li>
            <div class="row">
                <Face name=name lead={kind == Kind::GROUP}/>
                <span class="row__main">
                    <A href=href attr:class="row__title row__link"><bdi>{title}</bdi></A>
                    <span class="row__meta">
                        {(!is_person).then(|| view! { <span>{move || forms.kind_one(kind)}</span> })}
                        <span>{named}</span>
                        {(reserved != 0).then(|| view! {
                            <span class="line"><Draw icon=Icon::Lock/>{move || words.count(Key::ReservedNotes, reserved)}</span>
                        })}
                    </span>
                </span>
                {grave.then(|| view! {
                    <span class="row__side">
                        <span class="chip chip--attention">{move || words.get(Key::DecideFirst)}</span>
                    </span>
                })}
                <Draw icon=Icon::Chevron class="icon--go"/>
            </div>
        </li>
    }
}
