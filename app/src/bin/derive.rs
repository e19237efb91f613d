//! Stretches a passphrase in a worker that is thrown away afterwards: Wasm memory never shrinks, and what
//! was derived here is gone with it.

use js_sys::{ArrayBuffer, Reflect, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

fn main() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let answer = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        // `null` says that this device cannot do it: the costs are refused, or the memory is not there.
        let key = answer_to(&event.data());
        // This program may be thrown away as soon as it has answered, and its memory lies about for a while.
        seal::scrub::stack();
        let Some(key) = key else {
            let _ = answer.post_message(&JsValue::NULL);
            return;
        };
        // Moved, not copied: the page wipes the only one there is.
        let moved = js_sys::Array::of1(&key.buffer());
        let _ = answer.post_message_with_transfer(&key, &moved);
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let _ = scope.post_message(&JsValue::from_str("ready"));
}

/// Apart from what answers, so that what it leaves on the stack can be wiped before that.
#[inline(never)]
fn answer_to(order: &JsValue) -> Option<Uint8Array> {
    let key = stretch(order)?;
    // In a buffer from the start: what is short lies among JavaScript's own things otherwise, and stays there when it moves.
    let view = Uint8Array::new(&ArrayBuffer::new(32));
    view.copy_from(&key[..]);
    Some(view)
}

fn stretch(order: &JsValue) -> Option<zeroize::Zeroizing<[u8; 32]>> {
    let part = |name: &str| Reflect::get(order, &JsValue::from_str(name)).ok();
    let number = |name: &str| part(name)?.as_f64().map(|number| number as u32);
    let kdf = seal::Kdf { memory: number("memory")?, passes: number("passes")?, lanes: number("lanes")? };
    let salt: [u8; 16] = Uint8Array::new(&part("salt")?).to_vec().try_into().ok()?;
    let words = part("passphrase")?.dyn_into::<Uint8Array>().ok()?;
    let passphrase = zeroize::Zeroizing::new(words.to_vec());
    words.fill(0, 0, words.length());
    kdf.stretch(core::str::from_utf8(&passphrase).ok()?, &salt).ok()
}
