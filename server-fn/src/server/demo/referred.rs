//! Referrals of the demo, between the desks that have accounts and those that answer by slip, in every state.

use super::caseload::stand_in;
use super::services::{DAY, Deed, Family, Key, Scribe, number, one};
use domain::rules::Lists;
use domain::service::brief::time_text;
use domain::service::{Shared, Status};
use domain::{Entry, Field, GroupRef, Kind, Record, RecordId, Value};
use std::collections::BTreeSet;

/// A desk that receives: code, institution, sector, who answers there; nobody where slips are answered.
type Desk = (&'static str, &'static str, &'static str, Option<Key>);

const DESKS: [Desk; 6] = [
    ("onpar_panama", "ONPAR", "rsd", Some("onpar-panama")),
    ("inamu_panama", "INAMU", "gbv", Some("focal-inamu")),
    ("snm_panama", "SNM", "documentation", None),
    ("onpar_panama", "ONPAR", "documentation", Some("onpar-panama")),
    ("minsa_panama", "MINSA", "health", None),
    ("inamu_panama", "INAMU", "gbv", Some("focal-inamu")),
];
/// How far each has come.
const ENDS: [Status; 9] = [
    Status::Sent,
    Status::Received,
    Status::Accepted,
    Status::Closed,
    Status::InProgress,
    Status::Rejected,
    Status::Closed,
    Status::ClosedNoService,
    Status::Cancelled,
];
/// Referrals by the registering organisation, and from the border.
const REFERRED: usize = 54;
const FROM_THE_BORDER: usize = 6;
const URGENCIES: [&str; 3] = ["urgent", "normal", "emergency"];

/// What is stated of referrals: first what their senders state, then what comes of it.
pub struct Referrals {
    pub sent: Vec<Deed>,
    pub answered: Vec<Deed>,
}

/// All referrals. `of_site` gives a family of a site by its place.
pub fn referrals<'f>(
    scribe: &Scribe<'_>,
    of_site: impl Fn(&str, usize) -> Option<&'f Family>,
    lists: &Lists,
) -> Referrals {
    let mut referrals = Referrals { sent: Vec::new(), answered: Vec::new() };
    for place in 0..REFERRED + FROM_THE_BORDER {
        let begun = if place < REFERRED {
            sent(scribe, &of_site, lists, place)
        } else {
            from_the_border(scribe, lists, place)
        };
        let Some((deed, record, end, answers)) = begun else { continue };
        let sender = deed.by;
        referrals.sent.push(deed);
        referrals.answered.extend(answered(scribe, record, place, end, sender, answers));
    }
    referrals
}

/// What is stated first, the referral as it stands then, where it is to come to, and who answers.
type Begun = (Deed, Record, Status, Option<Key>);

fn sent<'f>(
    scribe: &Scribe<'_>,
    of_site: &impl Fn(&str, usize) -> Option<&'f Family>,
    lists: &Lists,
    place: usize,
) -> Option<Begun> {
    const REASONS: [&str; 3] = [
        "Necesita orientación sobre su trámite y no tiene a quién preguntar.",
        "Pide acompañamiento. Prefiere que la llamen por la mañana.",
        "Perdió sus documentos en el camino y necesita reponerlos.",
    ];
    let (desk, institution, sector, answers) = DESKS.get(place % DESKS.len()).copied()?;
    let (by, site) = one(&[("counsellor-panama", "panama"), ("counsellor-meteti", "meteti")], place / 2);
    let name = format!("referral {place}");
    // Those that nobody has answered are of the last days, so that some are late and some are not.
    let end = ENDS.get(place / 2 % ENDS.len()).copied()?;
    let end = if answers.is_none() && end != Status::Cancelled { Status::Sent } else { end };
    let back = if end.awaits_answer() { number(&name, 18) } else { 3 + number(&name, 30) };
    let moment = scribe.moment(back, &name);
    let person = of_site(site, place * 5 + 2)?.first()?;
    let purpose = if institution == "ONPAR" { "share_onpar" } else { "share_partner" };
    let consent = Record::new(Scribe::record(&format!("{name} consent"), moment), Kind::CONSENT);
    let agreed = consent.change([
        (Field::OWNER, Value::Ref(person.id)),
        (Field::CONSENT_PURPOSE, Value::text(purpose)),
        (Field::CONSENT_ORGANISATION, Value::text(institution)),
        (Field::CONSENT_DECISION, Value::text("yes")),
        (Field::CONSENT_FORM, Value::text("spoken")),
        (Field::CONSENT_AT, Value::text(&time_text(moment))),
    ])?;
    let chosen = BTreeSet::from([Field::GIVEN_NAMES, Field::SURNAME1, Field::NATIONALITY, Field::PHONE]);
    let shared = Shared::of(&[person], &[], None, &chosen);
    let mut values = told(lists, &name, moment, one(&URGENCIES, place), &shared);
    values.extend([
        (Field::OWNER, Value::Ref(person.id)),
        (Field::REFERRAL_FROM, Value::text(super::ORGANISATION)),
        (Field::REFERRAL_FROM_DESK, Value::text(&format!("hias_{site}"))),
        (Field::REFERRAL_TO, Value::text(institution)),
        (Field::REFERRAL_DESK, Value::text(desk)),
        (Field::REFERRAL_SECTOR, Value::text(sector)),
        (Field::REFERRAL_REASON, Value::text(one(&REASONS, place))),
        (Field::REFERRAL_CONSENT, Value::Ref(consent.id)),
    ]);
    let mut record = Record::new(Scribe::record(&name, moment), Kind::REFERRAL);
    let deed = scribe.deed(by, &name, moment, vec![agreed, record.change(values)?])?;
    record.apply(&deed.entry);
    Some((deed, record, end, answers))
}

