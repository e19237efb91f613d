//! Whether the stories are told to PostgreSQL, and a database of its own for each of them.
//!
//! `AMPARO_TEST_DATABASE=postgres` begins a server for this test program; an address (of the database `postgres` of a
//! server that runs) uses that one. Without either the stories are told to SQLite.
#![allow(dead_code)]

pub mod cluster;

use api::server::random;
use api::server::sql::{Connection, Source};
use cluster::Cluster;
use std::path::Path;
use std::sync::OnceLock;

/// The server that this program began, where it began one. Ends with it.
static OWN: OnceLock<Cluster> = OnceLock::new();

/// Whether the stories are told to PostgreSQL.
pub fn is_wanted() -> bool {
    std::env::var_os("AMPARO_TEST_DATABASE").is_some_and(|wanted| !wanted.is_empty())
}

/// The address of a database of the server that the tests use.
pub fn url(database: &str) -> String {
    let said = std::env::var("AMPARO_TEST_DATABASE").unwrap_or_default();
    if said.contains("://") {
        return said.replacen("/postgres?", &format!("/{database}?"), 1);
    }
    OWN.get_or_init(|| Cluster::start("").unwrap()).url(database)
}

/// The address of a new and empty database.
pub fn fresh() -> String {
    let name = format!("office_{}", domain::id::hex(&random::<8>()));
    let server = Source::read(&url("postgres")).unwrap().writer().unwrap();
    server.execute_batch(&format!("CREATE DATABASE {name}")).unwrap();
    url(&name)
}

/// Says in a data folder that is new that its ledger is in PostgreSQL, if that is wanted.
pub fn prepare(data: &Path) {
    if is_wanted() && !data.join("amparo.db").exists() && !data.join("database.url").exists() {
        std::fs::create_dir_all(data).unwrap();
        std::fs::write(data.join("database.url"), fresh()).unwrap();
    }
}

/// A connection to the ledger of a data folder, beside whatever runs there.
pub fn beside(data: &Path) -> Connection {
    api::server::database::of(data, None).unwrap().writer().unwrap()
}
