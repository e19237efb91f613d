//! Whether a referral may be sent: what must be said in it, and on what the sharing rests.

use super::{Referral, Shared, SharedFault, Status};
use crate::field::{Field, Kind};
use crate::id::RecordId;
use crate::permission::Role;
use crate::record::Record;
use crate::reference::GroupRef;
use crate::value::Value;

/// On what the sharing rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// A consent that is recorded of the person or their group.
    Recorded,
    /// A consent given before somebody who holds no record of the person, and noted in the referral itself.
    OnTheSlip,
    /// None: somebody with the right to do so gave a reason.
    Override,
    /// It goes back to whoever sent the referral that it answers, and shares no more than that one did.
    Return,
}

/// What a referral rests on, as far as it is at hand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backing<'a> {
    /// The referral that it answers or goes on from.
    pub parent: Option<&'a Record>,
    /// The consent that it names.
    pub consent: Option<&'a Record>,
    /// The group of whom it is about: what was agreed for the group holds for them.
    pub group: Option<RecordId>,
}

/// Why a referral is not sent. It is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum GateFault {
    /// Something must be said.
    #[error("field {} is needed", .0.0)]
    Lacks(Field),
    /// Nobody agreed, or not to this institution.
    #[error("no consent for this institution")]
    NoConsent,
    /// It was taken back.
    #[error("the consent was withdrawn")]
    Withdrawn,
    /// Only some may do without consent.
    #[error("this role may not do without consent")]
    MayNotOverride,
    /// Other things are shared than were chosen, or may be.
    #[error("what is shared is not what was chosen")]
    SharedOtherwise,
}

/// Whether somebody may send without consent, with a reason. Whoever assesses needs, and who supervises them.
#[must_use]
pub fn may_override(role: Role) -> bool {
    matches!(role, Role::Counsellor | Role::Supervisor)
}

/// Whether somebody of a role holds no record of anybody: what was agreed before them stands in the referral itself.
#[must_use]
pub fn notes_on_slip(role: Role) -> bool {
    matches!(role, Role::BorderOfficer | Role::ReferralFocalPoint)
}

/// Whether a referral was sent to an institution, and neither taken back nor refused since: whoever received it there,
/// of whatever role, knows the person by it alone, and may refer on what it says. What is then agreed before them stands
/// in the referral that goes on, which names this one.
#[must_use]
pub fn was_received_by(parent: &Record, institution: &str) -> bool {
    Referral::of(parent).is_some_and(|first| {
        let status = first.status();
        let is_theirs = !institution.is_empty() && first.text(Field::REFERRAL_TO) == institution;
        is_theirs && status != Status::Draft && !status.ended_badly() && !first.is_withdrawn()
    })
}

/// Whether a consent record is one for an institution, whatever was decided.
#[must_use]
pub fn consents_to(consent: &Record, institution: &str) -> bool {
    let says = |field, code: &str| consent.shown(field).and_then(Value::as_text) == Some(code);
    consent.kind == Kind::CONSENT && is_for(institution, says)
}

/// Whether somebody refused to share with an institution, or took back what they agreed to, in this consent record. Where
/// several values stand side by side the one against sharing counts: of its purpose and its organisation too.
#[must_use]
pub fn refuses(consent: &Record, institution: &str) -> bool {
    let says = |field, code: &str| consent.values(field).iter().any(|value| value.as_text() == Some(code));
    consent.kind == Kind::CONSENT
        && is_for(institution, says)
        && ["no", "withdrawn"].into_iter().any(|code| says(Field::CONSENT_DECISION, code))
}

/// Whether what a consent says is about sharing with an institution. `says` tells whether a field of it says a code.
/// Purposes of list `consent_purpose`.
pub(crate) fn is_for(institution: &str, says: impl Fn(Field, &str) -> bool) -> bool {
    let purpose = |code| says(Field::CONSENT_PURPOSE, code);
    purpose("share_onpar") && institution == "ONPAR"
        || purpose("share_unhcr") && institution == "UNHCR"
        || !institution.is_empty()
            && (purpose("share_partner") || purpose("referral"))
            && says(Field::CONSENT_ORGANISATION, institution)
}

/// Fields without which nothing is sent. A border officer's has no story; what it shares says why.
const NEEDED: &[Field] = &[
    Field::REFERRAL_TO,
    Field::REFERRAL_DESK,
    Field::REFERRAL_FROM,
    Field::REFERRAL_SECTOR,
    Field::REFERRAL_URGENCY,
    Field::REFERRAL_FIELDS_SHARED,
    Field::REFERRAL_SHARED,
    Field::REFERRAL_SENT_AT,
    Field::REFERRAL_DUE,
];

