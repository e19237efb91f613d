//! Messages to families: one the day before at nine by the clock of the office, and one when a time was given, offered or
//! taken away. Only to a number that the family itself said is safe, with its consent to be contacted. Each once.
//!
//! Anybody can say anybody's number. So nothing goes out before somebody at an office has seen the application or it has
//! won a slot, to no number of another country, and to none more than a few times a day.

use super::book::{Family, Held};
use super::gateway::{Gateway, Sent};
use super::numbers::Prefixes;
use super::saying::About;
use crate::server::intake::minutes_here;
use crate::server::ledger::{LedgerError, Reminder};
use crate::server::{Office, log};
use domain::application::{Application, Part, State};
use domain::appointment::{DAY_MINUTES, holds};
use domain::{Field, Kind, RecordId, Value};
use std::sync::Arc;

/// When reminders go out, and until when on the same day, in minutes of the day.
const HOURS: core::ops::Range<i64> = 9 * 60..21 * 60;
/// How old a change may be to be told of still: a gateway that is configured today tells nothing of last week.
const NEWS: u64 = 24 * 60 * 60 * 1000;
/// Minutes after which a message that the gateway did not take is tried again, each time.
const AGAIN: [u64; 6] = [1, 5, 15, 60, 180, 360];
/// Most messages of one turn: a gateway takes them one by one.
const MOST: usize = 200;

/// A message that may be due.
struct Due {
    family: RecordId,
    about: About,
    at: i64,
    /// Names it, for ever.
    key: [u8; 32],
}

/// Sends what is due now. How many the gateway took.
pub async fn remind(office: &Arc<Office>, gateway: &Gateway, now: u64) -> u64 {
    let mut taken = 0;
    let due = run(office, move |office| {
        let mut due = office.appointments.with(office, |book| due(office, book, now))?;
        let keys: Vec<[u8; 32]> = due.iter().map(|due| due.key).collect();
        let mut open = office.ledger.reminders_open(&keys, now)?.into_iter();
        due.retain(|_| open.next().unwrap_or(false));
        due.truncate(MOST);
        if !due.is_empty() {
            office.ledger.forget_reminders(now.saturating_sub(365 * NEWS))?;
        }
        Ok(due)
    });
    for due in due.await.unwrap_or_default() {
        let key = due.key;
        // Marked before it goes out: should the server stop in between, it is lost rather than sent twice.
        let prefixes = gateway.prefixes.clone();
        let message = run(office, move |office| {
            let Some(tries) = office.ledger.begin_reminder(due.key, now)? else { return Ok(None) };
            let message = message(office, &due, &prefixes)?;
            // What is tried again was counted.
            let few = |to: &str| tries > 0 || office.appointments.numbers.may_write(to, now);
            Ok(message.filter(|(to, _)| few(to)).map(|message| (tries, message)))
        });
        let Some(Some((tries, (to, text)))) = message.await else { continue };
        let sent = gateway.send(&domain::id::hex(&key), &to, &text).await;
        taken += u64::from(sent == Sent::Taken);
        let again = AGAIN.get(usize::try_from(tries).unwrap_or(usize::MAX));
        if let (Sent::Later, Some(minutes)) = (sent, again) {
            let state = Reminder::Again(now.saturating_add(minutes * 60_000));
            run(office, move |office| office.ledger.end_reminder(key, state)).await;
        } else {
            run(office, move |office| office.ledger.end_reminder(key, Reminder::Done)).await;
        }
        if sent != Sent::Taken {
            log::event("reminder_not_taken", &[("tries", u64::from(tries) + 1)]);
        }
        if sent == Sent::Hangs {
            break;
        }
    }
    if taken > 0 {
        log::event("reminders", &[("taken", taken)]);
    }
    taken
}

/// Asks the ledger away from the threads that serve connections. What goes wrong is told to the log.
async fn run<T: Send + 'static>(
    office: &Arc<Office>,
    ask: impl FnOnce(&Office) -> Result<T, LedgerError> + Send + 'static,
) -> Option<T> {
    let office = Arc::clone(office);
    match tokio::task::spawn_blocking(move || ask(&office)).await {
        Ok(Ok(done)) => Some(done),
        Ok(Err(error)) => {
            log::trouble("reminders", &error);
            None
        }
        Err(error) => {
            log::trouble("reminders", &error);
            None
        }
    }
}

