//! A family: people registered together with one focal point. As typed, as checked, as recorded.

use crate::date::{DateText, PartialDate};
use crate::document::NO_DOCUMENT;
use crate::entry::{Change, Entry};
use crate::field::{Field, Kind};
use crate::id::{DraftId, EnrolmentId, EntryId, RecordId, UserId};
use crate::individual::{IndividualDetails, IndividualDraft};
use crate::name;
use crate::problem::{At, Fault, Problems};
use crate::record::Record;
use crate::reference::GroupRef;
use crate::search_key;
use crate::value::Value;
use minicbor::{Decode, Encode};
use time::Date;

/// Code of list `record_status` for a group just registered.
pub const ACTIVE: &str = "active";

/// The ids that a new family needs, all fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FamilyIds {
    /// Of the draft.
    pub draft: DraftId,
    /// Of the entry that the draft will become.
    pub entry: EntryId,
    /// Of the group.
    pub group: RecordId,
    /// Of the first member.
    pub first_member: RecordId,
}

/// A family as typed.
///
/// All ids are fixed when the draft is begun, the entry's too: two taps on *Save* make one family.
/// Its form is a map with numbered keys, see [`IndividualDraft`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FamilyDraft {
    /// Of this draft.
    #[n(0)]
    pub draft: DraftId,
    /// Of the entry it will become.
    #[n(1)]
    pub entry: EntryId,
    /// Of the group.
    #[n(2)]
    pub group: RecordId,
    /// Short reference of the group: eight characters, see [`GroupRef`].
    #[cbor(n(3), skip_if = "String::is_empty")]
    pub group_ref: String,
    /// Code of the registration site.
    #[cbor(n(4), skip_if = "String::is_empty")]
    pub site: String,
    /// Code of `admin_pa.csv`.
    #[cbor(n(5), skip_if = "String::is_empty")]
    pub province: String,
    /// Code of `admin_pa.csv`.
    #[cbor(n(6), skip_if = "String::is_empty")]
    pub district: String,
    /// Address or landmark.
    #[cbor(n(7), skip_if = "String::is_empty")]
    pub address: String,
    /// Arrival in the country of asylum.
    #[cbor(n(8), default)]
    pub arrival: DateText,
    /// Code of `entry_points.csv`.
    #[cbor(n(9), skip_if = "String::is_empty")]
    pub entry_point: String,
    /// Place of the focal point in `members`.
    #[cbor(n(10), default)]
    pub focal: usize,
    /// The people.
    #[cbor(n(11), skip_if = "Vec::is_empty")]
    pub members: Vec<IndividualDraft>,
    /// When it was begun: milliseconds since 1970. For people to read.
    #[cbor(n(12), default)]
    pub started_at: u64,
}

impl FamilyDraft {
    /// A family with one member of whom nothing is typed yet, who is its focal point.
    #[must_use]
    pub fn begin(ids: FamilyIds, group_ref: GroupRef, site: impl Into<String>, started_at: u64) -> Self {
        Self {
            draft: ids.draft,
            entry: ids.entry,
            group: ids.group,
            group_ref: group_ref.as_str().to_owned(),
            site: site.into(),
            province: String::new(),
            district: String::new(),
            address: String::new(),
            arrival: DateText::default(),
            entry_point: String::new(),
            focal: 0,
            members: vec![IndividualDraft::new(ids.first_member)],
            started_at,
        }
    }

