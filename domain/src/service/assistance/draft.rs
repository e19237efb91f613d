//! What is typed about a help, and the change that it becomes.

use super::{DELIVERED, Help, allowed};
use crate::case::CaseDraft;
use crate::date::{DateFault, DateText, PartialDate};
use crate::entry::Change;
use crate::field::{Field, Kind};
use crate::id::{DraftId, EnrolmentId, EntryId, RecordId};
use crate::record::Record;
use crate::reference::GroupRef;
use crate::service::Brief;
use crate::service::amount::{Amount, AmountFault, Unit};
use crate::value::{CODES_LIMIT, Value};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;
use time::Date;

/// Longest text of a witness, or of why it is given again, in characters.
pub const TEXT_LIMIT: usize = 200;
/// Furthest that a help is planned ahead, or written down afterwards, in days: two years. Beyond that it is the year
/// that was mistyped.
const FURTHEST_DAYS: i64 = 731;

/// Help as typed. Its ids are fixed when it is begun, so that two taps on *Save* give once.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GiftDraft {
    /// The record it becomes.
    #[n(0)]
    pub record: RecordId,
    /// The entry it becomes.
    #[n(1)]
    pub entry: EntryId,
    /// Who receives it.
    #[n(2)]
    pub recipient: RecordId,
    /// Everybody it is for, the recipient too.
    #[n(3)]
    pub covers: BTreeSet<RecordId>,
    /// Kind of help.
    #[n(4)]
    pub code: String,
    /// How many units, as typed.
    #[n(5)]
    pub quantity: String,
    /// How much money, as typed.
    #[n(6)]
    pub amount: String,
    /// On which day.
    #[n(7)]
    pub date: DateText,
    /// What it begins as.
    #[n(8)]
    pub status: String,
    /// Programme; empty for none.
    #[n(9)]
    pub programme: String,
    /// What shows that it was received: code of the list `assistance_proof`, empty for nothing.
    #[n(10)]
    pub proof: String,
    /// Name of the witness.
    #[n(11)]
    pub witness: String,
    /// Strokes of the signature.
    #[n(12)]
    pub signature: String,
    /// Reference on the slip that was shown, as typed or read.
    #[n(13)]
    pub slip: String,
    /// Why it is given again, although they have it.
    #[n(14)]
    pub again: String,
    /// Where it is given.
    #[n(15)]
    pub site: String,
    /// Who gives it.
    #[n(16)]
    pub provider: String,
    /// The distribution it is given in.
    #[n(17)]
    pub distribution: Option<RecordId>,
    /// The help that it says anew.
    #[n(18)]
    pub amends: Option<RecordId>,
    /// Whether the day was typed. One that was not is the day on which it is given, not that on which it was begun.
    #[n(19)]
    pub day_typed: Option<bool>,
}

/// What a draft is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Its kind of help; `None` where the tables do not have it.
    pub help: Option<&'a Help>,
    /// What day it is.
    pub today: Date,
    /// The reference of the recipient's group, as printed on its slip; empty where it has none.
    pub reference: &'a str,
    /// They have it already: it is to be said why it is given again.
    pub again: bool,
}

/// Why a field of a help is not taken. For logs and tests; the app has the words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GiftFault {
    /// An answer is needed.
    #[error("missing")]
    Missing,
    /// A quantity or an amount.
    #[error(transparent)]
    Amount(#[from] AmountFault),
    /// No day of the calendar.
    #[error(transparent)]
    Date(#[from] DateFault),
    /// The whole day is needed.
    #[error("the day is needed")]
    DayNeeded,
    /// It cannot have been handed over on a day that has not come.
    #[error("in the future")]
    Future,
    /// More than two years from today.
    #[error("too far from today")]
    FarOff,
    /// The table has no such step from the beginning; those that it has.
    #[error("begins as one of {0:?}")]
    NotABeginning(&'static [&'static str]),
    /// Money, and nothing shows that it was received.
    #[error("no proof")]
    NoProof,
    /// The text on the slip is no reference.
    #[error("no reference of a slip")]
    NoSlip,
    /// The slip is another family's.
    #[error("slip of another family")]
    SlipOfOthers,
    /// Longer than [`TEXT_LIMIT`], or more people than one help holds.
    #[error("too long")]
    TooLong,
}

/// What is wrong, and with which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiftProblem {
    /// The field.
    pub field: Field,
    /// What is wrong with it.
    pub fault: GiftFault,
}

impl GiftDraft {
    /// A help that nothing is known of but who receives it. The ids are fresh.
    #[must_use]
    pub fn new(recipient: RecordId, record: RecordId, entry: EntryId, today: Date) -> Self {
        Self {
            record,
            entry,
            recipient,
            covers: BTreeSet::from([recipient]),
            code: String::new(),
            quantity: "1".to_owned(),
            amount: String::new(),
            date: DateText::of(&PartialDate::exact(today), today),
            status: DELIVERED.to_owned(),
            programme: String::new(),
            proof: String::new(),
            witness: String::new(),
            signature: String::new(),
            slip: String::new(),
            again: String::new(),
            site: String::new(),
            provider: String::new(),
            distribution: None,
            amends: None,
            day_typed: None,
        }
    }

