//! The service worker, seen from the page: registration, background delivery, new versions.

/// Registers the worker. Does nothing where browsers lack it. The script is `/service-worker.js` for ever.
pub async fn register() {}

/// Asks the browser to deliver in the background when there is a line, under a fresh tag: one that is in
/// back-off would not fire. `false` where Background Sync is missing; the open page delivers all the same.
pub async fn request_sync() -> bool { false }

/// Calls back when a new version of the app lies ready and waits, now or later.
pub fn on_update_waiting(_waiting: impl FnMut() + 'static) {}

/// Lets the waiting version take over and loads the page anew. To be called when the person agreed and no
/// form is open.
pub fn accept_update() {}
