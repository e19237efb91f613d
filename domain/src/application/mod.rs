//! Pre-registration: what a family fills in on its own phone, with no account, before anybody registers it.
//!
//! An application is a small family of parts, each with the fields that it will have in the records: nothing is asked
//! twice, and a caseworker's form begins with it. It is never a registration and gives no status. All ids follow from
//! its own, so that the same application, scanned from a screen by one tablet and collected from the server by another,
//! makes the same records.

mod door;
mod form;
mod into_case;
mod letter;
mod summary;

pub use door::{Door, OfficeNotice, OpenDay};
pub use form::{APPLICATION_LIMIT, MalformedApplication};
pub use into_case::{add_part, into_case, lacking};
pub use letter::{Act, Letter, Phase, Reply, Standing as StatusTold};
pub use summary::{State, Summary};

use crate::field::{Field, Kind};
use crate::id::RecordId;
use crate::record::Record;
use crate::reference::GroupRef;
use crate::value::Value;
use base64ct::{Base64UrlUnpadded, Encoding};
use std::collections::BTreeMap;

/// Most parts of one application: a family of thirty with two papers each, and room.
pub const MOST_PARTS: usize = 120;
/// What the parts of an application may become. Anything else nobody was asked about.
pub const KINDS: [Kind; 4] = [Kind::GROUP, Kind::INDIVIDUAL, Kind::DOCUMENT, Kind::CONSENT];
/// Days after which an application that nobody took ends («six months»).
pub const DAYS_KEPT: i64 = 183;

/// The name under which the server tells devices of what families say by themselves. No member of staff has such a name.
pub const VOICE: &str = "applicant:";

/// The fields of a part, as they will stand in its record.
pub type Facts = BTreeMap<Field, Value>;

/// One record-to-be: the group, a person, a paper, a consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its number in the application; the group's is 0. Never given to another part, also when this one is taken away.
    pub nth: u8,
    /// What it will be.
    pub kind: Kind,
    /// The part that it hangs on; `None` for the group.
    pub owner: Option<u8>,
    /// What was said of it.
    pub facts: Facts,
}

/// What a family said, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its id, made on the phone (UUID version 7).
    pub id: RecordId,
    /// Grows with each correction.
    pub revision: u32,
    /// When it was said so, by the phone's clock: milliseconds since 1970. For people to read.
    pub said_at: u64,
    /// Language in which it was filled in: `es`, `ht` …
    pub language: String,
    /// Office that the family chose: a code of table `sites`.
    pub site: String,
    /// Organisation of that office; empty where there is one alone.
    pub organisation: String,
    /// Somebody wants to talk with staff in private. Nothing is ever asked about why.
    pub private_talk: bool,
    /// Somebody is seriously ill.
    pub serious_illness: bool,
    /// The group first, then everybody and everything else.
    pub parts: Vec<Part>,
    /// The largest number that a part ever had, also one that was taken away. [`Application::add`] keeps it.
    pub spent: u8,
}

/// Marks of urgency, codes of list `application_mark`, in the order in which lists show them.
pub const MARKS: [&str; 5] = ["private_talk", "alone_child", "newborn", "pregnant", "serious_illness"];

impl Application {
    /// An application with nothing said yet: the group, and the person who fills it in, who speaks for it.
    #[must_use]
    pub fn begin(id: RecordId, said_at: u64, language: &str) -> Application {
        let mut application = Application {
            id,
            revision: 1,
            said_at,
            language: language.to_owned(),
            site: String::new(),
            organisation: String::new(),
            private_talk: false,
            serious_illness: false,
            parts: vec![Part { nth: 0, kind: Kind::GROUP, owner: None, facts: Facts::new() }],
            spent: 0,
        };
        if let Some(first) = application.add(Kind::INDIVIDUAL, 0) {
            let focal = Value::Ref(part_id(id, first));
            application.put(0, Field::FOCAL_POINT, focal);
            application.put(first, Field::RELATIONSHIP, Value::text("FP"));
        }
        application
    }

    /// Adds a part; its number, or `None` when there is no room.
    pub fn add(&mut self, kind: Kind, owner: u8) -> Option<u8> {
        // A number that is used again would make another's record of the new part.
        let nth = self.spent.max(self.last()).saturating_add(1);
        if self.parts.len() >= MOST_PARTS || usize::from(nth) >= 2 * MOST_PARTS {
            return None;
        }
        self.parts.push(Part { nth, kind, owner: Some(owner), facts: Facts::new() });
        self.spent = nth;
        Some(nth)
    }

    /// The largest number of the parts that are there.
    fn last(&self) -> u8 {
        self.parts.iter().map(|part| part.nth).max().unwrap_or(0)
    }

    /// Takes a part away, with all that hangs on it. The group and who speaks for it stay.
    pub fn remove(&mut self, nth: u8) {
        if nth > 1 {
            self.parts.retain(|part| part.nth != nth && part.owner != Some(nth));
            let gone = Value::Ref(part_id(self.id, nth));
            self.parts.iter_mut().for_each(|part| part.facts.retain(|_, value| *value != gone));
        }
    }

