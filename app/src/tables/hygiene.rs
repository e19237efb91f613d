//! What an editor of `public/tables` can get wrong without any code noticing: cells out of step, a label left blank,
//! a code twice, a list that is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

type Row = BTreeMap<String, String>;

const LANGUAGES: [&str; 6] = ["es", "en", "fr", "pt", "ht", "ar"];

/// Cells that may be blank in a language, and are then shown in another.
const MAY_BE_BLANK: [(&str, &[&str]); 2] = [
    ("countries", &["ht", "ar"]),
    // Districts are proper names.
    ("admin_pa", &["fr", "pt", "ht", "ar"]),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../public/tables")
}

/// Tables that are shipped empty, each office fills its own; with their columns.
const EMPTY: [(&str, &[&str]); 1] = [(
    "teams",
    &["code", "organisation", "site", "label_es", "label_en", "label_fr", "label_pt", "label_ht", "label_ar"],
)];

/// Every table by its name. A row with more or fewer cells than the header is a fault.
fn tables() -> BTreeMap<String, Vec<Row>> {
    let mut tables = BTreeMap::new();
    for file in std::fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "csv") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut reader = csv::Reader::from_path(&path).unwrap();
        let rows = reader.deserialize().map(|row| row.unwrap_or_else(|fault| panic!("{name}: {fault}")));
        tables.insert(name.clone(), rows.collect());
    }
    tables
}

fn cell<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).map(|cell| cell.trim()).unwrap_or_default()
}

/// The language of a column such as `label_es`; `None` for columns that hold no words.
fn language(column: &str) -> Option<(&str, &'static str)> {
    let (stem, code) = column.rsplit_once('_')?;
    let words = ["label", "name", "message", "text", "hint"].contains(&stem);
    LANGUAGES.into_iter().find(|language| words && *language == code).map(|language| (stem, language))
}

#[test]
fn every_table_has_rows_and_all_cells() {
    let tables = tables();
    assert!(tables.len() >= 30, "{} tables", tables.len());
    for (name, rows) in &tables {
        assert!(rows.len() >= 3 || EMPTY.iter().any(|(empty, _)| empty == name), "{name}");
    }
}

#[test]
fn a_table_that_is_shipped_empty_has_its_columns() {
    for (name, columns) in EMPTY {
        let mut reader = csv::Reader::from_path(folder().join(format!("{name}.csv"))).unwrap();
        assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), columns, "{name}");
    }
}

#[test]
fn no_word_is_left_blank_and_none_begins_or_ends_with_a_space() {
    for (name, rows) in tables() {
        let free =
            MAY_BE_BLANK.iter().find(|(table, _)| *table == name).map_or(&[][..], |(_, languages)| languages);
        for (at, row) in rows.iter().enumerate() {
            let hinted = LANGUAGES.iter().any(|language| !cell(row, &format!("hint_{language}")).is_empty());
            for (column, text) in row {
                let Some((stem, language)) = language(column) else { continue };
                assert_eq!(text.trim(), text, "{name}, row {}: {column}", at + 2);
                let needed = if stem == "hint" { hinted } else { !free.contains(&language) };
                assert!(!needed || !text.is_empty(), "{name}, row {}: {column} is blank", at + 2);
            }
        }
    }
}

#[test]
fn a_table_with_words_has_them_in_every_language() {
    for (name, rows) in tables() {
        let stems: BTreeMap<&str, BTreeSet<&str>> =
            rows.first().into_iter().flat_map(Row::keys).filter_map(|column| language(column)).fold(
                BTreeMap::new(),
                |mut stems, (stem, language)| {
                    stems.entry(stem).or_default().insert(language);
                    stems
                },
            );
        for (stem, languages) in stems {
            assert_eq!(languages.len(), LANGUAGES.len(), "{name}: {stem} in {languages:?}");
        }
    }
}

#[test]
fn no_code_stands_twice() {
    for (name, rows) in tables() {
        let key: &[&str] = match name.as_str() {
            "countries" => &["iso3"],
            "languages" => &["iso639_3"],
            "lists" => &["list", "code"],
            "fields" => &["key"],
            "rules" => &["id"],
            "holidays" => &["date"],
            "consent_texts" => &["purpose", "version"],
            "rsd_transitions" => &["from", "to"],
            "short_names" => &["form", "name"],
            "hxl_tags" => &["export", "column"],
            _ => &["code"],
        };
        let mut seen = BTreeSet::new();
        for row in &rows {
            let code: Vec<&str> = key.iter().map(|column| cell(row, column)).collect();
            assert!(code.iter().any(|part| !part.is_empty()), "{name}: a row without {key:?}");
            assert!(seen.insert(code.clone()), "{name}: {code:?} stands twice");
        }
        let numbers: Vec<&str> =
            rows.iter().map(|row| cell(row, "number")).filter(|it| !it.is_empty()).collect();
        assert_eq!(
            numbers.iter().collect::<BTreeSet<_>>().len(),
            numbers.len(),
            "{name}: a number stands twice"
        );
    }
}

