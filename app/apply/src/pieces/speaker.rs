//! Reading the page aloud, by a voice that lies on the phone itself: what stands on a page goes to nobody's server.

use super::When;
use super::icon::{self, Draw};
use crate::words::{Key, use_words};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{SpeechSynthesis, SpeechSynthesisUtterance, SpeechSynthesisVoice};

/// What is read: every piece of text of its own, in the order of the page.
const READ: &str =
    "form h1, form h2, form h3, form p:not([hidden]), form legend, form label, form li, form dt, form dd";

/// The button that reads the page aloud. It is there only where the phone has a voice for the language.
#[component]
pub fn Speaker() -> impl IntoView {
    let words = use_words();
    let heard = RwSignal::new(0u32);
    let speaking = RwSignal::new(false);
    if let Some(synthesis) = synthesis() {
        // Voices come later than the page.
        let on_voices = Closure::<dyn FnMut()>::new(move || {
            heard.try_update(|heard| *heard += 1);
        });
        let held = StoredValue::new_local((synthesis, on_voices));
        listen(held, true);
        on_cleanup(move || listen(held, false));
    }
    let there = Signal::derive(move || {
        heard.track();
        voice(words.language().code()).is_some()
    });
    let press = move |_| {
        if speaking.get() {
            if let Some(synthesis) = synthesis() {
                synthesis.cancel();
            }
            return speaking.set(false);
        }
        speaking.set(read_aloud(words.language().code(), speaking).is_some());
    };
    let label =
        Signal::derive(move || words.get(if speaking.get() { Key::FrameQuiet } else { Key::FrameListen }));
    view! {
        <When is=there>
            <button type="button" class="door__listen" on:click=press>
                <Draw icon=icon::LISTEN/>
                {label}
            </button>
        </When>
    }
}

type Held = StoredValue<(SpeechSynthesis, Closure<dyn FnMut()>), LocalStorage>;

/// Hears of voices, or no longer; then nothing is read any more either.
fn listen(held: Held, on: bool) {
    held.try_with_value(|(synthesis, on_voices)| {
        let (target, heard) =
            (synthesis.unchecked_ref::<web_sys::EventTarget>(), on_voices.as_ref().unchecked_ref());
        let _ = if on {
            target.add_event_listener_with_callback("voiceschanged", heard)
        } else {
            synthesis.cancel();
            target.remove_event_listener_with_callback("voiceschanged", heard)
        };
    });
}

/// Missing in some browsers, and `null` in others.
fn synthesis() -> Option<SpeechSynthesis> {
    let found = js_sys::Reflect::get(&window(), &JsValue::from_str("speechSynthesis")).ok()?;
    found.is_object().then(|| found.unchecked_into())
}

fn voice(language: &str) -> Option<SpeechSynthesisVoice> {
    let voices = synthesis()?.get_voices();
    let mut voices = voices.iter().map(JsCast::unchecked_into::<SpeechSynthesisVoice>);
    voices.find(|voice| voice.local_service() && voice.lang().split(['-', '_']).next() == Some(language))
}

fn read_aloud(language: &str, speaking: RwSignal<bool>) -> Option<()> {
    let (synthesis, voice) = (synthesis()?, voice(language)?);
    let found = document().query_selector_all(READ).ok()?;
    let mut text = String::new();
    for at in 0..found.length() {
        if let Some(piece) = found.item(at).and_then(|node| node.text_content()) {
            text.push_str(piece.trim());
            text.push_str(".\n");
        }
    }
    let utterance = SpeechSynthesisUtterance::new_with_text(&text).ok()?;
    utterance.set_voice(Some(&voice));
    utterance.set_lang(&voice.lang());
    let done = Closure::once_into_js(move || {
        speaking.try_set(false);
    });
    utterance.set_onend(Some(done.unchecked_ref()));
    synthesis.cancel();
    synthesis.speak(&utterance);
    Some(())
}
