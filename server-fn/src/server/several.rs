//! Several programs on one database, behind one address.
//!
//! What lies in a program's memory is one of these, and nothing else:
//!
//! | what | what another program's writing means for it |
//! | --- | --- |
//! | who it is and the epoch | looked up at each delivery, collect, sign-in and question after chunks ([`Several::look`]) |
//! | index of elsewhere, book of appointments | followed by the order of changes at each question; begun anew in another epoch |
//! | checkpoints | numbered in the database: who finds a number taken looks again |
//! | challenges of sign-ins and of passkeys, invitations, reminders | decided in the database, once for all programs |
//! | judging | any program at any time: what was read is compared in the transaction that writes |
//! | who may leave | compared in the transaction that writes |
//! | judging of applications, drawing of appointments, judging at a start | one program at a time ([`Office::claim`]) |
//! | keys, storage keys, tables of the office | files of the data folder, looked at every two seconds or when a row needs one |
//! | secret of slips | read once in an epoch |
//! | notice of the applicants' door | at most a second old |
//! | room of the quarantine | counted from the database once a minute: within that minute each program keeps the room by itself |
//! | limits, seats, turns of the quarantine in a day, figures of the log | each program's own: `n` programs let in `n` times as much |
//!
//! [`Several::look`]: super::ledger::Several::look

use super::audit::beside::Due;
use super::ledger::{Claimed, LedgerError, Program};
use super::{Office, database, keyring, log, now_ms, random};
use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The file of a data folder that is locked while somebody serves.
const SERVING: &str = "serving";
/// How often a serving program says that it does, in milliseconds.
const SAYS: u64 = 5_000;
/// Who has said nothing for so long serves no more.
const SILENT: u64 = 60_000;
/// How long somebody waits between two looks whether something is free.
const WAITS: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(100)];

/// What one program does at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Judging what families send.
    Applications,
    /// Drawing wishes for appointments, and letting offers run out.
    Drawing,
    /// Judging what was left over when a program ended.
    Start,
}

impl Task {
    fn name(self) -> &'static str {
        match self {
            Task::Applications => "applications",
            Task::Drawing => "drawing",
            Task::Start => "start",
        }
    }

    /// For how long it is claimed, in milliseconds: it takes far less. Whoever begins where the one that claimed it ended
    /// need not wait for that.
    fn lasts(self) -> u64 {
        match self {
            Task::Applications => 30_000,
            Task::Drawing | Task::Start => 5 * 60_000,
        }
    }
}

/// This program among those that serve one database.
pub struct Programs {
    me: Program,
    /// One at a time in this program too.
    turns: [Mutex<()>; 3],
    /// Held while this program serves: whoever begins in the same folder sees that it does.
    serving: Mutex<Option<File>>,
    /// Envelopes that are marked as tried at this start and were not, because the ledger was not able.
    not_tried: Mutex<Vec<u64>>,
    /// Where the embedded ledger lies.
    embedded: Option<PathBuf>,
}

impl Default for Programs {
    fn default() -> Self {
        let me = Program { holder: random(), place: [0; 16] };
        Self {
            me,
            turns: Default::default(),
            serving: Mutex::default(),
            not_tried: Mutex::default(),
            embedded: None,
        }
    }
}

impl Programs {
    /// In a data folder.
    #[must_use]
    pub fn at(data: &Path) -> Self {
        let programs = Self::default();
        let me = Program { place: place_of(data), ..programs.me };
        Self { me, embedded: Some(database::embedded(data)), ..programs }
    }

    /// Notes that an envelope was not tried after all.
    pub(super) fn not_tried(&self, seq: u64) {
        self.not_tried.lock().unwrap_or_else(PoisonError::into_inner).push(seq);
    }

    /// Which file the embedded ledger is, where there is one.
    fn file(&self) -> Option<(u64, u64)> {
        let about = std::fs::metadata(self.embedded.as_ref()?).ok()?;
        Some((about.dev(), about.ino()))
    }
}

/// Digest of this machine and a folder of it.
pub(super) fn place_of(data: &Path) -> [u8; 16] {
    let machine = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let folder = data.canonicalize().unwrap_or_else(|_| data.to_owned());
    seal::short_digest(format!("{machine}\n{}", folder.display()).as_bytes())
}

/// The right to a data folder's ledger, until dropped: alone, or with others who serve.
#[derive(Debug)]
pub struct Seat {
    file: File,
    is_alone: bool,
}

