//! A round in the background: the same as a page's, in less time.

use js_sys::{Function, Promise, Reflect};
use store::{ApiLine, Budget, Mailbox, RoundOutcome};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::ServiceWorkerGlobalScope;

/// Delivers and collects for every enrolment on this device, locked or not.
pub async fn run() -> Result<RoundOutcome, JsValue> {
    let failed = |error: store::StoreError| JsValue::from_str(&error.to_string());
    match Mailbox::open().await.map_err(failed)? {
        Some(mailbox) => store::round::run(&mailbox, &ApiLine::WORKER, Budget::WORKER).await.map_err(failed),
        None => Ok(RoundOutcome::default()),
    }
}

/// Asks for another background delivery under a fresh tag.
pub async fn ask_anew() -> Result<(), JsValue> {
    let scope: ServiceWorkerGlobalScope = js_sys::global().unchecked_into();
    let sync = Reflect::get(&scope.registration(), &"sync".into())?;
    let register: Function = Reflect::get(&sync, &"register".into())?.dyn_into()?;
    let tag = format!("{}{}", store::worker::DELIVER_TAG, store::now_ms());
    let asked: Promise = register.call1(&sync, &tag.into())?.dyn_into()?;
    JsFuture::from(asked).await.map(|_| ())
}
