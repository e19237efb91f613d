//! A device's storage: what lies there, and what of it survives a kill, a cut of power or the loss of the database.

use crate::wire::{Ms, Page, Sealed};
use domain::{DraftId, Record, RecordId};
use road::device::{Capsule, Item, ItemKey, Post, State};
use road::marks::{Database, Journal, Mark, Note, Start, start};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// An item with the envelope that it stands for.
#[derive(Clone, Debug)]
pub struct Row {
    pub item: Item,
    pub sealed: Rc<Sealed>,
}

/// A draft as its author left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    pub member: usize,
    pub state: u32,
}

/// All that lies on a device.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    pub outbox: BTreeMap<ItemKey, Rc<Row>>,
    pub sent: BTreeMap<ItemKey, Rc<Row>>,
    pub capsules: BTreeMap<u64, Capsule>,
    /// By member.
    pub posts: BTreeMap<usize, Rc<Post>>,
    /// Members whose vault can be opened.
    pub vaults: BTreeSet<usize>,
    pub records: BTreeMap<(usize, RecordId), Rc<Record>>,
    /// What is to be dropped once something was sent.
    pub due: BTreeSet<(usize, RecordId)>,
    pub inbox: BTreeMap<(usize, u64), Rc<Page>>,
    pub drafts: BTreeMap<DraftId, Draft>,
    /// Counters of envelopes, by member, and of pages.
    pub counters: BTreeMap<usize, u64>,
    pub pages: u64,
    pub parcel_size: Option<u64>,
    pub quiet_until: Ms,
}

#[derive(Debug, Default)]
pub struct Disk {
    /// As programs see it.
    pub now: Tables,
    /// As it lies on the medium, where that differs: relaxed commits are not there yet.
    durable: Option<Box<Tables>>,
    /// No room is left: every commit that puts something fails.
    pub is_full: bool,
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    Done,
    Full,
}

impl Disk {
    /// One transaction, all or nothing. `adds`: it needs room.
    pub fn commit(&mut self, strict: bool, adds: bool, write: impl FnOnce(&mut Tables)) -> Commit {
        if adds && self.is_full {
            return Commit::Full;
        }
        if !strict && self.durable.is_none() {
            self.durable = Some(Box::new(self.now.clone()));
        }
        write(&mut self.now);
        if strict {
            // Whatever was committed before lies on the medium as well.
            self.durable = None;
        }
        Commit::Done
    }

    /// The power was cut: what was committed relaxed since the last strict commit is gone.
    pub fn cut_power(&mut self) {
        if let Some(durable) = self.durable.take() {
            self.now = *durable;
        }
    }

    /// Whether an envelope lies durably in outbox or shelf.
    pub fn holds_durably(&self, key: ItemKey) -> bool {
        let tables = self.durable.as_deref().unwrap_or(&self.now);
        tables.outbox.contains_key(&key) || tables.sent.contains_key(&key)
    }

    /// The browser threw away what it may: all that was committed relaxed.
    pub fn evict(&mut self) {
        self.cut_power();
    }

    /// The browser put an empty database in the place of the damaged one, or one without its latest rows. The journal,
    /// a file of its own, holds every envelope that a strict commit put; what was collected is gone.
    pub fn lose_database(&mut self, looks_into_journal: bool) {
        self.cut_power();
        let reached: u64 = self.now.counters.values().sum();
        let mark = Mark { made: 1, reached };
        let journal = Journal::Held { mark: Some(mark), whole: true };
        let Tables { outbox, sent, capsules, posts, vaults, counters, drafts, .. } =
            std::mem::take(&mut self.now);
        let is_lost = match start(Database::Empty, journal, Note::Held(mark)) {
            Start::Recover(_) => !looks_into_journal,
            Start::Fresh | Start::Open(_) | Start::Lost | Start::Wait => true,
        };
        // What was collected is gone: from the beginning.
        let posts = posts
            .into_iter()
            .map(|(member, post)| (member, Rc::new(Post { cursor: Vec::new(), ..Post::clone(&post) })));
        self.now = Tables { posts: posts.collect(), vaults, counters, ..Tables::default() };
        if is_lost {
            return;
        }
        // The journal does not know what was settled: all of it goes out again.
        let unsettled = |row: Rc<Row>| {
            let item = Item { state: State::Waiting, not_before: 0, ..row.item.clone() };
            Rc::new(Row { item, sealed: Rc::clone(&row.sealed) })
        };
        self.now.outbox = sent.into_iter().chain(outbox).map(|(key, row)| (key, unsettled(row))).collect();
        self.now.capsules =
            capsules.into_iter().map(|(key, capsule)| (key, Capsule { held: false, ..capsule })).collect();
        self.now.drafts = drafts;
    }
}
