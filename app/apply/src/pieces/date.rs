//! A date in three boxes, or how old somebody is about. We never fill in a day that nobody said.

use super::field::{Explained, described_by, field_class, invalid};
use super::{Fault, memo};
use crate::words::{Key, use_words};
use domain::date::{DateMode, DateText};
use leptos::prelude::*;

/// A date in three boxes; with `age`, also «No sé la fecha exacta» and the age instead.
#[component]
pub fn DateBoxes(
    /// Names the first box, so that [`super::Errors`] can link to it; `ID-month`, `ID-year` and `ID-age` are the others.
    #[prop(into)]
    id: String,
    /// What is asked.
    #[prop(into)]
    label: Signal<String>,
    /// The title of the page asks the same.
    #[prop(optional)]
    hidden_label: bool,
    /// As typed.
    #[prop(into)]
    value: Signal<DateText>,
    /// Takes what is typed.
    #[prop(into)]
    on_type: Callback<DateText>,
    /// Whether an age answers too.
    #[prop(optional)]
    age: bool,
    /// A word of help.
    #[prop(into, default = Signal::from(String::new()))]
    hint: Signal<String>,
    /// What is wrong with it.
    #[prop(into, default = Signal::from(None))]
    fault: Fault,
) -> impl IntoView {
    let words = use_words();
    let inexact: Signal<bool> =
        memo(move || value.with(|value| matches!(value.mode, DateMode::Age | DateMode::Estimate))).into();
    let exact = Signal::derive(move || !inexact.get());
    let change = move |change: &dyn Fn(&mut DateText)| {
        let mut date = value.get_untracked();
        change(&mut date);
        on_type.run(date);
    };
    let error = format!("{id}-error");
    let part = |ending: &str, label: Key, most: u32, of: fn(&mut DateText) -> &mut String| {
        let id = format!("{id}{ending}");
        let labelled = id.clone();
        let class = if most > 3 { "door__input door__input--4" } else { "door__input door__input--2" };
        let text = Signal::derive(move || {
            let mut date = value.get();
            std::mem::take(of(&mut date))
        });
        view! {
            <label class="door__part" for=labelled>
                {move || words.get(label)}
                <input
                    class=class
                    id=id
                    type="text"
                    inputmode="numeric"
                    autocomplete="off"
                    maxlength=most
                    prop:value=text
                    on:input=move |event| change(&|date| *of(date) = event_target_value(&event))
                    aria-describedby=error.clone()
                    aria-invalid=invalid(fault)
                />
            </label>
        }
        .into_any()
    };
    let toggle = move |event| {
        let mode = if event_target_checked(&event) { DateMode::Age } else { DateMode::Exact };
        change(&|date| date.mode = mode);
    };
    let class = field_class(fault);
    view! {
        <fieldset class=class aria-describedby=described_by(&id)>
            <legend class=if hidden_label { "door__hears" } else { "door__label" }>{label}</legend>
            <Explained id=id.clone() hint fault/>
            <div class="door__parts" hidden=inexact>
                {part("", Key::DateDay, 2, |date| &mut date.day)}
                {part("-month", Key::DateMonth, 2, |date| &mut date.month)}
                {part("-year", Key::DateYear, 4, |date| &mut date.year)}
            </div>
            <div class="door__parts" hidden=exact>
                {part("-age", Key::DateAge, 3, |date| &mut date.age)}
            </div>
            {age.then(|| view! {
                <label class="door__card">
                    <input type="checkbox" prop:checked=inexact on:change=toggle/>
                    <span>{words.text(Key::DateInexact)}</span>
                </label>
            }.into_any())}
        </fieldset>
    }
}
