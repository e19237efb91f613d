//! The page by which a desk without accounts answers a referral: `/answer`.
//!
//! Whoever has the paper slip types its number and its code. Both together open that one referral, as far as its receiver
//! is told of it, and let the desk say what becomes of it. What is said is stated by a voice that the server keeps for
//! the desk ([`voice`]), judged and folded as anybody's. The page is plain HTML without a script and keeps nothing: each
//! answer carries number and code again.

mod answers;
mod desk;
mod door;
mod form;
mod html;
mod labels;
mod page;
mod said;
mod secret;
mod voice;
mod words;

pub use door::{LIMIT, PATHS, answer};
pub use html::Html;
pub use labels::{Labels, table};
pub use secret::Slips;
#[cfg(test)]
pub use voice::voice_of_desk;
pub use words::Words;

use super::Office;
use super::ledger::{Batch, LedgerError};
use domain::service::{Referral, Status};
use domain::{Field, GroupRef, Kind, Record};

/// Notes the numbers of the slips that an entry brings with it, of referrals that were sent to somebody. A draft has none:
/// nobody holds its paper yet.
///
/// # Errors
/// When the ledger is not able.
pub fn noted<'r>(
    office: &Office,
    records: impl Iterator<Item = &'r Record>,
    batch: &mut Batch,
) -> Result<(), LedgerError> {
    for record in records.filter(|record| record.kind == Kind::REFERRAL) {
        let Some(referral) = Referral::of(record).filter(|it| it.status() != Status::Draft) else { continue };
        if let Ok(number) = GroupRef::parse(referral.text(Field::REFERRAL_REF)) {
            batch.slips.push((office.slip_number(number)?, record.id));
        }
    }
    Ok(())
}
