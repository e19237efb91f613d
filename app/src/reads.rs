//! Notes who opened what. Nobody waits for it, and a page that is drawn anew is no other reading.

use leptos::prelude::*;
use seal::Why;
use store::Vault;

/// Of one page: what it noted last.
#[derive(Clone, Copy)]
pub struct Reading {
    why: Why,
    noted: StoredValue<Option<domain::RecordId>>,
}

impl Reading {
    /// To be made where the page is made.
    #[must_use]
    pub fn of_page(why: Why) -> Self {
        Self { why, noted: StoredValue::new(None) }
    }

    /// The page shows a record. Called again with the same one it does nothing: the page was only drawn anew.
    pub fn opened(self, vault: &Vault, record: domain::RecordId) {
        // The page may be gone by now; somebody opened it all the same.
        if self.noted.try_get_value().flatten() == Some(record) {
            return;
        }
        let _ = self.noted.try_set_value(Some(record));
        note(vault, record, self.why);
    }
}

/// Notes one reading, beside whatever is going on.
pub fn note(vault: &Vault, record: domain::RecordId, why: Why) {
    let vault = vault.clone();
    leptos::task::spawn_local(async move {
        // What cannot be kept now is noted at the next opening; a device that is full says so elsewhere.
        let _ = vault.opened(record, why).await;
    });
}
