//! The server's receipts for what was carried here, to be taken back to the device it came from.

use super::carry::save;
use super::screen::Moving;
use crate::components::{Draw, Icon, Notice};
use crate::device::use_device;
use crate::words::{Key, use_words};
use leptos::prelude::*;
use store::ApiLine;

/// What is done with receipts that were packed, with what is shown on the screen; what is said of it.
type Handing = fn(Vec<u8>, RwSignal<Option<Vec<u8>>>) -> Option<Key>;

/// As a file, or on the screen.
#[component]
pub fn Receipts() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let shown = RwSignal::new(None::<Vec<u8>>);
    let told = RwSignal::new(None::<Key>);
    let pack = move |then: Handing| {
        leptos::task::spawn_local(async move {
            let packed = device.store().mailbox().pack_receipts(&ApiLine::PAGE).await;
            let said = match packed {
                Ok(Some(bytes)) => then(bytes, shown),
                _ => Some(Key::CarryFailed),
            };
            told.try_set(said);
        });
    };
    let save_all = move |_| {
        pack(|bytes, _| (!save("receipts", &bytes)).then_some(Key::CarryFailed));
    };
    let show = move |_| {
        if shown.with_untracked(Option::is_some) {
            shown.set(None);
        } else {
            pack(|bytes, shown| {
                shown.try_set(Some(bytes));
                None
            });
        }
    };
    let shows = move || shown.with(Option::is_some);
    view! {
        <h3>{move || words.get(Key::CarryReceiptsTitle)}</h3>
        <p>{move || words.get(Key::CarryReceiptsText)}</p>
        <div class="line">
            <button class="btn" type="button" on:click=save_all>
                <Draw icon=Icon::Download/>
                {move || words.get(Key::CarryReceiptsSave)}
            </button>
            <button class="btn" type="button" aria-expanded=move || shows().to_string() on:click=show>
                {move || view! { <Draw icon=if shows() { Icon::X } else { Icon::Qr }/> }}
                {move || words.get(if shows() { Key::CarryHide } else { Key::CarryReceiptsShow })}
            </button>
        </div>
        <div role="status">
            {move || told.get().map(|key| view! {
                <Notice class="notice--attention" icon=Icon::Alert>{words.get(key)}</Notice>
            })}
        </div>
        {move || shown.get().map(|bytes| view! { <Moving bytes label=Key::CarryReceiptsCode/> })}
    }
}
