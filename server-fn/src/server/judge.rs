//! Judges envelopes that lie in the ledger: opens them, checks who signed, asks `domain` whether they may, and
//! folds what they state into the records.

use super::audit::{self, AuditEvent, What};
use super::ledger::{Batch, DEVICE_REVOKED, Digest, DraftRow, Fate, KeptRow, LedgerError, Member, State};
use super::rights;
use super::{Office, Table, intake, log, random, slips};
use domain::permission::{Act, may};
use domain::{DraftId, EnrolmentId, Entry, EntryId, Kind, MalformedEntry, Role};
pub use road::server::Judged;
use road::server::{Same, same_entry};
use seal::envelope::PLAIN_LIMIT;
use seal::reads::READS;
use seal::signed::{DRAFT, ENTRY, read_draft};
use seal::{Envelope, Header, Purpose, SealError, Signed, Verdict};
use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};

mod again;
mod doubles;
mod fold;
mod parcel;
mod referring;
mod sealing;
mod voice;

pub use again::enter_again;
use fold::Fold;
pub use fold::parent_of;
use parcel::Parcel;
pub use voice::state;

/// How often a batch is judged anew because others changed the same records meanwhile.
const TRIES: usize = 100;
/// Largest record, about: far below what a page may unfold into, so that no record can ever hold up a collect,
/// and small enough that the records of a page fit into memory many times over.
pub const RECORD_LIMIT: usize = 512 * 1024;
/// Most bytes of opened envelopes in memory for one judging: a parcel may unfold into a thousand times its size.
const OPENED_LIMIT: usize = 8 * 1024 * 1024;
/// Most unreadable items that are kept of one parcel: enough to see what is wrong with it.
pub const UNREADABLE_LIMIT: usize = 16;
/// Why an envelope is parked at whose judging the program ended before. Nothing judges it again.
pub const UNJUDGEABLE: &str = "unjudgeable";

/// Bounds how many judge at a time, and with that the memory that opened envelopes take.
pub struct Bench {
    free: Mutex<usize>,
    freed: Condvar,
}

impl Default for Bench {
    fn default() -> Self {
        Self { free: Mutex::new(4), freed: Condvar::new() }
    }
}

/// A seat on the bench, until dropped.
struct Seat<'a>(&'a Bench);

