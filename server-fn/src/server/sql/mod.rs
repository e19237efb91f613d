//! One way of talking to either database: an SQLite file, or PostgreSQL (and what speaks like it) at a URL.
//!
//! The row modules are written once, in SQL that both understand: values as `$1`, `$2`, …; upserts as `ON CONFLICT`;
//! `IS DISTINCT FROM` where either side may be null; whole numbers, texts and bytes alone, with truth as 0 or 1; sums
//! and other wide results through `CAST (… AS BIGINT)`. What cannot be said alike is asked of [`Dialect`].
//!
//! A connection is used by one thread at a time and blocks it: never call it where tasks are driven.

mod error;
mod postgres;
mod schema;
mod source;
mod sqlite;
mod value;

pub use error::{Error, Kind, OptionalExtension, Result};
pub use postgres::Address;
pub use schema::{columns, tables};
pub use source::Source;
pub use value::{FromSql, Params, ParamsFromIter, ToSql, Value, ValueRef, params_from_iter};

pub(crate) use value::params;

use super::now_ms;
use core::ops::Deref;
use std::cell::RefCell;

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A file.
    Sqlite,
    /// PostgreSQL, or what speaks like it.
    Postgres,
}

impl Dialect {
    /// A condition: the bytes in `column` contain those in `value`.
    #[must_use]
    pub fn contains(self, column: &str, value: &str) -> String {
        match self {
            Dialect::Sqlite => format!("instr({column}, {value}) > 0"),
            Dialect::Postgres => format!("position({value} IN {column}) > 0"),
        }
    }
}

/// A connection to a database.
pub struct Connection(Driver);

enum Driver {
    Sqlite(rusqlite::Connection),
    Postgres(Box<RefCell<postgres::Client>>),
}

/// A statement, ready to be run again and again.
pub struct Statement<'c>(Prepared<'c>);

enum Prepared<'c> {
    Sqlite(rusqlite::CachedStatement<'c>),
    Postgres(&'c RefCell<postgres::Client>, String),
}

/// A row, as long as it is looked at.
pub struct Row<'r>(Cells<'r>);

enum Cells<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r postgres::Row),
}

/// What names a column: its place, from 0.
pub trait Column {
    /// Its place.
    fn place(self) -> usize;
}

impl Column for usize {
    fn place(self) -> usize {
        self
    }
}

impl Row<'_> {
    /// What stands in a column.
    ///
    /// # Errors
    /// When there is no such column, or it holds something of another type.
    pub fn get<C: Column, T: FromSql>(&self, column: C) -> Result<T> {
        let column = column.place();
        match self.0 {
            Cells::Sqlite(row) => value::read(sqlite::value(row, column)?, column),
            Cells::Postgres(row) => value::read(row.value(column)?, column),
        }
    }

    /// How many columns there are.
    #[must_use]
    pub fn columns(&self) -> usize {
        match self.0 {
            Cells::Sqlite(row) => row.as_ref().column_count(),
            Cells::Postgres(row) => row.columns(),
        }
    }
}

/// Rows, each made into something by a function. From SQLite they come one by one as they are asked for; PostgreSQL has
/// sent them all, so a statement that may give many has a `LIMIT`.
pub struct Mapped<'s, F> {
    rows: Rows<'s>,
    map: F,
}

enum Rows<'s> {
    Sqlite(rusqlite::Rows<'s>),
    Postgres(std::vec::IntoIter<postgres::Row>),
}

impl<T, F: FnMut(&Row<'_>) -> Result<T>> Iterator for Mapped<'_, F> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.rows {
            Rows::Sqlite(rows) => match rows.next() {
                Ok(row) => row.map(|row| (self.map)(&Row(Cells::Sqlite(row)))),
                Err(error) => Some(Err(error.into())),
            },
            Rows::Postgres(rows) => rows.next().map(|row| (self.map)(&Row(Cells::Postgres(&row)))),
        }
    }
}

impl Statement<'_> {
    /// Runs it, and gives how many rows it changed.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn execute(&mut self, params: impl Params) -> Result<usize> {
        params.bind(|values| match &mut self.0 {
            Prepared::Sqlite(statement) => sqlite::execute(statement, values),
            Prepared::Postgres(client, sql) => client.borrow_mut().execute(sql, values),
        })
    }

    /// Its first row.
    ///
    /// # Errors
    /// [`Kind::NoRow`] where there is none; whatever the database or `map` says.
    pub fn query_row<T>(
        &mut self,
        params: impl Params,
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.query_map(params, |row| map(row))?.next().unwrap_or_else(|| Err(Error::no_row()))
    }

    /// All its rows, each made into something.
    ///
    /// # Errors
    /// Whatever the database says; what goes wrong on the way comes in the row's place.
    pub fn query_map<T, F: FnMut(&Row<'_>) -> Result<T>>(
        &mut self,
        params: impl Params,
        map: F,
    ) -> Result<Mapped<'_, F>> {
        let rows = params.bind(|values| match &mut self.0 {
            Prepared::Sqlite(statement) => sqlite::query(statement, values).map(Rows::Sqlite),
            Prepared::Postgres(client, sql) => {
                client.borrow_mut().query(sql, values).map(|rows| Rows::Postgres(rows.into_iter()))
            }
        })?;
        Ok(Mapped { rows, map })
    }

    /// Whether it gives any row.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn exists(&mut self, params: impl Params) -> Result<bool> {
        self.query_row(params, |_| Ok(())).optional().map(|row| row.is_some())
    }
}

