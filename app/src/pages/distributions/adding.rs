//! Puts families on a list: those of this device that are alike, one by one by name or slip, or references pasted from a
//! sheet. What cannot be taken is named, and keeps nothing else from being taken.

use crate::components::finder::{Finder, Seeks};
use crate::components::{DateField, Draw, Icon, Select, TextField};
use crate::device::use_vault_handle;
use crate::forms::use_forms;
use crate::pages::reading::reader;
use crate::pages::trouble::explain;
use crate::tables::Item;
use crate::when;
use crate::words::{Key, use_words};
use domain::date::{DateText, PartialDate};
use domain::service::distribution::Pasted;
use domain::{Field, Kind, RecordId, Subject};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use store::{StoreError, Vault};

/// A pause after the last key, after which families are looked for.
const PAUSE_MS: u32 = 300;

/// What families must be like.
#[derive(Clone, Debug, Default, PartialEq)]
struct Wanted {
    /// Registered there; empty for anywhere.
    site: String,
    from: Option<usize>,
    to: Option<usize>,
    since: Option<time::Date>,
    /// Code of a need that is told here; empty for any.
    need: String,
}

/// What was read of all groups since the page was opened.
#[derive(Default)]
struct Read {
    /// Where each was registered.
    sites: Option<Rc<BTreeMap<RecordId, String>>>,
    /// When those arrived that were looked at, as far as it is known.
    arrived: BTreeMap<RecordId, Option<time::Date>>,
}

/// Adds families to a list.
#[component]
pub fn Adding(
    /// Those on it.
    chosen: Signal<BTreeSet<RecordId>>,
    /// Takes more.
    on_add: Callback<Vec<RecordId>>,
) -> impl IntoView {
    let words = use_words();
    let part = RwSignal::new("device");
    let tab = move |code: &'static str, key: Key| {
        view! {
            <button class="btn" type="button" aria-pressed=move || (part.get() == code).to_string()
                on:click=move |_| part.set(code)>
                {move || words.get(key)}
            </button>
        }
    };
    view! {
        <div class="stack">
            <div class="line" role="group" aria-label=move || words.get(Key::DistList)>
                {tab("device", Key::DistFromDevice)}
                {tab("slips", Key::DistFromSlips)}
                {tab("text", Key::DistFromText)}
            </div>
            <Show when=move || part.get() == "device"><Alike on_add/></Show>
            <Show when=move || part.get() == "slips">
                <Finder id="dist-finder" seeks=Seeks::Groups chosen many=true on_pick=move |id, _| on_add.run(vec![id])/>
            </Show>
            <Show when=move || part.get() == "text"><Paste chosen on_add/></Show>
        </div>
    }
}

