//! In whose name the server states what was answered with a slip: one voice for the desks of an institution at a site.

use crate::server::Office;
use crate::server::ledger::LedgerError;
use crate::server::voice::{Voice, Whose};
use domain::Role;
use domain::service::slip::voice_name;

/// The voice of the desks of an institution at a site.
///
/// # Errors
/// When the ledger is not able.
pub fn voice_of_desk(office: &Office, institution: &str, site: &str) -> Result<Voice, LedgerError> {
    let name = voice_name(institution);
    let (role, label) = (Role::Slip, &b"amparo/voice/1"[..]);
    Voice::of(office, Whose { purpose: "", label, role, name, organisation: institution, site })
}
