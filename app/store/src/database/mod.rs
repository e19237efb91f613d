//! The database `vault`, `practice` made like it, and `applicant`, which is another one altogether: IndexedDB in browsers, memory on the host. Both answer to the same
//! few words.

#[cfg(target_arch = "wasm32")]
mod indexed_db;
#[cfg(target_arch = "wasm32")]
pub use indexed_db::Database;

#[cfg_attr(target_arch = "wasm32", allow(dead_code))]
// In browsers it stands in where they open no database at all.
mod memory;
#[cfg(not(target_arch = "wasm32"))]
pub use memory::Database;

use crate::transaction::Batch;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// Who is told of every batch that was committed here: the journal. Clones are the same.
#[derive(Clone, Default)]
pub struct Watched(Rc<RefCell<Option<Watcher>>>);

/// Told of a batch, or with `None` that something written down may be gone. Gives what to wait for until it is written down,
/// which takes no longer than people may wait.
pub type Watcher = Rc<dyn Fn(Option<&Batch>) -> Written>;

/// Done when something is written down a second time, or cannot be.
pub type Written = Pin<Box<dyn Future<Output = ()>>>;

impl Watched {
    /// From now on this one is told.
    pub fn by(&self, watcher: Watcher) {
        *self.0.borrow_mut() = Some(watcher);
    }

    /// Tells of a batch that is on the disk.
    pub fn tell(&self, batch: &Batch) -> Option<Written> {
        let watcher = self.0.borrow().clone();
        watcher.map(|watcher| watcher(Some(batch)))
    }

    /// Tells that something that was written down may be gone, though the rows are as they were.
    #[cfg(target_arch = "wasm32")]
    pub fn unwritten(&self) {
        let watcher = self.0.borrow().clone();
        // Nobody saved anything who would wait for it.
        drop(watcher.map(|watcher| watcher(None)));
    }
}

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// What this device holds of real people. The only one that the worker and the mailbox ever open.
    Vault,
    /// Made-up people, for practice.
    Practice,
    /// What families fill in on their own phones. Never on the same page as the others.
    Applicant,
}

impl Home {
    /// Its name in IndexedDB.
    #[must_use]
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))] // Nothing has a name in memory.
    pub fn name(self) -> &'static str {
        match self {
            Home::Vault => "vault",
            Home::Practice => "practice",
            Home::Applicant => "applicant",
        }
    }
}

/// What to do when there is no database yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenMissing {
    /// Make it.
    Create,
    /// Say that it is lost. Browsers silently put an empty database in place of a damaged one.
    Lost,
}
