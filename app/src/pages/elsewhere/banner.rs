//! What is open for reading only: the banner that says so and until when, and what pages leave out for it.

use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault_handle};
use crate::when;
use crate::words::{Key, use_words};
use domain::RecordId;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use seal::elsewhere::Standing;
use seal::page::Grant;
use store::Vault;

/// Put above the parts of a page: whether what it shows may only be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadOnly(pub bool);

/// Whether the page around this component only shows.
#[must_use]
pub fn is_read_only() -> bool {
    use_context::<ReadOnly>().is_some_and(|only| only.0)
}

/// What opens a group of others to whoever has unlocked; the longest, where several do. Nothing once the time has ended.
#[must_use]
pub fn lent(vault: &Vault, group: RecordId) -> Option<Grant> {
    vault.grants().into_iter().filter(|grant| grant.group == group).max_by_key(|grant| grant.until)
}

/// Whether a group of others lies here only because it was opened to whoever has unlocked: also when the time for it has
/// ended and it was not dropped yet.
#[must_use]
pub fn is_lent(vault: &Vault, group: RecordId) -> bool {
    vault.lent(group)
}

/// Whether the time for which a group was opened has ended: it is about to be dropped, and no page shows it any more.
#[must_use]
pub fn has_ended(vault: &Vault, group: RecordId) -> bool {
    is_lent(vault, group) && lent(vault, group).is_none()
}

/// Says that a group is open for reading, until when and why.
#[component]
pub fn Lent(
    /// What opens it.
    grant: Grant,
) -> impl IntoView {
    let (words, device) = (use_words(), use_device());
    let Grant { group, until, emergency } = grant;
    let why = move || {
        device.requests.with(|book| {
            let mine = &book.as_ref()?.mine;
            let of_this = mine.iter().find(|asked| {
                let same = asked.group == Some(group) && asked.ground.is_some() == emergency;
                same && asked.standing == Standing::Granted
            });
            of_this.map(|asked| asked.reason.clone()).filter(|reason| !reason.is_empty())
        })
    };
    let how = if emergency { Key::LentEmergency } else { Key::LentGranted };
    view! {
        <div class="notice notice--attention" role="note">
            <Draw icon=Icon::Eye/>
            <p class="notice__text">
                <b>{move || words.with(Key::LentUntil, &[("when", &when::moment(words, until))])}</b>
                " · "{move || words.get(how)}
                {move || why().map(|why| view! { " · " <bdi>{why}</bdi> })}
                <br/>
                <span class="note">{move || words.get(Key::LentNote)}</span>
            </p>
        </div>
    }
}

/// A page that changes the group of the address: in place of it, where the group is only open for reading, a word.
#[must_use]
pub fn not_lent(page: fn() -> AnyView) -> AnyView {
    let device = use_device();
    let vault = use_vault_handle();
    let params = use_params_map();
    let group = move || params.with(|params| params.get("group").and_then(|id| RecordId::parse(&id)));
    let read_only = Memo::new(move |_| {
        device.changed.track();
        group().filter(|group| vault.with_value(|vault| is_lent(vault, *group)))
    });
    let shown = move || match read_only.get() {
        None => page(),
        Some(group) => view! { <OnlyLent group/> }.into_any(),
    };
    shown.into_any()
}

/// In place of a page that changes a group which is only open for reading.
#[component]
pub fn OnlyLent(
    /// The group.
    group: RecordId,
) -> impl IntoView {
    let words = use_words();
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="card empty">
                <Draw icon=Icon::Eye/>
                <h1 tabindex="-1">{move || words.get(Key::LentTitle)}</h1>
                <p class="soft">{move || words.get(Key::LentNote)}</p>
                <A href=format!("/groups/{group}") attr:class="btn">{move || words.get(Key::Family)}</A>
            </div>
        </main>
    }
}
