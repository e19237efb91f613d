use super::*;
use crate::search::Line;
use crate::testing::*;
use crate::transaction::Batch;
use domain::{EnrolmentId, UserId};

fn day() -> Date {
    Date::from_calendar_date(2026, time::Month::November, 22).unwrap()
}

fn minute() -> (Date, &'static str) {
    (day(), "2026-11-22T10:40")
}

fn family(number: u8, given: &str, surname: &str) -> Application {
    let mut id = [number; 16];
    id[0] = 1;
    let mut family = Application::begin(RecordId(id), 1_782_000_000_000, "es");
    family.site = "metj".into();
    family.put(1, Field::GIVEN_NAMES, Value::text(given));
    family.put(1, Field::SURNAME1, Value::text(surname));
    family
}

/// As the server states it, when the same application comes over the line.
fn over_the_line(said: &Application) -> Record {
    let mut record = Record::new(said.id, Kind::APPLICATION);
    let wanted = [
        (Field::APPLICATION_REF, Value::text(said.reference().as_str())),
        (Field::APPLICATION_SAID, Value::Text(said.to_text())),
        (Field::APPLICATION_SITE, Value::text("metj")),
        (Field::APPLICATION_STATE, Value::text("received")),
        (Field::APPLICATION_RECEIVED, Value::text("2026-11-20T08:00")),
        (Field::APPLICATION_PEOPLE, Value::Int(said.people().count() as i64)),
        (Field::APPLICATION_BY, Value::text("line")),
    ];
    let change = record.change(wanted).unwrap();
    let id = EntryId::fresh(1_782_000_000_000, clock::random());
    let (author, enrolment) = (UserId([90; 16]), EnrolmentId([91; 16]));
    record.apply(&Entry { id, author, enrolment, at: 1_782_000_000_000, changes: vec![change] });
    record
}

fn only(vault: &Vault) -> Summary {
    let all = now(vault.applications()).unwrap();
    assert_eq!(all.len(), 1);
    all[0].clone()
}

#[test]
fn applications_are_listed_and_found_as_they_stand_whatever_happens() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    assert!(now(vault.applications()).unwrap().is_empty());
    let said: Vec<Application> = (1..=3).map(|it| family(it, "Ana María", "Pérez")).collect();
    let mut records: Vec<Record> = said.iter().map(over_the_line).collect();
    // Enough to make a block of them.
    records.extend((0..600).map(|number| colleagues(number, "Rosa")));
    office.lay_out(&vault, &inbox, records);
    collect(&office, &store, &vault);
    let all = now(vault.applications()).unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!((all[0].name.as_str(), all[0].state, all[0].people), ("Ana María Pérez", State::Received, 1));
    let act = ApplicationAct::Take;
    assert!(now(vault.act_on(said[0].id, &act)).unwrap().is_some());
    let all = now(vault.applications()).unwrap();
    assert_eq!((all[0].state, all[0].taken_by.as_slice()), (State::Taken, &[vault.identity().user][..]));
    assert_eq!(*all, *now(unlocked(&store, &vault).applications()).unwrap(), "as read anew");
    for record in all.iter().map(|it| it.record) {
        let record = now(vault.application(record)).unwrap().unwrap();
        assert!(all.contains(&Summary::of(&record).unwrap()));
    }
    assert_eq!(now(vault.application(colleagues(0, "Rosa").id)).unwrap(), None);

    let found = |text: &str| vault.find_applications(text, 10).len();
    let reference = said[1].reference().to_string();
    assert_eq!(
        [
            found("pérez ana"),
            found("per"),
            found("perez luis"),
            found(""),
            found(&reference),
            found(&reference[..6])
        ],
        [3, 3, 0, 0, 1, 1],
    );
    now(vault.evict(&[said[2].id])).unwrap();
    assert_eq!(now(vault.applications()).unwrap().len(), 2);
    vault.lock();
    assert_eq!(now(vault.applications()), Err(StoreError::Locked));
    assert!(vault.find_applications("ana", 3).is_empty());
}

