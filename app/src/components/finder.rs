//! Finds people or groups already registered, to pick them for something: by name, number or date as in the search, or
//! by the slip in their hands. A slip's reference picks at once, however it comes: typed, pasted, read by a scanner that
//! types for itself, or seen by the camera. What is typed here never gets into an address.

use super::{Draw, Face, Icon};
use crate::device::{use_device, use_vault_handle};
use crate::pages::search::grouped;
use crate::tables::{Table, use_tables};
use crate::when;
use crate::words::{Key, use_words};
use domain::date::PartialDate;
use domain::{GroupRef, RecordId};
use leptos::prelude::*;
use std::collections::BTreeSet;
use store::{Hit, Vault};

mod scan;

use scan::Scan;

/// Most rows shown: beyond this, more letters find sooner than more rows.
const SHOWN: usize = 12;
/// Most people of one slip shown.
const FAMILY: usize = 60;
/// Most characters of what is typed or pasted.
const LONGEST: usize = 200;

/// What is to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeks {
    /// People. A slip of several offers them, and all of them at once.
    People,
    /// Groups: each once, whoever of it was found.
    Groups,
}

/// What was found, in the order in which it is offered; and whether a slip named it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Found {
    hits: Vec<Hit>,
    slip: bool,
}

/// What a text finds. Each hit's `record` is what would be picked.
fn look(vault: &Vault, seeks: Seeks, text: &str) -> Found {
    if text.trim().is_empty() {
        return Found::default();
    }
    let slip = GroupRef::parse(text).ok();
    let mut hits = vault.search(text, if slip.is_some() { FAMILY } else { SHOWN });
    if let Some(slip) = slip {
        let named = |hit: &Hit| GroupRef::parse(&hit.group_ref) == Ok(slip);
        // A name of eight letters can look like a reference: then nobody has it, and it stays a name.
        if hits.iter().any(named) {
            hits.retain(named);
            return Found { hits: offered(seeks, hits), slip: true };
        }
        hits.truncate(SHOWN);
    }
    Found { hits: offered(seeks, hits), slip: false }
}

fn offered(seeks: Seeks, mut hits: Vec<Hit>) -> Vec<Hit> {
    match seeks {
        // A group of which nobody lies here is nobody to talk to.
        Seeks::People => hits.retain(|hit| hit.group != Some(hit.record)),
        Seeks::Groups => {
            let mut met = BTreeSet::new();
            hits.iter_mut().for_each(|hit| hit.record = hit.group.unwrap_or(hit.record));
            hits.retain(|hit| met.insert(hit.record));
        }
    }
    hits
}

