//! Sessions by day, with what each day adds up to; and whom it is time to see again.

use super::log::may_log;
use super::{about, whose};
use crate::components::{Draw, Face, Icon, Status, Tone};
use crate::device::{use_device, use_vault, use_vault_handle};
use crate::forms::use_forms;
use crate::pages::trouble::{NotRead, explain};
use crate::when;
use crate::words::{Key, use_words};
use domain::rules::days::day_of_text;
use domain::service::Brief;
use domain::service::brief::{minutes_of, time_text};
use domain::service::session::{Tally, standing, to_follow_up};
use domain::{RecordId, Role, UserId};
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::{BTreeMap, BTreeSet};
use store::{Hit, Vault};

/// Days shown at first.
const DAYS: usize = 14;
/// Follow-ups further away than this are not shown yet, in days.
const AHEAD: i64 = 14;
const DAY: i64 = 24 * 60;

/// What is shown of sessions, and no more of it than that: tens of thousands may lie here.
#[derive(Clone, PartialEq)]
struct Read {
    /// The days shown, the newest first.
    days: Vec<Sitting>,
    /// There are days before those.
    earlier: bool,
    /// Those to be followed up soon, the first due first.
    due: Vec<Brief>,
    faces: BTreeMap<RecordId, Hit>,
    unsent: BTreeSet<RecordId>,
    collected_at: Option<u64>,
}

/// A day, counted from 1970, with the sessions of it that count, the newest first.
type Sitting = (i64, Vec<Brief>);

/// The last days of which there is anything, and whether there are more. Sessions are copied only for those days.
fn last_days<'b>(sessions: impl Iterator<Item = &'b Brief>, days: usize) -> (Vec<Sitting>, bool) {
    let mut by_day: BTreeMap<i64, Vec<&Brief>> = BTreeMap::new();
    sessions.for_each(|brief| by_day.entry(brief.day()).or_default().push(brief));
    let earlier = by_day.len() > days;
    let shown = by_day.into_iter().rev().take(days).map(|(day, mut briefs)| {
        briefs.sort_by_key(|brief| core::cmp::Reverse((brief.when, brief.stated_at)));
        (day, briefs.into_iter().cloned().collect())
    });
    (shown.collect(), earlier)
}

/// Reads the sessions of one user, or of everybody, of so many days.
async fn read(vault: &Vault, of: Option<UserId>, days: usize) -> Result<Read, Key> {
    let services = vault.services().await.map_err(|error| explain(&error))?;
    let is_asked = |brief: &&Brief| of.is_none_or(|user| brief.by == Some(user));
    let (days, earlier) = last_days(standing(&services).into_iter().filter(is_asked), days);
    let soon = today() + AHEAD;
    let due = to_follow_up(&services).into_iter().filter(is_asked);
    let due: Vec<Brief> = due.filter(|brief| brief.due.div_euclid(DAY) <= soon).cloned().collect();
    let shown = days.iter().flat_map(|(_, sessions)| sessions).chain(&due);
    let owners: BTreeSet<RecordId> = shown.filter_map(|brief| brief.owner).collect();
    Ok(Read {
        faces: vault.faces(&owners.into_iter().collect::<Vec<_>>()),
        unsent: vault.unsent_records().await.map_err(|error| explain(&error))?,
        collected_at: vault.collected_at().await.map_err(|error| explain(&error))?,
        days,
        earlier,
        due,
    })
}

/// The day where the device is, counted from 1970.
fn today() -> i64 {
    minutes_of(&when::local_minute()).unwrap_or_default().div_euclid(DAY)
}

