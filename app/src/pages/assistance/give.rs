//! Giving help to one person, or to a family: what the form begins with.

use super::form::Form;
use super::{fresh, may_give, organisation};
use crate::components::{Back, Icon, Notice};
use crate::device::use_vault;
use crate::pages::elsewhere::{OnlyLent, has_ended, is_lent};
use crate::pages::group::NotHere;
use crate::pages::keeper::Draft;
use crate::pages::trouble::{NotRead, explain};
use crate::when;
use crate::words::{Key, use_words};
use domain::registration_group::GroupView;
use domain::service::Brief;
use domain::service::assistance::GiftDraft;
use domain::service::board::newest;
use domain::{DraftId, EntryId, Field, Individual, Kind, Record, RecordId, Subject};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use std::collections::BTreeSet;
use std::rc::Rc;
use store::{DraftNote, Vault};

/// What is typed, whom it is about, and the address at which it is gone on with.
#[derive(Clone, PartialEq)]
pub struct Giving {
    pub id: DraftId,
    /// Whom the list of drafts names.
    pub name: String,
    /// Without its first slash: `people/ID/give`.
    pub at: String,
    pub draft: GiftDraft,
}

impl Draft for Giving {
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
        DraftNote { title: self.name.clone(), form: format!("give/{}", self.at), step: 0 }
    }

    fn is_empty(&self) -> bool {
        self.draft.is_empty()
    }
}

/// Somebody who may receive, or for whom it is.
#[derive(Clone, PartialEq)]
pub struct Receiver {
    pub id: RecordId,
    pub name: String,
}

/// What the form begins with.
#[derive(Clone)]
pub struct Begun {
    pub giving: Giving,
    /// Whether it was kept before.
    pub kept: bool,
    /// The people of the family on this device, the focal point first.
    pub people: Vec<Receiver>,
    /// Reference of the family, for its slip.
    pub reference: String,
    /// Kinds that this user gave last.
    pub recent: Vec<String>,
    /// What these people were given, and what says any help anew. Not everything: while that is held, each help that is
    /// saved would copy it.
    pub given: Vec<Brief>,
    /// When this device last heard everything new.
    pub collected: Option<u64>,
    /// The way back.
    pub back: String,
}

enum Found {
    Begun(Box<Begun>),
    Lent(RecordId),
    Nobody(String),
    Nothing,
}

/// Giving to one person.
#[component]
pub fn Give() -> impl IntoView {
    page("person")
}

/// Giving to a family.
#[component]
pub fn GiveToFamily() -> impl IntoView {
    page("group")
}

fn page(param: &'static str) -> impl IntoView {
    let words = use_words();
    let vault = use_vault();
    crate::desk::title(words, Key::GiveTitle);
    let allowed = may_give(&vault);
    let id = use_params_map().with_untracked(|params| params.get(param).and_then(|id| RecordId::parse(&id)));
    let amends =
        use_query_map().with_untracked(|query| query.get("amends").and_then(|id| RecordId::parse(&id)));
    let loaded = LocalResource::new(move || {
        let vault = vault.clone();
        async move {
            match id.filter(|_| allowed) {
                Some(id) => begin(&vault, id, amends).await.map(Rc::new),
                None => Ok(Rc::new(Found::Nothing)),
            }
        }
    });
    move || {
        if !allowed {
            return Some(
                view! {
                    <main class="page page--narrow" id="main" tabindex="-1">
                        <h1 tabindex="-1">{words.get(Key::GiveTitle)}</h1>
                        <Notice icon=Icon::Lock>{words.get(Key::GiveNotAllowed)}</Notice>
                    </main>
                }
                .into_any(),
            );
        }
        Some(match loaded.get()? {
            Ok(found) => match &*found {
                Found::Begun(begun) => view! { <Form begun=(**begun).clone()/> }.into_any(),
                Found::Lent(group) => view! { <OnlyLent group=*group/> }.into_any(),
                Found::Nobody(back) => {
                    let back = back.clone();
                    view! {
                        <main class="page page--narrow" id="main" tabindex="-1">
                            <Back href=back label=Signal::derive(move || words.get(Key::Family))/>
                            <h1 tabindex="-1">{words.get(Key::GiveTitle)}</h1>
                            <Notice icon=Icon::Info>{words.get(Key::GiveNobody)}</Notice>
                        </main>
                    }
                    .into_any()
                }
                Found::Nothing => view! { <NotHere/> }.into_any(),
            },
            Err(key) => view! { <NotRead key/> }.into_any(),
        })
    }
}

