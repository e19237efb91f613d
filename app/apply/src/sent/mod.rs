//! What comes after the answers: sending, the slip, status and appointment.

pub mod book;
pub mod carry;
pub mod code;
pub mod heard;
pub mod letters;
pub mod picture;
pub mod post;
pub mod send;
pub mod slip;
pub mod status;
pub mod told;
pub mod trust;
pub mod working;

pub use carry::{Carrier, use_carrier};

use leptos::prelude::*;

/// The pages of this part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// «Mandar».
    Send,
    /// Sent or waiting, reference and code.
    Slip,
    /// How far that of this phone has come.
    Mine,
    /// An appointment for it.
    Book,
    /// Taking it back.
    Withdraw,
    /// How far one has come, by reference and PIN, on any phone.
    Status,
}

const PAGES: [(Page, &str); 6] = [
    (Page::Send, "sent/send"),
    (Page::Slip, "sent/slip"),
    (Page::Mine, "sent/mine"),
    (Page::Book, "sent/appointment"),
    (Page::Withdraw, "sent/withdraw"),
    (Page::Status, "status"),
];

impl Page {
    /// Every page.
    #[must_use]
    pub fn all() -> Vec<Page> {
        PAGES.map(|(page, _)| page).to_vec()
    }

    /// The end of its address.
    #[must_use]
    pub fn path(self) -> String {
        PAGES.iter().find(|(page, _)| *page == self).map_or("", |(_, path)| path).to_owned()
    }

    /// The page with that end of an address.
    #[must_use]
    pub fn from_path(path: &str) -> Option<Page> {
        PAGES.iter().find(|(_, known)| *known == path).map(|(page, _)| *page)
    }

    pub(crate) fn view(self) -> AnyView {
        match self {
            Page::Send => send::send().into_any(),
            Page::Slip => slip::slip().into_any(),
            Page::Mine => status::mine().into_any(),
            Page::Book => book::book().into_any(),
            Page::Withdraw => book::withdraw().into_any(),
            Page::Status => status::status().into_any(),
        }
    }
}
