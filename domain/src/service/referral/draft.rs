//! A referral that is being written: what was typed and chosen, what stands in the way of sending it, and the changes
//! that it makes. Nothing is chosen beforehand: what is shared is what somebody ticked, thing by thing.

use super::{Referral, SHAREABLE, Shared, Status, Told};
use crate::field::{Field, Kind};
use crate::id::{DraftId, EnrolmentId, EntryId, RecordId};
use crate::permission::Role;
use crate::record::Record;
use crate::reference::GroupRef;
use crate::service::Desk;
use crate::strokes::Strokes;
use crate::value::Value;
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;

/// Longest reason, in characters: what the service needs, never the story.
pub const REASON_LIMIT: usize = 600;

/// A consent that is recorded with the referral itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Agreement {
    /// Code of list `consent_form`; empty as long as nobody agreed.
    #[n(0)]
    pub form: String,
    /// Who was present, where nobody signed.
    #[n(1)]
    pub witness: String,
    /// Strokes of the signature; empty for none.
    #[n(2)]
    pub signature: String,
    /// Who decided.
    #[n(3)]
    pub given_by: Option<RecordId>,
    /// Version of the text that was read.
    #[n(4)]
    pub version: String,
    /// Code of `languages.csv` of the language in which it was read.
    #[n(5)]
    pub language: String,
    /// What the child said of it.
    #[n(6)]
    pub child_view: String,
}

/// What was typed and chosen so far.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReferralDraft {
    /// The record that it will be.
    #[n(0)]
    pub record: RecordId,
    /// The entry that it will be: saving twice saves once.
    #[n(1)]
    pub entry: EntryId,
    /// The record of a consent that is given with it.
    #[n(2)]
    pub consent: RecordId,
    /// Whom it is about, or their group; `None` where no record of them is held.
    #[n(3)]
    pub owner: Option<RecordId>,
    /// The referral that it answers or goes on from.
    #[n(4)]
    pub parent: Option<RecordId>,
    /// Number and code of the slip, in the form of [`GroupRef`].
    #[n(5)]
    pub number: String,
    /// See `number`.
    #[n(6)]
    pub code: String,
    /// Code of `referral_sectors.csv`.
    #[n(7)]
    pub sector: String,
    /// Code of `institutions.csv`: that of the desk.
    #[n(8)]
    pub to: String,
    /// Code of `desks.csv`.
    #[n(9)]
    pub desk: String,
    /// Code of `referral_urgency.csv`.
    #[n(10)]
    pub urgency: String,
    /// As typed.
    #[n(11)]
    pub reason: String,
    /// Fields that were chosen.
    #[n(12)]
    pub fields: BTreeSet<Field>,
    /// Papers and needs that were chosen.
    #[n(13)]
    pub rows: BTreeSet<RecordId>,
    /// Others of the family of whom the same is shared.
    #[n(14)]
    pub members: BTreeSet<RecordId>,
    /// Which items of the parent's were chosen, by their place there.
    #[n(15)]
    pub items: BTreeSet<u16>,
    /// The consent that is given with it.
    #[n(16)]
    pub agreement: Agreement,
    /// Code of list `referral_override`; empty for none.
    #[n(17)]
    pub ground: String,
    /// Why it is sent without consent.
    #[n(18)]
    pub explanation: String,
    /// What is told of somebody of whom no record is held.
    #[n(19)]
    pub told: Told,
}

/// Ids of a new draft. All of them fresh.
#[derive(Clone, Copy, Debug)]
pub struct Fresh {
    /// Of the referral.
    pub record: RecordId,
    /// Of the entry.
    pub entry: EntryId,
    /// Of the consent.
    pub consent: RecordId,
    /// For the number of the slip.
    pub number: [u8; 8],
    /// For its code.
    pub code: [u8; 8],
}

/// What stands in the way of sending. For logs and tests; the app has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum ReferralFault {
    /// Nobody said for what.
    #[error("no sector")]
    NoSector,
    /// Nobody said to whom.
    #[error("no desk")]
    NoDesk,
    /// Nobody said how soon.
    #[error("no urgency")]
    NoUrgency,
    /// Nobody said why.
    #[error("no reason")]
    NoReason,
    /// Longer than [`REASON_LIMIT`].
    #[error("the reason is too long")]
    ReasonTooLong,
    /// Nothing was chosen.
    #[error("nothing is shared")]
    NothingShared,
    /// More than a referral holds.
    #[error("too much is shared")]
    TooMuchShared,
    /// Somebody of whom no record is held has no name.
    #[error("no name")]
    NoName,
    /// Neither an age nor a year.
    #[error("neither an age nor a year of birth")]
    Born,
    /// No number of people, or more children than people.
    #[error("no number of people")]
    People,
    /// Which office sends is not known here yet.
    #[error("the sending organisation is not known")]
    NoSender,
}

