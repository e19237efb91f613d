//! Handles: what stands for somebody who was found, in the hands of whoever found them. Opaque, good for a day, and
//! for nobody else.

use super::DAY;
use crate::ApiError;
use crate::server::{Office, Table, log};
use domain::{RecordId, UserId};

/// Makes a handle for somebody, for a user.
pub fn make(office: &Office, user: UserId, person: RecordId, now: u64) -> Result<Vec<u8>, ApiError> {
    // The user is the row's place, so it opens for nobody else; the end is its version.
    office.seal(Table::Handles, &user.0, now.saturating_add(DAY), &person.0).map_err(|error| {
        log::trouble("handle_not_sealed", &error);
        ApiError::Unavailable
    })
}

/// Whom a user's handle stands for; `None` for another's, for one that is made up, and after a day.
pub fn open(office: &Office, user: UserId, handle: &[u8], now: u64) -> Option<RecordId> {
    let (until, person) = office.unseal(Table::Handles, &user.0, handle).ok()?;
    RecordId::from_slice(&person).filter(|_| now < until)
}
