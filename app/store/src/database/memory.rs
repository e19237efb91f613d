//! The database in memory, for the host: what IndexedDB promises and nothing more.

use super::{Home, Watched, Watcher, WhenMissing};
use crate::StoreError;
use crate::schema;
use crate::tables::{Key, Table};
use crate::transaction::{Batch, Commit, Query, Rows};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

type Deed = Box<dyn FnOnce()>;
type Tables = BTreeMap<(Table, Key), Vec<u8>>;

/// The database. Clones share what is stored, as two tabs do.
#[derive(Clone, Default)]
pub struct Database {
    tables: Rc<RefCell<Tables>>,
    /// The object stores there are.
    stores: Rc<RefCell<BTreeSet<&'static str>>>,
    /// Bytes it may grow to; more and commits fail as on a full device.
    room: Rc<Cell<Option<usize>>>,
    /// Told before every commit; for tests that write in between.
    before_commit: Rc<RefCell<Option<Deed>>>,
    watched: Watched,
}

impl Database {
    /// A fresh one each time: nothing here has a name.
    pub async fn open(home: Home, _: WhenMissing) -> Result<Self, StoreError> {
        let made = Self::default();
        made.stores.borrow_mut().extend(schema::added_since(home, 0));
        Ok(made)
    }

    /// An empty one that is gone with the page.
    pub fn in_memory(home: Home) -> Self {
        let made = Self::default();
        made.stores.borrow_mut().extend(schema::added_since(home, 0));
        made
    }

    /// A fresh one, too.
    pub async fn open_as_is(home: Home) -> Result<Self, StoreError> {
        Self::open(home, WhenMissing::Lost).await
    }

    /// Nothing is kept under a name that could be removed.
    pub async fn remove(_: Home) -> Result<(), StoreError> {
        Ok(())
    }

    /// Has somebody told of every batch that is committed here.
    pub fn watch(&self, watcher: Watcher) {
        self.watched.by(watcher);
    }

    /// As in a browser: asking for a store that is not there fails, and nothing was done.
    fn expect(&self, mut tables: impl Iterator<Item = Table>) -> Result<(), StoreError> {
        let stores = self.stores.borrow();
        match tables.find(|table| !stores.contains(table.name())) {
            Some(missing) => Err(StoreError::Unavailable(format!("NotFoundError {}", missing.name()))),
            None => Ok(()),
        }
    }

    pub async fn read(&self, queries: &[Query]) -> Result<Vec<Rows>, StoreError> {
        self.expect(queries.iter().map(Query::table))?;
        let tables = self.tables.borrow();
        Ok(queries.iter().map(|query| answer(&tables, query)).collect())
    }

    pub async fn commit(&self, batch: Batch) -> Result<Commit, StoreError> {
        self.expect(batch.tables().into_iter())?;
        let before = self.before_commit.borrow_mut().take();
        if let Some(before) = before {
            before();
        }
        let mut tables = self.tables.borrow_mut();
        let lies = |tables: &Tables, table: Table, key: &Key| tables.get(&(table, key.clone())).cloned();
        let holds = batch
            .requires
            .iter()
            .all(|(table, key, expected)| expected.holds(lies(&tables, *table, key).as_deref()));
        if !holds {
            return Ok(Commit::Overtaken);
        }
        let mut next = tables.clone();
        for write in batch.writes.iter().cloned() {
            let now = lies(&next, write.table, &write.key);
            if write.only_if.is_some_and(|expected| !expected.holds(now.as_deref())) {
                continue;
            }
            match write.value {
                Some(value) => next.insert((write.table, write.key), value),
                None => next.remove(&(write.table, write.key)),
            };
        }
        let size: usize = next.iter().map(|((_, key), value)| key.len() + value.len()).sum();
        if self.room.get().is_some_and(|room| size > room) {
            return Err(StoreError::Full);
        }
        *tables = next;
        drop(tables);
        // Whoever wants it written down says so: here nothing goes on by itself.
        drop(self.watched.tell(&batch));
        Ok(Commit::Done)
    }
}

fn answer(tables: &Tables, query: &Query) -> Rows {
    let rows = |table: Table, from: &Key, to: &Key| {
        tables
            .range((table, from.clone())..(table, to.clone()))
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect::<Rows>()
    };
    match query {
        Query::Get(table, key) => {
            tables.get(&(*table, key.clone())).map(|value| (key.clone(), value.clone())).into_iter().collect()
        }
        Query::Range(table, from, to) => rows(*table, from, to),
        Query::Keys(table, from, to) => {
            rows(*table, from, to).into_iter().map(|(key, _)| (key, Vec::new())).collect()
        }
        Query::First(table, from, to, limit) => {
            let mut rows = rows(*table, from, to);
            rows.truncate(*limit as usize);
            rows
        }
    }
}

#[cfg(any(test, feature = "testing"))]
impl Database {
    /// The same database in another tab: what is committed there is told to that tab alone.
    #[cfg(test)]
    pub fn tab(&self) -> Self {
        Self { watched: Watched::default(), ..self.clone() }
    }

    pub fn limit_room(&self, room: Option<usize>) {
        self.room.set(room);
    }

    pub fn size(&self) -> usize {
        self.tables.borrow().iter().map(|((_, key), value)| key.len() + value.len()).sum()
    }
}

#[cfg(test)]
impl Database {
    /// A database as an earlier version of the program left it, with these rows.
    pub fn of_version(version: u32, rows: Vec<(Table, Key, Vec<u8>)>) -> Self {
        let later: BTreeSet<&str> = schema::added_since(Home::Vault, version).collect();
        let made = Self::default();
        made.stores
            .borrow_mut()
            .extend(schema::added_since(Home::Vault, 0).filter(|name| !later.contains(name)));
        made.tables.borrow_mut().extend(rows.into_iter().map(|(table, key, value)| ((table, key), value)));
        made
    }

    /// Opens it with this version of the program, as it was left by another.
    pub fn open_after(&self, version: u32) {
        self.stores.borrow_mut().extend(schema::added_since(Home::Vault, version));
    }

    pub fn before_next_commit(&self, deed: impl FnOnce() + 'static) {
        *self.before_commit.borrow_mut() = Some(Box::new(deed));
    }

    pub fn every_value(&self) -> Vec<(Table, Key, Vec<u8>)> {
        let tables = self.tables.borrow();
        tables.iter().map(|((table, key), value)| (*table, key.clone(), value.clone())).collect()
    }

    pub fn spoil(&self, table: Table, key: &Key) {
        let mut tables = self.tables.borrow_mut();
        if let Some(last) = tables.get_mut(&(table, key.clone())).and_then(|value| value.last_mut()) {
            *last ^= 1;
        }
    }
}
