//! A family was saved: where it lies, its reference, and what comes next.

use super::search::grouped;
use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault};
use crate::words::{Key, use_words};
use domain::registration_group::GroupView;
use domain::{Field, Individual, RecordId, Subject};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;

/// The confirmation.
#[component]
pub fn Saved() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::SavedTitle);
    let id =
        use_params_map().with_untracked(|params| params.get("group").and_then(|id| RecordId::parse(&id)));
    let shown = vault.clone();
    let family = LocalResource::new(move || {
        let vault = shown.clone();
        async move {
            let record = vault.record(id?).await.ok()??;
            let told = Subject::of(&record).int(Field::SIZE).and_then(|size| u64::try_from(size).ok());
            let group = GroupView::from_record(&record);
            let members = vault.members(group.id).await.ok()?;
            let people: Vec<Individual> = members.iter().map(Individual::from_record).collect();
            // In an emergency more people are counted than written down.
            let size = told.unwrap_or_default().max(people.len() as u64);
            Some((group, people, size))
        }
    });
    let unsent = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        async move {
            // What cannot be read is not known to be sent.
            let items = vault.outbox().await.ok()?;
            Some(items.iter().any(|item| item.note.as_ref().is_some_and(|note| Some(note.record) == id)))
        }
    });
    let here = move || matches!(family.get(), Some(Some(_)));
    let sent = move || here() && unsent.get() == Some(Some(false));
    let title = move || words.get(if sent() { Key::SavedSentTitle } else { Key::SavedTitle });
    let text = move || words.get(if sent() { Key::SavedSentText } else { Key::SavedText });
    let heading = NodeRef::<leptos::html::H1>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            let _ = heading.focus();
        }
    });
    view! {
        <main class="page" id="main" tabindex="-1">
            <section class="card saved" aria-labelledby="saved">
                <span class="saved__sign"><Draw icon=Icon::Check/></span>
                <div role="status"><h1 id="saved" tabindex="-1" node_ref=heading>{title}</h1></div>
                {move || family.get().flatten().map(|(group, people, size)| {
                    let focal = people.iter().find(|one| Some(one.id) == group.focal_point).or(people.first());
                    let name = focal.map(Individual::display_name).unwrap_or_default();
                    let reference = group.group_ref.clone().unwrap_or_default();
                    view! {
                        <p><b><bdi>{name}</bdi></b>", "{words.count(Key::People, size)}</p>
                        <p class="saved__ref ltr"><span class="unseen">{words.get(Key::Reference)}" "</span>{grouped(&reference)}</p>
                    }
                })}
                <p class="soft">{text}</p>
                <Show when=move || here() && !sent()><super::recovery::SavedTwice/></Show>
                <div class="line line--center">
                    <A href="/search" attr:class="btn btn--primary btn--big">
                        <Draw icon=Icon::Search/>
                        {move || words.get(Key::SearchNext)}
                    </A>
                    {id.map(|id| view! {
                        <A href=format!("/groups/{id}") attr:class="btn btn--big">
                            <Draw icon=Icon::People/>
                            {move || words.get(Key::FamilySee)}
                        </A>
                        <A href=format!("/groups/{id}/slip") attr:class="btn btn--big">
                            <Draw icon=Icon::Printer/>
                            {move || words.get(Key::SlipSee)}
                        </A>
                    })}
                </div>
                <A href="/outbox" attr:class="btn btn--quiet">
                    <Draw icon=Icon::Outbox/>
                    {move || words.get(Key::SeeWaiting)}
                </A>
            </section>
        </main>
    }
}
