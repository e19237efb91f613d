//! Drafts of version 1, a family or a correction: tablets may hold them. Read, never written.

use super::draft::{CaseDraft, CaseIds};
use super::sheet::Sheet;
use super::typed::Typed;
use crate::catalogue::Stage;
use crate::date::DateText;
use crate::field::{Field, Kind};
use crate::id::{DraftId, EntryId, RecordId};
use crate::reference::GroupRef;
use minicbor::Decode;

/// A family as it was typed. A map with numbered keys: unknown ones are skipped, missing ones are empty.
#[derive(Decode)]
#[cbor(map)]
struct Family {
    #[n(0)]
    draft: DraftId,
    #[n(1)]
    entry: EntryId,
    #[n(2)]
    group: RecordId,
    #[cbor(n(3), default)]
    group_ref: String,
    #[cbor(n(4), default)]
    site: String,
    #[cbor(n(5), default)]
    province: String,
    #[cbor(n(6), default)]
    district: String,
    #[cbor(n(7), default)]
    address: String,
    #[cbor(n(8), default)]
    arrival: DateText,
    #[cbor(n(9), default)]
    entry_point: String,
    /// Place of the focal point in `members`.
    #[cbor(n(10), default)]
    focal: usize,
    #[cbor(n(11), default)]
    members: Vec<Member>,
    #[cbor(n(12), default)]
    started_at: u64,
}

/// A person of it.
#[derive(Decode)]
#[cbor(map)]
struct Member {
    #[n(0)]
    record: RecordId,
    #[cbor(n(1), default)]
    given_names: String,
    #[cbor(n(2), default)]
    surname1: String,
    #[cbor(n(3), default)]
    surname2: String,
    /// Why there is no second surname: a number then, a code since.
    #[n(4)]
    surname2_absent: Option<u8>,
    #[cbor(n(5), default)]
    one_name: bool,
    #[cbor(n(6), default)]
    common_name: String,
    #[cbor(n(7), default)]
    name_native: String,
    #[cbor(n(8), default)]
    sex: String,
    #[cbor(n(9), default)]
    born: DateText,
    #[cbor(n(10), default)]
    nationality: Vec<String>,
    #[cbor(n(11), default)]
    documents: Vec<Paper>,
    #[cbor(n(12), default)]
    phone: String,
    #[cbor(n(13), default)]
    relationship: String,
}

/// A paper of a person.
#[derive(Decode)]
#[cbor(map)]
struct Paper {
    #[n(0)]
    record: RecordId,
    #[cbor(n(1), default)]
    kind: String,
    #[cbor(n(2), default)]
    number: String,
}

/// A family of version 1 as a registration of today. A correction of version 1 named one person as its group; what
/// was typed there cannot be told from what was recorded, so it is opened as a family again only where it was one.
pub(super) fn read(bytes: &[u8]) -> Option<CaseDraft> {
    let family: Family = minicbor::decode(bytes).ok()?;
    let focal = family.members.get(family.focal).or(family.members.first())?;
    if focal.record == family.group {
        return None;
    }
    let ids = CaseIds { draft: family.draft, entry: family.entry, group: family.group, person: focal.record };
    let reference = GroupRef::parse(&family.group_ref)
        .unwrap_or_else(|_| GroupRef::fresh(family.group.0.first_chunk().copied().unwrap_or_default()));
    let mut draft = CaseDraft::begin(ids, reference, &family.site, Stage::E2, family.started_at);
    let text = |sheet: &mut Sheet, field: Field, text: &str| {
        if !text.is_empty() {
            sheet.put(field, Typed::Text(text.to_owned()), None);
        }
    };
    for (field, typed) in [
        (Field::PROVINCE, &family.province),
        (Field::DISTRICT, &family.district),
        (Field::ADDRESS, &family.address),
        (Field::ENTRY_POINT, &family.entry_point),
    ] {
        text(&mut draft.group, field, typed);
    }
    if !family.arrival.is_empty() {
        draft.group.put(Field::ARRIVAL_DATE, Typed::Date(family.arrival.clone()), None);
    }
    draft.people.clear();
    for member in &family.members {
        let mut sheet = Sheet::begin(member.record, Kind::INDIVIDUAL, Some(family.group));
        for (field, typed) in [
            (Field::GIVEN_NAMES, &member.given_names),
            (Field::SURNAME1, &member.surname1),
            (Field::SURNAME2, &member.surname2),
            (Field::COMMON_NAME, &member.common_name),
            (Field::NAME_NATIVE, &member.name_native),
            (Field::SEX, &member.sex),
            (Field::PHONE, &member.phone),
            (Field::RELATIONSHIP, &member.relationship),
        ] {
            text(&mut sheet, field, typed);
        }
        if let Some(absent) = member.surname2_absent {
            text(&mut sheet, Field::SURNAME2_ABSENT, if absent == 1 { "none" } else { "unknown" });
        }
        if member.one_name {
            sheet.put(Field::ONE_NAME, Typed::Flag(Some(true)), None);
        }
        if !member.born.is_empty() {
            sheet.put(Field::DATE_OF_BIRTH, Typed::Date(member.born.clone()), None);
        }
        if !member.nationality.is_empty() {
            sheet.put(Field::NATIONALITY, Typed::Codes(member.nationality.clone()), None);
        }
        draft.people.push(sheet);
        for document in &member.documents {
            let mut row = Sheet::begin(document.record, Kind::DOCUMENT, Some(member.record));
            text(&mut row, Field::DOCUMENT_TYPE, &document.kind);
            text(&mut row, Field::DOCUMENT_NUMBER, &document.number);
            draft.rows.push(row);
        }
    }
    Some(draft)
}