    /// A part by its number.
    #[must_use]
    pub fn part(&self, nth: u8) -> Option<&Part> {
        self.parts.iter().find(|part| part.nth == nth)
    }

    /// Says something of a part; [`Value::Nothing`] takes it back.
    pub fn put(&mut self, nth: u8, field: Field, value: Value) {
        if let Some(part) = self.parts.iter_mut().find(|part| part.nth == nth) {
            if value == Value::Nothing {
                part.facts.remove(&field);
            } else {
                part.facts.insert(field, value);
            }
        }
    }

    /// The people, in order; the first speaks for the group.
    pub fn people(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.kind == Kind::INDIVIDUAL)
    }

    /// The name of who speaks for the family, as lists show it; empty while there is none.
    #[must_use]
    pub fn spoken_for_by(&self) -> String {
        let Some(first) = self.people().next() else { return String::new() };
        let part = |field| first.facts.get(&field).and_then(Value::as_text).unwrap_or_default();
        let given = part(Field::GIVEN_NAMES);
        let given = if given.is_empty() { part(Field::COMMON_NAME) } else { given };
        crate::name::display_name(given, part(Field::SURNAME1), part(Field::SURNAME2))
    }

    /// The id of the record that a part becomes.
    #[must_use]
    pub fn record_of(&self, nth: u8) -> RecordId {
        part_id(self.id, nth)
    }

    /// The id of the group that it becomes.
    #[must_use]
    pub fn group(&self) -> RecordId {
        part_id(self.id, 0)
    }

    /// Its reference, which is the group's later on: read aloud, printed, typed by a caseworker.
    #[must_use]
    pub fn reference(&self) -> GroupRef {
        reference_of(self.id)
    }

    /// Marks of urgency as far as they follow from what was said, on a day: codes of list `application_mark`.
    /// Newborns are under one year; a child is alone when nobody of age is in the family.
    #[must_use]
    pub fn marks(&self, today: time::Date) -> Vec<String> {
        let age = |part: &Part| {
            let text = part.facts.get(&Field::DATE_OF_BIRTH).and_then(Value::as_text)?;
            crate::date::PartialDate::from_text(text)?.age_on(today)
        };
        let ages: Vec<Option<u16>> = self.people().map(age).collect();
        let children = ages.iter().flatten().any(|age| *age < 18);
        let grown = ages.iter().any(|age| age.is_none_or(|age| age >= 18));
        let pregnant = self.people().any(|part| part.facts.get(&Field::PREGNANT) == Some(&Value::Flag(true)));
        let newborn = ages.iter().flatten().any(|age| *age < 1);
        let found = [self.private_talk, children && !grown, newborn, pregnant, self.serious_illness];
        MARKS.iter().zip(found).filter(|(_, is)| *is).map(|(mark, _)| (*mark).to_owned()).collect()
    }

    /// The same without pictures: what goes on a screen.
    #[must_use]
    pub fn without_pictures(&self) -> Application {
        let mut plain = self.clone();
        plain.parts.iter_mut().for_each(|part| part.facts.retain(|field, _| !field.is_picture()));
        plain
    }

    /// As text, for [`Field::APPLICATION_SAID`].
    #[must_use]
    pub fn to_text(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.to_bytes())
    }

    /// Reads that text; `None` for anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Application> {
        Application::from_bytes(&Base64UrlUnpadded::decode_vec(text).ok()?).ok()
    }

    /// What a record of [`Kind::APPLICATION`] says was said: of several that stand, the one with most corrections, and
    /// of two alike the one that says more (a screen shows no pictures). No clock decides.
    #[must_use]
    pub fn of(record: &Record) -> Option<Application> {
        let said = record.stated(Field::APPLICATION_SAID).filter_map(|it| it.value.as_text());
        said.filter_map(Application::from_text).max_by_key(Application::weight)
    }

    /// Whether it is what [`Application::of`] takes of the two: it has more corrections, or says more.
    #[must_use]
    pub fn counts_before(&self, other: &Application) -> bool {
        self.weight() > other.weight()
    }

    /// By which of two versions the fuller one is told.
    fn weight(&self) -> (u32, usize, Vec<u8>) {
        let bytes = self.to_bytes();
        (self.revision, bytes.len(), bytes)
    }
}

/// The id of the record that a part of an application becomes. The last byte tells the parts apart; the application's
/// own record has the id as it is.
#[must_use]
pub fn part_id(application: RecordId, nth: u8) -> RecordId {
    let mut id = application.0;
    if let Some(last) = id.last_mut() {
        *last ^= nth.wrapping_add(1);
    }
    RecordId(id)
}

/// The reference of an application: of its random half, without the last byte, in which its parts differ.
#[must_use]
pub fn reference_of(application: RecordId) -> GroupRef {
    let mut random: [u8; 8] = application.0.last_chunk().copied().unwrap_or_default();
    if let Some(last) = random.last_mut() {
        *last = 0;
    }
    // The top bits are the same in every id: those below are drawn.
    random.rotate_right(1);
    GroupRef::fresh(random)
}

#[cfg(test)]
mod tests;
