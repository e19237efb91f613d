//! The log of deeds and of readings, its chain and its checkpoints.

use super::{Digest, Result};
use domain::{EnrolmentId, UserId};

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its own; what comes twice under one id is written once.
    pub id: [u8; 16],
    /// Number of what was done, see `server::audit::What`.
    pub what: u8,
    /// When it happened, milliseconds since 1970, by the clock of whoever tells it.
    pub at: u64,
    /// When it was written.
    pub received_at: u64,
    /// Whose device did it.
    pub enrolment: Option<EnrolmentId>,
    /// What it was done to.
    pub subject: Option<[u8; 16]>,
    /// SHA-256 of the detail before it was sealed. It holds a random salt.
    pub digest: Digest,
    /// The detail, sealed.
    pub sealed: Vec<u8>,
}

/// A row of the log in its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLink {
    /// Its number.
    pub seq: u64,
    /// The row.
    pub row: AuditRow,
    /// [`audit_chained`] over the link before and this row.
    pub chain: Digest,
}

/// The hash that chains a row of the log to the one before it. Numbers have no gaps, so that they need not be in it.
#[must_use]
pub fn audit_chained(previous: &Digest, row: &AuditRow) -> Digest {
    let optional = |id: Option<[u8; 16]>| [&[u8::from(id.is_some())][..], &id.unwrap_or_default()].concat();
    seal::digest(
        &[
            b"amparo/audit-chain/1".as_slice(),
            previous,
            &row.id,
            &[row.what],
            &row.at.to_be_bytes(),
            &row.received_at.to_be_bytes(),
            &optional(row.enrolment.map(|enrolment| enrolment.0)),
            &optional(row.subject),
            &row.digest,
        ]
        .concat(),
    )
}

/// Which rows of the log somebody looks for. What is `None` narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Done by this user, on any device.
    pub user: Option<UserId>,
    /// Done to this record, user or enrolment.
    pub subject: Option<[u8; 16]>,
    /// Happened at this time or later.
    pub from: Option<u64>,
    /// Happened before this time.
    pub until: Option<u64>,
}

/// Where both chains end. A chain without a row ends at 0 with a digest of zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    /// Number of the last entry.
    pub entries_seq: u64,
    /// Its chain.
    pub entries_head: Digest,
    /// Number of the last row of the log.
    pub audit_seq: u64,
    /// Its chain.
    pub audit_head: Digest,
}

/// A checkpoint that a device handed back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo {
    /// Which device.
    pub enrolment: EnrolmentId,
    /// When.
    pub received_at: u64,
    /// Whether the chains contradicted it then.
    pub contradicted: bool,
    /// `seal::Checkpoint`, signed.
    pub bytes: Vec<u8>,
}

/// The log of deeds and of readings, its chain and its checkpoints. See [`super::Ledger`] for the rules that hold for every call.
pub trait Trail {
    /// Appends rows in their order; one whose id is here already is passed over.
    fn note(&self, rows: Vec<AuditRow>) -> Result<()>;
    /// Rows of the log that a filter lets through, the newest first, before a number (`None`: from the end).
    fn audit(&self, filter: &AuditFilter, before: Option<u64>, limit: u32) -> Result<Vec<AuditLink>>;
    /// Rows of the log in their order, after a number.
    fn audit_chain(&self, after: u64, limit: u32) -> Result<Vec<AuditLink>>;
    /// Where both chains end, at one moment.
    fn heads(&self) -> Result<Heads>;
    /// What the chains say at two numbers: of the entry, and of the row of the log. A number 0 gives zeros.
    fn heads_at(&self, entries_seq: u64, audit_seq: u64) -> Result<(Option<Digest>, Option<Digest>)>;
    /// Keeps a checkpoint under its serial number, and the key that signed it as the root vouched for it. `false` when
    /// another program has kept one under that number.
    fn keep_checkpoint(&self, serial: u64, at: u64, bytes: Vec<u8>, key: ([u8; 32], Vec<u8>))
    -> Result<bool>;
    /// Checkpoints in their order, after a serial number.
    fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<(u64, Vec<u8>)>>;
    /// The latest checkpoint.
    fn last_checkpoint(&self) -> Result<Option<(u64, Vec<u8>)>>;
    /// Keys that signed checkpoints, as the root vouched for them (`seal::ServerKeys`).
    fn checkpoint_keys(&self) -> Result<Vec<Vec<u8>>>;
    /// Keeps what a device handed back, instead of what it handed back before; one that the chains contradicted stays
    /// for ever. Tells whether this one is new.
    fn keep_echo(&self, echo: Echo) -> Result<bool>;
    /// Everything that devices handed back and is kept.
    fn echoes(&self) -> Result<Vec<Echo>>;
    /// Enrolments of users, for showing who did what: each with its user.
    fn users_of(&self, enrolments: &[EnrolmentId]) -> Result<Vec<(EnrolmentId, UserId)>>;
}
