//! Made-up services of people: each has a session, a gift, and a referral or a need, over a year of work of a team.

use crate::Outcome;
use crate::person::{self, AUTHOR};
use domain::rules::Lists;
use domain::service::Brief;
use domain::service::board::{View, mine, team};
use domain::{
    Change, EnrolmentId, Entry, EntryId, Field, Kind, Place, Record, RecordId, Role, Standing, UserId, Value,
};
use std::collections::BTreeMap;
use store::{Identity, Note};
use wasm_bindgen::JsError;

/// Services of a person.
pub const EACH: u32 = 3;
/// People who did them.
const COLLEAGUES: u32 = 15;
/// 2026-03-01, as `brief::minutes_of` counts.
const TODAY: i64 = 20_513 * DAY;
const DAY: i64 = 24 * 60;
/// Days over which they are spread.
const YEAR: u32 = 365;

const SITES: [&str; 4] = ["meteti", "david", "panama", "lajas_blancas"];
const TOPICS: [&str; 5] = ["reception", "legal", "psychosocial", "documentation", "rsd_info"];
const GIFTS: [&str; 4] = ["hygiene_kit", "food_kit", "cash_mpc", "cash_rent"];
const DESKS: [(&str, &str); 3] =
    [("ONPAR", "onpar_meteti"), ("SNM", "snm_panama"), ("SENNIAF", "senniaf_panama")];
const STATES: [&str; 6] = ["sent", "received", "accepted", "closed", "closed", "closed_no_service"];

/// The services of some people, as a server would hand them out.
pub fn records(people: core::ops::Range<u32>) -> Vec<Record> {
    people.flat_map(|number| (0..EACH).map(move |nth| service(number, nth))).collect()
}

fn service(number: u32, nth: u32) -> Record {
    let seed = seal::digest(&[&number.to_be_bytes()[..], b"service", &nth.to_be_bytes()].concat());
    let draw = |at: usize, below: u32| {
        let bytes = seed.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
        u32::from_be_bytes(bytes) % below
    };
    let owner = person::record_of(number);
    let minutes = TODAY - i64::from(draw(0, YEAR)) * DAY + i64::from(draw(4, 600));
    let at = u64::try_from(minutes).unwrap_or(0) * 60_000 + u64::from(draw(8, 60_000));
    let random = |from: usize| core::array::from_fn(|at| seed.get(from + at).copied().unwrap_or_default());
    let id = RecordId::fresh(at, random(12));
    let time = domain::service::brief::time_text(minutes);
    let later = domain::service::brief::time_text(minutes + 2 * DAY);
    let pick = |from: &[&'static str], at: usize| {
        let place = draw(at, u32::try_from(from.len()).unwrap_or(1)) as usize;
        from.get(place).copied().unwrap_or_default()
    };
    let text = |text: &str| Value::Text(text.to_owned());
    let (kind, mut wanted) = match nth {
        0 => (
            Kind::SESSION,
            vec![
                (Field::SESSION_TYPE, text(pick(&TOPICS, 16))),
                (Field::SESSION_FORM, text("individual")),
                (Field::SESSION_SITE, text(pick(&SITES, 20))),
                (Field::SESSION_DATE, text(&time)),
                (Field::SESSION_MINUTES, Value::Int(i64::from(15 + draw(24, 45)))),
                (Field::SESSION_PEOPLE, Value::Codes(vec![owner.to_string()])),
                (Field::SESSION_OUTCOMES, Value::Codes(vec!["informed".into()])),
            ],
        ),
        1 => (
            Kind::ASSISTANCE,
            vec![
                (Field::ASSISTANCE_TYPE, text(pick(&GIFTS, 16))),
                (Field::ASSISTANCE_STATUS, text("delivered")),
                (Field::ASSISTANCE_SITE, text(pick(&SITES, 20))),
                (Field::ASSISTANCE_DATE, text(&time)),
                (Field::ASSISTANCE_PROVIDER, text("HIAS")),
                (Field::ASSISTANCE_QUANTITY, text("1")),
                (Field::ASSISTANCE_RECIPIENT, Value::Ref(owner)),
            ],
        ),
        _ if draw(16, 2) == 0 => {
            (Kind::NEED, vec![(Field::NEED_CODE, text("CR")), (Field::NEED_STATE, text("reported"))])
        }
        _ => {
            let (to, desk) = DESKS.get(draw(20, 3) as usize).copied().unwrap_or_default();
            let wanted = vec![
                (Field::REFERRAL_SECTOR, text("health")),
                (Field::REFERRAL_STATUS, text(pick(&STATES, 24))),
                (Field::REFERRAL_FROM, text("HIAS")),
                (Field::REFERRAL_TO, text(to)),
                (Field::REFERRAL_DESK, text(desk)),
                (Field::REFERRAL_URGENCY, text("normal")),
                (Field::REFERRAL_SENT_AT, text(&time)),
                (Field::REFERRAL_DUE, text(&later)),
                (Field::REFERRAL_REASON, text("Necesita control de su tratamiento y no tiene cita.")),
            ];
            (Kind::REFERRAL, wanted)
        }
    };
    if nth == 0 && draw(28, 4) == 0 {
        wanted.push((Field::SESSION_FOLLOW_UP_ON, text(later.get(..10).unwrap_or_default())));
    }
    wanted.push((Field::OWNER, Value::Ref(owner)));
    let mut record = Record::new(id, kind);
    let change = record.change(wanted).unwrap_or(Change { record: id, kind, ops: Vec::new() });
    record.apply(&Entry {
        id: EntryId::fresh(at, random(18)),
        author: colleague(draw(8, COLLEAGUES)),
        enrolment: EnrolmentId([0x7e; 16]),
        at,
        changes: vec![change],
    });
    record
}

