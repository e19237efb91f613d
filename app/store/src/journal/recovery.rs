//! Recovery: what the journal holds and the database lost is put back, in one transaction. Nothing is written over but
//! drafts where the journal has come further than the database and knows the later state, and nothing is taken away.

use super::keep::{self, Log};
use super::loaded::Loaded;
use super::opening::{self, Stock, is_withdrawn, rows_of};
use crate::database::Database;
use crate::rows::{self, PostRow};
use crate::tables::{self, Key, Table};
use crate::transaction::{Batch, Expected, Query};
use crate::vault::ItemKey;
use crate::{StoreError, clock};
use minicbor::{Decode, Encode};
use road::marks::Loss;
use seal::Purpose;
use std::collections::BTreeMap;

/// How far a counter is moved on when its true state is not known: what was sealed and lost must not share a number with
/// what is sealed next.
const LEAP: u64 = 1_000;
/// Most that is believed of a figure that says how many more were sealed.
const FURTHEST: u64 = 1 << 32;

/// What a start brought back, in figures; about nobody. Lies in the database until somebody was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Recovered {
    /// When, milliseconds since 1970.
    #[n(0)]
    pub at: u64,
    /// Whether the whole database was gone, and not its latest rows alone.
    #[n(1)]
    pub all: bool,
    /// Registrations and other entries that wait to be sent and were put back.
    #[n(2)]
    pub entries: u64,
    /// Drafts that can be gone on with.
    #[n(3)]
    pub drafts: u64,
    /// People of this device who open it with the passphrase they had.
    #[n(4)]
    pub vaults: u64,
    /// People of this device who must join again: what they had not sent is sent, and that is all that is left.
    #[n(5)]
    pub to_join: u64,
    /// Saves that another place knew of and that lie nowhere on this device any more, unless they were sent: what is
    /// known at least.
    #[n(6)]
    pub unknown: u64,
}

impl Recovered {
    /// What two recoveries came to of which nobody was told yet.
    fn after(self, former: Self) -> Self {
        Self {
            at: self.at,
            all: self.all || former.all,
            entries: self.entries + former.entries,
            drafts: self.drafts.max(former.drafts),
            vaults: self.vaults + former.vaults,
            to_join: self.to_join,
            unknown: self.unknown + former.unknown,
        }
    }
}

/// Puts back what is missing. Gives what names the database from now on.
///
/// # Errors
/// When the device has no room, or the browser does not answer. Nothing was put back then, the journal lies as it did,
/// and the next start tries again.
pub async fn recover(
    database: &Database,
    journal: &Loaded,
    stock: &Stock,
    loss: Loss,
) -> Result<u64, StoreError> {
    let mut batch = Batch::default();
    let all = stock.vaults.is_empty() && stock.posts.is_empty();
    let mut told = Recovered { at: clock::now_ms(), all, ..Recovered::default() };
    let ahead = is_ahead(loss, journal, stock);
    let emptied = stock.emptied_with(journal);
    let withdrawn = |vault: &[u8]| {
        if emptied.contains(vault) {
            return true;
        }
        let copies =
            rows_of(journal, Log::Letters).filter(|(table, key, _)| *table == Table::Posts && *key == vault);
        let mut posts = stock.posts.get(vault).into_iter().chain(copies.map(|(_, _, row)| row));
        posts.any(|post| is_withdrawn(post))
    };
    let mut vaults = stock.vaults.clone();
    for (table, key, row) in rows_of(journal, Log::Keys) {
        if table == Table::Vaults && !withdrawn(key) && vaults.insert(key.clone()) {
            batch.put_if(table, key.clone(), Expected::Absent, row.clone());
            told.vaults += 1;
        }
    }
    for (table, key, row) in rows_of(journal, Log::Letters) {
        match table {
            Table::Outbox if stock.outbox.contains(key) || stock.sent.contains(key) => {
                // Of a draft the journal knows the later state.
                if ahead && is_draft(key) {
                    batch.put(table, key.clone(), row.clone());
                }
            }
            Table::Outbox => {
                let work = ItemKey::from_key(key).is_some_and(|item| item.purpose() == Purpose::Entry);
                told.entries += u64::from(work);
                batch.put_if(table, key.clone(), Expected::Absent, row.clone());
            }
            // Without the key that they are sealed under they are of no use to anybody.
            Table::Drafts if !key.get(..16).is_some_and(|vault| vaults.contains(vault)) => {}
            Table::Drafts => {
                told.drafts += 1;
                if ahead {
                    batch.put(table, key.clone(), row.clone());
                } else {
                    batch.put_if(table, key.clone(), Expected::Absent, row.clone());
                }
            }
            Table::Counters if keep::is_seq(key) => {}
            _ => batch.put_if(table, key.clone(), Expected::Absent, row.clone()),
        }
    }
    let posts =
        rows_of(journal, Log::Letters).filter(|(table, ..)| *table == Table::Posts).map(|(_, key, _)| key);
    let mut lone: Vec<_> = posts.chain(stock.posts.keys()).collect();
    lone.sort_unstable();
    lone.dedup();
    told.to_join = lone.iter().filter(|vault| !vaults.contains(**vault) && !withdrawn(vault)).count() as u64;
    let counters = Counters::of(journal, stock);
    told.unknown = unknown(loss, journal, stock, counters.journalled);
    counters.move_on(loss, &mut batch);
    for (key, row) in &stock.posts {
        // Records and blocks may have gone with the rest: all of it is collected again.
        let Ok(post) = rows::read::<PostRow>(Table::Posts, row) else { continue };
        batch.put(Table::Posts, key.clone(), rows::write(&PostRow { cursor: Vec::new().into(), ..post }));
    }
    // It goes on where the lost one ended: the same name, or the next start would take it for another.
    let journalled = journal.mark().map(|mark| mark.made);
    let made = stock.made.or(journalled).unwrap_or_else(opening::fresh);
    if let Some(former) = self::told(database).await? {
        told = told.after(former);
    }
    batch.put(Table::Counters, tables::MARK, rows::write_number(made));
    batch.put(Table::Counters, tables::RECOVERED, rows::write(&told));
    database.commit(batch).await?;
    Ok(made)
}

