//! Where a group came from and where its people went.

use super::Gone;
use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault_handle};
use crate::pages::history::called;
use crate::words::{Key, use_words};
use domain::regroup::people_who_left;
use domain::{Field, Record, RecordId, Value};
use leptos::prelude::*;
use leptos_router::components::A;

/// For the page of a group: that it was merged or split off, and where those are who left it.
#[component]
pub fn Whereabouts(
    /// The group.
    group: Record,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let link = |field| group.shown(field).and_then(Value::as_ref);
    let (into, from) = (link(Field::MERGED_INTO), link(Field::SPLIT_FROM));
    let own = group.id;
    let left: Vec<RecordId> = people_who_left(&group).into_keys().collect();
    let found = LocalResource::new(move || {
        device.changed.track();
        let (vault, left) = (vault.get_value(), left.clone());
        async move {
            let mut found = Vec::new();
            for person in vault.records(&left).await.unwrap_or_default() {
                let now = person.shown(Field::GROUP).and_then(Value::as_ref).filter(|now| *now != own);
                let group = match now {
                    Some(now) => vault.record(now).await.ok().flatten(),
                    // Back here by another way, or nobody knows where.
                    None => continue,
                };
                found.push((
                    person.id,
                    called(&person),
                    group.as_ref().map(|group| (group.id, called(group))),
                ));
            }
            found
        }
    });
    let people = move || {
        let rows = found.get()?.into_iter().map(|(id, name, group)| {
            let name = name.unwrap_or_else(|| words.get(Key::NoNameYet));
            view! {
                <li>
                    <A href=format!("/people/{id}")><bdi>{name}</bdi></A>
                    {group.map(|(id, reference)| view! {
                        " → "<A href=format!("/groups/{id}") attr:class="code">{reference.unwrap_or_else(|| words.get(Key::Family))}</A>
                    })}
                </li>
            }
        });
        let rows: Vec<_> = rows.collect();
        (!rows.is_empty()).then(|| view! {
            <section class="card" aria-labelledby="left">
                <div class="card__head"><h2 class="card__title" id="left">{words.get(Key::GroupPeopleLeft)}</h2></div>
                <ul class="stack">{rows}</ul>
            </section>
        })
    };
    view! {
        {into.map(|into| view! { <Gone into/> })}
        {from.map(|from| view! {
            <div class="notice">
                <Draw icon=Icon::People/>
                <p class="notice__text">
                    {move || words.get(Key::GroupSplitFrom)}" "
                    <A href=format!("/groups/{from}")>{move || words.get(Key::GroupSeeOther)}</A>
                </p>
            </div>
        })}
        {people}
    }
}
