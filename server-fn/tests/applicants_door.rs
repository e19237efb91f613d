//! The applicants' door from outside: which offices there are, how an office's tablets get the keys of what was handed
//! over on a screen, and the plain page for phones on which nothing runs.

mod office;

use api::ApiError;
use api::server::client::Client;
use api::server::{NewUser, now_ms, random};
use axum::http::Method;
use domain::{Role, UserId};
use office::*;
use seal::intake::{IntakeSecret, open, seal};

fn rng() -> impl seal::CryptoRng {
    api::server::rng()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_phone_seals_for_an_office_opens_on_its_tablets_alone() {
    let server = Server::start().await;
    let meteti = server.device(Role::Caseworker, "meteti").await;
    let second = server.device(Role::Counsellor, "meteti").await;
    let david = server.device(Role::Supervisor, "david").await;
    let verifier = server.device(Role::Verifier, "panama").await;
    for device in [&meteti, &second, &david, &verifier] {
        device.sign_in().await.unwrap();
    }
    let door = meteti.door().await.unwrap();
    let sites: Vec<&str> = door.offices.iter().map(|office| office.site.as_str()).collect();
    assert_eq!(sites, ["david", "meteti"], "only where somebody takes applications in");
    let office = &door.offices[1];
    assert_eq!(office.province, "PA-5");
    assert!(office.until > now_ms());
    let slip = seal(&mut rng(), &office.key, b"a family").unwrap();
    for device in [&meteti, &second] {
        let keys = device.intake_keys().await.unwrap().keys;
        assert_eq!(keys.len(), 13, "this month's and those of twelve before");
        assert!(keys.windows(2).all(|two| two[0].from > two[1].from && two[1].until > two[0].from));
        assert_eq!(&open(&keys[0].secret(), &slip).unwrap()[..], b"a family");
        let older = seal(&mut rng(), &keys[12].secret().public().unwrap(), b"last year's").unwrap();
        assert!(keys.iter().any(|key| open(&key.secret(), &older).is_ok()));
    }
    let opens = |secret: &IntakeSecret| open(secret, &slip).is_ok();
    assert!(!david.intake_keys().await.unwrap().keys.iter().any(|key| opens(&key.secret())));
    assert_eq!(verifier.intake_keys().await, Err(ApiError::Refused));
    assert_eq!(Client::new(&server.url).intake_keys(&[0; 16]).await, Err(ApiError::NotSignedIn));
    // The same after a restart, and told again only when something changed.
    let known = meteti.client.door(&[]).await.unwrap();
    let again = meteti.client.door(&seal::short_digest(&known)).await.unwrap();
    assert!(again.is_empty() || again != known, "nothing new is told in no bytes");
    let before = meteti.intake_keys().await.unwrap();
    let server = Server::over(server.stop().await, None, api::server::Site::Absent).await;
    let kept = server.office.ledger().member(meteti.enrolment).unwrap().unwrap();
    assert_eq!(kept.user.site, "meteti");
    let other = server.device(Role::Caseworker, "meteti").await;
    other.sign_in().await.unwrap();
    assert_eq!(other.intake_keys().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plain_page_says_where_the_offices_are_in_every_language() {
    let server = Server::start().await;
    let client = Client::new(&server.url);
    let page = |query: &'static str, language: &'static str| {
        let client = &client;
        async move {
            let path = format!("/offices{query}");
            let headers = [("accept-language", language)];
            let answer = client.send(Method::GET, &path, &headers, Vec::new()).await.unwrap();
            assert_eq!(answer.status().as_u16(), 200);
            let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
            assert!(policy.contains("default-src 'none'"));
            String::from_utf8(answer.into_body().to_vec()).unwrap()
        }
    };
    // It is made once a second, however many ask.
    let page_that_says = async |query: &'static str, language: &'static str, said: &str| {
        for _ in 0..60 {
            let html = page(query, language).await;
            if html.contains(said) {
                return html;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{said} is not told");
    };
    assert!(page("", "es").await.contains("Todavía no hay oficinas"));
    server.device(Role::Caseworker, "meteti").await;
    let sheet =
        "code,operation,address,hours,phone\nmeteti,PA,Frente al parque <b>,Lunes a viernes 8–15,+507 299\n";
    api::server::tables::Cabinet::of(&server.data).put("sites", sheet).unwrap();
    let html = page_that_says("", "es", "+507 299").await;
    for said in
        ["Metetí (Darién)", "Frente al parque &lt;b&gt;", "Lunes a viernes 8–15", "+507 299", "gratis"]
    {
        assert!(html.contains(said), "{said}");
    }
    assert!(page("?lang=ar", "es").await.contains("dir=\"rtl\""));
    assert!(page("", "ht").await.contains("Orè"));
    let user = NewUser {
        id: UserId(random()),
        name: "Ana".into(),
        staff_code: "x".into(),
        role: Role::Caseworker,
        site: "david".into(),
        organisation: String::new(),
        team: String::new(),
    };
    server.office.invite(&user).unwrap();
    let html = page_that_says("", "es", "David (Chiriquí)").await;
    assert!(html.contains("Pregunte la dirección"));
    assert!(!html.contains("Ana"), "nobody's name");
}
