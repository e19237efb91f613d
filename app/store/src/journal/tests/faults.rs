//! Stories of files that do not answer, are replaced by others, or outlive what they were a copy of.

use super::*;
use crate::journal::frames::LARGEST;
use crate::journal::lines::{self, Made};
use crate::journal::loaded::Found;
use crate::journal::medium::MediumError;
use crate::journal::writer::pause_after;
use std::cell::Cell;
use std::rc::Rc;

const DRAFT: DraftId = DraftId([9; 16]);

fn type_in(vault: &Vault, text: &[u8]) {
    now(vault.save_draft(DRAFT, domain::EntryId([9; 16]), text, Default::default())).unwrap();
}

fn typed(store: &Store, vault: &Vault) -> Vec<u8> {
    now(unlocked(store, vault).draft(DRAFT)).unwrap().unwrap().0
}

fn stock(tablet: &Tablet) -> opening::Stock {
    now(opening::Stock::of(tablet.database.as_ref().unwrap())).unwrap()
}

/// Local storage alone knows of so many more.
fn note_ahead(tablet: &mut Tablet, by: u64) -> u64 {
    let stock = stock(tablet);
    let reached = stock.reached() + by;
    tablet.note = Note::Held(Mark { made: stock.made.unwrap(), reached });
    reached
}

