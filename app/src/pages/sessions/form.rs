//! The form of a session. What nobody can know beforehand stands open: who, what about, what came of it; all else is
//! preset or folded below.

use super::Logging;
use super::attendance::Attendance;
use super::begin::Begun;
use super::done::{Done, Saved};
use super::more::More;
use super::narrative::Narrative;
use super::pieces::{Several, first, toggle};
use crate::components::{Back, Choices, Draw, ErrorSummary, Icon, Notice};
use crate::device::{use_device, use_vault};
use crate::forms::use_forms;
use crate::pages::discard::Discard;
use crate::pages::keeper::{Keeper, Said};
use crate::pages::trouble::explain;
use crate::tables::{Table, use_tables};
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::service::brief::minutes_of;
use domain::service::session::{SessionDraft, SessionFault, says_the_same};
use domain::{Change, Entry, EntryId, RecordId};
use leptos::prelude::*;
use leptos_router::components::A;
use store::{NewNote, Note, StoreError, Vault};
use zeroize::Zeroizing;

/// What is typed, which parts of the form read and change.
pub type Draft = RwSignal<Logging>;

/// Id of the input that a fault is about, and whether it lies folded.
fn place(fault: SessionFault) -> (&'static str, bool) {
    match fault {
        SessionFault::Nobody | SessionFault::TooManyPeople => ("session-who", false),
        SessionFault::Heads => ("session-heads", false),
        SessionFault::NoTopic => ("session-topics", false),
        SessionFault::NoOutcome => ("session-outcomes", false),
        SessionFault::NoMode => ("session-mode", false),
        SessionFault::Minutes => ("session-minutes", true),
        SessionFault::NoDate | SessionFault::DateToCome => ("session-date", true),
        SessionFault::NextStep => ("session-next", true),
        SessionFault::FollowUp | SessionFault::FollowUpTooSoon => ("session-follow-up", true),
        SessionFault::Narrative => ("session-narrative", true),
    }
}

fn sentence(words: Words, fault: SessionFault) -> String {
    words.get(match fault {
        SessionFault::Nobody => Key::SessionFaultNobody,
        SessionFault::TooManyPeople => Key::SessionFaultTooMany,
        SessionFault::Heads => Key::SessionFaultHeads,
        SessionFault::NoTopic => Key::SessionFaultTopic,
        SessionFault::NoOutcome => Key::SessionFaultOutcome,
        SessionFault::NoMode => Key::SessionFaultMode,
        SessionFault::Minutes => Key::SessionFaultMinutes,
        SessionFault::NoDate => Key::FaultNotATime,
        SessionFault::DateToCome => Key::FaultDateInTheFuture,
        SessionFault::NextStep => Key::SessionFaultStep,
        SessionFault::FollowUp => Key::SessionFaultFollowUp,
        SessionFault::FollowUpTooSoon => Key::SessionFaultFollowUpSoon,
        SessionFault::Narrative => Key::FaultTextTooLong,
    })
}

/// This minute where the device is, in minutes since 1970.
fn local_now() -> i64 {
    minutes_of(&when::local_minute()).unwrap_or(i64::MAX)
}

