//! Writing: whatever was committed is written down a second time, beside the work and never before it.
//!
//! What is to be written is not handed over but looked up: the observer notes keys alone, and the rows are read when
//! their turn comes. So nothing is written that was not committed, and a kill anywhere leaves at worst a journal that
//! lags behind, which the next start brings up to date.

use super::file::{Due, File};
use super::keep::{self, Log};
use super::loaded::Loaded;
use super::medium::{Medium, MediumError};
use super::note;
use super::opening::{self, Opened};
use crate::announce::{self, Change};
#[cfg(target_arch = "wasm32")]
use crate::clock;
use crate::database::{Database, Written};
use crate::rows;
use crate::tables::{Key, Table};
use crate::transaction::Batch;
use road::marks::{Mark, Note};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::task::Waker;
#[cfg(target_arch = "wasm32")]
use std::{future::Future, pin::pin, task::Poll};

/// How often another page may get in between before this one leaves it for the next time.
const ATTEMPTS: usize = 5;
/// How long somebody who saves waits for the second copy, in milliseconds.
#[cfg(target_arch = "wasm32")]
const PATIENCE: u32 = 500;
/// Milliseconds until what could not be written is tried again, at first and at most.
const FIRST_PAUSE: u32 = 2_000;
const LONGEST_PAUSE: u32 = 120_000;

/// How often what waits lies on this device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Copies {
    /// Once: this browser hands out no files for a second copy, did not take them, or something is too large for them.
    #[default]
    One,
    /// Twice in a moment.
    Soon,
    /// Twice, up to the last word.
    Two,
}

/// Told whenever it changes how often what waits lies here.
type Heard = Rc<dyn Fn(Copies)>;

/// Milliseconds until what could not be written so many times is tried again; `None` where nothing failed.
pub(super) fn pause_after(failures: u32) -> Option<u32> {
    let doubled = failures.checked_sub(1)?.min(LONGEST_PAUSE.ilog2());
    Some(FIRST_PAUSE.saturating_mul(1 << doubled).min(LONGEST_PAUSE))
}

/// The journal of an open store. Clones are the same one.
#[derive(Clone)]
pub struct Journal(pub(super) Rc<Inner>);

pub(super) struct Inner {
    pub(super) database: Database,
    pub(super) medium: Option<Medium>,
    /// Names the database; `None` as long as nobody joined.
    pub(super) made: Cell<Option<u64>>,
    /// Envelopes sealed so far, by enrolment.
    pub(super) counters: RefCell<BTreeMap<Key, u64>>,
    pub(super) due: RefCell<Due>,
    pub(super) letters: RefCell<File>,
    pub(super) keys: RefCell<File>,
    pub(super) running: Cell<bool>,
    /// How often it could not be written, one time after the other.
    pub(super) failures: Cell<u32>,
    /// Whether it is tried again by itself in a while.
    #[cfg(target_arch = "wasm32")]
    pub(super) tries_again: Cell<bool>,
    pub(super) told: Cell<Copies>,
    pub(super) heard: RefCell<Option<Heard>>,
    /// Hears of other pages as long as the journal is there.
    pub(super) listening: RefCell<Option<announce::Listening>>,
    /// Who waits until something is written.
    pub(super) wakers: RefCell<Vec<Waker>>,
}

impl Journal {
    /// Begins to keep a journal of a database.
    pub(crate) fn attach(opened: &Opened, journal: &Loaded, medium: Option<Medium>) -> Self {
        let inner = Inner {
            database: opened.database.clone(),
            medium,
            made: Cell::new(opened.made),
            counters: RefCell::default(),
            due: RefCell::new(Due { all: true, anew: opened.anew, ..Due::default() }),
            letters: RefCell::new(File::of(&journal.letters)),
            keys: RefCell::new(File::of(&journal.keys)),
            running: Cell::new(false),
            failures: Cell::default(),
            #[cfg(target_arch = "wasm32")]
            tries_again: Cell::default(),
            told: Cell::default(),
            heard: RefCell::default(),
            listening: RefCell::default(),
            wakers: RefCell::default(),
        };
        let journal = Self(Rc::new(inner));
        let weak: Weak<Inner> = Rc::downgrade(&journal.0);
        opened.database.watch(Rc::new(move |batch: Option<&Batch>| -> Written {
            let Some(inner) = weak.upgrade() else { return Box::pin(std::future::ready(())) };
            let journal = Self(inner);
            match batch {
                Some(batch) => journal.committed(batch),
                None => journal.others(),
            }
            journal.until_written()
        }));
        journal
    }