impl Bench {
    /// Waits for a seat. For blocking threads only, as all judging is.
    fn sit(&self) -> Seat<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.freed.wait_while(free, |free| *free == 0);
        *free.unwrap_or_else(PoisonError::into_inner) -= 1;
        Seat(self)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

/// An envelope opened and read, as far as it could be. Does not depend on what else happens meanwhile.
enum Opened {
    Entry(Box<OpenedEntry>),
    Draft(Box<OpenedDraft>),
    Reads(Box<OpenedReads>),
    Parked(&'static str),
    Unreadable(&'static str),
}

struct OpenedDraft {
    id: DraftId,
    member: Member,
    counter: u64,
    received_at: u64,
    signed: Vec<u8>,
}

struct OpenedReads {
    member: Member,
    body: Vec<u8>,
}

struct OpenedEntry {
    entry: Entry,
    member: Member,
    received_at: u64,
    digest: Digest,
    signed: Vec<u8>,
}

/// Judges envelopes and writes the outcome, as many at a time as may lie opened in memory; each such part whole
/// or not at all. One verdict for each, in their order.
pub fn judge(office: &Office, kept: &[KeptRow]) -> Result<Vec<Judged>, LedgerError> {
    judge_among(office, kept, Parcel::default(), HashMap::new())
}

/// As [`judge`], for what somebody carries here in a parcel of which so many unreadable items are kept already.
pub fn judge_carried(
    office: &Office,
    kept: &[KeptRow],
    carrier: EnrolmentId,
    unreadable: usize,
) -> Result<Vec<Judged>, LedgerError> {
    judge_among(office, kept, Parcel::of(carrier, unreadable), HashMap::new())
}

/// Judges what a revoked device handed in, or one of somebody who is disabled, as if they were neither: somebody who may
/// has looked and answers for it.
pub fn judge_confirmed(
    office: &Office,
    kept: &[KeptRow],
    mut by: Member,
) -> Result<Vec<Judged>, LedgerError> {
    (by.enrolment.revoked, by.user.disabled) = (false, false);
    judge_among(office, kept, Parcel::default(), HashMap::from([(by.enrolment.id, Some(by))]))
}

fn judge_among(
    office: &Office,
    kept: &[KeptRow],
    mut parcel: Parcel,
    mut members: HashMap<EnrolmentId, Option<Member>>,
) -> Result<Vec<Judged>, LedgerError> {
    let _seat = office.bench.sit();
    let mut judged = Vec::with_capacity(kept.len());
    let mut rest = kept;
    while !rest.is_empty() {
        let opened = open_some(office, rest, &mut members)?;
        let (part, later) = rest.split_at_checked(opened.len()).unwrap_or((rest, &[]));
        judged.extend(judge_part(office, part, &opened, parcel)?);
        parcel.unreadable += opened.iter().filter(|opened| matches!(opened, Opened::Unreadable(_))).count();
        rest = later;
    }
    Ok(judged)
}

fn judge_part(
    office: &Office,
    kept: &[KeptRow],
    opened: &[Opened],
    parcel: Parcel,
) -> Result<Vec<Judged>, LedgerError> {
    // The first try goes ahead beside others; who was overtaken waits for its turn, so that each is heard soon.
    let mut _turn = None;
    for _ in 0..TRIES {
        let (batch, judged) = settle(office, kept, opened, parcel)?;
        match office.ledger.enter(batch) {
            Ok(()) => return Ok(judged),
            Err(LedgerError::Moved) => {
                _turn = _turn.or_else(|| Some(office.turns.lock().unwrap_or_else(PoisonError::into_inner)));
            }
            Err(error) => return Err(error),
        }
    }
    Err(LedgerError::Unable("the same records keep changing".into()))
}

/// Opens the first one, and others as long as the largest there can be still fits.
fn open_some(
    office: &Office,
    rows: &[KeptRow],
    members: &mut HashMap<EnrolmentId, Option<Member>>,
) -> Result<Vec<Opened>, LedgerError> {
    let (mut opened, mut size) = (Vec::new(), 0);
    for row in rows {
        if !opened.is_empty() && size + PLAIN_LIMIT > OPENED_LIMIT {
            break;
        }
        opened.push(open(office, row, members, &mut size)?);
    }
    Ok(opened)
}

fn open(
    office: &Office,
    row: &KeptRow,
    members: &mut HashMap<EnrolmentId, Option<Member>>,
    size: &mut usize,
) -> Result<Opened, LedgerError> {
    let Ok(envelope) = Envelope::read(&row.raw) else { return Ok(Opened::Unreadable("not_an_envelope")) };
    let id = envelope.header.enrolment;
    let plain = match office.openers.open(&*office.ledger, &envelope)? {
        Ok(plain) => plain,
        // A way of packing that only a later version knows: kept until the server is updated.
        Err(SealError::UnknownVersion) => return Ok(Opened::Parked("unknown_version")),
        Err(_) => return Ok(Opened::Unreadable("does_not_open")),
    };
    *size += plain.len();
    let member = match members.get(&id) {
        Some(member) => member.clone(),
        None => {
            let member = office.ledger.member(id)?;
            members.insert(id, member.clone());
            member
        }
    };
    let Some(member) = member else { return Ok(Opened::Parked("unknown_enrolment")) };
    Ok(read(row, &envelope.header, &plain, member).unwrap_or_else(Opened::Parked))
}

/// Reads what was sealed; the error is the reason for parking it.
fn read(row: &KeptRow, header: &Header, plain: &[u8], member: Member) -> Result<Opened, &'static str> {
    let purpose = header.purpose;
    let signed = Signed::from_bytes(plain).map_err(|_| "malformed_entry")?;
    let label = match purpose {
        Purpose::Entry => ENTRY,
        Purpose::Draft => DRAFT,
        Purpose::Reads => READS,
    };
    let body = signed.verify(&member.enrolment.verifying, label).map_err(|_| "wrong_signature")?;
    if purpose == Purpose::Draft {
        let (id, ..) = read_draft(body).map_err(|_| "malformed_draft")?;
        // A number that the database can hold: what is compared here is compared there again.
        let counter = header.seq.min(i64::MAX.unsigned_abs());
        let (received_at, signed) = (row.received_at, plain.to_vec());
        return Ok(Opened::Draft(Box::new(OpenedDraft { id, member, counter, received_at, signed })));
    }
    if purpose == Purpose::Reads {
        let body = body.to_vec();
        return Ok(Opened::Reads(Box::new(OpenedReads { member, body })));
    }
    let entry = Entry::from_bytes(body).map_err(|error| match error {
        MalformedEntry::UnknownVersion(_) => "unknown_version",
        _ => "malformed_entry",
    })?;
    if (entry.author, entry.enrolment) != (member.user.id, member.enrolment.id) {
        return Err("other_author");
    }
    let (received_at, digest, signed) = (row.received_at, seal::digest(plain), plain.to_vec());
    Ok(Opened::Entry(Box::new(OpenedEntry { entry, member, received_at, digest, signed })))
}

/// Decides on everything that was opened, as the ledger stands now.
fn settle(
    office: &Office,
    kept: &[KeptRow],
    opened: &[Opened],
    mut parcel: Parcel,
) -> Result<(Batch, Vec<Judged>), LedgerError> {
    let ids: Vec<EntryId> = opened.iter().filter_map(Opened::entry).map(|opened| opened.entry.id).collect();
    let digests = office.ledger.entry_digests(&ids)?;
    let mut known: HashMap<EntryId, Digest> =
        ids.into_iter().zip(digests).filter_map(|(id, digest)| Some((id, digest?))).collect();
    let mut fold = Fold::new(office);
    let touched = opened.iter().filter_map(Opened::entry).flat_map(|opened| opened.entry.records());
    fold.load(touched.collect())?;

    let mut batch = Batch::default();
    let mut judged = Vec::with_capacity(kept.len());
    for (row, opened) in kept.iter().zip(opened) {
        let (fate, outcome) = match opened {
            Opened::Unreadable(reason) => (parcel.unreadable(), Judged::new(Verdict::Unreadable, reason)),
            Opened::Parked(reason) => park(reason),
            Opened::Draft(opened) => draft(office, &mut batch, opened)?,
            Opened::Reads(opened) => match audit::reads::rows(office, &opened.member, &opened.body)? {
                Err(reason) => park(reason),
                Ok(rows) => {
                    batch.audit.extend(rows);
                    (Fate::Entered, Judged::new(Verdict::Accepted, ""))
                }
            },
            Opened::Entry(opened) => match same_entry(known.get(&opened.entry.id), &opened.digest) {
                Same::AlreadyHere => (Fate::Entered, Judged::new(Verdict::AlreadyHere, "")),
                Same::OtherContent => {
                    log::trouble("same_entry_other_content", &opened.entry.id);
                    let event = AuditEvent::of(What::Quarantined).by(opened.entry.enrolment);
                    let event = event.about(&opened.entry.id.0).because("other_content");
                    // Judged again, it is written once.
                    let id = seal::short_digest(&[&b"quarantined"[..], &row.seq.to_be_bytes()].concat());
                    batch.audit.push(office.audit_row(id, event)?);
                    let reason = "other_content";
                    (
                        Fate::Kept(State::Quarantined, reason.to_owned()),
                        Judged::new(Verdict::Quarantined, reason),
                    )
                }
                Same::New => match fold.take(opened)? {
                    Err(reason) => {
                        let what = match reason {
                            rights::OUT_OF_REACH
                            | rights::SEALED_FOR_NOBODY
                            | rights::SEALS_FOCAL_POINT
                            | rights::SEALS_ONLY_PERSON
                            | rights::NO_CONSENT
                            | rights::CONSENT_WITHDRAWN
                            | rights::SHARED_OTHERWISE
                            | rights::MAY_NOT_OVERRIDE => Some(What::StatementRefused),
                            DEVICE_REVOKED => Some(What::Quarantined),
                            _ => None,
                        };
                        if let Some(what) = what {
                            let event = AuditEvent::of(what).by(opened.entry.enrolment);
                            let event = event.about(&opened.entry.id.0).because(reason);
                            // Judged again, it is written once.
                            let id = [&b"refused"[..], &row.seq.to_be_bytes()].concat();
                            batch.audit.push(office.audit_row(seal::short_digest(&id), event)?);
                        }
                        park(reason)
                    }
                    Ok(entry) => {
                        known.insert(entry.id, entry.digest);
                        let attachments = seal::attachment::stated_by(&opened.entry);
                        batch.stated.extend(attachments.iter().flat_map(|it| it.addresses()));
                        batch.stated.extend(intake::stated_by(&opened.entry));
                        for (person, known_to) in fold.sealings(&opened.entry) {
                            let event = AuditEvent::of(What::SealingChanged).by(opened.entry.enrolment);
                            let event = event.about(&person.0).figure(known_to as u64);
                            batch.audit.push(office.audit_row(random(), event)?);
                        }
                        for (referral, ground) in fold.sent_without_consent(opened) {
                            let event = AuditEvent::of(What::SentWithoutConsent).by(opened.entry.enrolment);
                            let event = event.about(&referral.0).because(&ground);
                            batch.audit.push(office.audit_row(random(), event)?);
                        }
                        batch.entries.push(entry);
                        slips::noted(office, fold.addressed_by(&opened.entry), &mut batch)?;
                        let note = fold.note_on(opened)?;
                        let fate = if note.is_empty() { Fate::Entered } else { Fate::Noted(note.into()) };
                        (fate, Judged::new(Verdict::Accepted, note))
                    }
                },
            },
        };
        let (fate, outcome) = parcel.bound(office, row, fate, outcome)?;
        batch.fates.push((row.seq, fate));
        judged.push(outcome);
    }
    batch.records = fold.rows()?;
    Ok((batch, judged))
}

impl Opened {
    fn entry(&self) -> Option<&OpenedEntry> {
        if let Opened::Entry(opened) = self { Some(opened) } else { None }
    }
}

/// Keeps what is not entered: parked, or set apart where somebody must look before it may count.
fn park(reason: &str) -> (Fate, Judged) {
    let (state, judged) = road::server::park(reason);
    (Fate::Kept(state, reason.to_owned()), judged)
}

/// Why somebody's deliveries are not taken in at all.
fn unwelcome(member: &Member) -> Option<&'static str> {
    road::server::unwelcome(member.enrolment.revoked, member.user.disabled)
}

fn draft(office: &Office, batch: &mut Batch, opened: &OpenedDraft) -> Result<(Fate, Judged), LedgerError> {
    let OpenedDraft { id, member, counter, received_at, signed } = opened;
    let (id, counter, received_at) = (*id, *counter, *received_at);
    let role = Role::from_code(member.user.role);
    if let Some(reason) = unwelcome(member) {
        return Ok(park(reason));
    }
    // Whoever hands in anything keeps here what they are still writing.
    if !role.is_some_and(|role| Kind::ALL.iter().any(|kind| may(role, Act::Deliver, *kind))) {
        return Ok(park("role_lost"));
    }
    let in_batch = batch.drafts.iter().position(|draft| draft.id == id);
    let held = match in_batch.and_then(|at| batch.drafts.get(at)) {
        Some(draft) => Some(draft.clone()),
        None => office.ledger.draft(id)?,
    };
    let (user, enrolment) = (member.user.id, member.enrolment.id);
    let mut row = DraftRow { id, user, enrolment, counter, received_at, sealed: Vec::new() };
    match held {
        Some(held) if held.user != user => return Ok(park("other_author")),
        Some(held) if !row.is_newer_than(&held) => {
            return Ok((Fate::DraftTaken, Judged::new(Verdict::AlreadyHere, "")));
        }
        _ => {}
    }
    row.sealed = office.seal(Table::Drafts, &id.0, counter, signed).map_err(unsealed)?;
    if let Some(at) = in_batch {
        batch.drafts.remove(at);
    }
    batch.drafts.push(row);
    Ok((Fate::DraftTaken, Judged::new(Verdict::Accepted, "")))
}

fn unsealed(error: SealError) -> LedgerError {
    LedgerError::Unable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::ledger::Arrival;
    use crate::server::{random, rng};
    use domain::EnvelopeId;
    use seal::Outgoing;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn no_more_lies_opened_at_a_time_than_the_limit() {
        let data = std::env::temp_dir().join(format!("amparo-judge-{}", domain::id::hex(&random::<8>())));
        let office = Office::open(&data).unwrap();
        let outgoing = Outgoing::begin(&mut rng(), &office.keyring.secrets.sealing_public).unwrap();
        let seal = |seq: u64| {
            let (id, plain) = (EnvelopeId(random()), vec![0; 3_000_000]);
            outgoing.seal(&mut rng(), Purpose::Draft, id, EnrolmentId([1; 16]), seq, &plain).unwrap()
        };
        let arrivals = (0..5).map(seal).map(|raw| {
            let header = Envelope::read(&raw).unwrap().header;
            Arrival { digest: seal::short_digest(&raw), header, raw }
        });
        office.ledger.store(vec![outgoing.capsule().1.to_vec()], arrivals.collect(), 1).unwrap();
        let kept = office.ledger.kept(State::Waiting, 0, 9).unwrap();
        let opened = |from: usize| open_some(&office, &kept[from..], &mut HashMap::new()).unwrap().len();
        assert_eq!([0, 2, 4].map(opened), [2, 2, 1]);
        let judged = judge(&office, &kept).unwrap();
        assert_eq!(judged, vec![Judged::new(Verdict::Parked, "unknown_enrolment"); 5]);
        std::fs::remove_dir_all(&data).unwrap();
    }

    #[test]
    fn four_judge_at_a_time_and_a_fifth_waits() {
        let bench = Bench::default();
        let mut seats: Vec<Seat<'_>> = (0..4).map(|_| bench.sit()).collect();
        let (told, seated) = channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _seat = bench.sit();
                told.send(()).unwrap();
            });
            assert!(seated.recv_timeout(Duration::from_millis(50)).is_err());
            seats.pop();
            seated.recv().unwrap();
        });
    }
}
