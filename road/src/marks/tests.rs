//! Every combination, judged once by a table and once by rules that say less but hold everywhere.

use super::*;

const ONE: u64 = 0xA;
const OTHER: u64 = 0xB;

fn mark(made: u64, reached: u64) -> Mark {
    Mark { made, reached }
}

/// What databases can say: nothing, no mark, the mark of one that has come 5 far, of one made afterwards.
const DATABASES: [Database; 4] = [
    Database::Empty,
    Database::Unmarked { reached: 5 },
    Database::Held(Mark { made: ONE, reached: 5 }),
    Database::Held(Mark { made: OTHER, reached: 1 }),
];

fn journals() -> Vec<Journal> {
    let mut journals = vec![Journal::Absent, Journal::Unreadable, Journal::Silent];
    for whole in [true, false] {
        for mark in [None, Some(mark(ONE, 3)), Some(mark(ONE, 5)), Some(mark(ONE, 9))] {
            journals.push(Journal::Held { mark, whole });
        }
    }
    journals
}

fn notes() -> Vec<Note> {
    let mut notes = vec![Note::Absent, Note::Joined];
    notes.extend([3, 5, 8].map(|reached| Note::Held(mark(ONE, reached))));
    notes.push(Note::Held(mark(OTHER, 4)));
    notes
}

fn short(start: Start) -> &'static str {
    match start {
        Start::Fresh => "fresh",
        Start::Lost => "lost",
        Start::Open(Journaling::GoesOn) => "on",
        Start::Open(Journaling::Anew) => "anew",
        Start::Wait => "wait",
        Start::Recover(Loss::All { noted: 0 }) => "all",
        Start::Recover(Loss::All { noted: 3 }) => "all 3",
        Start::Recover(Loss::All { noted: 4 }) => "all 4",
        Start::Recover(Loss::All { noted: 5 }) => "all 5",
        Start::Recover(Loss::All { noted: 8 }) => "all 8",
        Start::Recover(Loss::All { .. }) => "all of them",
        Start::Recover(Loss::Replaced) => "replaced",
        Start::Recover(Loss::Part { behind: 0 }) => "part 0",
        Start::Recover(Loss::Part { behind: 3 }) => "part 3",
        Start::Recover(Loss::Part { behind: 4 }) => "part 4",
        Start::Recover(Loss::Part { .. }) => "part",
    }
}

/// Rows: journals as [`journals`] lists them; columns: notes as [`notes`] does.
#[rustfmt::skip]
const TABLE: [(&str, [[&str; 6]; 11]); 4] = [
    ("empty", [
        ["fresh", "lost", "lost", "lost", "lost", "lost"],
        ["lost", "lost", "lost", "lost", "lost", "lost"],
        ["fresh", "wait", "wait", "wait", "wait", "wait"],
        ["all", "all", "all 3", "all 5", "all 8", "all 4"],
        ["all", "all", "all 3", "all 5", "all 8", "all"],
        ["all", "all", "all 3", "all 5", "all 8", "all"],
        ["all", "all", "all 3", "all 5", "all 8", "all"],
        ["all", "all", "all 3", "all 5", "all 8", "all 4"],
        ["all", "all", "all 3", "all 5", "all 8", "all"],
        ["all", "all", "all 3", "all 5", "all 8", "all"],
        ["all", "all", "all 3", "all 5", "all 8", "all"],
    ]),
    ("unmarked, 5 far", [
        ["anew", "anew", "part 0", "part 0", "part 3", "part 0"],
        ["anew", "anew", "part 0", "part 0", "part 3", "part 0"],
        ["anew", "anew", "wait", "wait", "wait", "wait"],
        ["anew", "anew", "part 0", "part 0", "part 3", "part 0"],
        ["part 0", "part 0", "part 0", "part 0", "part 3", "part 0"],
        ["part 0", "part 0", "part 0", "part 0", "part 3", "part 0"],
        ["part 4", "part 4", "part 4", "part 4", "part 4", "part 4"],
        ["anew", "anew", "part 0", "part 0", "part 3", "part 0"],
        ["part 0", "part 0", "part 0", "part 0", "part 3", "part 0"],
        ["part 0", "part 0", "part 0", "part 0", "part 3", "part 0"],
        ["part 4", "part 4", "part 4", "part 4", "part 4", "part 4"],
    ]),
    ("marked, 5 far", [
        ["anew", "anew", "anew", "anew", "part 3", "anew"],
        ["anew", "anew", "anew", "anew", "part 3", "anew"],
        ["anew", "anew", "anew", "anew", "wait", "anew"],
        ["anew", "anew", "anew", "anew", "part 3", "anew"],
        ["on", "on", "on", "on", "part 3", "on"],
        ["on", "on", "on", "on", "part 3", "on"],
        ["part 4", "part 4", "part 4", "part 4", "part 4", "part 4"],
        ["anew", "anew", "anew", "anew", "part 3", "anew"],
        ["anew", "anew", "anew", "anew", "part 3", "anew"],
        ["anew", "anew", "anew", "anew", "part 3", "anew"],
        ["part 4", "part 4", "part 4", "part 4", "part 4", "part 4"],
    ]),
    ("another, 1 far", [
        ["anew", "anew", "anew", "anew", "anew", "part 3"],
        ["anew", "anew", "anew", "anew", "anew", "part 3"],
        ["anew", "anew", "anew", "anew", "anew", "wait"],
        ["anew", "anew", "anew", "anew", "anew", "part 3"],
        ["replaced", "replaced", "replaced", "replaced", "replaced", "replaced"],
        ["replaced", "replaced", "replaced", "replaced", "replaced", "replaced"],
        ["replaced", "replaced", "replaced", "replaced", "replaced", "replaced"],
        ["anew", "anew", "anew", "anew", "anew", "part 3"],
        ["replaced", "replaced", "replaced", "replaced", "replaced", "replaced"],
        ["replaced", "replaced", "replaced", "replaced", "replaced", "replaced"],
        ["replaced", "replaced", "replaced", "replaced", "replaced", "replaced"],
    ]),
];

