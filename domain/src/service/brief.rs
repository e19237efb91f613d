//! What lists, boards and counts need of a service, without opening its record. It lies in the sealed search line of
//! the record, so that fifty thousand people's services are looked through at once.

use super::code::{Code, Codes};
use crate::field::{Field, Kind};
use crate::id::{RecordId, UserId};
use crate::record::Record;
use crate::rules::days::{day_of, day_of_text};
use crate::service::referral::Referral;
use crate::sight;
use crate::sight::is_stub;
use crate::value::Value;
use minicbor::{Decoder, Encoder, decode, encode};

/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// A service in a line: a session, an assistance, a referral, a distribution, or a need. Texts are codes of tables;
/// empty, or nought, where a record has no such thing, and where it is not told here. Times are minutes since 1970 by
/// the clock of where it happened; of a day alone, those of its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brief {
    /// The record. Not in the line's own bytes.
    pub record: RecordId,
    /// Its kind. Not in the line's own bytes.
    pub kind: u16,
    /// The person or group that it hangs on. Not in the line's own bytes.
    pub owner: Option<RecordId>,
    /// Who began it.
    pub by: Option<UserId>,
    /// When it was stated first, milliseconds since 1970.
    pub stated_at: u64,
    /// When it happened: of a referral, when it was sent. Where that is not told, when it was stated first.
    pub when: i64,
    /// Type, sector or need; empty where it is not told to this person.
    pub code: Code,
    /// Status of an assistance or a referral, state of a need or a distribution, form of a session.
    pub state: Code,
    /// When an answer is due, or the day of the follow-up. 0 for none.
    pub due: i64,
    /// Whom it is for: who attended, who received and who is covered.
    pub people: Vec<RecordId>,
    /// People who attended and are not registered.
    pub heads: u32,
    /// Minutes that it took.
    pub minutes: u32,
    /// Thousandths of the unit.
    pub quantity: i64,
    /// Cents of a US dollar.
    pub cents: i64,
    /// Site where it was held or given.
    pub site: Code,
    /// Institution that sends, or gives.
    pub from: Code,
    /// Institution that receives.
    pub to: Code,
    /// Desk that receives.
    pub desk: Code,
    /// What it amends.
    pub amends: Option<RecordId>,
    /// What it goes on from: the session followed up, the referral answered, the distribution it was given in.
    pub follows: Option<RecordId>,
    /// Outcomes, urgency, programme and others: codes with a space between them.
    pub more: Code,
    /// Whether it was withdrawn, whether the receiver has acknowledged that, and whether nothing of the person is told
    /// any more, and whether something is in conflict: bits 1, 2, 4 and 8.
    pub marks: u8,
}

/// It was withdrawn: bit of [`Brief::marks`].
pub const WITHDRAWN: u8 = 1;
/// The receiver has acknowledged the withdrawal: bit of [`Brief::marks`].
pub const ACKNOWLEDGED: u8 = 2;
/// Nothing of the person is told here though it is with its receiver: bit of [`Brief::marks`]. What that means hangs on
/// who looks ([`super::board::View::is_withdrawn`]).
pub const EMPTIED: u8 = 4;
/// Several values stand in one of its fields until somebody decides: bit of [`Brief::marks`]. Of a code or a state that
/// is in conflict the line tells none.
pub const IN_CONFLICT: u8 = 8;

impl Brief {
    /// Kinds that have one.
    pub const KINDS: [Kind; 5] =
        [Kind::NEED, Kind::ASSISTANCE, Kind::SESSION, Kind::REFERRAL, Kind::DISTRIBUTION];

