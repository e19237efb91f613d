//! What is told in confidence at a session: it becomes a sealed note of its own, in the same entry.

use super::form::Draft;
use crate::components::fields::Fault;
use crate::components::{Icon, Notice};
use crate::pages::notes::Colleagues;
use crate::when;
use crate::words::{Key, use_words};
use domain::note::NoteDraft;
use domain::{RecordId, UserId};
use leptos::prelude::*;
use store::Colleague;

/// The narrative, asked only by who wants to write one.
#[component]
pub fn Narrative(draft: Draft, colleagues: Vec<Colleague>, fault: Fault) -> impl IntoView {
    let words = use_words();
    let is_open = Memo::new(move |_| draft.with(|it| it.draft.narrative.is_some()));
    let has_one = draft.with_untracked(|it| it.draft.kept_narrative.is_some());
    let toggle = move |is: bool| {
        let note = RecordId::fresh(when::now(), store::random());
        draft.update(|it| it.draft.tell_narrative(is, note));
    };
    let change = move |how: &dyn Fn(&mut NoteDraft)| {
        draft.update(|it| {
            if let Some(note) = &mut it.draft.narrative {
                how(note);
            }
        });
    };
    let text = move || {
        draft.with(|it| it.draft.narrative.as_ref().map(|note| note.text.clone()).unwrap_or_default())
    };
    let chosen = Signal::derive(move || {
        draft.with(|it| it.draft.narrative.as_ref().map(|note| note.readers.clone()).unwrap_or_default())
    });
    let on_toggle = move |user: UserId, is: bool| {
        change(&|note| {
            if is {
                note.readers.insert(user)
            } else {
                note.readers.remove(&user)
            };
        });
    };
    let colleagues = StoredValue::new(colleagues);
    view! {
        <div class="stack">
            {has_one.then(|| view! { <p class="note">{move || words.get(Key::SessionNarrativeKept)}</p> })}
            <label class="check">
                <input type="checkbox" prop:checked=is_open on:change=move |event| toggle(event_target_checked(&event))/>
                <span>{move || words.get(Key::SessionNarrative)}</span>
            </label>
            <Show when=move || is_open.get()>
                <Notice icon=Icon::Lock>{move || words.get(Key::NoteWarning)}</Notice>
                <div class=move || if fault.get().is_some() { "field field--error wide" } else { "field wide" }>
                    <label class="field__label" for="session-narrative">{move || words.get(Key::NoteText)}</label>
                    <p class="field__hint" id="session-narrative-hint">{move || words.get(Key::NoteTextHint)}</p>
                    <p class="field__error" id="session-narrative-fault">{move || fault.get()}</p>
                    <textarea class="input" id="session-narrative" rows="6" dir="auto" prop:value=text spellcheck="false"
                        autocomplete="off" aria-describedby="session-narrative-hint session-narrative-fault"
                        aria-invalid=move || fault.get().is_some().to_string()
                        on:input=move |event| {
                            let typed = event_target_value(&event);
                            change(&|note| note.text.clone_from(&typed));
                        }></textarea>
                </div>
                <Colleagues id="session-readers" legend=Key::NoteWho all=colleagues.get_value() chosen on_toggle to_devices=true/>
            </Show>
        </div>
    }
}
