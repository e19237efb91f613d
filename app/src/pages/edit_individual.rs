//! Correcting a person. Only what was changed is stated.

use super::group::NotHere;
use super::individual::{id_from_address, record_name};
use super::member_form::{Edit, Member, MemberForm};
use crate::components::{Back, Draw, ErrorSummary, Icon, Status, Tone};
use crate::device::{use_device, use_vault};
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, use_words};
use domain::individual::{IndividualDraft, changes_of_individual, check_member};
use domain::problem::Problems;
use domain::registration_group::GroupView;
use domain::{Entry, EntryId, Individual, Record};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use store::Note;

/// The form, filled with what is recorded.
#[component]
pub fn EditIndividual() -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    crate::desk::title(words, Key::Correct);
    let id = id_from_address();
    let loaded = LocalResource::new(move || {
        let vault = vault.clone();
        async move {
            let person = vault.record(id?).await.ok()??;
            let documents = vault.documents(person.id).await.unwrap_or_default();
            let group = match Individual::from_record(&person).group {
                Some(group) => vault.record(group).await.ok().flatten(),
                None => None,
            };
            let focal =
                group.is_some_and(|group| GroupView::from_record(&group).focal_point == Some(person.id));
            Some((person, documents, focal))
        }
    });
    move || {
        let loaded = loaded.get()?;
        Some(match loaded {
            Some((person, documents, focal)) => view! { <Form person documents focal/> }.into_any(),
            None => view! { <NotHere/> }.into_any(),
        })
    }
}

#[component]
fn Form(person: Record, documents: Vec<Record>, focal: bool) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    let draft = RwSignal::new(IndividualDraft::of(&person, &documents, device.today()));
    let problems = RwSignal::new(Problems::default());
    let checks = RwSignal::new(0_usize);
    let trouble = RwSignal::new(None::<Key>);
    let saving = RwSignal::new(false);
    // Fixed here, so that two taps make one entry.
    let entry = EntryId::fresh(when::now(), store::random());
    device.open_forms.update(|forms| *forms += 1);
    on_cleanup(move || device.open_forms.update(|forms| *forms = forms.saturating_sub(1)));
    let write = Callback::new(move |change: Edit| draft.update(change));
    let member = Member {
        place: 0,
        read: draft.into(),
        write,
        problems: problems.into(),
        focal: Signal::stored(focal),
    };
    let page = format!("/people/{}", person.id);
    let back = page.clone();
    let name = record_name(&person);
    let navigate = use_navigate();
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if saving.get_untracked() {
            return;
        }
        checks.update(|checks| *checks += 1);
        let details = match draft.with_untracked(|it| check_member(it, focal, device.today())) {
            Ok(details) => details,
            Err(found) => {
                problems.set(found);
                return;
            }
        };
        problems.set(Problems::default());
        let changes = changes_of_individual(&person, &documents, &details, device.today());
        let done = {
            let (navigate, page) = (navigate.clone(), page.clone());
            move || {
                navigate(&page, NavigateOptions { replace: true, ..Default::default() });
            }
        };
        if changes.is_empty() {
            done();
            return;
        }
        saving.set(true);
        let me = vault.identity();
        let entry = Entry { id: entry, author: me.user, enrolment: me.enrolment, at: when::now(), changes };
        let note = Note { person: details.display_name(), act: "corrected".into(), record: person.id };
        let vault = vault.clone();
        leptos::task::spawn_local(async move {
            match vault.save(&entry, note, None).await {
                Ok(_) => {
                    device.courier().saved(device);
                    done();
                }
                Err(error) => {
                    trouble.set(Some(explain(&error)));
                    saving.set(false);
                }
            }
        });
    };
    let faults = Signal::derive(move || {
        problems.with(|problems| {
            let errors = problems.errors().map(|problem| {
                let sentence = words.named(&format!("fault_{}", problem.fault.key())).unwrap_or_default();
                (problem.at.id(), sentence)
            });
            errors.collect::<Vec<_>>()
        })
    });
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href=back label=Signal::derive(move || words.get(Key::PersonTitle))/>
                    <h1 tabindex="-1">{move || words.get(Key::Correct)}": "<bdi>{name}</bdi></h1>
                </div>
            </div>
            <ErrorSummary faults on_follow=|_| {} checks/>
            <form class="card card--flush" id="person" novalidate on:submit=on_submit>
                <MemberForm member/>
            </form>
            <div class="actions">
                <p class="actions__said" role="status">
                    {move || trouble.get().map(|key| view! { <Status tone=Tone::Error>{words.get(key)}</Status> })}
                </p>
                <button class="btn btn--primary" type="submit" form="person" aria-busy=move || saving.get().to_string()>
                    <Draw icon=Icon::Check/>
                    {move || words.get(Key::CorrectionSave)}
                </button>
            </div>
        </main>
    }
}
