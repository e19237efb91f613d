//! The form of a referral: to whom, why and what is shared; then what will be sent, to be shown to the person; then on
//! what that rests. What is typed is kept at each pause.

use super::agreeing::{Agreeing, agree, resting};
use super::begin::{Begun, Source, Writing};
use super::choosing::Choosing;
use super::lines::{Desks, To};
use super::telling::Telling;
use super::{Me, desk_site};
use crate::components::{Back, Draw, ErrorSummary, Icon, Notice};
use crate::device::{Device, use_device, use_vault};
use crate::forms::{Forms, use_forms};
use crate::pages::discard::Discard;
use crate::pages::keeper::{Keeper, Said};
use crate::pages::trouble::explain;
use crate::tables::{Tables, use_tables};
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::permission::Role;
use domain::service::referral::{
    LONGEST_HOURS, ReferralDraft, ReferralFault, Rests, Sending, Shared, Status, StepSaid, step,
};
use domain::service::{Desk, Referral};
use domain::{Entry, Field, Kind, Record};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use store::{Note, Vault};

/// Everything that the parts of the form share. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Work {
    /// What is typed.
    pub draft: RwSignal<Writing>,
    /// Where what is shared comes from.
    pub source: StoredValue<Source>,
    /// Who refers. Of which organisation they are, the device may hear while they write.
    pub me: RwSignal<Me>,
    /// It goes back to whoever sent the parent.
    pub back: bool,
    /// What will be sent.
    pub shared: Memo<Result<Shared, Vec<ReferralFault>>>,
    /// Everything that is wrong was asked for.
    pub tried: RwSignal<bool>,
    /// The questions.
    pub forms: Forms,
    /// The tables.
    pub tables: Tables,
}

impl Work {
    /// What is typed, or a part of it; reactive.
    pub fn of<T>(self, look: impl FnOnce(&ReferralDraft) -> T) -> T {
        self.draft.with(|it| look(&it.draft))
    }

    /// Takes what is typed.
    pub fn put(self, change: impl FnOnce(&mut ReferralDraft)) {
        self.draft.update(|it| change(&mut it.draft));
    }

    /// The role of whoever refers.
    pub fn role(self) -> Role {
        self.me.with_untracked(Me::role)
    }

    /// What stands in the way of sending, but for consent; reactive.
    pub fn faults(self) -> Vec<ReferralFault> {
        let from = self.me.with(|me| me.organisation().to_owned());
        let (shared, unread) = match self.shared.get() {
            Ok(shared) => (shared, Vec::new()),
            Err(faults) => (Shared::default(), faults),
        };
        let mut faults = self.of(|draft| draft.faults(self.role(), &shared, &from));
        if !unread.is_empty() {
            // What cannot be read says itself what is wrong.
            faults.retain(|fault| *fault != ReferralFault::NothingShared);
            faults.extend(unread);
        }
        faults
    }

    /// What is wrong with an input, once that was asked for.
    pub fn fault_at(self, words: Words, at: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            if !self.tried.get() {
                return None;
            }
            let said = self.faults().into_iter().map(|fault| sentence(words, fault));
            said.into_iter().find(|(id, _)| *id == at).map(|(_, sentence)| sentence)
        })
    }

    /// Hours to answer for the urgency chosen; reactive.
    pub fn hours(self) -> u64 {
        let urgency = self.of(|draft| draft.urgency.clone());
        self.forms.judge(|_, _, lists| lists.answer_within_hours(&urgency)).unwrap_or(LONGEST_HOURS)
    }
}