    /// The bytes to seal.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing to memory cannot fail.
        let _ = minicbor::encode(self, &mut bytes);
        bytes
    }

    /// Reads a draft, of this version or another.
    ///
    /// # Errors
    /// Where the bytes are no draft; never panics, whatever they are.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, minicbor::decode::Error> {
        minicbor::decode(bytes)
    }

    /// The name of the focal point, or of the first member who has one; empty while nobody has.
    #[must_use]
    pub fn title(&self) -> String {
        let focal = self.members.get(self.focal);
        let names = focal.into_iter().chain(&self.members).map(IndividualDraft::display_name);
        names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
    }

    /// Nothing was typed or chosen: such a draft may be dropped without asking.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let own = [&self.province, &self.district, &self.address, &self.entry_point];
        self.members.len() <= 1
            && self.members.iter().all(IndividualDraft::is_empty)
            && self.arrival.is_empty()
            && own.iter().all(|text| text.trim().is_empty())
    }

    /// Adds a member and says at which place.
    pub fn add_member(&mut self, record: RecordId) -> usize {
        self.members.push(IndividualDraft::new(record));
        self.members.len() - 1
    }

    /// Takes a member away. When it was the focal point, the first of the others becomes it.
    pub fn remove_member(&mut self, place: usize) {
        if place >= self.members.len() {
            return;
        }
        self.members.remove(place);
        match self.focal.cmp(&place) {
            core::cmp::Ordering::Less => {}
            core::cmp::Ordering::Equal => self.make_focal(0),
            core::cmp::Ordering::Greater => self.focal -= 1,
        }
    }

    /// Makes another member the focal point. Relationships told to the former one no longer hold and are asked again.
    pub fn make_focal(&mut self, place: usize) {
        self.focal = place;
        self.members.iter_mut().for_each(|member| member.relationship.clear());
    }

    /// Gives details to stand behind, or every problem at once so that the form can list them all. Questions never
    /// keep a family from being saved: they come along in [`FamilyDetails::warnings`].
    ///
    /// `today` is the caller's to say, and becomes the day of registration.
    ///
    /// # Errors
    /// Every problem at once, questions included, in the order of the form.
    pub fn check(&self, today: Date) -> Result<FamilyDetails, Problems> {
        let mut problems = Problems::default();
        let arrival = problems.sift(Field::ARRIVAL_DATE, self.arrival.parse_arrival(today)).flatten();
        if self.focal >= self.members.len() {
            problems.push(Field::FOCAL_POINT, Fault::FocalPointMissing);
        }
        let mut members: Vec<IndividualDetails> = Vec::with_capacity(self.members.len());
        for (place, draft) in self.members.iter().enumerate() {
            let member = draft.read(place, place == self.focal, today, &mut problems);
            let born_after =
                |arrival: PartialDate| member.born.is_some_and(|born| born.earliest() > arrival.latest());
            if arrival.is_some_and(born_after) {
                problems.push(At::member(place, Field::DATE_OF_BIRTH), Fault::ArrivedBeforeBirth);
            }
            if members.iter().any(|other| is_same_person(other, &member)) {
                problems.push(At::member(place, Field::GIVEN_NAMES), Fault::SamePersonTwice);
            }
            members.push(member);
        }
        self.find_documents_twice(&mut problems);
        problems.settle(|warnings| FamilyDetails {
            draft: self.draft,
            entry: self.entry,
            group: self.group,
            group_ref: name::keep(&self.group_ref),
            site: name::keep(&self.site),
            province: name::keep(&self.province),
            district: name::keep(&self.district),
            address: name::keep(&self.address),
            arrival,
            entry_point: name::keep(&self.entry_point),
            focal: self.focal,
            members,
            registration_date: today,
            warnings,
        })
    }

    fn find_documents_twice(&self, problems: &mut Problems) {
        let mut seen: Vec<(String, String)> = Vec::new();
        for (place, member) in self.members.iter().enumerate() {
            for (row, document) in member.documents.iter().enumerate() {
                let paper = (name::keep(&document.kind), search_key::code(&document.number));
                if paper.0 == NO_DOCUMENT || paper.1.is_empty() {
                    continue;
                }
                if seen.contains(&paper) {
                    problems.push(At::row(place, row, Field::DOCUMENT_NUMBER), Fault::SameDocumentTwice);
                } else {
                    seen.push(paper);
                }
            }
        }
    }
}

fn is_same_person(one: &IndividualDetails, other: &IndividualDetails) -> bool {
    let key = search_key::key(&one.display_name());
    one.born == other.born && !key.is_empty() && key == search_key::key(&other.display_name())
}

/// A family to stand behind: only [`FamilyDraft::check`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FamilyDetails {
    /// The draft it was.
    pub draft: DraftId,
    /// The entry it becomes.
    pub entry: EntryId,
    /// The group's record.
    pub group: RecordId,
    /// Short reference.
    pub group_ref: String,
    /// Code of the registration site.
    pub site: String,
    /// Province; may be empty.
    pub province: String,
    /// District; may be empty.
    pub district: String,
    /// Address or landmark; may be empty.
    pub address: String,
    /// Arrival, where known.
    pub arrival: Option<PartialDate>,
    /// Point of entry; may be empty.
    pub entry_point: String,
    /// Place of the focal point in `members`.
    pub focal: usize,
    /// The people, at least one.
    pub members: Vec<IndividualDetails>,
    /// The day of the check.
    pub registration_date: Date,
    /// What the check only asks or says.
    pub warnings: Problems,
}

