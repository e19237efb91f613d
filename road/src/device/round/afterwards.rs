//! After all that people wait for: how each enrolment stands, what the office orders, and checkpoints. A line that gives
//! no answer to these is no trouble.

use super::{Answer, At, Deed, Pending, Round, Step};
use crate::device::{Post, Trouble};
use domain::VaultId;
use seal::Order;
use std::collections::VecDeque;

impl Round {
    pub(super) fn begin_reporting(&mut self) {
        if self.cut {
            // Nor are checkpoints handed back.
            return self.ask(At::TidyingChunks, Step::Tidy(super::Tidy::Chunks));
        }
        self.ask(At::ReportPosts, Step::Posts);
    }

    /// Tells the office how each enrolment on this device stands, and follows what it orders.
    pub(super) fn report(&mut self, mut left: VecDeque<Post>, now: u64) {
        match left.pop_front().filter(|_| self.has_time(now)) {
            Some(post) => {
                let step = Step::Report(post.vault);
                self.ask(At::Reporting(Box::new(post), left), step);
            }
            None => self.ask(At::EchoPosts, Step::Posts),
        }
    }

    pub(super) fn hear_order(
        &mut self,
        post: Box<Post>,
        mut left: VecDeque<Post>,
        answer: Answer,
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        match answer {
            Answer::Order(order) => return self.follow(&post, order, left, now, deeds),
            // Signed with a key that nobody here has heard of yet: an idle device hears of it by this alone.
            Answer::Unsigned => {
                match self.ask_for_keys(Trouble::WrongSignature, Pending::Order(post, left)) {
                    Some(Pending::Order(_, rest)) => left = rest,
                    _ => return,
                }
            }
            Answer::Trouble(Trouble::NoAnswer) => left.clear(),
            _ => {}
        }
        self.report(left, now);
    }

    /// Follows an order. By its epoch a device of which nothing waits and on which nobody is signed in hears that the
    /// server was restored: then everything is delivered first.
    pub(super) fn follow(
        &mut self,
        post: &Post,
        order: Order,
        left: VecDeque<Post>,
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        deeds.push(Deed::Follow(post.vault, order));
        if self.hear_epoch(core::slice::from_ref(post), *order.epoch, deeds) {
            return self.deliver(now);
        }
        self.report(left, now);
    }

    /// Hands back the checkpoints that are held, and only then keeps newer ones: what is held stays held where no
    /// answer comes.
    pub(super) fn echo(&mut self, mut left: VecDeque<Post>, now: u64) {
        while let Some(post) = left.pop_front() {
            let held = post.to_echo(self.heard_checkpoint, now).filter(|_| self.has_time(now));
            if let Some(held) = held {
                return self.ask(At::Echoing(post.vault, left), Step::Echo { vault: post.vault, held });
            }
        }
        self.begin_carrying(now);
    }

    pub(super) fn hear_checkpoint(
        &mut self,
        vault: VaultId,
        mut left: VecDeque<Post>,
        answer: Answer,
        now: u64,
        deeds: &mut Vec<Deed>,
    ) {
        match answer {
            Answer::Checkpoint(latest) => deeds.push(Deed::Echoed(vault, latest)),
            Answer::Trouble(Trouble::NoAnswer) => left.clear(),
            _ => {}
        }
        self.echo(left, now);
    }
}
