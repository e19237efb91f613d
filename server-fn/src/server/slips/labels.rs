//! Labels of fields and codes, from the tables that devices have too, with the office's own laid over them.

use super::words::Words;
use crate::server::tables::{self, Cabinet};
use domain::overlay::{Place, Row, Sheet, Sheets, overlay};
use domain::{Field, Value};
use std::io;
use std::sync::LazyLock;

/// Tables whose labels the page shows.
const TABLES: [&str; 13] = [
    "fields",
    "lists",
    "countries",
    "languages",
    "document_types",
    "specific_needs",
    "admin_pa",
    "sites",
    "institutions",
    "desks",
    "referral_sectors",
    "referral_urgency",
    "referral_status",
];
/// Reasons for which a desk does not take somebody.
pub const REASONS: &str = "referral_reject_reasons";

static SHIPPED: LazyLock<Sheets> = LazyLock::new(|| {
    let mut sheets = tables::shipped();
    sheets.retain(|name, _| TABLES.contains(&name.as_str()) || name == REASONS);
    sheets
});

/// One of the tables as it stands at a place.
///
/// # Errors
/// When the office's tables cannot be read.
pub fn table(cabinet: &Cabinet, name: &str, place: &Place) -> io::Result<Sheet> {
    let (none, own) = (Sheet::default(), cabinet.sheets()?);
    Ok(overlay(name, SHIPPED.get(name).unwrap_or(&none), own.get(name).unwrap_or(&none), place))
}

/// The labels at a place, in a language.
pub struct Labels {
    sheets: Sheets,
    words: Words,
}

impl Labels {
    /// Those that hold at a site of an operation.
    ///
    /// # Errors
    /// When the office's tables cannot be read.
    pub fn at(cabinet: &Cabinet, operation: &str, site: &str, words: Words) -> io::Result<Self> {
        let own = cabinet.sheets()?;
        let place = Place { operation: operation.into(), site: site.into(), programme: String::new() };
        let none = Sheet::default();
        let laid = |(name, sheet): (&String, &Sheet)| {
            (name.clone(), overlay(name, sheet, own.get(name).unwrap_or(&none), &place))
        };
        Ok(Self { sheets: SHIPPED.iter().map(laid).collect(), words })
    }

    fn rows(&self, table: &str) -> &[Row] {
        self.sheets.get(table).map_or(&[], |sheet| &sheet.rows)
    }

    fn label(&self, row: &Row) -> Option<String> {
        let (own, spanish) = (self.words.code(), "es");
        let cells =
            [own, spanish].into_iter().flat_map(|code| [format!("label_{code}"), format!("name_{code}")]);
        let mut cells = cells.filter_map(|column| row.get(&column).filter(|cell| !cell.is_empty()));
        cells.next().cloned()
    }

    /// The label of a field.
    pub fn field(&self, field: Field) -> String {
        let key = field.key().unwrap_or_default();
        let row = self.rows("fields").iter().find(|row| cell(row, "key") == key);
        row.and_then(|row| self.label(row)).unwrap_or_else(|| key.to_owned())
    }

    /// A row of a table by its code.
    pub fn row(&self, table: &str, code: &str) -> Option<&Row> {
        let column = match table {
            "countries" => "iso3",
            "languages" => "iso639_3",
            _ => "code",
        };
        self.rows(table).iter().find(|row| cell(row, column) == code)
    }

    /// The label of a code; the code itself where the table does not have it.
    pub fn code(&self, table: &str, code: &str) -> String {
        self.row(table, code).and_then(|row| self.label(row)).unwrap_or_else(|| code.to_owned())
    }

    /// The label of a code of a short list (`lists.csv`).
    pub fn list(&self, list: &str, code: &str) -> String {
        let mut rows = self.rows("lists").iter();
        let row = rows.find(|row| cell(row, "list") == list && cell(row, "code") == code);
        row.and_then(|row| self.label(row)).unwrap_or_else(|| code.to_owned())
    }

