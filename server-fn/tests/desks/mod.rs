//! Two organisations and a person between them: HIAS registered a family at Metetí and refers the mother to the desk of
//! ONPAR in the capital. Markers tell where something came from.
#![allow(dead_code)]

use crate::markers::Markers;
use crate::office::*;
use api::server::client::Device;
use api::server::random;
use domain::service::{Referral, Shared, Status};
use domain::{Change, EnrolmentId, Field, GroupRef, Kind, Record, RecordId, Role, Value};
use seal::Verdict;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// Words of the family that are shared by the referral, and that are told to nobody.
pub const SHARED: [&str; 3] = ["MarcaNombreUno", "MarcaTelefonoDos", "MarcaMotivoTres"];
pub const KEPT: [&str; 7] = [
    "MarcaApellidoCuatro",
    "MarcaReligionCinco",
    "MarcaHijoSeis",
    "MarcaPapelSiete",
    "MarcaBorradorOcho",
    "MarcaNotaNueve",
    "MarcaCausaDiez",
];

pub struct Story {
    pub server: Server,
    /// A caseworker and a counsellor of HIAS at Metetí.
    pub hias: Device,
    pub counsellor: Device,
    /// ONPAR in the capital, where the desk is, and at Metetí, where it is not.
    pub focal: Device,
    pub desk: Device,
    pub elsewhere: Device,
    pub chief: Device,
    pub group: RecordId,
    pub mother: RecordId,
    pub consent: RecordId,
    /// What devices hold who state something: nobody begins anew all day.
    holders: Mutex<BTreeMap<EnrolmentId, Holder>>,
}

impl Story {
    pub async fn begin() -> Self {
        let server = Server::start().await;
        let hias = server.device_of(Role::Caseworker, "meteti", "HIAS").await;
        let counsellor = server.device_of(Role::Counsellor, "meteti", "HIAS").await;
        let focal = server.device_of(Role::ReferralFocalPoint, "panama", "ONPAR").await;
        let desk = server.device_of(Role::Caseworker, "panama", "ONPAR").await;
        let elsewhere = server.device_of(Role::Counsellor, "meteti", "ONPAR").await;
        let chief = server.device_of(Role::Supervisor, "meteti", "ONPAR").await;
        let [group, mother, son, consent] = [0; 4].map(|_| record_id());
        let person = |values: &[(Field, Value)]| [&[(Field::GROUP, Value::Ref(group))], values].concat();
        let paper = [(Field::HOLDER, Value::Ref(mother)), (Field::DOCUMENT_NUMBER, text(KEPT[3]))];
        let agreed = agreed(mother);
        let changes = vec![
            change(group, Kind::GROUP, &[(Field::SITE, text("meteti"))]),
            change(
                mother,
                Kind::INDIVIDUAL,
                &person(&[
                    (Field::GIVEN_NAMES, text(SHARED[0])),
                    (Field::PHONE, text(SHARED[1])),
                    (Field::SURNAME1, text(KEPT[0])),
                    (Field::RELIGION, text(KEPT[1])),
                    (Field::DATE_OF_BIRTH, text("1991-05-04")),
                ]),
            ),
            change(son, Kind::INDIVIDUAL, &person(&[(Field::GIVEN_NAMES, text(KEPT[2]))])),
            change(record_id(), Kind::DOCUMENT, &paper),
            change(consent, Kind::CONSENT, &agreed),
        ];
        enter(&hias, changes).await;
        Self {
            server,
            hias,
            counsellor,
            focal,
            desk,
            elsewhere,
            chief,
            group,
            mother,
            consent,
            holders: Mutex::default(),
        }
    }

    /// What the mother agrees to.
    pub fn agreed(&self) -> [(Field, Value); 3] {
        agreed(self.mother)
    }

    /// A referral of the mother to ONPAR's desk in the capital, as it is written first.
    pub fn draft(&self) -> Change {
        hanging(
            Kind::REFERRAL,
            self.mother,
            &[
                (Field::REFERRAL_STATUS, text("draft")),
                (Field::REFERRAL_SECTOR, text("rsd")),
                // Thought better of before it was sent.
                (Field::REFERRAL_REASON, text(KEPT[4])),
            ],
        )
    }

    /// What is stated of it when it is sent, resting on the consent.
    pub fn sent(&self) -> Vec<(Field, Value)> {
        let mut values = sent("ONPAR", "onpar_panama", "HIAS", &items());
        values.push((Field::REFERRAL_CONSENT, Value::Ref(self.consent)));
        values
    }

    /// Written and sent by the caseworker of HIAS.
    pub async fn referred(&self) -> RecordId {
        let draft = self.draft();
        let id = draft.record;
        enter(&self.hias, vec![draft]).await;
        let sent = self.held(&self.hias, id).await.change(self.sent());
        enter(&self.hias, vec![sent.unwrap()]).await;
        id
    }

    /// States something of a referral in the place of what stands as they hold it.
    pub async fn states(&self, device: &Device, id: RecordId, values: &[(Field, &str)]) -> (Verdict, String) {
        let values = values.iter().map(|(field, value)| (*field, text(value)));
        let made = self.held(device, id).await.change(values);
        state(device, vec![made.unwrap()]).await
    }

