//! Does what a round asks for, and writes what it decides.

use super::Line;
use crate::announce::{Change, announce};
use crate::mailbox::{Due, Mailbox, Post, Waiting, Waybill, plain_capsules, plain_chunk, plain_items};
use crate::{StoreError, Trouble, clock};
use domain::VaultId;
use road::device::ItemKey;
use road::device::round::{Answer, Collected, Deed, Holdings, Receipts, Round, Step, Taken, Tidy};
use seal::{Address, Ask, Checkpoint, Load, Parcel, short_digest};

/// What was read and heard last: what the next steps and deeds are about.
pub struct Driver<'a, L> {
    mailbox: &'a Mailbox,
    line: &'a L,
    posts: Vec<Post>,
    outbox: Waybill,
    due: Vec<Due>,
    /// Chunks that were looked at, to be handed in.
    looked_at: Vec<(Address, Vec<u8>)>,
    page: Vec<u8>,
    /// An order, signed or not.
    order: Vec<u8>,
}

/// An answer, or why there is none.
type Heard<T> = Result<T, Trouble>;

impl<'a, L: Line> Driver<'a, L> {
    pub fn new(mailbox: &'a Mailbox, line: &'a L, posts: Vec<Post>) -> Self {
        Self {
            mailbox,
            line,
            posts,
            outbox: Waybill::default(),
            due: Vec::new(),
            looked_at: Vec::new(),
            page: Vec::new(),
            order: Vec::new(),
        }
    }

    /// Does one step.
    pub async fn answer(&mut self, step: Step, round: &Round) -> Result<Answer, StoreError> {
        let heard = match step {
            Step::Outbox => {
                self.outbox = self.mailbox.outbox_and_capsules().await?;
                let Waybill { waiting, capsules } = &self.outbox;
                Ok(Answer::Outbox(plain_items(waiting), plain_capsules(capsules)))
            }
            Step::Posts => {
                self.posts = self.mailbox.posts().await?;
                Ok(Answer::Posts(self.plain_posts()))
            }
            Step::Deliver { token, items, capsules } => {
                self.deliver(&token, &items, &capsules, round).await?
            }
            Step::Keys => Ok(Answer::Keys(self.ask_for_keys().await?)),
            Step::Pages(vault) => Ok(Answer::Pages(self.mailbox.pages(vault).await?)),
            Step::Collect { cursor, room, .. } => self.collect(&cursor, room).await,
            Step::TakePage { vault, cursor } => Ok(Answer::Taken(self.take_page(vault, &cursor).await?)),
            Step::Report(vault) => self.report(vault).await?,
            Step::HearAgain(vault) => Ok(self.read_order(vault)),
            Step::Echo { vault, held } => self.echo(vault, &held).await,
            Step::Chunks => {
                self.due = self.mailbox.chunks().await?;
                Ok(Answer::Chunks(self.due.iter().map(plain_chunk).collect()))
            }
            Step::Look(address) => {
                let found = self.mailbox.chunk(address).await?;
                let size = found.as_ref().map(Vec::len);
                self.looked_at.extend(found.map(|sealed| (address, sealed)));
                Ok(Answer::Chunk(size))
            }
            Step::AskChunks { token, addresses } => {
                let ask = Ask { nonce: clock::random(), addresses }.to_bytes();
                let answer = self.line.chunks_lacking(&token, &ask).await;
                answer.and_then(|answer| read_holdings(&answer, &ask, round))
            }
            Step::PutChunks { token, addresses } => {
                let looked_at = core::mem::take(&mut self.looked_at).into_iter();
                let chunks = looked_at.filter(|(address, _)| addresses.contains(address));
                let chunks = chunks.map(|(_, sealed)| sealed).collect();
                let load = Load { nonce: clock::random(), chunks }.to_bytes();
                let answer = self.line.chunks_put(&token, &load).await;
                answer.and_then(|answer| read_holdings(&answer, &load, round))
            }
            Step::Tidy(Tidy::Chunks) => {
                self.mailbox.tidy_chunks().await?;
                Ok(Answer::Tidied)
            }
            Step::Tidy(Tidy::Sent) => {
                self.mailbox.tidy().await?;
                self.mailbox.tidy_receipts().await?;
                Ok(Answer::Tidied)
            }
            // Nothing is asked.
            Step::Done(_) => Ok(Answer::Tidied),
        };
        Ok(heard.unwrap_or_else(Answer::Trouble))
    }

    /// Writes what was decided.
    pub async fn carry_out(&mut self, deed: Deed) -> Result<(), StoreError> {
        match deed {
            Deed::Items { fates, capsules, strict } => {
                let Waybill { waiting, capsules: held } = &self.outbox;
                self.mailbox.carry_out(waiting, held, &fates, &capsules, strict).await?;
                announce(Change::Outbox);
            }
            Deed::BeginEpoch(epoch) => self.mailbox.begin_epoch(&epoch).await?,
            Deed::ParcelSize(size) => self.mailbox.remember_parcel_size(size).await?,
            Deed::Quiet(until) => self.mailbox.be_quiet_until(until).await?,
            Deed::HeardAll(vault) => self.mailbox.heard_all(vault).await?,
            Deed::Follow(vault, order) => {
                if let Some(post) = self.post(vault) {
                    self.mailbox.follow(post, &order).await?;
                }
            }
            Deed::Echoed(vault, latest) => {
                if let Some(post) = self.post(vault) {
                    self.mailbox.echoed(post, latest).await?;
                }
            }
            Deed::ChunksHeld(held, epoch) => {
                self.mailbox.settle_chunks(&self.due_of(&held), epoch).await?;
                announce(Change::Outbox);
            }
            Deed::ChunksPutOff(chunks, until) => {
                self.mailbox.put_off_chunks(&self.due_of(&chunks), until).await?;
            }
        }
        Ok(())
    }

