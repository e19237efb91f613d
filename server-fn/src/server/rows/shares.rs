//! Reading what is in a share, in the order of changes.

use super::int;
use crate::server::ledger::Share;
use crate::server::sql as database;
use database::Value as Sql;
use database::{Connection, Dialect, Mapped, Row, Statement, params_from_iter};
use std::collections::VecDeque;

/// A part of a share, as a condition on rows of records or of departures, with its values.
pub type Arm = (String, Vec<Sql>);

/// The parts of a share. Each is read by an index of its own in the order of changes; all of them joined by OR would be
/// sorted anew for every page.
pub fn arms(share: &Share, of_records: bool) -> Vec<Arm> {
    let mut arms = Vec::new();
    let pair = |(scope, other): &(String, String)| vec![Sql::Text(scope.clone()), Sql::Text(other.clone())];
    if let Some(home) = &share.home {
        let only = if share.only_referrals && of_records { " AND kind = 9" } else { "" };
        arms.push((format!("scope = $1 AND organisation = $2{only}"), pair(home)));
    }
    if let Some(addressed) = &share.addressed {
        arms.push(("scope = $1 AND addressed_to = $2".to_owned(), pair(addressed)));
    }
    for group in &share.groups {
        arms.push(("group_id = $1".to_owned(), vec![Sql::Blob(group.0.to_vec())]));
    }
    if let Some(scope) = &share.before {
        let from_before = if of_records { " AND from_before = 1" } else { "" };
        arms.push((format!("scope = $1{from_before}"), vec![Sql::Text(scope.clone())]));
    }
    arms
}

/// Rows that PostgreSQL is asked for at once: it sends all that a statement gives, also what nobody goes on to read.
const PAGE: u32 = 128;

