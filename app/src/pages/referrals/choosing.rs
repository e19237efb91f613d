//! What is shared: chosen one by one of what is recorded, typed in where nothing is, or chosen of what a parent shared.
//! Nothing is chosen beforehand.

use super::begin::{Records, Source};
use super::form::Work;
use super::no_fault;
use super::shown::{NAME, rows};
use crate::components::{Choices, Select, TextField};
use crate::pages::history::called;
use crate::tables::use_tables;
use crate::words::{Key, Words, use_words};
use domain::service::Referral;
use domain::service::referral::{SHAREABLE, Shared};
use domain::{Field, Kind, Record, RecordId, Value};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// The groups in which fields are offered; needs and papers come from their own rows.
const GROUPS: [(Key, &[Field]); 3] = [
    (
        Key::ReferGroupIdentity,
        &[
            Field::COMMON_NAME,
            Field::DATE_OF_BIRTH,
            Field::SEX,
            Field::NATIONALITY,
            Field::PREGNANT,
            Field::PROTECTION_STATUS,
        ],
    ),
    (
        Key::ReferGroupContact,
        &[
            Field::PHONE,
            Field::CONTACT_CHANNEL,
            Field::SAFE_TIME,
            Field::LANG_MAIN,
            Field::LANG_INTERVIEW,
            Field::INTERVIEW_PREFERENCE,
        ],
    ),
    (
        Key::ReferGroupFamily,
        &[
            Field::RELATIONSHIP,
            Field::PROVINCE,
            Field::DISTRICT,
            Field::ADDRESS,
            Field::SITE,
            Field::SIZE,
            Field::COUNT_CHILDREN,
        ],
    ),
];

/// The card that asks what is shared.
#[component]
pub fn Choosing(
    /// The work.
    work: Work,
) -> impl IntoView {
    let words = use_words();
    let fault = work.fault_at(words, "refer-share");
    let asked = work.source.with_value(|source| match source {
        Source::Records(records) => of_records(work, words, records),
        Source::Typed => view! { <Typed work/> }.into_any(),
        Source::Parent(parent) => of_parent(work, words, parent),
    });
    view! {
        <section class="card" aria-labelledby="refer-share-title">
            <div class="card__head">
                <h2 class="card__title" id="refer-share-title">{move || words.get(Key::ReferShare)}</h2>
            </div>
            <div class="stack">
                <p class="note">{move || words.get(Key::ReferShareHint)}</p>
                <p class="field__error" id="refer-share" tabindex="-1">{fault}</p>
                {asked}
            </div>
        </section>
    }
}

/// A box with what would be shared beside it.
fn tick(
    label: impl Fn() -> String + Send + Sync + 'static,
    value: impl Fn() -> String + Send + Sync + 'static,
    is: impl Fn() -> bool + Send + Sync + 'static,
    put: impl Fn(bool) + 'static,
) -> AnyView {
    view! {
        <label class="choice refer__tick">
            <input type="checkbox" prop:checked=is on:change=move |event| put(event_target_checked(&event))/>
            <span>{label}": "<bdi><b>{value}</b></bdi></span>
        </label>
    }
    .into_any()
}

fn group(words: Words, title: Key, ticks: Vec<AnyView>) -> Option<AnyView> {
    (!ticks.is_empty()).then(|| {
        view! {
            <fieldset class="field field--wide">
                <legend class="field__label">{move || words.get(title)}</legend>
                <div class="choices">{ticks}</div>
            </fieldset>
        }
        .into_any()
    })
}

fn toggle<T: Ord>(set: &mut BTreeSet<T>, it: T, is: bool) {
    if is {
        set.insert(it);
    } else {
        set.remove(&it);
    }
}

