//! Asks again before something that is not easily undone: what is lost, and what is not.

use crate::components::{Icon, Notice};
use crate::words::{Key, use_words};
use leptos::html::Dialog;
use leptos::prelude::*;

/// What is asked before a deed.
#[derive(Clone, Copy)]
pub struct Question {
    /// Names what is about to happen.
    pub title: Key,
    /// What it means, a sentence each: what is lost, what is not.
    pub sentences: &'static [Key],
    /// What the button says that does it.
    pub deed: Key,
    /// It cannot be taken back whole.
    pub grave: bool,
}

/// The dialog: open while there is a question.
#[component]
pub fn Confirm(
    /// What is asked; `None` for nothing.
    asked: RwSignal<Option<Question>>,
    /// Does it.
    on_yes: impl Fn() + 'static,
) -> impl IntoView {
    let words = use_words();
    let dialog = NodeRef::<Dialog>::new();
    let on_yes = StoredValue::new_local(on_yes);
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match asked.with(Option::is_some) {
            true => {
                let _ = dialog.show_modal();
            }
            false => dialog.close(),
        }
    });
    let yes = move |_| {
        asked.set(None);
        on_yes.with_value(|yes| yes());
    };
    let content = move || {
        asked.get().map(|question| {
            let Question { title, sentences, deed, grave } = question;
            let class = if grave { "btn btn--danger" } else { "btn btn--primary" };
            let sentences: Vec<_> =
                sentences.iter().map(|key| view! { <p>{words.get(*key)}</p> }).collect();
            view! {
                <div class="stack">
                    <h2 id="confirm-title">{words.get(title)}</h2>
                    {sentences}
                    <div class="line">
                        <button class=class type="button" on:click=yes>{words.get(deed)}</button>
                        <button class="btn btn--quiet" type="button" autofocus on:click=move |_| asked.set(None)>
                            {words.get(Key::Cancel)}
                        </button>
                    </div>
                </div>
            }
        })
    };
    view! {
        <dialog class="confirm" node_ref=dialog aria-labelledby="confirm-title" on:cancel=move |event: leptos::ev::Event| {
            event.prevent_default();
            asked.set(None);
        }>{content}</dialog>
    }
}

/// What came of a deed, said once.
#[component]
pub fn Told(
    /// The sentence, and whether it is good news.
    told: RwSignal<Option<(bool, String)>>,
) -> impl IntoView {
    let notice = move || {
        told.get().map(|(good, sentence)| {
            if good {
                view! { <Notice class="notice--ok" icon=Icon::Check>{sentence}</Notice> }.into_any()
            } else {
                view! { <Notice class="notice--error" icon=Icon::Alert>{sentence}</Notice> }.into_any()
            }
        })
    };
    view! { <div role="alert">{notice}</div> }
}
