//! What the demo's staff did for people in the last weeks: sessions, needs, gifts. Made up, and always the same for the
//! same moment of loading, so that loading it again states the same entries again.

use super::caseload::stand_in;
use domain::id::uuid_v7;
use domain::rules::Lists;
use domain::service::brief::time_text;
use domain::{Change, EnrolmentId, Entry, EntryId, Field, Kind, Record, RecordId, UserId, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Minutes of a day.
pub const DAY: i64 = 24 * 60;
/// Minutes by which the operation's clock is behind the universal one: Panama knows no summer time.
const BEHIND: i64 = 5 * 60;
/// Sessions and gifts, beside a few that are doubled on purpose.
const SESSIONS: usize = 300;
const GIFTS: usize = 400;
const DOUBLES: usize = 8;
const NEEDS: usize = 30;
/// The last so many days.
const DAYS: i64 = 45;

/// Who states something: a key of the demo's staff.
pub type Key = &'static str;

/// An entry with whose it is.
pub struct Deed {
    pub by: Key,
    pub entry: Entry,
}

/// The devices of those who state something.
pub type Devices = BTreeMap<Key, (UserId, EnrolmentId)>;

/// A family of the caseload.
pub struct Family {
    pub site: &'static str,
    pub people: Vec<Record>,
}

impl Family {
    /// The family that an entry registers.
    pub fn of(site: &'static str, entry: &Entry) -> Self {
        let record = |change: &Change| {
            let mut record = Record::new(change.record, change.kind);
            record.apply(entry);
            record
        };
        let people = entry.changes.iter().filter(|change| change.kind == Kind::INDIVIDUAL).map(record);
        Self { site, people: people.collect() }
    }

    /// Whoever speaks for it.
    pub fn first(&self) -> Option<&Record> {
        self.people.first()
    }
}

/// Writes deeds down, at moments before the one of loading.
pub struct Scribe<'a> {
    /// Minutes since 1970 by the operation's clock.
    pub now: i64,
    pub devices: &'a Devices,
}

impl Scribe<'_> {
    /// A moment so many days back, within the hours of an office day: always the same for the same name.
    pub fn moment(&self, back: i64, name: &str) -> i64 {
        self.now - back * DAY - number(name, 6 * 60)
    }

    /// The moment of milliseconds since 1970, by the operation's clock.
    pub fn moment_of(at: u64) -> i64 {
        i64::try_from(at / 60_000).unwrap_or(0) - BEHIND
    }

    /// Milliseconds since 1970 of a moment.
    pub fn at(moment: i64) -> u64 {
        u64::try_from((moment + BEHIND) * 60_000).unwrap_or(0)
    }

    /// A record's id, which nothing but its name says.
    pub fn record(name: &str, moment: i64) -> RecordId {
        RecordId(uuid_v7(Self::at(moment), stand_in("service", name)))
    }

    /// An entry of somebody.
    pub fn deed(&self, by: Key, name: &str, moment: i64, changes: Vec<Change>) -> Option<Deed> {
        let (author, enrolment) = *self.devices.get(by)?;
        let at = Self::at(moment);
        let id = EntryId(uuid_v7(at, stand_in("service entry", name)));
        Some(Deed { by, entry: Entry { id, author, enrolment, at, changes } })
    }

    /// An entry that begins one record.
    fn begun(
        &self,
        by: Key,
        name: &str,
        moment: i64,
        kind: Kind,
        values: Vec<(Field, Value)>,
    ) -> Option<Deed> {
        let change = Record::new(Self::record(name, moment), kind).change(values)?;
        self.deed(by, name, moment, vec![change])
    }
}

/// A number below another one, always the same for the same name.
pub fn number(name: &str, below: i64) -> i64 {
    i64::from(u32::from_be_bytes(stand_in("number", name))) % below.max(1)
}

/// One of several, by place.
pub fn one<T: Copy + Default>(of: &[T], place: usize) -> T {
    of.get(place % of.len().max(1)).copied().unwrap_or_default()
}

