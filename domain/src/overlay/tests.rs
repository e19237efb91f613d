use super::*;
use proptest::prelude::*;

const LISTS: &str = "list,code,order,label_es,label_en\n\
    sex,F,1,Mujer,Female\nsex,M,2,Hombre,Male\nprogramme,cash,1,Efectivo,Cash\nentry,boat,1,En lancha,By boat\n";
const SITES: &str = "code,name_es,operation\nmeteti,Metetí,PA\nmaicao,Maicao,CO\n";
const FIELDS: &str = "number,kind,key,section,type,list,self,e1,e2,full,sensitivity,label_es\n\
    61,individual,sex,identity,code,lists:sex,R,R,R,R,restricted,Sexo\n\
    1,group,group_ref,office,text,,A,A,A,A,restricted,Referencia\n\
    90,individual,note,needs,text,,-,-,O,O,need_to_know,Nota\n";
const RULES: &str = "id,level,stage,fields,condition,message_es\n\
    DOB01,error,all,dob,dob is after today,No puede ser futura\nDOB03,warn,all,dob,age over 100,¿Es correcto?\n";

fn base() -> Sheets {
    [("lists", LISTS), ("sites", SITES), ("fields", FIELDS), ("rules", RULES)]
        .map(|(name, text)| (name.to_owned(), Sheet::read(text)))
        .into()
}

fn place(operation: &str, site: &str, programme: &str) -> Place {
    Place { operation: operation.into(), site: site.into(), programme: programme.into() }
}

/// `code label` of a list, with `!` for what is retired.
fn shown(sheet: &Sheet, list: &str) -> Vec<String> {
    let of = |row: &&Row| row["list"] == list;
    let show = |row: &Row| {
        let mark = if is_retired(row) { "!" } else { "" };
        format!("{mark}{} {}", row["code"], row["label_es"])
    };
    sheet.rows.iter().filter(of).map(show).collect()
}

fn laid(office: &str, place: &Place) -> Sheet {
    overlay("lists", &Sheet::read(LISTS), &Sheet::read(office), place)
}

#[test]
fn filled_cells_replace_and_new_rows_are_added_and_codes_retire() {
    let office = "list,code,order,label_es,retired\nsex,M,,Varón,\nsex,X,3,Otro,\nsex,F,,,1\n";
    let sheet = laid(office, &Place::default());
    assert_eq!(shown(&sheet, "sex"), ["!F Mujer", "M Varón", "X Otro"]);
    assert_eq!(sheet.rows[1]["label_en"], "Male", "an empty cell replaces nothing");
    assert_eq!(sheet.rows[1]["order"], "2");
    assert_eq!(shown(&sheet, "entry"), ["boat En lancha"]);
}

#[test]
fn a_new_code_stands_where_its_order_says_within_its_list() {
    let sheet = laid("list,code,order,label_es\nentry,foot,0,A pie\nsex,X,1,Otro\n", &Place::default());
    assert_eq!(shown(&sheet, "sex"), ["F Mujer", "X Otro", "M Hombre"]);
    assert_eq!(shown(&sheet, "entry"), ["foot A pie", "boat En lancha"]);
}

#[test]
fn a_row_applies_where_its_scope_fits_and_the_narrower_wins() {
    let office = "list,code,label_es,scope,retired\n\
        sex,F,programme,programme:cash,\nsex,F,everywhere,,1\nsex,F,site,site:meteti,\n\
        sex,F,operation,operation:PA operation:CO,0\n";
    for (place, wanted) in [
        (place("", "", ""), "!F everywhere"),
        (place("BR", "", ""), "!F everywhere"),
        (place("PA", "", ""), "F operation"),
        (place("CO", "maicao", ""), "F operation"),
        (place("PA", "meteti", ""), "F site"),
        (place("PA", "meteti", "cash"), "F programme"),
        (place("PA", "meteti", "shelter"), "F site"),
    ] {
        assert_eq!(shown(&laid(office, &place), "sex")[0], wanted, "{place:?}");
    }
}

#[test]
fn a_code_of_other_places_is_readable_and_not_offered() {
    let office = "list,code,label_es,scope\nsex,X,Otro,operation:CO\n";
    assert_eq!(shown(&laid(office, &place("PA", "meteti", "")), "sex"), ["F Mujer", "M Hombre", "!X Otro"]);
    assert_eq!(shown(&laid(office, &place("CO", "", "")), "sex"), ["F Mujer", "M Hombre", "X Otro"]);
}

