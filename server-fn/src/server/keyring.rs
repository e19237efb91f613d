//! The server's keys, in files beside the database that nobody else may read.
//!
//! `root.key` vouches for the others and belongs offline; the embedded default makes one at the first start.
//! `server.key` opens envelopes and signs receipts and pages; `storage.key` seals rows; `server.keys` is the
//! public half that devices are given.

use super::{now_ms, random, rng};
use seal::{RootKey, ServerKeys, ServerSecrets};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use zeroize::Zeroizing;

const DAY: u64 = 24 * 60 * 60 * 1000;
/// How long the root vouches for the server's keys.
const VOUCHED: u64 = 90 * DAY;
/// With less time than this left, the root vouches anew at the next start.
const RENEW: u64 = 30 * DAY;

/// The keys of a running server.
pub struct Keyring {
    /// Opens envelopes, signs receipts and pages.
    pub secrets: ServerSecrets,
    /// Seals rows.
    pub storage: Zeroizing<[u8; 32]>,
    /// What devices are given, as bytes of `seal::ServerKeys`.
    pub public: Vec<u8>,
    /// What invitations carry.
    pub fingerprint: [u8; 32],
}

impl Keyring {
    /// Reads the keys, or makes them where there is no database yet.
    ///
    /// # Errors
    /// When a file cannot be read or written; when keys are missing although a database is there: new ones
    /// would open none of it.
    pub fn open(folder: &Path, database_exists: bool) -> io::Result<Self> {
        make_private(folder)?;
        let root = match read(&folder.join("root.key"))? {
            Some(bytes) => RootKey::from_bytes(&exact(&bytes)?),
            None => {
                let root = RootKey::generate(&mut rng());
                make(folder, "root.key", &root.to_bytes()[..], database_exists)?;
                root
            }
        };
        let secrets = match read(&folder.join("server.key"))? {
            Some(bytes) => ServerSecrets::from_bytes(&bytes).map_err(io::Error::other)?,
            None => {
                let secrets = ServerSecrets::generate(&mut rng());
                make(folder, "server.key", &secrets.to_bytes(), database_exists)?;
                secrets
            }
        };
        let storage = match read(&folder.join("storage.key"))? {
            Some(bytes) => Zeroizing::new(exact(&bytes)?),
            None => {
                let storage = Zeroizing::new(random::<32>());
                make(folder, "storage.key", &storage[..], database_exists)?;
                storage
            }
        };
        let fingerprint = root.fingerprint();
        let public = vouched(folder, &root, &secrets)?;
        Ok(Self { secrets, storage, public, fingerprint })
    }
}

/// What a person compares, in groups of four characters.
#[must_use]
pub fn printed(fingerprint: &[u8; 32]) -> String {
    let text = domain::id::hex(fingerprint);
    let groups: Vec<&str> = (0..16).filter_map(|group| text.get(group * 4..group * 4 + 4)).collect();
    groups.join(" ")
}

fn vouched(folder: &Path, root: &RootKey, secrets: &ServerSecrets) -> io::Result<Vec<u8>> {
    let now = now_ms();
    if let Some(bytes) = read(&folder.join("server.keys"))?
        && let Ok(keys) = ServerKeys::from_bytes(&bytes, &root.fingerprint())
        && (&keys.sealing, keys.signing) == (&secrets.sealing_public, secrets.signing.public())
        && keys.until > now + RENEW
    {
        return Ok(bytes.to_vec());
    }
    // A day back: a tablet's clock may be a little slow.
    let public = root.vouch(secrets, now.saturating_sub(DAY), now + VOUCHED).to_bytes();
    write(folder, "server.keys", &public)?;
    Ok(public)
}

fn make(folder: &Path, name: &str, bytes: &[u8], database_exists: bool) -> io::Result<()> {
    if database_exists {
        return Err(io::Error::other(format!("{name} is missing, and nothing else opens this database")));
    }
    write(folder, name, bytes)
}

fn read(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn exact(bytes: &[u8]) -> io::Result<[u8; 32]> {
    bytes.try_into().map_err(|_| io::Error::other("a key file has the wrong length"))
}

/// Writes beside and renames, so that a file is never half written.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let beside = folder.join(format!("{name}.new"));
    let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, folder.join(name))?;
    File::open(folder)?.sync_all()
}

/// Writes a file that nobody else may read, into a folder of that kind.
pub(super) fn write_private(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    make_private(folder)?;
    write(folder, name, bytes)
}

/// Holds a folder for this program alone, until the file is dropped: others who want it wait.
pub(super) fn lock(folder: &Path) -> io::Result<File> {
    make_private(folder)?;
    let file = private(OpenOptions::new().append(true).create(true)).open(folder.join("lock"))?;
    file.lock()?;
    Ok(file)
}

/// Makes an empty file that nobody else may read, unless it is there.
pub(super) fn make_private_file(path: &Path) -> io::Result<()> {
    private(OpenOptions::new().append(true).create(true)).open(path).map(|_| ())
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
