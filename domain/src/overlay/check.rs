//! Whether what an office made can lie over a table of the app's.

mod desk;

use super::{CLASS_COLUMNS, CLASSES, Fault, RETIRED, Row, SCOPE, Sheet, Wrong, key, key_columns, rank};
use crate::catalogue::{Catalogue, Stage};
use std::collections::{BTreeMap, BTreeSet};

/// Sheets by the names of their tables.
pub type Sheets = BTreeMap<String, Sheet>;

/// The lowest number of a field of an office's own.
pub const FIRST_OFFICE_FIELD: u16 = 10_000;

/// Columns of fields that code may read although the table that came with the app has no need of them.
const MORE_OF_FIELDS: [&str; 2] = ["when", "required_when"];
/// What an office may say of a rule. The messages are columns `message_…`.
const OF_RULES: [&str; 7] = ["level", "strength", "stage", "stages", "active", "note", RETIRED];
/// What a field of an office's own can be: what pages can ask without knowing it.
const OFFICE_FORMS: [&str; 14] = [
    "name",
    "text",
    "code",
    "codes",
    "tags",
    "languages",
    "bool",
    "int",
    "decimal",
    "money",
    "date",
    "partial_date",
    "datetime",
    "phone",
];

/// Reads and checks an office's sheet for a table: over the tables that came with the app, and beside what the office
/// put before. Gives the sheet as it was written; see [`super::put`] for what is then kept.
///
/// # Errors
/// Everything that is wrong with it, in the order of its lines.
pub fn check(table: &str, text: &str, base: &Sheets, put: &Sheets) -> Result<Sheet, Vec<Fault>> {
    let Some(of_app) = base.get(table) else {
        let names: Vec<&str> = base.keys().map(String::as_str).collect();
        return Err(vec![Fault::new(0, "", Wrong::UnknownTable(names.join(", ")))]);
    };
    let (sheet, lines) = Sheet::parse(text)?;
    let mut check = Check { table, of_app, base, put, sheet: &sheet, lines: &lines, faults: Vec::new() };
    check.columns();
    if check.faults.is_empty() {
        check.rows();
    }
    let mut faults = check.faults;
    faults.sort_by_key(|fault| fault.line);
    if faults.is_empty() { Ok(sheet) } else { Err(faults) }
}

struct Check<'a> {
    table: &'a str,
    of_app: &'a Sheet,
    base: &'a Sheets,
    put: &'a Sheets,
    sheet: &'a Sheet,
    lines: &'a [u64],
    faults: Vec<Fault>,
}

fn cell<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).map(String::as_str).unwrap_or_default()
}

