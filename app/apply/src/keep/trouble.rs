//! What is wrong with what is kept, in words.

use super::{Page, Trouble, use_kept};
use crate::frame::{Frame, use_door};
use crate::page::Page as Place;
use crate::pieces::lean::dynamic;
use crate::pieces::{Notice, Tone, icon};
use crate::words::{Key, use_words};
use leptos::prelude::*;

/// Says what is wrong and what helps.
pub fn trouble() -> impl IntoView {
    let (kept, door, words) = (use_kept(), use_door(), use_words());
    let sentences = move || match kept.trouble() {
        Some(Trouble::KeepsNothing) => [Key::KeepNothingKept, Key::KeepNothingKeptHow],
        Some(Trouble::Shut) => [Key::KeepShut, Key::KeepShutHow],
        Some(Trouble::Elsewhere) => [Key::KeepElsewhere, Key::KeepElsewhereHow],
        Some(Trouble::Gone) => [Key::KeepGone, Key::KeepGoneHow],
        None => [Key::KeepAllWell, Key::KeepAllWellHow],
    };
    let go_on = move |()| {
        leptos::task::spawn_local(async move {
            if matches!(kept.trouble_untracked(), Some(Trouble::KeepsNothing | Trouble::Shut)) {
                // What keeps it shut may be gone by now.
                let _ = window().location().reload();
                return;
            }
            kept.understood().await;
            if matches!(untrack(|| door.page()), Place::Keep(Page::Trouble)) {
                door.replace(Place::Welcome);
            }
        });
    };
    view! {
        <Frame
            title=words.text(Key::KeepTroubleTitle)
            icon=icon::ALERT
            no_back=true
            on_next=Callback::new(go_on)
        >
            <Notice tone=Tone::Attention>
                {dynamic(move || sentences().map(|key| view! { <p>{words.get(key)}</p> }.into_any()).into_any())}
            </Notice>
        </Frame>
    }
}
