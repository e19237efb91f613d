//! A slip that was opened: the referral, the desk that has it, and what the desk says.

use super::answers::Answer;
use super::said;
use super::voice::voice_of_desk;
use crate::ApiError;
use crate::server::audit::{AuditEvent, What};
use crate::server::judge;
use crate::server::ledger::{LedgerError, RecordRow};
use crate::server::limits::Network;
use crate::server::voice::Voice;
use crate::server::{Office, log, now_ms, random};
use domain::overlay::Place;
use domain::service::brief::time_text;
use domain::service::referral::receiver_part;
use domain::service::{Desk, Referral, Status};
use domain::{Entry, EntryId, Field, GroupRef, Record, Value};

/// Fields with their values, of one entry.
type Said = Vec<(Field, Value)>;

/// What number and code open.
pub enum Found {
    /// A referral.
    Slip(Box<Slip>),
    /// Nothing. Which of the two is wrong is told to nobody.
    Nothing,
    /// Somebody tried too many codes; seconds until there is another try.
    Wait(u32),
}

/// Milliseconds after its end for which a slip still shows what was shared: thirty days, in which a desk puts its own
/// files in order and may be asked what it did. Paper lies about for longer than that, and is read by others.
const SHOWN_AFTER_END: u64 = 30 * 24 * 3_600_000;

/// A referral with the voice of the desk that received it.
pub struct Slip {
    pub row: RecordRow,
    pub record: Record,
    pub voice: Voice,
    /// The desk answers with accounts: it says nothing by the slip.
    pub has_accounts: bool,
}

