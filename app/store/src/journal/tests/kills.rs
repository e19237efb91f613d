//! The process dies at every step of writing: what was said to be saved twice is in the files afterwards.

use super::*;

/// Saves `numbers`, one after the other, until the process dies. How many were said to be saved twice, and how many were
/// saved at all.
fn work(
    store: &Store,
    vault: &Vault,
    office: &Office,
    numbers: std::ops::RangeInclusive<u8>,
) -> (usize, usize) {
    let (mut twice, mut once) = (0, 0);
    for number in numbers {
        save_once(vault, number);
        once += 1;
        settle(store);
        if copies(store) == Copies::Two {
            twice = once;
        }
        // Half of them are sent, so that a file has something dead in it.
        if number % 2 == 0 && copies(store) == Copies::Two {
            deliver(store, office);
            settle(store);
        }
    }
    (twice, once)
}

#[test]
fn killed_at_every_step_of_appending_and_of_writing_anew_the_journal_has_all_that_was_said_to_be_saved_twice()
{
    for steps in 0..60 {
        let (office, mut tablet, store, vault) = joined();
        save(&store, &vault, 1);
        // The next start writes anew over a torn end.
        tablet.medium().spoil(|name, bytes| {
            if name.starts_with(Log::Letters.beginning()) {
                bytes.extend_from_slice(b"torn");
            }
        });
        tablet.medium().die_after(Some(steps));
        let store = tablet.wake().unwrap();
        settle(&store);
        let vault = unlocked(&store, &vault);
        let (twice, once) = work(&store, &vault, &office, 2..=9);
        tablet.medium().die_after(None);
        tablet.noted();

        // The database is whole: nothing is missing, and the journal is whole again.
        let mut whole =
            Tablet { database: Some(tablet.copy()), medium: Some(tablet.medium().copy()), note: tablet.note };
        let store = whole.start().unwrap();
        assert_eq!((told(&store), copies(&store)), (None, Copies::Two), "{steps}");
        assert_eq!(unsent(&store) + office.entries.borrow().len(), 1 + once, "{steps}");
        assert_eq!(whole.medium().listed().len(), 2, "{steps}");

        // It is gone as well: what was saved twice comes back.
        tablet.database = None;
        let store = tablet.start().unwrap();
        deliver(&store, &office);
        assert!(office.entries.borrow().len() > twice, "{steps}: {twice} of {once}");
    }
}

#[test]
fn killed_at_every_step_of_a_start_after_a_loss_the_next_start_brings_all_of_it_back() {
    for steps in 0..12 {
        let (office, mut tablet, store, vault) = joined();
        for number in 1..=3 {
            save(&store, &vault, number);
        }
        tablet.database = None;
        tablet.medium().die_after(Some(steps));
        drop(tablet.start());
        tablet.medium().die_after(None);
        // And the database goes again before anything else happens.
        for again in [false, true] {
            let mut next = Tablet {
                database: (!again).then(|| tablet.copy()),
                medium: Some(tablet.medium().copy()),
                note: tablet.note,
            };
            let store = next.start().unwrap();
            assert_eq!(told(&store).unwrap().entries, 3, "{steps}");
            assert_eq!(unsent(&store), 3);
        }
        let _ = office;
    }
}

#[test]
fn a_device_without_room_for_the_database_is_not_recovered_by_halves() {
    let (_, mut tablet, store, vault) = joined();
    save(&store, &vault, 1);
    let full = now(Database::open(Home::Vault, WhenMissing::Create)).unwrap();
    full.limit_room(Some(100));
    tablet.database = Some(full.clone());
    assert!(matches!(tablet.wake(), Err(StoreError::Full)));
    full.limit_room(None);
    assert_eq!(told(&tablet.start().unwrap()).unwrap().entries, 1);
}
