//! What people do: they state something, write a draft, and are shown what was saved.

use crate::audit::Invariant;
use crate::bugs::Bug;
use crate::cast::id;
use crate::device::{Killed, vault_of};
use crate::disk::{Commit, Draft, Row};
use crate::ledger::apply;
use crate::wire::{Content, MINUTE, Ms, SECOND, Sealed};
use crate::world::{Event, World};
use domain::{DraftId, Record};
use road::device::{Capsule, Item, ItemKey};
use std::rc::Rc;

/// How long a draft's state waits to be sent: the next one takes its place.
const DRAFT_PAUSE: Ms = 120 * SECOND;

impl World {
    /// Somebody does something.
    pub fn act(&mut self, device: usize, left: u32) {
        let this = &self.devices[device];
        let Some(member) = this.unlocked.filter(|_| this.is_open && !this.is_gone && !self.is_healthy) else {
            return;
        };
        if self.work.happens(300) {
            self.write_draft(device, member);
        } else {
            self.state(device, member);
        }
        if left > 0 && self.devices[device].is_open {
            let wait = self.work.between(5 * SECOND, 10 * MINUTE);
            self.after(wait, Event::Act(device, left - 1));
        }
        self.set_timer(device, 2 * SECOND);
    }

    fn state(&mut self, device: usize, member: usize) {
        let user = self.cast.members[member].user;
        let tables = &self.devices[device].disk.now;
        let from = (member, domain::RecordId([0; 16]));
        let to = (member, domain::RecordId([255; 16]));
        let held: Vec<Rc<Record>> =
            tables.records.range(from..to).map(|(_, record)| Rc::clone(record)).collect();
        let mut entry = self.facts.make_up(&mut self.work, (member, user), &held, self.plan.contention);
        entry.at = self.device_clock(device);
        // Two devices of one person that go on with one draft: both save it, and not the same.
        let own = |fact: &&crate::facts::Fact| {
            let other = &self.cast.members[fact.member];
            other.user == user && other.device != device
        };
        let twin = self.facts.all.iter().rev().find(own).map(|fact| fact.entry.id);
        if let Some(twin) = twin.filter(|_| self.work.happens(150)) {
            entry.id = twin;
        }
        let tables = &self.devices[device].disk.now;
        let key = ItemKey::of_entry(entry.id);
        if tables.outbox.contains_key(&key) || tables.sent.contains_key(&key) {
            return;
        }
        let fact = self.facts.add(member, entry);
        self.figures.stated += 1;
        self.save(device, member, fact);
    }

    /// What was about to be saved when the program ended is tried again by its author.
    pub fn try_again(&mut self, device: usize) {
        let Some(member) = self.devices[device].unlocked else { return };
        let unsure = std::mem::take(&mut self.devices[device].unsure);
        for (of, mut fact) in unsure {
            if of != member {
                self.devices[device].unsure.push((of, fact));
                continue;
            }
            let Some(known) = self.facts.all.get(fact).cloned() else { continue };
            let tables = &self.devices[device].disk.now;
            let queued = tables.outbox.get(&known.key).or_else(|| tables.sent.get(&known.key));
            let other = |row: &Rc<Row>| match &row.sealed.content {
                Content::Entry { digest, .. } => *digest != known.digest,
                Content::Draft { .. } => true,
            };
            if queued.is_some_and(other) {
                // It was saved with other content: the page says so, and nothing is shown as saved.
                continue;
            }
            let is_saved = if self.bug == Some(Bug::SavedInTwoTransactions) {
                let held = known.entry.records().next();
                let held = held.and_then(|record| tables.records.get(&(member, record)));
                held.is_some_and(|record| {
                    record.known(known.entry.changes[0].ops[0].field).any(|it| it.entry == known.entry.id)
                })
            } else {
                tables.outbox.contains_key(&known.key) || tables.sent.contains_key(&known.key)
            };
            if is_saved && self.bug != Some(Bug::RetryWithNewIds) {
                self.show_saved(device, fact);
                continue;
            }
            if self.bug == Some(Bug::RetryWithNewIds) {
                let mut entry = domain::Entry::clone(&known.entry);
                entry.id = domain::EntryId(id(b'e', self.facts.number()));
                fact = self.facts.add(member, entry);
            }
            self.save(device, member, fact);
        }
    }

    /// The capsule of the session, made at the first save.
    fn capsule_of(&mut self, device: usize) -> (u64, Capsule) {
        let made_at = self.device_clock(device);
        let capsule = match self.devices[device].capsule {
            Some(capsule) => capsule,
            None => self.fresh(),
        };
        self.devices[device].capsule = Some(capsule);
        (capsule, Capsule { key: capsule.to_be_bytes().to_vec(), size: 1_120, held: false, made_at })
    }

