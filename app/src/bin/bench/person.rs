//! Made-up people as the store knows them: a line of text from `e2e/bench` becomes an entry, or records.
//!
//! Every record here says as much as the other stores keep: what the app has no field for yet stands under
//! field numbers that no version knows, and is kept as such fields always are.

use crate::{Outcome, fault};
use domain::{
    Change, DateText, DocumentDraft, DraftId, EnrolmentId, Entry, EntryId, FamilyDraft, FamilyIds, Field,
    GroupRef, IndividualDraft, Kind, PartialDate, Record, RecordId, UserId, Value,
};
use store::{Identity, Note};
use time::{Date, Month};
use wasm_bindgen::JsError;

/// People registered together when many are imported.
pub const FAMILY: usize = 5;
/// Who stated everything.
pub const AUTHOR: UserId = UserId([0x5a; 16]);
/// 2026-03-01, 09:00 UTC, in milliseconds since 1970; everybody comes some seconds after the one before.
const FIRST: u64 = 1_772_355_600_000;
/// Field numbers from here on are known to no version of the app.
const UNKNOWN: u16 = 60_000;
/// Columns before those.
const KNOWN: usize = 21;

/// What an id names. Ids of one person differ by it.
#[derive(Clone, Copy)]
enum Name {
    Individual,
    Document(u8),
    Group,
    Entry,
    Draft,
}

/// A person as the columns of a line, see `e2e/bench/adapters/amparo.js`.
pub struct Person {
    number: u32,
    columns: Vec<String>,
}

impl Person {
    /// Reads a line: columns with tabs between them, the person's number first.
    pub fn read(line: &str) -> Outcome<Self> {
        let columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let number = columns.first().and_then(|number| number.parse().ok());
        let number = number.filter(|_| columns.len() >= KNOWN);
        Ok(Self { number: number.ok_or_else(|| JsError::new("not a person"))?, columns })
    }

    /// The name as shown.
    pub fn name(&self) -> String {
        format!("{} {}", self.column(1), self.column(2))
    }

    /// The person's record.
    pub fn record_id(&self) -> RecordId {
        RecordId(self.id(Name::Individual))
    }

    /// The draft from which the person is registered.
    pub fn draft_id(&self) -> DraftId {
        DraftId(self.id(Name::Draft))
    }

    /// The entry that it becomes.
    pub fn entry_id(&self) -> EntryId {
        EntryId(self.id(Name::Entry))
    }

    fn column(&self, at: usize) -> &str {
        self.columns.get(at).map_or("", String::as_str)
    }

    fn at(&self) -> u64 {
        FIRST + u64::from(self.number) * 7_919
    }

    fn id(&self, name: Name) -> [u8; 16] {
        made_up_id(self.at(), self.number, name)
    }

    /// The paper in one of the two places, by the columns of its type, number and issuer.
    fn document(&self, place: u8) -> Change {
        let first = 13 + usize::from(place) * 3;
        let wanted = [
            (Field::HOLDER, Value::Ref(self.record_id())),
            (Field::DOCUMENT_TYPE, Value::text(self.column(first))),
            (Field::DOCUMENT_NUMBER, Value::text(self.column(first + 1))),
            (Field(UNKNOWN), Value::text(self.column(first + 2))),
        ];
        stated(self.id(Name::Document(place)), Kind::DOCUMENT, wanted)
    }

    /// The person and both papers.
    fn changes(&self, group: RecordId) -> Vec<Change> {
        let text = [
            (Field::RELATIONSHIP, 12),
            (Field::GIVEN_NAMES, 1),
            (Field::SURNAME1, 2),
            (Field::COMMON_NAME, 3),
            (Field::FATHER_NAME, 4),
            (Field::MOTHER_NAME, 5),
            (Field::SEX, 6),
            (Field::DATE_OF_BIRTH, 7),
            (Field::PHONE, 9),
            (Field::MARITAL_STATUS, 10),
            (Field::BIRTH_PLACE, 11),
        ];
        let mut wanted = vec![(Field::GROUP, Value::Ref(group))];
        wanted.extend(text.map(|(field, column)| (field, Value::text(self.column(column)))));
        wanted.push((Field::NATIONALITY, Value::Codes(vec![self.column(8).to_owned()])));
        let rest = self.columns.iter().skip(KNOWN).zip(UNKNOWN..);
        wanted.extend(rest.map(|(text, number)| (Field(number), Value::text(text))));
        vec![stated(self.record_id().0, Kind::INDIVIDUAL, wanted), self.document(0), self.document(1)]
    }

    /// The group whose focal point this person is.
    fn group(&self) -> (RecordId, Change) {
        let id = RecordId(self.id(Name::Group));
        let wanted = [
            (Field::GROUP_REF, Value::Text(self.group_ref().as_str().to_owned())),
            (Field::FOCAL_POINT, Value::Ref(self.record_id())),
            (Field::SITE, Value::Text("meteti".into())),
            (Field::ADDRESS, Value::text(self.column(19))),
            (Field::ARRIVAL_DATE, Value::text(self.column(20))),
            (Field::RECORD_STATUS, Value::Text("active".into())),
        ];
        (id, stated(id.0, Kind::GROUP, wanted))
    }

    fn group_ref(&self) -> GroupRef {
        let id = self.id(Name::Group);
        GroupRef::fresh(core::array::from_fn(|at| id.get(at + 8).copied().unwrap_or_default()))
    }