    /// How often what was committed so far lies on this device.
    #[must_use]
    pub fn copies(&self) -> Copies {
        let inner = &self.0;
        let left_out = [&inner.letters, &inner.keys].iter().any(|file| !file.borrow().left_out.is_empty());
        if inner.medium.is_none() || inner.failures.get() > 0 || left_out || inner.made.get().is_none() {
            Copies::One
        } else if !inner.running.get() && inner.due.borrow().is_empty() {
            // What is being written is due no more and lies there once as yet.
            Copies::Two
        } else {
            Copies::Soon
        }
    }

    /// Waits until what was committed lies twice on the device, or cannot. A kill of the browser alone can cost a whole
    /// database (`RELIABILITY.md`), so that nothing is said to be saved before; and nobody waits long for a second copy.
    #[cfg(target_arch = "wasm32")]
    async fn written(&self) {
        let mut patience = pin!(clock::sleep(PATIENCE));
        std::future::poll_fn(|cx| {
            if self.copies() != Copies::Soon {
                return Poll::Ready(());
            }
            self.0.wakers.borrow_mut().push(cx.waker().clone());
            patience.as_mut().poll(cx)
        })
        .await;
    }

    #[cfg(target_arch = "wasm32")]
    fn until_written(self) -> Written {
        Box::pin(async move { self.written().await })
    }

    /// On the host nothing goes on by itself.
    #[cfg(not(target_arch = "wasm32"))]
    fn until_written(self) -> Written {
        Box::pin(std::future::ready(()))
    }

    /// Calls back whenever [`Self::copies`] changes, and once now.
    pub fn on_change(&self, heard: impl Fn(Copies) + 'static) {
        heard(self.copies());
        *self.0.heard.borrow_mut() = Some(Rc::new(heard));
    }

    /// Somebody joined: from now on the database has a name.
    pub(crate) fn named(&self, made: u64) {
        self.0.made.set(Some(made));
        self.0.due.borrow_mut().all = true;
        if note::read() == Note::Absent {
            // That somebody joined is remembered at once; how far they have come follows after the files.
            self.mark().into_iter().for_each(note::write);
        }
        self.go();
    }

    /// Follows what other pages and the worker change, as long as the page is open.
    pub(crate) fn listen(&self) {
        let weak = Rc::downgrade(&self.0);
        let listening = announce::listen(move |change| {
            let told = matches!(change, Change::Records | Change::Outbox | Change::Vaults);
            if let Some(inner) = weak.upgrade().filter(|_| told) {
                Self(inner).others();
            }
        });
        *self.0.listening.borrow_mut() = listening;
    }

    /// Another page, or the worker, changed something.
    pub(crate) fn others(&self) {
        self.0.due.borrow_mut().others = true;
        // Mostly nothing is to be written: nothing is said before that is known.
        self.begin();
    }

    /// Writes soon; nobody waits for it.
    pub(crate) fn go(&self) {
        self.tell();
        self.begin();
    }

    fn begin(&self) {
        #[cfg(target_arch = "wasm32")]
        {
            let journal = self.clone();
            wasm_bindgen_futures::spawn_local(async move { journal.settle().await });
        }
    }

