//! What the pages that log a session begin with: whom it is held with, what is preset, and what was typed before.

use super::{Logging, called};
use crate::pages::elsewhere::is_lent;
use crate::pages::notes::by_name;
use crate::pages::trouble::explain;
use crate::when;
use crate::words::Key;
use domain::service::Brief;
use domain::service::session::{self, SessionDraft};
use domain::{DraftId, EntryId, Field, Individual, Kind, Record, RecordId, Subject, UserId, Value};
use std::collections::BTreeMap;
use store::{Colleague, Hit, Vault};

/// What a form begins with.
#[derive(Clone)]
pub struct Begun {
    pub logging: Logging,
    /// What stands in the place of the session that is corrected, where a colleague corrected it too meanwhile.
    pub newer: Option<RecordId>,
    /// Others of the person's group, who may have attended too: their names.
    pub family: Vec<(RecordId, String)>,
    pub colleagues: Vec<Colleague>,
    /// What they choose most often.
    pub often: Often,
    /// Rows of whoever attends a group session.
    pub faces: BTreeMap<RecordId, Hit>,
}

/// The codes that somebody chooses most often, the most frequent first: what is long for a thumb begins with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Often {
    pub topics: Vec<String>,
    pub outcomes: Vec<String>,
}

/// How many codes are offered before all others.
const FIRST: usize = 6;
/// The type of a session with many: table `session_types`.
const GROUP: &str = "group";

impl Often {
    /// Of the sessions of one user on this device.
    fn of(services: &[Brief], user: UserId) -> Often {
        let mine = || services.iter().filter(|it| it.kind() == Kind::SESSION && it.by == Some(user));
        Often {
            topics: most(mine().map(|it| &*it.code)),
            outcomes: most(mine().flat_map(|it| it.more.split(' '))),
        }
    }
}

fn most<'c>(codes: impl Iterator<Item = &'c str>) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    codes.filter(|code| !code.is_empty()).for_each(|code| *counts.entry(code).or_default() += 1);
    let mut ranked: Vec<(&str, usize)> = counts.into_iter().collect();
    ranked.sort_by_key(|(code, count)| (core::cmp::Reverse(*count), *code));
    ranked.into_iter().take(FIRST).map(|(code, _)| code.to_owned()).collect()
}

async fn often(vault: &Vault) -> Result<Often, Key> {
    let services = vault.services().await.map_err(|error| explain(&error))?;
    Ok(Often::of(&services, vault.identity().user))
}

/// What lies here of whom somebody wants to log a session with.
#[derive(Clone)]
pub enum Found {
    Begun(Box<Begun>),
    /// What was typed alone: whom it is about is not here any more, or is open for reading only (`true`).
    Left(Box<Logging>, bool),
    /// The group, or theirs, is open for reading only.
    Lent(RecordId),
    Nothing,
}

/// A session with a person.
pub async fn with_person(
    vault: &Vault,
    person: RecordId,
    follows: Option<RecordId>,
    with_family: bool,
) -> Result<Found, Key> {
    let record = vault.record(person).await.map_err(|error| explain(&error))?;
    let record = record.filter(|record| record.kind == Kind::INDIVIDUAL);
    let group = record.as_ref().and_then(|record| Subject::of(record).reference(Field::GROUP));
    let lent = group.filter(|group| is_lent(vault, *group));
    let form = match follows {
        Some(follows) => format!("session/{person}/follows/{follows}"),
        None => format!("session/{person}"),
    };
    let id = SessionDraft::id_following(Some(person), follows, vault.identity().enrolment);
    let kept = kept(vault, id, &form).await?;
    let record = match (record, lent, kept.clone()) {
        (Some(record), None, _) => record,
        (record, _, Some(kept)) => return Ok(Found::Left(Box::new(kept), record.is_some())),
        (Some(_), Some(group), None) => return Ok(Found::Lent(group)),
        (None, _, None) => return Ok(Found::Nothing),
    };
    let family = others(vault, group, person);
    let logging = match kept {
        // As it was left: who comes back by another way has not taken anything back.
        Some(kept) => kept,
        None => {
            let mut draft = fresh(vault, Some(person)).await?;
            // In whatever language they speak best, until somebody says otherwise.
            let spoken = record.shown(Field::LANG_MAIN).and_then(Value::as_text);
            draft.language = spoken.unwrap_or_default().to_owned();
            draft.follows = follows;
            if with_family {
                draft.people = family.iter().map(|(id, _)| *id).collect();
            }
            Logging { id, title: Individual::from_record(&record).display_name(), form, draft }
        }
    };
    let (colleagues, often) = (colleagues(vault).await?, often(vault).await?);
    let faces = BTreeMap::new();
    Ok(Found::Begun(Box::new(Begun { logging, newer: None, family, colleagues, often, faces })))
}

/// A session with many. The next of a series begins with the same people: whoever stayed away is taken out.
pub async fn with_many(vault: &Vault, title: String, follows: Option<RecordId>) -> Result<Begun, Key> {
    let form = match follows {
        Some(follows) => format!("session/group/follows/{follows}"),
        None => "session/group".to_owned(),
    };
    let id = SessionDraft::id_following(None, follows, vault.identity().enrolment);
    let logging = match kept(vault, id, &form).await? {
        Some(kept) => kept,
        None => {
            let mut draft = fresh(vault, None).await?;
            if let Some(follows) = follows {
                let services = vault.services().await.map_err(|error| explain(&error))?;
                let before = session::newest(&services, follows);
                draft.people = before.map(|before| before.people.clone()).unwrap_or_default();
                draft.follows = Some(follows);
            }
            Logging { id, title, form, draft }
        }
    };
    let faces = vault.faces(&logging.draft.people);
    let mut often = often(vault).await?;
    // What most group sessions are about stands first.
    often.topics.retain(|code| code != GROUP);
    often.topics.insert(0, GROUP.to_owned());
    Ok(Begun { logging, newer: None, family: Vec::new(), colleagues: Vec::new(), often, faces })
}

