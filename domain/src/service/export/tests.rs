//! What stands in a file, what does not, and what a spreadsheet makes of it.

use super::*;
use crate::overlay::Sheet as Table;
use crate::service::brief::{WITHDRAWN, minutes_of};
use proptest::prelude::*;

const ME: UserId = UserId([1; 16]);
const OTHER: UserId = UserId([2; 16]);

fn id(number: u8) -> RecordId {
    RecordId([number; 16])
}

fn rows(table: &str) -> Vec<Row> {
    let text = match table {
        "session_types" => include_str!("../../../../public/tables/session_types.csv"),
        "referral_sectors" => include_str!("../../../../public/tables/referral_sectors.csv"),
        "assistance_types" => include_str!("../../../../public/tables/assistance_types.csv"),
        "assistance_status" => include_str!("../../../../public/tables/assistance_status.csv"),
        "age_bands" => include_str!("../../../../public/tables/age_bands.csv"),
        _ => return Vec::new(),
    };
    Table::read(text).rows
}

fn brief(number: u8, kind: Kind, code: &str, day: &str) -> Brief {
    Brief {
        record: id(number),
        kind: kind.0,
        owner: Some(id(100)),
        by: Some(OTHER),
        stated_at: u64::from(number),
        when: minutes_of(day).unwrap(),
        code: code.into(),
        ..Brief::default()
    }
}

fn faces() -> BTreeMap<RecordId, Face> {
    let face = |name: &str, born: &str, sex: &str| Face {
        name: name.to_owned(),
        born: born.to_owned(),
        sex: sex.to_owned(),
        nationality: vec!["VEN".to_owned()],
        site: "meteti".to_owned(),
    };
    BTreeMap::from([(id(100), face("Amina Rojas", "2014-11-23", "F")), (id(101), face("=cmd", "1990", "M"))])
}

fn choice(kinds: &[Kind], named: bool) -> Choice {
    let day = |text: &str| minutes_of(text).unwrap().div_euclid(24 * 60);
    let kinds = kinds.iter().copied().collect();
    Choice { kinds, from: day("2026-11-01"), to: day("2026-11-30"), named }
}

fn exported(briefs: &[Brief], choice: &Choice, role: Role) -> Export {
    let looks = Looks {
        role,
        me: ME,
        lists: &Lists::read(rows),
        bands: &rows("age_bands"),
        types: &rows("assistance_types"),
        header: &str::to_owned,
        tag: &|key| format!("#{key}"),
        label: &|table, code| if code.is_empty() { String::new() } else { format!("{table}/{code}") },
    };
    export(briefs, &faces(), choice, &looks)
}

/// A column of a file, as it stands in text.
fn column_of(export: &Export, key: &str) -> Vec<String> {
    let at = export.sheet.headers.iter().position(|header| header == key);
    let at = at.unwrap_or_else(|| panic!("no column {key}"));
    export.sheet.rows.iter().map(|row| row[at].plain()).collect()
}

#[test]
fn what_was_amended_is_one_row_as_it_was_amended_last() {
    let first = brief(1, Kind::ASSISTANCE, "cash_mpc", "2026-11-10");
    let amends = |number, of, quantity| Brief {
        amends: Some(id(of)),
        quantity,
        ..brief(number, Kind::ASSISTANCE, "cash_mpc", "2026-11-10")
    };
    for (briefs, expected) in [
        (vec![first.clone()], vec![""]),
        (vec![first.clone(), amends(2, 1, 2_000)], vec!["2"]),
        // An amendment of an amendment, in whatever order they lie here.
        (vec![amends(3, 2, 3_000), first.clone(), amends(2, 1, 2_000)], vec!["3"]),
        // Two of one, made on two tablets: the later.
        (vec![amends(2, 1, 2_000), amends(3, 1, 3_500), first.clone()], vec!["3.5"]),
        // The original is not for this device.
        (vec![amends(2, 1, 2_000)], vec!["2"]),
        (vec![amends(2, 1, 2_000), brief(9, Kind::ASSISTANCE, "cash_mpc", "2026-11-11")], vec!["2", ""]),
        // A ring counts once and ends.
        (vec![amends(1, 2, 1_000), amends(2, 1, 2_000)], vec!["1", "2"]),
    ] {
        let file = exported(&briefs, &choice(&KINDS, false), Role::Supervisor);
        assert_eq!(column_of(&file, "quantity"), expected, "{briefs:?}");
    }
    // Moved out of the period by its amendment, it is not in the file.
    let moved = Brief { when: minutes_of("2026-10-31").unwrap(), ..amends(2, 1, 0) };
    assert!(exported(&[first, moved], &choice(&KINDS, false), Role::Supervisor).sheet.rows.is_empty());
}

