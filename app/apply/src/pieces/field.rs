//! One line of text: label, hint, error, input.

use super::Fault;
use crate::words::{Key, use_words};
use leptos::prelude::*;

/// One line of text.
#[component]
pub fn Field(
    /// Names the input, so that [`super::Errors`] can link to it.
    #[prop(into)]
    id: String,
    /// What is asked.
    #[prop(into)]
    label: Signal<String>,
    /// What was typed.
    #[prop(into)]
    value: Signal<String>,
    /// Takes what is typed.
    #[prop(into)]
    on_type: Callback<String>,
    /// A word of help; empty where none is needed.
    #[prop(into, default = Signal::from(String::new()))]
    hint: Signal<String>,
    /// What is wrong with it.
    #[prop(into, default = Signal::from(None))]
    fault: Fault,
    /// Which keys the phone shows: `text`, `tel`, `numeric`.
    #[prop(default = "text")]
    keys: &'static str,
    /// Most letters.
    #[prop(default = 120)]
    most: u32,
) -> impl IntoView {
    let class = field_class(fault);
    let described = described_by(&id);
    view! {
        <div class=class>
            <label class="door__label" for=id.clone()>{label}</label>
            <Explained id=id.clone() hint fault/>
            <input
                class="door__input"
                type="text"
                id=id
                inputmode=keys
                maxlength=most
                autocomplete="off"
                autocapitalize=if keys == "text" { "words" } else { "off" }
                spellcheck="false"
                prop:value=value
                on:input=move |event| on_type.run(event_target_value(&event))
                aria-describedby=described
                aria-invalid=invalid(fault)
            />
        </div>
    }
}

/// Hint and error of a question, before its input. `ID-hint` and `ID-error` name them.
#[component]
pub fn Explained(
    /// Of the question.
    id: String,
    /// A word of help; empty where none is needed.
    hint: Signal<String>,
    /// What is wrong with it.
    fault: Fault,
) -> impl IntoView {
    let words = use_words();
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    view! {
        <p class="door__hint" id=hint_id hidden=Signal::derive(move || hint.with(String::is_empty))>{hint}</p>
        <p class="door__error" id=error_id hidden=Signal::derive(move || fault.get().is_none())>
            <span class="door__hears">{words.text(Key::ErrorsMark)}" "</span>
            {Signal::derive(move || fault.get().unwrap_or_default())}
        </p>
    }
}

/// The class of a question, which shows when something is wrong with its answer.
pub(super) fn field_class(fault: Fault) -> Signal<&'static str> {
    Signal::derive(
        move || if fault.get().is_some() { "door__field door__field--error" } else { "door__field" },
    )
}

/// For `aria-invalid`.
pub(super) fn invalid(fault: Fault) -> Signal<&'static str> {
    Signal::derive(move || if fault.get().is_some() { "true" } else { "false" })
}

/// For `aria-describedby`.
pub(super) fn described_by(id: &str) -> String {
    format!("{id}-hint {id}-error")
}