/// The page around the form, or what to do once it was saved.
#[component]
pub fn Form(
    begun: Begun,
    /// What the page is called.
    heading: Key,
    /// Where to go back to, and what that is called.
    back: (String, Key),
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let device = use_device();
    let vault = use_vault();
    let Begun { logging, newer, family, colleagues, often, faces } = begun;
    let often = StoredValue::new(often);
    let (title, amends) = (logging.title.clone(), logging.draft.amends);
    let (owner, follows) = (logging.draft.owner, logging.draft.follows);
    let draft: Draft = RwSignal::new(logging.clone());
    // What it began with was typed by nobody, or lies here already: only a change of it is kept.
    let keeper = Keeper::new(draft, Some(logging), vault.clone(), device);
    let said = keeper.said;
    let (busy, trouble) = (RwSignal::new(false), RwSignal::new(None::<Key>));
    let (checks, saved) = (RwSignal::new(0_usize), RwSignal::new(None::<Saved>));
    let folded = RwSignal::new(true);
    // Nothing is said to be wrong before somebody wanted to save it.
    let found = Memo::new(move |_| match checks.get() {
        0 => Vec::new(),
        _ => draft.with(|it| it.draft.faults(local_now())),
    });
    let fault_at = move |at: &'static str| {
        Signal::derive(move || {
            let found = found.get();
            found.into_iter().find(|fault| place(*fault).0 == at).map(|fault| sentence(words, fault))
        })
    };
    let faults = Signal::derive(move || {
        let found = found.get().into_iter();
        found.map(|fault| (place(fault).0.to_owned(), sentence(words, fault))).collect::<Vec<_>>()
    });
    let saving = keeper.clone();
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        checks.update(|checks| *checks += 1);
        let logging = draft.get_untracked();
        let now = local_now();
        let Ok(change) = forms.judge(|_, _, lists| logging.draft.change(lists, now)) else {
            // What is wrong and folded is shown, so that the summary's links lead somewhere.
            if logging.draft.faults(now).iter().any(|fault| place(*fault).1) {
                folded.set(false);
            }
            return;
        };
        busy.set(true);
        let (vault, keeper) = (vault.clone(), saving.clone());
        leptos::task::spawn_local(async move {
            keeper.stop().await;
            match save(&vault, &logging, change).await {
                Ok(at) => {
                    // What was typed does not stay on the page.
                    let draft_of = &logging.draft;
                    let emptied = SessionDraft::new(draft_of.record, draft_of.entry, owner, String::new());
                    let _ = draft.try_update(|it| it.draft = emptied);
                    keeper.finished();
                    device.courier().saved(device);
                    let _ = saved.try_set(Some(Saved { at, session: logging.draft.record, owner }));
                }
                Err(StoreError::SavedBefore) => {
                    // Another tab saved the same draft with other contents: what stands here is another session.
                    let now = when::now();
                    let note = RecordId::fresh(now, store::random());
                    let ids = (RecordId::fresh(now, store::random()), EntryId::fresh(now, store::random()));
                    let _ = draft.try_update(|it| it.draft.begin_anew(ids.0, ids.1, note));
                    let _ = trouble.try_set(Some(Key::SessionSavedBefore));
                    keeper.go_on().await;
                }
                Err(error) => {
                    let _ = trouble.try_set(Some(explain(&error)));
                    keeper.go_on().await;
                }
            }
            let _ = busy.try_set(false);
        });
    };
    let on_submit = StoredValue::new_local(on_submit);
    let discarded = StoredValue::new_local(keeper);
    let tables = use_tables();
    // What comes by itself, said where it is not seen.
    let preset = move || {
        let (date, language, site) = draft.with(|it| {
            let draft = &it.draft;
            (draft.date.clone(), draft.language.clone(), draft.site.clone())
        });
        let language = (!language.is_empty()).then(|| tables.label(Table::Languages, &language));
        let site = (!site.is_empty()).then(|| tables.label(Table::Sites, &site));
        let all = [Some(when::day_and_time(words, &date)), language, site];
        all.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    let (family, faces) = (StoredValue::new(family), StoredValue::new(faces));
    let colleagues = StoredValue::new(colleagues);
    let (back_href, back_label) = back;
    let gone = StoredValue::new(back_href.clone());
    let shown_title = title.clone();
    let form = move || {
        let topics = Signal::derive(move || draft.with(|it| it.draft.topics.clone()));
        let outcomes = Signal::derive(move || draft.with(|it| it.draft.outcomes.clone()));
        let mode = Signal::derive(move || draft.with(|it| it.draft.mode.clone()));
        let mode_fault = fault_at("session-mode");
        view! {
            <ErrorSummary faults on_follow=move |at| if at != "session-who" { folded.set(false) } checks kept=true/>
            <form class="stack" novalidate on:submit=move |event| on_submit.with_value(|submit| submit(event))>
                {owner.is_none().then(|| view! {
                    <Attendance draft faces=faces.get_value() fault=fault_at("session-who") heads_fault=fault_at("session-heads")/>
                })}
                <section class="card">
                    <div class="stack">
                        <Several id="session-topics" legend=Key::SessionTopics items=first(tables.offered("session_types", ""), &often.with_value(|it| it.topics.clone()))
                            chosen=topics fault=fault_at("session-topics")
                            on_toggle=move |code, is| draft.update(|it| toggle(&mut it.draft.topics, code, is))/>
                        <Several id="session-outcomes" legend=Key::SessionOutcomes items=first(tables.offered("session_outcomes", ""), &often.with_value(|it| it.outcomes.clone()))
                            chosen=outcomes fault=fault_at("session-outcomes")
                            on_toggle=move |code, is| draft.update(|it| toggle(&mut it.draft.outcomes, code, is))/>
                        <fieldset class=move || if mode_fault.get().is_some() { "field field--error wide" } else { "field wide" }>
                            <legend class="field__label">{move || words.get(Key::SessionMode)}</legend>
                            <Choices id="session-mode" value=mode items=tables.offered("session_modes", "") fault=mode_fault
                                on_choose=move |code| draft.update(|it| it.draft.mode = code)/>
                        </fieldset>
                    </div>
                </section>
                <details class="card fold" prop:open=move || !folded.get()
                    on:toggle=move |event| {
                        use wasm_bindgen::JsCast;
                        let open = event.target().and_then(|it| it.dyn_into::<leptos::web_sys::Element>().ok());
                        if let Some(open) = open {
                            folded.set(!open.has_attribute("open"));
                        }
                    }>
                    <summary class="fold__head">
                        <b>{move || words.get(Key::SessionMore)}</b>
                        <span class="note">{preset}</span>
                        <Draw icon=Icon::ChevronDown class="fold__arrow"/>
                    </summary>
                    <div class="stack fold__body">
                        <More draft family=family.get_value()
                            minutes_fault=fault_at("session-minutes") date_fault=fault_at("session-date")
                            next_fault=fault_at("session-next") follow_up_fault=fault_at("session-follow-up")/>
                        {owner.is_some().then(|| view! {
                            <Narrative draft colleagues=colleagues.get_value() fault=fault_at("session-narrative")/>
                        })}
                    </div>
                </details>
                <div class="actions">
                    <p class="actions__said" role="status"><Said trouble kept=said at_first=Key::SavesItself/></p>
                    <button class="btn btn--primary" type="submit" aria-busy=move || busy.get().to_string()>
                        <Draw icon=Icon::Save/>
                        {move || words.get(Key::SessionSave)}
                    </button>
                </div>
            </form>
        }
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href=back_href label=Signal::derive(move || words.get(back_label))/>
                    <h1 tabindex="-1">{move || words.get(heading)}</h1>
                    {owner.is_some().then(|| view! { <p class="line"><bdi>{shown_title}</bdi></p> })}
                </div>
            </div>
            {move || match saved.get() {
                Some(saved) => view! { <Done saved/> }.into_any(),
                None => view! {
                    {newer.map(|newer| view! {
                        <Notice class="notice--attention" icon=Icon::Info>
                            {move || words.get(Key::SessionWasAmended)} " "
                            <A href=format!("/sessions/{newer}")>{move || words.get(Key::SessionSeeNewest)}</A>
                        </Notice>
                    })}
                    {amends.is_some().then(|| view! {
                        <Notice icon=Icon::Info>{move || words.get(Key::SessionAmendNote)}</Notice>
                    })}
                    {follows.is_some().then(|| view! {
                        <Notice icon=Icon::Calendar>{move || words.get(Key::SessionFollowsNote)}</Notice>
                    })}
                    {form()}
                    <Discard draft keeper=discarded href=gone.get_value()/>
                }
                .into_any(),
            }}
        </main>
    }
}

