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
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

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
}

/// Who asks. Only those that the server knows may be named, the network apart: otherwise somebody could use up the
/// turns of another, or fill the memory with names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Whatever is behind one address of the network.
    Network(Network),
    /// A user on one device: who signed in, or whose deposit token came.
    Enrolment(EnrolmentId),
    /// An account, on whatever devices.
    User(UserId),
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
        (Kind::Joining, Who::Enrolment(_))
        | (Kind::Anew, Who::Network(_) | Who::User(_))
        | (Kind::Joining | Kind::SignIn | Kind::Delivery, Who::User(_))
        | (Kind::AccessRequest | Kind::Administration | Kind::Export, Who::Network(_)) => return None,
    };
    Some(Rule { burst, every })
}

/// Buckets kept at a time, in two halves of which the older is forgotten when the younger is full. Who floods the server
/// from more addresses than that gets each of them forgotten in the end; who asks meanwhile is in the younger half.
pub const KEPT: usize = 32 * 1024;

/// Milliseconds by a clock that never goes back.
pub type Clock = Box<dyn Fn() -> u64 + Send + Sync>;

/// The buckets of a running server.
pub struct Limits {
    clock: Clock,
    buckets: Mutex<Buckets>,
}

/// When each bucket will be full again.
#[derive(Default)]
struct Buckets {
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
        Self { clock, buckets: Mutex::default() }
    }

    /// Limits that never refuse, for scanners that are to get behind them. In builds for testing alone.
    #[cfg(debug_assertions)]
    #[must_use]
    pub fn none() -> Self {
        let days = std::sync::atomic::AtomicU64::new(0);
        // A month passes between any two questions.
        Self::by(Box::new(move || days.fetch_add(30 * 24 * 3_600_000, std::sync::atomic::Ordering::Relaxed)))
    }

    /// Takes one turn.
    ///
    /// # Errors
    /// [`ApiError::TooMany`] with the seconds after which there is one again. A refused attempt takes nothing.
    pub fn take(&self, kind: Kind, who: Who) -> Result<(), ApiError> {
        let Some(Rule { burst, every }) = rule(kind, &who) else { return Ok(()) };
        let now = (self.clock)();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// How many buckets are kept now.
    #[must_use]
    pub fn kept(&self) -> usize {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.younger.len() + buckets.older.len()
    }
}

impl Buckets {
    fn full_at(&mut self, key: (Kind, Who)) -> Option<u64> {
        if let Some(full_at) = self.older.remove(&key) {
            // Whoever asks stays known, also who is refused.
            self.keep(key, full_at);
        }
        self.younger.get(&key).copied()
    }