#[test]
fn every_list_that_a_field_names_is_there() {
    let tables = tables();
    for row in tables.get("fields").unwrap() {
        let (list, part) = cell(row, "list").split_once(':').unwrap_or((cell(row, "list"), ""));
        let file = match list {
            "" => continue,
            "documents" => "document_types",
            "needs" => "specific_needs",
            "places" => "admin_pa",
            "statelessness" => "statelessness_flags",
            other => other,
        };
        let rows = tables.get(file).unwrap_or_else(|| panic!("{}: no table {file}", cell(row, "key")));
        let found = |row: &Row| ["list", "kind", "code"].iter().any(|column| cell(row, column) == part);
        assert!(part.is_empty() || rows.iter().any(found), "{}: nothing of {list}:{part}", cell(row, "key"));
    }
}

#[test]
fn every_section_and_kind_has_a_title() {
    let tables = tables();
    let lists = tables.get("lists").unwrap();
    let has = |list: &str, code: &str| {
        lists.iter().any(|row| cell(row, "list") == list && cell(row, "code") == code)
    };
    for row in tables.get("fields").unwrap() {
        assert!(has("section", cell(row, "section")), "no title for section {}", cell(row, "section"));
    }
    for kind in domain::Kind::ALL.iter().filter_map(|kind| kind.key()) {
        assert!(["group", "individual"].contains(&kind) || has("kind_one", kind), "no word for one {kind}");
    }
}

#[test]
fn a_hint_is_short_and_a_message_is_one_breath() {
    // Marks that stand alone, as in French, are no words.
    let words =
        |text: &str| text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
    for (name, rows) in tables() {
        for (column, text) in rows.iter().flatten() {
            let most = match language(column) {
                Some(("hint", _)) => 12,
                Some(("message", _)) => 15,
                // What a person decides upon is read to them in less than a minute.
                Some(("text", _)) => 90,
                _ => continue,
            };
            assert!(words(text) <= most, "{name}, {column}: more than {most} words: {text}");
        }
    }
}

#[test]
fn rules_name_fields_stages_and_strengths_that_there_are() {
    let tables = tables();
    let keys: BTreeSet<&str> = tables.get("fields").unwrap().iter().map(|row| cell(row, "key")).collect();
    for row in tables.get("rules").unwrap() {
        let id = cell(row, "id");
        assert!(["error", "warn", "info"].contains(&cell(row, "strength")), "{id}");
        assert!(["0", "1"].contains(&cell(row, "active")), "{id}");
        let stages: Vec<&str> = cell(row, "stages").split(' ').collect();
        assert!(
            stages.iter().all(|stage| ["all", "self", "e1", "e2", "full", "export"].contains(stage)),
            "{id}"
        );
        for field in cell(row, "fields").split_whitespace() {
            assert!(keys.contains(field), "{id}: no field {field}");
        }
    }
}

#[test]
fn steps_codes_and_consent_texts_point_at_what_is_there() {
    let tables = tables();
    let codes = |table: &str| -> BTreeSet<String> {
        tables.get(table).unwrap().iter().map(|row| cell(row, "code").to_owned()).collect()
    };
    let check = |table: &str, column: &str, target: &str| {
        let known = codes(target);
        for row in tables.get(table).unwrap() {
            for code in cell(row, column).split(';').map(str::trim).filter(|code| !code.is_empty()) {
                assert!(known.contains(code), "{table}.{column}: {target} has no {code}");
            }
        }
    };
    check("rsd_transitions", "from", "rsd_states");
    check("rsd_transitions", "to", "rsd_states");
    check("rsd_states", "document_issued", "document_types");
    check("specific_needs", "maps_to", "specific_needs");
    check("assistance_types", "unit", "units");
    check("assistance_types", "sector", "referral_sectors");
    check("desks", "institution", "institutions");
    check("desks", "site", "sites");
    check("desks", "sectors", "referral_sectors");
    for table in ["specific_needs", "statelessness_flags", "rsd_states"] {
        check(table, "sensitivity", "sensitivity");
    }
    let texts = tables.get("consent_texts").unwrap();
    for row in tables.get("lists").unwrap().iter().filter(|row| cell(row, "list") == "consent_purpose") {
        assert!(texts.iter().any(|text| cell(text, "purpose") == cell(row, "code")), "no text for {row:?}");
    }
    for row in tables.get("lists").unwrap() {
        assert!(["", "F", "M"].contains(&cell(row, "sex")), "{row:?}");
        let roles = ["", "focal", "spouse", "child", "parent", "sibling", "grandparent", "guardian", "other"];
        assert!(roles.contains(&cell(row, "role")), "{row:?}");
    }
}

#[test]
fn whatever_is_translated_stands_in_the_list_of_what_awaits_review() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("locales/REVIEW.md");
    let list = std::fs::read_to_string(path).unwrap();
    for (name, rows) in tables() {
        if rows.first().is_some_and(|row| row.keys().any(|column| column.ends_with("_ht"))) {
            assert!(list.contains(&format!("`{name}.csv`")), "{name}");
        }
    }
}
