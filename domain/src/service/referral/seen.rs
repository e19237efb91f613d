//! What of a referral its receiver is told. One rule for the server, which hands out no more, and for the tests that
//! read its raw answers.

use super::{Referral, Status};
use crate::field::Field;
use crate::record::Record;

/// What the receiver needs to serve somebody.
const OPEN: &[Field] = &[
    Field::REFERRAL_SECTOR,
    Field::REFERRAL_REASON,
    Field::REFERRAL_FIELDS_SHARED,
    Field::REFERRAL_SHARED,
    Field::REFERRAL_ANSWER,
    Field::REFERRAL_NEXT,
    Field::REFERRAL_PARENT,
    Field::REFERRAL_OVERRIDE,
    Field::REFERRAL_CONSENT_FORM,
    Field::REFERRAL_REF,
];

/// What is told of one that ended badly: that it was there, between whom, and how it ended. Nothing of the person.
const ENDED: &[Field] = &[
    Field::REFERRAL_TO,
    Field::REFERRAL_DESK,
    Field::REFERRAL_FROM,
    Field::REFERRAL_FROM_DESK,
    Field::REFERRAL_URGENCY,
    Field::REFERRAL_STATUS,
    Field::REFERRAL_SENT_AT,
    Field::REFERRAL_DUE,
    Field::REFERRAL_REJECT_REASON,
    Field::REFERRAL_OUTCOME,
    Field::REFERRAL_CONSENT_STATE,
    Field::REFERRAL_WITHDRAWN_SEEN,
];

/// Whether the receiver is told a field of a referral that stands so. `withdrawn` when the consent was taken back, be
/// it on a device that knows nothing of the referral. Of a draft nobody is told anything, nor ever of whom it hangs on,
/// of the consent's record, of the explanation for doing without one, and of the slip's code.
#[must_use]
pub fn is_shown_to_receiver(status: Status, withdrawn: bool, field: Field) -> bool {
    match status {
        Status::Draft => false,
        _ if ENDED.contains(&field) => true,
        _ => OPEN.contains(&field) && !withdrawn && !status.ended_badly(),
    }
}

/// The part of a referral that its receiver is handed; `None` for none of it, which is so for drafts, and for what was
/// taken back before it was ever sent. What was replaced goes by the same rule.
#[must_use]
pub fn receiver_part(record: &Record, withdrawn: bool) -> Option<Record> {
    let referral = Referral::of(record)?;
    let status = referral.status();
    let was_sent = record.known(Field::REFERRAL_SENT_AT).next().is_some();
    if status == Status::Draft || !was_sent {
        return None;
    }
    let withdrawn = withdrawn || referral.is_withdrawn();
    let part = record.part(|field, _| is_shown_to_receiver(status, withdrawn, field));
    Some(part.unwrap_or_else(|| record.clone()))
}