    /// The person as typed into the app's form, with one paper.
    fn draft(&self, relationship: &str, today: Date) -> IndividualDraft {
        let born = PartialDate::from_text(self.column(7)).map(|born| DateText::of(&born, today));
        let paper = DocumentDraft {
            record: RecordId(self.id(Name::Document(0))),
            kind: self.column(13).to_owned(),
            number: self.column(14).to_owned(),
        };
        IndividualDraft {
            given_names: self.column(1).to_owned(),
            surname1: self.column(2).to_owned(),
            sex: self.column(6).to_owned(),
            born: born.unwrap_or_default(),
            nationality: vec![self.column(8).to_owned()],
            phone: self.column(9).to_owned(),
            documents: vec![paper],
            relationship: relationship.to_owned(),
            ..IndividualDraft::new(self.record_id())
        }
    }
}

/// The entry that registers people as one group.
pub fn entry(identity: &Identity, people: &[Person]) -> Entry {
    entry_of(identity.user, identity.enrolment, people)
}

/// The records of many people, [`FAMILY`] to a group, as a server would hand them out.
pub fn records(people: &[Person]) -> Vec<Record> {
    let mut records = Vec::new();
    for family in people.chunks(FAMILY) {
        let entry = entry_of(AUTHOR, EnrolmentId([0x7e; 16]), family);
        records.extend(entry.changes.iter().map(|change| {
            let mut record = Record::new(change.record, change.kind);
            record.apply(&entry);
            record
        }));
    }
    records
}

fn entry_of(author: UserId, enrolment: EnrolmentId, people: &[Person]) -> Entry {
    let Some(focal) = people.first() else {
        return Entry { id: EntryId([0; 16]), author, enrolment, at: 0, changes: Vec::new() };
    };
    let (group, first) = focal.group();
    let mut changes = vec![first];
    changes.extend(people.iter().flat_map(|person| person.changes(group)));
    Entry { id: EntryId(focal.id(Name::Entry)), author, enrolment, at: focal.at(), changes }
}

/// A family as the app's form registers it: what it asks for and nothing else.
pub fn family(identity: &Identity, people: &[Person]) -> Outcome<(Entry, Note)> {
    let today = Date::from_calendar_date(2026, Month::March, 2).map_err(fault)?;
    let focal = people.first().ok_or_else(|| JsError::new("nobody to register"))?;
    let ids = FamilyIds {
        draft: focal.draft_id(),
        entry: EntryId(focal.id(Name::Entry)),
        group: RecordId(focal.id(Name::Group)),
        first_member: focal.record_id(),
    };
    let mut draft = FamilyDraft::begin(ids, focal.group_ref(), "meteti", focal.at());
    draft.address = focal.column(19).to_owned();
    draft.province = "PA-5".into();
    draft.district = "PA-5-2".into();
    draft.entry_point = "METETI".into();
    draft.arrival =
        DateText { day: "21".into(), month: "2".into(), year: "2026".into(), ..DateText::default() };
    let relationships = ["", "WIF", "SON", "DAU", "BRO"].into_iter().cycle();
    draft.members = people.iter().zip(relationships).map(|(person, it)| person.draft(it, today)).collect();
    let note = Note { person: draft.title(), act: "registered".into(), record: ids.group };
    let details = draft.check(today).map_err(|problems| JsError::new(&format!("{problems:?}")))?;
    Ok((details.into_entry(identity.user, identity.enrolment, focal.at()), note))
}

fn stated(id: [u8; 16], kind: Kind, wanted: impl IntoIterator<Item = (Field, Value)>) -> Change {
    let change = Record::new(RecordId(id), kind).change(wanted);
    change.unwrap_or(Change { record: RecordId(id), kind, ops: Vec::new() })
}

/// An id that cannot be told from a real one (a packed store of telling ids would look better than it is), and
/// from which [`number_of`] reads the person's number all the same.
fn made_up_id(at: u64, number: u32, name: Name) -> [u8; 16] {
    let name = match name {
        Name::Individual => 0,
        Name::Document(place) => 1 + place,
        Name::Group => 3,
        Name::Entry => 4,
        Name::Draft => 5,
    };
    let seed = seal::digest(&[&number.to_be_bytes()[..], &[name]].concat());
    let mut random: [u8; 10] = core::array::from_fn(|at| seed.get(at).copied().unwrap_or_default());
    let open = domain::id::uuid_v7(at, random);
    for ((byte, digit), hidden) in random.iter_mut().skip(6).zip(number.to_be_bytes()).zip(mask(&open)) {
        *byte = digit ^ hidden;
    }
    domain::id::uuid_v7(at, random)
}

/// The number of the person whose record it is.
pub fn number_of(record: RecordId) -> Option<u32> {
    let hidden = record.0.last_chunk::<4>()?;
    let mask = mask(&record.0);
    Some(u32::from_be_bytes(core::array::from_fn(|at| {
        hidden.get(at).zip(mask.get(at)).map_or(0, |(byte, mask)| byte ^ mask)
    })))
}

/// Four bytes that hide the number, made from the rest of the id.
fn mask(id: &[u8; 16]) -> [u8; 4] {
    let digest = seal::digest(id.first_chunk::<12>().map_or(&[], |open| &open[..]));
    core::array::from_fn(|at| digest.get(at).copied().unwrap_or_default())
}
