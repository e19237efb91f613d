//! The world: twenty devices, their lines, a server, and a queue of what happens next in virtual time.

use crate::audit::{Broken, Invariant};
use crate::bugs::Bug;
use crate::cast::{Cast, DEVICES, Duty, id};
use crate::chance::Chance;
use crate::device::Device;
use crate::facts::Facts;
use crate::plan::{Fault, Line, Mood, Plan, SAFETY};
use crate::server::{Job, Server};
use crate::wire::{DAY, HOUR, MINUTE, Ms, Request, Response, SECOND};
use std::collections::BTreeMap;

/// When everything has to be settled once all is well again.
pub const SETTLED: Ms = 10 * MINUTE;
/// The first day by the server's clock, milliseconds since 1970.
pub const DAY_ONE: Ms = 1_790_000_000_000;

/// Who waits for an answer: device, its round, and which of its questions.
pub type Reply = Option<(usize, u64, u64)>;

pub enum Event {
    Open(usize),
    Act(usize, u32),
    Timer(usize),
    Worker(usize),
    Arrive(Request, Reply),
    Step(u64),
    Answer((usize, u64, u64), Response),
    Timeout((usize, u64, u64)),
    Fault(usize),
    Start,
    Backup,
    Look,
}

/// What happened, in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub stated: u64,
    pub saved: u64,
    pub entered: u64,
    pub parked: u64,
    pub requests: u64,
    pub lost: u64,
    pub twice: u64,
    pub crashes: u64,
    pub restores: u64,
    pub kills: u64,
    pub other: u64,
    pub events: u64,
    pub contacts: u64,
}

pub struct World {
    pub seed: u64,
    pub bug: Option<Bug>,
    pub now: Ms,
    queue: BTreeMap<(Ms, u64), Event>,
    order: u64,
    pub cast: Cast,
    /// As the office decided, whatever a restored server knows of it.
    pub duties: Vec<Duty>,
    pub plan: Plan,
    pub devices: Vec<Device>,
    pub server: Server,
    pub facts: Facts,
    /// For lines, and for what people do: two streams, so that a bug planted in one place changes little elsewhere.
    pub net: Chance,
    pub work: Chance,
    /// Everything is well; the time counts.
    pub is_healthy: bool,
    pub figures: Figures,
    pub broken: Option<Broken>,
    /// What happened, where somebody wants to read it.
    pub trace: Option<Vec<String>>,
    /// What was parked and may be entered since rights changed last.
    pub owed: Vec<[u8; 16]>,
    serial: u64,
}

impl World {
    pub fn new(seed: u64, bug: Option<Bug>, is_traced: bool) -> Self {
        let mut drawing = Chance::of(seed);
        let cast = Cast::draw(&mut drawing);
        let plan = Plan::draw(&mut drawing, &cast);
        let epoch = id(b'E', 0);
        let server = Server::new(epoch, cast.duties.clone(), cast.members.len());
        let devices = (0..DEVICES).map(|device| Device::new(&cast, device, epoch)).collect();
        let mut world = Self {
            seed,
            bug,
            now: 0,
            queue: BTreeMap::new(),
            order: 0,
            duties: cast.duties.clone(),
            cast,
            plan,
            devices,
            server,
            facts: Facts::default(),
            net: Chance::of(seed ^ 0x6e65_7400),
            work: Chance::of(seed ^ 0x776f_726b),
            is_healthy: false,
            figures: Figures::default(),
            broken: None,
            trace: is_traced.then(Vec::new),
            owed: Vec::new(),
            serial: 0,
        };
        for at in 0..world.plan.faults.len() {
            world.later(world.plan.faults[at].0, Event::Fault(at));
        }
        world.later(world.plan.backup_every, Event::Backup);
        for day in 1..9 {
            world.later(day * 10 * DAY, Event::Look);
        }
        let sessions = world.work.between(4, 30);
        for device in 0..DEVICES {
            for _ in 0..world.work.between(2, sessions) {
                let at = world.work.between(HOUR, SAFETY - HOUR);
                world.later(at, Event::Open(device));
            }
            for _ in 0..world.work.between(0, 10) {
                let at = world.work.between(HOUR, SAFETY);
                world.later(at, Event::Worker(device));
            }
        }
        world
    }

