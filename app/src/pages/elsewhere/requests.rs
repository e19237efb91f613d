//! Requests to open what others registered: to be decided on, one's own, and what was opened in an emergency.

use super::asking::use_line;
use super::line::{ask, look};
use super::one::ground_words;
use super::place;
use crate::components::parts::focus_later;
use crate::components::{Draw, Icon, Notice, Status, Tone};
use crate::device::{use_device, use_vault};
use crate::forms::use_forms;
use crate::when;
use crate::words::{Key, use_words};
use domain::registration_group::GroupView;
use domain::{Individual, Kind, RecordId, UserId};
use leptos::prelude::*;
use leptos_router::components::A;
use seal::elsewhere::{Asked, Book, MOST_DAYS, Opened, Question, Standing, Told};
use std::collections::BTreeMap;

/// Whether somebody has to decide on a request, or take note of it.
fn waits(asked: &Asked) -> bool {
    match asked.ground {
        None => asked.standing == Standing::Open,
        Some(_) => !asked.seen,
    }
}

/// On the first page: what waits for whoever reads, and what is open to them. Nothing where there is nothing.
#[component]
pub fn AtHome() -> impl IntoView {
    let (words, device) = (use_words(), use_device());
    let counts = Memo::new(move |_| {
        device.requests.with(|book| {
            let book = book.as_deref()?;
            let open = book.mine.iter().filter(|it| it.standing == Standing::Granted).count() as u64;
            Some((book.waiting() as u64, open, !book.mine.is_empty() || !book.others.is_empty()))
        })
    });
    move || {
        let (waiting, open, any) = counts.get()?;
        any.then(|| {
            let (class, icon) =
                if waiting > 0 { ("notice--attention", Icon::Alert) } else { ("", Icon::Eye) };
            view! {
                <Notice class=class icon=icon>
                    {(waiting > 0).then(|| view! { <b>{move || words.count(Key::RequestsWaiting, waiting)}</b> " " })}
                    {(open > 0).then(|| view! { <span>{move || words.count(Key::RequestsOpenToMe, open)}</span> " " })}
                    <A href="/requests">{move || words.get(Key::RequestsTitle)}</A>
                </Notice>
            }
        })
    }
}

/// The page of requests.
#[component]
pub fn Requests() -> impl IntoView {
    let (words, device) = (use_words(), use_device());
    crate::desk::title(words, Key::RequestsTitle);
    let line = use_line();
    leptos::task::spawn_local(look(device));
    // Drawn anew only when a request changed: what somebody types into an answer stays.
    let book = Memo::new(move |_| device.requests.with(|book| book.as_deref().cloned()));
    let shown = move || {
        let Some(book) = book.get() else {
            return view! { <p class="soft" role="status">{move || words.get(Key::RequestsUnknown)}</p> }
                .into_any();
        };
        let Book { mine, others, people } = book;
        let names: BTreeMap<UserId, String> =
            people.into_iter().map(|author| (author.user, author.name)).collect();
        let nothing = mine.is_empty() && others.is_empty();
        let (waiting, done): (Vec<Asked>, Vec<Asked>) = others.into_iter().partition(waits);
        let part = |id: &'static str, title: Key, all: Vec<Asked>, own: bool| {
            let rows: Vec<_> = all
                .into_iter()
                .map(|asked| view! { <Request asked names=names.clone() own line/> })
                .collect();
            (!rows.is_empty()).then(|| view! {
                <section class="card card--flush" aria-labelledby=id>
                    <div class="card__head"><h2 class="card__title" id=id>{move || words.get(title)}</h2></div>
                    <ul class="rows">{rows}</ul>
                </section>
            })
        };
        view! {
            {part("requests-waiting", Key::RequestsToDecide, waiting, false)}
            {part("requests-mine", Key::RequestsMine, mine, true)}
            {part("requests-done", Key::RequestsDone, done, false)}
            {nothing.then(|| view! { <p class="soft">{move || words.get(Key::RequestsNone)}</p> })}
        }
        .into_any()
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <h1 tabindex="-1">{move || words.get(Key::RequestsTitle)}</h1>
            <p class="soft">{move || words.get(Key::RequestsText)}</p>
            <Show when=move || !line.get()>
                <p class="note">{move || words.get(Key::RequestsNeedLine)}</p>
            </Show>
            <div class="stack">{shown}</div>
        </main>
    }
}

