//! One person: as typed, as checked, as recorded.

use crate::date::{DateText, PartialDate};
use crate::document::{Document, DocumentDetails, DocumentDraft, NO_DOCUMENT};
use crate::entry::Change;
use crate::field::{Field, Kind};
use crate::id::RecordId;
use crate::name::{self, NameFault};
use crate::phone::Phone;
use crate::problem::{At, Fault, Problems};
use crate::record::Record;
use crate::value::Value;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use time::Date;

/// Most nationalities of one person.
pub const MAX_NATIONALITIES: usize = 3;
/// Code of list `relationship` for the focal point itself.
pub const FOCAL_POINT: &str = "FP";

/// Why there is no second surname. Different answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Absent {
    /// The person has none.
    None,
    /// Nobody knows.
    Unknown,
}

impl Absent {
    /// The code kept in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Absent::None => "none",
            Absent::Unknown => "unknown",
        }
    }

    /// Reads the code kept in records.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "none" => Some(Absent::None),
            "unknown" => Some(Absent::Unknown),
            _ => None,
        }
    }
}

impl<C> Encode<C> for Absent {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.u8(if *self == Absent::None { 1 } else { 2 })?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Absent {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        // A reason from a later version is not known here.
        Ok(if d.u8()? == 1 { Absent::None } else { Absent::Unknown })
    }
}

/// A person as typed. Everything is text, nothing is judged: a draft holds whatever was typed.
///
/// Its form is a map with numbered keys. Unknown keys are skipped and missing ones are empty, so that drafts of
/// other versions open. A number is never given a second meaning.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct IndividualDraft {
    /// Fixed when the person is added.
    #[n(0)]
    pub record: RecordId,
    /// Given names.
    #[cbor(n(1), skip_if = "String::is_empty")]
    pub given_names: String,
    /// First surname, or the one name.
    #[cbor(n(2), skip_if = "String::is_empty")]
    pub surname1: String,
    /// Second surname.
    #[cbor(n(3), skip_if = "String::is_empty")]
    pub surname2: String,
    /// Why there is no second surname.
    #[n(4)]
    pub surname2_absent: Option<Absent>,
    /// «One name only» is ticked.
    #[cbor(n(5), default)]
    pub one_name: bool,
    /// Other names.
    #[cbor(n(6), skip_if = "String::is_empty")]
    pub common_name: String,
    /// Name in the person's own script.
    #[cbor(n(7), skip_if = "String::is_empty")]
    pub name_native: String,
    /// Code of list `sex`.
    #[cbor(n(8), skip_if = "String::is_empty")]
    pub sex: String,
    /// Date of birth.
    #[cbor(n(9), default)]
    pub born: DateText,
    /// Codes of `countries.csv`; empty rows count for nothing.
    #[cbor(n(10), skip_if = "Vec::is_empty")]
    pub nationality: Vec<String>,
    /// Papers.
    #[cbor(n(11), skip_if = "Vec::is_empty")]
    pub documents: Vec<DocumentDraft>,
    /// Phone.
    #[cbor(n(12), skip_if = "String::is_empty")]
    pub phone: String,
    /// Code of list `relationship`. Not read for the focal point.
    #[cbor(n(13), skip_if = "String::is_empty")]
    pub relationship: String,
}

impl IndividualDraft {
    /// A person of whom nothing is typed yet.
    #[must_use]
    pub fn new(record: RecordId) -> Self {
        Self {
            record,
            given_names: String::new(),
            surname1: String::new(),
            surname2: String::new(),
            surname2_absent: None,
            one_name: false,
            common_name: String::new(),
            name_native: String::new(),
            sex: String::new(),
            born: DateText::default(),
            nationality: Vec::new(),
            documents: Vec::new(),
            phone: String::new(),
            relationship: String::new(),
        }
    }

