//! What was said: reading it for the pages, and writing it down as the records will have it. Pure.
//!
//! Facts lie in the [`Application`] as records hold them. What people typed lies beside them as they typed it, so that
//! a date that cannot be read yet, or a blank at the end of a name, is still there after the phone died.

use crate::plain;
use domain::application::{Application, Part};
use domain::date::{DateFault, DateMode, DateText, OLDEST, PartialDate};
use domain::{Field, Kind, Phone, RecordId, Typed, Value, name};
use std::collections::BTreeMap;
use time::Date;

/// What was typed, by part and field.
pub type TypedMap = BTreeMap<(u8, Field), Typed>;
/// A part and one of its fields.
pub type Spot = (u8, Field);

/// Purpose of consent, of list `consent_purpose`: to be pre-registered.
pub const REGISTER: &str = "register";
/// To be contacted.
pub const CONTACT: &str = "contact";
/// To a photograph at the office.
pub const PHOTO: &str = "photo";
/// Where the draft remembers that «no» was said to a talk in private: the application holds a plain yes or no. Never sent.
const PRIVATE: Spot = (0, Field::APPLICATION_MARKS);
/// The same of serious illness.
const ILLNESS: Spot = (0, Field::NEEDS_NONE);
/// Most nationalities of a person.
pub const NATIONALITIES: usize = 3;
/// Who is younger does not speak yet: no language is needed of them.
const SPEAKS_FROM: u16 = 3;
/// Ages in which a woman or girl may be asked whether she is pregnant.
const MAY_BE_PREGNANT: std::ops::RangeInclusive<u16> = 10..=55;

/// Text of a fact; empty where there is none.
#[must_use]
pub fn text(part: &Part, field: Field) -> &str {
    part.facts.get(&field).and_then(Value::as_text).unwrap_or_default()
}

/// What an input shows: what was typed, or else what stands.
#[must_use]
pub fn typed_text(application: &Application, typed: &TypedMap, (nth, field): Spot) -> String {
    match typed.get(&(nth, field)) {
        Some(Typed::Text(text)) => text.clone(),
        _ => application.part(nth).map(|part| text(part, field).to_owned()).unwrap_or_default(),
    }
}

/// What the boxes of a date show.
#[must_use]
pub fn typed_date(application: &Application, typed: &TypedMap, (nth, field): Spot, today: Date) -> DateText {
    if let Some(Typed::Date(date)) = typed.get(&(nth, field)) {
        return date.clone();
    }
    let known = application.part(nth).and_then(|part| PartialDate::from_text(text(part, field)));
    known.map(|known| DateText::of(&known, today)).unwrap_or_default()
}

/// Takes what was typed into an input of text.
pub fn say_text(application: &mut Application, typed: &mut TypedMap, (nth, field): Spot, said: &str) {
    typed.insert((nth, field), Typed::Text(said.to_owned()));
    let kept = if field == Field::PHONE { Phone::keep(said).0 } else { plain::keep(said) };
    application.put(nth, field, Value::text(&kept));
}

/// Takes what was typed into the boxes of a date. What cannot be read is kept as typed, and is no fact.
pub fn say_date(
    application: &mut Application,
    typed: &mut TypedMap,
    (nth, field): Spot,
    said: DateText,
    today: Date,
) {
    let value = past(&said, today).ok().flatten().map_or(Value::Nothing, PartialDate::to_value);
    application.put(nth, field, value);
    typed.insert((nth, field), Typed::Date(said));
}

/// What is wrong with the boxes of a date; `None` also while they are empty.
#[must_use]
pub fn date_fault(typed: &TypedMap, spot: Spot, today: Date) -> Option<DateFault> {
    match typed.get(&spot) {
        Some(Typed::Date(date)) => past(date, today).err(),
        _ => None,
    }
}