#[test]
fn a_slip_and_the_same_application_over_the_line_are_one() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let mut said = family(1, "Rosa", "Quintero");
    said.private_talk = true;
    said.put(1, Field::PHOTO, Value::text("a picture and its key"));
    let slip = said.without_pictures();
    let take = |slip: &Application| now(vault.take_in_slip(slip, minute())).unwrap();
    assert_eq!((take(&slip), take(&slip)), (TakenIn::New, TakenIn::Known), "shown again, it is known");
    let one = only(&vault);
    assert_eq!((one.name.as_str(), one.site.as_str(), one.people), ("Rosa Quintero", "meteti", 1));
    assert_eq!(one.marks().collect::<Vec<_>>(), ["private_talk"]);
    assert_eq!(one.reference, said.reference().as_str());

    office.lay_out(&vault, &inbox, vec![over_the_line(&said)]);
    collect(&office, &store, &vault);
    assert_eq!(only(&vault).record, said.id);
    let record = now(vault.application(said.id)).unwrap().unwrap();
    assert_eq!(Application::of(&record), Some(said.clone()), "with the picture that no screen shows");

    // A correction by slip keeps the picture.
    let mut corrected = slip.clone();
    corrected.revision = 2;
    corrected.put(1, Field::GIVEN_NAMES, Value::text("Rosalba"));
    assert_eq!(take(&corrected), TakenIn::New);
    let record = now(vault.application(said.id)).unwrap().unwrap();
    let stands = Application::of(&record).unwrap();
    assert_eq!(
        stands.part(1).unwrap().facts.get(&Field::PHOTO),
        said.part(1).unwrap().facts.get(&Field::PHOTO)
    );
    assert_eq!(only(&vault).name, "Rosalba Quintero");

    // Once it is registered, nothing that comes later makes it an open one again.
    let registered = ApplicationAct::Register(said.group());
    assert!(now(vault.act_on(said.id, &registered)).unwrap().is_some());
    corrected.revision = 3;
    assert_eq!(take(&corrected), TakenIn::Known);
    office.lay_out(&vault, &inbox, vec![over_the_line(&corrected)]);
    collect(&office, &store, &vault);
    let one = only(&vault);
    assert_eq!((one.state, one.group), (State::Registered, Some(said.group())));
    for act in
        [ApplicationAct::Take, ApplicationAct::Close("double".into()), ApplicationAct::Seen, registered]
    {
        assert_eq!(now(vault.act_on(said.id, &act)).unwrap(), None, "{act:?}");
    }
}

#[test]
fn a_slip_that_says_something_else_is_never_passed_over_in_silence() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let take = |slip: &Application| now(vault.take_in_slip(slip, minute())).unwrap();
    let held = |id| Application::of(&now(vault.application(id)).unwrap().unwrap()).unwrap();
    // Over the line it came for another office, and the family stands in this one.
    let first = family(1, "Rosa", "Quintero");
    office.lay_out(&vault, &inbox, vec![over_the_line(&first)]);
    collect(&office, &store, &vault);
    assert_eq!(only(&vault).site, "metj");
    assert_eq!(take(&first), TakenIn::Known);

    // The same revision, and more of it: a daughter was added before anything was sent again.
    let mut fuller = first.clone();
    let daughter = fuller.add(Kind::INDIVIDUAL, 0).unwrap();
    fuller.put(daughter, Field::GIVEN_NAMES, Value::text("Ana"));
    assert_eq!(take(&fuller), TakenIn::New);
    assert_eq!((held(first.id), only(&vault).people), (fuller.clone(), 2));
    assert_eq!(only(&vault).site, "meteti", "the office to which it was sealed, whatever it names");
    // Less of it is not taken in, and said to be something else.
    assert_eq!(take(&first), TakenIn::Other);
    assert_eq!(held(first.id), fuller);

    // A correction counts also where it says less; an older one is what the newer one corrects.
    let mut corrected = first.clone();
    corrected.revision = 2;
    assert_eq!(take(&corrected), TakenIn::New);
    assert_eq!((held(first.id), only(&vault).people), (corrected, 1));
    assert_eq!(take(&fuller), TakenIn::Known);
    let record = now(vault.application(first.id)).unwrap().unwrap();
    assert_eq!(record.stated(Field::APPLICATION_SAID).count(), 1, "replaced, not beside it");
}

