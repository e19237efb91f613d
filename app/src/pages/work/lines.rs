//! Services as rows of a list: whom for, what, by when, and one tap to go on.

use super::Held;
use crate::components::{Draw, Face, Icon, Status, Tone};
use crate::forms::{Forms, use_forms};
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::rules::days::day_of;
use domain::service::board::{DAY, View};
use domain::service::brief::IN_CONFLICT;
use domain::service::{Brief, Status as Step};
use domain::{Kind, RecordId};
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::{BTreeMap, BTreeSet};
use store::{Hit, Vault};

/// Most rows of a list: who has more to do begins with these.
const SHOWN: usize = 60;
/// Longest way from an answer to the referral that names the person.
const ANSWERS: usize = 8;

/// What a list asks of whoever reads it; it decides what a row tells of time and where its button leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Follow up a session.
    FollowUp,
    /// See what came of a referral that was sent.
    Sent,
    /// Answer a referral, or bring it to an end.
    Received,
    /// Say that a withdrawal was seen.
    Acknowledge,
    /// Give what was approved.
    Give,
    /// Look into a need.
    Need,
    /// Just look.
    Look,
}

/// A service as a row shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its line.
    pub brief: Brief,
    /// Whom it is for; empty where this device does not tell.
    pub name: String,
    /// Whom it hangs on, to go on with them.
    pub person: Option<RecordId>,
    /// Whether what it is about may be told.
    pub is_known: bool,
    /// Minutes by which it is late; 0 where it is in time.
    pub late: i64,
}

impl Line {
    /// The first of these places as rows, and how many more there are.
    #[must_use]
    pub fn of(held: &Held, forms: Forms, vault: &Vault, places: &[usize], what: What) -> (Vec<Line>, u64) {
        let briefs: Vec<&Brief> =
            places.iter().take(SHOWN).filter_map(|place| held.briefs.get(*place)).collect();
        let more = places.len().saturating_sub(SHOWN) as u64;
        let persons: Vec<Option<RecordId>> = briefs.iter().map(|brief| person(held, brief)).collect();
        let asked: BTreeSet<RecordId> = persons.iter().flatten().copied().collect();
        let faces: BTreeMap<RecordId, Hit> = vault.faces(&asked.into_iter().collect::<Vec<_>>());
        let lines = held.look(forms, |view| {
            let line = |(brief, person): (&Brief, Option<RecordId>)| Line {
                name: person.and_then(|id| faces.get(&id)).map(|hit| hit.name.clone()).unwrap_or_default(),
                person,
                is_known: view.may_know(brief),
                late: late(brief, view, what),
                brief: brief.clone(),
            };
            briefs.into_iter().zip(persons).map(line).collect()
        });
        (lines, more)
    }

    /// Where it is shown whole.
    #[must_use]
    pub fn href(&self) -> String {
        let id = self.brief.record;
        match (self.brief.kind(), self.person) {
            (Kind::SESSION, _) => format!("/sessions/{id}"),
            (Kind::ASSISTANCE, _) => format!("/assistance/{id}"),
            (Kind::NEED, Some(person)) => format!("/people/{person}"),
            _ => format!("/referrals/{id}"),
        }
    }

    /// Where one tap goes on with it.
    fn next(&self, what: What) -> Option<(String, Key)> {
        let id = self.brief.record;
        match what {
            What::FollowUp => {
                let href = match self.person {
                    Some(person) => format!("/people/{person}/session?follows={id}"),
                    None => format!("/sessions/new?group&follows={id}"),
                };
                Some((href, Key::WorkDoFollowUp))
            }
            What::Received => Some((format!("/referrals/{id}"), Key::WorkDoAnswer)),
            What::Acknowledge => Some((format!("/referrals/{id}"), Key::WorkDoAcknowledge)),
            What::Give => Some((format!("/assistance/{id}"), Key::WorkDoGive)),
            What::Sent | What::Need | What::Look => None,
        }
    }
}

fn late(brief: &Brief, view: &View<'_>, what: What) -> i64 {
    match what {
        What::FollowUp if brief.due != 0 => (view.today() - brief.due.div_euclid(DAY)).max(0) * DAY,
        What::Sent | What::Received | What::Look if view.is_late(brief) => view.now - brief.due,
        _ => 0,
    }
}

/// Whom a service hangs on; an answer on whoever the referral it answers is about.
fn person(held: &Held, brief: &Brief) -> Option<RecordId> {
    let (mut owner, mut follows) = (brief.owner, brief.follows);
    if brief.kind() != Kind::REFERRAL {
        return owner;
    }
    for _ in 0..ANSWERS {
        let Some(first) = follows.filter(|_| owner.is_none()) else { break };
        let earlier = held.briefs.iter().find(|it| it.record == first)?;
        (owner, follows) = (earlier.owner, earlier.follows);
    }
    owner
}

/// What a service is, in words of the tables: the type of a session, of help, the sector of a referral, a need.
#[must_use]
pub fn service_label(forms: Forms, brief: &Brief) -> String {
    let table = match brief.kind() {
        Kind::NEED => "specific_needs",
        Kind::SESSION => "session_types",
        Kind::REFERRAL => "referral_sectors",
        _ => "assistance_types",
    };
    if brief.code.is_empty() { forms.kind_one(brief.kind()) } else { forms.code_label(table, &brief.code) }
}

