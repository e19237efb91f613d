//! Small pieces: states, notices, faces, the error summary.

use super::icon::{Draw, Icon};
use crate::words::{Key, use_words};
use leptos::prelude::*;
use leptos_router::components::A;

/// How a state is coloured. The word beside it always says it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Tone {
    Here,
    Unsent,
    Sending,
    Sent,
    Attention,
    Error,
    Offline,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Tone::Here => "status",
            Tone::Unsent => "status status--unsent",
            Tone::Sending => "status status--sending",
            Tone::Sent => "status status--sent",
            Tone::Attention => "status status--attention",
            Tone::Error => "status status--error",
            Tone::Offline => "status status--offline",
        }
    }
}

/// A state: a dot and its word.
#[component]
pub fn Status(
    /// Its colour.
    tone: Tone,
    /// Its word.
    children: Children,
) -> impl IntoView {
    view! { <span class=tone.class()>{children()}</span> }
}

/// Initials of a person, never read aloud.
#[component]
pub fn Face(
    /// Name as shown.
    name: String,
    /// Focal point of a group.
    #[prop(optional)]
    lead: bool,
) -> impl IntoView {
    let initials = initials(&name);
    let class = if lead { "face face--lead" } else { "face" };
    view! { <span class=class aria-hidden="true">{initials}</span> }
}

/// First letters of the first and the last word of a name.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphabetic()));
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

/// A sentence that matters, with its icon.
#[component]
pub fn Notice(
    /// `""`, `"notice--ok"`, `"notice--attention"`, `"notice--error"`, `"notice--new"`.
    #[prop(optional)]
    class: &'static str,
    /// Its icon.
    icon: Icon,
    /// The sentence, and perhaps a button.
    children: Children,
) -> impl IntoView {
    view! {
        <div class=format!("notice {class}")>
            <Draw icon/>
            <p class="notice__text">{children()}</p>
        </div>
    }
}

/// A sentence while something takes its time.
#[component]
pub fn Busy(
    /// What is being done.
    label: Key,
) -> impl IntoView {
    let words = use_words();
    view! { <p class="busy" role="status">{move || words.get(label)}</p> }
}

/// The way back to another page.
#[component]
pub fn Back(
    /// Where to.
    #[prop(into)]
    href: String,
    /// Its name.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    view! {
        <A href=href attr:class="back">
            <Draw icon=Icon::ArrowLeft/>
            {label}
        </A>
    }
}

/// What is wrong, each linked to its input. Takes the focus when it appears.
#[component]
pub fn ErrorSummary(
    /// Id of the input and the sentence, in the order of the form.
    #[prop(into)]
    faults: Signal<Vec<(String, String)>>,
    /// Called before an input is looked for, so that the part of the form that holds it can be shown.
    on_follow: impl Fn(&str) + Clone + Send + Sync + 'static,
    /// Grows by one with each check, so that a second check with the same faults takes the focus again.
    #[prop(into)]
    checks: Signal<usize>,
    /// Whether what was typed lies on the device: said only where it is so.
    #[prop(into, default = Signal::from(false))]
    kept: Signal<bool>,
) -> impl IntoView {
    let words = use_words();
    let element = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        checks.track();
        if let (false, Some(element)) = (faults.with(Vec::is_empty), element.get()) {
            let _ = element.focus();
            element.scroll_into_view();
        }
    });
    let list = move || {
        let links = faults.get().into_iter().map(|(id, sentence)| {
            let on_follow = on_follow.clone();
            let target = id.clone();
            let follow = move |event: leptos::ev::MouseEvent| {
                event.prevent_default();
                on_follow(&target);
                focus_later(target.clone());
            };
            view! { <li><a href=format!("#{id}") on:click=follow>{sentence}</a></li> }
        });
        links.collect_view()
    };
    view! {
        <Show when=move || !faults.with(Vec::is_empty)>
            <div class="summary" role="alert" aria-labelledby="summary-title" tabindex="-1" node_ref=element>
                <h2 class="summary__title" id="summary-title">
                    {move || words.count(Key::SummaryTitle, faults.with(Vec::len) as u64)}
                </h2>
                <Show when=move || kept.get()>
                    <p class="note">{move || words.get(Key::SummaryKept)}</p>
                </Show>
                <ul>{list.clone()}</ul>
            </div>
        </Show>
    }
}

/// Moves the focus to an element once what was just changed has been drawn.
pub fn focus_later(id: String) {
    request_animation_frame(move || {
        use wasm_bindgen::JsCast;
        let element = document().get_element_by_id(&id);
        if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_those_of_the_first_and_last_name() {
        for (name, expected) in [
            ("Ana María de los Ángeles", "AÁ"),
            ("Rahmatullah", "R"),
            ("", ""),
            ("أمينة علي", "أع"),
            ("ömer", "Ö"),
        ] {
            assert_eq!(initials(name), expected);
        }
    }
}
