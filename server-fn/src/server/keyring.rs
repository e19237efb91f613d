//! The server's keys, in files beside the database that nobody else may read.
//!
//! ```text
//! keys/root.key      vouches for the others; belongs offline. The embedded default makes one at the first start
//! keys/root.pub      its public half, where the root is kept offline
//! keys/server.key    the first pair: opens envelopes, signs receipts and pages
//! keys/server/*.key  later pairs, each named by the first bytes of its sealing key's digest
//! keys/server.keys   public half of the pair in use, vouched for by the root: what devices are given
//! keys/storage.key   the first key that seals rows; keys/storage/N.key later ones
//! keys/revision      another one after each change, so that a running server looks
//! ```
//!
//! Which pair is in use is said by `server.keys` alone, which is replaced in one step: no moment is without keys that
//! belong together. Former pairs stay: a device that was away for months still delivers what it sealed to one.

mod command;
mod deeds;
mod files;
mod reseal;
mod storage;
mod upkeep;

pub use deeds::{
    Installed, Request, grant, install, move_root, new_root, renew, request, rotate_storage, signed_request,
};
pub use storage::{Lockers, StorageSource};
pub use upkeep::{Pace, keep_up};

pub(super) use files::{lock, lock_file, make_private_file, write_private};

use super::{log, now_ms, random, rng};
use files::{exact, make_private, read, write};
use seal::{RootKey, ServerKeys, ServerSecrets};
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use storage::StorageKeys;

const DAY: u64 = 24 * 60 * 60 * 1000;
/// How long a pair is in use before another one takes its place.
pub const MONTH: u64 = 31 * DAY;
/// For how much longer the root vouches: whoever carries files to it may be late.
pub const GRACE: u64 = 14 * DAY;

const PUBLIC: &str = "server.keys";
const ROOT: &str = "root.key";
const ROOT_PUBLIC: &str = "root.pub";
const PAIR: &str = "server.key";
const PAIRS: &str = "server";
const REVISION: &str = "revision";

/// The keys of a running server. Reads as the [`Keys`] in use; former ones stay in memory, for whoever holds them still.
pub struct Keyring {
    /// What invitations carry: the root's fingerprint.
    pub fingerprint: [u8; 32],
    /// Seal rows.
    pub storage: StorageKeys,
    folder: PathBuf,
    first: Keys,
}

/// A pair of the server's, and what the root says of it.
pub struct Keys {
    /// Opens envelopes, signs receipts and pages.
    pub secrets: ServerSecrets,
    /// What devices are given, as bytes of `seal::ServerKeys`.
    pub public: Vec<u8>,
    /// Valid from, milliseconds since 1970.
    pub from: u64,
    /// Valid until.
    pub until: u64,
    /// The pair that took its place.
    next: OnceLock<Box<Keys>>,
}

impl Deref for Keyring {
    type Target = Keys;

    fn deref(&self) -> &Keys {
        let mut keys = &self.first;
        while let Some(next) = keys.next.get() {
            keys = next;
        }
        keys
    }
}

impl Keyring {
    /// Reads the keys, or makes them where there is no database yet.
    ///
    /// # Errors
    /// When a file cannot be read or written; when keys are missing although a database is there: new ones
    /// would open none of it.
    pub fn open(folder: &Path, database_exists: bool, source: StorageSource) -> io::Result<Self> {
        make_private(folder)?;
        let root = match Root::of(folder)? {
            Some(root) => root,
            None if !database_exists && !files::keys_in(&folder.join(PAIRS))?.is_empty() => {
                return Err(io::Error::other(
                    "keys were asked for and none are here yet: put in what the root signed with `amparo keys install`",
                ));
            }
            None => {
                let root = RootKey::generate(&mut rng());
                make(folder, ROOT, &root.to_bytes()[..], database_exists)?;
                Root { public: root.public(), secret: Some(root) }
            }
        };
        let fingerprint = seal::digest(&root.public);
        let keys = match in_use(folder, &fingerprint)? {
            Some(keys) => Some(keys),
            None => first_pair(folder, &root, database_exists)?,
        };
        let storage = StorageKeys::open(folder, source, database_exists)?;
        let first = keys.ok_or_else(|| {
            io::Error::other(
                "server.keys is missing, or not vouched for by the root: `amparo keys request` begins anew",
            )
        })?;
        for path in files::open_to_others(folder) {
            let name = path.strip_prefix(folder.parent().unwrap_or(folder)).unwrap_or(&path);
            log::trouble("keys_open_to_others", &name.display());
        }
        Ok(Self { fingerprint, storage, folder: folder.to_owned(), first })
    }

    /// Takes up keys that were put in meanwhile. Whether there were any.
    ///
    /// # Errors
    /// When a file cannot be read, or the secret half is missing; everything is as it was then.
    pub fn refresh(&self) -> io::Result<bool> {
        let Some(keys) = in_use(&self.folder, &self.fingerprint)? else { return Ok(false) };
        let newest: &Keys = self;
        if keys.public == newest.public || keys.from < newest.from {
            return Ok(false);
        }
        Ok(newest.next.set(Box::new(keys)).is_ok())
    }

    /// Where the keys lie.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the root's secret half lies here too.
    #[must_use]
    pub fn holds_root(&self) -> bool {
        self.folder.join(ROOT).exists()
    }