/// Where a fault is said, and in which words.
fn sentence(words: Words, fault: ReferralFault) -> (&'static str, String) {
    let (at, key) = match fault {
        ReferralFault::NoSector => ("refer-sector", Key::ReferFaultSector),
        ReferralFault::NoDesk => ("refer-desk", Key::ReferFaultDesk),
        ReferralFault::NoUrgency => ("refer-urgency", Key::ReferFaultUrgency),
        ReferralFault::NoReason => ("refer-reason", Key::ReferFaultReason),
        ReferralFault::ReasonTooLong => ("refer-reason", Key::ReferFaultReasonLong),
        ReferralFault::NothingShared => ("refer-share", Key::ReferFaultNothing),
        ReferralFault::TooMuchShared => ("refer-share", Key::ReferFaultTooMuch),
        ReferralFault::NoName => ("refer-given", Key::ReferFaultName),
        ReferralFault::Born => ("refer-born", Key::ReferFaultBorn),
        ReferralFault::People => ("refer-people", Key::ReferFaultPeople),
        ReferralFault::NoSender => ("refer-desk", Key::ReferFaultSender),
    };
    (at, words.get(key))
}

/// The page.
#[component]
pub fn Form(
    /// What it begins with.
    begun: Begun,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    let Begun { writing, held, source, back, anew, me } = begun;
    let whom = writing.name.clone();
    let draft = RwSignal::new(writing);
    let leaves = match &source {
        Source::Records(_) => {
            draft.with_untracked(|it| it.draft.owner).map(|owner| format!("/people/{owner}"))
        }
        Source::Parent(parent) => Some(format!("/referrals/{}", parent.id)),
        Source::Typed => None,
    };
    let leaves = leaves.unwrap_or_else(|| "/referrals".to_owned());
    let gone = leaves.clone();
    let source = StoredValue::new(source);
    let shared = Memo::new(move |_| {
        draft.with(|it| {
            source.with_value(|source| match source {
                Source::Records(records) => {
                    let (others, rows) = (&records.others, &records.rows);
                    Ok(it.draft.shared_of(&records.person, others, rows, records.group.as_ref()))
                }
                Source::Typed => it.draft.told.shared(when::today()),
                Source::Parent(parent) => {
                    let told = Referral::of(parent).and_then(Referral::shared).unwrap_or_default();
                    Ok(it.draft.shared_again(&told))
                }
            })
        })
    });
    let (forms, tables) = (use_forms(), use_tables());
    let (me, tried) = (RwSignal::new(me), RwSignal::new(false));
    follow(me, vault.clone(), device);
    let work = Work { draft, source, me, back, shared, tried, forms, tables };
    // Of who goes back the desk is known.
    if back {
        source.with_value(|source| return_to(work, source));
    } else if let Some(desk) = use_query_map().with_untracked(|query| query.get("desk")) {
        begin_at(work, &desk);
    }
    // What it begins with was typed by nobody, or lies here already: only a change of it is kept.
    let keeper = Keeper::new(draft, Some(draft.get_untracked()), vault.clone(), device);
    let kept_at = keeper.said;
    let showing = RwSignal::new(false);
    let (busy, trouble) = (RwSignal::new(false), RwSignal::new(None::<Key>));
    let checks = RwSignal::new(0_usize);
    let faults = Signal::derive(move || {
        if !tried.get() {
            return Vec::new();
        }
        let said = work.faults().into_iter().map(|fault| sentence(words, fault));
        said.map(|(id, text)| (id.to_owned(), text)).collect::<Vec<_>>()
    });
    let show = move |_| {
        tried.set(true);
        checks.update(|checks| *checks += 1);
        if untrack(|| work.faults()).is_empty() {
            showing.set(true);
        }
    };
    let navigate = use_navigate();
    let thrown = held.as_ref().and_then(|held| {
        let change = step(held, Status::Cancelled, &StepSaid::default()).ok().flatten()?;
        let person = crate::pages::keeper::Draft::note(&draft.get_untracked()).title;
        Some((change, Note { person, act: "referral_step".to_owned(), record: held.id }))
    });
    let discarded = StoredValue::new_local(keeper.clone());
    let held = StoredValue::new(held);
    let save = move |rests: Rests| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        trouble.set(None);
        let Writing { id, draft: typed, name, .. } = draft.get_untracked();
        let note_name = Writing { name, ..draft.get_untracked() };
        let shared = shared.get_untracked().unwrap_or_default();
        let identity = vault.identity();
        let (from, site) = me.with_untracked(|me| (me.organisation().to_owned(), me.site().to_owned()));
        let now = when::local_minute();
        let sending = Sending {
            from: &from,
            from_desk: &own_desk(tables, &from, &site),
            now: &now,
            hours: untrack(|| work.hours()),
        };
        let sent = rests != Rests::OnNothing;
        let mut changes = held.with_value(|held| typed.changes(held.as_ref(), &shared, &rests, &sending));
        // What the person agreed to stands, whatever becomes of the referral: it is an entry of its own, before it.
        let agreed = changes.extract_if(.., |change| change.kind == Kind::CONSENT).next();
        let about = source.with_value(|source| match source {
            Source::Records(records) => records.person.id,
            _ => typed.record,
        });
        if sent && !back {
            changes.extend(source.with_value(parents_step));
        }
        let entry = Entry {
            id: typed.entry,
            author: identity.user,
            enrolment: identity.enrolment,
            at: when::now(),
            changes,
        };
        let act = if sent { "referral_sent" } else { "referral_kept" };
        let note = Note {
            person: crate::pages::keeper::Draft::note(&note_name).title,
            act: act.to_owned(),
            record: typed.record,
        };
        let (vault, keeper, navigate) = (vault.clone(), keeper.clone(), navigate.clone());
        leptos::task::spawn_local(async move {
            keeper.stop().await;
            if let Some(agreed) = agreed
                && let Err(key) = agree(device, &vault, agreed, note.person.clone(), about).await
            {
                trouble.try_set(Some(key));
                keeper.go_on().await;
                busy.try_set(false);
                return;
            }
            match vault.save(&entry, note, Some(id)).await {
                Ok(_) => {
                    keeper.finished();
                    device.courier().saved(device);
                    let page =
                        if sent { format!("/referrals/{}", typed.record) } else { "/referrals".to_owned() };
                    navigate(&page, NavigateOptions { replace: true, ..Default::default() });
                }
                Err(error) => {
                    trouble.try_set(Some(explain(&error)));
                    keeper.go_on().await;
                }
            }
            busy.try_set(false);
        });
    };
    let save = StoredValue::new_local(save);
    let rests = Memo::new(move |_| resting(work));
    let send = move |_| {
        if let Ok(rests) = rests.get_untracked() {
            save.with_value(|save| save(rests));
        }
    };
    let keep = move |_| save.with_value(|save| save(Rests::OnNothing));
    let title = move || words.get(if showing.get() { Key::ReferShowTitle } else { Key::ReferTitle });
    let label = if leaves == "/referrals" { Key::ReferListTitle } else { Key::GoBack };
    view! {
        <main class="page refer" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Show when=move || !showing.get()>
                        <Back href=leaves.clone() label=Signal::derive(move || words.get(label))/>
                    </Show>
                    <h1 tabindex="-1" id="refer-title">{title}</h1>
                    <p class="line"><bdi>{whom}</bdi></p>
                </div>
            </div>
            {anew.then(|| view! {
                <Notice class="notice--attention" icon=Icon::Info>{move || words.get(Key::ReferSentBefore)}</Notice>
            })}
            <ErrorSummary faults on_follow=|_| {} checks/>
            <div class="stack" hidden=move || showing.get()>
                <To work/>
                <Choosing work/>
                <div class="actions">
                    <p class="actions__said" role="status"><Said trouble kept=kept_at at_first=Key::ReferKeptAtFirst/></p>
                    <button class="btn btn--primary btn--big" type="button" on:click=show>
                        <Draw icon=Icon::Eye/>
                        {move || words.get(Key::ReferShow)}
                    </button>
                </div>
                <Discard draft keeper=discarded href=gone also=thrown/>
            </div>
            <Show when=move || showing.get()>
                <Telling work/>
                <Agreeing work/>
                <Show when=move || rests.get().is_err()>
                    <Notice class="notice--attention" icon=Icon::Alert>{move || words.get(Key::ReferKeepNote)}</Notice>
                </Show>
                <div class="actions">
                    <p class="actions__said" id="refer-why" role="status">
                        {move || match (trouble.get(), rests.get()) {
                            (Some(key), _) | (None, Err(key)) => words.get(key),
                            (None, Ok(_)) => words.get(Key::ReferReady),
                        }}
                    </p>
                    <button class="btn" type="button" on:click=move |_| showing.set(false)>
                        <Draw icon=Icon::Edit/>
                        {move || words.get(Key::ReferChange)}
                    </button>
                    <button class="btn" type="button" on:click=keep>
                        <Draw icon=Icon::Save/>
                        {move || words.get(Key::ReferKeep)}
                    </button>
                    <button class="btn btn--primary btn--big" type="button" on:click=send
                        aria-disabled=move || rests.get().is_err().to_string()
                        aria-busy=move || busy.get().to_string() aria-describedby="refer-why">
                        <Draw icon=Icon::Send/>
                        {move || words.get(Key::ReferSend)}
                    </button>
                </div>
            </Show>
        </main>
    }
}

