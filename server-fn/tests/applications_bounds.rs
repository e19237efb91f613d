//! What bounds one application, told over real HTTP: nobody makes a record grow without end, buries a family under others
//! or has a letter of theirs forgotten, and no family is kept from what it asks by any of that.

mod families;
mod office;

use api::server::intake::Room;
use api::server::intake::client::Family;
use api::server::ledger::{ApplicationRow, LetterRow, LetterState};
use api::server::limits::{Kind as Limited, Network, Who};
use api::server::{now_ms, random};
use domain::application::{Act, Application, Letter, Phase, Reply};
use domain::appointment::Wish;
use domain::{Field, Kind, RecordId, Role, Value};
use families::*;
use office::{enter, text};
use seal::letter::{Fate, LetterId};

fn network(address: &str) -> Network {
    Network::of(address.parse().unwrap())
}

/// A letter as it lies in the ledger when it was not judged yet.
fn waiting(id: LetterId, raw: &[u8]) -> LetterRow {
    LetterRow {
        seq: 0,
        id,
        state: LetterState::Waiting,
        origin: [1; 16],
        reference: [1; 32],
        received_at: now_ms(),
        raw: raw.to_vec(),
    }
}

/// What became of its wish, as a family is told.
fn slot(answer: (Fate, Option<Reply>)) -> String {
    standing(answer).appointment.map(|it| it.state).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_larger_than_any_familys_is_refused_and_a_large_family_with_its_papers_is_not() {
    let (server, _) = server(Room::default()).await;
    server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let phone = phone(&server, "192.0.2.7");
    let names: Vec<String> = (0..20).map(|nth| format!("Rosa María {nth}")).collect();
    let mut large = family("meteti", &names.iter().map(String::as_str).collect::<Vec<_>>());
    let paper = picture(150_000).reference.to_text();
    let people: Vec<u8> = large.application.people().map(|part| part.nth).collect();
    for nth in people {
        let paper_of = large.application.add(Kind::DOCUMENT, nth).unwrap();
        large.application.put(paper_of, Field::DOCUMENT_IMAGE, Value::Text(paper.clone()));
    }
    assert_eq!(phase(phone.hand_in(&large.letter()).await.unwrap()), Phase::Received);
    let mut long = family("meteti", &["Rosa"]);
    long.application.put(1, Field::SURNAME2, Value::Text("x".repeat(12_500)));
    let mut shown = family("meteti", &["Rosa"]);
    for _ in 0..31 {
        let paper = shown.application.add(Kind::DOCUMENT, 1).unwrap();
        shown.application.put(paper, Field::DOCUMENT_IMAGE, text("x"));
    }
    let mut stuffed = family("meteti", &["Rosa"]);
    for _ in 0..2 {
        let paper = stuffed.application.add(Kind::DOCUMENT, 1).unwrap();
        stuffed.application.put(paper, Field::DOCUMENT_IMAGE, Value::Text("x".repeat(9_000)));
    }
    let mut hidden = family("meteti", &["Rosa"]);
    hidden.application.organisation = "HIAS\nmeteti".to_owned();
    for refused in [long, shown, stuffed, hidden] {
        assert_eq!(phone.hand_in(&refused.letter()).await.unwrap(), (Fate::Refused, None));
    }
    assert_eq!(server.office.ledger().counts().unwrap().entries, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_does_ten_things_a_day_and_its_phone_keeps_the_eleventh() {
    let (server, _) = server(Room::default()).await;
    server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    standing(phone.hand_in(&rosa.letter()).await.unwrap());
    for act in 0..10 {
        let act = if act % 2 == 0 { Act::Wish(Wish::default()) } else { Act::Cancel };
        standing(phone.hand_in(&rosa.ask(act)).await.unwrap());
    }
    let entries = server.office.ledger().counts().unwrap().entries;
    assert_eq!(phone.hand_in(&rosa.ask(Act::Wish(Wish::default()))).await.unwrap(), (Fate::Later, None));
    assert_eq!(phase(phone.hand_in(&rosa.ask(Act::Status)).await.unwrap()), Phase::Received);
    assert_eq!(server.office.ledger().counts().unwrap().entries, entries);
    // It is never too late to take it back.
    assert_eq!(phase(phone.hand_in(&rosa.ask(Act::Withdraw)).await.unwrap()), Phase::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hands_an_old_letter_in_again_undoes_nothing_that_came_after_it() {
    let (server, _) = server(Room::default()).await;
    server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    standing(phone.hand_in(&rosa.letter()).await.unwrap());
    let wishes = phone.post(&rosa.ask(Act::Wish(Wish::default())), BITS).unwrap();
    assert_eq!(slot(phone.hand_in_posted(&wishes).await.unwrap()), "asked");
    assert_eq!(slot(phone.hand_in(&rosa.ask(Act::Cancel)).await.unwrap()), "cancelled");
    assert_eq!(slot(phone.hand_in_posted(&wishes).await.unwrap()), "cancelled");
    assert_eq!(slot(phone.hand_in(&rosa.ask(Act::Wish(Wish::default()))).await.unwrap()), "asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_now_the_phone_keeps_and_a_question_is_told_when_to_ask_again() {
    let (server, _) = server(Room::default()).await;
    server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    standing(phone.hand_in(&rosa.letter()).await.unwrap());
    let wrong = Family { key: random(), ..rosa.clone() };
    for _ in 0..5 {
        assert_eq!(phone.hand_in(&wrong.ask(Act::Cancel)).await.unwrap().1, Some(Reply::NotKnown));
    }
    assert_eq!(phone.hand_in(&rosa.ask(Act::Status)).await.unwrap().1, Some(Reply::Wait(720)));
    for act in [Act::Wish(Wish::default()), Act::Accept, Act::Cancel, Act::Withdraw] {
        assert_eq!(phone.hand_in(&rosa.ask(act)).await.unwrap(), (Fate::Later, None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn however_much_a_family_corrects_staff_have_half_of_the_record_and_it_can_be_taken_back() {
    let (server, _) = server(Room::default()).await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let (phone, mut rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    rosa.application.put(1, Field::SURNAME2, Value::Text("x".repeat(11_000)));
    standing(phone.hand_in(&rosa.letter()).await.unwrap());
    let mut told = 0;
    let late = loop {
        rosa = corrected(&rosa, &format!("Rosa {told}"));
        match phone.hand_in(&rosa.letter()).await.unwrap().1 {
            Some(Reply::Standing(_)) => told += 1,
            other => break other,
        }
        assert!(told < 39, "the record grows without end");
    };
    assert!(matches!(late, Some(Reply::TooLate(_))), "{late:?}");
    assert!(told >= 8, "{told}");
    let here = record(&device, &rosa).await.unwrap();
    let size = minicbor::to_vec(&here).unwrap().len();
    assert!(size <= 256 * 1024, "{size}");
    enter(&device, vec![here.change([(Field::APPLICATION_STATE, text("seen"))]).unwrap()]).await;
    assert_eq!(slot(phone.hand_in(&rosa.ask(Act::Wish(Wish::default()))).await.unwrap()), "asked");
    assert_eq!(phase(phone.hand_in(&rosa.ask(Act::Withdraw)).await.unwrap()), Phase::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_from_one_network_wait_while_those_from_others_are_taken() {
    let (server, _) = server(Room::default()).await;
    server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let (near, far) = (phone(&server, "192.0.2.7"), phone(&server, "198.51.100.7"));
    let mut rosa = family("meteti", &["Rosa"]);
    let paper = picture(900);
    rosa.application.put(1, Field::PHOTO, Value::Text(paper.reference.to_text()));
    standing(near.hand_in(&rosa.letter()).await.unwrap());
    let junk = Who::Network(network("192.0.2.200").wide());
    while server.office.limits().take(Limited::Picture, junk).is_ok() {}
    let chunk = Letter::Chunk { application: rosa.application.id.0, chunk: paper.chunks[0].clone() };
    assert_eq!(near.hand_in(&chunk).await.unwrap().0, Fate::Later);
    assert_eq!(far.hand_in(&chunk).await.unwrap().0, Fate::Taken);
    assert_eq!(near.hand_in(&chunk).await.unwrap().0, Fate::Taken, "it is here");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_cannot_be_judged_stops_no_other_and_is_set_apart_in_the_end() {
    let (server, _) = server(Room::default()).await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let phone = phone(&server, "192.0.2.7");
    let (stuck, rosa) = (family("meteti", &["Stuck"]), family("meteti", &["Rosa"]));
    let ledger = server.office.ledger();
    // A row that does not open.
    let row = ApplicationRow {
        id: stuck.application.id,
        reference: [7; 32],
        day: 1,
        is_open: true,
        version: 1,
        sealed: vec![7; 60],
    };
    ledger.put_application(row).unwrap();
    for family in [&stuck, &rosa] {
        let letter = phone.post(&family.letter(), BITS).unwrap();
        ledger.keep_letter(waiting(letter.id, &letter.bytes[8..])).unwrap();
    }
    assert!(server.office.judge_letters(u64::MAX, now_ms()).is_err());
    assert!(record(&device, &rosa).await.is_some(), "the one behind it has its turn");
    for _ in 0..3 {
        let _ = server.office.judge_letters(u64::MAX, now_ms());
    }
    let counts = ledger.application_counts().unwrap();
    assert_eq!((counts.waiting, counts.apart), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_and_does_not_open_now_is_set_apart_and_not_forgotten() {
    let (server, _) = server(Room::default()).await;
    server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let phone = phone(&server, "192.0.2.7");
    let rosa = family("meteti", &["Rosa"]);
    // Of a key that is not here, and of a later version.
    let letter = phone.post(&rosa.letter(), BITS).unwrap();
    let mut other_key = letter.bytes[8..].to_vec();
    other_key[1] ^= 1;
    let mut newer = rosa.application.to_bytes();
    newer[1] = 2;
    let newer = Letter::Application { application: newer, secret: [1; 16], status: [1; 32], wish: None };
    let newer = phone.post(&newer, BITS).unwrap();
    let ledger = server.office.ledger();
    ledger.keep_letter(waiting(letter.id, &other_key)).unwrap();
    ledger.keep_letter(waiting(newer.id, &newer.bytes[8..])).unwrap();
    server.office.judge_letters(u64::MAX, now_ms()).unwrap();
    let counts = ledger.application_counts().unwrap();
    assert_eq!((counts.waiting, counts.apart), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_too_much_lies_apart_a_forged_letter_is_refused_and_not_thrown_away_as_taken() {
    let (server, _) = server(Room::default()).await;
    server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    standing(phone.hand_in(&rosa.letter()).await.unwrap());
    let ledger = server.office.ledger();
    for nth in 0_u8..200 {
        ledger
            .keep_letter(LetterRow { state: LetterState::Apart, ..waiting([nth; 16], &[nth; 90]) })
            .unwrap();
    }
    let forged = Family { secret: random(), ..corrected(&rosa, "Mallory") };
    assert_eq!(phone.hand_in(&forged.letter()).await.unwrap(), (Fate::Refused, None));
    assert_eq!(ledger.application_counts().unwrap().apart, 200);
    // One that was answered as taken before is kept, however many there are.
    let forged = phone.post(&forged.letter(), BITS).unwrap();
    ledger.keep_letter(waiting(forged.id, &forged.bytes[8..])).unwrap();
    server.office.judge_letters(u64::MAX, now_ms()).unwrap();
    assert_eq!(ledger.application_counts().unwrap().apart, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_that_nothing_became_of_is_asked_for_when_the_letter_comes_again() {
    let (server, _) = server(Room::default()).await;
    server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    // As it stands when the program ends before the wish was stated.
    assert_eq!(slot(phone.hand_in(&rosa.letter()).await.unwrap()), "");
    let wishes = Family { wish: Some(Wish::default()), ..rosa };
    assert_eq!(slot(phone.hand_in(&wishes.letter()).await.unwrap()), "asked");
    assert_eq!(slot(phone.hand_in(&wishes.ask(Act::Cancel)).await.unwrap()), "cancelled");
    assert_eq!(slot(phone.hand_in(&wishes.letter()).await.unwrap()), "cancelled", "not again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_is_found_although_others_were_made_up_under_its_reference() {
    let (server, _) = server(Room::default()).await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    let phone = phone(&server, "192.0.2.7");
    let rosa = family("meteti", &["Rosa"]);
    let bury = async |from: u8, under: &Family| {
        for nth in from..from + 10 {
            let mut junk = family("meteti", &["Junk"]);
            let RecordId(mut id) = under.application.id;
            // An earlier id than hers, of the same reference.
            (id[0], id[15]) = (0, nth);
            junk.application.id = RecordId(id);
            assert_eq!(junk.reference(), under.reference());
            assert_eq!(phone.hand_in(&junk.letter()).await.unwrap().0, Fate::Taken);
        }
    };
    bury(0, &rosa).await;
    standing(phone.hand_in(&rosa.letter()).await.unwrap());
    bury(10, &rosa).await;
    assert_eq!(phase(phone.hand_in(&rosa.ask(Act::Status)).await.unwrap()), Phase::Received);
    // The same where all of them wait in quarantine.
    let eva = family("meteti", &["Eva"]);
    while server.office.limits().take(Limited::Application, Who::Anybody).is_ok() {}
    bury(20, &eva).await;
    standing(phone.hand_in(&eva.letter()).await.unwrap());
    assert_eq!(phase(phone.hand_in(&eva.ask(Act::Status)).await.unwrap()), Phase::Received);
    assert!(device.find_application(eva.reference().as_str()).await.unwrap().promoted);
    assert!(record(&device, &eva).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_moves_to_another_site_only_where_its_organisation_has_an_office() {
    let (server, _) = server(Room::default()).await;
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    server.device_of(Role::Caseworker, "panama", "NRC").await;
    server.device_of(Role::Caseworker, "david", "HIAS").await;
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    standing(phone.hand_in(&rosa.letter()).await.unwrap());
    let mut to_panama = corrected(&rosa, "Rosalía");
    (to_panama.application.site, to_panama.application.organisation) = ("panama".into(), "NRC".into());
    assert_eq!(standing(phone.hand_in(&to_panama.letter()).await.unwrap()).site, "meteti");
    let mut to_david = corrected(&to_panama, "Rosalía");
    to_david.application.site = "david".into();
    assert_eq!(standing(phone.hand_in(&to_david.letter()).await.unwrap()).site, "david");
    let here = record(&device, &rosa).await.unwrap();
    assert_eq!(said(&here, Field::APPLICATION_SITE), "david");
    assert_eq!(Application::of(&here).unwrap().revision, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_office_at_all_the_phone_keeps_the_letter() {
    let (server, _) = server(Room::default()).await;
    let (phone, rosa) = (phone(&server, "192.0.2.7"), family("meteti", &["Rosa"]));
    assert_eq!(phone.hand_in(&rosa.letter()).await.unwrap(), (Fate::Later, None));
    // One that was taken while there was one waits for another.
    let letter = phone.post(&rosa.letter(), BITS).unwrap();
    server.office.ledger().keep_letter(waiting(letter.id, &letter.bytes[8..])).unwrap();
    for _ in 0..5 {
        server.office.judge_letters(u64::MAX, now_ms()).unwrap();
    }
    assert_eq!(server.office.ledger().application_counts().unwrap().waiting, 1);
    let device = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
    server.office.judge_letters(u64::MAX, now_ms()).unwrap();
    assert!(record(&device, &rosa).await.is_some());
}
