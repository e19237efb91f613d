//! Copies a whole ledger from one database into another, row by row, whichever kind either is.

use super::Fault;
use crate::server::rows;
use crate::server::sql::{self, Connection, Dialect, Source, Value, params_from_iter};

/// Tables that are copied before the others, because others point at them.
const FIRST: [&str; 4] = ["server", "users", "enrolments", "envelopes"];
/// Tables of which nothing is copied: the version is the other database's own; sessions that were ended, and programs that
/// have stopped, are not to come back.
const LEFT_OUT: [&str; 6] =
    ["schema_version", "sessions", "passkey_challenges", "used_challenges", "programs", "claims"];
/// Rows that PostgreSQL is asked for at a time: chunks of pictures have 32 KiB.
const ROWS: usize = 256;
/// Bytes that are written in one transaction, into a file.
const TOGETHER: usize = 8 * 1024 * 1024;

/// How many rows were copied of each table.
pub type Copied = Vec<(String, u64)>;

/// Makes the tables of this version in a database that has none, or older ones.
///
/// # Errors
/// When it is not able, or of a later version.
pub fn prepared(source: &Source) -> Result<Connection, Fault> {
    let connection = source.writer()?;
    rows::bring_up_to_date(&connection)?;
    Ok(connection)
}

/// Copies everything that one database holds at this moment into another one that has the same tables, instead of what
/// these hold. What others write meanwhile is not copied. PostgreSQL holds all of it or nothing: it is copied in one
/// transaction, which has the row of "server" from its beginning, so that who begins there meanwhile waits.
///
/// # Errors
/// When either is not able; the other one, if a file, is of no use then.
pub fn copy(from: &Connection, to: &Connection) -> Result<Copied, Fault> {
    let view = from.view()?;
    let here = sql::tables(to)?;
    let there = sql::tables(from)?;
    let copied = |table: &&String| !LEFT_OUT.contains(&table.as_str());
    let mut tables: Vec<&String> = here.iter().filter(copied).collect();
    tables.sort_by_key(|table| FIRST.iter().position(|first| first == table).unwrap_or(FIRST.len()));
    let whole = match to.dialect() {
        Dialect::Postgres => Some(to.begin()?),
        Dialect::Sqlite => None,
    };
    for table in tables.iter().rev() {
        to.execute_batch(&format!("DELETE FROM {table}"))?;
    }
    let mut all = Copied::new();
    for table in tables {
        if !there.contains(table) {
            return Err(Fault::Lacks(table.clone()));
        }
        let rows = copy_table(from, to, table, whole.is_some());
        let named = |fault| Fault::Damaged(format!("table {table}: {fault}"));
        all.push((table.clone(), rows.map_err(named)?));
    }
    if let Some(whole) = whole {
        whole.commit()?;
    }
    drop(view);
    Ok(all)
}

fn copy_table(from: &Connection, to: &Connection, table: &str, is_begun: bool) -> Result<u64, Fault> {
    let columns = sql::columns(to, table)?;
    let names = columns.join(", ");
    let places: Vec<String> = (1..=columns.len()).map(|place| format!("${place}")).collect();
    let insert = format!("INSERT INTO {table} ({names}) VALUES ({})", places.join(", "));
    let mut writing = Writing { to, insert, is_begun, open: None, bytes: 0, rows: 0 };
    let select = format!("SELECT {names} FROM {table}");
    let row = |row: &sql::Row<'_>| (0..columns.len()).map(|column| row.get(column)).collect();
    if from.dialect() == Dialect::Sqlite {
        for values in from.prepare_cached(&select)?.query_map([], row)? {
            writing.take(values?)?;
        }
        return writing.done();
    }
    // It would send all of it at once. A name of its own: what is prepared for one table's rows does not fit another's.
    let cursor = format!("copied_{table}");
    from.execute_batch(&format!("DECLARE {cursor} NO SCROLL CURSOR FOR {select}"))?;
    loop {
        let fetch = format!("FETCH {ROWS} FROM {cursor}");
        let some: Vec<Vec<Value>> =
            from.prepare_cached(&fetch)?.query_map([], row)?.collect::<Result<_, _>>()?;
        if some.is_empty() {
            break;
        }
        some.into_iter().try_for_each(|values| writing.take(values))?;
    }
    from.execute_batch(&format!("CLOSE {cursor}"))?;
    writing.done()
}

/// Writes rows, many in a transaction.
struct Writing<'a> {
    to: &'a Connection,
    insert: String,
    /// In one that others begin and end.
    is_begun: bool,
    open: Option<sql::Transaction<'a>>,
    bytes: usize,
    rows: u64,
}

impl Writing<'_> {
    fn take(&mut self, values: Vec<Value>) -> Result<(), Fault> {
        if self.open.is_none() && !self.is_begun {
            self.open = Some(self.to.begin()?);
        }
        self.bytes += values.iter().map(size).sum::<usize>();
        self.to.prepare_cached(&self.insert)?.execute(params_from_iter(values))?;
        self.rows += 1;
        if self.bytes > TOGETHER
            && let Some(open) = self.open.take()
        {
            open.commit()?;
            self.bytes = 0;
        }
        Ok(())
    }

    fn done(self) -> Result<u64, Fault> {
        if let Some(open) = self.open {
            open.commit()?;
        }
        Ok(self.rows)
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Integer(_) => 16,
        Value::Text(text) => 16 + text.len(),
        Value::Blob(bytes) => 16 + bytes.len(),
    }
}
