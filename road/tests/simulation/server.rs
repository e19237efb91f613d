//! A server: what it does with what arrives, step by step, so that it can end between any two.

use crate::audit::Invariant;
use crate::bugs::Bug;
use crate::cast::{Duty, Member, id};
use crate::collect::{Bookmark, collect, collect_early};
use crate::ledger::{Batch, Ledger};
use crate::plan::Mood;
use crate::wire::{Checkpoint, Content, Ms, Parcel, Request, Response, SECOND};
use crate::world::{Event, Reply, World};
use domain::EnrolmentId;
use road::server::{Handed, Judged, Ours, Weighed, again, weigh};
use seal::{Deed, Order, Receipt, Verdict};
use std::collections::BTreeMap;
use std::rc::Rc;

pub struct Server {
    pub ledger: Rc<Ledger>,
    pub is_up: bool,
    pub mood: Mood,
    pub jobs: BTreeMap<u64, Job>,
    /// Cursors and checkpoints that were given out: sealed and signed, so that only these come back.
    pub cursors: Vec<Bookmark>,
    pub checkpoints: Vec<Checkpoint>,
    pub backups: Vec<(Ms, Rc<Ledger>)>,
    /// Counts the changes of the ledger.
    pub version: u64,
    /// When the present epoch began with a restore.
    began: Option<Ms>,
    epochs: u64,
    /// What was promised last, noted outside of the database.
    promised: Option<Checkpoint>,
    /// The program ends after so many steps of jobs, and starts again after a while.
    pub ends: Option<(u32, Ms)>,
}

/// A parcel, or what is judged again, on its way through the server.
pub struct Job {
    reply: Reply,
    parcel: Option<Rc<Parcel>>,
    digests: Vec<[u8; 16]>,
    answers: Vec<Option<Judged>>,
    /// Numbers in the ledger, each with its places in the parcel.
    rows: BTreeMap<u64, Vec<usize>>,
    batch: Option<Batch>,
    tries: u32,
    is_answered: bool,
}

impl Server {
    pub fn new(epoch: [u8; 16], duties: Vec<Duty>, members: usize) -> Self {
        Self {
            ledger: Rc::new(Ledger::new(epoch, duties, members)),
            is_up: true,
            mood: Mood::Fine,
            jobs: BTreeMap::new(),
            cursors: Vec::new(),
            checkpoints: Vec::new(),
            backups: Vec::new(),
            version: 0,
            began: None,
            epochs: 0,
            promised: None,
            ends: None,
        }
    }

    pub fn back_up(&mut self, now: Ms) {
        self.backups.push((now, Rc::clone(&self.ledger)));
    }

    fn write(&mut self) -> &mut Ledger {
        self.version += 1;
        Rc::make_mut(&mut self.ledger)
    }

    fn checkpoint(&mut self, at: Ms) -> u64 {
        let Ledger { epoch, chain, audit, .. } = &*self.ledger;
        let (entries, head) = (chain.len() as u64, chain.last().copied().unwrap_or_default());
        self.checkpoints.push(Checkpoint { epoch: *epoch, at, entries, head, audit: *audit });
        self.checkpoints.len() as u64
    }
}

impl World {
    pub fn crash(&mut self) {
        self.server.is_up = false;
        self.server.jobs.clear();
    }

    pub fn start_server(&mut self) {
        self.server.is_up = true;
        if let Some(promised) = self.server.promised {
            self.weigh(promised);
        }
        if self.bug != Some(Bug::WaitingForgottenAtStart) {
            self.judge_again(self.server.ledger.waiting());
        }
        if self.bug != Some(Bug::ParkedNeverJudgedAgain) {
            self.judge_again(self.server.ledger.parked());
        }
    }

    fn judge_again(&mut self, seqs: Vec<u64>) {
        if !seqs.is_empty() {
            self.job(Job {
                reply: None,
                parcel: None,
                digests: Vec::new(),
                answers: Vec::new(),
                rows: seqs.into_iter().map(|seq| (seq, Vec::new())).collect(),
                batch: None,
                tries: 0,
                is_answered: true,
            });
        }
    }

