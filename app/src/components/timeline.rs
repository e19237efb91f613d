//! The card of services of a person or a group: three ways to begin one, and the line of time of all that was done,
//! newest first, each with where it stands and what comes next. It tells no more than whoever reads may know.

use crate::components::{Draw, Icon, Status, Tone};
use crate::device::{use_device, use_vault, use_vault_handle};
use crate::forms::{Forms, use_forms};
use crate::pages::trouble::explain;
use crate::pages::work::{Held, day_words, moment_words, service_label, state_label};
use crate::tables::{Tables, use_tables};
use crate::words::{Key, Words, use_words};
use domain::service::Brief;
use domain::service::timeline::{Item, Next, What, timeline};
use domain::{Act, Kind, Record, RecordId, Role, may};
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::BTreeMap;
use std::rc::Rc;
use store::{StoreError, Vault};

/// Items shown before somebody asks for more.
const SHOWN: usize = 8;

/// Where somebody's services begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whose {
    /// The people whose services are told.
    pub people: Vec<RecordId>,
    /// The group, on the page of a group: what concerns it as a whole is told too, and each item says whose it is.
    pub group: Option<RecordId>,
    /// Who is spoken with and referred: the person, or who speaks for the group.
    pub lead: Option<RecordId>,
}

/// The card. Nothing can be begun where the group is only open for reading.
#[component]
pub fn Services(
    /// Whose.
    whose: Whose,
    /// The records of these people, which say when they were registered.
    records: Vec<Record>,
    /// Whether services may be begun here.
    own: bool,
) -> impl IntoView {
    let words = use_words();
    let role = Role::from_code(use_vault().identity().role);
    let begins = |kind| own && role.is_some_and(|role| may(role, Act::Register, kind));
    let give = match (whose.group, whose.lead) {
        (Some(group), _) => Some(format!("/groups/{group}/give")),
        (None, lead) => lead.map(|person| format!("/people/{person}/give")),
    };
    let session = if whose.group.is_some() { "session?family" } else { "session" };
    let at = |page: &str| whose.lead.map(|person| format!("/people/{person}/{page}"));
    let ways = [
        (begins(Kind::SESSION), at(session), Icon::People, Key::TimeSession),
        (begins(Kind::ASSISTANCE), give, Icon::Check, Key::TimeGive),
        (begins(Kind::REFERRAL), at("refer"), Icon::Send, Key::TimeRefer),
    ];
    let buttons: Vec<_> = ways
        .into_iter()
        .filter_map(|(may, href, icon, label)| Some((href.filter(|_| may)?, icon, label)))
        .map(|(href, icon, label)| {
            view! { <A href=href attr:class="btn"><Draw icon/>{move || words.get(label)}</A> }
        })
        .collect();
    let any = !buttons.is_empty();
    view! {
        <section class="card services" aria-labelledby="services">
            <div class="card__head"><h2 class="card__title" id="services">{move || words.get(Key::TimeServices)}</h2></div>
            {any.then(|| view! { <div class="services__begin">{buttons}</div> })}
            <h3 class="services__line">{move || words.get(Key::TimeTitle)}</h3>
            <Timeline whose records/>
        </section>
    }
}

/// An item with what its row shows.
#[derive(Clone, PartialEq)]
struct Told {
    item: Item,
    /// The service; `None` for a registration.
    brief: Option<Brief>,
    /// Whose it is, where several are told together; empty otherwise.
    name: String,
    /// Who began it.
    by: Option<String>,
}

/// The line of time.
#[derive(Clone, PartialEq)]
struct Line {
    told: Vec<Told>,
    reserved: u64,
}

impl Line {
    async fn read(
        vault: &Vault,
        tables: Tables,
        forms: Forms,
        whose: &Whose,
        records: &[Record],
    ) -> Result<Line, StoreError> {
        let about: Vec<RecordId> = whose.people.iter().copied().chain(whose.group).collect();
        let held = Held::of(vault, tables, Rc::new(vault.services_about(&about).await?)).await?;
        let people = records.iter().filter(|record| whose.people.contains(&record.id));
        let registered: Vec<(RecordId, i64)> =
            people.filter_map(|record| Some((record.id, held.local(begun_at(record)?)))).collect();
        let line = held.look(forms, |view| timeline(&held.briefs, &registered, view));
        let faces = if whose.group.is_some() { vault.faces(&whose.people) } else { BTreeMap::new() };
        let name = |id: Option<RecordId>| id.and_then(|id| faces.get(&id)).map(|hit| hit.name.clone());
        let author = |record: RecordId| {
            let record = records.iter().find(|it| it.id == record)?;
            let first =
                record.fields().flat_map(|field| record.known(field)).min_by_key(|it| (it.at, it.entry))?;
            vault.author_name(first.author)
        };
        let told = line.items.into_iter().map(|item| match item.what {
            What::Registered(person) => {
                let name = name(Some(person)).unwrap_or_default();
                Told { item, brief: None, name, by: author(person) }
            }
            What::Service(place) => {
                let brief = held.briefs.get(place).cloned();
                let owner = brief.as_ref().and_then(|brief| brief.owner.or(brief.people.first().copied()));
                let by = brief.as_ref().and_then(|brief| brief.by).and_then(|user| vault.author_name(user));
                Told { item, brief, name: name(owner).unwrap_or_default(), by }
            }
        });
        Ok(Line { told: told.collect(), reserved: line.reserved as u64 })
    }
}

/// When a record was begun, milliseconds since 1970.
fn begun_at(record: &Record) -> Option<u64> {
    record.fields().flat_map(|field| record.known(field)).map(|stated| stated.at).min()
}

