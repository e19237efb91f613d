//! One line of the log.

use super::{Wanted, code};
use crate::components::{Draw, Icon, Status, Tone};
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::UserId;
use leptos::prelude::*;
use seal::AuditLine;
use seal::page::Author;
use std::collections::BTreeMap;

/// How an id is shown: its last figures, which are drawn at random. The whole one stands in the tip.
pub fn short(id: &[u8; 16]) -> String {
    let text = domain::id::hex(id);
    text.get(24..).unwrap_or_default().to_owned()
}

/// Deeds that nobody should pass over.
const GRAVE: [&str; 6] =
    ["break_glass", "history_rewritten", "wipe_ordered", "exported", "foreign_id", "sent_without_consent"];

/// What was exported: with names or without, of what kinds, and how many rows.
fn exported(words: Words, line: &AuditLine) -> String {
    let parts = line.reason.split('_').filter_map(|part| code(words, "audit_export", part));
    words.list(parts.chain([words.count(Key::AuditExportRows, line.figure)]))
}

/// Who did what to which record, when and on which device.
#[component]
pub fn Line(line: AuditLine, people: BTreeMap<UserId, Author>, wanted: RwSignal<Wanted>) -> impl IntoView {
    let words = use_words();
    let name = |id: UserId| people.get(&id).map(|it| it.name.clone());
    let what = code(words, "audit", &line.key).unwrap_or_else(|| words.get(Key::AuditUnknown));
    let prefix = if line.key == "opened" { "audit_why" } else { "audit_because" };
    let why = match line.key.as_str() {
        "exported" => Some(exported(words, &line)),
        _ => code(words, prefix, &line.reason),
    };
    let grave = GRAVE.contains(&line.key.as_str()) || !line.sound;
    let who = line.user.map(|user| {
        let shown = name(user).unwrap_or_else(|| short(&user.0));
        let only = move |_| wanted.update(|wanted| wanted.user = Some(user));
        view! { <button class="btn btn--quiet audit__only" type="button" on:click=only><bdi>{shown}</bdi></button> }
    });
    let nobody = line.user.is_none().then(|| words.get(Key::AuditServer));
    let device = line.enrolment.map(|id| words.with(Key::AuditDevice, &[("code", &short(&id.0))]));
    // Who did it to themselves is named once.
    let about = line.subject.filter(|id| line.user.is_none_or(|user| user.0 != **id));
    let about = about.map(|id| match name(UserId(*id)) {
        Some(name) => view! { <bdi>{name}</bdi> }.into_any(),
        None => {
            let only = move |_| wanted.update(|wanted| wanted.subject = Some(*id));
            view! {
                <button class="btn btn--quiet audit__only code ltr" type="button" title=domain::id::hex(&*id) on:click=only>
                    {short(&id)}
                </button>
            }
            .into_any()
        }
    });
    let toward = line.toward.map(|id| name(UserId(*id)).unwrap_or_else(|| short(&id)));
    // A device that was offline tells later: both times matter then.
    let later = line.received_at.abs_diff(line.at) >= 60_000;
    let heard =
        later.then(|| words.with(Key::AuditHeard, &[("when", &when::moment(words, line.received_at))]));
    let at = when::moment(words, line.at);
    let may_know = (line.key == "sealing_changed")
        .then(|| words.with(Key::AuditMayKnow, &[("n", &words.number(line.figure))]));
    let said = (!line.words.is_empty()).then(|| view! { <q dir="auto">{line.words.clone()}</q> });
    view! {
        <li>
            <div class="row">
                <span class="face" aria-hidden="true">
                    {if line.key == "opened" { view! { <Draw icon=Icon::Eye/> } } else { view! { <Draw icon=Icon::Shield/> } }}
                </span>
                <span class="row__main">
                    <span class="row__title">{what}{why.map(|why| format!(" · {why}"))}</span>
                    <span class="row__meta">
                        {who}
                        <span>{nobody}</span>
                        <span>{device}</span>
                        <span>{at}</span>
                        <span>{heard}</span>
                        <span>{may_know}</span>
                    </span>
                    {said}
                </span>
                <span class="row__side">
                    {grave.then(|| view! {
                        <Status tone=Tone::Attention>
                            {words.get(if line.sound { Key::AuditLook } else { Key::AuditUnsound })}
                        </Status>
                    })}
                    {toward.map(|toward| view! { <bdi>{toward}</bdi> })}
                    {about}
                </span>
            </div>
        </li>
    }
}
