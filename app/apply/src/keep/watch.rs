//! Locks what is open when nobody is there any more.

use super::Kept;
use gloo_timers::callback::Interval;
use leptos::prelude::*;
use speech::when;
use std::cell::{Cell, RefCell};

/// Milliseconds without a touch or a key after which it locks.
const IDLE: u64 = 2 * 60_000;
/// Milliseconds after which it locks while something else is on the screen.
const HIDDEN: u64 = 60_000;
/// Milliseconds between two looks. Timers of pages out of sight come late: when it comes back into sight it looks too.
const LOOK: u32 = 5_000;

thread_local! {
    static TOUCHED: Cell<u64> = const { Cell::new(0) };
    /// Since when it is out of sight; 0 while it is not.
    static HIDDEN_SINCE: Cell<u64> = const { Cell::new(0) };
    static FORGET: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

/// What a page holds beside the family that is open is forgotten with it: the deed is done whenever the phone locks, at
/// once. One page's; `None` when it is gone.
pub fn forget_with(deed: Option<Box<dyn Fn()>>) {
    FORGET.set(deed);
}

/// Does that deed.
pub fn forget() {
    FORGET.with_borrow(|deed| deed.iter().for_each(|deed| deed()));
}

/// Somebody is there.
pub fn touch() {
    TOUCHED.set(when::now());
}

/// Watches from now on. To be called once.
pub fn start(kept: Kept) {
    touch();
    let _ = window_event_listener(leptos::ev::pointerdown, |_| touch());
    let _ = window_event_listener(leptos::ev::keydown, |_| touch());
    let _ = document().add_event_listener_with_callback(
        "visibilitychange",
        &deed(move || {
            look(kept);
            HIDDEN_SINCE.set(if document().hidden() { when::now() } else { 0 });
        }),
    );
    // A page that the browser puts aside to bring back later must not bring back what it held.
    let _ = window().add_event_listener_with_callback("pagehide", &deed(move || kept.lock()));
    Interval::new(LOOK, move || look(kept)).forget();
}

fn deed(deed: impl FnMut() + 'static) -> js_sys::Function {
    use wasm_bindgen::prelude::*;
    Closure::<dyn FnMut()>::new(deed).into_js_value().unchecked_into()
}

fn look(kept: Kept) {
    let is_open = kept.family_untracked().is_some();
    if !is_open && FORGET.with_borrow(Option::is_none) {
        return;
    }
    let (now, hidden) = (when::now(), HIDDEN_SINCE.get());
    let idle = now.saturating_sub(TOUCHED.get()) >= IDLE;
    if idle || (hidden > 0 && now.saturating_sub(hidden) >= HIDDEN) {
        if !is_open {
            return forget();
        }
        leptos::task::spawn_local(async move {
            kept.lock_when_saved().await;
        });
    }
}