/// Hears of which organisation somebody is, where the device is told only after the form was opened: right after joining.
fn follow(me: RwSignal<Me>, vault: Vault, device: Device) {
    let heard = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        // What cannot be read now is read with the next change.
        async move { Me::read(&vault).await.ok() }
    });
    Effect::new(move |_| {
        if let Some(now) = heard.get().flatten()
            && me.with_untracked(|me| *me != now)
        {
            me.set(now);
        }
    });
}

/// The desk of whoever sends: their institution's at their site; empty where there is none.
fn own_desk(tables: Tables, institution: &str, site: &str) -> String {
    let desks = tables.desks();
    let mut ours = desks.into_iter().filter(|desk| desk.institution == institution && !desk.retired);
    ours.find(|desk| desk.serves(site)).map(|desk| desk.code).unwrap_or_default()
}

/// Begins with the desk that was chosen in the directory, as long as somebody may be referred to it.
fn begin_at(work: Work, code: &str) {
    let today = when::today();
    let desk = work.tables.desks().into_iter().find(|desk| desk.code == code && desk.is_valid(today));
    let is_other =
        |desk: &Desk| !work.me.with_untracked(|me| is_own(me, work.tables, &desk.institution, &desk.code));
    if let Some(desk) = desk.filter(is_other) {
        work.put(|draft| draft.begin_at(&desk));
    }
}

