//! Made-up people as the store knows them: a line of text from `e2e/bench` becomes an entry, or records.
//!
//! Every record here says as much as the other stores keep: what the app has no field for yet stands under
//! field numbers that no version knows, and is kept as such fields always are.

use crate::{Outcome, fault};
use domain::overlay::Sheet;
use domain::rules::{Elsewhere, Lists, RuleTable};
use domain::{
    CaseDraft, CaseIds, Catalogue, Change, DateText, DraftId, EnrolmentId, Entry, EntryId, Field, GroupRef,
    Kind, Look, PartialDate, Record, RecordId, Role, Spot, Stage, Typed, UserId, Value,
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
/// What the form asks.
const FIELDS: &str = include_str!("../../../../public/tables/fields.csv");

/// What an id names. Ids of one person differ by it.
#[derive(Clone, Copy)]
enum Name {
    Individual,
    Document(u8),
    Group,
    Entry,
    Draft,
    Consent,
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
        at_of(self.number)
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

    /// Types the person into the app's form, at stage e2, with one paper. `adult` answers for a child.
    fn type_into(&self, draft: &mut CaseDraft, relationship: &str, adult: RecordId, today: Date) {
        let born = PartialDate::from_text(self.column(7));
        let child = born.and_then(|born| born.age_on(today)).is_some_and(|age| age < 18);
        let text = |text: &str| Typed::Text(text.to_owned());
        let mut answers = vec![
            (Field::GIVEN_NAMES, text(self.column(1))),
            (Field::SURNAME1, text(self.column(2))),
            (Field::SEX, text(self.column(6))),
            (
                Field::DATE_OF_BIRTH,
                Typed::Date(born.map(|born| DateText::of(&born, today)).unwrap_or_default()),
            ),
            (Field::NATIONALITY, Typed::Codes(vec![self.column(8).to_owned()])),
            (Field::ORIGIN_COUNTRY, text(self.column(8))),
            (Field::PHONE, text(self.column(9))),
            (Field::RELATIONSHIP, text(relationship)),
            (Field::LANG_MAIN, text("spa")),
            (Field::PROTECTION_STATUS, text("ASR")),
            (Field::NEEDS_NONE, Typed::Flag(Some(true))),
        ];
        if child {
            answers.push((Field::BIRTH_REGISTERED, text("reg_origin")));
            answers.push((Field::RESPONSIBLE_ADULT, Typed::Ref(Some(adult))));
        } else {
            answers.push((Field::LANG_INTERVIEW, text("spa")));
            answers.push((Field::FEARS_RETURN, Typed::Flag(Some(true))));
        }
        let paper = RecordId(self.id(Name::Document(0)));
        draft.add_row(paper, Kind::DOCUMENT, self.record_id());
        put(draft, self.record_id(), answers);
        put(
            draft,
            paper,
            [(Field::DOCUMENT_TYPE, text(self.column(13))), (Field::DOCUMENT_NUMBER, text(self.column(14)))],
        );
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

/// A family as the app's form registers it at stage e2: what that needs, a paper each, the focal point's consent.
pub fn family(identity: &Identity, people: &[Person]) -> Outcome<(Entry, Note)> {
    let today = Date::from_calendar_date(2026, Month::March, 2).map_err(fault)?;
    let focal = people.first().ok_or_else(|| JsError::new("nobody to register"))?;
    let ids = CaseIds {
        draft: focal.draft_id(),
        entry: EntryId(focal.id(Name::Entry)),
        group: RecordId(focal.id(Name::Group)),
        person: focal.record_id(),
    };
    let mut draft = CaseDraft::begin(ids, focal.group_ref(), "meteti", Stage::E2, focal.at());
    let text = |text: &str| Typed::Text(text.to_owned());
    let arrived =
        DateText { day: "21".into(), month: "2".into(), year: "2026".into(), ..DateText::default() };
    let place = [
        (Field::ADDRESS, text(focal.column(19))),
        (Field::PROVINCE, text("PA-5")),
        (Field::DISTRICT, text("PA-5-PIN")),
        (Field::ENTRY_POINT, text("bajo_chiquito")),
        (Field::ARRIVAL_DATE, Typed::Date(arrived)),
    ];
    put(&mut draft, ids.group, place);
    let relationships = ["", "WIF", "SON", "DAU", "BRO"].into_iter().cycle();
    for (person, relationship) in people.iter().zip(relationships) {
        if person.record_id() != ids.person {
            draft.add_person(person.record_id());
        }
        person.type_into(&mut draft, relationship, ids.person, today);
    }
    let consent = RecordId(focal.id(Name::Consent));
    draft.add_row(consent, Kind::CONSENT, ids.person);
    let agreed = [
        (Field::CONSENT_PURPOSE, text("register")),
        (Field::CONSENT_TEXT_VERSION, text("1")),
        (Field::CONSENT_LANGUAGE, text("spa")),
        (Field::CONSENT_GIVEN_BY, Typed::Ref(Some(ids.person))),
        (Field::CONSENT_DECISION, text("yes")),
        (Field::CONSENT_AT, text("2026-03-02T10:42")),
        (Field::CONSENT_FORM, text("spoken")),
        (Field::CONSENT_HEARD, Typed::Flag(Some(true))),
    ];
    put(&mut draft, consent, agreed);
    let note = Note { person: draft.title(), act: "registered".into(), record: ids.group };
    let (catalogue, _) = Catalogue::read(&Sheet::read(FIELDS).rows);
    let (rules, lists, elsewhere) = (RuleTable::default(), Lists::default(), Elsewhere::default());
    let role = Role::Caseworker;
    let look = Look {
        today,
        role,
        me: identity.user,
        catalogue: &catalogue,
        rules: &rules,
        elsewhere: &elsewhere,
        lists: &lists,
        held: &[],
    };
    // Made-up people make families that nobody would call complete: what is measured is what they state.
    let details = draft.save_as_is(&[], &look).map_err(|found| JsError::new(&format!("{found:?}")))?;
    let entry = details.into_entry(identity.user, identity.enrolment, focal.at());
    Ok((entry.ok_or_else(|| JsError::new("nothing to state"))?, note))
}

fn put(draft: &mut CaseDraft, record: RecordId, answers: impl IntoIterator<Item = (Field, Typed)>) {
    // An input that nobody touched is in no draft.
    for (field, typed) in answers.into_iter().filter(|(_, typed)| !typed.is_empty()) {
        draft.put(Spot::new(record, field), typed, None);
    }
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
        Name::Consent => 6,
    };
    let seed = seal::digest(&[&number.to_be_bytes()[..], &[name]].concat());
    let mut random: [u8; 10] = core::array::from_fn(|at| seed.get(at).copied().unwrap_or_default());
    let open = domain::id::uuid_v7(at, random);
    for ((byte, digit), hidden) in random.iter_mut().skip(6).zip(number.to_be_bytes()).zip(mask(&open)) {
        *byte = digit ^ hidden;
    }
    domain::id::uuid_v7(at, random)
}

/// The record of the person of a number.
pub fn record_of(number: u32) -> RecordId {
    RecordId(made_up_id(at_of(number), number, Name::Individual))
}

fn at_of(number: u32) -> u64 {
    FIRST + u64::from(number) * 7_919
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
