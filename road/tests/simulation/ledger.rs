//! What a server keeps, in memory: rows as the real ledger has them, without their bytes. Cloning it is a backup.

use crate::bugs::Bug;
use crate::cast::{Duty, ORGANISATIONS, user_id};
use crate::wire::{Content, Ms, Sealed};
use domain::permission::{Act, distance, may_reach};
use domain::{Class, DraftId, EntryId, Field, Kind, Place, Record, RecordId, UserId, Value};
use road::server::{
    Arriving, DEVICE_REVOKED, DraftState, Judged, Same, State, arriving, is_open, park, same_entry, unwelcome,
};
use seal::Verdict;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Why somebody's statement is parked that is not within their reach.
pub const OUT_OF_REACH: &str = "out_of_reach";

#[derive(Clone, Debug)]
pub struct Kept {
    pub state: State,
    pub reason: &'static str,
    pub sealed: Rc<Sealed>,
    /// Whether its bytes are kept; those of what was entered are not.
    pub has_bytes: bool,
    pub received_at: Ms,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub record: Rc<Record>,
    pub parent: Option<RecordId>,
    /// Place in [`ORGANISATIONS`].
    pub organisation: usize,
    pub made_by: UserId,
    pub revision: u64,
    pub seq: u64,
}

#[derive(Clone, Copy, Debug)]
pub struct Departure {
    pub seq: u64,
    pub record: RecordId,
    pub organisation: usize,
}

/// As whom somebody collects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// `None` for who is handed nothing.
    pub duty: Option<Duty>,
    /// With a build from before there were places, which drops nothing, whatever it is told.
    pub before: bool,
}

#[derive(Clone, Debug)]
pub struct Ledger {
    pub epoch: [u8; 16],
    pub capsules: BTreeSet<u64>,
    pub envelopes: BTreeMap<u64, Kept>,
    pub by_digest: BTreeMap<[u8; 16], u64>,
    pub entries: BTreeMap<EntryId, u64>,
    /// Heads of the chain of entries, one for each.
    pub chain: Vec<u64>,
    /// Rows of the log of deeds.
    pub audit: u64,
    pub records: BTreeMap<RecordId, Row>,
    pub by_seq: BTreeMap<u64, RecordId>,
    pub departures: Vec<Departure>,
    pub newest: u64,
    pub drafts: BTreeMap<DraftId, (DraftState, u32)>,
    pub duties: Vec<Duty>,
    /// By member: deed and serial of the order.
    pub orders: Vec<(seal::Deed, Ms)>,
    /// By member: as whom they collected, and since which number.
    pub views: BTreeMap<usize, (Vec<View>, u64)>,
}

/// What judging some envelopes comes to.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub entries: Vec<(EntryId, u64)>,
    pub rows: Vec<(RecordId, Row)>,
    pub drafts: Vec<(DraftId, DraftState, u32)>,
    pub fates: Vec<(u64, Fate)>,
    pub said: Vec<Judged>,
    /// Only with [`Bug::CursorSkipsLateCommit`]: the number from which the rows are numbered.
    pub first: Option<u64>,
}

#[derive(Clone, Debug)]
pub enum Fate {
    Entered,
    Kept(State, &'static str),
    Gone,
}

impl Batch {
    /// What it came to, for who reads along.
    pub fn told(&self) -> Vec<String> {
        let rows = self.rows.iter();
        rows.map(|(id, row)| format!("{id} at {} under {:?}", row.organisation, row.parent)).collect()
    }
}

/// Records or entries changed since they were read.
#[derive(Debug)]
pub struct Moved;

/// Of which class a record is: a need may be for few.
pub fn class_of(record: &Record) -> Class {
    let is_close = |value: &Value| value.as_text().is_some_and(|text| text.starts_with("close"));
    if record.kind == Kind::NEED && record.values(Field::NEED_CODE).into_iter().any(is_close) {
        Class::NeedToKnow
    } else {
        Class::Restricted
    }
}

fn place(organisation: usize) -> Place {
    let organisation = ORGANISATIONS[organisation].to_owned();
    Place { operation: "pa".into(), organisation, site: "meteti".into(), team: String::new() }
}

/// Whether somebody is handed a record that belongs to an organisation.
pub fn sees(duty: Duty, user: usize, organisation: usize, made_by: UserId, record: &Record) -> bool {
    let named = made_by == user_id(user);
    let distance = distance(&duty.standing(user), &place(organisation), named);
    !duty.disabled && may_reach(duty.role, Act::Read, record.kind, class_of(record), distance)
}

pub fn parent_of(record: &Record) -> Option<RecordId> {
    record.shown(record.kind.owner_field()?).and_then(Value::as_ref)
}

impl Ledger {
    pub fn new(epoch: [u8; 16], duties: Vec<Duty>, members: usize) -> Self {
        Self {
            epoch,
            capsules: BTreeSet::new(),
            envelopes: BTreeMap::new(),
            by_digest: BTreeMap::new(),
            entries: BTreeMap::new(),
            chain: Vec::new(),
            audit: 0,
            records: BTreeMap::new(),
            by_seq: BTreeMap::new(),
            departures: Vec::new(),
            newest: 0,
            drafts: BTreeMap::new(),
            duties,
            orders: vec![(seal::Deed::Nothing, 0); members],
            views: BTreeMap::new(),
        }
    }

