use super::*;
use crate::search::Line;
use crate::testing::*;
use crate::{Store, tables};
use domain::{Change, EnrolmentId, Entry, EntryId, Field, Kind, Op, Record, RecordId, UserId, Value};
use zeroize::Zeroizing;

/// A person of a group, of whom so many people said another name each.
fn person(number: u64, names: &[&str]) -> Record {
    let record = RecordId::fresh(1_782_000_000_000 + number, [7; 10]);
    let mut made = Record::new(record, Kind::INDIVIDUAL);
    for (nth, name) in (1..).zip(names) {
        let op = |field, value| Op { field, value, replaces: vec![] };
        let ops =
            vec![op(Field::GIVEN_NAMES, Value::text(name)), op(Field::GROUP, Value::Ref(RecordId([1; 16])))];
        let (id, author) = (EntryId::fresh(1_782_000_000_000 + nth, [8; 10]), UserId([55; 16]));
        let changes = vec![Change { record, kind: Kind::INDIVIDUAL, ops }];
        made.apply(&Entry { id, author, enrolment: EnrolmentId([56; 16]), at: nth, changes });
    }
    made
}

fn found(vault: &Vault) -> Vec<(RecordId, Vec<Field>)> {
    now(vault.conflicts()).unwrap().into_iter().map(|it| (it.record, it.fields)).collect()
}

fn both(store: &Store, vault: &Vault) -> Vec<(RecordId, Vec<Field>)> {
    let found = found(vault);
    assert_eq!(found, self::found(&unlocked(store, vault)), "whoever opens it anew finds the same");
    found
}

#[test]
fn what_people_must_decide_is_listed_until_it_is_decided_without_opening_records() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    assert!(both(&store, &vault).is_empty());
    let people: Vec<Record> = (0..600)
        .map(|number| person(number, if number % 200 == 7 { &["Ana", "Anna"] } else { &["Eva"] }))
        .collect();
    office.lay_out(&vault, &inbox, people.clone());
    collect(&office, &store, &vault);
    let torn: Vec<RecordId> = people.iter().filter(|it| !it.conflicts().is_empty()).map(|it| it.id).collect();
    let fields = vec![Field::GIVEN_NAMES];
    let wanted = |ids: &[RecordId]| ids.iter().map(|id| (*id, fields.clone())).collect::<Vec<_>>();
    assert_eq!((torn.len(), both(&store, &vault)), (3, wanted(&torn)));
    let hit = vault.search("Anna", 9).remove(0);
    assert_eq!((hit.name.as_str(), hit.in_conflict), ("Ana / Anna", true));
    assert!(!vault.search("Eva", 1)[0].in_conflict);
    // Decided here, then heard from elsewhere.
    let held = now(vault.record(torn[0])).unwrap().unwrap();
    let entry = states(&vault, 1, &held, &[(Field::GIVEN_NAMES, "Anna")]);
    now(vault.save(&entry, note("Anna"), None)).unwrap();
    assert_eq!(both(&store, &vault), wanted(&torn[1..]));
    let mut decided = people.iter().find(|it| it.id == torn[1]).unwrap().clone();
    decided.apply(&states(&vault, 2, &decided.clone(), &[(Field::GIVEN_NAMES, "Ana")]));
    office.lay_out(&vault, &inbox, vec![decided]);
    collect(&office, &store, &vault);
    assert_eq!(both(&store, &vault), wanted(&torn[2..]));
    now(vault.evict(&[torn[2]])).unwrap();
    assert!(both(&store, &vault).is_empty());
    vault.lock();
    assert_eq!(now(vault.conflicts()), Err(StoreError::Locked));
}

/// Six hundred people, of whom the tenth has two names, and whose lines lie as the version before wrote them: without
/// what is in conflict.
fn written_before(office: &Office, store: &Store) -> Vault {
    let (vault, inbox) = office.enrol(store, 1);
    let people: Vec<Record> =
        (0..600).map(|number| person(number, &["Ana", "Anna"][..1 + usize::from(number == 9)])).collect();
    office.lay_out(&vault, &inbox, people);
    collect(office, store, &vault);
    let session = vault.session().unwrap();
    for segment in vault.with(|open| open.index.segments()).unwrap() {
        let rows = now(vault.block_rows(&session, segment, b"none".to_vec())).unwrap().0;
        let (lines, mut old) = (rows.lines(), Zeroizing::new(Vec::new()));
        let mut d = minicbor::Decoder::new(&lines);
        while d.position() < lines.len() {
            Line { disputed: &[], ..Line::read(&mut d).unwrap() }.append(&mut old);
        }
        let mut batch = Batch::default();
        vault.rewrite_lines(&session, rows, &old, &mut batch).unwrap();
        now(vault.database.commit(batch)).unwrap();
    }
    vault
}

#[test]
fn of_lines_that_an_earlier_version_wrote_the_conflicts_are_found_once() {
    let (office, (store, _)) = (Office::new(), device());
    let vault = written_before(&office, &store);
    let key = |number| tables::numbered(vault.identity().vault, number);
    let segment = |at| now(vault.get(Table::Segments, &key(at))).unwrap();
    let opened = unlocked(&store, &vault);
    assert!(opened.with(|open| open.index.disputed()).unwrap().is_empty());
    assert_eq!(found(&opened).len(), 1);
    let after = [0, 1].map(segment);
    assert_eq!(found(&unlocked(&store, &vault)).len(), 1);
    assert_eq!([0, 1].map(segment), after, "once");
    assert_eq!(opened.search("Anna", 1)[0].name, "Ana / Anna");
}

#[test]
fn what_could_not_be_written_or_read_of_earlier_lines_is_tried_again_by_whoever_opens_it_next() {
    let (office, (store, database)) = (Office::new(), device());
    let vault = written_before(&office, &store);
    let id = vault.identity().vault;
    let get = |table, key: &Key| now(vault.get(table, key)).unwrap();
    let is_told = || get(Table::Counters, &told_of(id)).is_some();
    let segments = || [0, 1].map(|at| get(Table::Segments, &tables::numbered(id, at)));
    let before = segments();
    // On a full device nothing is written, and it is found all the same.
    let opened = unlocked(&store, &vault);
    database.limit_room(Some(database.size() - 1));
    assert_eq!((found(&opened).len(), found(&opened).len()), (1, 1));
    assert!(!is_told() && segments()[0] == before[0]);
    database.limit_room(None);
    // A block that does not open, for now.
    let key = tables::numbered(id, 0);
    let block = get(Table::Blocks, &key).unwrap();
    let lay = |row: Vec<u8>| {
        let mut batch = Batch::default();
        batch.put(Table::Blocks, key.clone(), row);
        assert_eq!(now(database.commit(batch)), Ok(Commit::Done));
    };
    lay([block.as_slice(), b"x"].concat());
    let opened = unlocked(&store, &vault);
    assert!(found(&opened).is_empty() && found(&opened).is_empty() && !is_told());
    lay(block);
    assert_eq!(found(&unlocked(&store, &vault)).len(), 1);
    assert!(is_told() && segments()[0] != before[0]);
}
