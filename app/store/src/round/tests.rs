//! What happens on the way, whatever the line does.

use super::*;
use crate::database::Database;
use crate::mailbox::LARGEST_PARCEL;
use crate::rows::{self, CapsuleRow};
use crate::store::Store;
use crate::tables::{Key, Table};
use crate::testing::*;
use crate::transaction::Batch;
use crate::{ItemState, Vault};
use domain::{DraftId, EntryId};
use seal::Verdict;

fn go(store: &Store, office: &Office) -> RoundOutcome {
    now(run(&store.mailbox(), office, Budget::NOW)).unwrap()
}

fn office_with(entries: u8) -> (Office, Store, Vault, [u8; 32]) {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    for entry in 1..=entries {
        now(vault.save(&registers(&vault, entry, entry, "Amina"), note("Amina"), None)).unwrap();
    }
    (office, store, vault, inbox)
}

fn sent(vault: &Vault) -> (usize, usize) {
    let waiting = now(vault.waiting()).unwrap();
    (waiting.saved_here, waiting.unsent)
}

#[test]
fn everything_saved_arrives_once_although_the_vault_is_locked() {
    let (office, store, vault, _) = office_with(5);
    vault.lock();
    let outcome = go(&store, &office);
    assert_eq!((outcome.delivered, outcome.left, outcome.trouble), (5, 0, None));
    assert_eq!(office.entries.borrow().len(), 5);
    assert_eq!(go(&store, &office).delivered, 0);
    assert_eq!(office.parcels.borrow().len(), 1);
}

#[test]
fn an_answer_lost_after_the_server_committed_makes_no_second_copy() {
    let (office, store, vault, _) = office_with(3);
    office.after.borrow_mut().push(Trouble::NoAnswer);
    let outcome = go(&store, &office);
    assert_eq!((outcome.delivered, outcome.left, outcome.trouble), (0, 3, Some(Trouble::NoAnswer)));
    let item = now(vault.outbox()).unwrap().remove(0);
    assert_eq!((item.tries, item.reason.as_str(), item.state), (1, "NoAnswer", ItemState::Waiting));
    assert_eq!(go(&store, &office).delivered, 3);
    assert_eq!(office.entries.borrow().len(), 3);
    assert_eq!(sent(&vault), (3, 0));
}

#[test]
fn nothing_but_the_servers_receipt_acknowledges() {
    let (office, store, vault, _) = office_with(2);
    for trouble in
        [Trouble::NoAnswer, Trouble::ServerUnavailable, Trouble::DepositRefused, Trouble::NotSignedIn]
    {
        office.before.borrow_mut().push(trouble);
        assert_eq!(go(&store, &office).trouble, Some(trouble));
        assert_eq!(sent(&vault), (2, 2));
    }
    office.portal.set(true);
    assert_eq!(go(&store, &office).trouble, Some(Trouble::WrongSignature));
    assert_eq!(sent(&vault), (2, 2));
    office.portal.set(false);
    assert_eq!(go(&store, &office).delivered, 2);
}

#[test]
fn what_the_server_parks_or_refuses_stays_in_sight() {
    let (office, store, vault, _) = office_with(1);
    office.verdict.set(Some(Verdict::Unreadable));
    assert_eq!(go(&store, &office).refused, 1);
    let item = now(vault.outbox()).unwrap().remove(0);
    assert_eq!((item.state, item.verdict), (ItemState::Refused, Some(Verdict::Unreadable)));
    assert_eq!(now(vault.waiting()).unwrap().attention, 1);
    // Not again and again, but when somebody asks.
    assert_eq!(now(run(&store.mailbox(), &office, Budget::PAGE)).unwrap().refused, 0);
    now(vault.retry(item.key)).unwrap();
    office.verdict.set(Some(Verdict::Parked));
    assert_eq!(now(run(&store.mailbox(), &office, Budget::PAGE)).unwrap().parked, 1);
    assert_eq!(now(vault.outbox()).unwrap()[0].state, ItemState::Parked);
    assert_eq!(sent(&vault), (1, 0));
    now(vault.dismiss(item.key)).unwrap();
    assert!(now(vault.outbox()).unwrap().is_empty());
    assert_eq!(sent(&vault), (1, 0));
}

