//! Handing in pictures, chunk by chunk, when every entry has gone. One saved meanwhile goes first; what is cut off
//! goes on where it stopped.

use super::{Line, Round, SOON, Trouble};
use crate::announce::{Change, announce};
use crate::mailbox::{Due, Post, Waiting};
use crate::{StoreError, clock};
use seal::holdings::LIMIT;
use seal::{Ask, Holding, Holdings, Load};
use std::collections::BTreeSet;

/// How long pictures may take while nobody is signed in: who can do something about that is to be told soon.
const BEFORE_SIGN_IN: u64 = 15_000;

/// What a request was about.
struct Asked {
    due: Vec<Due>,
    bytes: Vec<u8>,
    /// Whether it hands in chunks, or only asks about them.
    hands_in: bool,
}

impl<L: Line> Round<'_, L> {
    pub(super) async fn hand_in_chunks(&mut self) -> Result<(), StoreError> {
        let began = clock::now_ms();
        let ms = if self.outcome.trouble == Some(Trouble::NotSignedIn) { BEFORE_SIGN_IN } else { u64::MAX };
        // Known to be lacking; not to be asked about again in this round.
        let (mut lacking, mut passed) = (BTreeSet::new(), BTreeSet::new());
        while !self.cut && self.has_time() && clock::now_ms().saturating_sub(began) < ms {
            if self.has_entries().await? {
                self.deliver().await?;
                continue;
            }
            let mut due = self.mailbox.chunks_due(self.budget.everything).await?;
            due.retain(|due| !passed.contains(&due.address));
            let Some(first) = due.first() else { return Ok(()) };
            let asked = if lacking.contains(&first.address) {
                due.retain(|due| lacking.contains(&due.address));
                self.load(&due, &mut passed).await?
            } else {
                due.retain(|due| !lacking.contains(&due.address));
                due.truncate(LIMIT);
                let addresses = due.iter().map(|due| due.address).collect();
                let bytes = Ask { nonce: clock::random(), addresses }.to_bytes();
                Some(Asked { due, bytes, hands_in: false })
            };
            let Some(Asked { due, bytes, hands_in }) = asked else { continue };
            let asked = clock::now_ms();
            let answer = match hands_in {
                true => self.line.chunks_put(&self.token, &bytes).await,
                false => self.line.chunks_lacking(&self.token, &bytes).await,
            };
            let took = clock::now_ms().saturating_sub(asked);
            let holdings = answer.and_then(|answer| {
                let believed = self.posts.iter().filter_map(Post::server);
                let read = |key| Some((key, Holdings::from_bytes(&answer, &key, &bytes).ok()?));
                let mut read = believed.filter_map(read);
                read.next().ok_or(Trouble::WrongSignature)
            });
            let (key, holdings) = match holdings {
                Ok(holdings) => holdings,
                Err(Trouble::Refused) => {
                    self.mailbox.put_off_chunks(&due).await?;
                    passed.extend(due.iter().map(|due| due.address));
                    continue;
                }
                Err(trouble) => {
                    if self.overcome(trouble).await? {
                        continue;
                    }
                    match trouble {
                        Trouble::TooMany(seconds) => self.mailbox.be_quiet_for(seconds).await?,
                        _ => self.resize(self.size / 2).await?,
                    }
                    self.trouble(trouble);
                    self.cut = true;
                    return Ok(());
                }
            };
            let of = |due: &Due| {
                let believed = Post::is_believed(&self.posts, &key, due.row.vault);
                let item = holdings.items.iter().find(|(address, _)| *address == due.address);
                item.map(|(_, holding)| *holding).filter(|_| believed)
            };
            let (held, not_held): (Vec<Due>, Vec<Due>) =
                due.into_iter().partition(|due| of(due) == Some(Holding::Held));
            let (lacks, others): (Vec<Due>, Vec<Due>) =
                not_held.into_iter().partition(|due| !hands_in && of(due) == Some(Holding::Lacking));
            self.mailbox.settle_chunks(&held, holdings.epoch).await?;
            self.outcome.chunks += held.len();
            lacking.extend(lacks.iter().map(|due| due.address));
            if !others.is_empty() {
                self.mailbox.put_off_chunks(&others).await?;
                passed.extend(others.iter().map(|due| due.address));
            }
            if self.hear_epoch(holdings.epoch).await? {
                // What was said before was said of a server that is no more.
                lacking.clear();
            }
            if !held.is_empty() {
                announce(Change::Outbox);
            }
            if hands_in && took < SOON {
                self.resize(self.size * 2).await?;
            }
        }
        Ok(())
    }

    /// Whether something waits that goes before any picture.
    async fn has_entries(&self) -> Result<bool, StoreError> {
        let waybill = self.mailbox.waybill(self.budget.everything).await?;
        let is_new = |waiting: &Waiting| !waiting.stumbled() && !self.done.contains(&waiting.item);
        Ok(waybill.waiting.iter().any(is_new))
    }

    /// As many chunks as a parcel may weigh, one at least. Those that are damaged here are passed over.
    async fn load(
        &self,
        due: &[Due],
        passed: &mut BTreeSet<seal::Address>,
    ) -> Result<Option<Asked>, StoreError> {
        let (mut taken, mut chunks, mut weight) = (Vec::new(), Vec::new(), 0);
        for due in due.iter().take(LIMIT) {
            let Some(sealed) = self.mailbox.chunk(due.address).await? else {
                passed.insert(due.address);
                self.mailbox.put_off_chunks(core::slice::from_ref(due)).await?;
                continue;
            };
            weight += sealed.len();
            if weight > self.size && !taken.is_empty() {
                break;
            }
            taken.push(due.clone());
            chunks.push(sealed);
        }
        let bytes = Load { nonce: clock::random(), chunks }.to_bytes();
        Ok((!taken.is_empty()).then_some(Asked { due: taken, bytes, hands_in: true }))
    }
}

#[cfg(test)]
mod tests;
