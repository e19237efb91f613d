//! Colleagues, to choose who may read or know something, with the devices that it is sealed to.

use crate::components::{Draw, Icon};
use crate::tables::use_tables;
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::{Role, UserId};
use leptos::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use store::Colleague;

/// In the order in which they are offered: counsellors first, then by name.
#[must_use]
pub fn by_name(mut colleagues: Vec<Colleague>) -> Vec<Colleague> {
    // A role that reads nobody's record can be told nothing of one.
    colleagues.retain(|one| {
        let role = Role::from_code(one.role);
        role.is_some_and(|role| domain::may(role, domain::Act::Read, domain::Kind::NOTE))
    });
    let counsels = |one: &Colleague| one.role == Role::Counsellor.code();
    colleagues.sort_by_cached_key(|one| (!counsels(one), one.name.to_lowercase(), one.user));
    colleagues
}

/// Some of one's colleagues. Nobody is chosen at first.
#[component]
pub fn Colleagues(
    /// Names the question; the first answer takes it as its id.
    id: &'static str,
    /// What is asked.
    legend: Key,
    /// Who can be chosen, in this order.
    all: Vec<Colleague>,
    /// Who is chosen.
    #[prop(into)]
    chosen: Signal<BTreeSet<UserId>>,
    /// Takes who is chosen or not chosen any more.
    on_toggle: impl Fn(UserId, bool) + Clone + Send + Sync + 'static,
    /// Whether it matters which devices they have: something is sealed to these.
    #[prop(optional)]
    to_devices: bool,
) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let none = all.is_empty();
    let boxes: Vec<_> = all
        .into_iter()
        .enumerate()
        .map(|(at, one)| {
            let (user, on_toggle) = (one.user, on_toggle.clone());
            let input = if at == 0 { id.to_owned() } else { format!("{id}-{user}") };
            let (role, site) = (one.role, one.site.clone());
            let told = move || {
                let role = Role::from_code(role).map(Role::key).unwrap_or_default();
                let role = words.named(&format!("role_{role}")).unwrap_or_default();
                let site = tables.label(crate::tables::Table::Sites, &site);
                format!("{role} · {site}")
            };
            let name = one.name.clone();
            let is_chosen = move || chosen.with(|chosen| chosen.contains(&user));
            let devices = move || {
                let one = one.clone();
                (to_devices && is_chosen()).then(|| view! { <Devices colleague=one/> })
            };
            view! {
                <div class="stack">
                    <label class="choice">
                        <input type="checkbox" id=input prop:checked=is_chosen
                            on:change=move |event| on_toggle(user, event_target_checked(&event))/>
                        <span><bdi>{name}</bdi><span class="note">" · "{told}</span></span>
                    </label>
                    {devices}
                </div>
            }
        })
        .collect();
    view! {
        <fieldset class="field">
            <legend class="field__label">{move || words.get(legend)}</legend>
            <div class="stack">{boxes}</div>
            {none.then(|| view! { <p class="note">{move || words.get(Key::ColleaguesNone)}</p> })}
        </fieldset>
    }
}

/// The devices of a colleague that something is sealed to; which of them are newer than it, and whether the server has
/// told another key for one.
#[component]
pub fn Devices(
    /// Whose.
    colleague: Colleague,
    /// When what is sealed was sealed; `None` where that is only about to be.
    #[prop(optional_no_strip)]
    since: Option<u64>,
) -> impl IntoView {
    let words = use_words();
    let changed = colleague.has_changed_key();
    let lines = move || {
        let lines = colleague.devices.iter().filter(|device| device.inbox.is_some()).map(|device| {
            let day = when::moment(words, device.since);
            let line = words.with(Key::DeviceSince, &[("when", &day)]);
            let is_new = since.is_some_and(|since| device.since > since);
            view! {
                <li class="note">
                    {line}
                    {is_new.then(|| view! { " "<span class="chip chip--attention">{words.get(Key::DeviceNew)}</span> })}
                </li>
            }
        });
        let lines: Vec<_> = lines.collect();
        match lines.is_empty() {
            true => view! { <p class="note">{words.get(Key::DevicesNone)}</p> }.into_any(),
            false => view! { <ul class="devices">{lines}</ul> }.into_any(),
        }
    };
    view! {
        {lines}
        {changed.then(|| view! {
            <p class="field__error line"><Draw icon=Icon::Alert/>{move || words.get(Key::DeviceKeyChanged)}</p>
        })}
    }
}

/// How these people are called, each once; oneself last. Whoever is not told any more is a colleague.
pub fn names(
    words: Words,
    users: &BTreeSet<UserId>,
    me: UserId,
    colleagues: &[Colleague],
    other: impl Fn(UserId) -> Option<String>,
) -> String {
    let told: BTreeMap<UserId, &str> = colleagues.iter().map(|one| (one.user, one.name.as_str())).collect();
    let others = users.iter().filter(|user| **user != me).map(|user| {
        let name = told.get(user).map(|name| (*name).to_owned()).or_else(|| other(*user));
        name.unwrap_or_else(|| words.get(Key::AColleague))
    });
    let mut others: Vec<String> = others.collect();
    others.sort();
    others.extend(users.contains(&me).then(|| words.get(Key::Oneself)));
    words.list(others)
}
