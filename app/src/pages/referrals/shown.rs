//! What a referral shares, as people read it.

use super::shared_name;
use crate::forms::Forms;
use crate::words::{Key, Words};
use domain::service::referral::{OF_GROUP, Shared};
use domain::{Field, RecordId, Value};
use leptos::prelude::*;

/// Parts of a name, which are read as one.
pub const NAME: [Field; 3] = [Field::GIVEN_NAMES, Field::SURNAME1, Field::SURNAME2];

/// What is shared of one person, or of the group: a heading, and each label with its value.
pub type Part = (Option<String>, Vec<(String, String)>);

/// What is shared of each, in the order in which it is shown: a heading for others of the family, then label and value.
#[must_use]
pub fn rows(words: Words, forms: Forms, shared: &Shared) -> Vec<Part> {
    let mut people: Vec<u8> = shared.items.iter().map(|item| item.person).collect();
    people.sort_unstable();
    people.dedup();
    let nobody = |_: RecordId| None;
    people
        .into_iter()
        .map(|person| {
            let ours = || shared.items.iter().filter(move |item| item.person == person);
            let mut rows: Vec<(String, String)> = Vec::new();
            let name = name_of(shared, person);
            if !name.is_empty() {
                rows.push((words.get(Key::ReferName), name));
            }
            let mut seen: Vec<Field> = NAME.to_vec();
            for item in ours() {
                if seen.contains(&item.field) {
                    continue;
                }
                seen.push(item.field);
                let values = ours().filter(|other| other.field == item.field);
                let said = values.map(|item| forms.value(item.field, &item.value, &nobody));
                rows.push((forms.label(item.field), words.list(said.collect::<Vec<_>>())));
            }
            let heading = match person {
                0 => None,
                OF_GROUP => Some(words.get(Key::Family)),
                other => Some(words.count(Key::PersonNumber, u64::from(other) + 1)),
            };
            (heading, rows)
        })
        .collect()
}

fn name_of(shared: &Shared, person: u8) -> String {
    if person == 0 {
        return shared_name(shared);
    }
    let part = |field| shared.values(person, field).find_map(Value::as_text).unwrap_or_default();
    let [given, first, second] = NAME.map(part);
    domain::name::display_name(given, first, second)
}

/// What is shared, one below the other.
#[component]
pub fn SharedList(
    /// What.
    shared: Shared,
    /// In which words: the person's, or those of the screen.
    words: Words,
    /// The questions.
    forms: Forms,
) -> impl IntoView {
    let groups = rows(words, forms, &shared).into_iter().map(|(heading, rows)| {
        let rows = rows.into_iter().map(|(label, value)| {
            view! { <div><dt>{label}</dt><dd><bdi>{value}</bdi></dd></div> }
        });
        view! {
            {heading.map(|heading| view! { <h3>{heading}</h3> })}
            <dl class="facts">{rows.collect_view()}</dl>
        }
    });
    groups.collect_view()
}