    /// Stores what came as it came. Gives for each either the number under which it is to be judged, or what is said.
    pub fn store(
        &mut self,
        capsules: &[u64],
        envelopes: &[Rc<Sealed>],
        now: Ms,
        bug: Option<Bug>,
    ) -> Vec<Result<u64, Judged>> {
        self.capsules.extend(capsules);
        let arrived = envelopes.iter().map(|sealed| {
            let held = self.by_digest.get(&sealed.digest).copied();
            let row = held.and_then(|seq| self.envelopes.get(&seq));
            let has_capsule =
                bug == Some(Bug::CapsuleNotLookedFor) || self.capsules.contains(&sealed.capsule);
            let mut decided = arriving(row.map(|row| (row.state, row.reason)), has_capsule);
            if bug == Some(Bug::WaitingForgottenAtStart) && decided == Arriving::Judge {
                decided = Arriving::Before(Judged::new(Verdict::AlreadyHere, ""));
            }
            if bug == Some(Bug::DuplicateAppliedTwice) && matches!(decided, Arriving::Before(_)) {
                decided = Arriving::Judge;
            }
            match (decided, held) {
                (Arriving::Judge, Some(seq)) => Ok(seq),
                (Arriving::Store | Arriving::Judge, _) => {
                    let seq = self.envelopes.last_key_value().map_or(1, |(seq, _)| seq + 1);
                    let sealed = Rc::clone(sealed);
                    self.by_digest.insert(sealed.digest, seq);
                    let kept =
                        Kept { state: State::Waiting, reason: "", sealed, has_bytes: true, received_at: now };
                    self.envelopes.insert(seq, kept);
                    Ok(seq)
                }
                (other, _) => Err(other.said().unwrap_or_else(|| Judged::new(Verdict::Unreadable, ""))),
            }
        });
        arrived.collect()
    }

    /// What waits to be judged.
    pub fn waiting(&self) -> Vec<u64> {
        let waits = |(seq, kept): (&u64, &Kept)| (kept.state == State::Waiting).then_some(*seq);
        self.envelopes.iter().filter_map(waits).collect()
    }

    /// What is parked and may be judged otherwise once rights have changed.
    pub fn parked(&self) -> Vec<u64> {
        let waits = |(seq, kept): (&u64, &Kept)| {
            (is_open(kept.state, kept.reason) && kept.state != State::Waiting).then_some(*seq)
        };
        self.envelopes.iter().filter_map(waits).collect()
    }

    /// Decides on envelopes as the ledger stands now.
    pub fn judge(&self, seqs: &[u64], members: &[crate::cast::Member], bug: Option<Bug>) -> Batch {
        let mut batch = Batch::default();
        let mut known: BTreeMap<EntryId, u64> = BTreeMap::new();
        let mut rows: BTreeMap<RecordId, Row> = BTreeMap::new();
        for seq in seqs {
            let Some(kept) = self.envelopes.get(seq) else {
                batch.said.push(Judged::new(Verdict::AlreadyHere, ""));
                continue;
            };
            let sealed = &kept.sealed;
            let user = members[sealed.member].user;
            let duty = self.duties[user];
            let is_revoked = self.orders[sealed.member].0 != seal::Deed::Nothing;
            let (fate, said) = match &sealed.content {
                // Nothing opens it, and nothing ever will.
                _ if !self.capsules.contains(&sealed.capsule) => {
                    (Fate::Gone, Judged::new(Verdict::Unreadable, "does_not_open"))
                }
                Content::Draft { id, state } => {
                    let place = DraftState {
                        user: user_id(user),
                        enrolment: domain::EnrolmentId(crate::cast::id(b'm', sealed.member as u64)),
                        counter: sealed.counter,
                        received_at: kept.received_at,
                    };
                    match unwelcome(is_revoked, duty.disabled) {
                        Some(reason) => kept_for(reason),
                        None => {
                            let in_batch = batch.drafts.iter().rfind(|(other, ..)| other == id);
                            let held = in_batch.map(|(_, state, _)| *state);
                            let held = held.or_else(|| self.drafts.get(id).map(|(state, _)| *state));
                            let is_newer = held.is_none_or(|held| place.is_newer_than(&held));
                            if is_newer || bug == Some(Bug::OldDraftBeatsNew) {
                                batch.drafts.push((*id, place, *state));
                                (Fate::Gone, Judged::new(Verdict::Accepted, ""))
                            } else {
                                (Fate::Gone, Judged::new(Verdict::AlreadyHere, ""))
                            }
                        }
                    }
                }
                Content::Entry { entry, digest } => {
                    let held = known.get(&entry.id).or_else(|| self.entries.get(&entry.id));
                    let mut same = same_entry(held, digest);
                    if bug == Some(Bug::NothingOnSameIdOtherBytes) && same == Same::OtherContent {
                        same = Same::AlreadyHere;
                    }
                    if bug == Some(Bug::DuplicateAppliedTwice) && same == Same::AlreadyHere {
                        same = Same::New;
                    }
                    match same {
                        Same::AlreadyHere => (Fate::Entered, Judged::new(Verdict::AlreadyHere, "")),
                        Same::OtherContent => {
                            let reason = "other_content";
                            let fate = Fate::Kept(State::Quarantined, reason);
                            (fate, Judged::new(Verdict::Quarantined, reason))
                        }
                        Same::New => {
                            let refusal = unwelcome(is_revoked, duty.disabled)
                                .or_else(|| self.fold(&mut rows, entry, user, duty, bug));
                            match refusal {
                                Some(DEVICE_REVOKED) if bug == Some(Bug::RevokedWorkDropped) => {
                                    (Fate::Gone, Judged::new(Verdict::AlreadyHere, ""))
                                }
                                Some(OUT_OF_REACH) if bug == Some(Bug::OutOfReachDropped) => {
                                    (Fate::Gone, Judged::new(Verdict::AlreadyHere, ""))
                                }
                                Some(reason) => kept_for(reason),
                                None => {
                                    known.insert(entry.id, *digest);
                                    batch.entries.push((entry.id, *digest));
                                    (Fate::Entered, Judged::new(Verdict::Accepted, ""))
                                }
                            }
                        }
                    }
                }
            };
            batch.fates.push((*seq, fate));
            batch.said.push(said);
        }
        batch.rows = rows.into_iter().collect();
        if bug == Some(Bug::CursorSkipsLateCommit) {
            batch.first = Some(self.newest);
        }
        batch
    }

