//! On the first page: how many families have an appointment today, and how many of them have come.

use super::{books, day_now, publishes};
use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault};
use crate::words::{Key, use_words};
use domain::Role;
use domain::appointment::day_list;
use leptos::prelude::*;
use leptos_router::components::A;

/// The card; nothing for who gives no appointments, and where no day was ever published by who does not publish.
#[component]
pub fn AtHome() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    let role = Role::from_code(vault.identity().role);
    if !books(role) {
        return ().into_any();
    }
    let read = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        async move {
            let days = vault.agendas().await.ok().filter(|days| !days.is_empty())?;
            let families = vault.applications().await.ok()?;
            let list = day_list(&families, &days, &vault.identity().site, day_now());
            let all = list.slots.iter().flat_map(|slot| &slot.families).chain(&list.walk_ins);
            let came = all.filter(|one| one.came > 0).count() as u64;
            Some((came, list.families() as u64))
        }
    });
    let counts = Memo::new(move |_| read.get().flatten());
    let said = move || {
        counts.get().map(|(came, all)| {
            words.with(Key::AppointmentsCount, &[("came", &words.number(came)), ("all", &words.number(all))])
        })
    };
    view! {
        <Show when=move || publishes(role) || counts.get().is_some()>
            <section class="card" aria-labelledby="appointments-home">
                <div class="card__head">
                    <h2 class="card__title" id="appointments-home">{move || words.get(Key::AppointmentsAtHome)}</h2>
                </div>
                <div class="stack">
                    <p>{said}</p>
                    <A href="/appointments" attr:class="btn">
                        <Draw icon=Icon::Calendar/>
                        {move || words.get(Key::AppointmentsTitle)}
                    </A>
                </div>
            </section>
        </Show>
    }
    .into_any()
}
