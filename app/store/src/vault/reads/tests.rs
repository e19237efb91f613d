//! What is known of who read what, whatever happens to the device.

use super::*;
use crate::testing::*;
use crate::{Budget, Store, round};
use domain::{EnrolmentId, RecordId};

fn unlocked(store: &Store, vault: &Vault) -> Vault {
    let info = now(store.vaults()).unwrap().into_iter().find(|it| it.id == vault.identity().vault).unwrap();
    now(store.unlock(&info, &STRETCHED)).unwrap()
}

fn go(store: &Store, office: &Office) {
    now(round::run(&store.mailbox(), office, Budget::NOW)).unwrap();
}

fn arrived(office: &Office) -> Vec<(RecordId, Why)> {
    let reads = office.reads.borrow();
    reads.iter().flat_map(|reads| &reads.items).map(|item| (item.record, item.why)).collect()
}

#[test]
fn a_reading_offline_outlives_a_kill_and_arrives_with_the_next_round_after_unlocking() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    now(vault.opened(id(1), Why::Person)).unwrap();
    // Killed: nothing was flushed, nothing locked.
    drop(vault.clone());
    let vault = unlocked(&store, &vault);
    assert_eq!(now(vault.readings_pending()).unwrap(), 1);
    now(vault.flush_reads()).unwrap();
    go(&store, &office);
    assert_eq!(arrived(&office), [(id(1), Why::Person)]);
    assert_eq!(office.reads.borrow()[0].enrolment, EnrolmentId([1; 16]));
    assert_eq!(now(vault.readings_pending()).unwrap(), 0);
}

#[test]
fn opening_a_record_again_within_minutes_is_one_reading_and_printing_it_is_another() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    for _ in 0..5 {
        now(vault.opened(id(1), Why::Group)).unwrap();
    }
    now(vault.opened(id(1), Why::Slip)).unwrap();
    now(vault.opened(id(2), Why::Group)).unwrap();
    assert_eq!(now(vault.readings_pending()).unwrap(), 3);
}

#[test]
fn what_was_opened_by_a_grant_says_so_until_the_grant_ends() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    let grant = |emergency, until| seal::page::Grant { group: id(200), until, emergency };
    let granted = |grant| vault.with(|open| open.grants = vec![grant]).unwrap();
    granted(grant(true, u64::MAX));
    now(vault.opened(id(1), Why::Person)).unwrap();
    now(vault.opened(id(9), Why::Person)).unwrap();
    granted(grant(false, u64::MAX));
    now(vault.opened(id(200), Why::Group)).unwrap();
    granted(grant(true, 1));
    now(vault.opened(id(200), Why::Slip)).unwrap();
    now(vault.flush_reads()).unwrap();
    go(&store, &office);
    let found = [(id(1), Why::BreakGlass), (id(9), Why::Person), (id(200), Why::Grant), (id(200), Why::Slip)];
    assert_eq!(arrived(&office), found);
}

#[test]
fn twenty_readings_are_queued_by_themselves_and_in_one_envelope() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    for number in 1..=20 {
        now(vault.opened(id(number), Why::Person)).unwrap();
    }
    assert_eq!(now(vault.readings_pending()).unwrap(), 0);
    assert_eq!(now(store.mailbox().left()).unwrap(), 1);
    go(&store, &office);
    assert_eq!(arrived(&office).len(), 20);
    assert_eq!(office.reads.borrow().len(), 1);
}

#[test]
fn readings_are_no_work_that_waits_for_anybody() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    now(vault.opened(id(1), Why::Person)).unwrap();
    now(vault.flush_reads()).unwrap();
    let waiting = now(vault.waiting()).unwrap();
    assert_eq!((waiting.unsent, waiting.saved_here, waiting.oldest), (0, 0, None));
    assert!(now(vault.outbox()).unwrap().is_empty());
    // A server that knows no readings keeps them waiting, and nobody is asked to look.
    office.verdict.set(Some(seal::Verdict::UnknownVersion));
    go(&store, &office);
    assert!(arrived(&office).is_empty());
    assert_eq!(now(vault.waiting()).unwrap().attention, 0);
    go(&store, &office);
    assert_eq!(arrived(&office).len(), 1);
}

#[test]
fn readings_lie_sealed_and_one_that_does_not_open_is_set_aside_and_stops_nothing() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    now(vault.opened(id(7), Why::Person)).unwrap();
    let key = reads_of(vault.identity().vault);
    let row = now(vault.get(Table::Counters, &key)).unwrap().unwrap();
    assert!(!row.windows(16).any(|part| part == id(7).0));
    let mut batch = Batch::default();
    batch.put(Table::Counters, key, vec![1; row.len()]);
    now(database.commit(batch)).unwrap();
    now(vault.opened(id(8), Why::Person)).unwrap();
    now(vault.flush_reads()).unwrap();
    go(&store, &office);
    assert_eq!(arrived(&office), [(id(8), Why::Person)]);
    assert_eq!(vault.set_aside().len(), 1);
}

#[test]
fn the_batch_of_a_restored_server_is_sent_again_under_the_same_name() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    now(vault.opened(id(1), Why::Person)).unwrap();
    now(vault.flush_reads()).unwrap();
    go(&store, &office);
    office.epoch.set([9; 16]);
    now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    go(&store, &office);
    go(&store, &office);
    let reads = office.reads.borrow();
    assert_eq!(reads.len(), 2);
    assert_eq!(reads[0].batch, reads[1].batch);
}

#[test]
fn the_newest_checkpoint_is_kept_only_after_the_one_before_was_handed_back() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let checkpoint = |serial| {
        let at = seal::Checkpoint {
            epoch: [1; 16],
            at: serial,
            entries_seq: serial,
            entries_head: [2; 32],
            audit_seq: serial,
            audit_head: [3; 32],
            serial,
        };
        at.to_bytes(&office.secrets.signing)
    };
    let held = || now(store.mailbox().posts()).unwrap()[0].row.checkpoint.clone().map(|held| held.to_vec());
    let save =
        |number| now(vault.save(&registers(&vault, number, number, "Amina"), note("Amina"), None)).unwrap();
    office.checkpoint.replace(Some(checkpoint(1)));
    save(1);
    go(&store, &office);
    // It held none: it says so, and keeps the first.
    assert_eq!((office.echoed.take(), held()), (vec![Vec::new()], Some(checkpoint(1))));
    office.checkpoint.replace(Some(checkpoint(2)));
    office.deaf.set(true);
    save(2);
    go(&store, &office);
    assert_eq!((office.echoed.take(), held()), (vec![], Some(checkpoint(1))));
    office.deaf.set(false);
    save(3);
    go(&store, &office);
    assert_eq!((office.echoed.take(), held()), (vec![checkpoint(1)], Some(checkpoint(2))));
    // Nothing new and just handed back: not again. What another signed is not kept.
    go(&store, &office);
    assert!(office.echoed.take().is_empty());
    let other = seal::ServerSecrets::generate(&mut clock::rng());
    let forged = seal::Checkpoint::from_bytes(&checkpoint(9), &office.secrets.signing.public()).unwrap();
    office.checkpoint.replace(Some(forged.to_bytes(&other.signing)));
    save(4);
    go(&store, &office);
    assert_eq!((office.echoed.take(), held()), (vec![checkpoint(2)], Some(checkpoint(2))));
}
