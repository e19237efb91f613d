//! What the applicants' door lets people choose from, out of `public/tables`: one language, and of each table only what a
//! family answers with, in the smallest text there is. `app/apply/src/choices.rs` reads it.
//!
//! A line `#TABLE`, then a line a row: `code⇥label` or `code⇥label⇥parent`, in the order in which it is shown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result, bail};

/// Languages of the door, as codes in the columns of the tables.
pub const LANGUAGES: [&str; 6] = ["es", "en", "fr", "ht", "pt", "ar"];

/// The lists of `lists.csv` that the door asks from or tells of.
const LISTS: [&str; 18] = [
    "agenda_state",
    "application_by",
    "application_close",
    "application_mark",
    "application_slot_state",
    "application_state",
    "consent_decision",
    "contact_channel",
    "education",
    "entry_mode",
    "interview_preference",
    "legal_stay",
    "marital_status",
    "need_state",
    "occupation",
    "relationship",
    "sex",
    "surname2_absent",
];

/// For which purposes the door asks consent.
const PURPOSES: [&str; 3] = ["register", "photo", "contact"];

type Row = BTreeMap<String, String>;

/// The file of one language. `table` gives the text of a CSV file by its name without ending.
pub fn of<'a>(language: &str, table: impl Fn(&str) -> Option<&'a [u8]>) -> Result<String> {
    let rows =
        |name: &str| read(table(name).with_context(|| format!("public/tables/{name}.csv is missing"))?);
    let mut text = String::new();
    let mut section = |name: &str, rows: Vec<[String; 3]>| -> Result<()> {
        let _ = writeln!(text, "#{name}");
        for [code, label, parent] in rows {
            let cells = [&code, &label, &parent];
            if code.is_empty()
                || label.is_empty()
                || cells.iter().any(|cell| cell.contains(['\t', '\n', '\r']))
            {
                bail!(
                    "public/tables: `{code}` of {name} has no label in {language}, or one of several lines"
                );
            }
            let line = if parent.is_empty() {
                format!("{code}\t{label}")
            } else {
                format!("{code}\t{label}\t{parent}")
            };
            let _ = writeln!(text, "{line}");
        }
        Ok(())
    };

    let mut countries = rows("countries")?;
    countries.sort_by_cached_key(|row| {
        let order = cell(row, "common_order").parse::<u32>().unwrap_or(u32::MAX);
        (order, for_sorting(&label(row, "name", language)))
    });
    section("countries", countries.iter().map(|row| named(row, "iso3", language, "")).collect())?;

    let mut languages = rows("languages")?;
    // Those the door speaks come first, the others by their names.
    languages.sort_by_cached_key(|row| (cell(row, "ui") != "1", for_sorting(&label(row, "name", language))));
    section("languages", languages.iter().map(|row| named(row, "iso639_3", language, "")).collect())?;

    let (mut places, kinds) = (rows("admin_pa")?, ["province", "comarca", "district"]);
    places.retain(|row| kinds.contains(&cell(row, "kind")));
    places.sort_by_cached_key(|row| for_sorting(&label(row, "name", language)));
    section("places", places.iter().map(|row| named(row, "code", language, "parent")).collect())?;
    section("sites", rows("sites")?.iter().map(|row| named(row, "code", language, "admin")).collect())?;
    section(
        "entry_points",
        rows("entry_points")?.iter().map(|row| named(row, "code", language, "")).collect(),
    )?;
    let documents = rows("document_types")?;
    section("documents", documents.iter().map(|row| labelled(row, language)).collect())?;

    let lists = rows("lists")?;
    for list in LISTS {
        let mut items: Vec<&Row> = lists.iter().filter(|row| cell(row, "list") == list).collect();
        if items.is_empty() {
            bail!("public/tables/lists.csv has no list `{list}`");
        }
        items.sort_by_key(|row| cell(row, "order").parse::<u32>().unwrap_or(u32::MAX));
        section(list, items.into_iter().map(|row| labelled(row, language)).collect())?;
    }

    let texts = rows("consent_texts")?;
    let mut asked = Vec::new();
    for purpose in PURPOSES {
        // The newest version stands last.
        let row = texts.iter().rfind(|row| cell(row, "purpose") == purpose);
        let row = row.with_context(|| format!("no text asks for consent to `{purpose}`"))?;
        asked.push([purpose.to_owned(), label(row, "text", language), cell(row, "version").to_owned()]);
    }
    section("consent", asked)?;
    Ok(text)
}

