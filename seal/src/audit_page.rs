//! A page of the log of deeds and readings, as an auditor's device shows it. Travels as an [`crate::answer`], because
//! it names staff. It names nobody who was registered: records are ids.

use crate::page::Author;
use domain::{EnrolmentId, UserId};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

/// What an auditor looks for. What is `None` narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuditQuery {
    /// Done by this user.
    #[n(0)]
    pub user: Option<UserId>,
    /// Done to this record, user or device.
    #[n(1)]
    pub subject: Option<ByteArray<16>>,
    /// Happened at this time or later, milliseconds since 1970.
    #[n(2)]
    pub from: Option<u64>,
    /// Happened before this time.
    #[n(3)]
    pub until: Option<u64>,
}

impl AuditQuery {
    /// What travels.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing to memory cannot fail.
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// Done to this record, user or device.
    #[must_use]
    pub fn about(self, subject: Option<[u8; 16]>) -> Self {
        Self { subject: subject.map(ByteArray::from), ..self }
    }
}

/// A page of the log, the newest line first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuditPage {
    /// The lines.
    #[n(0)]
    pub lines: Vec<AuditLine>,
    /// Names of the staff in them.
    #[n(1)]
    pub people: Vec<Author>,
    /// Where the next page begins; `None` when this is the last.
    #[n(2)]
    pub next: Option<u64>,
    /// How the chains stand.
    #[n(3)]
    pub chain: ChainState,
}

/// How the server's chains stand, as far as the server itself can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ChainState {
    /// Rows of the log.
    #[n(0)]
    pub rows: u64,
    /// Each follows from the one before it, up to this one.
    #[n(1)]
    pub verified: u64,
    /// When the latest checkpoint was signed, milliseconds since 1970; 0 for never.
    #[n(2)]
    pub checkpoint_at: u64,
    /// Its number.
    #[n(3)]
    pub checkpoint: u64,
    /// Checkpoints of devices that the chains contradict.
    #[n(4)]
    pub contradicted: u64,
    /// The first row that does not follow from the one before it.
    #[n(5)]
    pub broken_at: Option<u64>,
}

/// A line of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuditLine {
    /// Its number.
    #[n(0)]
    pub seq: u64,
    /// Number of what was done, and the key of its words.
    #[n(1)]
    pub what: u8,
    /// The key of its words, empty where the server does not know the number.
    #[n(2)]
    pub key: String,
    /// When it happened, milliseconds since 1970, by the clock of whoever told it.
    #[n(3)]
    pub at: u64,
    /// When the server wrote it.
    #[n(4)]
    pub received_at: u64,
    /// Who did it.
    #[n(5)]
    pub user: Option<UserId>,
    /// On which device.
    #[n(6)]
    pub enrolment: Option<EnrolmentId>,
    /// To what it was done.
    #[n(7)]
    pub subject: Option<ByteArray<16>>,
    /// A second id that matters.
    #[n(8)]
    pub toward: Option<ByteArray<16>>,
    /// Why, as a short code.
    #[n(9)]
    pub reason: String,
    /// Why, in somebody's own words.
    #[n(10)]
    pub words: String,
    /// A figure that matters.
    #[n(11)]
    pub figure: u64,
    /// Whether the sealed part is the one that the row was written with.
    #[n(12)]
    pub sound: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As first released; never edited.
    #[test]
    fn the_first_released_form_stays_readable() {
        let line = AuditLine { seq: 7, what: 50, key: "opened".into(), sound: true, ..AuditLine::default() };
        let chain = ChainState { rows: 7, verified: 7, ..ChainState::default() };
        let page = AuditPage { lines: vec![line], people: Vec::new(), next: Some(7), chain };
        let bytes = minicbor::to_vec(&page).unwrap();
        assert_eq!(minicbor::decode::<AuditPage>(&bytes).unwrap(), page);
        assert_eq!(domain::id::hex(&bytes), KEPT);
        let query = AuditQuery { from: Some(5), ..AuditQuery::default() };
        assert_eq!(domain::id::hex(&minicbor::to_vec(&query).unwrap()), KEPT_QUERY);
    }
    const KEPT: &str =
        "a40081a9000701183202666f70656e65640300040009600a600b000cf50180020703a500070107020003000400";
    const KEPT_QUERY: &str = "a10205";
}
