//! Handing out: the list, whom it was given to, and how far it has come. Each family's help is saved at the tap.

use super::family::{self, Family, Standing};
use super::row::Row;
use super::undo::{Fresh, Last, Undoing};
use crate::components::finder::{Finder, Seeks};
use crate::components::{Back, Draw, Icon, Notice, Status, Tone};
use crate::device::{use_device, use_vault, use_vault_handle};
use crate::forms::{Forms, use_forms};
use crate::pages::assistance::{days_ago, entry_of, helps, may_give};
use crate::pages::group::NotHere;
use crate::pages::individual::Conflicts;
use crate::pages::trouble::{NotRead, explain};
use crate::tables::use_tables;
use crate::when;
use crate::words::{Key, use_words};
use domain::service::Brief;
use domain::service::distribution::{self, CLOSED, OPEN, families};
use domain::{EntryId, Field, Kind, Record, RecordId, Subject, Value, search_key};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use store::{Note, StoreError, Vault};

/// Rows drawn at once: more than a screen holds, few enough that each tap is drawn at once.
const PAGE: usize = 40;

/// What lies here of it.
struct Loaded {
    record: Record,
    families: Arc<Vec<Family>>,
    /// What every family has. The services themselves are not held: each help that is saved would copy them all.
    standing: Standing,
    /// The helps of this distribution that it was made of.
    known: BTreeSet<RecordId>,
}