    /// A form filled with what is recorded, for editing. Where values are in conflict the newest is shown, and
    /// leaving it as it is decides nothing, see [`changes_of_individual`].
    #[must_use]
    pub fn of(record: &Record, documents: &[Record], today: Date) -> Self {
        let known = Individual::from_record(record);
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            record: record.id,
            given_names: text(&known.given_names),
            surname1: text(&known.surname1),
            surname2: text(&known.surname2),
            surname2_absent: known.surname2_absent,
            one_name: known.one_name,
            common_name: text(&known.common_name),
            name_native: text(&known.name_native),
            sex: text(&known.sex),
            born: known.born.map(|born| DateText::of(&born, today)).unwrap_or_default(),
            nationality: known.nationality.clone(),
            documents: documents_of(record.id, documents)
                .filter(|document| !document.is_removed())
                .map(|document| DocumentDraft {
                    record: document.id,
                    kind: document.kind.unwrap_or_default(),
                    number: document.number.unwrap_or_default(),
                })
                .collect(),
            phone: text(&known.phone),
            relationship: text(&known.relationship),
        }
    }

    /// The name as typed so far, for the list of members; empty when there is none.
    #[must_use]
    pub fn display_name(&self) -> String {
        let keep = |text: &str| name::keep(text);
        name::display_name(&keep(&self.given_names), &keep(&self.surname1), &keep(&self.surname2))
    }

    /// Nothing was typed or chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::new(self.record)
    }

    /// Reads everything there is and notes every problem. What could not be read is left out of the details,
    /// which nobody gets to see unless there was no error.
    pub(crate) fn read(
        &self,
        place: usize,
        is_focal: bool,
        today: Date,
        problems: &mut Problems,
    ) -> IndividualDetails {
        let at = |field| At::member(place, field);
        let mut part = |field, text: &str| {
            let (kept, fault) = name::keep_part(text);
            if let Some(fault) = fault {
                problems.push(at(field), fault);
            }
            kept
        };
        let mut given_names = part(Field::GIVEN_NAMES, &self.given_names);
        let mut surname1 = part(Field::SURNAME1, &self.surname1);
        let surname2 = part(Field::SURNAME2, &self.surname2);
        let common_name = part(Field::COMMON_NAME, &self.common_name);
        let name_native = part(Field::NAME_NATIVE, &self.name_native);
        if self.one_name {
            if surname1.is_empty() {
                surname1 = core::mem::take(&mut given_names);
            }
            if surname1.is_empty() {
                problems.push(at(Field::SURNAME1), NameFault::Missing);
            }
            if !given_names.is_empty() || !surname2.is_empty() {
                problems.push(at(Field::ONE_NAME), Fault::OneNameButSeveral);
            }
        } else {
            for (field, text) in [(Field::GIVEN_NAMES, &given_names), (Field::SURNAME1, &surname1)] {
                if text.is_empty() {
                    problems.push(at(field), NameFault::Missing);
                }
            }
        }

        let born = problems.sift(at(Field::DATE_OF_BIRTH), self.born.parse_birth(today)).flatten();
        let age = born.and_then(|born| born.age_on(today));
        if age.is_some_and(|age| age > 100) {
            problems.push(at(Field::DATE_OF_BIRTH), Fault::OverAHundred);
        }
        let inexact = born.is_some_and(|born| !born.precision().is_exact());
        if inexact && age.is_some_and(|age| age.abs_diff(18) <= 1) {
            problems.push(at(Field::DATE_OF_BIRTH), Fault::NearEighteen);
        }

        let sex = name::keep(&self.sex);
        if sex.is_empty() {
            problems.push(at(Field::SEX), Fault::SexMissing);
        }

        let mut nationality: Vec<String> = Vec::new();
        for code in self.nationality.iter().map(|code| name::keep(code)) {
            if !code.is_empty() && !nationality.contains(&code) {
                nationality.push(code);
            }
        }
        if nationality.len() > MAX_NATIONALITIES {
            problems.push(at(Field::NATIONALITY), Fault::TooManyNationalities);
        }

        let documents = self.read_documents(place, problems);
        let (phone, fault) = Phone::keep(&self.phone);
        if let Some(fault) = fault {
            problems.push(at(Field::PHONE), fault);
        }

        let relationship = if is_focal { FOCAL_POINT.to_owned() } else { name::keep(&self.relationship) };
        if !is_focal && (relationship.is_empty() || relationship == FOCAL_POINT) {
            problems.push(at(Field::RELATIONSHIP), Fault::RelationshipMissing);
        }

        IndividualDetails {
            record: self.record,
            given_names,
            surname1,
            // A surname that was typed says more than an earlier «has none».
            surname2_absent: self.surname2_absent.filter(|_| surname2.is_empty()),
            surname2,
            one_name: self.one_name,
            common_name,
            name_native,
            sex,
            born,
            nationality,
            documents,
            phone,
            relationship,
            warnings: Problems::default(),
        }
    }

    fn read_documents(&self, place: usize, problems: &mut Problems) -> Vec<DocumentDetails> {
        let rows = || self.documents.iter().enumerate().filter(|(_, row)| !row.is_empty());
        let several = rows().count() > 1;
        rows()
            .map(|(row, draft)| {
                let document = draft.read();
                let at = At::row(place, row, Field::DOCUMENT_TYPE);
                if document.kind.is_empty() {
                    problems.push(at, Fault::DocumentTypeMissing);
                }
                if document.kind == NO_DOCUMENT && (several || !document.number.is_empty()) {
                    problems.push(at, Fault::NoDocumentAndADocument);
                }
                document
            })
            .collect()
    }
}

