//! The commands, and the program itself.

use super::damage::damage;
use super::story::*;
use super::tablets::Luck;
use super::{office, process};
use api::server::client::{Client, Device};
use api::server::sql::Source;
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_restore_and_rebuild_say_what_they_did_and_refuse_what_would_lose_something() {
    if office::postgres::is_wanted() {
        return;
    }
    let mut story = Story::begin(8, 2).await;
    story.work(5).await;
    story.rounds(1).await;
    let file = elsewhere("command");
    let to = file.to_str().unwrap().to_owned();
    story.office = story
        .office
        .meanwhile(|data| {
            let data = data.to_str().unwrap();
            let said = process::amparo(&["backup", "--data", data, "--to", &to]).unwrap();
            assert!(said.contains("entries: ") && said.contains("Keys are not in it"), "{said}");
            for name in ["Name", "meteti", "Staff"] {
                assert!(!said.contains(name), "{said}");
            }
            let again = process::amparo(&["backup", "--data", data, "--to", &to]).unwrap_err();
            assert!(again.contains("there already"), "{again}");
        })
        .await;
    story.work(4).await;
    story.office = story
        .office
        .meanwhile(|data| {
            let text = data.to_str().unwrap();
            let refused = process::amparo(&["restore", &to, "--data", text]).unwrap_err();
            assert!(refused.contains("--replace"), "{refused}");
            let nothing = elsewhere("nothing");
            fs::write(&nothing, b"no database").unwrap();
            let none = process::amparo(&["restore", nothing.to_str().unwrap(), "--data", text, "--replace"]);
            assert!(none.unwrap_err().contains("no backup that can be read"));
            fs::remove_file(nothing).unwrap();
            // One that somebody changed.
            let changed = elsewhere("changed");
            fs::copy(&file, &changed).unwrap();
            let database = Source::File(changed.clone()).writer().unwrap();
            database.execute_batch("DELETE FROM entries WHERE seq = 2").unwrap();
            drop(database);
            let refused =
                process::amparo(&["restore", changed.to_str().unwrap(), "--data", text, "--replace"]);
            let refused = refused.unwrap_err();
            assert!(
                refused.contains("entry 2 is missing") && refused.contains("Nothing was changed"),
                "{refused}"
            );
            fs::remove_file(changed).unwrap();
            let said = process::amparo(&["restore", &to, "--data", text, "--replace"]).unwrap();
            assert!(said.contains("0 faults") && said.contains("before-"), "{said}");
            let told = process::amparo(&["verify", "--data", text]).unwrap();
            assert!(told.contains("another epoch of the database began because it was restored"), "{told}");
        })
        .await;
    story.rounds(3).await;
    story.check("by command").await;
    story.office = story
        .office
        .meanwhile(|data| {
            damage(data, 7, &mut Luck::of(1));
            let said = process::amparo(&["rebuild", "--data", data.to_str().unwrap()]).unwrap();
            assert!(said.contains("The damaged file lies in"), "{said}");
        })
        .await;
    story.rounds(3).await;
    story.check("rebuilt by command").await;
    fs::remove_file(file).unwrap();
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_restored_beside_a_running_server_and_one_that_starts_meanwhile_waits() {
    if office::postgres::is_wanted() {
        return;
    }
    let data = elsewhere("beside");
    let running = process::Process::start(&data);
    let file = elsewhere("beside-file");
    let (text, to) = (data.to_str().unwrap(), file.to_str().unwrap());
    process::invite(&data, "Rosa");
    process::amparo(&["backup", "--data", text, "--to", to]).unwrap();
    for line in [&["restore", to, "--data", text, "--replace"][..], &["rebuild", "--data", text]] {
        let refused = process::amparo(line).unwrap_err();
        assert!(refused.contains("a server is running"), "{refused}");
    }
    assert_eq!(running.terminate(), Some(0));
    process::amparo(&["restore", to, "--data", text, "--replace"]).unwrap();
    process::Process::start(&data).terminate();
    fs::remove_file(file).unwrap();
    process::clear(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_itself_notices_that_its_file_was_put_back_while_it_was_down() {
    if office::postgres::is_wanted() {
        return;
    }
    let data = elsewhere("program");
    let first = process::Process::start(&data);
    let invitation = process::invite(&data, "Rosa");
    let device = Device::enrol(&first.url, invitation.split_once('#').unwrap().1).await.unwrap();
    let family = || device.seal(&office::family(&device, "meteti", &["Amina"])).unwrap();
    device.deliver(vec![family()]).await.unwrap();
    let copy = elsewhere("program-copy");
    save(&data, &copy);
    let later = family();
    let epoch = device.deliver(vec![later.clone()]).await.unwrap().epoch;
    assert_eq!(first.terminate(), Some(0));
    put_back(&data, &copy);
    let second = process::Process::start(&data);
    assert!(process::log_of(&data).contains("database_put_back"));
    let token = device.enrolled.deposit_token.clone();
    let parcel = seal::Parcel { capsules: vec![device.capsule().1], envelopes: vec![later] }.to_bytes();
    let answer = Client::new(&second.url).deliver(&token, &parcel).await.unwrap();
    let receipts = seal::Receipts::from_bytes(&answer, &device.server.signing, &parcel).unwrap();
    assert_ne!(receipts.epoch, epoch);
    assert_eq!(receipts.items[0].verdict, seal::Verdict::Accepted);
    second.terminate();
    let told = process::amparo(&["verify", "--data", data.to_str().unwrap()]).unwrap();
    assert!(told.contains("another epoch of the database began by itself"), "{told}");
    fs::remove_file(copy).unwrap();
    process::clear(&data);
}
