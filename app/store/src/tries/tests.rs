use super::*;
use crate::database::Database;
use crate::testing::*;
use crate::{Budget, Vault, VaultInfo, round};

const WRONG: [u8; 32] = [8; 32];

fn info(store: &Store, vault: &Vault) -> VaultInfo {
    let id = vault.identity().vault;
    now(store.vaults()).unwrap().into_iter().find(|info| info.id == id).unwrap()
}

/// So many seconds pass for the count of a vault.
fn pass(database: &Database, vault: VaultId, seconds: u64) {
    let read = now(database.read(&[Query::Get(Table::Counters, key_of(vault))])).unwrap();
    let Some((key, bytes)) = read.into_iter().flatten().next() else { return };
    let row: TriesRow = rows::read(Table::Counters, &bytes).unwrap();
    let mut batch = Batch::default();
    batch.put(Table::Counters, key, rows::write(&TriesRow { last: row.last - seconds * 1_000, ..row }));
    now(database.commit(batch)).unwrap();
}

#[test]
fn each_wrong_try_makes_the_next_one_wait_longer_and_a_right_one_ends_it() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let info = info(&store, &vault);
    for (nth, wait) in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].into_iter().enumerate() {
        assert_eq!(now(store.unlock(&info, &WRONG)).err(), Some(StoreError::WrongPassphrase));
        let tries = now(store.tries(info.id)).unwrap();
        assert_eq!((tries.wrong as usize, tries.wait), (nth + 1, wait));
        assert_eq!(tries.ask, nth + 1 >= 10);
        // Neither a right one nor another page is let in before, and that counts for nothing.
        assert_eq!(now(store.unlock(&info, &STRETCHED)).err(), Some(StoreError::TooSoon(wait)));
        pass(&database, info.id, u64::from(wait));
    }
    assert!(now(store.unlock(&info, &STRETCHED)).is_ok());
    assert_eq!(now(store.tries(info.id)).unwrap(), Tries { wrong: 0, wait: 0, ask: false, left: MOST });
}

#[test]
fn a_clock_that_is_put_back_makes_nobody_wait_for_years() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let info = info(&store, &vault);
    now(store.unlock(&info, &WRONG)).err().unwrap();
    let row = TriesRow { count: 3, last: clock::now_ms() + 10 * 365 * 86_400_000, ..TriesRow::default() };
    // Looking alone is enough for the wait to begin, and so is trying.
    let years = row;
    for try_it in [false, true] {
        let mut batch = Batch::default();
        batch.put(Table::Counters, key_of(info.id), rows::write(&years));
        now(database.commit(batch)).unwrap();
        if try_it {
            assert_eq!(now(store.unlock(&info, &STRETCHED)).err(), Some(StoreError::TooSoon(4)));
        } else {
            assert_eq!(now(store.tries(info.id)).unwrap().wait, 4);
        }
        pass(&database, info.id, 4);
        assert_eq!(now(store.tries(info.id)).unwrap().wait, 0);
    }
    assert!(now(store.unlock(&info, &STRETCHED)).is_ok());
}

#[test]
fn a_full_device_that_never_counted_is_unlocked_all_the_same_and_counts_beside_the_store() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let info = info(&store, &vault);
    database.limit_room(Some(database.size()));
    assert!(now(store.unlock(&info, &STRETCHED)).is_ok());
    assert_eq!(now(store.unlock(&info, &WRONG)).err(), Some(StoreError::WrongPassphrase));
    assert_eq!(now(store.unlock(&info, &STRETCHED)).err(), Some(StoreError::TooSoon(1)));
    assert_eq!(now(store.tries(info.id)).unwrap().wrong, 1);
    // Once there is room the count goes on where it was.
    database.limit_room(None);
    unwritten::write(info.id, 1, clock::now_ms() - 1_000);
    assert_eq!(now(store.unlock(&info, &WRONG)).err(), Some(StoreError::WrongPassphrase));
    assert_eq!(now(store.tries(info.id)).unwrap().wrong, 2);
    unwritten::forget(info.id);
    assert_eq!(now(store.tries(info.id)).unwrap().wrong, 2, "it lies in the store by now");
    // Destroying a key makes room.
    database.limit_room(Some(database.size()));
    now(store.take_off(info.id)).unwrap();
    assert!(now(store.vaults()).unwrap().is_empty());
}

