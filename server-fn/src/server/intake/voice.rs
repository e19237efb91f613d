//! Voices: in whose name the server states what families say from their phones. One for each office, with keys of its
//! own, which no phone ever had. As those of slips it is no member of staff.

use crate::server::ledger::{EnrolmentRow, LedgerError, Member, RecordRow, UserRow};
use crate::server::office::Profile;
use crate::server::{Office, Table, judge, now_ms, random};
use domain::{EnrolmentId, Entry, EntryId, Field, Kind, Record, RecordId, Role, UserId, Value};
use seal::EnrolmentKeys;
use zeroize::Zeroizing;

/// The name of every voice, as it reaches devices. No member of staff has such a name: the app has the words.
pub const NAME: &str = "applicant:";

/// Largest record on which this voice states anything: staff's own statements have the other half.
const ROOM: usize = judge::RECORD_LIMIT / 2;
/// Largest one that corrections make: that a family takes its application back, or answers an offer, always fits.
const SAID_ROOM: usize = ROOM / 4 * 3;

/// A voice, with what it signs with.
pub struct Voice {
    /// Who it is in the ledger.
    pub member: Member,
    /// What it signs with.
    pub(in crate::server) keys: EnrolmentKeys,
}

impl Voice {
    /// The voice of an office. It is made when it is first needed, and the same ever after.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn of(office: &Office, organisation: &str, site: &str) -> Result<Self, LedgerError> {
        let unable =
            |error: &dyn core::fmt::Display| LedgerError::Unable(format!("applicants' voice: {error}"));
        // Codes hold no line break.
        let whose = format!("{organisation}\n{site}");
        let key = |what: &str| office.slip_key(&format!("applicant {what} {whose}"));
        let both = Zeroizing::new([&key("signs")?[..], &key("inbox")?[..]].concat());
        let keys = EnrolmentKeys::from_bytes(&both).map_err(|error| unable(&error))?;
        let public = keys.public().map_err(|error| unable(&error))?;
        let id = EnrolmentId(seal::short_digest(&[&b"amparo/applicant/1"[..], &public.verifying].concat()));
        if let Some(member) = office.ledger.member(id)? {
            return Ok(Self { member, keys });
        }
        let user = UserId(key("user")?.first_chunk().copied().unwrap_or_default());
        let profile = Profile { name: NAME.to_owned(), staff_code: String::new() };
        let profile = minicbor::to_vec(&profile).map_err(|error| unable(&error))?;
        let sealed = office.seal(Table::Users, &user.0, 1, &profile).map_err(|error| unable(&error))?;
        let member = Member {
            enrolment: EnrolmentRow {
                id,
                user,
                verifying: public.verifying,
                inbox: public.inbox,
                // Of a token that nobody was ever given.
                token: seal::digest(&key("token")?[..]),
                enrolled_at: now_ms(),
                revoked: false,
            },
            user: UserRow {
                id: user,
                sealed,
                role: Role::Applicant.code(),
                site: site.to_owned(),
                organisation: organisation.to_owned(),
                team: String::new(),
                disabled: false,
            },
        };
        office.ledger.add_voice(member.clone())?;
        Ok(Self { member, keys })
    }

    /// States what a record is to say, in the place of what stands there; what it says already is left alone. The error
    /// inside is the judge's reason against it, or that families have said so much on this record that staff would have
    /// no room left ([`ROOM`], [`SAID_ROOM`]).
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn state(
        &self,
        office: &Office,
        record: &Record,
        said: Vec<(Field, Value)>,
    ) -> Result<Result<(), String>, LedgerError> {
        let Some(change) = record.change(said) else { return Ok(Ok(())) };
        let unable = |error: minicbor::encode::Error<core::convert::Infallible>| {
            LedgerError::Unable(format!("size of an application: {error}"))
        };
        let values: Vec<&Value> = change.ops.iter().map(|op| &op.value).collect();
        let size = minicbor::to_vec((record, values)).map_err(unable)?.len();
        let room =
            if change.ops.iter().any(|op| op.field == Field::APPLICATION_SAID) { SAID_ROOM } else { ROOM };
        if size > room {
            return Ok(Err("record_too_large_for_families".to_owned()));
        }
        let (author, enrolment) = (self.member.user.id, self.member.enrolment.id);
        let at = now_ms();
        let entry = Entry { id: EntryId::fresh(at, random()), author, enrolment, at, changes: vec![change] };
        judge::state(office, &self.member, &self.keys, &[entry], &[])
    }
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
    let voice = Voice::of(office, &row.home.organisation, &row.home.site)?;
    voice.state(office, &record, said(&record)).map(Some)
}
