//! One field in conflict: every value with who stated it, when and having seen what, and what can be chosen.

use super::banner::ShownAbove;
use super::choice::Chosen;
use super::saying::Saying;
use crate::components::{Draw, Icon};
use crate::pages::case::{Ask, Work};
use crate::words::Key;
use domain::catalogue::{FieldSpec, Form};
use domain::conflict::{Dispute, Joining, Side, has_provisional_winner, joining, meaning};
use domain::{Field, Record};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// What is chosen, field by field.
pub type Choices = RwSignal<BTreeMap<Field, Chosen>>;

/// Whether another value can be written: not where a picture, a signature or a family would have to be made first.
fn can_be_written(spec: &FieldSpec) -> bool {
    !matches!(spec.form, Form::Image | Form::Strokes) && spec.detail != "group" && !spec.retired
}

/// The field.
#[component]
pub fn OneField(
    /// The record as it stands.
    record: Record,
    /// The field, with every value that stands.
    dispute: Dispute,
    /// What is chosen.
    choices: Choices,
    /// Whether whoever reads may decide it.
    may: bool,
    /// Where another value is typed, if it can be.
    work: Option<Work>,
    /// What is wrong with what was chosen.
    fault: Signal<Option<(Field, String)>>,
    /// Says things.
    saying: Saying,
) -> impl IntoView {
    let (words, forms, field) = (saying.words, saying.forms, dispute.field);
    provide_context(ShownAbove);
    let spec = forms.spec(field);
    let form = spec.as_ref().map_or(Form::Text, |spec| spec.form);
    let name = format!("decide-{}", field.0);
    let (heading, labelled) = (format!("{name}-title"), format!("{name}-title"));
    let means = saying.meaning(meaning(&record, &dispute));
    let joining = joining(record.kind, field, form);
    let pick = move |it: Option<Chosen>| {
        choices.update(|choices| match it.clone() {
            Some(chosen) => drop(choices.insert(field, chosen)),
            None => drop(choices.remove(&field)),
        });
    };
    let is = move |it: &Option<Chosen>| choices.with(|choices| choices.get(&field) == it.as_ref());
    let sides: Vec<_> = dispute
        .sides
        .iter()
        .enumerate()
        .map(|(place, side)| {
            let chosen = Some(Chosen::Value(side.value.clone()));
            let (is_chosen, id) = (chosen.clone(), format!("{name}-{place}"));
            let radio = may.then(|| {
                view! {
                    <input type="radio" name=name.clone() id=id.clone() prop:checked=move || is(&is_chosen)
                        on:change=move |_| pick(chosen.clone())/>
                }
            });
            view! {
                <div class="conflict__value">
                    <label class="choice" for=id>
                        {radio}
                        <strong><bdi>{saying.value(field, &side.value)}</bdi></strong>
                    </label>
                    {told(&record, field, side, &saying)}
                </div>
            }
        })
        .collect();
    let answer = {
        let name = name.clone();
        move |it: Option<Chosen>, suffix: &'static str, key: Key| {
            let is_chosen = it.clone();
            view! {
                <label class="choice">
                    <input type="radio" name=name.clone() id=format!("{name}-{suffix}")
                        prop:checked=move || is(&is_chosen) on:change=move |_| pick(it.clone())/>
                    <span>{move || words.get(key)}</span>
                </label>
            }
        }
    };
    let all = match joining {
        Joining::Never => None,
        Joining::List => Some(Key::DecideAllList),
        Joining::Records => Some(Key::DecideAllRecords),
        Joining::Beside(_) => Some(Key::DecideAllBeside),
    };
    let own = work.zip(spec.filter(can_be_written));
    let rest = may.then(|| {
        view! {
            <div class="choices choices--stack">
                {all.map(|key| answer(Some(Chosen::All), "all", key))}
                {own.is_some().then(|| answer(Some(Chosen::Other), "other", Key::DecideOther))}
                {answer(None, "later", Key::DecideLater)}
            </div>
        }
    });
    let id = record.id;
    let other = own.map(|(work, spec)| {
        view! {
            <Show when=move || is(&Some(Chosen::Other))>
                <Ask work spec=spec.clone() record=id/>
            </Show>
        }
    });
    let lines = saying.history(&record, field);
    view! {
        <section class="conflict" aria-labelledby=labelled>
            <div class="conflict__head">
                <Draw icon=Icon::Alert/>
                <h2 id=heading>{move || words.with(Key::ConflictTitle, &[("field", &forms.label(field))])}</h2>
            </div>
            <p>{means}</p>
            {(!has_provisional_winner(field)).then(|| view! { <p class="note">{move || words.get(Key::DecideNoWinner)}</p> })}
            <p class="field__error" role="alert">
                {move || fault.get().filter(|(of, _)| *of == field).map(|(_, text)| text)}
            </p>
            <fieldset class="field decide">
                <legend class="unseen">{move || forms.label(field)}</legend>
                <div class="conflict__values">{sides}</div>
                {rest}
            </fieldset>
            {other}
            <details class="history__more">
                <summary>{move || words.get(Key::DecideHistory)}</summary>
                <ol class="history__lines">{lines.into_iter().map(|line| view! { <li><bdi>{line}</bdi></li> }).collect_view()}</ol>
            </details>
        </section>
    }
}

/// Who stated a value, and what they had seen.
fn told(record: &Record, field: Field, side: &Side, saying: &Saying) -> impl IntoView + use<> {
    let lines = side.said.iter().map(|said| (saying.who(said), saying.before(record, field, said)));
    let lines: Vec<_> = lines
        .map(|(who, before)| {
            view! {
                <li>
                    <p class="note"><bdi>{who}</bdi></p>
                    <p class="note soft"><bdi>{before}</bdi></p>
                </li>
            }
        })
        .collect();
    view! { <ul class="decide__said">{lines}</ul> }
}