/// Checks one person by themselves: for a member added or edited alone. Problems are noted at member 0.
///
/// # Errors
/// Every problem at once, questions included.
pub fn check_member(
    draft: &IndividualDraft,
    is_focal: bool,
    today: Date,
) -> Result<IndividualDetails, Problems> {
    let mut problems = Problems::default();
    let details = draft.read(0, is_focal, today, &mut problems);
    problems.settle(|warnings| IndividualDetails { warnings, ..details })
}

/// A person to stand behind: only a check makes them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndividualDetails {
    /// Their record.
    pub record: RecordId,
    /// Given names; empty for one name only.
    pub given_names: String,
    /// First surname, or the one name.
    pub surname1: String,
    /// Second surname; may be empty.
    pub surname2: String,
    /// Why there is no second surname.
    pub surname2_absent: Option<Absent>,
    /// One name only.
    pub one_name: bool,
    /// Other names; may be empty.
    pub common_name: String,
    /// Name in own script; may be empty.
    pub name_native: String,
    /// Code of list `sex`.
    pub sex: String,
    /// Date of birth, where known.
    pub born: Option<PartialDate>,
    /// At most three, none twice.
    pub nationality: Vec<String>,
    /// Papers.
    pub documents: Vec<DocumentDetails>,
    /// Phone, E.164 where readable; may be empty.
    pub phone: String,
    /// Relationship to the focal point.
    pub relationship: String,
    /// What the check only asks or says. Empty for a member of a family, whose details hold them all.
    pub warnings: Problems,
}

impl IndividualDetails {
    /// The name to show.
    #[must_use]
    pub fn display_name(&self) -> String {
        name::display_name(&self.given_names, &self.surname1, &self.surname2)
    }

    /// What the person's record should say, field by field. Fields that the form does not ask are not named.
    #[must_use]
    pub fn wanted(&self) -> Vec<(Field, Value)> {
        vec![
            (Field::RELATIONSHIP, Value::text(&self.relationship)),
            (Field::GIVEN_NAMES, Value::text(&self.given_names)),
            (Field::SURNAME1, Value::text(&self.surname1)),
            (Field::SURNAME2, Value::text(&self.surname2)),
            (
                Field::SURNAME2_ABSENT,
                self.surname2_absent.map_or(Value::Nothing, |why| Value::text(why.code())),
            ),
            (Field::ONE_NAME, if self.one_name { Value::Flag(true) } else { Value::Nothing }),
            (Field::COMMON_NAME, Value::text(&self.common_name)),
            (Field::NAME_NATIVE, Value::text(&self.name_native)),
            (Field::SEX, Value::text(&self.sex)),
            (Field::DATE_OF_BIRTH, self.born.map_or(Value::Nothing, PartialDate::to_value)),
            (Field::NATIONALITY, codes(&self.nationality)),
            (Field::PHONE, Value::text(&self.phone)),
        ]
    }