    /// Folds an entry in, or says why it is parked.
    fn fold(
        &self,
        rows: &mut BTreeMap<RecordId, Row>,
        entry: &domain::Entry,
        user: usize,
        duty: Duty,
        bug: Option<Bug>,
    ) -> Option<&'static str> {
        let mut changed: Vec<(RecordId, Row)> = Vec::new();
        let standing = duty.standing(user);
        for change in &entry.changes {
            let held = rows.get(&change.record).or_else(|| self.records.get(&change.record));
            let act = if held.is_some() { Act::Amend } else { Act::Register };
            let may = |row: &Row, act| {
                let distance = distance(&standing, &place(row.organisation), row.made_by == user_id(user));
                may_reach(duty.role, act, change.kind, class_of(&row.record), distance)
            };
            if held.is_some_and(|row| !may(row, act)) {
                return Some(OUT_OF_REACH);
            }
            let mut row = held.cloned().unwrap_or_else(|| Row {
                record: Rc::new(Record::new(change.record, change.kind)),
                parent: None,
                organisation: duty.organisation,
                made_by: user_id(user),
                revision: 0,
                seq: 0,
            });
            let is_new = held.is_none();
            apply(Rc::make_mut(&mut row.record), entry, bug);
            row.parent = parent_of(&row.record);
            if change.kind == Kind::GROUP {
                let owner = row.record.shown(Field::OWNER_ORG).and_then(Value::as_text);
                let at = owner.and_then(|code| ORGANISATIONS.iter().position(|known| *known == code));
                row.organisation = at.unwrap_or(row.organisation);
            } else if let Some(parent) = row.parent {
                let in_entry = changed.iter().find(|(id, _)| *id == parent).map(|(_, row)| row);
                let parent = in_entry.or_else(|| rows.get(&parent)).or_else(|| self.records.get(&parent));
                row.organisation = parent.map_or(row.organisation, |parent| parent.organisation);
            }
            // What somebody begins must be within their reach where it comes to.
            if is_new && !may(&row, Act::Register) {
                return Some(OUT_OF_REACH);
            }
            changed.push((change.record, row));
        }
        rows.extend(changed);
        None
    }
}

fn kept_for(reason: &'static str) -> (Fate, Judged) {
    let (state, judged) = park(reason);
    (Fate::Kept(state, reason), judged)
}

/// Takes an entry into a record: as `domain` does, but for planted bugs.
pub fn apply(record: &mut Record, entry: &domain::Entry, bug: Option<Bug>) {
    if !matches!(bug, Some(Bug::LastWriteWins | Bug::ClockOrdersEdits | Bug::ReplacedComesBack)) {
        return record.apply(entry);
    }
    let mut entry = entry.clone();
    for change in entry.changes.iter_mut().filter(|change| change.record == record.id) {
        for op in &mut change.ops {
            let standing: Vec<_> = record.stated(op.field).map(|stated| (stated.entry, stated.at)).collect();
            match bug {
                Some(Bug::LastWriteWins) => {
                    op.replaces = standing.into_iter().map(|(entry, _)| entry).collect();
                }
                Some(Bug::ClockOrdersEdits) => {
                    let older = standing.into_iter().filter(|(_, at)| *at < entry.at);
                    op.replaces = older.map(|(entry, _)| entry).collect();
                }
                Some(Bug::ReplacedComesBack) => {
                    let here: BTreeSet<_> = standing.into_iter().map(|(entry, _)| entry).collect();
                    op.replaces.retain(|entry| here.contains(entry));
                }
                _ => {}
            }
        }
    }
    record.apply(&entry);
}
