//! Which rows of the database the journal holds, and in which state.
//!
//! Everything here is sealed to the server, sealed under the vault's key, or of those rows that anybody who has the disk
//! may read. What says how far an attempt had come is left out: it would be written with every attempt, and what is
//! brought back is tried anew in any case.

use super::lines::Place;
use crate::rows::{self, CapsuleRow, EnvelopeRow, PostRow};
use crate::tables::{self, Key, Table};
use crate::transaction::Query;
use crate::tries;

/// What the names of files begin with that were put aside.
pub const ASIDE: &str = "aside-";

/// One of the two files. They are apart because the copies of the vaults' rows must go at once when an access is withdrawn, and
/// what waits must stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    /// What waits to be sent, with all that is needed to send it.
    Letters,
    /// The rows that a passphrase opens.
    Keys,
}

impl Log {
    /// Both.
    pub const ALL: [Log; 2] = [Log::Letters, Log::Keys];

    /// What the names of its files begin with.
    pub fn beginning(self) -> &'static str {
        match self {
            Log::Letters => "letters-",
            Log::Keys => "keys-",
        }
    }

    /// The name of one of its files.
    pub fn name(self, number: u64) -> String {
        format!("{}{number}", self.beginning())
    }

    /// The number in the name of one of its files.
    pub fn number(self, name: &str) -> Option<u64> {
        name.strip_prefix(self.beginning())?.parse().ok()
    }

    /// What the database is asked for to write all of it anew.
    pub fn queries(self) -> Vec<Query> {
        match self {
            Log::Letters => vec![
                Query::all(Table::Outbox),
                Query::all(Table::Capsules),
                Query::all(Table::Posts),
                Query::all(Table::Drafts),
                Query::range(Table::Counters, tables::beginning_with(tables::SEQ)),
                Query::range(Table::Counters, tables::beginning_with(tables::READS)),
                Query::range(Table::Counters, tables::beginning_with(tries::TRIES)),
            ],
            Log::Keys => vec![Query::all(Table::Vaults)],
        }
    }

    /// The file that a row belongs into; `None` for one that the journal does not hold.
    pub fn of(table: Table, key: &[u8]) -> Option<Self> {
        match table {
            Table::Outbox | Table::Capsules | Table::Posts | Table::Drafts => Some(Log::Letters),
            Table::Counters if is_seq(key) || is_reads(key) || tries::is_tries(key) => Some(Log::Letters),
            Table::Vaults => Some(Log::Keys),
            _ => None,
        }
    }
}

/// Whether a key of `counters` is of an enrolment's envelopes.
pub fn is_seq(key: &[u8]) -> bool {
    key.len() == tables::SEQ.len() + 16 && key.starts_with(tables::SEQ)
}

/// Whether a key of `counters` is of readings that are not queued yet, and not of some that were set aside.
fn is_reads(key: &[u8]) -> bool {
    key.len() == tables::READS.len() + 16 && key.starts_with(tables::READS)
}

/// Whether a row is kept as it is now. Counts of wrong passphrases are not, but that a vault was emptied is: nothing may put
/// its key back.
pub fn is_wanted(table: Table, key: &[u8], row: Option<&[u8]>) -> bool {
    table != Table::Counters
        || !tries::is_tries(key)
        || row.is_some_and(|row| tries::emptied(key, row).is_some())
}

/// The place of a row.
pub fn place(table: Table, key: Key) -> Place {
    (table as u8, key)
}

/// A row as the journal keeps it. One that this version cannot read is kept as it lies.
pub fn kept(table: Table, row: Vec<u8>) -> Vec<u8> {
    match table {
        Table::Outbox => rows::read::<EnvelopeRow>(table, &row).map_or(row, |row| rows::write(&waiting(row))),
        Table::Capsules => rows::read::<CapsuleRow>(table, &row)
            .map_or(row, |row| rows::write(&CapsuleRow { held: false, ..row })),
        Table::Posts => {
            rows::read::<PostRow>(table, &row).map_or(row, |row| rows::write(&from_the_beginning(row)))
        }
        _ => row,
    }
}

/// An envelope as before the first attempt.
fn waiting(row: EnvelopeRow) -> EnvelopeRow {
    EnvelopeRow {
        state: rows::state::WAITING,
        verdict: 0,
        reason: String::new(),
        tries: 0,
        last_try: 0,
        not_before: 0,
        settled_at: 0,
        epoch: Vec::new().into(),
        forgotten: false,
        ..row
    }
}

/// A post that collects everything again.
fn from_the_beginning(row: PostRow) -> PostRow {
    PostRow {
        cursor: Vec::new().into(),
        collected_at: 0,
        signed_in_at: 0,
        began_anew_at: 0,
        checkpoint: None,
        echoed_at: 0,
        heard_all_at: 0,
        ..row
    }
}
