//! A person: what is known, what is in conflict, and who stated it.

use super::group::NotHere;
use crate::components::{Back, Draw, Icon};
use crate::device::{use_device, use_vault};
use crate::pages::trouble::{NotRead, explain};
use crate::tables::{Table, Tables, use_tables};
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::date::PartialDate;
use domain::registration_group::GroupView;
use domain::{Document, Entry, EntryId, Field, Individual, Record, RecordId, Value};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use store::{Note, StoreError, Vault};

/// The page of a person.
#[component]
pub fn Person() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::PersonTitle);
    let id = id_from_address();
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        async move {
            match id {
                Some(id) => read_person(&vault, id).await.map_err(|error| explain(&error)),
                None => Ok(None),
            }
        }
    });
    move || {
        Some(match loaded.get()? {
            Ok(Some((person, documents, group))) => view! { <Shown person documents group/> }.into_any(),
            Ok(None) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

/// A person, their papers, and their group where it is here; `None` when the person is not on this device.
///
/// # Errors
/// When the store does not answer: that says nothing about what is here.
pub async fn read_person(
    vault: &Vault,
    id: RecordId,
) -> Result<Option<(Record, Vec<Record>, Option<Record>)>, StoreError> {
    let Some(person) = vault.record(id).await? else { return Ok(None) };
    let documents = vault.documents(id).await?;
    let group = match Individual::from_record(&person).group {
        Some(group) => vault.record(group).await?,
        None => None,
    };
    Ok(Some((person, documents, group)))
}

#[component]
fn Shown(person: Record, documents: Vec<Record>, group: Option<Record>) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let one = Individual::from_record(&person);
    let group = group.as_ref().map(GroupView::from_record);
    let lead = group.as_ref().is_some_and(|group| group.focal_point == Some(one.id));
    let name = one.display_name();
    let back = group.as_ref().map_or_else(|| "/search".to_owned(), |group| format!("/groups/{}", group.id));
    let edit = format!("/people/{}/edit", one.id);
    let list =
        |list: &'static str, code: &Option<String>| code.clone().map(|code| tables.list_label(list, &code));
    let born = one.born.map(|born| {
        let age = born.age_on(when::today()).map(|age| words.count(Key::YearsOld, u64::from(age)));
        let date = when::partial(words, born);
        age.map_or(date.clone(), |age| format!("{date} ({age})"))
    });
    let nations: Vec<String> =
        one.nationality.iter().map(|code| tables.label(Table::Countries, code)).collect();
    let surnames = [one.surname1.clone(), one.surname2.clone()];
    let surnames = surnames.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let mut rows = vec![
        (Key::GivenNames, one.given_names.clone()),
        (Key::Surnames, some(surnames)),
        (Key::CommonName, one.common_name.clone()),
        (Key::DateOfBirth, born),
        (Key::SectionSex, list("sex", &one.sex)),
        (Key::SectionNationality, some(nations.join(", "))),
        (Key::Relationship, list("relationship", &one.relationship).filter(|_| !lead)),
        (Key::Phone, one.phone.clone()),
    ];
    for (key, value) in [
        (Key::BirthPlace, one.birth_place.clone()),
        (Key::MotherName, one.mother_name.clone()),
        (Key::FatherName, one.father_name.clone()),
        (Key::MaritalStatus, list("marital_status", &one.marital_status)),
        (Key::ProtectionStatus, list("protection_status", &one.protection_status)),
    ] {
        if value.is_some() {
            rows.push((key, value));
        }
    }
    let papers = documents.iter().filter_map(Document::from_record).filter(|paper| !paper.is_removed());
    let papers: Vec<_> = papers
        .map(|paper| {
            let kind = paper.kind.clone().map(|code| tables.label(Table::Documents, &code));
            view! {
                <div>
                    <dt>{kind.unwrap_or_else(|| words.get(Key::DocumentNumber))}</dt>
                    <dd class="code"><bdi>{paper.number.clone()}</bdi></dd>
                </div>
            }
        })
        .collect();
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href=back label=Signal::derive(move || words.get(Key::Family))/>
                    <h1 tabindex="-1"><bdi>{name}</bdi></h1>
                    <p class="line">
                        {lead.then(|| view! { <span class="chip chip--lead">{move || words.get(Key::FocalPoint)}</span> })}
                        <span class="code">{group.as_ref().and_then(GroupView::printed_ref)}</span>
                    </p>
                </div>
                <A href=edit attr:class="btn btn--primary">
                    <Draw icon=Icon::Edit/>
                    {move || words.get(Key::Correct)}
                </A>
            </div>
            <Conflicts record=person.clone()/>
            <div class="columns columns--side">
                <section class="card" aria-labelledby="who">
                    <div class="card__head"><h2 class="card__title" id="who">{move || words.get(Key::FactsTitle)}</h2></div>
                    <dl class="facts">
                        {rows.into_iter().map(|(key, value)| facts_row(words, key, value)).collect_view()}
                        {papers}
                    </dl>
                </section>
                <History record=person/>
            </div>
        </main>
    }
}

/// A fact with its name; says so where nothing is known.
pub fn facts_row(words: Words, key: Key, value: Option<String>) -> impl IntoView {
    let known = value.is_some();
    let shown = move || value.clone().unwrap_or_else(|| words.get(Key::NotKnown));
    view! {
        <div>
            <dt>{move || words.get(key)}</dt>
            <dd class=if known { "" } else { "soft" }><bdi>{shown}</bdi></dd>
        </div>
    }
}

/// A field's name, in words.
fn field_name(words: Words, field: Field) -> String {
    let key = field.key().unwrap_or_default();
    words.named(&format!("field_{key}")).unwrap_or_else(|| words.get(Key::FieldUnknown))
}

/// A field's value, in words.
fn value_text(words: Words, tables: Tables, field: Field, value: &Value) -> String {
    let text = match value {
        Value::Nothing => words.get(Key::NotKnown),
        Value::Flag(flag) => words.get(if *flag { Key::Yes } else { Key::No }),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Codes(codes) => {
            codes.iter().map(|code| tables.label(Table::Countries, code)).collect::<Vec<_>>().join(", ")
        }
        Value::Ref(_) => words.get(Key::AnotherRecord),
        Value::Unknown(_) => words.get(Key::NewerVersion),
    };
    match field {
        Field::SEX | Field::RELATIONSHIP | Field::MARITAL_STATUS | Field::PROTECTION_STATUS => {
            tables.list_label(field.key().unwrap_or_default(), &text)
        }
        Field::DATE_OF_BIRTH | Field::ARRIVAL_DATE | Field::REGISTRATION_DATE => {
            PartialDate::from_text(&text).map_or(text, |date| when::partial(words, date))
        }
        Field::SITE => tables.label(Table::Sites, &text),
        Field::PROVINCE | Field::DISTRICT => tables.label(Table::Places, &text),
        Field::ENTRY_POINT => tables.label(Table::EntryPoints, &text),
        _ => text,
    }
}

/// Fields with several values: all of them, who stated them and when, until a person decides.
#[component]
pub fn Conflicts(
    /// Whose.
    record: Record,
) -> impl IntoView {
    let words = use_words();
    let fields = record.conflicts();
    let sections: Vec<_> =
        fields.into_iter().map(|field| view! { <Conflict record=record.clone() field words/> }).collect();
    sections
}

#[component]
fn Conflict(record: Record, field: Field, words: Words) -> impl IntoView {
    let tables = use_tables();
    let device = use_device();
    let vault = use_vault();
    let trouble = RwSignal::new(None::<Key>);
    // One decision: a second tap, on this value or another, waits until the first is saved.
    let deciding = RwSignal::new(false);
    let heading = format!("conflict-{}", field.0);
    let labelled = heading.clone();
    let name = record_name(&record);
    let choices: Vec<_> = record
        .values(field)
        .into_iter()
        .cloned()
        .map(|value| {
            let shown = value_text(words, tables, field, &value);
            let who: Vec<_> = record
                .stated(field)
                .filter(|stated| stated.value == value)
                .map(|stated| {
                    let author =
                        vault.author_name(stated.author).unwrap_or_else(|| words.get(Key::AColleague));
                    format!("{author} · {}", when::moment(words, stated.at))
                })
                .collect();
            let (record, vault, name) = (record.clone(), vault.clone(), name.clone());
            let decide = move |_| {
                if deciding.get_untracked() {
                    return;
                }
                let Some(change) = record.change([(field, value.clone())]) else { return };
                let me = vault.identity();
                let entry = Entry {
                    id: EntryId::fresh(when::now(), store::random()),
                    author: me.user,
                    enrolment: me.enrolment,
                    at: when::now(),
                    changes: vec![change],
                };
                let note = Note { person: name.clone(), act: "decided".into(), record: record.id };
                let vault = vault.clone();
                deciding.set(true);
                leptos::task::spawn_local(async move {
                    match vault.save(&entry, note, None).await {
                        Ok(_) => device.courier().saved(device),
                        Err(error) => {
                            trouble.set(Some(explain(&error)));
                            deciding.set(false);
                        }
                    }
                });
            };
            view! {
                <div class="conflict__value">
                    <div>
                        <strong><bdi>{shown.clone()}</bdi></strong>
                        {who.into_iter().map(|line| view! { <p class="note line">{line}</p> }).collect_view()}
                    </div>
                    <button class="btn" type="button" on:click=decide>
                        {move || words.get(Key::UseThis)}
                        <span class="unseen">": "{shown.clone()}</span>
                    </button>
                </div>
            }
        })
        .collect();
    view! {
        <section class="conflict" aria-labelledby=labelled>
            <div class="conflict__head">
                <Draw icon=Icon::Alert/>
                <h2 id=heading>
                    {move || words.with(Key::ConflictTitle, &[("field", &field_name(words, field))])}
                </h2>
            </div>
            <p>{move || words.get(Key::ConflictText)}</p>
            <p class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
            <div class="conflict__values">{choices}</div>
        </section>
    }
}

/// How a record is called in the list of what waits.
#[must_use]
pub fn record_name(record: &Record) -> String {
    match record.kind {
        domain::Kind::INDIVIDUAL => Individual::from_record(record).display_name(),
        _ => GroupView::from_record(record).printed_ref().unwrap_or_default(),
    }
}

/// Who stated what of it that still stands, newest first.
#[component]
pub fn History(
    /// Whose.
    record: Record,
) -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    let mut entries: Vec<(u64, EntryId, domain::UserId, Vec<Field>)> = Vec::new();
    for field in record.fields() {
        for stated in record.stated(field) {
            match entries.iter_mut().find(|(_, entry, ..)| *entry == stated.entry) {
                Some((.., fields)) => fields.push(field),
                None => entries.push((stated.at, stated.entry, stated.author, vec![field])),
            }
        }
    }
    entries.sort_by(|a, b| b.cmp(a));
    let lines: Vec<_> = entries
        .into_iter()
        .map(|(at, _, author, fields)| {
            let author = vault.author_name(author);
            let what = move || {
                let author = author.clone().unwrap_or_else(|| words.get(Key::AColleague));
                let shown: Vec<String> =
                    fields.iter().take(3).map(|field| field_name(words, *field)).collect();
                let more = fields.len().saturating_sub(3) as u64;
                let mut text = format!("{author}: {}", shown.join(", "));
                if more > 0 {
                    text.push(' ');
                    text.push_str(&words.count(Key::AndMore, more));
                }
                text
            };
            view! { <li><b>{move || when::moment(words, at)}</b>" · "{what}</li> }
        })
        .collect();
    view! {
        <section class="card" aria-labelledby="history">
            <div class="card__head"><h2 class="card__title" id="history">{move || words.get(Key::HistoryTitle)}</h2></div>
            <ol class="history">{lines}</ol>
        </section>
    }
}

/// A record's id from the address.
#[must_use]
pub fn id_from_address() -> Option<RecordId> {
    use_params_map().with_untracked(|params| params.get("person").and_then(|id| RecordId::parse(&id)))
}
