//! The page for slips, over HTTP as an old telephone asks for it: which referral a slip opens and what its HTML says,
//! read as it came; what may be answered, and who is told to wait.

mod desks;
mod markers;
mod office;

use api::server::audit::What;
use api::server::client::Client;
use api::server::keyring::StorageSource;
use api::server::limits::Limits;
use api::server::{Site, now_ms, random};
use axum::body::Bytes;
use axum::http::{Method, Response};
use desks::*;
use domain::service::slip::voice_of;
use domain::service::{Referral, Status};
use domain::{Entry, EntryId, Field, GroupRef, Kind, Record, RecordId, Role, Value};
use office::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A referral of the mother to the migration service, which has no accounts, with number and code of its slip.
struct Slip {
    id: RecordId,
    number: String,
    code: String,
}

async fn agree(story: &Story, institution: &str) -> RecordId {
    let consent = record_id();
    let agreed = [
        (Field::OWNER, Value::Ref(story.mother)),
        (Field::CONSENT_PURPOSE, text("share_partner")),
        (Field::CONSENT_ORGANISATION, text(institution)),
        (Field::CONSENT_DECISION, text("yes")),
    ];
    enter(&story.hias, vec![change(consent, Kind::CONSENT, &agreed)]).await;
    consent
}

/// Sends one that rests on a consent, with other values than usual.
async fn slip(story: &Story, consent: RecordId, other: &[(Field, Value)]) -> Slip {
    let mut values = sent("SNM", "snm_panama", "HIAS", &items());
    values.push((Field::REFERRAL_CONSENT, Value::Ref(consent)));
    for (field, value) in other {
        values.retain(|(known, _)| known != field);
        values.push((*field, value.clone()));
    }
    let said = |wanted: Field| {
        let found = values.iter().find(|(field, _)| *field == wanted).unwrap();
        found.1.as_text().unwrap().to_owned()
    };
    let (number, code) = (said(Field::REFERRAL_REF), said(Field::REFERRAL_CODE));
    let referral = hanging(Kind::REFERRAL, story.mother, &values);
    let id = referral.record;
    enter(&story.hias, vec![referral]).await;
    Slip { id, number, code }
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn written(fields: &[(&str, &str)]) -> Vec<u8> {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    pairs.join("&").into_bytes()
}

async fn asked(url: &str, method: Method, path: &str, headers: &[(&str, &str)]) -> Response<Bytes> {
    Client::new(url).send(method, path, headers, Vec::new()).await.unwrap()
}

/// Sends a form; the status and the HTML as it came.
async fn post(url: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let answer = Client::new(url).send(Method::POST, "/answer", &[FORM], written(fields)).await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert!(answer.headers().get("set-cookie").is_none());
    (answer.status().as_u16(), String::from_utf8(answer.into_body().to_vec()).unwrap())
}

/// The same from elsewhere in the network, which a proxy on this machine tells.
async fn post_from(server: &Server, from: &str, number: &str, code: &str) -> (u16, String) {
    let headers = [FORM, ("x-forwarded-for", from)];
    let body = written(&[("number", number), ("code", code), ("lang", "es")]);
    let answer = Client::new(&server.url).send(Method::POST, "/answer", &headers, body).await.unwrap();
    (answer.status().as_u16(), String::from_utf8(answer.into_body().to_vec()).unwrap())
}

/// What each page sends again with whatever is answered.
fn with<'a>(slip: &'a Slip, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("number", slip.number.as_str()), ("code", slip.code.as_str()), ("lang", "es")], fields].concat()
}

async fn open(url: &str, slip: &Slip) -> (u16, String) {
    post(url, &with(slip, &[("step", "open")])).await
}

async fn answer(url: &str, slip: &Slip, answer: &str, more: &[(&str, &str)]) -> (u16, String) {
    let fields = [&[("step", "answer"), ("answer", answer)], more].concat();
    post(url, &with(slip, &fields)).await
}

/// The answers that a page offers.
fn offers(html: &str) -> Vec<&str> {
    let choices = html.split("name=\"answer\" required value=\"").skip(1);
    choices.filter_map(|rest| rest.split('"').next()).collect()
}