fn colleague(number: u32) -> UserId {
    if number == 0 {
        return AUTHOR;
    }
    let seed = seal::digest(&[b"colleague", &number.to_be_bytes()[..]].concat());
    UserId(core::array::from_fn(|at| seed.get(at).copied().unwrap_or_default()))
}

/// The entry by which a referral is answered.
pub fn answer(identity: &Identity, record: &Record) -> Outcome<(Entry, Note)> {
    let change = record.change([(Field::REFERRAL_STATUS, Value::Text("received".into()))]);
    let change = change.ok_or_else(|| JsError::new("nothing to say"))?;
    let at = store::now_ms();
    let id = EntryId::fresh(at, store::random());
    let note = Note { person: "ONPAR".into(), act: "answered".into(), record: record.id };
    let (author, enrolment) = (identity.user, identity.enrolment);
    Ok((Entry { id, author, enrolment, at, changes: vec![change] }, note))
}

/// The numbers of the board of today, of a supervisor's team and of their own work, as one text.
pub fn board(briefs: &[Brief]) -> Outcome<String> {
    let standing = Standing {
        user: AUTHOR,
        role: Role::Supervisor,
        place: Place { organisation: "HIAS".into(), site: "meteti".into(), ..Place::default() },
    };
    let desks = DESKS.iter().map(|(_, desk)| ((*desk).to_owned(), String::new())).collect::<BTreeMap<_, _>>();
    LISTS.with(|lists| {
        let view = View { standing: &standing, now: TODAY + 600, offset: -300, lists, desks: &desks };
        let (team, own) = (team(briefs, &view), mine(briefs, &view));
        if team.week.people == 0 {
            return Err(JsError::new("a board of nobody"));
        }
        Ok(format!("{:?} {:?} {} {}", team.week, team.states, team.follow_ups_due(), own.due()))
    })
}

thread_local! {
    /// What is known of codes, from the tables that everybody gets. The app has them from its start, too.
    static LISTS: Lists = lists();
}

/// Reads the tables now rather than with the first board.
pub fn read_tables() {
    LISTS.with(|_| ());
}

fn lists() -> Lists {
    Lists::read(|table| {
        let text = match table {
            "lists" => include_str!("../../../../public/tables/lists.csv"),
            "assistance_types" => include_str!("../../../../public/tables/assistance_types.csv"),
            "assistance_status" => include_str!("../../../../public/tables/assistance_status.csv"),
            "specific_needs" => include_str!("../../../../public/tables/specific_needs.csv"),
            "session_types" => include_str!("../../../../public/tables/session_types.csv"),
            _ => return Vec::new(),
        };
        domain::overlay::Sheet::read(text).rows
    })
}
