//! The secret that slips rest on. It lies sealed in the database, so that it is the same after a restart, under another
//! storage key, and in a restored backup.

use crate::server::ledger::{Digest, LedgerError};
use crate::server::{Office, Table, random};
use domain::GroupRef;
use seal::{Locker, SealError};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// Name of its row.
const NAME: &[u8] = b"slips 1";

/// The secret of a running server, read when it is first needed in an epoch.
#[derive(Default)]
pub struct Slips(Mutex<Option<([u8; 16], Arc<Locker>)>>);

fn unable(error: &SealError) -> LedgerError {
    LedgerError::Unable(format!("secret of slips: {error}"))
}

impl Office {
    /// A key for a purpose of slips (HKDF-SHA-256 over the secret).
    ///
    /// # Errors
    /// When the ledger is not able, or the secret does not open.
    pub(in crate::server) fn slip_key(&self, purpose: &str) -> Result<Zeroizing<[u8; 32]>, LedgerError> {
        let epoch = self.ledger.identity().epoch;
        let held = self.slips.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, locker)) = held.filter(|(of, _)| *of == epoch) {
            return locker.derived(purpose).map_err(|error| unable(&error));
        }
        let fresh = Zeroizing::new(random::<32>());
        let sealed = self.seal(Table::SlipSecrets, NAME, 1, &fresh[..]).map_err(|error| unable(&error))?;
        // Of two programs that begin at once, both take what one of them put.
        let kept = self.ledger.slip_secret(NAME, sealed)?;
        let (_, secret) = self.unseal(Table::SlipSecrets, NAME, &kept).map_err(|error| unable(&error))?;
        let secret: [u8; 32] = secret.try_into().map_err(|_| unable(&SealError::Malformed))?;
        let locker = Arc::new(Locker::new(Zeroizing::new(secret), self.ledger.identity().server));
        *self.slips.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((epoch, Arc::clone(&locker)));
        locker.derived(purpose).map_err(|error| unable(&error))
    }

    /// Under what the number of a slip is noted: says nothing of it to whoever reads the database.
    ///
    /// # Errors
    /// As [`Self::slip_key`].
    pub(in crate::server) fn slip_number(&self, number: GroupRef) -> Result<Digest, LedgerError> {
        Ok(*self.slip_key(&format!("number {}", number.as_str()))?)
    }

    /// Whether two codes are one. What is compared are keys derived from both, so that the time it takes tells nothing
    /// of either.
    ///
    /// # Errors
    /// As [`Self::slip_key`].
    pub(super) fn is_slip_code(&self, said: GroupRef, code: GroupRef) -> Result<bool, LedgerError> {
        let derived = |code: GroupRef| self.slip_key(&format!("code {}", code.as_str()));
        Ok(derived(said)? == derived(code)?)
    }
}
