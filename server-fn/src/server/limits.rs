//! Limits: how often somebody may ask for what could be guessed at, or could wear the server down.
//!
//! Each pair of what is asked ([`Kind`]) and who asks ([`Who`]) has a bucket of turns that fills again steadily. The
//! bucket is one number, the moment at which it will be full (the "generic cell rate algorithm", ITU-T I.371), so that
//! nothing has to run beside it. Buckets lie in memory: a restart fills them all, which harms nobody.
//!
//! An office of 40 tablets behind one address on a Monday morning, three people to a tablet, everybody at once and
//! everything asked twice: 240 sign-ins of two requests each (480), 40 tablets with 100 parcels of the weekend each
//! (4,000), and 80 invitations when the tablets are new. [`rule`] gives that much at one moment.
//! Whoever guesses meets numbers of 128 bits (invitations) and 256 bits (tokens, challenges), of which a year at the
//! steady rate tries 2^23: the limits keep guessers from costing anything, the numbers keep them from succeeding.

use super::{Office, log};
use crate::ApiError;
use domain::{EnrolmentId, UserId};
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

#[cfg(test)]
mod tests;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A device joins with an invitation.
    Joining,
    /// A challenge, or its answer.
    SignIn,
    /// A parcel, a question which chunks are lacking, or chunks.
    Delivery,
    /// A search whether somebody is registered elsewhere.
    Existence,
    /// A request to open what another site holds, break-glass included.
    AccessRequest,
    /// A passkey is made or shown.
    Passkey,
    /// People are invited, devices revoked, tables changed, requests decided; or somebody asks for any of that, or for
    /// the log, to whom it is not given.
    Administration,
    /// Everything is taken out.
    Export,
    /// A device collects from the beginning.
    Anew,
    /// The number and the code of a slip are handed in.
    Slip,
    /// A code is tried on a slip's number.
    SlipCode,
    /// A letter of a family, whatever it says.
    Letter,
    /// An application of a family is judged at once; beyond that it waits its turn.
    Application,
    /// A letter in quarantine has its turn by itself.
    Turn,
    /// A piece of a picture of an application.
    Picture,
    /// A PIN is tried on the reference of an application.
    Pin,
    /// An application is looked for by its reference.
    FindApplication,
}

/// Who asks. Only those that the server knows may be named, the network apart: otherwise somebody could use up the
/// turns of another, or fill the memory with names. Numbers of slips are anybody's to make up, and must be counted the
/// same whether there is such a slip or not: they lie apart ([`SLIPS_KEPT`]), where they push out nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Whatever is behind one address of the network.
    Network(Network),
    /// A user on one device: who signed in, or whose deposit token came.
    Enrolment(EnrolmentId),
    /// An account, on whatever devices.
    User(UserId),
    /// Whoever tries the number of a slip, as the server notes it; whether there is such a slip is told by nothing.
    Slip([u8; 16]),
    /// Whoever tries the number of a slip from one network.
    SlipFrom([u8; 16], Network),
    /// Everybody together.
    Anybody,
}

/// An address of the network as it counts: of the sixth version the first 64 bits, because the rest is the subscriber's
/// to choose.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network([u8; 8]);

impl Network {
    /// The network that an address belongs to.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        let mut network = [0; 8];
        match address.to_canonical() {
            // 0000:0000:0000:… is nobody's network, so that the two do not meet.
            IpAddr::V4(four) => {
                network.iter_mut().skip(4).zip(four.octets()).for_each(|(to, from)| *to = from)
            }
            IpAddr::V6(six) => network.iter_mut().zip(six.octets()).for_each(|(to, from)| *to = from),
        }
        Self(network)
    }

    /// The block of addresses that it belongs to, which one provider gives to one place: 256 of the fourth version; of the
    /// sixth the first 48 bits, because whoever rents a machine is given as much for nothing.
    #[must_use]
    pub fn wide(self) -> Self {
        let Self(mut network) = self;
        let rest = if network.starts_with(&[0; 4]) { 1 } else { 2 };
        network.iter_mut().rev().take(rest).for_each(|byte| *byte = 0);
        Self(network)
    }

    /// Whom letters are counted for: an address of the fourth version, and of the sixth the whole block.
    #[must_use]
    pub fn sender(self) -> Self {
        if self.0.starts_with(&[0; 4]) { self } else { self.wide() }
    }

    /// Its bytes, to be noted under a digest.
    #[must_use]
    pub fn bytes(self) -> [u8; 8] {
        self.0
    }
}

