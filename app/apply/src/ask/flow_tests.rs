use super::family::{Family, READ, TODAY};
use super::*;
use crate::ask::answers::*;
use domain::catalogue::{Catalogue, Mark, Row, Stage};
use domain::{DateText, DraftId, EntryId, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Rows of the office's own table. Quoted cells hold commas and nothing else of note.
fn catalogue() -> Catalogue {
    let text = include_str!("../../../../public/tables/fields.csv");
    let cells = |line: &str| {
        let mut cells = vec![String::new()];
        let mut quoted = false;
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                c => cells.last_mut().unwrap().push(c),
            }
        }
        cells
    };
    let mut lines = text.lines();
    let head = cells(lines.next().unwrap());
    let rows: Vec<Row> = lines
        .map(|line| head.iter().cloned().zip(cells(line)).collect::<BTreeMap<String, String>>())
        .collect();
    Catalogue::read(&rows).0
}

#[test]
fn who_comes_alone_is_asked_few_questions_and_who_comes_with_others_is_asked_about_each() {
    let mut family = Family::new();
    let alone = family.steps();
    assert_eq!(alone[..5], [Step::People, Step::Name(1), Step::Birth(1), Step::Sex(1), Step::Nationality(1)]);
    assert_eq!(alone.last(), Some(&Step::Check));
    let other = family.add(false);
    let steps = family.steps();
    assert_eq!(steps.iter().filter(|step| step.person() == Some(other)).count(), 5);
    assert!(steps.contains(&Step::Relation(other)) && !steps.contains(&Step::Relation(FIRST)));
}

#[test]
fn what_follows_from_an_answer_is_not_asked_again() {
    let mut family = Family::new();
    let (daughter, nephew) = (family.add(true), family.add(true));
    family.born(FIRST, "1990");
    family.code((daughter, Field::RELATIONSHIP), "DAU");
    family.code((nephew, Field::RELATIONSHIP), "NEP");
    let steps = family.steps();
    let facts = |nth| &family.application.part(nth).unwrap().facts;
    assert_eq!(facts(daughter).get(&Field::SEX), Some(&Value::text("F")));
    assert!(!steps.contains(&Step::Sex(daughter)) && !steps.contains(&Step::Carer(daughter)));
    assert_eq!(
        facts(daughter).get(&Field::RESPONSIBLE_ADULT),
        Some(&Value::Ref(family.application.record_of(FIRST)))
    );
    assert!(steps.contains(&Step::Carer(nephew)), "whose child a nephew is, nobody can guess");
    assert_eq!(facts(nephew).get(&Field::RESPONSIBLE_ADULT), None);
}

#[test]
fn who_turns_out_to_be_grown_needs_nobody_and_a_relation_that_was_wrong_takes_its_sex_along() {
    let mut family = Family::new();
    let nth = family.add(true);
    family.born(FIRST, "1980");
    say_relation(&mut family.application, nth, "SON");
    family.settle();
    family.born(nth, "2000");
    let facts = &family.application.part(nth).unwrap().facts;
    assert!(!facts.contains_key(&Field::RESPONSIBLE_ADULT) && facts.contains_key(&Field::SEX));
    say_relation(&mut family.application, nth, "DAU");
    family.settle();
    assert_eq!(text(family.application.part(nth).unwrap(), Field::SEX), "F");
    say_relation(&mut family.application, nth, "COU");
    family.settle();
    assert_eq!(text(family.application.part(nth).unwrap(), Field::SEX), "");
    assert!(family.steps().contains(&Step::Sex(nth)));
}

#[test]
fn a_child_who_is_alone_is_asked_for_no_adult_and_can_send() {
    let mut family = Family::new();
    family.tell(FIRST, "", "2012");
    let brother = family.add(true);
    family.tell(brother, "BRO", "2015");
    family.finish();
    assert!(!family.steps().iter().any(|step| matches!(step, Step::Carer(_))));
    assert_eq!(family.missing(), []);
    assert_eq!(family.application.marks(TODAY), ["alone_child"]);
}

