//! Passkeys, told over real HTTP with an authenticator of the test's own.

mod authenticator;
mod office;

use api::server::audit::What;
use api::server::client::Device;
use api::server::{NewUser, Site, now_ms, random};
use api::{ApiError, PasskeyAsked, PasskeyMade};
use authenticator::*;
use domain::{Role, UserId};
use office::*;
use serde_bytes::ByteBuf;

async fn server() -> Server {
    let name = domain::id::hex(&random::<8>());
    Server::over(std::env::temp_dir().join(format!("amparo-test-{name}")), Some(ORIGIN), Site::Absent).await
}

async fn ask(device: &Device, to_make: bool) -> PasskeyAsked {
    device.client.passkey_challenge(to_make).await.unwrap()
}

async fn register(device: &Device, authenticator: &Authenticator) -> Result<(), ApiError> {
    let asked = device.client.passkey_challenge(true).await?;
    device.client.passkey_register(authenticator.make(device, &asked.challenge)).await
}

async fn show(device: &Device, authenticator: &mut Authenticator) -> Result<u32, ApiError> {
    let asked = device.client.passkey_challenge(false).await?;
    device.client.passkey_show(authenticator.show(&asked.challenge)).await
}

/// Whether the device's session may do what asks for a passkey: here, make another one.
async fn is_elevated(device: &Device) -> bool {
    match device.client.passkey_challenge(true).await {
        Ok(_) => true,
        Err(ApiError::PasskeyNeeded) => false,
        Err(other) => panic!("{other}"),
    }
}

