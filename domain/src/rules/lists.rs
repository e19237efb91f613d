//! What rules need to know of code lists. Read once from the rows of the tables, as an office has them. A
//! table that is missing or does not know a code says nothing, and the rules that rest on it keep quiet.

use super::days::Holidays;
use crate::catalogue::{Class, Row};
use crate::field::Kind;
use std::collections::{BTreeMap, BTreeSet};

/// What rules need of the code lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    relationships: BTreeMap<String, Relationship>,
    needs: BTreeMap<String, Need>,
    /// Classes of sessions by their type.
    sessions: BTreeMap<String, Class>,
    /// Classes of referrals by their sector.
    sectors: BTreeMap<String, Class>,
    documents: BTreeMap<String, Paper>,
    /// Steps of the refugee procedure: from, to.
    steps: BTreeSet<(String, String)>,
    /// Working days to object to a decision, by the state that it makes.
    objection: BTreeMap<String, u16>,
    /// Kinds of help that need an amount.
    amounts: BTreeSet<String>,
    /// Statuses of help that count as delivered.
    delivered: BTreeSet<String>,
    /// Days after which help of a kind may be given to the same person again.
    again: BTreeMap<String, u16>,
    /// Hours for an answer, by urgency.
    hours: BTreeMap<String, u64>,
    holidays: Holidays,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Relationship {
    sex: String,
    role: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Need {
    category: String,
    class: Class,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Paper {
    group: String,
    months: Option<u8>,
}

impl Lists {
    /// The tables it reads: names of files, without their ending.
    pub const TABLES: [&'static str; 11] = [
        "lists",
        "specific_needs",
        "session_types",
        "referral_sectors",
        "document_types",
        "rsd_states",
        "rsd_transitions",
        "assistance_types",
        "assistance_status",
        "referral_urgency",
        "holidays",
    ];

    /// Reads what it needs of [`Lists::TABLES`]. `rows` gives the rows of a table by its name, none where it
    /// is not at hand.
    #[must_use]
    pub fn read(rows: impl Fn(&str) -> Vec<Row>) -> Lists {
        let mut lists = Lists { holidays: Holidays::read(&rows("holidays")), ..Lists::default() };
        for row in rows("lists").iter().filter(|row| cell(row, "list") == "relationship") {
            let relationship = Relationship { sex: owned(row, "sex"), role: owned(row, "role") };
            lists.relationships.insert(owned(row, "code"), relationship);
        }
        for row in &rows("specific_needs") {
            let code = owned(row, "code");
            // Categories are needs too, for when nothing closer is known.
            let category =
                if cell(row, "category").is_empty() { code.clone() } else { owned(row, "category") };
            lists.needs.insert(code, Need { category, class: Class::from_code(cell(row, "sensitivity")) });
        }
        for row in &rows("document_types") {
            let months = cell(row, "validity_months").parse().ok();
            lists.documents.insert(owned(row, "code"), Paper { group: owned(row, "group"), months });
        }
        for row in rows("rsd_transitions").iter().filter(|row| cell(row, "retired") != "1") {
            lists.steps.insert((owned(row, "from"), owned(row, "to")));
        }
        for row in &rows("rsd_states") {
            let days = cell(row, "deadline").strip_suffix("business days");
            if let Some(days) = days.and_then(|days| days.trim().parse().ok()) {
                lists.objection.insert(owned(row, "code"), days);
            }
        }
        let coded = |table: &str, column: &str| {
            let rows = rows(table);
            rows.iter().filter(|row| cell(row, column) == "y").map(|row| owned(row, "code")).collect()
        };
        let classes = |table: &str| {
            let rows = rows(table);
            let class = |row: &Row| Class::from_code(cell(row, "default_sensitivity"));
            rows.iter().map(|row| (owned(row, "code"), class(row))).collect()
        };
        lists.sessions = classes("session_types");
        lists.sectors = classes("referral_sectors");
        lists.amounts = coded("assistance_types", "amount_required");
        lists.delivered = coded("assistance_status", "counts_as_delivered");
        for row in &rows("assistance_types") {
            let days = cell(row, "again_after_days").parse().ok();
            if let Some(days) = days.filter(|days| *days > 0) {
                lists.again.insert(owned(row, "code"), days);
            }
        }
        for row in &rows("referral_urgency") {
            if let Ok(hours) = cell(row, "answer_within_hours").parse() {
                lists.hours.insert(owned(row, "code"), hours);
            }
        }
        lists
    }

    /// Sex that a relationship implies: `F`, `M`, or nothing.
    #[must_use]
    pub fn relationship_sex(&self, code: &str) -> &str {
        self.relationships.get(code).map_or("", |it| &it.sex)
    }

    /// What a relationship makes somebody to the focal point: `spouse`, `child`, `parent`, `sibling`,
    /// `grandparent`, `guardian`, `focal`, `other`, or nothing where it is not known.
    #[must_use]
    pub fn relationship_role(&self, code: &str) -> &str {
        self.relationships.get(code).map_or("", |it| &it.role)
    }

    /// The category of a specific need. One that the table does not have is of the category that its code
    /// names.
    #[must_use]
    pub fn need_category<'a>(&'a self, code: &'a str) -> &'a str {
        let named = code.split('-').next().unwrap_or_default();
        self.needs.get(code).map_or(named, |need| &need.category)
    }

    /// Who may see a specific need. One that the table does not have is of the closest class.
    #[must_use]
    pub fn need_class(&self, code: &str) -> Class {
        self.needs.get(code).map_or(Class::NeedToKnow, |need| need.class)
    }

    /// Who may see a record of a kind with this code (a need, the type of a session, the sector of a referral). A code
    /// that its table does not have is of the closest class; records of other kinds have no code of the kind.
    #[must_use]
    pub fn code_class(&self, kind: Kind, code: &str) -> Class {
        match kind {
            Kind::NEED => self.need_class(code),
            Kind::SESSION => self.sessions.get(code).copied().unwrap_or(Class::NeedToKnow),
            Kind::REFERRAL => self.sectors.get(code).copied().unwrap_or(Class::NeedToKnow),
            _ => Class::Restricted,
        }
    }

    /// Whether a paper shows who somebody is.
    #[must_use]
    pub fn is_identity(&self, document_type: &str) -> bool {
        self.documents.get(document_type).is_some_and(|paper| paper.group == "identity")
    }

    /// For how many months a paper is given.
    #[must_use]
    pub fn validity_months(&self, document_type: &str) -> Option<u8> {
        self.documents.get(document_type)?.months
    }

    /// Whether one state of the refugee procedure follows another; `from` is empty at its beginning. `None`
    /// where the table is not at hand.
    #[must_use]
    pub fn may_follow(&self, from: &str, to: &str) -> Option<bool> {
        (!self.steps.is_empty()).then(|| self.steps.contains(&(from.to_owned(), to.to_owned())))
    }

    /// Working days to object to a decision, by the state that it makes.
    #[must_use]
    pub fn days_to_object(&self, rsd_state: &str) -> Option<u16> {
        self.objection.get(rsd_state).copied()
    }

    /// Whether help of this kind is stated with an amount of money.
    #[must_use]
    pub fn needs_amount(&self, assistance_type: &str) -> bool {
        self.amounts.contains(assistance_type)
    }

    /// Whether help of this status reached somebody.
    #[must_use]
    pub fn is_delivered(&self, assistance_status: &str) -> bool {
        self.delivered.contains(assistance_status)
    }

    /// Days after which help of this kind may be given to the same person again. `None` where it is not asked, because
    /// it is given as often as it is needed.
    #[must_use]
    pub fn again_after_days(&self, assistance_type: &str) -> Option<u16> {
        self.again.get(assistance_type).copied()
    }

    /// Hours within which a referral of this urgency is answered.
    #[must_use]
    pub fn answer_within_hours(&self, urgency: &str) -> Option<u64> {
        self.hours.get(urgency).copied()
    }

    /// Days on which offices are closed.
    #[must_use]
    pub fn holidays(&self) -> &Holidays {
        &self.holidays
    }
}

fn cell<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).map(|cell| cell.trim()).unwrap_or_default()
}

fn owned(row: &Row, column: &str) -> String {
    cell(row, column).to_owned()
}
