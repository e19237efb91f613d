//! Several values of one thing, stated by people who had not seen each other's: between which of them no list and no
//! rule may choose, who said what having seen what, what it means, and how a person decides.
//!
//! Pure. What stands and what was replaced is the record's to know ([`crate::Record`]); this reads it.

mod decide;
mod dispute;
mod meaning;
mod telling;

pub use decide::{CannotDecide, Choice, Joining, Removal, decide, joining, removal};
pub use dispute::{Dispute, Said, Side, disputes};
pub use meaning::{Meaning, meaning};
pub use telling::{Told, told};

use crate::field::Field;
use crate::record::Record;
use crate::value::Value;

/// What stands between values of which none may be shown as the value.
pub const BETWEEN: &str = " / ";
/// What stands for «somebody emptied it» among them.
const EMPTIED: &str = "—";

/// Whether lists, cards and rules may go by one of several values (the newest by the clocks of their authors) until
/// somebody decides. Not so for names, births, custody, risk, consent and the status of a person, a case, a help, a
/// referral and an application: whoever reads one of two names takes it for the name. Of those [`Record::shown`] tells
/// nothing while several values stand.
///
/// Where people hang and who speaks for them has one, so that nobody vanishes from every list; so have the fields of an
/// office's own, and so has where a distribution, a day of appointments and a slot stand: what those rest on says by
/// itself what holds of several ([`crate::appointment`]).
#[must_use]
pub fn has_provisional_winner(field: Field) -> bool {
    !matches!(
        field,
        // Names.
        Field::GIVEN_NAMES | Field::MIDDLE_NAME | Field::SURNAME1 | Field::SURNAME2 | Field::SURNAME2_ABSENT
            | Field::ONE_NAME | Field::COMMON_NAME | Field::NAME_NATIVE | Field::MOTHER_NAME
            | Field::FATHER_NAME | Field::RELATIVE_NAME
            // Births.
            | Field::DATE_OF_BIRTH | Field::AGE_STATED
            // Custody.
            | Field::RESPONSIBLE_ADULT | Field::CARE_ARRANGEMENT | Field::BIRTH_MOTHER | Field::BIRTH_FATHER
            // Risk: what somebody needs, when and how it is safe to reach them, how soon.
            | Field::NEED_CODE | Field::NEED_STATE | Field::NEED_CLOSE_REASON | Field::NEEDS_NONE
            | Field::PREGNANT | Field::FEARS_RETURN | Field::SAFE_TIME | Field::CONTACT_CHANNEL
            | Field::RESETTLEMENT_PRIORITY
            // Consent.
            | Field::CONSENT_PURPOSE | Field::CONSENT_ORGANISATION | Field::CONSENT_DECISION
            | Field::CONSENT_FORM | Field::CONSENT_TEXT_VERSION | Field::CONSENT_LANGUAGE
            | Field::CONSENT_HEARD | Field::CONSENT_GIVEN_BY | Field::CONSENT_SIGNATURE | Field::CONSENT_AT
            | Field::CONSENT_WITHDRAWN_AT | Field::CONSENT_WITNESS | Field::CONSENT_CHILD_VIEW
            | Field::REFERRAL_CONSENT_STATE | Field::REFERRAL_CONSENT_FORM
            // Status.
            | Field::RECORD_STATUS | Field::CLOSE_REASON | Field::INDIVIDUAL_STATUS
            | Field::PROTECTION_STATUS | Field::LEGAL_STAY | Field::BIRTH_REGISTERED
            | Field::STATELESS_FLAGS | Field::VERIFICATION | Field::RSD_STATE | Field::RSD_DECISION_ON
            | Field::RESETTLEMENT_STEP | Field::ASSISTANCE_STATUS | Field::REFERRAL_STATUS
            | Field::APPLICATION_STATE
    )
}

/// Whether several different values stand in a field between which only a person may choose.
#[must_use]
pub fn is_open(record: &Record, field: Field) -> bool {
    !has_provisional_winner(field) && differs(record, field)
}

/// Whether more than one value stands.
fn differs(record: &Record, field: Field) -> bool {
    let mut stated = record.stated(field).map(|stated| &stated.value);
    stated.next().is_some_and(|first| stated.any(|other| other != first))
}

/// The text of a field for a place that has room for one line: every text that stands, so that none of several is taken
/// for the one; `None` where nothing is said. `«Ana / Anita»`, and `«Soto / —»` where somebody emptied it.
#[must_use]
pub fn every_text(record: &Record, field: Field) -> Option<String> {
    if !is_open(record, field) {
        return record.shown(field).and_then(Value::as_text).map(str::to_owned);
    }
    let texts = record.values(field).into_iter().filter_map(|value| match value {
        Value::Nothing => Some(EMPTIED),
        value => value.as_text(),
    });
    let mut texts: Vec<&str> = texts.collect();
    // The same order on every device, whatever came first; what is said before what is not.
    texts.sort_by_key(|text| (*text == EMPTIED, *text));
    Some(texts.join(BETWEEN)).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
