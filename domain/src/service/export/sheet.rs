//! What an export is: a table of cells, and its form as CSV.

use crate::rules::days::day_of;
use minicbor::{Decode, Encode};

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Cell {
    /// Nothing.
    #[n(0)]
    Empty,
    /// Text.
    #[n(1)]
    Text(#[n(0)] String),
    /// A number: a whole one, in parts of ten to the power of the second.
    #[n(2)]
    Number(#[n(0)] i64, #[n(1)] u8),
    /// A day, counted from 1970.
    #[n(3)]
    Day(#[n(0)] i64),
}

impl Cell {
    /// Text; nothing where it is empty.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Cell {
        let text = text.into();
        if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
    }

    /// A whole number.
    #[must_use]
    pub fn whole(number: impl Into<i64>) -> Cell {
        Cell::Number(number.into(), 0)
    }

    /// As it stands in a file of text: `12.5`, `2026-11-22`.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Number(number, places) => decimal(*number, *places),
            Cell::Day(day) => {
                let at = u64::try_from(*day).ok().and_then(|day| day.checked_mul(86_400_000));
                at.and_then(day_of).map_or_else(String::new, |day| {
                    format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day())
                })
            }
        }
    }
}

/// A number in parts of ten to the power of `places`, without noughts at its end.
fn decimal(number: i64, places: u8) -> String {
    let figures = format!("{:0>width$}", number.unsigned_abs(), width = usize::from(places) + 1);
    let (whole, rest) = figures.split_at(figures.len() - usize::from(places));
    let rest = rest.trim_end_matches('0');
    let sign = if number < 0 { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// A table: a row of names, a row of tags (hxlstandard.org), and rows of cells as many as there are names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Sheet {
    /// What the sheet is called, for a file that has several.
    #[n(0)]
    pub title: String,
    /// Names of the columns.
    #[n(1)]
    pub headers: Vec<String>,
    /// The columns' HXL tags; empty for one that has none.
    #[n(2)]
    pub tags: Vec<String>,
    /// The rows.
    #[n(3)]
    pub rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// The sheet as CSV (RFC 4180: commas, CRLF) in UTF-8, begun with the mark by which spreadsheets know it. A text
    /// that a spreadsheet would take for a formula begins with an apostrophe (OWASP, «CSV Injection»).
    #[must_use]
    pub fn to_csv(&self) -> Vec<u8> {
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(MARK.as_bytes().to_vec());
        // Writing to memory cannot fail.
        let _ = writer.write_record(self.headers.iter().map(|text| harmless(text)));
        let _ = writer.write_record(&self.tags);
        for row in &self.rows {
            let cells = row.iter().map(|cell| match cell {
                Cell::Text(text) => harmless(text),
                other => other.plain(),
            });
            let _ = writer.write_record(cells);
        }
        writer.into_inner().unwrap_or_default()
    }

    /// What travels to whoever makes a file of it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing to memory cannot fail.
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// Reads it; `None` for what is none.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Sheet> {
        minicbor::decode(bytes).ok()
    }
}

/// U+FEFF: without it spreadsheets take UTF-8 for another code.
const MARK: &str = "\u{feff}";

/// A text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if risky { format!("'{text}") } else { text.to_owned() }
}
