//! SQLite, through `rusqlite`.

use super::error::{Error, Kind, Result};
use super::value::{ValueRef, text};
use super::{Connection, Driver};
use rusqlite::types::{ToSqlOutput, ValueRef as Theirs};
use rusqlite::{CachedStatement, OpenFlags, Rows};
use std::path::Path;
use std::time::Duration;

/// Opens a file to write to it, making it where there is none.
pub(super) fn writer(path: &Path) -> Result<Connection> {
    let connection = rusqlite::Connection::open(path)?;
    prepare(&connection)?;
    Ok(Connection(Driver::Sqlite(connection)))
}

/// Opens a file that is here, for reading alone.
pub(super) fn reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = rusqlite::Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(Connection(Driver::Sqlite(connection)))
}

/// A database of its own in memory, for tests.
#[cfg(test)]
pub(super) fn in_memory() -> Result<Connection> {
    Ok(Connection(Driver::Sqlite(rusqlite::Connection::open_in_memory()?)))
}

fn prepare(connection: &rusqlite::Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // NORMAL may lose the last commits at a power cut, and those were acknowledged.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -32_000)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

struct Bound<'a>(ValueRef<'a>);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            ValueRef::Null => Theirs::Null,
            ValueRef::Integer(number) => Theirs::Integer(number),
            ValueRef::Text(text) => Theirs::Text(text.as_bytes()),
            ValueRef::Blob(bytes) => Theirs::Blob(bytes),
        }))
    }
}

/// To SQLite `$2` is a name like any other, numbered by where it is first said; to us, and to PostgreSQL, it is the second.
fn bind(statement: &mut CachedStatement<'_>, values: &[ValueRef<'_>]) -> Result<()> {
    let mut most = 0;
    for place in 1..=statement.parameter_count() {
        let number = statement.parameter_name(place).and_then(|name| name.get(1..)?.parse::<usize>().ok());
        let number = number.unwrap_or(place);
        let value = number.checked_sub(1).and_then(|index| values.get(index)).ok_or_else(miscounted)?;
        statement.raw_bind_parameter(place, Bound(*value))?;
        most = most.max(number);
    }
    if most == values.len() { Ok(()) } else { Err(miscounted()) }
}

fn miscounted() -> Error {
    Error::new(Kind::Other, "a statement was given more values or fewer than it takes")
}

pub(super) fn execute(statement: &mut CachedStatement<'_>, values: &[ValueRef<'_>]) -> Result<usize> {
    bind(statement, values)?;
    Ok(statement.raw_execute()?)
}

pub(super) fn query<'s>(statement: &'s mut CachedStatement<'_>, values: &[ValueRef<'_>]) -> Result<Rows<'s>> {
    bind(statement, values)?;
    Ok(statement.raw_query())
}

pub(super) fn value<'r>(row: &'r rusqlite::Row<'_>, column: usize) -> Result<ValueRef<'r>> {
    Ok(match row.get_ref(column)? {
        Theirs::Null => ValueRef::Null,
        Theirs::Integer(number) => ValueRef::Integer(number),
        Theirs::Text(bytes) => ValueRef::Text(text(bytes)?),
        Theirs::Blob(bytes) => ValueRef::Blob(bytes),
        Theirs::Real(_) => return Err(Error::other_type(column)),
    })
}