/// A search box with big rows, in which people or groups are picked.
#[component]
pub fn Finder(
    /// Names the box; its parts take it with an ending.
    id: &'static str,
    /// What is to be found.
    seeks: Seeks,
    /// Takes what was picked: its record, and what its row said. A slip of a family gives several, one after another.
    on_pick: impl Fn(RecordId, Hit) + Clone + Send + Sync + 'static,
    /// What was picked before: marked as such, and not picked again.
    #[prop(into, default = Signal::from(BTreeSet::new()))]
    chosen: Signal<BTreeSet<RecordId>>,
    /// Whether several are picked: the box is emptied after each, for the next.
    #[prop(optional)]
    many: bool,
    /// What the box asks for; «name, number or slip» where it is left out.
    #[prop(default = Key::FinderLabel)]
    label: Key,
) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let text = RwSignal::new(String::new());
    let said = RwSignal::new(String::new());
    let input = NodeRef::<leptos::html::Input>::new();
    let found = Memo::new(move |_| {
        device.changed.track();
        let text = text.get();
        vault.with_value(|vault| look(vault, seeks, &text))
    });
    let is_chosen = move |id: RecordId| chosen.with(|chosen| chosen.contains(&id));
    let focus = move || {
        if let Some(input) = input.get_untracked() {
            let _ = input.focus();
            // What a scanner types next takes the place of what stands there.
            input.select();
        }
    };
    let pick = StoredValue::new(move |hits: Vec<Hit>| {
        let fresh: Vec<Hit> = hits.into_iter().filter(|hit| untrack(|| !is_chosen(hit.record))).collect();
        let (first, several) = (fresh.first().map(|hit| hit.name.clone()), fresh.len() as u64);
        for hit in fresh {
            on_pick(hit.record, hit);
        }
        // Whoever is gone with the page has nothing left to say.
        let told = match (first, several) {
            (None, _) => words.get(Key::FinderAlready),
            (Some(name), 1) => words.with(Key::FinderPicked, &[("name", &shown_name(words, &name))]),
            (Some(_), several) => words.count(Key::FinderPickedMany, several),
        };
        let _ = said.try_set(told);
        if many {
            text.try_set(String::new());
            focus();
        }
    });
    let pick = move |hits: Vec<Hit>| pick.with_value(|pick| pick(hits));
    // A slip that names one picks it at once, as soon as its last character is there.
    let at_once = move || {
        let one =
            found.with_untracked(|found| (found.slip && found.hits.len() == 1).then(|| found.hits.clone()));
        match one {
            Some(hits) => pick(hits),
            None => {
                if found.with_untracked(|found| found.slip) {
                    focus();
                }
            }
        }
    };
    let typed = move |typed: String| {
        said.set(String::new());
        text.set(typed.chars().take(LONGEST).collect());
        at_once();
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() != "Enter" {
            return;
        }
        // Around the box may be a form, which a scanner's Enter must not send.
        event.prevent_default();
        let (one, nobody) = found.with_untracked(|found| {
            ((found.hits.len() == 1).then(|| found.hits.clone()), found.hits.is_empty())
        });
        match one {
            Some(hits) => pick(hits),
            None if nobody && text.with_untracked(|text| GroupRef::parse(text).is_ok()) => {
                said.set(words.get(Key::FinderSlipUnknown));
                focus();
            }
            None => {}
        }
    };
    let status = move || {
        let told = said.get();
        if !told.is_empty() {
            return told;
        }
        if text.with(|text| text.trim().is_empty()) {
            return String::new();
        }
        match (found.with(|found| (found.slip, found.hits.len())), seeks) {
            ((_, 0), _) => words.get(Key::FinderNobody),
            ((true, people), Seeks::People) => words.count(Key::FinderFamily, people as u64),
            ((_, many), Seeks::People) if many >= SHOWN => words.get(Key::FinderMore),
            ((_, people), Seeks::People) => words.count(Key::Found, people as u64),
            ((_, groups), Seeks::Groups) => words.count(Key::FinderGroups, groups as u64),
        }
    };
    let whole = move || {
        let (slip, hits) = found.with(|found| (found.slip, found.hits.len()));
        (many && slip && seeks == Seeks::People && hits > 1).then(|| {
            let all = move |_| pick(found.with_untracked(|found| found.hits.clone()));
            view! {
                <button class="btn btn--primary btn--wide" type="button" on:click=all>
                    <Draw icon=Icon::People/>
                    {move || words.count(Key::FinderWhole, hits as u64)}
                </button>
            }
        })
    };
    let rows = move || {
        let hits = found.with(|found| found.hits.clone());
        (!hits.is_empty()).then(|| {
            let rows = hits.into_iter().map(|hit| {
                let record = hit.record;
                let on_click = { let hit = hit.clone(); move |_| pick(vec![hit.clone()]) };
                view! { <Row hit seeks many chosen=Signal::derive(move || is_chosen(record)) on_click/> }
            });
            view! { <ul class="rows finder__rows" aria-label=move || words.get(Key::FoundLabel)>{rows.collect_view()}</ul> }
        })
    };
    view! {
        <div class="finder stack" role="search" aria-label=move || words.get(label)>
            <div class="field wide">
                <label class="field__label" for=id>{move || words.get(label)}</label>
                <p class="field__hint" id=format!("{id}-hint")>{move || words.get(Key::FinderHint)}</p>
                <div class="search">
                    <Draw icon=Icon::Search/>
                    <input class="input input--big" id=id type="search" autocomplete="off" autocapitalize="none"
                        spellcheck="false" maxlength=LONGEST enterkeyhint="search" aria-describedby=format!("{id}-hint {id}-found")
                        node_ref=input prop:value=text
                        on:input=move |event| typed(event_target_value(&event)) on:keydown=on_key/>
                </div>
            </div>
            <Scan on_read=typed/>
            <p class="soft" id=format!("{id}-found") role="status">{status}</p>
            {whole}
            {rows}
        </div>
    }
}