/// Whether a referral may be sent by somebody of a role, and on what it rests. Judged on the device before it is
/// offered, and on the server before any receiver is told of it.
///
/// # Errors
/// The first reason against it.
pub fn gate(role: Role, record: &Record, backing: &Backing<'_>) -> Result<Basis, GateFault> {
    let referral = Referral::of(record).ok_or(GateFault::NoConsent)?;
    let says = |field: &Field| record.shown(*field).is_some_and(|value| *value != Value::Codes(Vec::new()));
    if let Some(field) = NEEDED.iter().find(|field| !says(field)) {
        return Err(GateFault::Lacks(*field));
    }
    if role != Role::BorderOfficer && !says(&Field::REFERRAL_REASON) {
        return Err(GateFault::Lacks(Field::REFERRAL_REASON));
    }
    for field in [Field::REFERRAL_REF, Field::REFERRAL_CODE] {
        if GroupRef::parse(referral.text(field)).is_err() {
            return Err(GateFault::Lacks(field));
        }
    }
    let shared = Shared::from_text(referral.text(Field::REFERRAL_SHARED)).map_err(|fault| match fault {
        SharedFault::Malformed => GateFault::Lacks(Field::REFERRAL_SHARED),
        SharedFault::NotShareable(_) | SharedFault::TooMuch => GateFault::SharedOtherwise,
    })?;
    let chosen = record.shown(Field::REFERRAL_FIELDS_SHARED).and_then(Value::as_codes).unwrap_or_default();
    let is_chosen = |field: &Field| field.key().is_some_and(|key| chosen.iter().any(|code| code == key));
    if !shared.fields().iter().all(is_chosen) {
        return Err(GateFault::SharedOtherwise);
    }
    rests_on(role, referral, &shared, backing)
}

fn rests_on(
    role: Role,
    referral: Referral<'_>,
    shared: &Shared,
    backing: &Backing<'_>,
) -> Result<Basis, GateFault> {
    if referral.lost_consent() {
        return Err(GateFault::Withdrawn);
    }
    let to = referral.text(Field::REFERRAL_TO);
    let consent = backing.consent.filter(|consent| {
        let owner = consent.shown(Field::OWNER).and_then(Value::as_ref);
        owner.is_some() && (owner == referral.owner() || owner == backing.group) && consents_to(consent, to)
    });
    // Of several decisions side by side the one against it counts.
    let decided = |code: &str| {
        let values = consent.map(|consent| consent.values(Field::CONSENT_DECISION)).unwrap_or_default();
        values.iter().any(|value| value.as_text() == Some(code))
    };
    if decided("withdrawn") {
        return Err(GateFault::Withdrawn);
    }
    if decided("yes") && !decided("no") {
        return Ok(Basis::Recorded);
    }
    if backing.parent.is_some_and(|parent| goes_back(referral, shared, parent)) {
        return Ok(Basis::Return);
    }
    if !referral.text(Field::REFERRAL_OVERRIDE).is_empty() {
        if !may_override(role) {
            return Err(GateFault::MayNotOverride);
        }
        let note = referral.text(Field::REFERRAL_OVERRIDE_NOTE).trim();
        let explained = Err(GateFault::Lacks(Field::REFERRAL_OVERRIDE_NOTE));
        return if note.is_empty() { explained } else { Ok(Basis::Override) };
    }
    // Whoever holds no record of the person has nowhere else to note it.
    let holds_no_record = notes_on_slip(role)
        || backing.parent.is_some_and(|parent| {
            referral.parent() == Some(parent.id)
                && was_received_by(parent, referral.text(Field::REFERRAL_FROM))
                && shares_no_more(shared, parent)
        });
    let agreed = referral.text(Field::REFERRAL_CONSENT_STATE) == "yes"
        && !referral.text(Field::REFERRAL_CONSENT_FORM).is_empty();
    if holds_no_record && referral.owner().is_none() && agreed {
        return Ok(Basis::OnTheSlip);
    }
    Err(GateFault::NoConsent)
}

/// Whether it goes back to who sent the parent, and says no more of anybody than that did.
fn goes_back(referral: Referral<'_>, shared: &Shared, parent: &Record) -> bool {
    let Some(first) = Referral::of(parent) else { return false };
    let names_it = referral.parent() == Some(parent.id);
    let is_back = referral.text(Field::REFERRAL_TO) == first.text(Field::REFERRAL_FROM)
        && referral.text(Field::REFERRAL_FROM) == first.text(Field::REFERRAL_TO);
    let was_told = !matches!(first.status(), Status::Draft) && !first.is_withdrawn();
    names_it && is_back && was_told && shares_no_more(shared, parent)
}

fn shares_no_more(shared: &Shared, parent: &Record) -> bool {
    let told = Referral::of(parent).and_then(Referral::shared).unwrap_or_default();
    shared.items.iter().all(|item| told.items.contains(item))
}