    fn post(&self, vault: VaultId) -> Option<&Post> {
        self.posts.iter().find(|post| post.vault == vault)
    }

    fn plain_posts(&self) -> Vec<road::device::Post> {
        self.posts.iter().map(Post::plain).collect()
    }

    fn due_of(&self, chunks: &[Address]) -> Vec<Due> {
        self.due.iter().filter(|due| chunks.contains(&due.address)).cloned().collect()
    }

    async fn deliver(
        &self,
        token: &[u8],
        items: &[ItemKey],
        capsules: &[Vec<u8>],
        round: &Round,
    ) -> Result<Heard<Answer>, StoreError> {
        let row = |item: &ItemKey| self.outbox.waiting.iter().find(|waiting| waiting.item == *item);
        let Some(tried) = items.iter().map(|item| row(item).cloned()).collect::<Option<Vec<Waiting>>>()
        else {
            // Receipts go by the place in the parcel.
            return Ok(Err(Trouble::NoAnswer));
        };
        let held = capsules.iter().filter_map(|key| self.outbox.capsules.get(key));
        let parcel = Parcel {
            capsules: held.map(|row| row.bytes.to_vec()).collect(),
            envelopes: tried.iter().map(|waiting| waiting.row.envelope.to_vec()).collect(),
        };
        let bytes = parcel.to_bytes();
        let answer = match self.line.deliver(token, &bytes).await {
            Ok(answer) => answer,
            Err(trouble) => return Ok(Err(trouble)),
        };
        let read = |key| Some((key, seal::Receipts::from_bytes(&answer, &key, &bytes).ok()?));
        let Some((signer, receipts)) = round.signers().find_map(read) else {
            return Ok(Err(Trouble::WrongSignature));
        };
        // Before it is acted on: what is settled is not answered again.
        self.mailbox.keep_receipts(&tried, &bytes, &answer).await?;
        let seal::Receipts { epoch, items, checkpoint } = receipts;
        let said = checkpoint.as_ref().and_then(|bytes| Checkpoint::from_bytes(bytes, &signer).ok());
        let at = said.map(|it| it.at);
        let digests = parcel.envelopes.iter().map(|envelope| short_digest(envelope)).collect();
        let has_checkpoint = checkpoint.is_some();
        Ok(Ok(Answer::Receipts(Receipts { signer, epoch, items, digests, has_checkpoint, at })))
    }

    async fn ask_for_keys(&mut self) -> Result<Option<Vec<road::device::Post>>, StoreError> {
        let Ok(keys) = self.line.server_keys().await else { return Ok(None) };
        if !self.mailbox.take_keys(&keys).await? {
            return Ok(None);
        }
        self.posts = self.mailbox.posts().await?;
        Ok(Some(self.plain_posts()))
    }

    async fn collect(&mut self, cursor: &[u8], room: usize) -> Heard<Answer> {
        let room = u32::try_from(room).unwrap_or(u32::MAX);
        let api::Collected { page, cursor, more, epoch, signer } = self.line.collect(cursor, room).await?;
        self.page = page.into_vec();
        let (cursor, epoch, signer) = (cursor.into_vec(), epoch.into_vec(), signer.into_vec());
        Ok(Answer::Page(Collected { page: self.page.len(), cursor, more, epoch, signer }))
    }

    async fn take_page(&self, vault: VaultId, cursor: &[u8]) -> Result<Taken, StoreError> {
        let Some(post) = self.post(vault) else { return Ok(Taken::Overtaken) };
        match self.mailbox.take_page(post, &self.page, cursor).await {
            Ok(true) => {
                if !self.page.is_empty() {
                    announce(Change::Inbox);
                }
                Ok(Taken::Done)
            }
            Ok(false) => Ok(Taken::Overtaken),
            Err(StoreError::Full) => Ok(Taken::Full),
            Err(error) => Err(error),
        }
    }

    async fn report(&mut self, vault: VaultId) -> Result<Heard<Answer>, StoreError> {
        let report = self.mailbox.report_of(vault).await?;
        let Some(post) = self.post(vault) else { return Ok(Ok(Answer::Unsigned)) };
        let order = self.line.standing(&post.row.deposit_token, report).await;
        Ok(order.map(|order| {
            self.order = order;
            self.read_order(vault)
        }))
    }

    /// What was last told of an order, with the keys of now.
    fn read_order(&self, vault: VaultId) -> Answer {
        let order = self.post(vault).and_then(|post| post.read_order(&self.order));
        order.map_or(Answer::Unsigned, Answer::Order)
    }

    async fn echo(&self, vault: VaultId, held: &[u8]) -> Heard<Answer> {
        let post = self.post(vault).ok_or(Trouble::Refused)?;
        let latest = self.line.echo(&post.row.deposit_token, held).await?;
        let is_signed = post.server().is_some_and(|server| Checkpoint::from_bytes(&latest, &server).is_ok());
        Ok(Answer::Checkpoint(is_signed.then_some(latest)))
    }
}

/// What the server says it holds, where one of the keys that are believed signed it for exactly this question.
fn read_holdings(answer: &[u8], question: &[u8], round: &Round) -> Heard<Answer> {
    let read = |key| Some((key, seal::Holdings::from_bytes(answer, &key, question).ok()?));
    let (signer, seal::Holdings { epoch, items }) =
        round.signers().find_map(read).ok_or(Trouble::WrongSignature)?;
    Ok(Answer::Holdings(Holdings { signer, epoch, items }))
}
