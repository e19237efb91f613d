//! Delivering: parcels that fit the line, and what becomes of what was in them.

use super::{At, Deed, Pending, Receipts, Round, Step};
use crate::device::{
    Capsule, Filled, Item, Post, SOON, Trouble, due, fill, is_carried, note_trouble, quiet_until, refuse,
    settle,
};

impl Round {
    /// Delivers what is due, with a fresh mind about what must go alone.
    pub(super) fn deliver(&mut self, now: u64) {
        self.alone.clear();
        self.again.clear();
        self.go_on_delivering(now);
    }

    pub(super) fn go_on_delivering(&mut self, now: u64) {
        if self.has_time(now) && self.epochs < super::EPOCHS {
            self.ask(At::Outbox, Step::Outbox);
        } else {
            self.stop_delivering(now);
        }
    }

    /// Delivers what is carried for others, with what is left of the round: it must not keep anybody here from being
    /// sent anything, and an order of the office not from being heard.
    pub(super) fn begin_carrying(&mut self, now: u64) {
        if self.cut || !self.others_wait {
            return self.ask(At::TidyingChunks, Step::Tidy(super::Tidy::Chunks));
        }
        self.carries = true;
        self.deliver(now);
    }

    /// What comes after delivery; where a picture was interrupted for it, the pictures.
    fn stop_delivering(&mut self, now: u64) {
        match self.pictures {
            Some(_) => self.go_on_with_pictures(now),
            None if self.carries => self.ask(At::TidyingChunks, Step::Tidy(super::Tidy::Chunks)),
            None => self.collect(now),
        }
    }

    pub(super) fn hear_outbox(&mut self, items: Vec<Item>, capsules: Vec<Capsule>, now: u64) {
        let mut waiting = due(items, self.budget.everything, now);
        waiting.retain(|item| !self.done.contains(&item.key));
        self.others_wait = waiting.iter().any(|item| is_carried(item.vault));
        // Before a picture goes whatever waits.
        waiting.retain(|item| self.pictures.is_some() || is_carried(item.vault) == self.carries);
        if waiting.is_empty() {
            return self.stop_delivering(now);
        }
        let Filled { items: tried, capsules: needed } = fill(&waiting, &capsules, self.size, &self.alone);
        let items = tried.iter().map(|item| item.key).collect();
        let step = Step::Deliver { token: self.token.clone(), items, capsules: needed };
        self.ask(At::Parcel(tried, capsules), step);
    }

    pub(super) fn settle(
        &mut self,
        tried: Vec<Item>,
        capsules: &[Capsule],
        receipts: Receipts,
        took: u64,
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        let Receipts { signer, epoch, items, digests, has_checkpoint, at } = receipts;
        self.done.extend(tried.iter().map(|item| item.key));
        let mut answered: Vec<(Item, [u8; 16])> = tried.into_iter().zip(digests).collect();
        answered.retain(|(item, _)| Post::is_believed(&self.posts, &signer, item.vault));
        let settled = settle(&answered, &items, epoch, capsules, (now, at));
        self.outcome.delivered += settled.delivered;
        self.outcome.refused += settled.refused;
        self.outcome.parked += settled.parked;
        for item in settled.again {
            if self.again.insert(item) {
                self.done.remove(&item);
            }
        }
        deeds.push(Deed::Items { fates: settled.fates, capsules: settled.capsules, strict: true });
        self.heard_checkpoint |= has_checkpoint;
        if took < SOON {
            self.resize(self.size * 2, deeds);
        }
        self.ask(At::Settled(epoch), Step::Posts);
    }

    pub(super) fn delivery_failed(
        &mut self,
        mut tried: Vec<Item>,
        trouble: Trouble,
        took: u64,
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        if trouble == Trouble::Refused {
            if tried.len() > 1 {
                self.alone.extend(tried.iter().map(|item| item.key));
            } else if let Some(only) = tried.pop() {
                self.outcome.refused += 1;
                self.done.insert(only.key);
                let fates = vec![refuse(only, trouble, now)];
                deeds.push(Deed::Items { fates, capsules: Vec::new(), strict: true });
            }
            return self.go_on_delivering(now);
        }
        let Some(pending) = self.ask_for_keys(trouble, Pending::Delivery(tried, took)) else { return };
        if self.take_next_token(trouble) {
            return self.go_on_delivering(now);
        }
        if let Pending::Delivery(tried, took) = pending {
            self.note_failure(tried, trouble, took, now, deeds);
        }
    }

    /// Notes an attempt that nothing could be done about.
    pub(super) fn note_failure(
        &mut self,
        tried: Vec<Item>,
        trouble: Trouble,
        took: u64,
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        if let Trouble::TooMany(seconds) = trouble {
            // The parcel was not looked at, and a smaller one would only mean more of them.
            deeds.push(Deed::Quiet(quiet_until(seconds, now)));
            self.trouble(trouble);
            self.cut = true;
            return self.stop_delivering(now);
        }
        let all_stumbled = tried.iter().all(Item::stumbled);
        let fates = note_trouble(tried, trouble, now);
        deeds.push(Deed::Items { fates, capsules: Vec::new(), strict: false });
        let was = self.size;
        self.resize(self.size / 2, deeds);
        if took >= SOON && self.size < was {
            return self.go_on_delivering(now);
        }
        self.trouble(trouble);
        // What the server stumbles over again and again keeps no picture waiting; anything else does.
        self.cut = trouble != Trouble::ServerUnavailable || !all_stumbled;
        self.stop_delivering(now);
    }
}
