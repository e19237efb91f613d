//! Writing a sealed note. What is typed is kept at each pause like any draft, and sealed first: its draft reaches the
//! server as something that only this user opens on this device.

use super::colleagues::{Colleagues, by_name, names};
use crate::components::{Back, Draw, ErrorSummary, Icon, Notice, Select};
use crate::device::{use_device, use_vault, use_vault_handle};
use crate::forms::use_forms;
use crate::pages::elsewhere::{OnlyLent, is_lent};
use crate::pages::group::NotHere;
use crate::pages::history::called;
use crate::pages::keeper::{Draft, Keeper, Said};
use crate::pages::left::{Left, LeftDraft};
use crate::pages::trouble::{NotRead, explain};
use crate::when;
use crate::words::{Key, use_words};
use domain::note::{NoteDraft, NoteFault};
use domain::{DraftId, EntryId, Field, Kind, RecordId, Subject};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map};
use store::{Colleague, DraftNote, NewNote, Note, StoreError, Vault};
use zeroize::Zeroizing;

/// What is typed, and whom it is about.
#[derive(Clone, PartialEq)]
struct Writing {
    id: DraftId,
    name: String,
    draft: NoteDraft,
}

impl Draft for Writing {
    fn id(&self) -> DraftId {
        self.id
    }

    fn entry(&self) -> EntryId {
        self.draft.entry
    }

    /// Never kept like this, see [`Draft::sealed`].
    fn bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    fn sealed(&self, vault: &Vault) -> Result<Vec<u8>, StoreError> {
        vault.seal_own_draft(self.id, &Zeroizing::new(self.draft.to_bytes()))
    }

    fn note(&self) -> DraftNote {
        // The list of drafts says whom it is about to who unlocked, and nothing of what it says.
        DraftNote { title: self.name.clone(), form: format!("note/{}", self.draft.owner), step: 0 }
    }

    fn is_empty(&self) -> bool {
        self.draft.is_empty()
    }
}

/// What the page begins with.
#[derive(Clone)]
struct Begun {
    writing: Writing,
    kept: bool,
    of_group: bool,
    colleagues: Vec<Colleague>,
}

/// What lies here of whom somebody wants to write about.
#[derive(Clone)]
enum Found {
    /// They may write.
    Begun(Begun),
    /// What was typed alone, as the list of drafts calls it; and whether whom it is about is open for reading.
    Left(DraftId, String, NoteDraft, bool),
    /// The group, or theirs, is open for reading only.
    Lent(RecordId),
    Nothing,
}

