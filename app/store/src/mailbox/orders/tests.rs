use crate::tables::{self, Table};
use crate::testing::*;
use crate::{Budget, Store, Trouble, Vault, round};
use domain::EnrolmentId;
use seal::server_keys::SigningSecret;
use seal::{Deed, Order};

fn order(deed: Deed, enrolment: EnrolmentId, serial: u64) -> Order {
    Order { enrolment, deed, at: 1_790_000_000_000, epoch: [1; 16].into(), serial }
}

fn give(office: &Office, vault: &Vault, order: Order) {
    let bytes = order.sign(&office.secrets.signing).unwrap();
    office.orders.borrow_mut().insert([vault.identity().enrolment.0[0]; 32].to_vec(), bytes);
}

fn run(office: &Office, store: &Store) {
    now(round::run(&store.mailbox(), office, Budget::PAGE)).unwrap();
}

fn of(vault: &Vault, database: &crate::database::Database) -> Vec<Table> {
    let (from, to) = tables::beginning_with(&vault.identity().vault.0);
    let rows = database.every_value().into_iter().filter(|(_, key, _)| *key >= from && *key < to);
    let mut found: Vec<Table> = rows.map(|(table, ..)| table).collect();
    found.dedup();
    found
}

#[test]
fn a_withdrawn_access_no_longer_opens_and_what_it_saved_is_still_handed_in() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, inbox) = office.enrol(&store, 1);
    let (other, _) = office.enrol(&store, 2);
    office.lay_out(&vault, &inbox, (0..100).map(|n| colleagues(n, "Luis")).collect());
    run(&office, &store);
    now(vault.fold_inbox(9)).unwrap();
    let entry = registers(&vault, 1, 1, "Amina");
    now(vault.save(&entry, note("Amina"), None)).unwrap();
    let info = now(store.vaults()).unwrap().into_iter().find(|it| it.id == vault.identity().vault).unwrap();
    give(&office, &vault, order(Deed::Revoke, vault.identity().enrolment, 5));
    // The order comes although nothing can be handed in at that moment.
    office.before.borrow_mut().push(Trouble::ServerUnavailable);
    run(&office, &store);
    run(&office, &store);
    assert_eq!(of(&vault, &database), [Table::Posts]);
    assert!(now(store.unlock(&info, &STRETCHED)).is_err());
    let left = now(store.vaults()).unwrap();
    assert_eq!(left.iter().map(|it| it.id).collect::<Vec<_>>(), [other.identity().vault]);
    run(&office, &store);
    assert!(office.entries.borrow().contains_key(&entry.id));
    let withdrawn = now(store.mailbox().withdrawn()).unwrap();
    assert_eq!(withdrawn.iter().map(|it| (it.wiped, it.unsent)).collect::<Vec<_>>(), [(false, 0)]);
    // A device whose only access was withdrawn has not lost its store.
    give(&office, &other, order(Deed::Wipe, other.identity().enrolment, 1));
    run(&office, &store);
    assert!(now(store.vaults()).unwrap().is_empty());
    assert_eq!(now(store.mailbox().withdrawn()).unwrap().len(), 2);
}

#[test]
fn an_order_that_is_forged_is_for_another_or_was_played_before_changes_nothing() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let me = vault.identity().enrolment;
    let token = [me.0[0]; 32].to_vec();
    let before = of(&vault, &database);
    let other = SigningSecret::generate(&mut crate::clock::rng());
    for forged in [
        order(Deed::Wipe, me, 9).sign(&other).unwrap(),
        order(Deed::Wipe, EnrolmentId([77; 16]), 9).sign(&office.secrets.signing).unwrap(),
        b"<html>Sign in to the hotel</html>".to_vec(),
        Vec::new(),
    ] {
        office.orders.borrow_mut().insert(token.clone(), forged);
        run(&office, &store);
        assert_eq!(of(&vault, &database), before);
    }
    // Taken back before it came: the older one, played again, is no news.
    give(&office, &vault, order(Deed::Nothing, me, 8));
    run(&office, &store);
    give(&office, &vault, order(Deed::Wipe, me, 7));
    run(&office, &store);
    assert_eq!(of(&vault, &database), before);
    assert!(now(store.mailbox().withdrawn()).unwrap().is_empty());
    give(&office, &vault, order(Deed::Wipe, me, 9));
    run(&office, &store);
    assert_eq!(now(store.vaults()).unwrap(), []);
}

#[test]
fn what_an_open_page_writes_after_the_order_is_swept_and_its_entry_handed_in() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    give(&office, &vault, order(Deed::Wipe, vault.identity().enrolment, 5));
    run(&office, &store);
    let entry = registers(&vault, 1, 1, "Amina");
    now(vault.save(&entry, note("Amina"), None)).unwrap();
    run(&office, &store);
    assert!(office.entries.borrow().contains_key(&entry.id));
    run(&office, &store);
    assert_eq!(of(&vault, &database), [Table::Posts]);
    assert!(
        database.every_value().iter().all(|(table, ..)| *table != Table::Sent && *table != Table::Outbox)
    );
}

#[test]
fn the_office_hears_how_many_wait_and_for_how_long() {
    let (office, (store, _)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    assert_eq!(now(store.mailbox().report_of(vault.identity().vault)).unwrap().unsent, 1);
    run(&office, &store);
    let unsent: Vec<u32> = office.reports.borrow().iter().map(|report| report.unsent).collect();
    assert_eq!(unsent, [0]);
}
