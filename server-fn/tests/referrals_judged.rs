//! Who brings a referral from one state to the next, and what is parked: told over real HTTP, step by step, by every
//! role that has a part in it.

mod desks;
mod markers;
mod office;

use desks::*;
use domain::service::{Referral, Status};
use domain::{Change, Entry, Field, Kind, Record, RecordId, Role, Value};
use office::*;
use seal::Verdict;

const ANSWER: Field = Field::REFERRAL_ANSWER;

/// A referral of nobody's record, as who holds none sends it: what was agreed is noted in it.
fn on_the_slip(from: &str) -> Vec<(Field, Value)> {
    let mut values = sent("ONPAR", "onpar_panama", from, &items());
    values.extend([
        (Field::REFERRAL_CONSENT_STATE, text("yes")),
        (Field::REFERRAL_CONSENT_FORM, text("verbal")),
    ]);
    values
}

fn without(mut values: Vec<(Field, Value)>, field: Field) -> Vec<(Field, Value)> {
    values.retain(|(other, _)| *other != field);
    values
}

fn with(values: Vec<(Field, Value)>, field: Field, value: Value) -> Vec<(Field, Value)> {
    let mut values = without(values, field);
    values.push((field, value));
    values
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_that_lacks_something_or_rests_on_nothing() {
    let story = Story::begin().await;
    let sent = || story.sent();
    let grounds = |note: &str| {
        let ground =
            with(without(sent(), Field::REFERRAL_CONSENT), Field::REFERRAL_OVERRIDE, text("legal_duty"));
        with(ground, Field::REFERRAL_OVERRIDE_NOTE, text(note))
    };
    let to_unhcr =
        with(with(sent(), Field::REFERRAL_TO, text("UNHCR")), Field::REFERRAL_DESK, text("unhcr_panama"));
    let queued = [(Field::REFERRAL_STATUS, text("queued")), (Field::REFERRAL_SECTOR, text("rsd"))];
    for (what, device, values, reason) in [
        ("no desk", &story.hias, without(sent(), Field::REFERRAL_DESK), "step_lacks"),
        ("no such desk", &story.hias, with(sent(), Field::REFERRAL_DESK, text("nowhere")), "step_lacks"),
        ("another's desk", &story.hias, with(sent(), Field::REFERRAL_DESK, text("iom_panama")), "step_lacks"),
        ("no reason", &story.hias, without(sent(), Field::REFERRAL_REASON), "step_lacks"),
        ("as builds of before said it", &story.hias, queued.to_vec(), "step_lacks"),
        ("no consent", &story.hias, without(sent(), Field::REFERRAL_CONSENT), "no_consent"),
        ("one for others", &story.hias, to_unhcr, "no_consent"),
        ("on the slip, by who holds a record", &story.hias, on_the_slip("HIAS"), "no_consent"),
        ("without, by a caseworker", &story.hias, grounds("porque sí"), "may_not_override"),
        ("without, and no word of why", &story.counsellor, grounds(" "), "step_lacks"),
        (
            "more than was chosen",
            &story.hias,
            with(sent(), Field::REFERRAL_FIELDS_SHARED, Value::Codes(vec!["phone".into()])),
            "shared_otherwise",
        ),
        ("in others' name", &story.hias, with(sent(), Field::REFERRAL_FROM, text("NRC")), "step_not_allowed"),
        ("with an answer", &story.hias, with(sent(), ANSWER, text("sí")), "shared_otherwise"),
        (
            "answered already",
            &story.hias,
            with(sent(), Field::REFERRAL_STATUS, text("accepted")),
            "step_not_allowed",
        ),
    ] {
        let referral = hanging(Kind::REFERRAL, story.mother, &values);
        assert_eq!(state(device, vec![referral]).await, parked(reason), "{what}");
    }
    for device in [&story.desk, &story.focal, &story.chief] {
        assert!(Told::of(device).await.holder.held.is_empty());
    }
    // With a ground, by who may.
    enter(&story.counsellor, vec![hanging(Kind::REFERRAL, story.mother, &grounds("Hay riesgo"))]).await;
    assert_eq!(Told::of(&story.desk).await.told(), shared());
    // A draft of builds of before is taken with whatever it says.
    let said = [(Field::REFERRAL_STATUS, text("draft")), (ANSWER, text("por teléfono"))];
    enter(&story.hias, vec![hanging(Kind::REFERRAL, story.mother, &said)]).await;
    // Whose consent comes later sends later: what is parked is judged again.
    let agreed = [
        (Field::OWNER, Value::Ref(story.mother)),
        (Field::CONSENT_PURPOSE, text("referral")),
        (Field::CONSENT_ORGANISATION, text("UNHCR")),
        (Field::CONSENT_DECISION, text("yes")),
    ];
    let consent = change(record_id(), Kind::CONSENT, &agreed);
    let to_unhcr =
        with(with(sent(), Field::REFERRAL_TO, text("UNHCR")), Field::REFERRAL_DESK, text("unhcr_panama"));
    let values = with(to_unhcr, Field::REFERRAL_CONSENT, Value::Ref(consent.record));
    let waits = hanging(Kind::REFERRAL, story.mother, &values);
    assert_eq!(state(&story.hias, vec![waits]).await, parked("no_consent"));
    enter(&story.hias, vec![consent]).await;
    assert_eq!(story.server.office.rejudge().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_says_its_own_and_what_the_person_was_shown_stays() {
    let story = Story::begin().await;
    let id = story.referred().await;
    let other = sent("ONPAR", "onpar_panama", "HIAS", &[(Field::PHONE, "otro")]);
    let snapshot = other.iter().find(|(field, _)| *field == Field::REFERRAL_SHARED).unwrap();
    let snapshot = snapshot.1.as_text().unwrap().to_owned();
    for (device, field, value, reason) in [
        (&story.hias, ANSWER, "sí", "step_not_allowed"),
        (&story.hias, Field::REFERRAL_OUTCOME, "served", "step_not_allowed"),
        (&story.hias, Field::REFERRAL_NEXT, "venga", "step_not_allowed"),
        (&story.hias, Field::REFERRAL_REJECT_REASON, "duplicate", "step_not_allowed"),
        (&story.hias, Field::REFERRAL_WITHDRAWN_SEEN, "2026-11-22T09:00", "step_not_allowed"),
        (&story.hias, Field::REFERRAL_STATUS, "accepted", "step_not_allowed"),
        (&story.hias, Field::REFERRAL_STATUS, "draft", "step_not_allowed"),
        (&story.hias, Field::REFERRAL_STATUS, "sent", "step_taken"),
        (&story.counsellor, Field::REFERRAL_SHARED, &snapshot, "shared_otherwise"),
        (&story.hias, Field::REFERRAL_REASON, "otro", "shared_otherwise"),
        (&story.hias, Field::REFERRAL_SECTOR, "legal", "shared_otherwise"),
        (&story.hias, Field::REFERRAL_DESK, "onpar_meteti", "shared_otherwise"),
        (&story.hias, Field::REFERRAL_CONSENT_STATE, "yes", "shared_otherwise"),
        (&story.desk, Field::REFERRAL_REASON, "otro", "out_of_reach"),
        (&story.desk, Field::REFERRAL_SHARED, &snapshot, "out_of_reach"),
        (&story.desk, Field::REFERRAL_CONSENT_STATE, "withdrawn", "out_of_reach"),
        (&story.desk, Field::REFERRAL_OVERRIDE, "legal_duty", "out_of_reach"),
        (&story.desk, Field::REFERRAL_STATUS, "cancelled", "step_not_allowed"),
        (&story.desk, Field::REFERRAL_STATUS, "closed", "step_not_allowed"),
        (&story.desk, Field::REFERRAL_STATUS, "overdue", "step_not_allowed"),
        (&story.desk, Field::REFERRAL_STATUS, "rejected", "step_lacks"),
    ] {
        let held = Holder::of(device).await;
        let made = change(id, Kind::REFERRAL, &[(field, text(value))]);
        let made = held.held.get(&id).and_then(|held| held.change([(field, text(value))])).unwrap_or(made);
        // Whether or not they say what they saw before.
        for made in [made, change(id, Kind::REFERRAL, &[(field, text(value))])] {
            assert_eq!(state(device, vec![made]).await, parked(reason), "{field:?} {value}");
        }
    }
    // It hangs where the sender says, and not where the receiver does.
    let owner = [(Field::OWNER, Value::Ref(story.group))];
    assert_eq!(state(&story.desk, vec![change(id, Kind::REFERRAL, &owner)]).await, parked("out_of_reach"));
    // Whoever has no part in it says nothing, nor of what nobody sent them.
    let neighbour = story.server.device_of(Role::Counsellor, "panama", "NRC").await;
    let officer = story.server.device_of(Role::BorderOfficer, "meteti", "HIAS").await;
    for device in [&story.elsewhere, &neighbour, &officer] {
        for (field, value) in [status(Status::Accepted), status(Status::Cancelled), (ANSWER, "sí")] {
            let made = change(id, Kind::REFERRAL, &[(field, text(value))]);
            assert_eq!(state(device, vec![made]).await, parked("out_of_reach"), "{value}");
        }
    }
    let told = Told::of(&story.desk).await;
    assert_eq!((told.status(id), told.told()), (Some(Status::Sent), shared()));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_is_taken_by_the_roles_whose_it_is_and_by_no_other() {
    let story = Story::begin().await;
    let counsellor = story.server.device_of(Role::Counsellor, "panama", "ONPAR").await;
    let supervisor = story.server.device_of(Role::Supervisor, "meteti", "HIAS").await;
    let reject = (Field::REFERRAL_REJECT_REASON, "no_capacity");
    let outcome = |code| (Field::REFERRAL_OUTCOME, code);
    // How far the receivers bring it, and how either side ends it.
    let on = [
        (Status::Received, vec![]),
        (Status::Accepted, vec![]),
        (Status::InProgress, vec![]),
        (Status::Counter, vec![outcome("re_referred")]),
        (Status::Closed, vec![outcome("served")]),
    ];
    for receiver in [&story.desk, &counsellor, &story.chief, &story.focal] {
        let id = story.referred().await;
        for (to, said) in &on {
            assert_eq!(story.states(&story.hias, id, &[status(*to)]).await, parked("step_not_allowed"));
            story.takes(receiver, id, &[&[status(*to)][..], said].concat()).await;
        }
        for device in [receiver, &story.hias] {
            let held = story.held(device, id).await;
            assert_eq!(Referral::of(&held).map(Referral::status), Some(Status::Closed));
        }
        let late = story.states(&story.hias, id, &[status(Status::Cancelled)]).await;
        assert_eq!(late, parked("step_not_allowed"));
        assert_eq!(story.states(receiver, id, &[(ANSWER, "tarde")]).await, parked("step_taken"));
    }
    for (sender, steps) in
        [(&story.hias, 0), (&story.counsellor, 1), (&supervisor, 2), (&story.hias, 3), (&supervisor, 4)]
    {
        let id = story.referred().await;
        for (to, said) in &on[..steps] {
            story.takes(&story.focal, id, &[&[status(*to)][..], said].concat()).await;
        }
        story.takes(sender, id, &[status(Status::Cancelled)]).await;
        assert_eq!(story.states(&story.focal, id, &[status(Status::Accepted)]).await.1, "step_not_allowed");
    }
    for (receiver, to, said) in [
        (&story.focal, Status::Rejected, reject),
        (&story.desk, Status::Rejected, reject),
        (&counsellor, Status::ClosedNoService, outcome("declined")),
        (&story.chief, Status::ClosedNoService, outcome("not_reached")),
    ] {
        let id = story.referred().await;
        if to == Status::ClosedNoService {
            assert_eq!(story.states(receiver, id, &[status(to), said]).await, parked("step_not_allowed"));
            story.takes(receiver, id, &[status(Status::Accepted)]).await;
            let wrong = outcome("served");
            assert_eq!(story.states(receiver, id, &[status(to), wrong]).await, parked("step_lacks"));
        }
        story.takes(receiver, id, &[status(to), said]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_accept_at_once_the_second_is_told_that_it_was_taken() {
    let story = Story::begin().await;
    for _ in 0..5 {
        let id = story.referred().await;
        let accepts = |holder: &Holder| instead(holder.get(id), Field::REFERRAL_STATUS, text("accepted"));
        let (one, other) = (Holder::of(&story.desk).await, Holder::of(&story.focal).await);
        let (one, other) =
            tokio::join!(state(&story.desk, vec![accepts(&one)]), state(&story.focal, vec![accepts(&other)]));
        let mut told = [one, other];
        told.sort_by_key(|(verdict, _)| *verdict == Verdict::Parked);
        assert_eq!(told, [ACCEPTED(), parked("step_taken")]);
    }
    // Nor does one who rejects what a colleague has accepted; and opening it is no answer.
    let id = story.referred().await;
    let (desk, focal) = (Holder::of(&story.desk).await, Holder::of(&story.focal).await);
    let says = |holder: &Holder, said: &[(Field, Value)]| vec![holder.get(id).change(said.to_vec()).unwrap()];
    enter(&story.desk, says(&desk, &[(Field::REFERRAL_STATUS, text("received"))])).await;
    enter(&story.focal, says(&focal, &[(Field::REFERRAL_STATUS, text("accepted"))])).await;
    let rejects =
        [(Field::REFERRAL_STATUS, text("rejected")), (Field::REFERRAL_REJECT_REASON, text("duplicate"))];
    assert_eq!(state(&story.desk, says(&desk, &rejects)).await, parked("step_taken"));
    assert_eq!(Told::of(&story.hias).await.status(id), Some(Status::Accepted));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_border_officer_sends_without_holding_a_record_and_reads_back_what_became_of_it_alone() {
    let story = Story::begin().await;
    let server = &story.server;
    let officer = server.device_of(Role::BorderOfficer, "meteti", "SNM").await;
    let colleague = server.device_of(Role::BorderOfficer, "meteti", "SNM").await;
    let family =
        register(&server.device_of(Role::Caseworker, "meteti", "SNM").await, "meteti", &["Amina"]).await;
    let values = without(on_the_slip("SNM"), Field::REFERRAL_REASON);
    let referral = change(record_id(), Kind::REFERRAL, &values);
    let id = referral.record;
    enter(&officer, vec![referral]).await;
    let mine = Told::of(&officer).await;
    assert_eq!((mine.holder.ids(), mine.holder.total), (set(&[id]), 1));
    assert!(mine.told().contains(SHARED[0]), "what they said themselves");
    assert!(Told::of(&colleague).await.holder.held.is_empty());
    assert_eq!(
        state(&colleague, vec![change(id, Kind::REFERRAL, &[(Field::REFERRAL_STATUS, text("cancelled"))])])
            .await,
        parked("out_of_reach")
    );

    let answers = [status(Status::Accepted), (ANSWER, KEPT[5]), (Field::REFERRAL_NEXT, "Que venga el lunes")];
    // By somebody whose clock has stopped: that makes nobody the one who began it.
    let said = answers.iter().map(|(field, value)| (*field, text(value)));
    let accepts = story.held(&story.focal, id).await.change(said).unwrap();
    let slow = Entry { at: 1, ..entry(&story.focal, vec![accepts]) };
    let receipts = story.focal.deliver(vec![story.focal.seal(&slow).unwrap()]).await.unwrap();
    assert_eq!(receipts.items[0].verdict, Verdict::Accepted);
    let mut mine = Told::of(&officer).await;
    let record = mine.holder.get(id);
    assert_eq!(mine.status(id), Some(Status::Accepted));
    assert!(record.shown(Field::REFERRAL_NEXT).is_some() && record.shown(ANSWER).is_none());
    assert!(!mine.told().contains(KEPT[5]) && mine.holder.held.len() == 1);
    // What they are still writing is kept for them, as for everybody who states something.
    let draft = officer.seal_draft(domain::DraftId([7; 16]), 1, b"still writing").unwrap();
    assert_eq!(officer.deliver(vec![draft]).await.unwrap().items[0].verdict, Verdict::Accepted);
    // They state nothing of anybody else, nor find anybody.
    let phone = change(family[1], Kind::INDIVIDUAL, &[(Field::PHONE, text("6000"))]);
    assert_eq!(state(&officer, vec![phone]).await, parked("role_lost"));
    assert_eq!(state(&officer, vec![draft_of_group()]).await, parked("role_lost"));
    let wanted = domain::elsewhere::Wanted { names: "Amina".into(), year: None, number: String::new() };
    let found = officer.ask_elsewhere(&seal::elsewhere::Question::Exists(wanted)).await;
    assert!(found.is_err(), "{found:?}");
    // Nor do they hang what they send on somebody whom they do not know, nor do without consent.
    let hung = with(values.clone(), Field::OWNER, Value::Ref(story.mother));
    assert_eq!(state(&officer, vec![change(record_id(), Kind::REFERRAL, &hung)]).await.0, Verdict::Parked);
    let grounds =
        without(with(values, Field::REFERRAL_OVERRIDE, text("legal_duty")), Field::REFERRAL_CONSENT_STATE);
    let grounds = with(grounds, Field::REFERRAL_OVERRIDE_NOTE, text("porque sí"));
    assert_eq!(
        state(&officer, vec![change(record_id(), Kind::REFERRAL, &grounds)]).await,
        parked("may_not_override")
    );
    // They take it back, and hold no more of the person than the desk does.
    story.takes(&officer, id, &[status(Status::Cancelled)]).await;
    mine.collect(&officer).await;
    assert_eq!((mine.status(id), mine.holder.evicted.clone()), (Some(Status::Cancelled), set(&[id])));
    assert!(mine.holds().is_empty());
    let told = Told::of(&story.focal).await;
    assert!(told.told().is_empty() && told.status(id) == Some(Status::Cancelled));
}

fn draft_of_group() -> Change {
    change(record_id(), Kind::GROUP, &[(Field::SITE, text("meteti"))])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_referral_goes_back_and_forth_and_each_shares_no_more_than_the_one_before() {
    let story = Story::begin().await;
    let first = story.referred().await;
    story.takes(&story.focal, first, &[status(Status::Accepted)]).await;
    // Back to HIAS, by a focal point who holds no record of anybody.
    let back = |parent: RecordId, items: &[(Field, &str)]| {
        let values =
            with(sent("HIAS", "hias_meteti", "ONPAR", items), Field::REFERRAL_PARENT, Value::Ref(parent));
        change(record_id(), Kind::REFERRAL, &values)
    };
    let more = back(first, &[(Field::GIVEN_NAMES, SHARED[0]), (Field::SURNAME1, "Otro")]);
    assert_eq!(state(&story.focal, vec![more]).await, parked("no_consent"));
    let counter = back(first, &[(Field::GIVEN_NAMES, SHARED[0])]);
    let second = counter.record;
    let held = Holder::of(&story.focal).await;
    let steps = [(Field::REFERRAL_STATUS, text("counter")), (Field::REFERRAL_OUTCOME, text("re_referred"))];
    enter(&story.focal, vec![counter, held.get(first).change(steps).unwrap()]).await;
    // HIAS at Metetí is asked now; whom it is about, the first one says.
    let asked = Told::of(&story.hias).await;
    let parent = asked.holder.get(second).shown(Field::REFERRAL_PARENT).and_then(Value::as_ref);
    assert_eq!((parent, asked.status(first)), (Some(first), Some(Status::Counter)));
    let elsewhere = story.server.device_of(Role::Caseworker, "david", "HIAS").await;
    assert!(!Told::of(&elsewhere).await.names(second) && Told::of(&elsewhere).await.names(first));
    // And forth again, on the consent of then.
    let values = with(story.sent(), Field::REFERRAL_PARENT, Value::Ref(second));
    let forth = hanging(Kind::REFERRAL, story.mother, &values);
    let third = forth.record;
    story.takes(&story.hias, second, &[status(Status::Accepted)]).await;
    enter(&story.hias, vec![forth]).await;
    story.takes(&story.focal, third, &[status(Status::Accepted)]).await;
    for (device, id) in [(&story.focal, third), (&story.hias, second), (&story.focal, first)] {
        story.takes(device, id, &[status(Status::Closed), (Field::REFERRAL_OUTCOME, "partly")]).await;
    }
    // A focal point reads whole what they began, and the first one as it was sent to them.
    let told = Told::of(&story.focal).await;
    assert_eq!(told.holder.ids(), set(&[first, second, third]));
    assert!(told.holder.get(second).shown(Field::REFERRAL_CODE).is_some());
    assert!(told.holder.get(first).shown(Field::REFERRAL_CODE).is_none());
    // Not what a colleague of theirs began.
    let other = story.server.device_of(Role::ReferralFocalPoint, "panama", "ONPAR").await;
    assert_eq!(Told::of(&other).await.holder.ids(), set(&[first, third]));
}

#[tokio::test(flavor = "multi_thread")]
async fn distributions_and_sessions_of_nobody_alone_are_their_makers_organisations() {
    let story = Story::begin().await;
    let panama = story.server.device_of(Role::Caseworker, "panama", "HIAS").await;
    let hand_out = change(
        record_id(),
        Kind::DISTRIBUTION,
        &[
            (Field::DISTRIBUTION_NAME, text("Frazadas")),
            (Field::DISTRIBUTION_LIST, Value::Codes(vec![story.group.to_string()])),
        ],
    );
    let people = [story.mother, record_id()].map(|id| id.to_string()).to_vec();
    let talk = change(
        record_id(),
        Kind::SESSION,
        &[(Field::SESSION_TYPE, text("group")), (Field::SESSION_PEOPLE, Value::Codes(people))],
    );
    let (list, session) = (hand_out.record, talk.record);
    enter(&story.hias, vec![hand_out, talk]).await;
    for device in [&story.hias, &panama, &story.counsellor] {
        let told = Told::of(device).await;
        assert!(told.names(list) && told.names(session));
    }
    for device in [&story.desk, &story.focal, &story.chief] {
        assert!(Told::of(device).await.holder.held.is_empty());
    }
    // Two add to the list at once, and both count; a third one elsewhere does not.
    for (device, wanted) in [(&panama, ACCEPTED()), (&story.chief, parked("out_of_reach"))] {
        let more = (Field::DISTRIBUTION_LIST, Value::Codes(vec![record_id().to_string()]));
        assert_eq!(state(device, vec![change(list, Kind::DISTRIBUTION, &[more])]).await, wanted);
    }
    let lists = |record: &Record| record.stated(Field::DISTRIBUTION_LIST).count();
    assert_eq!(lists(Holder::of(&story.hias).await.get(list)), 2);
    // Who is sealed is left out of who attended, for all who do not know of them.
    let mut does_not = Holder::of(&panama).await;
    let sealing = (Field::SEALED_FOR, users(&[&story.counsellor]));
    enter(&story.counsellor, vec![change(story.mother, Kind::INDIVIDUAL, &[sealing])]).await;
    let attended = |holder: &Holder| holder.get(session).shown(Field::SESSION_PEOPLE).is_some();
    does_not.collect(&panama).await;
    assert!(!attended(&does_not) && attended(&Holder::of(&story.counsellor).await));
    assert!(!does_not.says(&story.mother.0) && does_not.says(story.group.to_string().as_bytes()));
    let new = story.server.device_of(Role::Caseworker, "panama", "HIAS").await;
    assert!(!Told::of(&new).await.names(story.mother));
    // And is there again for all, once they are.
    let opened =
        instead(Holder::of(&story.counsellor).await.get(story.mother), Field::SEALED_FOR, Value::Nothing);
    enter(&story.counsellor, vec![opened]).await;
    does_not.collect(&panama).await;
    assert!(attended(&does_not) && does_not.says(&story.mother.0));
}
