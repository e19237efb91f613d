//! What a person was told is saved, and who reads it.

use super::*;
use crate::database::Database;
use crate::store::Store;
use crate::tables::Table;
use crate::testing::*;
use domain::{DraftId, EntryId, Record};

fn unlocked(store: &Store, vault: &Vault) -> Vault {
    let vaults = now(store.vaults()).unwrap();
    let info = vaults.into_iter().find(|info| info.id == vault.identity().vault).unwrap();
    now(store.unlock(&info, &STRETCHED)).unwrap()
}

fn names(vault: &Vault, text: &str) -> Vec<String> {
    vault.search(text, 20).into_iter().map(|hit| hit.name).collect()
}

fn folded(office: &Office, store: &Store, vault: &Vault) -> Folded {
    now(crate::round::run(&store.mailbox(), office, crate::Budget::PAGE)).unwrap();
    now(vault.fold_inbox(100)).unwrap()
}

#[test]
fn a_family_saved_is_found_now_and_after_unlocking_again() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let entry = registers(&vault, 1, 1, "Amina");
    assert!(!now(vault.save(&entry, note("Amina"), None)).unwrap().already);
    assert!(now(vault.save(&entry, note("Amina"), None)).unwrap().already);
    for vault in [vault.clone(), unlocked(&store, &vault)] {
        let hit = vault.search("amina", 5).remove(0);
        assert_eq!((hit.record, hit.group, hit.group_ref.as_str()), (id(1), Some(id(200)), "KX7M42P2"));
        assert_eq!(vault.count(), Counts { people: 1, groups: 1 });
        assert_eq!(
            now(vault.members(id(200))).unwrap().iter().map(given_name).collect::<Vec<_>>(),
            ["Amina"]
        );
        let waiting = now(vault.waiting()).unwrap();
        assert_eq!((waiting.saved_here, waiting.unsent, waiting.attention), (1, 1, 0));
        let item = now(vault.outbox()).unwrap().remove(0);
        assert_eq!((item.note, item.mine, item.state), (Some(note("Amina")), true, ItemState::Waiting));
    }
}

#[test]
fn a_wrong_passphrase_says_so_and_a_locked_vault_tells_nothing() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    let info = now(store.vaults()).unwrap().remove(0);
    assert_eq!(now(store.unlock(&info, &[8; 32])).err(), Some(StoreError::WrongPassphrase));
    let clone = vault.clone();
    vault.lock();
    assert!(clone.is_locked() && clone.search("amina", 5).is_empty());
    assert_eq!(now(clone.record(id(1))).err(), Some(StoreError::Locked));
    assert_eq!(now(clone.outbox()).err(), Some(StoreError::Locked));
}

