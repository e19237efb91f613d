//! The steps that bring a database to the form of this version.

use super::{database, sql};
use crate::server::ledger::{LedgerError, Result};
use database::{Connection, Dialect, Kind};

/// Numbered steps; a released one is never edited. PostgreSQL begins with what the first ones come to.
const SQLITE: &[(i64, &str)] = &[
    (1, include_str!("../../../migrations/sqlite/0001_ledger.sql")),
    (2, include_str!("../../../migrations/sqlite/0002_attachments.sql")),
    (3, include_str!("../../../migrations/sqlite/0003_places.sql")),
    (4, include_str!("../../../migrations/sqlite/0004_grants.sql")),
    (5, include_str!("../../../migrations/sqlite/0005_audit.sql")),
    (6, include_str!("../../../migrations/sqlite/0006_staff.sql")),
    (7, include_str!("../../../migrations/sqlite/0007_passkeys.sql")),
    (8, include_str!("../../../migrations/sqlite/0008_carried.sql")),
    (9, include_str!("../../../migrations/sqlite/0009_addressed.sql")),
    (10, include_str!("../../../migrations/sqlite/0010_slips.sql")),
    (11, include_str!("../../../migrations/sqlite/0011_applications.sql")),
    (12, include_str!("../../../migrations/sqlite/0012_appointments.sql")),
    (13, include_str!("../../../migrations/sqlite/0013_several.sql")),
    (14, include_str!("../../../migrations/sqlite/0014_counters.sql")),
    (15, include_str!("../../../migrations/sqlite/0015_reported_carried.sql")),
];
const POSTGRES: &[(i64, &str)] = &[
    (14, include_str!("../../../migrations/postgres/0014_ledger.sql")),
    (15, include_str!("../../../migrations/postgres/0015_reported_carried.sql")),
];

/// How often a start waits for another one that makes the same tables.
const TRIES: u32 = 20;

/// The steps of a database, with their numbers.
pub fn steps(dialect: Dialect) -> &'static [(i64, &'static str)] {
    match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
    }
}

/// Takes the steps that are still to be taken, all or none. Other programs may begin at the same moment.
///
/// # Errors
/// When the database was made by a later version, or is not able.
pub fn bring_up_to_date(connection: &Connection) -> Result<()> {
    let mut tries = 0;
    loop {
        match step(connection) {
            Ok(None) => return Ok(()),
            Ok(Some(version)) => {
                return Err(LedgerError::Unable(format!("the ledger is of later version {version}")));
            }
            // PostgreSQL says so of a table that another one is making at this moment.
            Err(error) if tries < TRIES && [Kind::Unique, Kind::Conflict].contains(&error.kind) => tries += 1,
            Err(error) => return sql(Err(error)),
        }
    }
}

/// Gives a version that is later than this one knows.
fn step(connection: &Connection) -> database::Result<Option<i64>> {
    if connection.dialect() == Dialect::Postgres {
        // By itself, before: only a row that is here can be locked.
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY); \
             INSERT INTO schema_version (version) VALUES (0) ON CONFLICT (version) DO NOTHING",
        )?;
    }
    let transaction = connection.begin()?;
    match connection.dialect() {
        Dialect::Sqlite => connection
            .execute_batch("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")?,
        Dialect::Postgres => {
            connection.execute_batch("SELECT version FROM schema_version WHERE version = 0 FOR UPDATE")?;
        }
    }
    let select = "SELECT COALESCE(MAX(version), 0) FROM schema_version";
    let done: i64 = connection.query_row(select, [], |row| row.get(0))?;
    let steps = steps(connection.dialect());
    if done > steps.last().map_or(0, |(known, _)| *known) {
        return Ok(Some(done));
    }
    for (version, step) in steps.iter().filter(|(version, _)| *version > done) {
        connection.execute_batch(step)?;
        connection.execute("INSERT INTO schema_version (version) VALUES ($1)", [*version])?;
    }
    transaction.commit().map(|()| None)
}
