//! The keys that seal rows: where they come from, and a locker for each.

use super::command::{Numbered, ask, read_keys};
use super::files::{exact, keys_in, read, write};
use crate::server::log;
use seal::locker::{FIRST_KEY, key_of};
use seal::{CryptoRng, Locker, Place, SealError};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use zeroize::Zeroizing;

/// The first storage key.
pub(super) const FIRST: &str = "storage.key";
/// Folder of the later ones.
pub(super) const LATER: &str = "storage";
/// The environment's storage keys, and the command that gives them.
const VARIABLE: &str = "AMPARO_STORAGE_KEY";
const COMMAND_VARIABLE: &str = "AMPARO_STORAGE_KEY_COMMAND";

/// Where the keys that seal rows come from. Files are read in each case, so that a database sealed under a key in a
/// file can be sealed anew under one from a key service.
#[derive(Clone)]
pub enum StorageSource {
    /// Files in the folder of keys, made at the first start.
    Files,
    /// Text, from the environment: see `AMPARO_STORAGE_KEY`.
    Text(Zeroizing<String>),
    /// What a command says, run once at the start and after each change of keys.
    Command(String),
}

impl StorageSource {
    /// As the environment says; files where it says nothing.
    #[must_use]
    pub fn from_environment() -> Self {
        let set = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        match (set(VARIABLE), set(COMMAND_VARIABLE)) {
            (Some(text), _) => Self::Text(Zeroizing::new(text)),
            (None, Some(command)) => Self::Command(command),
            (None, None) => Self::Files,
        }
    }
}

/// The keys that seal rows, by number.
pub struct StorageKeys {
    folder: PathBuf,
    source: StorageSource,
    keys: Numbered,
}

impl StorageKeys {
    /// Reads them, or makes the first one where there is no database yet.
    pub(super) fn open(folder: &Path, source: StorageSource, database_exists: bool) -> io::Result<Self> {
        let mut keys = read_all(folder, &source)?;
        if keys.is_empty() {
            let key = Zeroizing::new(crate::server::random::<32>());
            super::make(folder, FIRST, &key[..], database_exists)?;
            keys.insert(FIRST_KEY, key);
        }
        Ok(Self { folder: folder.to_owned(), source, keys })
    }

    /// Numbers of the keys, the one that seals last.
    #[must_use]
    pub fn numbers(&self) -> Vec<u16> {
        self.keys.keys().copied().collect()
    }

    /// A key, for whoever compares folders.
    #[must_use]
    pub fn key(&self, number: u16) -> Option<&[u8; 32]> {
        self.keys.get(&number).map(|key| &**key)
    }
}

/// All keys there are. The same number must not say two things.
fn read_all(folder: &Path, source: &StorageSource) -> io::Result<Numbered> {
    let mut keys = in_files(folder)?;
    let given = match source {
        StorageSource::Files => return Ok(keys),
        StorageSource::Text(text) => read_keys(text).map_err(|error| format!("{VARIABLE}: {error}")),
        StorageSource::Command(command) => ask(command),
    };
    for (number, key) in given.map_err(io::Error::other)? {
        match keys.insert(number, key.clone()) {
            Some(in_file) if in_file != key => {
                let text = format!(
                    "the storage key number {number} in the folder of keys is another than the one given"
                );
                return Err(io::Error::other(text));
            }
            Some(_) => log::trouble("storage_key_lies_in_a_file_too", &number),
            None => {}
        }
    }
    Ok(keys)
}

/// The keys that lie in files.
pub(super) fn in_files(folder: &Path) -> io::Result<Numbered> {
    let mut keys = Numbered::new();
    if let Some(bytes) = read(&folder.join(FIRST))? {
        keys.insert(FIRST_KEY, Zeroizing::new(exact(&bytes)?));
    }
    let later = folder.join(LATER);
    for name in keys_in(&later)? {
        let number: u16 = name.parse().map_err(|_| io::Error::other("a storage key's file has no number"))?;
        if let Some(bytes) = read(&later.join(format!("{name}.key")))? {
            keys.insert(number, Zeroizing::new(exact(&bytes)?));
        }
    }
    Ok(keys)
}

