//! Between the pages of the door and its worker: that something changed in `applicant`. Says nothing about anyone.

/// Channel on which the pages and the worker's script tell each other.
#[cfg(target_arch = "wasm32")]
const CHANNEL: &str = "applicant";

#[cfg(target_arch = "wasm32")]
thread_local! {
    static OPEN: Option<web_sys::BroadcastChannel> = web_sys::BroadcastChannel::new(CHANNEL).ok();
}

/// Has a deed done whenever another page or the worker wrote something. To be called once a page.
#[cfg(target_arch = "wasm32")]
pub fn on_news(deed: impl Fn() + 'static) {
    use wasm_bindgen::prelude::*;
    let deed = Closure::<dyn FnMut()>::new(deed);
    OPEN.with(|open| {
        if let Some(open) = open {
            open.set_onmessage(Some(deed.as_ref().unchecked_ref()));
        }
    });
    // As long as the page.
    deed.forget();
}

/// Tells the other pages that something was written.
#[cfg(target_arch = "wasm32")]
pub fn tell_news() {
    OPEN.with(|open| {
        if let Some(open) = open {
            let _ = open.post_message(&"families".into());
        }
    });
}

/// On the host there is nobody else.
#[cfg(not(target_arch = "wasm32"))]
pub fn on_news(_: impl Fn() + 'static) {}

/// On the host there is nobody else.
#[cfg(not(target_arch = "wasm32"))]
pub fn tell_news() {}
