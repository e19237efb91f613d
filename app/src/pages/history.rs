//! The history of a record, or of several together: who changed what, when, from what to what; and undoing it.
//!
//! It is told by the records themselves, so it needs no line. Undoing is an entry like any other.

mod telling;
mod undoing;

pub use undoing::{Undone, refusal, undo_entry};

use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault_handle};
use crate::forms::use_forms;
use crate::when;
use crate::words::{Authors as _, Key, use_words};
use domain::permission::may;
use domain::record::deeds;
use domain::{Act, EntryId, Individual, Kind, Record, RecordId, Role};
use leptos::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use telling::{Eyes, Told};

/// Entries shown before somebody asks for more.
const SHOWN: usize = 5;

/// Names of records, for sentences that mention them.
pub type Names = BTreeMap<RecordId, String>;

/// Who changed what, when, from what to what; newest first. What can be undone offers it.
#[component]
pub fn History(
    /// Everything whose history is told together, the record that the page is about first: a group with its people
    /// and what hangs on them, or a person with their papers.
    records: Vec<Record>,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let vault = use_vault_handle();
    let (role, user) = vault.with_value(|vault| (vault.identity().role, vault.identity().user));
    let role = Role::from_code(role);
    let eyes = Eyes { role, user };
    let kinds: BTreeSet<Kind> = records.iter().map(|record| record.kind).collect();
    let amends = role.is_some_and(|role| kinds.iter().all(|kind| may(role, Act::Amend, *kind)));
    let may_undo = amends && !super::elsewhere::is_read_only();
    // Notes tell of themselves where they are read; and that one person less is counted says that somebody was sealed.
    let records: Vec<Record> = records.into_iter().filter(|record| record.kind != Kind::NOTE).collect();
    let mut deeds = deeds(&records);
    deeds.retain(|deed| !domain::sealed_member::only_counts_one(deed));
    let all = RwSignal::new(false);
    let earlier = deeds.len().saturating_sub(SHOWN);
    // Others are named in it too: the group that somebody came from.
    let mentioned = telling::mentioned(&records);
    let others = LocalResource::new(move || {
        let (vault, mentioned) = (vault.get_value(), mentioned.clone());
        async move { vault.records(&mentioned).await.unwrap_or_default() }
    });
    let about = records.first().map(|record| record.id);
    let records = StoredValue::new_local(records);
    let names = Memo::new(move |_| {
        let named = |record: &Record| (record.id, telling::name(forms, &eyes, record));
        let mut names: Names = records.with_value(|records| records.iter().map(named).collect());
        names.extend(others.get().unwrap_or_default().iter().map(named));
        names
    });
    let rows = move || {
        let shown = if all.get() { deeds.len() } else { SHOWN };
        let rows = deeds.iter().take(shown).map(|deed| {
            let told = records
                .with_value(|records| telling::tell(words, forms, &eyes, &names.read(), records, deed));
            // What somebody may not see they do not undo either; and a registration is not undone.
            let undoable = may_undo
                && told.reserved == 0
                && records.with_value(|records| domain::regroup::undo(deed.entry, records)).is_ok();
            let (at, author) = (deed.at, vault.with_value(|vault| vault.author_name(deed.author)));
            view! { <Line at author told undo=undoable.then_some(deed.entry) about names/> }
        });
        rows.collect_view()
    };
    view! {
        <section class="card" aria-labelledby="history">
            <div class="card__head">
                <h2 class="card__title" id="history" tabindex="-1">{move || words.get(Key::HistoryTitle)}</h2>
            </div>
            <ol class="history">{rows}</ol>
            <Show when=move || earlier != 0 && !all.get()>
                <button class="btn btn--quiet" type="button" on:click=move |_| {
                    all.set(true);
                    if let Some(about) = about {
                        vault.with_value(|vault| crate::reads::note(vault, about, seal::Why::History));
                    }
                }>
                    {move || words.count(Key::HistoryAll, earlier as u64)}
                </button>
            </Show>
        </section>
    }
}

