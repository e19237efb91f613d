use super::*;
use crate::search::Line;
use crate::testing::*;
use crate::transaction::Batch;
use crate::{Store, tables};
use domain::{Entry, EntryId, Field, Op, Record, Value};

fn link(field: Field, to: u8) -> Op {
    Op { field, value: Value::Ref(id(to)), replaces: vec![] }
}

fn text(field: Field, text: &str) -> Op {
    Op { field, value: Value::Text(text.into()), replaces: vec![] }
}

fn people(field: Field, numbers: &[u8]) -> Op {
    let codes = numbers.iter().map(|number| id(*number).to_string()).collect();
    Op { field, value: Value::Codes(codes), replaces: vec![] }
}

fn need(number: u8, owner: u8) -> Record {
    made(Kind::NEED, number, vec![link(Field::OWNER, owner), text(Field::NEED_CODE, "food")])
}

/// So many needs of nobody in particular.
fn needs(from: u64, many: u64) -> Vec<Record> {
    let made = (from..from + many).map(|number| {
        let record = RecordId::fresh(1_782_000_000_000 + number, [3; 10]);
        let mut made = Record::new(record, Kind::NEED);
        let ops = vec![text(Field::NEED_CODE, "shelter")];
        made.apply(&Entry {
            id: EntryId::fresh(1_782_000_000_000 + number, [4; 10]),
            author: domain::UserId([55; 16]),
            enrolment: domain::EnrolmentId([56; 16]),
            at: 1_782_000_000_000,
            changes: vec![domain::Change { record, kind: Kind::NEED, ops }],
        });
        made
    });
    made.collect()
}

fn sorted(vault: &Vault) -> Vec<Brief> {
    let mut all = now(vault.services()).unwrap().as_ref().clone();
    all.sort_by_key(|brief| brief.record);
    all
}

/// Whatever happened, what is kept is what somebody finds who opens everything anew.
fn is_as_read_anew(store: &Store, vault: &Vault) -> Vec<Brief> {
    let kept = sorted(vault);
    assert_eq!(kept, sorted(&unlocked(store, vault)));
    for brief in &kept {
        let record = now(vault.record(brief.record)).unwrap().unwrap();
        assert_eq!(Brief::of(&record).as_ref(), Some(brief));
    }
    kept
}

#[test]
fn services_are_kept_up_with_whatever_happens_on_the_device() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    assert!(is_as_read_anew(&store, &vault).is_empty());
    // Few come into rows, many into blocks.
    office.lay_out(&vault, &inbox, vec![need(20, 9), referral(30), colleagues(1, "Rosa")]);
    collect(&office, &store, &vault);
    assert_eq!(is_as_read_anew(&store, &vault).len(), 2);
    office.lay_out(&vault, &inbox, needs(0, 600));
    collect(&office, &store, &vault);
    let held = now(vault.services()).unwrap();
    assert_eq!(is_as_read_anew(&store, &vault).len(), 602);
    // What changes in a row, in a block, and what is new.
    let referral = now(vault.record(id(30))).unwrap().unwrap();
    let entry = states(&vault, 1, &referral, &[(Field::REFERRAL_STATUS, "accepted")]);
    now(vault.save(&entry, note("HIAS"), None)).unwrap();
    let in_block = now(vault.record(needs(7, 1)[0].id)).unwrap().unwrap();
    let entry = states(&vault, 2, &in_block, &[(Field::NEED_STATE, "met")]);
    now(vault.save(&entry, note("Rosa"), None)).unwrap();
    let entry = states(&vault, 3, &Record::new(id(21), Kind::NEED), &[(Field::NEED_CODE, "water")]);
    now(vault.save(&entry, note("Rosa"), None)).unwrap();
    assert_eq!(is_as_read_anew(&store, &vault).len(), 603);
    assert_eq!(held.len(), 602, "whoever holds the former list keeps it");
    // A block takes over a row's record; and rows are packed.
    let mut met = in_block.clone();
    met.apply(&states(&vault, 4, &in_block, &[(Field::NEED_CODE, "food")]));
    office.lay_out(&vault, &inbox, [needs(600, 300), vec![met]].concat());
    collect(&office, &store, &vault);
    assert_eq!(is_as_read_anew(&store, &vault).len(), 903);
    for number in 0..6 {
        office.lay_out(&vault, &inbox, needs(1_000 + number * 50, 50));
        collect(&office, &store, &vault);
        assert_eq!(is_as_read_anew(&store, &vault).len(), 953 + 50 * number as usize);
    }
    now(vault.evict(&[id(20), needs(3, 1)[0].id])).unwrap();
    assert_eq!(is_as_read_anew(&store, &vault).len(), 1_201);
    vault.lock();
    assert_eq!(now(vault.services()), Err(StoreError::Locked));
}

