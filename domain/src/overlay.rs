//! What an office changes in the tables that the app ships: labels, lists, fields, rules.
//!
//! A table is a sheet of text cells. Over the sheet that came with the app lies the office's own: a cell that is
//! filled replaces, a row with a new key is added, `retired` takes a code out of what is offered. Nothing ever
//! vanishes: records hold codes for ever, and what a code means must stay readable. Device and server share this.

mod check;
mod fault;
mod sheet;

pub use check::{FIRST_OFFICE_FIELD, Sheets, check};
pub use fault::{Fault, Wrong};
pub use sheet::{Row, Sheet};

use std::collections::BTreeSet;

/// Column of an office's sheet that says where a row applies.
pub const SCOPE: &str = "scope";
/// Column that takes a row out of what is offered, while its label stays: `1`. A narrower row may say `0`.
pub const RETIRED: &str = "retired";
/// Column of the first day on which a row is offered, as `2026-11-22`; empty for always.
pub const VALID_FROM: &str = "valid_from";
/// Column of the last day on which it is offered; empty for ever.
pub const VALID_TO: &str = "valid_to";

/// For whom tables are read: each part may be empty, where it is not known or there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The operation, such as `PA`.
    pub operation: String,
    /// The site, a code of `sites.csv`.
    pub site: String,
    /// The programme, a code of list `programme`.
    pub programme: String,
}

impl Place {
    /// How closely a scope fits: from 0, everywhere, to 3, this programme. `None` where it does not apply.
    #[must_use]
    pub fn fit(&self, scope: &str) -> Option<u8> {
        if scope.trim().is_empty() {
            return Some(0);
        }
        let parts = [("operation", &self.operation), ("site", &self.site), ("programme", &self.programme)];
        let fit = |atom: &str| {
            let (kind, code) = atom.split_once(':')?;
            let at =
                parts.iter().position(|(name, here)| *name == kind && *here == code && !code.is_empty())?;
            u8::try_from(at + 1).ok()
        };
        scope.split_whitespace().filter_map(fit).max()
    }
}

/// Which columns tell the rows of a table apart.
#[must_use]
pub fn key_columns(table: &str) -> &'static [&'static str] {
    match table {
        "lists" => &["list", "code"],
        "fields" => &["kind", "key"],
        "countries" => &["iso3"],
        "languages" => &["iso639_3"],
        "rules" => &["id"],
        "rsd_transitions" => &["from", "to"],
        "consent_texts" => &["purpose", "version"],
        "short_names" => &["form", "name"],
        "hxl_tags" => &["export", "column"],
        "holidays" => &["date"],
        _ => &["code"],
    }
}

/// Columns of the app's own rows that code rests on: no office changes them, whatever its sheet says.
#[must_use]
pub fn fixed_columns(table: &str) -> &'static [&'static str] {
    match table {
        "fields" => &["number", "type"],
        // Whose records are whose rests on it.
        "sites" => &["operation"],
        "rules" => &["fields", "condition", "action"],
        // What people were read under a version stays what they were read.
        "consent_texts" => &["text_es", "text_en", "text_fr", "text_pt", "text_ht", "text_ar"],
        _ => &[],
    }
}

/// Columns that say who may see something: an office makes them stricter than the app ships them, never looser.
pub(crate) const CLASS_COLUMNS: [&str; 2] = ["sensitivity", "default_sensitivity"];
/// From anyone to few.
pub(crate) const CLASSES: [&str; 4] = ["public", "restricted", "confidential", "need_to_know"];

/// How few may see what is of a class; `None` for one that there is not.
pub(crate) fn rank(class: &str) -> Option<usize> {
    CLASSES.iter().position(|known| *known == class)
}

/// A row's key in its table.
#[must_use]
pub fn key(table: &str, row: &Row) -> Vec<String> {
    let columns = key_columns(table).iter();
    columns.map(|column| row.get(*column).cloned().unwrap_or_default()).collect()
}

/// Whether a row is no longer offered.
#[must_use]
pub fn is_retired(row: &Row) -> bool {
    row.get(RETIRED).is_some_and(|cell| cell == "1")
}

/// Whether a row is offered on a day; without a day, whether it is not retired. Bounds that are no days are none.
#[must_use]
pub fn in_force(row: &Row, today: Option<time::Date>) -> bool {
    let bound = |column: &str| row.get(column).and_then(|cell| crate::rules::days::day_of_text(cell));
    let (from, to) = (bound(VALID_FROM), bound(VALID_TO));
    let within = |day| from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to);
    !is_retired(row) && today.is_none_or(within)
}

