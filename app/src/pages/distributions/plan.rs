//! A new distribution: what is given, and to whom. Kept as it is typed, like any draft.

use super::adding::Adding;
use crate::components::{Back, DateField, Draw, ErrorSummary, Icon, Label, Notice, Select, TextField};
use crate::device::{use_device, use_vault};
use crate::forms::use_forms;
use crate::pages::assistance::{
    KindOfHelp, entry_of, fault_words, fresh, helps, input_of, may_give, organisation,
};
use crate::pages::discard::Discard;
use crate::pages::keeper::{Draft, Keeper, Said};
use crate::pages::trouble::{NotRead, explain};
use crate::tables::use_tables;
use crate::when;
use crate::words::{Key, use_words};
use domain::service::assistance::Help;
use domain::service::distribution::{DistributionDraft, LIST_LIMIT, families};
use domain::{DraftId, EntryId, Field, RecordId};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::collections::BTreeSet;
use store::{DraftNote, Note, StoreError, Vault};

/// What is typed.
#[derive(Clone, PartialEq)]
struct Planning {
    id: DraftId,
    draft: DistributionDraft,
}

impl Draft for Planning {
    fn id(&self) -> DraftId {
        self.id
    }

    fn entry(&self) -> EntryId {
        self.draft.entry
    }

    fn bytes(&self) -> Vec<u8> {
        self.draft.to_bytes()
    }

    fn note(&self) -> DraftNote {
        DraftNote { title: self.draft.name.clone(), form: "dist/new".into(), step: 0 }
    }

    fn is_empty(&self) -> bool {
        self.draft.is_empty()
    }
}

