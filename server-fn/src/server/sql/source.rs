//! Where a database is, and how connections to it are had.

use super::error::Result;
use super::{Address, Connection, Dialect, postgres, sqlite};
use std::path::{Path, PathBuf};

/// Where a database is.
#[derive(Clone, Debug)]
pub enum Source {
    /// An SQLite file.
    File(PathBuf),
    /// PostgreSQL, or what speaks like it.
    Postgres(Box<Address>),
}

impl Source {
    /// From what somebody wrote: a `postgres://` address, or the path of a file.
    ///
    /// # Errors
    /// In words, what is wrong with the address. Its password is not among them.
    pub fn read(said: &str) -> core::result::Result<Self, String> {
        if said.contains("://") {
            return Address::read(said).map(|address| Source::Postgres(Box::new(address)));
        }
        Ok(Source::File(Path::new(said).to_owned()))
    }

    /// Which database it is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self {
            Source::File(_) => Dialect::Sqlite,
            Source::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A connection to write with. A file is made where there is none; a database is not.
    ///
    /// # Errors
    /// [`super::Kind::Away`] when it cannot be reached; whatever else the database says.
    pub fn writer(&self) -> Result<Connection> {
        match self {
            Source::File(path) => sqlite::writer(path),
            Source::Postgres(address) => postgres::connect(address, false),
        }
    }

    /// A connection to read with, which cannot write.
    ///
    /// # Errors
    /// As [`Self::writer`]; a file must be here.
    pub fn reader(&self) -> Result<Connection> {
        match self {
            Source::File(path) => sqlite::reader(path),
            Source::Postgres(address) => postgres::connect(address, true),
        }
    }

    /// A database of its own in memory, for tests.
    #[cfg(test)]
    pub(crate) fn in_memory() -> Result<Connection> {
        sqlite::in_memory()
    }
}
