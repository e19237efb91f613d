//! Applications of families: in lists, and what staff state of them. Every act is an entry like any other, so that two
//! tablets without a line may do the same and are both seen to have done it.

use super::{Note, SavedAt, Vault};
use crate::{StoreError, clock};
use domain::application::{Application, State, Summary, reference_of};
use domain::appointment::Day;
use domain::{Change, Entry, EntryId, Field, Kind, Op, Record, RecordId, Value};
use std::rc::Rc;
use time::Date;

/// What somebody at an office does with an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationAct {
    /// Has read it.
    Seen,
    /// Works on it from now on, also where a colleague did before.
    Take,
    /// It became this group.
    Register(RecordId),
    /// It becomes no registration, for a reason of list `application_close`.
    Close(String),
}

impl ApplicationAct {
    /// What it states of the record; `None` where that is stated already, and where it has come further.
    #[must_use]
    pub fn change(&self, record: &Record) -> Option<Change> {
        let state = Summary::of(record)?.state;
        let ops = match self {
            Self::Seen if state < State::Seen => vec![says(record, State::Seen)],
            Self::Take if state.is_open() => vec![says(record, State::Taken)],
            Self::Register(group) if state != State::Registered => {
                let group = replacing(record, Field::APPLICATION_GROUP, Value::Ref(*group));
                vec![says(record, State::Registered), group]
            }
            Self::Close(why) if state.is_open() => {
                let why = replacing(record, Field::APPLICATION_CLOSED, Value::text(why));
                vec![says(record, State::Closed), why]
            }
            _ => return None,
        };
        Some(Change { record: record.id, kind: Kind::APPLICATION, ops })
    }

    /// What the list of what waits calls it: a key of the app.
    fn key(&self) -> &'static str {
        match self {
            Self::Seen => "application_seen",
            Self::Take => "application_taken",
            Self::Register(_) => "application_registered",
            Self::Close(_) => "application_closed",
        }
    }
}

/// Sets a field whatever stands there: that two took an application is two statements of one value.
fn replacing(record: &Record, field: Field, value: Value) -> Op {
    Op { field, value, replaces: record.stated(field).map(|stated| stated.entry).collect() }
}

fn says(record: &Record, state: State) -> Op {
    replacing(record, Field::APPLICATION_STATE, Value::text(state.code()))
}

/// What came of a slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenIn {
    /// It was taken in: it was not known, or says more than what was.
    New,
    /// It says nothing that is not known, or the office is done with it.
    Known,
    /// It says something else than what is held, which has as many corrections and says more. Nothing was changed.
    Other,
}

/// What a tablet states of a slip: the very record that the server states when the same application comes over the
/// line. What has more corrections counts, and of two with as many what says more ([`Application::of`]). `site` is that
/// of the office to whose key the slip was sealed, whatever it names; `minute` is now, by the clock on the wall.
///
/// # Errors
/// What became of it instead, where there is nothing to state.
pub fn received_by_slip(
    slip: &Application,
    held: Option<&Record>,
    site: &str,
    (today, minute): (Date, &str),
) -> Result<Change, TakenIn> {
    let blank = Record::new(slip.id, Kind::APPLICATION);
    let known = held.and_then(Summary::of);
    let record = held.unwrap_or(&blank);
    let before = Application::of(record);
    if known.as_ref().is_some_and(|known| !known.state.is_open()) {
        return Err(TakenIn::Known);
    }
    let mut said = slip.clone();
    for part in &mut said.parts {
        // A screen shows no pictures: those that came before stay.
        let held = before.as_ref().and_then(|before| before.part(part.nth)).filter(|it| it.kind == part.kind);
        for (field, value) in held.into_iter().flat_map(|held| &held.facts) {
            if field.is_picture() {
                part.facts.entry(*field).or_insert_with(|| value.clone());
            }
        }
    }
    // When it was said so changes with every time that it is shown.
    let same = |before: &Application| Application { said_at: said.said_at, ..before.clone() } == said;
    if let Some(before) = before.as_ref().filter(|before| same(before) || !said.counts_before(before)) {
        let is_other = before.revision == said.revision && !same(before);
        return Err(if is_other { TakenIn::Other } else { TakenIn::Known });
    }
    let people = i64::try_from(said.people().count()).unwrap_or(0);
    let mut wanted = vec![
        (Field::APPLICATION_REF, Value::text(said.reference().as_str())),
        (Field::APPLICATION_SAID, Value::Text(said.to_text())),
        (Field::APPLICATION_SITE, Value::text(if site.is_empty() { &said.site } else { site })),
        (Field::APPLICATION_MARKS, Value::Codes(said.marks(today))),
        (Field::APPLICATION_PEOPLE, Value::Int(people)),
        (Field::APPLICATION_LANGUAGE, Value::text(&said.language)),
    ];
    if known.is_none() {
        wanted.extend([
            (Field::APPLICATION_STATE, Value::text(State::Received.code())),
            (Field::APPLICATION_RECEIVED, Value::text(minute)),
            (Field::APPLICATION_BY, Value::text("slip")),
        ]);
    }
    record.change(wanted).ok_or(TakenIn::Known)
}