#[test]
fn nobody_of_these_is_an_answer() {
    let mut family = Family::of_four();
    let nephew = 4;
    family.application.put(nephew, Field::RESPONSIBLE_ADULT, Value::Nothing);
    family.typed.remove(&(nephew, Field::RESPONSIBLE_ADULT));
    assert_eq!(family.missing(), [(Step::Carer(nephew), Field::RESPONSIBLE_ADULT)]);
    say_carer(&mut family.application, &mut family.typed, nephew, None);
    family.settle();
    assert_eq!(family.missing(), []);
}

#[test]
fn no_answer_that_the_office_needs_is_forgotten_and_none_is_asked_that_it_does_not_want() {
    let catalogue = catalogue();
    let family = Family::of_four();
    assert_eq!(family.missing(), []);
    assert!(is_complete(&family.application, &family.typed, TODAY));
    let steps = family.steps();
    let asked: BTreeSet<Field> = steps.iter().flat_map(|step| step.fields()).copied().collect();
    let ids = (DraftId([1; 16]), EntryId([2; 16]));
    let case = |application: &Application| {
        let draft = domain::application::into_case(
            application,
            ids,
            "panama",
            Stage::SelfFilled,
            &catalogue,
            (TODAY, 1),
        );
        draft.file(&[], &catalogue, TODAY).0
    };
    let file = case(&family.application);
    let mut needed = 0;
    for subject in file.all() {
        for spec in catalogue.of(subject.kind).filter(|spec| spec.mark(Stage::SelfFilled) == Mark::Required) {
            let holds =
                spec.when().holds(subject, &file, TODAY) && spec.required_when().holds(subject, &file, TODAY);
            if !holds || subject.kind == Kind::NEED {
                continue;
            }
            needed += 1;
            assert!(asked.contains(&spec.field), "{} is needed and nobody asks it", spec.key);
            assert!(
                subject.value(spec.field).is_some(),
                "{} is needed and this flow sends without",
                spec.key
            );
            // Taken away, it is missed; but for what is counted or stands beside an answer.
            let mut without = family.application.clone();
            let part =
                without.parts.iter().find(|part| without.record_of(part.nth) == subject.record).unwrap().nth;
            let by_itself = [Field::SIZE, Field::CONSENT_PURPOSE, Field::CONSENT_AT, Field::RELATIONSHIP]
                .contains(&spec.field)
                && (part == FIRST || subject.kind != Kind::INDIVIDUAL);
            let mut typed = family.typed.clone();
            typed.remove(&(part, spec.field));
            without.put(part, spec.field, Value::Nothing);
            let again = missing(&without, &typed, TODAY);
            let followed = spec.field == Field::RESPONSIBLE_ADULT && part == 3;
            let sex = spec.field == Field::SEX && part != FIRST;
            assert!(
                by_itself || followed || sex || !again.is_empty(),
                "{} of part {part} can be left out",
                spec.key
            );
        }
    }
    assert!(needed > 30, "{needed}");
    for field in asked {
        let spec = catalogue.spec(field).unwrap();
        assert!(spec.mark(Stage::SelfFilled).is_asked(), "{} is not for families to say", spec.key);
    }
}

#[test]
fn nobody_is_asked_what_happened_why_they_left_or_what_they_fear() {
    let mut family = Family::of_four();
    family.add(false);
    let asked: Vec<Field> = Step::representatives(1)
        .iter()
        .chain(&family.steps())
        .flat_map(|step| step.fields())
        .copied()
        .collect();
    for never in [
        Field::FLIGHT_REASON,
        Field::FLIGHT_DATE,
        Field::FEARS_RETURN,
        Field::LEGAL_STAY,
        Field::RELIGION,
        Field::ETHNICITY,
        Field::DIVERSITY,
        Field::STATELESS_FLAGS,
        Field::NEED_CODE,
        Field::NEED_NOTE,
        Field::RSD_STATE,
        Field::BIOMETRIC_REF,
    ] {
        assert!(!asked.contains(&never), "{never:?}");
    }
}

