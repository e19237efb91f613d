use crate::Vault;
use crate::tables::{self, Table};
use crate::testing::*;
use crate::transaction::Query;
use domain::{Entry, Field, Record, RecordId};
use seal::page::{Grant, Page};

/// The records that an entry makes.
fn made_by(entry: &Entry) -> Vec<Record> {
    let made = entry.changes.iter().map(|change| {
        let mut record = Record::new(change.record, change.kind);
        record.apply(entry);
        record
    });
    made.collect()
}

fn lay_out(office: &Office, vault: &Vault, inbox: &[u8; 32], page: &Page) {
    let enrolment = vault.identity().enrolment;
    let sealed = page.seal(&mut crate::clock::rng(), &office.secrets.signing, enrolment, inbox).unwrap();
    office.pages.borrow_mut().push(sealed);
}

fn evicting(ids: &[RecordId]) -> Page {
    Page { evicted: Some(ids.to_vec()), ..Page::default() }
}

#[test]
fn what_is_to_be_dropped_is_gone_from_rows_blocks_and_search_for_good() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let people: Vec<Record> = (0..600).map(|n| colleagues(n, &format!("Persona{n}"))).collect();
    office.lay_out(&vault, &inbox, people.clone());
    collect(&office, &store, &vault);
    let before = vault.count().people;
    assert_eq!(before, 600);
    let gone: Vec<RecordId> = people.iter().take(3).map(|person| person.id).collect();
    lay_out(&office, &vault, &inbox, &evicting(&gone));
    collect(&office, &store, &vault);
    for look in [vault.clone(), unlocked(&store, &vault)] {
        assert_eq!(look.count().people, before - 3);
        for (n, id) in gone.iter().enumerate() {
            assert!(look.search(&format!("Persona{n}"), 9).iter().all(|hit| hit.record != *id));
            assert_eq!(now(look.record(*id)), Ok(None));
        }
        assert!(now(look.record(people[10].id)).unwrap().is_some());
    }
}

#[test]
fn a_page_that_comes_after_may_bring_it_back() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let person = colleagues(7, "Rosa");
    office.lay_out(&vault, &inbox, vec![person.clone()]);
    lay_out(&office, &vault, &inbox, &evicting(&[person.id]));
    collect(&office, &store, &vault);
    assert_eq!(now(vault.record(person.id)), Ok(None));
    office.lay_out(&vault, &inbox, vec![person.clone()]);
    collect(&office, &store, &vault);
    assert_eq!(now(vault.record(person.id)).unwrap().unwrap(), person);
}

#[test]
fn what_was_saved_here_and_not_sent_stays_until_it_is_sent() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let entry = registers(&vault, 1, 1, "Amina");
    let ids: Vec<RecordId> = entry.records().collect();
    now(vault.save(&entry, note("Amina"), None)).unwrap();
    // The page comes while the line takes nothing.
    lay_out(&office, &vault, &inbox, &evicting(&ids));
    office.before.borrow_mut().push(crate::Trouble::ServerUnavailable);
    collect(&office, &store, &vault);
    assert!(now(vault.record(id(1))).unwrap().is_some());
    assert_eq!(vault.search("Amina", 9).len(), 1);
    collect(&office, &store, &vault);
    assert!(office.entries.borrow().contains_key(&entry.id));
    collect(&office, &store, &vault);
    assert_eq!(now(vault.record(id(1))), Ok(None));
    assert!(unlocked(&store, &vault).search("Amina", 9).is_empty());
}

#[test]
fn another_page_of_the_device_forgets_it_too() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let people: Vec<Record> = (0..100).map(|n| colleagues(n, &format!("Persona{n}"))).collect();
    office.lay_out(&vault, &inbox, people.clone());
    collect(&office, &store, &vault);
    let other = unlocked(&store, &vault);
    now(vault.evict(&[people[5].id])).unwrap();
    now(other.refresh()).unwrap();
    assert_eq!(now(other.record(people[5].id)), Ok(None));
    assert_eq!(other.count().people, 99);
}

