//! The camera as a reader of slips, where the browser reads codes by itself. Elsewhere a sentence says to type the eight
//! characters instead.

use crate::components::camera::lens::{Lens, LensFault};
use crate::components::picture::Purpose;
use crate::components::{Draw, Icon};
use crate::words::{Key, use_words};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Between two looks.
const LOOK_MS: u32 = 200;

/// The browser's own reader of codes.
struct Reader(JsValue);

impl Reader {
    /// Whether the browser has one.
    fn is_there() -> bool {
        constructor().is_some()
    }

    fn new() -> Option<Self> {
        let options = Object::new();
        Reflect::set(&options, &"formats".into(), &Array::of1(&"qr_code".into())).ok()?;
        // One that knows no such code says so here.
        Reflect::construct(&constructor()?, &Array::of1(&options)).ok().map(Self)
    }

    /// The first code in sight.
    async fn read(&self, video: &JsValue) -> Option<String> {
        let detect: Function = Reflect::get(&self.0, &"detect".into()).ok()?.dyn_into().ok()?;
        let seen: Promise = detect.call1(&self.0, video).ok()?.dyn_into().ok()?;
        let seen = Array::from(&JsFuture::from(seen).await.ok()?);
        Reflect::get(&seen.get(0), &"rawValue".into()).ok()?.as_string()
    }
}

fn constructor() -> Option<Function> {
    Reflect::get(&js_sys::global(), &"BarcodeDetector".into()).ok()?.dyn_into().ok()
}

/// A button that opens the camera until a code was read.
#[component]
pub fn Scan(
    /// Takes what the code says.
    on_read: impl Fn(String) + Copy + 'static,
) -> impl IntoView {
    let words = use_words();
    if !Reader::is_there() {
        return view! { <p class="note">{move || words.get(Key::FinderNoCamera)}</p> }.into_any();
    }
    let open = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Key>);
    // Grows with each opening: a camera that comes late for an earlier one goes at once.
    let turn = StoredValue::new(0_u32);
    let video = NodeRef::<html::Video>::new();
    Effect::new(move |_| {
        let Some(element) = video.get() else { return };
        let this = turn.get_value();
        leptos::task::spawn_local(async move {
            let stays = move || turn.try_get_value() == Some(this);
            let lens = Lens::open(Purpose::Page, None).await;
            let (lens, reader) = match (lens, Reader::new()) {
                (Ok(lens), Some(reader)) => (lens, reader),
                (Err(LensFault::Refused), _) => return close_with(open, trouble, Key::CameraRefused),
                (Err(LensFault::InUse), _) => return close_with(open, trouble, Key::CameraInUse),
                _ => return close_with(open, trouble, Key::CameraMissing),
            };
            lens.show_in(&element);
            while stays() && !document().hidden() {
                if let Some(read) = reader.read(&element).await {
                    if stays() {
                        open.try_set(false);
                        on_read(read);
                    }
                    return;
                }
                TimeoutFuture::new(LOOK_MS).await;
            }
            // Hidden or closed: the camera goes with its handle.
            if stays() {
                open.try_set(false);
            }
        });
    });
    on_cleanup(move || {
        let _ = turn.try_update_value(|turn| *turn += 1);
    });
    let toggle = move |_| {
        turn.update_value(|turn| *turn += 1);
        trouble.set(None);
        open.update(|open| *open = !*open);
    };
    view! {
        <div class="line">
            <button class="btn" type="button" aria-expanded=move || open.get().to_string() on:click=toggle>
                {move || view! { <Draw icon=if open.get() { Icon::X } else { Icon::Qr }/> }}
                {move || words.get(if open.get() { Key::CameraClose } else { Key::FinderScan })}
            </button>
        </div>
        <p class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
        <Show when=move || open.get()>
            <video class="finder__video" node_ref=video muted=true playsinline=true aria-label=move || words.get(Key::CameraView)></video>
        </Show>
    }
    .into_any()
}

fn close_with(open: RwSignal<bool>, trouble: RwSignal<Option<Key>>, why: Key) {
    open.try_set(false);
    trouble.try_set(Some(why));
}
