//! Foreign ids on every server function: what is not somebody's is answered as what is not there, byte for byte, and
//! leaves a line in the log of deeds. A function that nobody swept fails here.

mod office;

use api::ApiError;
use api::server::audit::What;
use api::server::client::Device;
use api::server::ledger::{GrantKind, RequestRow, RequestState};
use api::server::{now_ms, random, session};
use axum::http::Method;
use domain::{Field, Kind, Role, Value};
use office::*;
use seal::elsewhere::Question;
use seal::{AuditQuery, EnrolmentKeys};
use serde::Serialize;
use serde_bytes::ByteBuf;
use server_fn::Encodes as _;
use server_fn::codec::CborEncoding;
use std::collections::{BTreeMap, BTreeSet};

/// Functions that take no id of anybody's, or only what whoever has it may use, and why.
const NOTHING_OF_OTHERS: &[(&str, &str)] = &[
    ("/api/server_keys", "takes nothing"),
    ("/api/sign_out", "takes nothing"),
    ("/api/passkeys", "takes nothing: one's own"),
    ("/api/passkey_challenge", "takes nothing but what it is for"),
    ("/api/passkey_register", "a passkey made for this session's challenge"),
    ("/api/door", "offices and their public keys, which anybody may read"),
    ("/api/intake_keys", "takes nothing: those of one's own office"),
    ("/api/staff_room", "takes nothing: what is within reach"),
    ("/api/requests", "takes nothing: one's own and those to decide on"),
    ("/api/office_tables", "tables that anybody may read"),
    ("/api/invite_person", "somebody new"),
    ("/api/put_place", "places, which anybody may read"),
    ("/api/enrol", "an invitation's code: whoever has it is invited"),
    ("/api/echo", "the device's own token; a checkpoint is the server's"),
    ("/api/standing", "the device's own token"),
    ("/api/chunks_lacking", "digests of sealed bytes: only who holds the record, or the bytes, knows them"),
    ("/api/chunks_put", "the bytes themselves"),
    (
        "/api/chunks_get",
        "digests of sealed bytes, which stand in the record alone; what comes opens with it alone",
    ),
    ("/api/deliver", "what one states; swept below, and in reach.rs"),
    ("/api/collect", "one's own cursor; swept below"),
    ("/api/collect_as", "one's own cursor; swept below"),
    ("/api/elsewhere", "sealed questions; swept below, and in elsewhere.rs"),
    (
        "/api/hand_in",
        "sealed letters; what they tell opens with reference and PIN alone, see applications.rs",
    ),
    (
        "/api/find_application",
        "a reference that a family says aloud; of another's its office alone, see applications_flood.rs",
    ),
    ("/api/intake_counts", "takes nothing"),
];

#[derive(Serialize)]
#[serde(untagged)]
enum Arg {
    Bytes(ByteBuf),
    Number(u64),
    Flag(bool),
    Text(&'static str),
    Map(BTreeMap<&'static str, Arg>),
    Nothing(Option<()>),
}

type Args = BTreeMap<&'static str, Arg>;

fn bytes(bytes: &[u8]) -> Arg {
    Arg::Bytes(ByteBuf::from(bytes))
}

/// A session of a device, with a passkey shown just now.
struct Caller<'a> {
    device: &'a Device,
    cookie: String,
}

impl<'a> Caller<'a> {
    fn of(server: &Server, device: &'a Device) -> Self {
        let (secret, row) = session::fresh(device.enrolment, now_ms());
        let digest = row.cookie;
        server.office.ledger().open_session(row, 0).unwrap();
        let database = crate::office::beside(&server.data);
        let update = "UPDATE sessions SET elevated_at = $1 WHERE cookie = $2";
        assert_eq!(database.execute(update, (now_ms() as i64, digest)).unwrap(), 1);
        let cookie = session::cookie(&secret).split(';').next().unwrap().to_owned();
        Self { device, cookie }
    }

