//! Help that is given: what a form of it asks, and the steps from asked for to handed over.
//!
//! A help is an event. Its status goes on in the same record, a step at a time, and each step says who took it and when;
//! what it says besides is never edited, only said anew by another record that names it as the one it amends.

mod draft;

pub use draft::{GiftDraft, GiftFault, GiftProblem, Look};

use super::amount::Unit;
use crate::catalogue::Row;
use crate::field::{Field, Kind};
use crate::id::RecordId;
use crate::record::Record;
use crate::value::Value;

/// It was asked for.
pub const REQUESTED: &str = "requested";
/// It is planned.
pub const APPROVED: &str = "approved";
/// It was handed over.
pub const DELIVERED: &str = "delivered";
/// A part of it was.
pub const PART: &str = "part";
/// The person did not want it.
pub const REFUSED: &str = "refused";
/// It was not approved.
pub const DENIED: &str = "denied";
/// It came back, or was recorded by mistake.
pub const RETURNED: &str = "returned";

/// How help is handed over (`modality` in `assistance_types.csv`) that nobody receives without a proof of it.
const MODALITIES_WITH_PROOF: [&str; 2] = ["cash", "voucher"];

/// What a help may begin as, and the steps from there: from a status of `assistance_status.csv` to another; empty for
/// the beginning. *Planned* is `approved`; *cancelled* is `denied`, `refused` or `returned`, by whose will it was.
pub const STEPS: &[(&str, &[&str])] = &[
    ("", &[REQUESTED, APPROVED, DELIVERED, PART]),
    (REQUESTED, &[APPROVED, DELIVERED, DENIED, REFUSED]),
    (APPROVED, &[DELIVERED, PART, REFUSED, RETURNED]),
    (DELIVERED, &[RETURNED]),
    (PART, &[RETURNED]),
];

/// Where a help stands of which several statuses are said: no code of any list.
pub const IN_CONFLICT: &str = "?";

/// A step that a help does not take, and those that it does: none where it has come to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("from {from} to {to}; allowed: {allowed:?}")]
pub struct NoSuchStep {
    /// Where it stands; empty for a new one.
    pub from: String,
    /// Where it was to go.
    pub to: String,
    /// Where it may go.
    pub allowed: &'static [&'static str],
}

/// Whether a status says that somebody received it, or a part of it.
#[must_use]
pub fn is_given(status: &str) -> bool {
    matches!(status, DELIVERED | PART)
}

/// Where a help may go from a status; empty for one that is not begun yet.
#[must_use]
pub fn allowed(from: &str) -> &'static [&'static str] {
    STEPS.iter().find(|(status, _)| *status == from).map_or(&[], |(_, to)| to)
}

/// Whether a help may go from one status to another.
///
/// # Errors
/// The steps that it may take instead.
pub fn judge_step(from: &str, to: &str) -> Result<(), NoSuchStep> {
    let allowed = allowed(from);
    if allowed.contains(&to) {
        return Ok(());
    }
    Err(NoSuchStep { from: from.to_owned(), to: to.to_owned(), allowed })
}

/// Where a help stands: its status, empty for one that nothing was said of, and [`IN_CONFLICT`] where several are said,
/// from which no step leads before somebody has decided.
#[must_use]
pub fn standing(record: &Record) -> &str {
    if crate::conflict::is_open(record, Field::ASSISTANCE_STATUS) {
        return IN_CONFLICT;
    }
    record.shown(Field::ASSISTANCE_STATUS).and_then(Value::as_text).unwrap_or_default()
}

/// The fields that a step states. Of a help that was planned, the day it was handed over takes the place of the day it
/// was planned for.
///
/// # Errors
/// The steps that it may take instead.
pub fn step(record: &Record, to: &str, day: &str) -> Result<Vec<(Field, Value)>, NoSuchStep> {
    let from = standing(record);
    judge_step(from, to)?;
    let mut fields = vec![(Field::ASSISTANCE_STATUS, Value::text(to))];
    if is_given(to) {
        fields.push((Field::ASSISTANCE_DATE, Value::text(day)));
    }
    Ok(fields)
}

/// A kind of help, as `assistance_types.csv` and `units.csv` have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Help {
    /// Its code.
    pub code: String,
    /// The sector it belongs to.
    pub sector: String,
    /// The code of its unit.
    pub unit: String,
    /// Decimals of that unit.
    pub decimals: u8,
    /// Whether it is stated with what it cost, or how much was handed over.
    pub needs_amount: bool,
    /// Whether something has to show that it was received: cash and what is as good as cash.
    pub needs_proof: bool,
}

impl Help {
    /// The kinds of the tables, in their order, those that an office took out left out.
    #[must_use]
    pub fn read(types: &[Row], units: &[Row]) -> Vec<Help> {
        let cell =
            |row: &Row, column: &str| row.get(column).map(|cell| cell.trim().to_owned()).unwrap_or_default();
        let help = |row: &Row| {
            let unit = cell(row, "unit");
            let decimals =
                units.iter().find(|row| cell(row, "code") == unit).map(|row| cell(row, "decimals"));
            Help {
                code: cell(row, "code"),
                sector: cell(row, "sector"),
                decimals: decimals.and_then(|text| text.parse().ok()).unwrap_or(0),
                needs_amount: cell(row, "amount_required") == "y",
                needs_proof: MODALITIES_WITH_PROOF.contains(&cell(row, "modality").as_str()),
                unit,
            }
        };
        let offered = types.iter().filter(|row| !crate::overlay::is_retired(row));
        offered.map(help).filter(|help| !help.code.is_empty()).collect()
    }

    /// What its quantity counts.
    #[must_use]
    pub fn unit(&self) -> Unit<'_> {
        Unit { code: &self.unit, decimals: self.decimals }
    }

    /// Whether it is money: then how much is all that is asked, once.
    #[must_use]
    pub fn is_money(&self) -> bool {
        self.unit().is_money()
    }
}

/// What a step states beside [`step`] of a help that needs a proof and is handed over now. `draft` is that help as a
/// draft, of which only the proof is looked at; `reference` is that of the recipient's group.
///
/// # Errors
/// What is wrong with the proof.
pub fn proof_fields(draft: &GiftDraft, reference: &str) -> Result<Vec<(Field, Value)>, Vec<GiftProblem>> {
    let code = draft.proof.as_str();
    match draft.proof_problem(code, true, reference) {
        Some(problem) => Err(vec![problem]),
        None => Ok(draft.proof_values(code).into()),
    }
}

/// The person who received a help, and everybody whom it was for.
#[must_use]
pub fn people(record: &Record) -> Vec<RecordId> {
    let recipient = record.shown(Field::ASSISTANCE_RECIPIENT).and_then(Value::as_ref);
    let owner = record.shown(Field::OWNER).and_then(Value::as_ref);
    let covers = record.shown(Field::ASSISTANCE_COVERS).and_then(Value::as_codes).unwrap_or_default();
    let mut people: Vec<RecordId> = recipient.or(owner).into_iter().collect();
    people.extend(covers.iter().filter_map(|code| RecordId::parse(code)).filter(|id| Some(*id) != recipient));
    people
}

/// Whether a record is a help whose contents may be read here.
#[must_use]
pub fn is_help(record: &Record) -> bool {
    record.kind == Kind::ASSISTANCE && record.shown(Field::ASSISTANCE_TYPE).is_some()
}

#[cfg(test)]
mod tests;
