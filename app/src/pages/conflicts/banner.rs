//! That something is in conflict, wherever a record is shown: lists, cards, forms, papers.

use super::is_decided_here;
use crate::components::{Draw, Icon};
use crate::forms::{Forms, use_forms};
use crate::pages::reading::reader;
use crate::words::{Key, use_words};
use domain::conflict::{BETWEEN, disputes, is_open, told};
use domain::{Field, Record, RecordId};
use leptos::prelude::*;
use leptos_router::components::A;

/// A small mark that what is shown is in conflict.
#[component]
pub fn Mark(
    /// Whether it is.
    #[prop(into)]
    shown: bool,
) -> impl IntoView {
    let words = use_words();
    shown.then(
        || view! { <span class="chip chip--attention">{move || words.get(Key::DecideInConflict)}</span> },
    )
}

/// Says of which fields of a record several values stand, and leads to where that is decided; nothing where all is
/// settled, and where none of them is for whoever reads.
#[component]
pub fn InConflict(
    /// The record.
    record: Record,
) -> impl IntoView {
    let (words, forms) = (use_words(), use_forms());
    let reader = reader();
    let seen = told(record.conflicts(), |field| reader.sees(forms, &record, field)).fields;
    let shown = !seen.is_empty() && is_decided_here(record.kind);
    let href = format!("/conflicts/{}", record.id);
    let named = move || words.list(seen.iter().map(|field| forms.label(*field)).collect::<Vec<_>>());
    shown.then(|| {
        view! {
            <div class="notice notice--attention">
                <Draw icon=Icon::Alert/>
                <p class="notice__text">
                    {move || words.with(Key::DecideFields, &[("fields", &named())])}" "
                    <A href=href>{move || words.get(Key::DecideSee)}</A>
                </p>
            </div>
        }
    })
}

/// Put above inputs where every value that stands is shown already.
#[derive(Clone, Copy)]
pub struct ShownAbove;

/// Beside an input that is empty because only a person may choose between what is recorded: all of it.
#[component]
pub fn StandsBeside(
    /// The questions.
    forms: Forms,
    /// The record as it stands, where it is recorded.
    record: Option<Record>,
    /// The field.
    field: Field,
    /// How other records are called.
    name_of: Callback<RecordId, String>,
) -> impl IntoView {
    let words = use_words();
    let above = use_context::<ShownAbove>().is_some();
    let record = record.filter(|record| !above && is_open(record, field));
    record.map(|record| {
        let all = disputes(&record).into_iter().find(|dispute| dispute.field == field);
        let values = all.into_iter().flat_map(|dispute| dispute.sides).map(|side| side.value);
        let named = |id| Some(name_of.run(id)).filter(|name| !name.is_empty());
        let values: Vec<String> = values.map(|value| forms.value(field, &value, &named)).collect();
        let values = values.join(BETWEEN);
        view! {
            <p class="remark remark--ask">
                {move || words.with(Key::DecideStands, &[("values", &values)])}
            </p>
        }
    })
}
