//! The numbers, in tables.

use super::lists::{Fold, Number};
use super::read::{Due, Wait};
use crate::forms::use_forms;
use crate::pages::work::day_words;
use crate::words::{Key, Words, use_words};
use domain::service::Status;
use domain::service::board::{Side, Tally};
use leptos::prelude::*;
use leptos_router::components::A;

/// A table on a card.
struct Table {
    id: &'static str,
    /// What it is of.
    title: Key,
    /// What stands above each column.
    columns: &'static [Key],
    /// Whether lists that unfold follow it, from edge to edge.
    flush: bool,
}

impl Table {
    fn draw(self, words: Words, rows: AnyView, below: AnyView) -> AnyView {
        let Table { id, title, columns, flush } = self;
        let (within, after) = if flush { (None, Some(below)) } else { (Some(below), None) };
        let columns: Vec<_> = columns
            .iter()
            .map(|column| view! { <th scope="col">{move || words.get(*column)}</th> })
            .collect();
        view! {
            <section class="card" class:card--flush=flush aria-labelledby=id>
                <div class:card__part=flush>
                    <table class="team__table">
                        <caption><h2 class="card__title" id=id>{move || words.get(title)}</h2></caption>
                        <thead><tr>{columns}</tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                    {within}
                </div>
                {after}
            </section>
        }
        .into_any()
    }
}

/// A card that says that there is nothing of it.
fn nothing(words: Words, id: &'static str, title: Key, text: Key) -> AnyView {
    view! {
        <section class="card" aria-labelledby=id>
            <div class="card__head"><h2 class="card__title" id=id>{move || words.get(title)}</h2></div>
            <p class="soft">{move || words.get(text)}</p>
        </section>
    }
    .into_any()
}

/// Who waits for whom, and since when.
#[component]
pub fn Waits(waiting: Vec<Wait>, open: RwSignal<Vec<String>>) -> impl IntoView {
    let (words, forms) = (use_words(), use_forms());
    if waiting.is_empty() {
        return nothing(words, "waiting", Key::TeamWaiting, Key::TeamWaitingNone);
    }
    let mut rows = Vec::new();
    let mut folds = Vec::new();
    for (place, Wait { side, institution, desk, late, oldest, list }) in waiting.into_iter().enumerate() {
        let id = format!("waiting-{place}");
        let who = Signal::derive(move || {
            let name = match (institution.as_str(), desk.as_str()) {
                // Whose own desk it is, is no news to them.
                (_, desk) if side == Side::WeWait && !desk.is_empty() => forms.code_label("desks", desk),
                (institution, _) => forms.code_label("institutions", institution),
            };
            words.with(if side == Side::WeWait { Key::TeamWe } else { Key::TeamThey }, &[("name", &name)])
        });
        let count = list.count();
        rows.push(view! {
            <tr>
                <th scope="row">{who}</th>
                <td><Number number=count id=id.clone() label=who open/></td>
                <td class:team__late=late != 0>{move || words.number(late)}</td>
                <td>{move || day_words(words, oldest)}</td>
            </tr>
        });
        folds.push(view! { <Fold id label=who list open/> });
    }
    let table = Table {
        id: "waiting",
        title: Key::TeamWaiting,
        columns: &[Key::TeamWho, Key::TeamUnanswered, Key::TeamOverdue, Key::TeamOldest],
        flush: true,
    };
    table.draw(words, rows.into_any(), folds.into_any())
}

/// Follow-ups that are due, by colleague.
#[component]
pub fn FollowUps(follow_ups: Vec<Due>, open: RwSignal<Vec<String>>) -> impl IntoView {
    let words = use_words();
    if follow_ups.is_empty() {
        return nothing(words, "due", Key::TeamFollowUps, Key::TeamFollowUpsNone);
    }
    let mut rows = Vec::new();
    let mut folds = Vec::new();
    for (place, Due { name, first, list }) in follow_ups.into_iter().enumerate() {
        let id = format!("due-{place}");
        let who = Signal::derive(move || name.clone().unwrap_or_else(|| words.get(Key::AColleague)));
        let count = list.count();
        rows.push(view! {
            <tr>
                <th scope="row"><bdi>{who}</bdi></th>
                <td><Number number=count id=id.clone() label=who open/></td>
                <td>{move || day_words(words, first)}</td>
            </tr>
        });
        folds.push(view! { <Fold id label=who list open/> });
    }
    let table = Table {
        id: "due",
        title: Key::TeamFollowUps,
        columns: &[Key::TeamColleague, Key::TeamDue, Key::TeamFirst],
        flush: true,
    };
    table.draw(words, rows.into_any(), folds.into_any())
}

/// What was done today and this week. Each number leads to the page that lists it.
#[component]
pub fn Done(today: Tally, week: Tally) -> impl IntoView {
    let words = use_words();
    let rows: Vec<_> = [
        (Key::TeamSessions, "/sessions", today.sessions, week.sessions),
        (Key::TeamAttended, "/sessions", today.attended, week.attended),
        (Key::TeamGifts, "/distributions", today.gifts, week.gifts),
        (Key::TeamReferrals, "/referrals", today.referrals, week.referrals),
        (Key::TeamPeople, "", today.people, week.people),
    ]
    .into_iter()
    .map(|(label, href, today, week)| {
        let label = move || words.get(label);
        view! {
            <tr>
                <th scope="row">
                    {if href.is_empty() {
                        label.into_any()
                    } else {
                        view! { <A href=href>{label}</A> }.into_any()
                    }}
                </th>
                <td>{move || words.number(today as u64)}</td>
                <td>{move || words.number(week as u64)}</td>
            </tr>
        }
    })
    .collect();
    let table = Table {
        id: "done",
        title: Key::TeamDone,
        columns: &[Key::TeamWhat, Key::TeamToday, Key::TeamWeek],
        flush: false,
    };
    table.draw(
        words,
        rows.into_any(),
        view! { <p class="note">{move || words.get(Key::TeamDoneNote)}</p> }.into_any(),
    )
}

/// Referrals by state, sent and received.
#[component]
pub fn States(states: Vec<(Status, [u64; 2])>) -> impl IntoView {
    let (words, forms) = (use_words(), use_forms());
    if states.is_empty() {
        return nothing(words, "states", Key::TeamStates, Key::TeamStatesNone);
    }
    let rows: Vec<_> = states
        .into_iter()
        .map(|(status, [sent, received])| {
            view! {
                <tr>
                    <th scope="row">{move || forms.code_label("referral_status", status.code())}</th>
                    <td>{move || words.number(sent)}</td>
                    <td>{move || words.number(received)}</td>
                </tr>
            }
        })
        .collect();
    let table = Table {
        id: "states",
        title: Key::TeamStates,
        columns: &[Key::TeamState, Key::TeamSent, Key::TeamReceived],
        flush: false,
    };
    table.draw(words, rows.into_any(), view! { <p class="line"><A href="/referrals" attr:class="btn">{move || words.get(Key::WorkAllReferrals)}</A></p> }.into_any())
}
