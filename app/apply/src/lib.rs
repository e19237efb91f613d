//! The applicants' door: a family fills in its pre-registration on its own phone, with no account, with or without a line.
//!
//! It must stay small (180 KB brotli in all, measured by `cargo xtask dist`): no router, no tables but those of its
//! questions, sentences and choices of one language at a time. It holds no enrolment and no staff vault, and never opens
//! their database.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod ask;
pub mod choices;
pub mod exit;
pub mod frame;
pub mod keep;
pub mod line;
pub mod page;
pub mod pieces;
pub mod plain;
pub mod sent;
pub mod words;
pub mod worker;

use frame::{Door, Pages};
use leptos::prelude::*;

/// Loads words and choices, opens what is kept on this phone, and shows the door.
pub fn start() {
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    // Work begins before anything is mounted, and mounting is what starts Leptos's tasks otherwise.
    let _ = any_spawner::Executor::init_wasm_bindgen();
    leptos::task::spawn_local(async {
        let mut language = words::chosen();
        let mut words = words::Words::load(language).await;
        if !words.ready() {
            // Not kept yet, and no line: better another language than no words.
            language = words::Language::Spanish;
            words = words::Words::load(language).await;
        }
        let choices = choices::Choices::load(language).await;
        let kept = keep::open().await;
        let door = Door::new(words, choices);
        kept.tell(door);
        exit::listen(door);
        frame::replace_first_words();
        mount_to_body(move || {
            provide_context(words);
            provide_context(door);
            provide_context(kept);
            provide_context(sent::Carrier::start(kept));
            door.follow_history();
            view! { <Pages/> }
        });
        leptos::task::spawn_local(worker::register());
    });
}
