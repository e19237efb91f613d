//! The device in the user's hands: locked, or unlocked for one of its users. The one context of the staff door.

use crate::courier::Courier;
use crate::derive;
use crate::when;
use leptos::prelude::*;
use seal::Kdf;
use seal::elsewhere::Book;
use seal::staff::StaffRoom;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use store::{Copies, Store, StoreError, Vault, VaultInfo, Waiting};

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

/// Whether what was typed lies on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It does, or nothing was typed.
    Safe,
    /// It could not be kept: locking now would lose it.
    AtRisk,
}

/// Work that must be done before the keys are forgotten, such as sealing a draft.
type Flush = Rc<dyn Fn() -> Pin<Box<dyn Future<Output = Kept>>>>;

/// Handle to the device. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Device {
    store: StoredValue<Store, LocalStorage>,
    state: RwSignal<State, LocalStorage>,
    /// Grows whenever something in the store may have changed; what pages show follows it.
    pub changed: RwSignal<u64>,
    /// What waits to be sent, for the line that is always visible.
    /// `None` until it was read.
    pub waiting: RwSignal<Option<Waiting>>,
    /// How often what waits lies on this device.
    pub copies: RwSignal<Copies>,
    /// Forms that must not be reloaded under their user.
    pub open_forms: RwSignal<u32>,
    /// What was typed into the search. Never in an address.
    pub searched: RwSignal<String>,
    /// A name carried over from the search to the form, when nobody was found.
    pub carried_name: RwSignal<String>,
    /// Staff as administration saw them last. Names of colleagues: forgotten with the keys.
    pub staff_room: RwSignal<Option<Rc<StaffRoom>>, LocalStorage>,
    /// Requests to open what others registered, as the server told them last. Forgotten with the keys.
    pub requests: RwSignal<Option<Rc<Book>>, LocalStorage>,
    courier: StoredValue<Courier, LocalStorage>,
    flush: StoredValue<Rc<RefCell<Option<Flush>>>, LocalStorage>,
}

/// Longest time without a touch before the device locks.
pub const IDLE_MS: u32 = 5 * 60_000;
/// Longest time out of sight before it locks.
pub const HIDDEN_MS: u32 = 60_000;

impl Device {
    /// The device as the store describes it.
    ///
    /// # Errors
    /// When the store does not say who may unlock: nobody must be told then that nobody has joined.
    pub async fn start(store: Store) -> Result<Device, StoreError> {
        let vaults = store.vaults().await?;
        let state = if vaults.is_empty() { State::Fresh } else { State::Locked(vaults) };
        let copies = RwSignal::new(Copies::One);
        if let Some(journal) = store.journal() {
            journal.on_change(move |told| copies.set(told));
        }
        let device = Device {
            store: StoredValue::new_local(store.clone()),
            state: RwSignal::new_local(state),
            changed: RwSignal::new(0),
            waiting: RwSignal::new(None),
            copies,
            open_forms: RwSignal::new(0),
            searched: RwSignal::new(String::new()),
            carried_name: RwSignal::new(String::new()),
            staff_room: RwSignal::new_local(None),
            requests: RwSignal::new_local(None),
            courier: StoredValue::new_local(Courier::new(store)),
            flush: StoredValue::new_local(Rc::default()),
        };
        device.refresh();
        Ok(device)
    }

    /// Whether everybody here is made up: nothing leaves this device then.
    #[must_use]
    pub fn practises(self) -> bool {
        self.store.with_value(Store::is_practice)
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

    /// Who may unlock, as long as the device is locked; reactive.
    #[must_use]
    pub fn locked(self) -> Option<Vec<VaultInfo>> {
        self.state.with(|state| if let State::Locked(vaults) = state { Some(vaults.clone()) } else { None })
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

    /// Unlocks for one user with what their passkey computed.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`] for another passkey, or why the store could not be read.
    pub async fn unlock_with_passkey(self, who: &VaultInfo, computed: &[u8; 32]) -> Result<(), StoreError> {
        let vault = self.store().unlock_with_passkey(who, computed).await?;
        self.opened(vault);
        Ok(())
    }

    /// Costs for a new slot: the standard ones where the device can spare the memory, else the floor.
    pub async fn fresh_slot(passphrase: &str) -> Option<(Kdf, [u8; 16], store::SecretKey)> {
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
        self.courier().opened(self);
        self.refresh();
    }

    /// Seals what is open, forgets the keys and shows who may unlock. Loses no typed text: while it cannot be
    /// kept (the device is full), the device stays open and says so beside the form.
    pub async fn lock(self) {
        let flush = self.flush.with_value(|flush| flush.borrow().clone());
        if let Some(flush) = flush
            && flush().await == Kept::AtRisk
        {
            return;
        }
        let Some(vault) = self.vault() else { return };
        let vaults = self.store().vaults().await;
        // Should that fail, who read what lies sealed here until the next unlocking.
        let _ = vault.flush_reads().await;
        vault.lock();
        self.staff_room.set(None);
        self.requests.set(None);
        self.searched.set(String::new());
        self.carried_name.set(String::new());
        self.open_forms.set(0);
        self.waiting.set(None);
        match vaults {
            Ok(vaults) => self.state.set(State::Locked(vaults)),
            // The store does not answer any more: starting anew says why.
            Err(_) => {
                let _ = window().location().reload();
            }
        }
    }

    /// The vaults of this device changed. Should the open one be no more, because the office withdrew the access, what
    /// is typed is sealed for the server, the keys are forgotten, and the first page says what happened.
    pub async fn check_access(self) {
        let Ok(vaults) = self.store().vaults().await else { return };
        match self.state.get_untracked() {
            State::Open(vault) if vaults.iter().all(|info| info.id != vault.identity().vault) => {
                let flush = self.flush.with_value(|flush| flush.borrow().clone());
                if let Some(flush) = flush {
                    // What cannot be kept now cannot be kept later either: the vault is no more.
                    let _ = flush().await;
                }
                vault.lock();
                let _ = window().location().replace("/");
            }
            State::Locked(_) if vaults.is_empty() => {
                let _ = window().location().replace("/");
            }
            // Who is typing a passphrase goes on typing; the page leaves when it is their vault that went.
            State::Locked(shown) if shown != vaults => self.state.set(State::Locked(vaults)),
            _ => {}
        }
    }

    /// A draft was kept: what waits follows, and the browser is asked to deliver should the app be closed.
    pub fn drafted(self) {
        leptos::task::spawn_local(async {
            store::worker::request_sync().await;
        });
        self.refresh();
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
            // What could not be read is not known: nothing is said then, rather than "all sent".
            let waiting = vault.waiting().await.ok();
            if self.vault().is_some() && self.waiting.get_untracked() != waiting {
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