/// In two minutes and without a story, of somebody whom nobody here has registered.
fn from_the_border(scribe: &Scribe<'_>, lists: &Lists, place: usize) -> Option<Begun> {
    const NAMES: [&str; 6] = ["Marisela", "Wilson", "Yelitza", "Jean Robert", "Luz Dary", "Anselmo"];
    const ENDS: [Status; 3] = [Status::Sent, Status::Accepted, Status::Received];
    let name = format!("referral {place}");
    let moment = scribe.moment(number(&name, 5), &name);
    let mut person = Record::new(RecordId(stand_in("border", &name)), Kind::INDIVIDUAL);
    let given = person.change([(Field::GIVEN_NAMES, Value::text(one(&NAMES, place)))])?;
    let (id, author, enrolment) =
        (domain::EntryId([0; 16]), domain::UserId([0; 16]), domain::EnrolmentId([0; 16]));
    person.apply(&Entry { id, author, enrolment, at: 0, changes: vec![given] });
    let shared = Shared::of(&[&person], &[], None, &BTreeSet::from([Field::GIVEN_NAMES]));
    let mut values = told(lists, &name, moment, "emergency", &shared);
    values.extend([
        (Field::REFERRAL_FROM, Value::text("SENAFRONT")),
        (Field::REFERRAL_FROM_DESK, Value::text("senafront_meteti")),
        (Field::REFERRAL_TO, Value::text(super::ORGANISATION)),
        (Field::REFERRAL_DESK, Value::text("hias_meteti")),
        (Field::REFERRAL_SECTOR, Value::text("mhpss")),
        (Field::REFERRAL_CONSENT_STATE, Value::text("yes")),
        (Field::REFERRAL_CONSENT_FORM, Value::text("spoken")),
    ]);
    let mut record = Record::new(Scribe::record(&name, moment), Kind::REFERRAL);
    let deed = scribe.deed("border-meteti", &name, moment, vec![record.change(values)?])?;
    record.apply(&deed.entry);
    Some((deed, record, ENDS.get(place % ENDS.len()).copied()?, Some("counsellor-meteti")))
}

/// What every referral says when it is sent.
fn told(lists: &Lists, name: &str, moment: i64, urgency: &str, shared: &Shared) -> Vec<(Field, Value)> {
    let hours = lists.answer_within_hours(urgency).unwrap_or(72);
    let due = moment + i64::try_from(hours).unwrap_or(72) * 60;
    let keys = shared.fields().into_iter().filter_map(Field::key).map(str::to_owned);
    let reference = |what: &str| Value::text(GroupRef::fresh(stand_in(what, name)).as_str());
    vec![
        (Field::REFERRAL_STATUS, Value::text(Status::Sent.code())),
        (Field::REFERRAL_URGENCY, Value::text(urgency)),
        (Field::REFERRAL_FIELDS_SHARED, Value::Codes(keys.collect())),
        (Field::REFERRAL_SHARED, Value::text(&shared.to_text())),
        (Field::REFERRAL_SENT_AT, Value::text(&time_text(moment))),
        (Field::REFERRAL_DUE, Value::text(&time_text(due))),
        (Field::REFERRAL_REF, reference("slip number")),
        (Field::REFERRAL_CODE, reference("slip code")),
    ]
}

/// What comes of one, step by step, each an hour after the one before and none after the moment of loading.
fn answered(
    scribe: &Scribe<'_>,
    mut record: Record,
    place: usize,
    end: Status,
    sender: Key,
    answers: Option<Key>,
) -> Vec<Deed> {
    let steps: &[Status] = match end {
        Status::Received => &[Status::Received],
        Status::Accepted => &[Status::Received, Status::Accepted],
        Status::InProgress => &[Status::Received, Status::Accepted, Status::InProgress],
        Status::Rejected => &[Status::Received, Status::Rejected],
        Status::Closed => &[Status::Received, Status::Accepted, Status::Closed],
        Status::ClosedNoService => &[Status::Received, Status::Accepted, Status::ClosedNoService],
        Status::Cancelled => &[Status::Cancelled],
        _ => &[],
    };
    let sent = record.stated(Field::REFERRAL_STATUS).next().map_or(0, |stated| stated.at);
    let sent = Scribe::moment_of(sent);
    let mut deeds = Vec::new();
    for (step, status) in (1_i64..).zip(steps) {
        let by = if *status == Status::Cancelled { Some(sender) } else { answers };
        let mut values = vec![(Field::REFERRAL_STATUS, Value::text(status.code()))];
        match status {
            Status::Rejected => values.extend([
                (Field::REFERRAL_REJECT_REASON, Value::text(one(&["no_capacity", "out_of_area"], place))),
                (Field::REFERRAL_NEXT, Value::text("Puede probar en la otra oficina desde el lunes.")),
            ]),
            Status::Accepted => {
                values
                    .push((Field::REFERRAL_NEXT, Value::text("Tiene cita esta semana. La llamamos antes.")));
            }
            Status::Closed => {
                values.push((Field::REFERRAL_OUTCOME, Value::text(one(&["served", "partly"], place))));
            }
            Status::ClosedNoService => {
                values.push((Field::REFERRAL_OUTCOME, Value::text(one(&["not_reached", "declined"], place))));
            }
            _ => {}
        }
        let moment = (sent + step * DAY / 4).min(scribe.now);
        let name = format!("referral {place} {}", status.code());
        let deed = by.and_then(|by| scribe.deed(by, &name, moment, vec![record.change(values)?]));
        let Some(deed) = deed else { break };
        record.apply(&deed.entry);
        deeds.push(deed);
    }
    deeds
}