#[test]
fn of_two_who_take_one_with_no_line_both_are_shown_and_one_can_take_over() {
    let office = Office::new();
    let said = family(1, "Rosa", "Quintero");
    let arrives = over_the_line(&said);
    let ((first_store, _), (second_store, _)) = (device(), device());
    let (first, first_inbox) = office.enrol(&first_store, 1);
    let (second, second_inbox) = office.enrol(&second_store, 2);
    for (vault, inbox, store) in
        [(&first, &first_inbox, &first_store), (&second, &second_inbox, &second_store)]
    {
        office.lay_out(vault, inbox, vec![arrives.clone()]);
        collect(&office, store, vault);
        assert!(now(vault.act_on(said.id, &ApplicationAct::Take)).unwrap().is_some());
    }
    let theirs = now(second.application(said.id)).unwrap().unwrap();
    office.lay_out(&first, &first_inbox, vec![theirs]);
    collect(&office, &first_store, &first);
    let mut both = vec![first.identity().user, second.identity().user];
    both.sort_unstable();
    assert_eq!(only(&first).taken_by, both);
    assert!(now(first.act_on(said.id, &ApplicationAct::Take)).unwrap().is_some());
    assert_eq!(only(&first).taken_by, [first.identity().user]);
    assert!(now(first.act_on(said.id, &ApplicationAct::Close("not_reached".into()))).unwrap().is_some());
    assert_eq!(only(&first).state, State::Closed);
}

#[test]
fn who_came_without_one_stands_in_the_list_too() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let id = now(vault.note_walk_in(4, "2026-11-22T09:05")).unwrap();
    let one = only(&vault);
    assert_eq!((one.record, one.people, one.walk_in, one.state), (id, 4, true, State::Received));
    assert_eq!(one.came, one.received);
    assert_eq!(one.reference, reference_of(id).as_str());
    assert_eq!(one.site, vault.identity().site);
    assert!(one.name.is_empty());
}

#[test]
fn of_lines_that_an_earlier_version_wrote_the_applications_are_read_once() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let mut records: Vec<Record> = (1..=40).map(|it| over_the_line(&family(it, "Ana", "Pérez"))).collect();
    records.extend((0..600).map(|number| colleagues(number, "Rosa")));
    office.lay_out(&vault, &inbox, records);
    collect(&office, &store, &vault);
    let told = now(vault.applications()).unwrap();
    assert_eq!(told.len(), 40);
    // As the version before wrote them: without that part.
    let session = vault.session().unwrap();
    for segment in [0, 1] {
        let rows = now(vault.block_rows(&session, segment, b"none".to_vec())).unwrap().0;
        let (lines, mut old) = (rows.lines(), zeroize::Zeroizing::new(Vec::new()));
        let mut d = minicbor::Decoder::new(&lines);
        while d.position() < lines.len() {
            Line { brief: &[], ..Line::read(&mut d).unwrap() }.append(&mut old);
        }
        let mut batch = Batch::default();
        vault.rewrite_lines(&session, rows, &old, &mut batch).unwrap();
        now(vault.database.commit(batch)).unwrap();
    }
    let again = unlocked(&store, &vault);
    assert_eq!(again.find_applications("ana", 50).len(), 0, "nothing is made up of what is not told");
    assert_eq!(*now(again.applications()).unwrap(), *told);
    assert_eq!(*now(unlocked(&store, &vault).applications()).unwrap(), *told, "and it was written anew");
}
