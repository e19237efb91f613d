//! Correcting a person. Only what was changed is stated.

use super::group::NotHere;
use super::individual::{Conflicts, id_from_address, read_person, record_name};
use super::keeper::{Draft, Keeper, Said};
use super::member_form::{Edit, Member, MemberForm, fault_words};
use crate::components::{Back, Draw, ErrorSummary, Icon};
use crate::device::{use_device, use_vault};
use crate::pages::trouble::{NotRead, explain};
use crate::when;
use crate::words::{Key, use_words};
use domain::individual::{IndividualDraft, changes_of_individual, check_member};
use domain::problem::Problems;
use domain::reference::GroupRef;
use domain::registration_group::{FamilyDraft, FamilyIds, GroupView};
use domain::{DraftId, EnrolmentId, Entry, EntryId, Record, RecordId};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use store::{DraftNote, Note};

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
            let Some(id) = id else { return Ok(None) };
            let read = async {
                let Some((person, documents, group)) = read_person(&vault, id).await? else {
                    return Ok(None);
                };
                let focal = group.is_some_and(|group| GroupView::from_record(&group).focal_point == Some(id));
                let kept = vault.draft(draft_id(id, vault.identity().enrolment)).await?;
                Ok(Some((person, documents, focal, kept)))
            };
            let found = read.await.map_err(|error| explain(&error))?;
            let Some((person, documents, focal, kept)) = found else { return Ok(None) };
            let kept =
                kept.map(|(bytes, _)| FamilyDraft::from_bytes(&bytes).map_err(|_| Key::DraftUnreadable));
            Ok(Some((person, documents, focal, kept.transpose()?.map(Correction))))
        }
    });
    move || {
        Some(match loaded.get()? {
            Ok(Some((person, documents, focal, kept))) => {
                view! { <Form person documents focal kept/> }.into_any()
            }
            Ok(None) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

/// One correction of one person by one user at a time: its draft is found again by both.
fn draft_id(person: RecordId, enrolment: EnrolmentId) -> DraftId {
    let mut id = person.0;
    id.iter_mut().zip(enrolment.0).for_each(|(byte, other)| *byte ^= other);
    DraftId(id)
}

/// A correction being typed: kept in the form of a family of one.
#[derive(Clone, PartialEq)]
struct Correction(FamilyDraft);

impl Correction {
    fn begin(person: IndividualDraft, enrolment: EnrolmentId) -> Self {
        let now = when::now();
        let ids = FamilyIds {
            draft: draft_id(person.record, enrolment),
            // Fixed here, so that two taps make one entry.
            entry: EntryId::fresh(now, store::random()),
            group: person.record,
            first_member: person.record,
        };
        let mut family = FamilyDraft::begin(ids, GroupRef::fresh([0; 8]), "", now);
        family.members = vec![person];
        Self(family)
    }

    fn person(&self) -> IndividualDraft {
        let first = self.0.members.first();
        first.cloned().unwrap_or_else(|| IndividualDraft::new(self.0.group))
    }
}

impl Draft for Correction {
    fn id(&self) -> DraftId {
        self.0.draft
    }

    fn entry(&self) -> EntryId {
        self.0.entry
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    fn note(&self) -> DraftNote {
        DraftNote { title: self.0.title(), form: format!("correct/{}", self.0.group), step: 1 }
    }

    fn is_empty(&self) -> bool {
        false
    }
}

#[component]
fn Form(person: Record, documents: Vec<Record>, focal: bool, kept: Option<Correction>) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    let recorded = Correction::begin(
        IndividualDraft::of(&person, &documents, device.today()),
        vault.identity().enrolment,
    );
    let found = kept.is_some();
    let draft = RwSignal::new(kept.unwrap_or(recorded));
    // What is recorded lies on the device already; only what is changed is worth keeping.
    let keeper = Keeper::new(draft, Some(draft.get_untracked()), vault.clone(), device);
    let problems = RwSignal::new(Problems::default());
    let checks = RwSignal::new(0_usize);
    let trouble = RwSignal::new(None::<Key>);
    let saving = RwSignal::new(false);
    let write = Callback::new(move |change: Edit| {
        draft.update(|it| {
            if let Some(person) = it.0.members.first_mut() {
                change(person);
            }
        });
    });
    let read = Signal::derive(move || draft.with(Correction::person));
    let member = Member { place: 0, read, write, problems: problems.into(), focal: Signal::stored(focal) };
    let page = format!("/people/{}", person.id);
    let back = page.clone();
    let name = record_name(&person);
    let conflicted = person.clone();
    let said_signal = keeper.said;
    let navigate = use_navigate();
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if saving.get_untracked() {
            return;
        }
        checks.update(|checks| *checks += 1);
        let details = match draft.with_untracked(|it| check_member(&it.person(), focal, device.today())) {
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
        saving.set(true);
        let me = vault.identity();
        let (entry, draft_id) = draft.with_untracked(|it| (it.0.entry, it.0.draft));
        let unchanged = changes.is_empty();
        let entry = Entry { id: entry, author: me.user, enrolment: me.enrolment, at: when::now(), changes };
        let note = Note { person: details.display_name(), act: "corrected".into(), record: person.id };
        let (vault, keeper) = (vault.clone(), keeper.clone());
        leptos::task::spawn_local(async move {
            keeper.stop().await;
            let saved = if unchanged {
                vault.discard_draft(draft_id).await
            } else {
                vault.save(&entry, note, Some(draft_id)).await.map(|_| ())
            };
            match saved {
                Ok(()) => {
                    keeper.finished();
                    device.courier().saved(device);
                    done();
                }
                Err(error) => {
                    trouble.set(Some(explain(&error)));
                    saving.set(false);
                    keeper.go_on().await;
                }
            }
        });
    };
    let at_first = if found { Key::CorrectionWaiting } else { Key::SavesItself };
    let faults = Signal::derive(move || {
        problems.with(|problems| {
            let errors = problems.errors().map(|problem| {
                let sentence = fault_words(words, problem.fault);
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
            <Conflicts record=conflicted/>
            <form class="card card--flush" id="person" novalidate on:submit=on_submit>
                <MemberForm member/>
            </form>
            <div class="actions">
                <p class="actions__said" role="status">
                    <Said trouble kept=said_signal at_first/>
                </p>
                <button class="btn btn--primary" type="submit" form="person" aria-busy=move || saving.get().to_string()>
                    <Draw icon=Icon::Check/>
                    {move || words.get(Key::CorrectionSave)}
                </button>
            </div>
        </main>
    }
}
