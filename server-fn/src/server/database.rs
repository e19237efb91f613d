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

/// Where the ledger of a folder is: at the address that is said, or at the one that is kept in the folder; without any the
/// ledger is embedded. Nothing is written: see [`keep`].
///
/// # Errors
/// In words: an address that is not well formed, a file that cannot be read, and an address for a folder that holds an
/// embedded ledger already, which would then be forgotten.
pub fn of(data: &Path, said: Option<&str>) -> Result<Source, String> {
    let kept = kept(data)?;
    let said = trimmed(said);
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
    Ok(source)
}

/// Whether an address is said that is not the one kept in the folder.
///
/// # Errors
/// In words: a file that cannot be read.
pub(super) fn is_other(data: &Path, said: Option<&str>) -> Result<bool, String> {
    let kept = kept(data)?;
    Ok(trimmed(said).is_some_and(|said| kept.as_deref() != Some(said)))
}

/// Keeps an address that is said in the folder, so that whatever is run beside the server finds the same ledger. To be said
/// once the ledger there is open, and known to be this folder's.
///
/// # Errors
/// In words: a file that cannot be read or written.
pub(super) fn keep(data: &Path, said: Option<&str>) -> Result<(), String> {
    match trimmed(said) {
        Some(address) if is_other(data, said)? => write_private(data, ADDRESS, address.as_bytes())
            .map_err(|error| format!("{}: {error}", data.join(ADDRESS).display())),
        _ => Ok(()),
    }
}

fn trimmed(said: Option<&str>) -> Option<&str> {
    said.map(str::trim).filter(|said| !said.is_empty())
}

fn kept(data: &Path) -> Result<Option<String>, String> {
    let path = data.join(ADDRESS);
    match std::fs::read_to_string(&path) {
        Ok(kept) => Ok(Some(kept.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::keyring::StorageSource;
    use crate::server::{Office, random};

    #[test]
    fn an_address_at_which_no_ledger_opens_is_not_kept_and_the_folder_keeps_its_own() {
        let name = domain::id::hex(&random::<8>());
        let data = std::env::temp_dir().join(format!("amparo-database-{name}"));
        // Nobody listens there: the port was this test's own a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let nowhere = format!("postgres://amparo@127.0.0.1:{port}/office");
        let open = |said| Office::open_at(&data, said, StorageSource::Files);
        assert!(open(Some(&nowhere)).is_err());
        assert!(of(&data, Some(&nowhere)).is_ok() && is_begun_at(&data, Some(&nowhere)).is_err());
        assert!(!data.join(ADDRESS).exists());
        assert!(matches!(of(&data, None), Ok(Source::File(_))));
        let identity = open(None).unwrap().ledger().identity();
        assert!(open(Some(&nowhere)).is_err());
        assert_eq!(open(None).unwrap().ledger().identity(), identity);
        std::fs::remove_dir_all(data).unwrap();
    }
}
