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

const KINDS: [Kind; 17] = [
    Kind::Joining,
    Kind::SignIn,
    Kind::Delivery,
    Kind::Existence,
    Kind::AccessRequest,
    Kind::Passkey,
    Kind::Administration,
    Kind::Export,
    Kind::Anew,
    Kind::Slip,
    Kind::SlipCode,
    Kind::Letter,
    Kind::Application,
    Kind::Turn,
    Kind::Picture,
    Kind::Pin,
    Kind::FindApplication,
];

fn everybody() -> [Who; 6] {
    [
        network("192.0.2.7"),
        Who::Enrolment(EnrolmentId([1; 16])),
        Who::User(UserId([1; 16])),
        Who::Slip([1; 16]),
        Who::SlipFrom([1; 16], Network::of("192.0.2.7".parse().unwrap())),
        Who::Anybody,
    ]
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
fn a_turn_that_is_given_back_is_there_again_and_none_beyond_a_full_bucket() {
    let (limits, _) = limits();
    let from = |number| Who::SlipFrom([number; 16], Network::of("192.0.2.7".parse().unwrap()));
    let slip = from(7);
    limits.give_back(Kind::SlipCode, slip);
    for _ in 0..100 {
        limits.take(Kind::SlipCode, slip).unwrap();
        limits.give_back(Kind::SlipCode, slip);
    }
    assert_eq!(turns(&limits, Kind::SlipCode, slip, 50), 5);
    limits.give_back(Kind::SlipCode, slip);
    assert_eq!(turns(&limits, Kind::SlipCode, slip, 50), 1);
    assert_eq!(turns(&limits, Kind::SlipCode, from(8), 50), 5);
}

#[test]
fn everything_is_limited_for_the_network_or_for_the_account() {
    for kind in KINDS {
        assert!(everybody().iter().any(|who| rule(kind, who).is_some()), "{kind:?}");
    }
    // What can be asked by whoever has no account yet is limited for the network.
    for kind in [Kind::Joining, Kind::SignIn, Kind::Delivery, Kind::Slip] {
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
fn families_are_counted_by_the_block_that_one_place_is_given() {
    let of = |address: &str| Network::of(address.parse().unwrap());
    assert_eq!(of("2001:db8:1:2::1").wide(), of("2001:db8:1:ffff::1").wide());
    assert_ne!(of("2001:db8:1:2::1").wide(), of("2001:db8:2:2::1").wide());
    assert_eq!(of("192.0.2.7").wide(), of("192.0.2.200").wide());
    assert_ne!(of("192.0.2.7").wide(), of("192.0.3.7").wide());
    assert_eq!(of("2001:db8:1:2::1").sender(), of("2001:db8:1:3::1").sender());
    assert_ne!(of("192.0.2.7").sender(), of("192.0.2.8").sender());
}

#[test]
fn pictures_from_one_network_leave_most_of_an_offices_day_to_others() {
    let Rule { burst, every } = rule(Kind::Picture, &network("192.0.2.7")).unwrap();
    let room = crate::server::ledger::STATED_ROOM;
    let pieces = |pieces: u64| pieces * seal::attachment::CHUNK_LIMIT as u64;
    assert!(pieces(burst) <= room / 4);
    assert!(pieces(burst + 86_400_000 / every) <= room / 2 + room / 100);
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

#[test]
fn codes_of_a_slip_count_for_the_network_and_for_all_of_them_and_right_ones_for_none() {
    let (limits, time) = limits();
    let from = |last: u8| Network::of(std::net::Ipv4Addr::new(192, 0, 2, last).into());
    let slip = [7; 16];
    for _ in 0..100 {
        limits.take_code(slip, from(1)).unwrap();
        limits.give_code_back(slip, from(1));
    }
    let tried = |network: u8| (0..9).filter(|_| limits.take_code(slip, from(network)).is_ok()).count();
    // Each network its five, until all of them together had fifty.
    assert_eq!((1..=12).map(tried).collect::<Vec<_>>(), [5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 0, 0]);
    assert_eq!(limits.take_code(slip, from(13)), Err(ApiError::TooMany { seconds: 1_728 }));
    assert!(limits.take_code([8; 16], from(1)).is_ok(), "another slip is another's");
    // Who was refused for the sake of all has lost nothing of their own.
    time.fetch_add(10 * 1_728_000, Ordering::Relaxed);
    assert_eq!((tried(13), tried(14)), (5, 5));
    assert_eq!(tried(15), 0);
}

#[test]
fn made_up_numbers_of_slips_fill_no_memory_and_push_out_nobody_else() {
    let (limits, _) = limits();
    let (guesser, here) = (network("192.0.2.7"), Network::of("192.0.2.7".parse().unwrap()));
    while limits.take(Kind::Joining, guesser).is_ok() {}
    for flood in 0..2 * KEPT as u128 {
        limits.take_code(flood.to_be_bytes(), here).unwrap();
    }
    assert!(limits.kept() <= SLIPS_KEPT + 1, "{}", limits.kept());
    assert!(limits.take(Kind::Joining, guesser).is_err());
}
