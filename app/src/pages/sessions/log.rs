//! Logging a session with a person, and correcting one.

use super::begin::{self, Found};
use super::form::Form;
use crate::device::use_vault;
use crate::forms::{Forms, use_forms};
use crate::pages::elsewhere::OnlyLent;
use crate::pages::group::NotHere;
use crate::pages::left::{Left, LeftDraft};
use crate::pages::reading::{Reader, reader};
use crate::pages::trouble::{NotRead, explain};
use crate::words::{Key, use_words};
use domain::service::session;
use domain::{Act, Kind, Record, RecordId, Role};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use store::Vault;

/// Whether somebody of a role logs sessions at all.
pub fn may_log(vault: &Vault) -> bool {
    Role::from_code(vault.identity().role).is_some_and(|role| domain::may(role, Act::Register, Kind::SESSION))
}

/// Whether somebody may correct a session: they see all of it, or what they do not see would be lost.
pub fn may_amend(forms: Forms, reader: Reader, record: &Record) -> bool {
    domain::may(reader.role, Act::Amend, Kind::SESSION)
        && !domain::sight::is_stub(record)
        && record.fields().all(|field| reader.sees(forms, record, field))
}

/// A session with a person.
#[component]
pub fn LogPage() -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    crate::desk::title(words, Key::SessionTitle);
    let person =
        use_params_map().with_untracked(|params| params.get("person").and_then(|id| RecordId::parse(&id)));
    let (follows, family) = use_query_map().with_untracked(|query| {
        (query.get("follows").and_then(|id| RecordId::parse(&id)), query.get("family").is_some())
    });
    let loaded = LocalResource::new(move || {
        let vault = vault.clone();
        async move {
            match person.filter(|_| may_log(&vault)) {
                Some(person) => begin::with_person(&vault, person, follows, family).await,
                None => Ok(Found::Nothing),
            }
        }
    });
    let back = person.map(|person| format!("/people/{person}")).unwrap_or_default();
    move || {
        Some(match loaded.get()? {
            Ok(Found::Begun(begun)) => {
                view! { <Form begun=*begun heading=Key::SessionTitle back=(back.clone(), Key::PersonTitle)/> }
                    .into_any()
            }
            Ok(Found::Left(kept, lent)) => view! {
                <Left id=kept.id name=kept.title draft=LeftDraft::Session(Box::new(kept.draft)) lent/>
            }
            .into_any(),
            Ok(Found::Lent(group)) => view! { <OnlyLent group/> }.into_any(),
            Ok(Found::Nothing) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

/// The correction of a session: a new one that says all anew.
#[component]
pub fn AmendPage() -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let vault = use_vault();
    crate::desk::title(words, Key::SessionAmend);
    let id =
        use_params_map().with_untracked(|params| params.get("session").and_then(|id| RecordId::parse(&id)));
    let reader = reader();
    let title = words.get(Key::SessionGroupTitle);
    let loaded = LocalResource::new(move || {
        let (vault, title) = (vault.clone(), title.clone());
        async move {
            let Some(id) = id else { return Ok(None) };
            let services = vault.services().await.map_err(|error| explain(&error))?;
            // What was corrected meanwhile is corrected as it stands now, unless that was begun before.
            let newer =
                session::newest(&services, id).map(|brief| brief.record).filter(|newest| *newest != id);
            let begun_before = newer.is_some() && begin::is_amended_here(&vault, id).await?;
            let corrected = newer.filter(|_| !begun_before).unwrap_or(id);
            let newer = newer.filter(|_| begun_before);
            let record = vault.record(corrected).await.map_err(|error| explain(&error))?;
            let record = record.filter(|it| it.kind == Kind::SESSION && may_amend(forms, reader, it));
            match record {
                Some(record) => {
                    begin::amending(&vault, &record, newer, title).await.map(|begun| Some((id, begun)))
                }
                None => Ok(None),
            }
        }
    });
    move || {
        Some(match loaded.get()? {
            Ok(Some((id, begun))) => view! {
                <Form begun heading=Key::SessionAmend back=(format!("/sessions/{id}"), Key::SessionTitle)/>
            }
            .into_any(),
            Ok(None) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}