#[test]
fn colleagues_on_one_tablet_do_not_read_each_other() {
    let (office, (store, _)) = (Office::new(), device());
    let (rosa, _) = office.enrol(&store, 1);
    now(rosa.save(&registers(&rosa, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    rosa.lock();
    let (luis, _) = office.enrol(&store, 2);
    assert!(luis.search("amina", 5).is_empty());
    assert_eq!(now(luis.record(id(1))), Ok(None));
    let item = now(luis.outbox()).unwrap().remove(0);
    assert_eq!((item.note, item.mine), (None, false));
    let waiting = now(luis.waiting()).unwrap();
    assert_eq!((waiting.saved_here, waiting.unsent), (0, 1));
}

#[test]
fn nothing_readable_lies_in_any_row() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    now(vault.save(&registers(&vault, 1, 1, "MARKERNAME"), note("MARKERNAME"), None)).unwrap();
    let draft = DraftNote { title: "MARKERNAME".into(), ..DraftNote::default() };
    now(vault.save_draft(DraftId([1; 16]), EntryId([9; 16]), b"MARKERNAME", draft)).unwrap();
    office.lay_out(&vault, &inbox, (0..200).map(|n| colleagues(n, "MARKERNAME")).collect());
    folded(&office, &store, &vault);
    for (table, _, value) in database.every_value() {
        let readable = value.windows(10).any(|window| window == b"MARKERNAME");
        // The test build seals no rows, so that the test in the browser can show that it would find them.
        let sealed_by_store = matches!(
            table,
            Table::Records | Table::Segments | Table::Blocks | Table::Drafts | Table::Outbox | Table::Sent
        );
        assert!(!readable || (cfg!(feature = "plain") && sealed_by_store), "{table:?}");
    }
}

#[test]
fn a_full_device_saves_nothing_and_says_so() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    database.limit_room(Some(database.size() + 100));
    let entry = registers(&vault, 1, 1, "Amina");
    assert_eq!(now(vault.save(&entry, note("Amina"), None)), Err(StoreError::Full));
    assert_eq!(now(vault.record(id(1))), Ok(None));
    assert!(names(&vault, "amina").is_empty() && now(vault.outbox()).unwrap().is_empty());
    database.limit_room(None);
    assert!(!now(vault.save(&entry, note("Amina"), None)).unwrap().already);
}

#[test]
fn a_draft_is_replaced_in_place_and_leaves_with_its_entry() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let draft = DraftId([5; 16]);
    for text in ["A", "Am", "Amina"] {
        let note = DraftNote { title: text.into(), form: "family".into(), step: 2 };
        now(vault.save_draft(draft, EntryId([1; 16]), text.as_bytes(), note)).unwrap();
    }
    let listed = now(vault.drafts()).unwrap();
    assert_eq!((listed.len(), listed[0].note.title.as_str()), (1, "Amina"));
    assert_eq!(now(vault.draft(draft)).unwrap().unwrap().0, b"Amina");
    assert_eq!(now(vault.outbox()).unwrap().len(), 1);
    assert_eq!(now(vault.waiting()).unwrap().unsent, 0);
    now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), Some(draft))).unwrap();
    assert!(now(vault.drafts()).unwrap().is_empty());
    let left = now(vault.outbox()).unwrap();
    assert_eq!((left.len(), left[0].purpose), (1, seal::Purpose::Entry));
}

#[test]
fn two_tabs_that_save_at_once_lose_nothing() {
    let (office, (store, database)) = (Office::new(), device());
    let (here, _) = office.enrol(&store, 1);
    now(here.save(&registers(&here, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    let there = unlocked(&store, &here);
    let before = now(here.record(id(1))).unwrap().unwrap();
    let theirs = renames(&there, 2, &before, "Amira");
    let (other, entry) = (there.clone(), theirs.clone());
    // Between reading and writing.
    database.before_next_commit(move || {
        now(other.save(&entry, note("Amira"), None)).unwrap();
    });
    now(here.save(&renames(&here, 3, &before, "Aminah"), note("Aminah"), None)).unwrap();
    let record = now(here.record(id(1))).unwrap().unwrap();
    let mut wanted = before.clone();
    wanted.apply(&theirs);
    wanted.apply(&renames(&here, 3, &before, "Aminah"));
    assert_eq!(record, wanted);
    assert_eq!(record.conflicts().len(), 1);
    assert_eq!(now(here.outbox()).unwrap().len(), 3);
    // The other tab learns of it.
    now(there.refresh()).unwrap();
    assert_eq!(now(there.record(id(1))).unwrap().unwrap(), wanted);
    assert_eq!(names(&there, "aminah").len(), 1);
}

#[test]
fn many_collected_people_lie_in_blocks_and_are_found() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let people: Vec<Record> = (0..1500).map(|n| colleagues(n, &format!("Persona{n}"))).collect();
    for part in people.chunks(300) {
        office.lay_out(&vault, &inbox, part.to_vec());
    }
    let outcome = folded(&office, &store, &vault);
    assert_eq!((outcome.records, outcome.left), (1500, 0));
    let blocks = database.every_value().iter().filter(|(table, ..)| *table == Table::Blocks).count();
    assert_eq!(blocks, 3);
    for vault in [vault.clone(), unlocked(&store, &vault)] {
        assert_eq!(vault.count().people, 1500);
        assert_eq!(names(&vault, "persona1234")[0], "Persona1234");
        let found = now(vault.record(people[777].id)).unwrap();
        assert_eq!(found.as_ref(), Some(&people[777]));
        assert_eq!(vault.author_name(domain::UserId([55; 16])), Some("Luis".into()));
    }
    // Collected again, nothing is written anew.
    let size = database.size();
    office.lay_out(&vault, &inbox, people[..300].to_vec());
    folded(&office, &store, &vault);
    assert!(database.size() < size + 200);
}

#[test]
fn what_a_page_tells_is_joined_with_what_was_saved_here() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let people: Vec<Record> = (0..100).map(|n| colleagues(n, &format!("Persona{n}"))).collect();
    office.lay_out(&vault, &inbox, people.clone());
    folded(&office, &store, &vault);
    // Corrected here, and elsewhere without knowing of it.
    let mine = renames(&vault, 7, &people[5], "Here");
    now(vault.save(&mine, note("Here"), None)).unwrap();
    let theirs = renames(&vault, 8, &people[5], "There");
    let mut elsewhere = people[5].clone();
    elsewhere.apply(&theirs);
    office.lay_out(&vault, &inbox, vec![elsewhere.clone()]);
    folded(&office, &store, &vault);
    let mut wanted = elsewhere;
    wanted.apply(&mine);
    for vault in [vault.clone(), unlocked(&store, &vault)] {
        assert_eq!(now(vault.record(people[5].id)).unwrap().as_ref(), Some(&wanted));
        assert_eq!((names(&vault, "here").len(), names(&vault, "there").len()), (1, 1));
        assert_eq!(vault.count().people, 100);
    }
}

#[test]
fn many_saved_people_are_packed_and_stay_what_they_are() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let mut entries = Vec::new();
    for number in 0..300u16 {
        let mut entry = registers(&vault, 1, 1, &format!("Persona{number}"));
        entry.id.0[..2].copy_from_slice(&number.to_be_bytes());
        // All in one group.
        let person = usize::from(number == 0);
        if number > 0 {
            entry.changes.remove(0);
        }
        entry.changes[person].record.0[..2].copy_from_slice(&number.to_be_bytes());
        now(vault.save(&entry, note("x"), None)).unwrap();
        entries.push(entry);
    }
    now(vault.fold_inbox(1)).unwrap();
    let rows = |table| database.every_value().iter().filter(|(other, ..)| *other == table).count();
    assert_eq!((rows(Table::Records), rows(Table::Blocks)), (0, 1));
    let after = entries[17].changes[0].record;
    for vault in [vault.clone(), unlocked(&store, &vault)] {
        assert_eq!(vault.count().people, 300);
        assert_eq!(names(&vault, "persona17")[..2], ["Persona17", "Persona179"]);
        assert_eq!(given_name(&now(vault.record(after)).unwrap().unwrap()), "Persona17");
    }
}

