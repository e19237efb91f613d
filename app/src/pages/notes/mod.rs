//! Sealed notes on a person or a group: for whoever reads them, and for who supervises, that there is one. To everybody
//! else nothing is there that would not be there without any.

mod colleagues;
mod one;
mod waiting;
mod write;

pub use colleagues::{Colleagues, by_name, names};
pub use waiting::{AtHome, OwnKey};
pub use write::Write;

use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault};
use crate::pages::trouble::explain;
use crate::words::{Key, use_words};
use domain::{Act, Kind, Record, RecordId, Role, SealedNote, UserId};
use leptos::prelude::*;
use leptos_router::components::A;
use one::One;
use store::{Colleague, Vault};

/// Who looks at a note.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Eyes {
    /// They read it.
    Reads,
    /// They supervise: they may let others read it, and do not read it themselves.
    Supervises,
}

/// Whether somebody is shown a note, and what of it.
fn eyes(role: Option<Role>, user: UserId, note: &Record) -> Option<Eyes> {
    let held = SealedNote::of(note)?;
    if held.may_read(user) {
        return Some(Eyes::Reads);
    }
    (role == Some(Role::Supervisor)).then_some(Eyes::Supervises)
}

/// The sealed notes on a person or a group.
#[component]
pub fn Notes(
    /// The person or the group.
    owner: RecordId,
    /// How they are called, for the list of what waits.
    name: String,
    /// Whether it is a group.
    #[prop(optional)]
    of_group: bool,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    let me = vault.identity();
    let (role, me) = (Role::from_code(me.role), me.user);
    let may_write = role.is_some_and(|role| domain::may(role, Act::Register, Kind::NOTE));
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        async move { read(&vault, owner).await }
    });
    // Drawn anew only when something of it changed: a note that is being read stays open.
    let known = Memo::new(move |_| loaded.get());
    let shown = move || {
        let (notes, colleagues) = match known.get()? {
            Ok(read) => read,
            // Never nothing in its place, which would look like "no notes".
            Err(key) => {
                let said = view! { <p class="field__error" role="alert">{move || words.get(key)}</p> };
                return Some(said.into_any());
            }
        };
        let notes = notes.into_iter().filter_map(|note| {
            let eyes = eyes(role, me, &note)?;
            let (colleagues, name) = (colleagues.clone(), name.clone());
            Some(view! { <One note eyes colleagues name of_group/> })
        });
        Some(notes.collect_view().into_any())
    };
    may_write.then(|| {
        view! {
            <section class="card" aria-labelledby="notes">
                <div class="card__head">
                    <h2 class="card__title" id="notes">{move || words.get(Key::NotesTitle)}</h2>
                </div>
                <div class="stack">
                    {shown}
                    <A href=format!("/notes/{owner}") attr:class="btn">
                        <Draw icon=Icon::Lock/>
                        {move || words.get(Key::NoteWrite)}
                    </A>
                </div>
            </section>
        }
    })
}

/// The notes that lie here, and the colleagues; or why they cannot be read, as a sentence.
async fn read(vault: &Vault, owner: RecordId) -> Result<(Vec<Record>, Vec<Colleague>), Key> {
    let notes = vault.notes_of(owner).await.map_err(|error| explain(&error))?;
    Ok((notes, vault.colleagues().await.map_err(|error| explain(&error))?))
}