fn read(csv: &[u8]) -> Result<Vec<Row>> {
    let mut reader = csv::Reader::from_reader(csv);
    Ok(reader.deserialize().collect::<Result<_, _>>()?)
}

fn cell<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).map(|cell| cell.trim()).unwrap_or_default()
}

/// In the language, or else in English for proper names that English leaves as they are, or in Spanish.
fn label(row: &Row, stem: &str, language: &str) -> String {
    let columns = [language, "es", "en"].map(|language| format!("{stem}_{language}"));
    columns
        .iter()
        .map(|column| cell(row, column))
        .find(|text| !text.is_empty())
        .unwrap_or_default()
        .to_owned()
}

fn named(row: &Row, code: &str, language: &str, parent: &str) -> [String; 3] {
    [cell(row, code).to_owned(), label(row, "name", language), cell(row, parent).to_owned()]
}

fn labelled(row: &Row, language: &str) -> [String; 3] {
    [cell(row, "code").to_owned(), label(row, "label", language), String::new()]
}

/// So that «Ámbar» stands beside «Ambar»: letters of the languages here without their marks.
fn for_sorting(text: &str) -> String {
    let plain = |letter| match letter {
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'ø' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        'إ' | 'أ' | 'آ' => 'ا',
        other => other,
    };
    text.to_lowercase().chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<(&'static str, String)> {
        let table = |name: &str| {
            let file = crate::tools::root().join(format!("public/tables/{name}.csv"));
            Some(&*Box::leak(std::fs::read(file).unwrap().into_boxed_slice()))
        };
        LANGUAGES.map(|language| (language, of(language, table).unwrap())).to_vec()
    }

    fn table<'a>(text: &'a str, name: &str) -> Vec<Vec<&'a str>> {
        let wanted = format!("#{name}");
        let lines = text.lines().skip_while(|line| *line != wanted).skip(1);
        lines.take_while(|line| !line.starts_with('#')).map(|line| line.split('\t').collect()).collect()
    }

    #[test]
    fn every_language_offers_the_same_codes() {
        let all = all();
        let codes = |text: &str| {
            let mut codes: Vec<_> =
                text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect();
            codes.sort();
            codes
        };
        for (language, text) in &all {
            assert_eq!(codes(text), codes(&all[0].1), "{language}");
        }
    }

    #[test]
    fn what_is_common_comes_first_and_the_rest_by_its_name() {
        let (_, spanish) = all().remove(0);
        let countries = table(&spanish, "countries");
        assert_eq!(countries[0], ["VEN", "Venezuela"]);
        let afterwards: Vec<_> = countries.iter().skip(29).map(|row| for_sorting(row[1])).collect();
        assert!(afterwards.is_sorted(), "{afterwards:?}");
        assert_eq!(table(&spanish, "languages")[0].len(), 2);
    }

    #[test]
    fn a_district_names_its_province_and_a_text_its_version() {
        for (language, text) in all() {
            let places = table(&text, "places");
            let provinces: Vec<_> = places.iter().filter(|row| row.len() == 2).map(|row| row[0]).collect();
            assert!(provinces.len() >= 13, "{language}");
            assert!(
                places.iter().filter(|row| row.len() == 3).all(|row| provinces.contains(&row[2])),
                "{language}"
            );
            let consent = table(&text, "consent");
            assert_eq!(consent.iter().map(|row| row[0]).collect::<Vec<_>>(), PURPOSES, "{language}");
            assert!(consent.iter().all(|row| row[1].len() > 100 && !row[2].is_empty()), "{language}");
        }
    }
}