/// Rows of a part of a share, one after the other.
enum Stream<'s, 'c, T, F> {
    /// As the database comes upon them.
    Lazy(Mapped<'s, F>),
    /// By pages, each from the last row of the one before.
    Paged {
        statement: &'s mut Statement<'c>,
        values: &'s mut Vec<Sql>,
        /// How many more are wanted at most.
        left: u32,
        page: VecDeque<T>,
        read: F,
    },
}

impl<T, F: Fn(&Row<'_>) -> database::Result<T>> Stream<'_, '_, T, F> {
    /// The next one; `seq` gives a row's number.
    fn next(&mut self, seq: impl Fn(&T) -> u64) -> database::Result<Option<T>> {
        match self {
            Stream::Lazy(rows) => rows.next().transpose(),
            Stream::Paged { statement, values, left, page, read } => {
                if page.is_empty() && *left > 0 {
                    let asked = (*left).min(PAGE);
                    // The last three: after, until, limit.
                    if let [.., limit] = values.as_mut_slice() {
                        *limit = Sql::Integer(i64::from(asked));
                    }
                    let rows = statement.query_map(params_from_iter(values.iter()), |row| read(row))?;
                    *page = rows.collect::<database::Result<_>>()?;
                    *left = if page.len() < asked as usize { 0 } else { *left - asked };
                    if let ([.., after, _, _], Some(last)) = (values.as_mut_slice(), page.back()) {
                        *after = Sql::Integer(int(seq(last)));
                    }
                }
                Ok(page.pop_front())
            }
        }
    }
}

/// Reads rows of a share in the order of changes, each once, whatever parts of it they are in, until `take` says no.
/// `extra` is a further condition without values. At most `limit` rows are read of each part.
pub fn in_order<T>(
    connection: &Connection,
    arms: Vec<Arm>,
    (select, extra): (&str, &str),
    (after, until, limit): (u64, u64, u32),
    read: impl Fn(&Row<'_>) -> database::Result<T>,
    seq: impl Fn(&T) -> u64,
    mut take: impl FnMut(T) -> bool,
) -> database::Result<()> {
    let mut statements = Vec::with_capacity(arms.len());
    for (condition, mut values) in arms {
        let first = values.len() + 1;
        values.extend([Sql::Integer(int(after)), Sql::Integer(int(until)), Sql::Integer(i64::from(limit))]);
        let query = format!(
            "{select} WHERE {condition}{extra} AND seq > ${first} AND seq <= ${} ORDER BY seq LIMIT ${}",
            first + 1,
            first + 2
        );
        statements.push((connection.prepare_cached(&query)?, values));
    }
    let mut streams = Vec::with_capacity(statements.len());
    for (statement, values) in &mut statements {
        let mut rows = match connection.dialect() {
            Dialect::Sqlite => Stream::Lazy(statement.query_map(params_from_iter(values.iter()), &read)?),
            Dialect::Postgres => {
                Stream::Paged { statement, values, left: limit, page: VecDeque::new(), read: &read }
            }
        };
        let head = rows.next(&seq)?;
        streams.push((head, rows));
    }
    for _ in 0..limit {
        let next = streams.iter().filter_map(|(head, _)| head.as_ref().map(&seq)).min();
        let Some(next) = next else { break };
        let mut found = None;
        for (head, rows) in &mut streams {
            if head.as_ref().is_some_and(|head| seq(head) == next) {
                found = std::mem::replace(head, rows.next(&seq)?).or(found);
            }
        }
        if !found.is_none_or(&mut take) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::rows::migrations::steps;
    use domain::RecordId;

    /// How the database goes about a query, step by step.
    fn plan(connection: &Connection, query: &str) -> String {
        let mut statement = connection.prepare_cached(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
        let most = (1..=10).rev().find(|number| query.contains(&format!("${number}"))).unwrap_or(0);
        let steps =
            statement.query_map(params_from_iter(vec![Sql::Null; most]), |row| row.get::<_, String>(3));
        let steps = steps.unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn every_part_of_a_share_is_read_by_an_index_in_the_order_of_changes() {
        let connection = database::Source::in_memory().unwrap();
        steps(Dialect::Sqlite).iter().for_each(|(_, step)| connection.execute_batch(step).unwrap());
        let pair = || Some(("PA".to_owned(), "ONPAR".to_owned()));
        let home = Share { home: pair(), ..Share::default() };
        let referrals = Share { only_referrals: true, ..home.clone() };
        let addressed = Share { addressed: pair(), ..Share::default() };
        let groups = Share { groups: vec![RecordId([1; 16])], ..Share::default() };
        for (share, records, departures) in [
            (&home, "records_in_share", "departures_in_share"),
            (&referrals, "records_referrals", "departures_in_share"),
            (&addressed, "records_addressed", "departures_addressed"),
            (&groups, "records_of_group", "departures_of_group"),
        ] {
            for (table, of_records, index) in [("records", true, records), ("departures", false, departures)]
            {
                let [(condition, _)] = &arms(share, of_records)[..] else { panic!("one part") };
                let bounds = "AND seq > $8 AND seq <= $9 ORDER BY seq LIMIT $10";
                let plan = plan(&connection, &format!("SELECT * FROM {table} WHERE {condition} {bounds}"));
                assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{condition}: {plan}");
            }
        }
        for (query, index) in [
            ("SELECT id FROM records WHERE addressed_consent = $1", "records_on_consent"),
            (
                "SELECT id FROM records WHERE scope = $1 AND organisation = $2 AND group_id IS NULL AND kind = 8 ORDER BY seq",
                "records_of_nobody",
            ),
        ] {
            assert!(plan(&connection, query).contains(index), "{}", plan(&connection, query));
        }
    }

    #[test]
    fn what_is_in_several_parts_of_a_share_is_read_once_and_in_order() {
        let connection = database::Source::in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (seq INTEGER PRIMARY KEY, a INTEGER, b INTEGER)").unwrap();
        for seq in 1..=20_i64 {
            connection.execute("INSERT INTO t VALUES ($1, $2, $3)", [seq, seq % 2, seq % 3]).unwrap();
        }
        let read = |after, until, limit, most| {
            let arms = ["a = $1", "b = $1"].map(|text| (text.to_owned(), vec![Sql::Integer(0)])).to_vec();
            let mut found = Vec::new();
            let number = |row: &Row<'_>| row.get::<_, i64>(0).map(i64::unsigned_abs);
            let bounds = (after, until, limit);
            in_order(
                &connection,
                arms,
                ("SELECT seq FROM t", ""),
                bounds,
                number,
                |seq| *seq,
                |seq| {
                    found.push(seq);
                    found.len() < most
                },
            )
            .unwrap();
            found
        };
        assert_eq!(read(0, u64::MAX, 99, 99), [2, 3, 4, 6, 8, 9, 10, 12, 14, 15, 16, 18, 20]);
        assert_eq!(read(3, 10, 99, 99), [4, 6, 8, 9, 10]);
        assert_eq!(read(0, 99, 4, 99), [2, 3, 4, 6]);
        assert_eq!(read(0, 99, 99, 3), [2, 3, 4]);
        assert!(read(20, 99, 9, 9).is_empty());
    }
}
