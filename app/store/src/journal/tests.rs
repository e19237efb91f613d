//! Stories of a device whose browser loses what it was given to keep.

mod faults;
mod form;
mod kills;

use super::keep::Log;
use super::opening::{self, Opened};
use super::{Copies, Journal, Loaded, Medium, Recovered};
use crate::database::{Database, Home, WhenMissing};
use crate::tables::{self, Table};
use crate::testing::*;
use crate::transaction::{Batch, Query};
use crate::{Budget, Store, StoreError, Vault, round};
use domain::DraftId;
use road::marks::{Mark, Note};
use seal::{Deed, Order};

/// A tablet with its three places.
struct Tablet {
    database: Option<Database>,
    medium: Option<Medium>,
    note: Note,
}

impl Tablet {
    fn new() -> Self {
        Self { database: None, medium: Some(Medium::default()), note: Note::Absent }
    }

    fn medium(&self) -> &Medium {
        self.medium.as_ref().unwrap()
    }

    /// The app starts; what the journal is to write at once is not written yet.
    fn wake(&mut self) -> Result<Store, StoreError> {
        let read = |medium: &Medium| now(Loaded::read(medium)).unwrap_or_else(|_| Loaded::silent());
        let loaded = self.medium.as_ref().map(read).unwrap_or_default();
        // As `journal::load` does it.
        let medium = self.medium.clone().filter(|_| !loaded.silent);
        let make = || Database::open(Home::Vault, WhenMissing::Create);
        let opened: Opened =
            now(opening::open(self.database.as_ref().map(Database::tab), &loaded, self.note, make))?;
        self.database = Some(opened.database.clone());
        let journal = Journal::attach(&opened, &loaded, medium);
        Ok(Store::with_journal(opened.database, now(crate::Reference::open()).unwrap(), journal))
    }

    /// The app starts, and the journal is brought up to date.
    fn start(&mut self) -> Result<Store, StoreError> {
        let store = self.wake()?;
        settle(&store);
        self.noted();
        Ok(store)
    }

    /// Local storage is told what the browser would tell it.
    fn noted(&mut self) {
        let stock = now(opening::Stock::of(self.database.as_ref().unwrap())).unwrap();
        if let Some(made) = stock.made {
            self.note = Note::Held(Mark { made, reached: stock.reached() });
        }
    }

    /// The database as it lies now, to be put back later: a log that was cut off.
    fn copy(&self) -> Database {
        Database::of_version(2, self.database.as_ref().unwrap().every_value())
    }
}

fn settle(store: &Store) {
    now(store.journal().unwrap().settle());
}

fn copies(store: &Store) -> Copies {
    store.journal().unwrap().copies()
}

fn told(store: &Store) -> Option<Recovered> {
    now(store.recovered()).unwrap()
}

/// Registers somebody and has it written twice.
fn save(store: &Store, vault: &Vault, number: u8) {
    save_once(vault, number);
    settle(store);
}

/// Registers somebody; the page dies before the journal is written.
fn save_once(vault: &Vault, number: u8) {
    now(vault.save(&registers(vault, number, number, &format!("Amina {number}")), note("Amina"), None))
        .unwrap();
}

fn unsent(store: &Store) -> usize {
    now(store.mailbox().left()).unwrap()
}

fn deliver(store: &Store, office: &Office) {
    now(round::run(&store.mailbox(), office, Budget::PAGE)).unwrap();
}

fn joined() -> (Office, Tablet, Store, Vault) {
    let (office, mut tablet) = (Office::new(), Tablet::new());
    let store = tablet.start().unwrap();
    let (vault, _) = office.enrol(&store, 1);
    settle(&store);
    tablet.noted();
    (office, tablet, store, vault)
}

#[test]
fn saved_twice_is_said_after_the_journal_and_not_before() {
    let (_, _, store, vault) = joined();
    assert_eq!(copies(&store), Copies::Two);
    save_once(&vault, 1);
    assert_eq!(copies(&store), Copies::Soon);
    settle(&store);
    assert_eq!(copies(&store), Copies::Two);
    now(vault.save_draft(DraftId([3; 16]), domain::EntryId([3; 16]), b"typed", Default::default())).unwrap();
    assert_eq!(copies(&store), Copies::Soon);
    settle(&store);
    assert_eq!(copies(&store), Copies::Two);
}

#[test]
fn where_browsers_hand_out_no_files_everything_works_and_one_copy_is_what_is_said() {
    let mut tablet = Tablet { medium: None, ..Tablet::new() };
    let office = Office::new();
    let store = tablet.start().unwrap();
    let (vault, _) = office.enrol(&store, 1);
    save(&store, &vault, 1);
    assert_eq!(copies(&store), Copies::One);
    deliver(&store, &office);
    assert_eq!(office.entries.borrow().len(), 1);
    assert_eq!(told(&tablet.start().unwrap()), None);
}

