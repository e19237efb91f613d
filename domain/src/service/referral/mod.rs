//! A referral: one institution asks a desk of another to do something for somebody.
//!
//! It goes to a desk, not to a named user. What the receiver is told is a copy of chosen fields, made when it was
//! shown to the person ([`Shared`]): nothing of the person's own record is handed out. A counter-referral is a referral
//! with a parent; whose person it is about, only those know who hold the first one's.

mod draft;
mod gate;
mod seen;
mod shared;
mod stating;
mod steps;
mod taking;
mod told;

pub use draft::{Agreement, AgreementFault, Fresh, REASON_LIMIT, ReferralDraft, ReferralFault, WrittenFrom};
pub(crate) use gate::is_for;
pub use gate::{
    Backing, Basis, GateFault, consents_to, gate, may_override, notes_on_slip, refuses, was_received_by,
};
pub use seen::{is_shown_to_receiver, receiver_part};
pub use shared::{Item, OF_GROUP, SHAREABLE, Shared, SharedFault};
pub use stating::{Rests, Sending};
pub use steps::{
    Parties, Party, STEPS, Status, StepFault, allowed, fits, judge_step, lacking, role_may, status_rank,
};
pub use taking::{StepSaid, consent_for, ending, resting_on, step, withdraw};
pub use told::Told;

use crate::field::{Field, Kind};
use crate::id::RecordId;
use crate::permission::Standing;
use crate::record::{Record, Stated};
use crate::value::Value;

/// Hours to answer where the table of urgencies is not at hand: the longest that it has.
pub const LONGEST_HOURS: u64 = 336;

/// A record read as a referral.
#[derive(Clone, Copy, Debug)]
pub struct Referral<'r>(&'r Record);

impl<'r> Referral<'r> {
    /// The referral that a record is; `None` for other kinds.
    #[must_use]
    pub fn of(record: &'r Record) -> Option<Self> {
        (record.kind == Kind::REFERRAL).then_some(Self(record))
    }

    /// The record.
    #[must_use]
    pub fn record(self) -> &'r Record {
        self.0
    }

    /// Text of a field, the newest where several stand; empty where there is none.
    #[must_use]
    pub fn text(self, field: Field) -> &'r str {
        self.0.shown(field).and_then(Value::as_text).unwrap_or_default()
    }

    /// Whom it is about, or their group; `None` where this device is not told, and for counter-referrals of who holds
    /// no record of them: then the parent's says.
    #[must_use]
    pub fn owner(self) -> Option<RecordId> {
        self.0.shown(Field::OWNER).and_then(Value::as_ref)
    }

    /// The referral that this one answers or goes on from.
    #[must_use]
    pub fn parent(self) -> Option<RecordId> {
        self.0.shown(Field::REFERRAL_PARENT).and_then(Value::as_ref)
    }

    /// The statement of its state that counts: of several side by side, which the server has not parted yet, that which
    /// went furthest, and of equals the first.
    #[must_use]
    pub fn standing(self) -> Option<(Status, &'r Stated)> {
        let stated = self.0.stated(Field::REFERRAL_STATUS);
        let read = stated.filter_map(|stated| Some((Status::from_code(stated.value.as_text()?)?, stated)));
        read.max_by_key(|(status, stated)| {
            (status_rank(*status), core::cmp::Reverse((stated.at, stated.entry)))
        })
    }

    /// Where it stands; a draft where nothing is said.
    #[must_use]
    pub fn status(self) -> Status {
        self.standing().map_or(Status::Draft, |(status, _)| status)
    }

    /// Whether it was taken back, or the consent that it rests on.
    #[must_use]
    pub fn is_withdrawn(self) -> bool {
        self.status() == Status::Cancelled || self.lost_consent()
    }

    /// Whether it says that its consent was taken back: of several that said so and otherwise, that counts.
    #[must_use]
    pub fn lost_consent(self) -> bool {
        let mut stated = self.0.stated(Field::REFERRAL_CONSENT_STATE);
        stated.any(|stated| stated.value.as_text() == Some("withdrawn"))
    }

    /// Whether it is still being written, so that whoever writes it may change what it says. Of one that is not told here
    /// nobody knows.
    #[must_use]
    pub fn is_being_written(self) -> bool {
        let is_told = self.standing().is_some() || !crate::sight::is_stub(self.0);
        self.status() == Status::Draft && is_told
    }

    /// Whether nothing of the person is told here of one that was sent and is not over. So it is handed to its receiver,
    /// and to who began it and holds no record of the person, once the server alone knows that the consent was taken
    /// back; and to supervisors of either side whose role is not told what it says. See [`means_withdrawn`].
    #[must_use]
    pub fn is_emptied(self) -> bool {
        let says = |field: Field| self.0.stated(field).next().is_some();
        let of_person = [Field::OWNER, Field::REFERRAL_SECTOR, Field::REFERRAL_SHARED];
        self.status().is_open() && says(Field::REFERRAL_SENT_AT) && !of_person.into_iter().any(says)
    }

    /// Whether the consent that it names was taken back and it does not say so yet: it was withdrawn where nobody knew
    /// of it. `consent` is that record, where it is at hand.
    #[must_use]
    pub fn lost_its_consent(self, consent: Option<&Record>) -> bool {
        let named = self.0.shown(Field::REFERRAL_CONSENT).and_then(Value::as_ref);
        let is_taken_back = |consent: &Record| {
            let decided = consent.values(Field::CONSENT_DECISION);
            Some(consent.id) == named && decided.iter().any(|it| it.as_text() == Some("withdrawn"))
        };
        self.status().is_open() && !self.is_withdrawn() && consent.is_some_and(is_taken_back)
    }

    /// What is shared, as the person was shown it; `None` where nothing is, or where it is not told here.
    #[must_use]
    pub fn shared(self) -> Option<Shared> {
        Shared::from_text(self.text(Field::REFERRAL_SHARED)).ok()
    }

    /// On which sides somebody is. `desk_site` is the site of the receiving desk, empty for a desk of all sites. Of the
    /// receiving institution, supervisors look after all its desks.
    #[must_use]
    pub fn parties(self, standing: &Standing, desk_site: &str) -> Parties {
        let mine = &standing.place;
        let (from, to) = (self.text(Field::REFERRAL_FROM), self.text(Field::REFERRAL_TO));
        let at_desk = desk_site.is_empty()
            || desk_site == mine.site
            || standing.role == crate::permission::Role::Supervisor;
        Parties {
            sender: from.is_empty() || from == mine.organisation,
            receiver: !to.is_empty() && to == mine.organisation && at_desk,
        }
    }
}

/// Whether one of which nothing of the person is told ([`Referral::is_emptied`]) was withdrawn, as far as somebody can
/// know: everybody who receives it is told what it says as long as it stands, but for supervisors; and so is who began
/// it.
#[must_use]
pub fn means_withdrawn(parties: Parties, role: crate::permission::Role, began_it: bool) -> bool {
    began_it || (parties.receiver && role != crate::permission::Role::Supervisor)
}

#[cfg(test)]
mod tests;