/// The page.
#[component]
pub fn OneDistribution() -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let device = use_device();
    let vault = use_vault();
    crate::desk::title(words, Key::DistTitle);
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| RecordId::parse(&id))));
    // The page is drawn once; what it shows follows what is read anew.
    let held = RwSignal::new_local(None::<Rc<Loaded>>);
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let (vault, id) = (vault.clone(), id.get());
        let before = held.get_untracked();
        async move {
            match id {
                Some(id) => read(&vault, forms, id, before)
                    .await
                    .map_err(|error| explain(&error))
                    .map(|read| read.map(Rc::new)),
                None => Ok(None),
            }
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(Some(read))) = loaded.get() {
            held.set(Some(read));
        }
    });
    let state = Memo::new(move |_| {
        let (id, read) = (id.get(), loaded.get());
        let is_held = held.with(|held| held.as_ref().is_some_and(|it| Some(it.record.id) == id));
        match read {
            _ if is_held => Some(Ok(id)),
            // It is held in a moment.
            Some(Ok(Some(_))) | None => None,
            Some(Ok(None)) => Some(Ok(None)),
            Some(Err(key)) => Some(Err(key)),
        }
    });
    move || {
        Some(match state.get()? {
            Ok(Some(_)) => {
                let first = held.get_untracked()?;
                view! { <One first held/> }.into_any()
            }
            Ok(None) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

/// Reads it. After each tap that is only what may have changed by it: the families, as long as the list is the same, are
/// those of `before`.
async fn read(
    vault: &Vault,
    forms: Forms,
    id: RecordId,
    before: Option<Rc<Loaded>>,
) -> Result<Option<Loaded>, StoreError> {
    let Some(record) = vault.record(id).await?.filter(|record| record.kind == Kind::DISTRIBUTION) else {
        return Ok(None);
    };
    let groups = families(&record);
    let same = before.filter(|it| it.record.id == id && it.families.iter().map(|it| &it.group).eq(&groups));
    let families = match same {
        Some(before) => Arc::clone(&before.families),
        None => Arc::new(family::read(vault, &groups).await?),
    };
    let services = vault.services().await?;
    let known = services.iter().filter(|brief| brief.follows == Some(id)).map(|brief| brief.record).collect();
    let today = i64::from(when::today().to_julian_day()) - 2_440_588;
    let gift = Brief {
        kind: Kind::ASSISTANCE.0,
        code: Subject::of(&record).text(Field::DISTRIBUTION_TYPE).into(),
        when: today * 24 * 60,
        ..Brief::default()
    };
    let standing = Standing::of(forms, &services, &families, &gift, id);
    Ok(Some(Loaded { record, families, standing, known }))
}

/// Which families are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Only {
    All,
    Open,
    Given,
    Warned,
    Twice,
}

#[component]
fn One(first: Rc<Loaded>, held: RwSignal<Option<Rc<Loaded>>, LocalStorage>) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let device = use_device();
    let handle = use_vault_handle();
    let allowed = handle.with_value(may_give);
    let id = first.record.id;
    let text = {
        let subject = Subject::of(&first.record);
        move |field| subject.text(field).to_owned()
    };
    let (name, code, site) =
        (text(Field::DISTRIBUTION_NAME), text(Field::DISTRIBUTION_TYPE), text(Field::DISTRIBUTION_SITE));
    let (quantity, day) =
        (text(Field::DISTRIBUTION_QUANTITY), Brief::of(&first.record).map_or(0, |brief| brief.day()));
    let record = Signal::derive(move || held.with(|held| held.as_ref().map(|it| it.record.clone())));
    let list = Memo::new_with_compare(
        move |_| held.with(|held| held.as_ref().map(|it| it.families.clone()).unwrap_or_default()),
        |before, after| before != after,
    );
    // What was saved here since the last look stands in no list yet: shown at once, and never lost sight of.
    let fresh = RwSignal::new(Fresh::new());
    // Whose help is being saved: a row may come and go meanwhile.
    let saving = RwSignal::new(BTreeSet::<RecordId>::new());
    let standing = Memo::new(move |_| {
        held.with(|held| {
            let Some(it) = held else { return Standing::default() };
            let mut standing = it.standing.clone();
            fresh.with(|fresh| {
                for (group, (brief, is_given)) in fresh {
                    let same = standing.given.get(group).is_some_and(|given| given.record == brief.record);
                    if *is_given && !it.known.contains(&brief.record) {
                        standing.given.entry(*group).or_insert_with(|| brief.clone());
                    } else if !is_given && same {
                        standing.given.remove(group);
                    }
                }
            });
            standing
        })
    });
    let closed = Memo::new(move |_| {
        record.with(|record| {
            record.as_ref().is_some_and(|it| Subject::of(it).says(Field::DISTRIBUTION_STATE, CLOSED))
        })
    });
    let (typed, only, page) =
        (RwSignal::new(String::new()), RwSignal::new(Only::All), RwSignal::new(0_usize));
    let shown = Memo::new(move |_| {
        let (tokens, code) = typed.with(|typed| (search_key::tokens(typed), search_key::code(typed)));
        standing.with(|standing| {
            let fits = |family: &&Family| match only.get() {
                Only::All => true,
                Only::Open => !standing.given.contains_key(&family.group),
                Only::Given => standing.given.contains_key(&family.group),
                Only::Warned => standing.before.contains_key(&family.group),
                Only::Twice => standing.twice.contains(&family.group),
            };
            let code = code.to_uppercase();
            list.with(|list| {
                let found = list.iter().filter(|family| family.matches(&tokens, &code)).filter(fits);
                found.map(|family| family.group).collect::<Vec<_>>()
            })
        })
    });
    Effect::new(move |_| {
        typed.track();
        only.track();
        page.set(0);
    });
    // Families that were handed something leave the list of those still to come: its last page may be gone.
    Effect::new(move |_| {
        let most = shown.with(|shown| shown.len().saturating_sub(1) / PAGE);
        if page.get_untracked() > most {
            page.set(most);
        }
    });
    let on_page = Memo::new(move |_| {
        let at = page.get() * PAGE;
        shown.with(|shown| shown.iter().skip(at).take(PAGE).copied().collect::<Vec<_>>())
    });
    let saved_at = RwSignal::new(None::<u64>);
    let last = RwSignal::new(None::<Last>);
    // Money is never handed over without a proof.
    let tables = use_tables();
    let money = {
        let code = code.clone();
        Memo::new(move |_| helps(tables).iter().any(|help| help.code == code && help.needs_proof))
    };
    let asked = RwSignal::new(false);
    let signs = Signal::derive(move || money.get() || asked.get());
    let trouble = RwSignal::new(None::<Key>);
    let count = move || {
        let given = standing.with(|standing| {
            list.with(|list| list.iter().filter(|it| standing.given.contains_key(&it.group)).count())
        });
        let all = list.with(|list| list.len());
        let (given, all) = (words.number(given as u64), words.number(all as u64));
        match saved_at.get() {
            Some(at) => words.with(
                Key::DistProgressSaved,
                &[("given", &given), ("all", &all), ("time", &when::clock(at))],
            ),
            None => words.with(Key::DistProgress, &[("given", &given), ("all", &all)]),
        }
    };
    let twice = Memo::new(move |_| standing.with(|standing| standing.twice.len() as u64));
    let called = StoredValue::new(name.clone());
    let state_change = move |change: Option<domain::Change>| {
        let (Some(change), Some(vault)) = (change, handle.try_get_value()) else { return };
        let entry = entry_of(&vault, EntryId::fresh(when::now(), store::random()), change);
        let note = Note { person: called.get_value(), act: "distribution".into(), record: id };
        leptos::task::spawn_local(async move {
            match vault.save(&entry, note, None).await {
                Ok(_) => device.courier().saved(device),
                Err(error) => {
                    let _ = trouble.try_set(Some(explain(&error)));
                }
            }
        });
    };
    let turn = move |to: &'static str| {
        let change = record.with_untracked(|record| {
            record.as_ref().and_then(|it| it.change([(Field::DISTRIBUTION_STATE, Value::text(to))]))
        });
        state_change(change);
    };
    let chosen =
        Signal::derive(move || list.with(|list| list.iter().map(|it| it.group).collect::<BTreeSet<_>>()));
    let walk_in = move |group: RecordId| state_change(distribution::added(id, &[group]));
    let filter = move |this: Only, key: Key| {
        view! {
            <button class="btn" type="button" aria-pressed=move || (only.get() == this).to_string() on:click=move |_| only.set(this)>
                {move || words.get(key)}
            </button>
        }
    };
    let rows = move || {
        on_page
            .get()
            .into_iter()
            .filter_map(|group| list.with_untracked(|list| list.iter().find(|it| it.group == group).cloned()))
            .collect::<Vec<_>>()
    };
    let unit_code = code.clone();
    // Of money the unit says more than how often it is given.
    let unit = helps(tables).into_iter().find(|help| help.code == code && help.is_money());
    let unit = StoredValue::new(unit.map(|help| help.unit));
    let facts = move || {
        let kind = forms.code_label("assistance_types", &unit_code);
        let what = match unit.with_value(Clone::clone) {
            Some(unit) => format!("{kind} · {quantity} {}", forms.code_label("units", &unit)),
            None => format!("{quantity} × {kind}"),
        };
        let site = (!site.is_empty()).then(|| forms.code_label("sites", &site));
        [Some(what), site, Some(days_ago(words, day))].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    let final_page = move || shown.with(|shown| shown.len().saturating_sub(1) / PAGE);
    let range = move || {
        let (from, all) = (page.get() * PAGE, shown.with(Vec::len));
        let (first, to) = (words.number(from as u64 + 1), words.number(all.min(from + PAGE) as u64));
        words.with(Key::DistPage, &[("from", &first), ("to", &to)])
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href="/distributions" label=Signal::derive(move || words.get(Key::DistTitle))/>
                    <h1 tabindex="-1"><bdi>{name}</bdi></h1>
                    <p class="soft">{facts}</p>
                </div>
                {allowed.then(|| view! {
                    <button class="btn" type="button" on:click=move |_| turn(if closed.get_untracked() { OPEN } else { CLOSED })>
                        <Draw icon=Icon::Lock/>
                        {move || words.get(if closed.get() { Key::DistReopen } else { Key::DistClose })}
                    </button>
                })}
            </div>
            {move || record.get().filter(|it| !it.conflicts().is_empty()).map(|record| view! { <Conflicts record/> })}
            <Show when=move || closed.get()>
                <Notice icon=Icon::Lock>{move || words.get(Key::DistClosed)}</Notice>
            </Show>
            <p class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
            <section class="card dist__head">
                <p class="dist__count" role="status">
                    <Status tone=Tone::Here>{count}</Status>
                </p>
                <Undoing last fresh saved_at/>
                <Show when=move || twice.get() != 0>
                    <Notice class="notice--attention" icon=Icon::Alert>
                        {move || words.count(Key::DistTwice, twice.get())}
                    </Notice>
                </Show>
                <div class="fields">
                    <div class="field">
                        <label class="field__label" for="dist-search">{move || words.get(Key::DistSearch)}</label>
                        <div class="search">
                            <Draw icon=Icon::Search/>
                            <input class="input" id="dist-search" type="search" autocomplete="off" spellcheck="false"
                                prop:value=typed on:input=move |event| typed.set(event_target_value(&event))/>
                        </div>
                    </div>
                </div>
                <div class="line" role="group" aria-label=move || words.get(Key::DistShow)>
                    {filter(Only::All, Key::DistShowAll)}
                    {filter(Only::Open, Key::DistShowOpen)}
                    {filter(Only::Given, Key::DistShowGiven)}
                    {filter(Only::Warned, Key::DistShowWarned)}
                    <Show when=move || twice.get() != 0>{filter(Only::Twice, Key::DistShowTwice)}</Show>
                </div>
                <Show when=move || !money.get()>
                    <label class="check">
                        <input type="checkbox" prop:checked=asked on:change=move |event| asked.set(event_target_checked(&event))/>
                        <span>{move || words.get(Key::DistSignature)}</span>
                    </label>
                </Show>
            </section>
            <section class="card card--flush" aria-labelledby="dist-rows">
                <div class="card__head">
                    <h2 class="card__title" id="dist-rows">{move || words.get(Key::DistList)}</h2>
                    <span class="note">{move || words.count(Key::DistFamilies, shown.with(Vec::len) as u64)}</span>
                </div>
                <Show when=move || shown.with(Vec::is_empty)>
                    <p class="section soft">{move || words.get(Key::DistNoMatch)}</p>
                </Show>
                <ul class="rows dist__rows" aria-labelledby="dist-rows">
                    <For each=rows key=|family| family.group let:family>
                        <Row family distribution=record standing fresh saving saved_at last signs closed allowed/>
                    </For>
                </ul>
                <Show when=move || { shown.with(Vec::len) > PAGE }>
                    <nav class="line dist__ask" aria-label=range>
                        <button class="btn" type="button" aria-disabled=move || (page.get() == 0).to_string()
                            on:click=move |_| page.update(|page| *page = page.saturating_sub(1))>
                            {move || words.get(Key::DistBefore)}
                        </button>
                        <span class="soft" role="status">{range}</span>
                        <button class="btn" type="button" aria-disabled=move || (page.get() >= final_page()).to_string()
                            on:click=move |_| page.update(|page| *page = (*page + 1).min(untrack(final_page)))>
                            {move || words.get(Key::DistNext)}
                        </button>
                    </nav>
                </Show>
            </section>
            {allowed.then(|| view! {
                <Show when=move || !closed.get()>
                    <details class="card">
                        <summary>{move || words.get(Key::DistWalkIn)}<Draw icon=Icon::ChevronDown/></summary>
                        <Finder id="dist-walk-in" seeks=Seeks::Groups chosen many=true on_pick=move |group, _| walk_in(group)/>
                    </details>
                </Show>
            })}
        </main>
    }
}
