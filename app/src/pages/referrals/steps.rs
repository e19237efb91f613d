//! What may be done with a referral as it stands: the buttons of either side, and what is asked with them.

use super::acting::Acting;
use super::to_finish;
use crate::components::{Choices, Draw, Icon};
use crate::device::{use_device, use_vault_handle};
use crate::forms::use_forms;
use crate::tables::use_tables;
use crate::words::{Key, use_words};
use domain::service::Referral;
use domain::service::referral::{Parties, Party, Status, StepSaid, allowed, ending, role_may, step};
use domain::{Field, Record, RecordId, Role, Value};
use leptos::prelude::*;
use leptos_router::components::A;

/// What is being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asking {
    Nothing,
    Reject,
    End,
    Withdraw,
}

/// What is being asked and typed. It belongs to the page: a round that brings something draws the steps anew, and
/// nobody types an answer twice.
#[derive(Clone, Copy)]
pub struct Asked {
    asking: RwSignal<Asking>,
    tried: RwSignal<bool>,
    said: RwSignal<StepSaid>,
    of: StoredValue<Option<RecordId>>,
}

impl Asked {
    /// Nothing yet. To be made where the page is made.
    pub fn new() -> Self {
        Self {
            asking: RwSignal::new(Asking::Nothing),
            tried: RwSignal::new(false),
            said: RwSignal::new(StepSaid::default()),
            of: StoredValue::new(None),
        }
    }

    /// Goes on with what is asked of a referral as long as `may` says that it may be; else asks nothing.
    fn go_on(self, of: RecordId, may: impl FnOnce(Asking) -> bool) {
        if self.of.get_value() != Some(of) || !may(self.asking.get_untracked()) {
            self.of.set_value(Some(of));
            self.asking.set(Asking::Nothing);
            self.tried.set(false);
            self.said.set(StepSaid::default());
        }
    }
}

