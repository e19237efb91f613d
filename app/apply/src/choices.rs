//! What can be chosen from: countries, languages, places, offices, lists, and the texts people consent to, in one language.
//!
//! `cargo xtask site` makes `apply/choices-LANGUAGE.txt` from `public/tables`: a line `#TABLE` before each table, then a line
//! a row, `code⇥label` or `code⇥label⇥parent`, in the order in which it is shown.

use crate::words::Language;
use speech::files;
use std::sync::Arc;

/// One row of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice<'a> {
    /// What is stored.
    pub code: &'a str,
    /// What people read, in the language of the choices.
    pub label: &'a str,
    /// What it lies in or belongs to: a district's province, an office's place, a text's version. Empty where there is none.
    pub parent: &'a str,
}

/// All tables of the door in one language. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices(Arc<str>);

impl Choices {
    /// Fetches them; empty where the file cannot be had.
    pub async fn load(language: Language) -> Choices {
        let code = if Language::ALL.contains(&language) { language.code() } else { Language::Spanish.code() };
        let text = files::text(&format!("apply/choices-{code}")).await;
        text.map(|text| Choices::read(&text)).unwrap_or_default()
    }

    /// Tables as the text of their file says them.
    #[must_use]
    pub fn read(text: &str) -> Choices {
        Choices(Arc::from(text))
    }

    /// Whether they could not be had.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rows of a table, such as `countries` or `sex`; none where there is no such table.
    pub fn table<'a>(&'a self, name: &str) -> impl Iterator<Item = Choice<'a>> + use<'a> {
        let wanted = format!("#{name}");
        let mut lines = self.0.lines();
        let found = lines.any(|line| line == wanted);
        let rows = lines.take_while(move |line| found && !line.starts_with('#'));
        rows.map(|row| {
            let mut cells = row.split('\t');
            let mut next = || cells.next().unwrap_or_default();
            Choice { code: next(), label: next(), parent: next() }
        })
    }

    /// The row of a code.
    #[must_use]
    pub fn row(&self, table: &str, code: &str) -> Option<Choice<'_>> {
        self.table(table).find(|row| row.code == code)
    }

    /// What people read for a code; the code itself where the table does not know it.
    #[must_use]
    pub fn label(&self, table: &str, code: &str) -> String {
        self.row(table, code).map_or(code, |row| row.label).to_owned()
    }

    /// Code and label of every row that lies in `parent`, as [`crate::pieces::Cards`] takes them; of every row, where
    /// `parent` is empty.
    #[must_use]
    pub fn options(&self, table: &str, parent: &str) -> Vec<(String, String)> {
        let rows = self.table(table).filter(|row| parent.is_empty() || row.parent == parent);
        rows.map(|row| (row.code.to_owned(), row.label.to_owned())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "#sex\nF\tMujer\nM\tHombre\n#places\nPA-1\tBocas del Toro\nPA-0101\tAlmirante\tPA-1\n#none";

    #[test]
    fn a_table_ends_where_the_next_one_begins() {
        let choices = Choices::read(TEXT);
        let codes = |table| choices.table(table).map(|row| row.code).collect::<Vec<_>>();
        assert_eq!(codes("sex"), ["F", "M"]);
        assert_eq!(codes("places"), ["PA-1", "PA-0101"]);
        assert!(codes("none").is_empty() && codes("gone").is_empty() && Choices::default().is_empty());
    }

    #[test]
    fn labels_and_parents_are_found_and_unknown_codes_are_shown_as_they_are() {
        let choices = Choices::read(TEXT);
        assert_eq!(choices.label("sex", "F"), "Mujer");
        assert_eq!(choices.label("sex", "X"), "X");
        assert_eq!(choices.options("places", "PA-1"), [("PA-0101".to_owned(), "Almirante".to_owned())]);
        assert_eq!(choices.row("places", "PA-1").unwrap().parent, "");
    }
}