impl fmt::Debug for Network {
    /// Without the address: it says where somebody is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

/// How many turns there are at one moment, and after how many milliseconds there is one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Turns of a full bucket.
    pub burst: u64,
    /// Milliseconds until a turn is given back.
    pub every: u64,
}

/// The table of limits. `None` where there is none: it is the other who is counted.
#[must_use]
pub fn rule(kind: Kind, who: &Who) -> Option<Rule> {
    let (burst, every) = match (kind, who) {
        (Kind::Joining, Who::Network(_)) => (120, 5_000),
        (Kind::SignIn, Who::Network(_)) => (600, 1_000),
        (Kind::SignIn, Who::Enrolment(_)) => (60, 20_000),
        // Parcels of 8 to 64 KiB: 40 each second are more than an office's line carries.
        (Kind::Delivery, Who::Network(_)) => (8_000, 25),
        (Kind::Delivery, Who::Enrolment(_)) => (1_000, 250),
        (Kind::Existence, Who::Network(_)) => (600, 1_000),
        // Enough for a day at a desk, and too few to leaf through the people of a country.
        (Kind::Existence, Who::Enrolment(_) | Who::User(_)) => (30, 120_000),
        (Kind::AccessRequest, Who::Enrolment(_) | Who::User(_)) => (10, 120_000),
        (Kind::Passkey, Who::Network(_)) => (120, 2_000),
        (Kind::Passkey, Who::Enrolment(_) | Who::User(_)) => (20, 30_000),
        (Kind::Administration, Who::Enrolment(_) | Who::User(_)) => (120, 10_000),
        (Kind::Export, Who::Enrolment(_) | Who::User(_)) => (10, 300_000),
        // A cursor is lost once in a blue moon; a device on a bad line asks several times.
        (Kind::Anew, Who::Enrolment(_)) => (20, 180_000),
        // A counter behind one address with a day's slips; each has a limit of its own.
        (Kind::Slip, Who::Network(_)) => (120, 5_000),
        // Wrong ones, of 31^7 codes: five an hour from one network, so that who guesses keeps out nobody elsewhere who
        // has the slip, and fifty a day from all of them together.
        (Kind::SlipCode, Who::SlipFrom(..)) => (5, 720_000),
        (Kind::SlipCode, Who::Slip(_)) => (50, 1_728_000),
        // A shelter behind one address: forty families in an hour, each with ten people's pictures in thirty letters.
        (Kind::Letter, Who::Network(_)) => (1_200, 500),
        // Families at once from one place, then 2,160 a day; of a whole operation 600 at once, then 4,320 a day: with three
        // to a family three times what ever came through Darién in one (some 4,000 people). What is over waits in quarantine,
        // of which 100 at once, then 2,880 a day have their turn by themselves. So tablets of all offices together are
        // handed 7,200 made-up applications a day at most, of 2 KB each usually (15 MB) and of 12 KiB at most (90 MB).
        (Kind::Application, Who::Network(_)) => (120, 40_000),
        (Kind::Application, Who::Anybody) => (600, 20_000),
        (Kind::Turn, Who::Anybody) => (100, 30_000),
        // Pieces of 32 KiB at most: 128 MiB at once, then as much a day, a quarter of what an office's voice may keep in one
        // (STATED_ROOM). A family with ten pictures has seventy pieces.
        (Kind::Picture, Who::Network(_)) => (4_096, 21_000),
        // Wrong ones, of a million: as for the codes of slips.
        (Kind::Pin, Who::SlipFrom(..)) => (5, 720_000),
        (Kind::Pin, Who::Slip(_)) => (50, 1_728_000),
        (Kind::FindApplication, Who::Network(_)) => (600, 1_000),
        (Kind::FindApplication, Who::Enrolment(_) | Who::User(_)) => (60, 20_000),
        (Kind::Joining, Who::Enrolment(_))
        | (Kind::Anew, Who::Network(_) | Who::User(_))
        | (Kind::Joining | Kind::SignIn | Kind::Delivery, Who::User(_))
        | (Kind::AccessRequest | Kind::Administration | Kind::Export, Who::Network(_))
        | (Kind::Slip, Who::Enrolment(_) | Who::User(_))
        | (Kind::SlipCode, Who::Network(_) | Who::Enrolment(_) | Who::User(_))
        | (Kind::Letter | Kind::Application | Kind::Picture, Who::Enrolment(_) | Who::User(_))
        | (Kind::Turn, Who::Network(_) | Who::Enrolment(_) | Who::User(_))
        | (Kind::Pin, Who::Network(_) | Who::Enrolment(_) | Who::User(_))
        | (_, Who::Slip(_) | Who::SlipFrom(..) | Who::Anybody) => return None,
    };
    Some(Rule { burst, every })
}