    /// The codes of a table that are offered, with their labels.
    pub fn offered(&self, table: &str) -> Vec<(String, String)> {
        let rows = self.rows(table).iter().filter(|row| !domain::overlay::is_retired(row));
        rows.map(|row| (cell(row, "code").to_owned(), self.label(row).unwrap_or_default())).collect()
    }

    /// A code of a field in words, by the list that the field's row names.
    pub fn code_of(&self, field: Field, code: &str) -> String {
        let key = field.key().unwrap_or_default();
        let row = self.rows("fields").iter().find(|row| cell(row, "key") == key);
        let list = row.map(|row| cell(row, "list")).unwrap_or_default();
        let (list, part) = list.split_once(':').unwrap_or((list, ""));
        match list {
            "" => code.to_owned(),
            "lists" => self.list(part, code),
            "fields" => Field::from_key(code).map_or_else(|| code.to_owned(), |field| self.field(field)),
            "documents" => self.code("document_types", code),
            "places" => self.code("admin_pa", code),
            "needs" => self.code("specific_needs", code),
            table => self.code(table, code),
        }
    }

    /// A value in words. Of what this version does not know nothing is shown.
    pub fn value(&self, field: Field, value: &Value) -> String {
        match value {
            Value::Nothing | Value::Ref(_) | Value::Unknown(_) => String::new(),
            Value::Flag(yes) => self.words.get(if *yes { "yes" } else { "no" }).to_owned(),
            Value::Int(number) => number.to_string(),
            Value::Text(text) => super::said::text(&self.code_of(field, text)),
            Value::Codes(codes) => {
                let labels: Vec<String> = codes.iter().map(|code| self.code_of(field, code)).collect();
                labels.join(if self.words.code() == "ar" { "، " } else { ", " })
            }
        }
    }
}

fn cell<'r>(row: &'r Row, column: &str) -> &'r str {
    row.get(column).map(String::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::service::referral::SHAREABLE;

    fn labels(code: &str) -> Labels {
        Labels::at(&Cabinet::default(), "PA", "panama", Words::of(code).unwrap()).unwrap()
    }

    #[test]
    fn everything_that_can_be_shared_has_a_label_in_every_language_and_a_list_that_is_read() {
        for words in Words::all() {
            let labels = labels(words.code());
            for field in SHAREABLE {
                assert_ne!(labels.field(*field), field.key().unwrap(), "{field:?} in {}", words.code());
                let row = labels.rows("fields").iter().find(|row| cell(row, "key") == field.key().unwrap());
                let list = cell(row.unwrap(), "list").split(':').next().unwrap_or_default().to_owned();
                let known = ["", "lists", "fields", "documents", "places", "needs"].contains(&list.as_str());
                assert!(known || TABLES.contains(&list.as_str()), "{list}");
            }
        }
    }

    #[test]
    fn values_are_said_in_words_and_what_no_table_knows_as_it_stands() {
        let (es, ar) = (labels("es"), labels("ar"));
        let codes = |codes: &[&str]| Value::Codes(codes.iter().map(|code| (*code).to_owned()).collect());
        assert_eq!(es.value(Field::NATIONALITY, &codes(&["VEN", "COL"])), "Venezuela, Colombia");
        assert_eq!(ar.value(Field::NATIONALITY, &codes(&["VEN", "COL"])), "فنزويلا، كولومبيا");
        assert_eq!(es.value(Field::SEX, &Value::text("XX")), "XX");
        assert_eq!(es.value(Field::PREGNANT, &Value::Flag(true)), "Sí");
        assert_eq!(es.value(Field::DATE_OF_BIRTH, &Value::text("1990-05")), "1990-05");
        assert_eq!(es.value(Field::DATE_OF_BIRTH, &Value::text("1990-07-01 age")), "≈ 1990");
        assert_eq!(es.value(Field::REFERRAL_DUE, &Value::text("2026-11-22T10:42")), "2026-11-22 10:42");
        assert_eq!(es.value(Field::OWNER, &Value::Ref(domain::RecordId([1; 16]))), "");
    }
}
