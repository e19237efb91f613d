//! A round under way on a device: carries out what `road::device::Round` decides.

use crate::bugs::Bug;
use crate::device::{Killed, SERVER_KEY, vault_of};
use crate::disk::{Commit, Row, Tables};
use crate::plan::Line;
use crate::wire::{Page, Parcel, Request, Response};
use crate::world::World;
use domain::VaultId;
use road::device::round::{Collected, Receipts};
use road::device::{Answer, Budget, Item, ItemKey, Post, Round, Start, State, Step, Taken, Tidy, Trouble};
use seal::{Order, Verdict};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A round and what its driver remembers.
pub struct Running {
    pub serial: u64,
    round: Round,
    is_worker: bool,
    /// Which question is out.
    ask: u64,
    /// The outbox and the posts as the round read them last.
    pub rows: BTreeMap<ItemKey, Rc<Row>>,
    posts: BTreeMap<usize, Rc<Post>>,
    /// What was asked.
    parcel: Option<Rc<Parcel>>,
    asked_for: usize,
    page: Option<Rc<Page>>,
    order: Option<Order>,
    waits: Waits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    No,
    Receipts,
    Page,
    Order,
    Checkpoint,
    Keys,
}

impl World {
    pub fn start_round(&mut self, device: usize, is_worker: bool) {
        let busy = self.devices[device].running.iter().any(|it| it.is_worker == is_worker);
        let locked = !self.plan.without_locks && !self.devices[device].running.is_empty();
        if busy || locked || self.devices[device].is_gone {
            return;
        }
        if !is_worker {
            self.sign_in(device);
        }
        let now = self.device_clock(device);
        let failures = self.devices[device].failures;
        let tables = &mut self.devices[device].disk.now;
        if self.bug == Some(Bug::ClockPutBackStopsQueue) && tables.quiet_until > now {
            return;
        }
        if self.bug == Some(Bug::BackOffNeverEnds) && failures > 0 && tables.quiet_until > now {
            return;
        }
        let start = Start {
            posts: tables.posts.values().map(|post| Post::clone(post)).collect(),
            parcel_size: tables.parcel_size,
            quiet_until: if self.bug == Some(Bug::BackOffNeverEnds) { 0 } else { tables.quiet_until },
        };
        let budget = if is_worker { Budget::WORKER } else { Budget::PAGE };
        let running = Running {
            serial: self.fresh(),
            round: Round::begin(start, budget, now),
            is_worker,
            ask: 0,
            rows: BTreeMap::new(),
            posts: BTreeMap::new(),
            parcel: None,
            asked_for: 0,
            page: None,
            order: None,
            waits: Waits::No,
        };
        self.drive(device, running);
    }

    /// Does what a round wants until it waits for an answer or is over.
    fn drive(&mut self, device: usize, mut running: Running) {
        loop {
            let now = self.device_clock(device);
            let step = running.round.next(now);
            match self.carry_out(device, &mut running, step) {
                Ok(Some(answer)) => {
                    if self.hear_answer(device, &mut running, answer).is_err() {
                        return;
                    }
                }
                Ok(None) => {
                    if running.waits != Waits::No {
                        self.devices[device].running.push(running);
                    }
                    return;
                }
                Err(Killed) => return,
            }
        }
    }

    fn hear_answer(&mut self, device: usize, running: &mut Running, answer: Answer) -> Result<(), Killed> {
        let now = self.device_clock(device);
        for deed in running.round.heard(answer, now) {
            self.do_deed(device, running, deed)?;
        }
        Ok(())
    }

    /// Asks the line.
    fn send(&mut self, device: usize, running: &mut Running, waits: Waits, request: Request) {
        running.ask += 1;
        running.waits = waits;
        self.ask((device, running.serial, running.ask), request);
    }

