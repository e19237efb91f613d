//! People registered elsewhere: whether there are any, requests to open them, and what was opened for reading.

mod asking;
mod banner;
mod line;
mod one;
mod requests;

pub use asking::Elsewhere;
pub use banner::{Lent, OnlyLent, ReadOnly, has_ended, is_lent, is_read_only, lent, not_lent};
pub use line::{look, patiently};
pub use requests::{AtHome, Requests};

use crate::device::Device;
use crate::forms::Forms;
use crate::words::Words;

/// Drops what was opened for a time that has ended. Called all the time while the device is open.
pub fn drop_ended(device: Device) {
    leptos::task::spawn_local(async move {
        let Some(vault) = device.vault() else { return };
        // Should the store not answer, the next time tries again; pages no longer offer what has ended.
        if vault.drop_ended().await.is_ok_and(|dropped| dropped > 0) {
            device.refresh();
        }
    });
}

/// An organisation and its site in words, whichever of the two are known.
fn place(words: Words, forms: Forms, organisation: &str, site: &str) -> String {
    let known = [("sites", site), ("institutions", organisation)];
    let known = known.into_iter().filter(|(_, code)| !code.is_empty());
    words.list(known.map(|(table, code)| forms.code_label(table, code)))
}
