//! Organisations, sites, teams and desks: rows of the office's own tables.

use super::Caller;
use crate::ApiError;
use crate::api::staff::Outcome;
use crate::server::audit::What;
use crate::server::log;
use crate::server::request::blocking;
use crate::server::tables::{NotPut, shipped};
use domain::overlay::{RETIRED, Row, Sheets, VALID_FROM, VALID_TO, Wrong, key};
use domain::permission::OfficeAct;

/// The tables that administration changes row by row; all others by `amparo tables put`.
const TABLES: [&str; 4] = ["institutions", "sites", "teams", "desks"];
/// Columns that say where a row belongs, when it is offered and what it is called; of a desk also what it takes and how
/// it is reached.
const COLUMNS: [&str; 15] = [
    "code",
    "operation",
    "site",
    "organisation",
    "kind",
    RETIRED,
    VALID_FROM,
    VALID_TO,
    "institution",
    "sectors",
    "languages",
    "hours",
    "address",
    "phone",
    "answers",
];
/// Most cells of a row.
const CELLS: usize = 32;

/// Body of `api::put_place`.
///
/// # Errors
/// As there.
pub async fn put_place(table: String, cells: Vec<(String, String)>) -> Result<Outcome, ApiError> {
    blocking(move |current| {
        let caller = Caller::to_change(current, OfficeAct::Tables, "put_place")?;
        let table = TABLES.into_iter().find(|known| *known == table).ok_or(ApiError::Malformed)?;
        let is_column = |column: &str| {
            COLUMNS.contains(&column) || column.starts_with("label_") || column.starts_with("name_")
        };
        if cells.len() > CELLS || cells.iter().any(|(column, _)| !is_column(column)) {
            return Err(ApiError::Malformed);
        }
        let tidied = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let row: Row = cells.iter().map(|(column, cell)| (column.clone(), tidied(cell))).collect();
        let unable = |error: std::io::Error| {
            log::trouble("tables", &error);
            ApiError::Unavailable
        };
        let sheets = caller.office.tables.together(&["sites", "teams", "desks"]).map_err(unable)?;
        let mine = &caller.standing.place.operation;
        if !is_within(table, &row, &sheets, mine) {
            // A site or team of another operation: not there, for whoever works in this one.
            let fault = (place_column(table).to_owned(), "unknown".to_owned());
            return Ok(Outcome { faults: vec![fault], entered: 0 });
        }
        if table == "desks" && narrows(&row, &sheets) {
            let fault = ("site".to_owned(), word(&Wrong::Fixed(String::new())).to_owned());
            return Ok(Outcome { faults: vec![fault], entered: 0 });
        }
        match caller.office.tables.put_row(table, row) {
            Ok(()) => {}
            Err(NotPut::Faults(faults)) => {
                let faults = faults.into_iter().map(|fault| (fault.column, word(&fault.wrong).to_owned()));
                return Ok(Outcome { faults: faults.collect(), entered: 0 });
            }
            Err(NotPut::TooLarge) => return Err(ApiError::TooLarge),
            Err(NotPut::Folder(error)) => return Err(unable(error)),
        }
        caller.office.note(caller.event(What::TablesChanged).because(table))?;
        log::event("table_row", &[]);
        // A new site may be where entries that were parked belong.
        Ok(Outcome { faults: Vec::new(), entered: caller.office.rejudge()? })
    })
    .await
}

/// The column that says where a row of a table belongs.
fn place_column(table: &str) -> &'static str {
    match table {
        "sites" => "operation",
        "teams" | "desks" => "site",
        _ => "code",
    }
}

/// Whether a row belongs to an operation, as it was and as it is to be. Organisations work in several.
fn is_within(table: &str, row: &Row, sheets: &Sheets, operation: &str) -> bool {
    let rows = |table: &str| sheets.get(table).map(|sheet| sheet.rows.as_slice()).unwrap_or_default();
    let operation_of = |site: &str| {
        let found = rows("sites").iter().find(|row| row.get("code").is_some_and(|code| code == site));
        found.and_then(|row| row.get("operation")).map(String::as_str)
    };
    let held = rows(table).iter().find(|held| key(table, held) == key(table, row));
    let mut both = held.into_iter().chain([row]);
    match table {
        "sites" => both.all(|row| said(row, "operation").is_none_or(|own| own == operation)),
        // A desk without a site serves every one.
        "teams" | "desks" => {
            both.all(|row| said(row, "site").is_none_or(|site| operation_of(site) == Some(operation)))
        }
        _ => true,
    }
}

/// Whether a row gives a site to a desk that every installation has and that serves every site: all but those of that
/// site would lose what was sent to it. Who needs one of their own at a site adds it.
fn narrows(row: &Row, sheets: &Sheets) -> bool {
    let is_it = |held: &&Row| key("desks", held) == key("desks", row);
    let stands = sheets.get("desks").and_then(|sheet| sheet.rows.iter().find(is_it));
    let serves_all = stands.is_some_and(|held| said(held, "site").is_none());
    let is_shipped = || shipped().get("desks").is_some_and(|sheet| sheet.rows.iter().any(|it| is_it(&it)));
    said(row, "site").is_some() && serves_all && is_shipped()
}

/// A cell that is filled.
fn said<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    row.get(column).map(String::as_str).filter(|cell| !cell.is_empty())
}

/// What is wrong with a cell, as a short code.
fn word(wrong: &Wrong) -> &'static str {
    match wrong {
        Wrong::Missing => "missing",
        Wrong::NoCode(_) => "no_code",
        Wrong::TooLong(_) => "too_long",
        Wrong::Fixed(_) => "fixed",
        Wrong::NoDay(_) => "no_day",
        Wrong::EndsBefore => "ends_before",
        _ => "unknown",
    }
}