#[test]
fn a_whole_database_that_is_gone_comes_back_with_all_that_waits_and_the_same_passphrase_opens_it() {
    let (office, mut tablet, store, vault) = joined();
    for number in 1..=5 {
        save(&store, &vault, number);
    }
    let draft = DraftId([9; 16]);
    now(vault.save_draft(draft, domain::EntryId([9; 16]), b"half a family", Default::default())).unwrap();
    settle(&store);
    tablet.noted();

    tablet.database = None;
    let store = tablet.start().unwrap();
    let said = told(&store).unwrap();
    assert_eq!((said.all, said.entries, said.drafts, said.vaults), (true, 5, 1, 1));
    assert_eq!((said.to_join, said.unknown), (0, 0));
    assert_eq!(copies(&store), Copies::Two, "the journal is kept of the new database");
    // Nobody unlocks: the outbox needs no key.
    deliver(&store, &office);
    assert_eq!(office.entries.borrow().len(), 5);
    assert_eq!(office.drafts.borrow().len(), 1);
    assert_eq!(unsent(&store), 0);

    let vault = unlocked(&store, &vault);
    assert_eq!(now(vault.draft(draft)).unwrap().unwrap().0, b"half a family");
    let noted = now(vault.outbox()).unwrap();
    assert!(noted.is_empty());
    save(&store, &vault, 6);
    deliver(&store, &office);
    assert_eq!(office.entries.borrow().len(), 6);

    now(store.recovery_was_told()).unwrap();
    assert_eq!(told(&tablet.start().unwrap()), None, "told once");
}

