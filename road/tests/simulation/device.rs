//! A device: its programs, and who sits before it. What is decided it asks `road::device`; here that is carried out.

use crate::bugs::Bug;
use crate::cast::{Cast, Duty, id};
use crate::disk::{Commit, Disk};
use crate::plan::Line;
use crate::running::Running;
use crate::wire::{MINUTE, Ms, Response, SECOND};
use crate::world::{Event, World};
use domain::{DraftId, VaultId};
use road::device::Post;
use std::rc::Rc;

/// The server's one key.
pub const SERVER_KEY: [u8; 32] = [7; 32];

pub struct Device {
    pub disk: Disk,
    /// How far its clock is off.
    pub offset: i64,
    pub version: u8,
    /// A page is open.
    pub is_open: bool,
    /// Whose vault is open.
    pub unlocked: Option<usize>,
    /// Seals what is saved in this session.
    pub capsule: Option<u64>,
    /// Whose session the browser's cookie belongs to.
    pub cookie: Option<usize>,
    /// Rounds under way: of the page, and of the worker.
    pub running: Vec<Running>,
    /// Stolen or broken.
    pub is_gone: bool,
    pub line: Line,
    pub last_response: Option<(Ms, Response)>,
    /// The program ends at so many commits from now, before or after.
    pub kill: Option<(u32, bool)>,
    /// What was about to be saved when the program ended: its author tries again.
    pub unsure: Vec<(usize, usize)>,
    /// Which drafts are being written.
    pub drafts: Vec<DraftId>,
    next_timer: Ms,
    /// With a planted bug alone: how often in a row a round failed.
    pub failures: u32,
}

/// The program ended in the middle of something.
pub struct Killed;

pub fn vault_of(member: usize) -> VaultId {
    VaultId(id(b'v', member as u64))
}

fn post_of(member: usize, epoch: [u8; 16]) -> Post {
    Post {
        vault: vault_of(member),
        token: (member as u64).to_be_bytes().to_vec(),
        server: Some(SERVER_KEY),
        root: Some(vec![1]),
        epoch: epoch.to_vec(),
        cursor: Vec::new(),
        signed_in_at: 0,
        order: 0,
        ordered: 0,
        ordered_at: 0,
        checkpoint: None,
        echoed_at: 0,
    }
}

impl Device {
    pub fn new(cast: &Cast, device: usize, epoch: [u8; 16]) -> Self {
        let mut disk = Disk::default();
        for member in &cast.of_device[device] {
            disk.now.vaults.insert(*member);
            disk.now.posts.insert(*member, Rc::new(post_of(*member, epoch)));
        }
        Self {
            disk,
            offset: 0,
            version: 3,
            is_open: false,
            unlocked: None,
            capsule: None,
            cookie: None,
            running: Vec::new(),
            is_gone: false,
            line: Line::Good,
            last_response: None,
            kill: None,
            unsure: Vec::new(),
            drafts: Vec::new(),
            next_timer: 0,
            failures: 0,
        }
    }
}

impl World {
    /// By a device's own clock.
    pub fn device_clock(&self, device: usize) -> Ms {
        self.clock().saturating_add_signed(self.devices[device].offset)
    }

    /// One transaction of a device's; the program may end before it or after it.
    pub fn commit(
        &mut self,
        device: usize,
        (strict, adds): (bool, bool),
        write: impl FnOnce(&mut crate::disk::Tables),
    ) -> Result<Commit, Killed> {
        let this = &mut self.devices[device];
        let ends = match &mut this.kill {
            Some((left, before)) => {
                *left = left.saturating_sub(1);
                (*left == 0).then_some(*before)
            }
            None => None,
        };
        if ends.is_none() {
            return Ok(this.disk.commit(strict, adds, write));
        }
        this.kill = None;
        if ends == Some(false) {
            this.disk.commit(strict, adds, write);
        }
        self.figures.kills += 1;
        self.say(|| format!("device {device}: killed"));
        self.close(device);
        Err(Killed)
    }

    /// All programs of a device end.
    pub fn close(&mut self, device: usize) {
        let this = &mut self.devices[device];
        (this.is_open, this.unlocked, this.capsule) = (false, None, None);
        this.running.clear();
    }

    /// Somebody opens the app and unlocks.
    pub fn open(&mut self, device: usize) {
        let this = &self.devices[device];
        let members: Vec<usize> = self.cast.of_device[device].clone();
        let able: Vec<usize> = members.into_iter().filter(|it| this.disk.now.vaults.contains(it)).collect();
        if this.is_gone || able.is_empty() {
            return;
        }
        let member = able[self.work.index(able.len())];
        self.unlock(device, member);
        let acts = self.work.between(0, 4) as u32;
        let wait = self.work.between(5 * SECOND, 5 * MINUTE);
        self.after(wait, Event::Act(device, acts));
        self.set_timer(device, SECOND);
    }

