//! Stretches a passphrase in a worker that is thrown away afterwards: Wasm memory never shrinks, and what
//! was derived here is gone with it.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

fn main() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let answer = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        // `null` says that this device cannot do it: the costs are refused, or the memory is not there.
        let key = stretch(&event.data()).map_or(JsValue::NULL, |key| Uint8Array::from(&key[..]).into());
        let _ = answer.post_message(&key);
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let _ = scope.post_message(&JsValue::from_str("ready"));
}

fn stretch(order: &JsValue) -> Option<zeroize::Zeroizing<[u8; 32]>> {
    let part = |name: &str| Reflect::get(order, &JsValue::from_str(name)).ok();
    let number = |name: &str| part(name)?.as_f64().map(|number| number as u32);
    let kdf = seal::Kdf { memory: number("memory")?, passes: number("passes")?, lanes: number("lanes")? };
    let salt: [u8; 16] = Uint8Array::new(&part("salt")?).to_vec().try_into().ok()?;
    kdf.stretch(&part("passphrase")?.as_string()?, &salt).ok()
}
