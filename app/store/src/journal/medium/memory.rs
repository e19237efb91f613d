//! Files in memory, for the host. Tests let it die in the middle of a deed.

use super::MediumError;
use crate::journal::frames::Tail;
use crate::journal::keep::Log;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Done by somebody else in between.
type Deed = Box<dyn FnOnce()>;

/// The files. Clones are the same ones.
#[derive(Clone, Default)]
pub struct Medium {
    files: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
    /// Steps until the process dies: a write counts two, because it may be torn.
    steps: Rc<Cell<Option<usize>>>,
    /// Whether nothing can be read now.
    silent: Rc<Cell<bool>>,
    /// Done after the next listing, before anything listed is read.
    after_listing: Rc<RefCell<Option<Deed>>>,
    /// Done in the middle of the next write.
    while_writing: Rc<RefCell<Option<Deed>>>,
}

/// On the host nothing lies anywhere that could be removed by name alone.
pub async fn forget(_: &str) {}

/// On the host nothing lies anywhere that could be put aside by name alone.
pub async fn set_aside(_: &str) {}

impl Medium {
    /// On the host there are files only where a test brings them.
    pub async fn open(_: Option<String>) -> Result<Option<Self>, MediumError> {
        Ok(None)
    }

    /// The names of all files that begin so.
    pub async fn names(&self, beginning: &str) -> Result<Vec<String>, MediumError> {
        let listed = self.files.borrow().keys().filter(|name| name.starts_with(beginning)).cloned().collect();
        let deed = self.after_listing.borrow_mut().take();
        if let Some(deed) = deed {
            deed();
        }
        if self.silent.get() { Err(MediumError::Unavailable) } else { Ok(listed) }
    }

    /// A file; `None` where it is not there any more.
    pub async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, MediumError> {
        if self.silent.get() {
            Err(MediumError::Unavailable)
        } else {
            Ok(self.files.borrow().get(name).cloned())
        }
    }

    /// Writes behind the end of a file, if it ends as it is said to.
    pub async fn append(&self, name: &str, after: Tail, bytes: &[u8]) -> Result<(), MediumError> {
        let ends_so = self.files.borrow().get(name).is_some_and(|file| {
            file.len() == after.size && file.last_chunk::<16>().is_some_and(|link| *link == after.link)
        });
        if !ends_so {
            return Err(MediumError::Moved);
        }
        self.write(name, bytes)
    }

    /// Makes a file, and then removes others.
    pub async fn replace(&self, name: &str, bytes: &[u8], former: &[String]) -> Result<(), MediumError> {
        // One with a higher number is newer: another page wrote since, and this one's would not count.
        let is_as_new = |other: &String, log: Log| {
            log.number(other).zip(log.number(name)).is_some_and(|(it, own)| it >= own)
        };
        if self.files.borrow().keys().any(|other| Log::ALL.iter().any(|log| is_as_new(other, *log))) {
            return Err(MediumError::Moved);
        }
        self.step()?;
        self.files.borrow_mut().insert(name.to_owned(), Vec::new());
        self.write(name, bytes)?;
        self.remove(former).await
    }

    async fn remove(&self, names: &[String]) -> Result<(), MediumError> {
        for name in names {
            self.step()?;
            self.files.borrow_mut().remove(name);
        }
        Ok(())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), MediumError> {
        let (first, second) = bytes.split_at(bytes.len() / 2);
        for half in [first, second] {
            let deed = self.while_writing.borrow_mut().take();
            if let Some(deed) = deed {
                deed();
            }
            self.step()?;
            self.files.borrow_mut().entry(name.to_owned()).or_default().extend_from_slice(half);
        }
        Ok(())
    }

    fn step(&self) -> Result<(), MediumError> {
        match self.steps.get() {
            Some(0) => Err(MediumError::Unavailable),
            steps => {
                self.steps.set(steps.map(|steps| steps - 1));
                Ok(())
            }
        }
    }
}

#[cfg(test)]
impl Medium {
    /// Dies after so many steps; `None` lives for ever.
    pub fn die_after(&self, steps: Option<usize>) {
        self.steps.set(steps);
    }

    /// Changes every file, as bad luck does.
    pub fn spoil(&self, mut change: impl FnMut(&str, &mut Vec<u8>)) {
        self.files.borrow_mut().iter_mut().for_each(|(name, bytes)| change(name, bytes));
    }

    /// Removes every file.
    pub fn clear(&self) {
        self.files.borrow_mut().clear();
    }

    pub fn listed(&self) -> Vec<String> {
        self.files.borrow().keys().cloned().collect()
    }

    pub fn every_byte(&self) -> Vec<u8> {
        self.files.borrow().values().flatten().copied().collect()
    }

    /// Files of their own with the same contents, as a copy of the disk.
    pub fn copy(&self) -> Self {
        Self { files: Rc::new(RefCell::new(self.files.borrow().clone())), ..Self::default() }
    }

    /// From now on nothing can be read, or all of it again.
    pub fn be_silent(&self, silent: bool) {
        self.silent.set(silent);
    }

    /// Has something done after the next listing.
    pub fn after_next_listing(&self, deed: impl FnOnce() + 'static) {
        *self.after_listing.borrow_mut() = Some(Box::new(deed));
    }

    /// Has something done in the middle of the next write.
    pub fn while_writing_next(&self, deed: impl FnOnce() + 'static) {
        *self.while_writing.borrow_mut() = Some(Box::new(deed));
    }

    /// The files whose names begin so.
    pub fn found(&self, beginning: &str) -> Vec<(String, Vec<u8>)> {
        let files = self.files.borrow();
        let found = files.iter().filter(|(name, _)| name.starts_with(beginning));
        found.map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
    }

    /// Lays files there, as if they had survived somehow.
    pub fn lay(&self, files: Vec<(String, Vec<u8>)>) {
        self.files.borrow_mut().extend(files);
    }

    /// Removes the files whose names begin so.
    pub fn remove_all(&self, beginning: &str) {
        self.files.borrow_mut().retain(|name, _| !name.starts_with(beginning));
    }
}
