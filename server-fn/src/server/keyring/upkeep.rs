//! What a running server does about keys by itself: it takes up changed ones, lets a new pair take over each month where
//! the root is at hand, says when keys run out, and seals rows anew after the storage key was changed.

use super::files::read;
use super::reseal::Pass;
use super::{DAY, GRACE, MONTH, REVISION, renew};
use crate::server::audit::{AuditEvent, What};
use crate::server::{Office, log, now_ms};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the keys themselves are looked at.
const HOURLY: Duration = Duration::from_secs(60 * 60);
/// For how long a server that knows months leaves a pair in use that was made before: devices with a build of then learn
/// of another pair too late for the pages that they collected.
const RESTS: u64 = 30 * DAY;
/// When taking up keys is tried again after it failed.
const AGAIN: Duration = Duration::from_secs(30);

/// How fast.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How often the folder is looked at.
    pub look: Duration,
    /// How long after another storage key was taken up somebody may still be writing a row under the former one.
    pub settle: Duration,
    /// Pause between two steps of sealing anew: others want to write too.
    pub between: Duration,
    /// Rows read in a step.
    pub rows: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            look: Duration::from_secs(2),
            settle: Duration::from_secs(10),
            between: Duration::from_millis(20),
            rows: 64,
        }
    }
}

/// Keeps keys and rows up to date for as long as it is polled.
pub async fn keep_up(office: Arc<Office>, pace: Pace) {
    let mut keeper = Keeper::new(&office, pace);
    loop {
        let at_work = Arc::clone(&office);
        let turn = tokio::task::spawn_blocking(move || {
            let busy = keeper.turn(&at_work);
            (keeper, busy)
        });
        let busy = match turn.await {
            Ok((back, busy)) => {
                keeper = back;
                busy
            }
            Err(error) => {
                log::trouble("keep_up", &error);
                keeper = Keeper::new(&office, pace);
                false
            }
        };
        tokio::time::sleep(if busy { pace.between } else { pace.look }).await;
    }
}

struct Keeper {
    pace: Pace,
    /// Contents of the file that changes with the keys, as last taken up.
    revision: Vec<u8>,
    not_before: Option<Instant>,
    looked: Option<Instant>,
    /// When the newest storage key was taken up.
    switched: Instant,
    pass: Option<(Instant, Pass)>,
    /// No pass before.
    rests_until: Instant,
    settled: Option<u16>,
}

impl Keeper {
    fn new(office: &Office, pace: Pace) -> Self {
        let now = Instant::now();
        Self {
            pace,
            revision: revision(office),
            not_before: Some(now),
            looked: None,
            switched: now,
            pass: None,
            rests_until: now,
            settled: None,
        }
    }

    /// Whether there is more to do at once.
    fn turn(&mut self, office: &Office) -> bool {
        self.take_up(office);
        if self.looked.is_none_or(|looked| looked.elapsed() > HOURLY) {
            self.looked = Some(Instant::now());
            look_at_pair(office);
        }
        self.reseal(office).unwrap_or_else(|error| {
            log::trouble("reseal", &error);
            self.rests_until = Instant::now() + AGAIN;
            false
        })
    }

    fn take_up(&mut self, office: &Office) {
        let now = Instant::now();
        let revision = revision(office);
        if revision == self.revision || self.not_before.is_some_and(|until| now < until) {
            return;
        }
        if let Err(error) = office.take_up_keys() {
            log::trouble("keys_not_taken_up", &error);
            self.not_before = Some(now + AGAIN);
            return;
        }
        self.revision = revision;
        (self.switched, self.pass, self.rests_until) = (Instant::now(), None, now);
        log::event("keys_taken_up", &[("storage_keys", office.storage_keys().len() as u64)]);
    }

    /// A step of sealing anew, where rows lie under former keys. Whether there is more to do at once.
    fn reseal(&mut self, office: &Office) -> Result<bool, crate::server::ledger::LedgerError> {
        let newest = office.locker.newest();
        if self.settled == Some(newest) || Instant::now() < self.rests_until {
            return Ok(false);
        }
        if self.pass.is_none() && office.is_settled()? {
            self.settled = Some(newest);
            return Ok(false);
        }
        let (began, pass) = self.pass.get_or_insert_with(|| (Instant::now(), Pass::default()));
        if office.reseal_some(pass, self.pace.rows)? {
            return Ok(true);
        }
        let (began, written, stuck) = (*began, pass.written, pass.stuck);
        self.pass = None;
        log::event("resealed", &[("rows", written), ("not_opened", stuck)]);
        if stuck > 0 {
            log::trouble("rows_not_resealed", &stuck);
            self.rests_until = Instant::now() + HOURLY;
        } else if written == 0 && began >= self.switched + self.pace.settle {
            office.settle_storage()?;
            office.told(AuditEvent::of(What::KeysChanged).because("resealed"));
        } else if written == 0 {
            self.rests_until = self.switched + self.pace.settle;
        }
        Ok(stuck == 0)
    }
}

fn revision(office: &Office) -> Vec<u8> {
    let found = read(&office.keyring.folder().join(REVISION)).ok().flatten();
    found.map(|bytes| bytes.to_vec()).unwrap_or_default()
}

/// Whether another pair is to take over from one of this term, on a server that knows months since then.
fn is_due((from, until): (u64, u64), since: u64, now: u64) -> bool {
    let rests = from < since && now < since.saturating_add(RESTS) && now.saturating_add(GRACE) <= until;
    now > from.saturating_add(DAY + MONTH) && !rests
}

/// Lets a new pair take over once a month where the root is at hand; says so where it is not.
fn look_at_pair(office: &Office) {
    let (from, until, now) = (office.keyring.from, office.keyring.until, now_ms());
    let folder = office.keyring.folder();
    let since = office.placed_at().ok().flatten().unwrap_or(0);
    if office.keyring.holds_root() && is_due((from, until), since, now) {
        let renewed = renew(folder.parent().unwrap_or(folder)).and_then(|_| office.take_up_keys());
        match renewed {
            Ok(()) => {
                log::event("keys_renewed", &[]);
                office.told(AuditEvent::of(What::KeysChanged).because("renewed"));
            }
            Err(error) => log::trouble("keys_not_renewed", &error),
        }
    } else if now.saturating_add(GRACE) > until {
        log::trouble("keys_run_out", &format!("{} days left", until.saturating_sub(now) / DAY));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_of_before_rests_for_thirty_days_after_the_update_unless_it_runs_out() {
        let now = 1_000 * DAY;
        let due = |from: u64, until: u64, since: u64| {
            is_due((now - from * DAY, now + until * DAY), now - since * DAY, now)
        };
        // As releases of before vouched: for ninety days, and anew with thirty left.
        assert!(!due(40, 50, 0) && !due(60, 31, 1) && !due(69, 21, 29));
        assert!(due(70, 20, 31), "rested long enough");
        assert!(due(80, 13, 2) && due(100, 0, 0), "runs out");
        // Of a server that knew months from its beginning.
        assert!(!due(31, 14, 400) && due(33, 12, 400) && due(33, 30, 32));
    }
}
