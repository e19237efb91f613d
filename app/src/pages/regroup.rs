//! Moving people of a group: to another group, to a group of their own, or all of them into another.
//!
//! Each is one entry, made of what lies on the device, and can be undone from here and from the history.

mod asking;
mod finding;
mod whereabouts;

pub use whereabouts::Whereabouts;

use super::group::NotHere;
use super::history::{Names, Undone, called, refusal, undo_entry};
use crate::components::{Back, Draw, ErrorSummary, Icon};
use crate::device::{use_device, use_vault, use_vault_handle};
use crate::forms::use_forms;
use crate::pages::trouble::{NotRead, explain};
use crate::when;
use crate::words::{Key, use_words};
use asking::{People, Relations, Several, Ways, Whose};
use domain::regroup::{CannotRegroup, NewGroup, Parting};
use domain::{Change, Entry, EntryId, Field, GroupRef, Kind, Record, RecordId, Value};
use finding::{Finding, Target};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use std::collections::{BTreeMap, BTreeSet};
use store::Note;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Some go over to another group.
    Move,
    /// Some become a group of their own.
    Split,
    /// All go over to another group.
    Merge,
}

/// What was chosen so far. Nothing of it is a draft: it is chosen in a minute, and nothing is typed.
#[derive(Clone, Copy)]
pub struct Choice {
    way: RwSignal<Way>,
    leaving: RwSignal<BTreeSet<RecordId>>,
    target: RwSignal<Option<Target>>,
    focal_new: RwSignal<Option<RecordId>>,
    focal_staying: RwSignal<Option<RecordId>>,
    relations: RwSignal<BTreeMap<RecordId, String>>,
}

