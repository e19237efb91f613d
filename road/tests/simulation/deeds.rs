//! Carrying out what a round wants written: each deed one transaction, in which the program may end.

use crate::bugs::Bug;
use crate::device::{Killed, vault_of};
use crate::disk::{Commit, Row};
use crate::running::Running;
use crate::wire::{Content, Ms};
use crate::world::World;
use domain::VaultId;
use road::device::{Capsule, Deed, Fate, Item, ItemKey, Post, forget, may_wipe};
use seal::Order;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

impl World {
    pub fn tidy(&mut self, device: usize, now: Ms) -> Result<(), Killed> {
        let tables = &self.devices[device].disk.now;
        let at =
            if self.bug == Some(Bug::ShelfAgesByDeviceClock) { Some(now) } else { self.heard_at(device) };
        let items = |rows: &BTreeMap<ItemKey, Rc<Row>>| -> Vec<Item> {
            rows.values().map(|row| row.item.clone()).collect()
        };
        let capsules: Vec<Capsule> = tables.capsules.values().cloned().collect();
        let forgotten = forget(&items(&tables.sent), &items(&tables.outbox), &capsules, (now, at));
        if forgotten.sent.is_empty() && forgotten.capsules.is_empty() {
            return Ok(());
        }
        let gone = forgotten.sent.len();
        self.say(|| format!("device {device}: {gone} forgotten of the shelf"));
        self.commit(device, (false, false), |tables| {
            forgotten.sent.iter().for_each(|key| drop(tables.sent.remove(key)));
            let number = |key: &Vec<u8>| key.as_slice().try_into().map_or(0, u64::from_be_bytes);
            forgotten.capsules.iter().for_each(|key| drop(tables.capsules.remove(&number(key))));
        })
        .map(drop)
    }

    /// The server's time, as far as a checkpoint says that a post holds.
    pub fn heard_at(&self, device: usize) -> Option<Ms> {
        let posts = self.devices[device].disk.now.posts.values();
        let held = posts.filter_map(|post| post.checkpoint.as_deref());
        let numbers = held.filter_map(|held| held.try_into().ok().map(u64::from_be_bytes));
        let known = numbers.filter_map(|at| self.server.checkpoints.get(at.checked_sub(1)? as usize));
        known.map(|checkpoint| checkpoint.at).max()
    }

    pub fn do_deed(&mut self, device: usize, running: &mut Running, deed: Deed) -> Result<(), Killed> {
        let bug = self.bug;
        let now = self.device_clock(device);
        let member_of = |vault: VaultId, world: &World| {
            world.cast.of_device[device].iter().copied().find(|member| vault_of(*member) == vault)
        };
        match deed {
            Deed::Items { fates, capsules, strict } => {
                let told: Vec<String> = fates
                    .iter()
                    .map(|(key, fate)| match fate {
                        Fate::Gone => format!("{key:?} gone"),
                        Fate::Shelved(item) => {
                            format!("{key:?} shelved {} {}", item.verdict, item.settled_at)
                        }
                        Fate::Stays(item) => format!("{key:?} stays {:?} {}", item.state, item.reason),
                    })
                    .collect();
                self.say(|| format!("device {device}: {told:?}"));
                let rows = running.rows.clone();
                let shelves = fates.iter().any(|(_, fate)| matches!(fate, Fate::Shelved(_)));
                let outcome = self.commit(device, (strict, shelves), |tables| {
                    let (sent, outbox) = (&mut tables.sent, &mut tables.outbox);
                    for (key, fate) in fates {
                        let is_draft = key.purpose() == seal::Purpose::Draft;
                        let takes_next = bug == Some(Bug::DraftReceiptTakesNext) && is_draft;
                        let read = rows.get(&key);
                        let row = outbox.get(&key).cloned();
                        let is_same = row.as_ref().zip(read).is_some_and(|(row, read)| Rc::ptr_eq(row, read));
                        let Some(row) = row.filter(|_| is_same || takes_next) else { continue };
                        let with = |item| Rc::new(Row { item, sealed: Rc::clone(&row.sealed) });
                        match fate {
                            Fate::Gone => drop(outbox.remove(&key)),
                            Fate::Shelved(item) => {
                                outbox.remove(&key);
                                if bug != Some(Bug::NoShelf) {
                                    sent.insert(key, with(item));
                                }
                            }
                            Fate::Stays(item) => drop(outbox.insert(key, with(item))),
                        }
                    }
                    for (key, held) in capsules {
                        let number = key.as_slice().try_into().map_or(0, u64::from_be_bytes);
                        if let Some(capsule) = tables.capsules.get_mut(&number) {
                            capsule.held = held || (capsule.held && bug == Some(Bug::CapsuleNeverAskedAgain));
                        }
                    }
                })?;
                // The transaction was not taken: the round ends, and another one finds everything as it was.
                if outcome == Commit::Full { Err(Killed) } else { self.drop_due(device) }
            }
            Deed::BeginEpoch(epoch) => self.begin_epoch(device, epoch),
            Deed::ParcelSize(size) => {
                self.commit(device, (false, false), |it| it.parcel_size = Some(size as u64)).map(drop)
            }
            Deed::Quiet(until) => {
                self.commit(device, (false, false), |tables| tables.quiet_until = until).map(drop)
            }
            Deed::HeardAll(_) => {
                self.figures.contacts += 1;
                Ok(())
            }
            Deed::Follow(vault, order) => {
                let Some(member) = member_of(vault, self) else { return Ok(()) };
                self.follow(device, member, order)
            }
            Deed::Echoed(vault, latest) => {
                let Some(member) = member_of(vault, self) else { return Ok(()) };
                self.commit(device, (false, false), |tables| {
                    if let Some(post) = tables.posts.get_mut(&member) {
                        let checkpoint = latest.or_else(|| post.checkpoint.clone());
                        *post = Rc::new(Post { checkpoint, echoed_at: now, ..Post::clone(post) });
                    }
                })
                .map(drop)
            }
            Deed::ChunksHeld(..) | Deed::ChunksPutOff(..) => Ok(()),
        }
    }

