//! A device and a server in memory, to drive rounds over: plain maps, and a line that does what a story says.

mod carrying;
mod promises;
mod properties;

use super::round::{Answer, Collected, Deed, Holdings, Receipts, Round, Start, Step, Taken, Tidy};
use super::{Budget, Capsule, DueChunk, Fate, Item, ItemKey, Post, RoundOutcome, Trouble, forget};
use domain::{EnrolmentId, EntryId, VaultId};
use seal::{Address, Holding, Order, Receipt, Verdict};
use std::collections::{BTreeMap, BTreeSet};

const SIGNER: [u8; 32] = [5; 32];
const VAULT: VaultId = VaultId([1; 16]);

/// What happens to a request of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Luck {
    /// It is answered.
    Fine,
    /// It fails before the server has it.
    Before(Trouble),
    /// The server has it, and no answer comes.
    After,
    /// Somebody answers whom nobody believes.
    Forged,
}

/// The server: what it holds, and how it answers.
struct Server {
    epoch: [u8; 16],
    /// Envelopes taken over, with how often each came since this server began.
    entered: BTreeMap<[u8; 16], usize>,
    capsules: BTreeSet<Vec<u8>>,
    chunks: BTreeSet<Address>,
    /// Given instead of what it would say.
    verdicts: BTreeMap<[u8; 16], Verdict>,
    /// Envelopes over which it stumbles.
    poison: BTreeSet<[u8; 16]>,
    pages: usize,
}

struct World {
    now: u64,
    outbox: BTreeMap<ItemKey, Item>,
    sent: BTreeMap<ItemKey, Item>,
    capsules: BTreeMap<Vec<u8>, Capsule>,
    posts: Vec<Post>,
    due: BTreeMap<Address, DueChunk>,
    held: BTreeMap<Address, (DueChunk, [u8; 16])>,
    size: Option<u64>,
    quiet_until: u64,
    inbox: usize,
    server: Server,
    /// What happens next on the line, in order; fine after that.
    luck: Vec<Luck>,
    /// Milliseconds that a request takes.
    takes: u64,
    /// Every parcel: its items, its weight and the size that was allowed.
    parcels: Vec<(Vec<ItemKey>, usize)>,
    requests: usize,
}

fn digest(key: ItemKey) -> [u8; 16] {
    seal::short_digest(&key.0)
}

fn entry(number: u8) -> ItemKey {
    ItemKey::of_entry(EntryId([number; 16]))
}

fn post(vault: VaultId) -> Post {
    Post {
        vault,
        token: vec![vault.0[0]],
        server: Some(SIGNER),
        root: Some(vec![9]),
        epoch: vec![1; 16],
        cursor: vec![0],
        signed_in_at: 1,
        order: 0,
        ordered: 0,
        ordered_at: 0,
        checkpoint: None,
        echoed_at: 0,
    }
}

impl World {
    fn new() -> Self {
        let server = Server {
            epoch: [1; 16],
            entered: BTreeMap::new(),
            capsules: BTreeSet::new(),
            chunks: BTreeSet::new(),
            verdicts: BTreeMap::new(),
            poison: BTreeSet::new(),
            pages: 0,
        };
        Self {
            now: 1_800_000_000_000,
            outbox: BTreeMap::new(),
            sent: BTreeMap::new(),
            capsules: BTreeMap::new(),
            posts: vec![post(VAULT)],
            due: BTreeMap::new(),
            held: BTreeMap::new(),
            size: None,
            quiet_until: 0,
            inbox: 0,
            server,
            luck: Vec::new(),
            takes: 100,
            parcels: Vec::new(),
            requests: 0,
        }
    }

    fn with(entries: u8, size: usize) -> Self {
        let mut world = Self::new();
        for number in 1..=entries {
            world.save(entry(number), size);
        }
        world
    }

    fn save(&mut self, key: ItemKey, size: usize) {
        self.now += 1;
        let capsule = vec![key.0[1] / 8];
        let fresh = Capsule { key: capsule.clone(), size: 1_120, held: false, made_at: self.now };
        self.capsules.entry(capsule.clone()).or_insert(fresh);
        self.outbox.insert(key, Item::saved(key, VAULT, size, capsule, self.now));
    }

    fn picture(&mut self, number: u8) {
        let address = Address([number; 32]);
        let (at, file) = (self.now, vec![number]);
        let due = DueChunk { address, vault: VAULT, at, file, index: 0, not_before: 0 };
        self.due.insert(address, due);
    }

    /// Restored from a backup of its first day.
    fn restore(&mut self, epoch: u8) {
        self.server.epoch = [epoch; 16];
        self.server.entered.clear();
        self.server.capsules.clear();
        self.server.chunks.clear();
    }

    fn round(&mut self, budget: Budget) -> RoundOutcome {
        self.cut_round(budget, usize::MAX).unwrap_or_else(|| panic!("it does not end"))
    }

