//! Carries envelopes out and pages in while the app is open; the worker does the same when it is not.
//!
//! Nobody waits for it and nothing depends on it: it runs at start, when a line comes back, when the app
//! comes into sight, on a timer, after a save and when somebody presses *Send now*.

use crate::device::Device;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use serde_bytes::ByteBuf;
use std::cell::Cell;
use std::rc::Rc;
use store::announce::{self, Change};
use store::{ApiLine, Budget, RoundOutcome, Store, StoreError, Trouble, Vault, round};

/// Seconds that *Send now* waits for a round that another page or the worker has begun.
const PATIENCE: u32 = 30;
/// How often the office is asked whether its tables are others now, in milliseconds.
const TABLES_PAUSE: u64 = 60 * 60_000;

/// What the last round came to, for the page that shows what waits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outlook {
    /// A round is under way.
    pub busy: bool,
    /// Why the last round did not get through; `None` when it did.
    pub trouble: Option<Trouble>,
    /// The device itself could not keep what the round brought.
    pub store_failed: bool,
    /// When a round last got through, milliseconds since 1970.
    pub reached: Option<u64>,
    /// Records folded in and records in reach, while a collect is under way.
    pub collecting: Option<(u64, u64)>,
}

/// Handle to the courier. Cheap to clone.
#[derive(Clone)]
pub struct Courier {
    store: Store,
    running: Rc<Cell<bool>>,
    /// Asked for while a round runs: what the next one may do.
    again: Rc<Cell<Option<Budget>>>,
    folding: Rc<Cell<bool>>,
    /// A vault was opened: the session must be this user's, not that of whoever used the device before.
    sign_in_due: Rc<Cell<bool>>,
    /// When the office last told of its tables, milliseconds since 1970; 0 when not since the app was opened.
    tables_asked: Rc<Cell<u64>>,
    /// What the last round came to.
    pub outlook: RwSignal<Outlook>,
}

