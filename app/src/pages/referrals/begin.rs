//! What the form of a referral begins with: what is recorded of whom it is about, and what was kept of it before.

use super::Me;
use super::form::Form;
use super::list::BegunOnes;
use crate::components::{Back, Draw, Icon};
use crate::device::use_vault;
use crate::pages::elsewhere::{OnlyLent, is_lent};
use crate::pages::group::NotHere;
use crate::pages::history::called;
use crate::pages::keeper::Draft;
use crate::pages::trouble::{NotRead, explain};
use crate::when;
use crate::words::{Key, use_words};
use domain::service::Referral;
use domain::service::referral::{Fresh, ReferralDraft, Status};
use domain::{DraftId, EntryId, Field, Kind, Record, RecordId, Subject};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use store::{DraftItem, DraftNote, StoreError, Vault};

/// What is typed, and whom it is about, for the list of drafts.
#[derive(Clone, PartialEq)]
pub struct Writing {
    /// Names the draft.
    pub id: DraftId,
    /// Whom it is about, as shown; empty for somebody who is typed in here.
    pub name: String,
    /// The page that goes on with it, without its first slash.
    pub page: String,
    /// What is typed.
    pub draft: ReferralDraft,
}

impl Draft for Writing {
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
        let told = &self.draft.told;
        let name = if self.name.is_empty() {
            domain::name::display_name(&told.given, &told.surname, "")
        } else {
            self.name.clone()
        };
        DraftNote { title: name, form: format!("refer/{}", self.page), step: 1 }
    }

    fn is_empty(&self) -> bool {
        self.draft.is_empty()
    }
}

/// Where what is shared comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Records that are held.
    Records(Records),
    /// What is typed on the page.
    Typed,
    /// What another referral shared.
    Parent(Box<Record>),
}

/// Everything of somebody that may be shared, as far as whoever refers may see it, and what they agreed to.
#[derive(Clone, Debug, PartialEq)]
pub struct Records {
    /// Whom it is about.
    pub person: Record,
    /// The others of their group.
    pub others: Vec<Record>,
    /// Their papers and needs.
    pub rows: Vec<Record>,
    /// Their group.
    pub group: Option<Record>,
    /// Consents of theirs and of the group's.
    pub consents: Vec<Record>,
}

/// What the form begins with.
#[derive(Clone)]
pub struct Begun {
    /// What is typed.
    pub writing: Writing,
    /// The referral as it was kept before.
    pub held: Option<Record>,
    /// Where what is shared comes from.
    pub source: Source,
    /// It goes back to whoever sent the parent.
    pub back: bool,
    /// The one that was to be gone on with was sent before: this is another.
    pub anew: bool,
    /// Who refers.
    pub me: Me,
}

/// What was written of a referral before.
struct Written {
    draft: ReferralDraft,
    /// Whether that lies on the device.
    kept: bool,
    /// The referral as it was kept before.
    held: Option<Record>,
    /// The one that was asked for was sent before.
    anew: bool,
}

#[derive(Clone)]
enum Found {
    Begun(Box<Begun>),
    /// Several may be gone on with.
    Which(Vec<DraftItem>),
    Lent(RecordId),
    Nothing,
}

/// What the address of a page asks for.
#[derive(Clone, Copy, PartialEq)]
struct Wanted {
    kept: Option<RecordId>,
    parent: Option<RecordId>,
    back: bool,
}

/// A referral of somebody whose record is held: `/people/:person/refer`.
#[component]
pub fn Refer() -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    crate::desk::title(words, Key::ReferTitle);
    let about =
        use_params_map().with_untracked(|params| params.get("person").and_then(|id| RecordId::parse(&id)));
    let kept = query("draft");
    let loaded = LocalResource::new(move || {
        let vault = vault.clone();
        async move {
            match about {
                Some(about) => of_records(&vault, about, kept).await,
                None => Ok(Found::Nothing),
            }
        }
    });
    move || loaded.get().map(|found| shown(found, None))
}

/// A referral by who holds no record of the person, or one that goes on from another: `/refer`.
#[component]
pub fn ReferHere() -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    crate::desk::title(words, Key::ReferTitle);
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        query.with(|query| {
            let id = |name: &str| query.get(name).and_then(|id| RecordId::parse(&id));
            Wanted { kept: id("draft"), parent: id("parent"), back: query.get("back").is_some() }
        })
    });
    let another = RwSignal::new(false);
    let loaded = LocalResource::new(move || {
        let (vault, wanted, another) = (vault.clone(), wanted.get(), another.get());
        async move {
            // Two people are never mixed in one: whoever left one unfinished says which it is.
            if wanted.kept.is_none() && wanted.parent.is_none() && !another {
                let begun = begun_here(&vault).await?;
                if !begun.is_empty() {
                    return Ok(Found::Which(begun));
                }
            }
            of_nobody(&vault, wanted).await
        }
    });
    move || loaded.get().map(|found| shown(found, Some(another)))
}

