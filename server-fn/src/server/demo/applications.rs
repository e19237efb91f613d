//! Made-up families who pre-register themselves: their phones hand in over the same road as any other. Nobody of these
//! exists.

use super::ORGANISATION;
use crate::ApiError;
use crate::server::intake::client::{Family, Phone};
use crate::server::{Office, log, now_ms};
use domain::application::{Application, part_id};
use domain::appointment::Wish;
use domain::rules::days::day_of;
use domain::{Field, GroupRef, Kind, RecordId, Value};
use seal::letter::Fate;
use seal::{Kdf, ServerKeys};
use std::sync::Arc;

/// Where it is marked that they are here.
const MARK: &str = "demo applications";
/// The moment from which their ids are counted, the same at each try.
const MOMENT: &str = "demo applications moment";
/// The PIN of each of them, so that whoever tries the demo can ask how theirs stands.
pub const PIN: &str = "258036";
const DAY: u64 = 24 * 60 * 60 * 1000;

/// Site, language, nationality, surnames, whether they want to talk in private, whether somebody is seriously ill, and who
/// they are.
type Row = (&'static str, &'static str, &'static str, [&'static str; 2], bool, bool, &'static [Someone]);
/// Given names, sex, age in years (of those under one: days after a minus), code of list `relationship`, pregnant.
type Someone = (&'static str, &'static str, i64, &'static str, bool);

const FAMILIES: &[Row] = &[
    (
        "meteti",
        "es",
        "VEN",
        ["Urdaneta", "Paz"],
        false,
        false,
        &[
            ("Yulimar", "F", 31, "FP", false),
            ("Deivis", "M", 33, "HUS", false),
            ("Sofía", "F", 8, "DAU", false),
            ("Mateo", "M", 4, "SON", false),
        ],
    ),
    (
        "meteti",
        "ht",
        "HTI",
        ["Dorvil", ""],
        false,
        false,
        &[("Marie-Ange", "F", 27, "FP", true), ("Wisly", "M", 29, "HUS", false)],
    ),
    (
        "meteti",
        "es",
        "COL",
        ["Mosquera", "Rentería"],
        true,
        false,
        &[("Luz Dary", "F", 36, "FP", false), ("Kevin", "M", 13, "SON", false)],
    ),
    (
        "meteti",
        "es",
        "VEN",
        ["Chourio", ""],
        false,
        false,
        &[("Jhonaiker", "M", 16, "FP", false), ("Yorgelis", "F", 12, "SIS", false)],
    ),
    ("meteti", "fr", "CMR", ["Mbarga", ""], false, false, &[("Blaise", "M", 41, "FP", false)]),
    (
        "meteti",
        "ht",
        "HTI",
        ["Jean-Baptiste", ""],
        false,
        false,
        &[("Roseline", "F", 24, "FP", false), ("Jefté", "M", -40, "SON", false)],
    ),
    (
        "meteti",
        "ar",
        "SYR",
        ["الحلبي", ""],
        false,
        false,
        &[("ليلى", "F", 34, "FP", false), ("يوسف", "M", 38, "HUS", false), ("نور", "F", 9, "DAU", false)],
    ),
    (
        "meteti",
        "pt",
        "AGO",
        ["Domingos", "Neto"],
        false,
        true,
        &[("Esperança", "F", 45, "FP", false), ("Zeferino", "M", 19, "SON", false)],
    ),
    (
        "meteti",
        "en",
        "AFG",
        ["Rahimi", ""],
        true,
        false,
        &[("Parwana", "F", 29, "FP", false), ("Zahra", "F", 6, "DAU", false)],
    ),
    (
        "meteti",
        "es",
        "ECU",
        ["Quispe", "Anangonó"],
        false,
        false,
        &[("Segundo", "M", 52, "FP", false), ("Rosa Elvira", "F", 50, "WIF", false)],
    ),
    ("meteti", "es", "VEN", ["Fuenmayor", "Leal"], false, false, &[("Nairobis", "F", 22, "FP", true)]),
    (
        "meteti",
        "es",
        "CUB",
        ["Pupo", "Ramírez"],
        false,
        true,
        &[("Yoanka", "F", 58, "FP", false), ("Liuba", "F", 30, "DAU", false)],
    ),
    (
        "meteti",
        "ht",
        "HTI",
        ["Pierre-Louis", ""],
        false,
        false,
        &[
            ("Stevenson", "M", 33, "FP", false),
            ("Guerline", "F", 30, "WIF", false),
            ("Berline", "F", 7, "DAU", false),
            ("Woodley", "M", 5, "SON", false),
            ("Esther", "F", -200, "DAU", false),
        ],
    ),
    ("panama", "es", "NIC", ["Centeno", "Ubeda"], false, false, &[("Scarleth", "F", 26, "FP", false)]),
    (
        "panama",
        "es",
        "VEN",
        ["Bracho", "Ferrer"],
        false,
        false,
        &[("Egleé", "F", 63, "FP", false), ("Sebastián", "M", 11, "GSO", false)],
    ),
    (
        "panama",
        "es",
        "COL",
        ["Ibargüen", "Palacios"],
        true,
        true,
        &[
            ("Yesenia", "F", 39, "FP", false),
            ("Maicol", "M", 17, "SON", false),
            ("Danna", "F", 3, "DAU", false),
        ],
    ),
    ("panama", "en", "GHA", ["Owusu", ""], false, false, &[("Kwabena", "M", 35, "FP", false)]),
    (
        "panama",
        "es",
        "SLV",
        ["Portillo", "Menjívar"],
        true,
        false,
        &[("Keiry", "F", 20, "FP", false), ("Ángel", "M", -20, "SON", false)],
    ),
    (
        "panama",
        "fr",
        "COD",
        ["Ilunga", "Kabeya"],
        false,
        false,
        &[("Clarisse", "F", 32, "FP", true), ("Exaucé", "M", 10, "SON", false)],
    ),
    ("panama", "ar", "YEM", ["العريقي", ""], false, true, &[("أحمد", "M", 47, "FP", false)]),
    (
        "panama",
        "pt",
        "BRA",
        ["Lafleur", "Souza"],
        false,
        false,
        &[
            ("Jameson", "M", 31, "FP", false),
            ("Mirlande", "F", 28, "WIF", false),
            ("Davi", "M", 2, "SON", false),
        ],
    ),
    (
        "panama",
        "es",
        "HND",
        ["Zelaya", "Mejía"],
        false,
        false,
        &[("Wendy", "F", 15, "FP", false), ("Exon", "M", 9, "BRO", false)],
    ),
    (
        "panama",
        "es",
        "VEN",
        ["Zambrano", "Mora"],
        false,
        false,
        &[
            ("Leidys", "F", 44, "FP", false),
            ("Luis", "M", 46, "CLH", false),
            ("Abraham", "M", 14, "SON", false),
        ],
    ),
    (
        "panama",
        "ht",
        "HTI",
        ["Saint-Fleur", ""],
        true,
        false,
        &[("Nadège", "F", 37, "FP", false), ("Kervens", "M", 15, "SON", false)],
    ),
    (
        "panama",
        "es",
        "PER",
        ["Huamán", "Ccori"],
        false,
        false,
        &[("Fortunato", "M", 70, "FP", false), ("Paulina", "F", 68, "WIF", false)],
    ),
];

/// Hands in what the made-up families say, unless that was done; prints how to ask about one of them.
pub async fn send_applications(office: Arc<Office>, url: String) {
    match send(&office, &url).await {
        Ok(Some(reference)) => println!("Application: {reference}, PIN {PIN}"),
        Ok(None) => {}
        Err(error) => log::trouble("demo", &error),
    }
}

/// As [`send_applications`], to a running server. The reference of the first of them; `None` when they are here already.
///
/// # Errors
/// The first one that stopped it. Doing it again goes on where it ended.
pub async fn send(office: &Arc<Office>, url: &str) -> Result<Option<GroupRef>, String> {
    let words = |error: &dyn core::fmt::Display| error.to_string();
    if office.ledger().is_marked(MARK).map_err(|error| words(&error))? {
        return Ok(None);
    }
    office.ledger().mark(MOMENT, now_ms()).map_err(|error| words(&error))?;
    let moment = office.ledger().marked_at(MOMENT).map_err(|error| words(&error))?.unwrap_or_default();
    let keyring = office.keyring();
    let keys =
        ServerKeys::from_bytes(&keyring.public, &keyring.fingerprint).map_err(|error| words(&error))?;
    let phone = Phone::new(url, keys, None);
    let mut first = None;
    for (number, row) in FAMILIES.iter().enumerate() {
        let family = family(number, row, moment).map_err(|error| words(&error))?;
        first.get_or_insert(family.reference());
        let (fate, _) = phone.hand_in(&family.letter()).await.map_err(|error| words(&error))?;
        if fate != Fate::Taken {
            return Err(format!("an application of the demo was answered {fate:?}"));
        }
    }
    office.ledger().mark(MARK, now_ms()).map_err(|error| words(&error))?;
    Ok(first)
}

/// The same at each try.
fn family(number: usize, row: &Row, moment: u64) -> Result<Family, ApiError> {
    let (site, language, nationality, [surname, second], private_talk, ill, people) = row;
    let seed = seal::digest(format!("amparo demo application {number}").as_bytes());
    let random: [u8; 10] = seed.first_chunk().copied().unwrap_or_default();
    // Over the last two days, the first ones first.
    let said_at = moment.saturating_sub((FAMILIES.len() - number) as u64 * 2 * 60 * 60 * 1000);
    let mut it = Application::begin(RecordId::fresh(said_at, random), said_at, language);
    (it.site, it.organisation) = ((*site).to_owned(), ORGANISATION.to_owned());
    (it.private_talk, it.serious_illness) = (*private_talk, *ill);
    it.put(0, Field::SIZE, Value::Int(i64::try_from(people.len()).unwrap_or(1)));
    for (at, (given, sex, age, relationship, pregnant)) in people.iter().enumerate() {
        let nth = if at == 0 { Some(1) } else { it.add(Kind::INDIVIDUAL, 0) };
        let nth = nth.ok_or(ApiError::TooLarge)?;
        let (own_surname, own_second) =
            if *relationship == "HUS" { (*second, "") } else { (*surname, *second) };
        let surname = if own_surname.is_empty() { surname } else { own_surname };
        for (field, text) in [
            (Field::GIVEN_NAMES, *given),
            (Field::SURNAME1, surname),
            (Field::SURNAME2, own_second),
            (Field::SEX, *sex),
            (Field::RELATIONSHIP, *relationship),
        ] {
            if !text.is_empty() {
                it.put(nth, field, Value::text(text));
            }
        }
        it.put(nth, Field::DATE_OF_BIRTH, Value::Text(born(*age, moment)));
        it.put(nth, Field::NATIONALITY, Value::Codes(vec![(*nationality).to_owned()]));
        if *pregnant {
            it.put(nth, Field::PREGNANT, Value::Flag(true));
        }
        if at > 0 && *age < 18 {
            it.put(nth, Field::RESPONSIBLE_ADULT, Value::Ref(part_id(it.id, 1)));
        }
    }
    let mut family = Family::of(it);
    family.secret = seed.last_chunk().copied().unwrap_or_default();
    let salt = seal::short_digest(format!("amparo/status/1{}", family.reference().as_str()).as_bytes());
    family.key = *Kdf::FLOOR.stretch(PIN, &salt).map_err(|_| ApiError::Malformed)?;
    // Every other one would like to come.
    family.wish = number.is_multiple_of(2).then(Wish::default);
    Ok(family)
}

/// A date of birth: of those under one year to the day, of grown-ups the year alone for some.
fn born(age: i64, moment: u64) -> String {
    let days = if age < 0 { -age } else { age * 365 + 200 };
    let day = day_of(moment.saturating_sub(u64::try_from(days).unwrap_or(0).saturating_mul(DAY)));
    let day = day.map(|day| day.to_string()).unwrap_or_default();
    if age > 40 { day.chars().take(4).collect() } else { day }
}
