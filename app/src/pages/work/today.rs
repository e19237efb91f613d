//! What the first page tells of the day: a card of counts for who works with people, the lists themselves for who works
//! with referrals alone.

use super::AsOf;
use super::page::{Lists, Shown, follow};
use crate::components::{Draw, Icon};
use crate::words::{Key, use_words};
use leptos::prelude::*;
use leptos_router::components::A;

/// The day in four numbers, for counsellors and caseworkers.
#[component]
pub fn Today() -> impl IntoView {
    let words = use_words();
    let shown = follow();
    let count = move |list: &'static str| {
        let of = |shown: &Shown| {
            let found = shown.lists.iter().find(|(id, ..)| *id == list);
            found.map_or(0, |(.., lines, more)| lines.len() as u64 + more)
        };
        shown.with(|shown| shown.as_ref()?.as_ref().ok().map(of))
    };
    let counts = [
        ("follow-ups", Key::WorkCountFollowUps),
        ("to-answer", Key::WorkCountAnswers),
        ("late", Key::WorkCountLate),
        ("planned", Key::WorkCountPlanned),
    ];
    let waits = move || shown.with(|shown| matches!(shown, Some(Ok(shown)) if shown.due > 0));
    let tally = counts.map(|(list, label)| {
        let attention = move || count(list).is_some_and(|number| number > 0);
        view! {
            <div class:tally__wait=attention>
                <dd><b>{move || count(list).map(|number| words.number(number))}</b></dd>
                <dt class="note">{move || words.get(label)}</dt>
            </div>
        }
    });
    let as_of = move || {
        shown
            .with(|shown| shown.as_ref()?.as_ref().ok().map(|shown| shown.collected_at))
            .map(|at| view! { <AsOf at/> })
    };
    let failed = move || match shown.get() {
        Some(Err(key)) => Some(view! { <p role="alert">{words.get(key)}</p> }),
        _ => None,
    };
    view! {
        <section class="card" aria-labelledby="today">
            <div class="card__head"><h2 class="card__title" id="today">{move || words.get(Key::WorkToday)}</h2></div>
            <div class="stack">
                {failed}
                <dl class="tally">{tally}</dl>
                {as_of}
                <A href="/work" attr:class=move || if waits() { "btn btn--primary" } else { "btn" }>
                    <Draw icon=Icon::Calendar/>
                    {move || words.get(Key::WorkSee)}
                </A>
            </div>
        </section>
    }
}

/// The first page of who answers referrals at a desk: what waits for it.
#[component]
pub fn FocalHome() -> impl IntoView {
    view! { <Desk none=Key::WorkFocalNone wanted=&["to-acknowledge", "to-answer", "in-hand", "late", "answered", "waiting"]/> }
}

/// The first page of a border post: to refer, and what became of what was sent.
#[component]
pub fn BorderHome() -> impl IntoView {
    let words = use_words();
    view! {
        <section class="hero" aria-labelledby="start">
            <h2 id="start">{move || words.get(Key::TimeRefer)}</h2>
            <p>{move || words.get(Key::WorkBorderText)}</p>
            <div class="hero__row">
                <A href="/refer" attr:class="btn btn--primary btn--big">
                    <Draw icon=Icon::Send/>
                    {move || words.get(Key::TimeRefer)}
                </A>
            </div>
        </section>
        <h2>{move || words.get(Key::WorkBorderSent)}</h2>
        <Desk none=Key::WorkBorderNone wanted=&["late", "answered", "waiting", "unacknowledged"]/>
    }
}

#[component]
fn Desk(none: Key, wanted: &'static [&'static str]) -> impl IntoView {
    let words = use_words();
    let shown = follow();
    move || {
        Some(match shown.get()? {
            Ok(Shown { lists, collected_at, .. }) => {
                let lists: Vec<_> = lists.into_iter().filter(|(id, ..)| wanted.contains(id)).collect();
                let nothing = lists.is_empty();
                view! {
                    <AsOf at=collected_at/>
                    {nothing.then(|| view! { <p class="card soft">{move || words.get(none)}</p> })}
                    <Lists lists/>
                    <p class="line"><A href="/referrals" attr:class="btn">{move || words.get(Key::WorkAllReferrals)}</A></p>
                }
                .into_any()
            }
            Err(key) => view! { <p class="card" role="alert">{words.get(key)}</p> }.into_any(),
        })
    }
}