#[test]
fn a_second_copy_that_cannot_be_read_now_is_waited_for_and_nothing_is_given_up() {
    let (office, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    let before = tablet.copy();
    save(&store, &vault, 2);
    tablet.noted();
    let bytes = tablet.medium().every_byte();
    tablet.medium().be_silent(true);
    // The database is gone, or was cut off, and what it lost may lie there.
    for database in [None, Some(before)] {
        tablet.database = database;
        assert!(matches!(tablet.wake(), Err(StoreError::SecondCopy)));
    }
    assert_eq!(tablet.medium().every_byte(), bytes);
    tablet.medium().be_silent(false);
    tablet.database = None;
    let store = tablet.start().unwrap();
    assert_eq!(told(&store).unwrap().entries, 2);
    deliver(&store, &office);
    assert_eq!(office.entries.borrow().len(), 2);
}

#[test]
fn a_whole_database_is_opened_though_its_second_copy_does_not_answer_and_one_copy_is_what_is_said() {
    let (_, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    tablet.noted();
    tablet.medium().be_silent(true);
    let store = tablet.start().unwrap();
    let vault = unlocked(&store, &vault);
    save(&store, &vault, 2);
    assert_eq!((told(&store), copies(&store), unsent(&store)), (None, Copies::One, 2));
    tablet.noted();
    tablet.medium().be_silent(false);
    let store = tablet.start().unwrap();
    assert_eq!((told(&store), copies(&store)), (None, Copies::Two));
    tablet.database = None;
    assert_eq!(told(&tablet.start().unwrap()).unwrap().entries, 2);
}

#[test]
fn what_is_being_written_is_not_said_to_lie_there_twice() {
    let (_, tablet, store, vault) = joined();
    save_once(&vault, 1);
    let (seen, journal) = (Rc::new(Cell::new(None)), store.journal().unwrap().clone());
    let told = seen.clone();
    tablet.medium().while_writing_next(move || told.set(Some(journal.copies())));
    settle(&store);
    assert_eq!((seen.get(), copies(&store)), (Some(Copies::Soon), Copies::Two));
    // Another page did something: whether that is written is not known before it was looked at.
    store.journal().unwrap().others();
    assert_eq!(copies(&store), Copies::Soon);
    settle(&store);
    assert_eq!(copies(&store), Copies::Two);
}

#[test]
fn a_whole_database_that_is_gone_with_more_than_the_journal_had_says_how_much_is_missing() {
    let (_, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    save(&store, &vault, 2);
    for number in 3..=5 {
        save_once(&vault, number);
    }
    tablet.noted();
    let sealed = stock(&tablet).reached();
    tablet.database = None;
    let store = tablet.start().unwrap();
    let said = told(&store).unwrap();
    assert_eq!((said.all, said.entries, said.unknown), (true, 2, 3));
    assert!(stock(&tablet).reached() > sealed);
}

#[test]
fn a_draft_is_written_over_where_the_journal_has_come_further_and_not_for_local_storage_alone() {
    let (_, mut tablet, store, vault) = joined();
    type_in(&vault, b"first");
    settle(&store);
    let before = tablet.copy();
    // The page dies before the journal has the second.
    type_in(&vault, b"second");
    note_ahead(&mut tablet, 1);
    let store = tablet.start().unwrap();
    assert_eq!(told(&store).unwrap().unknown, 1);
    assert_eq!(typed(&store, &vault), b"second");

    tablet.database = Some(before);
    let store = tablet.start().unwrap();
    assert_eq!(typed(&store, &vault), b"second", "the journal has it by now");
}

#[test]
fn no_number_that_local_storage_knows_of_is_given_a_second_time_however_many_they_are() {
    for by in [1, 999, 5_000, 2_000_000] {
        for lost in [false, true] {
            let (_, mut tablet, store, vault) = joined();
            save(&store, &vault, 1);
            let noted = note_ahead(&mut tablet, by);
            if lost {
                tablet.database = None;
            }
            let store = tablet.start().unwrap();
            assert!(stock(&tablet).reached() > noted, "{by} {lost}");
            assert_eq!(told(&store).unwrap().unknown, by);
        }
    }
}

#[test]
fn a_start_that_lists_a_file_which_another_page_replaces_reads_the_new_one() {
    let (_, tablet, store, vault) = joined();
    save(&store, &vault, 1);
    let medium = tablet.medium();
    let held = now(Found::read(medium, Log::Letters)).unwrap().held.unwrap();
    let (other, former) = (medium.clone(), medium.found(Log::Letters.beginning()));
    let Made { bytes, .. } = lines::file(9, held.rows.iter(), held.mark, &[]);
    medium.after_next_listing(move || {
        let former: Vec<String> = former.into_iter().map(|(name, _)| name).collect();
        now(other.replace(&Log::Letters.name(9), &bytes, &former)).unwrap();
    });
    let found = now(Found::read(medium, Log::Letters)).unwrap();
    assert_eq!((found.names, found.next), (vec![Log::Letters.name(9)], 10));
    assert_eq!(found.held.unwrap().rows, held.rows);
    // A page that still believes in the former one finds out, and gives way.
    assert_eq!(now(medium.replace(&Log::Letters.name(3), b"late", &[])), Err(MediumError::Moved));
    save(&store, &vault, 2);
    assert_eq!(copies(&store), Copies::Two);
    let found = now(Found::read(medium, Log::Letters)).unwrap();
    assert!(found.held.unwrap().rows.len() > held.rows.len());
}

#[test]
fn a_vault_that_was_taken_off_does_not_come_back_with_a_copy_that_outlived_it() {
    let (office, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    let keys = tablet.medium().found(Log::Keys.beginning());
    now(store.take_off(vault.identity().vault)).unwrap();
    settle(&store);
    tablet.noted();
    for lost in [false, true] {
        tablet.medium().remove_all(Log::Keys.beginning());
        tablet.medium().lay(keys.clone());
        if lost {
            tablet.database = None;
        }
        let store = tablet.start().unwrap();
        assert!(now(store.vaults()).unwrap().is_empty(), "{lost}");
        assert_eq!(
            told(&store).map(|said| (said.entries, said.vaults, said.to_join)),
            lost.then_some((1, 0, 0))
        );
        assert_eq!(now(store.mailbox().emptied()).unwrap().len(), 1, "{lost}");
        assert_eq!(unsent(&store), 1);
    }
    let store = tablet.start().unwrap();
    deliver(&store, &office);
    assert_eq!(office.entries.borrow().len(), 1);
}

#[test]
fn copies_that_were_removed_with_a_row_that_then_stayed_are_made_anew() {
    let (_, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    tablet.medium().remove_all(Log::Keys.beginning());
    store.journal().unwrap().others();
    settle(&store);
    assert_eq!((copies(&store), tablet.medium().found(Log::Keys.beginning()).len()), (Copies::Two, 1));
    tablet.database = None;
    assert_eq!(told(&tablet.start().unwrap()).unwrap().vaults, 1);
}

#[test]
fn what_is_too_large_for_the_journal_is_said_to_lie_here_once() {
    let (_, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    let key = [&vault.identity().vault.0[..], &[7; 16]].concat();
    let write = |store: &Store, row: Vec<u8>| {
        let mut batch = Batch::default();
        batch.put(Table::Drafts, key.clone(), row);
        now(store.database().commit(batch)).unwrap();
        settle(store);
        copies(store)
    };
    assert_eq!(write(&store, vec![1; 100]), Copies::Two);
    assert_eq!(write(&store, vec![2; LARGEST + 1]), Copies::One);
    let held = |tablet: &Tablet| {
        let found = now(Found::read(tablet.medium(), Log::Letters)).unwrap();
        found.held.unwrap().rows.contains_key(&(Table::Drafts as u8, key.clone()))
    };
    assert!(!held(&tablet), "the former state is none to go on with");
    tablet.noted();
    let store = tablet.start().unwrap();
    assert_eq!(copies(&store), Copies::One);
    // Into new files.
    tablet.medium().clear();
    let store = tablet.start().unwrap();
    assert_eq!(copies(&store), Copies::One);
    assert_eq!(write(&store, vec![3; 100]), Copies::Two);
    assert!(held(&tablet));
}

#[test]
fn a_fault_of_the_files_that_passes_is_tried_again_after_pauses_that_grow_to_two_minutes() {
    let (_, tablet, store, vault) = joined();
    tablet.medium().die_after(Some(0));
    save_once(&vault, 1);
    settle(&store);
    assert_eq!(copies(&store), Copies::One);
    tablet.medium().die_after(None);
    // As the pause ends.
    settle(&store);
    assert_eq!(copies(&store), Copies::Two);
    let pauses: Vec<Option<u32>> = (0..9).map(pause_after).collect();
    let wanted = [2, 4, 8, 16, 32, 64, 120, 120].map(|seconds| Some(seconds * 1_000));
    assert_eq!(pauses, [&[None][..], &wanted].concat());
    assert_eq!(pause_after(u32::MAX), Some(120_000));
}