#[test]
fn what_was_only_asked_for_is_not_marked_as_delivered() {
    let at = |number, state: &str| Brief {
        state: state.into(),
        ..brief(number, Kind::ASSISTANCE, "cash_mpc", "2026-11-10")
    };
    let briefs =
        [at(1, "requested"), at(2, "approved"), at(3, "delivered"), at(4, "part"), at(5, "returned")];
    let file = exported(&briefs, &choice(&[Kind::ASSISTANCE], false), Role::Supervisor);
    assert_eq!(column_of(&file, "status_code"), ["requested", "approved", "delivered", "part", "returned"]);
    let lists = Lists::read(rows);
    let expected: Vec<String> =
        briefs.iter().map(|it| u8::from(lists.is_delivered(&it.state)).to_string()).collect();
    assert_eq!(column_of(&file, "delivered"), expected);
    assert_eq!(expected.iter().filter(|it| *it == "1").count(), 2);
}

#[test]
fn a_group_session_is_one_row_with_so_many_people_and_tells_of_none_of_them() {
    let group = Brief {
        owner: None,
        people: vec![id(100), id(101), id(102)],
        heads: 9,
        minutes: 45,
        site: "panama".into(),
        state: "group".into(),
        ..brief(1, Kind::SESSION, "reception", "2026-11-10T09:30")
    };
    let alone = Brief { by: Some(ME), ..brief(2, Kind::SESSION, "reception", "2026-11-22") };
    // A birthday between two records of one person: another band, the same number.
    let later = brief(3, Kind::SESSION, "protection", "2026-11-23");
    // One person and somebody who is not registered: whom it tells of would not be clear.
    let with_child = Brief { heads: 1, ..brief(4, Kind::SESSION, "protection", "2026-11-24") };
    let file =
        exported(&[later, group, with_child, alone], &choice(&[Kind::SESSION], false), Role::Supervisor);
    for (column, expected) in [
        ("date", ["2026-11-10", "2026-11-22", "2026-11-23", "2026-11-24"]),
        ("person", ["1 2 3", "1", "1", "1"]),
        ("people", ["12", "1", "1", "2"]),
        ("unregistered", ["9", "0", "0", "1"]),
        ("sex", ["", "lists:sex/F", "lists:sex/F", ""]),
        ("age_band", ["", "age_bands/5_11", "age_bands/12_17", ""]),
        ("nationality", ["", "VEN", "VEN", ""]),
        ("site", ["sites/panama", "sites/meteti", "sites/meteti", ""]),
        ("minutes", ["45", "", "", ""]),
        ("form", ["lists:session_form/group", "", "", ""]),
    ] {
        assert_eq!(column_of(&file, column), expected, "{column}");
    }
    // Columns that sessions do not have are not there.
    assert!(!file.sheet.headers.iter().any(|key| ["amount", "status", "urgency", "name"].contains(&&**key)));
    assert_eq!(file.sheet.headers.len(), file.sheet.tags.len());
}

#[test]
fn what_did_not_happen_is_neither_a_row_nor_reserved() {
    let session = || brief(1, Kind::SESSION, "reception", "2026-11-10");
    let referral = |state: &str, due, marks| Brief {
        state: state.into(),
        due,
        marks,
        ..brief(1, Kind::REFERRAL, "legal", "2026-11-10")
    };
    let due = minutes_of("2026-11-12").unwrap();
    for (brief, rows) in [
        (session(), 1),
        // Undone: it hangs on nobody.
        (Brief { owner: None, ..session() }, 0),
        (Brief { owner: None, code: "".into(), ..session() }, 0),
        (Brief { owner: None, ..brief(1, Kind::ASSISTANCE, "", "2026-11-10") }, 0),
        (referral("sent", due, 0), 1),
        (referral("draft", 0, 0), 0),
        // Taken back before it was sent, and after.
        (referral("cancelled", 0, WITHDRAWN), 0),
        (referral("cancelled", 0, 0), 0),
        (referral("cancelled", due, WITHDRAWN), 1),
    ] {
        let file = exported(core::slice::from_ref(&brief), &choice(&KINDS, false), Role::Supervisor);
        assert_eq!((file.sheet.rows.len(), file.reserved), (rows, 0), "{brief:?}");
    }
}

