//! On what a referral rests: a consent that is recorded, one that is recorded here, or a ground for doing without.

use super::acting::state;
use super::begin::{Records, Source};
use super::form::Work;
use super::no_fault;
use crate::components::{Choices, Draw, Icon, Notice, Select, Signature, TextField};
use crate::device::Device;
use crate::pages::history::called;
use crate::pages::trouble::explain;
use crate::tables::Item;
use crate::when;
use crate::words::{Key, Language, use_words};
use domain::service::Referral;
use domain::service::referral::{
    AgreementFault, Rests, consent_for, may_override, notes_on_slip, refuses, was_received_by,
};
use domain::{Change, Field, Individual, Record, RecordId, Value};
use leptos::prelude::*;
use store::Vault;

/// Youngest age at which a child is asked what they think of it (`fields.csv`: «from about 12»).
const ASKED_FROM: u16 = 12;

/// Whether somebody is a child today.
fn is_child(person: &Record) -> bool {
    let age = Individual::from_record(person).born.and_then(|born| born.age_on(when::today()));
    age.is_some_and(|age| age < 18)
}

/// On what it rests as it is now; else why it can only be kept. Reactive.
pub fn resting(work: Work) -> Result<Rests, Key> {
    if work.me.with(|me| me.organisation().is_empty()) {
        return Err(Key::ReferFaultSender);
    }
    let to = work.of(|draft| draft.to.clone());
    work.source.with_value(|source| match source {
        Source::Records(records) => {
            if let Some(consent) = consent_for(&records.consents, &to) {
                let form = consent.shown(Field::CONSENT_FORM).and_then(Value::as_text).unwrap_or("spoken");
                return Ok(Rests::OnConsent(consent.id, form.to_owned()));
            }
            let faults = work.of(|draft| draft.agreement_faults(is_child(&records.person)));
            if faults.is_empty() {
                return Ok(Rests::OnAgreement);
            }
            on_ground(work, faults)
        }
        Source::Parent(parent) if work.back => {
            // Only whoever shared it may be told it again without being asked.
            let sender = Referral::of(parent).map(|parent| parent.text(Field::REFERRAL_FROM));
            if sender == Some(to.as_str()) { Ok(Rests::OnParent) } else { Err(Key::ReferFaultBack) }
        }
        Source::Typed | Source::Parent(_) => {
            let agreed = work.of(|draft| !draft.agreement.form.is_empty());
            if agreed && notes_here(work, source) {
                return Ok(Rests::OnSlip);
            }
            on_ground(work, vec![AgreementFault::NoForm])
        }
    })
}

/// Whether a consent is noted in the referral itself: by who holds no record of the person. Whoever else holds records
/// of people notes it there, but of whom they know by a referral that they received.
fn notes_here(work: Work, source: &Source) -> bool {
    let received = |parent: &Record| work.me.with(|me| was_received_by(parent, me.organisation()));
    notes_on_slip(work.role()) || matches!(source, Source::Parent(parent) if received(parent))
}

fn on_ground(work: Work, faults: Vec<AgreementFault>) -> Result<Rests, Key> {
    let (ground, explained) =
        work.of(|draft| (!draft.ground.is_empty(), !draft.explanation.trim().is_empty()));
    let begun = work.of(|draft| !draft.agreement.form.is_empty());
    match (may_override(work.role()) && ground, explained) {
        (true, true) => Ok(Rests::OnGround),
        (true, false) => Err(Key::ReferWhyExplain),
        (false, _) => Err(match faults.first() {
            Some(AgreementFault::NoWitness) if begun => Key::ReferWhyWitness,
            Some(AgreementFault::NoSignature) if begun => Key::ReferWhySignature,
            Some(AgreementFault::NobodyDecided) if begun => Key::ReferWhyDecider,
            _ => Key::ReferWhyConsent,
        }),
    }
}

/// Saves what was agreed to. Where that was saved before, and the referral was not, only what is said otherwise now.
///
/// # Errors
/// The sentence that says why nothing was saved.
pub async fn agree(
    device: Device,
    vault: &Vault,
    agreed: Change,
    whom: String,
    about: RecordId,
) -> Result<(), Key> {
    let held = vault.record(agreed.record).await.map_err(|error| explain(&error))?;
    let change = match held {
        Some(held) => {
            let wanted = agreed.ops.into_iter().filter(|op| op.field != Field::CONSENT_AT);
            held.change(wanted.map(|op| (op.field, op.value)))
        }
        None => Some(agreed),
    };
    state(device, vault, change.into_iter().collect(), "consent_given", whom, about).await
}

