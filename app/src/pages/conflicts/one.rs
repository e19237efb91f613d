//! One record in conflict: all its fields at once, and one entry for what is decided on the page.

use super::choice::{Fate, NotStated, stated};
use super::field::{Choices, OneField};
use super::is_decided_here;
use super::removed::Removed;
use super::saying::Saying;
use crate::components::{Back, Draw, Icon, Notice};
use crate::device::{use_device, use_vault};
use crate::forms::{Forms, use_forms};
use crate::pages::case::Work;
use crate::pages::elsewhere::is_lent;
use crate::pages::group::NotHere;
use crate::pages::history::called;
use crate::pages::individual::record_name;
use crate::pages::reading::reader;
use crate::pages::trouble::{NotRead, explain};
use crate::reads::Reading;
use crate::tables::{Tables, use_tables};
use crate::when;
use crate::words::{Key, Words, use_words};
use domain::case::CaseDraft;
use domain::catalogue::{Form, Stage};
use domain::conflict::{CannotDecide, Dispute, disputes, removal};
use domain::service::Referral;
use domain::{Act, DraftId, Entry, EntryId, Field, Kind, Record, RecordId, Role, Subject, UserId, may};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use seal::Why;
use std::collections::BTreeMap;
use std::rc::Rc;
use store::{Note, StoreError, Vault};

/// A record with what is needed to decide about it.
#[derive(Clone, PartialEq)]
struct Read {
    record: Record,
    /// The group that it belongs to, with everything of it that lies here; empty where it does not.
    case: Vec<Record>,
    /// Other records that its values name.
    others: BTreeMap<RecordId, String>,
    sites: BTreeMap<UserId, String>,
}

impl Read {
    async fn of(vault: &Vault, id: RecordId) -> Result<Option<Read>, StoreError> {
        let Some(record) = vault.record(id).await? else { return Ok(None) };
        let group = match record.kind {
            Kind::GROUP => Some(id),
            Kind::INDIVIDUAL => Subject::of(&record).reference(Field::GROUP),
            _ => match Subject::of(&record).owner {
                Some(owner) => match vault.record(owner).await? {
                    Some(owner) if owner.kind == Kind::GROUP => Some(owner.id),
                    Some(owner) => Subject::of(&owner).reference(Field::GROUP),
                    None => None,
                },
                None => None,
            },
        };
        let case = match group {
            Some(group) => vault.case(group).await?.unwrap_or_default(),
            None => Vec::new(),
        };
        let mut named: Vec<RecordId> = Vec::new();
        for value in record.fields().flat_map(|field| record.known(field)).map(|stated| &stated.value) {
            named.extend(value.as_ref());
            named
                .extend(value.as_codes().unwrap_or_default().iter().filter_map(|code| RecordId::parse(code)));
        }
        let others = vault.records(&named).await?;
        let others = others.iter().chain(&case).filter_map(|it| Some((it.id, called(it)?))).collect();
        let mut sites: BTreeMap<UserId, String> =
            vault.colleagues().await.unwrap_or_default().into_iter().map(|it| (it.user, it.site)).collect();
        let me = vault.identity();
        sites.insert(me.user, me.site.clone());
        Ok(Some(Read { record, case, others, sites }))
    }
}

