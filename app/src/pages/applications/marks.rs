//! Marks of urgency as chips, each with its word and its icon.

use super::label;
use crate::components::{Draw, Icon};
use crate::forms::use_forms;
use leptos::prelude::*;

fn icon(mark: &str) -> Icon {
    match mark {
        "private_talk" => Icon::Lock,
        "alone_child" => Icon::Person,
        "newborn" => Icon::Baby,
        "pregnant" => Icon::Heart,
        "serious_illness" => Icon::Pulse,
        _ => Icon::Alert,
    }
}

/// The marks of one application.
#[component]
pub fn Marks(
    /// Codes of list `application_mark`.
    marks: Vec<&'static str>,
) -> impl IntoView {
    let forms = use_forms();
    let chips = marks.into_iter().map(|mark| {
        view! {
            <span class="chip chip--attention">
                <Draw icon=icon(mark)/>
                {move || label(forms, "application_mark", mark)}
            </span>
        }
    });
    chips.collect_view()
}
