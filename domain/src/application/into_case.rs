//! From what a family said to a caseworker's form, in which everything can be checked against the papers.

use super::{Application, KINDS, Part, part_id};
use crate::case::{CaseDraft, CaseIds, Typed};
use crate::catalogue::{Catalogue, FieldSpec, Form, Stage};
use crate::field::{Field, Kind};
use crate::finding::Spot;
use crate::id::{DraftId, EntryId};
use crate::value::Value;
use time::Date;

/// A registration that begins with what the family said. The group's records have the ids that follow from the
/// application, whoever takes it and however often.
///
/// Whoever saves the form signs all of it, so it takes only what a family is asked: parts of [`KINDS`], in them the
/// fields of that kind which the stage of families asks, and references to people of the same application. Everything
/// else is left out: it stays in the application's own record.
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
    for part in application.parts.iter().filter(|part| KINDS.contains(&part.kind)) {
        if part.nth != first {
            begin(application, part, &mut case);
        }
        fill(application, part, &mut case, catalogue, today);
    }
    case
}

/// Parts that a form does not have: what a family added by a correction after the form was begun, or what somebody took
/// out of it. Of what hangs on a part that is not there, the part alone is told.
#[must_use]
pub fn lacking(application: &Application, case: &CaseDraft) -> Vec<u8> {
    let has = |nth| case.sheet(application.record_of(nth)).is_some();
    let lacks = |part: &&Part| KINDS.contains(&part.kind) && !has(part.nth) && part.owner.is_some_and(has);
    application.parts.iter().filter(lacks).map(|part| part.nth).collect()
}

/// Adds such a part, with all that hangs on it, as [`into_case`] would have done.
pub fn add_part(
    application: &Application,
    nth: u8,
    case: &mut CaseDraft,
    catalogue: &Catalogue,
    today: Date,
) {
    let ours = |part: &&Part| KINDS.contains(&part.kind) && (part.nth == nth || part.owner == Some(nth));
    for part in application.parts.iter().filter(ours) {
        if case.sheet(application.record_of(part.nth)).is_none() {
            begin(application, part, case);
            fill(application, part, case, catalogue, today);
        }
    }
}

/// A sheet for a part of which nothing is typed yet.
fn begin(application: &Application, part: &Part, case: &mut CaseDraft) {
    let record = application.record_of(part.nth);
    match (part.kind, part.owner) {
        (Kind::GROUP, _) | (_, None) => {}
        (Kind::INDIVIDUAL, _) => case.add_person(record),
        (kind, Some(owner)) => case.add_row(record, kind, part_id(application.id, owner)),
    }
}

/// What was said of a part, as typed.
fn fill(application: &Application, part: &Part, case: &mut CaseDraft, catalogue: &Catalogue, today: Date) {
    for (field, value) in &part.facts {
        let theirs = |spec: &&FieldSpec| spec.kind == part.kind && is_the_familys(spec);
        let Some(spec) = catalogue.spec(*field).filter(theirs) else { continue };
        if !stays_inside(application, spec, value) {
            continue;
        }
        let typed = Typed::of(Some(value), spec.form, today);
        if !typed.is_empty() {
            case.put(Spot::new(application.record_of(part.nth), *field), typed, None);
        }
    }
}

/// Whether a family decides it: what its phone asks, and the two things that the phone fills in by itself.
fn is_the_familys(spec: &FieldSpec) -> bool {
    let by_itself = matches!(spec.field, Field::FOCAL_POINT | Field::CONSENT_TEXT_VERSION);
    let asked = spec.mark(Stage::SelfFilled).is_asked() && !is_the_offices(spec.field);
    !spec.retired && (asked || by_itself)
}

/// What no family decides for the office, whatever an office's own table asks; nor on what a record hangs.
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
            | Field::OWNER
            | Field::HOLDER
            | Field::GROUP
    )
}

/// Whether a value names nothing but people of its own application: any other record is none of its business.
fn stays_inside(application: &Application, spec: &FieldSpec, value: &Value) -> bool {
    let is_ours = |id| application.people().any(|part| application.record_of(part.nth) == id);
    match value {
        Value::Ref(id) => spec.form == Form::Ref && is_ours(*id),
        _ => !matches!(spec.form, Form::Ref | Form::Refs),
    }
}
