//! What a family said, in the words of the tables: the family, then each person with their papers.

use crate::components::photo::Photo;
use crate::components::picture::Purpose;
use crate::components::{Draw, Icon};
use crate::forms::{Forms, use_forms};
use crate::pages::reading::{Reader, reader};
use crate::words::{Key, Words, use_words};
use domain::application::{Application, Part};
use domain::{Field, Kind, RecordId, Value};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// An answer: its field and what was said. Pictures stand apart.
type Answer = (Field, Value);

/// The answers of a part in the order of the tables, those alone that whoever reads may see; and how many are not for
/// them. What the app says itself, such as who speaks for the family, is left out.
fn answers(forms: Forms, reader: Reader, part: &Part) -> (Vec<Answer>, usize) {
    let order: BTreeMap<Field, usize> = forms
        .with(|catalogue| catalogue.of(part.kind).enumerate().map(|(at, spec)| (spec.field, at)).collect());
    let own = |field: &Field| [Field::FOCAL_POINT, Field::ONE_NAME].contains(field);
    let all: Vec<Answer> = part
        .facts
        .iter()
        .filter(|(field, _)| !own(field))
        .map(|(field, value)| (*field, value.clone()))
        .collect();
    let sees =
        |field: Field| forms.sight(reader.role, reader.user, |sight| sight.field(part.kind, None, field));
    let (mut seen, hidden): (Vec<Answer>, Vec<Answer>) = all.into_iter().partition(|(field, _)| sees(*field));
    seen.sort_by_key(|(field, _)| (order.get(field).copied().unwrap_or(usize::MAX), *field));
    (seen, hidden.len())
}

/// Whom or what a part is: a person's name, a paper's type.
pub fn part_name(words: Words, forms: Forms, said: &Application, part: &Part) -> String {
    let text = |field| part.facts.get(&field).and_then(Value::as_text).unwrap_or_default();
    match part.kind {
        Kind::GROUP => words.get(Key::ApplicationsFamily),
        Kind::INDIVIDUAL => {
            let given = text(Field::GIVEN_NAMES);
            let given = if given.is_empty() { text(Field::COMMON_NAME) } else { given };
            let name = domain::name::display_name(given, text(Field::SURNAME1), text(Field::SURNAME2));
            let place = said.people().position(|one| one.nth == part.nth).unwrap_or(0) as u64;
            if name.is_empty() { words.count(Key::PersonNumber, place + 1) } else { name }
        }
        kind => forms.kind_one(kind),
    }
}

/// Everything that was said.
#[component]
pub fn Said(
    /// What was said.
    said: Application,
) -> impl IntoView {
    let words = use_words();
    let group = said.part(0).cloned();
    let people: Vec<_> = said
        .people()
        .map(|person| {
            let rows: Vec<Part> = said
                .parts
                .iter()
                .filter(|part| part.owner == Some(person.nth) && part.kind != Kind::INDIVIDUAL)
                .cloned()
                .collect();
            view! { <OfPerson said=said.clone() person=person.clone() rows/> }
        })
        .collect();
    view! {
        <section class="card stack" aria-labelledby="said">
            <div class="card__head"><h2 class="card__title" id="said">{move || words.get(Key::ApplicationsSaidTitle)}</h2></div>
            <p class="note">{move || words.get(Key::ApplicationsSaidNote)}</p>
            {people}
            {group.filter(|group| group.facts.keys().any(|field| *field != Field::FOCAL_POINT)).map(|group| view! {
                <section class="said__part" aria-labelledby="said-family">
                    <h3 id="said-family">{move || words.get(Key::ApplicationsFamily)}</h3>
                    <Facts said=said.clone() part=group/>
                </section>
            })}
        </section>
    }
}

#[component]
fn OfPerson(said: Application, person: Part, rows: Vec<Part>) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let id = format!("said-{}", person.nth);
    let heading = id.clone();
    let name = part_name(words, forms, &said, &person);
    let speaks = said.people().next().is_some_and(|first| first.nth == person.nth);
    // Of a consent it matters for what it is, and whether it was given: the rest stands in the form.
    let (consents, rows): (Vec<Part>, Vec<Part>) =
        rows.into_iter().partition(|row| row.kind == Kind::CONSENT);
    let agreed = (!consents.is_empty()).then(|| view! { <Agreed consents/> });
    let papers: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let title = part_name(words, forms, &said, &row);
            view! { <div class="said__row"><h4>{title}</h4><Facts said=said.clone() part=row/></div> }
        })
        .collect();
    view! {
        <section class="said__part" aria-labelledby=heading>
            <h3 id=id class="line">
                <bdi>{name}</bdi>
                {speaks.then(|| view! { <span class="chip chip--lead">{move || words.get(Key::FocalPoint)}</span> })}
            </h3>
            <Facts said part=person/>
            {papers}
            {agreed}
        </section>
    }
}

#[component]
fn Agreed(consents: Vec<Part>) -> impl IntoView {
    let forms = use_forms();
    let told = move |consent: &Part, field: Field| {
        consent.facts.get(&field).map(|value| forms.value(field, value, &|_| None)).unwrap_or_default()
    };
    let rows = move || {
        let rows = consents.iter().map(|consent| {
            let (purpose, decision) =
                (told(consent, Field::CONSENT_PURPOSE), told(consent, Field::CONSENT_DECISION));
            view! { <div><dt>{purpose}</dt><dd>{decision}</dd></div> }
        });
        rows.collect_view()
    };
    view! {
        <div class="said__row">
            <h4>{move || forms.section("consent")}</h4>
            <dl class="facts">{rows}</dl>
        </div>
    }
}

#[component]
fn Facts(said: Application, part: Part) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let (answers, hidden) = answers(forms, reader(), &part);
    let (pictures, answers): (Vec<Answer>, Vec<Answer>) =
        answers.into_iter().partition(|(field, _)| field.is_picture());
    let is_person = part.kind == Kind::INDIVIDUAL;
    let pictures: Vec<_> = pictures
        .into_iter()
        .filter_map(|(_, value)| {
            let reference = Signal::stored(value.as_text().filter(|text| !text.is_empty())?.to_owned());
            let purpose = if is_person { Purpose::Person } else { Purpose::Page };
            Some(view! { <Photo reference purpose/> })
        })
        .collect();
    let named = move |id: RecordId| {
        let other = said.parts.iter().find(|part| said.record_of(part.nth) == id)?;
        Some(part_name(words, forms, &said, other))
    };
    let rows = move || {
        let rows = answers.iter().map(|(field, value)| {
            view! { <div><dt>{forms.label(*field)}</dt><dd><bdi>{forms.value(*field, value, &named)}</bdi></dd></div> }
        });
        rows.collect_view()
    };
    view! {
        {(!pictures.is_empty()).then(|| view! { <div class="line">{pictures}</div> })}
        <dl class="facts">{rows}</dl>
        {(hidden > 0).then(|| view! {
            <p class="note line"><Draw icon=Icon::Lock/>{move || words.count(Key::ApplicationsHidden, hidden as u64)}</p>
        })}
    }
}
