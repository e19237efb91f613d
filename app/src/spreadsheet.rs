//! Asks a throw-away worker to make a spreadsheet: the page stays alive meanwhile, and does not carry what writes it.

use crate::files;
use domain::service::export::Sheet;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

/// A sheet as the bytes of an XLSX file. `None` when it cannot be made here: the app's files are not whole, or the
/// memory is not there.
pub async fn xlsx(sheet: &Sheet) -> Option<Vec<u8>> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options(&files::address("sheet")?, &options).ok()?;
    let order = Uint8Array::from(&sheet.to_bytes()[..]);
    let answer = JsFuture::from(ask(&worker, order)).await;
    worker.terminate();
    Some(answer.ok()?.dyn_into::<Uint8Array>().ok()?.to_vec())
}

/// Hands over the sheet once the worker says that it is ready; fails when it cannot start.
fn ask(worker: &Worker, order: Uint8Array) -> Promise {
    Promise::new(&mut |resolve, reject| {
        let (asked, order) = (worker.clone(), order.clone());
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if event.data().as_string().as_deref() == Some("ready") {
                // Moved, not copied: the page keeps none.
                let moved = js_sys::Array::of1(&order.buffer());
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