    fn keep(&mut self, key: (Kind, Who), full_at: u64) {
        if self.younger.len() >= KEPT / 2 && !self.younger.contains_key(&key) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn limits() -> (Limits, Arc<AtomicU64>) {
        let time = Arc::new(AtomicU64::new(1_000_000));
        let clock = Arc::clone(&time);
        (Limits::by(Box::new(move || clock.load(Ordering::Relaxed))), time)
    }

    fn network(address: &str) -> Who {
        Who::Network(Network::of(address.parse().unwrap()))
    }

    /// How many of so many attempts at this moment get a turn.
    fn turns(limits: &Limits, kind: Kind, who: Who, attempts: usize) -> usize {
        (0..attempts).filter(|_| limits.take(kind, who).is_ok()).count()
    }

    const KINDS: [Kind; 9] = [
        Kind::Joining,
        Kind::SignIn,
        Kind::Delivery,
        Kind::Existence,
        Kind::AccessRequest,
        Kind::Passkey,
        Kind::Administration,
        Kind::Export,
        Kind::Anew,
    ];

    fn everybody() -> [Who; 3] {
        [network("192.0.2.7"), Who::Enrolment(EnrolmentId([1; 16])), Who::User(UserId([1; 16]))]
    }

    #[test]
    fn a_bucket_gives_its_burst_then_one_turn_at_a_time_and_says_when() {
        for (kind, who) in KINDS.into_iter().flat_map(|kind| everybody().map(|who| (kind, who))) {
            let (limits, time) = limits();
            let Some(Rule { burst, every }) = rule(kind, &who) else {
                assert_eq!(turns(&limits, kind, who, 10_000), 10_000, "{kind:?} {who:?}");
                continue;
            };
            assert_eq!(turns(&limits, kind, who, burst as usize + 50), burst as usize, "{kind:?} {who:?}");
            let Err(ApiError::TooMany { seconds }) = limits.take(kind, who) else { panic!("{kind:?}") };
            assert_eq!(u64::from(seconds), every.div_ceil(1_000), "{kind:?} {who:?}");
            time.fetch_add(every - 1, Ordering::Relaxed);
            assert_eq!(turns(&limits, kind, who, 5), 0, "{kind:?} {who:?}");
            time.fetch_add(1, Ordering::Relaxed);
            assert_eq!(turns(&limits, kind, who, 5), 1, "{kind:?} {who:?}");
            // After a while it is full, and never fuller.
            time.fetch_add(2 * burst * every, Ordering::Relaxed);
            assert_eq!(turns(&limits, kind, who, 2 * burst as usize), burst as usize, "{kind:?} {who:?}");
        }
    }

    #[test]
    fn everything_is_limited_for_the_network_or_for_the_account() {
        for kind in KINDS {
            assert!(everybody().iter().any(|who| rule(kind, who).is_some()), "{kind:?}");
        }
        // What can be asked by whoever has no account yet is limited for the network.
        for kind in [Kind::Joining, Kind::SignIn, Kind::Delivery] {
            assert!(rule(kind, &network("192.0.2.7")).is_some(), "{kind:?}");
        }
    }

    #[test]
    fn an_office_of_forty_tablets_behind_one_address_is_served_on_monday_morning() {
        let (limits, _) = limits();
        let office = network("198.51.100.20");
        // Everything twice: an answer may be lost on the way.
        let (tablets, people, parcels) = (40, 3, 100);
        assert_eq!(turns(&limits, Kind::Joining, office, 2 * tablets), 2 * tablets);
        let sign_ins = 2 * 2 * people * tablets;
        assert_eq!(turns(&limits, Kind::SignIn, office, sign_ins), sign_ins);
        assert_eq!(turns(&limits, Kind::Delivery, office, 2 * parcels * tablets), 2 * parcels * tablets);
        for tablet in 0..tablets as u8 {
            let device = Who::Enrolment(EnrolmentId([tablet; 16]));
            assert_eq!(turns(&limits, Kind::Delivery, device, 2 * parcels), 2 * parcels);
            assert_eq!(turns(&limits, Kind::SignIn, device, 4 * people), 4 * people);
        }
    }

    #[test]
    fn a_year_of_guessing_tries_no_more_than_a_sliver_of_the_invitations() {
        let Rule { burst, every } = rule(Kind::Joining, &network("192.0.2.7")).unwrap();
        let tries = burst + 365 * 24 * 60 * 60 * 1_000 / every;
        assert!(tries < 1 << 23, "{tries}");
        // A botnet of a million networks against a thousand invitations: still one in 2^75.
        assert!(f64::from(u32::try_from(tries).unwrap()) * 1e6 * 1e3 / 2f64.powi(128) < 2f64.powi(-74));
    }

    #[test]
    fn who_is_refused_keeps_nobody_else_from_anything() {
        let (limits, _) = limits();
        while limits.take(Kind::SignIn, network("192.0.2.7")).is_ok() {}
        assert!(limits.take(Kind::SignIn, network("192.0.2.8")).is_ok());
        assert!(limits.take(Kind::Delivery, network("192.0.2.7")).is_ok());
    }

    #[test]
    fn a_subscriber_is_one_network_whichever_address_is_chosen() {
        let of = |address: &str| Network::of(address.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
        assert_eq!(format!("{:?}", of("192.0.2.7")), "Network", "nobody's address gets into a log");
    }

    #[test]
    fn a_flood_of_addresses_fills_no_memory_and_frees_nobody_who_goes_on_asking() {
        let (limits, _) = limits();
        let guesser = network("192.0.2.7");
        while limits.take(Kind::Joining, guesser).is_ok() {}
        for flood in 0..4 * KEPT as u64 {
            let [a, b, c, d] = [16, 32, 48, 0].map(|shift| (flood >> shift) as u16);
            let address = std::net::Ipv6Addr::new(0x2001, a | 0xdb8, b | c, d, 0, 0, 0, 1);
            let _ = limits.take(Kind::SignIn, Who::Network(Network::of(address.into())));
            if flood % 1_000 == 0 {
                assert!(limits.take(Kind::Joining, guesser).is_err(), "{flood}");
            }
            assert!(limits.kept() <= KEPT, "{flood}");
        }
    }
}