    /// A round whose page is killed after so many steps; `None` then.
    fn cut_round(&mut self, budget: Budget, steps: usize) -> Option<RoundOutcome> {
        let start =
            Start { posts: self.posts.clone(), parcel_size: self.size, quiet_until: self.quiet_until };
        let mut round = Round::begin(start, budget, self.now);
        for _ in 0..steps.min(20_000) {
            let step = round.next(self.now);
            if let Step::Done(outcome) = step {
                assert_eq!(round.next(self.now), Step::Done(outcome), "it stays over");
                return Some(outcome);
            }
            let answer = self.answer(step);
            let acknowledged = match &answer {
                Answer::Receipts(receipts) if receipts.signer == SIGNER => {
                    let is_ack = |it: &&Receipt| it.verdict.is_acknowledgement();
                    receipts.items.iter().filter(is_ack).map(|it| it.envelope).collect()
                }
                _ => BTreeSet::new(),
            };
            for deed in round.heard(answer, self.now) {
                self.carry_out(deed, &acknowledged);
            }
        }
        assert_ne!(steps, usize::MAX, "a round that does not end");
        None
    }

    fn answer(&mut self, step: Step) -> Answer {
        let asks_line = matches!(
            step,
            Step::Deliver { .. }
                | Step::Keys
                | Step::Collect { .. }
                | Step::Report(_)
                | Step::Echo { .. }
                | Step::AskChunks { .. }
                | Step::PutChunks { .. }
        );
        let mut luck = Luck::Fine;
        if asks_line {
            self.now += self.takes;
            self.requests += 1;
            luck = if self.luck.is_empty() { Luck::Fine } else { self.luck.remove(0) };
        }
        if let Luck::Before(trouble) = luck {
            return Answer::Trouble(trouble);
        }
        let answer = self.do_step(step);
        match (luck, answer) {
            (Luck::After, _) => Answer::Trouble(Trouble::NoAnswer),
            (Luck::Forged, Answer::Receipts(_) | Answer::Holdings(_)) => {
                Answer::Trouble(Trouble::WrongSignature)
            }
            (_, answer) => answer,
        }
    }

    fn do_step(&mut self, step: Step) -> Answer {
        match step {
            Step::Outbox => {
                let items = self.outbox.values().cloned().collect();
                Answer::Outbox(items, self.capsules.values().cloned().collect())
            }
            Step::Posts => Answer::Posts(self.posts.clone()),
            Step::Deliver { items, capsules, .. } => self.deliver(items, capsules),
            Step::Keys => Answer::Keys(None),
            Step::Pages(_) => Answer::Pages(self.inbox),
            Step::Collect { cursor, .. } => {
                let at = usize::from(cursor.first().copied().unwrap_or_default());
                let has_page = at < self.server.pages;
                Answer::Page(Collected {
                    page: usize::from(has_page) * 100,
                    cursor: vec![u8::try_from(at + usize::from(has_page)).unwrap()],
                    more: at + 1 < self.server.pages,
                    epoch: self.server.epoch.to_vec(),
                    signer: SIGNER.to_vec(),
                })
            }
            Step::TakePage { vault, cursor } => {
                self.inbox += 1;
                let post = self.posts.iter_mut().find(|post| post.vault == vault);
                post.unwrap().cursor = cursor;
                Answer::Taken(Taken::Done)
            }
            Step::Report(_) | Step::HearAgain(_) => Answer::Order(Order {
                enrolment: EnrolmentId([1; 16]),
                deed: seal::Deed::Nothing,
                at: 0,
                epoch: self.server.epoch.into(),
                serial: 0,
            }),
            Step::Echo { .. } => Answer::Checkpoint(Some(vec![7])),
            Step::Chunks => Answer::Chunks(self.due.values().cloned().collect()),
            Step::Look(_) => Answer::Chunk(Some(30_000)),
            Step::AskChunks { addresses, .. } => self.holdings(addresses, Holding::Lacking),
            Step::PutChunks { addresses, .. } => {
                self.server.chunks.extend(&addresses);
                self.holdings(addresses, Holding::Held)
            }
            Step::Tidy(Tidy::Chunks) => Answer::Tidied,
            Step::Tidy(Tidy::Sent) => {
                let (sent, outbox): (Vec<Item>, Vec<Item>) =
                    (self.sent.values().cloned().collect(), self.outbox.values().cloned().collect());
                let capsules: Vec<Capsule> = self.capsules.values().cloned().collect();
                let forgotten = forget(&sent, &outbox, &capsules, (self.now, Some(self.now)));
                self.sent.retain(|key, _| !forgotten.sent.contains(key));
                self.capsules.retain(|key, _| !forgotten.capsules.contains(key));
                Answer::Tidied
            }
            Step::Done(_) => panic!("nothing is asked"),
        }
    }

