//! A round: deliver what waits, settle what the server says of it, collect what others stated, and with what is
//! left of line and time hand in pictures.
//!
//! Page and worker run the same. Nothing here opens an envelope or a page. Only a receipt that the server signed
//! for exactly this parcel acknowledges anything; whatever else comes back leaves everything as it was.

mod chunks;

use crate::announce::{Change, announce, tell};
use crate::mailbox::{INBOX_LIMIT, LARGEST_PARCEL, Post, Report, Settled, Waiting, Waybill};
use crate::{ItemKey, Mailbox, StoreError, clock};
use minicbor::bytes::ByteVec;
use seal::{Address, Parcel, Receipts};
use std::collections::{BTreeSet, VecDeque};

/// Why a line gave no answer. Nothing is deleted for any of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Trouble {
    /// No line, no answer in time, or an answer that is not the server's.
    #[error("no answer from the server")]
    NoAnswer,
    /// The session has ended: sign in again to collect. Delivery goes on without.
    #[error("not signed in")]
    NotSignedIn,
    /// The server does not know the deposit token.
    #[error("the server does not take deliveries from this device")]
    DepositRefused,
    /// The answer was not signed by the server this device was invited to.
    #[error("the answer was not signed by the server")]
    WrongSignature,
    /// The server could not do it now.
    #[error("the server is not able now")]
    ServerUnavailable,
    /// The server could not read the request, or it was too large for it.
    #[error("the server refused the request")]
    Refused,
    /// The device is full: nothing more is collected.
    #[error("the device is full")]
    Full,
    /// The server was asked too often, by this device or by others behind the same address. Seconds to wait.
    #[error("asked too often")]
    TooMany(u32),
    /// Another page or the worker is at it already.
    #[error("already under way")]
    Busy,
}

/// The line to the server. `ApiLine` is the real one.
///
/// Neither deed may take for ever: a line that does not answer gives [`Trouble::NoAnswer`] in the end.
#[allow(async_fn_in_trait)] // Browsers have one thread; nothing here is `Send`.
pub trait Line {
    /// Hands in a parcel; the answer is `seal::Receipts`, unread.
    async fn deliver(&self, token: &[u8], parcel: &[u8]) -> Result<Vec<u8>, Trouble>;
    /// Asks for the next page.
    async fn collect(&self, cursor: &[u8], room: u32) -> Result<api::Collected, Trouble>;
    /// Asks for the server's public keys, bytes of `seal::ServerKeys`. A line that cannot ask gives no answer.
    async fn server_keys(&self) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::NoAnswer)
    }
    /// Asks for the office's tables but those named with their digests; the answer is `seal::OfficeTables`, unread.
    async fn office_tables(&self, _known: Vec<(String, [u8; 16])>) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::NoAnswer)
    }
    /// Tells how an enrolment stands and asks what the office orders it to do: `seal::Order`, unread.
    async fn standing(&self, _token: &[u8], _report: Report) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::NoAnswer)
    }
    /// Hands back the newest checkpoint that is held, empty for none, and gets the latest: `seal::Checkpoint`, unread.
    async fn echo(&self, _token: &[u8], _checkpoint: &[u8]) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::NoAnswer)
    }
    /// Asks which chunks the server lacks (`seal::Ask`); the answer is `seal::Holdings`, unread.
    async fn chunks_lacking(&self, _token: &[u8], _ask: &[u8]) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::NoAnswer)
    }
    /// Hands in chunks (`seal::Load`); the answer is `seal::Holdings`, unread.
    async fn chunks_put(&self, _token: &[u8], _load: &[u8]) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::NoAnswer)
    }
    /// Asks for chunks: those the server holds, about so many bytes of them at a time, unread.
    async fn chunks_get(&self, _addresses: &[Address], _room: u32) -> Result<Vec<Vec<u8>>, Trouble> {
        Err(Trouble::NoAnswer)
    }
}

/// How much a round may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Milliseconds after which no new request is begun.
    pub ms: u64,
    /// Whether to collect too, or to deliver only.
    pub collect: bool,
    /// Whether items that were refused or wait for a later attempt are tried now: "Send now".
    pub everything: bool,
}

impl Budget {
    /// For an open page.
    pub const PAGE: Budget = Budget { ms: 120_000, collect: true, everything: false };
    /// For the worker: browsers grant it little time.
    pub const WORKER: Budget = Budget { ms: 45_000, collect: true, everything: false };
    /// For the button "Send now".
    pub const NOW: Budget = Budget { everything: true, ..Budget::PAGE };
}

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundOutcome {
    /// Envelopes the server took over, drafts included.
    pub delivered: usize,
    /// Envelopes it could not read or take.
    pub refused: usize,
    /// Envelopes it took over without entering them; a supervisor sees them.
    pub parked: usize,
    /// Pages collected into the inbox.
    pub collected_pages: usize,
    /// Envelopes that still wait.
    pub left: usize,
    /// Chunks of pictures the server took over, or turned out to hold.
    pub chunks: usize,
    /// Chunks that still wait and may go.
    pub chunks_left: usize,
    /// What stopped the round, if something did.
    pub trouble: Option<Trouble>,
}