#[test]
fn who_did_not_come_to_a_session_is_not_counted() {
    let nobody_came =
        Brief { more: "no_show".into(), heads: 3, ..brief(1, Kind::SESSION, "reception", "2026-11-10") };
    let file = exported(&[nobody_came], &choice(&[Kind::SESSION], false), Role::Supervisor);
    assert_eq!(
        (column_of(&file, "people"), column_of(&file, "unregistered")),
        (vec!["0".to_owned()], vec!["0".to_owned()])
    );
}

#[test]
fn an_export_needs_the_faces_of_those_in_it_and_of_nobody_else() {
    let with = |person, it: Brief| Brief { owner: Some(id(person)), ..it };
    let briefs = [
        with(100, brief(1, Kind::SESSION, "reception", "2026-11-10")),
        with(101, brief(2, Kind::SESSION, "reception", "2026-10-10")),
        with(102, brief(3, Kind::ASSISTANCE, "cash_mpc", "2026-11-10")),
        with(103, Brief { amends: Some(id(5)), ..brief(4, Kind::SESSION, "reception", "2026-11-10") }),
        with(104, brief(5, Kind::SESSION, "reception", "2026-11-10")),
    ];
    let people = people_in(&briefs, &choice(&[Kind::SESSION], true));
    assert_eq!(people, BTreeSet::from([id(100), id(103)]));
}

#[test]
fn what_is_not_for_whoever_exports_is_counted_and_not_listed() {
    let referral = |number, sector: &str, by| Brief {
        by: Some(by),
        state: "sent".into(),
        ..brief(number, Kind::REFERRAL, sector, "2026-11-10")
    };
    let briefs = [
        referral(1, "gbv", OTHER),
        referral(2, "gbv", ME),
        referral(3, "legal", OTHER),
        // Stubs: that there is one, and no more.
        referral(4, "", OTHER),
        brief(5, Kind::SESSION, "", "2026-11-10"),
        // A code that no table has is for few.
        brief(6, Kind::SESSION, "dance", "2026-11-10"),
        // Not asked for, and not of the period: not counted.
        brief(7, Kind::NEED, "", "2026-11-10"),
        referral(8, "", OTHER),
    ];
    let mut briefs = briefs.to_vec();
    briefs[7].when = minutes_of("2026-12-01").unwrap();
    for (role, codes, reserved) in [
        (Role::Supervisor, vec!["gbv", "legal"], 4),
        (Role::Counsellor, vec!["gbv", "gbv", "legal", "dance"], 2),
        (Role::Administrator, vec![], 6),
        (Role::Auditor, vec![], 6),
    ] {
        let file = exported(&briefs, &choice(&KINDS, true), role);
        let mut found = column_of(&file, "type_code");
        found.sort_by_key(|code| ["gbv", "legal", "dance"].iter().position(|it| it == code));
        assert_eq!(
            (found, file.reserved),
            (codes.into_iter().map(str::to_owned).collect(), reserved),
            "{role:?}"
        );
    }
}

