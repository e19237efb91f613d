//! The program itself, killed while families hand in: what was answered as taken is there after the next start, once.
#![cfg(unix)]

mod families;
mod office;
mod process;

use api::server::client::Device;
use api::server::intake::client::{Family, Phone};
use domain::application::Phase;
use families::{family, standing};
use process::*;
use seal::letter::Fate;
use std::collections::BTreeSet;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_families_hand_in_nothing_that_was_taken_is_lost_and_nothing_doubled() {
    let data = folder();
    let quick = [("AMPARO_WORK_BITS", "4")];
    let mut server = Process::start_with(&data, &[], &quick);
    let link = invite_as(&data, "Somebody", &["--role", "caseworker", "--organisation", "HIAS"], &[]);
    let device = Device::enrol(&server.url, &link).await.unwrap();
    let (root, kept) = (seal::digest(&device.server.root), device.to_bytes().unwrap());
    let mut taken: Vec<Family> = Vec::new();
    for round in 0..4 {
        let (answered, mut answers) = tokio::sync::mpsc::unbounded_channel();
        let phone = Arc::new(Phone::new(&server.url, device.server.clone(), None));
        let sending = (0..20).map(|_| {
            let (phone, family) = (Arc::clone(&phone), family("meteti", &["Rosa", "Luis"]));
            let answered = answered.clone();
            tokio::spawn(async move {
                let answer = phone.hand_in(&family.letter()).await.ok()?;
                // Nobody listens any more once the server was killed.
                let _ = answered.send(());
                (answer.0 == Fate::Taken).then_some(family)
            })
        });
        let sending: Vec<_> = sending.collect();
        // Not until something is answered, and before all is.
        for _ in 0..=3 * round {
            answers.recv().await.unwrap();
        }
        server.kill();
        for sent in sending {
            taken.extend(sent.await.unwrap());
        }
        server = Process::start_with(&data, &[], &quick);
    }
    assert!(!taken.is_empty());
    // What was left is judged by itself, and each phone that asks again is told so.
    let phone = Phone::new(&server.url, device.server.clone(), None);
    for family in &taken {
        assert_eq!(standing(phone.hand_in(&family.letter()).await.unwrap()).phase, Phase::Received);
    }
    let device = Device::reopen(&server.url, &kept, &root).unwrap();
    device.sign_in().await.unwrap();
    let wanted: BTreeSet<_> = taken.iter().map(|family| family.application.id).collect();
    let records = office::all_records(&device).await;
    let here: BTreeSet<_> = records.iter().map(|record| record.id).collect();
    assert!(wanted.is_subset(&here), "{} of {}", wanted.intersection(&here).count(), wanted.len());
    assert_eq!(server.terminate(), Some(0));
    let office = crate::office::open(&data).unwrap();
    let letters = office.ledger().application_counts().unwrap();
    // What nobody was answered may be judged still; nothing was set apart, and each was stated by one entry.
    assert!(letters.taken >= here.len() as u64);
    assert_eq!((letters.apart, office.ledger().counts().unwrap().entries), (0, letters.taken));
    drop(office);
    clear(&data);
}
