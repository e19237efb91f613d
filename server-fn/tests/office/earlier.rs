//! Databases as earlier versions of the server left them.

use rusqlite::Connection;
use std::path::Path;

/// Released migrations, in order.
const MIGRATIONS: [&str; 2] = [
    include_str!("../../migrations/sqlite/0001_ledger.sql"),
    include_str!("../../migrations/sqlite/0002_attachments.sql"),
];

/// Writes the database of a stopped server as one of an earlier version would have: the same rows in its tables, and
/// nothing of what it did not know.
pub fn as_of_version(data: &Path, version: usize) {
    let (path, earlier) = (data.join("amparo.db"), data.join("earlier.db"));
    let database = Connection::open(&earlier).unwrap();
    for migration in &MIGRATIONS[..version] {
        database.execute_batch(migration).unwrap();
    }
    database.execute_batch("CREATE TABLE schema_version (version INTEGER NOT NULL)").unwrap();
    for version in 1..=version {
        database
            .execute("INSERT INTO schema_version (version) VALUES (?1)", [i64::try_from(version).unwrap()])
            .unwrap();
    }
    database.execute("ATTACH DATABASE ?1 AS later", [path.to_str().unwrap()]).unwrap();
    let names = |query: &str| -> Vec<String> {
        let mut statement = database.prepare(query).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let tables = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name <> 'schema_version' \
                  AND name NOT LIKE 'sqlite_%'";
    for table in names(tables) {
        let columns = names(&format!("SELECT name FROM main.pragma_table_info('{table}')")).join(", ");
        let copy = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM later.{table}");
        database.execute_batch(&copy).unwrap();
    }
    drop(database);
    std::fs::rename(earlier, path).unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(data.join(format!("amparo.db{suffix}")));
    }
}
