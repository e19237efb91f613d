//! A group: its people at the left, what is recorded of it at the right, and what can be done with it.

use super::elsewhere::{Lent, ReadOnly, has_ended, is_lent, lent};
use super::history::History;
use super::individual::Conflicts;
use super::reading::{Case, Members, Recorded};
use super::regroup::Whereabouts;
use crate::components::timeline::{Services, Whose};
use crate::components::{Back, Draw, Icon, Status, Tone};
use crate::device::{use_device, use_vault};
use crate::forms::use_forms;
use crate::pages::trouble::{NotRead, explain};
use crate::reads::Reading;
use crate::words::{Key, use_words};
use domain::catalogue::Stage;
use domain::registration_group::GroupView;
use domain::{Field, Individual, RecordId, Subject};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use seal::Why;
use std::sync::Arc;

/// The page of a group.
#[component]
pub fn Group() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::Family);
    // A link from here to another group changes the address alone.
    let params = use_params_map();
    let id =
        Memo::new(move |_| params.with(|params| params.get("group").and_then(|id| RecordId::parse(&id))));
    let reading = Reading::of_page(Why::Group);
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let (vault, id) = (vault.clone(), id.get());
        async move {
            let Some(id) = id.filter(|id| !has_ended(&vault, *id)) else { return Ok(None) };
            let Some(case) = vault.case(id).await.map_err(|error| explain(&error))? else { return Ok(None) };
            reading.opened(&vault, id);
            let items = vault.outbox().await.unwrap_or_default();
            let unsent = items.iter().any(|item| item.note.as_ref().is_some_and(|note| note.record == id));
            Ok(Some((Case(Arc::new(case)), unsent)))
        }
    });
    // Drawn anew only when something of it changed: what somebody is choosing on the page stays.
    let read = Memo::new(move |_| loaded.get());
    move || {
        Some(match read.get()? {
            Ok(Some((case, unsent))) => view! { <Shown case unsent/> }.into_any(),
            Ok(None) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

/// The record does not lie on this device.
#[component]
pub fn NotHere() -> impl IntoView {
    let words = use_words();
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="card empty">
                <Draw icon=Icon::Search/>
                <h1 tabindex="-1">{move || words.get(Key::NotHereTitle)}</h1>
                <p class="soft">{move || words.get(Key::NotHereText)}</p>
                <A href="/search" attr:class="btn">{move || words.get(Key::NavSearch)}</A>
            </div>
        </main>
    }
}

#[component]
fn Shown(case: Case, unsent: bool) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let group = case.group().cloned()?;
    let view = GroupView::from_record(&group);
    let subject = Subject::of(&group);
    let people = case.people();
    let focal = people.first().map(|one| Individual::from_record(one).display_name()).unwrap_or_default();
    let told = subject.int(Field::SIZE).and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
    let size = people.len() as u64;
    let counted = told.saturating_sub(size);
    let site = view.site.clone().unwrap_or_default();
    let level = subject.text(Field::DATA_LEVEL).to_owned();
    let reached = Stage::of_level(&level);
    let next = match reached {
        None | Some(Stage::SelfFilled | Stage::E1) => Some((Stage::E2, Key::RaiseE2)),
        Some(Stage::E2) => Some((Stage::Full, Key::RaiseFull)),
        Some(Stage::Full) => None,
    };
    let id = group.id;
    // Whoever moved here brought along what was done for them, and takes it when they go.
    let members: Vec<domain::Record> = people.iter().map(|one| (*one).clone()).collect();
    let whose = Whose {
        people: people.iter().map(|one| one.id).collect(),
        group: Some(id),
        lead: case.focal().or_else(|| people.first().map(|one| one.id)),
    };
    let records: Vec<domain::Record> = case.0.to_vec();
    let vault = use_vault();
    let (own, lent) = (!is_lent(&vault, id), lent(&vault, id));
    provide_context(ReadOnly(!own));
    let next = next.filter(|_| own);
    Some(view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href="/search" label=Signal::derive(move || words.get(Key::NavSearch))/>
                    <h1 tabindex="-1">{move || words.get(Key::Family)}" "<bdi>{focal}</bdi></h1>
                    <p class="line">
                        <span class="code ltr">{view.printed_ref()}</span>
                        <span class="soft">
                            {move || words.count(Key::People, size)}" · "{move || forms.code_label("sites", &site)}
                        </span>
                        {(!level.is_empty()).then(|| view! {
                            <span class="chip">{move || forms.code_label("lists:data_level", &level)}</span>
                        })}
                        {(counted != 0).then(|| view! {
                            <span class="chip chip--attention">{move || words.count(Key::PeopleCounted, counted)}</span>
                        })}
                        {unsent.then(|| view! { <Status tone=Tone::Unsent>{move || words.get(Key::Unsent)}</Status> })}
                    </p>
                </div>
                {next.map(|(stage, key)| view! {
                    <A href=format!("/groups/{id}/edit?stage={}", stage.key()) attr:class="btn btn--primary">
                        <Draw icon=Icon::Edit/>
                        {move || words.get(key)}
                    </A>
                })}
            </div>
            {lent.map(|grant| view! { <Lent grant/> })}
            <Whereabouts group=group.clone()/>
            {own.then(|| view! {
                <nav class="line tools" aria-label=move || words.get(Key::GroupTools)>
                    <A href=format!("/groups/{id}/edit") attr:class="btn"><Draw icon=Icon::Edit/>{move || words.get(Key::Correct)}</A>
                    <A href=format!("/groups/{id}/slip") attr:class="btn">{move || words.get(Key::SlipSee)}</A>
                    <A href=format!("/groups/{id}/consents") attr:class="btn">{move || words.get(Key::ConsentsSee)}</A>
                    <A href=format!("/groups/{id}/regroup") attr:class="btn"><Draw icon=Icon::People/>{move || words.get(Key::RegroupSee)}</A>
                </nav>
            })}
            <Conflicts record=group.clone() names=Some(case.clone())/>
            <div class="columns columns--list">
                <div class="column"><Members case=case.clone() shown=None/></div>
                <div class="column">
                    <Services whose records=members own/>
                    <Recorded case=case.clone() record=group.clone()/>
                    {own.then(|| view! { <super::notes::Notes owner=id name=view.printed_ref().unwrap_or_default() of_group=true/> })}
                    <History records/>
                </div>
            </div>
        </main>
    })
}