/// The page.
#[component]
pub fn Decide() -> impl IntoView {
    let (words, device, vault) = (use_words(), use_device(), use_vault());
    crate::desk::title(words, Key::DecideTitle);
    let params = use_params_map();
    let id =
        Memo::new(move |_| params.with(|params| params.get("record").and_then(|id| RecordId::parse(&id))));
    let reading = Reading::of_page(Why::Person);
    let loaded = LocalResource::new(move || {
        device.changed.track();
        let (vault, id) = (vault.clone(), id.get());
        async move {
            let Some(id) = id else { return Ok(None) };
            let read = Read::of(&vault, id).await.map_err(|error| explain(&error))?;
            if let Some(read) = &read {
                reading.opened(&vault, Subject::of(&read.record).owner.unwrap_or(id));
            }
            Ok(read)
        }
    });
    // Drawn anew only when something of it changed: what somebody is choosing stays.
    let read = Memo::new(move |_| loaded.get());
    move || {
        Some(match read.get()? {
            Ok(Some(read)) => view! { <One read/> }.into_any(),
            Ok(None) => view! { <NotHere/> }.into_any(),
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

/// Where the record is shown whole.
fn whole(record: &Record, owner: Option<RecordId>) -> String {
    let id = record.id;
    match record.kind {
        Kind::GROUP => format!("/groups/{id}"),
        Kind::INDIVIDUAL => format!("/people/{id}"),
        Kind::REFERRAL => format!("/referrals/{id}"),
        Kind::SESSION => format!("/sessions/{id}"),
        Kind::ASSISTANCE => format!("/assistance/{id}"),
        Kind::DISTRIBUTION => format!("/distributions/{id}"),
        _ => owner.map_or_else(|| "/conflicts".to_owned(), |owner| format!("/people/{owner}")),
    }
}

/// Why whoever has unlocked does not decide about a record here.
fn refused(vault: &Vault, read: &Read) -> Option<Key> {
    let record = &read.record;
    let role = Role::from_code(vault.identity().role).unwrap_or(Role::Verifier);
    let group = read.case.first().filter(|record| record.kind == Kind::GROUP);
    let by_itself = Referral::of(record).is_some_and(|it| !it.is_being_written());
    if group.is_some_and(|group| is_lent(vault, group.id)) {
        Some(Key::DecideReadOnly)
    } else if !is_decided_here(record.kind) || by_itself {
        Some(Key::DecideOwnPage)
    } else if !may(role, Act::Amend, record.kind) {
        Some(Key::DecideNotYours)
    } else {
        None
    }
}

/// The questions of the group's programme.
fn forms_of(case: &[Record], tables: Tables) -> Forms {
    let programme = case.first().map(Subject::of).map(|group| group.text(Field::PROGRAMME).to_owned());
    match programme.as_deref().unwrap_or_default() {
        "" => use_forms(),
        programme => Forms::of(tables.for_programme(programme)),
    }
}

#[component]
fn One(read: Read) -> impl IntoView {
    let (words, device, vault, reader) = (use_words(), use_device(), use_vault(), reader());
    let forms = forms_of(&read.case, use_tables());
    let refused = refused(&vault, &read);
    let Read { record, case, others, sites } = read;
    let saying = Saying { words, forms, reader, names: Rc::new(others), sites: Rc::new(sites) };
    let owner = Subject::of(&record).owner;
    let name = called(&record).or_else(|| saying.names.get(&owner?).cloned()).unwrap_or_default();
    let group = case.first().filter(|record| record.kind == Kind::GROUP).cloned();
    let work = group.filter(|_| refused.is_none() && case.iter().any(|it| it.id == record.id)).map(|group| {
        let (draft, entry) =
            (DraftId::fresh(when::now(), store::random()), EntryId::fresh(when::now(), store::random()));
        let draft = CaseDraft::over(draft, entry, &group, Stage::Full, when::now());
        Work::new(draft, case.clone(), vault.clone(), device, forms)
    });
    let (seen, hidden): (Vec<Dispute>, Vec<Dispute>) =
        disputes(&record).into_iter().partition(|it| reader.sees(forms, &record, it.field));
    let hidden = hidden.len() as u64;
    let removed = removal(&record).filter(|_| hidden == 0);
    let of_removal =
        |it: &Dispute| removed.is_some_and(|gone| it.said().any(|(_, said)| said.entry == gone.entry));
    let asked: Vec<Dispute> = seen.iter().filter(|it| !of_removal(it)).cloned().collect();
    let nothing = seen.is_empty() && hidden == 0;
    let may_decide = refused.is_none();
    let choices: Choices = RwSignal::new(BTreeMap::new());
    let fate = RwSignal::new(None::<Fate>);
    let fault = RwSignal::new(None::<(Field, String)>);
    let trouble = RwSignal::new(None::<Key>);
    let busy = RwSignal::new(false);
    // Fixed when the page is opened: two taps are one decision.
    let as_entry = EntryId::fresh(when::now(), store::random());
    let (kept, called) = (StoredValue::new(record.clone()), name.clone());
    let handle = StoredValue::new_local(vault);
    let save = move |_| {
        if busy.get_untracked() {
            return;
        }
        fault.set(None);
        trouble.set(None);
        let form = |field| forms.spec(field).map_or(Form::Text, |spec| spec.form);
        let record = kept.get_value();
        let changes =
            choices.with_untracked(|chosen| stated(&record, chosen, fate.get_untracked(), work, &form));
        let changes = match changes {
            Ok(changes) => changes,
            Err(why) => return say(words, forms, &why, fault, trouble),
        };
        let vault = handle.get_value();
        let me = vault.identity();
        let entry =
            Entry { id: as_entry, author: me.user, enrolment: me.enrolment, at: when::now(), changes };
        let person = if called.is_empty() { record_name(&record) } else { called.clone() };
        let note = Note { person, act: "decided".into(), record: record.id };
        busy.set(true);
        leptos::task::spawn_local(async move {
            match vault.save(&entry, note, None).await {
                Ok(_) => device.courier().saved(device),
                Err(error) => {
                    let _ = trouble.try_set(Some(explain(&error)));
                    let _ = busy.try_set(false);
                }
            }
        });
    };
    let href = whole(&record, owner);
    let (title, kind) = (name.clone(), record.kind);
    // Of what is not for whoever reads nobody says what it is.
    let is_named =
        kind != Kind::INDIVIDUAL && forms.sight(reader.role, reader.user, |sight| sight.record(&record));
    let sections: Vec<_> = asked
        .into_iter()
        .map(|dispute| {
            let (record, saying) = (record.clone(), saying.clone());
            view! { <OneField record dispute choices may=may_decide work fault=fault.into() saying/> }
        })
        .collect();
    let at_all = !sections.is_empty() || removed.is_some();
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href="/conflicts" label=Signal::derive(move || words.get(Key::DecideTitle))/>
                    <h1 tabindex="-1">
                        <bdi>{move || if title.is_empty() { words.get(Key::NoNameYet) } else { title.clone() }}</bdi>
                    </h1>
                    {is_named.then(|| view! { <p class="soft">{move || forms.kind_one(kind)}</p> })}
                </div>
                <A href=href.clone() attr:class="btn">{move || words.get(Key::DecideWhole)}</A>
            </div>
            {nothing.then(|| view! {
                <div class="card empty">
                    <Draw icon=Icon::Check/>
                    <p role="status">{move || words.get(Key::DecideDone)}</p>
                </div>
            })}
            {refused.filter(|_| !nothing).map(|key| view! {
                <Notice class="notice--attention" icon=Icon::Lock>{move || words.get(key)}</Notice>
            })}
            {removed.filter(|_| may_decide).map(|_| {
                let (what, saying) = (forms.kind_one(kind), saying.clone());
                view! { <Removed what saying fate/> }
            })}
            {sections}
            {(hidden != 0).then(|| view! {
                <p class="note line"><Draw icon=Icon::Lock/>{move || words.count(Key::ReservedNotes, hidden)}</p>
            })}
            {(may_decide && at_all).then(|| view! {
                <div class="decide__end">
                    <p class="field__error" role="alert">{move || trouble.get().map(|key| words.get(key))}</p>
                    <button class="btn btn--primary" type="button" id="decide-save" on:click=save
                        aria-busy=move || busy.get().to_string()>
                        {move || words.get(Key::DecideSave)}
                    </button>
                    <p class="note">{move || words.get(Key::DecideKept)}</p>
                </div>
            })}
        </main>
    }
}

/// Says why nothing was stated: beside the field it is about, or beside the button.
fn say(
    words: Words,
    forms: Forms,
    why: &NotStated,
    fault: RwSignal<Option<(Field, String)>>,
    trouble: RwSignal<Option<Key>>,
) {
    let beside = |field: Field, key: Key| {
        fault.set(Some((field, words.with(key, &[("field", &forms.label(field))]))));
    };
    match why {
        NotStated::Cannot(CannotDecide::NothingChosen) => trouble.set(Some(Key::DecideNothingChosen)),
        NotStated::Cannot(CannotDecide::NothingToDecide(field)) => beside(*field, Key::DecideGone),
        NotStated::Cannot(CannotDecide::OnlyOne(field)) => beside(*field, Key::DecideOnlyOne),
        NotStated::Cannot(CannotDecide::TooMany(field)) => beside(*field, Key::DecideTooMany),
        NotStated::Empty(field) => beside(*field, Key::DecideWrite),
        NotStated::Unreadable(field) => {
            crate::components::parts::focus_later(format!("decide-{}-title", field.0));
        }
        NotStated::NotKnown => trouble.set(Some(Key::DecideNotKnown)),
    }
}
