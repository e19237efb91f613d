//! Pieces of one transaction among themselves, on both databases.

use super::*;
use cluster::Cluster;
use std::sync::OnceLock;

#[path = "../../../../tests/postgres/cluster.rs"]
#[allow(dead_code)]
mod cluster;

/// Ends with this program.
static CLUSTER: OnceLock<Cluster> = OnceLock::new();

/// Tells a story to an SQLite file, and to PostgreSQL where it is on this machine.
fn on_both(story: fn(&Connection)) {
    let name = domain::id::hex(&crate::server::random::<8>());
    let file = std::env::temp_dir().join(format!("amparo-writer-{name}"));
    told_to(&Source::File(file.clone()), story);
    for what in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{what}", file.display()));
    }
    if cluster::programs().is_none() {
        println!("PostgreSQL's programs are not here: told to SQLite alone");
        return;
    }
    let cluster = CLUSTER.get_or_init(|| Cluster::start("").unwrap());
    let server = Source::read(&cluster.url("postgres")).unwrap().writer().unwrap();
    server.execute_batch(&format!("CREATE DATABASE writer_{name}")).unwrap();
    told_to(&Source::read(&cluster.url(&format!("writer_{name}"))).unwrap(), story);
}

fn told_to(source: &Source, story: fn(&Connection)) {
    let connection = source.writer().unwrap();
    super::super::bring_up_to_date(&connection).unwrap();
    connection.execute_batch("CREATE TABLE things (number BIGINT PRIMARY KEY)").unwrap();
    story(&connection);
}

type Answer = Receiver<Result<()>>;

/// A piece of work, and where its answer comes.
fn piece(work: fn(&Connection) -> database::Result<()>) -> (Box<dyn Piece>, Answer) {
    let (answer, answered) = channel();
    let work = move |connection: &Connection| work(connection).map_err(|error| unable(&error));
    (Box::new(Work { work, outcome: None, answer }), answered)
}

/// What each piece is answered by a transaction of all of them.
fn together(connection: &Connection, works: &[fn(&Connection) -> database::Result<()>]) -> Vec<bool> {
    let (mut pieces, answers): (Pieces, Vec<Answer>) = works.iter().map(|work| piece(*work)).unzip();
    let outcome = transact(connection, &mut pieces, &mut |_| {});
    let outcome = outcome.map_err(|(Undone::Surely(error) | Undone::Perhaps(error))| unable(&error));
    pieces.into_iter().for_each(|piece| piece.answer(outcome.clone()));
    answers.into_iter().map(|answer| answer.recv().unwrap().is_ok()).collect()
}

fn things(connection: &Connection) -> Vec<i64> {
    let mut select = connection.prepare_cached("SELECT number FROM things ORDER BY number").unwrap();
    select.query_map([], |row| row.get(0)).unwrap().collect::<database::Result<_>>().unwrap()
}

fn puts<const N: i64>(connection: &Connection) -> database::Result<()> {
    connection.execute("INSERT INTO things (number) VALUES ($1)", [N]).map(|_| ())
}

/// Puts something twice, which the table refuses.
fn fails<const N: i64>(connection: &Connection) -> database::Result<()> {
    puts::<N>(connection)?;
    puts::<N>(connection)
}

/// Says that it worked where it did not.
fn hides<const N: i64>(connection: &Connection) -> database::Result<()> {
    let _ = fails::<N>(connection);
    Ok(())
}

#[test]
fn a_piece_that_fails_takes_nothing_of_the_others_with_it_wherever_it_stands_among_them() {
    on_both(|connection| {
        assert_eq!(
            together(connection, &[puts::<1>, puts::<2>, fails::<3>]),
            [true, true, false],
            "the last"
        );
        assert_eq!(things(connection), [1, 2]);
        assert_eq!(
            together(connection, &[fails::<4>, puts::<5>, fails::<6>, puts::<7>]),
            [false, true, false, true]
        );
        assert_eq!(things(connection), [1, 2, 5, 7]);
        assert_eq!(together(connection, &[fails::<8>]), [false], "alone");
        assert_eq!(together(connection, &[puts::<9>]), [true], "and nothing of it is left over");
        assert_eq!(things(connection), [1, 2, 5, 7, 9]);
    });
}

#[test]
fn what_is_answered_as_stored_is_stored_though_a_piece_before_hid_its_fault() {
    on_both(|connection| {
        let answers = together(connection, &[puts::<1>, hides::<2>, fails::<3>, puts::<4>]);
        let held = things(connection);
        // SQLite goes on after the fault of a statement; PostgreSQL stores nothing of such a transaction.
        match connection.dialect() {
            Dialect::Sqlite => assert_eq!(
                (answers.as_slice(), held.as_slice()),
                (&[true, true, false, true][..], &[1, 2, 4][..])
            ),
            Dialect::Postgres => {
                assert_eq!((answers.as_slice(), held.as_slice()), (&[false; 4][..], &[][..]))
            }
        }
        assert_eq!(together(connection, &[puts::<5>]), [true], "and the next one works");
    });
}

#[test]
fn who_was_in_the_way_of_the_last_transaction_is_not_in_the_way_of_the_next() {
    on_both(|connection| {
        if connection.dialect() == Dialect::Postgres {
            let raise = "DO $$ BEGIN RAISE SQLSTATE '40001'; END $$";
            assert_eq!(connection.execute_batch(raise).unwrap_err().kind, Kind::Conflict);
        }
        assert_eq!(together(connection, &[puts::<1>]), [true]);
        assert_eq!(things(connection), [1]);
    });
}
