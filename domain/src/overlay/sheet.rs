//! A table as text has it: a header, and rows of cells.

use super::{Fault, Wrong};
use std::collections::{BTreeMap, BTreeSet};

/// A row: filled cells by the names of their columns.
pub type Row = BTreeMap<String, String>;

/// Most rows of a sheet.
pub const ROWS: usize = 20_000;
/// Most characters of a cell.
pub const CELL: usize = 4_000;

/// A header and rows. Empty cells are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Names of the columns, in order.
    pub columns: Vec<String>,
    /// The rows, in order.
    pub rows: Vec<Row>,
}

impl Sheet {
    /// Reads a table of the app's own, or one that was checked before. Rows that cannot be read are passed over.
    #[must_use]
    pub fn read(text: &str) -> Sheet {
        let mut reader = reader(text, b',');
        let Ok(columns) = reader.headers().cloned() else { return Sheet::default() };
        let columns: Vec<String> = columns.iter().map(str::to_owned).collect();
        let rows = reader.records().flatten().map(|record| row(&columns, &record)).collect();
        Sheet { columns, rows }
    }

    /// Reads what somebody made by hand: commas or semicolons between the cells. With each row comes its line.
    ///
    /// # Errors
    /// Everything that makes it no table.
    pub fn parse(text: &str) -> Result<(Sheet, Vec<u64>), Vec<Fault>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
        let first = text.lines().next().unwrap_or_default();
        let separator = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
        let mut reader = reader(&text, separator);
        let header = reader.headers().cloned();
        let header = header.map_err(|_| vec![Fault::new(1, "", Wrong::Unreadable)])?;
        let columns: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        let mut faults = Vec::new();
        if columns.iter().all(String::is_empty) {
            return Err(vec![Fault::new(1, "", Wrong::NoHeader)]);
        }
        let mut seen = BTreeSet::new();
        for column in &columns {
            if column.is_empty() || !seen.insert(column) {
                faults.push(Fault::new(1, column, Wrong::ColumnTwice));
            }
        }
        let (mut rows, mut lines) = (Vec::new(), Vec::new());
        for record in reader.records() {
            let Ok(record) = record else {
                faults.push(Fault::new(0, "", Wrong::Unreadable));
                break;
            };
            let line = record.position().map_or(0, |position| line(&text, position));
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if record.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty()) {
                faults.push(Fault::new(line, "", Wrong::TooManyCells(columns.len())));
            }
            let row = row(&columns, &record);
            for (column, cell) in &row {
                if cell.chars().count() > CELL {
                    faults.push(Fault::new(line, column, Wrong::TooLong(CELL)));
                }
                if cell.chars().any(char::is_control) {
                    faults.push(Fault::new(line, column, Wrong::ControlCharacter));
                }
            }
            rows.push(row);
            lines.push(line);
        }
        if rows.len() > ROWS {
            faults.push(Fault::new(0, "", Wrong::TooManyRows(ROWS)));
        }
        if faults.is_empty() { Ok((Sheet { columns, rows }, lines)) } else { Err(faults) }
    }

    /// As text, in the form that [`Sheet::read`] reads.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        // Writing to memory cannot fail.
        let _ = writer.write_record(&self.columns);
        for row in &self.rows {
            let cell = |column: &String| row.get(column).map(String::as_str).unwrap_or_default();
            let _ = writer.write_record(self.columns.iter().map(cell));
        }
        writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// Where each key lies; the first of several.
    pub(super) fn index(&self, table: &str) -> BTreeMap<Vec<String>, usize> {
        let mut index = BTreeMap::new();
        for (at, row) in self.rows.iter().enumerate() {
            index.entry(super::key(table, row)).or_insert(at);
        }
        index
    }

    /// Puts the codes of each list in the order that column `order` says, where there is one.
    pub(super) fn sort(&mut self) {
        if !self.columns.iter().any(|column| column == "order") {
            return;
        }
        let list = |row: &Row| row.get("list").cloned().unwrap_or_default();
        let mut lists: BTreeMap<String, usize> = BTreeMap::new();
        for row in &self.rows {
            let next = lists.len();
            lists.entry(list(row)).or_insert(next);
        }
        self.rows.sort_by_cached_key(|row| {
            let order = row.get("order").and_then(|order| order.parse::<u32>().ok());
            (lists.get(&list(row)).copied(), order.unwrap_or(u32::MAX))
        });
    }
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes())
}

/// The line that a record begins in. The reader counts from before the empty lines that it passes over.
fn line(text: &str, position: &csv::Position) -> u64 {
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let empty = text.bytes().skip(from).take_while(|byte| *byte == b'\n').count();
    position.line() + empty as u64
}

fn row(columns: &[String], record: &csv::StringRecord) -> Row {
    let cells = columns.iter().zip(record.iter()).map(|(column, cell)| (column, cell.trim()));
    cells
        .filter(|(_, cell)| !cell.is_empty())
        .map(|(column, cell)| (column.clone(), cell.to_owned()))
        .collect()
}
