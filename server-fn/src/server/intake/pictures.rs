//! Pictures of an application: its chunks are taken once the application names them, and lie with all others.

use super::kept::Kept;
use super::voice::{record_of, voice_of};
use crate::server::Office;
use crate::server::ledger::{Chunk, LedgerError};
use crate::server::limits::{Kind as Limited, Network, Who};
use crate::server::several::Task;
use domain::application::{Application, State, Summary};
use domain::{Entry, Field, Kind, RecordId, Value};
use seal::attachment::{CHUNK_FLOOR, CHUNK_LIMIT, STATED_LIMIT};
use seal::letter::Fate;
use seal::{Address, Attachment};

/// Most bytes of pictures of one application: a photo and two pages for each of ten.
pub const ROOM: u64 = 8 * 1024 * 1024;

/// Pictures that one application names at most.
pub const MOST_PICTURES: usize = 30;

/// The texts by which an application names its pictures.
pub fn texts(application: &Application) -> impl Iterator<Item = &str> {
    let facts = application.parts.iter().flat_map(|part| &part.facts);
    facts.filter(|(field, _)| field.is_picture()).filter_map(|(_, value)| value.as_text())
}

/// The addresses of what an application shows.
#[must_use]
pub fn of(application: &Application) -> Vec<Address> {
    let pictures: Vec<Attachment> =
        texts(application).filter_map(Attachment::parse).take(STATED_LIMIT).collect();
    pictures.iter().flat_map(|picture| picture.addresses().to_vec()).collect()
}

/// The addresses of what an entry says that families show.
#[must_use]
pub fn stated_by(entry: &Entry) -> Vec<Address> {
    let changes = entry.changes.iter().filter(|change| change.kind == Kind::APPLICATION);
    let ops = changes.flat_map(|change| &change.ops).filter(|op| op.field == Field::APPLICATION_SAID);
    let said = ops.filter_map(|op| if let Value::Text(text) = &op.value { Some(text) } else { None });
    said.filter_map(|text| Application::from_text(text)).flat_map(|application| of(&application)).collect()
}

/// Takes a chunk in, if its application names it. What an office is given in a day is bounded ([`STATED_ROOM`]): one network
/// gets a quarter of that, so that junk from there does not use up what is for everybody.
///
/// [`STATED_ROOM`]: crate::server::ledger::STATED_ROOM
///
/// # Errors
/// When the ledger is not able.
pub fn take(
    office: &Office,
    network: Network,
    (id, bytes): (RecordId, Vec<u8>),
    now: u64,
) -> Result<Fate, LedgerError> {
    if !(CHUNK_FLOOR..=CHUNK_LIMIT).contains(&bytes.len()) {
        return Ok(Fate::Refused);
    }
    let _turn = office.claim(Task::Applications)?;
    // One that was not judged yet may still come to name it.
    let Some(row) = office.ledger.application(id)? else { return Ok(Fate::Later) };
    let Some((record_row, record)) = record_of(office, id)? else { return Ok(Fate::Later) };
    let address = Address::of(&bytes);
    let is_named = Application::of(&record).is_some_and(|it| of(&it).contains(&address));
    let is_closed = Summary::of(&record).is_none_or(|it| it.state == State::Closed);
    if !is_named || is_closed {
        return Ok(Fate::Refused);
    }
    if office.ledger.holds_chunks(&[address])?.contains(&true) {
        return Ok(Fate::Taken);
    }
    let mut kept = Kept::open(office, &row)?;
    kept.pictures = kept.pictures.saturating_add(bytes.len() as u64);
    if kept.pictures > ROOM {
        return Ok(Fate::Refused);
    }
    if office.limits.take(Limited::Picture, Who::Network(network.wide())).is_err() {
        return Ok(Fate::Later);
    }
    let voice = voice_of(office, &record_row.home.organisation, &record_row.home.site)?;
    let chunk = Chunk { address, bytes };
    if !office.ledger.put_chunks(voice.member.enrolment.id, vec![chunk], now)?.contains(&true) {
        return Ok(Fate::Later);
    }
    office.ledger.put_application(kept.row(office, id, row.version, row.is_open)?)?;
    Ok(Fate::Taken)
}