/// A family that came without having filled in anything: it stands in the list of the day like those that did.
/// `minute` is now, by the clock on the wall.
#[must_use]
pub fn walked_in(id: RecordId, site: &str, people: u32, minute: &str) -> Option<Change> {
    Record::new(id, Kind::APPLICATION).change([
        (Field::APPLICATION_REF, Value::text(reference_of(id).as_str())),
        (Field::APPLICATION_SITE, Value::text(site)),
        (Field::APPLICATION_PEOPLE, Value::Int(i64::from(people))),
        (Field::APPLICATION_STATE, Value::text(State::Received.code())),
        (Field::APPLICATION_RECEIVED, Value::text(minute)),
        (Field::APPLICATION_CAME, Value::text(minute)),
        (Field::APPLICATION_WALK_IN, Value::Flag(true)),
        (Field::APPLICATION_BY, Value::text("walk_in")),
    ])
}

impl Vault {
    /// Every application on this device, by its line, in the order in which they were begun. Kept until something changes.
    ///
    /// # Errors
    /// [`StoreError::Locked`], and when the browser does not answer.
    pub async fn applications(&self) -> Result<Rc<Vec<Summary>>, StoreError> {
        self.make_lines_tell().await?;
        self.with(|open| open.index.applications())
    }

    /// Every day of appointments on this device, in no order. Kept until something changes.
    ///
    /// # Errors
    /// As [`Self::applications`].
    pub async fn agendas(&self) -> Result<Rc<Vec<Day>>, StoreError> {
        self.make_lines_tell().await?;
        self.with(|open| open.index.agendas())
    }

    /// Applications of which every word typed begins a word of the name that they are shown by, or whose reference begins
    /// with what was typed. The latest first.
    #[must_use]
    pub fn find_applications(&self, text: &str, limit: usize) -> Vec<Summary> {
        self.with(|open| open.index.find_applications(text, limit)).unwrap_or_default()
    }

    /// An application as it stands on this device; `None` for a record of another kind.
    ///
    /// # Errors
    /// As [`Vault::record`].
    pub async fn application(&self, id: RecordId) -> Result<Option<Record>, StoreError> {
        Ok(self.record(id).await?.filter(|record| record.kind == Kind::APPLICATION))
    }

    /// Does something with an application; `None` where there was nothing to state.
    ///
    /// # Errors
    /// As [`Vault::save`].
    pub async fn act_on(&self, id: RecordId, act: &ApplicationAct) -> Result<Option<SavedAt>, StoreError> {
        let Some(record) = self.application(id).await? else { return Ok(None) };
        let Some(change) = act.change(&record) else { return Ok(None) };
        let name = Summary::of(&record).map(|it| it.name).unwrap_or_default();
        self.state_alone(change, act.key(), name).await.map(Some)
    }

    /// Takes in an application that was opened from a slip, and tells what came of it.
    ///
    /// # Errors
    /// As [`Vault::save`].
    pub async fn take_in_slip(&self, slip: &Application, now: (Date, &str)) -> Result<TakenIn, StoreError> {
        let held = self.application(slip.id).await?;
        match received_by_slip(slip, held.as_ref(), &self.identity().site, now) {
            Ok(change) => {
                self.state_alone(change, "application_received", slip.spoken_for_by()).await?;
                Ok(TakenIn::New)
            }
            Err(instead) => Ok(instead),
        }
    }

    /// Notes a family that came without an application.
    ///
    /// # Errors
    /// As [`Vault::save`].
    pub async fn note_walk_in(&self, people: u32, minute: &str) -> Result<RecordId, StoreError> {
        let id = RecordId::fresh(clock::now_ms(), clock::random());
        if let Some(change) = walked_in(id, &self.identity().site, people, minute) {
            self.state_alone(change, "application_walk_in", String::new()).await?;
        }
        Ok(id)
    }

    async fn state_alone(&self, change: Change, act: &str, person: String) -> Result<SavedAt, StoreError> {
        let (identity, now, record) = (self.identity(), clock::now_ms(), change.record);
        let entry = Entry {
            id: EntryId::fresh(now, clock::random()),
            author: identity.user,
            enrolment: identity.enrolment,
            at: now,
            changes: vec![change],
        };
        self.save(&entry, Note { person, act: act.to_owned(), record }, None).await
    }
}

#[cfg(test)]
mod tests;