#[test]
fn what_a_new_sheet_lacks_is_kept_retired_where_it_is_the_offices_own() {
    let base = Sheet::read(LISTS);
    let before = Sheet::read("list,code,label_es\nsex,F,Fémina\nsex,X,Otro\n");
    let held = put("lists", &base, Some(&before), &Sheet::read("list,code,label_es\nsex,Y,Nuevo\n"));
    assert_eq!(held.to_text(), "list,code,label_es,retired\nsex,Y,Nuevo,\nsex,X,Otro,1\n");
    let sheet = overlay("lists", &base, &held, &Place::default());
    assert_eq!(shown(&sheet, "sex"), ["F Mujer", "M Hombre", "Y Nuevo", "!X Otro"]);
}

#[test]
fn every_fault_says_its_line_and_column() {
    let long = "x".repeat(4_001);
    let table: &[(&str, &str, &str)] = &[
        ("nothing", "code\n", "there is no table of this name; there are fields, lists, rules, sites"),
        ("lists", "", "line 1, the first line must name the columns"),
        (
            "lists",
            "list,code,code\n",
            "line 1, column code: the column has no name, or its name stands twice",
        ),
        ("lists", "list,code,colour\n", "line 1, column colour: this table has no such column"),
        ("lists", "code,label_es\n", "line 1, column list: this column is missing"),
        ("lists", "list,code,label_es\nsex,X,Otro,more\n", "line 2, there are more cells than the 3 columns"),
        ("lists", "list,code,label_es\nsex,X,\"a\tb\"\n", "line 2, column label_es: a line break, a tab"),
        ("lists", &format!("list,code,label_es\nsex,X,{long}\n"), "line 2, column label_es: at most 4000"),
        (
            "lists",
            "list,code,label_es\nsex,F,Fem\nsex,X,\n",
            "line 3, column label_es: this must be filled in",
        ),
        ("lists", "list,code,label_es\nsex,,Otro\n", "line 2, column code: this must be filled in"),
        ("lists", "list,code,label_es\nsex,ñ,Otro\n", "line 2, column code: \"ñ\" is no code"),
        ("lists", "list,code,label_es\nsex,X,Otro\n\nsex,X,Otra\n", "line 4, the same row stands in line 2"),
        (
            "lists",
            "list;code;label_es\r\nsex;X;Otro\r\n\r\nsex;X;Otra\r\n",
            "line 4, the same row stands in line 2",
        ),
        (
            "lists",
            "list,code,scope,label_es\nsex,F,site:meteti operation:PA,A\nsex,F,operation:PA,B\n",
            "line 3, the same row",
        ),
        ("lists", "list,code,scope\nsex,F,country:PA\n", "line 2, column scope: \"country:PA\" is neither"),
        (
            "lists",
            "list,code,scope\nsex,F,operation:XX\n",
            "line 2, column scope: there is no operation of code \"XX\"",
        ),
        ("lists", "list,code,scope\nsex,F,site:nowhere\n", "line 2, column scope: there is no site of code"),
        (
            "lists",
            "list,code,scope\nsex,F,programme:sex\n",
            "line 2, column scope: there is no code in list programme",
        ),
        ("lists", "list,code,retired\nsex,F,yes\n", "line 2, column retired: \"yes\" is neither 1"),
        ("lists", "list,code,order\nsex,F,first\n", "line 2, column order: \"first\" is no number"),
        ("sites", "code,operation\nmeteti,CO\n", "line 2, column operation: the app reasons about this"),
        ("sites", "code,name_es\nyaviza,Yaviza\n", "line 2, column operation: this must be filled in"),
        (
            "fields",
            "kind,key,number\nindividual,sex,62\n",
            "line 2, column number: this field has the number 61",
        ),
        ("fields", "kind,key,type\nindividual,sex,text\n", "line 2, column type: the app reasons about this"),
        ("fields", "kind,key,e1\nindividual,sex,X\n", "line 2, column e1: \"X\" is not one of R, O, A, -"),
        ("fields", "kind,key,e1\nindividual,sex,A\n", "line 2, column e1: A means that the app fills it in"),
        (
            "fields",
            "kind,key,e1\ngroup,group_ref,O\n",
            "line 2, column e1: the app reasons about this: it stays \"A\"",
        ),
        ("fields", "kind,key,list\nindividual,sex,lists:colour\n", "line 2, column list: there is no list"),
        (
            "fields",
            "kind,key,sensitivity\nindividual,note,public\n",
            "line 2, column sensitivity: a class can be made stricter",
        ),
        (
            "fields",
            "kind,key,sensitivity\nindividual,note,secret\n",
            "line 2, column sensitivity: \"secret\" is not one of",
        ),
        ("rules", "id,level\nNEW01,error\n", "line 2, column id: there is no rule \"NEW01\""),
        ("rules", "id,level\nDOB03,fatal\n", "line 2, column level: \"fatal\" is not one of error, warn"),
        ("rules", "id,stage\nDOB03,e1 e9\n", "line 2, column stage: \"e9\" is not one of"),
        ("rules", "id,active\nDOB03,no\n", "line 2, column active: \"no\" is not one of 0, 1"),
        (
            "rules",
            "id,condition\nDOB03,age over 90\n",
            "line 2, column condition: the app reasons about this",
        ),
    ];
    for (name, text, wanted) in table {
        let faults = check(name, text, &base(), &Sheets::new()).expect_err(text);
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|said| said.starts_with(wanted)), "{text:?} gave {said:?}, not {wanted:?}");
    }
}