#[component]
fn Request(asked: Asked, names: BTreeMap<UserId, String>, own: bool, line: Signal<bool>) -> impl IntoView {
    let (words, forms) = (use_words(), use_forms());
    let Asked { request, user, organisation, site, group, at, ground, reason, standing, until, .. } =
        asked.clone();
    let name = |user: UserId| names.get(&user).cloned().unwrap_or_else(|| words.get(Key::AColleague));
    let who = if own { String::new() } else { name(user) };
    let by = asked.by.map(name);
    let place = move || place(words, forms, &organisation, &site);
    let (tone, key) = match standing {
        Standing::Open => (Tone::Attention, Key::RequestOpen),
        Standing::Granted => (Tone::Sent, Key::RequestGranted),
        Standing::Refused => (Tone::Error, Key::RequestRefused),
        Standing::Ended => (Tone::Offline, Key::RequestEnded),
    };
    let title = move || match (own, ground) {
        (true, None) => words.with(Key::RequestOwn, &[("place", &place())]),
        (true, Some(_)) => words.with(Key::EmergencyOwn, &[("place", &place())]),
        (false, None) => words.with(Key::RequestOf, &[("name", &who), ("place", &place())]),
        (false, Some(_)) => words.with(Key::EmergencyOf, &[("name", &who), ("place", &place())]),
    };
    let until_words = (until > 0).then_some(move || {
        let key = if standing == Standing::Ended { Key::RequestUntilPast } else { Key::RequestUntil };
        words.with(key, &[("when", &when::moment(words, until))])
    });
    let answer = (!asked.answer.is_empty()).then(|| asked.answer.clone());
    let by = by.map(|by| {
        let key = if ground.is_some() { Key::RequestSeenBy } else { Key::RequestAnsweredBy };
        move || words.with(key, &[("name", &by)])
    });
    let opened = (!own && asked.ground.is_some() || !asked.opened.is_empty())
        .then(|| view! { <WasOpened opened=asked.opened.clone()/> });
    let decide = (!own && standing == Standing::Open).then(|| view! { <Decide request line/> });
    let can_end = standing == Standing::Granted;
    let can_see = !own && ground.is_some() && !asked.seen;
    let link = group.filter(|_| !own || standing == Standing::Granted);
    view! {
        <li>
            <div class="section stack request">
                <p class="line">
                    <b>{title}</b>
                    <Status tone>{move || words.get(key)}</Status>
                </p>
                <p class="note line">
                    <span>{move || when::moment(words, at)}</span>
                    {until_words.map(|text| view! { <span>{text}</span> })}
                    {ground.map(|ground| view! { <span class="chip chip--attention">{move || words.get(ground_words(ground))}</span> })}
                </p>
                <p class="request__why"><span class="note">{move || words.get(Key::RequestWhy)}" "</span><bdi>{reason}</bdi></p>
                {answer.map(|answer| view! {
                    <p class="request__why"><span class="note">{move || words.get(Key::RequestAnswer)}" "</span><bdi>{answer}</bdi></p>
                })}
                {by.map(|by| view! { <p class="note">{by}</p> })}
                {link.map(|group| view! { <GroupLink group/> })}
                {opened}
                {decide}
                {(can_end || can_see).then(|| view! {
                    <div class="line">
                        {can_see.then(|| view! { <Deed question=Question::Seen { request } label=Key::EmergencySeen primary=true line/> })}
                        {can_end.then(|| view! { <Deed question=Question::End { request } label=Key::RequestEnd primary=false line/> })}
                    </div>
                })}
            </div>
        </li>
    }
}

/// The group that a request is about: its reference, where it lies here.
#[component]
fn GroupLink(group: RecordId) -> impl IntoView {
    let (words, device) = (use_words(), use_device());
    let vault = use_vault();
    let reference = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        async move { vault.record(group).await.ok().flatten().map(|record| GroupView::from_record(&record)) }
    });
    move || {
        reference.get().flatten().map(|view| {
            let reference = view.printed_ref().unwrap_or_default();
            view! {
                <p class="line">
                    <A href=format!("/groups/{group}") attr:class="btn">
                        <Draw icon=Icon::People/>
                        {move || words.get(Key::RequestRead)}" "<span class="code ltr">{reference}</span>
                    </A>
                </p>
            }
        })
    }
}

