//! The service worker of this door, seen from the page. It has a list of files of its own (`/apply-assets.json`), so that a
//! phone never downloads the staff door. Whether the release key signed that list, the worker finds out.

use crate::words;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    RegistrationOptions, Response, ServiceWorker, ServiceWorkerContainer, ServiceWorkerRegistration,
    ServiceWorkerUpdateViaCache,
};

/// Never changes but for the version in it.
const SCRIPT: &str = "/service-worker.js";
/// The signed list of a version's files.
const LIST: &str = "/apply-assets.json";
const SCOPE: &str = "/apply";
/// Milliseconds between two looks at what the server offers.
const LOOK_AGAIN: u32 = 6 * 60 * 60_000;

/// Registers the worker and looks for new versions, now and every few hours. Does nothing where browsers lack workers.
pub async fn register() {
    let Some(container) = container() else { return };
    // Nothing was typed yet in this page, and it goes on with its own files: the worker keeps them beside the new ones.
    if let Some(waiting) = held(&container).await.and_then(|held| held.waiting()) {
        tell(&waiting, "update", "");
    }
    loop {
        look(&container).await;
        // The chosen language was needed to show this page; the others come when nothing else is wanted any more.
        let active = held(&container).await.and_then(|held| held.active());
        if let Some(active) = active {
            tell(&active, "languages", words::chosen().code());
        }
        TimeoutFuture::new(LOOK_AGAIN).await;
    }
}

/// Asks the browser to hand in letters when there is a line, under a fresh tag: one that is in back-off would not fire.
/// `false` where Background Sync is missing; the open page hands them in all the same.
pub async fn request_sync() -> bool {
    let Some(registration) = (match container() {
        Some(container) => held(&container).await,
        None => None,
    }) else {
        return false;
    };
    let get =
        |of: &JsValue, name: &str| Reflect::get(of, &JsValue::from_str(name)).ok().filter(JsValue::is_truthy);
    let Some(sync) = get(&registration, "sync") else { return false };
    let Some(register) = get(&sync, "register").and_then(|it| it.dyn_into::<Function>().ok()) else {
        return false;
    };
    let tag = format!("letters-{}", speech::when::now());
    let Ok(asked) = register.call1(&sync, &tag.into()) else { return false };
    JsFuture::from(Promise::resolve(&asked)).await.is_ok()
}

/// Looks what the server offers and has it installed, if it is not here yet. Without an answer all stays as it is.
async fn look(container: &ServiceWorkerContainer) {
    let Some(version) = offered().await else { return };
    let address = format!("{SCRIPT}?v={version}&door=apply");
    let is_here =
        |worker: Option<ServiceWorker>| worker.is_some_and(|it| it.script_url().ends_with(&address));
    let held = held(container).await;
    if held.is_some_and(|it| is_here(it.installing()) || is_here(it.waiting()) || is_here(it.active())) {
        return;
    }
    let options = RegistrationOptions::new();
    options.set_scope(SCOPE);
    options.set_update_via_cache(ServiceWorkerUpdateViaCache::None);
    if JsFuture::from(container.register_with_options(&address, &options)).await.is_ok()
        && let Ok(ready) = container.ready()
    {
        let _ = JsFuture::from(ready).await;
    }
}

/// The version that the server offers: the first letters of the digest of its list.
async fn offered() -> Option<String> {
    let response: Response = JsFuture::from(window().fetch_with_str(LIST)).await.ok()?.dyn_into().ok()?;
    if !response.ok() || response.redirected() {
        return None;
    }
    let text = JsFuture::from(response.text().ok()?).await.ok()?;
    let list = js_sys::JSON::parse(&text.as_string()?).ok()?;
    let signed = Reflect::get(&list, &"signed".into()).ok()?.as_string()?;
    let [digest @ .., _, _, _, _, _, _, _, _] = seal::short_digest(signed.as_bytes());
    Some(domain::id::hex(&digest))
}

async fn held(container: &ServiceWorkerContainer) -> Option<ServiceWorkerRegistration> {
    let found = JsFuture::from(container.get_registration_with_document_url(SCOPE)).await.ok()?;
    let found: ServiceWorkerRegistration = found.dyn_into().ok()?;
    // Where there is none of our own, the staff door's answers, whose scope is everything.
    found.scope().ends_with(SCOPE).then_some(found)
}

fn tell(worker: &ServiceWorker, kind: &str, first: &str) {
    let message = Object::new();
    let _ = Reflect::set(&message, &"type".into(), &kind.into());
    let _ = Reflect::set(&message, &"first".into(), &first.into());
    let _ = worker.post_message(&message);
}

fn container() -> Option<ServiceWorkerContainer> {
    // Missing in insecure contexts and private windows.
    let container = Reflect::get(&window().navigator(), &"serviceWorker".into()).ok()?;
    (!container.is_undefined()).then(|| container.unchecked_into())
}
