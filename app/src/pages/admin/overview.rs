//! What needs looking at, and the way in.

use super::{Frame, administers, room::Room, use_room};
use crate::components::{Draw, Icon, Status, Tone};
use crate::when;
use crate::words::{Key, Words, use_words};
use leptos::prelude::*;
use leptos_router::components::A;
use seal::Deed;
use seal::staff::Device;

/// After how long without a word somebody should ask after a device.
const SILENT: u64 = 3 * 24 * 60 * 60 * 1000;

/// Whether a device is in use, has unsent work and was not heard of for too long.
pub fn is_silent(device: &Device, now: u64) -> bool {
    let unsent = device.report.as_ref().is_some_and(|report| report.unsent > 0);
    device.deed == Deed::Nothing && unsent && now.saturating_sub(device.heard_at) > SILENT
}

/// How old what lies on a device is: what waits, and since when.
pub fn unsent_words(words: Words, device: &Device) -> String {
    match &device.report {
        None => words.get(Key::AdminNeverReported),
        Some(report) if report.unsent == 0 => words.get(Key::AdminNothingUnsent),
        Some(report) => {
            let count = words.count(Key::AdminUnsentCount, u64::from(report.unsent));
            let oldest = when::ago(words, report.oldest_at);
            format!("{count} · {}", words.with(Key::AdminOldest, &[("when", &oldest)]))
        }
    }
}

/// The first page of administration.
#[component]
pub fn Overview() -> impl IntoView {
    let words = use_words();
    view! {
        <Frame title=Key::AdminTitle>
            <Attention/>
            <p class="note">{move || words.get(Key::AdminOverviewNote)}</p>
        </Frame>
    }
}

#[component]
fn Attention() -> impl IntoView {
    let words = use_words();
    let room = use_room();
    let now = when::now();
    let silent = move || room.devices(|device| is_silent(device, now));
    let apart = move || room.devices(|device| device.quarantined > 0);
    let invitations = move || room.with(|room| room.invitations.len() as u64).unwrap_or_default();
    let nothing = move || silent().is_empty() && apart().is_empty() && invitations() == 0;
    view! {
        <section class="card card--flush" aria-labelledby="attention">
            <div class="card__head"><h2 class="card__title" id="attention">{move || words.get(Key::AdminOverview)}</h2></div>
            <Show when=nothing>
                <p class="card__part">{move || words.get(Key::AdminNothing)}</p>
            </Show>
            <ul class="rows">
                {move || silent().into_iter().map(|device| {
                    let said = unsent_words(words, &device);
                    let heard = words.with(Key::AdminHeard, &[("when", &when::ago(words, device.heard_at))]);
                    view! { <Item room device title=heard said tone=Tone::Attention state=Key::AdminSilent/> }
                }).collect_view()}
                {move || apart().into_iter().map(|device| {
                    let count = words.count(Key::AdminApart, u64::from(device.quarantined));
                    let said = unsent_words(words, &device);
                    view! { <Item room device title=count said tone=Tone::Attention state=Key::AdminQuarantined/> }
                }).collect_view()}
                <Show when=move || { invitations() > 0 }>
                    <li><div class="row">
                        <Draw icon=Icon::Qr/>
                        <span class="row__main">
                            <A href="/admin/people" attr:class="row__title row__link">
                                {move || words.count(Key::AdminInvitationsOpen, invitations())}
                            </A>
                        </span>
                        <Draw icon=Icon::Chevron class="icon--flip icon--go"/>
                    </div></li>
                </Show>
            </ul>
        </section>
    }
}

#[component]
fn Item(room: Room, device: Device, title: String, said: String, tone: Tone, state: Key) -> impl IntoView {
    let words = use_words();
    let whose = room.member(device.user);
    let name = whose.as_ref().map(|member| member.name.clone()).unwrap_or_default();
    let code = whose.map(|member| member.staff_code).unwrap_or_default();
    view! {
        <li><div class="row">
            <span class="row__main">
                <A href=format!("/admin/devices/{}", device.enrolment) attr:class="row__title row__link"><bdi>{name}</bdi></A>
                <span class="row__meta"><span class="code">{code}</span><span>{title}</span><span>{said}</span></span>
            </span>
            <span class="row__side"><Status tone>{move || words.get(state)}</Status></span>
            <Draw icon=Icon::Chevron class="icon--flip icon--go"/>
        </div></li>
    }
}

/// The way in, on the first page and in the settings; nothing for roles without a part in it.
#[component]
pub fn Entrance() -> impl IntoView {
    let words = use_words();
    administers().then(|| {
        view! {
            <section class="card stack" aria-labelledby="admin-entrance">
                <h2 class="card__title" id="admin-entrance">{move || words.get(Key::AdminTitle)}</h2>
                <p class="note">{move || words.get(Key::AdminEntranceNote)}</p>
                <p><A href="/admin" attr:class="btn"><Draw icon=Icon::Shield/>{move || words.get(Key::AdminOpen)}</A></p>
            </section>
        }
    })
}