    /// What the office decides of somebody. It is done when it is done: who is told waits for the server.
    pub fn set_duty(&mut self, user: usize, duty: Duty) {
        if self.server.ledger.duties[user] != duty {
            self.server.write().duties[user] = duty;
        }
        self.owed = self.may_be_entered();
        if self.bug != Some(Bug::ParkedNeverJudgedAgain) {
            self.judge_again(self.server.ledger.parked());
        }
    }

    pub fn order(&mut self, member: usize, wipes: bool) {
        let deed = if wipes { Deed::Wipe } else { Deed::Revoke };
        let at = self.clock();
        self.server.write().orders[member] = (deed, at);
    }

    /// Puts the newest backup back that is so old at least.
    pub fn restore(&mut self, age: Ms, quietly: bool) {
        let wanted = self.now.saturating_sub(age);
        let backup = self.server.backups.iter().rev().find(|(at, _)| *at <= wanted).cloned();
        let Some((at, ledger)) = backup else { return };
        self.figures.restores += 1;
        let before = Rc::clone(&self.server.ledger);
        self.crash();
        self.server.backups.retain(|(taken, _)| *taken <= at);
        // Orders are given for good: whoever restores gives them again.
        let (orders, duties) = (before.orders.clone(), before.duties.clone());
        self.server.ledger = ledger;
        self.server.write().orders = orders;
        if self.bug != Some(Bug::RestoreKeepsEpoch) && !quietly {
            self.raise_epoch(0);
        }
        self.forgive_restore(&before);
        for (user, duty) in duties.into_iter().enumerate() {
            if self.net.happens(500) {
                self.set_duty(user, duty);
            }
        }
        let wait = self.net.between(SECOND, 600 * SECOND);
        self.after(wait, Event::Start);
    }

    pub fn arrive(&mut self, request: Request, reply: Reply) {
        if !self.server.is_up {
            // The proxy before it answers, or nobody does.
            if self.net.happens(500) {
                self.reply(reply, Response::Status(503, 0));
            }
            return;
        }
        match self.server.mood {
            Mood::Unavailable => return self.reply(reply, Response::Status(503, 0)),
            Mood::TooMany(seconds) => return self.reply(reply, Response::Status(429, seconds)),
            Mood::Denying => return self.reply(reply, Response::Status(401, 0)),
            Mood::Fine | Mood::Later => {}
        }
        match request {
            Request::Deliver(parcel) => self.take(parcel, reply),
            Request::Collect { member, cursor, room, is_early } => {
                let response = self.hand_out(member, cursor, room, is_early);
                self.reply(reply, response);
            }
            Request::Report { member } => {
                let (deed, serial) = self.server.ledger.orders[member];
                let enrolment = EnrolmentId(id(b'm', member as u64));
                let epoch = self.server.ledger.epoch.into();
                let order = Order { enrolment, deed, at: serial, epoch, serial };
                self.reply(reply, Response::Order(order));
            }
            Request::Echo { checkpoint } => {
                self.hear_echo(checkpoint);
                let latest = self.server.checkpoint(self.now + crate::world::DAY_ONE);
                self.reply(reply, Response::Checkpoint(latest));
            }
            Request::Keys => self.reply(reply, Response::Keys),
        }
    }