    /// A help said anew: everything as in the one that it amends, but the signature, which was given for that one.
    #[must_use]
    pub fn amending(original: &Record, record: RecordId, entry: EntryId, today: Date) -> Option<Self> {
        let text = |field| original.shown(field).and_then(Value::as_text).unwrap_or_default().to_owned();
        let people = super::people(original);
        let date = PartialDate::from_text(&text(Field::ASSISTANCE_DATE));
        let proof = Some(text(Field::ASSISTANCE_PROOF)).filter(|proof| proof == "witness");
        let status = text(Field::ASSISTANCE_STATUS);
        Some(Self {
            covers: people.iter().copied().collect(),
            code: text(Field::ASSISTANCE_TYPE),
            quantity: text(Field::ASSISTANCE_QUANTITY),
            amount: text(Field::ASSISTANCE_AMOUNT),
            date: date.map(|date| DateText::of(&date, today)).unwrap_or_default(),
            status: if allowed("").contains(&status.as_str()) { status } else { DELIVERED.to_owned() },
            programme: text(Field::ASSISTANCE_PROGRAMME),
            proof: proof.unwrap_or_default(),
            witness: text(Field::ASSISTANCE_WITNESS),
            again: text(Field::ASSISTANCE_AGAIN),
            site: text(Field::ASSISTANCE_SITE),
            provider: text(Field::ASSISTANCE_PROVIDER),
            distribution: original.shown(Field::ASSISTANCE_DISTRIBUTION).and_then(Value::as_ref),
            amends: Some(original.id),
            ..Self::new(*people.first()?, record, entry, today)
        })
    }

    /// The draft of one user's help to one person or group: found again by both, and another one than that of their
    /// work on the registration.
    #[must_use]
    pub fn id_over(owner: RecordId, enrolment: EnrolmentId) -> DraftId {
        let mut id = CaseDraft::id_over(owner, enrolment).0;
        id.iter_mut().zip(*b"give").for_each(|(byte, other)| *byte ^= other);
        DraftId(id)
    }

    /// A draft that was kept, opened again: its day is today, unless somebody typed another. What is said anew
    /// keeps the day of the first.
    pub fn reopen(&mut self, today: Date) {
        if self.day_typed != Some(true) && self.amends.is_none() {
            self.date = DateText::of(&PartialDate::exact(today), today);
        }
    }