#[test]
fn names_stand_in_a_file_only_where_they_were_asked_for_and_never_after_a_withdrawal() {
    let sent = Brief { state: "sent".into(), ..brief(1, Kind::REFERRAL, "legal", "2026-11-10") };
    let withdrawn = Brief {
        state: "cancelled".into(),
        marks: WITHDRAWN,
        due: minutes_of("2026-11-14").unwrap(),
        ..brief(2, Kind::REFERRAL, "legal", "2026-11-11")
    };
    let draft = Brief { state: "draft".into(), ..brief(3, Kind::REFERRAL, "legal", "2026-11-12") };
    let two =
        Brief { people: vec![id(100), id(101)], ..brief(4, Kind::ASSISTANCE, "cash_mpc", "2026-11-13") };
    let briefs = [sent, withdrawn, draft, two];
    let plain = exported(&briefs, &choice(&KINDS, false), Role::Supervisor);
    let text = String::from_utf8(plain.sheet.to_csv()).unwrap();
    for secret in ["Amina", "Rojas", "2014", "=cmd", &id(100).to_string(), &id(1).to_string()] {
        assert!(!text.contains(secret), "{secret}");
    }
    let named = exported(&briefs, &choice(&KINDS, true), Role::Supervisor);
    assert_eq!(column_of(&named, "name"), ["Amina Rojas", "", "Amina Rojas; =cmd"]);
    assert_eq!(column_of(&named, "withdrawn"), ["0", "1", ""]);
}

#[test]
fn a_file_of_text_keeps_rfc_4180_and_is_no_formula() {
    let cells = [
        Cell::text("=1+1"),
        Cell::text("+507"),
        Cell::text("-2"),
        Cell::text("@SUM(A1)"),
        Cell::text("\t=1"),
        Cell::text("＝1"),
        Cell::text("un «texto», \"así\"\r\nen dos"),
        Cell::Number(-12_500, 3),
        Cell::Number(1_005, 2),
        Cell::Number(7, 3),
        Cell::Day(20_779),
        Cell::Empty,
    ];
    let sheet = Sheet {
        title: "x".to_owned(),
        headers: (0..cells.len()).map(|at| format!("c{at}")).collect(),
        tags: vec!["#x".to_owned(); cells.len()],
        rows: vec![cells.to_vec()],
    };
    let bytes = sheet.to_csv();
    assert!(bytes.starts_with(&[0xef, 0xbb, 0xbf]));
    let text = core::str::from_utf8(&bytes[3..]).unwrap();
    assert_eq!(text.matches("\r\n").count(), 4);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let read: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let expected = [
        "'=1+1",
        "'+507",
        "'-2",
        "'@SUM(A1)",
        "'\t=1",
        "'＝1",
        "un «texto», \"así\"\r\nen dos",
        "-12.5",
        "10.05",
        "0.007",
        "2026-11-22",
        "",
    ];
    assert_eq!(read[2].iter().collect::<Vec<_>>(), expected);
    assert_eq!(Sheet::from_bytes(&sheet.to_bytes()), Some(sheet));
}

#[test]
fn every_column_has_a_tag_of_its_own_in_the_table_that_is_shipped() {
    let tags = Table::read(include_str!("../../../../public/tables/hxl_tags.csv"));
    let of = |key: &str| {
        let found = tags.rows.iter().find(|row| row["export"] == "services" && row["column"] == key);
        found.map(|row| row["tag"].clone())
    };
    let mut seen = BTreeSet::new();
    for key in columns() {
        let tag = of(key).unwrap_or_else(|| panic!("no tag for {key}"));
        let word =
            |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        let (hashtag, attributes) = tag[1..].split_once('+').unwrap_or((&tag[1..], ""));
        assert!(tag.starts_with('#') && word(hashtag) && attributes.split('+').all(word), "{tag}");
        assert!(seen.insert(tag.clone()), "{tag} stands twice");
    }
}

proptest! {
    #[test]
    fn no_cell_of_a_file_of_text_begins_a_formula(
        texts in proptest::collection::vec("[=+@\\-\t\r\n'\",;a-zñ ]{0,8}", 1..8),
    ) {
        let sheet = Sheet {
            title: String::new(),
            headers: texts.clone(),
            tags: vec![String::new(); texts.len()],
            rows: vec![texts.iter().map(Cell::text).collect()],
        };
        let bytes = sheet.to_csv();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&bytes[3..]);
        for (nth, record) in reader.records().enumerate() {
            for (cell, text) in record.unwrap().iter().zip(&texts) {
                prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{cell:?}");
                prop_assert!(nth == 1 || cell.trim_start_matches('\'') == text.trim_start_matches('\''));
            }
        }
    }

    #[test]
    fn no_bytes_make_a_sheet_fail(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Some(sheet) = Sheet::from_bytes(&bytes) {
            let _ = sheet.to_csv();
        }
    }
}
