//! The log of deeds and readings, for auditors: who did what to which record, when and on which device. It names staff
//! and nobody who was registered. It lies on the server alone, so it needs a line and says so.

mod line;

use crate::components::fields::TextField;
use crate::components::{Draw, Icon, Notice};
use crate::courier;
use crate::device::use_vault_handle;
use crate::when;
use crate::words::{Key, Words, use_words};
use api::ApiError;
use domain::UserId;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use line::Line;
use seal::audit_page::ChainState;
use seal::page::Author;
use seal::{AuditLine, AuditQuery};
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;
use store::Vault;

/// Lines of a page.
const LINES: u32 = 50;

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wanted {
    user: Option<UserId>,
    subject: Option<[u8; 16]>,
    /// First and last millisecond of a day, with the day as chosen.
    day: Option<(String, u64, u64)>,
}

/// What was heard so far.
#[derive(Clone, Default)]
struct Heard {
    lines: Vec<AuditLine>,
    people: BTreeMap<UserId, Author>,
    chain: ChainState,
    next: Option<u64>,
}

/// How it stands with asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asking {
    Under,
    Done,
    Failed(Key),
}

/// The page.
#[component]
pub fn Audit() -> impl IntoView {
    let words = use_words();
    let vault = use_vault_handle();
    crate::desk::title(words, Key::AuditTitle);
    let asked = use_query_map().with_untracked(|query| query.get("record").and_then(|id| id_of(&id)));
    let wanted = RwSignal::new(Wanted { subject: asked, ..Wanted::default() });
    let heard = RwSignal::new(Heard::default());
    let asking = RwSignal::new(Asking::Under);
    let ask = move |more: bool| {
        let (vault, now) = (vault.get_value(), wanted.get_untracked());
        let before = heard.with_untracked(|heard| heard.next).filter(|_| more);
        asking.set(Asking::Under);
        leptos::task::spawn_local(async move {
            let answer = page(&vault, &now, before).await;
            // Somebody asked for something else meanwhile, or left.
            if wanted.try_get_untracked() != Some(now) {
                return;
            }
            match answer {
                Ok(page) => {
                    heard.update(|heard| {
                        if !more {
                            heard.lines.clear();
                        }
                        heard.lines.extend(page.lines);
                        heard.people.extend(page.people.into_iter().map(|it| (it.user, it)));
                        (heard.chain, heard.next) = (page.chain, page.next);
                    });
                    asking.set(Asking::Done);
                }
                Err(key) => asking.set(Asking::Failed(key)),
            }
        });
    };
    Effect::new(move |_| {
        wanted.track();
        heard.update(|heard| {
            *heard = Heard { people: core::mem::take(&mut heard.people), ..Heard::default() }
        });
        ask(false);
    });
    let failed = move || match asking.get() {
        Asking::Failed(key) => Some(key),
        _ => None,
    };
    let empty = move || asking.get() == Asking::Done && heard.with(|heard| heard.lines.is_empty());
    let rows = move || {
        heard.with(|heard| {
            let rows = heard.lines.iter().map(|line| {
                view! { <Line line=line.clone() people=heard.people.clone() wanted/> }
            });
            rows.collect_view()
        })
    };
    view! {
        <main class="page audit" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <h1 tabindex="-1">{move || words.get(Key::AuditTitle)}</h1>
                    <p class="soft">{move || words.get(Key::AuditAbout)}</p>
                </div>
                <button class="btn" type="button" on:click=move |_| ask(false)
                    aria-busy=move || (asking.get() == Asking::Under).to_string()>
                    <Draw icon=Icon::Refresh/>
                    {move || words.get(Key::AuditAgain)}
                </button>
            </div>
            <div role="status">
                {move || failed().map(|key| view! { <Notice icon=Icon::CloudOff>{move || words.get(key)}</Notice> })}
                {move || heard.with(|heard| (asking.get() == Asking::Done).then(|| view! { <Chain chain=heard.chain.clone()/> }))}
            </div>
            <Filters wanted heard/>
            <Show when=empty>
                <p class="card">{move || words.get(Key::AuditNothing)}</p>
            </Show>
            <Show when=move || heard.with(|heard| !heard.lines.is_empty())>
                <ul class="rows card card--flush sends" aria-label=move || words.get(Key::AuditTitle)>{rows}</ul>
            </Show>
            <Show when=move || heard.with(|heard| heard.next.is_some())>
                <button class="btn" type="button" on:click=move |_| ask(true)>
                    {move || words.get(Key::AuditEarlier)}
                </button>
            </Show>
        </main>
    }
}

/// How the chain stands, as the server tells.
#[component]
fn Chain(chain: ChainState) -> impl IntoView {
    let words = use_words();
    let number = |number: u64| words.number(number);
    let checkpoint = (chain.checkpoint != 0).then(|| {
        let (at, serial) = (when::moment(words, chain.checkpoint_at), number(chain.checkpoint));
        words.with(Key::AuditCheckpoint, &[("n", &serial), ("when", &at)])
    });
    let faulty = match chain.broken_at {
        Some(at) => Some(words.with(Key::AuditBroken, &[("n", &number(at))])),
        None => (chain.contradicted != 0).then(|| words.get(Key::AuditRewritten)),
    };
    match faulty {
        Some(fault) => view! {
            <Notice class="notice--attention" icon=Icon::Alert>{fault}" "{checkpoint}</Notice>
        }
        .into_any(),
        None => {
            let (to, all) = (number(chain.verified), number(chain.rows));
            let whole = words.with(Key::AuditWhole, &[("n", &to), ("all", &all)]);
            view! { <Notice class="notice--ok" icon=Icon::Shield>{whole}" "{checkpoint}</Notice> }.into_any()
        }
    }
}

