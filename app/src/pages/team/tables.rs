//! The numbers, in tables.

use super::lists::{Fold, Number};
use super::read::{Due, Wait};
use crate::forms::use_forms;
use crate::pages::work::day_words;
use crate::words::{Key, use_words};
use domain::service::Status;
use domain::service::board::{Side, Tally};
use leptos::prelude::*;
use leptos_router::components::A;

/// Who waits for whom, and since when.
#[component]
pub fn Waits(waiting: Vec<Wait>, open: RwSignal<Vec<String>>) -> impl IntoView {
    let (words, forms) = (use_words(), use_forms());
    if waiting.is_empty() {
        return view! {
            <section class="card" aria-labelledby="waiting">
                <div class="card__head"><h2 class="card__title" id="waiting">{move || words.get(Key::TeamWaiting)}</h2></div>
                <p class="soft">{move || words.get(Key::TeamWaitingNone)}</p>
            </section>
        }
        .into_any();
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
    view! {
        <section class="card card--flush" aria-labelledby="waiting">
            <div class="card__part">
                <table class="team__table">
                    <caption><h2 class="card__title" id="waiting">{move || words.get(Key::TeamWaiting)}</h2></caption>
                    <thead>
                        <tr>
                            <th scope="col">{move || words.get(Key::TeamWho)}</th>
                            <th scope="col">{move || words.get(Key::TeamUnanswered)}</th>
                            <th scope="col">{move || words.get(Key::TeamOverdue)}</th>
                            <th scope="col">{move || words.get(Key::TeamOldest)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {folds}
        </section>
    }
    .into_any()
}

/// Follow-ups that are due, by colleague.
#[component]
pub fn FollowUps(follow_ups: Vec<Due>, open: RwSignal<Vec<String>>) -> impl IntoView {
    let words = use_words();
    if follow_ups.is_empty() {
        return view! {
            <section class="card" aria-labelledby="due">
                <div class="card__head"><h2 class="card__title" id="due">{move || words.get(Key::TeamFollowUps)}</h2></div>
                <p class="soft">{move || words.get(Key::TeamFollowUpsNone)}</p>
            </section>
        }
        .into_any();
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
    view! {
        <section class="card card--flush" aria-labelledby="due">
            <div class="card__part">
                <table class="team__table">
                    <caption><h2 class="card__title" id="due">{move || words.get(Key::TeamFollowUps)}</h2></caption>
                    <thead>
                        <tr>
                            <th scope="col">{move || words.get(Key::TeamColleague)}</th>
                            <th scope="col">{move || words.get(Key::TeamDue)}</th>
                            <th scope="col">{move || words.get(Key::TeamFirst)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {folds}
        </section>
    }
    .into_any()
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
    view! {
        <section class="card" aria-labelledby="done">
            <table class="team__table">
                <caption><h2 class="card__title" id="done">{move || words.get(Key::TeamDone)}</h2></caption>
                <thead>
                    <tr>
                        <th scope="col">{move || words.get(Key::TeamWhat)}</th>
                        <th scope="col">{move || words.get(Key::TeamToday)}</th>
                        <th scope="col">{move || words.get(Key::TeamWeek)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="note">{move || words.get(Key::TeamDoneNote)}</p>
        </section>
    }
}

/// Referrals by state, sent and received.
#[component]
pub fn States(states: Vec<(Status, [u64; 2])>) -> impl IntoView {
    let (words, forms) = (use_words(), use_forms());
    if states.is_empty() {
        return view! {
            <section class="card" aria-labelledby="states">
                <div class="card__head"><h2 class="card__title" id="states">{move || words.get(Key::TeamStates)}</h2></div>
                <p class="soft">{move || words.get(Key::TeamStatesNone)}</p>
            </section>
        }
        .into_any();
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
    view! {
        <section class="card" aria-labelledby="states">
            <table class="team__table">
                <caption><h2 class="card__title" id="states">{move || words.get(Key::TeamStates)}</h2></caption>
                <thead>
                    <tr>
                        <th scope="col">{move || words.get(Key::TeamState)}</th>
                        <th scope="col">{move || words.get(Key::TeamSent)}</th>
                        <th scope="col">{move || words.get(Key::TeamReceived)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="line"><A href="/referrals" attr:class="btn">{move || words.get(Key::WorkAllReferrals)}</A></p>
        </section>
    }
    .into_any()
}