/// A day that has come: of birth, of arrival.
fn past(date: &DateText, today: Date) -> Result<Option<PartialDate>, DateFault> {
    let known = date.parse_any(today)?;
    match known {
        Some(known) if known.earliest() > today => Err(DateFault::InTheFuture),
        Some(known) if today.year() - known.latest().year() > i32::from(OLDEST) => Err(DateFault::TooOld),
        known => Ok(known),
    }
}

/// Whether the date is shown with «aprox.».
#[must_use]
pub fn is_approximate(date: &DateText) -> bool {
    matches!(date.mode, DateMode::Age | DateMode::Estimate)
}

/// Adds a person; `child` is what the button said, and holds until there is a date of birth.
pub fn add_person(application: &mut Application, typed: &mut TypedMap, child: bool) -> Option<u8> {
    let nth = application.add(Kind::INDIVIDUAL, 0)?;
    typed.insert((nth, Field::AGE_STATED), Typed::Flag(Some(child)));
    Some(nth)
}

/// Takes a part away with all that hangs on it, and what was typed for them.
pub fn remove(application: &mut Application, typed: &mut TypedMap, nth: u8) {
    application.remove(nth);
    typed.retain(|(nth, _), _| application.part(*nth).is_some());
}

/// Under 18: by the date of birth, or else by the button with which the person was added.
#[must_use]
pub fn is_child(typed: &TypedMap, part: &Part, today: Date) -> bool {
    match age(part, today) {
        Some(age) => age < 18,
        None => typed.get(&(part.nth, Field::AGE_STATED)) == Some(&Typed::Flag(Some(true))),
    }
}

/// Completed years, where they can be told.
#[must_use]
pub fn age(part: &Part, today: Date) -> Option<u16> {
    PartialDate::from_text(text(part, Field::DATE_OF_BIRTH))?.age_on(today)
}

/// Everybody of age.
pub fn adults<'a>(
    application: &'a Application,
    typed: &'a TypedMap,
    today: Date,
) -> impl Iterator<Item = &'a Part> {
    application.people().filter(move |part| !is_child(typed, part, today))
}

/// Old enough to have a language of their own.
#[must_use]
pub fn speaks(part: &Part, today: Date) -> bool {
    age(part, today).is_none_or(|age| age >= SPEAKS_FROM)
}

/// Women and girls who may be asked whether they are pregnant.
pub fn may_be_pregnant(application: &Application, today: Date) -> impl Iterator<Item = &Part> {
    application.people().filter(move |part| {
        text(part, Field::SEX) == "F" && age(part, today).is_some_and(|age| MAY_BE_PREGNANT.contains(&age))
    })
}

/// Somebody with one name alone.
#[must_use]
pub fn has_one_name(part: &Part) -> bool {
    part.facts.get(&Field::ONE_NAME) == Some(&Value::Flag(true))
}

/// «Tengo un solo nombre», or no longer. What was typed into the other inputs comes back with them.
pub fn say_one_name(application: &mut Application, typed: &mut TypedMap, nth: u8, one: bool) {
    application.put(nth, Field::ONE_NAME, if one { Value::Flag(true) } else { Value::Nothing });
    let others = [Field::GIVEN_NAMES, Field::SURNAME2];
    if one {
        let given = typed_text(application, typed, (nth, Field::GIVEN_NAMES));
        if typed_text(application, typed, (nth, Field::SURNAME1)).trim().is_empty() {
            say_text(application, typed, (nth, Field::SURNAME1), &given);
        }
        others.into_iter().for_each(|field| application.put(nth, field, Value::Nothing));
    } else {
        for field in others {
            let said = typed_text(application, typed, (nth, field));
            application.put(nth, field, Value::text(&plain::keep(&said)));
        }
    }
}

/// The name to call a person by; empty while there is none.
#[must_use]
pub fn name_of(part: &Part) -> String {
    name::display_name(
        text(part, Field::GIVEN_NAMES),
        text(part, Field::SURNAME1),
        text(part, Field::SURNAME2),
    )
}