/// Lays an office's sheet over a table, for a place.
///
/// The narrower of several rows with one key wins, cell by cell. A code that the office gives to other places alone
/// is there too, retired: records of theirs are read here as well. Rules that the app does not know are passed over.
#[must_use]
pub fn overlay(table: &str, base: &Sheet, office: &Sheet, place: &Place) -> Sheet {
    if office.rows.is_empty() {
        return base.clone();
    }
    let mut columns = base.columns.clone();
    let added = office.columns.iter().filter(|column| *column != SCOPE);
    for column in added.map(String::as_str).chain([RETIRED]) {
        if !columns.iter().any(|known| known == column) {
            columns.push(column.to_owned());
        }
    }
    let mut result = Sheet { columns, rows: base.rows.clone() };
    let mut at = result.index(table);
    let mut rows: Vec<(Option<u8>, &Row)> = office
        .rows
        .iter()
        .map(|row| (place.fit(row.get(SCOPE).map(String::as_str).unwrap_or_default()), row))
        .collect();
    // What does not apply here comes last, and only where nothing else has its key. Order is kept otherwise.
    rows.sort_by_key(|(fit, _)| (fit.is_none(), *fit));
    let in_force = rows.iter().filter(|(fit, _)| fit.is_some()).count();
    let shipped = at.clone();
    let applying = rows.iter().take(in_force).map(|(_, row)| key(table, row));
    let here: BTreeSet<Vec<String>> = shipped.keys().cloned().chain(applying).collect();
    for (fit, row) in rows {
        let key = key(table, row);
        let is_new = !shipped.contains_key(&key);
        if (fit.is_none() && here.contains(&key)) || (is_new && table == "rules") {
            continue;
        }
        let fixed = if is_new { &[][..] } else { fixed_columns(table) };
        // The check says so when a sheet is put. That sheet may lie over an app that has been updated since.
        let loosens = |column: &str, cell: &str| {
            let shipped = shipped.get(&key).and_then(|at| base.rows.get(*at)).and_then(|row| row.get(column));
            let is_looser = |shipped: &String| rank(cell) < rank(shipped);
            CLASS_COLUMNS.contains(&column) && shipped.is_some_and(is_looser)
        };
        let loose: BTreeSet<&str> = row
            .iter()
            .filter(|(column, cell)| loosens(column.as_str(), cell.as_str()))
            .map(|(column, _)| column.as_str())
            .collect();
        let place = *at.entry(key).or_insert_with(|| {
            result.rows.push(Row::new());
            result.rows.len() - 1
        });
        let Some(target) = result.rows.get_mut(place) else { continue };
        let filled = row.iter().filter(|(column, cell)| {
            let column = column.as_str();
            column != SCOPE && !fixed.contains(&column) && !loose.contains(column) && !cell.is_empty()
        });
        target.extend(filled.map(|(column, cell)| (column.clone(), cell.clone())));
        if fit.is_none() {
            target.insert(RETIRED.to_owned(), "1".to_owned());
        }
        if target.get(RETIRED).is_some_and(|cell| cell != "1") {
            target.remove(RETIRED);
        }
        if table == "rules" && is_retired(target) {
            target.insert("active".to_owned(), "0".to_owned());
        }
    }
    result.sort();
    result
}

/// A sheet, and the rows of an older one whose keys it lacks, retired.
#[must_use]
pub fn keep(table: &str, sheet: &Sheet, older: &Sheet) -> Sheet {
    let lost = lacking(table, older, sheet);
    if lost.rows.is_empty() {
        return sheet.clone();
    }
    let mut kept = sheet.clone();
    for column in older.columns.iter().map(String::as_str).chain([RETIRED]) {
        if !kept.columns.iter().any(|known| known == column) {
            kept.columns.push(column.to_owned());
        }
    }
    let retired = |mut row: Row| {
        row.insert(RETIRED.to_owned(), "1".to_owned());
        row
    };
    kept.rows.extend(lost.rows.into_iter().map(retired));
    kept
}

/// The rows of a sheet whose keys another lacks.
#[must_use]
pub fn lacking(table: &str, sheet: &Sheet, other: &Sheet) -> Sheet {
    let known = other.index(table);
    let rows = sheet.rows.iter().filter(|row| !known.contains_key(&key(table, row)));
    Sheet { columns: sheet.columns.clone(), rows: rows.cloned().collect() }
}

/// What an office holds after it puts a sheet: codes of its own that the new sheet lacks stay, retired. Where it no
/// longer says anything about a code of the app's, that code is again as the app ships it.
#[must_use]
pub fn put(table: &str, base: &Sheet, before: Option<&Sheet>, sheet: &Sheet) -> Sheet {
    before.map_or_else(|| sheet.clone(), |before| keep(table, sheet, &lacking(table, before, base)))
}

/// What is remembered of rows that are in no sheet any more, after a newer sheet took an older one's place.
#[must_use]
pub fn remember(table: &str, past: &Sheet, older: &Sheet, newer: &Sheet) -> Sheet {
    keep(table, past, &lacking(table, older, newer))
}

#[cfg(test)]
mod tests;
