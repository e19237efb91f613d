//! A consent that is taken back: the same entry tells every receiver of what rested on it, and who will be told is said
//! before.

use super::acting::Acting;
use crate::components::{Draw, Icon};
use crate::device::{use_device, use_vault, use_vault_handle};
use crate::forms::use_forms;
use crate::when;
use crate::words::{Key, use_words};
use domain::service::Referral;
use domain::service::brief::Brief;
use domain::service::referral::{resting_on, withdraw};
use domain::{Change, Entry, Field, Kind, Record, RecordId, Role, Value};
use leptos::prelude::*;
use std::collections::BTreeSet;
use store::{StoreError, Vault};

/// Every referral on this device that is not over, of whomever: a consent of a group carries those of its people.
async fn open_ones(vault: &Vault) -> Result<Vec<Record>, StoreError> {
    let services = vault.services().await?;
    let is_open = |one: &&Brief| {
        let status = domain::service::Status::from_code(&one.state);
        one.kind() == Kind::REFERRAL && status.is_some_and(domain::service::Status::is_open)
    };
    let ids: Vec<RecordId> = services.iter().filter(is_open).map(|one| one.record).collect();
    vault.records(&ids).await
}

/// Those of some referrals of which the consent was taken back where nobody knew of them: their receivers are not told
/// yet.
///
/// # Errors
/// When the store does not answer.
pub async fn without_consent(vault: &Vault, ids: &[RecordId]) -> Result<BTreeSet<RecordId>, StoreError> {
    let referrals = vault.records(ids).await?;
    let named = |record: &Record| record.shown(Field::REFERRAL_CONSENT).and_then(Value::as_ref);
    let consents: BTreeSet<RecordId> = referrals.iter().filter_map(named).collect();
    if consents.is_empty() {
        return Ok(BTreeSet::new());
    }
    let consents = vault.records(&consents.into_iter().collect::<Vec<_>>()).await?;
    let has_lost = |record: &&Record| {
        let consent = consents.iter().find(|consent| Some(consent.id) == named(record));
        Referral::of(record).is_some_and(|it| it.lost_its_consent(consent))
    };
    Ok(referrals.iter().filter(has_lost).map(|record| record.id).collect())
}

/// Institutions that are told when consents are taken back.
///
/// # Errors
/// When the store does not answer.
pub async fn told_of(vault: &Vault, consents: &[RecordId]) -> Result<BTreeSet<String>, StoreError> {
    let open = open_ones(vault).await?;
    let resting = consents.iter().flat_map(|consent| resting_on(&open, *consent));
    Ok(resting.filter_map(|it| Some(Referral::of(it)?.text(Field::REFERRAL_TO).to_owned())).collect())
}

/// The consents that an entry takes back.
fn taken_back(entry: &Entry) -> Vec<RecordId> {
    let withdrawn = |change: &&Change| {
        change.kind == Kind::CONSENT
            && change
                .ops
                .iter()
                .any(|op| op.field == Field::CONSENT_DECISION && op.value.as_text() == Some("withdrawn"))
    };
    entry.changes.iter().filter(withdrawn).map(|change| change.record).collect()
}

/// The entry with what it says to the receivers of every referral that rests on a consent which it takes back.
///
/// # Errors
/// When the store does not answer.
pub async fn with_referrals(vault: &Vault, mut entry: Entry) -> Result<Entry, StoreError> {
    let consents = taken_back(&entry);
    if consents.is_empty() {
        return Ok(entry);
    }
    let open = open_ones(vault).await?;
    let now = when::local_minute();
    for consent in consents {
        let told = withdraw(None, consent, &open, &now);
        let told = told.into_iter().filter(|change| !entry.records().any(|record| record == change.record));
        let told: Vec<Change> = told.collect();
        entry.changes.extend(told);
    }
    Ok(entry)
}