fn codes(codes: &[&str]) -> Value {
    Value::Codes(codes.iter().map(|code| (*code).to_owned()).collect())
}

/// Everything but referrals. `of_site` gives a family of a site by its place.
pub fn services<'f>(
    scribe: &Scribe<'_>,
    of_site: impl Fn(&str, usize) -> Option<&'f Family>,
    lists: &Lists,
) -> Vec<Deed> {
    let sessions = (0..SESSIONS).filter_map(|place| session(scribe, &of_site, place));
    let needs = (0..NEEDS).filter_map(|place| need(scribe, &of_site, place));
    sessions.chain(needs).chain(gifts(scribe, &of_site, lists)).collect()
}

fn session<'f>(
    scribe: &Scribe<'_>,
    of_site: &impl Fn(&str, usize) -> Option<&'f Family>,
    place: usize,
) -> Option<Deed> {
    const TYPES: [&str; 9] = [
        "reception",
        "rsd_info",
        "psychosocial",
        "legal",
        "gbv",
        "documentation",
        "health",
        "livelihoods",
        "follow_up",
    ];
    const OUTCOMES: [&str; 5] = ["info_given", "next_session", "referred", "doc_help", "closed"];
    const NEXT: [&str; 3] =
        ["Traer el documento de identidad", "Llamar para saber cómo sigue", "Cita con ONPAR"];
    let (by, site) = match place % 10 {
        0..=5 => ("counsellor-panama", "panama"),
        6..=8 => ("counsellor-meteti", "meteti"),
        _ => ("caseworker-panama", "panama"),
    };
    let name = format!("session {place}");
    // More of them lately.
    let back = DAYS * i64::try_from(place * place).ok()? / i64::try_from(SESSIONS * SESSIONS).ok()?;
    let moment = scribe.moment(back, &name);
    let family = of_site(site, place * 7)?;
    let person = family.first()?;
    let is_group = place % 30 == 29;
    let code = if by.starts_with("caseworker") { "reception" } else { one(&TYPES, place) };
    let outcome = one(&OUTCOMES, place / 3);
    let mut values = vec![
        (Field::SESSION_TYPE, Value::text(if is_group { "group" } else { code })),
        (Field::SESSION_MODE, Value::text(one(&["office", "office", "phone", "field"], place))),
        (Field::SESSION_DATE, Value::text(&time_text(moment))),
        (Field::SESSION_MINUTES, Value::Int(15 + 5 * number(&name, 10))),
        (Field::SESSION_LANGUAGE, Value::text("spa")),
        (Field::SESSION_OUTCOMES, codes(&[outcome])),
        (Field::SESSION_SITE, Value::text(site)),
    ];
    if is_group {
        let invited = (0..3).filter_map(|beside| of_site(site, place * 7 + beside)?.first());
        let attended: Vec<String> = invited.map(|person| person.id.to_string()).collect();
        values.push((Field::SESSION_FORM, Value::text("group")));
        values.push((Field::SESSION_PEOPLE, Value::Codes(attended)));
        values.push((Field::SESSION_HEADS, Value::Int(6 + number(&name, 12))));
    } else {
        let is_family = family.people.len() > 2 && place.is_multiple_of(6);
        let attended = family.people.iter().take(if is_family { 8 } else { 1 });
        let attended: Vec<String> = attended.map(|person| person.id.to_string()).collect();
        values.push((Field::OWNER, Value::Ref(person.id)));
        values.push((Field::SESSION_FORM, Value::text(if is_family { "family" } else { "individual" })));
        values.push((Field::SESSION_PEOPLE, Value::Codes(attended)));
        // Some are due today, some are late, most still to come.
        if outcome == "next_session" || back < 6 && place.is_multiple_of(2) {
            let on = time_text(scribe.now + (number(&name, 14) - 3) * DAY);
            values.push((Field::SESSION_FOLLOW_UP_ON, Value::text(on.split('T').next().unwrap_or_default())));
            values.push((Field::SESSION_NEXT_STEP, Value::text(one(&NEXT, place))));
        }
    }
    scribe.begun(by, &name, moment, Kind::SESSION, values)
}

