//! What shows that a help was received: a signature, the family's slip, or a witness. Money is never handed over
//! without one.

use super::fault_words;
use crate::components::fields::Choices;
use crate::components::{Signature, TextField};
use crate::forms::use_forms;
use crate::tables::Item;
use crate::when;
use crate::words::{Key, use_words};
use domain::service::assistance::{GiftDraft, GiftProblem, Help, proof_fields};
use domain::{EntryId, Field, Record, Value};
use leptos::prelude::*;

/// Changes a draft.
pub type Edit = Box<dyn FnOnce(&mut GiftDraft) + Send + Sync>;

/// Asks for the proof, and for what it needs.
#[component]
pub fn Proof(
    /// The draft as it is.
    #[prop(into)]
    draft: Signal<GiftDraft>,
    /// Changes it.
    change: Callback<Edit>,
    /// Whether there has to be one.
    #[prop(into)]
    needed: Signal<bool>,
    /// What is wrong with a field.
    fault_at: Callback<Field, Option<String>>,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let none = move || Item::new("", &words.get(Key::GiveNoProof));
    let items = move || {
        let none = (!needed.get()).then(none);
        none.into_iter().chain(forms.list("assistance_proof")).collect::<Vec<_>>()
    };
    let is = move |code: &'static str| Memo::new(move |_| draft.with(|it| it.proof == code));
    let (signs, shows, witnessed) = (is("signature"), is("slip"), is("witness"));
    let of = move |field| Signal::derive(move || fault_at.run(field));
    let label = move |field| Signal::derive(move || forms.label(field));
    let proof = Signal::derive(move || draft.with(|it| it.proof.clone()));
    // What is typed for the slip is told there.
    let fault =
        Signal::derive(move || if shows.get() { None } else { fault_at.run(Field::ASSISTANCE_PROOF) });
    let choose = move |code: String| change.run(Box::new(move |it: &mut GiftDraft| it.proof = code));
    view! {
        <fieldset class="field wide">
            <legend>{label(Field::ASSISTANCE_PROOF)}</legend>
            {move || view! { <Choices id="give-proof" value=proof on_choose=choose items=items() fault=fault/> }}
        </fieldset>
        <Show when=move || signs.get()>
            <Signature id="give-signature" value=Signal::derive(move || draft.with(|it| it.signature.clone()))
                on_draw=Callback::new(move |text: String| change.run(Box::new(move |it: &mut GiftDraft| it.signature = text)))
                fault=of(Field::ASSISTANCE_RECEIPT)/>
        </Show>
        <Show when=move || shows.get()>
            <TextField id="give-slip" label=Key::GiveSlip hint=Key::GiveSlipHint capitals="characters"
                value=Signal::derive(move || draft.with(|it| it.slip.clone())) fault=of(Field::ASSISTANCE_PROOF)
                on_type=move |text: String| change.run(Box::new(move |it: &mut GiftDraft| it.slip = text))/>
        </Show>
        <Show when=move || witnessed.get()>
            <TextField id="give-witness" label=label(Field::ASSISTANCE_WITNESS) capitals="words"
                value=Signal::derive(move || draft.with(|it| it.witness.clone())) fault=of(Field::ASSISTANCE_WITNESS)
                on_type=move |text: String| change.run(Box::new(move |it: &mut GiftDraft| it.witness = text))/>
        </Show>
    }
}

/// The proof of a help that was planned and is handed over now.
#[derive(Clone, Copy)]
pub struct Proving {
    draft: RwSignal<GiftDraft>,
    wrong: RwSignal<Vec<GiftProblem>>,
}

impl Proving {
    /// Of a help that needs one; `None` for any other.
    pub fn of(record: &Record, helps: Vec<Help>) -> Option<Self> {
        let code = record.shown(Field::ASSISTANCE_TYPE).and_then(Value::as_text)?;
        helps.iter().find(|help| help.code == code).filter(|help| help.needs_proof)?;
        let draft = GiftDraft::amending(record, record.id, EntryId::default(), when::today())?;
        Some(Self { draft: RwSignal::new(draft), wrong: RwSignal::new(Vec::new()) })
    }

    /// What is stated of it; `None` when something is wrong, which is said then. `reference` is on the family's slip.
    pub fn fields(self, reference: &str) -> Option<Vec<(Field, Value)>> {
        let judged = self.draft.with_untracked(|draft| proof_fields(draft, reference));
        self.wrong.set(judged.as_ref().err().cloned().unwrap_or_default());
        judged.ok()
    }
}

/// Asks for it.
#[component]
pub fn ProofOf(proving: Proving) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let Proving { draft, wrong } = proving;
    let change = Callback::new(move |edit: Edit| draft.update(|draft| edit(draft)));
    let fault_at = Callback::new(move |field: Field| {
        let fault =
            |wrong: &Vec<GiftProblem>| wrong.iter().find(|it| it.field == field).map(|it| it.fault.clone());
        wrong.with(fault).map(|fault| fault_words(words, forms, &fault))
    });
    view! { <div class="stack"><Proof draft change needed=true fault_at/></div> }
}
