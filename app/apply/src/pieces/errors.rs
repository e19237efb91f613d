//! What is wrong on a page, said at its top.

use super::{When, dynamic, effect, focus_later};
use crate::words::{Key, use_words};
use leptos::prelude::*;

/// What is wrong, each linked to its input. Takes the focus whenever a check found something.
#[component]
pub fn Errors(
    /// Id of the input and the sentence, in the order of the page.
    #[prop(into)]
    faults: Signal<Vec<(String, String)>>,
    /// Grows by one with each check, so that a second check with the same faults takes the focus again.
    #[prop(into)]
    checks: Signal<u32>,
) -> impl IntoView {
    let words = use_words();
    let element = NodeRef::<leptos::html::Div>::new();
    effect(move || {
        checks.track();
        if let (false, Some(element)) = (faults.with(Vec::is_empty), element.get()) {
            let _ = element.focus();
            element.scroll_into_view();
        }
    });
    let list = move || -> Vec<AnyView> {
        let links = faults.get().into_iter().map(|(id, sentence)| {
            let target = id.clone();
            let follow = move |event: leptos::ev::MouseEvent| {
                event.prevent_default();
                focus_later(target.clone());
            };
            view! { <li><a href=format!("#{id}") on:click=follow>{sentence}</a></li> }.into_any()
        });
        links.collect()
    };
    view! {
        <When is=Signal::derive(move || !faults.with(Vec::is_empty))>
            <div class="door__errors" role="alert" aria-labelledby="errors-title" tabindex="-1" node_ref=element>
                <h2 id="errors-title">{Signal::derive(move || words.count(Key::ErrorsTitle, faults.with(Vec::len) as u64))}</h2>
                <ul role="list">{dynamic(move || list().into_any())}</ul>
            </div>
        </When>
    }
}
