//! What lists, boards and counts need of a service, without opening its record. It lies in the sealed search line of
//! the record, so that fifty thousand people's services are looked through at once.

use crate::field::{Field, Kind};
use crate::id::{RecordId, UserId};
use crate::record::Record;
use crate::rules::days::{day_of, day_of_text};
use crate::service::referral::Referral;
use crate::value::Value;
use minicbor::{Decode, Encode};

/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// A service in a line: a session, an assistance, a referral, a distribution, or a need. Texts are codes of tables;
/// empty, or nought, where a record has no such thing. Times are minutes since 1970 by the clock of where it happened;
/// of a day alone, those of its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Brief {
    /// The record. Not in the line's own bytes.
    #[cbor(skip)]
    pub record: RecordId,
    /// Its kind. Not in the line's own bytes.
    #[cbor(skip)]
    pub kind: u16,
    /// The person or group that it hangs on. Not in the line's own bytes.
    #[cbor(skip)]
    pub owner: Option<RecordId>,
    /// Who began it.
    #[n(0)]
    pub by: Option<UserId>,
    /// When it was stated first, milliseconds since 1970.
    #[n(1)]
    pub stated_at: u64,
    /// When it happened: of a referral, when it was sent.
    #[n(2)]
    pub when: i64,
    /// Type, sector or need; empty where it is not told to this person.
    #[n(3)]
    pub code: String,
    /// Status of an assistance or a referral, state of a need or a distribution, form of a session.
    #[n(4)]
    pub state: String,
    /// When an answer is due, or the day of the follow-up. 0 for none.
    #[n(5)]
    pub due: i64,
    /// Whom it is for: who attended, who received and who is covered.
    #[n(6)]
    pub people: Vec<RecordId>,
    /// People who attended and are not registered.
    #[n(7)]
    pub heads: u32,
    /// Minutes that it took.
    #[n(8)]
    pub minutes: u32,
    /// Thousandths of the unit.
    #[n(9)]
    pub quantity: i64,
    /// Cents of a US dollar.
    #[n(10)]
    pub cents: i64,
    /// Site where it was held or given.
    #[n(11)]
    pub site: String,
    /// Institution that sends, or gives.
    #[n(12)]
    pub from: String,
    /// Institution that receives.
    #[n(13)]
    pub to: String,
    /// Desk that receives.
    #[n(14)]
    pub desk: String,
    /// What it amends.
    #[n(15)]
    pub amends: Option<RecordId>,
    /// What it goes on from: the session followed up, the referral answered, the distribution it was given in.
    #[n(16)]
    pub follows: Option<RecordId>,
    /// Outcomes, urgency, programme and others: codes with a space between them.
    #[n(17)]
    pub more: String,
    /// Whether it was withdrawn, and whether the receiver has acknowledged that: bits 1 and 2.
    #[n(18)]
    pub marks: u8,
}

/// It was withdrawn: bit of [`Brief::marks`].
pub const WITHDRAWN: u8 = 1;
/// The receiver has acknowledged the withdrawal: bit of [`Brief::marks`].
pub const ACKNOWLEDGED: u8 = 2;

impl Brief {
    /// Kinds that have one.
    pub const KINDS: [Kind; 5] =
        [Kind::NEED, Kind::ASSISTANCE, Kind::SESSION, Kind::REFERRAL, Kind::DISTRIBUTION];