impl FamilyDetails {
    /// The one entry that registers the group, its members and their papers.
    ///
    /// The same details give the same entry only at the same `at`: whoever saves refuses an entry id that is
    /// saved already, so that a second tap is no second entry.
    #[must_use]
    pub fn into_entry(self, author: UserId, enrolment: EnrolmentId, at: u64) -> Entry {
        let focal = self.members.get(self.focal).map_or(Value::Nothing, |member| Value::Ref(member.record));
        let group = Record::new(self.group, Kind::GROUP).change([
            (Field::GROUP_REF, Value::text(&self.group_ref)),
            (Field::FOCAL_POINT, focal),
            (Field::SITE, Value::text(&self.site)),
            (Field::PROVINCE, Value::text(&self.province)),
            (Field::DISTRICT, Value::text(&self.district)),
            (Field::ADDRESS, Value::text(&self.address)),
            (Field::ARRIVAL_DATE, self.arrival.map_or(Value::Nothing, PartialDate::to_value)),
            (Field::ENTRY_POINT, Value::text(&self.entry_point)),
            (Field::REGISTRATION_DATE, PartialDate::exact(self.registration_date).to_value()),
            (Field::RECORD_STATUS, Value::text(ACTIVE)),
        ]);
        let members = self.members.iter().flat_map(|member| member.changes_for_new_member(self.group));
        let changes: Vec<Change> = group.into_iter().chain(members).collect();
        Entry { id: self.entry, author, enrolment, at, changes }
    }
}

/// A group as a record tells it. Where values are in conflict the newest is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// Its record.
    pub id: RecordId,
    /// Short reference, without the hyphen it is printed with.
    pub group_ref: Option<String>,
    /// Who speaks for it.
    pub focal_point: Option<RecordId>,
    /// Code of the registration site.
    pub site: Option<String>,
    /// Code of `admin_pa.csv`.
    pub province: Option<String>,
    /// Code of `admin_pa.csv`.
    pub district: Option<String>,
    /// Address or landmark.
    pub address: Option<String>,
    /// Arrival in the country of asylum.
    pub arrival: Option<PartialDate>,
    /// Code of `entry_points.csv`.
    pub entry_point: Option<String>,
    /// Day of registration.
    pub registration_date: Option<PartialDate>,
    /// Code of list `record_status`.
    pub record_status: Option<String>,
}

impl GroupView {
    /// Reads a record. What it does not say, or says in a form of another version, is left out.
    #[must_use]
    pub fn from_record(record: &Record) -> Self {
        let text = |field| record.shown(field).and_then(Value::as_text);
        let owned = |field| text(field).map(str::to_owned);
        Self {
            id: record.id,
            group_ref: owned(Field::GROUP_REF),
            focal_point: record.shown(Field::FOCAL_POINT).and_then(Value::as_ref),
            site: owned(Field::SITE),
            province: owned(Field::PROVINCE),
            district: owned(Field::DISTRICT),
            address: owned(Field::ADDRESS),
            arrival: text(Field::ARRIVAL_DATE).and_then(PartialDate::from_text),
            entry_point: owned(Field::ENTRY_POINT),
            registration_date: text(Field::REGISTRATION_DATE).and_then(PartialDate::from_text),
            record_status: owned(Field::RECORD_STATUS),
        }
    }

    /// Every known field with its value, for stating a group that did not come through the form (an import).
    #[must_use]
    pub fn wanted(&self) -> Vec<(Field, Value)> {
        let text = |text: &Option<String>| text.as_deref().map_or(Value::Nothing, Value::text);
        let date = |date: Option<PartialDate>| date.map_or(Value::Nothing, PartialDate::to_value);
        vec![
            (Field::GROUP_REF, text(&self.group_ref)),
            (Field::FOCAL_POINT, self.focal_point.map_or(Value::Nothing, Value::Ref)),
            (Field::SITE, text(&self.site)),
            (Field::PROVINCE, text(&self.province)),
            (Field::DISTRICT, text(&self.district)),
            (Field::ADDRESS, text(&self.address)),
            (Field::ARRIVAL_DATE, date(self.arrival)),
            (Field::ENTRY_POINT, text(&self.entry_point)),
            (Field::REGISTRATION_DATE, date(self.registration_date)),
            (Field::RECORD_STATUS, text(&self.record_status)),
        ]
    }

    /// The reference as it is printed, `KX7M-42P2`; as recorded where it is none of ours.
    #[must_use]
    pub fn printed_ref(&self) -> Option<String> {
        let recorded = self.group_ref.as_deref()?;
        Some(
            GroupRef::parse(recorded).map_or_else(|_| recorded.to_owned(), |reference| reference.to_string()),
        )
    }
}

#[cfg(test)]
mod tests;
