//! The records that entries touch, as they become: judged where they stand and where they come to, folded and placed.

use super::doubles::Gifts;
use super::{OpenedEntry, RECORD_LIMIT, unsealed, unwelcome};
use crate::server::ledger::{EntryRow, Home, LedgerError, Member, RecordRow};
use crate::server::rights::{self, Weighing};
use crate::server::{Office, Table};
use domain::permission::{Act, Refusal, judge as may_state, may};
use domain::{Entry, Kind, Record, RecordId, Role, UserId, Value};
use seal::pack;
use std::collections::HashMap;

/// The records that a batch touches, as they become.
pub struct Fold<'a> {
    pub(super) office: &'a Office,
    pub(super) held: HashMap<RecordId, Held>,
    /// Records that change, in the order in which they were first touched: a group stays together.
    touched: Vec<RecordId>,
    pub(super) gifts: Gifts,
}

#[derive(Clone)]
pub(super) struct Held {
    /// `None` when the row does not open: nothing is folded into it then.
    pub(super) record: Option<Record>,
    kind: Kind,
    pub(super) home: Home,
    pub(super) made_by: Option<UserId>,
    /// As read; 0 for a new one.
    revision: u64,
    /// Encoded, roughly; rather too much than too little.
    size: usize,
    is_touched: bool,
}

impl<'a> Fold<'a> {
    /// None yet.
    pub fn new(office: &'a Office) -> Self {
        Self { office, held: HashMap::new(), touched: Vec::new(), gifts: Gifts::default() }
    }

    /// Reads records that are not here yet.
    pub fn load(&mut self, mut ids: Vec<RecordId>) -> Result<(), LedgerError> {
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
        let RecordRow { id, kind, home, made_by, revision, .. } = row;
        self.held.insert(id, Held { record, kind, home, made_by, revision, size, is_touched: false });
    }