/// Whether a correction of this very session was begun here.
pub async fn is_amended_here(vault: &Vault, id: RecordId) -> Result<bool, Key> {
    let draft = SessionDraft::id_over(Some(id), vault.identity().enrolment);
    Ok(vault.draft(draft).await.map_err(|error| explain(&error))?.is_some())
}

/// A correction of a session, by who sees all of it.
pub async fn amending(
    vault: &Vault,
    original: &Record,
    newer: Option<RecordId>,
    title: String,
) -> Result<Begun, Key> {
    let form = format!("session/amend/{}", original.id);
    let id = SessionDraft::id_over(Some(original.id), vault.identity().enrolment);
    let kept = kept(vault, id, &form).await?;
    let now = when::now();
    let ids = (RecordId::fresh(now, store::random()), EntryId::fresh(now, store::random()));
    let draft = SessionDraft::amending(original, ids.0, ids.1, when::today()).ok_or(Key::NotRead)?;
    let owner = draft.owner;
    let title = owner.and_then(|owner| name(vault, owner)).unwrap_or(title);
    let logging = kept.unwrap_or(Logging { id, title, form, draft });
    let faces = vault.faces(&logging.draft.people);
    let family = match owner {
        Some(owner) => {
            let group = vault.faces(&[owner]).get(&owner).and_then(|face| face.group);
            let mut family = others(vault, group, owner);
            // Who attended and lives in another group by now attended all the same.
            for (id, face) in &faces {
                if !family.iter().any(|(other, _)| other == id) {
                    family.push((*id, called(face)));
                }
            }
            family
        }
        None => Vec::new(),
    };
    let (colleagues, often) = (colleagues(vault).await?, often(vault).await?);
    Ok(Begun { logging, newer, family, colleagues, often, faces })
}

/// How somebody on this device is called.
pub fn name(vault: &Vault, id: RecordId) -> Option<String> {
    vault.faces(&[id]).get(&id).map(called)
}

/// The others of a group, by name.
fn others(vault: &Vault, group: Option<RecordId>, person: RecordId) -> Vec<(RecordId, String)> {
    let ids = group.map(|group| vault.member_ids(group)).unwrap_or_default();
    let faces = vault.faces(&ids);
    faces.into_iter().filter(|(id, _)| *id != person).map(|(id, face)| (id, called(&face))).collect()
}

/// What was typed before, if it lies here. One that cannot be read now must not be written over.
async fn kept(vault: &Vault, id: DraftId, form: &str) -> Result<Option<Logging>, Key> {
    let Some((bytes, note)) = vault.draft(id).await.map_err(|error| explain(&error))? else {
        return Ok(None);
    };
    let opened = vault.open_own_draft(id, &bytes).map_err(|_| Key::DraftUnreadable)?;
    let draft = SessionDraft::from_bytes(&opened).ok_or(Key::DraftUnreadable)?;
    Ok(Some(Logging { id, title: note.title, form: form.to_owned(), draft }))
}

/// A draft with what comes by itself: now, at one's own site, in the way one held the last one there.
pub async fn fresh(vault: &Vault, owner: Option<RecordId>) -> Result<SessionDraft, Key> {
    let now = when::now();
    let ids = (RecordId::fresh(now, store::random()), EntryId::fresh(now, store::random()));
    let mut draft = SessionDraft::new(ids.0, ids.1, owner, when::local_minute());
    let me = vault.identity();
    draft.site = me.site.clone();
    let services = vault.services().await.map_err(|error| explain(&error))?;
    let here = |brief: &&Brief| brief.kind() == Kind::SESSION && *brief.site == *me.site;
    let is_alike = |brief: &Brief| brief.owner.is_none() == owner.is_none();
    let last =
        services.iter().filter(here).max_by_key(|it| (is_alike(it), it.by == Some(me.user), it.stated_at));
    if let Some(last) = last {
        let record = vault.record(last.record).await.map_err(|error| explain(&error))?;
        let mode =
            record.as_ref().and_then(|record| record.shown(Field::SESSION_MODE)).and_then(Value::as_text);
        draft.mode = mode.unwrap_or_default().to_owned();
    }
    Ok(draft)
}

async fn colleagues(vault: &Vault) -> Result<Vec<Colleague>, Key> {
    let me = vault.identity().user;
    let mut colleagues = by_name(vault.colleagues().await.map_err(|error| explain(&error))?);
    colleagues.retain(|one| one.user != me);
    Ok(colleagues)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_chooses_most_often_comes_first_and_what_others_choose_does_not_count() {
        let me = UserId([1; 16]);
        let session = |by: u8, code: &str, more: &str| Brief {
            kind: Kind::SESSION.0,
            by: Some(UserId([by; 16])),
            code: code.into(),
            more: more.into(),
            ..Brief::default()
        };
        let services = [
            session(1, "legal", "referred info_given"),
            session(1, "housing", "info_given"),
            session(1, "housing", ""),
            session(2, "health", "closed"),
            Brief { kind: Kind::ASSISTANCE.0, ..session(1, "kit", "") },
        ];
        let often = Often::of(&services, me);
        assert_eq!(often.topics, ["housing", "legal"]);
        assert_eq!(often.outcomes, ["info_given", "referred"]);
        let many: Vec<Brief> = (b'a'..=b'z').map(|it| session(1, &char::from(it).to_string(), "")).collect();
        assert_eq!(Often::of(&many, me).topics.len(), FIRST);
    }
}
