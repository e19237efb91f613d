//! On the first page: how many pre-registrations wait, and how many of them are urgent.

use super::takes_in;
use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault};
use crate::words::{Key, use_words};
use domain::Role;
use domain::application::State;
use leptos::prelude::*;
use leptos_router::components::A;

/// One of the counts: new ones, urgent ones among them, and those that somebody attends to.
type Pick = fn((u64, u64, u64)) -> u64;

/// The card; nothing for who takes none in.
#[component]
pub fn AtHome() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    if !takes_in(Role::from_code(vault.identity().role)) {
        return ().into_any();
    }
    let read = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        async move {
            let all = vault.applications().await.ok()?;
            let site = &vault.identity().site;
            let ours = || all.iter().filter(|one| one.site == *site);
            let fresh = || ours().filter(|one| one.state < State::Taken);
            let urgent = fresh().filter(|one| one.marks != 0).count() as u64;
            let taken = ours().filter(|one| one.state == State::Taken).count() as u64;
            Some((fresh().count() as u64, urgent, taken))
        }
    });
    let counts = Memo::new(move |_| read.get().flatten());
    let of = move |pick: Pick| counts.get().map(pick).unwrap_or_default();
    let tally = [
        (Key::ApplicationsHomeNew, (|it| it.0) as Pick),
        (Key::ApplicationsHomeUrgent, |it| it.1),
        (Key::ApplicationsHomeTaken, |it| it.2),
    ];
    let tally = move || {
        tally
            .map(|(label, pick)| {
                view! {
                    <div class:tally__wait=move || label != Key::ApplicationsHomeTaken && of(pick) != 0>
                        <dd><b>{move || words.number(of(pick))}</b></dd>
                        <dt class="note">{move || words.get(label)}</dt>
                    </div>
                }
            })
            .collect_view()
    };
    view! {
        <Show when=move || counts.with(Option::is_some)>
            <section class="card" aria-labelledby="applications-home">
                <div class="card__head">
                    <h2 class="card__title" id="applications-home">{move || words.get(Key::ApplicationsTitle)}</h2>
                </div>
                <div class="stack">
                    <dl class="tally">{tally}</dl>
                    <A href="/applications" attr:class="btn">
                        <Draw icon=Icon::Document/>
                        {move || words.get(Key::ApplicationsHomeSee)}
                    </A>
                </div>
            </section>
        </Show>
    }
    .into_any()
}
