//! The service worker's program: the table of events. Holds no key and reads nothing that is sealed.
//!
//! `public/service-worker.js` adds the listeners, because browsers want them at once, and hands deliveries here when the
//! program is ready. It installs versions and answers fetches by itself: the app starts without waiting for a program
//! to be compiled, and no program runs before its version was found to be the one that the release key signed.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]
// Off the browser only the tests call anything.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]

mod backoff;

#[cfg(target_arch = "wasm32")]
mod events {
    use crate::{backoff, round};
    use wasm_bindgen::prelude::*;

    /// `sync` and `periodicsync`: delivers and collects. Fails when the browser should try again.
    #[wasm_bindgen]
    pub async fn sync(last_chance: bool) -> Result<(), JsValue> {
        match backoff::after(&round::run().await?, last_chance) {
            backoff::Next::Done => Ok(()),
            backoff::Next::Later => Err(JsValue::from_str("later")),
            backoff::Next::Anew => round::ask_anew().await,
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod round;

fn main() {}
