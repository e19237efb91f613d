//! What a check of a registration found: at which input, what, how much it weighs, and what it suggests.

use crate::field::Field;
use crate::id::{RecordId, hex};
use crate::problem::{Fault, Strength};
use time::Date;

/// One input: a field of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The record.
    pub record: RecordId,
    /// The field. For «there is no consent yet» and the like, the first field of what is missing.
    pub field: Field,
}

impl Spot {
    /// A field of a record.
    #[must_use]
    pub fn new(record: RecordId, field: Field) -> Spot {
        Spot { record, field }
    }

    /// Names the input on a page, so that the error summary can link to it: `surname1-9f3a51`. The ending is
    /// of the random part of the id, and different for the few records on one page.
    #[must_use]
    pub fn id(self) -> String {
        let key = self.field.key().map_or_else(|| format!("field-{}", self.field.0), str::to_owned);
        let ending = self.record.0.get(10..).map(hex).unwrap_or_default();
        format!("{key}-{ending}")
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// What was typed cannot be read. Its words: `fault_…` in every language file.
    Fault(Fault),
    /// This stage needs an answer here.
    Missing,
    /// A rule, by its id in `rules.csv`, where its words are too.
    Rule(&'static str),
}

/// What a finding proposes for the person, or the group, at whose record it was found. Nothing is ever done
/// by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Suggestion {
    /// A specific need: a code of `specific_needs.csv`.
    Need(&'static str),
    /// A referral: a code of `referral_sectors.csv`.
    Referral(&'static str),
    /// A sign of statelessness: a code of `statelessness_flags.csv`.
    Flag(&'static str),
    /// «Only the year» for the date of birth.
    YearOnly,
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Beside which input it is shown.
    pub at: Spot,
    /// What it is.
    pub what: What,
    /// How much it weighs.
    pub strength: Strength,
    /// What it proposes, for the person or group that [`Finding::at`] names.
    pub suggests: Vec<Suggestion>,
    /// The last day for what it reminds of.
    pub until: Option<Date>,
    /// Records to compare with, side by side: people or papers that may be the same.
    pub others: Vec<RecordId>,
    /// Somebody said «it is correct» to exactly these values. Then it is only told, quietly.
    pub confirmed: bool,
    /// The code by which it is confirmed, see [`crate::rules::confirmation`]; empty where that is not
    /// possible, or not for whoever looks. Most errors cannot be confirmed.
    pub confirm: String,
}

/// All that a check found, in the order of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Notes a finding.
    pub fn push(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// Notes what could not be read.
    pub fn fault(&mut self, at: Spot, fault: Fault) {
        self.0.push(Finding {
            at,
            what: What::Fault(fault),
            strength: Strength::Error,
            suggests: Vec::new(),
            until: None,
            others: Vec::new(),
            confirmed: false,
            confirm: String::new(),
        });
    }

    /// Notes that an answer is needed.
    pub fn missing(&mut self, at: Spot) {
        self.0.push(Finding {
            at,
            what: What::Missing,
            strength: Strength::Error,
            suggests: Vec::new(),
            until: None,
            others: Vec::new(),
            confirmed: false,
            confirm: String::new(),
        });
    }

    /// Everything found.
    pub fn iter(&self) -> core::slice::Iter<'_, Finding> {
        self.0.iter()
    }

    /// What keeps the registration from being finished.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.iter().filter(|finding| finding.strength == Strength::Error && !finding.confirmed)
    }

    /// What is asked, and not answered yet.
    pub fn questions(&self) -> impl Iterator<Item = &Finding> {
        self.iter().filter(|finding| finding.strength == Strength::Warning && !finding.confirmed)
    }

    /// What is only told.
    pub fn told(&self) -> impl Iterator<Item = &Finding> {
        self.iter().filter(|finding| finding.strength == Strength::Info || finding.confirmed)
    }

    /// What cannot be read: it cannot be stated, whoever wants to save.
    pub fn unreadable(&self) -> impl Iterator<Item = &Finding> {
        self.iter()
            .filter(|finding| matches!(finding.what, What::Fault(_)) && finding.strength == Strength::Error)
    }

    /// The findings of an input, the weightiest first.
    #[must_use]
    pub fn of(&self, at: Spot) -> Vec<&Finding> {
        let mut found: Vec<&Finding> = self.iter().filter(|finding| finding.at == at).collect();
        found.sort_by_key(|finding| (finding.confirmed, finding.strength));
        found
    }

    /// The findings of one record.
    pub fn of_record(&self, record: RecordId) -> impl Iterator<Item = &Finding> {
        self.iter().filter(move |finding| finding.at.record == record)
    }
}