impl Seat {
    /// For a program that is about to serve, to be taken before the ledger is opened. Waits for whoever restores it.
    ///
    /// # Errors
    /// When the data folder is not able.
    pub fn to_serve(data: &Path) -> io::Result<Self> {
        if let Some(seat) = Self::alone(data)? {
            return Ok(seat);
        }
        let file = keyring::lock_file(data, SERVING)?;
        file.lock_shared()?;
        Ok(Self { file, is_alone: false })
    }

    /// For a program that nobody may serve beside; `None` where somebody does.
    ///
    /// # Errors
    /// When the data folder is not able.
    pub fn alone(data: &Path) -> io::Result<Option<Self>> {
        let file = keyring::lock_file(data, SERVING)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file, is_alone: true })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Something that is claimed, until dropped.
pub(super) struct Claim<'a> {
    office: &'a Office,
    task: Task,
    /// Whether the database knows of it: not where no other program serves.
    is_known: bool,
    /// When it was last done; 0 where that is not known.
    pub done: u64,
    /// When it was done by this claim.
    pub done_now: Option<u64>,
    _turn: MutexGuard<'a, ()>,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if self.is_known {
            let released =
                self.office.ledger.release(self.task.name(), self.office.programs.me.holder, self.done_now);
            if let Err(error) = released {
                // It ends by itself.
                log::trouble("claim_not_released", &error);
            }
        }
    }
}

impl Office {
    /// Takes its place among the programs that serve this database: to be said once, before anybody is answered. Notices
    /// first whether the database is the one that it was ([`Self::promise`]).
    ///
    /// # Errors
    /// When the ledger or the data folder is not able.
    pub fn begin_serving(&self, seat: Seat) -> Result<(), LedgerError> {
        let unable = |error: io::Error| LedgerError::Unable(format!("the data folder: {error}"));
        self.ledger.serves(self.programs.me, now_ms())?;
        if seat.is_alone {
            // Whoever served from this folder has ended, and can have ended in the middle of anything.
            self.ledger.alone_at(self.programs.me)?;
            self.keep_beside(Due::All)?;
            let opened = self.programs.file();
            seat.file.unlock().map_err(unable)?;
            seat.file.lock_shared().map_err(unable)?;
            // Between the two another program may have had it, and have restored something.
            if self.programs.file() != opened {
                let words = "the ledger was replaced at this moment: start again";
                return Err(LedgerError::Unable(words.to_owned()));
            }
            self.ledger.look()?;
        }
        self.keep_beside(Due::All)?;
        *self.programs.serving.lock().unwrap_or_else(PoisonError::into_inner) = Some(seat.file);
        Ok(())
    }

    /// Serves no more.
    pub fn end_serving(&self) {
        let ended =
            self.keep_beside(Due::Grown).and_then(|_| self.ledger.serves_no_more(self.programs.me.holder));
        if let Err(error) = ended {
            log::trouble("end_serving", &error);
        }
        *self.programs.serving.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Says that it serves, hears whether another epoch began, notices whether the database went back, and writes down
    /// beside it what was promised, and to whom.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn still_serves(&self) -> Result<(), LedgerError> {
        self.ledger.serves(self.programs.me, now_ms())?;
        let before = self.ledger.identity().epoch;
        if self.ledger.look()?.epoch != before {
            log::event("epoch_heard", &[]);
        }
        self.not_tried()?;
        self.keep_beside(Due::Grown).map(|_| ())
    }

    /// Takes back that envelopes were tried at the start, where the ledger was not able to judge them.
    ///
    /// # Errors
    /// When it is still not able.
    pub(super) fn not_tried(&self) -> Result<(), LedgerError> {
        let mut seqs = self.programs.not_tried.lock().unwrap_or_else(PoisonError::into_inner);
        if !seqs.is_empty() {
            self.ledger.not_tried(&seqs)?;
            seqs.clear();
        }
        Ok(())
    }

    /// Whether other programs serve this database.
    pub(super) fn has_others(&self) -> Result<bool, LedgerError> {
        Ok(self.ledger.others(self.programs.me.holder, now_ms().saturating_sub(SILENT))? > 0)
    }

