//! The start: what lies in the database is held against what lies in the journal.

use super::keep::{self, Log};
use super::loaded::Loaded;
use super::recovery;
use crate::database::Database;
use crate::rows::{self, EnvelopeRow, PostRow};
use crate::tables::{self, Key, Table};
use crate::transaction::{Batch, Expected, Query};
use crate::vault::ItemKey;
use crate::{StoreError, clock, tries};
use road::marks::{self, Journaling, Mark, Note, Start};
use seal::{Deed, Purpose};
use std::collections::{BTreeMap, BTreeSet};

/// What the database holds of all that the journal holds too.
pub struct Stock {
    /// Keys of what waits.
    pub outbox: BTreeSet<Key>,
    /// Keys, as in the outbox, of what was delivered and is kept for a while.
    pub sent: BTreeSet<Key>,
    /// Posts, with their keys.
    pub posts: BTreeMap<Key, Vec<u8>>,
    /// Keys of vaults.
    pub vaults: BTreeSet<Key>,
    /// The counters of enrolments.
    pub counters: BTreeMap<Key, u64>,
    /// Names the database, where it bears a mark.
    pub made: Option<u64>,
    /// Keys of vaults whose key was destroyed here on purpose.
    pub emptied: BTreeSet<Key>,
}

impl Stock {
    /// Reads it.
    pub async fn of(database: &Database) -> Result<Self, StoreError> {
        let keys = |table| Query::Keys(table, Vec::new(), vec![0xff; 64]);
        let read = database
            .read(&[
                keys(Table::Outbox),
                keys(Table::Sent),
                Query::all(Table::Posts),
                keys(Table::Vaults),
                Query::range(Table::Counters, tables::beginning_with(tables::SEQ)),
                Query::Get(Table::Counters, tables::MARK.to_vec()),
                Query::range(Table::Counters, tables::beginning_with(tries::TRIES)),
            ])
            .await?;
        let [outbox, sent, posts, vaults, counters, mark, tries] = read.try_into().unwrap_or_default();
        let only_keys = |rows: crate::transaction::Rows| rows.into_iter().map(|(key, _)| key).collect();
        let counters = counters.into_iter().filter(|(key, _)| keep::is_seq(key));
        Ok(Self {
            outbox: only_keys(outbox),
            sent: sent
                .iter()
                .filter_map(|(key, _)| ItemKey::from_sent(key).map(ItemKey::in_outbox))
                .collect(),
            posts: posts.into_iter().collect(),
            vaults: only_keys(vaults),
            counters: counters.map(|(key, row)| (key, rows::read_number(Some(&row)))).collect(),
            made: mark.into_iter().next().map(|(_, row)| rows::read_number(Some(&row))),
            emptied: tries.iter().filter_map(|(key, row)| emptied_key(key, row)).collect(),
        })
    }

    /// Envelopes sealed so far.
    pub fn reached(&self) -> u64 {
        self.counters.values().fold(0, |sum, counter| sum.saturating_add(*counter))
    }

    /// What it says for [`marks::start`].
    fn says(&self, journal: &Loaded) -> marks::Database {
        if self.vaults.is_empty() && self.posts.is_empty() && self.made.is_none() {
            return marks::Database::Empty;
        }
        let reached = self.reached();
        match self.made {
            Some(made) if !self.lacks_a_vault(journal) => marks::Database::Held(Mark { made, reached }),
            _ => marks::Database::Unmarked { reached },
        }
    }

    /// Whether the journal has the row of a vault that nobody withdrew and that is not here: the database lost it.
    fn lacks_a_vault(&self, journal: &Loaded) -> bool {
        let emptied = self.emptied_with(journal);
        let copies = journal.keys.held.iter().flat_map(|held| held.rows.keys());
        copies.filter(|(table, _)| *table == Table::Vaults as u8).any(|(_, key)| {
            !self.vaults.contains(key)
                && !emptied.contains(key)
                && !self.posts.get(key).is_some_and(|post| is_withdrawn(post))
        })
    }

    /// Keys of vaults whose key was destroyed here on purpose, as the database or the journal says.
    pub fn emptied_with(&self, journal: &Loaded) -> BTreeSet<Key> {
        let told = rows_of(journal, Log::Letters)
            .filter(|(table, ..)| *table == Table::Counters)
            .filter_map(|(_, key, row)| emptied_key(key, row));
        self.emptied.iter().cloned().chain(told).collect()
    }
}

/// The key of the vault that a small row says was emptied.
fn emptied_key(key: &[u8], row: &[u8]) -> Option<Key> {
    tries::emptied(key, row).map(|vault| vault.0.to_vec())
}

/// Whether the office withdrew the access that a post belongs to.
pub fn is_withdrawn(post: &[u8]) -> bool {
    rows::read::<PostRow>(Table::Posts, post).is_ok_and(|post| post.ordered != Deed::Nothing.code())
}

/// What a start came to.
pub struct Opened {
    /// The database, with everything that could be put back.
    pub database: Database,
    /// Whether the journal is to be written anew.
    pub anew: bool,
    /// Names the database; `None` as long as nobody joined.
    pub made: Option<u64>,
}

