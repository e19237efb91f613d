//! Dates as they are asked: three boxes; for a date of birth also only the year, or an age.

use super::ask::Question;
use crate::components::{DateField, TextField};
use crate::words::{Key, use_words};
use domain::case::Typed;
use domain::date::{DateMode, DateText};
use leptos::prelude::*;

/// The three boxes of a date as typed.
#[must_use]
pub fn boxes(date: &DateText) -> [String; 3] {
    [date.day.clone(), date.month.clone(), date.year.clone()]
}

/// Puts text into one of the three boxes.
pub fn set_box(date: &mut DateText, at: usize, text: String) {
    match at {
        0 => date.day = text,
        1 => date.month = text,
        _ => date.year = text,
    }
}

/// Date of birth: three boxes, or only the year, or an age.
#[component]
pub fn Born(
    /// The question.
    question: Question,
) -> impl IntoView {
    let words = use_words();
    let date = question.date();
    let mode = Signal::derive(move || date.with(|date| date.mode));
    let change = move |change: &dyn Fn(&mut DateText)| {
        let mut date = date.get_untracked();
        change(&mut date);
        question.put(Typed::Date(date));
    };
    let shown = Signal::derive(move || date.with(boxes));
    let age = Signal::derive(move || date.with(|date| date.age.clone()));
    let id = question.id();
    let way = move |chosen: DateMode, key: Key, ending: &'static str| {
        view! {
            <label class="choice">
                <input type="radio" name=format!("{}-way", question.id()) id=format!("{}-{ending}", question.id())
                    prop:checked=move || mode.get() == chosen
                    on:change=move |_| change(&|date| date.mode = chosen)/>
                <span>{move || words.get(key)}</span>
            </label>
        }
    };
    let is_age = move || matches!(mode.get(), DateMode::Age | DateMode::Estimate);
    let (boxes_id, age_id) = (id.clone(), id.clone());
    view! {
        <div class="stack" on:focusout=move |_| question.work.leave_soon(question.at)>
            <Show when=move || !is_age()>
                <DateField id=boxes_id.clone() label=question.label hint=Key::DateOfBirthHint value=shown
                    on_type=move |at, text| change(&|date| set_box(date, at, text.clone()))
                    fault=question.fault year_only=Signal::derive(move || mode.get() == DateMode::YearOnly)/>
            </Show>
            <Show when=is_age>
                <TextField id=age_id.clone() label=Key::Age value=age mode="numeric"
                    on_type=move |text| change(&|date| date.age = text.clone())
                    fault=question.fault hint=Key::AgeHint/>
            </Show>
            <label class="check">
                <input type="checkbox" id=format!("{id}-unsure") prop:checked=move || mode.get() != DateMode::Exact
                    on:change=move |event| {
                        let mode = if event_target_checked(&event) { DateMode::Age } else { DateMode::Exact };
                        change(&|date| date.mode = mode);
                    }/>
                <span>{move || words.get(Key::DateUnsure)}</span>
            </label>
            <Show when=move || mode.get() != DateMode::Exact>
                <div class="choices">
                    {way(DateMode::Age, Key::DateAgeOnly, "age-only")}
                    {way(DateMode::Estimate, Key::DateEstimate, "estimate")}
                    {way(DateMode::YearOnly, Key::DateYearOnly, "year-only")}
                </div>
            </Show>
        </div>
    }
}