    /// One step. Gives its answer, or nothing where the line has to give it or the round is over.
    fn carry_out(
        &mut self,
        device: usize,
        running: &mut Running,
        step: Step,
    ) -> Result<Option<Answer>, Killed> {
        running.waits = Waits::No;
        let now = self.device_clock(device);
        let tables = &self.devices[device].disk.now;
        let member_of = |vault: VaultId| {
            self.cast.of_device[device].iter().copied().find(|member| vault_of(*member) == vault)
        };
        Ok(Some(match step {
            Step::Outbox => {
                running.rows = tables.outbox.clone();
                let mut items: Vec<Item> = tables.outbox.values().map(|row| row.item.clone()).collect();
                if self.bug == Some(Bug::ParkedBlocksQueue) {
                    items.sort_by_key(|item| item.saved_at);
                    let stuck = items.iter().position(|item| item.state == State::Parked);
                    items.truncate(stuck.unwrap_or(items.len()));
                }
                Answer::Outbox(items, tables.capsules.values().cloned().collect())
            }
            Step::Posts => {
                running.posts = tables.posts.clone();
                Answer::Posts(tables.posts.values().map(|post| Post::clone(post)).collect())
            }
            Step::Deliver { items, capsules, .. } => {
                let rows = items.iter().filter_map(|key| running.rows.get(key));
                let envelopes = rows.map(|row| Rc::clone(&row.sealed)).collect();
                let number = |key: &Vec<u8>| key.as_slice().try_into().map_or(0, u64::from_be_bytes);
                let capsules = capsules.iter().map(number).collect();
                let parcel = Rc::new(Parcel { capsules, envelopes });
                running.parcel = Some(Rc::clone(&parcel));
                self.send(device, running, Waits::Receipts, Request::Deliver(parcel));
                return Ok(None);
            }
            Step::Keys => {
                self.send(device, running, Waits::Keys, Request::Keys);
                return Ok(None);
            }
            Step::Pages(vault) => {
                let member = member_of(vault);
                Answer::Pages(tables.inbox.keys().filter(|(of, _)| Some(*of) == member).count())
            }
            Step::Collect { cursor, room, .. } => {
                let Some(member) = self.devices[device].cookie else {
                    return Ok(Some(Answer::Trouble(Trouble::NotSignedIn)));
                };
                let cursor = cursor.as_slice().try_into().map_or(0, u64::from_be_bytes);
                let is_early = self.devices[device].version == 1;
                running.asked_for = member;
                let request = Request::Collect { member, cursor, room: room / 1_024, is_early };
                self.send(device, running, Waits::Page, request);
                return Ok(None);
            }
            Step::TakePage { vault, cursor } => self.take_page(device, running, member_of(vault), cursor)?,
            Step::Report(vault) => {
                let Some(member) = member_of(vault) else { return Ok(Some(Answer::Unsigned)) };
                self.send(device, running, Waits::Order, Request::Report { member });
                return Ok(None);
            }
            Step::HearAgain(_) => running.order.map_or(Answer::Unsigned, Answer::Order),
            // Earlier versions know nothing of checkpoints.
            Step::Echo { .. } if self.devices[device].version < 3 => Answer::Trouble(Trouble::NoAnswer),
            Step::Echo { held, .. } => {
                let checkpoint = held.as_slice().try_into().map_or(0, u64::from_be_bytes);
                self.send(device, running, Waits::Checkpoint, Request::Echo { checkpoint });
                return Ok(None);
            }
            Step::Chunks => Answer::Chunks(Vec::new()),
            Step::Look(_) => Answer::Chunk(None),
            Step::AskChunks { .. } | Step::PutChunks { .. } => Answer::Trouble(Trouble::NoAnswer),
            Step::Tidy(Tidy::Chunks) => Answer::Tidied,
            Step::Tidy(Tidy::Sent) => {
                self.tidy(device, now)?;
                Answer::Tidied
            }
            Step::Done(outcome) => {
                self.say(|| format!("device {device}: {outcome:?}"));
                let this = &mut self.devices[device];
                this.failures = if outcome.trouble.is_some() { this.failures + 1 } else { 0 };
                if self.bug == Some(Bug::BackOffNeverEnds) {
                    this.disk.now.quiet_until = now + (30_000 << this.failures.min(30));
                }
                self.fold(device);
                return Ok(None);
            }
        }))
    }

    fn take_page(
        &mut self,
        device: usize,
        running: &mut Running,
        member: Option<usize>,
        cursor: Vec<u8>,
    ) -> Result<Answer, Killed> {
        let tables = &self.devices[device].disk.now;
        let Some((member, post)) = member.and_then(|member| Some((member, tables.posts.get(&member)?)))
        else {
            return Ok(Answer::Taken(Taken::Overtaken));
        };
        if running.posts.get(&member).is_none_or(|read| !Rc::ptr_eq(read, post)) {
            return Ok(Answer::Taken(Taken::Overtaken));
        }
        let changed = Rc::new(Post { cursor, ..Post::clone(post) });
        let page = running.page.take();
        // A page that was sealed for somebody else does not open here.
        let page = page.filter(|_| running.asked_for == member);
        let write_page = move |tables: &mut Tables| {
            if let Some(page) = page {
                tables.pages += 1;
                tables.inbox.insert((member, tables.pages), page);
            }
        };
        let write_cursor = move |tables: &mut Tables| {
            tables.posts.insert(member, changed);
        };
        let outcome = if self.bug == Some(Bug::CursorBeforePage) {
            self.commit(device, (true, true), write_cursor)?;
            self.commit(device, (false, true), write_page)?
        } else {
            self.commit(device, (false, true), |tables| {
                write_page(tables);
                write_cursor(tables);
            })?
        };
        Ok(Answer::Taken(if outcome == Commit::Full { Taken::Full } else { Taken::Done }))
    }

    /// An answer arrived at a device.
    pub fn hear(&mut self, (device, serial, ask): (usize, u64, u64), response: Response) {
        let this = &mut self.devices[device];
        let at =
            this.running.iter().position(|it| it.serial == serial && it.ask == ask && it.waits != Waits::No);
        if this.is_gone || (this.line == Line::Down && !self.is_healthy) {
            return;
        }
        let Some(at) = at else { return };
        let mut running = self.devices[device].running.remove(at);
        let answer = self.read(device, &mut running, response);
        running.waits = Waits::No;
        if self.hear_answer(device, &mut running, answer).is_ok() {
            self.drive(device, running);
        }
    }

