//! Files in memory, for the host. Tests let it die in the middle of a deed.

use super::MediumError;
use crate::journal::frames::Tail;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The files. Clones are the same ones.
#[derive(Clone, Default)]
pub struct Medium {
    files: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
    /// Steps until the process dies: a write counts two, because it may be torn.
    steps: Rc<Cell<Option<usize>>>,
}

/// On the host nothing lies anywhere that could be removed by name alone.
pub async fn forget(_: &str) {}

impl Medium {
    /// On the host there are files only where a test brings them.
    pub async fn open(_: Option<String>) -> Option<Self> {
        None
    }

    /// Every file whose name begins so.
    pub async fn files(&self, beginning: &str) -> Result<Vec<(String, Vec<u8>)>, MediumError> {
        let files = self.files.borrow();
        let found = files.iter().filter(|(name, _)| name.starts_with(beginning));
        Ok(found.map(|(name, bytes)| (name.clone(), bytes.clone())).collect())
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
        if self.files.borrow().contains_key(name) {
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

    pub fn names(&self) -> Vec<String> {
        self.files.borrow().keys().cloned().collect()
    }

    pub fn every_byte(&self) -> Vec<u8> {
        self.files.borrow().values().flatten().copied().collect()
    }

    /// Files of their own with the same contents, as a copy of the disk.
    pub fn copy(&self) -> Self {
        Self { files: Rc::new(RefCell::new(self.files.borrow().clone())), steps: Rc::default() }
    }
}