    /// The line of a record; `None` for kinds without one, and for what was taken away again.
    #[must_use]
    pub fn of(record: &Record) -> Option<Brief> {
        // What was taken away again is nothing any more; of a stub only nothing is told.
        let is_gone = record.is_blank() && !is_stub(record);
        if !Brief::KINDS.contains(&record.kind) || is_gone {
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
            when: minute_of(stated_at),
            amends: reference(Field::AMENDS),
            ..Brief::default()
        };
        let set = |to: &mut Code, field| *to = text(field).into();
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
                brief.more = codes(Field::SESSION_OUTCOMES).join(" ").into();
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
                // Of one that is not told here nobody knows whether it was sent.
                if referral.standing().is_some() || !sight::is_stub(record) {
                    brief.state = referral.status().code().into();
                }
                set(&mut brief.from, Field::REFERRAL_FROM);
                set(&mut brief.to, Field::REFERRAL_TO);
                set(&mut brief.desk, Field::REFERRAL_DESK);
                set(&mut brief.more, Field::REFERRAL_URGENCY);
                brief.when = minutes_of(text(Field::REFERRAL_SENT_AT)).unwrap_or(brief.when);
                brief.due = minutes_of(text(Field::REFERRAL_DUE)).unwrap_or(0);
                brief.follows = referral.parent();
                let acknowledged = record.stated(Field::REFERRAL_WITHDRAWN_SEEN).next().is_some();
                brief.marks = if referral.is_withdrawn() { WITHDRAWN } else { 0 }
                    | if acknowledged { ACKNOWLEDGED } else { 0 }
                    | if referral.is_emptied() { EMPTIED } else { 0 };
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
        if !record.conflicts().is_empty() {
            brief.marks |= IN_CONFLICT;
        }
        Some(brief)
    }

