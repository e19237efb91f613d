//! Where people can be in the door, and the address of each place. Addresses hold no word about anybody: they lie in the
//! browser's history.

use crate::{ask, keep, sent};
use leptos::prelude::*;

/// A place in the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// What this is, and in which language: `/apply`.
    Welcome,
    /// What lies on this phone: PIN, list of families, leaving.
    Keep(keep::Page),
    /// The questions.
    Ask(ask::Page),
    /// Sending, slip, status, appointment.
    Sent(sent::Page),
}

/// What every address of the door begins with.
const HOME: &str = "/apply";

impl Page {
    /// Every page there is, for tests that walk through all of them.
    #[must_use]
    pub fn all() -> Vec<Page> {
        let mut all = vec![Page::Welcome];
        all.extend(keep::Page::all().into_iter().map(Page::Keep));
        all.extend(ask::Page::all().into_iter().map(Page::Ask));
        all.extend(sent::Page::all().into_iter().map(Page::Sent));
        all
    }

    /// Its address.
    #[must_use]
    pub fn address(self) -> String {
        let rest = match self {
            Page::Welcome => return HOME.to_owned(),
            Page::Keep(page) => page.path(),
            Page::Ask(page) => page.path(),
            Page::Sent(page) => page.path(),
        };
        format!("{HOME}/{rest}")
    }

    /// The page at an address. What leads nowhere is the first page: somebody typed it, or it is of another version.
    #[must_use]
    pub fn at(address: &str) -> Page {
        let rest = address.strip_prefix(HOME).unwrap_or_default().trim_matches('/');
        let keep = || keep::Page::from_path(rest).map(Page::Keep);
        let ask = || ask::Page::from_path(rest).map(Page::Ask);
        let sent = || sent::Page::from_path(rest).map(Page::Sent);
        keep().or_else(ask).or_else(sent).unwrap_or(Page::Welcome)
    }

    /// What it shows.
    pub(crate) fn view(self) -> AnyView {
        match self {
            Page::Welcome => crate::frame::welcome().into_any(),
            Page::Keep(page) => page.view(),
            Page::Ask(page) => page.view(),
            Page::Sent(page) => page.view(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_an_address_of_its_own_that_leads_back_to_it() {
        let mut addresses = Vec::new();
        for page in Page::all() {
            let address = page.address();
            assert_eq!(Page::at(&address), page, "{address}");
            // The server takes these letters alone for a page.
            assert!(
                address
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_'))
            );
            addresses.push(address);
        }
        let count = addresses.len();
        addresses.sort();
        addresses.dedup();
        assert_eq!(addresses.len(), count);
    }

    #[test]
    fn what_leads_nowhere_is_the_first_page() {
        for address in ["/apply", "/apply/", "/apply/gone", "/elsewhere", ""] {
            assert_eq!(Page::at(address), Page::Welcome, "{address}");
        }
    }
}
