//! Web Locks, where browsers have them. They spare double work; nothing is correct because of them.

#[cfg(not(target_arch = "wasm32"))]
/// On the host there is one thread and nobody else.
pub async fn take(_: &str) -> Option<()> {
    Some(())
}

#[cfg(target_arch = "wasm32")]
pub use web::take;

#[cfg(target_arch = "wasm32")]
mod web {
    use js_sys::{Function, Promise, Reflect};
    use std::cell::RefCell;
    use std::rc::Rc;
    use wasm_bindgen::prelude::*;

    /// Held until it is dropped.
    pub struct Held(Option<Function>);

    impl Drop for Held {
        fn drop(&mut self) {
            if let Some(release) = self.0.take() {
                let _ = release.call0(&JsValue::UNDEFINED);
            }
        }
    }

    /// Takes a lock. `None` when somebody else has it; where there are no locks, everybody has it.
    pub async fn take(name: &str) -> Option<Held> {
        let Some(manager) = manager() else { return Some(Held(None)) };
        let (held, release) = open_promise();
        let (told, tell) = open_promise();
        let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            let _ = tell.call1(&JsValue::UNDEFINED, &JsValue::from_bool(!lock.is_null()));
            // The lock is held as long as this promise is open.
            if lock.is_null() { JsValue::UNDEFINED } else { held.into() }
        });
        // `web-sys` has locks only among what may still change, so they are called by name.
        let options = js_sys::Object::new();
        let _ = Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE);
        let request: Function = Reflect::get(&manager, &"request".into()).ok()?.dyn_into().ok()?;
        request.call3(&manager, &name.into(), &options, &granted).ok()?;
        let granted = wasm_bindgen_futures::JsFuture::from(told).await.is_ok_and(|answer| answer.is_truthy());
        granted.then_some(Held(Some(release)))
    }

    fn manager() -> Option<JsValue> {
        let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
        let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
        (!locks.is_undefined() && !locks.is_null()).then_some(locks)
    }

    fn open_promise() -> (Promise, Function) {
        let resolve = Rc::new(RefCell::new(None));
        let keep = resolve.clone();
        let promise = Promise::new(&mut move |resolve, _| *keep.borrow_mut() = Some(resolve));
        let resolve = resolve.borrow_mut().take().unwrap_or_default();
        (promise, resolve)
    }
}