    /// Stores a parcel's envelopes as they came, durably, and says nothing yet.
    fn take(&mut self, parcel: Rc<Parcel>, reply: Reply) {
        let (now, bug) = (self.clock(), self.bug);
        let is_early = bug == Some(Bug::AcknowledgedBeforeCommit) && self.net.happens(500);
        let mut job = Job {
            reply,
            digests: parcel.envelopes.iter().map(|sealed| sealed.digest).collect(),
            answers: vec![None; parcel.envelopes.len()],
            rows: BTreeMap::new(),
            batch: None,
            tries: 0,
            is_answered: false,
            parcel: Some(Rc::clone(&parcel)),
        };
        let mut envelopes: Vec<(usize, Rc<_>)> = parcel.envelopes.iter().cloned().enumerate().collect();
        if self.server.mood == Mood::Later {
            for (place, _) in &envelopes {
                if self.net.happens(400) {
                    job.answers[*place] = Some(Judged::new(Verdict::Unknown(9), ""));
                }
            }
            envelopes.retain(|(place, _)| job.answers[*place].is_none());
        }
        if is_early {
            for (place, _) in &envelopes {
                job.answers[*place] = Some(Judged::new(Verdict::Accepted, ""));
            }
            self.answer(&mut job);
        }
        if bug == Some(Bug::JudgedWithoutStoring) && self.net.happens(100) {
            for (place, _) in envelopes.drain(..) {
                job.answers[place] = Some(Judged::new(Verdict::Accepted, ""));
            }
        }
        let raws: Vec<Rc<_>> = envelopes.iter().map(|(_, sealed)| Rc::clone(sealed)).collect();
        if !raws.is_empty() {
            let needed: Vec<u64> = parcel.capsules.clone();
            let stored = self.server.write().store(&needed, &raws, now, bug);
            for ((place, _), stored) in envelopes.into_iter().zip(stored) {
                match stored {
                    Ok(seq) => job.rows.entry(seq).or_default().push(place),
                    Err(judged) => job.answers[place] = Some(judged),
                }
            }
        }
        self.job(job);
    }

    /// One step of a job: judge, enter, answer.
    pub fn step(&mut self, number: u64) {
        if let Some((left, down)) = self.server.ends {
            self.server.ends = left.checked_sub(1).map(|left| (left, down));
            if left == 0 {
                self.figures.crashes += 1;
                self.say(|| "server: crashed between two steps".into());
                self.crash();
                return self.after(down, Event::Start);
            }
        }
        let Some(mut job) = self.server.jobs.remove(&number) else { return };
        if !job.rows.is_empty() && job.batch.is_none() {
            let seqs: Vec<u64> = job.rows.keys().copied().collect();
            job.batch = Some(self.server.ledger.judge(&seqs, &self.cast.members, self.bug));
            return self.job(job);
        }
        if let Some(batch) = job.batch.take() {
            let bug = self.bug;
            if self.server.write().enter(&batch, bug).is_err() {
                job.tries += 1;
                if job.tries > 100 {
                    return self.reply(job.reply, Response::Status(503, 0));
                }
                return self.job(job);
            }
            let said: Vec<String> = batch.told();
            self.say(|| format!("server: entered {said:?}"));
            self.settle_places(&mut job, &batch);
            job.rows.clear();
            return self.job(job);
        }
        if !job.is_answered {
            self.answer(&mut job);
        }
    }

    fn settle_places(&mut self, job: &mut Job, batch: &Batch) {
        for (places, judged) in job.rows.values().zip(&batch.said) {
            for (at, place) in places.iter().enumerate() {
                let said = if at == 0 { judged.clone() } else { again(judged) };
                self.figures.parked += u64::from(said.verdict == Verdict::Parked);
                self.figures.entered += u64::from(said.verdict == Verdict::Accepted);
                job.answers[*place] = Some(said);
            }
        }
    }

    fn answer(&mut self, job: &mut Job) {
        job.is_answered = true;
        let items: Vec<Receipt> = job
            .digests
            .iter()
            .zip(&job.answers)
            .map(|(digest, answer)| {
                let Judged { verdict, reason } =
                    answer.clone().unwrap_or_else(|| Judged::new(Verdict::Unreadable, ""));
                Receipt { envelope: *digest, verdict, reason }
            })
            .collect();
        let parcel = job.parcel.clone();
        for (sealed, receipt) in parcel.iter().flat_map(|parcel| &parcel.envelopes).zip(&items) {
            let ledger = &self.server.ledger;
            let is_here = ledger.by_digest.contains_key(&sealed.digest)
                || match &sealed.content {
                    Content::Entry { entry, digest } => ledger.entries.get(&entry.id) == Some(digest),
                    Content::Draft { id, .. } => ledger.drafts.contains_key(id),
                };
            if receipt.verdict.is_acknowledgement() && !is_here {
                let what = format!("{:?} was said of an envelope that is not stored", receipt.verdict);
                return self.broke(Invariant::DurableFirst, what);
            }
        }
        let (at, bare) = (self.clock(), self.net.happens(self.plan.bare));
        let number = self.server.checkpoint(at);
        self.server.promised = self.server.checkpoints.last().copied();
        let checkpoint = (!bare).then_some(number);
        let epoch = self.server.ledger.epoch;
        self.reply(job.reply, Response::Receipts { epoch, items, checkpoint });
    }