    /// The bytes that lie in a line: which parts there are, when it was stated, and those parts.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64);
        // Writing to memory cannot fail.
        let _: Result<(), encode::Error<core::convert::Infallible>> =
            self.write(&mut Encoder::new(&mut bytes));
        bytes
    }

    fn write<W: encode::Write>(&self, e: &mut Encoder<W>) -> Result<(), encode::Error<W::Error>> {
        let (when, due) =
            (self.when.wrapping_sub(minute_of(self.stated_at)), self.due.wrapping_sub(self.when));
        // The owner's id lies in the line already.
        let owned = self.owner.is_some() && self.people.first() == self.owner.as_ref();
        let people = self.people.get(usize::from(owned)..).unwrap_or_default();
        let parts = [
            (part::BY, self.by.is_some()),
            (part::WHEN, when != 0),
            (part::CODE, !self.code.is_empty()),
            (part::STATE, !self.state.is_empty()),
            (part::DUE, self.due != 0),
            (part::OWNED, owned),
            (part::PEOPLE, !people.is_empty()),
            (part::HEADS, self.heads != 0),
            (part::MINUTES, self.minutes != 0),
            (part::QUANTITY, self.quantity != 0),
            (part::SITE, !self.site.is_empty()),
            (part::FROM, !self.from.is_empty()),
            (part::TO, !self.to.is_empty()),
            (part::DESK, !self.desk.is_empty()),
            (part::MORE, !self.more.is_empty()),
            (part::FOLLOWS, self.follows.is_some()),
            (part::AMENDS, self.amends.is_some()),
            (part::CENTS, self.cents != 0),
            (part::MARKS, self.marks != 0),
        ];
        let there = parts.iter().filter(|(_, is)| *is).fold(0_u32, |there, (part, _)| there | part);
        e.u32(there)?.u64(self.stated_at)?;
        for part in parts.into_iter().filter(|(_, is)| *is).map(|(part, _)| part) {
            match part {
                part::BY => e.bytes(&self.by.unwrap_or_default().0)?,
                part::WHEN => e.i64(when)?,
                part::CODE => e.str(&self.code)?,
                part::STATE => e.str(&self.state)?,
                part::DUE => e.i64(due)?,
                part::PEOPLE => e.bytes(&people.iter().flat_map(|id| id.0).collect::<Vec<_>>())?,
                part::HEADS => e.u32(self.heads)?,
                part::MINUTES => e.u32(self.minutes)?,
                part::QUANTITY => e.i64(self.quantity)?,
                part::SITE => e.str(&self.site)?,
                part::FROM => e.str(&self.from)?,
                part::TO => e.str(&self.to)?,
                part::DESK => e.str(&self.desk)?,
                part::MORE => e.str(&self.more)?,
                part::FOLLOWS => e.bytes(&self.follows.unwrap_or_default().0)?,
                part::AMENDS => e.bytes(&self.amends.unwrap_or_default().0)?,
                part::CENTS => e.i64(self.cents)?,
                part::MARKS => e.u8(self.marks)?,
                _ => e,
            };
        }
        Ok(())
    }

    /// Reads them, for a record of a kind that hangs on something; `None` for what is none. Parts that a later version
    /// adds come last and are skipped. Codes that `codes` knows are not kept a second time.
    #[must_use]
    pub fn from_bytes(
        codes: &mut Codes,
        record: RecordId,
        kind: Kind,
        owner: Option<RecordId>,
        bytes: &[u8],
    ) -> Option<Brief> {
        let mut brief = Brief { record, kind: kind.0, owner, ..Brief::default() };
        brief.read(codes, &mut Decoder::new(bytes)).ok()?;
        Some(brief)
    }

    fn read(&mut self, codes: &mut Codes, d: &mut Decoder<'_>) -> Result<(), decode::Error> {
        let there = d.u32()?;
        let has = |part| there & part != 0;
        self.stated_at = d.u64()?;
        if has(part::BY) {
            self.by = Some(UserId(id(d)?));
        }
        let after = if has(part::WHEN) { d.i64()? } else { 0 };
        self.when = minute_of(self.stated_at).wrapping_add(after);
        if has(part::CODE) {
            self.code = codes.get(d.str()?);
        }
        if has(part::STATE) {
            self.state = codes.get(d.str()?);
        }
        if has(part::DUE) {
            self.due = self.when.wrapping_add(d.i64()?);
        }
        let others = if has(part::PEOPLE) { d.bytes()?.as_chunks::<16>().0 } else { &[] };
        let owned = self.owner.filter(|_| has(part::OWNED));
        self.people.reserve_exact(others.len() + usize::from(owned.is_some()));
        self.people.extend(owned);
        self.people.extend(others.iter().map(|id| RecordId(*id)));
        if has(part::HEADS) {
            self.heads = d.u32()?;
        }
        if has(part::MINUTES) {
            self.minutes = d.u32()?;
        }
        if has(part::QUANTITY) {
            self.quantity = d.i64()?;
        }
        let texts = [
            (part::SITE, &mut self.site),
            (part::FROM, &mut self.from),
            (part::TO, &mut self.to),
            (part::DESK, &mut self.desk),
            (part::MORE, &mut self.more),
        ];
        for (_, text) in texts.into_iter().filter(|(part, _)| has(*part)) {
            *text = codes.get(d.str()?);
        }
        if has(part::FOLLOWS) {
            self.follows = Some(RecordId(id(d)?));
        }
        if has(part::AMENDS) {
            self.amends = Some(RecordId(id(d)?));
        }
        if has(part::CENTS) {
            self.cents = d.i64()?;
        }
        if has(part::MARKS) {
            self.marks = d.u8()?;
        }
        Ok(())
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

/// Parts of the bytes, in the order in which they lie there. A later version adds its own at the end.
mod part {
    pub const BY: u32 = 1;
    /// Minutes from the stating to the time.
    pub const WHEN: u32 = 1 << 1;
    pub const CODE: u32 = 1 << 2;
    pub const STATE: u32 = 1 << 3;
    /// Minutes from the time until it is due.
    pub const DUE: u32 = 1 << 4;
    /// The people begin with the owner. Takes no bytes.
    pub const OWNED: u32 = 1 << 5;
    /// The ids of the others, one after the other.
    pub const PEOPLE: u32 = 1 << 6;
    pub const HEADS: u32 = 1 << 7;
    pub const MINUTES: u32 = 1 << 8;
    pub const QUANTITY: u32 = 1 << 9;
    pub const SITE: u32 = 1 << 10;
    pub const FROM: u32 = 1 << 11;
    pub const TO: u32 = 1 << 12;
    pub const DESK: u32 = 1 << 13;
    pub const MORE: u32 = 1 << 14;
    pub const FOLLOWS: u32 = 1 << 15;
    pub const AMENDS: u32 = 1 << 16;
    pub const CENTS: u32 = 1 << 17;
    pub const MARKS: u32 = 1 << 18;
}

fn id(d: &mut Decoder<'_>) -> Result<[u8; 16], decode::Error> {
    d.bytes()?.try_into().map_err(|_| decode::Error::message("an id is 16 bytes long"))
}

/// The minute in which something was stated, since 1970 and by no clock of any place.
fn minute_of(stated_at: u64) -> i64 {
    i64::try_from(stated_at / 60_000).unwrap_or(0)
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

#[cfg(test)]
mod tests;
