//! From a pre-registration to a registration: the draft that begins with what the family said, what stands beside each
//! input that says otherwise, and what is stated of it once the family is registered.

use super::said::part_name;
use crate::components::{Draw, Icon, Notice};
use crate::device::Device;
use crate::forms::Forms;
use crate::pages::case::Work;
use crate::pages::keeper::Draft as _;
use crate::pages::search::grouped;
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, use_words};
use domain::application::{Application, add_part, into_case, lacking, part_id};
use domain::case::{CaseDraft, Typed};
use domain::catalogue::Stage;
use domain::{DraftId, EntryId, Field, Kind, Record, RecordId, Value};
use leptos::prelude::*;
use std::sync::Arc;
use store::{ApplicationAct, StoreError, Vault};

/// What a draft goes back to: what the family said.
#[derive(Clone)]
pub struct Source(Arc<Application>);

impl Source {
    /// The pre-registration that a registration under way began with; `None` where there was none. The ids of a group
    /// tell: those of a pre-registration's follow from its own.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn of(vault: &Vault, group: RecordId) -> Result<Option<Source>, StoreError> {
        let held = vault.application(part_id(group, 0)).await?;
        Ok(held.as_ref().and_then(Application::of).map(|said| Source(Arc::new(said))))
    }

    /// What was said of a field of a record-to-be.
    fn said(&self, record: RecordId, field: Field) -> Option<Value> {
        let part = self.0.parts.iter().find(|part| self.0.record_of(part.nth) == record)?;
        part.facts.get(&field).cloned()
    }
}

/// States of the pre-registration that a family began with that it is registered, where it lies on this device and does
/// not say so yet. By an entry of its own, after the family's: where an office may not say that of it (it is another
/// organisation's, scanned at this desk), the server refuses this alone and the registration stands. What could not be
/// saved is stated when its page is next opened.
///
/// # Errors
/// When the store does not answer.
pub async fn say_registered(vault: &Vault, group: RecordId) -> Result<(), StoreError> {
    vault.act_on(part_id(group, 0), &ApplicationAct::Register(group)).await.map(|_| ())
}

/// Whether a registration can begin with what stands: with what a family said, or with nothing where it said nothing.
#[must_use]
pub fn is_readable(record: &Record) -> bool {
    record.stated(Field::APPLICATION_SAID).next().is_none() || Application::of(record).is_some()
}

/// The draft of the registration of a pre-registration, begun where there is none on this device. Whoever begins it
/// takes the pre-registration.
///
/// # Errors
/// The sentence that says why there is none.
pub async fn begin(vault: &Vault, device: Device, forms: Forms, record: &Record) -> Result<DraftId, Key> {
    let fault = |error: StoreError| explain(&error);
    let identity = vault.identity();
    let now = when::now();
    // Who came without one is registered under the reference that they were noted with.
    let said = match Application::of(record) {
        Some(said) => said,
        // A later version of the app made it: an empty family would stand for the one that wrote.
        None if !is_readable(record) => return Err(Key::ApplicationsNewer),
        None => Application::begin(record.id, now, "es"),
    };
    let draft = CaseDraft::id_over(said.group(), identity.enrolment);
    if vault.draft(draft).await.map_err(fault)?.is_none() {
        let stage = device.store().reference().preference("stage").await.ok().flatten();
        let stage = stage.and_then(|stage| Stage::from_key(&stage)).unwrap_or(Stage::E2);
        let ids = (draft, EntryId::fresh(now, store::random()));
        let case = forms
            .with(|catalogue| into_case(&said, ids, &identity.site, stage, catalogue, (device.today(), now)));
        let kept = vault.save_draft(draft, case.entry, &case.bytes(), case.note()).await;
        kept.map_err(fault)?;
        vault.act_on(record.id, &ApplicationAct::Take).await.map_err(fault)?;
        device.courier().saved(device);
    }
    Ok(draft)
}

/// What the family said by now that a form does not have, and how it comes into it.
#[derive(Clone, Copy)]
pub struct Later {
    said: RwSignal<Arc<Application>>,
    lacks: Memo<Vec<u8>>,
}

