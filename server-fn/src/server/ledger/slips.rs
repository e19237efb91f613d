//! Slips of referrals, whose voice the server lends to desks without accounts; and what is looked up for gifts.

use super::{Digest, Member, RecordRow, Result};
use domain::{Kind, RecordId};

/// Rows about slips.
pub trait Slips {
    /// Keeps a sealed secret under a name, unless one is kept. Gives the one kept.
    fn slip_secret(&self, name: &[u8], fresh: Vec<u8>) -> Result<Vec<u8>>;
    /// Adds a voice, which is a user with an enrolment, unless it is here.
    fn add_voice(&self, voice: Member) -> Result<()>;
    /// Referrals whose slip has a number, by its digest.
    fn slips(&self, number: Digest) -> Result<Vec<RecordId>>;
    /// Records of a kind that belong to a group, the newest first.
    fn records_of(&self, group: RecordId, kind: Kind, limit: u32) -> Result<Vec<RecordRow>>;
}