/// A field of an office's own, with one cell otherwise.
fn field(column: &str, cell: &str) -> String {
    let cells = [
        ("number", "10001"),
        ("kind", "individual"),
        ("key", "shoe_size"),
        ("section", "identity"),
        ("type", "int"),
        ("list", ""),
        ("self", "-"),
        ("e1", "-"),
        ("e2", "O"),
        ("full", "R"),
        ("sensitivity", "restricted"),
        ("label_es", "Talla"),
        ("when", ""),
    ];
    let names: Vec<&str> = cells.iter().map(|(name, _)| *name).collect();
    let cells: Vec<&str> = cells.iter().map(|(name, own)| if *name == column { cell } else { own }).collect();
    format!("{}\n{}\n", names.join(","), cells.join(","))
}

#[test]
fn an_office_adds_fields_of_its_own_under_numbers_of_its_own() {
    let fine = check("fields", &field("", ""), &base(), &Sheets::new()).unwrap();
    let whole = overlay("fields", &base()["fields"], &fine, &Place::default());
    let (catalogue, faults) = crate::Catalogue::read(&whole.rows);
    assert_eq!(faults, []);
    let spec = catalogue.spec(crate::Field(10_001)).unwrap();
    assert_eq!((spec.key.as_str(), spec.form), ("shoe_size", crate::Form::Int));
    for (column, cell, wanted) in [
        ("number", "", "this must be filled in"),
        ("number", "140", "from 10000"),
        ("number", "70000", "from 10000"),
        ("kind", "dragon", "\"dragon\" is not understood"),
        ("type", "dragon", "is not one of"),
        ("type", "strokes", "is not one of"),
        ("type", "code", "column list: this must be filled in"),
        ("section", "", "this must be filled in"),
        ("section", "dragons", "is not one of"),
        ("sensitivity", "", "this must be filled in"),
        ("e1", "", "column e1: this must be filled in"),
        ("full", "A", "the app fills it in"),
        ("when", "dragon", "column when: \"dragon\" is not understood"),
        ("label_es", "", "this must be filled in"),
    ] {
        let faults = check("fields", &field(column, cell), &base(), &Sheets::new()).expect_err(column);
        assert!(faults.iter().any(|fault| fault.to_string().contains(wanted)), "{column}={cell}: {faults:?}");
    }
    let put = Sheets::from([("fields".to_owned(), fine)]);
    let moved = check("fields", &field("number", "10002"), &base(), &put).unwrap_err();
    assert!(moved[0].to_string().contains("the number 10001, and a field's number never changes"));
    let taken = check("fields", &field("key", "hat_size"), &base(), &put).unwrap_err();
    assert!(taken[0].to_string().contains("belongs to the field individual.shoe_size"), "{taken:?}");
}

#[test]
fn a_scoped_row_may_lean_on_the_row_for_everywhere() {
    let text = "list,code,label_es,scope,retired\nsex,X,Otro,,1\nsex,X,,operation:CO,0\n";
    let sheet = check("lists", text, &base(), &Sheets::new()).unwrap();
    assert_eq!(shown(&overlay("lists", &base()["lists"], &sheet, &place("CO", "", "")), "sex")[2], "X Otro");
    assert_eq!(shown(&overlay("lists", &base()["lists"], &sheet, &place("PA", "", "")), "sex")[2], "!X Otro");
}

#[test]
fn spreadsheets_that_write_semicolons_and_marks_are_read() {
    let text = "\u{feff}list;code;label_es\r\nsex;X;Otro, otra\r\n;;\r\n";
    let sheet = check("lists", text, &base(), &Sheets::new()).unwrap();
    assert_eq!(sheet.to_text(), "list,code,label_es\nsex,X,\"Otro, otra\"\n");
}

