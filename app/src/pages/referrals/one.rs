//! One referral: what is shared and why, where it stands, who did what when, and what may be done next.
//!
//! That a receiver opened it is stated by itself, once; and so is, when somebody of its sender opens it, that the consent
//! on which it rests was taken back where nobody knew of it. After a bad end its receiver holds nothing of the person
//! any more, and is told so.

use super::acting::state;
use super::shown::SharedList;
use super::steps::{Asked, Steps};
use super::withdrawing::without_consent;
use super::{Me, author, desk_label, due_words, shared_name};
use crate::components::{Back, Draw, Icon, Notice, Status as Dot, Tone};
use crate::device::{use_device, use_vault, use_vault_handle};
use crate::forms::{Forms, use_forms};
use crate::pages::group::NotHere;
use crate::pages::trouble::{NotRead, explain};
use crate::reads::Reading;
use crate::tables::{Tables, use_tables};
use crate::when;
use crate::words::{Key, use_words};
use domain::record::Event;
use domain::service::Referral;
use domain::service::brief::{Brief, minutes_of};
use domain::service::referral::{ReferralDraft, Status, StepSaid, allowed, step, withdraw};
use domain::{Change, Field, GroupRef, Kind, Record, RecordId, Value};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::{A, Redirect};
use leptos_router::hooks::use_params_map;
use seal::Why;
use store::{StoreError, Vault};

/// What the page shows.
#[derive(Clone, Debug, PartialEq)]
struct One {
    record: Record,
    /// Those that answer it or go on from it.
    follow: Vec<Brief>,
    /// Whom it is about, where that is known here.
    owner: Option<(RecordId, String)>,
    unsent: bool,
    me: Me,
    /// The consent that it names was taken back, and it does not say so yet.
    lost_its_consent: bool,
}