/// How the sender sees it.
async fn sender_sees(story: &Story, id: RecordId) -> Record {
    Holder::of(&story.hias).await.get(id).clone()
}

fn status_of(record: &Record) -> Status {
    Referral::of(record).unwrap().status()
}

fn lines(server: &Server, what: What, about: RecordId) -> usize {
    let lines = server.office.ledger().audit_chain(0, 10_000).unwrap();
    lines.iter().filter(|link| link.row.what == what.code() && link.row.subject == Some(about.0)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_without_accounts_opens_one_referral_and_says_what_became_of_it() {
    let story = Story::begin().await;
    let url = story.server.url.as_str();
    let consent = agree(&story, "SNM").await;
    let (mine, other) = (slip(&story, consent, &[]).await, slip(&story, consent, &[]).await);
    // Typed as it is read aloud.
    let typed = Slip { number: mine.number.to_lowercase().replace('-', " "), ..mine };
    let (status, html) = open(url, &typed).await;
    assert_eq!(status, 200);
    assert_eq!(words(html.as_bytes()), shared());
    for id in [story.mother, story.group, story.consent, consent, typed.id, other.id] {
        assert!(!html.contains(&id.to_string()), "no id of anybody's");
    }
    for said in ["Urgente", "2026-11-23 08:00", "Migración, Ciudad de Panamá", "Procedimiento de refugio"] {
        assert!(html.contains(said), "{said}");
    }
    assert!(!html.contains("<script") && !html.contains("style=") && !html.contains("?n="));
    assert_eq!(offers(&html), ["accept", "reject", "served", "partly", "not_reached", "declined", "note"]);
    assert_eq!(status_of(&sender_sees(&story, typed.id).await), Status::Received);
    // Opened again, it is received once.
    assert_eq!(open(url, &typed).await.0, 200);
    let record = sender_sees(&story, typed.id).await;
    assert_eq!(record.known(Field::REFERRAL_STATUS).count(), 2);
    assert_eq!(status_of(&sender_sees(&story, other.id).await), Status::Sent);

    let (status, html) =
        answer(url, &typed, "accept", &[("next", "Venga el lunes,\r\n8:00 <ventanilla 4>")]).await;
    assert_eq!(status, 200);
    assert!(html.contains("quedó anotada") && html.contains("Venga el lunes,\n8:00 &lt;ventanilla 4&gt;"));
    assert_eq!(offers(&html), ["served", "partly", "not_reached", "declined", "note"]);
    let (status, html) = answer(url, &typed, "partly", &[]).await;
    assert_eq!((status, offers(&html)), (200, vec![]));
    let record = sender_sees(&story, typed.id).await;
    let said = |field| record.shown(field).and_then(Value::as_text).unwrap().to_owned();
    assert_eq!(status_of(&record), Status::Closed);
    assert_eq!(said(Field::REFERRAL_OUTCOME), "partly");
    assert_eq!(said(Field::REFERRAL_NEXT), "Venga el lunes,\n8:00 <ventanilla 4>");
    // Opened twice, shown again after each answer.
    assert_eq!(lines(&story.server, What::SlipOpened, typed.id), 4);
    assert_eq!(lines(&story.server, What::SlipAnswered, typed.id), 2);
    assert_eq!(lines(&story.server, What::SlipOpened, other.id), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gave_the_service_before_they_ever_said_that_they_would_says_both_at_once() {
    let story = Story::begin().await;
    let url = story.server.url.as_str();
    let consent = agree(&story, "SNM").await;
    for (code, end) in [("served", Status::Closed), ("declined", Status::ClosedNoService)] {
        let slip = slip(&story, consent, &[]).await;
        assert_eq!(answer(url, &slip, code, &[]).await.0, 200);
        let record = sender_sees(&story, slip.id).await;
        assert_eq!(status_of(&record), end);
        let steps = record.known(Field::REFERRAL_STATUS).filter_map(|stated| stated.value.as_text()).count();
        // Sent, accepted, closed: each an entry of its own.
        assert_eq!(steps, 3);
        assert_eq!(record.shown(Field::REFERRAL_OUTCOME).and_then(Value::as_text), Some(code));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_slip_said_stands_in_the_chain_in_the_voice_of_its_desk_which_is_nobody_else() {
    let story = Story::begin().await;
    let consent = agree(&story, "SNM").await;
    let slip = slip(&story, consent, &[]).await;
    assert_eq!(answer(&story.server.url, &slip, "served", &[]).await.0, 200);
    let (pages, _) = story.hias.collect(Vec::new(), 64 * 1024).await.unwrap();
    let record = pages.iter().flat_map(|page| &page.records).find(|record| record.id == slip.id).unwrap();
    let answered = record.stated(Field::REFERRAL_OUTCOME).next().unwrap();
    let mut authors = pages.iter().flat_map(|page| &page.authors);
    let voice = authors.find(|author| author.user == answered.author).unwrap();
    assert_eq!((voice_of(&voice.name), voice.site.as_str()), (Some("SNM"), "panama"));
    // Its entries are signed and chained as anybody's.
    let chain = story.server.office.ledger().chain(0, 1_000).unwrap();
    let by_slip: Vec<_> = chain.iter().filter(|link| link.entry.enrolment != story.hias.enrolment).collect();
    assert_eq!(by_slip.len(), 2);
    let member = story.server.office.ledger().member(by_slip[0].entry.enrolment).unwrap().unwrap();
    assert_eq!((member.user.role, member.user.id), (Role::Slip.code(), answered.author));
    let report = api::server::audit::verify::verify(&story.server.office, &[]).unwrap();
    assert!(report.faults.is_empty(), "{report:?}");
    // No list of people names it, and nobody can seal anything to it.
    let ledger = story.server.office.ledger();
    assert!(ledger.staff().unwrap().iter().all(|user| user.id != answered.author));
    let clerk = story.server.device_of(Role::Supervisor, "panama", "SNM").await;
    let holder = Holder::of(&clerk).await;
    let people = holder.directory.unwrap().people;
    assert_eq!(people.iter().map(|person| person.user).collect::<Vec<_>>(), [clerk.user]);
    // An account of the same desk reads and goes on from where the slip left off.
    assert_eq!(status_of(holder.held.get(&slip.id).unwrap()), Status::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn number_and_code_must_go_together_and_nothing_tells_which_of_them_is_wrong() {
    let story = Story::begin().await;
    let url = story.server.url.as_str();
    let consent = agree(&story, "SNM").await;
    let (mine, other) = (slip(&story, consent, &[]).await, slip(&story, consent, &[]).await);
    let fresh = || GroupRef::fresh(random()).to_string();
    let pairs = [
        (mine.number.clone(), other.code.clone()),
        (mine.number.clone(), mine.number.clone()),
        (mine.code.clone(), mine.code.clone()),
        (mine.number.clone(), fresh()),
        (fresh(), mine.code.clone()),
        (fresh(), fresh()),
    ];
    for (number, code) in pairs {
        let (status, html) = post(url, &[("number", &number), ("code", &code)]).await;
        assert_eq!(status, 403);
        assert!(words(html.as_bytes()).is_empty());
        let as_any = html.replace(&number, "…").replace(&code, "…");
        let (_, known) = post(url, &[("number", &fresh()), ("code", "2222-2222")]).await;
        let known_number = known.split("name=\"number\" value=\"").nth(1).unwrap()[..9].to_owned();
        assert_eq!(as_any, known.replace(&known_number, "…").replace("2222-2222", "…"));
    }
    for (number, code, sentence, which) in [
        ("", mine.code.as_str(), "Falta este dato.", "number"),
        ("KX7M-42P", &mine.code, "Son ocho letras y cifras", "number"),
        ("KX7M-42PO", &mine.code, "Nunca hay 0, O, 1, I ni L.", "number"),
        (&mine.number, "3222-2222", "Algo se leyó mal.", "code"),
        (&mine.number, "\"><script>alert(1)</script>", "Nunca hay", "code"),
    ] {
        let (status, html) = post(url, &[("number", number), ("code", code)]).await;
        assert_eq!(status, 422);
        assert!(html.contains(sentence) && !html.contains("<script"), "{sentence}");
        let hint = html.split(&format!("id=\"{which}-hint\"")).nth(1).unwrap();
        assert!(hint.split("</p>").next().unwrap().contains(sentence), "beside its input");
    }
    assert_eq!(status_of(&sender_sees(&story, mine.id).await), Status::Sent);
    // Tried in vain, and told to the log: under the referral's id, without number or code.
    assert_eq!(lines(&story.server, What::SlipRefused, mine.id), 3);
    assert_eq!(open(url, &mine).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_person_is_shown_once_it_was_withdrawn_and_the_desk_says_that_it_has_read_so() {
    let story = Story::begin().await;
    let url = story.server.url.as_str();
    let consent = agree(&story, "SNM").await;
    let (by_status, by_consent) = (slip(&story, consent, &[]).await, slip(&story, consent, &[]).await);
    assert_eq!(words(open(url, &by_consent).await.1.as_bytes()), shared());
    story.takes(&story.hias, by_status.id, &[status(Status::Cancelled)]).await;
    // By a colleague who knows nothing of the referral.
    story.takes(&story.counsellor, consent, &[(Field::CONSENT_DECISION, "withdrawn")]).await;
    for slip in [&by_status, &by_consent] {
        let (status, html) = open(url, slip).await;
        assert_eq!((status, offers(&html)), (200, vec![]));
        assert!(words(html.as_bytes()).is_empty() && html.contains("fue retirada"));
        assert!(html.contains("value=\"acknowledge\""));
        // With the page of before still open.
        let (status, html) = answer(url, slip, "accept", &[("next", "MarcaVieja")]).await;
        assert_eq!(status, 409);
        assert!(words(html.as_bytes()).is_empty());
        let (status, html) = post(url, &with(slip, &[("step", "acknowledge")])).await;
        assert_eq!(status, 200);
        assert!(html.contains("Quedó anotado que lo leyeron") && !html.contains("value=\"acknowledge\""));
        let seen = sender_sees(&story, slip.id).await;
        let first = seen.shown(Field::REFERRAL_WITHDRAWN_SEEN).cloned().unwrap();
        assert!(domain::service::brief::minutes_of(first.as_text().unwrap()).is_some());
        // Said once.
        assert_eq!(post(url, &with(slip, &[("step", "acknowledge")])).await.0, 200);
        assert_eq!(sender_sees(&story, slip.id).await.known(Field::REFERRAL_WITHDRAWN_SEEN).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_said_any_more_is_answered_with_what_can() {
    let story = Story::begin().await;
    let url = story.server.url.as_str();
    let consent = agree(&story, "SNM").await;
    let mine = slip(&story, consent, &[]).await;
    let forgotten = [("accept", 200), ("accept", 409), ("reject", 422)];
    for (code, expected) in forgotten {
        let (status, html) = answer(url, &mine, code, &[]).await;
        assert_eq!(status, expected, "{code}");
        if expected == 409 {
            let told = html.split("role=\"alert\"").nth(1).unwrap().split("</div>").next().unwrap();
            assert!(told.contains("«Aceptada»") && told.contains("Servicio dado en parte"), "{told}");
            assert!(!told.contains("No la aceptamos"));
        }
    }
    let (status, html) = answer(url, &mine, "reject", &[("reason", "no_capacity")]).await;
    assert_eq!(status, 409);
    assert!(words(html.as_bytes()) == shared());
    for (fields, sentence) in [
        (vec![("answer", "")], "Elija una respuesta"),
        (vec![("answer", "sent")], "Elija una respuesta"),
        (vec![("answer", "note")], "Escriba qué sigue"),
        (vec![("answer", "served"), ("next", LONG)], "sobran 3"),
    ] {
        let (status, html) = post(url, &with(&mine, &[&[("step", "answer")], &fields[..]].concat())).await;
        assert_eq!(status, 422);
        assert!(html.contains(sentence) && html.contains("aria-"), "{sentence}");
    }
    assert_eq!(status_of(&sender_sees(&story, mine.id).await), Status::Accepted);
    let (status, _) = answer(url, &mine, "note", &[("next", "Falta la foto")]).await;
    assert_eq!(status, 200);
    let record = sender_sees(&story, mine.id).await;
    assert_eq!(record.shown(Field::REFERRAL_NEXT).and_then(Value::as_text), Some("Falta la foto"));
    // Turned down, another one shows no more of the person.
    let other = slip(&story, consent, &[]).await;
    let (status, html) = answer(url, &other, "reject", &[("reason", "no_capacity")]).await;
    assert_eq!((status, words(html.as_bytes()).is_empty()), (200, true));
    assert!(html.contains("Sin capacidad"));
    assert_eq!(answer(url, &other, "accept", &[]).await.0, 409);
}

/// 503 characters.
const LONG: &str = {
    const BYTES: [u8; 503] = [b'x'; 503];
    match std::str::from_utf8(&BYTES) {
        Ok(text) => text,
        Err(_) => "",
    }
};

#[tokio::test(flavor = "multi_thread")]
async fn two_people_with_the_same_slip_answer_at_once_and_one_of_them_is_told() {
    let story = Story::begin().await;
    let consent = agree(&story, "SNM").await;
    for _ in 0..3 {
        let slip = slip(&story, consent, &[]).await;
        let url = story.server.url.as_str();
        let (one, other) = tokio::join!(
            answer(url, &slip, "accept", &[]),
            answer(url, &slip, "reject", &[("reason", "no_capacity")])
        );
        let mut statuses = [one.0, other.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        let record = sender_sees(&story, slip.id).await;
        assert_eq!(record.values(Field::REFERRAL_STATUS).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_wrote_is_never_read_as_markup() {
    let story = Story::begin().await;
    let consent = agree(&story, "SNM").await;
    let hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&lt;";
    let named = [(Field::GIVEN_NAMES, hostile), (Field::PHONE, "</textarea><b>")];
    let shared = sent("SNM", "snm_panama", "HIAS", &named);
    let of = |wanted| shared.iter().find(|(field, _)| *field == wanted).unwrap().clone();
    let reason = (Field::REFERRAL_REASON, text("</dd><form action=//evil.example>"));
    let other = [of(Field::REFERRAL_SHARED), of(Field::REFERRAL_FIELDS_SHARED), reason];
    let slip = slip(&story, consent, &other).await;
    let url = story.server.url.as_str();
    let next = "</textarea><script src=//evil.example></script>";
    for html in [
        open(url, &slip).await.1,
        answer(url, &slip, "note", &[("next", next)]).await.1,
        answer(url, &slip, next, &[("next", next), ("reason", next)]).await.1,
        post(url, &[("number", "<b>"), ("code", "\"><b>"), ("lang", "<b>"), ("step", "<b>")]).await.1,
    ] {
        for markup in ["<script", "<img", "<b>", "<form action=//", "</textarea><"] {
            let rest = html.replace("</textarea><p id=", "");
            assert!(!rest.contains(markup), "{markup}");
        }
    }
    let (_, html) = open(url, &slip).await;
    assert!(html.contains(
        "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img src=x onerror=alert(2)&gt;&amp;lt;"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_of_a_border_officer_is_answered_and_only_what_became_of_it_goes_back() {
    let story = Story::begin().await;
    let officer = story.server.device_of(Role::BorderOfficer, "meteti", "SENAFRONT").await;
    let mut values = sent("SNM", "snm_panama", "SENAFRONT", &[(Field::GIVEN_NAMES, SHARED[0])]);
    values.retain(|(field, _)| *field != Field::REFERRAL_REASON);
    values.push((Field::REFERRAL_CONSENT_STATE, text("yes")));
    values.push((Field::REFERRAL_CONSENT_FORM, text("verbal")));
    let said = |wanted: Field| {
        values.iter().find(|(field, _)| *field == wanted).unwrap().1.as_text().unwrap().to_owned()
    };
    let (number, code) = (said(Field::REFERRAL_REF), said(Field::REFERRAL_CODE));
    let id = record_id();
    enter(&officer, vec![change(id, Kind::REFERRAL, &values)]).await;
    let slip = Slip { id, number, code };
    let (status, html) = open(&story.server.url, &slip).await;
    assert_eq!(status, 200);
    assert_eq!(words(html.as_bytes()), [SHARED[0].to_owned()].into());
    assert!(html.contains("SENAFRONT") || html.contains("Fronteras"));
    assert_eq!(answer(&story.server.url, &slip, "served", &[("next", "Va a la capital")]).await.0, 200);
    let held = Holder::of(&officer).await;
    assert_eq!(status_of(held.get(id)), Status::Closed);
    let next = held.get(id).shown(Field::REFERRAL_NEXT).and_then(Value::as_text);
    assert_eq!(next, Some("Va a la capital"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_plain_in_six_languages_and_kept_by_nobody() {
    let server = Server::start().await;
    let mut titles = std::collections::BTreeSet::new();
    for language in ["es", "en", "fr", "ht", "pt", "ar"] {
        let headers = [("accept-language", format!("{language}-XX,en;q=0.1"))];
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = asked(&server.url, Method::GET, "/answer?n=KX7M-42P2&x=1", &headers).await;
        assert_eq!(answer.status(), 200);
        let (head, html) = (answer.headers().clone(), answer.into_body());
        let html = String::from_utf8(html.to_vec()).unwrap();
        let direction = if language == "ar" { "rtl" } else { "ltr" };
        assert!(html.contains(&format!("<html lang=\"{language}\" dir=\"{direction}\">")));
        assert!(
            html.contains("value=\"KX7M-42P2\"") && html.contains("noindex") && !html.contains("<script")
        );
        assert_eq!(head["content-language"], language);
        assert_eq!(
            (&head["cache-control"], &head["referrer-policy"]),
            (&"no-store".parse().unwrap(), &"no-referrer".parse().unwrap())
        );
        let policy = head["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"));
        assert_eq!(head["x-robots-tag"], "noindex, nofollow");
        // Each links to the five others, and an address says it over the browser.
        assert_eq!(html.matches("/answer?lang=").count(), 5);
        let other = asked(&server.url, Method::GET, "/answer?lang=fr", &headers).await;
        assert_eq!(other.headers()["content-language"], "fr");
        titles.insert(html.split("<h1>").nth(1).unwrap().split('<').next().unwrap().to_owned());
    }
    assert_eq!(titles.len(), 6);
    let style = asked(&server.url, Method::GET, "/answer.css", &[]).await;
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    assert!(style.body().len() < 8 * 1024);
    // Nothing is opened by an address, nor by what is no form.
    let by_address =
        asked(&server.url, Method::GET, "/answer?number=2222-2222&code=2222-2222&step=open", &[]).await;
    assert_eq!(by_address.status(), 200);
    assert_eq!(asked(&server.url, Method::PUT, "/answer", &[FORM]).await.status(), 405);
    assert_eq!(asked(&server.url, Method::POST, "/answer.css", &[FORM]).await.status(), 405);
    assert_eq!(
        asked(&server.url, Method::POST, "/answer", &[("content-type", "text/plain")]).await.status(),
        415
    );
    let client = Client::new(&server.url);
    let large = client.send(Method::POST, "/answer", &[FORM], vec![b'a'; 20_000]).await.unwrap();
    assert_eq!(large.status(), 413);
    let broken = client.send(Method::POST, "/answer", &[FORM], b"number=%ff".to_vec()).await.unwrap();
    assert_eq!(broken.status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_tries_codes_waits_an_hour_after_the_fifth_and_is_told_so() {
    let time = Arc::new(AtomicU64::new(5_000_000));
    let clock = Arc::clone(&time);
    let story = Story::begin().await;
    let consent = agree(&story, "SNM").await;
    let (mine, other) = (slip(&story, consent, &[]).await, slip(&story, consent, &[]).await);
    let Story { server, .. } = story;
    let data = server.stop().await;
    let limits = Limits::by(Box::new(move || clock.load(Ordering::Relaxed)));
    let office = Arc::new(crate::office::open(&data).unwrap().with_limits(limits));
    let server = Server::running(office, data, None, Site::Absent).await;
    let wrong = || GroupRef::fresh(random()).to_string();
    // Opening it with its own code counts for nothing.
    for _ in 0..10 {
        assert_eq!(open(&server.url, &mine).await.0, 200);
    }
    let unknown = wrong();
    for number in [mine.number.as_str(), &unknown] {
        for _ in 0..5 {
            assert_eq!(post(&server.url, &[("number", number), ("code", &wrong())]).await.0, 403);
        }
        let (status, html) = post(&server.url, &[("number", number), ("code", &wrong())]).await;
        assert_eq!(status, 429);
        assert!(html.contains("Espere 12 min"), "{html}");
    }
    // Then its own does not open it either, from where it was guessed at: whoever guesses learns nothing from that.
    let refused = Client::new(&server.url)
        .send(Method::POST, "/answer", &[FORM], written(&with(&mine, &[])))
        .await
        .unwrap();
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["retry-after"]),
        (429, &"720".parse().unwrap())
    );
    assert_eq!(open(&server.url, &other).await.0, 200);
    time.fetch_add(3_600_000, Ordering::Relaxed);
    assert_eq!(open(&server.url, &mine).await.0, 200);
    // One network asks no more than a counter needs.
    let mut statuses = Vec::new();
    for _ in 0..130 {
        statuses.push(post(&server.url, &[("number", &wrong()), ("code", &wrong())]).await.0);
    }
    assert!(statuses[..100].iter().all(|status| *status == 403));
    assert_eq!(statuses.last(), Some(&429));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_opens_after_a_restart_and_under_another_storage_key_in_the_same_voice() {
    let story = Story::begin().await;
    let consent = agree(&story, "SNM").await;
    let (before, after) = (slip(&story, consent, &[]).await, slip(&story, consent, &[]).await);
    assert_eq!(open(&story.server.url, &before).await.0, 200);
    let Story { server, .. } = story;
    let data = server.stop().await;
    let (numbers, codes) = ([&before.number, &after.number], [&before.code, &after.code]);
    let files = ["amparo.db", "amparo.db-wal"].map(|name| std::fs::read(data.join(name)).unwrap_or_default());
    for word in numbers.into_iter().chain(codes) {
        let plain = word.replace('-', "");
        for file in &files {
            assert!(!says(file, word.as_bytes()) && !says(file, plain.as_bytes()), "lies in the database");
        }
    }
    api::server::keyring::rotate_storage(&data, &StorageSource::Files).unwrap();
    let server = Server::over(data, None, Site::Absent).await;
    for slip in [&before, &after] {
        assert_eq!(answer(&server.url, slip, "served", &[]).await.0, 200);
    }
    let chain = server.office.ledger().chain(0, 1_000).unwrap();
    let is_voice = |id| server.office.ledger().member(id).unwrap().unwrap().user.role == Role::Slip.code();
    let voices: std::collections::BTreeSet<_> =
        chain.iter().map(|link| link.entry.enrolment).filter(|id| is_voice(*id)).collect();
    assert_eq!(voices.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_at_a_slip_keeps_nobody_out_who_has_it_until_ten_networks_guess_in_a_day() {
    let time = Arc::new(AtomicU64::new(5_000_000));
    let clock = Arc::clone(&time);
    let story = Story::begin().await;
    let consent = agree(&story, "SNM").await;
    let (mine, other) = (slip(&story, consent, &[]).await, slip(&story, consent, &[]).await);
    let data = story.server.stop().await;
    let limits = Limits::by(Box::new(move || clock.load(Ordering::Relaxed)));
    let office = Arc::new(crate::office::open(&data).unwrap().with_limits(limits));
    let server = Server::running(office, data, Some("https://amparo.example"), Site::Absent).await;
    let wrong = || GroupRef::fresh(random()).to_string();
    let holder = "203.0.113.7";
    let unknown = wrong();
    for guesser in 1..=10 {
        let from = format!("192.0.2.{guesser}");
        // A number that there is and one that there is not are answered alike, all the way.
        for number in [&mine.number, &unknown] {
            for expected in [403, 403, 403, 403, 403, 429] {
                assert_eq!(post_from(&server, &from, number, &wrong()).await.0, expected, "{from}");
            }
        }
        assert_eq!(post_from(&server, &from, &mine.number, &mine.code).await.0, 429);
        let (status, _) = post_from(&server, holder, &mine.number, &mine.code).await;
        assert_eq!(status, if guesser < 10 { 200 } else { 429 }, "after {guesser} networks");
    }
    for number in [&mine.number, &unknown] {
        let (status, html) = post_from(&server, "192.0.2.99", number, &wrong()).await;
        assert!(status == 429 && html.contains("Espere 29 min"), "{html}");
    }
    assert_eq!(post_from(&server, holder, &other.number, &other.code).await.0, 200);
    time.fetch_add(1_728_000, Ordering::Relaxed);
    assert_eq!(post_from(&server, holder, &mine.number, &mine.code).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_answers_with_accounts_says_nothing_by_the_paper() {
    let story = Story::begin().await;
    let url = story.server.url.as_str();
    let to = [(Field::REFERRAL_TO, text("ONPAR")), (Field::REFERRAL_DESK, text("onpar_panama"))];
    let mine = slip(&story, story.consent, &to).await;
    let told = "responde con su cuenta";
    let (code, html) = open(url, &mine).await;
    assert_eq!((code, offers(&html)), (200, vec![]));
    assert_eq!(words(html.as_bytes()), shared());
    assert!(html.contains(told) && !html.contains("name=\"next\""), "{html}");
    // Nor that it was received, nor with a form that somebody kept.
    let (code, html) = answer(url, &mine, "accept", &[("next", "Venga")]).await;
    assert_eq!((code, offers(&html), html.matches(told).count()), (409, vec![], 1));
    assert_eq!(status_of(&sender_sees(&story, mine.id).await), Status::Sent);
    // Once withdrawn it shows nothing of the person, and is acknowledged by an account too.
    story.takes(&story.hias, mine.id, &[status(Status::Cancelled)]).await;
    let (code, html) = open(url, &mine).await;
    assert!(code == 200 && words(html.as_bytes()).is_empty() && html.contains("fue retirada"));
    assert!(html.contains(told) && !html.contains("value=\"acknowledge\""));
    assert_eq!(post(url, &with(&mine, &[("step", "acknowledge")])).await.0, 409);
    let record = sender_sees(&story, mine.id).await;
    assert!(record.shown(Field::REFERRAL_WITHDRAWN_SEEN).is_none());
    assert_eq!(lines(&story.server, What::SlipAnswered, mine.id), 0);
    assert_eq!(lines(&story.server, What::SlipOpened, mine.id), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_days_after_its_end_a_slip_shows_nothing_of_the_person_any_more() {
    let story = Story::begin().await;
    let url = story.server.url.as_str();
    let consent = agree(&story, "SNM").await;
    let clerk = story.server.device_of(Role::Supervisor, "panama", "SNM").await;
    const DAY: u64 = 24 * 3_600_000;
    for (days, is_shown) in [(29, true), (31, false)] {
        let mine = slip(&story, consent, &[]).await;
        assert_eq!(answer(url, &mine, "accept", &[]).await.0, 200);
        let served = [(Field::REFERRAL_STATUS, text("closed")), (Field::REFERRAL_OUTCOME, text("served"))];
        let ended = story.held(&clerk, mine.id).await.change(served).unwrap();
        let at = now_ms() - days * DAY;
        let ended = Entry { id: EntryId::fresh(at, random()), at, ..entry(&clerk, vec![ended]) };
        let receipts = clerk.deliver(vec![clerk.seal(&ended).unwrap()]).await.unwrap();
        assert_eq!(receipts.items[0].verdict, seal::Verdict::Accepted, "{}", receipts.items[0].reason);
        let (status, html) = open(url, &mine).await;
        assert_eq!((status, offers(&html)), (200, vec![]));
        assert_eq!(!words(html.as_bytes()).is_empty(), is_shown, "{days}");
        assert_eq!(html.contains("Los datos de la persona ya no se muestran"), !is_shown, "{days}");
        // How it ended is said for ever, and the answer that came too late tells no more.
        assert!(html.contains("Cerrada: servicio dado") && html.contains("Servicio dado"), "{html}");
        let (status, html) = answer(url, &mine, "accept", &[]).await;
        assert_eq!((status, !words(html.as_bytes()).is_empty()), (409, is_shown));
    }
}
