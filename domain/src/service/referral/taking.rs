//! What is stated about a referral that was sent: a step, or that the consent was taken back on which it rests.

use super::{Referral, Status};
use crate::entry::Change;
use crate::field::Field;
use crate::id::RecordId;
use crate::record::Record;
use crate::value::Value;

/// The consent on which a referral to an institution can rest, of those that hang on the person or their group: one
/// that was given, and that nobody refused or took back beside it.
#[must_use]
pub fn consent_for<'r>(consents: &'r [Record], institution: &str) -> Option<&'r Record> {
    let decided = |consent: &Record, code: &str| {
        consent.values(Field::CONSENT_DECISION).iter().any(|value| value.as_text() == Some(code))
    };
    let mut fitting = consents.iter().filter(|consent| super::consents_to(consent, institution));
    fitting.find(|it| decided(it, "yes") && !decided(it, "no") && !decided(it, "withdrawn"))
}

/// The referrals that are told of when a consent is taken back: those that rest on it and are not over.
pub fn resting_on(referrals: &[Record], consent: RecordId) -> impl Iterator<Item = &Record> {
    referrals.iter().filter(move |record| {
        let rests = record.shown(Field::REFERRAL_CONSENT).and_then(Value::as_ref) == Some(consent);
        rests && Referral::of(record).is_some_and(|it| it.status().is_open() && !it.is_withdrawn())
    })
}

/// The changes that take back a consent: of the consent itself, where it does not say so yet, and of every referral that
/// rests on it. One entry holds them all, so that no receiver is told later than the others.
#[must_use]
pub fn withdraw(consent: Option<&Record>, id: RecordId, referrals: &[Record], now: &str) -> Vec<Change> {
    let own = consent.and_then(|consent| {
        consent.change([
            (Field::CONSENT_DECISION, Value::text("withdrawn")),
            (Field::CONSENT_WITHDRAWN_AT, Value::text(now)),
        ])
    });
    let told = resting_on(referrals, id).filter_map(|record| {
        record.change([
            (Field::REFERRAL_STATUS, Value::text(Status::Cancelled.code())),
            (Field::REFERRAL_CONSENT_STATE, Value::text("withdrawn")),
        ])
    });
    own.into_iter().chain(told).collect()
}

/// The state in which an outcome (list `referral_outcome`) ends a referral.
#[must_use]
pub fn ending(outcome: &str) -> Option<Status> {
    let ends = [Status::Closed, Status::ClosedNoService, Status::Counter];
    ends.into_iter().find(|status| super::fits(*status, outcome))
}

/// What is said with a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepSaid {
    /// Code of `referral_reject_reasons.csv`.
    pub reason: String,
    /// Code of list `referral_outcome`.
    pub outcome: String,
    /// What was done, in words.
    pub answer: String,
    /// What happens next.
    pub next: String,
}

/// The change that takes a step.
///
/// # Errors
/// The field that must be said with it.
pub fn step(record: &Record, to: Status, said: &StepSaid) -> Result<Option<Change>, Field> {
    let outcome = if super::fits(to, &said.outcome) { said.outcome.as_str() } else { "" };
    let reason = if to == Status::Rejected { said.reason.as_str() } else { "" };
    let ends = matches!(to, Status::Closed | Status::ClosedNoService | Status::Counter);
    if to == Status::Rejected && reason.is_empty() {
        return Err(Field::REFERRAL_REJECT_REASON);
    }
    if ends && outcome.is_empty() {
        return Err(Field::REFERRAL_OUTCOME);
    }
    let mut wanted = vec![(Field::REFERRAL_STATUS, Value::text(to.code()))];
    let known = [
        (Field::REFERRAL_REJECT_REASON, reason),
        (Field::REFERRAL_OUTCOME, outcome),
        (Field::REFERRAL_ANSWER, said.answer.trim()),
        (Field::REFERRAL_NEXT, said.next.trim()),
    ];
    let known = known.into_iter().filter(|(_, text)| !text.is_empty());
    wanted.extend(known.map(|(field, text)| (field, Value::text(text))));
    Ok(record.change(wanted))
}
