//! The lists behind the numbers.

use super::read::{Double, List};
use crate::components::parts::focus_later;
use crate::components::{Draw, Icon};
use crate::forms::use_forms;
use crate::pages::work::{Lines, day_words, service_label};
use crate::words::{Key, use_words};
use leptos::prelude::*;
use leptos_router::components::A;

/// A list that opens under its number; a sentence where there is nothing.
#[component]
pub fn Folded(
    /// Its name in markup.
    id: &'static str,
    /// What is counted.
    title: Key,
    /// What is said where there is nothing.
    none: Key,
    /// The rows.
    list: List,
    /// Which lists are open.
    open: RwSignal<Vec<String>>,
) -> impl IntoView {
    let words = use_words();
    if list.count() == 0 {
        return view! { <p class="card__part soft">{move || words.get(none)}</p> }.into_any();
    }
    view! { <Fold id=id.to_owned() label=Signal::derive(move || words.get(title)) list open/> }.into_any()
}

/// A list that opens.
#[component]
pub fn Fold(
    /// Its name in markup.
    id: String,
    /// What it lists.
    label: Signal<String>,
    /// The rows.
    list: List,
    /// Which lists are open.
    open: RwSignal<Vec<String>>,
) -> impl IntoView {
    let words = use_words();
    let count = list.count();
    let (of, name) = (id.clone(), id.clone());
    let is_open = move || open.with(|open| open.contains(&of));
    let toggled = move |event: leptos::ev::Event| {
        use wasm_bindgen::JsCast;
        let fold = event.target().and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok());
        let now = fold.is_some_and(|fold| fold.has_attribute("open"));
        if open.with_untracked(|open| open.contains(&name)) != now {
            open.update(|open| if now { open.push(name.clone()) } else { open.retain(|it| *it != name) });
        }
    };
    // Rows are drawn when somebody looks: a board of thousands stays quick.
    let list = StoredValue::new(list);
    let shown = is_open.clone();
    view! {
        <details class="team__fold" open=is_open on:toggle=toggled>
            <summary id=id>
                <span>{label}</span>
                <b class="chip push">{move || words.number(count)}</b>
            </summary>
            {move || shown().then(|| {
                let List { what, lines, more } = list.get_value();
                view! { <Lines what lines more/> }
            })}
        </details>
    }
}

/// A number that opens the list behind it.
#[component]
pub fn Number(
    /// The number.
    number: u64,
    /// The list's name in markup.
    id: String,
    /// What is counted, for who does not see the table.
    label: Signal<String>,
    /// Which lists are open.
    open: RwSignal<Vec<String>>,
) -> impl IntoView {
    let words = use_words();
    let show = move |_| {
        if !open.with_untracked(|open| open.contains(&id)) {
            open.update(|open| open.push(id.clone()));
        }
        focus_later(id.clone());
    };
    view! {
        <button class="btn btn--quiet team__number" type="button" on:click=show>
            {move || words.number(number)}<span class="unseen">" "{label}</span>
        </button>
    }
}

/// Help given twice.
#[component]
pub fn Doubles(doubled: Vec<Double>) -> impl IntoView {
    let (words, forms) = (use_words(), use_forms());
    let rows: Vec<_> = doubled
        .into_iter()
        .map(|Double { first, second, person, days }| {
            let what = second.brief.clone();
            let apart = move || match days {
                0 => words.get(Key::TeamSameDay),
                days => words.count(Key::TeamDaysApart, days),
            };
            let (name, here, there) = (person.clone(), first.clone(), second.clone());
            let gift = move |line: crate::pages::work::Line| {
                let site = line.brief.site.clone();
                let when = line.brief.when;
                view! {
                    <A href=line.href() attr:class="btn">
                        {move || day_words(words, when)}" "
                        {(!site.is_empty()).then(|| view! { <span>{move || forms.code_label("sites", &site)}</span> })}
                    </A>
                }
            };
            view! {
                <li>
                    <div class="row">
                        <span class="face" aria-hidden="true"><Draw icon=Icon::Alert/></span>
                        <span class="row__main">
                            <span class="row__title"><bdi>{name}</bdi></span>
                            <span class="row__meta">
                                <span>{move || service_label(forms, &what)}</span>
                                <span>{apart}</span>
                            </span>
                        </span>
                        <span class="row__side">{gift(here)}{gift(there)}</span>
                    </div>
                </li>
            }
        })
        .collect();
    let none = rows.is_empty();
    view! {
        <section class="card card--flush" aria-labelledby="doubled">
            <div class="card__head"><h2 class="card__title" id="doubled">{move || words.get(Key::TeamDoubled)}</h2></div>
            {if none {
                view! { <p class="card__part soft">{move || words.get(Key::TeamDoubledNone)}</p> }.into_any()
            } else {
                view! { <ul class="rows">{rows}</ul> }.into_any()
            }}
        </section>
    }
}