    /// A number that nothing else has.
    pub fn fresh(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub fn later(&mut self, at: Ms, event: Event) {
        self.order += 1;
        self.queue.insert((at, self.order), event);
    }

    pub fn after(&mut self, wait: Ms, event: Event) {
        self.later(self.now + wait, event);
    }

    /// By the server's clock.
    pub fn clock(&self) -> Ms {
        DAY_ONE + self.now
    }

    pub fn say(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let (days, rest) = (self.now / DAY, self.now % DAY);
            let (hours, minutes) = (rest / HOUR, rest % HOUR / MINUTE);
            let (seconds, ms) = (rest % MINUTE / SECOND, rest % SECOND);
            trace.push(format!("day {days:2} {hours:02}:{minutes:02}:{seconds:02}.{ms:03}  {}", what()));
        }
    }

    pub fn broke(&mut self, invariant: Invariant, what: String) {
        self.say(|| format!("BROKEN {invariant:?}: {what}"));
        if self.broken.is_none() {
            self.broken = Some(Broken { invariant, what, at: self.now });
        }
    }

    /// Runs to the end, or to the first invariant that does not hold.
    pub fn run(&mut self) {
        self.go_on_until(SAFETY);
        if self.broken.is_none() {
            self.heal();
            self.go_on_until(SAFETY + SETTLED);
        }
        if self.broken.is_none() {
            self.look_at_the_end();
        }
    }