/// The page.
#[component]
pub fn NewDistribution() -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    crate::desk::title(words, Key::DistNew);
    let allowed = may_give(&vault);
    let loaded = LocalResource::new(move || {
        let vault = vault.clone();
        async move { begin(&vault).await }
    });
    move || {
        if !allowed {
            return Some(
                view! {
                    <main class="page page--narrow" id="main" tabindex="-1">
                        <h1 tabindex="-1">{words.get(Key::DistNew)}</h1>
                        <Notice icon=Icon::Lock>{words.get(Key::GiveNotAllowed)}</Notice>
                    </main>
                }
                .into_any(),
            );
        }
        Some(match loaded.get()? {
            Ok((planning, kept)) => view! { <Form planning kept/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

async fn begin(vault: &Vault) -> Result<(Planning, bool), Key> {
    let id = DistributionDraft::id_of(vault.identity().enrolment);
    if let Some((bytes, _)) = vault.draft(id).await.map_err(|error| explain(&error))? {
        let draft = DistributionDraft::from_bytes(&bytes).ok_or(Key::DraftUnreadable)?;
        return Ok((Planning { id, draft }, true));
    }
    let (record, entry) = fresh();
    let mut draft = DistributionDraft::new(record, entry, when::today());
    (draft.site, draft.provider) = (vault.identity().site.clone(), organisation(vault).await);
    Ok((Planning { id, draft }, false))
}

/// Saves it: the further parts of its list first, and last the header, which drops the draft. What an earlier try put
/// on the list, before the device was full or switched off, is read and not said again; what it did not come to is said
/// under fresh ids, whatever was changed since.
async fn save(
    vault: &Vault,
    planned: &DistributionDraft,
    help: Option<&Help>,
    draft: DraftId,
) -> Result<(), Key> {
    let explained = |error: StoreError| match error {
        StoreError::SavedBefore => Key::DistSavedBefore,
        error => explain(&error),
    };
    let held = vault.record(planned.record).await.map_err(explained)?;
    if held.as_ref().is_some_and(|held| held.shown(Field::DISTRIBUTION_STATE).is_some()) {
        // Another tab made it of this draft.
        return Err(Key::DistSavedBefore);
    }
    let listed = held.as_ref().map(families).unwrap_or_default();
    // It was judged before it came here.
    let mut parts =
        planned.check(help, when::today(), &listed).map_err(|_| Key::GiveFaultMissing)?.into_iter();
    let header = parts.next();
    let parts = parts.map(|part| (fresh().1, part, None));
    for (id, change, drops) in parts.chain(header.map(|it| (planned.entry, it, Some(draft)))) {
        let note = Note { person: planned.name.clone(), act: "distribution".into(), record: planned.record };
        vault.save(&entry_of(vault, id, change), note, drops).await.map_err(explained)?;
    }
    Ok(())
}

#[component]
fn Form(planning: Planning, kept: bool) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let tables = use_tables();
    let device = use_device();
    let vault = use_vault();
    let navigate = use_navigate();
    let draft_id = planning.id;
    let draft = RwSignal::new(planning.clone());
    let keeper = Keeper::new(draft, kept.then_some(planning), vault.clone(), device);
    let discarded = StoredValue::new_local(keeper.clone());
    let said = keeper.said;
    let (busy, trouble, checks) = (RwSignal::new(false), RwSignal::new(None::<Key>), RwSignal::new(0_usize));
    let kinds = StoredValue::new(helps(tables));
    let help = Memo::new(move |_| {
        let code = draft.with(|it| it.draft.code.clone());
        kinds.with_value(|kinds| kinds.iter().find(|help| help.code == code).cloned())
    });
    let judge = move || {
        let help = help.get();
        draft.with(|it| it.draft.check(help.as_ref(), when::today(), &[]))
    };
    let wrong =
        Memo::new(move |_| if checks.get() == 0 { Vec::new() } else { judge().err().unwrap_or_default() });
    let fault = move |field| {
        Signal::derive(move || {
            wrong.with(|wrong| {
                wrong.iter().find(|it| it.field == field).map(|it| fault_words(words, forms, &it.fault))
            })
        })
    };
    let faults = Signal::derive(move || {
        wrong.with(|wrong| {
            let line = |it: &domain::service::assistance::GiftProblem| {
                let (field, fault) = (forms.label(it.field), fault_words(words, forms, &it.fault));
                let text = words.with(Key::GiveFaultAt, &[("field", &field), ("fault", &fault)]);
                (input_of(it).to_owned(), text)
            };
            wrong.iter().map(line).collect::<Vec<_>>()
        })
    });
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        checks.update(|checks| *checks += 1);
        if untrack(judge).is_err() {
            return;
        }
        busy.set(true);
        let (planned, help) = (draft.with_untracked(|it| it.draft.clone()), help.get_untracked());
        let (vault, keeper, navigate) = (vault.clone(), keeper.clone(), navigate.clone());
        leptos::task::spawn_local(async move {
            keeper.stop().await;
            match save(&vault, &planned, help.as_ref(), draft_id).await {
                Ok(()) => {
                    keeper.finished();
                    device.courier().saved(device);
                    let options = NavigateOptions { replace: true, ..Default::default() };
                    navigate(&format!("/distributions/{}", planned.record), options);
                }
                Err(key) => {
                    let _ = trouble.try_set(Some(key));
                    keeper.go_on().await;
                }
            }
            let _ = busy.try_set(false);
        });
    };
    let text = move |of: fn(&DistributionDraft) -> &String| {
        Signal::derive(move || draft.with(|it| of(&it.draft).clone()))
    };
    let label = move |field| Label::Text(Signal::derive(move || forms.label(field)));
    let is_money = move || help.with(|help| help.as_ref().is_some_and(|help| help.is_money()));
    let asks_amount =
        move || help.with(|help| help.as_ref().is_some_and(|help| help.is_money() || help.needs_amount));
    let unit = Signal::derive(move || {
        help.with(|help| help.as_ref().map(|help| forms.code_label("units", &help.unit))).unwrap_or_default()
    });
    let date = Signal::derive(move || {
        draft.with(|it| [it.draft.date.day.clone(), it.draft.date.month.clone(), it.draft.date.year.clone()])
    });
    let on_date = move |at: usize, text: String| {
        draft.update(|it| match at {
            0 => it.draft.date.day = text,
            1 => it.draft.date.month = text,
            _ => it.draft.date.year = text,
        })
    };
    let chosen = Signal::derive(move || {
        draft.with(|it| it.draft.families.iter().copied().collect::<BTreeSet<RecordId>>())
    });
    let count = move || draft.with(|it| it.draft.families.len());
    let on_add = Callback::new(move |more: Vec<RecordId>| {
        draft.update(|it| {
            let mut met: BTreeSet<RecordId> = it.draft.families.iter().copied().collect();
            it.draft.families.extend(more.into_iter().filter(|id| met.insert(*id)));
        });
    });
    let choose_kind = move |code: String| draft.update(|it| it.draft.choose(code));
    let none = crate::components::fields::Fault::stored(None);
    let sites = Signal::derive(move || tables.offered("sites", ""));
    view! {
        <main class="page page--narrow" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href="/distributions" label=Signal::derive(move || words.get(Key::DistTitle))/>
                    <h1 tabindex="-1">{move || words.get(Key::DistNew)}</h1>
                </div>
            </div>
            <ErrorSummary faults on_follow=|_| {} checks/>
            <form class="stack" novalidate on:submit=on_submit>
                <section class="card">
                    <div class="stack">
                        <TextField id="dist-name" label=label(Field::DISTRIBUTION_NAME) value=text(|it| &it.name) wide=true
                            fault=fault(Field::DISTRIBUTION_NAME) on_type=move |text| draft.update(|it| it.draft.name = text)/>
                        <KindOfHelp value=text(|it| &it.code) on_choose=choose_kind recent=Vec::new() fault=fault(Field::DISTRIBUTION_TYPE)/>
                        <div class="fields">
                            <Show when=move || !is_money()>
                                <TextField id="give-quantity" label=label(Field::DISTRIBUTION_QUANTITY) hint=unit mode="numeric"
                                    value=text(|it| &it.quantity) fault=fault(Field::DISTRIBUTION_QUANTITY)
                                    on_type=move |text| draft.update(|it| it.draft.quantity = text)/>
                            </Show>
                            <Show when=asks_amount>
                                <TextField id="give-amount" label=label(Field::DISTRIBUTION_AMOUNT) hint=Key::GiveAmountHint mode="decimal"
                                    value=text(|it| &it.amount) fault=fault(Field::DISTRIBUTION_AMOUNT)
                                    on_type=move |text| draft.update(|it| it.draft.amount = text)/>
                            </Show>
                            <DateField id="give-date" label=label(Field::DISTRIBUTION_DATE) value=date on_type=on_date fault=fault(Field::DISTRIBUTION_DATE)/>
                            <Select id="dist-where" label=label(Field::DISTRIBUTION_SITE) items=sites value=text(|it| &it.site) fault=none
                                on_choose=move |code| draft.update(|it| it.draft.site = code)/>
                            <Select id="dist-programme" label=label(Field::DISTRIBUTION_PROGRAMME) items=Signal::stored(forms.list("programme"))
                                value=text(|it| &it.programme) fault=none maybe=true on_choose=move |code| draft.update(|it| it.draft.programme = code)/>
                        </div>
                    </div>
                </section>
                <section class="card" aria-labelledby="dist-list">
                    <div class="card__head">
                        <h2 class="card__title" id="dist-list" tabindex="-1">{move || words.get(Key::DistList)}</h2>
                        <span class="chip" role="status">{move || words.count(Key::DistFamilies, count() as u64)}</span>
                        <Show when=move || count() != 0>
                            <button class="btn push" type="button" on:click=move |_| draft.update(|it| it.draft.families.clear())>
                                <Draw icon=Icon::Trash/>
                                {move || words.get(Key::DistClear)}
                            </button>
                        </Show>
                    </div>
                    <p class="field__error">{fault(Field::DISTRIBUTION_LIST)}</p>
                    <Show when=move || { count() > LIST_LIMIT }>
                        <Notice class="notice--attention" icon=Icon::Alert>
                            {move || words.with(Key::DistMany, &[("n", &words.number(LIST_LIMIT as u64))])}
                        </Notice>
                    </Show>
                    <Adding chosen on_add/>
                </section>
                <div class="actions">
                    <p class="actions__said" role="status"><Said trouble kept=said at_first=Key::SavesItself/></p>
                    <button class="btn btn--primary btn--big" type="submit" aria-busy=move || busy.get().to_string()>
                        <Draw icon=Icon::Save/>
                        {move || words.get(Key::DistCreate)}
                    </button>
                </div>
            </form>
            <Discard draft keeper=discarded href="/distributions".to_owned()/>
        </main>
    }
}
