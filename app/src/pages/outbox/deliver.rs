//! Taking in what somebody brings: unsent work of another device, to be handed in from here, or the server's receipts for
//! this device's own. Nobody need be unlocked for either.

use super::receipts::Receipts;
use crate::components::shell::Gate;
use crate::components::{Back, Draw, Icon, Notice, Scanned, Scanner};
use crate::device::use_device;
use crate::pages::trouble::explain;
use crate::words::{Key, Words, use_words};
use leptos::prelude::*;
use seal::carried::{self, File, Kind};
use store::carry::{CarryFault, Learnt, TakenOver};

/// What came of it.
#[derive(Clone)]
enum Told {
    Taken(TakenOver),
    Learnt(Learnt),
    Fault(CarryFault),
}

fn fault_words(fault: &CarryFault) -> Key {
    match fault {
        CarryFault::NotOurs | CarryFault::OtherKind => Key::CarryFaultNotOurs,
        CarryFault::Newer => Key::CarryFaultNewer,
        CarryFault::Damaged => Key::CarryFaultDamaged,
        CarryFault::OtherOffice => Key::CarryFaultOtherOffice,
        CarryFault::NobodyHere => Key::CarryFaultNobody,
        CarryFault::Laden => Key::CarryLaden,
        CarryFault::Store(error) => explain(error),
    }
}

/// Sentences about so many of each; nothing is said of none.
fn said(words: Words, figures: &[(Key, usize)]) -> Vec<String> {
    let some = figures.iter().filter(|(_, number)| *number > 0);
    some.map(|(key, number)| words.count(*key, *number as u64).to_string()).collect()
}

fn taken_words(words: Words, taken: &TakenOver) -> String {
    let mut sentences = said(
        words,
        &[
            (Key::CarryTaken, taken.taken),
            (Key::CarryThere, taken.waiting),
            (Key::CarryBefore, taken.delivered),
            (Key::CarryUnreadable, taken.unreadable),
        ],
    );
    if taken.full {
        sentences.push(words.get(Key::CarryFull));
    } else if taken.laden {
        sentences.push(words.get(Key::CarryLaden));
    } else if !taken.whole {
        sentences.push(words.get(Key::CarryPartOnly));
    }
    if taken.taken > 0 {
        sentences.push(words.get(Key::CarryGoes));
    }
    sentences.join(" ")
}

fn learnt_words(words: Words, learnt: &Learnt) -> String {
    let mut sentences = said(
        words,
        &[
            (Key::CarryLearnt, learnt.settled),
            (Key::CarryLearntParked, learnt.parked),
            (Key::CarryForged, learnt.forged),
            (Key::CarryFormer, learnt.former_keys),
        ],
    );
    if learnt.other_times > 0 {
        sentences.push(words.get(Key::CarryOtherTimes));
    }
    if sentences.is_empty() {
        sentences.push(words.get(Key::CarryLearntNone));
    }
    if !learnt.whole {
        sentences.push(words.get(Key::CarryPartOnly));
    }
    sentences.join(" ")
}

