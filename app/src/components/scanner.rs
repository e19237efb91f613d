//! The camera as a reader of codes, until one was read that its page can use. A photograph of a code or a file that an
//! applicant's phone made does as well.
//!
//! The camera is off before it is asked for, when a code was read, and when the page is left, hidden or locked.

mod file;

use super::camera::lens::{Lens, LensFault};
use super::icon::{Draw, Icon};
use super::picture::Purpose;
use crate::scanning::{Eyes, Seen};
use crate::words::{Key, use_words};
use gloo_timers::future::TimeoutFuture;
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::HtmlVideoElement;
use seal::frames::{Gathered, Gathering};
use std::rc::Rc;

/// Between two looks: the page and the browser's own picture need the time too.
const PAUSE_MS: u32 = 50;

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// The bytes of a code of ours, of a whole sequence of them, or of a file that carries the same.
    Slip(Vec<u8>),
    /// The text of any other code, such as the reference on a slip of paper.
    Text(String),
}

/// Whoever takes what was read; a sentence says why it is of no use there.
type OnRead = UnsyncCallback<Scanned, Result<(), Key>>;

/// What the camera is at, for the view.
#[derive(Clone, Copy)]
struct Looking {
    open: RwSignal<bool>,
    trouble: RwSignal<Option<Key>>,
    /// Pieces of a sequence: how many there are, of how many.
    parts: RwSignal<Option<(usize, usize)>>,
    /// Whether the light is on; `None` where there is none.
    light: RwSignal<Option<bool>>,
    lens: StoredValue<Option<Rc<Lens>>, LocalStorage>,
    /// Grows with each opening: a camera that comes late for an earlier one goes at once.
    turn: StoredValue<u32>,
}

impl Looking {
    fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            trouble: RwSignal::new(None),
            parts: RwSignal::new(None),
            light: RwSignal::new(None),
            lens: StoredValue::new_local(None),
            turn: StoredValue::new(0),
        }
    }

    fn close(self) {
        let _ = self.turn.try_update_value(|turn| *turn += 1);
        let _ = self.lens.try_update_value(Option::take);
        self.open.try_set(false);
        self.parts.try_set(None);
        self.light.try_set(None);
    }

    fn close_with(self, why: Key) {
        self.close();
        self.trouble.try_set(Some(why));
    }
}

/// A button that opens the camera until a code was read.
#[component]
pub fn Scanner(
    /// Takes what was read, and the camera closes. What it cannot use is said in the sentence it gives back; after a code
    /// that is none of ours the camera goes on looking.
    on_read: impl Fn(Scanned) -> Result<(), Key> + 'static,
    /// What the button says.
    #[prop(default = Key::ScannerOpen)]
    label: Key,
    /// Whether a photograph or a file may be chosen before the camera is open too.
    #[prop(default = true)]
    files: bool,
) -> impl IntoView {
    let words = use_words();
    let looking = Looking::new();
    let on_read = UnsyncCallback::new(on_read);
    let video = NodeRef::<html::Video>::new();
    Effect::new(move |_| {
        if let Some(element) = video.get() {
            leptos::task::spawn_local(look(looking, element, on_read));
        }
    });
    on_cleanup(move || looking.close());
    let toggle = move |_| {
        let opens = !looking.open.get_untracked();
        looking.close();
        looking.trouble.set(None);
        looking.open.set(opens);
    };
    let light = move || {
        looking.light.get().map(|on| {
            let label = if on { Key::ScannerLightOff } else { Key::ScannerLightOn };
            view! {
                <button class="btn" type="button" aria-pressed=on.to_string() on:click=move |_| switch(looking, !on)>
                    <Draw icon=Icon::SunMoon/>
                    {words.get(label)}
                </button>
            }
        })
    };
    let progress = move || {
        looking.parts.get().map(|(have, of)| {
            let (have, of) = (have as u64, of as u64);
            let said = [("have", &*words.number(have)), ("of", &words.number(of))];
            view! {
                <div class="stack">
                    <p class="scanner__parts">{words.with(Key::ScannerParts, &said)}</p>
                    <progress class="progress" value=have.to_string() max=of.to_string()
                        aria-label=words.get(Key::ScannerPartsLabel)></progress>
                    <p class="soft">{words.get(Key::ScannerHold)}</p>
                </div>
            }
        })
    };
    let aim = move || {
        looking.parts.get().is_none().then(|| view! { <p class="soft">{words.get(Key::ScannerAim)}</p> })
    };
    view! {
        <div class="scanner stack">
            <div class="line">
                <button class="btn" type="button" aria-expanded=move || looking.open.get().to_string() on:click=toggle>
                    {move || view! { <Draw icon=if looking.open.get() { Icon::X } else { Icon::Qr }/> }}
                    {move || words.get(if looking.open.get() { Key::CameraClose } else { label })}
                </button>
                {light}
                <file::Choose looking on_read shown=Signal::derive(move || files || looking.open.get())/>
            </div>
            <p class="field__error" role="alert">{move || looking.trouble.get().map(|key| words.get(key))}</p>
            <Show when=move || looking.open.get()>
                <video class="finder__video" node_ref=video muted=true playsinline=true aria-label=move || words.get(Key::CameraView)></video>
                {aim}
                {progress}
            </Show>
        </div>
    }
}