    /// Judges an entry and folds it in; otherwise the reason why it is parked.
    pub fn take(&mut self, opened: &OpenedEntry) -> Result<Result<EntryRow, &'static str>, LedgerError> {
        let OpenedEntry { entry, member, received_at, digest, signed } = opened;
        self.load(stated_parents(entry).map(|(_, parent)| parent).collect())?;
        if let Some(reason) = unwelcome(member).or_else(|| refusal(member, entry)) {
            return Ok(Err(reason));
        }
        let Some(standing) = self.office.standing(member) else { return Ok(Err("role_lost")) };
        let rules = self.office.rules(&standing.place)?;
        let weighing = Weighing { standing, rules };
        if let Some((reason, id)) = self.damage(entry, signed.len()) {
            let held = self.held.get(&id);
            let knows =
                held.is_none_or(|held| weighing.knows(&held.home, held.made_by, held.record.as_ref()));
            // What is not theirs to know of is out of their reach, whatever else there is to say about it.
            return Ok(Err(if knows { reason } else { rights::OUT_OF_REACH }));
        }
        let as_it_stands = entry.changes.iter().find_map(|change| {
            let held = self.held.get(&change.record)?;
            weighing.refuses(&held.home, held.made_by, held.record.as_ref()?, change)
        });
        if let Some(reason) = as_it_stands {
            return Ok(Err(reason));
        }
        self.load_backing(entry)?;
        let before: Vec<(RecordId, Option<Held>)> =
            entry.records().map(|id| (id, self.held.get(&id).cloned())).collect();
        for change in &entry.changes {
            let held = self.held.entry(change.record).or_insert_with(|| Held {
                record: Some(Record::new(change.record, change.kind)),
                kind: change.kind,
                home: Home::default(),
                made_by: None,
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
            self.place(id, member, &weighing.rules);
        }
        self.load_consents(entry)?;
        let there = entry.changes.iter().zip(&before).find_map(|(change, (_, held))| {
            weighing.refuses_there(&self.held.get(&change.record)?.home, change, held.is_none())
        });
        let there = match there {
            None => self.refuses_steps(&weighing, opened, &before)?,
            reason => reason,
        };
        let there = match there {
            None => self.cannot_seal(entry, &before)?,
            reason => reason,
        };
        if let Some(reason) = there {
            // As if it had never been looked at.
            for (id, held) in before {
                match held {
                    Some(held) => drop(self.held.insert(id, held)),
                    None => drop(self.held.remove(&id)),
                }
            }
            return Ok(Err(reason));
        }
        for id in entry.records() {
            self.touch(id);
        }
        self.address(opened)?;
        // Who seals the other one of two at the same time is judged again.
        for group in self.newly_sealed(entry, &before).into_iter().filter_map(|(_, group)| group) {
            self.touch(group);
        }
        let sealed = self.office.seal(Table::Entries, &entry.id.0, 0, &pack(signed)).map_err(unsealed)?;
        let (id, enrolment) = (entry.id, entry.enrolment);
        Ok(Ok(EntryRow { id, digest: *digest, enrolment, received_at: *received_at, sealed }))
    }

    /// Folds in an entry that was judged and entered before, where it is not folded in yet.
    pub fn again(&mut self, opened: &OpenedEntry) -> Result<(), LedgerError> {
        let OpenedEntry { entry, member, signed, .. } = opened;
        self.load(entry.records().chain(stated_parents(entry).map(|(_, parent)| parent)).collect())?;
        self.load_backing(entry)?;
        let mut changed = Vec::new();
        for change in &entry.changes {
            let held = self.held.entry(change.record).or_insert_with(|| Held {
                record: Some(Record::new(change.record, change.kind)),
                kind: change.kind,
                home: Home::default(),
                made_by: None,
                revision: 0,
                size: 0,
                is_touched: false,
            });
            let Some(record) = &mut held.record else { continue };
            let before = record.clone();
            record.apply(entry);
            if held.revision == 0 || *record != before {
                held.size += signed.len();
                changed.push((change.kind, change.record));
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        changed.sort_by_key(|(kind, _)| *kind);
        let rules = match self.office.standing(member) {
            Some(standing) => self.office.rules(&standing.place)?,
            None => rights::Rules::shipped(),
        };
        changed.iter().for_each(|(_, id)| self.place(*id, member, &rules));
        self.load_consents(entry)?;
        changed.iter().for_each(|(_, id)| self.touch(*id));
        self.address(opened)
    }

    /// Why an entry does not fit to the records that it is about, and to which of them.
    fn damage(&self, entry: &Entry, size: usize) -> Option<(&'static str, RecordId)> {
        let damage = entry.changes.iter().find_map(|change| {
            let held = self.held.get(&change.record);
            let damage = match held {
                Some(Held { record: None, .. }) => Some("record_damaged"),
                Some(held) if held.kind != change.kind => Some("other_kind"),
                _ if held.map_or(0, |held| held.size) + size > RECORD_LIMIT => Some("record_too_large"),
                _ => None,
            };
            Some((damage?, change.record))
        });
        damage.or_else(|| Some(("other_parent", self.hangs_elsewhere(entry)?)))
    }

    /// On which record something is to hang that is of a kind on which nothing of its own kind hangs. One that has not
    /// come yet is believed; should it turn out to be of another kind, the two stay where they are.
    fn hangs_elsewhere(&self, entry: &Entry) -> Option<RecordId> {
        let elsewhere = stated_parents(entry).find(|(below, parent)| {
            let stated = entry.changes.iter().find(|change| change.record == *parent);
            let kind = stated.map(|change| change.kind);
            let kind = kind.or_else(|| self.held.get(parent).map(|held| held.kind));
            kind.is_some_and(|kind| !below.may_hang_on(kind))
        });
        elsewhere.map(|(_, parent)| parent)
    }

    pub(super) fn touch(&mut self, id: RecordId) {
        if let Some(held) = self.held.get_mut(&id)
            && !held.is_touched
        {
            held.is_touched = true;
            self.touched.push(id);
        }
    }

    /// Finds out where a record belongs and who began it. The ledger places all that hangs on it.
    fn place(&mut self, id: RecordId, member: &Member, rules: &rights::Rules) {
        let Some(held) = self.held.get(&id) else { return };
        let Some(record) = &held.record else { return };
        // A helper from elsewhere who corrects a record does not take it along.
        let before = (!held.home.scope.is_empty()).then_some(&held.home);
        let mut home = rights::place_of(self.office, rules, record, before, &member.user);
        let parent = parent_of(record).and_then(|parent| self.held.get(&parent));
        let parent = parent.filter(|held| record.kind.may_hang_on(held.kind) && !held.home.scope.is_empty());
        if let Some(parent) = parent {
            let sealed_for = match record.kind {
                Kind::INDIVIDUAL => home.sealed_for,
                _ => parent.home.sealed_for.clone(),
            };
            home = Home { sealed_for, addressed: home.addressed, ..parent.home.clone() };
        } else if record.kind != Kind::GROUP
            && let Some(before) = before
        {
            let sealed_for =
                if record.kind == Kind::INDIVIDUAL { home.sealed_for } else { before.sealed_for.clone() };
            home = Home { sealed_for, ..before.clone() };
        }
        let made_by = rights::maker(record, held.made_by);
        if let Some(held) = self.held.get_mut(&id) {
            (held.home, held.made_by) = (home, made_by);
        }
    }

    /// The records that have changed, as they are written.
    pub fn rows(self) -> Result<Vec<RecordRow>, LedgerError> {
        let Fold { office, mut held, touched, .. } = self;
        let mut rows = Vec::with_capacity(touched.len());
        for id in touched {
            let Some(Held { record: Some(record), home, made_by, revision, .. }) = held.remove(&id) else {
                continue;
            };
            let (parent, revision) = (parent_of(&record), revision + 1);
            let bytes = minicbor::to_vec(&record).map_err(|error| LedgerError::Unable(error.to_string()))?;
            let sealed = office.seal(Table::Records, &id.0, revision, &pack(&bytes)).map_err(unsealed)?;
            rows.push(RecordRow { id, kind: record.kind, parent, home, made_by, revision, seq: 0, sealed });
        }
        Ok(rows)
    }
}

/// Why an entry is none that its author may make, whatever it is about.
fn refusal(member: &Member, entry: &Entry) -> Option<&'static str> {
    let Some(role) = Role::from_code(member.user.role) else { return Some("role_lost") };
    match may_state(role, entry) {
        Ok(()) => None,
        // Who begins none may add to one that is here: whether it is, is judged where it comes to.
        Err(Refusal::NotForThisRole { act: Act::Register, kind, .. }) if may(role, Act::Amend, kind) => None,
        Err(Refusal::NotForThisRole { .. }) => Some("role_lost"),
        Err(Refusal::UnknownKind(_)) => Some("unknown_kind"),
        Err(Refusal::Empty) => Some("empty_entry"),
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
