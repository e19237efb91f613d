//! The auditor: what must hold, whatever goes wrong. It knows what people stated and where everything lies, and asks no
//! program under test.

use crate::cast::DEVICES;
use crate::folding::knows_any;
use crate::ledger::{Ledger, sees};
use crate::wire::{Content, DAY, Ms, Sealed};
use crate::world::World;
use domain::{EntryId, Record, RecordId, Value};
use road::device::{Item, ItemKey, REFUSED_PAUSE, State};
use seal::Verdict;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// Every entry shown as saved is on the server or sealed on a device; what the plan destroyed outright had left it.
    NothingLost = 1,
    /// What somebody stated is entered once.
    ExactlyOnce = 2,
    /// Every value that a person stated is reachable: in the history of its record, or in an envelope that is kept.
    EveryValueReachable = 3,
    /// Every replica within reach is equal to the server's.
    ReplicasEqual = 4,
    /// Ten virtual minutes after health returns nothing waits.
    NoStuckQueue = 5,
    /// A device holds no row outside its rights after its next contact.
    NothingOutsideRights = 6,
    /// Nothing is acknowledged, or shown as saved, before it is durable.
    DurableFirst = 7,
    /// A cursor never skips.
    CursorNeverSkips = 8,
}

/// An invariant that did not hold.
#[derive(Clone, Debug)]
pub struct Broken {
    pub invariant: Invariant,
    pub what: String,
    pub at: Ms,
}

impl core::fmt::Display for Broken {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Broken { invariant, what, at } = self;
        write!(f, "{invariant:?} ({}) on day {:.4}: {what}", *invariant as u8, *at as f64 / DAY as f64)
    }
}

/// What a sealed entry is known by.
fn entry_of(sealed: &Sealed) -> Option<(EntryId, u64)> {
    match &sealed.content {
        Content::Entry { entry, digest } => Some((entry.id, *digest)),
        Content::Draft { .. } => None,
    }
}

impl World {
    fn held_by_server(ledger: &Ledger) -> BTreeSet<(EntryId, u64)> {
        let entered = ledger.entries.iter().map(|(id, digest)| (*id, *digest));
        let kept = ledger.envelopes.values().filter(|kept| kept.has_bytes);
        entered.chain(kept.filter_map(|kept| entry_of(&kept.sealed))).collect()
    }