#[test]
fn of_lines_that_an_earlier_version_wrote_the_records_are_read_once() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    office.lay_out(&vault, &inbox, [needs(0, 600), vec![colleagues(1, "Rosa")]].concat());
    collect(&office, &store, &vault);
    let told = is_as_read_anew(&store, &vault);
    // As the version before wrote them: without that part.
    let session = vault.session().unwrap();
    let number = |number| tables::numbered(vault.identity().vault, number);
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
    let segment = |at| now(vault.get(Table::Segments, &number(at))).unwrap();
    let before = [0, 1].map(segment);
    let opened = unlocked(&store, &vault);
    let again = unlocked(&store, &vault);
    assert_eq!(sorted(&opened), told);
    let after = [0, 1].map(segment);
    assert!(before.iter().zip(&after).all(|(before, after)| before != after));
    // Another page that was open meanwhile finds the same, and the next opening nothing left to do.
    assert_eq!(sorted(&again), told);
    assert_eq!(sorted(&unlocked(&store, &vault)), told);
    assert_eq!([0, 1].map(segment), after);
    assert_eq!(unlocked(&store, &vault).search("Rosa", 9).len(), 1);
}

#[test]
fn what_concerns_somebody_is_found_also_where_only_the_first_referral_names_them() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let session = |number, ops| made(Kind::SESSION, number, ops);
    let referral = |number, ops| made(Kind::REFERRAL, number, ops);
    let page = vec![
        need(20, 9),
        need(21, 10),
        // A group session hangs on nobody.
        session(22, vec![text(Field::SESSION_TYPE, "information"), people(Field::SESSION_PEOPLE, &[9, 10])]),
        referral(30, vec![link(Field::OWNER, 9), text(Field::REFERRAL_STATUS, "sent")]),
        referral(31, vec![link(Field::REFERRAL_PARENT, 30), text(Field::REFERRAL_STATUS, "sent")]),
        referral(32, vec![link(Field::REFERRAL_PARENT, 31), text(Field::REFERRAL_STATUS, "sent")]),
        // Of a border officer, about somebody without a record.
        referral(33, vec![text(Field::REFERRAL_STATUS, "sent")]),
        made(Kind::DISTRIBUTION, 40, vec![text(Field::DISTRIBUTION_TYPE, "food")]),
    ];
    office.lay_out(&vault, &inbox, page);
    collect(&office, &store, &vault);
    let about = |ids: &[RecordId]| {
        let mut found: Vec<u8> =
            now(vault.services_about(ids)).unwrap().iter().map(|brief| brief.record.0[0]).collect();
        found.sort_unstable();
        found
    };
    assert_eq!(about(&[id(9)]), [20, 22, 30, 31, 32]);
    assert_eq!(about(&[id(10)]), [21, 22]);
    assert_eq!(about(&[]), [0_u8; 0]);
    assert_eq!(now(vault.services()).unwrap().len(), 8);
}

#[test]
fn lists_show_people_and_groups_as_a_search_would() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    let rosa = colleagues(1, "Rosa");
    office.lay_out(&vault, &inbox, [needs(0, 100), vec![rosa.clone()]].concat());
    collect(&office, &store, &vault);
    let faces = vault.faces(&[id(1), id(200), rosa.id, needs(0, 1)[0].id, id(99)]);
    assert_eq!(faces.keys().copied().collect::<Vec<_>>(), [id(1), rosa.id, id(200)]);
    let amina = &faces[&id(1)];
    assert_eq!((amina.name.as_str(), amina.group_ref.as_str()), ("Amina", "KX7M42P2"));
    assert_eq!(Hit { why: vec![], ..vault.search("Amina", 1).remove(0) }, *amina);
    vault.lock();
    assert!(vault.faces(&[id(1)]).is_empty());
}

