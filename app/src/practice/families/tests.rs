use super::*;
use crate::practice::making;
use domain::catalogue::Row;
use domain::{Field, Value};
use std::collections::BTreeSet;
use time::Month;

const FILE: &str = include_str!("../../../../public/practice/families.txt");
const NOW: u64 = 1_795_000_000_000;

fn day(year: i32, month: u8, day: u8) -> Date {
    Date::from_calendar_date(year, Month::try_from(month).unwrap(), day).unwrap()
}

fn rows(table: &str) -> Vec<Row> {
    let file = format!("{}/../public/tables/{table}.csv", env!("CARGO_MANIFEST_DIR"));
    domain::overlay::Sheet::read(&std::fs::read_to_string(file).unwrap()).rows
}

fn made(text: &str, today: Date) -> People {
    let (catalogue, _) = Catalogue::read(&rows("fields"));
    let (rules, lists) = (RuleTable::read(&rows("rules")), Lists::read(|table| rows(table)));
    let ground = Ground { now: NOW, today, catalogue: &catalogue, rules: &rules, lists: &lists };
    let mut number = 0_u64;
    read(text, &ground, &mut || {
        number += 1;
        let seed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (u128::from(seed) << 64 | u128::from(seed.rotate_left(17) ^ number)).to_be_bytes()
    })
}

fn records(people: &People) -> Vec<Record> {
    making::pages(&people.deeds, Vec::new()).into_iter().flat_map(|page| page.records).collect()
}

#[test]
fn every_family_is_complete_for_its_stage_whatever_the_day() {
    for today in [day(2026, 11, 22), day(2028, 2, 29), day(2031, 1, 1)] {
        let faults = made(FILE, today).faults;
        assert_eq!(faults, Vec::<String>::new(), "{today}");
    }
}

#[test]
fn there_is_somebody_for_everything_that_is_practised() {
    let people = made(FILE, day(2026, 11, 22));
    let records = records(&people);
    let of = |kind| records.iter().filter(move |record| record.kind == kind);
    assert!((38..=45).contains(&of(Kind::GROUP).count()), "{} families", of(Kind::GROUP).count());
    let individuals: Vec<&Record> = of(Kind::INDIVIDUAL).collect();
    assert!((100..=160).contains(&individuals.len()), "{} people", individuals.len());
    let nationalities: BTreeSet<&str> = individuals
        .iter()
        .filter_map(|person| match person.shown(Field::NATIONALITY) {
            Some(Value::Codes(codes)) => codes.first().map(String::as_str),
            _ => None,
        })
        .collect();
    assert!(nationalities.len() >= 12 && nationalities.contains("VEN") && nationalities.contains("HTI"));
    for kind in [Kind::DOCUMENT, Kind::NEED, Kind::CONSENT, Kind::RELATIVE] {
        assert!(of(kind).count() >= 5, "{kind:?}");
    }
    let levels: BTreeSet<_> =
        of(Kind::GROUP).filter_map(|group| group.shown(Field::DATA_LEVEL)?.as_text()).collect();
    assert!(["group", "emergency", "comprehensive"].iter().all(|level| levels.contains(level)));
    assert!(individuals.iter().any(|person| person.conflicts() == [Field::PHONE]), "a conflict");
    let twice =
        individuals.iter().filter(|person| person.shown(Field::SURNAME2) == Some(&Value::text("Arias")));
    assert!(twice.count() >= 4, "the same people twice");
    assert!(people.deeds.iter().filter(|deed| deed.mine).count() >= 3, "something waits to be sent");
    assert_eq!(people.colleagues.len(), 4);
}

#[test]
fn codes_are_those_of_the_lists() {
    let (catalogue, _) = Catalogue::read(&rows("fields"));
    let known = |spec: &FieldSpec, code: &str| {
        let code = code.split(':').next().unwrap_or_default();
        let (table, list) = spec.list.split_once(':').unwrap_or((spec.list.as_str(), ""));
        let (table, column) = match table {
            "countries" => ("countries", "iso3"),
            "languages" => ("languages", "iso639_3"),
            "places" => ("admin_pa", "code"),
            "documents" => ("document_types", "code"),
            "needs" => ("specific_needs", "code"),
            "statelessness" => ("statelessness_flags", "code"),
            other => (other, "code"),
        };
        let of_list = |row: &&Row| table != "lists" || row.get("list").is_some_and(|it| it == list);
        rows(table).iter().filter(of_list).any(|row| row.get(column).is_some_and(|it| it == code))
    };
    let mut looked = BTreeSet::new();
    for record in records(&made(FILE, day(2026, 11, 22))) {
        for field in record.fields() {
            let Some(spec) = catalogue.spec(field).filter(|spec| !spec.list.is_empty()) else { continue };
            let codes = match record.shown(field) {
                Some(Value::Text(code)) => vec![code.clone()],
                Some(Value::Codes(codes)) => codes.clone(),
                _ => Vec::new(),
            };
            for code in codes {
                if looked.insert((field, code.clone())) {
                    assert!(known(spec, &code), "{}: {code}", spec.key);
                }
            }
        }
    }
}

#[test]
fn what_is_not_understood_is_told_and_left_out() {
    let text = "colleague a | name=A | site=meteti\nperson sex=F\nfamily by=a | days=1 | stage=e1 | colour=red\n\
        person given_names=Ana | surname1=Soto\nelephant name=Dumbo\nfamily by=b\nperson given_names=Eva\n";
    let people = made(text, day(2026, 11, 22));
    for fault in ["line 2: of no family", "line 3: colour", "line 5: elephant", "line 6: by"] {
        assert!(people.faults.iter().any(|told| told.starts_with(fault)), "{fault} in {:?}", people.faults);
    }
    assert_eq!(people.deeds.len(), 1, "saved as far as it came");
}