    /// What is answered: the status and the bytes.
    async fn ask(&self, path: &str, args: &Args) -> (u16, Vec<u8>) {
        let body = CborEncoding::encode(args).unwrap().to_vec();
        let headers = [("content-type", "application/cbor"), ("cookie", self.cookie.as_str())];
        let answer = self.device.client.send(Method::POST, path, &headers, body).await.unwrap();
        (answer.status().as_u16(), answer.into_body().to_vec())
    }
}

/// What is asked of an id.
type Asking = dyn Fn(&[u8]) -> Args;

/// A function, with what it is asked of somebody or something.
struct Case {
    path: &'static str,
    args: Box<Asking>,
    /// Which is there, and another's.
    theirs: Vec<u8>,
    /// What is answered.
    answer: ApiError,
    /// Whether it stands in the log of deeds under that id.
    noted: bool,
}

fn case(path: &'static str, theirs: &[u8], args: impl Fn(&[u8]) -> Args + 'static) -> Case {
    let (args, theirs) = (Box::new(args), theirs.to_vec());
    Case { path, args, theirs, answer: ApiError::NotHere, noted: true }
}

/// Lines of the log of deeds about an id.
fn lines_about(server: &Server, id: &[u8], what: What) -> usize {
    let lines = server.office.ledger().audit_chain(0, 10_000).unwrap();
    let about = |row: &api::server::ledger::AuditRow| {
        row.what == what.code() && row.subject.is_some_and(|subject| subject == id)
    };
    lines.iter().filter(|line| about(&line.row)).count()
}

/// The status of an error, and its bytes.
fn told(error: &ApiError) -> Vec<u8> {
    CborEncoding::encode(error).unwrap().to_vec()
}

fn cases(theirs: &Device, invitation: &[u8], credential: &[u8]) -> Vec<Case> {
    let details = || {
        let words = [
            ("name", "Otra Persona"),
            ("staff_code", "OTR-01"),
            ("site", "meteti"),
            ("organisation", "HIAS"),
        ];
        let mut details: Args = words.into_iter().map(|(name, word)| (name, Arg::Text(word))).collect();
        details.extend([("team", Arg::Text("")), ("role", Arg::Number(1))]);
        details
    };
    let (user, enrolment) = (theirs.user.0, theirs.enrolment.0);
    let one = |name| move |id: &[u8]| Args::from([(name, bytes(id))]);
    vec![
        case("/api/invite_device", &user, |id| [("nonce", bytes(&[7; 16])), ("user", bytes(id))].into()),
        case("/api/change_person", &user, move |id| {
            [("user", bytes(id)), ("details", Arg::Map(details()))].into()
        }),
        case("/api/disable_person", &user, |id| [("user", bytes(id)), ("disabled", Arg::Flag(true))].into()),
        case("/api/passkeys_reset", &user, one("user")),
        case("/api/withdraw_invitation", invitation, one("id")),
        case("/api/order_device", &enrolment, |id| {
            [("enrolment", bytes(id)), ("deed", Arg::Number(2))].into()
        }),
        case("/api/device_kept", &enrolment, |id| {
            [("enrolment", bytes(id)), ("after", Arg::Number(0))].into()
        }),
        case("/api/take_over", &enrolment, one("enrolment")),
        Case {
            answer: ApiError::Refused,
            noted: false,
            ..case("/api/passkey_remove", credential, one("credential"))
        },
        Case {
            answer: ApiError::Refused,
            noted: false,
            ..case("/api/passkey_show", credential, |id| {
                let empty = ["client_data", "authenticator_data", "signature"].map(|name| (name, bytes(&[])));
                let mut shown = Args::from(empty);
                shown.insert("credential", bytes(id));
                [("shown", Arg::Map(shown))].into()
            })
        },
        Case {
            answer: ApiError::Refused,
            noted: false,
            ..case("/api/audit_page", &user, |id| {
                let query = AuditQuery { user: domain::UserId::from_slice(id), ..AuditQuery::default() };
                let query = minicbor::to_vec(&query).unwrap();
                [
                    ("query", bytes(&query)),
                    ("before", Arg::Nothing(None)),
                    ("limit", Arg::Number(10)),
                    ("nonce", bytes(&[7; 16])),
                ]
                .into()
            })
        },
        Case {
            answer: ApiError::NotSignedIn,
            noted: false,
            ..case("/api/sign_in", &enrolment, |id| {
                [("enrolment", bytes(id)), ("challenge", bytes(&[1; 32])), ("signature", bytes(&[1; 64]))]
                    .into()
            })
        },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_somebodys_is_answered_as_what_is_not_there_by_every_function() {
    let data = std::env::temp_dir().join(format!("amparo-sweep-{}", domain::id::hex(&random::<8>())));
    // At an address of a name, as passkeys need it.
    let server = Server::over(data, Some("https://amparo.example"), api::server::Site::Absent).await;
    let supervisor = server.device_of(Role::Supervisor, "meteti", "HIAS").await;
    let theirs = server.device_of(Role::Caseworker, "panama", "NRC").await;
    let chief = server.device_of(Role::Administrator, "panama", "NRC").await;
    let (invited, _) = server.invite_of(Role::Caseworker, "panama", "NRC", "");
    let room = chief.staff_room().await.unwrap();
    let invitation = room.invitations.iter().find(|pending| pending.user == invited).unwrap().id.clone();
    let credential = [9_u8; 32];
    let database = crate::office::beside(&server.data);
    let insert = "INSERT INTO passkeys (credential, user_id, public, counter, copyable, added_at, shown_at) \
                  VALUES ($1, $2, $1, 0, 0, 1, 0)";
    database.execute(insert, (&credential[..], theirs.user.0)).unwrap();

    let cases = cases(&theirs, &invitation, &credential);
    let swept: BTreeSet<&str> = cases.iter().map(|case| case.path).collect();
    let others = ["/api/challenge"];
    let excused = NOTHING_OF_OTHERS.iter().map(|(path, _)| *path);
    let known: BTreeSet<&str> = swept.into_iter().chain(excused).chain(others).collect();
    let registered: BTreeSet<&str> = server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
    assert!(registered.len() >= 30);
    assert_eq!(registered.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new(), "swept by nobody");
    assert_eq!(
        known.difference(&registered).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "there is no such thing"
    );

    let caller = Caller::of(&server, &supervisor);
    for Case { path, args, theirs, answer, noted } in &cases {
        let nowhere: Vec<u8> = random::<32>()[..theirs.len()].to_vec();
        let not_theirs = caller.ask(path, &args(theirs)).await;
        let not_there = caller.ask(path, &args(&nowhere)).await;
        assert_eq!(not_theirs, not_there, "{path}");
        assert_eq!(not_theirs.1, told(answer), "{path}");
        if *noted {
            for id in [theirs, &nowhere] {
                assert_eq!(lines_about(&server, id, What::ForeignId), 1, "{path}");
                database.execute("DELETE FROM audit WHERE subject = $1", [id]).unwrap();
            }
        }
    }
    // To whoever has no part in administration it is all one too.
    let caseworker = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let caller = Caller::of(&server, &caseworker);
    for Case { path, args, theirs, .. } in &cases {
        let nowhere: Vec<u8> = random::<32>()[..theirs.len()].to_vec();
        let (not_theirs, not_there) =
            (caller.ask(path, &args(theirs)).await, caller.ask(path, &args(&nowhere)).await);
        assert_eq!(not_theirs, not_there, "{path}");
        assert!(not_theirs.0 >= 400, "{path}");
    }
    // Nothing was done to anybody.
    let user = server.office.ledger().users(&[theirs.user]).unwrap().remove(0);
    assert!(!user.disabled && user.organisation == "NRC");
    assert!(!server.office.ledger().member(theirs.enrolment).unwrap().unwrap().enrolment.revoked);
    assert_eq!(chief.staff_room().await.unwrap().invitations.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_says_nothing_of_whether_there_is_such_an_enrolment() {
    let server = Server::start().await;
    let device = server.device(Role::Caseworker, "meteti").await;
    let caller = Caller::of(&server, &device);
    let args = |id: [u8; 16]| Args::from([("enrolment", bytes(&id))]);
    let there = caller.ask("/api/challenge", &args(device.enrolment.0)).await;
    let nowhere = caller.ask("/api/challenge", &args(random())).await;
    assert_eq!((there.0, there.1.len()), (nowhere.0, nowhere.1.len()));
    // Nor does a signature made with a key that is no longer anybody's.
    let keys = EnrolmentKeys::generate(&mut api::server::rng());
    let mut answers = BTreeSet::new();
    for id in [device.enrolment.0, random()] {
        let challenge = device.client.challenge(&id).await.unwrap();
        let signature = keys.sign(seal::signed::SIGN_IN, &[&challenge[..], &id].concat());
        let answer = device.client.sign_in(&id, &challenge, &signature).await;
        answers.insert(format!("{:?}", answer.map(|_| ())));
    }
    assert_eq!(answers, [format!("{:?}", Err::<(), _>(ApiError::NotSignedIn))].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_others_is_not_there_for_whoever_it_does_not_concern() {
    let server = Server::start().await;
    let owner = server.device_of(Role::Supervisor, "panama", "NRC").await;
    let asker = server.device_of(Role::Caseworker, "panama", "ACNUR").await;
    let outsider = server.device_of(Role::Supervisor, "panama", "HIAS").await;
    let family = family(&owner, "panama", &["Amina"]);
    let group = family.changes[0].record;
    enter(&owner, family.changes).await;
    let request = RequestRow {
        id: random(),
        user: asker.user,
        enrolment: asker.enrolment,
        group,
        kind: GrantKind::Request,
        asked_at: now_ms(),
        state: RequestState::Open,
        answered_by: None,
        answered_at: 0,
        seen_by: None,
        seen_at: 0,
        sealed: vec![0; 40],
    };
    let id = request.id;
    server.office.ledger().ask_access(request, None, None, line()).unwrap();
    for id in [id, random()] {
        let request = id.into();
        for question in [
            Question::Answer { request, days: 3, reason: "Una razón que alcanza.".into() },
            Question::Seen { request },
            Question::End { request },
        ] {
            assert_eq!(outsider.ask_elsewhere(&question).await, Err(ApiError::NotHere), "{question:?}");
        }
        assert_eq!(lines_about(&server, &id, What::ForeignId), 3);
    }
    let kept = server.office.ledger().access_request(id).unwrap().unwrap();
    assert_eq!((kept.state, kept.seen_by), (RequestState::Open, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_others_is_as_good_as_none() {
    let server = Server::start().await;
    let ours = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let theirs = server.device_of(Role::Counsellor, "meteti", "NRC").await;
    for device in [&ours, &theirs] {
        enter(device, family(device, "meteti", &["Amina"]).changes).await;
    }
    let mut told = Vec::new();
    for cursor in [Holder::of(&theirs).await.cursor, random::<32>().to_vec(), Vec::new()] {
        let mut holder = Holder { cursor, room: 64 * 1024, ..Holder::default() };
        let pages = holder.collect(&ours).await;
        told.push((pages, holder.evicted.clone(), holder.total));
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]) && told[0].2 == 3);
    // As builds of before ask: none of ours, another's, made up.
    let theirs = Holder::of(&theirs).await.cursor;
    let first = ours.client.collect_as_before(&[], 4096).await.unwrap();
    for cursor in [theirs, random::<32>().to_vec()] {
        let collected = ours.client.collect_as_before(&cursor, 4096).await.unwrap();
        assert_eq!((&collected.cursor, collected.more), (&first.cursor, first.more));
        assert_eq!(collected.page.len(), first.page.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stated_of_others_records_is_parked_and_noted_and_a_token_of_nobodys_is_refused() {
    let server = Server::start().await;
    let ours = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let theirs = server.device_of(Role::Counsellor, "meteti", "NRC").await;
    let family = family(&theirs, "meteti", &["Amina"]);
    let person = family.changes[1].record;
    enter(&theirs, family.changes).await;
    let entry = entry(&ours, vec![change(person, Kind::INDIVIDUAL, &[(Field::PHONE, Value::text("6000"))])]);
    let receipts = ours.deliver(vec![ours.seal(&entry).unwrap()]).await.unwrap();
    // Its author is told that it waits, and nothing of what there is.
    assert_eq!(
        (receipts.items[0].verdict, receipts.items[0].reason.as_str()),
        (seal::Verdict::Parked, "out_of_reach")
    );
    assert_eq!(lines_about(&server, &entry.id.0, What::StatementRefused), 1);
    let unknown: [u8; 32] = random();
    assert_eq!(ours.client.deliver(&unknown, &[]).await.err(), Some(ApiError::DepositRefused));
    assert_eq!(
        ours.client.standing(&unknown, api::Report::default()).await.err(),
        Some(ApiError::DepositRefused)
    );
    assert_eq!(ours.client.chunks_lacking(&unknown, &[]).await.err(), Some(ApiError::DepositRefused));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stated_of_what_one_may_not_know_of_is_out_of_reach_whatever_else_is_wrong_with_it() {
    let server = Server::start().await;
    let ours = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let counsellor = server.device_of(Role::Counsellor, "meteti", "HIAS").await;
    let theirs = server.device_of(Role::Counsellor, "meteti", "NRC").await;
    let mut people = Vec::new();
    for device in [&ours, &theirs, &counsellor] {
        let family = family(device, "meteti", &["Amina", "Omar"]);
        people.push(family.changes[2].record);
        enter(device, family.changes).await;
    }
    let [own, foreign, sealed] = people[..] else { panic!() };
    let known_to = (Field::SEALED_FOR, users(&[&counsellor]));
    enter(&counsellor, vec![change(sealed, Kind::INDIVIDUAL, &[known_to])]).await;
    let of_another_kind = |id| change(id, Kind::DOCUMENT, &[(Field::DOCUMENT_NUMBER, text("V-1"))]);
    let below = |id| change(record_id(), Kind::INDIVIDUAL, &[(Field::GROUP, Value::Ref(id))]);
    for (id, kind, parent) in [
        (own, "other_kind", "other_parent"),
        (foreign, "out_of_reach", "out_of_reach"),
        (sealed, "out_of_reach", "out_of_reach"),
    ] {
        let told = |reason: &str| (seal::Verdict::Parked, reason.to_owned());
        assert_eq!(state(&ours, vec![of_another_kind(id)]).await, told(kind));
        assert_eq!(state(&ours, vec![below(id)]).await, told(parent));
    }
    // To who knows of them it is told as it is.
    let told = (seal::Verdict::Parked, "other_kind".to_owned());
    assert_eq!(state(&counsellor, vec![of_another_kind(sealed)]).await, told);
}