    /// Whether nothing was typed that would have to be typed again: a kind alone is one tap.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let typed = [&self.amount, &self.programme, &self.proof, &self.witness, &self.slip, &self.again];
        typed.iter().all(|text| text.trim().is_empty()) && matches!(self.quantity.trim(), "" | "1")
    }

    /// The bytes to seal.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing to memory cannot fail.
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// Reads them; `None` for any others.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        minicbor::decode(bytes).ok()
    }

    /// The day typed, where it is one.
    #[must_use]
    pub fn day(&self, today: Date) -> Option<Date> {
        self.date.parse_any(today).ok().flatten().and_then(PartialDate::day_known)
    }

    /// As a line among others, to look for what they have already: as far as it has come.
    #[must_use]
    pub fn brief(&self, today: Date) -> Brief {
        let day = self.day(today).unwrap_or(today);
        Brief {
            record: self.record,
            kind: Kind::ASSISTANCE.0,
            owner: Some(self.recipient),
            when: (i64::from(day.to_julian_day()) - 2_440_588) * 24 * 60,
            code: self.code.as_str().into(),
            state: self.status.as_str().into(),
            people: self.covers.iter().copied().collect(),
            amends: self.amends,
            ..Brief::default()
        }
    }

    /// The change that it becomes.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the form.
    pub fn check(&self, look: &Look<'_>) -> Result<Change, Vec<GiftProblem>> {
        let mut problems = Vec::new();
        let mut note = |field, fault: GiftFault| problems.push(GiftProblem { field, fault });
        let Some(help) = look.help.filter(|help| help.code == self.code) else {
            return Err(vec![GiftProblem { field: Field::ASSISTANCE_TYPE, fault: GiftFault::Missing }]);
        };
        let mut read = |text: &str, unit, field| match Amount::parse(text, unit) {
            Ok(amount) => amount.to_string(),
            Err(fault) => {
                note(field, fault.into());
                String::new()
            }
        };
        let asks_amount = help.is_money() || help.needs_amount || !self.amount.trim().is_empty();
        let quantity =
            (!help.is_money()).then(|| read(&self.quantity, help.unit(), Field::ASSISTANCE_QUANTITY));
        let amount = asks_amount.then(|| read(&self.amount, Unit::DOLLAR, Field::ASSISTANCE_AMOUNT));
        // Of money the units are dollars: asked once, stated as both.
        let quantity = quantity.or_else(|| amount.clone()).unwrap_or_default();
        if !allowed("").contains(&self.status.as_str()) {
            note(Field::ASSISTANCE_STATUS, GiftFault::NotABeginning(allowed("")));
        }
        let is_given = super::is_given(&self.status);
        let day = match self.date.parse_any(look.today) {
            Err(fault) => Err(fault.into()),
            Ok(None) => Err(GiftFault::Missing),
            Ok(Some(date)) => match date.day_known() {
                None => Err(GiftFault::DayNeeded),
                Some(day) if is_given && day > look.today => Err(GiftFault::Future),
                Some(day) if (day - look.today).whole_days().abs() > FURTHEST_DAYS => Err(GiftFault::FarOff),
                Some(_) => Ok(date),
            },
        };
        let day = day.map_err(|fault| note(Field::ASSISTANCE_DATE, fault)).ok();
        if self.covers.len() as u64 > CODES_LIMIT {
            note(Field::ASSISTANCE_COVERS, GiftFault::TooLong);
        }
        // What is only planned was received by nobody.
        let proof = if is_given { self.proof.as_str() } else { "" };
        if let Some(problem) = self.proof_problem(proof, is_given && help.needs_proof, look.reference) {
            problems.push(problem);
        }
        let again = self.again.trim();
        let fault = match again.chars().count() {
            0 if look.again => Some(GiftFault::Missing),
            count if count > TEXT_LIMIT => Some(GiftFault::TooLong),
            _ => None,
        };
        problems.extend(fault.map(|fault| GiftProblem { field: Field::ASSISTANCE_AGAIN, fault }));
        if !problems.is_empty() {
            return Err(problems);
        }
        let [proof, receipt, witness] = self.proof_values(proof);
        let covers = self.covers.iter().map(ToString::to_string).collect();
        let reference = |id: Option<RecordId>| id.map_or(Value::Nothing, Value::Ref);
        let fields = [
            (Field::OWNER, Value::Ref(self.recipient)),
            (Field::ASSISTANCE_RECIPIENT, Value::Ref(self.recipient)),
            (Field::ASSISTANCE_COVERS, Value::Codes(covers)),
            (Field::ASSISTANCE_TYPE, Value::text(&self.code)),
            (Field::ASSISTANCE_QUANTITY, Value::Text(quantity)),
            (Field::ASSISTANCE_AMOUNT, amount.map_or(Value::Nothing, Value::Text)),
            (Field::ASSISTANCE_DATE, day.map_or(Value::Nothing, PartialDate::to_value)),
            (Field::ASSISTANCE_STATUS, Value::text(&self.status)),
            (Field::ASSISTANCE_PROGRAMME, Value::text(&self.programme)),
            proof,
            receipt,
            witness,
            // What is not asked any more is not stated: somebody may have typed it for another kind.
            (Field::ASSISTANCE_AGAIN, Value::text(if look.again { again } else { "" })),
            (Field::ASSISTANCE_SITE, Value::text(&self.site)),
            (Field::ASSISTANCE_PROVIDER, Value::text(&self.provider)),
            (Field::ASSISTANCE_DISTRIBUTION, reference(self.distribution)),
            (Field::AMENDS, reference(self.amends)),
        ];
        // Nothing stands in a new record: what is empty is not stated, and all else is.
        Ok(Record::new(self.record, Kind::ASSISTANCE).change(fields).unwrap_or(Change {
            record: self.record,
            kind: Kind::ASSISTANCE,
            ops: Vec::new(),
        }))
    }

    /// What is wrong with what shows that it was received. `proof` is its code, empty for none.
    pub(super) fn proof_problem(&self, proof: &str, needed: bool, reference: &str) -> Option<GiftProblem> {
        let witness = self.witness.trim();
        let (field, fault) = match proof {
            "" if needed => (Field::ASSISTANCE_PROOF, GiftFault::NoProof),
            "signature" if self.signature.is_empty() => (Field::ASSISTANCE_RECEIPT, GiftFault::Missing),
            "witness" if witness.is_empty() => (Field::ASSISTANCE_WITNESS, GiftFault::Missing),
            "witness" if witness.chars().count() > TEXT_LIMIT => {
                (Field::ASSISTANCE_WITNESS, GiftFault::TooLong)
            }
            "slip" if self.slip.trim().is_empty() => (Field::ASSISTANCE_PROOF, GiftFault::Missing),
            "slip" => match (GroupRef::parse(&self.slip), GroupRef::parse(reference)) {
                (Err(_), _) => (Field::ASSISTANCE_PROOF, GiftFault::NoSlip),
                (Ok(shown), Ok(own)) if shown == own => return None,
                (Ok(_), _) => (Field::ASSISTANCE_PROOF, GiftFault::SlipOfOthers),
            },
            _ => return None,
        };
        Some(GiftProblem { field, fault })
    }

    /// What is stated of the proof: nothing that was typed for another one.
    pub(super) fn proof_values(&self, proof: &str) -> [(Field, Value); 3] {
        let only = |is: bool, text: &str| Value::text(if is { text.trim() } else { "" });
        [
            (Field::ASSISTANCE_PROOF, Value::text(proof)),
            (Field::ASSISTANCE_RECEIPT, only(proof == "signature", &self.signature)),
            (Field::ASSISTANCE_WITNESS, only(proof == "witness", &self.witness)),
        ]
    }
}
