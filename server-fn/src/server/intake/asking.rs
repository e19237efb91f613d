//! Status and wishes of whoever knows reference and PIN.

use super::kept::{Kept, Turn, is_same};
use super::taking::close;
use super::voice::record_of;
use super::{Answering, letters};
use crate::ApiError;
use crate::server::ledger::LedgerError;
use crate::server::limits::{Kind, Network, Who};
use crate::server::several::Task;
use crate::server::{Office, appointments};
use domain::application::{Act, Application, DAYS_KEPT, Letter, Phase, Reply, State, StatusTold, Summary};
use domain::rules::days::day_of;
use domain::{Field, GroupRef, Record, RecordId, Value};
use seal::letter::{Fate, LetterId};

/// Letters about one reference that are looked through for a PIN: one, but for rare chance and corrections,
/// or where somebody buries them under others: the first and the last.
const LOOKED_AT: u32 = 64;

/// How an application stands, as its family is told.
///
/// # Errors
/// When the ledger is not able.
pub fn standing(office: &Office, kept: &Kept, record: Option<&Record>) -> Result<StatusTold, LedgerError> {
    let state = record.and_then(Summary::of).map(|it| it.state).unwrap_or_default();
    let site = record.and_then(|record| record.shown(Field::APPLICATION_SITE)).and_then(Value::as_text);
    Ok(StatusTold {
        phase: match state {
            State::Received => Phase::Received,
            State::Seen | State::Taken => Phase::Seen,
            State::Registered => Phase::Registered,
            State::Closed => Phase::Closed,
        },
        revision: kept.revision,
        received_at: kept.received_at,
        site: site.unwrap_or_default().to_owned(),
        appointment: record.map(|record| appointments::standing(office, record)).transpose()?.flatten(),
        until: last_day(kept.received_at),
    })
}

/// How one stands that was not judged yet.
#[must_use]
pub fn received(application: &Application, at: u64) -> StatusTold {
    StatusTold {
        phase: Phase::Received,
        revision: application.revision,
        received_at: at,
        site: application.site.clone(),
        appointment: None,
        until: last_day(at),
    }
}

/// The last day on which one can be taken up that came at a moment.
fn last_day(received_at: u64) -> String {
    let days = u64::try_from(DAYS_KEPT).unwrap_or(0);
    let last = received_at.saturating_add(days.saturating_mul(24 * 60 * 60 * 1000));
    day_of(last).map(|day| day.to_string()).unwrap_or_default()
}

/// What somebody asks, and with what.
pub struct Question<'a> {
    /// The name of the letter.
    pub letter: LetterId,
    /// The reference, as it was typed.
    pub reference: &'a str,
    /// The key of the PIN.
    pub key: &'a [u8; 32],
    /// What is asked.
    pub act: &'a Act,
}

impl Question<'_> {
    /// What is answered where there is no turn now: whoever only asks how it stands is told to wait; what is to be done
    /// the phone keeps.
    fn not_now(&self, seconds: u32) -> Answering {
        match self.act {
            Act::Status => Answering::Told(Reply::Wait(seconds)),
            Act::Wish(_) | Act::Accept | Act::Cancel | Act::Withdraw => Answering::Fate(Fate::Later),
        }
    }
}

/// Answers a question. Each try counts for the reference, known or not, and for the network that it comes from; one with the
/// right PIN is given back.
///
/// # Errors
/// When the ledger is not able.
pub fn ask(
    office: &Office,
    network: Network,
    question: &Question<'_>,
    now: u64,
) -> Result<Answering, LedgerError> {
    let unknown = Answering::Told(Reply::NotKnown);
    let Ok(reference) = GroupRef::parse(question.reference) else { return Ok(unknown) };
    let digest = office.application_number(reference)?;
    let tried: [u8; 16] = digest.first_chunk().copied().unwrap_or_default();
    if let Err(ApiError::TooMany { seconds }) = office.limits.take_pin(tried, network) {
        return Ok(question.not_now(seconds));
    }
    let status = seal::digest(question.key);
    for row in office.ledger.applications_of(digest)? {
        if is_same(&Kept::open(office, &row)?.status, &status) {
            office.limits.give_pin_back(tried, network);
            return done(office, row.id, question, now);
        }
    }
    for row in office.ledger.letters_of(digest, LOOKED_AT)? {
        let Ok((Letter::Application { application, status: known, .. }, _)) =
            letters::open(office, &row.raw)?
        else {
            continue;
        };
        let Ok(application) = Application::from_bytes(&application) else { continue };
        if !is_same(&known, &status) {
            continue;
        }
        office.limits.give_pin_back(tried, network);
        if *question.act == Act::Status {
            return Ok(Answering::Told(Reply::Standing(received(&application, row.received_at))));
        }
        // It has its turn now, if its network has one.
        if office.limits.take(Kind::Application, Who::Network(network.wide())).is_err() {
            return Ok(Answering::Fate(Fate::Later));
        }
        if let Answering::Told(Reply::Standing(_)) = letters::settle(office, &row, now)? {
            return done(office, application.id, question, now);
        }
    }
    Ok(unknown)
}

/// Does what is asked, where it can still be done, and tells how it stands then. What a letter did it does not do again,
/// whoever hands it in. Taking an application back is not counted: it happens once.
fn done(office: &Office, id: RecordId, question: &Question<'_>, now: u64) -> Result<Answering, LedgerError> {
    let Some(row) = office.ledger.application(id)? else { return Ok(Answering::Told(Reply::NotKnown)) };
    let kept = Kept::open(office, &row)?;
    let state = record_of(office, id)?.and_then(|(_, record)| Summary::of(&record)).map(|it| it.state);
    let state = state.unwrap_or_default();
    // A place is taken or given back in every state but that of a closed one, which has none.
    let may = match question.act {
        Act::Accept | Act::Cancel => state != State::Closed,
        Act::Status | Act::Wish(_) | Act::Withdraw => state.is_open(),
    };
    let acts = may && !kept.done.contains(&question.letter);
    match (question.act, kept.turn(now)) {
        _ if !acts => {}
        (Act::Status, _) => {}
        (Act::Withdraw, _) => {
            close(office, id, "withdrawn", now)?;
        }
        (Act::Wish(_) | Act::Accept | Act::Cancel, Turn::Never) => {}
        (Act::Wish(_) | Act::Accept | Act::Cancel, Turn::Later) => return Ok(Answering::Fate(Fate::Later)),
        (act, Turn::Now) => {
            match act {
                Act::Wish(wish) => appointments::asked(office, id, wish, now)?,
                Act::Accept => appointments::accept(office, id, now)?,
                Act::Cancel => appointments::cancel(office, id, now)?,
                Act::Status | Act::Withdraw => {}
            }
            // After that: should the program end between the two, the phone asks for it again.
            count(office, id, question.letter, now)?;
        }
    }
    // As it stands after that.
    let kept =
        office.ledger.application(id)?.map(|row| Kept::open(office, &row)).transpose()?.unwrap_or(kept);
    let record = record_of(office, id)?;
    let told = standing(office, &kept, record.as_ref().map(|(_, record)| record))?;
    Ok(Answering::Told(Reply::Standing(told)))
}

/// Writes down that a letter did something.
fn count(office: &Office, id: RecordId, letter: LetterId, now: u64) -> Result<(), LedgerError> {
    let _turn = office.claim(Task::Applications)?;
    let Some(row) = office.ledger.application(id)? else { return Ok(()) };
    let mut kept = Kept::open(office, &row)?;
    kept.count(letter, now);
    office.ledger.put_application(kept.row(office, id, row.version, row.is_open)?).map(|_| ())
}