    /// The changes that enter this person into a group for the first time, papers included.
    #[must_use]
    pub fn changes_for_new_member(&self, group: RecordId) -> Vec<Change> {
        let mut wanted = self.wanted();
        wanted.insert(0, (Field::GROUP, Value::Ref(group)));
        let person = Record::new(self.record, Kind::INDIVIDUAL).change(wanted);
        let papers = self.documents.iter().filter_map(|document| new_document(document, self.record));
        person.into_iter().chain(papers).collect()
    }
}

/// The changes that turn what is recorded into what a form now says. `documents` are the papers' records of
/// this person; others are left alone.
///
/// Only what was changed in the form is stated: a field that still says what [`IndividualDraft::of`] put there
/// is not touched, even where it is in conflict or holds something this version cannot read.
/// A paper whose row was taken away is emptied, see [`Document::is_removed`].
#[must_use]
pub fn changes_of_individual(
    record: &Record,
    documents: &[Record],
    details: &IndividualDetails,
    today: Date,
) -> Vec<Change> {
    let shown = IndividualDraft::of(record, documents, today);
    let shown = shown.read(0, false, today, &mut Problems::default());
    let mut changes = Vec::new();
    changes.extend(record.change(differing(details.wanted(), &shown.wanted())));
    for document in &details.documents {
        let before = shown.documents.iter().find(|before| before.record == document.record);
        let held = documents.iter().find(|held| held.id == document.record && held.kind == Kind::DOCUMENT);
        changes.extend(match (held, before) {
            (Some(held), Some(before)) => held.change(differing(document.wanted(), &before.wanted())),
            (Some(held), None) => held.change(document.wanted()),
            (None, _) => new_document(document, record.id),
        });
    }
    for before in &shown.documents {
        if !details.documents.iter().any(|document| document.record == before.record) {
            let held = documents.iter().find(|held| held.id == before.record);
            let emptied = [(Field::DOCUMENT_TYPE, Value::Nothing), (Field::DOCUMENT_NUMBER, Value::Nothing)];
            changes.extend(held.and_then(|held| held.change(emptied)));
        }
    }
    changes
}

fn differing(wanted: Vec<(Field, Value)>, shown: &[(Field, Value)]) -> Vec<(Field, Value)> {
    wanted.into_iter().filter(|wanted| !shown.contains(wanted)).collect()
}

fn new_document(document: &DocumentDetails, holder: RecordId) -> Option<Change> {
    let mut wanted = document.wanted();
    wanted.insert(0, (Field::HOLDER, Value::Ref(holder)));
    Record::new(document.record, Kind::DOCUMENT).change(wanted)
}

fn documents_of(holder: RecordId, documents: &[Record]) -> impl Iterator<Item = Document> + '_ {
    let documents = documents.iter().filter_map(Document::from_record);
    documents.filter(move |document| document.holder == Some(holder))
}

pub(crate) fn codes(codes: &[String]) -> Value {
    if codes.is_empty() { Value::Nothing } else { Value::Codes(codes.to_vec()) }
}

/// A person as a record tells them. Where values are in conflict the newest is shown: for lists and pages,
/// never for deciding; [`Record::conflicts`] says where a person must look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Individual {
    /// Their record.
    pub id: RecordId,
    /// The group they belong to.
    pub group: Option<RecordId>,
    /// Code of list `relationship`.
    pub relationship: Option<String>,
    /// Given names.
    pub given_names: Option<String>,
    /// First surname, or the one name.
    pub surname1: Option<String>,
    /// Second surname.
    pub surname2: Option<String>,
    /// Why there is no second surname.
    pub surname2_absent: Option<Absent>,
    /// One name only.
    pub one_name: bool,
    /// Other names.
    pub common_name: Option<String>,
    /// Name in own script.
    pub name_native: Option<String>,
    /// Code of list `sex`.
    pub sex: Option<String>,
    /// Date of birth.
    pub born: Option<PartialDate>,
    /// Codes of `countries.csv`.
    pub nationality: Vec<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Place of birth.
    pub birth_place: Option<String>,
    /// Mother's name.
    pub mother_name: Option<String>,
    /// Father's name.
    pub father_name: Option<String>,
    /// Code of list `marital_status`.
    pub marital_status: Option<String>,
    /// Code of list `protection_status`.
    pub protection_status: Option<String>,
}

