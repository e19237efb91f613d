//! Appointments: wishes of families are gathered for a while and drawn together (`domain::appointment::draw`), offers run
//! out, and families of a day that an office closed are given another time. All of it is stated on the family's
//! application, over the same judge as everything else. What a slot holds is counted from the applications themselves.

mod book;
mod drawing;
mod gateway;
mod numbers;
mod reminding;
mod saying;

pub use book::Book;
pub use gateway::{Gateway, NoGateway};
pub use numbers::Prefixes;

use super::intake::{minutes_here, record_of, state_on};
use super::ledger::LedgerError;
use super::several::Task;
use super::{Office, door, log, now_ms};
use domain::application::{OpenDay, Summary};
use domain::appointment::{Appointment, Booking, Day, SlotName, Wish, clock_text, holds};
use domain::{Field, Kind, Record, RecordId, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often it is looked whether a reminder is due.
const LOOKS: Duration = Duration::from_secs(30);
/// For how long wishes are gathered when nobody said otherwise: nobody wins by being a second faster, and who waits for
/// the answer with the phone in the hand need not wait long.
const WINDOW: Duration = Duration::from_secs(600);

/// How fast, and over which gateway.
#[derive(Clone, Debug)]
pub struct Pace {
    /// For how long wishes are gathered before they are drawn.
    pub window: Duration,
    /// How often anything is looked at.
    pub look: Duration,
    /// Where reminders go; `None` for no reminders.
    pub gateway: Option<Arc<Gateway>>,
}

impl Pace {
    /// As `AMPARO_DRAW_SECONDS`, `AMPARO_SMS_URL`, `AMPARO_SMS_TOKEN_FILE` and `AMPARO_SMS_PREFIXES` say.
    ///
    /// # Errors
    /// In words for whoever started the server.
    pub fn from_environment() -> Result<Pace, String> {
        let seconds = match std::env::var("AMPARO_DRAW_SECONDS") {
            Ok(text) => Some(text.parse().map_err(|_| "AMPARO_DRAW_SECONDS is no number of seconds")?),
            Err(_) => None,
        };
        let window = seconds.map_or(WINDOW, |seconds: u64| Duration::from_secs(seconds.max(1)));
        let gateway = Gateway::from_environment().map_err(|error| error.to_string())?.map(Arc::new);
        Ok(Pace { window, look: window.min(LOOKS), gateway })
    }
}

/// Draws, lets offers run out and reminds, for as long as it is polled. A gateway that hangs holds up no drawing.
pub async fn keep_up(office: Arc<Office>, pace: Pace) {
    let drawing = keep_drawing(&office, &pace);
    match &pace.gateway {
        Some(gateway) => drop(tokio::join!(drawing, keep_reminding(&office, gateway, pace.look))),
        None => drawing.await,
    }
}

async fn keep_drawing(office: &Arc<Office>, pace: &Pace) {
    let mut drawn = Instant::now();
    loop {
        tokio::time::sleep(pace.look).await;
        let draws = drawn.elapsed() >= pace.window;
        if draws {
            drawn = Instant::now();
        }
        let (at_work, window) = (Arc::clone(office), pace.window);
        let seed = draws.then(|| u64::from_be_bytes(super::random()));
        let done = tokio::task::spawn_blocking(move || turn_among(&at_work, seed, window)).await;
        let done = done.map_err(|error| error.to_string());
        if let Err(error) = done.and_then(|done| done.map_err(|error| error.to_string())) {
            log::trouble("appointments", &error);
        }
    }
}

/// One program's turn among those that serve the same database: only one of them is at it at a time, and wishes are drawn
/// once in a window.
fn turn_among(office: &Office, seed: Option<u64>, window: Duration) -> Result<u64, LedgerError> {
    let Some(mut claim) = office.try_claim(Task::Drawing)? else { return Ok(0) };
    let now = now_ms();
    // A little less than a window: two programs' clocks are never quite the same.
    let since = u64::try_from(window.as_millis()).unwrap_or(u64::MAX) / 10 * 9;
    let seed = seed.filter(|_| now.saturating_sub(claim.done) >= since);
    claim.done_now = seed.map(|_| now);
    turn(office, now, seed)
}

async fn keep_reminding(office: &Arc<Office>, gateway: &Gateway, look: Duration) {
    loop {
        tokio::time::sleep(look).await;
        reminding::remind(office, gateway, now_ms()).await;
    }
}

/// Does what is due now (milliseconds since 1970): frees what ran out, takes families off closed days, and draws where
/// there is a seed. Gives how many applications it stated something on.
///
/// # Errors
/// When the ledger is not able.
pub fn turn(office: &Office, now: u64, seed: Option<u64>) -> Result<u64, LedgerError> {
    drawing::turn(office, now, seed)
}

/// Sends what is due now, and waits until it is done. For the server's own loop and for tests.
pub async fn remind(office: &Arc<Office>, gateway: &Gateway, now: u64) -> u64 {
    reminding::remind(office, gateway, now).await
}

/// Keeps what a family wishes, to be drawn with the next ones. The slot that it has it keeps until then. What is no wish
/// changes nothing; of an office where its organisation receives nobody, that of the application is meant.
///
/// # Errors
/// When the ledger is not able.
pub fn asked(office: &Office, application: RecordId, wish: &Wish, _now: u64) -> Result<(), LedgerError> {
    if !wish.is_sound() {
        return Ok(());
    }
    let Some((row, _)) = record_of(office, application)? else { return Ok(()) };
    let mut wish = wish.clone();
    let is_theirs = office.operation(&wish.site) == row.home.scope
        && door::offices(office)?.iter().any(|place| {
            (place.organisation.as_str(), place.site.as_str())
                == (row.home.organisation.as_str(), wish.site.as_str())
        });
    if !is_theirs {
        wish.site.clear();
    }
    let booking = Booking::Asked(wish);
    said(state_on(office, application, |record| if_open(record, &booking))?)
}

/// The family takes the slot that was offered.
///
/// # Errors
/// When the ledger is not able.
pub fn accept(office: &Office, application: RecordId, _now: u64) -> Result<(), LedgerError> {
    let accepted = |record: &Record| match state_of(record) {
        "offered" => if_open(record, &Booking::Stands),
        _ => Vec::new(),
    };
    said(state_on(office, application, accepted)?)
}

/// The family wants no appointment any more: its place is free at once.
///
/// # Errors
/// When the ledger is not able.
pub fn cancel(office: &Office, application: RecordId, _now: u64) -> Result<(), LedgerError> {
    let cancelled = |record: &Record| match state_of(record) {
        "asked" | "offered" | "kept" => Booking::Cancelled.values(),
        _ => Vec::new(),
    };
    said(state_on(office, application, cancelled)?)
}

/// What became of the wish of a family; `None` where it never had one nor was given a slot. A family that wants to move
/// is told of the slot that it still has.
///
/// # Errors
/// When the ledger is not able.
pub fn standing(office: &Office, record: &Record) -> Result<Option<Appointment>, LedgerError> {
    let Some(family) = Summary::of(record).filter(|family| !family.slot_state.is_empty()) else {
        return Ok(None);
    };
    let slot = SlotName::from_text(&family.slot);
    let agenda = match slot {
        Some(slot) => office.ledger.records(&[slot.agenda])?.into_iter().next(),
        None => None,
    };
    let day = agenda.and_then(|row| office.record(&row)).and_then(|(record, _)| Day::of(&record));
    let at = record.shown(Field::APPLICATION_AT).and_then(Value::as_text).unwrap_or_default();
    let (site, place) = day.map(|day| (day.site, day.place)).unwrap_or_default();
    // Who missed a slot and wishes again still has it in the record, and nothing to come to.
    let here = minutes_here(office, if site.is_empty() { &family.site } else { &site }, now_ms());
    let passed = family.slot_state == "asked" && family.at <= here;
    Ok(Some(Appointment {
        state: family.slot_state.clone(),
        site: if site.is_empty() { family.site } else { site },
        at: if slot.is_some() && !passed { at.to_owned() } else { String::new() },
        place: if passed { String::new() } else { place },
    }))
}

/// The days to come on which an office of an organisation gives appointments, in order, with the places that are left.
///
/// # Errors
/// When the ledger is not able.
pub fn open_days(
    office: &Office,
    organisation: &str,
    site: &str,
    now: u64,
) -> Result<Vec<OpenDay>, LedgerError> {
    let here = minutes_here(office, site, now);
    office.appointments.with(office, |book| {
        let occupancy = book.occupancy();
        let theirs = book.days_of(organisation).filter(|day| day.open && day.site == site);
        let mut days: Vec<OpenDay> = theirs
            .filter(|day| day.times().any(|(_, at)| at > here))
            .map(|day| OpenDay {
                day: day.day_text(),
                from: clock_text(day.from),
                until: clock_text(day.until),
                free: u32::try_from(occupancy.open_places(day, here)).unwrap_or(0),
            })
            .collect();
        days.sort_by(|one, other| (&one.day, &one.from).cmp(&(&other.day, &other.from)));
        days
    })
}

fn state_of(record: &Record) -> &str {
    record.shown(Field::APPLICATION_SLOT_STATE).and_then(Value::as_text).unwrap_or_default()
}

/// What a booking states of an application that is not closed; nothing of one that is.
fn if_open(record: &Record, booking: &Booking) -> Vec<(Field, Value)> {
    let open = record.kind == Kind::APPLICATION
        && Summary::of(record).is_some_and(|family| family.state != domain::application::State::Closed);
    if open { booking.values() } else { Vec::new() }
}

/// What the judge said against it is told to the log: the family sees that nothing changed.
fn said(stated: Option<Result<(), String>>) -> Result<(), LedgerError> {
    if let Some(Err(reason)) = stated {
        log::trouble("appointment_not_stated", &reason);
    }
    Ok(())
}

/// Whether a family holds a slot that begins after a time.
fn holds_after(family: &Summary, minutes: i64) -> Option<SlotName> {
    holds(family).filter(|_| family.at > minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_programs_that_draw_at_once_one_does_in_a_window() {
        let data = std::env::temp_dir()
            .join(format!("amparo-drawing-{}", domain::id::hex(&crate::server::random::<8>())));
        let offices = [Office::open(&data).unwrap(), Office::open(&data).unwrap()];
        let done = || offices[0].try_claim(Task::Drawing).unwrap().unwrap().done;
        turn_among(&offices[0], Some(1), WINDOW).unwrap();
        let first = done();
        assert!(first > 0);
        turn_among(&offices[1], Some(2), WINDOW).unwrap();
        assert_eq!(done(), first, "not again within the window");
        turn_among(&offices[1], None, Duration::ZERO).unwrap();
        assert_eq!(done(), first, "letting offers run out is no drawing");
        turn_among(&offices[1], Some(3), Duration::ZERO).unwrap();
        assert!(done() >= first);
        drop(offices);
        std::fs::remove_dir_all(data).unwrap();
    }
}
