//! A note that is being written. Whoever keeps it seals it first: not even the server reads a note, finished or not.

use crate::id::{DraftId, EnrolmentId, EntryId, RecordId, UserId};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;

/// Longest text of a note, in bytes: some eight pages.
pub const TEXT_LIMIT: usize = 32 * 1024;

/// What was typed and chosen so far.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NoteDraft {
    /// The person or group that it is about.
    #[n(0)]
    pub owner: RecordId,
    /// The record that it will be.
    #[n(1)]
    pub record: RecordId,
    /// The entry that it will be: saving twice saves once.
    #[n(2)]
    pub entry: EntryId,
    /// Code of list `note_topics`; empty as long as none is chosen.
    #[n(3)]
    pub topic: String,
    /// The text as typed.
    #[n(4)]
    pub text: String,
    /// Who else may read it.
    #[n(5)]
    pub readers: BTreeSet<UserId>,
}

/// Why a note cannot be saved yet. For logs and tests; the app has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NoteFault {
    /// Nobody said what it is about.
    #[error("no topic")]
    NoTopic,
    /// It says nothing.
    #[error("no text")]
    NoText,
    /// It is longer than [`TEXT_LIMIT`].
    #[error("too long")]
    TooLong,
}

impl NoteDraft {
    /// One that nothing was typed of. The ids are fresh.
    #[must_use]
    pub fn new(owner: RecordId, record: RecordId, entry: EntryId) -> Self {
        Self { owner, record, entry, topic: String::new(), text: String::new(), readers: BTreeSet::new() }
    }

    /// The draft of one user's note on one person or group: found again by both, and another one than that of their
    /// work on the registration ([`crate::CaseDraft::id_over`]).
    #[must_use]
    pub fn id_over(owner: RecordId, enrolment: EnrolmentId) -> DraftId {
        let mut id = crate::CaseDraft::id_over(owner, enrolment).0;
        id.iter_mut().zip(*b"note").for_each(|(byte, other)| *byte ^= other);
        DraftId(id)
    }

    /// Whether nothing was typed or chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.topic.is_empty() && self.text.trim().is_empty() && self.readers.is_empty()
    }

    /// Everything that is wrong with it.
    #[must_use]
    pub fn faults(&self) -> Vec<NoteFault> {
        let found = [
            (self.topic.is_empty(), NoteFault::NoTopic),
            (self.text.trim().is_empty(), NoteFault::NoText),
            (self.text.len() > TEXT_LIMIT, NoteFault::TooLong),
        ];
        found.into_iter().filter_map(|(is, fault)| is.then_some(fault)).collect()
    }

    /// The bytes to seal.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing to memory cannot fail.
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// Reads them; `None` for any others.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        minicbor::decode(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::hex;

    fn draft() -> NoteDraft {
        let mut draft = NoteDraft::new(RecordId([1; 16]), RecordId([2; 16]), EntryId([3; 16]));
        draft.topic = "gbv".into();
        draft.text = "Ñu".into();
        draft.readers.insert(UserId([4; 16]));
        draft
    }

    /// Drafts lie on tablets: this sample is never edited.
    #[test]
    fn a_kept_draft_is_read() {
        let kept = concat!(
            "a60050",
            "01010101010101010101010101010101",
            "0150",
            "02020202020202020202020202020202",
            "0250",
            "03030303030303030303030303030303",
            "03636762760463c391750581",
            "50",
            "04040404040404040404040404040404",
        );
        assert_eq!(hex(&draft().to_bytes()), kept);
        assert_eq!(NoteDraft::from_bytes(&draft().to_bytes()), Some(draft()));
        assert_eq!(NoteDraft::from_bytes(b"rubbish"), None);
    }

    #[test]
    fn what_is_wrong_with_it_is_said_all_at_once() {
        let mut empty = NoteDraft::new(RecordId([1; 16]), RecordId([2; 16]), EntryId([3; 16]));
        assert!(empty.is_empty());
        assert_eq!(empty.faults(), [NoteFault::NoTopic, NoteFault::NoText]);
        empty.text = "a".repeat(TEXT_LIMIT + 1);
        assert_eq!(empty.faults(), [NoteFault::NoTopic, NoteFault::TooLong]);
        assert!(draft().faults().is_empty() && !draft().is_empty());
        let (owner, enrolment) = (RecordId([7; 16]), EnrolmentId([9; 16]));
        assert_ne!(NoteDraft::id_over(owner, enrolment), crate::CaseDraft::id_over(owner, enrolment));
    }
}
