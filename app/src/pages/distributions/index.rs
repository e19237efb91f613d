//! The distributions on this device, the newest first.

use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault};
use crate::forms::use_forms;
use crate::pages::assistance::{days_ago, may_give};
use crate::pages::trouble::explain;
use crate::words::{Key, use_words};
use domain::service::Brief;
use domain::{Field, Kind, RecordId, Value};
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::BTreeMap;
use store::{StoreError, Vault};

/// The page.
#[component]
pub fn Distributions() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::DistTitle);
    let allowed = may_give(&vault);
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let vault = vault.clone();
        async move { read(&vault).await.map_err(|error| explain(&error)) }
    });
    let read = Memo::new(move |_| loaded.get());
    let rows = move || {
        Some(match read.get()? {
            Err(key) => view! { <p class="card" role="alert">{words.get(key)}</p> }.into_any(),
            Ok(rows) if rows.is_empty() => view! {
                <div class="card empty">
                    <Draw icon=Icon::People/>
                    <p class="soft">{words.get(Key::DistNone)}</p>
                </div>
            }
            .into_any(),
            Ok(rows) => {
                let rows: Vec<_> =
                    rows.into_iter().map(|(brief, name)| view! { <Line brief name/> }).collect();
                view! { <ul class="rows card card--flush" aria-label=words.get(Key::DistTitle)>{rows}</ul> }
                    .into_any()
            }
        })
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <h1 tabindex="-1">{move || words.get(Key::DistTitle)}</h1>
                {allowed.then(|| view! {
                    <A href="/distributions/new" attr:class="btn btn--primary">
                        <Draw icon=Icon::Plus/>
                        {move || words.get(Key::DistNew)}
                    </A>
                })}
            </div>
            {rows}
        </main>
    }
}

async fn read(vault: &Vault) -> Result<Vec<(Brief, String)>, StoreError> {
    let services = vault.services().await?;
    let mut briefs: Vec<Brief> =
        services.iter().filter(|brief| brief.kind() == Kind::DISTRIBUTION).cloned().collect();
    briefs.sort_by_key(|brief| std::cmp::Reverse((brief.when, brief.stated_at, brief.record)));
    let ids: Vec<RecordId> = briefs.iter().map(|brief| brief.record).collect();
    let records = vault.records(&ids).await?;
    let name = |record: &domain::Record| {
        let name = record.shown(Field::DISTRIBUTION_NAME).and_then(Value::as_text);
        (record.id, name.unwrap_or_default().to_owned())
    };
    let names: BTreeMap<RecordId, String> = records.iter().map(name).collect();
    Ok(briefs
        .into_iter()
        .map(|brief| (brief.clone(), names.get(&brief.record).cloned().unwrap_or_default()))
        .collect())
}

#[component]
fn Line(brief: Brief, name: String) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let (code, state, site, day) =
        (brief.code.to_string(), brief.state.to_string(), brief.site.to_string(), brief.day());
    let facts = move || {
        let site = (!site.is_empty()).then(|| forms.code_label("sites", &site));
        let facts = [Some(forms.code_label("assistance_types", &code)), site, Some(days_ago(words, day))];
        facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    view! {
        <li>
            <div class="row">
                <span class="row__main">
                    <A href=format!("/distributions/{}", brief.record) attr:class="row__title row__link"><bdi>{name}</bdi></A>
                    <span class="row__meta">{facts}</span>
                </span>
                <span class="row__side"><span class="chip">{move || forms.code_label("lists:distribution_state", &state)}</span></span>
                <Draw icon=Icon::Chevron class="icon--go"/>
            </div>
        </li>
    }
}