/// What narrows the list: a person and a record are chosen in a line, or a record's id is pasted.
#[component]
fn Filters(wanted: RwSignal<Wanted>, heard: RwSignal<Heard>) -> impl IntoView {
    let words = use_words();
    let typed = RwSignal::new(String::new());
    let odd = RwSignal::new(false);
    let take = Callback::new(move |()| {
        let text = typed.get_untracked();
        let id = id_of(&text);
        odd.set(id.is_none() && !text.trim().is_empty());
        if id.is_some() {
            typed.set(String::new());
            wanted.update(|wanted| wanted.subject = id);
        }
    });
    let fault = Signal::derive(move || odd.get().then(|| words.get(Key::AuditNoId)));
    let choose = move |event: leptos::ev::Event| {
        let text = event_target_value(&event);
        wanted
            .update(|wanted| wanted.day = when::day_between(&text).map(|(from, until)| (text, from, until)));
    };
    let day = move || wanted.with(|wanted| wanted.day.clone().map(|(text, ..)| text).unwrap_or_default());
    let person = move || {
        let user = wanted.with(|wanted| wanted.user)?;
        let name = heard.with(|heard| heard.people.get(&user).map(|it| it.name.clone()));
        let drop = move |_| wanted.update(|wanted| wanted.user = None);
        Some(view! { <Chosen text=name.unwrap_or_else(|| line::short(&user.0)) on_drop=drop/> })
    };
    let record = move || {
        let id = wanted.with(|wanted| wanted.subject)?;
        let drop = move |_| wanted.update(|wanted| wanted.subject = None);
        Some(view! { <Chosen text=line::short(&id) on_drop=drop/> })
    };
    view! {
        <form class="card audit__filters" on:submit=move |event| { event.prevent_default(); take.run(()); }>
            <TextField id="audit-record" label=Key::AuditRecord value=typed fault
                on_type=move |text| typed.set(text) on_leave=take hint=Key::AuditRecordHint/>
            <div class="field">
                <label class="field__label" for="audit-day">{move || words.get(Key::AuditDay)}</label>
                <input class="input" id="audit-day" type="date" prop:value=day on:change=choose/>
            </div>
            <p class="line">{person}{record}</p>
        </form>
    }
}

/// Something that narrows the list, and the way to drop it.
#[component]
fn Chosen(text: String, on_drop: impl Fn(leptos::ev::MouseEvent) + 'static) -> impl IntoView {
    let words = use_words();
    let named = text.clone();
    view! {
        <span class="chip chip--picked">
            <bdi>{text}</bdi>
            <button class="chip__drop" type="button" on:click=on_drop>
                <Draw icon=Icon::X/>
                <span class="unseen">{move || words.with(Key::AuditDrop, &[("what", &named)])}</span>
            </button>
        </span>
    }
}

/// Asks for a page of the log; signs in anew where the session has ended. The error is a sentence.
async fn page(vault: &Vault, wanted: &Wanted, before: Option<u64>) -> Result<seal::AuditPage, Key> {
    let query = AuditQuery {
        user: wanted.user,
        from: wanted.day.as_ref().map(|(_, from, _)| *from),
        until: wanted.day.as_ref().map(|(_, _, until)| *until),
        ..AuditQuery::default()
    };
    let query = query.about(wanted.subject).to_bytes();
    let nonce: [u8; 16] = store::random();
    let ask = || api::audit_page(ByteBuf::from(query.clone()), before, LINES, ByteBuf::from(nonce));
    let mut answer = ask().await;
    if answer == Err(ApiError::NotSignedIn) && courier::sign_in(vault).await {
        answer = ask().await;
    }
    let answer = answer.map_err(|error| match error {
        ApiError::Refused | ApiError::NotHere => Key::AuditNotYours,
        ApiError::NotSignedIn => Key::TroubleNotSignedIn,
        ApiError::TooMany { .. } => Key::TroubleTooMany,
        ApiError::NoAnswer => Key::AuditOffline,
        _ => Key::TroubleServerUnavailable,
    })?;
    vault.audit_page(&answer, &nonce).map_err(|_| Key::TroubleWrongSignature)
}

/// An id as somebody pastes it: 32 figures and letters, with or without anything in between, or an address that ends so.
fn id_of(text: &str) -> Option<[u8; 16]> {
    let last = text.trim().trim_end_matches('/').rsplit('/').next()?;
    let plain: String = last.chars().filter(char::is_ascii_alphanumeric).collect();
    domain::id::from_hex(&plain.to_ascii_lowercase())
}

/// A short code in words, where there are words for it.
fn code(words: Words, prefix: &str, code: &str) -> Option<String> {
    (!code.is_empty()).then(|| words.named(&format!("{prefix}_{code}")).unwrap_or_else(|| code.to_owned()))
}

#[cfg(test)]
mod tests;
