//! Finding the other group, among those on this device. What is typed never gets into an address.

use crate::components::{Draw, Icon};
use crate::device::use_vault_handle;
use crate::pages::search::grouped;
use crate::tables::{Table, use_tables};
use crate::words::{Key, use_words};
use domain::{Field, Individual, Record, RecordId, Value};
use leptos::prelude::*;
use store::Hit;

/// Most people looked at, and most groups offered: more letters find sooner than more rows.
const LOOKED_AT: usize = 60;
const OFFERED: usize = 8;

/// The other group as it is held.
#[derive(Clone, PartialEq)]
pub struct Target {
    /// Its record.
    pub group: Record,
    /// Its people.
    pub members: Vec<Record>,
}

impl Target {
    /// Who speaks for it.
    pub fn focal_point(&self) -> Option<RecordId> {
        self.group.shown(Field::FOCAL_POINT).and_then(Value::as_ref)
    }

    /// The name of whoever speaks for it.
    pub fn focal_name(&self) -> Option<String> {
        let focal = self.focal_point()?;
        let member = self.members.iter().find(|member| member.id == focal)?;
        Some(Individual::from_record(member).display_name()).filter(|name| !name.is_empty())
    }
}

/// Asks to which group.
#[component]
pub fn Finding(
    /// The group that people leave.
    own: RecordId,
    target: RwSignal<Option<Target>>,
    #[prop(into)] fault: Signal<Option<String>>,
) -> impl IntoView {
    let words = use_words();
    let vault = use_vault_handle();
    let text = RwSignal::new(String::new());
    let hits = Memo::new(move |_| {
        let text = text.get();
        let found = if text.trim().is_empty() {
            Vec::new()
        } else {
            vault.with_value(|it| it.search(&text, LOOKED_AT))
        };
        groups(found, own)
    });
    let none = move || {
        let asked = text.with(|text| !text.trim().is_empty());
        (asked && hits.with(Vec::is_empty)).then(|| words.get(Key::RegroupFoundNone))
    };
    view! {
        <div class="card"><fieldset class="field" class:field--error=move || fault.get().is_some()>
            <legend class="field__label">{move || words.get(Key::RegroupWhere)}</legend>
            <p class="field__error" id="where-fault">{move || fault.get()}</p>
            {move || match target.get() {
                Some(chosen) => view! { <Chosen chosen target/> }.into_any(),
                None => view! {
                    <label class="field__label" for="where">{move || words.get(Key::RegroupSearch)}</label>
                    <p class="field__hint" id="where-hint">{move || words.get(Key::RegroupSearchHint)}</p>
                    <input class="input" id="where" type="search" autocomplete="off" spellcheck="false"
                        aria-describedby="where-hint where-fault" prop:value=text
                        aria-invalid=move || fault.get().is_some().to_string()
                        on:keydown=|event| if event.key() == "Enter" { event.prevent_default() }
                        on:input=move |event| text.set(event_target_value(&event))/>
                    <p class="soft" role="status">{none}</p>
                    <ul class="rows">
                        <For each=move || hits.get() key=|hit| (hit.group, hit.name.clone()) let:hit>
                            <Offer hit target/>
                        </For>
                    </ul>
                }
                .into_any(),
            }}
        </fieldset></div>
    }
}

/// One for each other group among what was found.
fn groups(found: Vec<Hit>, own: RecordId) -> Vec<Hit> {
    let mut groups: Vec<Hit> = Vec::new();
    for mut hit in found {
        hit.group = hit.group.or(Some(hit.record));
        let is_new = hit.group != Some(own) && !groups.iter().any(|other| other.group == hit.group);
        if is_new && groups.len() < OFFERED {
            groups.push(hit);
        }
    }
    groups
}

#[component]
fn Offer(hit: Hit, target: RwSignal<Option<Target>>) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let vault = use_vault_handle();
    let (group, name, site) = (hit.group, hit.name.clone(), hit.site.clone());
    let choose = move |_| {
        let (Some(id), vault) = (group, vault.get_value()) else { return };
        leptos::task::spawn_local(async move {
            // A group that does not open stays unchosen: the search goes on offering it.
            let Ok(Some(group)) = vault.record(id).await else { return };
            let members = vault.members(id).await.unwrap_or_default();
            target.set(Some(Target { group, members }));
            crate::components::parts::focus_later("where-other".into());
        });
    };
    let named = name.clone();
    view! {
        <li>
            <div class="row">
                <span class="row__main">
                    <span class="row__title"><bdi>{name}</bdi></span>
                    <span class="row__meta">
                        <span class="code">{grouped(&hit.group_ref)}</span>
                        <span>{move || tables.label(Table::Sites, &site)}</span>
                    </span>
                </span>
                <button class="btn" type="button" on:click=choose>
                    {move || words.get(Key::RegroupChoose)}
                    <span class="unseen">" "{named}</span>
                </button>
            </div>
        </li>
    }
}

#[component]
fn Chosen(chosen: Target, target: RwSignal<Option<Target>>) -> impl IntoView {
    let words = use_words();
    let reference = super::called(&chosen.group);
    let names: Vec<String> =
        chosen.members.iter().map(|member| Individual::from_record(member).display_name()).collect();
    view! {
        <div class="row">
            <span class="row__main">
                <span class="row__title"><bdi>{chosen.focal_name().unwrap_or_default()}</bdi>" "<span class="code">{reference}</span></span>
                <span class="row__meta">
                    <span>{names.into_iter().map(|name| view! { <bdi>{name}</bdi>" " }).collect_view()}</span>
                </span>
            </span>
            <button class="btn" type="button" id="where-other" on:click=move |_| {
                target.set(None);
                crate::components::parts::focus_later("where".into());
            }>
                <Draw icon=Icon::Refresh/>
                {move || words.get(Key::RegroupOther)}
            </button>
        </div>
    }
}
