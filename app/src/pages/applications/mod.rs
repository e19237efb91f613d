//! Pre-registrations, as families sent them or show them: the list of what waits, the code on a family's screen, one
//! of them with what was said, and the registration that begins with it.

mod doubles;
mod draft;
mod history;
mod home;
mod keys;
mod list;
mod marks;
mod one;
mod reference;
mod row;
mod said;
mod scan;
mod steps;
mod walk_in;

pub use draft::{Later, Opened, SaidBeside, Source, say_registered};
pub use home::AtHome;
pub use keys::look as look_for_keys;
pub use list::Applications;
pub use marks::Marks;
pub use one::ApplicationPage;
pub use row::FoundHere;
pub use scan::ScanPage;

use crate::forms::Forms;
use crate::words::{Authors as _, Key, Words};
use domain::application::Summary;
use domain::{Act, Kind, Role, UserId, may};
use store::Vault;

/// Whether a role takes pre-registrations in.
#[must_use]
pub fn takes_in(role: Option<Role>) -> bool {
    role.is_some_and(|role| may(role, Act::Register, Kind::APPLICATION))
}

/// How a family is called in lists.
pub(super) fn called(words: Words, one: &Summary) -> String {
    match (one.name.is_empty(), one.walk_in) {
        (false, _) => one.name.clone(),
        (true, true) => words.get(Key::ApplicationsWalkInName),
        (true, false) => words.get(Key::NoNameYet),
    }
}

/// A code of a short list, in words.
pub(super) fn label(forms: Forms, list: &str, code: &str) -> String {
    if code.is_empty() { String::new() } else { forms.code_label(&format!("lists:{list}"), code) }
}

/// The names of colleagues, in one phrase.
pub(super) fn names(words: Words, vault: &Vault, users: &[UserId]) -> String {
    words.list(users.iter().map(|user| words.author(vault.author_name(*user).as_deref())).collect::<Vec<_>>())
}
