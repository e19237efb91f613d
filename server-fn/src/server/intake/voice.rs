//! In whose name the server states what families say from their phones: one voice for each office.

use crate::server::ledger::{LedgerError, RecordRow};
use crate::server::voice::{Voice, Whose};
use crate::server::{Office, judge, now_ms, random};
use domain::application::VOICE;
use domain::{Entry, EntryId, Field, Kind, Record, RecordId, Role, Value};

/// Largest record on which this voice states anything: staff's own statements have the other half.
const ROOM: usize = judge::RECORD_LIMIT / 2;
/// Largest one that corrections make: that a family takes its application back, or answers an offer, always fits.
const SAID_ROOM: usize = ROOM / 4 * 3;

/// The voice of an office, in which the server states what families say there.
///
/// # Errors
/// When the ledger is not able.
pub fn voice_of(office: &Office, organisation: &str, site: &str) -> Result<Voice, LedgerError> {
    let (name, role, label) = (VOICE.to_owned(), Role::Applicant, &b"amparo/applicant/1"[..]);
    Voice::of(office, Whose { purpose: "applicant ", label, role, name, organisation, site })
}

/// States what a record is to say, in the place of what stands there; what it says already is left alone. The error
/// inside is the judge's reason against it, or that families have said so much on this record that staff would have
/// no room left ([`ROOM`], [`SAID_ROOM`]).
///
/// # Errors
/// When the ledger is not able.
pub fn say(
    office: &Office,
    voice: &Voice,
    record: &Record,
    said: Vec<(Field, Value)>,
) -> Result<Result<(), String>, LedgerError> {
    let Some(change) = record.change(said) else { return Ok(Ok(())) };
    let unable = |error: minicbor::encode::Error<core::convert::Infallible>| {
        LedgerError::Unable(format!("size of an application: {error}"))
    };
    let values: Vec<&Value> = change.ops.iter().map(|op| &op.value).collect();
    let size = minicbor::to_vec((record, values)).map_err(unable)?.len();
    let room = if change.ops.iter().any(|op| op.field == Field::APPLICATION_SAID) { SAID_ROOM } else { ROOM };
    if size > room {
        return Ok(Err("record_too_large_for_families".to_owned()));
    }
    let (author, enrolment) = (voice.member.user.id, voice.member.enrolment.id);
    let at = now_ms();
    let entry = Entry { id: EntryId::fresh(at, random()), author, enrolment, at, changes: vec![change] };
    judge::state(office, &voice.member, &voice.keys, &[entry], &[])
}

/// The record of an application, with its row. `None` where there is none, or one that is something else.
///
/// # Errors
/// When the ledger is not able, or the record does not open.
pub fn record_of(office: &Office, id: RecordId) -> Result<Option<(RecordRow, Record)>, LedgerError> {
    let Some(row) = office.ledger.records(&[id])?.into_iter().next() else { return Ok(None) };
    if row.kind != Kind::APPLICATION {
        return Ok(None);
    }
    let unable = || LedgerError::Unable("the record of an application does not open".to_owned());
    let (record, _) = office.record(&row).ok_or_else(unable)?;
    Ok(Some((row, record)))
}

/// States something on an application in the voice of the office that it lies at. `None` where there is no such record;
/// the error inside is the judge's reason against it.
///
/// # Errors
/// When the ledger is not able.
pub fn state_on(
    office: &Office,
    application: RecordId,
    said: impl FnOnce(&Record) -> Vec<(Field, Value)>,
) -> Result<Option<Result<(), String>>, LedgerError> {
    let Some((row, record)) = record_of(office, application)? else { return Ok(None) };
    let voice = voice_of(office, &row.home.organisation, &row.home.site)?;
    say(office, &voice, &record, said(&record)).map(Some)
}
