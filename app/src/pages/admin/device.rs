//! One device: how it stands, what of its is kept without counting, and what can be ordered of it.

use super::confirm::{Confirm, Question, Told};
use super::devices::Standing;
use super::overview::{is_silent, unsent_words};
use super::person::outcome_words;
use super::room::Room;
use super::{Frame, trouble_words, use_room};
use crate::components::{Icon, Notice};
use crate::device::use_vault;
use crate::passkey::use_step_up;
use crate::when;
use crate::words::{Key, use_words};
use api::KeptItem;
use domain::EnrolmentId;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use seal::Deed;
use seal::staff::Device;
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;

/// The page.
#[component]
pub fn DevicePage() -> impl IntoView {
    let id = use_params_map()
        .with_untracked(|params| params.get("enrolment").and_then(|id| EnrolmentId::parse(&id)));
    view! {
        <Frame title=Key::AdminDevice back=("/admin/devices", Key::AdminDevices)>
            <Found id/>
        </Frame>
    }
}

#[component]
fn Found(id: Option<EnrolmentId>) -> impl IntoView {
    let words = use_words();
    let room = use_room();
    let device = Memo::new(move |_| room.devices(|device| Some(device.enrolment) == id).into_iter().next());
    let there = Memo::new(move |_| device.with(Option::is_some));
    move || match (there.get(), id) {
        (true, Some(id)) => view! { <Shown room id device/> }.into_any(),
        _ => view! { <Notice icon=Icon::Info>{move || words.get(Key::AdminGone)}</Notice> }.into_any(),
    }
}

const REVOKE: Question = Question {
    title: Key::AdminRevokeAsk,
    sentences: &[Key::AdminRevokeLost, Key::AdminRevokeKept, Key::AdminRevokeOthers],
    deed: Key::AdminRevoke,
    grave: true,
};
const WIPE: Question = Question {
    title: Key::AdminWipeAsk,
    sentences: &[Key::AdminWipeLost, Key::AdminWipeKept, Key::AdminRevokeOthers],
    deed: Key::AdminWipe,
    grave: true,
};
const TAKE_BACK: Question = Question {
    title: Key::AdminTakeBackAsk,
    sentences: &[Key::AdminTakeBackText, Key::AdminTakeBackLate],
    deed: Key::AdminTakeBack,
    grave: false,
};
const TAKE_OVER: Question = Question {
    title: Key::AdminTakeOverAsk,
    sentences: &[Key::AdminTakeOverText, Key::AdminTakeOverStays],
    deed: Key::AdminTakeOver,
    grave: false,
};

/// What was asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    Order(Deed),
    TakeOver,
}

