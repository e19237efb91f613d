//! What is due: offers that ran out, families of closed days, and the drawing of the wishes that came in.

use super::book::{Family, Held, family};
use super::holds_after;
use crate::server::intake::{minutes_here, voice_of};
use crate::server::ledger::LedgerError;
use crate::server::voice::Voice;
use crate::server::{Office, judge, log, random};
use domain::application::State;
use domain::appointment::{
    Answer, Asking, Booking, Day, OFFER_STANDS, SlotName, Wish, day_text, draw, holds,
};
use domain::{Entry, EntryId, Record, RecordId};
use std::collections::BTreeMap;

/// Families of one voice that are stated in one transaction at most: what a drawing of a busy morning comes to.
const AT_ONCE: usize = 500;

/// An office of an organisation, whose families are drawn together: code of the organisation, code of the site.
type Desk = (String, String);

/// What is to be stated, and of which state of the family it was decided.
struct Decided {
    family: RecordId,
    was: (String, String),
    booking: Booking,
}

/// See [`super::turn`].
pub fn turn(office: &Office, now: u64, seed: Option<u64>) -> Result<u64, LedgerError> {
    let due = office.appointments.with(office, |book| due(office, book, now))?;
    let mut stated = state(office, due, now)?;
    if let Some(seed) = seed {
        let drawn = office.appointments.with(office, |book| drawn(office, book, now, seed))?;
        stated += state(office, drawn, now)?;
        log::event("appointments_drawn", &[("stated", stated)]);
    }
    Ok(stated)
}

fn decided(family: &Family, booking: Booking) -> Decided {
    let line = &family.line;
    Decided { family: line.record, was: (line.slot_state.clone(), line.slot.clone()), booking }
}

/// Offers that nobody took, and families whose day was closed.
fn due(office: &Office, book: &Held, now: u64) -> Vec<Decided> {
    let mut due = Vec::new();
    for family in book.families.values() {
        let Some(slot) = holds(&family.line) else { continue };
        let day = book.day(slot.agenda);
        let site = day.map_or(family.line.site.as_str(), |day| day.site.as_str());
        let here = minutes_here(office, site, now);
        let waits = holds_after(&family.line, here).is_some();
        let offered = family.line.slot_state == "offered";
        if offered && (!waits || family.since.saturating_add(OFFER_STANDS) < now) {
            due.push(decided(family, Booking::Cancelled));
            continue;
        }
        // Who is registered waits for no other time.
        let moves = waits && family.line.state.is_open() && family.line.slot_state != "came";
        if let Some(day) = day.filter(|day| !day.open && moves) {
            due.push(decided(family, Booking::AskedAnew(another(family, day))));
        }
    }
    due
}

/// What a family wishes whose day was closed: what it had wished for anyhow, else the next that there is from that day on.
fn another(family: &Family, day: &Day) -> Wish {
    if family.line.slot_state == "asked" {
        return family.wish.clone();
    }
    Wish { site: day.site.clone(), from: day_text(day.day), ..Wish::default() }
}

fn drawn(office: &Office, book: &Held, now: u64, seed: u64) -> Vec<Decided> {
    let mut desks: BTreeMap<Desk, Vec<Asking>> = BTreeMap::new();
    let waits = |family: &&Family| family.line.slot_state == "asked" && family.line.state.is_open();
    for family in book.families.values().filter(waits) {
        let site = holds(&family.line).and_then(|slot| book.day(slot.agenda)).map(|day| day.site.as_str());
        let here = minutes_here(office, site.unwrap_or(&family.line.site), now);
        let asking = Asking {
            family: family.line.record,
            wish: family.wish.clone(),
            urgent: family.line.goes_first(),
            // A slot that has passed is none any more.
            holds: holds_after(&family.line, here),
        };
        desks.entry((family.organisation.clone(), family.wish.site.clone())).or_default().push(asking);
    }
    let mut occupancy = book.occupancy();
    let mut all = Vec::new();
    for ((organisation, site), wishes) in desks {
        let days: Vec<Day> = book.days_of(&organisation).filter(|day| day.site == site).cloned().collect();
        let answers = draw(seed, &wishes, &days, &occupancy, minutes_here(office, &site, now));
        for asking in &wishes {
            let Some(family) = book.families.get(&asking.family) else { continue };
            let at = |slot: SlotName| days.iter().find(|day| day.record == slot.agenda)?.at(slot.nth);
            let booking = match answers.get(&asking.family) {
                Some(Answer::Kept(slot)) => at(*slot).map(|at| (Some(*slot), Booking::Kept(*slot, at))),
                Some(Answer::Offered(slot)) => at(*slot).map(|at| (Some(*slot), Booking::Offered(*slot, at))),
                Some(Answer::Stays(_)) => Some((None, Booking::Stands)),
                Some(Answer::Waits(_)) | None => None,
            };
            let Some((slot, booking)) = booking else { continue };
            // Who moves from one office to another leaves a place there for those who are drawn next.
            if let Some(slot) = slot {
                if let Some(held) = asking.holds {
                    occupancy.leave(held, asking.urgent);
                }
                occupancy.take(slot, asking.urgent);
            }
            all.push(decided(family, booking));
        }
    }
    all
}

/// States what was decided: all of an office in one transaction. What changed meanwhile is left for the next time.
fn state(office: &Office, decided: Vec<Decided>, now: u64) -> Result<u64, LedgerError> {
    let mut stated = 0;
    for some in decided.chunks(AT_ONCE) {
        let ids: Vec<RecordId> = some.iter().map(|it| it.family).collect();
        let mut voices: BTreeMap<Desk, Vec<Record>> = BTreeMap::new();
        for row in office.ledger.records(&ids)? {
            if let Some((record, _)) = office.record(&row) {
                let whose = (row.home.organisation.clone(), row.home.site.clone());
                voices.entry(whose).or_default().push(record);
            }
        }
        for ((organisation, site), records) in voices {
            let voice = voice_of(office, &organisation, &site)?;
            let entries = records.iter().filter_map(|record| {
                let decided = some.iter().find(|it| it.family == record.id)?;
                entry(&voice, record, decided, now)
            });
            stated += enter(office, &voice, &entries.collect::<Vec<_>>())?;
        }
    }
    Ok(stated)
}

fn entry(voice: &Voice, record: &Record, decided: &Decided, now: u64) -> Option<Entry> {
    let line = family(record, String::new())?.line;
    // A place is freed in every state but that of a closed one, which holds none.
    let may = match decided.booking {
        Booking::Cancelled => line.state != State::Closed,
        _ => line.state.is_open(),
    };
    if (&line.slot_state, &line.slot) != (&decided.was.0, &decided.was.1) || !may {
        return None;
    }
    let change = record.change(decided.booking.values())?;
    let (author, enrolment) = (voice.member.user.id, voice.member.enrolment.id);
    Some(Entry { id: EntryId::fresh(now, random()), author, enrolment, at: now, changes: vec![change] })
}

/// Enters them together; where the judge refuses that for one of them, each alone, so that none holds up the others.
fn enter(office: &Office, voice: &Voice, entries: &[Entry]) -> Result<u64, LedgerError> {
    let Voice { member, keys } = voice;
    if entries.is_empty() || judge::state(office, member, keys, entries, &[])?.is_ok() {
        return Ok(entries.len() as u64);
    }
    let mut stated = 0;
    for entry in entries {
        match judge::state(office, member, keys, std::slice::from_ref(entry), &[])? {
            Ok(()) => stated += 1,
            Err(reason) => log::trouble("appointment_not_stated", &reason),
        }
    }
    Ok(stated)
}
