//! Rules and their table belong together; what is said of all of them.

use super::trial::{TODAY, Trial, catalogue, rule_table, table};
use super::*;

/// Rules that are kept in another way, each with a test of its own: DOB04 by reading dates (`case::tests`),
/// DOC07 by offering no such thing (`papers::tests`), SUP01 where figures are published
/// (`publication::tests`).
const ELSEWHERE: [&str; 3] = ["DOB04", "DOC07", "SUP01"];

#[test]
fn every_rule_of_the_table_is_kept_and_every_kept_rule_is_in_the_table() {
    let ids: Vec<String> = table("rules").into_iter().map(|row| row["id"].clone()).collect();
    assert_eq!(ids.len(), 73);
    let in_code: Vec<&str> = all().map(|rule| rule.id).collect();
    let in_table: Vec<&str> = ids.iter().map(String::as_str).filter(|id| !ELSEWHERE.contains(id)).collect();
    assert_eq!(in_code, in_table);
    assert!(ELSEWHERE.iter().all(|id| ids.iter().any(|it| it == id)));
}

#[test]
fn every_rule_has_words_and_judges_fields_there_are() {
    for row in table("rules") {
        for column in ["message_es", "message_en", "message_fr", "message_pt", "message_ht", "message_ar"] {
            assert!(row.get(column).is_some_and(|words| !words.is_empty()), "{} {column}", row["id"]);
        }
    }
    for rule in all() {
        assert!(!rule.judges.is_empty(), "{}", rule.id);
        for field in rule.judges {
            assert!(catalogue().spec(*field).is_some(), "{} {field:?}", rule.id);
        }
    }
}

#[test]
fn weight_and_stages_are_the_tables() {
    for row in table("rules") {
        for stage in Stage::ALL {
            let applies = row["stages"] == "all" || row["stages"].split(' ').any(|name| name == stage.key());
            let strength = match row["strength"].as_str() {
                "error" => Strength::Error,
                "warn" => Strength::Warning,
                "info" => Strength::Info,
                other => panic!("{other}"),
            };
            assert_eq!(
                rule_table().strength(&row["id"], stage),
                applies.then_some(strength),
                "{}",
                row["id"]
            );
        }
    }
    assert_eq!(rule_table().strength("NEW01", Stage::E1), Some(Strength::Warning));
}

#[test]
fn an_office_turns_rules_down_and_off() {
    let row = |cells: &[(&str, &str)]| -> Row {
        cells.iter().map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())).collect()
    };
    let table = RuleTable::read(&[
        row(&[("id", "DOB01"), ("strength", "info"), ("stages", "e2 full"), ("active", "1")]),
        row(&[("id", "DOB02"), ("strength", "error"), ("stages", "all"), ("active", "0")]),
        row(&[("id", "DOB03"), ("strength", "odd"), ("stages", "all")]),
    ]);
    assert_eq!(table.strength("DOB01", Stage::E1), None);
    assert_eq!(table.strength("DOB01", Stage::Full), Some(Strength::Info));
    assert_eq!(table.strength("DOB02", Stage::Full), None);
    assert_eq!(table.strength("DOB03", Stage::SelfFilled), Some(Strength::Warning));
}

#[test]
fn questions_are_confirmed_as_long_as_their_values_stand_and_errors_are_not() {
    let case = "p given_names=Ana2 surname1=Soto sex=F dob=2030-05-05; document p1 expires_on=2020-05-05";
    let mut trial = Trial::new(case);
    let codes: Vec<String> = trial.findings(TODAY).iter().map(|it| it.confirm.clone()).collect();
    let codes: Vec<String> = codes.into_iter().filter(|code| !code.is_empty()).collect();
    assert!(codes.iter().any(|code| code.starts_with("NAM03:")), "{codes:?}");
    assert!(codes.iter().any(|code| code.starts_with("DOC01:")));
    assert!(!codes.iter().any(|code| code.starts_with("DOB01:")));
    // Forged for an error, it changes nothing.
    let dob01 = all().find(|rule| rule.id == "DOB01").unwrap();
    let forged = confirmation(dob01, &trial.file, trial.file.people[0].record, &[]);
    let said = codes.into_iter().chain([forged]).collect();
    trial.file.people[0].values.insert(Field::CONFIRMED, Value::Codes(said));
    let asks = |trial: &Trial, rule: &'static str| {
        trial.findings(TODAY).iter().any(|it| it.what == What::Rule(rule) && !it.confirmed)
    };
    assert!(!asks(&trial, "NAM03") && !asks(&trial, "DOC01") && asks(&trial, "DOB01"));
    trial.file.people[0].values.insert(Field::GIVEN_NAMES, Value::text("Ana3"));
    assert!(asks(&trial, "NAM03"));
}

#[test]
fn a_group_without_anything_is_looked_at_without_a_stumble() {
    for stage in Stage::ALL {
        let mut trial = Trial::new("");
        trial.stage = stage;
        let _ = trial.findings(TODAY);
        let _ = trial.findings(Date::MIN);
        let _ = trial.findings(Date::MAX);
    }
}