#[test]
fn what_was_granted_for_a_time_is_gone_when_it_has_ended_also_with_no_line() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    office.lay_out(&vault, &inbox, vec![colleagues(1, "Amina")]);
    let theirs = registers(&vault, 2, 2, "Zulema");
    let group = id(200);
    let until = crate::clock::now_ms() + 60_000;
    let grant = Grant { group, until, emergency: true };
    let page = Page { records: made_by(&theirs), grants: Some(vec![grant]), ..Page::default() };
    lay_out(&office, &vault, &inbox, &page);
    collect(&office, &store, &vault);
    assert_eq!((vault.grants().len(), vault.search("Zulema", 9).len()), (1, 1));
    let ended = Grant { group, until: crate::clock::now_ms() - 1, emergency: true };
    now(vault.keep_grants(vec![ended])).unwrap();
    assert!(vault.grants().is_empty());
    let again = unlocked(&store, &vault);
    assert!(again.search("Zulema", 9).is_empty());
    assert_eq!(again.search("Amina", 9).len(), 1);
    assert_eq!(now(again.record(id(2))), Ok(None));
}

#[test]
fn unsent_work_that_was_packed_into_a_block_stays_until_it_is_sent() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let first = registers(&vault, 1, 1, "Amina");
    now(vault.save(&first, note("Amina"), None)).unwrap();
    for number in 0..300u16 {
        let mut entry = registers(&vault, 2, 2, "Otra");
        entry.id.0[..2].copy_from_slice(&number.to_be_bytes());
        entry.changes.remove(0);
        entry.changes[0].record.0[..2].copy_from_slice(&number.to_be_bytes());
        now(vault.save(&entry, note("x"), None)).unwrap();
    }
    now(vault.fold_inbox(1)).unwrap();
    now(vault.evict(&[id(1)])).unwrap();
    assert_eq!(vault.search("Amina", 9).len(), 1);
    assert!(now(unlocked(&store, &vault).record(id(1))).unwrap().is_some());
    office.lay_out(&vault, &inbox, vec![colleagues(1, "Luis")]);
    collect(&office, &store, &vault);
    collect(&office, &store, &vault);
    assert_eq!(now(vault.record(id(1))), Ok(None));
    assert!(unlocked(&store, &vault).search("Amina", 9).is_empty());
}

#[test]
fn what_a_form_that_was_open_states_of_somebody_dropped_meanwhile_is_sent_and_then_gone() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let person = colleagues(7, "Rosa");
    office.lay_out(&vault, &inbox, vec![person.clone()]);
    collect(&office, &store, &vault);
    let other_tab = unlocked(&store, &vault);
    let change = renames(&vault, 9, &person, "Rosalía");
    now(other_tab.evict(&[person.id])).unwrap();
    now(vault.save(&change, note("Rosalía"), None)).unwrap();
    assert!(now(vault.record(person.id)).unwrap().is_some());
    collect(&office, &store, &vault);
    assert!(office.entries.borrow().contains_key(&change.id));
    collect(&office, &store, &vault);
    assert_eq!(now(vault.record(person.id)), Ok(None));
    assert_eq!(vault.count().people, 0);
}

#[test]
fn what_is_told_again_while_something_waits_is_what_stays_when_it_was_sent() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let person = colleagues(7, "Rosa");
    office.lay_out(&vault, &inbox, vec![person.clone()]);
    collect(&office, &store, &vault);
    let change = renames(&vault, 9, &person, "Rosalía");
    now(vault.save(&change, note("Rosalía"), None)).unwrap();
    // Dropped, and told again with less, in one page.
    let less = colleagues(7, "R.");
    let page = Page { records: vec![less.clone()], evicted: Some(vec![person.id]), ..Page::default() };
    lay_out(&office, &vault, &inbox, &page);
    office.before.borrow_mut().push(crate::Trouble::ServerUnavailable);
    collect(&office, &store, &vault);
    assert!(now(vault.record(person.id)).unwrap().unwrap().entries().contains(&change.id));
    collect(&office, &store, &vault);
    collect(&office, &store, &vault);
    assert_eq!(now(vault.record(person.id)).unwrap(), Some(less));
}

