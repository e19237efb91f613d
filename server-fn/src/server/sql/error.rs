//! What goes wrong with a database, as far as the ledger tells it apart.

use core::fmt;

/// Either a value or why the database gave none.
pub type Result<T> = core::result::Result<T, Error>;

/// What kind of fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The statement gave no row.
    NoRow,
    /// Others were in the way: the same transaction may work the next time. SQLite's "busy"; PostgreSQL's 40001, 40P01 and
    /// 55P03.
    Conflict,
    /// Such a row, or such a table, is here already.
    Unique,
    /// The database cannot be reached, or has gone away: another connection may work.
    Away,
    /// Anything else: a full disk, a statement that is wrong, a value that does not fit.
    Other,
}

/// A fault of the database. Its words name constraints and columns, never values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of fault it is.
    pub kind: Kind,
    words: String,
}

impl Error {
    /// A fault of a kind, in words for the log.
    #[must_use]
    pub fn new(kind: Kind, words: impl Into<String>) -> Self {
        Self { kind, words: words.into() }
    }

    /// That a statement gave no row.
    #[must_use]
    pub fn no_row() -> Self {
        Self::new(Kind::NoRow, "no row")
    }

    /// That a column holds something else than was asked for.
    #[must_use]
    pub fn other_type(column: usize) -> Self {
        Self::new(Kind::Other, format!("column {column} is of another type"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.words)
    }
}

impl core::error::Error for Error {}

impl From<rusqlite::Error> for Error {
    /// SQLite's own errors name constraints and columns, never values.
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let kind = match (&error, error.sqlite_error()) {
            (rusqlite::Error::QueryReturnedNoRows, _) => Kind::NoRow,
            (_, Some(fault)) => match fault.code {
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Kind::Conflict,
                ErrorCode::ConstraintViolation
                    if [
                        rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE,
                        rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
                    ]
                    .contains(&fault.extended_code) =>
                {
                    Kind::Unique
                }
                ErrorCode::CannotOpen => Kind::Away,
                _ => Kind::Other,
            },
            _ => Kind::Other,
        };
        Self::new(kind, error.to_string())
    }
}

/// Makes "no row" a case and no fault.
pub trait OptionalExtension<T> {
    /// `None` where there was no row.
    ///
    /// # Errors
    /// Every other fault, as it is.
    fn optional(self) -> Result<Option<T>>;
}

impl<T> OptionalExtension<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind == Kind::NoRow => Ok(None),
            Err(error) => Err(error),
        }
    }
}
