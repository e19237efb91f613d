//! What lies unsent on this device, for whoever picks it up: on the first page, whoever may unlock it. Figures only.

use crate::components::{Icon, Notice};
use crate::device::use_device;
use crate::when;
use crate::words::{Key, use_words};
use leptos::prelude::*;
use leptos_router::components::A;
use store::carry::LeftHere as Left;
use store::tries::Emptied;

/// For how long it is told that an access was destroyed here, once nothing of it waits: 14 days, in milliseconds.
const TOLD_FOR: u64 = 14 * 24 * 3_600_000;

/// Says what waits, that it is sent without anybody's key, and which accesses were destroyed here.
#[component]
pub fn LeftHere() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let left = LocalResource::new(move || {
        device.changed.track();
        let mailbox = device.store().mailbox();
        async move {
            let left = mailbox.left_here().await.unwrap_or_default();
            (left, mailbox.emptied().await.unwrap_or_default())
        }
    });
    let waits = move || {
        let (left, _) = left.get()?;
        (!left.is_nothing() && !device.practises()).then(|| {
            let Left { entries, drafts, carried, pictures, oldest } = left;
            let figures = [
                (Key::CarryEntries, entries),
                (Key::CarryDrafts, drafts),
                (Key::SharedCarried, carried),
                (Key::SharedPictures, pictures),
            ];
            let some = figures.into_iter().filter(|(_, number)| *number > 0);
            let what = words.list(some.map(|(key, number)| words.count(key, number as u64)));
            let oldest = oldest.map(|at| words.with(Key::SharedOldest, &[("when", &when::ago(words, at))]));
            view! {
                <Notice icon=Icon::Outbox>
                    <span>{words.with(Key::SharedLeft, &[("what", &what)])}</span>
                    " "{oldest}" "<span>{words.get(Key::SharedSends)}</span>
                </Notice>
            }
        })
    };
    let gone = move || {
        let (_, emptied) = left.get()?;
        let recent = |it: &Emptied| it.unsent > 0 || when::now().saturating_sub(it.at) < TOLD_FOR;
        let notices = emptied.into_iter().filter(recent).map(|it| {
            let key = if it.left { Key::SharedTakenOff } else { Key::SharedEmptied };
            let sentence =
                words.with(key, &[("code", &*it.staff_code), ("when", &when::moment(words, it.at))]);
            let unsent = match it.unsent {
                0 => words.get(Key::WithdrawnSent),
                unsent => words.count(Key::WithdrawnUnsent, unsent as u64),
            };
            view! {
                <Notice class="notice--attention" icon=Icon::Lock>
                    <span>{sentence}</span>" "<span>{unsent}</span>
                </Notice>
            }
        });
        Some(notices.collect_view())
    };
    view! {
        <div role="status">{waits}{gone}</div>
        <Show when=move || !device.practises()>
            <p class="gate__foot note"><A href="/deliver">{move || words.get(Key::CarryDeliverTitle)}</A></p>
        </Show>
    }
}
