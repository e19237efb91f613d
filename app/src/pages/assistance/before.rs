//! The same help given before: said as soon as its kind is chosen, with what this device cannot know.

use crate::components::{Icon, Notice};
use crate::tables::{Table, Tables, use_tables};
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::service::Brief;
use leptos::prelude::*;

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;
/// Most lines shown: one is enough to ask.
const SHOWN: usize = 3;

/// How many days before today, in words; those to come too, for what was planned.
#[must_use]
pub fn days_ago(words: Words, day: i64) -> String {
    let today = i64::from(when::today().to_julian_day()) - 2_440_588;
    match today - day {
        0 => words.get(Key::WhenToday),
        days @ 1.. => words.count(Key::AgoDays, days.unsigned_abs()),
        days => words.count(Key::GiveInDays, days.unsigned_abs()),
    }
}

/// When and where a help was given before, in a sentence; with the name of who received it, where several may have.
#[must_use]
pub fn told(words: Words, tables: Tables, brief: &Brief, name: &str) -> String {
    let when = days_ago(words, brief.day());
    let site = tables.label(Table::Sites, &brief.site);
    match (brief.site.is_empty(), name.is_empty()) {
        (true, _) => words.with(Key::GiveBeforeSomewhere, &[("when", &when)]),
        (false, true) => words.with(Key::GiveBefore, &[("when", &when), ("site", &site)]),
        (false, false) => {
            words.with(Key::GiveBeforeName, &[("name", name), ("when", &when), ("site", &site)])
        }
    }
}

/// What this device cannot know: gifts of other tablets since it last heard everything.
fn missing(words: Words, collected: Option<u64>) -> String {
    match collected {
        None => words.get(Key::GiveMissingAll),
        // A day begun is a day: what was given this morning elsewhere is not here either.
        Some(at) => words.count(Key::GiveMissing, when::now().saturating_sub(at) / DAY_MS + 1),
    }
}

/// Says what they received before, newest first. Never keeps anybody from giving.
#[component]
pub fn Before(
    /// What was given before, with who received it where that is to be said.
    #[prop(into)]
    found: Signal<Vec<(Brief, String)>>,
    /// When this device last heard everything new.
    #[prop(into)]
    collected: Signal<Option<u64>>,
) -> impl IntoView {
    let words = use_words();
    let tables = use_tables();
    let lines = move || {
        let mut found = found.get();
        found.sort_by_key(|(brief, _)| std::cmp::Reverse((brief.when, brief.record)));
        let told = found.iter().take(SHOWN).map(|(brief, name)| told(words, tables, brief, name));
        let told: Vec<String> = told.collect();
        (!told.is_empty()).then(|| {
            let missing = missing(words, collected.get());
            view! {
                <Notice class="notice--attention" icon=Icon::Alert>
                    <span class="give__before">{told.join(" ")}</span>" "{missing}
                </Notice>
            }
        })
    };
    view! { <div role="status">{lines}</div> }
}
