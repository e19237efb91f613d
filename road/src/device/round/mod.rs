//! A round: deliver what people here saved, settle what the server says of it, collect what others stated, report, and with
//! what is left of line and time hand in what is carried for others, then pictures. Only what comes next is decided here;
//! whoever drives it does it.
//!
//! ```text
//! let mut round = Round::begin(start, budget, now);
//! loop {
//!     let answer = match round.next(now) { Step::Done(outcome) => break, step => do(step) };
//!     for deed in round.heard(answer, now) { write(deed) }
//! }
//! ```
//!
//! Any part may be cut off anywhere and done again: a round that is dropped between two deeds has lost nothing. Deeds are
//! carried out in order, and before the next step. Only a receipt that the server signed for exactly this parcel
//! acknowledges anything; whatever else comes back leaves everything as it was.

mod afterwards;
mod chunks;
mod collect;
mod deliver;
mod step;

pub use step::{Answer, Collected, Deed, Holdings, Receipts, Start, Step, Taken, Tidy};

use super::{
    Budget, Capsule, DueChunk, Item, ItemKey, LARGEST_PARCEL, Post, RoundOutcome, SMALLEST_PARCEL, Trouble,
    parcel_size, quiet_for,
};
use domain::VaultId;
use seal::Address;
use std::collections::{BTreeSet, VecDeque};

/// How often a round follows a server that turns out to be another one. Two of them behind one address could have it
/// send everything again and again.
const EPOCHS: u8 = 4;

/// A round under way.
#[derive(Clone, Debug)]
pub struct Round {
    budget: Budget,
    began: u64,
    /// When the last step was given out.
    asked: u64,
    /// What a parcel, or a page, may weigh.
    size: usize,
    /// As read when the round began, or since with other keys: whose answers are believed.
    posts: Vec<Post>,
    /// Any device's token serves for everything that is handed in.
    token: Vec<u8>,
    /// Others, tried when the server does not know that one.
    tokens: VecDeque<Vec<u8>>,
    asked_for_keys: bool,
    /// What was handed in and is not to be tried again in this round.
    done: BTreeSet<ItemKey>,
    /// What was in a parcel that the server refused as a whole goes alone, to find the one it is about.
    alone: BTreeSet<ItemKey>,
    /// What lacked its capsule is sent once more in the same round, not for ever.
    again: BTreeSet<ItemKey>,
    /// There is no use in handing in anything more.
    cut: bool,
    /// It is the turn of what is carried for others.
    carries: bool,
    /// Some of that was due when the outbox was last read.
    others_wait: bool,
    /// A receipt came with a checkpoint: time to hand back the one that is held.
    heard_checkpoint: bool,
    /// How often the server turned out to be another one.
    epochs: u8,
    /// When pictures were begun with and how long they may take; `None` before.
    pictures: Option<(u64, u64)>,
    /// Known to be lacking; not to be asked about again in this round.
    lacking: BTreeSet<Address>,
    /// Put off, or held by the server.
    passed: BTreeSet<Address>,
    outcome: RoundOutcome,
    at: At,
    /// What is to be done next.
    step: Option<Step>,
}

/// Which answer is awaited.
#[derive(Clone, Debug)]
enum At {
    Outbox,
    Parcel(Vec<Item>, Vec<Capsule>),
    /// Receipts were settled: is it still the same server?
    Settled([u8; 16]),
    /// The server may have another key by now; the root says whether it is the server's. Then the same again.
    Keys(Pending),
    CollectPosts,
    Pages(Box<Post>),
    Page(Box<Post>),
    Taken {
        vault: VaultId,
        has_page: bool,
        more: bool,
    },
    ReportPosts,
    Reporting(Box<Post>, VecDeque<Post>),
    HearingAgain(Box<Post>, VecDeque<Post>),
    EchoPosts,
    Echoing(VaultId, VecDeque<Post>),
    TidyingChunks,
    PictureEntries,
    PictureChunks,
    Loading(chunks::Loading),
    Chunks(Vec<DueChunk>, bool),
    ChunksSettled([u8; 16]),
    TidyingSent,
    Over,
}

/// What waits for other keys.
#[derive(Clone, Debug)]
enum Pending {
    /// A parcel, and how long its answer took.
    Delivery(Vec<Item>, u64),
    Page,
    Order(Box<Post>, VecDeque<Post>),
    Chunks,
}

