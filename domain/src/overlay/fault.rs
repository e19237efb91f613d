//! What is wrong with a sheet, for whoever made it: they read these at a command line.

/// Something wrong in a sheet, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line of the file, from 1; 0 where it is about no one line.
    pub line: u64,
    /// The column's name; empty where it is about no one column.
    pub column: String,
    /// What is wrong.
    pub wrong: Wrong,
}

impl Fault {
    pub(super) fn new(line: u64, column: &str, wrong: Wrong) -> Fault {
        Fault { line, column: column.to_owned(), wrong }
    }
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if self.line > 0 {
            write!(f, "line {}, ", self.line)?;
        }
        if !self.column.is_empty() {
            write!(f, "column {}: ", self.column)?;
        }
        write!(f, "{}", self.wrong)
    }
}

/// What is wrong with a cell, a row or a sheet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // Each says in words what it is.
pub enum Wrong {
    #[error("this is no CSV that can be read")]
    Unreadable,
    #[error("the first line must name the columns")]
    NoHeader,
    #[error("the column has no name, or its name stands twice in the first line")]
    ColumnTwice,
    #[error("this table has no such column; it has {0}")]
    UnknownColumn(String),
    #[error("this column is missing: it tells the rows apart")]
    KeyColumnMissing,
    #[error("there are more cells than the {0} columns of the first line")]
    TooManyCells(usize),
    #[error("at most {0} characters")]
    TooLong(usize),
    #[error("at most {0} rows")]
    TooManyRows(usize),
    #[error("a line break, a tab or another character that cannot be printed")]
    ControlCharacter,
    #[error("there is no table of this name; there are {0}")]
    UnknownTable(String),
    #[error("this must be filled in")]
    Missing,
    #[error("{0:?} is no code: letters, digits, hyphen, point and underscore, at most 64")]
    NoCode(String),
    #[error("the same row stands in line {0}, for the same places")]
    Twice(u64),
    #[error("{0:?} is neither empty nor operation:…, site:… or programme:…")]
    UnknownScope(String),
    #[error("there is no {0} of code {1:?}")]
    NoSuchPlace(&'static str, String),
    #[error("{0:?} is neither 1 (retired) nor 0 nor empty")]
    NoFlag(String),
    #[error("{0:?} is no number")]
    NoNumber(String),
    #[error("{0:?} is no day: write it as 2026-11-22")]
    NoDay(String),
    #[error("the last day lies before the first")]
    EndsBefore,
    #[error("{0:?} is not one of {1}")]
    NotOneOf(String, String),
    #[error("this field has the number {0}, and a field's number never changes")]
    NumberChanged(String),
    #[error("the number {0} belongs to the field {1}")]
    NumberTaken(String, String),
    #[error("a field of an office's own has a number from 10000 to 65535")]
    NumberTooLow,
    #[error("the app reasons about this: it stays {0:?}")]
    Fixed(String),
    #[error("a class can be made stricter than {0:?}, not looser")]
    Looser(String),
    #[error("there is no list {0:?}")]
    NoSuchList(String),
    #[error("A means that the app fills it in; this it does only where it ships with A")]
    NotAutomatic,
    #[error("there is no rule {0:?}: an office changes rules and invents none")]
    NoSuchRule(String),
    #[error("people have consented to the text of this version: give another text another version")]
    ReadToPeople,
    #[error("{0:?} is not understood")]
    NotUnderstood(String),
}
