//! One session, as far as it is for whoever looks; struck out where it was corrected.

use super::begin;
use super::log::may_amend;
use crate::components::{Back, Draw, Icon, Notice};
use crate::device::{use_device, use_vault, use_vault_handle};
use crate::forms::use_forms;
use crate::pages::group::NotHere;
use crate::pages::reading::reader;
use crate::pages::trouble::{NotRead, explain};
use crate::reads::Reading;
use crate::when;
use crate::words::{Key, use_words};
use domain::service::brief::Brief;
use domain::service::session::{attendance, newest};
use domain::{Field, Kind, Record, RecordId, SealedNote, Value};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use seal::Why;
use std::collections::BTreeMap;
use store::Vault;

/// What is told of a session, in this order. Who attended, and what goes on from it, is told apart.
const FACTS: [Field; 12] = [
    Field::SESSION_DATE,
    Field::SESSION_FORM,
    Field::SESSION_TYPE,
    Field::SESSION_TOPICS,
    Field::SESSION_OUTCOMES,
    Field::SESSION_MODE,
    Field::SESSION_SITE,
    Field::SESSION_LANGUAGE,
    Field::SESSION_INTERPRETER,
    Field::SESSION_MINUTES,
    Field::SESSION_NEXT_STEP,
    Field::SESSION_FOLLOW_UP_ON,
];

/// A session, and what lies here around it.
#[derive(Clone, PartialEq)]
struct Read {
    record: Record,
    brief: Brief,
    /// The one that counts in its place, where it was corrected.
    newest: Option<RecordId>,
    /// The one that follows it up.
    followed_by: Option<RecordId>,
    names: BTreeMap<RecordId, String>,
    /// Its narrative lies here, and its reader is who looks.
    narrative: bool,
}

async fn read(vault: &Vault, id: RecordId) -> Result<Option<Read>, Key> {
    let record = vault.record(id).await.map_err(|error| explain(&error))?;
    let Some(record) = record.filter(|record| record.kind == Kind::SESSION) else { return Ok(None) };
    let Some(brief) = Brief::of(&record) else { return Ok(None) };
    let services = vault.services().await.map_err(|error| explain(&error))?;
    let stands = newest(&services, id).map(|brief| brief.record).filter(|newest| *newest != id);
    let followed_by =
        services.iter().find(|other| other.kind() == Kind::SESSION && other.follows == Some(id));
    let people: Vec<RecordId> = brief.owner.into_iter().chain(brief.people.iter().copied()).collect();
    let names = vault.faces(&people).into_iter().map(|(id, face)| (id, face.name)).collect();
    let narrative = match record.shown(Field::SESSION_NARRATIVE).and_then(Value::as_ref) {
        Some(note) => {
            let note = vault.record(note).await.map_err(|error| explain(&error))?;
            let me = vault.identity().user;
            note.as_ref().and_then(SealedNote::of).is_some_and(|note| note.may_read(me))
        }
        None => false,
    };
    let followed_by = followed_by.map(|brief| brief.record);
    Ok(Some(Read { brief, newest: stands, followed_by, names, narrative, record }))
}

