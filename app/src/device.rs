//! The device in the user's hands: locked, or unlocked for one of its users. The one context of the staff door.

use crate::courier::Courier;
use crate::derive;
use crate::when;
use leptos::prelude::*;
use seal::Kdf;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use store::{Store, StoreError, Vault, VaultInfo, Waiting};

/// What the device shows.
#[derive(Clone)]
pub enum State {
    /// Nobody has enrolled on it yet.
    Fresh,
    /// Somebody must unlock.
    Locked(Vec<VaultInfo>),
    /// Unlocked for one user.
    Open(Vault),
}

/// Work that must be done before the keys are forgotten, such as sealing a draft.
type Flush = Rc<dyn Fn() -> Pin<Box<dyn Future<Output = ()>>>>;

/// Handle to the device. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Device {
    store: StoredValue<Store, LocalStorage>,
    state: RwSignal<State, LocalStorage>,
    /// Grows whenever something in the store may have changed; what pages show follows it.
    pub changed: RwSignal<u64>,
    /// What waits to be sent, for the line that is always visible.
    pub waiting: RwSignal<Waiting>,
    /// Forms that must not be reloaded under their user.
    pub open_forms: RwSignal<u32>,
    /// A name typed into the search, carried over to the form. Never in an address.
    pub carried_name: RwSignal<String>,
    courier: StoredValue<Courier, LocalStorage>,
    flush: StoredValue<Rc<RefCell<Option<Flush>>>, LocalStorage>,
}

/// Longest time without a touch before the device locks.
pub const IDLE_MS: u32 = 5 * 60_000;
/// Longest time out of sight before it locks.
pub const HIDDEN_MS: u32 = 60_000;

impl Device {
    /// The device as the store describes it.
    pub async fn start(store: Store) -> Device {
        let state = match store.vaults().await {
            Ok(vaults) if vaults.is_empty() => State::Fresh,
            Ok(vaults) => State::Locked(vaults),
            Err(_) => State::Fresh,
        };
        let device = Device {
            store: StoredValue::new_local(store.clone()),
            state: RwSignal::new_local(state),
            changed: RwSignal::new(0),
            waiting: RwSignal::new(Waiting::default()),
            open_forms: RwSignal::new(0),
            carried_name: RwSignal::new(String::new()),
            courier: StoredValue::new_local(Courier::new(store)),
            flush: StoredValue::new_local(Rc::default()),
        };
        device.refresh();
        device
    }

    /// The store itself, for what is no one user's.
    #[must_use]
    pub fn store(self) -> Store {
        self.store.get_value()
    }

    /// What carries envelopes out and pages in.
    #[must_use]
    pub fn courier(self) -> Courier {
        self.courier.get_value()
    }

    /// What the device shows; reactive.
    #[must_use]
    pub fn state(self) -> State {
        self.state.get()
    }

    /// The unlocked vault, if it is unlocked.
    #[must_use]
    pub fn vault(self) -> Option<Vault> {
        match self.state.get_untracked() {
            State::Open(vault) => Some(vault),
            _ => None,
        }
    }

    /// What day it is.
    #[must_use]
    pub fn today(self) -> time::Date {
        when::today()
    }

    /// Unlocks for one user: takes about a second on a slow tablet.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`], or why the store could not be read.
    pub async fn unlock(self, who: &VaultInfo, passphrase: &str) -> Result<(), StoreError> {
        let stretched = derive::stretch(passphrase, who.kdf, &who.salt)
            .await
            .map_err(|_| StoreError::Unavailable("key derivation".into()))?;
        let vault = self.store().unlock(who, &stretched).await?;
        self.opened(vault);
        Ok(())
    }

    /// Costs for a new slot: the standard ones where the device can spare the memory, else the floor.
    pub async fn fresh_slot(passphrase: &str) -> Option<(Kdf, [u8; 16], zeroize::Zeroizing<[u8; 32]>)> {
        let salt: [u8; 16] = store::random();
        for kdf in [Kdf::STANDARD, Kdf::FLOOR] {
            if let Ok(stretched) = derive::stretch(passphrase, kdf, &salt).await {
                return Some((kdf, salt, stretched));
            }
        }
        None
    }

    /// Goes on with an unlocked vault.
    pub fn opened(self, vault: Vault) {
        self.state.set(State::Open(vault));
        self.courier().go(self);
        self.refresh();
    }

    /// Seals what is open, forgets the keys and shows who may unlock. Loses no typed text.
    pub async fn lock(self) {
        let flush = self.flush.with_value(|flush| flush.borrow().clone());
        if let Some(flush) = flush {
            flush().await;
        }
        if let Some(vault) = self.vault() {
            vault.lock();
        }
        let vaults = self.store().vaults().await.unwrap_or_default();
        self.carried_name.set(String::new());
        self.open_forms.set(0);
        self.state.set(State::Locked(vaults));
    }

    /// Asks to be called before the keys are forgotten, until `None` is set.
    pub fn before_lock(self, flush: Option<Flush>) {
        self.flush.with_value(|held| *held.borrow_mut() = flush);
    }

    /// Reads anew what waits, and lets pages follow.
    pub fn refresh(self) {
        self.changed.update(|changed| *changed += 1);
        leptos::task::spawn_local(async move {
            let Some(vault) = self.vault() else { return };
            if let Ok(waiting) = vault.waiting().await
                && self.waiting.get_untracked() != waiting
            {
                self.waiting.set(waiting);
            }
        });
    }
}

/// The device that `provide_context` put above this component.
#[must_use]
pub fn use_device() -> Device {
    expect_context()
}

/// A vault that closures can carry about: a copy of the handle is free.
pub type VaultHandle = StoredValue<Vault, LocalStorage>;

/// The unlocked vault; pages behind the lock have one.
#[must_use]
pub fn use_vault() -> Vault {
    use_vault_handle().get_value()
}

/// The same as a handle.
#[must_use]
pub fn use_vault_handle() -> VaultHandle {
    expect_context()
}