#[test]
fn what_was_entered_and_has_something_to_say_is_shown_until_it_is_put_away() {
    let (office, store, vault, _) = office_with(2);
    office.reason.set("given_twice");
    assert_eq!(go(&store, &office).delivered, 2);
    assert_eq!(office.entries.borrow().len(), 2);
    let items = now(vault.outbox()).unwrap();
    let [item] = items.as_slice() else { panic!("one of two") };
    assert_eq!((item.state, item.reason.as_str()), (ItemState::Noted, "given_twice"));
    let waiting = now(vault.waiting()).unwrap();
    assert_eq!((waiting.saved_here, waiting.unsent, waiting.attention), (2, 0, 1));
    assert!(now(vault.unsent_records()).unwrap().is_empty());
    assert_eq!(go(&store, &office).delivered, 0, "the server holds it");
    // Restored from a backup of before, the server is told again.
    office.epoch.set([2; 16]);
    office.entries.borrow_mut().clear();
    go(&store, &office);
    go(&store, &office);
    assert_eq!(office.entries.borrow().len(), 2);
    assert!(now(vault.outbox()).unwrap().is_empty(), "and this time it had nothing to say");
    office.reason.set("given_twice");
    now(vault.save(&registers(&vault, 3, 3, "Amina"), note("Amina"), None)).unwrap();
    go(&store, &office);
    let item = now(vault.outbox()).unwrap().remove(0);
    now(vault.dismiss(item.key)).unwrap();
    assert!(now(vault.outbox()).unwrap().is_empty());
    assert_eq!(sent(&vault), (3, 0));
}

#[test]
fn when_everything_was_heard_is_known_also_where_there_was_nothing_new() {
    let (office, store, vault, inbox) = office_with(0);
    assert_eq!(now(vault.collected_at()), Ok(None));
    office.before.borrow_mut().push(Trouble::NoAnswer);
    go(&store, &office);
    let first = now(vault.collected_at()).unwrap();
    assert!(first.is_some(), "the server has nothing to tell");
    office.lay_out(&vault, &inbox, vec![colleagues(1, "Rosa")]);
    office.lay_out(&vault, &inbox, vec![colleagues(2, "Rosa")]);
    go(&store, &office);
    assert!(now(vault.collected_at()).unwrap() >= first);
    assert_eq!(now(vault.fold_inbox(9)).unwrap().records, 2);
}

#[test]
fn a_server_that_lost_the_capsule_gets_it_again() {
    let (office, store, vault, _) = office_with(1);
    go(&store, &office);
    now(vault.save(&registers(&vault, 2, 2, "Amina"), note("Amina"), None)).unwrap();
    office.capsules.borrow_mut().clear();
    let outcome = go(&store, &office);
    assert_eq!((outcome.delivered, outcome.left), (1, 0));
    assert_eq!(office.entries.borrow().len(), 2);
}

#[test]
fn a_restored_server_gets_back_what_it_lacks() {
    let (office, store, vault, _) = office_with(4);
    go(&store, &office);
    assert_eq!(sent(&vault), (4, 0));
    // Back to a state from before anything arrived.
    office.entries.borrow_mut().clear();
    office.capsules.borrow_mut().clear();
    office.epoch.set([2; 16]);
    now(vault.save(&registers(&vault, 9, 9, "Amina"), note("Amina"), None)).unwrap();
    let outcome = go(&store, &office);
    assert_eq!((outcome.left, outcome.trouble), (0, None));
    assert_eq!(office.entries.borrow().len(), 5);
    assert_eq!(sent(&vault), (5, 0));
}

#[test]
fn a_restore_is_noticed_by_collecting_too() {
    let (office, store, vault, _) = office_with(2);
    go(&store, &office);
    office.entries.borrow_mut().clear();
    office.epoch.set([2; 16]);
    go(&store, &office);
    go(&store, &office);
    assert_eq!(office.entries.borrow().len(), 2);
    assert_eq!(sent(&vault), (2, 0));
}