impl Slip {
    /// Looks for the referral of a slip. Each try counts for the number, known or not, and for the network it comes from;
    /// one that opens is given back.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn find(
        office: &Office,
        network: Network,
        number: GroupRef,
        code: GroupRef,
    ) -> Result<Found, LedgerError> {
        let digest = office.slip_number(number)?;
        let tried: [u8; 16] = digest.first_chunk().copied().unwrap_or_default();
        let ids = office.ledger.slips(digest)?;
        if let Err(ApiError::TooMany { seconds }) = office.limits.take_code(tried, network) {
            return Ok(Found::Wait(seconds));
        }
        for row in office.ledger.records(&ids)? {
            let Some((record, _)) = office.record(&row) else { continue };
            let Some(referral) = Referral::of(&record) else { continue };
            let read = |field| GroupRef::parse(referral.text(field)).ok();
            let is_number = read(Field::REFERRAL_REF) == Some(number);
            let is_code = match read(Field::REFERRAL_CODE) {
                Some(known) => office.is_slip_code(code, known)?,
                None => false,
            };
            // What was never sent to a desk is nobody's to open.
            let is_sent = row.home.addressed.is_some() && receiver_part(&record, false).is_some();
            if is_number && is_code && is_sent {
                office.limits.give_code_back(tried, network);
                return Ok(Found::Slip(Box::new(Slip::of(office, row, record)?)));
            }
        }
        for id in ids {
            office.told(AuditEvent::of(What::SlipRefused).about(&id.0).because("wrong_code"));
        }
        Ok(Found::Nothing)
    }

    fn of(office: &Office, row: RecordRow, record: Record) -> Result<Self, LedgerError> {
        let referral = Referral::of(&record);
        let text = |field| referral.map(|referral| referral.text(field)).unwrap_or_default();
        let desk = desk(office, &row, text(Field::REFERRAL_DESK))?;
        let site = desk.as_ref().map(|desk| &desk.site).filter(|site| !site.is_empty());
        let voice = voice_of_desk(office, text(Field::REFERRAL_TO), site.unwrap_or(&row.home.site))?;
        Ok(Self { row, record, voice, has_accounts: desk.is_some_and(|desk| desk.has_accounts) })
    }

    /// The slip as it stands now.
    ///
    /// # Errors
    /// When the ledger is not able, or the record has gone.
    pub fn again(self, office: &Office) -> Result<Self, LedgerError> {
        let gone = || LedgerError::Unable("the referral of a slip".to_owned());
        let row = office.ledger.records(&[self.row.id])?.into_iter().next().ok_or_else(gone)?;
        let (record, _) = office.record(&row).ok_or_else(gone)?;
        Ok(Self { row, record, ..self })
    }

    /// Where it stands.
    pub fn status(&self) -> Status {
        Referral::of(&self.record).map_or(Status::Draft, Referral::status)
    }

    /// Whether it was taken back, or the consent that it rests on, be it by somebody who knows nothing of it.
    pub fn is_withdrawn(&self) -> bool {
        let by_consent = self.row.home.addressed.as_ref().is_some_and(|addressed| addressed.withdrawn);
        by_consent || Referral::of(&self.record).is_some_and(Referral::is_withdrawn)
    }

    /// Whether it ended so long ago that its slip shows nothing of the person any more.
    pub fn is_past(&self) -> bool {
        let standing = Referral::of(&self.record).and_then(Referral::standing);
        standing.is_some_and(|(status, stated)| {
            status.is_final() && stated.at.saturating_add(SHOWN_AFTER_END) < now_ms()
        })
    }

    /// What the slip shows of it: what its receiver is handed, until it is past.
    pub fn part(&self) -> Option<Record> {
        receiver_part(&self.record, self.is_withdrawn() || self.is_past())
    }

    /// Minutes since 1970 by the clock of where it was sent.
    pub fn here(&self) -> i64 {
        i64::try_from(now_ms() / 60_000).unwrap_or(0) + said::zone(&self.record)
    }

    /// A line for the log of deeds.
    pub fn event(&self, what: What) -> AuditEvent {
        AuditEvent::of(what).by(self.voice.member.enrolment.id).about(&self.row.id.0)
    }

    /// Says once that the desk opened it.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn receive(self, office: &Office) -> Result<Self, LedgerError> {
        if self.status() != Status::Sent || self.is_withdrawn() || self.has_accounts {
            return Ok(self);
        }
        let received = vec![(Field::REFERRAL_STATUS, Value::text(Status::Received.code()))];
        // Somebody else may have opened it at the same moment, or taken it back: that is seen next.
        if let Err(reason) = self.state(office, vec![received], None)? {
            log::trouble("slip_not_received", &reason);
        }
        self.again(office)
    }

    /// States an answer, all its steps or none. `None` where the state does not allow it; the error inside is the judge's
    /// reason against it.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn answer(
        &self,
        office: &Office,
        answer: Answer,
        reason: &str,
        next: &str,
    ) -> Result<Option<Result<(), String>>, LedgerError> {
        let Some(steps) = answer.steps(self.status()).filter(|_| !self.is_withdrawn() && !self.has_accounts)
        else {
            return Ok(None);
        };
        let mut entries: Vec<Said> =
            steps.iter().map(|status| vec![(Field::REFERRAL_STATUS, Value::text(status.code()))]).collect();
        if entries.is_empty() {
            entries.push(Said::new());
        }
        if let Some(last) = entries.last_mut() {
            last.extend(answer.outcome().map(|outcome| (Field::REFERRAL_OUTCOME, Value::text(outcome))));
            if answer == Answer::Reject {
                last.push((Field::REFERRAL_REJECT_REASON, Value::text(reason)));
            }
            if !next.is_empty() {
                last.push((Field::REFERRAL_NEXT, Value::text(next)));
            }
        }
        let line = self.event(What::SlipAnswered).because(answer.code());
        self.state(office, entries, Some(line)).map(Some)
    }

    /// Says that the desk has read of the withdrawal.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn acknowledge(&self, office: &Office) -> Result<Result<(), String>, LedgerError> {
        let seen = vec![(Field::REFERRAL_WITHDRAWN_SEEN, Value::text(&time_text(self.here())))];
        let line = self.event(What::SlipAnswered).because("acknowledge");
        self.state(office, vec![seen], Some(line))
    }

    /// States entries one after the other, each in the place of what stands.
    fn state(
        &self,
        office: &Office,
        said: Vec<Said>,
        line: Option<AuditEvent>,
    ) -> Result<Result<(), String>, LedgerError> {
        let Voice { member, keys } = &self.voice;
        let (mut record, mut entries) = (self.record.clone(), Vec::new());
        for (at, values) in (now_ms()..).zip(said) {
            let Some(change) = record.change(values) else { continue };
            let (author, enrolment) = (member.user.id, member.enrolment.id);
            let id = EntryId::fresh(at, random());
            let entry = Entry { id, author, enrolment, at, changes: vec![change] };
            record.apply(&entry);
            entries.push(entry);
        }
        let line = line.map(|line| office.audit_row(random(), line)).transpose()?;
        judge::state(office, member, keys, &entries, line.as_slice())
    }
}

/// The desk of a code as it stands where a referral belongs; `None` for one that no table knows.
fn desk(office: &Office, row: &RecordRow, desk: &str) -> Result<Option<Desk>, LedgerError> {
    let unable = |error: std::io::Error| LedgerError::Unable(format!("tables: {error}"));
    let place = Place { operation: row.home.scope.clone(), ..Place::default() };
    let desks = super::labels::table(&office.tables, "desks", &place).map_err(unable)?;
    let is_it = |row: &&domain::overlay::Row| row.get("code").is_some_and(|code| code == desk);
    Ok(desks.rows.iter().find(is_it).and_then(Desk::of))
}