    /// A record as a device holds it that has collected what is new.
    pub async fn held(&self, device: &Device, id: RecordId) -> Record {
        let holder = self.holders.lock().unwrap().remove(&device.enrolment);
        let mut holder = holder.unwrap_or_else(|| Holder { room: 64 * 1024, ..Holder::default() });
        holder.collect(device).await;
        let record = holder.get(id).clone();
        self.holders.lock().unwrap().insert(device.enrolment, holder);
        record
    }

    pub async fn takes(&self, device: &Device, id: RecordId, values: &[(Field, &str)]) {
        assert_eq!(self.states(device, id, values).await, ACCEPTED(), "{values:?}");
    }
}

fn agreed(owner: RecordId) -> [(Field, Value); 3] {
    [
        (Field::OWNER, Value::Ref(owner)),
        (Field::CONSENT_PURPOSE, text("share_onpar")),
        (Field::CONSENT_DECISION, text("yes")),
    ]
}

/// What is told of an entry that was taken.
#[allow(non_snake_case)]
pub fn ACCEPTED() -> (Verdict, String) {
    (Verdict::Accepted, String::new())
}

pub fn parked(reason: &str) -> (Verdict, String) {
    (Verdict::Parked, reason.to_owned())
}

pub fn status(status: Status) -> (Field, &'static str) {
    (Field::REFERRAL_STATUS, status.code())
}

/// The two things that are shared.
pub fn items() -> Vec<(Field, &'static str)> {
    vec![(Field::GIVEN_NAMES, SHARED[0]), (Field::PHONE, SHARED[1])]
}

/// All that is needed to send something to a desk, but what it rests on.
pub fn sent(to: &str, desk: &str, from: &str, items: &[(Field, &str)]) -> Vec<(Field, Value)> {
    let mut person = Record::new(RecordId([1; 16]), Kind::INDIVIDUAL);
    let ops = change(person.id, person.kind, &items.iter().map(|(f, v)| (*f, text(v))).collect::<Vec<_>>());
    person.apply(&domain::Entry {
        id: domain::EntryId([1; 16]),
        author: domain::UserId([1; 16]),
        enrolment: domain::EnrolmentId([1; 16]),
        at: 1,
        changes: vec![ops],
    });
    let chosen: BTreeSet<Field> = items.iter().map(|(field, _)| *field).collect();
    let keys = chosen.iter().map(|field| field.key().unwrap().to_owned()).collect();
    vec![
        (Field::REFERRAL_STATUS, text("sent")),
        (Field::REFERRAL_SECTOR, text("rsd")),
        (Field::REFERRAL_TO, text(to)),
        (Field::REFERRAL_DESK, text(desk)),
        (Field::REFERRAL_FROM, text(from)),
        (Field::REFERRAL_URGENCY, text("urgent")),
        (Field::REFERRAL_REASON, text(SHARED[2])),
        (Field::REFERRAL_FIELDS_SHARED, Value::Codes(keys)),
        (Field::REFERRAL_SHARED, text(&Shared::of(&[&person], &[], None, &chosen).to_text())),
        (Field::REFERRAL_SENT_AT, text("2026-11-22T08:00")),
        (Field::REFERRAL_DUE, text("2026-11-23T08:00")),
        (Field::REFERRAL_REF, text(&GroupRef::fresh(random()).to_string())),
        (Field::REFERRAL_CODE, text(&GroupRef::fresh(random()).to_string())),
    ]
}

/// A desk's people who keep what they were handed, and every page as it was opened.
pub struct Told {
    pub holder: Holder,
    raw: Vec<u8>,
}

impl Told {
    pub async fn of(device: &Device) -> Self {
        let mut told = Self { holder: Holder { room: 64 * 1024, ..Holder::default() }, raw: Vec::new() };
        told.collect(device).await;
        told
    }

    /// Collects what is new; of the pages that came, their bytes.
    pub async fn collect(&mut self, device: &Device) -> Vec<u8> {
        let pages = self.holder.collect(device).await;
        let raw: Vec<u8> = pages.iter().flat_map(|page| minicbor::to_vec(page).unwrap()).collect();
        self.raw.extend(&raw);
        raw
    }

    /// Which words were told ever, of those of the family.
    pub fn told(&self) -> BTreeSet<String> {
        words(&self.raw)
    }

    /// Whether some id was told ever, in any form.
    pub fn names(&self, id: RecordId) -> bool {
        says(&self.raw, &id.0) || says(&self.raw, id.to_string().as_bytes())
    }

    /// What they hold of a referral.
    pub fn status(&self, id: RecordId) -> Option<Status> {
        self.holder.held.get(&id).and_then(Referral::of).map(Referral::status)
    }

    /// The words in what they hold now.
    pub fn holds(&self) -> BTreeSet<String> {
        let held = self.holder.held.values();
        words(&held.flat_map(|record| minicbor::to_vec(record).unwrap()).collect::<Vec<_>>())
    }
}

pub fn says(raw: &[u8], wanted: &[u8]) -> bool {
    raw.windows(wanted.len()).any(|window| window == wanted)
}

/// The family's words in some bytes, however they are written.
pub fn words(raw: &[u8]) -> BTreeSet<String> {
    let words: Vec<String> = SHARED.iter().chain(&KEPT).map(|word| (*word).to_owned()).collect();
    Markers::of(&words).found(raw).into_iter().collect()
}

pub fn shared() -> BTreeSet<String> {
    SHARED.iter().map(|word| (*word).to_owned()).collect()
}