#[test]
fn a_damaged_row_is_set_aside_and_the_others_stay_readable() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    let mut second = registers(&vault, 2, 2, "Carlos");
    second.changes.remove(0);
    now(vault.save(&second, note("Carlos"), None)).unwrap();
    if cfg!(feature = "plain") {
        return; // Nothing is sealed, so that nothing can fail to open.
    }
    database.spoil(Table::Records, &crate::tables::record(vault.identity().vault, id(1)));
    let vault = unlocked(&store, &vault);
    assert!(now(vault.record(id(1))).is_err());
    assert_eq!(given_name(&now(vault.record(id(2))).unwrap().unwrap()), "Carlos");
    assert_eq!(vault.set_aside(), [DamagedRow { table: "records", record: Some(id(1)) }]);
    // Stating something anew about it does not overwrite what is damaged.
    let rows = |database: &Database| database.every_value().len();
    let before = rows(&database);
    now(vault.save(&registers(&vault, 3, 1, "Amina"), note("Amina"), None)).unwrap();
    // The row set aside, the envelope, and the capsule of this session.
    assert_eq!(rows(&database), before + 3);
}

#[test]
fn a_damaged_block_or_segment_hides_no_other() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let people: Vec<Record> = (0..1024).map(|n| colleagues(n, &format!("Persona{n}"))).collect();
    office.lay_out(&vault, &inbox, people.clone());
    folded(&office, &store, &vault);
    if cfg!(feature = "plain") {
        return;
    }
    let of = vault.identity().vault;
    database.spoil(Table::Segments, &crate::tables::numbered(of, 0));
    let again = unlocked(&store, &vault);
    assert_eq!(again.count().people, 1024);
    assert_eq!(again.set_aside().len(), 1);
    database.spoil(Table::Blocks, &crate::tables::numbered(of, 0));
    let again = unlocked(&store, &vault);
    assert_eq!(again.count().people, 512);
    assert!(now(again.record(people[1000].id)).unwrap().is_some());
}