    fn go_on_until(&mut self, end: Ms) {
        while self.broken.is_none() {
            let Some(((at, _), event)) = self.queue.pop_first() else { break };
            if at > end {
                self.order += 1;
                self.queue.insert((at, self.order), event);
                break;
            }
            self.now = at;
            self.figures.events += 1;
            self.happen(event);
        }
        self.now = end;
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Open(device) => self.open(device),
            Event::Act(device, left) => self.act(device, left),
            Event::Timer(device) => self.timer(device),
            Event::Worker(device) => self.worker(device),
            Event::Arrive(request, reply) => self.arrive(request, reply),
            Event::Step(job) => self.step(job),
            Event::Answer(reply, response) => self.hear(reply, response),
            Event::Timeout(reply) => self.time_out(reply),
            Event::Fault(at) => self.fail(self.plan.faults[at].1),
            Event::Start => self.start_server(),
            Event::Backup => {
                self.server.back_up(self.now);
                if !self.is_healthy {
                    self.after(self.plan.backup_every, Event::Backup);
                }
            }
            Event::Look => self.look(),
        }
    }

    fn fail(&mut self, fault: Fault) {
        if !matches!(fault, Fault::Line(..)) {
            self.say(|| format!("FAULT {fault:?}"));
            self.figures.other += 1;
        }
        match fault {
            Fault::Line(device, line) => self.devices[device].line = line,
            Fault::Region(line) => {
                for device in 0..DEVICES {
                    self.devices[device].line = line;
                    let wait = self.net.between(0, 2 * SECOND);
                    self.after(wait, Event::Worker(device));
                }
            }
            Fault::Server(mood) => self.server.mood = mood,
            Fault::Crash(down) => {
                let steps = self.net.below(6) as u32;
                self.server.ends = Some((steps, down));
            }
            Fault::Restore { age, quietly } => self.restore(age, quietly),
            Fault::Kill(device, commits, before) => self.devices[device].kill = Some((commits, before)),
            Fault::CutPower(device) => {
                self.close(device);
                self.devices[device].disk.cut_power();
            }
            Fault::Clock(device, jump) => {
                let device = &mut self.devices[device];
                device.offset = if jump == 0 { 0 } else { device.offset + jump };
            }
            Fault::Full(device, is_full) => self.devices[device].disk.is_full = is_full,
            Fault::Evict(device) => {
                self.close(device);
                self.devices[device].disk.evict();
            }
            Fault::LoseDatabase(device) => self.lose_database(device),
            Fault::Destroy(device) => self.destroy(device),
            Fault::Order(member, wipes) => self.order(member, wipes),
            Fault::Forget(member) => self.forget(member),
            Fault::Duty(user, duty) => {
                self.duties[user] = duty;
                self.set_duty(user, duty);
            }
            Fault::Version(device, version) => self.update(device, version),
        }
    }

    /// All is well again: from now on ten minutes have to do.
    fn heal(&mut self) {
        self.say(|| "HEALTH".into());
        self.is_healthy = true;
        self.server.mood = Mood::Fine;
        self.server.ends = None;
        self.start_server();
        // What the office decided and a restored server does not know it decides again.
        for user in 0..self.duties.len() {
            self.set_duty(user, self.duties[user]);
        }
        (self.plan.twice, self.plan.late, self.plan.bare) = (0, 0, 0);
        for device in 0..DEVICES {
            self.devices[device].line = Line::Good;
            self.devices[device].disk.is_full = false;
            self.devices[device].kill = None;
            self.update(device, 3);
            let wait = self.net.between(0, MINUTE);
            self.after(wait, Event::Timer(device));
        }
    }

    /// Sends a question over a device's line. Whatever becomes of it, there is an answer or a time out.
    pub fn ask(&mut self, (device, serial, ask): (usize, u64, u64), request: Request) {
        self.figures.requests += 1;
        let reply = (device, serial, ask);
        self.after(30 * SECOND, Event::Timeout(reply));
        let (loss, slowest) = match self.devices[device].line {
            Line::Good => (if self.is_healthy { 0 } else { 2 }, 800),
            Line::Bad(loss) => (loss, 25 * SECOND),
            Line::Down => {
                self.figures.lost += 1;
                return;
            }
            Line::Portal => {
                let response = match self.net.below(5) {
                    0 => Response::Status(401, 0),
                    1 => Response::Status(503, 0),
                    _ => Response::Portal,
                };
                return self.after(200, Event::Answer(reply, response));
            }
            Line::Stale => match self.devices[device].last_response.clone() {
                Some((at, response)) if self.now - at < HOUR && self.net.happens(700) => {
                    return self.after(200, Event::Answer(reply, response));
                }
                _ => (20, 2 * SECOND),
            },
        };
        let wait = self.net.between(20, slowest / 2);
        if self.net.happens(self.plan.twice) {
            self.figures.twice += 1;
            let late = if self.net.happens(500) { 10 * SECOND } else { 20 * DAY };
            let wait = self.net.between(20, late);
            self.after(wait, Event::Arrive(request.clone(), None));
        }
        if self.net.happens(self.plan.late) {
            // It comes when nobody waits for it any more.
            let wait = self.net.between(MINUTE, 5 * DAY);
            return self.after(wait, Event::Arrive(request, None));
        }
        if self.net.happens(loss) {
            self.figures.lost += 1;
            return;
        }
        let reply = if self.net.happens(loss) {
            self.figures.lost += 1;
            None
        } else {
            Some(reply)
        };
        self.after(wait, Event::Arrive(request, reply));
    }

    /// Sends an answer back.
    pub fn reply(&mut self, reply: Reply, response: Response) {
        let Some(reply) = reply else { return };
        let slowest = if matches!(self.devices[reply.0].line, Line::Bad(_)) { 15 * SECOND } else { 500 };
        let wait = self.net.between(10, slowest);
        // What a proxy may have kept: pages are answered `no-store`, and only receipts name what they answer.
        if matches!(response, Response::Receipts { .. }) {
            self.devices[reply.0].last_response = Some((self.now, response.clone()));
        }
        self.after(wait, Event::Answer(reply, response));
    }

    pub fn job(&mut self, job: Job) {
        let number = self.fresh();
        // A slow disk now and then, so that others come between.
        let slowest = if self.net.happens(60) { 6 * SECOND } else { 40 };
        let wait = self.net.between(1, slowest);
        self.server.jobs.insert(number, job);
        self.after(wait, Event::Step(number));
    }
}