fn switch(looking: Looking, on: bool) {
    let Some(lens) = looking.lens.get_value() else { return };
    leptos::task::spawn_local(async move {
        if lens.light(on).await {
            looking.light.try_set(Some(on));
        }
    });
}

/// Opens the camera and looks until something was read, or the page went.
async fn look(looking: Looking, video: HtmlVideoElement, on_read: OnRead) {
    let Some(this) = looking.turn.try_get_value() else { return };
    let stays = move || looking.turn.try_get_value() == Some(this) && !document().hidden();
    // Its 1280 × 960 pixels show a code of 800 bytes held before it. More would take longer to look at.
    let lens = match Lens::open(Purpose::Person, None).await {
        Ok(lens) => lens,
        Err(fault) if stays() => return looking.close_with(words_of(fault)),
        Err(_) => return,
    };
    let eyes = Eyes::open().await;
    if !stays() {
        return looking_went(looking, this);
    }
    lens.show_in(&video);
    looking.light.try_set(lens.has_light().then_some(false));
    let lens = Rc::new(lens);
    let _ = looking.lens.try_update_value(|held| *held = Some(lens));
    let mut gathering = Gathering::new();
    // What its page could not use is not told again and again.
    let mut refused = None;
    while stays() {
        match eyes.glance(&video).await {
            Seen::Text(text) if stays() && refused.as_ref() != Some(&text) => {
                let Some(read) = gathered(looking, &mut gathering, &text) else { continue };
                let slip = matches!(read, Scanned::Slip(_));
                match on_read.run(read) {
                    Ok(()) => return looking.close(),
                    // Whoever held this before the camera meant it.
                    Err(why) if slip => return looking.close_with(why),
                    // Some other code may have come into sight on the way to the right one.
                    Err(why) => {
                        looking.trouble.try_set(Some(why));
                        refused = Some(text);
                    }
                }
            }
            Seen::Blind => return looking.close_with(Key::ScannerUnable),
            Seen::Text(_) | Seen::Nothing => {}
        }
        TimeoutFuture::new(PAUSE_MS).await;
    }
    looking_went(looking, this);
}

/// Hidden: the camera goes. Closed, or opened anew: it went already.
fn looking_went(looking: Looking, this: u32) {
    if looking.turn.try_get_value() == Some(this) {
        looking.close();
    }
}

/// What a code's text comes to; says why when it comes to nothing yet.
fn gathered(looking: Looking, gathering: &mut Gathering, text: &str) -> Option<Scanned> {
    let trouble = match gathering.take(text) {
        Gathered::Done(bytes) => return Some(Scanned::Slip(bytes)),
        Gathered::NotOurs => return Some(Scanned::Text(text.to_owned())),
        Gathered::More { have, of } => {
            looking.parts.try_set(Some((have, of)));
            None
        }
        Gathered::Newer => Some(Key::ScannerNewer),
        Gathered::Torn => Some(Key::ScannerTorn),
    };
    looking.trouble.try_set(trouble);
    None
}

fn words_of(fault: LensFault) -> Key {
    match fault {
        LensFault::Refused => Key::CameraRefused,
        LensFault::Missing => Key::CameraMissing,
        LensFault::InUse => Key::CameraInUse,
    }
}