#[test]
fn who_says_no_is_not_pressed_and_can_change_their_mind() {
    let mut family = Family::of_four();
    say_consent(&mut family.application, REGISTER, false, READ);
    assert_eq!(family.steps().last(), Some(&Step::Stop));
    assert_eq!(family.after(Step::Register, false), Step::Stop);
    assert_eq!(family.after(Step::Register, true), Step::Stop);
    assert!(!is_complete(&family.application, &family.typed, TODAY));
    say_consent(&mut family.application, REGISTER, true, READ);
    assert_eq!(family.after(Step::Register, false), Step::MayContact);
    let consents = family.application.parts.iter().filter(|part| part.kind == Kind::CONSENT);
    assert_eq!(consents.count(), 1, "one answer to one question");
    assert!(is_complete(&family.application, &family.typed, TODAY));
}

#[test]
fn what_is_not_of_the_way_that_they_chose_is_never_sent_and_comes_back_with_its_way() {
    let mut family = Family::of_four();
    let facts = |family: &Family, field| family.application.part(FIRST).unwrap().facts.get(&field).cloned();
    let choose = |family: &mut Family, way| {
        say_way(&mut family.application, &mut family.typed, way);
        family.settle();
    };
    choose(&mut family, "whatsapp");
    family.text((FIRST, Field::PHONE), "+507 6123 4567");
    family.application.put(FIRST, Field::PHONE_SHARED, Value::Flag(true));
    family.text((FIRST, Field::SAFE_TIME), "de noche");
    let phone = facts(&family, Field::PHONE);
    assert!(phone.is_some());
    choose(&mut family, "through_person");
    family.text((FIRST, Field::EMERGENCY_CONTACT), "Marta, 6000 0000");
    let sent = [Field::PHONE, Field::PHONE_SHARED, Field::EMERGENCY_CONTACT, Field::SAFE_TIME];
    let there = |family: &Family| sent.map(|field| facts(family, field).is_some());
    assert_eq!(there(&family), [false, false, true, true]);
    choose(&mut family, "none");
    assert_eq!(there(&family), [false; 4]);
    choose(&mut family, "sms");
    assert_eq!(there(&family), [true, false, false, true]);
    assert_eq!(facts(&family, Field::PHONE), phone);
    // A draft of before is put right with the next answer, whatever it is.
    family.application.put(FIRST, Field::EMERGENCY_CONTACT, Value::text("Marta"));
    family.settle();
    assert_eq!(there(&family), [true, false, false, true]);
}

#[test]
fn one_language_for_all_is_asked_for_once() {
    let mut family = Family::of_four();
    for nth in 1..=4 {
        family.application.put(nth, Field::LANG_MAIN, Value::Nothing);
        family.application.put(nth, Field::LANG_INTERVIEW, Value::Nothing);
    }
    let lacks = |family: &Family| {
        let lacks = lacks(&family.application, &family.typed, TODAY, Step::Languages);
        lacks.into_iter().map(|lack| (lack.nth, lack.field)).collect::<Vec<_>>()
    };
    assert_eq!(lacks(&family), [(FIRST, Field::LANG_MAIN), (FIRST, Field::LANG_INTERVIEW)]);
    // Where each has their own, everybody's is.
    family.code((FIRST, Field::LANG_MAIN), "spa");
    family.code((2, Field::LANG_INTERVIEW), "spa");
    let own = [2, 3, 4].map(|nth| (nth, Field::LANG_MAIN));
    assert_eq!(lacks(&family), [&own[..], &[(FIRST, Field::LANG_INTERVIEW)]].concat());
    family.code((FIRST, Field::LANG_INTERVIEW), "spa");
    assert_eq!(lacks(&family), own);
}

