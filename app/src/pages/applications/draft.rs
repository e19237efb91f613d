//! From a pre-registration to a registration: the draft that begins with what the family said, what stands beside each
//! input that says otherwise, and the entry that registers the family and says so of its pre-registration at once.

use crate::components::{Draw, Icon};
use crate::device::Device;
use crate::forms::Forms;
use crate::pages::keeper::Draft as _;
use crate::pages::search::grouped;
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, use_words};
use domain::application::{Application, into_case, part_id};
use domain::case::{CaseDraft, Typed};
use domain::catalogue::Stage;
use domain::{DraftId, Entry, EntryId, Field, Record, RecordId, Value};
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

/// Adds to the entry that registers a family that its pre-registration is registered, where there is one on this device
/// that does not say so yet. Both are saved, and judged, together.
///
/// # Errors
/// When the store does not answer.
pub async fn with_application(vault: &Vault, mut entry: Entry, group: RecordId) -> Result<Entry, StoreError> {
    if let Some(record) = vault.application(part_id(group, 0)).await? {
        entry.changes.extend(ApplicationAct::Register(group).change(&record));
    }
    Ok(entry)
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
    let said = Application::of(record).unwrap_or_else(|| Application::begin(record.id, now, "es"));
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

/// Above the form: where its answers come from.
#[component]
pub fn Opened(
    /// What the family said.
    source: Source,
) -> impl IntoView {
    let words = use_words();
    let reference = grouped(source.0.reference().as_str());
    let private = source.0.private_talk;
    view! {
        <div class="notice" role="note">
            <Draw icon=Icon::Info/>
            <p class="notice__text">
                {move || words.with(Key::ApplicationsRegisterNote, &[("reference", &reference)])}
                {private.then(|| view! { " " <b>{move || words.get(Key::ApplicationsPrivateTalk)}</b> })}
            </p>
        </div>
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
