//! Somebody like this is registered there: asking to open them, or opening them in an emergency.

use super::line::{ask, look};
use super::place;
use crate::components::parts::focus_later;
use crate::components::{Busy, Draw, Icon};
use crate::device::{Device, use_device, use_vault_handle};
use crate::forms::use_forms;
use crate::words::{Key, use_words};
use domain::RecordId;
use domain::elsewhere::Sure;
use leptos::prelude::*;
use leptos_router::components::A;
use minicbor::bytes::{ByteArray, ByteVec};
use seal::elsewhere::{
    Asked, Book, Ground, LONGEST_REASON, Question, SHORTEST_REASON, Somebody, Standing, Told,
};
use std::collections::BTreeSet;

/// What is wanted of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Ask,
    Emergency,
}

/// What came of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Nothing,
    Sending,
    Done(Way),
    Trouble(Key),
}

/// The words of a ground.
pub fn ground_words(ground: Ground) -> Key {
    match ground {
        Ground::Life => Key::GroundLife,
        Ground::ChildAlone => Key::GroundChildAlone,
        Ground::Deportation => Key::GroundDeportation,
        Ground::Other => Key::GroundOther,
    }
}

/// A row of what was found elsewhere, with what can be done about it.
#[component]
pub fn One(somebody: Somebody, line: Signal<bool>) -> impl IntoView {
    let (words, forms, device) = (use_words(), use_forms(), use_device());
    let Somebody { site, organisation, sure, handle } = somebody;
    let way = RwSignal::new(None::<Way>);
    let outcome = RwSignal::new(Outcome::Nothing);
    let before = RwSignal::new(None::<BTreeSet<ByteArray<16>>>);
    let sure = match sure {
        Sure::Document => Key::SureDocument,
        Sure::NamesAndYear => Key::SureNames,
        Sure::Similar => Key::SureSimilar,
    };
    let place = move || place(words, forms, &organisation, &site);
    // Of several results each has inputs of its own.
    let tag = domain::id::hex(&seal::short_digest(&handle)).chars().take(8).collect::<String>();
    let reason_id = format!("reason-{tag}");
    let choose = {
        let reason_id = reason_id.clone();
        move |wanted| {
            way.set(Some(wanted));
            focus_later(reason_id.clone());
        }
    };
    let choose_emergency = choose.clone();
    let form = move || {
        let (reason_id, handle) = (reason_id.clone(), handle.clone());
        way.get().map(|way| view! { <Reason way handle reason_id outcome before line/> })
    };
    let shown = move || match outcome.get() {
        Outcome::Done(Way::Ask) => view! {
            <p role="status">
                {words.get(Key::RequestSent)}" "<A href="/requests">{words.get(Key::RequestsTitle)}</A>
            </p>
        }
        .into_any(),
        Outcome::Done(Way::Emergency) => view! { <Arriving device before/> }.into_any(),
        Outcome::Nothing | Outcome::Sending | Outcome::Trouble(_) => form().into_any(),
    };
    let is_done = move || matches!(outcome.get(), Outcome::Done(_));
    view! {
        <li>
            <div class="section stack">
                <p class="line">
                    <b>{move || words.with(Key::ElsewhereOne, &[("place", &place())])}</b>
                    <span class="chip">{move || words.get(sure)}</span>
                </p>
                <Show when=move || way.get().is_none() && !is_done()>
                    <div class="line">
                        <button class="btn" type="button" on:click={let choose = choose.clone(); move |_| choose(Way::Ask)}>
                            {move || words.get(Key::RequestAsk)}
                        </button>
                        <button class="btn btn--danger" type="button"
                            on:click={let choose = choose_emergency.clone(); move |_| choose(Way::Emergency)}>
                            <Draw icon=Icon::Alert/>
                            {move || words.get(Key::EmergencyOpen)}
                        </button>
                    </div>
                </Show>
                {shown}
            </div>
        </li>
    }
}