/// Families of this device that are alike.
#[component]
fn Alike(on_add: Callback<Vec<RecordId>>) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let vault = use_vault_handle();
    let site = RwSignal::new(vault.with_value(|vault| vault.identity().site.clone()));
    let (from, to, need) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let since = RwSignal::new(DateText::default());
    let trouble = RwSignal::new(None::<Key>);
    let number = |text: &str| text.trim().parse::<usize>().ok();
    let wrong_number = move |text: RwSignal<String>| {
        Signal::derive(move || {
            let is_wrong = text.with(|text| !text.trim().is_empty() && number(text).is_none());
            is_wrong.then(|| words.get(Key::FaultNotANumber))
        })
    };
    let typed = Memo::new(move |_| Wanted {
        site: site.get(),
        from: from.with(|text| number(text)),
        to: to.with(|text| number(text)),
        since: since
            .with(|date| date.parse_any(when::today()).ok().flatten().and_then(PartialDate::day_known)),
        need: need.get(),
    });
    // Looked for after a pause, not at every key; what is read of all groups is read once.
    let wanted = RwSignal::new(typed.get_untracked());
    let timer = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |_| {
        let typed = typed.get();
        timer.set_value(Some(Timeout::new(PAUSE_MS, move || {
            if wanted.try_get_untracked().is_some_and(|wanted| wanted != typed) {
                wanted.try_set(typed);
            }
        })));
    });
    let read = StoredValue::new_local(Read::default());
    let looked = LocalResource::new(move || {
        let (wanted, vault) = (wanted.get(), vault.try_get_value());
        async move {
            let found = match vault {
                Some(vault) => alike(&vault, &wanted, read).await.map_err(|error| explain(&error)),
                None => Ok(Vec::new()),
            };
            (wanted, found)
        }
    });
    // Until what was typed has been looked for, nothing is found: what was found before is of something else.
    let found = move || looked.get().filter(|(wanted, _)| typed.with(|typed| typed == wanted)).map(|it| it.1);
    let count = Signal::derive(move || found().and_then(Result::ok).map_or(0, |found| found.len() as u64));
    let add = move |_| match untrack(found) {
        Some(Ok(found)) => on_add.run(found),
        Some(Err(key)) => trouble.set(Some(key)),
        None => {}
    };
    let reader = reader();
    let sites = Signal::derive(move || crate::tables::use_tables().all(crate::tables::Table::Sites));
    let needs = Signal::derive(move || {
        let all = crate::tables::use_tables().offered("specific_needs", "");
        let told = |item: &Item| domain::permission::sees(reader.role, forms.need_class(&item.code), false);
        all.into_iter().filter(told).collect::<Vec<_>>()
    });
    let dated = Signal::derive(move || since.with(|it| [it.day.clone(), it.month.clone(), it.year.clone()]));
    let none = crate::components::fields::Fault::stored(None);
    view! {
        <div class="fields">
            <Select id="dist-site" label=crate::components::Label::Text(Signal::derive(move || forms.label(Field::SITE))) value=site items=sites fault=none maybe=true on_choose=move |code| site.set(code)/>
            <Select id="dist-need" label=Key::DistNeed value=need items=needs fault=none maybe=true on_choose=move |code| need.set(code)/>
            <TextField id="dist-from" label=Key::DistSizeFrom value=from fault=wrong_number(from) mode="numeric" maybe=true on_type=move |text| from.set(text)/>
            <TextField id="dist-to" label=Key::DistSizeTo value=to fault=wrong_number(to) mode="numeric" maybe=true on_type=move |text| to.set(text)/>
            <DateField id="dist-since" label=Key::DistArrived value=dated fault=none on_type=move |at: usize, text: String| since.update(|it| match at {
                0 => it.day = text,
                1 => it.month = text,
                _ => it.year = text,
            })/>
        </div>
        <p class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
        <button class="btn btn--primary" type="button" aria-disabled=move || (count.get() == 0).to_string() on:click=add>
            <Draw icon=Icon::Plus/>
            {move || words.count(Key::DistAddFound, count.get())}
        </button>
    }
}