    fn begin_epoch(&mut self, device: usize, epoch: [u8; 16]) -> Result<(), Killed> {
        let bug = self.bug;
        let (waits, shelf) =
            (self.devices[device].disk.now.outbox.len(), self.devices[device].disk.now.sent.len());
        self.say(|| format!("device {device}: another epoch, {waits} wait, {shelf} on the shelf"));
        self.commit(device, (true, false), |tables| {
            for post in tables.posts.values_mut() {
                *post = Rc::new(post.anew(&epoch));
            }
            if bug == Some(Bug::EpochIgnored) {
                return;
            }
            if bug != Some(Bug::EpochForgetsShelf) {
                let sent = std::mem::take(&mut tables.sent);
                for (key, row) in sent {
                    let sealed = Rc::clone(&row.sealed);
                    match row.item.anew(true, &epoch) {
                        Some(item) => {
                            tables.outbox.entry(key).or_insert(Rc::new(Row { item, sealed }));
                        }
                        None => drop(tables.sent.insert(key, row)),
                    }
                }
            }
            for row in tables.outbox.values_mut() {
                if let Some(item) = row.item.anew(false, &epoch) {
                    *row = Rc::new(Row { item, sealed: Rc::clone(&row.sealed) });
                }
            }
            if bug != Some(Bug::CapsuleNeverAskedAgain) {
                tables.capsules.values_mut().for_each(|capsule| capsule.held = false);
            }
        })
        .map(drop)
    }

    fn follow(&mut self, device: usize, member: usize, order: Order) -> Result<(), Killed> {
        let Some(post) = self.devices[device].disk.now.posts.get(&member).cloned() else { return Ok(()) };
        let Some(followed) = post.follow(&order) else { return Ok(()) };
        let vault = vault_of(member);
        let outbox: Vec<Item> =
            self.devices[device].disk.now.outbox.values().map(|row| row.item.clone()).collect();
        let empties = self.bug == Some(Bug::WipeEmptiesOutbox);
        let wipes = followed.wipes && (may_wipe(&outbox, vault) || empties);
        if wipes && !empties {
            self.forgive_device(device, Some(member));
        }
        self.say(|| format!("device {device}: member {member} is ordered {:?}", order.deed));
        self.commit(device, (true, false), |tables| {
            tables.posts.insert(member, Rc::new(followed.post));
            if followed.destroys {
                tables.vaults.remove(&member);
                tables.records.retain(|(of, _), _| *of != member);
                tables.inbox.retain(|(of, _), _| *of != member);
                tables.due.retain(|(of, _)| *of != member);
                tables.drafts.retain(|_, draft| draft.member != member);
            }
            if wipes {
                tables.sent.retain(|_, row| row.item.vault != vault);
                tables.outbox.retain(|_, row| row.item.vault != vault);
            }
        })?;
        let this = &mut self.devices[device];
        if followed.destroys && this.unlocked == Some(member) {
            this.unlocked = None;
        }
        Ok(())
    }

    /// Entries of a member's that the server has not taken over.
    pub fn unsent(&self, device: usize, member: usize) -> BTreeSet<domain::EntryId> {
        let rows = self.devices[device].disk.now.outbox.values();
        let rows = rows.filter(|row| row.item.vault == vault_of(member) && !row.item.is_delivered());
        let id = |row: &Rc<Row>| match &row.sealed.content {
            Content::Entry { entry, .. } => Some(entry.id),
            Content::Draft { .. } => None,
        };
        rows.filter_map(id).collect()
    }
}