fn due(office: &Office, book: &Held, now: u64) -> Vec<Due> {
    let mut all = Vec::new();
    for family in book.families.values().filter(|family| family.line.state != State::Closed) {
        let site = holds(&family.line).and_then(|slot| book.day(slot.agenda)).map(|day| day.site.as_str());
        let here = minutes_here(office, site.unwrap_or(&family.line.site), now);
        let ahead = minutes_here(office, site.unwrap_or(&family.line.site), 0);
        all.extend(of_family(family, here, ahead, now).map(|(about, at)| {
            let id = family.line.record;
            let named = [&id.0[..], about.code().as_bytes(), &at.to_be_bytes()].concat();
            Due { family: id, about, at, key: seal::digest(&named) }
        }));
    }
    all
}

/// What there is to be told to a family. `here` is now by the clock of the office, which is `ahead` of the universal one.
fn of_family(family: &Family, here: i64, ahead: i64, now: u64) -> impl Iterator<Item = (About, i64)> + use<> {
    let line = &family.line;
    let stated = i64::try_from(family.since / 60_000).unwrap_or(0) + ahead;
    let (day, minute) = (here.div_euclid(DAY_MINUTES), here.rem_euclid(DAY_MINUTES));
    let comes = holds(line).is_some() && line.at > here;
    let is_news = family.since.saturating_add(NEWS) > now;
    let tomorrow = line.at.div_euclid(DAY_MINUTES) == day + 1;
    // Who was told today of a time tomorrow is not told once more.
    let told_today = stated >= day * DAY_MINUTES + HOURS.start;
    let reminder = (line.slot_state == "kept" && comes && tomorrow && HOURS.contains(&minute) && !told_today)
        .then_some((About::Tomorrow, line.at));
    let change = match line.slot_state.as_str() {
        "kept" if comes && is_news => Some((About::Kept, line.at)),
        "offered" if comes && is_news => Some((About::Offered, line.at)),
        // Each time that this happens is told: it is named by when it did.
        "asked" if family.displaced && is_news => Some((About::Changed, stated)),
        _ => None,
    };
    let is_real = line.state >= State::Seen || line.slot_state == "kept";
    reminder.into_iter().chain(change).filter(move |_| is_real)
}

/// To which number, and what it says; `None` for a family that is not to be written to.
fn message(office: &Office, due: &Due, prefixes: &Prefixes) -> Result<Option<(String, String)>, LedgerError> {
    let Some(row) = office.ledger.records(&[due.family])?.into_iter().next() else { return Ok(None) };
    let Some((record, _)) = office.record(&row) else { return Ok(None) };
    let Some(said) = Application::of(&record) else { return Ok(None) };
    let reached = |to: &String| prefixes.reach(to, &row.home.scope);
    let Some(to) = safe_number(&said).filter(reached) else { return Ok(None) };
    let group = record.shown(Field::APPLICATION_GROUP).and_then(Value::as_ref);
    if group.is_some_and(|group| took_back(office, group).unwrap_or(true)) {
        return Ok(None);
    }
    let text = about_text(due, &said);
    Ok(Some((to, text)))
}

fn about_text(due: &Due, said: &Application) -> String {
    due.about.text(&said.language, due.at, said.reference().as_str())
}

/// The number of who speaks for the family, where a message to it is safe by their own words and they agreed to it.
fn safe_number(said: &Application) -> Option<String> {
    let speaks = said.people().next()?;
    let text =
        |part: &Part, field| part.facts.get(&field).and_then(Value::as_text).unwrap_or_default().to_owned();
    let safe = ["sms", "phone"].contains(&text(speaks, Field::CONTACT_CHANNEL).as_str());
    let agreed = said.parts.iter().any(|part| {
        part.kind == Kind::CONSENT
            && text(part, Field::CONSENT_PURPOSE) == "contact"
            && text(part, Field::CONSENT_DECISION) == "yes"
    });
    let number = text(speaks, Field::PHONE);
    let digits = number.strip_prefix('+')?;
    let dialled = (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    (safe && agreed && dialled).then_some(number)
}

/// Whether somebody of a family that was registered since said no to being contacted. Of several values that stand side
/// by side the one against it counts.
fn took_back(office: &Office, group: RecordId) -> Result<bool, LedgerError> {
    let ids = office.ledger.consents_of(group)?;
    let rows = office.ledger.records(&ids)?;
    let records = rows.iter().filter_map(|row| office.record(row)).map(|(record, _)| record);
    Ok(records.into_iter().any(|record| {
        let purposes = record.values(Field::CONSENT_PURPOSE);
        let decided = record.shown(Field::CONSENT_DECISION).and_then(Value::as_text);
        purposes.into_iter().any(|purpose| purpose.as_text() == Some("contact")) && decided != Some("yes")
    }))
}