/// A parcel answered faster than this makes the next one larger; one that failed slower makes it smaller.
const SOON: u64 = 10_000;
const SMALLEST: usize = 2 * 1024;

/// Delivers, settles and collects. Any part may be cut off anywhere and done again.
///
/// # Errors
/// Only when the store itself does not answer; trouble with the line is in the outcome.
pub async fn run(mailbox: &Mailbox, line: &impl Line, budget: Budget) -> Result<RoundOutcome, StoreError> {
    // Spares double work where browsers have locks. Correctness never rests on it: every part is idempotent.
    let Some(_alone) = crate::lock::take("outbox").await else {
        let (left, chunks_left) = (mailbox.left().await?, mailbox.chunks_due(false).await?.len());
        let trouble = Some(Trouble::Busy);
        return Ok(RoundOutcome { left, chunks_left, trouble, ..RoundOutcome::default() });
    };
    // Who presses "Send now" is not told by this device to wait; the server says so itself, should it have to.
    let quiet = if budget.everything { 0 } else { mailbox.quiet_for().await? };
    if quiet > 0 {
        let (left, chunks_left) = (mailbox.left().await?, mailbox.chunks_due(false).await?.len());
        let trouble = Some(Trouble::TooMany(quiet));
        return Ok(RoundOutcome { left, chunks_left, trouble, ..RoundOutcome::default() });
    }
    let posts = mailbox.posts().await?;
    let mut tokens: VecDeque<ByteVec> = posts.iter().map(|post| post.row.deposit_token.clone()).collect();
    let mut round = Round {
        mailbox,
        line,
        budget,
        began: clock::now_ms(),
        size: mailbox.parcel_size().await?,
        token: tokens.pop_front().unwrap_or_else(|| Vec::new().into()),
        tokens,
        posts,
        asked_for_keys: false,
        done: BTreeSet::new(),
        cut: false,
        heard_checkpoint: false,
        outcome: RoundOutcome::default(),
    };
    if !round.posts.is_empty() {
        round.deliver().await?;
        if budget.collect {
            round.collect().await?;
        }
        round.report().await?;
        round.echo().await?;
        mailbox.tidy_chunks().await?;
        round.hand_in_chunks().await?;
        if round.outcome.delivered > 0 {
            mailbox.tidy().await?;
        }
    }
    round.outcome.left = mailbox.left().await?;
    round.outcome.chunks_left = mailbox.chunks_due(false).await?.len();
    tell();
    Ok(round.outcome)
}

struct Round<'a, L> {
    mailbox: &'a Mailbox,
    line: &'a L,
    budget: Budget,
    began: u64,
    /// What a parcel, or a page, may weigh.
    size: usize,
    posts: Vec<Post>,
    /// Any device's token serves for everything that is handed in.
    token: ByteVec,
    /// Others, tried when the server does not know that one.
    tokens: VecDeque<ByteVec>,
    asked_for_keys: bool,
    /// What was handed in and is not to be tried again in this round.
    done: BTreeSet<ItemKey>,
    /// There is no use in handing in anything more.
    cut: bool,
    /// A receipt came with a checkpoint: time to hand back the one that is held.
    heard_checkpoint: bool,
    outcome: RoundOutcome,
}