/// The page.
#[component]
pub fn Regroup() -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    crate::desk::title(words, Key::RegroupTitle);
    let id =
        use_params_map().with_untracked(|params| params.get("group").and_then(|id| RecordId::parse(&id)));
    // Read once: what arrives meanwhile must not change the form under somebody's hand.
    let loaded = LocalResource::new(move || {
        let vault = vault.clone();
        async move {
            let Some(id) = id else { return Ok(None) };
            vault.case(id).await.map_err(|error| explain(&error))
        }
    });
    move || {
        Some(match loaded.get()? {
            Ok(Some(case)) if case.first().is_some_and(|record| record.kind == Kind::GROUP) => {
                view! { <Form case/> }.into_any()
            }
            Ok(_) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

/// A group as it was read, and the ids that are fixed with the form: two taps make one entry.
struct Held {
    group: Record,
    members: Vec<Record>,
    rows: Vec<Record>,
    entry: EntryId,
    new_group: RecordId,
    reference: GroupRef,
    site: String,
}

impl Held {
    /// What the choice states; the other group, and how many go there.
    fn plan(&self, choice: Choice) -> Result<(Vec<Change>, RecordId, usize), CannotRegroup> {
        let (leaving, relations) = (choice.leaving.get_untracked(), choice.relations.get_untracked());
        let parting = Parting {
            group: &self.group,
            members: &self.members,
            leaving: &leaving,
            focal_of_staying: choice.focal_staying.get_untracked(),
            relations: &relations,
            today: when::today(),
        };
        let target = choice.target.get_untracked().ok_or(CannotRegroup::NoSuchGroup);
        match choice.way.get_untracked() {
            Way::Move => {
                if leaving.is_empty() {
                    return Err(CannotRegroup::NobodyLeaves);
                }
                let target = target?;
                Ok((parting.move_to(&target.group)?, target.group.id, leaving.len()))
            }
            Way::Merge => {
                let target = target?;
                Ok((parting.merge_into(&target.group, &self.rows)?, target.group.id, self.members.len()))
            }
            Way::Split => {
                // Nobody chosen yet: who speaks for them is asked once somebody is.
                if leaving.is_empty() {
                    return Err(CannotRegroup::NobodyLeaves);
                }
                let focal_point = choice.focal_new.get_untracked().ok_or(CannotRegroup::FocalPointMissing)?;
                let new = NewGroup {
                    record: self.new_group,
                    reference: self.reference,
                    focal_point,
                    site: &self.site,
                };
                Ok((parting.split_off(&new)?, self.new_group, leaving.len()))
            }
        }
    }

    /// Whether those who stay must choose, and whose relationship is asked again.
    fn asked(&self, choice: Choice) -> (bool, Vec<RecordId>) {
        let everybody: BTreeSet<RecordId> = self.members.iter().map(|member| member.id).collect();
        let way = choice.way.get();
        let leaving = if way == Way::Merge { everybody } else { choice.leaving.get() };
        let relations = BTreeMap::new();
        let parting = Parting {
            group: &self.group,
            members: &self.members,
            leaving: &leaving,
            focal_of_staying: choice.focal_staying.get(),
            relations: &relations,
            today: when::today(),
        };
        let there = match way {
            Way::Split => choice.focal_new.get(),
            Way::Move | Way::Merge => {
                choice.target.with(|target| target.as_ref().and_then(Target::focal_point))
            }
        };
        // Until it is known to whom, a relationship cannot be told.
        let known = |id: &RecordId| there.is_some() || !leaving.contains(id);
        (parting.asks_focal_point(), parting.asked_again(there).into_iter().filter(known).collect())
    }
}

/// Where a fault is shown, and its sentence.
fn fault_of(fault: CannotRegroup, choice: Choice) -> (&'static str, Key) {
    let split = choice.way.get_untracked() == Way::Split;
    match fault {
        CannotRegroup::NobodyLeaves | CannotRegroup::NotOfThisGroup => ("who", Key::RegroupFaultNobody),
        CannotRegroup::NobodyStays if split => ("who", Key::RegroupFaultSplitAll),
        CannotRegroup::NobodyStays => ("who", Key::RegroupFaultAll),
        CannotRegroup::FocalPointMissing if split && choice.focal_new.get_untracked().is_none() => {
            ("focal-new", Key::FaultFocalPointMissing)
        }
        CannotRegroup::FocalPointMissing => ("focal-staying", Key::FaultFocalPointMissing),
        CannotRegroup::SameGroup => ("where", Key::RegroupFaultTarget),
        CannotRegroup::NoSuchGroup if choice.target.with_untracked(Option::is_some) => {
            ("where", Key::RegroupFaultGone)
        }
        CannotRegroup::NoSuchGroup => ("where", Key::RegroupFaultTarget),
    }
}

#[component]
fn Form(case: Vec<Record>) -> impl IntoView {
    let words = use_words();
    let device = use_device();
    let vault = use_vault_handle();
    let now = when::now();
    let mut records = case.into_iter();
    let group = records.next().unwrap_or_else(|| Record::new(RecordId([0; 16]), Kind::GROUP));
    let (members, rows): (Vec<Record>, Vec<Record>) =
        records.partition(|record| record.kind == Kind::INDIVIDUAL);
    let id = group.id;
    let merged = group.shown(Field::MERGED_INTO).and_then(Value::as_ref);
    let title = called(&group);
    let note_name = title.clone().unwrap_or_default();
    let own_site = vault.with_value(|vault| vault.identity().site.clone());
    let recorded_site = group.shown(Field::SITE).and_then(Value::as_text).unwrap_or_default().to_owned();
    let site = if own_site.is_empty() { recorded_site } else { own_site };
    let people = People::of(&members);
    let held = StoredValue::new_local(Held {
        entry: EntryId::fresh(now, store::random()),
        new_group: RecordId::fresh(now, store::random()),
        reference: GroupRef::fresh(store::random()),
        group,
        members,
        rows,
        site,
    });
    let choice = Choice {
        way: RwSignal::new(Way::Move),
        leaving: RwSignal::new(BTreeSet::new()),
        target: RwSignal::new(None),
        focal_new: RwSignal::new(None),
        focal_staying: RwSignal::new(None),
        relations: RwSignal::new(BTreeMap::new()),
    };
    let asked = Memo::new(move |_| held.with_value(|held| held.asked(choice)));
    let fault = RwSignal::new(None::<(&'static str, Key)>);
    let checks = RwSignal::new(0_usize);
    let trouble = RwSignal::new(None::<Key>);
    let busy = RwSignal::new(false);
    let done = RwSignal::new(None::<Done>);
    let faults = Signal::derive(move || {
        let found = fault.get().into_iter();
        found.map(|(id, key)| (id.to_owned(), words.get(key))).collect::<Vec<_>>()
    });
    let fault_at = move |id: &'static str| {
        Signal::derive(move || fault.get().filter(|(at, _)| *at == id).map(|(_, key)| words.get(key)))
    };
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        checks.update(|checks| *checks += 1);
        let planned = held.with_value(|held| held.plan(choice));
        let (changes, other, count) = match planned {
            Ok(plan) => plan,
            Err(found) => {
                fault.set(Some(fault_of(found, choice)));
                return;
            }
        };
        fault.set(None);
        busy.set(true);
        let vault = vault.get_value();
        let me = vault.identity();
        let way = choice.way.get_untracked();
        let act = match way {
            Way::Move => "group_moved",
            Way::Split => "group_split",
            Way::Merge => "group_merged",
        };
        let entry = Entry {
            id: held.with_value(|held| held.entry),
            author: me.user,
            enrolment: me.enrolment,
            at: when::now(),
            changes,
        };
        let note = Note { person: note_name.clone(), act: act.into(), record: id };
        let reference = held.with_value(|held| held.reference);
        leptos::task::spawn_local(async move {
            match vault.save(&entry, note, None).await {
                Ok(_) => {
                    device.courier().saved(device);
                    done.set(Some(Done { way, group: id, other, count, reference, entry: entry.id }));
                }
                Err(error) => trouble.set(Some(explain(&error))),
            }
            busy.set(false);
        });
    };
    let do_it = move || {
        words.get(match choice.way.get() {
            Way::Move => Key::RegroupDoMove,
            Way::Split => Key::RegroupDoSplit,
            Way::Merge => Key::RegroupDoMerge,
        })
    };
    let way = choice.way;
    let stays = move |id: &RecordId| !choice.leaving.with(|leaving| leaving.contains(id));
    let goes = move |id: &RecordId| choice.leaving.with(|leaving| leaving.contains(id));
    let (everybody, staying, leaving, related) =
        (people.clone(), people.clone(), people.clone(), people.clone());
    let focal_names = people;
    let form = move || {
        let (everybody, staying, leaving, related) =
            (everybody.clone(), staying.clone(), leaving.clone(), related.clone());
        let on_submit = on_submit.clone();
        let focal_names = focal_names.clone();
        view! {
            <p class="soft">{move || words.get(Key::RegroupText)}</p>
            <ErrorSummary faults on_follow=|_| {} checks/>
            <form class="stack" novalidate on:submit=on_submit>
                <Ways way/>
                <Show when=move || way.get() != Way::Merge>
                    <Several id="who" legend=Key::RegroupWho people=everybody.clone() chosen=choice.leaving fault=fault_at("who")/>
                </Show>
                <Show when=move || way.get() != Way::Split>
                    <Finding own=id target=choice.target fault=fault_at("where")/>
                </Show>
                {
                    let leaving = leaving.clone();
                    move || (way.get() == Way::Split && choice.leaving.with(|leaving| !leaving.is_empty())).then(|| view! {
                        <Whose id="focal-new" legend=Key::RegroupFocalNew people=leaving.only(goes)
                            chosen=choice.focal_new fault=fault_at("focal-new")/>
                    })
                }
                {
                    let staying = staying.clone();
                    move || (way.get() != Way::Merge && asked.with(|(asks, _)| *asks)).then(|| view! {
                        <Whose id="focal-staying" legend=Key::RegroupFocalStaying people=staying.only(stays)
                            chosen=choice.focal_staying fault=fault_at("focal-staying")/>
                    })
                }
                {
                    let (related, focal_names) = (related.clone(), focal_names.clone());
                    move || {
                        let again = asked.with(|(_, again)| again.clone());
                        (!again.is_empty()).then(|| view! {
                            <Relations people=related.only(|id| again.contains(id)) focal_names=focal_names.clone() choice/>
                        })
                    }
                }
                <div class="actions">
                    <p class="actions__said" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
                    <button class="btn btn--primary" type="submit" aria-busy=move || busy.get().to_string()>
                        <Draw icon=Icon::Check/>
                        {do_it}
                    </button>
                </div>
            </form>
        }
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href=format!("/groups/{id}") label=Signal::derive(move || words.get(Key::Family))/>
                    <h1 tabindex="-1">{move || words.get(Key::RegroupTitle)}</h1>
                    <p class="line"><span class="code">{title}</span></p>
                </div>
            </div>
            {move || match (done.get(), merged) {
                (Some(done), _) => view! { <Finished done/> }.into_any(),
                (None, Some(into)) => view! { <Gone into/> }.into_any(),
                (None, None) => form().into_any(),
            }}
        </main>
    }
}

/// A group whose people went over to another one has nobody to move.
#[component]
pub fn Gone(
    /// The other group.
    into: RecordId,
) -> impl IntoView {
    let words = use_words();
    view! {
        <div class="notice notice--attention">
            <Draw icon=Icon::People/>
            <p class="notice__text">
                {move || words.get(Key::GroupMergedInto)}" "
                <A href=format!("/groups/{into}")>{move || words.get(Key::GroupSeeOther)}</A>
            </p>
        </div>
    }
}

/// What was done.
#[derive(Clone, Copy, PartialEq)]
struct Done {
    way: Way,
    group: RecordId,
    other: RecordId,
    count: usize,
    reference: GroupRef,
    entry: EntryId,
}

/// It is done, and can be undone.
#[component]
fn Finished(done: Done) -> impl IntoView {
    let words = use_words();
    let forms = use_forms();
    let device = use_device();
    let vault = use_vault_handle();
    let undone = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Undone>);
    let as_entry = EntryId::fresh(when::now(), store::random());
    let heading = NodeRef::<leptos::html::H2>::new();
    Effect::new(move |_| {
        undone.track();
        if let Some(heading) = heading.get() {
            let _ = heading.focus();
        }
    });
    let undo = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let vault = vault.get_value();
        leptos::task::spawn_local(async move {
            match undo_entry(&vault, forms, done.entry, done.group, as_entry).await {
                Ok(()) => {
                    device.courier().saved(device);
                    trouble.set(None);
                    undone.set(true);
                }
                Err(why) => trouble.set(Some(why)),
            }
            busy.set(false);
        });
    };
    let said = move || match done.way {
        _ if undone.get() => words.get(Key::UndoDone),
        Way::Move => words.count(Key::RegroupDoneMoved, done.count as u64),
        Way::Split => words.with(Key::RegroupDoneSplit, &[("ref", &done.reference.to_string())]),
        Way::Merge => words.get(Key::RegroupDoneMerged),
    };
    let why = move || trouble.get().map(|why| refusal(words, forms, &why, &Names::new()));
    view! {
        <section class="card saved" aria-labelledby="done">
            <span class="saved__sign"><Draw icon=Icon::Check/></span>
            <div role="status"><h2 id="done" tabindex="-1" node_ref=heading>{said}</h2></div>
            <p class="field__error" role="alert">{why}</p>
            <div class="line line--center">
                <A href=format!("/groups/{}", done.group) attr:class="btn btn--primary">
                    {move || words.get(Key::RegroupSeeThis)}
                </A>
                <A href=format!("/groups/{}", done.other) attr:class="btn">
                    {move || words.get(Key::RegroupSeeOther)}
                </A>
                <Show when=move || !undone.get()>
                    <button class="btn" type="button" on:click=undo aria-busy=move || busy.get().to_string()>
                        <Draw icon=Icon::Undo/>
                        {move || words.get(Key::Undo)}
                    </button>
                </Show>
            </div>
        </section>
    }
}
