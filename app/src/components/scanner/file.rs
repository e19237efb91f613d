//! A photograph of a code, or the file that an applicant's phone made, in place of the camera.

use super::{Looking, OnRead, Scanned, gathered};
use crate::components::icon::{Draw, Icon};
use crate::scanning::{Eyes, Seen};
use crate::words::{Key, use_words};
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::File;
use seal::frames::Gathering;
use wasm_bindgen_futures::JsFuture;

/// How the names of files end that carry what a code carries.
const ENDING: &str = ".amparo";
/// Largest file of ours: what a phone hands over with its photos. And the largest photograph.
const LARGEST: f64 = 16.0 * 1024.0 * 1024.0;
const LARGEST_PHOTO: f64 = 30.0 * 1024.0 * 1024.0;

/// The button, and what it chooses from.
#[component]
pub fn Choose(
    looking: Looking,
    on_read: OnRead,
    /// Whether it is offered now. What was chosen is read to its end all the same.
    shown: Signal<bool>,
) -> impl IntoView {
    let words = use_words();
    let input = NodeRef::<html::Input>::new();
    let busy = RwSignal::new(false);
    let chosen = move |_| {
        let Some(element) = input.get_untracked() else { return };
        let Some(file) = element.files().and_then(|files| files.get(0)) else { return };
        // The same file can be chosen again.
        element.set_value("");
        looking.close();
        looking.trouble.set(None);
        busy.set(true);
        leptos::task::spawn_local(async move {
            let read = read(looking, &file).await;
            // Left meanwhile.
            if busy.try_set(false).is_some() {
                return;
            }
            if let Err(why) = read.and_then(|read| on_read.run(read)) {
                looking.trouble.try_set(Some(why));
            }
        });
    };
    let choose = move |_| {
        if let Some(element) = input.get_untracked() {
            element.click();
        }
    };
    view! {
        <button class="btn" type="button" hidden=move || !shown.get() && !busy.get() aria-busy=move || busy.get().to_string() disabled=busy on:click=choose>
            <Draw icon=Icon::Image/>
            {move || words.get(if busy.get() { Key::ScannerReading } else { Key::ScannerFile })}
        </button>
        <input type="file" accept="image/*,.amparo" hidden node_ref=input
            aria-label=move || words.get(Key::ScannerFile) on:change=chosen/>
    }
}

async fn read(looking: Looking, file: &File) -> Result<Scanned, Key> {
    let ours = file.name().to_ascii_lowercase().ends_with(ENDING);
    if file.size() > if ours { LARGEST } else { LARGEST_PHOTO } {
        return Err(Key::ScannerTooLarge);
    }
    if ours {
        let bytes = JsFuture::from(file.array_buffer()).await.map_err(|_| Key::ScannerNoFile)?;
        return Ok(Scanned::Slip(js_sys::Uint8Array::new(&bytes).to_vec()));
    }
    match Eyes::open().await.study(file).await {
        None => Err(Key::ScannerNoFile),
        Some(Seen::Blind) => Err(Key::ScannerUnable),
        Some(Seen::Nothing) => Err(Key::ScannerNothing),
        Some(Seen::Text(text)) => {
            let read = gathered(looking, &mut Gathering::new(), &text);
            // One frame of several is no whole code; what else was wrong was found before.
            let _ = looking.parts.try_set(None);
            read.ok_or_else(|| looking.trouble.try_get_untracked().flatten().unwrap_or(Key::ScannerPart))
        }
    }
}
