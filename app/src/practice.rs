//! Practice: the whole app with made-up people, in a vault of its own that nothing ever leaves.
//!
//! The store sees to that (`store::practice`). Here is what people see of it: the ways in and out, the frame that says
//! at every moment where one is, and the passphrase, which is no secret.

mod families;
mod frame;
mod making;

pub use frame::{Frame, Join, NothingLeaves, Offer, Phrase, Preparing};

use crate::device::Device;
use crate::words::{Key, Words};
use leptos::prelude::*;
use store::{Store, StoreError};

/// Opens every practice: to be typed, not to be guarded.
pub const PHRASE: &str = "mariposa canoa lluvia arroz tambor";

/// Says to the style sheets that this page practises; its value is the word that stands across printed pages.
const ATTRIBUTE: &str = "data-practice";

/// Opens the store that this device works with now: the one of real people, or that of a practice. A practice that was
/// ended, or that was not finished being made, is removed first.
///
/// # Errors
/// As [`Store::open`].
pub async fn open_store() -> Result<Store, StoreError> {
    match mark::read() {
        None => Store::open(journal_writer()).await,
        Some(Mark::Ending) => {
            // Another page may still hold it for a moment: then it goes at the next start.
            if store::practice::forget().await.is_ok() {
                mark::clear();
            }
            Store::open(journal_writer()).await
        }
        Some(made) => {
            if let Some(root) = document().document_element() {
                let _ = root.set_attribute(ATTRIBUTE, "");
            }
            Store::open_practice(made == Mark::Begun).await
        }
    }
}

/// The script that writes the second copy of what waits, if the app's files are whole.
fn journal_writer() -> Option<String> {
    crate::files::address("journal")
}

/// Leaves real people for a practice, and loads the app anew. Whoever works on this device is locked first; should
/// something typed not be kept, nothing happens.
pub async fn enter(device: Device) {
    device.lock().await;
    if device.vault().is_none() && mark::write(Mark::Begun) {
        go_to("/");
    }
}

/// Ends the practice: everything in it is removed, and the app begins anew with real people. An invitation in the
/// address stays there.
pub fn leave() {
    if mark::write(Mark::Ending) {
        let joins = window().location().pathname().is_ok_and(|path| path == "/enrol");
        if joins {
            let _ = window().location().reload();
        } else {
            go_to("/");
        }
    }
}

/// What stands before the title of a page of a practice; nothing elsewhere.
#[must_use]
pub fn before_title(words: Words) -> String {
    if store::practice::is_on() { format!("{} · ", words.get(Key::PracticeWord)) } else { String::new() }
}

fn go_to(path: &str) {
    let _ = window().location().set_href(path);
}

/// How far a practice has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// Somebody asked for it; its people are being made.
    Begun,
    /// It is under way.
    Made,
    /// Somebody ended it; what is left of it goes at the next start.
    Ending,
}

/// The mark lies in local storage: it must outlast a reload and a power cut, and it must be read before any database is
/// opened.
mod mark {
    use super::Mark;
    use web_sys::Storage;

    const NAME: &str = "amparo-practice";
    const CODES: [(Mark, &str); 3] = [(Mark::Begun, "begun"), (Mark::Made, "made"), (Mark::Ending, "ending")];

    fn storage() -> Option<Storage> {
        web_sys::window()?.local_storage().ok()?
    }

    /// `None` where nobody practises. A mark that is not known is one of a practice: real people are not shown
    /// to somebody who may still think that all are made up.
    pub fn read() -> Option<Mark> {
        let code = storage()?.get_item(NAME).ok()??;
        Some(CODES.iter().find(|(_, known)| *known == code).map_or(Mark::Begun, |(mark, _)| *mark))
    }

    /// Whether it could be written.
    pub fn write(mark: Mark) -> bool {
        let code = CODES.iter().find(|(known, _)| *known == mark).map_or("", |(_, code)| *code);
        storage().is_some_and(|storage| storage.set_item(NAME, code).is_ok())
    }

    pub fn clear() {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(NAME);
        }
    }
}
