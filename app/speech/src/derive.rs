//! Asks a throw-away worker to stretch a passphrase, so that the page stays alive and keeps nothing.

use crate::files;
use js_sys::{ArrayBuffer, Object, Promise, Reflect, Uint8Array};
use seal::Kdf;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};
use zeroize::Zeroizing;

/// This device could not stretch a passphrase (its memory is too small, or the app's files are not whole).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAble;

/// Stretches a passphrase with the given costs.
///
/// # Errors
/// [`NotAble`].
pub async fn stretch(
    passphrase: &str,
    kdf: Kdf,
    salt: &[u8; 16],
) -> Result<Box<Zeroizing<[u8; 32]>>, NotAble> {
    stretch_digits(&seal::slot::normal(passphrase), kdf, salt).await
}

/// Stretches what is normal as it is, such as the digits of a PIN: [`stretch`] gives the same for them, and brings along
/// Unicode's tables.
///
/// # Errors
/// [`NotAble`].
pub async fn stretch_digits(
    normal: &str,
    kdf: Kdf,
    salt: &[u8; 16],
) -> Result<Box<Zeroizing<[u8; 32]>>, NotAble> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let script = files::address("derive").ok_or(NotAble)?;
    let worker = Worker::new_with_options(&script, &options).map_err(|_| NotAble)?;
    let order = Object::new();
    let numbers = [("memory", kdf.memory), ("passes", kdf.passes), ("lanes", kdf.lanes)];
    let mut parts: Vec<(&str, JsValue)> =
        numbers.into_iter().map(|(name, number)| (name, JsValue::from_f64(f64::from(number)))).collect();
    // As bytes that move to the worker: a string would leave copies on both sides, and nobody can wipe a string.
    let room = ArrayBuffer::new(u32::try_from(normal.len()).map_err(|_| NotAble)?);
    // In a buffer from the start: what is short lies among JavaScript's own things otherwise, and stays there when it moves.
    let words = Uint8Array::new(&room);
    words.copy_from(normal.as_bytes());
    parts.push(("passphrase", words.clone().into()));
    parts.push(("salt", Uint8Array::from(&salt[..]).into()));
    for (name, value) in parts {
        let _ = Reflect::set(&order, &JsValue::from_str(name), &value);
    }
    let answer = JsFuture::from(ask(&worker, order)).await;
    worker.terminate();
    // Still here if the worker never started; moved away, and empty, otherwise.
    if words.length() > 0 {
        words.fill(0, 0, words.length());
    }
    let key = answer.map_err(|_| NotAble)?.dyn_into::<Uint8Array>().map_err(|_| NotAble)?;
    let mut stretched = Box::new(Zeroizing::new([0; 32]));
    let fits = key.length() == 32;
    if fits {
        key.copy_to(&mut stretched[..]);
    }
    key.fill(0, 0, key.length());
    if fits { Ok(stretched) } else { Err(NotAble) }
}

/// Hands over the order once the worker says that it is ready; fails when it cannot start.
fn ask(worker: &Worker, order: Object) -> Promise {
    Promise::new(&mut |resolve, reject| {
        let (asked, order) = (worker.clone(), order.clone());
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if event.data().as_string().as_deref() == Some("ready") {
                let words = Reflect::get(&order, &JsValue::from_str("passphrase"));
                let moved = words.and_then(|words| Reflect::get(&words, &JsValue::from_str("buffer")));
                let moved = moved.map(|buffer| js_sys::Array::of1(&buffer)).unwrap_or_default();
                let _ = asked.post_message_with_transfer(&order, &moved);
            } else {
                let _ = resolve.call1(&JsValue::NULL, &event.data());
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget();
        worker.set_onerror(Some(&reject));
    })
}