    /// The line of a record; `None` for kinds without one.
    #[must_use]
    pub fn of(record: &Record) -> Option<Brief> {
        if !Brief::KINDS.contains(&record.kind) {
            return None;
        }
        let text = |field| record.shown(field).and_then(Value::as_text).unwrap_or_default();
        let reference = |field| record.shown(field).and_then(Value::as_ref);
        let number = |field| match record.shown(field) {
            Some(Value::Int(number)) => u32::try_from(*number).unwrap_or(0),
            _ => 0,
        };
        let codes = |field| record.shown(field).and_then(Value::as_codes).unwrap_or_default();
        let first = record.fields().flat_map(|field| record.known(field)).min_by_key(|it| (it.at, it.entry));
        let owner = record.kind.owner_field().and_then(reference);
        let stated_at = first.map_or(0, |stated| stated.at);
        let mut brief = Brief {
            record: record.id,
            kind: record.kind.0,
            owner,
            by: first.map(|stated| stated.author),
            stated_at,
            when: i64::try_from(stated_at / 60_000).unwrap_or(0),
            amends: reference(Field::AMENDS),
            ..Brief::default()
        };
        let set = |to: &mut String, field| text(field).clone_into(to);
        match record.kind {
            Kind::NEED => {
                set(&mut brief.code, Field::NEED_CODE);
                set(&mut brief.state, Field::NEED_STATE);
            }
            Kind::SESSION => {
                set(&mut brief.code, Field::SESSION_TYPE);
                set(&mut brief.state, Field::SESSION_FORM);
                set(&mut brief.site, Field::SESSION_SITE);
                brief.when = minutes_of(text(Field::SESSION_DATE)).unwrap_or(brief.when);
                brief.due = minutes_of(text(Field::SESSION_FOLLOW_UP_ON)).unwrap_or(0);
                brief.people = people(codes(Field::SESSION_PEOPLE));
                brief.heads = number(Field::SESSION_HEADS);
                brief.minutes = number(Field::SESSION_MINUTES);
                brief.follows = reference(Field::SESSION_FOLLOWS);
                brief.more = codes(Field::SESSION_OUTCOMES).join(" ");
            }
            Kind::ASSISTANCE => {
                set(&mut brief.code, Field::ASSISTANCE_TYPE);
                set(&mut brief.state, Field::ASSISTANCE_STATUS);
                set(&mut brief.site, Field::ASSISTANCE_SITE);
                set(&mut brief.from, Field::ASSISTANCE_PROVIDER);
                set(&mut brief.more, Field::ASSISTANCE_PROGRAMME);
                brief.when = minutes_of(text(Field::ASSISTANCE_DATE)).unwrap_or(brief.when);
                brief.people = people(codes(Field::ASSISTANCE_COVERS));
                let recipient = reference(Field::ASSISTANCE_RECIPIENT);
                brief.people.extend(recipient.filter(|id| !brief.people.contains(id)));
                brief.quantity = scaled(text(Field::ASSISTANCE_QUANTITY), 3);
                brief.cents = scaled(text(Field::ASSISTANCE_AMOUNT), 2);
                brief.follows = reference(Field::ASSISTANCE_DISTRIBUTION);
            }
            Kind::REFERRAL => {
                let referral = Referral::of(record)?;
                set(&mut brief.code, Field::REFERRAL_SECTOR);
                referral.status().code().clone_into(&mut brief.state);
                set(&mut brief.from, Field::REFERRAL_FROM);
                set(&mut brief.to, Field::REFERRAL_TO);
                set(&mut brief.desk, Field::REFERRAL_DESK);
                set(&mut brief.more, Field::REFERRAL_URGENCY);
                brief.when = minutes_of(text(Field::REFERRAL_SENT_AT)).unwrap_or(brief.when);
                brief.due = minutes_of(text(Field::REFERRAL_DUE)).unwrap_or(0);
                brief.follows = referral.parent();
                let acknowledged = record.stated(Field::REFERRAL_WITHDRAWN_SEEN).next().is_some();
                brief.marks = if referral.is_withdrawn() { WITHDRAWN } else { 0 }
                    | if acknowledged { ACKNOWLEDGED } else { 0 };
            }
            _ => {
                set(&mut brief.code, Field::DISTRIBUTION_TYPE);
                set(&mut brief.state, Field::DISTRIBUTION_STATE);
                set(&mut brief.site, Field::DISTRIBUTION_SITE);
                set(&mut brief.from, Field::DISTRIBUTION_PROVIDER);
                set(&mut brief.more, Field::DISTRIBUTION_PROGRAMME);
                brief.when = minutes_of(text(Field::DISTRIBUTION_DATE)).unwrap_or(brief.when);
                brief.quantity = scaled(text(Field::DISTRIBUTION_QUANTITY), 3);
                brief.cents = scaled(text(Field::DISTRIBUTION_AMOUNT), 2);
            }
        }
        Some(brief)
    }

    /// The bytes that lie in a line; empty parts are left out.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing to memory cannot fail.
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// Reads them, for a record of a kind that hangs on something; `None` for what is none.
    #[must_use]
    pub fn from_bytes(record: RecordId, kind: Kind, owner: Option<RecordId>, bytes: &[u8]) -> Option<Brief> {
        let brief: Brief = minicbor::decode(bytes).ok()?;
        Some(Brief { record, kind: kind.0, owner, ..brief })
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind(self.kind)
    }

    /// The day on which it happened, counted from 1970.
    #[must_use]
    pub fn day(&self) -> i64 {
        self.when.div_euclid(DAY)
    }

    /// Whether it concerns somebody: it hangs on them, or they attended, received or are covered.
    #[must_use]
    pub fn concerns(&self, id: RecordId) -> bool {
        self.owner == Some(id) || self.people.contains(&id)
    }
}

/// Minutes since 1970 of a datetime as fields hold it (`2026-11-22T10:42`), or of the beginning of an exact day.
#[must_use]
pub fn minutes_of(text: &str) -> Option<i64> {
    let day = i64::from(day_of_text(text)?.to_julian_day()) - 2_440_588;
    let time = text.split_once('T').and_then(|(_, time)| time.split_once(':'));
    let part = |text: &str| text.parse::<i64>().ok();
    let minutes = time.and_then(|(hour, minute)| Some(part(hour)? * 60 + part(minute)?)).unwrap_or(0);
    Some(day * DAY + minutes)
}

/// The text form of minutes since 1970: `2026-11-22T10:42`.
#[must_use]
pub fn time_text(minutes: i64) -> String {
    let milliseconds = u64::try_from(minutes.div_euclid(DAY)).unwrap_or(0).saturating_mul(86_400_000);
    let Some(day) = day_of(milliseconds) else { return String::new() };
    let rest = minutes.rem_euclid(DAY);
    let (year, month, day) = (day.year(), u8::from(day.month()), day.day());
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}", rest / 60, rest % 60)
}

fn people(codes: &[String]) -> Vec<RecordId> {
    codes.iter().filter_map(|code| RecordId::parse(code)).collect()
}

/// A number as fields hold it (`12.5`), in parts of ten to the power of `places`; 0 for none.
#[must_use]
pub fn scaled(text: &str, places: usize) -> i64 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = rest.chars().chain(core::iter::repeat('0')).take(places).collect();
    format!("{whole}{digits}").parse().unwrap_or(0)
}