#[test]
fn a_list_of_an_offices_own_can_be_asked_in_a_field_of_its_own() {
    let lists = check("lists", "list,code,label_es\nshoe,S,Chica\n", &base(), &Sheets::new()).unwrap();
    let put = Sheets::from([("lists".to_owned(), lists)]);
    let text = field("list", "lists:shoe").replace(",int,", ",code,");
    assert!(check("fields", &text, &base(), &put).is_ok());
    assert!(check("fields", &text, &base(), &Sheets::new()).is_err());
}

#[test]
fn a_consent_text_is_changed_under_a_new_version_only() {
    let shipped = Sheet::read("purpose,version,text_es,text_en\nregister,2026-11,Queremos guardar,We keep\n");
    let base = Sheets::from([("consent_texts".to_owned(), shipped)]);
    let other = "purpose,version,text_es\nregister,2026-11,Otra cosa\n";
    let faults = check("consent_texts", other, &base, &Sheets::new()).unwrap_err();
    assert!(faults[0].to_string().starts_with("line 2, column text_es: people have consented"), "{faults:?}");
    let newer = other.replace("2026-11", "2027-01");
    let held = check("consent_texts", &newer, &base, &Sheets::new()).unwrap();
    let put = Sheets::from([("consent_texts".to_owned(), held)]);
    assert!(check("consent_texts", &newer, &base, &put).is_ok());
    assert!(check("consent_texts", &newer.replace("Otra", "Una"), &base, &put).is_err());
}

#[test]
fn rules_change_their_strength_stages_and_words() {
    let text = "id,level,stage,active,message_es,message_ar,scope\n\
        DOB03,error,e2 full,1,¿Más de 100?,س,\nDOB01,,,0,,,operation:PA\n";
    assert!(check("rules", text, &base(), &Sheets::new()).is_ok());
}

#[test]
fn what_code_rests_on_stays_as_shipped_whatever_a_sheet_says() {
    let office = "number,kind,key,type,label_es\n10001,individual,sex,text,Género\n";
    let fields = overlay("fields", &base()["fields"], &Sheet::read(office), &Place::default());
    let sex = &fields.rows[0];
    assert_eq!((&*sex["number"], &*sex["type"], &*sex["label_es"]), ("61", "code", "Género"));
    let office = "id,level,condition\nDOB01,warn,always\nNEW01,error,always\n";
    let rules = overlay("rules", &base()["rules"], &Sheet::read(office), &Place::default());
    assert_eq!(rules.rows.len(), 2);
    assert_eq!((&*rules.rows[0]["level"], &*rules.rows[0]["condition"]), ("warn", "dob is after today"));
}

#[test]
fn a_class_is_never_looser_than_the_app_ships_it_whenever_the_sheet_was_put() {
    let class = |table: &str, base: &str, office: &str, place: &Place| {
        let sheet = overlay(table, &Sheet::read(base), &Sheet::read(office), place);
        let cell = |column: &str| sheet.rows[0].get(column).cloned();
        cell("sensitivity").or(cell("default_sensitivity")).unwrap()
    };
    let fields = "kind,key,sensitivity,label_es\nindividual,note,confidential,Nota\n";
    for (asked, given) in [
        ("public", "confidential"),
        ("secret", "confidential"),
        ("", "confidential"),
        ("need_to_know", "need_to_know"),
    ] {
        let office = format!("kind,key,sensitivity\nindividual,note,{asked}\n");
        assert_eq!(class("fields", fields, &office, &Place::default()), given, "{asked}");
        let sectors = "code,label_es,default_sensitivity\nprot,Protección,confidential\n";
        let office = format!("code,default_sensitivity\nprot,{asked}\n");
        assert_eq!(class("referral_sectors", sectors, &office, &Place::default()), given, "{asked}");
    }
    // Among its own rows the office's narrower one decides, also to what is shipped.
    let office = "kind,key,sensitivity,scope\nindividual,note,need_to_know,\n\
        individual,note,confidential,site:meteti\nindividual,note,public,operation:PA\n";
    let at = |site: &str| class("fields", fields, office, &place("PA", site, ""));
    assert_eq!((at("meteti"), at("panama")), ("confidential".to_owned(), "need_to_know".to_owned()));
}

