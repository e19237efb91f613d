//! What the server promised last, in a file beside the database: where both chains ended. An old copy of the database that
//! somebody puts in its place knows nothing of what came after it; this file does.
//!
//! It says no more than what is durably in the database, so that it never accuses one that is whole, and lags behind by
//! seconds, so that it costs no receipt anything. What came within those seconds before a copy was put in place is found
//! out by the devices, which hand back what they were given ([`super::checkpoint`]).

use crate::server::ledger::{Digest, Heads, Identity};
use crate::server::{keyring, log};
use minicbor::{Decode, Encode};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Name of the file in the data folder.
const NAME: &str = "promised";
/// The file that is locked by whoever compares and writes what lies beside the database.
const LOCK: &str = "beside";
/// How it begins.
const MAGIC: &[u8] = b"amparo promised 1\n";

/// Where both chains ended at a moment, in which ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Promise {
    /// The ledger.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub server: [u8; 16],
    /// Its epoch then.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub epoch: [u8; 16],
    /// When, milliseconds since 1970.
    #[n(2)]
    pub at: u64,
    /// Number of the last entry; 0 for none.
    #[n(3)]
    pub entries_seq: u64,
    /// Its chain.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub entries_head: Digest,
    /// Number of the last row of the log; 0 for none.
    #[n(5)]
    pub audit_seq: u64,
    /// Its chain.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub audit_head: Digest,
}

impl Promise {
    /// What a ledger promises whose chains end here.
    #[must_use]
    pub fn of(identity: Identity, heads: Heads, at: u64) -> Self {
        let Heads { entries_seq, entries_head, audit_seq, audit_head } = heads;
        let Identity { server, epoch } = identity;
        Self { server, epoch, at, entries_seq, entries_head, audit_seq, audit_head }
    }

    /// The bytes of the file: how it begins, the first 16 bytes of SHA-256 over the rest, and CBOR.
    fn to_bytes(self) -> Vec<u8> {
        let plain = minicbor::to_vec(self).unwrap_or_default();
        [MAGIC, &seal::short_digest(&plain), &plain].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (digest, plain) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<16>()?;
        (seal::short_digest(plain) == *digest).then(|| minicbor::decode(plain).ok())?
    }
}

/// The file of a data folder; of none, where an office has no folder.
#[derive(Debug, Default)]
pub struct Promised {
    data: Option<PathBuf>,
}

impl Promised {
    /// The one of a folder.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self { data: Some(data.to_owned()) }
    }

    /// Holds what lies beside the database for one thread of one program, until the file is dropped; `None` where there is
    /// no folder.
    ///
    /// # Errors
    /// When the data folder is not able.
    pub(in crate::server) fn lock(&self) -> io::Result<Option<File>> {
        let Some(data) = &self.data else { return Ok(None) };
        let file = keyring::lock_file(data, LOCK)?;
        file.lock()?;
        Ok(Some(file))
    }

    /// What was promised last; `None` where nothing was, and where the file is no such file, which the log is told.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(&self) -> io::Result<Option<Promise>> {
        let Some(data) = &self.data else { return Ok(None) };
        let bytes = match fs::read(data.join(NAME)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let read = Promise::from_bytes(&bytes);
        if read.is_none() {
            log::trouble("promised_not_readable", &NAME);
        }
        Ok(read)
    }

    /// Writes down durably what is promised. For whoever holds [`Self::lock`] and has compared what was promised before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write(&self, promise: Promise) -> io::Result<()> {
        let Some(data) = &self.data else { return Ok(()) };
        keyring::write_private(data, NAME, &promise.to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise() -> Promise {
        let identity = Identity { server: [1; 16], epoch: [2; 16] };
        let heads = Heads { entries_seq: 3, entries_head: [4; 32], audit_seq: 5, audit_head: [6; 32] };
        Promise::of(identity, heads, 1_790_000_000_000)
    }

    /// Written by the first version. Never edited.
    const KEPT: &str = "616d7061726f2070726f6d6973656420310a6b032020c2eabeb5aff3fce74bca764ea700500101010101010101010101\
                        0101010101015002020202020202020202020202020202021b000001a0c4506c00030304582004040404040404040404\
                        040404040404040404040404040404040404040404040505065820060606060606060606060606060606060606060606\
                        0606060606060606060606";

    #[test]
    fn a_promise_is_read_as_it_was_written_and_nothing_else_is() {
        let bytes = promise().to_bytes();
        assert_eq!(domain::id::hex(&bytes), KEPT);
        let pairs = (0..KEPT.len()).step_by(2);
        let kept: Vec<u8> = pairs.map(|at| u8::from_str_radix(&KEPT[at..at + 2], 16).unwrap()).collect();
        assert_eq!(Promise::from_bytes(&kept), Some(promise()));
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_eq!(Promise::from_bytes(&other), None, "{at}");
            assert_eq!(Promise::from_bytes(&bytes[..at]), None, "{at}");
        }
    }
}