impl Connection {
    /// Which database it is connected to.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self.0 {
            Driver::Sqlite(_) => Dialect::Sqlite,
            Driver::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A statement, which the connection keeps prepared for the next time.
    ///
    /// # Errors
    /// Whatever the database says; PostgreSQL says it when the statement is run.
    pub fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>> {
        match &self.0 {
            Driver::Sqlite(connection) => Ok(Statement(Prepared::Sqlite(connection.prepare_cached(sql)?))),
            Driver::Postgres(client) => Ok(Statement(Prepared::Postgres(client, sql.to_owned()))),
        }
    }

    /// Runs a statement, and gives how many rows it changed.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn execute(&self, sql: &str, params: impl Params) -> Result<usize> {
        self.prepare_cached(sql)?.execute(params)
    }

    /// The first row of a statement.
    ///
    /// # Errors
    /// As [`Statement::query_row`].
    pub fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.prepare_cached(sql)?.query_row(params, map)
    }

    /// Runs several statements without values, one after the other.
    ///
    /// # Errors
    /// Whatever the database says of the first that fails; those after it are not run.
    pub fn execute_batch(&self, sql: &str) -> Result<()> {
        match &self.0 {
            Driver::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Driver::Postgres(client) => client.borrow_mut().batch(sql),
        }
    }

    /// As [`Self::execute_batch`]. PostgreSQL is sent it together with what comes next, and its fault is told there:
    /// one round trip less.
    ///
    /// # Errors
    /// As [`Self::execute_batch`].
    pub fn execute_with_next(&self, sql: &str) -> Result<()> {
        match &self.0 {
            Driver::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Driver::Postgres(client) => client.borrow_mut().with_next(sql),
        }
    }

    /// Begins to write, alone: until its end nobody else writes to this ledger, in whatever process.
    ///
    /// # Errors
    /// [`Kind::Conflict`] when others have been writing for too long; whatever else the database says.
    pub fn write(&self) -> Result<Transaction<'_>> {
        let transaction = self.begin()?;
        if self.dialect() == Dialect::Postgres {
            // Whoever writes holds this row, so that commits become visible in the order of the numbers they give.
            self.execute_with_next("SELECT one FROM server WHERE one = 1 FOR UPDATE")?;
        }
        Ok(transaction)
    }

    /// Begins a transaction that may write, without the lock that orders those who write to a ledger.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn begin(&self) -> Result<Transaction<'_>> {
        // Whoever was in the way of what was done before is not in the way of this.
        let _ = self.take_conflict();
        match self.dialect() {
            Dialect::Sqlite => self.execute_batch("BEGIN IMMEDIATE"),
            Dialect::Postgres => self.execute_with_next("BEGIN ISOLATION LEVEL READ COMMITTED"),
        }?;
        Ok(Transaction { connection: self, is_open: true })
    }

    /// One view of all tables, for reading only: what others write meanwhile is not seen.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn view(&self) -> Result<Transaction<'_>> {
        match self.dialect() {
            Dialect::Sqlite => self.execute_batch("BEGIN DEFERRED"),
            Dialect::Postgres => self.execute_with_next("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"),
        }?;
        Ok(Transaction { connection: self, is_open: true })
    }

    /// Whether the connection is of no more use: the database has gone away, or what it said was not understood.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        match &self.0 {
            Driver::Sqlite(_) => false,
            Driver::Postgres(client) => client.try_borrow().is_ok_and(|client| client.is_broken()),
        }
    }

    /// How much further the database's clock is than this machine's, in milliseconds, to the second; 0 for a file. Times
    /// that programs of several machines compare are written by that clock.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn clock_ahead(&self) -> Result<i64> {
        if self.dialect() == Dialect::Sqlite {
            return Ok(0);
        }
        let select = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
        let there: i64 = self.query_row(select, [], |row| row.get(0))?;
        let ahead = there.saturating_sub(i64::try_from(now_ms()).unwrap_or(i64::MAX));
        // Two clocks that are one are never apart.
        Ok(ahead.saturating_add(500).div_euclid(1000) * 1000)
    }

    /// Whether others got in the way since this was asked last or a transaction was begun: it is to be tried again from its
    /// beginning.
    #[must_use]
    pub fn take_conflict(&self) -> bool {
        match &self.0 {
            Driver::Sqlite(_) => false,
            Driver::Postgres(client) => {
                client.try_borrow_mut().is_ok_and(|mut client| client.take_conflict())
            }
        }
    }
}

/// A transaction; undone at its end unless it was committed.
pub struct Transaction<'c> {
    connection: &'c Connection,
    is_open: bool,
}

impl Transaction<'_> {
    /// Makes it last. Durable when this returns.
    ///
    /// # Errors
    /// Whatever the database says. [`Kind::Away`]: nobody knows whether it was done, or whether a standby has it too.
    pub fn commit(mut self) -> Result<()> {
        self.is_open = false;
        let outcome = match &self.connection.0 {
            Driver::Sqlite(connection) => connection.execute_batch("COMMIT").map_err(Error::from),
            Driver::Postgres(client) => client.borrow_mut().commit(),
        };
        if outcome.is_err() {
            self.undo();
        }
        outcome
    }

    fn undo(&self) {
        match &self.connection.0 {
            Driver::Sqlite(connection) if connection.is_autocommit() => {}
            Driver::Sqlite(connection) => {
                let _ = connection.execute_batch("ROLLBACK");
            }
            Driver::Postgres(client) => client.borrow_mut().roll_back(),
        }
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.is_open {
            self.undo();
        }
    }
}
