//! What is done with keys by command: asked for, signed where the root is, put in, exchanged. Each works beside a
//! running server, which takes up what changed within seconds.

use super::files::{self, exact, make_private, read, write, write_new};
use super::storage::{self, StorageSource};
use super::{
    DAY, GRACE, MONTH, PAIRS, PUBLIC, ROOT, ROOT_PUBLIC, Root, lock, pair_name, printed, secrets_of, tell,
    term,
};
use crate::server::{database, now_ms, random, rng};
use seal::{KeyRequest, RootKey, SealError, ServerKeys, ServerSecrets};
use std::io;
use std::path::{Path, PathBuf};

/// What is carried to where the root is.
pub struct Request {
    /// The file.
    pub bytes: Vec<u8>,
    /// By which people see on both sides that it is the same.
    pub short: String,
}

/// Keys that were put in.
pub struct Installed {
    /// The root's fingerprint.
    pub fingerprint: [u8; 32],
    /// Until when it vouches, milliseconds since 1970.
    pub until: u64,
}

/// Makes a root key in a file of its own, on a machine that has no line. Gives its fingerprint.
///
/// # Errors
/// When the file is there or cannot be written.
pub fn new_root(out: &Path) -> Result<[u8; 32], String> {
    let root = RootKey::generate(&mut rng());
    write_new(out, &root.to_bytes()[..]).map_err(|error| about(out, &error))?;
    Ok(root.fingerprint())
}

/// Makes a new pair, which waits in the folder until the root has signed what this gives.
///
/// # Errors
/// When the folder cannot be written.
pub fn request(data: &Path) -> Result<Request, String> {
    let (_lock, keys) = locked(data)?;
    ask(&keys).map_err(|error| about(&keys, &error))
}

fn ask(keys: &Path) -> io::Result<Request> {
    let after = match Root::of(keys)? {
        Some(root) => current(keys, &root)?.map_or(0, |keys| keys.from),
        None => 0,
    };
    let secrets = ServerSecrets::generate(&mut rng());
    let pairs = keys.join(PAIRS);
    make_private(&pairs)?;
    write(&pairs, &pair_name(&secrets.sealing_public), &secrets.to_bytes())?;
    let bytes = KeyRequest::write(&secrets, after);
    Ok(Request { short: short(&bytes), bytes })
}

/// By what people recognise a request.
fn short(request: &[u8]) -> String {
    printed(&seal::digest(request))
}

/// Signs what a server asks for, on the machine that holds the root's file. Gives the keys to be carried back and by
/// what the request is recognised.
///
/// # Errors
/// When the root cannot be read or the request is none.
pub fn grant(root: &Path, request: &[u8], days: Option<u64>) -> Result<(ServerKeys, String), String> {
    let bytes = read(root).map_err(|error| about(root, &error))?;
    let bytes = bytes.ok_or_else(|| format!("{}: there is no such file", root.display()))?;
    let root = RootKey::from_bytes(&exact(&bytes).map_err(|error| about(root, &error))?);
    Ok((sign(&root, request, days)?, short(request)))
}

/// By what people recognise a request in a file.
///
/// # Errors
/// When it is none.
pub fn signed_request(request: &[u8]) -> Result<String, String> {
    KeyRequest::read(request).map_err(|error| words("the request", error))?;
    Ok(short(request))
}

fn sign(root: &RootKey, request: &[u8], days: Option<u64>) -> Result<ServerKeys, String> {
    let request = KeyRequest::read(request).map_err(|error| words("the request", error))?;
    let lasts = days.map_or(MONTH + GRACE, |days| days.saturating_mul(DAY));
    let (from, until) = term(now_ms(), lasts);
    Ok(root.grant(&request, from, until))
}

/// Puts in keys that the root signed: from now on they are in use. In a folder that has no root yet, the fingerprint
/// that somebody compared says which root it is to believe for ever.
///
/// # Errors
/// In words: another root, keys that this server never asked for, that have run out, or that are older than those
/// in use. Nothing was changed then.
pub fn install(data: &Path, signed: &[u8], compared: Option<&str>) -> Result<Installed, String> {
    let (_lock, keys) = locked(data)?;
    put_in(&keys, signed, compared, database::is_begun_at(data, None)?)
}