#[test]
fn filling_a_device_and_reloading_begins_no_count_anew() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let info = info(&store, &vault);
    assert!(now(store.unlock(&info, &STRETCHED)).is_ok());
    database.limit_room(Some(database.size()));
    for wrong in 1..=20 {
        assert_eq!(now(store.unlock(&info, &WRONG)).err(), Some(StoreError::WrongPassphrase));
        // Nothing of it rests on anything beside the store.
        assert_eq!(unwritten::read(info.id), None);
        assert_eq!(now(store.tries(info.id)).unwrap().wrong, wrong);
        pass(&database, info.id, 300);
    }
    assert!(now(store.unlock(&info, &STRETCHED)).is_ok());
    assert_eq!(now(store.tries(info.id)).unwrap().wrong, 0);
}

#[test]
fn a_right_passphrase_whose_page_is_killed_while_everything_is_read_counts_as_right() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let info = info(&store, &vault);
    assert_eq!(now(store.unlock(&info, &WRONG)).err(), Some(StoreError::WrongPassphrase));
    pass(&database, info.id, 1);
    // The slot opens; what comes after it does not.
    for (table, key, _) in database.every_value() {
        if table == Table::Vaults {
            let read = now(database.read(&[Query::Get(table, key.clone())])).unwrap();
            let (_, bytes) = read.into_iter().flatten().next().unwrap();
            let row: VaultRow = rows::read(table, &bytes).unwrap();
            let mut batch = Batch::default();
            batch.put(table, key, rows::write(&VaultRow { identity: Vec::new().into(), ..row }));
            now(database.commit(batch)).unwrap();
        }
    }
    assert!(matches!(now(store.unlock(&info, &STRETCHED)).err(), Some(StoreError::Damaged { .. })));
    assert_eq!(now(store.tries(info.id)).unwrap().wrong, 0);
}

#[test]
fn a_try_that_was_cut_off_is_counted() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let turn = now(store.begin_try(vault.identity().vault)).unwrap();
    drop(turn);
    assert_eq!(now(store.tries(vault.identity().vault)).unwrap().wrong, 1);
}

#[test]
fn after_thirty_wrong_tries_that_vault_alone_is_gone_and_everybodys_work_is_handed_in() {
    let (office, (store, database)) = (Office::new(), device());
    let (first, _) = office.enrol(&store, 1);
    let (second, _) = office.enrol(&store, 2);
    now(first.save(&registers(&first, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    now(second.save(&registers(&second, 2, 2, "Omar"), note("Omar"), None)).unwrap();
    let info = info(&store, &first);
    for _ in 1..MOST {
        assert_eq!(now(store.unlock(&info, &WRONG)).err(), Some(StoreError::WrongPassphrase));
        pass(&database, info.id, 300);
    }
    assert_eq!(now(store.tries(info.id)).unwrap().left, 1);
    assert_eq!(now(store.unlock(&info, &WRONG)).err(), Some(StoreError::Emptied));
    // Its key is no more, whatever is tried; the other one opens as before.
    assert_eq!(now(store.vaults()).unwrap().len(), 1);
    pass(&database, info.id, 300);
    assert!(now(store.unlock(&info, &STRETCHED)).is_err());
    assert!(database.every_value().iter().all(|(table, key, _)| {
        !matches!(table, Table::Vaults | Table::Records | Table::Drafts) || !key.starts_with(&info.id.0)
    }));
    unlocked(&store, &second);
    let emptied = now(store.mailbox().emptied()).unwrap();
    assert_eq!(
        emptied.iter().map(|it| (it.staff_code.as_str(), it.unsent, it.left)).collect::<Vec<_>>(),
        [("R1", 1, false)]
    );
    assert_eq!(now(store.mailbox().left_here()).unwrap().entries, 2);
    now(round::run(&store.mailbox(), &office, Budget::PAGE)).unwrap();
    assert_eq!(office.entries.borrow().len(), 2);
    assert_eq!(now(store.mailbox().emptied()).unwrap()[0].unsent, 0);
}

#[test]
fn who_takes_their_access_off_a_device_leaves_nothing_unsent_behind_for_ever() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    now(store.take_off(vault.identity().vault)).unwrap();
    assert!(now(store.vaults()).unwrap().is_empty());
    assert!(now(store.mailbox().emptied()).unwrap()[0].left);
    now(round::run(&store.mailbox(), &office, Budget::PAGE)).unwrap();
    assert_eq!(office.entries.borrow().len(), 1);
}
