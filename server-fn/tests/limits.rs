//! Limits, told over real HTTP by a clock that the test moves: an office is served, a guesser is not, and whoever is
//! told to wait has lost nothing.

mod office;

use api::ApiError;
use api::server::client::{Client, Device};
use api::server::limits::{Kind, Limits, Network, Who, rule};
use api::server::{INVITED_FOR, Site, random};
use axum::body::Bytes;
use axum::http::{Method, Response, StatusCode};
use domain::{EnrolmentId, Role};
use office::*;
use seal::{Invitation, Verdict};
use server_fn::Decodes as _;
use server_fn::codec::CborEncoding;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A server whose limits go by the clock that comes along. With `public_url` a proxy on this machine is believed.
async fn server(public_url: Option<&str>) -> (Server, Arc<AtomicU64>) {
    let time = Arc::new(AtomicU64::new(5_000_000));
    let clock = Arc::clone(&time);
    let data = std::env::temp_dir().join(format!("amparo-test-{}", domain::id::hex(&random::<8>())));
    let limits = Limits::by(Box::new(move || clock.load(Ordering::Relaxed)));
    let office = Arc::new(crate::office::open(&data).unwrap().with_limits(limits));
    (Server::running(office, data, public_url, Site::Absent).await, time)
}

/// Asks with arguments that nobody can read: only the door is knocked at.
async fn knock(server: &Server, path: &str, from: &str) -> Response<Bytes> {
    let headers = [("content-type", "application/cbor"), ("x-forwarded-for", from)];
    Client::new(&server.url).send(Method::POST, path, &headers, vec![0xa0]).await.unwrap()
}

fn here() -> Who {
    Who::Network(Network::of("127.0.0.1".parse().unwrap()))
}

