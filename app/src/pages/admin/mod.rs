//! Administration: staff, devices, invitations, places. Shown to roles that look after them, judged by the server.

pub mod confirm;
mod device;
mod devices;
mod invitation;
mod overview;
mod people;
mod person;
mod person_form;
mod place_desk;
mod place_form;
mod places;
mod room;

pub use device::DevicePage;
pub use devices::DevicesPage;
pub use overview::{Entrance, Overview};
pub use people::{InvitePage, PeoplePage};
pub use person::PersonPage;
pub use places::PlacesPage;

use crate::components::{Back, Busy, Icon, Notice};
use crate::device::{use_device, use_vault_handle};
use crate::when;
use crate::words::{Key, Words, use_words};
use api::ApiError;
use domain::Role;
use domain::permission::{OfficeAct, office_reach};
use leptos::prelude::*;
use leptos_router::components::A;
use room::{open_room, use_room};

/// Whether somebody of a role has a part in something of the office's, wherever.
#[must_use]
pub fn has_part(role: u8, act: OfficeAct) -> bool {
    Role::from_code(role).is_some_and(|role| office_reach(role, act).is_some())
}

/// The word for a role.
fn role_words(words: Words, role: u8) -> String {
    let role = Role::from_code(role).map(Role::key).unwrap_or_default();
    words.named(&format!("role_{role}")).unwrap_or_default()
}

/// What is wrong with an input, as a sentence.
fn fault_words(words: Words, wrong: &str) -> String {
    words.named(&format!("admin_fault_{wrong}")).unwrap_or_else(|| words.get(Key::AdminFaultUnknown))
}

/// Why the server did not do it, as a sentence.
fn trouble_words(error: &ApiError) -> Key {
    match error {
        ApiError::NoAnswer => Key::AdminNoLine,
        ApiError::NotHere => Key::AdminGone,
        ApiError::Refused => Key::AdminRefused,
        ApiError::PasskeyNeeded => Key::AdminPasskey,
        ApiError::NotSignedIn => Key::TroubleNotSignedIn,
        ApiError::TooMany { .. } => Key::TroubleTooMany,
        _ => Key::AdminNotAble,
    }
}

/// The frame of every page of administration: where one is, what was seen when, and the page once there is something.
#[component]
fn Frame(
    /// Names the page.
    title: Key,
    /// Where the way back leads, and what is there; the overview by itself has none.
    #[prop(optional)]
    back: Option<(&'static str, Key)>,
    /// Beside the heading.
    #[prop(optional, into)]
    head: ViewFn,
    /// The page.
    children: ChildrenFn,
) -> impl IntoView {
    let words = use_words();
    crate::desk::title(words, title);
    let room = open_room();
    let (busy, trouble) = (room.busy, room.trouble);
    let seen = move || room.with(|room| room.at);
    let as_of = move || seen().map(|at| words.with(Key::AdminAsOf, &[("when", &when::moment(words, at))]));
    let sentence = move || {
        let key = trouble.get()?;
        Some(match (key, seen()) {
            (Key::AdminNoLine, Some(at)) => {
                words.with(Key::AdminOffline, &[("when", &when::moment(words, at))])
            }
            _ => words.get(key),
        })
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    {back.map(|(href, key)| view! { <Back href label=Signal::derive(move || words.get(key))/> })}
                    <h1 tabindex="-1">{move || words.get(title)}</h1>
                    <p class="note">{as_of}</p>
                </div>
                {move || head.run()}
            </div>
            <Sections/>
            <div role="status">
                {move || sentence().map(|sentence| view! { <Notice icon=Icon::CloudOff>{sentence}</Notice> })}
                <Show when=move || busy.get() && seen().is_none()><Busy label=Key::AdminLoading/></Show>
            </div>
            <Show when=move || seen().is_some()>{children()}</Show>
        </main>
    }
}

/// The parts of administration that this role has.
#[component]
fn Sections() -> impl IntoView {
    let words = use_words();
    let role = use_vault_handle().with_value(|vault| vault.identity().role);
    let parts = [
        ("/admin", Key::AdminOverview, OfficeAct::People),
        ("/admin/people", Key::AdminPeople, OfficeAct::People),
        ("/admin/devices", Key::AdminDevices, OfficeAct::Devices),
        ("/admin/places", Key::AdminPlaces, OfficeAct::Tables),
        ("/requests", Key::RequestsTitle, OfficeAct::Requests),
    ];
    let links = parts.into_iter().filter(|(.., act)| has_part(role, *act)).map(|(href, label, _)| {
        // Only the overview's address is the beginning of the others'.
        view! { <li><A href=href exact=href == "/admin" attr:class="btn btn--quiet">{move || words.get(label)}</A></li> }
    });
    view! {
        <nav class="parts" aria-label=move || words.get(Key::AdminTitle)>
            <ul class="line">{links.collect_view()}</ul>
        </nav>
    }
}

/// Whether this user administers here at all: not in a practice, where there is no office.
fn administers() -> bool {
    let role = use_vault_handle().with_value(|vault| vault.identity().role);
    !use_device().practises() && has_part(role, OfficeAct::People)
}
