//! Files that nobody but the server may read, written whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A file's bytes; `None` where there is none.
pub(super) fn read(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The 32 bytes of a key file.
pub(super) fn exact(bytes: &[u8]) -> io::Result<[u8; 32]> {
    bytes.try_into().map_err(|_| io::Error::other("a key file has the wrong length"))
}

/// Writes beside and renames, so that a file is never half written.
pub(super) fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let beside = folder.join(format!("{name}.new"));
    let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, folder.join(name))?;
    sync(folder)
}

/// Writes a file that must not be there yet, such as a key that is taken elsewhere.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private(OpenOptions::new().write(true).create_new(true)).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Removes a file for good, as far as the disk lets one.
pub(super) fn remove(folder: &Path, name: &str) -> io::Result<()> {
    match fs::remove_file(folder.join(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => sync(folder),
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Names of the files of a folder that end in `.key`, without that. Empty where there is no folder.
pub(super) fn keys_in(folder: &Path) -> io::Result<Vec<String>> {
    let files = match fs::read_dir(folder) {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for file in files {
        let name = file?.file_name();
        names.extend(name.to_str().and_then(|name| name.strip_suffix(".key")).map(str::to_owned));
    }
    Ok(names)
}

/// Writes a file that nobody else may read, into a folder of that kind.
pub(in crate::server) fn write_private(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    make_private(folder)?;
    write(folder, name, bytes)
}

/// Holds a folder for this program alone, until the file is dropped: others who want it wait.
pub(in crate::server) fn lock(folder: &Path) -> io::Result<File> {
    let file = lock_file(folder, "lock")?;
    file.lock()?;
    Ok(file)
}

/// A file of a folder that is there to be locked, not locked yet.
pub(in crate::server) fn lock_file(folder: &Path, name: &str) -> io::Result<File> {
    make_private(folder)?;
    private(OpenOptions::new().append(true).create(true)).open(folder.join(name))
}

/// Makes an empty file that nobody else may read, unless it is there.
pub(in crate::server) fn make_private_file(path: &Path) -> io::Result<()> {
    private(OpenOptions::new().append(true).create(true)).open(path).map(|_| ())
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The folder of keys and what lies in it, as far as others than its owner may read or change it.
pub(super) fn open_to_others(folder: &Path) -> Vec<PathBuf> {
    let mut open = Vec::new();
    let mut look = vec![folder.to_owned()];
    while let Some(path) = look.pop() {
        let Ok(about) = fs::metadata(&path) else { continue };
        #[cfg(unix)]
        if std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o077 != 0 {
            open.push(path.clone());
        }
        if about.is_dir() {
            look.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|file| file.path()));
        }
    }
    open.sort();
    open
}