/// Writes another key, which seals from now on.
pub(super) fn add(folder: &Path, number: u16, key: &[u8; 32]) -> io::Result<()> {
    let later = folder.join(LATER);
    super::make_private(&later)?;
    write(&later, &format!("{number}.key"), key)
}

/// Seals rows under the newest storage key and opens those of every key there is.
pub struct Lockers {
    owner: [u8; 16],
    folder: PathBuf,
    source: StorageSource,
    lockers: RwLock<Arc<Ring>>,
}

type Ring = BTreeMap<u16, Locker>;

impl Lockers {
    /// Lockers of a server.
    #[must_use]
    pub fn new(storage: &StorageKeys, owner: [u8; 16]) -> Self {
        let (folder, source) = (storage.folder.clone(), storage.source.clone());
        let lockers = RwLock::new(Arc::new(ring(&storage.keys, owner)));
        Self { owner, folder, source, lockers }
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.lockers.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Numbers of the keys, the one that seals last.
    #[must_use]
    pub fn numbers(&self) -> Vec<u16> {
        self.ring().keys().copied().collect()
    }

    /// Number of the key that seals.
    #[must_use]
    pub fn newest(&self) -> u16 {
        self.ring().last_key_value().map_or(FIRST_KEY, |(number, _)| *number)
    }

    /// By what a key is known again: says nothing of the key.
    ///
    /// # Errors
    /// [`SealError::NotSealed`], which does not happen.
    pub fn checks(&self) -> Result<Vec<(u16, String)>, SealError> {
        let check = |(number, locker): (&u16, &Locker)| {
            let derived = locker.derived("key check 1")?;
            let (short, _) = derived.split_at(8);
            Ok((*number, domain::id::hex(short)))
        };
        self.ring().iter().map(check).collect()
    }

    /// Seals a row under the newest key, see [`Locker::seal`].
    ///
    /// # Errors
    /// As there.
    pub fn seal(
        &self,
        rng: &mut impl CryptoRng,
        place: Place<'_>,
        version: u64,
        plain: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let ring = self.ring();
        let (_, newest) = ring.last_key_value().ok_or(SealError::NotSealed)?;
        newest.seal(rng, place, version, plain)
    }

    /// Opens a row sealed under any of the keys, see [`Locker::open`].
    ///
    /// # Errors
    /// As there; [`SealError::Damaged`] for a row under a key that is not here.
    pub fn open(&self, place: Place<'_>, row: &[u8]) -> Result<(u64, Vec<u8>), SealError> {
        let number = key_of(row)?;
        if let Some(locker) = self.ring().get(&number) {
            return locker.open(place, row);
        }
        // Another program began to seal under it a moment ago.
        if matches!(self.source, StorageSource::Files) {
            self.refresh().map_err(|_| SealError::Damaged)?;
        }
        self.ring().get(&number).ok_or(SealError::Damaged)?.open(place, row)
    }

    /// A key for another purpose, derived from the oldest storage key: it stays the same when another key begins to
    /// seal, and becomes another when the oldest is given up.
    ///
    /// # Errors
    /// [`SealError::NotSealed`], which does not happen.
    pub fn derived(&self, purpose: &str) -> Result<Zeroizing<[u8; 32]>, SealError> {
        let ring = self.ring();
        let (_, oldest) = ring.first_key_value().ok_or(SealError::NotSealed)?;
        oldest.derived(purpose)
    }

    /// Reads the keys again. Whether they are others now; without any everything stays as it was.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn refresh(&self) -> io::Result<bool> {
        let keys = read_all(&self.folder, &self.source)?;
        let held = self.ring();
        let same = |(number, key): (&u16, &Zeroizing<[u8; 32]>)| {
            held.get(number).is_some_and(|locker| *locker.key() == **key)
        };
        if keys.is_empty() || (keys.len() == held.len() && keys.iter().all(same)) {
            return Ok(false);
        }
        if keys.last_key_value().map(|(number, _)| *number) < Some(self.newest()) {
            return Err(io::Error::other("the newest storage key is gone"));
        }
        let ring = ring(&keys, self.owner);
        *self.lockers.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        Ok(true)
    }
}

fn ring(keys: &Numbered, owner: [u8; 16]) -> Ring {
    keys.iter().map(|(number, key)| (*number, Locker::numbered(key.clone(), owner, *number))).collect()
}