/// Codes of list `relationship` that say a sex, as its column `sex` does.
const WOMEN: [&str; 12] =
    ["WIF", "CLW", "EXF", "DAU", "SCF", "FCF", "MOT", "SIS", "GMO", "GDA", "AUN", "NIE"];
const MEN: [&str; 12] = ["HUS", "CLH", "EXM", "SON", "SCM", "FCM", "FAT", "BRO", "GFA", "GSO", "UNC", "NEP"];

/// The sex that a relation says.
#[must_use]
pub fn sex_of_relation(relation: &str) -> Option<&'static str> {
    if relation.is_empty() {
        None
    } else if WOMEN.contains(&relation) {
        Some("F")
    } else {
        MEN.contains(&relation).then_some("M")
    }
}

/// Says what a person is to the one who speaks for the family. A sex that only followed from the former answer goes with it.
pub fn say_relation(application: &mut Application, nth: u8, relation: &str) {
    let Some(part) = application.part(nth) else { return };
    let before = sex_of_relation(text(part, Field::RELATIONSHIP));
    let followed =
        before.is_some_and(|sex| sex == text(part, Field::SEX)) && sex_of_relation(relation) != before;
    if followed {
        application.put(nth, Field::SEX, Value::Nothing);
    }
    application.put(nth, Field::RELATIONSHIP, Value::text(relation));
}

/// A child of the one who speaks for the family, by list `relationship` (role `child`).
#[must_use]
pub fn is_own_child(relation: &str) -> bool {
    matches!(relation, "SON" | "DAU" | "SCM" | "SCF" | "FCM" | "FCF")
}

/// Says who answers for a child; `None` for nobody of the family.
pub fn say_carer(application: &mut Application, typed: &mut TypedMap, nth: u8, carer: Option<RecordId>) {
    application.put(nth, Field::RESPONSIBLE_ADULT, carer.map_or(Value::Nothing, Value::Ref));
    typed.insert((nth, Field::RESPONSIBLE_ADULT), Typed::Ref(carer));
}

/// Whether somebody said that nobody of the family answers for a child.
#[must_use]
pub fn nobody_of_these(typed: &TypedMap, nth: u8) -> bool {
    typed.get(&(nth, Field::RESPONSIBLE_ADULT)) == Some(&Typed::Ref(None))
}

/// Chooses or takes back one of several codes, at most `most`.
pub fn say_code_among(
    application: &mut Application,
    (nth, field): Spot,
    code: &str,
    chosen: bool,
    most: usize,
) {
    let held = application.part(nth).and_then(|part| part.facts.get(&field)).and_then(Value::as_codes);
    let mut codes = held.unwrap_or_default().to_vec();
    codes.retain(|held| held != code);
    if chosen && codes.len() < most {
        codes.push(code.to_owned());
    }
    application.put(nth, field, if codes.is_empty() { Value::Nothing } else { Value::Codes(codes) });
}

/// Whether a way of contact is a phone.
#[must_use]
pub fn is_by_phone(way: &str) -> bool {
    matches!(way, "whatsapp" | "phone" | "sms")
}

/// Says how to reach them. What was typed for another way stays on the page, and comes back with that way.
pub fn say_way(application: &mut Application, typed: &mut TypedMap, way: &str) {
    for field in [Field::PHONE, Field::SAFE_TIME, Field::EMERGENCY_CONTACT] {
        let spot = (super::flow::FIRST, field);
        let said = typed_text(application, typed, spot);
        say_text(application, typed, spot, &said);
    }
    application.put(super::flow::FIRST, Field::CONTACT_CHANNEL, Value::text(way));
    keep_to_way(application);
    if way == "none" {
        unsay_consent(application, CONTACT);
    }
}

/// Takes out what is not of the way that they chose: a number at which a call is not safe is never sent.
pub fn keep_to_way(application: &mut Application) {
    let first = super::flow::FIRST;
    let Some(part) = application.part(first) else { return };
    let way = text(part, Field::CONTACT_CHANNEL);
    if way.is_empty() {
        return;
    }
    let (phone, person) = (is_by_phone(way), way == "through_person");
    for (field, stays) in [
        (Field::PHONE, phone),
        (Field::PHONE_SHARED, phone),
        (Field::EMERGENCY_CONTACT, person),
        (Field::SAFE_TIME, phone || person),
    ] {
        if !stays {
            application.put(first, field, Value::Nothing);
        }
    }
}

