//! The server's keys change while a device works, waits or sleeps: nothing is lost and nothing older is believed.

use super::*;
use crate::testing::*;
use crate::{StoreError, Vault};
use seal::{Deed, Order, RootKey, ServerSecrets};

/// The office with another pair of keys, valid from then on; the former pair is given back.
fn rotate(office: &mut Office, from: u64) -> ServerSecrets {
    office.keys_from.set(from);
    core::mem::replace(&mut office.secrets, ServerSecrets::generate(&mut crate::clock::rng()))
}

fn go(mailbox: &Mailbox, office: &Office) -> RoundOutcome {
    now(run(mailbox, office, Budget::NOW)).unwrap()
}

fn signed_in(office: &Office) -> api::SignedIn {
    api::SignedIn {
        epoch: office.epoch.get().to_vec().into(),
        role: 1,
        site: "meteti".into(),
        server_keys: office.server_keys().into(),
    }
}

fn people(vault: &Vault) -> usize {
    while now(vault.fold_inbox(10)).unwrap().left > 0 {}
    assert!(vault.set_aside().is_empty(), "no page was taken for damaged");
    vault.count().people
}

#[test]
fn a_device_asleep_through_two_rotations_delivers_and_collects_with_nothing_lost() {
    let (mut office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    for entry in 1..=3 {
        now(vault.save(&registers(&vault, entry, entry, "Amina"), note("Amina"), None)).unwrap();
    }
    // Collected, and not opened before it fell asleep.
    office.lay_out(&vault, &inbox, vec![colleagues(11, "Luz")]);
    go_collecting_only(&store, &office);
    vault.lock();
    let first = rotate(&mut office, 10);
    let second = rotate(&mut office, 20);
    office.former.borrow_mut().extend([first, second]);

    let vault = now(store.unlock(&now(store.vaults()).unwrap()[0], &STRETCHED)).unwrap();
    office.lay_out(&vault, &inbox, vec![colleagues(12, "Sol")]);
    let outcome = go(&store.mailbox(), &office);
    assert_eq!((outcome.delivered, outcome.left, outcome.trouble), (3, 0, None));
    assert_eq!(office.entries.borrow().len(), 3, "sealed to a key of two rotations ago");
    assert_eq!(people(&vault), 5);
    // What is saved from now on is sealed to the key of today.
    office.former.borrow_mut().clear();
    now(vault.save(&registers(&vault, 4, 4, "Iván"), note("Iván"), None)).unwrap();
    assert_eq!(go(&store.mailbox(), &office).delivered, 1);
    assert_eq!(office.entries.borrow().len(), 4);
}

fn go_collecting_only(store: &crate::Store, office: &Office) {
    office.before.borrow_mut().push(Trouble::ServerUnavailable);
    let outcome = go(&store.mailbox(), office);
    assert_eq!((outcome.delivered, outcome.collected_pages), (0, 1));
}

#[test]
fn a_page_signed_with_a_key_that_nobody_heard_of_yet_waits_for_the_key() {
    let (mut office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    rotate(&mut office, 10);
    office.lay_out(&vault, &inbox, vec![colleagues(1, "Luz")]);
    // Nothing is to be delivered: only the page says that there is another key.
    let outcome = go(&store.mailbox(), &office);
    assert_eq!((outcome.collected_pages, outcome.trouble), (1, None));
    assert_eq!(people(&vault), 1);
    // A page of somebody whom the root does not vouch for is not taken in, and the cursor stays.
    let root = core::mem::replace(&mut office.root, RootKey::generate(&mut crate::clock::rng()));
    let own = rotate(&mut office, 20);
    office.lay_out(&vault, &inbox, vec![colleagues(2, "Sol")]);
    let outcome = go(&store.mailbox(), &office);
    assert_eq!((outcome.collected_pages, outcome.trouble), (0, Some(Trouble::WrongSignature)));
    (office.root, office.secrets) = (root, own);
    office.pages.borrow_mut().pop();
    office.lay_out(&vault, &inbox, vec![colleagues(2, "Sol")]);
    assert_eq!(go(&store.mailbox(), &office).collected_pages, 1);
    assert_eq!(people(&vault), 2);
}

#[test]
fn pages_that_wait_while_somebody_signs_in_after_a_rotation_still_open() {
    let (mut office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    for (number, from) in [(1, 10), (2, 20), (3, 30)] {
        office.lay_out(&vault, &inbox, vec![colleagues(number, "Luz")]);
        assert_eq!(go(&store.mailbox(), &office).collected_pages, 1);
        rotate(&mut office, from);
        now(vault.signed_in(&signed_in(&office))).unwrap();
    }
    vault.lock();
    let vault = now(store.unlock(&now(store.vaults()).unwrap()[0], &STRETCHED)).unwrap();
    assert_eq!(people(&vault), 3);
}

#[test]
fn stolen_keys_of_former_days_are_never_believed_again() {
    let (mut office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    rotate(&mut office, 10);
    now(vault.signed_in(&signed_in(&office))).unwrap();
    let stolen = rotate(&mut office, 20);
    office.former.borrow_mut().push(ServerSecrets::from_bytes(&stolen.to_bytes()).unwrap());
    now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    assert_eq!(go(&store.mailbox(), &office).delivered, 1);
    // Whoever holds the former pair and the statement about it plays server.
    let own = core::mem::replace(&mut office.secrets, stolen);
    office.keys_from.set(10);
    now(vault.save(&registers(&vault, 2, 2, "Omar"), note("Omar"), None)).unwrap();
    let outcome = go(&store.mailbox(), &office);
    assert_eq!((outcome.delivered, outcome.trouble), (0, Some(Trouble::WrongSignature)));
    now(vault.fold_inbox(1)).unwrap();
    assert_eq!(now(vault.signed_in(&signed_in(&office))), Err(StoreError::Untrusted));
    office.secrets = own;
    office.keys_from.set(20);
    assert_eq!(go(&store.mailbox(), &office).delivered, 1);
}

#[test]
fn an_idle_device_follows_an_order_signed_with_a_key_it_has_not_heard_of() {
    let (mut office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    rotate(&mut office, 10);
    let enrolment = vault.identity().enrolment;
    let order =
        Order { enrolment, deed: Deed::Revoke, at: 1_790_000_000_000, epoch: [1; 16].into(), serial: 1 };
    let give = |office: &Office, signing: &seal::server_keys::SigningSecret| {
        office.orders.borrow_mut().insert(vec![1; 32], order.sign(signing).unwrap());
        go(&store.mailbox(), office);
        now(store.mailbox().withdrawn()).unwrap().len()
    };
    // Of somebody whom the root does not vouch for it is no order.
    assert_eq!(give(&office, &ServerSecrets::generate(&mut crate::clock::rng()).signing), 0);
    assert_eq!(give(&office, &office.secrets.signing), 1);
}

#[test]
fn an_answer_signed_with_a_key_that_nobody_heard_of_yet_is_read_with_it_and_one_of_a_former_key_is_not() {
    let (mut office, (store, _)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let enrolment = vault.identity().enrolment;
    let answer = |signing: &seal::server_keys::SigningSecret, nonce: &[u8; 16]| {
        let said = "Rosa".to_owned();
        seal::answer::seal(&said, &mut crate::clock::rng(), signing, (enrolment, &inbox), nonce).unwrap()
    };
    let read = |office: &Office, sealed: &[u8], nonce: &[u8; 16]| {
        now(vault.read_answer::<String>(sealed, nonce, office))
    };
    let former = rotate(&mut office, 10);
    let sealed = answer(&office.secrets.signing, &[1; 16]);
    assert_eq!(read(&office, &sealed, &[1; 16]).as_deref(), Ok("Rosa"));
    assert_eq!(read(&office, &sealed, &[2; 16]), Err(StoreError::Untrusted), "to another question");
    // What was heard of stays: the office is not asked again.
    office.keys_from.set(0);
    assert_eq!(read(&office, &sealed, &[1; 16]).as_deref(), Ok("Rosa"));
    assert_eq!(read(&office, &answer(&former.signing, &[3; 16]), &[3; 16]), Err(StoreError::Untrusted));
    // Of somebody whom the root does not vouch for it is none.
    let other = ServerSecrets::generate(&mut crate::clock::rng());
    assert_eq!(read(&office, &answer(&other.signing, &[4; 16]), &[4; 16]), Err(StoreError::Untrusted));
}