/// What was begun here of people of whom no record is held.
async fn begun_here(vault: &Vault) -> Result<Vec<DraftItem>, Key> {
    let mut drafts = vault.drafts().await.map_err(|error| explain(&error))?;
    drafts.retain(|draft| draft.note.form.starts_with("refer/refer?draft="));
    Ok(drafts)
}

fn query(name: &'static str) -> Option<RecordId> {
    use_query_map().with_untracked(|query| query.get(name).and_then(|id| RecordId::parse(&id)))
}

fn shown(found: Result<Found, Key>, another: Option<RwSignal<bool>>) -> AnyView {
    match found {
        Ok(Found::Which(begun)) => view! { <Which begun another=another.unwrap_or_default()/> }.into_any(),
        Ok(Found::Begun(begun)) => view! { <Form begun=*begun/> }.into_any(),
        Ok(Found::Lent(group)) => view! { <OnlyLent group/> }.into_any(),
        Ok(Found::Nothing) => view! { <NotHere/> }.into_any(),
        Err(key) => view! { <NotRead key/> }.into_any(),
    }
}

/// Asks whether to go on with one or to begin another.
#[component]
fn Which(begun: Vec<DraftItem>, another: RwSignal<bool>) -> impl IntoView {
    let words = use_words();
    view! {
        <main class="page refer" id="main" tabindex="-1">
            <div class="page__head">
                <div>
                    <Back href="/referrals" label=Signal::derive(move || words.get(Key::ReferListTitle))/>
                    <h1 tabindex="-1">{move || words.get(Key::ReferTitle)}</h1>
                    <p>{move || words.get(Key::ReferWhichDraft)}</p>
                </div>
                <button class="btn btn--primary" type="button" on:click=move |_| another.set(true)>
                    <Draw icon=Icon::Plus/>
                    {move || words.get(Key::ReferAnother)}
                </button>
            </div>
            <BegunOnes found=begun/>
        </main>
    }
}

fn fresh() -> Fresh {
    let now = when::now();
    Fresh {
        record: RecordId::fresh(now, store::random()),
        entry: EntryId::fresh(now, store::random()),
        consent: RecordId::fresh(now, store::random()),
        number: store::random(),
        code: store::random(),
    }
}

/// The referral that was kept before, if it is one, and what is typed over it: what was kept at a pause goes before what
/// was kept as a record. One that was sent meanwhile is not written on: what is typed is another one then.
async fn written(
    vault: &Vault,
    id: DraftId,
    owner: Option<RecordId>,
    record: Option<RecordId>,
    fresh: Fresh,
) -> Result<Written, Key> {
    let held = match record {
        Some(record) => vault.record(record).await.map_err(|error| explain(&error))?,
        None => None,
    };
    let is_kept = |held: &Record| Referral::of(held).is_some_and(|it| it.status() == Status::Draft);
    let anew = held.as_ref().is_some_and(|held| !is_kept(held));
    let held = held.filter(is_kept);
    // One that cannot be read now must not be written over.
    let typed = match vault.draft(id).await.map_err(|error| explain(&error))? {
        Some((bytes, _)) => Some(ReferralDraft::from_bytes(&bytes).ok_or(Key::DraftUnreadable)?),
        None => None,
    };
    let kept = typed.is_some();
    let blank = ReferralDraft::new(owner, fresh);
    let draft = match typed {
        Some(draft) if anew => {
            let ReferralDraft { record, entry, consent, number, code, .. } = blank;
            ReferralDraft { record, entry, consent, number, code, ..draft }
        }
        Some(draft) => draft,
        None => held.as_ref().and_then(|held| ReferralDraft::over(held, fresh)).unwrap_or(blank),
    };
    Ok(Written { draft, kept, held, anew })
}