fn exhaust(server: &Server, kind: Kind, who: Who) {
    while server.office.limits().take(kind, who).is_ok() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_tablets_behind_one_address_join_sign_in_and_deliver_at_the_same_moment() {
    let (server, _) = server(None).await;
    let server = Arc::new(server);
    let tablets = (0..40).map(|_| {
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            let device = server.device(Role::Caseworker, "meteti").await;
            for _ in 0..3 {
                device.client.forget_cookie();
                device.sign_in().await.unwrap();
            }
            let entry = family(&device, "meteti", &["Amina"]);
            device.deliver(vec![device.seal(&entry).unwrap()]).await.unwrap().items[0].verdict
        })
    });
    for tablet in tablets.collect::<Vec<_>>() {
        assert_eq!(tablet.await.unwrap(), Verdict::Accepted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_is_told_to_wait_and_for_how_long_while_all_others_are_served() {
    let (server, time) = server(Some("https://amparo.example")).await;
    for (path, kind) in [
        ("/api/enrol", Kind::Joining),
        ("/api/challenge", Kind::SignIn),
        ("/api/sign_in", Kind::SignIn),
        ("/api/deliver", Kind::Delivery),
        ("/api/chunks_lacking", Kind::Delivery),
        ("/api/chunks_put", Kind::Delivery),
    ] {
        let guesser = Who::Network(Network::of("192.0.2.7".parse().unwrap()));
        let every = rule(kind, &guesser).unwrap().every;
        // One before the last is served yet.
        time.fetch_add(every, Ordering::Relaxed);
        assert_eq!(knock(&server, path, "192.0.2.7").await.status(), StatusCode::BAD_REQUEST, "{path}");
        exhaust(&server, kind, guesser);
        let refused = knock(&server, path, "203.0.113.9, 192.0.2.7").await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS, "{path}");
        let seconds = u32::try_from(every.div_ceil(1_000)).unwrap();
        assert_eq!(refused.headers()["retry-after"], seconds.to_string(), "{path}");
        let said: ApiError = CborEncoding::decode(refused.into_body()).unwrap();
        assert_eq!(said, ApiError::TooMany { seconds }, "{path}");
        assert_eq!(knock(&server, path, "192.0.2.8").await.status(), StatusCode::BAD_REQUEST, "{path}");
        time.fetch_add(every, Ordering::Relaxed);
        assert_eq!(knock(&server, path, "192.0.2.7").await.status(), StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(knock(&server, path, "192.0.2.7").await.status(), 429, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_more_turns_by_making_addresses_up() {
    let (server, _) = server(None).await;
    exhaust(&server, Kind::Joining, here());
    for made_up in ["192.0.2.1", "192.0.2.2", "::1", "127.0.0.2"] {
        assert_eq!(knock(&server, "/api/enrol", made_up).await.status(), 429, "{made_up}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_delivers_too_often_is_told_to_wait_and_its_parcel_arrives_later_once() {
    let (server, time) = server(None).await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let colleague = server.device(Role::Caseworker, "meteti").await;
    exhaust(&server, Kind::Delivery, Who::Enrolment(device.enrolment));
    let envelope = device.seal(&family(&device, "meteti", &["Amina"])).unwrap();
    let refused = device.deliver(vec![envelope.clone()]).await;
    assert_eq!(refused.err(), Some(ApiError::TooMany { seconds: 1 }));
    let counts = server.office.ledger().counts().unwrap();
    assert_eq!((counts.entries, counts.waiting, counts.parked), (0, 0, 0));
    // Whoever delivers from the same office is not in the way of anybody, and nobody in theirs.
    let other = colleague.seal(&family(&colleague, "meteti", &["Yusuf"])).unwrap();
    assert_eq!(colleague.deliver(vec![other]).await.unwrap().items[0].verdict, Verdict::Accepted);
    time.fetch_add(1_000, Ordering::Relaxed);
    assert_eq!(device.deliver(vec![envelope]).await.unwrap().items[0].verdict, Verdict::Accepted);
    assert_eq!(names(&all_records(&colleague).await), ["Amina", "Yusuf"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knows_a_devices_number_cannot_lock_it_out() {
    let (server, _) = server(None).await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let stranger = Client::new(&server.url);
    let Some(own) = rule(Kind::SignIn, &Who::Enrolment(device.enrolment)) else { panic!("no limit") };
    for _ in 0..=own.burst {
        let challenge = stranger.challenge(&device.enrolment.0).await.unwrap();
        let refused = stranger.sign_in(&device.enrolment.0, &challenge, &[7; 64]).await;
        assert_eq!(refused.err(), Some(ApiError::NotSignedIn));
    }
    device.sign_in().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_device_gets_the_answers_of_a_known_one() {
    let (server, _) = server(None).await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let stranger = Client::new(&server.url);
    let unknown = EnrolmentId(random());
    let mut answers = Vec::new();
    for enrolment in [device.enrolment, unknown] {
        let challenge = stranger.challenge(&enrolment.0).await.unwrap();
        assert_eq!(challenge.len(), 32);
        let (wrong, early) = ([7; 64], [0; 64]);
        for signature in [wrong, early] {
            answers.push(stranger.sign_in(&enrolment.0, &challenge, &signature).await.err());
        }
        // And a challenge that was never given.
        answers.push(stranger.sign_in(&enrolment.0, &[9; 32], &wrong).await.err());
    }
    assert!(answers.iter().all(|answer| *answer == Some(ApiError::NotSignedIn)), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_are_of_128_random_bits_good_once_and_for_72_hours() {
    let (server, _) = server(None).await;
    assert_eq!(INVITED_FOR, 72 * 60 * 60 * 1_000);
    let mut ones = [0_u32; 128];
    let mut seen = std::collections::HashSet::new();
    const MANY: u32 = 400;
    for _ in 0..MANY {
        let code: [u8; 16] = Invitation::parse(&server.invite(Role::Caseworker, "meteti").1).unwrap().code;
        assert!(seen.insert(code));
        for (bit, ones) in ones.iter_mut().enumerate() {
            *ones += u32::from(code[bit / 8] >> (bit % 8) & 1);
        }
    }
    // Each bit is as often one as not: 400 throws miss 200 by 80 less often than once in 10^14.
    assert!(ones.iter().all(|ones| ones.abs_diff(MANY / 2) < 80), "{ones:?}");

    let invitation = server.invite(Role::Caseworker, "meteti").1;
    // Being told to wait uses no invitation up.
    exhaust(&server, Kind::Joining, here());
    let refused = Device::enrol(&server.url, &invitation).await.err();
    assert!(matches!(refused, Some(ApiError::TooMany { .. })), "{refused:?}");
    let other = Server::running(
        Arc::new(crate::office::open(&server.data).unwrap()),
        Default::default(),
        None,
        Site::Absent,
    )
    .await;
    Device::enrol(&other.url, &invitation).await.unwrap();
    assert_eq!(Device::enrol(&other.url, &invitation).await.err(), Some(ApiError::InvitationUsed));
}