/// Lets time pass for what lies in the database.
fn later(server: &Server, ms: u64) {
    let database = crate::office::beside(&server.data);
    let shift = i64::try_from(ms).unwrap();
    database.execute("UPDATE passkey_challenges SET given_at = given_at - $1", [shift]).unwrap();
    database
        .execute("UPDATE sessions SET elevated_at = elevated_at - $1 WHERE elevated_at > 0", [shift])
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_registered_shown_and_counts_for_a_quarter_of_an_hour_on_that_session_alone() {
    for mut authenticator in [Authenticator::new(), Authenticator::with_ed25519()] {
        let server = server().await;
        let device = server.device(Role::Administrator, "panama").await;
        assert_eq!(ask(&device, false).await.known, Vec::<ByteBuf>::new());
        register(&device, &authenticator).await.unwrap();
        // Registering is not yet showing.
        assert!(!is_elevated(&device).await);
        let asked = ask(&device, false).await;
        assert_eq!(asked.domain, DOMAIN);
        assert_eq!(asked.known, [ByteBuf::from(authenticator.credential.clone())]);
        assert_eq!(show(&device, &mut authenticator).await, Ok(15 * 60));
        assert!(is_elevated(&device).await);
        let [listed] = device.client.passkeys().await.unwrap().try_into().unwrap();
        assert_eq!(listed.credential[..], authenticator.credential);
        assert!(listed.shown_at >= listed.added_at);
        // A second passkey, now that one was shown; and it is as good.
        let mut second = Authenticator::new();
        register(&device, &second).await.unwrap();
        later(&server, 15 * 60 * 1000);
        assert!(!is_elevated(&device).await);
        show(&device, &mut second).await.unwrap();
        assert!(is_elevated(&device).await);
        // A new sign-in is a new session.
        device.sign_in().await.unwrap();
        assert!(!is_elevated(&device).await);
        assert_eq!(device.client.passkey_remove(&second.credential).await, Err(ApiError::PasskeyNeeded));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_exactly_what_was_asked_for_is_refused_and_noted() {
    type Twist = fn(&mut Authenticator);
    let twists: [(&str, Twist); 11] = [
        ("origin", |it| it.origin = "https://amparo.example.evil".into()),
        ("origin without its end", |it| it.origin = "https://amparo.example/".into()),
        ("origin over HTTP", |it| it.origin = "http://amparo.example".into()),
        ("within another's page", |it| it.more = r#","crossOrigin":true"#),
        ("under another's page", |it| it.more = r#","topOrigin":"https://evil.example""#),
        ("domain", |it| it.domain = "evil.example".into()),
        ("nobody looked who it is", |it| it.flags = PRESENT),
        ("nobody there", |it| it.flags = VERIFIED),
        ("copied and not copyable", |it| it.flags |= COPIED),
        ("cut off", |it| it.flags |= EXTENDED),
        ("another key", |it| it.secret = Authenticator::new().secret),
    ];
    let server = server().await;
    for (what, twist) in twists {
        let device = server.device(Role::Supervisor, "panama").await;
        let mut made = Authenticator::new();
        if what != "another key" {
            twist(&mut made);
            assert_eq!(register(&device, &made).await, Err(ApiError::Refused), "registered: {what}");
            assert!(device.client.passkeys().await.unwrap().is_empty(), "{what}");
        }
        let mut authenticator = Authenticator::new();
        register(&device, &authenticator).await.unwrap();
        twist(&mut authenticator);
        assert_eq!(show(&device, &mut authenticator).await, Err(ApiError::Refused), "shown: {what}");
        assert!(!is_elevated(&device).await, "{what}");
    }
    let refused = server.office.ledger().audit_chain(0, 10_000).unwrap();
    let refused = refused.iter().filter(|link| link.row.what == 83).count();
    assert_eq!(refused, 2 * twists.len() - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_good_for_one_answer_within_two_minutes() {
    let server = server().await;
    let device = server.device(Role::Administrator, "panama").await;
    let mut authenticator = Authenticator::new();
    register(&device, &authenticator).await.unwrap();
    // Once.
    let asked = ask(&device, false).await;
    let shown = authenticator.show(&asked.challenge);
    assert!(device.client.passkey_show(shown.clone()).await.is_ok());
    assert_eq!(device.client.passkey_show(shown).await, Err(ApiError::Refused));
    // A wrong answer uses it up too.
    let asked = ask(&device, false).await;
    let mut wrong = authenticator.show(&asked.challenge);
    wrong.signature[8] ^= 1;
    assert_eq!(device.client.passkey_show(wrong).await, Err(ApiError::Refused));
    let right = authenticator.show(&asked.challenge);
    assert_eq!(device.client.passkey_show(right).await, Err(ApiError::Refused));
    // In time.
    let asked = ask(&device, false).await;
    later(&server, 2 * 60 * 1000 + 1_000);
    let late = authenticator.show(&asked.challenge);
    assert_eq!(device.client.passkey_show(late).await, Err(ApiError::Refused));
    // Only the latest one.
    let first = ask(&device, false).await;
    ask(&device, false).await;
    let overtaken = authenticator.show(&first.challenge);
    assert_eq!(device.client.passkey_show(overtaken).await, Err(ApiError::Refused));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_of_another_session_user_or_purpose_is_worth_nothing() {
    let server = server().await;
    let device = server.device(Role::Administrator, "panama").await;
    let other = server.device(Role::Administrator, "panama").await;
    let (mut authenticator, mut others) = (Authenticator::new(), Authenticator::new());
    register(&device, &authenticator).await.unwrap();
    register(&other, &others).await.unwrap();
    // Another's session, with either passkey.
    let asked = ask(&device, false).await;
    ask(&other, false).await;
    for shown in [authenticator.show(&asked.challenge), others.show(&asked.challenge)] {
        assert_eq!(other.client.passkey_show(shown).await, Err(ApiError::Refused));
    }
    // Another's passkey on one's own session.
    let asked = ask(&other, false).await;
    let foreign = authenticator.show(&asked.challenge);
    assert_eq!(other.client.passkey_show(foreign).await, Err(ApiError::Refused));
    assert!(!is_elevated(&other).await);
    // The session that asked is gone.
    let asked = ask(&device, false).await;
    device.sign_in().await.unwrap();
    let shown = authenticator.show(&asked.challenge);
    assert_eq!(device.client.passkey_show(shown).await, Err(ApiError::Refused));
    // One to make a passkey shows none, and the other way round.
    let asked = ask(&device, false).await;
    let made = Authenticator::new().make(&device, &asked.challenge);
    assert_eq!(device.client.passkey_register(made).await, Err(ApiError::Refused));
    let asked = ask(&device, false).await;
    let created = authenticator
        .sign(authenticator.client_data("webauthn.create", &asked.challenge), authenticator.data(0));
    assert_eq!(device.client.passkey_show(created).await, Err(ApiError::Refused));
    assert!(!is_elevated(&device).await);
    // Without a session there is nothing.
    device.client.forget_cookie();
    assert_eq!(device.client.passkey_challenge(false).await, Err(ApiError::NotSignedIn));
    assert_eq!(device.client.passkeys().await, Err(ApiError::NotSignedIn));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_the_cookie_alone_registers_nothing() {
    let server = server().await;
    let device = server.device(Role::Administrator, "panama").await;
    let thief = server.device(Role::Caseworker, "panama").await;
    let mine = Authenticator::new();
    // The thief has the cookie and signs with a key of their own.
    let asked = ask(&device, true).await;
    let forged = mine.make(&thief, &asked.challenge);
    assert_eq!(device.client.passkey_register(forged).await, Err(ApiError::Refused));
    // Or puts another passkey under what the vault signed.
    let asked = ask(&device, true).await;
    let honest = mine.make(&device, &asked.challenge);
    let swapped = PasskeyMade { attestation: ByteBuf::from(Authenticator::new().attestation()), ..honest };
    assert_eq!(device.client.passkey_register(swapped).await, Err(ApiError::Refused));
    assert!(device.client.passkeys().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_passkey_needs_the_first_and_no_passkey_is_two_persons() {
    let server = server().await;
    let device = server.device(Role::Administrator, "panama").await;
    let first = Authenticator::new();
    // Two challenges to make the first are out; only one passkey comes of them.
    let asked = ask(&device, true).await;
    device.client.passkey_register(first.make(&device, &asked.challenge)).await.unwrap();
    assert_eq!(register(&device, &Authenticator::new()).await, Err(ApiError::PasskeyNeeded));
    // Somebody else comes with the same.
    let other = server.device(Role::Administrator, "panama").await;
    assert_eq!(register(&other, &first).await, Err(ApiError::Refused));
    // What was refused is not written down as done.
    let links = server.office.ledger().audit_chain(0, 100).unwrap();
    let added = links.iter().filter(|link| link.row.what == What::PasskeyAdded.code());
    assert_eq!(added.map(|link| link.row.enrolment).collect::<Vec<_>>(), [Some(device.enrolment)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authenticator_that_counts_back_or_changes_its_kind_is_refused() {
    let server = server().await;
    let device = server.device(Role::Administrator, "panama").await;
    let mut authenticator = Authenticator::new();
    register(&device, &authenticator).await.unwrap();
    authenticator.counter = 40;
    show(&device, &mut authenticator).await.unwrap();
    for before in [0, 10, 39, 40] {
        let asked = ask(&device, false).await;
        authenticator.counter = before;
        let data = authenticator.data(0);
        let shown = authenticator.sign(authenticator.client_data("webauthn.get", &asked.challenge), data);
        assert_eq!(device.client.passkey_show(shown).await, Err(ApiError::Refused), "{before}");
    }
    authenticator.counter = 41;
    authenticator.flags |= COPYABLE;
    assert_eq!(show(&device, &mut authenticator).await, Err(ApiError::Refused));
    authenticator.flags ^= COPYABLE;
    assert!(show(&device, &mut authenticator).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_administers_keeps_one_passkey_and_others_may_remove_their_last() {
    let server = server().await;
    for (role, outcome) in [
        (Role::Administrator, Err(ApiError::Refused)),
        (Role::Caseworker, Ok(())),
        (Role::Auditor, Err(ApiError::Refused)),
    ] {
        let device = server.device(role, "panama").await;
        let (mut first, second) = (Authenticator::new(), Authenticator::new());
        register(&device, &first).await.unwrap();
        assert_eq!(device.client.passkey_remove(&first.credential).await, Err(ApiError::PasskeyNeeded));
        show(&device, &mut first).await.unwrap();
        register(&device, &second).await.unwrap();
        assert_eq!(device.client.passkey_remove(b"nobody's").await, Err(ApiError::Refused));
        device.client.passkey_remove(&second.credential).await.unwrap();
        assert_eq!(device.client.passkey_remove(&first.credential).await, outcome, "{role:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_belongs_to_its_user_on_all_their_devices_and_opens_one_session_at_a_time() {
    let server = server().await;
    let id = UserId::fresh(now_ms(), random());
    let user = NewUser {
        id,
        name: "Aracelis Him".into(),
        staff_code: "ADM-01".into(),
        role: Role::Administrator,
        site: "panama".into(),
        organisation: String::new(),
        team: String::new(),
    };
    let join = || async {
        let invitation = server.office.invite(&user).unwrap().to_text();
        Device::enrol(&server.url, &invitation).await.unwrap()
    };
    let (tablet, phone) = (join().await, join().await);
    let (mut key, spare) = (Authenticator::new(), Authenticator::new());
    register(&tablet, &key).await.unwrap();
    assert!(!is_elevated(&phone).await);
    show(&tablet, &mut key).await.unwrap();
    assert!(is_elevated(&tablet).await && !is_elevated(&phone).await);
    show(&phone, &mut key).await.unwrap();
    register(&tablet, &spare).await.unwrap();
    // Whatever the lost one opened elsewhere is closed.
    tablet.client.passkey_remove(&spare.credential).await.unwrap();
    assert!(is_elevated(&tablet).await && !is_elevated(&phone).await);
    // All are lost: somebody at the server takes them out, and the first is made anew.
    assert_eq!(server.office.reset_passkeys("ADM-01"), Ok(1));
    assert!(tablet.client.passkeys().await.unwrap().is_empty());
    register(&tablet, &Authenticator::new()).await.unwrap();
    assert!(!is_elevated(&tablet).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleagues_passkeys_are_reset_within_reach_and_nobodys_own() {
    let server = server().await;
    let boss = server.device(Role::Supervisor, "panama").await;
    let near = server.device(Role::Caseworker, "panama").await;
    let far = server.device(Role::Caseworker, "meteti").await;
    let (mut key, mut hers) = (Authenticator::new(), Authenticator::new());
    register(&boss, &key).await.unwrap();
    register(&near, &hers).await.unwrap();
    show(&near, &mut hers).await.unwrap();
    assert_eq!(boss.client.passkeys_reset(&near.user.0).await, Err(ApiError::PasskeyNeeded));
    show(&boss, &mut key).await.unwrap();
    assert_eq!(boss.client.passkeys_reset(&far.user.0).await, Err(ApiError::NotHere));
    assert_eq!(boss.client.passkeys_reset(&boss.user.0).await, Err(ApiError::NotHere));
    assert_eq!(boss.client.passkeys_reset(&[7; 16]).await, Err(ApiError::NotHere));
    assert_eq!(boss.client.passkeys_reset(&near.user.0).await, Ok(1));
    // What it had opened is closed, and she may begin anew.
    assert!(near.client.passkeys().await.unwrap().is_empty());
    assert_eq!(near.client.passkey_remove(&hers.credential).await, Err(ApiError::PasskeyNeeded));
    register(&near, &Authenticator::new()).await.unwrap();
    // On the server itself, by staff code; here two have the same.
    assert!(server.office.reset_passkeys("TST-01").unwrap_err().starts_with('3'));
    assert!(server.office.reset_passkeys("NOBODY").unwrap_err().starts_with('0'));
    // Nobody takes away the passkeys of those whose role they could not give.
    for role in [Role::Administrator, Role::Supervisor, Role::Auditor] {
        let above = server.device(role, "panama").await;
        register(&above, &Authenticator::new()).await.unwrap();
        assert_eq!(boss.client.passkeys_reset(&above.user.0).await, Err(ApiError::NotHere), "{role:?}");
        assert_eq!(above.client.passkeys().await.unwrap().len(), 1);
    }
    // A caseworker looks after nobody.
    show(&near, &mut hers).await.unwrap_err();
    let mut late = Authenticator::new();
    register(&far, &late).await.unwrap();
    show(&far, &mut late).await.unwrap();
    assert_eq!(far.client.passkeys_reset(&near.user.0).await, Err(ApiError::NotHere));
}

#[tokio::test(flavor = "multi_thread")]
async fn at_an_address_that_can_have_no_passkeys_none_is_asked_for() {
    let server = Server::start().await;
    let device = server.device(Role::Administrator, "panama").await;
    // 127.0.0.1 is a number.
    assert_eq!(device.client.passkey_challenge(false).await, Err(ApiError::NotHere));
}
