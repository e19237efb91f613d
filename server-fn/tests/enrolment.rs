//! Enrolment and sign-in, told over real HTTP.

mod office;

use api::ApiError;
use api::EnrolRequest;
use api::server::client::{Client, Device};
use api::server::ledger::InvitationRow;
use api::server::{now_ms, random, rng};
use axum::http::{Method, header};
use domain::{EnrolmentId, Role};
use office::*;
use seal::{EnrolmentKeys, Invitation};

fn request(invitation: &str, keys: &EnrolmentKeys) -> EnrolRequest {
    let public = keys.public().unwrap();
    let code = Invitation::parse(invitation).unwrap().code.to_vec();
    EnrolRequest { code, verifying: public.verifying.to_vec(), inbox: public.inbox.to_vec() }
}

fn keys() -> EnrolmentKeys {
    EnrolmentKeys::generate(&mut rng())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_enrols_one_device_and_says_who_it_is_for() {
    let server = Server::start().await;
    let (user, invitation) = server.invite(Role::Supervisor, "david");
    let link = format!("https://amparo.example/enrol#{invitation}");
    let device = Device::enrol(&server.url, &link).await.unwrap();
    let enrolled = &device.enrolled;
    assert_eq!(
        (device.user, enrolled.role, enrolled.site.as_str()),
        (user, Role::Supervisor.code(), "david")
    );
    assert_eq!((enrolled.name.as_str(), enrolled.staff_code.as_str()), ("Staff of david", "TST-01"));
    assert_eq!((enrolled.deposit_token.len(), enrolled.epoch.len()), (32, 16));
    let days = (device.server.until - now_ms()) / (24 * 60 * 60 * 1000);
    assert!((44..=45).contains(&days), "vouched for a month and two weeks");

    assert_eq!(Device::enrol(&server.url, &link).await.err(), Some(ApiError::InvitationUsed));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_and_late_invitations_are_told_apart() {
    let server = Server::start().await;
    let client = Client::new(&server.url);
    let (user, invitation) = server.invite(Role::Caseworker, "meteti");
    let mut wrong = request(&invitation, &keys());
    wrong.code[3] ^= 1;
    assert_eq!(client.enrol(wrong).await.err(), Some(ApiError::InvitationUnknown));

    let late = Invitation { code: random(), root: [0; 32] };
    let row = InvitationRow { code: seal::digest(&late.code), user, expires_at: now_ms() - 1 };
    let held = server.office.ledger().users(&[user]).unwrap().remove(0);
    server.office.ledger().invite(held, row).unwrap();
    let outcome = client.enrol(request(&late.to_text(), &keys())).await;
    assert_eq!(outcome.err(), Some(ApiError::InvitationExpired));

    let mut short = request(&invitation, &keys());
    short.verifying.pop();
    assert_eq!(client.enrol(short).await.err(), Some(ApiError::Malformed));
    // None of these used it up.
    client.enrol(request(&invitation, &keys())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_use_an_invitation_at_once_one_enrols() {
    let server = Server::start().await;
    let invitation = server.invite(Role::Caseworker, "meteti").1;
    let tries = (0..12).map(|_| {
        let (url, invitation) = (server.url.clone(), invitation.clone());
        tokio::spawn(async move { Device::enrol(&url, &invitation).await.map(|_| ()) })
    });
    let mut enrolled = 0;
    for tried in tries.collect::<Vec<_>>() {
        match tried.await.unwrap() {
            Ok(()) => enrolled += 1,
            Err(error) => assert_eq!(error, ApiError::InvitationUsed),
        }
    }
    assert_eq!(enrolled, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_lost_the_answer_asks_again_and_is_the_same_enrolment() {
    let server = Server::start().await;
    let (invitation, keys) = (server.invite(Role::Caseworker, "meteti").1, keys());
    let client = Client::new(&server.url);
    let first = client.enrol(request(&invitation, &keys)).await.unwrap();
    let again = client.enrol(request(&invitation, &keys)).await.unwrap();
    assert_eq!((first.enrolment, first.deposit_token), (again.enrolment, again.deposit_token));
    client.collect(&[], 4096).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_made_beside_the_running_server_works() {
    let server = Server::start().await;
    let beside = crate::office::open(&server.data).unwrap();
    let user = api::server::NewUser {
        id: domain::UserId::fresh(now_ms(), random()),
        name: "Somebody".into(),
        staff_code: "MET-04".into(),
        role: Role::Caseworker,
        site: "meteti".into(),
        organisation: String::new(),
        team: String::new(),
    };
    let invitation = beside.invite(&user).unwrap().to_text();
    assert_eq!(Device::enrol(&server.url, &invitation).await.unwrap().enrolled.name, "Somebody");
    assert!(beside.invite(&api::server::NewUser { site: "atlantis".into(), ..user }).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_enrolments_own_key_signs_in_and_each_challenge_once() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    device.client.forget_cookie();
    assert_eq!(device.client.collect(&[], 4096).await.err(), Some(ApiError::NotSignedIn));
    let signed_in = device.sign_in().await.unwrap();
    assert_eq!((signed_in.role, signed_in.site.as_str()), (Role::Caseworker.code(), "meteti"));
    assert_eq!(signed_in.epoch.to_vec(), device.enrolled.epoch);
    device.client.collect(&[], 4096).await.unwrap();

    let refused = Some(ApiError::NotSignedIn);
    let sign = |keys: &EnrolmentKeys, challenge: &[u8], enrolment: &[u8]| {
        keys.sign(seal::signed::SIGN_IN, &[challenge, enrolment].concat())
    };
    let me = device.enrolment.0;
    let challenge = device.client.challenge(&me).await.unwrap();
    let stranger = sign(&keys(), &challenge, &me);
    assert_eq!(device.client.sign_in(&me, &challenge, &stranger).await.err(), refused);
    let signature = sign(&device.keys, &challenge, &me);
    device.client.sign_in(&me, &challenge, &signature).await.unwrap();
    assert_eq!(device.client.sign_in(&me, &challenge, &signature).await.err(), refused, "used before");

    let nobody = EnrolmentId([7; 16]).0;
    let challenge = device.client.challenge(&nobody).await.unwrap();
    assert_eq!(challenge.len(), 32, "says nothing about whether it exists");
    let signature = sign(&device.keys, &challenge, &nobody);
    assert_eq!(device.client.sign_in(&nobody, &challenge, &signature).await.err(), refused);
    // A challenge made for another, and one made up.
    for challenge in [challenge.to_vec(), vec![0; 32], vec![0xff; 32]] {
        let signature = sign(&device.keys, &challenge, &me);
        assert_eq!(device.client.sign_in(&me, &challenge, &signature).await.err(), refused);
    }
    assert_eq!(device.client.sign_in(&me, &[0; 31], &[0; 64]).await.err(), Some(ApiError::Malformed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_with_sign_out_with_the_device_and_with_the_user() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let collect = || device.client.collect(&[], 4096);
    collect().await.unwrap();
    device.client.sign_out().await.unwrap();
    assert_eq!(collect().await.err(), Some(ApiError::NotSignedIn));

    device.sign_in().await.unwrap();
    server.office.set_revoked(device.enrolment, true).unwrap();
    assert_eq!(collect().await.err(), Some(ApiError::NotSignedIn));
    assert_eq!(device.sign_in().await.err(), Some(ApiError::NotSignedIn));
    server.office.set_revoked(device.enrolment, false).unwrap();
    device.sign_in().await.unwrap();

    server.office.set_user(device.user, Role::Caseworker, "meteti", true).unwrap();
    assert_eq!(collect().await.err(), Some(ApiError::NotSignedIn));
    assert_eq!(device.sign_in().await.err(), Some(ApiError::NotSignedIn));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_for_this_server_alone_and_no_script_reads_it() {
    let server = Server::start().await;
    let invitation = server.invite(Role::Caseworker, "meteti").1;
    let arguments = ciborium_of(&request(&invitation, &keys()));
    let client = Client::new(&server.url);
    let headers = [("content-type", "application/cbor")];
    let response = client.send(Method::POST, "/api/enrol", &headers, arguments).await.unwrap();
    assert!(response.status().is_success());
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    let (value, attributes) = cookie.split_once(';').unwrap();
    assert_eq!(value.strip_prefix("__Host-amparo=").unwrap().len(), 64);
    for attribute in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(attributes.split(';').any(|held| held.trim() == attribute), "{attribute}");
    }
    assert!(!attributes.contains("Domain"));
}

/// Arguments as the browser's stub writes them: a map of their names.
fn ciborium_of(request: &EnrolRequest) -> Vec<u8> {
    use server_fn::Encodes as _;
    let arguments = std::collections::BTreeMap::from([("request", request)]);
    server_fn::codec::CborEncoding::encode(&arguments).unwrap().to_vec()
}
