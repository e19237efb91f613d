//! The service worker, seen from the page: registration, background delivery, new versions.

/// What the page tells a waiting worker when the person agreed to the new version.
pub const UPDATE: &str = "update";
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

    /// On the host nothing ever waits.
    pub fn accept_update() {}
}
#[cfg(not(target_arch = "wasm32"))]
pub use host::*;

#[cfg(target_arch = "wasm32")]
pub use page::*;

#[cfg(target_arch = "wasm32")]
mod page {
    use super::{DELIVER_TAG, UPDATE};
    use crate::clock;
    use js_sys::{Function, Promise, Reflect};
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_futures::{JsFuture, spawn_local};
    use web_sys::{
        RegistrationOptions, ServiceWorker, ServiceWorkerContainer, ServiceWorkerRegistration,
        ServiceWorkerState, ServiceWorkerUpdateViaCache,
    };

    type Callback = Rc<RefCell<dyn FnMut()>>;

    /// Never changes: browsers know the worker by it.
    const SCRIPT: &str = "/service-worker.js";

    thread_local! {
        static WAITING: RefCell<Option<ServiceWorker>> = const { RefCell::new(None) };
        static CALLBACKS: RefCell<Vec<Callback>> = const { RefCell::new(Vec::new()) };
        static ACCEPTED: Cell<bool> = const { Cell::new(false) };
    }

    /// Registers the worker and watches for new versions. Does nothing where browsers lack it.
    pub async fn register() {
        let Some(container) = container() else { return };
        let options = RegistrationOptions::new();
        // The list of files must be asked for each time, or a new version would go unnoticed.
        options.set_update_via_cache(ServiceWorkerUpdateViaCache::None);
        let Ok(registered) = JsFuture::from(container.register_with_options(SCRIPT, &options)).await else {
            return;
        };
        let registration: ServiceWorkerRegistration = registered.unchecked_into();
        reload_when_replaced(&container);
        // On the very first visit a worker that becomes ready replaces nobody.
        if container.controller().is_some()
            && let Some(waiting) = registration.waiting()
        {
            tell_waiting(waiting);
        }
        let watched = registration.clone();
        let on_update_found = Closure::<dyn FnMut()>::new(move || {
            if let Some(installing) = watched.installing() {
                watch(installing);
            }
        });
        registration.set_onupdatefound(Some(on_update_found.as_ref().unchecked_ref()));
        // As long as the page.
        on_update_found.forget();
    }

    /// Calls back when a new version of the app lies ready and waits, now or later.
    pub fn on_update_waiting(waiting: impl FnMut() + 'static) {
        let callback = Rc::new(RefCell::new(waiting));
        CALLBACKS.with_borrow_mut(|callbacks| callbacks.push(callback.clone()));
        if WAITING.with_borrow(Option::is_some) {
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
        let callbacks = CALLBACKS.with_borrow(Clone::clone);
        spawn_local(async move {
            for callback in callbacks {
                (callback.borrow_mut())();
            }
        });
    }

    /// Loads the page anew when the version that was accepted took over. Where another tab accepted it, this one
    /// goes on: somebody may be typing. Its files stay in the browser until it is closed.
    fn reload_when_replaced(container: &ServiceWorkerContainer) {
        let on_change = Closure::<dyn FnMut()>::new(|| {
            if ACCEPTED.replace(false)
                && let Some(window) = web_sys::window()
            {
                let _ = window.location().reload();
            }
        });
        container.set_oncontrollerchange(Some(on_change.as_ref().unchecked_ref()));
        on_change.forget();
    }
}