/// Buckets kept at a time, in two halves of which the older is forgotten when the younger is full. Who floods the server
/// from more addresses than that gets each of them forgotten in the end; who asks meanwhile is in the younger half.
pub const KEPT: usize = 32 * 1024;
/// Buckets of the numbers of slips that are kept beside them, likewise. One network fills half of them in six hours of guessing, and would gain
/// fifty tries of one number by that.
pub const SLIPS_KEPT: usize = 16 * 1024;

/// Milliseconds by a clock that never goes back.
pub type Clock = Box<dyn Fn() -> u64 + Send + Sync>;

/// The buckets of a running server.
pub struct Limits {
    clock: Clock,
    buckets: Mutex<Buckets>,
    /// Those of the numbers of slips.
    slips: Mutex<Buckets>,
}

/// When each bucket will be full again.
struct Buckets {
    /// How many of them are kept.
    most: usize,
    younger: HashMap<(Kind, Who), u64>,
    older: HashMap<(Kind, Who), u64>,
    /// Refused since the log was last told.
    refused: u64,
    /// When the log may be told again: who floods the server must not fill its disk.
    quiet_until: u64,
}

/// Milliseconds between two lines of the log.
const TOLD_EVERY: u64 = 60_000;

impl Default for Limits {
    fn default() -> Self {
        let began = Instant::now();
        Self::by(Box::new(move || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)))
    }
}

impl Limits {
    /// Limits by a clock of their own.
    #[must_use]
    pub fn by(clock: Clock) -> Self {
        let buckets = |most| Mutex::new(Buckets::of(most));
        Self { clock, buckets: buckets(KEPT), slips: buckets(SLIPS_KEPT) }
    }

    /// Limits that never refuse, for scanners that are to get behind them. In builds for testing alone.
    #[cfg(debug_assertions)]
    #[must_use]
    pub fn none() -> Self {
        let days = std::sync::atomic::AtomicU64::new(0);
        // A month passes between any two questions.
        Self::by(Box::new(move || days.fetch_add(30 * 24 * 3_600_000, std::sync::atomic::Ordering::Relaxed)))
    }