/// The page.
#[component]
pub fn Write() -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    crate::desk::title(words, Key::NoteWrite);
    let owner =
        use_params_map().with_untracked(|params| params.get("owner").and_then(|id| RecordId::parse(&id)));
    let loaded = LocalResource::new(move || {
        let vault = vault.clone();
        async move {
            match owner {
                Some(owner) => begin(&vault, owner).await,
                None => Ok(Found::Nothing),
            }
        }
    });
    move || {
        Some(match loaded.get()? {
            Ok(Found::Begun(begun)) => view! { <Form begun/> }.into_any(),
            Ok(Found::Left(id, name, draft, lent)) => {
                view! { <Left id name draft=LeftDraft::Note(draft) lent/> }.into_any()
            }
            Ok(Found::Lent(group)) => view! { <OnlyLent group/> }.into_any(),
            Ok(Found::Nothing) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

async fn begin(vault: &Vault, owner: RecordId) -> Result<Found, Key> {
    let record = vault.record(owner).await.map_err(|error| explain(&error))?;
    let record = record.filter(|record| matches!(record.kind, Kind::GROUP | Kind::INDIVIDUAL));
    let lent = record.as_ref().and_then(|record| match record.kind {
        Kind::GROUP => Some(record.id),
        _ => Subject::of(record).reference(Field::GROUP),
    });
    let lent = lent.filter(|group| is_lent(vault, *group));
    let id = NoteDraft::id_over(owner, vault.identity().enrolment);
    // One that cannot be read now must not be written over.
    let kept = match vault.draft(id).await.map_err(|error| explain(&error))? {
        Some((bytes, note)) => {
            let opened = vault.open_own_draft(id, &bytes).map_err(|_| Key::DraftUnreadable)?;
            Some((NoteDraft::from_bytes(&opened).ok_or(Key::DraftUnreadable)?, note.title))
        }
        None => None,
    };
    let (record, kept) = match (record, lent, kept) {
        (Some(record), None, kept) => (record, kept.map(|(draft, _)| draft)),
        (record, _, Some((draft, title))) => return Ok(Found::Left(id, title, draft, record.is_some())),
        (Some(_), Some(group), None) => return Ok(Found::Lent(group)),
        (None, _, None) => return Ok(Found::Nothing),
    };
    let is_kept = kept.is_some();
    let now = when::now();
    let fresh =
        || NoteDraft::new(owner, RecordId::fresh(now, store::random()), EntryId::fresh(now, store::random()));
    let me = vault.identity().user;
    let mut colleagues = by_name(vault.colleagues().await.map_err(|error| explain(&error))?);
    colleagues.retain(|one| one.user != me);
    let writing =
        Writing { id, name: called(&record).unwrap_or_default(), draft: kept.unwrap_or_else(fresh) };
    Ok(Found::Begun(Begun { writing, kept: is_kept, of_group: record.kind == Kind::GROUP, colleagues }))
}

#[component]
fn Form(begun: Begun) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let device = use_device();
    let vault = use_vault();
    let navigate = use_navigate();
    let Begun { writing, kept, of_group, colleagues } = begun;
    let (owner, name, id) = (writing.draft.owner, writing.name.clone(), writing.id);
    let me = vault.identity().user;
    let draft = RwSignal::new(writing.clone());
    let keeper = Keeper::new(draft, kept.then_some(writing), vault.clone(), device);
    let said = keeper.said;
    let (busy, trouble) = (RwSignal::new(false), RwSignal::new(None::<Key>));
    let checks = RwSignal::new(0_usize);
    let back = if of_group { format!("/groups/{owner}") } else { format!("/people/{owner}") };
    // Nothing is said to be wrong before somebody wanted to save it.
    let found = Memo::new(move |_| match checks.get() {
        0 => Vec::new(),
        _ => draft.with(|it| it.draft.faults()),
    });
    let sentence = move |fault: NoteFault| match fault {
        NoteFault::NoTopic => ("note-topic", words.get(Key::NoteFaultTopic)),
        NoteFault::NoText => ("note-text", words.get(Key::NoteFaultText)),
        NoteFault::TooLong => ("note-text", words.get(Key::FaultTextTooLong)),
    };
    let fault_at = move |at: &'static str| {
        Signal::derive(move || {
            found.get().into_iter().map(sentence).find(|(id, _)| *id == at).map(|(_, sentence)| sentence)
        })
    };
    let faults = Signal::derive(move || {
        found.get().into_iter().map(sentence).map(|(id, text)| (id.to_owned(), text)).collect::<Vec<_>>()
    });
    let topic = Signal::derive(move || draft.with(|it| it.draft.topic.clone()));
    let text = move || draft.with(|it| it.draft.text.clone());
    let chosen = Signal::derive(move || draft.with(|it| it.draft.readers.clone()));
    let topics = Signal::derive(move || forms.list("note_topics"));
    let everybody = colleagues.clone();
    let other = use_vault_handle();
    let who = move || {
        let mut users = chosen.get();
        users.insert(me);
        let shown =
            names(words, &users, me, &everybody, |user| other.with_value(|vault| vault.author_name(user)));
        words.with(Key::NoteWhoReads, &[("who", &shown)])
    };
    let go_back = back.clone();
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        checks.update(|checks| *checks += 1);
        let Writing { draft: note, name, .. } = draft.get_untracked();
        if !note.faults().is_empty() {
            return;
        }
        busy.set(true);
        let act = if of_group { "group_note_written" } else { "note_written" };
        let about = Note { person: name, act: act.into(), record: owner };
        let (vault, keeper, navigate, back) =
            (vault.clone(), keeper.clone(), navigate.clone(), go_back.clone());
        leptos::task::spawn_local(async move {
            keeper.stop().await;
            let new = NewNote {
                record: note.record,
                entry: note.entry,
                owner: note.owner,
                topic: note.topic,
                text: Zeroizing::new(note.text),
                readers: note.readers,
            };
            match vault.write_note(&new, about, Some(id)).await {
                Ok(_) => {
                    keeper.finished();
                    // What was typed does not stay on the page.
                    let now = when::now();
                    let fresh = (RecordId::fresh(now, store::random()), EntryId::fresh(now, store::random()));
                    let _ = draft.try_update(|it| it.draft = NoteDraft::new(owner, fresh.0, fresh.1));
                    keeper.finished();
                    device.courier().saved(device);
                    navigate(&back, NavigateOptions { replace: true, ..Default::default() });
                }
                Err(error) => {
                    trouble.set(Some(explain(&error)));
                    keeper.go_on().await;
                }
            }
            let _ = busy.try_set(false);
        });
    };
    let on_toggle = move |user, is| {
        draft.update(|it| {
            if is {
                it.draft.readers.insert(user)
            } else {
                it.draft.readers.remove(&user)
            };
        });
    };
    let text_fault = fault_at("note-text");
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href=back label=Signal::derive(move || words.get(if of_group { Key::Family } else { Key::PersonTitle }))/>
                    <h1 tabindex="-1">{move || words.get(Key::NoteWrite)}</h1>
                    <p class="line"><bdi>{name}</bdi></p>
                </div>
            </div>
            <Notice icon=Icon::Lock>{move || words.get(Key::NoteWarning)}</Notice>
            <ErrorSummary faults on_follow=|_| {} checks/>
            <form class="stack" novalidate on:submit=on_submit>
                <section class="card">
                    <div class="stack">
                        <Select id="note-topic" label=Key::NoteTopic value=topic items=topics fault=fault_at("note-topic")
                            on_choose=move |code| draft.update(|it| it.draft.topic = code)/>
                        <div class=move || if text_fault.get().is_some() { "field field--error wide" } else { "field wide" }>
                            <label class="field__label" for="note-text">{move || words.get(Key::NoteText)}</label>
                            <p class="field__hint" id="note-text-hint">{move || words.get(Key::NoteTextHint)}</p>
                            <p class="field__error" id="note-text-fault">{move || text_fault.get()}</p>
                            <textarea class="input" id="note-text" rows="8" dir="auto" prop:value=text spellcheck="false"
                                autocomplete="off" aria-describedby="note-text-hint note-text-fault"
                                aria-invalid=move || text_fault.get().is_some().to_string()
                                on:input=move |event| draft.update(|it| it.draft.text = event_target_value(&event))></textarea>
                        </div>
                    </div>
                </section>
                <section class="card">
                    <Colleagues id="note-readers" legend=Key::NoteWho all=colleagues chosen on_toggle to_devices=true/>
                </section>
                <div role="status"><Notice icon=Icon::Eye>{who}</Notice></div>
                <div class="actions">
                    <p class="actions__said" role="status"><Said trouble kept=said at_first=Key::NoteKeptSealed/></p>
                    <button class="btn btn--primary" type="submit" aria-busy=move || busy.get().to_string()>
                        <Draw icon=Icon::Lock/>
                        {move || words.get(Key::NoteSave)}
                    </button>
                </div>
            </form>
        </main>
    }
}
