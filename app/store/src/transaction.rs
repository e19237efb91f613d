//! What one transaction does, said in full before it opens: everything is sealed by then.

use crate::tables::{Key, Table};

/// Whether a commit waits until the bytes are on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// On the disk. Everything that a person was told is saved.
    #[default]
    Strict,
    /// Handed to the operating system. Only for what the server hands out again: pages and what is made of them.
    Relaxed,
}

/// What must lie at a key for a write to be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Absent,
    /// Exactly these bytes.
    Bytes(Vec<u8>),
}

impl Expected {
    /// As it was read.
    pub fn as_read(row: Option<Vec<u8>>) -> Self {
        row.map_or(Expected::Absent, Expected::Bytes)
    }

    pub fn holds(&self, row: Option<&[u8]>) -> bool {
        match self {
            Expected::Absent => row.is_none(),
            Expected::Bytes(bytes) => row == Some(bytes),
        }
    }
}

/// One row written or deleted.
#[derive(Clone, Debug)]
pub struct Write {
    pub table: Table,
    pub key: Key,
    /// `None` deletes.
    pub value: Option<Vec<u8>>,
    /// Skipped, alone, when something else lies there.
    pub only_if: Option<Expected>,
}

/// Everything one transaction does.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub durability: Durability,
    /// When one of these does not hold, nothing is written: somebody else wrote in the meantime.
    pub requires: Vec<(Table, Key, Expected)>,
    pub writes: Vec<Write>,
}

impl Batch {
    pub fn relaxed() -> Self {
        Self { durability: Durability::Relaxed, ..Self::default() }
    }

    pub fn require(&mut self, table: Table, key: impl Into<Key>, expected: Expected) {
        self.requires.push((table, key.into(), expected));
    }

    pub fn put(&mut self, table: Table, key: impl Into<Key>, value: Vec<u8>) {
        self.writes.push(Write { table, key: key.into(), value: Some(value), only_if: None });
    }

    pub fn delete(&mut self, table: Table, key: impl Into<Key>) {
        self.writes.push(Write { table, key: key.into(), value: None, only_if: None });
    }

    pub fn put_if(&mut self, table: Table, key: impl Into<Key>, expected: Expected, value: Vec<u8>) {
        self.writes.push(Write { table, key: key.into(), value: Some(value), only_if: Some(expected) });
    }

    pub fn delete_if(&mut self, table: Table, key: impl Into<Key>, expected: Expected) {
        self.writes.push(Write { table, key: key.into(), value: None, only_if: Some(expected) });
    }

    /// Whether the requirement that nothing lies at a key is met by adding there: IndexedDB itself refuses to
    /// add over something, which spares a look.
    #[cfg(target_arch = "wasm32")]
    pub fn adds(&self, table: Table, key: &[u8], expected: &Expected) -> bool {
        let here = |other: Table, other_key: &[u8]| other == table && other_key == key;
        *expected == Expected::Absent
            && self
                .requires
                .iter()
                .any(|(other, at, expected)| here(*other, at) && *expected == Expected::Absent)
            && self.writes.iter().any(|write| {
                here(write.table, &write.key) && write.value.is_some() && write.only_if.is_none()
            })
    }

    /// Whether it takes a row out of a table.
    #[cfg(target_arch = "wasm32")]
    pub fn deletes_any(&self, table: Table) -> bool {
        self.writes.iter().any(|write| write.table == table && write.value.is_none())
    }

    /// Whether it lays something into the outbox that somebody saved.
    #[cfg(target_arch = "wasm32")]
    pub fn queues(&self) -> bool {
        let is_new =
            |write: &Write| write.table == Table::Outbox && write.value.is_some() && write.only_if.is_none();
        self.writes.iter().any(is_new)
    }

    /// The tables touched, each once.
    pub fn tables(&self) -> Vec<Table> {
        let mut tables = Vec::new();
        for table in
            self.requires.iter().map(|(table, ..)| *table).chain(self.writes.iter().map(|write| write.table))
        {
            // Put in its place at once: they are few, and the library's sorting is heavy.
            if let Err(place) = tables.binary_search(&table) {
                tables.insert(place, table);
            }
        }
        tables
    }
}

/// What a commit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// It is stored.
    Done,
    /// A requirement did not hold; nothing was written.
    Overtaken,
}

/// What to read. All reads of one call see the same state.
#[derive(Clone, Debug)]
pub enum Query {
    /// One row.
    Get(Table, Key),
    /// Rows from a key up to another, which is excluded.
    Range(Table, Key, Key),
    /// Their keys alone; the values come back empty.
    Keys(Table, Key, Key),
    /// The first few of a range.
    First(Table, Key, Key, u32),
}

impl Query {
    pub fn range(table: Table, (from, to): (Key, Key)) -> Self {
        Query::Range(table, from, to)
    }

    pub fn all(table: Table) -> Self {
        // Longer than any key.
        Query::Range(table, Vec::new(), vec![0xff; 64])
    }

    pub fn table(&self) -> Table {
        match self {
            Query::Get(table, _)
            | Query::Range(table, ..)
            | Query::Keys(table, ..)
            | Query::First(table, ..) => *table,
        }
    }
}

/// Keys and values, in the order of the keys.
pub type Rows = Vec<(Key, Vec<u8>)>;