async fn begin(vault: &Vault, id: RecordId, amends: Option<RecordId>) -> Result<Found, Key> {
    let Some(record) = vault.record(id).await.map_err(|error| explain(&error))? else {
        return Ok(Found::Nothing);
    };
    let group = match record.kind {
        Kind::GROUP => Some(record.id),
        Kind::INDIVIDUAL => Subject::of(&record).reference(Field::GROUP),
        _ => return Ok(Found::Nothing),
    };
    if group.is_some_and(|group| has_ended(vault, group)) {
        return Ok(Found::Nothing);
    }
    if let Some(group) = group.filter(|group| is_lent(vault, *group)) {
        return Ok(Found::Lent(group));
    }
    let of_group = record.kind == Kind::GROUP;
    let (view, people) = match group {
        Some(group) => family(vault, group).await?,
        None => (None, vec![receiver(&record)]),
    };
    let at = if of_group { format!("groups/{id}") } else { format!("people/{id}") };
    let back = format!("/{at}");
    let recipient = if of_group { people.first().map(|one| one.id) } else { Some(id) };
    let Some(recipient) = recipient else { return Ok(Found::Nobody(back)) };
    let name = if of_group {
        view.as_ref().and_then(GroupView::printed_ref).unwrap_or_default()
    } else {
        Individual::from_record(&record).display_name()
    };
    // A correction is of one help alone and is not mixed up with what is being given.
    let over = amends.unwrap_or(id);
    let draft_id = GiftDraft::id_over(over, vault.identity().enrolment);
    let kept = vault.draft(draft_id).await.map_err(|error| explain(&error))?;
    let kept = match kept {
        // One that cannot be read now must not be written over.
        Some((bytes, _)) => Some(GiftDraft::from_bytes(&bytes).ok_or(Key::DraftUnreadable)?),
        None => None,
    };
    let is_kept = kept.is_some();
    let (draft, today) = (kept, when::today());
    let services = vault.services().await.map_err(|error| explain(&error))?;
    // Said anew is what counts now: two amendments of one help would be two helps.
    let newest = amends.map(|original| newest(&services, original));
    let draft = match (draft, newest) {
        (Some(mut draft), newest) => {
            draft.reopen(today);
            draft.amends = newest;
            draft
        }
        (None, Some(original)) => {
            let original = vault.record(original).await.map_err(|error| explain(&error))?;
            let (record, entry) = fresh();
            let amending = original.as_ref().and_then(|it| GiftDraft::amending(it, record, entry, today));
            match amending {
                Some(draft) => draft,
                None => return Ok(Found::Nothing),
            }
        }
        (None, None) => new_draft(vault, recipient, of_group, &people).await,
    };
    let collected = vault.collected_at().await.map_err(|error| explain(&error))?;
    let at = amends.map_or_else(|| format!("{at}/give"), |original| format!("{at}/give?amends={original}"));
    let given = given_to(&services, &people, &draft);
    Ok(Found::Begun(Box::new(Begun {
        giving: Giving { id: draft_id, name, at, draft },
        kept: is_kept,
        people,
        reference: view.and_then(|view| view.group_ref).unwrap_or_default(),
        recent: recent(vault, &services),
        given,
        collected,
        back,
    })))
}

async fn new_draft(vault: &Vault, recipient: RecordId, of_group: bool, people: &[Receiver]) -> GiftDraft {
    let (record, entry) = fresh();
    let mut draft = GiftDraft::new(recipient, record, entry, when::today());
    (draft.site, draft.provider) = (vault.identity().site.clone(), organisation(vault).await);
    if of_group {
        draft.covers = people.iter().map(|one| one.id).collect();
    }
    draft
}

fn receiver(record: &Record) -> Receiver {
    Receiver { id: record.id, name: Individual::from_record(record).display_name() }
}

/// A group and its people, the focal point first.
async fn family(vault: &Vault, group: RecordId) -> Result<(Option<GroupView>, Vec<Receiver>), Key> {
    let record = vault.record(group).await.map_err(|error| explain(&error))?;
    let view = record.as_ref().map(GroupView::from_record);
    let focal = view.as_ref().and_then(|view| view.focal_point);
    let mut people = vault.members(group).await.map_err(|error| explain(&error))?;
    people.sort_by_key(|one| (Some(one.id) != focal, one.id));
    Ok((view, people.iter().map(receiver).collect()))
}

/// What a help to these people is compared with.
fn given_to(services: &[Brief], people: &[Receiver], draft: &GiftDraft) -> Vec<Brief> {
    let mut ids: BTreeSet<RecordId> = people.iter().map(|one| one.id).collect();
    ids.extend(draft.covers.iter().chain([&draft.recipient]));
    let concerns = |brief: &Brief| brief.owner.iter().chain(&brief.people).any(|id| ids.contains(id));
    let gifts = services.iter().filter(|brief| brief.kind() == Kind::ASSISTANCE);
    gifts.filter(|brief| brief.amends.is_some() || concerns(brief)).cloned().collect()
}

/// Kinds that this user gave last, the last first; of everybody, where they gave nothing yet.
fn recent(vault: &Vault, services: &[Brief]) -> Vec<String> {
    let me = vault.identity().user;
    let mut gifts: Vec<&Brief> = services.iter().filter(|brief| brief.kind() == Kind::ASSISTANCE).collect();
    gifts.sort_unstable_by_key(|brief| std::cmp::Reverse((brief.by == Some(me), brief.stated_at)));
    let mut met = BTreeSet::new();
    let codes = gifts.into_iter().map(|brief| brief.code.to_string()).filter(|code| met.insert(code.clone()));
    codes.take(8).collect()
}