#[test]
fn a_page_that_does_not_open_is_collected_again() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    office.lay_out(&vault, &inbox, vec![colleagues(1, "Amina")]);
    let good = office.pages.borrow()[0].clone();
    *office.pages.borrow_mut() = vec![b"nonsense".to_vec()];
    assert_eq!(folded(&office, &store, &vault), Folded { records: 0, left: 0, total: 0 });
    *office.pages.borrow_mut() = vec![good];
    assert_eq!(folded(&office, &store, &vault).records, 1);
    assert_eq!(names(&vault, "amina"), ["Amina"]);
    assert_eq!(database.every_value().iter().filter(|(table, ..)| *table == Table::Inbox).count(), 1);
}

#[test]
fn a_sign_in_changes_role_and_keys_and_believes_only_the_pinned_root() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let answer = |server_keys: Vec<u8>| api::SignedIn {
        epoch: vec![1; 16].into(),
        role: 3,
        site: "panama".into(),
        server_keys: server_keys.into(),
    };
    let other = Office::new();
    assert_eq!(now(vault.signed_in(&answer(other.server_keys()))), Err(StoreError::Untrusted));
    now(vault.signed_in(&answer(office.server_keys()))).unwrap();
    let identity = unlocked(&store, &vault).identity();
    assert_eq!((identity.role, identity.site.as_str()), (3, "panama"));
}

#[test]
fn pages_set_aside_are_not_in_the_way_of_others() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    *office.pages.borrow_mut() = vec![b"nonsense".to_vec(); 20];
    // One that an earlier version set aside, under a key before those of later pages.
    let mut batch = crate::transaction::Batch::default();
    let earlier = [&crate::tables::numbered(vault.identity().vault, 0)[..], &[0xff]].concat();
    batch.put(Table::Inbox, earlier, b"nonsense".to_vec());
    now(database.commit(batch)).unwrap();
    now(crate::round::run(&store.mailbox(), &office, crate::Budget::PAGE)).unwrap();
    for left in [16, 12, 8] {
        assert_eq!(now(vault.fold_inbox(if left == 16 { 5 } else { 4 })).unwrap().left, left);
    }
    assert_eq!(now(vault.fold_inbox(100)).unwrap(), Folded::default());
    assert_eq!(now(store.mailbox().pages(vault.identity().vault)), Ok(0));
    // Collection has begun anew.
    *office.pages.borrow_mut() = vec![];
    office.lay_out(&vault, &inbox, vec![colleagues(1, "Amina")]);
    assert_eq!(folded(&office, &store, &vault), Folded { records: 1, left: 0, total: 1 });
    let aside = database.every_value().iter().filter(|(table, ..)| *table == Table::Inbox).count();
    assert_eq!(aside, 21);
}

#[test]
fn a_finished_draft_does_not_come_back() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let (draft, entry) = (DraftId([5; 16]), registers(&vault, 1, 1, "Amina"));
    let keep = |vault: &Vault| now(vault.save_draft(draft, entry.id, b"Amin", DraftNote::default())).unwrap();
    keep(&vault);
    // The entry is saved while a last state of the draft is on its way.
    let (other, saved) = (vault.clone(), entry.clone());
    database.before_next_commit(move || {
        now(other.save(&saved, note("Amina"), Some(draft))).unwrap();
    });
    assert!(keep(&vault).already);
    let outbox = |vault: &Vault| now(vault.outbox()).unwrap().len();
    assert!(now(vault.drafts()).unwrap().is_empty() && outbox(&vault) == 1);
    // Nor when the entry has left.
    now(crate::round::run(&store.mailbox(), &office, crate::Budget::NOW)).unwrap();
    assert!(keep(&vault).already);
    assert!(now(vault.drafts()).unwrap().is_empty() && outbox(&vault) == 0);
}

