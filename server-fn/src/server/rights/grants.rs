//! Groups of others that are open to somebody for a time.

use crate::server::Office;
use crate::server::ledger::{GrantKind, LedgerError};
use domain::UserId;
use seal::page::Grant;

/// What is open to somebody at a moment, in order of the groups; of two for one group the one that lasts longer.
///
/// # Errors
/// When the ledger is not able.
pub fn active_grants(office: &Office, user: UserId, now: u64) -> Result<Vec<Grant>, LedgerError> {
    let mut grants: Vec<Grant> = Vec::new();
    for row in office.ledger().active(user, now)? {
        let grant =
            Grant { group: row.group, until: row.until, emergency: row.kind == GrantKind::BreakGlass };
        match grants.iter_mut().find(|held| held.group == grant.group) {
            Some(held) if held.until >= grant.until => {}
            Some(held) => *held = grant,
            None => grants.push(grant),
        }
    }
    Ok(grants)
}
