//! Code lists: countries, places, papers and the short lists, with their labels in every language.
//!
//! They are files like any other of the app; the last ones seen are kept in the reference store, so that
//! labels stay readable whatever the line does.

use crate::files;
use crate::words::{Language, use_words};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Store;

/// A code with its labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The code that records hold.
    pub code: String,
    /// What it belongs to (the province of a district, the list of a short list's item); may be empty.
    pub parent: String,
    /// What it is (`province`, `district`, `site`); may be empty.
    pub kind: String,
    labels: BTreeMap<String, String>,
}

impl Item {
    /// The label in a language, else in Spanish, else the code.
    #[must_use]
    pub fn label(&self, language: Language) -> &str {
        let label = |code: &str| self.labels.get(code).map(String::as_str).filter(|label| !label.is_empty());
        label(language.code()).or_else(|| label("es")).unwrap_or(&self.code)
    }
}

/// A table by the name of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// ISO 3166 with stateless and unknown.
    Countries,
    /// Short lists; an item's parent is its list (`sex`, `relationship`, …).
    Lists,
    /// Papers.
    Documents,
    /// Where people come in.
    EntryPoints,
    /// Provinces, comarcas, districts.
    Places,
    /// Registration sites.
    Sites,
}

impl Table {
    const ALL: [Table; 6] =
        [Table::Countries, Table::Lists, Table::Documents, Table::EntryPoints, Table::Places, Table::Sites];

    fn file(self) -> &'static str {
        match self {
            Table::Countries => "tables/countries",
            Table::Lists => "tables/lists",
            Table::Documents => "tables/document_types",
            Table::EntryPoints => "tables/entry_points",
            Table::Places => "tables/admin_pa",
            Table::Sites => "tables/sites",
        }
    }

    /// Which columns hold an item's code and what it belongs to.
    fn columns(self) -> (&'static str, &'static str) {
        match self {
            Table::Countries => ("iso3", ""),
            Table::Lists => ("code", "list"),
            Table::Places => ("code", "parent"),
            Table::Sites => ("code", "operation"),
            Table::Documents | Table::EntryPoints => ("code", ""),
        }
    }
}

/// All tables. Cheap to copy; labels follow the language.
#[derive(Clone, Copy)]
pub struct Tables(StoredValue<Arc<BTreeMap<Table, Vec<Item>>>>);

impl Tables {
    /// Reads every table: from the app's files, else as last kept in the reference store.
    pub async fn load(store: &Store) -> Tables {
        let mut tables = BTreeMap::new();
        for table in Table::ALL {
            tables.insert(table, read(table, &text(store, table).await));
        }
        Tables(StoredValue::new(Arc::new(tables)))
    }

    /// Every item of a table, in the table's order.
    #[must_use]
    pub fn all(self, table: Table) -> Vec<Item> {
        self.0.with_value(|tables| tables.get(&table).cloned().unwrap_or_default())
    }

    /// The items of a table that belong to `parent`: a short list, the districts of a province.
    #[must_use]
    pub fn of(self, table: Table, parent: &str) -> Vec<Item> {
        self.0.with_value(|tables| {
            let items = tables.get(&table).into_iter().flatten();
            items.filter(|item| item.parent == parent).cloned().collect()
        })
    }

    /// The label of a code; the code itself where the table does not have it (any more).
    #[must_use]
    pub fn label(self, table: Table, code: &str) -> String {
        self.label_in(table, "", code)
    }

    /// The label of a code of a short list.
    #[must_use]
    pub fn list_label(self, list: &str, code: &str) -> String {
        self.label_in(Table::Lists, list, code)
    }

    fn label_in(self, table: Table, parent: &str, code: &str) -> String {
        let language = use_words().language();
        self.0.with_value(|tables| {
            let mut items = tables.get(&table).into_iter().flatten();
            let found = items.find(|item| item.code == code && (parent.is_empty() || item.parent == parent));
            found.map_or_else(|| code.to_owned(), |item| item.label(language).to_owned())
        })
    }
}

/// The tables that `provide_context` put above this component.
#[must_use]
pub fn use_tables() -> Tables {
    expect_context()
}

async fn text(store: &Store, table: Table) -> String {
    let reference = store.reference();
    let address = files::address(table.file()).unwrap_or_default();
    // The address names the contents: what is kept under it need not be read again.
    let kept = reference.get_text(table.file()).await.ok().flatten();
    let (kept_address, kept_text) =
        kept.as_deref().and_then(|kept| kept.split_once('\n')).unwrap_or_default();
    if !address.is_empty() && kept_address == address {
        return kept_text.to_owned();
    }
    match files::text(table.file()).await {
        Some(text) => {
            // Kept for a start without its file; should it not be kept, it is fetched again.
            let _ = reference.put_text(table.file(), &format!("{address}\n{text}")).await;
            text
        }
        None => kept_text.to_owned(),
    }
}

/// Reads a table; a row without a code is passed over.
fn read(table: Table, text: &str) -> Vec<Item> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let Ok(headers) = reader.headers().cloned() else { return Vec::new() };
    let column = |name: &str| headers.iter().position(|header| header == name);
    let (code, parent) = table.columns();
    let (code, parent, kind) = (column(code), column(parent), column("kind"));
    let labels: Vec<(usize, String)> = headers
        .iter()
        .enumerate()
        .filter_map(|(at, header)| {
            let language = header.strip_prefix("label_").or_else(|| header.strip_prefix("name_"))?;
            Some((at, language.to_owned()))
        })
        .chain(column("name").map(|at| (at, "es".to_owned())))
        .collect();
    let mut items = Vec::new();
    for row in reader.records().flatten() {
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).unwrap_or_default().to_owned();
        let code = cell(code);
        if !code.is_empty() {
            let labels = labels.iter().map(|(at, language)| (language.clone(), cell(Some(*at)))).collect();
            items.push(Item { code, parent: cell(parent), kind: cell(kind), labels });
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_the_project_is_read_with_labels() {
        for table in Table::ALL {
            let path = format!("{}/../public/{}.csv", env!("CARGO_MANIFEST_DIR"), table.file());
            let items = read(table, &std::fs::read_to_string(path).unwrap());
            assert!(items.len() >= 10, "{table:?}");
            assert!(items.iter().all(|item| !item.label(Language::Spanish).is_empty()));
        }
    }
}