#[test]
fn parcels_grow_on_a_good_line_and_never_exceed_their_size() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let long: String = (0..3000u32).map(|n| char::from(b'a' + (n * n % 26) as u8)).collect();
    for entry in 1..=60 {
        now(vault.save(&registers(&vault, entry, entry, &format!("{long}{entry}")), note("x"), None))
            .unwrap();
    }
    assert_eq!(go(&store, &office).delivered, 60);
    let parcels = office.parcels.borrow();
    assert!(parcels[0] <= 9 * 1024 && parcels.iter().all(|size| *size <= 65 * 1024), "{parcels:?}");
    assert!(parcels.len() >= 2);
    assert_eq!(now(store.mailbox().parcel_size()).unwrap(), LARGEST_PARCEL);
}

#[test]
fn drafts_wait_a_little_and_a_newer_state_is_not_lost_to_an_older_receipt() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let draft = DraftId([4; 16]);
    now(vault.save_draft(draft, EntryId([1; 16]), b"first", Default::default())).unwrap();
    assert_eq!(now(run(&store.mailbox(), &office, Budget::PAGE)).unwrap().delivered, 0);
    // The first state is on its way when the next one is kept.
    let mailbox = store.mailbox();
    let waybill = now(mailbox.waybill(true)).unwrap();
    now(vault.save_draft(draft, EntryId([1; 16]), b"second", Default::default())).unwrap();
    let receipt = seal::Receipt {
        envelope: seal::short_digest(&waybill.waiting[0].row.envelope),
        verdict: Verdict::Accepted,
        reason: String::new(),
    };
    now(mailbox.settle(&waybill.waiting, &[receipt], [1; 16], &waybill.capsules)).unwrap();
    assert_eq!(now(mailbox.left()).unwrap(), 1);
    // The receipt said that the capsule is held; this server never saw it and says so.
    go(&store, &office);
    assert_eq!(office.drafts.borrow().last().map(Vec::as_slice), Some(&b"second"[..]));
    assert_eq!(now(mailbox.left()).unwrap(), 0);
}

#[test]
fn pages_are_collected_for_who_signed_in_last_and_once() {
    let (office, store, first, _) = office_with(0);
    let (second, inbox) = office.enrol(&store, 2);
    std::thread::sleep(std::time::Duration::from_millis(2));
    let answer = api::SignedIn {
        epoch: office.epoch.get().to_vec().into(),
        role: 1,
        site: "meteti".into(),
        server_keys: office.server_keys().into(),
    };
    now(second.signed_in(&answer)).unwrap();
    for number in 0..3 {
        office.lay_out(&second, &inbox, vec![colleagues(number, "Amina")]);
    }
    assert_eq!(go(&store, &office).collected_pages, 3);
    assert_eq!(go(&store, &office).collected_pages, 0);
    assert_eq!(now(first.fold_inbox(10)).unwrap().records, 0);
    assert_eq!(now(second.fold_inbox(10)).unwrap().records, 3);
}

#[test]
fn a_full_device_stops_collecting_and_loses_nothing() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    office.lay_out(&vault, &inbox, (0..50).map(|n| colleagues(n, "Amina")).collect());
    database.limit_room(Some(database.size() + 60));
    assert_eq!(go(&store, &office).trouble, Some(Trouble::Full));
    database.limit_room(None);
    assert_eq!(go(&store, &office).collected_pages, 1);
}

/// The envelope at a place of the waybill.
fn envelope(store: &Store, place: usize) -> Vec<u8> {
    now(store.mailbox().waybill(true)).unwrap().waiting[place].row.envelope.to_vec()
}

#[test]
fn one_envelope_that_makes_the_server_refuse_a_parcel_holds_up_no_other() {
    let (office, store, vault, _) = office_with(5);
    office.poison.borrow_mut().push((envelope(&store, 1), Trouble::Refused));
    let outcome = go(&store, &office);
    assert_eq!((outcome.delivered, outcome.refused, outcome.left, outcome.trouble), (4, 1, 0, None));
    let item = now(vault.outbox()).unwrap().remove(0);
    assert_eq!((item.state, item.reason.as_str(), item.tries), (ItemState::Refused, "Refused", 1));
    // It is not deleted, and goes as soon as the server takes it.
    office.poison.borrow_mut().clear();
    assert_eq!(go(&store, &office).delivered, 1);
}