#[test]
fn who_wants_no_contact_is_not_asked_to_agree_to_it() {
    let mut family = Family::of_four();
    assert!(family.steps().contains(&Step::MayContact));
    family.code((FIRST, Field::CONTACT_CHANNEL), "none");
    assert!(!family.steps().contains(&Step::MayContact));
}

#[test]
fn who_changes_an_answer_comes_back_over_what_the_change_made_necessary() {
    let mut family = Family::of_four();
    assert_eq!(family.after(Step::Arrival, true), Step::Check);
    assert_eq!(family.after(Step::Arrival, false), Step::Place);
    assert_eq!(
        family.after(Step::Sex(3), false),
        Step::Nationality(3),
        "a page that the flow leaves out has its place"
    );
    let new = family.add(true);
    assert_eq!(family.after(Step::People, true), Step::Name(new));
    assert_eq!(family.after(Step::Name(new), true), Step::Relation(new));
    family.tell(new, "SON", "2020");
    assert_eq!(family.after(Step::Nationality(new), true), Step::Check);
    let paper = family.application.add(Kind::DOCUMENT, FIRST).unwrap();
    assert_eq!(family.after(Step::Paper(paper), false), Step::Papers);
    assert_eq!(family.after(Step::Paper(paper), true), Step::Papers);
}

#[test]
fn every_step_leads_to_the_next_until_all_answers_are_together() {
    let family = Family::of_four();
    let steps = family.steps();
    for two in steps.windows(2) {
        assert_eq!(family.after(two[0], false), two[1]);
        assert!(two[0].chapter() <= two[1].chapter(), "{two:?}");
    }
    assert_eq!(steps.iter().map(|step| step.chapter()).collect::<BTreeSet<_>>().len(), CHAPTERS as usize);
}

#[test]
fn an_answer_that_cannot_be_read_is_kept_as_typed_and_missed() {
    let mut family = Family::of_four();
    let spot = (2, Field::DATE_OF_BIRTH);
    for (day, month, year, fault) in [
        ("30", "2", "1990", DateFault::NoSuchDay),
        ("", "13", "1990", DateFault::MonthOutOfRange),
        ("1", "", "1990", DateFault::MonthMissing),
        ("", "", "2027", DateFault::InTheFuture),
        ("", "", "1899", DateFault::TooOld),
        ("", "", "90", DateFault::TooOld),
    ] {
        let typed =
            DateText { day: day.into(), month: month.into(), year: year.into(), ..DateText::default() };
        family.date(spot, typed.clone());
        let lacks = missing(&family.application, &family.typed, TODAY);
        assert_eq!(lacks.len(), 1, "{typed:?}: {lacks:?}");
        assert_eq!((lacks[0].step, lacks[0].fault), (Step::Birth(2), Some(fault)), "{typed:?}");
        assert_eq!(typed_date(&family.application, &family.typed, spot, TODAY), typed);
    }
    assert_eq!(resume(&family.application, &family.typed, TODAY), Step::Birth(2));
}

#[test]
fn an_age_is_enough_and_this_year_is_not_the_future() {
    let mut family = Family::of_four();
    for date in [
        DateText { age: "34".into(), mode: domain::DateMode::Age, ..DateText::default() },
        DateText { year: "2026".into(), ..DateText::default() },
        DateText { month: "11".into(), year: "2026".into(), ..DateText::default() },
    ] {
        family.date((FIRST, Field::DATE_OF_BIRTH), date.clone());
        assert!(family.missing().iter().all(|(step, _)| *step != Step::Birth(FIRST)), "{date:?}");
    }
}