    /// Waits until nobody else does something, in this program or another. For blocking threads only.
    ///
    /// A program that hangs for half a minute in the middle of it may find that another has begun: nothing that rests on
    /// this is worse than a slot given twice, which people decide, or a value stated twice. What must not happen is
    /// decided in the transaction that writes.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub(super) fn claim(&self, task: Task) -> Result<Claim<'_>, LedgerError> {
        let turn = self.turn_of(task).lock().unwrap_or_else(PoisonError::into_inner);
        let [mut wait, longest] = WAITS;
        loop {
            match self.claimed(task)? {
                Ok((is_known, done)) => return Ok(self.its(task, is_known, done, turn)),
                Err(()) => std::thread::sleep(wait),
            }
            wait = longest.min(wait * 2);
        }
    }

    /// As [`Self::claim`], or `None` where somebody else is at it.
    ///
    /// # Errors
    /// As there.
    pub(super) fn try_claim(&self, task: Task) -> Result<Option<Claim<'_>>, LedgerError> {
        let Ok(turn) = self.turn_of(task).try_lock() else { return Ok(None) };
        let claimed = self.claimed(task)?.ok();
        Ok(claimed.map(|(is_known, done)| self.its(task, is_known, done, turn)))
    }

    fn its<'a>(&'a self, task: Task, is_known: bool, done: u64, turn: MutexGuard<'a, ()>) -> Claim<'a> {
        Claim { office: self, task, is_known, done, done_now: None, _turn: turn }
    }

    fn turn_of(&self, task: Task) -> &Mutex<()> {
        let [applications, drawing, start] = &self.programs.turns;
        match task {
            Task::Applications => applications,
            Task::Drawing => drawing,
            Task::Start => start,
        }
    }

    /// Whether the database knows of the claim, and when it was last done; the error says that another program has it.
    fn claimed(&self, task: Task) -> Result<Result<(bool, u64), ()>, LedgerError> {
        // Letters come often, and a program that has just begun waits before it judges any.
        if task == Task::Applications && !self.has_others()? {
            return Ok(Ok((false, 0)));
        }
        let now = now_ms();
        let until = now.saturating_add(task.lasts());
        Ok(match self.ledger.claim(task.name(), self.programs.me.holder, now, until)? {
            Claimed::Mine(done) => Ok((true, done)),
            Claimed::Until(_) => Err(()),
        })
    }
}

/// Keeps a serving program's place for as long as it is polled.
pub async fn keep_up(office: Arc<Office>) {
    loop {
        let at_work = Arc::clone(&office);
        let done = tokio::task::spawn_blocking(move || at_work.still_serves());
        let done = done.await.map_err(|error| error.to_string());
        if let Err(error) = done.and_then(|done| done.map_err(|error| error.to_string())) {
            log::trouble("serving", &error);
        }
        tokio::time::sleep(Duration::from_millis(SAYS)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::sync::mpsc::channel;

    /// Another program over a folder that serves.
    fn serving(data: &Path) -> Office {
        let seat = Seat::to_serve(data).unwrap();
        let office = Office::open(data).unwrap();
        office.begin_serving(seat).unwrap();
        office
    }

    fn folder() -> PathBuf {
        std::env::temp_dir().join(format!("amparo-several-{}", domain::id::hex(&random::<8>())))
    }

    #[test]
    fn one_program_at_a_time_does_what_is_done_once_and_the_other_hears_when() {
        let data = folder();
        let (one, other) = (serving(&data), serving(&data));
        let mut claim = one.try_claim(Task::Drawing).unwrap().unwrap();
        assert!(other.try_claim(Task::Drawing).unwrap().is_none());
        assert!(other.try_claim(Task::Start).unwrap().is_some(), "something else");
        claim.done_now = Some(123);
        drop(claim);
        assert_eq!(other.try_claim(Task::Drawing).unwrap().unwrap().done, 123);
        // Whoever waits goes on as soon as it is free.
        let claim = one.claim(Task::Applications).unwrap();
        let (told, claimed) = channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let claim = other.claim(Task::Applications).unwrap();
                told.send(claim.is_known).unwrap();
            });
            assert!(claimed.recv_timeout(Duration::from_millis(50)).is_err());
            drop(claim);
            assert!(claimed.recv().unwrap());
        });
        drop((one, other));
        std::fs::remove_dir_all(data).unwrap();
    }

    #[test]
    fn what_a_program_that_was_killed_had_claimed_is_free_for_whoever_begins_in_its_place() {
        let data = folder();
        let killed = serving(&data);
        // Nobody releases it, and the lock goes with the program.
        std::mem::forget(killed.try_claim(Task::Start).unwrap().unwrap());
        *killed.programs.serving.lock().unwrap() = None;
        let again = serving(&data);
        assert!(!again.has_others().unwrap());
        assert!(again.try_claim(Task::Start).unwrap().is_some());
        // Alone, it asks the database nothing for each letter.
        assert!(!again.claim(Task::Applications).unwrap().is_known);
        drop((again, killed));
        std::fs::remove_dir_all(data).unwrap();
    }
}
