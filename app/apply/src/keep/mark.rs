//! Remembers outside of the database that a family lies in it. Browsers that run out of room take the one and leave the
//! other, without a word. Tells of nobody.

use leptos::prelude::window;

const NAME: &str = "apply-kept";

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// Whether a family lay here.
pub fn is_set() -> bool {
    storage().and_then(|storage| storage.get_item(NAME).ok().flatten()).is_some()
}

/// A family lies here.
pub fn set() {
    if let Some(storage) = storage() {
        // Without the mark everything works; only a loss would go unnoticed.
        let _ = storage.set_item(NAME, "1");
    }
}

/// The last one was taken off by who wanted it so.
pub fn clear() {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(NAME);
    }
}
