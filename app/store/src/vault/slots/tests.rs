//! What opens a vault, before and after a passkey came and went.

use super::*;
use crate::store::{Store, VaultInfo};
use crate::testing::*;

const COMPUTED: [u8; 32] = [9; 32];

fn passkey() -> PasskeyOf {
    PasskeyOf { credential: b"tablet".to_vec(), salt: [5; 32] }
}

fn info(store: &Store, vault: &Vault) -> VaultInfo {
    let vaults = now(store.vaults()).unwrap();
    vaults.into_iter().find(|info| info.id == vault.identity().vault).unwrap()
}

fn row(database: &crate::database::Database, vault: &Vault) -> VaultRow {
    let key = vault.identity().vault.0.to_vec();
    let rows = now(database.read(&[crate::transaction::Query::Get(Table::Vaults, key)])).unwrap();
    rows::read(Table::Vaults, &rows[0][0].1).unwrap()
}

#[test]
fn a_passkey_opens_its_own_vault_beside_the_passphrase_and_no_other_on_the_tablet() {
    let (office, (store, database)) = (Office::new(), device());
    let (rosa, _) = office.enrol(&store, 1);
    let (luis, _) = office.enrol(&store, 2);
    assert_eq!(info(&store, &rosa).passkey, None);
    let before = row(&database, &rosa);
    now(rosa.add_passkey(&STRETCHED, &passkey(), &COMPUTED)).unwrap();
    assert_eq!(now(rosa.passkey()), Ok(Some(passkey())));
    assert_eq!(info(&store, &rosa).passkey, Some(passkey()));
    assert_eq!(info(&store, &luis).passkey, None);
    let after = row(&database, &rosa);
    assert_eq!((after.slots.len(), &after.slots[0]), (2, &before.slots[0]));
    assert_eq!((after.identity, after.created), (before.identity, before.created));

    let who = info(&store, &rosa);
    let opened = now(store.unlock_with_passkey(&who, &COMPUTED)).unwrap();
    assert_eq!(opened.identity().user, rosa.identity().user);
    assert!(now(store.unlock(&who, &STRETCHED)).is_ok());
    // Each way knows only its own key.
    for outcome in [
        now(store.unlock_with_passkey(&who, &[8; 32])),
        now(store.unlock_with_passkey(&who, &[0; 32])),
        now(store.unlock_with_passkey(&who, &STRETCHED)),
        now(store.unlock(&who, &COMPUTED)),
    ] {
        assert_eq!(outcome.err(), Some(StoreError::WrongPassphrase));
    }
    assert!(now(store.unlock_with_passkey(&info(&store, &luis), &COMPUTED)).is_err());
    assert_eq!(row(&database, &rosa).slots, after.slots);
}

#[test]
fn a_passkey_is_added_only_with_the_passphrase_typed_again() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let before = row(&database, &vault).slots;
    let wrong = now(vault.add_passkey(&[8; 32], &passkey(), &COMPUTED));
    assert_eq!(wrong, Err(StoreError::WrongPassphrase));
    let zeros = now(vault.add_passkey(&STRETCHED, &passkey(), &[0; 32]));
    assert!(matches!(zeros, Err(StoreError::Unavailable(_))));
    vault.lock();
    let locked = now(vault.add_passkey(&STRETCHED, &passkey(), &COMPUTED));
    assert_eq!(locked, Err(StoreError::Locked));
    assert_eq!(row(&database, &vault).slots, before);
}

#[test]
fn another_passkey_takes_the_place_of_the_first_and_removing_it_leaves_the_passphrase() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let before = row(&database, &vault).slots;
    now(vault.add_passkey(&STRETCHED, &passkey(), &COMPUTED)).unwrap();
    let other = PasskeyOf { credential: b"phone".to_vec(), salt: [6; 32] };
    now(vault.add_passkey(&STRETCHED, &other, &[10; 32])).unwrap();
    let who = info(&store, &vault);
    assert_eq!(who.passkey, Some(other));
    assert!(now(store.unlock_with_passkey(&who, &COMPUTED)).is_err());
    assert!(now(store.unlock_with_passkey(&who, &[10; 32])).is_ok());
    now(vault.remove_passkey()).unwrap();
    assert_eq!(row(&database, &vault).slots, before);
    let who = info(&store, &vault);
    assert_eq!(who.passkey, None);
    assert!(now(store.unlock_with_passkey(&who, &[10; 32])).is_err());
    assert!(now(store.unlock(&who, &STRETCHED)).is_ok());
}

#[test]
fn slots_of_a_later_version_stay_where_they_are() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let key = vault.identity().vault.0.to_vec();
    let mut changed = row(&database, &vault);
    // An array that begins with version 1 and kind 9.
    let later = vec![0x83, 0x01, 0x09, 0x00];
    changed.slots.insert(0, later.clone().into());
    let mut batch = Batch::default();
    batch.put(Table::Vaults, key, rows::write(&changed));
    now(database.commit(batch)).unwrap();
    now(vault.add_passkey(&STRETCHED, &passkey(), &COMPUTED)).unwrap();
    now(vault.remove_passkey()).unwrap();
    assert_eq!(row(&database, &vault).slots, changed.slots);
    assert!(now(store.unlock(&info(&store, &vault), &STRETCHED)).is_ok());
}

#[test]
fn what_a_sign_in_writes_in_between_is_kept() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    now(vault.add_passkey(&STRETCHED, &passkey(), &COMPUTED)).unwrap();
    let answer = api::SignedIn {
        epoch: serde_bytes::ByteBuf::from([1; 16]),
        role: 2,
        site: "david".into(),
        server_keys: serde_bytes::ByteBuf::from(office.server_keys()),
    };
    now(vault.signed_in(&answer)).unwrap();
    assert_eq!(row(&database, &vault).slots.len(), 2);
    let who = info(&store, &vault);
    let opened = now(store.unlock_with_passkey(&who, &COMPUTED)).unwrap();
    assert_eq!(opened.identity().site, "david");
}
