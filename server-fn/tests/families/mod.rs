//! Made-up families with phones of their own.
#![allow(dead_code, reason = "each test uses some of it")]

use super::office::Server;
use api::server::client::Device;
use api::server::intake::client::{Family, Phone};
use api::server::intake::{Room, Settings};
use api::server::limits::Limits;
use api::server::{Site, now_ms, random};
use domain::application::{Application, Phase, Reply, StatusTold};
use domain::{Field, Kind, Record, RecordId, Value};
use seal::letter::Fate;
use seal::{SealedAttachment, ServerKeys};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bits of work that a test waits for.
pub const BITS: u8 = 4;

/// A server behind a proxy on this machine, with limits by the clock that comes along.
pub async fn server(room: Room) -> (Server, Arc<AtomicU64>) {
    let data = std::env::temp_dir().join(format!("amparo-test-{}", domain::id::hex(&random::<8>())));
    let time = Arc::new(AtomicU64::new(5_000_000));
    let clock = Arc::clone(&time);
    let limits = Limits::by(Box::new(move || clock.load(Ordering::Relaxed)));
    let office = crate::office::open(&data).unwrap().with_limits(limits);
    let office = Arc::new(office.with_intake(Settings { bits: BITS, room }));
    (Server::running(office, data, Some("https://amparo.example"), Site::Absent).await, time)
}

/// A phone at an address.
pub fn phone(server: &Server, from: &str) -> Phone {
    let keyring = server.office.keyring();
    let keys = ServerKeys::from_bytes(&keyring.public, &keyring.fingerprint).unwrap();
    Phone::new(&server.url, keys, Some(from))
}

/// A mother with her children, at an office.
pub fn family(site: &str, names: &[&str]) -> Family {
    let mut it = Application::begin(RecordId::fresh(now_ms(), random()), now_ms(), "ht");
    (it.site, it.organisation, it.private_talk) = (site.to_owned(), "HIAS".to_owned(), true);
    for (at, name) in names.iter().enumerate() {
        let nth = if at == 0 { 1 } else { it.add(Kind::INDIVIDUAL, 0).unwrap() };
        it.put(nth, Field::GIVEN_NAMES, Value::text(name));
        it.put(nth, Field::SURNAME1, Value::text("Quintero"));
        it.put(nth, Field::DATE_OF_BIRTH, Value::text(if at == 0 { "1990-03-12" } else { "2018" }));
    }
    Family::of(it)
}

/// The same with other words, as a correction of it.
pub fn corrected(family: &Family, name: &str) -> Family {
    let mut corrected = family.clone();
    corrected.application.revision += 1;
    corrected.application.put(1, Field::GIVEN_NAMES, Value::text(name));
    corrected
}

/// A picture of a paper, of so many bytes.
pub fn picture(bytes: usize) -> SealedAttachment {
    let plain: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
    seal::Attachment::seal(&mut api::server::rng(), seal::Media::JPEG, &plain).unwrap()
}

/// What a family is told whose letter was taken.
pub fn standing(answer: (Fate, Option<Reply>)) -> StatusTold {
    match answer {
        (Fate::Taken, Some(Reply::Standing(standing))) => standing,
        other => panic!("{other:?}"),
    }
}

/// How far it has come by that.
pub fn phase(answer: (Fate, Option<Reply>)) -> Phase {
    standing(answer).phase
}

/// The record of an application as a device is handed it.
pub async fn record(device: &Device, family: &Family) -> Option<Record> {
    let records = super::office::all_records(device).await;
    records.into_iter().find(|record| record.id == family.application.id)
}

/// The text of a field.
pub fn said(record: &Record, field: Field) -> String {
    record.value(field).and_then(Value::as_text).unwrap_or_default().to_owned()
}
