//! An office's own tables: put beside a running server, kept, and handed out signed.

mod office;

use api::ApiError;
use api::server::Site;
use api::server::client::{Client, Device};
use api::server::tables::{Cabinet, NotPut};
use api::server::{NewUser, now_ms, random};
use domain::overlay::{Place, Sheet, is_retired, overlay};
use domain::{Role, UserId};
use office::*;
use seal::{OfficeTables, SealError};
use serde_bytes::ByteBuf;
use std::process::{Command, Output};

const LISTS: &str = "list,code,label_es\nsex,X,Otro\nentry_mode,raft,En balsa\n";

/// What a device holds: tables by name.
type Held = Vec<(String, String)>;

async fn ask(server: &Server, held: &Held) -> OfficeTables {
    let known = held.iter().map(|(name, text)| (name.clone(), ByteBuf::from(OfficeTables::digest(text))));
    let answer = Client::new(&server.url).office_tables(known.collect()).await.unwrap();
    OfficeTables::from_bytes(&answer, &server.office.keyring().secrets.signing.public()).unwrap()
}

fn amparo(server: &Server, words: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_amparo");
    Command::new(program).arg("tables").args(words).arg("--data").arg(&server.data).output().unwrap()
}

fn file(server: &Server, text: &str) -> String {
    let path = server.data.join("mine.csv");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_office_puts_reaches_devices_and_outlives_a_restart() {
    let server = Server::start().await;
    assert_eq!(ask(&server, &Vec::new()).await, OfficeTables::default());

    let mine = file(&server, LISTS);
    let put = amparo(&server, &["put", "lists", &mine]);
    assert!(put.status.success(), "{put:?}");
    assert_eq!(String::from_utf8(put.stdout).unwrap(), "lists: the office holds 2 rows.\n");

    let first = ask(&server, &Vec::new()).await;
    assert_eq!(first.changed.len(), 1);
    assert_eq!((first.changed[0].name.as_str(), first.changed[0].text.as_str()), ("lists", LISTS));
    let held = vec![("lists".to_owned(), LISTS.to_owned())];
    let again = ask(&server, &held).await;
    assert_eq!((again.revision, again.changed.len()), (first.revision, 0), "what is held is not sent again");

    let data = server.stop().await;
    let server = Server::over(data, None, Site::Absent).await;
    assert_eq!(ask(&server, &Vec::new()).await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_in_order_changes_nothing_and_is_told_by_line_and_column() {
    let server = Server::start().await;
    let cabinet = Cabinet::of(&server.data);
    cabinet.put("lists", LISTS).unwrap();
    let before = ask(&server, &Vec::new()).await;
    let mine = file(&server, "list,code,label_es,scope\nsex,X,Otro,\nsex,Z,,\nsex,Q,Otra,site:nowhere\n");
    for deed in ["check", "put"] {
        let refused = amparo(&server, &[deed, "lists", &mine]);
        assert!(!refused.status.success());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(
            said,
            format!(
                "{mine}: line 3, column label_es: this must be filled in\n\
                 {mine}: line 4, column scope: there is no site of code \"nowhere\"\nNothing was changed.\n"
            )
        );
    }
    assert_eq!(ask(&server, &Vec::new()).await, before);
    let large = format!("list,code,label_es\n{}", "sex,X,Otro\n".repeat(30_000));
    assert!(matches!(cabinet.put("lists", &large), Err(NotPut::TooLarge)));
    assert!(matches!(cabinet.put("../lists", LISTS), Err(NotPut::Faults(_))));
    std::fs::write(&mine, b"list,code,label_es\nsex,X,Otr\xf3\n").unwrap();
    let refused = amparo(&server, &["put", "lists", &mine]);
    assert!(String::from_utf8(refused.stderr).unwrap().contains("CSV UTF-8"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_a_new_file_lacks_is_kept_retired() {
    let server = Server::start().await;
    let cabinet = Cabinet::of(&server.data);
    cabinet.put("lists", LISTS).unwrap();
    let first = ask(&server, &Vec::new()).await.revision;
    let put = cabinet.put("lists", "list,code,label_es\nsex,X,Otra persona\n").unwrap();
    assert_eq!((put.rows, put.kept), (2, 1));
    let now = ask(&server, &Vec::new()).await;
    assert!(now.revision > first);
    let base = &api::server::tables::shipped()["lists"];
    let sheet = overlay("lists", base, &Sheet::read(&now.changed[0].text), &Place::default());
    let row = |code: &str| sheet.rows.iter().find(|row| row["code"] == code).unwrap();
    assert!(is_retired(row("raft")) && row("raft")["label_es"] == "En balsa");
    assert!(!is_retired(row("X")) && row("X")["label_es"] == "Otra persona");

    // One of the app's own can be retired too, by hand.
    let retired = amparo(&server, &["retire", "lists", "sex", "M"]);
    assert!(retired.status.success(), "{retired:?}");
    let now = ask(&server, &Vec::new()).await;
    let sheet = overlay("lists", base, &Sheet::read(&now.changed[0].text), &Place::default());
    let row = sheet.rows.iter().find(|row| row["list"] == "sex" && row["code"] == "M").unwrap();
    assert!(is_retired(row) && row["label_es"] == "Hombre");
    assert!(!amparo(&server, &["retire", "lists", "sex", "dragon"]).status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_is_not_believed_and_odd_questions_are_refused() {
    let (server, other) = (Server::start().await, Server::start().await);
    Cabinet::of(&other.data).put("lists", LISTS).unwrap();
    let answer = Client::new(&other.url).office_tables(Vec::new()).await.unwrap();
    let key = server.office.keyring().secrets.signing.public();
    assert_eq!(OfficeTables::from_bytes(&answer, &key), Err(SealError::WrongSignature));
    let many = |n: usize| (0..n).map(|_| (String::new(), ByteBuf::new())).collect();
    assert_eq!(Client::new(&server.url).office_tables(many(257)).await, Err(ApiError::Malformed));
    assert_eq!(Client::new(&server.url).office_tables(many(5_000)).await, Err(ApiError::TooLarge));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_can_be_invited_to_a_site_of_the_offices_own_beside_a_running_server() {
    let server = Server::start().await;
    let id = UserId::fresh(now_ms(), random());
    let (name, staff_code) = ("Staff".to_owned(), "YAV-01".to_owned());
    let user = NewUser {
        id,
        name,
        staff_code,
        role: Role::Caseworker,
        site: "yaviza".to_owned(),
        organisation: String::new(),
        team: String::new(),
    };
    assert!(server.office.invite(&user).is_err());
    Cabinet::of(&server.data).put("sites", "code,name_es,operation\nyaviza,Yaviza,PA\n").unwrap();
    let invitation = server.office.invite(&user).unwrap().to_text();
    let device = Device::enrol(&server.url, &invitation).await.unwrap();
    let colleague = server.device(Role::Caseworker, "panama").await;
    let entry = family(&device, "yaviza", &["Amina"]);
    device.deliver(vec![device.seal(&entry).unwrap()]).await.unwrap();
    assert_eq!(names(&all_records(&colleague).await), ["Amina"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_sees_what_it_has() {
    let server = Server::start().await;
    let said = |words: &[&str]| String::from_utf8(amparo(&server, words).stdout).unwrap();
    assert!(said(&["show", "lists"]).ends_with(",scope,retired\n"), "a header to begin with");
    Cabinet::of(&server.data).put("lists", LISTS).unwrap();
    assert_eq!(said(&["show", "lists"]), LISTS);
    assert!(said(&["show", "lists", "--shipped"]).contains("sex,M,2,Hombre"));
    assert!(said(&["list"]).contains(" rows, 2 of the office, 0 retired\n"));
    for words in [&["show"][..], &["show", "dragons"], &["put", "lists"], &["drop", "lists"], &[]] {
        assert!(!amparo(&server, words).status.success(), "{words:?}");
    }
}
