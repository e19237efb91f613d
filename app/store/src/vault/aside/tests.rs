use crate::tables::{self, Table};
use crate::testing::*;
use crate::{Budget, Store, Vault, round};
use domain::RecordId;
use seal::ServerSecrets;
use seal::page::Page;

fn unlocked(store: &Store, vault: &Vault) -> Vault {
    let vaults = now(store.vaults()).unwrap();
    let info = vaults.into_iter().find(|info| info.id == vault.identity().vault).unwrap();
    now(store.unlock(&info, &STRETCHED)).unwrap()
}

/// Takes a page into the inbox without asking who signed it, with the cursor past it, as rounds of before did.
fn take_in_unasked(store: &Store, office: &Office, vault: &Vault, inbox: &[u8; 32], page: &Page) {
    let enrolment = vault.identity().enrolment;
    let sealed = page.seal(&mut crate::clock::rng(), &office.secrets.signing, enrolment, inbox).unwrap();
    let post = now(store.mailbox().posts()).unwrap().remove(0);
    assert!(now(store.mailbox().take_page(&post, &sealed, &[7])).unwrap());
}

fn cursor(store: &Store) -> Vec<u8> {
    now(store.mailbox().posts()).unwrap().remove(0).row.cursor.to_vec()
}

fn aside(database: &crate::database::Database) -> usize {
    let rows = database.every_value().into_iter();
    rows.filter(|(table, key, _)| *table == Table::Inbox && tables::is_page_aside(key)).count()
}

fn telling(name: &str, number: u64) -> Page {
    Page { records: vec![colleagues(number, name)], total: 1, ..Page::default() }
}

/// An office with another pair since the vault heard of it last.
fn rotated(office: &mut Office) {
    office.keys_from.set(10);
    office.secrets = ServerSecrets::generate(&mut crate::clock::rng());
}

fn signs_in(office: &Office, vault: &Vault) {
    let answer = api::SignedIn {
        epoch: office.epoch.get().to_vec().into(),
        role: 1,
        site: "meteti".into(),
        server_keys: office.server_keys().into(),
    };
    now(vault.signed_in(&answer)).unwrap();
}

