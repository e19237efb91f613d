//! A person: what is known, what is in conflict, and who stated it.

use super::elsewhere::{Lent, ReadOnly, has_ended, is_lent, is_read_only, lent};
use super::group::NotHere;
use super::history::History;
use super::reading::{Case, Members, Recorded, reader};
use crate::components::photo::Photo;
use crate::components::timeline::{Services, Whose};
use crate::components::{Back, Draw, Icon};
use crate::device::{use_device, use_vault};
use crate::forms::use_forms;
use crate::pages::trouble::{NotRead, explain};
use crate::reads::Reading;
use crate::when;
use crate::words::{Authors as _, Key, Words, use_words};
use domain::registration_group::GroupView;
use domain::{Act, Entry, EntryId, Field, Individual, Record, RecordId, Subject, may};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use seal::Why;
use std::sync::Arc;
use store::{Note, StoreError, Vault};

/// The page of a person.
#[component]
pub fn Person() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::PersonTitle);
    let params = use_params_map();
    let id =
        Memo::new(move |_| params.with(|params| params.get("person").and_then(|id| RecordId::parse(&id))));
    let reading = Reading::of_page(Why::Person);
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let (vault, id) = (vault.clone(), id.get());
        async move {
            match id {
                Some(id) => {
                    let read = read_person(&vault, id).await.map_err(|error| explain(&error))?;
                    if read.is_some() {
                        reading.opened(&vault, id);
                    }
                    Ok(read)
                }
                None => Ok(None),
            }
        }
    });
    // Drawn anew only when something of it changed: what somebody is choosing on the page stays.
    let read = Memo::new(move |_| loaded.get());
    move || {
        Some(match read.get()? {
            Ok(Some((person, case))) => view! { <Shown person case/> }.into_any(),
            Ok(None) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

/// A person with their group, and everything that hangs on them; the person alone where the group does not lie
/// here. `None` when the person is not on this device.
///
/// # Errors
/// When the store does not answer: that says nothing about what is here.
async fn read_person(vault: &Vault, id: RecordId) -> Result<Option<(Record, Case)>, StoreError> {
    let Some(person) = vault.record(id).await? else { return Ok(None) };
    let case = match Subject::of(&person).reference(Field::GROUP) {
        Some(group) if has_ended(vault, group) => return Ok(None),
        Some(group) => vault.case(group).await?,
        None => None,
    };
    let case = match case {
        Some(case) => case,
        None => core::iter::once(person.clone()).chain(vault.rows_of(id).await?).collect(),
    };
    Ok(Some((person, Case(Arc::new(case)))))
}

#[component]
fn Shown(person: Record, case: Case) -> impl IntoView {
    let words = use_words();
    let one = Individual::from_record(&person);
    let group = case.group().map(GroupView::from_record);
    let lead = case.focal() == Some(one.id);
    let name = one.display_name();
    let called = name.clone();
    let id = one.id;
    let back = group.as_ref().map_or_else(|| "/search".to_owned(), |group| format!("/groups/{}", group.id));
    let vault = use_vault();
    let own = group.as_ref().is_none_or(|group| !is_lent(&vault, group.id));
    let lent = group.as_ref().and_then(|group| lent(&vault, group.id));
    provide_context(ReadOnly(!own));
    let edit = group.as_ref().filter(|_| own).map(|group| format!("/groups/{}/edit?person={id}", group.id));
    let photo = Signal::stored(Subject::of(&person).text(Field::PHOTO).to_owned());
    let whose = Whose { people: vec![id], group: None, lead: Some(id) };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div class="line">
                    <Photo name=name.clone() reference=photo/>
                    <div>
                        <Back href=back label=Signal::derive(move || words.get(Key::Family))/>
                        <h1 tabindex="-1"><bdi>{name}</bdi></h1>
                        <p class="line">
                            {lead.then(|| view! { <span class="chip chip--lead">{move || words.get(Key::FocalPoint)}</span> })}
                            <span class="code ltr">{group.as_ref().and_then(GroupView::printed_ref)}</span>
                        </p>
                    </div>
                </div>
                {edit.map(|edit| view! {
                    <A href=edit attr:class="btn btn--primary">
                        <Draw icon=Icon::Edit/>
                        {move || words.get(Key::Correct)}
                    </A>
                })}
            </div>
            {lent.map(|grant| view! { <Lent grant/> })}
            {own.then(|| view! { <super::sealing::Sealing person=person.clone() case=case.clone()/> })}
            <Conflicts record=person.clone() names=Some(case.clone())/>
            <div class="columns columns--list">
                <div class="column"><Members case=case.clone() shown=Some(id)/></div>
                <div class="column">
                    <Services whose records=vec![person.clone()] own/>
                    {own.then(|| view! { <super::notes::Notes owner=id name=called/> })}
                    <Recorded case=case.clone() record=person/>
                    <History records=case.of(id)/>
                </div>
            </div>
        </main>
    }
}

/// Fields with several values: all of them, who stated them and when, until a person decides. Of those that are not
/// for whoever reads, only how many there are.
#[component]
pub fn Conflicts(
    /// Whose.
    record: Record,
    /// Where other people are found who stand in a value.
    #[prop(optional_no_strip)]
    names: Option<Case>,
) -> impl IntoView {
    let words = use_words();
    let reader = reader();
    let (seen, hidden): (Vec<Field>, Vec<Field>) = use_forms().sight(reader.role, reader.user, |sight| {
        let sees = |field: &Field| sight.field(record.kind, Some(&record), *field);
        record.conflicts().into_iter().partition(sees)
    });
    let hidden = hidden.len() as u64;
    let sections: Vec<_> = seen
        .into_iter()
        .map(|field| view! { <Conflict record=record.clone() field words names=names.clone()/> })
        .collect();
    view! {
        <super::conflicts::InConflict record=record.clone()/>
        {sections}
        {(hidden != 0).then(|| view! {
            <p class="note line"><Draw icon=Icon::Lock/>{move || words.count(Key::ReservedNotes, hidden)}</p>
        })}
    }
}

#[component]
fn Conflict(
    record: Record,
    field: Field,
    words: Words,
    #[prop(optional_no_strip)] names: Option<Case>,
) -> impl IntoView {
    let forms = use_forms();
    let device = use_device();
    let vault = use_vault();
    let trouble = RwSignal::new(None::<Key>);
    // One decision: a second tap, on this value or another, waits until the first is saved.
    let deciding = RwSignal::new(false);
    // What one took away and another worked on is decided as a whole, on its page.
    let is_whole = domain::conflict::removal(&record).is_none();
    let read_only = is_read_only() || !is_whole || !may(reader().role, Act::Amend, record.kind);
    let heading = format!("conflict-{}", field.0);
    let labelled = heading.clone();
    let name = record_name(&record);
    let choices: Vec<_> = record
        .values(field)
        .into_iter()
        .cloned()
        .map(|value| {
            let named = names.clone();
            let shown = forms.value(field, &value, &|id| named.as_ref()?.name_of(id));
            let who: Vec<_> = record
                .stated(field)
                .filter(|stated| stated.value == value)
                .map(|stated| {
                    let author = words.author(vault.author_name(stated.author).as_deref());
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
                    {(!read_only).then(|| view! {
                        <button class="btn" type="button" on:click=decide>
                            {move || words.get(Key::UseThis)}
                            <span class="unseen">": "{shown.clone()}</span>
                        </button>
                    })}
                </div>
            }
        })
        .collect();
    view! {
        <section class="conflict" aria-labelledby=labelled>
            <div class="conflict__head">
                <Draw icon=Icon::Alert/>
                <h2 id=heading>
                    {move || words.with(Key::ConflictTitle, &[("field", &forms.label(field))])}
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