    /// Something was committed here.
    fn committed(&self, batch: &Batch) {
        let mut counts = false;
        let mut changes = false;
        for write in &batch.writes {
            let Some(log) = Log::of(write.table, &write.key) else { continue };
            if !keep::is_wanted(write.table, &write.key, write.value.as_deref()) {
                continue;
            }
            if self.file(log).borrow().has_already(write) {
                continue;
            }
            if write.table == Table::Counters && keep::is_seq(&write.key) && write.only_if.is_none() {
                let counter = rows::read_number(write.value.as_deref());
                self.0.counters.borrow_mut().insert(write.key.clone(), counter);
                counts = true;
            }
            self.0.due.borrow_mut().note(write);
            changes = true;
        }
        if counts {
            self.note();
        }
        if changes {
            self.go();
        }
    }

    /// How far the database has come.
    pub(super) fn mark(&self) -> Option<Mark> {
        let reached =
            self.0.counters.borrow().values().fold(0, |sum: u64, counter| sum.saturating_add(*counter));
        self.0.made.get().map(|made| Mark { made, reached })
    }

    /// Local storage is told how far the database has come.
    fn note(&self) {
        // Before all counters were read their sum would be too low, which would only say less.
        if let Some(mark) = self.mark().filter(|_| !self.0.due.borrow().all) {
            note::write(mark);
        }
    }

    /// Writes what is due. When it returns, either nothing is, or it could not be written now and is tried again in a while.
    pub(crate) async fn settle(&self) {
        if self.0.running.replace(true) {
            return;
        }
        let mut attempts = 0;
        self.hear_name().await;
        while self.0.made.get().is_some() {
            let due = self.0.due.take();
            if due.is_empty() {
                self.0.failures.set(0);
                break;
            }
            let outcome = self.write(&due).await;
            if let Err(fault) = outcome {
                self.0.due.borrow_mut().take_back(due);
                attempts += 1;
                let moved = fault == MediumError::Moved && attempts < ATTEMPTS;
                if !(moved && self.load().await.is_ok()) {
                    self.0.failures.set(self.0.failures.get().saturating_add(1));
                    break;
                }
            }
        }
        self.0.running.set(false);
        self.tell();
        if let Some(pause) = pause_after(self.0.failures.get()) {
            self.try_again(pause);
        }
    }

    /// A fault that passed is no reason to wait for somebody to save something.
    #[cfg(target_arch = "wasm32")]
    fn try_again(&self, pause: u32) {
        if self.0.tries_again.replace(true) {
            return;
        }
        let weak = Rc::downgrade(&self.0);
        wasm_bindgen_futures::spawn_local(async move {
            clock::sleep(pause).await;
            if let Some(inner) = weak.upgrade() {
                inner.tries_again.set(false);
                Self(inner).begin();
            }
        });
    }

    /// On the host nothing goes on by itself.
    #[cfg(not(target_arch = "wasm32"))]
    #[allow(clippy::unused_self)] // As in browsers.
    fn try_again(&self, _: u32) {}

    /// Where nobody had joined when this page was opened, somebody may have in another one.
    async fn hear_name(&self) {
        if self.0.made.get().is_none()
            && let Ok(Some(made)) = opening::name_of(&self.0.database).await
        {
            self.0.made.set(Some(made));
            self.0.due.borrow_mut().all = true;
        }
    }

    /// Another page wrote: its file counts from now on, and everything is compared with it.
    async fn load(&self) -> Result<(), MediumError> {
        let medium = self.0.medium.as_ref().ok_or(MediumError::Unavailable)?;
        let loaded = Loaded::read(medium).await?;
        *self.0.letters.borrow_mut() = File::of(&loaded.letters);
        *self.0.keys.borrow_mut() = File::of(&loaded.keys);
        self.0.due.borrow_mut().all = true;
        Ok(())
    }

    pub(super) fn file(&self, log: Log) -> &RefCell<File> {
        match log {
            Log::Letters => &self.0.letters,
            Log::Keys => &self.0.keys,
        }
    }

    fn tell(&self) {
        let copies = self.copies();
        if copies != Copies::Soon {
            self.0.wakers.take().into_iter().for_each(Waker::wake);
        }
        if self.0.told.replace(copies) != copies {
            let heard = self.0.heard.borrow().clone();
            if let Some(heard) = heard {
                heard(copies);
            }
        }
    }
}
