//! Before a registration is finished: what is missing, what is doubtful, what is told; each leads to its input.

use super::findings::{Confirm, More, sentence};
use super::work::Work;
use crate::components::{Draw, Icon};
use crate::words::{Key, use_words};
use domain::finding::{Finding, Spot};
use domain::{Field, RecordId};
use leptos::prelude::*;

/// Everything that a check found.
#[component]
pub fn Finish(
    /// The work.
    work: Work,
    /// Goes back to the form.
    on_close: Callback<()>,
    /// Saves: `true` as far as it has come, `false` finished.
    on_save: Callback<bool>,
) -> impl IntoView {
    let words = use_words();
    let of = |pick: fn(&domain::Findings) -> Vec<Finding>| {
        Memo::new(move |_| work.findings.with(|found| pick(found)))
    };
    let errors = of(|found| found.errors().cloned().collect());
    let questions = of(|found| found.questions().cloned().collect());
    let told = of(|found| found.told().cloned().collect());
    let unreadable = Memo::new(move |_| work.findings.with(|found| found.unreadable().next().is_some()));
    let head = NodeRef::<leptos::html::H2>::new();
    Effect::new(move |_| {
        if let Some(head) = head.get() {
            let _ = head.focus();
        }
    });
    let go = move |at: Spot| work.go_to(at);
    view! {
        <section class="card card--flush finish" aria-labelledby="finish-title" role="group">
            <div class="card__head">
                <h2 class="card__title" id="finish-title" tabindex="-1" node_ref=head>
                    {move || match errors.with(Vec::len) as u64 {
                        0 => words.get(Key::FinishReady),
                        many => words.count(Key::SummaryTitle, many),
                    }}
                </h2>
                <button class="btn btn--icon push" type="button" aria-label=move || words.get(Key::FinishClose)
                    on:click=move |_| on_close.run(())><Draw icon=Icon::X/></button>
            </div>
            <div class="section stack">
                <p class="note">{move || words.get(Key::SummaryKept)}</p>
                <List work found=errors go=Callback::new(go) class="finish__list finish__list--error"/>
                <Show when=move || !questions.with(Vec::is_empty)>
                    <h3>{move || words.get(Key::FinishDoubts)}</h3>
                    <List work found=questions go=Callback::new(go) class="finish__list"/>
                </Show>
                <Show when=move || !told.with(Vec::is_empty)>
                    <details>
                        <summary>{move || words.count(Key::FinishTold, told.with(Vec::len) as u64)}</summary>
                        <List work found=told go=Callback::new(go) class="finish__list"/>
                    </details>
                </Show>
                <div class="line">
                    <Show when=move || errors.with(Vec::is_empty)>
                        <button class="btn btn--primary" type="button" on:click=move |_| on_save.run(false)>
                            <Draw icon=Icon::Check/>
                            {move || words.get(Key::FinishAnyway)}
                        </button>
                    </Show>
                    <Show when=move || !errors.with(Vec::is_empty) && !unreadable.get()>
                        <button class="btn" type="button" on:click=move |_| on_save.run(true)>
                            {move || words.get(Key::SaveAsIs)}
                        </button>
                        <span class="note">{move || words.get(Key::SaveAsIsNote)}</span>
                    </Show>
                </div>
            </div>
        </section>
    }
}

#[component]
fn List(work: Work, found: Memo<Vec<Finding>>, go: Callback<Spot>, class: &'static str) -> impl IntoView {
    let words = use_words();
    let forms = work.forms;
    let items = move || {
        let items = found.get().into_iter().map(|finding| {
            let at = finding.at;
            let who = whose(work, at.record);
            let who = if who.is_empty() { who } else { format!("{who}: ") };
            let label = if at.field == Field::OWNER {
                String::new()
            } else {
                format!("{} — ", forms.label(at.field))
            };
            let text = sentence(words, forms, &finding);
            view! {
                <li>
                    <a href=format!("#{}", at.id()) on:click=move |event| {
                        event.prevent_default();
                        go.run(at);
                    }><bdi>{who}</bdi>{label}{text}</a>
                    " "
                    <More work finding=finding.clone()/>
                    <Confirm work finding/>
                </li>
            }
        });
        items.collect_view()
    };
    view! { <ul class=class>{items}</ul> }
}

/// The name of the person whom a record is about; empty for the group.
fn whose(work: Work, record: RecordId) -> String {
    let person = work.file.with(|file| {
        let row = file.rows.iter().find(|row| row.record == record);
        let id = row.and_then(|row| row.owner).unwrap_or(record);
        file.people.iter().position(|person| person.record == id).map(|place| (id, place))
    });
    let Some((id, place)) = person else { return String::new() };
    let name = work.name_of(id);
    if name.is_empty() { use_words().count(Key::PersonNumber, place as u64 + 1) } else { name }
}