impl<L: Line> Round<'_, L> {
    fn has_time(&self) -> bool {
        clock::now_ms().saturating_sub(self.began) < self.budget.ms
    }

    fn trouble(&mut self, trouble: Trouble) {
        self.outcome.trouble = Some(trouble);
    }

    /// Removes what stood in the way of an answer, if that can be done; then the same may be asked again at once.
    async fn overcome(&mut self, trouble: Trouble) -> Result<bool, StoreError> {
        if trouble == Trouble::WrongSignature && !core::mem::replace(&mut self.asked_for_keys, true) {
            // The server may have another key by now; the root says whether it is the server's.
            if let Ok(keys) = self.line.server_keys().await
                && self.mailbox.take_keys(&keys).await?
            {
                self.posts = self.mailbox.posts().await?;
                return Ok(true);
            }
        }
        if trouble == Trouble::DepositRefused
            && let Some(next) = self.tokens.pop_front()
        {
            self.token = next;
            return Ok(true);
        }
        Ok(false)
    }

    /// Whether the server is not the one that acknowledged before: it was restored from a backup. What that means
    /// for everything that waits or was sent is noted then.
    async fn hear_epoch(&mut self, epoch: [u8; 16]) -> Result<bool, StoreError> {
        // The posts as they are now: this round may have noted the change before.
        let mut now = self.mailbox.posts().await?.into_iter();
        let is_another = now.any(|post| post.row.epoch.as_slice() != epoch);
        if is_another {
            self.mailbox.begin_epoch(&epoch).await?;
            self.done.clear();
        }
        Ok(is_another)
    }

    async fn deliver(&mut self) -> Result<(), StoreError> {
        // What was in a parcel that the server refused as a whole goes alone, to find the one it is about.
        let mut alone = BTreeSet::new();
        // What lacked its capsule is sent once more in the same round, not for ever.
        let mut again = BTreeSet::new();
        while self.has_time() {
            let mut waybill = self.mailbox.waybill(self.budget.everything).await?;
            waybill.waiting.retain(|waiting| !self.done.contains(&waiting.item));
            if waybill.waiting.is_empty() {
                return Ok(());
            }
            let (tried, parcel) = fill(&waybill, self.size, &alone);
            let parcel = parcel.to_bytes();
            let asked = clock::now_ms();
            let answer = self.line.deliver(&self.token, &parcel).await;
            let took = clock::now_ms().saturating_sub(asked);
            let receipts = answer.and_then(|answer| {
                let believed = self.posts.iter().filter_map(Post::server);
                let read = |key| Some((key, Receipts::from_bytes(&answer, &key, &parcel).ok()?));
                let mut read = believed.filter_map(read);
                read.next().ok_or(Trouble::WrongSignature)
            });
            let (key, receipts) = match receipts {
                Ok(receipts) => receipts,
                Err(trouble) => {
                    if trouble == Trouble::Refused {
                        match tried.as_slice() {
                            [only] => {
                                self.mailbox.refuse(only, trouble).await?;
                                self.outcome.refused += 1;
                                self.done.insert(only.item);
                                announce(Change::Outbox);
                            }
                            several => alone.extend(several.iter().map(|waiting| waiting.item)),
                        }
                        continue;
                    }
                    if self.overcome(trouble).await? {
                        continue;
                    }
                    if let Trouble::TooMany(seconds) = trouble {
                        // The parcel was not looked at, and a smaller one would only mean more of them.
                        self.mailbox.be_quiet_for(seconds).await?;
                        self.trouble(trouble);
                        self.cut = true;
                        return Ok(());
                    }
                    self.mailbox.note_trouble(&tried, trouble).await?;
                    announce(Change::Outbox);
                    let was = self.size;
                    self.resize(self.size / 2).await?;
                    if took >= SOON && self.size < was {
                        continue;
                    }
                    self.trouble(trouble);
                    // What the server stumbles over again and again keeps no picture waiting; anything else does.
                    self.cut = trouble != Trouble::ServerUnavailable || !tried.iter().all(Waiting::stumbled);
                    return Ok(());
                }
            };
            let believed = |waiting: &Waiting| Post::is_believed(&self.posts, &key, waiting.row.vault);
            let answered: Vec<Waiting> = tried.iter().filter(|waiting| believed(waiting)).cloned().collect();
            let Settled { delivered, refused, parked, again: missing } =
                self.mailbox.settle(&answered, &receipts.items, receipts.epoch, &waybill.capsules).await?;
            self.outcome.delivered += delivered;
            self.outcome.refused += refused;
            self.outcome.parked += parked;
            self.done.extend(tried.iter().map(|waiting| waiting.item));
            for item in missing {
                if again.insert(item) {
                    self.done.remove(&item);
                }
            }
            self.hear_epoch(receipts.epoch).await?;
            self.heard_checkpoint |= receipts.checkpoint.is_some();
            announce(Change::Outbox);
            if took < SOON {
                self.resize(self.size * 2).await?;
            }
        }
        Ok(())
    }

    /// Tells the office how each enrolment on this device stands, and follows what it orders. After all else that
    /// people wait for; a line that gives no answer to this is no trouble.
    async fn report(&mut self) -> Result<(), StoreError> {
        if self.cut {
            return Ok(());
        }
        for post in self.mailbox.posts().await? {
            if !self.has_time() {
                break;
            }
            let report = self.mailbox.report_of(post.vault).await?;
            match self.line.standing(&post.row.deposit_token, report).await {
                Ok(order) => {
                    let is_heard = self.mailbox.hear_order(&post, &order).await?;
                    // Signed with a key that nobody here has heard of yet: an idle device hears of it by this alone.
                    if !is_heard
                        && self.overcome(Trouble::WrongSignature).await?
                        && let Some(post) = self.posts.iter().find(|now| now.vault == post.vault)
                    {
                        self.mailbox.hear_order(post, &order).await?;
                    }
                }
                Err(Trouble::NoAnswer) => break,
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Hands back the checkpoints that are held, and only then keeps newer ones. A line that gives no answer to this is
    /// no trouble: what is held stays held.
    async fn echo(&mut self) -> Result<(), StoreError> {
        if self.cut {
            return Ok(());
        }
        for post in self.mailbox.posts().await? {
            let Some(held) = post.to_echo(self.heard_checkpoint).filter(|_| self.has_time()) else {
                continue;
            };
            match self.line.echo(&post.row.deposit_token, &held).await {
                Ok(latest) => self.mailbox.keep_checkpoint(&post, &latest).await?,
                Err(Trouble::NoAnswer) => break,
                Err(_) => {}
            }
        }
        Ok(())
    }

    async fn resize(&mut self, size: usize) -> Result<(), StoreError> {
        let size = size.clamp(SMALLEST, LARGEST_PARCEL);
        if size != self.size {
            self.size = size;
            self.mailbox.remember_parcel_size(size).await?;
        }
        Ok(())
    }

    async fn collect(&mut self) -> Result<(), StoreError> {
        while self.has_time() {
            let posts = self.mailbox.posts().await?;
            // The session is the browser's one cookie: it belongs to who signed in last.
            let latest = posts.into_iter().filter(|post| post.row.signed_in_at > 0);
            let Some(post) = latest.max_by_key(|post| post.row.signed_in_at) else { return Ok(()) };
            if self.mailbox.pages(post.vault).await? >= INBOX_LIMIT {
                return Ok(());
            }
            let asked = clock::now_ms();
            let room = u32::try_from(self.size).unwrap_or(u32::MAX);
            let collected = match self.line.collect(&post.row.cursor, room).await {
                Ok(collected) => collected,
                Err(trouble) => {
                    if let Trouble::TooMany(seconds) = trouble {
                        self.mailbox.be_quiet_for(seconds).await?;
                        self.cut = true;
                    }
                    self.trouble(trouble);
                    self.cut |= trouble == Trouble::NoAnswer;
                    return Ok(());
                }
            };
            if clock::now_ms().saturating_sub(asked) < SOON {
                self.resize(self.size * 2).await?;
            }
            if collected.epoch.as_slice() != post.row.epoch.as_slice() {
                // What was collected before came from a server that is no more: from the beginning.
                self.mailbox.begin_epoch(&collected.epoch).await?;
                continue;
            }
            if !collected.page.is_empty() && !post.may_sign(&collected.signer) {
                // What the vault could not open yet is not taken in: the keys first, then the page.
                if self.overcome(Trouble::WrongSignature).await? {
                    continue;
                }
                self.trouble(Trouble::WrongSignature);
                return Ok(());
            }
            let is_news =
                !collected.page.is_empty() || collected.cursor.as_slice() != post.row.cursor.as_slice();
            if is_news {
                match self.mailbox.take_page(&post, &collected.page, &collected.cursor).await {
                    Ok(true) if !collected.page.is_empty() => {
                        self.outcome.collected_pages += 1;
                        announce(Change::Inbox);
                    }
                    Ok(true) => {}
                    // Another page or the worker collects as well: what it took in is not heard yet by this one.
                    Ok(false) => continue,
                    Err(StoreError::Full) => {
                        self.trouble(Trouble::Full);
                        return Ok(());
                    }
                    Err(error) => return Err(error),
                }
            }
            if !collected.more {
                return self.mailbox.heard_all(post.vault).await;
            }
        }
        Ok(())
    }
}

/// Fills a parcel with what comes first, and the capsules it needs; one envelope at least. What must go alone does.
fn fill(waybill: &Waybill, size: usize, alone: &BTreeSet<ItemKey>) -> (Vec<Waiting>, Parcel) {
    let (mut parcel, mut tried) = (Parcel::default(), Vec::new());
    let (mut weight, mut capsules) = (0, BTreeSet::new());
    let goes_alone = |waiting: &Waiting| waiting.stumbled() || alone.contains(&waiting.item);
    for waiting in &waybill.waiting {
        let capsule = waiting.row.capsule.as_slice();
        let needed = waybill.capsules.get(capsule).filter(|row| !row.held && !capsules.contains(capsule));
        let more = waiting.row.envelope.len() + needed.map_or(0, |row| row.bytes.len());
        let full = weight + more > size || tried.len() as u64 >= seal::parcel::LIMIT;
        if (full || goes_alone(waiting)) && !tried.is_empty() {
            break;
        }
        if let Some(row) = needed {
            capsules.insert(capsule);
            parcel.capsules.push(row.bytes.to_vec());
        }
        parcel.envelopes.push(waiting.row.envelope.to_vec());
        tried.push(waiting.clone());
        weight += more;
        if goes_alone(waiting) {
            break;
        }
    }
    (tried, parcel)
}

#[cfg(test)]
mod rotation;
#[cfg(test)]
mod tests;