    fn deliver(&mut self, items: Vec<ItemKey>, capsules: Vec<Vec<u8>>) -> Answer {
        let weight = items.iter().map(|key| self.outbox[key].size).sum::<usize>() + capsules.len() * 1_120;
        let allowed = super::parcel_size(self.size);
        assert!(items.len() == 1 || weight <= allowed, "{weight} of {allowed}");
        self.parcels.push((items.clone(), weight));
        if items.iter().any(|key| self.server.poison.contains(&digest(*key))) {
            return Answer::Trouble(Trouble::ServerUnavailable);
        }
        self.server.capsules.extend(capsules);
        let receipts = items.iter().map(|key| {
            let envelope = digest(*key);
            let verdict = match self.server.verdicts.get(&envelope) {
                Some(verdict) => *verdict,
                None if !self.server.capsules.contains(&self.outbox[key].capsule) => Verdict::CapsuleMissing,
                None => {
                    let came = self.server.entered.entry(envelope).or_default();
                    *came += 1;
                    if *came == 1 { Verdict::Accepted } else { Verdict::AlreadyHere }
                }
            };
            Receipt { envelope, verdict, reason: String::new() }
        });
        Answer::Receipts(Receipts {
            signer: SIGNER,
            epoch: self.server.epoch,
            items: receipts.collect(),
            digests: items.iter().copied().map(digest).collect(),
            has_checkpoint: false,
            at: None,
        })
    }

    fn holdings(&self, addresses: Vec<Address>, lacking: Holding) -> Answer {
        let said = |address| {
            let held = self.server.chunks.contains(&address);
            (address, if held { Holding::Held } else { lacking })
        };
        let items = addresses.into_iter().map(said).collect();
        Answer::Holdings(Holdings { signer: SIGNER, epoch: self.server.epoch, items })
    }

    fn carry_out(&mut self, deed: Deed, acknowledged: &BTreeSet<[u8; 16]>) {
        match deed {
            Deed::Items { fates, capsules, strict } => {
                for (key, fate) in fates {
                    let leaves = match &fate {
                        Fate::Gone | Fate::Shelved(_) => true,
                        Fate::Stays(item) => item.is_delivered(),
                    };
                    assert!(!leaves || (strict && acknowledged.contains(&digest(key))), "{key:?} unheard of");
                    let Some(was) = self.outbox.remove(&key) else { continue };
                    match fate {
                        Fate::Gone => {}
                        Fate::Shelved(next) => drop(self.sent.insert(key, next)),
                        Fate::Stays(next) => {
                            assert_eq!((next.key, next.size, next.saved_at), (key, was.size, was.saved_at));
                            self.outbox.insert(key, next);
                        }
                    }
                }
                for (key, held) in capsules {
                    self.capsules.get_mut(&key).unwrap().held = held;
                }
            }
            Deed::BeginEpoch(epoch) => {
                self.posts = self.posts.iter().map(|post| post.anew(&epoch)).collect();
                let renewed: Vec<Item> = self.sent.values().filter_map(|it| it.anew(true, &epoch)).collect();
                self.sent.retain(|_, item| item.anew(true, &epoch).is_none());
                let stayed = self.outbox.values().filter_map(|item| item.anew(false, &epoch));
                let renewed: Vec<Item> = renewed.into_iter().chain(stayed).collect();
                self.outbox.extend(renewed.into_iter().map(|item| (item.key, item)));
                self.capsules.values_mut().for_each(|capsule| capsule.held = false);
                let (stay, again): (Vec<_>, Vec<_>) =
                    core::mem::take(&mut self.held).into_iter().partition(|(_, (_, of))| *of == epoch);
                self.held.extend(stay);
                self.due.extend(again.into_iter().map(|(address, (chunk, _))| (address, chunk)));
            }
            Deed::ParcelSize(size) => self.size = Some(size as u64),
            Deed::Quiet(until) => self.quiet_until = until,
            Deed::HeardAll(_) | Deed::Follow(..) | Deed::Echoed(..) => {}
            Deed::ChunksHeld(held, epoch) => {
                for address in held {
                    if let Some(due) = self.due.remove(&address) {
                        self.held.insert(address, (due, epoch));
                    }
                }
            }
            Deed::ChunksPutOff(chunks, until) => {
                for address in chunks {
                    self.due.get_mut(&address).unwrap().not_before = until;
                }
            }
        }
    }

    /// Nothing of what was saved is neither here nor at the server.
    fn nothing_is_lost(&self, saved: impl IntoIterator<Item = ItemKey>) {
        for key in saved {
            let is_here = self.outbox.contains_key(&key) || self.sent.contains_key(&key);
            assert!(is_here || self.server.entered.contains_key(&digest(key)), "{key:?} is lost");
        }
    }
}
