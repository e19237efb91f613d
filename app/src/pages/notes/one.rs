//! One note: its text to who reads it, and who may read it to who looks after that.

use super::Eyes;
use super::colleagues::{Colleagues, Devices, by_name};
use super::waiting::Waiting;
use crate::components::{Draw, Icon, Notice};
use crate::device::{use_device, use_vault_handle};
use crate::forms::use_forms;
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, use_words};
use domain::{EntryId, Record, SealedNote, UserId};
use leptos::prelude::*;
use std::collections::BTreeSet;
use store::{Colleague, KnownDevice, NotOpened, Note};

#[component]
pub fn One(
    note: Record,
    eyes: Eyes,
    colleagues: Vec<Colleague>,
    name: String,
    of_group: bool,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let vault = use_vault_handle();
    let held = SealedNote::of(&note)?;
    let me = vault.with_value(|vault| vault.identity().user);
    let (writer, at) = (held.writer(), held.written_at().unwrap_or_default());
    let topic = held.topic().unwrap_or_default().to_owned();
    let author = move || {
        let author = writer.and_then(|writer| vault.with_value(|vault| vault.author_name(writer)));
        author.unwrap_or_else(|| words.get(Key::AColleague))
    };
    let reads = eyes == Eyes::Reads;
    // Newer than this user's access: what is not here yet comes from a person, not by itself.
    let closed = reads
        && vault.with_value(|vault| {
            vault.is_new_for(&note, &colleagues) && vault.read_note(&note) == Err(NotOpened::NotYet)
        });
    // A device that reads nothing of it is not one to say who does.
    let keeps_readers = !reads || (writer == Some(me) && !closed);
    let text = match (reads, closed) {
        (false, _) => None,
        (true, true) => Some(
            view! {
                <Notice class="notice--attention" icon=Icon::Lock>{move || words.get(Key::NoteClosedHere)}</Notice>
            }
            .into_any(),
        ),
        (true, false) => Some(view! { <Text note=note.clone()/> }.into_any()),
    };
    let heading = format!("note-{}", note.id);
    let labelled = heading.clone();
    let who = view! { <Readers note=note.clone() colleagues name of_group keeps_readers/> };
    Some(view! {
        <article class="rowcard" aria-labelledby=labelled>
            {match reads {
                true => view! {
                    <div>
                        <h3 id=heading class="line">
                            <Draw icon=Icon::Lock/>
                            {move || forms.code_label("lists:note_topics", &topic)}
                        </h3>
                        <p class="note"><bdi>{author}</bdi>" · "{move || when::moment(words, at)}</p>
                    </div>
                }.into_any(),
                false => view! {
                    <p id=heading>{move || words.with(Key::NoteStub, &[("who", &author())])}</p>
                }.into_any(),
            }}
            {text}
            {who}
        </article>
    })
}

/// What it says, opened when somebody asks for it and gone from the page when they close it.
#[component]
fn Text(note: Record) -> impl IntoView {
    let words = use_words();
    let vault = use_vault_handle();
    let open = RwSignal::new(false);
    let region = format!("note-text-{}", note.id);
    let controls = region.clone();
    let text = move || {
        open.get().then(|| match vault.with_value(|vault| vault.read_note(&note)) {
            Ok(texts) => {
                vault.with_value(|vault| crate::reads::note(vault, note.id, seal::Why::Note));
                let several = texts.len() > 1;
                view! {
                    {several.then(|| view! { <p class="note">{words.get(Key::NoteSeveral)}</p> })}
                    {texts.into_iter().map(|text| view! { <p class="notetext" dir="auto">{text.to_string()}</p> }).collect_view()}
                }
                .into_any()
            }
            Err(why) => {
                let key = match why {
                    NotOpened::NotYet => Key::NoteNotYet,
                    NotOpened::Damaged => Key::NoteDamaged,
                    NotOpened::Store(error) => explain(&error),
                };
                view! { <Notice class="notice--attention" icon=Icon::Alert>{words.get(key)}</Notice> }.into_any()
            }
        })
    };
    view! {
        <div class="line">
            <button class="btn" type="button" aria-expanded=move || open.get().to_string() aria-controls=controls
                on:click=move |_| open.update(|open| *open = !*open)>
                {move || view! { <Draw icon=if open.get() { Icon::EyeOff } else { Icon::Eye }/> }}
                {move || words.get(if open.get() { Key::NoteHide } else { Key::NoteOpen })}
            </button>
        </div>
        <div id=region role="region" aria-label=move || words.get(Key::NoteText)>{text}</div>
    }
}