#[test]
fn a_database_that_lost_its_latest_rows_gets_back_those_that_were_not_sent() {
    let (office, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    let before = tablet.copy();
    for number in 2..=6 {
        save(&store, &vault, number);
    }
    tablet.noted();
    // The browser says nothing at all.
    tablet.database = Some(before);
    let store = tablet.start().unwrap();
    let said = told(&store).unwrap();
    assert_eq!((said.all, said.entries, said.vaults), (false, 5, 0));
    deliver(&store, &office);
    assert_eq!(office.entries.borrow().len(), 6);
    assert_eq!(unsent(&store), 0);
}

#[test]
fn numbers_of_envelopes_that_were_lost_are_not_given_a_second_time() {
    let (_, mut tablet, store, vault) = joined();
    for number in 1..=3 {
        save(&store, &vault, number);
    }
    let seq = |tablet: &Tablet| now(opening::Stock::of(tablet.database.as_ref().unwrap())).unwrap().reached();
    save_once(&vault, 4);
    let sealed = seq(&tablet);
    tablet.database = None;
    tablet.start().unwrap();
    assert!(seq(&tablet) > sealed);
}

#[test]
fn a_device_whose_local_storage_alone_knows_of_more_says_how_much_is_missing() {
    let (office, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    let before = tablet.copy();
    for number in 2..=4 {
        save(&store, &vault, number);
    }
    tablet.noted();
    tablet.database = Some(before);
    tablet.medium().clear();
    let store = tablet.start().unwrap();
    let said = told(&store).unwrap();
    assert_eq!((said.entries, said.unknown), (0, 3));
    deliver(&store, &office);
    assert_eq!(office.entries.borrow().len(), 1);
}

#[test]
fn records_that_were_collected_are_collected_again_after_a_loss() {
    let (office, mut tablet) = (Office::new(), Tablet::new());
    let store = tablet.start().unwrap();
    let (vault, inbox) = office.enrol(&store, 1);
    office.lay_out(&vault, &inbox, (1..=3).map(|number| colleagues(number, "Rosa")).collect());
    collect(&office, &store, &vault);
    assert_eq!(vault.count().people, 3);
    settle(&store);
    tablet.database = None;
    let store = tablet.start().unwrap();
    let vault = unlocked(&store, &vault);
    assert_eq!(vault.count().people, 0);
    let answer = api::SignedIn {
        epoch: office.epoch.get().to_vec().into(),
        role: 1,
        site: "meteti".into(),
        server_keys: office.server_keys().into(),
    };
    now(vault.signed_in(&answer)).unwrap();
    collect(&office, &store, &vault);
    assert_eq!(vault.count().people, 3);
}

#[test]
fn everything_gone_but_the_note_is_said_and_nothing_is_made_in_its_place() {
    let (_, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    tablet.noted();
    (tablet.database, tablet.medium) = (None, Some(Medium::default()));
    assert!(matches!(tablet.wake(), Err(StoreError::Lost)));
    assert!(tablet.database.is_none());
    tablet.note = Note::Joined;
    assert!(matches!(tablet.wake(), Err(StoreError::Lost)), "a note of an earlier version");
    tablet.note = Note::Absent;
    assert!(tablet.wake().is_ok(), "nothing says that anybody was here");
}

#[test]
fn local_storage_gone_alone_is_nothing_to_anybody() {
    let (_, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    tablet.note = Note::Absent;
    let store = tablet.start().unwrap();
    assert_eq!((told(&store), unsent(&store)), (None, 1));
}

#[test]
fn what_was_committed_and_not_journalled_when_the_page_died_is_journalled_at_the_next_start() {
    let (office, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    save_once(&vault, 2);
    // The worker delivered the first one meanwhile; it keeps no journal.
    let worker = crate::Mailbox::over(tablet.copy());
    now(round::run(&worker, &office, Budget::PAGE)).unwrap();
    tablet.noted();
    let store = tablet.start().unwrap();
    assert_eq!((told(&store), copies(&store)), (None, Copies::Two));
    tablet.database = None;
    let store = tablet.start().unwrap();
    assert_eq!(told(&store).unwrap().entries, 2);
    deliver(&store, &office);
    assert_eq!(office.entries.borrow().len(), 2);
}

#[test]
fn a_journal_garbled_at_any_byte_or_torn_anywhere_loses_nothing_of_a_whole_database_and_is_written_anew() {
    let (_, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    save(&store, &vault, 2);
    tablet.noted();
    let size = tablet.medium().every_byte().len();
    for at in (0..size).step_by(97) {
        for torn in [false, true] {
            let mut hurt = Tablet {
                database: Some(tablet.copy()),
                medium: Some(tablet.medium().copy()),
                note: tablet.note,
            };
            let mut left = at;
            hurt.medium().spoil(|_, bytes| match bytes.get_mut(left) {
                Some(_) if torn => bytes.truncate(left),
                Some(byte) => *byte ^= 0x40,
                None => left -= bytes.len(),
            });
            let store = hurt.start().unwrap();
            assert_eq!((told(&store), unsent(&store)), (None, 2), "{at} {torn}");
            assert_eq!(copies(&store), Copies::Two);
            // It is whole again.
            hurt.database = None;
            assert_eq!(told(&hurt.start().unwrap()).unwrap().entries, 2, "{at} {torn}");
        }
    }
}

#[test]
fn a_file_that_is_mostly_dead_is_written_anew() {
    let (_, tablet, store, vault) = joined();
    save(&store, &vault, 1);
    let mut sizes = Vec::new();
    for _ in 0..60 {
        // What does not fold, as the next state of a long form.
        let typed: Vec<u8> = (0..400).flat_map(|_| crate::random::<16>()).collect();
        now(vault.save_draft(DraftId([9; 16]), domain::EntryId([9; 16]), &typed, Default::default()))
            .unwrap();
        settle(&store);
        sizes.push(tablet.medium().every_byte().len());
    }
    assert!(sizes.windows(2).any(|pair| pair[1] < pair[0]), "{:?}", sizes.last());
    assert!(sizes.iter().all(|size| *size < 400 * 1024), "{:?}", sizes.iter().max());
    assert_eq!(tablet.medium().listed().len(), 2);
}

#[test]
fn a_page_that_was_open_before_somebody_joined_in_another_one_keeps_the_journal_too() {
    let (office, mut tablet) = (Office::new(), Tablet::new());
    let (one, two) = (tablet.start().unwrap(), tablet.start().unwrap());
    let (vault, _) = office.enrol(&one, 1);
    settle(&one);
    let other = unlocked(&two, &vault);
    save(&two, &other, 1);
    assert_eq!(copies(&two), Copies::Two);
    tablet.database = None;
    assert_eq!(told(&tablet.start().unwrap()).unwrap().entries, 1);
}

#[test]
fn two_pages_write_one_journal_and_neither_loses_what_the_other_wrote() {
    let (office, mut tablet, one, vault) = joined();
    let two = tablet.wake().unwrap();
    settle(&two);
    let other = unlocked(&two, &vault);
    for number in 1..=6 {
        if number % 2 == 0 { save(&one, &vault, number) } else { save(&two, &other, number) }
    }
    tablet.database = None;
    let store = tablet.start().unwrap();
    assert_eq!(told(&store).unwrap().entries, 6);
    deliver(&store, &office);
    assert_eq!(office.entries.borrow().len(), 6);
}

#[test]
fn a_row_that_the_database_alone_lost_is_put_back_without_a_word() {
    let (office, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    save(&store, &vault, 2);
    tablet.noted();
    let database = tablet.copy();
    let read = now(database.read(&[Query::all(Table::Outbox)])).unwrap();
    let (key, _) = read.into_iter().flatten().next().unwrap();
    let mut batch = Batch::default();
    batch.delete(Table::Outbox, key);
    now(database.commit(batch)).unwrap();
    tablet.database = Some(database);
    let store = tablet.start().unwrap();
    assert_eq!((told(&store), unsent(&store)), (None, 2));
    deliver(&store, &office);
    assert_eq!(office.entries.borrow().len(), 2);
}

#[test]
fn what_was_delivered_is_not_put_back_and_a_draft_that_was_dropped_neither() {
    let (office, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    let draft = DraftId([9; 16]);
    now(vault.save_draft(draft, domain::EntryId([9; 16]), b"half", Default::default())).unwrap();
    settle(&store);
    // The page dies before the journal hears of either.
    deliver(&store, &office);
    now(vault.discard_draft(draft)).unwrap();
    tablet.noted();
    let store = tablet.start().unwrap();
    assert_eq!((told(&store), unsent(&store)), (None, 0));
}

#[test]
fn an_access_that_was_withdrawn_does_not_come_back_and_what_waits_does() {
    let (office, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    let slot = {
        let read = now(tablet.database.as_ref().unwrap().read(&[Query::all(Table::Vaults)])).unwrap();
        read.into_iter().flatten().next().unwrap().1
    };
    let lies = |tablet: &Tablet| {
        tablet.medium().every_byte().windows(slot.len()).any(|part| part == slot.as_slice())
    };
    assert!(lies(&tablet), "the copy of the vault's row");
    let order = Order {
        enrolment: vault.identity().enrolment,
        deed: Deed::Revoke,
        at: 1_790_000_000_000,
        epoch: [1; 16].into(),
        serial: 1,
    };
    let post = now(store.mailbox().posts()).unwrap().remove(0);
    now(store.mailbox().follow(&post, &order)).unwrap();
    settle(&store);
    assert!(!lies(&tablet), "nothing of it is left in any file");

    tablet.database = None;
    let store = tablet.start().unwrap();
    let said = told(&store).unwrap();
    assert_eq!((said.entries, said.vaults, said.to_join), (1, 0, 0));
    assert!(now(store.vaults()).unwrap().is_empty());
    deliver(&store, &office);
    assert_eq!(office.entries.borrow().len(), 1);
}

#[test]
fn where_the_copy_of_the_vault_is_gone_too_what_waits_is_delivered_and_the_person_is_told_to_join_again() {
    let (office, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    tablet.medium().spoil(|name, bytes| {
        if name.starts_with(Log::Keys.beginning()) {
            bytes.clear();
        }
    });
    tablet.database = None;
    let store = tablet.start().unwrap();
    let said = told(&store).unwrap();
    assert_eq!((said.entries, said.vaults, said.to_join), (1, 0, 1));
    deliver(&store, &office);
    assert_eq!(office.entries.borrow().len(), 1);
    // A second start does not take the missing vault for a loss of its own.
    now(store.recovery_was_told()).unwrap();
    assert_eq!(told(&tablet.start().unwrap()), None);
}

#[test]
fn nothing_readable_about_anybody_lies_in_the_journal() {
    let (_, tablet, store, vault) = joined();
    save(&store, &vault, 1);
    now(vault.save_draft(DraftId([9; 16]), domain::EntryId([9; 16]), b"Zoraida", Default::default()))
        .unwrap();
    settle(&store);
    let bytes = tablet.medium().every_byte();
    for secret in ["Amina", "Zoraida", "KX7M42P2", &vault.identity().name] {
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
    }
}

#[test]
fn a_database_of_a_version_before_marks_is_opened_as_it_is_and_gets_its_second_copy() {
    let (office, mut tablet) = (Office::new(), Tablet::new());
    let (store, database) = device();
    let (vault, _) = office.enrol(&store, 1);
    save_once(&vault, 1);
    (tablet.database, tablet.note) = (Some(database), Note::Joined);
    let store = tablet.start().unwrap();
    assert_eq!((told(&store), copies(&store)), (None, Copies::Two));
    let read = now(store.database().read(&[Query::Get(Table::Counters, tables::MARK.to_vec())])).unwrap();
    assert_eq!(read[0].len(), 1);
    tablet.database = None;
    assert_eq!(told(&tablet.start().unwrap()).unwrap().entries, 1);
}