#[test]
fn every_combination_of_database_journal_and_note_is_judged_as_the_table_says() {
    for (database, (name, rows)) in DATABASES.into_iter().zip(TABLE) {
        for (journal, wanted) in journals().into_iter().zip(rows) {
            let judged: Vec<&str> =
                notes().into_iter().map(|note| short(start(database, journal, note))).collect();
            assert_eq!(judged, wanted, "{name}, {journal:?}");
        }
    }
}

#[test]
fn an_empty_place_is_never_taken_for_a_fresh_one_where_anything_says_that_somebody_was_here() {
    for journal in journals() {
        for note in notes() {
            let is_bare = matches!(journal, Journal::Absent | Journal::Silent) && note == Note::Absent;
            assert_eq!(start(Database::Empty, journal, note) == Start::Fresh, is_bare);
        }
    }
}

#[test]
fn local_storage_alone_gone_changes_nothing() {
    for database in DATABASES {
        for reached in [0, 5] {
            let journal = Journal::Held { mark: Some(mark(ONE, reached)), whole: true };
            if let Database::Held(own) = database {
                let note = Note::Held(own);
                assert_eq!(start(database, journal, Note::Absent), start(database, journal, note));
            }
        }
    }
}

#[test]
fn a_journal_that_lags_behind_or_is_damaged_is_no_reason_to_recover() {
    let database = Database::Held(mark(ONE, 100));
    for reached in [0, 1, 99, 100] {
        for whole in [true, false] {
            let journal = Journal::Held { mark: Some(mark(ONE, reached)), whole };
            let note = Note::Held(mark(ONE, 100));
            assert!(matches!(start(database, journal, note), Start::Open(_)), "{reached} {whole}");
        }
    }
}

#[test]
fn a_database_that_lost_even_one_envelope_is_found_out_by_the_journal_or_by_the_note() {
    for lost in 1..200 {
        let database = Database::Held(mark(ONE, 200 - lost));
        let whole = Journal::Held { mark: Some(mark(ONE, 200)), whole: true };
        let wanted = Start::Recover(Loss::Part { behind: lost });
        assert_eq!(start(database, whole, Note::Absent), wanted);
        assert_eq!(start(database, Journal::Absent, Note::Held(mark(ONE, 200))), wanted);
    }
}

#[test]
fn nothing_is_made_put_back_or_given_up_as_long_as_the_journal_does_not_answer() {
    for database in DATABASES {
        for note in notes() {
            let judged = start(database, Journal::Silent, note);
            assert!(!matches!(judged, Start::Lost | Start::Recover(_)), "{database:?} {note:?}");
            let wanted = start(database, Journal::Absent, note);
            assert_eq!(judged == Start::Wait, matches!(wanted, Start::Lost | Start::Recover(_)));
        }
    }
}