impl Check<'_> {
    fn fault(&mut self, at: usize, column: &str, wrong: Wrong) {
        let line = self.lines.get(at).copied().unwrap_or_default();
        self.faults.push(Fault::new(line, column, wrong));
    }

    fn columns(&mut self) {
        let mut known: Vec<&str> = self.of_app.columns.iter().map(String::as_str).collect();
        known.extend([SCOPE, RETIRED]);
        match self.table {
            "fields" => known.extend(MORE_OF_FIELDS),
            "rules" => known.push("active"),
            _ => {}
        }
        // An office may speak a language that the table does not yet.
        let translates = |column: &str| {
            let (what, language) = column.split_once('_').unwrap_or_default();
            let known =
                known.iter().any(|known| known.split_once('_').is_some_and(|(other, _)| other == what));
            known
                && ["label", "name", "hint", "message", "text"].contains(&what)
                && (2..=3).contains(&language.len())
        };
        for column in &self.sheet.columns {
            if !known.contains(&column.as_str()) && !translates(column) {
                self.faults.push(Fault::new(1, column, Wrong::UnknownColumn(known.join(", "))));
            }
        }
        for column in key_columns(self.table) {
            if !self.sheet.columns.iter().any(|known| known == column) {
                self.faults.push(Fault::new(1, column, Wrong::KeyColumnMissing));
            }
        }
    }

    fn rows(&mut self) {
        let shipped = self.of_app.index(self.table);
        let before = self.put.get(self.table);
        let mut seen: BTreeMap<(Vec<String>, String), u64> = BTreeMap::new();
        let sheet = self.sheet;
        for (at, row) in sheet.rows.iter().enumerate() {
            let key = key(self.table, row);
            let of_app = shipped.get(&key).and_then(|place| self.of_app.rows.get(*place));
            let held = before
                .into_iter()
                .flat_map(|sheet| &sheet.rows)
                .find(|row| self::key(self.table, row) == key);
            if of_app.is_none() && !self.is_code(at, row) {
                continue;
            }
            self.scope(at, row);
            let scopes = cell(row, SCOPE);
            for scope in if scopes.is_empty() { vec![""] } else { scopes.split_whitespace().collect() } {
                let line = self.lines.get(at).copied().unwrap_or_default();
                if let Some(first) = seen.insert((key.clone(), scope.to_owned()), line) {
                    self.fault(at, "", Wrong::Twice(first));
                }
            }
            if !["", "0", "1"].contains(&cell(row, RETIRED)) {
                self.fault(at, RETIRED, Wrong::NoFlag(cell(row, RETIRED).to_owned()));
            }
            if !cell(row, "order").is_empty() && cell(row, "order").parse::<u32>().is_err() {
                self.fault(at, "order", Wrong::NoNumber(cell(row, "order").to_owned()));
            }
            self.class(at, row, of_app);
            let whole = self.whole(row, of_app);
            self.days(at, &whole);
            if of_app.is_none() {
                self.label(at, &whole);
            }
            match self.table {
                "fields" => self.field(at, row, &whole, of_app, held),
                "rules" => self.rule(at, row, of_app),
                "consent_texts" => self.consent_text(at, row, of_app.or(held)),
                "admin_pa" => self.parent(at, row),
                "sites" => self.site(at, &whole, of_app.or(held)),
                "teams" => self.team(at, &whole),
                "desks" => self.desk(at, &whole),
                _ => {}
            }
        }
    }

    /// A row with what it stands on: the app's row, and what this sheet says of the same key everywhere.
    fn whole(&self, row: &Row, of_app: Option<&Row>) -> Row {
        let key = key(self.table, row);
        let mut whole = of_app.cloned().unwrap_or_default();
        let everywhere = self
            .sheet
            .rows
            .iter()
            .filter(|other| cell(other, SCOPE).is_empty() && self::key(self.table, other) == key);
        for other in everywhere.chain([row]) {
            whole.extend(other.clone());
        }
        whole
    }

    fn is_code(&mut self, at: usize, row: &Row) -> bool {
        let mut fine = true;
        // Names are no codes.
        let free = self.table == "short_names";
        for column in key_columns(self.table) {
            let code = cell(row, column);
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
            if code.is_empty() {
                self.fault(at, column, Wrong::Missing);
                fine = false;
            } else if !free && (code.len() > 64 || !code.chars().all(allowed)) {
                self.fault(at, column, Wrong::NoCode(code.to_owned()));
                fine = false;
            }
        }
        fine
    }

    /// Consent was given to a text under its version: another text is another version.
    fn consent_text(&mut self, at: usize, row: &Row, read: Option<&Row>) {
        let Some(read) = read else { return };
        for (column, text) in row.iter().filter(|(column, _)| column.starts_with("text_")) {
            if read.get(column).is_some_and(|read| read != text) {
                self.fault(at, column, Wrong::ReadToPeople);
            }
        }
    }

    /// A site belongs to one operation, for good: whose records are whose rests on it.
    fn site(&mut self, at: usize, whole: &Row, before: Option<&Row>) {
        let was = before.map(|row| cell(row, "operation")).unwrap_or_default();
        let operation = cell(whole, "operation");
        if operation.is_empty() {
            self.fault(at, "operation", Wrong::Missing);
        } else if !was.is_empty() && operation != was {
            self.fault(at, "operation", Wrong::Fixed(was.to_owned()));
        }
    }

    /// A team works at a site, for an organisation or for the office as a whole.
    fn team(&mut self, at: usize, whole: &Row) {
        let (site, organisation) = (cell(whole, "site"), cell(whole, "organisation"));
        if site.is_empty() {
            self.fault(at, "site", Wrong::Missing);
        } else if !self.codes("sites", "code").contains(site) {
            self.fault(at, "site", Wrong::NoSuchPlace("site", site.to_owned()));
        }
        if !organisation.is_empty() && !self.codes("institutions", "code").contains(organisation) {
            self.fault(at, "organisation", Wrong::NoSuchPlace("organisation", organisation.to_owned()));
        }
    }

    /// A district lies in a province that there is.
    fn parent(&mut self, at: usize, row: &Row) {
        let parent = cell(row, "parent");
        if !parent.is_empty() && !self.codes(self.table, "code").contains(parent) {
            self.fault(at, "parent", Wrong::NoSuchPlace("place", parent.to_owned()));
        }
    }

    /// Every code of a column, of the app and of the office.
    fn codes(&self, table: &str, column: &str) -> BTreeSet<String> {
        self.rows_of(table).map(|row| cell(row, column).to_owned()).collect()
    }

    fn rows_of<'s>(&'s self, table: &'s str) -> impl Iterator<Item = &'s Row> {
        let here = (table == self.table).then_some(self.sheet);
        [self.base.get(table), self.put.get(table), here].into_iter().flatten().flat_map(|sheet| &sheet.rows)
    }

    fn scope(&mut self, at: usize, row: &Row) {
        for atom in cell(row, SCOPE).split_whitespace() {
            let (kind, code) = atom.split_once(':').unwrap_or_default();
            let (name, known) = match kind {
                "operation" => ("operation", self.codes("sites", "operation")),
                "site" => ("site", self.codes("sites", "code")),
                "programme" => {
                    let rows = self.rows_of("lists").filter(|row| cell(row, "list") == "programme");
                    ("code in list programme", rows.map(|row| cell(row, "code").to_owned()).collect())
                }
                _ => {
                    self.fault(at, SCOPE, Wrong::UnknownScope(atom.to_owned()));
                    continue;
                }
            };
            if code.is_empty() || !known.contains(code) {
                self.fault(at, SCOPE, Wrong::NoSuchPlace(name, code.to_owned()));
            }
        }
    }

    /// Never looser than shipped; of a code of the office's own, than what it was put with for the same places, or for
    /// any where these are new.
    fn class(&mut self, at: usize, row: &Row, of_app: Option<&Row>) {
        let (own, put) = (key(self.table, row), self.put);
        let places =
            |row: &Row| cell(row, SCOPE).split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
        let held = put.get(self.table).into_iter().flat_map(|sheet| &sheet.rows);
        let held: Vec<&Row> = held.filter(|held| key(self.table, held) == own).collect();
        let same = held.iter().copied().find(|held| places(held) == places(row));
        for column in CLASS_COLUMNS {
            let class = cell(row, column);
            let loosest = held.iter().copied().filter(|row| !cell(row, column).is_empty());
            let loosest = loosest.min_by_key(|row| rank(cell(row, column)));
            let before = of_app.or(same).or(loosest).map(|row| cell(row, column)).unwrap_or_default();
            match rank(class) {
                _ if class.is_empty() => {}
                None => self.fault(at, column, Wrong::NotOneOf(class.to_owned(), CLASSES.join(", "))),
                asked if asked < rank(before) => self.fault(at, column, Wrong::Looser(before.to_owned())),
                Some(_) => {}
            }
        }
    }

    /// A new row must be readable.
    fn label(&mut self, at: usize, whole: &Row) {
        let column = ["label_es", "name_es", "text_es", "name"]
            .into_iter()
            .find(|column| self.of_app.columns.iter().any(|known| known == column));
        if let Some(column) = column
            && cell(whole, column).is_empty()
        {
            self.fault(at, column, Wrong::Missing);
        }
    }

    fn field(&mut self, at: usize, row: &Row, whole: &Row, of_app: Option<&Row>, held: Option<&Row>) {
        if let Some(of_app) = of_app {
            for column in ["number", "type"] {
                let (now, shipped) = (cell(row, column), cell(of_app, column));
                if !now.is_empty() && now != shipped {
                    let number = Wrong::NumberChanged(shipped.to_owned());
                    self.fault(
                        at,
                        column,
                        if column == "number" { number } else { Wrong::Fixed(shipped.to_owned()) },
                    );
                }
            }
        } else {
            self.office_field(at, whole, held);
        }
        let list = cell(row, "list");
        if !list.is_empty() && !self.is_list(list) {
            self.fault(at, "list", Wrong::NoSuchList(list.to_owned()));
        }
        for stage in Stage::ALL.map(Stage::key) {
            let (mark, shipped) = (cell(row, stage), of_app.map(|row| cell(row, stage)).unwrap_or_default());
            if mark.is_empty() {
                continue;
            }
            if !["R", "O", "A", "-"].contains(&mark) {
                self.fault(at, stage, Wrong::NotOneOf(mark.to_owned(), "R, O, A, -".to_owned()));
            } else if mark == "A" && shipped != "A" {
                self.fault(at, stage, Wrong::NotAutomatic);
            } else if shipped == "A" && mark != "A" {
                self.fault(at, stage, Wrong::Fixed(shipped.to_owned()));
            }
        }
        // What is left is judged by those who will read it.
        if cell(whole, "number").is_empty() {
            return;
        }
        let (_, faults) = Catalogue::read(std::slice::from_ref(&Row::from_iter(
            whole
                .iter()
                .filter(|(column, _)| *column != RETIRED)
                .map(|(column, cell)| (column.clone(), cell.clone())),
        )));
        for fault in faults {
            // Said above, in more words, or the app's own.
            let said = Stage::ALL
                .iter()
                .any(|stage| stage.key() == fault.column && !cell(whole, fault.column).is_empty());
            if said
                || ["number", "type"].contains(&fault.column)
                || (of_app.is_some() && fault.column == "kind")
            {
                continue;
            }
            let text = cell(whole, fault.column);
            let wrong = if text.is_empty() { Wrong::Missing } else { Wrong::NotUnderstood(text.to_owned()) };
            self.fault(at, fault.column, wrong);
        }
    }

    /// A field that the app does not ship.
    fn office_field(&mut self, at: usize, whole: &Row, held: Option<&Row>) {
        let number = cell(whole, "number");
        match number.parse::<u16>() {
            _ if number.is_empty() => self.fault(at, "number", Wrong::Missing),
            Ok(number) if number >= FIRST_OFFICE_FIELD => {}
            _ => self.fault(at, "number", Wrong::NumberTooLow),
        }
        if let Some(held) = held
            && cell(held, "number") != number
        {
            self.fault(at, "number", Wrong::NumberChanged(cell(held, "number").to_owned()));
        }
        let key = key(self.table, whole);
        let other = self
            .rows_of("fields")
            .find(|row| cell(row, "number") == number && self::key("fields", row) != key);
        let other = other.map(|row| format!("{}.{}", cell(row, "kind"), cell(row, "key")));
        if let Some(other) = other.filter(|_| !number.is_empty()) {
            self.fault(at, "number", Wrong::NumberTaken(number.to_owned(), other));
        }
        let form = cell(whole, "type");
        if !OFFICE_FORMS.contains(&form) {
            self.fault(at, "type", Wrong::NotOneOf(form.to_owned(), OFFICE_FORMS.join(", ")));
        }
        if ["code", "codes"].contains(&form) && cell(whole, "list").is_empty() {
            self.fault(at, "list", Wrong::Missing);
        }
        for column in ["sensitivity", "section"] {
            if cell(whole, column).is_empty() {
                self.fault(at, column, Wrong::Missing);
            }
        }
        let section = cell(whole, "section");
        let sections: BTreeSet<&str> = self.of_app.rows.iter().map(|row| cell(row, "section")).collect();
        if !section.is_empty() && !sections.contains(section) {
            let sections: Vec<&str> = sections.into_iter().filter(|section| !section.is_empty()).collect();
            self.fault(at, "section", Wrong::NotOneOf(section.to_owned(), sections.join(", ")));
        }
    }

    fn is_list(&self, list: &str) -> bool {
        if let Some(name) = list.strip_prefix("lists:") {
            return self.codes("lists", "list").contains(name);
        }
        // Some tables go by another name among fields.
        let named = self
            .base
            .get("fields")
            .into_iter()
            .flat_map(|sheet| &sheet.rows)
            .any(|row| cell(row, "list") == list);
        named || (self.base.contains_key(list) && !["fields", "rules"].contains(&list))
    }

    fn rule(&mut self, at: usize, row: &Row, of_app: Option<&Row>) {
        let Some(of_app) = of_app else {
            return self.fault(at, "id", Wrong::NoSuchRule(cell(row, "id").to_owned()));
        };
        for (column, text) in row {
            let column = column.as_str();
            let shipped = cell(of_app, column);
            let own = column == SCOPE || OF_RULES.contains(&column) || column.starts_with("message_");
            if !own && text != shipped {
                self.fault(at, column, Wrong::Fixed(shipped.to_owned()));
            }
            let words: BTreeSet<&str> = match column {
                "level" | "strength" => self.of_app.rows.iter().map(|row| cell(row, column)).collect(),
                "stage" | "stages" => Stage::ALL.into_iter().map(Stage::key).chain(["all"]).collect(),
                "active" => ["0", "1"].into(),
                _ => continue,
            };
            if let Some(word) = text.split_whitespace().find(|word| *word != shipped && !words.contains(word))
            {
                let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
                self.fault(at, column, Wrong::NotOneOf(word.to_owned(), words.join(", ")));
            }
        }
    }
}