/// The card.
#[component]
pub fn Agreeing(
    /// The work.
    work: Work,
) -> impl IntoView {
    let words = use_words();
    let to = work.draft.with_untracked(|it| it.draft.to.clone());
    let asked = work.source.with_value(|source| match source {
        Source::Records(records) => match consent_for(&records.consents, &to) {
            Some(consent) => view! { <Recorded work consent=consent.clone()/> }.into_any(),
            None => {
                let refused = records.consents.iter().any(|consent| refuses(consent, &to));
                view! { <Anew work records=records.clone() refused/> }.into_any()
            }
        },
        Source::Parent(_) if work.back => {
            view! { <Notice icon=Icon::Undo>{move || words.get(Key::ReferConsentReturn)}</Notice> }.into_any()
        }
        Source::Typed | Source::Parent(_) if notes_here(work, source) => view! { <OnSlip work/> }.into_any(),
        Source::Typed | Source::Parent(_) => {
            view! { <Notice icon=Icon::Info>{move || words.get(Key::ReferConsentElsewhere)}</Notice> }
                .into_any()
        }
    });
    let recorded = work.source.with_value(|source| match source {
        Source::Records(records) => consent_for(&records.consents, &to).is_some(),
        _ => work.back,
    });
    view! {
        <section class="card" aria-labelledby="refer-consent">
            <div class="card__head">
                <h2 class="card__title" id="refer-consent">{move || words.get(Key::ReferConsent)}</h2>
            </div>
            <div class="stack">
                {asked}
                {(!recorded && may_override(work.role())).then(|| view! { <Without work/> })}
            </div>
        </section>
    }
}

/// A consent that is recorded, with the day and the way.
#[component]
fn Recorded(work: Work, consent: Record) -> impl IntoView {
    let words = use_words();
    let forms = work.forms;
    let text = |field| consent.shown(field).and_then(Value::as_text).unwrap_or_default().to_owned();
    let (purpose, form, at) =
        (text(Field::CONSENT_PURPOSE), text(Field::CONSENT_FORM), text(Field::CONSENT_AT));
    let said = move || {
        let parts = [
            forms.code_label("lists:consent_purpose", &purpose),
            Some(form.clone())
                .filter(|it| !it.is_empty())
                .map_or_else(String::new, |form| forms.code_label("lists:consent_form", &form)),
            Some(at.clone())
                .filter(|it| !it.is_empty())
                .map_or_else(String::new, |at| when::day_and_time(words, &at)),
        ];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    };
    view! {
        <Notice class="notice--ok" icon=Icon::Check>
            <b>{move || words.get(Key::ReferConsentThere)}</b>" "{said}
        </Notice>
    }
}

/// The ways of agreeing that staff witness.
fn ways(work: Work) -> Vec<Item> {
    let mut items = work.forms.list("consent_form");
    items.retain(|item| item.code != "tap");
    items
}

