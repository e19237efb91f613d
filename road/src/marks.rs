//! Start of a device: how far its database, its journal and local storage say that it had come, and what follows.
//!
//! Browsers put an empty database in place of a damaged one, or one without its latest rows, and say nothing of it. The
//! three places lie in different files, so that what one lost another still knows. The database is believed wherever it has
//! come as far as the others: journal and note are written after it, and may lag behind.

/// How far one of the three has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Names the database: random, drawn when it was made. Marks of two databases say nothing about each other.
    pub made: u64,
    /// Envelopes sealed in it so far, over all enrolments: only grows.
    pub reached: u64,
}

/// What the database says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// There is none, or nobody ever joined in it.
    Empty,
    /// Somebody joined, and it bears no mark: it is of a version before marks, or it lost its mark.
    Unmarked {
        /// Envelopes sealed in it so far.
        reached: u64,
    },
    /// It bears its mark.
    Held(Mark),
}

/// What the journal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journal {
    /// There is none; or browsers hand out no such files here.
    Absent,
    /// Whether there is one is not known: the browser does not answer now.
    Silent,
    /// Something lies there of which nothing can be read.
    Unreadable,
    /// It holds rows of a database.
    Held {
        /// How far that had come; `None` where that part was not written or is cut off.
        mark: Option<Mark>,
        /// Whether nothing at its end is cut off or garbled.
        whole: bool,
    },
}

/// What local storage says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// Nothing.
    Absent,
    /// That somebody joined: a version before marks wrote it.
    Joined,
    /// How far the database had come.
    Held(Mark),
}

/// What is to be done at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Nothing is here and nothing says that there ever was.
    Fresh,
    /// The database is believed.
    Open(Journaling),
    /// Rows are missing in the database. They are put back from the journal, as far as it has them, nothing is written
    /// over, and everything is collected again.
    Recover(Loss),
    /// There was something, and nothing is left to put back. A person is told before anything is made in its place.
    Lost,
    /// Rows are missing in the database, and the journal that may have them does not answer now. Nothing is done: it is tried
    /// again, and whoever begins anew by then would begin without what lies there.
    Wait,
}

/// What becomes of the journal where the database is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journaling {
    /// What it lacks is appended.
    GoesOn,
    /// It is written anew, because it is not there, damaged, or of another time.
    Anew,
}

/// How much is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The whole database.
    All {
        /// Envelopes that local storage knew were sealed in it, where the journal is not of another one; 0 where it says nothing.
        noted: u64,
    },
    /// Its latest rows, or its mark.
    Part {
        /// Envelopes that another place knows of and this database does not: what is known at least.
        behind: u64,
    },
    /// Another database lies in the place of the one that the journal was written of.
    Replaced,
}

/// Decides what a device does at its start.
#[must_use]
pub fn start(database: Database, journal: Journal, note: Note) -> Start {
    match judge(database, journal, note) {
        Start::Lost | Start::Recover(_) if journal == Journal::Silent => Start::Wait,
        start => start,
    }
}

fn judge(database: Database, journal: Journal, note: Note) -> Start {
    let told = match journal {
        Journal::Held { mark, .. } => mark,
        Journal::Absent | Journal::Silent | Journal::Unreadable => None,
    };
    match database {
        Database::Empty => match (journal, note) {
            (Journal::Held { .. }, Note::Held(noted)) if told.is_none_or(|told| told.made == noted.made) => {
                Start::Recover(Loss::All { noted: noted.reached })
            }
            (Journal::Held { .. }, _) => Start::Recover(Loss::All { noted: 0 }),
            // Should there be a journal after all, it is found to be of another database, and put back into the new one.
            (Journal::Absent | Journal::Silent, Note::Absent) => Start::Fresh,
            (Journal::Absent | Journal::Silent | Journal::Unreadable, _) => Start::Lost,
        },
        // A journal or a note with a mark was written of a database that had one.
        Database::Unmarked { reached } => {
            let noted = if let Note::Held(mark) = note { Some(mark) } else { None };
            let marks = [told, noted].into_iter().flatten();
            match marks.map(|mark| mark.reached.saturating_sub(reached)).max() {
                Some(behind) => Start::Recover(Loss::Part { behind }),
                None => Start::Open(Journaling::Anew),
            }
        }
        Database::Held(own) => {
            if told.is_some_and(|told| told.made != own.made) {
                return Start::Recover(Loss::Replaced);
            }
            let noted = match note {
                Note::Held(mark) if mark.made == own.made => Some(mark),
                // Of a database before this one, which the journal was not written of either: told of long ago.
                _ => None,
            };
            let furthest = told.max(noted).map_or(0, |mark| mark.reached);
            match furthest.checked_sub(own.reached) {
                Some(behind) if behind > 0 => Start::Recover(Loss::Part { behind }),
                _ if matches!(journal, Journal::Held { mark: Some(_), whole: true }) => {
                    Start::Open(Journaling::GoesOn)
                }
                _ => Start::Open(Journaling::Anew),
            }
        }
    }
}

#[cfg(test)]
mod tests;