/// What was opened of the group, by name where it lies here.
#[component]
fn WasOpened(opened: Vec<Opened>) -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    if opened.is_empty() {
        return view! { <p class="note">{move || words.get(Key::OpenedNothing)}</p> }.into_any();
    }
    let lines = LocalResource::new(move || {
        let (vault, opened) = (vault.clone(), opened.clone());
        async move {
            let mut lines = Vec::with_capacity(opened.len());
            for Opened { record, at } in opened {
                let held = vault.record(record).await.ok().flatten();
                let name = held.filter(|held| held.kind == Kind::INDIVIDUAL);
                let name = name.map(|person| Individual::from_record(&person).display_name());
                lines.push((name.filter(|name| !name.is_empty()), at));
            }
            lines
        }
    });
    let shown = move || {
        let rows = lines.get()?.into_iter().map(|(name, at)| {
            let what = name.unwrap_or_else(|| words.get(Key::Family));
            view! { <li><bdi>{what}</bdi>" · "<span class="note">{when::moment(words, at)}</span></li> }
        });
        Some(rows.collect_view())
    };
    view! {
        <details class="opened">
            <summary>{move || words.get(Key::OpenedWhat)}</summary>
            <ul>{shown}</ul>
        </details>
    }
    .into_any()
}

/// Something done with one tap, and what came of it where that was nothing.
#[component]
fn Deed(question: Question, label: Key, primary: bool, line: Signal<bool>) -> impl IntoView {
    let (words, device) = (use_words(), use_device());
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Key>);
    let act = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let question = question.clone();
        leptos::task::spawn_local(async move {
            let told = ask(device, question).await;
            busy.try_set(false);
            trouble.try_set(told.err());
        });
    };
    let class = if primary { "btn btn--primary" } else { "btn" };
    view! {
        <button class=class type="button" disabled=move || !line.get() aria-busy=move || busy.get().to_string() on:click=act>
            {move || words.get(label)}
        </button>
        <span class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</span>
    }
}

/// Yes for so many days, or no and why.
#[component]
fn Decide(request: minicbor::bytes::ByteArray<16>, line: Signal<bool>) -> impl IntoView {
    let (words, device) = (use_words(), use_device());
    let refuses = RwSignal::new(false);
    let days = RwSignal::new("7".to_owned());
    let reason = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Key>);
    let tag: String = domain::id::hex(&*request).chars().take(8).collect();
    let (days_id, reason_id) = (format!("days-{tag}"), format!("answer-{tag}"));
    let (fault_id, first) = (format!("{reason_id}-fault"), days_id.clone());
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let refusing = refuses.get_untracked();
        let granted = days.with_untracked(|days| days.trim().parse::<u8>().ok());
        let days = match granted.filter(|days| (1..=MOST_DAYS).contains(days)) {
            _ if refusing => 0,
            Some(days) => days,
            None => {
                trouble.set(Some(Key::RequestDaysFault));
                return focus_later(first.clone());
            }
        };
        let reason = reason.get_untracked();
        if refusing && reason.trim().chars().count() < 10 {
            return trouble.set(Some(Key::RequestReasonShort));
        }
        busy.set(true);
        leptos::task::spawn_local(async move {
            let told = ask(device, Question::Answer { request, days, reason }).await;
            busy.try_set(false);
            trouble.try_set(match told {
                Ok(Told::ReasonTooShort) => Some(Key::RequestReasonShort),
                Ok(_) => None,
                Err(key) => Some(key),
            });
        });
    };
    let ways = [(false, Key::RequestYes), (true, Key::RequestNo)].map(|(refusal, key)| {
        view! {
            <label class="choice">
                <input type="radio" name=format!("way-{tag}") prop:checked=move || refuses.get() == refusal
                    on:change=move |_| refuses.set(refusal)/>
                <span>{move || words.get(key)}</span>
            </label>
        }
    });
    let class = move || if trouble.get().is_some() { "field field--error" } else { "field" };
    view! {
        <form class="stack" on:submit=send novalidate>
            <fieldset class="field">
                <legend class="field__label">{move || words.get(Key::RequestDecide)}</legend>
                <div class="choices">{ways.into_iter().collect_view()}</div>
            </fieldset>
            <div class="field" hidden=move || refuses.get()>
                <label class="field__label" for=days_id.clone()>{move || words.get(Key::RequestDays)}</label>
                <input class="input input--2" id=days_id inputmode="numeric" maxlength="2" autocomplete="off"
                    prop:value=days on:input=move |event| days.set(event_target_value(&event))/>
            </div>
            <div class=class>
                <label class="field__label" for=reason_id.clone()>
                    {move || words.get(if refuses.get() { Key::RequestWhyNot } else { Key::RequestRemark })}
                </label>
                <p class="field__error" role="alert" id=fault_id.clone()>{move || trouble.get().map(|key| words.get(key))}</p>
                <textarea class="input" id=reason_id rows="2" maxlength="1000" aria-describedby=fault_id
                    prop:value=reason on:input=move |event| reason.set(event_target_value(&event))></textarea>
            </div>
            <button class="btn btn--primary" type="submit" disabled=move || !line.get() aria-busy=move || busy.get().to_string()>
                {move || words.get(Key::RequestAnswerSend)}
            </button>
        </form>
    }
}