impl Round {
    /// Begins a round. Where the server is still to be left alone it ends at once, but for who presses "Send now": they
    /// are not told by this device to wait; the server says so itself, should it have to.
    #[must_use]
    pub fn begin(start: Start, budget: Budget, now: u64) -> Self {
        let Start { posts, parcel_size: size, quiet_until } = start;
        let mut tokens: VecDeque<Vec<u8>> = posts.iter().map(|post| post.token.clone()).collect();
        let mut round = Self {
            budget,
            began: now,
            asked: now,
            size: parcel_size(size),
            token: tokens.pop_front().unwrap_or_default(),
            tokens,
            asked_for_keys: false,
            done: BTreeSet::new(),
            alone: BTreeSet::new(),
            again: BTreeSet::new(),
            cut: false,
            carries: false,
            others_wait: false,
            heard_checkpoint: false,
            epochs: 0,
            pictures: None,
            lacking: BTreeSet::new(),
            passed: BTreeSet::new(),
            outcome: RoundOutcome::default(),
            at: At::Over,
            step: None,
            posts,
        };
        let quiet = if budget.everything { 0 } else { quiet_for(quiet_until, now) };
        if quiet > 0 {
            round.outcome.trouble = Some(Trouble::TooMany(quiet));
        } else if !round.posts.is_empty() {
            round.deliver(now);
        }
        round
    }

    /// Keys whose signature on an answer may be believed; of what, the round decides.
    pub fn signers(&self) -> impl Iterator<Item = [u8; 32]> {
        self.posts.iter().filter_map(|post| post.server)
    }

    /// What is to be done next. Asked again before anything was heard, the round is over.
    pub fn next(&mut self, now: u64) -> Step {
        self.asked = now;
        self.step.take().unwrap_or(Step::Done(self.outcome))
    }

    /// Hears what came of the last step. Gives what is to be written, in order, before the next step.
    pub fn heard(&mut self, answer: Answer, now: u64) -> Vec<Deed> {
        let took = now.saturating_sub(self.asked);
        let mut deeds = Vec::new();
        match (core::mem::replace(&mut self.at, At::Over), answer) {
            (At::Outbox, Answer::Outbox(items, capsules)) => self.hear_outbox(items, capsules, now),
            (At::Parcel(tried, capsules), Answer::Receipts(receipts)) => {
                self.settle(tried, &capsules, receipts, took, now, &mut deeds);
            }
            (At::Parcel(tried, _), Answer::Trouble(trouble)) => {
                self.delivery_failed(tried, trouble, took, now, &mut deeds);
            }
            (At::Settled(epoch), Answer::Posts(posts)) => {
                self.hear_epoch(&posts, epoch, &mut deeds);
                self.go_on_delivering(now);
            }
            (At::Keys(pending), Answer::Keys(posts)) => self.hear_keys(pending, posts, now, &mut deeds),
            (At::Keys(pending), Answer::Trouble(_)) => self.hear_keys(pending, None, now, &mut deeds),
            (At::CollectPosts, Answer::Posts(posts)) => self.count_pages(&posts),
            (At::Pages(post), Answer::Pages(pages)) => self.ask_for_page(post, pages),
            (At::Page(post), Answer::Page(page)) => self.hear_page(*post, page, took, now, &mut deeds),
            (At::Page(_), Answer::Trouble(trouble)) => self.collecting_failed(trouble, now, &mut deeds),
            (At::Taken { vault, has_page, more }, Answer::Taken(taken)) => {
                self.page_taken(vault, has_page, more, taken, now, &mut deeds);
            }
            (At::ReportPosts, Answer::Posts(posts)) => self.report(posts.into(), now),
            (At::Reporting(post, left), answer) => self.hear_order(post, left, answer, now, &mut deeds),
            (At::HearingAgain(post, left), Answer::Order(order)) => {
                self.follow(&post, order, left, now, &mut deeds);
            }
            (At::HearingAgain(_, left), _) => self.report(left, now),
            (At::EchoPosts, Answer::Posts(posts)) => self.echo(posts.into(), now),
            (At::Echoing(vault, left), answer) => self.hear_checkpoint(vault, left, answer, now, &mut deeds),
            (At::TidyingChunks, Answer::Tidied) => self.begin_pictures(now),
            (At::PictureEntries, Answer::Outbox(items, capsules)) => {
                self.entries_before_pictures(items, capsules, now);
            }
            (At::PictureChunks, Answer::Chunks(chunks)) => self.hear_chunks(chunks, now),
            (At::Loading(loading), Answer::Chunk(size)) => self.load(loading, size, now, &mut deeds),
            (At::Chunks(due, hands_in), Answer::Holdings(holdings)) => {
                self.settle_chunks(due, hands_in, holdings, took, now, &mut deeds);
            }
            (At::Chunks(due, _), Answer::Trouble(trouble)) => {
                self.chunks_failed(due, trouble, now, &mut deeds)
            }
            (At::ChunksSettled(epoch), Answer::Posts(posts)) => {
                if self.hear_epoch(&posts, epoch, &mut deeds) {
                    // What was said before was said of a server that is no more.
                    self.lacking.clear();
                    self.passed.clear();
                }
                self.go_on_with_pictures(now);
            }
            // Tidied, or an answer to something else.
            _ => {}
        }
        deeds
    }

