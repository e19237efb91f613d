//! The quick way out by keyboard: Escape, twice in a row. The button for it stands on every page ([`crate::frame`]).

use crate::frame::Door;
use leptos::prelude::*;
use speech::when;
use std::cell::Cell;

/// Milliseconds within which the second press counts.
const TWICE: u64 = 600;

thread_local! {
    static PRESSED: Cell<u64> = const { Cell::new(0) };
}

/// Listens from now on. To be called once.
pub fn listen(door: Door) {
    let _ = window_event_listener(leptos::ev::keydown, move |event| {
        // A key that is held down presses itself again and again.
        if event.key() != "Escape" || event.repeat() {
            return;
        }
        let now = when::now();
        if now.saturating_sub(PRESSED.replace(now)) <= TWICE {
            door.leave();
        }
    });
}