/// How somebody is called; whose name is not known is said to have none.
fn shown_name(words: crate::words::Words, name: &str) -> String {
    if name.is_empty() { words.get(Key::NoNameYet) } else { name.to_owned() }
}

/// One that can be picked, as one big button.
#[component]
fn Row(
    hit: Hit,
    seeks: Seeks,
    many: bool,
    chosen: Signal<bool>,
    on_click: impl Fn(leptos::ev::MouseEvent) + 'static,
) -> impl IntoView {
    let (words, tables) = (use_words(), use_tables());
    let vault = use_vault_handle();
    let people = match seeks {
        Seeks::People => 0,
        Seeks::Groups => vault.with_value(|vault| vault.member_ids(hit.record).len() as u64),
    };
    let (born, sex, site) = (hit.born.clone(), hit.sex.clone(), hit.site.clone());
    let facts = move || {
        let born = PartialDate::from_text(&born).map(|born| when::partial(words, born));
        let sex = (!sex.is_empty()).then(|| tables.list_label("sex", &sex));
        let people = (people > 0).then(|| words.count(Key::People, people));
        let site = (!site.is_empty()).then(|| tables.label(Table::Sites, &site));
        let facts = match seeks {
            Seeks::People => [born, sex, site],
            Seeks::Groups => [people, site, None],
        };
        facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    let name = hit.name.clone();
    let title = move || match seeks {
        Seeks::People => shown_name(words, &name),
        Seeks::Groups => format!("{} {}", words.get(Key::Family), shown_name(words, &name)),
    };
    view! {
        <li>
            <button class="row row--button" type="button" aria-pressed=move || many.then(|| chosen.get().to_string()) on:click=on_click>
                <Face name=hit.name.clone() lead={seeks == Seeks::Groups}/>
                <span class="row__main">
                    <bdi class="row__title">{title}</bdi>
                    <span class="row__meta">
                        <span class="code ltr">{grouped(&hit.group_ref)}</span>
                        <span class="soft">{facts}</span>
                        <crate::pages::conflicts::Mark shown=hit.in_conflict/>
                    </span>
                </span>
                {move || chosen.get().then(|| view! { <span class="chip chip--here">{words.get(Key::FinderIn)}</span> })}
                {move || match (chosen.get(), many) {
                    (true, _) => view! { <Draw icon=Icon::Check/> },
                    (false, true) => view! { <Draw icon=Icon::Plus/> },
                    (false, false) => view! { <Draw icon=Icon::Chevron class="icon--go"/> },
                }}
            </button>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(record: u8, group: Option<u8>) -> Hit {
        Hit {
            record: RecordId([record; 16]),
            group: group.map(|group| RecordId([group; 16])),
            name: String::new(),
            born: String::new(),
            sex: String::new(),
            nationality: Vec::new(),
            site: String::new(),
            group_ref: String::new(),
            why: Vec::new(),
            here: true,
            in_conflict: false,
        }
    }

    #[test]
    fn a_family_is_offered_once_whoever_of_it_was_found_and_a_family_without_people_is_no_person() {
        let hits = || vec![hit(1, Some(9)), hit(2, Some(9)), hit(8, Some(8)), hit(3, None)];
        let ids = |seeks| offered(seeks, hits()).iter().map(|hit| hit.record.0[0]).collect::<Vec<_>>();
        assert_eq!(ids(Seeks::People), [1, 2, 3]);
        assert_eq!(ids(Seeks::Groups), [9, 8, 3]);
    }
}