/// Saves a session, with its narrative in the same entry: both arrive, or neither.
async fn save(vault: &Vault, logging: &Logging, session: Change) -> Result<u64, StoreError> {
    let draft = &logging.draft;
    let narrative = draft.note().map(|note| NewNote {
        record: note.record,
        entry: draft.entry,
        owner: note.owner,
        topic: note.topic,
        text: Zeroizing::new(note.text),
        readers: note.readers,
    });
    let mut changes = Vec::new();
    if let Some(note) = &narrative {
        changes.push(vault.note_change(note).await?);
    }
    changes.push(session.clone());
    let me = vault.identity();
    let entry = Entry { id: draft.entry, author: me.user, enrolment: me.enrolment, at: when::now(), changes };
    let act = if draft.amends.is_some() { "session_amended" } else { "session_logged" };
    let about = Note { person: logging.title.clone(), act: act.into(), record: draft.record };
    match vault.save(&entry, about, Some(logging.id)).await {
        Ok(saved) => Ok(saved.ms),
        // Sealed twice its narrative is not the same bytes, but it may be the same session.
        Err(StoreError::SavedBefore) if is_saved(vault, &session, narrative.as_ref()).await? => {
            vault.discard_draft(logging.id).await?;
            Ok(when::now())
        }
        Err(error) => Err(error),
    }
}

/// Whether the session that was saved, and its narrative, say what these do.
async fn is_saved(vault: &Vault, session: &Change, narrative: Option<&NewNote>) -> Result<bool, StoreError> {
    let saved = vault.record(session.record).await?;
    let same = saved.is_some_and(|saved| says_the_same(&saved, session));
    match narrative.filter(|_| same) {
        Some(note) => vault.says_the_same(note).await,
        None => Ok(same),
    }
}