/// What stands in the way of a consent given here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum AgreementFault {
    /// Nobody said how it was given.
    #[error("no form")]
    NoForm,
    /// Nobody signed, and no witness is named.
    #[error("no witness")]
    NoWitness,
    /// A signature was promised and none drawn.
    #[error("no signature")]
    NoSignature,
    /// For a child an adult decides.
    #[error("nobody decided")]
    NobodyDecided,
}

impl ReferralDraft {
    /// One of which nothing is typed. The urgency is the usual one.
    #[must_use]
    pub fn new(owner: Option<RecordId>, fresh: Fresh) -> Self {
        let printed = |random| GroupRef::fresh(random).as_str().to_owned();
        Self {
            record: fresh.record,
            entry: fresh.entry,
            consent: fresh.consent,
            owner,
            parent: None,
            number: printed(fresh.number),
            code: printed(fresh.code),
            sector: String::new(),
            to: String::new(),
            desk: String::new(),
            urgency: "normal".to_owned(),
            reason: String::new(),
            fields: BTreeSet::new(),
            rows: BTreeSet::new(),
            members: BTreeSet::new(),
            items: BTreeSet::new(),
            agreement: Agreement::default(),
            ground: String::new(),
            explanation: String::new(),
            told: Told::default(),
        }
    }

    /// Goes on with a referral that was kept and not sent, also one that was begun in the registration.
    #[must_use]
    pub fn over(record: &Record, fresh: Fresh) -> Option<Self> {
        Referral::of(record)
            .filter(|it| it.status() == Status::Draft)
            .and_then(|_| Self::from_record(record, fresh))
    }

    fn from_record(record: &Record, fresh: Fresh) -> Option<Self> {
        let referral = Referral::of(record)?;
        let mut draft = Self::new(referral.owner(), Fresh { record: record.id, ..fresh });
        let known = |to: &mut String, field| {
            if !referral.text(field).is_empty() {
                referral.text(field).clone_into(to);
            }
        };
        known(&mut draft.number, Field::REFERRAL_REF);
        known(&mut draft.code, Field::REFERRAL_CODE);
        known(&mut draft.sector, Field::REFERRAL_SECTOR);
        known(&mut draft.to, Field::REFERRAL_TO);
        known(&mut draft.desk, Field::REFERRAL_DESK);
        known(&mut draft.urgency, Field::REFERRAL_URGENCY);
        known(&mut draft.reason, Field::REFERRAL_REASON);
        draft.parent = referral.parent();
        let chosen =
            record.shown(Field::REFERRAL_FIELDS_SHARED).and_then(Value::as_codes).unwrap_or_default();
        let chosen = chosen.iter().filter_map(|key| Field::from_key(key));
        let of_rows = [Field::DOCUMENT_TYPE, Field::DOCUMENT_NUMBER, Field::NEED_CODE];
        // Which paper and which need is chosen anew: the list of fields does not say.
        draft.fields = chosen.filter(|field| SHAREABLE.contains(field) && !of_rows.contains(field)).collect();
        if draft.owner.is_none() {
            draft.told = Told::of(&referral.shared().unwrap_or_default());
        }
        Some(draft)
    }

    /// The draft of one user about one person, group or referral that is being written or was kept.
    #[must_use]
    pub fn id_over(owner: Option<RecordId>, enrolment: EnrolmentId) -> DraftId {
        let mut id = crate::CaseDraft::id_over(owner.unwrap_or_default(), enrolment).0;
        id.iter_mut().zip(*b"referral").for_each(|(byte, other)| *byte ^= other);
        DraftId(id)
    }

    /// The draft of one user that goes back to who sent `parent`: apart from the one that goes on from it.
    #[must_use]
    pub fn id_back(parent: RecordId, enrolment: EnrolmentId) -> DraftId {
        let mut id = Self::id_over(Some(parent), enrolment).0;
        id.iter_mut().zip(*b"gone back").for_each(|(byte, other)| *byte ^= other);
        DraftId(id)
    }

