//! What lies on this phone: the families, their PIN, and leaving.
//!
//! One family is open at a time, and only between its PIN and the next lock: [`Kept`] holds it, [`watch`] locks it, and
//! [`gate`] shows the lock in the place of any page that needs it.

mod erase;
mod kept;
mod list;
mod mark;
mod pin;
mod trouble;
mod watch;

pub use kept::{Kept, Trouble, open, use_kept};
pub use watch::forget_with;

use crate::page::Page as Place;
use leptos::prelude::*;

/// The pages of this part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The families on this phone.
    List,
    /// A new family, and its PIN.
    New,
    /// The PIN of a family that lies here.
    Pin,
    /// Taking a family off this phone.
    Erase,
    /// Something is wrong with what is kept.
    Trouble,
}

impl Page {
    /// Every page.
    #[must_use]
    pub fn all() -> Vec<Page> {
        vec![Page::List, Page::New, Page::Pin, Page::Erase, Page::Trouble]
    }

    /// The end of its address.
    #[must_use]
    pub fn path(self) -> String {
        let path = match self {
            Page::List => "kept",
            Page::New => "kept/new",
            Page::Pin => "kept/pin",
            Page::Erase => "kept/erase",
            Page::Trouble => "kept/trouble",
        };
        path.to_owned()
    }

    /// The page with that end of an address.
    #[must_use]
    pub fn from_path(path: &str) -> Option<Page> {
        Page::all().into_iter().find(|page| page.path() == path)
    }

    pub(crate) fn view(self) -> AnyView {
        match self {
            Page::List => list::list().into_any(),
            Page::New => pin::new().into_any(),
            Page::Pin => pin::enter().into_any(),
            Page::Erase => erase::erase().into_any(),
            Page::Trouble => trouble::trouble().into_any(),
        }
    }
}

/// The page that is shown when `wanted` was asked for: the lock instead, while what it is about is locked. Reactive.
#[must_use]
pub fn gate(wanted: Place) -> Place {
    let kept = use_kept();
    let needs_family = match wanted {
        Place::Welcome => false,
        Place::Ask(_) => true,
        // How far an application has come can be asked from any phone.
        Place::Sent(page) => !page.path().starts_with("status"),
        Place::Keep(page) => {
            return match page {
                // Which one, nobody said: a page that was reloaded, or an address that was typed.
                Page::Pin | Page::Erase if kept.chosen().is_none() => Place::Keep(kept.door_in()),
                page => Place::Keep(page),
            };
        }
    };
    let trouble = kept.trouble().is_some();
    if needs_family && (trouble || kept.family().is_none()) { Place::Keep(kept.door_in()) } else { wanted }
}

/// Where «Empezar» leads from the first page: to where people stopped, to the PIN of what lies here, or to a new family.
#[must_use]
pub fn begin() -> Place {
    untrack(|| {
        let kept = use_kept();
        match kept.with(|draft| go_on(&draft.step)) {
            Some(place) => place,
            None => Place::Keep(kept.door_in()),
        }
    })
}

/// The page to go on with, as a draft names it.
fn go_on(step: &str) -> Place {
    match Place::at(&format!("/apply/{step}")) {
        place @ (Place::Ask(_) | Place::Sent(_)) => place,
        _ => crate::ask::Page::all().into_iter().next().map_or(Place::Welcome, Place::Ask),
    }
}

/// Somebody leaves in a hurry: whatever is open is locked, at once and without a question, in every tab.
pub fn leaving() {
    use_kept().lock();
    store::applicant::tell_leaving();
}
