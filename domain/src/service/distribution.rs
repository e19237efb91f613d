//! Help that is given to many from a list: its header, the list, and how far it has come.
//!
//! Each family's help is a record and an entry of its own, saved at the tap: whatever happens to the device, what was
//! shown as saved is there. The list grows by statements that stand side by side, so that two tablets may add to it.

use super::Brief;
use super::amount::Amount;
use super::assistance::{GiftFault, GiftProblem, Help};
use super::board::Chains;
use crate::date::{DateText, PartialDate};
use crate::entry::Change;
use crate::field::{Field, Kind};
use crate::id::{DraftId, EnrolmentId, EntryId, RecordId};
use crate::record::Record;
use crate::reference::GroupRef;
use crate::rules::Lists;
use crate::service::amount::Unit;
use crate::value::Value;
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};
use time::Date;

/// Most families in one statement of the list: it stays below the most codes that a value holds.
pub const LIST_PART: usize = 200;
/// Most families of one distribution. Beyond that nobody finds anybody any more: it is two.
pub const LIST_LIMIT: usize = 2_000;
/// Longest name, in characters.
const NAME_LIMIT: usize = 120;
/// Most lines of pasted references that are looked at.
const LINES_LIMIT: usize = 5_000;

/// A distribution is open.
pub const OPEN: &str = "open";
/// It is over.
pub const CLOSED: &str = "closed";

/// A distribution as typed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DistributionDraft {
    /// The record it becomes.
    #[n(0)]
    pub record: RecordId,
    /// The entry of its header and the first families.
    #[n(1)]
    pub entry: EntryId,
    /// Its name.
    #[n(2)]
    pub name: String,
    /// Kind of help.
    #[n(3)]
    pub code: String,
    /// How many units for each family, as typed.
    #[n(4)]
    pub quantity: String,
    /// How much money for each, as typed.
    #[n(5)]
    pub amount: String,
    /// Programme; empty for none.
    #[n(6)]
    pub programme: String,
    /// On which day.
    #[n(7)]
    pub date: DateText,
    /// Where.
    #[n(8)]
    pub site: String,
    /// Who gives.
    #[n(9)]
    pub provider: String,
    /// The families on its list, each once.
    #[n(10)]
    pub families: Vec<RecordId>,
}

impl DistributionDraft {
    /// One that nothing was typed of. The ids are fresh.
    #[must_use]
    pub fn new(record: RecordId, entry: EntryId, today: Date) -> Self {
        Self {
            record,
            entry,
            name: String::new(),
            code: String::new(),
            quantity: "1".to_owned(),
            amount: String::new(),
            programme: String::new(),
            date: DateText::of(&PartialDate::exact(today), today),
            site: String::new(),
            provider: String::new(),
            families: Vec::new(),
        }
    }

    /// The draft of one user's distribution: they have one at a time.
    #[must_use]
    pub fn id_of(enrolment: EnrolmentId) -> DraftId {
        let mut id = crate::CaseDraft::id_over(RecordId::default(), enrolment).0;
        id.iter_mut().zip(*b"dist").for_each(|(byte, other)| *byte ^= other);
        DraftId(id)
    }

