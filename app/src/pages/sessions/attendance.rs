//! Who attended a group session: found by name or slip, or only counted.

use super::form::Draft;
use super::pieces::Stepper;
use crate::components::fields::Fault;
use crate::components::{Draw, Face, Finder, Icon, Seeks};
use crate::pages::search::grouped;
use crate::words::{Key, use_words};
use domain::RecordId;
use domain::value::CODES_LIMIT;
use leptos::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use store::Hit;

#[component]
pub fn Attendance(
    draft: Draft,
    /// Rows of those who were chosen before.
    faces: BTreeMap<RecordId, Hit>,
    fault: Fault,
    heads_fault: Fault,
) -> impl IntoView {
    let words = use_words();
    let faces = RwSignal::new(faces);
    // Newest first: whoever comes in is seen at once, however many are there.
    let people =
        Memo::new(move |_| draft.with(|it| it.draft.people.iter().rev().copied().collect::<Vec<_>>()));
    let chosen =
        Signal::derive(move || people.with(|people| people.iter().copied().collect::<BTreeSet<_>>()));
    let is_full = move || people.with(|people| people.len() as u64 >= CODES_LIMIT);
    let on_pick = move |id: RecordId, hit: Hit| {
        if untrack(is_full) {
            return;
        }
        faces.update(|faces| {
            faces.insert(id, hit);
        });
        draft.update(|it| {
            if !it.draft.people.contains(&id) {
                it.draft.people.push(id);
            }
        });
    };
    let heads = Signal::derive(move || draft.with(|it| it.draft.heads.clone()));
    let total = move || {
        let counted = heads.with(|heads| heads.trim().parse::<u64>().unwrap_or(0));
        words.count(Key::SessionAttended, people.with(|people| people.len() as u64).saturating_add(counted))
    };
    let row = move |id: RecordId| {
        let face = move || faces.with(|faces| faces.get(&id).cloned());
        let name = move || {
            let name = face().map(|face| face.name).filter(|name| !name.is_empty());
            name.unwrap_or_else(|| words.get(Key::SessionSomebody))
        };
        let initials = untrack(|| face().map(|face| face.name).unwrap_or_default());
        let reference = untrack(|| face().map(|face| grouped(&face.group_ref)));
        let remove = move |_| draft.update(|it| it.draft.people.retain(|other| *other != id));
        view! {
            <li>
                <div class="row">
                    <Face name=initials/>
                    <span class="row__main">
                        <bdi class="row__title">{name}</bdi>
                        <span class="row__meta"><span class="code ltr">{reference}</span></span>
                    </span>
                    <button class="btn btn--icon btn--quiet" type="button" on:click=remove
                        aria-label=move || words.with(Key::RemoveNamed, &[("name", &name())])>
                        <Draw icon=Icon::X/>
                    </button>
                </div>
            </li>
        }
    };
    view! {
        <section class="card" aria-labelledby="session-attendance">
            <div class="card__head">
                <h2 class="card__title" id="session-attendance">{move || words.get(Key::SessionWhoCame)}</h2>
                <b role="status">{total}</b>
            </div>
            <div class="attendance">
                <div class="stack">
                    <p class="field__error" id="session-who-fault">{move || fault.get()}</p>
                    <Finder id="session-who" seeks=Seeks::People many=true chosen on_pick/>
                    <Show when=is_full>
                        <p class="field__error" role="alert">{move || words.get(Key::SessionFaultTooMany)}</p>
                    </Show>
                </div>
                <div class="stack">
                    <Stepper id="session-heads" label=Key::SessionHeads hint=Key::SessionHeadsHint value=heads fault=heads_fault
                        on_type=move |typed| draft.update(|it| it.draft.heads = typed)/>
                    <Show when=move || !people.with(Vec::is_empty)>
                        <ul class="rows attendees" aria-label=move || words.get(Key::SessionOnList)>
                            <For each=move || people.get() key=|id| *id let:id>{row(id)}</For>
                        </ul>
                    </Show>
                </div>
            </div>
        </section>
    }
}
