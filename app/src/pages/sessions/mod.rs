//! Counselling sessions: logging one in a few taps, the list by day with what is to be followed up, and one of them.

mod attendance;
mod begin;
mod choose;
mod done;
mod form;
mod list;
mod log;
mod more;
mod narrative;
mod one;
mod pieces;

pub use choose::Choose;
pub use list::Sessions;
pub use log::{AmendPage, LogPage};
pub use one::SessionPage;

use crate::forms::Forms;
use crate::pages::keeper::Draft;
use crate::words::{Key, Words};
use domain::service::Brief;
use domain::service::session::{SessionDraft, attendance};
use domain::{DraftId, EntryId, RecordId};
use store::{DraftNote, Hit, StoreError, Vault};
use zeroize::Zeroizing;

/// A session that is being logged, with what its page says of it.
#[derive(Clone, PartialEq)]
struct Logging {
    id: DraftId,
    /// How the list of drafts calls it.
    title: String,
    /// The page that goes on with it, see [`draft_href`].
    form: String,
    draft: SessionDraft,
}

impl Draft for Logging {
    fn id(&self) -> DraftId {
        self.id
    }

    fn entry(&self) -> EntryId {
        self.draft.entry
    }

    /// Never kept like this, see [`Draft::sealed`].
    fn bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    /// It may hold a narrative, which not even the server reads.
    fn sealed(&self, vault: &Vault) -> Result<Vec<u8>, StoreError> {
        vault.seal_own_draft(self.id, &Zeroizing::new(self.draft.to_bytes()))
    }

    fn note(&self) -> DraftNote {
        DraftNote { title: self.title.clone(), form: self.form.clone(), step: 0 }
    }

    fn is_empty(&self) -> bool {
        self.draft.is_empty()
    }
}

/// The page that goes on with a draft of this form: `None` for drafts of other pages.
#[must_use]
pub fn draft_href(form: &str) -> Option<String> {
    let of = form.strip_prefix("session/")?;
    if let Some(session) = of.strip_prefix("amend/") {
        return Some(format!("/sessions/{session}/amend"));
    }
    Some(match of.split_once("/follows/") {
        Some(("group", follows)) => format!("/sessions/new?group&follows={follows}"),
        Some((person, follows)) => format!("/people/{person}/session?follows={follows}"),
        None if of == "group" => "/sessions/new?group".to_owned(),
        None => format!("/people/{of}/session"),
    })
}

/// Whom a session was held with, in a list: their name, or how many they were.
fn whose(words: Words, brief: &Brief, name: impl Fn(RecordId) -> Option<String>) -> String {
    let count = u64::from(attendance(brief));
    match brief.owner {
        None => words.count(Key::SessionOfGroup, count),
        Some(owner) => {
            let name = name(owner).filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| words.get(Key::SessionSomebody));
            match count {
                0 | 1 => name,
                many => words.count(Key::SessionAndOthers, many - 1).replace("{name}", &name),
            }
        }
    }
}

/// What a session was about and what came of it, in a list. Nothing but that it is reserved where that is not told.
fn about(words: Words, forms: Forms, brief: &Brief) -> String {
    if brief.code.is_empty() {
        return words.get(Key::SessionReserved);
    }
    let outcomes = brief.more.split(' ').filter(|code| !code.is_empty());
    let outcomes = outcomes.map(|code| forms.code_label("session_outcomes", code));
    core::iter::once(forms.code_label("session_types", &brief.code))
        .chain(outcomes)
        .collect::<Vec<_>>()
        .join(" · ")
}

/// How a hit is called; a family by its reference where nobody's name is known.
fn called(hit: &Hit) -> String {
    hit.name.clone()
}

#[cfg(test)]
mod tests {
    use super::draft_href;

    #[test]
    fn a_draft_is_gone_on_with_on_its_own_page() {
        for (form, href) in [
            ("session/group", Some("/sessions/new?group")),
            ("session/0101", Some("/people/0101/session")),
            ("session/amend/0202", Some("/sessions/0202/amend")),
            ("session/group/follows/0303", Some("/sessions/new?group&follows=0303")),
            ("session/0101/follows/0303", Some("/people/0101/session?follows=0303")),
            ("note/0101", None),
        ] {
            assert_eq!(draft_href(form).as_deref(), href);
        }
    }
}