fn is_draft(key: &[u8]) -> bool {
    ItemKey::from_key(key).is_some_and(|item| item.purpose() == Purpose::Draft)
}

/// Whether the journal itself knows a later state of a row than the database: local storage alone may be ahead of both.
fn is_ahead(loss: Loss, journal: &Loaded, stock: &Stock) -> bool {
    let is_part = matches!(loss, Loss::Part { .. });
    is_part && journal.mark().is_some_and(|mark| mark.reached > stock.reached())
}

/// The counters of enrolments as the journal and the database know them.
struct Counters {
    /// The higher one of either place.
    counters: BTreeMap<Key, u64>,
    /// The sum of those that the journal knows.
    journalled: u64,
}

impl Counters {
    fn of(journal: &Loaded, stock: &Stock) -> Self {
        let told = rows_of(journal, Log::Letters)
            .filter(|(table, key, _)| *table == Table::Counters && keep::is_seq(key));
        let mut counters = stock.counters.clone();
        let mut journalled = 0_u64;
        for (_, key, row) in told {
            let known = rows::read_number(Some(row));
            journalled = journalled.saturating_add(known);
            let counter = counters.entry(key.clone()).or_default();
            *counter = known.max(*counter);
        }
        Self { counters, journalled }
    }

    /// Sets every one beyond what any place knows: what local storage alone knows of may all be of one enrolment.
    fn move_on(self, loss: Loss, batch: &mut Batch) {
        let more = match loss {
            Loss::Part { behind } => behind,
            Loss::All { noted } => noted.saturating_sub(self.journalled),
            Loss::Replaced => 0,
        };
        let leap = LEAP + more.min(FURTHEST);
        for (key, counter) in self.counters {
            batch.put(Table::Counters, key, rows::write_number(counter.saturating_add(leap)));
        }
    }
}

/// Saves that only local storage knew of.
fn unknown(loss: Loss, journal: &Loaded, stock: &Stock, journalled: u64) -> u64 {
    let reached = match loss {
        Loss::Part { behind } => stock.reached().saturating_add(behind),
        Loss::All { noted } => noted,
        Loss::Replaced => return 0,
    };
    let mark = journal.mark().map_or(0, |mark| mark.reached);
    reached.saturating_sub(stock.reached().max(mark).max(journalled))
}

/// What was brought back and nobody was told of yet.
pub async fn told(database: &Database) -> Result<Option<Recovered>, StoreError> {
    let read = database.read(&[Query::Get(Table::Counters, tables::RECOVERED.to_vec())]).await?;
    Ok(read.into_iter().flatten().next().and_then(|(_, row)| rows::read(Table::Counters, &row).ok()))
}

/// Somebody was told.
pub async fn dismiss(database: &Database) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    batch.delete(Table::Counters, tables::RECOVERED);
    database.commit(batch).await.map(|_| ())
}
