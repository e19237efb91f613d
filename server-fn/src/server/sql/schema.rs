//! Which tables and columns a database has, for whoever copies it whole.

use super::error::Result;
use super::{Connection, Dialect};

/// Names of the tables, by name. Those that a database keeps for itself are not among them.
///
/// # Errors
/// Whatever the database says.
pub fn tables(connection: &Connection) -> Result<Vec<String>> {
    let select = match connection.dialect() {
        Dialect::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        }
        Dialect::Postgres => {
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1"
        }
    };
    connection.prepare_cached(select)?.query_map([], |row| row.get(0))?.collect()
}

/// Names of a table's columns, by name; none where there is no such table.
///
/// # Errors
/// Whatever the database says.
pub fn columns(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let select = match connection.dialect() {
        Dialect::Sqlite => "SELECT name FROM pragma_table_info($1) ORDER BY name",
        Dialect::Postgres => {
            "SELECT CAST(column_name AS TEXT) FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY 1"
        }
    };
    connection.prepare_cached(select)?.query_map([table], |row| row.get(0))?.collect()
}