/// Who may read it, on which devices; for who looks after it, also letting in and taking off.
#[component]
fn Readers(
    note: Record,
    colleagues: Vec<Colleague>,
    name: String,
    of_group: bool,
    keeps_readers: bool,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let held = SealedNote::of(&note)?;
    let (readers, writer, at) = (held.readers(), held.writer(), held.written_at());
    let me = vault.with_value(|vault| vault.identity().user);
    let chosen = RwSignal::new(BTreeSet::<UserId>::new());
    let choosing = RwSignal::new(false);
    let leaving = RwSignal::new(None::<UserId>);
    let (busy, trouble) = (RwSignal::new(false), RwSignal::new(None::<Key>));
    let others: Vec<Colleague> =
        by_name(colleagues.clone()).into_iter().filter(|one| !readers.contains(&one.user)).collect();
    let waiting = vault.with_value(|vault| vault.waiting_devices(&note, &colleagues));
    let act = if of_group { "group_note_readers" } else { "note_readers" };
    let about = Note { person: name, act: act.into(), record: held.owner().unwrap_or(note.id) };
    let (id, any_waits, giving) = (note.id, !waiting.is_empty(), about.clone());
    let note = StoredValue::new_local(note);
    // Fixed when it is asked for: two taps are one entry.
    let entry = RwSignal::new(EntryId::fresh(when::now(), store::random()));
    let state = move |let_in: BTreeSet<UserId>, off: Option<UserId>| {
        if busy.get_untracked() || (let_in.is_empty() && off.is_none()) {
            return;
        }
        busy.set(true);
        let (record, about, vault) = (note.get_value(), about.clone(), vault.get_value());
        leptos::task::spawn_local(async move {
            match vault.change_readers(&record, entry.get_untracked(), &let_in, off, about).await {
                Ok(_) => device.courier().saved(device),
                Err(error) => trouble.set(Some(explain(&error))),
            }
            let _ = entry.try_set(EntryId::fresh(when::now(), store::random()));
            let _ = busy.try_set(false);
        });
    };
    let (take_off, let_in) = (state.clone(), state);
    let rows: Vec<_> = readers
        .into_iter()
        .map(|user| {
            let colleague = colleagues.iter().find(|one| one.user == user).cloned();
            let told = colleague.as_ref().map(|one| one.name.clone());
            let shown = move || {
                let known = || vault.with_value(|vault| vault.author_name(user));
                let name = told.clone().or_else(known).unwrap_or_else(|| words.get(Key::AColleague));
                if user == me { format!("{name} ({})", words.get(Key::Oneself)) } else { name }
            };
            let named = shown.clone();
            let removable = keeps_readers && Some(user) != writer;
            let take_off = take_off.clone();
            let theirs: Vec<_> = waiting.iter().filter(|one| one.user == user).copied().collect();
            let asks = theirs.iter().map(|waits| {
                let (about, who) = (giving.clone(), Signal::derive(named.clone()));
                view! { <Waiting note=id waits=*waits who own=user == me about/> }
            });
            let asks: Vec<_> = asks.collect();
            let colleague = colleague.map(|mut colleague| {
                let waits = |it: &KnownDevice| theirs.iter().any(|one| one.enrolment == it.enrolment);
                colleague.devices.retain(|it| !waits(it));
                colleague
            });
            view! {
                <li class="stack">
                    <div class="line">
                        <bdi>{shown}</bdi>
                        {(Some(user) == writer).then(|| view! { <span class="chip">{move || words.get(Key::NoteWriter)}</span> })}
                        {removable.then(|| {
                            let (take_off, named) = (take_off.clone(), named.clone());
                            view! {
                                <Show when=move || leaving.get() != Some(user)>
                                    <button class="btn btn--quiet btn--small push" type="button"
                                        on:click=move |_| leaving.set(Some(user))>
                                        {move || words.get(Key::NoteTakeOff)}
                                        <span class="unseen">": "{named.clone()}</span>
                                    </button>
                                </Show>
                                <Show when=move || leaving.get() == Some(user)>
                                    <div class="history__ask">
                                        <p>{move || words.get(Key::NoteTakeOffAsk)}</p>
                                        <div class="line">
                                            <button class="btn btn--primary" type="button" aria-busy=move || busy.get().to_string()
                                                on:click={
                                                    let take_off = take_off.clone();
                                                    move |_| take_off(BTreeSet::new(), Some(user))
                                                }>{move || words.get(Key::NoteTakeOffYes)}</button>
                                            <button class="btn" type="button" on:click=move |_| leaving.set(None)>
                                                {move || words.get(Key::Cancel)}
                                            </button>
                                        </div>
                                    </div>
                                </Show>
                            }
                        })}
                    </div>
                    {colleague.map(|colleague| view! { <Devices colleague since=at/> })}
                    {asks}
                </li>
            }
        })
        .collect();
    let on_toggle = move |user, is| {
        chosen.update(|chosen| {
            if is {
                chosen.insert(user)
            } else {
                chosen.remove(&user)
            };
        });
    };
    Some(view! {
        {any_waits.then(|| view! { <p class="note line"><Draw icon=Icon::Alert/>{move || words.get(Key::NoteWaiting)}</p> })}
        <details class="history__more" open=any_waits>
            <summary>{move || words.get(Key::NoteReaders)}</summary>
            <ul class="stack">{rows}</ul>
        </details>
        <p class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
        {keeps_readers.then(|| view! {
            <Show when=move || !choosing.get()>
                <div class="line">
                    <button class="btn" type="button" on:click=move |_| choosing.set(true)>
                        <Draw icon=Icon::Plus/>
                        {move || words.get(Key::NoteLetIn)}
                    </button>
                </div>
            </Show>
            <Show when=move || choosing.get()>
                <div class="stack">
                    <Colleagues id="let-in" legend=Key::NoteLetInWho all=others.clone() chosen on_toggle to_devices=true/>
                    <p class="note">{move || words.get(Key::NoteLetInNote)}</p>
                    <div class="line">
                        <button class="btn btn--primary" type="button" aria-busy=move || busy.get().to_string()
                            on:click={
                                let let_in = let_in.clone();
                                move |_| let_in(chosen.get_untracked(), None)
                            }>{move || words.get(Key::NoteLetIn)}</button>
                        <button class="btn" type="button" on:click=move |_| choosing.set(false)>
                            {move || words.get(Key::Cancel)}
                        </button>
                    </div>
                </div>
            </Show>
        })}
    })
}