fn put_in(
    keys: &Path,
    signed: &[u8],
    compared: Option<&str>,
    database_exists: bool,
) -> Result<Installed, String> {
    let failed = |error: io::Error| about(keys, &error);
    let root = Root::of(keys).map_err(failed)?;
    let claimed = ServerKeys::claimed_root(signed).map_err(|error| words("this file", error))?;
    let fingerprint = root.as_ref().map_or(claimed, |root| seal::digest(&root.public));
    let same = |said: &str| {
        let said: String = said.chars().filter(|c| !c.is_whitespace()).collect();
        said.eq_ignore_ascii_case(&printed(&claimed).replace(' ', ""))
    };
    match (&root, compared) {
        (_, Some(said)) if !same(said) => {
            return Err(format!(
                "these keys are signed by the root {}; nothing was changed",
                printed(&claimed)
            ));
        }
        (None, _) if database_exists => {
            return Err("there is a database and no root: put root.key or root.pub back".into());
        }
        (None, None) => {
            return Err(format!(
                "this folder believes no root yet. The file is signed by {}: compare that with the paper of the root, \
                 and say it with --fingerprint; nothing was changed",
                printed(&claimed)
            ));
        }
        _ => {}
    }
    let granted = ServerKeys::from_bytes(signed, &fingerprint).map_err(|error| words("this file", error))?;
    if secrets_of(keys, &granted).map_err(failed)?.is_none() {
        return Err("these keys were not asked for from this folder: their secret half is not here; nothing was changed".into());
    }
    if granted.until <= now_ms() {
        return Err("these keys have run out; nothing was changed".into());
    }
    let held = match &root {
        Some(root) => current(keys, root).map_err(failed)?,
        None => None,
    };
    if held.is_some_and(|held| held != granted && granted.from <= held.from) {
        return Err("these keys are older than those in use; nothing was changed".into());
    }
    if root.is_none() {
        write(keys, ROOT_PUBLIC, &granted.root).map_err(failed)?;
    }
    write(keys, PUBLIC, signed).and_then(|()| tell(keys)).map_err(failed)?;
    Ok(Installed { fingerprint, until: granted.until })
}

/// Asks, signs and puts in, where the root lies beside the other keys.
///
/// # Errors
/// When the root is kept offline, or the folder cannot be written.
pub fn renew(data: &Path) -> Result<Installed, String> {
    let (_lock, keys) = locked(data)?;
    let root = Root::of(&keys).map_err(|error| about(&keys, &error))?;
    let root = root.and_then(|root| root.secret).ok_or(
        "the root is not in this folder: `amparo keys request` here, `amparo keys sign` where it is, \
         `amparo keys install` here",
    )?;
    let request = ask(&keys).map_err(|error| about(&keys, &error))?;
    let granted = sign(&root, &request.bytes, None)?;
    put_in(&keys, &granted.to_bytes(), None, database::is_begun_at(data, None)?)
}

/// Takes the root out of the folder, into a file to be kept offline. Gives its fingerprint.
///
/// # Errors
/// When it is not there, or the file is there already or cannot be written; nothing was changed then.
pub fn move_root(data: &Path, out: &Path) -> Result<[u8; 32], String> {
    let (_lock, keys) = locked(data)?;
    let root = Root::of(&keys).map_err(|error| about(&keys, &error))?;
    let root = root.and_then(|root| root.secret).ok_or("the root is not in this folder")?;
    write_new(out, &root.to_bytes()[..]).map_err(|error| about(out, &error))?;
    let done = write(&keys, ROOT_PUBLIC, &root.public())
        .and_then(|()| files::remove(&keys, ROOT))
        .and_then(|()| tell(&keys));
    done.map_err(|error| about(&keys, &error))?;
    Ok(root.fingerprint())
}

/// Lets another storage key seal from now on: a new one in a file, or the newest that the command gives. Gives its
/// number.
///
/// # Errors
/// When the keys come from the environment, which cannot change while a server runs.
pub fn rotate_storage(data: &Path, source: &StorageSource) -> Result<u16, String> {
    let (_lock, keys) = locked(data)?;
    let failed = |error: io::Error| about(&keys, &error);
    let number = match source {
        StorageSource::Text(_) => {
            return Err(
                "the storage key is given in the environment: put the new one beside the former one there \
                 (AMPARO_STORAGE_KEY=\"2:NEW 1:FORMER\") and start the server again"
                    .into(),
            );
        }
        StorageSource::Command(command) => {
            let given = super::command::ask(command)?;
            *given.last_key_value().ok_or("the command gives no key")?.0
        }
        StorageSource::Files => {
            let held = storage::in_files(&keys).map_err(failed)?;
            let newest =
                held.last_key_value().ok_or("there is no storage key yet: start the server first")?;
            let number = newest.0.checked_add(1).ok_or("there are no more numbers")?;
            storage::add(&keys, number, &random()).map_err(failed)?;
            number
        }
    };
    tell(&keys).map_err(failed)?;
    Ok(number)
}

/// The keys in use.
fn current(keys: &Path, root: &Root) -> io::Result<Option<ServerKeys>> {
    let public = read(&keys.join(PUBLIC))?;
    Ok(public.and_then(|public| ServerKeys::from_bytes(&public, &seal::digest(&root.public)).ok()))
}

fn locked(data: &Path) -> Result<(std::fs::File, PathBuf), String> {
    let lock = lock(data).map_err(|error| about(data, &error))?;
    let keys = data.join("keys");
    make_private(&keys).map_err(|error| about(&keys, &error))?;
    Ok((lock, keys))
}

fn about(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

fn words(what: &str, error: SealError) -> String {
    match error {
        SealError::WrongSignature => {
            format!("{what} is not signed by the root of this server; nothing was changed")
        }
        other => format!("{what} cannot be read: {other}; nothing was changed"),
    }
}
