//! An application or a correction, judged: what of it is stated, and what its family is told.

use super::asking::standing;
use super::clock::{minutes_here, today};
use super::kept::{Kept, is_same};
use super::voice::{record_of, say, state_on, voice_of};
use crate::server::door::{Place, offices};
use crate::server::ledger::{LedgerError, RecordRow};
use crate::server::several::Task;
use crate::server::{Office, appointments, log};
use domain::application::{Application, Reply, State, Summary};
use domain::appointment::Wish;
use domain::service::brief::time_text;
use domain::{Field, Kind, Record, Value};

/// Languages in which an application can be filled in; another one is taken for the first.
const LANGUAGES: [&str; 6] = ["es", "en", "fr", "pt", "ht", "ar"];
/// Corrections of one application: a record keeps what it said before, and must not grow without end.
const MOST_CORRECTIONS: u32 = 40;

/// What a family sent.
pub struct Said {
    /// What it says.
    pub application: Application,
    /// What only its phone knows.
    pub secret: [u8; 16],
    /// SHA-256 of the key of its PIN.
    pub status: [u8; 32],
    /// When it would like to come.
    pub wish: Option<Wish>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is stated, or need not be: this is told.
    Told(Reply),
    /// Somebody else said something under the same id before.
    Apart,
    /// Something that no phone of ours says.
    Nonsense,
    /// There is no office that could take it up: it waits for one.
    NoOffice,
}

/// Judges what a family sent and states it. Doing it again changes nothing.
///
/// # Errors
/// When the ledger is not able.
pub fn take(office: &Office, said: &Said, now: u64) -> Result<Outcome, LedgerError> {
    let _turn = office.claim(Task::Applications)?;
    let (id, revision) = (said.application.id, said.application.revision);
    let row = office.ledger.application(id)?;
    let before = row.as_ref().map(|row| Kept::open(office, row)).transpose()?;
    let secret = seal::digest(&said.secret);
    if before.as_ref().is_some_and(|before| !is_same(&before.secret, &secret)) {
        return Ok(Outcome::Apart);
    }
    let held = record_of(office, id)?;
    if held.is_none() && !office.ledger.records(&[id])?.is_empty() {
        return Ok(Outcome::Nonsense);
    }
    let state = held.as_ref().and_then(|(_, record)| Summary::of(record)).map(|it| it.state);
    let corrects = before.as_ref().is_some_and(|before| before.revision < revision);
    let is_full = before.as_ref().is_some_and(|before| before.corrections >= MOST_CORRECTIONS);
    let mut kept = before.clone().unwrap_or(Kept {
        secret,
        status: said.status,
        revision,
        received_at: now,
        ..Kept::default()
    });
    let mut too_late = corrects && (is_full || state.is_some_and(|state| !state.is_open()));
    if (before.is_none() || corrects) && !too_late {
        let stated = match &held {
            Some((row, record)) => {
                let voice = voice_of(office, &row.home.organisation, &row.home.site)?;
                say(office, &voice, record, on(office, (row, record), &said.application, now)?)?
            }
            None => match begin(office, &said.application, now)? {
                Some(stated) => stated,
                None => return Ok(Outcome::NoOffice),
            },
        };
        if let Err(reason) = stated {
            // What cannot be added to what is here is told at the office.
            log::trouble("application_not_stated", &reason);
            if held.is_none() {
                return Ok(Outcome::Nonsense);
            }
            too_late = true;
        }
        if corrects && !too_late {
            (kept.revision, kept.status) = (revision, said.status);
            kept.corrections += 1;
        }
    }
    if before.as_ref() != Some(&kept) {
        let version = row.as_ref().map_or(0, |row| row.version);
        let is_open = state.is_none_or(State::is_open);
        office.ledger.put_application(kept.row(office, id, version, is_open)?)?;
    }
    let mut here = record_of(office, id)?.map(|(_, record)| record);
    if let Some(wish) = still_wished(said, here.as_ref()) {
        appointments::asked(office, id, wish, now)?;
        here = record_of(office, id)?.map(|(_, record)| record);
    }
    let told = standing(office, &kept, here.as_ref())?;
    Ok(Outcome::Told(if too_late { Reply::TooLate(told) } else { Reply::Standing(told) }))
}

/// The wish that came along, where nothing became of one yet: also when the program ended between the two.
#[must_use]
pub fn still_wished<'a>(said: &'a Said, record: Option<&Record>) -> Option<&'a Wish> {
    let is_open = |record: &Record| Summary::of(record).is_none_or(|it| it.state.is_open());
    let waits =
        |record: &Record| is_open(record) && record.stated(Field::APPLICATION_SLOT_STATE).next().is_none();
    said.wish.as_ref().filter(|wish| wish.is_sound() && record.is_some_and(waits))
}