/// Puts back where the parent came from: its sector, its sender's desk, and all that it shared.
fn return_to(work: Work, source: &Source) {
    let Source::Parent(parent) = source else { return };
    let Some(referral) = Referral::of(parent) else { return };
    let from = referral.text(Field::REFERRAL_FROM).to_owned();
    let desks = Desks::of(work.tables, &from);
    work.put(|draft| {
        if draft.to.is_empty() {
            referral.text(Field::REFERRAL_SECTOR).clone_into(&mut draft.sector);
            referral.text(Field::REFERRAL_URGENCY).clone_into(&mut draft.urgency);
            draft.desk = match referral.text(Field::REFERRAL_FROM_DESK) {
                "" => desks.first(),
                desk => desk.to_owned(),
            };
            draft.to = from;
            let told = referral.shared().unwrap_or_default();
            draft.items = (0_u16..).zip(&told.items).map(|(at, _)| at).collect();
        }
    });
}

/// Who refers on says so of the referral that they had: it is referred on.
fn parents_step(source: &Source) -> Option<domain::Change> {
    let Source::Parent(parent) = source else { return None };
    let parent: &Record = parent;
    let said = StepSaid { outcome: "re_referred".to_owned(), ..StepSaid::default() };
    step(parent, Status::Counter, &said).ok().flatten()
}

/// Whether a desk is the one that somebody works at: nobody refers to themselves.
pub fn is_own(me: &Me, tables: Tables, institution: &str, desk: &str) -> bool {
    institution == me.organisation() && desk_site(tables, desk) == me.site()
}
