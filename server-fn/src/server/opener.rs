//! Opens envelopes. Opening a capsule costs far more than opening an envelope, so opened capsules are kept.

use super::ledger::{Ledger, LedgerError};
use seal::{CapsuleId, Envelope, Incoming, Opener, SealError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Capsules kept in each of the two generations: some hundreds of bytes each.
const KEPT: usize = 2_048;

/// Opens envelopes with the server's secret.
pub struct Openers {
    opener: Opener,
    kept: Mutex<Generations>,
}

/// Used lately, and used before that. When the first is full the second is forgotten.
#[derive(Default)]
struct Generations {
    young: HashMap<CapsuleId, Arc<Incoming>>,
    old: HashMap<CapsuleId, Arc<Incoming>>,
}

impl Openers {
    pub fn new(opener: Opener) -> Self {
        Self { opener, kept: Mutex::default() }
    }

    /// Opens an envelope whose capsule lies in the ledger.
    pub fn open(
        &self,
        ledger: &dyn Ledger,
        envelope: &Envelope,
    ) -> Result<Result<Vec<u8>, SealError>, LedgerError> {
        let id = envelope.header.capsule;
        if let Some(incoming) = self.find(id) {
            return Ok(incoming.open(envelope));
        }
        let Some(capsule) = ledger.capsule(id)? else { return Ok(Err(SealError::Damaged)) };
        Ok(self.opener.open(&capsule).and_then(|incoming| {
            let incoming = Arc::new(incoming);
            self.keep(id, Arc::clone(&incoming));
            incoming.open(envelope)
        }))
    }

    fn find(&self, id: CapsuleId) -> Option<Arc<Incoming>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.young.get(&id) {
            return Some(Arc::clone(found));
        }
        let found = kept.old.remove(&id)?;
        kept.put(id, Arc::clone(&found));
        Some(found)
    }

    fn keep(&self, id: CapsuleId, incoming: Arc<Incoming>) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).put(id, incoming);
    }
}

impl Generations {
    fn put(&mut self, id: CapsuleId, incoming: Arc<Incoming>) {
        if self.young.len() >= KEPT {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id, incoming);
    }
}
