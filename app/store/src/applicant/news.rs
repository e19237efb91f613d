//! Between the pages of the door and its worker: that something changed in `applicant`, and that somebody left in a hurry.
//! Says nothing about anyone.

/// Channel on which the pages and the worker's script tell each other.
#[cfg(target_arch = "wasm32")]
const CHANNEL: &str = "applicant";
/// What is said by whoever leaves; anything else is about what was written.
#[cfg(target_arch = "wasm32")]
const LEAVING: &str = "leaving";

/// What another page or the worker tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Something was written.
    Written,
    /// Somebody left in a hurry: what is open is locked, wherever it is open.
    Leaving,
}

#[cfg(target_arch = "wasm32")]
thread_local! {
    static OPEN: Option<web_sys::BroadcastChannel> = web_sys::BroadcastChannel::new(CHANNEL).ok();
}

/// Has a deed done with whatever another page or the worker tells. To be called once a page.
#[cfg(target_arch = "wasm32")]
pub fn on_news(deed: impl Fn(News) + 'static) {
    use wasm_bindgen::prelude::*;
    let deed = Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
        let leaving = event.data().as_string().is_some_and(|said| said == LEAVING);
        deed(if leaving { News::Leaving } else { News::Written });
    });
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
    tell("families");
}

/// Tells the other pages that somebody leaves in a hurry.
#[cfg(target_arch = "wasm32")]
pub fn tell_leaving() {
    tell(LEAVING);
}

#[cfg(target_arch = "wasm32")]
fn tell(what: &str) {
    OPEN.with(|open| {
        if let Some(open) = open {
            let _ = open.post_message(&what.into());
        }
    });
}

/// On the host there is nobody else.
#[cfg(not(target_arch = "wasm32"))]
pub fn on_news(_: impl Fn(News) + 'static) {}

/// On the host there is nobody else.
#[cfg(not(target_arch = "wasm32"))]
pub fn tell_news() {}

/// On the host there is nobody else.
#[cfg(not(target_arch = "wasm32"))]
pub fn tell_leaving() {}