impl Later {
    /// What it is for the work on a registration. Corrections that are collected meanwhile are noticed.
    #[must_use]
    pub fn of(source: &Source, work: Work, vault: &Vault, device: Device) -> Later {
        let said = RwSignal::new(source.0.clone());
        let (vault, group) = (vault.clone(), work.group());
        Effect::new(move |_| {
            device.changed.track();
            let vault = vault.clone();
            leptos::task::spawn_local(async move {
                // What cannot be read now is read with the next change.
                if let Ok(Some(now)) = Source::of(&vault, group).await {
                    let _ = said.try_update(|said| *said = now.0);
                }
            });
        });
        let lacks = Memo::new(move |_| said.with(|said| work.draft.with(|draft| lacking(said, draft))));
        Later { said, lacks }
    }

    /// Whether something is not in the form.
    #[must_use]
    pub fn lacks(self) -> bool {
        self.lacks.with_untracked(|lacks| !lacks.is_empty())
    }
}

/// Above the form: where its answers come from, and what the family added since.
#[component]
pub fn Opened(
    /// What the family said.
    source: Source,
    /// What it added.
    later: Later,
    /// The work on the form.
    work: Work,
    /// Somebody is about to save.
    #[prop(into)]
    finishing: Signal<bool>,
) -> impl IntoView {
    let words = use_words();
    let reference = grouped(source.0.reference().as_str());
    let private = source.0.private_talk;
    let add = move |nth: u8| {
        let said = later.said.get_untracked();
        let record = said.record_of(nth);
        work.change(|draft, _| {
            work.forms.with(|catalogue| add_part(&said, nth, draft, catalogue, when::today()));
        });
        if said.part(nth).is_some_and(|part| part.kind == Kind::INDIVIDUAL) {
            work.shown.set(record);
        }
    };
    let button = move |nth: u8| {
        let what = later.said.with_untracked(|said| {
            let part = said.part(nth)?;
            // Whose paper it is, too.
            let owner =
                part.owner.and_then(|owner| said.part(owner)).filter(|it| it.kind == Kind::INDIVIDUAL);
            let names = [Some(part), owner].into_iter().flatten();
            Some(words.list(names.map(|part| part_name(words, work.forms, said, part)).collect::<Vec<_>>()))
        });
        let text = words.with(Key::ApplicationsMoreAdd, &[("what", &what.unwrap_or_default())]);
        view! {
            <button class="btn" type="button" on:click=move |_| add(nth)><Draw icon=Icon::Plus/><bdi>{text}</bdi></button>
        }
    };
    let more = move || {
        let lacks = later.lacks.get();
        (!lacks.is_empty()).then(|| view! {
            <Notice class="notice--attention" icon=Icon::People>
                <b>{words.get(Key::ApplicationsMoreTitle)}</b>
                {move || finishing.get().then(|| view! { " " <span role="alert">{words.get(Key::ApplicationsMoreLeft)}</span> })}
                <span class="line">{lacks.into_iter().map(button).collect_view()}</span>
            </Notice>
        })
    };
    view! {
        <div class="notice" role="note">
            <Draw icon=Icon::Info/>
            <p class="notice__text">
                {move || words.with(Key::ApplicationsRegisterNote, &[("reference", &reference)])}
                {private.then(|| view! { " " <b>{move || words.get(Key::ApplicationsPrivateTalk)}</b> })}
            </p>
        </div>
        {more}
    }
}

/// Beside an input: what the family said, where what stands there is something else.
#[component]
pub fn SaidBeside(
    /// The questions.
    forms: Forms,
    /// The record that the input is of.
    record: RecordId,
    /// Its field.
    field: Field,
    /// What is typed there.
    #[prop(into)]
    typed: Signal<Typed>,
) -> impl IntoView {
    let words = use_words();
    let source = use_context::<Source>()?;
    let spec = forms.spec(field).filter(|_| !field.is_picture())?;
    let value = source.said(record, field).filter(|value| value.as_ref().is_none())?;
    let said = Typed::of(Some(&value), spec.form, when::today());
    let shown = move || {
        (typed.get() != said).then(|| {
            let told = forms.value(field, &value, &|_| None);
            view! { <p class="note said"><Draw icon=Icon::Person/>{words.with(Key::ApplicationsSaidWas, &[("value", &told)])}</p> }
        })
    };
    Some(shown)
}