#[test]
fn a_grant_that_another_page_heard_of_is_neither_unknown_nor_forgotten() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let soon = crate::clock::now_ms() + 60_000;
    let grant = |group: u8, until| Grant { group: id(group), until, emergency: false };
    now(vault.keep_grants(vec![grant(1, crate::clock::now_ms() - 1)])).unwrap();
    let stale = vault.clone();
    let other = unlocked(&store, &vault);
    now(other.keep_grants(vec![grant(1, crate::clock::now_ms() - 1), grant(2, soon)])).unwrap();
    now(stale.drop_ended()).unwrap();
    assert_eq!(unlocked(&store, &vault).grants(), [grant(2, soon)]);
    now(stale.refresh()).unwrap();
    assert!(stale.lent(id(2)) && !stale.lent(id(1)));
}

/// A referral of which nothing of the person is left.
fn smaller(record: &Record) -> Record {
    let mut smaller = referral(record.id.0[0]);
    let keep = [Field::REFERRAL_STATUS, Field::REFERRAL_SECTOR, Field::REFERRAL_TO];
    let ops = smaller.fields().filter(|field| keep.contains(field)).map(|field| {
        let value = smaller.shown(field).cloned().unwrap();
        domain::Op { field, value, replaces: vec![] }
    });
    smaller = made(record.kind, record.id.0[0], ops.collect());
    smaller
}

#[test]
fn a_receiver_keeps_the_smaller_part_of_a_withdrawn_referral_and_nothing_of_the_person() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let told = referral(30);
    // Among many it lies in a block, and its line in a segment.
    let mut page: Vec<Record> = (0..100).map(|n| colleagues(n, "Rosa")).collect();
    page.push(told.clone());
    office.lay_out(&vault, &inbox, page);
    collect(&office, &store, &vault);
    let notice = Page { records: vec![smaller(&told)], ..evicting(&[told.id]) };
    lay_out(&office, &vault, &inbox, &notice);
    collect(&office, &store, &vault);
    for look in [vault.clone(), unlocked(&store, &vault)] {
        assert_eq!(now(look.record(told.id)).unwrap().unwrap(), smaller(&told));
        let briefs = now(look.services()).unwrap();
        assert_eq!((briefs.len(), briefs[0].code.as_str()), (1, "health"));
    }
    assert!(!lies_anywhere(&vault, "a story") && !lies_anywhere(&vault, "a name and a phone"));
}

#[test]
fn an_own_answer_that_was_not_sent_survives_the_smaller_part_and_then_only_that_is_left() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let told = referral(30);
    office.lay_out(&vault, &inbox, vec![told.clone()]);
    collect(&office, &store, &vault);
    let answer = states(&vault, 1, &told, &[(Field::REFERRAL_STATUS, "accepted")]);
    now(vault.save(&answer, note("HIAS"), None)).unwrap();
    let notice = Page { records: vec![smaller(&told)], ..evicting(&[told.id]) };
    lay_out(&office, &vault, &inbox, &notice);
    office.before.borrow_mut().push(crate::Trouble::ServerUnavailable);
    collect(&office, &store, &vault);
    assert_eq!(shown(&now(vault.record(told.id)).unwrap().unwrap(), Field::REFERRAL_STATUS), "accepted");
    // It goes, and what is left is what the page told.
    collect(&office, &store, &vault);
    collect(&office, &store, &vault);
    assert!(office.entries.borrow().contains_key(&answer.id));
    assert_eq!(now(vault.record(told.id)).unwrap().unwrap(), smaller(&told));
    assert!(!lies_anywhere(&vault, "a story"));
}

/// Whether a text lies in any row of records, blocks or lines of a vault.
fn lies_anywhere(vault: &Vault, text: &str) -> bool {
    let session = vault.session().unwrap();
    let tables = [Table::Records, Table::Blocks, Table::Segments];
    tables.into_iter().any(|table| {
        let all = tables::beginning_with(&vault.identity().vault.0);
        let rows = now(vault.database.read(&[Query::range(table, all)])).unwrap();
        rows.into_iter().flatten().any(|(key, row)| {
            let (_, plain) = session.cipher.open(table, &key, &row).unwrap();
            let plain = if table == Table::Records {
                plain
            } else {
                seal::unpack(&plain, super::super::read::BLOCK_LIMIT).unwrap()
            };
            plain.windows(text.len()).any(|window| window == text.as_bytes())
        })
    })
}