    fn seal(&mut self, device: usize, member: usize, content: Content) -> (Rc<Sealed>, Capsule) {
        let (capsule, row) = self.capsule_of(device);
        let digest = id(b'd', self.fresh());
        let counter = self.devices[device].disk.now.counters.get(&member).copied().unwrap_or_default();
        (Rc::new(Sealed { digest, member, capsule, counter, content }), row)
    }

    /// Saves: the record rows and the envelope, in one strict transaction.
    fn save(&mut self, device: usize, member: usize, fact: usize) {
        let known = self.facts.all[fact].clone();
        let content = Content::Entry { entry: Rc::clone(&known.entry), digest: known.digest };
        let (sealed, capsule) = self.seal(device, member, content);
        let now = self.device_clock(device);
        let size = 700 + 150 * known.entry.changes.len();
        let item = Item::saved(known.key, vault_of(member), size, capsule.key.clone(), now);
        let row = Rc::new(Row { item, sealed: Rc::clone(&sealed) });
        let entry = Rc::clone(&known.entry);
        let write_records = move |tables: &mut crate::disk::Tables| {
            for change in &entry.changes {
                let record = tables
                    .records
                    .entry((member, change.record))
                    .or_insert_with(|| Rc::new(Record::new(change.record, change.kind)));
                apply(Rc::make_mut(record), &entry, None);
            }
        };
        let write_envelope = move |tables: &mut crate::disk::Tables| {
            tables.capsules.entry(sealed.capsule).or_insert(capsule);
            *tables.counters.entry(member).or_default() += 1;
            tables.outbox.insert(row.item.key, row);
        };
        let strict = self.bug != Some(Bug::RelaxedSaves);
        let outcome = if self.bug == Some(Bug::SavedInTwoTransactions) {
            match self.commit(device, (strict, true), write_records) {
                Ok(Commit::Done) => self.commit(device, (strict, true), write_envelope),
                other => other,
            }
        } else {
            self.commit(device, (strict, true), |tables| {
                write_records(tables);
                write_envelope(tables);
            })
        };
        match outcome {
            Ok(Commit::Done) => self.show_saved(device, fact),
            Ok(Commit::Full) if self.bug == Some(Bug::FullIgnored) => self.show_saved(device, fact),
            // The page says so, and the text stays in the form.
            Ok(Commit::Full) | Err(Killed) => self.devices[device].unsure.push((member, fact)),
        }
    }

    fn show_saved(&mut self, device: usize, fact: usize) {
        let key = self.facts.all[fact].key;
        if self.facts.all[fact].shown_at.is_some() {
            return;
        }
        if !self.devices[device].disk.holds_durably(key) {
            return self.broke(
                Invariant::DurableFirst,
                format!("device {device} shows entry {fact} as saved before it is"),
            );
        }
        self.facts.all[fact].shown_at = Some(self.now);
        self.figures.saved += 1;
        self.say(|| format!("device {device}: entry {fact} saved"));
    }

    /// A few words more are typed into a draft, or a new one is begun.
    fn write_draft(&mut self, device: usize, member: usize) {
        let known = self.devices[device].drafts.clone();
        let held: Vec<DraftId> = known
            .into_iter()
            .filter(|draft| {
                self.devices[device].disk.now.drafts.get(draft).is_some_and(|held| held.member == member)
            })
            .collect();
        let draft = if held.is_empty() || self.work.happens(300) {
            DraftId(id(b'D', self.fresh()))
        } else {
            held[self.work.index(held.len())]
        };
        let state = self.devices[device].disk.now.drafts.get(&draft).map_or(1, |held| held.state + 1);
        let key = ItemKey::of_draft(draft);
        let (sealed, capsule) = self.seal(device, member, Content::Draft { id: draft, state });
        let now = self.device_clock(device);
        let queued = self.devices[device].disk.now.outbox.get(&key).map(|row| row.item.not_before);
        let not_before = queued.unwrap_or(now + DRAFT_PAUSE);
        let item = Item::saved(key, vault_of(member), 600, capsule.key.clone(), now);
        let row = Rc::new(Row { item: Item { not_before, ..item }, sealed: Rc::clone(&sealed) });
        let strict = self.bug != Some(Bug::RelaxedSaves);
        let outcome = self.commit(device, (strict, true), move |tables| {
            tables.capsules.entry(sealed.capsule).or_insert(capsule);
            *tables.counters.entry(member).or_default() += 1;
            tables.outbox.insert(key, row);
            tables.drafts.insert(draft, Draft { member, state });
        });
        if matches!(outcome, Ok(Commit::Done)) && !self.devices[device].drafts.contains(&draft) {
            self.devices[device].drafts.push(draft);
        }
    }
}