    fn ask(&mut self, at: At, step: Step) {
        self.at = at;
        self.step = Some(step);
    }

    fn has_time(&self, now: u64) -> bool {
        now.saturating_sub(self.began) < self.budget.ms
    }

    fn trouble(&mut self, trouble: Trouble) {
        self.outcome.trouble = Some(trouble);
    }

    fn resize(&mut self, size: usize, deeds: &mut Vec<Deed>) {
        let size = size.clamp(SMALLEST_PARCEL, LARGEST_PARCEL);
        if size != self.size {
            self.size = size;
            deeds.push(Deed::ParcelSize(size));
        }
    }

    /// Whether the server is not the one that acknowledged before: it was restored from a backup. What that means for
    /// everything that waits or was sent is noted then. `posts`: as they are now; this round may have noted it before.
    fn hear_epoch(&mut self, posts: &[Post], epoch: [u8; 16], deeds: &mut Vec<Deed>) -> bool {
        let is_another = posts.iter().any(|post| post.epoch != epoch);
        if is_another {
            deeds.push(Deed::BeginEpoch(epoch));
            self.done.clear();
            // What people here saved goes first again.
            self.carries = false;
            self.change_server();
        }
        is_another
    }

    /// Counts one more server; too many of them and nothing is handed in any more.
    fn change_server(&mut self) {
        self.epochs = self.epochs.saturating_add(1);
        if self.epochs >= EPOCHS {
            self.trouble(Trouble::ServerUnavailable);
            self.cut = true;
        }
    }

    /// Asks for other keys, where that was not done in this round and may help; gives back what it was asked for where
    /// it may not.
    fn ask_for_keys(&mut self, trouble: Trouble, pending: Pending) -> Option<Pending> {
        if trouble != Trouble::WrongSignature || core::mem::replace(&mut self.asked_for_keys, true) {
            return Some(pending);
        }
        self.ask(At::Keys(pending), Step::Keys);
        None
    }

    /// Whether there is another token to try, where the server does not know this one.
    fn take_next_token(&mut self, trouble: Trouble) -> bool {
        let next = if trouble == Trouble::DepositRefused { self.tokens.pop_front() } else { None };
        let Some(next) = next else { return false };
        self.token = next;
        true
    }

    fn hear_keys(&mut self, pending: Pending, posts: Option<Vec<Post>>, now: u64, deeds: &mut Vec<Deed>) {
        let is_overcome = posts.is_some();
        if let Some(posts) = posts {
            self.posts = posts;
        }
        let wrong = Trouble::WrongSignature;
        match (pending, is_overcome) {
            (Pending::Delivery(..), true) => self.go_on_delivering(now),
            (Pending::Delivery(tried, took), false) => self.note_failure(tried, wrong, took, now, deeds),
            (Pending::Page, true) => self.collect(now),
            (Pending::Page, false) => {
                self.trouble(wrong);
                self.begin_reporting();
            }
            (Pending::Order(post, left), true) => {
                let step = Step::HearAgain(post.vault);
                self.ask(At::HearingAgain(post, left), step);
            }
            (Pending::Order(_, left), false) => self.report(left, now),
            (Pending::Chunks, true) => self.go_on_with_pictures(now),
            (Pending::Chunks, false) => self.stop_pictures(wrong, now, deeds),
        }
    }
}