    /// Pairs that were in use before, or wait for the root's signature.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn other_pairs(&self) -> io::Result<usize> {
        let first = usize::from(self.folder.join(PAIR).exists());
        Ok((files::keys_in(&self.folder.join(PAIRS))?.len() + first).saturating_sub(1))
    }

    /// The server's fingerprint as devices show it.
    #[must_use]
    pub fn printed(&self) -> String {
        printed(&self.fingerprint)
    }
}

/// What a person compares, in groups of four characters, as devices show it.
#[must_use]
pub fn printed(fingerprint: &[u8; 32]) -> String {
    seal::server_keys::groups(fingerprint).join(" ")
}

/// The root, or its public half alone.
struct Root {
    public: [u8; 32],
    secret: Option<RootKey>,
}

impl Root {
    fn of(folder: &Path) -> io::Result<Option<Self>> {
        let secret = match read(&folder.join(ROOT))? {
            Some(bytes) => Some(RootKey::from_bytes(&exact(&bytes)?)),
            None => None,
        };
        let public = match read(&folder.join(ROOT_PUBLIC))? {
            Some(bytes) => Some(exact(&bytes)?),
            None => None,
        };
        match (secret, public) {
            (Some(secret), Some(public)) if secret.public() != public => {
                Err(io::Error::other("root.key is not the root whose public half root.pub is"))
            }
            (Some(secret), _) => Ok(Some(Self { public: secret.public(), secret: Some(secret) })),
            (None, Some(public)) => Ok(Some(Self { public, secret: None })),
            (None, None) => Ok(None),
        }
    }
}

/// The pair that `server.keys` names, if the root vouches for it and its secret half is here.
fn in_use(folder: &Path, fingerprint: &[u8; 32]) -> io::Result<Option<Keys>> {
    let Some(public) = read(&folder.join(PUBLIC))? else { return Ok(None) };
    let Ok(keys) = ServerKeys::from_bytes(&public, fingerprint) else { return Ok(None) };
    let Some(secrets) = secrets_of(folder, &keys)? else { return Ok(None) };
    let (from, until) = (keys.from, keys.until);
    Ok(Some(Keys { secrets, public: public.to_vec(), from, until, next: OnceLock::new() }))
}

/// The secret half of some public keys, where it is here.
fn secrets_of(folder: &Path, keys: &ServerKeys) -> io::Result<Option<ServerSecrets>> {
    let later = folder.join(PAIRS).join(pair_name(&keys.sealing));
    for path in [later, folder.join(PAIR)] {
        if let Some(bytes) = read(&path)? {
            let secrets = ServerSecrets::from_bytes(&bytes).map_err(io::Error::other)?;
            if (&secrets.sealing_public, secrets.signing.public()) == (&keys.sealing, keys.signing) {
                return Ok(Some(secrets));
            }
        }
    }
    Ok(None)
}

fn pair_name(sealing: &[u8]) -> String {
    format!("{}.key", domain::id::hex(&seal::short_digest(sealing)))
}

/// The secret half of the sealing key with a short digest: one in use, a former one.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn sealing_secret(folder: &Path, short: &[u8; 16]) -> io::Result<Option<ServerSecrets>> {
    let later = folder.join(PAIRS).join(format!("{}.key", domain::id::hex(short)));
    for path in [later, folder.join(PAIR)] {
        let Some(bytes) = read(&path)? else { continue };
        let secrets = ServerSecrets::from_bytes(&bytes).map_err(io::Error::other)?;
        if seal::short_digest(&secrets.sealing_public) == *short {
            return Ok(Some(secrets));
        }
    }
    Ok(None)
}

/// The first pair of a folder, vouched for by the root that lies beside it.
fn first_pair(folder: &Path, root: &Root, database_exists: bool) -> io::Result<Option<Keys>> {
    let Some(root) = &root.secret else { return Ok(None) };
    let secrets = match read(&folder.join(PAIR))? {
        Some(bytes) => ServerSecrets::from_bytes(&bytes).map_err(io::Error::other)?,
        None => {
            let secrets = ServerSecrets::generate(&mut rng());
            make(folder, PAIR, &secrets.to_bytes(), database_exists)?;
            secrets
        }
    };
    let (from, until) = term(now_ms(), MONTH + GRACE);
    let public = root.vouch(&secrets, from, until).to_bytes();
    write(folder, PUBLIC, &public)?;
    Ok(Some(Keys { secrets, public, from, until, next: OnceLock::new() }))
}

/// From when until when keys are valid that are vouched for now. A day back: a tablet's clock may be a little slow.
fn term(now: u64, lasts: u64) -> (u64, u64) {
    (now.saturating_sub(DAY), now.saturating_add(lasts))
}

fn make(folder: &Path, name: &str, bytes: &[u8], database_exists: bool) -> io::Result<()> {
    if database_exists {
        return Err(io::Error::other(format!("{name} is missing, and nothing else opens this database")));
    }
    write(folder, name, bytes)
}

/// Says to a running server that keys were changed.
fn tell(folder: &Path) -> io::Result<()> {
    write(folder, REVISION, domain::id::hex(&random::<8>()).as_bytes())
}
