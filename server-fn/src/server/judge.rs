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
use seal::signed::{DRAFT, ENTRY, read_draft};
use seal::{Envelope, Purpose, SealError, Signed, Verdict, pack};
use std::collections::HashMap;
use std::sync::PoisonError;

/// How often a batch is judged anew because others changed the same records meanwhile.
const TRIES: usize = 100;
/// Largest record, about: half of what a page may unfold into, so that no record can ever hold up a collect.
const RECORD_LIMIT: usize = seal::page::LIMIT / 2;

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
    Draft { id: DraftId, at: u64, member: Box<Member>, signed: Vec<u8> },
    Parked(&'static str),
    Unreadable(&'static str),
}

struct OpenedEntry {
    entry: Entry,
    member: Member,
    received_at: u64,
    digest: Digest,
    signed: Vec<u8>,
}

/// Judges envelopes and writes the outcome, whole or not at all. One verdict for each, in their order.
pub fn judge(office: &Office, kept: &[KeptRow]) -> Result<Vec<Judged>, LedgerError> {
    let mut members = HashMap::new();
    let opened = kept.iter().map(|row| open(office, row, &mut members));
    let opened = opened.collect::<Result<Vec<Opened>, LedgerError>>()?;
    // The first try goes ahead beside others; who was overtaken waits for its turn, so that each is heard soon.
    let mut _turn = None;
    for _ in 0..TRIES {
        let (batch, judged) = settle(office, kept, &opened)?;
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

fn open(
    office: &Office,
    row: &KeptRow,
    members: &mut HashMap<EnrolmentId, Option<Member>>,
) -> Result<Opened, LedgerError> {
    let Ok(envelope) = Envelope::read(&row.raw) else { return Ok(Opened::Unreadable("not_an_envelope")) };
    let id = envelope.header.enrolment;
    let plain = match office.openers.open(&*office.ledger, &envelope)? {
        Ok(plain) => plain,
        // A way of packing that only a later version knows: kept until the server is updated.
        Err(SealError::UnknownVersion) => return Ok(Opened::Parked("unknown_version")),
        Err(_) => return Ok(Opened::Unreadable("does_not_open")),
    };
    let member = match members.get(&id) {
        Some(member) => member.clone(),
        None => {
            let member = office.ledger.member(id)?;
            members.insert(id, member.clone());
            member
        }
    };
    let Some(member) = member else { return Ok(Opened::Parked("unknown_enrolment")) };
    Ok(read(row, envelope.header.purpose, &plain, member).unwrap_or_else(Opened::Parked))
}

/// Reads what was sealed; the error is the reason for parking it.
fn read(row: &KeptRow, purpose: Purpose, plain: &[u8], member: Member) -> Result<Opened, &'static str> {
    let signed = Signed::from_bytes(plain).map_err(|_| "malformed_entry")?;
    let label = if purpose == Purpose::Entry { ENTRY } else { DRAFT };
    let body = signed.verify(&member.enrolment.verifying, label).map_err(|_| "wrong_signature")?;
    if purpose == Purpose::Draft {
        let (id, at, _) = read_draft(body).map_err(|_| "malformed_draft")?;
        return Ok(Opened::Draft { id, at, member: Box::new(member), signed: plain.to_vec() });
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
fn settle(office: &Office, kept: &[KeptRow], opened: &[Opened]) -> Result<(Batch, Vec<Judged>), LedgerError> {
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
            Opened::Unreadable(reason) => (Fate::Unreadable, Judged::new(Verdict::Unreadable, reason)),
            Opened::Parked(reason) => park(reason),
            Opened::Draft { id, at, member, signed } => draft(office, &mut batch, *id, *at, member, signed)?,
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

fn draft(
    office: &Office,
    batch: &mut Batch,
    id: DraftId,
    at: u64,
    member: &Member,
    signed: &[u8],
) -> Result<(Fate, Judged), LedgerError> {
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
    match held {
        Some(held) if held.user != member.user.id => return Ok(park("other_author")),
        Some(held) if held.made_at >= at => {
            return Ok((Fate::DraftTaken, Judged::new(Verdict::AlreadyHere, "")));
        }
        _ => {}
    }
    let sealed = office.seal(Table::Drafts, &id.0, at, signed).map_err(unsealed)?;
    let (user, enrolment) = (member.user.id, member.enrolment.id);
    if let Some(at) = in_batch {
        batch.drafts.remove(at);
    }
    batch.drafts.push(DraftRow { id, user, enrolment, made_at: at, sealed });
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
        let opened = self.office.unseal(Table::Records, &row.id.0, &row.sealed);
        let plain = opened.ok().filter(|(revision, _)| *revision == row.revision).map(|(_, plain)| plain);
        let size = plain.as_ref().map_or(0, Vec::len);
        let record = plain.and_then(|plain| minicbor::decode(&plain).ok());
        if record.is_none() {
            log::trouble("record_does_not_open", &row.id);
        }
        let held = Held { record, scope: row.scope, revision: row.revision, size, is_touched: false };
        self.held.insert(row.id, held);
    }

    /// Judges an entry and folds it in; otherwise the reason why it is parked.
    fn take(&mut self, opened: &OpenedEntry) -> Result<Result<EntryRow, &'static str>, LedgerError> {
        let OpenedEntry { entry, member, received_at, digest, signed } = opened;
        if let Some(reason) = unwelcome(member).or_else(|| self.refusal(member, entry, signed.len())) {
            return Ok(Err(reason));
        }
        for change in &entry.changes {
            let held = self.held.entry(change.record).or_insert_with(|| Held {
                record: Some(Record::new(change.record, change.kind)),
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
        // Groups first, then people, then papers: each takes its scope from the one it hangs on.
        let mut order: Vec<(Kind, RecordId)> = entry.changes.iter().map(|c| (c.kind, c.record)).collect();
        order.sort_by_key(|(kind, _)| *kind);
        for (_, id) in order {
            self.place(id, member)?;
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
        entry.changes.iter().find_map(|change| {
            let held = self.held.get(&change.record)?;
            match &held.record {
                None => Some("record_damaged"),
                Some(record) if record.kind != change.kind => Some("other_kind"),
                Some(_) if held.size + size > RECORD_LIMIT => Some("record_too_large"),
                Some(_) => None,
            }
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

    /// Finds out who collects a record, and tells all that hangs on it.
    fn place(&mut self, id: RecordId, member: &Member) -> Result<(), LedgerError> {
        let Some(record) = self.held.get(&id).and_then(|held| held.record.as_ref()) else { return Ok(()) };
        let own = self.office.operation(&member.user.site);
        let scope = match parent_of(record) {
            Some(parent) => {
                self.load(vec![parent])?;
                self.held.get(&parent).map(|parent| parent.scope.clone()).filter(|scope| !scope.is_empty())
            }
            None => {
                let site = record.shown(Field::SITE).and_then(Value::as_text);
                site.and_then(|site| self.office.sites.operation(site)).map(str::to_owned)
            }
        };
        self.move_to(id, &scope.unwrap_or_else(|| own.to_owned()))
    }

    fn move_to(&mut self, id: RecordId, scope: &str) -> Result<(), LedgerError> {
        let Some(held) = self.held.get_mut(&id).filter(|held| held.scope != scope) else { return Ok(()) };
        held.scope = scope.to_owned();
        if held.record.is_none() {
            return Ok(());
        }
        self.touch(id);
        let below = self.office.ledger.records_below(id)?;
        for row in below {
            let child = row.id;
            if !self.held.contains_key(&child) {
                self.hold(row);
            }
            self.move_to(child, scope)?;
        }
        Ok(())
    }

    fn rows(self) -> Result<Vec<RecordRow>, LedgerError> {
        let Fold { office, mut held, touched } = self;
        let mut rows = Vec::with_capacity(touched.len());
        for id in touched {
            let Some(Held { record: Some(record), scope, revision, .. }) = held.remove(&id) else { continue };
            let (parent, revision) = (parent_of(&record), revision + 1);
            let bytes = minicbor::to_vec(&record).map_err(|error| LedgerError::Unable(error.to_string()))?;
            let sealed = office.seal(Table::Records, &id.0, revision, &bytes).map_err(unsealed)?;
            rows.push(RecordRow { id, kind: record.kind, parent, scope, revision, seq: 0, sealed });
        }
        Ok(rows)
    }
}

/// What a record hangs on: a person on their group, a paper on its holder.
pub fn parent_of(record: &Record) -> Option<RecordId> {
    let field = match record.kind {
        Kind::INDIVIDUAL => Field::GROUP,
        Kind::DOCUMENT => Field::HOLDER,
        _ => return None,
    };
    record.shown(field).and_then(Value::as_ref).filter(|parent| *parent != record.id)
}
