//! What needs looking at, and the way in.

use super::{Frame, administers, room::Room, use_room};
use crate::components::{Draw, Icon, Status, Tone};
use crate::when;
use crate::words::{Key, Words, use_words};
use leptos::prelude::*;
use leptos_router::components::A;
use seal::Deed;
use seal::staff::Device;

const DAY: u64 = 24 * 60 * 60 * 1000;
/// After how long without a word somebody should ask after a device that has unsent work.
const SILENT: u64 = 3 * DAY;
/// The same of one that had none: what was saved on it since is not known.
const QUIET: u64 = 14 * DAY;
/// From what age on unsent work is old, although the device was heard of: it has a line and does not get rid of it.
const OLD: u64 = 2 * DAY;

/// Whether a device is in use, has unsent work and was not heard of for too long.
pub fn is_silent(device: &Device, now: u64) -> bool {
    let report = device.report.as_ref();
    let unsent = report.is_some_and(|report| report.unsent > 0 || report.carried.is_some());
    device.deed == Deed::Nothing && unsent && now.saturating_sub(device.heard_at) > SILENT
}

/// Whether a device in use that told of nothing unsent was not heard of for so long that it may have some by now.
pub fn is_quiet(device: &Device, now: u64) -> bool {
    let told = device.report.is_some();
    told && device.deed == Deed::Nothing
        && !is_silent(device, now)
        && now.saturating_sub(device.heard_at) > QUIET
}

/// Since when the oldest of what waits on a device has waited, its own and what it carries for others.
pub fn waits_since(device: &Device) -> Option<u64> {
    let report = device.report.as_ref()?;
    let own = (report.unsent > 0).then_some(report.oldest_at);
    own.into_iter().chain(report.carried.map(|carried| carried.oldest_at)).min()
}

/// Whether work has waited on a device for too long, also where it was heard of since and where its access was withdrawn.
pub fn is_old(device: &Device, now: u64) -> bool {
    waits_since(device).is_some_and(|at| now.saturating_sub(at) > OLD)
}

/// How urgently somebody should look after a device, by what waits on it: the oldest first, then those not heard of.
pub fn by_age(device: &Device) -> (u64, u64) {
    (waits_since(device).unwrap_or(u64::MAX), device.heard_at)
}

/// What somebody should look at about what waits on a device.
pub fn unsent_state(device: &Device, now: u64) -> Option<Key> {
    if is_silent(device, now) {
        Some(Key::AdminSilent)
    } else if is_old(device, now) {
        Some(Key::UnsentOld)
    } else {
        is_quiet(device, now).then_some(Key::UnsentQuiet)
    }
}

/// How old what lies on a device is: what waits, and since when; and apart from that what it carries for others.
pub fn unsent_words(words: Words, device: &Device) -> String {
    let own = own_words(words, device);
    match device.report.as_ref().and_then(|report| report.carried) {
        Some(carried) => {
            let carries = words.count(Key::UnsentCarried, u64::from(carried.number));
            let oldest = words.with(Key::AdminOldest, &[("when", &when::ago(words, carried.oldest_at))]);
            format!("{own} · {carries} · {oldest}")
        }
        None => own,
    }
}

fn own_words(words: Words, device: &Device) -> String {
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
    let unsent = move || {
        let mut devices = room.devices(|device| unsent_state(device, now).is_some());
        devices.sort_by_key(by_age);
        devices
    };
    let apart = move || room.devices(|device| device.quarantined > 0);
    let invitations = move || room.with(|room| room.invitations.len() as u64).unwrap_or_default();
    let nothing = move || unsent().is_empty() && apart().is_empty() && invitations() == 0;
    view! {
        <section class="card card--flush" aria-labelledby="attention">
            <div class="card__head"><h2 class="card__title" id="attention">{move || words.get(Key::AdminOverview)}</h2></div>
            <Show when=nothing>
                <p class="card__part">{move || words.get(Key::AdminNothing)}</p>
            </Show>
            <ul class="rows">
                {move || unsent().into_iter().map(|device| {
                    let said = unsent_words(words, &device);
                    let heard = words.with(Key::AdminHeard, &[("when", &when::ago(words, device.heard_at))]);
                    let state = unsent_state(&device, now).unwrap_or(Key::AdminSilent);
                    view! { <Item room device title=heard said tone=Tone::Attention state/> }
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{EnrolmentId, UserId};
    use seal::staff::{CarriedWork, Report};

    const NOW: u64 = 1_795_362_120_000;

    /// A device heard of so many days ago, with so much unsent, the oldest so many days old at that moment.
    fn device(heard: u64, unsent: u32, oldest: u64, carried: Option<(u32, u64)>) -> Device {
        let heard_at = NOW - heard * DAY;
        let carried = carried.map(|(number, days)| CarriedWork { number, oldest_at: heard_at - days * DAY });
        let oldest_at = heard_at - oldest * DAY;
        Device {
            enrolment: EnrolmentId([1; 16]),
            user: UserId([2; 16]),
            enrolled_at: 1,
            heard_at,
            report: Some(Report { at: heard_at, unsent, oldest_at, version: "1".into(), carried }),
            deed: Deed::Nothing,
            ordered_at: 0,
            parked: 0,
            quarantined: 0,
            revoked_work: 0,
        }
    }

    #[test]
    fn old_unsent_work_silence_with_work_and_long_silence_are_told_apart() {
        for (device, state) in [
            (device(0, 0, 0, None), None),
            (device(0, 5, 1, None), None),
            (device(0, 5, 9, None), Some(Key::UnsentOld)),
            (device(1, 0, 0, Some((3, 4))), Some(Key::UnsentOld)),
            (device(4, 5, 0, None), Some(Key::AdminSilent)),
            (device(4, 0, 0, Some((1, 0))), Some(Key::AdminSilent)),
            (device(4, 0, 0, None), None),
            (device(15, 0, 0, None), Some(Key::UnsentQuiet)),
        ] {
            assert_eq!(unsent_state(&device, NOW), state, "{device:?}");
        }
        let withdrawn = Device { deed: Deed::Revoke, ..device(4, 5, 9, None) };
        assert_eq!(unsent_state(&withdrawn, NOW), Some(Key::UnsentOld));
        let never = Device { report: None, ..device(30, 0, 0, None) };
        assert_eq!(unsent_state(&never, NOW), None);
    }

    #[test]
    fn the_oldest_comes_first_whoever_saved_it() {
        let mut devices = [
            device(0, 0, 0, None),
            device(9, 0, 0, None),
            device(0, 1, 3, None),
            device(0, 2, 1, Some((1, 8))),
        ];
        devices.sort_by_key(by_age);
        let order: Vec<_> = devices.iter().map(|it| (NOW - waits_since(it).unwrap_or(NOW)) / DAY).collect();
        assert_eq!(order, [8, 3, 0, 0]);
        assert!(devices[2].heard_at < devices[3].heard_at);
    }
}
