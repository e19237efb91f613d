//! What of a table of counts may be published: rule SUP01. Small numbers point at people.

use std::collections::BTreeSet;

/// The limit of rule SUP01: cells of 1 to 4 people are hidden. An office may raise it.
pub const SMALL: u32 = 4;

/// What of a table is not published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// In the shape of the cells: which of them.
    pub cells: Vec<Vec<bool>>,
    /// The totals of which rows.
    pub rows: Vec<bool>,
    /// The totals of which columns.
    pub columns: Vec<bool>,
    /// The total of all.
    pub all: bool,
}

/// Says what to hide of a table that is published with the totals of its rows, its columns and of all.
/// `cells` are its rows without totals; a row may be shorter than others.
///
/// Whatever counts 1 to `limit` people is hidden, totals too; 0 says that there is nobody and stays. Then as
/// many more are hidden, the smallest first and totals last, as it takes that nothing hidden can be worked
/// out from the rest.
///
/// How: rows and columns, with one more of each for the totals, are dots, and every number is a line from its
/// row to its column. The numbers of a dot add up to the last of them, so a hidden one is known exactly when
/// its line is on no ring of hidden lines. Along a ring, people can be thought added and taken away in turn
/// without any sum noticing; nothing of 0 is hidden, so that there is always somebody to take away.
#[must_use]
pub fn suppress(cells: &[Vec<u32>], limit: u32) -> Hidden {
    let width = cells.iter().map(Vec::len).max().unwrap_or_default();
    let table = Table::with_totals(cells, width);
    let small = |count: u64| (1..=u64::from(limit)).contains(&count);
    let first: Vec<Place> = table.places().filter(|place| small(table.count(*place))).collect();
    let mut hidden: BTreeSet<Place> = first.iter().copied().collect();
    for place in first {
        hidden.extend(table.cheapest_ring(place, &hidden));
    }
    let is_hidden = |row, column| hidden.contains(&(row, column));
    let height = cells.len();
    Hidden {
        cells: cells
            .iter()
            .enumerate()
            .map(|(row, counts)| (0..counts.len()).map(|column| is_hidden(row, column)).collect())
            .collect(),
        rows: (0..height).map(|row| is_hidden(row, width)).collect(),
        columns: (0..width).map(|column| is_hidden(height, column)).collect(),
        all: is_hidden(height, width),
    }
}

/// A number of a table: its row and its column.
type Place = (usize, usize);

/// A table with its totals: the last row and the last column.
struct Table {
    counts: Vec<Vec<u64>>,
    height: usize,
    width: usize,
}

impl Table {
    fn with_totals(cells: &[Vec<u32>], width: usize) -> Table {
        let mut counts: Vec<Vec<u64>> = Vec::new();
        for row in cells {
            let mut counted: Vec<u64> = row.iter().map(|count| u64::from(*count)).collect();
            counted.resize(width, 0);
            counted.push(counted.iter().sum());
            counts.push(counted);
        }
        let sum = |column: usize| counts.iter().filter_map(|row| row.get(column)).sum();
        let totals = (0..=width).map(sum).collect();
        counts.push(totals);
        Table { height: counts.len(), width: width + 1, counts }
    }

