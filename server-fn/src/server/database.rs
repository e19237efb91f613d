//! Where the ledger of a data folder is: in the folder itself, or in a database at the address that a file in it says.

use super::keyring::write_private;
use super::sql::{Kind, Source};
use std::path::{Path, PathBuf};

/// The embedded ledger.
const EMBEDDED: &str = "amparo.db";
/// Says the address of another one.
const ADDRESS: &str = "database.url";

/// The embedded ledger's file, whether it is there or not.
#[must_use]
pub fn embedded(data: &Path) -> PathBuf {
    data.join(EMBEDDED)
}

/// Where the ledger of a folder is. An address that is said is kept in the folder, so that whatever is run beside the
/// server finds the same one; without any the ledger is embedded.
///
/// # Errors
/// In words: an address that is not well formed, a file that cannot be read or written, and an address for a folder that
/// holds an embedded ledger already, which would then be forgotten.
pub fn of(data: &Path, said: Option<&str>) -> Result<Source, String> {
    let path = data.join(ADDRESS);
    let kept = match std::fs::read_to_string(&path) {
        Ok(kept) => Some(kept.trim().to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    let said = said.map(str::trim).filter(|said| !said.is_empty());
    let Some(address) = said.or(kept.as_deref()) else { return Ok(Source::File(embedded(data))) };
    if !address.contains("://") {
        return Err("the database is said as an address: postgres://user:password@host/database".to_owned());
    }
    let source = Source::read(address)?;
    if kept.is_none() && embedded(data).exists() {
        return Err(format!(
            "{} holds a ledger of its own ({EMBEDDED}): back it up, and restore it into the database from another folder",
            data.display()
        ));
    }
    if kept.as_deref() != Some(address) {
        write_private(data, ADDRESS, address.as_bytes())
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(source)
}

/// Whether a ledger was begun there: keys that are missing are not made anew then.
///
/// # Errors
/// In words, when the database cannot be asked.
pub fn is_begun(source: &Source) -> Result<bool, String> {
    let ask = || -> super::sql::Result<bool> {
        if let Source::File(path) = source {
            return Ok(path.exists());
        }
        let connection = source.reader()?;
        if !super::sql::tables(&connection)?.iter().any(|table| table == "server") {
            return Ok(false);
        }
        connection.prepare_cached("SELECT 1 FROM server")?.exists([])
    };
    ask().map_err(|error| match error.kind {
        Kind::Away => error.to_string(),
        _ => format!("the database cannot be asked: {error}"),
    })
}

/// As [`is_begun`], of the ledger of a folder.
///
/// # Errors
/// As [`of`] and [`is_begun`].
pub fn is_begun_at(data: &Path, said: Option<&str>) -> Result<bool, String> {
    is_begun(&of(data, said)?)
}

/// How many bytes the ledger of a folder takes up; 0 where that cannot be told.
#[must_use]
pub fn size(data: &Path) -> u64 {
    let ask = |source: &Source| -> super::sql::Result<u64> {
        let select = "SELECT pg_database_size(current_database())";
        let size: i64 = source.reader()?.query_row(select, [], |row| row.get(0))?;
        Ok(u64::try_from(size).unwrap_or(0))
    };
    match of(data, None) {
        Ok(Source::File(path)) => std::fs::metadata(path).map_or(0, |file| file.len()),
        Ok(source) => ask(&source).unwrap_or(0),
        Err(_) => 0,
    }
}
