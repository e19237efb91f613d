//! The questions of regrouping that are answered by choosing.

use super::{Choice, Way};
use crate::components::Select;
use crate::forms::use_forms;
use crate::words::{Key, use_words};
use domain::individual::FOCAL_POINT;
use domain::{Field, Individual, Record, RecordId};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// People as they are chosen: their records and their names.
#[derive(Clone, PartialEq)]
pub struct People(Vec<(RecordId, String)>);

impl People {
    /// Everybody, as registered.
    pub fn of(members: &[Record]) -> People {
        People(
            members
                .iter()
                .map(|member| (member.id, Individual::from_record(member).display_name()))
                .collect(),
        )
    }

    /// Some of them.
    pub fn only(&self, is: impl Fn(&RecordId) -> bool) -> People {
        People(self.0.iter().filter(|(id, _)| is(id)).cloned().collect())
    }

    /// The name of one of them.
    pub fn name(&self, id: RecordId) -> Option<String> {
        let found = self.0.iter().find(|(other, name)| *other == id && !name.is_empty());
        found.map(|(_, name)| name.clone())
    }
}

/// What to do.
#[component]
pub fn Ways(way: RwSignal<Way>) -> impl IntoView {
    let words = use_words();
    let ways =
        [(Way::Move, Key::RegroupMove), (Way::Split, Key::RegroupSplit), (Way::Merge, Key::RegroupMerge)];
    let choices = ways.map(|(one, key)| {
        view! {
            <label class="choice">
                <input type="radio" name="way" prop:checked=move || way.get() == one on:change=move |_| way.set(one)/>
                <span>{move || words.get(key)}</span>
            </label>
        }
    });
    view! {
        <div class="card"><fieldset class="field">
            <legend class="field__label">{move || words.get(Key::RegroupWay)}</legend>
            <div class="choices">{choices.into_iter().collect_view()}</div>
        </fieldset></div>
    }
}

/// Some of these people.
#[component]
pub fn Several(
    /// Names the question; the first answer takes it as its id.
    id: &'static str,
    legend: Key,
    people: People,
    chosen: RwSignal<BTreeSet<RecordId>>,
    #[prop(into)] fault: Signal<Option<String>>,
) -> impl IntoView {
    let words = use_words();
    let no_name = move || words.get(Key::NoNameYet);
    let boxes: Vec<_> = people
        .0
        .into_iter()
        .enumerate()
        .map(|(at, (one, name))| {
            let input = if at == 0 { id.to_owned() } else { format!("{id}-{one}") };
            let toggle = move |event| {
                let leaves = event_target_checked(&event);
                chosen.update(|chosen| {
                    if leaves { chosen.insert(one) } else { chosen.remove(&one) };
                });
            };
            view! {
                <label class="choice">
                    <input type="checkbox" id=input prop:checked=move || chosen.with(|chosen| chosen.contains(&one))
                        on:change=toggle/>
                    <bdi>{if name.is_empty() { no_name() } else { name }}</bdi>
                </label>
            }
        })
        .collect();
    view! {
        <div class="card"><fieldset class="field" class:field--error=move || fault.get().is_some()>
            <legend class="field__label">{move || words.get(legend)}</legend>
            <p class="field__error" id=format!("{id}-fault")>{move || fault.get()}</p>
            <div class="choices">{boxes}</div>
        </fieldset></div>
    }
}

/// One of these people.
#[component]
pub fn Whose(
    /// Names the question; the first answer takes it as its id.
    id: &'static str,
    legend: Key,
    people: People,
    chosen: RwSignal<Option<RecordId>>,
    #[prop(into)] fault: Signal<Option<String>>,
) -> impl IntoView {
    let words = use_words();
    // Somebody who is not among them any more is not chosen any more.
    if chosen
        .with_untracked(|chosen| chosen.is_some_and(|chosen| !people.0.iter().any(|(id, _)| *id == chosen)))
    {
        chosen.set(None);
    }
    let buttons: Vec<_> = people
        .0
        .into_iter()
        .enumerate()
        .map(|(at, (one, name))| {
            let input = if at == 0 { id.to_owned() } else { format!("{id}-{one}") };
            let name = if name.is_empty() { words.get(Key::NoNameYet) } else { name };
            view! {
                <label class="choice">
                    <input type="radio" name=id id=input prop:checked=move || chosen.get() == Some(one)
                        on:change=move |_| chosen.set(Some(one))/>
                    <bdi>{name}</bdi>
                </label>
            }
        })
        .collect();
    view! {
        <div class="card"><fieldset class="field" class:field--error=move || fault.get().is_some()>
            <legend class="field__label">{move || words.get(legend)}</legend>
            <p class="field__error" id=format!("{id}-fault")>{move || fault.get()}</p>
            <div class="choices">{buttons}</div>
        </fieldset></div>
    }
}

/// How each of these people stands to the one who speaks for their group from now on. None need be told.
#[component]
pub fn Relations(
    /// Whose relationship is asked.
    people: People,
    /// Everybody of the group that is left.
    focal_names: People,
    choice: Choice,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let items = Signal::derive(move || {
        let spec = forms.spec(Field::RELATIONSHIP);
        let items = spec.map(|spec| forms.items(&spec, "")).unwrap_or_default();
        items.into_iter().filter(|item| item.code != FOCAL_POINT).collect::<Vec<_>>()
    });
    let rows: Vec<_> = people
        .0
        .into_iter()
        .map(|(one, name)| {
            let focal_names = focal_names.clone();
            let label = Signal::derive(move || {
                let leaves =
                    choice.way.get() == Way::Merge || choice.leaving.with(|leaving| leaving.contains(&one));
                let focal = match (leaves, choice.way.get()) {
                    (false, _) => choice.focal_staying.get().and_then(|id| focal_names.name(id)),
                    (true, Way::Split) => choice.focal_new.get().and_then(|id| focal_names.name(id)),
                    (true, _) => {
                        choice.target.with(|target| target.as_ref().and_then(|target| target.focal_name()))
                    }
                };
                let focal = focal.unwrap_or_else(|| words.get(Key::FocalPoint));
                let isolated = |text: &str| format!("\u{2068}{text}\u{2069}");
                let name = if name.is_empty() { words.get(Key::NoNameYet) } else { name.clone() };
                words.with(Key::RegroupRelationOf, &[("who", &isolated(&name)), ("focal", &isolated(&focal))])
            });
            let value = Signal::derive(move || {
                choice.relations.with(|relations| relations.get(&one).cloned().unwrap_or_default())
            });
            let choose = move |code: String| {
                choice.relations.update(|relations| {
                    if code.is_empty() {
                        relations.remove(&one)
                    } else {
                        relations.insert(one, code)
                    };
                });
            };
            view! {
                <Select id=format!("relation-{one}") label=label value on_choose=choose items
                    fault=Signal::stored(None::<String>)/>
            }
        })
        .collect();
    view! {
        <div class="card"><fieldset class="field">
            <legend class="field__label">{move || words.get(Key::RegroupRelations)}</legend>
            <p class="field__hint">{move || words.get(Key::RegroupRelationsHint)}</p>
            <div class="stack">{rows}</div>
        </fieldset></div>
    }
}
