//! Which pages are for which role. The table of rights decides what lies on a device; this keeps people from pages
//! that could show them nothing.

use crate::components::{Draw, Icon};
use crate::words::{Key, use_words};
use domain::{Act, Kind, Role, may};
use leptos::prelude::*;
use leptos_router::components::A;

/// By what somebody comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// People and everything that is done for them.
    People,
    /// Referrals to their desk.
    Referrals,
    /// Referrals from a border post.
    Border,
    /// The log of who read what.
    Log,
    /// Whatever else.
    Others,
}

/// By what a role comes in.
#[must_use]
pub fn door(role: Option<Role>) -> Door {
    match role {
        Some(Role::Caseworker | Role::Counsellor | Role::Supervisor) => Door::People,
        Some(Role::ReferralFocalPoint) => Door::Referrals,
        Some(Role::BorderOfficer) => Door::Border,
        Some(Role::Auditor) => Door::Log,
        _ => Door::Others,
    }
}

/// Pages about services: for whoever may at least refer.
const SERVICES: [&str; 7] =
    ["/work", "/team", "/sessions", "/assistance", "/distributions", "/refer", "/referrals"];
/// All that there is for who holds nobody's record and works with referrals. Administration and the log say themselves
/// whom they are for.
const OF_DESKS: [&str; 8] =
    ["/refer", "/referrals", "/directory", "/outbox", "/settings", "/gallery", "/admin", "/audit"];

/// Whether an address lies at a page or below it.
#[must_use]
pub fn lies_at(path: &str, page: &str) -> bool {
    path == page || path.strip_prefix(page).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a page has something for a role.
#[must_use]
pub fn opens(role: Option<Role>, path: &str) -> bool {
    let at = |pages: &[&str]| pages.iter().any(|page| lies_at(path, page));
    match door(role) {
        Door::People => true,
        Door::Referrals | Door::Border => path == "/" || at(&OF_DESKS),
        Door::Log | Door::Others => {
            let takes_in = crate::pages::applications::takes_in(role);
            (takes_in || !lies_at(path, "/applications") && !lies_at(path, "/appointments"))
                && (!at(&SERVICES) || role.is_some_and(|role| may(role, Act::Register, Kind::REFERRAL)))
        }
    }
}

/// In place of a page that is not for whoever has unlocked.
#[component]
pub fn NotForRole(
    /// What they come in by.
    door: Door,
) -> impl IntoView {
    let words = use_words();
    crate::desk::title(words, Key::WorkNotYours);
    let why = match door {
        Door::Referrals | Door::Border => Key::WorkNotYoursText,
        _ => Key::WorkNoServices,
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="card empty">
                <Draw icon=Icon::Lock/>
                <h1 tabindex="-1">{move || words.get(Key::WorkNotYours)}</h1>
                <p class="soft">{move || words.get(why)}</p>
                <A href="/" attr:class="btn">{move || words.get(Key::WorkGoHome)}</A>
            </div>
        </main>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_told_which_pages_are_for_it() {
        let (records, services) =
            (["/search", "/register/1", "/people/1/refer"], ["/work", "/team", "/sessions"]);
        let (referrals, all) = (["/refer", "/referrals/1"], ["/", "/outbox", "/settings", "/directory"]);
        // Nobody comes in as a slip.
        for role in Role::ALL.into_iter().filter(|role| !role.is_voice()) {
            let (sees_records, sees_services, sees_referrals) = match role {
                Role::Caseworker | Role::Counsellor | Role::Supervisor => (true, true, true),
                Role::ReferralFocalPoint | Role::BorderOfficer => (false, false, true),
                _ => (true, false, false),
            };
            let open = |pages: &[&str]| pages.iter().map(|page| opens(Some(role), page)).collect::<Vec<_>>();
            assert_eq!(open(&records), [sees_records; 3], "{role:?}");
            assert_eq!(open(&services), [sees_services; 3], "{role:?}");
            assert_eq!(open(&referrals), [sees_referrals; 2], "{role:?}");
            assert_eq!(open(&all), [true; 4], "{role:?}");
        }
        assert!(!opens(None, "/work") && opens(None, "/"));
    }

    #[test]
    fn a_page_is_not_taken_for_one_whose_name_begins_alike() {
        for (path, page, wanted) in [
            ("/refer", "/refer", true),
            ("/refer/1", "/refer", true),
            ("/referrals", "/refer", false),
            ("/", "/refer", false),
        ] {
            assert_eq!(lies_at(path, page), wanted, "{path} {page}");
        }
    }
}
