//! States something about a referral, as one entry.

use crate::device::Device;
use crate::pages::trouble::explain;
use crate::when;
use crate::words::Key;
use domain::{Change, Entry, EntryId, RecordId};
use leptos::prelude::*;
use store::{Note, Vault};

/// Saves changes and lets pages follow. `act` is what the list of what waits calls it, `whom` whom it is about.
///
/// # Errors
/// The sentence that says why nothing was saved.
pub async fn state(
    device: Device,
    vault: &Vault,
    changes: Vec<Change>,
    act: &str,
    whom: String,
    record: RecordId,
) -> Result<(), Key> {
    if changes.is_empty() {
        return Ok(());
    }
    let identity = vault.identity();
    let entry = Entry {
        id: EntryId::fresh(when::now(), store::random()),
        author: identity.user,
        enrolment: identity.enrolment,
        at: when::now(),
        changes,
    };
    let note = Note { person: whom, act: act.to_owned(), record };
    vault.save(&entry, note, None).await.map_err(|error| explain(&error))?;
    device.courier().saved(device);
    Ok(())
}

/// Saving as a page does it: once at a time, and what went wrong is said.
#[derive(Clone, Copy)]
pub struct Acting {
    device: Device,
    vault: crate::device::VaultHandle,
    /// Something is being saved.
    pub busy: RwSignal<bool>,
    /// Why the last attempt failed.
    pub trouble: RwSignal<Option<Key>>,
}

impl Acting {
    /// To be made where the page is made.
    pub fn new(device: Device, vault: crate::device::VaultHandle) -> Self {
        Self { device, vault, busy: RwSignal::new(false), trouble: RwSignal::new(None) }
    }

    /// Saves changes, unless something is being saved.
    pub fn act(self, changes: Vec<Change>, act: &'static str, whom: String, record: RecordId) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.trouble.set(None);
        let vault = self.vault.get_value();
        leptos::task::spawn_local(async move {
            let nothing = changes.is_empty();
            let outcome = state(self.device, &vault, changes, act, whom, record).await;
            // What was saved draws the page anew, and this with it: nobody taps on what was so before.
            if nothing || outcome.is_err() {
                self.busy.try_set(false);
            }
            if let Err(key) = outcome {
                self.trouble.try_set(Some(key));
            }
        });
    }
}