#[test]
fn what_was_saved_and_not_delivered_is_known_of_every_record_of_an_entry() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let (other, _) = office.enrol(&store, 2);
    now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    now(other.save(&registers(&other, 2, 2, "Rosa"), note("Rosa"), None)).unwrap();
    assert_eq!(now(vault.unsent_records()).unwrap(), [id(1), id(200)].into());
    collect(&office, &store, &vault);
    assert!(now(vault.unsent_records()).unwrap().is_empty());
}

/// Kept sample: a note as the version before wrote it names one record.
#[test]
fn a_note_of_the_version_before_tells_the_record_that_it_opens() {
    let kept =
        [&[0xa3, 0x00, 0x65][..], b"Amina", &[0x01, 0x6a], b"registered", &[0x02, 0x50], &[1; 16]].concat();
    let read: NoteRow = rows::read(Table::Outbox, &kept).unwrap();
    assert_eq!((read.person.clone(), read.about()), ("Amina".to_owned(), vec![id(1)]));
    let (person, act, records) = ("Amina".into(), "registered".into(), vec![id(1), id(2)]);
    let new = NoteRow { person, act, record: id(1), records };
    let bytes = rows::write(&new);
    let tail = [&[0x03, 0x82, 0x50][..], &[1; 16], &[0x50], &[2; 16]].concat();
    assert_eq!(bytes, [&[0xa4], &kept[1..], &tail].concat());
    assert_eq!(rows::read::<NoteRow>(Table::Outbox, &bytes).unwrap().about(), [id(1), id(2)]);
}

#[test]
fn what_hangs_on_nobody_is_saved_sent_and_stays() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let identity = vault.identity();
    let change = |record, kind, ops| domain::Change { record: id(record), kind, ops };
    let entry = Entry {
        id: EntryId([1; 16]),
        author: identity.user,
        enrolment: identity.enrolment,
        at: 1_790_000_000_000,
        changes: vec![
            change(
                22,
                Kind::SESSION,
                vec![text(Field::SESSION_FORM, "group"), people(Field::SESSION_PEOPLE, &[9])],
            ),
            change(33, Kind::REFERRAL, vec![text(Field::REFERRAL_STATUS, "sent")]),
            change(40, Kind::DISTRIBUTION, vec![text(Field::DISTRIBUTION_TYPE, "food_kit")]),
        ],
    };
    now(vault.save(&entry, note(""), None)).unwrap();
    // Two tablets add to one list, and neither takes out what the other added.
    let adds = |entry: u8, groups: &[u8]| Entry {
        id: EntryId([entry; 16]),
        changes: vec![change(40, Kind::DISTRIBUTION, vec![people(Field::DISTRIBUTION_LIST, groups)])],
        ..entry_of(&vault)
    };
    now(vault.save(&adds(2, &[9]), note(""), None)).unwrap();
    let mut elsewhere = Record::new(id(40), Kind::DISTRIBUTION);
    elsewhere.apply(&adds(3, &[10, 11]));
    collect(&office, &store, &vault);
    office.lay_out(&vault, &inbox, vec![elsewhere]);
    collect(&office, &store, &vault);
    for look in [vault.clone(), unlocked(&store, &vault)] {
        let all: Vec<u8> = sorted(&look).iter().map(|brief| brief.record.0[0]).collect();
        assert_eq!(all, [22, 33, 40], "none was taken for a record that was dropped");
        let list = now(look.record(id(40))).unwrap().unwrap();
        let listed = list.stated(Field::DISTRIBUTION_LIST).filter_map(|it| it.value.as_codes()).flatten();
        assert_eq!(listed.count(), 3);
        assert!(list.conflicts().is_empty());
    }
}

fn entry_of(vault: &Vault) -> Entry {
    let identity = vault.identity();
    let (author, enrolment) = (identity.user, identity.enrolment);
    Entry { id: EntryId([0; 16]), author, enrolment, at: 1_790_000_000_000, changes: vec![] }
}
