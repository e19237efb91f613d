//! One help: what it says, and what may become of it.

use super::proof::{ProofOf, Proving};
use super::{entry_of, helps, may_give, steps_words, today_text};
use crate::components::{Back, Draw, Icon, Notice, Signed, Status, Tone};
use crate::device::{use_device, use_vault, use_vault_handle};
use crate::forms::use_forms;
use crate::pages::elsewhere::{has_ended, is_lent};
use crate::pages::group::NotHere;
use crate::pages::individual::Conflicts;
use crate::pages::reading::reader;
use crate::pages::trouble::{NotRead, explain};
use crate::reads::Reading;
use crate::tables::use_tables;
use crate::when;
use crate::words::{Key, use_words};
use domain::service::assistance::{self, is_help};
use domain::service::board::newest;
use domain::{EntryId, Field, Record, RecordId, Subject, Value};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use seal::Why;
use std::collections::BTreeMap;
use store::{Note, StoreError, Vault};

/// What the page shows.
#[derive(Clone, PartialEq)]
struct Shown {
    record: Record,
    names: BTreeMap<RecordId, String>,
    /// What says it anew, and therefore counts in its place.
    corrected_by: Option<RecordId>,
    unsent: bool,
    /// Whether whoever reads may take it further.
    own: bool,
    /// Reference of the recipient's group, for its slip; empty where it has none.
    reference: String,
}

/// The fields shown, in their order.
const FIELDS: [Field; 14] = [
    Field::ASSISTANCE_STATUS,
    Field::ASSISTANCE_TYPE,
    Field::ASSISTANCE_QUANTITY,
    Field::ASSISTANCE_AMOUNT,
    Field::ASSISTANCE_DATE,
    Field::ASSISTANCE_RECIPIENT,
    Field::ASSISTANCE_COVERS,
    Field::ASSISTANCE_PROGRAMME,
    Field::ASSISTANCE_SITE,
    Field::ASSISTANCE_PROVIDER,
    Field::ASSISTANCE_AGAIN,
    Field::ASSISTANCE_PROOF,
    Field::ASSISTANCE_WITNESS,
    Field::ASSISTANCE_RECEIPT,
];