/// The page. It stands before the lock.
#[component]
pub fn DeliverPage() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    crate::desk::title(words, Key::CarryDeliverTitle);
    let told = RwSignal::new(None::<Told>);
    // Grows with whatever was taken in.
    let came = RwSignal::new(0_u32);
    let on_read = move |scanned: Scanned| {
        told.set(None);
        let Scanned::Slip(bytes) = scanned else { return Err(Key::CarryFaultNotOurs) };
        if !carried::is_one(&bytes) {
            return Err(Key::CarryFaultNotOurs);
        }
        leptos::task::spawn_local(async move {
            let mailbox = device.store().mailbox();
            let receipts = File::from_bytes(&bytes).is_ok_and(|file| file.kind == Kind::Receipts);
            let outcome = if receipts {
                mailbox.take_receipts(&bytes).await.map(Told::Learnt)
            } else {
                mailbox.take_over(&bytes).await.map(Told::Taken)
            };
            if matches!(&outcome, Ok(Told::Taken(taken)) if taken.taken > 0) {
                // As after a save: the browser is asked to deliver should the app be closed.
                device.courier().saved(device);
            }
            device.refresh();
            told.try_set(Some(outcome.unwrap_or_else(Told::Fault)));
            came.try_update(|came| *came += 1);
        });
        Ok(())
    };
    let notice = move || {
        told.get().map(|told| match told {
            Told::Taken(taken) if taken.taken > 0 && !taken.full && !taken.laden && taken.whole => {
                let said = taken_words(words, &taken);
                view! { <Notice class="notice--ok" icon=Icon::Check>{said}</Notice> }.into_any()
            }
            Told::Taken(taken) => {
                let is_all = taken.whole && !taken.full && !taken.laden;
                let class = if is_all { "" } else { "notice--attention" };
                view! { <Notice class icon=Icon::Info>{taken_words(words, &taken)}</Notice> }.into_any()
            }
            Told::Learnt(learnt) if learnt.settled > 0 && learnt.forged == 0 => {
                let said = learnt_words(words, &learnt);
                view! { <Notice class="notice--ok" icon=Icon::CloudCheck>{said}</Notice> }.into_any()
            }
            Told::Learnt(learnt) => {
                view! { <Notice icon=Icon::Info>{learnt_words(words, &learnt)}</Notice> }.into_any()
            }
            Told::Fault(fault) => view! {
                <Notice class="notice--error" icon=Icon::Alert>{words.get(fault_words(&fault))}</Notice>
            }
            .into_any(),
        })
    };
    let home = if device.vault().is_some() { "/outbox" } else { "/" };
    view! {
        <Gate>
            <Show when=move || !device.practises()
                fallback=move || view! { <Notice icon=Icon::Info>{move || words.get(Key::PracticeNote)}</Notice> }>
                <div class="gate__card">
                    <Back href=home label=Signal::derive(move || words.get(Key::CarryBack))/>
                    <h1 tabindex="-1">{move || words.get(Key::CarryDeliverTitle)}</h1>
                    <p>{move || words.get(Key::CarryDeliverText)}</p>
                    <Scanner on_read label=Key::CarryScan/>
                    <div role="status">{notice}</div>
                </div>
                <Here came/>
            </Show>
        </Gate>
    }
}

/// What this device carries for others now, and the receipts to take back.
#[component]
fn Here(came: RwSignal<u32>) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let outlook = device.courier().outlook;
    let carried = LocalResource::new(move || {
        came.track();
        device.changed.track();
        let mailbox = device.store().mailbox();
        async move { mailbox.carried().await.ok() }
    });
    let rows = move || {
        let carried = carried.get()??;
        let figures = [
            (Key::CarryHereWaiting, carried.waiting),
            (Key::CarryHereRefused, carried.refused),
            (Key::CarryHereDelivered, carried.delivered),
        ];
        let sentences = said(words, &figures);
        Some(if sentences.is_empty() {
            view! { <p class="soft">{words.get(Key::CarryHereNone)}</p> }.into_any()
        } else {
            let items = sentences.into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view();
            view! { <ul class="carry__here">{items}</ul> }.into_any()
        })
    };
    let waits = move || carried.get().flatten().is_some_and(|it| it.waiting + it.refused > 0);
    let kept = Memo::new(move |_| carried.get().flatten().is_some_and(|it| it.receipts));
    view! {
        <section class="gate__card" aria-labelledby="carry-here">
            <h2 class="card__title" id="carry-here">{move || words.get(Key::CarryHereTitle)}</h2>
            <div role="status">{rows}</div>
            <Show when=waits>
                <button class="btn btn--primary" type="button"
                    aria-busy=move || outlook.with(|outlook| outlook.busy).to_string()
                    on:click=move |_| device.courier().go_now(device)>
                    <Draw icon=Icon::Send/>
                    {move || words.get(Key::SendNow)}
                </button>
                <p role="status">
                    {move || outlook.with(|outlook| outlook.trouble).map(|it| words.get(super::trouble_words(it)))}
                </p>
            </Show>
            <Show when=move || kept.get()><Receipts/></Show>
        </section>
    }
}