fn of_records(work: Work, words: Words, records: &Records) -> AnyView {
    let forms = work.forms;
    let (role, me) = work.me.with_untracked(|me| (me.role(), me.0.user));
    let seen = |record: &Record, field: Field| {
        forms.sight(role, me, |sight| sight.field(record.kind, Some(record), field))
    };
    let says = |record: &Record, field: Field| {
        let known = record.values(field).into_iter().any(|value| *value != Value::Nothing);
        known && seen(record, field)
    };
    let whose = |field: Field| {
        let group = records.group.as_ref().filter(|group| says(group, field));
        Some(&records.person).filter(|person| says(person, field)).or(group)
    };
    let mut shown: Vec<AnyView> = Vec::new();
    for (title, fields) in GROUPS {
        let mut ticks = Vec::new();
        if title == Key::ReferGroupIdentity
            && let Some(name) = called(&records.person)
        {
            ticks.push(tick(
                move || words.get(Key::ReferName),
                move || name.clone(),
                move || work.of(|draft| NAME.iter().any(|field| draft.fields.contains(field))),
                move |is| {
                    work.put(|draft| NAME.into_iter().for_each(|field| toggle(&mut draft.fields, field, is)))
                },
            ));
        }
        for field in fields.iter().copied().filter(|field| SHAREABLE.contains(field)) {
            let Some(record) = whose(field) else { continue };
            let values: Vec<Value> = record.values(field).into_iter().cloned().collect();
            let value = move || {
                let said = values.iter().filter(|value| **value != Value::Nothing);
                words.list(said.map(|value| forms.value(field, value, &|_| None)).collect::<Vec<_>>())
            };
            ticks.push(tick(
                move || forms.label(field),
                value,
                move || work.of(|draft| draft.fields.contains(&field)),
                move |is| work.put(|draft| toggle(&mut draft.fields, field, is)),
            ));
        }
        shown.extend(group(words, title, ticks));
    }
    let mut hidden = 0_u64;
    for (title, kind, field) in [
        (Key::ReferGroupPapers, Kind::DOCUMENT, Field::DOCUMENT_TYPE),
        (Key::ReferGroupNeeds, Kind::NEED, Field::NEED_CODE),
    ] {
        let mut ticks = Vec::new();
        for row in records.rows.iter().filter(|row| row.kind == kind) {
            if row.shown(field).is_none() || !seen(row, field) {
                hidden += u64::from(kind == Kind::NEED);
                continue;
            }
            ticks.push(of_row(work, words, row, field));
        }
        shown.extend(group(words, title, ticks));
    }
    let others: Vec<AnyView> = records.others.iter().map(|other| of_member(work, words, other)).collect();
    shown.extend(group(words, Key::ReferMembers, others));
    view! {
        {shown}
        {(hidden > 0).then(|| view! { <p class="note">{move || words.count(Key::ReservedNotes, hidden)}</p> })}
    }
    .into_any()
}

/// A paper or a need.
fn of_row(work: Work, words: Words, row: &Record, field: Field) -> AnyView {
    let (id, forms, kind) = (row.id, work.forms, row.kind);
    let parts: Vec<(Field, Value)> = [field, Field::DOCUMENT_NUMBER]
        .into_iter()
        .filter_map(|field| row.shown(field).map(|value| (field, value.clone())))
        .collect();
    let value = move || {
        let said = parts.iter().map(|(field, value)| forms.value(*field, value, &|_| None));
        words.list(said.collect::<Vec<_>>())
    };
    tick(
        move || forms.kind_one(kind),
        value,
        move || work.of(|draft| draft.rows.contains(&id)),
        move |is| work.put(|draft| toggle(&mut draft.rows, id, is)),
    )
}

/// Somebody else of the family, of whom the same would be shared.
fn of_member(work: Work, words: Words, other: &Record) -> AnyView {
    let id: RecordId = other.id;
    let name = called(other);
    let named = move || name.clone().unwrap_or_else(|| words.get(Key::NoNameYet));
    view! {
        <label class="choice refer__tick">
            <input type="checkbox" prop:checked=move || work.of(|draft| draft.members.contains(&id))
                on:change=move |event| {
                    let is = event_target_checked(&event);
                    work.put(|draft| toggle(&mut draft.members, id, is));
                }/>
            <span><bdi>{named}</bdi></span>
        </label>
    }
    .into_any()
}

/// Every item that the parent shared, one by one.
fn of_parent(work: Work, words: Words, parent: &Record) -> AnyView {
    let forms = work.forms;
    let told = Referral::of(parent).and_then(Referral::shared).unwrap_or_default();
    let ticks: Vec<AnyView> = (0_u16..)
        .zip(told.items)
        .map(|(at, item)| {
            let one = Shared { items: vec![item] };
            let said = move || {
                let all = rows(words, forms, &one);
                let heading = all.first().and_then(|(heading, _)| heading.clone());
                let (label, value) = all.into_iter().flat_map(|(_, rows)| rows).next().unwrap_or_default();
                let label = heading.map_or(label.clone(), |heading| format!("{heading}, {label}"));
                (label, value)
            };
            let again = said.clone();
            tick(
                move || said().0,
                move || again().1,
                move || work.of(|draft| draft.items.contains(&at)),
                move |is| work.put(|draft| toggle(&mut draft.items, at, is)),
            )
        })
        .collect();
    view! { <div class="choices">{ticks}</div> }.into_any()
}