    fn held_by_device(&self, device: usize) -> impl Iterator<Item = (EntryId, u64)> + '_ {
        let tables = &self.devices[device].disk.now;
        tables.outbox.values().chain(tables.sent.values()).filter_map(|row| entry_of(&row.sealed))
    }

    fn held_anywhere(&self) -> BTreeSet<(EntryId, u64)> {
        let mut held = Self::held_by_server(&self.server.ledger);
        held.extend((0..DEVICES).flat_map(|device| self.held_by_device(device)));
        held
    }

    /// Nothing is expected any more of what lay on a device alone that the plan destroys, or of which it takes a vault.
    pub fn forgive_device(&mut self, device: usize, member: Option<usize>) {
        let mut elsewhere = Self::held_by_server(&self.server.ledger);
        elsewhere.extend((0..DEVICES).filter(|it| *it != device).flat_map(|it| self.held_by_device(it)));
        let members = self.cast.of_device[device].clone();
        for fact in &mut self.facts.all {
            let is_of = member.map_or(members.contains(&fact.member), |member| fact.member == member);
            if is_of && !elsewhere.contains(&(fact.entry.id, fact.digest)) {
                fact.lost.get_or_insert("it lay on a device alone that was destroyed");
            }
        }
    }

    /// Nothing is expected of what a restored server lacks and whose device was destroyed or wiped since it had left it.
    pub fn forgive_restore(&mut self, before: &Ledger) {
        let had = Self::held_by_server(before);
        let has = Self::held_by_server(&self.server.ledger);
        let gone: Vec<bool> = self.devices.iter().map(|device| device.is_gone).collect();
        for fact in &mut self.facts.all {
            let key = (fact.entry.id, fact.digest);
            let member = self.cast.members[fact.member];
            let post = self.devices[member.device].disk.now.posts.get(&fact.member);
            let was_wiped = post.is_some_and(|post| post.ordered == seal::Deed::Wipe.code());
            if had.contains(&key) && !has.contains(&key) && (gone[member.device] || was_wiped) {
                fact.lost.get_or_insert("its device was destroyed before the server was restored");
            }
        }
    }

    /// Nothing is lost, at any time.
    pub fn look(&mut self) {
        let held = self.held_anywhere();
        let missing = self.facts.all.iter().position(|fact| {
            fact.shown_at.is_some() && fact.lost.is_none() && !held.contains(&(fact.entry.id, fact.digest))
        });
        if let Some(at) = missing {
            let fact = &self.facts.all[at];
            let what = format!("entry {at} of member {} is nowhere", fact.member);
            return self.broke(Invariant::NothingLost, what);
        }
        self.look_for_doubles();
    }

    fn look_for_doubles(&mut self) {
        let mut seen: BTreeMap<&str, EntryId> = BTreeMap::new();
        let mut double = None;
        for row in self.server.ledger.records.values() {
            for field in row.record.fields() {
                for stated in row.record.known(field) {
                    let Value::Text(text) = &stated.value else { continue };
                    if !text.contains(' ') {
                        continue;
                    }
                    if seen.insert(text, stated.entry).is_some_and(|other| other != stated.entry) {
                        double = Some(text.clone());
                    }
                }
            }
        }
        let is_chained = self.server.ledger.chain.len() == self.server.ledger.entries.len();
        if double.is_some() || !is_chained {
            self.broke(Invariant::ExactlyOnce, format!("{double:?} was entered twice"));
        }
    }

    /// Everything, ten minutes after all is well again.
    pub fn look_at_the_end(&mut self) {
        self.look();
        if self.broken.is_none() {
            self.look_for_stuck();
        }
        if self.broken.is_none() {
            self.look_into_history();
        }
        if self.broken.is_none() {
            for device in (0..DEVICES).filter(|device| !self.devices[*device].is_gone).collect::<Vec<_>>() {
                let vaults: Vec<usize> = self.devices[device].disk.now.vaults.iter().copied().collect();
                vaults.into_iter().for_each(|member| self.compare(device, member));
            }
        }
    }

    fn look_for_stuck(&mut self) {
        for device in (0..DEVICES).filter(|device| !self.devices[*device].is_gone) {
            let tables = &self.devices[device].disk.now;
            let now = self.device_clock(device);
            // What the server could not take is shown to its author, and tried again by itself every six hours.
            let rests = |item: &Item| {
                let is_recent = item.last_try <= now && now - item.last_try <= REFUSED_PAUSE;
                item.state == State::Refused && item.verdict == Verdict::Unknown(9).code() && is_recent
            };
            let stuck = tables.outbox.values().find(|row| !row.item.is_delivered() && !rests(&row.item));
            if let Some(row) = stuck {
                let state = row.item.state;
                let what = format!(
                    "device {device}: an item waits, {state:?} {:?}, tried {} times",
                    row.item.reason, row.item.tries
                );
                return self.broke(Invariant::NoStuckQueue, what);
            }
        }
        let ledger = &self.server.ledger;
        if !ledger.waiting().is_empty() {
            return self.broke(Invariant::NoStuckQueue, "the server judges nothing any more".into());
        }
        let may_now = self.may_be_entered();
        if self.owed.iter().any(|digest| may_now.contains(digest)) {
            let what = "something is parked that its author may state by now".into();
            return self.broke(Invariant::NoStuckQueue, what);
        }
        // Drafts are not kept on the shelf: what a restored server lacks of them lies with their author alone.
        let restored = self.figures.restores > 0;
        for device in (0..DEVICES).filter(|device| !self.devices[*device].is_gone && !restored) {
            for (draft, held) in &self.devices[device].disk.now.drafts {
                let duty = self.duties[self.cast.members[held.member].user];
                let has_order = ledger.orders[held.member].0 != seal::Deed::Nothing;
                let has = ledger.drafts.get(draft).map(|(_, state)| *state);
                // One that the server could not take rests like an entry.
                let rests = self.devices[device].disk.now.outbox.contains_key(&ItemKey::of_draft(*draft));
                if has != Some(held.state) && !rests && !duty.disabled && !has_order {
                    let kept = ledger.envelopes.values().any(|kept| match kept.sealed.content {
                        Content::Draft { id, state } => id == *draft && state == held.state,
                        Content::Entry { .. } => false,
                    });
                    if !kept {
                        let what = format!(
                            "device {device}: a draft stands at {}, the server's at {has:?}",
                            held.state
                        );
                        return self.broke(Invariant::NothingLost, what);
                    }
                }
            }
        }
    }

    /// Of what is parked, what its author may state as things stand now.
    pub fn may_be_entered(&self) -> Vec<[u8; 16]> {
        let ledger = &self.server.ledger;
        let may = |seq: &u64| {
            let said = ledger.judge(&[*seq], &self.cast.members, None).said;
            said.iter().any(|said| said.verdict == Verdict::Accepted)
        };
        let parked = ledger.parked().into_iter().filter(may);
        parked.filter_map(|seq| ledger.envelopes.get(&seq).map(|kept| kept.sealed.digest)).collect()
    }

    fn look_into_history(&mut self) {
        let ledger = Rc::clone(&self.server.ledger);
        let kept: BTreeSet<_> = Self::held_by_server(&ledger);
        let rows = self.devices.iter().flat_map(|device| device.disk.now.outbox.values());
        let refused = rows.filter(|row| row.item.state == State::Refused);
        let refused: BTreeSet<_> = refused.filter_map(|row| entry_of(&row.sealed)).collect();
        for at in 0..self.facts.all.len() {
            let fact = &self.facts.all[at];
            if fact.shown_at.is_none() || fact.lost.is_some() {
                continue;
            }
            let key = (fact.entry.id, fact.digest);
            if !kept.contains(&key) && refused.contains(&key) {
                continue;
            }
            if !kept.contains(&key) {
                let what = format!("entry {at} of member {} is not on the server", fact.member);
                return self.broke(Invariant::NothingLost, what);
            }
            if ledger.entries.get(&fact.entry.id) != Some(&fact.digest) {
                // In an envelope that is kept: parked, or set apart.
                continue;
            }
            for change in &fact.entry.changes {
                for op in &change.ops {
                    let record = ledger.records.get(&change.record).map(|row| &row.record);
                    let is_there = record.is_some_and(|record| {
                        record.known(op.field).any(|it| it.entry == fact.entry.id && it.value == op.value)
                    });
                    if !is_there {
                        let what = format!("{:?} of entry {at} is in no history", op.value);
                        return self.broke(Invariant::EveryValueReachable, what);
                    }
                }
            }
        }
        self.look_at_values(&ledger);
    }

    /// The value of a field is whatever nobody has replaced: folded once more from what people stated, in any order.
    fn look_at_values(&mut self, ledger: &Ledger) {
        let mut folded: BTreeMap<RecordId, Record> = BTreeMap::new();
        for fact in self.facts.all.iter().rev() {
            if ledger.entries.get(&fact.entry.id) != Some(&fact.digest) {
                continue;
            }
            for change in &fact.entry.changes {
                let record = folded.entry(change.record);
                record.or_insert_with(|| Record::new(change.record, change.kind)).apply(&fact.entry);
            }
        }
        for (id, row) in &ledger.records {
            if folded.get(id) != Some(&*row.record) {
                let what = format!("record {id} is not what its entries add up to");
                return self.broke(Invariant::EveryValueReachable, what);
            }
        }
        if folded.len() != ledger.records.len() {
            self.broke(Invariant::EveryValueReachable, "a record is missing".into());
        }
    }

    /// Entries that a device may tell of and the server does not, and of which the two may tell otherwise.
    fn apart(&self, device: usize, member: usize) -> BTreeSet<EntryId> {
        let ledger = &self.server.ledger;
        let mut apart = self.unsent(device, member);
        for (entry, facts) in &self.facts.by_entry {
            let is_entered = ledger.entries.contains_key(entry);
            if !is_entered || facts.len() > 1 {
                apart.insert(*entry);
            }
        }
        apart
    }

    /// Compares what a device holds with what is for it.
    pub fn compare(&mut self, device: usize, member: usize) {
        let user = self.cast.members[member].user;
        let ledger = Rc::clone(&self.server.ledger);
        let duty = ledger.duties[user];
        let apart = self.apart(device, member);
        let tables = &self.devices[device].disk.now;
        if self.devices[device].cookie.is_none() && tables.records.is_empty() {
            return;
        }
        let is_reader = crate::collect::reads(duty);
        let (from, to) = ((member, RecordId([0; 16])), (member, RecordId([255; 16])));
        let mut broken = None;
        for (id, row) in &ledger.records {
            let is_for = is_reader
                && row.organisation == duty.organisation
                && sees(duty, user, row.organisation, row.made_by, &row.record);
            let held = tables.records.get(&(member, *id));
            match held {
                None if is_for => {
                    broken = Some((Invariant::CursorNeverSkips, format!("record {id} never came")));
                }
                Some(held) if is_for && !same(held, &row.record, &apart) => {
                    broken = Some((Invariant::ReplicasEqual, format!("record {id} is not as the server's")));
                }
                Some(held) if !is_for && !duty.disabled && !self.may_stay(member, held, row.made_by) => {
                    let own = row.made_by == crate::cast::user_id(user);
                    let (kind, at, here) = (held.kind.0, row.organisation, duty.organisation);
                    let what = format!(
                        "record {id} (kind {kind}, own {own}, of {at}, they are of {here}) is not for them"
                    );
                    broken = Some((Invariant::NothingOutsideRights, what));
                }
                _ => {}
            }
        }
        for ((_, id), held) in tables.records.range(from..to) {
            let mut left = Record::clone(held);
            apart.iter().for_each(|entry| {
                left.forget(*entry);
            });
            if !ledger.records.contains_key(id) && !left.is_empty() {
                broken = Some((Invariant::ReplicasEqual, format!("record {id} is not on the server")));
            }
        }
        if let Some((invariant, what)) = broken {
            self.broke(invariant, format!("device {device}, member {member}: {what}"));
        }
    }

    /// Whether a row may lie there though it is not for them: what was saved there and not entered stays; what they began
    /// themselves and were never handed, for the server does not know that it lies there; and what a server handed out
    /// that was put back to before that.
    fn may_stay(&self, member: usize, held: &Record, made_by: domain::UserId) -> bool {
        let own: BTreeSet<EntryId> = self
            .facts
            .all
            .iter()
            .filter(|fact| fact.member == member && !self.server.ledger.entries.contains_key(&fact.entry.id))
            .map(|fact| fact.entry.id)
            .collect();
        let began = made_by == crate::cast::user_id(self.cast.members[member].user);
        began || knows_any(held, &own) || self.figures.restores > 0
    }
}

/// Whether two copies say the same, but for entries that one of them cannot know.
fn same(held: &Rc<Record>, known: &Rc<Record>, apart: &BTreeSet<EntryId>) -> bool {
    if Rc::ptr_eq(held, known) || held == known {
        return true;
    }
    let without = |record: &Record| {
        let mut left = record.clone();
        apart.iter().for_each(|entry| {
            left.forget(*entry);
        });
        left
    };
    without(held) == without(known)
}