#[test]
fn one_name_alone_stands_where_records_have_it_and_the_others_come_back() {
    let mut family = Family::new();
    family.text((FIRST, Field::GIVEN_NAMES), " Suharto ");
    say_one_name(&mut family.application, &mut family.typed, FIRST, true);
    let facts = |family: &Family| family.application.part(FIRST).unwrap().facts.clone();
    assert_eq!(facts(&family).get(&Field::SURNAME1), Some(&Value::text("Suharto")));
    assert_eq!(facts(&family).get(&Field::GIVEN_NAMES), None);
    assert!(lacks(&family.application, &family.typed, TODAY, Step::Name(FIRST)).is_empty());
    say_one_name(&mut family.application, &mut family.typed, FIRST, false);
    assert_eq!(facts(&family).get(&Field::GIVEN_NAMES), Some(&Value::text("Suharto")));
    assert_eq!(facts(&family).get(&Field::ONE_NAME), None);
}

#[test]
fn names_are_kept_as_typed_and_a_blank_at_the_end_stays_in_the_input() {
    let mut family = Family::new();
    family.text((FIRST, Field::GIVEN_NAMES), "maría  DE LOS ");
    assert_eq!(text(family.application.part(FIRST).unwrap(), Field::GIVEN_NAMES), "maría DE LOS");
    assert_eq!(typed_text(&family.application, &family.typed, (FIRST, Field::GIVEN_NAMES)), "maría  DE LOS ");
}

#[test]
fn taking_somebody_away_takes_all_of_theirs_and_who_they_answered_for_is_asked_again() {
    let mut family = Family::of_four();
    family.application.add(Kind::DOCUMENT, 2).unwrap();
    remove(&mut family.application, &mut family.typed, 2);
    family.settle();
    assert_eq!(papers(&family.application).count(), 0);
    assert!(family.typed.keys().all(|(nth, _)| *nth != 2));
    assert_eq!(family.application.part(0).unwrap().facts.get(&Field::SIZE), Some(&Value::Int(3)));
    assert_eq!(family.missing(), [(Step::Carer(4), Field::RESPONSIBLE_ADULT)]);
    // A new person never takes over what was typed for the one who is gone.
    let new = family.add(false);
    assert_ne!(new, 2);
}

#[test]
fn pregnancy_is_asked_only_of_women_and_girls_of_that_age() {
    let mut family = Family::new();
    let ages = [
        ("F", "1990", true),
        ("F", "2016", true),
        ("F", "2018", false),
        ("F", "1965", false),
        ("M", "1990", false),
    ];
    for (sex, year, asked) in ages {
        let nth = family.add(false);
        family.code((nth, Field::SEX), sex);
        family.born(nth, year);
        assert_eq!(
            may_be_pregnant(&family.application, TODAY).any(|part| part.nth == nth),
            asked,
            "{sex} {year}"
        );
    }
}

#[test]
fn addresses_lead_to_their_page_and_to_no_other() {
    for nth in [1, 2, 13, 200] {
        for step in Step::representatives(nth) {
            assert_eq!(Step::from_path(&step.path()), Some(step), "{}", step.path());
        }
    }
    for path in
        ["", "step/", "step/name", "step/name-x", "step/name-01", "step/name-300", "step/people-1", "people"]
    {
        assert_eq!(Step::from_path(path), None, "{path}");
    }
}

#[test]
fn relations_say_the_sex_that_the_table_says() {
    let table = include_str!("../../../../public/tables/lists.csv");
    let mut rows = 0;
    for line in table.lines().filter(|line| line.starts_with("relationship,")) {
        let mut cells = Vec::new();
        let mut quoted = false;
        let mut cell = String::new();
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(std::mem::take(&mut cell)),
                c => cell.push(c),
            }
        }
        let (code, sex, role) = (&cells[1], &cells[9], &cells[10]);
        assert_eq!(sex_of_relation(code).unwrap_or_default(), sex, "{code}");
        assert_eq!(is_own_child(code), role == "child", "{code}");
        rows += 1;
    }
    assert!(rows > 20);
}
