//! Reads QR codes in a worker: what reads them is large, and few pages have a camera.

use app::scanning::reader::{self, Grey};
use js_sys::{Reflect, Uint8ClampedArray};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

fn main() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let answer = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        // `null` says that there is nothing to read.
        let read = answer_to(&event.data()).map_or(JsValue::NULL, JsValue::from);
        let _ = answer.post_message(&read);
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
}

/// A question is `{turn, width, height, pixels}`: the bytes of a canvas, and which frame of a camera it is, or `null` for
/// a picture of which there is no other.
fn answer_to(question: &JsValue) -> Option<String> {
    let part = |name: &str| Reflect::get(question, &name.into()).ok();
    let number = |name: &str| part(name)?.as_f64();
    let pixels = part("pixels")?.dyn_into::<Uint8ClampedArray>().ok()?.to_vec();
    let picture = Grey::from_rgba(number("width")? as usize, number("height")? as usize, &pixels)?;
    match number("turn") {
        Some(turn) => reader::glance(&picture, turn as u32),
        None => reader::study(&picture),
    }
}