    fn places(&self) -> impl Iterator<Item = Place> + '_ {
        (0..self.height).flat_map(|row| (0..self.width).map(move |column| (row, column)))
    }

    fn count(&self, (row, column): Place) -> u64 {
        self.counts.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0)
    }

    /// What it costs to hide a number: what readers lose. All numbers of the table together cost less than a
    /// total.
    fn cost(&self, (row, column): Place, hidden: &BTreeSet<Place>) -> u64 {
        if hidden.contains(&(row, column)) {
            return 0;
        }
        let all = self.count((self.height - 1, self.width - 1)) + 1;
        let totals = u64::from(row + 1 == self.height) + u64::from(column + 1 == self.width);
        self.count((row, column)) + all * totals
    }

    /// The numbers that make the cheapest ring through a number: the shortest way from its row to its column
    /// that does not go over itself. There always is one, over the totals, because none of them is 0.
    fn cheapest_ring(&self, through: Place, hidden: &BTreeSet<Place>) -> Vec<Place> {
        // Dots: rows first, then columns.
        let dots = self.height + self.width;
        let mut known: Vec<Option<(u64, usize)>> = vec![None; dots];
        let mut done = vec![false; dots];
        let (start, end) = (through.0, self.height + through.1);
        if let Some(first) = known.get_mut(start) {
            *first = Some((0, start));
        }
        let place = |one: usize, other: usize| {
            let (row, column) = if one < other { (one, other) } else { (other, one) };
            (row < self.height && column >= self.height).then(|| (row, column - self.height))
        };
        loop {
            let open = known.iter().zip(&done).enumerate().filter(|(_, (_, done))| !**done);
            let nearest = open.filter_map(|(dot, (known, _))| known.map(|(cost, _)| (cost, dot))).min();
            let Some((cost, dot)) = nearest.filter(|(_, dot)| *dot != end) else { break };
            if let Some(done) = done.get_mut(dot) {
                *done = true;
            }
            for (next, known) in known.iter_mut().enumerate() {
                let Some(step) = place(dot, next).filter(|step| *step != through && self.count(*step) > 0)
                else {
                    continue;
                };
                let cost = cost + self.cost(step, hidden);
                if known.is_none_or(|(held, _)| cost < held) {
                    *known = Some((cost, dot));
                }
            }
        }
        let mut ring = Vec::new();
        let mut dot = end;
        while dot != start {
            let Some(Some((_, before))) = known.get(dot) else { break };
            ring.extend(place(*before, dot));
            dot = *before;
        }
        ring
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn picture(cells: &[&[u32]]) -> String {
        let cells: Vec<Vec<u32>> = cells.iter().map(|row| row.to_vec()).collect();
        let hidden = suppress(&cells, SMALL);
        let mark = |hidden: bool, text: String| if hidden { "*".to_owned() } else { text };
        let mut lines: Vec<String> = Vec::new();
        for (row, counts) in cells.iter().enumerate() {
            let mut shown: Vec<String> = counts
                .iter()
                .zip(&hidden.cells[row])
                .map(|(count, it)| mark(*it, count.to_string()))
                .collect();
            shown.push(mark(hidden.rows[row], counts.iter().sum::<u32>().to_string()));
            lines.push(shown.join(" "));
        }
        let sum = |column: usize| cells.iter().filter_map(|row| row.get(column)).sum::<u32>();
        let mut totals: Vec<String> = hidden
            .columns
            .iter()
            .enumerate()
            .map(|(column, it)| mark(*it, sum(column).to_string()))
            .collect();
        totals.push(mark(hidden.all, cells.iter().flatten().sum::<u32>().to_string()));
        lines.push(totals.join(" "));
        lines.join("/")
    }

    #[test]
    fn small_cells_are_hidden_and_enough_others() {
        for (cells, wanted) in [
            (&[&[10, 20][..], &[30, 40]][..], "10 20 30/30 40 70/40 60 100"),
            (&[&[10, 0], &[0, 40]], "10 0 10/0 40 40/10 40 50"),
            (&[&[3, 20], &[30, 40]], "* * 23/* * 70/33 60 93"),
            (&[&[3, 20, 9], &[30, 40, 8], &[7, 50, 60]], "* 20 * 32/* 40 * 78/7 50 60 117/40 110 77 227"),
            // Two small ones in a row protect each other there, and need others in their columns.
            (&[&[3, 4, 50], &[30, 9, 60]], "* * 50 57/* * 60 99/33 13 110 156"),
            // A single number is its own total.
            (&[&[3]], "* */* *"),
            (&[&[5]], "5 5/5 5"),
            (&[&[3, 10]], "* * 13/* * 13"),
            (&[], "0"),
            (&[&[3, 10], &[20]], "* * 13/20 20/* * 33"),
            // Nothing of 0 is hidden: it would protect nobody.
            (&[&[3, 0], &[0, 40]], "* 0 */0 40 40/* 40 *"),
        ] {
            assert_eq!(picture(cells), wanted, "{cells:?}");
        }
    }

    #[test]
    fn another_limit_hides_more() {
        let cells = vec![vec![9, 20], vec![30, 40]];
        assert!(!suppress(&cells, SMALL).cells[0][0]);
        assert!(suppress(&cells, 9).cells[0][0]);
        assert!(!suppress(&[vec![1, 2], vec![3, 4]], 0).cells[0][0]);
    }

    /// Which hidden numbers follow from the sums: those whose unit vector lies in the space of the equations.
    fn worked_out(height: usize, width: usize, hidden: &[Place]) -> Vec<Place> {
        const PRIME: i64 = 1_000_003;
        let inverse = |value: i64| {
            let (mut base, mut power, mut result) = (value.rem_euclid(PRIME), PRIME - 2, 1);
            while power > 0 {
                if power & 1 == 1 {
                    result = result * base % PRIME;
                }
                base = base * base % PRIME;
                power >>= 1;
            }
            result
        };
        // A total stands on the other side of its equation: its sign is the other one.
        let row = |at: usize| {
            let term = |(row, column): &Place| {
                if *row == at { if *column + 1 == width { -1 } else { 1 } } else { 0 }
            };
            hidden.iter().map(term).collect::<Vec<i64>>()
        };
        let column = |at: usize| {
            let term = |(row, column): &Place| {
                if *column == at { if *row + 1 == height { -1 } else { 1 } } else { 0 }
            };
            hidden.iter().map(term).collect::<Vec<i64>>()
        };
        let mut equations: Vec<Vec<i64>> = (0..height).map(row).chain((0..width).map(column)).collect();
        let mut rank = 0;
        let mut leads = Vec::new();
        for lead in 0..hidden.len() {
            let Some(found) = (rank..equations.len()).find(|at| equations[*at][lead] != 0) else { continue };
            equations.swap(rank, found);
            let scale = inverse(equations[rank][lead]);
            equations[rank].iter_mut().for_each(|term| *term = (*term * scale).rem_euclid(PRIME));
            for other in (0..equations.len()).filter(|other| *other != rank) {
                let factor = equations[other][lead];
                let minus: Vec<i64> = equations[rank].iter().map(|term| factor * term).collect();
                for (term, minus) in equations[other].iter_mut().zip(minus) {
                    *term = (*term - minus).rem_euclid(PRIME);
                }
            }
            leads.push((lead, rank));
            rank += 1;
        }
        let alone =
            leads.iter().filter(|(_, row)| equations[*row].iter().filter(|term| **term != 0).count() == 1);
        alone.map(|(lead, _)| hidden[*lead]).collect()
    }

    proptest! {
        #[test]
        fn nothing_hidden_can_be_worked_out(
            cells in (1usize..6).prop_flat_map(|width| {
                let count = prop_oneof![Just(0u32), 1u32..5, 5u32..30, 100u32..2_000];
                proptest::collection::vec(proptest::collection::vec(count, width), 1..6)
            })
        ) {
            let shown = suppress(&cells, SMALL);
            let (height, width) = (cells.len() + 1, cells[0].len() + 1);
            let table = Table::with_totals(&cells, width - 1);
            let hidden: Vec<Place> = table
                .places()
                .filter(|(row, column)| match (*row + 1 == height, *column + 1 == width) {
                    (true, true) => shown.all,
                    (true, false) => shown.columns[*column],
                    (false, true) => shown.rows[*row],
                    (false, false) => shown.cells[*row][*column],
                })
                .collect();
            for place in table.places() {
                let count = table.count(place);
                prop_assert!(!(1..=4).contains(&count) || hidden.contains(&place), "{place:?} is shown");
                prop_assert!(count > 0 || !hidden.contains(&place), "{place:?} is hidden for nothing");
            }
            prop_assert_eq!(worked_out(height, width, &hidden), Vec::<Place>::new());
        }
    }
}