    /// The buckets among which that of somebody is.
    fn among(&self, who: &Who) -> MutexGuard<'_, Buckets> {
        let buckets = match who {
            Who::Slip(_) | Who::SlipFrom(..) => &self.slips,
            Who::Network(_) | Who::Enrolment(_) | Who::User(_) | Who::Anybody => &self.buckets,
        };
        buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one turn.
    ///
    /// # Errors
    /// [`ApiError::TooMany`] with the seconds after which there is one again. A refused attempt takes nothing.
    pub fn take(&self, kind: Kind, who: Who) -> Result<(), ApiError> {
        let Some(Rule { burst, every }) = rule(kind, &who) else { return Ok(()) };
        let now = (self.clock)();
        let mut buckets = self.among(&who);
        let full_at = buckets.full_at((kind, who)).unwrap_or(0).max(now).saturating_add(every);
        let wait = full_at.saturating_sub(now).saturating_sub(burst.saturating_mul(every));
        if wait > 0 {
            let seconds = u32::try_from(wait.div_ceil(1_000)).unwrap_or(u32::MAX);
            buckets.tell(now);
            return Err(ApiError::TooMany { seconds });
        }
        buckets.keep((kind, who), full_at);
        Ok(())
    }

    /// Gives a turn back that was taken, where it turned out not to be one of those that are counted.
    pub fn give_back(&self, kind: Kind, who: Who) {
        let Some(Rule { every, .. }) = rule(kind, &who) else { return };
        let mut buckets = self.among(&who);
        if let Some(full_at) = buckets.full_at((kind, who)) {
            buckets.keep((kind, who), full_at.saturating_sub(every));
        }
    }

    /// Takes the two turns of a code that is tried on a slip's number from a network: both or none.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn take_code(&self, number: [u8; 16], network: Network) -> Result<(), ApiError> {
        self.take_both(Kind::SlipCode, number, network)
    }

    /// Gives both back: the code was right.
    pub fn give_code_back(&self, number: [u8; 16], network: Network) {
        self.give_both_back(Kind::SlipCode, number, network);
    }

    /// Takes the two turns of a PIN that is tried on the reference of an application, as the server notes it: both or none.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn take_pin(&self, reference: [u8; 16], network: Network) -> Result<(), ApiError> {
        self.take_both(Kind::Pin, reference, network)
    }

    /// Gives both back: the PIN was right.
    pub fn give_pin_back(&self, reference: [u8; 16], network: Network) {
        self.give_both_back(Kind::Pin, reference, network);
    }

    fn take_both(&self, kind: Kind, number: [u8; 16], network: Network) -> Result<(), ApiError> {
        let from = Who::SlipFrom(number, network);
        self.take(kind, from)?;
        self.take(kind, Who::Slip(number)).inspect_err(|_| self.give_back(kind, from))
    }

    fn give_both_back(&self, kind: Kind, number: [u8; 16], network: Network) {
        for who in [Who::SlipFrom(number, network), Who::Slip(number)] {
            self.give_back(kind, who);
        }
    }

    /// How many buckets are kept now.
    #[must_use]
    pub fn kept(&self) -> usize {
        let both = [&self.buckets, &self.slips];
        let kept = both.map(|buckets| buckets.lock().unwrap_or_else(PoisonError::into_inner).kept());
        kept.into_iter().sum()
    }
}

impl Buckets {
    fn of(most: usize) -> Self {
        Self { most, younger: HashMap::new(), older: HashMap::new(), refused: 0, quiet_until: 0 }
    }

    fn kept(&self) -> usize {
        self.younger.len() + self.older.len()
    }

    fn full_at(&mut self, key: (Kind, Who)) -> Option<u64> {
        if let Some(full_at) = self.older.remove(&key) {
            // Whoever asks stays known, also who is refused.
            self.keep(key, full_at);
        }
        self.younger.get(&key).copied()
    }

    fn keep(&mut self, key: (Kind, Who), full_at: u64) {
        if self.younger.len() >= self.most / 2 && !self.younger.contains_key(&key) {
            self.older = std::mem::take(&mut self.younger);
        }
        self.younger.insert(key, full_at);
    }

    fn tell(&mut self, now: u64) {
        self.refused += 1;
        if now >= self.quiet_until {
            log::event("too_many", &[("refused", std::mem::take(&mut self.refused))]);
            self.quiet_until = now.saturating_add(TOLD_EVERY);
        }
    }
}

impl Office {
    /// Puts other limits in place of the usual, for tests with a clock of their own.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}
