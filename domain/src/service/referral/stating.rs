//! The changes that a written referral makes: sent, with what it rests on, or kept.

use super::{ReferralDraft, Shared, Status};
use crate::entry::Change;
use crate::field::{Field, Kind};
use crate::id::RecordId;
use crate::record::Record;
use crate::service::brief::{minutes_of, time_text};
use crate::value::Value;
use std::collections::BTreeSet;

/// What is not said when something is sent, unless it rests on it. The registration asks some of it, and older builds
/// asked more.
const UNSAID: &[Field] = &[
    Field::REFERRAL_ANSWER,
    Field::REFERRAL_NEXT,
    Field::REFERRAL_OUTCOME,
    Field::REFERRAL_REJECT_REASON,
    Field::REFERRAL_CONSENT,
    Field::REFERRAL_CONSENT_FORM,
    Field::REFERRAL_OVERRIDE,
    Field::REFERRAL_OVERRIDE_NOTE,
];

/// On what the sharing is to rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rests {
    /// On nothing: it is kept and not sent.
    OnNothing,
    /// On a consent that is recorded, and how that was given.
    OnConsent(RecordId, String),
    /// On one that is recorded with it.
    OnAgreement,
    /// On one that is noted in it, by who holds no record of the person.
    OnSlip,
    /// On a ground for doing without.
    OnGround,
    /// It goes back to whoever shared it.
    OnParent,
}

/// Where and when it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending<'a> {
    /// Institution that sends.
    pub from: &'a str,
    /// Its desk; empty where there is none.
    pub from_desk: &'a str,
    /// This minute, in the form that records keep.
    pub now: &'a str,
    /// Within how many hours an answer is due.
    pub hours: u64,
}

impl ReferralDraft {
    /// The changes: of the referral, and before it of a consent that is given with it. `held` is the referral as it was
    /// kept before, if it was.
    #[must_use]
    pub fn changes(
        &self,
        held: Option<&Record>,
        shared: &Shared,
        rests: &Rests,
        sending: &Sending<'_>,
    ) -> Vec<Change> {
        let sent = *rests != Rests::OnNothing;
        let mut wanted = self.plain(shared, sending);
        if sent {
            let due = minutes_of(sending.now).and_then(|now| {
                let hours = i64::try_from(sending.hours).ok()?;
                Some(time_text(now.checked_add(hours.checked_mul(60)?)?))
            });
            wanted.push((Field::REFERRAL_SENT_AT, Value::text(sending.now)));
            wanted.push((Field::REFERRAL_DUE, Value::text(&due.unwrap_or_default())));
        }
        if sent || self.owner.is_none() {
            wanted.push((Field::REFERRAL_SHARED, Value::Text(shared.to_text())));
        }
        let agreed = |form: &str| {
            [
                (Field::REFERRAL_CONSENT_STATE, Value::text("yes")),
                (Field::REFERRAL_CONSENT_FORM, Value::text(form)),
            ]
        };
        let mut changes = Vec::new();
        match rests {
            Rests::OnNothing | Rests::OnParent => {}
            Rests::OnConsent(consent, form) => {
                wanted.push((Field::REFERRAL_CONSENT, Value::Ref(*consent)));
                wanted.extend(agreed(form));
            }
            Rests::OnAgreement => {
                wanted.push((Field::REFERRAL_CONSENT, Value::Ref(self.consent)));
                wanted.extend(agreed(&self.agreement.form));
                let consent = Record::new(self.consent, Kind::CONSENT);
                changes.extend(consent.change(self.agreed(sending.now)));
            }
            Rests::OnSlip => wanted.extend(agreed(&self.agreement.form)),
            Rests::OnGround => {
                wanted.push((Field::REFERRAL_OVERRIDE, Value::text(&self.ground)));
                wanted.push((Field::REFERRAL_OVERRIDE_NOTE, Value::text(self.explanation.trim())));
            }
        }
        if sent {
            // Nobody has answered what is sent now, and it rests on one thing: what an older draft says beside that goes.
            let stated: BTreeSet<Field> = wanted.iter().map(|(field, _)| *field).collect();
            let other = UNSAID.iter().filter(|field| !stated.contains(field));
            wanted.extend(other.map(|field| (*field, Value::Nothing)));
        }
        let status = if sent { Status::Sent } else { Status::Draft };
        wanted.push((Field::REFERRAL_STATUS, Value::text(status.code())));
        let begun = Record::new(self.record, Kind::REFERRAL);
        changes.extend(held.unwrap_or(&begun).change(wanted));
        changes
    }

    /// What is said of the referral itself, sent or kept.
    fn plain(&self, shared: &Shared, sending: &Sending<'_>) -> Vec<(Field, Value)> {
        let keys = shared.fields().into_iter().filter_map(|field| field.key().map(str::to_owned));
        let reference = |id: Option<RecordId>| id.map_or(Value::Nothing, Value::Ref);
        vec![
            (Field::OWNER, reference(self.owner)),
            (Field::REFERRAL_PARENT, reference(self.parent)),
            (Field::REFERRAL_SECTOR, Value::text(&self.sector)),
            (Field::REFERRAL_TO, Value::text(&self.to)),
            (Field::REFERRAL_DESK, Value::text(&self.desk)),
            (Field::REFERRAL_FROM, Value::text(sending.from)),
            (Field::REFERRAL_FROM_DESK, Value::text(sending.from_desk)),
            (Field::REFERRAL_URGENCY, Value::text(&self.urgency)),
            (Field::REFERRAL_REASON, Value::text(self.reason.trim())),
            (Field::REFERRAL_FIELDS_SHARED, Value::Codes(keys.collect())),
            (Field::REFERRAL_REF, Value::text(&self.number)),
            (Field::REFERRAL_CODE, Value::text(&self.code)),
        ]
    }

    /// What the record of the consent says.
    fn agreed(&self, now: &str) -> Vec<(Field, Value)> {
        let it = &self.agreement;
        let reference = |id: Option<RecordId>| id.map_or(Value::Nothing, Value::Ref);
        let signature = if it.form == "signature" { it.signature.as_str() } else { "" };
        vec![
            (Field::OWNER, reference(self.owner)),
            (Field::CONSENT_PURPOSE, Value::text("referral")),
            (Field::CONSENT_ORGANISATION, Value::text(&self.to)),
            (Field::CONSENT_DECISION, Value::text("yes")),
            (Field::CONSENT_FORM, Value::text(&it.form)),
            (Field::CONSENT_WITNESS, Value::text(it.witness.trim())),
            (Field::CONSENT_SIGNATURE, Value::text(signature)),
            (Field::CONSENT_GIVEN_BY, reference(it.given_by)),
            (Field::CONSENT_CHILD_VIEW, Value::text(it.child_view.trim())),
            (Field::CONSENT_TEXT_VERSION, Value::text(&it.version)),
            (Field::CONSENT_LANGUAGE, Value::text(&it.language)),
            (Field::CONSENT_AT, Value::text(now)),
        ]
    }
}