/// Whether they asked for no contact at all.
#[must_use]
pub fn wants_no_contact(application: &Application) -> bool {
    application.people().next().is_some_and(|part| text(part, Field::CONTACT_CHANNEL) == "none")
}

/// Whether somebody wants to talk in private: `None` while not answered.
#[must_use]
pub fn private_talk(application: &Application, typed: &TypedMap) -> Option<bool> {
    if application.private_talk { Some(true) } else { flag(typed, PRIVATE) }
}

/// Says so; `None` takes it back.
pub fn say_private_talk(application: &mut Application, typed: &mut TypedMap, said: Option<bool>) {
    application.private_talk = said == Some(true);
    typed.insert(PRIVATE, Typed::Flag(said));
}

/// Whether somebody is seriously ill: `None` while not answered.
#[must_use]
pub fn serious_illness(application: &Application, typed: &TypedMap) -> Option<bool> {
    if application.serious_illness { Some(true) } else { flag(typed, ILLNESS) }
}

/// Says so; `None` takes it back.
pub fn say_serious_illness(application: &mut Application, typed: &mut TypedMap, said: Option<bool>) {
    application.serious_illness = said == Some(true);
    typed.insert(ILLNESS, Typed::Flag(said));
}

fn flag(typed: &TypedMap, spot: Spot) -> Option<bool> {
    match typed.get(&spot) {
        Some(Typed::Flag(flag)) => *flag,
        _ => None,
    }
}

/// What was said to a purpose: `None` while not answered.
#[must_use]
pub fn consent(application: &Application, purpose: &str) -> Option<bool> {
    let part = consent_part(application, purpose)?;
    match text(part, Field::CONSENT_DECISION) {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

fn consent_part<'a>(application: &'a Application, purpose: &str) -> Option<&'a Part> {
    let mut consents = application.parts.iter().filter(|part| part.kind == Kind::CONSENT);
    consents.find(|part| text(part, Field::CONSENT_PURPOSE) == purpose)
}

/// What was read when somebody decided.
#[derive(Clone, Copy, Debug)]
pub struct Read<'a> {
    /// Version of the text.
    pub version: &'a str,
    /// Its language, a code of table `languages`.
    pub language: &'a str,
    /// When, as records keep it: `2026-11-22T10:42`.
    pub at: &'a str,
}

/// Says yes or no to a purpose, by a tap on one's own phone. The person who fills it in decides.
pub fn say_consent(application: &mut Application, purpose: &str, yes: bool, read: Read<'_>) {
    let held = consent_part(application, purpose).map(|part| part.nth);
    let Some(nth) = held.or_else(|| application.add(Kind::CONSENT, super::flow::FIRST)) else { return };
    let by = application.record_of(super::flow::FIRST);
    let form = if yes { Value::text("tap") } else { Value::Nothing };
    for (field, value) in [
        (Field::CONSENT_PURPOSE, Value::text(purpose)),
        (Field::CONSENT_DECISION, Value::text(if yes { "yes" } else { "no" })),
        (Field::CONSENT_FORM, form),
        (Field::CONSENT_TEXT_VERSION, Value::text(read.version)),
        (Field::CONSENT_LANGUAGE, Value::text(read.language)),
        (Field::CONSENT_GIVEN_BY, Value::Ref(by)),
        (Field::CONSENT_AT, Value::text(read.at)),
    ] {
        application.put(nth, field, value);
    }
}

/// Takes back what was said to a purpose.
pub fn unsay_consent(application: &mut Application, purpose: &str) {
    if let Some(nth) = consent_part(application, purpose).map(|part| part.nth) {
        application.remove(nth);
    }
}