/// The steps that are open to whoever looks.
#[component]
pub fn Steps(
    /// The referral.
    record: Record,
    /// Their sides.
    parties: Parties,
    /// Their role.
    role: Role,
    /// It was withdrawn, as far as can be known here.
    withdrawn: bool,
    /// Whom it is about, for the list of what waits.
    whom: String,
    /// What is being asked.
    asked: Asked,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let tables = use_tables();
    let acting = Acting::new(use_device(), use_vault_handle());
    let Some(referral) = Referral::of(&record) else { return ().into_any() };
    let (id, status) = (record.id, referral.status());
    let mut may = allowed(status, parties, role);
    // The server would take no answer any more.
    may.retain(|to| !withdrawn || *to == Status::Cancelled);
    let can = |to: Status| may.contains(&to);
    let (accept, begin, reject) = (can(Status::Accepted), can(Status::InProgress), can(Status::Rejected));
    let ends = can(Status::Closed) || can(Status::ClosedNoService);
    let (on, withdraw) = (can(Status::Counter), can(Status::Cancelled));
    // What was never sent is thrown away; nobody need be told.
    let kept = status == Status::Draft;
    let finish =
        (kept && parties.sender && role_may(role, Party::Sender)).then(|| to_finish(id, referral.owner()));
    let throw = move |sent: Key, kept_only: Key| if kept { kept_only } else { sent };
    let answers = parties.receiver && role_may(role, Party::Receiver);
    let back = answers && !withdrawn && !status.ended_badly() && referral.shared().is_some();
    let unseen = answers && withdrawn && record.stated(Field::REFERRAL_WITHDRAWN_SEEN).next().is_none();
    asked.go_on(id, |asking| match asking {
        Asking::Nothing => true,
        Asking::Reject => reject,
        Asking::End => ends,
        Asking::Withdraw => withdraw,
    });
    let Asked { asking, tried, said, .. } = asked;
    let record = StoredValue::new(record);
    let whom = StoredValue::new(whom);
    let take = move |to: Status| {
        let made = record.with_value(|record| said.with_untracked(|said| step(record, to, said)));
        match made {
            Ok(change) => {
                let changes = change.into_iter().collect();
                acting.act(changes, "referral_step", whom.get_value(), id);
            }
            Err(_) => tried.set(true),
        }
    };
    let acknowledge = move |_| {
        let seen = Value::text(&crate::when::local_minute());
        let change = record.with_value(|record| record.change([(Field::REFERRAL_WITHDRAWN_SEEN, seen)]));
        acting.act(change.into_iter().collect(), "referral_step", whom.get_value(), id);
    };
    let end = move |_| match ending(&said.with_untracked(|said| said.outcome.clone())) {
        Some(to) => take(to),
        None => tried.set(true),
    };
    let text = move |id: &'static str, label: Key, hint: Key, pick: fn(&mut StepSaid) -> &mut String| {
        view! {
            <div class="field field--wide">
                <label class="field__label" for=id>
                    {move || words.get(label)}" "<span class="field__maybe">{move || words.get(Key::FieldMaybe)}</span>
                </label>
                <p class="field__hint" id=format!("{id}-hint")>{move || words.get(hint)}</p>
                <textarea class="input" id=id rows="2" dir="auto" autocomplete="off" spellcheck="false"
                    aria-describedby=format!("{id}-hint")
                    prop:value=move || said.try_update_untracked(|said| pick(said).clone()).unwrap_or_default()
                    on:input=move |event| said.update(|said| *pick(said) = event_target_value(&event))></textarea>
            </div>
        }
    };
    let missing = move |key: Key, pick: fn(&StepSaid) -> &String| {
        Signal::derive(move || {
            (tried.get() && said.with(|said| pick(said).is_empty())).then(|| words.get(key))
        })
    };
    let reasons = tables.offered("referral_reject_reasons", "");
    let mut outcomes = forms.list("referral_outcome");
    outcomes.retain(|item| item.code != "re_referred");
    let (reasons, outcomes) = (StoredValue::new(reasons), StoredValue::new(outcomes));
    let ask = move |what: Asking| {
        tried.set(false);
        asking.set(what);
    };
    let close = move || {
        view! {
            <button class="btn" type="button" on:click=move |_| ask(Asking::Nothing)>{move || words.get(Key::GoBack)}</button>
        }
    };
    let panel = move || {
        match asking.get() {
        Asking::Nothing => ().into_any(),
        Asking::Reject => view! {
            <div class="stack section">
                <fieldset class="field field--wide">
                    <legend class="field__label">{move || words.get(Key::ReferRejectWhy)}</legend>
                    <Choices id="refer-reject" value=Signal::derive(move || said.with(|said| said.reason.clone()))
                        items=reasons.get_value() fault=missing(Key::ReferFaultRejectReason, |said| &said.reason)
                        on_choose=move |code| said.update(|said| said.reason = code)/>
                </fieldset>
                {text("refer-answer", Key::ReferAnswer, Key::ReferAnswerHint, |said| &mut said.answer)}
                {text("refer-next", Key::ReferNext, Key::ReferNextHint, |said| &mut said.next)}
                <div class="line">
                    <button class="btn btn--primary" type="button" on:click=move |_| take(Status::Rejected)>
                        {move || words.get(Key::ReferRejectYes)}
                    </button>
                    {close()}
                </div>
            </div>
        }
        .into_any(),
        Asking::End => view! {
            <div class="stack section">
                <fieldset class="field field--wide">
                    <legend class="field__label">{move || words.get(Key::ReferOutcome)}</legend>
                    <Choices id="refer-outcome" value=Signal::derive(move || said.with(|said| said.outcome.clone()))
                        items=outcomes.get_value() fault=missing(Key::ReferFaultOutcome, |said| &said.outcome)
                        on_choose=move |code| said.update(|said| said.outcome = code)/>
                </fieldset>
                {text("refer-answer", Key::ReferAnswer, Key::ReferAnswerHint, |said| &mut said.answer)}
                {text("refer-next", Key::ReferNext, Key::ReferNextHint, |said| &mut said.next)}
                <div class="line">
                    <button class="btn btn--primary" type="button" on:click=end>{move || words.get(Key::ReferEndYes)}</button>
                    {close()}
                </div>
            </div>
        }
        .into_any(),
        Asking::Withdraw => view! {
            <div class="stack section">
                <p>{move || words.get(throw(Key::ReferWithdrawAsk, Key::DraftDiscardAsk))}</p>
                <div class="line">
                    <button class="btn btn--danger" type="button" on:click=move |_| take(Status::Cancelled)>
                        {move || words.get(throw(Key::ReferWithdrawYes, Key::DraftDiscardYes))}
                    </button>
                    {close()}
                </div>
            </div>
        }
        .into_any(),
    }
    };
    let none = !(accept || begin || reject || ends || on || withdraw || back || unseen);
    let nothing = (none && status.is_open())
        .then(|| view! { <p class="note">{move || words.get(Key::ReferWaits)}</p> });
    let buttons = move || {
        (asking.get() == Asking::Nothing).then(|| {
            view! {
                <div class="line">
                    {unseen.then(|| view! {
                        <button class="btn btn--primary" type="button" on:click=acknowledge>
                            <Draw icon=Icon::Check/>{move || words.get(Key::ReferAcknowledge)}
                        </button>
                    })}
                    {finish.clone().map(|href| view! {
                        <A href=href attr:class="btn btn--primary">
                            <Draw icon=Icon::Edit/>{move || words.get(Key::GoOn)}
                        </A>
                    })}
                    {accept.then(|| view! {
                        <button class="btn btn--primary" type="button" on:click=move |_| take(Status::Accepted)>
                            <Draw icon=Icon::Check/>{move || words.get(Key::ReferAccept)}
                        </button>
                    })}
                    {begin.then(|| view! {
                        <button class="btn btn--primary" type="button" on:click=move |_| take(Status::InProgress)>
                            <Draw icon=Icon::Clock/>{move || words.get(Key::ReferBegin)}
                        </button>
                    })}
                    {ends.then(|| view! {
                        <button class="btn" type="button" on:click=move |_| ask(Asking::End)>
                            <Draw icon=Icon::Check/>{move || words.get(Key::ReferEnd)}
                        </button>
                    })}
                    {reject.then(|| view! {
                        <button class="btn" type="button" on:click=move |_| ask(Asking::Reject)>
                            <Draw icon=Icon::X/>{move || words.get(Key::ReferReject)}
                        </button>
                    })}
                    {back.then(|| view! {
                        <A href=format!("/refer?parent={id}&back=1") attr:class="btn">
                            <Draw icon=Icon::Undo/>{move || words.get(Key::ReferBack)}
                        </A>
                    })}
                    {on.then(|| view! {
                        <A href=format!("/refer?parent={id}") attr:class="btn">
                            <Draw icon=Icon::Send/>{move || words.get(Key::ReferOn)}
                        </A>
                    })}
                    {withdraw.then(|| view! {
                        <button class="btn" type="button" on:click=move |_| ask(Asking::Withdraw)>
                            <Draw icon=Icon::Undo/>{move || words.get(throw(Key::ReferWithdraw, Key::LeftDiscard))}
                        </button>
                    })}
                </div>
            }
        })
    };
    view! {
        <div class="stack" aria-busy=move || acting.busy.get().to_string()>
            {buttons}
            {panel}
            {nothing}
            <p class="field__error" role="alert">{move || acting.trouble.get().map(|key| words.get(key))}</p>
        </div>
    }
    .into_any()
}