/// Compares, puts back what is missing, and gives the database to work with. `found` is the database, if there was one;
/// `make` makes an empty one and is asked only where nothing is lost by it.
///
/// # Errors
/// [`StoreError::Lost`] when something was here and nothing is left to put back: nothing was made in its place then.
/// [`StoreError::SecondCopy`] when something is missing and the journal could not be read now.
pub async fn open<M: Future<Output = Result<Database, StoreError>>>(
    found: Option<Database>,
    journal: &Loaded,
    note: Note,
    make: impl FnOnce() -> M,
) -> Result<Opened, StoreError> {
    let stock = match &found {
        Some(database) => Some(Stock::of(database).await?),
        None => None,
    };
    let says = stock.as_ref().map_or(marks::Database::Empty, |stock| stock.says(journal));
    let start = marks::start(says, journal.says(), note);
    match start {
        Start::Lost => return Err(StoreError::Lost),
        Start::Wait => return Err(StoreError::SecondCopy),
        Start::Fresh | Start::Open(_) | Start::Recover(_) => {}
    }
    let database = match found {
        Some(database) => database,
        None => make().await?,
    };
    let stock = match stock {
        Some(stock) => stock,
        None => Stock::of(&database).await?,
    };
    let made = match start {
        Start::Fresh | Start::Lost | Start::Wait => None,
        Start::Open(_) => {
            catch_up(&database, journal, &stock).await?;
            Some(marked(&database, &stock).await?)
        }
        Start::Recover(loss) => Some(recovery::recover(&database, journal, &stock, loss).await?),
    };
    let anew = !matches!(start, Start::Open(Journaling::GoesOn));
    Ok(Opened { database, anew, made })
}

/// Gives what names the database, and gives it a name where it has none.
pub async fn marked(database: &Database, stock: &Stock) -> Result<u64, StoreError> {
    if let Some(made) = stock.made {
        return Ok(made);
    }
    let made = fresh();
    let mut batch = Batch::default();
    batch.put_if(Table::Counters, tables::MARK, Expected::Absent, rows::write_number(made));
    database.commit(batch).await?;
    // Another page may have been first.
    Ok(name_of(database).await?.unwrap_or(made))
}

/// What names the database, where it has a name.
pub async fn name_of(database: &Database) -> Result<Option<u64>, StoreError> {
    let read = database.read(&[Query::Get(Table::Counters, tables::MARK.to_vec())]).await?;
    Ok(read.into_iter().flatten().next().map(|(_, row)| rows::read_number(Some(&row))))
}

/// As [`marked`], for a database in which somebody just joined.
pub async fn name(database: &Database) -> Result<u64, StoreError> {
    marked(database, &Stock::of(database).await?).await
}

/// A name for a database.
pub fn fresh() -> u64 {
    u64::from_be_bytes(clock::random())
}

/// Entries and readings of the journal that the database knows neither as waiting nor as delivered: it lost them though it has
/// come as far. They are put back without a word; the server says of what it holds that it holds it.
async fn catch_up(database: &Database, journal: &Loaded, stock: &Stock) -> Result<(), StoreError> {
    let Some(held) = &journal.letters.held else { return Ok(()) };
    let mut batch = Batch::default();
    let mut capsules = BTreeSet::new();
    for ((table, key), row) in &held.rows {
        let lies = stock.outbox.contains(key) || stock.sent.contains(key);
        if *table != Table::Outbox as u8 || lies || !is_for_ever(key) {
            continue;
        }
        let Ok(read) = rows::read::<EnvelopeRow>(Table::Outbox, row) else { continue };
        // A wiped access takes what was delivered with it.
        if stock.posts.get(read.vault.0.as_slice()).is_some_and(|post| is_withdrawn(post)) {
            continue;
        }
        batch.put_if(Table::Outbox, key.clone(), Expected::Absent, row.clone());
        capsules.insert(read.capsule.to_vec());
    }
    for capsule in capsules {
        if let Some(row) = held.rows.get(&keep::place(Table::Capsules, capsule.clone())) {
            batch.put_if(Table::Capsules, capsule, Expected::Absent, row.clone());
        }
    }
    database.commit(batch).await.map(|_| ())
}

/// Whether an item of the outbox leaves it only for the shelf of what was sent. Drafts are replaced and dropped.
fn is_for_ever(key: &[u8]) -> bool {
    ItemKey::from_key(key).is_some_and(|item| item.purpose() != Purpose::Draft)
}

/// Whether the journal says anything that recovery would put back of a kind.
pub fn rows_of(journal: &Loaded, log: Log) -> impl Iterator<Item = (Table, &Key, &Vec<u8>)> {
    let found = match log {
        Log::Letters => &journal.letters,
        Log::Keys => &journal.keys,
    };
    let rows = found.held.iter().flat_map(|held| &held.rows);
    rows.filter_map(|((table, key), row)| Some((Table::from_number(*table)?, key, row)))
}