/// The page.
#[component]
pub fn Sessions() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::SessionsTitle);
    let (me, logs) = (vault.identity().user, may_log(&vault));
    // Who supervises asks after the team first.
    let supervises = Role::from_code(vault.identity().role) == Some(Role::Supervisor);
    let everybody = RwSignal::new(supervises);
    let days = RwSignal::new(DAYS);
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let (vault, of, days) = (vault.clone(), Some(me).filter(|_| !everybody.get()), days.get());
        async move { read(&vault, of, days).await }
    });
    let known = Memo::new(move |_| loaded.get());
    let shown = move || {
        Some(match known.get()? {
            Ok(read) => view! { <Shown read days/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    };
    let choice = move |of: bool, label: Key| {
        view! {
            <label class="choice">
                <input type="radio" name="sessions-whose" prop:checked=move || everybody.get() == of
                    on:change=move |_| everybody.set(of)/>
                <span>{move || words.get(label)}</span>
            </label>
        }
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div><h1 tabindex="-1">{move || words.get(Key::SessionsTitle)}</h1></div>
                {logs.then(|| view! {
                    <A href="/sessions/new" attr:class="btn btn--primary btn--big">
                        <Draw icon=Icon::Plus/>
                        {move || words.get(Key::SessionNew)}
                    </A>
                })}
            </div>
            <fieldset class="field">
                <legend class="unseen">{move || words.get(Key::SessionsWhose)}</legend>
                <div class="choices">
                    {choice(false, Key::SessionsMine)}
                    {choice(true, Key::SessionsAll)}
                </div>
            </fieldset>
            {shown}
        </main>
    }
}

#[component]
fn Shown(read: Read, days: RwSignal<usize>) -> impl IntoView {
    let words = use_words();
    let read = StoredValue::new(read);
    let as_of = move || {
        let at = read.with_value(|read| read.collected_at);
        match at {
            Some(at) => words.with(Key::SessionsAsOf, &[("when", &when::moment(words, at))]),
            None => words.get(Key::SessionsHereOnly),
        }
    };
    let follow_ups = move || {
        let (today, due) = (today(), read.with_value(|read| read.due.clone()));
        (!due.is_empty()).then(|| {
            let late = due.iter().filter(|brief| brief.due.div_euclid(DAY) < today).count() as u64;
            let rows = due.into_iter().map(|brief| view! { <Due brief today read/> }).collect_view();
            view! {
                <section class="card card--flush" aria-labelledby="session-due">
                    <div class="card__head">
                        <h2 class="card__title" id="session-due">{move || words.get(Key::SessionsDue)}</h2>
                        {(late > 0).then(|| view! {
                            <span class="chip chip--attention">{move || words.count(Key::SessionsLate, late)}</span>
                        })}
                    </div>
                    <ul class="rows">{rows}</ul>
                </section>
            }
        })
    };
    let by_day = move || {
        let (shown, earlier) = read.with_value(|read| (read.days.clone(), read.earlier));
        if shown.is_empty() {
            let empty = view! {
                <div class="card empty">
                    <Draw icon=Icon::Calendar/>
                    <p>{move || words.get(Key::SessionsNone)}</p>
                </div>
            };
            return empty.into_any();
        }
        let sections = shown.into_iter().map(|(day, sessions)| view! { <Day day sessions read/> });
        view! {
            {sections.collect_view()}
            {earlier.then(|| view! {
                <button class="btn" type="button" on:click=move |_| days.update(|days| *days += DAYS)>
                    <Draw icon=Icon::ChevronDown/>
                    {move || words.get(Key::SessionsEarlier)}
                </button>
            })}
        }
        .into_any()
    };
    view! {
        <p class="note">{as_of}</p>
        {follow_ups}
        {by_day}
    }
}

type Known = StoredValue<Read>;

fn name_of(read: Known, id: RecordId) -> Option<String> {
    read.with_value(|read| read.faces.get(&id).map(|face| face.name.clone()))
}

/// A day as its heading says it.
fn day_words(words: crate::words::Words, minutes: i64) -> String {
    day_of_text(&time_text(minutes)).map(|day| when::day(words, day)).unwrap_or_default()
}

/// Somebody to be seen again: one tap goes on with it.
#[component]
fn Due(brief: Brief, today: i64, read: Known) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let late = brief.due.div_euclid(DAY) < today;
    let is_today = brief.due.div_euclid(DAY) == today;
    let record = brief.record;
    let href = match brief.owner {
        Some(owner) => format!("/people/{owner}/session?follows={record}"),
        None => format!("/sessions/new?group&follows={record}"),
    };
    let initials = brief.owner.and_then(|owner| name_of(read, owner)).unwrap_or_default();
    let due = brief.due;
    let held = brief.clone();
    let title = move || whose(words, &held, |id| name_of(read, id));
    let when = move || match (late, is_today) {
        (true, _) => words.with(Key::SessionDueSince, &[("day", &day_words(words, due))]),
        (_, true) => words.get(Key::SessionDueToday),
        _ => words.with(Key::SessionDueOn, &[("day", &day_words(words, due))]),
    };
    view! {
        <li>
            <div class="row">
                <Face name=initials/>
                <span class="row__main">
                    <A href=href attr:class="row__title row__link">
                        <bdi>{title}</bdi>
                        <span class="unseen">": "{move || words.get(Key::SessionFollowNow)}</span>
                    </A>
                    <span class="row__meta">
                        <span class=if late { "chip chip--attention" } else { "chip" }>{when}</span>
                        <span>{move || about(words, forms, &brief)}</span>
                    </span>
                </span>
                <Draw icon=Icon::Chevron class="icon--go"/>
            </div>
        </li>
    }
}

/// The sessions of a day.
#[component]
fn Day(day: i64, sessions: Vec<Brief>, read: Known) -> impl IntoView {
    let words = use_words();
    let tally = Tally::of(&sessions);
    let heading = format!("sessions-{day}");
    let labelled = heading.clone();
    let told = move || {
        let minutes = (tally.minutes > 0).then(|| words.count(Key::SessionMinutesChip, tally.minutes));
        let parts = [words.count(Key::SessionsTally, tally.sessions), words.count(Key::People, tally.people)];
        parts.into_iter().chain(minutes).collect::<Vec<_>>().join(" · ")
    };
    let rows = sessions.into_iter().map(|brief| view! { <Row brief read/> }).collect_view();
    view! {
        <section class="card card--flush" aria-labelledby=labelled>
            <div class="card__head">
                <h2 class="card__title" id=heading>{move || day_words(words, day * DAY)}</h2>
                <span class="note">{told}</span>
            </div>
            <ul class="rows">{rows}</ul>
        </section>
    }
}

#[component]
fn Row(brief: Brief, read: Known) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let vault = use_vault_handle();
    let record = brief.record;
    let unsent = read.with_value(|read| read.unsent.contains(&record));
    let (amended, me) = (brief.amends.is_some(), vault.with_value(|vault| vault.identity().user));
    let by = brief.by.filter(|by| *by != me);
    let author = by.map(|by| {
        move || vault.with_value(|vault| vault.author_name(by)).unwrap_or_else(|| words.get(Key::AColleague))
    });
    let initials = brief.owner.and_then(|owner| name_of(read, owner)).unwrap_or_default();
    let held = brief.clone();
    let title = move || whose(words, &held, |id| name_of(read, id));
    // A day alone is told as its beginning: no time was said then.
    let clock = (brief.when.rem_euclid(DAY) != 0).then(|| {
        let text = time_text(brief.when);
        text.split_once('T').map(|(_, clock)| clock.to_owned()).unwrap_or_default()
    });
    let minutes = u64::from(brief.minutes);
    view! {
        <li>
            <div class="row">
                {match brief.owner {
                    Some(_) => view! { <Face name=initials/> }.into_any(),
                    None => view! { <span class="face" aria-hidden="true"><Draw icon=Icon::People/></span> }.into_any(),
                }}
                <span class="row__main">
                    <A href=format!("/sessions/{record}") attr:class="row__title row__link"><bdi>{title}</bdi></A>
                    <span class="row__meta">
                        <span>{clock}</span>
                        <span>{move || about(words, forms, &brief)}</span>
                        {(minutes > 0).then(|| view! { <span>{move || words.count(Key::SessionMinutesChip, minutes)}</span> })}
                        {author.map(|author| view! { <bdi class="soft">{author}</bdi> })}
                        {amended.then(|| view! { <span class="chip">{move || words.get(Key::SessionAmended)}</span> })}
                        {unsent.then(|| view! { <Status tone=Tone::Unsent>{move || words.get(Key::Unsent)}</Status> })}
                    </span>
                </span>
                <Draw icon=Icon::Chevron class="icon--go"/>
            </div>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, last_days};
    use domain::service::Brief;

    #[test]
    fn only_the_last_days_are_shown_and_it_is_said_that_there_are_more() {
        let held: Vec<Brief> = [(2, 1), (9, 0), (2, 3), (5, 0)]
            .map(|(day, minute)| Brief { when: day * DAY + minute, ..Brief::default() })
            .into();
        let shown = |days| {
            let (sittings, earlier) = last_days(held.iter(), days);
            let sittings: Vec<(i64, Vec<i64>)> = sittings
                .into_iter()
                .map(|(day, of)| (day, of.iter().map(|it| it.when.rem_euclid(DAY)).collect()))
                .collect();
            (sittings, earlier)
        };
        assert_eq!(shown(2), (vec![(9, vec![0]), (5, vec![0])], true));
        assert_eq!(shown(3), (vec![(9, vec![0]), (5, vec![0]), (2, vec![3, 1])], false));
        assert_eq!(last_days([].into_iter(), 3), (Vec::new(), false));
    }
}