impl Individual {
    /// Reads a record. What it does not say, or says in a form of another version, is left out.
    #[must_use]
    pub fn from_record(record: &Record) -> Self {
        let text = |field| record.shown(field).and_then(Value::as_text);
        let owned = |field| text(field).map(str::to_owned);
        Self {
            id: record.id,
            group: record.shown(Field::GROUP).and_then(Value::as_ref),
            relationship: owned(Field::RELATIONSHIP),
            given_names: owned(Field::GIVEN_NAMES),
            surname1: owned(Field::SURNAME1),
            surname2: owned(Field::SURNAME2),
            surname2_absent: text(Field::SURNAME2_ABSENT).and_then(Absent::from_code),
            one_name: record.shown(Field::ONE_NAME).and_then(Value::as_flag).unwrap_or(false),
            common_name: owned(Field::COMMON_NAME),
            name_native: owned(Field::NAME_NATIVE),
            sex: owned(Field::SEX),
            born: text(Field::DATE_OF_BIRTH).and_then(PartialDate::from_text),
            nationality: record
                .shown(Field::NATIONALITY)
                .and_then(Value::as_codes)
                .map(<[String]>::to_vec)
                .unwrap_or_default(),
            phone: owned(Field::PHONE),
            birth_place: owned(Field::BIRTH_PLACE),
            mother_name: owned(Field::MOTHER_NAME),
            father_name: owned(Field::FATHER_NAME),
            marital_status: owned(Field::MARITAL_STATUS),
            protection_status: owned(Field::PROTECTION_STATUS),
        }
    }

    /// The name to show, as typed.
    #[must_use]
    pub fn display_name(&self) -> String {
        fn part(text: &Option<String>) -> &str {
            text.as_deref().unwrap_or_default()
        }
        name::display_name(part(&self.given_names), part(&self.surname1), part(&self.surname2))
    }

    /// The date of birth, as far as it is known.
    #[must_use]
    pub fn birth(&self) -> Option<PartialDate> {
        self.born
    }

    /// Whether this person speaks for the group, as far as their own record says.
    #[must_use]
    pub fn is_focal_point(&self) -> bool {
        self.relationship.as_deref() == Some(FOCAL_POINT)
    }

    /// Every known field with its value, for stating somebody who did not come through the form (an import).
    #[must_use]
    pub fn wanted(&self) -> Vec<(Field, Value)> {
        let text = |text: &Option<String>| text.as_deref().map_or(Value::Nothing, Value::text);
        vec![
            (Field::GROUP, self.group.map_or(Value::Nothing, Value::Ref)),
            (Field::RELATIONSHIP, text(&self.relationship)),
            (Field::GIVEN_NAMES, text(&self.given_names)),
            (Field::SURNAME1, text(&self.surname1)),
            (Field::SURNAME2, text(&self.surname2)),
            (
                Field::SURNAME2_ABSENT,
                self.surname2_absent.map_or(Value::Nothing, |why| Value::text(why.code())),
            ),
            (Field::ONE_NAME, if self.one_name { Value::Flag(true) } else { Value::Nothing }),
            (Field::COMMON_NAME, text(&self.common_name)),
            (Field::NAME_NATIVE, text(&self.name_native)),
            (Field::SEX, text(&self.sex)),
            (Field::DATE_OF_BIRTH, self.born.map_or(Value::Nothing, PartialDate::to_value)),
            (Field::NATIONALITY, codes(&self.nationality)),
            (Field::PHONE, text(&self.phone)),
            (Field::BIRTH_PLACE, text(&self.birth_place)),
            (Field::MOTHER_NAME, text(&self.mother_name)),
            (Field::FATHER_NAME, text(&self.father_name)),
            (Field::MARITAL_STATUS, text(&self.marital_status)),
            (Field::PROTECTION_STATUS, text(&self.protection_status)),
        ]
    }
}

#[cfg(test)]
pub(crate) mod tests;