/// The page.
#[component]
pub fn ReferralPage() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    let tables = use_tables();
    crate::desk::title(words, Key::ReferOneTitle);
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| RecordId::parse(&id))));
    let reading = Reading::of_page(Why::Referral);
    let stated = StoredValue::new(None::<(RecordId, Status)>);
    let asked = Asked::new();
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let (vault, id) = (vault.clone(), id.get());
        async move {
            let Some(id) = id else { return Ok(None) };
            let one = read(&vault, id).await.map_err(|error| explain(&error))?;
            if let Some(one) = &one {
                reading.opened(&vault, id);
                // Stated once, whatever is drawn anew before that is saved.
                if let Some((to, changes)) = states_by_itself(one, tables)
                    && stated.try_get_value().flatten() != Some((id, to))
                {
                    let _ = stated.try_set_value(Some((id, to)));
                    let shared = Referral::of(&one.record).and_then(Referral::shared).unwrap_or_default();
                    let whom = shared_name(&shared);
                    // Should it not be saved, opening it the next time does.
                    let _ = state(device, &vault, changes, "referral_step", whom, id).await;
                }
            }
            Ok(one)
        }
    });
    let read = Memo::new(move |_| loaded.get());
    // One that was refused is no referral any more: it is written on.
    let drafts = use_vault();
    let written_on = LocalResource::new(move || {
        let (vault, id) = (drafts.clone(), id.get());
        async move {
            let draft = ReferralDraft::id_over(Some(id?), vault.identity().enrolment);
            let (_, note) = vault.draft(draft).await.ok()??;
            note.form.strip_prefix("refer/").map(|page| format!("/{page}"))
        }
    });
    let options = NavigateOptions { replace: true, ..Default::default() };
    move || {
        Some(match read.get()? {
            Ok(Some(one)) => view! { <Shown one asked/> }.into_any(),
            Ok(None) => match written_on.get().flatten() {
                Some(page) => view! { <Redirect path=page options=options.clone()/> }.into_any(),
                None => view! { <NotHere/> }.into_any(),
            },
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

/// What opening it states, where whoever opens it may: to its sender, that they have it; to its receiver, that the person
/// took back the consent.
fn states_by_itself(one: &One, tables: Tables) -> Option<(Status, Vec<Change>)> {
    let referral = Referral::of(&one.record)?;
    let (parties, status) = (one.me.parties(referral, tables), referral.status());
    let may = |to: Status| allowed(status, parties, one.me.role()).contains(&to);
    if one.lost_its_consent && may(Status::Cancelled) {
        let consent = one.record.shown(Field::REFERRAL_CONSENT).and_then(Value::as_ref)?;
        let told = withdraw(None, consent, core::slice::from_ref(&one.record), &when::local_minute());
        return Some((Status::Cancelled, told));
    }
    let opens = status == Status::Sent && parties.receiver && may(Status::Received);
    if !opens || one.me.knows_withdrawn(referral, tables) {
        return None;
    }
    let change = step(&one.record, Status::Received, &StepSaid::default()).ok().flatten()?;
    Some((Status::Received, vec![change]))
}

async fn read(vault: &Vault, id: RecordId) -> Result<Option<One>, StoreError> {
    let Some(record) = vault.record(id).await?.filter(|record| record.kind == Kind::REFERRAL) else {
        return Ok(None);
    };
    let services = vault.services().await?;
    let follow = services.iter().filter(|one| one.kind() == Kind::REFERRAL && one.follows == Some(id));
    let follow = follow.cloned().collect();
    let owner = owner_of(vault, &record).await?;
    let owner = owner.and_then(|owner| {
        let hit = vault.faces(&[owner]).remove(&owner)?;
        Some((owner, if hit.name.is_empty() { hit.group_ref } else { hit.name }))
    });
    let unsent = vault.unsent_records().await?.contains(&id);
    let me = Me::read(vault).await?;
    let lost_its_consent = !without_consent(vault, &[id]).await?.is_empty();
    Ok(Some(One { record, follow, owner, unsent, me, lost_its_consent }))
}

/// Whom a referral is about: of one that answers another, whom that is about.
async fn owner_of(vault: &Vault, record: &Record) -> Result<Option<RecordId>, StoreError> {
    let mut record = record.clone();
    // A chain that is longer than any that people make ends here too.
    for _ in 0..8 {
        let Some(referral) = Referral::of(&record) else { return Ok(None) };
        if let Some(owner) = referral.owner() {
            return Ok(Some(owner));
        }
        let Some(parent) = referral.parent() else { return Ok(None) };
        let Some(next) = vault.record(parent).await? else { return Ok(None) };
        record = next;
    }
    Ok(None)
}

#[component]
fn Shown(one: One, asked: Asked) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let tables = use_tables();
    let vault = use_vault();
    let One { record, follow, owner, unsent, me, .. } = one;
    let Some(referral) = Referral::of(&record) else { return ().into_any() };
    let parties = me.parties(referral, tables);
    let taken_back = me.knows_withdrawn(referral, tables);
    let status = match referral.status() {
        status if taken_back && status.is_open() => Status::Cancelled,
        status => status,
    };
    let own = |field: Field| referral.text(field).to_owned();
    let shared = referral.shared();
    let whom = owner.as_ref().map(|(_, name)| name.clone());
    let whom = whom.or_else(|| shared.as_ref().map(shared_name)).unwrap_or_default();
    let heading = if whom.is_empty() { words.get(Key::ReferOneTitle) } else { whom.clone() };
    let waits = unsent && status == Status::Sent;
    let code = if waits { "queued" } else { status.code() };
    let tone = match status {
        _ if waits => Tone::Unsent,
        Status::Closed => Tone::Sent,
        Status::Rejected | Status::ClosedNoService | Status::Cancelled => Tone::Attention,
        _ => Tone::Here,
    };
    let due = (status.is_open()).then(|| minutes_of(referral.text(Field::REFERRAL_DUE))).flatten();
    let due = due.filter(|_| status.awaits_answer());
    let urgency = own(Field::REFERRAL_URGENCY);
    let desk = desk_label(tables, forms, referral);
    let from = forms.code_label("institutions", &own(Field::REFERRAL_FROM));
    let from_desk = own(Field::REFERRAL_FROM_DESK);
    let from = if from_desk.is_empty() { from } else { forms.code_label("desks", &from_desk) };
    // Who took it, and when: read by who came second.
    let taken = referral.standing().filter(|(at, stated)| {
        !matches!(at, Status::Draft | Status::Sent | Status::Cancelled) && stated.author != me.0.user
    });
    let taken = taken.map(|(at, stated)| {
        let state = forms.code_label("referral_status", at.code());
        let who = author(words, tables, &vault, stated.author);
        words.with(
            Key::ReferTakenBy,
            &[("state", &state), ("who", &who), ("when", &when::moment(words, stated.at))],
        )
    });
    let mut facts: Vec<(Key, String)> = vec![
        (Key::ReferFrom, from),
        (Key::ReferDesk, desk),
        (Key::ReferSector, forms.code_label("referral_sectors", &own(Field::REFERRAL_SECTOR))),
        (Key::ReferUrgency, forms.code_label("referral_urgency", &urgency)),
        (Key::ReferReason, own(Field::REFERRAL_REASON)),
        (Key::ReferSentAt, in_words(words, &own(Field::REFERRAL_SENT_AT))),
        (Key::ReferDueAt, in_words(words, &own(Field::REFERRAL_DUE))),
        (Key::ReferOutcome, labelled(forms, "lists:referral_outcome", &own(Field::REFERRAL_OUTCOME))),
        (
            Key::ReferRejectWhy,
            labelled(forms, "referral_reject_reasons", &own(Field::REFERRAL_REJECT_REASON)),
        ),
        (Key::ReferAnswer, own(Field::REFERRAL_ANSWER)),
        (Key::ReferNext, own(Field::REFERRAL_NEXT)),
    ];
    if !own(Field::REFERRAL_OVERRIDE).is_empty() {
        facts.push((
            Key::ReferWithout,
            labelled(forms, "lists:referral_override", &own(Field::REFERRAL_OVERRIDE)),
        ));
    } else if !own(Field::REFERRAL_CONSENT_FORM).is_empty() && !taken_back {
        let form = labelled(forms, "lists:consent_form", &own(Field::REFERRAL_CONSENT_FORM));
        facts.push((Key::ReferConsent, form));
    }
    if let Some(seen) = record.shown(Field::REFERRAL_WITHDRAWN_SEEN).and_then(Value::as_text) {
        facts.push((Key::ReferSeenAt, in_words(words, seen)));
    }
    facts.retain(|(_, value)| !value.is_empty());
    let facts = facts.into_iter().map(|(key, value)| {
        view! { <div><dt>{move || words.get(key)}</dt><dd><bdi>{value}</bdi></dd></div> }
    });
    // What rested on a consent that was taken back elsewhere is told to nobody any more who holds no record of them.
    let emptied = shared.is_none() && owner.is_none() && status != Status::Draft;
    let ended = emptied || (parties.receiver && (status.ended_badly() || taken_back));
    let printed = |field| GroupRef::parse(referral.text(field)).ok().map(|it| it.to_string());
    let slip = (parties.sender && status != Status::Draft)
        .then(|| printed(Field::REFERRAL_REF).zip(printed(Field::REFERRAL_CODE)))
        .flatten();
    let id = record.id;
    let parent = referral.parent();
    let events: Vec<Event> = record.history();
    let person = owner.as_ref().filter(|_| me.holds_people()).map(|(owner, name)| (*owner, name.clone()));
    let withdrawn = parties.sender && taken_back && record.stated(Field::REFERRAL_SENT_AT).next().is_some();
    let acknowledged = record.stated(Field::REFERRAL_WITHDRAWN_SEEN).next().is_some();
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href="/referrals" label=Signal::derive(move || words.get(Key::ReferListTitle))/>
                    <h1 tabindex="-1"><bdi>{heading}</bdi></h1>
                    <p class="line" role="status">
                        <Dot tone>{move || forms.code_label("referral_status", code)}</Dot>
                        {due.map(|due| view! { <Due due/> })}
                    </p>
                </div>
                {slip.is_some().then(|| view! {
                    <A href=format!("/referrals/{id}/slip") attr:class="btn">
                        <Draw icon=Icon::Printer/>
                        {move || words.get(Key::ReferSlipSee)}
                    </A>
                })}
            </div>
            {taken.map(|taken| view! { <p class="note">{taken}</p> })}
            {waits.then(|| view! { <Notice icon=Icon::CloudOff>{move || words.get(Key::ReferQueuedNote)}</Notice> })}
            {ended.then(|| view! {
                <Notice class="notice--attention" icon=Icon::Lock>{move || words.get(Key::ReferGone)}</Notice>
            })}
            {withdrawn.then(|| view! {
                <Notice class="notice--attention" icon=Icon::Undo>
                    {move || words.get(if acknowledged { Key::ReferWithdrawnSeen } else { Key::ReferWithdrawnUnseen })}
                </Notice>
            })}
            <section class="card" aria-labelledby="refer-next-step">
                <div class="card__head">
                    <h2 class="card__title" id="refer-next-step">{move || words.get(Key::ReferNextStep)}</h2>
                </div>
                <Steps record=record.clone() parties role=me.role() withdrawn=taken_back whom asked/>
            </section>
            {slip.map(|(number, code)| view! {
                <section class="card" aria-labelledby="refer-slip">
                    <div class="card__head"><h2 class="card__title" id="refer-slip">{move || words.get(Key::ReferSlipTitle)}</h2></div>
                    <dl class="facts">
                        <div><dt>{move || words.get(Key::ReferSlipNumber)}</dt><dd class="code ltr">{number}</dd></div>
                        <div><dt>{move || words.get(Key::ReferSlipCode)}</dt><dd class="code ltr">{code}</dd></div>
                    </dl>
                </section>
            })}
            {shared.map(|shared| view! {
                <section class="card" aria-labelledby="refer-shared">
                    <div class="card__head"><h2 class="card__title" id="refer-shared">{move || words.get(Key::ReferShared)}</h2></div>
                    <SharedList shared words forms/>
                    {person.map(|(person, name)| view! {
                        <A href=format!("/people/{person}") attr:class="btn">
                            <Draw icon=Icon::Person/>{move || words.get(Key::PersonTitle)}
                            <span class="unseen">" "{name}</span>
                        </A>
                    })}
                </section>
            })}
            <section class="card" aria-labelledby="refer-facts">
                <div class="card__head"><h2 class="card__title" id="refer-facts">{move || words.get(Key::ReferOneTitle)}</h2></div>
                <dl class="facts">{facts.collect_view()}</dl>
                {parent.map(|parent| view! {
                    <p class="line"><A href=format!("/referrals/{parent}") attr:class="btn">
                        <Draw icon=Icon::Undo/>{move || words.get(Key::ReferParent)}
                    </A></p>
                })}
                <Follow follow/>
            </section>
            <Course events/>
        </main>
    }
    .into_any()
}

/// When an answer is due, marked when that is over.
#[component]
pub fn Due(
    /// Minutes since 1970.
    due: i64,
) -> impl IntoView {
    let words = use_words();
    let (late, text) = due_words(words, due);
    let (class, icon) = if late { ("chip chip--attention", Icon::Alert) } else { ("chip", Icon::Clock) };
    view! { <span class=class><Draw icon/>{text}</span> }
}

fn in_words(words: crate::words::Words, text: &str) -> String {
    if text.is_empty() { String::new() } else { when::day_and_time(words, text) }
}

fn labelled(forms: Forms, list: &str, code: &str) -> String {
    if code.is_empty() { String::new() } else { forms.code_label(list, code) }
}

/// Those that answer it or go on from it.
#[component]
fn Follow(follow: Vec<Brief>) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let links = follow.into_iter().map(|one| {
        let (to, state) =
            (forms.code_label("institutions", &one.to), forms.code_label("referral_status", &one.state));
        view! {
            <li><A href=format!("/referrals/{}", one.record) attr:class="btn">
                <Draw icon=Icon::Send/>{move || words.get(Key::ReferFollow)}" "{to}" · "{state}
            </A></li>
        }
    });
    view! { <ul class="stack">{links.collect_view()}</ul> }
}

/// Who brought it where, and when.
#[component]
fn Course(events: Vec<Event>) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let tables = use_tables();
    let vault = use_vault_handle();
    let lines = events.into_iter().filter_map(|event| {
        let code = event.steps.iter().find(|step| step.field == Field::REFERRAL_STATUS);
        let seen = event.steps.iter().any(|step| step.field == Field::REFERRAL_WITHDRAWN_SEEN);
        let told = match code.and_then(|step| step.value.as_text()) {
            Some(code) => forms.code_label("referral_status", code),
            None if seen => words.get(Key::ReferAcknowledged),
            None => return None,
        };
        let who = vault.with_value(|vault| author(words, tables, vault, event.author));
        let at = when::moment(words, event.at);
        Some(view! { <li><b>{told}</b>" · "<bdi>{who}</bdi>" · "{at}</li> })
    });
    view! {
        <section class="card" aria-labelledby="refer-history">
            <div class="card__head"><h2 class="card__title" id="refer-history">{move || words.get(Key::HistoryTitle)}</h2></div>
            <ol class="stack">{lines.collect_view()}</ol>
        </section>
    }
}
