//! What the rows are that are to be written: as they were written here, or looked up.

use super::file::{Became, Due};
use super::keep::{self, Log};
use super::lines::Place;
use super::medium::MediumError;
use super::writer::Journal;
use crate::tables::{Key, Table};
use crate::transaction::Query;
use std::collections::{BTreeMap, BTreeSet};

/// Rows as they are now, `None` for those that are no more.
pub type Changes = BTreeMap<Place, Option<Vec<u8>>>;

impl Journal {
    /// All rows of one file as they are now, and which of those that it holds are no more.
    pub(super) async fn everything(&self, log: Log) -> Result<Changes, MediumError> {
        let queries = log.queries();
        let read = self.0.database.read(&queries).await.map_err(|_| MediumError::Unavailable)?;
        let mut changes: Changes =
            self.file(log).borrow().rows.keys().map(|place| (place.clone(), None)).collect();
        for (query, rows) in queries.iter().zip(read) {
            let table = query.table();
            let is_ours = |key: &Key, row: &[u8]| {
                Log::of(table, key).is_some() && keep::is_wanted(table, key, Some(row))
            };
            let ours = rows.into_iter().filter(|(key, row)| is_ours(key, row));
            changes.extend(ours.map(|(key, row)| (keep::place(table, key), Some(keep::kept(table, row)))));
        }
        Ok(changes)
    }

    /// The rows of one file that are due.
    pub(super) async fn some(&self, log: Log, due: &Due) -> Result<Changes, MediumError> {
        let mut changes = Changes::new();
        let mut wanted = BTreeSet::new();
        for ((table, key), became) in
            due.rows.iter().filter(|((table, key), _)| Log::of(*table, key) == Some(log))
        {
            match became {
                Became::Written(row) => {
                    let row = row.clone().map(|row| keep::kept(*table, row));
                    changes.insert(keep::place(*table, key.clone()), row);
                }
                Became::Open => drop(wanted.insert((*table, key.clone()))),
            }
        }
        if due.others {
            let changed = self.changed_by_others(log).await?.into_iter();
            wanted.extend(
                changed.filter(|(table, key)| !changes.contains_key(&keep::place(*table, key.clone()))),
            );
        }
        let queries: Vec<Query> = wanted.iter().map(|(table, key)| Query::Get(*table, key.clone())).collect();
        if queries.is_empty() {
            return Ok(changes);
        }
        let read = self.0.database.read(&queries).await.map_err(|_| MediumError::Unavailable)?;
        changes.extend(wanted.into_iter().zip(read).map(|((table, key), rows)| {
            let row = rows.into_iter().next().map(|(_, row)| keep::kept(table, row));
            (keep::place(table, key), row)
        }));
        Ok(changes)
    }

    /// Keys that came or went, and posts and counters, which change in their places.
    async fn changed_by_others(&self, log: Log) -> Result<BTreeSet<(Table, Key)>, MediumError> {
        let tables: &[Table] = match log {
            Log::Letters => &[Table::Outbox, Table::Capsules, Table::Posts, Table::Drafts],
            Log::Keys => &[Table::Vaults],
        };
        let queries: Vec<Query> =
            tables.iter().map(|table| Query::Keys(*table, Vec::new(), vec![0xff; 64])).collect();
        let read = self.0.database.read(&queries).await.map_err(|_| MediumError::Unavailable)?;
        let file = self.file(log).borrow();
        let mut changed = BTreeSet::new();
        for (table, rows) in tables.iter().zip(read) {
            let here: BTreeSet<Key> = rows.into_iter().map(|(key, _)| key).collect();
            let held: BTreeSet<Key> =
                file.rows.keys().filter(|(of, _)| *of == *table as u8).map(|(_, key)| key.clone()).collect();
            changed.extend(here.symmetric_difference(&held).map(|key| (*table, key.clone())));
            if *table == Table::Posts {
                changed.extend(here.into_iter().map(|key| (*table, key)));
            }
        }
        Ok(changed)
    }
}