#[test]
fn one_envelope_that_the_server_stumbles_over_goes_last_and_holds_up_no_other() {
    let (office, store, vault, _) = office_with(5);
    for place in [0, 2] {
        office.poison.borrow_mut().push((envelope(&store, place), Trouble::ServerUnavailable));
    }
    let delivered: usize = (0..12).map(|_| go(&store, &office).delivered).sum();
    assert_eq!((delivered, now(vault.outbox()).unwrap().len()), (3, 2));
    // Neither of the two keeps the other from being tried.
    office.poison.borrow_mut().remove(0);
    let delivered: usize = (0..2).map(|_| go(&store, &office).delivered).sum();
    assert_eq!((delivered, now(vault.outbox()).unwrap().len()), (1, 1));
}

#[test]
fn another_signing_key_is_believed_when_the_root_vouches_for_it_and_only_then() {
    let (mut office, store, vault, inbox) = office_with(2);
    let before = core::mem::replace(&mut office.root, Office::new().root);
    office.secrets.signing = Office::new().secrets.signing;
    let outcome = go(&store, &office);
    assert_eq!((outcome.delivered, outcome.trouble), (0, Some(Trouble::WrongSignature)));
    assert_eq!(sent(&vault), (2, 2));
    office.root = before;
    office.lay_out(&vault, &inbox, vec![colleagues(1, "Amina")]);
    let outcome = go(&store, &office);
    assert_eq!((outcome.delivered, outcome.trouble), (2, None));
    // The vault, which was not signed in to since, opens what is signed with it.
    assert_eq!(now(vault.fold_inbox(10)).unwrap().records, 1);
}

#[test]
fn a_capsule_stays_as_long_as_anything_needs_it_or_may_soon() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    go(&store, &office);
    let capsules = |database: &Database| -> Vec<(Key, Vec<u8>)> {
        let rows = database.every_value().into_iter().filter(|(table, ..)| *table == Table::Capsules);
        rows.map(|(_, key, value)| (key, value)).collect()
    };
    let (key, bytes) = capsules(&database).remove(0);
    let row: CapsuleRow = rows::read(Table::Capsules, &bytes).unwrap();
    let mut batch = Batch::default();
    // As if everything had been delivered and forgotten long ago, in a session that goes on.
    batch.put(Table::Capsules, key.clone(), rows::write(&CapsuleRow { made_at: 0, ..row }));
    batch.delete(Table::Sent, crate::ItemKey::of_entry(EntryId([1; 16])).in_sent(vault.identity().vault));
    now(database.commit(batch)).unwrap();
    // Something is saved just before the capsule would go.
    let (other, second) = (vault.clone(), registers(&vault, 2, 2, "Amina"));
    database.before_next_commit(move || {
        now(other.save(&second, note("Amina"), None)).unwrap();
    });
    now(store.mailbox().tidy()).unwrap();
    assert_eq!(capsules(&database).len(), 1);
    // Should it be lost all the same, the next save brings it back.
    let mut batch = Batch::default();
    batch.delete(Table::Capsules, key);
    now(database.commit(batch)).unwrap();
    office.capsules.borrow_mut().clear();
    now(vault.save(&registers(&vault, 3, 3, "Amina"), note("Amina"), None)).unwrap();
    let outcome = go(&store, &office);
    assert_eq!((outcome.delivered, outcome.left), (2, 0));
    assert_eq!(office.entries.borrow().len(), 3);
}

/// Another office, with a root and keys of its own.
fn other_office() -> Office {
    let mut other = Office::new();
    other.root = seal::RootKey::generate(&mut crate::clock::rng());
    other
}

