//! One family of a list. A tap hands out and saves.

use super::family::{Family, Standing};
use super::undo::{Fresh, Last};
use crate::components::{Draw, Face, Icon, Signature, TextField};
use crate::device::{use_device, use_vault_handle};
use crate::forms::use_forms;
use crate::pages::assistance::{entry_of, fault_words, fresh as fresh_ids, helps, told};
use crate::pages::search::grouped;
use crate::pages::trouble::explain;
use crate::tables::{Table, use_tables};
use crate::when;
use crate::words::{Key, use_words};
use domain::service::Brief;
use domain::service::assistance::{GiftDraft, Look};
use domain::{Field, Record, RecordId, Subject};
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::BTreeSet;
use store::Note;

/// The row.
#[component]
pub fn Row(
    /// The family.
    family: Family,
    /// What is given, and where.
    distribution: Signal<Option<Record>>,
    /// What every family has.
    standing: Memo<Standing>,
    /// What was saved or taken back here since.
    fresh: RwSignal<Fresh>,
    /// Whose help is being saved. The page's, not the row's: a row drawn anew meanwhile gives nothing a second time.
    saving: RwSignal<BTreeSet<RecordId>>,
    /// When something was last saved.
    saved_at: RwSignal<Option<u64>>,
    /// What was handed out last.
    last: RwSignal<Option<Last>>,
    /// Whether each family signs.
    #[prop(into)]
    signs: Signal<bool>,
    /// Whether it is over.
    closed: Memo<bool>,
    /// Whether whoever has unlocked may give.
    allowed: bool,
) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let tables = use_tables();
    let device = use_device();
    let handle = use_vault_handle();
    let group = family.group;
    let given = Memo::new(move |_| standing.with(|standing| standing.given.get(&group).cloned()));
    let before = Memo::new(move |_| standing.with(|standing| standing.before.get(&group).cloned()));
    let busy = Memo::new(move |_| saving.with(|saving| saving.contains(&group)));
    let asks = RwSignal::new(false);
    let (again, signature) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let witness = RwSignal::new(String::new());
    let trouble = RwSignal::new(None::<String>);
    let reference = StoredValue::new(family.reference.clone());
    let row = StoredValue::new(family.clone());
    let deliver = move || {
        // One tap is one help: a second waits until the first is saved.
        if saving.with_untracked(|saving| saving.contains(&group)) || given.with_untracked(Option::is_some) {
            return;
        }
        let (Some(vault), Some(record)) = (handle.try_get_value(), distribution.get_untracked()) else {
            return;
        };
        let (draft, name) = row.with_value(|row| {
            let (id, entry) = fresh_ids();
            let subject = Subject::of(&record);
            let text = |field| subject.text(field).to_owned();
            let mut draft = GiftDraft::new(row.recipient, id, entry, when::today());
            draft.covers.extend(row.people.iter().take(domain::value::CODES_LIMIT as usize - 1));
            draft.code = text(Field::DISTRIBUTION_TYPE);
            (draft.quantity, draft.amount) =
                (text(Field::DISTRIBUTION_QUANTITY), text(Field::DISTRIBUTION_AMOUNT));
            (draft.programme, draft.site) =
                (text(Field::DISTRIBUTION_PROGRAMME), text(Field::DISTRIBUTION_SITE));
            (draft.provider, draft.distribution) = (text(Field::DISTRIBUTION_PROVIDER), Some(record.id));
            draft.again = again.get_untracked();
            if signs.get_untracked() {
                let (drawn, named) = (signature.get_untracked(), witness.get_untracked());
                // Who cannot sign gives their word before somebody.
                let by = if drawn.is_empty() && !named.trim().is_empty() { "witness" } else { "signature" };
                (draft.proof, draft.signature, draft.witness) = (by.to_owned(), drawn, named);
            }
            (draft, row.name.clone())
        });
        let help = helps(tables).into_iter().find(|help| help.code == draft.code);
        let asked = before.with_untracked(Option::is_some);
        let change = reference.with_value(|reference| {
            draft.check(&Look { help: help.as_ref(), today: when::today(), reference, again: asked })
        });
        let change = match change {
            Ok(change) => change,
            Err(problems) => {
                let lines = problems.iter().map(|it| {
                    let (field, fault) = (forms.label(it.field), fault_words(words, forms, &it.fault));
                    words.with(Key::GiveFaultAt, &[("field", &field), ("fault", &fault)])
                });
                return trouble.set(Some(lines.collect::<Vec<_>>().join(" · ")));
            }
        };
        saving.update(|saving| {
            saving.insert(group);
        });
        trouble.set(None);
        let entry = entry_of(&vault, draft.entry, change);
        let shown = name.clone();
        let note = Note { person: name, act: "gift_given".into(), record: draft.record };
        leptos::task::spawn_local(async move {
            match vault.save(&entry, note, None).await {
                Ok(saved) => {
                    // Only now it is told: what is shown as handed over lies on the device.
                    let brief = Brief { follows: draft.distribution, ..draft.brief(when::today()) };
                    fresh.try_update(|fresh| fresh.insert(group, (brief.clone(), true)));
                    saved_at.try_set(Some(saved.ms));
                    asks.try_set(false);
                    device.courier().saved(device);
                    last.try_set(Some(Last { gift: brief, group, name: shown }));
                }
                Err(error) => {
                    trouble.try_set(Some(words.get(explain(&error))));
                }
            }
            saving.try_update(|saving| saving.remove(&group));
        });
    };
    let tap = move |_| {
        let needs = signs.get_untracked() || before.with_untracked(Option::is_some);
        if needs && !asks.get_untracked() { asks.set(true) } else { deliver() }
    };
    let Family { name, site, here, reference: printed, people, .. } = family;
    let size = people.len() as u64;
    let title = if !here {
        words.get(Key::DistNotHere)
    } else if name.is_empty() {
        words.get(Key::NoNameYet)
    } else {
        name.clone()
    };
    let facts = move || {
        let site = (!site.is_empty()).then(|| tables.label(Table::Sites, &site));
        [Some(words.count(Key::People, size)), site].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    let titled = StoredValue::new(title.clone());
    let side = move || {
        match given.get() {
        Some(brief) => view! {
            <A href=format!("/assistance/{}", brief.record) attr:class="btn btn--quiet">
                <Draw icon=Icon::Check/>
                {words.get(Key::DistGiven)}
                <span class="unseen">": "{titled.get_value()}</span>
            </A>
        }
        .into_any(),
        None if allowed && here && !closed.get() => view! {
            <button class="btn btn--primary" type="button" aria-busy=move || busy.get().to_string() on:click=tap>
                {words.get(Key::DistDeliver)}
                <span class="unseen">": "{titled.get_value()}</span>
            </button>
        }
        .into_any(),
        None => ().into_any(),
    }
    };
    let warning = move || {
        let told =
            before.get().filter(|_| given.with(Option::is_none)).map(|brief| told(words, tables, &brief, ""));
        told.map(|text| view! { <span class="chip chip--attention"><Draw icon=Icon::Alert/>{text}</span> })
    };
    let twice = Memo::new(move |_| standing.with(|standing| standing.twice.contains(&group)));
    let told_twice = move || {
        let chip = |text| view! { <span class="chip chip--attention"><Draw icon=Icon::Alert/>{text}</span> };
        twice.get().then(|| chip(words.get(Key::DistGivenTwice)))
    };
    let asking = move || {
        (asks.get() && given.with(Option::is_none)).then(|| {
        view! {
            <div class="stack dist__ask">
                <Show when=move || before.with(Option::is_some)>
                    <TextField id=format!("dist-again-{group}") label=crate::components::Label::Text(Signal::derive(move || forms.label(Field::ASSISTANCE_AGAIN)))
                        value=again fault=crate::components::fields::Fault::stored(None) wide=true on_type=move |text| again.set(text)/>
                </Show>
                <Show when=move || signs.get()>
                    <Signature id=format!("dist-sign-{group}") value=signature on_draw=Callback::new(move |text| signature.set(text))/>
                    <TextField id=format!("dist-witness-{group}") label=crate::components::Label::Text(Signal::derive(move || forms.label(Field::ASSISTANCE_WITNESS)))
                        capitals="words" maybe=true value=witness fault=crate::components::fields::Fault::stored(None) on_type=move |text| witness.set(text)/>
                </Show>
                <div class="line">
                    <button class="btn btn--primary" type="button" on:click=move |_| deliver()>
                        {move || words.get(if before.with(Option::is_some) { Key::GiveAnyway } else { Key::DistDeliver })}
                    </button>
                    <button class="btn" type="button" on:click=move |_| asks.set(false)>{move || words.get(Key::Cancel)}</button>
                </div>
            </div>
        }
    })
    };
    view! {
        <li>
            <div class="row">
                <Face name=name lead=true/>
                <span class="row__main">
                    <span class="row__title"><bdi>{title}</bdi></span>
                    " "
                    <span class="row__meta">
                        <span class="code ltr">{grouped(&printed)}</span>
                        <span class="soft">{facts}</span>
                        {warning}
                        {told_twice}
                    </span>
                </span>
                <span class="row__side line">{side}</span>
            </div>
            <p class="field__error dist__fault" role="alert">{move || trouble.get()}</p>
            {asking}
        </li>
    }
}
