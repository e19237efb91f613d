//! Opens envelopes. Opening a capsule costs far more than opening an envelope, so opened capsules are kept.

use super::keyring;
use super::ledger::{Ledger, LedgerError};
use super::log;
use seal::{CapsuleId, Envelope, Incoming, Opener, SealError, ServerSecrets, short_digest};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Capsules kept in each of the two generations: some hundreds of bytes each.
const KEPT: usize = 2_048;

/// First bytes of the digest of a sealing key, which each envelope names.
type KeyId = [u8; 16];
/// A capsule opened with a key that is not its own gives something too, which opens nothing: so both are named.
type Name = (CapsuleId, KeyId);

/// Opens envelopes with the server's secrets: those in use, and former ones for what was sealed long ago.
pub struct Openers {
    folder: PathBuf,
    openers: Mutex<HashMap<KeyId, Arc<Opener>>>,
    kept: Mutex<Generations>,
}

/// Used lately, and used before that. When the first is full the second is forgotten.
#[derive(Default)]
struct Generations {
    young: HashMap<Name, Arc<Incoming>>,
    old: HashMap<Name, Arc<Incoming>>,
}

impl Openers {
    /// With the pair in use; others are read from the folder of keys when an envelope names them.
    pub fn new(folder: &Path, secrets: &ServerSecrets) -> Self {
        let opener = Arc::new(Opener::new(secrets.sealing.clone()));
        let openers = HashMap::from([(short_digest(&secrets.sealing_public), opener)]);
        Self { folder: folder.to_owned(), openers: Mutex::new(openers), kept: Mutex::default() }
    }

    /// Opens an envelope whose capsule lies in the ledger.
    pub fn open(
        &self,
        ledger: &dyn Ledger,
        envelope: &Envelope,
    ) -> Result<Result<Vec<u8>, SealError>, LedgerError> {
        let name = (envelope.header.capsule, envelope.header.server_key);
        if let Some(incoming) = self.find(name) {
            return Ok(incoming.open(envelope));
        }
        let Some(opener) = self.opener(name.1)? else { return Ok(Err(SealError::Damaged)) };
        let Some(capsule) = ledger.capsule(name.0)? else { return Ok(Err(SealError::Damaged)) };
        Ok(opener.open(&capsule).and_then(|incoming| {
            let incoming = Arc::new(incoming);
            self.keep(name, Arc::clone(&incoming));
            incoming.open(envelope)
        }))
    }

    /// What opens envelopes that name a key. `None` for a key that was never this server's.
    fn opener(&self, id: KeyId) -> Result<Option<Arc<Opener>>, LedgerError> {
        let known = self.openers.lock().unwrap_or_else(PoisonError::into_inner).get(&id).map(Arc::clone);
        if known.is_some() {
            return Ok(known);
        }
        // A key that cannot be read now may be readable later: nobody is told that the envelope is damaged.
        let secrets = keyring::sealing_secret(&self.folder, &id).map_err(|error| {
            log::trouble("former_key_not_readable", &error);
            LedgerError::Unable("a former key cannot be read".to_owned())
        })?;
        let opener = secrets.map(|secrets| Arc::new(Opener::new(secrets.sealing.clone())));
        if let Some(opener) = &opener {
            let mut openers = self.openers.lock().unwrap_or_else(PoisonError::into_inner);
            openers.insert(id, Arc::clone(opener));
        }
        Ok(opener)
    }

    fn find(&self, name: Name) -> Option<Arc<Incoming>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.young.get(&name) {
            return Some(Arc::clone(found));
        }
        let found = kept.old.remove(&name)?;
        kept.put(name, Arc::clone(&found));
        Some(found)
    }

    fn keep(&self, name: Name, incoming: Arc<Incoming>) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).put(name, incoming);
    }
}

impl Generations {
    fn put(&mut self, name: Name, incoming: Arc<Incoming>) {
        if self.young.len() >= KEPT {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(name, incoming);
    }
}
