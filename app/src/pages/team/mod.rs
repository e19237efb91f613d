//! The board of a team, for supervisors: who waits for whom, what is due, what was done. Plain numbers in tables, each
//! with the list behind it. It needs no line, and says up to when it is complete.

mod lists;
mod read;
mod tables;

use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault, use_vault_handle};
use crate::forms::use_forms;
use crate::pages::trouble::explain;
use crate::pages::work::AsOf;
use crate::tables::use_tables;
use crate::words::{Key, use_words};
use domain::Role;
use leptos::prelude::*;
use lists::{Doubles, Folded};
use read::Board;
use tables::{Done, FollowUps, States, Waits};

/// The page.
#[component]
pub fn Team() -> impl IntoView {
    let words = use_words();
    crate::desk::title(words, Key::TeamTitle);
    let supervises = Role::from_code(use_vault().identity().role) == Some(Role::Supervisor);
    view! {
        <main class="page team" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <h1 tabindex="-1">{move || words.get(Key::TeamTitle)}</h1>
                    <p class="soft">{move || words.get(if supervises { Key::TeamAbout } else { Key::TeamNotYours })}</p>
                </div>
            </div>
            {supervises.then(|| view! { <Read/> })}
        </main>
    }
}

#[component]
fn Read() -> impl IntoView {
    let (words, forms, tables) = (use_words(), use_forms(), use_tables());
    let (device, vault) = (use_device(), use_vault_handle());
    let read = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.get_value();
        async move { Board::read(&vault, tables, forms).await.map_err(|error| explain(&error)) }
    });
    let read = Memo::new(move |_| read.get());
    // Which lists are open stays when the board is drawn anew.
    let open = RwSignal::new(Vec::<String>::new());
    move || {
        Some(match read.get()? {
            Ok(board) => view! { <Shown board open/> }.into_any(),
            Err(key) => view! { <p class="card" role="alert">{move || words.get(key)}</p> }.into_any(),
        })
    }
}

#[component]
fn Shown(board: Board, open: RwSignal<Vec<String>>) -> impl IntoView {
    let words = use_words();
    let Board {
        collected_at,
        today,
        week,
        waiting,
        follow_ups,
        needs,
        unacknowledged,
        doubled,
        states,
        reserved,
    } = board;
    view! {
        <AsOf at=collected_at/>
        <div class="columns columns--side">
            <div class="column">
                <Waits waiting open/>
                <FollowUps follow_ups open/>
                <section class="card card--flush" aria-labelledby="needs">
                    <div class="card__head"><h2 class="card__title" id="needs">{move || words.get(Key::TeamNeeds)}</h2></div>
                    <Folded id="needs-list" title=Key::TeamDue none=Key::TeamNeedsNone list=needs open/>
                </section>
                <section class="card card--flush" aria-labelledby="withdrawn">
                    <div class="card__head">
                        <h2 class="card__title" id="withdrawn">{move || words.get(Key::TeamUnacknowledged)}</h2>
                    </div>
                    <Folded id="withdrawn-list" title=Key::TeamDue none=Key::TeamUnacknowledgedNone list=unacknowledged open/>
                </section>
                <Doubles doubled/>
            </div>
            <div class="column">
                <Done today week/>
                <States states/>
                {(reserved != 0).then(|| view! {
                    <p class="note line"><Draw icon=Icon::Lock/>{move || words.count(Key::HistoryReserved, reserved)}</p>
                })}
            </div>
        </div>
    }
}