/// What is seen or told without asking for a story. Codes of `specific_needs.csv`.
const SEEN: [&str; 6] = ["SM", "SM-DP", "SC", "SP", "ER", "DS"];

/// A few answers about somebody of whom no record is held.
#[component]
fn Typed(work: Work) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let forms = work.forms;
    let none = no_fault();
    let text = move |pick: fn(&domain::service::referral::Told) -> &String| {
        Signal::derive(move || work.of(|draft| pick(&draft.told).clone()))
    };
    let countries = Signal::derive(move || tables.offered("countries", ""));
    let languages = Signal::derive(move || tables.offered("languages", ""));
    let sites = Signal::derive(move || tables.offered("sites", ""));
    let needs: Vec<AnyView> = SEEN
        .into_iter()
        .map(|code| {
            view! {
                <label class="choice refer__tick">
                    <input type="checkbox" prop:checked=move || work.of(|draft| draft.told.needs.contains(code))
                        on:change=move |event| {
                            let is = event_target_checked(&event);
                            work.put(|draft| toggle(&mut draft.told.needs, code.to_owned(), is));
                        }/>
                    <span>{move || forms.code_label("needs", code)}</span>
                </label>
            }
            .into_any()
        })
        .collect();
    view! {
        <div class="fields">
            <TextField id="refer-given" label=Key::GivenNames value=text(|told| &told.given) capitals="words"
                on_type=move |typed| work.put(|draft| draft.told.given = typed) fault=work.fault_at(words, "refer-given")/>
            <TextField id="refer-surname" label=Key::ReferSurname value=text(|told| &told.surname) capitals="words"
                on_type=move |typed| work.put(|draft| draft.told.surname = typed) fault=none maybe=true/>
            <TextField id="refer-born" label=Key::ReferBorn value=text(|told| &told.born) mode="numeric"
                on_type=move |typed| work.put(|draft| draft.told.born = typed)
                fault=work.fault_at(words, "refer-born") maybe=true/>
            <TextField id="refer-phone" label=Signal::derive(move || forms.label(Field::PHONE)) kind="tel" mode="tel"
                value=text(|told| &told.phone) on_type=move |typed| work.put(|draft| draft.told.phone = typed)
                fault=none maybe=true/>
        </div>
        <fieldset class="field field--wide">
            <legend class="field__label">{move || forms.label(Field::SEX)}</legend>
            <Choices id="refer-sex" value=text(|told| &told.sex) items=forms.list("sex") fault=none
                on_choose=move |code| work.put(|draft| draft.told.sex = code)/>
        </fieldset>
        <div class="fields">
            <Select id="refer-nationality" label=Signal::derive(move || forms.label(Field::NATIONALITY))
                value=text(|told| &told.nationality) items=countries fault=none maybe=true
                on_choose=move |code| work.put(|draft| draft.told.nationality = code)/>
            <Select id="refer-language" label=Signal::derive(move || forms.label(Field::LANG_MAIN))
                value=text(|told| &told.language) items=languages fault=none maybe=true
                on_choose=move |code| work.put(|draft| draft.told.language = code)/>
            <TextField id="refer-people" label=Key::ReferPeople value=text(|told| &told.people) mode="numeric"
                on_type=move |typed| work.put(|draft| draft.told.people = typed)
                fault=work.fault_at(words, "refer-people") maybe=true/>
            <TextField id="refer-children" label=Key::ReferChildren value=text(|told| &told.children) mode="numeric"
                on_type=move |typed| work.put(|draft| draft.told.children = typed) fault=none maybe=true/>
        </div>
        <fieldset class="field field--wide">
            <legend class="field__label">{move || words.get(Key::ReferSeen)}</legend>
            <p class="field__hint">{move || words.get(Key::ReferSeenHint)}</p>
            <div class="choices">{needs}</div>
        </fieldset>
        <div class="fields">
            <Select id="refer-site" label=Key::ReferWhere value=text(|told| &told.site) items=sites fault=none maybe=true
                on_choose=move |code| work.put(|draft| draft.told.site = code)/>
            <TextField id="refer-place" label=Key::ReferPlace value=text(|told| &told.place)
                on_type=move |typed| work.put(|draft| draft.told.place = typed) fault=none maybe=true/>
        </div>
    }
}
