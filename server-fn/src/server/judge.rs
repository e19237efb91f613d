//! Judges envelopes that lie in the ledger: opens them, checks who signed, asks `domain` whether they may, and
//! folds what they state into the records.

use super::ledger::{
    Batch, Digest, DraftRow, EntryRow, Fate, KeptRow, LedgerError, Member, RecordRow, State,
};
use super::{Office, Table, log};
use domain::permission::{Act, Refusal, judge as may_state, may};
use domain::{
    DraftId, EnrolmentId, Entry, EntryId, Field, Kind, MalformedEntry, Record, RecordId, Role, Value,
};
use seal::envelope::PLAIN_LIMIT;
use seal::signed::{DRAFT, ENTRY, read_draft};
use seal::{Envelope, Header, Purpose, SealError, Signed, Verdict, pack};
use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};

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

/// What a device is told about one envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    pub verdict: Verdict,
    pub reason: String,
}

impl Judged {
    pub fn new(verdict: Verdict, reason: &str) -> Self {
        Self { verdict, reason: reason.to_owned() }
    }
}

/// An envelope opened and read, as far as it could be. Does not depend on what else happens meanwhile.
enum Opened {
    Entry(Box<OpenedEntry>),
    Draft(Box<OpenedDraft>),
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

struct OpenedEntry {
    entry: Entry,
    member: Member,
    received_at: u64,
    digest: Digest,
    signed: Vec<u8>,
}

/// Judges envelopes and writes the outcome, as many at a time as may lie opened in memory; each such part whole
/// or not at all. One verdict for each, in their order. Of the parcel so many unreadable items are kept already.
pub fn judge(office: &Office, kept: &[KeptRow], mut unreadable: usize) -> Result<Vec<Judged>, LedgerError> {
    let _seat = office.bench.sit();
    let (mut members, mut judged) = (HashMap::new(), Vec::with_capacity(kept.len()));
    let mut rest = kept;
    while !rest.is_empty() {
        let opened = open_some(office, rest, &mut members)?;
        let (part, later) = rest.split_at_checked(opened.len()).unwrap_or((rest, &[]));
        judged.extend(judge_part(office, part, &opened, unreadable)?);
        unreadable += opened.iter().filter(|opened| matches!(opened, Opened::Unreadable(_))).count();
        rest = later;
    }
    Ok(judged)
}

fn judge_part(
    office: &Office,
    kept: &[KeptRow],
    opened: &[Opened],
    unreadable: usize,
) -> Result<Vec<Judged>, LedgerError> {
    // The first try goes ahead beside others; who was overtaken waits for its turn, so that each is heard soon.
    let mut _turn = None;
    for _ in 0..TRIES {
        let (batch, judged) = settle(office, kept, opened, unreadable)?;
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
    let label = if purpose == Purpose::Entry { ENTRY } else { DRAFT };
    let body = signed.verify(&member.enrolment.verifying, label).map_err(|_| "wrong_signature")?;
    if purpose == Purpose::Draft {
        let (id, ..) = read_draft(body).map_err(|_| "malformed_draft")?;
        // A number that the database can hold: what is compared here is compared there again.
        let counter = header.seq.min(i64::MAX.unsigned_abs());
        let (received_at, signed) = (row.received_at, plain.to_vec());
        return Ok(Opened::Draft(Box::new(OpenedDraft { id, member, counter, received_at, signed })));
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
    mut unreadable: usize,
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
            Opened::Unreadable(reason) => {
                unreadable += 1;
                let fate = if unreadable > UNREADABLE_LIMIT { Fate::Forgotten } else { Fate::Unreadable };
                (fate, Judged::new(Verdict::Unreadable, reason))
            }
            Opened::Parked(reason) => park(reason),
            Opened::Draft(opened) => draft(office, &mut batch, opened)?,
            Opened::Entry(opened) => match known.get(&opened.entry.id) {
                Some(digest) if *digest == opened.digest => {
                    (Fate::Entered, Judged::new(Verdict::AlreadyHere, ""))
                }
                Some(_) => {
                    log::trouble("same_entry_other_content", &opened.entry.id);
                    let reason = "other_content";
                    (
                        Fate::Kept(State::Quarantined, reason.to_owned()),
                        Judged::new(Verdict::Quarantined, reason),
                    )
                }
                None => match fold.take(opened)? {
                    Err(reason) => park(reason),
                    Ok(entry) => {
                        known.insert(entry.id, entry.digest);
                        let attachments = seal::attachment::stated_by(&opened.entry);
                        batch.stated.extend(attachments.iter().flat_map(|it| it.addresses()));
                        batch.entries.push(entry);
                        (Fate::Entered, Judged::new(Verdict::Accepted, ""))
                    }
                },
            },
        };
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

fn park(reason: &str) -> (Fate, Judged) {
    (Fate::Kept(State::Parked, reason.to_owned()), Judged::new(Verdict::Parked, reason))
}

/// Why somebody's deliveries are not taken in at all.
fn unwelcome(member: &Member) -> Option<&'static str> {
    if member.enrolment.revoked {
        Some("device_revoked")
    } else if member.user.disabled {
        Some("user_disabled")
    } else {
        None
    }
}

fn draft(office: &Office, batch: &mut Batch, opened: &OpenedDraft) -> Result<(Fate, Judged), LedgerError> {
    let OpenedDraft { id, member, counter, received_at, signed } = opened;
    let (id, counter, received_at) = (*id, *counter, *received_at);
    let role = Role::from_code(member.user.role);
    if let Some(reason) = unwelcome(member) {
        return Ok(park(reason));
    }
    if !role.is_some_and(|role| may(role, Act::Deliver, Kind::GROUP)) {
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

/// The records that a batch touches, as they become.
struct Fold<'a> {
    office: &'a Office,
    held: HashMap<RecordId, Held>,
    /// Records that change, in the order in which they were first touched: a group stays together.
    touched: Vec<RecordId>,
}

struct Held {
    /// `None` when the row does not open: nothing is folded into it then.
    record: Option<Record>,
    kind: Kind,
    scope: String,
    /// As read; 0 for a new one.
    revision: u64,
    /// Encoded, roughly; rather too much than too little.
    size: usize,
    is_touched: bool,
}

impl<'a> Fold<'a> {
    fn new(office: &'a Office) -> Self {
        Self { office, held: HashMap::new(), touched: Vec::new() }
    }

    fn load(&mut self, mut ids: Vec<RecordId>) -> Result<(), LedgerError> {
        ids.retain(|id| !self.held.contains_key(id));
        ids.sort_unstable();
        ids.dedup();
        for row in self.office.ledger.records(&ids)? {
            self.hold(row);
        }
        Ok(())
    }

    fn hold(&mut self, row: RecordRow) {
        let (record, size) =
            self.office.record(&row).map_or((None, 0), |(record, size)| (Some(record), size));
        let RecordRow { id, kind, scope, revision, .. } = row;
        self.held.insert(id, Held { record, kind, scope, revision, size, is_touched: false });
    }

    /// Judges an entry and folds it in; otherwise the reason why it is parked.
    fn take(&mut self, opened: &OpenedEntry) -> Result<Result<EntryRow, &'static str>, LedgerError> {
        let OpenedEntry { entry, member, received_at, digest, signed } = opened;
        self.load(stated_parents(entry).map(|(_, parent)| parent).collect())?;
        if let Some(reason) = unwelcome(member).or_else(|| self.refusal(member, entry, signed.len())) {
            return Ok(Err(reason));
        }
        for change in &entry.changes {
            let held = self.held.entry(change.record).or_insert_with(|| Held {
                record: Some(Record::new(change.record, change.kind)),
                kind: change.kind,
                scope: String::new(),
                revision: 0,
                size: 0,
                is_touched: false,
            });
            held.size += signed.len();
            if let Some(record) = &mut held.record {
                record.apply(entry);
            }
        }
        // Groups first, then people, then all else: each takes its scope from the one it hangs on.
        let mut order: Vec<(Kind, RecordId)> = entry.changes.iter().map(|c| (c.kind, c.record)).collect();
        order.sort_by_key(|(kind, _)| *kind);
        for (_, id) in order {
            self.place(id, member);
        }
        for id in entry.records() {
            self.touch(id);
        }
        let sealed = self.office.seal(Table::Entries, &entry.id.0, 0, &pack(signed)).map_err(unsealed)?;
        let (id, enrolment) = (entry.id, entry.enrolment);
        Ok(Ok(EntryRow { id, digest: *digest, enrolment, received_at: *received_at, sealed }))
    }

    fn refusal(&self, member: &Member, entry: &Entry, size: usize) -> Option<&'static str> {
        let Some(role) = Role::from_code(member.user.role) else { return Some("role_lost") };
        match may_state(role, entry) {
            Ok(()) => {}
            Err(Refusal::NotForThisRole { .. }) => return Some("role_lost"),
            Err(Refusal::UnknownKind(_)) => return Some("unknown_kind"),
            Err(Refusal::Empty) => return Some("empty_entry"),
        }
        let damage = entry.changes.iter().find_map(|change| {
            let held = self.held.get(&change.record);
            match held {
                Some(Held { record: None, .. }) => Some("record_damaged"),
                Some(held) if held.kind != change.kind => Some("other_kind"),
                _ if held.map_or(0, |held| held.size) + size > RECORD_LIMIT => Some("record_too_large"),
                _ => None,
            }
        });
        damage.or_else(|| self.hangs_elsewhere(entry).then_some("other_parent"))
    }

    /// Whether something is to hang on a record of a kind that nothing of its own kind hangs on. One that has not
    /// come yet is believed; should it turn out to be of another kind, the two stay where they are.
    fn hangs_elsewhere(&self, entry: &Entry) -> bool {
        stated_parents(entry).any(|(below, parent)| {
            let stated = entry.changes.iter().find(|change| change.record == parent);
            let kind = stated.map(|change| change.kind);
            let kind = kind.or_else(|| self.held.get(&parent).map(|held| held.kind));
            kind.is_some_and(|kind| !below.may_hang_on(kind))
        })
    }

    fn touch(&mut self, id: RecordId) {
        if let Some(held) = self.held.get_mut(&id)
            && !held.is_touched
        {
            held.is_touched = true;
            self.touched.push(id);
        }
    }

    /// Finds out who collects a record. The ledger tells all that hangs on it.
    fn place(&mut self, id: RecordId, member: &Member) {
        let Some(held) = self.held.get(&id) else { return };
        let Some(record) = &held.record else { return };
        let scope = match parent_of(record) {
            Some(parent) => {
                let parent = self.held.get(&parent).filter(|held| record.kind.may_hang_on(held.kind));
                parent.map(|parent| parent.scope.as_str()).filter(|scope| !scope.is_empty())
            }
            None => {
                let site = record.shown(Field::SITE).and_then(Value::as_text);
                site.and_then(|site| self.office.sites.operation(site))
            }
        };
        // A helper from elsewhere who corrects a record does not take it along.
        let before = Some(held.scope.as_str()).filter(|scope| !scope.is_empty());
        let scope = scope.or(before).unwrap_or_else(|| self.office.operation(&member.user.site)).to_owned();
        if let Some(held) = self.held.get_mut(&id) {
            held.scope = scope;
        }
    }

    fn rows(self) -> Result<Vec<RecordRow>, LedgerError> {
        let Fold { office, mut held, touched } = self;
        let mut rows = Vec::with_capacity(touched.len());
        for id in touched {
            let Some(Held { record: Some(record), scope, revision, .. }) = held.remove(&id) else { continue };
            let (parent, revision) = (parent_of(&record), revision + 1);
            let bytes = minicbor::to_vec(&record).map_err(|error| LedgerError::Unable(error.to_string()))?;
            let sealed = office.seal(Table::Records, &id.0, revision, &pack(&bytes)).map_err(unsealed)?;
            rows.push(RecordRow { id, kind: record.kind, parent, scope, revision, seq: 0, sealed });
        }
        Ok(rows)
    }
}

/// Records on which an entry hangs others, with the kind of what is to hang there.
fn stated_parents(entry: &Entry) -> impl Iterator<Item = (Kind, RecordId)> + '_ {
    entry.changes.iter().flat_map(|change| {
        let ops = change.ops.iter().filter(|op| Some(op.field) == change.kind.owner_field());
        ops.filter_map(|op| Some((change.kind, op.value.as_ref()?)))
    })
}

/// What a record hangs on: a person on their group, a paper on its holder, all else on a person or a group.
pub fn parent_of(record: &Record) -> Option<RecordId> {
    let parent = record.shown(record.kind.owner_field()?).and_then(Value::as_ref);
    parent.filter(|parent| *parent != record.id)
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
        let judged = judge(&office, &kept, 0).unwrap();
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