/// One that is recorded with the referral: the text to read, and how it was agreed.
#[component]
fn Anew(work: Work, records: Records, refused: bool) -> impl IntoView {
    let words = use_words();
    let forms = work.forms;
    let language = records.person.shown(Field::LANG_MAIN).and_then(Value::as_text).unwrap_or_default();
    let text = forms.consent_text("referral", "", &forms.short_language(language));
    let child = is_child(&records.person);
    let age = Individual::from_record(&records.person).born.and_then(|born| born.age_on(when::today()));
    let asked = child && age.is_some_and(|age| age >= ASKED_FROM);
    // An adult decides for themselves; for a child another adult of the group.
    let adults: Vec<(RecordId, String)> = core::iter::once(&records.person)
        .chain(&records.others)
        .filter(|person| !is_child(person))
        .map(|person| (person.id, called(person).unwrap_or_else(|| words.get(Key::NoNameYet))))
        .collect();
    let first = adults.first().map(|(id, _)| *id);
    let (version, read_in) = text
        .as_ref()
        .map_or_else(Default::default, |text| (text.version.clone(), forms.long_language(&text.language)));
    let choose = move |code: String| {
        let (version, read_in) = (version.clone(), read_in.clone());
        work.put(move |draft| {
            let it = &mut draft.agreement;
            it.form = code;
            it.given_by = it.given_by.or(first);
            (it.version, it.language) = (version, read_in);
        });
    };
    let value = Signal::derive(move || work.of(|draft| draft.agreement.form.clone()));
    let read = text.map(|text| {
        let language = Language::ALL.into_iter().find(|it| it.code() == text.language);
        let language = language.unwrap_or(Language::Spanish);
        let version = text.version;
        view! {
            <blockquote class="toread">
                <p lang=language.code() dir=language.direction()>{text.text}</p>
                <footer class="note">
                    {move || words.with(Key::ConsentVersion, &[("version", &version)])}
                    " · "<bdi lang=language.code()>{language.name()}</bdi>
                </footer>
            </blockquote>
        }
    });
    let deciders: Vec<Item> = adults.iter().map(|(id, name)| Item::new(&id.to_string(), name)).collect();
    let deciders = Signal::stored(deciders);
    let decides = Signal::derive(move || {
        work.of(|draft| draft.agreement.given_by.map(|id| id.to_string()).unwrap_or_default())
    });
    let none = no_fault();
    let form = Memo::new(move |_| work.of(|draft| draft.agreement.form.clone()));
    let follows = move || match form.get().as_str() {
        "" => ().into_any(),
        "signature" => view! { <Signed work/> }.into_any(),
        _ => view! {
            <TextField id="refer-witness" label=Signal::derive(move || forms.label(Field::CONSENT_WITNESS))
                hint=Signal::derive(move || forms.hint(Field::CONSENT_WITNESS)) capitals="words" fault=none
                value=Signal::derive(move || work.of(|draft| draft.agreement.witness.clone()))
                on_type=move |typed| work.put(|draft| draft.agreement.witness = typed)/>
        }
        .into_any(),
    };
    view! {
        {refused.then(|| view! {
            <Notice class="notice--attention" icon=Icon::Alert>{move || words.get(Key::ReferConsentRefused)}</Notice>
        })}
        <p>{move || words.get(Key::ReferConsentNone)}</p>
        {read}
        <fieldset class="field field--wide">
            <legend class="field__label">{move || words.get(Key::ReferAgrees)}</legend>
            <Choices id="refer-agrees" value on_choose=choose items=ways(work) fault=none/>
        </fieldset>
        {follows}
        <Show when=move || !form.get().is_empty()>
            <Select id="refer-decides" label=Signal::derive(move || forms.label(Field::CONSENT_GIVEN_BY)) value=decides
                items=deciders fault=none
                on_choose=move |code| work.put(|draft| draft.agreement.given_by = RecordId::parse(&code))/>
        </Show>
        <Show when=move || asked && !form.get().is_empty()>
            <TextField id="refer-child-view" label=Signal::derive(move || forms.label(Field::CONSENT_CHILD_VIEW))
                fault=none value=Signal::derive(move || work.of(|draft| draft.agreement.child_view.clone()))
                on_type=move |typed| work.put(|draft| draft.agreement.child_view = typed)/>
        </Show>
    }
}

#[component]
fn Signed(work: Work) -> impl IntoView {
    let drawn = Callback::new(move |drawn: String| work.put(|draft| draft.agreement.signature = drawn));
    view! {
        <Signature id="refer-signature"
            value=Signal::derive(move || work.of(|draft| draft.agreement.signature.clone())) on_draw=drawn/>
    }
}

/// One that is noted in the referral itself, by who has nowhere else to note it.
#[component]
fn OnSlip(work: Work) -> impl IntoView {
    let words = use_words();
    let value = Signal::derive(move || work.of(|draft| draft.agreement.form.clone()));
    view! {
        <p>{move || words.get(Key::ReferConsentAsk)}</p>
        <fieldset class="field field--wide">
            <legend class="field__label">{move || words.get(Key::ReferAgrees)}</legend>
            <Choices id="refer-agrees" value items=ways(work) fault=no_fault()
                on_choose=move |code| work.put(|draft| draft.agreement.form = code)/>
        </fieldset>
    }
}

/// Doing without, for a ground and with a word of explanation.
#[component]
fn Without(work: Work) -> impl IntoView {
    let words = use_words();
    let forms = work.forms;
    let none = no_fault();
    let value = Signal::derive(move || work.of(|draft| draft.ground.clone()));
    view! {
        <details>
            <summary>{move || words.get(Key::ReferWithout)}</summary>
            <div class="stack">
                <p class="note line"><Draw icon=Icon::Alert/>{move || words.get(Key::ReferWithoutNote)}</p>
                <fieldset class="field field--wide">
                    <legend class="field__label">{move || forms.label(Field::REFERRAL_OVERRIDE)}</legend>
                    <Choices id="refer-ground" value items=forms.list("referral_override") fault=none
                        on_choose=move |code| work.put(|draft| draft.ground = code)/>
                </fieldset>
                <TextField id="refer-explanation"
                    label=Signal::derive(move || forms.label(Field::REFERRAL_OVERRIDE_NOTE)) fault=none wide=true
                    value=Signal::derive(move || work.of(|draft| draft.explanation.clone()))
                    on_type=move |typed| work.put(|draft| draft.explanation = typed)/>
            </div>
        </details>
    }
}
