//! Keeps what is typed: at each pause, before the device locks, and when the page is left.

use crate::components::{Status, Tone};
use crate::device::{Device, Kept as Outcome};
use crate::pages::trouble::explain;
use crate::when;
use crate::words::{Key, use_words};
use domain::{DraftId, EntryId};
use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use store::{DraftNote, StoreError, Vault};

/// A pause after the last key, after which what was typed is sealed.
const PAUSE_MS: u32 = 700;

/// Something typed that can be kept.
pub trait Draft: Clone + PartialEq + Send + Sync + 'static {
    /// Names the draft: kept again, it takes the place of what was kept before.
    fn id(&self) -> DraftId;
    /// The entry it will become.
    fn entry(&self) -> EntryId;
    /// The bytes to seal.
    fn bytes(&self) -> Vec<u8>;
    /// The bytes to keep: the server opens them, unless they are sealed here first.
    ///
    /// # Errors
    /// When they cannot be sealed.
    fn sealed(&self, vault: &Vault) -> Result<Vec<u8>, StoreError> {
        let _ = vault;
        Ok(self.bytes())
    }
    /// What the list of drafts shows.
    fn note(&self) -> DraftNote;
    /// Nothing was typed: not worth keeping.
    fn is_empty(&self) -> bool;
}

/// What became of the last attempt to keep a draft, for the line that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Not tried yet.
    Nothing,
    /// Kept at this time, milliseconds since 1970.
    At(u64),
    /// Not kept, and why.
    Failed(Key),
}

/// Says beside a form what became of what was typed.
#[component]
pub fn Said(
    /// Why the whole could not be saved, if it was tried.
    trouble: RwSignal<Option<Key>>,
    /// What became of the draft.
    kept: RwSignal<Kept>,
    /// What to say before anything was tried.
    at_first: Key,
) -> impl IntoView {
    let words = use_words();
    move || {
        let (tone, text) = match (trouble.get(), kept.get()) {
            (Some(key), _) | (None, Kept::Failed(key)) => (Tone::Error, words.get(key)),
            (None, Kept::At(at)) => {
                (Tone::Here, words.with(Key::SavedOnDevice, &[("time", &when::clock(at))]))
            }
            (None, Kept::Nothing) => (Tone::Here, words.get(at_first)),
        };
        view! { <Status tone>{text}</Status> }
    }
}

/// Keeps one draft. Cheap to clone.
#[derive(Clone)]
pub struct Keeper<T: Draft> {
    draft: RwSignal<T>,
    vault: Vault,
    device: Device,
    timer: Rc<RefCell<Option<Timeout>>>,
    /// What was last kept: nothing is sealed twice.
    last: Rc<RefCell<Option<T>>>,
    /// One attempt at a time: an older state must never take the place of a newer one.
    keeping: Rc<Cell<bool>>,
    /// The draft is becoming an entry, or was thrown away: nothing must bring it back.
    stopped: Rc<Cell<bool>>,
    /// What is said about it.
    pub said: RwSignal<Kept>,
}

impl<T: Draft> Keeper<T> {
    /// Begins to keep `draft`; `kept` is its state on the device, if it lies there.
    pub fn new(draft: RwSignal<T>, kept: Option<T>, vault: Vault, device: Device) -> Self {
        let keeper = Self {
            draft,
            vault,
            device,
            timer: Rc::default(),
            last: Rc::new(RefCell::new(kept)),
            keeping: Rc::default(),
            stopped: Rc::default(),
            said: RwSignal::new(Kept::Nothing),
        };
        device.open_forms.update(|forms| *forms += 1);
        let flushed = keeper.clone();
        device.before_lock(Some(Rc::new(move || {
            let keeper = flushed.clone();
            Box::pin(async move { keeper.settle().await })
        })));
        let typed = keeper.clone();
        Effect::new(move |_| {
            draft.track();
            let due = typed.clone();
            *typed.timer.borrow_mut() = Some(Timeout::new(PAUSE_MS, move || {
                leptos::task::spawn_local(async move {
                    due.keep().await;
                });
            }));
        });
        let left = StoredValue::new_local(Some(keeper.clone()));
        on_cleanup(move || {
            device.before_lock(None);
            device.open_forms.update(|forms| *forms = forms.saturating_sub(1));
            if let Some(Some(keeper)) = left.try_update_value(Option::take) {
                *keeper.timer.borrow_mut() = None;
                if let Some(state) = keeper.draft.try_get_untracked() {
                    leptos::task::spawn_local(async move {
                        keeper.keep_state(state).await;
                    });
                }
            }
        });
        keeper
    }

    /// Keeps what is typed now. Whether it lies on the device.
    pub async fn keep(&self) -> bool {
        match self.draft.try_get_untracked() {
            Some(state) => self.keep_state(state).await,
            None => true,
        }
    }

    /// Before the keys go: waits for a save under way, then keeps what is typed.
    async fn settle(&self) -> Outcome {
        // Half a minute at most: a save that takes longer has met a store that no longer answers.
        for _ in 0..600 {
            if !self.stopped.get() {
                break;
            }
            TimeoutFuture::new(50).await;
        }
        if self.keep().await { Outcome::Safe } else { Outcome::AtRisk }
    }

    async fn keep_state(&self, state: T) -> bool {
        while self.keeping.replace(true) {
            TimeoutFuture::new(20).await;
        }
        let done = self.try_keep(state).await;
        self.keeping.set(false);
        done
    }

    async fn try_keep(&self, state: T) -> bool {
        if self.stopped.get() || self.last.borrow().as_ref() == Some(&state) {
            return true;
        }
        if state.is_empty() {
            // Taken back as far as nothing is left: what was kept before must not come back either.
            let kept = self.last.borrow().as_ref().is_some_and(|last| !last.is_empty());
            if kept && self.vault.discard_draft(state.id()).await.is_err() {
                return false;
            }
            *self.last.borrow_mut() = Some(state);
            return true;
        }
        let kept = match state.sealed(&self.vault) {
            Ok(bytes) => self.vault.save_draft(state.id(), state.entry(), &bytes, state.note()).await,
            Err(error) => Err(error),
        };
        match kept {
            // Another tab saved it as an entry meanwhile: nothing is kept any more, and that is said.
            Ok(saved) if saved.already => {
                let _ = self.said.try_set(Kept::Failed(Key::SavedBefore));
                true
            }
            Ok(saved) => {
                *self.last.borrow_mut() = Some(state);
                let _ = self.said.try_set(Kept::At(saved.ms));
                self.device.drafted();
                true
            }
            Err(error) => {
                let _ = self.said.try_set(Kept::Failed(explain(&error)));
                false
            }
        }
    }

    /// The draft becomes an entry, or goes. An attempt to keep it that is under way is waited for.
    pub async fn stop(&self) {
        self.stopped.set(true);
        *self.timer.borrow_mut() = None;
        while self.keeping.get() {
            TimeoutFuture::new(20).await;
        }
    }

    /// The entry was not saved after all: goes on keeping, at once.
    pub async fn go_on(&self) {
        self.stopped.set(false);
        self.keep().await;
    }

    /// The entry was saved: nothing is left to be kept.
    pub fn finished(&self) {
        *self.last.borrow_mut() = self.draft.try_get_untracked();
        self.stopped.set(false);
    }
}
