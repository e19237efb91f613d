//! Whom a session is held with: somebody registered, a family, or many at once.

use super::begin;
use super::form::Form;
use super::log::may_log;
use crate::components::{Back, Finder, Seeks};
use crate::device::{use_vault, use_vault_handle};
use crate::pages::group::NotHere;
use crate::pages::trouble::{NotRead, explain};
use crate::words::{Key, use_words};
use domain::RecordId;
use domain::registration_group::GroupView;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::{use_navigate, use_query_map};
use store::{Hit, Vault};

/// The page: a group session where the address says so, else the choice.
#[component]
pub fn Choose() -> impl IntoView {
    let words = use_words();
    crate::desk::title(words, Key::SessionNew);
    let vault = use_vault();
    let query = use_query_map();
    // The same page for both: a link from one to the other changes the address alone.
    let of_group = Memo::new(move |_| query.with(|query| query.get("group").is_some()));
    if !may_log(&vault) {
        return view! { <NotHere/> }.into_any();
    }
    (move || match of_group.get() {
        true => view! { <OfGroup/> }.into_any(),
        false => view! { <WithWhom/> }.into_any(),
    })
    .into_any()
}

#[component]
fn WithWhom() -> impl IntoView {
    let words = use_words();
    let vault = use_vault_handle();
    let navigate = use_navigate();
    let seeks = RwSignal::new(Seeks::People);
    let trouble = RwSignal::new(None::<Key>);
    let go = StoredValue::new_local(navigate);
    let on_pick = move |id: RecordId, hit: Hit| {
        if seeks.get_untracked() == Seeks::People {
            go.with_value(|go| go(&format!("/people/{id}/session"), Default::default()));
            return;
        }
        leptos::task::spawn_local(async move {
            match speaker(&vault.get_value(), id, &hit).await {
                Ok(person) => {
                    go.try_with_value(|go| {
                        go(&format!("/people/{person}/session?family"), Default::default())
                    });
                }
                Err(key) => {
                    trouble.try_set(Some(key));
                }
            }
        });
    };
    let choice = move |of: Seeks, label: Key| {
        view! {
            <label class="choice">
                <input type="radio" name="session-with" prop:checked=move || seeks.get() == of on:change=move |_| seeks.set(of)/>
                <span>{move || words.get(label)}</span>
            </label>
        }
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href="/sessions" label=Signal::derive(move || words.get(Key::SessionsTitle))/>
                    <h1 tabindex="-1">{move || words.get(Key::SessionNew)}</h1>
                </div>
                <A href="/sessions/new?group" attr:class="btn btn--primary btn--big">
                    {move || words.get(Key::SessionGroupTitle)}
                </A>
            </div>
            <section class="card">
                <div class="stack">
                    <fieldset class="field wide">
                        <legend class="field__label">{move || words.get(Key::SessionWithWhom)}</legend>
                        <div class="choices">
                            {choice(Seeks::People, Key::SessionWithPerson)}
                            {choice(Seeks::Groups, Key::Family)}
                        </div>
                    </fieldset>
                    {move || view! { <Finder id="session-find" seeks=seeks.get() on_pick/> }}
                    <p class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
                </div>
            </section>
        </main>
    }
}

/// Who speaks for a family, if they lie here; else somebody of it.
async fn speaker(vault: &Vault, group: RecordId, hit: &Hit) -> Result<RecordId, Key> {
    let record = vault.record(group).await.map_err(|error| explain(&error))?;
    let members = vault.member_ids(group);
    let focal = record.as_ref().and_then(|record| GroupView::from_record(record).focal_point);
    let focal = focal.filter(|focal| members.contains(focal));
    focal
        .or(members.first().copied())
        .or((hit.record != group).then_some(hit.record))
        .ok_or(Key::FinderNobody)
}

/// A group session.
#[component]
fn OfGroup() -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    let follows =
        use_query_map().with_untracked(|query| query.get("follows").and_then(|id| RecordId::parse(&id)));
    let title = words.get(Key::SessionGroupTitle);
    let loaded = LocalResource::new(move || {
        let (vault, title) = (vault.clone(), title.clone());
        async move { begin::with_many(&vault, title, follows).await }
    });
    move || {
        Some(match loaded.get()? {
            Ok(begun) => view! {
                <Form begun heading=Key::SessionGroupTitle back=("/sessions".to_owned(), Key::SessionsTitle)/>
            }
            .into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}