#[component]
fn Shown(room: Room, id: EnrolmentId, device: Memo<Option<Device>>) -> impl IntoView {
    let words = use_words();
    let told = RwSignal::new(None);
    let asked = RwSignal::new(None::<Question>);
    let wish = RwSignal::new(Wish::Order(Deed::Nothing));
    let here = use_vault().identity().enrolment == id;
    let deed =
        Memo::new(move |_| device.with(|device| device.as_ref().map_or(Deed::Nothing, |device| device.deed)));
    let work =
        Memo::new(move |_| device.with(|device| device.as_ref().map_or(0, |device| device.revoked_work)));
    let whose = move || device.with(|device| device.as_ref().and_then(|device| room.member(device.user)));
    let mine = move || {
        room.with(|room| whose().is_some_and(|member| member.user == room.me.user)).unwrap_or_default()
    };
    // Whose role one could give, and oneself.
    let may = move || {
        room.with(|room| whose().is_some_and(|member| member.mine || member.user == room.me.user))
            .unwrap_or_default()
    };
    let ask = move |question: Question, wanted: Wish| {
        wish.set(wanted);
        asked.set(Some(question));
    };
    let yes = move || {
        let wish = wish.get_untracked();
        leptos::task::spawn_local(async move {
            let enrolment = ByteBuf::from(id.0);
            let done = match wish {
                Wish::Order(deed) => room.change(|| api::order_device(enrolment.clone(), deed.code())).await,
                Wish::TakeOver => room.change(|| api::take_over(enrolment.clone())).await,
            };
            told.try_set(Some(outcome_words(words, done)));
        });
    };
    let facts = move || {
        let Some(device) = device.get() else { return Vec::new() };
        let moment = |at: u64| when::moment(words, at);
        let version = device.report.as_ref().map(|report| report.version.clone()).unwrap_or_default();
        let ordered = if device.ordered_at > 0 { moment(device.ordered_at) } else { String::new() };
        let rows = [
            (Key::AdminEnrolledAt, moment(device.enrolled_at)),
            (Key::AdminLastContact, moment(device.heard_at)),
            (Key::AdminUnsent, unsent_words(words, &device)),
            (Key::Version, version),
            (Key::AdminOrderedAt, ordered),
        ];
        let filled = rows.into_iter().filter(|(_, text)| !text.is_empty());
        filled.map(|(key, text)| view! { <div><dt>{words.get(key)}</dt><dd>{text}</dd></div> }).collect()
    };
    let standing = move || {
        device
            .get()
            .map(|device| view! { <Standing deed=device.deed silent=is_silent(&device, when::now())/> })
    };
    let name = move || {
        whose().map(|member| {
            view! {
                <A href=format!("/admin/people/{}", member.user)><bdi>{member.name}</bdi></A>
                " " <span class="code">{member.staff_code}</span>
            }
        })
    };
    view! {
        <div class="line"><h2>{name}</h2>{standing}</div>
        <Told told/>
        <section class="card stack"><dl class="facts">{facts}</dl></section>
        <Kept id changed=Signal::derive(move || device.with(|device| device.as_ref().map_or(0, |device| device.parked + device.quarantined)))/>
        <section class="card stack" aria-labelledby="orders">
            <h2 class="card__title" id="orders">{move || words.get(Key::AdminOrders)}</h2>
            {here.then(|| view! { <p>{move || words.get(Key::AdminThisDevice)}</p> })}
            <Show when=move || !may()><p>{move || words.get(Key::AdminNotYours)}</p></Show>
            <div class="line">
                <Show when=move || deed.get() == Deed::Nothing && !here && may()>
                    <button class="btn btn--danger" type="button" on:click=move |_| ask(REVOKE, Wish::Order(Deed::Revoke))>
                        {move || words.get(Key::AdminRevoke)}
                    </button>
                </Show>
                <Show when=move || deed.get() != Deed::Wipe && !here && may()>
                    <button class="btn btn--danger" type="button" on:click=move |_| ask(WIPE, Wish::Order(Deed::Wipe))>
                        {move || words.get(Key::AdminWipe)}
                    </button>
                </Show>
                <Show when=move || deed.get() != Deed::Nothing && !mine() && may()>
                    <button class="btn" type="button" on:click=move |_| ask(TAKE_BACK, Wish::Order(Deed::Nothing))>
                        {move || words.get(Key::AdminTakeBack)}
                    </button>
                </Show>
                <Show when=move || { work.get() > 0 && !mine() && may() }>
                    <button class="btn" type="button" on:click=move |_| ask(TAKE_OVER, Wish::TakeOver)>
                        {move || words.get(Key::AdminTakeOver)}
                    </button>
                </Show>
            </div>
        </section>
        <Confirm asked on_yes=yes/>
    }
}

/// What is kept of the device without counting, by reason; the ids on demand.
#[component]
fn Kept(id: EnrolmentId, changed: Signal<u32>) -> impl IntoView {
    let words = use_words();
    let step_up = use_step_up();
    let items = LocalResource::new(move || {
        let number = changed.get();
        async move {
            match number {
                0 => Ok(Vec::new()),
                _ => step_up.call(|| api::device_kept(ByteBuf::from(id.0), 0)).await,
            }
        }
    });
    let content = move || match items.get()? {
        Ok(items) if items.is_empty() => None,
        Ok(items) => Some(view! { <Reasons items/> }.into_any()),
        Err(error) => Some(view! { <p>{words.get(trouble_words(&error))}</p> }.into_any()),
    };
    move || {
        content().map(|content| {
            view! {
                <section class="card stack" aria-labelledby="kept">
                    <h2 class="card__title" id="kept">{words.get(Key::AdminKept)}</h2>
                    <p class="note">{words.get(Key::AdminKeptNote)}</p>
                    {content}
                </section>
            }
        })
    }
}

#[component]
fn Reasons(items: Vec<KeptItem>) -> impl IntoView {
    let words = use_words();
    let mut by_reason: BTreeMap<String, Vec<KeptItem>> = BTreeMap::new();
    for item in items {
        by_reason.entry(item.reason.clone()).or_default().push(item);
    }
    let groups = by_reason.into_iter().map(|(reason, items)| {
        let number = items.len() as u64;
        let rows = items.into_iter().map(|item| {
            let id = domain::id::hex(&item.id);
            let at = item.received_at;
            view! { <li><span class="code">{id}</span>" · "{move || when::moment(words, at)}</li> }
        });
        let rows = rows.collect_view();
        let code = reason.clone();
        view! {
            <details>
                <summary>
                    {move || words.count(Key::AdminEntries, number)}": "
                    {move || words.named(&format!("admin_kept_{reason}")).unwrap_or_else(|| code.clone())}
                </summary>
                <ul class="note">{rows}</ul>
            </details>
        }
    });
    groups.collect_view()
}