    pub fn time_out(&mut self, (device, serial, ask): (usize, u64, u64)) {
        let running = &self.devices[device].running;
        let at = running.iter().position(|it| it.serial == serial && it.ask == ask && it.waits != Waits::No);
        let Some(at) = at else { return };
        let mut running = self.devices[device].running.remove(at);
        running.waits = Waits::No;
        if self.hear_answer(device, &mut running, Answer::Trouble(Trouble::NoAnswer)).is_ok() {
            self.drive(device, running);
        }
    }

    /// What an answer of the line is worth, to whoever waits for it.
    fn read(&mut self, device: usize, running: &mut Running, response: Response) -> Answer {
        let waits = running.waits;
        match (waits, response) {
            (_, Response::Status(status, seconds)) => {
                if status == 401 && self.bug == Some(Bug::OutboxEmptiedOn401) {
                    self.devices[device].disk.now.outbox.clear();
                }
                Answer::Trouble(match (status, waits) {
                    (401 | 403, Waits::Page) => Trouble::NotSignedIn,
                    (401 | 403, _) => Trouble::DepositRefused,
                    (429, _) => Trouble::TooMany(seconds),
                    _ => Trouble::ServerUnavailable,
                })
            }
            (Waits::Receipts, Response::Portal) if self.bug == Some(Bug::PortalAcknowledges) => {
                let digests = self.digests(running);
                let said = |digest: &[u8; 16]| seal::Receipt {
                    envelope: *digest,
                    verdict: Verdict::Accepted,
                    reason: String::new(),
                };
                let items = digests.iter().map(said).collect();
                let epoch = self.epoch_of(device);
                self.receipts(device, running, epoch, items, None)
            }
            (Waits::Receipts, Response::Receipts { epoch, mut items, checkpoint }) => {
                let digests = self.digests(running);
                // The signature binds an answer to exactly the parcel that was sent.
                let is_signed = items.len() == digests.len()
                    && items.iter().zip(&digests).all(|(item, digest)| item.envelope == *digest);
                if self.bug == Some(Bug::ReceiptWithoutDigest) {
                    items.iter_mut().zip(&digests).for_each(|(item, digest)| item.envelope = *digest);
                } else if !is_signed {
                    return Answer::Trouble(Trouble::WrongSignature);
                }
                if self.bug == Some(Bug::UnknownVerdictAcknowledges) {
                    let unknown = items.iter_mut().filter(|it| matches!(it.verdict, Verdict::Unknown(_)));
                    unknown.for_each(|item| item.verdict = Verdict::Accepted);
                }
                self.receipts(device, running, epoch, items, checkpoint)
            }
            (Waits::Page, Response::Page { page, cursor, more, epoch }) => {
                let size = page.as_ref().map_or(0, |page| 1 + page.records.len() + page.evicted.len());
                running.page = page;
                let cursor = cursor.to_be_bytes().to_vec();
                let signer = SERVER_KEY.to_vec();
                Answer::Page(Collected { page: size, cursor, more, epoch: epoch.to_vec(), signer })
            }
            (Waits::Order, Response::Order(order)) => {
                running.order = Some(order);
                Answer::Order(order)
            }
            (Waits::Checkpoint, Response::Checkpoint(number)) => {
                Answer::Checkpoint(Some(number.to_be_bytes().to_vec()))
            }
            (Waits::Keys, Response::Keys) => Answer::Keys(None),
            (Waits::Order | Waits::Checkpoint, _) => Answer::Unsigned,
            (Waits::Receipts, _) => Answer::Trouble(Trouble::WrongSignature),
            _ => Answer::Trouble(Trouble::NoAnswer),
        }
    }

    fn epoch_of(&self, device: usize) -> [u8; 16] {
        let posts = self.devices[device].disk.now.posts.values();
        posts.filter_map(|post| post.epoch.as_slice().try_into().ok()).next().unwrap_or_default()
    }

    fn digests(&self, running: &Running) -> Vec<[u8; 16]> {
        running.parcel.iter().flat_map(|parcel| parcel.envelopes.iter().map(|sealed| sealed.digest)).collect()
    }

    fn receipts(
        &self,
        device: usize,
        running: &Running,
        epoch: [u8; 16],
        items: Vec<seal::Receipt>,
        checkpoint: Option<u64>,
    ) -> Answer {
        let number = checkpoint.and_then(|number| number.checked_sub(1));
        let told = number.and_then(|at| self.server.checkpoints.get(at as usize)).map(|it| it.at);
        Answer::Receipts(Receipts {
            signer: SERVER_KEY,
            epoch,
            items,
            digests: self.digests(running),
            has_checkpoint: checkpoint.is_some(),
            at: match self.bug {
                Some(Bug::ShelfAgesByDeviceClock) => Some(self.device_clock(device)),
                _ => told.filter(|_| self.devices[device].version == 3),
            },
        })
    }
}
