//! What it means in life that two said different things: the words are the app's.

use super::decide::removal;
use super::dispute::Dispute;
use crate::field::{Field, Kind};
use crate::record::Record;
use crate::service::assistance::is_given;
use crate::value::Value;

/// What a conflict means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Meaning {
    /// Two people wrote different things.
    Plain,
    /// One took the record away while another worked on it.
    Removed,
    /// One emptied the field while another wrote in it.
    Emptied,
    /// A person was moved to two groups at once, and is shown in one of them.
    TwoGroups,
    /// A group has two who speak for it.
    TwoFocalPoints,
    /// A group was joined to two others at once.
    TwoMerges,
    /// Two adults answer for one child, or two people said otherwise whom it lives with.
    Custody,
    /// A help was handed over, or entered, by two people: it may have been given twice.
    GivenTwice,
    /// A consent was given and refused or taken back: nothing is shared until this is decided.
    Consent,
    /// One ended a record, or somebody left, while another went on with it.
    Ended,
    /// Two people decided the same conflict in different ways.
    DecidedTwice,
}

/// Codes of list `record_status` that say that something has come to an end.
const ENDS: [&str; 3] = ["inactive", "closed", "merged"];

/// What a field in conflict means.
#[must_use]
pub fn meaning(record: &Record, dispute: &Dispute) -> Meaning {
    let field = dispute.field;
    let says = |code: &str| dispute.sides.iter().any(|side| side.value.as_text() == Some(code));
    let removed = removal(record).is_some_and(|it| dispute.said().any(|(_, said)| said.entry == it.entry));
    if was_decided(dispute) {
        return Meaning::DecidedTwice;
    }
    if removed {
        return Meaning::Removed;
    }
    match field {
        Field::GROUP => Meaning::TwoGroups,
        Field::FOCAL_POINT => Meaning::TwoFocalPoints,
        Field::MERGED_INTO => Meaning::TwoMerges,
        Field::RESPONSIBLE_ADULT | Field::CARE_ARRANGEMENT => Meaning::Custody,
        Field::CONSENT_DECISION | Field::REFERRAL_CONSENT_STATE => Meaning::Consent,
        Field::RECORD_STATUS | Field::INDIVIDUAL_STATUS if ENDS.into_iter().any(says) => Meaning::Ended,
        _ if record.kind == Kind::ASSISTANCE && is_given_by_two(record) => Meaning::GivenTwice,
        _ if dispute.sides.iter().any(|side| side.value == Value::Nothing) => Meaning::Emptied,
        _ => Meaning::Plain,
    }
}

/// Whether every value that stands replaced several that differed: each is a decision.
fn was_decided(dispute: &Dispute) -> bool {
    dispute.said().all(|(_, said)| {
        let mut before = said.before.iter().map(|stated| &stated.value);
        before.next().is_some_and(|first| before.any(|other| other != first))
    })
}

/// Whether two entries that had not seen each other say that a help was handed over.
fn is_given_by_two(record: &Record) -> bool {
    let given = record.stated(Field::ASSISTANCE_STATUS).filter_map(|stated| stated.value.as_text());
    let alone = record.stated(Field::ASSISTANCE_STATUS).count() < 2;
    !alone && given.filter(|status| is_given(status)).count() > 0
}