/// Where a service stands, in words of the tables; empty where there is nothing to say.
#[must_use]
pub fn state_label(forms: Forms, brief: &Brief) -> String {
    let table = match brief.kind() {
        Kind::NEED => "lists:need_state",
        Kind::SESSION => "lists:session_form",
        Kind::REFERRAL => "referral_status",
        _ => "assistance_status",
    };
    let code = match brief.kind() {
        // Earlier versions wrote another word for it.
        Kind::REFERRAL => Step::from_code(&brief.state).map_or("", Step::code),
        _ => &brief.state,
    };
    let label = if code.is_empty() { String::new() } else { forms.code_label(table, code) };
    if brief.marks & IN_CONFLICT == 0 {
        return label;
    }
    // Of what several people said, none is told as what holds.
    let mark = use_words().get(Key::DecideInConflict);
    if label.is_empty() { mark } else { format!("{label} ({mark})") }
}

/// The day of a minute of the clock on the wall: `hoy`, `ayer`, `3 mar 2026`.
#[must_use]
pub fn day_words(words: Words, minutes: i64) -> String {
    let at = |minutes: i64| day_of(u64::try_from(minutes).unwrap_or(0).saturating_mul(60_000));
    let (Some(then), today) = (at(minutes), when::today()) else { return String::new() };
    if then == today {
        words.get(Key::WhenToday)
    } else if then.next_day() == Some(today) {
        words.get(Key::WhenYesterday)
    } else {
        when::day(words, then)
    }
}

/// The same with the time, where it has one.
#[must_use]
pub fn moment_words(words: Words, minutes: i64) -> String {
    let day = day_words(words, minutes);
    match minutes.rem_euclid(DAY) {
        0 => day,
        rest => format!("{day} {:02}:{:02}", rest / 60, rest % 60),
    }
}

/// How late something is.
#[must_use]
pub fn late_words(words: Words, minutes: i64) -> String {
    let hours = u64::try_from(minutes / 60).unwrap_or(0).max(1);
    if hours < 24 {
        words.count(Key::WorkLateHours, hours)
    } else {
        words.count(Key::WorkLateDays, hours / 24)
    }
}

/// Rows, and how many more there are.
#[component]
pub fn Lines(
    /// What they ask.
    what: What,
    /// The rows.
    lines: Vec<Line>,
    /// More than are shown.
    more: u64,
) -> impl IntoView {
    let words = use_words();
    let rows: Vec<_> = lines.into_iter().map(|line| view! { <Row line what/> }).collect();
    view! {
        <ul class="rows">{rows}</ul>
        {(more != 0).then(|| view! { <p class="card__part note">{move || format!("+ {}", words.number(more))}</p> })}
    }
}

#[component]
fn Row(line: Line, what: What) -> impl IntoView {
    let (words, forms) = (use_words(), use_forms());
    let (href, next) = (line.href(), line.next(what));
    let Line { brief, name, is_known, late, .. } = line;
    let group = brief.kind() == Kind::SESSION && brief.owner.is_none();
    let named = !name.is_empty();
    let about = {
        let brief = brief.clone();
        move || if is_known { service_label(forms, &brief) } else { words.get(Key::HistoryReservedValue) }
    };
    let (shown, label) = (name.clone(), about.clone());
    let title = move || if named { shown.clone() } else { label() };
    let with = {
        let brief = brief.clone();
        move || counterpart(words, forms, &brief, what)
    };
    let time = {
        let brief = brief.clone();
        move || match what {
            What::FollowUp => words.with(Key::WorkDue, &[("when", &day_words(words, brief.due))]),
            What::Sent | What::Received
                if brief.due != 0 && Step::from_code(&brief.state).is_some_and(Step::awaits_answer) =>
            {
                words.with(Key::WorkDue, &[("when", &moment_words(words, brief.due))])
            }
            _ => words.with(Key::WorkSince, &[("when", &day_words(words, brief.when))]),
        }
    };
    let people = (brief.people.len() as u64) + u64::from(brief.heads);
    let state = {
        let brief = brief.clone();
        move || if is_known { state_label(forms, &brief) } else { String::new() }
    };
    let told = next.map(|(href, key)| {
        let whom = name.clone();
        view! {
            <A href=href attr:class="btn">
                {move || words.get(key)}
                {named.then(|| view! { <span class="unseen">": "{whom.clone()}</span> })}
            </A>
        }
    });
    view! {
        <li>
            <div class="row">
                <Face name/>
                <span class="row__main">
                    <A href=href attr:class="row__title row__link"><bdi>{title}</bdi></A>
                    <span class="row__meta">
                        {named.then(|| view! { <span>{about}</span> })}
                        {group.then(|| view! { <span>{move || words.count(Key::People, people)}</span> })}
                        <span>{with}</span>
                        <span>{time}</span>
                    </span>
                </span>
                <span class="row__side">
                    {if late > 0 {
                        view! { <Status tone=Tone::Attention>{move || late_words(words, late)}</Status> }.into_any()
                    } else if what == What::FollowUp {
                        ().into_any()
                    } else {
                        view! { <span class="chip">{state}</span> }.into_any()
                    }}
                    {told}
                </span>
                <Draw icon=Icon::Chevron class="icon--go"/>
            </div>
        </li>
    }
}

/// Whom a referral goes to, or comes from.
fn counterpart(words: Words, forms: Forms, brief: &Brief, what: What) -> String {
    let institution = |code: &str| forms.code_label("institutions", code);
    if brief.kind() != Kind::REFERRAL {
        return String::new();
    }
    match what {
        What::Received | What::Acknowledge if !brief.from.is_empty() => {
            words.with(Key::WorkFrom, &[("name", &institution(&brief.from))])
        }
        _ if !brief.desk.is_empty() => {
            words.with(Key::WorkTo, &[("name", &forms.code_label("desks", &brief.desk))])
        }
        _ if !brief.to.is_empty() => words.with(Key::WorkTo, &[("name", &institution(&brief.to))]),
        _ => String::new(),
    }
}