#[test]
fn an_entry_saved_before_with_other_contents_is_not_said_to_be_saved() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    let draft = DraftId([5; 16]);
    // A draft of another entry, so that it is kept.
    now(vault.save_draft(draft, EntryId([9; 16]), b"Zoraida", DraftNote::default())).unwrap();
    let mut shorter = registers(&vault, 1, 1, "Amina");
    shorter.changes[0].ops.pop();
    let (other, another) = (registers(&vault, 1, 1, "Zoraida"), registers(&vault, 1, 2, "Amina"));
    for entry in [other, registers(&vault, 1, 1, "Aaron"), another, shorter] {
        assert_eq!(now(vault.save(&entry, note("Amina"), Some(draft))), Err(StoreError::SavedBefore));
    }
    assert_eq!(now(vault.drafts()).unwrap().len(), 1);
    assert_eq!(names(&vault, "amina"), ["Amina"]);
    // The same again is fine, even when somebody has corrected it since.
    let held = now(vault.record(id(1))).unwrap().unwrap();
    now(vault.save(&renames(&vault, 2, &held, "Amira"), note("Amira"), None)).unwrap();
    assert!(now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), Some(draft))).unwrap().already);
    assert!(now(vault.drafts()).unwrap().is_empty());
}

#[test]
fn a_draft_that_does_not_open_is_moved_aside_and_not_written_over() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    if cfg!(feature = "plain") {
        return; // Nothing is sealed, so that nothing can fail to open.
    }
    let (draft, entry) = (DraftId([5; 16]), EntryId([1; 16]));
    now(vault.save_draft(draft, entry, b"first", DraftNote::default())).unwrap();
    let key = crate::tables::of_vault(vault.identity().vault, &draft.0);
    database.spoil(Table::Drafts, &key);
    let drafts = || -> Vec<Vec<u8>> {
        let rows = database.every_value().into_iter().filter(|(table, ..)| *table == Table::Drafts);
        rows.map(|(.., value)| value).collect()
    };
    let damaged = drafts().remove(0);
    now(vault.save_draft(draft, entry, b"second", DraftNote::default())).unwrap();
    assert!(drafts().len() == 2 && drafts().contains(&damaged));
    assert_eq!(now(vault.draft(draft)).unwrap().unwrap().0, b"second");
    assert_eq!(vault.set_aside(), [DamagedRow { table: "drafts", record: None }]);
    now(vault.save_draft(draft, entry, b"third", DraftNote::default())).unwrap();
    assert_eq!((drafts().len(), now(vault.drafts()).unwrap().len()), (2, 1));
}

#[test]
fn what_the_server_would_not_take_is_not_said_to_be_saved() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    // Letters in no order, which deflate to little less than they are.
    let mut state = 1u32;
    let long: String = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'!' + (state >> 24) as u8 % 90)
    })
    .take(1024 * 1024)
    .collect();
    let entry = registers(&vault, 1, 1, &long);
    // The draft is kept all the same.
    now(vault.save_draft(DraftId([5; 16]), entry.id, long.as_bytes(), DraftNote::default())).unwrap();
    assert_eq!(now(vault.draft(DraftId([5; 16]))).unwrap().unwrap().0, long.as_bytes());
    assert_eq!(now(vault.save(&entry, note("x"), None)), Err(StoreError::TooLarge));
    assert!(now(vault.outbox()).unwrap().is_empty() && now(vault.record(id(1))) == Ok(None));
    assert!(!now(vault.save(&registers(&vault, 1, 1, "Amina"), note("x"), None)).unwrap().already);
}

#[test]
fn of_a_record_that_is_kept_back_it_is_known_on_whom_it_hangs() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let person = colleagues(7, "Rosa");
    let op =
        domain::Op { field: domain::Field::OWNER, value: domain::Value::Ref(person.id), replaces: vec![] };
    let changes = vec![domain::Change { record: id(77), kind: Kind::NEED, ops: vec![op] }];
    let (author, enrolment) = (UserId([55; 16]), domain::EnrolmentId([56; 16]));
    let mut stub = Record::new(id(77), Kind::NEED);
    stub.apply(&domain::Entry { id: EntryId([9; 16]), author, enrolment, at: 1, changes });
    office.lay_out(&vault, &inbox, vec![person.clone(), stub.clone()]);
    folded(&office, &store, &vault);
    for vault in [vault.clone(), unlocked(&store, &vault)] {
        assert_eq!(now(vault.rows_of(person.id)).unwrap(), [stub.clone()]);
    }
}