    fn hand_out(&mut self, member: usize, cursor: u64, room: usize, is_early: bool) -> Response {
        let held = cursor.checked_sub(1).and_then(|at| self.server.cursors.get(at as usize)).cloned();
        let Ledger { epoch, newest, .. } = &*self.server.ledger;
        let is_ahead = held.as_ref().is_some_and(|held| held.epoch == *epoch && held.after > *newest);
        if is_ahead && self.bug != Some(Bug::RestoreKeepsEpoch) {
            self.say(|| "server: another epoch, for a cursor is ahead".into());
            self.raise_epoch(0);
        }
        let who: (usize, Member) = (member, self.cast.members[member]);
        let bug = self.bug;
        let epoch = self.server.ledger.epoch;
        let ledger = Rc::make_mut(&mut self.server.ledger);
        let collected = if is_early {
            let Some(collected) = collect_early(ledger, who, held.as_ref(), room) else {
                return Response::Page { page: None, cursor, more: false, epoch };
            };
            collected
        } else {
            collect(ledger, who, held.as_ref(), room, bug)
        };
        let cursor = if held.as_ref() == Some(&collected.mark) {
            cursor
        } else {
            self.server.cursors.push(collected.mark);
            self.server.cursors.len() as u64
        };
        if let Some(page) = &collected.page {
            let (records, evicted) = (page.records.len(), page.evicted.len());
            let dropped = page.evicted.clone();
            self.say(|| format!("server: {records} records, {evicted} dropped for member {member}, cursor {cursor} {dropped:?}"));
        }
        Response::Page { page: collected.page.map(Rc::new), cursor, more: collected.more, epoch }
    }

    /// A device hands back a checkpoint: does this database know of as much?
    fn hear_echo(&mut self, checkpoint: u64) {
        let handed = checkpoint.checked_sub(1).and_then(|at| self.server.checkpoints.get(at as usize));
        if let Some(handed) = handed.copied() {
            self.weigh(handed);
        }
    }

    /// Whether this database knows of as much as was promised once; where it does not, another epoch begins.
    fn weigh(&mut self, handed: Checkpoint) {
        let Ledger { epoch, chain, audit, .. } = &*self.server.ledger;
        let ours = Ours {
            epoch: *epoch,
            began: self.server.began,
            entries_seq: chain.len() as u64,
            audit_seq: *audit,
        };
        let said = Handed {
            epoch: handed.epoch,
            at: handed.at,
            entries_seq: handed.entries,
            audit_seq: handed.audit,
        };
        let weighed = weigh(&said, &ours);
        let at = |number: u64| chain.get(number.checked_sub(1)? as usize).copied();
        // Put back and grown again past what the device knows: the same number, another history.
        let is_other = weighed == Weighed::Compare && at(handed.entries).unwrap_or_default() != handed.head;
        if (weighed.is_behind() || is_other) && self.bug != Some(Bug::RestoreKeepsEpoch) {
            self.say(|| format!("server: another epoch, for it promised {handed:?}"));
            self.raise_epoch(handed.at);
        }
    }

    /// Begins another epoch: this database is an earlier state of one that has promised more.
    fn raise_epoch(&mut self, handed_at: Ms) {
        self.server.epochs += 1;
        let (epoch, now) = (id(b'E', self.server.epochs), self.clock());
        self.server.write().epoch = epoch;
        self.server.began = Some(now.max(handed_at));
    }
}