#[test]
fn a_page_set_aside_before_its_key_was_heard_of_is_folded_in_after_the_next_unlock() {
    let (mut office, (store, database)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    rotated(&mut office);
    take_in_unasked(&store, &office, &vault, &inbox, &telling("Luz", 1));
    now(vault.fold_inbox(10)).unwrap();
    assert_eq!((aside(&database), vault.count().people), (1, 0));
    let post = now(store.mailbox().posts()).unwrap().remove(0);
    // Another page of the same day: nobody asks for it again, the cursor is past both.
    assert!(now(store.mailbox().take_page(&post, &[], &[9])).unwrap());
    take_in_unasked(&store, &office, &vault, &inbox, &telling("Sol", 2));
    now(vault.fold_inbox(10)).unwrap();
    assert_eq!((aside(&database), cursor(&store)), (2, vec![7]));

    // Nothing opens as long as the key is unknown, and nothing gets lost by trying.
    let vault = unlocked(&store, &vault);
    now(vault.fold_inbox(10)).unwrap();
    assert_eq!((aside(&database), vault.count().people), (2, 0));
    signs_in(&office, &vault);
    now(vault.fold_inbox(10)).unwrap();
    assert_eq!(aside(&database), 2, "once per unlock");
    let vault = unlocked(&store, &vault);
    now(vault.fold_inbox(10)).unwrap();
    assert_eq!((aside(&database), vault.count().people, cursor(&store)), (0, 2, vec![7]));
    assert_eq!(unlocked(&store, &vault).search("luz", 5).len(), 1);
}

#[test]
fn what_was_dropped_meanwhile_does_not_come_back_from_a_page_set_aside() {
    let (mut office, (store, database)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    rotated(&mut office);
    let person: RecordId = colleagues(1, "Luz").id;
    take_in_unasked(&store, &office, &vault, &inbox, &telling("Luz", 1));
    now(vault.fold_inbox(10)).unwrap();
    signs_in(&office, &vault);
    // Told to drop somebody who lies nowhere but in the page.
    let page = Page { evicted: Some(vec![person]), ..Page::default() };
    take_in_unasked(&store, &office, &vault, &inbox, &page);
    now(vault.fold_inbox(10)).unwrap();
    let vault = unlocked(&store, &vault);
    now(vault.fold_inbox(10)).unwrap();
    assert_eq!((aside(&database), now(vault.record(person)).unwrap()), (0, None));
    assert_eq!(cursor(&store), Vec::<u8>::new(), "the server is asked for all of it again");
    // Which it tells as it is now.
    office.lay_out(&vault, &inbox, vec![colleagues(2, "Sol")]);
    now(round::run(&store.mailbox(), &office, Budget::PAGE)).unwrap();
    now(vault.fold_inbox(10)).unwrap();
    assert_eq!((vault.count().people, now(vault.record(person)).unwrap()), (1, None));
}

#[test]
fn a_page_set_aside_that_drops_somebody_drops_them_when_it_opens() {
    let (mut office, (store, database)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    office.lay_out(&vault, &inbox, vec![colleagues(1, "Luz"), colleagues(2, "Sol")]);
    now(round::run(&store.mailbox(), &office, Budget::PAGE)).unwrap();
    now(vault.fold_inbox(10)).unwrap();
    rotated(&mut office);
    let page = Page { evicted: Some(vec![colleagues(1, "Luz").id]), ..telling("Paz", 3) };
    take_in_unasked(&store, &office, &vault, &inbox, &page);
    now(vault.fold_inbox(10)).unwrap();
    assert_eq!((aside(&database), vault.count().people), (1, 2));
    signs_in(&office, &vault);
    let vault = unlocked(&store, &vault);
    now(vault.fold_inbox(10)).unwrap();
    assert_eq!((aside(&database), vault.count().people), (0, 2));
    assert!(vault.search("luz", 5).is_empty() && vault.search("paz", 5).len() == 1);
    assert_eq!(cursor(&store), Vec::<u8>::new());
}

#[test]
fn a_tab_of_before_over_the_same_inbox_uses_up_no_page_that_drops_something() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    office.lay_out(&vault, &inbox, vec![colleagues(1, "Luz"), colleagues(2, "Sol")]);
    now(round::run(&store.mailbox(), &office, Budget::PAGE)).unwrap();
    now(vault.fold_inbox(10)).unwrap();
    let page = Page { evicted: Some(vec![colleagues(1, "Luz").id]), ..Page::default() };
    take_in_unasked(&store, &office, &vault, &inbox, &page);
    // As builds of before fold: what has no number alone in its key, and was not set aside, they set aside.
    let waiting = database.every_value().into_iter().filter(|(table, ..)| *table == Table::Inbox);
    let mut batch = crate::transaction::Batch::default();
    for (_, key, bytes) in waiting {
        assert!(tables::is_page(&key) && tables::number_of(&key).is_none() && !tables::is_page_aside(&key));
        batch.delete(Table::Inbox, key.clone());
        batch.put(Table::Inbox, tables::page_aside(vault.identity().vault, &key), bytes);
    }
    now(database.commit(batch)).unwrap();
    assert_eq!((aside(&database), now(store.mailbox().pages(vault.identity().vault)).unwrap()), (1, 0));
    // The tab is closed.
    let vault = unlocked(&store, &vault);
    now(vault.fold_inbox(10)).unwrap();
    assert_eq!((aside(&database), vault.count().people), (0, 1));
    assert!(vault.search("luz", 5).is_empty());
}

#[test]
fn pages_that_a_build_of_before_collected_are_still_folded_in() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    take_in_unasked(&store, &office, &vault, &inbox, &telling("Luz", 1));
    let (_, key, bytes) =
        database.every_value().into_iter().find(|(table, ..)| *table == Table::Inbox).unwrap();
    let mut batch = crate::transaction::Batch::default();
    batch.delete(Table::Inbox, key);
    batch.put(Table::Inbox, tables::numbered(vault.identity().vault, 0), bytes);
    now(database.commit(batch)).unwrap();
    let folded = now(vault.fold_inbox(10)).unwrap();
    assert_eq!((folded.records, folded.left, vault.count().people), (1, 0, 1));
}