fn need<'f>(
    scribe: &Scribe<'_>,
    of_site: &impl Fn(&str, usize) -> Option<&'f Family>,
    place: usize,
) -> Option<Deed> {
    let (by, site) = one(&[("counsellor-panama", "panama"), ("counsellor-meteti", "meteti")], place);
    let name = format!("need {place}");
    let moment = scribe.moment(i64::try_from(place).ok()?, &name);
    let owner = of_site(site, place * 11 + 3)?.first()?;
    let values = vec![
        (Field::OWNER, Value::Ref(owner.id)),
        (Field::NEED_CODE, Value::text(one(&["ER", "SP", "CR-NE", "WR-SF"], place / 2))),
        (Field::NEED_STATE, Value::text(one(&["pending", "pending", "confirmed"], place))),
    ];
    scribe.begun(by, &name, moment, Kind::NEED, values)
}

/// Gifts, each once for a family, but for a few that another site gave again.
fn gifts<'f>(
    scribe: &Scribe<'_>,
    of_site: &impl Fn(&str, usize) -> Option<&'f Family>,
    lists: &Lists,
) -> Vec<Deed> {
    const TYPES: [(&str, &str); 8] = [
        ("food_kit", "1"),
        ("hygiene_kit", "1"),
        ("cash_mpc", "90"),
        ("baby_kit", "1"),
        ("transport", "2"),
        ("shelter_night", "3"),
        ("bedding", "2"),
        ("medicine", "1"),
    ];
    let (mut deeds, mut given) = (Vec::new(), BTreeSet::new());
    for place in 0..GIFTS * 2 {
        let (by, site) = match place % 10 {
            0..=4 => ("caseworker-panama", "panama"),
            5..=7 => ("caseworker-meteti", "meteti"),
            _ => ("counsellor-panama", "panama"),
        };
        let (kind, quantity) = one(&TYPES, place / 5);
        let Some(family) = of_site(site, place * 3 + 1) else { continue };
        let Some(first) = family.first().filter(|first| given.insert((first.id, kind))) else { continue };
        let name = format!("gift {place}");
        let back = number(&name, DAYS);
        let mut give = |by: Key, name: &str, site: &str, back: i64| {
            let moment = scribe.moment(back, name);
            let people: Vec<String> = family.people.iter().map(|person| person.id.to_string()).collect();
            let mut values = vec![
                (Field::OWNER, Value::Ref(first.id)),
                (Field::ASSISTANCE_TYPE, Value::text(kind)),
                (Field::ASSISTANCE_QUANTITY, Value::text(quantity)),
                (
                    Field::ASSISTANCE_DATE,
                    Value::text(time_text(moment).split('T').next().unwrap_or_default()),
                ),
                (Field::ASSISTANCE_RECIPIENT, Value::Ref(first.id)),
                (Field::ASSISTANCE_COVERS, Value::Codes(people)),
                (Field::ASSISTANCE_PROVIDER, Value::text(super::ORGANISATION)),
                (
                    Field::ASSISTANCE_STATUS,
                    Value::text(if place % 17 == 16 { "approved" } else { "delivered" }),
                ),
                (Field::ASSISTANCE_PROOF, Value::text(one(&["signature", "slip", "witness"], place))),
                (
                    Field::ASSISTANCE_PROGRAMME,
                    Value::text(if kind == "cash_mpc" { "cash" } else { "general" }),
                ),
                (Field::ASSISTANCE_SITE, Value::text(site)),
            ];
            if lists.needs_amount(kind) {
                let amount = if kind == "cash_mpc" { quantity } else { "12.50" };
                values.push((Field::ASSISTANCE_AMOUNT, Value::text(amount)));
            }
            deeds.extend(scribe.begun(by, name, moment, Kind::ASSISTANCE, values));
        };
        give(by, &name, site, back);
        if place < DOUBLES {
            give("counsellor-meteti", &format!("gift {place} again"), "meteti", (back - 2).max(0));
        }
        if deeds.len() >= GIFTS + DOUBLES {
            break;
        }
    }
    deeds
}