    /// Whether nothing was typed that would have to be typed again.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let typed = [&self.name, &self.amount, &self.programme];
        typed.iter().all(|text| text.trim().is_empty()) && self.families.is_empty()
    }

    /// Another kind of help. What was typed for the unit of the former is not of this one.
    pub fn choose(&mut self, code: String) {
        if self.code != code {
            (self.code, self.quantity, self.amount) = (code, "1".to_owned(), String::new());
        }
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

    /// The changes that it becomes, each for an entry of its own: the header with the first families, then the others.
    /// `listed` are the families that an earlier try, which did not come to its end, put on the list: they are not said
    /// a second time.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the form.
    pub fn check(
        &self,
        help: Option<&Help>,
        today: Date,
        listed: &[RecordId],
    ) -> Result<Vec<Change>, Vec<GiftProblem>> {
        let mut problems = Vec::new();
        let mut note = |field, fault: GiftFault| problems.push(GiftProblem { field, fault });
        let name = self.name.trim();
        if name.is_empty() {
            note(Field::DISTRIBUTION_NAME, GiftFault::Missing);
        } else if name.chars().count() > NAME_LIMIT {
            note(Field::DISTRIBUTION_NAME, GiftFault::TooLong);
        }
        let help = help.filter(|help| help.code == self.code);
        if help.is_none() {
            note(Field::DISTRIBUTION_TYPE, GiftFault::Missing);
        }
        let mut read = |text: &str, unit, field| match Amount::parse(text, unit) {
            Ok(amount) => amount.to_string(),
            Err(fault) => {
                note(field, fault.into());
                String::new()
            }
        };
        let quantity = help.filter(|help| !help.is_money());
        let quantity = quantity.map(|help| read(&self.quantity, help.unit(), Field::DISTRIBUTION_QUANTITY));
        let asks =
            help.is_some_and(|help| help.is_money() || help.needs_amount) || !self.amount.trim().is_empty();
        let amount = asks.then(|| read(&self.amount, Unit::DOLLAR, Field::DISTRIBUTION_AMOUNT));
        let day = match self.date.parse_any(today) {
            Err(fault) => Err(fault.into()),
            Ok(None) => Err(GiftFault::Missing),
            Ok(Some(date)) => date.day_known().map(PartialDate::exact).ok_or(GiftFault::DayNeeded),
        };
        let day = day.map_err(|fault| note(Field::DISTRIBUTION_DATE, fault)).ok();
        if self.families.is_empty() {
            note(Field::DISTRIBUTION_LIST, GiftFault::Missing);
        } else if self.families.len() > LIST_LIMIT {
            note(Field::DISTRIBUTION_LIST, GiftFault::TooLong);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let listed: BTreeSet<RecordId> = listed.iter().copied().collect();
        let missing: Vec<RecordId> =
            self.families.iter().copied().filter(|family| !listed.contains(family)).collect();
        let mut parts = parts_of(&missing).into_iter();
        let quantity = quantity.or_else(|| amount.clone()).unwrap_or_default();
        let header = [
            (Field::DISTRIBUTION_NAME, Value::text(name)),
            (Field::DISTRIBUTION_TYPE, Value::text(&self.code)),
            (Field::DISTRIBUTION_QUANTITY, Value::Text(quantity)),
            (Field::DISTRIBUTION_AMOUNT, amount.map_or(Value::Nothing, Value::Text)),
            (Field::DISTRIBUTION_PROGRAMME, Value::text(&self.programme)),
            (Field::DISTRIBUTION_DATE, day.map_or(Value::Nothing, PartialDate::to_value)),
            (Field::DISTRIBUTION_SITE, Value::text(&self.site)),
            (Field::DISTRIBUTION_STATE, Value::text(OPEN)),
            (Field::DISTRIBUTION_PROVIDER, Value::text(&self.provider)),
            (Field::DISTRIBUTION_LIST, parts.next().unwrap_or(Value::Nothing)),
        ];
        let fresh = Record::new(self.record, Kind::DISTRIBUTION);
        let more = parts.map(|part| [(Field::DISTRIBUTION_LIST, part)]);
        Ok(fresh.change(header).into_iter().chain(more.filter_map(|part| fresh.change(part))).collect())
    }
}

/// The list in statements of at most [`LIST_PART`] families.
#[must_use]
pub fn parts_of(families: &[RecordId]) -> Vec<Value> {
    let part = |part: &[RecordId]| Value::Codes(part.iter().map(ToString::to_string).collect());
    families.chunks(LIST_PART).map(part).collect()
}

/// The change that puts more families on a list; `None` for none. It replaces nothing.
#[must_use]
pub fn added(distribution: RecordId, families: &[RecordId]) -> Option<Change> {
    let part = families.get(..families.len().min(LIST_PART)).filter(|part| !part.is_empty())?;
    let value = Value::Codes(part.iter().map(ToString::to_string).collect());
    Record::new(distribution, Kind::DISTRIBUTION).change([(Field::DISTRIBUTION_LIST, value)])
}

/// The families on a list: each once, in the order in which they were put on it.
#[must_use]
pub fn families(record: &Record) -> Vec<RecordId> {
    let mut stated: Vec<_> = record.stated(Field::DISTRIBUTION_LIST).collect();
    stated.sort_by_key(|stated| (stated.at, stated.entry));
    let codes = stated.into_iter().filter_map(|stated| stated.value.as_codes()).flatten();
    let mut met = BTreeSet::new();
    codes.filter_map(|code| RecordId::parse(code)).filter(|id| met.insert(*id)).collect()
}

/// The help that each person has from a distribution: those that count, as their newest amendments say. Of several, the first.
#[must_use]
pub fn given<'b>(
    briefs: &'b [Brief],
    distribution: RecordId,
    lists: &Lists,
) -> BTreeMap<RecordId, &'b Brief> {
    let mut given: BTreeMap<RecordId, &Brief> = BTreeMap::new();
    for brief in counting(briefs, distribution, lists) {
        for id in brief.owner.iter().chain(&brief.people) {
            let first = given.entry(*id).or_insert(brief);
            if (brief.stated_at, brief.record) < (first.stated_at, first.record) {
                *first = brief;
            }
        }
    }
    given
}

