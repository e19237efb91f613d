//! The service worker, seen from the page: registration, background delivery, new versions.
//!
//! Which version a worker is for stands in its address, so that the loader itself stays the same file. The page looks
//! what the server offers and asks for a worker of that version; whether the release key signed it and every file is
//! the one signed, the worker finds out while it is being installed. What is not taken over it tells the pages.

/// What the page tells a waiting worker when the person agreed to the new version.
pub const UPDATE: &str = "update";
/// What a worker tells the pages when what was offered is not what the release key signed.
pub const REFUSED_BY_WORKER: &str = "refused";
/// What the tags of background deliveries begin with.
pub const DELIVER_TAG: &str = "deliver-";

#[cfg(not(target_arch = "wasm32"))]
mod host {
    /// On the host there is no worker.
    pub async fn register() {}

    /// On the host nothing is delivered in the background.
    pub async fn request_sync() -> bool {
        false
    }

    /// On the host nothing ever waits.
    pub fn on_update_waiting(_: impl FnMut() + 'static) {}

    /// On the host nothing is offered.
    pub fn on_update_refused(_: impl FnMut() + 'static) {}

    /// On the host nothing ever waits.
    pub fn accept_update() {}
}
#[cfg(not(target_arch = "wasm32"))]
pub use host::*;

#[cfg(target_arch = "wasm32")]
pub use page::*;

#[cfg(target_arch = "wasm32")]
mod page {
    use super::{DELIVER_TAG, REFUSED_BY_WORKER, UPDATE};
    use crate::clock;
    use js_sys::{Function, Promise, Reflect};
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_futures::{JsFuture, spawn_local};
    use web_sys::{
        MessageEvent, RegistrationOptions, RequestCache, RequestInit, Response, ServiceWorker,
        ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerState, ServiceWorkerUpdateViaCache,
    };

    type Callback = Rc<RefCell<dyn FnMut()>>;

    /// Never changes but for the version behind it.
    const SCRIPT: &str = "/service-worker.js";
    /// The signed list of a version's files.
    const LIST: &str = "/assets.json";
    /// Milliseconds between two looks at what the server offers.
    const LOOK_AGAIN: u32 = 60 * 60_000;

    thread_local! {
        static WAITING: RefCell<Option<ServiceWorker>> = const { RefCell::new(None) };
        static CALLBACKS: RefCell<Vec<Callback>> = const { RefCell::new(Vec::new()) };
        static REFUSED: Cell<bool> = const { Cell::new(false) };
        static WHEN_REFUSED: RefCell<Vec<Callback>> = const { RefCell::new(Vec::new()) };
        static ACCEPTED: Cell<bool> = const { Cell::new(false) };
        /// Another tab accepted a version: this one shows the one before until it is loaded anew.
        static REPLACED: Cell<bool> = const { Cell::new(false) };
    }

    /// Registers the worker and looks for new versions: now, when a line comes back, and every hour. Does nothing where
    /// browsers lack workers.
    pub async fn register() {
        let Some(container) = container() else { return };
        reload_when_replaced(&container);
        hear_refusals(&container);
        let on_line = Closure::<dyn FnMut()>::new(|| spawn_local(look()));
        if let Some(window) = web_sys::window() {
            let _ = window.add_event_listener_with_callback("online", on_line.as_ref().unchecked_ref());
        }
        // As long as the page.
        on_line.forget();
        loop {
            look().await;
            clock::sleep(LOOK_AGAIN).await;
        }
    }

    /// Looks what the server offers and has it installed, if it is not here yet. Without an answer all stays as it is.
    async fn look() {
        let Some(container) = container() else { return };
        let held =
            JsFuture::from(container.get_registration()).await.ok().filter(|held| !held.is_undefined());
        let held: Option<ServiceWorkerRegistration> = held.map(JsCast::unchecked_into);
        if let Some(held) = &held {
            watch_registration(&container, held);
        }
        let Some(version) = offered().await else { return };
        let address = format!("{SCRIPT}?v={version}");
        let is_here = |worker: Option<ServiceWorker>| {
            worker.is_some_and(|worker| worker.script_url().ends_with(&address))
        };
        if held.is_some_and(|it| is_here(it.installing()) || is_here(it.waiting()) || is_here(it.active())) {
            return;
        }
        let options = RegistrationOptions::new();
        options.set_update_via_cache(ServiceWorkerUpdateViaCache::None);
        if let Ok(registered) = JsFuture::from(container.register_with_options(&address, &options)).await {
            watch_registration(&container, &registered.unchecked_into());
        }
    }

    /// The version that the server offers: the first letters of the digest of its list. Whether it is signed is for the
    /// worker to see.
    async fn offered() -> Option<String> {
        let init = RequestInit::new();
        init.set_cache(RequestCache::NoStore);
        let asked = web_sys::window()?.fetch_with_str_and_init(LIST, &init);
        let response: Response = JsFuture::from(asked).await.ok()?.unchecked_into();
        if !response.ok() || response.redirected() {
            return None;
        }
        let text = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
        let list = js_sys::JSON::parse(&text).ok()?;
        let signed = Reflect::get(&list, &"signed".into()).ok()?.as_string()?;
        let [digest @ .., _, _, _, _, _, _, _, _] = seal::short_digest(signed.as_bytes());
        Some(domain::id::hex(&digest))
    }

    fn watch_registration(container: &ServiceWorkerContainer, registration: &ServiceWorkerRegistration) {
        // On the very first visit a worker that becomes ready replaces nobody.
        if container.controller().is_some()
            && let Some(waiting) = registration.waiting()
        {
            tell_waiting(waiting);
        }
        if let Some(installing) = registration.installing() {
            watch(installing);
        }
        let watched = registration.clone();
        let on_update_found = Closure::<dyn FnMut()>::new(move || {
            if let Some(installing) = watched.installing() {
                watch(installing);
            }
        });
        registration.set_onupdatefound(Some(on_update_found.as_ref().unchecked_ref()));
        on_update_found.forget();
    }

    /// Hears from a worker that what it was to install is not what the release key signed.
    fn hear_refusals(container: &ServiceWorkerContainer) {
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| {
            let kind = Reflect::get(&event.data(), &"type".into()).ok().and_then(|kind| kind.as_string());
            if kind.as_deref() == Some(REFUSED_BY_WORKER) {
                REFUSED.set(true);
                call(WHEN_REFUSED.with_borrow(Clone::clone));
            }
        });
        container.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget();
    }

    /// Calls back when a version was offered that the release key did not sign, now or later.
    pub fn on_update_refused(refused: impl FnMut() + 'static) {
        let callback: Callback = Rc::new(RefCell::new(refused));
        WHEN_REFUSED.with_borrow_mut(|callbacks| callbacks.push(callback.clone()));
        if REFUSED.get() {
            (callback.borrow_mut())();
        }
    }

    /// Calls back when a new version of the app lies ready and waits, now or later.
    pub fn on_update_waiting(waiting: impl FnMut() + 'static) {
        let callback = Rc::new(RefCell::new(waiting));
        CALLBACKS.with_borrow_mut(|callbacks| callbacks.push(callback.clone()));
        if WAITING.with_borrow(Option::is_some) || REPLACED.get() {
            (callback.borrow_mut())();
        }
    }

    /// Lets the waiting version take over and loads the page anew. To be called when the person agreed and no
    /// form is open.
    pub fn accept_update() {
        if let Some(waiting) = WAITING.with_borrow_mut(Option::take) {
            ACCEPTED.set(true);
            let message = js_sys::Object::new();
            let _ = Reflect::set(&message, &"type".into(), &UPDATE.into());
            let _ = waiting.post_message(&message);
        } else if REPLACED.get() {
            reload();
        }
    }

    fn reload() {
        if let Some(window) = web_sys::window() {
            let _ = window.location().reload();
        }
    }

    /// Asks the browser to deliver in the background when there is a line, under a fresh tag: one that is in
    /// back-off would not fire. `false` where Background Sync is missing; the open page delivers all the same.
    pub async fn request_sync() -> bool {
        if crate::practice::is_on() {
            // What is practised is not delivered.
            return false;
        }
        let Some(container) = container() else { return false };
        let Ok(registration) = JsFuture::from(container.get_registration()).await else { return false };
        if registration.is_undefined() {
            return false;
        }
        let Ok(sync) = Reflect::get(&registration, &"sync".into()) else { return false };
        let Some(register) =
            Reflect::get(&sync, &"register".into()).ok().and_then(|it| it.dyn_into::<Function>().ok())
        else {
            return false;
        };
        let tag = format!("{DELIVER_TAG}{}", clock::now_ms());
        let Ok(asked) = register.call1(&sync, &tag.into()) else { return false };
        JsFuture::from(Promise::resolve(&asked)).await.is_ok()
    }

    fn container() -> Option<ServiceWorkerContainer> {
        let navigator = web_sys::window()?.navigator();
        // Missing in insecure contexts and private windows.
        let container = Reflect::get(&navigator, &"serviceWorker".into()).ok()?;
        (!container.is_undefined()).then(|| container.unchecked_into())
    }

    fn watch(installing: ServiceWorker) {
        let watched = installing.clone();
        let on_state_change = Closure::<dyn FnMut()>::new(move || {
            let replaces = container().is_some_and(|container| container.controller().is_some());
            if watched.state() == ServiceWorkerState::Installed && replaces {
                tell_waiting(watched.clone());
            }
        });
        installing.set_onstatechange(Some(on_state_change.as_ref().unchecked_ref()));
        on_state_change.forget();
    }

    fn tell_waiting(worker: ServiceWorker) {
        WAITING.set(Some(worker));
        call(CALLBACKS.with_borrow(Clone::clone));
    }

    fn call(callbacks: Vec<Callback>) {
        spawn_local(async move {
            for callback in callbacks {
                (callback.borrow_mut())();
            }
        });
    }

    /// Loads the page anew when the version that was accepted took over. Where another tab accepted it, this one
    /// goes on, because somebody may be typing, and asks in its turn. Its files stay in the browser until it is closed.
    fn reload_when_replaced(container: &ServiceWorkerContainer) {
        // The first worker of all takes over a page that is as new as it.
        let controlled = Cell::new(container.controller().is_some());
        let on_change = Closure::<dyn FnMut()>::new(move || {
            if ACCEPTED.replace(false) {
                reload();
            } else if controlled.replace(true) {
                WAITING.set(None);
                REPLACED.set(true);
                call(CALLBACKS.with_borrow(Clone::clone));
            }
        });
        container.set_oncontrollerchange(Some(on_change.as_ref().unchecked_ref()));
        on_change.forget();
    }
}
