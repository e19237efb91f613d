//! What became of a pre-registration: who took it, and what the family corrected, from what to what. Told by the record
//! itself, so it needs no line.

use super::label;
use super::said::part_name;
use crate::device::use_vault_handle;
use crate::forms::{Forms, use_forms};
use crate::pages::reading::{Reader, reader};
use crate::when;
use crate::words::{Authors as _, Key, Words, use_words};
use domain::application::Application;
use domain::record::Event;
use domain::{Field, Kind, Record, RecordId, Value};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// A field of a part that a correction changed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Changed {
    nth: u8,
    kind: Kind,
    field: Field,
    before: Option<Value>,
    after: Option<Value>,
}

/// What one version says otherwise than the other.
fn changed(before: &Application, after: &Application) -> Vec<Changed> {
    let parts: BTreeSet<u8> = before.parts.iter().chain(&after.parts).map(|part| part.nth).collect();
    let mut all = Vec::new();
    for nth in parts {
        let (old, new) = (before.part(nth), after.part(nth));
        let Some(kind) = new.or(old).map(|part| part.kind) else { continue };
        let facts =
            |part: Option<&domain::application::Part>| part.map(|it| it.facts.clone()).unwrap_or_default();
        let (old, new) = (facts(old), facts(new));
        let fields: BTreeSet<Field> = old.keys().chain(new.keys()).copied().collect();
        for field in fields.into_iter().filter(|field| old.get(field) != new.get(field)) {
            // A screen shows no pictures: that one is not there says nothing.
            if !field.is_picture() || new.contains_key(&field) {
                all.push(Changed {
                    nth,
                    kind,
                    field,
                    before: old.get(&field).cloned(),
                    after: new.get(&field).cloned(),
                });
            }
        }
    }
    all
}

/// What a correction changed, with both versions; `None` for what is none.
fn correction(event: &Event) -> Option<(Application, Application)> {
    let step = event.steps.iter().find(|step| step.field == Field::APPLICATION_SAID)?;
    let after = step.value.as_text().and_then(Application::from_text)?;
    let before = step.before.iter().filter_map(|stated| Application::from_text(stated.value.as_text()?));
    Some((before.max_by_key(|said| said.revision)?, after))
}

fn sentence(words: Words, forms: Forms, reader: Reader, one: &Changed, said: &Application) -> Option<String> {
    if !forms.sight(reader.role, reader.user, |sight| sight.field(one.kind, None, one.field)) {
        return None;
    }
    let named = |id: RecordId| {
        let other = said.parts.iter().find(|part| said.record_of(part.nth) == id)?;
        Some(part_name(words, forms, said, other))
    };
    let shown = |value: &Option<Value>| {
        value.as_ref().map_or_else(|| words.get(Key::NotKnown), |value| forms.value(one.field, value, &named))
    };
    let whose = said.part(one.nth).map(|part| part_name(words, forms, said, part)).unwrap_or_default();
    let blanks = [
        ("who", whose.as_str()),
        ("field", &forms.label(one.field)),
        ("before", &shown(&one.before)),
        ("after", &shown(&one.after)),
    ];
    Some(words.with(Key::ApplicationsHistoryChange, &blanks))
}

/// The course of a pre-registration, the newest first.
#[component]
pub fn Course(
    /// The record.
    record: Record,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let vault = use_vault_handle();
    let eyes = reader();
    let mut events = record.history();
    events.reverse();
    let lines = move || {
        let lines = events.iter().filter_map(|event| {
            let text = |field| {
                event.steps.iter().find(|step| step.field == field).and_then(|step| step.value.as_text())
            };
            let corrected = correction(event);
            let told = match (text(Field::APPLICATION_STATE), &corrected) {
                (_, Some(_)) => words.get(Key::ApplicationsHistoryCorrected),
                (Some("closed"), _) => {
                    let why = label(
                        forms,
                        "application_close",
                        text(Field::APPLICATION_CLOSED).unwrap_or_default(),
                    );
                    words.with(Key::ApplicationsClosedWhy, &[("why", &why)])
                }
                (Some(state), _) => label(forms, "application_state", state),
                (None, _) => match text(Field::APPLICATION_SLOT_STATE) {
                    Some(state) => {
                        let at = text(Field::APPLICATION_AT)
                            .map(|at| when::day_and_time(words, at))
                            .unwrap_or_default();
                        let state = label(forms, "application_slot_state", state);
                        format!("{}: {state} {at}", forms.label(Field::APPLICATION_AT))
                    }
                    None if text(Field::APPLICATION_CAME).is_some() => words.get(Key::ApplicationsCame),
                    None => return None,
                },
            };
            let author = vault.with_value(|vault| vault.author_name(event.author));
            let who = words.author(author.as_deref());
            let at = when::moment(words, event.at);
            let changes = corrected.map(|(before, after)| {
                let lines = changed(&before, &after);
                let lines = lines.iter().filter_map(|one| sentence(words, forms, eyes, one, &after));
                let lines = lines.map(|line| view! { <li>{line}</li> }).collect_view();
                view! { <ul class="history__lines">{lines}</ul> }
            });
            Some(view! { <li><b>{told}</b>" · "<bdi>{who}</bdi>" · "{at}{changes}</li> })
        });
        lines.collect_view()
    };
    view! {
        <section class="card" aria-labelledby="course">
            <div class="card__head"><h2 class="card__title" id="course">{move || words.get(Key::ApplicationsHistoryTitle)}</h2></div>
            <ol class="history">{lines}</ol>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_tells_what_changed_from_what_to_what() {
        let mut before = Application::begin(RecordId([3; 16]), 1, "es");
        before.put(1, Field::GIVEN_NAMES, Value::text("Rosa"));
        before.put(1, Field::SURNAME1, Value::text("Quintero"));
        before.put(1, Field::PHOTO, Value::text("a picture"));
        let mut after = before.without_pictures();
        after.revision = 2;
        after.put(1, Field::GIVEN_NAMES, Value::text("Rosalba"));
        let child = after.add(Kind::INDIVIDUAL, 0).unwrap();
        after.put(child, Field::SEX, Value::text("F"));
        let of = |nth, field, before: Option<&str>, after: &str| Changed {
            nth,
            kind: Kind::INDIVIDUAL,
            field,
            before: before.map(Value::text),
            after: Some(Value::text(after)),
        };
        let expected = [of(1, Field::GIVEN_NAMES, Some("Rosa"), "Rosalba"), of(child, Field::SEX, None, "F")];
        assert_eq!(changed(&before, &after), expected);
        assert!(changed(&after, &after).is_empty());
    }
}