/// Why, and on what ground.
#[component]
fn Reason(
    way: Way,
    handle: ByteVec,
    reason_id: String,
    outcome: RwSignal<Outcome>,
    before: RwSignal<Option<BTreeSet<ByteArray<16>>>>,
    line: Signal<bool>,
) -> impl IntoView {
    let (words, device) = (use_words(), use_device());
    let reason = RwSignal::new(String::new());
    let ground = RwSignal::new(None::<Ground>);
    let fault = RwSignal::new(None::<Key>);
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if outcome.get_untracked() == Outcome::Sending {
            return;
        }
        let (handle, reason) = (handle.clone(), reason.get_untracked());
        let said = reason.trim().chars().count();
        let question = match (way, ground.get_untracked()) {
            (Way::Ask, _) if said < 10 => return fault.set(Some(Key::RequestReasonShort)),
            (Way::Ask, _) => Question::AskToOpen { handle, reason },
            (Way::Emergency, None) => return fault.set(Some(Key::GroundMissing)),
            (Way::Emergency, _) if said < SHORTEST_REASON => {
                return fault.set(Some(Key::EmergencyReasonShort));
            }
            (Way::Emergency, Some(ground)) => Question::BreakGlass { handle, ground, reason },
        };
        fault.set(None);
        outcome.set(Outcome::Sending);
        leptos::task::spawn_local(async move {
            if way == Way::Emergency {
                // What was opened before is told from what this opens by looking first.
                look(device).await;
                before.try_set(
                    device.requests.with_untracked(|book| book.as_ref().map(|book| emergencies(book))),
                );
            }
            let told = match ask(device, question).await {
                Ok(Told::Done) => Outcome::Done(way),
                Ok(Told::ReasonTooShort) if way == Way::Ask => Outcome::Trouble(Key::RequestReasonShort),
                Ok(Told::ReasonTooShort) => Outcome::Trouble(Key::EmergencyReasonShort),
                Ok(Told::EnoughForToday) => Outcome::Trouble(Key::EmergencyEnough),
                Ok(_) => Outcome::Trouble(Key::ElsewhereNoAnswer),
                Err(key) => Outcome::Trouble(key),
            };
            outcome.try_set(told);
        });
    };
    let trouble = move || match outcome.get() {
        Outcome::Trouble(key) => Some(words.get(key)),
        _ => fault.get().filter(|key| *key != Key::GroundMissing).map(|key| words.get(key)),
    };
    let no_ground = move || fault.get() == Some(Key::GroundMissing);
    let ground_fault = format!("{reason_id}-ground-fault");
    let ground_described = ground_fault.clone();
    let grounds = (way == Way::Emergency).then(|| {
        let choices = Ground::ALL.map(|one| {
            view! {
                <label class="choice">
                    <input type="radio" name=format!("{reason_id}-ground") prop:checked=move || ground.get() == Some(one)
                        on:change=move |_| ground.set(Some(one))/>
                    <span>{move || words.get(ground_words(one))}</span>
                </label>
            }
        });
        view! {
            <p class="note">{move || words.get(Key::EmergencyText)}</p>
            <fieldset class=move || if no_ground() { "field field--error" } else { "field" }
                aria-describedby=ground_described>
                <legend class="field__label">{move || words.get(Key::GroundLabel)}</legend>
                <p class="field__error" role="alert" id=ground_fault>
                    {move || no_ground().then(|| words.get(Key::GroundMissing))}
                </p>
                <div class="choices">{choices.into_iter().collect_view()}</div>
            </fieldset>
        }
    });
    let (label, hint, button) = match way {
        Way::Ask => (Key::RequestReason, Key::RequestReasonHint, Key::RequestSend),
        Way::Emergency => (Key::EmergencyReason, Key::EmergencyReasonHint, Key::EmergencyConfirm),
    };
    let class = if way == Way::Ask { "btn btn--primary" } else { "btn btn--danger" };
    let (hint_id, fault_id) = (format!("{reason_id}-hint"), format!("{reason_id}-fault"));
    view! {
        <form class="stack" on:submit=send novalidate>
            {grounds}
            <div class=move || if trouble().is_some() { "field field--error" } else { "field" }>
                <label class="field__label" for=reason_id.clone()>{move || words.get(label)}</label>
                <p class="field__hint" id=hint_id.clone()>{move || words.get(hint)}</p>
                <p class="field__error" role="alert" id=fault_id.clone()>{trouble}</p>
                <textarea class="input" id=reason_id rows="3" maxlength=LONGEST_REASON
                    aria-describedby=format!("{hint_id} {fault_id}")
                    prop:value=reason on:input=move |event| reason.set(event_target_value(&event))></textarea>
            </div>
            <button class=class type="submit" disabled=move || !line.get()
                aria-busy=move || (outcome.get() == Outcome::Sending).to_string()>
                {move || words.get(button)}
            </button>
        </form>
    }
}

/// One's own emergencies that are in a book.
fn emergencies(book: &Book) -> BTreeSet<ByteArray<16>> {
    book.mine.iter().filter(|it| it.ground.is_some()).map(|it| it.request).collect()
}

/// What is known of an emergency that was opened just now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opened {
    /// The book is not here yet, or the group is not.
    OnTheWay,
    /// It lies here.
    Here(RecordId),
    /// Nothing new was opened: it was open before.
    Before,
}

/// What was opened is on its way; the link to it once it lies here.
#[component]
fn Arriving(
    device: Device,
    /// The emergencies that were in the book before this one, where there was a book.
    before: RwSignal<Option<BTreeSet<ByteArray<16>>>>,
) -> impl IntoView {
    let words = use_words();
    let vault = use_vault_handle();
    let opened = Memo::new(move |_| {
        device.changed.track();
        device.requests.with(|book| {
            let Some(book) = book else { return Opened::OnTheWay };
            let known = before.get();
            // The newest stands first: without a book from before it is this one.
            let is_new = |it: &&Asked| known.as_ref().is_none_or(|known| !known.contains(&it.request));
            let mut new = book.mine.iter().filter(|it| it.ground.is_some()).filter(is_new);
            match new.find(|it| it.standing == Standing::Granted) {
                None => Opened::Before,
                Some(asked) => {
                    let here = asked.group.filter(|group| vault.with_value(|vault| vault.holds(*group)));
                    here.map_or(Opened::OnTheWay, Opened::Here)
                }
            }
        })
    });
    move || match opened.get() {
        Opened::Before => view! {
            <p role="status" class="line">
                <span>{words.get(Key::EmergencyOpenBefore)}</span>
                <A href="/requests" attr:class="btn">{words.get(Key::RequestsTitle)}</A>
            </p>
        }
        .into_any(),
        Opened::Here(group) => view! {
            <p role="status" class="line">
                <span>{words.get(Key::EmergencyOpened)}</span>
                <A href=format!("/groups/{group}") attr:class="btn">{words.get(Key::RequestRead)}</A>
            </p>
        }
        .into_any(),
        Opened::OnTheWay => view! { <Busy label=Key::EmergencyArriving/> }.into_any(),
    }
}
