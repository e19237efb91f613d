//! Devices within reach: whose, when last heard of, what waits on them, what was ordered of them.

use super::overview::{by_age, is_silent, unsent_state, unsent_words};
use super::{Frame, use_room};
use crate::components::{Choices, Status, Tone};
use crate::tables::Item;
use crate::when;
use crate::words::{Key, use_words};
use leptos::prelude::*;
use leptos_router::components::A;
use seal::Deed;
use seal::staff::Device;

/// The list.
#[component]
pub fn DevicesPage() -> impl IntoView {
    view! {
        <Frame title=Key::AdminDevices back=("/admin", Key::AdminTitle)>
            <Devices/>
        </Frame>
    }
}

#[component]
fn Devices() -> impl IntoView {
    let words = use_words();
    let room = use_room();
    let which = RwSignal::new("all".to_owned());
    let now = when::now();
    let shown = Signal::derive(move || {
        let which = which.get();
        let mut devices = room.devices(|device| match which.as_str() {
            "attention" => unsent_state(device, now).is_some() || device.quarantined > 0,
            "unsent" => unsent_state(device, now).is_some(),
            "revoked" => device.deed != Deed::Nothing,
            _ => true,
        });
        devices.sort_by_key(by_age);
        devices
    });
    let items = [
        ("all", Key::AdminAll),
        ("attention", Key::AdminOverview),
        ("unsent", Key::UnsentFilter),
        ("revoked", Key::AdminRevokedOnes),
    ];
    // Drawn anew in another language.
    let choices = move || {
        let items = items.into_iter().map(|(code, key)| Item::new(code, &words.get(key))).collect();
        let fault = Signal::derive(|| None::<String>);
        view! { <Choices id="which-devices" value=which on_choose=move |code| which.set(code) items fault/> }
    };
    view! {
        <fieldset class="field">
            <legend class="unseen">{move || words.get(Key::AdminWhich)}</legend>
            {choices}
            <p class="field__hint">{move || words.get(Key::UnsentSorted)}</p>
        </fieldset>
        <section class="card card--flush" aria-label=move || words.get(Key::AdminDevices)>
            <DeviceRows devices=shown/>
        </section>
    }
}

/// Devices as a table; as cards where there is little room.
#[component]
pub fn DeviceRows(
    /// Which.
    #[prop(into)]
    devices: Signal<Vec<Device>>,
) -> impl IntoView {
    let words = use_words();
    let heads = [
        Key::AdminDevice,
        Key::AdminLastContact,
        Key::AdminUnsent,
        Key::AdminKept,
        Key::Version,
        Key::AdminState,
    ];
    let heads = heads
        .into_iter()
        .map(|key| view! { <th scope="col" role="columnheader">{move || words.get(key)}</th> });
    let heads = heads.collect_view();
    view! {
        <table class="grid" role="table" aria-label=move || words.get(Key::AdminDevices)
            hidden=move || devices.with(Vec::is_empty)>
            <thead role="rowgroup"><tr role="row">{heads}</tr></thead>
            <tbody role="rowgroup">
                {move || devices.get().into_iter().map(|device| view! { <Row device/> }).collect_view()}
            </tbody>
        </table>
        <Show when=move || devices.with(Vec::is_empty)>
            <p class="card__part">{move || words.get(Key::AdminNoDevices)}</p>
        </Show>
    }
}

#[component]
fn Row(device: Device) -> impl IntoView {
    let words = use_words();
    let room = use_room();
    let member = room.member(device.user);
    let name = member.as_ref().map(|member| member.name.clone()).unwrap_or_default();
    let code = member.map(|member| member.staff_code).unwrap_or_default();
    let label = move |key: Key| move || words.get(key);
    let device = StoredValue::new(device);
    let (heard, enrolled, deed) =
        device.with_value(|device| (device.heard_at, device.enrolled_at, device.deed));
    let unsent = move || device.with_value(|device| unsent_words(words, device));
    let kept = move || {
        let (parked, apart) = device.with_value(|device| (device.parked, device.quarantined));
        let parked = (parked > 0).then(|| words.count(Key::AdminParked, u64::from(parked)));
        let apart = (apart > 0).then(|| words.count(Key::AdminApart, u64::from(apart)));
        let said = words.list([parked, apart].into_iter().flatten());
        if said.is_empty() { "—".to_owned() } else { said }
    };
    let version = device.with_value(|device| device.report.as_ref().map(|report| report.version.clone()));
    let version = version.filter(|version| !version.is_empty()).unwrap_or_else(|| "—".to_owned());
    let id = device.with_value(|device| device.enrolment);
    let silent = device.with_value(|device| is_silent(device, when::now()));
    view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                <A href=format!("/admin/devices/{id}")><bdi>{name}</bdi></A>
                <span class="note">
                    <span class="code">{code}</span>" · "
                    {move || words.with(Key::AdminEnrolled, &[("when", &when::moment(words, enrolled))])}
                </span>
            </th>
            <td role="cell" data-label=label(Key::AdminLastContact)>{move || when::ago(words, heard)}</td>
            <td role="cell" data-label=label(Key::AdminUnsent)>{unsent}</td>
            <td role="cell" data-label=label(Key::AdminKept)>{kept}</td>
            <td role="cell" data-label=label(Key::Version)><span class="code">{version}</span></td>
            <td role="cell" data-label=label(Key::AdminState)><Standing deed silent/></td>
        </tr>
    }
}

/// What stands ordered of a device, or that it was not heard of.
#[component]
pub fn Standing(deed: Deed, silent: bool) -> impl IntoView {
    let words = use_words();
    let (tone, key) = match deed {
        Deed::Wipe => (Tone::Error, Key::AdminDeviceWiped),
        Deed::Revoke => (Tone::Error, Key::AdminDeviceRevoked),
        Deed::Nothing if silent => (Tone::Attention, Key::AdminSilent),
        Deed::Nothing => (Tone::Sent, Key::AdminDeviceOn),
    };
    view! { <Status tone>{move || words.get(key)}</Status> }
}
