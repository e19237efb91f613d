//! From what a family said to a caseworker's form, in which everything can be checked against the papers.

use super::{Application, part_id};
use crate::case::{CaseDraft, CaseIds, Typed};
use crate::catalogue::{Catalogue, Stage};
use crate::field::{Field, Kind};
use crate::finding::Spot;
use crate::id::{DraftId, EntryId};
use time::Date;

/// A registration that begins with what the family said. The group's records have the ids that follow from the
/// application, whoever takes it and however often. Fields that the table does not know, and those that only the office
/// fills in, are left out: they stay in the application's own record.
#[must_use]
pub fn into_case(
    application: &Application,
    (draft, entry): (DraftId, EntryId),
    site: &str,
    stage: Stage,
    catalogue: &Catalogue,
    (today, now): (Date, u64),
) -> CaseDraft {
    let people: Vec<u8> = application.people().map(|part| part.nth).collect();
    let first = people.first().copied().unwrap_or(1);
    let ids = CaseIds { draft, entry, group: application.group(), person: application.record_of(first) };
    let mut case = CaseDraft::begin(ids, application.reference(), site, stage, now);
    for part in &application.parts {
        let record = application.record_of(part.nth);
        match (part.kind, part.owner) {
            (Kind::GROUP, _) => {}
            (Kind::INDIVIDUAL, _) if part.nth == first => {}
            (Kind::INDIVIDUAL, _) => case.add_person(record),
            (kind, Some(owner)) => case.add_row(record, kind, part_id(application.id, owner)),
            (_, None) => continue,
        }
        for (field, value) in &part.facts {
            let Some(spec) = catalogue.spec(*field).filter(|_| !is_the_offices(*field)) else { continue };
            let typed = Typed::of(Some(value), spec.form, today);
            if !typed.is_empty() {
                case.put(Spot::new(record, *field), typed, None);
            }
        }
    }
    case
}

/// What no family decides for the office.
fn is_the_offices(field: Field) -> bool {
    matches!(
        field,
        Field::GROUP_REF
            | Field::SITE
            | Field::REGISTRATION_DATE
            | Field::RECORD_STATUS
            | Field::DATA_LEVEL
            | Field::OWNER_ORG
            | Field::VERIFICATION
    )
}
