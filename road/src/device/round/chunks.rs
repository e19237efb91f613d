//! Handing in pictures, chunk by chunk, when every entry has gone. One saved meanwhile goes first; what is cut off goes
//! on where it stopped.

use super::{At, Deed, Holdings, Pending, Round, Step};
use crate::device::{
    BEFORE_SIGN_IN, Capsule, DueChunk, Item, Post, REFUSED_PAUSE, SOON, Trouble, due, due_chunks, quiet_until,
};
use seal::holdings::LIMIT;
use seal::{Address, Holding};
use std::collections::VecDeque;

/// Chunks being looked for on the shelf until they fill a parcel.
#[derive(Clone, Debug, Default)]
pub struct Loading {
    /// The one that is looked for, then those after it.
    left: VecDeque<DueChunk>,
    taken: Vec<DueChunk>,
    weight: usize,
}

impl Round {
    pub(super) fn begin_pictures(&mut self, now: u64) {
        let is_signed_out = self.outcome.trouble == Some(Trouble::NotSignedIn);
        self.pictures = Some((now, if is_signed_out { BEFORE_SIGN_IN } else { u64::MAX }));
        self.go_on_with_pictures(now);
    }

    pub(super) fn go_on_with_pictures(&mut self, now: u64) {
        let has_time = self.pictures.is_some_and(|(began, ms)| now.saturating_sub(began) < ms);
        if !self.cut && has_time && self.has_time(now) {
            self.ask(At::PictureEntries, Step::Outbox);
        } else {
            self.finish();
        }
    }

    /// The last thing of a round.
    fn finish(&mut self) {
        if self.outcome.delivered > 0 {
            self.ask(At::TidyingSent, Step::Tidy(super::Tidy::Sent));
        }
    }

    /// Whatever waits goes before any picture.
    pub(super) fn entries_before_pictures(&mut self, items: Vec<Item>, capsules: Vec<Capsule>, now: u64) {
        let waits = due(items.clone(), self.budget.everything, now);
        if waits.iter().any(|item| !item.stumbled() && !self.done.contains(&item.key)) {
            self.alone.clear();
            self.again.clear();
            return self.hear_outbox(items, capsules, now);
        }
        self.ask(At::PictureChunks, Step::Chunks);
    }

    pub(super) fn hear_chunks(&mut self, chunks: Vec<DueChunk>, now: u64) {
        let mut due = due_chunks(chunks, self.budget.everything, now);
        due.retain(|chunk| !self.passed.contains(&chunk.address));
        let Some(first) = due.first() else { return self.finish() };
        if self.lacking.contains(&first.address) {
            due.retain(|chunk| self.lacking.contains(&chunk.address));
            due.truncate(LIMIT);
            return self.look(Loading { left: due.into(), ..Loading::default() }, now);
        }
        due.retain(|chunk| !self.lacking.contains(&chunk.address));
        due.truncate(LIMIT);
        let step = Step::AskChunks { token: self.token.clone(), addresses: addresses(&due) };
        self.ask(At::Chunks(due, false), step);
    }

    fn look(&mut self, loading: Loading, now: u64) {
        if let Some(next) = loading.left.front().map(|chunk| chunk.address) {
            return self.ask(At::Loading(loading), Step::Look(next));
        }
        self.hand_in(loading.taken, now);
    }

    /// As many chunks as a parcel may weigh, one at least. Those that are damaged here are passed over.
    pub(super) fn load(
        &mut self,
        mut loading: Loading,
        size: Option<usize>,
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        let Some(chunk) = loading.left.pop_front() else { return };
        match size {
            None => self.put_off(vec![chunk.address], now, deeds),
            Some(size) => {
                loading.weight = loading.weight.saturating_add(size);
                if loading.weight > self.size && !loading.taken.is_empty() {
                    return self.hand_in(loading.taken, now);
                }
                loading.taken.push(chunk);
            }
        }
        self.look(loading, now);
    }

    fn hand_in(&mut self, taken: Vec<DueChunk>, now: u64) {
        if taken.is_empty() {
            return self.go_on_with_pictures(now);
        }
        let step = Step::PutChunks { token: self.token.clone(), addresses: addresses(&taken) };
        self.ask(At::Chunks(taken, true), step);
    }

    /// Puts chunks off that the server does not take now, or that are damaged here.
    fn put_off(&mut self, chunks: Vec<Address>, now: u64, deeds: &mut Vec<Deed>) {
        if !chunks.is_empty() {
            self.passed.extend(&chunks);
            deeds.push(Deed::ChunksPutOff(chunks, now.saturating_add(REFUSED_PAUSE)));
        }
    }

    pub(super) fn settle_chunks(
        &mut self,
        due: Vec<DueChunk>,
        hands_in: bool,
        holdings: Holdings,
        took: u64,
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        let Holdings { signer, epoch, items } = holdings;
        let (mut held, mut others) = (Vec::new(), Vec::new());
        for chunk in due {
            let said = items.iter().find(|(address, _)| *address == chunk.address).map(|(_, said)| *said);
            match said.filter(|_| Post::is_believed(&self.posts, &signer, chunk.vault)) {
                Some(Holding::Held) => held.push(chunk.address),
                Some(Holding::Lacking) if !hands_in => {
                    self.lacking.insert(chunk.address);
                }
                _ => others.push(chunk.address),
            }
        }
        if !held.is_empty() {
            self.outcome.chunks += held.len();
            // Should its row have changed meanwhile, the next round asks again.
            self.passed.extend(&held);
            deeds.push(Deed::ChunksHeld(held, epoch));
        }
        self.put_off(others, now, deeds);
        if hands_in && took < SOON {
            self.resize(self.size * 2, deeds);
        }
        self.ask(At::ChunksSettled(epoch), Step::Posts);
    }

    pub(super) fn chunks_failed(
        &mut self,
        due: Vec<DueChunk>,
        trouble: Trouble,
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        if trouble == Trouble::Refused {
            self.put_off(addresses(&due), now, deeds);
            return self.go_on_with_pictures(now);
        }
        if self.ask_for_keys(trouble, Pending::Chunks).is_none() {
            return;
        }
        if self.take_next_token(trouble) {
            return self.go_on_with_pictures(now);
        }
        self.stop_pictures(trouble, now, deeds);
    }

    pub(super) fn stop_pictures(&mut self, trouble: Trouble, now: u64, deeds: &mut Vec<Deed>) {
        match trouble {
            Trouble::TooMany(seconds) => deeds.push(Deed::Quiet(quiet_until(seconds, now))),
            _ => self.resize(self.size / 2, deeds),
        }
        self.trouble(trouble);
        self.cut = true;
        self.finish();
    }
}

fn addresses(chunks: &[DueChunk]) -> Vec<Address> {
    chunks.iter().map(|chunk| chunk.address).collect()
}
