//! Status and wishes of whoever knows reference and PIN.

use super::kept::{Kept, is_same};
use super::taking::close;
use super::voice::record_of;
use super::{Answering, letters};
use crate::ApiError;
use crate::server::ledger::LedgerError;
use crate::server::limits::{Kind, Network, Who};
use crate::server::{Office, appointments};
use domain::application::{Act, Application, DAYS_KEPT, Letter, Phase, Reply, State, StatusTold, Summary};
use domain::rules::days::day_of;
use domain::{Field, GroupRef, Record, RecordId, Value};

/// Letters about one reference that are looked through for a PIN: one, but for rare chance and corrections.
const LOOKED_AT: u32 = 4;
/// Seconds after which a wish is tried again whose application waits for its turn.
const AGAIN: u32 = 60;

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

/// Answers a question. Each try counts for the reference, known or not, and for the network that it comes from; one with the
/// right PIN is given back.
///
/// # Errors
/// When the ledger is not able.
pub fn ask(
    office: &Office,
    network: Network,
    (reference, key): (&str, &[u8; 32]),
    act: &Act,
    now: u64,
) -> Result<Reply, LedgerError> {
    let Ok(reference) = GroupRef::parse(reference) else { return Ok(Reply::NotKnown) };
    let digest = office.application_number(reference)?;
    let tried: [u8; 16] = digest.first_chunk().copied().unwrap_or_default();
    if let Err(ApiError::TooMany { seconds }) = office.limits.take_pin(tried, network) {
        return Ok(Reply::Wait(seconds));
    }
    let status = seal::digest(key);
    for row in office.ledger.applications_of(digest)? {
        if is_same(&Kept::open(office, &row)?.status, &status) {
            office.limits.give_pin_back(tried, network);
            done(office, row.id, act, now)?;
            // As it stands after that.
            let Some(row) = office.ledger.application(row.id)? else { continue };
            let record = record_of(office, row.id)?;
            let kept = Kept::open(office, &row)?;
            return standing(office, &kept, record.as_ref().map(|(_, record)| record)).map(Reply::Standing);
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
        if *act == Act::Status {
            return Ok(Reply::Standing(received(&application, row.received_at)));
        }
        // It has its turn now, if its network has one.
        if office.limits.take(Kind::Application, Who::Network(network.wide())).is_err() {
            return Ok(Reply::Wait(AGAIN));
        }
        let Answering::Told(Reply::Standing(_)) = letters::settle(office, &row, now)? else { continue };
        done(office, application.id, act, now)?;
        let Some(kept) = office.ledger.application(application.id)? else { continue };
        let (kept, record) = (Kept::open(office, &kept)?, record_of(office, application.id)?);
        return standing(office, &kept, record.as_ref().map(|(_, record)| record)).map(Reply::Standing);
    }
    Ok(Reply::NotKnown)
}

/// Does what is asked, where it can still be done.
fn done(office: &Office, id: RecordId, act: &Act, now: u64) -> Result<(), LedgerError> {
    let state = record_of(office, id)?.and_then(|(_, record)| Summary::of(&record)).map(|it| it.state);
    if !state.unwrap_or_default().is_open() {
        return Ok(());
    }
    match act {
        Act::Status => Ok(()),
        Act::Wish(wish) => appointments::asked(office, id, wish, now),
        Act::Accept => appointments::accept(office, id, now),
        Act::Cancel => appointments::cancel(office, id, now),
        Act::Withdraw => close(office, id, "withdrawn", now).map(|_| ()),
    }
}