    /// Chooses the desk to which it goes. What was agreed to was agreed to for one institution and holds for no other.
    pub fn send_to(&mut self, institution: &str, desk: &str) {
        if self.to != institution {
            self.agreement = Agreement::default();
        }
        institution.clone_into(&mut self.to);
        desk.clone_into(&mut self.desk);
    }

    /// Begins with a desk that was chosen before the form was opened: with its sector where it takes people for one
    /// alone, and with the one that was chosen as long as it takes that.
    pub fn begin_at(&mut self, desk: &Desk) {
        self.send_to(&desk.institution, &desk.code);
        match desk.sectors.as_slice() {
            [only] => only.clone_into(&mut self.sector),
            _ if desk.accepts(&self.sector) => {}
            _ => self.sector.clear(),
        }
    }

    /// Whether nothing was typed or chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let texts = [&self.sector, &self.desk, &self.reason, &self.agreement.form, &self.ground];
        texts.into_iter().all(|text| text.trim().is_empty())
            && self.fields.is_empty()
            && self.rows.is_empty()
            && self.members.is_empty()
            && self.items.is_empty()
            // Where they are is filled in beforehand.
            && Told { site: String::new(), ..self.told.clone() } == Told::default()
    }

    /// The bytes that are kept.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing to memory cannot fail.
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// Reads them; `None` for what is none.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        minicbor::decode(bytes).ok()
    }

    /// What is shared of people who are registered: `person` first, the chosen of `others`, the chosen of `rows`, and
    /// what was chosen of the group.
    #[must_use]
    pub fn shared_of(
        &self,
        person: &Record,
        others: &[Record],
        rows: &[Record],
        group: Option<&Record>,
    ) -> Shared {
        let others = others.iter().filter(|other| self.members.contains(&other.id));
        let people: Vec<&Record> = core::iter::once(person).chain(others).collect();
        let rows: Vec<&Record> = rows.iter().filter(|row| self.rows.contains(&row.id)).collect();
        let mut chosen = self.fields.clone();
        if rows.iter().any(|row| row.kind == Kind::DOCUMENT) {
            chosen.extend([Field::DOCUMENT_TYPE, Field::DOCUMENT_NUMBER]);
        }
        if rows.iter().any(|row| row.kind == Kind::NEED) {
            chosen.insert(Field::NEED_CODE);
        }
        Shared::of(&people, &rows, group, &chosen)
    }

    /// What is shared of what the parent shared.
    #[must_use]
    pub fn shared_again(&self, parent: &Shared) -> Shared {
        let chosen = (0_u16..).zip(&parent.items).filter(|(at, _)| self.items.contains(at));
        Shared { items: chosen.map(|(_, item)| item.clone()).collect() }
    }

    /// What stands in the way of sending, all at once, in the order of the form. On what the sharing rests is asked
    /// apart, see [`super::gate`]. A border officer gives no reason.
    #[must_use]
    pub fn faults(&self, role: Role, shared: &Shared, from: &str) -> Vec<ReferralFault> {
        let mut faults = Vec::new();
        let mut when = |is: bool, fault| {
            if is {
                faults.push(fault);
            }
        };
        when(self.sector.is_empty(), ReferralFault::NoSector);
        when(self.desk.is_empty() || self.to.is_empty(), ReferralFault::NoDesk);
        when(self.urgency.is_empty(), ReferralFault::NoUrgency);
        let reason = self.reason.trim();
        when(reason.is_empty() && role != Role::BorderOfficer, ReferralFault::NoReason);
        when(reason.chars().count() > REASON_LIMIT, ReferralFault::ReasonTooLong);
        when(shared.items.is_empty(), ReferralFault::NothingShared);
        when(shared.check().is_err(), ReferralFault::TooMuchShared);
        when(from.is_empty(), ReferralFault::NoSender);
        faults
    }

    /// What stands in the way of the consent that is given with it. `of_child` where the person is a child.
    #[must_use]
    pub fn agreement_faults(&self, of_child: bool) -> Vec<AgreementFault> {
        let it = &self.agreement;
        let fault = match it.form.as_str() {
            "" => Some(AgreementFault::NoForm),
            "spoken" | "thumb" if it.witness.trim().is_empty() => Some(AgreementFault::NoWitness),
            "signature" if Strokes::parse(&it.signature).is_none() => Some(AgreementFault::NoSignature),
            _ => None,
        };
        let nobody = (of_child && it.given_by.is_none()).then_some(AgreementFault::NobodyDecided);
        fault.into_iter().chain(nobody).collect()
    }
}

mod again;

pub use again::WrittenFrom;

#[cfg(test)]
mod tests;