/// Who will be told when consents are taken back, as a sentence; nothing where nobody is.
#[component]
pub fn Tells(
    /// The consents.
    #[prop(into)]
    consents: Signal<Vec<RecordId>>,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let vault = use_vault();
    let told = LocalResource::new(move || {
        let (vault, consents) = (vault.clone(), consents.get());
        async move {
            // What cannot be read cannot be said; the entry that follows fails then too, and says why.
            if consents.is_empty() {
                BTreeSet::new()
            } else {
                told_of(&vault, &consents).await.unwrap_or_default()
            }
        }
    });
    move || {
        let told = told.get().unwrap_or_default();
        (!told.is_empty()).then(|| {
            let names = words.list(told.iter().map(|code| forms.code_label("institutions", code)));
            view! {
                <p class="note line" role="status">
                    <Draw icon=Icon::Send/>
                    <span>{words.with(Key::ReferWithdrawTells, &[("who", &names)])}</span>
                </p>
            }
        })
    }
}

/// Takes back one consent, at the tap of whoever it was said to.
#[component]
pub fn WithdrawConsent(
    /// The consent.
    consent: Record,
    /// What it is called, for who hears it read.
    #[prop(into)]
    called: Signal<String>,
    /// Whom it is about, for the list of what waits.
    whom: String,
) -> impl IntoView {
    let words = use_words();
    let acting = Acting::new(use_device(), use_vault_handle());
    let vault = use_vault();
    let role = Role::from_code(vault.identity().role);
    let may = matches!(role, Some(Role::Caseworker | Role::Counsellor | Role::Supervisor));
    let decided = consent.shown(Field::CONSENT_DECISION).and_then(Value::as_text) == Some("yes");
    if !may || !decided {
        return ().into_any();
    }
    let asked = RwSignal::new(false);
    let id = consent.id;
    let owner = consent.shown(Field::OWNER).and_then(Value::as_ref).unwrap_or(id);
    let take_back = move |_| {
        let (vault, consent, whom) = (vault.clone(), consent.clone(), whom.clone());
        leptos::task::spawn_local(async move {
            // Who is told cannot be left out: nothing is saved when it cannot be read.
            match open_ones(&vault).await {
                Ok(open) => {
                    let changes = withdraw(Some(&consent), id, &open, &when::local_minute());
                    let of_group =
                        vault.record(owner).await.ok().flatten().is_some_and(|it| it.kind == Kind::GROUP);
                    // The list of what waits leads to whomever it is about.
                    let act = if of_group { "group_consent_withdrawn" } else { "consent_withdrawn" };
                    acting.act(changes, act, whom, owner);
                }
                Err(error) => {
                    acting.trouble.try_set(Some(crate::pages::trouble::explain(&error)));
                }
            }
        });
    };
    let take_back = StoredValue::new_local(take_back);
    let ids = Signal::derive(move || if asked.get() { vec![id] } else { Vec::new() });
    view! {
        <div class="stack refer__withdraw">
            <Show when=move || !asked.get()>
                <button class="btn" type="button" on:click=move |_| asked.set(true)>
                    <Draw icon=Icon::Undo/>
                    {move || words.get(Key::ReferConsentWithdraw)}
                    <span class="unseen">": "{called}</span>
                </button>
            </Show>
            <Show when=move || asked.get()>
                <p>{move || words.get(Key::ReferConsentWithdrawAsk)}</p>
                <Tells consents=ids/>
                <div class="line">
                    <button class="btn btn--danger" type="button" aria-busy=move || acting.busy.get().to_string()
                        on:click=move |event| take_back.with_value(|take_back| take_back(event))>
                        {move || words.get(Key::ReferConsentWithdrawYes)}
                    </button>
                    <button class="btn" type="button" on:click=move |_| asked.set(false)>
                        {move || words.get(Key::GoBack)}
                    </button>
                </div>
            </Show>
            <p class="field__error" role="alert">{move || acting.trouble.get().map(|key| words.get(key))}</p>
        </div>
    }
    .into_any()
}