/// One entry of it.
#[component]
fn Line(
    at: u64,
    author: Option<String>,
    told: Told,
    /// The entry, where it can be undone.
    undo: Option<EntryId>,
    about: Option<RecordId>,
    names: Memo<Names>,
) -> impl IntoView {
    let words = use_words();
    let Told { lines, more, reserved } = told;
    let folded = (!more.is_empty()).then(|| {
        let count = more.len() as u64;
        view! {
            <details class="history__more">
                <summary>{move || words.count(Key::AndMore, count)}</summary>
                <ul class="history__lines">{items(more)}</ul>
            </details>
        }
    });
    let author = move || words.author(author.as_deref());
    view! {
        <li>
            <p><b>{move || when::moment(words, at)}</b>" · "<bdi>{author}</bdi></p>
            <ul class="history__lines">
                {items(lines)}
                {(reserved > 0).then(|| view! {
                    <li class="soft">
                        <Draw icon=Icon::Lock/>
                        {move || words.count(Key::HistoryReserved, reserved)}
                    </li>
                })}
            </ul>
            {folded}
            {undo.zip(about).map(|(entry, about)| view! { <Undo entry about names/> })}
        </li>
    }
}

fn items(lines: Vec<String>) -> impl IntoView {
    lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()
}

/// Offers to undo an entry, and asks first.
#[component]
fn Undo(
    entry: EntryId,
    /// The record that the page is about.
    about: RecordId,
    names: Memo<Names>,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let device = use_device();
    let vault = use_vault_handle();
    // The id of the undoing, fixed when it is asked for: two taps are one entry.
    let asked = RwSignal::new(None::<EntryId>);
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Undone>);
    let id = format!("undo-{entry}");
    let (button, question) = (id.clone(), format!("{id}-sure"));
    let sure = question.clone();
    let ask = move |_| {
        trouble.set(None);
        asked.set(Some(EntryId::fresh(when::now(), store::random())));
        crate::components::parts::focus_later(question.clone());
    };
    let leave = {
        let id = id.clone();
        move |_| {
            asked.set(None);
            crate::components::parts::focus_later(id.clone());
        }
    };
    let go = move |_| {
        let Some(as_entry) = asked.get_untracked() else { return };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let vault = vault.get_value();
        leptos::task::spawn_local(async move {
            match undo_entry(&vault, forms, entry, about, as_entry).await {
                Ok(()) => {
                    device.courier().saved(device);
                    // The history is drawn anew, with the undoing on top.
                    crate::components::parts::focus_later("history".into());
                }
                Err(undone) => {
                    trouble.set(Some(undone));
                    asked.set(None);
                    busy.set(false);
                }
            }
        });
    };
    let said = move || trouble.get().map(|undone| refusal(words, forms, &undone, &names.read()));
    view! {
        <p class="field__error" role="alert">{said}</p>
        <Show
            when=move || asked.get().is_some()
            fallback={
                let (button, ask) = (button.clone(), ask.clone());
                move || view! {
                    <button class="btn btn--quiet btn--small" type="button" id=button.clone() on:click=ask.clone()>
                        <Draw icon=Icon::Undo/>
                        {move || words.get(Key::Undo)}
                    </button>
                }
            }
        >
            <div class="history__ask">
                <p>{move || words.get(Key::UndoAsk)}</p>
                <div class="line">
                    <button class="btn btn--primary" type="button" id=sure.clone() on:click=go
                        aria-busy=move || busy.get().to_string()>
                        {move || words.get(Key::UndoYes)}
                    </button>
                    <button class="btn" type="button" on:click=leave.clone()>{move || words.get(Key::Cancel)}</button>
                </div>
            </div>
        </Show>
    }
}

/// How a person or a group is called; a person without a name is called so.
#[must_use]
pub fn called(record: &Record) -> Option<String> {
    match record.kind {
        Kind::INDIVIDUAL => {
            Some(Individual::from_record(record).display_name()).filter(|name| !name.is_empty())
        }
        Kind::GROUP => domain::GroupView::from_record(record).printed_ref(),
        _ => None,
    }
}