    pub fn unlock(&mut self, device: usize, member: usize) {
        let former = self.devices[device].unlocked;
        if self.bug == Some(Bug::SwitchEmptiesOutbox) && former.is_some_and(|former| former != member) {
            self.devices[device].disk.now.outbox.retain(|_, row| row.item.vault == vault_of(member));
        }
        let this = &mut self.devices[device];
        (this.is_open, this.unlocked) = (true, Some(member));
        if former != Some(member) {
            this.capsule = None;
        }
        self.say(|| format!("device {device}: member {member} unlocks"));
        self.fold(device);
    }

    pub fn set_timer(&mut self, device: usize, wait: Ms) {
        let at = self.now + wait;
        let this = &mut self.devices[device];
        if this.next_timer > self.now && this.next_timer <= at {
            return;
        }
        this.next_timer = at;
        self.later(at, Event::Timer(device));
    }

    /// The page's own beat.
    pub fn timer(&mut self, device: usize) {
        if self.devices[device].is_gone {
            return;
        }
        if self.is_healthy {
            // People take turns at a shared device.
            let minute = (self.now / MINUTE) as usize;
            let able: Vec<usize> = self.devices[device].disk.now.vaults.iter().copied().collect();
            if let Some(member) = able.get(minute % able.len().max(1)) {
                self.unlock(device, *member);
            }
            self.devices[device].is_open = true;
            let wait = 20 * SECOND + self.net.between(0, 10 * SECOND);
            self.set_timer(device, wait);
        } else if self.devices[device].is_open && self.devices[device].unlocked.is_some() {
            let wait = self.net.between(4 * MINUTE, 12 * MINUTE);
            if self.work.happens(750) {
                self.set_timer(device, wait);
            } else {
                self.start_round(device, false);
                return self.lock(device);
            }
        }
        self.try_again(device);
        self.start_round(device, false);
    }

    fn lock(&mut self, device: usize) {
        let this = &mut self.devices[device];
        (this.unlocked, this.capsule) = (None, None);
    }

    /// The worker wakes, with no page open.
    pub fn worker(&mut self, device: usize) {
        if !self.devices[device].is_gone {
            self.start_round(device, true);
        }
    }

    /// An update of the app, or a step back to an earlier one.
    pub fn update(&mut self, device: usize, version: u8) {
        if self.devices[device].version != version {
            self.close(device);
            self.devices[device].version = version;
            if self.bug == Some(Bug::UpdateEmptiesOutbox) {
                self.devices[device].disk.now.outbox.clear();
            }
        }
    }

    pub fn lose_database(&mut self, device: usize) {
        self.close(device);
        let looks = self.bug != Some(Bug::JournalNotLookedAt);
        self.devices[device].disk.lose_database(looks);
    }

    pub fn destroy(&mut self, device: usize) {
        self.close(device);
        self.forgive_device(device, None);
        self.devices[device].is_gone = true;
        self.devices[device].disk = Disk::default();
    }

    /// A forgotten passphrase: the vault is made anew. What waits to be handed in is sealed to the server, and stays.
    pub fn forget(&mut self, member: usize) {
        let device = self.cast.members[member].device;
        if self.devices[device].is_gone {
            return;
        }
        self.close(device);
        let disk = &mut self.devices[device].disk;
        disk.commit(true, false, |tables| {
            tables.records.retain(|(of, _), _| *of != member);
            tables.inbox.retain(|(of, _), _| *of != member);
            tables.due.retain(|(of, _)| *of != member);
            tables.drafts.retain(|_, draft| draft.member != member);
            if let Some(post) = tables.posts.get_mut(&member) {
                *post = Rc::new(Post { cursor: Vec::new(), ..Post::clone(post) });
            }
        });
        if self.bug == Some(Bug::WipeEmptiesOutbox) {
            disk.now.outbox.retain(|_, row| row.item.vault != vault_of(member));
        }
    }

    /// Whoever is at the device signs in, where there is a line.
    pub fn sign_in(&mut self, device: usize) {
        let this = &self.devices[device];
        let Some(member) = this.unlocked.filter(|_| this.is_open) else { return };
        let (is_reached, is_known) =
            (matches!(this.line, Line::Good | Line::Bad(_)), this.cookie == Some(member));
        let duty: Duty = self.server.ledger.duties[self.cast.members[member].user];
        if is_known || !is_reached || !self.server.is_up || duty.disabled {
            return;
        }
        let now = self.device_clock(device);
        let posts: Vec<Post> = this.disk.now.posts.values().map(|post| Post::clone(post)).collect();
        let at = Post::sign_in(&posts, now);
        let outcome = self.commit(device, (true, true), |tables| {
            if let Some(post) = tables.posts.get_mut(&member) {
                *post = Rc::new(Post { signed_in_at: at, ..Post::clone(post) });
            }
        });
        if matches!(outcome, Ok(Commit::Done)) {
            self.devices[device].cookie = Some(member);
        }
    }
}