#[component]
fn Timeline(whose: Whose, records: Vec<Record>) -> impl IntoView {
    let (words, forms, tables) = (use_words(), use_forms(), use_tables());
    let (device, vault) = (use_device(), use_vault_handle());
    let records = StoredValue::new_local(Rc::new(records));
    let read = LocalResource::new(move || {
        device.changed.track();
        let (vault, whose, records) = (vault.get_value(), whose.clone(), records.get_value());
        async move { Line::read(&vault, tables, forms, &whose, &records).await.map_err(|error| explain(&error)) }
    });
    let read = Memo::new(move |_| read.get());
    let all = RwSignal::new(false);
    move || {
        Some(match read.get()? {
            Err(key) => view! { <p role="alert">{move || words.get(key)}</p> }.into_any(),
            Ok(Line { told, reserved }) => {
                let earlier = told.len().saturating_sub(SHOWN) as u64;
                let rows = move || {
                    let shown = if all.get() { told.len() } else { SHOWN };
                    told.iter().take(shown).cloned().map(|told| view! { <Row told/> }).collect_view()
                };
                view! {
                    <ol class="history timeline">{rows}</ol>
                    <Show when=move || earlier != 0 && !all.get()>
                        <button class="btn btn--quiet" type="button" on:click=move |_| all.set(true)>
                            {move || words.count(Key::TimeEarlier, earlier)}
                        </button>
                    </Show>
                    {(reserved != 0).then(|| view! {
                        <p class="note line"><Draw icon=Icon::Lock/>{move || words.count(Key::HistoryReserved, reserved)}</p>
                    })}
                }
                .into_any()
            }
        })
    }
}

#[component]
fn Row(told: Told) -> impl IntoView {
    let (words, forms) = (use_words(), use_forms());
    let Told { item, brief, name, by } = told;
    let title = {
        let brief = brief.clone();
        move || match &brief {
            None => words.get(Key::TimeRegistered),
            Some(brief) => service_label(forms, brief),
        }
    };
    let title = match brief.as_ref().and_then(href) {
        Some(href) => view! { <A href=href attr:class="timeline__title">{title}</A> }.into_any(),
        None => view! { <span class="timeline__title">{title}</span> }.into_any(),
    };
    let parts = brief.clone().map(|brief| {
        let is_answer = brief.kind() == Kind::REFERRAL && brief.follows.is_some();
        let (kind, state, toward) = (brief.kind(), brief.clone(), brief);
        let state = move || Some(state_label(forms, &state)).filter(|state| !state.is_empty());
        view! {
            <span class="note">{move || forms.kind_one(kind)}</span>
            {move || state().map(|state| view! { <span class="chip">{state}</span> })}
            {is_answer.then(|| view! { <span class="chip">{move || words.get(Key::TimeBack)}</span> })}
            {move || toward_words(words, forms, &toward).map(|text| view! { <span class="note"><bdi>{text}</bdi></span> })}
        }
    });
    let next = move || next_words(words, item.next);
    let late = item.is_late;
    view! {
        <li>
            <p class="line">
                {title}
                {(!name.is_empty()).then(|| view! { <bdi>{name.clone()}</bdi> })}
                {parts}
                {item.is_corrected.then(|| view! { <span class="chip">{move || words.get(Key::TimeCorrected)}</span> })}
            </p>
            <p class="note line">
                <span>{move || moment_words(words, item.when)}</span>
                {by.map(|by| view! { <bdi>{by}</bdi> })}
            </p>
            {move || next().map(|next| view! {
                <p class="line timeline__next">
                    <Draw icon=Icon::ArrowRight class="icon--flip"/>
                    <span>{next}</span>
                    {late.then(|| view! { <Status tone=Tone::Attention>{move || words.get(Key::TimeLate)}</Status> })}
                </p>
            })}
        </li>
    }
}

/// Where a service is shown whole. A need is shown where it stands.
fn href(brief: &Brief) -> Option<String> {
    let id = brief.record;
    match brief.kind() {
        Kind::SESSION => Some(format!("/sessions/{id}")),
        Kind::ASSISTANCE => Some(format!("/assistance/{id}")),
        Kind::REFERRAL => Some(format!("/referrals/{id}")),
        _ => None,
    }
}

/// To whom a referral went, or how many people a session or a gift was for.
fn toward_words(words: Words, forms: Forms, brief: &Brief) -> Option<String> {
    match brief.kind() {
        Kind::REFERRAL if !brief.to.is_empty() => {
            Some(words.with(Key::WorkTo, &[("name", &forms.code_label("institutions", &brief.to))]))
        }
        Kind::SESSION | Kind::ASSISTANCE => {
            let people = brief.people.len() as u64 + u64::from(brief.heads);
            (people > 1).then(|| words.count(Key::People, people))
        }
        _ => None,
    }
}

fn next_words(words: Words, next: Next) -> Option<String> {
    let when = |key, when: String| Some(words.with(key, &[("when", &when)]));
    match next {
        Next::Nothing => None,
        Next::FollowUp(due) => when(Key::TimeNextFollowUp, day_words(words, due)),
        Next::Answer(0) => Some(words.get(Key::TimeNextOutcome)),
        Next::Answer(due) => when(Key::TimeNextAnswer, moment_words(words, due)),
        Next::Outcome => Some(words.get(Key::TimeNextOutcome)),
        Next::Give => Some(words.get(Key::TimeNextGive)),
        Next::Assess => Some(words.get(Key::TimeNextAssess)),
        Next::Acknowledge => Some(words.get(Key::TimeNextAcknowledge)),
        Next::Finish => Some(words.get(Key::TimeNextFinish)),
    }
}