/// Those who have more than one help from a distribution: two tablets without a line knew nothing of each other.
#[must_use]
pub fn more_than_once(briefs: &[Brief], distribution: RecordId, lists: &Lists) -> BTreeSet<RecordId> {
    let mut first: BTreeMap<RecordId, RecordId> = BTreeMap::new();
    let mut twice = BTreeSet::new();
    for brief in counting(briefs, distribution, lists) {
        for id in brief.owner.iter().chain(&brief.people) {
            if *first.entry(*id).or_insert(brief.record) != brief.record {
                twice.insert(*id);
            }
        }
    }
    twice
}

/// The help of a distribution that reached somebody: of one that was amended, its newest amendment.
fn counting<'b>(
    briefs: &'b [Brief],
    distribution: RecordId,
    lists: &Lists,
) -> impl Iterator<Item = &'b Brief> {
    let chains = Chains::of(briefs);
    briefs.iter().filter(move |brief| {
        brief.kind() == Kind::ASSISTANCE
            && brief.follows == Some(distribution)
            && lists.is_delivered(&brief.state)
            && chains.counts(brief)
    })
}

/// What was pasted: references, one a line, with nothing else in it. Empty lines are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pasted {
    /// The references that were read, each once, with the number of their line.
    pub read: Vec<(usize, GroupRef)>,
    /// The numbers of the lines that are none.
    pub bad: Vec<usize>,
}

impl Pasted {
    /// Reads them, each for itself: a bad line keeps no other from being taken.
    #[must_use]
    pub fn parse(text: &str) -> Pasted {
        let mut pasted = Pasted::default();
        let mut met = BTreeSet::new();
        for (at, line) in text.lines().enumerate().take(LINES_LIMIT) {
            // Copied out of a sheet there is a comma, a tab or a quote at its end.
            let line = line.trim().trim_matches([',', ';', '"', '\'', '\t', ' ']);
            if line.is_empty() {
                continue;
            }
            match GroupRef::parse(line) {
                Ok(reference) => {
                    if met.insert(reference.as_str().to_owned()) {
                        pasted.read.push((at + 1, reference));
                    }
                }
                Err(_) => pasted.bad.push(at + 1),
            }
        }
        pasted
    }
}

#[cfg(test)]
mod tests;
