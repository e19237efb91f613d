//! What stands on the first page of a device on which the office withdrew an access.

use crate::components::{Icon, Notice};
use crate::device::use_device;
use crate::when;
use crate::words::{Key, use_words};
use leptos::prelude::*;

/// Says that an access was withdrawn, when, and what becomes of what was not sent. Nothing where none was.
#[component]
pub fn WithdrawnNotice() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let withdrawn = LocalResource::new(move || {
        device.changed.track();
        let mailbox = device.store().mailbox();
        async move { mailbox.withdrawn().await.unwrap_or_default() }
    });
    move || {
        let withdrawn = withdrawn.get().unwrap_or_default();
        let notices = withdrawn.into_iter().map(|it| {
            view! {
                <Notice class="notice--attention" icon=Icon::Lock>
                    <span>{move || words.with(Key::WithdrawnText, &[("when", &when::moment(words, it.at))])}</span>
                    " "
                    <span>{move || match it.unsent {
                        0 => words.get(Key::WithdrawnSent).to_string(),
                        unsent => words.count(Key::WithdrawnUnsent, unsent as u64).to_string(),
                    }}</span>
                </Notice>
            }
        });
        notices.collect::<Vec<_>>()
    }
}