impl Courier {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            running: Rc::default(),
            again: Rc::default(),
            folding: Rc::default(),
            sign_in_due: Rc::default(),
            tables_asked: Rc::default(),
            outlook: RwSignal::default(),
        }
    }

    /// Runs a round soon. Asked while one runs, it runs once more afterwards.
    pub fn go(&self, device: Device) {
        self.begin(device, Budget::PAGE);
    }

    /// A vault was opened: signs in as its user, then runs a round.
    pub fn opened(&self, device: Device) {
        self.sign_in_due.set(true);
        self.go(device);
    }

    /// Runs a round now, with everything that waits: somebody pressed *Send now*.
    pub fn go_now(&self, device: Device) {
        self.begin(device, Budget::NOW);
    }

    fn begin(&self, device: Device, budget: Budget) {
        if self.store.is_practice() {
            // Nothing leaves a practice. Somebody who presses the button sees what sending looks like.
            if budget.everything {
                self.pretend(device);
            }
            return;
        }
        if self.running.replace(true) {
            // Somebody who pressed *Send now* is not overruled by a timer.
            let asked = self.again.get().filter(|asked| asked.everything).unwrap_or(budget);
            self.again.set(Some(asked));
            return;
        }
        let courier = self.clone();
        leptos::task::spawn_local(async move {
            let mut next = Some(budget);
            while let Some(budget) = next {
                courier.round(device, budget).await;
                next = courier.again.take();
            }
            courier.running.set(false);
        });
    }

    fn pretend(&self, device: Device) {
        let courier = self.clone();
        leptos::task::spawn_local(async move {
            courier.outlook.update(|outlook| outlook.busy = true);
            let outcome = courier.store.pretend_delivery().await;
            courier.outlook.update(|outlook| {
                outlook.busy = false;
                outlook.store_failed = outcome.is_err();
            });
            device.refresh();
        });
    }

    async fn round(&self, device: Device, budget: Budget) {
        self.outlook.update(|outlook| outlook.busy = true);
        if self.sign_in_due.get()
            && let Some(vault) = device.vault()
            && sign_in(&vault).await
        {
            self.sign_in_due.set(false);
        }
        if let Some(vault) = device.vault() {
            // Should that fail, the next round takes them along.
            let _ = vault.flush_reads().await;
        }
        let mailbox = self.store.mailbox();
        let mut outcome = round::run(&mailbox, &ApiLine::PAGE, budget).await;
        // The worker or another page is at it. Somebody who pressed *Send now* is told what comes of it.
        for _ in 0..PATIENCE {
            let busy = outcome.as_ref().is_ok_and(|outcome| outcome.trouble == Some(Trouble::Busy));
            if !(busy && budget.everything) {
                break;
            }
            TimeoutFuture::new(1_000).await;
            outcome = round::run(&mailbox, &ApiLine::PAGE, budget).await;
        }
        if outcome.as_ref().is_ok_and(|outcome| outcome.trouble == Some(Trouble::NotSignedIn))
            && let Some(vault) = device.vault()
            && sign_in(&vault).await
        {
            outcome = round::run(&mailbox, &ApiLine::PAGE, budget).await;
        }
        self.fold(device).await;
        if outcome.as_ref().is_ok_and(|outcome| outcome.trouble.is_none()) {
            self.ask_for_tables(budget).await;
            crate::pages::elsewhere::look(device).await;
            crate::pages::applications::look_for_keys(device, budget.everything).await;
        }
        self.outlook.update(|outlook| {
            outlook.busy = false;
            outlook.collecting = None;
            outlook.store_failed = outcome.is_err();
            outlook.trouble = match outcome {
                // What another found out is not known here: what was said before stands.
                Ok(RoundOutcome { trouble: Some(Trouble::Busy), .. }) => outlook.trouble,
                Ok(outcome) => outcome.trouble,
                Err(StoreError::Full) => Some(Trouble::Full),
                Err(_) => None,
            };
            if outcome.is_ok_and(|outcome| outcome.trouble.is_none()) {
                outlook.reached = Some(crate::when::now());
            }
        });
        device.refresh();
    }

    /// Asks whether the office's tables are others now: once an hour, and when somebody asks for everything.
    async fn ask_for_tables(&self, budget: Budget) {
        let now = crate::when::now();
        if !budget.everything && now.saturating_sub(self.tables_asked.get()) < TABLES_PAUSE {
            return;
        }
        // Without an answer the lists stay as they are, and the next round asks again.
        if let Ok(Ok(_)) = store::office_tables::ask(&self.store, &ApiLine::PAGE).await {
            self.tables_asked.set(now);
        }
    }

    /// Opens what was collected, a few pages at a time so that the page stays alive.
    async fn fold(&self, device: Device) {
        if self.folding.replace(true) {
            return;
        }
        while let Some(vault) = device.vault() {
            let Ok(folded) = vault.fold_inbox(4).await else { break };
            if folded.records > 0 {
                device.refresh();
            }
            if folded.left == 0 {
                break;
            }
            if folded.total > 0 {
                let here = vault.count().people as u64;
                self.outlook.update(|outlook| outlook.collecting = Some((here, folded.total)));
            }
            TimeoutFuture::new(0).await;
        }
        // What colleagues may read, who was let in or taken off elsewhere: this device sees to it by itself.
        if let Some(vault) = device.vault()
            && vault.tend_sealed().await.is_ok_and(|tended| tended > 0)
        {
            device.refresh();
            self.go(device);
        }
        self.folding.set(false);
    }

    /// After a save: asks the browser to deliver in the background, and tries at once.
    pub fn saved(&self, device: Device) {
        leptos::task::spawn_local(async {
            store::worker::request_sync().await;
        });
        device.refresh();
        self.go(device);
    }

    /// Listens to the line, to the app coming into sight, to the worker, and to the clock.
    pub fn watch(&self, device: Device) {
        let courier = self.clone();
        window_event_listener(leptos::ev::online, move |_| courier.go(device));
        let courier = self.clone();
        window_event_listener_untyped("visibilitychange", move |_| {
            if !document().hidden() {
                courier.go(device);
            } else if let Some(vault) = device.vault() {
                // Who closes the app now leaves to the worker what was read, not to the next unlocking.
                leptos::task::spawn_local(async move { drop(vault.flush_reads().await) });
            }
        });
        let courier = self.clone();
        let listening = announce::listen(move |change| courier.heard(device, change));
        // Listened to as long as the app is open.
        core::mem::forget(listening);
        let courier = self.clone();
        leptos::task::spawn_local(async move {
            loop {
                // A minute, and up to half a minute more, so that a hundred tablets do not ask at once.
                let [random] = store::random::<1>();
                TimeoutFuture::new(60_000 + u32::from(random) * 118).await;
                courier.go(device);
            }
        });
    }

    /// Another page or the worker changed something: takes it in and shows it.
    fn heard(&self, device: Device, change: Change) {
        let courier = self.clone();
        leptos::task::spawn_local(async move {
            match (change, device.vault()) {
                (Change::Inbox, Some(_)) => courier.fold(device).await,
                (Change::Records, Some(vault)) => {
                    let _ = vault.refresh().await;
                }
                (Change::Vaults, _) => device.check_access().await,
                _ => {}
            }
            device.refresh();
        });
    }
}

/// Signs in, so that pages can be collected. Without an answer nothing is lost: it is tried again.
pub(crate) async fn sign_in(vault: &Vault) -> bool {
    let enrolment = ByteBuf::from(vault.identity().enrolment.0.to_vec());
    let Ok(challenge) = api::challenge(enrolment.clone()).await else { return false };
    let Ok(signature) = vault.answer(&challenge) else { return false };
    let answer = api::sign_in(enrolment, challenge, ByteBuf::from(signature.to_vec())).await;
    match answer {
        Ok(answer) => vault.signed_in(&answer).await.is_ok(),
        Err(_) => false,
    }
}