/// The office that an application is for: the one that its family chose where there is such a one, else another
/// organisation's at the same site, else any of the same operation, else any. Nobody is refused for that; `None` where
/// there is no office at all.
///
/// # Errors
/// When the ledger is not able.
pub fn office_of(office: &Office, application: &Application) -> Result<Option<Place>, LedgerError> {
    let wanted = Place { organisation: application.organisation.clone(), site: application.site.clone() };
    let offices = offices(office)?;
    if offices.contains(&wanted) {
        return Ok(Some(wanted));
    }
    let operation = office.operation(&wanted.site);
    let at_site = offices.iter().find(|place| place.site == wanted.site);
    let near = at_site.or_else(|| offices.iter().find(|place| office.operation(&place.site) == operation));
    let any = near.or_else(|| offices.iter().find(|place| !office.operation(&place.site).is_empty()));
    Ok(any.or_else(|| offices.first()).cloned())
}

/// States all of an application that is not here yet; `None` where there is no office for it.
fn begin(
    office: &Office,
    application: &Application,
    now: u64,
) -> Result<Option<Result<(), String>>, LedgerError> {
    let Some(place) = office_of(office, application)? else { return Ok(None) };
    let voice = voice_of(office, &place.organisation, &place.site)?;
    let record = Record::new(application.id, Kind::APPLICATION);
    let mut said = content(office, application, &place.site, now);
    said.extend(head(office, application, &place.site, now));
    say(office, &voice, &record, said).map(Some)
}

/// What is to be said on a record that is here: what is missing, and what the family says now where it says more than is
/// here. How far it has come stays as it is. Another site is taken over where the organisation that holds the record has an
/// office too: nobody else there would be handed it.
fn on(
    office: &Office,
    (row, record): (&RecordRow, &Record),
    application: &Application,
    now: u64,
) -> Result<Vec<(Field, Value)>, LedgerError> {
    let text = |field| record.shown(field).and_then(Value::as_text).unwrap_or_default().to_owned();
    let site = text(Field::APPLICATION_SITE);
    let mut said = head(office, application, &site, now);
    said.retain(|(field, _)| record.stated(*field).next().is_none());
    let known = Application::of(record);
    let weight = |it: &Application| (it.revision, it.to_bytes().len());
    let is_open = Summary::of(record).is_none_or(|it| it.state.is_open());
    if is_open && known.is_none_or(|known| weight(&known) < weight(application)) {
        let chosen = Place { organisation: row.home.organisation.clone(), site: application.site.clone() };
        let site = if offices(office)?.contains(&chosen) { chosen.site } else { site };
        said.extend(content(office, application, &site, now));
    }
    Ok(said)
}

/// What a family says.
fn content(office: &Office, application: &Application, site: &str, now: u64) -> Vec<(Field, Value)> {
    let language = LANGUAGES.into_iter().find(|known| *known == application.language).unwrap_or("es");
    let people = i64::try_from(application.people().count()).unwrap_or(0);
    let marks = today(office, site, now).map(|today| application.marks(today)).unwrap_or_default();
    vec![
        (Field::APPLICATION_SAID, Value::Text(application.to_text())),
        (Field::APPLICATION_SITE, Value::text(site)),
        (Field::APPLICATION_MARKS, Value::Codes(marks)),
        (Field::APPLICATION_PEOPLE, Value::Int(people)),
        (Field::APPLICATION_LANGUAGE, Value::text(language)),
    ]
}

/// What is said once.
fn head(office: &Office, application: &Application, site: &str, now: u64) -> Vec<(Field, Value)> {
    vec![
        (Field::APPLICATION_REF, Value::text(application.reference().as_str())),
        (Field::APPLICATION_STATE, Value::text(State::Received.code())),
        (Field::APPLICATION_RECEIVED, Value::text(&time_text(minutes_here(office, site, now)))),
        (Field::APPLICATION_BY, Value::text("line")),
    ]
}

/// Closes an application for a reason of list `application_close`, and gives its appointment back. Whether it is closed
/// now: what was registered stays so.
///
/// # Errors
/// When the ledger is not able.
pub fn close(office: &Office, id: domain::RecordId, why: &str, now: u64) -> Result<bool, LedgerError> {
    let _turn = office.claim(Task::Applications)?;
    let Some(row) = office.ledger.application(id)? else { return Ok(false) };
    let Some((_, record)) = record_of(office, id)? else { return Ok(false) };
    let state = Summary::of(&record).map(|it| it.state).unwrap_or_default();
    if state.is_open() {
        appointments::cancel(office, id, now)?;
        let closes = vec![
            (Field::APPLICATION_STATE, Value::text(State::Closed.code())),
            (Field::APPLICATION_CLOSED, Value::text(why)),
        ];
        if let Some(Err(reason)) = state_on(office, id, |_| closes)? {
            log::trouble("application_not_closed", &reason);
            return Ok(false);
        }
    }
    if row.is_open {
        let kept = Kept::open(office, &row)?;
        office.ledger.put_application(kept.row(office, id, row.version, false)?)?;
    }
    Ok(state != State::Registered)
}