async fn of_records(vault: &Vault, about: RecordId, kept: Option<RecordId>) -> Result<Found, Key> {
    let failed = |error: StoreError| explain(&error);
    let record = vault.record(about).await.map_err(failed)?;
    let Some(record) = record.filter(|it| matches!(it.kind, Kind::GROUP | Kind::INDIVIDUAL)) else {
        return Ok(Found::Nothing);
    };
    let group = match record.kind {
        Kind::GROUP => Some(record.id),
        _ => Subject::of(&record).reference(Field::GROUP),
    };
    if let Some(group) = group.filter(|group| is_lent(vault, *group)) {
        return Ok(Found::Lent(group));
    }
    let group = match group {
        Some(group) => vault.record(group).await.map_err(failed)?,
        None => None,
    };
    let mut members = match &group {
        Some(group) => vault.members(group.id).await.map_err(failed)?,
        None => Vec::new(),
    };
    // What hangs on the group is about whoever speaks for it.
    let focal = group.as_ref().and_then(|group| Subject::of(group).reference(Field::FOCAL_POINT));
    let person = match record.kind {
        Kind::INDIVIDUAL => record,
        _ => {
            let found = members.iter().find(|it| Some(it.id) == focal).or(members.first()).cloned();
            let Some(found) = found else { return Ok(Found::Nothing) };
            found
        }
    };
    // Whom only few know of is named in nobody else's referral.
    members.retain(|it| it.id != person.id && !domain::sealed_member::is_sealed(it));
    let mut rows = vault.rows_of(person.id).await.map_err(failed)?;
    let mut consents: Vec<Record> = rows.iter().filter(|it| it.kind == Kind::CONSENT).cloned().collect();
    if let Some(group) = &group {
        let of_group = vault.rows_of(group.id).await.map_err(failed)?;
        consents.extend(of_group.into_iter().filter(|it| it.kind == Kind::CONSENT));
    }
    rows.retain(|it| matches!(it.kind, Kind::DOCUMENT | Kind::NEED));
    let me = Me::read(vault).await.map_err(failed)?;
    let enrolment = vault.identity().enrolment;
    let id = ReferralDraft::id_over(Some(kept.unwrap_or(about)), enrolment);
    let Written { draft, held, anew, .. } = written(vault, id, Some(about), kept, fresh()).await?;
    let page = match kept {
        Some(kept) => format!("people/{about}/refer?draft={kept}"),
        None => format!("people/{about}/refer"),
    };
    let name = called(&person).unwrap_or_default();
    let writing = Writing { id, name, page, draft };
    let source = Source::Records(Records { person, others: members, rows, group, consents });
    Ok(Found::Begun(Box::new(Begun { writing, held, source, back: false, anew, me })))
}

async fn of_nobody(vault: &Vault, wanted: Wanted) -> Result<Found, Key> {
    let Wanted { kept, parent, back } = wanted;
    let failed = |error: StoreError| explain(&error);
    let me = Me::read(vault).await.map_err(failed)?;
    let (enrolment, fresh) = (vault.identity().enrolment, fresh());
    let id = match (kept, parent) {
        (None, Some(parent)) if back => ReferralDraft::id_back(parent, enrolment),
        // Each that is begun is one of its own.
        _ => ReferralDraft::id_over(Some(kept.or(parent).unwrap_or(fresh.record)), enrolment),
    };
    let Written { mut draft, kept: is_kept, held, anew } = written(vault, id, None, kept, fresh).await?;
    let parent = parent.or(draft.parent);
    let mut goes_back = back;
    let source = match parent {
        Some(parent) => {
            let Some(parent) = vault.record(parent).await.map_err(failed)? else { return Ok(Found::Nothing) };
            draft.parent = Some(parent.id);
            // One that was kept says itself where it goes.
            let sender = Referral::of(&parent).map(|parent| parent.text(Field::REFERRAL_FROM));
            goes_back |= kept.is_some() && !draft.to.is_empty() && sender == Some(draft.to.as_str());
            Source::Parent(Box::new(parent))
        }
        None => {
            if !is_kept && held.is_none() {
                // Where they are is where the officer is, until somebody says otherwise.
                me.site().clone_into(&mut draft.told.site);
            }
            Source::Typed
        }
    };
    let page = match (kept, parent) {
        (Some(kept), _) => format!("refer?draft={kept}"),
        (None, Some(parent)) if back => format!("refer?parent={parent}&back=1"),
        (None, Some(parent)) => format!("refer?parent={parent}"),
        (None, None) => format!("refer?draft={}", fresh.record),
    };
    let writing = Writing { id, name: String::new(), page, draft };
    Ok(Found::Begun(Box::new(Begun { writing, held, source, back: goes_back, anew, me })))
}
