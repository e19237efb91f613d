//! Passkeys of staff (WebAuthn level 2, § 7): what administration and exports ask for on top of a session.
//!
//! A passkey proves that a person is at a device of theirs now; the session alone proves that somebody holds its
//! cookie. What is asked of one: made for this server's domain, shown on one of its pages, by a person whom the
//! authenticator knew again (PIN, finger, face), for a challenge of this session that nobody answered before.

mod cose;
mod deeds;
mod party;
mod proof;

pub use deeds::{challenge, list, register, remove, reset, show};
pub use party::Party;
pub use proof::{Proof, Refusal, read_attestation, read_proof};

use super::audit::{AuditEvent, What};
use super::{Office, now_ms};
use crate::ApiError;

/// How long a passkey that was shown counts.
pub const COUNTS_FOR: u64 = 15 * 60 * 1000;
/// How long a challenge may be answered.
pub const ANSWERED_WITHIN: u64 = 2 * 60 * 1000;

impl Office {
    /// Removes all passkeys of the one person with a staff code, for a command on the server. How many there were.
    ///
    /// # Errors
    /// In words: nobody or several have the code, or the ledger is not able.
    pub fn reset_passkeys(&self, staff_code: &str) -> Result<u64, String> {
        let mut found = Vec::new();
        for row in self.ledger.staff().map_err(|error| error.to_string())? {
            let profile = self.profile(&row).map_err(|error| error.to_string())?;
            if profile.staff_code == staff_code {
                found.push(row.id);
            }
        }
        let [user] = found[..] else {
            return Err(format!("{} people have this staff code", found.len()));
        };
        let event = AuditEvent::of(What::PasskeyRemoved).about(&user.0).because("reset");
        self.note(event).map_err(|error| error.to_string())?;
        let removed = self.ledger.remove_passkeys(user).map_err(|error| error.to_string())?;
        self.roster_changed();
        Ok(removed)
    }
}

/// Whether a passkey was shown on a session lately.
///
/// # Errors
/// [`ApiError::PasskeyNeeded`] when none was.
pub(super) fn elevated(office: &Office, cookie: Option<[u8; 32]>) -> Result<(), ApiError> {
    let cookie = cookie.ok_or(ApiError::NotSignedIn)?;
    let at = office.ledger.elevated_at(seal::digest(&cookie))?;
    if at > 0 && now_ms().saturating_sub(at) < COUNTS_FOR { Ok(()) } else { Err(ApiError::PasskeyNeeded) }
}