/// The page.
#[component]
pub fn OneGift() -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::GiveOneTitle);
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| RecordId::parse(&id))));
    let reading = Reading::of_page(Why::Person);
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let (vault, id) = (vault.clone(), id.get());
        async move {
            let Some(id) = id else { return Ok(None) };
            let read = read(&vault, id).await.map_err(|error| explain(&error))?;
            if let Some(owner) = read.as_ref().and_then(|it| Subject::of(&it.record).owner) {
                reading.opened(&vault, owner);
            }
            Ok(read)
        }
    });
    let read = Memo::new(move |_| loaded.get());
    move || {
        Some(match read.get()? {
            Ok(Some(shown)) => view! { <One shown/> }.into_any(),
            Ok(None) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

async fn read(vault: &Vault, id: RecordId) -> Result<Option<Shown>, StoreError> {
    let Some(record) = vault.record(id).await?.filter(is_help) else { return Ok(None) };
    let people = assistance::people(&record);
    let faces = vault.faces(&people);
    let first = people.first().and_then(|id| faces.get(id));
    let (group, reference) = (first.and_then(|hit| hit.group), first.map(|hit| hit.group_ref.clone()));
    if group.is_some_and(|group| has_ended(vault, group)) {
        return Ok(None);
    }
    let services = vault.services().await?;
    let corrected_by = Some(newest(&services, id)).filter(|newest| *newest != id);
    let unsent = vault.unsent_records().await?.contains(&id);
    let names = faces.into_iter().map(|(id, hit)| (id, hit.name)).collect();
    let own = may_give(vault) && group.is_none_or(|group| !is_lent(vault, group));
    Ok(Some(Shown { record, names, corrected_by, unsent, own, reference: reference.unwrap_or_default() }))
}

#[component]
fn One(shown: Shown) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let handle = use_vault_handle();
    let device = use_device();
    let reader = reader();
    let Shown { record, names, corrected_by, unsent, own, reference } = shown;
    let subject = Subject::of(&record);
    let owner = subject.owner;
    let status = assistance::standing(&record).to_owned();
    let amends = subject.reference(Field::AMENDS);
    let distribution = subject.reference(Field::ASSISTANCE_DISTRIBUTION);
    let name = owner.and_then(|id| names.get(&id).cloned()).unwrap_or_default();
    let kinds = helps(use_tables());
    // Of money both are the same number.
    let code = subject.text(Field::ASSISTANCE_TYPE);
    let is_money = kinds.iter().any(|help| help.code == code && help.is_money());
    let facts: Vec<_> = FIELDS
        .into_iter()
        .filter(|field| reader.sees(forms, &record, *field))
        .filter(|field| !is_money || *field != Field::ASSISTANCE_QUANTITY)
        .filter_map(|field| {
            Some((field, record.shown(field).filter(|value| **value != Value::Nothing)?.clone()))
        })
        .map(|(field, value)| {
            let names = names.clone();
            let signature =
                (field == Field::ASSISTANCE_RECEIPT).then(|| value.as_text().unwrap_or_default().to_owned());
            let shown = move || forms.value(field, &value, &|id| names.get(&id).cloned());
            view! {
                <div>
                    <dt>{move || forms.label(field)}</dt>
                    <dd>
                        {match signature {
                            Some(text) => view! { <Signed text/> }.into_any(),
                            None => view! { <bdi>{shown}</bdi> }.into_any(),
                        }}
                    </dd>
                </div>
            }
        })
        .collect();
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let kept = StoredValue::new(record.clone());
    let called = name.clone();
    let proving = Proving::of(&record, kinds);
    let reference = StoredValue::new(reference);
    let take = move |to: &'static str| {
        if busy.get_untracked() {
            return;
        }
        let record = kept.get_value();
        let mut fields = match assistance::step(&record, to, &today_text()) {
            Ok(fields) => fields,
            Err(refused) => return trouble.set(Some(steps_words(words, forms, refused.allowed))),
        };
        if let Some(proving) = proving.filter(|_| assistance::is_given(to)) {
            match reference.with_value(|reference| proving.fields(reference)) {
                Some(proof) => fields.extend(proof),
                None => return,
            }
        }
        let change = record.change(fields);
        let (Some(change), Some(vault)) = (change, handle.try_get_value()) else { return };
        busy.set(true);
        let entry = entry_of(&vault, EntryId::fresh(when::now(), store::random()), change);
        let note = Note { person: called.clone(), act: "gift_step".into(), record: record.id };
        leptos::task::spawn_local(async move {
            match vault.save(&entry, note, None).await {
                // Busy until the page is drawn anew: nobody taps on what was so before.
                Ok(_) => device.courier().saved(device),
                Err(error) => {
                    let _ = trouble.try_set(Some(words.get(explain(&error))));
                    let _ = busy.try_set(false);
                }
            }
        });
    };
    let offered = if own && corrected_by.is_none() { assistance::allowed(&status) } else { &[] };
    let steps: Vec<_> = offered
        .iter()
        .map(|to| {
            let take = take.clone();
            view! {
                <button class="btn" type="button" aria-busy=move || busy.get().to_string() on:click=move |_| take(to)>
                    {move || words.with(Key::GiveStepTo, &[("status", &forms.code_label("assistance_status", to))])}
                </button>
            }
        })
        .collect();
    let has_steps = !steps.is_empty();
    let proves = proving.filter(|_| offered.iter().any(|to| assistance::is_given(to)));
    let person = owner.map(|owner| format!("/people/{owner}")).unwrap_or_else(|| "/search".to_owned());
    let correct = owner.filter(|_| own && corrected_by.is_none());
    let correct = correct.map(|owner| format!("/people/{owner}/give?amends={}", record.id));
    let state = if unsent { (Tone::Unsent, Key::Unsent) } else { (Tone::Sent, Key::GiveSaved) };
    view! {
        <main class="page page--narrow" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href=person.clone() label=Signal::derive(move || words.get(Key::GiveSeePerson))/>
                    <h1 tabindex="-1">{move || words.get(Key::GiveOneTitle)}</h1>
                    <p class="line">
                        <bdi>{name}</bdi>
                        <Status tone=state.0>{move || words.get(state.1)}</Status>
                    </p>
                </div>
                {correct.map(|href| view! {
                    <A href=href attr:class="btn"><Draw icon=Icon::Edit/>{move || words.get(Key::Correct)}</A>
                })}
            </div>
            {corrected_by.map(|other| view! {
                <Notice class="notice--attention" icon=Icon::Edit>
                    {move || words.get(Key::GiveCorrected)}" "
                    <A href=format!("/assistance/{other}")>{move || words.get(Key::GiveSeeOther)}</A>
                </Notice>
            })}
            {amends.map(|other| view! {
                <Notice icon=Icon::Edit>
                    {move || words.get(Key::GiveCorrects)}" "
                    <A href=format!("/assistance/{other}")>{move || words.get(Key::GiveSeeOther)}</A>
                </Notice>
            })}
            <Conflicts record=record/>
            <section class="card">
                <dl class="facts">{facts}</dl>
                {distribution.map(|id| view! {
                    <p><A href=format!("/distributions/{id}")>{move || words.get(Key::GiveInDistribution)}</A></p>
                })}
            </section>
            {has_steps.then(|| view! {
                <section class="card" aria-labelledby="give-steps">
                    <div class="card__head"><h2 class="card__title" id="give-steps">{move || words.get(Key::GiveSteps)}</h2></div>
                    <div class="stack">
                    {proves.map(|proving| view! { <ProofOf proving/> })}
                    <p class="field__error" role="alert">{move || trouble.get()}</p>
                    <div class="line">{steps}</div>
                    </div>
                </section>
            })}
        </main>
    }
}