#[test]
fn a_class_of_an_offices_own_code_is_not_loosened_by_a_later_sheet() {
    let shipped = Sheet::read("code,label_es,sensitivity,status\nDS,Discapacidad,restricted,active\n");
    let base = Sheets::from([("specific_needs".to_owned(), shipped)]);
    let text = "code,label_es,sensitivity\nXX,Propio,confidential\n";
    let held = check("specific_needs", text, &base, &Sheets::new()).unwrap();
    let put = Sheets::from([("specific_needs".to_owned(), held)]);
    let asked = |class: &str| check("specific_needs", &text.replace("confidential", class), &base, &put);
    assert!(asked("confidential").is_ok() && asked("need_to_know").is_ok());
    let faults = asked("restricted").unwrap_err();
    assert!(faults[0].to_string().starts_with("line 2, column sensitivity: a class can be"), "{faults:?}");
    let base: Sheets = base.into_iter().chain(self::base()).collect();
    let elsewhere = "code,label_es,sensitivity,scope\nXX,Propio,restricted,operation:PA\n";
    assert!(check("specific_needs", elsewhere, &base, &put).is_err(), "nor for some places");
}

fn sheets() -> impl Strategy<Value = Sheet> {
    let scope = prop_oneof![
        Just(""),
        Just("operation:PA"),
        Just("site:meteti"),
        Just("programme:cash"),
        Just("operation:CO site:meteti")
    ];
    let row = ("[a-d]", "[A-D]?", prop_oneof![Just(""), Just("0"), Just("1")], scope, "[1-4]?").prop_map(
        |(code, label, retired, scope, order)| {
            let cells = [
                ("list", "l"),
                ("code", &*code),
                ("label_es", &*label),
                (RETIRED, retired),
                (SCOPE, scope),
                ("order", &*order),
            ];
            let filled = cells.into_iter().filter(|(_, cell)| !cell.is_empty());
            filled.map(|(column, cell)| (column.to_owned(), cell.to_owned())).collect::<Row>()
        },
    );
    let columns = ["list", "code", "order", "label_es", RETIRED, SCOPE].map(str::to_owned).to_vec();
    prop::collection::vec(row, 0..8).prop_map(move |rows| Sheet { columns: columns.clone(), rows })
}

fn places() -> impl Strategy<Value = Place> {
    let part = |code: &'static str| prop_oneof![Just(""), Just(code)];
    (part("PA"), part("meteti"), part("cash")).prop_map(|(o, s, p)| place(o, s, p))
}

proptest! {
    #[test]
    fn laying_over_twice_is_laying_over_once(base in sheets(), office in sheets(), place in places()) {
        let base = overlay("lists", &Sheet::default(), &base, &Place::default());
        let once = overlay("lists", &base, &office, &place);
        prop_assert_eq!(overlay("lists", &once, &office, &place), once);
    }

    #[test]
    fn no_code_ever_vanishes(base in sheets(), puts in prop::collection::vec(sheets(), 1..5), place in places()) {
        let base = overlay("lists", &Sheet::default(), &base, &Place::default());
        let mut held: Option<Sheet> = None;
        let mut ever: std::collections::BTreeSet<Vec<String>> = base.index("lists").into_keys().collect();
        for sheet in puts {
            ever.extend(sheet.index("lists").into_keys());
            let now = put("lists", &base, held.as_ref(), &sheet);
            let shown = overlay("lists", &base, &now, &place);
            let here: std::collections::BTreeSet<Vec<String>> = shown.index("lists").into_keys().collect();
            prop_assert_eq!(&here, &ever);
            prop_assert_eq!(here.len(), shown.rows.len(), "each code once");
            held = Some(now);
        }
    }

    #[test]
    fn what_was_kept_stays_kept(sheet in sheets(), older in sheets()) {
        let kept = keep("lists", &sheet, &older);
        prop_assert_eq!(&keep("lists", &kept, &older), &kept);
        prop_assert_eq!(&kept.rows[..sheet.rows.len()], &sheet.rows[..]);
        prop_assert!(kept.rows[sheet.rows.len()..].iter().all(is_retired));
    }

    #[test]
    fn a_sheet_survives_being_written(sheet in sheets(), cell in "\\PC{0,8}") {
        let mut sheet = sheet;
        let cell = cell.trim().to_owned();
        if let Some(row) = sheet.rows.first_mut() && !cell.is_empty() {
            row.insert("label_es".to_owned(), cell);
        }
        prop_assert_eq!(Sheet::read(&sheet.to_text()), sheet);
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,80}", lines in prop::collection::vec("[a-z,\";:\n ]{0,30}", 0..6)) {
        let _ = Sheet::read(&text);
        for table in ["lists", "fields", "rules", "sites"] {
            let _ = check(table, &text, &base(), &Sheets::new());
            let with_header = format!("kind,key,list,code,id\n{}", lines.join("\n"));
            let _ = check(table, &with_header, &base(), &Sheets::new());
        }
    }
}