#[test]
fn nobody_joins_with_another_office_on_the_same_device() {
    let (office, (store, database)) = (Office::new(), device());
    let (root, other) = (office.root.fingerprint(), other_office());
    assert_eq!(now(store.mailbox().admits(&root)), Ok(()), "a fresh device is anybody's");
    office.enrol(&store, 1);
    office.enrol(&store, 2);
    let before = database.every_value().len();
    assert_eq!(now(store.mailbox().admits(&root)), Ok(()));
    assert_eq!(now(store.mailbox().admits(&other.root.fingerprint())), Err(StoreError::OtherOffice));
    assert_eq!(other.try_enrol(&store, 3).err(), Some(StoreError::OtherOffice));
    assert_eq!(database.every_value().len(), before);
}

#[test]
fn a_server_is_believed_of_what_its_own_people_made_only() {
    let (office, other) = (Office::new(), other_office());
    let ((store, database), (elsewhere, there)) = (device(), device());
    let (vault, _) = office.enrol(&store, 1);
    let (_, _) = other.enrol(&elsewhere, 2);
    // A device of former days on which both had joined.
    let mut batch = crate::transaction::Batch::default();
    for (table, key, value) in there.every_value() {
        if table == crate::tables::Table::Posts {
            batch.put(table, key, value);
        }
    }
    now(database.commit(batch)).unwrap();
    let draft = domain::DraftId([1; 16]);
    let photo = now(vault.keep_attachment(draft, seal::Media::JPEG, &picture(100))).unwrap();
    now(vault.save(&registers_with(&vault, 1, &photo), note("Amina"), Some(draft))).unwrap();
    let outcome = now(crate::round::run(&store.mailbox(), &other, Budget::PAGE)).unwrap();
    assert_eq!((outcome.delivered, outcome.chunks, outcome.left), (0, 0, 1));
    assert_eq!(now(vault.waiting()).unwrap().pictures, 1);
    let outcome = now(crate::round::run(&store.mailbox(), &office, Budget::NOW)).unwrap();
    assert_eq!((outcome.delivered, outcome.chunks, outcome.left), (1, 1, 0));
}

#[test]
fn a_server_that_was_asked_too_often_is_left_alone_as_long_as_it_says_and_nothing_is_deleted() {
    let (office, store, vault, _) = office_with(3);
    let unbidden = |store: &Store| now(run(&store.mailbox(), &office, Budget::PAGE)).unwrap();
    let size = now(store.mailbox().parcel_size()).unwrap();
    office.before.borrow_mut().push(Trouble::TooMany(120));
    let outcome = unbidden(&store);
    assert_eq!((outcome.delivered, outcome.left, outcome.trouble), (0, 3, Some(Trouble::TooMany(120))));
    assert_eq!(sent(&vault), (3, 3));
    let item = now(vault.outbox()).unwrap().remove(0);
    assert_eq!((item.tries, item.state), (0, ItemState::Waiting), "it was not looked at");
    assert!(now(store.mailbox().parcel_size()).unwrap() >= size, "smaller parcels would be more of them");

    // The server would answer now; it is not asked, nor is it a minute later than it said.
    let outcome = unbidden(&store);
    assert_eq!((outcome.delivered, outcome.left), (0, 3));
    assert!(matches!(outcome.trouble, Some(Trouble::TooMany(1..=120))), "{outcome:?}");
    assert!(office.parcels.borrow().is_empty());
    now(store.mailbox().be_quiet_until(0)).unwrap();
    assert_eq!(unbidden(&store).delivered, 3);
    assert_eq!(sent(&vault), (3, 0));
}

#[test]
fn who_presses_send_now_is_not_told_to_wait_by_the_device_and_nobody_can_silence_it_for_long() {
    let (office, store, vault, _) = office_with(1);
    office.before.borrow_mut().push(Trouble::TooMany(u32::MAX));
    go(&store, &office);
    let until = now(store.mailbox().start(&[])).unwrap().quiet_until;
    let quiet = road::device::quiet_for(until, crate::now_ms());
    assert!((1..=5 * 60).contains(&quiet), "{quiet}");
    assert_eq!(go(&store, &office).delivered, 1);
    assert_eq!(sent(&vault), (1, 0));
}