/// Families that are alike, by the name of nobody: in the order in which they were registered.
async fn alike(
    vault: &Vault,
    wanted: &Wanted,
    read: StoredValue<Read, LocalStorage>,
) -> Result<Vec<RecordId>, StoreError> {
    let mut groups = vault.groups();
    groups.sort_unstable();
    if !wanted.site.is_empty() {
        let sites = read.try_with_value(|read| read.sites.clone()).flatten().unwrap_or_else(|| {
            let faces = vault.faces(&groups).into_iter();
            let sites = Rc::new(faces.map(|(id, hit)| (id, hit.site)).collect::<BTreeMap<_, _>>());
            read.try_update_value(|read| read.sites = Some(Rc::clone(&sites)));
            sites
        });
        groups.retain(|id| sites.get(id).is_some_and(|site| *site == wanted.site));
    }
    if wanted.from.is_some() || wanted.to.is_some() {
        groups.retain(|id| {
            let size = vault.member_ids(*id).len();
            wanted.from.is_none_or(|from| size >= from) && wanted.to.is_none_or(|to| size <= to)
        });
    }
    if !wanted.need.is_empty() {
        let services = vault.services().await?;
        let needs = services.iter().filter(|brief| {
            brief.kind() == Kind::NEED && *brief.code == *wanted.need && &*brief.state != "closed"
        });
        let owners: BTreeSet<RecordId> = needs.filter_map(|brief| brief.owner).collect();
        groups.retain(|id| owners.contains(id) || vault.member_ids(*id).iter().any(|id| owners.contains(id)));
    }
    if let Some(since) = wanted.since {
        let unread =
            |read: &Read| groups.iter().filter(|id| !read.arrived.contains_key(id)).copied().collect();
        let unread: Vec<RecordId> = read.try_with_value(unread).unwrap_or_default();
        if !unread.is_empty() {
            let records = vault.records(&unread).await?;
            let dated = records.iter().map(|record| {
                let date = Subject::of(record).date(Field::ARRIVAL_DATE);
                (record.id, date.map(PartialDate::stands_for))
            });
            read.try_update_value(|read| read.arrived.extend(dated));
        }
        let since = Some(since);
        groups.retain(|id| {
            read.try_with_value(|read| read.arrived.get(id).copied().flatten() >= since).unwrap_or_default()
        });
    }
    Ok(groups)
}

/// What became of what was pasted.
#[derive(Clone, Debug, Default, PartialEq)]
struct Taken {
    families: u64,
    bad: Vec<usize>,
    unknown: Vec<usize>,
}

/// References pasted, one a line.
#[component]
fn Paste(chosen: Signal<BTreeSet<RecordId>>, on_add: Callback<Vec<RecordId>>) -> impl IntoView {
    let words = use_words();
    let vault = use_vault_handle();
    let text = RwSignal::new(String::new());
    let taken = RwSignal::new(None::<Taken>);
    let add = move |_| {
        let pasted = text.with_untracked(|text| Pasted::parse(text));
        let known = vault.with_value(|vault| {
            let faces = vault.faces(&vault.groups());
            let named = faces.into_iter().map(|(id, hit)| (hit.group_ref.replace('-', ""), id));
            named.collect::<BTreeMap<String, RecordId>>()
        });
        let mut told = Taken { bad: pasted.bad, ..Taken::default() };
        let mut families = Vec::new();
        for (line, reference) in pasted.read {
            match known.get(reference.as_str()) {
                Some(id) => families.push(*id),
                None => told.unknown.push(line),
            }
        }
        families.retain(|id| chosen.with_untracked(|chosen| !chosen.contains(id)));
        told.families = families.len() as u64;
        on_add.run(families);
        taken.set(Some(told));
    };
    let lines = move |key: Key, lines: &[usize]| {
        let numbers = lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        (!lines.is_empty()).then(|| words.with(key, &[("lines", &numbers)]))
    };
    view! {
        <div class="field wide">
            <label class="field__label" for="dist-paste">{move || words.get(Key::DistPasteLabel)}</label>
            <textarea class="input code" id="dist-paste" rows="6" spellcheck="false" autocomplete="off" dir="ltr"
                aria-describedby="dist-paste-said" prop:value=text
                on:input=move |event| text.set(event_target_value(&event))></textarea>
        </div>
        <button class="btn btn--primary" type="button" on:click=add>
            <Draw icon=Icon::Plus/>
            {move || words.get(Key::DistPasteAdd)}
        </button>
        <div id="dist-paste-said" role="status">
            {move || taken.get().map(|taken| view! {
                <p>{words.count(Key::DistPasteTaken, taken.families)}</p>
                <p class="field__error">{lines(Key::DistPasteBad, &taken.bad)}</p>
                <p class="field__error">{lines(Key::DistPasteUnknown, &taken.unknown)}</p>
            })}
        </div>
    }
}