/// The page.
#[component]
pub fn SessionPage() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::SessionTitle);
    let params = use_params_map();
    // A link from here to another session changes the address alone.
    let id =
        Memo::new(move |_| params.with(|params| params.get("session").and_then(|id| RecordId::parse(&id))));
    let reading = Reading::of_page(Why::Person);
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let (vault, id) = (vault.clone(), id.get());
        async move {
            let Some(id) = id else { return Ok(None) };
            let read = read(&vault, id).await?;
            if read.is_some() {
                reading.opened(&vault, id);
            }
            Ok(read)
        }
    });
    let known = Memo::new(move |_| loaded.get());
    move || {
        Some(match known.get()? {
            Ok(Some(read)) => view! { <Shown read/> }.into_any(),
            Ok(None) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

#[component]
fn Shown(read: Read) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let vault = use_vault_handle();
    let reader = reader();
    let Read { record, brief, newest, followed_by, names, narrative } = read;
    let id = record.id;
    let amend = newest.is_none() && may_amend(forms, reader, &record);
    let told: Vec<Field> = FACTS
        .into_iter()
        .filter(|field| record.stated(*field).next().is_some() && reader.sees(forms, &record, *field))
        .collect();
    let reserved = domain::sight::is_stub(&record)
        || FACTS.into_iter().any(|field| record.stated(field).next().is_some() && !told.contains(&field));
    let sees_people = reader.sees(forms, &record, Field::SESSION_PEOPLE);
    let facts = {
        let record = record.clone();
        move || {
            let row = |field: &Field| {
                let value = record.shown(*field).cloned().unwrap_or(Value::Nothing);
                let text = match (*field, value.as_text()) {
                    (Field::SESSION_DATE, Some(text)) => when::day_and_time(words, text),
                    _ => forms.value(*field, &value, &|_| None),
                };
                view! { <div><dt>{forms.label(*field)}</dt><dd><bdi>{text}</bdi></dd></div> }
            };
            told.iter().map(row).collect_view()
        }
    };
    let people: Vec<_> = brief
        .people
        .iter()
        .filter(|_| sees_people)
        .map(|person| {
            let (person, name) = (*person, names.get(person).cloned().filter(|name| !name.is_empty()));
            match name {
                Some(name) => view! { <li><A href=format!("/people/{person}") attr:class="inlink"><bdi>{name}</bdi></A></li> }.into_any(),
                None => view! { <li class="soft">{move || words.get(Key::SessionSomebody)}</li> }.into_any(),
            }
        })
        .collect();
    let heads = u64::from(brief.heads);
    let total = u64::from(attendance(&brief));
    let (owner, amends, follows) = (brief.owner, brief.amends, brief.follows);
    let back = owner.map(|owner| (format!("/people/{owner}"), Key::PersonTitle));
    let (href, label) = back.unwrap_or_else(|| ("/sessions".to_owned(), Key::SessionsTitle));
    let by = brief.by;
    let author = move || {
        let name = by.and_then(|by| vault.with_value(|vault| vault.author_name(by)));
        name.unwrap_or_else(|| words.get(Key::AColleague))
    };
    let stated_at = brief.stated_at;
    let title = move || match owner {
        Some(owner) => vault
            .with_value(|vault| begin::name(vault, owner))
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| words.get(Key::SessionSomebody)),
        None => words.get(Key::SessionGroupTitle),
    };
    let link = move |other: Option<RecordId>, label: Key| {
        other.map(|other| view! {
            <p class="line"><A href=format!("/sessions/{other}") attr:class="btn">{move || words.get(label)}</A></p>
        })
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href=href label=Signal::derive(move || words.get(label))/>
                    <h1 tabindex="-1">{move || words.get(Key::SessionTitle)}" · "<bdi>{title}</bdi></h1>
                    <p class="note"><bdi>{author}</bdi>" · "{move || when::moment(words, stated_at)}</p>
                </div>
                {amend.then(|| view! {
                    <A href=format!("/sessions/{id}/amend") attr:class="btn btn--primary">
                        <Draw icon=Icon::Edit/>
                        {move || words.get(Key::SessionAmend)}
                    </A>
                })}
            </div>
            {newest.map(|newest| view! {
                <Notice class="notice--attention" icon=Icon::Info>
                    {move || words.get(Key::SessionWasAmended)} " "
                    <A href=format!("/sessions/{newest}")>{move || words.get(Key::SessionSeeNewest)}</A>
                </Notice>
            })}
            {reserved.then(|| view! {
                <p class="note line"><Draw icon=Icon::Lock/>{move || words.get(Key::SessionReservedNote)}</p>
            })}
            <div class="columns columns--side">
                <section class=if newest.is_some() { "card struck" } else { "card" } aria-labelledby="session-facts">
                    <div class="card__head">
                        <h2 class="card__title" id="session-facts">{move || words.get(Key::SessionFacts)}</h2>
                    </div>
                    <dl class="facts">{facts}</dl>
                </section>
                <div class="column">
                    <section class=if newest.is_some() { "card struck" } else { "card" } aria-labelledby="session-people">
                        <div class="card__head">
                            <h2 class="card__title" id="session-people">{move || words.get(Key::SessionWhoCame)}</h2>
                            <span class="note">{move || words.count(Key::SessionAttended, total)}</span>
                        </div>
                        <ul class="stack">{people}</ul>
                        {(heads > 0 && sees_people).then(|| view! {
                            <p>{move || words.count(Key::SessionHeadsTold, heads)}</p>
                        })}
                    </section>
                    {narrative.then(|| owner.map(|owner| view! {
                        <Notice icon=Icon::Lock>
                            {move || words.get(Key::SessionNarrativeThere)} " "
                            <A href=format!("/people/{owner}#notes")>{move || words.get(Key::SessionToPerson)}</A>
                        </Notice>
                    }))}
                    {link(amends, Key::SessionSeeOriginal)}
                    {link(follows, Key::SessionSeeBefore)}
                    {link(followed_by, Key::SessionSeeAfter)}
                </div>
            </div>
        </main>
    }
}
